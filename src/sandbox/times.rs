//! Owns how the desk writes and reads moments, and the desk's own present. Does not wait for anything.
//!
//! Invariant: every time the desk itself writes is UTC, milliseconds, `Z` (Kustomer API reference 2.4), so two of them
//! compare as text the way they compare in time.

use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

use jiff::{Timestamp, civil::Date, tz::TimeZone};

use crate::clock::Clock;

/// Milliseconds since the Unix epoch as the desk writes them; the epoch itself for a value no calendar holds.
pub fn iso(ms: i64) -> String {
    format!("{:.3}", Timestamp::from_millisecond(ms).unwrap_or(Timestamp::UNIX_EPOCH))
}

/// A date-time with `Z` or an offset, in milliseconds since the epoch.
pub fn parse(text: &str) -> Option<i64> {
    text.parse::<Timestamp>().ok().map(Timestamp::as_millisecond)
}

/// A stretch of time `[from, to)` in milliseconds: one instant, or a whole local day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// First millisecond inside.
    pub from: i64,
    /// First millisecond after.
    pub to: i64,
}

impl Span {
    /// What a search operand means: `YYYY-MM-DD` is that day in `zone`; a full timestamp is never shifted
    /// (Kustomer API reference 9.2).
    pub fn parse(text: &str, zone: &TimeZone) -> Option<Self> {
        if let Some(at) = parse(text) {
            return Some(Self { from: at, to: at + 1 });
        }
        // A time of day without an offset is no day: the calendar's parser would take it for one.
        let day: Date = text.parse().ok().filter(|_| text.len() == "YYYY-MM-DD".len())?;
        let start = |day: Date| day.to_zoned(zone.clone()).ok().map(|z| z.timestamp().as_millisecond());
        Some(Self { from: start(day)?, to: start(day.tomorrow().ok()?)? })
    }
}

/// The desk's present: a clock and how far the desk has been moved ahead of it. Clones share it.
#[derive(Clone, Debug)]
pub struct Present {
    clock: Clock,
    ahead_ms: Arc<AtomicI64>,
}

impl Present {
    /// A desk that lives by `clock`.
    pub fn new(clock: Clock) -> Self {
        Self { clock, ahead_ms: Arc::default() }
    }

    /// Now, in milliseconds since the epoch.
    pub fn now_ms(&self) -> i64 {
        self.clock.now_ms().saturating_add(self.ahead_ms.load(Ordering::Relaxed))
    }

    /// Moves the desk's time forward for good.
    pub fn advance(&self, ms: i64) {
        self.ahead_ms.fetch_add(ms, Ordering::Relaxed);
    }

    /// The clock underneath, for waiting.
    pub fn clock(&self) -> &Clock {
        &self.clock
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_desk_writes_milliseconds_and_z() {
        assert_eq!(iso(1_741_083_300_123), "2025-03-04T10:15:00.123Z");
        assert_eq!(iso(1_741_083_300_000), "2025-03-04T10:15:00.000Z");
        assert_eq!(parse("2025-03-04T05:15:00-05:00"), Some(1_741_083_300_000));
    }

    #[test]
    fn a_local_date_shifts_with_the_zone_and_a_timestamp_does_not() {
        let zone = TimeZone::get("America/New_York").expect("bundled zone");
        let day = Span::parse("2025-03-09", &zone).expect("a date");
        assert_eq!(iso(day.from), "2025-03-09T05:00:00.000Z");
        assert_eq!(day.to - day.from, 23 * 3_600_000, "the day clocks go forward has 23 hours");
        let instant = Span::parse("2025-03-09T00:00:00Z", &zone).expect("a timestamp");
        assert_eq!(instant.to - instant.from, 1);
        assert_eq!(Span::parse("2025-03-09T10:00:00", &zone), None, "neither a day nor a moment");
    }
}
