//! Owns the one way out: every request to a desk passes [`Transport::send`], which waits for its turn in the shared
//! budget, sends once, and repeats only what may be repeated. Knows no resource of any desk (`kustomer` does) and
//! decides nothing about permission (`approval` does).
//!
//! ```text
//! Call ─ join (equal reads) ─ limiter (budget ─ meter) ─ road ─ wire (one attempt) ─ retry (pure) ─┬─ Answer
//!                                ^                                                      │          └─ ApiError
//!                                └─────────── wait, same place in the line ─────────────┘
//! ```
//!
//! Invariant: this folder is the only one that names `reqwest`; keys, bodies, queries and headers never reach a log or
//! an error from here.

mod budget;
mod download;
mod error;
mod heard;
mod hint;
mod jitter;
mod join;
mod json;
mod limiter;
pub mod llm;
pub mod mcp;
mod meter;
mod method;
mod retry;
mod road;
mod send;
mod state;

use std::{
    borrow::Cow,
    fmt,
    sync::{Arc, OnceLock},
    time::Duration,
};

use secrecy::SecretString;
use serde_json::Value;
use tokio::sync::watch;

pub use error::{ApiError, ErrorKind};
pub use heard::{Heard, hearing};
pub use method::Method;
pub use road::{Came, Road};
pub use state::{BudgetState, Gauge, Wait};

use crate::{clock::Clock, domain::Text};
use futures::FutureExt;
use join::{Ended, Joins};
use limiter::{Limiter, Place};
use retry::Verdict;
use road::Pace;
use send::{Reply, Wire};

/// Who waits for the answer, in order of precedence: whoever stands higher goes first when the budget is short.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Lane {
    /// A person pressed a key.
    Person,
    /// The assistant called a tool.
    Assistant,
    /// A bulk job is being submitted or watched.
    Bulk,
    /// Nobody waits: refreshes, prefetching.
    Background,
}

impl Lane {
    /// The word for it, as sent in `x-shiftdeck-lane`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Person => "person",
            Self::Assistant => "assistant",
            Self::Bulk => "bulk",
            Self::Background => "background",
        }
    }
}

/// Which budgets a call draws on (Kustomer API reference 5.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Cost {
    /// The org's budget only.
    Org,
    /// The org's budget and the smaller one for searches.
    Search,
}

/// A kind of record whose creation the desk counts by customer (Kustomer API reference 5.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Made {
    /// A conversation.
    Conversation,
    /// A message.
    Message,
    /// A note.
    Note,
    /// A draft, also one that is scheduled.
    Draft,
    /// A KObject.
    Kobject,
}

/// The budget a creation draws on besides the org's: 120 a minute of one kind for one customer.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Creation {
    made: Made,
    customer: String,
}

impl Creation {
    /// The budget for creating this record for this customer. None when it is imported history: `importedAt` exempts
    /// conversations, messages and KObjects (Kustomer API reference 5.1).
    pub fn of(made: Made, customer: &str, body: Option<&Value>) -> Option<Self> {
        let exempt = matches!(made, Made::Conversation | Made::Message | Made::Kobject)
            && body.and_then(|body| body.get("importedAt")).is_some_and(|at| !at.is_null());
        (!exempt).then(|| Self { made, customer: customer.to_owned() })
    }
}

impl fmt::Debug for Creation {
    /// Without the customer.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Creation").field("made", &self.made).finish_non_exhaustive()
    }
}

/// Whether the call may be sent again when nobody knows what became of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Repeat {
    /// Sending it twice is the same as sending it once: reads, deletes of a known thing, keyed writes.
    Safe,
    /// Only repeated when it certainly had no effect: a 429, or a connection that was never made.
    Never,
}

/// One request, complete. What it may cost and whether it may be repeated is said by whoever knows the operation.
#[derive(Clone)]
pub struct Call {
    /// The path as a template (`GET /v1/customers/email={email}`): all that errors and logs ever show of it.
    pub label: &'static str,
    /// The method.
    pub method: Method,
    /// Path and query, encoded, beginning with `/`.
    pub path: String,
    /// A JSON document, serialised.
    pub body: Option<Vec<u8>>,
    /// Who waits.
    pub lane: Lane,
    /// What it draws on.
    pub cost: Cost,
    /// Whether it may be sent twice.
    pub repeat: Repeat,
    /// The record it writes to. Writes to one record go one after the other, and a limit on one record stalls only it.
    pub record: Option<String>,
    /// What it creates for a customer, where the desk counts that. Then a limit that leaves the org's budget over is
    /// taken to be about this, and stalls only creations of that kind for that customer.
    pub creation: Option<Creation>,
    /// More headers, for reads typed by a person. Those the transport sets itself win.
    pub headers: Vec<(String, String)>,
    /// It takes sight away: it does not wait for a road's pace.
    pub urgent: bool,
}

impl fmt::Debug for Call {
    /// Without path, headers and body: all carry customers' data.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Call")
            .field("label", &self.label)
            .field("lane", &self.lane)
            .field("cost", &self.cost)
            .field("repeat", &self.repeat)
            .finish_non_exhaustive()
    }
}

impl Call {
    /// A read in somebody's lane.
    pub fn get(label: &'static str, path: impl Into<String>, lane: Lane) -> Self {
        Self {
            label,
            method: Method::Get,
            path: path.into(),
            body: None,
            lane,
            cost: Cost::Org,
            repeat: Repeat::Safe,
            record: None,
            creation: None,
            headers: Vec::new(),
            urgent: false,
        }
    }
}

/// A success (2xx) with its JSON.
#[derive(Clone, PartialEq, Eq)]
pub struct Answer {
    /// The status, 200 to 299.
    pub status: u16,
    /// The body; `Null` when there was none (204).
    pub body: Value,
    /// Whether the server called itself a simulated desk.
    pub simulated: bool,
    /// How long the last attempt took, in milliseconds.
    pub request_ms: u64,
}

impl fmt::Debug for Answer {
    /// Without the body: it is customers' data.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Answer")
            .field("status", &self.status)
            .field("simulated", &self.simulated)
            .field("request_ms", &self.request_ms)
            .finish_non_exhaustive()
    }
}

/// Where the desk is and what opens it.
#[derive(Clone, Debug)]
pub struct Endpoint {
    /// Scheme, host and port, without `/v1` and without a trailing slash.
    pub base: String,
    /// The API key.
    pub key: SecretString,
}

/// The way out, shared by everything that runs under one profile. Cheap to clone; clones share budget and connections.
#[derive(Clone)]
pub struct Transport(Arc<Shared>);

struct Shared {
    wire: Wire,
    /// What stands between us and the desk, if something does, and how fast it lets us go.
    road: Option<(Arc<dyn Road>, Pace)>,
    limiter: Arc<Limiter>,
    joins: Joins,
    clock: Clock,
    simulated: OnceLock<bool>,
}

impl fmt::Debug for Transport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Transport").field("simulated", &self.simulated()).finish_non_exhaustive()
    }
}

impl Transport {
    /// Makes the way out to one desk; nothing is sent yet.
    ///
    /// # Errors
    /// [`ErrorKind::BadRequest`] when the address is no URL, when it is plain HTTP to another machine, or when the key
    /// cannot stand in a header; [`ErrorKind::Unreachable`] when the system's certificates cannot be loaded.
    pub fn new(endpoint: Endpoint, clock: Clock) -> Result<Self, ApiError> {
        Self::over(endpoint, clock, None)
    }

    /// Makes the way out to a desk that is reached by a road; the endpoint is the road's.
    ///
    /// # Errors
    /// As [`Self::new`].
    pub fn by(road: Arc<dyn Road>, endpoint: Endpoint, clock: Clock) -> Result<Self, ApiError> {
        let pace = Pace::new(road.pace());
        Self::over(endpoint, clock, Some((road, pace)))
    }

    fn over(endpoint: Endpoint, clock: Clock, road: Option<(Arc<dyn Road>, Pace)>) -> Result<Self, ApiError> {
        Ok(Self(Arc::new(Shared {
            wire: Wire::new(endpoint)?,
            road,
            limiter: Arc::new(Limiter::new(clock.clone())),
            joins: Joins::default(),
            clock,
            simulated: OnceLock::new(),
        })))
    }

    /// Sends a call when its turn comes, and again where that is safe. Dropping the future while it waits takes the
    /// call out of the line; dropping it while a write is on the wire leaves its effect unknown, so writes are awaited.
    ///
    /// # Errors
    /// Every answer outside 2xx, and every failure to get one. [`ErrorKind::Unclear`] says a write may or may not have
    /// happened: reconcile by reading, do not send again.
    pub async fn send(&self, call: Call) -> Result<Answer, ApiError> {
        heard::note(&call);
        let place = self.0.limiter.place(&call);
        let shared = Arc::clone(&self.0);
        let ended = if Joins::is_about(&call) {
            self.0.joins.join(call, place, |call, place| async move { shared.perform(call, place).await }.boxed()).await
        } else {
            let _writing = self.0.joins.writing();
            shared.perform(call, place).await
        };
        ended.map(Arc::unwrap_or_clone)
    }

    /// The bytes behind a signed address the desk gave out: without the key, which is not meant for whoever keeps files, and
    /// outside the budget, which counts calls of the API only.
    ///
    /// # Errors
    /// [`ErrorKind::BadRequest`] when the address is none to go to, [`ErrorKind::Garbled`] when there are more than `most`
    /// bytes, otherwise what the status says.
    pub async fn download(&self, label: &'static str, url: &str, most: usize) -> Result<Vec<u8>, ApiError> {
        download::bytes(label, url, most, self.0.wire.is_local()).await
    }

    /// The budget as it stands, for the status line; the receiver is told of every change.
    pub fn budget(&self) -> watch::Receiver<BudgetState> {
        self.0.limiter.watch()
    }

    /// Whether the desk is simulated; `None` until it has answered once.
    pub fn simulated(&self) -> Option<bool> {
        self.0.simulated.get().copied()
    }
}

impl Shared {
    async fn perform(&self, call: Call, place: Place) -> Ended {
        let Self { limiter, clock, .. } = self;
        let sent = self.out(&call)?;
        let mut attempt = 0;
        loop {
            let turn = place.turn().await;
            let attempted = self.attempt(&call, &sent, place.lane()).await;
            let (attempted, took) = attempted;
            let outcome = attempted.as_ref().map_or_else(|lost| lost.outcome(), Reply::outcome);
            turn.end(attempted.as_ref().ok().map(Reply::told));
            if let Ok(reply) = &attempted {
                let _ = self.simulated.set(reply.simulated);
                tracing::debug!(label = call.label, status = reply.status, ms = took.as_millis(), "answered");
            } else {
                tracing::debug!(label = call.label, ?outcome, ms = took.as_millis(), "not answered");
            }
            let asked = attempted.as_ref().ok().and_then(|reply| reply.hint.retry_after);
            match retry::decide(call.repeat, outcome, attempt, asked) {
                Verdict::Done => return answer(call.label, attempted, took.as_millis()).map(Arc::new),
                Verdict::AfterTheGate => {}
                Verdict::Wait(pause) => clock.sleep(limiter.spread(pause)).await,
                Verdict::GiveUp(kind) => return Err(failure(kind, call.label, attempted)),
            }
            attempt += 1;
        }
    }
}

impl Shared {
    /// The call as it goes on the wire: as it is, or as the road wants it.
    fn out<'c>(&self, call: &'c Call) -> Result<Cow<'c, Call>, ApiError> {
        let Some((road, _)) = &self.road else { return Ok(Cow::Borrowed(call)) };
        let refused = |why: String| ApiError::new(ErrorKind::NotOffered, call.label).with_detail(Some(Text::new(why)));
        road.out(call).map(Cow::Owned).map_err(refused)
    }

    /// One attempt and how long it took; what comes back by a road is read as the desk's.
    async fn attempt(&self, call: &Call, sent: &Call, lane: Lane) -> (Result<Reply, send::Lost>, Duration) {
        if let Some((_, pace)) = &self.road {
            pace.admit(lane, call.urgent, &self.clock).await;
        }
        let started = self.clock.elapsed();
        let attempted = self.wire.once(sent, lane, &self.clock).await;
        let took = self.clock.elapsed().saturating_sub(started);
        let home = |reply: Reply| match &self.road {
            Some((road, _)) => reply.by(|came| road.home(call, came)),
            None => reply,
        };
        (attempted.map(home), took)
    }
}

fn answer(label: &'static str, attempted: Result<Reply, send::Lost>, ms: u128) -> Result<Answer, ApiError> {
    match attempted {
        Ok(reply) => Ok(Answer {
            status: reply.status,
            simulated: reply.simulated,
            request_ms: u64::try_from(ms).unwrap_or(u64::MAX),
            body: reply.json.unwrap_or_default(),
        }),
        Err(_) => Err(ApiError::new(ErrorKind::Unreachable, label)),
    }
}

fn failure(kind: ErrorKind, label: &'static str, attempted: Result<Reply, send::Lost>) -> ApiError {
    match attempted {
        Ok(reply) => {
            let detail = reply.json.as_ref().ok().and_then(error::detail);
            ApiError::new(kind, label).with_status(reply.status).with_detail(detail)
        }
        Err(lost) => ApiError::new(kind, label).with_cause(lost.why()),
    }
}

#[cfg(test)]
pub(crate) mod script;
#[cfg(test)]
mod tests;
