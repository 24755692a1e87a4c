//! Owns SLAs: which policy a conversation gets, when each metric is due, met, paused, breached (Kustomer API reference 11).
//!
//! ```text
//! in ──> firstResponse runs ── out ──> met            snoozed: paused, deadlines move by the pause
//! in again ──> nextReply runs ── out ──> met, counted done:    ends
//! ```
//!
//! Unverified in the reference and decided here: snoozing pauses the clock, closing meets what still runs, a change of priority moves
//! running deadlines, a missing priority in `times` leaves the metric out. Whether a deadline has passed is not stored: it
//! is worked out whenever a conversation is read or searched.

use serde_json::{Map, Value, json};

use super::{
    criteria,
    doc::{Doc, Kind},
    hours::Hours,
    times,
    world::{Index, World},
};

const METRICS: [&str; 2] = ["firstResponse", "nextReply"];

/// What has just happened to a conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// It was made or changed without a message.
    Changed,
    /// The customer wrote.
    Inbound,
    /// The team answered.
    Outbound,
}

/// Gives the conversation a policy if it has none yet and moves its clocks on.
pub fn follow(world: &World, conversation: &mut Doc, moment: Moment, now: i64) {
    if conversation.related_id("sla").is_none() {
        stamp(world, conversation, now);
    }
    let Some(version) = conversation.related_id("slaVersion").and_then(|id| world.get(Kind::SlaVersion, id)) else {
        return;
    };
    let priority = conversation.attributes.get("priority").and_then(Value::as_i64).unwrap_or(3);
    let targets = METRICS.map(|metric| (metric, target(version, metric, priority)));
    let hours = Hours::of(world, version);
    let status = conversation.text("status").unwrap_or("open").to_owned();
    let Some(mut sla) = conversation.attributes.get("sla").and_then(Value::as_object).cloned() else { return };
    // First, or a clock that an answer to a snoozed conversation starts would be moved by a pause it never had.
    pause(&mut sla, &mut conversation.hidden, &status, &hours, now);
    for (metric, target) in targets {
        advance(&mut sla, &mut conversation.hidden, Step { metric, target, hours: &hours, moment, now });
    }
    summarise(&mut sla, &status, now);
    conversation.attributes.insert("sla".into(), Value::Object(sla));
}

fn stamp(world: &World, conversation: &mut Doc, now: i64) {
    let current = |sla: &Doc| {
        let number = sla.attributes.get("currentVersion").cloned();
        world
            .found(Kind::SlaVersion, Index::Sla, &sla.id)
            .find(|version| version.attributes.get("version") == number.as_ref())
    };
    let mut policies: Vec<&Doc> = world.all(Kind::Sla).collect();
    policies.sort_by_key(|sla| sla.attributes.get("order").and_then(Value::as_i64).unwrap_or(i64::MAX));
    let mut versions = policies.into_iter().filter_map(current);
    let Some(version) = versions.find(|version| criteria::hold(version.attributes.get("criteria"), conversation))
    else {
        return;
    };
    let sla_id = version.related_id("sla").unwrap_or_default().to_owned();
    let sla = json!({
        "name": version.attributes.get("name"), "version": version.attributes.get("version"),
        "matchedAt": times::iso(now), "status": "pending", "metrics": {}, "summary": {}, "breached": false,
    });
    let version_id = version.id.clone();
    conversation.attributes.insert("sla".into(), sla);
    conversation.related.insert("sla".into(), (Kind::Sla, sla_id));
    conversation.related.insert("slaVersion".into(), (Kind::SlaVersion, version_id));
}

fn target(version: &Doc, metric: &str, priority: i64) -> Option<i64> {
    let metric = version.attributes.get("metrics")?.get(metric)?;
    let enabled = metric.get("enabled") != Some(&Value::Bool(false));
    metric.get("times")?.get(priority.to_string())?.as_i64().filter(|_| enabled)
}

/// What happens to one metric.
#[derive(Clone, Copy, Debug)]
struct Step<'a> {
    metric: &'static str,
    target: Option<i64>,
    hours: &'a Hours,
    moment: Moment,
    now: i64,
}

fn advance(sla: &mut Map<String, Value>, hidden: &mut Map<String, Value>, step: Step) {
    let Step { metric, target, hours, moment, now } = step;
    let metrics = sla.entry("metrics").or_insert_with(|| json!({}));
    let Some(metrics) = metrics.as_object_mut() else { return };
    let first_met = metrics.get("firstResponse").is_some_and(|first| first.get("satisfiedAt").is_some());
    let is_next = metric == "nextReply";
    let running = metrics.get(metric).is_some_and(is_running);
    let (started, used) = (started_key(metric), used_key(metric));
    match moment {
        Moment::Inbound if !running && is_next == first_met => {
            let Some(target) = target else { return };
            let clock = metrics.entry(metric).or_insert_with(|| json!({}));
            clock["breachAt"] = times::iso(hours.after(now, target)).into();
            clock.as_object_mut().map(|clock| clock.remove("satisfiedAt"));
            hidden.insert(started, now.into());
            hidden.remove(&used);
        }
        Moment::Outbound if running => {
            let clock = &mut metrics[metric];
            let late = moment_of(clock, "breachAt").is_some_and(|at| at < now);
            clock["satisfiedAt"] = times::iso(now).into();
            if is_next {
                let tally = if late { "lateCount" } else { "onTimeCount" };
                clock[tally] = (clock[tally].as_i64().unwrap_or(0) + 1).into();
            }
        }
        Moment::Changed if running => {
            if let (Some(started), Some(target)) = (hidden.get(&started).and_then(Value::as_i64), target) {
                let left = target - hidden.get(&used).and_then(Value::as_i64).unwrap_or(0);
                let clock = &mut metrics[metric];
                // With nothing left it is due since the last pause at the latest.
                let due = if left > 0 {
                    hours.after(started, left)
                } else {
                    moment_of(clock, "breachAt").map_or(started, |at| at.min(started))
                };
                clock["breachAt"] = times::iso(due).into();
            }
        }
        Moment::Inbound | Moment::Outbound | Moment::Changed => {}
    }
}

/// When a metric's clock last began to run is kept out of the answered attributes: the reference shows no such field.
fn started_key(metric: &str) -> String {
    format!("slaStarted.{metric}")
}

/// How much time it had counted before that, in milliseconds, up to its last pause.
fn used_key(metric: &str) -> String {
    format!("slaUsed.{metric}")
}

fn is_running(clock: &Value) -> bool {
    clock.get("breachAt").is_some() && clock.get("satisfiedAt").is_none_or(Value::is_null)
}

fn moment_of(value: &Value, name: &str) -> Option<i64> {
    value.get(name)?.as_str().and_then(times::parse)
}

/// Running clocks stand still while snoozed: on waking, what was left before the pause begins anew.
fn pause(sla: &mut Map<String, Value>, hidden: &mut Map<String, Value>, status: &str, hours: &Hours, now: i64) {
    if status == "snoozed" {
        hidden.entry("slaPausedAt").or_insert_with(|| now.into());
        return;
    }
    let Some(since) = hidden.remove("slaPausedAt").and_then(|at| at.as_i64()) else { return };
    let metrics = sla.get_mut("metrics").and_then(Value::as_object_mut).into_iter().flatten();
    for (metric, clock) in metrics.filter(|(_, clock)| is_running(clock)) {
        if let Some(at) = moment_of(clock, "breachAt").filter(|at| *at > since) {
            clock["breachAt"] = times::iso(hours.after(now, hours.between(since, at))).into();
        }
        // Seeded clocks have no known beginning, and a change of priority leaves them alone.
        if let Some(started) = hidden.get(&started_key(metric)).and_then(Value::as_i64) {
            let used = hidden.get(&used_key(metric)).and_then(Value::as_i64).unwrap_or(0);
            hidden.insert(used_key(metric), (used + hours.between(started, since)).into());
            hidden.insert(started_key(metric), now.into());
        }
    }
}

fn summarise(sla: &mut Map<String, Value>, status: &str, now: i64) {
    if let Some((metric, at)) = overdue(sla, now) {
        sla.insert("breach".into(), json!({ "metric": metric, "at": at }));
        sla.insert("breached".into(), true.into());
    }
    let mut clocks: Vec<&mut Value> =
        sla.get_mut("metrics").and_then(Value::as_object_mut).into_iter().flatten().map(|(_, clock)| clock).collect();
    if status == "done" {
        clocks
            .iter_mut()
            .filter(|clock| is_running(clock))
            .for_each(|clock| clock["satisfiedAt"] = times::iso(now).into());
    }
    let untouched = clocks.is_empty();
    let next = clocks.iter().filter(|clock| is_running(clock)).filter_map(|clock| moment_of(clock, "breachAt")).min();
    let state = match (status, next) {
        ("done", _) => "done",
        ("snoozed", _) => "paused",
        (_, None) if !untouched => "done",
        (_, _) => "pending",
    };
    let was_done = sla.get("status").and_then(Value::as_str) == Some("done");
    match next {
        Some(at) => {
            sla.insert("summary".into(), json!({ "firstBreachAt": times::iso(at) }));
        }
        None if state == "done" && !was_done => {
            sla.insert("summary".into(), json!({ "satisfiedAt": times::iso(now) }));
        }
        None => {}
    }
    sla.insert("status".into(), state.into());
}

/// The running metric whose deadline has passed, the earliest first, with that deadline.
fn overdue(sla: &Map<String, Value>, now: i64) -> Option<(String, String)> {
    if sla.get("status").and_then(Value::as_str) != Some("pending") {
        return None;
    }
    let clocks = sla.get("metrics").and_then(Value::as_object).into_iter().flatten();
    let passed = clocks
        .filter(|(_, clock)| is_running(clock))
        .filter_map(|(metric, clock)| Some((moment_of(clock, "breachAt")?, metric)));
    let (at, metric) = passed.filter(|(at, _)| *at <= now).min()?;
    Some((metric.clone(), times::iso(at)))
}

/// Writes into the answered attributes what only time has changed: a deadline that has passed since.
pub fn bring_up_to_date(attributes: &mut Map<String, Value>, now: i64) {
    let Some(sla) = attributes.get_mut("sla").and_then(Value::as_object_mut) else { return };
    if sla.get("breached") == Some(&Value::Bool(true)) {
        return;
    }
    if let Some((metric, at)) = overdue(sla, now) {
        sla.insert("breached".into(), true.into());
        sla.insert("breach".into(), json!({ "metric": metric, "at": at }));
    }
}

/// What search sees of a conversation's SLA at `now`: whether it is breached, by what, and the time of the breach that was
/// or comes next.
pub fn breach(conversation: &Doc, now: i64) -> (bool, Option<String>, Option<String>) {
    let Some(sla) = conversation.attributes.get("sla").and_then(Value::as_object) else { return (false, None, None) };
    let text = |value: Option<&Value>| value.and_then(Value::as_str).map(str::to_owned);
    let pending = text(sla.get("summary").and_then(|summary| summary.get("firstBreachAt")));
    if sla.get("breached") == Some(&Value::Bool(true)) {
        let stored = sla.get("breach");
        let at = text(stored.and_then(|breach| breach.get("at"))).or(pending);
        return (true, text(stored.and_then(|breach| breach.get("metric"))), at);
    }
    match overdue(sla, now) {
        Some((metric, at)) => (true, Some(metric), Some(at)),
        None => (false, None, pending),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::sandbox::mint::Mint;

    const HOUR: i64 = 3_600_000;

    fn world() -> World {
        let mut sla = Doc::new(Kind::Sla, "s");
        sla.attributes.insert("currentVersion".into(), json!(2));
        let mut version = Doc::new(Kind::SlaVersion, "v");
        version.attributes = json!({
            "name": "Email", "version": 2,
            "metrics": { "firstResponse": { "enabled": true, "times": { "3": HOUR, "5": HOUR / 2 } }, "nextReply": { "enabled": true, "times": { "3": 2 * HOUR } } },
            "criteria": { "and": [{ "conversation_channel": { "operator": "contains", "value": "email" } }] },
        })
        .as_object()
        .cloned()
        .expect("an object");
        version.related.insert("sla".into(), (Kind::Sla, "s".into()));
        World::new(vec![sla, version], Mint::new(1))
    }

    fn conversation(status: &str) -> Doc {
        let mut doc = Doc::new(Kind::Conversation, "c");
        doc.attributes.insert("channels".into(), json!(["email"]));
        doc.attributes.insert("status".into(), status.into());
        doc.attributes.insert("priority".into(), 3.into());
        doc
    }

    #[test]
    fn the_first_answer_ends_the_first_metric_and_the_next_question_starts_the_second() {
        let (world, mut doc) = (world(), conversation("open"));
        follow(&world, &mut doc, Moment::Inbound, 0);
        assert_eq!(doc.related_id("slaVersion"), Some("v"));
        assert_eq!(breach(&doc, 10), (false, None, Some(times::iso(HOUR))));
        assert_eq!(breach(&doc, HOUR), (true, Some("firstResponse".into()), Some(times::iso(HOUR))));
        follow(&world, &mut doc, Moment::Outbound, HOUR / 2);
        assert_eq!(doc.attributes["sla"]["status"], "done");
        follow(&world, &mut doc, Moment::Inbound, HOUR);
        assert_eq!(breach(&doc, HOUR), (false, None, Some(times::iso(3 * HOUR))));
        follow(&world, &mut doc, Moment::Outbound, 4 * HOUR);
        assert_eq!(doc.attributes["sla"]["metrics"]["nextReply"]["lateCount"], 1);
    }

    #[test]
    fn a_snoozed_conversation_does_not_breach_and_its_deadline_moves() {
        let (world, mut doc) = (world(), conversation("open"));
        follow(&world, &mut doc, Moment::Inbound, 0);
        doc.attributes.insert("status".into(), "snoozed".into());
        follow(&world, &mut doc, Moment::Changed, HOUR / 2);
        assert!(!breach(&doc, 5 * HOUR).0);
        doc.attributes.insert("status".into(), "open".into());
        follow(&world, &mut doc, Moment::Changed, 5 * HOUR);
        assert_eq!(breach(&doc, 5 * HOUR), (false, None, Some(times::iso(5 * HOUR + HOUR / 2))));
    }

    #[test]
    fn an_answer_to_a_snoozed_conversation_starts_a_clock_that_was_never_paused() {
        let (world, mut doc) = (world(), conversation("open"));
        follow(&world, &mut doc, Moment::Inbound, 0);
        follow(&world, &mut doc, Moment::Outbound, 1);
        doc.attributes.insert("status".into(), "snoozed".into());
        follow(&world, &mut doc, Moment::Changed, 2);
        doc.attributes.insert("status".into(), "open".into());
        follow(&world, &mut doc, Moment::Inbound, 5 * HOUR);
        assert_eq!(breach(&doc, 5 * HOUR).2, Some(times::iso(7 * HOUR)));
    }

    /// The same policy, from eight to five every day, UTC.
    fn in_business_hours() -> World {
        let mut world = world();
        world.edit(Kind::SlaVersion, "v", |version| {
            version.attributes.insert("hours".into(), "business".into());
        });
        let mut schedule = Doc::new(Kind::Schedule, "d");
        let day = json!([[480, 1020]]);
        let hours: Value = (0..7).map(|weekday: u8| (weekday.to_string(), day.clone())).collect();
        schedule.attributes =
            [("default".to_owned(), true.into()), ("timezone".into(), "UTC".into()), ("hours".into(), hours)]
                .into_iter()
                .collect();
        world.put(schedule);
        world
    }

    #[test]
    fn a_policy_in_business_hours_counts_those_alone_and_a_pause_stops_them() {
        const DAY: i64 = 24 * HOUR;
        let world = in_business_hours();
        let mut doc = conversation("open");
        follow(&world, &mut doc, Moment::Inbound, 16 * HOUR + HOUR / 2);
        assert_eq!(breach(&doc, 0).2, Some(times::iso(DAY + 8 * HOUR + HOUR / 2)));
        doc.attributes.insert("status".into(), "snoozed".into());
        follow(&world, &mut doc, Moment::Changed, DAY + 8 * HOUR + HOUR / 4);
        doc.attributes.insert("status".into(), "open".into());
        follow(&world, &mut doc, Moment::Changed, 2 * DAY + 20 * HOUR);
        assert_eq!(breach(&doc, 0).2, Some(times::iso(3 * DAY + 8 * HOUR + HOUR / 4)), "a quarter of an hour was left");
        doc.attributes.insert("priority".into(), 5.into());
        follow(&world, &mut doc, Moment::Changed, 2 * DAY + 21 * HOUR);
        assert_eq!(breach(&doc, 0).2, Some(times::iso(2 * DAY + 20 * HOUR)), "half an hour has gone already");
    }

    #[test]
    fn a_change_of_priority_moves_a_running_deadline_and_another_channel_gets_no_policy() {
        let (world, mut doc) = (world(), conversation("open"));
        follow(&world, &mut doc, Moment::Inbound, 0);
        doc.attributes.insert("priority".into(), 5.into());
        follow(&world, &mut doc, Moment::Changed, 1);
        assert_eq!(breach(&doc, 1).2, Some(times::iso(HOUR / 2)));
        let mut chat = conversation("open");
        chat.attributes.insert("channels".into(), json!(["chat"]));
        follow(&world, &mut chat, Moment::Inbound, 0);
        assert_eq!(chat.attributes.get("sla"), None);
    }

    const MINUTE: i64 = 60_000;

    /// The rule itself: an hour of minutes that are open and not snoozed, counted one by one; none if it was full before
    /// the last wake.
    fn counted(business: bool, wakes: &[(i64, i64)], began: i64) -> Option<i64> {
        let last = wakes.last().map_or(began, |(_, wake)| *wake);
        let snoozed = |minute: i64| wakes.iter().any(|(from, to)| (*from..*to).contains(&minute));
        let counts = |minute: &i64| !snoozed(*minute) && (!business || (480..1020).contains(&(minute % 1440)));
        let due = (began..).filter(counts).nth(59)? + 1;
        (due > last).then_some(due)
    }

    proptest! {
        #[test]
        fn deadlines_agree_with_counting_minutes_through_any_snoozes(
            business in any::<bool>(),
            began in 0_i64..2880,
            gaps in prop::collection::vec((0_i64..90, 1_i64..2000), 0..4),
        ) {
            let world = if business { in_business_hours() } else { world() };
            let mut doc = conversation("open");
            follow(&world, &mut doc, Moment::Inbound, began * MINUTE);
            let (mut minute, mut wakes) = (began, Vec::new());
            for (awake, asleep) in gaps {
                let (from, to) = (minute + awake, minute + awake + asleep);
                for (status, at) in [("snoozed", from), ("open", to)] {
                    doc.attributes.insert("status".into(), status.into());
                    follow(&world, &mut doc, Moment::Changed, at * MINUTE);
                }
                wakes.push((from, to));
                minute = to;
            }
            match counted(business, &wakes, began) {
                Some(due) => prop_assert_eq!(breach(&doc, minute * MINUTE), (false, None, Some(times::iso(due * MINUTE)))),
                None => prop_assert!(breach(&doc, minute * MINUTE).0, "it was due before the last wake"),
            }
        }
    }
}
