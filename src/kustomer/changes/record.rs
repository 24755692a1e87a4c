//! Owns the changing of a record that was read: everything the desk sent is kept beside it, also what this version does
//! not know, so that a list can be sent back with one item changed and the rest as it was. Sends nothing.
//!
//! Invariants: only what is edited is sent (an update is partial, Kustomer API reference 2.5); the revision that was read
//! goes along; a customer's company is repeated, because leaving it out unlinks it; a mask is never written back.

use serde_json::{Map, Value};

use super::{WishError, write, write::masked};
use crate::{
    approval::{Change, Subject},
    domain::{ConversationId, CustomerId, KlassName, Text},
};

/// A record as the desk sent it.
#[derive(Clone, PartialEq)]
pub struct Record {
    kind: String,
    id: String,
    attributes: Map<String, Value>,
    company: Option<String>,
    customer: Option<String>,
}

impl std::fmt::Debug for Record {
    /// Without the attributes: they are customers' data.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Record({} {})", self.kind, self.id)
    }
}

impl Record {
    /// Whose it is, as far as it says.
    pub fn customer(&self) -> Option<CustomerId> {
        self.customer.as_deref().map(CustomerId::new)
    }

    /// Takes a resource (`{type, id, attributes, relationships}`); `None` without type, id or attributes.
    pub fn of(resource: &Value) -> Option<Self> {
        let text = |pointer: &str| resource.pointer(pointer).and_then(Value::as_str).map(str::to_owned);
        let klass = text("/relationships/klass/data/id");
        Some(Self {
            // Some answers name the klass in the type, some beside it.
            kind: match (text("/type")?, klass) {
                (kind, Some(klass)) if kind == "kobject" => format!("kobject.{klass}"),
                (kind, _) => kind,
            },
            id: text("/id").filter(|id| !id.is_empty())?,
            attributes: resource.get("attributes")?.as_object()?.clone(),
            company: text("/relationships/company/data/id"),
            customer: text("/relationships/customer/data/id"),
        })
    }

    /// The same without its values: what a change of it needs beside the edits.
    #[must_use]
    pub fn bare(mut self) -> Self {
        self.attributes.retain(|name, _| name == "rev");
        self
    }

    /// The literal type: `customer`, `kobject.order`.
    pub fn kind(&self) -> &str {
        &self.kind
    }

    /// The id.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// An attribute as it came; may be masked, or of a type nobody expects.
    pub fn attribute(&self, name: &str) -> Option<&Value> {
        self.attributes.get(name)
    }

    /// The company it belongs to.
    pub fn company(&self) -> Option<&str> {
        self.company.as_deref()
    }

    /// Its revision, where it has one.
    pub fn rev(&self) -> Option<u64> {
        self.attributes.get("rev").and_then(Value::as_u64)
    }

    /// The operation that updates such a record, and what its path takes.
    fn operation(&self) -> Option<(&'static str, Vec<&str>)> {
        if let Some(klass) = self.kind.strip_prefix("kobject.") {
            return Some(("PUT /v1/klasses/{name}/{id}", vec![klass, &self.id]));
        }
        let label = match self.kind.as_str() {
            "customer" => "PATCH /v1/customers/{id}",
            "conversation" => "PATCH /v1/conversations/{id}",
            "message" => "PATCH /v1/messages/{id}",
            "note" => "PATCH /v1/notes/{id}",
            "company" => "PUT /v1/companies/{id}",
            "team" => "PATCH /v1/teams/{id}",
            "user" => "PUT /v1/users/{id}",
            "brand" => "PATCH /v1/brands/{id}",
            "schedule" => "PUT /v1/schedules/{id}",
            "queue" => "PUT /v1/routing/queues/{id}",
            "klass" => "PUT /v1/klasses/{id}",
            "metadata" => "PUT /v1/metadata/{resource}",
            _ => return None,
        };
        Some((label, vec![&self.id]))
    }
}

/// Sets attributes of a record that was read. A value of a list replaces it whole: build it from
/// [`Record::attribute`], whose unknown keys survive.
///
/// # Errors
/// [`WishError`] for no edit, a kind that cannot be updated, and a masked value among the edits.
pub fn update(record: &Record, edits: Map<String, Value>) -> Result<Change, WishError> {
    if edits.is_empty() {
        return Err(WishError::Empty { what: "the update" });
    }
    if let Some((field, inner)) = edits.iter().find_map(|(field, value)| Some((field, masked(value)?))) {
        return Err(WishError::Masked { field: if inner.is_empty() { field.clone() } else { inner } });
    }
    let unknown = || WishError::Operation { label: format!("update {}", record.kind) };
    let (label, values) = record.operation().ok_or_else(unknown)?;
    let mut body = edits;
    let moves = record.kind == "conversation" && body.contains_key("customer");
    let keep = |body: &mut Map<String, Value>, name: &str, value: Option<Value>| {
        if let Some(value) = value {
            body.entry(name).or_insert(value);
        }
    };
    match record.kind.as_str() {
        "customer" => keep(&mut body, "company", Some(record.company.clone().map_or(Value::Null, Value::from))),
        // A company's name is required also on an update (Kustomer API reference 19); a masked one cannot be repeated.
        "company" => keep(&mut body, "name", record.attribute("name").filter(|name| name.is_string()).cloned()),
        _ => {}
    }
    // Only these take a revision (Kustomer API reference 2.5).
    let takes_rev =
        matches!(record.kind.as_str(), "customer" | "conversation" | "company") || record.kind.starts_with("kobject.");
    if takes_rev && !moves {
        keep(&mut body, "rev", record.attribute("rev").filter(|rev| rev.is_number()).cloned());
    }
    let own = |kind: &str| (record.kind == kind).then(|| record.id.clone());
    let subject = Subject {
        customer: own("customer").or_else(|| record.customer.clone()).map(CustomerId::new),
        conversation: own("conversation").map(ConversationId::new),
        ..Subject::default()
    };
    write(label, &values, Some(Value::Object(body)), subject)
}

/// Makes a KObject of a klass, for a customer or for nobody. Its `externalId` finds it again when the answer got lost.
///
/// # Errors
/// [`WishError`] for a body without a title, and for a masked value in it.
pub fn create_kobject(
    klass: &KlassName,
    customer: Option<(&CustomerId, Option<Text>)>,
    body: Map<String, Value>,
) -> Result<Change, WishError> {
    if body.get("title").and_then(Value::as_str).is_none_or(|title| title.trim().is_empty()) {
        return Err(WishError::Empty { what: "the title" });
    }
    let body = Some(Value::Object(body));
    match customer {
        Some((id, customer_name)) => {
            let subject = Subject { customer: Some(id.clone()), customer_name, ..Subject::default() };
            write("POST /v1/customers/{id}/klasses/{name}", &[id.as_str(), klass.as_str()], body, subject)
        }
        None => write("POST /v1/klasses/{name}", &[klass.as_str()], body, Subject::default()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn edits(value: &Value) -> Map<String, Value> {
        value.as_object().cloned().expect("an object")
    }

    fn record(kind: &str, attributes: &Value) -> Record {
        let relationships = json!({"company": {"data": {"id": "66d1"}}, "customer": {"data": {"id": "66c1"}}});
        Record::of(&json!({"type": kind, "id": "66b1", "attributes": attributes, "relationships": relationships}))
            .expect("a record")
    }

    fn body(record: &Record, changes: &Value) -> Option<Value> {
        update(record, edits(changes)).ok()?.requests()[0].body.clone()
    }

    #[test]
    fn company_name_and_revision_go_along_where_they_belong() {
        for (kind, expected) in [
            ("customer", json!({"deleted": true, "company": "66d1", "rev": 3})),
            ("company", json!({"deleted": true, "name": "Quill", "rev": 3})),
            ("conversation", json!({"deleted": true, "rev": 3})),
            ("kobject.order", json!({"deleted": true, "rev": 3})),
            ("message", json!({"deleted": true})),
        ] {
            let record = record(kind, &json!({"name": "Quill", "rev": 3}));
            assert_eq!(body(&record, &json!({"deleted": true})), Some(expected), "{kind}");
        }
        let conversation = record("conversation", &json!({"rev": 3}));
        assert_eq!(body(&conversation, &json!({"customer": "66c2"})), Some(json!({"customer": "66c2"})));
    }

    #[test]
    fn unknown_keys_and_values_of_a_list_survive_and_a_mask_does_not() {
        let emails = json!([{"type": "telepathy", "email": "a@quill.example", "newKey": {"deep": 1}}]);
        let customer = record("customer", &json!({"emails": emails, "phones": [{"phone": {"isMasked": true}}]}));
        let mut list = customer.attribute("emails").cloned().expect("a list");
        list.as_array_mut().expect("a list").push(json!({"email": "b@quill.example"}));
        let expected = json!({"company": "66d1", "emails": [emails[0], {"email": "b@quill.example"}]});
        assert_eq!(body(&customer, &json!({"emails": list})), Some(expected));
        let phones = customer.attribute("phones").cloned().expect("a list");
        let refused = update(&customer, edits(&json!({"phones": phones})));
        assert_eq!(refused, Err(WishError::Masked { field: "phone".to_owned() }));
    }
}
