//! Owns the faults that can be asked for: how they are written, when they strike. Does not carry them out (`damage` for
//! requests, `webhooks` for deliveries).
//!
//! A rule is `METHOD PATH FAULT[=ARG] [dialect=D] [p=PROBABILITY] [n=TIMES] [after=SKIPPED]`; several are separated by `;`.
//! `*` as METHOD is any method; in PATH `*` stands for anything but a slash and `**` for anything. `after=K` lets the first K
//! fitting requests through. The first rule that strikes wins.
//!
//! | fault | what happens | done? |
//! | --- | --- | --- |
//! | `delay=MS` | the answer comes late | yes |
//! | `429[=SECONDS]` | refused for so long; `dialect` decides which header says it | no |
//! | `status=500` (502, 503, 504 …) | fails before anything is done | no |
//! | `after-status=500` | it was done, then this status | yes |
//! | `reset-before` | the connection drops | no |
//! | `reset-after` | it was done, then the connection drops | yes |
//! | `cut` | half of the body arrives | yes |
//! | `drip=MS` | the body arrives in twenty pieces, so far apart | yes |
//! | `html[=STATUS]` | an HTML page instead; 200 unless said | no |
//! | `content-type` | the body claims to be `text/plain` | yes |
//! | `malformed` | the body is broken JSON | yes |
//! | `duplicate-keys` | every key of the body's object stands twice, null first | yes |
//! | `huge=MB` | the body's object begins with so many MB of padding | yes |
//! | `wrong-types` | numbers and flags become text, lists become objects | yes |
//! | `empty` | the body is missing | yes |
//! | `expired` | 401 with `Expired token` | no |
//! | `missing-role` | 403 | no |
//! | `stale` | a search answers from before the last change | yes |
//! | `skew=SECONDS` | `date` and `x-ratelimit-reset` are off by so much | yes |
//! | `webhook-duplicate` | an event is delivered twice | |
//! | `webhook-reorder` | an event is held back five seconds, so that later ones overtake it | |
//! | `webhook-lost` | an event is never delivered | |
//!
//! For webhooks the method is `POST` and the path `/webhooks/EVENT`, so `* /webhooks/kustomer.customer.* webhook-lost p=0.1`
//! loses a tenth of the customers' events. Faults of requests never strike webhooks, nor the other way round.
//!
//! Faults of the model strike under `/openai/` only:
//!
//! | fault | what happens |
//! | --- | --- |
//! | `model-429[=SECONDS]` | refused in the dialect's own words, `Retry-After` beside |
//! | `model-quota` | the account is used up |
//! | `model-status[=STATUS]` | fails in the dialect's own words; 529 is "overloaded" |
//! | `model-context` | the dialogue is too long |
//! | `model-refused` | the endpoint's filter refuses the request |
//! | `model-error[=CHUNKS]` | an error event in the stream, after so many chunks |
//! | `model-null-choices` | chunks with `choices: null` between the others |
//! | `model-bare` | chunks without id, object and time |
//! | `model-no-done` | the stream ends without `[DONE]` |
//! | `model-bad-arguments` | arguments that are no JSON |
//! | `model-object-arguments` | arguments that are an object, not a string |
//! | `model-no-ids` | whole calls without id and index |
//! | `model-length` | half the answer, ended by `length` |
//! | `model-filter` | ended by `content_filter` |
//! | `model-comments` | keep-alive comments between the chunks |
//! | `model-stall=MS` | silence in the middle |
//! | `model-cut` | the connection drops in the middle |
//! | `model-think` | reasoning before the answer, where the dialect puts it |
//! | `model-no-usage` | no token counts |
//! | `model-empty` | not a word |
//! | `model-whole` | one JSON document where a stream was asked for |
//!
//! Faults of the integration layer strike under `/truto/` only:
//!
//! | fault | what happens |
//! | --- | --- |
//! | `truto-429[=SECONDS]` | the provider's limit, told in the three normalised headers |
//! | `truto-429-nonsense` | the provider's limit, told in headers that say nothing |
//! | `truto-own-429` | the layer's own limit, `Retry-After: 10` |
//! | `truto-reauth` | the provider no longer takes the account's key; until it is given anew |
//! | `truto-scopes` | the provider refuses for want of a role, with the layer's insight |
//! | `truto-sandbox` | a sandbox account: writes are 405 |
//! | `truto-blocked` | a blocked account: 503 |
//! | `truto-results` | `/tools` names its list `results` |
//! | `truto-changed` | one tool's description is another: the one that reads a customer |
//! | `truto-changed-note` | the same of the one that adds a note to a conversation |
//! | `truto-hostile` | tools that take what could redirect a call, 10,000 properties or circles, and describe themselves in escapes |
//!
//! Faults of the MCP server strike where a message is looked at: their path is the endpoint and what is asked of it, for
//! instance `/mcp/modern/tools/list` or `/mcp/tools/call/refund_create` (base `/mcp`) or `/mcp/stdio/initialize`, so
//! `* /mcp/** mcp-…` is everywhere; the method is `POST`. Several kinds may strike one message. The URL token's path is
//! `/mcp/token`. Faults of requests strike the endpoints as any other path (`* /mcp delay=50`).
//!
//! | fault | asked about | what happens |
//! | --- | --- | --- |
//! | `mcp-version` | `initialize`, `server/discover` | answers with a version nobody asked for |
//! | `mcp-headers` | any modern request over HTTP but `server/discover` | 400 HeaderMismatch |
//! | `mcp-cut` | `tools/call` | it was done, then the answer breaks off in the middle; over stdio the process ends |
//! | `mcp-slow=MS` | `tools/call` | it begins so late |
//! | `mcp-bad-header` | `tools/list` | the `x-mcp-header` of `depot_stock` is no token |
//! | `mcp-changed` | `tools/list` | `parcel_get` has another description and one more argument |
//! | `mcp-list-changed` | `tools/call` | afterwards the list is said to have changed |
//! | `mcp-huge` | `tools/call` | a result of 17 MiB |
//! | `mcp-control` | `tools/list`, `tools/call` | escapes, controls and bidi marks in titles, descriptions, texts, questions, one name |
//! | `mcp-lies` | `tools/list` | `refund_create` says it is read-only |
//! | `mcp-other-id` | `tools/call` | answers another request's id |
//! | `mcp-hostile` | `tools/list` | six more tools: names like the layer's own, 10,000 properties, a cycle, a remote `$ref`, 40 levels, orders to the model |
//! | `mcp-deep` | `tools/list` | one more tool, 200 levels deep: most parsers refuse the page |
//! | `mcp-dies` | `tools/call` of a writing tool | it was done, then the connection drops; over stdio the process ends |
//! | `mcp-session` | `session`: any message in a session | the session is gone: 404 |
//! | `mcp-429[=SECONDS]` | the HTTP method: any request | 429 with `Retry-After` |
//! | `mcp-loop` | `tools/call` | asks for input for ever |
//! | `mcp-pages` | `tools/list` | there is always a next page |
//!
//! Each page of the list asks anew, so `n=1` spoils one page alone.
//!
//! Dialects of `429`: `epoch` (`x-ratelimit-reset` in seconds, the default), `epoch-ms`, `delta` (seconds from now),
//! `retry-after` (that header alone, seconds), `retry-after-date` (the same as a date), `none` (no header at all).

use std::{
    str::FromStr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use super::{mcp::McpFault, mint::splitmix, model::ModelFault, truto::TrutoFault};

/// What goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the table at the top of the file says what each does")]
pub enum FaultKind {
    Delay,
    TooMany,
    Status,
    AfterStatus,
    ResetBefore,
    ResetAfter,
    Cut,
    Drip,
    Html,
    ContentType,
    Malformed,
    DuplicateKeys,
    Huge,
    WrongTypes,
    Empty,
    Expired,
    MissingRole,
    Stale,
    Skew,
    WebhookDuplicate,
    WebhookReorder,
    WebhookLost,
    /// At the model's endpoint, in the dialect that is spoken.
    Model(ModelFault),
    /// At the integration layer.
    Truto(TrutoFault),
    /// At the MCP server.
    Mcp(McpFault),
}

/// Which header of a 429 says when to come back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Dialect {
    /// `x-ratelimit-reset`, epoch seconds.
    #[default]
    Epoch,
    /// `x-ratelimit-reset`, epoch milliseconds.
    EpochMs,
    /// `x-ratelimit-reset`, seconds from now.
    Delta,
    /// `retry-after`, seconds from now.
    RetryAfter,
    /// `retry-after`, an HTTP date.
    RetryAfterDate,
    /// No header.
    Silent,
}

const DIALECTS: [(Dialect, &str); 6] = [
    (Dialect::Epoch, "epoch"),
    (Dialect::EpochMs, "epoch-ms"),
    (Dialect::Delta, "delta"),
    (Dialect::RetryAfter, "retry-after"),
    (Dialect::RetryAfterDate, "retry-after-date"),
    (Dialect::Silent, "none"),
];

/// What may stand after a fault's name.
#[derive(Clone, Copy, Debug)]
enum Argument {
    /// Nothing.
    None,
    /// A whole number between two bounds.
    Needed(i64, i64),
    /// The same, or this one when nothing is said.
    Or(i64, i64, i64),
}

const DAY_S: i64 = 24 * 3600;
const YEARS_S: i64 = 10 * 365 * DAY_S;

/// Where models are.
const MODEL: &str = "/openai/";
/// Where the integration layer is.
const TRUTO: &str = "/truto/";

/// Every fault with its name and what it takes.
const FAULTS: [(FaultKind, &str, Argument); 72] = [
    (FaultKind::Delay, "delay", Argument::Needed(0, DAY_S * 1000)),
    (FaultKind::TooMany, "429", Argument::Or(1, 0, DAY_S)),
    (FaultKind::Status, "status", Argument::Needed(200, 599)),
    (FaultKind::AfterStatus, "after-status", Argument::Needed(200, 599)),
    (FaultKind::ResetBefore, "reset-before", Argument::None),
    (FaultKind::ResetAfter, "reset-after", Argument::None),
    (FaultKind::Cut, "cut", Argument::None),
    (FaultKind::Drip, "drip", Argument::Needed(0, DAY_S * 1000)),
    (FaultKind::Html, "html", Argument::Or(200, 200, 599)),
    (FaultKind::ContentType, "content-type", Argument::None),
    (FaultKind::Malformed, "malformed", Argument::None),
    (FaultKind::DuplicateKeys, "duplicate-keys", Argument::None),
    (FaultKind::Huge, "huge", Argument::Needed(1, 4096)),
    (FaultKind::WrongTypes, "wrong-types", Argument::None),
    (FaultKind::Empty, "empty", Argument::None),
    (FaultKind::Expired, "expired", Argument::None),
    (FaultKind::MissingRole, "missing-role", Argument::None),
    (FaultKind::Stale, "stale", Argument::None),
    (FaultKind::Skew, "skew", Argument::Needed(-YEARS_S, YEARS_S)),
    (FaultKind::WebhookDuplicate, "webhook-duplicate", Argument::None),
    (FaultKind::WebhookReorder, "webhook-reorder", Argument::None),
    (FaultKind::WebhookLost, "webhook-lost", Argument::None),
    (FaultKind::Model(ModelFault::Limited), "model-429", Argument::Or(1, 0, DAY_S)),
    (FaultKind::Model(ModelFault::Quota), "model-quota", Argument::None),
    (FaultKind::Model(ModelFault::Status), "model-status", Argument::Or(503, 500, 599)),
    (FaultKind::Model(ModelFault::TooLong), "model-context", Argument::None),
    (FaultKind::Model(ModelFault::Refused), "model-refused", Argument::None),
    (FaultKind::Model(ModelFault::Error), "model-error", Argument::Or(0, 0, 10_000)),
    (FaultKind::Model(ModelFault::NullChoices), "model-null-choices", Argument::None),
    (FaultKind::Model(ModelFault::Bare), "model-bare", Argument::None),
    (FaultKind::Model(ModelFault::NoDone), "model-no-done", Argument::None),
    (FaultKind::Model(ModelFault::BadArguments), "model-bad-arguments", Argument::None),
    (FaultKind::Model(ModelFault::ObjectArguments), "model-object-arguments", Argument::None),
    (FaultKind::Model(ModelFault::NoIds), "model-no-ids", Argument::None),
    (FaultKind::Model(ModelFault::Length), "model-length", Argument::None),
    (FaultKind::Model(ModelFault::Filtered), "model-filter", Argument::None),
    (FaultKind::Model(ModelFault::Comments), "model-comments", Argument::None),
    (FaultKind::Model(ModelFault::Stall), "model-stall", Argument::Needed(0, DAY_S * 1000)),
    (FaultKind::Model(ModelFault::Cut), "model-cut", Argument::None),
    (FaultKind::Model(ModelFault::Think), "model-think", Argument::None),
    (FaultKind::Model(ModelFault::NoUsage), "model-no-usage", Argument::None),
    (FaultKind::Model(ModelFault::Empty), "model-empty", Argument::None),
    (FaultKind::Model(ModelFault::Whole), "model-whole", Argument::None),
    (FaultKind::Truto(TrutoFault::Limited), "truto-429", Argument::Or(1, 0, DAY_S)),
    (FaultKind::Truto(TrutoFault::Nonsense), "truto-429-nonsense", Argument::None),
    (FaultKind::Truto(TrutoFault::OwnLimited), "truto-own-429", Argument::None),
    (FaultKind::Truto(TrutoFault::Reauth), "truto-reauth", Argument::None),
    (FaultKind::Truto(TrutoFault::Scopes), "truto-scopes", Argument::None),
    (FaultKind::Truto(TrutoFault::Sandbox), "truto-sandbox", Argument::None),
    (FaultKind::Truto(TrutoFault::Blocked), "truto-blocked", Argument::None),
    (FaultKind::Truto(TrutoFault::Results), "truto-results", Argument::None),
    (FaultKind::Truto(TrutoFault::Changed), "truto-changed", Argument::None),
    (FaultKind::Mcp(McpFault::Version), "mcp-version", Argument::None),
    (FaultKind::Mcp(McpFault::Headers), "mcp-headers", Argument::None),
    (FaultKind::Mcp(McpFault::Cut), "mcp-cut", Argument::None),
    (FaultKind::Mcp(McpFault::Slow), "mcp-slow", Argument::Needed(0, DAY_S * 1000)),
    (FaultKind::Mcp(McpFault::BadHeader), "mcp-bad-header", Argument::None),
    (FaultKind::Mcp(McpFault::Changed), "mcp-changed", Argument::None),
    (FaultKind::Mcp(McpFault::ListChanged), "mcp-list-changed", Argument::None),
    (FaultKind::Mcp(McpFault::Huge), "mcp-huge", Argument::None),
    (FaultKind::Mcp(McpFault::Control), "mcp-control", Argument::None),
    (FaultKind::Mcp(McpFault::Lies), "mcp-lies", Argument::None),
    (FaultKind::Mcp(McpFault::OtherId), "mcp-other-id", Argument::None),
    (FaultKind::Mcp(McpFault::Hostile), "mcp-hostile", Argument::None),
    (FaultKind::Mcp(McpFault::Deep), "mcp-deep", Argument::None),
    (FaultKind::Mcp(McpFault::Dies), "mcp-dies", Argument::None),
    (FaultKind::Mcp(McpFault::Session), "mcp-session", Argument::None),
    (FaultKind::Mcp(McpFault::Limited), "mcp-429", Argument::Or(1, 0, DAY_S)),
    (FaultKind::Mcp(McpFault::Loop), "mcp-loop", Argument::None),
    (FaultKind::Mcp(McpFault::Pages), "mcp-pages", Argument::None),
    (FaultKind::Truto(TrutoFault::ChangedNote), "truto-changed-note", Argument::None),
    (FaultKind::Truto(TrutoFault::Hostile), "truto-hostile", Argument::None),
];

/// Where a fault can strike.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scene {
    /// A request to the desk or the model.
    Request,
    /// An event on its way to a webhook's receiver.
    Webhook,
    /// A message to the MCP server, where this one thing could go wrong.
    Mcp(McpFault),
}

/// One fault, with what was said about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fault {
    /// What goes wrong.
    pub kind: FaultKind,
    /// Milliseconds, seconds, a status or megabytes, as the table says; 0 where it takes none.
    pub argument: i64,
    /// For a 429.
    pub dialect: Dialect,
}

impl Fault {
    fn row(self) -> Option<&'static (FaultKind, &'static str, Argument)> {
        FAULTS.iter().find(|(kind, _, _)| *kind == self.kind)
    }

    /// How rules and the evidence log name it.
    pub fn name(self) -> &'static str {
        self.row().map_or("fault", |(_, name, _)| name)
    }

    /// The argument as a length of time or a size.
    pub fn amount(self) -> u64 {
        self.argument.unsigned_abs()
    }

    /// The argument as a status.
    pub fn status(self) -> u16 {
        u16::try_from(self.argument).unwrap_or(500)
    }

    fn scene(self) -> Scene {
        match self.kind {
            FaultKind::WebhookDuplicate | FaultKind::WebhookReorder | FaultKind::WebhookLost => Scene::Webhook,
            FaultKind::Mcp(fault) => Scene::Mcp(fault),
            _ => Scene::Request,
        }
    }
}

/// One rule.
#[derive(Clone, Debug, PartialEq)]
pub struct FaultRule {
    method: Option<String>,
    path: String,
    fault: Fault,
    probability: f64,
    times: Option<u32>,
    skipped: u32,
}

/// A rule nobody can follow.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("fault rule `{rule}`: {problem}")]
pub struct SpecError {
    rule: String,
    problem: String,
}

impl FromStr for FaultRule {
    type Err = SpecError;

    fn from_str(rule: &str) -> Result<Self, SpecError> {
        let wrong = |problem: String| SpecError { rule: rule.to_owned(), problem };
        let mut words = rule.split_whitespace();
        let (Some(method), Some(path), Some(fault)) = (words.next(), words.next(), words.next()) else {
            return Err(wrong("needs METHOD PATH FAULT".into()));
        };
        if !method.bytes().all(|byte| byte.is_ascii_alphabetic()) && method != "*" {
            return Err(wrong("the method is a word or *".into()));
        }
        if !path.starts_with(['/', '*']) {
            return Err(wrong("the path begins with / or *".into()));
        }
        let method = (method != "*").then(|| method.to_ascii_uppercase());
        let fault = parse_fault(fault).map_err(wrong)?;
        let mut parsed = Self { method, path: path.to_owned(), fault, probability: 1.0, times: None, skipped: 0 };
        for word in words {
            parsed.set(word).map_err(|problem| wrong(problem.into()))?;
        }
        Ok(parsed)
    }
}

fn parse_fault(word: &str) -> Result<Fault, String> {
    let (name, given) = word.split_once('=').map_or((word, None), |(name, given)| (name, Some(given)));
    let Some((kind, name, takes)) = FAULTS.iter().find(|(_, known, _)| *known == name) else {
        let names: Vec<&str> = FAULTS.iter().map(|(_, name, _)| *name).collect();
        return Err(format!("the fault is one of {}", names.join(", ")));
    };
    let between = |text: &str, low: i64, high: i64| {
        let number = text.parse::<i64>().ok().filter(|number| (low..=high).contains(number));
        number.ok_or_else(|| format!("{name} takes a whole number from {low} to {high}"))
    };
    let argument = match (*takes, given) {
        (Argument::None, None) => 0,
        (Argument::Or(default, _, _), None) => default,
        (Argument::Needed(low, high) | Argument::Or(_, low, high), Some(text)) => between(text, low, high)?,
        (Argument::None, Some(_)) => return Err(format!("{name} takes no argument")),
        (Argument::Needed(low, high), None) => between("", low, high)?,
    };
    Ok(Fault { kind: *kind, argument, dialect: Dialect::default() })
}

impl FaultRule {
    fn set(&mut self, word: &str) -> Result<(), &'static str> {
        match word.split_once('=') {
            Some(("p", value)) => {
                let probability = value.parse::<f64>().ok().filter(|p| (0.0..=1.0).contains(p));
                self.probability = probability.ok_or("p is a number from 0 to 1")?;
            }
            Some(("n", value)) => self.times = Some(value.parse().map_err(|_| "n is a whole number")?),
            Some(("after", value)) => self.skipped = value.parse().map_err(|_| "after is a whole number")?,
            Some(("dialect", value)) if self.fault.kind == FaultKind::TooMany => {
                let known = DIALECTS.iter().find(|(_, name)| *name == value);
                let problem = "dialect is one of epoch, epoch-ms, delta, retry-after, retry-after-date, none";
                self.fault.dialect = known.map(|(dialect, _)| *dialect).ok_or(problem)?;
            }
            _ => return Err("after the fault come only p=…, n=…, after=… and, for a 429, dialect=…"),
        }
        Ok(())
    }

    fn is_about(&self, scene: Scene, method: &str, path: &str) -> bool {
        self.fault.scene() == scene
            && (!matches!(self.fault.kind, FaultKind::Model(_)) || path.starts_with(MODEL))
            && (!matches!(self.fault.kind, FaultKind::Truto(_)) || path.starts_with(TRUTO))
            && self.method.as_deref().is_none_or(|wanted| wanted == method)
            && glob(self.path.as_bytes(), path.as_bytes())
    }
}

impl std::fmt::Display for FaultRule {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "{} {} {}", self.method.as_deref().unwrap_or("*"), self.path, self.fault.name())?;
        if !matches!(self.fault.row(), None | Some((_, _, Argument::None))) {
            write!(out, "={}", self.fault.argument)?;
        }
        if self.fault.dialect != Dialect::default() {
            let name = DIALECTS.iter().find(|(dialect, _)| *dialect == self.fault.dialect).map_or("", |(_, name)| name);
            write!(out, " dialect={name}")?;
        }
        if self.probability < 1.0 {
            write!(out, " p={}", self.probability)?;
        }
        if let Some(times) = self.times {
            write!(out, " n={times}")?;
        }
        if self.skipped > 0 {
            write!(out, " after={}", self.skipped)?;
        }
        Ok(())
    }
}

/// Reads rules separated by `;`.
pub fn parse(spec: &str) -> Result<Vec<FaultRule>, SpecError> {
    spec.split(';').map(str::trim).filter(|rule| !rule.is_empty()).map(str::parse).collect()
}

/// `*` is anything but a slash, `**` anything. Each star multiplies the work; people write these patterns by hand.
fn glob(pattern: &[u8], text: &[u8]) -> bool {
    match pattern {
        [] => text.is_empty(),
        [b'*', b'*', rest @ ..] => (0..=text.len()).any(|skip| glob(rest, &text[skip..])),
        [b'*', rest @ ..] => {
            let reach = text.iter().position(|byte| *byte == b'/').unwrap_or(text.len());
            (0..=reach).any(|skip| glob(rest, &text[skip..]))
        }
        [first, rest @ ..] => text.first() == Some(first) && glob(rest, &text[1..]),
    }
}

/// The rules in force and the chance behind them. Clones share them: the socket side asks without waiting for the desk, which
/// may be at work on something long.
#[derive(Clone, Debug)]
pub struct Faults(Arc<Mutex<State>>);

#[derive(Debug)]
struct State {
    rules: Vec<FaultRule>,
    chance: u64,
    struck: u64,
}

impl Faults {
    /// Rules whose probabilities follow from the seed.
    pub fn new(rules: Vec<FaultRule>, seed: u64) -> Self {
        Self(Arc::new(Mutex::new(State { rules, chance: splitmix(seed), struck: 0 })))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds rules behind those in force.
    pub fn add(&self, rules: Vec<FaultRule>) {
        self.state().rules.extend(rules);
    }

    /// Ends all faults.
    pub fn clear(&self) {
        self.state().rules.clear();
    }

    /// The rules in force, as they would be written.
    pub fn rules(&self) -> Vec<String> {
        self.state().rules.iter().map(ToString::to_string).collect()
    }

    /// How often a fault has struck so far.
    pub fn struck(&self) -> u64 {
        self.state().struck
    }

    /// What strikes here, if anything; uses up one of the rule's times.
    pub fn strike(&self, scene: Scene, method: &str, path: &str) -> Option<Fault> {
        self.state().strike(scene, method, path)
    }
}

impl State {
    fn strike(&mut self, scene: Scene, method: &str, path: &str) -> Option<Fault> {
        for rule in self.rules.iter_mut().filter(|rule| rule.times != Some(0)) {
            if !rule.is_about(scene, method, path) {
                continue;
            }
            if rule.skipped > 0 {
                rule.skipped -= 1;
                continue;
            }
            self.chance = splitmix(self.chance);
            let drawn = (self.chance >> 11) as f64 / (1_u64 << 53) as f64;
            if drawn < rule.probability {
                rule.times = rule.times.map(|times| times - 1);
                self.struck += 1;
                return Some(rule.fault);
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn fault(kind: FaultKind, argument: i64) -> Fault {
        Fault { kind, argument, dialect: Dialect::default() }
    }

    #[test]
    fn a_rule_strikes_its_paths_its_number_of_times() {
        let rules = parse("POST /v1/conversations/*/notes reset-after n=1; * /v1/** delay=20").expect("two rules");
        let faults = Faults::new(rules, 1);
        let strike = |method, path| faults.strike(Scene::Request, method, path);
        assert_eq!(strike("POST", "/v1/conversations/abc/notes"), Some(fault(FaultKind::ResetAfter, 0)));
        assert_eq!(strike("POST", "/v1/conversations/abc/notes"), Some(fault(FaultKind::Delay, 20)));
        assert_eq!(strike("GET", "/v1/conversations/a/b/notes"), Some(fault(FaultKind::Delay, 20)));
        assert_eq!(strike("GET", "/openai/v1/models"), None);
    }

    #[test]
    fn the_first_requests_are_let_through_and_webhooks_are_a_scene_of_their_own() {
        let faults = Faults::new(parse("* ** empty after=2 n=1; * /webhooks/** webhook-lost").expect("two rules"), 1);
        let requests: Vec<bool> = (0..4).map(|_| faults.strike(Scene::Request, "GET", "/v1/tags").is_some()).collect();
        assert_eq!(requests, [false, false, true, false]);
        let lost = faults.strike(Scene::Webhook, "POST", "/webhooks/kustomer.tag.create");
        assert_eq!(lost, Some(fault(FaultKind::WebhookLost, 0)));
    }

    #[test]
    fn a_probability_is_met_about_as_often_as_it_says_and_always_alike_for_one_seed() {
        let strikes = |seed| {
            let faults = Faults::new(parse("GET /v1/tags 429=3 p=0.25").expect("a rule"), seed);
            (0..1000).map(|_| faults.strike(Scene::Request, "GET", "/v1/tags").is_some()).collect::<Vec<_>>()
        };
        let hits = strikes(5).iter().filter(|hit| **hit).count();
        assert!((200..300).contains(&hits), "{hits}");
        assert_eq!(strikes(5), strikes(5));
        assert_ne!(strikes(5), strikes(6));
    }

    #[test]
    fn errors_name_the_rule() {
        let error = parse("GET /v1/tags status=999").expect_err("no such status");
        assert_eq!(
            error.to_string(),
            "fault rule `GET /v1/tags status=999`: status takes a whole number from 200 to 599"
        );
        for wrong in [
            "GET v1 cut",
            "GET /v1 cut q=1",
            "GET /v1 cut=3",
            "GET /v1 delay",
            "GET /v1 huge=0",
            "GET /v1 cut dialect=epoch",
            "GET /v1 429 dialect=morse",
        ] {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
    }

    fn any_fault() -> impl Strategy<Value = Fault> {
        let argument = |takes| match takes {
            Argument::None => Just(0).boxed(),
            Argument::Needed(low, high) | Argument::Or(_, low, high) => (low..=high).boxed(),
        };
        prop::sample::select(FAULTS.to_vec()).prop_flat_map(move |(kind, _, takes)| {
            let dialects = if kind == FaultKind::TooMany { DIALECTS.len() } else { 1 };
            (argument(takes), 0..dialects).prop_map(move |(argument, dialect)| Fault {
                kind,
                argument,
                dialect: DIALECTS[dialect].0,
            })
        })
    }

    fn any_rule() -> impl Strategy<Value = FaultRule> {
        let method = prop::option::of("[A-Z]{3,6}");
        (method, "/[a-z0-9/*]{0,20}", any_fault(), 0.0..=1.0_f64, prop::option::of(any::<u32>()), any::<u32>())
            .prop_map(|(method, path, fault, probability, times, skipped)| FaultRule {
                method,
                path,
                fault,
                probability,
                times,
                skipped,
            })
    }

    proptest! {
        #[test]
        fn a_written_rule_reads_back_as_itself(rules in prop::collection::vec(any_rule(), 0..4)) {
            let spec = rules.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ");
            prop_assert_eq!(parse(&spec), Ok(rules));
        }

        #[test]
        fn any_text_is_read_or_refused(spec in "\\PC{0,60}") {
            let _ = parse(&spec);
        }
    }
}
