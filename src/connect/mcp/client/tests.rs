//! The client against a server that says what a test tells it to.

#[path = "desk_tests.rs"]
mod desk_tests;
#[path = "fixture.rs"]
mod fixture;
#[path = "script.rs"]
mod script;

use std::sync::atomic::Ordering;

use script::{Asked, Reply, Script, discovered, shaken};
use serde_json::json;

use super::*;
use crate::connect::mcp::{Content, Question, Reply as Answer};

async fn connected(script: &Script) -> (Client, mpsc::UnboundedReceiver<Ask>) {
    let (asks, asked) = mpsc::unbounded_channel();
    let client = Client::connect(&script.server(), asks, Clock::real(), &script.means()).await;
    (client.expect("connected"), asked)
}

async fn refused(script: &Script) -> McpError {
    let (asks, _) = mpsc::unbounded_channel();
    Client::connect(&script.server(), asks, Clock::real(), &script.means()).await.expect_err("it is refused")
}

fn tool(name: &str) -> Value {
    json!({ "name": name, "description": name, "inputSchema": { "type": "object" } })
}

fn listed(asked: &Asked, tools: &[Value]) -> Reply {
    asked.result(json!({ "resultType": "complete", "tools": tools, "ttlMs": 0, "cacheScope": "private" }))
}

fn text(words: &str) -> Value {
    json!({ "resultType": "complete", "content": [{ "type": "text", "text": words }] })
}

fn arguments(value: Value) -> Map<String, Value> {
    let Value::Object(map) = value else { unreachable!("an object") };
    map
}

async fn look(client: &Client, arguments_: Value) -> Result<Told, McpError> {
    client.look("get", arguments(arguments_), Effect::Read, None).await
}

fn words(told: &Told) -> &str {
    match &told.content[..] {
        [Content::Text(text)] => text.raw(),
        other => unreachable!("{other:?}"),
    }
}

#[tokio::test]
async fn a_modern_server_is_asked_in_requests_that_stand_for_themselves() {
    let script = Script::new(|asked| {
        assert_eq!(asked.header("authorization"), "Bearer canary-token");
        assert_eq!(asked.header("mcp-protocol-version"), "2026-07-28");
        assert_eq!(asked.header("mcp-method"), asked.method());
        discovered(asked).unwrap_or_else(|| {
            if asked.method() == "tools/list" {
                return listed(asked, &[tool("get")]);
            }
            assert_eq!(asked.header("mcp-name"), "get");
            asked.result(text(asked.body["params"]["arguments"]["q"].as_str().unwrap_or_default()))
        })
    })
    .await;
    let (client, _) = connected(&script).await;
    let is = client.identity();
    assert_eq!((is.name.raw(), is.protocol.as_str(), is.era), ("script", "2026-07-28", Era::Modern));
    assert_eq!(is.instructions.raw(), "be kind");
    assert_eq!(client.tools().await.expect("tools").len(), 1);
    assert_eq!(words(&look(&client, json!({ "q": "hello" })).await.expect("told")), "hello");
    let sent = script.last("tools/call");
    let capabilities = &sent["params"]["_meta"]["io.modelcontextprotocol/clientCapabilities"];
    assert!(capabilities["elicitation"]["url"].is_object() && capabilities["sampling"].is_null(), "{capabilities}");
    assert_eq!(script.count("initialize"), 0);
    client.close().await;
}

#[tokio::test]
async fn an_older_server_gets_a_handshake_down_to_the_first_revision() {
    for version in ["2025-11-25", "2025-06-18", "2025-03-26", "2024-11-05"] {
        let script = Script::new(move |asked| {
            shaken(asked, version).unwrap_or_else(|| match asked.body["params"]["cursor"].as_str() {
                None => asked.result(json!({ "tools": [tool("a"), tool("b")], "nextCursor": "2" })),
                Some(_) => asked.result(json!({ "tools": [tool("c"), tool("a"), { "name": "bad" }] })),
            })
        })
        .await;
        let (client, _) = connected(&script).await;
        assert_eq!((client.identity().protocol.as_str(), client.identity().era), (version, Era::Legacy));
        let names: Vec<String> = client.tools().await.expect("tools").into_iter().map(|tool| tool.name).collect();
        assert_eq!(names, ["a", "b", "c"]);
        assert_eq!(client.left_out().len(), 2, "{:?}", client.left_out());
        client.close().await;
    }
}

#[tokio::test]
async fn what_keeps_a_connection_from_coming_about_is_told_in_words_without_secrets() {
    let odd = Script::new(|asked| shaken(asked, "1999-01-01").unwrap_or(Reply::Never)).await;
    let locked = Script::new(|_| Reply::json(401, &json!({})).with("www-authenticate", "Bearer")).await;
    let narrow = Script::new(|_| {
        Reply::json(403, &json!({}))
            .with("www-authenticate", "Bearer error=\"insufficient_scope\", scope=\"desk:read\"")
    })
    .await;
    let page =
        Script::new(|_| Reply::Told { status: 200, kind: "text/html", headers: vec![], body: "<p>hi".into() }).await;
    let busy = Script::new(|_| Reply::json(429, &json!({}))).await;
    let mut errors = Vec::new();
    for script in [&odd, &locked, &narrow, &page, &busy] {
        errors.push(refused(script).await);
    }
    let gone = Script::new(|_| Reply::Never).await;
    let mut server = gone.server();
    server.way = crate::config::McpWay::Http {
        client: None,
        url: secrecy::SecretString::from("http://127.0.0.1:9/canary-url"),
        token: None,
        oauth: false,
        host_shown: String::new(),
    };
    let (asks, _) = mpsc::unbounded_channel();
    errors.push(Client::connect(&server, asks, Clock::real(), &gone.means()).await.expect_err("nobody is there"));
    let kinds: Vec<String> = errors.iter().map(|error| format!("{error:?}")).collect();
    for (kind, start) in kinds.iter().zip(["Version", "SignIn", "Scope", "Garbled", "Limited", "Unreachable"]) {
        assert!(kind.starts_with(start), "{kind}, not {start}");
    }
    assert!(errors[2].to_string().contains("desk:read"), "{}", errors[2]);
    for error in &errors {
        let all = format!("{error} {error:?} {}", error.next());
        assert!(!["canary", "rmcp", "reqwest", "http://"].iter().any(|word| all.contains(word)), "{all}");
    }
}

#[tokio::test]
async fn a_look_is_for_reads_alone_and_an_error_is_the_servers_own() {
    let script = Script::new(|asked| {
        discovered(asked).unwrap_or_else(|| match asked.body["params"]["arguments"]["q"].as_str() {
            Some("protocol") => asked.error(200, -32602, "no such tool\u{1b}[2J"),
            Some("odd") => asked.result(json!({ "resultType": "task", "taskId": "t" })),
            Some("tool") => asked.result(json!({ "isError": true, "content": [{ "type": "text", "text": "404" }] })),
            _ => asked.result(json!({ "content": [{ "type": "hologram" }, { "type": "text", "text": "x" }] })),
        })
    })
    .await;
    let (client, _) = connected(&script).await;
    let none = client.look("get", Map::new(), Effect::Write, None).await;
    assert_eq!((none, script.count("tools/call")), (Err(McpError::NotApproved), 0));
    let error = look(&client, json!({ "q": "protocol" })).await.expect_err("refused");
    assert!(error.to_string().contains("-32602") && !error.to_string().contains('\u{1b}'), "{error}");
    assert!(matches!(look(&client, json!({ "q": "odd" })).await, Err(McpError::Garbled(_))));
    assert!(look(&client, json!({ "q": "tool" })).await.expect("told").is_error);
    let told = look(&client, json!({ "q": "else" })).await.expect("told");
    assert_eq!((told.content.len(), told.warnings.len()), (1, 1), "a part that is not known does not hide the others");
}

#[tokio::test]
async fn a_question_goes_to_a_person_and_the_answer_back_with_the_servers_state() {
    let wanted = json!({ "resultType": "input_required", "requestState": "v1.k9", "inputRequests": { "confirm": {
        "method": "elicitation/create", "params": { "mode": "form", "message": "Send?",
        "requestedSchema": { "type": "object", "properties": { "send": { "type": "boolean", "default": false } },
        "required": ["send"] } } } } });
    let script = Script::new(move |asked| {
        discovered(asked).unwrap_or_else(|| match asked.body["params"]["requestState"].as_str() {
            None => asked.result(wanted.clone()),
            Some(state) => {
                assert_eq!(state, "v1.k9");
                asked.result(text(&asked.body["params"]["inputResponses"]["confirm"].to_string()))
            }
        })
    })
    .await;
    let (client, mut asked) = connected(&script).await;
    for (answer, expected) in [
        (
            Some(Answer::Accept(arguments(json!({ "send": true })))),
            json!({ "action": "accept", "content": { "send": true } }),
        ),
        (Some(Answer::Accept(arguments(json!({ "send": "x" })))), json!({ "action": "cancel" })),
        (Some(Answer::Decline), json!({ "action": "decline" })),
        (None, json!({ "action": "cancel" })),
    ] {
        let (told, ()) = tokio::join!(look(&client, json!({})), async {
            let ask = asked.recv().await.expect("a question");
            assert_eq!(ask.server, "desk");
            let Question::Form { message, fields } = &ask.question else { unreachable!("a form") };
            assert_eq!((message.raw(), fields[0].default.clone()), ("Send?", Some(json!(false))));
            match answer {
                Some(answer) => ask.reply.send(answer).expect("it waits"),
                None => drop(ask),
            }
        });
        assert_eq!(serde_json::from_str::<Value>(words(&told.expect("told"))).expect("json"), expected);
    }
    drop(asked);
    let told = look(&client, json!({})).await.expect("told");
    assert!(words(&told).contains("cancel"), "nobody is there to be asked");
}

#[tokio::test]
async fn nothing_else_is_asked_for_and_nothing_without_end() {
    let script = Script::new(|asked| {
        discovered(asked).unwrap_or_else(|| match asked.body["params"]["arguments"]["q"].as_str() {
            Some("roots") => asked.result(json!({ "resultType": "input_required",
                "inputRequests": { "a": { "method": "roots/list" } } })),
            _ => asked.result(json!({ "resultType": "input_required", "requestState": "again" })),
        })
    })
    .await;
    let (client, _) = connected(&script).await;
    assert!(matches!(look(&client, json!({ "q": "roots" })).await, Err(McpError::Asked(_))));
    let before = script.count("tools/call");
    assert!(matches!(look(&client, json!({ "q": "state" })).await, Err(McpError::Asked(_))));
    assert!(script.count("tools/call") - before <= QUESTIONS + 1);
}

#[tokio::test]
async fn a_call_nobody_waits_for_is_cancelled_and_a_silent_one_is_told() {
    let script = Script::new(|asked| discovered(asked).unwrap_or(Reply::Never)).await;
    let (asks, _) = mpsc::unbounded_channel();
    let mut server = script.server();
    server.patience = Duration::from_millis(300);
    let client = Client::connect(&server, asks, Clock::real(), &script.means()).await.expect("connected");
    let dropped = tokio::time::timeout(Duration::from_millis(100), look(&client, json!({}))).await;
    assert!(dropped.is_err());
    assert_eq!(look(&client, json!({})).await, Err(McpError::Silent), "a look is not unclear");
    let unclear = client.call("get", Map::new(), None).await.expect_err("silent");
    assert!(unclear.is_unclear(), "{unclear:?}");
    for _ in 0..50 {
        if script.left.load(Ordering::SeqCst) == 3 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    unreachable!("the server still works on {} of 3", 3 - script.left.load(Ordering::SeqCst));
}

#[tokio::test]
async fn progress_is_told_and_a_tool_whose_header_cannot_be_sent_is_left_out_aloud() {
    let script = Script::new(|asked| {
        let property = |header: &str| {
            json!({ "type": "object",
            "properties": { "region": { "type": "string", "x-mcp-header": header } } })
        };
        discovered(asked).unwrap_or_else(|| {
            if asked.method() == "tools/list" {
                return listed(
                    asked,
                    &[
                        json!({ "name": "get", "inputSchema": property("Region") }),
                        json!({ "name": "bad", "inputSchema": property("not a name") }),
                    ],
                );
            }
            assert_eq!(asked.header("mcp-param-region"), "eu");
            let token = &asked.body["params"]["_meta"]["progressToken"];
            let progress = |done: u64| {
                json!({ "jsonrpc": "2.0", "method": "notifications/progress",
                "params": { "progressToken": token, "progress": done, "total": 2, "message": "at it" } })
            };
            Reply::events(&[
                progress(1),
                progress(2),
                json!({ "jsonrpc": "2.0", "id": asked.body["id"], "result": text("done") }),
            ])
        })
    })
    .await;
    let (client, _) = connected(&script).await;
    let names: Vec<String> = client.tools().await.expect("tools").into_iter().map(|tool| tool.name).collect();
    assert_eq!(names, ["get"]);
    assert_eq!(client.left_out().iter().map(|left| left.name.raw()).collect::<Vec<_>>(), ["bad"]);
    let (telling, mut told) = mpsc::channel(8);
    let arguments = arguments(json!({ "region": "eu" }));
    let answer = client.look("get", arguments, Effect::Read, Some(telling)).await.expect("told");
    assert_eq!(words(&answer), "done");
    let first = told.recv().await.expect("progress");
    assert_eq!((first.done, first.total, first.message.raw()), (1.0, Some(2.0), "at it"));
}

#[tokio::test]
async fn a_list_without_end_is_given_up() {
    let script = Script::new(|asked| {
        discovered(asked).unwrap_or_else(|| {
            asked.result(json!({ "resultType": "complete", "tools": [tool("a")],
            "nextCursor": "same", "ttlMs": 0, "cacheScope": "private" }))
        })
    })
    .await;
    let (client, _) = connected(&script).await;
    assert!(client.tools().await.is_err());
    assert!(script.count("tools/list") <= 3);
}

#[tokio::test]
async fn only_the_very_call_that_was_approved_is_sent() {
    let script = Script::new(|asked| {
        discovered(asked).unwrap_or_else(|| asked.result(text(&asked.body["params"]["arguments"].to_string())))
    })
    .await;
    let (client, _) = connected(&script).await;
    let request = |tool: &str, n: i64| approval::Request {
        method: Method::Post,
        path: path("desk", tool),
        body: Some(json!({ "n": n, "resource": "x", "method": "delete", "id": "1" })),
    };
    let (_folder, ticket) = fixture::ticket(request("case.update", 1));
    for (n, wrong) in [
        (0, request("case.update", 2)),
        (0, request("case.delete", 1)),
        (1, request("case.update", 1)),
        (0, approval::Request { path: "mcp:other/case.update".into(), ..request("case.update", 1) }),
        (0, approval::Request { method: Method::Put, ..request("case.update", 1) }),
        (0, approval::Request { body: None, ..request("case.update", 1) }),
    ] {
        assert_eq!(client.perform(&ticket, n, &wrong, None).await, Err(McpError::NotApproved), "{wrong:?}");
    }
    assert_eq!(script.count("tools/call"), 0);
    let told = client.perform(&ticket, 0, &request("case.update", 1), None).await.expect("told");
    assert_eq!(words(&told), String::from_utf8(request("", 1).bytes().expect("a body")).expect("utf-8"));
    assert_eq!(script.last("tools/call")["params"]["name"], "case.update");
}
