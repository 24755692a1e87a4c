//! Owns what happens to metadata: which custom attributes a resource has and what is sensitive (Kustomer API reference 7.2).
//!
//! Unverified in the reference and decided here: properties are merged by name, and key by key within a property.

use serde_json::{Map, Value, json};

use super::Act;
use crate::sandbox::{
    doc::{Doc, Kind},
    errors::Refusal,
    schema::{Purpose, bodies, check, suffix},
    world::Index,
};

/// The most properties in each part of the body.
const MOST: [(&str, usize); 2] = [("properties", 100), ("standardProperties", 20)];

/// Changes the metadata of a resource (`customer`, `kobject.order`). A property's `type` follows from its suffix.
pub fn update(act: &mut Act, resource: &str, body: Value) -> Result<(), Refusal> {
    let body = check(&[bodies::METADATA], Purpose::Update, body)?;
    let is_klass = |name: &str| act.world.found(Kind::Klass, Index::Name, name).next().is_some();
    let is_resource = match resource.strip_prefix("kobject.") {
        Some(klass) => is_klass(klass),
        None => ["company", "conversation", "customer", "message"].contains(&resource),
    };
    if !is_resource {
        return Err(Refusal::not_found("Metadata"));
    }
    for (part, most) in MOST {
        let properties = body.get(part).and_then(Value::as_object);
        if properties.is_some_and(|properties| properties.len() > most) {
            return Err(Refusal::invalid(part, format!("must have at most {most} keys")));
        }
        if let Some((name, _)) = properties.into_iter().flatten().find(|(_, property)| !property.is_object()) {
            return Err(Refusal::invalid(format!("{part}/{name}"), "must be an object"));
        }
    }
    let stored = act.world.get(Kind::Metadata, resource).cloned();
    let mut doc = stored.unwrap_or_else(|| Doc::new(Kind::Metadata, resource));
    for (part, value) in body {
        match value {
            Value::Object(changes) if MOST.iter().any(|(known, _)| *known == part) => {
                merge(act, &mut doc, &part, changes);
            }
            value => {
                doc.attributes.insert(part, value);
            }
        }
    }
    act.world.put(doc);
    Ok(())
}

fn merge(act: &Act, doc: &mut Doc, part: &str, changes: Map<String, Value>) {
    let properties = doc.attributes.entry(part).or_insert_with(|| json!({}));
    for (name, change) in changes {
        let property = &mut properties[&name];
        if !property.is_object() {
            *property = json!({});
        }
        for (key, value) in change.as_object().cloned().unwrap_or_default() {
            property[key] = value;
        }
        let kind = match suffix(&name) {
            Some("Num") => "number",
            Some("Bool") => "boolean",
            Some(_) | None => "string",
        };
        property["type"] = kind.into();
        property["modifiedBy"] = act.by.as_str().into();
        property["modifiedAt"] = act.now_text().into();
        property["updatedAt"] = act.now_text().into();
    }
}
