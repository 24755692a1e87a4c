//! Checks the faults and the evidence over a real port: what a client meets on the wire, and what the log then says.

use serde_json::{Value, json};

use super::{
    RateLimit, faults,
    fixture::{Desk, PARCEL, START_MS},
};

async fn with(spec: &str) -> Desk {
    Desk::start_with(|options| options.faults = faults::parse(spec).expect("rules")).await
}

#[tokio::test]
async fn answers_come_spoilt_in_every_documented_way() {
    let spec = "GET /v1/tags empty n=1; GET /v1/tags duplicate-keys n=1; GET /v1/tags wrong-types n=1; \
                GET /v1/tags huge=2 n=1; GET /v1/tags expired n=1; GET /v1/tags missing-role n=1; GET /v1/tags drip=0 n=1";
    let desk = with(spec).await;
    let get = async || desk.get("/v1/tags").await;
    let empty = get().await;
    assert_eq!((empty.status, empty.text.as_str()), (200, ""));
    let twice = get().await;
    assert!(twice.text.matches(r#""data":"#).count() >= 2 && twice.text.contains(r#""data":null"#), "{}", twice.text);
    assert_eq!(get().await.json()["meta"]["page"], "1");
    let huge = get().await;
    assert!(huge.text.len() > 2 << 20 && huge.text.contains(r#""data":"#));
    let expired = get().await;
    assert_eq!((expired.status, expired.text.contains("Expired token")), (401, true));
    assert_eq!(get().await.status, 403);
    // Chunks on the wire: the framing stands between the pieces.
    let dripped = get().await;
    assert_eq!((dripped.status, dripped.header("transfer-encoding")), (200, Some("chunked")));
    assert!(dripped.text.trim_end().ends_with('0'), "the last chunk closes the body");
}

#[tokio::test]
async fn a_status_after_the_effect_leaves_the_effect_and_one_before_leaves_none() {
    let path = format!("/v1/conversations/{PARCEL}/notes");
    let desk = with("POST ** after-status=502 n=1; POST ** status=504 n=1").await;
    let note = async || desk.call("POST", &path, json!({ "body": "x" })).await.status;
    assert_eq!((note().await, note().await, note().await), (502, 504, 201));
    assert_eq!(desk.get(&path).await.json()["data"].as_array().map(Vec::len), Some(2));
    let log = desk.get("/__sandbox/log?effect=true").await.json();
    let told: Vec<&Value> =
        log["requests"].as_array().expect("entries").iter().map(|entry| &entry["outcome"]).collect();
    assert_eq!(told, ["after-status", "answered"]);
}

#[tokio::test]
async fn clocks_in_the_headers_are_the_desks_and_off_on_demand() {
    let desk = with("GET /v1/teams skew=-3600").await;
    let straight = desk.get("/v1/tags").await;
    assert_eq!(straight.header("date"), Some("Tue, 04 Mar 2025 10:15:00 GMT"));
    let skewed = desk.get("/v1/teams").await;
    assert_eq!(skewed.header("date"), Some("Tue, 04 Mar 2025 09:15:00 GMT"));
    let reset = (START_MS / 1000 + 60 - 3600).to_string();
    assert_eq!(skewed.header("x-ratelimit-reset"), Some(reset.as_str()));
}

#[tokio::test]
async fn the_evidence_says_how_large_how_long_and_never_whose() {
    let desk = with("GET /v1/customers/** delay=250").await;
    let reading = desk.get("/v1/customers/email=mara%40quill.example?note=mara%40quill.example");
    let passing = async {
        // The fault has struck once the request waits.
        while desk.get("/__sandbox/faults").await.json()["struck"] == 0 {
            tokio::task::yield_now().await;
        }
        desk.pass(250);
    };
    let (read, ()) = tokio::join!(reading, passing);
    assert_eq!(read.status, 200);
    desk.call("POST", &format!("/v1/conversations/{PARCEL}/notes"), json!({ "body": "x" })).await;
    let log = desk.get("/__sandbox/log?limit=2").await;
    let entries = log.json()["requests"].clone();
    assert_eq!((&entries[0]["path"], &entries[0]["query"]), (&json!("/v1/customers/email=…"), &json!("note=…")));
    assert_eq!(entries[0]["duration_ms"], 250);
    assert_eq!((&entries[1]["body_bytes"], &entries[1]["effect"]), (&json!(12), &json!(true)));
    assert!(!log.text.contains("quill"));
    let after = desk.get("/__sandbox/log?since=1&effect=false").await.json();
    assert_eq!(after["requests"], json!([]));
}

#[tokio::test]
async fn stats_tell_how_much_of_each_window_was_used() {
    let desk = Desk::start_with(|options| options.rate_limit = Some(RateLimit { requests: 3, window_ms: 600 })).await;
    for _ in 0..4 {
        desk.get("/v1/tags").await;
    }
    desk.pass(600);
    let tags = desk.get("/v1/tags").await;
    assert_eq!(tags.header("x-ratelimit-reset"), Some((START_MS + 1200).to_string().as_str()));
    let stats = desk.get("/__sandbox/stats").await.json();
    let window = |starts: i64, used: u32, finished: bool| json!({ "starts": starts, "length_ms": 600, "used": used, "limit": 3, "finished": finished });
    assert_eq!(stats["windows"], json!([window(START_MS, 3, true), window(START_MS + 600, 1, false)]));
    assert_eq!((&stats["over_budget"], &stats["lanes"]["person"]["too_many"]), (&json!(1), &json!(1)));
}
