//! Owns the rows of a timeline: entries laid out once for a width, of which only those in view are drawn. Does not move
//! the cursor.

use std::collections::BTreeSet;

use jiff::{Timestamp, civil::Date};
use ratatui::{
    buffer::Buffer,
    layout::Rect,
    text::{Line, Span},
};

use crate::{
    console::{
        pane::ViewCx,
        state::Shared,
        theme::Role,
        widgets::{
            cut, frame,
            list::Cursor,
            rich::{self, Quotes, Row},
            when,
        },
    },
    domain::{
        Channel, ConversationId, Direction, Draft, Event, FieldValue, Item, Kobject, Message, Note, Timeline, UserId,
    },
    privacy::text,
};

/// Entries the person unfolded, by index.
pub type Folds = BTreeSet<usize>;

/// Rows of a folded entry's words.
const FOLDED: usize = 14;
/// Bytes looked at for a folded entry: what lies behind is only counted.
const FOLDED_BYTES: usize = 16 * 1024;

/// What rows depend on, besides the entries.
#[derive(Clone, Copy)]
pub struct Sight<'a> {
    /// Names, zone, today.
    pub shared: &'a Shared,
    /// What is unfolded.
    pub folds: &'a Folds,
    /// Cells a row may take.
    pub width: usize,
    /// Which entries.
    pub revision: u64,
}

impl Sight<'_> {
    fn key(&self) -> Key {
        let today = self.shared.moment.now.to_zoned(self.shared.zone.clone()).date();
        let names = self.shared.directory.value().map_or(0, |directory| directory.users.len());
        Key { width: self.width, revision: self.revision, folds: self.folds.clone(), today, names }
    }

    fn name(&self, user: Option<&UserId>) -> Option<String> {
        let user = user?;
        let known = self.shared.directory.value().and_then(|directory| directory.users.get(user));
        Some(known.map_or_else(|| user.to_string(), |user| user.name.line().into_string()))
    }

    fn time(&self, at: Option<Timestamp>) -> String {
        at.map_or_else(|| "no time".to_owned(), |at| when::at(at, self.shared.moment.now, &self.shared.zone))
    }
}

#[derive(Debug, PartialEq, Eq)]
struct Key {
    width: usize,
    revision: u64,
    folds: Folds,
    today: Date,
    names: usize,
}

#[derive(Debug)]
struct Laid {
    row: Row,
    item: Option<usize>,
}

/// The rows of a timeline at one width.
#[derive(Debug)]
pub struct Page {
    key: Key,
    rows: Vec<Laid>,
    /// Where each conversation's divider stands.
    dividers: Vec<(usize, ConversationId)>,
}

impl Page {
    /// Lays the entries out.
    pub fn of(timeline: &Timeline, sight: &Sight<'_>) -> Self {
        let mut page = Self { key: sight.key(), rows: Vec::new(), dividers: Vec::new() };
        let mut conversation = None;
        for (index, item) in timeline.items.iter().enumerate() {
            let its = item.conversation();
            if its.is_some() && its != conversation {
                conversation = its;
                page.divide(item, sight);
            }
            let entry = entry(item, sight, sight.folds.contains(&index));
            page.rows.extend(entry.into_iter().map(|row| Laid { row, item: Some(index) }));
            if !matches!(item, Item::Event(_) | Item::Kobject(_)) {
                page.rows.push(Laid { row: Row::default(), item: None });
            }
        }
        for gap in &timeline.gaps {
            let words = cut::fit(&format!("⚠ not shown: {}", text::line(gap)), sight.width);
            page.rows.push(Laid { row: Row::of(words, Role::Warning), item: None });
        }
        page
    }

    /// Whether these rows are the ones for this sight.
    pub fn fits(&self, sight: &Sight<'_>) -> bool {
        self.key == sight.key()
    }

    /// The width they were laid out for.
    pub fn width(&self) -> usize {
        self.key.width
    }

    /// How many rows there are.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// The entry a row belongs to; blank rows belong to the entry above.
    pub fn item_at(&self, row: usize) -> Option<usize> {
        self.rows.get(..=row)?.iter().rev().find_map(|laid| laid.item)
    }

    /// The first row of an entry.
    pub fn first_row_of(&self, item: usize) -> Option<usize> {
        self.rows.iter().position(|laid| laid.item == Some(item))
    }

    /// The row of the newest entry's beginning in a conversation.
    pub fn last_row_of(&self, timeline: &Timeline, conversation: &ConversationId) -> Option<usize> {
        let item = timeline.items.iter().rposition(|item| item.conversation() == Some(conversation))?;
        self.rows.iter().rposition(|laid| laid.item == Some(item))
    }

    /// The divider after (or before) a row, and its conversation.
    pub fn conversation_beside(&self, row: usize, forward: bool) -> Option<(usize, ConversationId)> {
        let found = if forward {
            self.dividers.iter().find(|(at, _)| *at > row)
        } else {
            self.dividers.iter().rev().find(|(at, _)| *at < row)
        };
        found.cloned()
    }

    /// The nearest row after (or before) this one that holds the words, going round at the ends.
    pub fn match_beside(&self, needle: &str, row: usize, forward: bool) -> Option<usize> {
        let needle = needle.to_ascii_lowercase();
        let len = self.rows.len();
        let holds = |at: &usize| self.rows[*at].row.words().to_ascii_lowercase().contains(&needle);
        let ahead = (1..=len).map(|step| if forward { (row + step) % len } else { (row + len - step) % len });
        ahead.into_iter().find(holds)
    }

    /// Draws the rows around the cursor.
    pub fn view(&self, cx: &ViewCx<'_>, cursor: Cursor, needle: &str, area: Rect, buf: &mut Buffer) {
        let chosen = cursor.chosen(self.rows.len());
        let item = chosen.and_then(|row| self.item_at(row));
        let mark = if cx.shared.ascii { "|" } else { "▌" };
        for (y, index) in (0..area.height).zip(cursor.rows(self.rows.len(), usize::from(area.height))) {
            let laid = &self.rows[index];
            frame::row(&laid.row.line(cx.theme, needle), area, y, buf);
            if laid.item.is_some() && laid.item == item && cx.focused {
                let role = if chosen == Some(index) { Role::Strong } else { Role::Accent };
                frame::row(&Line::from(Span::styled(mark, cx.theme.style(role))), Rect { width: 1, ..area }, y, buf);
            }
        }
    }

    fn divide(&mut self, item: &Item, sight: &Sight<'_>) {
        let Some(id) = item.conversation() else { return };
        let current = sight.shared.current.as_ref().and_then(|current| current.details.value());
        let known = current.filter(|conversation| conversation.id == *id);
        let title = match (known, item) {
            (Some(conversation), _) => format!("{} · {}", conversation.name.line(), conversation.status.as_str()),
            (None, Item::Message(Message { subject: Some(subject), .. })) => subject.line().into_string(),
            (None, _) => format!("conversation {id}"),
        };
        let line = if sight.shared.ascii { "-" } else { "─" };
        let title = cut::fit(&title, sight.width.saturating_sub(6));
        let rest = sight.width.saturating_sub(cut::width(&title) + 4);
        let row = Row::of(format!("{line}{line} "), Role::Faint)
            .and(title, Role::Heading)
            .and(format!(" {}", line.repeat(rest)), Role::Faint);
        self.dividers.push((self.rows.len(), id.clone()));
        self.rows.push(Laid { row, item: None });
    }
}

/// The words of an entry, safe, for the clipboard.
pub fn words_of(item: &Item) -> Option<String> {
    let words = match item {
        Item::Message(message) => &message.body,
        Item::Note(note) => &note.body,
        Item::Draft(draft) => &draft.body,
        Item::Kobject(kobject) => kobject.external_id.as_ref().unwrap_or(&kobject.title),
        Item::Event(_) => return None,
    };
    Some(words.block().into_string())
}

fn entry(item: &Item, sight: &Sight<'_>, unfolded: bool) -> Vec<Row> {
    match item {
        Item::Message(message) => of_message(message, sight, unfolded),
        Item::Note(note) => of_note(note, sight, unfolded),
        Item::Draft(draft) => of_draft(draft, sight, unfolded),
        Item::Kobject(kobject) => vec![of_kobject(kobject, sight)],
        Item::Event(event) => of_event(event, sight).into_iter().collect(),
    }
}

fn of_message(message: &Message, sight: &Sight<'_>, unfolded: bool) -> Vec<Row> {
    let (arrow, role, who) = match message.direction {
        Direction::In => ("←", Role::MessageIn, None),
        Direction::Out => ("→", Role::MessageOut, sight.name(message.by.as_ref())),
    };
    let arrow = match (sight.shared.ascii, message.direction) {
        (true, Direction::In) => "<",
        (true, Direction::Out) => ">",
        (false, _) => arrow,
    };
    let who = match (message.direction, who) {
        (Direction::In, _) => "customer".to_owned(),
        (Direction::Out, who) => who.unwrap_or_else(|| "the team".to_owned()),
    };
    let auto = if message.auto { " (automatic)" } else { "" };
    let mut rows = vec![head(sight, (&format!("{arrow} {who}{auto}"), role), &message.channel, message.at)];
    rows.extend(body(message.body.raw(), Role::Text, sight, unfolded));
    for (name, size) in &message.attachments {
        let size = size.map(|size| format!(", {} kB", size.div_ceil(1024))).unwrap_or_default();
        rows.push(indented(&format!("[attached: {}{size}]", name.line()), Role::Dim, sight));
    }
    if let Some(error) = &message.error {
        rows.push(indented(&format!("✗ not delivered: {}", error.line()), Role::Error, sight));
    }
    rows
}

fn of_note(note: &Note, sight: &Sight<'_>, unfolded: bool) -> Vec<Row> {
    let who = sight.name(note.by.as_ref()).unwrap_or_else(|| "the team".to_owned());
    let mut rows = vec![head(sight, (&format!("✎ private note · {who}"), Role::MessageNote), &Channel::Note, note.at)];
    rows.extend(body(note.body.raw(), Role::MessageNote, sight, unfolded));
    rows
}

fn of_draft(draft: &Draft, sight: &Sight<'_>, unfolded: bool) -> Vec<Row> {
    let who = sight.name(draft.by.as_ref()).map(|who| format!(" · {who}")).unwrap_or_default();
    let when = draft.send_at.map(|at| format!(", goes out {}", sight.time(Some(at)))).unwrap_or_default();
    let words = format!("… draft, not sent{when}{who}");
    let mut rows = vec![head(sight, (&words, Role::MessageDraft), &draft.channel, draft.at)];
    rows.extend(body(draft.body.raw(), Role::MessageDraft, sight, unfolded));
    rows
}

fn of_kobject(kobject: &Kobject, sight: &Sight<'_>) -> Row {
    let fields: Vec<String> = kobject
        .custom
        .iter()
        .filter_map(|field| match &field.value {
            FieldValue::Open(value) => value
                .as_str()
                .map(|words| text::line(words).into_string())
                .or_else(|| (value.is_number() || value.is_boolean()).then(|| value.to_string())),
            FieldValue::Guarded(_) => None,
        })
        .filter(|words| !words.is_empty())
        .take(4)
        .collect();
    let words = format!("◆ {} {}  {}", kobject.klass, kobject.title.line(), fields.join(" · "));
    one_line(&words, Role::Kobject, kobject.updated.or(kobject.created), sight)
}

/// What the desk keeps for itself and changes with everything: no news to anybody.
const BOOKKEEPING: [&str; 15] = [
    "rev",
    "modifiedBy",
    "updatedAt",
    "modifiedAt",
    "lastActivityAt",
    "lastMessageAt",
    "lastMessageIn",
    "lastMessageOut",
    "lastMessageDirection",
    "lastMessageUnrespondedTo",
    "messageCount",
    "inboundMessageCount",
    "outboundMessageCount",
    "noteCount",
    "preview",
];

fn of_event(event: &Event, sight: &Sight<'_>) -> Option<Row> {
    let who = sight.name(event.by.as_ref()).unwrap_or_else(|| "the desk".to_owned());
    let changes: Vec<String> = event
        .changes
        .iter()
        .filter(|(name, ..)| !BOOKKEEPING.contains(&name.raw()))
        .take(6)
        .map(|(name, before, after)| {
            if before.is_blank() {
                format!("{} = {}", name.line(), after.line())
            } else {
                format!("{} {} → {}", name.line(), before.line(), after.line())
            }
        })
        .collect();
    let words = format!("· {who}: {}", changes.join(", "));
    (!changes.is_empty()).then(|| one_line(&words, Role::MessageEvent, event.at, sight))
}

/// An entry's head: who, over which channel, when.
fn head(sight: &Sight<'_>, who: (&str, Role), channel: &Channel, at: Option<Timestamp>) -> Row {
    let right = match channel {
        Channel::Note => sight.time(at),
        channel => format!("{}  {}", channel.as_str(), sight.time(at)),
    };
    let right = cut::fit(&right, sight.width / 2);
    let room = sight.width.saturating_sub(cut::width(&right) + 2);
    Row::of(" ", who.1).and(cut::pad(who.0, room), who.1).and(format!(" {right}"), Role::Dim)
}

fn one_line(words: &str, role: Role, at: Option<Timestamp>, sight: &Sight<'_>) -> Row {
    let right = sight.time(at);
    let room = sight.width.saturating_sub(cut::width(&right) + 2);
    Row::of(" ", role).and(cut::pad(words, room), role).and(format!(" {right}"), Role::Dim)
}

fn indented(words: &str, role: Role, sight: &Sight<'_>) -> Row {
    Row::of("   ", role).and(cut::fit(words, sight.width.saturating_sub(3)), role)
}

/// The words of an entry, indented; folded to its first rows unless the person asked for all.
fn body(raw: &str, role: Role, sight: &Sight<'_>, unfolded: bool) -> Vec<Row> {
    let quotes = if unfolded { Quotes::Shown } else { Quotes::Folded };
    let looked = if unfolded { raw } else { &raw[..raw.floor_char_boundary(FOLDED_BYTES)] };
    let mut rows = rich::rows(looked, sight.width.saturating_sub(3), role, quotes);
    let hidden = rows.len().saturating_sub(FOLDED);
    let more = looked.len() < raw.len();
    if !unfolded && (hidden > 1 || more) {
        rows.truncate(FOLDED);
        let words = if more {
            format!("▸ more: {} kB in all · Enter unfolds", raw.len().div_ceil(1024))
        } else {
            format!("▸ {hidden} more lines · Enter unfolds")
        };
        rows.push(Row::of(cut::fit(&words, sight.width.saturating_sub(3)), Role::Dim));
    }
    for row in &mut rows {
        row.0.insert(0, rich::Piece { words: "   ".to_owned(), role });
    }
    rows
}
