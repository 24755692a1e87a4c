//! Checks the integration layer over its real port: what one of its public clients would see.

use serde_json::{Value, json};

use crate::sandbox::{
    RateLimit,
    fixture::{Desk, Got, MARA, PARCEL},
};

/// A client of the layer.
struct Client {
    desk: Desk,
    token: String,
    account: String,
}

impl Client {
    async fn start() -> Self {
        Self::of(Desk::start().await)
    }

    fn of(desk: Desk) -> Self {
        let ready = desk.running.ready().truto.clone();
        assert!(ready.url.ends_with("/truto"));
        Self { desk, token: ready.token, account: ready.account }
    }

    async fn send(&self, method: &str, path: &str, more: &str, body: Option<Value>) -> Got {
        let headers = format!("authorization: Bearer {}\r\n{more}", self.token);
        self.desk.send_with(method, &format!("/truto{path}"), &headers, body).await.expect("an answer")
    }

    async fn get(&self, path: &str) -> Got {
        self.send("GET", path, "", None).await
    }

    async fn proxy(&self, method: &str, path: &str, body: Option<Value>) -> Got {
        let join = if path.contains('?') { '&' } else { '?' };
        self.send(method, &format!("/proxy/{path}{join}integrated_account_id={}", self.account), "", body).await
    }

    async fn faults(&self, spec: &str) {
        let _ = self.desk.send("DELETE", "/__sandbox/faults", None).await;
        let added = self.desk.call("POST", "/__sandbox/faults", json!({ "spec": spec })).await;
        assert_eq!(added.status, 200, "{}", added.text);
    }

    fn of_account(&self, rest: &str) -> String {
        format!("/integrated-account/{}{rest}", self.account)
    }
}

#[tokio::test]
async fn tools_are_told_with_every_form_of_the_filters() {
    let client = Client::start().await;
    let names = |got: Got, key: &str| -> Vec<String> {
        let body = got.json();
        let all = body[key].as_array().unwrap_or_else(|| unreachable!("{}", got.text)).clone();
        all.iter().map(|tool| tool["name"].as_str().expect("a name").to_owned()).collect()
    };
    let whole = names(client.get(&client.of_account("/tools")).await, "result");
    assert!(whole.len() > 50 && whole.contains(&"kustomer_search_customers_search".to_owned()));
    assert!(!whole.contains(&"list_all_kustomer_brands".to_owned()), "nobody described it");
    let mut forms = Vec::new();
    for form in ["methods=read%2Cwrite", "methods[]=read&methods[]=write", "methods[0]=read&methods[1]=write"] {
        forms.push(names(client.get(&client.of_account(&format!("/tools?{form}&tags=notes"))).await, "result"));
    }
    assert_eq!(forms[0], ["get_single_kustomer_note_by_id", "delete_a_kustomer_note_by_id"]);
    assert!(forms.iter().all(|form| *form == forms[0]), "{forms:?}");
    client.faults("GET /truto/** truto-results").await;
    assert_eq!(names(client.get(&client.of_account("/tools")).await, "results"), whole);
    let capabilities = client.get(&client.of_account("/capabilities?resource=slas&methods=list,get")).await.json();
    assert_eq!(capabilities["proxy"][0]["methods"].as_array().map(Vec::len), Some(2));
}

#[tokio::test]
async fn lists_come_in_an_envelope_and_single_records_as_the_desk_answers_them() {
    let client = Client::start().await;
    let one = client.proxy("GET", &format!("customers/{MARA}?id={MARA}"), None).await;
    assert_eq!((one.status, one.json()["data"]["attributes"]["name"].as_str()), (200, Some("Mara Quill")));
    assert!(one.header("ratelimit-reset").is_some_and(|reset| reset.parse().is_ok_and(|s: i64| (0..=60).contains(&s))));
    assert_eq!(one.json()["data"]["attributes"]["emails"][0]["email"]["isMasked"], true);
    let first = client.proxy("GET", "customers?limit=1&next_cursor=", None).await.json();
    assert_eq!((first["result_count"].as_u64(), first["is_partial_response"].as_bool()), (Some(1), Some(false)));
    let cursor = first["next_cursor"].as_str().expect("there is more").to_owned();
    let second = client.proxy("GET", &format!("customers?limit=1&next_cursor={cursor}"), None).await.json();
    assert_ne!(first["result"][0]["id"], second["result"][0]["id"]);
    assert!(second["prev_cursor"].is_string());
    let found = client.proxy("POST", "customers/using_external_id", Some(json!({ "external_id": "USR-555" }))).await;
    assert_eq!(found.json()["data"]["id"], MARA);
    let note = json!({ "body": "Called back." });
    let made = client.proxy("POST", &format!("conversation_notes?conversation_id={PARCEL}"), Some(note)).await;
    assert_eq!((made.status, made.json()["data"]["type"].as_str()), (201, Some("note")));
    let changed = client.proxy("PATCH", &format!("conversations/{PARCEL}"), Some(json!({ "priority": 4 }))).await;
    assert_eq!(changed.json()["data"]["attributes"]["priority"], 4);
    let id = made.json()["data"]["id"].as_str().expect("an id").to_owned();
    assert_eq!(client.proxy("DELETE", &format!("notes/{id}"), None).await.json(), json!({ "id": id }));
    let log = client.desk.get("/__sandbox/log?effect=true").await.json();
    assert_eq!(log["requests"].as_array().map(Vec::len), Some(3), "{log}");
}

#[tokio::test]
async fn the_same_key_makes_one_record() {
    let client = Client::start().await;
    let path = format!("/proxy/conversation_notes?conversation_id={PARCEL}&integrated_account_id={}", client.account);
    let ids: Vec<Value> = [
        client.send("POST", &path, "idempotency-key: k1\r\n", Some(json!({ "body": "x" }))).await,
        client.send("POST", &path, "idempotency-key: k1\r\n", Some(json!({ "body": "x" }))).await,
        client.send("POST", &path, "idempotency-key: k2\r\n", Some(json!({ "body": "x" }))).await,
    ]
    .iter()
    .map(|got| got.json()["data"]["id"].clone())
    .collect();
    assert!(ids[0].is_string() && ids[0] == ids[1] && ids[1] != ids[2], "{ids:?}");
}

#[tokio::test]
async fn refusals_say_whose_they_are() {
    let client = Client::start().await;
    let missing = client.proxy("GET", "customers/66a1f1d9b7d4e9001c3affff", None).await;
    let body = missing.json();
    assert_eq!(
        (missing.status, body["statusCode"].as_u64(), &body["truto_is_remote_error"]),
        (404, Some(404), &json!(true))
    );
    assert_eq!(body["raw_response"]["errors"][0]["title"], "Customer not found");
    let own = client.get("/proxy/customers").await.json();
    assert_eq!((own["statusCode"].as_u64(), own.get("truto_is_remote_error")), (Some(400), None));
    let lacking = client.proxy("GET", "conversation_notes", None).await.json();
    assert_eq!(lacking["missing_required_query_parameters"], json!(["conversation_id"]));
    let told = |fault: &'static str| {
        let client = &client;
        async move {
            client.faults(&format!("* /truto/proxy/** {fault}")).await;
            client
                .proxy("POST", &format!("conversation_notes?conversation_id={PARCEL}"), Some(json!({ "body": "x" })))
                .await
        }
    };
    let limited = told("truto-429=7").await;
    assert_eq!(
        (limited.status, limited.header("ratelimit-reset"), limited.header("retry-after")),
        (429, Some("7"), None)
    );
    let own = told("truto-own-429").await;
    assert_eq!(
        (own.status, own.header("retry-after"), own.json().get("truto_is_remote_error")),
        (429, Some("10"), None)
    );
    assert_eq!(told("truto-sandbox").await.status, 405);
    assert_eq!(told("truto-blocked").await.status, 503);
    let scopes = told("truto-scopes").await.json();
    assert!(scopes["truto_error_insight"]["forbidden_error"]["value"]["missing_scopes"].is_array());
    assert_eq!(told("truto-reauth n=1").await.status, 401);
    assert_eq!(client.proxy("GET", &format!("customers/{MARA}"), None).await.status, 401, "until it is given anew");
    assert_eq!(client.get(&client.of_account("")).await.json()["status"], "needs_reauth");
    client.send("PATCH", &client.of_account("/credentials"), "", Some(json!({}))).await;
    assert_eq!(client.proxy("GET", &format!("customers/{MARA}"), None).await.status, 200);
}

#[tokio::test]
async fn limits_are_the_accounts_and_the_desks_are_passed_on() {
    let client = Client::start().await;
    for _ in 0..50 {
        assert_eq!(client.proxy("GET", &format!("customers/{MARA}"), None).await.status, 200);
    }
    let over = client.proxy("GET", &format!("customers/{MARA}"), None).await;
    assert_eq!((over.status, over.header("retry-after")), (429, Some("10")));
    client.desk.pass(10_000);
    assert_eq!(client.proxy("GET", &format!("customers/{MARA}"), None).await.status, 200);
    let tight = Client::of(Desk::start_with(|options| options.rate_limit = Some(RateLimit::per_seconds(1, 60))).await);
    assert_eq!(tight.proxy("GET", &format!("customers/{MARA}"), None).await.status, 200);
    let remote = tight.proxy("GET", &format!("customers/{MARA}"), None).await;
    assert_eq!((remote.status, remote.header("ratelimit-reset")), (429, Some("60")));
    assert_eq!(remote.json()["truto_is_remote_error"], true);
}

#[tokio::test]
async fn a_token_of_the_account_opens_the_account_alone_and_not_for_long() {
    let mut client = Client::start().await;
    let body = json!({ "integrated_account_id": client.account });
    let token = client.send("POST", "/integrated-account/token", "", Some(body)).await.json();
    client.token = token["integrated_account_token"].as_str().expect("a token").to_owned();
    assert_eq!(client.proxy("GET", &format!("customers/{MARA}"), None).await.status, 200);
    assert_eq!(client.get("/integrated-account/me").await.status, 200);
    assert_eq!(client.get(&client.of_account("/tools")).await.status, 403);
    client.desk.pass(15 * 60_000);
    assert_eq!(client.proxy("GET", &format!("customers/{MARA}"), None).await.status, 401);
}

#[tokio::test]
async fn an_mcp_endpoint_is_opened_by_its_address_until_it_expires() {
    let client = Client::start().await;
    let wanted =
        json!({ "name": "console", "config": { "methods": ["read", "search"] }, "expires_at": "2025-03-04T10:20:00Z" });
    let made = client.send("POST", &client.of_account("/mcp"), "", Some(wanted)).await.json();
    let path = made["url"].as_str().and_then(|url| url.strip_prefix("http://desk")).expect("an address").to_owned();
    let listed = client.get(&client.of_account("/mcp")).await;
    assert!(!listed.text.contains(made["token"].as_str().expect("a token")), "shown once");
    let ask = |message: Value| {
        let (client, path) = (&client, &path);
        async move { client.desk.send_with("POST", path, "", Some(message)).await.expect("an answer") }
    };
    let hello = json!({ "method": "initialize", "params": { "protocolVersion": "2024-11-05" } });
    assert_eq!(ask(hello).await.json()["result"]["protocolVersion"], "2024-11-05");
    assert_eq!(ask(json!({ "method": "notifications/initialized" })).await.status, 202);
    let tools = ask(json!({ "jsonrpc": "2.0", "id": 1, "method": "tools/list" })).await.json();
    let tools = tools["result"]["tools"].as_array().expect("tools").clone();
    assert!(tools.iter().all(|tool| tool["name"] != "create_a_kustomer_conversation_note"));
    let call = |name: &str, arguments: Value| json!({ "jsonrpc": "2.0", "id": 2, "method": "tools/call", "params": { "name": name, "arguments": arguments } });
    let got = ask(call("get_single_kustomer_customer_by_id", json!({ "id": MARA }))).await.json();
    let text = got["result"]["content"][0]["text"].as_str().expect("text");
    assert!(text.contains("Mara Quill") && got["result"]["isError"] == false);
    let wrong = ask(call("get_single_kustomer_customer_by_id", json!({ "id": "nobody" }))).await.json();
    assert!(wrong["result"]["isError"] == true && wrong.to_string().contains("http_status_code"));
    let hidden = ask(call("create_a_kustomer_conversation_note", json!({}))).await.json();
    assert_eq!(hidden["error"]["code"], -32602);
    let closed = json!({ "config": { "require_api_token_auth": true } });
    let id = made["id"].as_str().expect("an id").to_owned();
    client.send("PATCH", &client.of_account(&format!("/mcp/{id}")), "", Some(closed)).await;
    assert_eq!(ask(json!({ "id": 3, "method": "ping" })).await.status, 401);
    client.desk.pass(5 * 60_000);
    assert_eq!(ask(json!({ "id": 3, "method": "ping" })).await.status, 404);
    let none = json!({ "name": "x", "config": { "tags": ["nothing"] } });
    assert_eq!(client.send("POST", &client.of_account("/mcp"), "", Some(none)).await.status, 400);
}
