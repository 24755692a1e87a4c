//! Owns reading what customers did on the org's own pages: sessions and their events (Kustomer API reference 8.1).

use crate::sandbox::{
    call::{Answer, Call, MOST_ROWS},
    doc::{Doc, Kind},
    errors::Refusal,
    paging::Totals,
    table::{Op, op},
    world::Index,
};

/// The operations of this file, with the roles they accept (Kustomer API reference, appendix A).
pub const OPERATIONS: &[Op] = &[
    op("GET", "/v1/customers/{id}/sessions", "event.read", "user.event.read", list),
    op("GET", "/v1/customers/{customerId}/sessions/{sessionId}/events", "event.read", "user.event.read", events),
    op("GET", "/v1/customers/{customerId}/events/{id}", "event.read", "user.event.read", event),
];

fn customer(call: &Call) -> Result<String, Refusal> {
    let id = call.captured(0);
    call.desk.world.live(Kind::Customer, &id).ok_or_else(|| Refusal::not_found("Customer"))?;
    Ok(id)
}

/// `GET /v1/customers/{id}/sessions`
pub fn list(call: &mut Call) -> Answer {
    let customer = customer(call)?;
    call.list(call.desk.world.found(Kind::Session, Index::Customer, &customer), MOST_ROWS, Totals::Untold)
}

/// `GET /v1/customers/{customerId}/sessions/{sessionId}/events`
pub fn events(call: &mut Call) -> Answer {
    let (customer, session) = (customer(call)?, call.captured(1));
    let is_theirs = |doc: &&Doc| doc.related_id("customer") == Some(&customer);
    let known = call.desk.world.live(Kind::Session, &session).filter(is_theirs);
    known.ok_or_else(|| Refusal::not_found("Session"))?;
    let of_session = |doc: &&Doc| doc.related_id("session") == Some(&session);
    let events = call.desk.world.found(Kind::Event, Index::Customer, &customer).filter(of_session);
    call.list(events, MOST_ROWS, Totals::Untold)
}

/// `GET /v1/customers/{customerId}/events/{id}`
pub fn event(call: &mut Call) -> Answer {
    let (customer, id) = (customer(call)?, call.captured(1));
    let event = call.desk.world.live(Kind::Event, &id).filter(|doc| doc.related_id("customer") == Some(&customer));
    event.map(|doc| call.answer(200, doc)).ok_or_else(|| Refusal::not_found("Event"))
}
