//! Owns the budget as a pure machine: who may go now, who waits, for what and until when. Time is handed in
//! (monotonic, since the limiter was made); nothing here waits, locks or sends (`limiter` does).
//!
//! Rules, in the order they are asked:
//! 1. A 429 closes one gate for everybody until the window starts anew; behind it, calls are let out one by one.
//!    A 429 that leaves budget over is about one record and stalls that record only.
//! 2. Writes to one record go one after the other.
//! 3. Lower lanes leave room: some connections and the last share of the window belong to the lanes above.
//! 4. Among those who may go, the higher lane goes first, then whoever has waited longer.
//!
//! Invariant: between two window starts no more calls are let out than the desk said were left.

use std::{
    collections::{BTreeMap, HashMap},
    time::Duration,
};

use jiff::Timestamp;

use super::{Cost, Lane, hint::Hint};

/// The budget as the status line shows it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BudgetState {
    /// Calls allowed in a window, once the desk has told.
    pub limit: Option<u32>,
    /// Calls left in this window.
    pub remaining: Option<u32>,
    /// What everybody waits for, if the budget holds anybody back.
    pub waiting: Option<Wait>,
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

/// The documented budget for searches by API keys (Kustomer API reference 5.1).
const SEARCHES: u32 = 100;
/// The documented window of every budget.
const WINDOW: Duration = Duration::from_mins(1);
/// After the gate opens, calls go out this far apart until the line has cleared.
const PACE: Duration = Duration::from_millis(60);
/// The first pause after a 429 that does not say for how long; doubles with each further one.
const BACK_OFF: Duration = Duration::from_secs(2);

/// Connections a lane may find in use and still go: a person always finds some.
fn connections(lane: Lane) -> usize {
    match lane {
        Lane::Person => 16,
        Lane::Assistant => 12,
        Lane::Bulk => 8,
        Lane::Background => 4,
    }
}

/// What of a window a lane leaves to those above it: a share, and never less than two calls, which is one key press.
fn reserve(lane: Lane, limit: u32) -> u32 {
    let (percent, least) = match lane {
        Lane::Person => (0, 0),
        Lane::Assistant => (2, 2),
        Lane::Bulk => (10, 4),
        Lane::Background => (20, 6),
    };
    (limit * percent / 100).max(least).min(limit / 2)
}

/// What a call in line needs.
#[derive(Clone, Debug)]
pub(super) struct Wish {
    pub lane: Lane,
    pub cost: Cost,
    pub record: Option<String>,
}

/// How an attempt ended, as far as budgets care.
#[derive(Clone, Copy, Debug)]
pub(super) struct Told {
    pub status: u16,
    pub hint: Hint,
}

/// Why a call has to wait, and until when; `None` = until another call ends.
struct Hold {
    until: Option<Duration>,
    why: Option<&'static str>,
}

/// One budget: the org's, or the one for searches.
#[derive(Debug, Default)]
struct Bucket {
    limit: Option<u32>,
    remaining: Option<u32>,
    reset: Option<Duration>,
    closed_until: Option<Duration>,
    refusals: u32,
}

impl Bucket {
    /// Starts a new window if the old one has passed, and opens a gate whose time has come.
    fn roll(&mut self, now: Duration) {
        if self.reset.is_some_and(|reset| reset <= now) {
            self.reset = None;
            self.remaining = self.limit;
        }
        if self.closed_until.is_some_and(|until| until <= now) {
            self.closed_until = None;
        }
    }

    fn hold(&self, lane: Lane) -> Option<Hold> {
        if let Some(until) = self.closed_until {
            return Some(Hold { until: Some(until), why: Some("the desk answered 429 (too many requests)") });
        }
        let kept = reserve(lane, self.limit.unwrap_or(0));
        match (self.remaining, self.reset) {
            (Some(remaining), Some(reset)) if remaining <= kept => {
                Some(Hold { until: Some(reset), why: Some("this minute's requests are used up") })
            }
            _ => None,
        }
    }

    fn take(&mut self, now: Duration) {
        if let Some(remaining) = &mut self.remaining {
            *remaining = remaining.saturating_sub(1);
            self.reset.get_or_insert(now + WINDOW);
        }
    }

    /// Takes the desk's word. Calls still on the wire are not yet counted in what it says is left, and answers overtake
    /// each other, so within one window the smaller figure stands.
    fn learn(&mut self, hint: Hint, on_the_wire: u32, now: Duration) {
        if let Some(limit) = hint.limit.filter(|limit| *limit > 0) {
            self.limit = Some(limit);
        }
        let Some(told) = hint.remaining else { return };
        let left = told.saturating_sub(on_the_wire);
        let reset = now + hint.reset.unwrap_or(WINDOW);
        let same_window = self.reset.is_some_and(|known| reset < known + Duration::from_secs(2));
        self.remaining = match self.remaining {
            Some(known) if same_window => Some(known.min(left)),
            _ => Some(left),
        };
        if hint.reset.is_some() || self.reset.is_none() {
            self.reset = Some(reset);
        }
    }

    fn close(&mut self, wait: Option<Duration>, now: Duration) {
        let backed_off = BACK_OFF * 2_u32.pow(self.refusals.min(4));
        // Our clock and theirs differ by a little, and other clients of the org wake at the same moment.
        let jitter = Duration::from_millis(u64::from(self.refusals * 137 % 400) + 50);
        self.refusals = self.refusals.saturating_add(1);
        let until = now + wait.filter(|wait| !wait.is_zero()).unwrap_or(backed_off) + jitter;
        self.closed_until = Some(self.closed_until.map_or(until, |known| known.max(until)));
    }
}

/// All budgets of one profile, and everybody who is in line or on the wire.
#[derive(Debug)]
pub(super) struct Budget {
    org: Bucket,
    search: Bucket,
    line: BTreeMap<(Lane, u64), Wish>,
    wire: HashMap<u64, Wish>,
    stalls: HashMap<String, Duration>,
    next_id: u64,
    /// Set while a line behind a gate is being let out: the earliest moment for the next one.
    paced: Option<Duration>,
}

impl Budget {
    pub fn new() -> Self {
        Self {
            org: Bucket::default(),
            search: Bucket { limit: Some(SEARCHES), remaining: Some(SEARCHES), ..Bucket::default() },
            line: BTreeMap::new(),
            wire: HashMap::new(),
            stalls: HashMap::new(),
            next_id: 0,
            paced: None,
        }
    }

    /// A place number; whoever keeps it keeps the place through every attempt.
    pub fn number(&mut self) -> u64 {
        self.next_id += 1;
        self.next_id
    }

    /// Puts a call in line.
    pub fn stand(&mut self, id: u64, wish: Wish) {
        self.line.insert((wish.lane, id), wish);
    }

    /// Whether the call may go; asked by the call itself after [`Self::let_out`].
    pub fn on_the_wire(&self, id: u64) -> bool {
        self.wire.contains_key(&id)
    }

    /// Takes a call out, wherever it is: it ended, or nobody waits for it any more.
    pub fn forget(&mut self, id: u64) {
        self.line.retain(|(_, other), _| *other != id);
        self.wire.remove(&id);
    }

    /// An attempt ended; `told` is what its answer said, if there was one.
    pub fn end(&mut self, id: u64, told: Option<Told>, now: Duration) {
        let Some(wish) = self.wire.remove(&id) else { return };
        let Some(Told { status, hint }) = told else { return };
        let searching = wish.cost == Cost::Search && self.is_about_searches(hint);
        let others = self.wire.values().filter(|other| !searching || other.cost == Cost::Search).count() as u32;
        let bucket = if searching { &mut self.search } else { &mut self.org };
        bucket.learn(hint, others, now);
        if status != 429 {
            bucket.refusals = 0;
            return;
        }
        if let (Some(record), Some(1..)) = (wish.record, hint.remaining) {
            self.stalls.insert(record, now + hint.reset.unwrap_or(BACK_OFF));
        } else {
            bucket.close(hint.reset, now);
            self.paced = Some(now);
        }
    }

    /// One set of headers serves all budgets; on a search they describe the search budget when their limit is not the
    /// org's (unverified, so it is told by size).
    fn is_about_searches(&self, hint: Hint) -> bool {
        match (hint.limit, self.org.limit) {
            (Some(limit), Some(org)) => limit != org,
            (Some(limit), None) => limit <= SEARCHES,
            (None, _) => false,
        }
    }

    /// Lets out everybody who may go at `now`, highest lane first. Returns how many, and when to ask again if time
    /// alone can change the answer.
    pub fn let_out(&mut self, now: Duration) -> (usize, Option<Duration>) {
        self.org.roll(now);
        self.search.roll(now);
        self.stalls.retain(|_, until| *until > now);
        let mut out = 0;
        loop {
            let mut wake: Option<Duration> = None;
            let mut next = None;
            for (place, wish) in &self.line {
                match self.hold(wish, now) {
                    None => {
                        next = Some(*place);
                        break;
                    }
                    Some(Hold { until, .. }) => wake = earlier(wake, until),
                }
            }
            let Some(place) = next else {
                if self.line.is_empty() && self.org.closed_until.is_none() && self.search.closed_until.is_none() {
                    self.paced = None;
                }
                return (out, wake);
            };
            self.admit(place, now);
            out += 1;
        }
    }

    fn admit(&mut self, place: (Lane, u64), now: Duration) {
        let Some(wish) = self.line.remove(&place) else { return };
        self.org.take(now);
        if wish.cost == Cost::Search {
            self.search.take(now);
        }
        if let Some(paced) = &mut self.paced {
            *paced = now + PACE;
        }
        self.wire.insert(place.1, wish);
    }

    fn hold(&self, wish: &Wish, now: Duration) -> Option<Hold> {
        if let Some(hold) = self.org.hold(wish.lane) {
            return Some(hold);
        }
        if wish.cost == Cost::Search
            && let Some(hold) = self.search.hold(wish.lane)
        {
            return Some(hold);
        }
        if let Some(until) = wish.record.as_ref().and_then(|record| self.stalls.get(record)) {
            return Some(Hold { until: Some(*until), why: Some("the desk limits changes of one record") });
        }
        if wish.record.is_some() && self.wire.values().any(|other| other.record == wish.record) {
            return Some(Hold { until: None, why: None });
        }
        if self.wire.len() >= connections(wish.lane) {
            return Some(Hold { until: None, why: None });
        }
        self.paced.filter(|next| *next > now).map(|next| Hold { until: Some(next), why: None })
    }

    /// The state to show. `clock` is the wall-clock time of `now`.
    pub fn state(&self, now: Duration, clock: Timestamp) -> BudgetState {
        let held = self.line.values().find_map(|wish| {
            let hold = self.hold(wish, now)?;
            Some((hold.why?, hold.until?))
        });
        let waiting = held.map(|(why, until)| {
            let left = jiff::SignedDuration::try_from(until.saturating_sub(now)).unwrap_or_default();
            Wait { why: why.to_owned(), until: clock.checked_add(left).unwrap_or(clock), queued: self.line.len() }
        });
        BudgetState { limit: self.org.limit, remaining: self.org.remaining, waiting }
    }
}

fn earlier(a: Option<Duration>, b: Option<Duration>) -> Option<Duration> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (a, b) => a.or(b),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const START: Duration = Duration::ZERO;

    fn wish(lane: Lane) -> Wish {
        Wish { lane, cost: Cost::Org, record: None }
    }

    fn told(status: u16, limit: u32, remaining: u32, reset: u64) -> Told {
        let reset = Some(Duration::from_secs(reset));
        Told { status, hint: Hint { limit: Some(limit), remaining: Some(remaining), reset } }
    }

    fn stand(budget: &mut Budget, wish: Wish) -> u64 {
        let id = budget.number();
        budget.stand(id, wish);
        id
    }

    /// One call that goes out and comes back with these words.
    fn one(budget: &mut Budget, wish: Wish, answer: Told, now: Duration) {
        let id = stand(budget, wish);
        budget.let_out(now);
        assert!(budget.on_the_wire(id));
        budget.end(id, Some(answer), now);
    }

    fn on_the_wire(budget: &Budget, ids: &[u64]) -> Vec<bool> {
        ids.iter().map(|id| budget.on_the_wire(*id)).collect()
    }

    #[test]
    fn a_person_goes_before_whoever_waited_longer() {
        let mut budget = Budget::new();
        one(&mut budget, wish(Lane::Person), told(200, 100, 1, 30), START);
        let bulk = stand(&mut budget, wish(Lane::Bulk));
        let person = stand(&mut budget, wish(Lane::Person));
        assert_eq!(budget.let_out(START), (1, Some(Duration::from_secs(30))));
        assert_eq!(on_the_wire(&budget, &[bulk, person]), [false, true]);
    }

    #[test]
    fn lower_lanes_leave_the_last_share_of_the_window() {
        let mut budget = Budget::new();
        one(&mut budget, wish(Lane::Person), told(200, 100, 10, 30), START);
        let ids =
            [Lane::Background, Lane::Bulk, Lane::Assistant, Lane::Person].map(|lane| stand(&mut budget, wish(lane)));
        budget.let_out(START);
        assert_eq!(on_the_wire(&budget, &ids), [false, false, true, true]);
        let state = budget.state(START, Timestamp::UNIX_EPOCH);
        let until = Timestamp::from_second(30).expect("valid");
        let why = "this minute's requests are used up".to_owned();
        assert_eq!(
            state,
            BudgetState { limit: Some(100), remaining: Some(8), waiting: Some(Wait { why, until, queued: 2 }) }
        );
        budget.let_out(Duration::from_secs(30));
        assert_eq!(on_the_wire(&budget, &ids), [true; 4]);
    }

    #[test]
    fn after_a_429_all_wait_at_one_gate_and_leave_one_by_one() {
        let mut budget = Budget::new();
        one(&mut budget, wish(Lane::Bulk), told(429, 1000, 0, 20), START);
        let ids = [stand(&mut budget, wish(Lane::Bulk)), stand(&mut budget, wish(Lane::Person))];
        let (out, wake) = budget.let_out(START);
        let open = wake.expect("the gate has a time");
        assert_eq!((out, open >= Duration::from_secs(20), open < Duration::from_secs(21)), (0, true, true));
        assert_eq!(budget.let_out(open), (1, Some(open + PACE)));
        assert_eq!(on_the_wire(&budget, &ids), [false, true]);
        assert_eq!(budget.let_out(open + PACE), (1, None));
    }

    #[test]
    fn a_429_without_a_time_backs_off_further_each_time() {
        let mut budget = Budget::new();
        let mut now = START;
        let mut waits = Vec::new();
        for _ in 0..3 {
            one(&mut budget, wish(Lane::Person), Told { status: 429, hint: Hint::default() }, now);
            let id = stand(&mut budget, wish(Lane::Person));
            let open = budget.let_out(now).1.expect("the gate has a time");
            waits.push(open.saturating_sub(now).as_secs());
            budget.forget(id);
            now = open;
        }
        assert_eq!(waits, [2, 4, 8]);
    }

    #[test]
    fn a_429_about_one_record_stalls_that_record_only() {
        let mut budget = Budget::new();
        let on = |record: &str| Wish { record: Some(record.to_owned()), ..wish(Lane::Person) };
        one(&mut budget, on("a"), told(429, 1000, 900, 10), START);
        let ids = [stand(&mut budget, on("a")), stand(&mut budget, on("b"))];
        assert_eq!(budget.let_out(START), (1, Some(Duration::from_secs(10))));
        assert_eq!(on_the_wire(&budget, &ids), [false, true]);
        budget.let_out(Duration::from_secs(10));
        assert_eq!(on_the_wire(&budget, &ids), [true, true]);
    }

    #[test]
    fn writes_to_one_record_go_one_after_the_other() {
        let mut budget = Budget::new();
        let on = |record: &str| Wish { record: Some(record.to_owned()), ..wish(Lane::Person) };
        let ids = [stand(&mut budget, on("a")), stand(&mut budget, on("a"))];
        budget.let_out(START);
        assert_eq!(on_the_wire(&budget, &ids), [true, false]);
        budget.end(ids[0], Some(told(200, 1000, 900, 10)), START);
        budget.let_out(START);
        assert_eq!(on_the_wire(&budget, &ids), [false, true]);
    }

    #[test]
    fn searches_have_a_budget_of_their_own() {
        let mut budget = Budget::new();
        let search = || Wish { cost: Cost::Search, ..wish(Lane::Person) };
        one(&mut budget, wish(Lane::Person), told(200, 1000, 900, 30), START);
        one(&mut budget, search(), told(429, 100, 0, 30), START);
        let ids = [stand(&mut budget, search()), stand(&mut budget, wish(Lane::Background))];
        budget.let_out(START);
        assert_eq!(on_the_wire(&budget, &ids), [false, true]);
    }

    #[test]
    fn an_answer_that_was_overtaken_does_not_raise_what_is_left() {
        let mut budget = Budget::new();
        let ids = [0; 3].map(|_| stand(&mut budget, wish(Lane::Person)));
        budget.let_out(START);
        budget.end(ids[1], Some(told(200, 100, 50, 30)), START);
        assert_eq!(budget.org.remaining, Some(48), "two are still on the wire");
        budget.end(ids[0], Some(told(200, 100, 99, 30)), START);
        assert_eq!(budget.org.remaining, Some(48));
    }

    proptest! {
        /// Whatever the order of calls and lanes, a window never lets out more than the desk said were left.
        #[test]
        fn never_over_budget(lanes in proptest::collection::vec(0_u8..4, 1..60), left in 0_u32..30) {
            let mut budget = Budget::new();
            one(&mut budget, wish(Lane::Person), told(200, 100, left, 60), START);
            let mut out = 0;
            for (step, lane) in lanes.iter().enumerate() {
                let lane = [Lane::Person, Lane::Assistant, Lane::Bulk, Lane::Background][usize::from(*lane)];
                let id = stand(&mut budget, wish(lane));
                let now = Duration::from_millis(step as u64 * 500);
                out += budget.let_out(now).0 as u32;
                budget.end(id, None, now);
            }
            prop_assert!(out <= left);
        }
    }
}
