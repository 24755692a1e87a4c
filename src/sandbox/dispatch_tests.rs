//! Throws requests at every operation: whatever comes in, the desk answers in its own form and within its own rules.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::{
    desk::Desk,
    dispatch::{Incoming, dispatch},
    faults::Faults,
    fixture::{AGENT, LOCKED, MARA, PARCEL, QUEUE, START_MS, docs},
    limits::{Limits, RateLimit},
    mint, table,
};

fn desk() -> Desk {
    let plenty = RateLimit::per_seconds(1_000_000, 60);
    Desk::new(docs(), 1, Limits::new(plenty, plenty), Faults::new(Vec::new(), 1), START_MS)
}

/// Values a hostile or careless client might send: right words in wrong places.
fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i32>().prop_map(Value::from),
        prop::sample::select(vec![
            MARA,
            LOCKED,
            PARCEL,
            AGENT,
            QUEUE,
            "email",
            "open",
            "snoozed",
            "done",
            "scheduled",
            "in",
            "a@b.example",
            "",
            "2025-03-04T10:16:00Z"
        ])
        .prop_map(Value::from),
        "\\PC{0,8}".prop_map(Value::from),
    ];
    let name = prop::sample::select(vec![
        "name",
        "customer",
        "conversation",
        "channel",
        "app",
        "direction",
        "preview",
        "body",
        "title",
        "custom",
        "tags",
        "status",
        "snooze",
        "time",
        "emails",
        "email",
        "externalId",
        "rev",
        "sendAt",
        "scheduled",
        "queue",
        "id",
        "and",
        "queryContext",
        "priority",
        "sort",
        "_clientRef",
        "conversation_status",
        "equals",
        "billingIdStr",
        "to",
        "meta",
        "assignedUsers",
        "isMasked",
        "properties",
        "company",
    ]);
    leaf.prop_recursive(4, 40, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::btree_map(name.clone().prop_map(str::to_owned), inner, 0..6).prop_map(|map| json!(map)),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn every_operation_answers_every_body(bodies in prop::collection::vec(value(), 1..8), query in "[a-zA-Z&=0-9]{0,12}", step in 0_i64..100_000) {
        let mut desk = desk();
        let authorization = format!("Bearer {}", mint::api_key(1, "main"));
        let mut now = START_MS;
        // Deleting the token under which we ask would end the test, not the rule.
        for (method, path) in table::all().filter(|asked| *asked != ("DELETE", "/v1/auth/tokens/current")) {
            for body in &bodies {
                let path = path
                    .replace("customers/{id}", &format!("customers/{MARA}"))
                    .replace("conversations/{id}", &format!("conversations/{PARCEL}"))
                    .replace("klasses/{name}", "klasses/order")
                    .replace(['{', '}'], "");
                now += step;
                let text = body.to_string();
                let incoming = Incoming { method, path: &path, query: &query, authorization: Some(&authorization), host: None, content_type: None, body: text.as_bytes() };
                let outcome = dispatch(&mut desk, &incoming, now);
                let reply = &outcome.reply;
                prop_assert!([200, 201, 204, 400, 403, 404, 409, 429].contains(&reply.status), "{method} {path}: {}", reply.status);
                prop_assert_eq!(reply.body.is_none(), reply.status == 204);
                let is_refusal = reply.body.as_ref().is_some_and(|body| body.get("errors").is_some() && body.get("data").is_none());
                prop_assert_eq!(is_refusal, reply.status >= 400, "{} {}", method, path);
                prop_assert!(reply.status < 400 || !outcome.effect, "a refused request changed the world: {method} {path} {body}");
            }
        }
    }
}
