//! Owns what a dialogue with the model is made of, as the screen shows it. Does not decide what happens next (`turn`) nor
//! what the model sees of it (`window`).

use std::fmt;

use serde_json::{Map, Value};

use super::{Influence, Limit, ModelError};
use crate::{
    approval::{Effect, ProposalId},
    domain::Text,
};

/// Names one tool call for the length of a dialogue. Given by us: models repeat their ids, or leave them out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CallId(pub(super) u32);

impl fmt::Display for CallId {
    /// As it stands on the wire.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "call_{}", self.0)
    }
}

/// A call as the model wrote it: nothing in it has been checked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RawCall {
    /// The tool's name.
    pub name: String,
    /// The arguments: JSON if the model kept to the rules.
    pub arguments: String,
}

/// A call of a known tool with arguments that are a JSON object.
#[derive(Clone, Debug, PartialEq)]
pub struct ToolCall {
    /// Its name in this dialogue.
    pub id: CallId,
    /// The tool.
    pub name: &'static str,
    /// The arguments, with placeholders.
    pub arguments: Map<String, Value>,
}

/// Where a call stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CallState {
    /// It waits until one of the calls before it is through.
    Queued,
    /// The tool is at work.
    Running,
    /// It waits for a person's yes.
    Waiting(ProposalId),
    /// Approved, and on its way to the desk.
    Performing,
    /// Answered.
    Done,
    /// A person said no, or nobody answered.
    Refused,
    /// It did not work.
    Failed,
    /// Dropped before it had an effect: cancelled, cut off, over a limit.
    Dropped,
}

impl CallState {
    /// Whether an answer is still to come.
    pub fn is_open(self) -> bool {
        match self {
            Self::Queued | Self::Running | Self::Waiting(_) | Self::Performing => true,
            Self::Done | Self::Refused | Self::Failed | Self::Dropped => false,
        }
    }

    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Queued => "in line",
            Self::Running => "running",
            Self::Waiting(_) => "waiting for your yes",
            Self::Performing => "on its way",
            Self::Done => "done",
            Self::Refused => "refused",
            Self::Failed => "failed",
            Self::Dropped => "not run",
        }
    }
}

/// One call on screen.
#[derive(Clone, Debug, PartialEq)]
pub struct CallEntry {
    /// Its name in this dialogue.
    pub id: CallId,
    /// The tool's name as the model wrote it.
    pub name: Text,
    /// The arguments as the model wrote them: placeholders, never values.
    pub arguments: Text,
    /// What it does; `None` for a tool that does not exist.
    pub effect: Option<Effect>,
    /// Where it stands.
    pub state: CallState,
    /// What the model was told.
    pub result: Option<Value>,
    /// How long the tool took, in milliseconds; waiting for a person not counted.
    pub took_ms: Option<u64>,
    /// What the endpoint counted for the answer in which the model asked for it, shared with the other calls of that answer.
    pub usage: Usage,
    /// Whose words it may have followed from, the newest first.
    pub influences: Vec<Influence>,
    /// What was asked of the desk for it, as command lines, with placeholders.
    pub sent: Vec<String>,
    /// Whether the person ran it again by hand: then the model knows nothing of it.
    pub by_hand: bool,
}

/// Something the person should know that nobody said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Notice {
    /// The connection ended before the model had finished.
    CutOff,
    /// The model stopped at its length limit.
    TooLong,
    /// The endpoint's filter stopped the answer.
    Filtered,
    /// The model ended without a word.
    Empty,
    /// The person stopped it.
    Cancelled,
    /// A limit of ours ended the turn.
    Limit(Limit),
    /// The model could not be asked.
    Failed(ModelError),
}

impl fmt::Display for Notice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::CutOff => f.write_str("The model's answer was cut off; what it had not finished was not run. Ask again."),
            Self::TooLong => f.write_str(
                "The model stopped at its length limit; calls it had begun were not run. Ask it to continue, or ask for less.",
            ),
            Self::Filtered => f.write_str("The model's endpoint filtered the answer. Word it differently."),
            Self::Empty => f.write_str("The model ended without a word. Ask again, or try another model."),
            Self::Cancelled => f.write_str("Stopped."),
            Self::Limit(limit) => write!(f, "The turn ended: {limit}. Ask again to go on."),
            Self::Failed(error) => write!(f, "{error}. {}", error.next()),
        }
    }
}

/// One entry of the dialogue on screen.
#[derive(Clone, Debug, PartialEq)]
pub enum Entry {
    /// The person's words, as typed.
    Person(Text),
    /// The model's words; they grow while they stream.
    Model(Text),
    /// A tool call.
    Call(CallEntry),
    /// A remark of the console.
    Notice(Notice),
}

/// Tokens, as the endpoint counted them; zero where it does not tell.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// Read by the model.
    pub prompt: u64,
    /// Written by it.
    pub completion: u64,
}

impl std::ops::AddAssign for Usage {
    fn add_assign(&mut self, other: Self) {
        self.prompt = self.prompt.saturating_add(other.prompt);
        self.completion = self.completion.saturating_add(other.completion);
    }
}
