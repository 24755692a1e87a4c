//! Owns the file of one bulk plan and its journal: batches of rows, what was left out, and how far each batch is. Rows and
//! outcomes are sealed by whoever hands them in; this keeps bytes. What is written of the journal is on disk (fsync) when
//! the call returns. Does not know what a row is (`bulk::plan`) or when it is sent (`bulk::engine`).
//!
//! Invariant: a file has one runner, who holds a lock that ends with its process, however that ends.

use std::{
    fs::{self, File, TryLockError},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use rusqlite::{Connection, OptionalExtension, params};

use super::{StoreError, private};

/// Rows of a plan are many and written once: until it is whole nothing is lost that could not be planned again, so the disk
/// is waited for at the end alone.
const DRAFTING: &str = "PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF; PRAGMA secure_delete=ON;";
const RUNNING: &str = "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA secure_delete=ON;";
const TABLES: &str = "
CREATE TABLE IF NOT EXISTS meta(key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS batches(
    n INTEGER PRIMARY KEY, verb TEXT NOT NULL, first INTEGER NOT NULL, rows INTEGER NOT NULL, digest TEXT NOT NULL,
    sealed BLOB NOT NULL, state TEXT NOT NULL DEFAULT 'waiting', job TEXT, sent TEXT, attempts INTEGER NOT NULL DEFAULT 0,
    worked INTEGER NOT NULL DEFAULT 0, failed INTEGER NOT NULL DEFAULT 0, moved INTEGER NOT NULL DEFAULT 0,
    unknown INTEGER NOT NULL DEFAULT 0, outcomes BLOB
) STRICT;
CREATE INDEX IF NOT EXISTS batches_by_state ON batches(state);
CREATE TABLE IF NOT EXISTS left_out(
    n INTEGER PRIMARY KEY, first INTEGER NOT NULL, rows INTEGER NOT NULL, sealed BLOB NOT NULL
) STRICT;
";
/// Batches drafted between two commits: what a transaction holds back stays small.
const COMMIT_EVERY: u64 = 64;

/// One plan's file. Clones share one connection.
#[derive(Clone, Debug)]
pub struct JobFile {
    connection: Arc<Mutex<Connection>>,
    file: PathBuf,
}

/// A batch as it lies in the file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BatchRow {
    /// Its number, from 0, in the order they are sent.
    pub n: u64,
    /// What is done to its rows.
    pub verb: String,
    /// How many rows of the plan stand before its first.
    pub first: u64,
    /// How many rows it has.
    pub rows: u64,
    /// The digest of what is sent for it.
    pub digest: String,
    /// How far it is.
    pub state: String,
    /// The desk's job, once it was accepted.
    pub job: Option<String>,
    /// When it was last sent.
    pub sent: Option<String>,
    /// How often it was sent.
    pub attempts: u64,
    /// Rows that worked, failed, had moved, and whose end nobody knows.
    pub ended: [u64; 4],
}

/// The batches in one state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tally {
    /// The state.
    pub state: String,
    /// How many are in it.
    pub batches: u64,
    /// How their rows ended: worked, failed, moved, unknown.
    pub ended: [u64; 4],
}

/// What the journal says of a batch from now on.
#[derive(Clone, Copy, Debug)]
pub struct Step<'a> {
    /// The new state.
    pub state: &'a str,
    /// The desk's job, if it is known now.
    pub job: Option<&'a str>,
    /// When it is sent, if it is about to be: counts as one more time.
    pub sent: Option<&'a str>,
}

/// Held while a plan is run; ends with the process.
#[derive(Debug)]
pub struct RunnerLock {
    _held: File,
}

impl JobFile {
    /// Makes the file of a new plan. What is written is safe once [`Self::drafted`] was called, not before.
    ///
    /// # Errors
    /// When the folder or the file cannot be made, or there is one of that name.
    pub fn draft(folder: &Path, id: &str) -> Result<Self, StoreError> {
        let file = folder.join(format!("{id}.db"));
        let failed = |source| StoreError::Open { file: file.clone(), source };
        fs::create_dir_all(folder).map_err(failed)?;
        private(folder, 0o700).map_err(failed)?;
        File::create_new(&file).map_err(failed)?;
        private(&file, 0o600).map_err(failed)?;
        let connection = Connection::open(&file)?;
        connection.execute_batch(DRAFTING)?;
        connection.execute_batch(TABLES)?;
        connection.execute_batch("BEGIN")?;
        Ok(Self { connection: Arc::new(Mutex::new(connection)), file })
    }

    /// Opens the file of a plan.
    ///
    /// # Errors
    /// When there is none, or it is no database.
    pub fn open(folder: &Path, id: &str) -> Result<Self, StoreError> {
        let file = folder.join(format!("{id}.db"));
        fs::metadata(&file).map_err(|source| StoreError::Open { file: file.clone(), source })?;
        let connection = Connection::open(&file)?;
        connection.busy_timeout(Duration::from_secs(5))?;
        connection.execute_batch(RUNNING)?;
        Ok(Self { connection: Arc::new(Mutex::new(connection)), file })
    }

    /// The names of the plans in a folder; none where there is no folder.
    pub fn names(folder: &Path) -> Vec<String> {
        let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
        let name = |path: PathBuf| {
            let is_one = path.extension().is_some_and(|extension| extension == "db");
            path.file_stem().filter(|_| is_one)?.to_str().map(str::to_owned)
        };
        let mut names: Vec<String> = entries.flatten().filter_map(|entry| name(entry.path())).collect();
        names.sort();
        names
    }

    fn db(&self) -> MutexGuard<'_, Connection> {
        self.connection.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Removes the file and all that belongs to it.
    pub fn remove(self) {
        let file = self.file.clone();
        drop(self);
        for ending in ["db", "db-wal", "db-shm", "lock"] {
            let _ = fs::remove_file(file.with_extension(ending));
        }
    }

    /// Adds a batch to a plan that is being drafted.
    pub fn add_batch(&self, batch: &BatchRow, sealed: &[u8]) -> Result<(), StoreError> {
        let db = self.db();
        let sql = "INSERT INTO batches(n, verb, first, rows, digest, sealed) VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
        let mut statement = db.prepare_cached(sql)?;
        statement.execute(params![
            whole(batch.n),
            batch.verb,
            whole(batch.first),
            whole(batch.rows),
            batch.digest,
            sealed
        ])?;
        if batch.n % COMMIT_EVERY == COMMIT_EVERY - 1 {
            db.execute_batch("COMMIT; BEGIN")?;
        }
        Ok(())
    }

    /// Adds rows that are left out of a plan that is being drafted.
    pub fn add_left_out(&self, n: u64, first: u64, rows: u64, sealed: &[u8]) -> Result<(), StoreError> {
        let db = self.db();
        let sql = "INSERT INTO left_out(n, first, rows, sealed) VALUES (?1, ?2, ?3, ?4)";
        db.prepare_cached(sql)?.execute(params![whole(n), whole(first), whole(rows), sealed])?;
        if n % COMMIT_EVERY == COMMIT_EVERY - 1 {
            db.execute_batch("COMMIT; BEGIN")?;
        }
        Ok(())
    }

    /// Ends the drafting: everything is on disk when this returns.
    pub fn drafted(&self) -> Result<(), StoreError> {
        let db = self.db();
        db.execute_batch("COMMIT")?;
        db.execute_batch("PRAGMA synchronous=FULL; PRAGMA wal_checkpoint(TRUNCATE);")?;
        let failed = |source| StoreError::Open { file: self.file.clone(), source };
        File::open(&self.file).and_then(|file| file.sync_all()).map_err(failed)
    }

    /// Says something of the whole plan.
    pub fn say(&self, key: &str, value: &str) -> Result<(), StoreError> {
        let sql = "INSERT INTO meta(key, value) VALUES (?1, ?2) ON CONFLICT(key) DO UPDATE SET value = excluded.value";
        self.db().prepare_cached(sql)?.execute([key, value])?;
        Ok(())
    }

    /// What was said of the whole plan.
    pub fn said(&self, key: &str) -> Result<Option<String>, StoreError> {
        let db = self.db();
        let mut statement = db.prepare_cached("SELECT value FROM meta WHERE key = ?1")?;
        Ok(statement.query_row([key], |row| row.get(0)).optional()?)
    }

    /// The batches from `n` on, at most `limit`; rows of the plan stay in the file.
    pub fn batches(&self, n: u64, limit: u64) -> Result<Vec<BatchRow>, StoreError> {
        let db = self.db();
        let sql = "SELECT n, verb, first, rows, digest, state, job, sent, attempts, worked, failed, moved, unknown
            FROM batches WHERE n >= ?1 ORDER BY n LIMIT ?2";
        let mut statement = db.prepare_cached(sql)?;
        let rows = statement.query_map([whole(n), whole(limit)], |row| {
            let count = |at: usize| row.get::<_, i64>(at).map(|n| u64::try_from(n).unwrap_or(0));
            Ok(BatchRow {
                n: count(0)?,
                verb: row.get(1)?,
                first: count(2)?,
                rows: count(3)?,
                digest: row.get(4)?,
                state: row.get(5)?,
                job: row.get(6)?,
                sent: row.get(7)?,
                attempts: count(8)?,
                ended: [count(9)?, count(10)?, count(11)?, count(12)?],
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// How many batches are in each state, with how their rows ended.
    pub fn tally(&self) -> Result<Vec<Tally>, StoreError> {
        let db = self.db();
        let sql = "SELECT state, COUNT(*), SUM(worked), SUM(failed), SUM(moved), SUM(unknown)
            FROM batches GROUP BY state";
        let mut statement = db.prepare_cached(sql)?;
        let rows = statement.query_map([], |row| {
            let count = |at: usize| row.get::<_, i64>(at).map(|n| u64::try_from(n).unwrap_or(0));
            let ended = [count(2)?, count(3)?, count(4)?, count(5)?];
            Ok(Tally { state: row.get(0)?, batches: count(1)?, ended })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The digests of all batches, in order.
    pub fn digests(&self) -> Result<Vec<String>, StoreError> {
        let db = self.db();
        let mut statement = db.prepare_cached("SELECT digest FROM batches ORDER BY n")?;
        let rows = statement.query_map([], |row| row.get(0))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The batch that holds this row of the plan (from 0).
    pub fn batch_of(&self, row: u64) -> Result<Option<u64>, StoreError> {
        let db = self.db();
        let sql = "SELECT n FROM batches WHERE first <= ?1 AND ?1 < first + rows LIMIT 1";
        let found = db.prepare_cached(sql)?.query_row([whole(row)], |row| row.get::<_, i64>(0)).optional()?;
        Ok(found.and_then(|n| u64::try_from(n).ok()))
    }

    /// A batch's rows, sealed.
    pub fn sealed_rows(&self, n: u64) -> Result<Option<Vec<u8>>, StoreError> {
        let db = self.db();
        let mut statement = db.prepare_cached("SELECT sealed FROM batches WHERE n = ?1")?;
        Ok(statement.query_row([whole(n)], |row| row.get(0)).optional()?)
    }

    /// A batch's outcomes, sealed.
    pub fn sealed_outcomes(&self, n: u64) -> Result<Option<Vec<u8>>, StoreError> {
        let db = self.db();
        let mut statement = db.prepare_cached("SELECT outcomes FROM batches WHERE n = ?1")?;
        Ok(statement.query_row([whole(n)], |row| row.get(0)).optional()?.flatten())
    }

    /// What was left out, sealed, by page: each with its number and how many stand before it.
    pub fn sealed_left_out(&self, row: u64) -> Result<Option<(u64, Vec<u8>)>, StoreError> {
        let db = self.db();
        let sql = "SELECT first, sealed FROM left_out WHERE first <= ?1 AND ?1 < first + rows LIMIT 1";
        let found = db
            .prepare_cached(sql)?
            .query_row([whole(row)], |row| Ok((row.get::<_, i64>(0)?, row.get(1)?)))
            .optional()?;
        Ok(found.map(|(first, sealed)| (u64::try_from(first).unwrap_or(0), sealed)))
    }

    /// Writes a step of a batch into the journal; on disk when it returns.
    pub fn step(&self, n: u64, step: Step<'_>) -> Result<(), StoreError> {
        let sql = "UPDATE batches SET state = ?2, job = COALESCE(?3, job), sent = COALESCE(?4, sent),
            attempts = attempts + (?4 IS NOT NULL) WHERE n = ?1";
        self.db().prepare_cached(sql)?.execute(params![whole(n), step.state, step.job, step.sent])?;
        Ok(())
    }

    /// Writes down that a batch is over, with what became of its rows; on disk when it returns.
    pub fn end(&self, n: u64, state: &str, ended: [u64; 4], outcomes: &[u8]) -> Result<(), StoreError> {
        let sql = "UPDATE batches SET state = ?2, worked = ?3, failed = ?4, moved = ?5, unknown = ?6, outcomes = ?7
            WHERE n = ?1";
        let [worked, failed, moved, unknown] = ended.map(whole);
        self.db().prepare_cached(sql)?.execute(params![whole(n), state, worked, failed, moved, unknown, outcomes])?;
        Ok(())
    }

    /// The first batch from `n` on that was sent and has no end.
    pub fn under_way(&self, n: u64) -> Result<Option<u64>, StoreError> {
        let db = self.db();
        let sql = "SELECT MIN(n) FROM batches WHERE state IN ('sending', 'accepted') AND n >= ?1";
        let found: Option<i64> = db.prepare_cached(sql)?.query_row([whole(n)], |row| row.get(0))?;
        Ok(found.and_then(|n| u64::try_from(n).ok()))
    }

    /// Moves every batch in one state to another; for those that are not sent any more.
    pub fn move_all(&self, from: &str, to: &str) -> Result<(), StoreError> {
        self.db().execute("UPDATE batches SET state = ?2 WHERE state = ?1", [from, to])?;
        Ok(())
    }

    /// Becomes the plan's one runner; `None` while another process is.
    ///
    /// # Errors
    /// When the lock's file cannot be made.
    pub fn lock(&self) -> Result<Option<RunnerLock>, StoreError> {
        let file = self.file.with_extension("lock");
        let failed = |source| StoreError::Open { file: file.clone(), source };
        let held = File::options().create(true).truncate(false).write(true).open(&file).map_err(failed)?;
        private(&file, 0o600).map_err(failed)?;
        match held.try_lock() {
            Ok(()) => Ok(Some(RunnerLock { _held: held })),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(source)) => Err(failed(source)),
        }
    }

    /// Whether some process runs the plan now.
    pub fn is_run(&self) -> bool {
        matches!(self.lock(), Ok(None))
    }
}

/// SQLite's integers are signed.
fn whole(n: u64) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}
