//! Owns how a person says a moment: one to come, for snoozing and for what leaves later ([`until`]), or any, for a date in a
//! record ([`moment_of`]): `2h`, `tomorrow 9`, `mon 8:30`, `next friday 9am`, `3d ago`, `2026-03-05 14:00`. An import's cells say days and
//! times by the same words ([`day_said`], [`time_said`]), so that `next friday` is one day everywhere. Times of the day are the
//! given zone's; what a change of clocks leaves out is moved behind it, what it repeats is taken the first time.
//!
//! ```text
//! until = ["in"] { number ("m" | "h" | "d" | "w") }   from now; days and weeks are the calendar's; also `minutes` …
//!       | ("today" | "tomorrow" | weekday | date) ["at"] [time]     without a time: 9:00
//!       | "tonight" ["at"] [time]                     without a time: 18:00
//!       | "next" (weekday | "week" | "month") ["at"] [time]         of the week, or month, after this one
//!       | time                                        the next such time
//! time  = hours [":" minutes [":" seconds]] ["am" | "pm"] | "noon"         date = YYYY-MM-DD
//! any   = until | "now" | until-span "ago" | "yesterday" [time] | "last" weekday [time] | an instant with its offset
//! ```

use jiff::{
    Span, Timestamp, ToSpan, Zoned,
    civil::{Date, Time, Weekday},
    tz::TimeZone,
};

/// Farther ahead nobody means it.
const YEARS: i32 = 2;
/// The time that is meant where none is said.
const MORNING: Time = Time::constant(9, 0, 0, 0);
const EVENING: Time = Time::constant(18, 0, 0, 0);
/// What to type for any moment, for hints.
pub const ANY_HINT: &str = "next friday 9am, in 2h, 3d ago, 2026-03-05 14:00";
/// What to type, for hints.
pub const HINT: &str = "2h, tomorrow 9, mon 8:30, 2026-03-05 14:00";

/// Reads it.
///
/// # Errors
/// What is wrong, in words.
pub fn until(typed: &str, now: Timestamp, zone: &TimeZone) -> Result<Timestamp, &'static str> {
    const UNREAD: &str = "write for instance 2h, tomorrow 9, mon 8:30 or 2026-03-05 14:00";
    let typed = typed.trim().to_ascii_lowercase().replace(" at ", " ");
    let here = now.to_zoned(zone.clone());
    let then = match span(typed.strip_prefix("in ").unwrap_or(&typed)) {
        Some(span) => here.checked_add(span).ok(),
        None => moment(&typed, &here),
    };
    let then = then.ok_or(UNREAD)?.timestamp();
    let last = here.checked_add(YEARS.years()).map_or(Timestamp::MAX, |last| last.timestamp());
    match then {
        _ if then <= now => Err("that is over already"),
        _ if then > last => Err("that is more than two years ahead"),
        _ => Ok(then),
    }
}

/// Reads a moment that may be over, as records have them: whatever [`until`] reads, and `now`, `3d ago`, `yesterday`,
/// `last friday`, an instant with its offset.
///
/// # Errors
/// What is wrong, in words.
pub fn moment_of(typed: &str, now: Timestamp, zone: &TimeZone) -> Result<Timestamp, &'static str> {
    const UNREAD: &str = "write for instance next friday 9am, in 2h, 3d ago or 2026-03-05 14:00";
    if let Ok(instant) = typed.trim().parse::<Timestamp>() {
        return Ok(instant);
    }
    let typed = typed.trim().to_ascii_lowercase().replace(" at ", " ");
    let here = now.to_zoned(zone.clone());
    let then = match typed.strip_suffix(" ago") {
        Some(back) => span(back).and_then(|span| here.checked_sub(span).ok()),
        None if typed == "now" => Some(here),
        None => match span(typed.strip_prefix("in ").unwrap_or(&typed)) {
            Some(span) => here.checked_add(span).ok(),
            None => moment(&typed, &here),
        },
    };
    then.map(|then| then.timestamp()).ok_or(UNREAD)
}

/// `1h30m`, `2 d`, `90 minutes`.
fn span(typed: &str) -> Option<Span> {
    let mut span = Span::new();
    let mut rest = typed.trim();
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit())?;
        let count: i64 = rest[..digits].parse().ok()?;
        let unit = rest[digits..].trim_start();
        let end = unit.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(unit.len());
        span = match &unit[..end] {
            "m" | "min" | "mins" | "minute" | "minutes" => span.try_minutes(span.get_minutes().checked_add(count)?),
            "h" | "hour" | "hours" => span.try_hours(i64::from(span.get_hours()).checked_add(count)?),
            "d" | "day" | "days" => span.try_days(i64::from(span.get_days()).checked_add(count)?),
            "w" | "week" | "weeks" => span.try_weeks(i64::from(span.get_weeks()).checked_add(count)?),
            _ => return None,
        }
        .ok()?;
        rest = unit[end..].trim_start();
    }
    (!typed.trim().is_empty()).then_some(span)
}

fn moment(typed: &str, here: &Zoned) -> Option<Zoned> {
    // `2026-03-05t14:00`, as programs write it.
    let joined = typed.split_at_checked(10).and_then(|(date, time)| Some((date, time.strip_prefix('t')?)));
    let said = match joined {
        Some((date, rest)) => day(date, here).map(|day| (day, rest)),
        None => day_said(typed, here),
    };
    if let Some((day, rest)) = said {
        let usual = if typed.starts_with("tonight") { EVENING } else { MORNING };
        let time = if rest.trim().is_empty() { usual } else { time_said(rest)? };
        return at(day, time, here);
    }
    let time = time_said(typed)?;
    let today = at(here.date(), time, here)?;
    if today > *here { Some(today) } else { at(here.date().tomorrow().ok()?, time, here) }
}

fn at(day: Date, time: Time, here: &Zoned) -> Option<Zoned> {
    here.time_zone().to_ambiguous_zoned(day.to_datetime(time)).compatible().ok()
}

/// The day that words in lower case begin with, and what stands behind it: `tomorrow`, `fri 9am`, `next friday`, `last monday`.
pub fn day_said<'w>(words: &'w str, here: &Zoned) -> Option<(Date, &'w str)> {
    let parted = |words: &'w str| words.trim().split_once(char::is_whitespace).unwrap_or((words.trim(), ""));
    let (first, rest) = parted(words);
    if let ("next" | "last", false) = (first, rest.trim().is_empty()) {
        let (word, rest) = parted(rest);
        let day = if first == "next" { next(word, here)? } else { here.date().nth_weekday(-1, weekday(word)?).ok()? };
        return Some((day, rest));
    }
    day(first, here).map(|day| (day, rest))
}

/// A day of the week after this one (weeks begin on Monday), that week's Monday, or the first of the month after this one.
fn next(word: &str, here: &Zoned) -> Option<Date> {
    let today = here.date();
    let monday = today.checked_add((7 - i64::from(today.weekday().to_monday_zero_offset())).days()).ok()?;
    match word {
        "week" => Some(monday),
        "month" => today.last_of_month().tomorrow().ok(),
        _ => monday.checked_add(i64::from(weekday(word)?.to_monday_zero_offset()).days()).ok(),
    }
}

fn day(word: &str, here: &Zoned) -> Option<Date> {
    match word {
        "yesterday" => here.date().yesterday().ok(),
        "today" | "tonight" => Some(here.date()),
        "tomorrow" | "tom" => here.date().tomorrow().ok(),
        _ => match weekday(word) {
            // The weekday it is today is meant in a week.
            Some(weekday) => here.date().nth_weekday(1, weekday).ok(),
            None => word.parse().ok().filter(|_| word.len() == 10),
        },
    }
}

fn weekday(word: &str) -> Option<Weekday> {
    const DAYS: [(&str, Weekday); 7] = [
        ("monday", Weekday::Monday),
        ("tuesday", Weekday::Tuesday),
        ("wednesday", Weekday::Wednesday),
        ("thursday", Weekday::Thursday),
        ("friday", Weekday::Friday),
        ("saturday", Weekday::Saturday),
        ("sunday", Weekday::Sunday),
    ];
    DAYS.iter().find(|(name, _)| word.len() >= 3 && name.starts_with(word)).map(|(_, day)| *day)
}

/// A time of the day in lower case: `9`, `9:30`, `14:00:05`, `2pm`, `noon`.
pub fn time_said(words: &str) -> Option<Time> {
    let words: String = words.chars().filter(|c| !c.is_whitespace()).collect();
    if words == "noon" {
        return Some(Time::constant(12, 0, 0, 0));
    }
    let (digits, half) = match (words.strip_suffix("am"), words.strip_suffix("pm")) {
        (Some(digits), _) => (digits, Some(0)),
        (_, Some(digits)) => (digits, Some(12)),
        (None, None) => (words.as_str(), None),
    };
    let (hours, rest) = digits.split_once(':').unwrap_or((digits, "0"));
    let (minutes, seconds) = rest.split_once(':').unwrap_or((rest, "0"));
    let number = |text: &str| -> Option<i8> {
        let is_number = !text.is_empty() && text.len() <= 2 && text.bytes().all(|b| b.is_ascii_digit());
        is_number.then(|| text.parse().ok())?
    };
    let (hours, minutes, seconds) = (number(hours)?, number(minutes)?, number(seconds)?);
    let hours = match half {
        None => hours,
        Some(half) if (1..=12).contains(&hours) => hours % 12 + half,
        Some(_) => return None,
    };
    Time::new(hours, minutes, seconds, 0).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn stamp(text: &str) -> Timestamp {
        text.parse().expect("a test's timestamp")
    }

    fn berlin() -> TimeZone {
        TimeZone::get("Europe/Berlin").expect("bundled zone")
    }

    #[test]
    fn what_people_say_is_read_in_their_zone() {
        // A Monday, 10:30 in Berlin.
        let now = stamp("2026-03-02T09:30:00Z");
        for (typed, wanted) in [
            ("30m", "2026-03-02T10:00:00Z"),
            ("1h30m", "2026-03-02T11:00:00Z"),
            (" 2 H ", "2026-03-02T11:30:00Z"),
            ("2d", "2026-03-04T09:30:00Z"),
            ("tomorrow 9", "2026-03-03T08:00:00Z"),
            ("tomorrow", "2026-03-03T08:00:00Z"),
            ("mon 8:30", "2026-03-09T07:30:00Z"),
            ("Friday 2pm", "2026-03-06T13:00:00Z"),
            ("12am", "2026-03-02T23:00:00Z"),
            ("9", "2026-03-03T08:00:00Z"),
            ("14:00", "2026-03-02T13:00:00Z"),
            ("2026-03-05 14:00", "2026-03-05T13:00:00Z"),
            ("2026-03-05", "2026-03-05T08:00:00Z"),
            ("2026-03-05T14:00", "2026-03-05T13:00:00Z"),
            ("in 2 hours", "2026-03-02T11:30:00Z"),
            ("1 day 30 minutes", "2026-03-03T10:00:00Z"),
            ("Tomorrow at 14:15", "2026-03-03T13:15:00Z"),
            ("tonight", "2026-03-02T17:00:00Z"),
        ] {
            assert_eq!(until(typed, now, &berlin()), Ok(stamp(wanted)), "{typed}");
        }
        for typed in
            ["", "soon", "m", "2", "25", "9:60", "13pm", "0am", "2h ago", "mo 9", "2026-02-30", "-1h", "today 9"]
        {
            let read = until(typed, now, &berlin());
            // A bare hour is the next such hour; everything else is refused.
            assert!(read.is_err() || typed == "2", "{typed}: {read:?}");
        }
        assert_eq!(until("2026-03-01 9:00", now, &berlin()), Err("that is over already"));
        assert_eq!(until("200w", now, &berlin()), Err("that is more than two years ahead"));
    }

    #[test]
    fn dates_in_records_are_said_in_words_whether_over_or_to_come() {
        // A Monday, 10:30 in Berlin.
        let now = stamp("2026-03-02T09:30:00Z");
        for (typed, wanted) in [
            ("next friday 9am", "2026-03-13T08:00:00Z"),
            ("Next Friday at 9am", "2026-03-13T08:00:00Z"),
            ("friday 9am", "2026-03-06T08:00:00Z"),
            ("next week", "2026-03-09T08:00:00Z"),
            ("next month 14:00", "2026-04-01T12:00:00Z"),
            ("last friday 9am", "2026-02-27T08:00:00Z"),
            ("yesterday 23:00", "2026-03-01T22:00:00Z"),
            ("3d ago", "2026-02-27T09:30:00Z"),
            ("now", "2026-03-02T09:30:00Z"),
            ("2020-01-01", "2020-01-01T08:00:00Z"),
            ("2020-01-01T00:00:00.000Z", "2020-01-01T00:00:00Z"),
        ] {
            assert_eq!(moment_of(typed, now, &berlin()), Ok(stamp(wanted)), "{typed}");
        }
        for typed in ["", "next", "next 9", "last", "ago", "soon ago", "next friday 25", "yesterday soon"] {
            assert!(moment_of(typed, now, &berlin()).is_err(), "{typed}");
        }
        assert_eq!(until("next friday 9am", now, &berlin()), Ok(stamp("2026-03-13T08:00:00Z")));
        assert_eq!(until("yesterday", now, &berlin()), Err("that is over already"));
    }

    #[test]
    fn changes_of_the_clocks_move_nobody_into_the_past() {
        // On 29 March 2026 at 02:00 clocks in Berlin go to 03:00; on 25 October 03:00 comes twice.
        let spring = stamp("2026-03-28T12:00:00Z");
        assert_eq!(until("tomorrow 2:30", spring, &berlin()), Ok(stamp("2026-03-29T01:30:00Z")), "behind the gap");
        assert_eq!(until("1d", spring, &berlin()), Ok(stamp("2026-03-29T11:00:00Z")), "a day is the calendar's");
        assert_eq!(until("24h", spring, &berlin()), Ok(stamp("2026-03-29T12:00:00Z")), "an hour is an hour");
        let autumn = stamp("2026-10-24T12:00:00Z");
        assert_eq!(until("tomorrow 2:30", autumn, &berlin()), Ok(stamp("2026-10-25T00:30:00Z")), "the first of two");
    }

    proptest! {
        #[test]
        fn nothing_that_is_typed_stumbles_or_leads_back(typed in ".{0,24}", seconds in 0i64..4_000_000_000) {
            let now = Timestamp::from_second(seconds).expect("in range");
            if let Ok(then) = until(&typed, now, &berlin()) {
                prop_assert!(then > now);
            }
            let _ = moment_of(&typed, now, &berlin());
        }

        #[test]
        fn a_time_of_day_comes_within_a_day_and_reads_as_said(hour in 0i8..24, minute in 0i8..60, seconds in 0i64..4_000_000_000) {
            let now = Timestamp::from_second(seconds).expect("in range");
            let then = until(&format!("{hour}:{minute:02}"), now, &berlin()).expect("a time of day");
            let local = then.to_zoned(berlin());
            // In the hour that is left out in spring the clock shows an hour more.
            let shown = (local.hour(), local.minute());
            prop_assert!(shown == (hour, minute) || shown == ((hour + 1) % 24, minute));
            prop_assert!(then.duration_since(now).as_hours() <= 25);
        }

        #[test]
        fn hours_and_minutes_are_added(hours in 0i64..500, minutes in 1i64..600, seconds in 0i64..4_000_000_000) {
            let now = Timestamp::from_second(seconds).expect("in range");
            let then = until(&format!("{hours}h{minutes}m"), now, &berlin());
            prop_assert_eq!(then.map(|then| then.duration_since(now).as_mins()), Ok(hours * 60 + minutes));
        }
    }
}
