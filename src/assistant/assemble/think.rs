//! Owns the telling apart of what a model thinks and what it says, where a server sends both as one text: a leading
//! `<think>…</think>`, however it is cut into pieces. Pure. Reasoning in a field of its own is `assemble`'s.

/// How the reasoning begins and ends. A later mark is part of the answer: somebody may be asking about one.
const OPEN: &str = "<think>";
const CLOSE: &str = "</think>";

/// What a piece of text turned out to be.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Parts {
    /// Reasoning.
    pub(super) thought: String,
    /// The answer.
    pub(super) words: String,
}

/// Splits text as it comes.
#[derive(Debug, Default)]
pub(super) struct Splitter {
    state: State,
    /// What cannot be told yet: the beginning of a mark, perhaps.
    held: String,
}

#[derive(Clone, Copy, Debug, Default)]
enum State {
    #[default]
    Beginning,
    Thinking,
    /// Between the two: blank space there belongs to neither.
    Pausing,
    Speaking,
}

impl Splitter {
    /// Takes the next piece.
    pub(super) fn take(&mut self, piece: &str) -> Parts {
        let mut parts = Parts::default();
        self.held.push_str(piece);
        if matches!(self.state, State::Beginning) {
            self.begin();
        }
        if matches!(self.state, State::Thinking) {
            self.think(&mut parts);
        }
        if matches!(self.state, State::Pausing) {
            self.held = self.held.trim_start().to_owned();
            self.state = if self.held.is_empty() { State::Pausing } else { State::Speaking };
        }
        if matches!(self.state, State::Speaking) {
            parts.words = std::mem::take(&mut self.held);
        }
        parts
    }

    /// What is still held when the text ends.
    pub(super) fn end(&mut self) -> Parts {
        let held = std::mem::take(&mut self.held);
        match self.state {
            State::Thinking => Parts { thought: held, words: String::new() },
            State::Beginning | State::Pausing | State::Speaking => Parts { thought: String::new(), words: held },
        }
    }

    fn begin(&mut self) {
        let start = self.held.trim_start();
        if let Some(rest) = start.strip_prefix(OPEN) {
            self.held = rest.to_owned();
            self.state = State::Thinking;
        } else if !OPEN.starts_with(start) {
            self.state = State::Speaking;
        }
    }

    fn think(&mut self, parts: &mut Parts) {
        if let Some(at) = self.held.find(CLOSE) {
            let rest = self.held.split_off(at);
            parts.thought = std::mem::replace(&mut self.held, rest[CLOSE.len()..].to_owned());
            self.state = State::Pausing;
            return;
        }
        // A mark may be cut anywhere: as much of the end as could begin one waits for the next piece.
        let kept = (1..CLOSE.len()).rev().find(|n| self.held.ends_with(&CLOSE[..*n])).unwrap_or(0);
        let rest = self.held.split_off(self.held.len() - kept);
        parts.thought = std::mem::replace(&mut self.held, rest);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn split<'a>(pieces: impl IntoIterator<Item = &'a str>) -> (String, String) {
        let mut splitter = Splitter::default();
        let (mut thought, mut words) = (String::new(), String::new());
        let mut add = |parts: Parts| {
            thought.push_str(&parts.thought);
            words.push_str(&parts.words);
        };
        pieces.into_iter().for_each(|piece| add(splitter.take(piece)));
        add(splitter.end());
        (thought, words)
    }

    #[test]
    fn reasoning_is_what_stands_in_the_first_mark() {
        for (text, thought, words) in [
            ("Yes.", "", "Yes."),
            ("<think>hm</think>\n\nYes.", "hm", "Yes."),
            ("\n<think>\nhm</think>Yes. <think>no</think>", "\nhm", "Yes. <think>no</think>"),
            ("<think>cut off", "cut off", ""),
            ("<thin", "", "<thin"),
            ("Use <think> tags", "", "Use <think> tags"),
        ] {
            assert_eq!(split([text]), (thought.to_owned(), words.to_owned()), "{text}");
        }
    }

    proptest! {
        #[test]
        fn however_it_is_cut_it_is_split_the_same(text in "(<think>[a-z<>/ ]{0,12}(</think>)?)?[a-z<>/ ]{0,12}", cuts in proptest::collection::vec(1_usize..4, 0..20)) {
            let (mut rest, mut pieces) = (text.as_str(), Vec::new());
            for cut in cuts {
                let (piece, after) = rest.split_at(cut.min(rest.len()));
                pieces.push(piece);
                rest = after;
            }
            pieces.push(rest);
            prop_assert_eq!(split(pieces), split([text.as_str()]));
        }
    }
}
