//! Owns the reading of what stands on a timeline: messages, notes, drafts, events (Kustomer API reference 12, 13, 14,
//! 10.5).

use std::collections::HashMap;

use serde_json::Value;

use jiff::{SignedDuration, Timestamp};

use super::{Decoded, Resource, attachment, contact::guarded, decode, queue, words};
use crate::domain::{
    Attachment, Channel, ConversationId, CustomerId, Direction, Draft, DraftId, Event, Guarded, Message, MessageId,
    Note, NoteId, Text, Thread, UserId, literal,
};

/// Reads a list of messages, with the attachments it includes.
pub(in crate::kustomer) fn messages(body: &Value) -> Decoded<Message> {
    let included: HashMap<&str, Attachment> = super::items(body.get("included").unwrap_or(&Value::Null))
        .iter()
        .map(Resource)
        .filter(|r| r.kind() == "attachment" && r.text("name").is_some())
        // A signed address soon ends: whoever wants the bytes asks for a fresh one (Kustomer API reference 16).
        .filter_map(|r| Some((r.id()?, Attachment { url: None, ..attachment(r)? })))
        .collect();
    decode(body, |r| message(r, &included))
}

/// Reads one message; `None` when it has no id.
fn message(r: Resource<'_>, included: &HashMap<&str, Attachment>) -> Option<Message> {
    Some(Message {
        id: MessageId::new(r.id()?),
        conversation: r.related("conversation").map(ConversationId::new),
        channel: Channel::parse(r.literal("channel").unwrap_or("unknown")),
        direction: r
            .literal("direction")
            .or_else(|| r.literal("directionType")?.rsplit('-').next())
            .and_then(queue::direction)
            .unwrap_or(Direction::In),
        subject: r.text("subject").or_else(|| r.text("meta/subject")).filter(|subject| !subject.is_blank()),
        body: r.text("preview").unwrap_or_default(),
        from: r.at("meta/from").and_then(sender),
        at: r.time("sentAt").or_else(|| r.time("createdAt")),
        by: r.related("createdBy").map(UserId::new),
        auto: r.flag("auto"),
        error: r.at("error").and_then(reason),
        attachments: attachments(r, included),
        sentiment: r.number("sentiment/polarity").map(|n| n.clamp(-1.0, 1.0) as i8),
        redacted: r.flag("redacted"),
        edited: edited(r),
    })
}

/// When a record was changed after it was made. `modifiedAt` tracks edits, equal to `createdAt` at first (Kustomer API
/// reference 2.4); a second of slack keeps what is written in two steps from looking edited.
fn edited(r: Resource<'_>) -> Option<Timestamp> {
    let (made, modified) = (r.time("createdAt")?, r.time("modifiedAt")?);
    (modified.duration_since(made) > SignedDuration::from_secs(1)).then_some(modified)
}

/// Reads a conversation with what a timeline tells of it.
pub(in crate::kustomer) fn thread(r: Resource<'_>) -> Option<Thread> {
    let ai = r.strings("aiAgent/automationId").next().is_some() || r.literal("aiAgent/automationId").is_some();
    Some(Thread { conversation: queue::conversation(r)?, ai })
}

/// A sender is a string, a masked value, an object with an address, or a list of those.
fn sender(value: &Value) -> Option<Guarded> {
    match value {
        Value::Array(items) => items.iter().find_map(sender),
        Value::Object(map) => {
            guarded(value).or_else(|| ["email", "phone", "id"].iter().find_map(|k| guarded(map.get(*k)?)))
        }
        _ => guarded(value),
    }
}

/// Why delivery failed; `{}` is no failure.
fn reason(error: &Value) -> Option<Text> {
    ["detail", "title", "message", "code"].iter().find_map(|key| words(error.get(key)?)).or_else(|| words(error))
}

/// Files: from the message itself, or from what the answer includes; unnamed where only an id is known.
fn attachments(r: Resource<'_>, included: &HashMap<&str, Attachment>) -> Vec<Attachment> {
    let file = |id: &str, name, size| Attachment {
        id: literal(id),
        name,
        content_type: None,
        size,
        redacted: false,
        url: None,
    };
    let own = |item: &Value| {
        let id = item.get("_id").or_else(|| item.get("id")).and_then(Value::as_str).unwrap_or_default();
        let size = item.get("contentLength").and_then(Value::as_u64);
        Some(Attachment {
            content_type: item.get("contentType").and_then(words),
            ..file(id, words(item.get("name")?)?, size)
        })
    };
    let named: Vec<_> = r.items("attachments").iter().filter_map(own).collect();
    if !named.is_empty() {
        return named;
    }
    let known = |id| included.get(id).cloned().unwrap_or_else(|| file(id, Text::from("attachment"), None));
    r.related_all("attachments").map(known).collect()
}

/// Reads one note; `None` when it has no id.
pub(in crate::kustomer) fn note(r: Resource<'_>) -> Option<Note> {
    Some(Note {
        id: NoteId::new(r.id()?),
        conversation: r.related("conversation").map(ConversationId::new),
        body: r.text("body").unwrap_or_default(),
        at: r.time("createdAt"),
        by: r.related("createdBy").map(UserId::new),
        external_id: r.text("externalId"),
        edited: edited(r),
    })
}

/// Reads one draft; `None` when it has no id.
pub(in crate::kustomer) fn draft(r: Resource<'_>) -> Option<Draft> {
    Some(Draft {
        id: DraftId::new(r.id()?),
        customer: r.related("customer").map(CustomerId::new),
        conversation: r.related("conversation").map(ConversationId::new),
        channel: Channel::parse(r.literal("channel").unwrap_or("unknown")),
        status: r.literal("status").unwrap_or("draft").chars().filter(char::is_ascii_graphic).take(24).collect(),
        to: r.at("to").map(recipients).unwrap_or_default(),
        subject: r.text("subject").filter(|subject| !subject.is_blank()),
        body: r.text("body").unwrap_or_default(),
        send_at: r.time("sendAt"),
        at: r.time("modifiedAt").or_else(|| r.time("updatedAt")).or_else(|| r.time("createdAt")),
        by: r.related("createdBy").map(UserId::new),
    })
}

/// Recipients as a draft names them: a list, one object, or a plain string (Kustomer API reference 14.3).
fn recipients(value: &Value) -> Vec<Guarded> {
    let address = |value: &Value| guarded(value.get("email").unwrap_or(value));
    match value {
        Value::Array(all) => all.iter().filter_map(address).collect(),
        one => address(one).into_iter().collect(),
    }
}

/// Reads one event; every event is one, whatever it lacks.
pub(in crate::kustomer) fn event(r: Resource<'_>) -> Event {
    let mut changes = changes(r, "changes/attributes");
    changes.extend(self::changes(r, "changes/relationships"));
    Event {
        id: r.id().map(literal).unwrap_or_default(),
        conversation: r.related("conversation").map(ConversationId::new),
        at: r.time("publishedAt").or_else(|| r.time("createdAt")),
        by: r.related("createdBy").map(UserId::new),
        changes,
    }
}

fn changes(r: Resource<'_>, path: &str) -> Vec<(Text, Text, Text)> {
    let Some(map) = r.at(path).and_then(Value::as_object) else { return Vec::new() };
    let side = |change: &Value, key| change.get(key).map(shown).unwrap_or_default();
    map.iter()
        .map(|(name, change)| (Text::from(name.as_str()), side(change, "before"), side(change, "after")))
        .collect()
}

/// One side of a change, as short text: times and words as they are, lists joined, objects by their id or their JSON.
fn shown(value: &Value) -> Text {
    let text = |value: &Value| match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Object(map) if map.get("id").is_some_and(Value::is_string) => {
            map["id"].as_str().unwrap_or_default().to_owned()
        }
        other => words(other).map_or_else(|| other.to_string(), |words| words.raw().to_owned()),
    };
    match value {
        Value::Array(items) => Text::new(items.iter().map(text).collect::<Vec<_>>().join(", ")),
        lone => Text::new(text(lone)),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_message_is_read_whole() {
        let value = json!({"included": [{"type": "attachment", "id": "66x1", "attributes": {"name": "a.pdf", "contentLength": 9}}],
            "data": {"type": "message", "id": "66a7", "attributes": {
            "channel": "email", "direction": "out", "subject": "Re: Parcel", "preview": "<p>Soon</p>", "auto": true,
            "meta": {"from": [{"email": {"isMasked": true, "maskedPresentation": "****@acme.example"}}]},
            "sentAt": "2025-03-04T10:14:58.000Z", "createdAt": "2025-03-04T10:15:01.500Z",
            "modifiedAt": "2025-03-05T10:15:01.500Z", "redacted": true, "sentiment": {"polarity": -1, "confidence": 1},
            "error": {"status": 400, "title": "Bounced"}},
            "relationships": {"conversation": {"data": {"type": "conversation", "id": "66b1"}},
                "createdBy": {"data": {"type": "user", "id": "66u1"}},
                "attachments": {"data": [{"type": "attachment", "id": "66x1"}]}}}});
        let expected = Message {
            id: MessageId::new("66a7"),
            conversation: Some(ConversationId::new("66b1")),
            channel: Channel::Email,
            direction: Direction::Out,
            subject: Some("Re: Parcel".into()),
            body: "<p>Soon</p>".into(),
            from: Some(Guarded::Masked("****@acme.example".into())),
            at: Some("2025-03-04T10:14:58Z".parse().expect("valid")),
            by: Some(UserId::new("66u1")),
            auto: true,
            error: Some("Bounced".into()),
            attachments: vec![Attachment {
                id: "66x1".into(),
                name: "a.pdf".into(),
                content_type: None,
                size: Some(9),
                redacted: false,
                url: None,
            }],
            sentiment: Some(-1),
            redacted: true,
            edited: Some("2025-03-05T10:15:01.500Z".parse().expect("valid")),
        };
        assert_eq!(messages(&value).rows, [expected]);
    }

    #[test]
    fn an_event_tells_each_change_on_one_line() {
        let value = json!({"id": "e1", "attributes": {"name": "kustomer.conversation.update",
            "publishedAt": "2025-03-04T10:20:00.000Z", "changes": {
                "attributes": {"status": {"op": "replace", "before": "open", "after": "done"},
                               "tags": {"op": "add", "after": ["a", "b"]}},
                "relationships": {"queue": {"op": "replace", "before": null, "after": {"type": "queue", "id": "q1"}}}}}});
        let line = |a: &str, b: &str, c: &str| (Text::from(a), Text::from(b), Text::from(c));
        assert_eq!(
            event(Resource(&value)).changes,
            [line("status", "open", "done"), line("tags", "", "a, b"), line("queue", "", "q1")]
        );
    }
}
