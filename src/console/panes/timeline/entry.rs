//! Owns the rows of one entry: who, over which channel, when, in which words, with which files, and what went wrong with it.
//! Signs never stand alone: a word says the same.

use jiff::Timestamp;

use super::page::Sight;
use crate::{
    console::{
        theme::Role,
        widgets::{
            cut,
            rich::{self, Quotes, Row},
        },
    },
    domain::{Attachment, AuthorKind, Channel, Draft, Event, FieldValue, Item, Kobject, Message, Note},
    privacy::text,
};

/// Rows of a folded entry's words.
const FOLDED: usize = 14;
/// Bytes looked at for a folded entry: what lies behind is only counted.
const FOLDED_BYTES: usize = 16 * 1024;

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

/// Whether an entry has anything to show: what the desk only keeps for itself does not.
pub fn says_something(item: &Item) -> bool {
    match item {
        Item::Event(event) => event.changes.iter().any(|(name, ..)| !BOOKKEEPING.contains(&name.raw())),
        Item::Message(_) | Item::Note(_) | Item::Draft(_) | Item::Kobject(_) => true,
    }
}

/// An entry's rows and the blank one below; `full` shows all its words and what they quote.
pub fn rows(item: &Item, sight: &Sight<'_>, width: usize, full: bool) -> Vec<Row> {
    let pen = Pen { sight, width, full };
    let mut rows = match item {
        Item::Message(message) => pen.message(item, message),
        Item::Note(note) => pen.note(item, note),
        Item::Draft(draft) => pen.draft(draft),
        Item::Kobject(kobject) => return vec![pen.kobject(kobject)],
        Item::Event(event) => return vec![pen.event(item, event)],
    };
    rows.push(Row::default());
    rows
}

/// A mood the desk judged, by sign and word; none where it is even.
pub fn mood(sentiment: Option<i8>) -> Option<(String, Role)> {
    match sentiment {
        Some(1..) => Some((":) positive".to_owned(), Role::Good)),
        Some(..0) => Some((":( negative".to_owned(), Role::Warning)),
        Some(0) | None => None,
    }
}

/// A file as it is told: its name, and its size where it is known.
pub fn file(file: &Attachment) -> String {
    let size = match file.size {
        Some(bytes @ 0..1024) => format!(", {bytes} B"),
        Some(bytes @ 1024..1_048_576) => format!(", {} kB", bytes.div_ceil(1024)),
        Some(bytes) => format!(", {:.1} MB", bytes as f64 / 1_048_576.0),
        None => String::new(),
    };
    let gone = if file.redacted { ", removed for good" } else { "" };
    format!("{}{size}{gone}", file.name.line())
}

/// Writes the rows of an entry.
#[derive(Clone, Copy)]
struct Pen<'a> {
    sight: &'a Sight<'a>,
    width: usize,
    full: bool,
}

impl Pen<'_> {
    fn message(self, item: &Item, message: &Message) -> Vec<Row> {
        let inbound = message.direction == crate::domain::Direction::In;
        let role = if inbound { Role::MessageIn } else { Role::MessageOut };
        let arrow = match (self.sight.shared.ascii, inbound) {
            (false, true) => "←",
            (false, false) => "→",
            (true, true) => "<",
            (true, false) => ">",
        };
        let mut marks = vec![(format!("{arrow} {}", self.author(item)), role)];
        marks.extend(mood(message.sentiment));
        marks.extend(self.edited(message.edited));
        if message.redacted {
            marks.push(("words or files removed for good".to_owned(), Role::Hidden));
        }
        let mut rows = vec![self.head(marks, &message.channel, message.at)];
        rows.extend(self.body(message.body.raw(), Role::Text));
        let opens = if self.sight.shared.ascii { "" } else { " · O opens" };
        for attached in &message.attachments {
            let opens = if is_picture(attached) { opens } else { "" };
            rows.push(self.indented(&format!("[attached: {}{opens}]", file(attached)), Role::Dim));
        }
        if let Some(error) = &message.error {
            let sign = if self.sight.shared.ascii { "x" } else { "✗" };
            rows.push(self.indented(&format!("{sign} not delivered: {}", error.line()), Role::Error));
        }
        rows
    }

    fn note(self, item: &Item, note: &Note) -> Vec<Row> {
        let sign = if self.sight.shared.ascii { "#" } else { "✎" };
        let mut marks = vec![(format!("{sign} private note · {}", self.author(item)), Role::MessageNote)];
        marks.extend(self.edited(note.edited));
        let mut rows = vec![self.head(marks, &Channel::Note, note.at)];
        rows.extend(self.body(note.body.raw(), Role::MessageNote));
        rows
    }

    fn draft(self, draft: &Draft) -> Vec<Row> {
        let who = self.sight.name(draft.by.as_ref()).map(|who| format!(" · {who}")).unwrap_or_default();
        let when = draft.send_at.map(|at| format!(", goes out {}", self.sight.time(Some(at)))).unwrap_or_default();
        let words = format!("… draft, not sent{when}{who}");
        let mut rows = vec![self.head(vec![(words, Role::MessageDraft)], &draft.channel, draft.at)];
        rows.extend(self.body(draft.body.raw(), Role::MessageDraft));
        rows
    }

    fn kobject(self, kobject: &Kobject) -> Row {
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
        let sign = if self.sight.shared.ascii { "o" } else { "◆" };
        let words =
            format!("{sign} {} {}  {}", text::line(kobject.klass.as_str()), kobject.title.line(), fields.join(" · "));
        self.one_line(&words, Role::Kobject, kobject.updated.or(kobject.created))
    }

    fn event(self, item: &Item, event: &Event) -> Row {
        let to = if self.sight.shared.ascii { "->" } else { "→" };
        let changes: Vec<String> = event
            .changes
            .iter()
            .filter(|(name, ..)| !BOOKKEEPING.contains(&name.raw()))
            .take(6)
            .map(|(name, before, after)| {
                let (before, after) = (self.sight.named(before), self.sight.named(after));
                match (before.is_empty(), after.is_empty()) {
                    (true, _) => format!("{} = {after}", name.line()),
                    (false, true) => format!("{} {before} removed", name.line()),
                    (false, false) => format!("{} {before} {to} {after}", name.line()),
                }
            })
            .collect();
        self.one_line(&format!("· {}: {}", self.author(item), changes.join(", ")), Role::MessageEvent, event.at)
    }

    /// Who wrote it, by name where there is one, and what kind of author that is.
    fn author(self, item: &Item) -> String {
        let kind = self.sight.timeline.author(item, |user| self.sight.is_machine(user));
        let name = self.sight.name(item.by());
        let sign = |unicode: &'static str, plain: &'static str| if self.sight.shared.ascii { plain } else { unicode };
        match kind {
            AuthorKind::Customer => "customer".to_owned(),
            AuthorKind::Person => name.unwrap_or_else(|| "the team".to_owned()),
            AuthorKind::Machine => format!("{} {} (machine)", sign("⚙", "*"), name.unwrap_or_default()),
            AuthorKind::Rule if matches!(item, Item::Event(_)) => "the desk".to_owned(),
            AuthorKind::Rule => format!("{} a rule (automatic)", sign("⚙", "*")),
            AuthorKind::Ai => format!("{} AI agent (automatic)", sign("✦", "*")),
        }
    }

    fn edited(self, at: Option<Timestamp>) -> Option<(String, Role)> {
        at.map(|at| (format!("edited {}", self.sight.time(Some(at))), Role::Dim))
    }

    /// An entry's head: who and what is to be known of it, over which channel, when.
    fn head(self, marks: Vec<(String, Role)>, channel: &Channel, at: Option<Timestamp>) -> Row {
        let right = match channel {
            Channel::Note => self.sight.time(at),
            channel => format!("{}  {}", channel.as_str(), self.sight.time(at)),
        };
        let right = cut::fit(&right, self.width / 2);
        let room = self.width.saturating_sub(cut::width(&right) + 2);
        let mut row = Row::of(" ", Role::Text);
        let mut left = room;
        for (number, (words, role)) in marks.into_iter().enumerate() {
            let gap = if number == 0 { "" } else { "  " };
            let words = cut::fit(&words, left.saturating_sub(gap.len()));
            if words.is_empty() {
                break;
            }
            left = left.saturating_sub(gap.len() + cut::width(&words));
            row = row.and(gap, Role::Text).and(words, role);
        }
        row.and(" ".repeat(left), Role::Text).and(format!(" {right}"), Role::Dim)
    }

    fn one_line(self, words: &str, role: Role, at: Option<Timestamp>) -> Row {
        let right = self.sight.time(at);
        let room = self.width.saturating_sub(cut::width(&right) + 2);
        Row::of(" ", role).and(cut::pad(words, room), role).and(format!(" {right}"), Role::Dim)
    }

    fn indented(self, words: &str, role: Role) -> Row {
        Row::of("   ", role).and(cut::fit(words, self.width.saturating_sub(3)), role)
    }

    /// The words of an entry, indented; folded to its first rows unless the person asked for all.
    fn body(self, raw: &str, role: Role) -> Vec<Row> {
        let sign = if self.sight.shared.ascii { ">" } else { "▸" };
        let quotes = if self.full { Quotes::Shown } else { Quotes::Folded };
        let looked = if self.full { raw } else { &raw[..raw.floor_char_boundary(FOLDED_BYTES)] };
        let mut rows = rich::rows(looked, self.width.saturating_sub(3), role, quotes);
        let hidden = rows.len().saturating_sub(FOLDED);
        let more = looked.len() < raw.len();
        if !self.full && (hidden > 1 || more) {
            rows.truncate(FOLDED);
            let words = if more {
                format!("{sign} more: {} kB in all · Enter unfolds", raw.len().div_ceil(1024))
            } else {
                format!("{sign} {hidden} more lines · Enter unfolds")
            };
            rows.push(Row::of(cut::fit(&words, self.width.saturating_sub(3)), Role::Dim));
        }
        for row in &mut rows {
            row.0.insert(0, rich::Piece { words: "   ".to_owned(), role, url: None });
        }
        rows
    }
}

/// Whether a file is a picture that can be looked at, as far as its type or name says.
pub fn is_picture(file: &Attachment) -> bool {
    let kind = file.content_type.as_ref().map(|kind| kind.raw().to_ascii_lowercase());
    let name = file.name.raw().to_ascii_lowercase();
    let typed =
        kind.is_some_and(|kind| ["image/png", "image/jpeg", "image/gif", "image/webp"].contains(&kind.as_str()));
    let named = [".png", ".jpg", ".jpeg", ".gif", ".webp"].iter().any(|end| name.ends_with(end));
    (typed || named) && !file.redacted && !file.id.is_empty()
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
