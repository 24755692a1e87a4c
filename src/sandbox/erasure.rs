//! Owns taking a redacted text or meta out of what was told of a message before: the audit log, trails, deliveries that
//! wait, bulk jobs and the search index's memory all quote it. Does not decide what is redacted (`records::redactions`).
//!
//! Invariant: only quotes of that message go. A value is one when it equals what was taken out, stands where such a value
//! is quoted, and the record around it names the message, its conversation or its customer.

use serde_json::{Map, Value};

use super::doc::Doc;

/// Under which keys a quote stands inside the quoted attribute: a change's two sides, and the text of a customer's preview.
const SIDES: [&str; 3] = ["before", "after", "text"];

/// One part of a message that is to be forgotten.
#[derive(Clone, Debug, PartialEq)]
pub struct Erasure {
    /// `preview` or `meta`.
    attribute: &'static str,
    /// What is forgotten, in the clear and as it was told masked.
    old: Vec<Value>,
    /// What stands in its place.
    new: Value,
    /// The message, its conversation and its customer.
    ids: Vec<String>,
}

impl Erasure {
    /// Forgets these values of a message; none when there is nothing to forget, such as an empty text.
    pub fn new(message: &Doc, attribute: &'static str, mut old: Vec<Value>, new: Value) -> Option<Self> {
        let says_something = |value: &Value| match value {
            Value::String(text) => !text.is_empty(),
            Value::Object(map) => !map.is_empty(),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) => false,
        };
        old.retain(says_something);
        let related = ["conversation", "customer"].into_iter().filter_map(|name| message.related_id(name));
        let ids = related.chain([message.id.as_str()]).map(str::to_owned).collect();
        (!old.is_empty()).then_some(Self { attribute, old, new, ids })
    }

    /// Whether one of these ids is the message's, its conversation's or its customer's.
    pub fn concerns<'i>(&self, mut ids: impl Iterator<Item = &'i str>) -> bool {
        ids.any(|id| self.ids.iter().any(|own| own == id))
    }

    /// Erases the quotes of a record.
    pub fn in_doc(&self, doc: &mut Doc) {
        if self.concerns(doc.related.values().map(|(_, id)| id.as_str()).chain([doc.id.as_str()])) {
            self.in_map(&mut doc.attributes);
        }
    }

    /// Erases the quotes in the JSON text of an event; none when it has none.
    pub fn in_event(&self, text: &str) -> Option<String> {
        // Ids are 24 hex characters: where one stands in the text, the event names it.
        if self.ids.iter().any(|id| text.contains(id.as_str())) { self.in_text(text) } else { None }
    }

    /// Erases the quotes in a JSON text; none when it has none.
    pub fn in_text(&self, text: &str) -> Option<String> {
        let before: Value = serde_json::from_str(text).ok()?;
        let mut after = before.clone();
        self.in_value(&mut after);
        (after != before).then(|| after.to_string())
    }

    /// Erases the quotes in each item of a list that names one of the ids.
    pub fn in_items(&self, items: &mut [Value]) {
        let names = |item: &Value| {
            let values = item.as_object().into_iter().flat_map(Map::values);
            self.concerns(values.filter_map(Value::as_str))
        };
        for item in items.iter_mut().filter(|item| names(item)) {
            self.in_value(item);
        }
    }

    /// Erases the quotes anywhere in a value.
    pub fn in_value(&self, value: &mut Value) {
        match value {
            Value::Object(map) => self.in_map(map),
            Value::Array(items) => items.iter_mut().for_each(|item| self.in_value(item)),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }

    fn in_map(&self, map: &mut Map<String, Value>) {
        for (name, value) in map {
            if name == self.attribute {
                self.replace(value);
            } else {
                self.in_value(value);
            }
        }
    }

    /// Replaces the quoted attribute's value, or what its sides and texts say.
    fn replace(&self, value: &mut Value) {
        if self.old.contains(value) {
            *value = self.new.clone();
            return;
        }
        let sides = value.as_object_mut().into_iter().flatten();
        sides.filter(|(name, _)| SIDES.contains(&name.as_str())).for_each(|(_, side)| self.replace(side));
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::sandbox::doc::Kind;

    fn erasure() -> Erasure {
        let mut message = Doc::new(Kind::Message, "m1");
        message.related.insert("customer".into(), (Kind::Customer, "c1".into()));
        Erasure::new(&message, "preview", vec!["my card is 4111".into()], "…".into()).expect("something to forget")
    }

    #[test]
    fn quotes_go_wherever_they_stand_and_nothing_else_does() {
        let told = json!({ "name": "my card is 4111", "changes": { "attributes": {
            "preview": { "op": "add", "before": { "text": "my card is 4111", "type": "message_in" }, "after": "my card is 4111" } } } });
        let text = erasure().in_text(&told.to_string()).expect("it has quotes");
        let expected = json!({ "name": "my card is 4111", "changes": { "attributes": {
            "preview": { "op": "add", "before": { "text": "…", "type": "message_in" }, "after": "…" } } } });
        assert_eq!(serde_json::from_str::<Value>(&text).expect("JSON"), expected);
        assert_eq!(erasure().in_text(&text), None);
    }

    #[test]
    fn the_same_words_of_somebody_else_stay() {
        let mut items = [
            json!({ "customer": "c2", "preview": "my card is 4111" }),
            json!({ "id": "m1", "preview": "my card is 4111" }),
        ];
        erasure().in_items(&mut items);
        assert_eq!(items.map(|item| item["preview"].clone()), ["my card is 4111", "…"]);
    }

    #[test]
    fn there_is_nothing_to_forget_of_an_empty_text() {
        assert_eq!(
            Erasure::new(&Doc::new(Kind::Message, "m"), "preview", vec!["".into(), Value::Null], "…".into()),
            None
        );
    }
}
