//! Owns which values are sensitive, how a masked one looks and when a customer's unmasking window is open (Kustomer API
//! reference 20). Works on what is about to be answered, never on the stored records, so search still finds them.
//!
//! Unverified in the reference and decided here: the raw body carries the `isMasked` object at the value's place; mask
//! type `full` leaves only stars, any other keeps the domain of an address or the last four characters; a customer's own
//! addresses in a message's `meta` and in a draft's `to` are masked with the customer's contact attributes.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::{
    doc::{Doc, Kind},
    times,
    world::World,
};

/// How a sensitive value is covered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Cover {
    Full,
    Partial,
}

/// The attributes the org's metadata marks sensitive, by resource name (`customer`, `kobject.order`).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sensitive(BTreeMap<String, Marked>);

#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Marked {
    standard: BTreeMap<String, Cover>,
    custom: BTreeMap<String, Cover>,
}

impl Sensitive {
    /// Reads all metadata records.
    pub fn read<'a>(metadata: impl Iterator<Item = &'a Doc>) -> Self {
        let marked = |doc: &Doc| Marked {
            standard: covers(doc.attributes.get("standardProperties")),
            custom: covers(doc.attributes.get("properties")),
        };
        Self(metadata.map(|doc| (doc.id.clone(), marked(doc))).collect())
    }

    /// Whether a standard attribute of a resource is sensitive, by itself or because it follows one that is.
    pub fn hides(&self, resource: &str, attribute: &str) -> bool {
        let covers = |name: &String| name == attribute || followers(name).contains(&attribute);
        self.0.get(resource).is_some_and(|marked| marked.standard.keys().any(covers))
    }

    fn of(&self, doc: &Doc) -> Option<&Marked> {
        match doc.klass() {
            Some(klass) => self.0.get(&format!("kobject.{klass}")),
            None => self.0.get(doc.kind.type_name()),
        }
    }
}

fn covers(properties: Option<&Value>) -> BTreeMap<String, Cover> {
    let cover = |property: &Value| {
        let sensitive = property.get("sensitive")?;
        let full = sensitive.get("maskType").and_then(Value::as_str) == Some("full");
        let enabled = sensitive.get("enabled") == Some(&Value::Bool(true));
        enabled.then_some(if full { Cover::Full } else { Cover::Partial })
    };
    let properties = properties.and_then(Value::as_object).into_iter().flatten();
    properties.filter_map(|(name, property)| Some((name.clone(), cover(property)?))).collect()
}

/// Covers everything sensitive in `attributes`, the copy of `doc`'s that is about to be answered.
pub fn mask(world: &World, doc: &Doc, attributes: &mut Map<String, Value>) {
    if let Some(marked) = world.sensitive.of(doc) {
        mask_standard(&marked.standard, attributes);
        if let Some(custom) = attributes.get_mut("custom").and_then(Value::as_object_mut) {
            for (name, cover) in &marked.custom {
                custom.get_mut(name).into_iter().for_each(|value| hide(value, *cover));
            }
        }
    }
    if matches!(doc.kind, Kind::Message | Kind::Draft)
        && let Some(customer) = world.sensitive.0.get("customer")
    {
        mask_addresses(customer, doc, attributes);
    }
}

/// Attributes that follow another one's sensitivity (Kustomer API reference 7.2).
fn followers(name: &str) -> &[&str] {
    match name {
        "name" => &["name", "firstName", "lastName", "displayName"],
        "externalIds" => &["externalIds", "externalId", "sharedExternalIds"],
        "emails" => &["emails", "sharedEmails"],
        "phones" => &["phones", "sharedPhones"],
        "whatsapps" => &["whatsapps", "sharedWhatsapps"],
        _ => &[],
    }
}

fn mask_standard(standard: &BTreeMap<String, Cover>, attributes: &mut Map<String, Value>) {
    for (name, cover) in standard {
        let own = [name.as_str()];
        let names = if followers(name).is_empty() { &own[..] } else { followers(name) };
        for name in names {
            attributes.get_mut(*name).into_iter().for_each(|value| hide_contacts(value, *cover));
        }
    }
}

/// A list of contact items is masked inside the items, at the value itself; anything else where it stands.
fn hide_contacts(value: &mut Value, cover: Cover) {
    let Value::Array(items) = value else { return hide(value, cover) };
    for item in items {
        for field in ["email", "phone", "externalId"] {
            item.get_mut(field).into_iter().for_each(|value| hide(value, cover));
        }
    }
}

fn mask_addresses(customer: &Marked, doc: &Doc, attributes: &mut Map<String, Value>) {
    let channel = doc.text("channel").unwrap_or_default();
    let contact = if channel == "email" { "emails" } else { "phones" };
    let Some(cover) = customer.standard.get(contact).copied() else { return };
    if !matches!(channel, "email" | "sms" | "whatsapp" | "voice") {
        return;
    }
    let theirs: &[&str] = if doc.text("direction") == Some("in") { &["from"] } else { &["to", "cc", "bcc"] };
    let holder = if doc.kind == Kind::Draft {
        Some(attributes)
    } else {
        attributes.get_mut("meta").and_then(Value::as_object_mut)
    };
    for (_, value) in holder.into_iter().flatten().filter(|(name, _)| theirs.contains(&name.as_str())) {
        hide_address(value, cover);
    }
}

/// `meta.to` may be a string, an object or a list of either (Kustomer API reference 12.3).
fn hide_address(value: &mut Value, cover: Cover) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| hide_address(item, cover)),
        Value::Object(item) => item.get_mut("email").into_iter().for_each(|email| hide(email, cover)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => hide(value, cover),
    }
}

fn hide(value: &mut Value, cover: Cover) {
    let clear = match value {
        Value::Null | Value::Object(_) => return,
        Value::String(text) => std::mem::take(text),
        Value::Bool(_) | Value::Number(_) | Value::Array(_) => String::new(),
    };
    *value = json!({ "isMasked": true, "maskedPresentation": presentation(&clear, cover) });
}

fn presentation(clear: &str, cover: Cover) -> String {
    const STARS: &str = "****";
    let tail: String = match (cover, clear.rsplit_once('@')) {
        (Cover::Full, _) => return STARS.repeat(2),
        (Cover::Partial, Some((_, domain))) => format!("@{domain}"),
        (Cover::Partial, None) if clear.chars().count() > 4 => {
            let skip = clear.chars().count() - 4;
            clear.chars().skip(skip).collect()
        }
        (Cover::Partial, None) => String::new(),
    };
    format!("{STARS}{tail}")
}

/// Whether the customer's unmasking window is open at `now`: `startDate ≤ now < endDate`.
pub fn window_is_open(customer: &Doc, now: i64) -> bool {
    let window = customer.attributes.get("unmaskingWindow");
    let at = |name: &str| window.and_then(|w| w.get(name)).and_then(Value::as_str).and_then(times::parse);
    matches!((at("startDate"), at("endDate")), (Some(start), Some(end)) if start <= now && now < end)
}

/// Whether a masked value stands anywhere in a body: writing one back would destroy the real value.
pub fn contains_masked(body: &Value) -> bool {
    match body {
        Value::Object(map) => map.contains_key("isMasked") || map.values().any(contains_masked),
        Value::Array(items) => items.iter().any(contains_masked),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sandbox::mint::Mint;

    fn world() -> World {
        let mut metadata = Doc::new(Kind::Metadata, "customer");
        let partial = json!({ "sensitive": { "enabled": true, "maskType": "partial" } });
        let full = json!({ "sensitive": { "enabled": true, "maskType": "full" } });
        metadata.attributes.insert("standardProperties".into(), json!({ "emails": partial, "phones": partial }));
        metadata.attributes.insert("properties".into(), json!({ "billingIdStr": partial, "nationalIdStr": full }));
        World::new(vec![metadata], Mint::new(1))
    }

    fn masked(doc: &Doc) -> Value {
        let mut attributes = doc.attributes.clone();
        mask(&world(), doc, &mut attributes);
        Value::Object(attributes)
    }

    #[test]
    fn contact_items_and_custom_values_are_masked_at_their_place() {
        let mut doc = Doc::new(Kind::Customer, "c");
        doc.attributes.insert("emails".into(), json!([{ "type": "work", "email": "mara@quill.example" }]));
        doc.attributes.insert("phones".into(), json!([{ "phone": "+4915550001122" }]));
        doc.attributes
            .insert("custom".into(), json!({ "billingIdStr": "B-1", "nationalIdStr": "123456789", "tierStr": "gold" }));
        let mask = |text: &str| json!({ "isMasked": true, "maskedPresentation": text });
        assert_eq!(
            masked(&doc),
            json!({
                "emails": [{ "type": "work", "email": mask("****@quill.example") }],
                "phones": [{ "phone": mask("****1122") }],
                "custom": { "billingIdStr": mask("****"), "nationalIdStr": mask("********"), "tierStr": "gold" },
            })
        );
    }

    #[test]
    fn a_customers_address_in_a_message_is_masked_and_the_desks_own_is_not() {
        let mut doc = Doc::new(Kind::Message, "m");
        doc.attributes.insert("channel".into(), json!("email"));
        doc.attributes.insert("direction".into(), json!("in"));
        doc.attributes
            .insert("meta".into(), json!({ "from": "mara@quill.example", "to": [{ "email": "help@acme.example" }] }));
        let answer = masked(&doc);
        assert_eq!(answer["meta"]["from"]["maskedPresentation"], "****@quill.example");
        assert_eq!(answer["meta"]["to"], json!([{ "email": "help@acme.example" }]));
    }

    #[test]
    fn a_window_is_open_from_its_start_until_just_before_its_end() {
        let mut doc = Doc::new(Kind::Customer, "c");
        doc.attributes
            .insert("unmaskingWindow".into(), json!({ "startDate": times::iso(10), "endDate": times::iso(20) }));
        assert_eq!([9, 10, 19, 20].map(|now| window_is_open(&doc, now)), [false, true, true, false]);
        doc.attributes.insert("unmaskingWindow".into(), json!({ "createdAt": times::iso(0) }));
        assert!(!window_is_open(&doc, 10));
    }

    #[test]
    fn a_masked_value_is_seen_however_deep_it_stands() {
        assert!(contains_masked(&json!({ "emails": [{ "email": { "isMasked": true } }] })));
        assert!(!contains_masked(&json!({ "emails": [{ "email": "a@b.example" }] })));
    }
}
