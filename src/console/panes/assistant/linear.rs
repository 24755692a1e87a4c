//! Owns how the dialogue reads in linear mode: each entry once, when it is whole.

use super::{Assistant, card, said, transcript};
use crate::{
    assistant::{CallEntry, Entry, How, Turn},
    console::{
        linear::{phrase, spoken::Spoken},
        state::Shared,
    },
    privacy::text,
};

impl Assistant {
    /// The entries that are whole, oldest first.
    pub(super) fn in_words(&self, shared: &Shared) -> Spoken {
        let instead = self.past.in_words().or_else(|| self.planning.in_words().filter(|_| self.planning.is_focused()));
        if let Some(instead) = instead {
            return instead;
        }
        let entries = self.turn.entries();
        let last = entries.len().saturating_sub(1);
        let is_whole = |(at, entry): &(usize, &Entry)| match entry {
            Entry::Call(call) => !call.state.is_open(),
            Entry::Person(_) | Entry::Notice(_) => true,
            Entry::Model(_) => *at < last || !self.turn.is_running(),
        };
        let rows = entries.iter().enumerate().take_while(is_whole);
        let rows = rows.map(|(at, entry)| words(&self.turn, at, entry, shared)).collect();
        let detail = self
            .chosen
            .and_then(|at| entries.get(at))
            .map_or_else(Vec::new, |entry| transcript::plain(entry).lines().map(str::to_owned).collect());
        Spoken {
            head: self.heading(shared),
            rows,
            chosen: self.chosen,
            detail,
            typing: self.spoken_typing(),
            waits: self.turn.is_running(),
            grows: true,
            ..Spoken::default()
        }
    }

    fn heading(&self, shared: &Shared) -> String {
        let spent = self.spent.as_ref().map(|spent| format!(", {spent}")).unwrap_or_default();
        format!("{}{spent}", self.title(shared)).replace(" · ", ", ")
    }
}

impl Assistant {
    fn spoken_typing(&self) -> Option<String> {
        if let Some(finding) = &self.finding {
            return Some(format!("words to find in the dialogue; so far: {}", text::line(finding.words()).as_ref()));
        }
        let words = self.prompt.words();
        self.is_typing.then(|| format!("a question to the assistant; so far: {}", text::line(&words).as_ref()))
    }
}

fn words(turn: &Turn, at: usize, entry: &Entry, shared: &Shared) -> String {
    match entry {
        Entry::Person(said) => format!("you: {}", said.block().as_ref()),
        Entry::Model(said) => {
            let sources = turn.sources(at);
            let mut lines = phrase::words(&said::marked(&shared.vault.named(said.raw()), sources));
            lines.extend(said::source_lines(sources).into_iter().map(|(line, _)| line));
            let lines: Vec<String> = lines.iter().map(|line| said::plain(line, turn)).collect();
            format!("assistant: {}", lines.join("\n"))
        }
        Entry::Call(call @ CallEntry { name, effect, state, influences, .. }) => {
            let source = card::source(call, turn).map(|origin| format!(" of {}", origin.source)).unwrap_or_default();
            let effect = effect.map(|effect| format!(" ({})", effect.word())).unwrap_or_default();
            let repeats = influences.iter().find(|influence| influence.how == How::Words);
            let repeats = repeats.map(|influence| format!("; {influence}")).unwrap_or_default();
            format!("call {}{source}{effect}: {}{repeats}", name.line().as_ref(), state.word())
        }
        Entry::Notice(notice) => text::block(&notice.to_string()).into_string(),
    }
}
