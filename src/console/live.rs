//! Owns what the queue asks between two full reads, and what comes back. Data only: when something is asked is the queue's,
//! how it is read is the runtime's.

use std::collections::HashSet;

use jiff::Timestamp;

use crate::{
    domain::{Brief, Conversation, ConversationId, CustomerId, UserId},
    kustomer::Page,
};

/// A question.
#[derive(Clone, Debug, PartialEq)]
pub enum Live {
    /// Conversations that changed after this.
    Changes(Timestamp),
    /// Those that sleep.
    Snoozed,
    /// These, as they are now.
    Rows(Vec<ConversationId>),
    /// What is shown of these customers.
    Customers(Vec<CustomerId>),
    /// Who is on shift.
    Presence,
    /// For which conversations of these customers a draft waits.
    Drafts(Vec<CustomerId>),
}

impl Live {
    /// The same question, but not about these customers.
    #[must_use]
    pub fn without(&self, frozen: &[CustomerId]) -> Self {
        let kept = |all: &[CustomerId]| all.iter().filter(|id| !frozen.contains(id)).cloned().collect();
        match self {
            Self::Customers(all) => Self::Customers(kept(all)),
            Self::Drafts(all) => Self::Drafts(kept(all)),
            other @ (Self::Changes(_) | Self::Snoozed | Self::Rows(_) | Self::Presence) => other.clone(),
        }
    }

    /// The line of work it belongs to: a newer question of the same kind replaces the older.
    pub fn task(&self) -> &'static str {
        match self {
            Self::Changes(_) => "queue-changes",
            Self::Snoozed => "queue-snoozed",
            Self::Rows(_) => "queue-rows",
            Self::Customers(_) => "queue-customers",
            Self::Presence => "queue-presence",
            Self::Drafts(_) => "queue-drafts",
        }
    }
}

/// An answer; one variant a [`Live`].
#[derive(Debug)]
pub enum LiveAnswer {
    /// What changed, in any order.
    Changes(Page<Conversation>),
    /// What sleeps.
    Snoozed(Page<Conversation>),
    /// The rows that are still there.
    Rows(Vec<Conversation>),
    /// The customers that are still there.
    Customers(Vec<Brief>),
    /// Users with a shift that goes on; `None` when the desk knows no shift at all, which says nothing about anybody.
    Presence(Option<HashSet<UserId>>),
    /// Conversations a draft waits in.
    Drafts(HashSet<ConversationId>),
}
