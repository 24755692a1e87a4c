//! Owns the conversation operations (Kustomer API reference 10.1).

use serde_json::Value;

use crate::sandbox::{
    bulk::{Operation, Target},
    call::{Answer, Call, MOST_ROWS, Reply},
    doc::{Doc, Kind},
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
    op("GET", "/v1/conversations/{id}/times", "conversation.read", "user.conversation.read", times),
    op("GET", "/v1/conversations/times/{ids}", "conversation.read", "user.conversation.read", times_by_id),
];

/// The largest page of conversation times (Kustomer API reference 4.1).
const MOST_TIMES: usize = 1000;

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

/// `POST /v1/conversations`; only the customer's own path knows a `campaign` (Kustomer API reference 10.1).
pub fn create(call: &mut Call) -> Answer {
    if call.body.get("campaign").is_some() {
        return Err(Refusal::invalid("campaign", "is not a known property"));
    }
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
    call.any(200, Kind::Conversation, &id, "Conversation")
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

/// `GET /v1/conversations/{id}/events`: those of one of the `name`s, those that `changed` one of the attributes or
/// relationships. The syntax of both filters is unverified; here each is a comma list.
pub fn events(call: &mut Call) -> Answer {
    let id = holder(call)?;
    let (names, changed) = (call.query.list("name"), call.query.list("changed"));
    let has_changed = |doc: &Doc, name: &String| {
        let changes = doc.attributes.get("changes");
        ["attributes", "relationships"].iter().any(|part| changes.and_then(|all| all.get(part)?.get(name)).is_some())
    };
    let wanted = |doc: &&Doc| {
        let is_named = names.is_empty() || names.iter().any(|name| doc.text("name") == Some(name));
        is_named && (changed.is_empty() || changed.iter().any(|name| has_changed(doc, name)))
    };
    let events = call.desk.world.found(Kind::Event, Index::Conversation, &id).filter(wanted);
    call.list(events, MOST_ROWS, Totals::Untold)
}

/// `GET /v1/conversations/{id}/times`
pub fn times(call: &mut Call) -> Answer {
    let id = holder(call)?;
    call.list(call.desk.world.found(Kind::ConversationTime, Index::Conversation, &id), MOST_TIMES, Totals::Untold)
}

/// `GET /v1/conversations/times/{ids}`: one, or a comma list
pub fn times_by_id(call: &mut Call) -> Answer {
    call.one_or_list(Kind::ConversationTime, &call.captured(0), "Conversation time")
}

/// The id of the conversation in the path, or 404.
fn holder(call: &Call) -> Result<String, Refusal> {
    let id = call.captured(0);
    call.desk.world.live(Kind::Conversation, &id).ok_or_else(|| Refusal::not_found("Conversation"))?;
    Ok(id)
}

fn children(call: &Call, kind: Kind) -> Answer {
    let id = holder(call)?;
    call.list(call.desk.world.found(kind, Index::Conversation, &id), MOST_ROWS, Totals::Untold)
}
