//! The line and its budgets, step by step; `simulation` lets them live against a desk.

use proptest::prelude::*;

use super::*;
use crate::transport::Made;

const START: Moment = Duration::ZERO;
const LANES: [Lane; 4] = [Lane::Person, Lane::Assistant, Lane::Bulk, Lane::Background];

fn budget() -> Budget {
    Budget::new(Jitter::seeded(1))
}

fn wish(lane: Lane) -> Wish {
    Wish { lane, cost: Cost::Org, record: None, creation: None }
}

fn on(record: &str) -> Wish {
    Wish { record: Some(record.to_owned()), ..wish(Lane::Person) }
}

fn note_for(customer: &str) -> Wish {
    Wish { creation: Creation::of(Made::Note, customer, None), ..on(customer) }
}

fn hint(limit: u32, remaining: u32, reset: u64) -> Hint {
    let reset = Some(Duration::from_secs(reset));
    Hint { limit: Some(limit), remaining: Some(remaining), reset, retry_after: None }
}

fn stand(budget: &mut Budget, wish: Wish, now: Moment) -> u64 {
    let id = budget.number(wish);
    budget.stand(id, now);
    id
}

/// One call that goes out and comes back with these words.
fn one(budget: &mut Budget, wish: Wish, status: u16, hint: Hint, now: Moment) {
    let id = stand(budget, wish, now);
    budget.let_out(now);
    assert!(budget.on_the_wire(id));
    budget.end(id, Some(Told { status, hint, at: now }), now);
}

fn on_the_wire(budget: &Budget, ids: &[u64]) -> Vec<bool> {
    ids.iter().map(|id| budget.on_the_wire(*id)).collect()
}

#[test]
fn a_person_goes_before_whoever_waited_longer() {
    let mut budget = budget();
    one(&mut budget, wish(Lane::Person), 200, hint(100, 1, 30), START);
    let bulk = stand(&mut budget, wish(Lane::Bulk), START);
    let person = stand(&mut budget, wish(Lane::Person), START);
    assert_eq!(budget.let_out(START), (1, Some(Duration::from_secs(30))));
    assert_eq!(on_the_wire(&budget, &[bulk, person]), [false, true]);
}

#[test]
fn a_person_is_told_what_everybody_waits_for_and_who_waits() {
    let mut budget = budget();
    one(&mut budget, wish(Lane::Person), 200, hint(100, 1, 30), START);
    for lane in [Lane::Background, Lane::Bulk, Lane::Person, Lane::Person] {
        stand(&mut budget, wish(lane), START);
    }
    budget.let_out(START);
    let state = budget.state(START, Timestamp::UNIX_EPOCH);
    let until = Timestamp::from_second(30).expect("valid");
    let why = "this minute's requests are used up".to_owned();
    assert_eq!(state.waiting, Some(Wait { why, until, queued: 3 }));
    assert_eq!((state.org.limit, state.org.left, state.org.ends), (Some(100), Some(0), Some(until)));
    assert_eq!(state.line, [1, 0, 1, 1]);
    budget.let_out(Duration::from_secs(30));
    assert_eq!(
        budget.state(Duration::from_secs(30), Timestamp::UNIX_EPOCH).org.last_share,
        Some(0.99),
        "one was never answered"
    );
}

#[test]
fn lower_lanes_go_along_the_window_and_a_waiting_one_is_no_news() {
    let mut budget = budget();
    one(&mut budget, wish(Lane::Person), 200, hint(100, 99, 60), START);
    let bulk = [0; 30].map(|_| stand(&mut budget, wish(Lane::Bulk), START));
    let mut gone = Vec::new();
    for second in 0..12 {
        let now = Duration::from_secs(second);
        budget.let_out(now);
        for id in bulk.iter().filter(|id| budget.on_the_wire(**id)).copied().collect::<Vec<_>>() {
            budget.end(id, None, now);
            gone.push(second);
        }
    }
    assert_eq!(gone.iter().filter(|second| **second == 0).count(), 4, "some may go ahead");
    assert_eq!(gone.len(), 4 + 17, "then as many as the window's share");
    assert_eq!(budget.state(Duration::from_secs(11), Timestamp::UNIX_EPOCH).waiting, None);
}

#[test]
fn while_nothing_is_known_lower_lanes_start_gently_and_persons_do_not_wait() {
    let mut budget = budget();
    let bulk = [0; 9].map(|_| stand(&mut budget, wish(Lane::Bulk), START));
    budget.let_out(START);
    assert_eq!(on_the_wire(&budget, &bulk).iter().filter(|out| **out).count(), 3);
    let persons = [0; 5].map(|_| stand(&mut budget, wish(Lane::Person), START));
    budget.let_out(START);
    assert_eq!(on_the_wire(&budget, &persons), [true; 5]);
}

#[test]
fn after_a_429_all_wait_at_one_gate_and_leave_one_by_one_until_one_is_taken() {
    let mut budget = budget();
    one(&mut budget, wish(Lane::Bulk), 429, hint(1000, 0, 20), START);
    let ids = [Lane::Bulk, Lane::Person, Lane::Person, Lane::Person].map(|lane| stand(&mut budget, wish(lane), START));
    let (out, wake) = budget.let_out(START);
    let open = wake.expect("the gate has a time");
    assert_eq!((out, open >= Duration::from_secs(20), open < Duration::from_secs(21)), (0, true, true));
    assert_eq!(budget.let_out(open), (1, Some(open + PACE)));
    assert_eq!(on_the_wire(&budget, &ids), [false, true, false, false]);
    assert_eq!(budget.let_out(open + PACE), (1, Some(open + PACE * 2)));
    budget.end(ids[1], Some(Told { status: 200, hint: hint(1000, 999, 60), at: open + PACE }), open + PACE);
    assert_eq!(budget.let_out(open + PACE).0, 2);
}

#[test]
fn a_429_without_a_time_backs_off_further_each_time() {
    let mut budget = budget();
    let mut now = START;
    let mut waits = Vec::new();
    for _ in 0..3 {
        one(&mut budget, wish(Lane::Person), 429, Hint::default(), now);
        let id = stand(&mut budget, wish(Lane::Person), now);
        let open = budget.let_out(now).1.expect("the gate has a time");
        waits.push(open.saturating_sub(now).as_secs());
        budget.forget(id, now);
        now = open;
    }
    assert_eq!(waits, [2, 4, 8]);
}

#[test]
fn a_429_about_one_record_or_one_customer_stalls_only_that() {
    for (subject, same, other) in [
        (on("a"), on("a"), on("b")),
        (note_for("a"), note_for("a"), note_for("b")),
        (note_for("a"), note_for("a"), on("a")),
    ] {
        let mut budget = budget();
        one(&mut budget, subject, 429, hint(1000, 900, 10), START);
        let ids = [stand(&mut budget, same, START), stand(&mut budget, other, START)];
        let (out, wake) = budget.let_out(START);
        let wake = wake.expect("a time");
        assert_eq!((out, on_the_wire(&budget, &ids)), (1, vec![false, true]));
        assert!(wake >= Duration::from_secs(2) && wake < Duration::from_secs(3), "{wake:?}");
        budget.end(ids[1], Some(Told { status: 200, hint: hint(1000, 899, 10), at: wake }), wake);
        budget.let_out(wake);
        assert!(budget.on_the_wire(ids[0]));
    }
}

#[test]
fn creations_for_one_customer_are_counted_before_the_desk_refuses_them() {
    let mut budget = budget();
    for number in 0..CREATIONS {
        one(&mut budget, note_for("a"), 201, hint(1000, 1000 - number, 60), START);
    }
    let late = stand(&mut budget, note_for("a"), START);
    let others = [note_for("b"), on("a")].map(|wish| stand(&mut budget, wish, START));
    assert_eq!(budget.let_out(START), (2, Some(WINDOW)));
    assert_eq!((budget.on_the_wire(late), on_the_wire(&budget, &others)), (false, vec![true, true]));
    for id in others {
        budget.end(id, None, START);
    }
    budget.let_out(WINDOW);
    assert!(budget.on_the_wire(late));
}

#[test]
fn imported_history_is_not_counted_by_customer() {
    let imported = serde_json::json!({"importedAt": "2024-01-01T00:00:00Z"});
    assert_eq!(Creation::of(Made::Message, "a", Some(&imported)), None);
    for (made, body) in [(Made::Note, Some(&imported)), (Made::Draft, Some(&imported)), (Made::Message, None)] {
        assert!(Creation::of(made, "a", body).is_some(), "{made:?}");
    }
}

#[test]
fn writes_to_one_record_go_one_after_the_other() {
    let mut budget = budget();
    let ids = [stand(&mut budget, on("a"), START), stand(&mut budget, on("a"), START)];
    budget.let_out(START);
    assert_eq!(on_the_wire(&budget, &ids), [true, false]);
    budget.end(ids[0], Some(Told { status: 200, hint: hint(1000, 900, 10), at: START }), START);
    budget.let_out(START);
    assert_eq!(on_the_wire(&budget, &ids), [false, true]);
}

#[test]
fn searches_have_a_budget_of_their_own() {
    let mut budget = budget();
    let search = || Wish { cost: Cost::Search, ..wish(Lane::Person) };
    one(&mut budget, wish(Lane::Person), 200, hint(1000, 900, 30), START);
    one(&mut budget, search(), 429, hint(100, 0, 30), START);
    let ids = [stand(&mut budget, search(), START), stand(&mut budget, wish(Lane::Background), START)];
    let now = Duration::from_secs(20);
    budget.let_out(now);
    assert_eq!(on_the_wire(&budget, &ids), [false, true]);
}

#[test]
fn calls_on_the_wire_count_as_used_until_the_desk_has_counted_them() {
    let mut budget = budget();
    let ids = [0; 3].map(|_| stand(&mut budget, wish(Lane::Person), START));
    budget.let_out(START);
    let second = Duration::from_secs(1);
    let told = |remaining| Some(Told { status: 200, hint: hint(100, remaining, 30), at: second });
    budget.end(ids[1], told(50), START);
    assert_eq!(budget.org.left(), Some(48), "two are still on the wire");
    budget.end(ids[0], told(51), START);
    assert_eq!(budget.org.left(), Some(49), "it was counted before the other");
    budget.end(ids[2], None, START);
    assert_eq!(budget.org.left(), Some(49), "nobody knows whether it was counted");
}

#[test]
fn a_call_lifted_by_a_person_goes_as_a_persons() {
    let mut budget = budget();
    one(&mut budget, wish(Lane::Person), 200, hint(100, 1, 30), START);
    let ids = [Lane::Bulk, Lane::Background].map(|lane| stand(&mut budget, wish(lane), START));
    budget.lift(ids[1], Lane::Person);
    budget.let_out(START);
    assert_eq!(on_the_wire(&budget, &ids), [false, true]);
    assert_eq!(ids.map(|id| budget.lane(id)), [Some(Lane::Bulk), Some(Lane::Person)]);
}

proptest! {
    /// Whatever the order of calls and lanes, a window never lets out more than the desk said were left.
    #[test]
    fn never_over_budget(lanes in proptest::collection::vec(0_usize..4, 1..60), left in 0_u32..30) {
        let mut budget = budget();
        one(&mut budget, wish(Lane::Person), 200, hint(100, left, 60), START);
        let mut out = 0;
        for (step, lane) in lanes.iter().enumerate() {
            let now = Duration::from_millis(step as u64 * 500);
            let id = stand(&mut budget, wish(LANES[*lane]), now);
            out += budget.let_out(now).0 as u32;
            budget.end(id, None, now);
        }
        prop_assert!(out <= left);
    }

    /// Nothing a desk answers, in whatever order, brings the line to a halt without a time at which it goes on.
    #[test]
    fn a_line_always_knows_when_it_goes_on(
        answers in proptest::collection::vec(
            (0_usize..4, 200_u16..500, 0_u32..40, 0_u32..40, 0_u64..100, 0_u64..5000),
            1..60,
        ),
    ) {
        let mut budget = budget();
        let mut now = START;
        for (lane, status, limit, remaining, reset, step) in answers {
            let status = if status % 3 == 0 { 429 } else { status };
            let id = stand(&mut budget, wish(LANES[lane]), now);
            while !budget.on_the_wire(id) {
                let (_, wake) = budget.let_out(now);
                if budget.on_the_wire(id) { break; }
                let wake = wake.expect("nothing is on the wire, so time must help");
                prop_assert!(wake > now, "a wake in the past would spin");
                prop_assert!(wake <= now + Duration::from_secs(200));
                now = wake;
            }
            now += Duration::from_millis(step);
            let told = Told { status, hint: hint(limit, remaining, reset), at: now };
            budget.end(id, Some(told), now);
        }
    }
}
