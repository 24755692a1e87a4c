//! Owns how the search reads in linear mode: one sentence a record, and what is wrong with a query.

use super::{Mode, Record, Search};
use crate::{
    console::{
        linear::{phrase, spoken::Spoken},
        remote::Remote,
        state::Shared,
    },
    kustomer::search::Context,
    privacy::text,
};

/// So many of what matches are rows.
const MOST: usize = 500;

impl Search {
    /// What was found, in words.
    pub(super) fn in_words(&self, shared: &Shared) -> Spoken {
        let typing = match self.mode {
            Mode::Rows => None,
            Mode::Query => Some(format!(
                "a search, e.g. email:~acme.example loyaltyTier:gold; so far: {}",
                text::line(self.query.words()).as_ref()
            )),
            Mode::Filter => Some(format!("filter, so far: {}", text::line(self.filter.words()).as_ref())),
        };
        let wrong = self.wrong.as_ref().map(|wrong| format!("the query: {}", text::line(&wrong.message).as_ref()));
        let place = match &self.place {
            Context::Company => "companies".to_owned(),
            Context::Kobject(klass) => format!("{klass} records"),
            place => format!("{place}s"),
        };
        let head = format!("Search, {}", text::line(&place).as_ref());
        let spoken = match self.shelf() {
            _ if self.is_filtered() => {
                let known = (0..self.local.matches().len().min(MOST)).filter_map(|place| self.local.get(place));
                let rows: Vec<String> =
                    known.map(|known| format!("{} {}, {}", known.word, known.title, known.detail)).collect();
                let chosen = self.local_cursor.chosen(rows.len());
                Spoken::of(&Remote::Ready((), shared.moment.now), "Search, filtered", rows, chosen)
            }
            Some(shelf) => {
                let rows: Vec<String> =
                    (0..shelf.len()).filter_map(|at| shelf.row(at)).map(|record| sentence(record, shared)).collect();
                let chosen = shelf.cursor.chosen(rows.len());
                Spoken::of(&shelf.found, &head, rows, chosen)
            }
            None => Spoken::of(&Remote::<()>::NotAsked, &head, Vec::new(), None),
        };
        Spoken { typing, wrong, ..spoken }
    }
}

fn sentence(record: &Record, shared: &Shared) -> String {
    match record {
        Record::Customer(customer) => phrase::customer(customer),
        Record::Conversation(conversation) => phrase::conversation(conversation, shared),
        Record::Message(message) => format!("message: {}", message.record.body.line().as_ref()),
        Record::Note(note) => format!("note: {}", note.record.body.line().as_ref()),
        Record::Company(company) => format!("company {}", company.name.line().as_ref()),
        Record::Kobject(kobject) => format!("{} {}", kobject.klass, kobject.title.line().as_ref()),
    }
}
