//! Owns the seeded world: every record the simulated desk starts with, made from (seed, customers, present). Does not keep
//! or change records (`world`).
//!
//! Two layers, each knowing only what stands left of it:
//!
//! ```text
//! ids, rng, material (assets/sandbox) ─> people ─> holdings ─> threads ─> service, times, traces, conversation ─> customer, org ─> here
//!                                           people, holdings ─> lookup: from a value back to its customer
//!                                           people, threads ─> sketch: what is known without writing conversations
//! ```
//!
//! What belongs to one customer is their *tree*, made in three [`Part`]s so that a world of a million customers can leave
//! nearly all of it unmade.
//!
//! Invariant: a customer's records depend on (seed, index) and shift with the present; never on another customer, never on
//! how many there are. Names and addresses use reserved domains, numbers come from ranges kept for fiction.

use std::{num::NonZero, ops::Range, thread};

use jiff::{Timestamp, fmt::temporal::DateTimePrinter};
use serde_json::{Map, Value};

use crate::sandbox::doc::{Doc, Kind};
use conversation::Stage;

/// An object from literal keys and values that are moved in, where `json!` would copy them.
macro_rules! fields {
    ($($key:literal: $value:expr),* $(,)?) => {{
        let mut map = serde_json::Map::new();
        $(map.insert($key.to_owned(), serde_json::Value::from($value));)*
        map
    }};
}

mod administration;
mod conversation;
mod customer;
mod holdings;
pub mod ids;
pub mod lookup;
mod material;
mod org;
mod people;
mod rng;
mod service;
pub mod sketch;
mod surveys;
mod threads;
mod times;
mod traces;
mod voice;

pub use threads::{Occasion, Spoken};
pub use voice::Voice;

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

/// The most customers a world can have: about four million conversations.
pub const MOST_CUSTOMERS: usize = 1_000_000;

/// So many customers keep the desk busy, however many there are: only they have open or snoozed conversations, drafts,
/// anything that falls due. All others are history, so that queue and timers never need them.
pub const BUSY: usize = 2_000;

/// A part of a customer's tree that is made at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Part {
    /// The company, which stands in the tree of its first customer.
    Company,
    /// What lists and searches need: the customer, `KObjects`, conversations, drafts.
    Head,
    /// What was said and done in the conversations: messages, notes, events and all that hangs on them.
    Threads,
}

/// All parts.
pub const PARTS: [Part; 3] = [Part::Company, Part::Head, Part::Threads];

impl Part {
    /// The part in which seeded records of a kind stand; none for kinds of the org.
    pub fn of(kind: Kind) -> Option<Self> {
        match kind {
            Kind::Company => Some(Self::Company),
            Kind::Customer | Kind::Kobject | Kind::Conversation | Kind::Draft => Some(Self::Head),
            Kind::Message
            | Kind::Note
            | Kind::Event
            | Kind::Session
            | Kind::Attachment
            | Kind::Forward
            | Kind::ConversationTime => Some(Self::Threads),
            _ => None,
        }
    }
}

/// One part of one customer's tree. Depends on no other customer.
pub fn part(plan: &Plan, index: usize, part: Part) -> Vec<Doc> {
    match part {
        Part::Company => {
            let company = people::company(plan, index).filter(|company| company.member == 0);
            company.map(|company| customer::company_doc(plan, &company)).into_iter().collect()
        }
        Part::Head => Cast::of(plan, index).head(plan),
        Part::Threads => Cast::of(plan, index).threads(plan),
    }
}

/// The heads of these customers, in order, made on all processors.
pub fn heads(plan: &Plan, customers: Range<usize>) -> Vec<Vec<Doc>> {
    let workers = thread::available_parallelism().map_or(1, NonZero::get).min(customers.len() / MANY + 1);
    let share = customers.len().div_ceil(workers);
    let some = |worker: usize| {
        let from = customers.start + worker * share;
        (from..customers.end.min(from + share)).map(|index| part(plan, index, Part::Head)).collect::<Vec<_>>()
    };
    thread::scope(|scope| {
        let others: Vec<_> = (1..workers).map(|worker| scope.spawn(move || some(worker))).collect();
        let mut heads = some(0);
        for other in others {
            heads.append(&mut other.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
        }
        heads
    })
}

/// So many customers are worth a thread of their own.
const MANY: usize = 80;

/// The records that belong to no customer: users, teams, queues, tags, SLAs, shortcuts, klasses, metadata.
pub fn org_docs(plan: &Plan) -> Vec<Doc> {
    org::docs(plan)
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
        let mut docs = vec![customer::doc(plan, &self.person, &summaries)];
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
#[cfg(test)]
pub use world_test::generate;
