//! Owns the reading of what an org has set up: companies, teams, permission sets, tokens, brands, schedules, tags,
//! shortcuts, spam senders, SLA policies, webhooks, senders, surveys, queues and routing (Kustomer API reference 11, 17, 19,
//! 22 to 25).

use std::collections::BTreeMap;

use serde_json::Value;

use super::{
    Resource, Sensitivity,
    contact::{custom, guarded},
    items, number,
    people::name,
    words,
};
use crate::domain::{
    Brand, Channel, Company, ConversationId, OutboundAccount, Presence, Queue, QueueId, QueueRule, RoleGroup, Schedule,
    Shortcut, SlaPolicy, SlaVersion, SpamSender, SurveyForm, Tag, TagId, Team, TeamId, Text, Token, UserId, Webhook,
    WorkItem, WorkSession, WorkStatus, literal,
};

fn id(r: Resource<'_>) -> Option<String> {
    r.id().map(literal)
}

fn word(r: Resource<'_>, path: &str) -> String {
    r.literal(path).map(literal).unwrap_or_default()
}

fn literals(r: Resource<'_>, path: &str) -> Vec<String> {
    r.strings(path).map(literal).collect()
}

/// Reads one company.
pub(in crate::kustomer) fn company(r: Resource<'_>, sensitivity: &Sensitivity) -> Option<Company> {
    Some(Company {
        id: id(r)?,
        name: r.text("name").unwrap_or_default(),
        // The documented list attribute is misspelt (Kustomer API reference 19).
        external_id: r.text("externalId").or_else(|| r.text("extenalId")),
        domains: r.items("domains").iter().filter_map(|item| words(item.get("domain").unwrap_or(item))).collect(),
        custom: custom(r.at("custom"), sensitivity),
        updated: r.time("updatedAt"),
        rev: r.number("rev").map(|rev| rev as u64),
    })
}

/// Reads one team.
pub(in crate::kustomer) fn team(r: Resource<'_>) -> Option<Team> {
    Some(Team { id: TeamId::new(r.id()?), name: name(r), members: r.strings("members").map(UserId::new).collect() })
}

/// Reads one permission set.
pub(in crate::kustomer) fn role_group(r: Resource<'_>) -> Option<RoleGroup> {
    Some(RoleGroup { id: id(r)?, name: name(r), system: r.flag("system"), roles: literals(r, "roles") })
}

/// Reads one token; its secret, present only when it was just made, is left where it is.
pub(in crate::kustomer) fn token(r: Resource<'_>) -> Option<Token> {
    Some(Token {
        id: id(r)?,
        name: name(r),
        last_characters: word(r, "lastTokenChars"),
        roles: literals(r, "roles"),
        created: r.time("createdAt"),
        used: r.time("lastAccessedAt"),
        expires: ["expiresAt", "expiredAt", "expiration"].iter().find_map(|key| r.time(key)),
    })
}

/// Reads one brand.
pub(in crate::kustomer) fn brand(r: Resource<'_>) -> Option<Brand> {
    Some(Brand { id: id(r)?, name: name(r), default: r.flag("default") })
}

/// Reads one schedule; spans that are no pair of minutes of a day are left out.
pub(in crate::kustomer) fn schedule(r: Resource<'_>) -> Option<Schedule> {
    let minute = |value: &Value| number(value).filter(|n| (0.0..=1440.0).contains(n)).map(|n| n as u16);
    let span = |value: &Value| Some((minute(value.get(0)?)?, minute(value.get(1)?)?));
    let day = |day: usize| r.items(&format!("hours/{day}")).iter().filter_map(span).collect();
    Some(Schedule {
        id: id(r)?,
        name: name(r),
        time_zone: r.text("timezone").or_else(|| r.text("timeZone")),
        default: r.flag("default"),
        hours: std::array::from_fn(day),
    })
}

/// Reads one tag.
pub(in crate::kustomer) fn tag(r: Resource<'_>) -> Option<Tag> {
    Some(Tag { id: TagId::new(r.id()?), name: name(r), color: r.text("color") })
}

/// Reads one shortcut.
pub(in crate::kustomer) fn shortcut(r: Resource<'_>) -> Option<Shortcut> {
    let text = r.text("draft/text").or_else(|| {
        let blocks = r.items("payload/text/blocks").iter().filter_map(|block| block.get("text")?.as_str());
        Some(Text::new(blocks.collect::<Vec<_>>().join("\n")))
    });
    Some(Shortcut { id: id(r)?, name: name(r), text: text.unwrap_or_default(), private: r.flag("isPrivate") })
}

/// Reads one spam sender.
pub(in crate::kustomer) fn spam_sender(r: Resource<'_>) -> Option<SpamSender> {
    Some(SpamSender { id: id(r)?, sender: r.at("sender").and_then(guarded), list: word(r, "list") })
}

/// Reads one policy. Its versions stand in `included`: one object or a list (Kustomer API reference 11).
pub(in crate::kustomer) fn sla_policy(body: &Value, r: Resource<'_>) -> Option<SlaPolicy> {
    let included = items(body.get("included").unwrap_or(&Value::Null)).iter().map(Resource);
    let mut versions: Vec<SlaVersion> = included.filter_map(sla_version).collect();
    versions.sort_by_key(|version| version.version);
    Some(SlaPolicy { id: id(r)?, current: r.number("currentVersion").map(|n| n as u64), versions })
}

fn sla_version(r: Resource<'_>) -> Option<SlaVersion> {
    let mut targets = BTreeMap::new();
    for (metric, described) in r.at("metrics").and_then(Value::as_object).into_iter().flatten() {
        let enabled = described.get("enabled") == Some(&Value::Bool(true));
        let times = described.get("times").and_then(Value::as_object).filter(|_| enabled);
        for (priority, time) in times.into_iter().flatten() {
            if let (Ok(priority @ 1..=5), Some(ms)) = (priority.parse::<u8>(), number(time)) {
                targets.insert((literal(metric), priority), ms as u64);
            }
        }
    }
    Some(SlaVersion { id: id(r)?, version: r.count("version"), name: name(r), hours: word(r, "hours"), targets })
}

/// Reads one webhook; its signing secret stays unread.
pub(in crate::kustomer) fn webhook(r: Resource<'_>) -> Option<Webhook> {
    let url = r.text("url").unwrap_or_default();
    Some(Webhook { id: id(r)?, name: name(r), url, events: literals(r, "events") })
}

/// Reads one sender of the org's.
pub(in crate::kustomer) fn outbound_account(r: Resource<'_>) -> Option<OutboundAccount> {
    let channel = Channel::parse(r.literal("channel")?);
    Some(OutboundAccount { channel, name: name(r), account: r.text("account").unwrap_or_default() })
}

/// Reads one survey.
pub(in crate::kustomer) fn survey_form(r: Resource<'_>) -> Option<SurveyForm> {
    let channel = r.literal("channel").map(Channel::parse);
    Some(SurveyForm { id: id(r)?, name: name(r), channel, enabled: r.flag("enabled") })
}

/// Reads one queue.
pub(in crate::kustomer) fn queue(r: Resource<'_>) -> Option<Queue> {
    Some(Queue { id: QueueId::new(r.id()?), name: name(r), key: r.text("key"), system: r.flag("system") })
}

/// Where a record of routing points: a relationship, or an id among the attributes (neither is documented).
fn pointed<'a>(r: Resource<'a>, name: &str) -> Option<&'a str> {
    r.related(name).or_else(|| r.literal(&format!("{name}/id"))).or_else(|| r.literal(name))
}

/// Reads one queue rule.
pub(in crate::kustomer) fn queue_rule(r: Resource<'_>) -> Option<QueueRule> {
    let enabled = r.at("enabled") != Some(&Value::Bool(false));
    Some(QueueRule { id: id(r)?, name: name(r), queue: pointed(r, "queue").map(QueueId::new), enabled })
}

/// Reads one shift.
pub(in crate::kustomer) fn work_session(r: Resource<'_>) -> Option<WorkSession> {
    let presence = r.literal("statusType").or_else(|| r.literal("status/statusType")).unwrap_or("unknown");
    Some(WorkSession {
        id: id(r)?,
        user: pointed(r, "user").map(UserId::new),
        presence: Presence::parse(presence),
        active: r.flag("active"),
        signed_out: r.time("signedOutAt"),
    })
}

/// Reads one item of work.
pub(in crate::kustomer) fn work_item(r: Resource<'_>) -> Option<WorkItem> {
    let conversation = pointed(r, "resource").or_else(|| pointed(r, "conversation"));
    Some(WorkItem {
        id: id(r)?,
        conversation: conversation.map(ConversationId::new),
        queue: pointed(r, "queue").map(QueueId::new),
        user: pointed(r, "user").or_else(|| pointed(r, "assignedUser")).map(UserId::new),
        status: WorkStatus::parse(r.literal("status").unwrap_or("unknown")),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{super::single, *};

    #[test]
    fn a_policys_versions_are_read_from_an_object_or_a_list() {
        let version = |n: u64| {
            json!({"type": "sla_version", "id": format!("v{n}"), "attributes": {"name": "Email", "version": n,
                "hours": "calendar", "metrics": {
                    "firstResponse": {"enabled": true, "times": {"1": 14_400_000, "5": "1800000", "9": 1}},
                    "nextReply": {"enabled": false, "times": {"1": 1}}}}})
        };
        let policy = |included: Value| {
            let body = json!({"data": {"id": "66e2", "attributes": {"currentVersion": 2}}, "included": included});
            sla_policy(&body, single(&body).expect("a resource")).expect("a policy")
        };
        let one = policy(version(2));
        let metric = |priority| ("firstResponse".to_owned(), priority);
        assert_eq!(one.versions[0].targets, BTreeMap::from([(metric(1), 14_400_000), (metric(5), 1_800_000)]));
        let both = policy(json!([version(2), version(1), "odd"]));
        assert_eq!(both.versions.iter().map(|version| version.version).collect::<Vec<_>>(), [1, 2]);
        assert_eq!(policy(Value::Null).versions, []);
    }

    #[test]
    fn words_this_version_does_not_know_are_kept() {
        let value = json!({"id": "66a1", "attributes": {"statusType": "lunch\u{1b}[31m", "status": "wrapup",
            "hours": {"1": [[480, 1020], ["x", 3], 7]}, "timezone": "Europe/Berlin", "list": "greylist"}});
        let r = Resource(&value);
        assert_eq!(work_session(r).map(|s| s.presence), Some(Presence::Other("lunch[31m".into())));
        assert_eq!(work_item(r).map(|item| item.status), Some(WorkStatus::Other("wrapup".into())));
        assert_eq!(spam_sender(r).map(|sender| sender.list), Some("greylist".into()));
        assert_eq!(schedule(r).map(|schedule| schedule.hours[1].clone()), Some(vec![(480, 1020)]));
    }
}
