//! Owns the verbs of triage: what assigning, moving, closing, snoozing, grading and tagging are as changes of
//! conversations, what takes each back, and what a conversation will look like after one; as keys, in [`keys`]. Pure; which
//! rows a verb is for is the panes', whether it needs a card is the policy's.
//!
//! Invariant: a change names nothing but what the verb moves, and the revision that was on screen; its way back holds the
//! values that were there and no revision.

pub mod keys;

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::{
    effect::{Own, Wish},
    pane::Cannot,
};
use crate::{
    approval::{Change, Policy, Subject},
    domain::{Conversation, ConversationId, QueueId, Status, TagId, TeamId, Text, UserId},
    kustomer::changes,
};

/// The label of the one-record change.
const ONE: &str = "PATCH /v1/conversations/{id}";
/// The label of the change of many.
const MANY: &str = "PUT /v1/conversations/bulk";
/// Tags a conversation takes (Kustomer API reference 10.2).
const MOST_TAGS: usize = 20;

/// What a verb makes of a conversation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Set {
    /// This user has it, and nobody else.
    User(UserId),
    /// No user has it.
    Nobody,
    /// This team has it, and no other.
    Team(TeamId),
    /// It waits in this queue.
    Queue(QueueId),
    /// It is open again, whatever it was.
    Open,
    /// It is done.
    Done,
    /// It sleeps until then.
    Snoozed(Timestamp),
    /// 1 (lowest) to 5 (highest).
    Priority(u8),
    /// One step more or less urgent, as far as that goes.
    Step(i8),
    /// It has this tag besides those it has.
    Tagged(TagId),
    /// It does not have this tag.
    Untagged(TagId),
}

/// What comes of a verb.
#[derive(Debug, PartialEq)]
pub enum Doing {
    /// Few rows: one change each, which the key press approves.
    Own(Own),
    /// Many rows: one bulk change on a card.
    Card(Box<Wish>),
}

/// Makes a verb's changes. Rows that are so already are left out. `says` is what was done in words, `done` for instance.
///
/// # Errors
/// When there is nothing to change, or a row cannot take it.
pub fn plan(set: &Set, rows: &[&Conversation], says: &str) -> Result<Doing, Cannot> {
    let mut moves = Vec::new();
    for row in rows {
        if let Some((there, back)) = step(set, row)? {
            moves.push((*row, there, back));
        }
    }
    if moves.is_empty() {
        return Err(Cannot(if rows.is_empty() { "nothing is chosen" } else { "it is so already" }));
    }
    let refused = |_| Cannot("the desk does not take that change");
    if moves.len() as u64 > Policy::MANY {
        let rows = moves.into_iter().map(|(row, mut there, _)| {
            there.insert("id".to_owned(), json!(row.id));
            there.insert("_clientRef".to_owned(), json!(row.id));
            Value::Object(there)
        });
        let change = changes::write(MANY, &[], Some(rows.collect()), Subject::default()).map_err(refused)?;
        let reason = Text::new(format!("{says}, by hand at the console"));
        return Ok(Doing::Card(Box::new(Wish { change, reason })));
    }
    let says = if moves.len() == 1 { says.to_owned() } else { format!("{says}: {} conversations", moves.len()) };
    let (mut changes, mut undo) = (Vec::new(), Vec::new());
    for (row, there, back) in moves {
        changes.push(one(row, there).map_err(refused)?);
        undo.push(one(row, back).map_err(refused)?);
    }
    Ok(Doing::Own(Own { changes, undo, says }))
}

fn one(row: &Conversation, body: Map<String, Value>) -> Result<Change, changes::WishError> {
    let subject = Subject { customer: row.customer.clone(), conversation: Some(row.id.clone()), ..Subject::default() };
    changes::write(ONE, &[row.id.as_str()], Some(Value::Object(body)), subject)
}

type Body = Map<String, Value>;

/// The way there, with the revision that was read, and the way back, without; `None` when the row is so already.
fn step(set: &Set, row: &Conversation) -> Result<Option<(Body, Body)>, Cannot> {
    let wanted = wanted(set, row)?;
    if with(row, &wanted) == *row {
        return Ok(None);
    }
    let back = before(&wanted, row);
    let mut there = wanted;
    if let Some(rev) = row.rev {
        there.insert("rev".to_owned(), json!(rev));
    }
    Ok(Some((there, back)))
}

fn wanted(set: &Set, row: &Conversation) -> Result<Body, Cannot> {
    let body = match set {
        Set::User(user) => json!({ "assignedUsers": [user] }),
        Set::Nobody => json!({ "assignedUsers": [] }),
        Set::Team(team) => json!({ "assignedTeams": [team] }),
        Set::Queue(queue) => json!({ "queue": { "id": queue } }),
        Set::Open => json!({ "status": "open" }),
        Set::Done => json!({ "status": "done" }),
        Set::Snoozed(until) => snoozed(*until),
        Set::Priority(priority) => json!({ "priority": priority }),
        Set::Step(by) => {
            let now = row.priority.unwrap_or(3);
            json!({ "priority": now.saturating_add_signed(*by).clamp(1, 5) })
        }
        Set::Tagged(tag) if row.tags.contains(tag) => json!({ "tags": row.tags }),
        Set::Tagged(_) if row.tags.len() >= MOST_TAGS => return Err(Cannot("a conversation takes twenty tags")),
        Set::Tagged(tag) => json!({ "tags": row.tags.iter().chain([tag]).collect::<Vec<_>>() }),
        Set::Untagged(tag) => json!({ "tags": row.tags.iter().filter(|own| *own != tag).collect::<Vec<_>>() }),
    };
    match body {
        Value::Object(body) => Ok(body),
        _ => Ok(Body::new()),
    }
}

fn snoozed(until: Timestamp) -> Value {
    json!({ "status": "snoozed", "snooze": { "status": "scheduled", "time": until } })
}

/// What the row held in the attributes a body moves.
fn before(body: &Body, row: &Conversation) -> Body {
    let mut back = Body::new();
    for name in body.keys() {
        let value = match name.as_str() {
            "assignedUsers" => json!(row.assigned_users),
            "assignedTeams" => json!(row.assigned_teams),
            "queue" => json!({ "id": row.queue }),
            "priority" => json!(row.priority),
            "tags" => json!(row.tags),
            "status" => json!(row.status.as_str()),
            // Said with the status, below.
            _ => continue,
        };
        back.insert(name.clone(), value);
    }
    if let (true, Status::Snoozed, Some(until)) = (body.contains_key("status"), &row.status, row.snoozed_until)
        && let Value::Object(snoozed) = snoozed(until)
    {
        back.extend(snoozed);
    }
    back
}

/// A conversation as a body makes it: what is shown until the desk has answered.
pub fn with(row: &Conversation, body: &Body) -> Conversation {
    let mut after = row.clone();
    let list = |value: &Value| -> Vec<String> {
        value.as_array().into_iter().flatten().filter_map(|id| id.as_str().map(str::to_owned)).collect()
    };
    for (name, value) in body {
        match name.as_str() {
            "assignedUsers" => after.assigned_users = list(value).into_iter().map(UserId::new).collect(),
            "assignedTeams" => after.assigned_teams = list(value).into_iter().map(TeamId::new).collect(),
            "tags" => after.tags = list(value).into_iter().map(TagId::new).collect(),
            "queue" => after.queue = value.get("id").and_then(Value::as_str).map(QueueId::new),
            "priority" => after.priority = value.as_u64().and_then(|priority| u8::try_from(priority).ok()),
            "status" => after.status = value.as_str().map_or(after.status, Status::parse),
            "snooze" => {
                let until = value.get("time").and_then(Value::as_str).and_then(|until| until.parse().ok());
                after.snoozed_until = until.or(after.snoozed_until);
            }
            _ => {}
        }
    }
    after
}

/// What a change moves, conversation by conversation; empty for changes of anything else.
pub fn moved(change: &Change) -> Vec<(ConversationId, &Body)> {
    let bodies = change.requests().iter().filter_map(|request| request.body.as_ref());
    match change.operation().label() {
        ONE => {
            let ids = change.subject().conversation.iter().cloned();
            ids.zip(bodies.filter_map(Value::as_object)).collect()
        }
        MANY => bodies
            .filter_map(Value::as_array)
            .flatten()
            .filter_map(Value::as_object)
            .filter_map(|row| Some((ConversationId::new(row.get("id")?.as_str()?), row)))
            .collect(),
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests;
