//! Owns which entries of a dialogue have to be written now: what is new, what changed, and words that stream not at each
//! word. Pure; does not veil or write.

use crate::{
    assistant::{CallState, Entry, Event},
    domain::ConversationId,
};

/// Streaming words are written again when so many bytes came: a crash loses less than a screen.
const GROWN: usize = 400;

/// An entry to be written.
#[derive(Clone, Debug, PartialEq)]
pub struct Noted {
    /// Its place in the dialogue.
    pub n: usize,
    /// The conversation it is about.
    pub about: Option<ConversationId>,
    /// The entry, not veiled yet.
    pub entry: Entry,
}

/// What was written of an entry.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Written {
    Words(usize),
    Call(CallState, bool),
}

/// Follows one dialogue after the other.
#[derive(Clone, Debug, Default)]
pub struct Recorder {
    dialogue: u32,
    about: Option<ConversationId>,
    written: Vec<(Option<ConversationId>, Written)>,
}

impl Recorder {
    /// The number of the dialogue in this sitting.
    pub fn dialogue(&self) -> u32 {
        self.dialogue
    }

    /// A new dialogue begins.
    pub fn restart(&mut self) {
        *self = Self { dialogue: self.dialogue + 1, ..Self::default() };
    }

    /// Hears what the turn is about to: a question says what it is about.
    pub fn hear(&mut self, event: &Event) {
        if let Event::Asked { context, .. } = event {
            self.about = context.conversation();
        }
    }

    /// What of the entries has to be written, and counts as written from here on.
    pub fn due(&mut self, entries: &[Entry], is_running: bool) -> Vec<Noted> {
        let last = entries.len().saturating_sub(1);
        let mut due = Vec::new();
        for (n, entry) in entries.iter().enumerate() {
            let now = state(entry);
            let about = match self.written.get(n) {
                Some((_, before)) if *before == now || (n == last && is_running && grew_little(*before, now)) => {
                    continue;
                }
                Some((about, _)) => about.clone(),
                None => self.about.clone(),
            };
            let written = (about.clone(), now);
            match self.written.get_mut(n) {
                Some(old) => *old = written,
                None => self.written.push(written),
            }
            due.push(Noted { n, about, entry: entry.clone() });
        }
        due
    }
}

fn state(entry: &Entry) -> Written {
    match entry {
        Entry::Person(words) | Entry::Model(words) => Written::Words(words.raw().len()),
        Entry::Call(call) => Written::Call(call.state, call.result.is_some()),
        Entry::Notice(_) => Written::Words(0),
    }
}

fn grew_little(before: Written, now: Written) -> bool {
    matches!((before, now), (Written::Words(before), Written::Words(now)) if now < before + GROWN)
}
