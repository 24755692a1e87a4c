//! Owns the reading of Truto's envelopes as the desk's own answers (integrations reference, 1.6 and 1.7). Knows no path.

use serde_json::{Value, json};

use crate::transport::Came;

/// A page as the desk lists it, and the cursor of the next one. What is no envelope stays what it is.
pub fn listed(body: Value, next: &str) -> (Value, Option<String>) {
    let Value::Object(mut envelope) = body else { return (body, None) };
    let rows = match envelope.remove("result") {
        Some(Value::Array(rows)) => rows,
        Some(other) => {
            envelope.insert("result".to_owned(), other);
            return (Value::Object(envelope), None);
        }
        None => return (Value::Object(envelope), None),
    };
    let cursor = envelope.get("next_cursor").and_then(Value::as_str).filter(|cursor| !cursor.is_empty());
    let links = json!({ "next": cursor.map(|_| next) });
    (json!({ "data": rows, "links": links }), cursor.map(str::to_owned))
}

/// A refusal: what the desk refused is read as the desk's, what Truto refused says so.
///
/// A blocked account (503) and a sandbox that takes no writes (405) are no failing server: they are told as what the account
/// may not do, so that nobody waits or tries again.
pub fn refused(came: Came) -> Came {
    let word = |name: &str| came.body.get(name).and_then(Value::as_str);
    let is_remote = came.body.get("truto_is_remote_error") == Some(&Value::Bool(true));
    let is_ours = came.body.get("statusCode").is_some();
    if is_remote {
        let raw = came.body.get("raw_response").cloned().unwrap_or_default();
        let scopes =
            came.body.pointer("/truto_error_insight/forbidden_error/value/missing_scopes").and_then(Value::as_array);
        let lacking: Vec<&str> = scopes.into_iter().flatten().filter_map(Value::as_str).collect();
        let body = match (raw, lacking.is_empty()) {
            (raw @ Value::Object(_), true) => raw,
            (Value::String(text), true) => words(&text),
            (Value::Object(_) | Value::String(_), false) => words(&format!("missing scopes: {}", lacking.join(", "))),
            _ => words(word("message").unwrap_or("the desk behind Truto refused it")),
        };
        return Came { status: came.status, body };
    }
    if !is_ours {
        return came;
    }
    let message = word("message").unwrap_or("no reason was given");
    match came.status {
        405 => Came { status: 403, body: words(&format!("Truto: a sandbox account takes no writes ({message})")) },
        503 => Came { status: 403, body: words(&format!("Truto: the integrated account is blocked ({message})")) },
        status => Came { status, body: words(&format!("Truto: {message}")) },
    }
}

fn words(text: &str) -> Value {
    json!({ "errors": [{ "title": text }] })
}
