//! Owns the line in front of the wire as a pure machine: who may go now, who waits, for what and until when. Time is
//! handed in (monotonic, since the limiter was made); nothing here waits, locks or sends (`limiter` does), and how one
//! budget is spent is `meter`'s.
//!
//! Rules, in the order they are asked:
//! 1. Every budget a call draws on has a call left for its lane: the org's; for searches; for what it creates for a
//!    customer.
//! 2. The record it writes to is free: writes to one record go one after the other, and a 429 about one record or one
//!    customer stalls only that.
//! 3. Lower lanes leave connections to those above.
//! 4. Among those who may go, the higher lane goes first, then whoever has waited longer. Who has waited for a whole
//!    window moves up a lane, but never among the persons: so nobody starves.

use std::{
    collections::{BTreeMap, HashMap},
    time::Duration,
};

use jiff::Timestamp;

use super::{
    BudgetState, Cost, Creation, Gauge, Lane, Wait,
    hint::Hint,
    jitter::Jitter,
    meter::{Gate, Hold, Meter, Moment, Said, WINDOW},
};

/// The documented budget for searches by API keys (Kustomer API reference 5.1).
const SEARCHES: u32 = 100;
/// The documented budget for creations of one kind for one customer (Kustomer API reference 5.1).
const CREATIONS: u32 = 120;
/// After a gate opens, calls go out this far apart until the desk has taken one.
const PACE: Duration = Duration::from_millis(60);

/// Connections a lane may find in use and still go: a person always finds some.
fn connections(lane: Lane) -> usize {
    match lane {
        Lane::Person => 16,
        Lane::Assistant => 12,
        Lane::Bulk => 8,
        Lane::Background => 4,
    }
}

/// What a call in line needs.
#[derive(Clone, Debug)]
pub(super) struct Wish {
    pub lane: Lane,
    pub cost: Cost,
    pub record: Option<String>,
    pub creation: Option<Creation>,
}

/// What an answer says, as far as budgets care.
#[derive(Clone, Copy, Debug)]
pub(super) struct Told {
    pub status: u16,
    pub hint: Hint,
    /// When its headers were here.
    pub at: Moment,
}

#[derive(Debug)]
struct Standing {
    wish: Wish,
    since: Moment,
}

#[derive(Debug)]
struct Sent {
    wish: Wish,
    at: Moment,
}

/// All budgets of one profile, and everybody who is in line or on the wire.
#[derive(Debug)]
pub(super) struct Budget {
    org: Meter,
    search: Meter,
    creations: HashMap<Creation, Meter>,
    records: HashMap<String, Gate>,
    places: HashMap<u64, Wish>,
    line: BTreeMap<(Lane, u64), Standing>,
    wire: HashMap<u64, Sent>,
    next_id: u64,
    /// Set from a 429 until the desk has taken a call again.
    paced: Option<Paced>,
    jitter: Jitter,
}

/// A line being let out one by one.
#[derive(Debug)]
struct Paced {
    /// The gate closed then.
    since: Moment,
    /// Not before then the next one.
    next: Moment,
}

impl Budget {
    pub fn new(jitter: Jitter) -> Self {
        Self {
            org: Meter::new(None),
            search: Meter::new(Some(SEARCHES)),
            creations: HashMap::new(),
            records: HashMap::new(),
            places: HashMap::new(),
            line: BTreeMap::new(),
            wire: HashMap::new(),
            next_id: 0,
            paced: None,
            jitter,
        }
    }

    /// A number for a place; whoever keeps it keeps the place through every attempt.
    pub fn number(&mut self, wish: Wish) -> u64 {
        self.next_id += 1;
        self.places.insert(self.next_id, wish);
        self.next_id
    }

    /// Puts a call in line.
    pub fn stand(&mut self, id: u64, now: Moment) {
        let Some(wish) = self.places.get(&id).cloned() else { return };
        self.line.insert((wish.lane, id), Standing { wish, since: now });
    }

    /// Moves a call to a higher lane for good, because somebody there waits for it too.
    pub fn lift(&mut self, id: u64, lane: Lane) {
        if let Some(wish) = self.places.get_mut(&id) {
            wish.lane = wish.lane.min(lane);
        }
        self.move_up(id, lane);
    }

    /// The lane a call is in.
    pub fn lane(&self, id: u64) -> Option<Lane> {
        self.places.get(&id).map(|wish| wish.lane)
    }

    /// Moves a call up in the line, if it stands there.
    fn move_up(&mut self, id: u64, lane: Lane) {
        let place = self.line.keys().find(|(from, other)| *other == id && *from > lane).copied();
        if let Some(mut standing) = place.and_then(|place| self.line.remove(&place)) {
            standing.wish.lane = lane;
            self.line.insert((lane, id), standing);
        }
    }

    /// Whether the call may go; asked by the call itself after [`Self::let_out`].
    pub fn on_the_wire(&self, id: u64) -> bool {
        self.wire.contains_key(&id)
    }

    /// Takes a call out, wherever it is: it ended, or nobody waits for it any more.
    pub fn forget(&mut self, id: u64, now: Moment) {
        self.places.remove(&id);
        self.line.retain(|(_, other), _| *other != id);
        self.end(id, None, now);
    }

    /// An attempt ended; `told` is what its answer said, if there was one.
    pub fn end(&mut self, id: u64, told: Option<Told>, now: Moment) {
        let Some(Sent { wish, at: sent }) = self.wire.remove(&id) else { return };
        let refused = told.is_some_and(|told| told.status == 429);
        let narrow = refused
            && told.is_some_and(|told| told.hint.remaining > Some(0))
            && (wish.creation.is_some() || wish.record.is_some());
        let pause = told.and_then(|told| told.hint.retry_after);
        if let Some(meter) = wish.creation.as_ref().and_then(|creation| self.creations.get_mut(creation)) {
            if narrow {
                meter.refused(sent, pause, None, now, &mut self.jitter);
            } else {
                meter.ended(now);
            }
        }
        if let Some(record) = wish.record {
            if narrow && wish.creation.is_none() {
                self.records.entry(record).or_default().close(pause, now, &mut self.jitter);
            } else if told.is_some() && !refused {
                self.records.remove(&record);
            }
        }
        let about_searches = wish.cost == Cost::Search && told.is_some_and(|told| self.is_about_searches(told));
        let (subject, other) = if about_searches {
            (&mut self.search, Some(&mut self.org))
        } else {
            (&mut self.org, (wish.cost == Cost::Search).then_some(&mut self.search))
        };
        if let Some(other) = other {
            other.ended(now);
        }
        match told {
            Some(told) if refused && !narrow => {
                let said = told.of(subject);
                subject.refused(sent, pause.or(told.hint.reset), said, now, &mut self.jitter);
                self.paced = Some(Paced { since: now, next: now });
            }
            Some(told) => {
                subject.answered(sent, now, told.at, told.of(subject));
                self.paced.take_if(|paced| sent > paced.since);
            }
            None => subject.ended(now),
        }
    }

    /// One set of headers serves all budgets; on a search they describe the search budget when their limit is not the
    /// org's (unverified, so it is told by size).
    fn is_about_searches(&self, told: Told) -> bool {
        match (told.hint.limit, self.org.limit()) {
            (Some(limit), Some(org)) => limit != org,
            (Some(limit), None) => told.status == 429 && limit <= SEARCHES,
            (None, _) => false,
        }
    }

    /// Lets out everybody who may go at `now`, highest lane first. Returns how many, and when to ask again if time
    /// alone can change the answer.
    pub fn let_out(&mut self, now: Moment) -> (usize, Option<Moment>) {
        self.roll(now);
        let mut out = 0;
        loop {
            let mut wake: Option<Moment> = None;
            let mut next = None;
            for (place, standing) in &self.line {
                match self.hold(&standing.wish, now) {
                    None => {
                        next = Some(*place);
                        break;
                    }
                    Some(Hold { until, .. }) => wake = wake.into_iter().chain(until).min(),
                }
            }
            let Some(place) = next else { return (out, wake) };
            self.admit(place, now);
            out += 1;
        }
    }

    /// Lets time pass: windows that are over, gates that open, calls that have waited long enough to move up.
    fn roll(&mut self, now: Moment) {
        self.org.roll(now);
        self.search.roll(now);
        self.creations.values_mut().for_each(|meter| meter.roll(now));
        self.creations.retain(|_, meter| !meter.is_idle());
        self.records.values_mut().for_each(|gate| gate.roll(now));
        self.records.retain(|_, gate| !gate.is_idle());
        if self.line.is_empty() && self.org.gate.closed(now).is_none() && self.search.gate.closed(now).is_none() {
            self.paced = None;
        }
        let long = |(place, standing): (&(Lane, u64), &Standing)| {
            (place.0 > Lane::Assistant && now.saturating_sub(standing.since) >= WINDOW).then_some(*place)
        };
        let moving: Vec<(Lane, u64)> = self.line.iter().filter_map(long).collect();
        for (lane, id) in moving {
            let up = if lane == Lane::Background { Lane::Bulk } else { Lane::Assistant };
            self.move_up(id, up);
            self.line.entry((up, id)).and_modify(|standing| standing.since = now);
        }
    }

    fn admit(&mut self, place: (Lane, u64), now: Moment) {
        let Some(Standing { wish, .. }) = self.line.remove(&place) else { return };
        self.org.take(now);
        if wish.cost == Cost::Search {
            self.search.take(now);
        }
        if let Some(creation) = &wish.creation {
            self.creations.entry(creation.clone()).or_insert_with(|| Meter::new(Some(CREATIONS))).take(now);
        }
        if let Some(paced) = &mut self.paced {
            paced.next = now + PACE;
        }
        self.wire.insert(place.1, Sent { wish, at: now });
    }

    fn hold(&self, wish: &Wish, now: Moment) -> Option<Hold> {
        let searches = Some(&self.search).filter(|_| wish.cost == Cost::Search);
        let creations = wish.creation.as_ref().and_then(|creation| self.creations.get(creation));
        let mut meters = [Some(&self.org), searches, creations].into_iter().flatten();
        meters.find_map(|meter| meter.hold(wish.lane, now)).or_else(|| self.hold_apart_from_budgets(wish, now))
    }

    fn hold_apart_from_budgets(&self, wish: &Wish, now: Moment) -> Option<Hold> {
        if let Some(record) = &wish.record {
            if let Some(until) = self.records.get(record).and_then(|gate| gate.closed(now)) {
                return Some(Hold { until: Some(until), why: Some("the desk limits changes of one record") });
            }
            if self.wire.values().any(|other| other.wish.record.as_ref() == Some(record)) {
                return Some(Hold::BUSY);
            }
        }
        if self.wire.len() >= connections(wish.lane) {
            return Some(Hold::BUSY);
        }
        self.paced.as_ref().filter(|paced| paced.next > now).map(|paced| Hold::until(paced.next))
    }

    /// A span from nothing to `most`, by chance.
    pub fn chance(&mut self, most: Duration) -> Duration {
        self.jitter.up_to(most)
    }

    /// The state to show. `clock` is the wall-clock time of `now`.
    pub fn state(&self, now: Moment, clock: Timestamp) -> BudgetState {
        let at = |moment: Moment| {
            let left = jiff::SignedDuration::try_from(moment.saturating_sub(now)).unwrap_or_default();
            clock.checked_add(left).unwrap_or(clock)
        };
        let held = self.line.values().find_map(|standing| {
            let hold = self.hold(&standing.wish, now)?;
            Some((hold.why?, hold.until?))
        });
        let waiting = held.map(|(why, until)| Wait { why: why.to_owned(), until: at(until), queued: self.line.len() });
        let gauge = |meter: &Meter| Gauge {
            limit: meter.limit(),
            left: meter.left(),
            ends: meter.ends().map(at),
            last_share: meter.last_share(),
        };
        let mut line = [0; 4];
        for (lane, _) in self.line.keys() {
            line[*lane as usize] += 1;
        }
        BudgetState { org: gauge(&self.org), search: gauge(&self.search), line, waiting }
    }
}

impl Told {
    /// What the headers say of a budget whose limit may be known already.
    fn of(&self, meter: &Meter) -> Option<Said> {
        let limit = self.hint.limit.or(meter.limit()).filter(|limit| *limit > 0)?;
        let used = limit.saturating_sub(self.hint.remaining?);
        Some(Said { limit, used, reset: self.hint.reset.map(|wait| self.at + wait) })
    }
}

#[cfg(test)]
mod simulation;
#[cfg(test)]
mod tests;
