//! Owns the alphabet of the console: everything that can happen to it. Each variant owns a nested value; none carries a
//! closure, a channel or a future. Time arrives in messages because `update` may not read a clock.

use std::time::Duration;

use jiff::Timestamp;

use super::{
    effect::Fetch,
    jobs::{JobRow, Planned},
    live::LiveAnswer,
    questions::AskId,
    remote::Problem,
    widgets::picture::Picture,
};
use crate::{
    approval::{Change, Entry, Press, ProposalId, Scene, handover::Handover},
    assistant::{self, CallId, plan::Field, transcript::Step},
    bulk::Resource,
    config::searches::Loaded,
    connect::mcp::{Progress, Question},
    domain::{
        Attribute, AuditLine, BulkJob, Channel, Conversation, ConversationId, Customer, CustomerId, Directory, Draft,
        Klass, KlassName, Kobject, KobjectId, Shortcut, Text, Timeline, User,
    },
    kustomer::{Editable, Found, Page, Receipt, Settled, search::Context},
    store::TranscriptHead,
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
    /// A request to the model is over: what the turn and the shift have spent.
    Spent(assistant::Figures),
    /// A call of the assistant's says how far it is: a stranger's claim.
    Progress(CallId, Progress),
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
    /// Words came back from the person's own editor, or why not.
    Edited(Result<String, Problem>),
    /// What was written into a field of a plan's step, veiled.
    StepEdited {
        /// Which step.
        at: usize,
        /// Which field.
        field: Field,
        /// The words: placeholders for values.
        words: Text,
    },
    /// What was asked of a bulk job was done, with words on what follows, or could not be.
    JobActed(Result<String, Problem>),
    /// An unmasking window was closed, or could not be.
    WindowClosed(CustomerId, Result<(), Problem>),
    /// The transport's budget moved.
    Budget(BudgetState),
    /// A source changed its tools: what a person should know of it.
    News(String),
    /// The card of this proposal was on screen.
    Painted {
        /// Which.
        proposal: ProposalId,
        /// When (monotonic).
        at: Duration,
        /// Whether its last line was visible.
        to_the_end: bool,
    },
    /// A server of tools asks the person something.
    ServerAsks {
        /// Which question.
        id: AskId,
        /// Who asks, by the name our settings give it.
        server: String,
        /// What.
        question: Box<Question>,
    },
    /// Nobody waits for an answer to this question any more: its call or its server is gone.
    AskEnded(AskId),
    /// This question was on screen.
    AskPainted(AskId, Duration),
    /// Whether the desk said it is simulated; known after its first answer.
    Simulated(bool),
    /// The folder of saved searches was read.
    Searches(Loaded),
    /// Something the runtime did in passing could not be done (words not kept, an entry not written).
    Trouble(Problem),
    /// What earlier runs sent and did not come to write down was looked up; so many of their bulk jobs stand still.
    Unsettled(Settled, usize),
    /// No input waits, and none came with what was pressed last: an answer on a card that stood alone counts now.
    Still,
    /// The process goes on after it was stopped: the terminal may be in any state.
    Resumed,
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
    /// A line was typed, in linear mode.
    Line(super::term::lines::TypedLine),
    /// The terminal has another size now.
    Resize(u16, u16),
    /// A mouse event; never an approval.
    Mouse(super::term::Mouse),
    /// The terminal got or lost the person's attention.
    Focus(bool),
    /// The terminal answered that its ground is light, or dark. Never a key.
    Ground {
        /// Which.
        light: bool,
    },
}

/// What a fetch brought. One variant a [`Fetch`]; failures arrive in words.
#[derive(Debug)]
#[expect(missing_docs, reason = "each variant answers the fetch of the same name")]
pub enum Fetched {
    Me(Result<User, Problem>),
    Directory(Result<Directory, Problem>),
    Queue(Result<Page<Conversation>, Problem>),
    Live(Result<LiveAnswer, Problem>),
    /// The queue as last read and when; `None` when it never was.
    CachedQueue(Option<(Page<Conversation>, Timestamp)>),
    /// As shown.
    Model(Result<String, Problem>),
    Customer(Result<Customer, Problem>),
    Timeline(Result<Timeline, Problem>),
    Older(Result<Timeline, Problem>),
    Turn,
    Picture(Result<Picture, Problem>),
    Conversation(Result<Conversation, Problem>),
    Search(Result<Found, Problem>),
    Attributes(Result<Vec<Attribute>, Problem>),
    Klasses(Result<Vec<Klass>, Problem>),
    Kobjects(Result<Page<Kobject>, Problem>),
    Kobject(Result<Kobject, Problem>),
    RecordHistory(Box<Result<RecordHistory, Problem>>),
    Drafts(Result<Vec<Draft>, Problem>),
    Addressee(Result<(Customer, Option<Channel>), Problem>),
    Editable(Box<Result<Editable, Problem>>),
    Lookup(Result<Found, Problem>),
    Shortcuts(Result<Vec<Shortcut>, Problem>),
    Plan(Box<Result<Planned, Problem>>),
    Jobs(Result<Vec<JobRow>, Problem>),
    /// The batches with what did not work, and how it stands as a row, for a job of ours.
    Job(Result<(BulkJob, Option<JobRow>), Problem>),
    Audit(Result<Vec<Entry>, Problem>),
    Transcripts(Result<Vec<TranscriptHead>, Problem>),
    /// Its head and steps; `None` when it is gone.
    Transcript(Result<Option<(TranscriptHead, Vec<Step>)>, Problem>),
    Scene(Result<Scene, Problem>),
    Handover(Result<Handover, Problem>),
}

/// What was read of a record's past.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordHistory {
    /// The desk's audit log, or why it tells nothing.
    pub desk: Result<Vec<AuditLine>, Problem>,
    /// Entries of this console's trail whose requests name the record.
    pub here: Vec<Entry>,
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
    /// One KObject.
    Kobject {
        /// Its klass.
        klass: KlassName,
        /// Whose it is, where the desk tells.
        customer: Option<CustomerId>,
        /// Which.
        id: KobjectId,
    },
    /// A search, run at once.
    Search {
        /// What is looked for.
        context: Context,
        /// The query, unread: what is wrong with it is shown in its place.
        query: String,
    },
    /// The assistant, with the conversation in hand.
    Assistant,
    /// The bulk jobs.
    Bulk,
    /// A bulk change of records chosen elsewhere; the words say where.
    BulkOf {
        /// What they are.
        resource: Resource,
        /// Their ids.
        ids: Vec<String>,
        /// Where they were chosen.
        words: String,
    },
}
