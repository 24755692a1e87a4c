//! Owns the covering of sensitive values in records as the desk gave them, before they are written to a file: an open
//! unmasking window, or a key that may see everything, shows them in the clear, and a file outlives both. What the org's
//! metadata calls sensitive is covered whether the desk did it or not (Kustomer API reference 20). Asks no desk.
//!
//! When the metadata cannot be read, all contacts count as sensitive, and every custom value that looks personal.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use crate::privacy::pii;

/// Attributes that follow another one's sensitivity (Kustomer API reference 7.2); the lists of shared values hold the same.
const FOLLOWERS: [(&str, &[&str]); 6] = [
    ("name", &["name", "firstName", "lastName", "displayName"]),
    ("externalIds", &["externalIds", "externalId", "sharedExternalIds"]),
    ("emails", &["emails", "sharedEmails"]),
    ("phones", &["phones", "sharedPhones"]),
    ("whatsapps", &["whatsapps", "sharedWhatsapps"]),
    ("socials", &["socials", "sharedSocials"]),
];

/// Contacts: what a message's addresses are as well.
const CONTACTS: [&str; 3] = ["emails", "phones", "whatsapps"];

/// What a record's items may keep in the clear: words that say what an item is, not whose.
const PLAIN: [&str; 3] = ["type", "verified", "id"];

/// What is sensitive in the records of one collection.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Veil {
    standard: BTreeSet<String>,
    /// `None`: the org did not tell.
    custom: Option<BTreeSet<String>>,
    /// Whether addresses of messages and drafts are sensitive, because the customer's contacts are.
    addresses: bool,
}

impl Veil {
    /// From the metadata of the collection's own resource and of customers, as far as each could be read.
    pub fn of(own: Option<&Value>, customer: Option<&Value>) -> Self {
        let addresses = customer.map(|body| sensitive(body, "standardProperties"));
        let addresses = addresses.is_none_or(|names| CONTACTS.iter().any(|contact| names.contains(*contact)));
        let standard =
            own.map_or_else(|| CONTACTS.map(str::to_owned).into(), |body| sensitive(body, "standardProperties"));
        Self { standard, custom: own.map(|body| sensitive(body, "properties")), addresses }
    }

    /// Covers a record in place.
    pub fn cover(&self, record: &mut Value) {
        let Some(attributes) = record.get_mut("attributes").and_then(Value::as_object_mut) else { return };
        for name in &self.standard {
            let own = [name.as_str()];
            let names = FOLLOWERS.iter().find(|(leader, _)| leader == name).map_or(&own[..], |(_, names)| names);
            for name in names {
                attributes.get_mut(*name).into_iter().for_each(hide_in);
            }
        }
        if let Some(custom) = attributes.get_mut("custom").and_then(Value::as_object_mut) {
            self.cover_custom(custom);
        }
        if self.addresses {
            cover_addresses(attributes);
        }
    }

    fn cover_custom(&self, custom: &mut Map<String, Value>) {
        for (name, value) in custom {
            let is_sensitive = match &self.custom {
                Some(names) => names.contains(name),
                None => !pii::find(&value.to_string()).is_empty(),
            };
            if is_sensitive {
                hide(value);
            }
        }
    }
}

/// The attributes a metadata answer calls sensitive.
fn sensitive(body: &Value, group: &str) -> BTreeSet<String> {
    let properties = body.pointer(&format!("/data/attributes/{group}")).and_then(Value::as_object);
    let enabled = |property: &Value| property.pointer("/sensitive/enabled") == Some(&Value::Bool(true));
    properties.into_iter().flatten().filter(|(_, property)| enabled(property)).map(|(name, _)| name.clone()).collect()
}

/// The customer's side of a message or a draft: `from` of what came in, the recipients of what went out; both when it
/// does not say which it was (Kustomer API reference 12.3: each may be a string, an object or a list).
fn cover_addresses(attributes: &mut Map<String, Value>) {
    let theirs: &[&str] = match attributes.get("direction").and_then(Value::as_str) {
        Some("in") => &["from"],
        Some("out") => &["to", "cc", "bcc"],
        _ => &["from", "to", "cc", "bcc"],
    };
    let covered = |(name, value): (&String, &mut Value)| {
        if theirs.contains(&name.as_str()) {
            hide_in(value);
        }
    };
    if let Some(meta) = attributes.get_mut("meta").and_then(Value::as_object_mut) {
        meta.iter_mut().for_each(covered);
    }
    attributes.iter_mut().for_each(covered);
}

/// Covers a value, or the values of its items where it is a list or an object of them.
fn hide_in(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(hide_in),
        Value::Object(fields) if !fields.contains_key("isMasked") => {
            fields.iter_mut().filter(|(name, _)| !PLAIN.contains(&name.as_str())).for_each(|(_, value)| hide_in(value));
        }
        other => hide(other),
    }
}

/// Covers one value; what is masked already keeps the presentation the desk gave it.
fn hide(value: &mut Value) {
    if !value.is_null() && value.get("isMasked").is_none() {
        *value = json!({ "isMasked": true, "maskedPresentation": "********" });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn masked(shown: &str) -> Value {
        json!({ "isMasked": true, "maskedPresentation": shown })
    }

    fn metadata() -> Value {
        let enabled = json!({"sensitive": {"enabled": true, "maskType": "full"}});
        json!({"data": {"attributes": {
            "properties": {"nationalIdStr": enabled, "tierStr": {}},
            "standardProperties": {"emails": enabled, "name": {"sensitive": {"enabled": false}}}}}})
    }

    #[test]
    fn what_a_window_shows_is_covered_and_what_the_desk_masked_stays() {
        let (metadata, star) = (metadata(), masked("********"));
        let veil = Veil::of(Some(&metadata), Some(&metadata));
        let mut record = json!({"id": "66c1", "attributes": {
            "name": "Mara Quill", "emails": [{"type": "work", "email": "mara@quill.example", "verified": true}],
            "sharedEmails": [{"email": masked("****@quill.example")}], "phones": [{"phone": "+4915550001122"}],
            "custom": {"nationalIdStr": "AB 123", "tierStr": "gold", "goneStr": null}}});
        veil.cover(&mut record);
        let expected = json!({"id": "66c1", "attributes": {
            "name": "Mara Quill", "emails": [{"type": "work", "email": star, "verified": true}],
            "sharedEmails": [{"email": masked("****@quill.example")}], "phones": [{"phone": "+4915550001122"}],
            "custom": {"nationalIdStr": star, "tierStr": "gold", "goneStr": null}}});
        assert_eq!(record, expected);
    }

    #[test]
    fn a_messages_addresses_follow_the_customers_contacts() {
        let (own, customer, star) = (json!({"data": {"attributes": {}}}), metadata(), masked("********"));
        let veil = Veil::of(Some(&own), Some(&customer));
        for (direction, from, to) in
            [("in", star.clone(), json!("help@acme.example")), ("out", json!("mara@quill.example"), star.clone())]
        {
            let mut record = json!({"attributes": {"direction": direction,
                "meta": {"from": "mara@quill.example", "to": "help@acme.example", "subject": "x"}}});
            veil.cover(&mut record);
            assert_eq!(record["attributes"]["meta"], json!({"from": from, "to": to, "subject": "x"}));
        }
    }

    #[test]
    fn without_metadata_contacts_and_whatever_looks_personal_are_covered() {
        let veil = Veil::of(None, None);
        let mut record = json!({"attributes": {"phones": [{"phone": "+4915550001122"}],
            "custom": {"aStr": "mara@quill.example", "bStr": "gold"}}});
        veil.cover(&mut record);
        let star = masked("********");
        let expected = json!({"attributes": {"phones": [{"phone": star}], "custom": {"aStr": star, "bStr": "gold"}}});
        assert_eq!(record, expected);
    }
}
