//! Owns routing: which queue a conversation gets, and the work item that carries it through (Kustomer API reference 23).
//!
//! ```text
//! ivr ──> queued ──> routed ──> completed
//!           └── <── taken away again, or moved to another queue: queuedCount rises
//! ```
//!
//! Decided here (unverified in the reference): a conversation that no rule takes when it is made gets the default queue, and
//! the rules look once more when its first message says what channel it is on; entering a queue while open makes a work
//! item; the desk offers work to nobody by itself, so an item is routed when somebody is assigned and queued again when
//! nobody is; done or deleted conversations complete theirs. Priority and size are called `priority` and `itemSize`.

use serde_json::{Value, json};

use super::{Act, Mode, apply};
use crate::sandbox::{
    criteria,
    doc::{Doc, Kind},
    errors::Refusal,
    schema::{Purpose, check, settings},
    world::{Index, World, is_deleted},
};

/// Remembers that no rule has chosen the queue yet.
const BY_DEFAULT: &str = "queueByDefault";

/// Gives a new conversation its queue unless it has one.
pub(super) fn choose(world: &World, conversation: &mut Doc) {
    if conversation.related_id("queue").is_some() {
        return;
    }
    let ruled = by_rule(world, conversation);
    if ruled.is_none() {
        conversation.hidden.insert(BY_DEFAULT.into(), true.into());
    }
    if let Some(queue) = ruled.or_else(|| default_queue(world)) {
        conversation.related.insert("queue".into(), (Kind::Queue, queue));
    }
}

/// Lets the rules look again at a conversation that had its first message since.
pub(super) fn reconsider(world: &World, before: &Doc, after: &mut Doc) {
    let was_moved = before.related_id("queue") != after.related_id("queue");
    let has_messages = after.attributes.get("messageCount").and_then(Value::as_i64).unwrap_or(0) > 0;
    if !(was_moved || has_messages) || after.hidden.remove(BY_DEFAULT).is_none() {
        return;
    }
    if let Some(queue) = by_rule(world, after).filter(|_| !was_moved) {
        after.related.insert("queue".into(), (Kind::Queue, queue));
    }
}

/// The queue of the first enabled rule that matches.
fn by_rule(world: &World, conversation: &Doc) -> Option<String> {
    let matches = |rule: &&Doc| {
        rule.attributes.get("enabled") == Some(&Value::Bool(true))
            && criteria::hold(rule.attributes.get("criteria"), conversation)
    };
    rules(world).into_iter().find(matches)?.related_id("queue").map(str::to_owned)
}

fn default_queue(world: &World) -> Option<String> {
    world.all(Kind::Queue).find(|queue| is_system(queue)).map(|queue| queue.id.clone())
}

/// Whether it is the one queue the product itself needs.
pub fn is_system(queue: &Doc) -> bool {
    queue.attributes.get("system") == Some(&Value::Bool(true))
}

/// The queue rules in their order.
pub fn rules(world: &World) -> Vec<&Doc> {
    let place = |rule: &&Doc| rule.attributes.get("order").and_then(Value::as_i64).unwrap_or(i64::MAX);
    let mut rules: Vec<&Doc> = world.all(Kind::QueueRule).filter(|rule| !is_deleted(rule)).collect();
    rules.sort_by_key(place);
    rules
}

/// Numbers the rules anew, in the order of these ids, which must be all of them.
pub fn order(act: &mut Act, body: Value) -> Result<(), Refusal> {
    let body = check(&[settings::QUEUE_RULE_ORDER], Purpose::Create, body)?;
    let wanted: Vec<String> = body
        .get("order")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .map(str::to_owned)
        .collect();
    let known: Vec<&str> = rules(act.world).into_iter().map(|rule| rule.id.as_str()).collect();
    if wanted.len() != known.len() || !wanted.iter().all(|id| known.contains(&id.as_str())) {
        return Err(Refusal::invalid("order", "must name every rule once"));
    }
    for (place, id) in (1..).zip(wanted) {
        act.world.edit(Kind::QueueRule, &id, |rule| {
            rule.attributes.insert("order".into(), i64::from(place).into());
        });
    }
    Ok(())
}

/// Moves the work item of a conversation on after the conversation was made or changed.
pub(super) fn follow(act: &mut Act, before: Option<&Doc>, after: &Doc) {
    let queue = after.related_id("queue");
    let moved = before.is_none_or(|before| before.related_id("queue") != queue);
    let reopened = before.is_some_and(|before| before.text("status") == Some("done"));
    let is_over = after.text("status") == Some("done") || is_deleted(after);
    match (current(act.world, &after.id).cloned(), queue) {
        (Some(item), _) if is_over => set_status(act, item, "completed"),
        (Some(mut item), Some(queue)) if moved => {
            fill(act.world, &mut item, queue);
            set_status(act, item, "queued");
        }
        (Some(item), _) => match (item.text("status"), assignee(after)) {
            (Some("queued"), Some(_)) => route(act, item, after),
            (Some("routed"), None) => set_status(act, item, "queued"),
            _ => {}
        },
        (None, Some(queue)) if !is_over && (moved || reopened) => {
            let item = make(act, after, queue);
            set_status(act, item.clone(), "queued");
            if assignee(after).is_some() {
                let item = act.world.get(Kind::WorkItem, &item.id).cloned().unwrap_or(item);
                route(act, item, after);
            }
        }
        (None, _) => {}
    }
}

/// Makes a work item for a conversation, or finds the one there is: its id, and whether it is new.
pub fn create(act: &mut Act, body: Value) -> Result<(String, bool), Refusal> {
    let body = check(&[settings::WORK_ITEM], Purpose::Create, body)?;
    let text = |name: &str| body.get(name).and_then(Value::as_str);
    let conversation = text("conversation").and_then(|id| act.world.live(Kind::Conversation, id)).cloned();
    let conversation = conversation.ok_or_else(|| Refusal::invalid("conversation", "no such conversation"))?;
    let queue = text("queue").or(conversation.related_id("queue")).map(str::to_owned);
    let queue = queue.or_else(|| default_queue(act.world)).filter(|id| act.world.live(Kind::Queue, id).is_some());
    let queue = queue.ok_or_else(|| Refusal::invalid("queue", "no such queue"))?;
    if let Some(item) = current(act.world, &conversation.id) {
        return Ok((item.id.clone(), false));
    }
    let item = make(act, &conversation, &queue);
    let id = item.id.clone();
    set_status(act, item, text("status").unwrap_or("queued"));
    Ok((id, true))
}

/// The item of a conversation that is not completed: there is one at most.
fn current<'w>(world: &'w World, conversation: &str) -> Option<&'w Doc> {
    world.found(Kind::WorkItem, Index::Conversation, conversation).find(|item| item.text("status") != Some("completed"))
}

fn make(act: &mut Act, conversation: &Doc, queue: &str) -> Doc {
    let mut item = Doc::new(Kind::WorkItem, act.world.mint.id(act.now));
    act.stamp(&mut item);
    let channel = conversation.attributes.get("channels").and_then(|channels| channels.get(0)).cloned();
    let attributes = json!({ "status": "ivr", "queuedCount": 0, "channel": channel, "resourceType": "conversation" });
    item.attributes.extend(attributes.as_object().cloned().unwrap_or_default());
    for name in ["conversation", "resource"] {
        item.related.insert(name.into(), (Kind::Conversation, conversation.id.clone()));
    }
    item.related.extend(conversation.related.get("customer").map(|customer| ("customer".into(), customer.clone())));
    fill(act.world, &mut item, queue);
    item
}

/// What an item takes from the queue it enters.
fn fill(world: &World, item: &mut Doc, queue: &str) {
    item.related.insert("queue".into(), (Kind::Queue, queue.to_owned()));
    for (name, otherwise) in [("priority", 3), ("itemSize", 1)] {
        let value = world.get(Kind::Queue, queue).and_then(|queue| queue.attributes.get(name)).cloned();
        item.attributes.insert(name.into(), value.unwrap_or_else(|| otherwise.into()));
    }
}

fn assignee(conversation: &Doc) -> Option<&str> {
    conversation.attributes.get("assignedUsers").and_then(|users| users.get(0)).and_then(Value::as_str)
}

fn route(act: &mut Act, mut item: Doc, conversation: &Doc) {
    let user = assignee(conversation).unwrap_or_default();
    item.related.insert("user".into(), (Kind::User, user.to_owned()));
    set_status(act, item, "routed");
}

fn set_status(act: &mut Act, mut item: Doc, status: &str) {
    let now = act.now_text();
    act.touch(&mut item);
    let mut changes = json!({ "status": status }).as_object().cloned().unwrap_or_default();
    match status {
        "queued" => {
            let count = item.attributes.get("queuedCount").and_then(Value::as_i64).unwrap_or(0);
            changes.insert("queuedCount".into(), (count + 1).into());
            changes.insert("queuedAt".into(), now.clone().into());
            item.attributes.entry("firstQueuedAt").or_insert_with(|| now.into());
            item.related.remove("user");
        }
        "routed" => drop(changes.insert("routedAt".into(), now.into())),
        "completed" => drop(changes.insert("completedAt".into(), now.into())),
        _ => {}
    }
    apply(&mut item, changes, Mode::Merge, &[]);
    act.world.put(item);
}
