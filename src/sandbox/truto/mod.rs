//! Owns the simulated integration layer: an account of the desk reached through Truto's API (integrations reference, 1), under
//! `/truto`. Tools and capabilities, the proxy over the desk, tokens of an account, MCP tokens and their endpoint.
//!
//! ```text
//! request ─ who (bearer) ─ own limits ─┬─ account: tools, capabilities, tokens, MCP tokens
//!                                      ├─ proxy ─ catalogue ─ the desk's own dispatch (with the account's key)
//!                                      └─ mcp/{token} ─ JSON-RPC ─ proxy
//! ```
//!
//! The desk answers as it answers everybody: roles, masks and budgets of the key behind the account hold, and its 429 is
//! passed on. Simulated as documented; decided here where the reference leaves it open: a list's `result` holds the
//! provider's own objects; a method of its own answers the provider's body as it is; an `Idempotency-Key` is remembered for
//! as long as the desk lives; an unknown or expired MCP token is 404. Not simulated: unified calls, custom routes, link tokens.

mod account;
mod catalogue;
mod failure;
mod hostile;
mod mcp;
mod proxy;
#[cfg(test)]
mod tests;

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use axum::{
    Router,
    body::{Body, to_bytes},
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::Response,
};
use serde::Serialize;
use serde_json::Value;

use self::{account::Account, failure::Failure, mcp::McpToken};
use super::{
    mint,
    query::Query,
    server::{MOST_BYTES, Shared, evidence},
};

/// Where it is, below the desk's base.
pub const ROOT: &str = "/truto";
/// Its own limits: requests in [`WINDOW_MS`] of one token, and of one account.
const PER_TOKEN: u32 = 500;
const PER_ACCOUNT: u32 = 50;
const WINDOW_MS: i64 = 10_000;

/// How to reach the simulated layer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Ready {
    /// Its base address.
    pub url: String,
    /// An API token.
    pub token: String,
    /// The integrated account that stands for the desk.
    pub account: String,
}

/// What can go wrong at the layer itself. The table at the top of `sandbox::faults` says what each does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TrutoFault {
    Limited,
    Nonsense,
    OwnLimited,
    Reauth,
    Scopes,
    Sandbox,
    Blocked,
    Results,
    Changed,
    ChangedNote,
    Hostile,
}

/// A fault on its way to the layer, with its argument.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Struck {
    /// What goes wrong.
    pub fault: TrutoFault,
    /// Its argument, where it has one.
    pub amount: i64,
}

/// The layer. Clones share it.
#[derive(Clone, Debug)]
pub struct Truto(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    shared: Arc<Shared>,
    token: String,
    account: String,
    /// The key of the desk that stands behind the account.
    upstream: String,
    state: Mutex<Kept>,
}

/// What the layer remembers.
#[derive(Debug, Default)]
struct Kept {
    account: Account,
    /// Tokens of the account alone, until when they open.
    account_tokens: HashMap<String, i64>,
    mcp: BTreeMap<String, McpToken>,
    /// Answers under an idempotency key.
    answered: HashMap<String, (u16, Value)>,
    windows: HashMap<String, (i64, u32)>,
    minted: u64,
}

/// A request to the layer, taken apart.
struct Asked<'a> {
    method: &'a str,
    segments: Vec<String>,
    query: Query,
    headers: &'a HeaderMap,
    body: &'a [u8],
    struck: Option<Struck>,
    now: i64,
}

/// What the layer answers.
#[derive(Debug)]
struct Told {
    status: u16,
    body: Option<Value>,
    headers: Vec<(&'static str, String)>,
    /// Whether the desk changed.
    effect: bool,
}

impl Told {
    fn ok(body: Value) -> Self {
        Self::with(200, body)
    }

    fn with(status: u16, body: Value) -> Self {
        Self { status, body: Some(body), headers: Vec::new(), effect: false }
    }
}

impl Truto {
    /// A layer over this desk.
    pub(super) fn over(shared: Arc<Shared>, seed: u64) -> Self {
        let (token, account) = (token(seed, "truto"), uuid(seed, "integrated-account"));
        let upstream = mint::api_key(seed, "main");
        Self(Arc::new(Inner { shared, token, account, upstream, state: Mutex::default() }))
    }

    /// How to reach it below this base.
    pub(super) fn ready(&self, base: &str) -> Ready {
        Ready { url: format!("{base}{ROOT}"), token: self.0.token.clone(), account: self.0.account.clone() }
    }

    /// Its routes, to be mounted under [`ROOT`].
    pub(super) fn routes(&self) -> Router {
        Router::new().fallback(serve).with_state(self.clone())
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn answer(&self, asked: &Asked<'_>) -> Result<Told, Failure> {
        let segments: Vec<&str> = asked.segments.iter().map(String::as_str).collect();
        match segments.as_slice() {
            ["mcp", token] => mcp::endpoint(self, asked, token).await,
            ["proxy", rest @ ..] => {
                self.admit(asked, true)?;
                proxy::call(self, asked, rest).await
            }
            rest => {
                let is_own = matches!(rest, ["integrated-account", "me"]);
                self.admit(asked, is_own)?;
                account::call(self, asked, rest)
            }
        }
    }

    /// Who asks, and whether their window has room. A token of one account opens no more than that account.
    fn admit(&self, asked: &Asked<'_>, for_account: bool) -> Result<(), Failure> {
        let given = asked.headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        let given = given.and_then(|value| value.strip_prefix("Bearer ")).unwrap_or_default();
        let mut kept = self.kept();
        let is_accounts = kept.account_tokens.get(given).is_some_and(|until| asked.now < *until);
        if given != self.0.token && !is_accounts {
            return Err(Failure::new(401, "The API token is missing or not known."));
        }
        if is_accounts && !for_account {
            return Err(Failure::new(403, "A token of an integrated account may not do this."));
        }
        kept.take(given, PER_TOKEN, asked.now)
    }
}

impl Kept {
    /// Takes one request from a window.
    fn take(&mut self, whose: &str, limit: u32, now: i64) -> Result<(), Failure> {
        let (ends, used) = self.windows.entry(whose.to_owned()).or_insert((now + WINDOW_MS, 0));
        if now >= *ends {
            (*ends, *used) = (now + WINDOW_MS, 0);
        }
        *used += 1;
        if *used > limit { Err(Failure::own_limit()) } else { Ok(()) }
    }

    fn mint(&mut self, word: &str) -> String {
        self.minted += 1;
        uuid(self.minted, word)
    }
}

async fn serve(State(truto): State<Truto>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, MOST_BYTES).await.unwrap_or_default();
    let path = parts.uri.path().trim_matches('/');
    let asked = Asked {
        method: parts.method.as_str(),
        segments: path.split('/').map(super::query::decode).collect(),
        query: Query::parse(parts.uri.query().unwrap_or_default()),
        headers: &parts.headers,
        body: &body,
        struck: parts.extensions.get::<Struck>().copied(),
        now: truto.0.shared.present.now_ms(),
    };
    let told = truto.answer(&asked).await.unwrap_or_else(Failure::told);
    let bytes = told.body.as_ref().map(ToString::to_string);
    let mut response = Response::new(bytes.map_or_else(Body::empty, Body::from));
    *response.status_mut() = StatusCode::from_u16(told.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    if told.body.is_some() {
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    }
    for (name, value) in told.headers {
        if let Ok(value) = HeaderValue::from_str(&value) {
            response.headers_mut().insert(name, value);
        }
    }
    response.extensions_mut().insert(evidence("truto", told.effect));
    response
}

/// A secret that follows from the seed.
fn token(seed: u64, word: &str) -> String {
    format!("tr_{}{}", mint::fixed_id(seed, word), mint::fixed_id(seed.wrapping_add(1), word))
}

/// An id in the form of a UUID.
fn uuid(seed: u64, word: &str) -> String {
    let hex = mint::fixed_id(seed, word) + &mint::fixed_id(seed.wrapping_add(1), word);
    format!("{}-{}-4{}-8{}-{}", &hex[..8], &hex[8..12], &hex[13..16], &hex[17..20], &hex[20..32])
}
