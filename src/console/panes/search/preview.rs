//! Owns the preview of the chosen row: what it is in full, as far as the search brought it. Nothing is read for it.

use ratatui::{
    buffer::Buffer,
    layout::Rect,
    text::{Line, Span},
};

use super::{record::Record, table};
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
    domain::{Channel, ContactKind, Conversation, Customer, Direction, Kobject, Message, SlaState},
    kustomer::Owned,
    privacy::text,
};

/// The least and the most cells labels take.
const LABEL: (usize, usize) = (10, 18);

/// A fact: its label, its words, its look.
type Fact = (String, String, Role);

/// Draws a record. Nothing more than the room is worked out.
pub fn view(cx: &ViewCx<'_>, record: &Record, needles: &[String], area: Rect, buf: &mut Buffer) {
    let room = usize::from(area.width);
    let (title, facts, body) = told(record, cx.shared);
    let mark = cx.theme.style(Role::Match);
    let mut lines: Vec<Line<'static>> = Vec::new();
    for line in cut::wrap(&title, room).into_iter().take(2) {
        lines.push(Line::from(marks::marked(&line, needles, cx.theme.style(Role::Strong), mark)));
    }
    let label_room = facts.iter().map(|(label, ..)| cut::width(label)).max().unwrap_or(0).clamp(LABEL.0, LABEL.1);
    for (label, words, role) in facts.into_iter().filter(|(_, words, _)| !words.trim().is_empty()) {
        let mut spans = vec![Span::styled(format!("{} ", cut::pad(&label, label_room)), cx.theme.style(Role::Dim))];
        let words = cut::fit(words.trim(), room.saturating_sub(label_room + 1));
        spans.extend(marks::marked(&words, needles, cx.theme.style(role), mark));
        lines.push(Line::from(spans));
    }
    if !body.trim().is_empty() {
        lines.push(Line::default());
        let needle = needles.first().map_or("", String::as_str);
        let rows = rich::rows(&body, room, Role::Text, Quotes::Folded);
        lines.extend(rows.iter().take(usize::from(area.height)).map(|row| row.line(cx.theme, needle)));
    }
    for (row, line) in (0..area.height).zip(&lines) {
        frame::row(line, area, row, buf);
    }
}

/// Title, facts, and words in their raw form (`rich` makes them safe).
fn told(record: &Record, shared: &Shared) -> (String, Vec<Fact>, String) {
    match record {
        Record::Customer(record) => (record.name.line().into_string(), customer(record, shared), String::new()),
        Record::Conversation(record) => {
            (table::subject(record), conversation(record, shared), record.preview.raw().to_owned())
        }
        Record::Message(record) => {
            let subject = record.record.subject.as_ref().map(|subject| subject.line().into_string());
            let title = subject.unwrap_or_else(|| format!("{} message", record.record.channel.as_str()));
            (title, message(record, shared), record.record.body.raw().to_owned())
        }
        Record::Note(record) => {
            let note = &record.record;
            let facts = vec![
                fact("by", note.by.as_ref().map(|by| table::user(by, shared)).unwrap_or_default(), Role::Text),
                fact("written", moment(note.at, shared), Role::Text),
                fact("in", id(note.conversation.as_ref()), Role::Dim),
            ];
            ("Note".to_owned(), facts, note.body.raw().to_owned())
        }
        Record::Company(record) => {
            let facts = vec![
                fact("id", text::line(&record.id).into_string(), Role::Dim),
                fact("opens", "its customers".to_owned(), Role::Dim),
            ];
            (record.name.line().into_string(), facts, String::new())
        }
        Record::Kobject(record) => (record.title.line().into_string(), kobject(record, shared), String::new()),
    }
}

fn fact(label: &str, words: String, role: Role) -> Fact {
    (label.to_owned(), words, role)
}

fn moment(at: Option<jiff::Timestamp>, shared: &Shared) -> String {
    at.map(|at| when::minute(at, &shared.zone)).unwrap_or_default()
}

fn id(id: Option<&impl ToString>) -> String {
    id.map(|id| text::line(&id.to_string()).into_string()).unwrap_or_default()
}

fn customer(customer: &Customer, shared: &Shared) -> Vec<Fact> {
    let contacts = [ContactKind::Email, ContactKind::Phone, ContactKind::Whatsapp].into_iter().flat_map(|kind| {
        customer.contacts_of(kind).take(3).map(move |contact| {
            let (words, role) = table::guarded(&contact.value);
            fact(kind.word(), words, role)
        })
    });
    let [all, open, snoozed, done] = customer.counts;
    let mut facts: Vec<Fact> = contacts.collect();
    facts.extend([
        fact("id", customer.external_id.as_ref().map(|id| id.line().into_string()).unwrap_or_default(), Role::Text),
        fact("so far", format!("{all} conversations: {open} open, {snoozed} snoozed, {done} done"), Role::Text),
        fact("tags", tags(&customer.tags, shared), Role::Tag),
        fact("seen", moment(customer.last_activity, shared), Role::Text),
        fact("since", moment(customer.created, shared), Role::Dim),
    ]);
    facts
}

fn conversation(conversation: &Conversation, shared: &Shared) -> Vec<Fact> {
    let state = conversation.sla.as_ref().map_or(SlaState::None, |sla| sla.state(shared.moment.now));
    let (clock, role) = when::sla(state, shared.ascii);
    let channels: Vec<&str> = conversation.channels.iter().map(Channel::as_str).collect();
    let priority = conversation.priority.map(|priority| format!(" · priority {priority}")).unwrap_or_default();
    let last = match conversation.last_direction {
        Some(Direction::In) => "the customer's",
        Some(Direction::Out) => "ours",
        None => "",
    };
    vec![
        fact("SLA", clock, role),
        fact("status", format!("{}{priority}", conversation.status.as_str()), Role::Text),
        fact("assignee", table::assignee(conversation, shared), Role::Text),
        fact("queue", table::queue(conversation, shared), Role::Text),
        fact("channels", channels.join(", "), Role::Channel),
        fact("tags", tags(&conversation.tags, shared), Role::Tag),
        fact(
            "so far",
            format!("messages {} · notes {}", conversation.message_count, conversation.note_count),
            Role::Text,
        ),
        fact("last word", last.to_owned(), Role::Text),
    ]
}

fn message(found: &Owned<Message>, shared: &Shared) -> Vec<Fact> {
    let message = &found.record;
    let (from, role) = message.from.as_ref().map_or((String::new(), Role::Dim), table::guarded);
    let by = message.by.as_ref().map(|by| table::user(by, shared)).unwrap_or_default();
    let way = match message.direction {
        Direction::In => "in",
        Direction::Out => "out",
    };
    let error = message.error.as_ref().map(|error| error.line().into_string()).unwrap_or_default();
    vec![
        fact("sent", moment(message.at, shared), Role::Text),
        fact("way", format!("{way} by {}", message.channel.as_str()), Role::Channel),
        fact("from", from, role),
        fact("by", by, Role::Text),
        fact("not sent", error, Role::Error),
    ]
}

fn kobject(kobject: &Kobject, shared: &Shared) -> Vec<Fact> {
    let mut facts = vec![
        fact("klass", text::line(kobject.klass.as_str()).into_string(), Role::Dim),
        fact("id", kobject.external_id.as_ref().map(|id| id.line().into_string()).unwrap_or_default(), Role::Text),
        fact("changed", moment(kobject.updated.or(kobject.created), shared), Role::Text),
    ];
    facts.extend(table::attributes(kobject, shared).take(40));
    facts
}

fn tags(tags: &[crate::domain::TagId], shared: &Shared) -> String {
    let known = |id| shared.directory.value().and_then(|directory| directory.tags.get(id));
    let name = |id| known(id).map_or_else(|| id.to_string(), |name| name.line().into_string());
    tags.iter().map(name).collect::<Vec<_>>().join(", ")
}
