//! Owns where a list to choose from stands over the screen, for drawing it and for the mouse: an input above, rows below.
//! Does not know what the rows are.

use ratatui::layout::{Position, Rect};

use crate::console::widgets::frame;

/// Rows that are seen at once.
const MOST: u16 = 14;

/// Where a list stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// With its frame.
    pub area: Rect,
    /// Its rows.
    pub list: Rect,
    /// The row at the top of what is seen.
    pub top: usize,
}

impl Place {
    /// A list of so many rows, at most so wide, over the upper middle of the screen, with the chosen row in sight.
    pub fn new(rows: usize, chosen: usize, widest: u16, screen: Rect) -> Self {
        let width = screen.width.saturating_sub(4).min(widest);
        let height = u16::try_from(rows).unwrap_or(u16::MAX).clamp(1, MOST).saturating_add(4).min(screen.height);
        let x = screen.x + (screen.width - width) / 2;
        let area = Rect { x, y: screen.y + screen.height.saturating_sub(height) / 4, width, height };
        let inside = frame::inside_overlay(area);
        let list = Rect { y: inside.y + 2, height: inside.height.saturating_sub(2), ..inside };
        Self { area, list, top: (chosen + 1).saturating_sub(usize::from(list.height)) }
    }

    /// The row at a cell; there may be none of that number.
    pub fn row_at(&self, column: u16, row: u16) -> Option<usize> {
        let is_in = self.list.contains(Position { x: column, y: row });
        is_in.then(|| self.top + usize::from(row - self.list.y))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_is_the_row_that_is_drawn_there() {
        let screen = Rect::new(0, 0, 80, 24);
        let place = Place::new(40, 20, 64, screen);
        assert_eq!((place.list.height, place.top), (MOST, 7));
        assert_eq!(place.row_at(place.list.x, place.list.y), Some(7));
        assert_eq!(place.row_at(place.list.x, place.list.bottom() - 1), Some(20));
        assert_eq!(place.row_at(place.area.x, place.list.y), None);
        for size in [(0, 0), (1, 1), (5, 3)] {
            assert_eq!(Place::new(3, 0, 64, Rect::new(0, 0, size.0, size.1)).row_at(0, 0), None);
        }
    }
}
