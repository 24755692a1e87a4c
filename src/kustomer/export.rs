//! Owns the file an export writes and the journal beside it, so that a run that ends anywhere, killed or not, is gone on
//! with by the next run of the same command without losing or doubling a row. Reads no desk ([`super::walk`] does).
//!
//! ```text
//! page ─ veil ─ append to FILE, synced ─ replace FILE.progress (a rename) ─ next page
//! start ─ journal there? ─ cut FILE to the bytes the journal knows ─ remember its ids ─ go on where the walk stood
//! end   ─ records that changed meanwhile: keep the newest version of each (a rename) ─ remove the journal
//! ```
//!
//! Invariant: the journal never knows more than what stands in the file, and the file is cut to what the journal knows
//! before anything is added. File and journal are readable by their owner only; the journal holds ids and times, no
//! customers' data.

mod veil;

use std::{
    collections::HashMap,
    ffi::OsString,
    fs::{self, File, OpenOptions},
    io::{self, BufRead, BufReader, BufWriter, Seek as _, SeekFrom, Write},
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::walk::{Batch, Given, Row, Stand};
pub use veil::Veil;

/// Why an export cannot be written.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// The file holds something that is not ours to overwrite.
    #[error("it holds data and no journal stands beside it")]
    Taken,
    /// Another export writes to it.
    #[error("another run is writing to it")]
    Busy,
    /// The journal belongs to another command.
    #[error("an unfinished export of another kind stands there: {0}")]
    Other(String),
    /// File and journal do not belong together.
    #[error("the file is not what its journal says: {0}")]
    Mismatch(&'static str),
    /// The disk.
    #[error(transparent)]
    Io(#[from] io::Error),
}

/// What the journal holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Journal {
    /// What is exported from where: the journal of another command is not gone on with.
    order: String,
    /// Bytes of the file that count.
    bytes: u64,
    tally: Tally,
    stand: Stand,
    /// Whether everything is in the file and only the old versions are still to be dropped.
    finishing: bool,
}

/// What an export has written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    /// Lines, before old versions were dropped.
    pub lines: u64,
    /// Lines that are a newer version of a record already there.
    pub again: u64,
    /// Entries the desk sent that are no records.
    pub skipped: u64,
}

/// A file being written.
#[derive(Debug)]
pub struct Export {
    path: PathBuf,
    file: File,
    journal: Journal,
}

impl Export {
    /// Opens the file: a new export from `start`, or the unfinished one of the same `order` with the ids it has.
    ///
    /// # Errors
    /// [`ExportError`]; nothing was written then.
    pub fn open(path: &Path, order: &str, start: Stand) -> Result<(Self, Given), ExportError> {
        let mut file = owners_only().read(true).write(true).create(true).truncate(false).open(path)?;
        file.try_lock().map_err(|_| ExportError::Busy)?;
        let length = file.metadata()?.len();
        let Some(journal) = read_journal(path)? else {
            if length > 0 {
                return Err(ExportError::Taken);
            }
            let journal =
                Journal { order: order.to_owned(), bytes: 0, tally: Tally::default(), stand: start, finishing: false };
            restrict(&file)?;
            let export = Self { path: path.to_owned(), file, journal };
            export.write_journal()?;
            return Ok((export, Given::default()));
        };
        if journal.order != order {
            return Err(ExportError::Other(journal.order));
        }
        let mut given = Given::default();
        if !journal.finishing {
            if length < journal.bytes {
                return Err(ExportError::Mismatch("it is shorter"));
            }
            file.set_len(journal.bytes)?;
            let lines = read_ids(&file, &mut given)?;
            if lines != journal.tally.lines {
                return Err(ExportError::Mismatch("it has another number of lines"));
            }
            file.seek(SeekFrom::End(0))?;
        }
        Ok((Self { path: path.to_owned(), file, journal }, given))
    }

    /// Where the walk goes on.
    pub fn stand(&self) -> &Stand {
        &self.journal.stand
    }

    /// What is in the file.
    pub fn tally(&self) -> Tally {
        self.journal.tally
    }

    /// Appends a page and, once it is on the disk, says so in the journal.
    ///
    /// # Errors
    /// Of the disk; the export can be gone on with by another run.
    pub fn take(&mut self, batch: &Batch, veil: &Veil) -> Result<(), ExportError> {
        let mut page = Vec::new();
        for row in &batch.rows {
            line(row, veil, &mut page);
        }
        self.file.write_all(&page)?;
        self.file.sync_data()?;
        self.journal.bytes += page.len() as u64;
        self.journal.tally.add(batch);
        self.journal.stand = batch.stand.clone();
        self.write_journal()
    }

    /// Ends it: of records that changed meanwhile only the newest version stays, then the journal goes.
    ///
    /// # Errors
    /// Of the disk; the next run of the command ends it then.
    pub fn finish(mut self) -> Result<Tally, ExportError> {
        if self.journal.tally.again > 0 {
            self.journal.finishing = true;
            self.write_journal()?;
            self.keep_newest()?;
        }
        fs::remove_file(beside(&self.path, ".progress"))?;
        Ok(self.journal.tally)
    }

    fn keep_newest(&mut self) -> Result<(), ExportError> {
        let mut last: HashMap<String, u64> = HashMap::new();
        each_line(&self.file, |number, text| {
            last.insert(id_of(text)?, number);
            Ok(())
        })?;
        let fresh = beside(&self.path, ".new");
        let mut out = BufWriter::new(owners_only().write(true).create(true).truncate(true).open(&fresh)?);
        each_line(&self.file, |number, text| {
            if last.get(&id_of(text)?) == Some(&number) {
                out.write_all(text)?;
            }
            Ok(())
        })?;
        out.flush()?;
        out.get_ref().sync_all()?;
        fs::rename(&fresh, &self.path)?;
        Ok(())
    }

    fn write_journal(&self) -> Result<(), ExportError> {
        let fresh = beside(&self.path, ".progress.new");
        let mut out = owners_only().write(true).create(true).truncate(true).open(&fresh)?;
        restrict(&out)?;
        out.write_all(&serde_json::to_vec(&self.journal).map_err(io::Error::from)?)?;
        out.sync_data()?;
        fs::rename(&fresh, beside(&self.path, ".progress"))?;
        Ok(())
    }
}

impl Tally {
    /// Counts a page.
    pub fn add(&mut self, batch: &Batch) {
        self.lines += batch.rows.len() as u64;
        self.again += batch.rows.iter().filter(|row| row.again).count() as u64;
        self.skipped += batch.skipped as u64;
    }
}

/// A record as its line.
pub fn line(row: &Row, veil: &Veil, into: &mut Vec<u8>) {
    let mut record = row.record.clone();
    veil.cover(&mut record);
    into.extend_from_slice(record.to_string().as_bytes());
    into.push(b'\n');
}

fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(suffix);
    PathBuf::from(name)
}

#[cfg(unix)]
fn owners_only() -> OpenOptions {
    use std::os::unix::fs::OpenOptionsExt as _;
    let mut options = OpenOptions::new();
    options.mode(0o600);
    options
}

#[cfg(not(unix))]
fn owners_only() -> OpenOptions {
    OpenOptions::new()
}

/// A file that was there before us may have been readable by others.
#[cfg(unix)]
fn restrict(file: &File) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    file.set_permissions(fs::Permissions::from_mode(0o600))
}

#[cfg(not(unix))]
fn restrict(_file: &File) -> io::Result<()> {
    Ok(())
}

fn read_journal(path: &Path) -> Result<Option<Journal>, ExportError> {
    match fs::read(beside(path, ".progress")) {
        Ok(bytes) => match serde_json::from_slice(&bytes) {
            Ok(journal) => Ok(Some(journal)),
            Err(_) => Err(ExportError::Mismatch("the journal cannot be read")),
        },
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// Remembers the ids of all lines; how many lines there are.
fn read_ids(file: &File, given: &mut Given) -> Result<u64, ExportError> {
    let mut lines = 0;
    each_line(file, |_, text| {
        given.insert(&id_of(text)?);
        lines += 1;
        Ok(())
    })?;
    Ok(lines)
}

fn each_line(mut file: &File, mut take: impl FnMut(u64, &[u8]) -> Result<(), ExportError>) -> Result<(), ExportError> {
    file.seek(SeekFrom::Start(0))?;
    let mut lines = BufReader::new(file);
    let (mut text, mut number) = (Vec::new(), 0);
    while lines.read_until(b'\n', &mut text)? > 0 {
        take(number, &text)?;
        text.clear();
        number += 1;
    }
    Ok(())
}

fn id_of(line: &[u8]) -> Result<String, ExportError> {
    let record: Value = serde_json::from_slice(line).map_err(|_| ExportError::Mismatch("a line is no JSON"))?;
    let id = record.get("id").and_then(Value::as_str);
    id.map(str::to_owned).ok_or(ExportError::Mismatch("a line has no id"))
}

#[cfg(test)]
mod tests;
