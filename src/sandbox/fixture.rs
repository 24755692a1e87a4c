//! Owns a small org to test against and a client that speaks HTTP/1.1 by hand, so that broken answers can be seen as they
//! are. Test code only.

#![expect(clippy::needless_pass_by_value, reason = "bodies are written in place")]

use std::{io, net::SocketAddr, time::Duration};

use jiff::Timestamp;
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use super::{
    Options, Running,
    call::Reply,
    desk,
    dispatch::{Incoming, dispatch},
    doc::{Doc, Kind},
    faults::Faults,
    limits::{Limits, RateLimit},
    mint, seed, server,
};
use crate::clock::{Clock, Hand};

/// 2025-03-04T10:15:00Z.
pub const START_MS: i64 = 1_741_083_300_000;
/// A customer with an address, a phone and a billing id.
pub const MARA: &str = "66a1f0c2b7d4e9001c3a5f10";
/// A customer a merge holds locked.
pub const LOCKED: &str = "66a1f0c2b7d4e9001c3a5f11";
/// Mara's open email conversation.
pub const PARCEL: &str = "66a1f1d9b7d4e9001c3a6001";
/// An agent.
pub const AGENT: &str = "66a1e0f0b7d4e9001c3a0a01";
/// A queue.
pub const QUEUE: &str = "66a1e101b7d4e9001c3a0b01";

fn doc(kind: Kind, id: &str, related: &[(&str, Kind, &str)], attributes: Value) -> Doc {
    let mut doc = Doc::new(kind, id);
    doc.attributes = attributes.as_object().cloned().expect("an object");
    for name in ["createdAt", "updatedAt", "modifiedAt"] {
        doc.attributes.insert(name.into(), "2025-03-01T08:00:00.000Z".into());
    }
    doc.attributes.insert("rev".into(), 1.into());
    doc.related = related.iter().map(|(name, kind, id)| ((*name).to_owned(), (*kind, (*id).to_owned()))).collect();
    doc
}

/// The org's records.
pub fn docs() -> Vec<Doc> {
    let partial = json!({ "sensitive": { "enabled": true, "maskType": "partial" } });
    let mara = [("customer", Kind::Customer, MARA)];
    let mut locked =
        doc(Kind::Customer, LOCKED, &[], json!({ "name": "Lo Cked", "emails": [], "externalId": "TEN-00002" }));
    locked.hidden.insert("mergeLocked".into(), true.into());
    vec![
        doc(Kind::User, seed::ids::MACHINE_USER, &[], json!({ "name": "console", "userType": "machine" })),
        doc(Kind::User, AGENT, &[], json!({ "name": "Ana", "userType": "user" })),
        doc(Kind::Queue, QUEUE, &[], json!({ "name": "billing", "key": "billing" })),
        doc(
            Kind::Klass,
            "66a1e300b7d4e9001c3a0e01",
            &[],
            json!({ "name": "order", "displayName": "Order", "status": "enabled" }),
        ),
        doc(
            Kind::Metadata,
            "customer",
            &[],
            json!({ "standardProperties": { "emails": partial, "phones": partial }, "properties": { "billingIdStr": partial } }),
        ),
        doc(Kind::Sla, "66a1e200b7d4e9001c3a0d01", &[], json!({ "currentVersion": 1 })),
        doc(
            Kind::SlaVersion,
            "66a1e200b7d4e9001c3a0d11",
            &[("sla", Kind::Sla, "66a1e200b7d4e9001c3a0d01")],
            json!({
            "name": "Email", "version": 1, "criteria": { "and": [{ "conversation_channel": { "operator": "contains", "value": "email" } }] },
            "metrics": { "firstResponse": { "enabled": true, "times": { "3": 3_600_000 } } } }),
        ),
        doc(
            Kind::Customer,
            MARA,
            &[],
            json!({
            "name": "Mara Quill", "externalId": "USR-555", "emails": [{ "type": "work", "email": "mara@quill.example" }],
            "phones": [{ "type": "mobile", "phone": "+4915550001122" }], "custom": { "billingIdStr": "BIL-778899" },
            "conversationCounts": { "all": 1, "open": 1, "snoozed": 0, "done": 0 } }),
        ),
        locked,
        doc(
            Kind::Conversation,
            PARCEL,
            &mara,
            json!({ "name": "Parcel", "status": "open", "priority": 3, "channels": ["email"], "tags": [] }),
        ),
    ]
}

/// A desk, its time, and a client.
pub struct Desk {
    /// The running server.
    pub running: Running,
    /// Moves its time.
    pub hand: Hand,
    key: String,
}

/// An answer off the wire.
#[derive(Clone, Debug, PartialEq)]
pub struct Got {
    /// The status.
    pub status: u16,
    /// The headers, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body as it came.
    pub text: String,
}

impl Got {
    /// The body as JSON; null when it is none.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_default()
    }

    /// A header's value.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

impl Desk {
    /// A desk with the fixture's records.
    pub async fn start() -> Self {
        Self::start_with(|_| {}).await
    }

    /// A desk with other options.
    pub async fn start_with(change: impl FnOnce(&mut Options)) -> Self {
        let (options, hand) = Self::options(change);
        Self::of(server::serve(options, docs()).await, hand)
    }

    /// A desk with seeded records instead.
    pub async fn seeded(change: impl FnOnce(&mut Options)) -> Self {
        let (options, hand) = Self::options(change);
        Self::of(server::start(options).await, hand)
    }

    fn options(change: impl FnOnce(&mut Options)) -> (Options, Hand) {
        let start = Timestamp::from_millisecond(START_MS).expect("a moment");
        let (clock, hand) = Clock::by_hand(start);
        let mut options = Options { clock, ..Options::default() };
        change(&mut options);
        (options, hand)
    }

    fn of(running: io::Result<Running>, hand: Hand) -> Self {
        let running = running.expect("a free loopback port");
        let key = running.ready().api_key.clone();
        Self { running, hand, key }
    }

    /// Speaks with another key from now on.
    pub async fn use_key(&mut self, name: &str) {
        let keys = self.get("/__sandbox/keys").await.json();
        let key =
            keys["keys"].as_array().expect("keys").iter().find(|key| key["name"] == name).expect("a key of that name");
        self.key = key["token"].as_str().expect("a token").to_owned();
    }

    /// Lets the desk's time pass.
    pub fn pass(&self, ms: u64) {
        self.hand.advance(Duration::from_millis(ms));
    }

    /// `GET`.
    pub async fn get(&self, path: &str) -> Got {
        self.send("GET", path, None).await.expect("an answer")
    }

    /// A request with a JSON body.
    pub async fn call(&self, method: &str, path: &str, body: Value) -> Got {
        self.send(method, path, Some(body)).await.expect("an answer")
    }

    /// A request; none when the connection broke before the answer was whole.
    pub async fn send(&self, method: &str, path: &str, body: Option<Value>) -> Option<Got> {
        self.send_with(method, path, &format!("authorization: Bearer {}\r\n", self.key), body).await
    }

    /// The same with these header lines instead of the key's.
    pub async fn send_with(&self, method: &str, path: &str, headers: &str, body: Option<Value>) -> Option<Got> {
        let body = body.map(|body| body.to_string()).unwrap_or_default();
        let request = format!(
            "{method} {path} HTTP/1.1\r\nhost: desk\r\n{headers}x-shiftdeck-lane: person\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
            body.len()
        );
        parse(&raw(self.running.addr, &request).await)
    }
}

/// Sends text as it is and gives back whatever comes until the connection ends.
pub async fn raw(addr: SocketAddr, request: &str) -> String {
    let mut stream = TcpStream::connect(addr).await.expect("the desk listens");
    let mut got = Vec::new();
    // A connection that breaks has still delivered what came before.
    if stream.write_all(request.as_bytes()).await.is_ok() {
        let _ = stream.read_to_end(&mut got).await;
    }
    String::from_utf8_lossy(&got).into_owned()
}

/// An answer as it came off the wire; none when it is not whole.
pub fn parse(raw: &str) -> Option<Got> {
    let (head, text) = raw.split_once("\r\n\r\n")?;
    let mut lines = head.lines();
    let status = lines.next()?.split(' ').nth(1)?.parse().ok()?;
    let header = |line: &str| line.split_once(": ").map(|(name, value)| (name.to_lowercase(), value.to_owned()));
    let got = Got { status, headers: lines.filter_map(header).collect(), text: text.to_owned() };
    let promised = got.header("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
    (text.len() >= promised).then_some(got)
}

/// A desk in the same process, asked without a socket by the key that may do everything.
pub struct Trial {
    /// The desk.
    pub desk: desk::Desk,
    /// Its present, milliseconds since the epoch; move it at will.
    pub now: i64,
    token: String,
}

impl Trial {
    /// A desk with the fixture's records.
    pub fn new() -> Self {
        Self::with(docs())
    }

    /// A desk with these records.
    pub fn with(docs: Vec<Doc>) -> Self {
        let plenty = RateLimit::per_seconds(1_000_000, 60);
        let desk = desk::Desk::new(docs, 1, Limits::new(plenty, plenty), Faults::new(Vec::new(), 1), START_MS);
        Self { desk, now: START_MS, token: mint::api_key(1, "admin") }
    }

    /// Asks and gives back status and body; a null body sends none.
    pub fn ask(&mut self, method: &str, target: &str, body: Value) -> (u16, Value) {
        let bytes = if body.is_null() { Vec::new() } else { body.to_string().into_bytes() };
        let reply = self.send(method, target, Some("application/json"), &bytes);
        (reply.status, reply.body.unwrap_or_default())
    }

    /// Asks for what must work and gives back the body's `data`.
    pub fn get(&mut self, target: &str) -> Value {
        let (status, mut body) = self.ask("GET", target, Value::Null);
        assert_eq!(status, 200, "{target}: {body}");
        body["data"].take()
    }

    /// A request with any bytes.
    pub fn send(&mut self, method: &str, target: &str, content_type: Option<&str>, body: &[u8]) -> Reply {
        let target = target.strip_prefix("http://desk").unwrap_or(target);
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let authorization = format!("Bearer {}", self.token);
        let incoming = Incoming {
            method,
            path,
            query,
            authorization: Some(&authorization),
            host: Some("desk"),
            content_type,
            body,
        };
        dispatch(&mut self.desk, &incoming, self.now).reply
    }
}
