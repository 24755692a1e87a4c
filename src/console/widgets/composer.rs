//! Owns the input of several lines: words being written for a prompt, a note, an edit. A wrapper around `tui_textarea` that
//! deletes whole graphemes, takes only clean text, and counts what the channel would take.

use ratatui::{buffer::Buffer, layout::Rect, style::Style, text::Line, widgets::Widget};
use tui_textarea::{CursorMove, Input as Press, Key as Name, TextArea, WrapMode};
use unicode_segmentation::UnicodeSegmentation;

use super::input::Typed;
use crate::{
    console::{
        keymap::{Code, Key},
        theme::{Role, Theme},
    },
    privacy::text,
};

/// The most characters a composer holds: the text area wraps all of it for each frame.
const LONGEST: usize = 60_000;

/// Words being written.
#[derive(Clone, Debug)]
pub struct Composer {
    area: TextArea<'static>,
}

impl Default for Composer {
    fn default() -> Self {
        Self::with("")
    }
}

impl Composer {
    /// A composer that starts with these words, the cursor behind them.
    pub fn with(words: &str) -> Self {
        let clean: String = text::block(words).chars().take(LONGEST).collect();
        let mut area = TextArea::new(clean.split('\n').map(str::to_owned).collect());
        area.set_wrap_mode(WrapMode::WordOrGlyph);
        area.move_cursor(CursorMove::Bottom);
        area.move_cursor(CursorMove::End);
        Self { area }
    }

    /// What is written so far.
    pub fn words(&self) -> String {
        self.area.lines().join("\n")
    }

    /// Whether there is nothing but white space.
    pub fn is_blank(&self) -> bool {
        self.area.lines().iter().all(|line| line.trim().is_empty())
    }

    /// Empties it.
    pub fn clear(&mut self) {
        *self = Self::default();
    }

    /// How many characters it holds, as channels count them.
    pub fn count(&self) -> usize {
        let lines = self.area.lines();
        lines.iter().map(|line| line.chars().count()).sum::<usize>() + lines.len().saturating_sub(1)
    }

    /// Whether the cursor stands in the first line, or in the last.
    pub fn is_at_edge(&self, first: bool) -> bool {
        let tui_textarea::DataCursor(row, _) = self.area.cursor();
        if first { row == 0 } else { row + 1 >= self.area.lines().len() }
    }

    /// How many lines it would like to have on screen, at this width.
    pub fn height(&self, width: u16) -> u16 {
        let width = usize::from(width.max(1));
        let rows: usize = self.area.lines().iter().map(|line| super::cut::width(line) / width + 1).sum();
        u16::try_from(rows).unwrap_or(u16::MAX)
    }

    /// Takes pasted text: line breaks stay, nothing that acts on a terminal or hides does.
    pub fn paste(&mut self, pasted: &str) {
        let room = LONGEST.saturating_sub(self.count());
        let clean: String = text::block(pasted).chars().take(room).collect();
        self.area.insert_str(&clean);
    }

    /// Breaks the line at the cursor.
    pub fn new_line(&mut self) {
        if self.count() < LONGEST {
            self.area.insert_newline();
        }
    }

    /// Takes a key.
    pub fn key(&mut self, key: &Key) -> Typed {
        if let Some(c) = key.typed() {
            let mut buffer = [0; 4];
            self.paste(c.encode_utf8(&mut buffer));
            return Typed::Changed;
        }
        match (key.code, key.ctrl) {
            (Code::Backspace, false) => self.erase_before(),
            (Code::Enter, _) => self.new_line(),
            _ => {
                let Some(name) = name(key.code) else { return Typed::Unused };
                let press = Press { key: name, ctrl: key.ctrl, alt: key.alt, shift: key.shift };
                return if self.area.input(press) { Typed::Changed } else { Typed::Moved };
            }
        }
        Typed::Changed
    }

    /// The text area's unit is the character, which would tear families and flags apart: delete a grapheme's worth.
    fn erase_before(&mut self) {
        let tui_textarea::DataCursor(row, column) = self.area.cursor();
        let Some(line) = self.area.lines().get(row) else { return };
        let before: String = line.chars().take(column).collect();
        let count = before.graphemes(true).next_back().map_or(0, |grapheme| grapheme.chars().count());
        if count == 0 {
            self.area.delete_char();
            return;
        }
        for _ in 0..count {
            self.area.move_cursor(CursorMove::Back);
        }
        self.area.delete_str(count);
    }

    /// Draws it.
    pub fn view(&self, theme: &Theme, placeholder: &str, focused: bool, area: Rect, buf: &mut Buffer) {
        buf.set_style(area, theme.style(Role::Input));
        if self.area.is_empty() && !placeholder.is_empty() {
            let words = super::cut::fit(placeholder, usize::from(area.width));
            Line::styled(words, theme.style(Role::Placeholder)).render(area, buf);
            if focused && !area.is_empty() {
                buf.set_style(Rect { width: 1, height: 1, ..area }, theme.style(Role::Cursor));
            }
            return;
        }
        let mut drawn = self.area.clone();
        drawn.set_style(theme.style(Role::Input));
        drawn.set_cursor_line_style(Style::default());
        drawn.set_cursor_style(if focused { theme.style(Role::Cursor) } else { Style::default() });
        Widget::render(&drawn, area, buf);
    }
}

/// The text area's name of a key that is not a character to insert.
fn name(code: Code) -> Option<Name> {
    Some(match code {
        Code::Char(c) => Name::Char(c),
        Code::Backspace => Name::Backspace,
        Code::Delete => Name::Delete,
        Code::Up => Name::Up,
        Code::Down => Name::Down,
        Code::Left => Name::Left,
        Code::Right => Name::Right,
        Code::Home => Name::Home,
        Code::End => Name::End,
        Code::PageUp => Name::PageUp,
        Code::PageDown => Name::PageDown,
        Code::Enter | Code::Esc | Code::Tab | Code::Insert | Code::F(_) => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn backspace_takes_a_whole_grapheme() {
        for (before, after) in [("hi 👨‍👩‍👧‍👦", "hi "), ("🇩🇪", ""), ("cafe\u{301}", "caf"), ("a\n", "a")]
        {
            let mut composer = Composer::with(before);
            composer.key(&Key::plain(Code::Backspace));
            assert_eq!(composer.words(), after);
        }
    }

    #[test]
    fn a_paste_keeps_its_lines_and_loses_what_acts_on_a_terminal() {
        let mut composer = Composer::default();
        composer.paste("one\r\ntwo\u{1b}[31m\u{202e}");
        let words = composer.words();
        assert!(words.starts_with("one\ntwo"), "{words:?}");
        assert!(!words.chars().any(|c| c == '\u{1b}' || c == '\u{202e}' || c == '\r'), "{words:?}");
    }

    #[test]
    fn characters_are_counted_as_channels_count_them() {
        assert_eq!(Composer::with("ab\nc").count(), 4);
        assert!(Composer::with(" \n ").is_blank());
    }
}
