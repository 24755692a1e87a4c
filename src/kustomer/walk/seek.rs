//! Owns the walk through a search, as a pure machine: pages go in, the next question and the rows not given yet come out.
//! It gets past the 10,000 rows a search gives (Kustomer API reference 4.2) and sends nothing.
//!
//! ```text
//! sort by updated_at, from = since ─ page 1 ─┬─ ends in a later moment ─> from = that moment, page 1 again
//!                                            ├─ one moment fills it ────> pin it, walk it by created_at the same way
//!                                            │                            └─ one moment again ─> pin it, page by page
//!                                            └─ nothing behind it ──────> done (or back, to the moment after the pinned)
//! ```
//!
//! Why it loses nothing: a change moves a record to a later moment, so what has not been given is always ahead of `from`;
//! page numbers, which shift when a record leaves, are used only inside a pinned moment, which records leave and never
//! enter, and there from the last page to the first, so that what shifts moves towards what is still to be read.
//! Why it doubles nothing: the ids given at `from` are kept. A record that changed is given again, as the newer version.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// The most rows a page of a search has (Kustomer API reference 4.1).
pub(super) const SIZE: usize = 500;
/// The rows one search gives for certain; whether pages of 500 reach further is unverified (Kustomer API reference 27).
const REACH: u64 = 10_000;
/// Passes over one moment before what was not found in it is told as not reached.
const PASSES: u32 = 3;

/// The attributes a search is walked by, the outer first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum By {
    Updated,
    Created,
}

/// One question: which page of which window.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Look {
    /// Moments the records must have, exactly.
    pub pins: Vec<(By, Timestamp)>,
    /// What to sort by, ascending.
    pub by: By,
    /// The earliest moment wanted.
    pub from: Option<Timestamp>,
    /// The latest moment of the last change wanted.
    pub until: Option<Timestamp>,
    /// The page, from 1.
    pub page: u64,
}

/// What the machine has to know of a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Hit {
    pub id: String,
    pub updated: Option<Timestamp>,
    pub created: Option<Timestamp>,
}

/// An answered look.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Seen {
    pub hits: Vec<Hit>,
    /// How many rows the window has, where the desk tells.
    pub total: Option<u64>,
    /// Whether the desk says there is a page behind this one.
    pub more: bool,
}

/// The desk did not answer the question that was asked: walking on would lose rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct OutOfOrder;

/// Where a walk stands. Serialises, so that it can go on in another run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seek {
    until: Option<Timestamp>,
    outer: Level,
    /// Inside a moment of the last change that fills a page.
    inner: Option<Level>,
    /// Inside a moment of creation in it that fills a page as well.
    crowd: Option<Crowd>,
    done: bool,
    unreached: u64,
}

/// One window, walked by one attribute.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Level {
    from: Option<Timestamp>,
    /// Ids given at `from`.
    edge: BTreeSet<String>,
}

/// One moment read by page numbers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Crowd {
    at: Option<Timestamp>,
    /// The page to read next.
    page: u64,
    /// Whether the look only asks how many there are.
    counting: bool,
    pass: u32,
    given: BTreeSet<String>,
}

impl Hit {
    fn at(&self, by: By) -> Option<Timestamp> {
        match by {
            By::Updated => self.updated,
            By::Created => self.created,
        }
    }
}

impl Seek {
    /// A walk over what changed from `since` to `until`, both included.
    pub fn new(since: Option<Timestamp>, until: Option<Timestamp>) -> Self {
        let outer = Level { from: since, edge: BTreeSet::new() };
        Self { until, outer, inner: None, crowd: None, done: false, unreached: 0 }
    }

    /// Records known to be there that could not be read: more than a search reaches share both moments.
    pub fn unreached(&self) -> u64 {
        self.unreached
    }

    /// The next question; `None` at the end.
    pub(super) fn look(&self) -> Option<Look> {
        if self.done {
            return None;
        }
        let (mut pins, until) = (Vec::new(), self.until);
        let Some(inner) = &self.inner else {
            return Some(Look { pins, by: By::Updated, from: self.outer.from, until, page: 1 });
        };
        pins.extend(self.outer.from.map(|at| (By::Updated, at)));
        let Some(crowd) = &self.crowd else {
            return Some(Look { pins, by: By::Created, from: inner.from, until, page: 1 });
        };
        pins.extend(crowd.at.map(|at| (By::Created, at)));
        Some(Look { pins, by: By::Created, from: None, until, page: crowd.page })
    }

    /// Takes the answer to [`Self::look`]; the places of the rows not given yet.
    pub(super) fn take(&mut self, seen: &Seen) -> Result<Vec<usize>, OutOfOrder> {
        let fresh = self.fresh(seen);
        if self.crowd.is_some() {
            self.take_crowd(seen);
            return Ok(fresh);
        }
        let by = if self.inner.is_some() { By::Created } else { By::Updated };
        let moments: Vec<Timestamp> = seen.hits.iter().filter_map(|hit| hit.at(by)).collect();
        let level = self.inner.as_mut().unwrap_or(&mut self.outer);
        let first = moments.first().copied();
        let ahead = level.from.is_none_or(|from| first.is_none_or(|first| millis(from) <= millis(first)));
        let at_the_end = !seen.more || seen.hits.is_empty();
        // Every record has a last change; a page without any cannot be walked on from.
        let lost = by == By::Updated && first.is_none() && !at_the_end;
        if !ahead || !moments.is_sorted() || lost {
            return Err(OutOfOrder);
        }
        if at_the_end {
            self.leave();
        } else if moments.first() == moments.last() {
            let at = moments.last().copied();
            level.give(at, by, &seen.hits);
            self.enter(at);
        } else {
            level.give(moments.last().copied(), by, &seen.hits);
        }
        Ok(fresh)
    }

    fn fresh(&self, seen: &Seen) -> Vec<usize> {
        let mut here = BTreeSet::new();
        let given = |hit: &Hit| {
            let at =
                |level: &Level, by| level.edge.contains(&hit.id) && (hit.at(by).is_none() || hit.at(by) == level.from);
            at(&self.outer, By::Updated)
                || self.inner.as_ref().is_some_and(|inner| at(inner, By::Created))
                || self.crowd.as_ref().is_some_and(|crowd| crowd.given.contains(&hit.id))
        };
        let places = 0..seen.hits.len();
        places.filter(|place| !given(&seen.hits[*place]) && here.insert(seen.hits[*place].id.as_str())).collect()
    }

    /// One moment fills a page: go into it.
    fn enter(&mut self, at: Option<Timestamp>) {
        if self.inner.is_none() {
            self.inner = Some(Level::default());
        } else {
            self.crowd = Some(Crowd { at, page: 1, counting: true, pass: 0, given: BTreeSet::new() });
        }
    }

    /// The innermost window is read to its end: go on behind it.
    fn leave(&mut self) {
        if self.inner.take().is_some() {
            self.done |= !self.outer.go_behind(self.outer.from);
        } else {
            self.done = true;
        }
    }

    fn take_crowd(&mut self, seen: &Seen) {
        let Some(crowd) = &mut self.crowd else { return };
        crowd.given.extend(seen.hits.iter().map(|hit| hit.id.clone()));
        let reachable = seen.total.unwrap_or(REACH).min(REACH);
        if crowd.counting && reachable > SIZE as u64 {
            crowd.counting = false;
            crowd.page = reachable.div_ceil(SIZE as u64);
            return;
        }
        if !crowd.counting && crowd.page > 1 {
            crowd.page -= 1;
            return;
        }
        let known = crowd.given.len() as u64;
        let missing = seen.total.unwrap_or(known).saturating_sub(known);
        crowd.pass += 1;
        if missing > 0 && known < REACH && crowd.pass < PASSES {
            crowd.counting = true;
            return;
        }
        self.unreached += missing;
        let at = crowd.at;
        self.crowd = None;
        let inner = self.inner.get_or_insert_default();
        if !inner.go_behind(at) {
            self.leave();
        }
    }
}

impl Level {
    /// Moves on to a moment, keeping the ids given there. Rows without a moment are kept for good: they could come again
    /// anywhere.
    fn give(&mut self, at: Option<Timestamp>, by: By, hits: &[Hit]) {
        if at != self.from {
            self.edge.clear();
            self.from = at;
        }
        self.edge.extend(hits.iter().filter(|hit| hit.at(by).is_none() || hit.at(by) == at).map(|hit| hit.id.clone()));
    }

    /// Moves on to the moment after one; `false` when there is none. Moments are whole milliseconds on the wire.
    fn go_behind(&mut self, at: Option<Timestamp>) -> bool {
        let next = at.and_then(|at| at.checked_add(SignedDuration::from_millis(1)).ok());
        self.from = next;
        self.edge.clear();
        next.is_some()
    }
}

fn millis(at: Timestamp) -> i64 {
    at.as_millisecond()
}

#[cfg(test)]
mod tests;
