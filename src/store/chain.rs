//! Owns the audit chain as rows: each entry's hash covers the entry and the hash before it, and the newest head is
//! witnessed in a file of its own, so that a cut tail shows too. Does not judge a chain (`approval::verify`, which shares
//! no code with this file on purpose: a verifier built from the writer's parts would share its mistakes).

use std::{
    fs::{self, File},
    io::{self, Write},
    path::Path,
};

use rusqlite::{Connection, Row, TransactionBehavior};
use sha2::{Digest, Sha256};

use super::StoreError;

/// One row of the chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// Its number, from 1, without gaps.
    pub seq: u64,
    /// The entry: one JSON object, byte for byte as hashed.
    pub entry: String,
    /// The hash of the row before; 64 zeros before the first.
    pub previous: String,
    /// `sha256(previous ‖ "\n" ‖ seq ‖ "\n" ‖ entry)`, hex.
    pub hash: String,
}

/// The newest row, as witnessed outside the database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    /// Its number.
    pub seq: u64,
    /// Its hash.
    pub hash: String,
}

/// The hash of a row.
pub fn link_hash(previous: &str, seq: u64, entry: &str) -> String {
    let mut hash = Sha256::new();
    hash.update(previous.as_bytes());
    hash.update(b"\n");
    hash.update(seq.to_string().as_bytes());
    hash.update(b"\n");
    hash.update(entry.as_bytes());
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

pub(super) fn append(db: &mut Connection, entry: impl FnOnce(u64) -> String) -> Result<Link, StoreError> {
    let transaction = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let newest =
        transaction.query_row("SELECT seq, entry, previous, hash FROM audit ORDER BY seq DESC LIMIT 1", [], read);
    let (seq, previous) = match newest {
        Ok(last) => (last.seq + 1, last.hash),
        Err(rusqlite::Error::QueryReturnedNoRows) => (1, "0".repeat(64)),
        Err(error) => return Err(error.into()),
    };
    let entry = entry(seq);
    let link = Link { hash: link_hash(&previous, seq, &entry), seq, entry, previous };
    let row = i64::try_from(seq).unwrap_or(i64::MAX);
    transaction.execute(
        "INSERT INTO audit(seq, entry, previous, hash) VALUES (?1, ?2, ?3, ?4)",
        rusqlite::params![row, link.entry, link.previous, link.hash],
    )?;
    transaction.commit()?;
    Ok(link)
}

/// Writes the head beside the database, whole or not at all.
pub(super) fn witness(file: &Path, link: &Link) -> io::Result<()> {
    let fresh = file.with_extension("head.new");
    let mut out = File::create(&fresh)?;
    writeln!(out, "{} {}", link.seq, link.hash)?;
    out.sync_all()?;
    fs::rename(fresh, file)
}

pub(super) fn read_witness(file: &Path) -> Option<Head> {
    let text = fs::read_to_string(file).ok()?;
    let (seq, hash) = text.trim().split_once(' ')?;
    Some(Head { seq: seq.parse().ok()?, hash: hash.to_owned() })
}

pub(super) fn newest(db: &Connection, limit: usize) -> Result<Vec<Link>, StoreError> {
    let mut statement = db.prepare_cached("SELECT seq, entry, previous, hash FROM audit ORDER BY seq DESC LIMIT ?1")?;
    let rows = statement.query_map([i64::try_from(limit).unwrap_or(i64::MAX)], read)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

pub(super) fn all(db: &Connection) -> Result<Vec<Link>, StoreError> {
    let mut statement = db.prepare("SELECT seq, entry, previous, hash FROM audit ORDER BY seq")?;
    let rows = statement.query_map([], read)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

pub(super) fn one(db: &Connection, seq: u64) -> Result<Option<Link>, StoreError> {
    let mut statement = db.prepare_cached("SELECT seq, entry, previous, hash FROM audit WHERE seq = ?1")?;
    let mut rows = statement.query_map([i64::try_from(seq).unwrap_or(i64::MAX)], read)?;
    Ok(rows.next().transpose()?)
}

/// Reads a row leniently: bytes that are no longer text must reach the person, not end as a database error.
fn read(row: &Row<'_>) -> rusqlite::Result<Link> {
    let text = |column: usize| -> rusqlite::Result<String> {
        let value = row.get_ref(column)?;
        Ok(String::from_utf8_lossy(value.as_bytes().unwrap_or_default()).into_owned())
    };
    Ok(Link {
        seq: u64::try_from(row.get::<_, i64>(0)?).unwrap_or(0),
        entry: text(1)?,
        previous: text(2)?,
        hash: text(3)?,
    })
}
