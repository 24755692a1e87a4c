//! Owns everything the console knows, cut by pane, and what panes share. Plain data: no channel, no clock, no handle.

use std::{
    collections::{BTreeMap, HashMap},
    time::Duration,
};

use jiff::tz::TimeZone;

use super::{effect::Task, msg::Moment, remote::Remote};
use crate::{
    domain::{Conversation, ConversationId, Customer, CustomerId, Directory, Klass, Text, User},
    transport::BudgetState,
};

/// What every pane may read.
#[derive(Debug)]
pub struct Shared {
    /// The present.
    pub moment: Moment,
    /// The desk's base URL, as the header shows it.
    pub desk: String,
    /// Whether the desk said it is simulated. Until it said no, the header does not claim it is real.
    pub simulated: Option<bool>,
    /// The model's name as shown.
    pub model: Remote<String>,
    /// Who the key is.
    pub me: Remote<User>,
    /// Names for ids.
    pub directory: Remote<Directory>,
    /// Klasses with their attributes: asked for by the first pane that needs them.
    pub klasses: Remote<Vec<Klass>>,
    /// Half-typed words by key, from this sitting and the last. Panes change them through `UpdateCx::keep`.
    pub scratches: BTreeMap<String, String>,
    /// Customers of the queue, the most urgent first, each once: what the drafts pane covers.
    pub urgent: Vec<CustomerId>,
    /// The time zone times are shown in.
    pub zone: TimeZone,
    /// The transport's budget and waits.
    pub budget: BudgetState,
    /// The conversation in hand: what the assistant is told about.
    pub current: Option<Current>,
    /// Unmasking windows opened from here.
    pub windows: Vec<OpenWindow>,
    /// The generation of each task; answers of older ones are dropped.
    pub generations: HashMap<Task, u64>,
    /// Late answers dropped so far.
    pub dropped: u64,
    /// Draw with ASCII only.
    pub ascii: bool,
}

/// The conversation a person has in hand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Current {
    /// Whose.
    pub customer: CustomerId,
    /// The conversation's id, if one was opened rather than a customer.
    pub conversation: Option<ConversationId>,
    /// The conversation as last read.
    pub details: Remote<Conversation>,
    /// The customer as last read; revealed values leave with the window.
    pub person: Remote<Customer>,
}

/// An unmasking window opened from this console.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenWindow {
    /// Whose values are in the clear.
    pub customer: CustomerId,
    /// Their name.
    pub name: Text,
    /// When this console closes it (monotonic).
    pub closes: Duration,
}
