//! Owns the budgets as they are shown: in the status line, by `doctor`. Decides nothing (`budget`).

use jiff::Timestamp;

/// The budgets as they stand.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct BudgetState {
    /// The org's.
    pub org: Gauge,
    /// The smaller one for searches.
    pub search: Gauge,
    /// How many calls are in line, by lane: person, assistant, bulk, background.
    pub line: [usize; 4],
    /// What everybody waits for, if the budget holds anybody back.
    pub waiting: Option<Wait>,
}

/// One budget.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Gauge {
    /// Calls allowed in a window, once the desk has told.
    pub limit: Option<u32>,
    /// Calls left in this window.
    pub left: Option<u32>,
    /// When this window should be over; `None` before its first call.
    pub ends: Option<Timestamp>,
    /// The share of the last window that was used, 0 to 1.
    pub last_share: Option<f64>,
}

/// A pause imposed by the desk's limits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wait {
    /// The reason, in words.
    pub why: String,
    /// When it ends, as far as is known.
    pub until: Timestamp,
    /// How many calls are in line.
    pub queued: usize,
}

impl BudgetState {
    /// Whether a person would see a difference: ends are computed anew each time, and less than a second is not news.
    pub(super) fn differs(&self, other: &Self) -> bool {
        let moved = |a: Timestamp, b: Timestamp| a.duration_since(b).abs().as_secs() >= 1;
        let waits = match (&self.waiting, &other.waiting) {
            (Some(a), Some(b)) => a.why != b.why || a.queued != b.queued || moved(a.until, b.until),
            (a, b) => a.is_some() != b.is_some(),
        };
        let gauge = |a: &Gauge, b: &Gauge| {
            let ends = match (a.ends, b.ends) {
                (Some(a), Some(b)) => moved(a, b),
                (a, b) => a != b,
            };
            ends || (a.limit, a.left, a.last_share) != (b.limit, b.left, b.last_share)
        };
        waits || self.line != other.line || gauge(&self.org, &other.org) || gauge(&self.search, &other.search)
    }
}
