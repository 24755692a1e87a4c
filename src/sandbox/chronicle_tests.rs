//! Holds what follows changes to its promise: whoever hears of every change, in any order and more than once, knows what the
//! desk knows.

use std::collections::BTreeMap;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::{
    desk::Desk,
    dispatch::{Incoming, Outcome, dispatch},
    faults::Faults,
    fixture::{MARA, PARCEL, START_MS, docs},
    limits::{Limits, RateLimit},
    mint,
    webhooks::{self, registry::EVENTS},
    world::World,
};

fn desk() -> Desk {
    let plenty = RateLimit::per_seconds(1_000_000, 60);
    let limits = Limits::new(plenty, plenty).with_per_record(1_000_000);
    Desk::new(World::new(docs(), mint::Mint::new(1)), 1, limits, Faults::new(Vec::new(), 1), START_MS)
}

fn ask(desk: &mut Desk, now: i64, method: &str, path: &str, body: &Value) -> Outcome {
    ask_as("main", desk, now, method, path, body)
}

fn ask_as(key: &str, desk: &mut Desk, now: i64, method: &str, path: &str, body: &Value) -> Outcome {
    let authorization = format!("Bearer {}", mint::api_key(1, key));
    let text = if body.is_null() { String::new() } else { body.to_string() };
    let incoming = Incoming {
        method,
        path,
        query: "",
        authorization: Some(&authorization),
        content_type: None,
        host: None,
        body: text.as_bytes(),
    };
    dispatch(desk, &incoming, now)
}

/// One request of a history.
fn step() -> impl Strategy<Value = (&'static str, String, Value)> {
    let conversation = format!("/v1/conversations/{PARCEL}");
    let message = |direction: &str| json!({ "channel": "email", "app": "x", "direction": direction, "preview": "hi" });
    let (patch, messages, fresh) =
        (conversation.clone(), format!("{conversation}/messages"), format!("/v1/customers/{MARA}/messages"));
    let customer = format!("/v1/customers/{MARA}");
    prop_oneof![
        (1..=5_i64).prop_map(move |priority| ("PATCH", patch.clone(), json!({ "priority": priority }))),
        prop::sample::select(vec!["open", "done"]).prop_map(move |status| (
            "PATCH",
            conversation.clone(),
            json!({ "status": status })
        )),
        prop::sample::select(vec!["in", "out"]).prop_map(move |direction| (
            "POST",
            messages.clone(),
            message(direction)
        )),
        Just(("POST", fresh, message("in"))),
        "[a-z]{1,4}".prop_map(move |name| ("PATCH", customer.clone(), json!({ "name": name }))),
        "[a-z]{1,3}".prop_map(|tag| ("POST", format!("/v1/conversations/{PARCEL}/tags"), json!([tag]))),
    ]
}

/// Everything the desk wants to tell by now, as the receiver gets it.
fn deliveries(desk: &mut Desk, now: i64) -> Vec<Value> {
    let mut events = Vec::new();
    loop {
        let due = desk.take_deliveries(now);
        if due.is_empty() {
            return events;
        }
        for (_, delivery) in due {
            events.push(serde_json::from_slice(&delivery.body).expect("an event is JSON"));
            desk.delivered(delivery, webhooks::Outcome::Answered(200), now);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn events_in_any_order_and_doubled_converge_to_what_the_desk_answers(
        steps in prop::collection::vec(step(), 1..20),
        order in prop::collection::vec(any::<u32>(), 200),
    ) {
        let mut desk = desk();
        let webhook = json!({ "name": "all", "url": "http://localhost/", "events": EVENTS });
        prop_assert_eq!(ask(&mut desk, START_MS, "POST", "/v1/outbound-webhooks", &webhook).reply.status, 201);
        let mut now = START_MS;
        for (method, path, body) in &steps {
            now += 7;
            ask(&mut desk, now, method, path, body);
        }
        let events = deliveries(&mut desk, now);
        prop_assert!(events.len() <= order.len() / 2);
        let mut received: Vec<(u32, &Value)> = order.iter().copied().zip(events.iter().chain(&events)).collect();
        received.sort_by_key(|(place, _)| *place);

        // The newest of each record wins: by revision, then by time and event, for changes that make no revision.
        let mut known: BTreeMap<String, (i64, String, String, Value)> = BTreeMap::new();
        for (_, event) in received {
            let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
            let rev = event["data"]["attributes"]["rev"].as_i64().unwrap_or_default();
            let entry = (rev, text(&event["createdAt"]), text(&event["id"]), event["data"].clone());
            let slot = known.entry(text(&event["dataId"])).or_insert_with(|| entry.clone());
            if (&slot.0, &slot.1, &slot.2) < (&entry.0, &entry.1, &entry.2) {
                *slot = entry;
            }
        }
        prop_assert!(!known.is_empty(), "every step changes something");
        for (id, (_, _, _, mut heard)) in known {
            let collection = match heard["type"].as_str() {
                Some("conversation") => "conversations",
                Some("customer") => "customers",
                Some("message") => "messages",
                _ => continue,
            };
            let read = ask(&mut desk, now, "GET", &format!("/v1/{collection}/{id}"), &Value::Null).reply;
            let mut truth = read.body.unwrap_or_default()["data"].clone();
            // Whether a deadline has passed is worked out at each reading.
            for resource in [&mut truth, &mut heard] {
                resource["attributes"].as_object_mut().expect("attributes").remove("sla");
            }
            prop_assert_eq!(heard, truth, "{} {}", collection, id);
        }
    }
}

#[test]
fn what_was_told_of_a_message_forgets_its_text_when_it_is_redacted() {
    const SECRET: &str = "my card is 4111 1111";
    let mut desk = desk();
    let webhook = json!({ "name": "all", "url": "http://localhost/", "events": EVENTS });
    ask(&mut desk, START_MS, "POST", "/v1/outbound-webhooks", &webhook);
    let conversation = format!("/v1/conversations/{PARCEL}");
    let message =
        json!({ "channel": "email", "app": "x", "direction": "in", "preview": SECRET, "conversation": PARCEL });
    let made = ask(&mut desk, START_MS, "POST", &format!("{conversation}/messages"), &message).reply.body;
    let id = made.unwrap_or_default()["data"]["id"].as_str().unwrap_or_default().to_owned();
    let change = json!([{ "id": id, "preview": SECRET }]);
    let job = ask(&mut desk, START_MS, "PUT", "/v1/messages/bulk", &change).reply.body.unwrap_or_default();
    let job = format!("/v1/bulk/{}", job["data"]["id"].as_str().unwrap_or_default());
    let now = START_MS + 60_000;
    let told = |desk: &mut Desk| {
        let paths = ["/v1/audit-logs".to_owned(), format!("{conversation}/events"), job.clone(), conversation.clone()];
        paths.map(|path| ask(desk, now, "GET", &path, &Value::Null).reply.body.unwrap_or_default().to_string())
    };
    assert!(told(&mut desk).iter().all(|text| text.contains(SECRET)), "each of them quotes the text");

    let (path, redaction) = (format!("/v1/messages/{id}/redactions"), json!({ "preview": "gone" }));
    let redacted = ask_as("admin", &mut desk, now, "POST", &path, &redaction);
    assert_eq!(redacted.reply.status, 201);
    assert!(told(&mut desk).iter().all(|text| !text.contains(SECRET)));
    let events = deliveries(&mut desk, now);
    assert!(events.len() > 2, "the events of before are still delivered");
    assert!(events.iter().all(|event| !event.to_string().contains(SECRET)));
    desk.lag.miss_last_step();
    let search = json!({ "queryContext": "conversation", "and": [] });
    let found = ask(&mut desk, now, "POST", "/v1/customers/search", &search).reply;
    assert_eq!(found.status, 200);
    assert!(!found.body.unwrap_or_default().to_string().contains(SECRET), "the index forgets it, however late it is");
}
