//! Owns taking content out of a message for good: its text, its meta or its files (Kustomer API reference 12.1).
//!
//! Invariant: after a redaction no record of the desk holds what was taken out, neither the message nor what quotes it, and
//! no change that is noted says what it was. What is no record (audit log, deliveries) is left to the caller by an
//! [`Erasure`].
//! Unverified in the reference and decided here: `preview` and `meta` are what stays in place of the old ones.

use serde_json::Value;

use super::{Act, Body, attachments};
use crate::sandbox::{
    doc::{Doc, Kind},
    erasure::Erasure,
    errors::Refusal,
    masking,
    schema::{Purpose, bodies, check},
    world::Index,
};

/// A redaction that was carried out.
#[derive(Debug)]
pub struct Redacted {
    /// The id of its record.
    pub id: String,
    /// The attachments whose bytes the store has to forget.
    pub files: Vec<String>,
    /// What everything told of the message before has to forget.
    pub erasure: Option<Erasure>,
}

/// Redacts one part of a message.
pub fn create(act: &mut Act, message: &str, body: Value) -> Result<Redacted, Refusal> {
    let doc = act.world.live(Kind::Message, message).cloned().ok_or_else(|| Refusal::not_found("Message"))?;
    let body = check(&[bodies::REDACTION], Purpose::Update, body)?;
    if body.len() != 1 {
        return Err(Refusal::bad_request("The body must have exactly one of preview, attachments, meta."));
    }
    act.check_unlocked(doc.related_id("customer").unwrap_or_default())?;
    let files = files_of(&doc, &body)?;
    for id in &files {
        attachments::redact(act, id);
    }
    let erasure = erasure(act, &doc, &body);
    if let Some(erasure) = &erasure {
        forget_quotes(act, &doc, erasure);
    }
    // What is noted of the change below then has no content any more that was to go.
    act.world.rewrite(Kind::Message, message, |doc| {
        doc.attributes.extend(body.into_iter().filter(|(name, _)| name != "attachments"));
    });
    let now = act.now_text();
    let Some(mut after) = act.world.get(Kind::Message, message).cloned() else {
        return Err(Refusal::not_found("Message"));
    };
    after.attributes.insert("redacted".into(), true.into());
    after.attributes.insert("redactedAt".into(), now.into());
    act.touch(&mut after);
    act.world.put(after);
    let mut redaction = act.new_doc(Kind::Redaction, &mut Body::new())?;
    redaction.related.insert("message".into(), (Kind::Message, message.to_owned()));
    let id = redaction.id.clone();
    act.world.put(redaction);
    Ok(Redacted { id, files, erasure })
}

fn files_of(doc: &Doc, body: &Body) -> Result<Vec<String>, Refusal> {
    let wanted = body.get("attachments").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
    let carried: Vec<&str> = attachments::of(doc).collect();
    let wanted: Vec<String> = wanted.map(str::to_owned).collect();
    match wanted.iter().position(|id| !carried.contains(&id.as_str())) {
        Some(index) => Err(Refusal::invalid(format!("attachments/{index}"), "is not an attachment of this message")),
        None => Ok(wanted),
    }
}

/// What the records and everything told of them quote: the text or the meta, in the clear and masked.
fn erasure(act: &Act, message: &Doc, body: &Body) -> Option<Erasure> {
    let (attribute, new) =
        ["preview", "meta"].into_iter().find_map(|attribute| Some((attribute, body.get(attribute)?.clone())))?;
    let mut masked = message.attributes.clone();
    masking::mask(act.world, message, &mut masked);
    let old = [&message.attributes, &masked].into_iter().filter_map(|attributes| attributes.get(attribute).cloned());
    Erasure::new(message, attribute, old.collect(), new)
}

/// The message's text also stands on its conversation, its customer, in the events and in bulk jobs: there it goes too.
fn forget_quotes(act: &mut Act, message: &Doc, erasure: &Erasure) {
    let conversation = message.related_id("conversation").unwrap_or_default().to_owned();
    let events: Vec<String> =
        act.world.found(Kind::Event, Index::Conversation, &conversation).map(|event| event.id.clone()).collect();
    let customer = message.related_id("customer").unwrap_or_default().to_owned();
    let quoting = [(Kind::Conversation, conversation), (Kind::Customer, customer)];
    for (kind, id) in quoting.into_iter().chain(events.into_iter().map(|id| (Kind::Event, id))) {
        act.world.rewrite(kind, &id, |doc| erasure.in_doc(doc));
    }
    let jobs: Vec<String> = act.world.all(Kind::Bulk).map(|job| job.id.clone()).collect();
    for job in jobs {
        act.world.rewrite(Kind::Bulk, &job, |doc| {
            let data = doc.attributes.get_mut("payload").and_then(|payload| payload.pointer_mut("/api/data"));
            if let Some(Value::Array(items)) = data {
                erasure.in_items(items);
            }
        });
    }
}
