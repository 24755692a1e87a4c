//! Owns `shiftdeck usage`: what models were asked for on this machine, by shift, model or turn, and what is left of the
//! budget. Counting and limits are `assistant::Ledger`'s.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use serde_json::{Value, json};

use super::{
    Exit, Failure,
    args::{By, Usage},
    out,
};
use crate::{
    assistant::{Figures, Ledger, Sum, display_name, grouped, money, shift_start},
    clock::Clock,
    config::{Config, Spending},
    privacy::text,
    store::{Store, UsageRow},
};

/// Runs it.
pub fn run(config: &Config, args: &Usage) -> Result<Exit, Failure> {
    let (store, clock, zone) = (Store::open(&config.paths.data)?, Clock::real(), TimeZone::system());
    let since = clock.now() - SignedDuration::from_hours(24 * i64::from(args.days));
    let rows = store.usage_since(since)?;
    let lines = lines(&rows, args.by, &config.spending, &zone);
    let ledger = Ledger::new(store, clock, zone.clone(), config.spending.clone());
    let figures = ledger.figures("")?;
    if args.json {
        out::json(&document(&lines, &figures))?;
        return Ok(Exit::Done);
    }
    let cells = lines.iter().map(|line| cells(line, args.by, &config.spending, &zone)).collect::<Vec<_>>();
    let first = if args.by == By::Turn { "TURN" } else { "SHIFT" };
    out::table(&[first, "MODEL", "TURNS", "REQUESTS", "READ", "CACHED", "WRITTEN", "COST"], &cells)?;
    out::say(&standing(&figures));
    Ok(Exit::Done)
}

/// What one line sums up.
struct Line {
    /// When the shift or the turn began; `None` over all.
    began: Option<Timestamp>,
    turn: Option<String>,
    model: String,
    turns: usize,
    sum: Sum,
}

/// When it began, which turn, which model.
type Group<'a> = (Option<Timestamp>, Option<&'a str>, &'a str);

fn lines(rows: &[UsageRow], by: By, spending: &Spending, zone: &TimeZone) -> Vec<Line> {
    let mut groups: BTreeMap<Group<'_>, Vec<&UsageRow>> = BTreeMap::new();
    let mut began: BTreeMap<&str, Timestamp> = BTreeMap::new();
    for row in rows {
        began.entry(&row.turn).or_insert(row.at);
    }
    for row in rows {
        let (at, turn) = match by {
            By::Shift => (Some(shift_start(&spending.shift_starts, row.at, zone)), None),
            By::Model => (None, None),
            By::Turn => (began.get(row.turn.as_str()).copied(), Some(row.turn.as_str())),
        };
        groups.entry((at, turn, &row.model)).or_default().push(row);
    }
    let line = |((began, turn, model), rows): (Group<'_>, Vec<&UsageRow>)| Line {
        began,
        turn: turn.map(str::to_owned),
        model: model.to_owned(),
        turns: rows.iter().map(|row| row.turn.as_str()).collect::<std::collections::BTreeSet<_>>().len(),
        sum: rows.into_iter().collect(),
    };
    groups.into_iter().map(line).collect()
}

fn cells(line: &Line, by: By, spending: &Spending, zone: &TimeZone) -> Vec<String> {
    let Line { began, model, turns, sum, .. } = line;
    let began = began.map(|began| began.to_zoned(zone.clone()));
    let about = if sum.estimated > 0 { "~" } else { "" };
    vec![
        match (by, began) {
            (_, Some(began)) => began.strftime("%Y-%m-%d %H:%M").to_string(),
            (_, None) => "all".to_owned(),
        },
        text::line(display_name(model)).into_string(),
        turns.to_string(),
        sum.requests.to_string(),
        format!("{about}{}", grouped(sum.prompt)),
        grouped(sum.cached),
        format!("{about}{}", grouped(sum.completion)),
        match (sum.unpriced, sum.requests) {
            (0, _) => money(sum.cost, spending.currency()),
            (unpriced, all) if unpriced == all => "no price".to_owned(),
            (_, _) => format!("at least {}", money(sum.cost, spending.currency())),
        },
    ]
}

/// The present shift against its budget.
fn standing(figures: &Figures) -> String {
    let words = figures.to_string();
    let shift = words.split_once("shift ").map_or(words.as_str(), |(_, shift)| shift);
    let estimated = if figures.shift.estimated > 0 { " (~ means estimated: the endpoint told no tokens)" } else { "" };
    format!("this shift: {shift}{estimated}")
}

/// A sum as JSON; money in whole units.
pub fn sum(sum: &Sum) -> Value {
    json!({
        "requests": sum.requests, "prompt_tokens": sum.prompt, "cached_tokens": sum.cached,
        "completion_tokens": sum.completion, "estimated_requests": sum.estimated, "unpriced_requests": sum.unpriced,
        "cost": units(sum.cost),
    })
}

fn units(micros: u64) -> f64 {
    micros as f64 / 1e6
}

fn document(lines: &[Line], figures: &Figures) -> Value {
    let rows = lines.iter().map(|line| {
        let mut row = sum(&line.sum);
        row["model"] = line.model.as_str().into();
        row["turns"] = line.turns.into();
        row["began"] = line.began.map(|began| began.to_string()).into();
        row["turn"] = line.turn.as_deref().into();
        row
    });
    let budget = &figures.spending.budget;
    json!({
        "currency": figures.spending.currency(),
        "rows": rows.collect::<Vec<_>>(),
        "this_shift": sum(&figures.shift),
        "budget": {
            "turn_tokens": budget.turn_tokens, "turn_cost": budget.turn_cost.map(|cost| units(cost.0)),
            "shift_tokens": budget.shift_tokens, "shift_cost": budget.shift_cost.map(|cost| units(cost.0)),
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_summed_by_shift_model_and_turn() {
        let row = |at: &str, turn: &str, model: &str| UsageRow {
            at: at.parse().expect("a time"),
            turn: turn.into(),
            model: model.into(),
            prompt: 1_000,
            cached: 0,
            completion: 10,
            estimated: false,
            cost: Some(100),
        };
        let rows = [
            row("2026-11-28T05:00:00Z", "t1", "a"),
            row("2026-11-28T07:00:00Z", "t1", "a"),
            row("2026-11-28T08:00:00Z", "t2", "a"),
            row("2026-11-28T09:00:00Z", "t2", "b"),
        ];
        let shift_starts = vec!["06:00".parse().expect("a time")];
        let spending = Spending { shift_starts, ..Spending::default() };
        let told = |by| -> Vec<(String, usize, u64)> {
            let lines = lines(&rows, by, &spending, &TimeZone::UTC);
            lines.into_iter().map(|line| (line.model, line.turns, line.sum.requests)).collect()
        };
        let line = |model: &str, turns, requests| (model.to_owned(), turns, requests);
        assert_eq!(told(By::Shift), [line("a", 1, 1), line("a", 2, 2), line("b", 1, 1)]);
        assert_eq!(told(By::Model), [line("a", 2, 3), line("b", 1, 1)]);
        assert_eq!(told(By::Turn), [line("a", 1, 2), line("a", 1, 1), line("b", 1, 1)]);
    }
}
