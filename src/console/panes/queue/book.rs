//! Owns the conversations the queue knows, in the order they are shown, and which of them have a change on its way. Knows
//! neither lanes nor a cursor.
//!
//! Invariants: what is newer wins, by revision, else by the last change: the search index lags behind what a write answered,
//! and must not bring back what it does not know yet. A row keeps its place while it is here; a new one goes where the order
//! wants it. A row with a change on its way is the business of that change's answer alone.

use std::collections::HashMap;

use super::lane::order;
use crate::domain::{Conversation, ConversationId, Status};

/// Rows that left, remembered so that the index does not bring them back.
const LEFT: usize = 4_000;

/// The rows.
#[derive(Debug, Default)]
pub struct Book {
    rows: Vec<Conversation>,
    /// As they were before the change on its way.
    pending: HashMap<ConversationId, Conversation>,
    left: HashMap<ConversationId, Conversation>,
}

/// Whether `new` says more than `old`.
fn is_newer(new: &Conversation, old: &Conversation) -> bool {
    match (new.rev, old.rev) {
        (Some(new), Some(old)) => new > old,
        _ => new.updated > old.updated,
    }
}

impl Book {
    /// All rows, in the order shown.
    pub fn rows(&self) -> &[Conversation] {
        &self.rows
    }

    /// A row.
    pub fn get(&self, id: &ConversationId) -> Option<&Conversation> {
        self.rows.iter().find(|row| row.id == *id)
    }

    /// Whether a change of this row is on its way.
    pub fn is_pending(&self, id: &ConversationId) -> bool {
        self.pending.contains_key(id)
    }

    /// Takes in what a full read of the open ones brought, in the order of urgency. Gives the rows that should have been in
    /// it, if `is_whole`, and were not.
    pub fn read(&mut self, page: Vec<Conversation>, is_whole: bool) -> Vec<ConversationId> {
        let mut missing = Vec::new();
        if is_whole {
            let open = self.rows.iter().filter(|row| row.status == Status::Open && !self.is_pending(&row.id));
            missing = open.filter(|row| !page.iter().any(|new| new.id == row.id)).map(|row| row.id.clone()).collect();
        }
        for row in page {
            self.take(row);
        }
        missing
    }

    /// Puts all rows in the order of urgency.
    pub fn sort(&mut self) {
        self.rows.sort_by_cached_key(order);
    }

    /// Takes one row in, if it is news.
    pub fn take(&mut self, row: Conversation) {
        if self.is_pending(&row.id) {
            return;
        }
        if let Some(known) = self.rows.iter_mut().find(|known| known.id == row.id) {
            if is_newer(&row, known) {
                *known = row;
            }
            return;
        }
        let is_old = self.left.get(&row.id).is_some_and(|left| !is_newer(&row, left));
        if !is_old && matches!(row.status, Status::Open | Status::Snoozed) {
            self.left.remove(&row.id);
            self.insert(row);
        }
    }

    fn insert(&mut self, row: Conversation) {
        let key = order(&row);
        let place = self.rows.iter().position(|other| order(other) > key).unwrap_or(self.rows.len());
        self.rows.insert(place, row);
    }

    /// A change of a row is on its way: it shows what it will be.
    pub fn begin(&mut self, id: &ConversationId, becomes: impl FnOnce(&Conversation) -> Conversation) {
        if let Some(left) = self.left.remove(id) {
            self.insert(left);
        }
        if let Some(row) = self.rows.iter_mut().find(|row| row.id == *id) {
            let after = becomes(row);
            let before = std::mem::replace(row, after);
            self.pending.entry(id.clone()).or_insert(before);
        }
    }

    /// The change ended well: the row is what the desk answered, or stays what it was to be when the answer got lost. Its
    /// revision is not known then, so that any read is news.
    pub fn settle(&mut self, id: &ConversationId, answer: Option<Conversation>) {
        self.pending.remove(id);
        let Some(row) = self.rows.iter_mut().find(|row| row.id == *id) else { return };
        match answer {
            Some(answer) => *row = answer,
            None => row.rev = None,
        }
    }

    /// The change came to nothing: the row is what it was.
    pub fn roll_back(&mut self, id: &ConversationId) {
        let Some(before) = self.pending.remove(id) else { return };
        if let Some(row) = self.rows.iter_mut().find(|row| row.id == *id) {
            *row = before;
        }
    }

    /// The desk no longer has it: it is no open row any more, and goes with the next [`Self::sweep`].
    pub fn lose(&mut self, id: &ConversationId) {
        self.pending.remove(id);
        if let Some(row) = self.rows.iter_mut().find(|row| row.id == *id) {
            row.status = Status::Other("gone".to_owned());
        }
    }

    /// Lets go of rows that are neither open nor asleep and have nothing on their way.
    pub fn sweep(&mut self) {
        let pending = &self.pending;
        let is_live = |row: &mut Conversation| {
            matches!(row.status, Status::Open | Status::Snoozed) || pending.contains_key(&row.id)
        };
        if self.left.len() > LEFT {
            self.left.clear();
        }
        for row in self.rows.extract_if(.., |row| !is_live(row)) {
            self.left.insert(row.id.clone(), row);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{super::tests::row, *};

    fn at(id: u8, rev: u64, status: Status) -> Conversation {
        Conversation { rev: Some(rev), status, ..row(id) }
    }

    #[test]
    fn the_index_does_not_bring_back_what_a_write_has_answered() {
        let mut book = Book::default();
        book.read(vec![at(1, 1, Status::Open)], true);
        let id = row(1).id;
        book.begin(&id, |row| Conversation { status: Status::Done, ..row.clone() });
        book.take(at(1, 5, Status::Open));
        assert_eq!(book.get(&id).map(|row| &row.status), Some(&Status::Done), "its answer is waited for");
        book.settle(&id, Some(at(1, 2, Status::Done)));
        book.take(at(1, 1, Status::Open));
        assert_eq!(book.get(&id).and_then(|row| row.rev), Some(2), "what lags is no news");
        book.sweep();
        book.take(at(1, 1, Status::Open));
        assert_eq!(book.rows(), [], "not even after it left");
        book.take(at(1, 3, Status::Open));
        assert_eq!(book.rows().len(), 1, "opened again elsewhere");
    }

    #[test]
    fn a_change_that_fails_leaves_the_row_as_it_was() {
        let mut book = Book::default();
        book.take(at(1, 1, Status::Open));
        let id = row(1).id;
        book.begin(&id, |row| Conversation { priority: Some(5), ..row.clone() });
        book.begin(&id, |row| Conversation { priority: Some(1), ..row.clone() });
        book.roll_back(&id);
        assert_eq!(book.rows(), [at(1, 1, Status::Open)]);
        assert!(!book.is_pending(&id));
    }

    #[test]
    fn what_a_whole_read_lacks_is_told() {
        let mut book = Book::default();
        book.read(vec![at(1, 1, Status::Open), at(2, 1, Status::Open), at(3, 1, Status::Snoozed)], false);
        let missing = book.read(vec![at(2, 1, Status::Open)], true);
        assert_eq!((missing, book.rows().len()), (vec![row(1).id], 3));
    }

    proptest! {
        #[test]
        fn each_row_is_there_once_and_revisions_never_go_back(steps in proptest::collection::vec((0u8..6, 0u64..9, 0u8..3), 0..60)) {
            let mut book = Book::default();
            let mut seen: HashMap<ConversationId, u64> = HashMap::new();
            for (id, rev, status) in steps {
                let status = [Status::Open, Status::Snoozed, Status::Done][usize::from(status)].clone();
                book.take(at(id, rev, status));
                if rev % 4 == 3 {
                    book.sweep();
                }
                let mut ids: Vec<&ConversationId> = book.rows().iter().map(|row| &row.id).collect();
                ids.sort();
                ids.dedup();
                prop_assert_eq!(ids.len(), book.rows().len());
                for row in book.rows() {
                    let rev = row.rev.expect("set");
                    let last = seen.insert(row.id.clone(), rev).unwrap_or(0);
                    prop_assert!(rev >= last, "{} after {}", rev, last);
                }
            }
        }
    }
}
