//! Owns what is typed below the timeline: the reason for unmasking, words to find. Unmasking becomes a wish.

use ratatui::{buffer::Buffer, layout::Rect, text::Line};

use super::{NOBODY, TimelinePane, person, window};
use crate::{
    console::{
        effect::Wish,
        keymap::Key,
        pane::{Cannot, UpdateCx, ViewCx},
        state::Shared,
        theme::Role,
        widgets::{cut, frame, input::Input},
    },
    domain::Text,
    kustomer::changes,
};

/// What is being typed.
#[derive(Debug)]
pub enum Pen {
    /// Why this customer is to be seen unmasked.
    Reason(Input),
    /// What to find in the timeline.
    Find(Input),
}

impl Pen {
    /// Words to find, those of the last search to begin with.
    pub fn find(words: &str) -> Self {
        Self::Find(Input::with(words))
    }
}

impl TimelinePane {
    pub(super) fn pen_key(&mut self, key: &Key) {
        if let Some(Pen::Reason(input) | Pen::Find(input)) = &mut self.pen {
            input.key(key);
        }
    }

    pub(super) fn pen_paste(&mut self, text: &str) {
        if let Some(Pen::Reason(input) | Pen::Find(input)) = &mut self.pen {
            input.paste(text);
        }
    }

    pub(super) fn start_unmasking(&mut self, shared: &Shared) -> Result<(), Cannot> {
        let customer = self.customer.as_ref().ok_or(NOBODY)?;
        if window(shared, customer).is_some() {
            return Err(Cannot("a window is open already; c closes it"));
        }
        person(shared, customer).ok_or(Cannot("the customer is not read yet"))?;
        self.pen = Some(Pen::Reason(Input::default()));
        Ok(())
    }

    pub(super) fn submit(&mut self, cx: &mut UpdateCx<'_>) -> Result<(), Cannot> {
        match self.pen.take() {
            Some(Pen::Find(input)) => self.search(input.words(), cx),
            Some(Pen::Reason(input)) if input.words().trim().is_empty() => {
                self.pen = Some(Pen::Reason(input));
                Err(Cannot("say why: the reason stands in the audit trail"))
            }
            Some(Pen::Reason(input)) => {
                let person = self.customer.as_ref().and_then(|customer| person(cx.shared, customer));
                let change = changes::open_window(person.ok_or(Cannot("the customer is not read yet"))?);
                cx.wish(Wish { change, reason: Text::new(input.words()) });
                Ok(())
            }
            None => Ok(()),
        }
    }

    pub(super) fn view_pen(&self, cx: &ViewCx<'_>, area: Rect, buf: &mut Buffer) {
        let (label, input, hint) = match &self.pen {
            Some(Pen::Reason(input)) => ("unmask, because: ", input, "the reason stands in the audit trail"),
            Some(Pen::Find(input)) => ("find: ", input, "words in this timeline"),
            None => return,
        };
        let width = u16::try_from(cut::width(label)).unwrap_or_default().min(area.width);
        frame::row(&Line::styled(label, cx.theme.style(Role::Accent)), area, 0, buf);
        let field = Rect { x: area.x + width, width: area.width - width, ..area };
        input.view(cx.theme, hint, cx.focused, field, buf);
    }
}
