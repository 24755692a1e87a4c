//! Owns the waiting: it holds the budget behind a lock, parks calls until their turn, and publishes the state. Decides
//! nothing about whose turn it is (`budget` does).
//!
//! Invariant: a call that is dropped, wherever it stands, leaves the line and the wire ([`Place`] sees to it).

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::sync::{Notify, watch};

use super::{
    BudgetState, Call, Lane,
    budget::{Budget, Told, Wish},
    jitter::Jitter,
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
pub(super) struct Place {
    limiter: Arc<Limiter>,
    id: u64,
}

/// The right to be on the wire once.
pub(super) struct Turn<'a>(&'a Place);

impl Limiter {
    pub fn new(clock: Clock) -> Self {
        let state = watch::Sender::new(BudgetState::default());
        Self { budget: Mutex::new(Budget::new(Jitter::new())), changed: Notify::new(), state, clock }
    }

    pub fn watch(&self) -> watch::Receiver<BudgetState> {
        self.state.subscribe()
    }

    /// A place for this call.
    pub fn place(self: &Arc<Self>, call: &Call) -> Place {
        let wish =
            Wish { lane: call.lane, cost: call.cost, record: call.record.clone(), creation: call.creation.clone() };
        let id = self.budget().number(wish);
        Place { limiter: Arc::clone(self), id }
    }

    /// Between half of this pause and all of it, so that clients which failed together do not come back together.
    pub fn spread(&self, pause: Duration) -> Duration {
        pause / 2 + self.budget().chance(pause / 2)
    }

    fn budget(&self) -> MutexGuard<'_, Budget> {
        self.budget.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn publish(&self, budget: &Budget) {
        let state = budget.state(self.clock.elapsed(), self.clock.now());
        self.state.send_if_modified(|shown| {
            let news = shown.differs(&state);
            if news {
                *shown = state;
            }
            news
        });
    }
}

impl Place {
    /// Its number.
    pub fn id(&self) -> u64 {
        self.id
    }

    /// The lane it is in by now.
    pub fn lane(&self) -> Lane {
        self.limiter.budget().lane(self.id).unwrap_or(Lane::Background)
    }

    /// Lifts another place to this lane, if it is in a lower one.
    pub fn lift(&self, other: u64, lane: Lane) {
        self.limiter.budget().lift(other, lane);
        self.limiter.changed.notify_waiters();
    }

    /// Waits until the call may be on the wire.
    pub async fn turn(&self) -> Turn<'_> {
        let Limiter { changed, clock, .. } = &*self.limiter;
        self.limiter.budget().stand(self.id, clock.elapsed());
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

    fn look(&self) -> (bool, Option<Duration>) {
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

impl Drop for Place {
    fn drop(&mut self) {
        let mut budget = self.limiter.budget();
        budget.forget(self.id, self.limiter.clock.elapsed());
        self.limiter.publish(&budget);
        drop(budget);
        self.limiter.changed.notify_waiters();
    }
}

impl Turn<'_> {
    /// The attempt is over; `told` is what its answer said, if there was one.
    pub fn end(self, told: Option<Told>) {
        let Place { limiter, id } = self.0;
        let mut budget = limiter.budget();
        budget.end(*id, told, limiter.clock.elapsed());
        limiter.publish(&budget);
        drop(budget);
        limiter.changed.notify_waiters();
    }
}
