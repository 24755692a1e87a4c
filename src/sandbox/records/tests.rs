//! Holds the records to their invariants over any history: figures equal what they count, whatever happened in which order.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::sandbox::{
    desk::Desk,
    faults::Faults,
    fixture::{MARA, START_MS, docs},
    limits::RateLimit,
    seed, times,
};

/// One step of a history; numbers choose among the conversations there are.
#[derive(Clone, Debug)]
enum Step {
    Open,
    Write { conversation: usize, inbound: bool },
    Move { from: usize, to: usize },
    Note { conversation: usize },
    Set { conversation: usize, status: &'static str },
    Snooze { conversation: usize, minutes: i64 },
    Schedule { conversation: usize, minutes: i64 },
    Delete { conversation: usize },
    Wait { minutes: i64 },
}

fn step() -> impl Strategy<Value = Step> {
    let one = 0..6_usize;
    prop_oneof![
        Just(Step::Open),
        (one.clone(), any::<bool>()).prop_map(|(conversation, inbound)| Step::Write { conversation, inbound }),
        (one.clone(), one.clone()).prop_map(|(from, to)| Step::Move { from, to }),
        one.clone().prop_map(|conversation| Step::Note { conversation }),
        (one.clone(), prop::sample::select(vec!["open", "done"]))
            .prop_map(|(conversation, status)| Step::Set { conversation, status }),
        (one.clone(), 1..60_i64).prop_map(|(conversation, minutes)| Step::Snooze { conversation, minutes }),
        (one.clone(), 1..60_i64).prop_map(|(conversation, minutes)| Step::Schedule { conversation, minutes }),
        one.prop_map(|conversation| Step::Delete { conversation }),
        (1..90_i64).prop_map(|minutes| Step::Wait { minutes }),
    ]
}

fn take(desk: &mut Desk, step: &Step, now: &mut i64) {
    let ids: Vec<String> =
        desk.world.found(Kind::Conversation, Index::Customer, MARA).map(|doc| doc.id.clone()).collect();
    let pick = |number: &usize| ids.get(number % ids.len().max(1)).cloned().unwrap_or_default();
    let later = |minutes: &i64| times::iso(*now + minutes * 60_000);
    if let Step::Wait { minutes } = step {
        *now += minutes * 60_000;
        return desk.settle(*now);
    }
    let act = &mut Act {
        world: &mut desk.world,
        now: *now,
        by: seed::ids::MACHINE_USER.into(),
        is_admin: false,
        quota: None,
    };
    // A step on a conversation that is gone is refused, and must then leave everything as it was.
    let _ = match step {
        Step::Open => conversations::create(act, json!({ "customer": MARA })).map(drop),
        Step::Write { conversation, inbound } => {
            let direction = if *inbound { "in" } else { "out" };
            let body = json!({ "conversation": pick(conversation), "channel": "email", "app": "t", "direction": direction, "preview": "x" });
            messages::create(act, body).map(drop)
        }
        Step::Move { from, to } => {
            let message =
                act.world.found(Kind::Message, Index::Conversation, &pick(from)).next().map(|doc| doc.id.clone());
            messages::update(act, &message.unwrap_or_default(), json!({ "conversation": pick(to) }), Mode::Merge)
        }
        Step::Note { conversation } => {
            notes::create(act, json!({ "conversation": pick(conversation), "body": "x" })).map(drop)
        }
        Step::Set { conversation, status } => {
            conversations::update(act, &pick(conversation), json!({ "status": status }), Mode::Merge)
        }
        Step::Snooze { conversation, minutes } => {
            let body = json!({ "status": "snoozed", "snooze": { "status": "scheduled", "time": later(minutes) } });
            conversations::update(act, &pick(conversation), body, Mode::Merge)
        }
        Step::Schedule { conversation, minutes } => {
            let body = json!({ "channel": "sms", "conversation": pick(conversation), "body": "x", "sendAt": later(minutes), "scheduled": true });
            drafts::create(act, MARA, body).map(drop)
        }
        Step::Delete { conversation } => conversations::delete(act, &pick(conversation)),
        Step::Wait { .. } => Ok(()),
    };
}

fn figure(doc: &Doc, name: &str) -> usize {
    doc.attributes.get(name).and_then(Value::as_u64).unwrap_or(0) as usize
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn figures_equal_what_they_count(steps in prop::collection::vec(step(), 1..40)) {
        let plenty = RateLimit::per_seconds(1000, 60);
        let mut desk = Desk::new(docs(), 1, Limits::new(plenty, plenty), Faults::new(Vec::new(), 1), START_MS);
        let mut now = START_MS;
        for step in &steps {
            take(&mut desk, step, &mut now);
        }
        let world = &desk.world;
        let mut counts = [("open", 0), ("snoozed", 0), ("done", 0)];
        for conversation in world.found(Kind::Conversation, Index::Customer, MARA) {
            let messages: Vec<&Doc> = world.found(Kind::Message, Index::Conversation, &conversation.id).collect();
            let inbound = messages.iter().filter(|doc| doc.text("direction") == Some("in")).count();
            prop_assert_eq!(figure(conversation, "messageCount"), messages.len());
            prop_assert_eq!(figure(conversation, "inboundMessageCount"), inbound);
            prop_assert_eq!(figure(conversation, "noteCount"), world.found(Kind::Note, Index::Conversation, &conversation.id).count());
            let status = conversation.text("status").unwrap_or_default();
            counts.iter_mut().filter(|(name, _)| *name == status).for_each(|(_, count)| *count += 1);
            let sla_status = conversation.attributes.get("sla").and_then(|sla| sla.get("status")).and_then(Value::as_str);
            prop_assert!(!(status == "snoozed" && sla_status == Some("pending")), "a snoozed clock does not run");
        }
        let customer = world.get(Kind::Customer, MARA).expect("Mara is never deleted");
        let stored = &customer.attributes["conversationCounts"];
        for (name, count) in counts {
            prop_assert_eq!(stored[name].as_u64(), Some(count), "{}", name);
        }
        let mut overdue = world.all(Kind::Draft).filter(|doc| doc.text("sendAt").and_then(times::parse).is_some_and(|at| at <= now));
        prop_assert_eq!(overdue.next(), None, "a scheduled draft that is due has been sent");
    }
}
