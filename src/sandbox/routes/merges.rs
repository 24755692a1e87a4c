//! Owns the operations on merges of customers (Kustomer API reference 8.5).

use crate::sandbox::{
    call::{Answer, Call, MOST_ROWS},
    doc::{Doc, Kind},
    errors::Refusal,
    paging::Totals,
    records::merges,
    table::{Op, op},
};

/// The operations of this file, with the roles they accept (Kustomer API reference, appendix A).
pub const OPERATIONS: &[Op] = &[
    op(
        "POST",
        "/v1/customers/merges",
        "customer_merge.create",
        "admin.customer.merge.write user.customer.write",
        create,
    ),
    // That reading one wants the role to make one is a quirk of the reference, kept.
    op(
        "GET",
        "/v1/customers/merges/{id}",
        "customer_merge.create",
        "admin.customer.merge.read user.customer.read",
        get,
    ),
    op(
        "GET",
        "/v1/customers/{id}/merges",
        "customer_merge.read",
        "admin.customer.merge.read user.customer.read",
        of_customer,
    ),
];

/// `POST /v1/customers/merges`
pub fn create(call: &mut Call) -> Answer {
    let body = call.take_body();
    let id = merges::start(&mut call.act(), body)?;
    call.one(201, Kind::CustomerMerge, &id, "Merge")
}

/// `GET /v1/customers/merges/{id}`
pub fn get(call: &mut Call) -> Answer {
    call.one(200, Kind::CustomerMerge, &call.captured(0), "Merge")
}

/// `GET /v1/customers/{id}/merges`: also of a customer that went up in another one.
pub fn of_customer(call: &mut Call) -> Answer {
    let id = call.captured(0);
    call.desk.world.get(Kind::Customer, &id).ok_or_else(|| Refusal::not_found("Customer"))?;
    let is_theirs = |doc: &&Doc| ["source", "target"].iter().any(|name| doc.related_id(name) == Some(&id));
    call.list(call.desk.world.all(Kind::CustomerMerge).filter(is_theirs), MOST_ROWS, Totals::Untold)
}
