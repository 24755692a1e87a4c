//! Owns the bulk operations: asking for a job and looking at it (Kustomer API reference 21).

use serde_json::{Value, json};

use crate::sandbox::{
    bulk::{Operation, Order, Target},
    call::{Answer, Call, Reply},
    doc::Kind,
    errors::Refusal,
    records::kobjects,
    table::{Op, op},
};

/// The operations of this file, with the roles they accept (Kustomer API reference, appendix A).
pub const OPERATIONS: &[Op] = &[
    op("GET", "/v1/bulk/{id}", "bulk.read", "user.bulk.read", get),
    op("GET", "/v1/bulk/{id}/batches", "bulk.read", "user.bulk.read", batches),
];

/// Asks for a job. The status differs by resource and operation; the table of operations says which.
pub fn accept(call: &mut Call, operation: Operation, target: Target, status: u16) -> Answer {
    if let Target::Kobjects(klass) = &target {
        kobjects::klass(&call.desk.world, klass)?;
    }
    let body = call.take_body();
    let path = call.path.strip_suffix("/bulk").unwrap_or(call.path);
    let order = Order { operation, target, query: &call.query, body, path, key: call.key };
    let id = call.desk.jobs.accept(&mut call.desk.world, order, call.now)?;
    job(call, &id, status)
}

/// `GET /v1/bulk/{id}`
pub fn get(call: &mut Call) -> Answer {
    job(call, &call.captured(0), 200)
}

fn job(call: &Call, id: &str, status: u16) -> Answer {
    let mut doc = call.desk.world.get(Kind::Bulk, id).cloned().ok_or_else(|| Refusal::not_found("Bulk"))?;
    doc.attributes.extend(call.desk.jobs.progress(id, call.now).unwrap_or_default());
    Ok(call.answer(status, &doc))
}

/// `GET /v1/bulk/{id}/batches`
pub fn batches(call: &mut Call) -> Answer {
    let batches = call.desk.jobs.batches(&call.captured(0), call.now);
    let batches: Vec<Value> = batches.ok_or_else(|| Refusal::not_found("Bulk"))?;
    Ok(Reply::json(200, json!({ "data": batches })))
}
