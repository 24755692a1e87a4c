//! Owns a one-line text input: its words, its cursor (between graphemes) and how it is drawn. Together with `composer` it
//! is the text input in which raw keys may be looked at.

use ratatui::{buffer::Buffer, layout::Rect};
use unicode_segmentation::UnicodeSegmentation;

use super::cut;
use crate::{
    console::{
        keymap::{Code, Key},
        theme::{Role, Theme},
    },
    privacy::text,
};

/// The most characters a line may hold; a paste beyond it is cut.
const LONGEST: usize = 4_000;

/// A line being typed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Input {
    words: String,
    /// Byte offset, always at a grapheme's edge.
    at: usize,
}

/// What a key did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Typed {
    /// The words changed.
    Changed,
    /// The cursor moved, at most.
    Moved,
    /// The key means nothing to an input.
    Unused,
}

impl Input {
    /// An input that starts with these words, the cursor behind them.
    pub fn with(words: &str) -> Self {
        let mut input = Self::default();
        input.paste(words);
        input
    }

    /// What is typed so far.
    pub fn words(&self) -> &str {
        &self.words
    }

    /// Where the cursor stands, in bytes.
    pub fn cursor(&self) -> usize {
        self.at
    }

    /// Empties it.
    pub fn clear(&mut self) {
        *self = Self::default();
    }

    /// Takes pasted text: one line, nothing that acts on a terminal.
    pub fn paste(&mut self, pasted: &str) {
        let room = LONGEST.saturating_sub(self.words.chars().count());
        let clean: String = text::line(pasted).chars().take(room).collect();
        self.words.insert_str(self.at, &clean);
        self.at = self.edge_at_or_after(self.at + clean.len());
    }

    /// Takes a key.
    pub fn key(&mut self, key: &Key) -> Typed {
        match (key.code, key.ctrl) {
            (Code::Char('a'), true) | (Code::Home, _) => self.go(0),
            (Code::Char('e'), true) | (Code::End, _) => self.go(self.words.len()),
            (Code::Left, true) => self.go(self.word_before()),
            (Code::Right, true) => self.go(self.word_after()),
            (Code::Left, false) => self.go(self.before()),
            (Code::Right, false) => self.go(self.after()),
            (Code::Char('w') | Code::Backspace, true) => self.cut_to(self.word_before()),
            (Code::Char('u'), true) => self.cut_to(0),
            (Code::Char('k'), true) => self.cut_to(self.words.len()),
            (Code::Backspace, false) => self.cut_to(self.before()),
            (Code::Delete, _) => self.cut_to(self.after()),
            _ => match key.typed() {
                Some(c) => {
                    let mut buffer = [0; 4];
                    self.paste(c.encode_utf8(&mut buffer));
                    Typed::Changed
                }
                None => Typed::Unused,
            },
        }
    }

    fn go(&mut self, to: usize) -> Typed {
        self.at = to;
        Typed::Moved
    }

    fn cut_to(&mut self, to: usize) -> Typed {
        let (from, until) = (self.at.min(to), self.at.max(to));
        self.words.replace_range(from..until, "");
        self.at = self.edge_at_or_after(from);
        if from == until { Typed::Moved } else { Typed::Changed }
    }

    fn before(&self) -> usize {
        self.words[..self.at].grapheme_indices(true).next_back().map_or(0, |(at, _)| at)
    }

    fn after(&self) -> usize {
        self.words[self.at..].graphemes(true).next().map_or(self.at, |grapheme| self.at + grapheme.len())
    }

    fn word_before(&self) -> usize {
        let words = &self.words[..self.at];
        words.unicode_word_indices().next_back().map_or(0, |(at, _)| at)
    }

    fn word_after(&self) -> usize {
        let rest = &self.words[self.at..];
        rest.unicode_word_indices().next().map_or(self.words.len(), |(at, word)| self.at + at + word.len())
    }

    /// Joining characters can melt into their neighbour: the cursor goes behind the grapheme it would stand in.
    fn edge_at_or_after(&self, at: usize) -> usize {
        self.words.grapheme_indices(true).map(|(edge, _)| edge).find(|edge| *edge >= at).unwrap_or(self.words.len())
    }

    /// Draws it in the first row of `area`: the part around the cursor, or the placeholder while it is empty.
    pub fn view(&self, theme: &Theme, placeholder: &str, focused: bool, area: Rect, buf: &mut Buffer) {
        if area.is_empty() {
            return;
        }
        let area = Rect { height: 1, ..area };
        let room = usize::from(area.width);
        buf.set_style(area, theme.style(Role::Input));
        let (shown, cells) = self.visible(room);
        if self.words.is_empty() {
            let words = cut::fit(placeholder, room);
            buf.set_stringn(area.x, area.y, words, room, theme.style(Role::Placeholder));
        } else {
            buf.set_stringn(area.x, area.y, shown, room, theme.style(Role::Input));
        }
        if focused {
            let x = area.x + u16::try_from(cells).unwrap_or(u16::MAX).min(area.width - 1);
            buf.set_style(Rect { x, width: 1, ..area }, theme.style(Role::Cursor));
        }
    }

    /// The words from where the cursor is in view, and the cursor's cell among them.
    fn visible(&self, room: usize) -> (&str, usize) {
        let mut start = 0;
        let mut cells = cut::width(&self.words[..self.at]);
        for (at, grapheme) in self.words[..self.at].grapheme_indices(true) {
            if cells < room {
                break;
            }
            cells = cells.saturating_sub(cut::width(grapheme));
            start = at + grapheme.len();
        }
        (&self.words[start..], cells)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn typed(keys: &str) -> Input {
        let mut input = Input::default();
        for name in keys.split(' ') {
            input.key(&Key::parse(name).expect("a key"));
        }
        input
    }

    #[test]
    fn backspace_takes_a_whole_grapheme() {
        let mut input = Input::with("hi 👨‍👩‍👧‍👦");
        assert_eq!(input.key(&Key::plain(Code::Backspace)), Typed::Changed);
        assert_eq!(input.words(), "hi ");
    }

    #[test]
    fn the_usual_keys_edit_a_line() {
        assert_eq!(typed("a b space c ctrl-w d").words(), "ab d");
        assert_eq!(typed("a b home x delete").words(), "xb");
        assert_eq!(typed("a b left ctrl-k c").words(), "ac");
        assert_eq!(Input::default().key(&Key::plain(Code::Up)), Typed::Unused);
    }

    #[test]
    fn a_paste_is_one_line_and_cannot_act_on_the_terminal() {
        let input = Input::with("a\nb\u{1b}[31mc");
        assert!(!input.words().chars().any(char::is_control), "{:?}", input.words());
    }

    proptest! {
        #[test]
        fn no_row_of_keys_and_pastes_breaks_it(steps in prop::collection::vec((0..12usize, ".{0,6}"), 0..40)) {
            let names = ["left", "right", "home", "end", "backspace", "delete", "ctrl-w", "ctrl-u", "ctrl-k", "ctrl-left",
                "ctrl-right", "x"];
            let mut input = Input::default();
            for (key, pasted) in steps {
                input.paste(&pasted);
                input.key(&Key::parse(names[key]).expect("a key"));
                prop_assert!(input.words().is_char_boundary(input.cursor()));
                let (_, cells) = input.visible(10);
                prop_assert!(cells <= 10);
            }
        }
    }
}
