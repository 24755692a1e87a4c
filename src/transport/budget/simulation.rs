//! The line against a desk whose windows begin with their first request, over simulated minutes: how much of the budget
//! is used, whether the desk ever refuses, whether a person ever waits.

use std::{cmp::Reverse, collections::BinaryHeap};

use proptest::prelude::*;

use super::*;

/// A desk's budget, by its own clock.
struct Desk {
    limit: u32,
    length: Duration,
    /// The desk's clock when ours starts; resets are whole seconds of it.
    clock: Duration,
    /// How far our idea of its clock is off, milliseconds.
    skew: i64,
    ends: Moment,
    used: u32,
    refused: u32,
    /// When each call was taken.
    taken: Vec<Moment>,
}

impl Desk {
    fn request(&mut self, now: Moment) -> (u16, u32, Moment) {
        if now >= self.ends {
            (self.ends, self.used) = (now + self.length, 0);
        }
        let within = self.used < self.limit;
        self.used += u32::from(within);
        self.refused += u32::from(!within);
        if within {
            self.taken.push(now);
        }
        let whole = Duration::from_secs((self.clock + self.ends).as_secs_f64().ceil() as u64);
        let told = whole.saturating_sub(self.clock).as_millis() as i64 + self.skew;
        let reset = Duration::from_millis(u64::try_from(told).unwrap_or_default());
        (if within { 200 } else { 429 }, self.limit - self.used, reset)
    }

    /// What was taken in full windows' time behind the first three, as a share of what could have been.
    fn share(&self) -> f64 {
        let from = self.length * 3;
        let until = self.taken.last().copied().unwrap_or_default();
        let taken = self.taken.iter().filter(|at| **at >= from).count() as f64;
        taken / f64::from(self.limit) / (until.saturating_sub(from).as_secs_f64() / self.length.as_secs_f64())
    }
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Event {
    Arrives(u64),
    Answers(u64, u16, u32, Moment),
    Person,
}

struct Run {
    desk: Desk,
    budget: Budget,
    events: BinaryHeap<Reverse<(Moment, u64, Event)>>,
    standing: Vec<(u64, Lane, Moment)>,
    sent: HashMap<u64, Lane>,
    latency: Duration,
    chance: Jitter,
    order: u64,
    /// The longest a person waited while a call was left.
    person_waited: Duration,
    background_went: Option<Moment>,
}

impl Run {
    fn new(desk: Desk, latency: Duration, seed: u64) -> Self {
        Self {
            desk,
            budget: Budget::new(Jitter::seeded(seed)),
            events: BinaryHeap::new(),
            standing: Vec::new(),
            sent: HashMap::new(),
            latency,
            chance: Jitter::seeded(seed ^ 7),
            order: 0,
            person_waited: Duration::ZERO,
            background_went: None,
        }
    }

    fn at(&mut self, moment: Moment, event: Event) {
        self.order += 1;
        self.events.push(Reverse((moment, self.order, event)));
    }

    fn stand(&mut self, lane: Lane, now: Moment) {
        let id = self.budget.number(Wish { lane, cost: Cost::Org, record: None, creation: None });
        self.budget.stand(id, now);
        self.standing.push((id, lane, now));
    }

    /// Bulk that always has work, and a person every now and then.
    fn live(&mut self, until: Moment, person_every: Duration) {
        self.at(person_every, Event::Person);
        self.stand(Lane::Background, Duration::ZERO);
        let mut now = Duration::ZERO;
        while now < until {
            while self.standing.iter().filter(|(_, lane, _)| *lane == Lane::Bulk).count() < 6 {
                self.stand(Lane::Bulk, now);
            }
            let left = self.budget.org.left().is_none_or(|left| left > 0);
            let free = left && self.budget.org.gate.closed(now).is_none() && self.budget.wire.len() < 16;
            let wake = self.budget.let_out(now).1;
            self.depart(now, free);
            let next = self.events.peek().map(|Reverse((at, ..))| *at);
            now = next.into_iter().chain(wake).min().expect("something always happens next").max(now);
            while self.events.peek().is_some_and(|Reverse((at, ..))| *at <= now) {
                let Some(Reverse((_, _, event))) = self.events.pop() else { break };
                self.happen(event, now, person_every);
            }
        }
    }

    /// Puts on the wire who was let out; whoever is a person and still stands must have had nothing left.
    fn depart(&mut self, now: Moment, free: bool) {
        for (id, lane, since) in std::mem::take(&mut self.standing) {
            if self.budget.on_the_wire(id) {
                if lane == Lane::Background {
                    self.background_went.get_or_insert(now);
                }
                self.sent.insert(id, lane);
                let way = self.latency / 4 + self.chance.up_to(self.latency / 2);
                self.at(now + way, Event::Arrives(id));
                continue;
            }
            if lane == Lane::Person && free {
                self.person_waited = self.person_waited.max(now.saturating_sub(since) + Duration::from_nanos(1));
            }
            self.standing.push((id, lane, since));
        }
    }

    fn happen(&mut self, event: Event, now: Moment, person_every: Duration) {
        match event {
            Event::Arrives(id) => {
                let (status, remaining, reset) = self.desk.request(now);
                let way = self.latency / 4 + self.chance.up_to(self.latency / 2);
                self.at(now + way, Event::Answers(id, status, remaining, reset));
            }
            Event::Answers(id, status, remaining, reset) => {
                let reset = Some(reset.saturating_sub(now));
                let hint = Hint { limit: Some(self.desk.limit), remaining: Some(remaining), reset, retry_after: None };
                self.budget.end(id, Some(Told { status, hint, at: now }), now);
                let lane = self.sent.remove(&id).expect("it was sent");
                if status == 429 {
                    self.budget.stand(id, now);
                    self.standing.push((id, lane, now));
                }
            }
            Event::Person => {
                self.stand(Lane::Person, now);
                let gap = person_every / 2 + self.chance.up_to(person_every);
                self.at(now + gap, Event::Person);
            }
        }
    }
}

fn run(limit: u32, length: Duration, skew: i64, seed: u64, persons: u32) -> Run {
    let mut chance = Jitter::seeded(seed);
    let clock = Duration::from_secs(1_000_000) + chance.up_to(Duration::from_secs(1));
    let desk = Desk { limit, length, clock, skew, ends: Duration::ZERO, used: 0, refused: 0, taken: Vec::new() };
    let latency = length / 2000 + chance.up_to(length / 600);
    let mut run = Run::new(desk, latency, seed);
    run.live(length * 9, length * persons / limit);
    run
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// The budget is used up, no call is refused, and no person waits while a call is left.
    #[test]
    fn bulk_uses_the_budget_up_and_keeps_a_person_instant(
        limit in 50_u32..2000,
        length in prop_oneof![Just(60_000), Just(3_000), Just(1_000)],
        seed in any::<u64>(),
        persons in 3_u32..40,
    ) {
        let run = run(limit, Duration::from_millis(length), 0, seed, persons);
        prop_assert_eq!(run.desk.refused, 0);
        prop_assert!(run.desk.share() >= 0.97, "{}", run.desk.share());
        prop_assert_eq!(run.person_waited, Duration::ZERO);
        let went = length < 60_000 || run.background_went.is_some_and(|at| at < WINDOW * 4);
        prop_assert!(went, "nobody starves: {:?}", run.background_went);
    }

    /// Windows of fractions of a second and clocks that disagree: at most one call is refused, then nothing is guessed.
    #[test]
    fn an_end_that_is_guessed_wrong_is_guessed_once(
        limit in 50_u32..500,
        (length, skew) in prop_oneof![
            (Just(60_000), -4000_i64..4000),
            (Just(3_000), -400_i64..400),
            (Just(600), Just(0)),
        ],
        seed in any::<u64>(),
    ) {
        let run = run(limit, Duration::from_millis(length), skew, seed, 10);
        prop_assert!(run.desk.refused <= 12, "{}", run.desk.refused);
    }
}
