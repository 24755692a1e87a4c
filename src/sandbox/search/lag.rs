//! Owns how late the search index is: a search sees each record as it was some time ago, by the desk's clock (Kustomer API
//! reference 9.2: up to about a minute). What was made since is not found, what was changed matches by and is answered
//! with its old self, what was deleted is still found. Reading a record by its id is never late.
//!
//! Invariant: bounded. Only what the index does not see yet is remembered, and of that at most [`MOST`] changes; when there
//! are more, the index catches up early.

use std::collections::{HashMap, VecDeque};

use super::{
    super::{
        doc::{Doc, Kind},
        erasure::Erasure,
        journal::Change,
        world::Index,
    },
    catalogue::Family,
};

const MOST: usize = 20_000;

/// What the index has not seen yet.
#[derive(Debug, Default)]
pub struct Lag {
    late_ms: i64,
    past: VecDeque<Past>,
    /// When the last step that changed anything searchable was, and how many of `past` are its.
    last_step: usize,
    misses_last_step: bool,
}

/// A record before a change.
#[derive(Debug)]
struct Past {
    at: i64,
    kind: Kind,
    id: String,
    before: Option<Doc>,
}

impl Lag {
    /// An index this many milliseconds behind.
    pub fn new(late_ms: u64) -> Self {
        Self { late_ms: i64::try_from(late_ms).unwrap_or(i64::MAX), ..Self::default() }
    }

    /// Takes note of what a step changed, and forgets what the index has seen by then. The last step is always kept, for
    /// [`Self::miss_last_step`].
    pub fn note(&mut self, changes: &[Change], at: i64) {
        let searchable = |change: &&Change| Family::of(change.kind).is_some();
        let before = self.past.len();
        let past =
            |change: &Change| Past { at, kind: change.kind, id: change.id.clone(), before: change.before.clone() };
        self.past.extend(changes.iter().filter(searchable).map(past));
        if self.past.len() > before {
            self.last_step = self.past.len() - before;
        }
        while self.past.len() > self.last_step.min(MOST)
            && (self.past.len() > MOST || self.past.front().is_some_and(|past| self.is_seen(past.at, at)))
        {
            self.past.pop_front();
        }
    }

    /// Takes a redacted part of a message out of the records' old selves.
    pub fn forget(&mut self, erasure: &Erasure) {
        self.past.iter_mut().filter_map(|past| past.before.as_mut()).for_each(|doc| erasure.in_doc(doc));
    }

    /// Has the next search answer from before the last step that changed anything searchable, however old that is: a
    /// late index on demand.
    pub fn miss_last_step(&mut self) {
        self.misses_last_step = true;
    }

    /// Being late on demand ends with the search.
    pub fn searched(&mut self) {
        self.misses_last_step = false;
    }

    /// What a search at `now` sees.
    pub fn look(&self, now: i64) -> Seen<'_> {
        let last_step = self.past.len().saturating_sub(self.last_step);
        let mut old = HashMap::new();
        for (place, past) in self.past.iter().enumerate() {
            if !self.is_seen(past.at, now) || (self.misses_last_step && place >= last_step) {
                old.entry((past.kind, past.id.as_str())).or_insert(past.before.as_ref());
            }
        }
        Seen { old }
    }

    fn is_seen(&self, at: i64, now: i64) -> bool {
        at <= now.saturating_sub(self.late_ms)
    }
}

/// The records that the index sees otherwise than they are: with their old selves, or not at all.
#[derive(Clone, Debug, Default)]
pub struct Seen<'l> {
    old: HashMap<(Kind, &'l str), Option<&'l Doc>>,
}

impl<'l> Seen<'l> {
    /// Whether the index sees this record as it is.
    pub fn is_current(&self, kind: Kind, id: &str) -> bool {
        self.old.is_empty() || !self.old.contains_key(&(kind, id))
    }

    /// The old self of a record that is not seen as it is.
    pub fn old(&self, kind: Kind, id: &str) -> Option<&'l Doc> {
        self.old.get(&(kind, id)).copied().flatten()
    }

    /// The old selves of all records of a family.
    pub fn of_family<'s>(&'s self, family: &'s Family) -> impl Iterator<Item = &'l Doc> + 's {
        self.old.values().copied().flatten().filter(|doc| family.has(doc))
    }

    /// The old selves of the records of a kind that belonged to this one.
    pub fn found<'s>(&'s self, kind: Kind, index: Index, key: &'s str) -> impl Iterator<Item = &'l Doc> + 's {
        let relation = match index {
            Index::Customer => "customer",
            Index::Conversation => "conversation",
            Index::Company => "company",
            Index::Klass => "klass",
            _ => "",
        };
        let belongs = move |doc: &&Doc| doc.kind == kind && doc.related_id(relation) == Some(key);
        self.old.values().copied().flatten().filter(belongs)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(id: &str, before: Option<&str>) -> Change {
        let doc = |name: &str| {
            let mut doc = Doc::new(Kind::Customer, id);
            doc.attributes.insert("name".into(), name.into());
            doc
        };
        Change { kind: Kind::Customer, id: id.into(), before: before.map(doc), after: Some(doc("now")) }
    }

    fn name<'l>(seen: &Seen<'l>, id: &str) -> Option<&'l str> {
        seen.old(Kind::Customer, id).and_then(|doc| doc.text("name"))
    }

    #[test]
    fn a_record_is_seen_as_it_was_before_the_first_change_that_is_not_seen() {
        let mut lag = Lag::new(100);
        lag.note(&[change("a", Some("first"))], 1_000);
        lag.note(&[change("a", Some("second")), change("b", None)], 1_050);
        let at = |now| {
            let seen = lag.look(now);
            (name(&seen, "a").map(str::to_owned), seen.is_current(Kind::Customer, "b"))
        };
        assert_eq!(at(1_099), (Some("first".into()), false));
        assert_eq!(at(1_100), (Some("second".into()), false));
        assert_eq!(at(1_150), (None, true));
    }

    #[test]
    fn an_index_without_delay_is_late_once_when_told_to() {
        let mut lag = Lag::new(0);
        lag.note(&[change("a", Some("first"))], 1_000);
        lag.note(&[change("a", Some("second"))], 2_000);
        lag.note(&[], 3_000);
        assert_eq!(lag.past.len(), 1, "what every search has seen is forgotten, but for the last step");
        assert!(lag.look(9_000).is_current(Kind::Customer, "a"));
        lag.misses_last_step = true;
        assert_eq!(name(&lag.look(9_000), "a"), Some("second"));
        lag.searched();
        assert!(lag.look(9_000).is_current(Kind::Customer, "a"));
    }

    #[test]
    fn memory_is_bounded_whatever_the_delay() {
        let mut lag = Lag::new(u64::MAX);
        let many: Vec<Change> = (0..MOST / 4).map(|n| change(&n.to_string(), None)).collect();
        for at in 0..6 {
            lag.note(&many, at);
        }
        assert_eq!(lag.past.len(), MOST);
    }
}
