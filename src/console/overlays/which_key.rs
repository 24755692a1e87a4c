//! Owns the box that says what can follow the first of two keys, made from the live keymap. It covers the lower right of
//! the body and nothing is chosen in it: the next key is.

use ratatui::{
    buffer::Buffer,
    layout::Rect,
    text::{Line, Span},
};

use crate::console::{
    actions::Action,
    keymap::Key,
    layout,
    state::State,
    theme::{Role, Theme},
    widgets::{cut, frame},
};

/// Room for the keys, and for a key with its words and a gap behind.
const KEYS: usize = 9;
const COLUMN: usize = 42;

/// Draws it while a sequence waits for its second key.
pub fn view(state: &State, theme: &Theme, buf: &mut Buffer) {
    let Some(begun) = &state.around.begun else { return };
    let following = state.keymap.following(begun.stack, begun.key);
    let following: Vec<&(Vec<Key>, Action)> =
        following.iter().filter(|(_, action)| state.has_use_for(*action)).collect();
    let body = layout::body(state);
    let columns = ((usize::from(body.width).saturating_sub(4)) / COLUMN).clamp(1, 2).min(following.len().max(1));
    let rows = following.len().div_ceil(columns);
    let width = u16::try_from(columns * COLUMN + 3).unwrap_or(body.width).min(body.width);
    let height = u16::try_from(rows + 2).unwrap_or(body.height).min(body.height);
    let area = Rect { x: body.right() - width, y: body.bottom() - height, width, height };
    let looks = (Role::BorderFocused, Role::TitleFocused);
    let inside = frame::overlay(theme, state.shared.ascii, &format!("{} …", begun.key), looks, area, buf);
    for (place, (keys, action)) in following.iter().enumerate() {
        let x = u16::try_from(place / rows.max(1) * COLUMN).unwrap_or(u16::MAX).min(inside.width);
        let cell = Rect { x: inside.x + x, width: inside.width - x, ..inside };
        let names: Vec<String> = keys.iter().map(Key::to_string).collect();
        let line = Line::from(vec![
            Span::styled(cut::pad_left(&names.join(" "), KEYS), theme.style(Role::HintKey)),
            Span::raw("  "),
            Span::styled(cut::fit(action.help(), COLUMN - KEYS - 3), theme.style(Role::Text)),
        ]);
        frame::row(&line, cell, u16::try_from(place % rows.max(1)).unwrap_or(u16::MAX), buf);
    }
}
