//! Owns the table of results: for each kind of record its columns, what stands in them and what they are ordered by. The
//! columns of a kind are one list of heads and one list of cells, in the same order.

use jiff::Timestamp;
use ratatui::{
    buffer::Buffer,
    layout::Rect,
    style::Style,
    text::{Line, Span},
};
use serde_json::Value;

use super::{
    record::Record,
    shelf::{Order, Shelf},
};
use crate::{
    console::{
        pane::ViewCx,
        state::Shared,
        theme::Role,
        widgets::{
            cut, frame, marks,
            rich::{self, Quotes},
            when,
        },
    },
    domain::{
        AttributeKind, ContactKind, Conversation, Customer, Direction, FieldValue, Guarded, Kobject, Message, Note,
        SlaState, Text, UserId,
    },
    kustomer::{Owned, search::Context},
    privacy::text,
};

/// How wide a column is, its gap not counted.
#[derive(Clone, Copy, Debug)]
enum Width {
    /// So many cells.
    Cells(usize),
    /// A share of what is left.
    Share(usize),
}

/// A column's heading.
#[derive(Clone, Copy, Debug)]
pub struct Head {
    /// What it says.
    pub title: &'static str,
    width: Width,
    /// The narrowest table it is shown in.
    from: usize,
}

/// What stands in a column of one row.
#[derive(Clone, Debug)]
pub struct Cell {
    words: String,
    role: Role,
    /// What the column is ordered by.
    pub key: Key,
}

/// What is compared when a table is ordered; what is missing comes last.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Key {
    /// Numbers and moments.
    Number(i64),
    /// Words, in lower case.
    Words(String),
    /// Nothing there.
    Missing,
}

const fn head(title: &'static str, width: Width, from: usize) -> Head {
    Head { title, width, from }
}

use Width::{Cells, Share};

const CUSTOMER: &[Head] = &[
    head("Name", Share(36), 0),
    head("Email", Share(38), 0),
    head("Phone", Share(26), 56),
    head("Id", Cells(13), 90),
    head("Open", Cells(7), 40),
    head("Seen", Cells(5), 90),
];
const CONVERSATION: &[Head] = &[
    head("SLA", Cells(15), 60),
    head("P", Cells(1), 40),
    head("Subject", Share(1), 0),
    head("Status", Cells(8), 0),
    head("Channel", Cells(9), 70),
    head("Assignee", Cells(15), 84),
    head("Queue", Cells(15), 104),
    head("Last", Cells(4), 40),
];
const MESSAGE: &[Head] = &[
    head("Sent", Cells(4), 0),
    head("Way", Cells(3), 0),
    head("Channel", Cells(9), 60),
    head("From", Share(1), 90),
    head("Words", Share(3), 0),
];
const NOTE: &[Head] = &[head("Written", Cells(7), 0), head("By", Cells(18), 50), head("Words", Share(1), 0)];
const COMPANY: &[Head] = &[head("Name", Share(1), 0), head("Id", Cells(26), 60)];
const KOBJECT: &[Head] = &[
    head("Title", Share(30), 0),
    head("Id", Cells(16), 60),
    head("Attributes", Share(70), 44),
    head("Changed", Cells(7), 80),
];

/// The columns of a place.
pub fn heads(context: &Context) -> &'static [Head] {
    match context {
        Context::Customer => CUSTOMER,
        Context::Conversation => CONVERSATION,
        Context::Message => MESSAGE,
        Context::Note => NOTE,
        Context::Company => COMPANY,
        Context::Kobject(_) => KOBJECT,
    }
}

/// What stands in the columns of a record, in the order of its heads.
pub fn cells(record: &Record, shared: &Shared) -> Vec<Cell> {
    match record {
        Record::Customer(record) => customer(record, shared),
        Record::Conversation(record) => conversation(record, shared),
        Record::Message(record) => message(record, shared),
        Record::Note(record) => note(record, shared),
        Record::Company(record) => {
            vec![
                worded(record.name.line().into_string(), Role::Strong),
                worded(text::line(&record.id).into_string(), Role::Dim),
            ]
        }
        Record::Kobject(record) => kobject(record, shared),
    }
}

fn worded(words: String, role: Role) -> Cell {
    let key = if words.trim().is_empty() { Key::Missing } else { Key::Words(words.to_lowercase()) };
    Cell { words, role, key }
}

fn counted(words: String, role: Role, number: Option<i64>) -> Cell {
    Cell { words, role, key: number.map_or(Key::Missing, Key::Number) }
}

/// How long ago; ordered by the moment itself.
fn aged(at: Option<Timestamp>, shared: &Shared) -> Cell {
    let words = at.map(|at| when::age(at, shared.moment.now)).unwrap_or_default();
    counted(words, Role::Dim, at.map(Timestamp::as_millisecond))
}

fn customer(customer: &Customer, shared: &Shared) -> Vec<Cell> {
    let contact = |kind| {
        let shown = customer.contacts_of(kind).next().map(|contact| guarded(&contact.value));
        shown.map_or_else(|| worded(String::new(), Role::Dim), |(words, role)| worded(words, role))
    };
    let [open, all] = [customer.counts[1], customer.counts[0]];
    vec![
        worded(customer.name.line().into_string(), Role::Customer),
        contact(ContactKind::Email),
        contact(ContactKind::Phone),
        worded(customer.external_id.as_ref().map(|id| id.line().into_string()).unwrap_or_default(), Role::Dim),
        counted(format!("{open}/{all}"), Role::Text, i64::try_from(open).ok()),
        aged(customer.last_activity, shared),
    ]
}

fn conversation(conversation: &Conversation, shared: &Shared) -> Vec<Cell> {
    let state = conversation.sla.as_ref().map_or(SlaState::None, |sla| sla.state(shared.moment.now));
    let (clock, role) = when::sla(state, shared.ascii);
    let urgent = if conversation.priority >= Some(4) { Role::PriorityHigh } else { Role::Priority };
    let priority = conversation.priority.map(|priority| priority.to_string()).unwrap_or_default();
    let channel = conversation.channels.last().map_or("", |channel| channel.as_str());
    vec![
        counted(clock, role, conversation.breach_at().map(Timestamp::as_millisecond)),
        counted(priority, urgent, conversation.priority.map(i64::from)),
        worded(subject(conversation), Role::Text),
        worded(conversation.status.as_str().to_owned(), Role::Dim),
        worded(channel.to_owned(), Role::Channel),
        worded(assignee(conversation, shared), Role::Dim),
        worded(queue(conversation, shared), Role::Dim),
        aged(conversation.last_message_at.or(conversation.created), shared),
    ]
}

fn message(found: &Owned<Message>, shared: &Shared) -> Vec<Cell> {
    let message = &found.record;
    let (way, role) = match message.direction {
        Direction::In => ("in", Role::MessageIn),
        Direction::Out => ("out", Role::MessageOut),
    };
    let (from, from_role) = match (&message.from, &message.by) {
        (_, Some(by)) => (user(by, shared), Role::Dim),
        (Some(from), None) => guarded(from),
        (None, None) => (String::new(), Role::Dim),
    };
    vec![
        aged(message.at, shared),
        worded(way.to_owned(), role),
        worded(message.channel.as_str().to_owned(), Role::Channel),
        worded(from, from_role),
        worded(said(message), Role::Text),
    ]
}

fn note(found: &Owned<Note>, shared: &Shared) -> Vec<Cell> {
    let note = &found.record;
    let by = note.by.as_ref().map(|by| user(by, shared)).unwrap_or_default();
    vec![aged(note.at, shared), worded(by, Role::Dim), worded(plain(&note.body).trim().to_owned(), Role::Text)]
}

fn kobject(kobject: &Kobject, shared: &Shared) -> Vec<Cell> {
    let id = kobject.external_id.as_ref().map(|id| id.line().into_string()).unwrap_or_default();
    let attributes: Vec<String> =
        attributes(kobject, shared).take(6).map(|(name, words, _)| format!("{name} {words}")).collect();
    vec![
        worded(kobject.title.line().into_string(), Role::Kobject),
        worded(id, Role::Dim),
        worded(attributes.join(" · "), Role::Text),
        aged(kobject.updated.or(kobject.created), shared),
    ]
}

/// A KObject's attributes that are set: label, value in one line, its look. Nothing sensitive in the clear: that is what a
/// timeline's unmasking window is for.
pub fn attributes<'a>(kobject: &'a Kobject, shared: &'a Shared) -> impl Iterator<Item = (String, String, Role)> + 'a {
    let klasses = shared.klasses.value().map_or(&[][..], Vec::as_slice);
    let klass = klasses.iter().find(|klass| klass.name == kobject.klass);
    kobject.custom.iter().filter_map(move |field| {
        let described = klass.and_then(|klass| klass.attributes.iter().find(|known| known.name == field.name));
        let (stem, kind) = AttributeKind::split(&field.name);
        let label = described.map_or_else(|| text::line(stem), |known| known.label.line()).into_string();
        let (words, role) = match &field.value {
            FieldValue::Guarded(Guarded::Masked(shown)) => (shown.line().into_string(), Role::Masked),
            FieldValue::Guarded(Guarded::Revealed(_)) => ("********".to_owned(), Role::Masked),
            FieldValue::Open(_) if described.is_some_and(|known| known.sensitive) => {
                ("********".to_owned(), Role::Masked)
            }
            FieldValue::Open(Value::Null) => return None,
            FieldValue::Open(Value::String(words)) => match words.parse::<Timestamp>() {
                Ok(at) if kind == AttributeKind::At => (when::minute(at, &shared.zone), Role::Text),
                _ => (text::line(&head_of(words)).into_string(), Role::Text),
            },
            FieldValue::Open(other) => (text::line(&head_of(&other.to_string())).into_string(), Role::Text),
        };
        Some((label, words, role))
    })
}

/// As much of a value as a line could show.
fn head_of(words: &str) -> String {
    words.chars().take(200).collect()
}

/// What a message says, in one line: its subject, then its words.
pub fn said(message: &Message) -> String {
    let body = plain(&message.body);
    match &message.subject {
        Some(subject) if !subject.is_blank() => format!("{} · {}", subject.line().trim(), body.trim()),
        _ => body.trim().to_owned(),
    }
}

/// The beginning of somebody's words in one line; of HTML, what it says.
pub fn plain(words: &Text) -> String {
    let head = head_of(words.raw());
    if !head.contains('<') {
        return text::line(&head).into_string();
    }
    let rows = rich::rows(&head, 200, Role::Text, Quotes::Folded);
    rows.iter().take(4).map(rich::Row::words).collect::<Vec<_>>().join(" ")
}

/// What a conversation is about.
pub fn subject(conversation: &Conversation) -> String {
    let words = if conversation.name.is_blank() { &conversation.preview } else { &conversation.name };
    words.line().trim().to_owned()
}

/// A guarded value as it may be shown now.
pub fn guarded(value: &Guarded) -> (String, Role) {
    match value {
        Guarded::Masked(shown) => (shown.line().into_string(), Role::Masked),
        Guarded::Revealed(real) => (text::line(real.expose()).into_string(), Role::Revealed),
    }
}

/// A user by name, where it is known.
pub fn user(id: &UserId, shared: &Shared) -> String {
    let known = shared.directory.value().and_then(|directory| directory.users.get(id));
    known.map_or_else(|| id.to_string(), |user| user.name.line().into_string())
}

/// Who has a conversation: the first user, else the first team.
pub fn assignee(conversation: &Conversation, shared: &Shared) -> String {
    let team = || {
        let id = conversation.assigned_teams.first()?;
        let name = shared.directory.value().and_then(|directory| directory.teams.get(id));
        Some(name.map_or_else(|| id.to_string(), |name| name.line().into_string()))
    };
    let first = conversation.assigned_users.first().map(|id| user(id, shared));
    first.or_else(team).unwrap_or_else(|| "unassigned".to_owned())
}

/// The queue of a conversation, by name.
pub fn queue(conversation: &Conversation, shared: &Shared) -> String {
    let Some(id) = &conversation.queue else { return String::new() };
    let name = shared.directory.value().and_then(|directory| directory.queues.get(id));
    name.map_or_else(|| id.to_string(), |name| name.line().into_string())
}

/// The columns that fit a table of this width: which, and how many cells each takes with its gap.
fn columns(heads: &[Head], width: usize) -> Vec<(usize, usize)> {
    let shown: Vec<usize> = (0..heads.len()).filter(|place| width >= heads[*place].from).collect();
    let fixed: usize =
        shown.iter().map(|place| if let Cells(cells) = heads[*place].width { cells + 1 } else { 0 }).sum();
    let shares: usize = shown.iter().map(|place| if let Share(share) = heads[*place].width { share } else { 0 }).sum();
    let left = width.saturating_sub(fixed);
    let cells = |place: &usize| match heads[*place].width {
        Cells(cells) => cells + 1,
        Share(share) => left * share / shares.max(1),
    };
    shown.iter().map(|place| (*place, cells(place))).collect()
}

/// The column whose heading stands at a cell, counted from the table's left.
pub fn column_at(context: &Context, width: u16, cell: u16) -> Option<usize> {
    let mut left = usize::from(cell);
    columns(heads(context), usize::from(width)).into_iter().find_map(|(place, cells)| {
        let is_here = left < cells;
        left = left.saturating_sub(cells);
        is_here.then_some(place)
    })
}

/// Draws the heading, and below it as many rows as fit.
pub fn view(cx: &ViewCx<'_>, shelf: &Shelf, shows_choice: bool, area: Rect, buf: &mut Buffer) {
    let heads = heads(shelf.query.context());
    let columns = columns(heads, usize::from(area.width));
    let heading: String = columns
        .iter()
        .map(|(place, cells)| padded(&heading(cx, heads[*place].title, *place, shelf.order), *cells))
        .collect();
    frame::row(&Line::styled(heading, cx.theme.style(Role::TableHead)), area, 0, buf);
    let list = Rect { y: area.y + 1, height: area.height.saturating_sub(1), ..area };
    let chosen = shelf.cursor.chosen(shelf.len());
    for (line, place) in (0..list.height).zip(shelf.cursor.rows(shelf.len(), usize::from(list.height))) {
        let Some(record) = shelf.row(place) else { continue };
        let cells = cells(record, cx.shared);
        let spans = columns.iter().filter_map(|(place, wide)| Some((cells.get(*place)?, *wide)));
        let line_of = |(cell, wide): (&Cell, usize)| -> Vec<Span<'static>> {
            let style = cx.theme.style(cell.role);
            marks::marked(&padded(&cell.words, wide), &shelf.needles, style, cx.theme.style(Role::Match))
        };
        // The ground first: what is marked keeps a ground of its own.
        if shows_choice && Some(place) == chosen {
            frame::under(ground(cx), list, line, buf);
        }
        frame::row(&spans.flat_map(line_of).collect::<Line<'_>>(), list, line, buf);
    }
}

/// A heading with the sign of the order, if the table is ordered by it.
fn heading(cx: &ViewCx<'_>, title: &str, place: usize, order: Option<Order>) -> String {
    let sign = |descending: bool| match (cx.shared.ascii, descending) {
        (false, false) => " ▲",
        (false, true) => " ▼",
        (true, false) => " ^",
        (true, true) => " v",
    };
    match order {
        Some(order) if order.column == place => format!("{title}{}", sign(order.descending)),
        _ => title.to_owned(),
    }
}

/// The ground of the chosen row: its cells keep their colours, which carry meaning.
pub fn ground(cx: &ViewCx<'_>) -> Style {
    let role = if cx.focused { Role::Selected } else { Role::SelectedUnfocused };
    Style { fg: None, ..cx.theme.style(role) }
}

fn padded(words: &str, cells: usize) -> String {
    cells.checked_sub(1).map_or_else(String::new, |room| format!("{} ", cut::pad(words, room)))
}
