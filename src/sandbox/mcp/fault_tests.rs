//! Checks the faults of the MCP server: what each does, where, and what is done all the same.

use serde_json::{Value, json};

use super::fixture::{Client, messages};

fn find<'a>(tools: &'a [Value], name: &str) -> &'a Value {
    tools.iter().find(|tool| tool["name"] == name).unwrap_or(&Value::Null)
}

async fn tools(spec: &str) -> Vec<Value> {
    Client::under("/mcp", &format!("* /mcp/** {spec}")).await.tools().await
}

fn refund() -> Value {
    json!({ "name": "refund_create", "arguments": { "parcel_id": "PX-10003", "amount_cents": 5 } })
}

#[tokio::test]
async fn lists_come_spoilt_in_every_documented_way() {
    let changed = tools("mcp-changed").await;
    assert!(find(&changed, "parcel_get")["inputSchema"]["properties"]["forward_to"].is_object());
    let lies = tools("mcp-lies").await;
    assert_eq!(find(&lies, "refund_create")["annotations"]["readOnlyHint"], true);
    let header = tools("mcp-bad-header").await;
    let region = &find(&header, "depot_stock")["inputSchema"]["properties"]["region"];
    assert!(region["x-mcp-header"].as_str().is_some_and(|name| name.contains('\n')));
    let dirty = tools("mcp-control").await;
    assert!(
        dirty.iter().all(|tool| tool["description"].as_str().is_some_and(|said| said.contains('\u{202e}'))
            || tool["title"].is_null())
    );
    assert!(dirty.iter().any(|tool| tool["name"].as_str().is_some_and(|name| name.contains('\u{1b}'))));
    let hostile = tools("mcp-hostile").await;
    let taken = &find(&hostile, "redirect_call")["inputSchema"]["properties"];
    assert!(
        ["resource", "method", "id", "integrated_account_id", "truto_body_passthrough"]
            .iter()
            .all(|name| taken[name].is_object())
    );
    let wide = find(&hostile, "wide_open")["inputSchema"]["properties"].as_object().map(serde_json::Map::len);
    assert_eq!((wide, hostile.len()), (Some(10_000), 20));
}

#[tokio::test]
async fn a_schema_can_be_deeper_than_parsers_go() {
    let client = Client::under("/mcp", "* /mcp/** mcp-deep").await;
    let (mut params, mut text) = (json!({}), String::new());
    // The last page is no JSON to this parser either.
    while !params.is_null() {
        text = client.try_ask("tools/list", params).await.expect("an answer").text;
        let page: Value = serde_json::from_str(&text).unwrap_or_default();
        params = page["result"]["nextCursor"].as_str().map_or(Value::Null, |cursor| json!({ "cursor": cursor }));
    }
    assert!(text.contains("deep_end") && serde_json::from_str::<Value>(&text).is_err());
}

#[tokio::test]
async fn answers_are_wrong_late_or_never_come_but_the_work_is_done_once() {
    let client = Client::under(
        "/mcp",
        "* /mcp/** mcp-dies n=1; * /mcp/** mcp-cut after=1 n=1; * /mcp/** mcp-other-id after=2 n=1; * /mcp/** mcp-huge after=3 n=1",
    )
    .await;
    assert_eq!(client.try_ask("tools/call", refund()).await, None, "dies");
    assert_eq!(client.evidence().await["written"]["refunds"].as_array().map(Vec::len), Some(1));
    assert_eq!(client.evidence().await["calls"][0]["effect"], true);
    let whole = client.try_ask("tools/call", refund()).await;
    assert!(whole.is_some_and(|got| got.status == 200), "dies once; the first call was not asked about a cut");
    assert_eq!(client.try_ask("tools/call", refund()).await, None, "cut");
    let huge = client.try_ask("tools/call", refund()).await.expect("an answer");
    assert!(huge.text.len() > 16 << 20);
    assert_eq!(client.evidence().await["written"]["refunds"].as_array().map(Vec::len), Some(1));
}

#[tokio::test]
async fn an_answer_can_name_another_request() {
    let mut client = Client::under("/mcp", "* /mcp/** mcp-other-id").await;
    assert_eq!(client.ask("tools/call", refund()).await.1["id"], 1_007);
    client.shake("2025-11-25").await;
    assert_eq!(client.ask("tools/call", refund()).await.1["id"], 1_007);
}

#[tokio::test]
async fn a_stream_breaks_off_in_the_middle() {
    let mut client = Client::under("/mcp/legacy", "* /mcp/legacy/** mcp-cut").await;
    client.shake("2025-06-18").await;
    let got = client.try_ask("tools/call", refund()).await.expect("a head");
    assert!(got.text.contains("data: {") && messages(&got).is_empty(), "{}", got.text);
    assert_eq!(client.evidence().await["calls"][0]["effect"], true);
}

#[tokio::test]
async fn versions_headers_sessions_and_limits_fail_on_demand() {
    let mut client = Client::under(
        "/mcp",
        "* /mcp/** mcp-version; * /mcp/tools/list mcp-headers n=1; * /mcp/session mcp-session n=1; * /mcp/POST mcp-429=9 after=4 n=1",
    )
    .await;
    let (_, found) = client.ask("server/discover", json!({})).await;
    assert_eq!(found["result"]["supportedVersions"], json!(["2031-01-01"]));
    let (status, wrong) = client.ask("tools/list", json!({})).await;
    assert_eq!((status, &wrong["error"]["code"]), (400, &json!(-32020)));
    assert_eq!(client.shake("2025-11-25").await["protocolVersion"], "2031-01-01");
    assert_eq!(client.ask("ping", json!({})).await.0, 404);
    let limited = client.try_ask("ping", json!({})).await.expect("an answer");
    assert_eq!((limited.status, limited.header("retry-after")), (429, Some("9")));
}

#[tokio::test]
async fn questions_and_pages_can_go_on_for_ever() {
    let client = Client::under("/mcp", "* /mcp/** mcp-loop; * /mcp/** mcp-pages").await;
    let mut params = json!({ "name": "claims_count", "arguments": {} });
    for round in 1..=20 {
        let (_, asked) = client.ask("tools/call", params.clone()).await;
        let message = asked["result"]["inputRequests"]["confirm"]["params"]["message"].as_str().expect("a question");
        assert!(message.contains(&format!("question {round})")), "{message}");
        params["requestState"] = asked["result"]["requestState"].clone();
        params["inputResponses"] = json!({ "confirm": { "action": "accept", "content": { "sure": true } } });
    }
    let mut page = json!({});
    let mut seen = std::collections::BTreeSet::new();
    for _ in 0..20 {
        let (_, answer) = client.ask("tools/list", page).await;
        let cursor = answer["result"]["nextCursor"].as_str().expect("another page").to_owned();
        page = json!({ "cursor": cursor });
        assert!(seen.insert(cursor));
    }
}

#[tokio::test]
async fn a_call_can_change_the_list_and_be_slow() {
    let client = Client::under("/mcp", "* /mcp/**/claims_count mcp-slow=500; * /mcp/** mcp-list-changed n=1").await;
    let mut heard =
        client.open(5, "subscriptions/listen", json!({ "notifications": { "toolsListChanged": true } })).await;
    heard.next().await.expect("an acknowledgement");
    let slow = client.call("claims_count", json!({}));
    let passing = async {
        client.until("running").await;
        client.desk.pass(500);
    };
    let (slow, ()) = tokio::join!(slow, passing);
    assert_eq!(slow["isError"], false);
    assert_eq!(heard.next().await.expect("a change")["method"], "notifications/tools/list_changed");
}
