//! Owns the filter over what is here already: the rows of every search of this sitting and of the queue. It asks the desk
//! for nothing, and answers each key within a frame: what is compared is one line of lower case a record, made when the
//! record came, and a word that grows looks only at what its beginning had left.
//!
//! Invariants: each record stands here once, as last seen; no more than [`MOST`] of them; nothing in it is unmasked, so a
//! closing window leaves nothing behind.

use std::collections::HashMap;

use jiff::Timestamp;

use super::{record::Record, table};
use crate::{
    console::{msg::Target, pane::Cannot, state::Shared},
    domain::{ContactKind, Guarded},
};

/// The most records.
const MOST: usize = 100_000;
/// The longest line that is compared, in characters.
const LONGEST: usize = 240;

/// A record as far as a list needs it.
#[derive(Clone, Debug)]
pub struct Known {
    /// What it is, in a word.
    pub word: &'static str,
    /// What it is called; safe.
    pub title: String,
    /// What else tells it apart; safe, masked.
    pub detail: String,
    /// When it last changed, or was said.
    pub at: Option<Timestamp>,
    /// Its id at the desk.
    pub id: String,
    opens: Result<Target, Cannot>,
    hay: String,
}

impl Known {
    /// Where it opens.
    pub fn opens(&self) -> Result<Target, Cannot> {
        self.opens.clone()
    }
}

/// Everything that is here, and what of it matches.
#[derive(Debug, Default)]
pub struct Local {
    all: Vec<Known>,
    places: HashMap<(&'static str, String), usize>,
    wanted: Vec<String>,
    matches: Vec<usize>,
    /// Lines compared since the beginning: what a key costs.
    compared: usize,
}

impl Local {
    /// Takes records in, newer ones in the place of older.
    pub fn know<'r>(&mut self, records: impl IntoIterator<Item = &'r Record>, shared: &Shared) {
        for record in records {
            let known = known(record, shared);
            match self.places.get(&(known.word, known.id.clone())) {
                Some(place) => self.all[*place] = known,
                None if self.all.len() < MOST => {
                    self.places.insert((known.word, known.id.clone()), self.all.len());
                    self.all.push(known);
                }
                None => {}
            }
        }
        self.look(0..self.all.len());
    }

    /// How many records there are.
    pub fn len(&self) -> usize {
        self.all.len()
    }

    /// What matches, in the order it came.
    pub fn matches(&self) -> &[usize] {
        &self.matches
    }

    /// A match by its place among them.
    pub fn get(&self, place: usize) -> Option<&Known> {
        self.all.get(*self.matches.get(place)?)
    }

    /// The words that are marked, in lower case.
    pub fn wanted(&self) -> &[String] {
        &self.wanted
    }

    /// Filters by words: a record matches that has them all.
    pub fn filter(&mut self, words: &str) {
        let wanted: Vec<String> = words.split_whitespace().map(str::to_lowercase).collect();
        if wanted == self.wanted {
            return;
        }
        let narrows = !self.wanted.is_empty()
            && self
                .wanted
                .iter()
                .enumerate()
                .all(|(place, old)| wanted.get(place).is_some_and(|new| new.contains(old)));
        self.wanted = wanted;
        if narrows {
            let before = std::mem::take(&mut self.matches);
            self.look(before);
        } else {
            self.look(0..self.all.len());
        }
    }

    fn look(&mut self, among: impl IntoIterator<Item = usize>) {
        if self.wanted.is_empty() {
            self.matches = (0..self.all.len()).collect();
            return;
        }
        let (all, wanted) = (&self.all, &self.wanted);
        let mut compared = 0;
        let fits = |place: &usize| {
            compared += 1;
            wanted.iter().all(|word| all[*place].hay.contains(word.as_str()))
        };
        self.matches = among.into_iter().filter(fits).collect();
        self.compared += compared;
    }
}

/// A record in one line, without anything a mask would hide.
fn known(record: &Record, shared: &Shared) -> Known {
    let masked = |value: &Guarded| match value {
        Guarded::Masked(shown) => shown.line().into_string(),
        Guarded::Revealed(_) => String::new(),
    };
    let (title, detail, at) = match record {
        Record::Customer(customer) => {
            let contacts = [ContactKind::Email, ContactKind::Phone];
            let contacts = contacts.into_iter().filter_map(|kind| customer.contacts_of(kind).next());
            let external = customer.external_id.as_ref().map(|id| id.line().into_string()).into_iter();
            let parts: Vec<String> = contacts.map(|contact| masked(&contact.value)).chain(external).collect();
            (customer.name.line().into_string(), parts.join(" · "), customer.last_activity)
        }
        Record::Conversation(conversation) => {
            let parts = [
                conversation.status.as_str().to_owned(),
                conversation.channels.last().map_or("", |channel| channel.as_str()).to_owned(),
                table::queue(conversation, shared),
                table::assignee(conversation, shared),
                conversation.preview.line().chars().take(120).collect(),
            ];
            let parts: Vec<String> = parts.into_iter().filter(|part| !part.is_empty()).collect();
            (table::subject(conversation), parts.join(" · "), conversation.last_message_at.or(conversation.created))
        }
        Record::Message(message) => {
            let from = message.record.from.as_ref().map(masked).unwrap_or_default();
            (table::said(&message.record), from, message.record.at)
        }
        Record::Note(note) => {
            let by = note.record.by.as_ref().map(|by| table::user(by, shared)).unwrap_or_default();
            (table::plain(&note.record.body), by, note.record.at)
        }
        Record::Company(company) => (company.name.line().into_string(), String::new(), None),
        Record::Kobject(kobject) => {
            let parts: Vec<String> = table::attributes(kobject, shared).take(4).map(|(_, words, _)| words).collect();
            (kobject.title.line().into_string(), parts.join(" · "), kobject.updated.or(kobject.created))
        }
    };
    let cut = |words: String| -> String { words.chars().take(LONGEST).collect() };
    let (title, detail, id) = (cut(title), cut(detail), record.id().to_owned());
    let hay = format!("{} {title} {detail} {id}", record.word()).to_lowercase();
    Known { word: record.word(), title, detail, at, id, opens: record.opens(), hay }
}

#[cfg(test)]
mod tests {
    use jiff::tz::TimeZone;

    use super::*;
    use crate::{console::msg::Moment, domain::Named};

    fn shared() -> Shared {
        let moment = Moment { now: Timestamp::UNIX_EPOCH, elapsed: std::time::Duration::ZERO };
        Shared::new(moment, TimeZone::UTC, String::new())
    }

    fn companies(names: impl Iterator<Item = String>) -> Vec<Record> {
        let company = |(id, name): (usize, String)| Record::Company(Named { id: format!("c{id}"), name: name.into() });
        names.enumerate().map(company).collect()
    }

    fn titles(local: &Local) -> Vec<&str> {
        (0..local.matches().len()).filter_map(|place| local.get(place)).map(|known| known.title.as_str()).collect()
    }

    #[test]
    fn all_words_have_to_be_there_in_any_order_and_case() {
        let mut local = Local::default();
        let names = ["Quill Paper", "Paper Moon", "Öl & Co"];
        local.know(&companies(names.iter().map(ToString::to_string)), &shared());
        local.filter("PAPER quill");
        assert_eq!(titles(&local), ["Quill Paper"]);
        local.filter("öl");
        assert_eq!(titles(&local), ["Öl & Co"]);
        local.filter("");
        assert_eq!(titles(&local).len(), 3);
        local.know(&companies(["Quill Ltd".to_owned()].into_iter()), &shared());
        assert_eq!(titles(&local), ["Quill Ltd", "Paper Moon", "Öl & Co"], "seen again, it is the newer version");
    }

    /// What a key costs is counted, not timed: a hundred thousand comparisons of a short line for the first letter, a
    /// fraction of that for each one after it.
    #[test]
    fn a_growing_word_looks_only_at_what_its_beginning_had_left() {
        let mut local = Local::default();
        local.know(&companies((0..MOST + 10).map(|number| format!("Company {number:06}"))), &shared());
        assert_eq!(local.len(), MOST, "no more than there is room for");
        let mut costs = Vec::new();
        for words in ["0", "00", "000", "0004", "00042", "000421", "000421 company"] {
            let before = local.compared;
            local.filter(words);
            costs.push(local.compared - before);
        }
        assert_eq!(costs[0], MOST);
        assert!(costs.is_sorted_by(|a, b| a >= b) && costs[4] < MOST / 50, "{costs:?}");
        assert_eq!(titles(&local), ["Company 000421"]);
        local.filter("99999");
        assert_eq!(titles(&local), ["Company 099999"], "another word begins anew");
    }
}
