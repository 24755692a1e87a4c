//! Owns the seeded world: every record the simulated desk starts with, made from (seed, customers, present). Does not keep
//! or change records (`world`).
//!
//! Two layers, each knowing only what stands left of it:
//!
//! ```text
//! ids, rng, material (assets/sandbox) ─> people ─> holdings ─> threads ─> service, times, traces, conversation ─> customer, org ─> here
//! ```
//!
//! Invariant: a customer's records depend on (seed, index) and shift with the present; never on another customer, never on
//! how many there are. Names and addresses use reserved domains, numbers come from ranges kept for fiction.

use std::{num::NonZero, thread};

use jiff::{Timestamp, fmt::temporal::DateTimePrinter};
use serde_json::{Map, Value};

use crate::sandbox::doc::Doc;
use conversation::Stage;

/// An object from literal keys and values that are moved in, where `json!` would copy them.
macro_rules! fields {
    ($($key:literal: $value:expr),* $(,)?) => {{
        let mut map = serde_json::Map::new();
        $(map.insert($key.to_owned(), serde_json::Value::from($value));)*
        map
    }};
}

mod conversation;
mod customer;
mod holdings;
pub mod ids;
mod material;
mod org;
mod people;
mod rng;
mod service;
mod surveys;
mod threads;
mod times;
mod traces;

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
    everybody(plan, customer_tree)
}

/// The records a desk needs before anybody looks into a conversation: the org's settings and every [`customer_head`].
pub fn generate_heads(plan: &Plan) -> Vec<Doc> {
    everybody(plan, customer_head)
}

/// So many customers are worth a thread of their own.
const MANY: usize = 80;

/// The org's settings and what `make` makes of each customer, in order, made on all processors.
fn everybody(plan: &Plan, make: fn(&Plan, usize) -> Vec<Doc>) -> Vec<Doc> {
    let workers = thread::available_parallelism().map_or(1, NonZero::get).min(plan.customers / MANY + 1);
    let share = plan.customers.div_ceil(workers);
    let part = |worker: usize| {
        let from = worker * share;
        (from..plan.customers.min(from + share)).flat_map(|index| make(plan, index)).collect::<Vec<Doc>>()
    };
    let mut docs = org_docs(plan);
    thread::scope(|scope| {
        let others: Vec<_> = (1..workers).map(|worker| scope.spawn(move || part(worker))).collect();
        docs.extend(part(0));
        for other in others {
            docs.append(&mut other.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
        }
    });
    docs
}

/// The records that belong to no customer: users, teams, queues, tags, SLAs, shortcuts, klasses, metadata.
pub fn org_docs(plan: &Plan) -> Vec<Doc> {
    org::docs(plan)
}

/// One customer with all that is theirs: [`customer_head`] and [`customer_threads`]. Depends on no other customer.
pub fn customer_tree(plan: &Plan, index: usize) -> Vec<Doc> {
    let cast = Cast::of(plan, index);
    let mut docs = cast.head(plan);
    docs.extend(cast.threads(plan));
    docs
}

/// What lists and searches need of a customer: company (with its first customer only), customer, `KObjects`, conversations,
/// drafts. About a fifth of the whole; the rest can be made when somebody looks.
pub fn customer_head(plan: &Plan, index: usize) -> Vec<Doc> {
    Cast::of(plan, index).head(plan)
}

/// The rest of a customer: the messages, notes and events of all their conversations.
pub fn customer_threads(plan: &Plan, index: usize) -> Vec<Doc> {
    Cast::of(plan, index).threads(plan)
}

/// A customer before any record is written.
struct Cast {
    person: people::Person,
    held: holdings::Holdings,
    scripts: Vec<threads::Script>,
}

impl Cast {
    fn of(plan: &Plan, index: usize) -> Self {
        let person = people::person(plan, index);
        let held = holdings::holdings(plan, &person);
        let scripts = threads::scripts(plan, &person, &held);
        Self { person, held, scripts }
    }

    fn stages<'a>(&'a self, plan: &'a Plan) -> impl Iterator<Item = Stage<'a>> {
        (0..).zip(&self.scripts).map(move |(position, script)| Stage::new(plan, &self.person, script, position))
    }

    fn head(&self, plan: &Plan) -> Vec<Doc> {
        let (mut conversations, mut summaries) = (Vec::new(), Vec::new());
        for stage in self.stages(plan) {
            conversations.extend(stage.head());
            summaries.push(stage.summary());
        }
        let company = self.person.company.as_ref().filter(|company| company.member == 0);
        let mut docs: Vec<Doc> = company.map(|company| customer::company_doc(plan, company)).into_iter().collect();
        docs.push(customer::doc(plan, &self.person, &summaries));
        docs.extend(holdings::docs(plan, &self.person, &self.held));
        docs.append(&mut conversations);
        docs
    }

    fn threads(&self, plan: &Plan) -> Vec<Doc> {
        self.stages(plan).flat_map(|stage| stage.parts()).collect()
    }
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
