//! Owns a simulated desk in a process of its own, and a plain HTTP client to ask it what happened. The client shares
//! nothing with the program's.

use std::{
    io::{BufRead, BufReader},
    process::{Child, Command, Stdio},
};

use serde_json::{Value, json};

use super::PROGRAM;

/// `shiftdeck sandbox`, ended with the value.
pub struct Desk {
    child: Child,
    pub kustomer: String,
    pub api_key: String,
    pub openai: String,
    /// Address, token and account of the integration layer over it.
    pub truto: [String; 3],
    /// Whether programs reach it that way.
    pub is_by_truto: bool,
    ready: Value,
    http: reqwest::Client,
    runtime: tokio::runtime::Runtime,
}

impl Desk {
    /// A desk on a free port, with more arguments.
    pub fn start(args: &[&str]) -> Self {
        let home = std::env::temp_dir();
        let mut child = Command::new(PROGRAM)
            .env_clear()
            .env("SHIFTDECK_HOME", home)
            .args(["sandbox", "--listen", "127.0.0.1:0"])
            .args(args)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("the sandbox starts");
        let mut line = String::new();
        let stdout = child.stdout.take().expect("stdout is piped");
        BufReader::new(stdout).read_line(&mut line).expect("a ready line");
        let ready: Value = serde_json::from_str(&line).expect("the ready line is JSON");
        let text =
            |key: &str| ready[key].as_str().unwrap_or_else(|| panic!("the ready line names {key}: {line}")).to_owned();
        Self {
            child,
            kustomer: text("kustomer"),
            api_key: text("api_key"),
            openai: text("openai"),
            truto: ["url", "token", "account"].map(|name| ready["truto"][name].as_str().expect("a road").to_owned()),
            is_by_truto: false,
            ready: ready.clone(),
            http: reqwest::Client::builder().no_proxy().build().expect("a client"),
            runtime: tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime"),
        }
    }

    /// The whole ready line.
    pub fn ready(&self) -> &Value {
        &self.ready
    }

    /// The same desk, which programs reach through the integration layer.
    pub fn by_truto(mut self) -> Self {
        self.is_by_truto = true;
        self
    }

    /// One request with the full key: status and JSON body (null when it has none).
    pub fn call(&self, method: &str, path: &str, body: Option<Value>) -> (u16, Value) {
        self.call_as(&self.api_key, method, path, body)
    }

    /// One request with another key.
    pub fn call_as(&self, key: &str, method: &str, path: &str, body: Option<Value>) -> (u16, Value) {
        let method = reqwest::Method::from_bytes(method.as_bytes()).expect("a method");
        let mut request = self.http.request(method, format!("{}{path}", self.kustomer)).bearer_auth(key);
        if let Some(body) = body {
            request = request.json(&body);
        }
        self.runtime.block_on(async {
            let answer = request.send().await.expect("the desk answers");
            let status = answer.status().as_u16();
            (status, answer.json().await.unwrap_or(Value::Null))
        })
    }

    /// One request as it is, with a key or without: status and text of the body.
    pub fn raw(&self, key: Option<&str>, method: &str, path: &str, body: Option<&Value>) -> (u16, String) {
        let method = reqwest::Method::from_bytes(method.as_bytes()).expect("a method");
        let mut request = self.http.request(method, format!("{}{path}", self.kustomer));
        if let Some(key) = key {
            request = request.bearer_auth(key);
        }
        if let Some(body) = body {
            request = request.json(body);
        }
        self.runtime.block_on(async {
            let answer = request.send().await.expect("the desk answers");
            (answer.status().as_u16(), answer.text().await.expect("a whole body"))
        })
    }

    /// A header of the answer to a GET.
    pub fn header(&self, path: &str, name: &str) -> Option<String> {
        let request = self.http.get(format!("{}{path}", self.kustomer)).bearer_auth(&self.api_key);
        let answer = self.runtime.block_on(request.send()).expect("the desk answers");
        answer.headers().get(name).and_then(|value| value.to_str().ok()).map(str::to_owned)
    }

    /// Moves the desk's time forward.
    pub fn advance(&self, ms: u64) {
        let (status, body) = self.call("POST", "/__sandbox/clock", Some(json!({ "advance_ms": ms })));
        assert_eq!(status, 200, "{body}");
    }

    /// A GET that must work.
    pub fn get(&self, path: &str) -> Value {
        let (status, body) = self.call("GET", path, None);
        assert_eq!(status, 200, "GET {path}: {body}");
        body
    }

    /// The key that may read sensitive values: what the desk really holds.
    pub fn unmasked_key(&self) -> String {
        self.key("unmasked")
    }

    /// The key of this name.
    pub fn key(&self, name: &str) -> String {
        let keys = self.get("/__sandbox/keys");
        let found = keys.to_string();
        keys["keys"]
            .as_array()
            .and_then(|keys| keys.iter().find(|key| key["name"] == name))
            .and_then(|key| key["token"].as_str())
            .unwrap_or_else(|| panic!("a key {name} among {found}"))
            .to_owned()
    }

    /// The requests the desk received that changed something, as `METHOD path`.
    pub fn effects(&self) -> Vec<String> {
        self.log().iter().filter(|entry| entry["effect"] == true).map(line).collect()
    }

    /// Every request the desk received from the program (not from this client).
    pub fn log(&self) -> Vec<Value> {
        let log = self.get("/__sandbox/log");
        let all = log["requests"].as_array().cloned().unwrap_or_default();
        all.into_iter().filter(|entry| !entry["lane"].is_null()).collect()
    }

    /// Everything the model was ever sent, as one text.
    pub fn model_traffic(&self) -> String {
        self.get("/__sandbox/model/log").to_string()
    }

    /// Adds fault rules.
    pub fn fault(&self, spec: &str) {
        let (status, body) = self.call("POST", "/__sandbox/faults", Some(json!({ "spec": spec })));
        assert!(status < 300, "{spec}: {status} {body}");
    }

    /// Customers, whole, as the unmasked key sees them.
    pub fn customers(&self) -> Vec<Value> {
        let key = self.unmasked_key();
        let mut all = Vec::new();
        let mut page = 1;
        loop {
            let (status, body) = self.call_as(&key, "GET", &format!("/v1/customers?pageSize=100&page={page}"), None);
            assert_eq!(status, 200, "{body}");
            all.extend(body["data"].as_array().cloned().unwrap_or_default());
            if body["links"]["next"].is_null() {
                return all;
            }
            page += 1;
        }
    }
}

fn line(entry: &Value) -> String {
    format!("{} {}", entry["method"].as_str().unwrap_or("?"), entry["path"].as_str().unwrap_or("?"))
}

impl Drop for Desk {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
