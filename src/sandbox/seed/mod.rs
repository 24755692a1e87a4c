//! Owns the seeded world: every record the simulated desk starts with, made from (seed, customers, present). Does not keep
//! or change records (`world`).
//!
//! Two layers, each knowing only what stands left of it:
//!
//! ```text
//! ids, rng, material (assets/sandbox) ─> people ─> holdings ─> threads ─> service, conversation ─> customer, org ─> here
//! ```
//!
//! Invariant: a customer's records depend on (seed, index) and shift with the present; never on another customer, never on
//! how many there are. Names and addresses use reserved domains, numbers come from ranges kept for fiction.

use jiff::{Timestamp, fmt::temporal::DateTimePrinter};
use serde_json::{Map, Value};

use crate::sandbox::doc::Doc;

mod conversation;
mod customer;
mod holdings;
pub mod ids;
mod material;
mod org;
mod people;
mod rng;
mod service;
mod threads;

/// What world to make.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Plan {
    /// The same seed gives the same people and words.
    pub seed: u64,
    /// How many customers there are; everything else follows (about four conversations each).
    pub customers: usize,
    /// The world's present, milliseconds since the Unix epoch: all its times are offsets from here.
    pub now_ms: i64,
}

/// All records of the world: the org's settings first, then each customer with all that is theirs.
pub fn generate(plan: &Plan) -> Vec<Doc> {
    let mut docs = org_docs(plan);
    docs.extend((0..plan.customers).flat_map(|index| customer_tree(plan, index)));
    docs
}

/// The records that belong to no customer: users, teams, queues, tags, SLAs, shortcuts, klasses, metadata.
pub fn org_docs(plan: &Plan) -> Vec<Doc> {
    org::docs(plan)
}

/// One customer with all that is theirs: company (with its first customer only), customer, KObjects, conversations with
/// messages, notes, drafts and events. Depends on no other customer.
pub fn customer_tree(plan: &Plan, index: usize) -> Vec<Doc> {
    let person = people::person(plan, index);
    let held = holdings::holdings(plan, &person);
    let mut children = holdings::docs(plan, &person, &held);
    let mut summaries = Vec::new();
    for (position, script) in threads::scripts(plan, &person, &held).iter().enumerate() {
        let (docs, summary) = conversation::docs(plan, &person, script, position);
        children.extend(docs);
        summaries.push(summary);
    }
    let mut docs = Vec::with_capacity(children.len() + 2);
    docs.extend(
        person
            .company
            .as_ref()
            .filter(|company| company.member == 0)
            .map(|company| customer::company_doc(plan, company)),
    );
    docs.push(customer::doc(plan, &person, &summaries));
    docs.append(&mut children);
    docs
}

/// A time as the desk writes it: ISO 8601, UTC, three digits of a second.
fn stamp(ms: i64) -> String {
    static PRINTER: DateTimePrinter = DateTimePrinter::new().precision(Some(3));
    PRINTER.timestamp_to_string(&Timestamp::from_millisecond(ms).unwrap_or_default())
}

/// The attributes of a `json!` object; empty for anything else.
fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(map) => map,
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => Map::new(),
    }
}

#[cfg(test)]
mod world_test;
