//! Checks through whole requests what a search can reach: the archive, the late index, a part of the attributes.

use serde_json::{Value, json};

use super::{
    super::{
        desk::Desk,
        dispatch::{Incoming, dispatch},
        faults::Faults,
        fixture::{MARA, PARCEL, START_MS, docs},
        limits::{Limits, RateLimit},
        mint,
        world::World,
    },
    Lag,
};

const DAY_MS: i64 = 24 * 3_600_000;

fn desk(late_ms: u64) -> Desk {
    let plenty = RateLimit::per_seconds(1_000_000, 60);
    let desk = Desk::new(
        World::new(docs(), mint::Mint::new(1)),
        1,
        Limits::new(plenty, plenty),
        Faults::new(Vec::new(), 1),
        START_MS,
    );
    Desk { lag: Lag::new(late_ms), ..desk }
}

fn ask(desk: &mut Desk, now: i64, method: &str, path: &str, body: &Value) -> (u16, Value) {
    let bearer = format!("Bearer {}", mint::api_key(1, "admin"));
    let body = if body.is_null() { String::new() } else { body.to_string() };
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let incoming = Incoming {
        method,
        path,
        query,
        authorization: Some(&bearer),
        content_type: None,
        host: None,
        body: body.as_bytes(),
    };
    let reply = dispatch(desk, &incoming, now).reply;
    (reply.status, reply.body.unwrap_or_default())
}

fn found(desk: &mut Desk, now: i64, path: &str, body: &Value) -> Vec<String> {
    let (status, answer) = ask(desk, now, "POST", path, body);
    assert_eq!(status, 200, "{answer}");
    let ids = answer["data"].as_array().into_iter().flatten().filter_map(|row| row["id"].as_str());
    ids.map(str::to_owned).collect()
}

fn open(desk: &mut Desk, now: i64) -> Vec<String> {
    let open = json!({ "queryContext": "conversation", "and": [{ "conversation_status": { "equals": "open" } }] });
    found(desk, now, "/v1/customers/search", &open)
}

#[test]
fn a_late_index_sees_every_record_as_it_was() {
    let desk = &mut desk(30_000);
    let at = START_MS + 1_000;
    let (status, made) = ask(desk, at, "POST", "/v1/conversations", &json!({ "customer": MARA, "status": "open" }));
    assert_eq!(status, 201, "{made}");
    let new = made["data"]["id"].as_str().expect("an id").to_owned();
    let (status, _) =
        ask(desk, at, "PATCH", &format!("/v1/conversations/{PARCEL}"), &json!({ "status": "done", "name": "Closed" }));
    assert_eq!(status, 200);

    let by_new_name =
        json!({ "queryContext": "conversation", "and": [{ "conversation_name": { "equals": "closed" } }] });
    let joined = json!({ "and": [{ "conversation_status": { "equals": "done" } }] });
    let late = at + 29_999;
    assert_eq!(open(desk, late), [PARCEL], "the new one is not found, the changed one is as it was");
    assert_eq!(found(desk, late, "/v1/customers/search", &by_new_name), Vec::<String>::new());
    assert_eq!(found(desk, late, "/v1/customers/search", &joined), Vec::<String>::new());
    let (_, row) = ask(desk, late, "POST", "/v1/customers/search", &json!({ "queryContext": "conversation" }));
    assert_eq!(row["data"][0]["attributes"]["status"], "open", "answered with its old self");
    let (_, read) = ask(desk, late, "GET", &format!("/v1/conversations/{PARCEL}"), &Value::Null);
    assert_eq!(read["data"]["attributes"]["status"], "done", "reading by id is never late");

    let caught_up = at + 30_000;
    assert_eq!(open(desk, caught_up), [new.as_str()]);
    assert_eq!(found(desk, caught_up, "/v1/customers/search", &by_new_name), [PARCEL]);
    assert_eq!(found(desk, caught_up, "/v1/customers/search", &joined), [MARA]);
}

#[test]
fn a_late_index_still_finds_what_was_deleted() {
    let desk = &mut desk(30_000);
    let (status, _) = ask(desk, START_MS, "DELETE", &format!("/v1/conversations/{PARCEL}"), &Value::Null);
    assert_eq!(status, 204);
    assert_eq!(open(desk, START_MS + 1), [PARCEL]);
    assert_eq!(open(desk, START_MS + 30_000), Vec::<String>::new());
}

#[test]
fn a_record_is_in_the_standard_search_or_in_the_archive() {
    let desk = &mut desk(0);
    let long_ago =
        json!({ "name": "Old Hand", "createdAt": "2021-05-01T00:00:00Z", "importedAt": "2021-05-02T00:00:00Z" });
    let (status, made) = ask(desk, START_MS, "POST", "/v1/customers", &long_ago);
    assert_eq!(status, 201, "{made}");
    let old = made["data"]["id"].as_str().expect("an id").to_owned();
    let everything = json!({ "queryContext": "customer" });
    let standard = found(desk, START_MS, "/v1/customers/search", &everything);
    assert!(standard.iter().any(|id| id == MARA) && !standard.contains(&old));
    assert_eq!(found(desk, START_MS, "/v1/customers/archive/search", &everything), [old.as_str()]);

    let (status, _) = ask(desk, START_MS, "PATCH", &format!("/v1/customers/{old}"), &json!({ "name": "Old Hand II" }));
    assert_eq!(status, 200);
    assert!(found(desk, START_MS, "/v1/customers/search", &everything).contains(&old), "a change brings it back");
    let later = START_MS + 3 * 365 * DAY_MS;
    assert_eq!(found(desk, later, "/v1/customers/search", &everything), Vec::<String>::new());
    let words = json!({ "queryContext": "customer", "and": [{ "customer_any_text_new": { "contains": "mara" } }],
        "sort": { "customer_updated_at": "desc" } });
    assert_eq!(found(desk, later, "/v1/customers/archive/search", &words), [MARA]);
}

#[test]
fn the_archive_knows_its_own_names_only() {
    let desk = &mut desk(0);
    let mut status = |body: Value| ask(desk, START_MS, "POST", "/v1/customers/archive/search", &body).0;
    for (taken, body) in [
        (true, json!({ "queryContext": "kobject_order", "and": [{ "kobject_order_company_id": { "equals": MARA } }] })),
        (true, json!({ "queryContext": "conversation", "and": [{ "conversation_id": { "equals": PARCEL } }] })),
        (true, json!({ "queryContext": "kobject", "sort": [{ "kobject_order_created_at": "asc" }] })),
        (false, json!({ "queryContext": "note" })),
        (false, json!({ "and": [{ "customer_any_text": { "contains": "x" } }] })),
        (false, json!({ "and": [{ "customer_name": { "equals": "x" } }] })),
        (false, json!({ "sort": [{ "customer_id": "asc" }] })),
        (false, json!({ "fields": [] })),
        (false, json!({ "searchHash": "x" })),
    ] {
        assert_eq!(status(body.clone()) == 200, taken, "{body}");
    }
}

#[test]
fn fields_cut_the_attributes_down_and_counts_are_over_everything() {
    let desk = &mut desk(0);
    let body = json!({ "queryContext": "conversation", "fields": ["conversation_status", { "name": "priority" }],
        "aggs": { "states": { "terms": { "field": "conversation_status" } },
                  "urgent": { "max": { "field": "conversation_priority" } } } });
    let (status, answer) = ask(desk, START_MS, "POST", "/v1/customers/search?pageSize=1", &body);
    assert_eq!(status, 200, "{answer}");
    assert_eq!(answer["data"][0]["attributes"], json!({ "status": "open", "priority": 3 }));
    let counted = json!({ "states": { "buckets": [{ "key": "open", "doc_count": 1 }] }, "urgent": { "value": 3.0 } });
    assert_eq!(answer["meta"]["aggregations"], counted);
    for field in ["customer_email", "customer_custom_billingIdStr", "customer_name"] {
        let leak = json!({ "aggs": { "a": { "terms": { "field": field } } } });
        assert_eq!(ask(desk, START_MS, "POST", "/v1/customers/search", &leak).0, 400, "{field}");
    }
}
