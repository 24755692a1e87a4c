//! Checks the desk over its real port: what a client that knows only the documentation would see.

use serde_json::{Value, json};

use super::{
    RateLimit, faults,
    fixture::{self, AGENT, Desk, LOCKED, MARA, PARCEL, QUEUE, START_MS},
    seed,
};

fn notes_of(path: &str) -> String {
    format!("/v1/conversations/{path}/notes")
}

#[tokio::test]
async fn the_ready_line_says_where_everything_is() {
    let desk = Desk::start().await;
    let ready = serde_json::to_value(desk.running.ready()).expect("a line");
    let base = format!("http://{}", desk.running.addr);
    assert_eq!(ready["kustomer"], base.as_str());
    assert_eq!(ready["openai"], format!("{base}/openai/v1"));
    assert!(ready["api_key"].as_str().is_some_and(|key| key.starts_with("eyJ")));
    let me = desk.get("/v1/users/current").await;
    assert_eq!((me.status, me.json()["data"]["id"].as_str()), (200, Some(seed::ids::MACHINE_USER)));
    assert!(me.header("server").is_some_and(|name| name.starts_with("shiftdeck-sandbox/")));
    assert_eq!(me.header("x-ratelimit-limit"), Some("1000"));
    assert_eq!(me.header("x-ratelimit-reset"), Some((START_MS / 1000 + 60).to_string().as_str()));
    desk.running.shutdown().await;
}

#[tokio::test]
async fn keys_open_what_their_roles_allow() {
    let mut desk = Desk::start().await;
    let search = json!({ "queryContext": "customer" });
    desk.use_key("read-only").await;
    assert_eq!(desk.get(&format!("/v1/customers/{MARA}")).await.status, 200);
    assert_eq!(desk.call("PATCH", &format!("/v1/customers/{MARA}"), json!({})).await.status, 403);
    assert_eq!(desk.call("POST", &notes_of(PARCEL), json!({ "body": "x" })).await.status, 403);
    desk.use_key("no-search").await;
    assert_eq!(desk.call("POST", "/v1/customers/search", search.clone()).await.status, 403);
    desk.use_key("no-bulk").await;
    assert_eq!(desk.get("/v1/bulk/66a1f500b7d4e9001c3aa001").await.status, 403);
    assert_eq!(desk.call("POST", "/v1/customers/search", search).await.status, 200);
}

#[tokio::test]
async fn errors_come_in_both_documented_shapes() {
    let desk = Desk::start().await;
    let missing = desk.get("/v1/conversations/66a1f1d9b7d4e9001c3affff").await;
    assert_eq!((missing.status, missing.json()["errors"][0]["title"].as_str()), (404, Some("Conversation not found")));
    let invalid = desk.call("PATCH", &format!("/v1/conversations/{PARCEL}"), json!({ "priority": 9 })).await;
    assert_eq!(invalid.status, 400);
    assert_eq!(invalid.json()["errors"][0]["source"]["pointer"], "/data/attributes/priority");
    assert_eq!(desk.get(&format!("/v1/customers/{MARA}/events")).await.status, 404);
    let stale = desk.call("PATCH", &format!("/v1/conversations/{PARCEL}"), json!({ "rev": 0, "priority": 4 })).await;
    assert_eq!(stale.status, 409);
    let mixed =
        desk.call("PATCH", &format!("/v1/conversations/{PARCEL}"), json!({ "customer": MARA, "priority": 4 })).await;
    assert_eq!(mixed.status, 400);
}

#[tokio::test]
async fn sensitive_values_show_only_while_the_window_is_open() {
    let desk = Desk::start().await;
    let path = format!("/v1/customers/{MARA}");
    let masked = |text: &str| json!({ "isMasked": true, "maskedPresentation": text });
    let seen = |body: &Value| {
        let attributes = &body["data"]["attributes"];
        json!([
            attributes["emails"][0]["email"],
            attributes["phones"][0]["phone"],
            attributes["custom"]["billingIdStr"]
        ])
    };
    let hidden = json!([masked("****@quill.example"), masked("****1122"), masked("****8899")]);
    let clear = json!(["mara@quill.example", "+4915550001122", "BIL-778899"]);
    assert_eq!(seen(&desk.get(&path).await.json()), hidden);
    let opened = desk.call("POST", &format!("{path}/unmasking-windows"), Value::Null).await;
    assert_eq!((opened.status, seen(&opened.json())), (201, clear.clone()));
    assert_eq!(opened.json()["data"]["attributes"]["unmaskingWindow"]["endDate"], "2025-03-05T10:15:00.000Z");
    assert_eq!(seen(&desk.get(&path).await.json()), clear);
    assert_eq!(desk.send("DELETE", &format!("{path}/unmasking-windows"), None).await.map(|got| got.status), Some(204));
    assert_eq!(seen(&desk.get(&path).await.json()), hidden);
    desk.call("POST", &format!("{path}/unmasking-windows"), Value::Null).await;
    desk.call("POST", "/__sandbox/clock", json!({ "advance_ms": 24 * 3_600_000 })).await;
    assert_eq!(seen(&desk.get(&path).await.json()), hidden);
    let written = desk.call("PATCH", &path, json!({ "phones": [{ "phone": masked("****1122") }] })).await;
    assert_eq!(written.status, 400);
    let mut desk = desk;
    desk.use_key("unmasked").await;
    assert_eq!(seen(&desk.get(&path).await.json()), clear);
}

#[tokio::test]
async fn masked_customers_are_found_by_their_real_addresses() {
    let desk = Desk::start().await;
    for path in ["email=MARA%40quill.example", "phone=%2B4915550001122", "externalId=USR-555"] {
        assert_eq!(desk.get(&format!("/v1/customers/{path}")).await.json()["data"]["id"], MARA, "{path}");
    }
    let body = json!({ "queryContext": "customer", "and": [{ "customer_email": { "contains": "quill.example" } }] });
    let found = desk.call("POST", "/v1/customers/search?page=1&pageSize=500", body).await.json();
    assert_eq!((found["meta"]["total"].as_u64(), found["data"][0]["id"].as_str()), (Some(1), Some(MARA)));
    assert_eq!(found["data"][0]["attributes"]["emails"][0]["email"]["isMasked"], true);
    assert_eq!(desk.call("POST", "/v1/customers/search?page=101", json!({})).await.status, 400);
}

#[tokio::test]
async fn a_message_reopens_counts_previews_and_starts_the_clock() {
    let desk = Desk::start().await;
    let path = format!("/v1/conversations/{PARCEL}");
    assert_eq!(
        desk.call("PATCH", &path, json!({ "status": "done" })).await.json()["data"]["attributes"]["doneCount"],
        1
    );
    let message = json!({ "channel": "email", "app": "acme", "direction": "in", "preview": "Still not here.", "meta": { "from": "mara@quill.example" } });
    let made = desk.call("POST", &format!("{path}/messages"), message).await;
    assert_eq!(made.status, 201);
    let message = made.json();
    assert_eq!(message["data"]["relationships"]["customer"]["data"]["type"], "customers");
    assert_eq!(message["data"]["attributes"]["meta"]["from"]["isMasked"], true);
    let read = |body: Value, names: &[&str]| {
        names.iter().map(|name| body["data"]["attributes"][name].clone()).collect::<Vec<_>>()
    };
    let conversation = desk.get(&path).await.json();
    assert_eq!(conversation["data"]["attributes"]["sla"]["summary"]["firstBreachAt"], "2025-03-04T11:15:00.000Z");
    let names = ["status", "reopenFromDoneCount", "messageCount", "lastMessageDirection", "preview"];
    assert_eq!(
        read(conversation, &names),
        vec![json!("open"), json!(1), json!(1), json!("in"), json!("Still not here.")]
    );
    let customer = desk.get(&format!("/v1/customers/{MARA}")).await.json();
    assert_eq!(customer["data"]["attributes"]["preview"]["text"], "Still not here.");
    assert_eq!(
        customer["data"]["attributes"]["conversationCounts"],
        json!({ "all": 1, "open": 1, "snoozed": 0, "done": 0 })
    );
    desk.pass(3_600_001);
    let late = desk.get(&path).await.json();
    assert_eq!(late["data"]["attributes"]["sla"]["breach"]["metric"], "firstResponse");
    let events = desk.get(&format!("{path}/events")).await.json();
    assert_eq!(
        events["data"][0]["attributes"]["changes"]["attributes"]["status"],
        json!({ "op": "replace", "before": "open", "after": "done" })
    );
}

#[tokio::test]
async fn a_snooze_runs_out_by_itself() {
    let desk = Desk::start().await;
    let path = format!("/v1/conversations/{PARCEL}");
    let body = json!({ "status": "snoozed", "snooze": { "status": "scheduled", "time": "2025-03-04T10:20:00.000Z" }, "assignedUsers": [AGENT], "queue": { "id": QUEUE } });
    let snoozed = desk.call("PATCH", &path, body).await.json();
    assert_eq!(snoozed["data"]["attributes"]["snooze"]["statusAt"], "2025-03-04T10:15:00.000Z");
    assert_eq!(snoozed["data"]["relationships"]["queue"]["links"]["self"], format!("/v1/routing/queues/{QUEUE}"));
    desk.pass(5 * 60_000);
    let woken = desk.get(&path).await.json();
    assert_eq!(woken["data"]["attributes"]["status"], "open");
    assert_eq!(woken["data"]["attributes"]["snooze"]["status"], "elapsed");
}

#[tokio::test]
async fn tags_go_in_as_names_and_come_out_as_ids() {
    let desk = Desk::start().await;
    let path = format!("/v1/conversations/{PARCEL}/tags");
    let tagged = desk.call("POST", &path, json!(["refund", "late"])).await.json();
    let ids = tagged["data"]["attributes"]["tags"].as_array().cloned().expect("tags");
    let tags = desk.get("/v1/tags").await.json();
    let names: Vec<&Value> = tags["data"]
        .as_array()
        .expect("tags")
        .iter()
        .filter(|tag| ids.contains(&tag["id"]))
        .map(|tag| &tag["attributes"]["name"])
        .collect();
    assert_eq!(names, [&json!("refund"), &json!("late")]);
    let left = desk.call("DELETE", &path, json!(["refund"])).await.json();
    assert_eq!(left["data"]["attributes"]["tags"], json!([ids[1]]));
}

#[tokio::test]
async fn a_scheduled_draft_becomes_a_message_and_a_plain_one_stays() {
    let desk = Desk::start().await;
    let path = format!("/v1/customers/{MARA}/drafts");
    let draft = |later: Value| {
        let mut body = json!({ "channel": "email", "conversation": PARCEL, "to": [{ "email": "mara@quill.example" }], "subject": "Re", "body": "It arrives tomorrow." });
        body.as_object_mut().expect("an object").extend(later.as_object().cloned().expect("an object"));
        body
    };
    let plain = desk.call("POST", &path, draft(json!({}))).await;
    assert_eq!((plain.status, plain.json()["data"].get("links")), (200, None));
    let later = draft(json!({ "sendAt": "2025-03-04T10:16:00.000Z", "scheduled": true }));
    assert_eq!(desk.call("POST", &path, later).await.status, 200);
    assert_eq!(desk.get(&path).await.json()["data"].as_array().map(Vec::len), Some(2));
    desk.pass(60_000);
    assert_eq!(desk.get(&path).await.json()["data"].as_array().map(Vec::len), Some(1));
    let messages = desk.get(&format!("/v1/conversations/{PARCEL}/messages")).await.json();
    let sent = &messages["data"][0]["attributes"];
    assert_eq!((sent["direction"].as_str(), sent["preview"].as_str()), (Some("out"), Some("It arrives tomorrow.")));
}

#[tokio::test]
async fn a_bulk_job_is_seen_to_run_and_tells_each_failure() {
    let desk = Desk::start().await;
    let order = |number: usize, customer: &str| json!({ "_clientRef": format!("row-{number}"), "title": format!("Order {number}"), "externalId": format!("{number}"), "customer": customer });
    let mut items: Vec<Value> = (0..27).map(|number| order(number, MARA)).collect();
    items[1]["externalId"] = "0".into();
    items[2]["customer"] = LOCKED.into();
    items[3]["customer"] = "66a1f0c2b7d4e9001c3affff".into();
    items[4]["colour"] = "red".into();
    let job = desk.call("POST", "/v1/klasses/order/bulk", json!(items)).await;
    assert_eq!(job.status, 201);
    let path = format!("/v1/bulk/{}", job.json()["data"]["id"].as_str().expect("an id"));
    let state =
        |body: Value| (body["data"]["attributes"]["status"].clone(), body["data"]["attributes"]["batches"].clone());
    assert_eq!(state(desk.get(&path).await.json()), (json!("queued"), json!({ "complete": 0, "total": 2 })));
    desk.pass(300);
    assert_eq!(state(desk.get(&path).await.json()).0, "running");
    desk.pass(2000);
    assert_eq!(state(desk.get(&path).await.json()), (json!("complete"), json!({ "complete": 2, "total": 2 })));
    let batches = desk.get(&format!("{path}/batches")).await.json();
    let first = &batches["data"][0];
    assert_eq!((first["successCount"].as_u64(), first["failureCount"].as_u64()), (Some(21), Some(4)));
    let errors: Vec<&str> = first["errors"].as_array().expect("errors").iter().filter_map(Value::as_str).collect();
    assert_eq!(
        errors,
        [
            "duplicate detected",
            "customer is locked by a merge in progress",
            "customer: no such customer",
            "colour: is not a known property"
        ]
    );
    assert_eq!(first["results"][1], json!({ "_clientRef": "row-1", "status": "error", "error": "duplicate detected" }));
    let orders = desk.get(&format!("/v1/customers/{MARA}/klasses/order")).await.json();
    assert_eq!(orders["data"].as_array().map(Vec::len), Some(23));
}

#[tokio::test]
async fn a_bulk_request_that_breaks_the_rules_is_refused_whole() {
    let desk = Desk::start().await;
    let status = async |items: Vec<Value>| desk.call("POST", "/v1/customers/bulk", json!(items)).await.status;
    assert_eq!(status((0..101).map(|n| json!({ "name": n.to_string() })).collect()).await, 400);
    assert_eq!(status(vec![json!({ "_clientRef": "a" }), json!({})]).await, 400);
    assert_eq!(status(vec![json!({ "_clientRef": "a" }), json!({ "_clientRef": "a" })]).await, 400);
    assert_eq!(desk.send("DELETE", "/v1/customers/bulk", None).await.map(|got| got.status), Some(400));
}

#[tokio::test]
async fn budgets_are_kept_and_told() {
    let desk = Desk::start_with(|options| options.rate_limit = Some(RateLimit::per_seconds(20, 10))).await;
    let search = async || desk.call("POST", "/v1/customers/search", json!({})).await;
    assert_eq!((search().await.status, search().await.status), (200, 200));
    let refused = search().await;
    assert_eq!((refused.status, refused.header("x-ratelimit-limit")), (429, Some("2")));
    for _ in 0..17 {
        assert_eq!(desk.get("/v1/tags").await.status, 200);
    }
    let refused = desk.get("/v1/tags").await;
    assert_eq!((refused.status, refused.header("x-ratelimit-remaining")), (429, Some("0")));
    assert_eq!(refused.header("x-ratelimit-reset"), Some((START_MS / 1000 + 10).to_string().as_str()));
    desk.pass(10_000);
    assert_eq!(desk.get("/v1/tags").await.status, 200);
}

#[tokio::test]
async fn writes_are_counted_for_a_customer_and_for_a_record() {
    let desk = Desk::start().await;
    for _ in 0..120 {
        assert_eq!(desk.call("POST", &notes_of(PARCEL), json!({ "body": "x" })).await.status, 201);
    }
    assert_eq!(desk.call("POST", &notes_of(PARCEL), json!({ "body": "x" })).await.status, 429);
    let path = format!("/v1/customers/{MARA}");
    for _ in 0..60 {
        assert_eq!(desk.call("PATCH", &path, json!({ "locale": "en" })).await.status, 200);
    }
    assert_eq!(desk.call("PATCH", &path, json!({ "locale": "en" })).await.status, 429);
}

#[tokio::test]
async fn faults_strike_on_the_wire_and_the_log_tells_what_had_an_effect() {
    let spec = "POST /v1/conversations/*/notes reset-before n=1; POST /v1/conversations/*/notes reset-after n=1; \
                GET /v1/tags cut n=1; GET /v1/tags malformed n=1; GET /v1/tags html=502 n=1; GET /v1/tags 429=7 n=1; GET /v1/tags content-type n=1";
    let desk = Desk::start_with(|options| options.faults = faults::parse(spec).expect("rules")).await;
    let note = || desk.send("POST", "/v1/conversations/66a1f1d9b7d4e9001c3a6001/notes", Some(json!({ "body": "x" })));
    assert_eq!((note().await, note().await), (None, None));
    assert_eq!(desk.get(&notes_of(PARCEL)).await.json()["data"].as_array().map(Vec::len), Some(1));
    assert_eq!(desk.send("GET", "/v1/tags", None).await, None, "half a body is not an answer");
    let malformed = desk.get("/v1/tags").await;
    assert_eq!((malformed.status, malformed.json()), (200, Value::Null));
    assert_eq!(desk.get("/v1/tags").await.status, 502);
    let limited = desk.get("/v1/tags").await;
    assert_eq!(
        (limited.status, limited.header("x-ratelimit-reset")),
        (429, Some((START_MS / 1000 + 7).to_string().as_str()))
    );
    assert_eq!(desk.get("/v1/tags").await.header("content-type"), Some("text/plain"));
    let log = desk.get("/__sandbox/log?since=0").await.json();
    let told: Vec<(&str, bool)> = log["requests"]
        .as_array()
        .expect("entries")
        .iter()
        .map(|entry| (entry["outcome"].as_str().expect("an outcome"), entry["effect"].as_bool().expect("yes or no")))
        .collect();
    assert_eq!(
        told,
        [
            ("reset-before", false),
            ("reset-after", true),
            ("answered", false),
            ("cut", false),
            ("malformed", false),
            ("html", false),
            ("429", false),
            ("content-type", false)
        ]
    );
    assert_eq!(log["requests"][1]["lane"], "person");
    assert_eq!(log["requests"][1]["key_name"], "main");
    assert_eq!(log["requests"][1]["body_sha256"].as_str().map(str::len), Some(64));
}

#[tokio::test]
async fn faults_can_be_set_and_ended_while_the_desk_runs() {
    let desk = Desk::start().await;
    let set = desk.call("POST", "/__sandbox/faults", json!({ "spec": "GET /v1/tags status=503" })).await;
    assert_eq!(set.json()["faults"], json!(["GET /v1/tags status=503"]));
    assert_eq!(desk.get("/v1/tags").await.status, 503);
    assert_eq!(desk.call("POST", "/__sandbox/faults", json!({ "spec": "nonsense" })).await.status, 400);
    assert_eq!(desk.send("DELETE", "/__sandbox/faults", None).await.map(|got| got.status), Some(200));
    assert_eq!(desk.get("/v1/tags").await.status, 200);
}

#[tokio::test]
async fn records_are_made_changed_replaced_and_deleted_as_documented() {
    let desk = Desk::start().await;
    let body = json!({ "name": "Ada Finch", "externalId": "crm-1", "emails": [{ "email": "ada@finch.example" }], "tags": ["vip"], "custom": { "tierStr": "gold", "agedNum": 4 } });
    let made = desk.call("POST", "/v1/customers", body.clone()).await;
    assert_eq!(
        (made.status, made.json()["data"]["attributes"]["externalIds"].clone()),
        (201, json!([{ "externalId": "crm-1", "verified": true, "id": null }]))
    );
    assert_eq!(desk.call("POST", "/v1/customers", body).await.status, 409);
    let path = format!("/v1/customers/{}", made.json()["data"]["id"].as_str().expect("an id"));
    let merged = desk.call("PUT", &path, json!({ "custom": { "tierStr": null, "moodStr": "fine" } })).await.json();
    assert_eq!(merged["data"]["attributes"]["custom"], json!({ "agedNum": 4, "moodStr": "fine" }));
    assert_eq!(merged["data"]["attributes"]["rev"], 2);
    let replaced = desk.call("PUT", &format!("{path}?replace=true"), json!({ "name": "Ada" })).await.json();
    assert_eq!(
        (replaced["data"]["attributes"].get("custom"), replaced["data"]["attributes"].get("externalId")),
        (None, None)
    );
    assert_eq!(desk.send("DELETE", &path, None).await.map(|got| got.status), Some(204));
    assert_eq!(desk.get(&path).await.status, 404);
    assert_eq!(desk.call("PATCH", &format!("/v1/customers/{LOCKED}"), json!({ "name": "x" })).await.status, 409);
}

#[tokio::test]
async fn kobjects_keep_their_irregular_shape() {
    let desk = Desk::start().await;
    let made = desk
        .call(
            "POST",
            &format!("/v1/customers/{MARA}/klasses/order"),
            json!({ "title": "Order 1", "externalId": "1", "custom": { "totalNum": 5 } }),
        )
        .await;
    let order = made.json();
    assert_eq!(
        (made.status, order["data"]["type"].as_str(), order["data"]["attributes"]["rev"].as_i64()),
        (201, Some("kobject.order"), Some(0))
    );
    assert_eq!(
        order["data"]["relationships"]["klass"],
        json!({ "link": { "self": "/v1/klasses/order" }, "data": { "type": "klass", "id": "order" } })
    );
    assert_eq!(desk.get("/v1/klasses/order/externalId=1").await.json()["data"]["id"], order["data"]["id"]);
    assert_eq!(desk.get("/v1/klasses/order").await.json()["data"].as_array().map(Vec::len), Some(1));
    assert_eq!(desk.get("/v1/klasses/66a1e300b7d4e9001c3a0e01").await.json()["data"]["type"], "klass");
    let reference = desk
        .call(
            "POST",
            "/v1/klasses/order",
            json!({ "title": "x", "custom": { "parentId": "66a1e300b7d4e9001c3a0e01" } }),
        )
        .await;
    assert_eq!(reference.status, 400);
    let id = order["data"]["id"].as_str().expect("an id");
    let updated =
        desk.call("PUT", &format!("/v1/klasses/order/{id}"), json!({ "custom": { "noteStr": "late" } })).await.json();
    assert_eq!(updated["data"]["attributes"]["custom"], json!({ "totalNum": 5, "noteStr": "late" }));
}

#[tokio::test]
async fn metadata_put_marks_an_attribute_sensitive_at_once() {
    let desk = Desk::start().await;
    let body = json!({ "standardProperties": { "name": { "sensitive": { "enabled": true, "maskType": "full" } } } });
    assert_eq!(desk.call("PUT", "/v1/metadata/customer", body).await.status, 200);
    let mara = desk.get(&format!("/v1/customers/{MARA}")).await.json();
    assert_eq!(mara["data"]["attributes"]["name"], json!({ "isMasked": true, "maskedPresentation": "********" }));
    let named = desk
        .call(
            "PUT",
            "/v1/metadata/customer",
            json!({ "properties": { "billingIdStr": { "displayName": "Billing id" } } }),
        )
        .await;
    let property = &named.json()["data"]["attributes"]["properties"]["billingIdStr"];
    assert_eq!((&property["displayName"], &property["sensitive"]["enabled"]), (&json!("Billing id"), &json!(true)));
    assert_eq!(desk.call("PUT", "/v1/metadata/planet", json!({})).await.status, 404);
}

#[tokio::test]
async fn a_desk_told_to_stop_does_not_wait_for_a_slow_answer() {
    let desk =
        Desk::start_with(|options| options.faults = faults::parse("* /v1/** delay=60000").expect("a rule")).await;
    let addr = desk.running.addr;
    let slow = tokio::spawn(async move { fixture::raw(addr, "GET /v1/tags HTTP/1.1\r\nhost: desk\r\n\r\n").await });
    // The fault has struck once the request is on its way.
    while desk.get("/__sandbox/faults").await.json()["struck"] == 0 {
        tokio::task::yield_now().await;
    }
    desk.running.shutdown().await;
    assert_eq!(slow.await.expect("the client ends"), "");
    assert!(tokio::net::TcpStream::connect(addr).await.is_err(), "nobody listens any more");
}
