//! Owns the message operations (Kustomer API reference 12.1).

use serde_json::Value;

use crate::sandbox::{
    bulk::{Operation, Target},
    call::{Answer, Call, MOST_ROWS},
    doc::Kind,
    errors::Refusal,
    paging::Totals,
    records::{messages, redactions},
    table::{Op, op},
    world::{Index, Listing},
};

/// The operations of this file, with the roles they accept (Kustomer API reference, appendix A).
pub const OPERATIONS: &[Op] = &[
    op("POST", "/v1/customers/{id}/messages", "message.create", "user.message.write", create_for_customer),
    op("POST", "/v1/conversations/{id}/messages", "message.create", "user.message.write", create_in_conversation),
    op("POST", "/v1/messages/bulk", "message.create", "user.message.write", |call| {
        super::bulk::accept(call, Operation::Create, Target::Messages, 200)
    }),
    op("PUT", "/v1/messages/bulk", "message.update", "user.message.write", |call| {
        super::bulk::accept(call, Operation::Update, Target::Messages, 200)
    }),
    op("GET", "/v1/messages", "message.read", "user.message.read", list),
    op("POST", "/v1/messages", "message.create", "user.message.write", create),
    op("GET", "/v1/messages/externalid={externalId}", "message.read", "user.message.read", by_external_id),
    op("GET", "/v1/messages/externalId={externalId}", "message.read", "user.message.read", by_external_id),
    op("GET", "/v1/messages/{id}", "message.read", "user.message.read", get),
    op("PATCH", "/v1/messages/{id}", "message.update", "user.message.write", update),
    op("PUT", "/v1/messages/{id}", "message.update", "user.message.write", update),
    op("POST", "/v1/messages/{id}/redactions", "message_redaction.create", "admin.message.write", redact),
];

/// `GET /v1/messages`
pub fn list(call: &mut Call) -> Answer {
    call.list_all(&Listing::of(Kind::Message), MOST_ROWS, Totals::Untold)
}

/// `GET /v1/messages/{id}`
pub fn get(call: &mut Call) -> Answer {
    call.one(200, Kind::Message, &call.captured(0), "Message")
}

/// `GET /v1/messages/externalid={externalId}`; the reference doubts the spelling, so both are there.
pub fn by_external_id(call: &mut Call) -> Answer {
    let mut found = call.desk.world.found(Kind::Message, Index::ExternalId, &call.captured(0));
    let doc = found.next().ok_or_else(|| Refusal::not_found("Message"))?;
    Ok(call.answer(200, doc))
}

/// `POST /v1/messages`: here `direction` is required.
pub fn create(call: &mut Call) -> Answer {
    if call.body.is_object() && call.body.get("direction").is_none() {
        return Err(Refusal::invalid("direction", "is required"));
    }
    let body = call.take_body();
    created(call, body)
}

/// `POST /v1/conversations/{id}/messages`
pub fn create_in_conversation(call: &mut Call) -> Answer {
    let conversation = call.captured(0);
    call.desk.world.live(Kind::Conversation, &conversation).ok_or_else(|| Refusal::not_found("Conversation"))?;
    let body = call.take_body_with("conversation", &conversation);
    created(call, body)
}

/// `POST /v1/customers/{id}/messages`: without a conversation a new one is made.
pub fn create_for_customer(call: &mut Call) -> Answer {
    let customer = call.captured(0);
    call.desk.world.live(Kind::Customer, &customer).ok_or_else(|| Refusal::not_found("Customer"))?;
    let body = call.take_body_with("customer", &customer);
    created(call, body)
}

fn created(call: &mut Call, body: Value) -> Answer {
    let id = messages::create(&mut call.act(), body)?;
    call.one(201, Kind::Message, &id, "Message")
}

/// `PATCH` and `PUT /v1/messages/{id}`
pub fn update(call: &mut Call) -> Answer {
    let (id, body, mode) = (call.captured(0), call.take_body(), call.mode());
    messages::update(&mut call.act(), &id, body, mode)?;
    call.one(200, Kind::Message, &id, "Message")
}

/// `POST /v1/messages/{id}/redactions`: for good, with the bytes of redacted files and whatever quoted the
/// message.
pub fn redact(call: &mut Call) -> Answer {
    let (id, body) = (call.captured(0), call.take_body());
    let redacted = redactions::create(&mut call.act(), &id, body)?;
    call.desk.files.forget(redacted.files.iter().map(String::as_str));
    if let Some(erasure) = &redacted.erasure {
        call.desk.forget(erasure);
    }
    call.one(201, Kind::Redaction, &redacted.id, "Redaction")
}
