//! Owns what an admin has set up beside the org's people and queues: role groups, a second brand and schedule, holidays, spam
//! senders, queue rules, a policy in business hours, and where agents and open work stand in routing.
//!
//! Invariant: ids follow from words alone; dates move with the world's present.

use jiff::{Timestamp, tz::TimeZone};
use serde_json::{Value, json};

use super::{
    Part, Plan,
    ids::{self, Space},
    material::material,
    object, org, part, stamp,
};
use crate::sandbox::{
    doc::{Doc, Kind},
    mint, times,
};

const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;
/// So many of the first customers have their open conversations in routing.
const ROUTED: usize = 20;

/// Adds to the org's records, and gives its default schedule the holidays.
pub(super) fn extend(plan: &Plan, docs: &mut Vec<Doc>) {
    if let Some(schedule) = docs.iter_mut().find(|doc| doc.id == ids::SCHEDULE) {
        schedule.attributes.insert("holidays".into(), holidays(plan));
    }
    let items = work_items(plan, docs);
    docs.extend(role_groups(plan));
    docs.extend([brand(plan), schedule(plan)]);
    docs.extend(policy(plan));
    docs.extend(spam_senders(plan));
    docs.extend(queue_rules(plan));
    docs.extend(work_sessions(plan));
    docs.extend(items);
}

fn doc(kind: Kind, word: &str, made: i64, attributes: Value) -> Doc {
    let mut doc = Doc::new(kind, mint::fixed_id(0, &format!("{} {word}", kind.type_name())));
    doc.attributes = object(attributes);
    for name in ["createdAt", "updatedAt", "modifiedAt"] {
        doc.attributes.insert(name.into(), stamp(made).into());
    }
    doc
}

/// Settings are made long ago.
fn long_ago(plan: &Plan) -> i64 {
    plan.now_ms - 380 * DAY
}

/// The usual ones of this year and the next.
fn holidays(plan: &Plan) -> Value {
    let now = Timestamp::from_millisecond(plan.now_ms).unwrap_or_default();
    let year = now.to_zoned(TimeZone::UTC).year();
    let days = [("New Year", "01-01"), ("Labour Day", "05-01"), ("Christmas", "12-25"), ("Boxing Day", "12-26")];
    let of = |year: i16| days.map(|(name, day)| json!({ "name": name, "date": format!("{year:04}-{day}") }));
    [year, year + 1].into_iter().flat_map(of).collect()
}

fn role_groups(plan: &Plan) -> Vec<Doc> {
    let groups: [(&str, &str, bool, &[&str]); 4] = [
        ("Admin", "Everything", true, &["org"]),
        ("Agent", "Works with customers", true, &["org.user"]),
        (
            "Lead",
            "Works with customers and runs the shift",
            false,
            &["org.user", "org.permission.bulk", "org.permission.routing"],
        ),
        ("Reader", "Looks and leaves alone", false, &["org.user.customer.read", "org.user.conversation.read"]),
    ];
    let of = |(name, description, system, roles): (&str, &str, bool, &[&str])| {
        let attributes =
            json!({ "name": name, "description": description, "display": true, "system": system, "roles": roles });
        doc(Kind::RoleGroup, name, long_ago(plan), attributes)
    };
    groups.map(of).into()
}

fn brand(plan: &Plan) -> Doc {
    let attributes = json!({ "name": "Desk Travel", "iconUrl": "https://desk.example/travel.png", "default": false });
    doc(Kind::Brand, "travel", long_ago(plan), attributes)
}

fn schedule(plan: &Plan) -> Doc {
    let (week, weekend) = (json!([[360, 1320]]), json!([[480, 720], [780, 1080]]));
    let hours = json!({ "0": weekend, "1": week, "2": week, "3": week, "4": week, "5": week, "6": weekend });
    let attributes = json!({ "name": "Travel desk", "timezone": "America/New_York", "default": false, "hours": hours, "holidays": [] });
    doc(Kind::Schedule, "travel", long_ago(plan), attributes)
}

/// Public posts are answered in office hours; no other policy takes their channel.
fn policy(plan: &Plan) -> [Doc; 2] {
    let order = material().org.slas.len() + 1;
    let attributes = json!({ "currentVersion": 1, "name": "Public posts, office hours", "order": order });
    let mut policy = doc(Kind::Sla, "public posts", long_ago(plan), attributes);
    let times = json!({ "1": 16 * HOUR, "2": 8 * HOUR, "3": 4 * HOUR, "4": 2 * HOUR, "5": HOUR });
    let metric = json!({ "enabled": true, "times": times, "basedOnHumanInteraction": true });
    let off = json!({ "enabled": false, "times": {} });
    let attributes = json!({
        "name": "Public posts, office hours", "description": "Posts anybody can read", "version": 1, "hours": "business", "status": "active",
        "metrics": {
            "firstResponse": metric, "nextReply": metric, "longestUnrespondedMessage": off,
            "totalConversationOpenTime": off, "totalCustomerWaitTime": off,
        },
        "criteria": { "and": [{ "conversation_channel": { "operator": "contains", "value": "twitter-tweet" } }] },
    });
    let mut version = doc(Kind::SlaVersion, "public posts 1", long_ago(plan), attributes);
    version.related.insert("sla".into(), (Kind::Sla, policy.id.clone()));
    version.related.insert("schedule".into(), (Kind::Schedule, ids::SCHEDULE.into()));
    policy.related.insert("versions".into(), (Kind::SlaVersion, version.id.clone()));
    [policy, version]
}

fn spam_senders(plan: &Plan) -> Vec<Doc> {
    let senders =
        [("offers@bulk.example", "blacklist"), ("lottery.example", "blacklist"), ("news@partner.example", "whitelist")];
    let of = |(sender, list): (&str, &str)| {
        doc(Kind::SpamSender, sender, long_ago(plan), json!({ "channel": "email", "sender": sender, "list": list }))
    };
    senders.map(of).into()
}

fn queue_rules(plan: &Plan) -> Vec<Doc> {
    let is =
        |attribute: &str, operator: &str, value: Value| json!({ attribute: { "operator": operator, "value": value } });
    let social = json!(["facebook", "instagram", "twitter-dm", "twitter-tweet"]);
    let billing: Vec<String> = ["billing", "refund"].into_iter().filter_map(org::tag_id).collect();
    let rules = [
        ("Social channels", "social", true, json!({ "and": [is("conversation_channel", "contains_any", social)] })),
        ("Billing tags", "billing", true, json!({ "or": [is("conversation_tags", "contains_any", json!(billing))] })),
        ("Most urgent", "technical", false, json!({ "and": [is("conversation_priority", "gte", json!(5))] })),
    ];
    let of = |(place, (name, queue, enabled, criteria)): (i64, (&str, &str, bool, Value))| {
        let attributes = json!({ "name": name, "enabled": enabled, "order": place, "criteria": criteria });
        let mut rule = doc(Kind::QueueRule, name, long_ago(plan), attributes);
        rule.related.insert("queue".into(), (Kind::Queue, org::queue_id(queue)));
        rule
    };
    (1..).zip(rules).map(of).collect()
}

/// Yesterday's shift of everybody, and the one under way of those who are there.
fn work_sessions(plan: &Plan) -> Vec<Doc> {
    let agents = material().org.agents.iter().enumerate();
    agents
        .flat_map(|(index, agent)| {
            let session = |word: &str, began: i64, status: &str| {
                let attributes = json!({ "statusType": status, "statusName": null, "statusAt": stamp(began), "signedInAt": stamp(began), "active": true });
                let mut session = doc(Kind::WorkSession, &format!("{} {word}", agent.email), began, attributes);
                session.related.insert("user".into(), (Kind::User, ids::fixed(Space::User, index)));
                session
            };
            let began = plan.now_ms - 2 * HOUR - index as i64 * 7 * MINUTE;
            let mut past = session("yesterday", began - DAY, "offline");
            past.attributes.insert("active".into(), false.into());
            past.attributes.insert("signedOutAt".into(), stamp(began - DAY + 8 * HOUR).into());
            let today = (agent.presence != "offline").then(|| session("today", began, &agent.presence));
            [Some(past), today].into_iter().flatten()
        })
        .collect()
}

/// One item for each open conversation of the first customers that has a queue.
fn work_items(plan: &Plan, org: &[Doc]) -> Vec<Doc> {
    let heads = (0..plan.customers.min(ROUTED)).flat_map(|index| part(plan, index, Part::Head));
    let open = heads.filter(|doc| doc.kind == Kind::Conversation && doc.text("status") == Some("open"));
    open.filter_map(|conversation| work_item(&conversation, org)).collect()
}

fn work_item(conversation: &Doc, org: &[Doc]) -> Option<Doc> {
    let queue =
        org.iter().find(|doc| doc.kind == Kind::Queue && Some(doc.id.as_str()) == conversation.related_id("queue"))?;
    let queued = conversation.text("createdAt").and_then(times::parse)?;
    let user = conversation.attributes.get("assignedUsers").and_then(|users| users.get(0)).and_then(Value::as_str);
    let attributes = json!({
        "status": if user.is_some() { "routed" } else { "queued" }, "queuedCount": 1, "resourceType": "conversation",
        "channel": conversation.attributes.get("channels").and_then(|channels| channels.get(0)),
        "priority": queue.attributes.get("priority"), "itemSize": queue.attributes.get("itemSize"),
        "queuedAt": stamp(queued), "firstQueuedAt": stamp(queued),
    });
    let mut item = doc(Kind::WorkItem, &conversation.id, queued, attributes);
    item.related.extend(conversation.related.get("customer").map(|customer| ("customer".to_owned(), customer.clone())));
    for name in ["conversation", "resource"] {
        item.related.insert(name.into(), (Kind::Conversation, conversation.id.clone()));
    }
    item.related.insert("queue".into(), (Kind::Queue, queue.id.clone()));
    if let Some(user) = user {
        item.attributes.insert("routedAt".into(), stamp(queued + 4 * MINUTE).into());
        item.related.insert("user".into(), (Kind::User, user.to_owned()));
    }
    Some(item)
}
