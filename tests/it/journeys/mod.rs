//! A shift's main jobs, by keys alone, through the real program against a real desk.

mod ambush;
mod answers;
mod around;
mod audit;
pub mod billing;
mod bulk;
mod cache;
mod compose;
mod endpoint;
mod export;
mod forms;
mod fresh;
mod handover;
mod headless;
mod hostile;
mod import;
mod keys;
mod killed;
mod limits;
mod linear;
mod mcp;
mod order;
mod outage;
mod plan;
mod policy;
mod questions;
mod queue;
mod roads;
mod screens;
mod search;
mod sitting;
mod strangers;
mod terminal;
mod timeline;
mod tour;
mod transcripts;
mod triage;
mod truto;
mod unmask;
mod vigilance;
mod words;

use serde_json::{Value, json};

use crate::harness::{Console, Desk, Planted};

/// Waits for the card of a request: the desk's own, or the call of the published tool that makes it, about this record.
pub fn card_of(console: &mut Console, request: &str, published: &str, about: &str) {
    let call = format!("tools/call {published}");
    console.wait("Approval").wait_until(&format!("the card of {request}, or of {call}"), |screen| {
        screen.contains(request) || screen.contains(&call) && screen.contains(about)
    });
}

/// The conversation that breaches next: what the queue shows on top.
pub struct Top {
    pub conversation: String,
    pub customer: String,
    pub phone: String,
    pub email: String,
    pub billing_id: String,
    pub name: String,
    pub subject: String,
}

impl Top {
    /// As the desk itself sorts it, with the values only a key with the right may read.
    pub fn of(desk: &Desk) -> Self {
        let query = json!({
            "queryContext": "conversation",
            "and": [{ "conversation_status": { "equals": "open" } }],
            "sort": [{ "conversation_sla_breach_at": "asc" }],
        });
        let (_, found) = desk.call("POST", "/v1/customers/search?pageSize=1", Some(query));
        let conversation = text(&found["data"][0]["id"]);
        let customer = text(&found["data"][0]["relationships"]["customer"]["data"]["id"]);
        let (_, whole) = desk.call_as(&desk.unmasked_key(), "GET", &format!("/v1/customers/{customer}"), None);
        let of = &whole["data"]["attributes"];
        Self {
            phone: text(&of["phones"][0]["phone"]),
            email: text(&of["emails"][0]["email"]),
            billing_id: text(&of["custom"]["billingIdStr"]),
            name: text(&of["displayName"]),
            subject: text(&found["data"][0]["attributes"]["name"]),
            conversation,
            customer,
        }
    }

    /// The bodies of the conversation's notes, as the desk answers them.
    pub fn notes(&self, desk: &Desk) -> Vec<String> {
        notes(desk, &self.conversation)
    }

    /// The values a mask hides, to be searched for.
    pub fn planted(&self) -> Planted {
        Planted::new([("phone", self.phone.as_str()), ("email", &self.email), ("billing id", &self.billing_id)])
    }

    /// No value of theirs that a mask hides is in `text`.
    pub fn assert_absent_from(&self, text: &str, place: &str) {
        for (what, value) in [("phone", &self.phone), ("email", &self.email), ("billing id", &self.billing_id)] {
            assert!(!text.contains(value.as_str()), "the {what} is in {place}");
        }
    }
}

/// The bodies of a conversation's notes.
pub fn notes(desk: &Desk, conversation: &str) -> Vec<String> {
    let found = desk.get(&format!("/v1/conversations/{conversation}/notes?pageSize=100"));
    found["data"].as_array().into_iter().flatten().map(|note| text(&note["attributes"]["body"])).collect()
}

/// A string, or the empty one.
pub fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// Waits for the queue, opens its top conversation and goes to the assistant with it in hand.
pub fn open_top_with_assistant(console: &mut Console, top: &Top) {
    console.wait("SANDBOX").wait(&top.name);
    console.press("<enter>").wait("Timeline").wait("****");
    console.press("7").wait("scripted model, not an AI");
}

/// Types a request to the assistant and sends it.
pub fn ask(console: &mut Console, prompt: &str) {
    console.type_text(prompt).press("<enter>");
}
