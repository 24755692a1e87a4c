//! Owns what is kept of a dialogue: its steps in veiled form, when which of them is written ([`Recorder`]), and the file
//! they are exported to and replayed from (`read`, `write`). Does not keep anything (`store`) nor draw it.
//!
//! Invariant: a [`Step`] has no maker but [`Step::of`] and the reader of a file. What it holds passed the vault: placeholders
//! and masks, never a value. Replaying one calls nobody: there is no way from a step to a turn.

mod file;
mod record;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

pub use file::{Fault, Transcript, read, write};
pub use record::{Noted, Recorder};

use super::Entry;
use crate::{
    approval::Effect,
    clock::Clock,
    domain::{ConversationId, Text},
    privacy::{Vault, text},
    store::{StepRow, TranscriptHead},
};

/// Characters of the first question that name a dialogue.
const TITLE: usize = 120;

/// What one step was.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Said {
    /// The person's words.
    Person {
        /// Veiled.
        text: Text,
    },
    /// The model's words.
    Model {
        /// Veiled.
        text: Text,
    },
    /// A tool call.
    Call {
        /// The tool, as the model wrote it.
        name: Text,
        /// The arguments, as the model wrote them.
        arguments: Text,
        /// What the tool does; absent for one that does not exist.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        effect: Option<Text>,
        /// How it ended, or where it stood when it was last written.
        state: Text,
        /// What the model was told.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        result: Option<Value>,
        /// How long the tool took.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        took_ms: Option<u64>,
    },
    /// A remark of the console.
    Notice {
        /// In words.
        text: Text,
    },
}

/// A step of a dialogue, as it is kept.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Step {
    /// When it was last written, RFC 3339.
    pub at: String,
    /// The conversation it was about; may be empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub conversation: String,
    /// What it was.
    #[serde(flatten)]
    pub said: Said,
}

impl Step {
    /// An entry of the screen in the form it is kept in.
    pub fn of(entry: &Entry, about: Option<&ConversationId>, at: String, vault: &Vault) -> Self {
        let kept = |words: &Text| Text::new(veiled(vault, words.raw()));
        let said = match entry {
            Entry::Person(words) => Said::Person { text: kept(words) },
            Entry::Model(words) => Said::Model { text: kept(words) },
            Entry::Call(call) => Said::Call {
                name: kept(&call.name),
                arguments: kept(&call.arguments),
                effect: call.effect.map(|effect| Text::from(Effect::word(effect))),
                state: Text::from(call.state.word()),
                result: call.result.as_ref().map(|result| veiled_json(vault, result)),
                took_ms: call.took_ms,
            },
            Entry::Notice(notice) => Said::Notice { text: Text::new(veiled(vault, &notice.to_string())) },
        };
        Self { at, conversation: about.map(ToString::to_string).unwrap_or_default(), said }
    }

    /// The step as the store keeps it, at its place.
    pub fn row(&self, n: usize) -> StepRow {
        let conversation = Some(&self.conversation).filter(|id| !id.is_empty()).map(ConversationId::new);
        // A step is plain data: it can always be written.
        let step = serde_json::to_string(self).unwrap_or_default();
        StepRow { n, conversation, step, words: self.words().to_lowercase() }
    }

    /// The step the store kept; `None` for what no version of ours wrote.
    pub fn from_row(step: &str) -> Option<Self> {
        serde_json::from_str(step).ok()
    }

    /// Everything it says, for a search.
    fn words(&self) -> String {
        match &self.said {
            Said::Person { text } | Said::Model { text } | Said::Notice { text } => text.raw().to_owned(),
            Said::Call { name, arguments, state, result, .. } => {
                let result = result.as_ref().map(Value::to_string).unwrap_or_default();
                format!("{} {} {} {result}", name.raw(), arguments.raw(), state.raw())
            }
        }
    }

    /// The beginning of a question, which names its dialogue.
    pub fn title(&self) -> Option<String> {
        let Said::Person { text: words } = &self.said else { return None };
        Some(text::line(words.raw()).chars().take(TITLE).collect())
    }

    /// Who or what it is, in a word or two: `you`, `assistant`, `call customer_get`.
    pub fn who(&self) -> String {
        match &self.said {
            Said::Person { .. } => "you".to_owned(),
            Said::Model { .. } => "assistant".to_owned(),
            Said::Notice { .. } => "console".to_owned(),
            Said::Call { name, effect, state, .. } => {
                let effect = effect.as_ref().map(|effect| format!(" ({})", effect.line())).unwrap_or_default();
                format!("call {}{effect}: {}", name.line(), state.line())
            }
        }
    }

    /// What it says, line by line; safe to print.
    pub fn body(&self) -> String {
        match &self.said {
            Said::Person { text } | Said::Model { text } | Said::Notice { text } => text.block().into_string(),
            Said::Call { arguments, result, .. } => {
                let arguments = serde_json::from_str(arguments.raw()).map_or_else(
                    |_| arguments.block().into_string(),
                    |value: Value| text::block(&pretty(&value)).into_string(),
                );
                let result = result.as_ref().map(|result| format!("\ngave {}", text::block(&pretty(result))));
                format!("with {arguments}{}", result.unwrap_or_default())
            }
        }
    }
}

/// The head of a dialogue that begins now.
pub fn begin(org: &str, clock: &Clock) -> TranscriptHead {
    let now = clock.now().to_string();
    TranscriptHead {
        id: name(clock),
        org: org.to_owned(),
        began: now.clone(),
        changed: now,
        ..TranscriptHead::default()
    }
}

/// Takes entries into a dialogue: what is to be written of them. The first question names it.
pub fn take(head: &mut TranscriptHead, entries: &[Noted], clock: &Clock, vault: &Vault) -> Vec<StepRow> {
    let now = clock.now().to_string();
    let step = |noted: &Noted| (noted.n, Step::of(&noted.entry, noted.about.as_ref(), now.clone(), vault));
    let steps: Vec<(usize, Step)> = entries.iter().map(step).collect();
    if head.title.is_empty() {
        head.title = steps.iter().find_map(|(_, step)| step.title()).unwrap_or_default();
    }
    head.changed = now;
    steps.iter().map(|(n, step)| step.row(*n)).collect()
}

/// A name for a dialogue that begins now: it can be typed, and names stand in the order of time.
fn name(clock: &Clock) -> String {
    let random = Uuid::now_v7().simple().to_string();
    format!("{}-{}", clock.now().strftime("%Y%m%d-%H%M%S"), &random[random.len() - 6..])
}

fn pretty(value: &Value) -> String {
    serde_json::to_string_pretty(value).unwrap_or_else(|_| value.to_string())
}

/// Words with every value a placeholder. Placeholders that stand there already stay what they are: the vault defuses them
/// elsewhere, because a customer could have written one; here nothing is ever filled in again.
pub(super) fn veiled(vault: &Vault, words: &str) -> String {
    let mut out = String::with_capacity(words.len());
    let mut rest = words;
    while let Some((start, end)) = placeholder(rest) {
        out.push_str(&vault.veil(&rest[..start]));
        out.push_str(&rest[start..end]);
        rest = &rest[end..];
    }
    out.push_str(&vault.veil(rest));
    out
}

/// The same over a JSON value, the names in it too.
pub(super) fn veiled_json(vault: &Vault, value: &Value) -> Value {
    match value {
        Value::String(words) => Value::String(veiled(vault, words)),
        Value::Array(items) => items.iter().map(|item| veiled_json(vault, item)).collect(),
        Value::Object(map) => map.iter().map(|(name, item)| (veiled(vault, name), veiled_json(vault, item))).collect(),
        Value::Number(number) => {
            let words = number.to_string();
            let safe = vault.veil(&words);
            if safe == words { value.clone() } else { Value::String(safe) }
        }
        Value::Null | Value::Bool(_) => value.clone(),
    }
}

/// The first `⟦kind:1⟧` in the words, in bytes: a word of letters and a short number, so that no value hides in one.
pub(super) fn placeholder(words: &str) -> Option<(usize, usize)> {
    let mut from = 0;
    while let Some(start) = words[from..].find('⟦').map(|at| from + at) {
        let inside = start + '⟦'.len_utf8();
        let ours = words[inside..].find('⟧').map(|at| inside + at).filter(|end| {
            words[inside..*end].split_once(':').is_some_and(|(kind, number)| {
                (1..=24).contains(&kind.len())
                    && kind.bytes().all(|b| b.is_ascii_alphabetic())
                    && (1..=4).contains(&number.len())
                    && number.bytes().all(|b| b.is_ascii_digit())
            })
        });
        match ours {
            Some(end) => return Some((start, end + '⟧'.len_utf8())),
            None => from = inside,
        }
    }
    None
}

#[cfg(test)]
mod tests;
