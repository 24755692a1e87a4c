//! Owns the note operations (Kustomer API reference 13).

use serde_json::Value;

use crate::sandbox::{
    bulk::{Operation, Target},
    call::{Answer, Call, MOST_ROWS, Reply},
    doc::Kind,
    errors::Refusal,
    paging::Totals,
    records::notes,
    table::{Op, op},
    world::Listing,
};

/// The operations of this file, with the roles they accept (Kustomer API reference, appendix A).
pub const OPERATIONS: &[Op] = &[
    // That a legacy reader may write notes here is a quirk of the reference, kept.
    op("POST", "/v1/conversations/{id}/notes", "note.create", "user.note.read", create_in_conversation),
    op("POST", "/v1/notes/bulk", "note.create", "user.note.write", |call| {
        super::bulk::accept(call, Operation::Create, Target::Notes, 201)
    }),
    op("PUT", "/v1/notes/bulk", "note.update", "user.note.write", |call| {
        super::bulk::accept(call, Operation::Update, Target::Notes, 201)
    }),
    op("GET", "/v1/notes", "note.read", "user.note.read", list),
    op("POST", "/v1/notes", "note.create", "user.note.write", create),
    op("GET", "/v1/notes/{id}", "note.read", "user.note.read", get),
    op("PATCH", "/v1/notes/{id}", "note.update", "user.note.write", patch),
    op("PUT", "/v1/notes/{id}", "note.update", "user.note.write", put),
    op("DELETE", "/v1/notes/{id}", "note.delete", "user.note.write", delete),
];

/// `GET /v1/notes`
pub fn list(call: &mut Call) -> Answer {
    call.list_all(&Listing::of(Kind::Note), MOST_ROWS, Totals::Untold)
}

/// `GET /v1/notes/{id}`
pub fn get(call: &mut Call) -> Answer {
    call.one(200, Kind::Note, &call.captured(0), "Note")
}

/// `POST /v1/notes`
pub fn create(call: &mut Call) -> Answer {
    let body = call.take_body();
    created(call, body)
}

/// `POST /v1/conversations/{id}/notes`
pub fn create_in_conversation(call: &mut Call) -> Answer {
    let conversation = call.captured(0);
    call.desk.world.live(Kind::Conversation, &conversation).ok_or_else(|| Refusal::not_found("Conversation"))?;
    let body = call.take_body_with("conversation", &conversation);
    created(call, body)
}

fn created(call: &mut Call, body: Value) -> Answer {
    let id = notes::create(&mut call.act(), body)?;
    call.one(201, Kind::Note, &id, "Note")
}

/// `PATCH /v1/notes/{id}`
pub fn patch(call: &mut Call) -> Answer {
    let (id, body, mode) = (call.captured(0), call.take_body(), call.mode());
    notes::update(&mut call.act(), &id, body, mode)?;
    match call.desk.world.get(Kind::Note, &id) {
        Some(doc) => Ok(call.answer(200, doc)),
        None => Err(Refusal::not_found("Note")),
    }
}

/// `PUT /v1/notes/{id}`: `conversation` and `body` are required.
pub fn put(call: &mut Call) -> Answer {
    let missing = ["conversation", "body"].into_iter().find(|name| call.body.get(name).is_none());
    match missing {
        Some(name) => Err(Refusal::invalid(name, "is required")),
        None => patch(call),
    }
}

/// `DELETE /v1/notes/{id}`
pub fn delete(call: &mut Call) -> Answer {
    let id = call.captured(0);
    notes::delete(&mut call.act(), &id)?;
    Ok(Reply::done())
}
