//! Owns how the search reads in linear mode: one sentence a customer, and what is wrong with a query.

use super::Search;
use crate::{
    console::{
        linear::{phrase, spoken::Spoken},
        state::Shared,
    },
    privacy::text,
};

impl Search {
    /// What was found, in words.
    pub(super) fn in_words(&self, _shared: &Shared) -> Spoken {
        let rows: Vec<String> = self.rows().iter().map(phrase::customer).collect();
        let chosen = self.cursor.chosen(rows.len());
        let typing = self.is_typing.then(|| {
            format!(
                "a search, e.g. email:~acme.example loyaltyTier:gold; so far: {}",
                text::line(self.query.words()).as_ref()
            )
        });
        let wrong = self.wrong.as_ref().map(|wrong| format!("the query: {}", text::line(&wrong.message).as_ref()));
        Spoken { typing, wrong, ..Spoken::of(&self.found, "Search, customers", rows, chosen) }
    }
}
