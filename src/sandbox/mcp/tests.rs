//! Checks the authorization server over a real port, and the server over lines as a parent process would speak to it.

use std::sync::{Arc, Mutex};

use jiff::Timestamp;
use serde_json::{Value, json};
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};
use tokio_util::sync::CancellationToken;

use super::{
    Mcp, Setting,
    fixture::Client,
    seal::challenge,
    stdio::{Speaks, talk},
};
use crate::{
    clock::Clock,
    sandbox::{
        faults::{self, Faults},
        fixture::{Got, START_MS},
        query::Query,
        times::Present,
    },
};

const VERIFIER: &str = "a-verifier-of-more-than-forty-three-letters-long";
const REDIRECT: &str = "http://127.0.0.1:7777/callback";

/// Signs on by hand.
struct SignOn {
    client: Client,
    id: String,
    resource: String,
}

impl SignOn {
    async fn start() -> Self {
        let client = Client::of("/mcp/oauth").await;
        let resource = client.desk.running.ready().mcp_more.oauth.clone();
        let body = json!({ "client_name": "t", "redirect_uris": [REDIRECT] }).to_string();
        let made = client.send("POST", "/mcp/auth/register", "", &body).await.expect("an answer");
        let id = made.json()["client_id"].as_str().expect("an id").to_owned();
        Self { client, id, resource }
    }

    async fn authorize(&self, scope: &str, change: (&str, &str)) -> Got {
        let asked = [
            ("response_type", "code"),
            ("client_id", &self.id),
            ("redirect_uri", REDIRECT),
            ("code_challenge", &challenge(VERIFIER)),
            ("code_challenge_method", "S256"),
            ("resource", &self.resource),
            ("scope", scope),
            ("state", "s/1"),
        ];
        let value = |(name, value): (&str, &str)| if name == change.0 { change.1.to_owned() } else { value.to_owned() };
        let query: Vec<String> = asked.map(|pair| format!("{}={}", pair.0, value(pair).replace(' ', "+"))).to_vec();
        let path = format!("/mcp/auth/authorize?{}", query.join("&"));
        self.client.send("GET", &path, "", "").await.expect("an answer")
    }

    async fn code(&self, scope: &str) -> String {
        let got = self.authorize(scope, ("", "")).await;
        let location = got.header("location").expect("a way back").to_owned();
        let query = Query::parse(location.split_once('?').expect("a query").1);
        assert_eq!((got.status, query.get("state")), (302, Some("s/1")));
        assert!(query.get("iss").is_some_and(|issuer| self.resource.starts_with(issuer)));
        query.get("code").expect("a code").to_owned()
    }

    async fn token(&self, form: &str) -> (u16, Value) {
        let body = format!("client_id={}&resource={}&{form}", self.id, self.resource);
        let got = self.client.send("POST", "/mcp/auth/token", "", &body).await.expect("an answer");
        (got.status, got.json())
    }

    async fn by_code(&self, code: &str, verifier: &str, redirect: &str) -> (u16, Value) {
        let form =
            format!("grant_type=authorization_code&code={code}&code_verifier={verifier}&redirect_uri={redirect}");
        self.token(&form).await
    }
}

#[tokio::test]
async fn a_stranger_is_shown_the_way_and_the_way_leads_to_a_token() {
    let mut sign_on = SignOn::start().await;
    let refused = sign_on.client.try_ask("tools/list", json!({})).await.expect("an answer");
    let told = refused.header("www-authenticate").expect("a challenge").to_owned();
    let metadata = told.split('"').nth(1).and_then(|url| url.split_once("/.well")).expect("a document").1.to_owned();
    let resource = sign_on.client.send("GET", &format!("/.well{metadata}"), "", "").await.expect("one").json();
    assert_eq!((refused.status, &resource["resource"]), (401, &json!(sign_on.resource)));
    let server =
        sign_on.client.send("GET", "/.well-known/oauth-authorization-server", "", "").await.expect("one").json();
    assert_eq!(server["issuer"], resource["authorization_servers"][0]);
    let code = sign_on.code("parcels:read").await;
    let (status, tokens) = sign_on.by_code(&code, VERIFIER, REDIRECT).await;
    assert_eq!((status, &tokens["expires_in"]), (200, &json!(300)));
    assert_eq!(sign_on.by_code(&code, VERIFIER, REDIRECT).await.1["error"], "invalid_grant", "a code works once");
    let hold = |tokens: &Value| format!("authorization: Bearer {}\r\n", tokens["access_token"].as_str().expect("one"));
    sign_on.client.more = hold(&tokens);
    assert_eq!(sign_on.client.ask("tools/list", json!({})).await.0, 200);
    let void = json!({ "name": "label_void", "arguments": { "parcel_id": "PX-10001" } });
    let short = sign_on.client.try_ask("tools/call", void.clone()).await.expect("an answer");
    assert_eq!(short.status, 403);
    assert!(
        short
            .header("www-authenticate")
            .is_some_and(|told| told.contains("insufficient_scope") && told.contains("labels:void"))
    );
    let code = sign_on.code("parcels:read labels:void").await;
    sign_on.client.more = hold(&sign_on.by_code(&code, VERIFIER, REDIRECT).await.1);
    assert_eq!(sign_on.client.ask("tools/call", void).await.1["result"]["isError"], false);
    sign_on.client.desk.pass(5 * 60_000);
    assert_eq!(sign_on.client.try_ask("tools/list", json!({})).await.expect("an answer").status, 401);
    let refresh = format!("grant_type=refresh_token&refresh_token={}", tokens["refresh_token"].as_str().expect("one"));
    let (status, fresh) = sign_on.token(&refresh).await;
    assert_eq!((status, sign_on.token(&refresh).await.0), (200, 400), "a refresh token works once");
    sign_on.client.more = hold(&fresh);
    assert_eq!(sign_on.client.ask("tools/list", json!({})).await.0, 200);
}

#[tokio::test]
async fn every_part_of_the_way_is_checked() {
    let sign_on = SignOn::start().await;
    let sent_back = async |change: (&str, &str)| {
        let got = sign_on.authorize("parcels:read", change).await;
        let error =
            got.header("location").and_then(|to| Query::parse(to.split_once('?')?.1).get("error").map(str::to_owned));
        (got.status, error)
    };
    let told = |word: &str| (302, Some(word.to_owned()));
    assert_eq!(sent_back(("code_challenge_method", "plain")).await, told("invalid_request"));
    assert_eq!(sent_back(("resource", "http://127.0.0.1:1/mcp")).await, told("invalid_target"));
    assert_eq!(sent_back(("scope", "everything")).await, told("invalid_scope"));
    assert_eq!(sent_back(("response_type", "token")).await, told("unsupported_response_type"));
    assert_eq!(sent_back(("redirect_uri", "http://127.0.0.1:7777/other")).await, (400, None), "nobody is sent there");
    for (verifier, redirect) in [("another", REDIRECT), (VERIFIER, "http://127.0.0.1:7778/callback")] {
        let code = sign_on.code("").await;
        assert_eq!(sign_on.by_code(&code, verifier, redirect).await.1["error"], "invalid_grant");
    }
    let code = sign_on.code("").await;
    sign_on.client.desk.pass(60_000);
    assert_eq!(sign_on.by_code(&code, VERIFIER, REDIRECT).await.1["error"], "invalid_grant", "too late");
    let away = json!({ "redirect_uris": ["https://evil.example/"] }).to_string();
    let got = sign_on.client.send("POST", "/mcp/auth/register", "", &away).await.expect("an answer");
    assert_eq!(got.status, 400);
}

/// What was written, for a test to read meanwhile.
#[derive(Clone, Default)]
struct Written(Arc<Mutex<Vec<u8>>>);

impl std::io::Write for Written {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().expect("no panic").extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Written {
    fn lines(&self) -> Vec<Value> {
        let text = String::from_utf8(self.0.lock().expect("no panic").clone()).expect("UTF-8");
        text.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|_| json!(line))).collect()
    }

    /// Waits for so many lines.
    async fn wait(&self, count: usize) -> Vec<Value> {
        for _ in 0..10_000 {
            if self.lines().len() >= count {
                return self.lines();
            }
            tokio::task::yield_now().await;
        }
        unreachable!("never so many lines: {:?}", self.lines());
    }
}

/// A talk that runs, and its two ends.
fn talking(speaks: Speaks, spec: &str) -> (UnboundedSender<Vec<u8>>, Written, tokio::task::JoinHandle<()>) {
    let start = Timestamp::from_millisecond(START_MS).expect("a moment");
    let mcp = Mcp::new(Setting {
        faults: Faults::new(faults::parse(spec).expect("rules"), 1),
        present: Present::new(Clock::by_hand(start).0),
        stop: CancellationToken::new(),
        seed: 1,
        pace: std::time::Duration::ZERO,
        base: None,
    });
    let (sender, lines) = unbounded_channel();
    let written = Written::default();
    let write = written.clone();
    let task = tokio::spawn(async move { talk(mcp, speaks, lines, write).await.expect("a vector takes all") });
    (sender, written, task)
}

fn say(sender: &UnboundedSender<Vec<u8>>, message: &Value) {
    sender.send(message.to_string().into_bytes()).expect("somebody listens");
}

fn modern(id: i64, method: &str, mut params: Value) -> Value {
    params["_meta"] = json!({
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientCapabilities": { "elicitation": {} },
    });
    json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params })
}

#[tokio::test]
async fn lines_are_answered_in_the_era_they_are_written_in_until_they_end() {
    let (sender, written, task) = talking(Speaks::Both, "");
    say(&sender, &modern(1, "server/discover", json!({})));
    let hello = json!({ "protocolVersion": "2025-11-25", "capabilities": { "elicitation": {} } });
    say(&sender, &json!({ "jsonrpc": "2.0", "id": 2, "method": "initialize", "params": hello }));
    sender.send(b"no json".to_vec()).expect("somebody listens");
    let lines = written.wait(3).await;
    assert!(lines.iter().any(|line| line["result"]["supportedVersions"] == json!(["2026-07-28"])));
    assert!(lines.iter().any(|line| line["result"]["protocolVersion"] == "2025-11-25"));
    assert!(lines.iter().any(|line| line["error"]["code"] == -32700));
    let call = json!({ "name": "refund_confirm", "arguments": { "parcel_id": "PX-10003" } });
    say(&sender, &json!({ "jsonrpc": "2.0", "id": 3, "method": "tools/call", "params": call }));
    let question = written.wait(4).await.pop().expect("a question");
    assert_eq!(question["method"], "elicitation/create");
    say(&sender, &json!({ "jsonrpc": "2.0", "id": question["id"], "result": { "action": "decline" } }));
    let done = written.wait(5).await.pop().expect("an answer");
    assert_eq!((&done["id"], &done["result"]["isError"]), (&json!(3), &json!(false)));
    say(&sender, &modern(4, "tools/call", call));
    let asked = written.wait(6).await.pop().expect("an answer");
    assert_eq!(asked["result"]["resultType"], "input_required");
    drop(sender);
    task.await.expect("it ends with its input");
}

#[tokio::test]
async fn one_era_alone_refuses_the_other() {
    let hello = json!({ "jsonrpc": "2.0", "id": 1, "method": "initialize", "params": { "protocolVersion": "2025-11-25", "capabilities": {} } });
    let (sender, written, _task) = talking(Speaks::Modern, "");
    say(&sender, &hello);
    assert_eq!(written.wait(1).await[0]["error"]["code"], -32602);
    let (sender, written, _task) = talking(Speaks::Legacy, "");
    say(&sender, &modern(1, "server/discover", json!({})));
    assert_eq!(written.wait(1).await[0]["error"]["code"], -32601);
    say(&sender, &hello);
    assert_eq!(written.wait(2).await[1]["result"]["protocolVersion"], "2025-11-25");
}

#[tokio::test]
async fn faults_strike_lines_too_and_a_death_ends_the_process() {
    let (sender, written, task) = talking(Speaks::Both, "* /mcp/stdio/** mcp-lies; * /mcp/** mcp-dies after=1");
    say(&sender, &modern(1, "tools/list", json!({ "cursor": null })));
    let lies = written.wait(1).await;
    assert!(lies[0]["result"]["tools"].is_array());
    let note = json!({ "name": "note_add", "arguments": { "parcel_id": "PX-10003", "text": "x" } });
    say(&sender, &modern(2, "tools/call", note.clone()));
    assert_eq!(written.wait(2).await[1]["result"]["isError"], false);
    say(&sender, &modern(3, "tools/call", note));
    task.await.expect("it ends by itself");
    assert_eq!(written.lines().len(), 2, "the last call has no answer");
}
