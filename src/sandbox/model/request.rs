//! Owns what a chat-completions request must look like: parsing, the rules `OpenAI` enforces, and its error shape. Does not
//! decide the answer (`plan`).
//!
//! Invariant: a [`Request`] is valid: it has messages, and each tool call in it is answered exactly once.
//! Rules and shapes are those of the integrations reference, 6.1 and 6.3.

use std::collections::BTreeSet;

use axum::{
    Json,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};

/// A request that passed every check.
#[derive(Debug)]
pub(super) struct Request {
    /// Which model is asked.
    pub model: String,
    pub messages: Vec<Message>,
    pub tools: Vec<Tool>,
    pub delivery: Delivery,
    pub parallel_tool_calls: bool,
}

/// How the answer travels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Delivery {
    Whole,
    Stream { usage: bool },
}

/// One message of the dialogue.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Message {
    /// From the application (`system` or `developer`).
    System(String),
    User(String),
    Assistant {
        text: String,
        calls: Vec<Call>,
    },
    Tool {
        call_id: String,
        content: String,
    },
}

/// A call the assistant made earlier.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Call {
    pub id: String,
    pub name: String,
    pub arguments: Value,
}

/// A tool on offer.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Tool {
    pub name: String,
    pub about: String,
    pub parameters: Value,
}

/// Why a request is turned down, in `OpenAI`'s words and shape.
#[derive(Debug, PartialEq, thiserror::Error)]
#[error("{message}")]
pub(super) struct Refused {
    pub status: StatusCode,
    pub message: String,
    pub param: Option<String>,
    pub code: Option<&'static str>,
}

impl Refused {
    fn invalid(param: impl Into<String>, message: impl Into<String>) -> Self {
        Self { status: StatusCode::BAD_REQUEST, message: message.into(), param: Some(param.into()), code: None }
    }

    pub(super) fn key() -> Self {
        Self {
            status: StatusCode::UNAUTHORIZED,
            message: "Incorrect API key provided.".into(),
            param: None,
            code: Some("invalid_api_key"),
        }
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let error =
            json!({ "message": self.message, "type": "invalid_request_error", "param": self.param, "code": self.code });
        (self.status, Json(json!({ "error": error }))).into_response()
    }
}

impl Request {
    /// Reads and checks a request body.
    pub(super) fn parse(body: &[u8]) -> Result<Self, Refused> {
        let body: Value = serde_json::from_slice(body).map_err(|_| Refused {
            status: StatusCode::BAD_REQUEST,
            message: "We could not parse the JSON body of your request.".into(),
            param: None,
            code: None,
        })?;
        let model = body["model"].as_str().filter(|model| !model.is_empty());
        let model = model.ok_or_else(|| Refused::invalid("model", "you must provide a model parameter"))?.to_owned();
        if body.get("n").is_some_and(|n| !n.is_null() && *n != 1) {
            return Err(Refused::invalid("n", "this model gives one choice; 'n' must be 1"));
        }
        let messages = messages(&body["messages"])?;
        check_answers(&messages)?;
        let tools = if body["tool_choice"] == "none" { Vec::new() } else { tools(&body["tools"])? };
        let delivery = if body["stream"] == true {
            Delivery::Stream { usage: body["stream_options"]["include_usage"] == true }
        } else {
            Delivery::Whole
        };
        Ok(Self { model, messages, tools, delivery, parallel_tool_calls: body["parallel_tool_calls"] != false })
    }
}

fn messages(value: &Value) -> Result<Vec<Message>, Refused> {
    let list =
        value.as_array().ok_or_else(|| Refused::invalid("messages", "Missing required parameter: 'messages'."))?;
    if list.is_empty() {
        return Err(Refused::invalid(
            "messages",
            "Invalid 'messages': empty array. Expected an array with minimum length 1.",
        ));
    }
    list.iter().enumerate().map(|(index, value)| message(index, value)).collect()
}

fn message(index: usize, value: &Value) -> Result<Message, Refused> {
    let at = |field: &str| format!("messages[{index}].{field}");
    let text = || {
        content(&value["content"])
            .ok_or_else(|| Refused::invalid(at("content"), "Invalid content: expected a string or an array of parts."))
    };
    match value["role"].as_str() {
        Some("system" | "developer") => Ok(Message::System(text()?)),
        Some("user") => Ok(Message::User(text()?)),
        Some("assistant") => {
            let calls = match &value["tool_calls"] {
                Value::Null => Vec::new(),
                calls => tool_calls(&at("tool_calls"), calls)?,
            };
            let text = content(&value["content"]);
            if text.is_none() && calls.is_empty() {
                return Err(Refused::invalid(at("content"), "An assistant message needs 'content' or 'tool_calls'."));
            }
            Ok(Message::Assistant { text: text.unwrap_or_default(), calls })
        }
        Some("tool") => {
            let call_id = value["tool_call_id"].as_str();
            let call_id = call_id
                .ok_or_else(|| Refused::invalid(at("tool_call_id"), "Missing required parameter: 'tool_call_id'."))?;
            Ok(Message::Tool { call_id: call_id.to_owned(), content: text()? })
        }
        _ => Err(Refused::invalid(
            at("role"),
            "Invalid role: expected one of 'system', 'developer', 'user', 'assistant', 'tool'.",
        )),
    }
}

/// Text of a content that is a string or an array of text parts; nothing for null and other types.
fn content(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Array(parts) => {
            Some(parts.iter().filter_map(|part| part["text"].as_str()).collect::<Vec<_>>().join("\n"))
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => None,
    }
}

fn tool_calls(at: &str, value: &Value) -> Result<Vec<Call>, Refused> {
    let list = value.as_array().filter(|list| !list.is_empty());
    let list =
        list.ok_or_else(|| Refused::invalid(at, "Invalid 'tool_calls': expected an array with minimum length 1."))?;
    list.iter()
        .map(|call| {
            let (id, function) = (call["id"].as_str(), &call["function"]);
            let (Some(id), Some(name), Some(arguments)) =
                (id, function["name"].as_str(), function["arguments"].as_str())
            else {
                return Err(Refused::invalid(
                    at,
                    "A tool call needs 'id', 'function.name' and 'function.arguments' (a string).",
                ));
            };
            let arguments = serde_json::from_str(arguments).unwrap_or(Value::Null);
            Ok(Call { id: id.to_owned(), name: name.to_owned(), arguments })
        })
        .collect()
}

fn tools(value: &Value) -> Result<Vec<Tool>, Refused> {
    let Some(list) = value.as_array() else {
        return if value.is_null() {
            Ok(Vec::new())
        } else {
            Err(Refused::invalid("tools", "Invalid 'tools': expected an array."))
        };
    };
    list.iter()
        .enumerate()
        .map(|(index, tool)| {
            let name = tool["function"]["name"].as_str().unwrap_or_default();
            let fits = (1..=64).contains(&name.len())
                && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'));
            if tool["type"] != "function" || !fits {
                let at = format!("tools[{index}].function.name");
                return Err(Refused::invalid(
                    at,
                    "Invalid tool: expected type 'function' and a name matching '^[a-zA-Z0-9_-]{1,64}$'.",
                ));
            }
            let about = tool["function"]["description"].as_str().unwrap_or_default().to_owned();
            Ok(Tool { name: name.to_owned(), about, parameters: tool["function"]["parameters"].clone() })
        })
        .collect()
}

/// Each call is answered by exactly one tool message before anything else is said.
fn check_answers(messages: &[Message]) -> Result<(), Refused> {
    let mut open = BTreeSet::new();
    for (index, message) in messages.iter().enumerate() {
        if let Message::Tool { call_id, .. } = message {
            if !open.remove(call_id.as_str()) {
                let text = "Invalid parameter: messages with role 'tool' must be a response to a preceding message with 'tool_calls'.";
                return Err(Refused::invalid(format!("messages.[{index}].role"), text));
            }
            continue;
        }
        unanswered(index, &open)?;
        if let Message::Assistant { calls, .. } = message {
            open.extend(calls.iter().map(|call| call.id.as_str()));
            if open.len() != calls.len() {
                return Err(Refused::invalid(format!("messages.[{index}].tool_calls"), "Two tool calls share one id."));
            }
        }
    }
    unanswered(messages.len(), &open)
}

fn unanswered(index: usize, open: &BTreeSet<&str>) -> Result<(), Refused> {
    if open.is_empty() {
        return Ok(());
    }
    let ids = open.iter().copied().collect::<Vec<_>>().join(", ");
    let text = format!(
        "An assistant message with 'tool_calls' must be followed by tool messages responding to each 'tool_call_id'. The following tool_call_ids did not have response messages: {ids}"
    );
    Err(Refused::invalid(format!("messages.[{index}].role"), text))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(messages: &Value) -> Result<Request, Refused> {
        Request::parse(json!({ "model": "any", "messages": messages }).to_string().as_bytes())
    }

    fn call(id: &str) -> Value {
        json!({ "role": "assistant", "content": null, "tool_calls": [{ "id": id, "type": "function", "function": { "name": "f", "arguments": "{}" } }] })
    }

    #[test]
    fn a_call_must_be_answered_once_and_only_calls_are_answered() {
        let user = json!({ "role": "user", "content": "x" });
        let answer = json!({ "role": "tool", "tool_call_id": "a", "content": "{}" });
        assert!(parse(&json!([user, call("a"), answer])).is_ok());
        let missing = parse(&json!([user, call("a"), user])).expect_err("not answered");
        assert!(missing.message.contains("did not have response messages: a"));
        assert!(parse(&json!([user, call("a")])).is_err());
        assert!(parse(&json!([user, answer])).is_err());
        assert!(parse(&json!([user, call("a"), answer, answer])).is_err());
    }

    #[test]
    fn bad_requests_are_named() {
        for (body, param) in [
            (json!({ "messages": [] }), "model"),
            (json!({ "model": "m" }), "messages"),
            (json!({ "model": "m", "messages": [] }), "messages"),
            (json!({ "model": "m", "messages": [{ "role": "pope", "content": "" }] }), "messages[0].role"),
            (json!({ "model": "m", "messages": [{ "role": "user" }] }), "messages[0].content"),
            (
                json!({ "model": "m", "messages": [{ "role": "user", "content": "x" }], "tools": [{ "type": "function", "function": { "name": "a.b" } }] }),
                "tools[0].function.name",
            ),
        ] {
            let refused = Request::parse(body.to_string().as_bytes()).expect_err("refused");
            assert_eq!((refused.status, refused.param.as_deref()), (StatusCode::BAD_REQUEST, Some(param)));
        }
    }
}
