//! Owns the ledger of what models were asked for, as rows: one a request, with tokens and money. Rows are added and read,
//! never changed. Does not price them nor hold a budget (`assistant::ledger`).

use jiff::Timestamp;
use rusqlite::{Row, params};

use super::{Store, StoreError};

/// One request to a model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UsageRow {
    /// When it ended.
    pub at: Timestamp,
    /// The turn it belongs to.
    pub turn: String,
    /// The model's id.
    pub model: String,
    /// Tokens read by the model.
    pub prompt: u64,
    /// Of these, the ones its endpoint had cached.
    pub cached: u64,
    /// Tokens written by it.
    pub completion: u64,
    /// Whether the tokens are our estimate, because the endpoint told none.
    pub estimated: bool,
    /// Money in millionths, at the prices of that moment; `None` when no price was known.
    pub cost: Option<u64>,
}

impl Store {
    /// Adds a request to the ledger.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn keep_usage(&self, row: &UsageRow) -> Result<(), StoreError> {
        let sql = "INSERT INTO model_usage(at, turn, model, prompt, cached, completion, estimated, cost)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
        let (prompt, cached, completion) = (signed(row.prompt), signed(row.cached), signed(row.completion));
        let values = params![
            row.at.as_millisecond(),
            row.turn,
            row.model,
            prompt,
            cached,
            completion,
            row.estimated,
            row.cost.map(signed)
        ];
        self.db().execute(sql, values)?;
        Ok(())
    }

    /// Every request since a moment, oldest first.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn usage_since(&self, since: Timestamp) -> Result<Vec<UsageRow>, StoreError> {
        let db = self.db();
        let sql = "SELECT at, turn, model, prompt, cached, completion, estimated, cost FROM model_usage
            WHERE at >= ?1 ORDER BY at, rowid";
        let mut statement = db.prepare_cached(sql)?;
        let rows = statement.query_map([since.as_millisecond()], read)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Every request of a turn, oldest first.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn usage_of_turn(&self, turn: &str) -> Result<Vec<UsageRow>, StoreError> {
        let db = self.db();
        let sql = "SELECT at, turn, model, prompt, cached, completion, estimated, cost FROM model_usage
            WHERE turn = ?1 ORDER BY at, rowid";
        let mut statement = db.prepare_cached(sql)?;
        let rows = statement.query_map([turn], read)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}

fn read(row: &Row<'_>) -> rusqlite::Result<UsageRow> {
    let count = |column: usize| Ok::<_, rusqlite::Error>(u64::try_from(row.get::<_, i64>(column)?).unwrap_or(0));
    Ok(UsageRow {
        at: Timestamp::from_millisecond(row.get(0)?).unwrap_or(Timestamp::UNIX_EPOCH),
        turn: row.get(1)?,
        model: row.get(2)?,
        prompt: count(3)?,
        cached: count(4)?,
        completion: count(5)?,
        estimated: row.get(6)?,
        cost: row.get::<_, Option<i64>>(7)?.map(|cost| u64::try_from(cost).unwrap_or(0)),
    })
}

fn signed(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_spent_survives_a_restart_and_is_found_by_time_and_turn() {
        let folder = tempfile::tempdir().expect("a folder");
        let row = |at: &str, turn: &str, cost: Option<u64>| UsageRow {
            at: at.parse().expect("a time"),
            turn: turn.into(),
            model: "m".into(),
            prompt: 90,
            cached: 64,
            completion: 4,
            estimated: cost.is_none(),
            cost,
        };
        let rows = [
            row("2026-11-27T23:59:59Z", "t1", Some(7)),
            row("2026-11-28T00:00:00Z", "t1", None),
            row("2026-11-28T01:00:00Z", "t2", Some(0)),
        ];
        let store = Store::open(folder.path()).expect("a store");
        for row in &rows {
            store.keep_usage(row).expect("kept");
        }
        drop(store);
        let store = Store::open(folder.path()).expect("the same store");
        assert_eq!(store.usage_since(rows[1].at).expect("read"), rows[1..]);
        assert_eq!(store.usage_of_turn("t1").expect("read"), rows[..2]);
    }
}
