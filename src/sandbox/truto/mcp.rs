//! Owns the layer's MCP tokens and their endpoint (integrations reference, 1.9): JSON-RPC over HTTP, one answer a request,
//! tools made anew each time. Calls go through `proxy` like any other.
//!
//! Tolerant as the public clients need it: `jsonrpc` may be missing, the content type may be anything, `initialize` may have
//! no id. It speaks the handshake's revisions; one it does not know is answered with its own newest.

use axum::http::header;
use serde_json::{Map, Value, json};

use super::{
    Asked, Told, Truto,
    account::object,
    catalogue::{Tool, Wanted},
    failure::Failure,
    proxy::{self, Arguments},
    token,
};
use crate::sandbox::times::{self, iso};

/// The revisions it speaks, the newest last.
const REVISIONS: [&str; 4] = ["2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25"];
/// How soon a token may expire at the earliest.
const SOONEST_MS: i64 = 60_000;

/// A token of an endpoint.
#[derive(Clone, Debug)]
pub struct McpToken {
    secret: String,
    name: String,
    wanted: Wanted,
    needs_bearer: bool,
    expires_at: Option<i64>,
}

impl McpToken {
    fn told(&self, id: &str) -> Value {
        let mut config = Map::new();
        for (name, list) in [("methods", &self.wanted.methods), ("tags", &self.wanted.tags)] {
            if !list.is_empty() {
                config.insert(name.into(), json!(list));
            }
        }
        config.insert("require_api_token_auth".into(), self.needs_bearer.into());
        json!({ "id": id, "name": self.name, "config": config, "expires_at": self.expires_at.map(iso) })
    }
}

/// `/integrated-account/{id}/mcp[/{tokenId}]`, already admitted.
pub fn tokens(truto: &Truto, asked: &Asked<'_>, rest: &[&str]) -> Result<Told, Failure> {
    forget_expired(truto, asked.now);
    match (asked.method, rest) {
        ("GET", []) => {
            let all: Vec<Value> = truto.kept().mcp.iter().map(|(id, token)| token.told(id)).collect();
            Ok(Told::ok(json!({ "result": all, "next_cursor": null, "limit": 25 })))
        }
        ("POST", []) => create(truto, asked),
        ("GET", [id]) => {
            let kept = truto.kept();
            Ok(Told::ok(kept.mcp.get(*id).ok_or_else(missing)?.told(id)))
        }
        ("PATCH", [id]) => {
            let mut kept = truto.kept();
            let old = kept.mcp.get(*id).ok_or_else(missing)?.clone();
            let new = written(&object(asked)?, old, asked.now)?;
            let told = new.told(id);
            kept.mcp.insert((*id).to_owned(), new);
            Ok(Told::ok(told))
        }
        ("DELETE", [id]) => {
            truto.kept().mcp.remove(*id).ok_or_else(missing)?;
            Ok(Told::ok(json!({ "id": id })))
        }
        _ => Err(Failure::new(404, "There is no such route.")),
    }
}

fn missing() -> Failure {
    Failure::new(404, "There is no such MCP token.")
}

fn forget_expired(truto: &Truto, now: i64) {
    truto.kept().mcp.retain(|_, token| token.expires_at.is_none_or(|at| now < at));
}

fn create(truto: &Truto, asked: &Asked<'_>) -> Result<Told, Failure> {
    let body = object(asked)?;
    let name = body["name"].as_str().filter(|name| !name.is_empty());
    name.ok_or_else(|| Failure::new(400, "name is missing."))?;
    let mut kept = truto.kept();
    let id = kept.mint("mcp");
    let secret = token(kept.minted, "mcp");
    let fresh = McpToken {
        secret: secret.clone(),
        name: String::new(),
        wanted: Wanted::default(),
        needs_bearer: false,
        expires_at: None,
    };
    let made = written(&body, fresh, asked.now)?;
    let mut told = made.told(&id);
    kept.mcp.insert(id, made);
    let host = asked.headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or("localhost");
    told["token"] = json!(secret);
    told["url"] = json!(format!("http://{host}{}/mcp/{secret}", super::ROOT));
    Ok(Told::with(201, told))
}

/// The token with what the body says changed.
fn written(body: &Value, mut token: McpToken, now: i64) -> Result<McpToken, Failure> {
    let words = |value: &Value| -> Vec<String> {
        value.as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
    };
    if let Some(name) = body["name"].as_str() {
        name.clone_into(&mut token.name);
    }
    if let Some(config) = body["config"].as_object() {
        let list = |name: &str| config.get(name).map(words).unwrap_or_default();
        token.wanted = Wanted { methods: list("methods"), tags: list("tags"), undocumented: false };
        token.needs_bearer = config.get("require_api_token_auth") == Some(&Value::Bool(true));
    }
    if let Some(expiry) = body.get("expires_at") {
        token.expires_at = match expiry {
            Value::Null => None,
            other => {
                let at = other.as_str().and_then(times::parse).filter(|at| *at >= now + SOONEST_MS);
                Some(at.ok_or_else(|| Failure::new(400, "expires_at is a time at least 60 seconds from now."))?)
            }
        };
    }
    if token.wanted.tools().next().is_none() {
        return Err(Failure::new(400, "No tool would match."));
    }
    Ok(token)
}

/// `POST /mcp/{token}`: the token in the address is the key, with a bearer token beside it where that is asked for.
pub async fn endpoint(truto: &Truto, asked: &Asked<'_>, secret: &str) -> Result<Told, Failure> {
    forget_expired(truto, asked.now);
    let found = truto.kept().mcp.values().find(|token| token.secret == secret).cloned();
    let found = found.ok_or_else(missing)?;
    if found.needs_bearer {
        truto.admit(asked, false)?;
    }
    if asked.method != "POST" {
        return Err(Failure::new(405, "Only POST is answered here."));
    }
    let Ok(message) = serde_json::from_slice::<Value>(asked.body) else {
        return Ok(Told::with(400, wrong(&Value::Null, -32700, "This is not JSON.")));
    };
    let method = message["method"].as_str().unwrap_or_default();
    let id = message.get("id").cloned();
    if method.starts_with("notifications/") {
        return Ok(Told { status: 202, body: None, headers: Vec::new(), effect: false });
    }
    let id = id.unwrap_or_default();
    let result = match method {
        "initialize" => initialized(&message["params"]),
        "ping" => json!({}),
        "tools/list" => json!({ "tools": found.wanted.tools().map(listed).collect::<Vec<_>>() }),
        "tools/call" => return called(truto, asked, &found, &message["params"], &id).await,
        _ => return Ok(Told::ok(wrong(&id, -32601, "There is no such method."))),
    };
    Ok(Told::ok(json!({ "jsonrpc": "2.0", "id": id, "result": result })))
}

fn wrong(id: &Value, code: i64, message: &str) -> Value {
    json!({ "jsonrpc": "2.0", "id": id, "error": { "code": code, "message": message } })
}

fn initialized(params: &Value) -> Value {
    let asked = params["protocolVersion"].as_str().and_then(|asked| REVISIONS.iter().find(|known| **known == asked));
    json!({
        "protocolVersion": asked.unwrap_or(&REVISIONS[REVISIONS.len() - 1]),
        "capabilities": { "tools": {} },
        "serverInfo": { "name": "truto-sandbox", "version": "1" },
    })
}

fn listed(tool: &Tool) -> Value {
    json!({ "name": tool.name, "description": tool.about, "inputSchema": tool.flat_schema() })
}

async fn called(
    truto: &Truto,
    asked: &Asked<'_>,
    token: &McpToken,
    params: &Value,
    id: &Value,
) -> Result<Told, Failure> {
    let name = params["name"].as_str().unwrap_or_default();
    let Some(tool) = token.wanted.tools().find(|tool| tool.name == name) else {
        return Ok(Told::ok(wrong(id, -32602, "There is no such tool.")));
    };
    let given = params["arguments"].as_object().cloned().unwrap_or_default();
    let (body, is_error, effect) = match proxy::run(truto, tool, split(tool, given), asked).await {
        Ok(told) => (told.body.unwrap_or_default(), false, told.effect),
        Err(failure) => (failure.in_result(), true, false),
    };
    let content = json!([{ "type": "text", "text": body.to_string() }]);
    let result = json!({ "content": content, "isError": is_error });
    Ok(Told { effect, ..Told::ok(json!({ "jsonrpc": "2.0", "id": id, "result": result })) })
}

/// One flat object of arguments, split by the schemas.
fn split(tool: &Tool, given: Map<String, Value>) -> Arguments {
    let mut arguments = Arguments::default();
    let mut body = Map::new();
    let plain = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    for (name, value) in given {
        match name.as_str() {
            "id" if tool.has_id() => arguments.id = Some(plain(&value)),
            "limit" if tool.method == "list" => arguments.limit = value.as_u64(),
            "next_cursor" if tool.method == "list" => {
                arguments.cursor = Some(plain(&value)).filter(|cursor| !cursor.is_empty());
            }
            name if tool.is_body(name) => drop(body.insert(name.to_owned(), value)),
            _ => arguments.query.push((name, plain(&value))),
        }
    }
    arguments.body = if body.is_empty() { Value::Null } else { Value::Object(body) };
    arguments
}
