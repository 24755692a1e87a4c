//! Owns the note operations (Kustomer API reference 13).

use serde_json::Value;

use crate::sandbox::{
    call::{Answer, Call, MOST_ROWS, Reply},
    doc::Kind,
    errors::Refusal,
    paging::Totals,
    records::notes,
    world::is_deleted,
};

/// `GET /v1/notes`
pub fn list(call: &mut Call) -> Answer {
    let docs = call.desk.world.all(Kind::Note).filter(|doc| !is_deleted(doc));
    call.list(docs, MOST_ROWS, Totals::Untold)
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
