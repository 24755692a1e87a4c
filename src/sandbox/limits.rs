//! Owns the rate budgets (Kustomer API reference 5): fixed windows that begin with the first request in them, by the
//! desk's own time. Does not answer requests.
//!
//! | budget | whose | window |
//! | --- | --- | --- |
//! | the org's: 300 to 2,000, or `--rate-limit N/SECONDS` | all keys together | a minute, or SECONDS |
//! | searches: 100, or a tenth of N | each machine user | the same |
//! | creations for one customer: 120 of each kind | each key | the same |
//! | updates to one record: [`PER_RECORD`], or `record_limit` | each key | the same |
//!
//! Decided here: `--rate-limit` scales time too. Its SECONDS stand for the minute in every budget, so a desk with `1000/0.6`
//! lives through a hundred minutes of limits in one. The per-record number is unreadable in the reference; on every 429 the
//! headers describe the org's budget, except the search budget's own 429, so a client cannot count on `remaining: 0`. The
//! reset is told in epoch seconds, rounded up; in epoch milliseconds where the window is no whole number of seconds, because
//! a rounded second would be longer than the window (clients parse both, reference 5.2).

use std::collections::{HashMap, VecDeque};

use serde::Serialize;

use super::errors::Refusal;

/// Updates to one record by one key in a minute, unless another number is asked for. The reference says a limit exists, not
/// which.
pub const PER_RECORD: u32 = 60;
/// Creations of one kind for one customer by one client in a minute.
pub const PER_CUSTOMER: u32 = 120;
/// Outbound `WhatsApp` messages of one user in a minute.
pub const WHATSAPP: u32 = 400;
/// Searches by machine users in a minute.
pub const SEARCHES: u32 = 100;
/// Finished windows of the org's budget that are remembered.
const WINDOWS_KEPT: usize = 1_000;

/// A number of requests in a stretch of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RateLimit {
    /// Requests allowed in one window.
    pub requests: u32,
    /// Length of the window in milliseconds, at least 1.
    pub window_ms: u32,
}

impl RateLimit {
    /// So many requests in so many whole seconds.
    pub const fn per_seconds(requests: u32, seconds: u32) -> Self {
        Self { requests, window_ms: seconds.saturating_mul(1000) }
    }

    fn window_ms(self) -> i64 {
        i64::from(self.window_ms.max(1))
    }

    /// A window's end as the header tells it.
    fn reset(self, ends: i64) -> i64 {
        let is_whole = self.window_ms() % 1000 == 0;
        if is_whole { ends.div_euclid(1000) + i64::from(ends.rem_euclid(1000) > 0) } else { ends }
    }
}

/// How much of the org's budget one window used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Usage {
    /// When it began, milliseconds since the epoch by the desk's clock.
    pub starts: i64,
    /// Its length in milliseconds.
    pub length_ms: i64,
    /// Requests let through.
    pub used: u32,
    /// Requests allowed.
    pub limit: u32,
    /// Whether it is over.
    pub finished: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Window {
    ends: i64,
    used: u32,
}

impl Window {
    /// Takes one from the budget of this moment's window; false when nothing is left.
    fn take(slot: &mut Self, limit: u32, length_ms: i64, now: i64) -> bool {
        if now >= slot.ends {
            *slot = Self { ends: now + length_ms, used: 0 };
        }
        let left = slot.used < limit;
        slot.used += u32::from(left);
        left
    }
}

/// What the headers of a response say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Headers {
    /// `x-ratelimit-limit`.
    pub limit: u32,
    /// `x-ratelimit-remaining`.
    pub remaining: u32,
    /// `x-ratelimit-reset`, epoch seconds; epoch milliseconds where the window is no whole number of seconds.
    pub reset: i64,
}

/// All budgets of the org.
#[derive(Debug)]
pub struct Limits {
    org: RateLimit,
    searches: RateLimit,
    per_record: u32,
    org_window: Window,
    finished: VecDeque<Usage>,
    refused: u64,
    search_windows: HashMap<String, Window>,
    creations: HashMap<String, Window>,
    updates: HashMap<String, Window>,
}

impl Limits {
    /// Budgets with an org-wide limit, whose window is everybody's minute, and one for searches.
    pub fn new(org: RateLimit, searches: RateLimit) -> Self {
        let org_window = Window { ends: i64::MIN, used: 0 };
        Self {
            org,
            searches,
            per_record: PER_RECORD,
            org_window,
            finished: VecDeque::new(),
            refused: 0,
            search_windows: HashMap::new(),
            creations: HashMap::new(),
            updates: HashMap::new(),
        }
    }

    /// The same with another number of updates to one record.
    pub fn with_per_record(self, per_record: u32) -> Self {
        Self { per_record, ..self }
    }

    /// Counts one request of the org.
    pub fn request(&mut self, now: i64) -> Result<Headers, (Refusal, Headers)> {
        if now >= self.org_window.ends {
            let over = self.usage(now);
            self.finished.extend(over);
            let surplus = self.finished.len().saturating_sub(WINDOWS_KEPT);
            self.finished.drain(..surplus);
        }
        let within = Window::take(&mut self.org_window, self.org.requests, self.org.window_ms(), now);
        let headers = self.headers();
        if within {
            return Ok(headers);
        }
        self.refused += 1;
        Err((Refusal::too_many("Rate limit exceeded"), headers))
    }

    /// The windows of the org's budget, the oldest first, the one under way last.
    pub fn windows(&self, now: i64) -> Vec<Usage> {
        self.finished.iter().copied().chain(self.usage(now)).collect()
    }

    /// How many requests found the org's budget spent.
    pub fn refused(&self) -> u64 {
        self.refused
    }

    /// The present window; none before the first request.
    fn usage(&self, now: i64) -> Option<Usage> {
        let Window { ends, used } = self.org_window;
        let length_ms = self.org.window_ms();
        let usage =
            || Usage { starts: ends - length_ms, length_ms, used, limit: self.org.requests, finished: now >= ends };
        (ends > i64::MIN).then(usage)
    }

    /// Counts one search by a machine user.
    pub fn search(&mut self, key: &str, now: i64) -> Result<(), (Refusal, Headers)> {
        let window = self.search_windows.entry(key.to_owned()).or_insert(Window { ends: i64::MIN, used: 0 });
        if Window::take(window, self.searches.requests, self.searches.window_ms(), now) {
            return Ok(());
        }
        let headers = Headers { limit: self.searches.requests, remaining: 0, reset: self.org.reset(window.ends) };
        Err((Refusal::too_many("Search rate limit exceeded"), headers))
    }

    /// Counts one creation for a customer; the kind keeps messages and notes apart.
    pub fn creation(&mut self, key: &str, customer: &str, kind: &str, now: i64) -> Result<(), Refusal> {
        let slot = format!("{key}/{customer}/{kind}");
        if take_from(&mut self.creations, slot, PER_CUSTOMER, self.org.window_ms(), now) {
            return Ok(());
        }
        Err(Refusal::too_many(format!("More than {PER_CUSTOMER} {kind}s a minute for one customer")))
    }

    /// Counts one update to a record.
    pub fn update(&mut self, key: &str, id: &str, now: i64) -> Result<(), Refusal> {
        let limit = self.per_record;
        if take_from(&mut self.updates, format!("{key}/{id}"), limit, self.org.window_ms(), now) {
            return Ok(());
        }
        Err(Refusal::too_many(format!("More than {limit} updates a minute to one record")))
    }

    /// Counts one outbound `WhatsApp` message of a user, human or machine.
    pub fn whatsapp(&mut self, user: &str, now: i64) -> Result<(), Refusal> {
        if take_from(&mut self.creations, format!("whatsapp/{user}"), WHATSAPP, self.org.window_ms(), now) {
            return Ok(());
        }
        Err(Refusal::too_many(format!("More than {WHATSAPP} WhatsApp messages a minute by one user")))
    }

    fn headers(&self) -> Headers {
        let remaining = self.org.requests - self.org_window.used.min(self.org.requests);
        Headers { limit: self.org.requests, remaining, reset: self.org.reset(self.org_window.ends) }
    }
}

fn take_from(slots: &mut HashMap<String, Window>, slot: String, limit: u32, window_ms: i64, now: i64) -> bool {
    const PRUNE_ABOVE: usize = 10_000;
    if slots.len() > PRUNE_ABOVE {
        slots.retain(|_, window| window.ends > now);
    }
    Window::take(slots.entry(slot).or_insert(Window { ends: i64::MIN, used: 0 }), limit, window_ms, now)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn limits(requests: u32, seconds: u32) -> Limits {
        Limits::new(RateLimit::per_seconds(requests, seconds), RateLimit::per_seconds(1, seconds))
    }

    #[test]
    fn a_window_of_a_fraction_of_a_second_scales_all_and_tells_milliseconds() {
        let limit = RateLimit { requests: 200, window_ms: 600 };
        let mut limits = Limits::new(limit, limit).with_per_record(2);
        assert_eq!(limits.request(10_100).map(|headers| headers.reset), Ok(10_700));
        let updates = [10_100, 10_200, 10_300, 10_700].map(|now| limits.update("main", "c", now).is_ok());
        assert_eq!(updates, [true, true, false, true]);
    }

    #[test]
    fn finished_windows_say_what_they_used() {
        let mut limits = limits(3, 60);
        for now in [0, 1, 2, 3, 100_000] {
            let _ = limits.request(now);
        }
        let usage = |starts, used, finished| Usage { starts, length_ms: 60_000, used, limit: 3, finished };
        assert_eq!(limits.windows(100_001), [usage(0, 3, true), usage(100_000, 1, false)]);
        assert_eq!((limits.windows(160_000)[1].finished, limits.refused()), (true, 1));
    }

    #[test]
    fn a_window_begins_with_its_first_request_and_its_reset_is_told_in_epoch_seconds() {
        let mut limits = limits(2, 60);
        assert_eq!(limits.request(10_500), Ok(Headers { limit: 2, remaining: 1, reset: 71 }));
        assert_eq!(limits.request(20_000), Ok(Headers { limit: 2, remaining: 0, reset: 71 }));
        let (refusal, headers) = limits.request(70_499).expect_err("over the budget");
        assert_eq!((refusal.status, headers.remaining), (429, 0));
        assert!(limits.request(70_500).is_ok());
    }

    #[test]
    fn searches_are_counted_by_key_and_creations_by_customer_and_kind() {
        let mut limits = limits(100, 60);
        assert!(limits.search("main", 0).is_ok());
        assert!(limits.search("main", 1).is_err());
        assert!(limits.search("other", 1).is_ok());
        for _ in 0..PER_CUSTOMER {
            limits.creation("main", "c", "note", 0).expect("within the budget");
        }
        assert!(limits.creation("main", "c", "note", 0).is_err());
        assert!(limits.creation("main", "c", "message", 0).is_ok());
        assert!(limits.creation("main", "d", "note", 0).is_ok());
    }

    proptest! {
        #[test]
        fn no_window_ever_lets_more_through_than_its_budget(steps in prop::collection::vec(0_i64..400, 1..300)) {
            let mut limits = limits(7, 1);
            let (mut now, mut passed) = (0, Vec::new());
            for step in steps {
                now += step;
                if let Ok(headers) = limits.request(now) { passed.push((now, headers.reset)); }
            }
            for (first, _) in &passed {
                let later = passed.iter().filter(|(at, _)| at >= first && *at < first + 1000).count();
                prop_assert!(later <= 14, "a fixed window allows at most twice its budget in any stretch as long");
            }
        }
    }
}
