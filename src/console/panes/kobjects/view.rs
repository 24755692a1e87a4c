//! Owns how the KObjects pane is drawn: klasses, what is shown of whom, the filter or the query, the table, the detail beside
//! it or over it.

use std::collections::BTreeSet;

use ratatui::{
    buffer::Buffer,
    layout::Rect,
    text::{Line, Span},
};

use super::{Detail, Kobjects, Part, customer_name, detail, history, schema, shape, table};
use crate::{
    console::{
        pane::ViewCx,
        remote::Remote,
        state::Shared,
        theme::{Depth, Role, Theme},
        widgets::{cut, frame, states},
    },
    domain::Klass,
    kustomer::Page,
};

/// From this width on the detail stands beside the table instead of over it.
const BESIDE: u16 = 100;
/// As wide as facts are laid out when nobody looks at them.
const WIDE: usize = 100;

impl Kobjects {
    pub(super) fn draw(&self, cx: &ViewCx<'_>, area: Rect, buf: &mut Buffer) {
        let inside = frame::pane(cx, area, buf);
        if inside.height < 4 || states::instead(cx.theme, &cx.shared.klasses, "klasses", inside, buf) {
            return;
        }
        let Some(klass) = self.klass(cx.shared) else {
            let lines = ["An org defines klasses in its desk's settings; then their records are listed here."];
            states::message(cx.theme, ("This org has no klasses", Role::Dim), &lines, inside, buf);
            return;
        };
        frame::row(&chooser(cx, klass, usize::from(inside.width)), inside, 0, buf);
        frame::row(&self.summary(cx), inside, 1, buf);
        let rest = Rect { y: inside.y + 2, height: inside.height - 2, ..inside };
        let rest = self.view_query(cx, rest, buf);
        if let Some(detail) = self.detail.as_ref().filter(|detail| detail.part == Part::Schema) {
            let room = frame::titled(cx, "what describes this klass", cx.focused, rest, buf);
            let rows = self.part_rows(Part::Schema, cx.shared, cx.theme, usize::from(room.width));
            scrolled(cx, &rows, detail, room, buf);
            return;
        }
        if matches!(self.found, Remote::NotAsked) {
            states::message(cx.theme, ("Records not read yet", Role::Dim), &["Reload reads them."], rest, buf);
            return;
        }
        if states::instead(cx.theme, &self.found, "KObjects", rest, buf) {
            return;
        }
        let rest = self.view_filter(cx, rest, buf);
        if self.arranged.order.is_empty() && self.filter.is_open() {
            let lines = ["Esc lets everything through again. Only what was read is filtered."];
            states::message(cx.theme, ("Nothing matches the filter.", Role::Dim), &lines, rest, buf);
            return;
        }
        if self.rows().is_empty() {
            self.nothing(cx, klass, rest, buf);
            return;
        }
        self.view_rows(cx, klass, rest, buf);
    }

    fn nothing(&self, cx: &ViewCx<'_>, klass: &Klass, area: Rect, buf: &mut Buffer) {
        let headline = match &self.query.words {
            Some(_) => "The query finds nothing".to_owned(),
            None => format!("No {} records here", klass.label.line()),
        };
        let lines = match (&self.query.words, self.scope()) {
            (Some(_), _) => ["Esc takes it away. The desk's index lags by up to a minute."],
            (None, Some(_)) => ["Choose another klass, or widen it to the whole org."],
            (None, None) => ["Choose another klass."],
        };
        states::message(cx.theme, (&headline, Role::Dim), &lines, area, buf);
    }

    fn summary(&self, cx: &ViewCx<'_>) -> Line<'static> {
        let page = self.found.value();
        let count = match page {
            Some(Page { rows, total: Some(total), .. }) if *total > rows.len() as u64 => {
                format!("{} of {total}", rows.len())
            }
            Some(Page { rows, more: true, .. }) => format!("the first {}", rows.len()),
            Some(page) => page.rows.len().to_string(),
            None => "…".to_owned(),
        };
        let whose = match self.scope() {
            Some(customer) => format!(" of {}", customer_name(Some(customer), cx.shared)),
            None => " of the whole org".to_owned(),
        };
        let matching = self.arranged.order.len();
        let left = if self.filter.is_open() { format!("{matching} match of ") } else { String::new() };
        let mut spans = vec![Span::styled(format!("{left}{count}{whose}"), cx.theme.style(Role::Dim))];
        if page.is_some_and(|page| page.more) {
            spans.push(Span::styled(" · below the last one more are read", cx.theme.style(Role::Faint)));
        }
        let skipped = page.map_or(0, |page| page.skipped);
        if skipped > 0 {
            let words = format!(" · {skipped} could not be read");
            spans.push(Span::styled(words, cx.theme.style(Role::Warning)));
        }
        if let Some((stale, role)) = states::staleness(&self.found) {
            spans.push(Span::styled(format!("  {stale}"), cx.theme.style(role)));
        }
        Line::from(spans)
    }

    /// The rows the query takes.
    pub(super) fn query_rows(&self) -> u16 {
        u16::from(self.query.is_open()) + u16::from(self.query.wrong.is_some())
    }

    /// The query's line, while it is open, and what is wrong with it; the room that is left.
    fn view_query(&self, cx: &ViewCx<'_>, area: Rect, buf: &mut Buffer) -> Rect {
        let rows = self.query_rows();
        if rows == 0 || area.height < rows + 1 {
            return area;
        }
        frame::row(&Line::styled("? ", cx.theme.style(Role::HintKey)), area, 0, buf);
        let room = Rect { x: area.x + 2.min(area.width), width: area.width.saturating_sub(2), ..area };
        let hint = "a query for the desk: words, statusStr:shipped, totalNum>100, created>30d, sort:-updated";
        self.query.input.view(cx.theme, hint, self.query.is_typing, room, buf);
        if let Some(wrong) = &self.query.wrong {
            let indent = wrong.indent(self.query.input.words()) + 2;
            let words = format!("{}^ {}", " ".repeat(indent.min(usize::from(area.width) / 2)), wrong.message);
            let line = Line::styled(crate::privacy::text::line(&words).into_string(), cx.theme.style(Role::Error));
            frame::row(&line, area, 1, buf);
        }
        Rect { y: area.y + rows, height: area.height - rows, ..area }
    }

    /// The filter's line, while it is open; the room that is left.
    fn view_filter(&self, cx: &ViewCx<'_>, area: Rect, buf: &mut Buffer) -> Rect {
        if !self.filter.is_open() || area.height < 2 {
            return area;
        }
        frame::row(&Line::styled("/ ", cx.theme.style(Role::HintKey)), area, 0, buf);
        let room = Rect { x: area.x + 2.min(area.width), width: area.width.saturating_sub(2), ..area };
        self.filter.input.view(cx.theme, "words of any attribute", self.filter.is_typing, room, buf);
        Rect { y: area.y + 1, height: area.height - 1, ..area }
    }

    /// What the table is made of.
    pub(super) fn sheet<'a>(&'a self, klass: &'a Klass, shape: &'a shape::Shape) -> table::Sheet<'a> {
        table::Sheet { klass, rows: self.rows(), arranged: &self.arranged, shape, names: &self.names }
    }

    fn view_rows(&self, cx: &ViewCx<'_>, klass: &Klass, area: Rect, buf: &mut Buffer) {
        let shape = self.shapes.of(klass.name.as_str());
        let sheet = self.sheet(klass, &shape);
        let Some(detail) = self.detail.as_ref().filter(|_| self.chosen().is_some()) else {
            table::view(cx, sheet, self.cursor, area, buf);
            return;
        };
        let place = if area.width >= BESIDE {
            let left = area.width * 2 / 5;
            table::view(cx, sheet, self.cursor, Rect { width: left, ..area }, buf);
            Rect { x: area.x + left + 1, width: area.width - left - 1, ..area }
        } else {
            area
        };
        let title = match detail.part {
            Part::Fields => "every attribute",
            Part::History => "what happened to it",
            Part::Schema => "what describes this klass",
        };
        let inside = frame::titled(cx, title, cx.focused, place, buf);
        let rows = self.part_rows(detail.part, cx.shared, cx.theme, usize::from(inside.width));
        scrolled(cx, &rows, detail, inside, buf);
    }

    /// A part of the detail, line by line.
    pub(super) fn part_rows(&self, part: Part, shared: &Shared, theme: &Theme, width: usize) -> Vec<detail::Row> {
        let none = BTreeSet::new();
        match (part, self.klass(shared), self.chosen()) {
            (Part::Schema, Some(klass), _) => schema::rows(klass, &self.memory, theme, width),
            (Part::History, _, Some(kobject)) => {
                let read = self.history.as_ref().filter(|(of, _)| *of == kobject.id).map(|(_, read)| read);
                let lines = history::lines(kobject, read.unwrap_or(&Remote::NotAsked), shared, theme, width);
                lines.into_iter().enumerate().map(|(at, line)| detail::Row::of(line, at)).collect()
            }
            (Part::Fields, Some(klass), Some(kobject)) => {
                let open = self.detail.as_ref().map_or(&none, |detail| &detail.open);
                detail::rows(detail::Subject { kobject, klass, names: &self.names, open }, shared, theme, width)
            }
            _ => Vec::new(),
        }
    }

    /// The facts of the part that is open, one line each: what the cursor goes through.
    pub(super) fn facts(&self, shared: &Shared) -> Vec<detail::Row> {
        let (theme, _) = Theme::named(Some("terminal"), Depth::Mono);
        let Some(detail) = &self.detail else { return Vec::new() };
        let mut rows = self.part_rows(detail.part, shared, &theme, WIDE);
        rows.dedup_by_key(|row| row.stop);
        rows
    }

    /// The fact with the cursor.
    pub(super) fn fact_here(&self, shared: &Shared) -> Option<detail::Row> {
        let mut facts = self.facts(shared);
        let at = self.detail.as_ref()?.line.chosen(facts.len())?;
        Some(facts.swap_remove(at))
    }
}

/// Draws lines with the fact under the cursor in sight, moved by as many as somebody paged.
fn scrolled(cx: &ViewCx<'_>, rows: &[detail::Row], detail: &Detail, area: Rect, buf: &mut Buffer) {
    let height = usize::from(area.height);
    let count = rows.last().map_or(0, |row| row.stop + 1);
    let stop = detail.line.chosen(count);
    let first = rows.iter().position(|row| Some(row.stop) == stop).unwrap_or(0);
    let last = rows.len().saturating_sub(height);
    let top = first.saturating_sub(height / 2).min(last).saturating_add_signed(detail.paged).min(last);
    for (line, row) in (0..).zip(rows.iter().skip(top).take(height)) {
        frame::row(&row.line, area, line, buf);
        if Some(row.stop) == stop && row.line.width() > 0 {
            let role = if cx.focused { Role::Selected } else { Role::SelectedUnfocused };
            frame::under(cx.theme.style(role), area, line, buf);
        }
    }
}

/// The klasses in a row, the chosen one in brackets and always in sight.
fn chooser(cx: &ViewCx<'_>, chosen: &Klass, room: usize) -> Line<'static> {
    let klasses = cx.shared.klasses.value().map_or(&[][..], Vec::as_slice);
    let at = klasses.iter().position(|klass| klass.name == chosen.name).unwrap_or(0);
    let label = |klass: &Klass| cut::fit(&klass.label.line(), 24);
    let mut first = at;
    let mut used = cut::width(&label(chosen)) + 8;
    while let Some(before) = first.checked_sub(1) {
        used += cut::width(&label(&klasses[before])) + 4;
        if used > room {
            break;
        }
        first = before;
    }
    let mut spans = Vec::new();
    if first > 0 {
        spans.push(Span::styled("… ", cx.theme.style(Role::Dim)));
    }
    for (index, klass) in klasses.iter().enumerate().skip(first) {
        let words = label(klass);
        spans.push(if index == at {
            Span::styled(format!("[ {words} ]"), cx.theme.style(Role::TabActive))
        } else {
            Span::styled(format!("  {words}  "), cx.theme.style(Role::Tab))
        });
    }
    Line::from(spans)
}
