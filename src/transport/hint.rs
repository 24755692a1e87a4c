//! Owns the reading of rate-limit headers: one parser, whatever dialect they are in. Does not decide what to do with
//! them (`budget`).

use std::time::Duration;

use jiff::{Timestamp, fmt::rfc2822::DateTimeParser};

/// What an answer's headers say about the limit. All fields are optional: "most" answers carry the three documented
/// headers (Kustomer API reference 5.2), and nobody documents `Retry-After`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Hint {
    /// Calls allowed in the window.
    pub limit: Option<u32>,
    /// Calls left in the window.
    pub remaining: Option<u32>,
    /// How long until the window starts anew, counted from the moment of reading.
    pub reset: Option<Duration>,
    /// How long the desk asks to be left alone.
    pub retry_after: Option<Duration>,
}

/// A window is a minute; a reset further off than this is a skewed clock, not a longer window.
const LONGEST_WINDOW: Duration = Duration::from_secs(90);
/// A server may ask for a longer pause outright, but not for ever.
const LONGEST_RETRY_AFTER: Duration = Duration::from_mins(10);

impl Hint {
    /// Reads the headers through `header`, which gives a header's text by its lower-case name.
    pub fn read<'a>(header: impl Fn(&str) -> Option<&'a str>, now: Timestamp) -> Self {
        let number = |name| header(name).and_then(|text| text.trim().parse::<f64>().ok()).filter(|n| n.is_finite());
        let count = |name| number(name).filter(|n| *n >= 0.0).map(|n| n as u32);
        let window = number("x-ratelimit-reset").and_then(|n| until(n, now));
        // Truto passes the desk's budget on under these names, its reset in seconds from now (integrations reference, 0.2).
        let normalised = number("ratelimit-reset").and_then(|n| Duration::try_from_secs_f64(n.max(0.0)).ok());
        let window = window.or(normalised).map(|wait| wait.min(LONGEST_WINDOW));
        let asked = header("retry-after").and_then(|text| retry_after(text, now));
        Self {
            limit: count("x-ratelimit-limit").or_else(|| count("ratelimit-limit")),
            remaining: count("x-ratelimit-remaining").or_else(|| count("ratelimit-remaining")),
            reset: window,
            retry_after: asked.map(|wait| wait.min(LONGEST_RETRY_AFTER)),
        }
    }
}

/// The unit of `x-ratelimit-reset` is not documented beyond "absolute" (Kustomer API reference 5.2, 29.3), so it is
/// told by size: above 1e12 epoch milliseconds, below 1e6 seconds from now, else epoch seconds.
fn until(reset: f64, now: Timestamp) -> Option<Duration> {
    let wait = if reset < 1e6 {
        reset
    } else {
        let epoch_seconds = if reset > 1e12 { reset / 1e3 } else { reset };
        epoch_seconds - now.as_millisecond() as f64 / 1e3
    };
    Duration::try_from_secs_f64(wait.max(0.0)).ok()
}

/// Seconds, or an HTTP date (RFC 9110 10.2.3).
fn retry_after(text: &str, now: Timestamp) -> Option<Duration> {
    let text = text.trim();
    if let Ok(seconds) = text.parse::<f64>() {
        return Duration::try_from_secs_f64(seconds.max(0.0)).ok();
    }
    let at = DateTimeParser::new().parse_timestamp(text).ok()?;
    Some(Duration::try_from(at.duration_since(now)).unwrap_or(Duration::ZERO))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const NOW: i64 = 1_741_083_300;

    fn read(headers: &[(&str, &str)]) -> Hint {
        let now = Timestamp::from_second(NOW).expect("a valid second");
        Hint::read(|name| headers.iter().find(|(key, _)| *key == name).map(|(_, value)| *value), now)
    }

    #[test]
    fn a_reset_is_read_in_any_unit() {
        for (text, seconds) in [("1741083360", 60), ("1741083360000", 60), ("60", 60), ("0", 0), ("1741083000", 0)] {
            assert_eq!(read(&[("x-ratelimit-reset", text)]).reset, Some(Duration::from_secs(seconds)), "{text}");
        }
        assert_eq!(read(&[("x-ratelimit-reset", "1741093360")]).reset, Some(LONGEST_WINDOW), "a skewed clock");
        assert_eq!(read(&[("x-ratelimit-reset", "soon")]).reset, None);
    }

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        let both = [("x-ratelimit-reset", "60"), ("retry-after", "7"), ("x-ratelimit-limit", "1000")];
        let seconds = |n| Some(Duration::from_secs(n));
        let hint = Hint { limit: Some(1000), remaining: None, reset: seconds(60), retry_after: seconds(7) };
        assert_eq!(read(&both), hint);
        let date = [("retry-after", "Tue, 04 Mar 2025 10:15:30 GMT")];
        assert_eq!(read(&date).retry_after, seconds(30));
    }

    proptest! {
        #[test]
        fn any_header_is_survived(text in "\\PC{0,24}") {
            let hint = read(&[("x-ratelimit-limit", &text), ("x-ratelimit-reset", &text), ("retry-after", &text)]);
            prop_assert!(hint.reset.is_none_or(|wait| wait <= LONGEST_WINDOW));
            prop_assert!(hint.retry_after.is_none_or(|wait| wait <= LONGEST_RETRY_AFTER));
        }
    }
}
