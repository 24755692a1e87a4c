//! Owns the scripted model: an OpenAI-compatible endpoint behind which a small planner sits, **not an AI**. It lets the whole
//! console be tried and tested without a network; any real endpoint takes its place by settings alone.
//!
//! ```text
//! request (parse, check) ─> dialogue (wish, context, answered calls) ─> plan (next move) ─> answer (whole or chunks)
//!                              └ intent, wording
//! ```
//!
//! Simulated as in the integrations reference, 6: `POST /chat/completions` whole and streamed, `GET /models`, bearer check,
//! error shape, fragmented and interleaved tool calls, usage chunk. Not simulated: sampling, several choices, response
//! formats, limits. Token counts are estimates (characters / 4).
//!
//! Invariant: the endpoint keeps nothing between requests but a log of what it was sent.

use std::{
    collections::VecDeque,
    convert::Infallible,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use axum::{
    Json, Router,
    body::{Body, Bytes},
    extract::{DefaultBodyLimit, State as Shared},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use futures::stream;
use serde::Serialize;
use serde_json::{Value, json, value::RawValue};

use crate::clock::Clock;

mod answer;
mod dialogue;
mod intent;
mod plan;
mod request;
mod wording;

use answer::{Label, MODEL};
use request::{Delivery, Refused, Request};

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
    /// An endpoint that answers to `key`, streaming at a pace one can see.
    pub fn new(key: String, clock: Clock) -> Self {
        Self::with_pace(key, clock, Duration::from_millis(10))
    }

    /// An endpoint that waits `pace` of the clock's time between two chunks of a stream; not at all when it is zero, which is
    /// what a clock moved by hand wants.
    pub fn with_pace(key: String, clock: Clock, pace: Duration) -> Self {
        let (answers, log) = (AtomicU64::new(0), Mutex::new(Log::default()));
        Self(Arc::new(Inner { key, clock, pace, answers, log }))
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

/// `GET /` with every request the model was sent, byte for byte: the evidence of what it has seen.
pub fn log_routes(state: State) -> Router {
    Router::new().route("/", get(log)).with_state(state)
}

async fn log(Shared(state): Shared<State>) -> Response {
    #[derive(Serialize)]
    struct Answer {
        requests: Vec<Entry>,
    }
    Json(Answer { requests: state.log().entries.iter().cloned().collect() }).into_response()
}

async fn models(Shared(state): Shared<State>, headers: HeaderMap) -> Result<Json<Value>, Refused> {
    state.authorised(&headers)?;
    let model =
        json!({ "id": MODEL, "object": "model", "created": 1_767_225_600, "owned_by": "scripted model, not an AI" });
    Ok(Json(json!({ "object": "list", "data": [model] })))
}

async fn complete(Shared(state): Shared<State>, headers: HeaderMap, body: Bytes) -> Result<Response, Refused> {
    state.authorised(&headers)?;
    state.record(&body);
    let request = Request::parse(&body)?;
    let answer = plan::next(&request);
    let label = Label {
        id: format!("chatcmpl-{}", state.0.answers.fetch_add(1, Ordering::Relaxed) + 1),
        created: state.0.clock.now().as_second(),
        prompt_chars: String::from_utf8_lossy(&body).chars().count(),
        position: request.messages.len(),
    };
    Ok(match request.delivery {
        Delivery::Whole => Json(answer.whole(&label)).into_response(),
        Delivery::Stream { usage } => streamed(&state, &answer.chunks(&label, usage)),
    })
}

/// The chunks as server-sent events, one after the other at the state's pace.
fn streamed(state: &State, chunks: &[Value]) -> Response {
    let mut events: VecDeque<String> = chunks.iter().map(|chunk| format!("data: {chunk}\n\n")).collect();
    events.push_back("data: [DONE]\n\n".to_owned());
    let (clock, pace) = (state.0.clock.clone(), state.0.pace);
    let events = stream::unfold((events, clock), move |(mut events, clock)| async move {
        let event = events.pop_front()?;
        if !pace.is_zero() {
            clock.sleep(pace).await;
        }
        Some((Ok::<_, Infallible>(Bytes::from(event)), (events, clock)))
    });
    let headers = [(header::CONTENT_TYPE, "text/event-stream; charset=utf-8"), (header::CACHE_CONTROL, "no-cache")];
    (StatusCode::OK, headers, Body::from_stream(events)).into_response()
}
