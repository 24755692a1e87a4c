//! Owns the tables and the connection's settings. Does not read or write rows.

use rusqlite::Connection;

/// `synchronous=FULL`: only that survives a power cut under WAL. `recursive_triggers`: without it `INSERT OR REPLACE`
/// deletes audit rows without firing the trigger that forbids it. `secure_delete`: words that were sent or forgotten leave
/// no trace in the file.
const SETTINGS: &str = "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON; PRAGMA recursive_triggers=ON; PRAGMA secure_delete=ON;";

/// Statements stay in the subset that SQLite and PostgreSQL share, apart from triggers.
const TABLES: &str = "
CREATE TABLE IF NOT EXISTS audit(
    seq INTEGER PRIMARY KEY, entry TEXT NOT NULL, previous TEXT NOT NULL, hash TEXT NOT NULL
) STRICT;
CREATE TRIGGER IF NOT EXISTS audit_keeps_entries BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END;
CREATE TRIGGER IF NOT EXISTS audit_loses_nothing BEFORE DELETE ON audit BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END;
CREATE TRIGGER IF NOT EXISTS audit_has_no_gaps BEFORE INSERT ON audit
    WHEN NEW.seq <> (SELECT COALESCE(MAX(seq), 0) + 1 FROM audit)
    BEGIN SELECT RAISE(ABORT, 'the audit trail has no gaps'); END;
CREATE TABLE IF NOT EXISTS scratch(key TEXT PRIMARY KEY, text TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS windows(org TEXT NOT NULL, customer TEXT NOT NULL, session TEXT NOT NULL, PRIMARY KEY(org, customer)) STRICT;
CREATE TABLE IF NOT EXISTS sent(entry INTEGER PRIMARY KEY, evidence TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS jobs(
    org TEXT NOT NULL, id TEXT NOT NULL, summary TEXT NOT NULL, started TEXT NOT NULL, items INTEGER NOT NULL,
    PRIMARY KEY(org, id)
) STRICT;
CREATE TABLE IF NOT EXISTS model_usage(
    at INTEGER NOT NULL, turn TEXT NOT NULL, model TEXT NOT NULL, prompt INTEGER NOT NULL, cached INTEGER NOT NULL,
    completion INTEGER NOT NULL, estimated INTEGER NOT NULL, cost INTEGER
) STRICT;
CREATE INDEX IF NOT EXISTS model_usage_by_time ON model_usage(at);
CREATE INDEX IF NOT EXISTS model_usage_by_turn ON model_usage(turn);
CREATE TABLE IF NOT EXISTS transcripts(
    id TEXT PRIMARY KEY, org TEXT NOT NULL, began TEXT NOT NULL, changed TEXT NOT NULL, model TEXT NOT NULL, title TEXT NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS transcript_steps(
    transcript TEXT NOT NULL REFERENCES transcripts(id) ON DELETE CASCADE, n INTEGER NOT NULL, conversation TEXT NOT NULL,
    step TEXT NOT NULL, words TEXT NOT NULL, PRIMARY KEY(transcript, n)
) STRICT;
CREATE INDEX IF NOT EXISTS transcripts_of_conversation ON transcript_steps(conversation, transcript);
CREATE TABLE IF NOT EXISTS halves(
    proposal TEXT PRIMARY KEY, org TEXT NOT NULL, seq INTEGER NOT NULL, at TEXT NOT NULL, kept TEXT NOT NULL
) STRICT;
";

/// Makes a fresh or older file ready.
pub fn prepare(connection: &Connection) -> rusqlite::Result<()> {
    connection.execute_batch(SETTINGS)?;
    connection.execute_batch(TABLES)
}
