//! Owns what happens to forwards: mails that carry a copy of a whole conversation (Kustomer API reference 15).
//!
//! Unverified in the reference and decided here: a due forward makes no message; one to an address at
//! [`BOUNCING`](super::drafts::BOUNCING) ends as `failed`; one that was sent or has failed cannot be changed (409).

use serde_json::Value;

use super::{Act, Body, Mode, apply, attachments, drafts};
use crate::sandbox::{
    doc::{Doc, Kind},
    errors::Refusal,
    schema::{Purpose, check, forwards as schema},
};

/// Makes a forward of a conversation and gives back its id.
pub fn create(act: &mut Act, conversation: &str, body: Value) -> Result<String, Refusal> {
    let holder = act.world.live(Kind::Conversation, conversation);
    let holder = holder.ok_or_else(|| Refusal::not_found("Conversation"))?;
    let customer = holder.related_id("customer").unwrap_or_default().to_owned();
    let mut body = check(&[schema::FORWARD, schema::NEW], Purpose::Create, body)?;
    act.check_unlocked(&customer)?;
    if body.remove("customer").is_some_and(|named| named != customer.as_str()) {
        return Err(Refusal::invalid("customer", "the conversation belongs to another customer"));
    }
    let mut doc = act.new_doc(Kind::Forward, &mut body)?;
    doc.attributes.remove("rev");
    doc.attributes.insert("status".into(), "draft".into());
    doc.related.insert("conversation".into(), (Kind::Conversation, conversation.to_owned()));
    doc.related.insert("customer".into(), (Kind::Customer, customer));
    write(act, &mut doc, body);
    let id = doc.id.clone();
    act.world.put(doc);
    Ok(id)
}

/// Changes a forward that has not been sent; a time schedules it.
pub fn update(act: &mut Act, id: &str, body: Value) -> Result<(), Refusal> {
    let mut doc = act.world.live(Kind::Forward, id).cloned().ok_or_else(|| Refusal::not_found("Forward"))?;
    let body = check(&[schema::FORWARD, schema::CHANGE], Purpose::Update, body)?;
    act.check_unlocked(doc.related_id("customer").unwrap_or_default())?;
    if matches!(doc.text("status"), Some("sent" | "failed")) {
        return Err(Refusal::conflict("the forward has been sent"));
    }
    write(act, &mut doc, body);
    for name in ["updatedAt", "modifiedAt"] {
        doc.attributes.insert(name.into(), act.now_text().into());
    }
    doc.related.insert("modifiedBy".into(), (Kind::User, act.by.clone()));
    act.world.put(doc);
    Ok(())
}

/// A scheduled forward is due.
pub fn send(act: &mut Act, id: &str) {
    let now = act.now_text();
    act.world.edit(Kind::Forward, id, |doc| {
        let status = if drafts::bounces(doc) { "failed" } else { "sent" };
        doc.attributes.insert("status".into(), status.into());
        doc.attributes.insert("updatedAt".into(), now.into());
    });
}

/// A valid time schedules, an empty one takes the schedule back, none leaves it.
fn write(act: &mut Act, doc: &mut Doc, mut body: Body) {
    attachments::take_named(act, doc, &mut body);
    let status = match body.get_mut("sendAt") {
        Some(Value::String(at)) if !at.is_empty() => Some("scheduled"),
        Some(at) => {
            *at = Value::Null;
            Some("draft")
        }
        None => None,
    };
    apply(doc, body, Mode::Merge, &[]);
    if let Some(status) = status {
        doc.attributes.insert("status".into(), status.into());
    }
}
