//! Owns the local database: the audit chain, half-typed words, transcripts of the assistant, open unmasking windows, and bulk
//! jobs started here. One file, one connection, a narrow interface. Holds no customer record and no personal value in the
//! clear: what is kept about customers is their ids, and a person's half-typed words are sealed. The cache of conversations is another file ([`Cache`]): it may be lost. Does not decide what an audit entry says (`approval::Trail`).
//!
//! Calls block for the length of one small transaction; async callers use `spawn_blocking` where that matters.

pub mod cache;
mod chain;
mod evidence;
mod halves;
mod jobs;
mod schema;
mod session;
mod transcripts;
mod usage;

use std::{
    fs,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use jiff::Timestamp;
use rusqlite::{Connection, params};

pub use cache::{Cache, LastQueue};
pub use chain::{Head, Link, link_hash};
pub use evidence::{Evidence, Row, evidence};
pub use jobs::{BatchRow, JobFile, RunnerLock, Step, Tally};
pub use transcripts::{Looking, StepRow, TranscriptHead};
pub use usage::UsageRow;

use crate::{
    domain::{BulkId, CustomerId},
    privacy::{Seal, pii},
};

/// The database. Clones share one connection.
#[derive(Clone, Debug)]
pub struct Store {
    connection: Arc<Mutex<Connection>>,
    presence: Arc<session::Presence>,
    file: PathBuf,
    seal: Option<Seal>,
}

/// Why the store could not do it.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The folder or file cannot be made or opened.
    #[error("cannot open {file}: {source}", file = file.display())]
    Open {
        /// Which file.
        file: PathBuf,
        /// The system's reason.
        source: std::io::Error,
    },
    /// The database refused.
    #[error("the local database failed: {0}")]
    Database(#[from] rusqlite::Error),
    /// The file is no cache of this version.
    #[error("{file} is not ours", file = file.display())]
    Foreign {
        /// Which file.
        file: PathBuf,
    },
    /// The witness file beside the audit chain cannot be written.
    #[error("cannot write the audit witness: {0}")]
    Witness(std::io::Error),
}

/// A bulk job this console started.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StartedJob {
    /// The desk's id for it.
    pub id: BulkId,
    /// Our one-line summary.
    pub summary: String,
    /// When it was started.
    pub started: Timestamp,
    /// Items sent.
    pub items: u64,
}

impl Store {
    /// Opens (or makes) the database `shiftdeck.db` in `folder`.
    pub fn open(folder: &Path) -> Result<Self, StoreError> {
        let file = folder.join("shiftdeck.db");
        let failed = |source| StoreError::Open { file: file.clone(), source };
        fs::create_dir_all(folder).map_err(failed)?;
        private(folder, 0o700).map_err(failed)?;
        let connection = Connection::open(&file)?;
        private(&file, 0o600).map_err(failed)?;
        connection.busy_timeout(Duration::from_secs(5))?;
        schema::prepare(&connection)?;
        let presence = Arc::new(session::Presence::announce(folder).map_err(failed)?);
        Ok(Self { connection: Arc::new(Mutex::new(connection)), presence, file, seal: None })
    }

    /// The same store, whose half-typed words are sealed. Without a seal, personal values in them are not kept at all.
    #[must_use]
    pub fn sealed_by(self, seal: Option<Seal>) -> Self {
        Self { seal, ..self }
    }

    fn db(&self) -> MutexGuard<'_, Connection> {
        self.connection.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Where the audit chain's witness is kept: its last head, apart from the database, so that a cut tail shows.
    pub fn witness_file(&self) -> PathBuf {
        self.file.with_file_name("audit.head")
    }

    /// The folder all of it lies in.
    pub fn folder(&self) -> &Path {
        self.file.parent().unwrap_or(Path::new("."))
    }

    /// Where the files of bulk plans are kept.
    pub fn jobs_folder(&self) -> PathBuf {
        self.file.with_file_name("jobs")
    }

    /// What seals words and rows for this desk, if there is a key.
    pub fn seal(&self) -> Option<&Seal> {
        self.seal.as_ref()
    }

    /// Appends to the audit chain; on disk (fsync) when it returns. `entry` is called with the number it will have.
    pub fn append_audit(&self, entry: impl FnOnce(u64) -> String) -> Result<u64, StoreError> {
        // The head is witnessed before the next entry is made: several changes end at the same moment, and the newest has
        // to be the last one written.
        let mut db = self.db();
        let link = chain::append(&mut db, entry)?;
        chain::witness(&self.witness_file(), &link).map_err(StoreError::Witness)?;
        drop(db);
        Ok(link.seq)
    }

    /// The newest `limit` entries, newest first.
    pub fn newest_audit(&self, limit: usize) -> Result<Vec<Link>, StoreError> {
        chain::newest(&self.db(), limit)
    }

    /// One entry by its number.
    pub fn audit_entry(&self, seq: u64) -> Result<Option<Link>, StoreError> {
        chain::one(&self.db(), seq)
    }

    /// The whole chain in order, for export.
    pub fn audit_chain(&self) -> Result<Vec<Link>, StoreError> {
        chain::all(&self.db())
    }

    /// The witnessed head, if there is one.
    pub fn audit_witness(&self) -> Option<Head> {
        chain::read_witness(&self.witness_file())
    }

    /// Keeps half-typed words under a key (`assistant`, `note:<conversation>`); empty text forgets them. They are sealed
    /// where there is a seal; else personal values in them are left out: a number typed twice is better than one found here.
    pub fn keep_scratch(&self, key: &str, text: &str) -> Result<(), StoreError> {
        match &self.seal {
            Some(seal) => {
                let sealed = if text.is_empty() { String::new() } else { seal.close(key, text).unwrap_or_default() };
                self.keep_settings(&sealed_key(seal, key), &sealed)?;
                // What an older version wrote in the clear has been taken up by now.
                self.keep_settings(key, "")
            }
            None => self.keep_settings(key, &pii::redact(text)),
        }
    }

    /// Keeps ids and settings under a key, as they are: nothing a person typed.
    pub fn keep_settings(&self, key: &str, text: &str) -> Result<(), StoreError> {
        if text.is_empty() {
            self.db().execute("DELETE FROM scratch WHERE key = ?1", [key])?;
        } else {
            let sql =
                "INSERT INTO scratch(key, text) VALUES (?1, ?2) ON CONFLICT(key) DO UPDATE SET text = excluded.text";
            self.db().execute(sql, [key, text])?;
        }
        Ok(())
    }

    /// All half-typed words that can be read here. Those sealed for another desk are left alone.
    pub fn scratches(&self) -> Result<Vec<(String, String)>, StoreError> {
        let rows: Vec<(String, String)> = {
            let db = self.db();
            let mut statement = db.prepare_cached("SELECT key, text FROM scratch ORDER BY key")?;
            let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
            rows.collect::<Result<_, _>>()?
        };
        let mut read = Vec::new();
        for (key, text) in rows {
            match key.strip_prefix(SEALED).and_then(|rest| rest.split_once('.')) {
                None => read.push((key, text)),
                Some((label, name)) => {
                    let seal = self.seal.as_ref().filter(|seal| seal.label() == label);
                    let words = seal.and_then(|seal| seal.open(name, &text));
                    read.extend(words.map(|words| (name.to_owned(), words)));
                }
            }
        }
        Ok(read)
    }

    /// Remembers that a window was opened from here, before it is: a crash must not leave it open for a day.
    pub fn window_opened(&self, org: &str, customer: &CustomerId) -> Result<(), StoreError> {
        let sql = "INSERT INTO windows(org, customer, session) VALUES (?1, ?2, ?3)
            ON CONFLICT(org, customer) DO UPDATE SET session = excluded.session";
        self.db().execute(sql, [org, customer.as_str(), self.presence.id()])?;
        Ok(())
    }

    /// Forgets a window the desk confirmed closed.
    pub fn window_closed(&self, org: &str, customer: &CustomerId) -> Result<(), StoreError> {
        self.db().execute("DELETE FROM windows WHERE org = ?1 AND customer = ?2", [org, customer.as_str()])?;
        Ok(())
    }

    /// Customers whose window was opened from this machine and is not confirmed closed, whichever program opened it.
    pub fn open_windows(&self, org: &str) -> Result<Vec<CustomerId>, StoreError> {
        let db = self.db();
        let mut statement = db.prepare_cached("SELECT customer FROM windows WHERE org = ?1")?;
        let rows = statement.query_map([org], |row| row.get::<_, String>(0))?;
        Ok(rows.map(|row| row.map(CustomerId::new)).collect::<Result<_, _>>()?)
    }

    /// Customers whose window this program opened, or may have opened, and never confirmed closed.
    pub fn own_windows(&self, org: &str) -> Result<Vec<CustomerId>, StoreError> {
        let db = self.db();
        let mut statement = db.prepare_cached("SELECT customer FROM windows WHERE org = ?1 AND session = ?2")?;
        let rows = statement.query_map([org, self.presence.id()], |row| row.get::<_, String>(0))?;
        Ok(rows.map(|row| row.map(CustomerId::new)).collect::<Result<_, _>>()?)
    }

    /// Windows that a program which no longer runs opened and never confirmed closed.
    pub fn abandoned_windows(&self, org: &str) -> Result<Vec<CustomerId>, StoreError> {
        let all: Vec<(String, String)> = {
            let db = self.db();
            let mut statement =
                db.prepare_cached("SELECT customer, session FROM windows WHERE org = ?1 ORDER BY customer")?;
            let rows = statement.query_map([org], |row| Ok((row.get(0)?, row.get(1)?)))?;
            rows.collect::<Result<_, _>>()?
        };
        let abandoned = all.into_iter().filter(|(_, session)| !self.presence.is_running(session));
        Ok(abandoned.map(|(customer, _)| CustomerId::new(customer)).collect())
    }

    /// The name of this run of the program.
    pub fn session(&self) -> &str {
        self.presence.id()
    }

    /// Whether the run of the program of this name still goes on.
    pub fn is_running(&self, session: &str) -> bool {
        self.presence.is_running(session)
    }

    /// Keeps what is needed to look up, after a crash, whether the change of this audit entry took effect. Holds no value of
    /// a customer's in the clear (`kustomer::writer` makes it).
    pub fn sent(&self, entry: u64, evidence: &str) -> Result<(), StoreError> {
        let sql = "INSERT INTO sent(entry, evidence) VALUES (?1, ?2) ON CONFLICT(entry) DO NOTHING";
        self.db().execute(sql, params![i64::try_from(entry).unwrap_or(i64::MAX), evidence])?;
        Ok(())
    }

    /// What was kept of a change that was sent, if its end was not written down.
    pub fn sent_evidence(&self, entry: u64) -> Result<Option<String>, StoreError> {
        let db = self.db();
        let mut statement = db.prepare_cached("SELECT evidence FROM sent WHERE entry = ?1")?;
        let mut rows = statement.query_map([i64::try_from(entry).unwrap_or(i64::MAX)], |row| row.get(0))?;
        Ok(rows.next().transpose()?)
    }

    /// Forgets it: how the change ended is written down.
    pub fn sent_forgotten(&self, entry: u64) -> Result<(), StoreError> {
        self.db().execute("DELETE FROM sent WHERE entry = ?1", [i64::try_from(entry).unwrap_or(i64::MAX)])?;
        Ok(())
    }

    /// Remembers a bulk job started here.
    pub fn job_started(&self, org: &str, job: &StartedJob) -> Result<(), StoreError> {
        let sql =
            "INSERT INTO jobs(org, id, summary, started, items) VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT DO NOTHING";
        let items = i64::try_from(job.items).unwrap_or(i64::MAX);
        self.db().execute(sql, params![org, job.id.as_str(), job.summary, job.started.to_string(), items])?;
        Ok(())
    }

    /// Bulk jobs started here, newest first.
    pub fn jobs(&self, org: &str) -> Result<Vec<StartedJob>, StoreError> {
        let db = self.db();
        let sql =
            "SELECT id, summary, started, items FROM jobs WHERE org = ?1 ORDER BY started DESC, id DESC LIMIT 200";
        let mut statement = db.prepare_cached(sql)?;
        let rows = statement.query_map([org], |row| {
            Ok(StartedJob {
                id: BulkId::new(row.get::<_, String>(0)?),
                summary: row.get(1)?,
                started: row.get::<_, String>(2)?.parse().unwrap_or(Timestamp::UNIX_EPOCH),
                items: u64::try_from(row.get::<_, i64>(3)?).unwrap_or(0),
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}

/// How the key of sealed words begins.
const SEALED: &str = "sealed1.";

fn sealed_key(seal: &Seal, key: &str) -> String {
    format!("{SEALED}{}.{key}", seal.label())
}

/// Takes group and others their access, where the system knows such a thing.
#[cfg(unix)]
fn private(path: &Path, mode: u32) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(path, fs::Permissions::from_mode(mode))
}

#[cfg(not(unix))]
fn private(_path: &Path, _mode: u32) -> std::io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn store() -> (tempfile::TempDir, Store) {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let store = Store::open(folder.path()).expect("a new store opens");
        (folder, store)
    }

    #[test]
    fn half_typed_words_come_back_and_empty_words_are_forgotten() {
        let (_folder, store) = store();
        store.keep_scratch("assistant", "find the cust").expect("kept");
        assert_eq!(store.scratches().expect("read"), [("assistant".to_owned(), "find the cust".to_owned())]);
        store.keep_scratch("assistant", "").expect("forgotten");
        assert_eq!(store.scratches().expect("read"), []);
    }

    #[test]
    fn sealed_words_are_read_by_their_own_desk_only_and_never_stand_in_the_file() {
        let (folder, plain) = store();
        let seal = |desk: &str| Seal::under(&secrecy::SecretString::from("eyJ-main"), desk);
        let (here, there) = (plain.clone().sealed_by(seal("a")), plain.clone().sealed_by(seal("b")));
        plain.keep_settings("assistant", "written by an older version").expect("kept");
        assert_eq!(here.scratches().expect("read").len(), 1);
        here.keep_scratch("assistant", "call +4915550001122").expect("kept");
        there.keep_scratch("assistant", "another desk's").expect("kept");
        plain.keep_scratch("other", "call +4915550001122").expect("kept");
        let of = |store: &Store, key: &str| {
            store.scratches().expect("read").into_iter().filter(|(k, _)| k == key).map(|(_, w)| w).collect::<Vec<_>>()
        };
        assert_eq!(of(&here, "assistant"), ["call +4915550001122"]);
        assert_eq!(of(&there, "assistant"), ["another desk's"]);
        assert_eq!(of(&plain, "assistant"), Vec::<String>::new());
        assert_eq!(of(&plain, "other"), ["call [phone]"]);
        here.keep_scratch("assistant", "").expect("forgotten");
        assert_eq!((of(&here, "assistant").len(), of(&there, "assistant").len()), (0, 1));
        drop((here, there, plain));
        for file in std::fs::read_dir(folder.path()).expect("the folder").flatten().filter(|f| f.path().is_file()) {
            let bytes = std::fs::read(file.path()).expect("a file");
            assert!(!bytes.windows(10).any(|part| part == b"4915550001"), "{:?}", file.path());
        }
    }

    #[test]
    fn entries_made_at_the_same_moment_are_all_kept_and_the_newest_is_witnessed() {
        let (_folder, store) = store();
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| (0..10).for_each(|_| assert!(store.append_audit(|seq| seq.to_string()).is_ok())));
            }
        });
        let head = store.audit_witness().expect("a head");
        let chain = store.audit_chain().expect("read");
        assert_eq!((chain.len(), head.seq), (80, 80));
        assert_eq!(chain.last().map(|link| &link.hash), Some(&head.hash));
    }

    #[test]
    fn a_window_is_abandoned_only_when_the_program_that_opened_it_ended() {
        let (folder, crashed) = store();
        let customer = CustomerId::new("66a1");
        crashed.window_opened("http://a", &customer).expect("kept");
        let next = Store::open(folder.path()).expect("a second program opens it");
        let abandoned = |org| next.abandoned_windows(org).expect("read");
        assert_eq!(abandoned("http://a"), []);
        let own = |store: &Store| store.own_windows("http://a").expect("read");
        assert_eq!((own(&next), own(&crashed)), (vec![], vec![customer.clone()]));
        assert_eq!(next.open_windows("http://a").expect("read"), std::slice::from_ref(&customer));
        drop(crashed);
        assert_eq!((abandoned("http://b"), abandoned("http://a")), (vec![], vec![customer.clone()]));
        next.window_closed("http://a", &customer).expect("forgotten");
        assert_eq!(abandoned("http://a"), []);
    }

    #[test]
    fn a_commit_waits_for_the_disk() {
        let (_folder, store) = store();
        let asked = |pragma: &str| store.db().query_row(pragma, [], |row| row.get::<_, i64>(0)).expect("it is told");
        assert_eq!(asked("PRAGMA synchronous"), 2, "FULL: an entry is on disk before its effect leaves");
    }

    #[test]
    fn jobs_come_back_whole() {
        let (_folder, store) = store();
        let job = StartedJob {
            id: BulkId::new("66b2"),
            summary: "create 2 service_outage".into(),
            started: "2026-11-21T04:00:00Z".parse().expect("a time"),
            items: 2,
        };
        store.job_started("org", &job).expect("kept");
        assert_eq!(store.jobs("org").expect("read"), [job]);
    }

    #[cfg(unix)]
    #[test]
    fn nobody_else_may_read_the_files() {
        use std::os::unix::fs::PermissionsExt;
        let (folder, store) = store();
        let mode = |path: &Path| fs::metadata(path).expect("it is there").permissions().mode() & 0o777;
        assert_eq!((mode(folder.path()), mode(&store.file)), (0o700, 0o600));
    }
}
