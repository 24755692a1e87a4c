//! Owns finding words in the dialogue, folded results included. Does not draw the marks (`transcript`).

use super::card::pretty_value;
use crate::assistant::{Entry, Turn};

/// A search for words.
#[derive(Debug)]
pub struct Find {
    /// The words, in lower case.
    needle: String,
}

impl Find {
    /// For these words; none for nothing.
    pub fn new(words: &str) -> Option<Self> {
        let needle = words.trim().to_lowercase();
        (!needle.is_empty()).then_some(Self { needle })
    }

    /// The words, in lower case.
    pub fn needle(&self) -> &str {
        &self.needle
    }

    /// The entries that hold them.
    pub fn hits(&self, turn: &Turn) -> Vec<usize> {
        let holds = |(at, entry): (usize, &Entry)| words(entry).to_lowercase().contains(&self.needle).then_some(at);
        turn.entries().iter().enumerate().filter_map(holds).collect()
    }

    /// The hit after (or before) an entry, going round.
    pub fn beside(&self, turn: &Turn, at: Option<usize>, forward: bool) -> Option<usize> {
        let hits = self.hits(turn);
        let beyond = if forward {
            hits.iter().find(|hit| at.is_none_or(|at| **hit > at)).or(hits.first())
        } else {
            hits.iter().rev().find(|hit| at.is_none_or(|at| **hit < at)).or(hits.last())
        };
        beyond.copied()
    }

    /// `2 of 5`, or how many where none is chosen.
    pub fn count(&self, turn: &Turn, chosen: Option<usize>) -> String {
        let hits = self.hits(turn);
        match chosen.and_then(|chosen| hits.iter().position(|hit| *hit == chosen)) {
            Some(place) => format!("{} of {}", place + 1, hits.len()),
            None => hits.len().to_string(),
        }
    }
}

/// Everything an entry says, on screen or unfolded.
fn words(entry: &Entry) -> String {
    match entry {
        Entry::Person(words) | Entry::Model(words) => words.raw().to_owned(),
        Entry::Notice(notice) => notice.to_string(),
        Entry::Call(call) => {
            let mut all = vec![call.name.raw().to_owned(), call.arguments.raw().to_owned()];
            all.extend(call.sent.iter().cloned());
            all.extend(call.influences.iter().map(ToString::to_string));
            all.extend(call.result.as_ref().map(pretty_value));
            all.join("\n")
        }
    }
}
