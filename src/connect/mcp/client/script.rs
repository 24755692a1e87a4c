//! Owns a server that answers as a test tells it to, over HTTP on loopback: raw JSON, so that it shares nothing with the client.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicUsize, Ordering},
};

use axum::{
    Router,
    extract::State,
    http::{HeaderMap, StatusCode, header::CONTENT_TYPE},
    response::{IntoResponse, Response},
    routing::post,
};
use futures::{FutureExt, future::BoxFuture};
use secrecy::SecretString;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::{
    config::{Env, McpServer, McpWay},
    connect::mcp::{Means, Tokens},
    store::Store,
};

/// What it is asked: the message and the headers.
pub struct Asked {
    pub body: Value,
    pub headers: HeaderMap,
}

impl Asked {
    pub fn method(&self) -> &str {
        self.body["method"].as_str().unwrap_or_default()
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// A result to it.
    pub fn result(&self, result: Value) -> Reply {
        let mut reply = json!({ "jsonrpc": "2.0", "id": self.body["id"] });
        reply["result"] = result;
        Reply::json(200, &reply)
    }

    /// An error to it.
    pub fn error(&self, status: u16, code: i64, message: &str) -> Reply {
        let error = json!({ "code": code, "message": message });
        Reply::json(status, &json!({ "jsonrpc": "2.0", "id": self.body["id"], "error": error }))
    }
}

/// What it answers.
pub enum Reply {
    Told {
        status: u16,
        kind: &'static str,
        headers: Vec<(&'static str, String)>,
        body: String,
    },
    /// It never does.
    Never,
}

impl Reply {
    pub fn json(status: u16, body: &Value) -> Self {
        Self::Told { status, kind: "application/json", headers: vec![], body: body.to_string() }
    }

    /// Events, each a message.
    pub fn events(messages: &[Value]) -> Self {
        let body = messages.iter().map(|message| format!("data: {message}\n\n")).collect();
        Self::Told { status: 200, kind: "text/event-stream", headers: vec![], body }
    }

    pub fn with(mut self, name: &'static str, value: &str) -> Self {
        if let Self::Told { headers, .. } = &mut self {
            headers.push((name, value.to_owned()));
        }
        self
    }
}

type Answers = dyn Fn(&Asked) -> Reply + Send + Sync;

/// The server, and what it heard.
pub struct Script {
    pub base: String,
    pub heard: Arc<Mutex<Vec<Value>>>,
    /// Requests whose connection ended before they were answered.
    pub left: Arc<AtomicUsize>,
    folder: tempfile::TempDir,
}

#[derive(Clone)]
struct Shared {
    answers: Arc<Answers>,
    heard: Arc<Mutex<Vec<Value>>>,
    left: Arc<AtomicUsize>,
}

struct Leaving(Arc<AtomicUsize>);

impl Drop for Leaving {
    fn drop(&mut self) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

fn serve(State(shared): State<Shared>, headers: HeaderMap, body: String) -> BoxFuture<'static, Response> {
    async move {
        let asked = Asked { body: serde_json::from_str(&body).expect("a message"), headers };
        shared.heard.lock().expect("no panic").push(asked.body.clone());
        match (shared.answers)(&asked) {
            Reply::Told { status, kind, headers, body } => {
                let status = StatusCode::from_u16(status).expect("a status");
                let mut response = (status, [(CONTENT_TYPE, kind)], body).into_response();
                for (name, value) in headers {
                    response.headers_mut().insert(name, value.parse().expect("a value"));
                }
                response
            }
            Reply::Never => {
                let _leaving = Leaving(shared.left);
                std::future::pending().await
            }
        }
    }
    .boxed()
}

impl Script {
    pub async fn new(answers: impl Fn(&Asked) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let base = format!("http://{}", listener.local_addr().expect("an address"));
        let (heard, left) = (Arc::default(), Arc::default());
        let shared = Shared { answers: Arc::new(answers), heard: Arc::clone(&heard), left: Arc::clone(&left) };
        let app = Router::new().route("/{*path}", post(serve)).with_state(shared);
        tokio::spawn(async move { axum::serve(listener, app).await });
        Self { base, heard, left, folder: tempfile::tempdir().expect("a folder") }
    }

    pub fn server(&self) -> McpServer {
        McpServer {
            alias: "desk".into(),
            way: McpWay::Http {
                url: SecretString::from(format!("{}/mcp/canary-url", self.base)),
                token: Some(SecretString::from("canary-token")),
                oauth: false,
                host_shown: self.base.clone(),
            },
            reviewed: None,
            patience: std::time::Duration::from_secs(5),
        }
    }

    pub fn means(&self) -> Means {
        let store = Store::open(self.folder.path()).expect("a store");
        Means { store, env: Env::default(), tokens: Tokens::in_memory() }
    }

    /// How often it heard a method.
    pub fn count(&self, method: &str) -> usize {
        self.heard.lock().expect("no panic").iter().filter(|said| said["method"] == method).count()
    }

    /// What it heard of a method last.
    pub fn last(&self, method: &str) -> Value {
        let heard = self.heard.lock().expect("no panic");
        heard.iter().rev().find(|said| said["method"] == method).cloned().unwrap_or_default()
    }
}

/// How a modern server answers its first message.
pub fn discovered(asked: &Asked) -> Option<Reply> {
    let result = json!({ "resultType": "complete", "supportedVersions": ["2026-07-28"], "capabilities": { "tools": {} },
        "instructions": "be kind", "ttlMs": 0, "cacheScope": "private",
        "_meta": { "io.modelcontextprotocol/serverInfo": { "name": "script", "version": "1" } } });
    (asked.method() == "server/discover").then(|| asked.result(result))
}

/// How a legacy one does.
pub fn shaken(asked: &Asked, version: &str) -> Option<Reply> {
    match asked.method() {
        "server/discover" => Some(asked.error(400, -32600, "no session")),
        "initialize" => Some(asked.result(json!({ "protocolVersion": version, "capabilities": { "tools": {} },
            "serverInfo": { "name": "old", "version": "0" } }))),
        "notifications/initialized" => {
            Some(Reply::Told { status: 202, kind: "application/json", headers: vec![], body: String::new() })
        }
        _ => None,
    }
}
