//! Owns what happens to drafts: making, changing, deleting, and sending those that are scheduled and due (Kustomer API
//! reference 14). A plain draft stays a draft.
//!
//! Unverified in the reference and decided here: there is no other way to send; a scheduled draft still shows `draft` as
//! its status; a draft without a conversation opens one when it is sent; one `WhatsApp` budget for a user is not kept.

use serde_json::{Map, Value, json};

use super::{Act, Body, Mode, apply, conversations, messages};
use crate::sandbox::{
    doc::{Doc, Kind},
    errors::Refusal,
    schema::{Purpose, check, drafts},
    world::Index,
};

/// Makes a draft for a customer and gives back its id.
pub fn create(act: &mut Act, customer: &str, body: Value) -> Result<String, Refusal> {
    act.world.live(Kind::Customer, customer).ok_or_else(|| Refusal::not_found("Customer"))?;
    let mut body = check(drafts::parts(&body)?, Purpose::Create, body)?;
    act.check_unlocked(customer)?;
    check_conversation(act, customer, &body)?;
    act.spend_creation(Kind::Draft, customer, &body)?;
    let is_scheduled = body.get("scheduled") == Some(&Value::Bool(true));
    let is_later = body.get("sendAt").is_some_and(|at| at.as_str().is_some_and(|at| !at.is_empty()));
    if !(is_scheduled && is_later) {
        body.remove("sendAt");
        body.remove("scheduled");
    }
    let mut doc = act.new_doc(Kind::Draft, &mut body)?;
    doc.attributes.insert("status".into(), "draft".into());
    doc.related.insert("customer".into(), (Kind::Customer, customer.to_owned()));
    write(&mut doc, body);
    let id = doc.id.clone();
    act.world.put(doc);
    Ok(id)
}

/// Changes a draft: a time schedules it, an empty or null one unschedules it, none leaves it.
pub fn update(act: &mut Act, id: &str, body: Value) -> Result<(), Refusal> {
    let mut doc = act.world.live(Kind::Draft, id).cloned().ok_or_else(|| Refusal::not_found("Draft"))?;
    let mut body = check(drafts::parts(&body)?, Purpose::Update, body)?;
    if body.get("channel") != doc.attributes.get("channel") {
        return Err(Refusal::invalid("channel", "is not the channel of this draft"));
    }
    let customer = doc.related_id("customer").unwrap_or_default().to_owned();
    act.check_unlocked(&customer)?;
    check_conversation(act, &customer, &body)?;
    match body.remove("sendAt") {
        Some(Value::String(at)) if !at.is_empty() => {
            body.insert("sendAt".into(), at.into());
            body.insert("scheduled".into(), true.into());
        }
        Some(_) => {
            body.insert("sendAt".into(), Value::Null);
            body.insert("scheduled".into(), Value::Null);
        }
        None => {}
    }
    write(&mut doc, body);
    act.touch(&mut doc);
    act.world.put(doc);
    Ok(())
}

/// Deletes for good.
pub fn delete(act: &mut Act, id: &str) -> Result<(), Refusal> {
    let doc = act.world.live(Kind::Draft, id).ok_or_else(|| Refusal::not_found("Draft"))?;
    act.check_unlocked(doc.related_id("customer").unwrap_or_default())?;
    act.world.remove(Kind::Draft, id);
    Ok(())
}

/// A scheduled draft is due: an `out` message takes its place, or a note where it was one.
pub fn send(act: &mut Act, id: &str) {
    let Some(draft) = act.world.remove(Kind::Draft, id) else { return };
    let customer = draft.related_id("customer").unwrap_or_default().to_owned();
    let opened = match draft.related_id("conversation") {
        Some(conversation) => Ok(conversation.to_owned()),
        None => conversations::create(act, json!({ "customer": customer, "direction": "out" })),
    };
    let Ok(conversation) = opened else { return };
    if draft.text("channel") == Some("note") {
        // The note may only fail for a locked customer: then it is lost with the draft, as the reference says nothing else.
        let _ = super::notes::create(
            act,
            json!({ "conversation": conversation, "body": draft.text("body").unwrap_or_default() }),
        );
        return;
    }
    let _ = messages::record(act, &conversation, message_of(&draft));
}

fn message_of(draft: &Doc) -> Body {
    let of = |name: &str| draft.attributes.get(name).cloned();
    let address = |value: Value| match value {
        Value::Object(one) => json!([one]),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => value,
    };
    let from = of("from").map(|from| from.get("email").cloned().unwrap_or(from));
    let meta: Map<String, Value> = [
        ("to", of("to").map(address)),
        ("cc", of("cc")),
        ("bcc", of("bcc")),
        ("from", from),
        ("subject", of("subject")),
    ]
    .into_iter()
    .filter_map(|(name, value)| Some((name.to_owned(), value?)))
    .collect();
    let fields = [
        ("channel", of("channel")),
        ("app", of("app").or_else(|| of("channel"))),
        ("direction", Some("out".into())),
        ("preview", of("body")),
        ("subject", of("subject")),
        ("shortcuts", of("shortcuts")),
        ("auto", of("auto")),
        ("meta", Some(meta.into())),
    ];
    fields.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect()
}

fn check_conversation(act: &Act, customer: &str, body: &Body) -> Result<(), Refusal> {
    let Some(id) = body.get("conversation").and_then(Value::as_str) else { return Ok(()) };
    match act.world.live(Kind::Conversation, id) {
        None => Err(Refusal::invalid("conversation", "no such conversation")),
        Some(doc) if doc.related_id("customer") != Some(customer) => {
            Err(Refusal::invalid("conversation", "belongs to another customer"))
        }
        Some(_) if body.get("channel").and_then(Value::as_str) == Some("note") => {
            let mut others = act.world.found(Kind::Draft, Index::Conversation, id);
            if others.any(|doc| doc.text("channel") == Some("note")) {
                return Err(Refusal::conflict("the conversation already has a note draft"));
            }
            Ok(())
        }
        Some(_) => Ok(()),
    }
}

fn write(doc: &mut Doc, mut body: Body) {
    if let Some(Value::String(id)) = body.remove("conversation") {
        doc.related.insert("conversation".into(), (Kind::Conversation, id));
    }
    body.remove("customer");
    apply(doc, body, Mode::Merge, &[]);
}
