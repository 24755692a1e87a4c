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
    Real(Arc<Real>),
    Hand(Arc<Moved>),
}

#[derive(Debug)]
struct Real {
    started: Instant,
    away: Mutex<Away>,
}

/// The time this machine slept through: its monotonic clock stands still meanwhile (on Linux and macOS), and what was to
/// lapse must not be found alive because of that.
#[derive(Debug)]
struct Away {
    wall: Timestamp,
    monotonic: Duration,
    total: Duration,
}

/// A jump of the wall clock that is no sleep: corrections by the network are smaller.
const JUMP: Duration = Duration::from_secs(5);

impl Away {
    /// Hears both clocks, and tells how long the machine slept so far. A wall clock that is set forward counts as sleep (what
    /// waits lapses early); one that is set back takes nothing away.
    fn seen(&mut self, wall: Timestamp, monotonic: Duration) -> Duration {
        let by_wall = Duration::try_from(wall.duration_since(self.wall)).unwrap_or_default();
        let more = by_wall.saturating_sub(monotonic.saturating_sub(self.monotonic));
        if more > JUMP {
            self.total += more;
        }
        (self.wall, self.monotonic) = (wall, monotonic.max(self.monotonic));
        self.total
    }
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
        let away = Away { wall: Timestamp::now(), monotonic: Duration::ZERO, total: Duration::ZERO };
        Self(Source::Real(Arc::new(Real { started: Instant::now(), away: Mutex::new(away) })))
    }

    /// A clock that stands at `start` until its [`Hand`] moves it.
    pub fn by_hand(start: Timestamp) -> (Self, Hand) {
        let moved = Arc::new(Moved { state: Mutex::new((start, Duration::ZERO)), changed: Notify::new() });
        (Self(Source::Hand(Arc::clone(&moved))), Hand(moved))
    }

    /// Wall-clock time, UTC. May jump when the machine's clock is set; use [`Self::elapsed`] for expiry.
    pub fn now(&self) -> Timestamp {
        match &self.0 {
            Source::Real(_) => Timestamp::now(),
            Source::Hand(moved) => moved.state().0,
        }
    }

    /// Wall-clock time in whole milliseconds since the Unix epoch.
    pub fn now_ms(&self) -> i64 {
        self.now().as_millisecond()
    }

    /// Monotonic time since this clock was made, the machine's sleep included: never runs backwards, whatever happens to the
    /// wall clock.
    pub fn elapsed(&self) -> Duration {
        match &self.0 {
            Source::Real(real) => {
                let mut away = real.away.lock().unwrap_or_else(PoisonError::into_inner);
                let monotonic = real.started.elapsed();
                monotonic + away.seen(Timestamp::now(), monotonic)
            }
            Source::Hand(moved) => moved.state().1,
        }
    }

    /// Waits for `duration` of this clock's own time.
    pub async fn sleep(&self, duration: Duration) {
        match &self.0 {
            Source::Real(_) => tokio::time::sleep(duration).await,
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

    #[test]
    fn sleep_counts_a_correction_does_not_and_nothing_runs_backwards() {
        let start = Timestamp::UNIX_EPOCH;
        let mut away = Away { wall: start, monotonic: Duration::ZERO, total: Duration::ZERO };
        let second = Duration::from_secs;
        let at = |seconds: i64| Timestamp::from_second(seconds).expect("a moment");
        assert_eq!(away.seen(at(10), second(10)), second(0));
        assert_eq!(away.seen(at(14), second(11)), second(0), "corrected by three seconds");
        assert_eq!(away.seen(at(3_615), second(12)), second(3_600), "slept for an hour");
        assert_eq!(away.seen(at(5), second(13)), second(3_600), "the wall clock set back");
        assert_eq!(away.seen(at(1_806), second(14)), second(5_400), "slept again, after that");
    }

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
