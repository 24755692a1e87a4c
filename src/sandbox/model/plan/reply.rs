//! Owns drafts of messages to a customer. Does not send.
//!
//! Invariant: a draft holds the person's words, or, when they gave none, only what the conversation itself says.

use serde_json::{Value, json};

use super::{
    facts::{self, Shown},
    locate::{self, Found},
    run::{Play, Run, Told, because, say},
};
use crate::sandbox::model::wording;

/// How channels are called in speech, and by the desk.
const CHANNELS: [(&str, &str); 11] = [
    ("whatsapp", "whatsapp"),
    ("sms", "sms"),
    ("text message", "sms"),
    ("instagram", "instagram"),
    ("facebook", "facebook"),
    ("messenger", "facebook"),
    ("twitter", "twitter-dm"),
    ("chat", "chat"),
    ("e-mail", "email"),
    ("email", "email"),
    ("mail", "email"),
];

/// Proposes a draft.
pub(super) fn play(run: &mut Run<'_>) -> Play<String> {
    let said = run.said();
    let words = wording::given_text(&said).unwrap_or_default();
    let customer = locate::customer_in(run, &said.replace(&words, ""))?;
    let shown = run.context().text("customer", "id") == Some(customer.id.as_str());
    let conversation = run.context().text("conversation", "id").filter(|_| shown).map(str::to_owned);
    let Some(channel) = channel(run, &said, shown) else {
        return say("Over which channel: WhatsApp, SMS, email, chat, Facebook, Instagram or Twitter?");
    };
    let body = body(run, &said, &customer, conversation.as_deref())?;
    let name = facts::who(&customer.facts);
    let mut arguments = json!({ "customer_id": customer.id, "conversation_id": conversation, "body": body });
    if conversation.is_none() {
        let Some(to) = address(&customer.facts, &channel) else {
            return say(format!(
                "No conversation with {name} is open here, and I hold no address of theirs for {channel}. Open the conversation and ask again."
            ));
        };
        arguments["to"] = to;
    }
    if channel == "email" {
        arguments["subject"] = subject(run).into();
    }
    match run.act(&format!("draft_{}", channel.replace('-', "_")), &arguments)? {
        Told::Done(_) => Ok(format!(
            "The {channel} draft for **{name}** is in the drafts queue; nothing has been sent.\n\n> {}",
            body.replace('\n', "\n> ")
        )),
        Told::Refused(reason) => Ok(format!(
            "You refused the draft{}, so there is none for {name}. Ask again with the words it should have, “draft … saying …”.",
            because(&reason)
        )),
        Told::Failed { message, .. } => say(format!("The draft could not be made: {message} Nothing was sent.")),
    }
}

/// The channel named, else the one of the conversation on screen.
fn channel(run: &Run<'_>, said: &str, shown: bool) -> Option<String> {
    let lower = said.to_ascii_lowercase();
    let named = CHANNELS.iter().find(|(word, _)| lower.contains(word)).map(|(_, channel)| *channel);
    let current = run.context().text("conversation", "channel").filter(|channel| shown && *channel != "voice");
    named.or(current).map(str::to_owned)
}

/// The address or number of a customer where no conversation says it: a list for mail, one for the others; nothing when it
/// is masked, and none where a channel has no addresses.
fn address(customer: &Value, channel: &str) -> Option<Value> {
    let list = match channel {
        "email" => "emails",
        "whatsapp" | "sms" => "phones",
        _ => return None,
    };
    match Shown::of(&customer[list]) {
        Shown::Given(value) if channel == "email" => Some(json!([value])),
        Shown::Given(value) => Some(value.into()),
        Shown::Masked(_) | Shown::Absent => None,
    }
}

fn subject(run: &Run<'_>) -> String {
    let subject =
        run.context().text("conversation", "subject").map(|subject| facts::gist(subject, 120)).unwrap_or_default();
    match subject.as_str() {
        "" => "Your message to us".to_owned(),
        subject if subject.starts_with("Re: ") => subject.to_owned(),
        subject => format!("Re: {subject}"),
    }
}

/// The words given, made a message; else an acknowledgement of what the customer wrote last.
fn body(run: &mut Run<'_>, said: &str, customer: &Found, conversation: Option<&str>) -> Play<String> {
    let greeting = greeting(&customer.facts);
    if let Some(text) = wording::given_text(said) {
        return Ok(format!("{greeting}\n\n{}", as_sentence(&text)));
    }
    let Some(id) = conversation else {
        return say(format!("What should the message to {} say?", facts::who(&customer.facts)));
    };
    let answer = run.need("conversation_get", &json!({ "conversation_id": id }), "the look at the conversation")?;
    let asked = facts::list(&answer, "messages").iter().rev().find(|message| message["direction"] == "in");
    match asked.and_then(|message| message["text"].as_str()) {
        Some(text) => Ok(format!(
            "{greeting}\n\nthank you for your message. I have read what you wrote (“{}”) and am looking into it.",
            facts::gist(text, 120)
        )),
        None => say("The conversation holds no message of the customer yet. What should the draft say?"),
    }
}

fn greeting(customer: &Value) -> String {
    match customer["name"].as_str() {
        Some(name) if !name.is_empty() => format!("Hello {},", facts::gist_keeping_placeholders(name)),
        _ => "Hello,".to_owned(),
    }
}

fn as_sentence(text: &str) -> String {
    let mut letters = text.trim().chars();
    let Some(first) = letters.next() else {
        return String::new();
    };
    let text: String = first.to_uppercase().chain(letters).collect();
    if text.ends_with(['.', '!', '?', '…']) { text } else { format!("{text}.") }
}
