//! Owns how bulk jobs read in linear mode: the open one batch by batch; a plan that is being made, line by line.

use super::{Bulk, list::Tally};
use crate::{
    console::{jobs::JobRow, linear::spoken::Spoken, remote::Remote, state::Shared, widgets::rich::Row},
    privacy::text,
};

impl Bulk {
    /// The jobs of this machine, or the plan in hand.
    pub(super) fn in_words(&self, shared: &Shared) -> Spoken {
        if let Some(wizard) = &self.wizard {
            return wizard.in_words();
        }
        let row = |row: &JobRow| {
            let tally = Tally::of(row, self.jobs.get(&row.started.id).and_then(Remote::value));
            let (words, _) = self.state_words(row, tally);
            text::line(&format!("{}: {words}", row.started.summary)).into_string()
        };
        let rows: Vec<String> = self.rows().iter().map(row).collect();
        let open = self.chosen().filter(|_| self.detail.is_some());
        let detail =
            open.map_or_else(Vec::new, |job| self.detail_rows(job, 100, shared).iter().map(Row::words).collect());
        let chosen = self.cursor.chosen(rows.len());
        Spoken { detail, ..Spoken::of(&self.listed, "Bulk, jobs started here", rows, chosen) }
    }
}
