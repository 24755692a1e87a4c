//! Owns the records of one conversation: the conversation with its computed attributes, messages, notes, draft, events.
//! Does not choose the words (`threads`) nor the service level's shape (`service`).
//!
//! Invariant: every computed attribute (counts, last messages, preview, channels) follows from the messages written here.

use serde_json::{Map, Value, json};

use super::{
    Plan,
    ids::{self, Space},
    object, org,
    people::Person,
    rng::Rng,
    service::{self, Service},
    stamp,
    threads::{By, Line, Script, Standing},
    times::{times, waiting_from},
};
use crate::sandbox::doc::{Doc, Kind};

const MINUTE: i64 = 60_000;

/// What the customer's own record says about a conversation.
#[derive(Debug)]
pub(super) struct Summary {
    pub id: String,
    pub status: &'static str,
    pub tags: Vec<String>,
    pub channel: &'static str,
    pub subject: String,
    pub mood: i64,
    pub created: i64,
    pub last: Turn,
    pub last_in: Option<Turn>,
    pub last_out: Option<Turn>,
    /// The first message the customer still waits on an answer to.
    pub waiting_since: Option<i64>,
}

/// One message with its place in time.
#[derive(Clone, Debug)]
pub(super) struct Turn {
    pub id: String,
    pub at: i64,
    pub by: By,
    pub text: String,
}

fn turn(plan: &Plan, person: &Person, position: usize, number: usize, line: &Line, at: i64) -> Turn {
    let id = ids::derived(plan.seed, Space::Message, person.index as u64, (position * 64 + number) as u64);
    Turn { id, at, by: line.by, text: line.text.clone() }
}

/// Everything the records of one conversation are written from.
pub(super) struct Stage<'a> {
    plan: &'a Plan,
    person: &'a Person,
    script: &'a Script,
    position: usize,
    turns: Vec<Turn>,
    service: Option<Service>,
}

impl<'a> Stage<'a> {
    pub(super) fn new(plan: &'a Plan, person: &'a Person, script: &'a Script, position: usize) -> Self {
        let mut rng = Rng::new(plan.seed, 4, (person.index * 16 + position) as u64);
        let service = service::policy(script, &mut rng);
        let times = times(plan, script, service.as_ref(), &mut rng);
        let lines = script.lines.iter().zip(times).enumerate();
        let turns = lines.map(|(number, (line, at))| turn(plan, person, position, number, line, at)).collect();
        Self { plan, person, script, position, turns, service }
    }

    /// The conversation itself and the draft that waits in it.
    pub(super) fn head(&self) -> Vec<Doc> {
        std::iter::once(self.conversation()).chain(self.draft()).collect()
    }

    /// What was said and done in it: messages, notes, events.
    pub(super) fn parts(&self) -> Vec<Doc> {
        let mut docs = self.messages();
        docs.extend(self.notes());
        docs.extend(self.events());
        docs
    }

    fn rng(&self, salt: u64) -> Rng {
        Rng::new(self.plan.seed, salt, (self.person.index * 16 + self.position) as u64)
    }

    fn id(&self) -> String {
        ids::derived(self.plan.seed, Space::Conversation, self.person.index as u64, self.position as u64)
    }

    fn part(&self, space: Space, number: usize) -> String {
        ids::derived(self.plan.seed, space, self.person.index as u64, (self.position * 64 + number) as u64)
    }

    fn agent(&self) -> String {
        ids::fixed(Space::User, self.script.agent)
    }

    fn author(&self, by: By) -> Option<String> {
        match by {
            By::Customer => None,
            By::Agent => Some(self.agent()),
            By::Auto => Some(ids::AUTO_REPLY_USER.to_owned()),
        }
    }

    fn status(&self) -> &'static str {
        match self.script.standing {
            Standing::Waiting(_) | Standing::Answered(_) => "open",
            Standing::Snoozed { .. } => "snoozed",
            Standing::Done(_) => "done",
        }
    }

    fn first(&self) -> &Turn {
        self.turns.first().expect("a script has at least one line")
    }

    fn last(&self) -> &Turn {
        self.turns.last().expect("a script has at least one line")
    }

    fn said(&self, inbound: bool) -> impl DoubleEndedIterator<Item = &Turn> {
        self.turns.iter().filter(move |turn| (turn.by == By::Customer) == inbound)
    }

    fn waiting_since(&self) -> Option<&Turn> {
        let waits = self.last().by == By::Customer && !matches!(self.script.standing, Standing::Done(_));
        waits.then(|| &self.turns[waiting_from(&self.script.lines)])
    }

    fn tag_ids(&self) -> Vec<String> {
        self.script.tags.iter().filter_map(|name| org::tag_id(name)).collect()
    }

    /// A record of this conversation with its relationships, made at `at` by `author`.
    fn child(&self, kind: Kind, id: String, attributes: Map<String, Value>, author: Option<String>) -> Doc {
        let mut doc = Doc::new(kind, id);
        doc.attributes = attributes;
        doc.related.insert("customer".into(), (Kind::Customer, self.person.id.clone()));
        doc.related.insert("conversation".into(), (Kind::Conversation, self.id()));
        if let Some(author) = author {
            doc.related.insert("createdBy".into(), (Kind::User, author.clone()));
            doc.related.insert("modifiedBy".into(), (Kind::User, author));
        }
        doc
    }

    fn conversation(&self) -> Doc {
        let mut doc = Doc::new(Kind::Conversation, self.id());
        doc.attributes = self.plain_attributes();
        doc.attributes.extend(self.message_attributes());
        doc.attributes.extend(self.standing_attributes());
        doc.related.insert("customer".into(), (Kind::Customer, self.person.id.clone()));
        doc.related.insert("brand".into(), (Kind::Brand, ids::BRAND.into()));
        doc.related.insert("queue".into(), (Kind::Queue, org::queue_id(&self.script.topic.queue)));
        if let Some(service) = &self.service {
            doc.related.insert("sla".into(), (Kind::Sla, service.id()));
            doc.related.insert("slaVersion".into(), (Kind::SlaVersion, service.version_id()));
            doc.attributes
                .insert("sla".into(), service.state(self.plan, self.script, &self.turns, self.waiting_since()));
        }
        doc
    }

    fn plain_attributes(&self) -> Map<String, Value> {
        let script = self.script;
        let mut rng = self.rng(8);
        let assigned = !matches!(script.standing, Standing::Waiting(_)) || rng.chance(55);
        let mut custom = fields! { "topicStr": script.topic_name };
        if let Some(order) = &script.order {
            custom.insert("orderNumberStr".into(), order.clone().into());
        }
        if matches!(script.standing, Standing::Done(_)) {
            custom.insert("rootCauseStr".into(), script.topic.cause.clone().into());
        }
        fields! {
            "name": self.name(),
            "channels": vec![script.channel],
            "priority": script.priority,
            "direction": "in",
            "replyChannel": script.channel,
            "defaultLang": script.lang,
            "tags": self.tag_ids(),
            "assignedUsers": if assigned { vec![self.agent()] } else { vec![] },
            "assignedTeams": vec![ids::fixed(Space::Team, script.topic.team)],
            "sentiment": mood(script.topic.mood, &mut rng),
            "custom": custom,
            "spam": script.topic_name == "spam",
            "ended": matches!(script.standing, Standing::Done(_)) && matches!(script.channel, "chat" | "voice"),
            "deleted": false,
            "phase": if script.lines.iter().any(|line| line.by == By::Agent) { "ongoing" } else { "initial" },
            "rev": self.turns.len() + 1,
            "createdAt": stamp(self.first().at),
            "updatedAt": stamp(self.last().at),
            "modifiedAt": stamp(self.last().at),
            "lastActivityAt": stamp(self.last().at),
        }
    }

    /// The subject of a mail; other channels are named by what was said first.
    fn name(&self) -> String {
        if !self.script.subject.is_empty() {
            return self.script.subject.clone();
        }
        let mut name: String = self.first().text.chars().take(60).collect();
        if name.len() < self.first().text.len() {
            name.push('…');
        }
        name
    }

    fn message_attributes(&self) -> Map<String, Value> {
        let (inbound, outbound) = (self.said(true).count(), self.said(false).count());
        let mut map = fields! {
            "preview": self.last().text.clone(),
            "messageCount": self.turns.len(),
            "noteCount": self.script.notes.len(),
            "inboundMessageCount": inbound,
            "outboundMessageCount": outbound,
            "lastMessageAt": stamp(self.last().at),
            "lastMessageDirection": direction(self.last().by),
        };
        let brief = |turn: &Turn| {
            let mut brief = fields! { "id": turn.id.clone(), "sentAt": stamp(turn.at), "channel": self.script.channel };
            if let Some(author) = self.author(turn.by) {
                brief.insert("createdBy".into(), author.into());
            }
            Value::Object(brief)
        };
        let mut put = |name: &str, turn: Option<&Turn>| {
            if let Some(turn) = turn {
                map.insert(name.to_owned(), brief(turn));
            }
        };
        put("firstMessageIn", self.said(true).next());
        put("lastMessageIn", self.said(true).next_back());
        put("lastMessageOut", self.said(false).next_back());
        put("lastMessageUnrespondedTo", self.waiting_since());
        if let Some(turn) = self.said(true).next_back() {
            map.insert("lastReceivedAt".into(), stamp(turn.at).into());
        }
        if let Some(answer) = self.turns.iter().find(|turn| turn.by == By::Agent) {
            let time = answer.at - self.first().at;
            map.insert(
                "firstResponse".into(),
                json!({ "id": answer.id, "time": time, "sentAt": stamp(answer.at), "createdBy": self.agent() }),
            );
        }
        map
    }

    fn standing_attributes(&self) -> Map<String, Value> {
        let last = self.last().at;
        let mut map = object(json!({
            "status": self.status(), "snoozeCount": 0, "doneCount": 0, "reopenCount": 0,
        }));
        match self.script.standing {
            Standing::Waiting(_) | Standing::Answered(_) => {}
            Standing::Snoozed { until, .. } => {
                map.insert("snoozeCount".into(), 1.into());
                let (at, until) = (stamp(last), stamp(self.plan.now_ms + until));
                map.insert("snooze".into(), json!({ "status": "scheduled", "time": until, "statusAt": at }));
            }
            Standing::Done(_) => {
                let time = last - self.first().at;
                let done = json!({ "time": time, "businessTime": time, "createdAt": stamp(last), "createdBy": self.agent(),
                    "messageCount": self.turns.len(), "noteCount": self.script.notes.len(), "lastMessageDirection": direction(self.last().by) });
                map.insert("doneCount".into(), 1.into());
                map.insert("lastDone".into(), done);
            }
        }
        map
    }

    fn messages(&self) -> Vec<Doc> {
        let mut rng = self.rng(7);
        self.turns.iter().enumerate().map(|(number, turn)| self.message(number, turn, &mut rng)).collect()
    }

    fn message(&self, number: usize, turn: &Turn, rng: &mut Rng) -> Doc {
        let (script, inbound) = (self.script, turn.by == By::Customer);
        let at = stamp(turn.at);
        let mut attributes = fields! {
            "channel": script.channel,
            "app": app(script.channel),
            "direction": direction(turn.by),
            "directionType": self.direction_type(number),
            "preview": turn.text.clone(),
            "status": if inbound { "received" } else { "sent" },
            "auto": turn.by == By::Auto,
            "meta": self.meta(turn),
            "lang": script.lang,
            "rev": 1,
            "sentAt": at.clone(),
            "createdAt": at.clone(),
            "updatedAt": at.clone(),
            "modifiedAt": at,
        };
        if inbound && rng.chance(30) {
            attributes.insert("sentiment".into(), mood(script.topic.mood, rng));
        }
        if script.channel == "email" {
            attributes.insert("subject".into(), self.mail_subject(number).into());
            attributes.insert("externalId".into(), format!("mail-{}", turn.id).into());
        }
        if turn.by == By::Agent && number > 0 {
            attributes.insert("responseTime".into(), (turn.at - self.turns[number - 1].at).into());
        }
        self.child(Kind::Message, turn.id.clone(), attributes, self.author(turn.by))
    }

    fn mail_subject(&self, number: usize) -> String {
        if number == 0 { self.script.subject.clone() } else { format!("Re: {}", self.script.subject) }
    }

    fn direction_type(&self, number: usize) -> String {
        let inbound = |turn: &Turn| turn.by == By::Customer;
        let turn = &self.turns[number];
        let kind = match number.checked_sub(1).map(|before| inbound(&self.turns[before])) {
            None => "initial",
            Some(before) if before == inbound(turn) => "followup",
            Some(_) => "response",
        };
        format!("{kind}-{}", direction(turn.by))
    }

    /// Where a message came from and went to; `to` is a list or a plain string, as at the real desk (12.3).
    fn meta(&self, turn: &Turn) -> Value {
        let (person, inbound) = (self.person, turn.by == By::Customer);
        let (theirs, ours) = match self.script.channel {
            "email" => (person.email.as_str(), "help@desk.example"),
            "sms" | "whatsapp" | "voice" => (person.phone.as_str(), "+493023125000"),
            _ => return json!({ "messageType": "text", "permalink": format!("https://social.example/m/{}", turn.id) }),
        };
        match self.script.channel {
            "email" if inbound => fields! { "from": theirs, "to": ours, "subject": self.script.subject.clone() }.into(),
            "email" => {
                json!({ "from": ours, "to": [{ "email": theirs, "name": person.name }], "subject": self.script.subject })
            }
            "voice" => json!({ "from": theirs, "to": ours, "status": "completed", "placedAt": stamp(turn.at),
                "answeredAt": stamp(turn.at + 9_000), "endedAt": stamp(turn.at + 4 * MINUTE) }),
            _ if inbound => json!({ "from": theirs, "to": ours }),
            _ => json!({ "from": ours, "to": theirs }),
        }
    }

    fn notes(&self) -> Vec<Doc> {
        let (first, last) = (self.first().at, self.last().at);
        let count = self.script.notes.len() as i64;
        (0..)
            .zip(&self.script.notes)
            .map(|(number, body)| {
                let at = first + (last - first) * (number + 1) / (count + 1) + 3 * MINUTE;
                let at = stamp(at.min(self.plan.now_ms));
                let attributes = json!({ "body": body, "deleted": false, "createdByTeams": [ids::fixed(Space::Team, self.script.topic.team)],
                    "createdAt": at, "updatedAt": at, "modifiedAt": at });
                let mut doc = self.child(Kind::Note, self.part(Space::Note, number as usize), object(attributes), Some(self.agent()));
                let mentions: Vec<Value> = org::mentioned(body).map(|id| json!({ "type": "user", "id": id })).collect();
                if !mentions.is_empty() {
                    doc.hidden.insert("userMentions".into(), mentions.into());
                }
                doc
            })
            .collect()
    }

    fn draft(&self) -> Option<Doc> {
        let draft = self.script.draft.as_ref()?;
        let (script, person) = (self.script, self.person);
        let at = stamp((self.last().at + 4 * MINUTE).min(self.plan.now_ms));
        let mut attributes = object(
            json!({ "channel": script.channel, "status": "draft", "body": draft.body, "app": app(script.channel),
            "auto": draft.by == By::Auto, "lang": script.lang, "createdAt": at, "updatedAt": at, "modifiedAt": at }),
        );
        match script.channel {
            "email" => {
                attributes.insert("subject".into(), format!("Re: {}", script.subject).into());
                attributes.insert("to".into(), json!([{ "email": person.email, "name": person.name }]));
                attributes.insert("from".into(), json!({ "email": "help@desk.example", "name": "Desk" }));
            }
            "sms" | "whatsapp" => {
                attributes.insert("to".into(), person.phone.clone().into());
                attributes.insert("from".into(), "+493023125000".into());
            }
            _ => {}
        }
        Some(self.child(Kind::Draft, self.part(Space::Draft, 0), attributes, self.author(draft.by)))
    }

    fn events(&self) -> Vec<Doc> {
        let team = ids::fixed(Space::Team, self.script.topic.team);
        let (opened, moved) = (self.first().at, self.last().at);
        let routed = json!({ "status": { "op": "add", "before": null, "after": "open" },
            "assignedTeams": { "op": "add", "before": [], "after": [team] } });
        let second = match self.status() {
            "open" => json!({ "priority": { "op": "replace", "before": 3, "after": self.script.priority } }),
            status => json!({ "status": { "op": "replace", "before": "open", "after": status } }),
        };
        let list = [
            ("kustomer.conversation.create", routed, opened),
            ("kustomer.conversation.update", second, moved.max(opened + 4_000).min(self.plan.now_ms)),
        ];
        (0..)
            .zip(list)
            .map(|(number, (name, changes, at))| {
                let at = stamp(at);
                let attributes = fields! { "name": name, "type": "conversation", "publishedAt": at.clone(), "createdAt": at.clone(),
                    "updatedAt": at.clone(), "modifiedAt": at, "changes": fields! { "attributes": changes } };
                let author = if number == 1 { self.agent() } else { ids::MACHINE_USER.to_owned() };
                self.child(Kind::Event, self.part(Space::Event, number), attributes, Some(author))
            })
            .collect()
    }

    pub(super) fn summary(&self) -> Summary {
        Summary {
            id: self.id(),
            status: self.status(),
            tags: self.tag_ids(),
            channel: self.script.channel,
            subject: self.script.subject.clone(),
            mood: self.script.topic.mood,
            created: self.first().at,
            last: self.last().clone(),
            last_in: self.said(true).next_back().cloned(),
            last_out: self.said(false).next_back().cloned(),
            waiting_since: self.waiting_since().map(|turn| turn.at),
        }
    }
}

pub(super) fn direction(by: By) -> &'static str {
    match by {
        By::Customer => "in",
        By::Agent | By::Auto => "out",
    }
}

fn app(channel: &'static str) -> &'static str {
    match channel {
        "email" => "postmark",
        "sms" => "twilio",
        "voice" => "desk-voice",
        other => other,
    }
}

/// The desk's estimate of a mood, near what the topic suggests.
fn mood(topic: i64, rng: &mut Rng) -> Value {
    let polarity = if rng.chance(70) { topic } else { 0 };
    fields! { "polarity": polarity, "confidence": rng.between(40, 99) as f64 / 100.0 }.into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sandbox::seed::{holdings, people, threads};

    const PLAN: Plan = Plan { seed: 3, customers: 320, now_ms: 1_767_225_600_000 };

    fn each_conversation(mut check: impl FnMut(&Doc, &[Doc], &Script)) {
        for index in 0..120 {
            let person = people::person(&PLAN, index);
            let held = holdings::holdings(&PLAN, &person);
            for (position, script) in threads::scripts(&PLAN, &person, &held).iter().enumerate() {
                let stage = Stage::new(&PLAN, &person, script, position);
                check(&stage.head()[0], &stage.parts(), script);
            }
        }
    }

    #[test]
    fn counts_and_last_messages_follow_from_the_messages() {
        each_conversation(|conversation, parts, _| {
            let messages: Vec<&Doc> = parts.iter().filter(|doc| doc.kind == Kind::Message).collect();
            let times: Vec<&str> = messages.iter().filter_map(|doc| doc.text("sentAt")).collect();
            assert!(times.is_sorted(), "{times:?}");
            assert!(times.last() <= Some(&stamp(PLAN.now_ms).as_str()), "nothing was said in the future");
            let inbound = messages.iter().filter(|doc| doc.text("direction") == Some("in")).count();
            assert_eq!(conversation.attributes["messageCount"], messages.len());
            assert_eq!(conversation.attributes["inboundMessageCount"], inbound);
            assert_eq!(conversation.text("lastMessageAt"), times.last().copied());
            assert_eq!(conversation.text("preview"), messages.last().and_then(|doc| doc.text("preview")));
            let notes = parts.iter().filter(|doc| doc.kind == Kind::Note).count();
            assert_eq!(conversation.attributes["noteCount"], notes);
        });
    }

    #[test]
    fn a_pending_service_level_is_due_when_the_script_says_and_only_for_those_who_wait() {
        each_conversation(|conversation, _, script| {
            let due = conversation.attributes.get("sla").and_then(|sla| sla["summary"].get("firstBreachAt"));
            match script.standing {
                Standing::Waiting(Some(offset)) => {
                    let due = due.and_then(Value::as_str).expect("somebody waits");
                    assert!(due <= stamp(PLAN.now_ms + offset).as_str());
                    assert_eq!(
                        conversation.attributes["sla"]["breached"],
                        Value::Bool(due < stamp(PLAN.now_ms).as_str())
                    );
                }
                Standing::Waiting(None) => assert_eq!(conversation.attributes.get("sla"), None),
                Standing::Answered(_) | Standing::Snoozed { .. } | Standing::Done(_) => assert_eq!(due, None),
            }
        });
    }

    #[test]
    fn no_text_keeps_an_unfilled_slot_of_ours() {
        each_conversation(|_, parts, _| {
            for text in parts.iter().filter_map(|doc| doc.text("preview").or(doc.text("body"))) {
                let open = text.find('{').filter(|_| !text.contains("style"));
                assert_eq!(open, None, "{text}");
            }
        });
    }
}
