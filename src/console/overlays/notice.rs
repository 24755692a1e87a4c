//! Owns the small boxes: the question whether to quit, and a message that wants to be read.

use ratatui::{
    buffer::Buffer,
    layout::Rect,
    text::{Line, Span},
};

use crate::console::{
    actions::Action,
    keymap::Stack,
    remote::Problem,
    state::State,
    theme::{Role, Theme},
    widgets::{cut, frame},
};

/// Asks whether to quit, and says what would be lost.
pub fn leaving(state: &State, theme: &Theme, screen: Rect, buf: &mut Buffer) {
    let mut lines: Vec<(String, Role)> = state.unfinished().into_iter().map(|line| (line, Role::Text)).collect();
    lines.push(("What is typed but not sent is kept.".to_owned(), Role::Dim));
    let hints = [(Action::QuitNow, "quit"), (Action::Stay, "stay")];
    boxed(state, theme, (" Quit? ", Role::Warning), &lines, (Stack::Leaving, &hints), screen, buf);
}

/// Shows a failure that wants to be read.
pub fn problem(state: &State, problem: &Problem, theme: &Theme, screen: Rect, buf: &mut Buffer) {
    let lines = [(&problem.what, Role::Strong), (&problem.why, Role::Text), (&problem.next, Role::Accent)]
        .map(|(line, role)| (line.to_string(), role));
    let hints = [(Action::Close, "close")];
    boxed(state, theme, (" Not done ", Role::Error), &lines, (Stack::Notice, &hints), screen, buf);
}

fn boxed(
    state: &State,
    theme: &Theme,
    title: (&str, Role),
    words: &[(String, Role)],
    hints: (Stack, &[(Action, &str)]),
    screen: Rect,
    buf: &mut Buffer,
) {
    let width = screen.width.min(70);
    let room = usize::from(width.saturating_sub(4));
    let lines: Vec<(String, Role)> = words
        .iter()
        .filter(|(line, _)| !line.is_empty())
        .flat_map(|(line, role)| cut::wrap(line, room).into_iter().map(|line| (line, *role)))
        .collect();
    let height = u16::try_from(lines.len()).unwrap_or(u16::MAX).saturating_add(4).min(screen.height);
    let area =
        Rect { x: screen.x + (screen.width - width) / 2, y: screen.y + (screen.height - height) / 3, width, height };
    let inside = frame::overlay(theme, state.shared.ascii, title.0.trim(), (title.1, title.1), area, buf);
    for (row, (line, role)) in (0..inside.height.saturating_sub(2)).zip(&lines) {
        frame::row(&Line::styled(line.as_str(), theme.style(*role)), inside, row, buf);
    }
    let mut spans = Vec::new();
    for (action, word) in hints.1 {
        spans.push(Span::styled(state.keymap.hint(hints.0, *action), theme.style(Role::HintKey)));
        spans.push(Span::styled(format!(" {word}   "), theme.style(Role::Hint)));
    }
    frame::row(&Line::from(spans), inside, inside.height.saturating_sub(1), buf);
}
