//! Owns the server's HTTP: which endpoint, who may come in, and how an answer leaves. What the eras demand of a request is
//! `modern`'s and `legacy`'s.

use axum::{
    Router,
    body::{Body, Bytes, to_bytes},
    extract::{ConnectInfo, Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header},
    response::Response,
    routing::any,
};
use serde_json::Value;
use tokio::sync::mpsc::unbounded_channel;
use tokio_util::sync::CancellationToken;

use super::{
    Asked, Endpoint, MODERN, Mcp, REVISIONS, ROOT,
    calls::Line,
    dispatch::{self, Ending, Finished},
    faults::McpFault,
    legacy, modern, oauth,
    rpc::{self, Failure, Message},
    session::Session,
    sse::{Events, Frame},
};
use crate::sandbox::wire::Switch;

/// The largest message taken.
const MOST_BYTES: usize = 4 << 20;

/// Somebody who was let in, and what they came with.
#[derive(Clone, Debug)]
pub struct Hit {
    /// Where.
    pub endpoint: Endpoint,
    /// Their headers.
    pub headers: HeaderMap,
    /// Their connection.
    pub switch: Switch,
    /// Who they are.
    pub who: String,
}

impl Hit {
    /// A header's text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// Whether they take a stream.
    pub fn takes_stream(&self) -> bool {
        self.header("accept").is_some_and(|accept| accept.contains("text/event-stream"))
    }
}

/// The routes, with their whole paths.
pub fn routes(mcp: Mcp) -> Router {
    Router::new()
        .route(ROOT, any(serve))
        .route("/mcp/{*rest}", any(serve))
        .route("/.well-known/{*rest}", any(serve))
        .with_state(mcp)
}

/// An answer of this status and type.
pub fn reply(status: u16, content_type: &'static str, body: impl Into<Body>) -> Response {
    let mut response = Response::new(body.into());
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    response
}

/// An answer as JSON.
pub fn json(status: u16, body: &Value) -> Response {
    reply(status, "application/json", body.to_string())
}

/// An answer without a body.
pub fn empty(status: u16) -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    response
}

/// A refusal of a request with this id.
pub fn refused(id: &Value, failure: &Failure) -> Response {
    json(failure.status, &failure.answer(id))
}

/// The same answer with a header; a value that is none is left out.
pub fn with_header(mut response: Response, name: &'static str, value: &str) -> Response {
    if let Ok(value) = HeaderValue::from_str(value) {
        response.headers_mut().insert(HeaderName::from_static(name), value);
    }
    response
}

async fn serve(State(mcp): State<Mcp>, ConnectInfo(switch): ConnectInfo<Switch>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let Some(host) = loopback_host(&parts.headers) else {
        return refused(&Value::Null, &Failure::http(403, -32600, "This Host or Origin is not let in."));
    };
    let Ok(body) = to_bytes(body, MOST_BYTES).await else {
        return refused(&Value::Null, &Failure::http(413, -32600, "A message is 4 MiB at most."));
    };
    let path = parts.uri.path();
    let base = format!("http://{host}");
    let sign_on =
        oauth::Visit { method: &parts.method, path, query: parts.uri.query().unwrap_or_default(), body: &body };
    if let Some(response) = oauth::serve(&mcp, &base, &sign_on) {
        return response;
    }
    if let Some(parcel) = path.strip_prefix("/mcp/verify/") {
        return verified(&mcp, parcel);
    }
    let (endpoint, who) = match admitted(&mcp, &base, path, &parts.headers) {
        Ok(admitted) => admitted,
        Err(response) => return *response,
    };
    let hit = Hit { endpoint, headers: parts.headers, switch, who };
    enter(&mcp, &hit, &parts.method, &base, &body).await
}

/// The Host, if it is this machine's and the Origin, where there is one, is too.
fn loopback_host(headers: &HeaderMap) -> Option<String> {
    let text = |name| headers.get(name).map(|value: &HeaderValue| value.to_str().unwrap_or_default());
    let is_own = |authority: &str| {
        let name = authority.rsplit_once(':').filter(|(_, port)| port.bytes().all(|byte| byte.is_ascii_digit()));
        ["localhost", "127.0.0.1", "[::1]"].contains(&name.map_or(authority, |(name, _)| name))
    };
    let host = text(header::HOST).filter(|host| is_own(host))?;
    let origin = text(header::ORIGIN);
    let fits = origin.is_none_or(|origin| origin.split_once("://").is_some_and(|(_, authority)| is_own(authority)));
    fits.then(|| host.to_owned())
}

/// The page somebody opens to verify a card.
fn verified(mcp: &Mcp, parcel: &str) -> Response {
    let mut kept = mcp.kept();
    if kept.parcels.get(&serde_json::json!({ "parcel_id": parcel })).is_err() {
        return reply(404, "text/plain", "There is no such parcel.");
    }
    kept.verified.insert(parcel.to_owned());
    reply(200, "text/html; charset=utf-8", "<!doctype html><title>Parcelry</title><p>The card is verified (simulated).")
}

/// Which endpoint it is and who comes; or what they are told instead.
fn admitted(mcp: &Mcp, base: &str, path: &str, headers: &HeaderMap) -> Result<(Endpoint, String), Box<Response>> {
    let bearer = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let bearer = bearer.and_then(|value| value.strip_prefix("Bearer "));
    let anybody = |endpoint| Ok((endpoint, "anybody".to_owned()));
    match path {
        "/mcp" => anybody(Endpoint::Both),
        "/mcp/modern" => anybody(Endpoint::Modern),
        "/mcp/legacy" => anybody(Endpoint::Legacy),
        "/mcp/bearer" if bearer == Some(&mcp.bearer_token()) => anybody(Endpoint::Bearer),
        "/mcp/bearer" => Err(Box::new(with_header(empty(401), "www-authenticate", "Bearer"))),
        "/mcp/oauth" => match oauth::holder(mcp, base, bearer) {
            Ok(client) => Ok((Endpoint::OAuth, client)),
            Err(response) => Err(response),
        },
        other if other.strip_prefix("/mcp/token/") == Some(&mcp.url_token()) => anybody(Endpoint::Token),
        _ => Err(Box::new(reply(404, "text/plain", "There is no such server."))),
    }
}

async fn enter(mcp: &Mcp, hit: &Hit, method: &Method, base: &str, body: &Bytes) -> Response {
    if let Some(seconds) = mcp.strikes(McpFault::Limited, hit.endpoint, method.as_str()) {
        let failure = Failure::http(429, -32000, "Too many requests.");
        return with_header(refused(&Value::Null, &failure), "retry-after", &seconds.to_string());
    }
    match *method {
        Method::POST => {}
        Method::GET if hit.endpoint != Endpoint::Modern => return legacy::listen(mcp, hit),
        Method::DELETE if hit.endpoint != Endpoint::Modern => return legacy::leave(mcp, hit),
        _ => return with_header(empty(405), "allow", "POST"),
    }
    let message = match rpc::read(body) {
        Ok(message) => message,
        Err(failure) => return refused(&Value::Null, &failure),
    };
    if let Some(response) = oauth::lacks_scope(mcp, hit, base, &message) {
        return response;
    }
    if is_modern(hit, &message) { modern::post(mcp, hit, message).await } else { legacy::post(mcp, hit, message).await }
}

/// In which era a message is meant.
fn is_modern(hit: &Hit, message: &Message) -> bool {
    let said = hit.header("mcp-protocol-version");
    match hit.endpoint {
        Endpoint::Modern => true,
        Endpoint::Legacy => false,
        _ if said == Some(MODERN) => true,
        _ if said.is_some_and(|said| REVISIONS.contains(&said)) || hit.header("mcp-session-id").is_some() => false,
        _ => match message {
            Message::Request(request) if request.method == "initialize" => false,
            Message::Request(request) => said.is_some() || modern::version(&request.params).is_some(),
            Message::Notice { .. } | Message::Answer { .. } => said.is_some(),
        },
    }
}

/// How a request is carried.
#[derive(Debug)]
pub struct Way {
    /// With whom, where there are sessions.
    pub session: Option<Session>,
    /// Whether its answer is a stream.
    pub streams: bool,
    /// Whether it ends when the client goes away.
    pub is_tied: bool,
}

/// Carries a request out and lets its answer leave.
pub async fn carry(mcp: &Mcp, hit: &Hit, asked: Asked, way: Way) -> Response {
    let id = asked.request.id.clone();
    let cancel = way.session.as_ref().map_or_else(CancellationToken::new, |session| session.begins(&id));
    let guard = way.is_tied.then(|| cancel.clone().drop_guard());
    let (out, frames) = unbounded_channel();
    let line = Line { out: way.streams.then(|| out.clone()), session: way.session.clone() };
    let server = mcp.clone();
    let work = tokio::spawn(async move {
        let finished = tokio::select! {
            finished = dispatch::answer(&server, &asked, &line) => Some(finished),
            () = cancel.cancelled() => None,
            () = server.0.stop.cancelled() => None,
        };
        if let Some(session) = &line.session {
            session.ended(&asked.request.id);
        }
        finished
    });
    if way.streams {
        tokio::spawn(async move {
            // A call that was cancelled has no answer: the stream just ends.
            if let Ok(Some(finished)) = work.await {
                let _ = out.send(finished.frame());
            }
        });
        return Events { frames, guard, last: None, clock: mcp.clock(), stop: mcp.stop() }.response();
    }
    let finished = work.await;
    drop(guard);
    match finished {
        Ok(Some(finished)) => whole(hit, &finished),
        Ok(None) | Err(_) => empty(202),
    }
}

fn whole(hit: &Hit, finished: &Finished) -> Response {
    match finished.ending {
        Ending::Whole => json(finished.status, &finished.message),
        Ending::Cut | Ending::Dies => {
            hit.switch.throw();
            json(finished.status, &finished.message)
        }
    }
}

impl Finished {
    /// As the last thing on a stream.
    pub fn frame(self) -> Frame {
        match self.ending {
            Ending::Whole => Frame::Message(self.message),
            Ending::Cut => Frame::Cut(self.message),
            Ending::Dies => Frame::Break,
        }
    }
}

/// Whether the answer to this is a stream of its own accord.
pub fn reports_progress(asked: &Asked) -> bool {
    asked.tool() == Some("report_build") || asked.request.params["_meta"].get("progressToken").is_some()
}
