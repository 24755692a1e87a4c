//! Owns the socket side of the simulated desk: listening, faults and latency on the way, the evidence log, the admin routes.
//! What a request means is `dispatch`'s business.

use std::{
    io,
    net::SocketAddr,
    ops::RangeInclusive,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use axum::{
    Router,
    body::{Body, Bytes, to_bytes},
    extract::{ConnectInfo, Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
    middleware::{self, Next},
    response::Response,
};
use futures::stream;
use serde::Serialize;
use sha2::{Digest, Sha256};
use tokio::{net::TcpListener, task::JoinHandle};
use tokio_util::sync::CancellationToken;

use super::{
    admin,
    call::Reply,
    desk::Desk,
    dispatch::{Incoming, Outcome, again, dispatch},
    errors::Refusal,
    faults::{Fault, Faults},
    limits::{Headers, Limits, RateLimit, SEARCHES},
    log::Entry,
    mint, model,
    options::Options,
    search::{Lag, Scan},
    seed,
    times::{Present, iso},
    wire::{Severable, Switch},
    world::World,
};
use crate::clock::Clock;

/// The largest body taken. The reference names none; this is ours.
const MOST_BYTES: usize = 16 << 20;

/// What the desk says once it accepts connections: where it is and the key that opens it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Ready {
    /// Base address of the desk.
    pub kustomer: String,
    /// The main API key.
    pub api_key: String,
    /// Base address of the scripted model.
    pub openai: String,
}

/// A running desk; dropping it ends it too.
#[derive(Debug)]
pub struct Running {
    ready: Ready,
    /// Where it listens.
    pub addr: SocketAddr,
    clock: Clock,
    stop: CancellationToken,
    task: JoinHandle<()>,
}

impl Running {
    /// Where it is and the key that opens it.
    pub fn ready(&self) -> &Ready {
        &self.ready
    }

    /// Stops listening and drops requests still waiting; answers on their way get a second to arrive.
    pub async fn shutdown(mut self) {
        const GRACE: Duration = Duration::from_secs(1);
        self.stop.cancel();
        tokio::select! {
            // How the task ended is of no interest any more.
            _ = &mut self.task => {}
            () = self.clock.sleep(GRACE) => self.task.abort(),
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

/// What all requests share.
#[derive(Debug)]
pub struct Shared {
    desk: Mutex<Desk>,
    /// Held while a long search goes through a large world.
    scanning: tokio::sync::Mutex<()>,
    /// The desk's time.
    pub present: Present,
    latency: RangeInclusive<u64>,
    stop: CancellationToken,
}

impl Shared {
    /// The desk, for one step.
    pub fn desk(&self) -> MutexGuard<'_, Desk> {
        self.desk.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Starts a desk with seeded records and its scripted model.
pub async fn start(options: Options) -> io::Result<Running> {
    let plan = seed::Plan { seed: options.seed, customers: options.customers, now_ms: options.clock.now_ms() };
    serve(options, World::seeded(&plan)).await
}

/// Starts a desk of this world.
pub(super) async fn serve(options: Options, world: impl Into<World>) -> io::Result<Running> {
    let listener = TcpListener::bind(options.listen).await?;
    let addr = listener.local_addr()?;
    let base = format!("http://{addr}");
    let stop = CancellationToken::new();
    let shared = Arc::new(Shared {
        desk: Mutex::new(open_desk(&options, world)),
        scanning: tokio::sync::Mutex::default(),
        present: Present::new(options.clock.clone()),
        latency: options.latency,
        stop: stop.clone(),
    });
    let api_key = mint::api_key(options.seed, "main");
    let ready = Ready { kustomer: base.clone(), api_key: api_key.clone(), openai: format!("{base}/openai/v1") };
    let app = router(shared, &model::State::new(api_key, options.clock.clone()));
    let service = app.into_make_service_with_connect_info::<Switch>();
    let serving = axum::serve(Severable(listener), service).with_graceful_shutdown(stop.clone().cancelled_owned());
    // Serving never fails: errors of single connections stay with them.
    let task = tokio::spawn(async move { drop(serving.await) });
    Ok(Running { ready, addr, clock: options.clock, stop, task })
}

fn open_desk(options: &Options, world: impl Into<World>) -> Desk {
    let org = options.rate_limit.unwrap_or(options.plan.rate_limit());
    let searches = match options.rate_limit {
        Some(limit) => RateLimit { requests: (limit.requests / 10).max(1), ..limit },
        None => RateLimit { requests: SEARCHES, seconds: 60 },
    };
    let faults = Faults::new(options.faults.clone(), options.seed);
    let desk = Desk::new(world, options.seed, Limits::new(org, searches), faults, options.clock.now_ms());
    Desk { lag: Lag::new(options.search_lag_ms), ..desk }
}

fn router(shared: Arc<Shared>, model: &model::State) -> Router {
    let public = Router::new()
        .fallback(desk)
        .with_state(Arc::clone(&shared))
        .nest("/openai/v1", model::routes(model.clone()))
        .layer(middleware::from_fn_with_state(Arc::clone(&shared), around));
    Router::new()
        .nest("/__sandbox", admin::routes(shared))
        .nest("/__sandbox/model/log", model::log_routes(model.clone()))
        .fallback_service(public)
        .layer(middleware::map_response(signed))
}

/// Every answer says that it comes from a simulated desk.
async fn signed(mut response: Response) -> Response {
    const NAME: HeaderValue = HeaderValue::from_static(concat!("shiftdeck-sandbox/", env!("CARGO_PKG_VERSION")));
    response.headers_mut().insert(header::SERVER, NAME);
    response
}

/// What the log wants to know of an answer, carried from the handler to the layer around it.
#[derive(Clone, Copy, Debug)]
struct Evidence {
    key_name: Option<&'static str>,
    effect: bool,
}

async fn desk(State(shared): State<Arc<Shared>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, MOST_BYTES).await.unwrap_or_default();
    let incoming = Incoming {
        method: parts.method.as_str(),
        path: parts.uri.path(),
        query: parts.uri.query().unwrap_or_default(),
        authorization: parts.headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()),
        body: &body,
    };
    let now = shared.present.now_ms();
    let (outcome, wanted) = {
        let mut desk = shared.desk();
        (dispatch(&mut desk, &incoming, now), desk.scans.take_wanted())
    };
    let Outcome { mut reply, headers, key_name, effect } = outcome;
    if let Some(scan) = wanted {
        look_through(Arc::clone(&shared), scan).await;
        reply = again(&mut shared.desk(), &incoming, now);
    }
    let mut response = respond(&reply);
    if let Some(headers) = headers {
        tell_budget(response.headers_mut(), headers);
    }
    response.extensions_mut().insert(Evidence { key_name, effect });
    response
}

/// Makes a scan, one at a time, while the desk answers others. It goes on when the client gives up meanwhile: who asks again
/// finds it made.
async fn look_through(shared: Arc<Shared>, scan: Scan) {
    let scanning = async move {
        let _turn = shared.scanning.lock().await;
        if shared.desk().scans.has(&scan) {
            return;
        }
        // A scan that fails leaves the search unanswered: it stays a 503.
        if let Ok(found) = tokio::task::spawn_blocking(move || scan.run()).await {
            shared.desk().scans.keep(found);
        }
    };
    let _ = tokio::spawn(scanning).await;
}

/// An answer as HTTP.
pub fn respond(reply: &Reply) -> Response {
    let body = reply.body.as_ref().map(|body| Bytes::from(body.to_string()));
    let mut response = Response::new(body.clone().map_or_else(Body::empty, Body::from));
    *response.status_mut() = StatusCode::from_u16(reply.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    if body.is_some() {
        response
            .headers_mut()
            .insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json; charset=utf-8"));
    }
    response
}

fn tell_budget(headers: &mut HeaderMap, budget: Headers) {
    let numbers = [
        ("x-ratelimit-limit", i64::from(budget.limit)),
        ("x-ratelimit-remaining", i64::from(budget.remaining)),
        ("x-ratelimit-reset", budget.reset),
    ];
    for (name, number) in numbers {
        headers.insert(HeaderName::from_static(name), HeaderValue::from(number));
    }
}

/// Latency, faults and evidence around every public request, the desk's and the model's.
async fn around(
    State(shared): State<Arc<Shared>>,
    ConnectInfo(switch): ConnectInfo<Switch>,
    request: Request,
    next: Next,
) -> Response {
    let (parts, body) = request.into_parts();
    let Ok(body) = to_bytes(body, MOST_BYTES).await else {
        return respond(&Refusal::status(413).into());
    };
    let path = parts.uri.path().to_owned();
    let entry = entry_for(&parts, &body, &shared);
    let request = Request::from_parts(parts, Body::from(body));
    let (response, fault) = tokio::select! {
        answered = answer(&shared, &switch, request, next) => answered,
        () = shared.stop.cancelled() => {
            switch.throw();
            return respond(&Refusal::status(503).into());
        }
    };
    let evidence = response.extensions().get::<Evidence>().copied();
    if path.starts_with("/v1/") {
        shared.desk().log.add(Entry {
            status: response.status().as_u16(),
            outcome: fault.map_or("answered", Fault::name).to_owned(),
            key_name: evidence.and_then(|evidence| evidence.key_name),
            effect: evidence.is_some_and(|evidence| evidence.effect),
            ..entry
        });
    }
    response
}

async fn answer(shared: &Shared, switch: &Switch, request: Request, next: Next) -> (Response, Option<Fault>) {
    wait(shared).await;
    let fault = shared.desk().faults.strike(request.method().as_str(), request.uri().path());
    let response = match fault {
        None => next.run(request).await,
        Some(fault) => strike(fault, shared, switch, request, next).await,
    };
    (response, fault)
}

fn entry_for(parts: &axum::http::request::Parts, body: &Bytes, shared: &Shared) -> Entry {
    let digest = || mint::hex(&Sha256::digest(body));
    Entry {
        seq: 0,
        at: iso(shared.present.now_ms()),
        method: parts.method.to_string(),
        path: parts.uri.path().to_owned(),
        query: parts.uri.query().unwrap_or_default().to_owned(),
        body_sha256: (!body.is_empty()).then(digest),
        lane: parts.headers.get("x-shiftdeck-lane").and_then(|lane| lane.to_str().ok()).map(str::to_owned),
        key_name: None,
        status: 0,
        outcome: String::new(),
        effect: false,
    }
}

async fn wait(shared: &Shared) {
    let (least, most) = (*shared.latency.start(), *shared.latency.end());
    if most > 0 {
        let now = u64::try_from(shared.present.now_ms()).unwrap_or_default();
        let drawn = least + mint::splitmix(now) % (most.saturating_sub(least) + 1);
        shared.present.clock().sleep(Duration::from_millis(drawn)).await;
    }
}

async fn strike(fault: Fault, shared: &Shared, switch: &Switch, request: Request, next: Next) -> Response {
    match fault {
        Fault::Delay(ms) => {
            shared.present.clock().sleep(Duration::from_millis(ms)).await;
            next.run(request).await
        }
        Fault::TooMany(seconds) => {
            let mut response = respond(&Refusal::status(429).into());
            let reset = shared.present.now_ms().div_euclid(1000) + seconds;
            tell_budget(response.headers_mut(), Headers { limit: 1000, remaining: 0, reset });
            response
        }
        Fault::Status(status) => respond(&Refusal::status(status).into()),
        Fault::ResetBefore => {
            switch.throw();
            respond(&Refusal::status(500).into())
        }
        Fault::ResetAfter => {
            let response = next.run(request).await;
            switch.throw();
            response
        }
        Fault::Html(status) => page(status),
        Fault::Cut => rewritten(next.run(request).await, Damage::Cut).await,
        Fault::Malformed => rewritten(next.run(request).await, Damage::Malformed).await,
        Fault::ContentType => {
            let mut response = next.run(request).await;
            response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("text/plain"));
            response
        }
    }
}

fn page(status: u16) -> Response {
    let mut response =
        Response::new(Body::from("<!doctype html><title>Gateway</title><h1>The service is away for a moment</h1>"));
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_GATEWAY);
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    response
}

#[derive(Clone, Copy, Debug)]
enum Damage {
    Cut,
    Malformed,
}

async fn rewritten(response: Response, damage: Damage) -> Response {
    let (mut parts, body) = response.into_parts();
    let whole = to_bytes(body, usize::MAX).await.unwrap_or_default();
    let half = whole.slice(..whole.len() / 2);
    match damage {
        Damage::Malformed => {
            parts.headers.remove(header::CONTENT_LENGTH);
            Response::from_parts(parts, Body::from([&half[..], b"\"}]"].concat()))
        }
        Damage::Cut => {
            parts.headers.insert(header::CONTENT_LENGTH, HeaderValue::from(whole.len()));
            Response::from_parts(parts, cut_after(half))
        }
    }
}

/// Sends these bytes, lets them reach the wire, then breaks the connection.
fn cut_after(half: Bytes) -> Body {
    let steps = stream::unfold(Some(half), |half| async move {
        let Some(half) = half else {
            tokio::task::yield_now().await;
            return Some((Err(io::Error::from(io::ErrorKind::ConnectionReset)), None));
        };
        Some((Ok(half), None))
    });
    Body::from_stream(steps)
}
