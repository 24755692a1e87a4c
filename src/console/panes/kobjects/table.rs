//! Owns the table of KObjects: how wide each column is, the rows, and the headings among them. Which columns there are is
//! `columns`'s.

use ratatui::{
    buffer::Buffer,
    layout::Rect,
    text::{Line, Span},
};

use super::{
    columns,
    shape::{Arranged, Shape},
    value::{self, Names, Shown},
};
use crate::{
    console::{
        pane::ViewCx,
        theme::Role,
        widgets::{cut, frame, list::Cursor},
    },
    domain::{Attribute, AttributeKind, Klass, Kobject},
};

/// The widest a column of an attribute gets.
const WIDEST: usize = 24;
/// The share of the room the title takes, in percent, and its bounds.
const TITLE: (usize, usize, usize) = (30, 12, 40);
/// So many rows decide the widths; a longer list is not measured to its end for each frame.
const MEASURED: usize = 100;
/// Between columns.
const GAP: usize = 2;
/// Cells for the count of columns that have no room.
const MORE: usize = 5;

struct Column<'a> {
    attribute: &'a Attribute,
    width: usize,
    right: bool,
}

/// What a table is made of.
#[derive(Clone, Copy)]
pub struct Sheet<'a> {
    /// The klass.
    pub klass: &'a Klass,
    /// The rows as read.
    pub rows: &'a [Kobject],
    /// Their order and headings.
    pub arranged: &'a Arranged,
    /// The arrangement they follow.
    pub shape: &'a Shape,
    /// What ids are called.
    pub names: &'a Names,
}

/// A line below the heading.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Slot {
    /// The n-th heading.
    Head(usize),
    /// The n-th row in order.
    Row(usize),
}

impl Sheet<'_> {
    /// Headings and rows, one below the other.
    fn slots(&self) -> Vec<Slot> {
        let mut slots = Vec::with_capacity(self.arranged.order.len() + self.arranged.heads.len());
        let mut heads = self.arranged.heads.iter().enumerate().peekable();
        for at in 0..self.arranged.order.len() {
            if let Some((head, _)) = heads.next_if(|(_, (before, ..))| *before == at) {
                slots.push(Slot::Head(head));
            }
            slots.push(Slot::Row(at));
        }
        slots
    }

    fn row(&self, at: usize) -> Option<&Kobject> {
        self.rows.get(*self.arranged.order.get(at)?)
    }

    /// The n-th row in order that stands in a line of the table, when it is drawn so high.
    pub fn row_at(&self, cursor: Cursor, line: usize, height: usize) -> Option<usize> {
        let slots = self.slots();
        let mut visible = window(&slots, cursor.chosen(self.arranged.order.len()), height);
        match slots.get(visible.nth(line)?)? {
            Slot::Row(at) => Some(*at),
            Slot::Head(_) => None,
        }
    }
}

/// The lines that are seen: the chosen row stays about in the middle.
fn window(slots: &[Slot], chosen: Option<usize>, height: usize) -> impl Iterator<Item = usize> + use<> {
    let mut lines = Cursor::default();
    lines.choose(chosen.and_then(|at| slots.iter().position(|slot| *slot == Slot::Row(at))).unwrap_or(0));
    lines.rows(slots.len(), height)
}

/// Draws the heading and as many rows as fit.
pub fn view(cx: &ViewCx<'_>, sheet: Sheet<'_>, cursor: Cursor, area: Rect, buf: &mut Buffer) {
    let room = usize::from(area.width);
    let rows: Vec<&Kobject> = sheet.arranged.order.iter().filter_map(|place| sheet.rows.get(*place)).collect();
    let all = wanted(sheet, &rows);
    let title = (room * TITLE.0 / 100).clamp(TITLE.1, TITLE.2).min(room);
    let columns = columns(cx, sheet, &all, &rows, room.saturating_sub(title + MORE));
    frame::row(&head(cx, sheet.shape, &columns, title, all.len()), area, 0, buf);
    let height = usize::from(area.height.saturating_sub(1));
    let chosen = cursor.chosen(rows.len());
    let slots = sheet.slots();
    for (line, at) in (1..).zip(window(&slots, chosen, height)) {
        match slots.get(at) {
            Some(Slot::Head(head)) => {
                let (_, words, count) = &sheet.arranged.heads[*head];
                let words = cut::fit(&format!("{words} ({count})"), room);
                frame::row(&Line::styled(words, cx.theme.style(Role::Heading)), area, line, buf);
            }
            Some(Slot::Row(at)) => {
                let Some(kobject) = sheet.row(*at) else { continue };
                frame::row(&row(cx, sheet, kobject, &columns, title), area, line, buf);
                if chosen == Some(*at) {
                    let role = if cx.focused { Role::Selected } else { Role::SelectedUnfocused };
                    frame::under(cx.theme.style(role), area, line, buf);
                }
            }
            None => {}
        }
    }
}

/// The columns a person chose, in their order; the usual ones where nobody did.
fn wanted(sheet: Sheet<'_>, rows: &[&Kobject]) -> Vec<Attribute> {
    let all = columns::all(sheet.klass, rows);
    let named = |name: &String| all.iter().find(|attribute| attribute.name == *name).cloned();
    if sheet.shape.columns.is_empty() {
        let mut usual = columns::attributes(sheet.klass, rows);
        // What rows stand under says it already; what they stand in order by comes first, then what tells them apart best.
        usual.retain(|attribute| sheet.shape.group.as_ref() != Some(&attribute.name));
        usual.sort_by_key(|attribute| attribute.enumeration.is_empty());
        if let Some(sorted) = sheet.shape.sort.as_ref().and_then(|(name, _)| named(name)) {
            usual.retain(|attribute| attribute.name != sorted.name);
            usual.insert(0, sorted);
        }
        return usual;
    }
    sheet.shape.columns.iter().filter_map(named).collect()
}

/// The columns that fit into the room, each as wide as its words. A column without a value is left to the detail, unless
/// somebody chose it.
fn columns<'a>(
    cx: &ViewCx<'_>,
    sheet: Sheet<'_>,
    all: &'a [Attribute],
    rows: &[&Kobject],
    room: usize,
) -> Vec<Column<'a>> {
    let is_chosen = !sheet.shape.columns.is_empty();
    let mut columns = Vec::new();
    let mut left = room;
    for attribute in all {
        let shown =
            |row: &&Kobject| value::cell(attribute, columns::value(row, attribute).as_deref(), cx.shared, sheet.names);
        let (mut widest, mut right) = (0, attribute.kind == AttributeKind::Num);
        for Shown { words, right: to_the_right, .. } in rows.iter().take(MEASURED).map(shown) {
            widest = widest.max(cut::width(&words));
            right |= to_the_right;
        }
        if widest == 0 && !is_chosen {
            continue;
        }
        let width = widest.max(cut::width(&label(attribute, sheet.shape))).min(WIDEST);
        if width + GAP > left {
            if is_chosen {
                break;
            }
            continue;
        }
        left -= width + GAP;
        columns.push(Column { attribute, width, right });
    }
    columns
}

/// A column's heading, with the sign of the order rows stand in.
fn label(attribute: &Attribute, shape: &Shape) -> String {
    let label = attribute.label.line().to_uppercase();
    match shape.sort.as_ref().filter(|(name, _)| *name == attribute.name) {
        Some((_, false)) => format!("{label} ↑"),
        Some((_, true)) => format!("{label} ↓"),
        None => label,
    }
}

fn head(cx: &ViewCx<'_>, shape: &Shape, columns: &[Column<'_>], title: usize, of: usize) -> Line<'static> {
    let mut words = cut::pad("TITLE", title);
    for column in columns {
        words.push_str(&" ".repeat(GAP));
        words.push_str(&place(&label(column.attribute, shape), column.width, column.right));
    }
    let mut spans = vec![Span::styled(words, cx.theme.style(Role::TableHead))];
    let more = of - columns.len();
    if more > 0 {
        spans.push(Span::styled(format!("  +{more}"), cx.theme.style(Role::Dim)));
    }
    Line::from(spans)
}

fn row(cx: &ViewCx<'_>, sheet: Sheet<'_>, kobject: &Kobject, columns: &[Column<'_>], title: usize) -> Line<'static> {
    let mut spans = vec![Span::styled(cut::pad(&name(kobject), title), cx.theme.style(Role::Kobject))];
    for Column { attribute, width, right } in columns {
        let shown = value::cell(attribute, columns::value(kobject, attribute).as_deref(), cx.shared, sheet.names);
        spans.push(Span::raw(" ".repeat(GAP)));
        spans.push(Span::styled(place(&shown.words, *width, *right), cx.theme.style(shown.role)));
    }
    Line::from(spans)
}

/// What people call a record: its title, else the org's own id, else the desk's.
pub fn name(kobject: &Kobject) -> String {
    if !kobject.title.is_blank() {
        return kobject.title.line().into_string();
    }
    match &kobject.external_id {
        Some(id) if !id.is_blank() => id.line().into_string(),
        Some(_) | None => kobject.id.to_string(),
    }
}

fn place(words: &str, width: usize, right: bool) -> String {
    if right { cut::pad_left(words, width) } else { cut::pad(words, width) }
}
