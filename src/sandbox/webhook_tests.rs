//! Checks webhooks, audit logs and evidence over real ports: a receiver that knows only the documentation.

use std::sync::{Arc, Mutex};

use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, StatusCode},
    routing::post,
};
use serde_json::{Value, json};
use tokio::{net::TcpListener, sync::mpsc};

use super::{
    faults,
    fixture::{Desk, MARA, PARCEL},
    webhooks::signature,
};

/// What a receiver got.
#[derive(Debug)]
struct Got {
    headers: HeaderMap,
    body: Bytes,
}

impl Got {
    fn json(&self) -> Value {
        serde_json::from_slice(&self.body).expect("an event is JSON")
    }

    fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }
}

/// A receiver that answers with the next of these statuses, 200 when they have run out.
struct Receiver {
    url: String,
    got: mpsc::UnboundedReceiver<Got>,
}

type Answers = (mpsc::UnboundedSender<Got>, Arc<Mutex<Vec<u16>>>);

impl Receiver {
    async fn answering(mut statuses: Vec<u16>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let url = format!("http://{}/hook", listener.local_addr().expect("an address"));
        let (tell, got) = mpsc::unbounded_channel();
        statuses.reverse();
        let app = Router::new().route("/hook", post(receive)).with_state((tell, Arc::new(Mutex::new(statuses))));
        tokio::spawn(async move { drop(axum::serve(listener, app).await) });
        Self { url, got }
    }

    async fn next(&mut self) -> Got {
        self.got.recv().await.expect("the receiver runs")
    }
}

async fn receive(State((tell, statuses)): State<Answers>, headers: HeaderMap, body: Bytes) -> StatusCode {
    let status = statuses.lock().ok().and_then(|mut left| left.pop()).unwrap_or(200);
    let _ = tell.send(Got { headers, body });
    StatusCode::from_u16(status).unwrap_or(StatusCode::OK)
}

async fn register(desk: &Desk, url: &str, events: &[&str]) -> Value {
    let body =
        json!({ "name": "shadow", "url": url, "events": events, "headers": [{ "name": "X-Team", "value": "ops" }] });
    let made = desk.call("POST", "/v1/outbound-webhooks", body).await;
    assert_eq!(made.status, 201, "{}", made.text);
    made.json()["data"].clone()
}

/// The evidence once nothing is on its way and this many tries have ended.
async fn tries(desk: &Desk, count: usize) -> Vec<Value> {
    loop {
        let evidence = desk.get("/__sandbox/webhooks").await.json();
        let tries = evidence["deliveries"].as_array().cloned().unwrap_or_default();
        if tries.len() >= count {
            return tries;
        }
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn an_event_arrives_signed_with_its_changes_and_nothing_in_the_clear() {
    let desk = Desk::start().await;
    let mut receiver = Receiver::answering(vec![]).await;
    let webhook = register(&desk, &receiver.url, &["kustomer.conversation.update", "kustomer.customer.update"]).await;
    let token = webhook["attributes"]["token"].as_str().expect("a secret").to_owned();
    desk.call("PATCH", &format!("/v1/conversations/{PARCEL}"), json!({ "status": "done" })).await;
    let got = receiver.next().await;
    assert_eq!(got.header("x-kustomer-webhook-event"), got.json()["name"]);
    assert_eq!(got.header("x-kustomer-webhook-signature"), signature(&token, &got.body));
    assert_eq!((got.header("content-type"), got.header("x-team")), ("application/json", "ops"));
    let (first, second) = (got.json(), receiver.next().await.json());
    let (customer, conversation) =
        if first["name"] == "kustomer.customer.update" { (first, second) } else { (second, first) };
    assert_eq!(
        conversation["changes"]["attributes"]["status"],
        json!({ "op": "replace", "before": "open", "after": "done" })
    );
    assert_eq!((conversation["client"].as_str(), conversation["dataId"].as_str()), (Some("api-gw"), Some(PARCEL)));
    let read = desk.get(&format!("/v1/conversations/{PARCEL}")).await.json();
    assert_eq!(conversation["data"], read["data"], "what is sent is what a read answers");
    assert_eq!(customer["data"]["attributes"]["emails"][0]["email"]["isMasked"], true);
    assert!(!customer.to_string().contains("mara@quill.example"));
}

#[tokio::test]
async fn a_receiver_that_fails_is_tried_on_schedule_and_then_given_up() {
    let desk = Desk::start().await;
    let mut receiver = Receiver::answering(vec![500; 8]).await;
    let webhook = register(&desk, &receiver.url, &["kustomer.conversation.update"]).await;
    let id = webhook["id"].as_str().expect("an id").to_owned();
    desk.call("PATCH", &format!("/v1/conversations/{PARCEL}"), json!({ "priority": 5 })).await;
    let first = receiver.next().await;
    for (tried, minutes) in (1..).zip([1, 1, 2, 5, 10, 15, 30]) {
        tries(&desk, tried).await;
        desk.call("POST", "/__sandbox/clock", json!({ "advance_ms": minutes * 60_000 })).await;
        assert_eq!(receiver.next().await.body, first.body, "every try sends the same bytes");
    }
    let all = tries(&desk, 8).await;
    assert_eq!(all.iter().filter(|tried| tried["result"] == "failed").count(), 8);
    let path = format!("/v1/outbound-webhooks/{id}");
    let read = desk.get(&path).await.json();
    assert_eq!(read["data"]["attributes"]["enabled"], false);
    assert_eq!(read["data"]["attributes"]["token"], webhook["attributes"]["token"]);
    let log = desk.get(&format!("{path}/transactions?pageSize=1")).await.json();
    assert_eq!((log["data"][0]["attributes"]["attempt"].as_u64(), log["links"]["next"].is_string()), (Some(8), true));
    desk.call("PATCH", &format!("/v1/conversations/{PARCEL}"), json!({ "priority": 4 })).await;
    assert_eq!(desk.get("/__sandbox/webhooks").await.json()["waiting"], 0);
    assert_eq!(desk.send("DELETE", &path, None).await.map(|got| got.status), Some(204));
    assert_eq!(desk.get(&path).await.status, 404);
}

#[tokio::test]
async fn a_receiver_that_says_nothing_is_given_five_seconds_and_a_deaf_one_none() {
    let desk = Desk::start().await;
    let silent = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let url = format!("http://{}/", silent.local_addr().expect("an address"));
    register(&desk, &url, &["kustomer.conversation.update"]).await;
    let path = format!("/v1/conversations/{PARCEL}");
    desk.call("PATCH", &path, json!({ "priority": 5 })).await;
    let (held, _) = silent.accept().await.expect("the desk calls");
    desk.pass(5_000);
    let tried = tries(&desk, 1).await[0].clone();
    assert_eq!((&tried["result"], &tried["status"], &tried["attempt"]), (&json!("timed-out"), &Value::Null, &json!(1)));
    assert_eq!(tried["next"], "2025-03-04T10:16:05.000Z");
    drop((held, silent));
    desk.pass(60_000);
    assert_eq!(tries(&desk, 2).await[1]["result"], "unreachable");
}

#[tokio::test]
async fn events_are_lost_doubled_and_reordered_on_demand() {
    let spec = "* /webhooks/kustomer.conversation.update webhook-lost n=1; \
                * /webhooks/kustomer.conversation.update webhook-duplicate n=1; \
                * /webhooks/kustomer.conversation.update webhook-reorder n=1";
    let desk = Desk::start_with(|options| options.faults = faults::parse(spec).expect("rules")).await;
    let mut receiver = Receiver::answering(vec![]).await;
    register(&desk, &receiver.url, &["kustomer.conversation.update"]).await;
    for priority in [1, 2, 4, 5] {
        desk.call("PATCH", &format!("/v1/conversations/{PARCEL}"), json!({ "priority": priority })).await;
    }
    let priority = |got: &Got| got.json()["data"]["attributes"]["priority"].clone();
    let (twice, again, overtaking) = (receiver.next().await, receiver.next().await, receiver.next().await);
    assert_eq!([&twice, &again, &overtaking].map(priority), [2, 2, 5].map(Value::from));
    assert_eq!(twice.body, again.body);
    desk.call("POST", "/__sandbox/clock", json!({ "advance_ms": 5_000 })).await;
    assert_eq!(priority(&receiver.next().await), 4);
    assert_eq!(tries(&desk, 5).await.iter().filter(|tried| tried["result"] == "lost").count(), 1);
}

#[tokio::test]
async fn what_happens_by_itself_is_told_though_nobody_asks_the_desk_anything() {
    let desk = Desk::start().await;
    let mut receiver = Receiver::answering(vec![]).await;
    register(&desk, &receiver.url, &["kustomer.conversation.update"]).await;
    let body = json!({ "status": "snoozed", "snooze": { "status": "scheduled", "time": "2025-03-04T10:20:00.000Z" } });
    desk.call("PATCH", &format!("/v1/conversations/{PARCEL}"), body).await;
    assert_eq!(receiver.next().await.json()["data"]["attributes"]["status"], "snoozed");
    desk.pass(5 * 60_000);
    let woken = receiver.next().await.json();
    assert_eq!(
        (woken["data"]["attributes"]["status"].as_str(), woken["client"].as_str()),
        (Some("open"), Some("scheduler"))
    );
    assert_eq!(woken["createdAt"], "2025-03-04T10:20:00.000Z");
}

#[tokio::test]
async fn webhooks_are_five_and_their_addresses_and_roles_are_checked() {
    let mut desk = Desk::start().await;
    let make = async |desk: &Desk, url: &str, event: &str| {
        desk.call("POST", "/v1/outbound-webhooks", json!({ "name": "n", "url": url, "events": [event] })).await.status
    };
    let event = "kustomer.tag.create";
    assert_eq!(make(&desk, "http://hooks.example/x", event).await, 400);
    assert_eq!(make(&desk, &format!("https://hooks.example/{}", "x".repeat(255)), event).await, 400);
    assert_eq!(make(&desk, "https://hooks.example/x", "kustomer.customer.delete").await, 400);
    for _ in 0..5 {
        assert_eq!(make(&desk, "https://hooks.example/x", event).await, 201);
    }
    assert_eq!(make(&desk, "https://hooks.example/x", event).await, 400);
    let events = desk.get("/v1/outbound-webhooks/events").await.json();
    assert_eq!(events["events"].as_array().map(Vec::len), Some(12));
    desk.use_key("read-only").await;
    assert_eq!(make(&desk, "https://hooks.example/x", event).await, 403);
}

#[tokio::test]
async fn the_audit_log_is_walked_by_cursors_both_ways_and_filtered() {
    let mut desk = Desk::start().await;
    for priority in [1, 2, 4, 5, 1] {
        desk.call("PATCH", &format!("/v1/conversations/{PARCEL}"), json!({ "priority": priority })).await;
        desk.pass(1000);
    }
    let only = format!("filter[objectType]=conversation&filter[objectId]={PARCEL}");
    let all = desk.get(&format!("/v1/audit-logs?{only}")).await.json();
    let ids = |page: &Value| {
        let rows = page["data"].as_array().cloned().unwrap_or_default();
        rows.iter().map(|row| row["id"].as_str().unwrap_or_default().to_owned()).collect::<Vec<_>>()
    };
    let newest_first = ids(&all);
    assert_eq!((newest_first.len(), all["meta"]["total"].as_u64()), (5, Some(5)));
    assert!(newest_first.is_sorted_by(|a, b| a > b));
    assert_eq!(all["data"][0]["attributes"]["changes"]["attributes"]["priority"]["before"], 5);
    assert_eq!(all["data"][0]["attributes"]["userType"], "machine");
    let (mut back, mut link) = (Vec::new(), json!(format!("/v1/audit-logs?count=2&{only}")));
    while let Some(path) = link.as_str() {
        let page = desk.get(path).await.json();
        back.extend(ids(&page));
        link = page["links"]["next"].clone();
    }
    assert_eq!(back, newest_first);
    let mut forward = vec![newest_first[4].clone()];
    loop {
        let last = forward.last().cloned().expect("at least one");
        let page = ids(&desk.get(&format!("/v1/audit-logs?count=2&after={last}&{only}")).await.json());
        if page.is_empty() {
            break;
        }
        forward.extend(page.into_iter().rev());
    }
    forward.reverse();
    assert_eq!(forward, newest_first);
    let customers = desk.get(&format!("/v1/audit-logs?filter[objectType]=customer&filter[objectId]={MARA}")).await;
    assert!(!customers.text.contains("mara@quill.example") && customers.json()["meta"]["total"] != 0);
    for wrong in
        ["count=1001", "count=0", "before=x", "filter[objectId]=66a1f0c2b7d4e9001c3a5f10", "filter[objectType]=note"]
    {
        assert_eq!(desk.get(&format!("/v1/audit-logs?{wrong}")).await.status, 400, "{wrong}");
    }
    desk.call("POST", "/__sandbox/clock", json!({ "advance_ms": 366_i64 * 24 * 3_600_000 })).await;
    // The main key does not live that long.
    desk.use_key("admin").await;
    assert_eq!(desk.get("/v1/audit-logs").await.json()["data"], json!([]));
}
