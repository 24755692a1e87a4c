//! Owns the conversation operations (Kustomer API reference 10.1).

use serde_json::Value;

use crate::sandbox::{
    bulk::{Operation, Target},
    call::{Answer, Call, MOST_ROWS, Reply},
    doc::Kind,
    errors::Refusal,
    paging::Totals,
    records::conversations,
    table::{Op, op},
    world::{Index, Listing},
};

/// The operations of this file, with the roles they accept (Kustomer API reference, appendix A).
pub const OPERATIONS: &[Op] = &[
    op(
        "POST",
        "/v1/customers/{id}/conversations",
        "conversation.create",
        "user.conversation.write",
        create_for_customer,
    ),
    op("POST", "/v1/conversations/bulk", "conversation.create", "user.conversation.write", |call| {
        super::bulk::accept(call, Operation::Create, Target::Conversations, 201)
    }),
    op("PUT", "/v1/conversations/bulk", "conversation.update", "user.conversation.write", |call| {
        super::bulk::accept(call, Operation::Update, Target::Conversations, 201)
    }),
    op("GET", "/v1/conversations", "conversation.read", "user.conversation.read", list),
    op("POST", "/v1/conversations", "conversation.create", "user.conversation.write", create),
    op(
        "GET",
        "/v1/conversations/externalId={externalId}",
        "conversation.read",
        "user.conversation.read",
        by_external_id,
    ),
    op("GET", "/v1/conversations/{id}", "conversation.read", "user.conversation.read", get),
    op("PATCH", "/v1/conversations/{id}", "conversation.update", "user.conversation.write", update),
    op("PUT", "/v1/conversations/{id}", "conversation.update", "user.conversation.write", update),
    op("DELETE", "/v1/conversations/{id}", "conversation.delete", "user.conversation.delete", delete),
    op("POST", "/v1/conversations/{id}/tags", "conversation.update", "user.conversation.write", add_tags),
    op("DELETE", "/v1/conversations/{id}/tags", "conversation.delete", "user.conversation.write", remove_tags),
    op("GET", "/v1/conversations/{id}/messages", "message.read", "user.message.read", messages),
    op("GET", "/v1/conversations/{id}/notes", "note.read", "user.note.read", notes),
    op("GET", "/v1/conversations/{id}/events", "event.read", "user.event.read", events),
];

/// `GET /v1/conversations`
pub fn list(call: &mut Call) -> Answer {
    call.list_all(&Listing::of(Kind::Conversation), MOST_ROWS, Totals::Untold)
}

/// `GET /v1/conversations/{id}`, or a comma list of ids
pub fn get(call: &mut Call) -> Answer {
    call.one_or_list(Kind::Conversation, &call.captured(0), "Conversation")
}

/// `GET /v1/conversations/externalId={externalId}`
pub fn by_external_id(call: &mut Call) -> Answer {
    let mut found = call.desk.world.found(Kind::Conversation, Index::ExternalId, &call.captured(0));
    let doc = found.next().ok_or_else(|| Refusal::not_found("Conversation"))?;
    Ok(call.answer(200, doc))
}

/// `POST /v1/conversations`
pub fn create(call: &mut Call) -> Answer {
    let body = call.take_body();
    created(call, body)
}

/// `POST /v1/customers/{id}/conversations`
pub fn create_for_customer(call: &mut Call) -> Answer {
    let customer = call.captured(0);
    call.desk.world.live(Kind::Customer, &customer).ok_or_else(|| Refusal::not_found("Customer"))?;
    if call.body.get("customer").is_some() {
        return Err(Refusal::invalid("customer", "is not a known property"));
    }
    let body = call.take_body_with("customer", &customer);
    created(call, body)
}

fn created(call: &mut Call, body: Value) -> Answer {
    let id = conversations::create(&mut call.act(), body)?;
    call.one(201, Kind::Conversation, &id, "Conversation")
}

/// `PATCH` and `PUT /v1/conversations/{id}`
pub fn update(call: &mut Call) -> Answer {
    let (id, body, mode) = (call.captured(0), call.take_body(), call.mode());
    conversations::update(&mut call.act(), &id, body, mode)?;
    match call.desk.world.get(Kind::Conversation, &id) {
        Some(doc) => Ok(call.answer(200, doc)),
        None => Err(Refusal::not_found("Conversation")),
    }
}

/// `DELETE /v1/conversations/{id}`
pub fn delete(call: &mut Call) -> Answer {
    let id = call.captured(0);
    conversations::delete(&mut call.act(), &id)?;
    Ok(Reply::done())
}

/// `POST /v1/conversations/{id}/tags`
pub fn add_tags(call: &mut Call) -> Answer {
    retag(call, true)
}

/// `DELETE /v1/conversations/{id}/tags`
pub fn remove_tags(call: &mut Call) -> Answer {
    retag(call, false)
}

/// The body is a bare array of names or ids.
fn retag(call: &mut Call, adds: bool) -> Answer {
    let id = call.captured(0);
    let Value::Array(names) = call.take_body() else {
        return Err(Refusal::bad_request("The body must be an array of tag names or ids."));
    };
    if let Some(index) = names.iter().position(|name| !name.is_string()) {
        return Err(Refusal::invalid(index.to_string(), "must be a string"));
    }
    conversations::retag(&mut call.act(), &id, &names, adds)?;
    call.one(200, Kind::Conversation, &id, "Conversation")
}

/// `GET /v1/conversations/{id}/messages`
pub fn messages(call: &mut Call) -> Answer {
    children(call, Kind::Message)
}

/// `GET /v1/conversations/{id}/notes`
pub fn notes(call: &mut Call) -> Answer {
    children(call, Kind::Note)
}

/// `GET /v1/conversations/{id}/events`
pub fn events(call: &mut Call) -> Answer {
    children(call, Kind::Event)
}

fn children(call: &Call, kind: Kind) -> Answer {
    let id = call.captured(0);
    call.desk.world.live(Kind::Conversation, &id).ok_or_else(|| Refusal::not_found("Conversation"))?;
    call.list(call.desk.world.found(kind, Index::Conversation, &id), MOST_ROWS, Totals::Untold)
}
