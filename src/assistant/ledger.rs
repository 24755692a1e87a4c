//! Owns what models cost: every request is counted, priced and kept in the store, and none is begun, or goes on, beyond
//! the budget. Does not talk to an endpoint (`stream`) nor draw (`console::panes::assistant`).
//!
//! A shift runs from one of the settings' times of day to the next, local time. Where an endpoint tells no tokens, or an
//! answer was stopped before it did, four characters are taken for a token, and the row says that it is an estimate.

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use jiff::{Timestamp, civil::Time, tz::TimeZone};

use super::{ModelError, ModelErrorKind};
use crate::{
    clock::Clock,
    config::{Micros, Price, Spending},
    store::{Store, StoreError, UsageRow},
};

/// Characters that are taken for a token where nobody counts.
const CHARACTERS: usize = 4;

/// Tokens of one request.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tokens {
    /// Read by the model.
    pub prompt: u64,
    /// Of these, the ones its endpoint had cached.
    pub cached: u64,
    /// Written by it.
    pub completion: u64,
    /// Whether they are our estimate.
    pub estimated: bool,
}

impl Tokens {
    /// Of a request and an answer of so many characters.
    fn estimate(asked: usize, said: usize) -> Self {
        let tokens = |characters: usize| characters.div_ceil(CHARACTERS) as u64;
        Self { prompt: tokens(asked), cached: 0, completion: tokens(said), estimated: true }
    }

    /// What they cost, in millionths.
    fn cost(self, price: &Price) -> u64 {
        let cached = self.cached.min(self.prompt);
        let part = |tokens: u64, Micros(price): Micros| u128::from(tokens) * u128::from(price);
        let sum = part(self.prompt - cached, price.input_per_million)
            .saturating_add(part(cached, price.cached_per_million.unwrap_or(price.input_per_million)))
            .saturating_add(part(self.completion, price.output_per_million));
        u64::try_from(sum.div_ceil(1_000_000)).unwrap_or(u64::MAX)
    }
}

/// What several requests took together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sum {
    /// How many.
    pub requests: u64,
    /// Tokens read.
    pub prompt: u64,
    /// Of these, cached ones.
    pub cached: u64,
    /// Tokens written.
    pub completion: u64,
    /// How many of the requests are estimated.
    pub estimated: u64,
    /// Money in millionths, of those whose price was known.
    pub cost: u64,
    /// How many had no price.
    pub unpriced: u64,
}

impl Sum {
    /// All tokens.
    pub fn tokens(&self) -> u64 {
        self.prompt.saturating_add(self.completion)
    }
}

impl<'a> FromIterator<&'a UsageRow> for Sum {
    fn from_iter<I: IntoIterator<Item = &'a UsageRow>>(rows: I) -> Self {
        rows.into_iter().fold(Self::default(), |sum, row| Self {
            requests: sum.requests + 1,
            prompt: sum.prompt.saturating_add(row.prompt),
            cached: sum.cached.saturating_add(row.cached),
            completion: sum.completion.saturating_add(row.completion),
            estimated: sum.estimated + u64::from(row.estimated),
            cost: sum.cost.saturating_add(row.cost.unwrap_or(0)),
            unpriced: sum.unpriced + u64::from(row.cost.is_none()),
        })
    }
}

/// What was spent so far, and what may be.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Figures {
    /// Of the turn.
    pub turn: Sum,
    /// Of the shift.
    pub shift: Sum,
    /// The limits and the currency.
    pub spending: Spending,
}

/// Money as people read it: `0.0123 USD`. Four places, because a request costs less than a cent.
pub fn money(micros: u64, currency: &str) -> String {
    let tenths = micros.div_ceil(100);
    format!("{}.{:04} {currency}", tenths / 10_000, tenths % 10_000)
}

impl fmt::Display for Figures {
    /// One line for people: `turn 1,204 tokens, 0.0031 USD · shift ~45,100 tokens, 0.3120 of 5.0000 USD`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let budget = &self.spending.budget;
        let part = |sum: &Sum, tokens: Option<u64>, cost: Option<Micros>| {
            let about = if sum.estimated > 0 { "~" } else { "" };
            let of = |limit: Option<String>| limit.map(|limit| format!(" of {limit}")).unwrap_or_default();
            let count = format!("{about}{}{} tokens", grouped(sum.tokens()), of(tokens.map(grouped)));
            if sum.requests > 0 && sum.unpriced == sum.requests && cost.is_none() {
                return count;
            }
            let cost = of(cost.map(|Micros(limit)| money(limit, self.spending.currency())));
            let least = if sum.unpriced > 0 { "at least " } else { "" };
            format!("{count}, {least}{}{cost}", money(sum.cost, self.spending.currency()))
        };
        let turn = part(&self.turn, budget.turn_tokens, budget.turn_cost);
        write!(f, "turn {turn} · shift {}", part(&self.shift, budget.shift_tokens, budget.shift_cost))
    }
}

/// Digits in threes.
pub fn grouped(count: u64) -> String {
    let digits = count.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// When the shift that holds `now` began. `starts` are in order; days that skip or repeat a time are taken as the zone
/// resolves them.
pub fn shift_start(starts: &[Time], now: Timestamp, zone: &TimeZone) -> Timestamp {
    let starts = if starts.is_empty() { &[Time::MIN][..] } else { starts };
    let today = now.to_zoned(zone.clone()).date();
    let days = [Some(today), today.yesterday().ok()];
    let begun = days.into_iter().flatten().find_map(|day| {
        let moments = starts
            .iter()
            .rev()
            .filter_map(|start| Some(day.to_datetime(*start).to_zoned(zone.clone()).ok()?.timestamp()));
        moments.into_iter().find(|moment| *moment <= now)
    });
    begun.unwrap_or(now)
}

/// The ledger. Clones share it.
#[derive(Clone, Debug)]
pub struct Ledger(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    store: Store,
    clock: Clock,
    zone: TimeZone,
    spending: Spending,
    /// A request was not written down: with a budget, nothing more is asked.
    broken: AtomicBool,
}

impl Ledger {
    /// The ledger of this store, with these prices and limits.
    pub fn new(store: Store, clock: Clock, zone: TimeZone, spending: Spending) -> Self {
        Self(Arc::new(Inner { store, clock, zone, spending, broken: AtomicBool::new(false) }))
    }

    /// What the turn and the present shift have spent.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn figures(&self, turn: &str) -> Result<Figures, StoreError> {
        let Inner { store, clock, zone, spending, .. } = &*self.0;
        let since = shift_start(&spending.shift_starts, clock.now(), zone);
        Ok(Figures {
            turn: store.usage_of_turn(turn)?.iter().collect(),
            shift: store.usage_since(since)?.iter().collect(),
            spending: spending.clone(),
        })
    }

    /// Begins to count a request of so many characters.
    ///
    /// # Errors
    /// A [`ModelError`] that says why the model may not be asked.
    pub(super) fn open(&self, turn: &str, model: &str, asked: usize) -> Result<Meter, ModelError> {
        let price = self.0.spending.prices.get(model).copied();
        let left = self.left(turn, price.as_ref())?;
        let meter = Meter {
            ledger: self.clone(),
            turn: turn.to_owned(),
            model: model.to_owned(),
            price,
            left,
            asked,
            said: 0,
            is_open: true,
        };
        match meter.over() {
            None => Ok(meter),
            Some(kind) => {
                meter.void();
                Err(ModelError::new(kind))
            }
        }
    }

    fn left(&self, turn: &str, price: Option<&Price>) -> Result<Left, ModelError> {
        let budget = &self.0.spending.budget;
        let has_money = budget.turn_cost.or(budget.shift_cost).is_some();
        if !has_money && budget.turn_tokens.or(budget.shift_tokens).is_none() {
            return Ok(Left::default());
        }
        if has_money && price.is_none() {
            return Err(ModelError::new(ModelErrorKind::Unpriced));
        }
        let spent = self.figures(turn).ok().filter(|_| !self.0.broken.load(Ordering::Relaxed));
        let Figures { turn, shift, .. } = spent.ok_or(ModelError::new(ModelErrorKind::Ledger))?;
        let less = |limit: Option<u64>, spent: u64| limit.map(|limit| limit.saturating_sub(spent));
        let less_money = |limit: Option<Micros>, spent: u64| less(limit.map(|Micros(limit)| limit), spent);
        Ok(Left {
            turn_tokens: less(budget.turn_tokens, turn.tokens()),
            turn_cost: less_money(budget.turn_cost, turn.cost),
            shift_tokens: less(budget.shift_tokens, shift.tokens()),
            shift_cost: less_money(budget.shift_cost, shift.cost),
        })
    }
}

/// What a request may still take; `None` is without limit.
#[derive(Clone, Copy, Debug, Default)]
struct Left {
    turn_tokens: Option<u64>,
    turn_cost: Option<u64>,
    shift_tokens: Option<u64>,
    shift_cost: Option<u64>,
}

/// One request being counted. Dropped while it is open, it is kept as an estimate: an endpoint that was stopped in the
/// middle has read and written all the same.
#[derive(Debug)]
pub(super) struct Meter {
    ledger: Ledger,
    turn: String,
    model: String,
    price: Option<Price>,
    left: Left,
    asked: usize,
    said: usize,
    is_open: bool,
}

impl Meter {
    /// Hears how many characters were said so far, and says whether the request has to end here.
    pub(super) fn hear(&mut self, said: usize) -> Option<ModelErrorKind> {
        self.said = said;
        self.over()
    }

    /// Whether the limits are reached, by estimate.
    fn over(&self) -> Option<ModelErrorKind> {
        let tokens = Tokens::estimate(self.asked, self.said);
        let (count, cost) = (tokens.prompt + tokens.completion, self.price.map_or(0, |price| tokens.cost(&price)));
        let is_over = |left: Option<u64>, taken: u64| left.is_some_and(|left| taken > left || left == 0);
        let Left { turn_tokens, turn_cost, shift_tokens, shift_cost } = self.left;
        if is_over(shift_tokens, count) || is_over(shift_cost, cost) {
            Some(ModelErrorKind::ShiftBudget)
        } else if is_over(turn_tokens, count) || is_over(turn_cost, cost) {
            Some(ModelErrorKind::TurnBudget)
        } else {
            None
        }
    }

    /// The request ended; the endpoint counted so much, if it did.
    pub(super) fn close(mut self, told: Option<Tokens>) {
        self.keep(told);
    }

    /// The request was never taken: nothing is owed.
    pub(super) fn void(mut self) {
        self.is_open = false;
    }

    fn keep(&mut self, told: Option<Tokens>) {
        self.is_open = false;
        let tokens = told.unwrap_or(Tokens::estimate(self.asked, self.said));
        let Inner { store, clock, broken, .. } = &*self.ledger.0;
        let row = UsageRow {
            at: clock.now(),
            turn: std::mem::take(&mut self.turn),
            model: std::mem::take(&mut self.model),
            prompt: tokens.prompt,
            cached: tokens.cached,
            completion: tokens.completion,
            estimated: tokens.estimated,
            cost: self.price.map(|price| tokens.cost(&price)),
        };
        if let Err(error) = store.keep_usage(&row) {
            broken.store(true, Ordering::Relaxed);
            tracing::warn!(%error, "what a model was asked could not be written down");
        }
    }
}

impl Drop for Meter {
    fn drop(&mut self) {
        if self.is_open {
            self.keep(None);
        }
    }
}

#[cfg(test)]
mod tests;
