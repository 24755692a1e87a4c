//! Owns what a tracked visitor leaves: a session for who they are, an event for what they do (Kustomer API reference 24).
//!
//! Decided here (unverified in the reference): a visitor is the customer with the same address, external id or phone, looked
//! for in that order, or a new one; an event without a customer and without a known tracking id is taken and dropped.

use serde_json::{Value, json};

use super::{Act, Body, customers};
use crate::sandbox::{
    doc::{Doc, Kind},
    errors::Refusal,
    world::Index,
};

/// Says who a visitor is, in a checked body: the id of the session that begins.
pub fn identify(act: &mut Act, identity: &Body) -> Result<String, Refusal> {
    let text = |name: &str| identity.get(name).and_then(Value::as_str);
    let known = [("email", Index::Email), ("externalId", Index::ExternalId), ("phone", Index::Phone)];
    if known.iter().all(|(name, _)| text(name).is_none()) {
        return Err(Refusal::invalid("email", "or another identifier is required"));
    }
    let same = |(name, index): &(&str, Index)| {
        let value = text(name)?;
        let key = if *index == Index::Email { value.to_lowercase() } else { value.to_owned() };
        act.world.found(Kind::Customer, *index, &key).next().map(|doc| doc.id.clone())
    };
    let customer = match known.iter().find_map(same) {
        Some(customer) => customer,
        None => customers::create(act, newcomer(identity))?,
    };
    let mut session = Doc::new(Kind::Session, act.world.mint.id(act.now));
    act.stamp(&mut session);
    session.attributes.insert("trackingId".into(), session.id.as_str().into());
    session.attributes.insert("startedAt".into(), act.now_text().into());
    session.related.insert("customer".into(), (Kind::Customer, customer));
    let id = session.id.clone();
    act.world.put(session);
    Ok(id)
}

fn newcomer(identity: &Body) -> Value {
    let mut body = json!({});
    for name in ["name", "externalId"] {
        if let Some(value) = identity.get(name) {
            body[name] = value.clone();
        }
    }
    if let Some(email) = identity.get("email") {
        body["emails"] = json!([{ "email": email }]);
    }
    if let Some(phone) = identity.get("phone") {
        body["phones"] = json!([{ "phone": phone }]);
    }
    body
}

/// Records what a visitor did, in a checked body, under the session it names if there is one.
pub fn record(act: &mut Act, event: &Body) {
    let text = |name: &str| event.get(name).and_then(Value::as_str);
    let session = text("trackingId").and_then(|id| act.world.get(Kind::Session, id));
    let customer = session.and_then(|session| session.related_id("customer")).or(text("customer"));
    let Some(customer) = customer.filter(|id| act.world.live(Kind::Customer, id).is_some()).map(str::to_owned) else {
        return;
    };
    let session = session.map(|session| session.id.clone());
    let mut doc = Doc::new(Kind::Event, act.world.mint.id(act.now));
    act.stamp(&mut doc);
    let meta = event.get("meta").cloned().unwrap_or_else(|| json!({}));
    let attributes = json!({ "name": text("name"), "type": "tracking", "publishedAt": act.now_text(), "location": null, "meta": meta });
    doc.attributes.extend(attributes.as_object().cloned().unwrap_or_default());
    doc.related.insert("customer".into(), (Kind::Customer, customer));
    if let Some(session) = session {
        doc.related.insert("session".into(), (Kind::Session, session));
    }
    act.world.put(doc);
}
