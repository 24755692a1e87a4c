//! Owns the outbound webhooks on the desk's side: what an event says, who wants it, when it is tried and tried again, and the
//! evidence of that (Kustomer API reference 25). Does not send anything (`sender`) nor decide what is an event (`events`).
//!
//! ```text
//! announce ─> waiting (due, number) ─ take_due ─> on its way ─ ended ─┬─> delivered
//!                 ^                                                    ├─> waiting again: 1, 1, 2, 5, 10, 15, 30 minutes
//!                 └────────────────────────────────────────────────────┘   then the webhook is disabled
//! ```
//!
//! Unverified in the reference and decided here: each webhook has one delivery on its way at a time, in the order of the
//! events, so a receiver sees another order only after failures or on demand (`webhook-reorder`); a receiver has five
//! seconds; a disabled webhook shows `enabled: false`, forgets what waited and is not enabled again by any call.
//!
//! Invariant: bounded, and neither evidence nor errors hold what an event says.

pub mod registry;
pub mod sender;

use std::collections::{BTreeMap, VecDeque};

use axum::body::Bytes;
use hmac::{Hmac, KeyInit, Mac};
use serde::Serialize;
use serde_json::{Value, json};
use sha2::Sha256;

use super::{
    erasure::Erasure,
    events::{Happening, Verb},
    faults::{FaultKind, Faults, Scene},
    mint, seed, times,
    world::World,
};
use registry::Target;

/// Minutes between one try and the next (25.2).
const RETRY_MINUTES: [i64; 7] = [1, 1, 2, 5, 10, 15, 30];
const MINUTE_MS: i64 = 60_000;
/// How long `webhook-reorder` holds an event back.
const HELD_BACK_MS: i64 = 5_000;
/// Events waiting for one receiver; what comes beyond is not delivered.
const MOST_WAITING: usize = 10_000;
/// Tries remembered as evidence.
const TRIES_KEPT: usize = 5_000;

/// An event for one receiver.
#[derive(Clone, Debug)]
pub struct Delivery {
    /// The webhook's id.
    pub webhook: String,
    /// `kustomer.conversation.update`.
    pub event: String,
    /// The event's own id, the same in every try.
    pub event_id: String,
    /// The record it is about.
    pub data_id: String,
    /// What is sent, the same bytes in every try unless a redaction came between.
    pub body: Bytes,
    number: u64,
    tries: usize,
}

/// How a try ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The receiver answered with this status.
    Answered(u16),
    /// No connection, no TLS, no HTTP.
    Unreachable,
    /// No answer in time.
    TimedOut,
}

/// One try, as evidence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Try {
    /// From 1, without gaps.
    pub seq: u64,
    /// When it ended, ISO 8601 by the desk's clock.
    pub at: String,
    /// The webhook's id.
    pub webhook: String,
    /// The event's name.
    pub event: String,
    /// The event's id.
    pub event_id: String,
    /// The record it is about.
    pub data_id: String,
    /// 1 for the first try; 0 for what was never tried.
    pub attempt: usize,
    /// The status answered.
    pub status: Option<u16>,
    /// `delivered`, `failed`, `unreachable`, `timed-out`, `lost`, `dropped`.
    pub result: &'static str,
    /// When it is tried again.
    pub next: Option<String>,
}

/// One receiver's line of events.
#[derive(Debug, Default)]
struct Line {
    waiting: BTreeMap<(i64, u64), Delivery>,
    is_under_way: bool,
}

/// All lines.
#[derive(Debug, Default)]
pub struct Webhooks {
    lines: BTreeMap<String, Line>,
    tries: VecDeque<Try>,
    last_try: u64,
    last_number: u64,
}

/// Lowercase hex of the HMAC-SHA256 of the raw bytes (25.2).
pub fn signature(token: &str, body: &[u8]) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(token.as_bytes()).expect("HMAC takes a key of any length");
    mac.update(body);
    mint::hex(&mac.finalize().into_bytes())
}

impl Webhooks {
    /// Puts an event in the lines of all who want it.
    pub fn announce(&mut self, world: &mut World, faults: &Faults, happening: &Happening) {
        let wanting = registry::wanting(world, &happening.name);
        if happening.verb == Verb::Delete || wanting.is_empty() {
            return;
        }
        let event_id = world.mint.id(happening.at);
        let body = Bytes::from(envelope(world, &event_id, happening).to_string());
        for webhook in wanting {
            self.last_number += 1;
            let delivery = Delivery {
                webhook,
                event: happening.name.clone(),
                event_id: event_id.clone(),
                data_id: happening.doc.id.clone(),
                body: body.clone(),
                number: self.last_number,
                tries: 0,
            };
            let path = format!("/webhooks/{}", happening.name);
            let at = happening.at;
            match faults.strike(Scene::Webhook, "POST", &path).map(|fault| fault.kind) {
                Some(FaultKind::WebhookLost) => self.note(&delivery, at, None, "lost", None),
                Some(FaultKind::WebhookReorder) => self.wait(delivery, at, at + HELD_BACK_MS),
                Some(FaultKind::WebhookDuplicate) => {
                    self.last_number += 1;
                    self.wait(Delivery { number: self.last_number, ..delivery.clone() }, at, at);
                    self.wait(delivery, at, at);
                }
                Some(_) | None => self.wait(delivery, at, at),
            }
        }
    }

    fn wait(&mut self, delivery: Delivery, now: i64, due: i64) {
        let line = self.lines.entry(delivery.webhook.clone()).or_default();
        if line.waiting.len() >= MOST_WAITING {
            return self.note(&delivery, now, None, "dropped", None);
        }
        line.waiting.insert((due, delivery.number), delivery);
    }

    /// What is due now, at most one for each receiver, taken out; each must be brought back to [`Self::ended`].
    pub fn take_due(&mut self, world: &World, now: i64) -> Vec<(Target, Delivery)> {
        self.lines.retain(|webhook, _| registry::target(world, webhook).is_some());
        let mut due = Vec::new();
        for (webhook, line) in &mut self.lines {
            let is_due = line.waiting.first_key_value().is_some_and(|((at, _), _)| *at <= now);
            let Some(target) = registry::target(world, webhook).filter(|_| is_due && !line.is_under_way) else {
                continue;
            };
            if let Some((_, delivery)) = line.waiting.pop_first() {
                line.is_under_way = true;
                due.push((target, delivery));
            }
        }
        due
    }

    /// When something waiting becomes due for a receiver that is free.
    pub fn next_due(&self) -> Option<i64> {
        let free = self.lines.values().filter(|line| !line.is_under_way);
        free.filter_map(|line| line.waiting.first_key_value()).map(|((at, _), _)| *at).min()
    }

    /// How a try ended: over, to be tried again, or the end of the webhook.
    pub fn ended(&mut self, world: &mut World, delivery: Delivery, outcome: Outcome, now: i64) {
        let Some(line) = self.lines.get_mut(&delivery.webhook) else { return };
        line.is_under_way = false;
        let attempt = Delivery { tries: delivery.tries + 1, ..delivery };
        let (status, result) = match outcome {
            Outcome::Answered(status @ 200..=299) => (Some(status), "delivered"),
            Outcome::Answered(status) => (Some(status), "failed"),
            Outcome::Unreachable => (None, "unreachable"),
            Outcome::TimedOut => (None, "timed-out"),
        };
        let pause = RETRY_MINUTES.get(attempt.tries - 1).map(|minutes| now + minutes * MINUTE_MS);
        let next = pause.filter(|_| result != "delivered");
        self.note(&attempt, now, status, result, next);
        match next {
            Some(next) => self.wait(attempt, now, next),
            None if result != "delivered" => self.disable(world, &attempt.webhook, now),
            None => {}
        }
    }

    fn disable(&mut self, world: &mut World, webhook: &str, now: i64) {
        let line = self.lines.remove(webhook).unwrap_or_default();
        for delivery in line.waiting.values() {
            self.note(delivery, now, None, "dropped", None);
        }
        registry::disable(world, webhook, now);
    }

    fn note(&mut self, delivery: &Delivery, now: i64, status: Option<u16>, result: &'static str, next: Option<i64>) {
        self.last_try += 1;
        if self.tries.len() == TRIES_KEPT {
            self.tries.pop_front();
        }
        self.tries.push_back(Try {
            seq: self.last_try,
            at: times::iso(now),
            webhook: delivery.webhook.clone(),
            event: delivery.event.clone(),
            event_id: delivery.event_id.clone(),
            data_id: delivery.data_id.clone(),
            attempt: delivery.tries,
            status,
            result,
            next: next.map(times::iso),
        });
    }

    /// Takes a redacted part of a message out of what waits; what is under way has left the desk.
    pub fn forget(&mut self, erasure: &Erasure) {
        for delivery in self.lines.values_mut().flat_map(|line| line.waiting.values_mut()) {
            let told = std::str::from_utf8(&delivery.body).unwrap_or_default();
            if let Some(told) = erasure.in_event(told) {
                delivery.body = told.into();
            }
        }
    }

    /// The tries so far, the oldest first.
    pub fn tries(&self) -> impl DoubleEndedIterator<Item = &Try> {
        self.tries.iter()
    }

    /// How many events wait, for all receivers together.
    pub fn waiting(&self) -> usize {
        self.lines.values().map(|line| line.waiting.len() + usize::from(line.is_under_way)).sum()
    }
}

/// What is sent (25.3).
fn envelope(world: &World, id: &str, happening: &Happening) -> Value {
    let custom = happening.changes["attributes"].get("custom").is_some();
    json!({
        "id": id, "name": happening.name, "org": seed::ids::ORG, "partition": seed::ids::ORG, "orgName": "acme",
        "data": happening.resource(world), "createdAt": times::iso(happening.at), "changes": happening.changes,
        "persist": true, "client": happening.client, "dataId": happening.doc.id, "meta": { "customChanged": custom },
        "snsFilters": [],
    })
}
