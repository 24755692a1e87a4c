//! Owns the comparison of a row with the record that is there: only what differs is sent, what was there before is kept beside
//! it, and a masked value is never taken for a known one. Pure.

use jiff::Timestamp;
use serde_json::{Map, Value};

use super::{
    fields::{Field, Fields, Kind, Place},
    masks,
};
use crate::{
    bulk::{Fault, Resource},
    kustomer::changes::Record,
};

/// What is left of a row beside its record.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Compared {
    /// What is sent: only what differs, and what an update of such a record has to repeat. Empty when nothing differs.
    pub body: Map<String, Value>,
    /// The same fields as they are now; masked ones are left out.
    pub before: Map<String, Value>,
    /// Fields whose value now is masked.
    pub masked: Vec<String>,
    /// What cannot be sent.
    pub faults: Vec<Fault>,
    /// Fields only new records take.
    pub passed: Vec<String>,
}

/// How a wanted value stands to the one that is there.
enum Stands {
    Same,
    Differs(Value),
    Masked,
    Not(String),
}

/// Compares what a row wants with the record.
pub fn compare(fields: &Fields, wanted: &Map<String, Value>, record: &Record) -> Compared {
    let mut compared = Compared::default();
    for (name, value) in &whole_lists(wanted, record) {
        let current = if name == "company" { None } else { record.attribute(name) };
        match (name.as_str(), value, current) {
            ("company", value, _) => compared.company(value, record),
            // Objects of several fields are partly there: each field by itself.
            ("custom" | "queue" | "snooze", Value::Object(inner), current) => {
                compared.within(fields, name, inner, current.unwrap_or(&Value::Null));
            }
            _ => match fields.named(name).map(|at| fields.get(at)) {
                Some(field) if !field.update => compared.passed.push(name.clone()),
                Some(_) if name == "tags" && value.as_array().is_some_and(|tags| tags.len() > 20) => {
                    compared.fault(name, "it would have more than 20".to_owned());
                }
                Some(field) => match stands(field, value, current) {
                    Stands::Same => {}
                    Stands::Differs(value) => {
                        compared.before.insert(name.clone(), current.cloned().unwrap_or(Value::Null));
                        compared.body.insert(name.clone(), value);
                    }
                    Stands::Masked => {
                        compared.masked.push(name.clone());
                        compared.body.insert(name.clone(), value.clone());
                    }
                    Stands::Not(reason) => compared.fault(name, reason),
                },
                None => {}
            },
        }
    }
    if !compared.body.is_empty() {
        compared.repeat(fields.resource(), record);
    }
    compared
}

/// What is wanted, with what is added to a list (`tags+`) or taken from it (`tags-`) as the list it makes.
fn whole_lists(wanted: &Map<String, Value>, record: &Record) -> Map<String, Value> {
    let mut whole: Map<String, Value> = Map::new();
    for (name, value) in wanted {
        let Some(list) = name.strip_suffix(['+', '-']) else {
            whole.entry(name.clone()).or_insert_with(|| value.clone());
            continue;
        };
        let now = whole.get(list).or_else(|| record.attribute(list)).and_then(Value::as_array);
        let mut items = now.cloned().unwrap_or_default();
        let given = value.as_array().map_or(&[][..], Vec::as_slice);
        if name.ends_with('-') {
            items.retain(|item| !given.contains(item));
        } else {
            for item in given {
                if !items.contains(item) {
                    items.push(item.clone());
                }
            }
        }
        whole.insert(list.to_owned(), items.into());
    }
    whole
}

impl Compared {
    fn fault(&mut self, column: &str, reason: String) {
        self.faults.push(Fault { column: column.to_owned(), value: String::new(), reason });
    }

    fn within(&mut self, fields: &Fields, object: &str, wanted: &Map<String, Value>, current: &Value) {
        let put = |body: &mut Map<String, Value>, key: &str, value: Value| {
            if let Value::Object(inner) = body.entry(object).or_insert_with(|| Value::Object(Map::new())) {
                inner.insert(key.to_owned(), value);
            }
        };
        let mut differs = false;
        for (key, value) in wanted {
            let name = format!("{object}.{key}");
            let now = current.get(key).filter(|now| !now.is_null());
            let field = fields.named(&name).map(|at| fields.get(at));
            let stands = match field {
                Some(field) => stands(field, value, now),
                None if now == Some(value) => Stands::Same,
                None => Stands::Differs(value.clone()),
            };
            match stands {
                Stands::Same => {}
                Stands::Differs(value) => {
                    differs = true;
                    put(&mut self.before, key, now.cloned().unwrap_or(Value::Null));
                    put(&mut self.body, key, value);
                }
                Stands::Masked => {
                    differs = true;
                    self.masked.push(name);
                    put(&mut self.body, key, value.clone());
                }
                Stands::Not(reason) => self.fault(&name, reason),
            }
        }
        // All but custom attributes are replaced whole.
        if differs && object != "custom" {
            wanted.iter().for_each(|(key, value)| put(&mut self.body, key, value.clone()));
            let now = if current.is_object() { current.clone() } else { Value::Null };
            self.before.insert(object.to_owned(), now);
        }
    }

    fn company(&mut self, wanted: &Value, record: &Record) {
        if wanted.as_str() != record.company() {
            self.before.insert("company".into(), record.company().map_or(Value::Null, Value::from));
            self.body.insert("company".into(), wanted.clone());
        }
    }

    /// What an update has to say again, or it is lost or refused: a customer's company, a company's name, a note's text
    /// (Kustomer API reference 8.2, 13, 19). It is before and after alike.
    fn repeat(&mut self, resource: &Resource, record: &Record) {
        let (name, value) = match resource {
            Resource::Customers => ("company", record.company().map_or(Value::Null, Value::from)),
            Resource::Companies => ("name", record.attribute("name").cloned().unwrap_or(Value::Null)),
            Resource::Notes => ("body", record.attribute("body").cloned().unwrap_or(Value::Null)),
            Resource::Conversations | Resource::Messages | Resource::Kobjects(_) => return,
        };
        if self.body.contains_key(name) {
            return;
        }
        if masks::is_in(&value) {
            return self.fault(name, "it is masked, and an update of such a record has to repeat it".to_owned());
        }
        self.before.insert(name.to_owned(), value.clone());
        self.body.insert(name.to_owned(), value);
    }
}

fn stands(field: &Field, wanted: &Value, current: Option<&Value>) -> Stands {
    let Some(now) = current.filter(|now| !now.is_null()) else {
        let is_nothing = wanted.is_null() || wanted.as_array().is_some_and(Vec::is_empty);
        return if is_nothing { Stands::Same } else { Stands::Differs(wanted.clone()) };
    };
    if matches!(field.kind, Kind::Emails | Kind::Phones | Kind::Domains) {
        return contacts(&field.kind, wanted, now);
    }
    if let Some(shown) = presentation(now) {
        // A mask that comes back from a file is no wish.
        return if wanted.as_str() == Some(shown) { Stands::Same } else { Stands::Masked };
    }
    if masks::is_in(now) && (field.sensitive || !now.is_string()) {
        return Stands::Masked;
    }
    if same(field, wanted, now) { Stands::Same } else { Stands::Differs(wanted.clone()) }
}

fn presentation(value: &Value) -> Option<&str> {
    let masked = value.get("isMasked") == Some(&Value::Bool(true));
    value.get("maskedPresentation").and_then(Value::as_str).or(masked.then_some(""))
}

fn same(field: &Field, wanted: &Value, now: &Value) -> bool {
    let moment = |value: &Value| value.as_str().and_then(|words| words.parse::<Timestamp>().ok());
    match &field.kind {
        Kind::Number | Kind::Whole(..) => wanted.as_f64() == now.as_f64() && wanted.is_number() == now.is_number(),
        Kind::Moment => match (moment(wanted), moment(now)) {
            (Some(wanted), Some(now)) => wanted == now,
            _ => wanted == now,
        },
        // Their order means nothing.
        Kind::Tags(_) | Kind::Ids(_) => sorted(wanted) == sorted(now),
        _ if matches!(field.place, Place::Custom(_)) && wanted.is_array() => sorted(wanted) == sorted(now),
        _ => wanted == now,
    }
}

fn sorted(value: &Value) -> Option<Vec<&str>> {
    let mut items: Vec<&str> = value.as_array()?.iter().filter_map(Value::as_str).collect();
    items.sort_unstable();
    Some(items)
}

/// Lists of addresses and numbers are replaced whole: a row that does not name all that are there would take some away.
fn contacts(kind: &Kind, wanted: &Value, now: &Value) -> Stands {
    let key = match kind {
        Kind::Emails => "email",
        Kind::Phones => "phone",
        _ => "domain",
    };
    let (Some(wanted), Some(now)) = (wanted.as_array(), now.as_array()) else { return Stands::Masked };
    let of = |item: &Value| item.get(key).and_then(Value::as_str).map(str::to_lowercase);
    if now.iter().any(masks::is_in) {
        return Stands::Not("there are masked entries, and the list is replaced whole: they would be lost".to_owned());
    }
    let there = |item: &Value| now.iter().find(|known| of(known).is_some() && of(known) == of(item));
    if wanted.iter().all(|item| there(item).is_some()) && wanted.len() == now.len() {
        return Stands::Same;
    }
    let lost = now.iter().any(|known| !wanted.iter().any(|item| of(item) == of(known)));
    match (lost, now.as_slice(), wanted.as_slice()) {
        (true, [known], [item]) => {
            // One for one: its kind and whatever else is known of it stay.
            let mut turned = known.clone();
            turned[key] = item.get(key).cloned().unwrap_or(Value::Null);
            if let Some(fields) = turned.as_object_mut() {
                fields.remove("verified");
            }
            Stands::Differs(vec![turned].into())
        }
        (true, ..) => {
            let reason = format!(
                "there are others, and the list is replaced whole: name all {key}s in one cell, with ; between"
            );
            Stands::Not(reason)
        }
        (false, ..) => Stands::Differs(wanted.iter().map(|item| there(item).unwrap_or(item).clone()).collect()),
    }
}

#[cfg(test)]
mod tests {
    use std::borrow::Borrow;

    use serde_json::json;

    use super::*;
    use crate::domain::{Attribute, KlassName};

    fn fields(resource: Resource) -> Fields {
        let mut custom = ["tierStr", "totalNum", "placedAt", "nationalIdStr"].map(Attribute::undescribed);
        custom[3].sensitive = true;
        Fields::of(resource, &custom)
    }

    fn record(attributes: &Value) -> Record {
        let resource = json!({"type": "customer", "id": "66c1", "attributes": attributes,
            "relationships": {"company": {"data": {"id": "66d1"}}}});
        Record::of(&resource).expect("a record")
    }

    fn compared(resource: Resource, wanted: &Value, attributes: impl Borrow<Value>) -> Compared {
        compare(&fields(resource), wanted.as_object().expect("an object"), &record(attributes.borrow()))
    }

    fn map(value: &Value) -> Map<String, Value> {
        value.as_object().cloned().expect("an object")
    }

    #[test]
    fn only_what_differs_is_sent_and_the_company_is_repeated() {
        let now = json!({"name": "Mara", "tags": ["a", "b"], "rev": 3,
            "custom": {"tierStr": "gold", "totalNum": 7.0, "placedAt": "2025-03-01T09:30:00+00:00"}});
        let wanted = json!({"name": "Mara", "tags": ["b", "a"],
            "custom": {"tierStr": "silver", "totalNum": 7, "placedAt": "2025-03-01T09:30:00.000Z"}});
        let found = compared(Resource::Customers, &wanted, &now);
        assert_eq!(found.body, map(&json!({"custom": {"tierStr": "silver"}, "company": "66d1"})));
        assert_eq!(found.before, map(&json!({"custom": {"tierStr": "gold"}, "company": "66d1"})));
        let kobject = Resource::Kobjects(KlassName::new("order"));
        assert_eq!(compared(kobject.clone(), &wanted, &now).body, map(&json!({"custom": {"tierStr": "silver"}})));
        let new = compared(kobject, &json!({"custom": {"tierStr": "gold"}, "description": null}), json!({}));
        assert_eq!(
            (new.body, new.before),
            (map(&json!({"custom": {"tierStr": "gold"}})), map(&json!({"custom": {"tierStr": null}})))
        );
        let same = compared(Resource::Customers, &json!({"company": "66d1"}), json!({}));
        assert_eq!(same, Compared::default());
    }

    #[test]
    fn a_mask_is_told_and_never_written_back() {
        let now = json!({"custom": {"nationalIdStr": {"isMasked": true, "maskedPresentation": "****77"}}});
        let back = compared(Resource::Customers, &json!({"custom": {"nationalIdStr": "****77"}}), now.clone());
        assert_eq!(back, Compared::default());
        let new = compared(Resource::Customers, &json!({"custom": {"nationalIdStr": "AB1277"}}), now);
        assert_eq!(new.masked, ["custom.nationalIdStr"]);
        assert_eq!(new.before, map(&json!({"company": "66d1"})));
        let name = compared(Resource::Companies, &json!({"tags": ["a"]}), json!({"name": {"isMasked": true}}));
        assert_eq!(name.faults.len(), 1);
    }

    #[test]
    fn no_address_is_lost_by_a_list_that_does_not_name_it() {
        let now = json!([{"email": "a@x.example", "type": "work", "verified": true}]);
        let list = |wanted: Value, now: Value| {
            compared(Resource::Customers, &json!({"emails": wanted}), json!({"emails": now}))
        };
        let email = |words: &str| json!({"email": words});
        assert_eq!(list(json!([email("A@x.example")]), now.clone()), Compared::default());
        let turned = list(json!([email("b@x.example")]), now.clone());
        assert_eq!(turned.body["emails"], json!([{"email": "b@x.example", "type": "work"}]));
        let more = list(json!([email("a@x.example"), email("b@x.example")]), now.clone());
        assert_eq!(more.body["emails"], json!([now[0], email("b@x.example")]));
        let two = json!([email("a@x.example"), email("b@x.example")]);
        assert!(list(json!([email("c@x.example")]), two).faults[0].reason.contains("name all"));
        let masked = json!([{"email": {"isMasked": true, "maskedPresentation": "****@x.example"}}]);
        assert!(list(json!([email("c@x.example")]), masked).faults[0].reason.contains("masked"));
    }

    #[test]
    fn tags_are_added_and_taken_without_losing_others() {
        let now = json!({"tags": ["a", "b"]});
        let order = Resource::Kobjects(KlassName::new("order"));
        let tags = |wanted: Value| compared(order.clone(), &wanted, now.clone()).body.get("tags").cloned();
        assert_eq!(tags(json!({"tags+": ["c", "a"]})), Some(json!(["a", "b", "c"])));
        assert_eq!(tags(json!({"tags-": ["a"], "tags+": ["c"]})), Some(json!(["b", "c"])));
        assert_eq!(tags(json!({"tags+": ["a"]})), None);
        assert_eq!(tags(json!({"tags": ["c"]})), Some(json!(["c"])));
        let many: Vec<String> = (0..19).map(|n| n.to_string()).collect();
        assert_eq!(compared(order.clone(), &json!({"tags+": many}), now.clone()).faults.len(), 1);
    }

    #[test]
    fn what_only_new_records_take_is_passed_over_and_told() {
        let order = Resource::Kobjects(KlassName::new("order"));
        let found = compared(order, &json!({"customer": "66c2", "title": "B"}), json!({"title": "A"}));
        assert_eq!((found.body, found.passed), (map(&json!({"title": "B"})), vec!["customer".to_owned()]));
    }
}
