//! Owns the rows of a plan: what is sent for each, what was there before, and what is left out and why. Does not know files
//! of people's (an import does) nor where rows are kept.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// What is done with a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Verb {
    /// A record is made.
    Create,
    /// A record is changed.
    Update,
    /// A record is removed.
    Delete,
}

impl Verb {
    /// All of them, in the order cards count them.
    pub const ALL: [Self; 3] = [Self::Create, Self::Update, Self::Delete];

    /// The word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Update => "update",
            Self::Delete => "delete",
        }
    }

    /// The verb of this word.
    pub fn named(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|verb| verb.word() == word)
    }
}

/// A row that will be sent.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct PlannedRow {
    /// Which row of the source it was, from 1.
    pub number: u64,
    /// What it is called in results: unique in the plan, 1 to 255 characters.
    pub reference: String,
    /// What is done.
    pub verb: Verb,
    /// The record, for updates and deletes.
    pub id: Option<String>,
    /// The org's own id: for creates what makes a lost answer findable and a second sending harmless, so one without gets
    /// one; elsewhere only to name the row by.
    pub external_id: Option<String>,
    /// Exactly what is sent, without `id`, `_clientRef` and `rev`, and for creates without `externalId`.
    pub body: Map<String, Value>,
    /// The fields it changes as they were; masked ones are left out.
    pub before: Map<String, Value>,
    /// Fields it changes whose value was masked: they cannot be put back.
    pub masked: Vec<String>,
    /// The record's revision as it was seen.
    pub rev: Option<u64>,
}

impl std::fmt::Debug for PlannedRow {
    /// Without the values: they are customers' data.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "row {} ({} {})", self.number, self.verb.word(), self.reference)
    }
}

impl PlannedRow {
    /// The item as it is sent; a deletion has none, its ids stand in the path.
    pub fn item(&self) -> Value {
        let mut item = self.body.clone();
        item.insert("_clientRef".into(), self.reference.as_str().into());
        match self.verb {
            Verb::Create => {
                item.extend(self.external_id.as_ref().map(|id| ("externalId".to_owned(), Value::from(id.as_str()))));
            }
            Verb::Update | Verb::Delete => {
                item.extend(self.id.as_ref().map(|id| ("id".to_owned(), Value::from(id.as_str()))));
                item.extend(self.rev.map(|rev| ("rev".to_owned(), Value::from(rev))));
            }
        }
        Value::Object(item)
    }
}

/// What is wrong with one cell.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fault {
    /// The column, or field, it stands in.
    pub column: String,
    /// The value, with personal values taken out.
    pub value: String,
    /// Why it cannot be sent.
    pub reason: String,
}

/// Why a row is not sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LeftOut {
    /// The record already is as the row wants it.
    Unchanged,
    /// It is not meant to be sent; why.
    Skipped(String),
    /// It cannot be sent.
    Invalid(Vec<Fault>),
}

/// A row that is left out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeftOutRow {
    /// Which row of the source it was, from 1.
    pub number: u64,
    /// What the source calls it.
    pub reference: String,
    /// Why.
    pub why: LeftOut,
}

/// How many rows there are of each kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// Records that will be made.
    pub create: u64,
    /// Records that will be changed.
    pub update: u64,
    /// Records that will be removed.
    pub delete: u64,
    /// Rows whose record already is as they want it.
    pub unchanged: u64,
    /// Rows that are not meant to be sent.
    pub skipped: u64,
    /// Rows that cannot be sent.
    pub invalid: u64,
}

impl Counts {
    /// Rows that are sent.
    pub fn sent(&self) -> u64 {
        self.create + self.update + self.delete
    }

    /// Rows that are left out.
    pub fn left_out(&self) -> u64 {
        self.unchanged + self.skipped + self.invalid
    }

    /// Rows of one verb.
    pub fn of(&self, verb: Verb) -> u64 {
        match verb {
            Verb::Create => self.create,
            Verb::Update => self.update,
            Verb::Delete => self.delete,
        }
    }

    pub(super) fn add(&mut self, verb: Verb) {
        match verb {
            Verb::Create => self.create += 1,
            Verb::Update => self.update += 1,
            Verb::Delete => self.delete += 1,
        }
    }

    pub(super) fn add_left_out(&mut self, why: &LeftOut) {
        match why {
            LeftOut::Unchanged => self.unchanged += 1,
            LeftOut::Skipped(_) => self.skipped += 1,
            LeftOut::Invalid(_) => self.invalid += 1,
        }
    }

    /// The counts in words, without those that are none.
    pub fn words(&self) -> String {
        let all = [
            (self.create, "to create"),
            (self.update, "to update"),
            (self.delete, "to delete"),
            (self.unchanged, "unchanged"),
            (self.skipped, "skipped"),
            (self.invalid, "invalid"),
        ];
        let said: Vec<String> =
            all.into_iter().filter(|(n, _)| *n > 0).map(|(n, words)| format!("{n} {words}")).collect();
        if said.is_empty() { "no rows".to_owned() } else { said.join(", ") }
    }
}
