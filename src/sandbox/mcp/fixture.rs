//! Owns a client of the MCP server that writes HTTP by hand. Test code only.

use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::sandbox::{
    Options, faults,
    fixture::{self, Desk, Got},
};

/// A client.
pub struct Client {
    /// The desk the server is part of.
    pub desk: Desk,
    /// Where it talks to.
    pub path: String,
    /// What it says it can do.
    pub capabilities: Value,
    /// Its session, if it has one.
    pub session: Option<String>,
    /// More header lines.
    pub more: String,
}

impl Client {
    /// A client of this endpoint, which can be asked by form and page.
    pub async fn of(path: &str) -> Self {
        Self::with(path, |_| {}).await
    }

    /// The same with these faults.
    pub async fn under(path: &str, spec: &str) -> Self {
        Self::with(path, |options| options.faults = faults::parse(spec).expect("rules")).await
    }

    async fn with(path: &str, change: impl FnOnce(&mut Options)) -> Self {
        let desk = Desk::start_with(change).await;
        let capabilities = json!({ "elicitation": { "form": {}, "url": {} } });
        Self { desk, path: path.to_owned(), capabilities, session: None, more: String::new() }
    }

    fn text(&self, method: &str, path: &str, headers: &str, body: &str) -> String {
        let port = self.desk.running.addr.port();
        format!(
            "{method} {path} HTTP/1.1\r\nhost: 127.0.0.1:{port}\r\naccept: application/json, text/event-stream\r\n\
             content-type: application/json\r\n{}{headers}content-length: {}\r\nconnection: close\r\n\r\n{body}",
            self.more,
            body.len()
        )
    }

    /// A request written out; none when the answer broke off.
    pub async fn send(&self, method: &str, path: &str, headers: &str, body: &str) -> Option<Got> {
        fixture::parse(&fixture::raw(self.desk.running.addr, &self.text(method, path, headers, body)).await)
    }

    /// What this client's headers and parameters are for a request.
    fn dressed(&self, method: &str, params: Value) -> (String, Value) {
        let mut params = if params.is_null() { json!({}) } else { params };
        if let Some(session) = &self.session {
            return (format!("mcp-session-id: {session}\r\nmcp-protocol-version: 2025-11-25\r\n"), params);
        }
        let name = params["name"].as_str().map(|name| format!("mcp-name: {name}\r\n")).unwrap_or_default();
        params["_meta"]["io.modelcontextprotocol/protocolVersion"] = json!("2026-07-28");
        params["_meta"]["io.modelcontextprotocol/clientCapabilities"] = self.capabilities.clone();
        (format!("mcp-protocol-version: 2026-07-28\r\nmcp-method: {method}\r\n{name}"), params)
    }

    fn request(&self, id: i64, method: &str, params: Value) -> (String, String) {
        let (headers, params) = self.dressed(method, params);
        let body = json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params });
        (headers, body.to_string())
    }

    /// Asks, in a session if there is one; none when the answer broke off.
    pub async fn try_ask(&self, method: &str, params: Value) -> Option<Got> {
        let (headers, body) = self.request(7, method, params);
        self.send("POST", &self.path, &headers, &body).await
    }

    /// Asks and gives back the status and the answer itself.
    pub async fn ask(&self, method: &str, params: Value) -> (u16, Value) {
        let got = self.try_ask(method, params).await.expect("an answer");
        let last = messages(&got).pop().unwrap_or_default();
        (got.status, last)
    }

    /// Calls a tool and gives back the result.
    pub async fn call(&self, name: &str, arguments: Value) -> Value {
        let (_, mut answer) = self.ask("tools/call", json!({ "name": name, "arguments": arguments })).await;
        answer["result"].take()
    }

    /// Shakes hands and remembers the session.
    pub async fn shake(&mut self, revision: &str) -> Value {
        let params = json!({ "protocolVersion": revision, "capabilities": self.capabilities, "clientInfo": { "name": "t", "version": "1" } });
        let body = json!({ "jsonrpc": "2.0", "id": 1, "method": "initialize", "params": params }).to_string();
        let got = self.send("POST", &self.path, "", &body).await.expect("an answer");
        self.session = got.header("mcp-session-id").map(str::to_owned);
        got.json()["result"].take()
    }

    /// Sends a message that is no request, in the session.
    pub async fn tell(&self, message: Value) -> u16 {
        let headers = format!("mcp-session-id: {}\r\n", self.session.as_deref().expect("a session"));
        self.send("POST", &self.path, &headers, &message.to_string()).await.expect("an answer").status
    }

    /// Opens a stream: of a request, or by GET when there is no method.
    pub async fn open(&self, id: i64, method: &str, params: Value) -> Stream {
        let text = if method.is_empty() {
            let headers = format!("mcp-session-id: {}\r\n", self.session.as_deref().expect("a session"));
            self.text("GET", &self.path, &headers, "")
        } else {
            let (headers, body) = self.request(id, method, params);
            self.text("POST", &self.path, &headers, &body)
        };
        let mut socket = TcpStream::connect(self.desk.running.addr).await.expect("the desk listens");
        socket.write_all(text.as_bytes()).await.expect("it takes a request");
        Stream { socket, text: String::new(), seen: 0 }
    }

    /// All tools, page by page.
    pub async fn tools(&self) -> Vec<Value> {
        let (mut all, mut params) = (Vec::new(), json!({}));
        loop {
            let (_, answer) = self.ask("tools/list", params.clone()).await;
            all.extend(answer["result"]["tools"].as_array().expect("tools").clone());
            let Some(cursor) = answer["result"]["nextCursor"].as_str() else { return all };
            params = json!({ "cursor": cursor });
        }
    }

    /// The evidence.
    pub async fn evidence(&self) -> Value {
        self.desk.get("/__sandbox/mcp/log").await.json()
    }

    /// Waits until the evidence says so of its last call.
    pub async fn until(&self, outcome: &str) {
        for _ in 0..2_000 {
            let calls = self.evidence().await["calls"].clone();
            if calls.as_array().and_then(|calls| calls.last()).is_some_and(|call| call["outcome"] == outcome) {
                return;
            }
            tokio::task::yield_now().await;
        }
        unreachable!("the last call never was {outcome}");
    }
}

/// The messages of an answer, streamed or not.
pub fn messages(got: &Got) -> Vec<Value> {
    if got.header("content-type").is_some_and(|kind| kind.starts_with("text/event-stream")) {
        return data(&got.text);
    }
    vec![got.json()]
}

fn data(text: &str) -> Vec<Value> {
    let lines = text.lines().filter_map(|line| line.strip_prefix("data: "));
    lines.filter_map(|line| serde_json::from_str(line).ok()).collect()
}

/// An answer that goes on.
pub struct Stream {
    socket: TcpStream,
    text: String,
    seen: usize,
}

impl Stream {
    /// The next message; none once the stream has ended.
    pub async fn next(&mut self) -> Option<Value> {
        loop {
            if let Some(message) = data(&self.text).into_iter().nth(self.seen) {
                self.seen += 1;
                return Some(message);
            }
            let mut piece = [0; 4096];
            match self.socket.read(&mut piece).await {
                Ok(0) | Err(_) => return None,
                Ok(count) => self.text.push_str(&String::from_utf8_lossy(&piece[..count])),
            }
        }
    }

    /// Waits for the answer's head.
    pub async fn begun(&mut self) {
        while !self.text.contains("\r\n\r\n") {
            let mut piece = [0; 4096];
            let count = self.socket.read(&mut piece).await.expect("a stream");
            assert!(count > 0, "the stream ended at once");
            self.text.push_str(&String::from_utf8_lossy(&piece[..count]));
        }
    }
}
