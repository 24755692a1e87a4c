//! Owns the verbs of triage on what was found: for which row they are, and what the rows show while a change is on its way
//! and after it. What a verb sends is `verbs`'.

use super::{Search, record::Record, shelf::Shelf};
use crate::{
    approval::Change,
    console::{
        pane::Cannot,
        remote::Problem,
        state::Shared,
        verbs::{self, keys::For},
    },
    domain::{Conversation, ConversationId},
    kustomer::Receipt,
};

impl Search {
    /// The chosen row, if it is a conversation a verb can be done to now.
    pub(super) fn target(&self) -> Result<For<'_>, Cannot> {
        let row = if self.is_filtered() {
            let place = self.local_cursor.chosen(self.local.matches().len());
            let known = place.and_then(|place| self.local.get(place)).ok_or(Cannot("nothing matches"))?;
            self.conversation(&ConversationId::new(known.id.clone()))
        } else {
            match self.chosen().ok_or(Cannot("nothing is chosen; `i` writes a query"))? {
                Record::Conversation(row) => Some(row),
                _ => None,
            }
        };
        let row = row.ok_or(Cannot("that is done to a conversation a search here found"))?;
        if self.changing.contains_key(&row.id) {
            return Err(Cannot("its last change is still on its way"));
        }
        Ok(For { rows: vec![row], at_work: None })
    }

    /// A conversation that was found, wherever.
    fn conversation(&self, id: &ConversationId) -> Option<&Conversation> {
        self.shelves.values().flat_map(Shelf::rows).find_map(|row| match row {
            Record::Conversation(row) if row.id == *id => Some(row),
            _ => None,
        })
    }

    /// Shows a conversation as it is now, wherever it was found.
    fn put(&mut self, now: Conversation, shared: &Shared) {
        let now = Record::Conversation(now);
        let all = self.shelves.values_mut().filter_map(|shelf| shelf.found.value_mut()).flat_map(|page| &mut page.rows);
        for row in all.filter(|row| row.word() == now.word() && row.id() == now.id()) {
            row.clone_from(&now);
        }
        self.local.know([&now], shared);
    }

    /// A change is on its way: its conversations show what they will be.
    pub(super) fn begin(&mut self, change: &Change, shared: &Shared) {
        for (id, body) in verbs::moved(change) {
            let Some(before) = self.conversation(&id).cloned() else { continue };
            self.put(verbs::with(&before, body), shared);
            self.changing.entry(id).or_insert(before);
        }
    }

    /// A change ended: its conversations are what the desk answered, or what they were when it did not take it. Without
    /// an answer the revision is not known.
    pub(super) fn settle(&mut self, change: &Change, result: Result<&Receipt, &Problem>, shared: &Shared) {
        for (id, _) in verbs::moved(change) {
            let Some(before) = self.changing.remove(&id) else { continue };
            let answer = result.ok().and_then(Receipt::conversation).filter(|answer| answer.id == id);
            let shown = || self.conversation(&id).map(|row| Conversation { rev: None, ..row.clone() });
            let now = if result.is_ok() { answer.or_else(shown) } else { Some(before) };
            if let Some(now) = now {
                self.put(now, shared);
            }
        }
    }
}
