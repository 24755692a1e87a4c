//! Owns the operations on forwards (Kustomer API reference 15). Their files are `attachments`' business.

use crate::sandbox::{
    call::{Answer, Call, MOST_ROWS},
    doc::Kind,
    errors::Refusal,
    paging::Totals,
    records::forwards,
    table::{Op, op},
    world::Index,
};

/// The operations of this file, with the roles they accept (Kustomer API reference, appendix A). Reading one takes any key:
/// the older source wants `draft.read`, the newer one nothing (27).
pub const OPERATIONS: &[Op] = &[
    op("GET", "/v1/conversations/{id}/forwards", "draft.read", "user.draft.read", list),
    op(
        "POST",
        "/v1/conversations/{id}/forwards",
        "conversation_forward.create",
        "user.conversation_forward.write",
        create,
    ),
    op("GET", "/v1/forwards/{id}", "", "", get),
    op("PUT", "/v1/forwards/{id}", "", "", update),
];

/// `GET /v1/conversations/{id}/forwards`
pub fn list(call: &mut Call) -> Answer {
    let id = call.captured(0);
    call.desk.world.live(Kind::Conversation, &id).ok_or_else(|| Refusal::not_found("Conversation"))?;
    call.list(call.desk.world.found(Kind::Forward, Index::Conversation, &id), MOST_ROWS, Totals::Untold)
}

/// `POST /v1/conversations/{id}/forwards`: 200, not 201
pub fn create(call: &mut Call) -> Answer {
    let (conversation, body) = (call.captured(0), call.take_body());
    let id = forwards::create(&mut call.act(), &conversation, body)?;
    call.one(200, Kind::Forward, &id, "Forward")
}

/// `GET /v1/forwards/{id}`
pub fn get(call: &mut Call) -> Answer {
    call.one(200, Kind::Forward, &call.captured(0), "Forward")
}

/// `PUT /v1/forwards/{id}`
pub fn update(call: &mut Call) -> Answer {
    let (id, body) = (call.captured(0), call.take_body());
    forwards::update(&mut call.act(), &id, body)?;
    call.one(200, Kind::Forward, &id, "Forward")
}
