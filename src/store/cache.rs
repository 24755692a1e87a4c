//! Owns the local cache of one desk: conversations as last seen, and the queue as last read, so that a start shows rows
//! before the desk has answered and a filter finds what was seen before. Nothing here is the truth: a file that is
//! damaged, foreign or of another version is dropped and made anew. What must not be lost (the audit chain, words,
//! windows) is in [`super::Store`], another file.
//!
//! Invariants: a cache is of one desk; free words are redacted before they are written (`row`), so no address or number
//! is in the file in clear; nothing is written of a customer whose unmasking window may be open; the file is bounded.
//!
//! Calls block for one small transaction: write on a thread of its own, never on the one that draws.

mod row;

use std::{
    cmp::Reverse,
    fs,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use jiff::Timestamp;
use rusqlite::{Connection, ErrorCode, OptionalExtension, params};
use sha2::{Digest, Sha256};

use self::row::Row;
use super::{StoreError, private};
use crate::domain::{Conversation, CustomerId};

/// Conversations kept at most, unless said otherwise.
pub const MOST: u64 = 1_000_000;

/// Marks the file as ours ("SDc1").
const OURS: i32 = 0x5344_6331;
/// The form of the tables. Another one is not converted: the desk has it all.
const VERSION: i32 = 1;

/// `synchronous=NORMAL` does not wait for the disk on each batch: what a power cut takes the desk still has.
/// `secure_delete`: a customer who was erased leaves no trace in the file.
const SETTINGS: &str = "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA secure_delete=ON;";

/// `number` is the order in which conversations were first seen; a search runs through it backwards and stops early.
const TABLES: &str = "
CREATE TABLE conversations(
    number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, customer TEXT, is_done INTEGER NOT NULL,
    updated INTEGER NOT NULL, words TEXT NOT NULL, record TEXT NOT NULL
) STRICT;
CREATE INDEX conversations_of ON conversations(customer);
CREATE INDEX conversations_leave ON conversations(is_done DESC, updated);
CREATE TABLE queue(place INTEGER PRIMARY KEY, id TEXT NOT NULL) STRICT;
CREATE TABLE queue_read(one INTEGER PRIMARY KEY, at INTEGER NOT NULL, total INTEGER, more INTEGER NOT NULL) STRICT;
CREATE VIRTUAL TABLE found USING fts5(words, content='conversations', content_rowid='number', tokenize='unicode61 remove_diacritics 2');
INSERT INTO found(found, rank) VALUES('secure-delete', 1);
CREATE TRIGGER found_comes AFTER INSERT ON conversations BEGIN
    INSERT INTO found(rowid, words) VALUES (new.number, new.words);
END;
CREATE TRIGGER found_goes AFTER DELETE ON conversations BEGIN
    INSERT INTO found(found, rowid, words) VALUES ('delete', old.number, old.words);
END;
CREATE TRIGGER found_changes AFTER UPDATE OF words ON conversations WHEN old.words IS NOT new.words BEGIN
    INSERT INTO found(found, rowid, words) VALUES ('delete', old.number, old.words);
    INSERT INTO found(rowid, words) VALUES (new.number, new.words);
END;
";

const KEEP: &str =
    "INSERT INTO conversations(id, customer, is_done, updated, words, record) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
    ON CONFLICT(id) DO UPDATE SET customer = excluded.customer, is_done = excluded.is_done, updated = excluded.updated,
        words = excluded.words, record = excluded.record
    WHERE excluded.record IS NOT conversations.record";

/// The queue as it was when last read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LastQueue {
    /// Its rows, in their order.
    pub rows: Vec<Conversation>,
    /// How many there were in all, where the desk told.
    pub total: Option<u64>,
    /// Whether there were more than were read.
    pub more: bool,
    /// When it was read.
    pub at: Timestamp,
}

/// The cache of one desk. Clones share one connection.
#[derive(Clone, Debug)]
pub struct Cache(Arc<Mutex<Book>>);

#[derive(Debug)]
struct Book {
    file: PathBuf,
    db: Connection,
    most: u64,
    /// At least as many as there are rows.
    rows: u64,
}

impl Cache {
    /// Opens the cache of `org` in `folder`; one that cannot be used is replaced by an empty one.
    ///
    /// # Errors
    /// [`StoreError`] when no file can be made there.
    pub fn open(folder: &Path, org: &str) -> Result<Self, StoreError> {
        Self::with_room(folder, org, MOST)
    }

    /// The same, for at most so many conversations.
    pub fn with_room(folder: &Path, org: &str, most: u64) -> Result<Self, StoreError> {
        let file = folder.join(file_name(org));
        fs::create_dir_all(folder).map_err(|source| StoreError::Open { file: file.clone(), source })?;
        let db = match opened(&file) {
            Ok(db) => db,
            Err(error) => {
                tracing::warn!(%error, "the local cache cannot be used and is made anew");
                renewed(&file)?
            }
        };
        let rows = db.query_row("SELECT COALESCE(MAX(number), 0) FROM conversations", [], |row| row.get::<_, i64>(0));
        let rows = rows.map_or(0, |rows| u64::try_from(rows).unwrap_or(0));
        Ok(Self(Arc::new(Mutex::new(Book { file, db, most, rows }))))
    }

    /// Keeps conversations as they are now, but none of the customers in `frozen`, whose unmasking windows may be open.
    pub fn keep(&self, conversations: &[Conversation], frozen: &[CustomerId]) -> Result<(), StoreError> {
        self.book().guarded(|book| book.keep(conversations, frozen))
    }

    /// Keeps the queue as just read, its conversations with it.
    pub fn keep_queue(&self, queue: &LastQueue, frozen: &[CustomerId]) -> Result<(), StoreError> {
        self.book().guarded(|book| {
            book.keep(&queue.rows, frozen)?;
            book.keep_queue(queue)
        })
    }

    /// The queue as it was when last read: at most `limit` rows. `None` when it never was.
    pub fn queue(&self, limit: usize) -> Result<Option<LastQueue>, StoreError> {
        self.book().guarded(|book| book.queue(limit))
    }

    /// Conversations that hold every one of these words (or their beginnings), the latest change first; looked for among
    /// those first seen last. At most `limit`.
    pub fn matching(&self, words: &str, limit: usize) -> Result<Vec<Conversation>, StoreError> {
        let Some(pattern) = pattern(words) else { return Ok(Vec::new()) };
        self.book().guarded(|book| book.matching(&pattern, limit))
    }

    /// Forgets everything of a customer, so that nothing of it is left in the file.
    pub fn forget(&self, customer: &CustomerId) -> Result<(), StoreError> {
        self.book().guarded(|book| {
            book.db.execute("DELETE FROM conversations WHERE customer = ?1", [customer.as_str()])?;
            // What stood in the log of the database goes with it.
            book.db.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))
        })
    }

    fn book(&self) -> MutexGuard<'_, Book> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Book {
    /// Does something; a file that turns out to be damaged is made anew, and then it is done on the empty one.
    fn guarded<T>(&mut self, work: impl Fn(&mut Self) -> rusqlite::Result<T>) -> Result<T, StoreError> {
        match work(self) {
            Err(error) if is_damage(&error) => {
                tracing::warn!(%error, "the local cache is damaged and is made anew");
                self.db = Connection::open_in_memory()?;
                self.db = renewed(&self.file)?;
                self.rows = 0;
                Ok(work(self)?)
            }
            done => Ok(done?),
        }
    }

    fn keep(&mut self, conversations: &[Conversation], frozen: &[CustomerId]) -> rusqlite::Result<()> {
        let is_frozen = |row: &&Conversation| row.customer.as_ref().is_some_and(|customer| frozen.contains(customer));
        let transaction = self.db.transaction()?;
        {
            let mut statement = transaction.prepare_cached(KEEP)?;
            for row in conversations.iter().filter(|row| !is_frozen(row)).map(Row::of) {
                let done = params![row.id, row.customer, row.is_done, row.updated, row.words, row.record];
                self.rows += statement.execute(done)? as u64;
            }
        }
        transaction.commit()?;
        if self.rows > self.most { self.make_room() } else { Ok(()) }
    }

    /// Lets the oldest go, done ones first, and a hundredth more than needed, so that it is not done for each batch.
    fn make_room(&mut self) -> rusqlite::Result<()> {
        let rows: i64 = self.db.query_row("SELECT COUNT(*) FROM conversations", [], |row| row.get(0))?;
        self.rows = u64::try_from(rows).unwrap_or(0);
        let Some(over) = self.rows.checked_sub(self.most).filter(|over| *over > 0) else { return Ok(()) };
        let sql = "DELETE FROM conversations WHERE number IN
            (SELECT number FROM conversations ORDER BY is_done DESC, updated LIMIT ?1)";
        let gone = self.db.execute(sql, [i64::try_from(over + self.most / 100).unwrap_or(i64::MAX)])?;
        self.rows = self.rows.saturating_sub(gone as u64);
        Ok(())
    }

    fn keep_queue(&mut self, queue: &LastQueue) -> rusqlite::Result<()> {
        let transaction = self.db.transaction()?;
        {
            let sql = "INSERT INTO queue(place, id) VALUES (?1, ?2) ON CONFLICT(place) DO UPDATE SET id = excluded.id
                WHERE excluded.id IS NOT queue.id";
            let mut statement = transaction.prepare_cached(sql)?;
            for (place, row) in queue.rows.iter().enumerate() {
                statement.execute(params![place as i64, row.id.as_str()])?;
            }
        }
        transaction.execute("DELETE FROM queue WHERE place >= ?1", [queue.rows.len() as i64])?;
        let total = queue.total.and_then(|total| i64::try_from(total).ok());
        transaction.execute(
            "INSERT OR REPLACE INTO queue_read(one, at, total, more) VALUES (1, ?1, ?2, ?3)",
            params![queue.at.as_millisecond(), total, queue.more],
        )?;
        transaction.commit()
    }

    fn queue(&self, limit: usize) -> rusqlite::Result<Option<LastQueue>> {
        let read = |row: &rusqlite::Row<'_>| {
            Ok((row.get::<_, i64>(0)?, row.get::<_, Option<i64>>(1)?, row.get::<_, bool>(2)?))
        };
        let sql = "SELECT at, total, more FROM queue_read";
        let Some((at, total, more)) = self.db.query_row(sql, [], read).optional()? else { return Ok(None) };
        let sql = "SELECT record FROM queue JOIN conversations USING (id) ORDER BY place LIMIT ?1";
        let rows = self.records(sql, params![limit as i64])?;
        let at = Timestamp::from_millisecond(at).unwrap_or(Timestamp::UNIX_EPOCH);
        Ok(Some(LastQueue { rows, total: total.and_then(|total| u64::try_from(total).ok()), more, at }))
    }

    fn matching(&self, pattern: &str, limit: usize) -> rusqlite::Result<Vec<Conversation>> {
        let sql = "SELECT record FROM found JOIN conversations ON number = found.rowid
            WHERE found MATCH ?1 ORDER BY found.rowid DESC LIMIT ?2";
        let mut rows = self.records(sql, params![pattern, limit as i64])?;
        rows.sort_by_key(|row| Reverse(row.updated));
        Ok(rows)
    }

    /// The conversations of a query whose only column is a record; what cannot be read back is left out.
    fn records(&self, sql: &str, given: &[&dyn rusqlite::ToSql]) -> rusqlite::Result<Vec<Conversation>> {
        let mut statement = self.db.prepare_cached(sql)?;
        let mut rows = statement.query(given)?;
        let mut all = Vec::new();
        while let Some(row) = rows.next()? {
            all.extend(row.get_ref(0)?.as_str().ok().and_then(row::read));
        }
        Ok(all)
    }
}

/// One file a desk: nothing of one org can be shown in another.
fn file_name(org: &str) -> String {
    let digest = Sha256::digest(org.as_bytes());
    let short: String = digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
    format!("conversations-{short}.db")
}

/// Opens a file that is new or ours; anything else is an error.
fn opened(file: &Path) -> Result<Connection, StoreError> {
    let db = Connection::open(file)?;
    private(file, 0o600).map_err(|source| StoreError::Open { file: file.to_owned(), source })?;
    db.busy_timeout(Duration::from_secs(2))?;
    db.execute_batch(SETTINGS)?;
    let number = |name: &str| db.query_row(&format!("PRAGMA {name}"), [], |row| row.get::<_, i32>(0));
    match (number("application_id")?, number("user_version")?) {
        (OURS, VERSION) => Ok(db),
        (0, 0) => {
            // In one transaction: another console may be doing the same.
            let marks = format!("PRAGMA application_id={OURS}; PRAGMA user_version={VERSION};");
            db.execute_batch(&format!("BEGIN IMMEDIATE; {TABLES} {marks} COMMIT;"))?;
            Ok(db)
        }
        _ => Err(StoreError::Foreign { file: file.to_owned() }),
    }
}

/// Drops what is there and opens an empty one.
fn renewed(file: &Path) -> Result<Connection, StoreError> {
    for end in ["", "-wal", "-shm"] {
        let mut name = file.as_os_str().to_owned();
        name.push(end);
        match fs::remove_file(&name) {
            Err(source) if source.kind() != std::io::ErrorKind::NotFound => {
                return Err(StoreError::Open { file: file.to_owned(), source });
            }
            _ => {}
        }
    }
    opened(file)
}

/// Whether an error says that the file is not what it should be, rather than that it is busy or the disk is full.
fn is_damage(error: &rusqlite::Error) -> bool {
    match error {
        rusqlite::Error::SqliteFailure(failure, _) => {
            matches!(failure.code, ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase | ErrorCode::Unknown)
        }
        rusqlite::Error::InvalidColumnType(..) | rusqlite::Error::FromSqlConversionFailure(..) => true,
        _ => false,
    }
}

/// What is typed as a pattern of the index: every word, each as a beginning. `None` when there is no word in it.
fn pattern(words: &str) -> Option<String> {
    let words = words.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).take(16);
    let pattern: Vec<String> = words.map(|word| format!("\"{word}\"*")).collect();
    (!pattern.is_empty()).then(|| pattern.join(" "))
}

#[cfg(test)]
mod tests;
