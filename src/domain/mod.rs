//! Owns the vocabulary of the floor: customer, conversation, timeline, klass and KObject, draft, bulk job, SLA, queue, user.
//! And how people say a moment (`until`). Knows no IO, no wire shape, no screen; every other folder may name it and it names none of them.
//!
//! Two types carry promises through the whole program: [`Text`] (somebody else's words, not yet safe to show) and
//! [`Guarded`] (a value the desk calls sensitive). They live here, not in `privacy`, because the vocabulary is made of
//! them and `domain` names nothing below itself; `privacy` holds what is *done* with them.

mod bulk;
mod conversation;
mod customer;
mod guarded;
mod ids;
mod kobject;
mod org;
mod people;
mod routing;
mod text;
mod timeline;
mod traces;
pub mod until;

pub use bulk::{Batch, BulkJob, BulkStatus, ItemResult};
pub use conversation::{Channel, Conversation, Direction, Sla, SlaState, Status};
pub use customer::{Brief, Contact, ContactKind, Customer, UnmaskingWindow};
pub use guarded::{Guarded, Revealed};
pub use ids::{
    BulkId, ConversationId, CustomerId, DraftId, KlassName, KobjectId, MessageId, NoteId, QueueId, TagId, TeamId,
    UserId,
};
pub use kobject::{Attribute, AttributeKind, Field, FieldValue, Klass, Kobject};
pub use org::{
    Brand, Company, OutboundAccount, RoleGroup, Schedule, Shortcut, SlaPolicy, SlaVersion, SpamSender, SurveyForm, Tag,
    Team, Token, Webhook,
};
pub use people::{Directory, Named, User};
pub use routing::{Presence, Queue, QueueRule, WorkItem, WorkSession, WorkStatus};
pub use text::Text;
pub use timeline::{AuthorKind, Draft, Event, Item, Message, Note, Place, Rest, Thread, Timeline};
pub use traces::{Attachment, AuditLine, Forward, HandleTime, Merge, Visit};

/// A literal of the desk's that this version does not know, kept short and printable.
pub(crate) fn literal(raw: &str) -> String {
    raw.chars().filter(char::is_ascii_graphic).take(64).collect()
}
