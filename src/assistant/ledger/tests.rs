//! The ledger by itself: prices, shifts, limits, and what is kept of a request that was stopped.

use std::collections::BTreeMap;

use super::*;
use crate::config::Budget;

const NOW: &str = "2026-11-28T13:00:00Z";

fn price(input: u64, cached: Option<u64>, output: u64) -> Price {
    Price {
        input_per_million: Micros(input),
        cached_per_million: cached.map(Micros),
        output_per_million: Micros(output),
    }
}

fn ledger(budget: Budget) -> (tempfile::TempDir, Ledger) {
    let folder = tempfile::tempdir().expect("a folder");
    let store = Store::open(folder.path()).expect("a store");
    let (clock, _hand) = Clock::by_hand(NOW.parse().expect("a time"));
    let prices = BTreeMap::from([("m".to_owned(), price(2_500_000, Some(1_250_000), 10_000_000))]);
    let spending = Spending { prices, budget, shift_starts: vec![Time::midnight()] };
    (folder, Ledger::new(store, clock, TimeZone::UTC, spending))
}

#[test]
fn a_request_costs_what_the_prices_say_to_the_millionth() {
    let tokens = Tokens { prompt: 1_000, cached: 400, completion: 50, estimated: false };
    assert_eq!(tokens.cost(&price(2_500_000, Some(1_250_000), 10_000_000)), 1_500 + 500 + 500);
    assert_eq!(tokens.cost(&price(2_500_000, None, 0)), 2_500);
    let most = Tokens { prompt: u64::MAX, cached: 0, completion: u64::MAX, estimated: false };
    assert_eq!(most.cost(&price(u64::MAX, None, u64::MAX)), u64::MAX);
}

#[test]
fn a_shift_runs_from_one_start_to_the_next_also_over_midnight() {
    let starts: Vec<Time> = ["06:00", "14:00", "22:00"].iter().map(|text| text.parse().expect("a time")).collect();
    let zone = TimeZone::fixed(jiff::tz::offset(1));
    for (now, began) in [
        ("2026-11-28T12:59:59Z", "2026-11-28T05:00:00Z"),
        ("2026-11-28T13:00:00Z", "2026-11-28T13:00:00Z"),
        ("2026-11-28T23:30:00Z", "2026-11-28T21:00:00Z"),
        ("2026-11-28T04:59:59Z", "2026-11-27T21:00:00Z"),
    ] {
        let began: Timestamp = began.parse().expect("a time");
        assert_eq!(shift_start(&starts, now.parse().expect("a time"), &zone), began, "{now}");
    }
}

#[test]
fn what_an_endpoint_tells_is_kept_and_what_it_does_not_is_estimated() {
    let (_folder, ledger) = ledger(Budget::default());
    let told = Tokens { prompt: 90, cached: 60, completion: 4, estimated: false };
    ledger.open("t1", "m", 400).expect("free").close(Some(told));
    let mut stopped = ledger.open("t1", "m", 400).expect("free");
    assert_eq!(stopped.hear(41), None);
    drop(stopped);
    ledger.open("t2", "unknown", 4).expect("free").void();
    ledger.open("t2", "unknown", 4).expect("free").close(None);
    let figures = ledger.figures("t1").expect("read");
    let turn =
        Sum { requests: 2, prompt: 190, cached: 60, completion: 15, estimated: 1, cost: 150 + 40 + 360, unpriced: 0 };
    assert_eq!(figures.turn, turn);
    assert_eq!((figures.shift.requests, figures.shift.unpriced, figures.shift.prompt), (3, 1, 191));
    assert_eq!(figures.to_string(), "turn ~205 tokens, 0.0006 USD · shift ~206 tokens, at least 0.0006 USD");
}

#[test]
fn beyond_a_limit_nothing_is_begun_and_nothing_goes_on() {
    use ModelErrorKind as Kind;
    let tokens = |turn, shift| Budget { turn_tokens: turn, shift_tokens: shift, ..Budget::default() };
    let cost = |turn: Option<u64>, shift: Option<u64>| Budget {
        turn_cost: turn.map(Micros),
        shift_cost: shift.map(Micros),
        ..Budget::default()
    };
    for (budget, kind) in [
        (tokens(Some(100), None), Kind::TurnBudget),
        (tokens(None, Some(100)), Kind::ShiftBudget),
        (tokens(Some(100), Some(100)), Kind::ShiftBudget),
        (cost(Some(250), None), Kind::TurnBudget),
        (cost(None, Some(250)), Kind::ShiftBudget),
    ] {
        let (_folder, ledger) = ledger(budget.clone());
        let refused = ledger.open("t", "m", 404).map(Meter::void);
        assert_eq!(refused, Err(ModelError::new(kind)), "the question alone is too much: {budget:?}");
        let mut meter = ledger.open("t", "m", 200).expect("there is enough left");
        assert_eq!(meter.hear(0), None);
        assert_eq!(meter.hear(204), Some(kind), "{budget:?}");
        meter.close(Some(Tokens { prompt: 100, cached: 0, completion: 0, estimated: false }));
        assert_eq!(ledger.open("t", "m", 0).map(Meter::void), Err(ModelError::new(kind)), "all is spent: {budget:?}");
        let next_turn = ledger.open("t2", "m", 4).map(Meter::void);
        assert_eq!(next_turn.is_ok(), kind == Kind::TurnBudget, "{budget:?}");
    }
}

#[test]
fn a_budget_in_money_needs_a_price_and_a_ledger_that_can_be_written() {
    let (_folder, ledger) = ledger(Budget { shift_cost: Some(Micros(1)), ..Budget::default() });
    assert_eq!(ledger.open("t", "other", 4).map(Meter::void), Err(ModelError::new(ModelErrorKind::Unpriced)));
    ledger.0.broken.store(true, Ordering::Relaxed);
    assert_eq!(ledger.open("t", "m", 0).map(Meter::void), Err(ModelError::new(ModelErrorKind::Ledger)));
}

#[test]
fn figures_name_their_limits() {
    let budget = Budget { shift_cost: Some(Micros(5_000_000)), turn_tokens: Some(50_000), ..Budget::default() };
    let (_folder, ledger) = ledger(budget);
    let told = Tokens { prompt: 1_234_000, cached: 0, completion: 4, estimated: false };
    ledger.open("t1", "m", 4).expect("free").close(Some(told));
    assert_eq!(
        ledger.figures("t1").expect("read").to_string(),
        "turn 1,234,004 of 50,000 tokens, 3.0851 USD · shift 1,234,004 tokens, 3.0851 USD of 5.0000 USD"
    );
}
