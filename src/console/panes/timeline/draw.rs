//! Owns how the pane's room is shared out, the line that says what is to be known about the page, and what stands instead of
//! a page. Does not lay out entries (`page`, `entry`).

use ratatui::{
    buffer::Buffer,
    layout::Rect,
    text::{Line, Span},
};

use super::{Find, Page, TimelinePane, card};
use crate::{
    console::{
        pane::ViewCx,
        state::Shared,
        theme::Role,
        widgets::{cut, rich::Row, states},
    },
    privacy::text,
};

/// How the pane's room is shared out.
pub struct Areas {
    /// The card's rows.
    pub person: Vec<Row>,
    /// Where they go.
    pub card: Rect,
    /// What is to be known about the page.
    pub status: Rect,
    /// The page.
    pub body: Rect,
    /// What is being typed.
    pub pen: Rect,
}

impl TimelinePane {
    pub(super) fn areas(&self, shared: &Shared, inside: Rect) -> Areas {
        let room = inside.height.saturating_sub(4).min(if inside.height < 20 { 4 } else { 7 });
        let person = card::rows(shared, self.customer.as_ref(), usize::from(inside.width), usize::from(room));
        let card = u16::try_from(person.len()).unwrap_or(room).min(room);
        let pen = u16::from(self.pen.is_some()).min(inside.height);
        let left = inside.height.saturating_sub(card + pen);
        let status = u16::from(!self.says(shared).is_empty()).min(left);
        let below = |y: u16, height: u16| Rect { y: inside.y + y, height, ..inside };
        Areas {
            person,
            card: below(0, card),
            status: below(card, status),
            body: below(card + status, left - status),
            pen: below(inside.height - pen, pen),
        }
    }

    /// What is to be known about the page: what it leaves out, what is found, what is still on its way.
    fn says(&self, shared: &Shared) -> Vec<(String, Role)> {
        let mut says: Vec<(String, Role)> = states::staleness(&self.timeline).into_iter().collect();
        let Some(timeline) = self.timeline.value() else { return Vec::new() };
        if let Some(find) = &self.find {
            let at = self.plan.slots.get(self.spot.slot).map(|slot| slot.first);
            let words = format!("find “{}”: {}", text::line(find.needle()), find.count(at));
            let words = if shared.ascii { words.replace(['“', '”'], "\"") } else { words };
            says.push((words, Role::Accent));
        }
        let left_out = self.plan.left_out(&self.folds);
        if left_out > 0 {
            let kinds: Vec<&str> = self.folds.kinds.iter().map(|kind| kind.word()).collect();
            says.push((format!("{left_out} left out: {} · f brings them back", kinds.join(", ")), Role::Dim));
        }
        if self.walking.is_some() {
            says.push((format!("reading older entries, {} so far", timeline.items.len()), Role::Running));
        }
        says
    }

    pub(super) fn status(&self, cx: &ViewCx<'_>, width: usize) -> Line<'static> {
        let mut spans = vec![Span::raw(" ")];
        let mut left = width.saturating_sub(1);
        for (words, role) in self.says(cx.shared) {
            let words = cut::fit(&words, left);
            left = left.saturating_sub(cut::width(&words) + 3);
            spans.push(Span::styled(words, cx.theme.style(role)));
            spans.push(Span::styled("   ", cx.theme.style(Role::Faint)));
        }
        Line::from(spans)
    }

    pub(super) fn view_body(&self, cx: &ViewCx<'_>, area: Rect, buf: &mut Buffer) {
        if area.height == 0 || states::instead(cx.theme, &self.timeline, "the timeline", area, buf) {
            return;
        }
        if let Some(viewer) = &self.viewer {
            viewer.view(cx, area, buf);
            return;
        }
        let Some(page) = self.sight(cx.shared).map(|sight| Page::new(sight, &self.memo)) else { return };
        let page = page.resize(area.width, area.height);
        if page.len() == 0 {
            let lines = if self.plan.counts.is_empty() {
                ["No message, note, draft or KObject was found for this customer."]
            } else {
                ["Every kind of entry is left out; f brings them back."]
            };
            states::message(cx.theme, ("Nothing on this timeline", Role::Dim), &lines, area, buf);
            return;
        }
        page.view(cx, self.spot, self.find.as_ref().map_or("", Find::needle), area, buf);
    }
}
