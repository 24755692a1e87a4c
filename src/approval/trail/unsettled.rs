//! Owns what was sent and never came to an end in the trail: the program died in between, or the answer got lost and reading
//! the desk did not tell. Does not read the desk (`kustomer::Writer`); writes down what was found there.

use std::collections::BTreeMap;

use super::{Entry, LOOKED_BACK, Trail, TrailError, words};
use crate::store::{Store, StoreError};

/// An approval of which nobody knows whether it took effect.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unsettled {
    /// Its `approved` entry.
    pub entry: Entry,
    /// Whether that is written down already: it was looked for before.
    pub is_known: bool,
}

/// The approvals of this machine, at whatever desk, of which nobody knows whether they took effect; the newest first.
///
/// # Errors
/// [`StoreError`] when the trail cannot be read.
pub fn unsettled(store: &Store) -> Result<Vec<Entry>, StoreError> {
    Ok(open(store)?.into_iter().map(|open| open.entry).collect())
}

/// What was approved and has no end, the newest first. What a program that still runs is about to end is not among it.
fn open(store: &Store) -> Result<Vec<Unsettled>, StoreError> {
    let links = store.newest_audit(LOOKED_BACK)?;
    let entries: Vec<Entry> = links.iter().filter_map(|link| serde_json::from_str(&link.entry).ok()).collect();
    let mut ends: BTreeMap<u64, &str> = BTreeMap::new();
    for entry in entries.iter().filter(|entry| entry.about > 0) {
        // The newest comes first: an end that was found later stands before the one that was not known.
        ends.entry(entry.about).or_insert(&entry.event);
    }
    // A bulk plan has a journal of its own: it is not lost, it goes on.
    let begun = entries.iter().filter(|entry| entry.event == "approved" && entry.plan.is_empty());
    let open = begun.filter_map(|entry| match ends.get(&entry.seq) {
        None if store.is_running(&entry.session) => None,
        None => Some(Unsettled { entry: entry.clone(), is_known: false }),
        Some(&"unknown") => Some(Unsettled { entry: entry.clone(), is_known: true }),
        Some(_) => None,
    });
    Ok(open.collect())
}

impl Trail {
    /// What was approved at this desk and has no end, the newest first.
    ///
    /// # Errors
    /// [`TrailError::Store`] when the trail cannot be read.
    pub fn unsettled(&self) -> Result<Vec<Unsettled>, TrailError> {
        let mut all = open(&self.store)?;
        all.retain(|open| *open.entry.org == *self.org);
        Ok(all)
    }

    /// Writes down that nobody knows whether an approval took effect.
    ///
    /// # Errors
    /// [`TrailError::Store`] when it cannot be written.
    pub fn lost(&self, entry: &Entry, why: &str) -> Result<(), TrailError> {
        self.end(entry, "unknown", "", why)
    }

    /// Writes down that an approval was found to have taken effect.
    ///
    /// # Errors
    /// [`TrailError::Store`] when it cannot be written.
    pub fn found(&self, entry: &Entry, object: &str, how: &str) -> Result<(), TrailError> {
        self.end(entry, "done", object, how)?;
        self.store.sent_forgotten(entry.seq)?;
        Ok(())
    }

    fn end(&self, entry: &Entry, event: &str, object: &str, reason: &str) -> Result<(), TrailError> {
        self.write(Entry {
            event: event.into(),
            object: words(object),
            reason: words(reason),
            about: entry.seq,
            seal: String::new(),
            note: String::new(),
            edited: String::new(),
            ..entry.clone()
        })?;
        Ok(())
    }
}
