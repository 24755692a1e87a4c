//! Owns how a row of each kind is told to a model: ids and literals as the desk has them, others' words by the vault. What is a
//! secret, or an address that gives access, is in none of them.

use serde_json::Value;

use crate::{
    domain::{
        Attachment, AuditLine, Brand, Channel, Company, ConversationId, CustomerId, Direction, Draft, Event, Forward,
        Guarded, HandleTime, Item, Kobject, Merge, Note, OutboundAccount, Queue, QueueId, QueueRule, RoleGroup,
        Schedule, Shortcut, SlaPolicy, SlaVersion, SpamSender, SurveyForm, Tag, Team, TeamId, Text, Token, User,
        UserId, Visit, Webhook, WorkItem, WorkSession,
    },
    tools::answer::{SHORT, Shown, TEXT, fields, list, long, map, maybe, own, short, time},
};

/// The days of a week, as schedules count them.
const DAYS: [&str; 7] = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];
/// Names and ids within one row.
const WITHIN: usize = 100;

fn words(words: Option<&Text>) -> Shown {
    maybe(words, short)
}

fn who(user: Option<&UserId>) -> Shown {
    maybe(user.map(UserId::as_str), own)
}

fn literals(all: &[String]) -> Shown {
    list(all.iter().take(WITHIN).map(String::as_str), own)
}

pub(in crate::tools) fn note(note: &Note) -> Shown {
    map([
        ("id", own(note.id.as_str())),
        ("body", long(&note.body, TEXT)),
        ("by", who(note.by.as_ref())),
        ("at", time(note.at)),
        ("edited_at", time(note.edited)),
    ])
}

pub(super) fn event(event: &Event) -> Shown {
    let change = |(field, from, to): &(Text, Text, Text)| {
        map([("field", short(field)), ("from", short(from)), ("to", short(to))])
    };
    map([
        ("at", time(event.at)),
        ("by", who(event.by.as_ref())),
        ("changes", list(event.changes.iter().take(20), change)),
    ])
}

pub(super) fn forward(forward: &Forward) -> Shown {
    map([
        ("id", own(forward.id.as_str())),
        ("status", own(forward.status.as_str())),
        ("subject", words(forward.subject.as_ref())),
        ("body", long(&forward.body, 600)),
        ("send_at", time(forward.send_at)),
        ("created_at", time(forward.created)),
    ])
}

pub(super) fn handle_time(stretch: &HandleTime) -> Shown {
    map([
        ("by", who(stretch.by.as_ref())),
        ("teams", list(stretch.teams.iter().map(TeamId::as_str), own)),
        ("at", time(stretch.at)),
        ("seconds", own(stretch.handle_ms / 1_000)),
        ("channels", list(stretch.channels.iter().map(Channel::as_str), own)),
    ])
}

pub(super) fn work_item(item: &WorkItem) -> Shown {
    map([
        ("id", own(item.id.as_str())),
        ("status", own(item.status.as_str())),
        ("conversation_id", maybe(item.conversation.as_ref().map(ConversationId::as_str), own)),
        ("queue_id", maybe(item.queue.as_ref().map(QueueId::as_str), own)),
        ("user_id", who(item.user.as_ref())),
    ])
}

/// Without its address: that gives access to whoever has it.
pub(super) fn file(file: &Attachment) -> Shown {
    map([
        ("id", own(file.id.as_str())),
        ("name", short(&file.name)),
        ("type", words(file.content_type.as_ref())),
        ("bytes", maybe(file.size, own)),
        ("redacted", own(file.redacted)),
    ])
}

pub(in crate::tools) fn draft(draft: &Draft) -> Shown {
    let to = |to: &Guarded| Shown::Guarded(to.clone(), "recipient".to_owned(), draft.customer.clone());
    map([
        ("id", own(draft.id.as_str())),
        ("channel", own(draft.channel.as_str())),
        ("status", own(draft.status.as_str())),
        ("conversation_id", maybe(draft.conversation.as_ref().map(ConversationId::as_str), own)),
        ("to", list(&draft.to, to)),
        ("subject", words(draft.subject.as_ref())),
        ("body", long(&draft.body, TEXT)),
        ("send_at", time(draft.send_at)),
        ("by", who(draft.by.as_ref())),
    ])
}

pub(super) fn merge(merge: &Merge) -> Shown {
    map([
        ("id", own(merge.id.as_str())),
        ("source", maybe(merge.source.as_ref().map(CustomerId::as_str), own)),
        ("target", maybe(merge.target.as_ref().map(CustomerId::as_str), own)),
        ("status", own(merge.status.as_str())),
    ])
}

pub(super) fn visit(visit: &Visit) -> Shown {
    map([("id", own(visit.id.as_str())), ("at", time(visit.at))])
}

/// An item of a timeline: what it is and its first words.
pub(super) fn item(item: &Item) -> Shown {
    let (kind, what) = match item {
        Item::Message(message) => {
            (if message.direction == Direction::In { "message in" } else { "message out" }, long(&message.body, SHORT))
        }
        Item::Note(note) => ("note", long(&note.body, SHORT)),
        Item::Draft(draft) => ("draft", long(&draft.body, SHORT)),
        Item::Kobject(Kobject { title, .. }) => ("record", short(title)),
        Item::Event(event) => ("change", list(event.changes.iter().take(5), |(field, ..)| short(field))),
    };
    map([
        ("kind", own(kind)),
        ("at", time(item.at())),
        ("conversation_id", maybe(item.conversation().map(ConversationId::as_str), own)),
        ("words", what),
    ])
}

pub(super) fn company_brief(company: &Company) -> Shown {
    map([
        ("id", own(company.id.as_str())),
        ("name", short(&company.name)),
        ("external_id", words(company.external_id.as_ref())),
    ])
}

pub(in crate::tools) fn company(company: &Company) -> Shown {
    map([
        ("id", own(company.id.as_str())),
        ("name", short(&company.name)),
        ("external_id", words(company.external_id.as_ref())),
        ("domains", list(company.domains.iter().take(WITHIN), short)),
        ("custom", fields(&company.custom, None)),
        ("updated_at", time(company.updated)),
    ])
}

pub(super) fn user(user: &User) -> Shown {
    map([
        ("id", own(user.id.as_str())),
        ("name", short(&user.name)),
        ("machine", if user.machine { own(true) } else { Shown::Absent }),
        ("roles", if user.roles.is_empty() { Shown::Absent } else { literals(&user.roles) }),
    ])
}

pub(super) fn team(team: &Team) -> Shown {
    map([
        ("id", own(team.id.as_str())),
        ("name", short(&team.name)),
        ("members", list(team.members.iter().take(WITHIN).map(UserId::as_str), own)),
    ])
}

pub(super) fn role_group(group: &RoleGroup) -> Shown {
    map([
        ("id", own(group.id.as_str())),
        ("name", short(&group.name)),
        ("system", own(group.system)),
        ("roles", literals(&group.roles)),
    ])
}

pub(super) fn token(token: &Token) -> Shown {
    map([
        ("id", own(token.id.as_str())),
        ("name", short(&token.name)),
        ("roles", literals(&token.roles)),
        ("created_at", time(token.created)),
        ("used_at", time(token.used)),
        ("expires_at", time(token.expires)),
    ])
}

pub(super) fn brand(brand: &Brand) -> Shown {
    map([("id", own(brand.id.as_str())), ("name", short(&brand.name)), ("default", own(brand.default))])
}

pub(super) fn schedule(schedule: &Schedule) -> Shown {
    let clock = |minute: u16| format!("{:02}:{:02}", minute / 60, minute % 60);
    let day = |(name, open): (&str, &Vec<(u16, u16)>)| {
        let open: Vec<Value> =
            open.iter().map(|(from, to)| format!("{}-{}", clock(*from), clock(*to)).into()).collect();
        (name.to_owned(), own(open))
    };
    map([
        ("id", own(schedule.id.as_str())),
        ("name", short(&schedule.name)),
        ("time_zone", words(schedule.time_zone.as_ref())),
        ("default", own(schedule.default)),
        ("hours", Shown::Map(DAYS.into_iter().zip(&schedule.hours).map(day).collect())),
    ])
}

pub(super) fn tag(tag: &Tag) -> Shown {
    map([("id", own(tag.id.as_str())), ("name", short(&tag.name))])
}

pub(super) fn shortcut(shortcut: &Shortcut) -> Shown {
    map([
        ("id", own(shortcut.id.as_str())),
        ("name", short(&shortcut.name)),
        ("text", long(&shortcut.text, 1_000)),
        ("private", own(shortcut.private)),
    ])
}

pub(super) fn spam_sender(sender: &SpamSender) -> Shown {
    map([
        ("id", own(sender.id.as_str())),
        ("sender", maybe(sender.sender.clone(), |sender| Shown::Guarded(sender, "sender".to_owned(), None))),
        ("list", own(sender.list.as_str())),
    ])
}

pub(super) fn outbound_account(account: &OutboundAccount) -> Shown {
    map([
        ("channel", own(account.channel.as_str())),
        ("name", short(&account.name)),
        ("account", short(&account.account)),
    ])
}

pub(super) fn survey(survey: &SurveyForm) -> Shown {
    map([
        ("id", own(survey.id.as_str())),
        ("name", short(&survey.name)),
        ("channel", maybe(survey.channel.as_ref().map(Channel::as_str), own)),
        ("enabled", own(survey.enabled)),
    ])
}

/// A policy by the version in force.
pub(super) fn sla(policy: &SlaPolicy) -> Shown {
    let current = policy.versions.iter().find(|version| Some(version.version) == policy.current);
    map([("id", own(policy.id.as_str())), ("current", maybe(current.or(policy.versions.last()), sla_version))])
}

pub(super) fn sla_whole(policy: &SlaPolicy) -> Shown {
    map([
        ("id", own(policy.id.as_str())),
        ("current_version", maybe(policy.current, own)),
        ("versions", list(policy.versions.iter().rev().take(20), sla_version)),
    ])
}

fn sla_version(version: &SlaVersion) -> Shown {
    let target = |((metric, priority), ms): (&(String, u8), &u64)| {
        map([("metric", own(metric.as_str())), ("priority", own(*priority)), ("minutes", own(ms / 60_000))])
    };
    map([
        ("version", own(version.version)),
        ("name", short(&version.name)),
        ("hours", own(version.hours.as_str())),
        ("targets", list(version.targets.iter().take(WITHIN), target)),
    ])
}

pub(super) fn webhook(webhook: &Webhook) -> Shown {
    map([
        ("id", own(webhook.id.as_str())),
        ("name", short(&webhook.name)),
        ("url", short(&webhook.url)),
        ("events", literals(&webhook.events)),
    ])
}

pub(super) fn queue(queue: &Queue) -> Shown {
    map([
        ("id", own(queue.id.as_str())),
        ("name", short(&queue.name)),
        ("key", words(queue.key.as_ref())),
        ("system", own(queue.system)),
    ])
}

pub(super) fn queue_rule(rule: &QueueRule) -> Shown {
    map([
        ("id", own(rule.id.as_str())),
        ("name", short(&rule.name)),
        ("queue_id", maybe(rule.queue.as_ref().map(QueueId::as_str), own)),
        ("enabled", own(rule.enabled)),
    ])
}

pub(super) fn work_session(session: &WorkSession) -> Shown {
    map([
        ("id", own(session.id.as_str())),
        ("user_id", who(session.user.as_ref())),
        ("presence", own(session.presence.as_str())),
        ("active", own(session.active)),
        ("signed_out_at", time(session.signed_out)),
    ])
}

pub(super) fn audit_line(line: &AuditLine) -> Shown {
    map([
        ("at", time(line.at)),
        ("event", own(line.event.as_str())),
        ("by", who(line.by.as_ref())),
        ("client", words(line.client.as_ref())),
        ("changed", list(line.changed.iter().take(20), short)),
    ])
}
