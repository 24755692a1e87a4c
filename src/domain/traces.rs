//! Owns what is kept around conversations and customers: files, forwards, handling times, merges, visits, and the desk's
//! own audit log.

use std::fmt;

use jiff::Timestamp;

use super::{Channel, ConversationId, CustomerId, TeamId, Text, UserId};

/// A file, and for a short while where to get it.
#[derive(Clone, PartialEq, Eq)]
pub struct Attachment {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: Text,
    /// Its media type.
    pub content_type: Option<Text>,
    /// Bytes.
    pub size: Option<u64>,
    /// Whether the bytes are gone for good.
    pub redacted: bool,
    /// A signed address that soon ends: use it at once, keep it nowhere (Kustomer API reference 16).
    pub url: Option<Text>,
}

impl fmt::Debug for Attachment {
    /// Without the address: whoever has it has the file.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Attachment").field("id", &self.id).field("size", &self.size).finish_non_exhaustive()
    }
}

/// An e-mail copy of a whole conversation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Forward {
    /// Its id.
    pub id: String,
    /// Of which conversation.
    pub conversation: Option<ConversationId>,
    /// `draft`, `scheduled`, `sent`, `failed`, or as the desk has it.
    pub status: String,
    /// The subject.
    pub subject: Option<Text>,
    /// The words in front.
    pub body: Text,
    /// When the desk will send it.
    pub send_at: Option<Timestamp>,
    /// When it was made.
    pub created: Option<Timestamp>,
}

/// One agent's stretch of work on a conversation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HandleTime {
    /// Its id.
    pub id: String,
    /// The conversation.
    pub conversation: Option<ConversationId>,
    /// Whose work.
    pub by: Option<UserId>,
    /// Teams of whoever it was.
    pub teams: Vec<TeamId>,
    /// When it began.
    pub at: Option<Timestamp>,
    /// Milliseconds.
    pub handle_ms: u64,
    /// Channels used.
    pub channels: Vec<Channel>,
}

/// Two customers made one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Merge {
    /// Its id.
    pub id: String,
    /// Who went.
    pub source: Option<CustomerId>,
    /// Who stayed.
    pub target: Option<CustomerId>,
    /// As the desk has it (values unverified, Kustomer API reference 8.5).
    pub status: String,
}

/// A visit of a tracked customer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Visit {
    /// Its id.
    pub id: String,
    /// When it began.
    pub at: Option<Timestamp>,
}

/// One line of the desk's audit log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditLine {
    /// Its id.
    pub id: String,
    /// `kustomer.conversation.update`.
    pub event: String,
    /// The kind of record.
    pub object_type: String,
    /// The record.
    pub object: String,
    /// Who did it.
    pub by: Option<UserId>,
    /// Which writer of the desk.
    pub client: Option<Text>,
    /// When.
    pub at: Option<Timestamp>,
    /// Names of the attributes that changed.
    pub changed: Vec<Text>,
}
