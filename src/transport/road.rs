//! Owns the seam for desks that are reached through something else: how a call goes out there, how what comes back is read as
//! the desk's own answer, and how fast one may go. Which roads there are is `connect`'s business.

use std::{collections::VecDeque, fmt, sync::Mutex, sync::PoisonError, time::Duration};

use serde_json::Value;

use super::{Call, Lane};
use crate::clock::Clock;

/// A way to a desk. Everything above speaks to the desk alone: a road is known to nobody but the transport.
pub trait Road: fmt::Debug + Send + Sync {
    /// The call as it goes out here.
    ///
    /// # Errors
    /// Why it cannot, in words for a person: the road does not reach that.
    fn out(&self, call: &Call) -> Result<Call, String>;

    /// What came back for this call, as the desk itself would have answered.
    fn home(&self, call: &Call, came: Came) -> Came;

    /// How many calls it takes in how much time, whatever the desk's own budget is. A few of them are kept for what cannot
    /// wait.
    fn pace(&self) -> (usize, Duration);
}

/// An answer, before it is judged.
#[derive(Clone, PartialEq, Eq)]
pub struct Came {
    /// The status.
    pub status: u16,
    /// The body; null when there was none.
    pub body: Value,
}

impl fmt::Debug for Came {
    /// Without the body: it is customers' data.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Came").field("status", &self.status).finish_non_exhaustive()
    }
}

/// Calls that are kept for what is urgent.
const KEPT: usize = 3;

/// Keeps calls below a number in any stretch of time, counted when they leave.
#[derive(Debug)]
pub(super) struct Pace {
    most: usize,
    window: Duration,
    /// When the last ones left, oldest first.
    left: Mutex<VecDeque<Duration>>,
}

impl Pace {
    pub fn new((most, window): (usize, Duration)) -> Self {
        Self { most, window, left: Mutex::default() }
    }

    /// Waits until one more may leave. What nobody waits for leaves most to whoever presses a key, and nobody takes the last
    /// ones from what is urgent.
    pub async fn admit(&self, lane: Lane, urgent: bool, clock: &Clock) {
        let kept = self.most.min(KEPT);
        let share = match lane {
            _ if urgent => self.most,
            Lane::Person | Lane::Assistant => self.most - kept,
            Lane::Bulk => (self.most - kept) * 4 / 5,
            Lane::Background => self.most / 2,
        };
        while let Err(wait) = self.take(share, clock.elapsed()) {
            clock.sleep(wait).await;
        }
    }

    fn take(&self, share: usize, now: Duration) -> Result<(), Duration> {
        let mut left = self.left.lock().unwrap_or_else(PoisonError::into_inner);
        while left.front().is_some_and(|sent| *sent + self.window <= now) {
            left.pop_front();
        }
        if left.len() < share {
            left.push_back(now);
            return Ok(());
        }
        // The one whose leaving the window makes room.
        let opens =
            left.get(left.len() - share).map_or(Duration::ZERO, |sent| (*sent + self.window).saturating_sub(now));
        Err(opens.max(Duration::from_millis(1)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_stretch_of_time_holds_more_and_a_key_press_finds_room() {
        let pace = Pace::new((10, Duration::from_secs(10)));
        let second = Duration::from_secs;
        for _ in 0..8 {
            assert_eq!(pace.take(8, second(1)), Ok(()));
        }
        assert_eq!(pace.take(8, second(3)), Err(second(8)), "lower lanes wait for the first to be ten seconds old");
        assert_eq!((pace.take(10, second(3)), pace.take(10, second(4))), (Ok(()), Ok(())));
        assert_eq!(pace.take(10, second(4)), Err(second(7)));
        assert_eq!(pace.take(8, second(11)), Ok(()));
    }
}
