//! Owns the palette: everything one can do from the pane in front, found by a few letters of its name or help.

use nucleo_matcher::{
    Config, Matcher, Utf32Str,
    pattern::{CaseMatching, Normalization, Pattern},
};
use ratatui::{
    buffer::Buffer,
    layout::Rect,
    text::{Line, Span},
};

use crate::console::{
    actions::Action,
    keymap::{Key, Stack},
    panes::PaneId,
    state::State,
    theme::{Role, Theme},
    widgets::{cut, frame, input::Input},
};

/// The palette.
#[derive(Debug)]
pub struct Palette {
    pane: PaneId,
    typed: Input,
    chosen: usize,
}

impl Palette {
    /// An empty palette over a pane.
    pub fn new(pane: PaneId) -> Self {
        Self { pane, typed: Input::default(), chosen: 0 }
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

    /// Chooses the n-th of what matches; `false` if there are fewer.
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
        self.matches().iter().map(|action| format!("{}: {}", action.name(), action.help())).collect()
    }

    /// The action to do.
    pub fn chosen(&self) -> Option<Action> {
        self.matches().get(self.chosen).copied()
    }

    /// What matches, the best first. An action's own name, typed in full, comes before all.
    fn matches(&self) -> Vec<Action> {
        let stack = Stack::Pane(self.pane);
        let all = Action::ALL.iter().copied().filter(|action| action.is_command() && stack.has(*action));
        let typed = self.typed.words().trim().trim_start_matches(':');
        if typed.is_empty() {
            return all.collect();
        }
        let pattern = Pattern::parse(typed, CaseMatching::Ignore, Normalization::Smart);
        let mut matcher = Matcher::new(Config::DEFAULT);
        let mut buffer = Vec::new();
        let mut scored: Vec<(bool, u32, Action)> = all
            .filter_map(|action| {
                let words = format!("{} {}", action.name(), action.help());
                let score = pattern.score(Utf32Str::new(&words, &mut buffer), &mut matcher)?;
                Some((action.name() != typed, u32::MAX - score, action))
            })
            .collect();
        scored.sort();
        scored.into_iter().map(|(.., action)| action).collect()
    }

    /// Draws it over the upper middle of the screen.
    pub fn view(&self, state: &State, theme: &Theme, screen: Rect, buf: &mut Buffer) {
        let matches = self.matches();
        let width = screen.width.saturating_sub(4).min(72);
        let height = u16::try_from(matches.len()).unwrap_or(u16::MAX).clamp(1, 14).saturating_add(4).min(screen.height);
        let area = Rect {
            x: screen.x + (screen.width - width) / 2,
            y: screen.y + screen.height.saturating_sub(height) / 4,
            width,
            height,
        };
        let looks = (Role::BorderFocused, Role::TitleFocused);
        let inside = frame::overlay(theme, state.shared.ascii, "Commands", looks, area, buf);
        self.typed.view(theme, "type a few letters", true, inside, buf);
        let list = Rect { y: inside.y + 2, height: inside.height.saturating_sub(2), ..inside };
        if matches.is_empty() {
            frame::row(&Line::styled("nothing by that name here", theme.style(Role::Dim)), list, 0, buf);
        }
        let top = (self.chosen + 1).saturating_sub(usize::from(list.height));
        for (row, (place, action)) in (0..list.height).zip(matches.iter().enumerate().skip(top)) {
            let key = state.keymap.hint(Stack::Pane(self.pane), *action);
            let name = cut::pad(action.name(), 16);
            let help = cut::pad(action.help(), usize::from(list.width).saturating_sub(16 + 12));
            let line = Line::from(vec![
                Span::styled(name, theme.style(Role::Strong)),
                Span::styled(help, theme.style(Role::Dim)),
                Span::styled(cut::pad_left(&key, 11), theme.style(Role::HintKey)),
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

    fn first(typed: &str) -> Option<Action> {
        let mut palette = Palette::new(PaneId::Queue);
        palette.paste(typed);
        palette.chosen()
    }

    #[test]
    fn a_full_name_wins_and_a_few_letters_find() {
        assert_eq!(first("quit"), Some(Action::Quit));
        assert_eq!(first(":quit"), Some(Action::Quit));
        assert_eq!(first("audit"), Some(Action::GoAudit));
        assert_eq!(first("rld"), Some(Action::Reload));
        assert_eq!(first("zzzz"), None);
    }
}
