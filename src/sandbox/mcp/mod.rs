//! Owns the simulated MCP server: Parcelry, a shipping service as a support team would use one, in both eras of the protocol
//! (integrations reference, 3), under `/mcp` and over stdin and stdout. Written by hand: the client of this crate uses a
//! library for MCP, and the two must not be wrong together.
//!
//! ```text
//! http ─ Host, Origin, credential, size ─┬─ modern ─ headers, _meta ──────┐
//!  └─ oauth (metadata, tokens)           └─ legacy ─ sessions, GET stream ┤
//! stdio ─ a line a message ───────────────────────────────────────────────┴─ dispatch ─ calls ─ tools, parcels
//!                                                                              └─ spoil     └─ asking, seal, evidence
//! ```
//!
//! | endpoint | speaks |
//! | --- | --- |
//! | `/mcp` | both eras |
//! | `/mcp/modern` | 2026-07-28 |
//! | `/mcp/legacy` | the handshakes from 2024-11-05 to 2025-11-25 |
//! | `/mcp/oauth` | both, to holders of an access token made for it |
//! | `/mcp/bearer` | both, to holders of the fixed token |
//! | `/mcp/token/SECRET` | both; the address is the key |
//!
//! Decided here where the reference leaves it open: a state may be brought back for ten minutes and more than once (writes
//! with the same arguments are done once anyway); a session lives for half an hour of silence; a stream that broke is lost;
//! modern answers are JSON unless progress was asked for; answers of sessions are streams wherever the client takes them.
//! Not simulated: resources, prompts, sampling, roots, logging, tasks, resumption, the transport of 2024-11-05.

mod asking;
mod calls;
mod dispatch;
mod evidence;
#[cfg(test)]
mod fault_tests;
mod faults;
#[cfg(test)]
mod fixture;
mod http;
#[cfg(test)]
mod http_tests;
mod legacy;
mod media;
mod modern;
mod oauth;
mod parcels;
mod rpc;
mod seal;
mod session;
mod spoil;
mod sse;
pub mod stdio;
#[cfg(test)]
mod tests;
mod tools;

use std::{
    collections::{BTreeSet, HashMap},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use axum::{
    Json, Router,
    extract::{RawQuery, State},
    routing::{get, post},
};
use serde::Serialize;
use serde_json::{Value, json};
use tokio::sync::mpsc::UnboundedSender;
use tokio_util::sync::CancellationToken;

use self::{asking::Abilities, parcels::Parcels, rpc::Request, seal::Seal, session::Session, sse::Frame};
use super::{
    faults::{Faults, Scene},
    query::Query,
    times::Present,
};
use crate::clock::Clock;

pub use faults::McpFault;

/// Where it is, below the desk's base.
pub const ROOT: &str = "/mcp";
/// The revision without a handshake.
const MODERN: &str = "2026-07-28";
/// The revisions with one, the newest last.
const REVISIONS: [&str; 4] = ["2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25"];
/// How many paces a piece of slow work takes.
const PACES: u32 = 20;

/// How to reach the server otherwise than at its base.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Ready {
    /// The era without a handshake alone.
    pub modern: String,
    /// The era with one alone.
    pub legacy: String,
    /// Behind an authorization server.
    pub oauth: String,
    /// Behind a fixed token.
    pub bearer: String,
    /// That token.
    pub bearer_token: String,
    /// An address that is the key.
    pub token: String,
}

/// Where a message came in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Endpoint {
    Both,
    Modern,
    Legacy,
    OAuth,
    Bearer,
    Token,
    Stdio,
}

impl Endpoint {
    /// How faults and evidence name it.
    pub fn path(self) -> &'static str {
        match self {
            Self::Both => "/mcp",
            Self::Modern => "/mcp/modern",
            Self::Legacy => "/mcp/legacy",
            Self::OAuth => "/mcp/oauth",
            Self::Bearer => "/mcp/bearer",
            Self::Token => "/mcp/token",
            Self::Stdio => "/mcp/stdio",
        }
    }
}

/// How the protocol is spoken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Era {
    /// Every request says all it needs.
    Modern,
    /// After a handshake, in this revision.
    Legacy(&'static str),
}

impl Era {
    fn name(self) -> &'static str {
        match self {
            Self::Modern => "modern",
            Self::Legacy(_) => "legacy",
        }
    }

    fn revision(self) -> &'static str {
        match self {
            Self::Modern => MODERN,
            Self::Legacy(revision) => revision,
        }
    }

    /// Whether it knows what came with this revision.
    fn is_since(self, revision: &str) -> bool {
        self.revision() >= revision
    }
}

/// A request, with all that is known of who asks.
#[derive(Clone, Debug)]
pub struct Asked {
    endpoint: Endpoint,
    era: Era,
    request: Request,
    who: String,
    abilities: Abilities,
}

impl Asked {
    /// The tool it calls.
    fn tool(&self) -> Option<&str> {
        self.request.params["name"].as_str().filter(|_| self.request.method == "tools/call")
    }

    /// The argument of this fault, if it strikes here.
    fn struck(&self, mcp: &Mcp, fault: McpFault) -> Option<i64> {
        let tool = self.tool().map(|tool| format!("/{tool}")).unwrap_or_default();
        mcp.strikes(fault, self.endpoint, &format!("{}{tool}", self.request.method))
    }
}

/// The server. Clones share it.
#[derive(Clone, Debug)]
pub struct Mcp(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    faults: Faults,
    present: Present,
    stop: CancellationToken,
    seed: u64,
    pace: Duration,
    seal: Seal,
    /// Where it can be reached; none over stdin.
    base: Option<String>,
    state: Mutex<Kept>,
}

/// What it remembers.
#[derive(Debug)]
struct Kept {
    parcels: Parcels,
    log: evidence::Log,
    verified: BTreeSet<String>,
    sessions: HashMap<String, (Session, i64)>,
    opened: u64,
    listeners: Vec<Listener>,
    oauth: oauth::Grants,
}

/// A subscription.
#[derive(Debug)]
struct Listener {
    id: Value,
    wants_tools: bool,
    out: UnboundedSender<Frame>,
}

/// What a server is made of.
#[derive(Clone, Debug)]
pub struct Setting {
    /// The faults in force.
    pub faults: Faults,
    /// Its time.
    pub present: Present,
    /// When it ends.
    pub stop: CancellationToken,
    /// Its parcels, keys and secrets follow from it.
    pub seed: u64,
    /// A unit of its slowness.
    pub pace: Duration,
    /// Where it can be reached; none over stdin.
    pub base: Option<String>,
}

impl Mcp {
    /// A server.
    pub fn new(setting: Setting) -> Self {
        let state = Kept {
            parcels: Parcels::new(setting.seed),
            log: evidence::Log::default(),
            verified: BTreeSet::new(),
            sessions: HashMap::new(),
            opened: 0,
            listeners: Vec::new(),
            oauth: oauth::Grants::default(),
        };
        Self(Arc::new(Inner {
            faults: setting.faults,
            present: setting.present,
            stop: setting.stop,
            seed: setting.seed,
            pace: setting.pace * PACES,
            seal: Seal::new(setting.seed),
            base: setting.base,
            state: Mutex::new(state),
        }))
    }

    /// How to reach it below this base.
    pub fn ready(&self, base: &str) -> Ready {
        let at = |endpoint: Endpoint| format!("{base}{}", endpoint.path());
        Ready {
            modern: at(Endpoint::Modern),
            legacy: at(Endpoint::Legacy),
            oauth: at(Endpoint::OAuth),
            bearer: at(Endpoint::Bearer),
            bearer_token: self.bearer_token(),
            token: format!("{}/{}", at(Endpoint::Token), self.url_token()),
        }
    }

    /// Its routes, with their whole paths.
    pub fn routes(&self) -> Router {
        http::routes(self.clone())
    }

    /// `GET log?since=SEQ`: the calls, and what they wrote; `POST changed`: everybody who listens hears of another list.
    pub fn admin_routes(&self) -> Router {
        Router::new().route("/log", get(log)).route("/changed", post(changed)).with_state(self.clone())
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn seal(&self) -> &Seal {
        &self.0.seal
    }

    fn seed(&self) -> u64 {
        self.0.seed
    }

    fn pace(&self) -> Duration {
        self.0.pace
    }

    fn now(&self) -> i64 {
        self.0.present.now_ms()
    }

    fn bearer_token(&self) -> String {
        self.seal().secret("bearer", 0)
    }

    fn url_token(&self) -> String {
        self.seal().secret("address", 0)
    }

    fn clock(&self) -> Clock {
        self.0.present.clock().clone()
    }

    fn stop(&self) -> CancellationToken {
        self.0.stop.clone()
    }

    async fn sleep(&self, wait: Duration) {
        if !wait.is_zero() {
            self.0.present.clock().sleep(wait).await;
        }
    }

    fn strikes(&self, fault: McpFault, endpoint: Endpoint, what: &str) -> Option<i64> {
        let path = format!("{}/{what}", endpoint.path());
        self.0.faults.strike(Scene::Mcp(fault), "POST", &path).map(|fault| fault.argument)
    }

    /// The page on which a parcel's card is verified.
    fn verify_url(&self, parcel: &str) -> String {
        let base = self.0.base.as_deref().unwrap_or("https://parcelry.example");
        format!("{base}{ROOT}/verify/{parcel}")
    }

    fn is_verified(&self, parcel: &str) -> bool {
        self.kept().verified.contains(parcel)
    }

    /// Tells everybody who listens that the list of tools is another.
    fn announce_change(&self) {
        const CHANGED: &str = "notifications/tools/list_changed";
        let mut kept = self.kept();
        for (session, _) in kept.sessions.values() {
            session.tell(rpc::notice(CHANGED, &json!({})));
        }
        kept.listeners.retain(|listener| {
            let meta = json!({ "_meta": { "io.modelcontextprotocol/subscriptionId": listener.id } });
            let told = Frame::Message(rpc::notice(CHANGED, &meta));
            if listener.wants_tools { listener.out.send(told).is_ok() } else { !listener.out.is_closed() }
        });
    }

    /// Opens a subscription: what is taken of it is said first.
    fn listen(&self, asked: &Asked, out: UnboundedSender<Frame>) {
        let id = asked.request.id.clone();
        let wants_tools = asked.request.params["notifications"]["toolsListChanged"] == true;
        let taken = if wants_tools { json!({ "toolsListChanged": true }) } else { json!({}) };
        let told = json!({ "notifications": taken, "_meta": { "io.modelcontextprotocol/subscriptionId": id } });
        // Whoever went away already is dropped at the first change.
        let _ = out.send(Frame::Message(rpc::notice("notifications/subscriptions/acknowledged", &told)));
        // Also one that is told nothing: its stream stays open.
        self.kept().listeners.push(Listener { id, wants_tools, out });
    }
}

async fn changed(State(mcp): State<Mcp>) -> Json<Value> {
    mcp.announce_change();
    Json(json!({}))
}

async fn log(State(mcp): State<Mcp>, RawQuery(query): RawQuery) -> Json<Value> {
    let query = Query::parse(&query.unwrap_or_default());
    let since = query.get("since").and_then(|seq| seq.parse().ok()).unwrap_or(0);
    let kept = mcp.kept();
    Json(json!({ "calls": kept.log.since(since), "written": kept.parcels.written(), "verified": kept.verified }))
}
