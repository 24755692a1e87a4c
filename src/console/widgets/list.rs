//! Owns a cursor in a list longer than its room: which row is chosen and which is on top. Plain numbers; the view asks
//! which rows to draw.

use std::ops::Range;

use crate::console::actions::Action;

/// Which row is chosen. The rows shown follow from it and from the room there is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cursor {
    chosen: usize,
}

/// How far a page goes when nobody told how high the list is drawn.
const PAGE: usize = 20;

impl Cursor {
    /// The chosen row; `None` in an empty list.
    pub fn chosen(&self, len: usize) -> Option<usize> {
        len.checked_sub(1).map(|last| self.chosen.min(last))
    }

    /// Chooses a row.
    pub fn choose(&mut self, row: usize) {
        self.chosen = row;
    }

    /// Moves as the action says; `false` if it is no action of moving.
    pub fn act(&mut self, action: Action, len: usize) -> bool {
        let last = len.saturating_sub(1);
        let at = self.chosen.min(last);
        let Some(to) = moved(action, at, last) else { return false };
        self.chosen = to;
        true
    }

    /// The rows to draw in `height` lines: the chosen one stays about in the middle, as far as the ends allow.
    pub fn rows(&self, len: usize, height: usize) -> Range<usize> {
        let at = self.chosen(len).unwrap_or(0);
        let top = at.saturating_sub(height / 2).min(len.saturating_sub(height));
        top..(top + height).min(len)
    }
}

/// Where an action of moving leads from `at`, between 0 and `last`; `None` if it is no such action.
pub fn moved(action: Action, at: usize, last: usize) -> Option<usize> {
    Some(match action {
        Action::Down => (at + 1).min(last),
        Action::Up => at.saturating_sub(1),
        Action::HalfDown => (at + PAGE / 2).min(last),
        Action::HalfUp => at.saturating_sub(PAGE / 2),
        Action::PageDown => (at + PAGE).min(last),
        Action::PageUp => at.saturating_sub(PAGE),
        Action::Top => 0,
        Action::Bottom => last,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cursor_stays_inside_and_in_view() {
        let mut cursor = Cursor::default();
        assert_eq!(cursor.chosen(0), None);
        assert!(cursor.act(Action::Bottom, 100));
        assert_eq!((cursor.chosen(100), cursor.rows(100, 10)), (Some(99), 90..100));
        assert!(cursor.act(Action::HalfUp, 100));
        assert_eq!(cursor.rows(100, 10), 84..94);
        assert_eq!(cursor.chosen(3), Some(2), "a shorter list keeps the cursor inside");
        assert!(!cursor.act(Action::Reload, 100));
    }
}
