//! Owns everything the simulated desk knows: records by kind and id, the ways to find them, and what is due when. Does not
//! decide who may see or change a record (`roles`, `routes`) nor what a change brings about (`desk`).
//!
//! A world of any size has the same face. What was made or changed is held in memory (`shelves`); a seeded customer nobody
//! has changed is made when somebody looks and forgotten later (`history`). The first change to a part of a customer's tree
//! moves that part to the shelves for good.
//!
//! Invariants: all changes go through [`World::put`], [`World::edit`] and [`World::remove`], which count each one and note
//! it in the journal; only [`World::rewrite`] leaves no note, so that what a redaction takes out is kept nowhere. Whether a
//! record came from the shelves or from history shows in no answer.

mod history;
mod listing;
mod shelves;

use std::collections::BTreeSet;

use serde_json::Value;

use self::{history::History, listing::Counts, shelves::Shelves};
use super::{
    doc::{Doc, Kind},
    journal::{Change, Journal},
    masking::Sensitive,
    mint::Mint,
    seed::{self, Part, Plan, lookup},
};
pub use history::MOST_MADE;
pub use listing::{Listing, Order};

/// A way to find records of one kind by a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Index {
    /// By the customer they belong to.
    Customer,
    /// By the conversation they belong to.
    Conversation,
    /// By the company they belong to.
    Company,
    /// `KObjects` by the name of their klass.
    Klass,
    /// SLA versions by their SLA.
    Sla,
    /// By the org's own id; for `KObjects` see [`kobject_key`].
    ExternalId,
    /// Customers by an address that is theirs alone, lower case.
    Email,
    /// Customers by a phone number that is theirs alone.
    Phone,
    /// Klasses and tags by name.
    Name,
}

/// Something that happens by itself at a time.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Timer {
    /// A snoozed conversation opens again.
    Snooze(String),
    /// A scheduled draft is sent.
    Draft(String),
    /// A scheduled forward is sent.
    Forward(String),
    /// A merge of two customers ends.
    Merge(String),
    /// A customer does something.
    Live,
    /// A batch (by its number) of a bulk job is done.
    Batch(String, usize),
}

/// The store.
#[derive(Debug)]
pub struct World {
    shelves: Shelves,
    history: History,
    /// The seeded customers of whom anything was changed, or who were given something that the seed does not know.
    touched: BTreeSet<usize>,
    counts: Counts,
    changes: u64,
    journal: Journal,
    /// Makes the ids of new records.
    pub mint: Mint,
    /// What the org's metadata marks sensitive.
    pub sensitive: Sensitive,
}

impl World {
    /// A world of these records and no seeded customer.
    #[cfg(test)]
    pub fn new(docs: Vec<Doc>, mint: Mint) -> Self {
        Self { mint, ..Self::from(docs) }
    }

    /// The world of a plan: the org's records and the busy customers' heads, so that what is due is known; the rest is made
    /// when somebody looks.
    pub fn seeded(plan: &Plan) -> Self {
        let mut world = Self::untouched(plan, seed::org_docs(plan));
        let busy = 0..plan.customers.min(seed::BUSY);
        for (index, head) in busy.clone().zip(seed::heads(plan, busy)) {
            world.history.given_up(index, Part::Head);
            for doc in head {
                world.shelves.place(doc);
            }
        }
        world
    }

    /// The world of a plan as nobody has changed it, with these records of the org and nothing in memory yet.
    pub fn untouched(plan: &Plan, org: Vec<Doc>) -> Self {
        Self::of(org, History::new(*plan), Mint::new(plan.seed))
    }

    fn of(docs: Vec<Doc>, history: History, mint: Mint) -> Self {
        let mut shelves = Shelves::default();
        for doc in docs {
            shelves.place(doc);
        }
        let sensitive = Sensitive::read(shelves.all(Kind::Metadata));
        Self {
            shelves,
            history,
            touched: BTreeSet::new(),
            counts: Counts::default(),
            changes: 0,
            journal: Journal::default(),
            mint,
            sensitive,
        }
    }

    /// How often anything has changed: the evidence that a request had an effect.
    pub fn changes(&self) -> u64 {
        self.changes
    }

    /// A record, deleted ones too.
    pub fn get(&self, kind: Kind, id: &str) -> Option<&Doc> {
        self.shelves.get(kind, id).or_else(|| self.history.get(kind, id))
    }

    /// A record that is not deleted.
    pub fn live(&self, kind: Kind, id: &str) -> Option<&Doc> {
        self.get(kind, id).filter(|doc| !is_deleted(doc))
    }

    /// All records of a kind by id, deleted ones too. For kinds of the org: of those that belong to customers a large world
    /// has millions; page through a [`Listing`] instead.
    pub fn all(&self, kind: Kind) -> impl DoubleEndedIterator<Item = &Doc> {
        self.page(&Listing { deleted: true, ..Listing::of(kind) }, Order::Ascending, 0, usize::MAX).into_iter()
    }

    /// The records of a kind that are not deleted and have this value, by id.
    pub fn found<'w>(
        &'w self,
        kind: Kind,
        index: Index,
        key: &str,
    ) -> impl DoubleEndedIterator<Item = &'w Doc> + use<'w> {
        self.found_any(kind, index, key).filter(|doc| !is_deleted(doc))
    }

    /// As [`Self::found`], deleted ones too.
    pub fn found_any<'w>(
        &'w self,
        kind: Kind,
        index: Index,
        key: &str,
    ) -> impl DoubleEndedIterator<Item = &'w Doc> + use<'w> {
        let mut docs = self.history.with(kind, index, key);
        docs.extend(self.shelves.with(kind, index, key));
        docs.sort_by(|a, b| a.id.cmp(&b.id));
        docs.into_iter()
    }

    /// What the seeded world is made from.
    pub fn plan(&self) -> &Plan {
        self.history.plan()
    }

    /// The seeded customers of whom anything was changed, or to whom something was added.
    pub fn touched(&self) -> &BTreeSet<usize> {
        &self.touched
    }

    /// The records of a kind that are in memory for good: everything but what can be made again from the plan.
    pub fn shelved(&self, kind: Kind) -> impl Iterator<Item = &Doc> {
        self.shelves.all(kind)
    }

    /// The records of a kind in the tree of one seeded customer that are not [shelved](Self::shelved).
    pub fn seeded_part(&self, index: usize, kind: Kind) -> &[Doc] {
        self.history.of(index, kind)
    }

    /// The record of the relationship, if it is there.
    pub fn related(&self, doc: &Doc, name: &str) -> Option<&Doc> {
        doc.related.get(name).and_then(|(kind, id)| self.get(*kind, id))
    }

    /// Which of these seeded customers nobody has looked at lately: showing them takes as long as making them.
    pub fn unmade(&self, customers: std::ops::Range<usize>) -> Vec<usize> {
        self.history.unmade(customers)
    }

    /// Takes in the heads of customers that were made while the desk did something else (see [`seed::part`]).
    pub fn keep_heads(&mut self, heads: Vec<(usize, Vec<Doc>)>) {
        for (index, docs) in heads {
            self.history.keep_head(index, docs);
        }
    }

    /// Adds a record or replaces the one with the same kind and id.
    pub fn put(&mut self, doc: Doc) {
        let is_metadata = doc.kind == Kind::Metadata;
        let before = self.take(doc.kind, &doc.id);
        self.note(before, Some(&doc));
        self.shelves.place(doc);
        if is_metadata {
            self.sensitive = Sensitive::read(self.shelves.all(Kind::Metadata));
        }
    }

    /// Changes a record in place; false when there is none.
    pub fn edit(&mut self, kind: Kind, id: &str, change: impl FnOnce(&mut Doc)) -> bool {
        let Some(mut doc) = self.take(kind, id) else { return false };
        let before = doc.clone();
        change(&mut doc);
        self.note(Some(before), Some(&doc));
        self.shelves.place(doc);
        true
    }

    /// Changes a record and leaves no trace of what it was: for content that must not be kept anywhere.
    pub fn rewrite(&mut self, kind: Kind, id: &str, change: impl FnOnce(&mut Doc)) {
        if let Some(mut doc) = self.take(kind, id) {
            change(&mut doc);
            self.mark(&doc);
            self.changes += 1;
            self.shelves.place(doc);
        }
    }

    /// Takes a record out for good.
    pub fn remove(&mut self, kind: Kind, id: &str) -> Option<Doc> {
        let doc = self.take(kind, id);
        self.note(doc.clone(), None);
        doc
    }

    /// The changes since they were last taken: those of the step that ends now.
    pub fn take_journal(&mut self) -> Vec<Change> {
        self.journal.take()
    }

    /// Forgets customers nobody has looked at lately. To be called between steps.
    pub fn forget_idle(&mut self) {
        self.history.forget(MOST_MADE);
    }

    /// Forgets all customers that can be made again.
    pub fn forget_all(&mut self) {
        self.history.forget(0);
    }

    /// Has something happen at `at` (milliseconds since the epoch).
    pub fn schedule(&mut self, at: i64, timer: Timer) {
        self.shelves.schedule(at, timer);
    }

    /// Takes the earliest thing due by `now`, with its time.
    pub fn take_due(&mut self, now: i64) -> Option<(i64, Timer)> {
        self.shelves.take_due(now)
    }

    /// When the next thing happens by itself.
    pub fn next_due(&self) -> Option<i64> {
        self.shelves.next_due()
    }

    fn note(&mut self, before: Option<Doc>, after: Option<&Doc>) {
        let Some((kind, id)) = before.as_ref().or(after).map(|doc| (doc.kind, doc.id.clone())) else { return };
        self.changes += 1;
        before.as_ref().into_iter().chain(after).for_each(|doc| self.mark(doc));
        self.journal.note(Change { kind, id, before, after: after.cloned() });
    }

    /// The customers a record belongs to are no longer as the seed has them.
    fn mark(&mut self, doc: &Doc) {
        let related = doc.related.values().map(|(kind, id)| (*kind, id));
        let named = related.chain([(doc.kind, &doc.id)]).filter(|(kind, _)| Part::of(*kind).is_some());
        self.touched.extend(named.filter_map(|(_, id)| lookup::by_id(self.history.plan(), id)));
    }

    /// Takes a record off the shelves, where the part of the tree it stands in is moved first.
    fn take(&mut self, kind: Kind, id: &str) -> Option<Doc> {
        if let Some(part) = Part::of(kind)
            && let Some(index) = lookup::by_id(self.history.plan(), id)
        {
            for doc in self.history.give_up(index, part) {
                self.shelves.place(doc);
            }
        }
        self.shelves.take(kind, id)
    }
}

/// These records and no seeded customer.
impl From<Vec<Doc>> for World {
    fn from(docs: Vec<Doc>) -> Self {
        let nobody = Plan { seed: 0, customers: 0, now_ms: 0 };
        Self::of(docs, History::new(nobody), Mint::new(nobody.seed))
    }
}

/// Whether a record is soft-deleted.
pub fn is_deleted(doc: &Doc) -> bool {
    doc.attributes.get("deleted") == Some(&Value::Bool(true))
}

/// External ids of `KObjects` are unique within their klass.
pub fn kobject_key(klass: &str, external_id: &str) -> String {
    format!("{klass}\u{0}{external_id}")
}

/// The strings under `field` of the objects in a list attribute.
pub fn items<'a>(doc: &'a Doc, list: &str, field: &'static str) -> impl Iterator<Item = &'a str> {
    let list = doc.attributes.get(list).and_then(Value::as_array);
    list.into_iter().flatten().filter_map(move |item| item.get(field).and_then(Value::as_str))
}

#[cfg(test)]
mod tests;
