//! Owns what stands on one customer's timeline and the order it stands in. Does not fold, wrap or page (the pane does).

use jiff::Timestamp;

use super::{
    Channel, ConversationId, CustomerId, Direction, DraftId, Guarded, Kobject, MessageId, NoteId, Text, UserId,
};

/// Who wrote something, as far as the desk tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AuthorKind {
    /// The customer.
    Customer,
    /// A person of the org.
    Person,
    /// A machine user: an integration, an automation, an AI.
    Machine,
    /// The desk itself (a rule, the system).
    System,
}

/// A message, in or out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// Its id.
    pub id: MessageId,
    /// Which conversation it belongs to.
    pub conversation: Option<ConversationId>,
    /// The channel it used.
    pub channel: Channel,
    /// Whose words.
    pub direction: Direction,
    /// The subject, for e-mail.
    pub subject: Option<Text>,
    /// The words: plain text, Markdown or HTML, as they came.
    pub body: Text,
    /// The sender's address, where the channel has one.
    pub from: Option<Guarded>,
    /// When it was sent (or, failing that, recorded).
    pub at: Option<Timestamp>,
    /// The user who wrote it, for outbound messages.
    pub by: Option<UserId>,
    /// Whether an automation sent it.
    pub auto: bool,
    /// Why delivery failed, if it did.
    pub error: Option<Text>,
    /// Names and sizes in bytes of attachments.
    pub attachments: Vec<(Text, Option<u64>)>,
}

/// An internal note.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// Its id.
    pub id: NoteId,
    /// Which conversation it belongs to.
    pub conversation: Option<ConversationId>,
    /// The words.
    pub body: Text,
    /// When it was written.
    pub at: Option<Timestamp>,
    /// Who wrote it.
    pub by: Option<UserId>,
    /// The caller's own id for it; proposals put theirs here so that an unclear write can be found again.
    pub external_id: Option<Text>,
}

/// A reply that has not been sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft {
    /// Its id.
    pub id: DraftId,
    /// Whom it is for.
    pub customer: Option<CustomerId>,
    /// Which conversation it answers.
    pub conversation: Option<ConversationId>,
    /// The channel it would use.
    pub channel: Channel,
    /// `draft`, `scheduled` …, as the desk has it.
    pub status: String,
    /// Whom it names; none where the desk takes the conversation's own.
    pub to: Vec<Guarded>,
    /// The subject, for e-mail.
    pub subject: Option<Text>,
    /// The words.
    pub body: Text,
    /// When the desk will send it, if it is scheduled.
    pub send_at: Option<Timestamp>,
    /// When it was written or last changed.
    pub at: Option<Timestamp>,
    /// Who wrote it.
    pub by: Option<UserId>,
}

/// Something that happened to a conversation: who changed which attributes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// Which conversation it happened to.
    pub conversation: Option<ConversationId>,
    /// When.
    pub at: Option<Timestamp>,
    /// Who did it.
    pub by: Option<UserId>,
    /// One line a change: attribute, before, after.
    pub changes: Vec<(Text, Text, Text)>,
}

/// One entry of a timeline.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Item {
    /// A message.
    Message(Message),
    /// A note.
    Note(Note),
    /// A draft.
    Draft(Draft),
    /// A KObject, at the time it was last changed.
    Kobject(Kobject),
    /// A change of a conversation.
    Event(Event),
}

impl Item {
    /// When it stands on the timeline.
    pub fn at(&self) -> Option<Timestamp> {
        match self {
            Self::Message(message) => message.at,
            Self::Note(note) => note.at,
            Self::Draft(draft) => draft.at,
            Self::Kobject(kobject) => kobject.updated.or(kobject.created),
            Self::Event(event) => event.at,
        }
    }

    /// The conversation it belongs to.
    pub fn conversation(&self) -> Option<&ConversationId> {
        match self {
            Self::Message(message) => message.conversation.as_ref(),
            Self::Note(note) => note.conversation.as_ref(),
            Self::Draft(draft) => draft.conversation.as_ref(),
            Self::Kobject(_) => None,
            Self::Event(event) => event.conversation.as_ref(),
        }
    }

    /// The desk's id of the entry, for stable order; events have none.
    fn key(&self) -> &str {
        match self {
            Self::Message(message) => message.id.as_str(),
            Self::Note(note) => note.id.as_str(),
            Self::Draft(draft) => draft.id.as_str(),
            Self::Kobject(kobject) => kobject.id.as_str(),
            Self::Event(_) => "",
        }
    }
}

/// All channels of one customer, merged: oldest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Timeline {
    /// The entries, oldest first; entries without a time stand first.
    pub items: Vec<Item>,
    /// What could not be read, in words for the person (`events: the key lacks event.read`).
    pub gaps: Vec<String>,
}

impl Timeline {
    /// Merges entries into order: by time, then by id so that equal times do not dance.
    pub fn merged(mut items: Vec<Item>, gaps: Vec<String>) -> Self {
        items.sort_by(|a, b| a.at().cmp(&b.at()).then_with(|| a.key().cmp(b.key())));
        Self { items, gaps }
    }
}
