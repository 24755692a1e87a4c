//! Owns what `update` asks the runtime to do: data, comparable and printable, executed in one place. A newer effect with
//! the same task replaces the older; writes in flight are never dropped.

use super::{
    attention::News,
    jobs::{Does, Planning},
    live::Live,
    panes::PaneId,
    questions::AskId,
};
use crate::{
    approval::{Answered, Approved, Change, Denied, FirstYes, ProposalId, Refusal},
    assistant::{self, CallId, plan::Field, transcript::Noted},
    config::searches::SavedSearch,
    connect::mcp::Reply,
    domain::{BulkId, Conversation, ConversationId, Customer, CustomerId, KlassName, KobjectId, MessageId, Rest, Text},
    kustomer::{Editing, search::Query},
    store::Looking,
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
    /// Put a question to the assistant: the words are veiled and the screen described on the way.
    Ask {
        /// As typed.
        typed: String,
        /// What is on screen: a conversation, and its customer when known.
        open: Option<Box<(Conversation, Option<Customer>)>>,
        /// Who asks.
        user: Text,
    },
    /// Do what the assistant's turn wants next (call the model, run a tool).
    Assistant(assistant::Act),
    /// Veil what a person wrote into a field of a plan's step; it comes back as `Msg::StepEdited`.
    EditStep {
        /// Which step.
        at: usize,
        /// Which field.
        field: Field,
        /// As typed.
        words: String,
    },
    /// Write these entries of a dialogue into its transcript, veiled on the way.
    Transcribe {
        /// The dialogue's number in this sitting.
        dialogue: u32,
        /// What is new or changed.
        entries: Vec<Noted>,
    },
    /// Stop everything the assistant is doing: drop the stream and the running tools.
    StopAssistant,
    /// Perform an approved change; for the call of the assistant that wanted it, if one did.
    Perform(Approved<Change>, Option<ToolRef>),
    /// Write a refusal into the audit trail, and tell the call that is still waiting, if one is.
    Refused(Refusal, Option<CallId>),
    /// Write the first of two yeses down, and tell the call that waits, if one does.
    FirstYes(FirstYes, Option<CallId>),
    /// Write down how a canary was answered.
    Canary(Answered),
    /// Tell the assistant's call that its wish never became a card.
    Denied(Denied, CallId),
    /// Do what was asked of a bulk job of this machine; it is told as `Msg::JobActed`.
    Job(Does, String),
    /// Close an unmasking window at the desk; the words say why.
    CloseWindow(CustomerId, &'static str),
    /// Keep half-typed words (empty text forgets them).
    Keep {
        /// Under which key.
        key: String,
        /// The words.
        text: String,
    },
    /// Look up on the desk what earlier runs sent and did not come to write down the end of.
    SettleAbandoned,
    /// Tell a server what the person answered.
    AnswerServer {
        /// To which question.
        id: AskId,
        /// What.
        reply: Reply,
    },
    /// Open an address in the person's browser.
    Browse(String),
    /// Read the folder of saved searches.
    ReadSearches,
    /// Save a search in its folder, and read that anew.
    SaveSearch(SavedSearch),
    /// Let the person go on with these words in their own editor; they come back as `Msg::Edited`.
    EditOutside(String),
    /// Copy to the terminal's clipboard (OSC 52).
    Copy(String),
    /// Write the theme's name into the settings.
    KeepTheme(String),
    /// Call the person back to the window.
    Announce(News),
    /// Give the terminal to the shell that started this, until it brings us back.
    Suspend,
    /// Tell the trail who sits here.
    SignedIn(Text),
    /// Leave. Writes in flight end, windows are closed and words kept on the way out.
    Quit,
    /// Crash on purpose, so that it can be seen that the terminal survives it. Debug builds only.
    Panic,
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
    /// What keeps the queue true between two full reads.
    Live(Live),
    /// The queue as it was when last read, from the local cache: answered before the first frame.
    CachedQueue,
    /// The model's name, where the settings do not say it.
    Model,
    /// One customer.
    Customer(CustomerId),
    /// One customer's merged timeline.
    Timeline(CustomerId),
    /// The next part of what was left of a timeline.
    Older(CustomerId, Rest),
    /// Nothing: it comes back at once, so that long work goes on in slices and keys and frames come in between.
    Turn,
    /// A picture attached to a message: which file, by the desk's id.
    Picture(MessageId, String),
    /// One conversation.
    Conversation(ConversationId),
    /// One page (from 1) of what a query finds.
    Search(Query, u32),
    /// What metadata says of a resource's custom attributes (`customer`, `message`).
    Attributes(String),
    /// Every klass with its attributes.
    Klasses,
    /// KObjects of a klass: a page (from 1) of the org's, or all of one customer's.
    Kobjects(KlassName, Option<CustomerId>, u32),
    /// One KObject.
    Kobject(KlassName, KobjectId),
    /// The KObject with the org's own id.
    KobjectNamed(KlassName, String),
    /// One page (from 1) of the KObjects a query finds.
    FindKobjects(Query, u32),
    /// What happened to a KObject.
    RecordHistory(KlassName, KobjectId),
    /// Drafts waiting for these customers.
    Drafts(Vec<CustomerId>),
    /// Whom a message is for, and the channel of a conversation's last words from them.
    Addressee(CustomerId, Option<ConversationId>),
    /// A record for a form, with what describes it.
    Editable(Editing),
    /// What a query finds, for an id to point at.
    Lookup(Query),
    /// Prepared texts.
    Shortcuts,
    /// Make a plan of a bulk job, or open one, so that it can be put up for approval.
    Plan(Planning),
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
    /// Earlier dialogues with the assistant.
    Transcripts(Looking),
    /// One of them.
    Transcript(String),
    /// What the desk holds around a change that waits for an answer.
    Scene(ProposalId, Box<Change>),
    /// The handover report of this shift.
    Handover,
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
            Self::Me | Self::Directory | Self::Model | Self::Customer(_) | Self::Conversation(_) | Self::Klasses => {
                None
            }
            Self::Addressee(..) | Self::Shortcuts | Self::Scene(..) | Self::Editable(_) | Self::Lookup(_) => None,
            Self::Queue | Self::CachedQueue | Self::Live(_) => Some(PaneId::Queue),
            Self::Timeline(_) | Self::Older(..) | Self::Turn | Self::Picture(..) => Some(PaneId::Timeline),
            Self::Search(..) | Self::Attributes(_) => Some(PaneId::Search),
            Self::Kobjects(..)
            | Self::Kobject(..)
            | Self::KobjectNamed(..)
            | Self::FindKobjects(..)
            | Self::RecordHistory(..) => Some(PaneId::Kobjects),
            Self::Drafts(_) => Some(PaneId::Drafts),
            Self::Jobs | Self::Job { .. } | Self::Plan(_) => Some(PaneId::Bulk),
            Self::Audit | Self::Handover => Some(PaneId::Audit),
            Self::Transcripts(_) | Self::Transcript(_) => Some(PaneId::Assistant),
        }
    }

    /// Whether the answer may hold what an unmasking window on this customer shows.
    pub fn may_show(&self, customer: &CustomerId) -> bool {
        match self {
            Self::Customer(id) | Self::Timeline(id) | Self::Older(id, _) | Self::Addressee(id, _) => id == customer,
            Self::Kobjects(_, whose, _) => whose.as_ref().is_none_or(|id| id == customer),
            Self::Drafts(all) => all.contains(customer),
            Self::Kobject(..)
            | Self::KobjectNamed(..)
            | Self::FindKobjects(..)
            | Self::RecordHistory(..)
            | Self::Search(..)
            | Self::Editable(_)
            | Self::Lookup(_)
            | Self::Plan(_) => true,
            // Rows of conversations hold no guarded value, and what is kept true in the background leaves out whoever has
            // a window open. A look for a card is masked by the card itself. The rest is not about customers.
            Self::Queue
            | Self::CachedQueue
            | Self::Live(_)
            | Self::Conversation(_)
            | Self::Scene(..)
            | Self::Me
            | Self::Directory
            | Self::Model
            | Self::Turn
            | Self::Picture(..)
            | Self::Shortcuts
            | Self::Attributes(_)
            | Self::Klasses
            | Self::Jobs
            | Self::Job { .. }
            | Self::Audit
            | Self::Handover
            | Self::Transcripts(_)
            | Self::Transcript(_) => false,
        }
    }

    /// The task this fetch belongs to.
    pub fn task(&self) -> Task {
        match self {
            Self::Me => Task::Only("me"),
            Self::Directory => Task::Only("directory"),
            Self::Queue => Task::Only("queue"),
            Self::Live(live) => Task::Only(live.task()),
            Self::CachedQueue => Task::Only("cached queue"),
            Self::Model => Task::Only("model"),
            Self::Customer(id) => Task::For("customer", id.to_string()),
            Self::Timeline(_) => Task::Only("timeline"),
            Self::Older(..) => Task::Only("older"),
            Self::Turn => Task::Only("turn"),
            Self::Picture(..) => Task::Only("picture"),
            Self::Conversation(_) => Task::Only("conversation"),
            Self::Search(query, _) => Task::For("search", query.context().to_string()),
            Self::Attributes(resource) => Task::For("attributes", resource.clone()),
            Self::Klasses => Task::Only("klasses"),
            Self::Kobjects(..) | Self::FindKobjects(..) => Task::Only("kobjects"),
            Self::Kobject(_, id) => Task::For("kobject", id.to_string()),
            Self::KobjectNamed(..) => Task::Only("kobject named"),
            Self::RecordHistory(..) => Task::Only("record history"),
            Self::Drafts(_) => Task::Only("drafts"),
            Self::Addressee(..) => Task::Only("addressee"),
            Self::Editable(_) => Task::Only("editable"),
            Self::Lookup(_) => Task::Only("lookup"),
            Self::Shortcuts => Task::Only("shortcuts"),
            Self::Plan(_) => Task::Only("plan"),
            Self::Jobs => Task::Only("jobs"),
            Self::Job { id, .. } => Task::For("job", id.to_string()),
            Self::Audit => Task::Only("audit"),
            Self::Transcripts(_) => Task::Only("transcripts"),
            Self::Transcript(_) => Task::Only("transcript"),
            Self::Scene(..) => Task::Only("scene"),
            Self::Handover => Task::Only("handover"),
        }
    }
}

/// What a pane or tool wants put before the person.
#[derive(Debug, PartialEq)]
pub struct Wish {
    /// The exact change.
    pub change: Change,
    /// Why, in the author's words.
    pub reason: Text,
}

/// A person's own small changes, each of one record, asked for by one key.
#[derive(Debug, PartialEq)]
pub struct Own {
    /// What to do.
    pub changes: Vec<Change>,
    /// What takes each of them back, in the same order.
    pub undo: Vec<Change>,
    /// What was done, for the notice: `done: 3 conversations`.
    pub says: String,
}

/// The assistant's call a change is performed for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ToolRef {
    /// The call.
    pub call: CallId,
    /// The tool that proposed the change.
    pub tool: String,
}
