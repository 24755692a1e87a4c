//! Owns the frames around panes and overlays, so that focus and titles look the same everywhere.

use ratatui::{
    buffer::Buffer,
    layout::Rect,
    style::Style,
    symbols::border,
    text::{Line, Span},
    widgets::{Block, Clear, Widget},
};

use super::cut;
use crate::console::{
    pane::ViewCx,
    theme::{Role, Theme},
};

/// Line drawing for terminals that were asked to stay with ASCII.
const ASCII: border::Set<'static> = border::Set {
    top_left: "+",
    top_right: "+",
    bottom_left: "+",
    bottom_right: "+",
    vertical_left: "|",
    vertical_right: "|",
    horizontal_top: "-",
    horizontal_bottom: "-",
};

/// The set of lines to draw with.
pub fn lines(ascii: bool) -> border::Set<'static> {
    if ascii { ASCII } else { border::ROUNDED }
}

/// Draws a pane's frame with its title and gives the room inside.
pub fn pane(cx: &ViewCx<'_>, area: Rect, buf: &mut Buffer) -> Rect {
    titled(cx, &cx.title, cx.focused, area, buf)
}

/// The room inside a pane's frame.
pub fn inside(area: Rect) -> Rect {
    Block::bordered().inner(area)
}

/// Draws a frame inside a pane (a list, a preview) and gives the room inside.
pub fn titled(cx: &ViewCx<'_>, title: &str, focused: bool, area: Rect, buf: &mut Buffer) -> Rect {
    let (line, words) = if focused { (Role::BorderFocused, Role::TitleFocused) } else { (Role::Border, Role::Title) };
    let title = cut::fit(title, usize::from(area.width).saturating_sub(4));
    let block = Block::bordered()
        .border_set(lines(cx.shared.ascii))
        .border_style(cx.theme.style(line))
        .title(Line::from(Span::styled(format!(" {title} "), cx.theme.style(words))));
    let inside = block.inner(area);
    block.render(area, buf);
    inside
}

/// Clears room for an overlay, draws its frame, and gives the room inside (one cell of air left and right).
pub fn overlay(theme: &Theme, ascii: bool, title: &str, looks: (Role, Role), area: Rect, buf: &mut Buffer) -> Rect {
    Clear.render(area, buf);
    buf.set_style(area, theme.style(Role::Ground));
    let (line, words) = looks;
    let block = Block::bordered()
        .border_set(lines(ascii))
        .border_style(theme.style(line))
        .title(Line::from(Span::styled(format!(" {title} "), theme.style(words))));
    block.render(area, buf);
    inside_overlay(area)
}

/// The room inside an overlay's frame.
pub fn inside_overlay(area: Rect) -> Rect {
    let inside = inside(area);
    Rect { x: inside.x + 1, width: inside.width.saturating_sub(2), ..inside }
}

/// A line of spans at a row of the room, cut at its right edge.
pub fn row(line: &Line<'_>, area: Rect, row: u16, buf: &mut Buffer) {
    if row < area.height {
        buf.set_line(area.x, area.y + row, line, area.width);
    }
}

/// Lays a style under a whole row, keeping what the cells say.
pub fn under(style: Style, area: Rect, row: u16, buf: &mut Buffer) {
    if row < area.height {
        buf.set_style(Rect { y: area.y + row, height: 1, ..area }, style);
    }
}
