//! Owns the webhooks there are: making one, finding those that want an event, ending one (Kustomer API reference 25.1).

use axum::http::{HeaderName, HeaderValue, Uri};
use serde_json::{Value, json};

use crate::sandbox::{
    doc::{Doc, Kind},
    errors::Refusal,
    mint,
    schema::{Field, Purpose, Rule, check, opt, req},
    times,
    world::World,
};

/// All events there are: `kustomer.{…}.{create,update}`.
pub const EVENTS: &[&str] = &[
    "kustomer.customer.create",
    "kustomer.customer.update",
    "kustomer.conversation.create",
    "kustomer.conversation.update",
    "kustomer.message.create",
    "kustomer.message.update",
    "kustomer.user.create",
    "kustomer.user.update",
    "kustomer.team.create",
    "kustomer.team.update",
    "kustomer.tag.create",
    "kustomer.tag.update",
];

/// Webhooks an org may have.
const MOST_WEBHOOKS: usize = 5;
const HEADER: &[Field] = &[req("name", Rule::Text(1, 128)), req("value", Rule::Text(0, 1024))];
const WEBHOOK: &[Field] = &[
    req("name", Rule::Text(1, 255)),
    req("url", Rule::Text(1, 255)),
    req("events", Rule::List(&Rule::Word(EVENTS), EVENTS.len())),
    opt("headers", Rule::List(&Rule::Shape(HEADER), 20)),
];

/// Where an event goes and how it is sealed.
#[derive(Clone)]
pub struct Target {
    /// `https`, or `http` to this machine.
    pub url: Uri,
    /// The signing secret.
    pub token: String,
    /// The org's own headers.
    pub headers: Vec<(HeaderName, HeaderValue)>,
}

/// Makes a webhook and gives back its id.
pub fn create(world: &mut World, by: &str, body: Value, now: i64) -> Result<String, Refusal> {
    let mut attributes = check(&[WEBHOOK], Purpose::Create, body)?;
    let text = |name: &str| attributes.get(name).and_then(Value::as_str).unwrap_or_default();
    if url(text("url")).is_none() {
        return Err(Refusal::invalid("url", "must be an https address, or http on this machine"));
    }
    if attributes.get("events").and_then(Value::as_array).is_none_or(Vec::is_empty) {
        return Err(Refusal::invalid("events", "must have at least one item"));
    }
    let given = attributes.get("headers").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    if let Some(place) = given.iter().position(|item| header(item).is_none()) {
        return Err(Refusal::invalid(format!("headers/{place}"), "must be a header that may be added"));
    }
    if world.all(Kind::Webhook).count() >= MOST_WEBHOOKS {
        return Err(Refusal::bad_request(format!("An org has at most {MOST_WEBHOOKS} webhooks.")));
    }
    let id = world.mint.id(now);
    let stamp = times::iso(now);
    attributes.entry("headers").or_insert_with(|| json!([]));
    attributes.insert("token".into(), mint::fixed_id(0, &format!("webhook {id}")).into());
    attributes.insert("enabled".into(), true.into());
    for name in ["createdAt", "updatedAt", "modifiedAt"] {
        attributes.insert(name.into(), stamp.clone().into());
    }
    let mut doc = Doc::new(Kind::Webhook, id.clone());
    doc.attributes = attributes;
    for name in ["createdBy", "modifiedBy"] {
        doc.related.insert(name.into(), (Kind::User, by.to_owned()));
    }
    world.put(doc);
    Ok(id)
}

/// Ends the deliveries of a webhook that could not be reached for too long.
pub(super) fn disable(world: &mut World, id: &str, now: i64) {
    world.edit(Kind::Webhook, id, |doc| {
        doc.attributes.insert("enabled".into(), false.into());
        doc.attributes.insert("updatedAt".into(), times::iso(now).into());
    });
}

/// The ids of the webhooks that want an event.
pub(super) fn wanting(world: &World, event: &str) -> Vec<String> {
    let wants = |doc: &&Doc| {
        let events = doc.attributes.get("events").and_then(Value::as_array).into_iter().flatten();
        is_enabled(doc) && events.into_iter().any(|known| known == event)
    };
    world.all(Kind::Webhook).filter(wants).map(|doc| doc.id.clone()).collect()
}

/// Whether any webhook waits for events, so that time has to pass for the desk when nobody asks it anything.
pub fn any(world: &World) -> bool {
    world.all(Kind::Webhook).any(is_enabled)
}

/// Where the events of a webhook go; none for one that is gone or disabled.
pub(super) fn target(world: &World, id: &str) -> Option<Target> {
    let doc = world.get(Kind::Webhook, id).filter(|doc| is_enabled(doc))?;
    let headers = doc.attributes.get("headers").and_then(Value::as_array).into_iter().flatten();
    Some(Target {
        url: url(doc.text("url")?)?,
        token: doc.text("token")?.to_owned(),
        headers: headers.filter_map(header).collect(),
    })
}

fn is_enabled(doc: &Doc) -> bool {
    doc.attributes.get("enabled") == Some(&Value::Bool(true))
}

/// An address events may go to: in the clear only on this machine.
fn url(text: &str) -> Option<Uri> {
    let uri: Uri = text.parse().ok()?;
    let authority = uri.authority()?;
    let host = authority.host().trim_matches(['[', ']']);
    let is_loopback = host == "localhost" || host.parse().is_ok_and(|ip: std::net::IpAddr| ip.is_loopback());
    let is_allowed = match uri.scheme_str() {
        Some("https") => !host.is_empty(),
        Some("http") => is_loopback,
        _ => false,
    };
    (is_allowed && !authority.as_str().contains('@')).then_some(uri)
}

/// An own header; those that the delivery itself needs cannot be replaced.
fn header(item: &Value) -> Option<(HeaderName, HeaderValue)> {
    const TAKEN: [&str; 5] = ["content-type", "content-length", "host", "transfer-encoding", "connection"];
    let name: HeaderName = item.get("name")?.as_str()?.parse().ok()?;
    let value = HeaderValue::from_str(item.get("value")?.as_str()?).ok()?;
    let is_free = !TAKEN.contains(&name.as_str()) && !name.as_str().starts_with("x-kustomer-");
    is_free.then_some((name, value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_leave_this_machine_only_under_tls() {
        for allowed in ["https://hooks.example/x", "http://127.0.0.1:9/x", "http://localhost/", "http://[::1]:80/x"] {
            assert!(url(allowed).is_some(), "{allowed}");
        }
        for refused in [
            "http://hooks.example/x",
            "http://localhost.example/",
            "http://127.0.0.1@hooks.example/",
            "https://user@hooks.example/",
            "ftp://127.0.0.1/",
            "/relative",
            "",
        ] {
            assert!(url(refused).is_none(), "{refused}");
        }
    }

    #[test]
    fn own_headers_cannot_stand_in_for_the_signature() {
        let item = |name: &str| header(&json!({ "name": name, "value": "x" }));
        assert!(item("x-team").is_some());
        assert!(
            item("X-Kustomer-Webhook-Signature").is_none() && item("Content-Type").is_none() && item("a b").is_none()
        );
    }
}
