//! Owns the alphabet of the console: everything that can happen to it. Each variant owns a nested value; none carries a
//! closure, a channel or a future. Time arrives in messages because `update` may not read a clock.

use std::time::Duration;

use jiff::Timestamp;

use super::{effect::Fetch, remote::Problem};
use crate::{
    approval::{Change, Entry, Press, ProposalId},
    assistant::{self, CallId},
    domain::{
        Attribute, BulkJob, Conversation, ConversationId, Customer, CustomerId, Directory, Draft, Klass, Kobject, Text,
        Timeline, User,
    },
    kustomer::{Page, Receipt},
    store::StartedJob,
    transport::BudgetState,
};

/// Something that happened.
#[derive(Debug)]
pub enum Msg {
    /// A person did something at the terminal.
    Input(Input),
    /// A moment passed (each second while something ticks).
    Tick(Moment),
    /// A fetch ended.
    Fetched {
        /// Which fetch.
        fetch: Fetch,
        /// Which generation of its task; older than the newest is dropped and counted.
        generation: u64,
        /// What came.
        answer: Box<Fetched>,
    },
    /// The assistant's machinery has something for its turn.
    Assistant(assistant::Event),
    /// A tool of the assistant wants a change.
    Proposed {
        /// For which call.
        call: CallId,
        /// The exact change.
        change: Change,
        /// The model's reason: untrusted words.
        reason: Text,
    },
    /// An approved change was performed, or failed to be.
    Performed {
        /// Which proposal it was.
        proposal: ProposalId,
        /// What it was.
        change: Change,
        /// What came of it.
        result: Result<Receipt, Problem>,
        /// What the assistant's call is told, when one wanted it.
        told: Option<assistant::Event>,
    },
    /// An unmasking window was closed, or could not be.
    WindowClosed(CustomerId, Result<(), Problem>),
    /// The transport's budget moved.
    Budget(BudgetState),
    /// The card of this proposal was on screen.
    Painted {
        /// Which.
        proposal: ProposalId,
        /// When (monotonic).
        at: Duration,
        /// Whether its last line was visible.
        to_the_end: bool,
    },
    /// Whether the desk said it is simulated; known after its first answer.
    Simulated(bool),
    /// Something the runtime did in passing could not be done (words not kept, an entry not written).
    Trouble(Problem),
    /// The process is asked to end (SIGTERM, SIGINT).
    Terminate,
}

/// The present, wall-clock and monotonic.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    /// Wall-clock, for what people read.
    pub now: Timestamp,
    /// Monotonic, for expiry.
    pub elapsed: Duration,
}

/// What a terminal reports, translated once in `term`.
#[derive(Debug)]
pub enum Input {
    /// A key went down, with the proof of it. Repeats and releases do not come.
    Key(super::keymap::Key, Press),
    /// Text was pasted: never an answer to anything.
    Paste(String),
    /// The terminal has another size now.
    Resize(u16, u16),
    /// A mouse event; never an approval.
    Mouse(super::term::Mouse),
    /// The terminal got or lost the person's attention.
    Focus(bool),
}

/// What a fetch brought. One variant a [`Fetch`]; failures arrive in words.
#[derive(Debug)]
#[expect(missing_docs, reason = "each variant answers the fetch of the same name")]
pub enum Fetched {
    Me(Result<User, Problem>),
    Directory(Result<Directory, Problem>),
    Queue(Result<Page<Conversation>, Problem>),
    /// The queue as last read and when; `None` when it never was.
    CachedQueue(Option<(Page<Conversation>, Timestamp)>),
    /// As shown.
    Model(Result<String, Problem>),
    Customer(Result<Customer, Problem>),
    Timeline(Result<Timeline, Problem>),
    Conversation(Result<Conversation, Problem>),
    Search(Result<Page<Customer>, Problem>),
    Attributes(Result<Vec<Attribute>, Problem>),
    Klasses(Result<Vec<Klass>, Problem>),
    Kobjects(Result<Page<Kobject>, Problem>),
    Drafts(Result<Vec<Draft>, Problem>),
    Jobs(Result<Vec<StartedJob>, Problem>),
    Job(Result<BulkJob, Problem>),
    Audit(Result<Vec<Entry>, Problem>),
}

/// Where a pane wants to go; the update routes it, so that panes never name each other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// A customer's timeline, at a conversation if one is named.
    Timeline {
        /// Whose.
        customer: CustomerId,
        /// Where to stand.
        conversation: Option<ConversationId>,
    },
    /// The KObjects of a customer.
    Kobjects {
        /// Whose.
        customer: CustomerId,
    },
    /// The assistant, with the conversation in hand.
    Assistant,
    /// The bulk jobs.
    Bulk,
}
