//! Owns the operations on queues and queue rules (Kustomer API reference 23). What queues and rules do is in the records.
//!
//! Decided here (unverified in the reference): a queue's key is its name until another is given; keys and names are unique;
//! a rule that targets the system queue is a 400; the new order is written as `{"order": [every rule's id]}`; waits are
//! milliseconds, `null` while nobody was ever routed.

use serde_json::{Map, Value, json};

use crate::sandbox::{
    call::{Answer, Call, MOST_ROWS, Reply},
    criteria,
    doc::{Doc, Kind},
    errors::Refusal,
    paging::Totals,
    query::commas,
    records::{
        plain::{self, Plain},
        routing::{self, is_system},
    },
    schema::settings,
    table::{Op, op},
    times,
};

/// The operations of this file, with the roles they accept.
pub const OPERATIONS: &[Op] = &[
    op("GET", "/v1/routing/queues", READ, READ_LEGACY, queues),
    op("POST", "/v1/routing/queues", "queue.create routing.create", WRITE_LEGACY, create),
    op("GET", "/v1/routing/queues/{id}", READ, READ_LEGACY, |call| QUEUE.one(call, 200)),
    op("PUT", "/v1/routing/queues/{id}", "queue.update routing.update", WRITE_LEGACY, update),
    op("GET", "/v1/routing/queue-rules", READ, READ_LEGACY, rules),
    op("POST", "/v1/routing/queue-rules", "queue.create routing.create", WRITE_LEGACY, create_rule),
    op("GET", "/v1/routing/queue-rules/{id}", READ, READ_LEGACY, |call| RULE.one(call, 200)),
    op("PUT", "/v1/routing/queue-rules/{id}", "queue.update routing.update", WRITE_LEGACY, update_rule),
    op("DELETE", "/v1/routing/queue-rules/{id}", "queue.delete routing.delete", WRITE_LEGACY, |call| RULE.delete(call)),
    op("PUT", "/v1/routing/queue-rules/order", "queue.update routing.update", WRITE_LEGACY, order_rules),
    op("GET", "/v1/routing/queue-rules-criteria", READ, READ_LEGACY, rule_criteria),
    op("GET", "/v1/chat/queues/metrics/{ids}", READ, READ_LEGACY, metrics),
];

const READ: &str = "queue.read routing.read";
const READ_LEGACY: &str = "user.queue.read user.routing.read";
const WRITE_LEGACY: &str = "admin.queue.write admin.routing.write";

const QUEUE: Plain = Plain {
    unique: &["name", "key"],
    ..Plain::new(
        Kind::Queue,
        "Queue",
        settings::QUEUE,
        || json!({ "system": false, "priority": 3, "itemSize": 1, "restrictTransfersByUsers": false }),
    )
};

const RULE: Plain = Plain {
    unique: &["name"],
    relations: &[("queue", Kind::Queue)],
    ..Plain::new(Kind::QueueRule, "Queue rule", settings::QUEUE_RULE, || json!({ "enabled": true }))
};

/// `GET /v1/routing/queues`, all or the one with a `key`.
fn queues(call: &mut Call) -> Answer {
    let wanted = |doc: &&Doc| call.query.get("key").is_none_or(|key| doc.text("key") == Some(key));
    call.list(call.desk.world.all(Kind::Queue).filter(wanted), MOST_ROWS, Totals::Untold)
}

fn create(call: &mut Call) -> Answer {
    let name = call.body.get("name").cloned();
    if let (Some(body), Some(name)) = (call.body.as_object_mut(), name) {
        body.entry("key").or_insert(name);
    }
    QUEUE.create(call, 201)
}

/// `PUT /v1/routing/queues/{id}`: of the system queue only `restrictTransfersByUsers`.
fn update(call: &mut Call) -> Answer {
    let queue = call.desk.world.live(Kind::Queue, &call.captured(0));
    let other = call.body.as_object().and_then(|body| body.keys().find(|name| *name != "restrictTransfersByUsers"));
    if let Some(name) = other.filter(|_| queue.is_some_and(is_system)) {
        return Err(Refusal::invalid(name.as_str(), "cannot be changed on the system queue"));
    }
    QUEUE.update(call, 200)
}

/// `GET /v1/routing/queue-rules`, in their order.
fn rules(call: &mut Call) -> Answer {
    call.list(routing::rules(&call.desk.world).into_iter(), MOST_ROWS, Totals::Untold)
}

/// `POST /v1/routing/queue-rules`: the new rule is the last.
fn create_rule(call: &mut Call) -> Answer {
    refuse_system_target(call)?;
    let last = routing::rules(&call.desk.world).last().and_then(|rule| rule.attributes.get("order")?.as_i64());
    let body = call.take_body();
    let id = plain::create(&mut call.act(), &RULE, body)?;
    call.desk.world.edit(Kind::QueueRule, &id, |rule| {
        rule.attributes.insert("order".into(), (last.unwrap_or(0) + 1).into());
    });
    call.one(201, Kind::QueueRule, &id, RULE.what)
}

fn update_rule(call: &mut Call) -> Answer {
    refuse_system_target(call)?;
    RULE.update(call, 200)
}

fn refuse_system_target(call: &Call) -> Result<(), Refusal> {
    let queue = call.body.get("queue").and_then(Value::as_str).and_then(|id| call.desk.world.live(Kind::Queue, id));
    if queue.is_some_and(is_system) {
        Err(Refusal::invalid("queue", "rules cannot target the system queue"))
    } else {
        Ok(())
    }
}

/// `PUT /v1/routing/queue-rules/order`: 200 with the rules.
fn order_rules(call: &mut Call) -> Answer {
    let body = call.take_body();
    routing::order(&mut call.act(), body)?;
    rules(call)
}

/// `GET /v1/routing/queue-rules-criteria`: what a rule may ask about, and how.
#[expect(clippy::unnecessary_wraps, reason = "every operation has this signature")]
fn rule_criteria(_: &mut Call) -> Answer {
    let row = |name: &&str| json!({ "type": "queue_rule_criterion", "id": name, "attributes": { "operators": criteria::OPERATORS } });
    Ok(Reply::json(200, json!({ "data": criteria::ATTRIBUTES.iter().map(row).collect::<Vec<_>>() })))
}

/// `GET /v1/chat/queues/metrics/{ids}`: how long the one last routed had waited, for each queue of a comma list.
fn metrics(call: &mut Call) -> Answer {
    let world = &call.desk.world;
    let at = |item: &Doc, name: &str| item.text(name).and_then(times::parse);
    let row = |queue: &Doc| {
        let items = || world.all(Kind::WorkItem).filter(|item| item.related_id("queue") == Some(queue.id.as_str()));
        let routed = items().filter_map(|item| Some((at(item, "routedAt")?, at(item, "queuedAt")?))).max();
        let waiting = items().filter(|item| item.text("status") == Some("queued")).count();
        let attributes: Map<String, Value> = [
            ("lastWaitTime".to_owned(), routed.map(|(routed, queued)| routed - queued).into()),
            ("queuedCount".to_owned(), waiting.into()),
        ]
        .into_iter()
        .collect();
        json!({ "type": "queue_metrics", "id": queue.id, "attributes": attributes })
    };
    let ids = commas(&call.captured(0));
    let rows: Vec<Value> = ids.iter().filter_map(|id| world.live(Kind::Queue, id)).map(row).collect();
    if rows.is_empty() {
        return Err(Refusal::not_found("Queue"));
    }
    Ok(Reply::json(200, json!({ "data": rows })))
}
