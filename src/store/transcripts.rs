//! Owns the rows of the assistant's transcripts: one for each dialogue, one for each of its steps, written as they come, so
//! that a crash loses the step under way at most. Does not say what a step is, nor veil it (`assistant::transcript`): what
//! is handed in is kept as it is, and must hold no personal value.

use rusqlite::{OptionalExtension, Row, params};

use super::{Store, StoreError};
use crate::domain::ConversationId;

/// Dialogues that are kept; the oldest go first.
const MOST: i64 = 2_000;
/// Rows of a list.
const LISTED: i64 = 500;

/// A dialogue, without its steps.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TranscriptHead {
    /// Its name.
    pub id: String,
    /// Which desk it was about (its base address).
    pub org: String,
    /// When it began, RFC 3339.
    pub began: String,
    /// When its last step was written.
    pub changed: String,
    /// Which model.
    pub model: String,
    /// The first question, veiled.
    pub title: String,
    /// How many steps it has.
    pub steps: u64,
    /// The conversation its first question was about; may be empty.
    pub conversation: String,
}

/// A step as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StepRow {
    /// Its place, from 0.
    pub n: usize,
    /// The conversation it was about.
    pub conversation: Option<ConversationId>,
    /// The step, encoded.
    pub step: String,
    /// Its words in lower case: what a search looks at.
    pub words: String,
}

/// Which dialogues are listed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Looking {
    /// Only this desk's.
    pub org: Option<String>,
    /// Only those about this conversation.
    pub conversation: Option<ConversationId>,
    /// Only those in which a step holds each of these words.
    pub words: Vec<String>,
}

const HEAD: &str = "SELECT t.id, t.org, t.began, t.changed, t.model, t.title,
    (SELECT COUNT(*) FROM transcript_steps s WHERE s.transcript = t.id),
    COALESCE((SELECT s.conversation FROM transcript_steps s WHERE s.transcript = t.id ORDER BY s.n LIMIT 1), '')
    FROM transcripts t";

impl Store {
    /// Writes steps of a dialogue, in place of what was written of the same steps before. The head's times and title count
    /// when it is new, its `changed` always.
    pub fn keep_steps(&self, head: &TranscriptHead, steps: &[StepRow]) -> Result<(), StoreError> {
        let mut db = self.db();
        let write = db.transaction()?;
        let is_new = write.execute(
            "INSERT INTO transcripts(id, org, began, changed, model, title) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
                ON CONFLICT(id) DO NOTHING",
            [&head.id, &head.org, &head.began, &head.changed, &head.model, &head.title],
        )? > 0;
        write.execute("UPDATE transcripts SET changed = ?2 WHERE id = ?1", [&head.id, &head.changed])?;
        for row in steps {
            let conversation = row.conversation.as_ref().map_or("", ConversationId::as_str);
            write.execute(
                "INSERT INTO transcript_steps(transcript, n, conversation, step, words) VALUES (?1, ?2, ?3, ?4, ?5)
                    ON CONFLICT(transcript, n) DO UPDATE SET step = excluded.step, words = excluded.words",
                params![head.id, i64::try_from(row.n).unwrap_or(i64::MAX), conversation, row.step, row.words],
            )?;
        }
        if is_new {
            let sql = "DELETE FROM transcripts WHERE id NOT IN (SELECT id FROM transcripts ORDER BY began DESC, id DESC LIMIT ?1)";
            write.execute(sql, [MOST])?;
        }
        write.commit()?;
        Ok(())
    }

    /// Dialogues, newest first.
    pub fn transcripts(&self, looking: &Looking) -> Result<Vec<TranscriptHead>, StoreError> {
        let org = looking.org.clone().unwrap_or_default();
        let about = looking.conversation.as_ref().map_or("", ConversationId::as_str).to_owned();
        let mut sql = format!(
            "{HEAD} WHERE (?1 = '' OR t.org = ?1) AND (?2 = '' OR EXISTS
                (SELECT 1 FROM transcript_steps s WHERE s.transcript = t.id AND s.conversation = ?2))"
        );
        let mut given = vec![org, about];
        for word in &looking.words {
            given.push(format!("%{}%", escaped(&word.to_lowercase())));
            sql.push_str(&format!(
                " AND EXISTS (SELECT 1 FROM transcript_steps s WHERE s.transcript = t.id AND s.words LIKE ?{} ESCAPE '\\')",
                given.len()
            ));
        }
        sql.push_str(&format!(" ORDER BY t.began DESC, t.id DESC LIMIT {LISTED}"));
        let db = self.db();
        let mut statement = db.prepare(&sql)?;
        let rows = statement.query_map(rusqlite::params_from_iter(given), read_head)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// One dialogue with its encoded steps in order, by its name or a beginning of it that fits no other.
    pub fn transcript(&self, id: &str) -> Result<Option<(TranscriptHead, Vec<String>)>, StoreError> {
        let db = self.db();
        let sql = format!("{HEAD} WHERE t.id LIKE ?1 ESCAPE '\\' ORDER BY t.id LIMIT 2");
        let fitting: Vec<TranscriptHead> =
            db.prepare_cached(&sql)?.query_map([format!("{}%", escaped(id))], read_head)?.collect::<Result<_, _>>()?;
        let exact = fitting.iter().position(|head| head.id == id);
        let head = match (exact, fitting.as_slice()) {
            (Some(place), _) => fitting[place].clone(),
            (None, [one]) => one.clone(),
            (None, _) => return Ok(None),
        };
        let mut statement = db.prepare_cached("SELECT step FROM transcript_steps WHERE transcript = ?1 ORDER BY n")?;
        let steps = statement.query_map([&head.id], |row| row.get(0))?.collect::<Result<_, _>>()?;
        Ok(Some((head, steps)))
    }

    /// Forgets one dialogue; whether there was one of this name.
    pub fn forget_transcript(&self, id: &str) -> Result<bool, StoreError> {
        let db = self.db();
        let known: Option<String> =
            db.query_row("SELECT id FROM transcripts WHERE id = ?1", [id], |row| row.get(0)).optional()?;
        db.execute("DELETE FROM transcripts WHERE id = ?1", [id])?;
        Ok(known.is_some())
    }
}

fn read_head(row: &Row<'_>) -> rusqlite::Result<TranscriptHead> {
    Ok(TranscriptHead {
        id: row.get(0)?,
        org: row.get(1)?,
        began: row.get(2)?,
        changed: row.get(3)?,
        model: row.get(4)?,
        title: row.get(5)?,
        steps: u64::try_from(row.get::<_, i64>(6)?).unwrap_or(0),
        conversation: row.get(7)?,
    })
}

/// Words that mean themselves in a LIKE.
fn escaped(words: &str) -> String {
    words.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head(id: &str, began: &str) -> TranscriptHead {
        TranscriptHead {
            id: id.into(),
            org: "http://a".into(),
            began: began.into(),
            changed: began.into(),
            model: "m".into(),
            title: "billed twice".into(),
            ..TranscriptHead::default()
        }
    }

    fn step(n: usize, about: &str, words: &str) -> StepRow {
        let conversation = Some(ConversationId::new(about));
        StepRow { n, conversation, step: format!("{{\"n\":{n}}}"), words: words.into() }
    }

    fn store() -> (tempfile::TempDir, Store) {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let store = Store::open(folder.path()).expect("a new store opens");
        store
            .keep_steps(&head("t1", "2026-01-01"), &[step(0, "c1", "billed twice"), step(1, "c1", "100% sure")])
            .expect("kept");
        store
            .keep_steps(&head("t2", "2026-01-02"), &[step(0, "c1", "the parcel"), step(1, "c2", "order 7")])
            .expect("kept");
        (folder, store)
    }

    fn found(store: &Store, looking: &Looking) -> Vec<String> {
        store.transcripts(looking).expect("read").into_iter().map(|head| head.id).collect()
    }

    #[test]
    fn dialogues_are_found_by_desk_conversation_and_words() {
        let (_folder, store) = store();
        let of = |conversation: &str| Looking {
            conversation: Some(ConversationId::new(conversation)),
            ..Looking::default()
        };
        let with =
            |words: &[&str]| Looking { words: words.iter().map(|w| (*w).to_owned()).collect(), ..Looking::default() };
        assert_eq!(found(&store, &Looking::default()), ["t2", "t1"]);
        assert_eq!(found(&store, &of("c2")), ["t2"]);
        assert_eq!(found(&store, &of("c1")), ["t2", "t1"]);
        assert_eq!(found(&store, &with(&["Billed", "sure"])), ["t1"]);
        assert_eq!(found(&store, &with(&["0%"])), ["t1"]);
        assert_eq!(found(&store, &with(&["_", "'"])), Vec::<String>::new());
        assert_eq!(
            found(&store, &Looking { org: Some("http://b".into()), ..Looking::default() }),
            Vec::<String>::new()
        );
    }

    #[test]
    fn a_step_that_grew_takes_the_place_of_its_beginning() {
        let (_folder, store) = store();
        let grown = StepRow { step: "{\"n\":1,\"more\":true}".into(), ..step(1, "c1", "quite sure") };
        store.keep_steps(&TranscriptHead { changed: "later".into(), ..head("t1", "other") }, &[grown]).expect("kept");
        let (head, steps) = store.transcript("t1").expect("read").expect("it is there");
        assert_eq!(steps, ["{\"n\":0}", "{\"n\":1,\"more\":true}"]);
        assert_eq!((head.began.as_str(), head.changed.as_str(), head.steps), ("2026-01-01", "later", 2));
    }

    #[test]
    fn a_beginning_names_a_dialogue_when_it_fits_one() {
        let (_folder, store) = store();
        assert_eq!(store.transcript("t").expect("read"), None);
        assert_eq!(store.transcript("%").expect("read"), None);
        assert!(store.forget_transcript("t2").expect("forgotten"));
        assert!(!store.forget_transcript("t2").expect("nothing there"));
        assert_eq!(store.transcript("t").expect("read").map(|(head, _)| head.id).as_deref(), Some("t1"));
    }
}
