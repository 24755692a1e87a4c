//! The client against the simulated server, which shares nothing with it: every endpoint, every fault.

use secrecy::SecretString;

use super::*;
use crate::{
    config::{Env, McpWay},
    connect::mcp::{Kept, Tokens, sign_in},
    sandbox::{self, Options, Running, faults},
    store::Store,
    transport::mcp::{self as http, HttpClient},
};

struct Floor {
    running: Running,
    means: Means,
    http: HttpClient,
    _folder: tempfile::TempDir,
}

impl Floor {
    async fn new(spec: &str) -> Self {
        let faults = faults::parse(spec).expect("faults");
        let running = sandbox::start(Options { faults, ..Options::default() }).await.expect("a desk");
        let folder = tempfile::tempdir().expect("a folder");
        let store = Store::open(folder.path()).expect("a store");
        let means = Means { store, env: Env::default(), tokens: Tokens::in_memory() };
        let base = SecretString::from(running.ready().mcp.as_str());
        let http = http::client(&base, Duration::from_secs(10)).expect("a client");
        Self { running, means, http, _folder: folder }
    }

    fn server(url: &str, token: Option<&str>, oauth: bool) -> McpServer {
        McpServer {
            alias: "parcelry".into(),
            way: McpWay::Http {
                url: SecretString::from(url),
                token: token.map(SecretString::from),
                oauth,
                host_shown: "http://127.0.0.1/…".into(),
            },
            reviewed: None,
            patience: Duration::from_secs(10),
        }
    }

    fn servers(&self) -> Vec<McpServer> {
        let ready = self.running.ready();
        let more = &ready.mcp_more;
        vec![
            Self::server(&ready.mcp, None, false),
            Self::server(&more.modern, None, false),
            Self::server(&more.legacy, None, false),
            Self::server(&more.bearer, Some(&more.bearer_token), false),
            Self::server(&more.token, None, false),
        ]
    }

    async fn open(&self, server: &McpServer) -> (Client, mpsc::UnboundedReceiver<Ask>) {
        let (asks, asked) = mpsc::unbounded_channel();
        (Client::connect(server, asks, Clock::real(), &self.means).await.expect("connected"), asked)
    }

    /// The calls that changed something.
    async fn effects(&self) -> usize {
        let at = format!("{}/__sandbox/mcp/log", self.running.ready().kustomer);
        let log: Value = self.http.get(at).send().await.expect("an answer").json().await.expect("the log");
        log.to_string().matches("\"effect\":true").count()
    }
}

fn call(tool: &str, body: Value) -> approval::Request {
    approval::Request { method: Method::Post, path: path("parcelry", tool), body: Some(body) }
}

async fn perform(client: &Client, tool: &str, body: Value) -> Result<Told, McpError> {
    let request = call(tool, body);
    let (_folder, ticket) = fixture::ticket(request.clone());
    client.perform(&ticket, 0, &request, None).await
}

async fn read(client: &Client, tool: &str, given: Value) -> Result<Told, McpError> {
    client.look(tool, arguments(given), Effect::Read, None).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_endpoint_is_connected_listed_read_and_written() {
    let floor = Floor::new("").await;
    for (n, server) in floor.servers().iter().enumerate() {
        let (client, mut asked) = floor.open(server).await;
        let tools = client.tools().await.expect("tools");
        assert_eq!((tools.len(), client.left_out()), (14, vec![]), "{:?}", client.identity());
        let parcel = read(&client, "parcel_get", json!({ "parcel_id": "PX-10001" })).await.expect("a parcel");
        assert_eq!(parcel.structured.as_ref().and_then(|parcel| parcel["id"].as_str()), Some("PX-10001"));
        assert_eq!(parcel.warnings, Vec::<String>::new());
        let proof = read(&client, "proof_get", json!({ "parcel_id": "PX-10001" })).await.expect("a proof");
        let kinds = |of: fn(&Content) -> bool| proof.content.iter().filter(|content| of(content)).count();
        assert!(kinds(|content| matches!(content, Content::Picture { .. })) > 0, "{:?}", proof.content);
        assert!(kinds(|content| matches!(content, Content::Link { .. } | Content::Resource { .. })) > 1);
        let stock = read(&client, "depot_stock", json!({ "region": "Süd \u{1F4E6}" })).await.expect("stock");
        assert!(!stock.is_error, "{stock:?}");
        let down = read(&client, "carrier_status", json!({ "parcel_id": "PX-10001" })).await.expect("told");
        assert!(down.is_error);
        let before = floor.effects().await;
        let note = json!({ "parcel_id": "PX-10001", "text": format!("note {n}") });
        assert!(!perform(&client, "note_add", note).await.expect("told").is_error);
        assert_eq!(floor.effects().await, before + 1);
        refund(&client, &mut asked, n).await;
        client.close().await;
    }
}

/// A refund that asks for a form: answered once, declined in the end.
async fn refund(client: &Client, asked: &mut mpsc::UnboundedReceiver<Ask>, n: usize) {
    let parcel = json!({ "parcel_id": format!("PX-1000{}", n + 2) });
    for accepts in [true, false] {
        let (told, ()) = tokio::join!(perform(client, "refund_confirm", parcel.clone()), async {
            let ask = asked.recv().await.expect("a question");
            let Question::Form { fields, .. } = &ask.question else { unreachable!("a form") };
            assert_eq!(fields.len(), 6, "{fields:?}");
            let defaults: Map<String, Value> =
                fields.iter().filter_map(|field| Some((field.name.clone(), field.default.clone()?))).collect();
            assert_eq!((ask.question.check(&defaults), defaults.len()), (Ok(()), 5));
            ask.reply.send(if accepts { Answer::Accept(defaults) } else { Answer::Decline }).expect("it waits");
        });
        let told = told.expect("told");
        assert_eq!((told.is_error, told.warnings.len()), (false, 0), "{told:?}");
    }
    let (told, ()) = tokio::join!(perform(client, "card_verify", parcel), async {
        let ask = asked.recv().await.expect("a question");
        let Question::Link { url, host, .. } = &ask.question else { unreachable!("a link") };
        assert!(url.contains(host.as_str()) && host.starts_with("127.0.0.1:"), "{url} {host}");
        ask.reply.send(Answer::Accept(Map::new())).expect("it waits");
    });
    assert!(!told.expect("told").is_error);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn progress_comes_and_a_dropped_call_is_cancelled_in_both_eras() {
    let floor = Floor::new("").await;
    for server in &floor.servers()[1..3] {
        let (client, _) = floor.open(server).await;
        let (telling, mut told) = mpsc::channel(64);
        let report = client.look("report_build", Map::new(), Effect::Read, Some(telling)).await.expect("a report");
        assert!(!report.is_error);
        let mut seen = 0;
        while told.recv().await.is_some() {
            seen += 1;
        }
        assert!(seen > 1, "{seen}");
        let cut = tokio::time::timeout(Duration::from_millis(30), read(&client, "report_build", json!({}))).await;
        assert!(cut.is_err(), "it takes longer");
        let at = format!("{}/__sandbox/mcp/log", floor.running.ready().kustomer);
        let mut log = String::new();
        for _ in 0..60 {
            log = floor.http.get(at.as_str()).send().await.expect("an answer").text().await.expect("the log");
            if log.contains("\"cancelled\"") {
                break;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        assert!(log.contains("\"cancelled\""), "{:?}: {log}", client.identity().era);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_changed_list_is_heard_of_in_both_eras() {
    let floor = Floor::new("* /mcp/** mcp-list-changed").await;
    for server in &floor.servers()[1..3] {
        let (client, _) = floor.open(server).await;
        let mut changed = client.changed();
        for _ in 0..20 {
            read(&client, "claims_count", json!({})).await.expect("told");
            if tokio::time::timeout(Duration::from_millis(200), changed.changed()).await.is_ok() {
                break;
            }
        }
        assert!(*changed.borrow() > 0, "{:?}", client.identity().era);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_goes_wrong_is_told_as_what_it_is() {
    type Fits = fn(&McpError) -> bool;
    let cases: [(&str, Fits); 5] = [
        ("* /mcp/** mcp-cut", McpError::is_unclear),
        ("* /mcp/** mcp-dies", McpError::is_unclear),
        ("* /mcp/** mcp-other-id", McpError::is_unclear),
        ("* /mcp/** mcp-huge", |error| matches!(error, McpError::TooMuch(_) | McpError::Unclear(_))),
        // By a handshake the questions come apart from the call: nobody knows what became of it.
        ("* /mcp/** mcp-loop", |error| matches!(error, McpError::Asked(_) | McpError::Unclear(_))),
    ];
    for (spec, fits) in cases {
        let floor = Floor::new(spec).await;
        for server in &floor.servers()[1..3] {
            let server = McpServer { patience: Duration::from_secs(2), ..server.clone() };
            let (client, mut asked) = floor.open(&server).await;
            let answering = tokio::spawn(async move {
                while let Some(ask) = asked.recv().await {
                    let _ = ask.reply.send(Answer::Accept(arguments(json!({ "sure": true }))));
                }
            });
            let note = json!({ "parcel_id": "PX-10001", "text": "x" });
            let told = perform(&client, "note_add", note).await;
            answering.abort();
            let error = told.expect_err(spec);
            assert!(fits(&error), "{spec} {:?}: {error:?}", client.identity().era);
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hostile_list_leaves_the_good_tools_and_a_wrong_version_is_refused() {
    let floor = Floor::new("* /mcp/** mcp-hostile; * /mcp/** mcp-bad-header; * /mcp/** mcp-control").await;
    for server in &floor.servers()[1..3] {
        let (client, _) = floor.open(server).await;
        let tools = client.tools().await.expect("tools");
        assert!(tools.len() > 10 && client.left_out().len() >= 4, "{} {:?}", tools.len(), client.left_out());
        let bad_header = client.left_out().iter().any(|left| left.name.raw() == "depot_stock");
        assert!(bad_header, "{:?}", client.left_out());
    }
    let endless = Floor::new("* /mcp/** mcp-pages").await;
    let (client, _) = endless.open(&endless.servers()[1]).await;
    assert!(client.tools().await.is_err());
    let wrong = Floor::new("* /mcp/** mcp-version").await;
    for server in &wrong.servers()[1..3] {
        let (asks, _) = mpsc::unbounded_channel();
        let error = Client::connect(server, asks, Clock::real(), &wrong.means).await.expect_err("refused");
        assert!(matches!(error, McpError::Version(_)), "{error:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_forgotten_session_is_begun_anew_and_nothing_is_done_twice() {
    let floor = Floor::new("* /mcp/legacy/session mcp-session after=4 n=1").await;
    let (client, _) = floor.open(&floor.servers()[2]).await;
    let mut done = 0;
    for n in 0..6 {
        let note = json!({ "parcel_id": "PX-10001", "text": format!("note {n}") });
        match perform(&client, "note_add", note).await {
            Ok(told) if !told.is_error => done += 1,
            other => unreachable!("{n}: {other:?}"),
        }
    }
    assert_eq!(floor.effects().await, done);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_person_signs_in_and_a_wider_scope_is_asked_for() {
    let floor = Floor::new("").await;
    let at = floor.running.ready().mcp_more.oauth.clone();
    let server = Floor::server(&at, None, true);
    let (asks, _) = mpsc::unbounded_channel();
    let none = Client::connect(&server, asks, Clock::real(), &floor.means).await.expect_err("nobody signed in");
    assert_eq!(none, McpError::SignIn);
    let signed = signed(&floor, &server, &[]).await;
    assert_eq!(signed, Ok(Kept::Memory));
    let (client, _) = floor.open(&server).await;
    assert_eq!(client.tools().await.expect("tools").len(), 14);
    let narrow = perform(&client, "label_void", json!({ "parcel_id": "PX-10001" })).await.expect_err("too narrow");
    let McpError::Scope(Some(scope)) = narrow else { unreachable!("{narrow:?}") };
    let wider: Vec<String> = scope.raw().split(' ').map(str::to_owned).collect();
    assert!(wider.contains(&"labels:void".to_owned()), "{wider:?}");
    assert_eq!(self::signed(&floor, &server, &wider).await, Ok(Kept::Memory));
    let (client, _) = floor.open(&server).await;
    assert!(perform(&client, "label_void", json!({ "parcel_id": "PX-10001" })).await.is_ok());
    assert_eq!(floor.means.tokens.forget(&server), Ok(true));
}

/// Signs in as a browser does that is sent where it is sent.
async fn signed(floor: &Floor, server: &McpServer, scopes: &[String]) -> Result<Kept, McpError> {
    let http = floor.http.clone();
    let clock = Clock::real();
    Box::pin(sign_in(server, scopes, &floor.means.tokens, &clock, |address| {
        for wanted in ["code_challenge_method=S256", "resource=", "state="] {
            assert!(address.contains(wanted), "{address}");
        }
        let address = address.to_owned();
        tokio::spawn(async move {
            let sent = http.get(address).send().await.expect("an answer");
            let back = sent.headers().get("location").expect("sent back").to_str().expect("an address").to_owned();
            http.get(back).send().await.expect("the page is there")
        });
    }))
    .await
}
