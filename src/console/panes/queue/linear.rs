//! Owns how the queue reads in linear mode: one sentence a conversation.

use super::Queue;
use crate::console::{
    linear::{phrase, spoken::Spoken},
    state::Shared,
};

impl Queue {
    /// The rows the filter lets through, in words.
    pub(super) fn in_words(&self, shared: &Shared) -> Spoken {
        let found = self.rows(shared);
        let rows: Vec<String> = found.iter().map(|row| phrase::conversation(row, shared)).collect();
        let chosen = self.cursor.place(&found);
        let typing = self.is_filtering.then(|| format!("filter, so far: {}", self.filter.words()));
        let filtered = self.filter.words().trim();
        let spoken = Spoken::of(&self.extent, "Queue, open conversations", rows, chosen);
        let head = if filtered.is_empty() { spoken.head } else { format!("{}, filtered; back clears it", spoken.head) };
        Spoken { head, typing, ..spoken }
    }
}
