//! Owns the operations on spam senders (Kustomer API reference 24). What being on a list does to a message is in the
//! records.

use crate::sandbox::{
    call::{Answer, Call, Reply},
    doc::Kind,
    errors::Refusal,
    records::spam,
    table::{Op, op},
};

/// The operations of this file, with the roles they accept (Kustomer API reference, appendix A).
pub const OPERATIONS: &[Op] = &[
    op("GET", "/v1/spam/senders", "spam.read", "admin.spam.read", |call| super::plain::list(call, Kind::SpamSender)),
    op("PUT", "/v1/spam/senders", "spam.update", "admin.spam.write", upsert),
    op("DELETE", "/v1/spam/senders/{id}", "spam.delete", "admin.spam.write", delete),
];

fn upsert(call: &mut Call) -> Answer {
    let body = call.take_body();
    let id = spam::upsert(&mut call.act(), body)?;
    call.one(200, Kind::SpamSender, &id, "Spam sender")
}

fn delete(call: &mut Call) -> Answer {
    let id = call.captured(0);
    call.desk.world.remove(Kind::SpamSender, &id).ok_or_else(|| Refusal::not_found("Spam sender"))?;
    Ok(Reply::done())
}
