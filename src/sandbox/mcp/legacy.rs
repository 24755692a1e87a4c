//! Owns the era of handshakes over HTTP: sessions, the stream a client listens on, and its goodbye.

use axum::response::Response;
use serde_json::{Value, json};
use tokio::sync::mpsc::unbounded_channel;

use super::{
    Asked, Era, Mcp, REVISIONS,
    asking::Abilities,
    dispatch,
    faults::McpFault,
    http::{self, Hit, Way, carry, empty, refused, with_header},
    rpc::{self, Failure, Message, Request},
    session::Session,
    sse::Events,
};

/// How long a session lives without a word.
const SILENCE_MS: i64 = 30 * 60_000;
const SESSION: &str = "mcp-session-id";

/// A message to this era.
pub async fn post(mcp: &Mcp, hit: &Hit, message: Message) -> Response {
    if let Message::Request(request) = &message
        && request.method == "initialize"
    {
        return initialize(mcp, hit, request.clone());
    }
    let id = match &message {
        Message::Request(request) => request.id.clone(),
        Message::Notice { .. } | Message::Answer { .. } => Value::Null,
    };
    let session = match session(mcp, hit) {
        Ok(session) => session,
        Err(failure) => return refused(&id, &failure),
    };
    match message {
        Message::Notice { method, params } => {
            if method == "notifications/cancelled" {
                session.cancel(&params["requestId"]);
            }
            empty(202)
        }
        Message::Answer { id, outcome } => {
            session.answered(&id, outcome);
            empty(202)
        }
        Message::Request(request) => {
            let asked = Asked {
                endpoint: hit.endpoint,
                era: Era::Legacy(session.revision()),
                request,
                who: hit.who.clone(),
                abilities: session.abilities(),
            };
            let streams = hit.takes_stream() && (asked.tool().is_some() || http::reports_progress(&asked));
            carry(mcp, hit, asked, Way { session: Some(session), streams, is_tied: false }).await
        }
    }
}

fn initialize(mcp: &Mcp, hit: &Hit, request: Request) -> Response {
    let id = request.id.clone();
    let abilities = Abilities::of(&request.params["capabilities"]);
    // The revision is not agreed on yet; any will do for what follows.
    let era = Era::Legacy(REVISIONS[0]);
    let asked = Asked { endpoint: hit.endpoint, era, request, who: hit.who.clone(), abilities };
    let (result, revision) = dispatch::initialized(mcp, &asked);
    let now = mcp.now();
    let mut kept = mcp.kept();
    kept.opened += 1;
    let name = mcp.seal().secret("session", kept.opened);
    kept.sessions.retain(|_, (_, heard)| now - *heard < SILENCE_MS);
    kept.sessions.insert(name.clone(), (Session::new(revision, abilities), now));
    with_header(http::json(200, &rpc::answer(&id, &result)), SESSION, &name)
}

/// The session a message names.
fn session(mcp: &Mcp, hit: &Hit) -> Result<Session, Failure> {
    let missing = || Failure::http(400, -32000, "Mcp-Session-Id is missing; say initialize first.");
    let name = hit.header(SESSION).ok_or_else(missing)?;
    if let Some(said) = hit.header("mcp-protocol-version")
        && !REVISIONS.contains(&said)
    {
        return Err(Failure::http(400, -32000, format!("The version {said} is not spoken here.")));
    }
    if mcp.strikes(McpFault::Session, hit.endpoint, "session").is_some() {
        forget(mcp, name);
    }
    let now = mcp.now();
    let mut kept = mcp.kept();
    let found = kept.sessions.get_mut(name).filter(|(_, heard)| now - *heard < SILENCE_MS);
    let (session, heard) = found.ok_or_else(|| Failure::http(404, -32001, "There is no such session."))?;
    *heard = now;
    Ok(session.clone())
}

fn forget(mcp: &Mcp, name: &str) -> bool {
    let gone = mcp.kept().sessions.remove(name);
    if let Some((session, _)) = &gone {
        session.close();
    }
    gone.is_some()
}

/// `GET`: the stream of what no request asked for.
pub fn listen(mcp: &Mcp, hit: &Hit) -> Response {
    if !hit.takes_stream() {
        return with_header(empty(405), "allow", "POST, DELETE");
    }
    let session = match session(mcp, hit) {
        Ok(session) => session,
        Err(failure) => return refused(&Value::Null, &failure),
    };
    let (out, frames) = unbounded_channel();
    session.listens(out);
    Events { frames, guard: None, last: None, clock: mcp.clock(), stop: mcp.stop() }.response()
}

/// `DELETE`: the end of a session.
pub fn leave(mcp: &Mcp, hit: &Hit) -> Response {
    match session(mcp, hit) {
        Ok(_) => {
            forget(mcp, hit.header(SESSION).unwrap_or_default());
            http::json(200, &json!({}))
        }
        Err(failure) => refused(&Value::Null, &failure),
    }
}
