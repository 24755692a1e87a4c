//! Owns how the queue is laid out and drawn: lanes, filter, table, details, preview. The layout is a pure function, used by
//! the mouse as well.
//!
//! ```text
//! ╭ lanes (from 150 columns) ╮╭ rows, or lanes in one line above them ╮╭ preview (from 120) ╮
//! ```

use ratatui::{
    buffer::Buffer,
    layout::Rect,
    text::{Line, Span},
};

use super::{Queue, lane::Lane, listing::Shown, row};
use crate::{
    console::{
        pane::ViewCx,
        state::Shared,
        theme::Role,
        widgets::{cut, frame, states, when},
    },
    domain::Conversation,
};

/// From this width on the chosen conversation is shown beside the list.
const WIDE: u16 = 120;
/// From this width on the lanes have a list of their own.
const WIDEST: u16 = 150;
/// The width of that list.
const SIDE: u16 = 30;
/// The most the preview takes: lines get hard to read beyond.
const PREVIEW: u16 = 54;
/// Lines of the details at the foot of the list.
const DETAILS: u16 = 8;

/// Where the parts stand; a part that is not shown has no height.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Areas {
    /// The frame around the list of lanes.
    side: Rect,
    /// The frame around the rows.
    list: Rect,
    /// The frame around the preview.
    beside: Rect,
    strip: Rect,
    filter: Rect,
    head: Rect,
    rows: Rect,
    details: Rect,
}

fn inside(frame: Rect) -> Rect {
    Rect {
        x: frame.x + 1.min(frame.width),
        y: frame.y + 1.min(frame.height),
        width: frame.width.saturating_sub(2),
        height: frame.height.saturating_sub(2),
    }
}

/// Cuts lines off the top: as many as are wanted of the height there is.
fn cut_top(area: &mut Rect, wanted: impl Fn(u16) -> u16) -> Rect {
    let height = wanted(area.height).min(area.height);
    let top = Rect { height, ..*area };
    area.y += height;
    area.height -= height;
    top
}

impl Queue {
    fn areas(&self, area: Rect) -> Areas {
        let side = Rect { width: if area.width >= WIDEST { SIDE } else { 0 }, ..area };
        let rest = Rect { x: area.x + side.width, width: area.width - side.width, ..area };
        let preview = if rest.width >= WIDE { (rest.width * 36 / 100).min(PREVIEW) } else { 0 };
        let list = Rect { width: rest.width - preview, ..rest };
        let beside = Rect { x: list.right(), width: preview, ..rest };
        let mut room = inside(list);
        let strip = cut_top(&mut room, |room| u16::from(side.width == 0 && room > 4));
        let has_filter = self.is_filtering || !self.filter.words().is_empty();
        let filter = cut_top(&mut room, |room| u16::from(has_filter && room > 2));
        let head = cut_top(&mut room, |_| 1);
        let lines = if self.is_detailed && room.height > 4 { DETAILS.min(room.height / 2) } else { 0 };
        let rows = Rect { height: room.height - lines, ..room };
        let details = Rect { y: rows.bottom(), height: lines, ..room };
        Areas { side, list, beside, strip, filter, head, rows, details }
    }

    /// What stands at a cell: a lane, or the place of a row.
    pub(super) fn at(&self, area: Rect, column: u16, row: u16, shared: &Shared) -> Option<Result<Lane, usize>> {
        let areas = self.areas(area);
        let is_in = |area: Rect| area.contains(ratatui::layout::Position { x: column, y: row });
        if is_in(areas.strip) {
            let counts = self.counts(shared);
            let lanes = self.strip(&counts, shared, usize::from(areas.strip.width));
            let at = usize::from(column - areas.strip.x);
            let found = lanes.iter().find(|(_, words, from)| (*from..from + cut::width(words)).contains(&at));
            return found.map(|(lane, ..)| Ok(*lane));
        }
        let side = inside(areas.side);
        if areas.side.width > 0 && is_in(side) {
            return Lane::ALL.get(usize::from(row - side.y) / 2).map(|lane| Ok(*lane));
        }
        if !is_in(areas.rows) {
            return None;
        }
        let rows = self.rows(shared);
        let (lines, top) = self.window(&rows, usize::from(areas.rows.height), shared);
        match lines.get(top + usize::from(row - areas.rows.y)) {
            Some(Shown::Row(place)) => Some(Err(*place)),
            Some(Shown::Heading(..)) | None => None,
        }
    }

    /// All lines, and the first to draw.
    fn window(&self, rows: &[&Conversation], height: usize, shared: &Shared) -> (Vec<Shown>, usize) {
        let lines = self.lines(rows, shared);
        let chosen = self.cursor.place(rows);
        let line = lines.iter().position(|line| matches!(line, Shown::Row(place) if Some(*place) == chosen));
        let top = self.cursor.top(line.unwrap_or(0), lines.len(), height);
        (lines, top)
    }

    pub(super) fn draw(&self, cx: &ViewCx<'_>, area: Rect, buf: &mut Buffer) {
        let areas = self.areas(area);
        let rows = self.rows(cx.shared);
        let counts = self.counts(cx.shared);
        frame::titled(cx, &self.title(&rows), cx.focused, areas.list, buf);
        self.foot(cx, areas.list, buf);
        if areas.side.width > 0 {
            self.side(cx, &counts, areas.side, buf);
        }
        let chosen = self.cursor.place(&rows);
        if areas.beside.width > 0 {
            let room = frame::titled(cx, "Conversation", false, areas.beside, buf);
            if let Some(chosen) = chosen.map(|place| rows[place]) {
                row::preview(cx, chosen, self.watch.brief(chosen.customer.as_ref()), room, buf);
            }
        }
        for (lane, words, at) in self.strip(&counts, cx.shared, usize::from(areas.strip.width)) {
            let role = if lane == self.lane { Role::TabActive } else { Role::Tab };
            let x = areas.strip.x + u16::try_from(at).unwrap_or(u16::MAX);
            let room = usize::from(areas.strip.right().saturating_sub(x));
            if areas.strip.height > 0 {
                buf.set_stringn(x, areas.strip.y, words, room, cx.theme.style(role));
            }
        }
        self.draw_filter(cx, areas.filter, buf);
        let list = Rect { y: areas.head.y, height: areas.head.height + areas.rows.height, ..areas.rows };
        if states::instead(cx.theme, &self.extent, "the queue", list, buf) {
            return;
        }
        if rows.is_empty() {
            return self.empty(cx, list, buf);
        }
        let columns = self.columns.fit(usize::from(areas.rows.width).saturating_sub(row::GUTTER));
        row::head(cx, &columns, areas.head, buf);
        let marked = self.marked(&rows);
        let (lines, top) = self.window(&rows, usize::from(areas.rows.height), cx.shared);
        for (line, shown) in (0..areas.rows.height).zip(lines.iter().skip(top)) {
            match shown {
                Shown::Heading(words, count) => {
                    let rule = format!("  {words} ({count})");
                    frame::row(&Line::styled(rule, cx.theme.style(Role::Heading)), areas.rows, line, buf);
                }
                Shown::Row(place) => {
                    let of = rows[*place];
                    let marks = row::Marks {
                        brief: self.watch.brief(of.customer.as_ref()),
                        marked: marked.contains(&of.id),
                        pending: self.book.is_pending(&of.id),
                        left: self.held.contains(&of.id),
                    };
                    frame::row(&row::line(cx, of, marks, &columns), areas.rows, line, buf);
                    if Some(*place) == chosen {
                        let role = if cx.focused { Role::Selected } else { Role::SelectedUnfocused };
                        frame::under(row::ground(cx.theme.style(role)), areas.rows, line, buf);
                    }
                }
            }
        }
        if let (Some(chosen), true) = (chosen, areas.details.height > 0) {
            details(cx, rows[chosen], areas.details, buf);
        }
    }

    fn title(&self, rows: &[&Conversation]) -> String {
        let Some(extent) = self.extent.value() else { return "Queue".to_owned() };
        let read = self.book.rows().iter().filter(|row| row.status == crate::domain::Status::Open).count();
        let of = match extent.total {
            Some(total) if extent.more && total > read as u64 => format!("{read} most urgent of {total}"),
            _ if extent.more => format!("{read} most urgent"),
            _ => format!("{read} open"),
        };
        let shown = rows.iter().filter(|row| !self.held.contains(&row.id)).count();
        let mut words = match self.lane {
            Lane::All if shown == read => format!("Queue · {of}"),
            Lane::All => format!("Queue · {shown} of {of}"),
            lane => format!("Queue · {} · {shown}", lane.title()),
        };
        if self.group != super::group::Group::None {
            words.push_str(&format!(" · by {}", self.group.name()));
        }
        let marked = self.marked(rows).len();
        if marked > 0 {
            words.push_str(&format!(" · {marked} marked"));
        }
        words
    }

    /// How old what is shown is, and why it is not fresher; `None` while nothing is.
    fn age(&self, shared: &Shared) -> Option<(String, Role)> {
        let problem = self.extent.problem().or(self.watch.problem.as_ref());
        let why = problem.map(|problem| crate::privacy::text::line(&problem.why).into_string());
        if let Some(at) = self.cached {
            let ago = when::short(shared.moment.now.duration_since(at));
            return Some(match why {
                Some(why) => (format!("as it was {ago} ago: {why}"), Role::Warning),
                None => (format!("as it was {ago} ago · reloading …"), Role::Running),
            });
        }
        let age = shared.moment.elapsed.saturating_sub(self.watch.looked?);
        let ago = when::short(age.try_into().unwrap_or_default());
        Some(match why {
            _ if self.extent.is_loading() => ("reloading …".to_owned(), Role::Running),
            Some(why) => (format!("as of {ago} ago: {why}"), Role::Warning),
            None if age.as_secs() < 5 => ("as of now".to_owned(), Role::Dim),
            None => (format!("as of {ago} ago"), Role::Dim),
        })
    }

    /// Says that on the lower line of the frame.
    fn foot(&self, cx: &ViewCx<'_>, frame: Rect, buf: &mut Buffer) {
        let Some((words, role)) = self.age(cx.shared) else { return };
        let words = cut::fit(&format!(" {words} "), usize::from(frame.width).saturating_sub(4));
        let wide = u16::try_from(cut::width(&words)).unwrap_or(0);
        if frame.height > 1 && frame.width > wide + 3 {
            buf.set_string(frame.right() - wide - 2, frame.bottom() - 1, words, cx.theme.style(role));
        }
    }

    /// The lanes in one line, each with its count and the column it begins at; scrolled so that the chosen one is in sight.
    fn strip(&self, counts: &[usize], shared: &Shared, width: usize) -> Vec<(Lane, String, usize)> {
        let words = Lane::ALL.map(|lane| format!("{} {}", lane.short(), self.count(lane, counts, shared)));
        let wide = |gap: usize| words.iter().map(|words| cut::width(words) + gap).sum::<usize>();
        let gap = if wide(2) < width { 2 } else { 1 };
        let mut first = 0;
        loop {
            let mut at = 1;
            let mut all = Vec::new();
            for (lane, words) in Lane::ALL.into_iter().zip(&words).skip(first) {
                if at + cut::width(words) > width {
                    break;
                }
                all.push((lane, words.clone(), at));
                at += cut::width(words) + gap;
            }
            if first >= self.lane.place() || all.iter().any(|(lane, ..)| *lane == self.lane) {
                return all;
            }
            first += 1;
        }
    }

    fn count(&self, lane: Lane, counts: &[usize], shared: &Shared) -> String {
        if self.extent.value().is_some() && lane.is_known(&self.known(shared)) {
            counts[lane.place()].to_string()
        } else {
            (if shared.ascii { "-" } else { "·" }).to_owned()
        }
    }

    /// The lanes one below the other, each with its count and how that went.
    fn side(&self, cx: &ViewCx<'_>, counts: &[usize], area: Rect, buf: &mut Buffer) {
        let room = frame::titled(cx, "Lanes", false, area, buf);
        for (place, lane) in (0u16..).zip(Lane::ALL) {
            let at = place * 2;
            let style = |role| cx.theme.style(role);
            let role = if lane == self.lane { Role::Strong } else { Role::Text };
            let spark = self.history.spark(lane, 8, cx.shared.ascii);
            let line = Line::from(vec![
                Span::raw(" "),
                Span::styled(cut::pad(lane.title(), 14), style(role)),
                Span::styled(cut::pad_left(&self.count(lane, counts, cx.shared), 4), style(role)),
                Span::raw(" "),
                Span::styled(spark, style(Role::Accent)),
            ]);
            frame::row(&line, room, at, buf);
            if lane == self.lane {
                frame::under(row::ground(style(Role::SelectedUnfocused)), room, at, buf);
            }
        }
        let about = cut::wrap(self.lane.about(), usize::from(room.width).saturating_sub(2));
        let top = Lane::ALL.len() as u16 * 2 + 1;
        for (at, words) in (top..room.height).zip(about) {
            frame::row(&Line::styled(format!(" {words}"), cx.theme.style(Role::Dim)), room, at, buf);
        }
    }

    fn draw_filter(&self, cx: &ViewCx<'_>, area: Rect, buf: &mut Buffer) {
        if area.height == 0 {
            return;
        }
        frame::row(&Line::styled("/ ", cx.theme.style(Role::HintKey)), area, 0, buf);
        let room = Rect { x: area.x + 2.min(area.width), width: area.width.saturating_sub(2), ..area };
        let hint = "subject, customer, channel, queue, assignee, tag";
        self.filter.view(cx.theme, hint, self.is_filtering, room, buf);
    }

    fn empty(&self, cx: &ViewCx<'_>, area: Rect, buf: &mut Buffer) {
        let theme = cx.theme;
        if !self.filter.words().is_empty() {
            return states::message(theme, ("Nothing matches the filter.", Role::Dim), &["Esc clears it."], area, buf);
        }
        let known = self.lane.is_known(&self.known(cx.shared));
        let (headline, lines) = match self.lane {
            Lane::All => (("The queue is empty.", Role::Good), ["No open conversation waits. `r` looks again.", ""]),
            Lane::Offline if !known => {
                (("The desk does not tell who is on shift.", Role::Dim), ["It needs a key that may read routing.", ""])
            }
            lane if !known => (("Looking …", Role::Dim), [lane.about(), ""]),
            lane => (("Nothing here.", Role::Good), [lane.about(), "h and l lead to the other lanes."]),
        };
        states::message(theme, headline, &lines, area, buf);
    }
}

/// What the SLA of the chosen row says, at the foot of the list.
fn details(cx: &ViewCx<'_>, chosen: &Conversation, area: Rect, buf: &mut Buffer) {
    let line = if cx.shared.ascii { "-" } else { "─" };
    let rule = format!("{line} SLA {}", line.repeat(usize::from(area.width).saturating_sub(6)));
    frame::row(&Line::styled(rule, cx.theme.style(Role::Border)), area, 0, buf);
    let room = Rect { x: area.x + 2.min(area.width), width: area.width.saturating_sub(2), ..area };
    for (at, line) in (1..area.height).zip(row::deadlines(cx, chosen, usize::from(room.width))) {
        frame::row(&line, room, at, buf);
    }
}
