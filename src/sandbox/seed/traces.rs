//! Owns what a conversation leaves beside its words: the files some messages carry, the time agents spent on it, the pages
//! its customer looked at before. Does not write messages (`conversation`).
//!
//! Invariant: every file's bytes are bundled (`files::sample`), and each is tied to its message both ways.

use serde_json::{Value, json};

use super::{
    Plan,
    ids::{self, Space},
    object,
    rng::Rng,
    stamp, surveys,
};
use crate::sandbox::{
    doc::{Doc, Kind},
    files, times,
};

const MINUTE: i64 = 60_000;

/// What customers send, and what agents do: name, content type, and the bundled file behind it.
const FROM_CUSTOMERS: &[(&str, &str, &str)] =
    &[("photo.png", "image/png", "damage.png"), ("invoice.pdf", "application/pdf", "invoice.pdf")];
const FROM_AGENTS: &[(&str, &str, &str)] =
    &[("tracking.txt", "text/plain", "tracking.txt"), ("invoice-copy.pdf", "application/pdf", "invoice.pdf")];
/// One message in so many carries a file.
const ONE_IN: usize = 24;
/// One customer in so many was seen on the org's pages before writing.
const SEEN_ONE_IN: usize = 5;

/// Where the records of one conversation get their ids and chances from.
#[derive(Clone, Copy, Debug)]
pub(super) struct Source<'a> {
    pub plan: &'a Plan,
    /// The customer's index.
    pub customer: usize,
    /// Which of the customer's conversations it is.
    pub position: usize,
}

impl Source<'_> {
    fn id(self, space: Space, number: usize) -> String {
        ids::derived(self.plan.seed, space, self.customer as u64, (self.position * 64 + number) as u64)
    }
}

/// Adds to a conversation's messages what they leave behind.
pub(super) fn leave(source: Source, docs: &mut Vec<Doc>) {
    let mut rng = Rng::new(source.plan.seed, 11, (source.customer * 16 + source.position) as u64);
    let messages = docs.iter_mut().filter(|doc| doc.kind == Kind::Message).enumerate();
    let mut traces = Vec::new();
    for (number, message) in messages {
        if rng.below(ONE_IN) == 0 && takes_files(message) {
            traces.push(attachment(source, number, message, &mut rng));
        }
        traces.extend(handling(source, number, message));
    }
    if source.position == 0 && source.customer.is_multiple_of(SEEN_ONE_IN) {
        traces.extend(docs.first().map(|first| visit(source, first, &mut rng)).unwrap_or_default());
    }
    docs.append(&mut traces);
}

fn takes_files(message: &Doc) -> bool {
    matches!(message.text("channel"), Some("email" | "chat" | "whatsapp"))
        && message.attributes.get("auto") != Some(&Value::Bool(true))
}

/// A record that belongs where its message does.
fn beside(message: &Doc, kind: Kind, id: String, attributes: Value) -> Doc {
    let mut doc = Doc::new(kind, id);
    doc.attributes = object(attributes);
    let shared = ["customer", "conversation", "createdBy"].into_iter();
    doc.related.extend(shared.filter_map(|name| Some((name.to_owned(), message.related.get(name)?.clone()))));
    doc
}

fn attachment(source: Source, number: usize, message: &mut Doc, rng: &mut Rng) -> Doc {
    let inbound = message.text("direction") == Some("in");
    let (name, content_type, sample) = *rng.pick(if inbound { FROM_CUSTOMERS } else { FROM_AGENTS });
    let at = message.attributes.get("createdAt").cloned();
    let id = source.id(Space::Attachment, number);
    message.hidden.insert("attachments".into(), json!([id]));
    let length = files::sample(sample).map_or(0, <[u8]>::len);
    let mut doc = beside(
        message,
        Kind::Attachment,
        id,
        json!({ "name": name, "contentType": content_type, "contentLength": length, "uploaded": true, "redacted": false, "createdAt": at, "updatedAt": at }),
    );
    doc.hidden.insert("sample".into(), sample.into());
    doc.related.insert("message".into(), (Kind::Message, message.id.clone()));
    doc
}

/// The time an agent took for an answer: as long as it lasted since the message before, at most ten minutes.
fn handling(source: Source, number: usize, message: &Doc) -> Option<Doc> {
    let wrote = message.text("direction") == Some("out") && message.attributes.get("auto") != Some(&Value::Bool(true));
    let sent = times::parse(message.text("sentAt")?).filter(|_| wrote)?;
    let waited = message.attributes.get("responseTime").and_then(Value::as_i64).unwrap_or(0);
    let took = waited.clamp(0, 10 * MINUTE);
    let attributes = json!({
        "createdAt": stamp(sent), "updatedAt": stamp(sent), "createdByTeams": [], "assignedUsers": [], "assignedTeams": [],
        "handleAt": stamp(sent - took), "handleTime": took, "channels": [message.text("channel")], "messageAt": stamp(sent),
        "messageTime": took, "messagesSent": 1, "notesSent": 0, "touched": true, "reopened": false, "snoozed": false, "resolved": false,
    });
    Some(beside(message, Kind::ConversationTime, source.id(Space::ConversationTime, number), attributes))
}

/// A visit to the org's pages that ended when the customer wrote.
fn visit(source: Source, first: &Doc, rng: &mut Rng) -> Vec<Doc> {
    let Some(wrote) = first.text("sentAt").and_then(times::parse) else { return Vec::new() };
    let (pages, began) = (rng.below(3) + 1, wrote - 9 * MINUTE);
    let attributes = json!({ "startedAt": stamp(began), "endedAt": stamp(wrote), "createdAt": stamp(began), "updatedAt": stamp(wrote), "eventCount": pages });
    let mut session = beside(first, Kind::Session, source.id(Space::Session, 0), attributes);
    session.related.retain(|name, _| name == "customer");
    let events = (0..pages).map(|number| {
        let at = stamp(began + number as i64 * 2 * MINUTE);
        let page = rng.pick(surveys::pages());
        let attributes = json!({ "name": "page-view", "type": "tracking", "publishedAt": at, "createdAt": at, "updatedAt": at, "modifiedAt": at,
            "changes": {}, "location": { "path": page }, "meta": { "url": format!("https://shop.desk.example{page}") } });
        let mut event = beside(first, Kind::Event, source.id(Space::TrackedEvent, number), attributes);
        event.related.retain(|name, _| name == "customer");
        event.related.insert("session".into(), (Kind::Session, session.id.clone()));
        event
    });
    let events: Vec<Doc> = events.collect();
    [vec![session], events].concat()
}
