//! Owns taking content out of a message for good: its text, its meta or its files (Kustomer API reference 12.1).
//!
//! Invariant: after a redaction no record of the desk holds what was taken out, neither the message nor what quotes it, and
//! no change that is noted says what it was.
//! Unverified in the reference and decided here: `preview` and `meta` are what stays in place of the old ones.

use serde_json::Value;

use super::{Act, Body, attachments};
use crate::sandbox::{
    doc::{Doc, Kind},
    errors::Refusal,
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
    if let Some(preview) = body.get("preview") {
        forget_quotes(act, &doc, preview);
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
    Ok(Redacted { id, files })
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

/// The message's text also stands on its conversation, its customer and in the events: there it goes too.
fn forget_quotes(act: &mut Act, message: &Doc, preview: &Value) {
    let Some(old) = message.attributes.get("preview").cloned() else { return };
    let replace = |place: Option<&mut Value>| {
        if let Some(place) = place.filter(|place| **place == old) {
            *place = preview.clone();
        }
    };
    let conversation = message.related_id("conversation").unwrap_or_default().to_owned();
    act.world.rewrite(Kind::Conversation, &conversation, |doc| replace(doc.attributes.get_mut("preview")));
    act.world.rewrite(Kind::Customer, message.related_id("customer").unwrap_or_default(), |doc| {
        replace(doc.attributes.get_mut("preview").and_then(|preview| preview.get_mut("text")));
    });
    let events: Vec<String> =
        act.world.found(Kind::Event, Index::Conversation, &conversation).map(|event| event.id.clone()).collect();
    for event in events {
        act.world.rewrite(Kind::Event, &event, |doc| {
            let changes = doc.attributes.get_mut("changes").and_then(|changes| changes.get_mut("attributes"));
            if let Some(change) = changes.and_then(|changes| changes.get_mut("preview")) {
                replace(change.get_mut("before"));
                replace(change.get_mut("after"));
            }
        });
    }
}
