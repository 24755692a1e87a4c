//! Checks both eras over a real port: what a client sees that knows only the protocol.

use serde_json::{Value, json};

use super::fixture::Client;
use crate::sandbox::fixture::START_MS;

fn names(tools: &[Value]) -> Vec<String> {
    tools.iter().map(|tool| tool["name"].as_str().unwrap_or_default().to_owned()).collect()
}

#[tokio::test]
async fn a_handshake_agrees_on_what_is_known_and_offers_the_newest_otherwise() {
    let mut client = Client::of("/mcp/legacy").await;
    for known in ["2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25"] {
        assert_eq!(client.shake(known).await["protocolVersion"], known);
    }
    assert_eq!(client.shake("2026-07-28").await["protocolVersion"], "2025-11-25");
    assert_eq!(client.ask("ping", json!({})).await, (200, json!({ "jsonrpc": "2.0", "id": 7, "result": {} })));
    assert_eq!(client.tell(json!({ "jsonrpc": "2.0", "method": "notifications/initialized" })).await, 202);
    let unknown = client.ask("resources/list", json!({})).await;
    assert_eq!((unknown.0, &unknown.1["error"]["code"]), (200, &json!(-32601)));
}

#[tokio::test]
async fn a_session_is_needed_and_ends_by_silence_or_goodbye() {
    let mut client = Client::of("/mcp/legacy").await;
    let bare = r#"{"jsonrpc":"2.0","id":1,"method":"tools/list"}"#;
    assert_eq!(client.send("POST", "/mcp/legacy", "", bare).await.expect("an answer").status, 400);
    client.shake("2025-11-25").await;
    let session = format!("mcp-session-id: {}\r\n", client.session.clone().expect("a session"));
    let wrong = format!("{session}mcp-protocol-version: 1999-01-01\r\n");
    assert_eq!(client.send("POST", "/mcp/legacy", &wrong, bare).await.expect("an answer").status, 400);
    client.desk.pass(30 * 60_000);
    assert_eq!(client.ask("ping", json!({})).await.0, 404);
    client.shake("2025-11-25").await;
    let session = format!("mcp-session-id: {}\r\n", client.session.clone().expect("a session"));
    assert_eq!(client.send("DELETE", "/mcp/legacy", &session, "").await.expect("an answer").status, 200);
    assert_eq!(client.ask("ping", json!({})).await.0, 404);
}

#[tokio::test]
async fn a_modern_request_says_all_of_itself_or_is_refused() {
    let client = Client::of("/mcp/modern").await;
    let meta = json!({
        "io.modelcontextprotocol/protocolVersion": "2026-07-28", "io.modelcontextprotocol/clientCapabilities": {},
    });
    let body = |meta: &Value| {
        json!({ "jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": { "name": "claims_count", "_meta": meta } })
            .to_string()
    };
    let all = "mcp-protocol-version: 2026-07-28\r\nmcp-method: tools/call\r\nmcp-name: claims_count\r\n";
    let old = json!({ "io.modelcontextprotocol/protocolVersion": "2025-11-25", "io.modelcontextprotocol/clientCapabilities": {} });
    let mute = json!({ "io.modelcontextprotocol/protocolVersion": "2026-07-28" });
    for (headers, meta, wanted) in [
        (all.to_owned(), &meta, (200, Value::Null)),
        (all.replace("mcp-method: tools/call", "mcp-method: Tools/call"), &meta, (400, json!(-32020))),
        (all.replace("mcp-name: claims_count", "mcp-name: =?base64?Y2xhaW1zX2NvdW50?="), &meta, (200, Value::Null)),
        (all.replace("mcp-name: claims_count\r\n", ""), &meta, (400, json!(-32020))),
        (all.replace("2026-07-28", "2025-11-25"), &meta, (400, json!(-32020))),
        (all.replace("2026-07-28", "2025-11-25"), &old, (400, json!(-32022))),
        (all.to_owned(), &json!({}), (400, json!(-32602))),
        (all.to_owned(), &mute, (400, json!(-32602))),
        (String::new(), &meta, (400, json!(-32020))),
    ] {
        let got = client.send("POST", "/mcp/modern", &headers, &body(meta)).await.expect("an answer");
        assert_eq!((got.status, got.json()["error"]["code"].clone()), wanted, "{headers} {meta}");
    }
    assert_eq!(client.ask("ping", json!({})).await.0, 404);
    assert_eq!(client.send("GET", "/mcp/modern", "", "").await.expect("an answer").status, 405);
    let (_, found) = client.ask("server/discover", json!({})).await;
    assert_eq!(found["result"]["supportedVersions"], json!(["2026-07-28"]));
    assert!(found["result"]["ttlMs"].is_u64() && found["result"]["resultType"] == "complete", "{found}");
}

#[tokio::test]
async fn both_eras_list_the_same_tools_in_pages_and_refuse_made_up_cursors() {
    let mut client = Client::of("/mcp").await;
    let modern = client.tools().await;
    let (_, wrong) = client.ask("tools/list", json!({ "cursor": "v1.e30.AAAA" })).await;
    assert_eq!(wrong["error"]["code"], -32602);
    client.shake("2025-06-18").await;
    let legacy = client.tools().await;
    assert_eq!(modern, legacy);
    assert_eq!(modern.len(), 14);
    assert!(names(&modern).contains(&"rates.search".to_owned()));
    let (_, first) = client.ask("tools/list", json!({})).await;
    assert_eq!(first["result"]["tools"].as_array().map(Vec::len), Some(4));
}

#[tokio::test]
async fn what_a_call_gives_back_has_every_kind_of_content() {
    let client = Client::of("/mcp").await;
    let parcel = client.call("parcel_get", json!({ "parcel_id": "PX-10003" })).await;
    assert_eq!(parcel["structuredContent"]["id"], "PX-10003");
    assert_eq!(parcel["content"][0]["text"], parcel["structuredContent"].to_string());
    let proof = client.call("proof_get", json!({ "parcel_id": "PX-10003" })).await;
    let kinds: Vec<&Value> = proof["content"].as_array().expect("content").iter().map(|piece| &piece["type"]).collect();
    assert_eq!(kinds, ["text", "image", "audio", "resource_link", "resource"]);
    assert_eq!(client.call("carrier_status", json!({ "parcel_id": "PX-10003" })).await["isError"], true);
    assert_eq!(client.call("parcel_get", json!({ "id": "PX-10003" })).await["isError"], true, "by the schema");
    let (_, none) = client.ask("tools/call", json!({ "name": "nothing", "arguments": {} })).await;
    assert_eq!(none["error"]["code"], -32602);
}

#[tokio::test]
async fn a_parameter_told_in_a_header_must_be_the_same_one() {
    let mut client = Client::of("/mcp").await;
    let call = json!({ "name": "depot_stock", "arguments": { "region": "Graz ü" } });
    assert_eq!(client.ask("tools/call", call.clone()).await.1["error"]["code"], -32020);
    client.more = "mcp-param-region: =?base64?R3JheiDDvA==?=\r\n".into();
    assert_eq!(client.ask("tools/call", call).await.1["result"]["isError"], false);
}

#[tokio::test]
async fn input_is_asked_for_and_a_state_is_good_for_its_own_request_alone() {
    let client = Client::of("/mcp").await;
    let params = json!({ "name": "refund_confirm", "arguments": { "parcel_id": "PX-10003" } });
    let (_, asked) = client.ask("tools/call", params.clone()).await;
    let result = &asked["result"];
    let form = &result["inputRequests"]["confirm"]["params"];
    assert_eq!((&result["resultType"], &form["mode"]), (&json!("input_required"), &json!("form")));
    let answer = |content: Value| json!({ "confirm": { "action": "accept", "content": content } });
    let whole = json!({ "reason": "wet", "amount": 1.5, "notify": true, "way": "voucher", "damage": ["box"] });
    let retry = |parcel: &str, state: &Value, answers: Value| {
        json!({
            "name": "refund_confirm", "arguments": { "parcel_id": parcel }, "requestState": state,
            "inputResponses": answers,
        })
    };
    let state = &result["requestState"];
    let (_, again) = client.ask("tools/call", retry("PX-10003", state, answer(json!({})))).await;
    assert_eq!(again["result"]["resultType"], "input_required", "an incomplete answer is asked for again");
    for (parcel, state) in [("PX-10004", state), ("PX-10003", &json!("v1.e30.AAAA"))] {
        let (_, wrong) = client.ask("tools/call", retry(parcel, state, answer(whole.clone()))).await;
        assert_eq!(wrong["error"]["code"], -32602);
    }
    let (_, done) = client.ask("tools/call", retry("PX-10003", state, answer(whole.clone()))).await;
    assert_eq!(done["result"]["isError"], false, "{done}");
    let evidence = client.evidence().await;
    assert_eq!(evidence["written"]["refunds"][0]["amount_cents"], 150);
    client.desk.pass(10 * 60_000);
    let (_, late) = client.ask("tools/call", retry("PX-10003", state, answer(whole))).await;
    assert_eq!(late["result"]["resultType"], "input_required", "too old: asked anew");
}

#[tokio::test]
async fn a_client_that_cannot_be_asked_is_told_what_it_lacks() {
    let mut client = Client::of("/mcp").await;
    client.capabilities = json!({ "elicitation": {} });
    let verify = json!({ "name": "card_verify", "arguments": { "parcel_id": "PX-10003" } });
    let (status, lacking) = client.ask("tools/call", verify.clone()).await;
    assert_eq!((status, &lacking["error"]["code"]), (400, &json!(-32021)));
    assert_eq!(lacking["error"]["data"]["requiredCapabilities"], json!({ "elicitation": { "url": {} } }));
    client.shake("2025-11-25").await;
    assert_eq!(client.ask("tools/call", verify).await.1["result"]["isError"], true);
}

#[tokio::test]
async fn a_session_is_asked_on_the_stream_of_its_call() {
    let mut client = Client::of("/mcp/legacy").await;
    client.shake("2025-11-25").await;
    let params = json!({ "name": "refund_confirm", "arguments": { "parcel_id": "PX-10003" } });
    for (answer, refunds) in [
        (json!({ "action": "decline" }), 0),
        (json!({ "action": "accept", "content": { "reason": "wet", "amount": 2, "notify": false, "way": "card" } }), 1),
    ] {
        let mut stream = client.open(3, "tools/call", params.clone()).await;
        let question = stream.next().await.expect("a question");
        assert_eq!(question["method"], "elicitation/create");
        let told = json!({ "jsonrpc": "2.0", "id": question["id"], "result": answer });
        assert_eq!(client.tell(told).await, 202);
        let done = stream.next().await.expect("an answer");
        assert_eq!((&done["id"], &done["result"]["isError"]), (&json!(3), &json!(false)), "{done}");
        let written = client.evidence().await["written"]["refunds"].as_array().map(Vec::len);
        assert_eq!(written, Some(refunds));
    }
}

#[tokio::test]
async fn a_page_is_opened_elsewhere_and_consent_alone_verifies_nothing() {
    let client = Client::of("/mcp").await;
    let mut params = json!({ "name": "card_verify", "arguments": { "parcel_id": "PX-10003" } });
    let (_, asked) = client.ask("tools/call", params.clone()).await;
    let url = asked["result"]["inputRequests"]["confirm"]["params"]["url"].as_str().expect("a page").to_owned();
    params["requestState"] = asked["result"]["requestState"].clone();
    params["inputResponses"] = json!({ "confirm": { "action": "accept" } });
    let text = |answer: &Value| answer["result"]["content"][0]["text"].clone();
    assert_eq!(text(&client.ask("tools/call", params.clone()).await.1), r#"{"verified":false}"#);
    let path = url.split_once("/mcp/").map(|(_, rest)| format!("/mcp/{rest}")).expect("one of ours");
    assert_eq!(client.send("GET", &path, "", "").await.expect("a page").status, 200);
    assert_eq!(text(&client.ask("tools/call", params).await.1), r#"{"verified":true}"#);
}

#[tokio::test]
async fn slow_work_tells_how_far_it_is_and_can_be_stopped_in_either_era() {
    let mut client = Client::of("/mcp").await;
    let params = json!({ "name": "report_build", "arguments": {}, "_meta": { "progressToken": "t" } });
    let mut stream = client.open(1, "tools/call", params.clone()).await;
    stream.begun().await;
    for piece in 1..=2 {
        client.desk.pass(200);
        let told = stream.next().await.expect("progress");
        assert_eq!((&told["params"]["progress"], &told["params"]["progressToken"]), (&json!(piece), &json!("t")));
    }
    drop(stream);
    client.until("cancelled").await;
    client.shake("2025-11-25").await;
    let mut stream = client.open(9, "tools/call", params).await;
    stream.begun().await;
    let stop = json!({ "jsonrpc": "2.0", "method": "notifications/cancelled", "params": { "requestId": 9 } });
    assert_eq!(client.tell(stop).await, 202);
    assert_eq!(stream.next().await, None, "no answer any more");
    client.until("cancelled").await;
    assert_eq!(client.evidence().await["written"]["reports"], 0);
}

#[tokio::test]
async fn whoever_listens_hears_of_another_list() {
    let mut client = Client::of("/mcp").await;
    let mut modern =
        client.open(5, "subscriptions/listen", json!({ "notifications": { "toolsListChanged": true } })).await;
    let first = modern.next().await.expect("an acknowledgement");
    assert_eq!(first["method"], "notifications/subscriptions/acknowledged");
    assert_eq!(first["params"]["notifications"], json!({ "toolsListChanged": true }));
    client.shake("2025-06-18").await;
    let mut legacy = client.open(0, "", Value::Null).await;
    legacy.begun().await;
    client.desk.call("POST", "/__sandbox/mcp/changed", json!({})).await;
    let heard = modern.next().await.expect("a change");
    assert_eq!(heard["params"]["_meta"]["io.modelcontextprotocol/subscriptionId"], 5);
    assert_eq!(legacy.next().await.expect("a change")["method"], "notifications/tools/list_changed");
}

#[tokio::test]
async fn strangers_large_messages_and_wrong_keys_stay_outside() {
    let mut client = Client::of("/mcp").await;
    for origin in ["https://evil.example", "null", "http://127.0.0.1.evil.example"] {
        let got = client.send("POST", "/mcp", &format!("origin: {origin}\r\n"), "{}").await.expect("an answer");
        assert_eq!(got.status, 403, "{origin}");
    }
    let foreign = client.desk.send_with("POST", "/mcp", "", Some(json!({}))).await.expect("an answer");
    assert_eq!(foreign.status, 403, "the Host is not this machine's");
    let own = client.send("POST", "/mcp", "origin: http://localhost:3000\r\n", "{}").await.expect("an answer");
    assert_eq!((own.status, own.json()["error"]["code"].clone()), (400, json!(-32600)));
    let large = format!("{{\"x\":\"{}\"}}", "x".repeat(4 << 20));
    assert_eq!(client.send("POST", "/mcp", "", &large).await.expect("an answer").status, 413);
    let ready = client.desk.running.ready().mcp_more.clone();
    client.path = ready.token.split_once("/mcp/").map(|(_, rest)| format!("/mcp/{rest}")).expect("an address");
    assert_eq!(client.ask("tools/list", json!({})).await.0, 200);
    client.path.push('x');
    assert_eq!(client.try_ask("tools/list", json!({})).await.expect("an answer").status, 404);
    client.path = "/mcp/bearer".into();
    let refused = client.try_ask("tools/list", json!({})).await.expect("an answer");
    assert_eq!((refused.status, refused.header("www-authenticate")), (401, Some("Bearer")));
    client.more = format!("authorization: Bearer {}\r\n", ready.bearer_token);
    assert_eq!(client.ask("tools/list", json!({})).await.0, 200);
}

#[tokio::test]
async fn the_evidence_says_what_ran_where_and_what_it_wrote() {
    let client = Client::of("/mcp/modern").await;
    let note = json!({ "parcel_id": "PX-10002", "text": "fragile" });
    for _ in 0..2 {
        client.call("note_add", note.clone()).await;
    }
    let refund = json!({ "parcel_id": "PX-10002", "amount_cents": 100 });
    for _ in 0..2 {
        client.call("refund_create", refund.clone()).await;
    }
    let evidence = client.evidence().await;
    assert_eq!(evidence["written"]["notes"].as_array().map(Vec::len), Some(2));
    assert_eq!(evidence["written"]["refunds"].as_array().map(Vec::len), Some(1));
    let effects: Vec<&Value> =
        evidence["calls"].as_array().expect("calls").iter().map(|call| &call["effect"]).collect();
    assert_eq!(effects, [true, true, true, false]);
    let first = &evidence["calls"][0];
    assert_eq!((&first["endpoint"], &first["era"]), (&json!("/mcp/modern"), &json!("modern")));
    assert_eq!((&first["arguments"], &first["at"]), (&note, &json!(crate::sandbox::times::iso(START_MS))));
}
