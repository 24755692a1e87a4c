//! Owns the conversation and its SLA as the queue and the timeline speak of them. Does not tick clocks: states are
//! computed from a time handed in.

use jiff::{SignedDuration, Timestamp};

use super::{ConversationId, CustomerId, QueueId, TagId, TeamId, Text, UserId};

/// Where words were exchanged.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "the variants are the channels' own names")]
pub enum Channel {
    Email,
    Chat,
    Sms,
    Whatsapp,
    Voice,
    Facebook,
    Instagram,
    TwitterDm,
    TwitterTweet,
    Note,
    /// A channel this version does not know; kept as the desk spelled it.
    Other(String),
}

impl Channel {
    /// Reads the desk's literal.
    pub fn parse(literal: &str) -> Self {
        match literal {
            "email" => Self::Email,
            "chat" => Self::Chat,
            "sms" => Self::Sms,
            "whatsapp" => Self::Whatsapp,
            "voice" => Self::Voice,
            "facebook" => Self::Facebook,
            "instagram" => Self::Instagram,
            "twitter-dm" => Self::TwitterDm,
            "twitter-tweet" => Self::TwitterTweet,
            "note" => Self::Note,
            other => Self::Other(other.chars().filter(char::is_ascii_graphic).take(24).collect()),
        }
    }

    /// The desk's literal.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Email => "email",
            Self::Chat => "chat",
            Self::Sms => "sms",
            Self::Whatsapp => "whatsapp",
            Self::Voice => "voice",
            Self::Facebook => "facebook",
            Self::Instagram => "instagram",
            Self::TwitterDm => "twitter-dm",
            Self::TwitterTweet => "twitter-tweet",
            Self::Note => "note",
            Self::Other(literal) => literal,
        }
    }

    /// The longest body a draft of this channel may have, in characters (Kustomer API reference 14.3). `None` where
    /// nothing is written (voice) or nothing is known.
    pub fn body_limit(&self) -> Option<usize> {
        match self {
            Self::Email | Self::Note => Some(10_240),
            Self::Sms | Self::Whatsapp => Some(1_600),
            Self::Chat => Some(1_024),
            Self::Facebook => Some(2_000),
            Self::Instagram => Some(1_000),
            Self::TwitterDm => Some(10_000),
            Self::TwitterTweet => Some(280),
            Self::Voice | Self::Other(_) => None,
        }
    }
}

/// Whose words: the customer's or the team's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Direction {
    /// From the customer.
    In,
    /// From the team.
    Out,
}

/// Whether work is left.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the variants are the desk's own states")]
pub enum Status {
    Open,
    Snoozed,
    Done,
    /// A state this version does not know; kept as the desk spelled it.
    Other(String),
}

impl Status {
    /// Reads the desk's literal.
    pub fn parse(literal: &str) -> Self {
        match literal {
            "open" => Self::Open,
            "snoozed" => Self::Snoozed,
            "done" => Self::Done,
            other => Self::Other(other.chars().filter(char::is_ascii_graphic).take(24).collect()),
        }
    }

    /// The desk's literal.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Open => "open",
            Self::Snoozed => "snoozed",
            Self::Done => "done",
            Self::Other(literal) => literal,
        }
    }
}

/// The SLA stamped on a conversation (Kustomer API reference 11).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sla {
    /// The policy's name.
    pub name: Option<Text>,
    /// `pending`, `paused` or `done`, as the desk has it.
    pub status: Option<String>,
    /// The earliest deadline not yet met.
    pub breach_at: Option<Timestamp>,
    /// Which metric that deadline belongs to (`firstResponse`, `nextReply` …).
    pub metric: Option<String>,
    /// Whether the desk counts it as breached.
    pub breached: bool,
}

/// What an SLA clock shows at a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SlaState {
    /// No SLA, or none that runs.
    None,
    /// Met or ended.
    Met,
    /// Stopped for now (snoozed, waiting on the customer).
    Paused,
    /// Time left until the deadline.
    Due(SignedDuration),
    /// Time since the deadline passed.
    Breached(SignedDuration),
}

impl Sla {
    /// The clock's state at `now`.
    pub fn state(&self, now: Timestamp) -> SlaState {
        match (self.status.as_deref(), self.breach_at) {
            (Some("paused"), _) => SlaState::Paused,
            (Some("done"), _) => SlaState::Met,
            (_, Some(at)) if at > now => SlaState::Due(at.duration_since(now)),
            (_, Some(at)) => SlaState::Breached(now.duration_since(at)),
            (_, None) => SlaState::None,
        }
    }
}

/// One conversation with one customer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conversation {
    /// Its id.
    pub id: ConversationId,
    /// Whose it is. Absent only on records the desk cut short.
    pub customer: Option<CustomerId>,
    /// The subject.
    pub name: Text,
    /// The newest words, shortened by the desk.
    pub preview: Text,
    /// Open, snoozed or done.
    pub status: Status,
    /// 1 (lowest) to 5 (highest), when set.
    pub priority: Option<u8>,
    /// Channels used so far, in the desk's order.
    pub channels: Vec<Channel>,
    /// Who has it.
    pub assigned_users: Vec<UserId>,
    /// Which teams have it.
    pub assigned_teams: Vec<TeamId>,
    /// The queue it waits in.
    pub queue: Option<QueueId>,
    /// Tags.
    pub tags: Vec<TagId>,
    /// The SLA stamped on it.
    pub sla: Option<Sla>,
    /// Messages so far.
    pub message_count: u64,
    /// Notes so far.
    pub note_count: u64,
    /// When the last message came or went.
    pub last_message_at: Option<Timestamp>,
    /// Whose the last message was.
    pub last_direction: Option<Direction>,
    /// When a snooze ends.
    pub snoozed_until: Option<Timestamp>,
    /// -1, 0, 1 where the desk judged the mood.
    pub sentiment: Option<i8>,
    /// When it began.
    pub created: Option<Timestamp>,
    /// The last change of any kind.
    pub updated: Option<Timestamp>,
    /// Document revision, for optimistic locks.
    pub rev: Option<u64>,
}

impl Conversation {
    /// The deadline the queue sorts by: running SLAs only.
    pub fn breach_at(&self) -> Option<Timestamp> {
        let sla = self.sla.as_ref()?;
        match sla.status.as_deref() {
            Some("paused" | "done") => None,
            _ => sla.breach_at,
        }
    }
}
