//! Owns the customer operations (Kustomer API reference 8.1, 20).

use serde_json::{Value, json};

use crate::sandbox::{
    bulk::{Operation, Target},
    call::{Answer, Call, MOST_ROWS, Reply},
    doc::{Doc, Kind},
    errors::Refusal,
    paging::Totals,
    records::customers,
    table::{Op, op},
    times,
    world::{Index, Listing},
};

/// The operations of this file, with the roles they accept (Kustomer API reference, appendix A).
pub const OPERATIONS: &[Op] = &[
    op("POST", "/v1/customers/bulk", "customer.create", "user.customer.write", |call| {
        super::bulk::accept(call, Operation::Create, Target::Customers, 201)
    }),
    op("PUT", "/v1/customers/bulk", "customer.update", "user.customer.write", |call| {
        super::bulk::accept(call, Operation::Update, Target::Customers, 201)
    }),
    op("DELETE", "/v1/customers/bulk", "customer.delete", "user.customer.delete", |call| {
        super::bulk::accept(call, Operation::Delete, Target::Customers, 201)
    }),
    op("GET", "/v1/customers", "customer.read", "user.customer.read", list),
    op("POST", "/v1/customers", "customer.create", "user.customer.write", create),
    op("GET", "/v1/customers/email={email}", "customer.read", "user.customer.read", by_email),
    op("GET", "/v1/customers/phone={phone}", "customer.read", "user.customer.read", by_phone),
    op("GET", "/v1/customers/externalId={externalId}", "customer.read", "user.customer.read", by_external_id),
    op("GET", "/v1/customers/{id}", "customer.read", "user.customer.read", get),
    op("PATCH", "/v1/customers/{id}", "customer.update", "user.customer.write", update),
    op("PUT", "/v1/customers/{id}", "customer.update", "user.customer.write", update),
    op("DELETE", "/v1/customers/{id}", "customer.delete", "user.customer.delete", delete),
    op("GET", "/v1/customers/{id}/conversations", "conversation.read", "user.conversation.read", conversations),
    op("GET", "/v1/customers/{id}/messages", "message.read", "user.message.read", messages),
    op("GET", "/v1/customers/{id}/notes", "note.read", "user.note.read", notes),
    op("GET", "/v1/customers/{id}/drafts", "draft.read", "user.draft.read", drafts),
    op("GET", "/v1/customers/{id}/events", "event.read", "user.event.read", events),
    op("POST", "/v1/customers/{id}/unmasking-windows", "unmasking_window.create", "user.customer.write", open_window),
    op(
        "DELETE",
        "/v1/customers/{id}/unmasking-windows",
        "unmasking_window.delete",
        "user.customer.write",
        close_window,
    ),
];

/// `GET /v1/customers`
pub fn list(call: &mut Call) -> Answer {
    call.list_all(&Listing::of(Kind::Customer), MOST_ROWS, Totals::Told)
}

/// `GET /v1/customers/{id}`
pub fn get(call: &mut Call) -> Answer {
    call.one(200, Kind::Customer, &call.captured(0), "Customer")
}

/// `GET /v1/customers/email={email}`
pub fn by_email(call: &mut Call) -> Answer {
    let email = call.captured(0);
    found(call, customers::by_email(&call.desk.world, &email))
}

/// `GET /v1/customers/phone={phone}`
pub fn by_phone(call: &mut Call) -> Answer {
    let phone = call.captured(0);
    found(call, call.desk.world.found(Kind::Customer, Index::Phone, &phone).next())
}

/// `GET /v1/customers/externalId={externalId}`
pub fn by_external_id(call: &mut Call) -> Answer {
    let external_id = call.captured(0);
    found(call, call.desk.world.found(Kind::Customer, Index::ExternalId, &external_id).next())
}

fn found(call: &Call, customer: Option<&Doc>) -> Answer {
    customer.map(|doc| call.answer(200, doc)).ok_or_else(|| Refusal::not_found("Customer"))
}

/// `POST /v1/customers`
pub fn create(call: &mut Call) -> Answer {
    let body = call.take_body();
    let id = customers::create(&mut call.act(), body)?;
    call.one(201, Kind::Customer, &id, "Customer")
}

/// `PATCH` and `PUT /v1/customers/{id}`
pub fn update(call: &mut Call) -> Answer {
    let (id, body, mode) = (call.captured(0), call.take_body(), call.mode());
    customers::update(&mut call.act(), &id, body, mode)?;
    call.one(200, Kind::Customer, &id, "Customer")
}

/// `DELETE /v1/customers/{id}`
pub fn delete(call: &mut Call) -> Answer {
    let id = call.captured(0);
    customers::delete(&mut call.act(), &id)?;
    Ok(Reply::done())
}

/// `POST /v1/customers/{id}/unmasking-windows`
pub fn open_window(call: &mut Call) -> Answer {
    let id = call.captured(0);
    customers::unmask(&mut call.act(), &id)?;
    call.one(201, Kind::Customer, &id, "Customer")
}

/// `DELETE /v1/customers/{id}/unmasking-windows`
pub fn close_window(call: &mut Call) -> Answer {
    let id = call.captured(0);
    customers::mask(&mut call.act(), &id)?;
    Ok(Reply::done())
}

/// `GET /v1/customers/{id}/conversations`
pub fn conversations(call: &mut Call) -> Answer {
    children(call, Kind::Conversation)
}

/// `GET /v1/customers/{id}/messages`
pub fn messages(call: &mut Call) -> Answer {
    children(call, Kind::Message)
}

/// `GET /v1/customers/{id}/notes`
pub fn notes(call: &mut Call) -> Answer {
    children(call, Kind::Note)
}

/// `GET /v1/customers/{id}/drafts`
pub fn drafts(call: &mut Call) -> Answer {
    let mut reply = children(call, Kind::Draft)?;
    if let Some(body) = reply.body.as_mut().and_then(Value::as_object_mut) {
        // Always there (Kustomer API reference 14.1), also when nothing is asked to be included.
        body.entry("included").or_insert_with(|| json!([]));
    }
    Ok(reply)
}

fn children(call: &Call, kind: Kind) -> Answer {
    let id = call.captured(0);
    call.desk.world.live(Kind::Customer, &id).ok_or_else(|| Refusal::not_found("Customer"))?;
    let from = call.start_date()?.unwrap_or(i64::MIN);
    let since = |doc: &&Doc| doc.text("createdAt").and_then(times::parse).is_none_or(|at| at >= from);
    call.list(call.desk.world.found(kind, Index::Customer, &id).filter(since), MOST_ROWS, Totals::Untold)
}

/// `GET /v1/customers/{id}/events`: deprecated, always 404 (Kustomer API reference 8.1).
pub fn events(_: &mut Call) -> Answer {
    Err(Refusal::not_found("Endpoint"))
}
