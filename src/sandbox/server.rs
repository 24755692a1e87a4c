//! Owns the socket side of the simulated desk: listening, faults and latency on the way, the evidence log, the admin routes.
//! What a request means is `dispatch`'s business; what a fault does to an answer is `damage`'s.

use std::{
    io,
    net::SocketAddr,
    ops::RangeInclusive,
    pin::pin,
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
use futures::{StreamExt, stream::FuturesUnordered};
use serde::Serialize;
use sha2::{Digest, Sha256};
use tokio::{net::TcpListener, sync::Notify, task::JoinHandle};
use tokio_util::sync::CancellationToken;

use super::{
    admin, ahead,
    call::Reply,
    damage,
    desk::Desk,
    dispatch::{Incoming, Outcome, again, dispatch},
    errors::Refusal,
    faults::{Fault, FaultKind, Faults, Scene},
    limits::{Headers, Limits, PER_RECORD, RateLimit, SEARCHES},
    log::{Entry, Log},
    mcp::{self, Mcp},
    mint, model,
    options::Options,
    search::{Lag, Scan},
    seed,
    times::{Present, iso},
    truto::{self, Truto},
    uploads,
    webhooks::sender::Sender,
    wire::{Severable, Switch},
    world::World,
};
use crate::clock::Clock;

/// The largest body taken. The reference names none; this is ours.
pub(super) const MOST_BYTES: usize = 16 << 20;

/// How long a search may look through a large world before it is answered with what it has found (`search`).
const SEARCH_TIME: Duration = Duration::from_secs(20);

/// What the desk says once it accepts connections: where it is and the key that opens it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Ready {
    /// Base address of the desk.
    pub kustomer: String,
    /// The main API key.
    pub api_key: String,
    /// Base address of the scripted model.
    pub openai: String,
    /// The same desk through a simulated integration layer.
    pub truto: truto::Ready,
    /// An MCP server of both eras: a shipping service.
    pub mcp: String,
    /// The same server in other ways.
    pub mcp_more: mcp::Ready,
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
    /// Injected faults, the desk's own.
    pub faults: Faults,
    log: Mutex<Log>,
    /// The desk's time.
    pub present: Present,
    latency: RangeInclusive<u64>,
    wake: Notify,
    stop: CancellationToken,
}

impl Shared {
    /// The desk, for one step.
    pub fn desk(&self) -> MutexGuard<'_, Desk> {
        self.desk.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What was asked, apart from the desk: evidence never waits for a step.
    pub fn log(&self) -> MutexGuard<'_, Log> {
        self.log.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Says that something may be due earlier than it was.
    pub fn stir(&self) {
        self.wake.notify_one();
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
    let desk = open_desk(&options, world);
    let shared = Arc::new(Shared {
        scanning: tokio::sync::Mutex::default(),
        faults: desk.faults.clone(),
        desk: Mutex::new(desk),
        log: Mutex::default(),
        present: Present::new(options.clock.clone()),
        latency: options.latency,
        wake: Notify::new(),
        stop: stop.clone(),
    });
    let api_key = mint::api_key(options.seed, "main");
    let layer = Truto::over(Arc::clone(&shared), options.seed);
    let parcelry = Mcp::new(mcp::Setting {
        faults: shared.faults.clone(),
        present: shared.present.clone(),
        stop: stop.clone(),
        seed: options.seed,
        pace: options.model_pace,
        base: Some(base.clone()),
    });
    let ready = Ready {
        kustomer: base.clone(),
        api_key: api_key.clone(),
        openai: format!("{base}/openai/v1"),
        truto: layer.ready(&base),
        mcp: format!("{base}{}", mcp::ROOT),
        mcp_more: parcelry.ready(&base),
    };
    let postman = postman(Arc::clone(&shared));
    let model = model::State::with_pace(api_key, options.clock.clone(), options.model_pace);
    let app = router(shared, &layer, &model, &parcelry);
    let service = app.into_make_service_with_connect_info::<Switch>();
    let serving = axum::serve(Severable(listener), service).with_graceful_shutdown(stop.clone().cancelled_owned());
    // Serving never fails: errors of single connections stay with them.
    let task = tokio::spawn(async move {
        let _ = tokio::join!(serving.into_future(), postman);
    });
    Ok(Running { ready, addr, clock: options.clock, stop, task })
}

fn open_desk(options: &Options, world: impl Into<World>) -> Desk {
    let org = options.rate_limit.unwrap_or(options.plan.rate_limit());
    let searches = match options.rate_limit {
        Some(limit) => RateLimit { requests: (limit.requests / 10).max(1), ..limit },
        None => RateLimit::per_seconds(SEARCHES, 60),
    };
    let faults = Faults::new(options.faults.clone(), options.seed);
    let limits = Limits::new(org, searches).with_per_record(options.record_limit.unwrap_or(PER_RECORD));
    let now_ms = options.clock.now_ms();
    let mut desk = Desk::new(world, options.seed, limits, faults, now_ms);
    desk.lag = Lag::new(options.search_lag_ms);
    desk.live_on(seed::Plan { seed: options.seed, customers: options.customers, now_ms }, options.live);
    desk
}

/// Carries the webhooks out, as they fall due by the desk's clock. Without a webhook it waits to be stirred and for nothing
/// else.
async fn postman(shared: Arc<Shared>) {
    let sender = Sender::new(shared.present.clock().clone());
    let mut under_way = FuturesUnordered::new();
    loop {
        let now = shared.present.now_ms();
        let next = {
            let mut desk = shared.desk();
            if desk.next_wake().is_some_and(|at| at <= now) {
                desk.settle(now);
            }
            let due = desk.take_deliveries(now);
            under_way.extend(due.into_iter().map(|(target, delivery)| sender.send(target, delivery)));
            desk.next_wake()
        };
        tokio::select! {
            Some((delivery, outcome)) = under_way.next(), if !under_way.is_empty() => {
                shared.desk().delivered(delivery, outcome, shared.present.now_ms());
            }
            () = shared.wake.notified() => {}
            () = until(&shared.present, next) => {}
            () = shared.stop.cancelled() => return,
        }
    }
}

/// Waits for a moment of the desk's own time, or for ever.
async fn until(present: &Present, moment: Option<i64>) {
    let Some(moment) = moment else { return std::future::pending().await };
    let ms = u64::try_from(moment - present.now_ms()).unwrap_or_default();
    present.clock().sleep(Duration::from_millis(ms)).await;
}

fn router(shared: Arc<Shared>, layer: &Truto, model: &model::State, parcelry: &Mcp) -> Router {
    let public = Router::new()
        .fallback(desk)
        .with_state(Arc::clone(&shared))
        .nest("/openai/v1", model::routes(model.clone()))
        .nest("/openai/dialects", model::dialect_routes(model.clone()))
        .nest(truto::ROOT, layer.routes())
        .merge(parcelry.routes())
        .layer(middleware::from_fn_with_state(Arc::clone(&shared), around));
    Router::new()
        .nest("/__sandbox", admin::routes(shared))
        .nest("/__sandbox/model/log", model::log_routes(model.clone()))
        .nest("/__sandbox/mcp", parcelry.admin_routes())
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

/// What is put beside an answer for the log.
pub(super) fn evidence(key_name: &'static str, effect: bool) -> impl Clone + Send + Sync + 'static {
    Evidence { key_name: Some(key_name), effect }
}

async fn desk(State(shared): State<Arc<Shared>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, MOST_BYTES).await.unwrap_or_default();
    let text = |name: HeaderName| parts.headers.get(name).and_then(|value| value.to_str().ok());
    let incoming = Incoming {
        method: parts.method.as_str(),
        path: parts.uri.path(),
        query: parts.uri.query().unwrap_or_default(),
        authorization: text(header::AUTHORIZATION),
        host: text(header::HOST),
        content_type: text(header::CONTENT_TYPE),
        body: &body,
    };
    let Outcome { reply, headers, key_name, effect } = carry(&shared, &incoming).await;
    let mut response = respond(&reply);
    if let Some(headers) = headers {
        tell_budget(response.headers_mut(), headers);
    }
    response.extensions_mut().insert(Evidence { key_name, effect });
    response
}

/// Carries a request out at the desk, whichever way it came.
pub(super) async fn carry(shared: &Arc<Shared>, incoming: &Incoming<'_>) -> Outcome {
    make_ahead(shared, incoming).await;
    let now = shared.present.now_ms();
    let (mut outcome, wanted, acts_alone) = {
        let mut desk = shared.desk();
        let outcome = dispatch(&mut desk, incoming, now);
        (outcome, desk.scans.take_wanted(), desk.next_wake().is_some())
    };
    if acts_alone {
        shared.stir();
    }
    if let Some(scan) = wanted {
        look_through(Arc::clone(shared), scan).await;
        let mut desk = shared.desk();
        desk.scans.take_less(true);
        outcome.reply = again(&mut desk, incoming, now);
        desk.scans.take_less(false);
    }
    outcome
}

/// Makes the customers a page is about to show, while the desk answers others.
async fn make_ahead(shared: &Shared, incoming: &Incoming<'_>) {
    let (plan, unmade) = {
        let desk = shared.desk();
        let plan = *desk.world.plan();
        let Some(customers) = ahead::customers(incoming, plan.customers) else { return };
        (plan, desk.world.unmade(customers))
    };
    if unmade.is_empty() {
        return;
    }
    let make = move || unmade.into_iter().map(|index| (index, seed::part(&plan, index, seed::Part::Head))).collect();
    // What could not be made ahead is made when the page is answered.
    if let Ok(heads) = tokio::task::spawn_blocking(make).await {
        shared.desk().world.keep_heads(heads);
    }
}

/// Makes a scan, one at a time, while the desk answers others, as far as its time allows; waiting for the one before counts.
/// It goes on when the client gives up meanwhile: who asks again finds it made.
async fn look_through(shared: Arc<Shared>, scan: Scan) {
    let search = async move {
        let stop = shared.stop.child_token();
        let mut scanning = pin!(scan_in_turn(&shared, scan, &stop));
        tokio::select! {
            () = &mut scanning => {}
            () = shared.present.clock().sleep(SEARCH_TIME) => {
                stop.cancel();
                scanning.await;
            }
        }
    };
    let _ = tokio::spawn(search).await;
}

async fn scan_in_turn(shared: &Shared, scan: Scan, stop: &CancellationToken) {
    let _turn = tokio::select! {
        turn = shared.scanning.lock() => turn,
        () = stop.cancelled() => return,
    };
    let begun = shared.desk().scans.begin(scan);
    let Some(mut found) = begun else { return };
    let stop = stop.clone();
    let looking = tokio::task::spawn_blocking(move || {
        found.go_on(&stop);
        found
    });
    // A scan that fails has found nothing new.
    if let Ok(found) = looking.await {
        shared.desk().scans.keep(found);
    }
}

/// An answer as HTTP.
pub fn respond(reply: &Reply) -> Response {
    let body = reply.body.as_ref().map(|body| Bytes::from(body.to_string()));
    if let Some((content_type, bytes)) = &reply.file {
        let mut response = Response::new(Body::from(bytes.clone()));
        let plain = HeaderValue::from_static("application/octet-stream");
        let content_type = HeaderValue::from_str(content_type).unwrap_or(plain);
        response.headers_mut().insert(header::CONTENT_TYPE, content_type);
        return response;
    }
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
    let began = shared.present.now_ms();
    let entry = entry_for(&parts, &body, began);
    let request = Request::from_parts(parts, Body::from(body));
    let (mut response, fault) = tokio::select! {
        answered = answer(&shared, &switch, request, next) => answered,
        () = shared.stop.cancelled() => {
            switch.throw();
            return respond(&Refusal::status(503).into());
        }
    };
    let ended = shared.present.now_ms();
    response.headers_mut().entry(header::DATE).or_insert_with(|| damage::http_date(ended));
    let evidence = response.extensions().get::<Evidence>().copied();
    if ["/v1/", uploads::ROOT, truto::ROOT].iter().any(|logged| path.starts_with(logged)) {
        shared.log().add(Entry {
            status: response.status().as_u16(),
            duration_ms: u64::try_from(ended - began).unwrap_or_default(),
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
    let fault = shared.faults.strike(Scene::Request, request.method().as_str(), request.uri().path());
    let response = match fault {
        None => next.run(request).await,
        Some(fault) => strike(fault, shared, switch, request, next).await,
    };
    (response, fault)
}

fn entry_for(parts: &axum::http::request::Parts, body: &Bytes, began: i64) -> Entry {
    let digest = || mint::hex(&Sha256::digest(body));
    Entry {
        seq: 0,
        at: iso(began),
        method: parts.method.to_string(),
        path: parts.uri.path().to_owned(),
        query: parts.uri.query().unwrap_or_default().to_owned(),
        body_sha256: (!body.is_empty()).then(digest),
        body_bytes: body.len(),
        lane: parts.headers.get("x-shiftdeck-lane").and_then(|lane| lane.to_str().ok()).map(str::to_owned),
        key_name: None,
        status: 0,
        duration_ms: 0,
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

async fn strike(fault: Fault, shared: &Shared, switch: &Switch, mut request: Request, next: Next) -> Response {
    if let Some(response) = damage::instead(fault, shared.present.now_ms()) {
        return response;
    }
    match fault.kind {
        FaultKind::Delay => {
            shared.present.clock().sleep(Duration::from_millis(fault.amount())).await;
            next.run(request).await
        }
        FaultKind::Model(wrong) => {
            request.extensions_mut().insert(model::Struck { fault: wrong, amount: fault.amount() });
            next.run(request).await
        }
        FaultKind::Truto(wrong) => {
            request.extensions_mut().insert(truto::Struck { fault: wrong, amount: fault.argument });
            next.run(request).await
        }
        FaultKind::Stale => {
            shared.desk().lag.miss_last_step();
            next.run(request).await
        }
        FaultKind::ResetBefore => {
            switch.throw();
            respond(&Refusal::status(500).into())
        }
        FaultKind::ResetAfter => {
            let response = next.run(request).await;
            switch.throw();
            response
        }
        _ => damage::spoilt(fault, next.run(request).await, &shared.present).await,
    }
}
