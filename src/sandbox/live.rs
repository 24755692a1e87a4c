//! Owns customers who go on living (`--live N`): what they do next, N times a minute of the desk's clock. Does not keep time:
//! each event schedules the one after it (`world`).
//!
//! Out of a hundred events about thirty answer an agent who has written since the start, thirty ask again in an open
//! conversation, ten reopen a closed one, eight rate one, and the rest begin something new. When nothing fits, something new
//! begins.
//!
//! Invariant: the same seed and the same times of requests give the same events. However long nobody looked, at most
//! [`MOST_BEHIND`] events are made up for.

use std::collections::VecDeque;

use serde_json::{Value, json};

use super::{
    doc::{Doc, Kind},
    journal::Change,
    mint::splitmix,
    records::{Act, Mode, conversations, messages},
    seed::{self, Occasion, Voice},
    times,
    world::Index,
};

/// Events made up for at once.
pub const MOST_BEHIND: i64 = 500;
/// Agents' answers that wait for a reply.
const ANSWERS_KEPT: usize = 200;
/// Customers who write: only these have open conversations (`seed`).
const WRITERS: usize = 2_000;
/// The longest text of a message (Kustomer API reference 12.2).
const MOST_CHARACTERS: usize = 10_240;
const MINUTE_MS: i64 = 60_000;

/// The customers' side of a desk that goes on.
#[derive(Debug)]
pub struct Live {
    plan: seed::Plan,
    per_minute: u32,
    roll: u64,
    answered: VecDeque<String>,
}

/// What a customer does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Deed {
    Reply,
    Chase,
    Reopen,
    Rate,
    Begin,
}

/// Deeds and how many of a hundred they are.
const DEEDS: [(Deed, u64); 5] =
    [(Deed::Reply, 30), (Deed::Chase, 30), (Deed::Reopen, 10), (Deed::Rate, 8), (Deed::Begin, 22)];

impl Live {
    /// Customers of a seeded world, so many events a minute; none at 0.
    pub fn new(plan: seed::Plan, per_minute: u32) -> Self {
        Self { plan, per_minute, roll: splitmix(plan.seed ^ 0x11fe), answered: VecDeque::new() }
    }

    /// When the event after one at `at` happens, if there is one: sooner or later, on average as often as asked for. A desk
    /// that was left alone begins again shortly before `now`.
    pub fn next_after(&mut self, at: i64, now: i64) -> Option<i64> {
        if self.per_minute == 0 || self.plan.customers == 0 {
            return None;
        }
        let step = (MINUTE_MS / i64::from(self.per_minute)).max(1);
        let spread = (self.draw() % (step as u64)) as i64;
        let next = at + (step / 2 + spread).max(1);
        Some(next.max(now - MOST_BEHIND * step))
    }

    /// Hears of a change: an agent's answer may be replied to.
    pub fn hear(&mut self, change: &Change) {
        let (None, Some(message)) = (&change.before, &change.after) else { return };
        let is_answer = change.kind == Kind::Message && message.text("direction") == Some("out");
        if self.per_minute > 0 && is_answer {
            self.answered.extend(message.related_id("conversation").map(str::to_owned));
            let surplus = self.answered.len().saturating_sub(ANSWERS_KEPT);
            self.answered.drain(..surplus);
        }
    }

    /// Lets a customer do something, and says which part of the desk hears of it.
    pub fn happen(&mut self, act: &mut Act) -> &'static str {
        let writers = self.plan.customers.clamp(1, WRITERS);
        let index = (self.draw() % writers as u64) as usize;
        let voice = Voice::of(&self.plan, index);
        let deed = self.deed();
        let done = self.about(act, deed, voice.id()).and_then(|conversation| match deed {
            Deed::Reply => self.write(act, &conversation, Occasion::Thanks, voice),
            Deed::Chase | Deed::Reopen => self.write(act, &conversation, Occasion::Chase, voice),
            Deed::Rate => self.rate(act, &conversation),
            Deed::Begin => None,
        });
        done.or_else(|| self.begin(act, &Voice::of(&self.plan, index))).unwrap_or("chat-api")
    }

    /// The conversation a deed is about, if there is one that fits.
    fn about(&mut self, act: &Act, deed: Deed, customer: &str) -> Option<Doc> {
        let latest = |status: &str| {
            let theirs = act.world.found(Kind::Conversation, Index::Customer, customer);
            theirs.rev().find(|doc| doc.text("status") == Some(status)).cloned()
        };
        let is_rated =
            |doc: &Doc| doc.attributes.get("satisfactionLevel").is_some_and(|level| level.get("rating").is_some());
        match deed {
            Deed::Reply => self.answered.pop_front().and_then(|id| act.world.live(Kind::Conversation, &id).cloned()),
            Deed::Chase => latest("open"),
            Deed::Reopen => latest("done"),
            Deed::Rate => latest("done").filter(|doc| !is_rated(doc)),
            Deed::Begin => None,
        }
    }

    fn draw(&mut self) -> u64 {
        self.roll = splitmix(self.roll);
        self.roll
    }

    fn deed(&mut self) -> Deed {
        let mut left = self.draw() % 100;
        for (deed, weight) in DEEDS {
            if left < weight {
                return deed;
            }
            left -= weight;
        }
        Deed::Begin
    }

    /// More in a conversation there is, in its language and over its channel. The voice lends its words; the name is the
    /// customer's own.
    fn write(&mut self, act: &mut Act, conversation: &Doc, occasion: Occasion, voice: Voice) -> Option<&'static str> {
        let customer = act.world.related(conversation, "customer")?;
        let lang = conversation.text("defaultLang").or_else(|| customer.text("defaultLang")).unwrap_or("en");
        let voice = voice.named(customer.text("name").unwrap_or_default()).speaking(lang);
        let channels = conversation.attributes.get("channels").and_then(Value::as_array);
        let channel = channels.and_then(|all| all.last()).and_then(Value::as_str).unwrap_or("email");
        let from = own_address(customer, channel);
        let spoken = voice.say(occasion, Some(channel), self.draw());
        let body = json!({
            "conversation": conversation.id, "channel": spoken.channel, "app": app(spoken.channel), "direction": "in",
            "preview": cut(&spoken.text), "meta": { "from": from },
        });
        messages::create(act, body).ok().map(|_| client(spoken.channel))
    }

    fn begin(&mut self, act: &mut Act, voice: &Voice) -> Option<&'static str> {
        let spoken = voice.say(Occasion::Opening, None, self.draw());
        let mut body = json!({
            "customer": voice.id(), "channel": spoken.channel, "app": app(spoken.channel), "direction": "in",
            "preview": cut(&spoken.text), "meta": { "from": voice.address(spoken.channel) },
        });
        if spoken.channel == "email" {
            body["subject"] = spoken.subject.into();
        }
        messages::create(act, body).ok().map(|_| client(spoken.channel))
    }

    fn rate(&mut self, act: &mut Act, conversation: &Doc) -> Option<&'static str> {
        let now = times::iso(act.now);
        let rating = self.draw() % 11;
        let level = json!({
            "status": "rated", "createdAt": now, "updatedAt": now, "rating": rating, "score": u64::from(rating > 6),
            "channel": "email", "sentByTeams": [], "answers": [],
        });
        let body = json!({ "satisfactionLevel": level });
        conversations::update(act, &conversation.id, body, Mode::Merge).ok().map(|()| "satisfaction-api")
    }
}

/// Where a customer writes from, as far as the desk knows.
fn own_address(customer: &Doc, channel: &str) -> Value {
    let (list, field) = if channel == "email" { ("emails", "email") } else { ("phones", "phone") };
    let first = customer.attributes.get(list).and_then(|items| items.get(0)).and_then(|item| item.get(field));
    first.cloned().unwrap_or(Value::Null)
}

fn cut(text: &str) -> String {
    text.chars().take(MOST_CHARACTERS).collect()
}

/// The app that brings a channel's messages in.
fn app(channel: &str) -> &str {
    match channel {
        "email" => "postmark",
        "sms" | "whatsapp" => "twilio",
        other => other,
    }
}

/// The part of the desk that writes them down: `postmark-inbound` for mail; the other names are ours.
fn client(channel: &str) -> &'static str {
    match channel {
        "email" => "postmark-inbound",
        "chat" => "chat-api",
        _ => "channels-inbound",
    }
}
