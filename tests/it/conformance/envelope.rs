//! Owns what every answer has to look like (Kustomer API reference 2.2 to 2.4, 4.1): resources, pages, errors.

use std::collections::BTreeSet;

use serde_json::Value;

/// Types whose resources have no `links` (2.2), or of which the reference shows none.
const WITHOUT_LINKS: &[&str] = &[
    "draft",
    "forward",
    "message_redaction",
    "session",
    "event",
    "customer_merge",
    "sla_version",
    "role",
    "outbound_account",
    "setting",
    "audit_log",
    "conversation_time",
];
/// Types whose id is a name.
const NAMED: &[&str] = &["metadata", "role", "setting"];

/// Whether an id is 24 lower-case hex characters.
pub fn is_id(text: &str) -> bool {
    text.len() == 24 && text.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
}

/// What is wrong with a resource of this type; an empty name accepts any.
pub fn resource(resource: &Value, kind: &str) -> Vec<String> {
    let mut wrong = Vec::new();
    let found = resource["type"].as_str().unwrap_or_default();
    if found.is_empty() || (!kind.is_empty() && found != kind && !found.starts_with(&format!("{kind}."))) {
        wrong.push(format!("type is {}, not {kind}", resource["type"]));
    }
    if !NAMED.contains(&found) && !resource["id"].as_str().is_some_and(is_id) {
        wrong.push(format!("id is {}", resource["id"]));
    }
    if !resource["attributes"].is_object() {
        wrong.push("attributes are missing".into());
    }
    // Audit logs name their org in an attribute (26).
    if found != "audit_log" && resource["relationships"]["org"]["data"]["type"] != "org" {
        wrong.push("relationships.org is missing".into());
    }
    let link = resource["links"]["self"].as_str();
    if WITHOUT_LINKS.contains(&found) {
        if ["draft", "forward"].contains(&found) && !resource["links"].is_null() {
            wrong.push("has links, which the reference shows it without".into());
        }
    } else if !link.is_some_and(|link| link.starts_with("/v1/")) {
        wrong.push(format!("links.self is {}", resource["links"]["self"]));
    }
    times(&resource["attributes"], "", &mut wrong);
    wrong
}

/// Every attribute called `…At` is UTC with milliseconds and `Z`; custom attributes keep what was written.
fn times(value: &Value, path: &str, wrong: &mut Vec<String>) {
    match value {
        Value::Object(map) => {
            for (name, value) in
                map.iter().filter(|(name, _)| *name != "custom" && *name != "meta" && *name != "modificationHistory")
            {
                let path = format!("{path}.{name}");
                match value.as_str() {
                    Some(text) if name.ends_with("At") && !is_moment(text) => wrong.push(format!("{path} is {text}")),
                    _ => times(value, &path, wrong),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| times(item, path, wrong)),
        _ => {}
    }
}

fn is_moment(text: &str) -> bool {
    let shape = "0000-00-00T00:00:00.000Z";
    text.len() == shape.len()
        && text
            .bytes()
            .zip(shape.bytes())
            .all(|(is, wants)| if wants == b'0' { is.is_ascii_digit() } else { is == wants })
}

/// What is wrong with the `meta` and `links` of a page.
pub fn frame(body: &Value) -> Vec<String> {
    let mut wrong = Vec::new();
    for name in ["page", "pageSize"] {
        let value = &body["meta"][name];
        // Token lists tell them as strings (4.1).
        if value.as_u64().or_else(|| value.as_str()?.parse().ok()).is_none() {
            wrong.push(format!("meta.{name} is {value}"));
        }
    }
    for name in ["self", "first"] {
        if !body["links"][name].as_str().is_some_and(|link| link.starts_with("/v1/")) {
            wrong.push(format!("links.{name} is {}", body["links"][name]));
        }
    }
    for name in ["prev", "next"] {
        if body["links"].get(name).is_none() {
            wrong.push(format!("links.{name} is missing, not null"));
        }
    }
    wrong
}

/// Ids that came more than once.
pub fn doubled(ids: &[String]) -> BTreeSet<&String> {
    let mut seen = BTreeSet::new();
    ids.iter().filter(|id| !seen.insert(*id)).collect()
}

/// What is wrong with the body of an error (3).
pub fn error(body: &str) -> Option<String> {
    if body.is_empty() {
        return None;
    }
    let parsed: Value = serde_json::from_str(body).unwrap_or_default();
    let item = &parsed["errors"][0];
    let says = ["message", "detail", "title"].iter().any(|name| item[*name].is_string());
    (!says || !item["code"].is_string()).then(|| format!("the error says {body}"))
}
