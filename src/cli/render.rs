//! Owns what a record looks like outside the console: as JSON for scripts and as one line for people. Guarded values leave
//! masked, always: a command line has no countdown and its output goes who knows where.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use crate::domain::{
    Channel, Contact, ContactKind, Conversation, ConversationId, Customer, CustomerId, Field, FieldValue, Guarded,
    Item, Kobject, SlaState, Text,
};

fn time(at: Option<Timestamp>) -> Value {
    at.map_or(Value::Null, |at| json!(at.to_string()))
}

fn text(words: Option<&Text>) -> Value {
    words.map_or(Value::Null, |words| json!(words.raw()))
}

/// A guarded value as others may see it: the desk's own mask, or stars where the key may see through it.
fn guarded(value: &Guarded) -> Value {
    match value {
        Guarded::Masked(shown) => json!({ "masked": shown.raw() }),
        Guarded::Revealed(_) => json!({ "masked": "********" }),
    }
}

fn fields(custom: &[Field]) -> Map<String, Value> {
    let value = |field: &Field| match &field.value {
        FieldValue::Guarded(value) => guarded(value),
        FieldValue::Open(value) => value.clone(),
    };
    custom.iter().map(|field| (field.name.clone(), value(field))).collect()
}

fn contacts(customer: &Customer, kind: ContactKind) -> Vec<Value> {
    customer.contacts_of(kind).map(|contact: &Contact| guarded(&contact.value)).collect()
}

/// A customer as JSON.
pub fn customer(customer: &Customer) -> Value {
    json!({
        "id": customer.id.as_str(),
        "name": customer.name.raw(),
        "external_id": text(customer.external_id.as_ref()),
        "company": text(customer.company.as_ref()),
        "emails": contacts(customer, ContactKind::Email),
        "phones": contacts(customer, ContactKind::Phone),
        "whatsapps": contacts(customer, ContactKind::Whatsapp),
        "custom": fields(&customer.custom),
        "conversations": { "all": customer.counts[0], "open": customer.counts[1], "snoozed": customer.counts[2], "done": customer.counts[3] },
        "updated_at": time(customer.updated),
    })
}

/// The first contact of a kind in one cell.
pub fn contact_cell(customer: &Customer, kind: ContactKind) -> String {
    let shown = customer.contacts_of(kind).next().map(|contact| match &contact.value {
        Guarded::Masked(shown) => shown.line().into_string(),
        Guarded::Revealed(_) => "********".to_owned(),
    });
    shown.unwrap_or_else(|| "–".to_owned())
}

/// A conversation as JSON.
pub fn conversation(conversation: &Conversation) -> Value {
    json!({
        "id": conversation.id.as_str(),
        "customer": conversation.customer.as_ref().map(CustomerId::as_str),
        "subject": conversation.name.raw(),
        "status": conversation.status.as_str(),
        "priority": conversation.priority,
        "channels": conversation.channels.iter().map(Channel::as_str).collect::<Vec<_>>(),
        "breach_at": time(conversation.breach_at()),
        "last_message_at": time(conversation.last_message_at),
        "updated_at": time(conversation.updated),
    })
}

/// What an SLA clock says, in words.
pub fn sla(conversation: &Conversation, now: Timestamp) -> String {
    match conversation.sla.as_ref().map_or(SlaState::None, |sla| sla.state(now)) {
        SlaState::None => "–".to_owned(),
        SlaState::Met => "met".to_owned(),
        SlaState::Paused => "paused".to_owned(),
        SlaState::Due(left) => format!("in {} min", left.as_mins()),
        SlaState::Breached(over) => format!("{} min over", over.as_mins()),
    }
}

/// A KObject as JSON.
pub fn kobject(kobject: &Kobject) -> Value {
    json!({
        "id": kobject.id.as_str(),
        "klass": kobject.klass.as_str(),
        "title": kobject.title.raw(),
        "external_id": text(kobject.external_id.as_ref()),
        "customer": kobject.customer.as_ref().map(CustomerId::as_str),
        "custom": fields(&kobject.custom),
        "updated_at": time(kobject.updated),
    })
}

/// A timeline entry as JSON.
pub fn item(item: &Item) -> Value {
    let mut value = match item {
        Item::Message(message) => json!({
            "type": "message", "id": message.id.as_str(), "channel": message.channel.as_str(),
            "direction": if message.direction == crate::domain::Direction::In { "in" } else { "out" },
            "from": message.from.as_ref().map(guarded), "subject": text(message.subject.as_ref()), "text": message.body.raw(),
            "error": text(message.error.as_ref()),
        }),
        Item::Note(note) => json!({ "type": "note", "id": note.id.as_str(), "text": note.body.raw() }),
        Item::Draft(draft) => json!({
            "type": "draft", "id": draft.id.as_str(), "channel": draft.channel.as_str(), "status": draft.status,
            "text": draft.body.raw(),
        }),
        Item::Kobject(record) => json!({ "type": "kobject", "kobject": kobject(record) }),
        Item::Event(event) => json!({
            "type": "event",
            "changes": event.changes.iter().map(|(name, before, after)| json!({ "attribute": name.raw(), "before": before.raw(), "after": after.raw() })).collect::<Vec<_>>(),
        }),
    };
    value["at"] = time(item.at());
    value["conversation"] = json!(item.conversation().map(ConversationId::as_str));
    value
}

/// A timeline entry for people: what it is, and its words cut to one line.
pub fn item_line(item: &Item) -> (String, String) {
    let short = |words: &Text| words.line().chars().take(160).collect::<String>();
    match item {
        Item::Message(message) => {
            let arrow = if message.direction == crate::domain::Direction::In { "←" } else { "→" };
            (format!("{arrow} {}", message.channel.as_str()), short(&message.body))
        }
        Item::Note(note) => ("note".to_owned(), short(&note.body)),
        Item::Draft(draft) => (format!("draft {}", draft.channel.as_str()), short(&draft.body)),
        Item::Kobject(record) => (record.klass.to_string(), short(&record.title)),
        Item::Event(event) => {
            let changes = event
                .changes
                .iter()
                .map(|(name, before, after)| format!("{}: {} → {}", short(name), short(before), short(after)));
            ("event".to_owned(), changes.collect::<Vec<_>>().join("; "))
        }
    }
}
