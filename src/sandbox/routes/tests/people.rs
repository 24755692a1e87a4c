//! Companies, merges, sessions (Kustomer API reference 8, 19).

use serde_json::{Value, json};

use super::{id_of, pointer};
use crate::sandbox::{
    fixture::{LOCKED, MARA, PARCEL, START_MS, Trial},
    records::merges::TAKES_MS,
    seed,
};

fn company(trial: &mut Trial, body: Value) -> String {
    let (status, answer) = trial.ask("POST", "/v1/companies", body);
    assert_eq!(status, 201, "{answer}");
    id_of(&answer)
}

#[test]
fn companies_are_made_changed_and_deleted_by_an_attribute() {
    let mut trial = Trial::new();
    let (status, answer) = trial.ask("POST", "/v1/companies", json!({ "name": "Ac" }));
    assert_eq!((status, pointer(&answer)), (400, "name"), "a name has at least 3 characters");
    let id =
        company(&mut trial, json!({ "name": "Acme", "externalId": "A-1", "domains": [{ "domain": "acme.example" }] }));
    let path = format!("/v1/companies/{id}");
    assert_eq!(trial.ask("POST", "/v1/companies", json!({ "name": "Other", "externalId": "A-1" })).0, 409);
    assert_eq!(trial.ask("PATCH", &path, json!({ "name": "Acme B" })).0, 404, "there is no PATCH");
    assert_eq!(trial.ask("DELETE", &path, Value::Null).0, 404, "there is no DELETE");
    assert_eq!(trial.ask("PUT", &path, json!({ "rev": 7 })).0, 409, "a stale revision");
    trial.ask("PATCH", &format!("/v1/customers/{MARA}"), json!({ "company": id }));
    assert_eq!(trial.ask("PUT", &path, json!({ "name": "Acme B", "rev": 1 })).0, 200);
    assert_eq!(trial.get(&format!("/v1/customers/{MARA}"))["attributes"]["companyName"], "Acme B");
    trial.ask("PATCH", &format!("/v1/customers/{MARA}"), json!({ "gender": null }));
    let unlinked = trial.get(&format!("/v1/customers/{MARA}"));
    assert_eq!(unlinked["relationships"].get("company"), None, "leaving the company out unlinks it");
    assert_eq!(trial.ask("PUT", &path, json!({ "deleted": true })).0, 200);
    assert_eq!(trial.ask("GET", &path, Value::Null).0, 404);
    assert_eq!(trial.ask("PUT", &path, json!({ "deleted": null })).0, 200);
}

#[test]
fn companies_are_found_by_either_filter_and_both_are_ignored_together() {
    let mut trial = Trial::new();
    company(&mut trial, json!({ "name": "Acme North", "externalId": "A-1" }));
    company(&mut trial, json!({ "name": "Brown & Sons", "externalId": "B-1" }));
    let mut count = |query: &str| trial.get(&format!("/v1/companies?{query}")).as_array().map_or(0, Vec::len);
    let counts = ["filter=acme", "externalId=B-1", "extenalId=B-1", "externalId=none", "filter=acme&externalId=B-1"]
        .map(&mut count);
    assert_eq!(counts, [1, 1, 1, 0, 2]);
}

#[test]
fn kobjects_of_a_company_and_companies_in_bulk() {
    let mut trial = Trial::new();
    let id = company(&mut trial, json!({ "name": "Acme" }));
    let (status, _) = trial.ask("POST", "/v1/klasses/order", json!({ "title": "T", "company": id }));
    assert_eq!(status, 201);
    assert_eq!(trial.get(&format!("/v1/companies/{id}/klasses/order")).as_array().map(Vec::len), Some(1));
    let unknown = json!({ "title": "T", "company": "66a1f0c2b7d4e9001c3affff" });
    assert_eq!(trial.ask("POST", "/v1/klasses/order", unknown).0, 400);
    let items = json!([{ "_clientRef": "1", "name": "One Ltd" }, { "_clientRef": "2", "name": "x" }]);
    let (status, job) = trial.ask("POST", "/v1/companies/bulk", items);
    assert_eq!((status, &job["data"]["attributes"]["context"]), (201, &json!("api.sobjects.companies.bulk-create")));
    trial.now += 5_000;
    let batches = trial.get(&format!("/v1/bulk/{}/batches", id_of(&job)));
    let statuses: Vec<&Value> = (0..2).map(|item| &batches[0]["results"][item]["status"]).collect();
    assert_eq!(statuses, [&json!("created"), &json!("error")]);
}

#[test]
fn a_merge_runs_for_a_while_then_everything_is_the_targets() {
    let mut trial = Trial::new();
    let (_, other) = trial.ask(
        "POST",
        "/v1/customers",
        json!({ "name": "M. Quill", "externalId": "OLD-1", "emails": [{ "email": "m@old.example" }],
            "username": "mq", "custom": { "tierStr": "gold", "billingIdStr": "BIL-1" }, "createdAt": "2020-01-01T00:00:00Z" }),
    );
    let other = id_of(&other);
    let (status, merge) = trial.ask("POST", "/v1/customers/merges", json!({ "source": MARA, "target": other }));
    assert_eq!((status, &merge["data"]["attributes"]["status"]), (201, &json!("running")));
    let path = format!("/v1/customers/merges/{}", id_of(&merge));
    for customer in [MARA, &other] {
        assert_eq!(trial.ask("PATCH", &format!("/v1/customers/{customer}"), json!({})).0, 409, "locked while it runs");
    }
    trial.now += TAKES_MS;
    assert_eq!(trial.get(&path)["attributes"]["status"], "complete");
    assert_eq!(trial.ask("GET", &format!("/v1/customers/{MARA}"), Value::Null).0, 404, "the source is gone");
    trial.ask("POST", &format!("/v1/customers/{other}/unmasking-windows"), Value::Null);
    let target = trial.get(&format!("/v1/customers/{other}"))["attributes"].take();
    let emails: Vec<&Value> = target["emails"].as_array().expect("emails").iter().map(|item| &item["email"]).collect();
    assert_eq!(emails, [&json!("m@old.example"), &json!("mara@quill.example")], "addresses are united");
    assert_eq!((&target["name"], &target["externalId"]), (&json!("M. Quill"), &json!("OLD-1")), "the target wins");
    assert_eq!(target["custom"], json!({ "tierStr": "gold", "billingIdStr": "BIL-1" }), "custom: the target wins");
    assert_eq!(target["createdAt"], "2020-01-01T00:00:00.000Z", "the oldest wins");
    assert_eq!(target["conversationCounts"]["all"], 1, "counts are summed");
    let moved = trial.get(&format!("/v1/conversations/{PARCEL}"));
    assert_eq!(moved["relationships"]["customer"]["data"]["id"], other.as_str());
    let found = trial.get("/v1/customers/email=mara%40quill.example");
    assert_eq!(found["id"], other.as_str());
    for customer in [MARA, &other] {
        assert_eq!(trial.get(&format!("/v1/customers/{customer}/merges")).as_array().map(Vec::len), Some(1));
    }
    assert_eq!(trial.ask("PATCH", &format!("/v1/customers/{other}"), json!({})).0, 200, "unlocked again");
}

#[test]
fn a_merge_wants_two_free_customers() {
    let mut trial = Trial::new();
    let mut merge = |source: &str, target: &str| {
        trial.ask("POST", "/v1/customers/merges", json!({ "source": source, "target": target })).0
    };
    assert_eq!(merge(MARA, MARA), 400);
    assert_eq!(merge(MARA, "66a1f0c2b7d4e9001c3affff"), 400);
    assert_eq!(merge(MARA, LOCKED), 409);
}

#[test]
fn sessions_have_events_and_the_deprecated_list_is_gone() {
    let mut trial = Trial::with(seed::generate(&seed::Plan { seed: 1, customers: 6, now_ms: START_MS }));
    let (_, customers) = trial.ask("GET", "/v1/customers", Value::Null);
    let customers = customers["data"].as_array().cloned().expect("a list");
    let mut ids = customers.iter().filter_map(|customer| customer["id"].as_str());
    let seen =
        ids.find(|id| trial.get(&format!("/v1/customers/{id}/sessions")) != json!([])).expect("somebody was seen");
    let session = trial.get(&format!("/v1/customers/{seen}/sessions"))[0]["id"].as_str().expect("an id").to_owned();
    let events = trial.get(&format!("/v1/customers/{seen}/sessions/{session}/events"));
    let event = events[0]["id"].as_str().expect("an event").to_owned();
    assert_eq!(trial.get(&format!("/v1/customers/{seen}/events/{event}"))["id"], event.as_str());
    assert_eq!(trial.ask("GET", &format!("/v1/customers/{seen}/sessions/{event}/events"), Value::Null).0, 404);
    assert_eq!(trial.ask("GET", &format!("/v1/customers/{seen}/events"), Value::Null).0, 404);
    assert!(trial.get("/v1/satisfaction").as_array().is_some_and(|forms| forms.len() >= 2));
    assert!(trial.get("/v1/outboundAccounts").as_array().is_some_and(|accounts| accounts.len() >= 3));
}
