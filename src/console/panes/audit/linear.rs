//! Owns how the audit trail reads in linear mode; every fact of the open entry.

use super::{Audit, facts, moment};
use crate::{
    console::{linear::spoken::Spoken, state::Shared},
    privacy::text,
};

impl Audit {
    /// The entries, newest first.
    pub(super) fn in_words(&self, shared: &Shared) -> Spoken {
        if self.report.is_shown {
            let rows = self.report.rows().into_iter().map(|row| row.words).collect();
            return Spoken::of(self.report.made(), "Handover report", rows, self.report.chosen());
        }
        let row = |entry: &&crate::approval::Entry| {
            let what = if entry.summary.is_empty() { &entry.operation } else { &entry.summary };
            let at = moment(entry, shared);
            let all =
                format!("{at}, {} {}, {}, wanted by {}: {what}", entry.event, entry.effect, entry.who, entry.author);
            text::line(&all).into_string()
        };
        let rows: Vec<String> = self.rows().iter().map(row).collect();
        let open = self.chosen().filter(|_| self.open);
        let detail = open.map_or_else(Vec::new, |entry| {
            facts(entry, shared).into_iter().map(|(label, value)| format!("{label}: {value}")).collect()
        });
        let chosen = self.cursor.chosen(rows.len());
        let typing = self.sieve.is_typing.then(|| self.sieve.input.words().to_owned());
        let wrong = self.sieve.wrong().map(str::to_owned);
        Spoken { detail, typing, wrong, ..Spoken::of(&self.entries, "Audit, newest first", rows, chosen) }
    }
}
