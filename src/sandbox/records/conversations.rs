//! Owns what happens to conversations: making, changing, moving, tagging, deleting them (Kustomer API reference 10).
//! The trail of events a change leaves is drawn from it afterwards (`events`).

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::{Act, Body, Mode, apply, customers, names, routing, tags};
use crate::sandbox::{
    doc::{Doc, Kind},
    errors::Refusal,
    schema::{Purpose, bodies, check},
    sla::{self, Moment},
    times,
    world::Index,
};

/// How things stood when a conversation was done (Kustomer API reference 10.3). Business time is counted like any other.
fn done(doc: &Doc, step: &Step) -> Value {
    let since = doc.text("createdAt").and_then(times::parse).unwrap_or(step.now);
    let of = |name: &str| doc.attributes.get(name).cloned().unwrap_or(Value::Null);
    json!({
        "createdAt": times::iso(step.now), "createdBy": step.by, "createdByTeams": [], "time": step.now - since,
        "businessTime": step.now - since, "assignedUsers": of("assignedUsers"), "assignedTeams": of("assignedTeams"),
        "noteCount": of("noteCount"), "messageCount": of("messageCount"), "outboundMessageCount": of("outboundMessageCount"),
        "lastMessageDirection": of("lastMessageDirection"),
    })
}

/// The attributes whose last change a conversation remembers, and under which name.
const REMEMBERED: &[(&str, &str)] = &[
    ("name", "nameAt"),
    ("priority", "priorityAt"),
    ("channels", "channelAt"),
    ("assignedTeams", "assignedTeamsAt"),
    ("assignedUsers", "assignedUsersAt"),
    ("defaultLang", "defaultLangAt"),
    ("status", "statusAt"),
    ("tags", "tagsAt"),
    ("custom", "customAt"),
];

fn remember(before: &Doc, after: &mut Doc, now: &str) {
    let changed = REMEMBERED.iter().filter(|(name, _)| before.attributes.get(*name) != after.attributes.get(*name));
    let stamps: Vec<&str> = changed.map(|(_, stamp)| *stamp).collect();
    let history = after.attributes.entry("modificationHistory").or_insert_with(|| json!({}));
    for stamp in stamps {
        history[stamp] = now.into();
    }
}

/// What goes over to another customer with its conversation.
const MOVED_ALONG: &[Kind] =
    &[Kind::Message, Kind::Note, Kind::Draft, Kind::Forward, Kind::Attachment, Kind::ConversationTime, Kind::WorkItem];

/// Makes a conversation and gives back its id.
pub fn create(act: &mut Act, body: Value) -> Result<String, Refusal> {
    let mut body = check(&[bodies::CONVERSATION, bodies::CONVERSATION_NEW], Purpose::Create, body)?;
    let customer = text_of(&mut body, "customer");
    act.check_customer(&customer)?;
    check_references(act, &body, "")?;
    act.spend_creation(Kind::Conversation, &customer, &body)?;
    act.resolve_tags(&mut body);
    let mut doc = act.new_doc(Kind::Conversation, &mut body)?;
    doc.related.insert("customer".into(), (Kind::Customer, customer.clone()));
    let now = act.now_text();
    let figures = json!({
        "channels": [], "status": "open", "open": { "statusAt": now }, "snoozeCount": 0, "messageCount": 0, "noteCount": 0,
        "inboundMessageCount": 0, "outboundMessageCount": 0, "satisfaction": 0, "satisfactionLevel": { "sentByTeams": [], "answers": [] },
        "lastActivityAt": now, "spam": false, "ended": false, "tags": [], "suggestedTags": [], "predictions": [],
        "suggestedShortcuts": [], "sentiment": {}, "assignedUsers": [], "assignedTeams": [], "doneCount": 0, "reopenCount": 0,
        "reopenFromDoneCount": 0, "priority": 3, "custom": {}, "phase": "initial", "billingStatus": "no_messages",
        "modificationHistory": {}, "deleted": false,
    });
    doc.attributes.extend(figures.as_object().cloned().unwrap_or_default());
    write(&mut doc, body, Mode::Merge);
    sla::follow(act.world, &mut doc, Moment::Changed, act.now);
    routing::choose(act.world, &mut doc);
    routing::follow(act, None, &doc);
    let id = doc.id.clone();
    act.world.put(doc);
    customers::recount(act, &customer);
    Ok(id)
}

/// Changes a conversation, or moves it when the body is `customer` alone.
pub fn update(act: &mut Act, id: &str, body: Value, mode: Mode) -> Result<(), Refusal> {
    let doc = act.writable(Kind::Conversation, id, &body).ok_or_else(|| Refusal::not_found("Conversation"))?;
    if body.get("customer").is_some() {
        let mut body = check(&[bodies::CONVERSATION_MOVE], Purpose::Create, body)?;
        act.spend_update(id)?;
        return move_to(act, id, text_of(&mut body, "customer"));
    }
    let mut body = check(&[bodies::CONVERSATION, bodies::CONVERSATION_CHANGE], Purpose::Update, body)?;
    act.check_unlocked(doc.related_id("customer").unwrap_or_default())?;
    Act::check_rev(doc, &mut body)?;
    act.spend_update(id)?;
    check_references(act, &body, id)?;
    let schedules =
        body.get("snooze").and_then(|snooze| snooze.get("status")).and_then(Value::as_str) == Some("scheduled");
    if schedules && body.get("snooze").and_then(|snooze| snooze.get("time")).is_none() {
        return Err(Refusal::invalid("snooze/time", "is required to schedule a snooze"));
    }
    act.resolve_tags(&mut body);
    let step = Step { now: act.now, by: act.by.clone() };
    change(act, id, Moment::Changed, |doc| {
        let before = doc.text("status").unwrap_or_default().to_owned();
        write(doc, body, mode);
        follow_status(doc, &before, &step);
    });
    Ok(())
}

/// Adds or takes away tags, given by name or id.
pub fn retag(act: &mut Act, id: &str, names: &[Value], adds: bool) -> Result<(), Refusal> {
    let doc = act.world.live(Kind::Conversation, id).ok_or_else(|| Refusal::not_found("Conversation"))?;
    act.check_unlocked(doc.related_id("customer").unwrap_or_default())?;
    act.spend_update(id)?;
    let ids = act.tag_ids(names);
    change(act, id, Moment::Changed, |doc| if adds { tags::add(doc, ids) } else { tags::remove(doc, &ids) });
    Ok(())
}

/// Deletes softly.
pub fn delete(act: &mut Act, id: &str) -> Result<(), Refusal> {
    let doc = act.world.live(Kind::Conversation, id).ok_or_else(|| Refusal::not_found("Conversation"))?;
    act.check_unlocked(doc.related_id("customer").unwrap_or_default())?;
    change(act, id, Moment::Changed, |doc| {
        doc.attributes.insert("deleted".into(), true.into());
    });
    Ok(())
}

/// A snooze that has run out.
pub fn wake(act: &mut Act, id: &str) {
    let step = Step { now: act.now, by: act.by.clone() };
    change(act, id, Moment::Changed, |doc| {
        doc.attributes.insert("status".into(), "open".into());
        follow_status(doc, "snoozed", &step);
    });
}

/// Changes a conversation and everything that follows from it: stamps, SLA, the customer's figures.
pub(super) fn change(act: &mut Act, id: &str, moment: Moment, by: impl FnOnce(&mut Doc)) {
    let Some(before) = act.world.get(Kind::Conversation, id).cloned() else { return };
    let mut after = before.clone();
    by(&mut after);
    remember(&before, &mut after, &act.now_text());
    act.touch(&mut after);
    sla::follow(act.world, &mut after, moment, act.now);
    routing::reconsider(act.world, &before, &mut after);
    routing::follow(act, Some(&before), &after);
    let customers: BTreeSet<String> =
        [&before, &after].iter().filter_map(|doc| doc.related_id("customer")).map(str::to_owned).collect();
    act.world.put(after);
    for customer in customers {
        customers::recount(act, &customer);
    }
}

/// When and by whom a conversation changes.
#[derive(Clone, Debug)]
pub(super) struct Step {
    /// Milliseconds since the epoch.
    pub now: i64,
    /// The user's id.
    pub by: String,
}

/// What goes with a change of status: stamps, counts, the snooze (Kustomer API reference 10.4).
pub(super) fn follow_status(doc: &mut Doc, before: &str, step: &Step) {
    let now = times::iso(step.now);
    let after = doc.text("status").unwrap_or_default().to_owned();
    if after == "snoozed" {
        let snooze = doc.attributes.entry("snooze").or_insert_with(|| json!({ "status": "scheduled" }));
        snooze["statusAt"] = now.clone().into();
    }
    if before == after {
        return;
    }
    let add = |doc: &mut Doc, name: &str| {
        let count = doc.attributes.get(name).and_then(Value::as_i64).unwrap_or(0);
        doc.attributes.insert(name.into(), (count + 1).into());
    };
    match after.as_str() {
        "snoozed" => add(doc, "snoozeCount"),
        "done" => {
            add(doc, "doneCount");
            let done = done(doc, step);
            doc.attributes.entry("firstDone").or_insert_with(|| done.clone());
            doc.attributes.insert("lastDone".into(), done);
        }
        _ => {
            add(doc, "reopenCount");
            if before == "done" {
                add(doc, "reopenFromDoneCount");
            }
            doc.attributes.insert("open".into(), json!({ "statusAt": now }));
        }
    }
    if before == "snoozed"
        && let Some(snooze) = doc.attributes.get_mut("snooze")
    {
        snooze["status"] = "elapsed".into();
        snooze["statusAt"] = now.into();
    }
}

fn move_to(act: &mut Act, id: &str, customer: String) -> Result<(), Refusal> {
    act.check_customer(&customer)?;
    let from =
        act.world.get(Kind::Conversation, id).and_then(|doc| doc.related_id("customer")).unwrap_or_default().to_owned();
    act.check_unlocked(&from)?;
    for kind in MOVED_ALONG {
        let kind = *kind;
        let ids: Vec<String> = act.world.found(kind, Index::Conversation, id).map(|doc| doc.id.clone()).collect();
        for child in ids {
            act.world.edit(kind, &child, |doc| {
                doc.related.insert("customer".into(), (Kind::Customer, customer.clone()));
            });
        }
    }
    change(act, id, Moment::Changed, |doc| {
        doc.related.insert("customer".into(), (Kind::Customer, customer));
    });
    Ok(())
}

fn check_references(act: &Act, body: &Body, own: &str) -> Result<(), Refusal> {
    act.check_custom("conversation", body)?;
    act.check_all(Kind::User, body, "assignedUsers")?;
    act.check_all(Kind::Team, body, "assignedTeams")?;
    let queue = body.get("queue").and_then(|queue| queue.get("id")).and_then(Value::as_str);
    if queue.is_some_and(|id| act.world.live(Kind::Queue, id).is_none()) {
        return Err(Refusal::invalid("queue/id", "no such queue"));
    }
    match body.get("externalId").and_then(Value::as_str) {
        Some(external) => act.check_unique(Kind::Conversation, Index::ExternalId, external, own, "externalId"),
        None => Ok(()),
    }
}

fn write(doc: &mut Doc, mut body: Body, mode: Mode) {
    if let Some(queue) = body.remove("queue") {
        match queue.get("id") {
            Some(Value::String(id)) => {
                doc.related.insert("queue".into(), (Kind::Queue, id.clone()));
            }
            Some(_) => {
                doc.related.remove("queue");
            }
            None => {}
        }
        if let Some(external) = queue.get("external") {
            doc.attributes.insert("externalQueue".into(), external.clone());
        }
    }
    if let Some(Value::String(id)) = body.remove("endedBy") {
        let by_customer = body.get("endedByType").is_some_and(|kind| kind == "customer");
        let kind = if by_customer { Kind::Customer } else { Kind::User };
        doc.related.insert("endedBy".into(), (kind, id));
    }
    apply(doc, body, mode, &names(&[bodies::CONVERSATION]));
}

pub(super) fn text_of(body: &mut Map<String, Value>, name: &str) -> String {
    body.remove(name).and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
}
