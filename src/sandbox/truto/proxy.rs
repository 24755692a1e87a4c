//! Owns the proxy: from a resource and a method to the desk's own call, and the desk's answer in the layer's shape
//! (integrations reference, 1.6 and 1.7). Which tool stands for which call is `catalogue`'s.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Map, Value, json};

use super::{
    Asked, PER_ACCOUNT, Struck, Told, Truto, TrutoFault,
    catalogue::{self, Tool, WHOLE_BODY},
    failure::Failure,
};
use crate::sandbox::{
    dispatch::{Incoming, Outcome},
    server,
};

/// What the layer takes for itself; everything else of a query is the provider's.
const OWN: [&str; 9] = [
    "integrated_account_id",
    "limit",
    "next_cursor",
    "prev_cursor",
    "truto_body_passthrough",
    "truto_ignore_remote_data",
    "truto_exclude_fields",
    "truto_response_format",
    "truto_key_by",
];
/// Rows of a page, unless another number is asked for.
const ROWS: u64 = 25;

/// What a tool is called with.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Arguments {
    /// The id in the layer's path.
    pub id: Option<String>,
    /// The query, without what the layer takes for itself.
    pub query: Vec<(String, String)>,
    /// The body, or null.
    pub body: Value,
    /// Rows of a page.
    pub limit: Option<u64>,
    /// Where to go on.
    pub cursor: Option<String>,
}

/// `/proxy/…`, already admitted.
pub async fn call(truto: &Truto, asked: &Asked<'_>, rest: &[&str]) -> Result<Told, Failure> {
    if asked.query.get("integrated_account_id") != Some(truto.0.account.as_str()) {
        return Err(Failure::new(400, "integrated_account_id is missing or names no account of this environment."));
    }
    let (resource, method, id) = match (asked.method, rest) {
        ("GET", [resource]) => (*resource, "list", None),
        ("POST", [resource]) => (*resource, "create", None),
        ("GET", [resource, id]) => (*resource, "get", Some((*id).to_owned())),
        ("PATCH", [resource, id]) => (*resource, "update", Some((*id).to_owned())),
        ("DELETE", [resource, id]) => (*resource, "delete", Some((*id).to_owned())),
        ("POST", [resource, method]) if !catalogue::is_standard(method) => (*resource, *method, None),
        _ => return Err(Failure::new(404, "There is no such route.")),
    };
    let Some(tool) = catalogue::find(resource, method) else {
        return Err(Failure::new(404, format!("The resource {resource} has no method {method}.")));
    };
    let body = match asked.body {
        [] => Value::Null,
        bytes => serde_json::from_slice(bytes).map_err(|_| Failure::new(400, "The body is not JSON."))?,
    };
    let query = asked.query.pairs().filter(|(name, _)| !OWN.contains(name));
    let arguments = Arguments {
        id,
        query: query.map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
        body,
        limit: asked.query.get("limit").and_then(|limit| limit.parse().ok()),
        cursor: asked.query.get("next_cursor").filter(|cursor| !cursor.is_empty()).map(str::to_owned),
    };
    let key = asked.headers.get("idempotency-key").and_then(|key| key.to_str().ok());
    let key = key.filter(|_| matches!(asked.method, "POST" | "PATCH"));
    let kept = key.map(|key| format!("{} {} {key}", asked.method, rest.join("/")));
    if let Some((status, body)) = kept.as_ref().and_then(|kept| truto.kept().answered.get(kept).cloned()) {
        return Ok(Told::with(status, body));
    }
    let told = run(truto, tool, arguments, asked).await?;
    if let (Some(kept), Some(body)) = (kept, told.body.clone()) {
        truto.kept().answered.insert(kept, (told.status, body));
    }
    Ok(told)
}

/// Carries a tool out at the desk, if the account may.
pub async fn run(truto: &Truto, tool: &'static Tool, arguments: Arguments, asked: &Asked<'_>) -> Result<Told, Failure> {
    truto.kept().take("account", PER_ACCOUNT, asked.now)?;
    let is_write = tool.upstream.0 != "GET" && tool.method != "search";
    refused_before(truto, asked.struck, is_write)?;
    let (path, query, body) = upstream(tool, &arguments)?;
    let bytes = if body.is_null() { Vec::new() } else { body.to_string().into_bytes() };
    let authorization = format!("Bearer {}", truto.0.upstream);
    let incoming = Incoming {
        method: tool.upstream.0,
        path: &path,
        query: &query,
        authorization: Some(&authorization),
        host: asked.headers.get("host").and_then(|host| host.to_str().ok()),
        content_type: Some("application/json"),
        body: &bytes,
    };
    let outcome = server::carry(&truto.0.shared, &incoming).await;
    told(truto, tool, &arguments, outcome, asked.now)
}

/// What the layer refuses before the desk hears of it.
fn refused_before(truto: &Truto, struck: Option<Struck>, is_write: bool) -> Result<(), Failure> {
    let mut kept = truto.kept();
    match struck.map(|struck| (struck.fault, struck.amount)) {
        Some((TrutoFault::Limited, seconds)) => {
            let raw = json!({ "errors": [{ "code": "rate_limited", "title": "Too Many Requests" }] });
            let failure = Failure::remote(429, raw).header("ratelimit-limit", "1000".into());
            Err(failure.header("ratelimit-remaining", "0".into()).header("ratelimit-reset", seconds.to_string()))
        }
        Some((TrutoFault::Nonsense, _)) => {
            let failure = Failure::remote(429, json!({ "errors": [{ "title": "Too Many Requests" }] }));
            let failure = failure.header("ratelimit-reset", "soon".into()).header("ratelimit-remaining", "-1".into());
            Err(failure.header("retry-after", "99999999999999999999".into()))
        }
        Some((TrutoFault::OwnLimited, _)) => Err(Failure::own_limit()),
        Some((TrutoFault::Reauth, _)) => {
            kept.account.needs_reauth = true;
            Err(Failure::remote(401, json!({ "errors": [{ "title": "Expired token" }] })))
        }
        Some((TrutoFault::Scopes, _)) => {
            let insight =
                json!({ "forbidden_error": { "value": { "missing_scopes": ["org.permission.customer.read"] } } });
            let raw = json!({ "errors": [{ "title": "Requires one of: org.permission.customer.read." }] });
            Err(Failure::remote(403, raw).with("truto_error_insight", insight))
        }
        Some((TrutoFault::Sandbox, _)) if is_write => {
            Err(Failure::new(405, "This is a sandbox account: writes are not allowed."))
        }
        Some((TrutoFault::Blocked, _)) => Err(Failure::new(503, "This integrated account is blocked.")),
        _ if kept.account.needs_reauth => {
            Err(Failure::new(401, "The integrated account needs to be authenticated again (needs_reauth)."))
        }
        _ => Ok(()),
    }
}

/// The desk's path, query and body for a call.
fn upstream(tool: &Tool, arguments: &Arguments) -> Result<(String, String, Value), Failure> {
    let mut query = arguments.query.clone();
    let mut body = arguments.body.clone();
    let mut path = tool.upstream.1.to_owned();
    for name in tool.variables() {
        let from_query = query.iter().position(|(given, _)| given == name).map(|at| query.remove(at).1);
        let in_body = |body: &mut Value| body.as_object_mut()?.remove(name)?.as_str().map(str::to_owned);
        let id = arguments.id.clone().filter(|_| name == "id" && tool.has_id());
        let Some(value) = id.or(from_query).or_else(|| in_body(&mut body)).filter(|value| !value.is_empty()) else {
            let missing = json!([name]);
            return Err(
                Failure::new(400, format!("{name} is missing.")).with("missing_required_query_parameters", missing)
            );
        };
        path = path.replace(&format!("{{{name}}}"), &encoded(&value));
    }
    // Tool-driven reads say their id twice.
    query.retain(|(name, _)| name != "id" || !tool.has_id());
    if tool.method == "list" {
        query.push(("pageSize".into(), arguments.limit.unwrap_or(ROWS).to_string()));
        query.push(("page".into(), page_of(arguments.cursor.as_deref())?.to_string()));
    }
    if tool.is_body(WHOLE_BODY)
        && let Some(items) = body.as_object_mut().and_then(|body| body.remove(WHOLE_BODY))
    {
        body = items;
    }
    if tool.upstream.0 == "GET" {
        // A method of its own is a POST here although it reads there: what came in the body belongs into the query.
        let given = body.as_object().cloned().unwrap_or_default();
        query.extend(given.into_iter().map(|(name, value)| (name, word(&value))));
        body = Value::Null;
    }
    let query: Vec<String> =
        query.iter().map(|(name, value)| format!("{}={}", encoded(name), encoded(value))).collect();
    Ok((path, query.join("&"), body))
}

fn word(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// Everything but unreserved characters percent-encoded.
fn encoded(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    text.bytes().map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }).collect()
}

fn cursor(page: u64) -> String {
    URL_SAFE_NO_PAD.encode(json!({ "p": page }).to_string())
}

fn page_of(cursor: Option<&str>) -> Result<u64, Failure> {
    let Some(cursor) = cursor else { return Ok(1) };
    let bytes = URL_SAFE_NO_PAD.decode(cursor).unwrap_or_default();
    let page = serde_json::from_slice::<Value>(&bytes).ok().and_then(|value| value["p"].as_u64());
    page.ok_or_else(|| Failure::new(400, "next_cursor was not made here."))
}

/// The desk's answer in the layer's shape, with the desk's budget in the three normalised headers.
fn told(truto: &Truto, tool: &Tool, arguments: &Arguments, outcome: Outcome, now: i64) -> Result<Told, Failure> {
    let budget = outcome.headers.map(|budget| {
        // The desk tells an end in seconds, or in milliseconds where its window is no whole number of them.
        let ends = if budget.reset > 100_000_000_000 { budget.reset } else { budget.reset * 1000 };
        let left = (ends - now).max(0);
        [
            ("ratelimit-limit", budget.limit.to_string()),
            ("ratelimit-remaining", budget.remaining.to_string()),
            ("ratelimit-reset", (left.div_euclid(1000) + i64::from(left.rem_euclid(1000) > 0)).to_string()),
        ]
    });
    let headers: Vec<(&'static str, String)> = budget.into_iter().flatten().collect();
    let reply = outcome.reply;
    let raw = reply.body.unwrap_or_else(|| Value::Object(Map::new()));
    if reply.status >= 400 {
        if reply.status == 401 {
            truto.kept().account.needs_reauth = true;
        }
        let failure = Failure::remote(reply.status, raw);
        return Err(headers.into_iter().fold(failure, |failure, (name, value)| failure.header(name, value)));
    }
    let body = match tool.method {
        "list" => listed(&raw, arguments)?,
        "delete" => json!({ "id": arguments.id }),
        _ => raw,
    };
    let status = if reply.status == 204 { 200 } else { reply.status };
    Ok(Told { status, body: Some(body), headers, effect: outcome.effect })
}

fn listed(raw: &Value, arguments: &Arguments) -> Result<Value, Failure> {
    let rows = raw.get("data").and_then(Value::as_array).cloned().unwrap_or_default();
    let page = page_of(arguments.cursor.as_deref())?;
    let has_more = raw.pointer("/links/next").is_some_and(Value::is_string);
    let before = page.checked_sub(1).filter(|page| *page > 0);
    Ok(json!({
        "result": rows, "result_count": rows.len(), "is_partial_response": false,
        "next_cursor": has_more.then(|| cursor(page + 1)), "prev_cursor": before.map(cursor),
    }))
}
