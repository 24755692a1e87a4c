//! Owns what happens to metadata: which custom attributes a resource has and what is sensitive (Kustomer API reference 7.2).
//!
//! Unverified in the reference and decided here: properties are merged by name, and key by key within a property.

use serde_json::{Map, Value, json};

use super::Act;
use crate::sandbox::{
    doc::{Doc, Kind},
    errors::Refusal,
    schema::{Purpose, bodies, check, suffix},
    world::{Index, World},
};

/// The most properties in each part of the body.
const MOST: [(&str, usize); 2] = [("properties", 100), ("standardProperties", 20)];

/// Changes the metadata of a resource (`customer`, `kobject.order`). A property's `type` follows from its suffix.
pub fn update(act: &mut Act, resource: &str, body: Value) -> Result<(), Refusal> {
    let body = check(&[bodies::METADATA], Purpose::Update, body)?;
    if !is_resource(act.world, resource) {
        return Err(Refusal::not_found("Metadata"));
    }
    for (part, most) in MOST {
        let properties = body.get(part).and_then(Value::as_object);
        if properties.is_some_and(|properties| properties.len() > most) {
            return Err(Refusal::invalid(part, format!("must have at most {most} keys")));
        }
        for (name, property) in properties.into_iter().flatten() {
            check_property(part, name, property)?;
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

/// Whether something of that name can have metadata.
pub fn is_resource(world: &World, resource: &str) -> bool {
    match resource.strip_prefix("kobject.") {
        Some(klass) => world.found(Kind::Klass, Index::Name, klass).next().is_some(),
        None => ["company", "conversation", "customer", "message"].contains(&resource),
    }
}

/// Keys nobody has seen are let through: the reference lists the fields of a property as seen, not as a closed schema.
fn check_property(part: &str, name: &str, property: &Value) -> Result<(), Refusal> {
    let place = format!("{part}/{name}");
    let Some(property) = property.as_object() else { return Err(Refusal::invalid(place, "must be an object")) };
    if part == "properties" && suffix(name).is_none() {
        return Err(Refusal::invalid(place, "must end in Str, Txt, Num, Bool, At, Url, Id or Tree"));
    }
    let fits = |key: &str, fits: fn(&Value) -> bool| match property.get(key) {
        Some(value) if !value.is_null() && !fits(value) => {
            Err(Refusal::invalid(format!("{place}/{key}"), "has the wrong type"))
        }
        Some(_) | None => Ok(()),
    };
    fits("displayName", Value::is_string)?;
    fits("target", Value::is_string)?;
    fits("multi", Value::is_boolean)?;
    fits("array", Value::is_boolean)?;
    fits("tree", Value::is_object)?;
    fits("enumeration", |value| value.as_array().is_some_and(|words| words.iter().all(Value::is_string)))?;
    fits("sensitive", |value| {
        let enabled = value.get("enabled").is_some_and(Value::is_boolean);
        enabled && value.get("maskType").is_none_or(Value::is_string)
    })
}

fn merge(act: &Act, doc: &mut Doc, part: &str, changes: Map<String, Value>) {
    let properties = doc.attributes.entry(part).or_insert_with(|| json!({}));
    for (name, change) in changes {
        let property = &mut properties[&name];
        if !property.is_object() {
            *property = json!({ "displayName": title(&name) });
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

/// A name as people read it: `totalOrdersNum` is "Total Orders", `flight_leg` is "Flight Leg" (Kustomer API reference 7.2).
pub fn title(name: &str) -> String {
    let stem = suffix(name).map_or(name, |suffix| &name[..name.len() - suffix.len()]);
    let mut title = String::new();
    let mut at_start = true;
    for c in stem.chars() {
        if c == '_' || c == '-' {
            at_start = true;
            continue;
        }
        if (at_start || c.is_uppercase()) && !title.is_empty() {
            title.push(' ');
        }
        if at_start {
            title.extend(c.to_uppercase());
        } else {
            title.push(c);
        }
        at_start = false;
    }
    title
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_is_the_name_in_words_without_its_suffix() {
        let titles = ["totalOrdersNum", "loyaltyTierStr", "flight_leg", "order", "Str"].map(title);
        assert_eq!(titles, ["Total Orders", "Loyalty Tier", "Flight Leg", "Order", "Str"]);
    }
}
