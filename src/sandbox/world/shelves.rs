//! Owns the records the desk holds in memory for good: those of the org, those anybody made or changed, the busy customers'.
//! Does not make seeded records (`history`) nor note changes (`mod`).
//!
//! Invariant: the indexes and timers are derived from the records and from nothing else.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde_json::Value;

use super::{Index, Timer, items, kobject_key};
use crate::sandbox::{
    doc::{Doc, Kind},
    times,
};

/// Records by kind and id.
#[derive(Debug, Default)]
pub(super) struct Shelves {
    docs: BTreeMap<Kind, BTreeMap<String, Doc>>,
    index: HashMap<(Kind, Index), HashMap<String, BTreeSet<String>>>,
    timers: BTreeSet<(i64, Timer)>,
}

impl Shelves {
    pub(super) fn get(&self, kind: Kind, id: &str) -> Option<&Doc> {
        self.docs.get(&kind)?.get(id)
    }

    /// All of a kind by id.
    pub(super) fn all(&self, kind: Kind) -> impl DoubleEndedIterator<Item = &Doc> {
        self.docs.get(&kind).into_iter().flat_map(BTreeMap::values)
    }

    /// Those of a kind with this value, by id.
    pub(super) fn with<'s>(&'s self, kind: Kind, index: Index, key: &str) -> impl Iterator<Item = &'s Doc> + use<'s> {
        let records = self.docs.get(&kind);
        let ids = self.index.get(&(kind, index)).and_then(|keys| keys.get(key));
        ids.into_iter().flatten().filter_map(move |id| records.and_then(|records| records.get(id)))
    }

    pub(super) fn place(&mut self, doc: Doc) {
        for (index, key) in keys(&doc) {
            self.index.entry((doc.kind, index)).or_default().entry(key).or_default().insert(doc.id.clone());
        }
        self.timers.extend(due(&doc));
        self.docs.entry(doc.kind).or_default().insert(doc.id.clone(), doc);
    }

    pub(super) fn take(&mut self, kind: Kind, id: &str) -> Option<Doc> {
        let doc = self.docs.get_mut(&kind)?.remove(id)?;
        for (index, key) in keys(&doc) {
            if let Some(by_key) = self.index.get_mut(&(kind, index))
                && let Some(ids) = by_key.get_mut(&key)
            {
                ids.remove(id);
                if ids.is_empty() {
                    by_key.remove(&key);
                }
            }
        }
        if let Some(timer) = due(&doc) {
            self.timers.remove(&timer);
        }
        Some(doc)
    }

    pub(super) fn schedule(&mut self, at: i64, timer: Timer) {
        self.timers.insert((at, timer));
    }

    pub(super) fn take_due(&mut self, now: i64) -> Option<(i64, Timer)> {
        if self.timers.first().is_some_and(|(at, _)| *at <= now) { self.timers.pop_first() } else { None }
    }
}

/// The relationships records are found by.
const RELATIONS: [(&str, Index); 5] = [
    ("customer", Index::Customer),
    ("conversation", Index::Conversation),
    ("company", Index::Company),
    ("klass", Index::Klass),
    ("sla", Index::Sla),
];

/// Whether a record is found under this value.
pub(super) fn has_key(doc: &Doc, index: Index, key: &str) -> bool {
    match RELATIONS.iter().find(|(_, known)| *known == index) {
        Some((name, _)) => doc.related_id(name) == Some(key),
        None => keys(doc).iter().any(|(known, own)| *known == index && own == key),
    }
}

fn keys(doc: &Doc) -> Vec<(Index, String)> {
    let mut keys = Vec::new();
    for (name, index) in RELATIONS {
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

fn due(doc: &Doc) -> Option<(i64, Timer)> {
    let at = |value: Option<&Value>| value.and_then(Value::as_str).and_then(times::parse);
    if doc.kind == Kind::Conversation && doc.text("status") == Some("snoozed") {
        let snooze = doc.attributes.get("snooze")?;
        let scheduled = snooze.get("status").and_then(Value::as_str) == Some("scheduled");
        return Some((at(snooze.get("time")).filter(|_| scheduled)?, Timer::Snooze(doc.id.clone())));
    }
    if doc.kind == Kind::Draft && doc.attributes.get("scheduled") == Some(&Value::Bool(true)) {
        return Some((at(doc.attributes.get("sendAt"))?, Timer::Draft(doc.id.clone())));
    }
    None
}
