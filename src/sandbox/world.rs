//! Owns everything the simulated desk knows: records by kind and id, the ways to find them, and what is due when. Does not
//! decide who may see or change a record (`roles`, `routes`) nor what a change brings about (`effects`).
//!
//! Invariant: the indexes and timers are derived from the records and from nothing else; all changes go through
//! [`World::put`], [`World::edit`] and [`World::remove`], which keep them in step and count each change.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde_json::Value;

use super::{
    doc::{Doc, Kind},
    journal::{Change, Journal},
    masking::Sensitive,
    mint::Mint,
    times,
};

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
    /// A batch (by its number) of a bulk job is done.
    Batch(String, usize),
}

/// The store.
#[derive(Debug)]
pub struct World {
    shelves: BTreeMap<Kind, BTreeMap<String, Doc>>,
    index: HashMap<(Kind, Index), HashMap<String, BTreeSet<String>>>,
    timers: BTreeSet<(i64, Timer)>,
    changes: u64,
    journal: Journal,
    /// Makes the ids of new records.
    pub mint: Mint,
    /// What the org's metadata marks sensitive.
    pub sensitive: Sensitive,
}

impl World {
    /// A world of these records.
    pub fn new(docs: Vec<Doc>, mint: Mint) -> Self {
        let mut world = Self {
            shelves: BTreeMap::new(),
            index: HashMap::new(),
            timers: BTreeSet::new(),
            changes: 0,
            journal: Journal::default(),
            mint,
            sensitive: Sensitive::default(),
        };
        for doc in docs {
            world.place(doc);
        }
        world.changes = 0;
        world.sensitive = Sensitive::read(world.all(Kind::Metadata));
        world
    }

    /// How often anything has changed: the evidence that a request had an effect.
    pub fn changes(&self) -> u64 {
        self.changes
    }

    /// A record, deleted ones too.
    pub fn get(&self, kind: Kind, id: &str) -> Option<&Doc> {
        self.shelves.get(&kind)?.get(id)
    }

    /// A record that is not deleted.
    pub fn live(&self, kind: Kind, id: &str) -> Option<&Doc> {
        self.get(kind, id).filter(|doc| !is_deleted(doc))
    }

    /// All records of a kind by id, deleted ones too.
    pub fn all(&self, kind: Kind) -> impl DoubleEndedIterator<Item = &Doc> {
        self.shelves.get(&kind).into_iter().flat_map(BTreeMap::values)
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
        let records = self.shelves.get(&kind);
        let ids = self.index.get(&(kind, index)).and_then(|keys| keys.get(key));
        ids.into_iter().flatten().filter_map(move |id| records.and_then(|records| records.get(id)))
    }

    /// The record of the relationship, if it is there.
    pub fn related(&self, doc: &Doc, name: &str) -> Option<&Doc> {
        doc.related.get(name).and_then(|(kind, id)| self.get(*kind, id))
    }

    /// Adds a record or replaces the one with the same kind and id.
    pub fn put(&mut self, doc: Doc) {
        let is_metadata = doc.kind == Kind::Metadata;
        let before = self.take(doc.kind, &doc.id);
        self.note(before, Some(&doc));
        self.place(doc);
        if is_metadata {
            self.sensitive = Sensitive::read(self.all(Kind::Metadata));
        }
    }

    /// Changes a record in place; false when there is none.
    pub fn edit(&mut self, kind: Kind, id: &str, change: impl FnOnce(&mut Doc)) -> bool {
        let Some(mut doc) = self.take(kind, id) else { return false };
        let before = doc.clone();
        change(&mut doc);
        self.note(Some(before), Some(&doc));
        self.place(doc);
        true
    }

    /// Changes a record and leaves no trace of what it was: for content that must not be kept anywhere.
    pub fn rewrite(&mut self, kind: Kind, id: &str, change: impl FnOnce(&mut Doc)) {
        if let Some(mut doc) = self.take(kind, id) {
            change(&mut doc);
            self.place(doc);
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

    fn note(&mut self, before: Option<Doc>, after: Option<&Doc>) {
        if let Some((kind, id)) = before.as_ref().or(after).map(|doc| (doc.kind, doc.id.clone())) {
            self.journal.note(Change { kind, id, before, after: after.cloned() });
        }
    }

    fn take(&mut self, kind: Kind, id: &str) -> Option<Doc> {
        let doc = self.shelves.get_mut(&kind)?.remove(id)?;
        self.changes += 1;
        for (index, key) in keys(&doc) {
            if let Some(ids) = self.index.get_mut(&(kind, index)).and_then(|keys| keys.get_mut(&key)) {
                ids.remove(id);
            }
        }
        if let Some(timer) = due(&doc) {
            self.timers.remove(&timer);
        }
        Some(doc)
    }

    /// Has something happen at `at` (milliseconds since the epoch).
    pub fn schedule(&mut self, at: i64, timer: Timer) {
        self.timers.insert((at, timer));
    }

    /// Takes the earliest thing due by `now`, with its time.
    pub fn take_due(&mut self, now: i64) -> Option<(i64, Timer)> {
        if self.timers.first().is_some_and(|(at, _)| *at <= now) { self.timers.pop_first() } else { None }
    }

    fn place(&mut self, doc: Doc) {
        self.changes += 1;
        for (index, key) in keys(&doc) {
            self.index.entry((doc.kind, index)).or_default().entry(key).or_default().insert(doc.id.clone());
        }
        self.timers.extend(due(&doc));
        self.shelves.entry(doc.kind).or_default().insert(doc.id.clone(), doc);
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

fn keys(doc: &Doc) -> Vec<(Index, String)> {
    let mut keys = Vec::new();
    let relations = [
        ("customer", Index::Customer),
        ("conversation", Index::Conversation),
        ("company", Index::Company),
        ("klass", Index::Klass),
        ("sla", Index::Sla),
    ];
    for (name, index) in relations {
        keys.extend(doc.related_id(name).map(|id| (index, id.to_owned())));
    }
    let klass = doc.klass().unwrap_or_default();
    let external = |id: &str| if doc.kind == Kind::Kobject { kobject_key(klass, id) } else { id.to_owned() };
    keys.extend(doc.text("externalId").map(|id| (Index::ExternalId, external(id))));
    if doc.kind == Kind::Customer {
        keys.extend(items(doc, "externalIds", "externalId").map(|id| (Index::ExternalId, id.to_owned())));
        keys.extend(items(doc, "emails", "email").map(|email| (Index::Email, email.to_lowercase())));
        keys.extend(items(doc, "phones", "phone").map(|phone| (Index::Phone, phone.to_owned())));
    }
    if matches!(doc.kind, Kind::Klass | Kind::Tag) {
        keys.extend(doc.text("name").map(|name| (Index::Name, name.to_owned())));
    }
    keys
}

/// The strings under `field` of the objects in a list attribute.
pub fn items<'a>(doc: &'a Doc, list: &str, field: &'static str) -> impl Iterator<Item = &'a str> {
    let list = doc.attributes.get(list).and_then(Value::as_array);
    list.into_iter().flatten().filter_map(move |item| item.get(field).and_then(Value::as_str))
}

fn due(doc: &Doc) -> Option<(i64, Timer)> {
    let at = |value: Option<&Value>| value.and_then(Value::as_str).and_then(times::parse);
    if doc.kind == Kind::Conversation && doc.text("status") == Some("snoozed") {
        let snooze = doc.attributes.get("snooze")?;
        let scheduled = snooze.get("status").and_then(Value::as_str) == Some("scheduled");
        return Some((at(snooze.get("time")).filter(|_| scheduled)?, Timer::Snooze(doc.id.clone())));
    }
    if doc.kind == Kind::Forward && doc.text("status") == Some("scheduled") {
        return Some((at(doc.attributes.get("sendAt"))?, Timer::Forward(doc.id.clone())));
    }
    if doc.kind == Kind::Draft && doc.attributes.get("scheduled") == Some(&Value::Bool(true)) {
        return Some((at(doc.attributes.get("sendAt"))?, Timer::Draft(doc.id.clone())));
    }
    None
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn customer(id: &str, email: &str) -> Doc {
        let mut doc = Doc::new(Kind::Customer, id);
        doc.attributes.insert("emails".into(), json!([{ "email": email }]));
        doc
    }

    #[test]
    fn an_edit_moves_a_record_in_its_indexes() {
        let mut world = World::new(vec![customer("a", "Old@x.example")], Mint::new(1));
        assert_eq!(world.found(Kind::Customer, Index::Email, "old@x.example").count(), 1);
        assert!(world.edit(Kind::Customer, "a", |doc| {
            doc.attributes.insert("emails".into(), json!([{ "email": "new@x.example" }]));
        }));
        assert_eq!(world.found(Kind::Customer, Index::Email, "old@x.example").count(), 0);
        assert_eq!(world.found(Kind::Customer, Index::Email, "new@x.example").count(), 1);
        assert!(world.changes() > 0);
    }

    #[test]
    fn a_rescheduled_draft_has_one_timer_only() {
        let mut draft = Doc::new(Kind::Draft, "d");
        draft.attributes.insert("scheduled".into(), json!(true));
        draft.attributes.insert("sendAt".into(), json!(times::iso(1_000)));
        let mut world = World::new(vec![draft], Mint::new(1));
        world.edit(Kind::Draft, "d", |doc| {
            doc.attributes.insert("sendAt".into(), json!(times::iso(2_000)));
        });
        assert_eq!(world.take_due(1_500), None);
        assert_eq!(world.take_due(2_000), Some((2_000, Timer::Draft("d".into()))));
    }
}
