//! Owns how one field is drawn, whatever it is for: a mark, its label, what stands in it, and below it what there is to say. Does
//! not know what the field means: whoever has it says so in [`Parts`].

use ratatui::{
    buffer::Buffer,
    layout::Rect,
    text::{Line, Span},
};

use super::Entry;
use crate::{
    console::{
        theme::{Role, Theme},
        widgets::{cut, frame},
    },
    privacy::text,
};

/// The widest the column of labels gets.
pub const LABELS: usize = 26;
/// Rows of a text that has the cursor.
const ROWS: u16 = 6;
/// Cells of the mark before a field.
const MARK: usize = 2;

/// What a field shows.
pub struct Parts<'a> {
    /// How it is filled in; `None` by a list alone.
    pub entry: Option<&'a Entry>,
    /// What is shown in place of the words in it, while nobody types there.
    pub instead: Option<(String, Role)>,
    /// What stands in it while it is empty.
    pub hint: &'static str,
    /// Whether keys go there.
    pub has_cursor: bool,
    /// Whether it is the chosen one.
    pub is_here: bool,
    /// The sign before it.
    pub mark: (&'static str, Role),
    /// What is said below it, as wide as [`room`].
    pub below: Vec<(String, Role)>,
}

/// A field with what stands below it.
pub struct Block<'a> {
    parts: Parts<'a>,
    label: String,
    labels: usize,
    rows: u16,
}

/// How wide the column of labels is where fields take so many cells.
fn labels(width: u16) -> usize {
    LABELS.min(usize::from(width) / 3)
}

/// How wide what stands in a field is.
pub fn room(width: u16) -> usize {
    usize::from(width).saturating_sub(MARK + labels(width) + 1)
}

/// The first line that is seen: the field with the cursor stays in sight, about in the middle.
pub fn top(blocks: &[Block<'_>], at: usize, height: u16) -> u16 {
    let sum = |blocks: &[Block<'_>]| blocks.iter().map(|block| u32::from(block.height())).sum::<u32>();
    let (before, all) = (sum(&blocks[..at.min(blocks.len())]), sum(blocks));
    let own = blocks.get(at).map_or(1, |block| u32::from(block.height()));
    let height = u32::from(height);
    let middle = (before + own / 2).saturating_sub(height / 2).min(all.saturating_sub(height));
    // A block that is higher than half the room is shown from its first line.
    u16::try_from(middle.min(before)).unwrap_or(u16::MAX)
}

impl<'a> Block<'a> {
    /// A field of this name, so many cells wide.
    pub fn new(parts: Parts<'a>, label: String, width: u16) -> Self {
        let rows = match parts.entry {
            Some(Entry::Words(composer)) if parts.is_here => {
                composer.height(u16::try_from(room(width)).unwrap_or(1)).clamp(2, ROWS)
            }
            _ => 1,
        };
        Self { parts, label, labels: labels(width), rows }
    }

    /// How many lines it takes.
    pub fn height(&self) -> u16 {
        self.rows.saturating_add(u16::try_from(self.parts.below.len()).unwrap_or(u16::MAX))
    }

    /// Draws it from this line of the room on, as far as that is inside.
    pub fn draw(&self, theme: &Theme, line: i64, room: Rect, buf: &mut Buffer) {
        let shown = |offset: i64| u16::try_from(line + offset).ok().filter(|row| *row < room.height);
        let x = room.x + u16::try_from(MARK + self.labels + 1).unwrap_or(0).min(room.width);
        let width = room.right().saturating_sub(x);
        if let Some(row) = shown(0) {
            let role = if self.parts.is_here { Role::Accent } else { Role::Dim };
            let head = Line::from(vec![
                Span::styled(self.parts.mark.0, theme.style(self.parts.mark.1)),
                Span::styled(cut::pad(&self.label, self.labels), theme.style(role)),
            ]);
            frame::row(&head, room, row, buf);
            let height = self.rows.min(room.height - row);
            self.value(theme, Rect { x, y: room.y + row, width, height }, buf);
        }
        for (offset, (words, role)) in (i64::from(self.rows)..).zip(&self.parts.below) {
            if let Some(row) = shown(offset) {
                let at = Rect { x, width, ..room };
                frame::row(&Line::styled(words.as_str(), theme.style(*role)), at, row, buf);
            }
        }
    }

    fn value(&self, theme: &Theme, area: Rect, buf: &mut Buffer) {
        let room = usize::from(area.width);
        let plain = |words: &str, role: Role, buf: &mut Buffer| {
            let words = cut::fit(&text::line(words), room);
            frame::row(&Line::styled(words, theme.style(role)), area, 0, buf);
        };
        let Parts { entry, instead, hint, has_cursor, is_here, .. } = &self.parts;
        let lit = if *has_cursor { Role::Selected } else { Role::Text };
        match (*entry, instead) {
            (Some(Entry::Line(input)), _) if *is_here => input.view(theme, hint, *has_cursor, area, buf),
            (Some(Entry::Words(composer)), _) if *is_here => composer.view(theme, "", *has_cursor, area, buf),
            (_, Some((words, role))) => plain(words, *role, buf),
            (Some(Entry::Line(_) | Entry::Words(_)), None) => match entry.map(Entry::words).unwrap_or_default() {
                words if words.is_empty() => plain("-", Role::Faint, buf),
                words => plain(&words, Role::Text, buf),
            },
            (Some(Entry::Flag(flag)), None) => {
                let words = match flag {
                    Some(true) => "[x] yes",
                    Some(false) => "[ ] no",
                    None => "[-] not set",
                };
                plain(words, lit, buf);
            }
            (Some(Entry::Choice(words)), None) if words.is_empty() => {
                plain("(choose)", if *has_cursor { lit } else { Role::Faint }, buf);
            }
            (Some(Entry::Choice(words)), None) => plain(words, lit, buf),
            (Some(Entry::Masked(shown)), None) => plain(shown, Role::Masked, buf),
            (Some(Entry::Fixed(json)), None) => plain(if json.is_empty() { "-" } else { json }, Role::Faint, buf),
            (None, None) => {}
        }
    }
}
