//! Holds the long way through a large world to the plain one: both find the same, whatever has been changed meanwhile.

use std::ops::Range;

use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use super::{scan::Scans, *};
use crate::sandbox::{
    doc::Kind,
    fixture,
    seed::{Part, Plan},
    world::{Index, World},
};

const NOW: i64 = 1_767_225_600_000;
const SMALL: Plan = Plan { seed: 42, customers: 40, now_ms: NOW };
/// Customers around the last busy one, so that both sorts are there.
const MIXED: Range<usize> = seed::BUSY - 10..seed::BUSY + 40;
const PLAN: Plan = Plan { customers: MIXED.end, ..SMALL };

fn world(plan: &Plan) -> World {
    World::untouched(plan, seed::org_docs(plan))
}

fn question(world: &World, body: &Value) -> Question {
    Question::read(body, &catalogue::klasses(world), Age::Recent).expect("a question that can be asked")
}

/// Questions of every way to look at a record: its own values, others' around it, its company's, its klass.
fn questions() -> Vec<Value> {
    let updated = json!([{ "customer_updated_at": "asc" }]);
    vec![
        json!({ "queryContext": "customer", "sort": updated }),
        json!({ "queryContext": "customer", "and": [{ "message_channel": { "equals": "email" } }], "sort": [{ "customer_name": "desc" }] }),
        json!({ "queryContext": "customer", "and": [{ "customer_email": { "contains": "postbox" } }], "sort": [{ "customer_updated_at": "desc" }] }),
        json!({ "queryContext": "customer", "and": [{ "conversation_updated_at": { "gte": "2025-10-01" } }, { "conversation_reply_channel": { "equals": "email" } }] }),
        json!({ "queryContext": "conversation", "and": [{ "conversation_status": { "equals": "done" } }], "sort": [{ "conversation_updated_at": "asc" }] }),
        json!({ "queryContext": "conversation", "not": [{ "message_direction": { "equals": "out" } }] }),
        json!({ "queryContext": "message", "and": [{ "customer_updated_at": { "gte": "2025-12-01" } }], "sort": [{ "message_sent_at": "desc" }] }),
        json!({ "queryContext": "message", "and": [{ "company_name": { "set": true } }] }),
        json!({ "queryContext": "company", "and": [{ "customer_updated_at": { "lt": "2026-01-01" } }] }),
        json!({ "queryContext": "kobject_order", "and": [{ "company_name": { "set": true } }] }),
        json!({ "queryContext": "note" }),
    ]
}

fn plain(world: &World, question: &Question) -> Vec<Row> {
    find(Eye { world, seen: None, now: NOW }, question, &Reach::These(MIXED.collect()))
}

/// As `seek` does it in a large world.
fn scanned(world: &World, scans: &mut Scans, question: &Question) -> (usize, Vec<Row>) {
    let changed = scan::changed(world, question);
    let scan = Scan::new(world, question.clone(), MIXED, NOW);
    if scans.known(scan).is_none() {
        go_on(scans, &CancellationToken::new());
    }
    let scan = Scan::new(world, question.clone(), MIXED, NOW);
    let found = scans.known(scan).expect("the scan has just been made");
    joined(Eye { world, seen: None, now: NOW }, question, found, &changed)
}

/// As the server does it.
fn go_on(scans: &mut Scans, stop: &CancellationToken) {
    let wanted = scans.take_wanted().expect("a scan is wanted when nothing is known");
    let mut found = scans.begin(wanted).expect("it has not been made yet");
    found.go_on(stop);
    scans.keep(found);
}

#[test]
fn a_scan_finds_what_plain_looking_finds_before_and_after_changes() {
    let mut world = world(&PLAN);
    let mut questions: Vec<Question> = questions().iter().map(|body| question(&world, body)).collect();
    // Old messages of customers who have written since.
    let old = json!({ "queryContext": "message", "and": [{ "customer_updated_at": { "gte": "2024-03-01" } }] });
    questions.push(Question::read(&old, &[], Age::Archived).expect("a question to the archive"));
    let mut scans: Vec<Scans> = questions.iter().map(|_| Scans::default()).collect();
    let agree = |world: &World, scans: &mut Vec<Scans>| {
        for (question, scans) in questions.iter().zip(scans) {
            let expected = plain(world, question);
            assert!(scanned(world, scans, question) == (expected.len(), expected), "{question:?}");
        }
    };
    agree(&world, &mut scans);
    assert!(questions.iter().all(|question| !plain(&world, question).is_empty()));
    for (index, step) in [3, 17, 18, 31].map(|near| MIXED.start + near).into_iter().zip(0..) {
        let head = seed::part(&PLAN, index, Part::Head);
        let messages: Vec<String> =
            world.found(Kind::Message, Index::Customer, &head[0].id).map(|doc| doc.id.clone()).collect();
        match step {
            0 => world.remove(Kind::Customer, &head[0].id).map_or((), drop),
            1 => {
                for id in &messages {
                    world.remove(Kind::Message, id);
                }
            }
            _ => {
                world.edit(Kind::Customer, &head[0].id, |doc| {
                    doc.attributes.insert("updatedAt".into(), "2025-12-31T12:00:00.000Z".into());
                    doc.attributes.insert("name".into(), "Zzyzx".into());
                });
            }
        }
        agree(&world, &mut scans);
    }
    let mut new = Doc::new(Kind::Message, "6a0000000000000000000001");
    new.attributes.insert("updatedAt".into(), "2025-12-31T12:00:00.000Z".into());
    new.related
        .insert("customer".into(), (Kind::Customer, seed::part(&PLAN, MIXED.start + 9, Part::Head)[0].id.clone()));
    world.put(new);
    agree(&world, &mut scans);
}

#[test]
fn a_scan_whose_time_is_up_answers_with_what_it_has_and_goes_on_when_asked_again() {
    let world = world(&PLAN);
    let question = question(&world, &questions()[0]);
    let mut scans = Scans::default();
    let ask = |scans: &mut Scans| scans.known(Scan::new(&world, question.clone(), MIXED, NOW)).cloned();
    assert!(ask(&mut scans).is_none());
    let over = CancellationToken::new();
    over.cancel();
    go_on(&mut scans, &over);
    assert!(ask(&mut scans).is_none(), "who has time waits for the rest");
    scans.take_less(true);
    let less = ask(&mut scans).expect("what there is");
    assert_eq!((less.is_whole(), less.total), (false, 0));
    scans.take_less(false);
    assert!(ask(&mut scans).is_none());
    go_on(&mut scans, &CancellationToken::new());
    let whole = ask(&mut scans).expect("the scan has been made");
    assert_eq!((whole.is_whole(), whole.rows), (true, plain(&world, &question)));
    assert!(scans.take_wanted().is_none());
}

#[test]
fn a_reach_leaves_no_answer_out() {
    let world = world(&SMALL);
    let everybody = Reach::First(SMALL.customers);
    for index in [0, 7, 22, 39] {
        let docs = [Part::Head, Part::Threads].into_iter().flat_map(|part| seed::part(&SMALL, index, part));
        let docs: Vec<Doc> = docs.collect();
        let of = |kind: Kind| docs.iter().find(|doc| doc.kind == kind).expect("one of each");
        let customer = of(Kind::Customer);
        let named = [
            json!({ "customer_email": { "equals": customer.attributes["emails"][0]["email"] } }),
            json!({ "customer_phone": { "equals": customer.attributes["phones"][0]["phone"] } }),
            json!({ "customer_externalId": { "equals": customer.attributes["externalId"] } }),
            json!({ "conversation_customer_id": { "equals": customer.id } }),
            json!({ "message_conversation_id": { "equals": of(Kind::Conversation).id } }),
        ];
        for criterion in &named {
            for context in ["customer", "conversation", "message", "company"] {
                let question = question(&world, &json!({ "queryContext": context, "and": [criterion] }));
                let reach = Reach::of(&question, &SMALL);
                assert!(reach.len() <= 10, "{criterion}");
                assert_eq!(
                    find(Eye { world: &world, seen: None, now: NOW }, &question, &reach),
                    find(Eye { world: &world, seen: None, now: NOW }, &question, &everybody),
                    "{criterion}"
                );
            }
        }
    }
}

#[test]
fn what_is_open_is_looked_for_among_the_busy_only() {
    let large = Plan { customers: 1_000_000, ..SMALL };
    let reach = |and: Value| {
        let question = question(&world(&SMALL), &json!({ "queryContext": "conversation", "and": and }));
        (Reach::of(&question, &large), question.is_about_heads())
    };
    let busy = Reach::First(seed::BUSY);
    assert_eq!(reach(json!([{ "conversation_status": { "equals": "open" } }])), (busy.clone(), true));
    assert_eq!(reach(json!([{ "conversation_status": { "one_of": ["open", "snoozed"] } }])), (busy.clone(), true));
    assert_eq!(reach(json!([{ "conversation_sla_breached": { "equals": true } }])), (busy.clone(), true));
    let said = json!([{ "conversation_status": { "equals": "open" } }, { "message_body": { "contains": "refund" } }]);
    assert_eq!(reach(said), (busy, false));
    assert_eq!(reach(json!([{ "conversation_status": { "equals": "done" } }])), (Reach::First(1_000_000), true));
}

#[tokio::test]
async fn a_world_too_large_to_look_at_at_once_is_searched_and_listed_all_the_same() {
    let desk = fixture::Desk::seeded(|options| options.customers = MOST_MADE + 16).await;
    let said = json!({ "queryContext": "message", "and": [{ "message_direction": { "equals": "out" } }], "sort": [{ "message_sent_at": "desc" }] });
    let mut found = BTreeSet::new();
    let mut total = Value::Null;
    for page in 1..=3 {
        let path = format!("/v1/customers/search?page={page}&pageSize=50");
        let got = desk.call("POST", &path, said.clone()).await;
        assert_eq!(got.status, 200, "{}", got.text);
        let rows = got.json();
        total = rows["meta"]["total"].clone();
        found.extend(rows["data"].as_array().expect("rows").iter().map(|row| row["id"].to_string()));
    }
    assert!(found.len() == 150 && total.as_u64() > Some(1_000), "{total}");
    let last = desk.get("/v1/customers?page=4&pageSize=100").await.json();
    assert_eq!((&last["meta"]["total"], &last["data"][99]["type"]), (&json!(MOST_MADE + 16), &json!("customer")));
    assert_eq!((&last["meta"]["totalPages"], &last["links"]["next"]), (&json!(4), &Value::Null));
}
