//! Owns the draft operations (Kustomer API reference 14.1). Making answers 200 with the five documented attributes only,
//! changing adds the `body`; the list has them all.

use serde_json::json;

use crate::sandbox::{
    call::{Answer, Call, MOST_ROWS, Reply},
    doc::Kind,
    errors::Refusal,
    paging::Totals,
    records::drafts,
    table::{Op, op},
};

/// The operations of this file, with the roles they accept (Kustomer API reference, appendix A).
pub const OPERATIONS: &[Op] = &[
    op("POST", "/v1/customers/{id}/drafts", "", "", create),
    op("PUT", "/v1/drafts/{id}", "", "", update),
    op("DELETE", "/v1/drafts/{id}", "", "", delete),
    op("GET", "/v1/outboundAccounts", "apps.read", "user.apps.read", accounts),
];

const BRIEF: &[&str] = &["channel", "status", "createdAt", "updatedAt", "modifiedAt"];
const CHANGED: &[&str] = &["channel", "status", "createdAt", "updatedAt", "modifiedAt", "body"];

/// `POST /v1/customers/{id}/drafts`
pub fn create(call: &mut Call) -> Answer {
    let (customer, body) = (call.captured(0), call.take_body());
    let id = drafts::create(&mut call.act(), &customer, body)?;
    brief(call, &id, BRIEF)
}

/// `PUT /v1/drafts/{id}`
pub fn update(call: &mut Call) -> Answer {
    let (id, body) = (call.captured(0), call.take_body());
    drafts::update(&mut call.act(), &id, body)?;
    brief(call, &id, CHANGED)
}

/// `DELETE /v1/drafts/{id}`
pub fn delete(call: &mut Call) -> Answer {
    let id = call.captured(0);
    let files = drafts::delete(&mut call.act(), &id)?;
    call.desk.files.forget(files.iter().map(String::as_str));
    Ok(Reply::done())
}

/// `GET /v1/outboundAccounts`: whom messages can come from. There is one brand, so its visibility hides nothing.
pub fn accounts(call: &mut Call) -> Answer {
    call.list(call.desk.world.all(Kind::OutboundAccount), MOST_ROWS, Totals::Untold)
}

fn brief(call: &Call, id: &str, names: &[&str]) -> Answer {
    let doc = call.desk.world.get(Kind::Draft, id).ok_or_else(|| Refusal::not_found("Draft"))?;
    Ok(Reply::json(200, json!({ "data": call.view().resource_of(doc, names) })))
}
