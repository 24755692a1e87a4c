//! Owns the scripted model: an `OpenAI`-compatible endpoint behind which a small planner sits, **not an AI**. It lets the whole
//! console be tried and tested without a network; any real endpoint takes its place by settings alone.
//!
//! ```text
//! request (parse, check) ─> dialogue (wish, context, answered calls) ─> plan (next move) ─> answer (whole or chunks)
//!                              └ intent, wording
//! ```
//!
//! Simulated as in the integrations reference, 6: `POST /chat/completions` whole and streamed, `GET /models`, bearer check,
//! error shape, fragmented and interleaved tool calls, usage chunk; and under `dialects/NAME` the ways of other servers
//! (`dialect`), with the faults of 8.2 (`fault`). Not simulated: sampling, several choices, response formats, limits. Token
//! counts are estimates (characters / 4).
//!
//! A second model answers by the name of `shiftdeck-scripted-gullible`: it obeys whatever it reads (`gullible`).
//!
//! Invariant: the endpoint keeps nothing between requests but a log of what it was sent, and how many answers were
//! abandoned by whoever had asked.

use std::{
    collections::VecDeque,
    io,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use axum::{
    Json, Router,
    body::{Body, Bytes},
    extract::{DefaultBodyLimit, Extension, Path, RawQuery, State as Shared},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use futures::stream;
use serde::Serialize;
use serde_json::{Value, json, value::RawValue};

use crate::clock::Clock;

mod answer;
mod dialect;
mod dialogue;
mod fault;
mod gullible;
mod intent;
mod plan;
mod request;
mod wire;
mod wording;

use answer::{Label, MODEL};
use dialect::{Dialect, Failure};
use fault::Frame;
pub use fault::{ModelFault, Struck};
use request::{Delivery, Refused, Request};

/// A pace of streaming one can see.
pub const PACE: Duration = Duration::from_millis(10);

/// How many requests the log keeps, and how many bytes of them.
const LOG_ENTRIES: usize = 2_000;
const LOG_BYTES: usize = 64 * 1024 * 1024;

/// The endpoint's state. Clones share it.
#[derive(Clone, Debug)]
pub struct State(Arc<Inner>);

struct Inner {
    key: String,
    clock: Clock,
    pace: Duration,
    answers: AtomicU64,
    abandoned: AtomicU64,
    log: Mutex<Log>,
}

impl std::fmt::Debug for Inner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Inner").field("pace", &self.pace).finish_non_exhaustive()
    }
}

#[derive(Default)]
struct Log {
    entries: VecDeque<Entry>,
    bytes: usize,
    received: u64,
}

/// A request as it came in.
#[derive(Clone, Serialize)]
struct Entry {
    seq: u64,
    at: String,
    body: Box<RawValue>,
}

impl State {
    /// An endpoint that answers to `key` and waits `pace` of the clock's time between two chunks of a stream; not at all when it is zero, which is
    /// what a clock moved by hand wants.
    pub fn with_pace(key: String, clock: Clock, pace: Duration) -> Self {
        let (answers, abandoned, log) = (AtomicU64::new(0), AtomicU64::new(0), Mutex::new(Log::default()));
        Self(Arc::new(Inner { key, clock, pace, answers, abandoned, log }))
    }

    fn log(&self) -> MutexGuard<'_, Log> {
        self.0.log.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn record(&self, body: &Bytes) {
        let text = String::from_utf8_lossy(body).into_owned();
        let raw = RawValue::from_string(text)
            .or_else(|_| RawValue::from_string(Value::from(String::from_utf8_lossy(body)).to_string()));
        let raw = raw.expect("a JSON string is valid JSON");
        let at = self.0.clock.now().to_string();
        let mut log = self.log();
        log.received += 1;
        log.bytes += raw.get().len();
        let seq = log.received;
        log.entries.push_back(Entry { seq, at, body: raw });
        while log.entries.len() > LOG_ENTRIES || (log.bytes > LOG_BYTES && log.entries.len() > 1) {
            let gone = log.entries.pop_front().map_or(0, |entry| entry.body.get().len());
            log.bytes -= gone;
        }
    }

    fn authorised(&self, headers: &HeaderMap) -> Result<(), Refused> {
        let given = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        let token = given.and_then(|value| value.strip_prefix("Bearer ")).map(str::trim);
        if token == Some(self.0.key.as_str()) { Ok(()) } else { Err(Refused::key()) }
    }
}

/// `POST /chat/completions` and `GET /models`, to be mounted under the base path.
pub fn routes(state: State) -> Router {
    Router::new()
        .route("/chat/completions", post(complete))
        .route("/models", get(models))
        .layer(DefaultBodyLimit::max(16 * 1024 * 1024))
        .with_state(state)
}

/// `POST …/chat/completions` and `GET …/models` in the ways of other servers, to be mounted where `dialect` and `path` are
/// captured.
pub fn dialect_routes(state: State) -> Router {
    Router::new()
        .route("/{dialect}/{*path}", post(speak).get(list))
        .layer(DefaultBodyLimit::max(16 * 1024 * 1024))
        .with_state(state)
}

/// `GET /` with every request the model was sent, byte for byte, and how many of its answers nobody waited for: the evidence
/// of what it has seen.
pub fn log_routes(state: State) -> Router {
    Router::new().route("/", get(log)).with_state(state)
}

async fn log(Shared(state): Shared<State>) -> Response {
    #[derive(Serialize)]
    struct Answer {
        requests: Vec<Entry>,
        abandoned: u64,
    }
    let abandoned = state.0.abandoned.load(Ordering::Relaxed);
    Json(Answer { requests: state.log().entries.iter().cloned().collect(), abandoned }).into_response()
}

async fn models(Shared(state): Shared<State>, headers: HeaderMap) -> Result<Json<Value>, Refused> {
    state.authorised(&headers)?;
    Ok(listing())
}

fn listing() -> Json<Value> {
    let model = |id: &str| json!({ "id": id, "object": "model", "created": 1_767_225_600, "owned_by": "scripted model, not an AI" });
    // The first is the one that is taken where none is named.
    Json(json!({ "object": "list", "data": [model(MODEL), model(gullible::MODEL)] }))
}

async fn complete(
    Shared(state): Shared<State>,
    struck: Option<Extension<Struck>>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Refused> {
    state.authorised(&headers)?;
    reply(&state, dialect::USUAL, struck.map(|struck| struck.0), &body)
}

/// The same in another server's way.
async fn speak(
    Shared(state): Shared<State>,
    Path((name, path)): Path<(String, String)>,
    RawQuery(query): RawQuery,
    struck: Option<Extension<Struck>>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Refused> {
    let Some(dialect) = dialect::named(&name) else { return Ok(StatusCode::NOT_FOUND.into_response()) };
    if !dialect.has_path(&path, &query.unwrap_or_default()) {
        return Ok(refusal(dialect, Failure::NoPath, None));
    }
    if !dialect.admits(&headers, &state.0.key) {
        return Ok(refusal(dialect, Failure::Key, None));
    }
    reply(&state, dialect, struck.map(|struck| struck.0), &body)
}

async fn list(
    Shared(state): Shared<State>,
    Path((name, path)): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<Response, Refused> {
    let Some(dialect) = dialect::named(&name) else { return Ok(StatusCode::NOT_FOUND.into_response()) };
    let chat = path.strip_suffix("/models").map(|base| format!("{base}/chat/completions")).unwrap_or_default();
    if !dialect.has_path(&chat, "") {
        return Ok(refusal(dialect, Failure::NoPath, None));
    }
    if !dialect.admits(&headers, &state.0.key) {
        return Ok(refusal(dialect, Failure::Key, None));
    }
    Ok(listing().into_response())
}

fn refusal(dialect: &Dialect, failure: Failure, wait: Option<u64>) -> Response {
    let (status, body) = dialect.refuse(failure);
    let mut response = (status, Json(body)).into_response();
    if let Some(seconds) = wait {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}

fn reply(state: &State, dialect: &Dialect, struck: Option<Struck>, body: &Bytes) -> Result<Response, Refused> {
    state.record(body);
    if let Some((struck, failure)) = struck.and_then(|struck| Some((struck, struck.instead(dialect)?))) {
        let wait = (failure == Failure::Limited).then_some(struck.amount);
        return Ok(refusal(dialect, failure, wait));
    }
    let request = Request::parse(body)?;
    let is_gullible = request.model == gullible::MODEL;
    let answer = if is_gullible { gullible::next(&request) } else { plan::next(&request) };
    let label = Label {
        model: if is_gullible { gullible::MODEL } else { MODEL },
        id: format!("chatcmpl-{}", state.0.answers.fetch_add(1, Ordering::Relaxed) + 1),
        created: state.0.clock.now().as_second(),
        prompt_chars: String::from_utf8_lossy(body).chars().count(),
        position: request.messages.len(),
    };
    let is_whole = struck.is_some_and(|struck| struck.fault == ModelFault::Whole);
    Ok(match request.delivery {
        Delivery::Stream { usage } if !is_whole => {
            streamed(state, wire::frames(answer.chunks(&label, usage), dialect, struck))
        }
        Delivery::Whole | Delivery::Stream { .. } => Json(answer.whole(&label)).into_response(),
    })
}

/// An answer on its way. Dropped before its end, it was abandoned.
struct OnTheWay {
    state: State,
    frames: VecDeque<Frame>,
}

impl Drop for OnTheWay {
    fn drop(&mut self) {
        if !self.frames.is_empty() {
            self.state.0.abandoned.fetch_add(1, Ordering::Relaxed);
        }
    }
}

/// The frames as server-sent events, one after the other at the state's pace.
fn streamed(state: &State, frames: Vec<Frame>) -> Response {
    let way = OnTheWay { state: state.clone(), frames: frames.into() };
    let events = stream::unfold(way, |mut way| async move {
        loop {
            let (clock, pace) = (way.state.0.clock.clone(), way.state.0.pace);
            let wait = match way.frames.front()? {
                Frame::Pause(ms) => Duration::from_millis(*ms),
                Frame::Event(_) | Frame::Comment(_) | Frame::Done | Frame::Break => pace,
            };
            if !wait.is_zero() {
                clock.sleep(wait).await;
            }
            let frame = way.frames.pop_front()?;
            if frame == Frame::Break {
                way.frames.clear();
                return Some((Err(io::Error::from(io::ErrorKind::ConnectionReset)), way));
            }
            if let Some(event) = wire::written(&frame) {
                return Some((Ok(Bytes::from(event)), way));
            }
        }
    });
    let headers = [(header::CONTENT_TYPE, "text/event-stream; charset=utf-8"), (header::CACHE_CONTROL, "no-cache")];
    (StatusCode::OK, headers, Body::from_stream(events)).into_response()
}

#[cfg(test)]
mod tests {
    use axum::{body::to_bytes, http::Request as HttpRequest};
    use jiff::Timestamp;
    use tower::ServiceExt;

    use super::*;

    fn state() -> State {
        let (clock, _hand) = Clock::by_hand(Timestamp::UNIX_EPOCH);
        State::with_pace("sk-test".into(), clock, Duration::ZERO)
    }

    async fn ask(router: Router, method: &str, path: &str, key: &str, body: String) -> (StatusCode, String) {
        let request =
            HttpRequest::builder().method(method).uri(path).header(header::AUTHORIZATION, format!("Bearer {key}"));
        let request = request.body(Body::from(body)).expect("a request");
        let response = router.oneshot(request).await.expect("an answer");
        let status = response.status();
        let bytes = to_bytes(response.into_body(), 1 << 20).await.expect("a body");
        (status, String::from_utf8(bytes.to_vec()).expect("UTF-8"))
    }

    fn hello(stream: bool) -> String {
        let messages = json!([{ "role": "user", "content": "what can you do?" }]);
        json!({ "model": "m", "stream": stream, "stream_options": { "include_usage": true }, "messages": messages })
            .to_string()
    }

    #[tokio::test]
    async fn a_wrong_key_is_refused_in_the_shape_clients_know() {
        let (status, body) = ask(routes(state()), "POST", "/chat/completions", "sk-wrong", hello(false)).await;
        let expected = json!({ "error": { "message": "Incorrect API key provided.", "type": "invalid_request_error",
            "param": null, "code": "invalid_api_key" } });
        assert_eq!((status, serde_json::from_str(&body).ok()), (StatusCode::UNAUTHORIZED, Some(expected)));
    }

    #[tokio::test]
    async fn the_model_says_what_it_is() {
        let (status, body) = ask(routes(state()), "GET", "/models", "sk-test", String::new()).await;
        let body: Value = serde_json::from_str(&body).expect("JSON");
        assert_eq!((status, &body["data"][0]["id"]), (StatusCode::OK, &json!("shiftdeck-scripted")));
        assert_eq!(body["data"][0]["owned_by"], "scripted model, not an AI");
    }

    #[tokio::test]
    async fn a_stream_says_what_the_whole_answer_says_and_ends_with_done() {
        let (_, whole) = ask(routes(state()), "POST", "/chat/completions", "sk-test", hello(false)).await;
        let whole: Value = serde_json::from_str(&whole).expect("JSON");
        let (status, events) = ask(routes(state()), "POST", "/chat/completions", "sk-test", hello(true)).await;
        assert_eq!(status, StatusCode::OK);
        let data: Vec<&str> = events.split("\n\n").filter_map(|event| event.strip_prefix("data: ")).collect();
        let (done, chunks) = data.split_last().expect("events");
        let chunks: Vec<Value> = chunks.iter().map(|chunk| serde_json::from_str(chunk).expect("JSON")).collect();
        let text: String = chunks.iter().filter_map(|chunk| chunk["choices"][0]["delta"]["content"].as_str()).collect();
        assert_eq!(*done, "[DONE]");
        assert_eq!(whole["choices"][0]["message"]["content"], text);
        assert!(
            chunks.last().is_some_and(|last| last["choices"] == json!([]) && last["usage"]["total_tokens"].is_u64())
        );
    }

    #[tokio::test]
    async fn the_log_keeps_requests_byte_for_byte_and_in_order() {
        let state = state();
        let odd = "{\"model\": \"m\",   \"messages\":[]}".to_owned();
        for body in [hello(false), odd.clone(), "no json".to_owned()] {
            ask(routes(state.clone()), "POST", "/chat/completions", "sk-test", body).await;
        }
        let (_, log) = ask(log_routes(state), "GET", "/", "", String::new()).await;
        assert!(log.contains(&odd), "{log}");
        let log: Value = serde_json::from_str(&log).expect("JSON");
        let seqs: Vec<&Value> = log["requests"].as_array().into_iter().flatten().map(|entry| &entry["seq"]).collect();
        assert_eq!(seqs, [&json!(1), &json!(2), &json!(3)]);
        assert_eq!(log["requests"][2]["body"], "no json");
        assert_eq!(log["requests"][0]["at"], "1970-01-01T00:00:00Z");
    }
}
