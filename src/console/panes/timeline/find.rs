//! Owns the search inside a timeline: through the raw words of its entries, the newest first, in slices so that no key waits
//! for the end of a long one. Does not draw matches (`rich::Row::line` does).
//!
//! Letters are compared ignoring ASCII case, as they are marked on screen. Words that HTML breaks are found; words that only
//! a wrapped row breaks are found but not marked.

use crate::{
    console::widgets::rich,
    domain::{Item, Timeline},
};

/// Bytes a slice goes through: a few milliseconds.
const SLICE: usize = 512 * 1024;
/// What an entry costs however short it is.
const EACH: usize = 64;

/// A search, as far as it has come.
#[derive(Debug)]
pub struct Find {
    needle: String,
    /// Entries that hold the words, newest first.
    hits: Vec<usize>,
    /// Entries below this index have not been looked at.
    left: usize,
    /// The way to go once something is found: forward or not.
    pub pending: Option<bool>,
}

impl Find {
    /// A search that has not looked yet.
    pub fn new(words: &str, timeline: &Timeline, pending: Option<bool>) -> Self {
        Self { needle: words.to_ascii_lowercase(), hits: Vec::new(), left: timeline.items.len(), pending }
    }

    /// The words, lower case.
    pub fn needle(&self) -> &str {
        &self.needle
    }

    /// Whether nothing was found so far.
    pub fn is_empty(&self) -> bool {
        self.hits.is_empty()
    }

    /// Whether all entries were looked at.
    pub fn is_done(&self) -> bool {
        self.left == 0
    }

    /// Looks at a slice.
    pub fn look(&mut self, timeline: &Timeline) {
        let mut cost = 0;
        while cost < SLICE && self.left > 0 {
            self.left -= 1;
            let Some(item) = timeline.items.get(self.left) else { continue };
            let mut found = false;
            words(item, |raw| {
                cost += raw.len();
                found = found || holds(raw, &self.needle);
            });
            cost += EACH;
            if found {
                self.hits.push(self.left);
            }
        }
    }

    /// The match after (or before) an entry, going round once all was looked at.
    pub fn beside(&self, at: usize, forward: bool) -> Option<usize> {
        // Newest first: later entries stand further to the front.
        if forward {
            let later = self.hits.partition_point(|hit| *hit > at);
            let round = self.hits.last().filter(|_| self.is_done());
            later.checked_sub(1).map(|place| self.hits[place]).or(round.copied())
        } else {
            let earlier = self.hits.partition_point(|hit| *hit >= at);
            let round = self.hits.first().filter(|_| self.is_done());
            self.hits.get(earlier).or(round).copied()
        }
    }

    /// `3 of 17` (from the newest), `17` when none of them is in hand; with `+` while there may be more.
    pub fn count(&self, at: Option<usize>) -> String {
        let more = if self.is_done() { "" } else { "+" };
        let place = at.and_then(|at| self.hits.binary_search_by(|hit| at.cmp(hit)).ok());
        match place {
            Some(place) => format!("{} of {}{more}", place + 1, self.hits.len()),
            None => format!("{}{more}", self.hits.len()),
        }
    }
}

/// Hands out each of an entry's texts that stands on the page. Subjects do not: most only repeat the conversation's name.
fn words<'a>(item: &'a Item, mut each: impl FnMut(&'a str)) {
    match item {
        Item::Message(message) => {
            each(message.body.raw());
            message.attachments.iter().for_each(|file| each(file.name.raw()));
        }
        Item::Note(note) => each(note.body.raw()),
        Item::Draft(draft) => each(draft.body.raw()),
        Item::Kobject(kobject) => {
            each(kobject.title.raw());
            kobject.external_id.iter().for_each(|id| each(id.raw()));
        }
        Item::Event(event) => event.changes.iter().for_each(|(_, before, after)| {
            each(before.raw());
            each(after.raw());
        }),
    }
}

fn holds(raw: &str, needle: &str) -> bool {
    !needle.is_empty() && rich::bare(raw).to_ascii_lowercase().contains(needle)
}
