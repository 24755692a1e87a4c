//! Owns how KObjects read in linear mode: rows with the columns somebody chose, headings where they begin, every attribute of
//! the open one, its past, or what describes the klass.

use super::{Kobjects, customer_name, table};
use crate::console::{
    linear::spoken::Spoken,
    remote::Remote,
    state::Shared,
    theme::{Depth, Theme},
};

/// As wide as lines are easily listened to.
const WIDTH: usize = 100;

impl Kobjects {
    /// The records of the chosen klass.
    pub(super) fn in_words(&self, shared: &Shared) -> Spoken {
        let Some(klass) = self.klass(shared) else {
            return Spoken::of(&shared.klasses, "KObjects, klasses", Vec::new(), None);
        };
        let rows: Vec<String> = (0..self.arranged.order.len()).map(|at| self.row_in_words(at, shared)).collect();
        let whose = self.scope().map_or_else(|| "the whole org".to_owned(), |id| customer_name(Some(id), shared));
        let found = self.query.words.as_ref().map(|(_, words)| format!(" found by {words}")).unwrap_or_default();
        let what = format!("{} of {whose}{found}", klass.label.line().as_ref());
        let (theme, _) = Theme::named(Some("terminal"), Depth::Mono);
        let detail = self.detail.as_ref();
        let detail = detail.map_or_else(Vec::new, |detail| self.part_rows(detail.part, shared, &theme, WIDTH));
        let detail = detail.iter().map(|row| row.line.to_string().trim_end().to_owned());
        let detail = detail.filter(|line| !line.is_empty()).collect();
        let chosen = self.cursor.chosen(rows.len());
        let spoken = Spoken::of(&self.found, &what, rows, chosen);
        let waits = spoken.waits || matches!(self.found, Remote::NotAsked);
        let typing = self.query.is_typing.then(|| format!("query: {}", self.query.input.words()));
        let wrong = self.query.wrong.as_ref().map(ToString::to_string);
        Spoken { detail, waits, typing: typing.or(spoken.typing), wrong: wrong.or(spoken.wrong), ..spoken }
    }

    /// One row: its name, the columns that were chosen, and the heading it is the first below.
    fn row_in_words(&self, at: usize, shared: &Shared) -> String {
        let Some(row) = self.arranged.order.get(at).and_then(|place| self.rows().get(*place)) else {
            return String::new();
        };
        let mut words = table::name(row);
        if let Some(klass) = self.klass(shared) {
            let all = super::columns::all(klass, &[row]);
            for name in &self.shapes.of(klass.name.as_str()).columns {
                let Some(attribute) = all.iter().find(|attribute| attribute.name == *name) else { continue };
                let has = super::columns::value(row, attribute);
                let shown = super::value::cell(attribute, has.as_deref(), shared, &self.names);
                if !shown.words.is_empty() {
                    words = format!("{words}; {} {}", attribute.label.line(), shown.words);
                }
            }
        }
        match self.arranged.heads.iter().find(|(before, ..)| *before == at) {
            Some((_, heading, count)) => format!("{heading}, {count}: {words}"),
            None => words,
        }
    }
}
