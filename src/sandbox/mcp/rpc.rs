//! Owns JSON-RPC as MCP uses it: messages read from bytes, answers and errors written. Does not know what a method does.
//!
//! Invariant: one message at a time. Batches, which one revision of the protocol allowed, are refused.

use serde_json::{Value, json};

/// What came in.
#[derive(Clone, Debug, PartialEq)]
pub enum Message {
    /// Wants an answer.
    Request(Request),
    /// Wants none.
    Notice { method: String, params: Value },
    /// Answers something the server asked; an error is kept as it came.
    Answer { id: Value, outcome: Result<Value, Value> },
}

/// A request.
#[derive(Clone, Debug, PartialEq)]
pub struct Request {
    /// A number or a text, never null.
    pub id: Value,
    /// What is wanted.
    pub method: String,
    /// With which parameters; null when there are none.
    pub params: Value,
}

/// A request that is refused as a matter of protocol.
#[derive(Clone, Debug, PartialEq)]
pub struct Failure {
    /// The protocol's number (integrations reference, 3.3).
    pub code: i64,
    /// For people.
    pub message: String,
    /// For programs.
    pub data: Option<Value>,
    /// What HTTP says beside it.
    pub status: u16,
}

impl Failure {
    /// A refusal that HTTP delivers as an ordinary answer.
    pub fn new(code: i64, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), data: None, status: 200 }
    }

    /// A refusal with an HTTP status of its own.
    pub fn http(status: u16, code: i64, message: impl Into<String>) -> Self {
        Self { status, ..Self::new(code, message) }
    }

    /// Wrong parameters.
    pub fn params(message: impl Into<String>) -> Self {
        Self::new(-32602, message)
    }

    /// With something for programs.
    pub fn with(self, data: Value) -> Self {
        Self { data: Some(data), ..self }
    }

    /// As the answer to this request.
    pub fn answer(&self, id: &Value) -> Value {
        let mut error = json!({ "code": self.code, "message": self.message });
        if let Some(data) = &self.data {
            error["data"] = data.clone();
        }
        json!({ "jsonrpc": "2.0", "id": id, "error": error })
    }
}

/// A result as the answer to this request.
pub fn answer(id: &Value, result: &Value) -> Value {
    json!({ "jsonrpc": "2.0", "id": id, "result": result })
}

/// A notification.
pub fn notice(method: &str, params: &Value) -> Value {
    json!({ "jsonrpc": "2.0", "method": method, "params": params })
}

/// Something the server asks.
pub fn request(id: &str, method: &str, params: &Value) -> Value {
    json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params })
}

/// Reads one message.
pub fn read(bytes: &[u8]) -> Result<Message, Failure> {
    let value: Value = serde_json::from_slice(bytes).map_err(|_| Failure::http(400, -32700, "This is not JSON."))?;
    let wrong = |message: &str| Failure::http(400, -32600, message);
    let object = value.as_object().ok_or_else(|| wrong("One message is one object; batches are not taken."))?;
    if object.get("jsonrpc").and_then(Value::as_str) != Some("2.0") {
        return Err(wrong("jsonrpc is not \"2.0\"."));
    }
    let id = object.get("id").cloned();
    if id.as_ref().is_some_and(|id| !id.is_string() && !id.is_number()) {
        return Err(wrong("An id is a text or a number."));
    }
    let params = object.get("params").cloned().unwrap_or_default();
    if !params.is_null() && !params.is_object() {
        return Err(wrong("params is an object."));
    }
    let method = object.get("method").map(|method| method.as_str().map(str::to_owned));
    match (method, id) {
        (Some(Some(method)), Some(id)) => Ok(Message::Request(Request { id, method, params })),
        (Some(Some(method)), None) => Ok(Message::Notice { method, params }),
        (Some(None), _) => Err(wrong("method is a text.")),
        (None, Some(id)) => match (object.get("result"), object.get("error")) {
            (Some(result), None) => Ok(Message::Answer { id, outcome: Ok(result.clone()) }),
            (None, Some(error)) => Ok(Message::Answer { id, outcome: Err(error.clone()) }),
            _ => Err(wrong("Neither a request nor an answer.")),
        },
        (None, None) => Err(wrong("Neither a request nor an answer.")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_told_apart_and_broken_ones_refused() {
        let request = read(br#"{"jsonrpc":"2.0","id":1,"method":"ping"}"#);
        assert_eq!(request, Ok(Message::Request(Request { id: json!(1), method: "ping".into(), params: Value::Null })));
        assert!(matches!(read(br#"{"jsonrpc":"2.0","method":"x"}"#), Ok(Message::Notice { .. })));
        assert!(matches!(
            read(br#"{"jsonrpc":"2.0","id":"a","error":{}}"#),
            Ok(Message::Answer { outcome: Err(_), .. })
        ));
        let code = |bytes: &[u8]| read(bytes).map_err(|failure| failure.code);
        assert_eq!(code(b"{"), Err(-32700));
        for wrong in [
            r#"[{"jsonrpc":"2.0","id":1,"method":"ping"}]"#,
            r#"{"id":1,"method":"ping"}"#,
            r#"{"jsonrpc":"2.0","id":null,"method":"ping"}"#,
            r#"{"jsonrpc":"2.0","id":1,"method":"ping","params":[]}"#,
            r#"{"jsonrpc":"2.0","id":1}"#,
        ] {
            assert_eq!(code(wrong.as_bytes()), Err(-32600), "{wrong}");
        }
    }
}
