//! Owns the reading of the audit chain as evidence: straight from the file, read-only, as bytes, through a connection and
//! statements of its own. Shares nothing with the code that writes the chain (`chain`, `schema`): what that gets wrong must
//! not be wrong here the same way. Judges nothing (`approval::verify`).

use std::{fs, io, path::Path};

use rusqlite::{Connection, OpenFlags, types::ValueRef};

use super::StoreError;

/// One row of the file, as it lies there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Row {
    /// The number in its key.
    pub number: i64,
    /// The entry's bytes.
    pub entry: Vec<u8>,
    /// What it says the row before it hashes to.
    pub previous: Vec<u8>,
    /// What it says it hashes to.
    pub seal: Vec<u8>,
}

/// All there is to judge a trail by.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Evidence {
    /// The rows, in the order of their numbers.
    pub rows: Vec<Row>,
    /// The witness file's bytes, if there is one.
    pub witness: Option<Vec<u8>>,
}

/// Reads the evidence in a data folder. A folder without a database has none, which is no failure.
///
/// # Errors
/// When the file is there and cannot be read as a database, or the witness cannot be read.
pub fn evidence(folder: &Path) -> Result<Evidence, StoreError> {
    let file = folder.join("shiftdeck.db");
    let witness = match fs::read(folder.join("audit.head")) {
        Ok(bytes) => Some(bytes),
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(error) => return Err(StoreError::Witness(error)),
    };
    if !file.exists() {
        return Ok(Evidence { rows: Vec::new(), witness });
    }
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let file = Connection::open_with_flags(file, flags)?;
    let mut asked = file.prepare("SELECT * FROM audit ORDER BY rowid ASC")?;
    let columns: Vec<String> = asked.column_names().map(str::to_owned).collect();
    let mut rows = Vec::new();
    let mut found = asked.query([])?;
    while let Some(line) = found.next()? {
        let mut row = Row::default();
        for (at, column) in columns.iter().enumerate() {
            match (column.as_str(), line.get_ref(at)?) {
                ("seq", ValueRef::Integer(number)) => row.number = number,
                ("entry", ValueRef::Text(bytes) | ValueRef::Blob(bytes)) => row.entry = bytes.to_vec(),
                ("previous", ValueRef::Text(bytes) | ValueRef::Blob(bytes)) => row.previous = bytes.to_vec(),
                ("hash", ValueRef::Text(bytes) | ValueRef::Blob(bytes)) => row.seal = bytes.to_vec(),
                _ => {}
            }
        }
        rows.push(row);
    }
    Ok(Evidence { rows, witness })
}
