//! Owns how moments and spans of time read on screen: SLA clocks, ages, local dates, countdowns. Everything is computed
//! from times handed in; nothing here knows the present.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp, tz::TimeZone};

use crate::{console::theme::Role, domain::SlaState};

/// From here on a running clock counts as urgent.
const SOON: SignedDuration = SignedDuration::from_mins(15);

/// An SLA clock: a sign, the time and its looks. The words say late without any colour, and without the sign: `▲ 12:09 late`,
/// `◷ 02:14`, `○ 1h 05m`, `‖ paused`, `✓ met`, `·`.
pub fn sla(state: SlaState, ascii: bool) -> (String, Role) {
    let sign = |unicode: &'static str, plain: &'static str| if ascii { plain } else { unicode };
    match state {
        SlaState::None => (sign("·", "-").to_owned(), Role::Dim),
        SlaState::Met => (format!("{} met", sign("✓", "v")), Role::SlaFine),
        SlaState::Paused => (format!("{} paused", sign("‖", "=")), Role::SlaPaused),
        SlaState::Due(left) if left < SOON => (format!("{} {}", sign("◷", "~"), span(left)), Role::SlaSoon),
        SlaState::Due(left) => (format!("{} {}", sign("○", " "), span(left)), Role::SlaFine),
        SlaState::Breached(over) => (format!("{} {} late", sign("▲", "!"), span(over)), Role::SlaBreached),
    }
}

/// A span counted down: minutes and seconds below an hour, then the two largest units.
pub fn span(span: SignedDuration) -> String {
    let seconds = span.as_secs().max(0);
    let (minutes, hours, days) = (seconds / 60, seconds / 3600, seconds / 86_400);
    if hours == 0 {
        format!("{minutes:02}:{:02}", seconds % 60)
    } else if days == 0 {
        format!("{hours}h {:02}m", minutes % 60)
    } else {
        format!("{days}d {}h", hours % 24)
    }
}

/// A span in its largest unit alone: `40s`, `12m`, `5h`, `3d`.
pub fn short(span: SignedDuration) -> String {
    let seconds = span.as_secs().max(0);
    match seconds {
        0..60 => format!("{seconds}s"),
        60..3600 => format!("{}m", seconds / 60),
        3600..86_400 => format!("{}h", seconds / 3600),
        _ => format!("{}d", seconds / 86_400),
    }
}

/// How long ago something was: `now`, `3m`, `2h`, `5d`; what lies ahead (a desk whose clock runs fast) reads `now` too.
pub fn age(at: Timestamp, now: Timestamp) -> String {
    let since = now.duration_since(at);
    if since.as_secs() < 60 { "now".to_owned() } else { short(since) }
}

/// How far away something is, to either side: `3h ago`, `in 2d`, `now`.
pub fn away(at: Timestamp, now: Timestamp) -> String {
    let since = now.duration_since(at);
    match since.as_secs() {
        -59..60 => "now".to_owned(),
        60.. => format!("{} ago", short(since)),
        _ => format!("in {}", short(at.duration_since(now))),
    }
}

/// A countdown on the monotonic clock, `09:41`; it ends at `00:00`.
pub fn countdown(until: Duration, elapsed: Duration) -> String {
    let left = until.saturating_sub(elapsed);
    span(SignedDuration::try_from(left).unwrap_or(SignedDuration::MAX))
}

/// A local date and time as short as it can be told at `now`: `09:41` today, `Nov 18 09:41` this year, else
/// `2025-11-18 09:41`.
pub fn at(at: Timestamp, now: Timestamp, zone: &TimeZone) -> String {
    let (then, today) = (at.to_zoned(zone.clone()), now.to_zoned(zone.clone()));
    let form = if then.date() == today.date() {
        "%H:%M"
    } else if then.year() == today.year() {
        "%b %d %H:%M"
    } else {
        "%Y-%m-%d %H:%M"
    };
    then.strftime(form).to_string()
}

/// The same where the hour of another year matters to nobody: `2025-11-18`.
pub fn near(moment: Timestamp, now: Timestamp, zone: &TimeZone) -> String {
    let (then, today) = (moment.to_zoned(zone.clone()), now.to_zoned(zone.clone()));
    if then.year() == today.year() { at(moment, now, zone) } else { then.strftime("%Y-%m-%d").to_string() }
}

/// A local date and time in full, with the zone's abbreviation: `2026-11-18 09:41:00 CET`.
pub fn full(at: Timestamp, zone: &TimeZone) -> String {
    at.to_zoned(zone.clone()).strftime("%Y-%m-%d %H:%M:%S %Z").to_string()
}

/// A local date and time to the minute, always of one width: `2026-11-18 09:41`.
pub fn minute(at: Timestamp, zone: &TimeZone) -> String {
    at.to_zoned(zone.clone()).strftime("%Y-%m-%d %H:%M").to_string()
}

/// A local day as a divider names it: `Wed, Nov 18 2026`.
pub fn day(at: Timestamp, zone: &TimeZone) -> String {
    at.to_zoned(zone.clone()).strftime("%a, %b %d %Y").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn time(text: &str) -> Timestamp {
        text.parse().expect("a test's timestamp")
    }

    #[test]
    fn sla_clocks_read_as_the_floor_reads_them() {
        let due = |seconds| sla(SlaState::Due(SignedDuration::from_secs(seconds)), false);
        let late = |ascii| sla(SlaState::Breached(SignedDuration::from_secs(12 * 60 + 9)), ascii);
        let cases = [
            (due(134), ("◷ 02:14", Role::SlaSoon)),
            (due(15 * 60), ("○ 15:00", Role::SlaFine)),
            (due(3_900), ("○ 1h 05m", Role::SlaFine)),
            (due(2 * 86_400 + 3 * 3_600 + 59), ("○ 2d 3h", Role::SlaFine)),
            (late(false), ("▲ 12:09 late", Role::SlaBreached)),
            (late(true), ("! 12:09 late", Role::SlaBreached)),
            (sla(SlaState::Paused, false), ("‖ paused", Role::SlaPaused)),
            (sla(SlaState::Met, false), ("✓ met", Role::SlaFine)),
            (sla(SlaState::None, false), ("·", Role::Dim)),
        ];
        for ((words, role), wanted) in cases {
            assert_eq!((words.as_str(), role), wanted);
        }
    }

    #[test]
    fn ages_take_the_largest_unit_and_the_future_is_now() {
        let now = time("2026-11-21T10:00:00Z");
        let cases = [
            ("2026-11-21T09:59:30Z", "now"),
            ("2026-11-21T10:00:05Z", "now"),
            ("2026-11-21T09:57:00Z", "3m"),
            ("2026-11-21T08:00:00Z", "2h"),
            ("2026-11-16T09:00:00Z", "5d"),
        ];
        for (then, wanted) in cases {
            assert_eq!(age(time(then), now), wanted, "{then}");
        }
    }

    #[test]
    fn what_is_away_says_to_which_side() {
        let now = time("2026-11-21T10:00:00Z");
        for (then, wanted) in [
            ("2026-11-21T09:59:30Z", "now"),
            ("2026-11-21T10:00:30Z", "now"),
            ("2026-11-21T07:00:00Z", "3h ago"),
            ("2026-11-23T11:00:00Z", "in 2d"),
        ] {
            assert_eq!(away(time(then), now), wanted, "{then}");
        }
    }

    #[test]
    fn local_times_follow_the_zone_through_its_changes() {
        let berlin = TimeZone::get("Europe/Berlin").expect("bundled zone");
        let now = time("2026-10-25T12:00:00Z");
        // Clocks go back at 01:00 UTC: 02:30 comes twice that day.
        let cases = [
            ("2026-10-25T00:30:00Z", "02:30"),
            ("2026-10-25T01:30:00Z", "02:30"),
            ("2026-10-24T21:30:00Z", "Oct 24 23:30"),
            ("2026-10-24T22:30:00Z", "00:30"),
            ("2026-03-29T00:59:00Z", "Mar 29 01:59"),
            ("2026-03-29T01:00:00Z", "Mar 29 03:00"),
        ];
        for (then, wanted) in &cases {
            assert_eq!(at(time(then), now, &berlin), *wanted, "{then}");
        }
        assert_eq!(at(time("2025-06-01T10:00:00Z"), now, &berlin), "2025-06-01 12:00");
        assert_eq!(full(time("2026-10-25T00:30:00Z"), &berlin), "2026-10-25 02:30:00 CEST");
        assert_eq!(full(time("2026-10-25T01:30:00Z"), &berlin), "2026-10-25 02:30:00 CET");
        assert_eq!(day(time("2026-10-24T22:30:00Z"), &berlin), "Sun, Oct 25 2026");
    }

    #[test]
    fn a_countdown_ends_at_zero() {
        let at = Duration::from_secs;
        assert_eq!(countdown(at(600), at(19)), "09:41");
        assert_eq!(countdown(at(600), at(900)), "00:00");
    }
}
