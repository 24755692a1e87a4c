//! Owns how work reaches agents: queues, their rules, shifts and items of work (Kustomer API reference 23). Routes nothing.

use jiff::Timestamp;

use super::{ConversationId, QueueId, Text, UserId};

/// Where conversations wait.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Queue {
    /// Its id.
    pub id: QueueId,
    /// Its display name.
    pub name: Text,
    /// Its key, the same across orgs.
    pub key: Option<Text>,
    /// Whether it is the one queue the desk itself made.
    pub system: bool,
}

/// What puts a conversation into a queue; of an ordered list the first that fits counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueueRule {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: Text,
    /// Where it puts them.
    pub queue: Option<QueueId>,
    /// Whether it is in force.
    pub enabled: bool,
}

/// Whether an agent takes work.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the variants are the desk's own words")]
pub enum Presence {
    Available,
    Busy,
    Unavailable,
    Offline,
    /// A word this version does not know.
    Other(String),
}

impl Presence {
    /// Reads the desk's literal.
    pub fn parse(literal: &str) -> Self {
        match literal {
            "available" => Self::Available,
            "busy" => Self::Busy,
            "unavailable" => Self::Unavailable,
            "offline" => Self::Offline,
            other => Self::Other(super::literal(other)),
        }
    }

    /// The word for it.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Available => "available",
            Self::Busy => "busy",
            Self::Unavailable => "unavailable",
            Self::Offline => "offline",
            Self::Other(literal) => literal,
        }
    }
}

/// One agent's shift.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WorkSession {
    /// Its id.
    pub id: String,
    /// Whose.
    pub user: Option<UserId>,
    /// How the agent stands.
    pub presence: Presence,
    /// Whether it goes on.
    pub active: bool,
    /// Its end.
    pub signed_out: Option<Timestamp>,
}

/// Where an item of work stands.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the variants are the desk's own words")]
pub enum WorkStatus {
    Ivr,
    Queued,
    Routed,
    Completed,
    /// A state between `routed` and `completed` (not documented), or one this version does not know.
    Other(String),
}

impl WorkStatus {
    /// Reads the desk's literal.
    pub fn parse(literal: &str) -> Self {
        match literal {
            "ivr" => Self::Ivr,
            "queued" => Self::Queued,
            "routed" => Self::Routed,
            "completed" => Self::Completed,
            other => Self::Other(super::literal(other)),
        }
    }

    /// The word for it.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Ivr => "ivr",
            Self::Queued => "queued",
            Self::Routed => "routed",
            Self::Completed => "completed",
            Self::Other(literal) => literal,
        }
    }
}

/// Routing's record for one conversation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WorkItem {
    /// Its id.
    pub id: String,
    /// The conversation.
    pub conversation: Option<ConversationId>,
    /// Where it waits.
    pub queue: Option<QueueId>,
    /// Who was offered it.
    pub user: Option<UserId>,
    /// Where it stands.
    pub status: WorkStatus,
}
