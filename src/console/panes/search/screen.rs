//! Owns how the search looks, and what stands where on it: the strip of places, the line that is typed in, the line that
//! tells, the rows, the preview. The mouse asks here what it hit.

use ratatui::{
    buffer::Buffer,
    layout::Rect,
    text::{Line, Span},
};

use super::{
    Mode, Search,
    local::Known,
    places::{self, Tab},
    preview,
    shelf::{Further, Shelf},
    table,
};
use crate::{
    console::{
        pane::ViewCx,
        state::Shared,
        theme::Role,
        widgets::{cut, frame, marks, states, when},
    },
    kustomer::search::Context,
    privacy::text,
};

/// From this width on the preview stands beside the rows.
const BESIDE: u16 = 116;
/// From this height on it stands below them where it cannot stand beside; the rows it then takes.
const BELOW: (u16, u16) = (17, 7);
/// What holds for every result, said where it could mislead.
const LAG: &str = "The desk's index is up to a minute behind and knows two years.";

/// What stands at a cell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Spot {
    /// A place of the strip.
    Place(Context),
    /// The line that is typed in.
    Line,
    /// A column's heading.
    Head(usize),
    /// A row, counted on screen.
    Row(usize),
}

/// The parts of the pane; a part without room has no height.
struct Rooms {
    frame: Rect,
    strip: Rect,
    line: Rect,
    told: Rect,
    rows: Rect,
    /// The preview and whether it has a frame of its own.
    preview: Option<(Rect, bool)>,
}

fn rooms(area: Rect, wants_preview: bool) -> Rooms {
    let is_beside = wants_preview && area.width >= BESIDE;
    let frame = if is_beside { Rect { width: area.width * 64 / 100, ..area } } else { area };
    let inside = Rect {
        x: frame.x + 2.min(frame.width),
        y: frame.y + 1.min(frame.height),
        width: frame.width.saturating_sub(4),
        height: frame.height.saturating_sub(2),
    };
    let line = |at: u16| Rect { y: inside.y + at.min(inside.height), height: u16::from(at < inside.height), ..inside };
    let below = Rect { y: inside.y + 3.min(inside.height), height: inside.height.saturating_sub(3), ..inside };
    let (rows, preview) = if is_beside {
        (below, Some((Rect { x: frame.right(), width: area.width - frame.width, ..area }, true)))
    } else if wants_preview && inside.height >= BELOW.0 {
        let rows = Rect { height: below.height - BELOW.1, ..below };
        (rows, Some((Rect { y: rows.bottom(), height: BELOW.1, ..below }, false)))
    } else {
        (below, None)
    };
    Rooms { frame, strip: line(0), line: line(1), told: line(2), rows, preview }
}

impl Search {
    /// How many rows stand on screen.
    pub(super) fn len(&self) -> usize {
        if self.is_filtered() { self.local.matches().len() } else { self.shelf().map_or(0, Shelf::len) }
    }

    fn rooms(&self, area: Rect) -> Rooms {
        rooms(area, !self.is_filtered() && self.shelf().is_some_and(|shelf| shelf.len() > 0))
    }

    /// What stands at a cell of the pane.
    pub(super) fn spot(&self, shared: &Shared, area: Rect, column: u16, row: u16) -> Option<Spot> {
        let rooms = self.rooms(area);
        let is_in = |room: Rect| room.contains((column, row).into());
        if is_in(rooms.strip) {
            let cell = usize::from(column - rooms.strip.x);
            let hit = |tab: &Tab| cell >= tab.at && cell < tab.at + cut::width(&tab.words);
            return self.tabs(rooms.strip.width, shared).into_iter().find(hit).map(|tab| Spot::Place(tab.context));
        }
        if is_in(rooms.line) {
            return Some(Spot::Line);
        }
        let inside = is_in(rooms.rows) && self.len() > 0;
        match usize::from(row.checked_sub(rooms.rows.y).filter(|_| inside)?) {
            0 if self.is_filtered() => None,
            0 => table::column_at(&self.place, rooms.rows.width, column - rooms.rows.x).map(Spot::Head),
            line => {
                let height = usize::from(rooms.rows.height.saturating_sub(1));
                let cursor = if self.is_filtered() { self.local_cursor } else { self.shelf()?.cursor };
                cursor.rows(self.len(), height).nth(line - 1).map(Spot::Row)
            }
        }
    }

    fn tabs(&self, room: u16, shared: &Shared) -> Vec<Tab> {
        let count = |context: &Context| {
            let page = self.shelves.get(context)?.found.value()?;
            let plus = if page.more && page.total.is_none() { "+" } else { "" };
            Some(format!("{}{plus}", page.total.unwrap_or(page.rows.len() as u64)))
        };
        places::tabs(&self.place, usize::from(room), shared, count)
    }

    pub(super) fn draw(&self, cx: &ViewCx<'_>, area: Rect, buf: &mut Buffer) {
        let rooms = self.rooms(area);
        frame::titled(cx, &self.title(cx.shared), cx.focused, rooms.frame, buf);
        frame::row(&places::strip(cx, &self.tabs(rooms.strip.width, cx.shared)), rooms.strip, 0, buf);
        self.draw_line(cx, rooms.line, buf);
        self.draw_told(cx, rooms.told, buf);
        if self.is_filtered() {
            return self.draw_local(cx, rooms.rows, buf);
        }
        let Some(shelf) = self.shelf() else { return self.draw_idle(cx, rooms.rows, buf) };
        let many = places::count(&self.place, 2).split_off(2);
        if states::instead(cx.theme, &shelf.found, &many, rooms.rows, buf) {
            return;
        }
        if shelf.len() == 0 {
            return self.draw_empty(cx, rooms.rows, buf);
        }
        table::view(cx, shelf, self.mode == Mode::Rows, rooms.rows, buf);
        if let (Some((room, is_framed)), Some(chosen)) = (rooms.preview, shelf.chosen()) {
            let room = if is_framed {
                let inside = frame::titled(cx, "Preview", false, room, buf);
                Rect { x: inside.x + 1, width: inside.width.saturating_sub(2), ..inside }
            } else {
                let sign = if cx.shared.ascii { "-" } else { "─" };
                frame::row(
                    &Line::styled(sign.repeat(usize::from(room.width)), cx.theme.style(Role::Border)),
                    room,
                    0,
                    buf,
                );
                Rect { y: room.y + 1, height: room.height.saturating_sub(1), ..room }
            };
            preview::view(cx, chosen, &shelf.needles, room, buf);
        }
    }

    /// The query, or the filter behind its slash.
    fn draw_line(&self, cx: &ViewCx<'_>, room: Rect, buf: &mut Buffer) {
        if !self.is_filtered() {
            return self.query.view(cx.theme, hint(&self.place), self.mode == Mode::Query, room, buf);
        }
        frame::row(&Line::styled("/ ", cx.theme.style(Role::HintKey)), room, 0, buf);
        let room = Rect { x: room.x + 2.min(room.width), width: room.width.saturating_sub(2), ..room };
        let hint = "words of what is here already: nothing is asked of the desk";
        self.filter.view(cx.theme, hint, self.mode == Mode::Filter, room, buf);
    }

    /// What is wrong with the query, what could be typed next, or how the results stand.
    fn draw_told(&self, cx: &ViewCx<'_>, room: Rect, buf: &mut Buffer) {
        let style = |role| cx.theme.style(role);
        if self.is_filtered() {
            let words = format!("{} of {} that are here: earlier results and the queue", self.len(), self.local.len());
            return frame::row(&Line::styled(words, style(Role::Dim)), room, 0, buf);
        }
        if let Some(wrong) = &self.wrong {
            let words = format!("^ {}", text::line(&wrong.message).as_ref());
            let cells = usize::from(room.width);
            let indent = wrong.indent(self.query.words()).min(cells.saturating_sub(cut::width(&words)));
            let words = cut::fit(&format!("{}{words}", " ".repeat(indent)), cells);
            return frame::row(&Line::styled(words, style(Role::Error)), room, 0, buf);
        }
        if self.mode == Mode::Query {
            return frame::row(&self.offers(cx), room, 0, buf);
        }
        let Some((words, role)) = self.shelf().and_then(told) else { return };
        frame::row(&Line::styled(cut::fit(&words, usize::from(room.width)), style(role)), room, 0, buf);
    }

    /// What could be typed next: the first in full view, as the right arrow would put it, with what it is.
    fn offers(&self, cx: &ViewCx<'_>) -> Line<'static> {
        let style = |role| cx.theme.style(role);
        let Some(first) = self.offered.candidates.first() else { return Line::default() };
        let arrow = if cx.shared.ascii { "-> " } else { "→ " };
        let mut spans = vec![
            Span::styled(arrow, style(Role::Dim)),
            Span::styled(text::line(&first.text).into_string(), style(Role::Strong)),
        ];
        if !first.about.is_empty() {
            spans.push(Span::styled(format!(" ({})", text::line(&first.about).as_ref()), style(Role::Dim)));
        }
        for candidate in self.offered.candidates.iter().skip(1) {
            spans.push(Span::styled(format!("  {}", text::line(&candidate.text).as_ref()), style(Role::Dim)));
        }
        Line::from(spans)
    }

    fn title(&self, shared: &Shared) -> String {
        if self.is_filtered() {
            return "Search · what is here".to_owned();
        }
        let Some((shelf, page)) = self.shelf().and_then(|shelf| Some((shelf, shelf.found.value()?))) else {
            return "Search".to_owned();
        };
        let shown = page.rows.len();
        let count = match page.total {
            Some(total) if total > shown as u64 => {
                format!("{shown} of {total} {}", places::count(&self.place, 2).split_off(2))
            }
            _ if page.more => format!("the first {}", places::count(&self.place, shown)),
            _ => places::count(&self.place, shown),
        };
        let as_of = shelf.as_of().map(|at| at.to_zoned(shared.zone.clone()).strftime(" · as of %H:%M").to_string());
        format!("Search · {count}{}", as_of.unwrap_or_default())
    }

    /// Before anything was asked here: how one asks, what was asked before, what is saved.
    fn draw_idle(&self, cx: &ViewCx<'_>, room: Rect, buf: &mut Buffer) {
        let mut lines = vec![
            "Enter searches; up goes through earlier searches; pgdn, or in:notes before the query, looks elsewhere."
                .to_owned(),
            example(&self.place).to_owned(),
            LAG.to_owned(),
        ];
        if self.place == Context::Customer {
            lines.insert(
                1,
                "Masked customers are found by their real address or number too, and stay masked.".to_owned(),
            );
        }
        let searches = &cx.shared.searches;
        for saved in searches.all.iter().take(5) {
            let key = saved.key.map_or_else(|| "'".to_owned(), |key| key.to_string());
            lines.push(format!("{key}  {}", saved.name));
        }
        for (context, words) in self.history.newest().take(3) {
            lines.push(format!("up  {} in {context}", text::line(words).as_ref()));
        }
        lines.extend(searches.warnings.iter().take(3).cloned());
        let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        let one = places::one(&self.place);
        let article = if one.starts_with(['a', 'e', 'i', 'o', 'u']) { "an" } else { "a" };
        let headline = format!("Look for {article} {}.", text::line(&one).as_ref());
        states::message(cx.theme, (&headline, Role::Strong), &lines, room, buf);
    }

    fn draw_empty(&self, cx: &ViewCx<'_>, room: Rect, buf: &mut Buffer) {
        let headline = format!("No {} matches.", text::line(&places::one(&self.place)).as_ref());
        let lines = ["Fewer words find more; `email:~domain` looks for everybody of a domain.", LAG];
        states::message(cx.theme, (&headline, Role::Dim), &lines, room, buf);
    }

    /// What is here and matches the filter, whatever it is.
    fn draw_local(&self, cx: &ViewCx<'_>, room: Rect, buf: &mut Buffer) {
        if self.len() == 0 {
            let (headline, line) = if self.local.len() == 0 {
                ("Nothing is here yet.", "Results of searches and the queue's rows are; `i` writes a query.")
            } else {
                ("Nothing that is here matches.", "Esc and `i` ask the desk instead.")
            };
            return states::message(cx.theme, (headline, Role::Dim), &[line], room, buf);
        }
        let (title, detail) = local_columns(room.width);
        let heading = format!("{}{}{}", cut::pad("What", WORD), cut::pad("Title", title), cut::pad("More", detail));
        frame::row(&Line::styled(format!("{heading}When"), cx.theme.style(Role::TableHead)), room, 0, buf);
        let list = Rect { y: room.y + 1, height: room.height.saturating_sub(1), ..room };
        let chosen = self.local_cursor.chosen(self.len());
        for (line, place) in (0..list.height).zip(self.local_cursor.rows(self.len(), usize::from(list.height))) {
            let Some(known) = self.local.get(place) else { continue };
            if Some(place) == chosen {
                frame::under(table::ground(cx), list, line, buf);
            }
            frame::row(&local_row(cx, known, self.local.wanted(), (title, detail)), list, line, buf);
        }
    }
}

/// How the results stand, where that is worth a word.
fn told(shelf: &Shelf) -> Option<(String, Role)> {
    if let Some(stale) = states::staleness(&shelf.found) {
        return Some(stale);
    }
    let read = shelf.rows().len();
    match &shelf.further {
        Further::Asked => return Some(("reading further …".to_owned(), Role::Running)),
        Further::Failed(problem) => {
            let words = format!("the next rows could not be read: {}. Going on down tries again", problem.why);
            return Some((text::line(&words).into_string(), Role::Warning));
        }
        Further::Unread => {}
    }
    if shelf.is_at_the_stop() {
        return Some((format!("{read} read; the desk gives no more rows of one search: narrow it"), Role::Warning));
    }
    let skipped = shelf.found.value().map_or(0, |page| page.skipped);
    if skipped > 0 {
        return Some((format!("{skipped} could not be read and are left out"), Role::Warning));
    }
    let is_more = shelf.found.value().is_some_and(|page| page.more);
    let among = if shelf.order.is_some() { format!("sorted among the {read} that are read; ") } else { String::new() };
    is_more.then(|| (format!("{among}going on below the last row reads more"), Role::Dim))
}

/// The cells of the column that says what a row is, and of the age at its end.
const WORD: usize = 14;
const AGE: usize = 5;

fn local_columns(width: u16) -> (usize, usize) {
    let left = usize::from(width).saturating_sub(WORD + AGE);
    let title = left * 55 / 100;
    (title, left - title)
}

fn local_row(cx: &ViewCx<'_>, known: &Known, wanted: &[String], (title, detail): (usize, usize)) -> Line<'static> {
    let style = |role| cx.theme.style(role);
    let cell = |words: &str, cells: usize, role| {
        let words = cells.checked_sub(1).map_or_else(String::new, |room| format!("{} ", cut::pad(words, room)));
        marks::marked(&words, wanted, style(role), style(Role::Match))
    };
    let age = known.at.map(|at| when::age(at, cx.shared.moment.now)).unwrap_or_default();
    let mut spans = cell(known.word, WORD, Role::Dim);
    spans.extend(cell(&known.title, title, Role::Text));
    spans.extend(cell(&known.detail, detail, Role::Dim));
    spans.push(Span::styled(age, style(Role::Dim)));
    Line::from(spans)
}

/// What stands in the empty line.
fn hint(place: &Context) -> &'static str {
    match place {
        Context::Customer => {
            "words, email:x, email:~domain, phone:x, name:x, id:x, tag:x, created>30d, conversations>3"
        }
        Context::Conversation => "words, status:open, assignee:me, queue:x, tag:x, channel:email, sla<2h, priority>3",
        Context::Message => "words, body:word, direction:in, channel:x, sent>7d, by:me, status:error",
        Context::Note => "words, by:me, mentions:me, created>7d, conversation:ID",
        Context::Company => "words, name:x, name:~word, tag:x, updated>30d",
        Context::Kobject(_) => "words, the klass's own attributes, created>30d, sort:-updated",
    }
}

/// Queries to begin with.
fn example(place: &Context) -> &'static str {
    match place {
        Context::Customer => {
            "email:~acme.example   phone:+4915550001122   id:T-1042   loyaltyTierStr:gold   -tag:vip   sort:-updated"
        }
        Context::Conversation => {
            "status:open assignee:me sort:sla   (tag:vip OR priority>3) -status:done   \"never arrived\""
        }
        Context::Message => "refund direction:in sent>7d   status:error channel:email   -by:me",
        Context::Note => "mentions:me created>7d   by:me refund",
        Context::Company => "name:~logistics   updated>30d",
        Context::Kobject(_) => "created>30d sort:-updated   \"88123\"",
    }
}
