//! Owns what `update` asks the runtime to do: data, comparable and printable, executed in one place. A newer effect with
//! the same task replaces the older; writes in flight are never dropped.

use super::panes::PaneId;
use crate::{
    approval::{Approved, Change, ProposalId, Refusal},
    assistant,
    domain::{BulkId, ConversationId, CustomerId, KlassName},
    kustomer::search::Query,
    store::StartedJob,
};

/// Something to be done outside `update`.
#[derive(Debug, PartialEq)]
pub enum Effect {
    /// Read something; the answer comes as `Msg::Fetched` with this generation.
    Fetch {
        /// What.
        fetch: Fetch,
        /// The task's generation.
        generation: u64,
    },
    /// Ask the assistant this; the runtime veils it and says what is on screen.
    Ask(String),
    /// Do what the assistant's turn wants next (call the model, run a tool).
    Assistant(assistant::Act),
    /// Stop everything the assistant is doing: drop the stream and the running tools.
    StopAssistant,
    /// Perform an approved change.
    Perform(Approved<Change>, Option<assistant::CallId>),
    /// Write refusals into the audit trail.
    Refused(Vec<Refusal>),
    /// Close an unmasking window at the desk; the words say why.
    CloseWindow(CustomerId, &'static str),
    /// Remember a bulk job that was started here.
    RememberJob(StartedJob),
    /// Keep half-typed words (empty text forgets them).
    Keep {
        /// Under which key.
        key: String,
        /// The words.
        text: String,
    },
    /// Keep a small session setting.
    KeepSetting(&'static str, String),
    /// Copy to the terminal's clipboard (OSC 52).
    Copy(String),
    /// Ring or notify, without personal data.
    Notify(&'static str),
    /// Tell the trail who sits here.
    SignedIn(crate::domain::Text),
    /// Leave. Windows are closed and words kept on the way out.
    Quit,
}

/// A read of the desk or of the local store.
#[derive(Clone, Debug, PartialEq)]
pub enum Fetch {
    /// Who the key is.
    Me,
    /// Users, teams, queues, tags.
    Directory,
    /// Open conversations, soonest breach first.
    Queue,
    /// One customer.
    Customer(CustomerId),
    /// One customer's merged timeline.
    Timeline(CustomerId),
    /// One conversation.
    Conversation(ConversationId),
    /// Customers that match.
    Search(Query),
    /// Every klass with its attributes.
    Klasses,
    /// KObjects of a klass: the org's, or one customer's.
    Kobjects(KlassName, Option<CustomerId>),
    /// Drafts waiting for these customers.
    Drafts(Vec<CustomerId>),
    /// Bulk jobs started here.
    Jobs,
    /// One bulk job, after a moment's pause when it is being watched.
    Job {
        /// Which.
        id: BulkId,
        /// Whether to wait a second first.
        paced: bool,
    },
    /// The newest audit entries.
    Audit,
}

/// Names a line of work of which only the newest matters.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Task {
    /// One of a kind.
    Only(&'static str),
    /// One for each record.
    For(&'static str, String),
}

impl Fetch {
    /// Which pane takes the answer; `None` for what all panes share (see [`super::state::Shared`]).
    pub fn pane(&self) -> Option<PaneId> {
        match self {
            Self::Me | Self::Directory | Self::Customer(_) | Self::Conversation(_) | Self::Klasses => None,
            Self::Queue => Some(PaneId::Queue),
            Self::Timeline(_) => Some(PaneId::Timeline),
            Self::Search(_) => Some(PaneId::Search),
            Self::Kobjects(..) => Some(PaneId::Kobjects),
            Self::Drafts(_) => Some(PaneId::Drafts),
            Self::Jobs | Self::Job { .. } => Some(PaneId::Bulk),
            Self::Audit => Some(PaneId::Audit),
        }
    }

    /// The task this fetch belongs to.
    pub fn task(&self) -> Task {
        match self {
            Self::Me => Task::Only("me"),
            Self::Directory => Task::Only("directory"),
            Self::Queue => Task::Only("queue"),
            Self::Customer(id) => Task::For("customer", id.to_string()),
            Self::Timeline(_) => Task::Only("timeline"),
            Self::Conversation(_) => Task::Only("conversation"),
            Self::Search(_) => Task::Only("search"),
            Self::Klasses => Task::Only("klasses"),
            Self::Kobjects(..) => Task::Only("kobjects"),
            Self::Drafts(_) => Task::Only("drafts"),
            Self::Jobs => Task::Only("jobs"),
            Self::Job { id, .. } => Task::For("job", id.to_string()),
            Self::Audit => Task::Only("audit"),
        }
    }
}

/// What a pane or tool wants put before the person.
#[derive(Debug, PartialEq)]
pub struct Wish {
    /// The exact change.
    pub change: Change,
    /// Why, in the author's words.
    pub reason: crate::domain::Text,
}

/// Which proposal belongs to which of the assistant's calls.
pub type Waiting = (ProposalId, assistant::CallId);
