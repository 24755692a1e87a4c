//! Owns the tag operations (Kustomer API reference 24).
//!
//! Decided here (unverified in the reference, which shows the list alone): `POST /v1/tags` makes one (201), `GET` and
//! `PUT /v1/tags/{id}` read and change one, `deleted: true` deletes and `deleted: null` restores; names are unique.

use serde_json::json;

use crate::sandbox::{
    call::{Answer, Call, MOST_ROWS},
    doc::Kind,
    paging::Totals,
    records::plain::Plain,
    schema::settings,
    table::{Op, op},
    world::is_deleted,
};

/// The operations of this file, with the roles they accept.
pub const OPERATIONS: &[Op] = &[
    op("GET", "/v1/tags", "tag.read", "user.tag.read admin.tag.read", list),
    op("POST", "/v1/tags", "tag.create", "admin.tag.write", |call| TAG.create(call, 201)),
    op("GET", "/v1/tags/{id}", "tag.read", "user.tag.read admin.tag.read", |call| TAG.one(call, 200)),
    op("PUT", "/v1/tags/{id}", "tag.update", "admin.tag.write", |call| TAG.update(call, 200)),
];

const TAG: Plain = Plain {
    unique: &["name"],
    ..Plain::new(Kind::Tag, "Tag", settings::TAG, || json!({ "color": "grey", "deleted": false }))
};

/// `GET /v1/tags`: those not deleted unless `deleted=true`.
fn list(call: &mut Call) -> Answer {
    let deleted = call.query.is_true("deleted");
    call.list(call.desk.world.all(Kind::Tag).filter(|doc| is_deleted(doc) == deleted), MOST_ROWS, Totals::Untold)
}
