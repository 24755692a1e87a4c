//! Owns conversation times: one record for each stretch in which somebody handled a conversation (Kustomer API reference
//! 10.6).
//!
//! Unverified in the reference and decided here: a stretch ends with an outbound message that is not automatic and begins
//! when the customer began to wait for it, at most [`LONGEST_MS`] before.

use serde_json::{Map, Value, json};

use super::Act;
use crate::sandbox::{
    doc::{Doc, Kind},
    times,
};

const LONGEST_MS: i64 = 10 * 60_000;

/// Keeps the time a new message took, if somebody wrote it; `conversation` as it was before.
pub(super) fn record(act: &mut Act, conversation: &Doc, message: &Doc) {
    let is_handling =
        message.text("direction") == Some("out") && message.attributes.get("auto") != Some(&Value::Bool(true));
    if !is_handling {
        return;
    }
    let at = |value: Option<&Value>| value.and_then(Value::as_str).and_then(times::parse);
    let sent = at(message.attributes.get("sentAt")).unwrap_or(act.now);
    let waiting = conversation.attributes.get("lastMessageUnrespondedTo").and_then(|mark| mark.get("sentAt"));
    let began = at(waiting).unwrap_or(sent).clamp(sent - LONGEST_MS, sent);
    let mut doc = Doc::new(Kind::ConversationTime, act.world.mint.id(act.now));
    doc.attributes = attributes(conversation, message, (began, sent), act.now);
    let relations = ["customer", "conversation", "createdBy"].into_iter();
    doc.related.extend(relations.filter_map(|name| Some((name.to_owned(), message.related.get(name)?.clone()))));
    act.world.put(doc);
}

fn attributes(conversation: &Doc, message: &Doc, (began, sent): (i64, i64), now: i64) -> Map<String, Value> {
    let list = |name: &str| conversation.attributes.get(name).cloned().unwrap_or_else(|| json!([]));
    let attributes = json!({
        "createdAt": times::iso(now), "updatedAt": times::iso(now), "createdByTeams": [], "assignedUsers": list("assignedUsers"),
        "assignedTeams": list("assignedTeams"), "handleAt": times::iso(began), "handleTime": sent - began,
        "channels": [message.attributes.get("channel")], "messageAt": times::iso(sent), "messageTime": sent - began,
        "messagesSent": 1, "notesSent": 0, "touched": true, "reopened": false, "snoozed": false, "resolved": false,
    });
    attributes.as_object().cloned().unwrap_or_default()
}
