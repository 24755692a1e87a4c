//! Owns moments as people and spreadsheets write them in cells: ISO, common formats, spans, and the words of `domain::until`. What could be two different days is refused, unless somebody said how dates are written.

use jiff::{
    Span, Timestamp, ToSpan, Zoned,
    civil::{Date, DateTime, Time},
    tz::TimeZone,
};

use crate::domain::until;

/// How dates with the month in the middle or in front are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// 31/12/2025
    DayFirst,
    /// 12/31/2025
    MonthFirst,
}

/// What reading a moment takes besides its words.
#[derive(Clone, Debug)]
pub struct Moments {
    /// The present.
    pub now: Timestamp,
    /// Where times without a zone are meant.
    pub zone: TimeZone,
    /// How `3/4/2025` is meant, if somebody said so.
    pub order: Option<Order>,
}

impl Moments {
    /// Reads a moment.
    ///
    /// # Errors
    /// The reason, for people.
    pub fn read(&self, words: &str) -> Result<Timestamp, String> {
        let words = words.trim();
        if words.len() > 64 {
            return Err("it is too long for a date".to_owned());
        }
        if let Ok(moment) = words.parse::<Timestamp>() {
            return Ok(moment);
        }
        if let Ok(moment) = words.parse::<DateTime>() {
            return self.at(moment);
        }
        if let Some(moment) = epoch(words) {
            return Ok(moment);
        }
        let lower = words.to_ascii_lowercase().replace(" at ", " ");
        let (day, rest) = self.day(&lower)?;
        // A day alone is its beginning: nobody meant an hour.
        let time = if rest.trim().is_empty() { Some(Time::midnight()) } else { until::time_said(rest) };
        self.at(day.to_datetime(time.ok_or("there is no such time of day; write 09:30 or 9am")?))
    }

    fn at(&self, moment: DateTime) -> Result<Timestamp, String> {
        let zoned = moment.to_zoned(self.zone.clone()).map_err(|_| "there is no such moment".to_owned())?;
        Ok(zoned.timestamp())
    }

    fn today(&self) -> Zoned {
        self.now.to_zoned(self.zone.clone())
    }

    /// The day, and what stands behind it.
    fn day<'a>(&self, words: &'a str) -> Result<(Date, &'a str), String> {
        let split = words.find(|c: char| c == ' ' || c == 't' && words.starts_with(|c: char| c.is_ascii_digit()));
        let (first, rest) = words.split_at(split.unwrap_or(words.len()));
        if first.bytes().filter(u8::is_ascii_digit).count() >= 3 && first.contains(['.', '/', '-']) {
            return Ok((self.numeric(first)?, rest.trim_start_matches(['t', ' '])));
        }
        self.said(words)
    }

    /// 31.12.2025, 31/12/2025, 12/31/2025, 2025/12/31.
    fn numeric(&self, words: &str) -> Result<Date, String> {
        let unreadable = || unreadable();
        let parts: Vec<&str> = words.split(['.', '/', '-']).collect();
        let numbers: Vec<i16> = parts.iter().filter_map(|part| part.parse().ok()).collect();
        let (&[a, b, c], &[first, _, last]) = (numbers.as_slice(), parts.as_slice()) else { return Err(unreadable()) };
        let date = |year: i16, month: i16, day: i16| {
            let (month, day) = (i8::try_from(month).unwrap_or(0), i8::try_from(day).unwrap_or(0));
            Date::new(year, month, day).map_err(|_| "there is no such day".to_owned())
        };
        if first.len() == 4 {
            return date(a, b, c);
        }
        if last.len() != 4 {
            return Err("its year needs four digits".to_owned());
        }
        // Dots stand between days and months where the day comes first.
        let order = if words.contains('.') { Some(Order::DayFirst) } else { self.order };
        match order {
            Some(Order::DayFirst) => date(c, b, a),
            Some(Order::MonthFirst) => date(c, a, b),
            None if a > 12 => date(c, b, a),
            None if b > 12 => date(c, a, b),
            None if a == b => date(c, a, b),
            None => Err("it can be two different days; write 2025-12-31, or say --dates dmy or --dates mdy".to_owned()),
        }
    }

    /// today, next friday and what else a person says, in 3 days, 2 weeks ago.
    fn said<'w>(&self, words: &'w str) -> Result<(Date, &'w str), String> {
        let all: Vec<&str> = words.splitn(4, char::is_whitespace).collect();
        let behind = all.get(3).copied().unwrap_or_default();
        let moved = |span: Span| self.today().date().checked_add(span).map_err(|_| "it is too far away".to_owned());
        match all.as_slice() {
            ["in", count, unit, ..] => Ok((moved(span(count, unit, 1)?)?, behind)),
            [count, unit, "ago", ..] => Ok((moved(span(count, unit, -1)?)?, behind)),
            _ => until::day_said(words, &self.today()).ok_or_else(unreadable),
        }
    }
}

fn unreadable() -> String {
    "it is no date; write 2025-12-31, 2025-12-31T09:30:00Z, 31.12.2025 or words like tomorrow 9am".to_owned()
}

/// Seconds or milliseconds since 1970, of our time.
fn epoch(words: &str) -> Option<Timestamp> {
    let number: i64 = words.parse().ok()?;
    match words.len() {
        10 => Timestamp::from_second(number).ok(),
        13 => Timestamp::from_millisecond(number).ok(),
        _ => None,
    }
}

fn span(count: &str, unit: &str, sign: i64) -> Result<Span, String> {
    let count: i64 = match count {
        "a" | "an" | "one" => 1,
        other => other.parse().map_err(|_| unreadable())?,
    };
    let count = count.checked_mul(sign).filter(|count| count.abs() <= 10_000).ok_or("it is too far away")?;
    match unit.trim_end_matches('s') {
        "day" => Ok(count.days()),
        "week" => Ok(count.weeks()),
        "month" => Ok(count.months()),
        "year" => Ok(count.years()),
        _ => Err(unreadable()),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Tuesday, 4 March 2025, 10:15 in UTC.
    fn moments(zone: &str, order: Option<Order>) -> Moments {
        let now = "2025-03-04T10:15:00Z".parse().expect("a moment");
        Moments { now, zone: TimeZone::get(zone).expect("a zone"), order }
    }

    #[test]
    fn moments_are_read_as_they_are_written() {
        let utc = moments("UTC", None);
        for (words, expected) in [
            ("2025-03-01T09:30:00+01:00", "2025-03-01T08:30:00Z"),
            ("2025-03-01", "2025-03-01T00:00:00Z"),
            ("2025-03-01 09:30", "2025-03-01T09:30:00Z"),
            ("31.12.2025", "2025-12-31T00:00:00Z"),
            ("1.2.2025 9:30 pm", "2025-02-01T21:30:00Z"),
            ("31/12/2025", "2025-12-31T00:00:00Z"),
            ("12/31/2025 23:59:59", "2025-12-31T23:59:59Z"),
            ("2025/12/31", "2025-12-31T00:00:00Z"),
            ("1740821400", "2025-03-01T09:30:00Z"),
            ("1740821400123", "2025-03-01T09:30:00.123Z"),
            ("today", "2025-03-04T00:00:00Z"),
            ("Tomorrow 9am", "2025-03-05T09:00:00Z"),
            ("next friday 9am", "2025-03-14T09:00:00Z"),
            ("next tuesday", "2025-03-11T00:00:00Z"),
            ("tue at noon", "2025-03-11T12:00:00Z"),
            ("in 3 days", "2025-03-07T00:00:00Z"),
            ("2 weeks ago 12:30", "2025-02-18T12:30:00Z"),
        ] {
            assert_eq!(utc.read(words).map(|moment| moment.to_string()), Ok(expected.to_owned()), "{words}");
        }
        let berlin = moments("Europe/Berlin", Some(Order::DayFirst));
        assert_eq!(
            berlin.read("3/4/2025 09:30").map(|moment| moment.to_string()),
            Ok("2025-04-03T07:30:00Z".to_owned())
        );
    }

    #[test]
    fn what_is_no_moment_or_two_of_them_is_refused_in_words() {
        let utc = moments("UTC", None);
        for (words, why) in [
            ("3/4/2025", "two different days"),
            ("31.02.2025", "no such day"),
            ("2025-13-01", "no such day"),
            ("1.2.25", "four digits"),
            ("soon", "no date"),
            ("tomorrow 25:00", "no such time"),
            ("in 99999999999999999999 days", "no date"),
            ("in 99999 years", "too far away"),
        ] {
            let said = utc.read(words).expect_err(words);
            assert!(said.contains(why), "{words}: {said}");
        }
    }

    proptest! {
        #[test]
        fn any_words_are_survived(words in "\\PC{0,40}", number in any::<i64>()) {
            let utc = moments("UTC", None);
            let _ = (utc.read(&words), utc.read(&format!("in {number} days")), utc.read(&format!("{words} 9am")));
        }

        /// Every moment is read back from how it is printed.
        #[test]
        fn printed_moments_come_back(second in -60_000_000_000_i64..200_000_000_000) {
            let moment = Timestamp::from_second(second).expect("in range");
            prop_assert_eq!(moments("UTC", None).read(&moment.to_string()), Ok(moment));
        }
    }
}
