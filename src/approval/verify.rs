//! Owns the check of an audit chain, apart from the code that makes one: it takes the file's rows as bytes and the witness
//! as it lies there, and names the first record that does not hold. Shares neither parsing nor hashing with the writer
//! (`store::chain`, `Trail`): the rows are read by `store::evidence`, the hash is its own. Repairs nothing.
//!
//! What it cannot see: somebody who rewrites the end of the trail and the witness file both. Against that stands a head kept
//! elsewhere: every `audit verify` and every handover report prints one, and [`verify`] can be told to expect it.

mod sha256;

use std::fmt;

use crate::store::{Evidence, Row};

/// A chain that holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified {
    /// How many records it has.
    pub records: u64,
    /// Its last record, to be kept elsewhere; `None` for an empty trail.
    pub head: Option<Witnessed>,
}

/// A record's number and hash, as somebody saw them. Written `12:9f86…`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Witnessed {
    /// The record.
    pub record: u64,
    /// Its hash, hex.
    pub seal: String,
}

impl fmt::Display for Witnessed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.record, self.seal)
    }
}

impl std::str::FromStr for Witnessed {
    type Err = &'static str;

    fn from_str(words: &str) -> Result<Self, Self::Err> {
        const WANTED: &str = "a head is a record's number and its hash: 12:9f86d0…, as `audit verify` prints it";
        let (record, seal) = words.split_once(':').ok_or(WANTED)?;
        let is_hash = seal.len() == 64 && seal.bytes().all(|byte| byte.is_ascii_hexdigit());
        let record = record.parse().ok().filter(|_| is_hash).ok_or(WANTED)?;
        Ok(Self { record, seal: seal.to_ascii_lowercase() })
    }
}

/// The first thing wrong with a chain.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// A number is missing, doubled or out of order.
    #[error("record {expected} is missing: record {found} stands in its place")]
    Order {
        /// The number that should come.
        expected: u64,
        /// The number that came.
        found: i64,
    },
    /// The record's bytes do not hash to what was kept.
    #[error("record {record} was changed: its content does not match its hash")]
    Changed {
        /// Which record.
        record: u64,
    },
    /// The record does not follow the one before it.
    #[error("record {record} does not follow record {before}: the chain was cut or forked there", before = record - 1)]
    Forked {
        /// Which record.
        record: u64,
    },
    /// The record says another number than it has.
    #[error("record {record} carries the number of another record")]
    Renumbered {
        /// Which record.
        record: u64,
    },
    /// The chain ends before the head that was witnessed.
    #[error("records {first} to {last} are missing from the end: the trail was cut after it was witnessed")]
    Truncated {
        /// The first missing record.
        first: u64,
        /// The witnessed last record.
        last: u64,
    },
    /// The witnessed head is not in this chain.
    #[error("record {record} is not the one that was witnessed: the end of the trail was rewritten")]
    Rewritten {
        /// Which record.
        record: u64,
    },
    /// The witness beside the database is gone or is none.
    #[error("the witness of record {record} (the file audit.head) is missing or damaged: a cut end would not show")]
    Unwitnessed {
        /// The last record there is.
        record: u64,
    },
}

/// Checks the rows, in the order of their numbers, against each other, against the witness file, and against a head
/// somebody kept elsewhere.
///
/// # Errors
/// The first [`Fault`].
pub fn verify(evidence: &Evidence, kept: Option<&Witnessed>) -> Result<Verified, Fault> {
    let mut before = vec![b'0'; 64];
    let mut record = 0;
    for row in &evidence.rows {
        let expected = record + 1;
        if i64::try_from(expected) != Ok(row.number) {
            return Err(Fault::Order { expected, found: row.number });
        }
        record = expected;
        if seal(row).as_bytes() != row.seal {
            return Err(Fault::Changed { record });
        }
        if row.previous != before {
            return Err(Fault::Forked { record });
        }
        if !says_number(row) {
            return Err(Fault::Renumbered { record });
        }
        before.clone_from(&row.seal);
    }
    let witness = witnessed(evidence, record)?;
    for head in witness.iter().chain(kept) {
        stands(evidence, record, head)?;
    }
    let head = (record > 0).then(|| Witnessed { record, seal: String::from_utf8_lossy(&before).into_owned() });
    Ok(Verified { records: record, head })
}

/// What the witness file says. A trail of one record may have none yet: the program may have ended between the two.
fn witnessed(evidence: &Evidence, record: u64) -> Result<Option<Witnessed>, Fault> {
    let Some(bytes) = &evidence.witness else {
        return if record > 1 { Err(Fault::Unwitnessed { record }) } else { Ok(None) };
    };
    let words = String::from_utf8_lossy(bytes);
    let head = words.trim_end().replacen(' ', ":", 1).parse().map_err(|_| Fault::Unwitnessed { record })?;
    Ok(Some(head))
}

/// Whether a witnessed record stands in the chain as it was seen.
fn stands(evidence: &Evidence, records: u64, head: &Witnessed) -> Result<(), Fault> {
    if head.record > records {
        return Err(Fault::Truncated { first: records + 1, last: head.record });
    }
    let row = usize::try_from(head.record).ok().and_then(|at| evidence.rows.get(at.checked_sub(1)?));
    match row {
        Some(row) if row.seal != head.seal.as_bytes() => Err(Fault::Rewritten { record: head.record }),
        Some(_) | None => Ok(()),
    }
}

/// What a row hashes to: the hash before it, its number and its entry, each on a line.
fn seal(row: &Row) -> String {
    let mut sealed = row.previous.clone();
    sealed.extend(format!("\n{}\n", row.number).bytes());
    sealed.extend(&row.entry);
    sha256::hex(&sealed)
}

/// Whether the entry is one object that says the row's number.
fn says_number(row: &Row) -> bool {
    serde_json::from_slice::<serde_json::Value>(&row.entry).is_ok_and(|entry| entry["seq"] == row.number)
}

#[cfg(test)]
mod tests;
