//! Owns where things stand on a screen of any size: pure, used by the view and by the mouse alike. How panes share the
//! body is `tiles`'s; here is whether a screen has the room for it.

use ratatui::layout::{Position, Rect};

use super::{compose, panes::PaneId, state::State, widgets::cut};

/// The parts of the screen; a part without room has no height.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Areas {
    /// The header line.
    pub header: Rect,
    /// The tab bar.
    pub tabs: Rect,
    /// The panes.
    pub body: Rect,
    /// Hints and passing words.
    pub hints: Rect,
}

/// Cuts a screen into its parts. Small screens give up the tab bar, then the hints; the header (which says SANDBOX) last.
pub fn areas(screen: Rect) -> Areas {
    let line = |y: u16, wanted: bool| Rect { y, height: u16::from(wanted), ..screen };
    let rows = screen.height;
    let (header, tabs, hints) = (rows >= 2, rows >= 10, rows >= 5);
    let top = screen.y + u16::from(header) + u16::from(tabs);
    let bottom = screen.bottom() - u16::from(hints);
    Areas {
        header: line(screen.y, header),
        tabs: line(screen.y + u16::from(header), tabs),
        body: Rect { y: top, height: bottom.saturating_sub(top), ..screen },
        hints: line(bottom, hints),
    }
}

/// The least a pane needs to stand beside others: columns, rows.
const LEAST: (u16, u16) = (36, 7);

/// The body of the present screen, less what the composer takes below.
pub fn body(state: &State) -> Rect {
    let whole = areas(Rect::new(0, 0, state.size.0, state.size.1)).body;
    let taken = state.composing.open.as_ref().map_or(0, |writing| compose::view::place(writing, whole).height);
    Rect { height: whole.height - taken, ..whole }
}

/// The panes on screen and where: all that share it where each has the room, else the one in front alone.
pub fn parts(state: &State) -> Vec<(PaneId, Rect)> {
    let body = body(state);
    let all = state.around.tiles.parts(body);
    let has_room = |(_, part): &(PaneId, Rect)| part.width >= LEAST.0 && part.height >= LEAST.1;
    if !state.around.is_zoomed && all.iter().all(has_room) && all.iter().any(|(pane, _)| *pane == state.focus) {
        return all;
    }
    vec![(state.focus, body)]
}

/// The pane at a cell and where it stands.
pub fn part_at(state: &State, column: u16, row: u16) -> Option<(PaneId, Rect)> {
    parts(state).into_iter().find(|(_, part)| part.contains(Position { x: column, y: row }))
}

/// The labels of the tab bar that fit this width, with their columns.
pub fn tabs(state: &State, width: u16) -> Vec<(PaneId, String, u16)> {
    let label = |(place, pane): (usize, &PaneId), level: u8| {
        let number = place + 1;
        let title = pane.spec().title;
        let badge = state.panes.badge(*pane, &state.shared).filter(|_| level == 0);
        match (level, badge) {
            (0, Some(badge)) => format!(" {number} {title} {badge} "),
            (2, _) if *pane != state.focus => format!("{number} {title} "),
            (3, _) if *pane != state.focus => format!(" {number} "),
            (4, _) if *pane != state.focus => number.to_string(),
            _ => format!(" {number} {title} "),
        }
    };
    let mut labels = Vec::new();
    for level in 0..5 {
        labels = PaneId::ALL.iter().enumerate().map(|tab| label(tab, level)).collect();
        if labels.iter().map(|label: &String| cut::width(label)).sum::<usize>() <= usize::from(width) {
            break;
        }
    }
    let mut column = 0;
    PaneId::ALL
        .iter()
        .zip(labels)
        .map(|(pane, label)| {
            let at = column;
            column += u16::try_from(cut::width(&label)).unwrap_or(0);
            (*pane, label, at)
        })
        .collect()
}

/// The tab at a cell, for the mouse.
pub fn tab_at(state: &State, column: u16, row: u16) -> Option<PaneId> {
    let bar = areas(Rect::new(0, 0, state.size.0, state.size.1)).tabs;
    if bar.height == 0 || row != bar.y {
        return None;
    }
    tabs(state, bar.width)
        .into_iter()
        .find(|(_, label, at)| column >= *at && usize::from(column - at) < cut::width(label))
        .map(|(pane, ..)| pane)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_part_lies_on_the_screen_however_small() {
        for (width, height) in [(0, 0), (1, 1), (40, 2), (40, 5), (80, 24), (200, 60)] {
            let screen = Rect::new(0, 0, width, height);
            let Areas { header, tabs, body, hints } = areas(screen);
            for part in [header, tabs, body, hints] {
                assert_eq!(part.intersection(screen), part, "{width}x{height}");
            }
            assert_eq!(header.height + tabs.height + body.height + hints.height, height, "{width}x{height}");
        }
    }
}
