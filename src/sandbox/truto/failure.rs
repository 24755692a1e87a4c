//! Owns how the layer says no: its error envelope (integrations reference, 1.7), for its own refusals and for what the desk
//! behind it refused. Does not decide when.

use serde_json::{Map, Value, json};

use super::Told;

/// A refusal.
#[derive(Clone, Debug, PartialEq)]
pub struct Failure {
    status: u16,
    message: String,
    /// More members of the envelope.
    more: Map<String, Value>,
    headers: Vec<(&'static str, String)>,
}

impl Failure {
    /// The layer's own refusal.
    pub fn new(status: u16, message: impl Into<String>) -> Self {
        Self { status, message: message.into(), more: Map::new(), headers: Vec::new() }
    }

    /// The layer's own limit.
    pub fn own_limit() -> Self {
        Self::new(429, "Too many requests.").header("retry-after", "10".into())
    }

    /// What the desk refused, in its own words.
    pub fn remote(status: u16, raw: Value) -> Self {
        let told = raw.pointer("/errors/0/detail").or_else(|| raw.pointer("/errors/0/title")).and_then(Value::as_str);
        let message = told.unwrap_or("The provider refused the request.").to_owned();
        Self::new(status, message).with("truto_is_remote_error", true.into()).with("raw_response", raw)
    }

    /// The same with one more member.
    #[must_use]
    pub fn with(mut self, name: &str, value: Value) -> Self {
        self.more.insert(name.to_owned(), value);
        self
    }

    /// The same with one more header.
    #[must_use]
    pub fn header(mut self, name: &'static str, value: String) -> Self {
        self.headers.push((name, value));
        self
    }

    /// The envelope.
    pub fn body(&self) -> Value {
        let mut body = self.more.clone();
        body.insert("statusCode".into(), self.status.into());
        body.insert("error".into(), name(self.status).into());
        body.insert("message".into(), self.message.clone().into());
        Value::Object(body)
    }

    /// As the result of an MCP tool: the status stands in the envelope.
    pub fn in_result(&self) -> Value {
        let mut body = self.body();
        body["http_status_code"] = json!(self.status);
        body
    }

    /// As an answer.
    pub fn told(self) -> Told {
        Told { headers: self.headers.clone(), ..Told::with(self.status, self.body()) }
    }
}

fn name(status: u16) -> &'static str {
    axum::http::StatusCode::from_u16(status).ok().and_then(|status| status.canonical_reason()).unwrap_or("Error")
}
