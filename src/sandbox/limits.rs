//! Owns the rate budgets (Kustomer API reference 5): fixed windows that begin with the first request in them, by the
//! desk's own time. Does not answer requests.
//!
//! Decided here: the per-record number is unreadable in the reference and set to [`PER_RECORD`]; on every 429 the headers
//! describe the org's budget, except the search budget's own 429, so a client cannot count on `remaining: 0`.

use std::collections::HashMap;

use super::errors::Refusal;

/// Updates to one record by one key in a minute. Our number: the reference says a limit exists, not which.
pub const PER_RECORD: u32 = 60;
/// Creations of one kind for one customer by one client in a minute.
pub const PER_CUSTOMER: u32 = 120;
/// Outbound `WhatsApp` messages of one user in a minute.
pub const WHATSAPP: u32 = 400;
/// Searches by machine users in a minute.
pub const SEARCHES: u32 = 100;
const MINUTE_MS: i64 = 60_000;

/// A number of requests in a number of seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RateLimit {
    /// Requests allowed in one window.
    pub requests: u32,
    /// Length of the window.
    pub seconds: u32,
}

impl RateLimit {
    fn window_ms(self) -> i64 {
        i64::from(self.seconds.max(1)) * 1000
    }
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
    /// `x-ratelimit-reset`, epoch seconds.
    pub reset: i64,
}

/// All budgets of the org.
#[derive(Debug)]
pub struct Limits {
    org: RateLimit,
    searches: RateLimit,
    org_window: Window,
    search_windows: HashMap<&'static str, Window>,
    creations: HashMap<String, Window>,
    updates: HashMap<String, Window>,
}

impl Limits {
    /// Budgets with an org-wide limit and one for searches.
    pub fn new(org: RateLimit, searches: RateLimit) -> Self {
        let org_window = Window { ends: i64::MIN, used: 0 };
        Self {
            org,
            searches,
            org_window,
            search_windows: HashMap::new(),
            creations: HashMap::new(),
            updates: HashMap::new(),
        }
    }

    /// Counts one request of the org.
    pub fn request(&mut self, now: i64) -> Result<Headers, (Refusal, Headers)> {
        let within = Window::take(&mut self.org_window, self.org.requests, self.org.window_ms(), now);
        let headers = self.headers();
        if within { Ok(headers) } else { Err((Refusal::too_many("Rate limit exceeded"), headers)) }
    }

    /// Counts one search by a machine user.
    pub fn search(&mut self, key: &'static str, now: i64) -> Result<(), (Refusal, Headers)> {
        let window = self.search_windows.entry(key).or_insert(Window { ends: i64::MIN, used: 0 });
        if Window::take(window, self.searches.requests, self.searches.window_ms(), now) {
            return Ok(());
        }
        let headers = Headers { limit: self.searches.requests, remaining: 0, reset: seconds_up(window.ends) };
        Err((Refusal::too_many("Search rate limit exceeded"), headers))
    }

    /// Counts one creation for a customer; the kind keeps messages and notes apart.
    pub fn creation(&mut self, key: &str, customer: &str, kind: &str, now: i64) -> Result<(), Refusal> {
        let slot = format!("{key}/{customer}/{kind}");
        if take_from(&mut self.creations, slot, PER_CUSTOMER, now) {
            return Ok(());
        }
        Err(Refusal::too_many(format!("More than {PER_CUSTOMER} {kind}s a minute for one customer")))
    }

    /// Counts one update to a record.
    pub fn update(&mut self, key: &str, id: &str, now: i64) -> Result<(), Refusal> {
        if take_from(&mut self.updates, format!("{key}/{id}"), PER_RECORD, now) {
            return Ok(());
        }
        Err(Refusal::too_many(format!("More than {PER_RECORD} updates a minute to one record")))
    }

    /// Counts one outbound `WhatsApp` message of a user, human or machine.
    pub fn whatsapp(&mut self, user: &str, now: i64) -> Result<(), Refusal> {
        if take_from(&mut self.creations, format!("whatsapp/{user}"), WHATSAPP, now) {
            return Ok(());
        }
        Err(Refusal::too_many(format!("More than {WHATSAPP} WhatsApp messages a minute by one user")))
    }

    fn headers(&self) -> Headers {
        let remaining = self.org.requests - self.org_window.used.min(self.org.requests);
        Headers { limit: self.org.requests, remaining, reset: seconds_up(self.org_window.ends) }
    }
}

fn take_from(slots: &mut HashMap<String, Window>, slot: String, limit: u32, now: i64) -> bool {
    const PRUNE_ABOVE: usize = 10_000;
    if slots.len() > PRUNE_ABOVE {
        slots.retain(|_, window| window.ends > now);
    }
    Window::take(slots.entry(slot).or_insert(Window { ends: i64::MIN, used: 0 }), limit, MINUTE_MS, now)
}

fn seconds_up(ms: i64) -> i64 {
    ms.div_euclid(1000) + i64::from(ms.rem_euclid(1000) > 0)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn limits(requests: u32, seconds: u32) -> Limits {
        Limits::new(RateLimit { requests, seconds }, RateLimit { requests: 1, seconds })
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
