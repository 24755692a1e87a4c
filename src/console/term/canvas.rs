//! Owns what frames are drawn on: the one on screen and the next, and which cells of a frame are written. Knows no modes and
//! reads no terminal.
//!
//! Invariants: where no cell differs not a byte is written: an idle console is silent. Terminals disagree about how wide
//! letters with marks are (Devanagari, ZWJ families): behind such a cell the place of the next is told again, and a row in
//! which one comes or goes is written whole, so that no row drifts and nothing of it stays behind.

use std::{
    collections::BTreeSet,
    io::{self, Stdout, Write},
};

use ratatui::{
    backend::{Backend, CrosstermBackend},
    buffer::{Buffer, Cell, CellDiffOption},
    layout::{Position, Rect},
};

use super::{
    graphics::{Graphics, Shown},
    links,
};
use crate::console::{
    state::State,
    theme::Theme,
    view::{pictured, view},
    widgets::cut,
};

/// What frames are drawn on. Renewed when the terminal's size changes. (The library's own terminal resets colours and hides
/// the cursor with every frame, and asks the terminal for its cursor at a resize, whose answer would be read as input.)
pub struct Canvas {
    backend: CrosstermBackend<Whole>,
    shown: Buffer,
    next: Buffer,
    graphics: Graphics,
    picture: Shown,
}

impl Canvas {
    /// A canvas of this size that shows nothing yet, on a terminal that shows pictures in this way.
    pub fn new(columns: u16, rows: u16, graphics: Graphics) -> Self {
        let area = Rect::new(0, 0, columns, rows);
        let backend = CrosstermBackend::new(Whole { out: io::stdout(), frame: Vec::with_capacity(16 * 1024) });
        Self { backend, shown: Buffer::empty(area), next: Buffer::empty(area), graphics, picture: Shown::default() }
    }

    /// Lets the next frame begin with an empty screen.
    ///
    /// # Errors
    /// None today: the bytes wait for the frame.
    pub fn clear(&mut self) -> io::Result<()> {
        self.backend.write_all(b"\x1b[0m\x1b[2J")
    }

    /// Draws the state, with links where the terminal reads them.
    ///
    /// # Errors
    /// What the terminal refuses.
    pub fn draw(&mut self, state: &State, theme: &Theme, links: bool) -> io::Result<()> {
        self.next.reset();
        view(state, theme, self.next.area, &mut self.next);
        if links {
            links::mark(&mut self.next);
        }
        let runs = runs(&self.shown, &self.next);
        let is_written = |place: Rect| runs.iter().flatten().any(|(x, y, _)| place.contains(Position { x: *x, y: *y }));
        let picture = self.picture.tell(self.graphics, pictured(state), cell(), is_written);
        if runs.is_empty() && picture.is_empty() {
            return Ok(());
        }
        for run in runs {
            // Each run begins with its place.
            self.backend.draw(run.into_iter())?;
        }
        self.backend.write_all(picture.as_bytes())?;
        Backend::flush(&mut self.backend)?;
        std::mem::swap(&mut self.shown, &mut self.next);
        Ok(())
    }
}

/// Columns and rows of points a cell has, where the terminal tells.
fn cell() -> Option<(u16, u16)> {
    let size = crossterm::terminal::window_size().ok()?;
    let each = |points: u16, cells: u16| points.checked_div(cells).filter(|points| *points > 0);
    Some((each(size.width, size.columns)?, each(size.height, size.rows)?))
}

type Placed<'a> = (u16, u16, &'a Cell);

/// The cells to write, in runs after each of which nobody trusts the cursor.
fn runs<'a>(shown: &'a Buffer, next: &'a Buffer) -> Vec<Vec<Placed<'a>>> {
    let changes = shown.diff(next);
    let doubted = |(x, y, cell): &Placed<'_>| is_doubtful(cell) || shown.cell((*x, *y)).is_some_and(is_doubtful);
    let whole: BTreeSet<u16> = changes.iter().filter(|change| doubted(change)).map(|(_, y, _)| *y).collect();
    let mut runs = Vec::new();
    let mut run = Vec::new();
    let mut done = None;
    for change in changes {
        let y = change.1;
        if !whole.contains(&y) {
            run.push(change);
        } else if done != Some(y) {
            done = Some(y);
            for placed in row(next, y) {
                let ends = is_doubtful(placed.2);
                run.push(placed);
                if ends {
                    runs.push(std::mem::take(&mut run));
                }
            }
        }
    }
    if !run.is_empty() {
        runs.push(run);
    }
    runs
}

/// Every cell of a row that is not covered by a wide one before it.
fn row(buf: &Buffer, y: u16) -> Vec<Placed<'_>> {
    let mut cells = Vec::new();
    let mut x = buf.area.x;
    while let Some(cell) = buf.cell((x, y)).filter(|_| x < buf.area.right()) {
        cells.push((x, y, cell));
        let wide = match cell.diff_option {
            CellDiffOption::ForcedWidth(width) => width.get(),
            _ => u16::try_from(cut::width(cell.symbol())).unwrap_or(1).max(1),
        };
        x += wide;
    }
    cells
}

/// Whether terminals may disagree about its width: letters with something joined to them. Our own links are none.
fn is_doubtful(cell: &Cell) -> bool {
    let symbol = cell.symbol();
    !symbol.starts_with('\x1b') && symbol.chars().nth(1).is_some()
}

/// Collects a frame and writes it in one piece, as a synchronized update: no terminal shows half of it.
struct Whole {
    out: Stdout,
    frame: Vec<u8>,
}

impl Write for Whole {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.frame.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.frame.is_empty() {
            return Ok(());
        }
        let mut whole = Vec::with_capacity(self.frame.len() + 16);
        whole.extend_from_slice(b"\x1b[?2026h");
        whole.append(&mut self.frame);
        whole.extend_from_slice(b"\x1b[?2026l");
        self.out.write_all(&whole)?;
        self.out.flush()
    }
}

#[cfg(test)]
mod tests {
    use ratatui::style::Style;

    use super::*;

    fn frame(lines: [&str; 2]) -> Buffer {
        let mut buf = Buffer::empty(Rect::new(0, 0, 12, 2));
        for (y, line) in (0..).zip(lines) {
            buf.set_string(0, y, line, Style::default());
        }
        buf
    }

    fn places(runs: &[Vec<Placed<'_>>]) -> Vec<Vec<(u16, u16)>> {
        runs.iter().map(|run| run.iter().map(|(x, y, _)| (*x, *y)).collect()).collect()
    }

    #[test]
    fn a_frame_like_the_last_writes_nothing() {
        let shown = frame(["Nadia", "विक्रम"]);
        assert!(runs(&shown, &shown.clone()).is_empty());
    }

    #[test]
    fn plain_rows_write_what_differs() {
        let (shown, next) = (frame(["Nadia", "same"]), frame(["Nadja", "same"]));
        assert_eq!(places(&runs(&shown, &next)), [vec![(3, 0)]]);
    }

    #[test]
    fn a_row_whose_marks_leave_is_written_whole_and_every_mark_ends_a_run() {
        let (shown, next) = (frame(["same", "वि ab"]), frame(["same", ""]));
        let left = places(&runs(&shown, &next));
        assert_eq!(left, [(0..12).map(|x| (x, 1)).collect::<Vec<_>>()]);
        let come = runs(&next, &shown);
        let ends: Vec<&str> = come.iter().filter_map(|run| run.last()).map(|(_, _, cell)| cell.symbol()).collect();
        assert_eq!((ends.len(), ends[0]), (2, "वि"));
    }
}
