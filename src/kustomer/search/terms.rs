//! Owns what a query is made of and how it is printed. Reading (`parse`, `back`) and translating (`dsl`) are elsewhere.

use std::fmt;

use jiff::{SignedDuration, Timestamp, civil::Date, tz::TimeZone};

use super::keys::Kind;

/// One condition.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Term {
    /// Full text.
    Words(String),
    /// A field and what is asked of it.
    Field(Field, Test),
}

/// What can be asked about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Field {
    /// The key as the language writes it in this context.
    pub written: String,
    /// The desk's name for it.
    pub attribute: String,
    /// How its values are read.
    pub kind: Kind,
}

/// What is asked of a field.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Test {
    /// `key:*`
    Present,
    /// `-key:*`: a condition of its own, because the desk knows absence and not presence (Kustomer API reference 9.2).
    Absent,
    /// `:value`
    Is(Operand),
    /// `:~value`
    Has(String),
    /// `>`, `>=`, `<`, `<=`
    Compare(Compare, Operand),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Compare {
    More,
    AtLeast,
    Less,
    AtMost,
}

impl Compare {
    /// Longest first, as a reader has to try them.
    pub const SIGNS: [(&'static str, Self); 4] =
        [(">=", Self::AtLeast), ("<=", Self::AtMost), (">", Self::More), ("<", Self::Less)];

    fn sign(self) -> &'static str {
        Self::SIGNS.iter().find(|(_, compare)| *compare == self).map_or("", |(sign, _)| sign)
    }
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Operand {
    Text(String),
    Number(f64),
    Flag(bool),
    Time(Moment),
    /// Somebody or something by name.
    Named {
        id: String,
        shown: String,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Moment {
    /// So far from now, as written; back, or ahead for deadlines.
    Away { amount: u32, unit: Unit, ahead: bool },
    /// A whole day in the person's own zone.
    Day(Date),
    /// A whole day, by its distance from today.
    Named(NamedDay),
    /// An instant, in whole milliseconds.
    At(Timestamp),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NamedDay {
    Yesterday,
    Today,
    Tomorrow,
}

impl NamedDay {
    pub const ALL: [(&'static str, Self, i64); 3] =
        [("today", Self::Today, 0), ("yesterday", Self::Yesterday, -1), ("tomorrow", Self::Tomorrow, 1)];
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unit {
    Minutes,
    Hours,
    Days,
    Weeks,
}

impl Unit {
    pub const ALL: [(char, Self, i64); 4] =
        [('m', Self::Minutes, 60), ('h', Self::Hours, 3600), ('d', Self::Days, 86_400), ('w', Self::Weeks, 604_800)];

    fn letter(self) -> char {
        Self::ALL.iter().find(|(_, unit, _)| *unit == self).map_or('d', |(letter, _, _)| *letter)
    }

    pub fn seconds(self) -> i64 {
        Self::ALL.iter().find(|(_, unit, _)| *unit == self).map_or(86_400, |(_, _, seconds)| *seconds)
    }
}

impl Moment {
    /// First and last millisecond: an instant and a distance are one, a day is many.
    pub fn span(self, now: Timestamp, zone: &TimeZone) -> (Timestamp, Timestamp) {
        let day = |date: Date| {
            let midnight = |date: Date| date.to_zoned(zone.clone()).map_or(now, |zoned| zoned.timestamp());
            let next = midnight(date.tomorrow().unwrap_or(date));
            (midnight(date), next.checked_sub(SignedDuration::from_millis(1)).unwrap_or(next))
        };
        match self {
            Self::Away { amount, unit, ahead } => {
                let distance = SignedDuration::from_secs(i64::from(amount) * unit.seconds());
                let at = if ahead { now.checked_add(distance) } else { now.checked_sub(distance) }.unwrap_or(now);
                (at, at)
            }
            Self::Day(date) => day(date),
            Self::Named(named) => {
                let away = NamedDay::ALL.iter().find(|(_, day, _)| *day == named).map_or(0, |(_, _, away)| *away);
                let today = now.to_zoned(zone.clone()).date();
                day(today.checked_add(SignedDuration::from_hours(24 * away)).unwrap_or(today))
            }
            Self::At(at) => (at, at),
        }
    }

    /// Whether it lasts, so that being in it takes two conditions.
    pub fn lasts(self) -> bool {
        matches!(self, Self::Day(_) | Self::Named(_))
    }
}

/// An instant as the desk writes it: UTC with milliseconds.
pub(super) fn instant(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string()
}

/// An order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Sort {
    pub field: Field,
    pub descending: bool,
}

impl fmt::Display for Sort {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "sort:{}{}", if self.descending { "-" } else { "" }, self.field.written)
    }
}

impl fmt::Display for Term {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Words(words) => f.write_str(&quoted(words)),
            Self::Field(field, test) => {
                let key = &field.written;
                match test {
                    Test::Present => write!(f, "{key}:*"),
                    Test::Absent => write!(f, "-{key}:*"),
                    Test::Is(operand) => write!(f, "{key}:{operand}"),
                    Test::Has(words) => write!(f, "{key}:~{}", quoted(words)),
                    Test::Compare(compare, operand) => write!(f, "{key}{}{operand}", compare.sign()),
                }
            }
        }
    }
}

impl fmt::Display for Operand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) | Self::Named { shown: text, .. } => f.write_str(&quoted(text)),
            // Only extremes are written with an exponent: in full they would be longer than a value may be.
            Self::Number(number) if number.abs() < 1e15 && (number.abs() > 1e-6 || *number == 0.0) => {
                write!(f, "{number}")
            }
            Self::Number(number) => write!(f, "{number:e}"),
            Self::Flag(true) => f.write_str("yes"),
            Self::Flag(false) => f.write_str("no"),
            Self::Time(Moment::Away { amount, unit, .. }) => write!(f, "{amount}{}", unit.letter()),
            Self::Time(Moment::Day(date)) => write!(f, "{date}"),
            Self::Time(Moment::Named(named)) => {
                f.write_str(NamedDay::ALL.iter().find(|(_, day, _)| day == named).map_or("", |(word, _, _)| word))
            }
            Self::Time(Moment::At(at)) => f.write_str(&instant(*at)),
        }
    }
}

/// Text as it has to be written to be read as one value.
pub(super) fn quoted(text: &str) -> String {
    let plain = !text.is_empty()
        && text != "OR"
        && !text.starts_with(['-', '~', '*', '>', '<', '='])
        && !text.contains(|c: char| c.is_whitespace() || c.is_control() || "\"\\:<>()".contains(c));
    if plain {
        return text.to_owned();
    }
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}
