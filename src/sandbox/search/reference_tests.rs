//! Compares the evaluator with a naive one that knows nothing of operators, classes or places: small random worlds, random
//! questions. And throws any JSON at the language.

use proptest::{collection::vec, prelude::*, sample::select};
use serde_json::{Value, json};

use super::{lag::Seen, *};
use crate::sandbox::{doc::Kind, mint::Mint, times, world::World};

const NOW: i64 = 1_741_083_300_000;
const HOUR_MS: i64 = 3_600_000;
const STATES: [&str; 3] = ["open", "snoozed", "done"];
const WORDS: [&str; 4] = ["late", "parcel", "latest", "refund"];

/// A conversation of customer `customer`, with `said` in its only message.
#[derive(Clone, Debug)]
struct Talk {
    state: Option<usize>,
    priority: Option<i64>,
    hours_ago: i64,
    name: Vec<usize>,
    said: Option<usize>,
    customer: usize,
    deleted: bool,
}

/// One demand, in the terms of the naive reading.
#[derive(Clone, Debug)]
enum Demand {
    State(usize, bool),
    States(Vec<usize>),
    Priority(&'static str, i64),
    PriorityWithin(i64, i64),
    Made(&'static str, i64),
    Named(usize),
    Said(usize),
    HasState(bool),
    CustomerNamed(usize),
}

fn talk() -> impl Strategy<Value = Talk> {
    let state = proptest::option::of(0..3_usize);
    let priority = proptest::option::of(1..=5_i64);
    let said = proptest::option::of(0..4_usize);
    (state, priority, 0..6_i64, vec(0..4_usize, 0..3), said, 0..3_usize, proptest::bool::weighted(0.1)).prop_map(
        |(state, priority, hours_ago, name, said, customer, deleted)| Talk {
            state,
            priority,
            hours_ago,
            name,
            said,
            customer,
            deleted,
        },
    )
}

fn demand() -> impl Strategy<Value = Demand> {
    let order = select(vec!["gt", "gte", "lt", "lte"]);
    prop_oneof![
        (0..3_usize, any::<bool>()).prop_map(|(state, is)| Demand::State(state, is)),
        vec(0..3_usize, 0..3).prop_map(Demand::States),
        (order.clone(), 0..6_i64).prop_map(|(word, number)| Demand::Priority(word, number)),
        (0..6_i64, 0..6_i64).prop_map(|(from, to)| Demand::PriorityWithin(from, to)),
        (order, 0..6_i64).prop_map(|(word, hours)| Demand::Made(word, hours)),
        (0..4_usize).prop_map(Demand::Named),
        (0..4_usize).prop_map(Demand::Said),
        any::<bool>().prop_map(Demand::HasState),
        (0..3_usize).prop_map(Demand::CustomerNamed),
    ]
}

fn made(hours_ago: i64) -> String {
    times::iso(NOW - hours_ago * HOUR_MS)
}

impl Demand {
    fn json(&self) -> Value {
        match self {
            Self::State(state, true) => json!({ "conversation_status": { "equals": STATES[*state] } }),
            Self::State(state, false) => json!({ "conversation_status": { "not_equals": STATES[*state] } }),
            Self::States(states) => {
                let names: Vec<&str> = states.iter().map(|state| STATES[*state]).collect();
                json!({ "conversation_status": { "one_of": names } })
            }
            Self::Priority(word, number) => json!({ "conversation_priority": { *word: number } }),
            Self::PriorityWithin(from, to) => json!({ "conversation_priority": { "within": [from, to] } }),
            Self::Made(word, hours) => json!({ "conversation_created_at": { *word: made(*hours) } }),
            Self::Named(word) => json!({ "conversation_name": { "contains": WORDS[*word] } }),
            Self::Said(word) => json!({ "message_body": { "contains": WORDS[*word] } }),
            Self::HasState(is) => json!({ "conversation_status": { "set": is } }),
            Self::CustomerNamed(customer) => json!({ "customer_name": { "equals": format!("Person {customer}") } }),
        }
    }

    fn holds(&self, talk: &Talk) -> bool {
        let compare = |word: &str, actual: i64, wanted: i64| match word {
            "gt" => actual > wanted,
            "gte" => actual >= wanted,
            "lt" => actual < wanted,
            _ => actual <= wanted,
        };
        match self {
            Self::State(state, is) => (talk.state == Some(*state)) == *is,
            Self::States(states) => talk.state.is_some_and(|state| states.contains(&state)),
            Self::Priority(word, number) => talk.priority.is_some_and(|actual| compare(word, actual, *number)),
            Self::PriorityWithin(from, to) => talk.priority.is_some_and(|actual| (*from..=*to).contains(&actual)),
            Self::Made(word, hours) => compare(word, -talk.hours_ago, -*hours),
            Self::Named(word) => talk.name.contains(word),
            Self::Said(word) => talk.said == Some(*word),
            Self::HasState(is) => talk.state.is_some() == *is,
            Self::CustomerNamed(customer) => talk.customer == *customer,
        }
    }
}

fn world(talks: &[Talk]) -> World {
    let doc = |kind: Kind, id: String, attributes: Value| {
        let mut doc = Doc::new(kind, id);
        doc.attributes = attributes.as_object().cloned().expect("an object");
        doc.attributes.insert("updatedAt".into(), made(0).into());
        doc
    };
    let mut docs: Vec<Doc> =
        (0..3).map(|n| doc(Kind::Customer, format!("p{n}"), json!({ "name": format!("Person {n}") }))).collect();
    for (n, talk) in talks.iter().enumerate() {
        let name: Vec<&str> = talk.name.iter().map(|word| WORDS[*word]).collect();
        let attributes = json!({ "createdAt": made(talk.hours_ago), "name": name.join(" "), "deleted": talk.deleted });
        let mut conversation = doc(Kind::Conversation, format!("c{n:02}"), attributes);
        conversation.related.insert("customer".into(), (Kind::Customer, format!("p{}", talk.customer)));
        if let Some(state) = talk.state {
            conversation.attributes.insert("status".into(), STATES[state].into());
        }
        if let Some(priority) = talk.priority {
            conversation.attributes.insert("priority".into(), priority.into());
        }
        if let Some(word) = talk.said {
            let mut message =
                doc(Kind::Message, format!("m{n:02}"), json!({ "preview": format!("So {}!", WORDS[word]) }));
            message.related.insert("conversation".into(), (Kind::Conversation, conversation.id.clone()));
            docs.push(message);
        }
        docs.push(conversation);
    }
    World::new(docs, Mint::new(1))
}

/// No two items of a list may be equal; the language says so.
fn unique(demands: &[Demand]) -> Vec<Value> {
    let mut items: Vec<Value> = Vec::new();
    for item in demands.iter().map(Demand::json) {
        if !items.contains(&item) {
            items.push(item);
        }
    }
    items
}

fn ask(world: &World, question: &Question) -> Vec<Row> {
    let seen = Seen::default();
    find(Eye { world, seen: &seen, now: NOW }, question, &Reach::First(0))
}

/// Any JSON, with the language's own words in likely and unlikely places.
fn any_json() -> impl Strategy<Value = Value> {
    let word = select(vec![
        "and",
        "or",
        "not",
        "sort",
        "queryContext",
        "fields",
        "aggs",
        "timeZone",
        "conversation_status",
        "customer_email",
        "message_sent_at",
        "conversation_priority",
        "conversation_sla_breached",
        "customer_sentiment",
        "tracking_events",
        "any_text",
        "note_attachment_count",
        "kobject_custom_order_totalNum",
        "equals",
        "contains",
        "gte",
        "within",
        "not_set",
        "one_of",
        "terms",
        "field",
        "max",
        "asc",
        "desc",
        "conversation",
        "work_item",
        "2025-03-04",
        "America/New_York",
        "",
        "領収書",
    ]);
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        word.clone().prop_map(Value::from),
        "\\PC{0,6}".prop_map(Value::from),
    ];
    leaf.prop_recursive(5, 40, 4, move |inner| {
        let pair = (word.clone(), inner.clone());
        prop_oneof![
            vec(inner, 0..4).prop_map(Value::from),
            vec(pair, 0..3).prop_map(|pairs| Value::Object(
                pairs.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()
            )),
        ]
    })
}

proptest! {
    #[test]
    fn the_evaluator_agrees_with_a_naive_reading(
        talks in vec(talk(), 0..12),
        and in vec(demand(), 0..3),
        or in vec(demand(), 0..3),
        not in vec(demand(), 0..3),
        descending in any::<bool>(),
    ) {
        let world = world(&talks);
        let direction = if descending { "desc" } else { "asc" };
        let body = json!({ "queryContext": "conversation", "and": unique(&and), "or": unique(&or), "not": unique(&not),
            "sort": [{ "conversation_created_at": direction }, { "conversation_name": "asc" }] });
        let question = Question::read(&body, &[], Age::Recent).expect("a question in the language");
        let found: Vec<String> = ask(&world, &question).into_iter().map(|row| row.id).collect();

        let answers = |talk: &Talk| !talk.deleted
            && and.iter().all(|demand| demand.holds(talk))
            && (or.is_empty() || or.iter().any(|demand| demand.holds(talk)))
            && !not.iter().any(|demand| demand.holds(talk));
        let mut expected: Vec<(i64, usize)> = talks.iter().enumerate().filter(|(_, talk)| answers(talk))
            .map(|(n, talk)| (if descending { talk.hours_ago } else { -talk.hours_ago }, n)).collect();
        expected.sort_unstable();
        let expected: Vec<String> = expected.into_iter().map(|(_, n)| format!("c{n:02}")).collect();
        prop_assert_eq!(found, expected);
    }

    #[test]
    fn any_json_is_answered_or_refused(body in any_json(), demand in any_json(), name in "[a-z_]{1,24}") {
        let world = world(&[]);
        for age in [Age::Recent, Age::Archived] {
            for body in [body.clone(), json!({ "and": demand }), json!({ "and": [{ name.as_str(): demand }] }),
                json!({ "and": [{ "conversation_created_at": demand }] }), json!({ "sort": demand }),
                json!({ "fields": demand }), json!({ "aggs": { "a": demand } })] {
                match Question::read(&body, &["order".into()], age) {
                    Ok(question) => { let _ = ask(&world, &question); }
                    Err(refusal) => prop_assert_eq!(refusal.status, 400),
                }
            }
        }
    }
}
