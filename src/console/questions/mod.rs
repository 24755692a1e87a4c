//! Owns the questions that servers of tools ask a person in the middle of a call: which wait, which is on screen, and what was
//! filled in so far. The answer's channel is the runtime's (`runtime::asks`); what a question may be is
//! `connect::mcp`'s. Performs nothing: `update::asked` drives it.
//!
//! ```text
//! ServerAsks ─> waiting ─ nothing else in front ─> sheet ─ drawn ─> stands ─ keys ─> fields ─ ctrl-s ─> checked ─> AnswerServer
//!                  └ aside (esc)                     └ the call went away: gone        └ ctrl-d no · ctrl-x no answer
//! ```
//!
//! Invariants: all words of a question are a stranger's; who asks is named as our settings name it; no key counts that went
//! down before the question stood there; what is typed here lies on no disk, and no placeholder in it is filled in.

mod field;
mod spoken;
pub mod view;

use std::{collections::VecDeque, time::Duration};

use serde_json::Map;

pub use field::Field;

use super::{
    keymap::Key,
    overlays::approval::{BURST, Pending},
};
use crate::{
    approval::{CALM, Press},
    connect::mcp::{Question, Reply},
    privacy::text,
};

/// Questions that wait at most: who asks more is not answered.
const MOST: usize = 16;

/// Names one question for the length of a sitting.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct AskId(pub u64);

/// Why a question cannot be answered with yes as it stands.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unready {
    /// A field is wrong.
    #[error("{label}: {why}")]
    Field {
        /// Which, by place.
        at: usize,
        /// Its label.
        label: String,
        /// What is wrong.
        why: String,
    },
    /// All of it does not fit.
    #[error("{0}")]
    Whole(String),
}

/// A question, and what was filled in.
#[derive(Debug)]
pub struct Sheet {
    /// Which.
    pub id: AskId,
    /// Who asks: the name our settings give the server, safe.
    pub server: String,
    /// What it asks.
    pub question: Question,
    /// The first line shown; `None` follows the field with the cursor.
    pub top: Option<usize>,
    /// An answer that was pressed, until it is clear that it was not one of many keys at once.
    pub pending: Option<Pending>,
    /// Why the last key did not count.
    pub says: Option<String>,
    /// A browser was asked to open the address.
    pub went: bool,
    fields: Vec<Field>,
    at: usize,
    stood: Option<Duration>,
    is_aside: bool,
    was_tried: bool,
}

impl Sheet {
    fn new(id: AskId, server: &str, question: Question) -> Self {
        let fields = match &question {
            Question::Form { fields, .. } => fields.iter().cloned().map(Field::new).collect(),
            Question::Link { .. } => Vec::new(),
        };
        Self {
            id,
            server: text::line(server).into_string(),
            question,
            top: Some(0),
            pending: None,
            says: None,
            went: false,
            fields,
            at: 0,
            stood: None,
            is_aside: false,
            was_tried: false,
        }
    }

    /// What is to be filled in.
    pub fn fields(&self) -> &[Field] {
        &self.fields
    }

    /// Where the cursor is.
    pub fn at(&self) -> usize {
        self.at
    }

    /// The field with the cursor.
    pub fn field(&self) -> Option<&Field> {
        self.fields.get(self.at)
    }

    /// The same, to be filled in.
    pub fn field_mut(&mut self) -> Option<&mut Field> {
        self.fields.get_mut(self.at)
    }

    /// The address it wants visited, if that is what it wants.
    pub fn address(&self) -> Option<&str> {
        match &self.question {
            Question::Form { .. } => None,
            Question::Link { url, .. } => Some(url),
        }
    }

    /// Goes to the field beside this one, around the ends.
    pub fn step(&mut self, by: isize) {
        let len = self.fields.len().max(1) as isize;
        self.at = (self.at as isize + by).rem_euclid(len).unsigned_abs();
        self.top = None;
    }

    /// Goes to a field; `false` if there is none of that place.
    pub fn go(&mut self, at: usize) -> bool {
        let is_there = at < self.fields.len();
        if is_there {
            (self.at, self.top) = (at, None);
        }
        is_there
    }

    /// Takes a key as text.
    pub fn type_key(&mut self, key: &Key) {
        self.says = None;
        self.top = None;
        self.field_mut().into_iter().for_each(|field| field.type_key(key));
    }

    /// What is wrong with a field, as far as it is to be said: of one nobody touched only after a yes was tried.
    pub fn wrong(&self, field: &Field) -> Option<String> {
        let is_said = self.was_tried || field.is_touched();
        is_said.then(|| field.value().err()).flatten()
    }

    /// The yes this would be.
    ///
    /// # Errors
    /// Why it cannot be given; from then on every field says what is wrong with it.
    pub fn accept(&mut self) -> Result<Reply, Unready> {
        self.was_tried = true;
        let mut filled = Map::new();
        for (at, field) in self.fields.iter().enumerate() {
            match field.value() {
                Ok(value) => filled.extend(value.map(|value| (field.name().to_owned(), value))),
                Err(why) => return Err(Unready::Field { at, label: field.label(), why }),
            }
        }
        // The same check the client makes before it is sent: what it would refuse is said here.
        self.question.check(&filled).map_err(|why| Unready::Whole(text::line(&why).into_string()))?;
        Ok(Reply::Accept(filled))
    }

    /// When a pressed answer has stood alone for long enough.
    pub fn settles_at(&self) -> Option<Duration> {
        self.pending.as_ref().map(|pending| pending.press.at() + BURST)
    }

    /// Whether it was on the screen.
    pub fn has_stood(&self) -> bool {
        self.stood.is_some()
    }

    /// Whether it had stood on the screen long enough when this key went down.
    pub fn stands_for(&self, press: &Press) -> bool {
        self.stood.is_some_and(|at| press.at() >= at + CALM)
    }
}

/// The questions that wait, first come first.
#[derive(Debug, Default)]
pub struct Questions {
    waiting: VecDeque<Sheet>,
    is_open: bool,
}

impl Questions {
    /// Takes a question in; `false` where too many wait.
    pub fn take(&mut self, id: AskId, server: &str, question: Question) -> bool {
        let has_room = self.waiting.len() < MOST;
        if has_room {
            self.waiting.push_back(Sheet::new(id, server, question));
        }
        has_room
    }

    /// A question is gone: it was answered, or nobody waits for the answer. Brings it, and whether it was on screen.
    pub fn remove(&mut self, id: AskId) -> Option<(Sheet, bool)> {
        let was_open = self.open().is_some_and(|sheet| sheet.id == id);
        let at = self.waiting.iter().position(|sheet| sheet.id == id)?;
        self.is_open &= !was_open;
        self.waiting.remove(at).map(|sheet| (sheet, was_open))
    }

    /// Puts the next on the screen that was not put aside; `false` where there is none.
    pub fn show(&mut self) -> bool {
        let next = self.waiting.iter().position(|sheet| !sheet.is_aside);
        if let Some(sheet) = next.and_then(|at| self.waiting.remove(at)) {
            self.waiting.push_front(sheet);
            self.is_open = true;
        }
        next.is_some()
    }

    /// Puts the one on the screen aside: it keeps what was filled in, and stands anew when it comes back.
    pub fn put_aside(&mut self) {
        if let Some(sheet) = self.open_mut() {
            (sheet.is_aside, sheet.stood, sheet.pending) = (true, None, None);
        }
        self.is_open = false;
    }

    /// Those that were put aside come back.
    pub fn bring_back(&mut self) {
        self.waiting.iter_mut().for_each(|sheet| sheet.is_aside = false);
    }

    /// Something else stands in front of it: it has to stand anew before a key counts.
    pub fn cover(&mut self) {
        if let Some(sheet) = self.open_mut() {
            (sheet.stood, sheet.pending) = (None, None);
        }
    }

    /// It was on screen in a frame.
    pub fn painted(&mut self, id: AskId, at: Duration) {
        if let Some(sheet) = self.open_mut().filter(|sheet| sheet.id == id) {
            sheet.stood.get_or_insert(at);
        }
    }

    /// Whether a frame of it is still to be told.
    pub fn unpainted(&self) -> Option<AskId> {
        self.open().filter(|sheet| sheet.stood.is_none()).map(|sheet| sheet.id)
    }

    /// The one on the screen.
    pub fn open(&self) -> Option<&Sheet> {
        self.waiting.front().filter(|_| self.is_open)
    }

    /// The same, to be filled in.
    pub fn open_mut(&mut self) -> Option<&mut Sheet> {
        self.waiting.front_mut().filter(|_| self.is_open)
    }

    /// How many wait, the one on the screen among them.
    pub fn len(&self) -> usize {
        self.waiting.len()
    }

    /// Whether none waits.
    pub fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    /// Whether one waits that was not put aside, and none is on screen.
    pub fn wants_in(&self) -> bool {
        !self.is_open && self.waiting.iter().any(|sheet| !sheet.is_aside)
    }
}

#[cfg(test)]
mod tests;
