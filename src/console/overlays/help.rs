//! Owns the list of keys that work in a place, made from the table of actions and the live keymap.

use ratatui::{
    buffer::Buffer,
    layout::Rect,
    text::{Line, Span},
};

use crate::console::{
    actions::Action,
    keymap::{Key, Stack},
    state::State,
    theme::{Role, Theme},
    widgets::{cut, frame},
};

fn actions(of: Stack) -> Vec<Action> {
    let mut all = Vec::new();
    for context in of.contexts() {
        all.extend(Action::ALL.iter().copied().filter(|action| action.context() == *context && of.has(*action)));
    }
    all
}

fn place(size: (u16, u16), rows: usize) -> Rect {
    let (columns, lines) = size;
    let width = columns.min(76);
    let height = u16::try_from(rows)
        .unwrap_or(u16::MAX)
        .saturating_add(2)
        .min(lines.saturating_sub(2).max(3))
        .min(lines.saturating_sub(1));
    Rect { x: (columns - width) / 2, y: ((lines - height) / 2).max(1).min(lines), width, height }
}

/// The last line that can stand at the top.
pub fn last_top(of: Stack, size: (u16, u16)) -> usize {
    let rows = actions(of).len();
    rows.saturating_sub(usize::from(place(size, rows).height.saturating_sub(2)))
}

/// Draws it.
pub fn view(state: &State, of: Stack, top: usize, theme: &Theme, buf: &mut Buffer) {
    let all = actions(of);
    let area = place(state.size, all.len());
    let title = match of {
        Stack::Pane(pane) | Stack::Typing(pane) => format!("Keys in {}", pane.spec().title),
        Stack::Compose => "Keys in the composer".to_owned(),
        Stack::Card
        | Stack::Reason
        | Stack::Editor
        | Stack::Palette
        | Stack::Picker
        | Stack::Help
        | Stack::Leaving
        | Stack::Notice => "Keys".to_owned(),
    };
    let looks = (Role::BorderFocused, Role::TitleFocused);
    let inside = frame::overlay(theme, state.shared.ascii, &title, looks, area, buf);
    let top = top.min(last_top(of, state.size));
    for (row, action) in (0..inside.height).zip(all.iter().skip(top)) {
        let keys: Vec<String> = state.keymap.keys(*action).iter().map(Key::to_string).collect();
        let line = Line::from(vec![
            Span::styled(cut::pad_left(&keys.join(" "), 18), theme.style(Role::HintKey)),
            Span::raw("  "),
            Span::styled(action.help(), theme.style(Role::Text)),
        ]);
        frame::row(&line, inside, row, buf);
    }
}
