//! Owns how drafts read in linear mode; the chosen one is read whole.

use super::{Drafts, entry::Entry};
use crate::console::{
    linear::{phrase, spoken::Spoken},
    state::Shared,
};

impl Drafts {
    /// Drafts at the desk and words half typed here.
    pub(super) fn in_words(&self, shared: &Shared) -> Spoken {
        let entries = self.entries(shared);
        let row = |entry: &Entry<'_>| match entry {
            Entry::Desk(draft) => format!("{}, {}: {}", draft.channel.as_str(), draft.status, entry.name()),
            Entry::Here(..) => format!("half typed here, {}", entry.name()),
        };
        let rows: Vec<String> = entries.iter().map(row).collect();
        let chosen = self.cursor.chosen(rows.len());
        let detail = chosen.map_or_else(Vec::new, |at| phrase::words(&entries[at].words()));
        Spoken { detail, ..Spoken::of(self.walk.found(), "Drafts, not sent", rows, chosen) }
    }
}
