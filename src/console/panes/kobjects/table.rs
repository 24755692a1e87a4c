//! Owns the table of KObjects: which attributes become columns, how wide they are, and the rows. Knows no klass by name:
//! columns come from metadata, and attributes that metadata does not describe follow them.

use std::collections::BTreeSet;

use ratatui::{
    buffer::Buffer,
    layout::Rect,
    text::{Line, Span},
};

use super::value::{self, Shown};
use crate::{
    console::{
        pane::ViewCx,
        state::Shared,
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

/// Every attribute to show of these records: as metadata has them with long texts last, then the undescribed by name.
pub fn attributes(klass: &Klass, rows: &[&Kobject]) -> Vec<Attribute> {
    let mut all = klass.attributes.clone();
    all.sort_by_key(|attribute| attribute.kind == AttributeKind::Txt);
    let known: BTreeSet<&str> = klass.attributes.iter().map(|attribute| attribute.name.as_str()).collect();
    let strangers: BTreeSet<&str> = rows
        .iter()
        .flat_map(|row| &row.custom)
        .map(|field| field.name.as_str())
        .filter(|name| !known.contains(name))
        .collect();
    all.extend(strangers.into_iter().map(Attribute::undescribed));
    all
}

struct Column<'a> {
    attribute: &'a Attribute,
    width: usize,
    right: bool,
}

/// Draws the heading and as many rows as fit.
pub fn view(cx: &ViewCx<'_>, klass: &Klass, rows: &[&Kobject], cursor: Cursor, area: Rect, buf: &mut Buffer) {
    let room = usize::from(area.width);
    let all = attributes(klass, rows);
    let title = (room * TITLE.0 / 100).clamp(TITLE.1, TITLE.2).min(room);
    let columns = columns(&all, rows, room.saturating_sub(title), cx.shared);
    frame::row(&head(cx, &columns, title, all.len()), area, 0, buf);
    let height = usize::from(area.height.saturating_sub(1));
    let chosen = cursor.chosen(rows.len());
    for (line, index) in (1..).zip(cursor.rows(rows.len(), height)) {
        frame::row(&row(cx, rows[index], &columns, title), area, line, buf);
        if chosen == Some(index) {
            let role = if cx.focused { Role::Selected } else { Role::SelectedUnfocused };
            frame::under(cx.theme.style(role), area, line, buf);
        }
    }
}

/// The columns that fit into the room, each as wide as its words. A column without a value is left to the detail.
fn columns<'a>(all: &'a [Attribute], rows: &[&Kobject], room: usize, shared: &Shared) -> Vec<Column<'a>> {
    let mut columns = Vec::new();
    let mut left = room;
    for attribute in all {
        let measured = rows.iter().take(MEASURED).map(|row| value::cell(attribute, row.field(&attribute.name), shared));
        let (mut widest, mut right) = (0, attribute.kind == AttributeKind::Num);
        for Shown { words, right: to_the_right, .. } in measured {
            widest = widest.max(cut::width(&words));
            right |= to_the_right;
        }
        if widest == 0 {
            continue;
        }
        let width = widest.max(cut::width(&attribute.label.line())).min(WIDEST);
        if width + GAP > left {
            continue;
        }
        left -= width + GAP;
        columns.push(Column { attribute, width, right });
    }
    columns
}

fn head(cx: &ViewCx<'_>, columns: &[Column<'_>], title: usize, of: usize) -> Line<'static> {
    let mut words = cut::pad("TITLE", title);
    for column in columns {
        let label = column.attribute.label.line().to_uppercase();
        words.push_str(&" ".repeat(GAP));
        words.push_str(&place(&label, column.width, column.right));
    }
    let mut spans = vec![Span::styled(words, cx.theme.style(Role::TableHead))];
    let more = of - columns.len();
    if more > 0 {
        spans.push(Span::styled(format!("  +{more}"), cx.theme.style(Role::Dim)));
    }
    Line::from(spans)
}

fn row(cx: &ViewCx<'_>, kobject: &Kobject, columns: &[Column<'_>], title: usize) -> Line<'static> {
    let mut spans = vec![Span::styled(cut::pad(&name(kobject), title), cx.theme.style(Role::Kobject))];
    for Column { attribute, width, right } in columns {
        let shown = value::cell(attribute, kobject.field(&attribute.name), cx.shared);
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
