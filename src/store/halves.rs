//! Owns the changes that wait for a second person's yes, as rows. Taking one is atomic: of two who answer at once exactly
//! one gets it. Does not read what they say (`approval::Waiting`).

use rusqlite::params;

use super::{Store, StoreError};

/// Proposal, entry of the first yes, when, the change.
type Row = (String, u64, String, String);

impl Store {
    /// Keeps one.
    pub fn keep_half(&self, org: &str, proposal: &str, seq: u64, at: &str, kept: &str) -> Result<(), StoreError> {
        let sql = "INSERT INTO halves(proposal, org, seq, at, kept) VALUES (?1, ?2, ?3, ?4, ?5)";
        let seq = i64::try_from(seq).unwrap_or(i64::MAX);
        self.db().execute(sql, params![proposal, org, seq, at, kept])?;
        Ok(())
    }

    /// All that wait on a desk, the oldest first.
    pub fn halves(&self, org: &str) -> Result<Vec<Row>, StoreError> {
        let db = self.db();
        let mut statement =
            db.prepare_cached("SELECT proposal, seq, at, kept FROM halves WHERE org = ?1 ORDER BY seq")?;
        let rows = statement.query_map([org], |row| {
            Ok((row.get(0)?, u64::try_from(row.get::<_, i64>(1)?).unwrap_or(0), row.get(2)?, row.get(3)?))
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Takes one away; whether it was still there.
    pub fn take_half(&self, proposal: &str) -> Result<bool, StoreError> {
        Ok(self.db().execute("DELETE FROM halves WHERE proposal = ?1", [proposal])? == 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_two_who_take_one_exactly_one_gets_it() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let one = Store::open(folder.path()).expect("a store");
        let two = Store::open(folder.path()).expect("the same store");
        one.keep_half("http://desk", "p1", 4, "2026-11-21T04:00:00Z", "{}").expect("kept");
        assert_eq!(two.halves("http://desk").expect("read").len(), 1);
        let taken = std::thread::scope(|scope| {
            [&one, &two]
                .map(|store| scope.spawn(|| store.take_half("p1").expect("asked")))
                .map(|it| it.join().expect("ended"))
        });
        assert_eq!(taken.iter().filter(|taken| **taken).count(), 1);
    }
}
