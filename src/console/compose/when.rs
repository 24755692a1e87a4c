//! Owns the words for a time to come: `30m`, `2h`, `tomorrow 9:00`, `monday`, `17:30`, `2026-11-25 09:00`. Pure; reads no clock.

use jiff::{
    Span, Timestamp, ToSpan, Zoned,
    civil::{Date, DateTime, Time, Weekday},
    tz::TimeZone,
};

/// What to type, for hints.
pub const HINT: &str = "30m, 2h, 17:30, tomorrow 9:00, monday, 2026-11-25 09:00";

const MORNING: Time = Time::constant(9, 0, 0, 0);
const EVENING: Time = Time::constant(18, 0, 0, 0);
const DAYS: [(&str, Weekday); 7] = [
    ("monday", Weekday::Monday),
    ("tuesday", Weekday::Tuesday),
    ("wednesday", Weekday::Wednesday),
    ("thursday", Weekday::Thursday),
    ("friday", Weekday::Friday),
    ("saturday", Weekday::Saturday),
    ("sunday", Weekday::Sunday),
];

/// The moment these words mean, seen from `now`; always later than it. `None` for words that mean none.
pub fn parse(words: &str, now: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
    let now = now.to_zoned(zone.clone());
    let lower = words.trim().to_lowercase();
    let plain = lower.strip_prefix("in ").unwrap_or(&lower);
    let moment = span(plain)
        .and_then(|span| now.checked_add(span).ok())
        .or_else(|| day_and_time(plain, &now))
        .or_else(|| plain.parse::<DateTime>().ok().and_then(|at| at.to_zoned(zone.clone()).ok()))?;
    (moment > now).then(|| moment.timestamp())
}

/// `30m`, `2 hours`, `1 day`.
fn span(words: &str) -> Option<Span> {
    let digits = words.find(|c: char| !c.is_ascii_digit())?;
    let count: i64 = words[..digits].parse().ok().filter(|count| *count <= 10_000)?;
    Some(match words[digits..].trim() {
        "m" | "min" | "mins" | "minute" | "minutes" => count.minutes(),
        "h" | "hour" | "hours" => count.hours(),
        "d" | "day" | "days" => count.days(),
        "w" | "week" | "weeks" => count.weeks(),
        _ => return None,
    })
}

/// `tomorrow`, `monday 14:30`, `2026-11-25 09:00`, `17:30`. A day alone means its morning, a time alone its next coming.
fn day_and_time(words: &str, now: &Zoned) -> Option<Zoned> {
    let words = words.replace(" at ", " ");
    let (day, time) = words.split_once(' ').map_or((words.as_str(), None), |(day, time)| (day, Some(time.trim())));
    if time.is_none()
        && let Some(time) = clock(day)
    {
        let today = on(now.date(), time, now)?;
        return if today > *now { Some(today) } else { on(now.date().tomorrow().ok()?, time, now) };
    }
    let time = time.map_or(Some(if day == "tonight" { EVENING } else { MORNING }), clock)?;
    on(date(day, now)?, time, now)
}

fn date(word: &str, now: &Zoned) -> Option<Date> {
    match word {
        "today" | "tonight" => Some(now.date()),
        "tomorrow" => now.date().tomorrow().ok(),
        _ => {
            let named = DAYS.iter().find(|(name, _)| word.len() >= 3 && name.starts_with(word));
            match named {
                Some((_, weekday)) => now.date().nth_weekday(1, *weekday).ok(),
                // A longer form has its time in it, which a date would drop.
                None if word.len() == 10 => word.parse().ok(),
                None => None,
            }
        }
    }
}

/// `9:00`, `17:30`, `9am`, `5pm`. A bare number is none: it could be anything.
fn clock(words: &str) -> Option<Time> {
    let (digits, add) = match (words.strip_suffix("am"), words.strip_suffix("pm")) {
        (Some(digits), _) => (digits, Some(0)),
        (_, Some(digits)) => (digits, Some(12)),
        (None, None) => (words, None),
    };
    let (hour, minute) = match (digits.trim().split_once(':'), add) {
        (Some(parts), _) => parts,
        (None, Some(_)) => (digits.trim(), "0"),
        (None, None) => return None,
    };
    let (hour, minute): (i8, i8) = (hour.parse().ok()?, minute.parse().ok()?);
    let hour = match add {
        Some(add) if (1..=12).contains(&hour) => hour % 12 + add,
        Some(_) => return None,
        None => hour,
    };
    Time::new(hour, minute, 0, 0).ok()
}

fn on(date: Date, time: Time, now: &Zoned) -> Option<Zoned> {
    date.to_datetime(time).to_zoned(now.time_zone().clone()).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A Wednesday, 09:30 in Berlin.
    fn now() -> Timestamp {
        "2026-11-18T08:30:00Z".parse().expect("a time")
    }

    fn berlin() -> TimeZone {
        TimeZone::fixed(jiff::tz::offset(1))
    }

    #[test]
    fn the_usual_words_mean_a_moment() {
        for (words, expected) in [
            ("30m", Some("2026-11-18T09:00:00Z")),
            ("in 2 hours", Some("2026-11-18T10:30:00Z")),
            ("1d", Some("2026-11-19T08:30:00Z")),
            ("17:30", Some("2026-11-18T16:30:00Z")),
            ("5pm", Some("2026-11-18T16:00:00Z")),
            ("9:00", Some("2026-11-19T08:00:00Z")),
            ("tomorrow", Some("2026-11-19T08:00:00Z")),
            ("Tomorrow at 14:15", Some("2026-11-19T13:15:00Z")),
            ("tonight", Some("2026-11-18T17:00:00Z")),
            ("mon", Some("2026-11-23T08:00:00Z")),
            ("wednesday 10:00", Some("2026-11-25T09:00:00Z")),
            ("2026-12-01", Some("2026-12-01T08:00:00Z")),
            ("2026-12-01 16:00", Some("2026-12-01T15:00:00Z")),
            ("2026-12-01T16:00", Some("2026-12-01T15:00:00Z")),
            ("today 9:00", None),
            ("2020-01-01", None),
            ("0m", None),
            ("99999999999999999999d", None),
            ("9", None),
            ("soon", None),
            ("", None),
        ] {
            let expected = expected.map(|at| at.parse::<Timestamp>().expect("a time"));
            assert_eq!(parse(words, now(), &berlin()), expected, "{words}");
        }
    }

    proptest! {
        #[test]
        fn no_words_make_it_stumble_and_none_mean_the_past(words in "(\\PC{0,20})|([0-9]{1,5} ?[a-z:]{0,6} ?[0-9:apm]{0,6})") {
            prop_assert!(parse(&words, now(), &berlin()).is_none_or(|at| at > now()));
        }
    }
}
