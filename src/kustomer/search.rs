//! Owns the language people search in, and its translation into the desk's search document. Pure: time and zone are
//! handed in, nothing is sent (`Reader` does).
//!
//! ```text
//! refund email:~quill.example created>30d -status:done loyaltyTierStr:gold "never arrived" sort:-updated
//! ```
//!
//! | written | means |
//! | --- | --- |
//! | `words`, `"a phrase"` | anywhere in the text; whole words only, that is how the desk's index works |
//! | `a@b.example`, `@b.example`, `+49…` | an address, a domain or a number by itself is looked for where those stand |
//! | `key:value` | is exactly this; `key:~value` has this word |
//! | `key>value`, `>=`, `<`, `<=` | numbers and times; a time is a date, or an age counted back from now: `created>30d` is "later than thirty days ago" |
//! | `key:*` | has any value |
//! | `-term` | not this |
//! | `sort:key`, `sort:-key` | order, `-` for the largest or latest first |
//!
//! Invariant: a query printed and read again is the same query. Only operators the desk is known to take are produced
//! (Kustomer API reference 9.2), except `lt` and `lte` on custom numbers, whose spelling is unverified.

mod dsl;
mod parse;

use std::{collections::BTreeMap, fmt};

use jiff::{Timestamp, civil::Date, tz::TimeZone};

use crate::domain::Directory;

/// What kind of record is looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Context {
    /// Customers.
    Customer,
    /// Conversations.
    Conversation,
}

/// A query, read and understood.
#[derive(Clone, PartialEq)]
pub struct Query {
    terms: Vec<Term>,
    sort: Option<Sort>,
    now: Timestamp,
    zone: TimeZone,
    tags: BTreeMap<String, String>,
}

/// Why a query cannot be understood.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("column {column}: {message}")]
pub struct QueryError {
    /// Where, in characters from 1.
    pub column: usize,
    /// Why, and what would be understood.
    pub message: String,
}

/// One condition.
#[derive(Clone, Debug, PartialEq)]
struct Term {
    negated: bool,
    what: What,
}

#[derive(Clone, Debug, PartialEq)]
enum What {
    /// Full text.
    Words(String),
    /// A field and what is asked of it.
    Field(Field, Test),
}

/// What can be asked about.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Field {
    Known(Known),
    /// A custom attribute, by its key.
    Custom(String),
}

/// The keys of the language.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Known {
    Email,
    Phone,
    Id,
    Name,
    Tag,
    Status,
    Created,
    Updated,
    Active,
    Conversations,
    Priority,
    Channel,
    Breached,
}

/// How a key's values are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Text,
    Exact,
    Status,
    Time,
    Count,
    Flag,
}

impl Known {
    const ALL: [(&'static str, Self, Kind); 13] = [
        ("email", Self::Email, Kind::Text),
        ("phone", Self::Phone, Kind::Text),
        ("id", Self::Id, Kind::Exact),
        ("name", Self::Name, Kind::Text),
        ("tag", Self::Tag, Kind::Exact),
        ("status", Self::Status, Kind::Status),
        ("created", Self::Created, Kind::Time),
        ("updated", Self::Updated, Kind::Time),
        ("active", Self::Active, Kind::Time),
        ("conversations", Self::Conversations, Kind::Count),
        ("priority", Self::Priority, Kind::Count),
        ("channel", Self::Channel, Kind::Exact),
        ("breached", Self::Breached, Kind::Flag),
    ];

    fn word(self) -> &'static str {
        Self::ALL.iter().find(|(_, known, _)| *known == self).map_or("", |(word, _, _)| word)
    }

    fn kind(self) -> Kind {
        Self::ALL.iter().find(|(_, known, _)| *known == self).map_or(Kind::Exact, |(_, _, kind)| *kind)
    }
}

/// What is asked of a field.
#[derive(Clone, Debug, PartialEq)]
enum Test {
    /// `:*`
    Any,
    /// `:value`
    Is(Operand),
    /// `:~value`
    Has(String),
    /// `>`, `>=`, `<`, `<=`
    Compare(Compare, Operand),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Compare {
    More,
    AtLeast,
    Less,
    AtMost,
}

impl Compare {
    fn sign(self) -> &'static str {
        match self {
            Self::More => ">",
            Self::AtLeast => ">=",
            Self::Less => "<",
            Self::AtMost => "<=",
        }
    }
}

#[derive(Clone, Debug, PartialEq)]
enum Operand {
    Text(String),
    Number(f64),
    Flag(bool),
    Time(Moment),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Moment {
    /// So long ago, as written: amount and unit.
    Ago(u32, Unit),
    /// A whole day in the person's own zone.
    Day(Date),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Unit {
    Minutes,
    Hours,
    Days,
    Weeks,
}

impl Unit {
    const ALL: [(char, Self, i64); 4] =
        [('m', Self::Minutes, 60), ('h', Self::Hours, 3600), ('d', Self::Days, 86_400), ('w', Self::Weeks, 604_800)];

    fn letter(self) -> char {
        Self::ALL.iter().find(|(_, unit, _)| *unit == self).map_or('d', |(letter, _, _)| *letter)
    }

    fn seconds(self) -> i64 {
        Self::ALL.iter().find(|(_, unit, _)| *unit == self).map_or(86_400, |(_, _, seconds)| *seconds)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Sort {
    key: SortKey,
    descending: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum SortKey {
    Created,
    Updated,
    Name,
    Active,
}

impl SortKey {
    const ALL: [(&'static str, Self); 4] =
        [("created", Self::Created), ("updated", Self::Updated), ("name", Self::Name), ("active", Self::Active)];

    fn word(self) -> &'static str {
        Self::ALL.iter().find(|(_, key)| *key == self).map_or("updated", |(word, _)| word)
    }
}

impl Query {
    /// Reads a query. `now` is what ages count back from, `zone` is where days begin.
    ///
    /// # Errors
    /// [`QueryError`] with the column and what would be understood there.
    pub fn parse(text: &str, now: Timestamp, zone: &TimeZone) -> Result<Self, QueryError> {
        let (terms, sort) = parse::parse(text)?;
        Ok(Self { terms, sort, now, zone: zone.clone(), tags: BTreeMap::new() })
    }

    /// Whether nothing is asked for.
    pub fn is_empty(&self) -> bool {
        self.terms.is_empty()
    }

    /// The same query with tags looked up: people write names, the desk stores ids (Kustomer API reference 8.4).
    #[must_use]
    pub fn with_tags_of(mut self, directory: &Directory) -> Self {
        let ids = directory.tags.iter().map(|(id, name)| (name.raw().to_lowercase(), id.as_str().to_owned()));
        self.tags = ids.collect();
        self
    }

    /// The desk's search document.
    pub fn to_dsl(&self, context: Context) -> serde_json::Value {
        dsl::document(self, context)
    }
}

impl fmt::Debug for Query {
    /// Without its words: people search for addresses and numbers.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Query({} terms)", self.terms.len())
    }
}

impl fmt::Display for Query {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut parts: Vec<String> = self.terms.iter().map(ToString::to_string).collect();
        if let Some(Sort { key, descending }) = self.sort {
            parts.push(format!("sort:{}{}", if descending { "-" } else { "" }, key.word()));
        }
        f.write_str(&parts.join(" "))
    }
}

impl fmt::Display for Term {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.negated {
            f.write_str("-")?;
        }
        match &self.what {
            What::Words(words) => f.write_str(&parse::quoted(words)),
            What::Field(field, test) => {
                f.write_str(match field {
                    Field::Known(known) => known.word(),
                    Field::Custom(name) => name,
                })?;
                match test {
                    Test::Any => f.write_str(":*"),
                    Test::Is(operand) => write!(f, ":{operand}"),
                    Test::Has(words) => write!(f, ":~{}", parse::quoted(words)),
                    Test::Compare(compare, operand) => write!(f, "{}{operand}", compare.sign()),
                }
            }
        }
    }
}

impl fmt::Display for Operand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => f.write_str(&parse::quoted(text)),
            Self::Number(number) => write!(f, "{number}"),
            Self::Flag(true) => f.write_str("yes"),
            Self::Flag(false) => f.write_str("no"),
            Self::Time(Moment::Ago(amount, unit)) => write!(f, "{amount}{}", unit.letter()),
            Self::Time(Moment::Day(date)) => write!(f, "{date}"),
        }
    }
}

#[cfg(test)]
mod tests;
