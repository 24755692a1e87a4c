//! Owns how records read in one sentence: what a row shows in columns, said. Every word from outside is made safe here.

use jiff::Timestamp;

use crate::{
    console::{
        state::Shared,
        theme::Role,
        widgets::{
            cut,
            rich::{self, Quotes},
            when,
        },
    },
    domain::{
        Conversation, Customer, CustomerId, Direction, Event, Guarded, Item, QueueId, SlaState, TeamId, Text, UserId,
    },
    privacy::text,
};

/// Words of an entry that a row quotes.
const QUOTED: usize = 160;
/// As wide as a line is easily listened to.
const WIDTH: usize = 100;
/// Lines of one entry that are read out at most; the rest is counted.
const LONGEST: usize = 400;

/// A conversation: subject, clock, priority, channel, who has it, where, how long ago.
pub fn conversation(of: &Conversation, shared: &Shared) -> String {
    let now = shared.moment.now;
    let subject = if of.name.is_blank() { &of.preview } else { &of.name };
    let teams = of.assigned_teams.first().map(|id| team(id, shared));
    let who = of.assigned_users.first().map(|id| user(id, shared)).or(teams);
    let mut parts = vec![line(subject), clock(of.sla.as_ref().map_or(SlaState::None, |sla| sla.state(now)))];
    parts.extend(of.priority.map(|priority| format!("priority {priority}")));
    parts.extend(of.channels.last().map(|channel| channel.as_str().to_owned()));
    parts.push(who.unwrap_or_else(|| "unassigned".to_owned()));
    parts.extend(of.queue.as_ref().map(|id| format!("in {}", queue(id, shared))));
    let last = match of.last_direction {
        Some(Direction::In) => "last word from the customer",
        Some(Direction::Out) => "last word from us",
        None => "last changed",
    };
    parts.extend(of.last_message_at.or(of.created).map(|at| format!("{last} {}", ago(at, now))));
    parts.join("; ")
}

/// An SLA clock in words.
fn clock(state: SlaState) -> String {
    match state {
        SlaState::None => "no SLA".to_owned(),
        SlaState::Met => "SLA met".to_owned(),
        SlaState::Paused => "SLA paused".to_owned(),
        SlaState::Due(left) => format!("due in {}", when::short(left)),
        SlaState::Breached(over) => format!("late by {}", when::short(over)),
    }
}

fn ago(at: Timestamp, now: Timestamp) -> String {
    match when::age(at, now).as_str() {
        "now" => "just now".to_owned(),
        age => format!("{age} ago"),
    }
}

/// A customer: name, id, contacts as the desk shows them, open conversations.
pub fn customer(of: &Customer) -> String {
    let name = if of.name.is_blank() { of.id.to_string() } else { line(&of.name) };
    let mut parts = vec![name];
    parts.extend(of.external_id.as_ref().map(line));
    parts.extend(
        of.contacts.iter().take(4).map(|contact| format!("{} {}", contact.kind.word(), guarded(&contact.value))),
    );
    parts.push(format!("{} open of {} conversations", of.counts[1], of.counts[0]));
    parts.join("; ")
}

fn guarded(value: &Guarded) -> String {
    match value {
        Guarded::Masked(shown) => line(shown),
        Guarded::Revealed(real) => format!("{} (unmasked)", text::line(real.expose()).as_ref()),
    }
}

/// The name of a customer in hand, else the id.
pub fn whose(id: &CustomerId, shared: &Shared) -> String {
    let person = shared.current.as_ref().and_then(|current| current.person.value());
    match person.filter(|person| person.id == *id) {
        Some(person) => customer(person),
        None => format!("customer {id}"),
    }
}

fn user(id: &UserId, shared: &Shared) -> String {
    let known = shared.directory.value().and_then(|directory| directory.users.get(id));
    known.map_or_else(|| id.to_string(), |user| line(&user.name))
}

fn team(id: &TeamId, shared: &Shared) -> String {
    let known = shared.directory.value().and_then(|directory| directory.teams.get(id));
    known.map_or_else(|| id.to_string(), line)
}

fn queue(id: &QueueId, shared: &Shared) -> String {
    let known = shared.directory.value().and_then(|directory| directory.queues.get(id));
    known.map_or_else(|| id.to_string(), line)
}

/// An entry of a timeline: what it is, whose, when, and how it begins.
pub fn item(of: &Item, shared: &Shared) -> String {
    let words = match of {
        Item::Message(message) => begins(&message.body),
        Item::Note(note) => begins(&note.body),
        Item::Draft(draft) => begins(&draft.body),
        Item::Kobject(kobject) => line(&kobject.title),
        Item::Event(event) => changes(event),
    };
    format!("{} {words}", head(of, shared))
}

/// What an entry is, whose, and when.
fn head(of: &Item, shared: &Shared) -> String {
    let by = |id: Option<&UserId>| id.map_or_else(|| "the team".to_owned(), |id| user(id, shared));
    let what = match of {
        Item::Message(message) => {
            let who = match message.direction {
                Direction::In => "from the customer".to_owned(),
                Direction::Out => format!("from {}", by(message.by.as_ref())),
            };
            let failed = if message.error.is_some() { ", not delivered" } else { "" };
            let files = match message.attachments.len() {
                0 => String::new(),
                count => format!(", {count} attached"),
            };
            format!("{} {who}{failed}{files}", message.channel.as_str())
        }
        Item::Note(note) => format!("private note by {}", by(note.by.as_ref())),
        Item::Draft(draft) => format!("draft, not sent, {}", draft.channel.as_str()),
        Item::Kobject(kobject) => kobject.klass.to_string(),
        Item::Event(event) => format!("changed by {}", by(event.by.as_ref())),
    };
    let at = of.at().map_or_else(|| "no time".to_owned(), |at| when::at(at, shared.moment.now, &shared.zone));
    format!("{what}, {at}:")
}

fn begins(words: &Text) -> String {
    let raw = words.raw();
    let looked = &raw[..raw.floor_char_boundary(16 * 1024)];
    let rows = rich::rows(looked, WIDTH, Role::Text, Quotes::Folded);
    let words: Vec<String> =
        rows.iter().map(|row| row.words().trim().to_owned()).filter(|row| !row.is_empty()).collect();
    cut::fit(&words.join(" "), QUOTED)
}

/// What the desk counts for itself whenever anything happens: no news to a listener.
const COUNTED: [&str; 8] = [
    "rev",
    "modificationHistory",
    "modifiedAt",
    "modifiedBy",
    "updatedAt",
    "lastActivityAt",
    "messageCount",
    "noteCount",
];

fn changes(event: &Event) -> String {
    let told = event.changes.iter().filter(|(name, ..)| !COUNTED.contains(&name.raw()));
    let all = told.take(6).map(|(name, before, after)| {
        let before = if before.is_blank() { "is".to_owned() } else { format!("from {} to", before.line()) };
        format!("{} {before} {}", name.line(), after.line())
    });
    cut::fit(&all.collect::<Vec<_>>().join(", "), QUOTED)
}

/// An entry of a timeline whole, line by line.
pub fn whole(of: &Item, shared: &Shared) -> Vec<String> {
    let mut lines = vec![head(of, shared)];
    let body = match of {
        Item::Message(message) => &message.body,
        Item::Note(note) => &note.body,
        Item::Draft(draft) => &draft.body,
        Item::Kobject(_) | Item::Event(_) => return vec![item(of, shared)],
    };
    lines.extend(words(body.raw()));
    if let Item::Message(message) = of {
        lines.extend(message.attachments.iter().map(|attached| format!("attached: {}", line(&attached.name))));
        lines.extend(message.error.iter().map(|error| format!("not delivered: {}", line(error))));
    }
    lines
}

/// Somebody's words (plain, Markdown or HTML) as lines.
pub fn words(raw: &str) -> Vec<String> {
    let rows = rich::rows(raw, WIDTH, Role::Text, Quotes::Shown);
    let more = rows.len().saturating_sub(LONGEST);
    let mut lines: Vec<String> = rows.iter().take(LONGEST).map(|row| row.words().trim_end().to_owned()).collect();
    if more > 0 {
        lines.push(format!("and {more} more lines"));
    }
    lines
}

fn line(words: &Text) -> String {
    words.line().trim().to_owned()
}
