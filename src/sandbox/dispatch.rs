//! Owns the way of a request through the desk: key, operation, roles, budgets, function. Pure but for the desk it is given;
//! sockets and faults are `server`'s.
//!
//! ```text
//! 401 no key ─> 404 no operation ─> 403 no role ─> 429 no budget ─> 400 no JSON ─> the operation
//! ```

use serde_json::Value;

use super::{
    call::{Call, Reply},
    desk::Desk,
    errors::Refusal,
    journal::Author,
    limits::Headers,
    query::Query,
    roles::Key,
    table::{self, Asked, Op},
};

/// A request as it came.
#[derive(Clone, Debug)]
pub struct Incoming<'a> {
    /// HTTP method.
    pub method: &'a str,
    /// Path, still encoded.
    pub path: &'a str,
    /// Query string, still encoded.
    pub query: &'a str,
    /// The `authorization` header.
    pub authorization: Option<&'a str>,
    /// The body.
    pub body: &'a [u8],
}

/// An answer and what the evidence says about it.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    /// What to answer.
    pub reply: Reply,
    /// The rate headers, once a key was known.
    pub headers: Option<Headers>,
    /// Which key asked.
    pub key_name: Option<&'static str>,
    /// Whether the world changed.
    pub effect: bool,
}

/// Carries a request out.
pub fn dispatch(desk: &mut Desk, incoming: &Incoming, now: i64) -> Outcome {
    desk.settle(now);
    let before = desk.world.changes();
    let Some(key) = key_of(desk, incoming.authorization) else {
        return Outcome { reply: Refusal::unauthorized().into(), headers: None, key_name: None, effect: false };
    };
    let (reply, headers) = match desk.limits.request(now) {
        Err((refusal, headers)) => (refusal.into(), headers),
        Ok(headers) => (serve(desk, incoming, &key, now), headers),
    };
    desk.step_ended(&Author { user: Some(key.user.clone()), client: "api-gw" }, now);
    let headers = reply.headers.unwrap_or(headers);
    Outcome { reply, headers: Some(headers), key_name: Some(key.name), effect: desk.world.changes() > before }
}

fn key_of(desk: &Desk, authorization: Option<&str>) -> Option<Key> {
    let (scheme, token) = authorization?.split_once(' ')?;
    let known = |key: &&Key| scheme.eq_ignore_ascii_case("bearer") && key.token == token.trim();
    desk.keys.iter().find(known).cloned()
}

/// Carries a request out again that had to wait for a long search (`search::Scans`). It was admitted then, so it costs no
/// budget now.
pub fn again(desk: &mut Desk, incoming: &Incoming, now: i64) -> Reply {
    let asked = (key_of(desk, incoming.authorization), table::find(incoming.method, incoming.path));
    let (Some(key), Asked::Op(op, captured)) = asked else { return Refusal::unauthorized().into() };
    carry_out(desk, incoming, &key, (op, captured), now)
}

fn serve(desk: &mut Desk, incoming: &Incoming, key: &Key, now: i64) -> Reply {
    let (op, captured) = match table::find(incoming.method, incoming.path) {
        Asked::Op(op, captured) => (op, captured),
        Asked::OtherMethod | Asked::Nothing => return Refusal::not_found("Endpoint").into(),
    };
    let accepted = op.accepted();
    if !key.may(&accepted) {
        return Refusal::forbidden(&accepted.join(", ")).into();
    }
    if op.is_search()
        && let Err((refusal, headers)) = desk.limits.search(key.name, now)
    {
        return Reply { headers: Some(headers), ..refusal.into() };
    }
    carry_out(desk, incoming, key, (op, captured), now)
}

fn carry_out(desk: &mut Desk, incoming: &Incoming, key: &Key, (op, captured): (&Op, Vec<String>), now: i64) -> Reply {
    let body = match incoming.body {
        [] => Value::Null,
        bytes => match serde_json::from_slice(bytes) {
            Ok(body) => body,
            Err(_) => return Refusal::bad_request("The body is not valid JSON.").into(),
        },
    };
    let query = Query::parse(incoming.query);
    let mut call = Call { desk, key, path: incoming.path, captured, query, body, now };
    (op.run)(&mut call).unwrap_or_else(Reply::from)
}
