//! Owns how long to wait before asking the desk whether a job is done: as long as nearly all of the last ones took, so that
//! few are asked about twice. A question costs as much of the budget as a batch; a job that is done and not asked about
//! costs nothing while others are sent.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

/// What a first job is given before it is asked about.
const FIRST: u64 = 1_200;
/// By which part a wait that was long enough is lowered, and one that was not is raised towards what it should have been.
const LOWER: u64 = 400;
const RAISE: u64 = 4;
/// The shortest and the longest wait.
const BOUNDS: (u64, u64) = (300, 15_000);

/// How long jobs take, as far as it was seen.
#[derive(Debug)]
pub(super) struct Pace(AtomicU64);

impl Default for Pace {
    fn default() -> Self {
        Self(AtomicU64::new(FIRST))
    }
}

impl Pace {
    /// How long to wait before the n-th question about one job (from 0).
    pub fn wait(&self, asked: u32) -> Duration {
        let whole = self.0.load(Ordering::Relaxed);
        // Later questions come closer together at first, then further and further apart: a desk may be slow.
        let wait = if asked == 0 { whole } else { (whole / 3).saturating_mul(u64::from(asked)) };
        Duration::from_millis(wait.clamp(BOUNDS.0, BOUNDS.1))
    }

    /// A job was seen done after so long and so many questions. One that took a second question was asked about too early,
    /// which raises the wait towards what it took; one seen done at the first says only that it took no longer, which lowers
    /// it a little. The two come to rest where about one job in thirty is asked about again.
    pub fn took(&self, elapsed: Duration, asked: u32) {
        let took = u64::try_from(elapsed.as_millis()).unwrap_or(BOUNDS.1).min(BOUNDS.1);
        let old = self.0.load(Ordering::Relaxed);
        let new = if asked <= 1 { old - old / LOWER } else { old + took.saturating_sub(old) / RAISE };
        self.0.store(new.clamp(BOUNDS.0, BOUNDS.1), Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wait_follows_what_jobs_take_and_stays_within_bounds() {
        let pace = Pace::default();
        for _ in 0..40 {
            pace.took(Duration::from_secs(8), 2);
        }
        assert!(pace.wait(0) > Duration::from_secs(7), "{:?}", pace.wait(0));
        let slow = pace.wait(0);
        pace.took(Duration::from_millis(400), 1);
        assert!(pace.wait(0) > slow * 9 / 10, "one quick job does not make all be asked about too early");
        for _ in 0..2_000 {
            pace.took(Duration::from_millis(400), 1);
        }
        assert!(pace.wait(0) < Duration::from_millis(500), "{:?}", pace.wait(0));
        pace.took(Duration::from_secs(15), 4);
        assert!(
            pace.wait(0) < Duration::from_secs(5),
            "one slow job does not make all wait as long: {:?}",
            pace.wait(0)
        );
        pace.took(Duration::from_hours(2), 9);
        assert!(pace.wait(30) <= Duration::from_secs(15));
    }
}
