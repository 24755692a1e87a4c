//! Owns what a model is shown: the standing prompt, what is on screen, and as much of the dialogue as fits. Does not send.
//!
//! Invariant: a [`Message`] is made of our own words, of [`Veiled`] ones, of answers that passed `tools::Answer`, and of
//! what the model itself said. A personal value has no way in.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::{CallId, RawCall};
use crate::{
    domain::{Channel, Conversation, ConversationId, Customer, CustomerId, Guarded, Text},
    privacy::{Vault, text},
    tools,
};

/// The standing prompt. It never changes within a sitting, so that endpoints can cache it.
const PROMPT: &str = include_str!("../../assets/prompts/assistant.md");
/// Characters of dialogue a model is shown at most; about 30,000 tokens.
const DIALOGUE: usize = 120_000;
/// An answer of an earlier turn is kept whole up to this many characters.
const OLD_ANSWER: usize = 2_000;
/// How much is kept of a longer one.
const BEGINNING: usize = 600;

/// Words that went through the vault: personal values in them are placeholders.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Veiled(String);

impl Veiled {
    /// Veils words; what cannot be seen in them becomes visible first.
    pub fn of(vault: &Vault, words: &str) -> Self {
        Self(vault.veil(&text::block(words)))
    }

    /// Our own words, which hold no value.
    pub fn own(words: &'static str) -> Self {
        Self(words.to_owned())
    }

    /// The words.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// One message to the model.
#[derive(Clone, Debug, PartialEq)]
pub enum Message {
    /// The standing prompt and the screen.
    System(String),
    /// The person.
    Person(Veiled),
    /// The model's own earlier words and calls.
    Model {
        /// Its words; may be empty when there are calls.
        text: String,
        /// Its calls, under the names we gave them.
        calls: Vec<(CallId, RawCall)>,
    },
    /// The answer to one call.
    Answer {
        /// Which call.
        call: CallId,
        /// The answer.
        value: Value,
    },
}

impl Message {
    /// As the model is told it: disclosed placeholders are values.
    pub(super) fn told(&self, vault: &Vault) -> Self {
        match self {
            Self::Person(veiled) => Self::Person(Veiled(vault.disclosed(&veiled.0))),
            Self::Answer { call, value } => {
                let mut value = value.clone();
                each_text(&mut value, &|text| vault.disclosed(text));
                Self::Answer { call: *call, value }
            }
            Self::System(_) | Self::Model { .. } => self.clone(),
        }
    }

    /// A customer's values are covered again, also in the model's own words: it was told them.
    pub(super) fn cover(&mut self, vault: &Vault, owner: &CustomerId) {
        let cover = |text: &str| vault.cover(text, owner);
        match self {
            Self::Person(veiled) => veiled.0 = cover(&veiled.0),
            Self::Model { text, calls } => {
                *text = cover(text);
                for (_, call) in calls {
                    call.arguments = cover(&call.arguments);
                }
            }
            Self::Answer { value, .. } => each_text(value, &cover),
            Self::System(_) => {}
        }
    }
}

/// Changes every string of a JSON value; keys are left alone.
pub(super) fn each_text(value: &mut Value, change: &impl Fn(&str) -> String) {
    match value {
        Value::String(text) => *text = change(text),
        Value::Array(items) => items.iter_mut().for_each(|item| each_text(item, change)),
        Value::Object(map) => map.values_mut().for_each(|item| each_text(item, change)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// What is on the person's screen, as the model is told.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Context(Value);

impl Context {
    /// The conversation on screen, as the model was told.
    pub fn conversation(&self) -> Option<ConversationId> {
        self.0["conversation"]["id"].as_str().map(ConversationId::new)
    }

    /// From what the console has open.
    pub fn new(vault: &Vault, open: Option<(&Conversation, Option<&Customer>)>, user: &Text, now: Timestamp) -> Self {
        let words = |words: &Text| json!(vault.veil(&text::line(words.raw())));
        let mut context = Map::new();
        context.insert("now".into(), json!(now.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()));
        context.insert("user".into(), words(user));
        if let Some((conversation, customer)) = open {
            // Known before anything about the conversation is told: its subject may hold them.
            let name = customer.map(|customer| known(vault, customer));
            let channel = conversation.channels.last().map_or("", Channel::as_str);
            context.insert(
                "conversation".into(),
                json!({"id": conversation.id, "subject": words(&conversation.name), "channel": channel,
                    "status": conversation.status.as_str()}),
            );
            let mut about = Map::new();
            if let Some(id) = customer.map(|customer| &customer.id).or(conversation.customer.as_ref()) {
                about.insert("id".into(), json!(id));
            }
            if let Some(customer) = customer {
                about.insert("name".into(), json!(name));
                if let Some(domain) = customer.email_domain() {
                    about.insert("email_domain".into(), words(&Text::from(domain)));
                }
            }
            context.insert("customer".into(), Value::Object(about));
        }
        Self(Value::Object(context))
    }

    /// As the model reads it.
    pub(super) fn value(&self) -> &Value {
        &self.0
    }
}

/// Tells the vault what a customer's record shows; their name as it is told.
fn known(vault: &Vault, customer: &Customer) -> String {
    for contact in &customer.contacts {
        if let Guarded::Masked(mask) = &contact.value {
            vault.expect(contact.kind.word(), mask.raw(), Some(&customer.id));
        }
    }
    tools::expect_fields(&customer.custom, &customer.id, vault);
    vault.name(customer.name.raw(), &customer.id, true)
}

/// The messages for the next answer: prompt, screen, and the newest of the dialogue that fits. What was said before the
/// latest question is shortened first, then left out by whole turns, so that every call keeps its answer.
pub(super) fn messages(context: &Context, history: &[Message]) -> Vec<Message> {
    let system = format!("{PROMPT}\n<context>\n{}\n</context>\n", context.0);
    let latest = history.iter().rposition(is_question).unwrap_or(0);
    let older = history[..latest].iter().map(shortened);
    let mut all: Vec<Message> = older.chain(history[latest..].iter().cloned()).collect();
    let mut size: usize = all.iter().map(length).sum();
    while size > DIALOGUE {
        let Some(next) = all.iter().skip(1).position(is_question) else { break };
        size -= all.drain(..=next).map(|message| length(&message)).sum::<usize>();
    }
    [Message::System(system)].into_iter().chain(all).collect()
}

fn is_question(message: &Message) -> bool {
    matches!(message, Message::Person(_))
}

fn length(message: &Message) -> usize {
    match message {
        Message::System(text) => text.len(),
        Message::Person(veiled) => veiled.0.len(),
        Message::Model { text, calls } => {
            text.len() + calls.iter().map(|(_, call)| call.arguments.len() + call.name.len()).sum::<usize>()
        }
        Message::Answer { value, .. } => value.to_string().len(),
    }
}

fn shortened(message: &Message) -> Message {
    match message {
        Message::Answer { call, value } => {
            let whole = value.to_string();
            if whole.len() <= OLD_ANSWER {
                return message.clone();
            }
            let beginning: String = whole.chars().take(BEGINNING).collect();
            Message::Answer { call: *call, value: json!({"shortened": true, "beginning": beginning}) }
        }
        Message::System(_) | Message::Person(_) | Message::Model { .. } => message.clone(),
    }
}

/// A message in the chat-completions shape.
pub(super) fn wire(message: &Message) -> Value {
    match message {
        Message::System(text) => json!({"role": "system", "content": text}),
        Message::Person(veiled) => json!({"role": "user", "content": veiled.0}),
        Message::Model { text, calls } if calls.is_empty() => json!({"role": "assistant", "content": text}),
        Message::Model { text, calls } => {
            let content = if text.is_empty() { Value::Null } else { json!(text) };
            let calls: Vec<Value> = calls.iter().map(wire_call).collect();
            json!({"role": "assistant", "content": content, "tool_calls": calls})
        }
        Message::Answer { call, value } => {
            json!({"role": "tool", "tool_call_id": call.to_string(), "content": value.to_string()})
        }
    }
}

/// A call as it is told back. Endpoints refuse odd names and arguments that are no JSON, although models write them.
fn wire_call((id, call): &(CallId, RawCall)) -> Value {
    let mut name: String =
        call.name.chars().map(|c| if c.is_ascii_alphanumeric() || c == '-' { c } else { '_' }).take(64).collect();
    if name.is_empty() {
        name.push('_');
    }
    let sound = serde_json::from_str::<Map<String, Value>>(&call.arguments).is_ok();
    let arguments = if sound { call.arguments.as_str() } else { "{}" };
    json!({"id": id.to_string(), "type": "function", "function": {"name": name, "arguments": arguments}})
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Revealed;

    fn question(vault: &Vault, words: &str) -> Message {
        Message::Person(Veiled::of(vault, words))
    }

    fn answered(id: u32, value: Value) -> [Message; 2] {
        let call = RawCall { name: "customer_get".into(), arguments: "{}".into() };
        [
            Message::Model { text: String::new(), calls: vec![(CallId(id), call)] },
            Message::Answer { call: CallId(id), value },
        ]
    }

    #[test]
    fn what_the_person_types_leaves_veiled() {
        let vault = Vault::new();
        vault.place("billingId", &Revealed::new("BIL-4471"), None);
        let history = [question(&vault, "is BIL-4471 of mara@quill.example, +4915550001122, right?\u{202e}")];
        let sent = messages(&Context::default(), &history);
        let sent: String = sent.iter().map(|message| wire(message).to_string()).collect();
        for planted in ["BIL-4471", "mara@", "1122", "\u{202e}"] {
            assert!(!sent.contains(planted), "{planted} in {sent}");
        }
        assert!(sent.contains("is ⟦billingId:1⟧ of ⟦email:1⟧, ⟦phone:1⟧, right?"));
    }

    #[test]
    fn old_answers_are_shortened_and_the_latest_turn_is_whole() {
        let vault = Vault::new();
        let long = json!({"text": "x".repeat(3_000)});
        let mut history = vec![question(&vault, "first")];
        history.extend(answered(1, long.clone()));
        history.push(question(&vault, "second"));
        history.extend(answered(2, long.clone()));
        let sent = messages(&Context::default(), &history);
        let values: Vec<bool> = sent
            .iter()
            .filter_map(|message| match message {
                Message::Answer { value, .. } => Some(*value == long),
                Message::System(_) | Message::Person(_) | Message::Model { .. } => None,
            })
            .collect();
        assert_eq!(values, [false, true]);
    }

    #[test]
    fn what_does_not_fit_is_left_out_by_whole_turns() {
        let vault = Vault::new();
        let mut history = Vec::new();
        for id in 0..200 {
            history.push(question(&vault, &"words ".repeat(200)));
            history.extend(answered(id, json!({"n": id})));
        }
        let sent = messages(&Context::default(), &history);
        assert!(sent.len() < history.len());
        assert!(matches!((&sent[0], &sent[1]), (Message::System(_), Message::Person(_))));
        assert_eq!(sent.last(), history.last());
    }

    #[test]
    fn calls_go_back_in_a_shape_every_endpoint_takes() {
        let call = RawCall { name: "a.b".into(), arguments: "{not json".into() };
        let value = wire(&Message::Model { text: String::new(), calls: vec![(CallId(3), call)] });
        let call = json!({"id": "call_3", "type": "function", "function": {"name": "a_b", "arguments": "{}"}});
        assert_eq!(value, json!({"role": "assistant", "content": null, "tool_calls": [call]}));
    }
}
