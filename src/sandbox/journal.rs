//! Owns what a change of a record is, as everything that follows changes sees it: audit logs, webhooks, the search index's
//! delay. Does not decide what follows (`desk`).
//!
//! Invariant: within one step a record has one change at most, from what it was before the step to what it is after it.

use super::doc::{Doc, Kind};

/// A record before and after one step of the desk.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    /// Which kind of record.
    pub kind: Kind,
    /// Its id.
    pub id: String,
    /// What it was; none when the step made it.
    pub before: Option<Doc>,
    /// What it is; none when the step removed it for good.
    pub after: Option<Doc>,
}

/// On whose behalf a step happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Author {
    /// The acting user; none for the desk itself.
    pub user: Option<String>,
    /// The part of the desk that wrote: `api-gw` for requests, others for what happens by itself (Kustomer API
    /// reference 25.3).
    pub client: &'static str,
}

/// The changes of the step under way.
#[derive(Debug, Default)]
pub struct Journal(Vec<Change>);

impl Journal {
    /// Notes a change; a second one of the same record in one step continues the first.
    pub fn note(&mut self, change: Change) {
        match self.0.iter_mut().find(|known| known.kind == change.kind && known.id == change.id) {
            Some(known) => known.after = change.after,
            None => self.0.push(change),
        }
    }

    /// The changes so far, taken: the step is over. What came and went within it, or stayed as it was, is no change.
    pub fn take(&mut self) -> Vec<Change> {
        let mut changes = std::mem::take(&mut self.0);
        changes.retain(|change| change.before != change.after);
        changes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_has_one_change_a_record_from_its_beginning_to_its_end() {
        let doc = |rev: i64| {
            let mut doc = Doc::new(Kind::Note, "n");
            doc.attributes.insert("rev".into(), rev.into());
            Some(doc)
        };
        let change = |before, after| Change { kind: Kind::Note, id: "n".into(), before, after };
        let mut journal = Journal::default();
        journal.note(change(doc(1), doc(2)));
        journal.note(change(doc(2), doc(3)));
        assert_eq!(journal.take(), [change(doc(1), doc(3))]);
        journal.note(change(None, doc(1)));
        journal.note(change(doc(1), None));
        assert_eq!(journal.take(), []);
    }
}
