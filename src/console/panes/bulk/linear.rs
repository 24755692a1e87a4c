//! Owns how bulk jobs read in linear mode; the open one batch by batch.

use super::{Bulk, Tally};
use crate::{
    console::{linear::spoken::Spoken, remote::Remote, state::Shared, widgets::rich::Row},
    privacy::text,
    store::StartedJob,
};

impl Bulk {
    /// The jobs started here.
    pub(super) fn in_words(&self, _shared: &Shared) -> Spoken {
        let row = |started: &StartedJob| {
            let job = self.jobs.get(&started.id).and_then(Remote::value);
            let (words, _) = self.state_words(started, job.map(Tally::of).unwrap_or_default());
            text::line(&format!("{}: {words}", started.summary)).into_string()
        };
        let rows: Vec<String> = self.rows().iter().map(row).collect();
        let open = self.chosen().filter(|_| self.detail.is_some());
        let detail = open.map_or_else(Vec::new, |job| self.detail_rows(job, 100).iter().map(Row::words).collect());
        let chosen = self.cursor.chosen(rows.len());
        Spoken { detail, ..Spoken::of(&self.started, "Bulk, jobs started here", rows, chosen) }
    }
}
