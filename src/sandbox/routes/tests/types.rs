//! Klasses, metadata, `KObjects` (Kustomer API reference 7.2, 18).

use serde_json::{Value, json};

use super::{id_of, pointer};
use crate::sandbox::fixture::{MARA, Trial};

#[test]
fn a_klass_comes_with_metadata_and_goes_only_when_empty() {
    let mut trial = Trial::new();
    for name in ["", "two words", "66a1f0c2b7d4e9001c3a5f10", "naïve"] {
        assert_eq!(trial.ask("POST", "/v1/klasses", json!({ "name": name })).0, 400, "{name}");
    }
    let (status, made) = trial.ask("POST", "/v1/klasses", json!({ "name": "gift_card", "icon": "card" }));
    assert_eq!((status, &made["data"]["attributes"]["displayName"]), (200, &json!("Gift Card")));
    assert_eq!(made["data"]["relationships"]["kobjects"]["links"]["self"], "/v1/klasses/gift_card");
    assert_eq!(trial.ask("POST", "/v1/klasses", json!({ "name": "gift_card" })).0, 409);
    assert_eq!(trial.get("/v1/metadata/kobject.gift_card")["attributes"]["properties"], json!({}));
    let path = format!("/v1/klasses/{}", id_of(&made));
    let (status, answer) = trial.ask("PUT", &path, json!({ "name": "voucher" }));
    assert_eq!((status, pointer(&answer)), (400, "name"), "names stay");
    let (status, record) = trial.ask("POST", "/v1/klasses/gift_card", json!({ "title": "50" }));
    assert_eq!((status, &record["data"]["type"]), (201, &json!("kobject.gift_card")));
    assert_eq!(trial.ask("DELETE", &path, Value::Null).0, 409);
    assert_eq!(trial.ask("DELETE", &format!("/v1/klasses/gift_card/{}", id_of(&record)), Value::Null).0, 204);
    assert_eq!(trial.ask("DELETE", &path, Value::Null).0, 204);
    assert_eq!(trial.ask("GET", "/v1/klasses/gift_card", Value::Null).0, 404);
    assert_eq!(trial.ask("GET", "/v1/metadata/kobject.gift_card", Value::Null).0, 404);
}

#[test]
fn klasses_are_listed_by_status_and_only_enabled_ones_take_records() {
    let mut trial = Trial::new();
    let (_, made) = trial.ask("POST", "/v1/klasses", json!({ "name": "task", "klassSchema": "task" }));
    let (_, record) = trial.ask("POST", "/v1/klasses/task", json!({ "title": "Call back" }));
    assert_eq!(record["data"]["attributes"]["status"], "open", "records of a task klass are tasks");
    trial.ask("PUT", &format!("/v1/klasses/{}", id_of(&made)), json!({ "status": "disabled" }));
    assert_eq!(trial.get("/v1/klasses").as_array().map(Vec::len), Some(1));
    assert_eq!(trial.get("/v1/klasses?status=disabled").as_array().map(Vec::len), Some(1));
    assert_eq!(trial.ask("GET", "/v1/klasses?status=broken", Value::Null).0, 400);
    assert_eq!(trial.ask("POST", "/v1/klasses/task", json!({ "title": "x" })).0, 400);
}

#[test]
fn free_data_is_answered_by_its_url_only() {
    let mut trial = Trial::new();
    let data = json!({ "raw": [1, 2, { "deep": true }] });
    let path = format!("/v1/customers/{MARA}/klasses/order");
    let (_, made) = trial.ask("POST", &path, json!({ "title": "T", "data": data }));
    assert_eq!(made["data"]["attributes"].get("data"), None);
    let url = made["data"]["attributes"]["s3DataUrl"].as_str().expect("a URL").to_owned();
    let down = trial.send("GET", &url, None, b"");
    let bytes = down.file.map(|(_, bytes)| bytes).unwrap_or_default();
    assert_eq!(serde_json::from_slice::<Value>(&bytes).ok(), Some(data));
}

#[test]
fn metadata_has_limits_titles_and_is_there_for_every_resource() {
    let mut trial = Trial::new();
    assert_eq!(trial.ask("GET", "/v1/metadata/message", Value::Null).0, 200);
    assert_eq!(trial.ask("GET", "/v1/metadata/kobject.unknown", Value::Null).0, 404);
    let put = |trial: &mut Trial, body: Value| trial.ask("PUT", "/v1/metadata/message", body);
    let many = |count: usize, suffix: &str| {
        let names = (0..count).map(|number| (format!("a{number}{suffix}"), json!({})));
        Value::Object(names.collect())
    };
    assert_eq!(put(&mut trial, json!({ "properties": many(100, "Str") })).0, 200);
    assert_eq!(put(&mut trial, json!({ "properties": many(101, "Str") })).0, 400);
    assert_eq!(put(&mut trial, json!({ "standardProperties": many(21, "") })).0, 400);
    assert_eq!(put(&mut trial, json!({ "validations": vec![MARA; 11] })).0, 400);
    assert_eq!(put(&mut trial, json!({ "something": {} })).0, 400);
    let (_, answer) = put(&mut trial, json!({ "properties": { "noSuffix": {} } }));
    assert_eq!(pointer(&answer), "properties/noSuffix");
    let (_, answer) = put(&mut trial, json!({ "properties": { "totalOrdersNum": { "type": "string" } } }));
    let property = &answer["data"]["attributes"]["properties"]["totalOrdersNum"];
    assert_eq!((&property["type"], &property["displayName"]), (&json!("number"), &json!("Total Orders")));
}
