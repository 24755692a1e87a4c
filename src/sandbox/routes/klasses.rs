//! Owns the operations on klasses, the types of `KObjects` (Kustomer API reference 18.1). That `GET /v1/klasses/{x}` is a klass
//! or a list of `KObjects` is decided in `kobjects`.

use crate::sandbox::{
    call::{Answer, Call, MOST_ROWS, Reply},
    doc::{Doc, Kind},
    errors::Refusal,
    paging::Totals,
    records::klasses,
    table::{Op, op},
    world::is_deleted,
};

/// The operations of this file, with the roles they accept (Kustomer API reference, appendix A).
pub const OPERATIONS: &[Op] = &[
    op("GET", "/v1/klasses", "klass.read", "admin.klass.read user.klass.read", list),
    op("POST", "/v1/klasses", "klass.create", "admin.klass.write", create),
    op("PUT", "/v1/klasses/{id}", "klass.update", "admin.klass.write", update),
    op("DELETE", "/v1/klasses/{id}", "klass.delete", "admin.klass.write", delete),
];

/// `GET /v1/klasses`: those of one `status`, the enabled ones when nothing is said.
pub fn list(call: &mut Call) -> Answer {
    let wanted = call.query.get("status").unwrap_or("enabled");
    if !["enabled", "existing_only", "disabled"].contains(&wanted) {
        return Err(Refusal::invalid("status", "must be one of enabled, existing_only, disabled"));
    }
    let fits = |doc: &&Doc| !is_deleted(doc) && doc.text("status").unwrap_or("enabled") == wanted;
    call.list(call.desk.world.all(Kind::Klass).filter(fits), MOST_ROWS, Totals::Untold)
}

/// `POST /v1/klasses`: 200, not 201
pub fn create(call: &mut Call) -> Answer {
    let body = call.take_body();
    let id = klasses::create(&mut call.act(), body)?;
    call.one(200, Kind::Klass, &id, "Klass")
}

/// `PUT /v1/klasses/{id}`
pub fn update(call: &mut Call) -> Answer {
    let (id, body) = (call.captured(0), call.take_body());
    klasses::update(&mut call.act(), &id, body)?;
    call.one(200, Kind::Klass, &id, "Klass")
}

/// `DELETE /v1/klasses/{id}`
pub fn delete(call: &mut Call) -> Answer {
    let id = call.captured(0);
    klasses::delete(&mut call.act(), &id)?;
    Ok(Reply::done())
}
