//! Owns the waiting: it holds the budget behind a lock, parks calls until their turn, and publishes the state. Decides
//! nothing about whose turn it is (`budget` does).
//!
//! Invariant: a call that is dropped, wherever it stands, leaves the line and the wire ([`Place`] sees to it).

use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::{Notify, watch};

use super::{
    Call,
    budget::{Budget, BudgetState, Told, Wish},
    hint::Hint,
};
use crate::clock::Clock;

/// The line in front of the wire.
pub(super) struct Limiter {
    budget: Mutex<Budget>,
    changed: Notify,
    state: watch::Sender<BudgetState>,
    clock: Clock,
}

/// A call's place in line, kept through all its attempts.
pub(super) struct Place<'a> {
    limiter: &'a Limiter,
    id: u64,
    wish: Wish,
}

/// The right to be on the wire once.
pub(super) struct Turn<'a>(&'a Place<'a>);

impl Limiter {
    pub fn new(clock: Clock) -> Self {
        let state = watch::Sender::new(BudgetState::default());
        Self { budget: Mutex::new(Budget::new()), changed: Notify::new(), state, clock }
    }

    pub fn watch(&self) -> watch::Receiver<BudgetState> {
        self.state.subscribe()
    }

    /// A place for this call.
    pub fn place(&self, call: &Call) -> Place<'_> {
        let wish = Wish { lane: call.lane, cost: call.cost, record: call.record.clone() };
        Place { limiter: self, id: self.budget().number(), wish }
    }

    fn budget(&self) -> MutexGuard<'_, Budget> {
        self.budget.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn publish(&self, budget: &Budget) {
        let state = budget.state(self.clock.elapsed(), self.clock.now());
        self.state.send_if_modified(|shown| {
            // The end of a wait is computed anew each time; differences below a second are not news.
            let same_wait = match (&shown.waiting, &state.waiting) {
                (Some(a), Some(b)) => {
                    a.why == b.why && a.queued == b.queued && a.until.duration_since(b.until).abs().as_secs() < 1
                }
                (a, b) => a.is_none() && b.is_none(),
            };
            let news = !(same_wait && shown.limit == state.limit && shown.remaining == state.remaining);
            if news {
                *shown = state;
            }
            news
        });
    }
}

impl Place<'_> {
    /// Waits until the call may be on the wire.
    pub async fn turn(&self) -> Turn<'_> {
        let Limiter { changed, clock, .. } = self.limiter;
        self.limiter.budget().stand(self.id, self.wish.clone());
        loop {
            let woken = changed.notified();
            tokio::pin!(woken);
            woken.as_mut().enable();
            let (mine, wake) = self.look();
            if mine {
                return Turn(self);
            }
            match wake {
                None => woken.await,
                Some(at) => {
                    let pause = at.saturating_sub(clock.elapsed());
                    tokio::select! { () = woken => {}, () = clock.sleep(pause) => {} }
                }
            }
        }
    }

    fn look(&self) -> (bool, Option<std::time::Duration>) {
        let mut budget = self.limiter.budget();
        let (out, wake) = budget.let_out(self.limiter.clock.elapsed());
        let mine = budget.on_the_wire(self.id);
        self.limiter.publish(&budget);
        if out > usize::from(mine) || (out > 0 && !mine) {
            self.limiter.changed.notify_waiters();
        }
        (mine, wake)
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        let mut budget = self.limiter.budget();
        budget.forget(self.id);
        self.limiter.publish(&budget);
        drop(budget);
        self.limiter.changed.notify_waiters();
    }
}

impl Turn<'_> {
    /// The attempt is over; `told` is the status and headers of its answer, if there was one.
    pub fn end(self, told: Option<(u16, &Hint)>) {
        let Place { limiter, id, .. } = self.0;
        let mut budget = limiter.budget();
        budget.end(*id, told.map(|(status, hint)| Told { status, hint: *hint }), limiter.clock.elapsed());
        limiter.publish(&budget);
        drop(budget);
        limiter.changed.notify_waiters();
    }
}
