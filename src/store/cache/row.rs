//! Owns the form a conversation has in the cache: what may be kept of it, and reading it back. Free words are redacted on
//! the way in, and whatever comes back passes the same doors as what comes from a desk: the file is not trusted.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    domain::{
        Channel, Conversation, ConversationId, CustomerId, Direction, QueueId, Sla, Status, TagId, TeamId, Text, UserId,
    },
    privacy::pii,
};

/// Characters kept of one text: a queue shows less.
const MOST_WORDS: usize = 400;

/// A conversation as it is written. What an older version did not write reads as absent.
#[derive(Serialize, Deserialize, Default)]
#[serde(default)]
struct Record {
    id: String,
    customer: Option<String>,
    name: String,
    preview: String,
    status: String,
    priority: Option<u8>,
    channels: Vec<String>,
    users: Vec<String>,
    teams: Vec<String>,
    queue: Option<String>,
    tags: Vec<String>,
    sla: Option<Deadline>,
    messages: u64,
    notes: u64,
    last_message: Option<Timestamp>,
    is_inbound: Option<bool>,
    snoozed_until: Option<Timestamp>,
    sentiment: Option<i8>,
    created: Option<Timestamp>,
    updated: Option<Timestamp>,
    rev: Option<u64>,
}

#[derive(Serialize, Deserialize, Default)]
#[serde(default)]
struct Deadline {
    name: Option<String>,
    status: Option<String>,
    at: Option<Timestamp>,
    metric: Option<String>,
    is_breached: bool,
}

/// A conversation, ready to be written.
pub(super) struct Row {
    pub id: String,
    pub customer: Option<String>,
    /// Done ones leave a full cache first.
    pub is_done: bool,
    /// The last change, milliseconds; the oldest leave first.
    pub updated: i64,
    /// What a search looks through: redacted, as received otherwise.
    pub words: String,
    /// The rest, as JSON.
    pub record: String,
}

impl Row {
    /// What is kept of a conversation.
    pub fn of(conversation: &Conversation) -> Self {
        let (name, preview) = (kept(&conversation.name), kept(&conversation.preview));
        let words = format!("{name}\n{preview}");
        let record = Record {
            id: conversation.id.to_string(),
            customer: conversation.customer.as_ref().map(ToString::to_string),
            name,
            preview,
            status: conversation.status.as_str().to_owned(),
            priority: conversation.priority,
            channels: conversation.channels.iter().map(|channel| channel.as_str().to_owned()).collect(),
            users: all(&conversation.assigned_users),
            teams: all(&conversation.assigned_teams),
            queue: conversation.queue.as_ref().map(ToString::to_string),
            tags: all(&conversation.tags),
            sla: conversation.sla.as_ref().map(|sla| Deadline {
                name: sla.name.as_ref().map(kept),
                status: sla.status.clone(),
                at: sla.breach_at,
                metric: sla.metric.clone(),
                is_breached: sla.breached,
            }),
            messages: conversation.message_count,
            notes: conversation.note_count,
            last_message: conversation.last_message_at,
            is_inbound: conversation.last_direction.map(|direction| direction == Direction::In),
            snoozed_until: conversation.snoozed_until,
            sentiment: conversation.sentiment,
            created: conversation.created,
            updated: conversation.updated,
            rev: conversation.rev,
        };
        let updated = conversation.updated.or(conversation.last_message_at).or(conversation.created);
        Self {
            is_done: conversation.status == Status::Done,
            updated: updated.map_or(0, Timestamp::as_millisecond),
            words,
            // Strings and numbers only: this always works.
            record: serde_json::to_string(&record).unwrap_or_default(),
            id: record.id,
            customer: record.customer,
        }
    }
}

/// A conversation out of its JSON; `None` for what is none.
pub(super) fn read(json: &str) -> Option<Conversation> {
    let record: Record = serde_json::from_str(json).ok()?;
    let id = ConversationId::new(&record.id);
    if id.as_str().is_empty() {
        return None;
    }
    Some(Conversation {
        id,
        customer: record.customer.map(CustomerId::new),
        name: Text::new(record.name),
        preview: Text::new(record.preview),
        status: Status::parse(&record.status),
        priority: record.priority,
        channels: record.channels.iter().map(|channel| Channel::parse(channel)).collect(),
        assigned_users: record.users.iter().map(UserId::new).collect(),
        assigned_teams: record.teams.iter().map(TeamId::new).collect(),
        queue: record.queue.map(QueueId::new),
        tags: record.tags.iter().map(TagId::new).collect(),
        sla: record.sla.map(|sla| Sla {
            name: sla.name.map(Text::new),
            status: sla.status,
            breach_at: sla.at,
            metric: sla.metric,
            breached: sla.is_breached,
        }),
        message_count: record.messages,
        note_count: record.notes,
        last_message_at: record.last_message,
        last_direction: record.is_inbound.map(|inbound| if inbound { Direction::In } else { Direction::Out }),
        snoozed_until: record.snoozed_until,
        sentiment: record.sentiment,
        created: record.created,
        updated: record.updated,
        rev: record.rev,
    })
}

/// Words without personal values, and not endless. Cut before and after: cutting afterwards alone would look through a
/// megabyte, cutting before alone could grow by the names of what was found.
fn kept(text: &Text) -> String {
    let cut = |words: &str| words.chars().take(MOST_WORDS).collect::<String>();
    // A value across the cut would be kept in half: the search for values sees more than what is kept.
    let seen: String = text.raw().chars().take(MOST_WORDS + 80).collect();
    cut(&pii::redact_accounts(&pii::redact(&seen)))
}

fn all(ids: &[impl ToString]) -> Vec<String> {
    ids.iter().map(ToString::to_string).collect()
}
