//! Owns the routes under `/__sandbox` that the real desk does not have: its keys, its evidence, its time and its faults.
//! They need no key: whoever reaches a loopback port may steer the simulation.

use std::sync::Arc;

use axum::{
    Router,
    body::Bytes,
    extract::{RawQuery, State},
    response::Response,
    routing::get,
};
use serde_json::{Value, json};

use super::{
    call::Reply,
    errors::Refusal,
    faults,
    log::Wanted,
    query::Query,
    server::{Shared, respond},
    times,
};

/// The longest step in time.
const MOST_STEP_MS: i64 = 10 * 365 * 24 * 3_600_000;

/// The admin routes.
pub fn routes(shared: Arc<Shared>) -> Router {
    Router::new()
        .route("/keys", get(keys))
        .route("/log", get(log))
        .route("/stats", get(stats))
        .route("/webhooks", get(webhooks))
        .route("/clock", get(read_clock).post(advance_clock))
        .route("/faults", get(read_faults).post(add_faults).delete(clear_faults))
        .with_state(shared)
}

/// Every key with its roles and the machine user it acts as.
async fn keys(State(shared): State<Arc<Shared>>) -> Response {
    let describe =
        |key: &super::roles::Key| json!({ "name": key.name, "token": key.token, "user": key.user, "roles": key.roles });
    let keys: Vec<Value> = shared.desk().keys.iter().map(describe).collect();
    ok(json!({ "keys": keys }))
}

/// The requests after number `since`, at most `limit`, only those with (`effect=true`) or without an effect.
async fn log(State(shared): State<Arc<Shared>>, RawQuery(query): RawQuery) -> Response {
    let query = Query::parse(&query.unwrap_or_default());
    let wanted = Wanted {
        since: query.get("since").and_then(|seq| seq.parse().ok()).unwrap_or(0),
        limit: query.get("limit").and_then(|limit| limit.parse().ok()),
        effect: query.get("effect").and_then(|effect| effect.parse().ok()),
    };
    let entries = shared.log().read(wanted);
    ok(json!({ "requests": entries }))
}

/// What each lane asked for, and how much of the org's budget each window used: the present one last.
async fn stats(State(shared): State<Arc<Shared>>) -> Response {
    let now = shared.present.now_ms();
    let desk = shared.desk();
    let log = shared.log();
    ok(json!({
        "lanes": log.counts(), "over_budget": desk.limits.refused(), "windows": desk.limits.windows(now),
    }))
}

/// The tries to deliver webhooks after number `since`, and how many events still wait.
async fn webhooks(State(shared): State<Arc<Shared>>, RawQuery(query): RawQuery) -> Response {
    let query = Query::parse(&query.unwrap_or_default());
    let since = query.get("since").and_then(|seq| seq.parse().ok()).unwrap_or(0);
    let desk = shared.desk();
    let tries: Vec<_> = desk.webhooks.tries().filter(|tried| tried.seq > since).collect();
    ok(json!({ "deliveries": tries, "waiting": desk.webhooks.waiting() }))
}

async fn read_clock(State(shared): State<Arc<Shared>>) -> Response {
    ok(json!({ "now": times::iso(shared.present.now_ms()) }))
}

/// Moves the desk's time forward: `{"advance_ms": N}`.
async fn advance_clock(State(shared): State<Arc<Shared>>, body: Bytes) -> Response {
    let body: Value = serde_json::from_slice(&body).unwrap_or_default();
    let Some(ms) = body.get("advance_ms").and_then(Value::as_i64).filter(|ms| (0..=MOST_STEP_MS).contains(ms)) else {
        return refused(Refusal::invalid("advance_ms", "must be a number of milliseconds from 0 to ten years"));
    };
    shared.present.advance(ms);
    shared.stir();
    read_clock(State(shared)).await
}

/// The rules in force and how often any has struck.
async fn read_faults(State(shared): State<Arc<Shared>>) -> Response {
    ok(json!({ "faults": shared.faults.rules(), "struck": shared.faults.struck() }))
}

/// Adds rules, given as `{"spec": "…"}` or as the bare text of the rules.
async fn add_faults(State(shared): State<Arc<Shared>>, body: Bytes) -> Response {
    let text = String::from_utf8_lossy(&body).into_owned();
    let spec = match serde_json::from_str::<Value>(&text) {
        Ok(body) => body.get("spec").and_then(Value::as_str).unwrap_or_default().to_owned(),
        Err(_) => text,
    };
    match faults::parse(&spec) {
        Ok(rules) => shared.faults.add(rules),
        Err(error) => return refused(Refusal::bad_request(error.to_string())),
    }
    read_faults(State(shared)).await
}

async fn clear_faults(State(shared): State<Arc<Shared>>) -> Response {
    shared.faults.clear();
    read_faults(State(shared)).await
}

fn ok(body: Value) -> Response {
    respond(&Reply::json(200, body))
}

fn refused(refusal: Refusal) -> Response {
    respond(&refusal.into())
}
