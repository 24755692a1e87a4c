//! Owns the language people search in, its translation into the desk's search document and back, and what could be typed
//! next. Pure: time, zone and what is known of the org are handed in as a [`Scope`], nothing is sent (`Reader` does).
//!
//! ```text
//! refund email:~quill.example created>30d -status:done (tag:vip OR loyaltyTierStr:gold) "never arrived" sort:-updated
//!
//! query  = { term | group | "sort:" ["-"] key | "with:deleted" }
//! group  = ["-"] "(" term { "OR" term } ")"          one group without "-": the desk has one list of alternatives
//! term   = ["-"] ( words | key ":" value | key ":~" words | key ":*" | key ( ">" | ">=" | "<" | "<=" ) value )
//! key    = word | custom attribute | family "." ( word | custom attribute )
//! words, value = anything up to a space or parenthesis, or "in quotation marks" with \" and \\
//! ```
//!
//! | written | means |
//! | --- | --- |
//! | `words`, `"a phrase"` | anywhere in the text; whole words only, that is how the desk's index works |
//! | `a@b.example`, `@b.example`, `+49…` | an address, a domain or a number by itself is looked for where those stand |
//! | `key:value` | is exactly this; `key:~value` has this word |
//! | `key>value`, `>=`, `<`, `<=` | numbers and times: a date, `today`, an instant, or an age counted back from now: `created>30d` is "later than thirty days ago"; deadlines count ahead: `sla<2h` is "breaches before two hours from now" |
//! | `key:*` | has any value |
//! | `-term` | not this |
//! | `(a OR b)` | at least one of these |
//! | `sort:key`, `sort:-key` | order, `-` for the largest or latest first; without one, the latest change first |
//!
//! Invariants: a query printed and read again is the same query; a document read back and translated again is the same
//! document (see [`Query::from_document`] for what is normalised). What the desk's document cannot say is refused with
//! the column, never silently changed. Only operators the desk is known to take are produced (Kustomer API reference
//! 9.2), except `lt`, `lte` and `equals` on numbers, whose spelling is unverified.

mod back;
mod complete;
mod dsl;
mod keys;
mod parse;
mod terms;

use std::{collections::BTreeMap, fmt, str::FromStr};

use jiff::{Timestamp, tz::TimeZone};
use serde_json::Value;
use unicode_width::UnicodeWidthStr;

pub use complete::{Candidate, Completion, complete};
use keys::Kind;
pub use keys::reference;
use terms::{Operand, Sort, Term, Test};

use crate::domain::{Attribute, Directory, KlassName, UserId};

/// What kind of record is looked for: the `queryContext` (Kustomer API reference 9.1).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Context {
    /// Customers.
    Customer,
    /// Conversations.
    Conversation,
    /// Messages.
    Message,
    /// Notes.
    Note,
    /// Companies.
    Company,
    /// KObjects of one klass.
    Kobject(KlassName),
}

impl Context {
    /// The resource whose metadata describes its custom attributes (Kustomer API reference 7.2); notes have none.
    pub fn resource(&self) -> Option<String> {
        match self {
            Self::Note => None,
            Self::Kobject(klass) => Some(format!("kobject.{klass}")),
            Self::Customer | Self::Conversation | Self::Message | Self::Company => Some(self.to_string()),
        }
    }
}

impl fmt::Display for Context {
    /// As the desk spells it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Customer => f.write_str("customer"),
            Self::Conversation => f.write_str("conversation"),
            Self::Message => f.write_str("message"),
            Self::Note => f.write_str("note"),
            Self::Company => f.write_str("company"),
            Self::Kobject(klass) => write!(f, "kobject_{klass}"),
        }
    }
}

impl FromStr for Context {
    type Err = &'static str;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        let klass = |name: &str| keys::is_klass(name).then(|| Self::Kobject(KlassName::new(name)));
        match word {
            "customer" => Ok(Self::Customer),
            "conversation" => Ok(Self::Conversation),
            "message" => Ok(Self::Message),
            "note" => Ok(Self::Note),
            "company" => Ok(Self::Company),
            _ => word
                .strip_prefix("kobject_")
                .and_then(klass)
                .ok_or("it is one of customer, conversation, message, note, company, kobject_KLASS"),
        }
    }
}

/// Custom attributes by the metadata resource that describes them (`customer`, `kobject.order`).
pub type Attributes = BTreeMap<String, Vec<Attribute>>;

/// What a query is read against. Everything that is not known may be left out: names are then refused, not guessed.
#[derive(Clone, Copy, Debug)]
pub struct Scope<'a> {
    /// What is looked for.
    pub context: &'a Context,
    /// What ages count back from.
    pub now: Timestamp,
    /// Where days begin.
    pub zone: &'a TimeZone,
    /// Names of users, teams, queues and tags.
    pub names: Option<&'a Directory>,
    /// Whom `me` means.
    pub me: Option<&'a UserId>,
    /// What metadata says of custom attributes.
    pub attributes: &'a Attributes,
}

static UNKNOWN: Attributes = BTreeMap::new();

impl<'a> Scope<'a> {
    /// A scope that knows nothing of the org: standard keys, and custom attributes by their full names.
    pub fn bare(context: &'a Context, now: Timestamp, zone: &'a TimeZone) -> Self {
        Self { context, now, zone, names: None, me: None, attributes: &UNKNOWN }
    }
}

/// A query, read and understood.
#[derive(Clone, PartialEq)]
pub struct Query {
    context: Context,
    all: Vec<Term>,
    any: Vec<Term>,
    none: Vec<Term>,
    sort: Option<Sort>,
    with_deleted: bool,
    now: Timestamp,
    zone: TimeZone,
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

impl QueryError {
    /// How many cells of a terminal stand before the column, for a caret under the query.
    pub fn indent(&self, query: &str) -> usize {
        let before: String = query.chars().take(self.column.saturating_sub(1)).collect();
        before.width()
    }
}

/// Why a search document cannot be said in the language.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{at}: {message}")]
pub struct DocumentError {
    /// Where in the document (`and/0/customer_email`).
    pub at: String,
    /// Why.
    pub message: String,
}

impl Query {
    /// Reads a query.
    ///
    /// # Errors
    /// [`QueryError`] with the column and what would be understood there.
    pub fn parse(text: &str, scope: &Scope<'_>) -> Result<Self, QueryError> {
        parse::parse(text, scope)
    }

    /// Reads a search document (Kustomer API reference 9.1) back into the language. Its context is the document's own.
    ///
    /// Normalised, with the same meaning: local dates become instants, `gt` and `lt` on times and counts become the
    /// confirmed `gte` and `lte` beside them, `set` becomes an exception from `not_set`; a document without an order gets
    /// the language's. Criteria within one list may change places.
    ///
    /// # Errors
    /// [`DocumentError`] for what the language cannot say: another context, several orders, aggregations, unconfirmed
    /// operators, attributes outside the catalogue.
    pub fn from_document(document: &Value, scope: &Scope<'_>) -> Result<Self, DocumentError> {
        back::read(document, scope)
    }

    /// What is looked for.
    pub fn context(&self) -> &Context {
        &self.context
    }

    /// The words looked for in texts, as typed: what is worth marking in a result. Words out of a closed list are not.
    pub fn sought(&self) -> Vec<&str> {
        let words = |term| match term {
            &Term::Words(ref words) | &Term::Field(_, Test::Has(ref words)) => Some(words.as_str()),
            &Term::Field(ref field, Test::Is(Operand::Text(ref words))) => {
                matches!(field.kind, Kind::Full | Kind::Long | Kind::Short).then_some(words.as_str())
            }
            &Term::Field(_, _) => None,
        };
        self.all.iter().chain(&self.any).filter_map(words).collect()
    }

    /// Whether nothing is asked for.
    pub fn is_empty(&self) -> bool {
        self.all.is_empty() && self.any.is_empty() && self.none.is_empty()
    }

    /// The desk's search document.
    pub fn document(&self) -> Value {
        dsl::document(self)
    }
}

impl fmt::Debug for Query {
    /// Without its words: people search for addresses and numbers.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Query({} terms)", self.all.len() + self.any.len() + self.none.len())
    }
}

impl fmt::Display for Query {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut parts: Vec<String> = self.all.iter().map(ToString::to_string).collect();
        if !self.any.is_empty() {
            let any: Vec<String> = self.any.iter().map(ToString::to_string).collect();
            parts.push(format!("({})", any.join(" OR ")));
        }
        parts.extend(self.none.iter().map(|term| format!("-{term}")));
        if self.with_deleted {
            parts.push("with:deleted".to_owned());
        }
        parts.extend(self.sort.as_ref().map(ToString::to_string));
        f.write_str(&parts.join(" "))
    }
}

#[cfg(test)]
mod desk_tests;
#[cfg(test)]
mod tests;
