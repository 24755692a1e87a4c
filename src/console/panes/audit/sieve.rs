//! Owns the filter of the Audit pane: the words of `approval::filter`, applied to the entries that were read as they are
//! typed. What does not read as a filter is said and chooses nothing out.

use jiff::Timestamp;
use ratatui::{buffer::Buffer, layout::Rect, text::Line};

use crate::{
    approval::{
        Entry,
        filter::{Filter, WORDS},
    },
    console::{
        pane::ViewCx,
        theme::Role,
        widgets::{cut, frame, input::Input},
    },
    privacy::text,
};

/// The filter's line, and the entries it leaves.
#[derive(Debug, Default)]
pub struct Sieve {
    /// What is typed.
    pub input: Input,
    /// Whether it has the cursor.
    pub is_typing: bool,
    left: Vec<usize>,
    wrong: Option<String>,
}

impl Sieve {
    /// Chooses among the entries.
    pub fn sift(&mut self, entries: &[Entry], now: Timestamp) {
        let filter = match Filter::read(self.input.words(), now) {
            Ok(filter) => {
                self.wrong = None;
                filter
            }
            Err(why) => {
                self.wrong = Some(text::line(&why).into_string());
                Filter::default()
            }
        };
        self.left = (0..entries.len()).filter(|place| filter.wants(&entries[*place])).collect();
    }

    /// The places of the entries that are left.
    pub fn left(&self) -> &[usize] {
        &self.left
    }

    /// What is wrong with what is typed.
    pub fn wrong(&self) -> Option<&str> {
        self.wrong.as_deref()
    }

    /// Lets everything through again; `false` when it did before.
    pub fn clear(&mut self) -> bool {
        let was_open = self.is_open();
        self.input.clear();
        self.is_typing = false;
        was_open
    }

    fn is_open(&self) -> bool {
        self.is_typing || !self.input.words().is_empty()
    }

    /// Draws its line while it is open; the room that is left.
    pub fn view(&self, cx: &ViewCx<'_>, area: Rect, buf: &mut Buffer) -> Rect {
        if !self.is_open() || area.height < 3 {
            return area;
        }
        frame::row(&Line::styled("/ ", cx.theme.style(Role::HintKey)), area, 0, buf);
        let room = Rect { x: area.x + 2.min(area.width), width: area.width.saturating_sub(2), ..area };
        self.input.view(cx.theme, WORDS, self.is_typing, room, buf);
        let mut used = 1;
        if let Some(wrong) = &self.wrong {
            let words = cut::fit(wrong, usize::from(area.width));
            frame::row(&Line::styled(words, cx.theme.style(Role::Warning)), area, 1, buf);
            used = 2;
        }
        Rect { y: area.y + used, height: area.height - used, ..area }
    }
}
