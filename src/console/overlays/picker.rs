//! Owns a list to choose from, found by a few letters: users to assign to, tags, times, themes. Knows nothing of what is
//! done with the choice: it goes back to who asked (`Pane::picked`).

use nucleo_matcher::{
    Config, Matcher, Utf32Str,
    pattern::{CaseMatching, Normalization, Pattern},
};
use ratatui::{
    buffer::Buffer,
    layout::Rect,
    text::{Line, Span},
};

use super::choosing::Place;
use crate::{
    console::{
        keymap::Key,
        state::State,
        theme::{Role, Theme},
        widgets::{cut, frame, input::Input},
    },
    privacy::text,
};

/// Columns it takes at most.
const WIDEST: u16 = 64;

/// Something that can be chosen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// What the asker gets.
    pub id: String,
    /// What is shown and matched; made safe when drawn.
    pub label: String,
    /// What is shown beside it.
    pub detail: String,
}

/// The list.
#[derive(Clone, Debug)]
pub struct Picker {
    /// Its title.
    pub title: String,
    /// What it is for, told back to the asker.
    pub purpose: &'static str,
    /// What there is.
    pub choices: Vec<Choice>,
    /// What to type, where free text counts as a choice.
    pub free: Option<&'static str>,
    typed: Input,
    chosen: usize,
}

impl Picker {
    /// A list under a title.
    pub fn new(title: impl Into<String>, purpose: &'static str, choices: Vec<Choice>) -> Self {
        Self { title: title.into(), purpose, choices, free: None, typed: Input::default(), chosen: 0 }
    }

    /// The same list, in which what is typed counts where nothing matches; the hint says what to type.
    #[must_use]
    pub fn or_text(self, hint: &'static str) -> Self {
        Self { free: Some(hint), ..self }
    }

    /// The same list, with the choice on this one.
    #[must_use]
    pub fn standing_on(self, id: &str) -> Self {
        let chosen = self.choices.iter().position(|choice| choice.id == id).unwrap_or(0);
        Self { chosen, ..self }
    }

    /// Takes a key as text.
    pub fn key(&mut self, key: &Key) {
        self.typed.key(key);
        self.chosen = 0;
    }

    /// Takes pasted text.
    pub fn paste(&mut self, text: &str) {
        self.typed.paste(text);
        self.chosen = 0;
    }

    /// Moves among what matches.
    pub fn step(&mut self, by: isize) {
        let len = self.matches().len().max(1) as isize;
        self.chosen = (self.chosen as isize + by).rem_euclid(len).unsigned_abs();
    }

    /// Chooses the n-th of what matches (or what is typed, where that counts); `false` if there are fewer.
    pub fn choose(&mut self, place: usize) -> bool {
        self.chosen = place;
        self.chosen().is_some()
    }

    /// Looks for these letters alone, and says how much matches.
    pub fn narrow(&mut self, words: &str) -> usize {
        self.typed = Input::with(words);
        self.chosen = 0;
        self.matches().len()
    }

    /// What matches, in words.
    pub fn spoken(&self) -> Vec<String> {
        let words = |choice: &&Choice| text::line(&format!("{} {}", choice.label, choice.detail)).trim_end().to_owned();
        self.matches().iter().map(words).collect()
    }

    /// What is chosen: a choice's id, or the typed text where that counts.
    pub fn chosen(&self) -> Option<String> {
        let typed = self.typed.words().trim();
        let free = || (self.free.is_some() && !typed.is_empty()).then(|| typed.to_owned());
        self.matches().get(self.chosen).map(|choice| choice.id.clone()).or_else(free)
    }

    /// What matches, the best first; in the given order while nothing is typed.
    fn matches(&self) -> Vec<&Choice> {
        let typed = self.typed.words().trim();
        if typed.is_empty() {
            return self.choices.iter().collect();
        }
        let pattern = Pattern::parse(typed, CaseMatching::Ignore, Normalization::Smart);
        let mut matcher = Matcher::new(Config::DEFAULT);
        let mut buffer = Vec::new();
        let mut scored: Vec<(u32, usize)> = Vec::new();
        for (place, choice) in self.choices.iter().enumerate() {
            if let Some(score) = pattern.score(Utf32Str::new(&choice.label, &mut buffer), &mut matcher) {
                scored.push((u32::MAX - score, place));
            }
        }
        scored.sort_unstable();
        scored.into_iter().map(|(_, place)| &self.choices[place]).collect()
    }

    /// Chooses the row at a cell, as far as there is one.
    pub fn choose_at(&mut self, screen: Rect, column: u16, row: u16) {
        let count = self.matches().len();
        let at = Place::new(count, self.chosen, WIDEST, screen).row_at(column, row);
        if let Some(row) = at.filter(|row| *row < count) {
            self.chosen = row;
        }
    }

    /// Draws it over the upper middle of the screen.
    pub fn view(&self, state: &State, theme: &Theme, screen: Rect, buf: &mut Buffer) {
        let matches = self.matches();
        let Place { area, list, top } = Place::new(matches.len(), self.chosen, WIDEST, screen);
        let looks = (Role::BorderFocused, Role::TitleFocused);
        let inside = frame::overlay(theme, state.shared.ascii, &self.title, looks, area, buf);
        self.typed.view(theme, self.free.unwrap_or("type a few letters"), true, inside, buf);
        if matches.is_empty() {
            let words = if self.free.is_some() { "Enter takes what is typed" } else { "nothing by that name" };
            frame::row(&Line::styled(words, theme.style(Role::Dim)), list, 0, buf);
        }
        for (row, (place, choice)) in (0..list.height).zip(matches.iter().enumerate().skip(top)) {
            let room = usize::from(list.width);
            let detail = cut::fit(&text::line(&choice.detail), room / 2);
            let label = cut::pad(&text::line(&choice.label), room.saturating_sub(cut::width(&detail) + 1));
            let line = Line::from(vec![
                Span::styled(label, theme.style(Role::Text)),
                Span::raw(" "),
                Span::styled(detail, theme.style(Role::Dim)),
            ]);
            frame::row(&line, list, row, buf);
            if place == self.chosen {
                frame::under(theme.style(Role::Selected), list, row, buf);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn picker() -> Picker {
        let choice = |id: &str, label: &str| Choice { id: id.into(), label: label.into(), detail: String::new() };
        Picker::new("Assign", "assign", vec![choice("u1", "Nadia Okonjo"), choice("u2", "Noor Jansen")])
    }

    #[test]
    fn a_few_letters_find_and_text_counts_only_where_it_may() {
        let mut closed = picker();
        assert_eq!(closed.chosen().as_deref(), Some("u1"));
        closed.paste("jan");
        assert_eq!(closed.chosen().as_deref(), Some("u2"));
        closed.paste("zzz");
        assert_eq!(closed.chosen(), None);
        let mut open = picker().or_text("a time");
        open.paste("2h");
        assert_eq!(open.chosen().as_deref(), Some("2h"));
    }
}
