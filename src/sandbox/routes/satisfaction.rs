//! Owns reading the org's survey forms (Kustomer API reference 17). Results stand on conversations and customers.

use crate::sandbox::{
    call::{Answer, Call, MOST_ROWS},
    doc::Kind,
    paging::Totals,
    table::{Op, op},
};

/// The operations of this file, with the roles they accept (Kustomer API reference, appendix A).
pub const OPERATIONS: &[Op] = &[op("GET", "/v1/satisfaction", "satisfaction.read", "user.satisfaction.read", list)];

/// `GET /v1/satisfaction`
pub fn list(call: &mut Call) -> Answer {
    call.list(call.desk.world.all(Kind::SatisfactionForm), MOST_ROWS, Totals::Untold)
}
