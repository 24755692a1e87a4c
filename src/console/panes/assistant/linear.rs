//! Owns how the dialogue reads in linear mode: each entry once, when it is whole.

use super::{Assistant, transcript};
use crate::{
    assistant::{CallEntry, Entry},
    console::{
        linear::{phrase, spoken::Spoken},
        state::Shared,
    },
    privacy::text,
};

impl Assistant {
    /// The entries that are whole, oldest first.
    pub(super) fn in_words(&self, shared: &Shared) -> Spoken {
        let entries = self.turn.entries();
        let last = entries.len().saturating_sub(1);
        let is_whole = |(at, entry): &(usize, &Entry)| match entry {
            Entry::Call(call) => !call.state.is_open(),
            Entry::Person(_) | Entry::Notice(_) => true,
            Entry::Model(_) => *at < last || !self.turn.is_running(),
        };
        let rows = entries.iter().enumerate().take_while(is_whole).map(|(_, entry)| words(entry, shared)).collect();
        let detail = self
            .chosen
            .and_then(|at| entries.get(at))
            .map_or_else(Vec::new, |entry| transcript::plain(entry).lines().map(str::to_owned).collect());
        Spoken {
            head: self.title(shared).replace(" · ", ", "),
            rows,
            chosen: self.chosen,
            detail,
            typing: self
                .is_typing
                .then(|| format!("a question to the assistant; so far: {}", text::line(&self.prompt.words()).as_ref())),
            waits: self.turn.is_running(),
            grows: true,
            ..Spoken::default()
        }
    }
}

fn words(entry: &Entry, shared: &Shared) -> String {
    match entry {
        Entry::Person(said) => format!("you: {}", said.block().as_ref()),
        Entry::Model(said) => format!("assistant: {}", phrase::words(&shared.vault.named(said.raw())).join("\n")),
        Entry::Call(CallEntry { name, effect, state, .. }) => {
            let effect = effect.map(|effect| format!(" ({})", effect.word())).unwrap_or_default();
            format!("call {}{effect}: {}", name.line().as_ref(), state.word())
        }
        Entry::Notice(notice) => text::block(&notice.to_string()).into_string(),
    }
}
