//! Owns the operations on outbound webhooks (Kustomer API reference 25.1).
//!
//! Unverified in the reference and decided here: a webhook is made with 201; the delivery log ("transactions") of one
//! webhook is `GET /v1/outbound-webhooks/{id}/transactions`, newest first; there is a list of all webhooks.

use serde_json::{Value, json};

use crate::sandbox::{
    call::{Answer, Call, MOST_ROWS, Reply},
    doc::Kind,
    errors::Refusal,
    paging::{Page, Totals},
    table::{Op, op},
    webhooks::{Try, registry},
};

const LEGACY: &str = "outbound_webhooks admin.outbound_webhooks";

/// The operations of this file, with the roles they accept.
pub const OPERATIONS: &[Op] = &[
    op("GET", "/v1/outbound-webhooks", "outbound_webhook.read", LEGACY, list),
    op("POST", "/v1/outbound-webhooks", "outbound_webhook.create", LEGACY, create),
    op("GET", "/v1/outbound-webhooks/events", "outbound_webhook.read", LEGACY, events),
    op("GET", "/v1/outbound-webhooks/{id}", "outbound_webhook.read", LEGACY, get),
    op("DELETE", "/v1/outbound-webhooks/{id}", "outbound_webhook.delete", LEGACY, delete),
    op("GET", "/v1/outbound-webhooks/{id}/transactions", "outbound_webhook.read", LEGACY, transactions),
];

/// `GET /v1/outbound-webhooks`
pub fn list(call: &mut Call) -> Answer {
    call.list(call.desk.world.all(Kind::Webhook), MOST_ROWS, Totals::Untold)
}

/// `POST /v1/outbound-webhooks`
pub fn create(call: &mut Call) -> Answer {
    let body = call.take_body();
    let id = registry::create(&mut call.desk.world, &call.key.user, body, call.now)?;
    call.one(201, Kind::Webhook, &id, "Webhook")
}

/// `GET /v1/outbound-webhooks/events`: not enveloped.
#[expect(clippy::unnecessary_wraps, reason = "every operation has this signature")]
pub fn events(_call: &mut Call) -> Answer {
    Ok(Reply::json(200, json!({ "events": registry::EVENTS })))
}

/// `GET /v1/outbound-webhooks/{id}`: the token is readable again.
pub fn get(call: &mut Call) -> Answer {
    call.one(200, Kind::Webhook, &call.captured(0), "Webhook")
}

/// `DELETE /v1/outbound-webhooks/{id}`: what waits for it is forgotten.
pub fn delete(call: &mut Call) -> Answer {
    let removed = call.desk.world.remove(Kind::Webhook, &call.captured(0));
    removed.map(|_| Reply::done()).ok_or_else(|| Refusal::not_found("Webhook"))
}

/// `GET /v1/outbound-webhooks/{id}/transactions`
pub fn transactions(call: &mut Call) -> Answer {
    let id = call.captured(0);
    call.desk.world.get(Kind::Webhook, &id).ok_or_else(|| Refusal::not_found("Webhook"))?;
    let page = Page::read(&call.query, MOST_ROWS)?;
    let tries: Vec<&Try> = call.desk.webhooks.tries().rev().filter(|tried| tried.webhook == id).collect();
    let mut body = page.frame(call.path, &call.query, tries.len(), Totals::Untold);
    let row = |tried: &Try| {
        json!({
            "type": Kind::WebhookDelivery.type_name(), "id": format!("{}-{}", tried.event_id, tried.seq),
            "attributes": {
                "eventName": tried.event, "eventId": tried.event_id, "dataId": tried.data_id, "attempt": tried.attempt,
                "status": tried.result, "responseStatus": tried.status, "nextAttemptAt": tried.next, "createdAt": tried.at,
            },
            "relationships": {},
        })
    };
    let rows: Vec<Value> = page.cut(tries.into_iter()).into_iter().map(row).collect();
    body.insert("data".into(), rows.into());
    Ok(Reply::json(200, Value::Object(body)))
}
