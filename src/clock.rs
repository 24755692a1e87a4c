//! Owns time: what "now" is and how to wait. Everything else in the crate that needs the time is handed a [`Clock`] or
//! a value read from one, so tests can move time by hand. Does not format times for people (`console::widgets::when`).
//!
//! Invariant: this is the only file that reads the system clock or sleeps.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use jiff::{SignedDuration, Timestamp, civil, tz::TimeZone};
use tokio::sync::Notify;

/// A source of the present, wall-clock and monotonic. Cheap to clone; clones share the same time.
#[derive(Clone, Debug)]
pub struct Clock(Source);

#[derive(Clone, Debug)]
enum Source {
    Real { started: Instant },
    Hand(Arc<Moved>),
}

#[derive(Debug)]
struct Moved {
    state: Mutex<(Timestamp, Duration)>,
    changed: Notify,
}

impl Moved {
    fn state(&self) -> MutexGuard<'_, (Timestamp, Duration)> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The hand that moves a manual clock.
#[derive(Clone, Debug)]
pub struct Hand(Arc<Moved>);

impl Clock {
    /// The machine's own clock.
    pub fn real() -> Self {
        Self(Source::Real { started: Instant::now() })
    }

    /// A clock that stands at `start` until its [`Hand`] moves it.
    pub fn by_hand(start: Timestamp) -> (Self, Hand) {
        let moved = Arc::new(Moved { state: Mutex::new((start, Duration::ZERO)), changed: Notify::new() });
        (Self(Source::Hand(Arc::clone(&moved))), Hand(moved))
    }

    /// Wall-clock time, UTC. May jump when the machine's clock is set; use [`Self::elapsed`] for expiry.
    pub fn now(&self) -> Timestamp {
        match &self.0 {
            Source::Real { .. } => Timestamp::now(),
            Source::Hand(moved) => moved.state().0,
        }
    }

    /// Wall-clock time in whole milliseconds since the Unix epoch.
    pub fn now_ms(&self) -> i64 {
        self.now().as_millisecond()
    }

    /// Monotonic time since this clock was made: never runs backwards, whatever happens to the wall clock.
    pub fn elapsed(&self) -> Duration {
        match &self.0 {
            Source::Real { started } => started.elapsed(),
            Source::Hand(moved) => moved.state().1,
        }
    }

    /// Waits for `duration` of this clock's own time.
    pub async fn sleep(&self, duration: Duration) {
        match &self.0 {
            Source::Real { .. } => tokio::time::sleep(duration).await,
            Source::Hand(moved) => {
                let until = self.elapsed() + duration;
                loop {
                    let woken = moved.changed.notified();
                    tokio::pin!(woken);
                    woken.as_mut().enable();
                    if self.elapsed() >= until {
                        return;
                    }
                    woken.await;
                }
            }
        }
    }
}

impl Hand {
    /// Moves the clock forward and wakes whoever waited for that moment.
    pub fn advance(&self, by: Duration) {
        {
            let mut state = self.0.state();
            let step = jiff::SignedDuration::try_from(by).unwrap_or(jiff::SignedDuration::MAX);
            state.0 = state.0.checked_add(step).unwrap_or(Timestamp::MAX);
            state.1 += by;
        }
        self.0.changed.notify_waiters();
    }
}

/// The moment that words mean as of `now`: a day (`2025-03-04`), a time (`2025-03-04T10:00:00Z`), or how long ago (`30m`,
/// `12h`, `30d`, `2w`).
pub fn moment(words: &str, now: Timestamp) -> Option<Timestamp> {
    if let Ok(at) = words.parse::<Timestamp>() {
        return Some(at);
    }
    if let Ok(day) = words.parse::<civil::Date>() {
        return day.to_zoned(TimeZone::system()).map(|midnight| midnight.timestamp()).ok();
    }
    let minutes = [("m", 1), ("h", 60), ("d", 24 * 60), ("w", 7 * 24 * 60)];
    let age =
        minutes.iter().find_map(|(unit, length)| words.strip_suffix(unit)?.parse::<u32>().ok().zip(Some(*length)));
    let (count, length): (u32, i64) = age?;
    now.checked_sub(SignedDuration::from_mins(i64::from(count) * length)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_sleep_on_a_hand_moved_clock_ends_when_its_time_has_come() {
        let (clock, hand) = Clock::by_hand(Timestamp::UNIX_EPOCH);
        let sleeper = tokio::spawn({
            let clock = clock.clone();
            async move { clock.sleep(Duration::from_hours(1)).await }
        });
        tokio::task::yield_now().await;
        hand.advance(Duration::from_mins(30));
        tokio::task::yield_now().await;
        assert!(!sleeper.is_finished());
        hand.advance(Duration::from_mins(30));
        sleeper.await.expect("the sleeper ends");
        assert_eq!(clock.now_ms(), 3_600_000);
    }
}
