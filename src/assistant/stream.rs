//! Owns the line to a model's endpoint: one request, one stream of [`Said`], repeated by our own rules. The only file that
//! names `async_openai`; everything lenient about dialects is in `assemble`. Does not decide what is said.
//!
//! The library is used for its request and its event stream only. Its own retries, its error bodies and its typed answers
//! are passed by: a failed status becomes a [`ModelError`] before the library reads (and logs) the body, and a whole JSON
//! answer where a stream was asked for is taken aside, because the library would end silently on it.

use std::{collections::VecDeque, fmt, sync::Arc, time::Duration};

use async_openai::{Client, config::OpenAIConfig, error::OpenAIError, middleware::HttpRequestFactory};
use futures::{
    Stream, StreamExt,
    stream::{self, BoxStream},
};
use secrecy::SecretString;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    Message, ModelError, ModelErrorKind, Said,
    assemble::Assembler,
    ledger::{Ledger, Meter},
    window,
};
use crate::{clock::Clock, config::Access, transport::llm};

/// Attempts of one request, the first included.
const ATTEMPTS: u32 = 4;
/// The first wait where the endpoint names none; it doubles.
const FIRST_WAIT: Duration = Duration::from_millis(500);
/// A longer wait than this is the person's to decide.
const LONGEST_WAIT: Duration = Duration::from_secs(30);
/// The id under which the simulated desk offers its planner.
const SCRIPTED: &str = "shiftdeck-scripted";
/// The one that obeys whatever it reads.
const GULLIBLE: &str = "shiftdeck-scripted-gullible";

/// Which model, where, with which key.
#[derive(Clone, Debug)]
pub struct ModelConfig {
    /// The base address, up to before `/chat/completions`.
    pub base: String,
    /// The key.
    pub key: SecretString,
    /// The model's id at that endpoint.
    pub model: String,
    /// How it is addressed.
    pub access: Access,
}

/// The name to show for a model. The scripted one says what it is.
pub fn display_name(model: &str) -> &str {
    match model {
        SCRIPTED => "scripted model, not an AI",
        GULLIBLE => "scripted model, not an AI (obeys all it reads)",
        model => model,
    }
}

/// A model that can be asked. Cheap to clone.
#[derive(Clone)]
pub struct Model {
    client: Arc<Client<OpenAIConfig>>,
    name: Arc<str>,
    /// Where it is asked.
    base: Arc<str>,
    clock: Clock,
    patience: Duration,
    ledger: Ledger,
    /// Whose requests these are, in the ledger.
    turn: Arc<str>,
}

impl fmt::Debug for Model {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Model").field("name", &self.name).finish_non_exhaustive()
    }
}

/// What the library must not read: carried past it as an error.
#[derive(Debug, thiserror::Error)]
enum Aside {
    #[error("the endpoint refused")]
    Failed(ModelError),
    #[error("the endpoint answered whole")]
    Whole(Value),
}

impl From<Aside> for OpenAIError {
    fn from(aside: Aside) -> Self {
        Self::Boxed(Box::new(aside))
    }
}

impl Model {
    /// A model behind an endpoint, whose requests the ledger counts.
    ///
    /// # Errors
    /// [`ModelErrorKind::Settings`] when the address or the key cannot stand in a request.
    pub fn new(config: &ModelConfig, clock: Clock, ledger: Ledger) -> Result<Self, ModelError> {
        let settings = || ModelError::new(ModelErrorKind::Settings);
        let base = config.base.trim().trim_end_matches('/');
        let http = llm::client(base, &config.access).map_err(|_| settings())?;
        if !llm::is_sendable(&config.key) || config.model.trim().is_empty() {
            return Err(settings());
        }
        // Every field is set: what is left out would be taken from the environment and sent to whatever address this is.
        // The key is put where the endpoint wants it by `llm::address`.
        let settings = OpenAIConfig::new().with_api_base(base).with_api_key("").with_org_id("").with_project_id("");
        let (key, access) = (config.key.clone(), config.access.clone());
        let patience = access.patience;
        let service = tower::service_fn(move |request: HttpRequestFactory| {
            let (http, key, access) = (http.clone(), key.clone(), access.clone());
            async move {
                let mut request = request.build().await?;
                llm::address(&mut request, &access, &key);
                let lost = |is_silence: bool| {
                    Aside::Failed(ModelError::new(if is_silence {
                        ModelErrorKind::Silent
                    } else {
                        ModelErrorKind::Unreachable
                    }))
                };
                let answer = http.execute(request).await.map_err(|e| lost(e.is_timeout() && !e.is_connect()))?;
                let status = answer.status().as_u16();
                let header = |name: &str| answer.headers().get(name).and_then(|value| value.to_str().ok());
                let wait = wait_of(header("retry-after-ms"), header("retry-after"));
                let whole = header("content-type").is_some_and(|kind| kind.starts_with("application/json"));
                if !answer.status().is_success() {
                    let body = answer.bytes().await.unwrap_or_default();
                    return Err(OpenAIError::from(Aside::Failed(ModelError::of_answer(status, wait, &body))));
                }
                if header("content-type").is_some_and(|kind| kind.starts_with("text/html")) {
                    return Err(Aside::Failed(ModelError::new(ModelErrorKind::Garbled)).into());
                }
                if whole {
                    let body = answer.bytes().await.map_err(|e| lost(e.is_timeout()))?;
                    let garbled = |_| Aside::Failed(ModelError::new(ModelErrorKind::Garbled));
                    return Err(Aside::Whole(serde_json::from_slice(&body).map_err(garbled)?).into());
                }
                Ok(answer)
            }
        });
        let client = Arc::new(Client::with_config(settings).with_http_service(service));
        let (name, turn) = (Arc::from(config.model.trim()), Arc::from(Uuid::now_v7().simple().to_string()));
        Ok(Self { client, name, base: Arc::from(base), clock, patience, ledger, turn })
    }

    /// The same model, its requests counted as this turn's.
    #[must_use]
    pub fn for_turn(&self, turn: &str) -> Self {
        Self { turn: Arc::from(turn), ..self.clone() }
    }

    /// The model's id.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Where it is asked: the base URL without a trailing slash.
    pub fn endpoint(&self) -> &str {
        &self.base
    }

    /// Asks for the next answer, with these tools on offer. Dropping the stream drops the connection; the stream ends after `Done` or `Failed`.
    pub fn answer(&self, messages: &[Message], tools: &[Value]) -> impl Stream<Item = Said> + Send + use<> {
        let messages: Vec<Value> = messages.iter().map(window::wire).collect();
        let request = json!({
            "model": &*self.name,
            "messages": messages,
            "tools": tools,
            "stream": true,
            "stream_options": {"include_usage": true},
        });
        let asking =
            Asking { asked: request.to_string().chars().count(), model: self.clone(), request, attempt: 1, wait: None };
        stream::unfold(Some(asking), |asking| async move { Some(asking?.next().await) }).flatten()
    }
}

/// A request that has not been taken yet.
struct Asking {
    model: Model,
    request: Value,
    /// Its length in characters.
    asked: usize,
    attempt: u32,
    /// How long to wait before it is sent.
    wait: Option<Duration>,
}

impl Asking {
    /// Sends it once: gives what is then said, and whether it is to be sent again. That is so only while not a byte of an
    /// answer came.
    async fn next(mut self) -> (BoxStream<'static, Said>, Option<Self>) {
        if let Some(wait) = self.wait.take() {
            self.model.clock.sleep(wait).await;
        }
        let error = match self.attempt().await {
            Ok(said) => return (said, None),
            Err(error) => error,
        };
        match again(&error, self.attempt) {
            None => (one(Said::Failed(error)), None),
            Some(wait) => {
                (self.attempt, self.wait) = (self.attempt + 1, Some(wait));
                (one(Said::Waits(error.after(wait))), Some(self))
            }
        }
    }

    async fn attempt(&self) -> Result<BoxStream<'static, Said>, ModelError> {
        let Model { client, name, ledger, turn, clock, patience, base: _ } = &self.model;
        let meter = ledger.open(turn, name, self.asked)?;
        let begun = client.chat().create_stream_byot::<_, Value>(self.request.clone()).await;
        let mut hearing = Hearing {
            pieces: stream::empty().boxed(),
            assembler: Assembler::default(),
            meter: Some(meter),
            ready: VecDeque::new(),
            last: clock.elapsed(),
            clock: clock.clone(),
            patience: *patience,
        };
        match begun.map_err(aside) {
            Ok(pieces) => hearing.pieces = pieces.boxed(),
            Err(Aside::Whole(answer)) => hearing.whole(&answer),
            Err(Aside::Failed(error)) => hearing.fail(error),
        }
        let mut said = stream::unfold(hearing, Hearing::next).boxed();
        match said.next().await {
            Some(Said::Failed(error)) => Err(error),
            first => Ok(stream::iter(first).chain(said).boxed()),
        }
    }
}

fn one(said: Said) -> BoxStream<'static, Said> {
    stream::once(async move { said }).boxed()
}

/// The ids of the models an endpoint offers.
///
/// # Errors
/// [`ModelError`].
pub async fn models(config: &ModelConfig) -> Result<Vec<String>, ModelError> {
    let base = config.base.trim().trim_end_matches('/');
    let settings = || ModelError::new(ModelErrorKind::Settings);
    let http = llm::client(base, &config.access).map_err(|_| settings())?;
    // The library's own list sits behind a feature that brings nothing else we need.
    let mut request = http.get(format!("{base}/models")).build().map_err(|_| settings())?;
    llm::address(&mut request, &config.access, &config.key);
    let answer = http.execute(request).await.map_err(|_| ModelError::new(ModelErrorKind::Unreachable))?;
    let status = answer.status();
    let body = answer.bytes().await.map_err(|_| ModelError::new(ModelErrorKind::Unreachable))?;
    if !status.is_success() {
        return Err(ModelError::of_answer(status.as_u16(), None, &body));
    }
    let body: Value = serde_json::from_slice(&body).map_err(|_| ModelError::new(ModelErrorKind::Garbled))?;
    let rows = body.get("data").and_then(Value::as_array).ok_or(ModelError::new(ModelErrorKind::Garbled))?;
    Ok(rows.iter().filter_map(|row| row.get("id")?.as_str()).map(str::to_owned).collect())
}

/// What the library's error really was.
fn aside(error: OpenAIError) -> Aside {
    let kind = match error {
        OpenAIError::Boxed(inner) => match inner.downcast::<Aside>() {
            Ok(aside) => return *aside,
            Err(_) => ModelErrorKind::Garbled,
        },
        OpenAIError::Reqwest(_) | OpenAIError::StreamError(_) => ModelErrorKind::Unreachable,
        OpenAIError::InvalidArgument(_) => ModelErrorKind::Settings,
        _ => ModelErrorKind::Garbled,
    };
    Aside::Failed(ModelError::new(kind))
}

/// How long to wait before the next attempt; nothing when there should be none.
fn again(error: &ModelError, attempt: u32) -> Option<Duration> {
    if attempt >= ATTEMPTS || !error.kind.may_pass() {
        return None;
    }
    let wait = error.wait.unwrap_or(FIRST_WAIT * 2_u32.pow(attempt - 1));
    (wait <= LONGEST_WAIT).then_some(wait)
}

/// `retry-after-ms`, else `retry-after` in seconds.
fn wait_of(ms: Option<&str>, seconds: Option<&str>) -> Option<Duration> {
    let number = |text: Option<&str>| text?.trim().parse::<f64>().ok().filter(|n| (0.0..=86_400_000.0).contains(n));
    number(ms).map(|ms| Duration::from_secs_f64(ms / 1_000.0)).or_else(|| number(seconds).map(Duration::from_secs_f64))
}

/// An answer as it is heard: words at once, the end at the end. Pieces that cannot be read are left out; a connection that
/// breaks ends the stream, which without a reason to finish counts as cut off.
struct Hearing {
    pieces: BoxStream<'static, Result<Value, OpenAIError>>,
    assembler: Assembler,
    /// Gone when the answer has ended.
    meter: Option<Meter>,
    ready: VecDeque<Said>,
    /// When the last piece came.
    last: Duration,
    clock: Clock,
    patience: Duration,
}

impl Hearing {
    async fn next(mut self) -> Option<(Said, Self)> {
        loop {
            if let Some(said) = self.ready.pop_front() {
                return Some((said, self));
            }
            self.meter.as_ref()?;
            match self.pieces.next().await {
                Some(Ok(piece)) => self.piece(&piece),
                Some(Err(OpenAIError::JSONDeserialize(..))) => {}
                Some(Err(_)) => self.over(true),
                None => self.over(false),
            }
        }
    }

    fn piece(&mut self, piece: &Value) {
        self.last = self.clock.elapsed();
        match self.assembler.take(piece) {
            Ok(said) => self.ready.extend(said),
            Err(error) => return self.fail(error),
        }
        if let Some(kind) = self.meter.as_mut().and_then(|meter| meter.hear(self.assembler.said())) {
            self.ready.push_back(Said::Failed(ModelError::new(kind)));
            self.settle();
        }
    }

    fn whole(&mut self, answer: &Value) {
        match self.assembler.take_whole(answer) {
            Ok(said) => {
                self.ready.extend(said);
                self.end();
            }
            Err(error) => self.fail(error),
        }
    }

    /// Nothing more comes. A line that ends before anything was said has failed; one that ends later has cut the answer off.
    fn over(&mut self, is_broken: bool) {
        let is_silence = is_broken && self.clock.elapsed().saturating_sub(self.last) >= self.patience;
        if self.assembler.has_begun() {
            self.end();
        } else {
            let kind = if is_silence { ModelErrorKind::Silent } else { ModelErrorKind::Unreachable };
            self.fail(ModelError::new(kind));
        }
    }

    fn end(&mut self) {
        self.settle();
        self.ready.extend(std::mem::take(&mut self.assembler).end());
    }

    /// The endpoint did not answer. A request it had taken and then was silent about may be charged; others are not.
    fn fail(&mut self, error: ModelError) {
        match self.meter.take() {
            Some(meter) if error.kind == ModelErrorKind::Silent => meter.close(None),
            Some(meter) => meter.void(),
            None => {}
        }
        self.ready.push_back(Said::Failed(error));
    }

    /// Writes down what it took.
    fn settle(&mut self) {
        if let Some(meter) = self.meter.take() {
            meter.close(self.assembler.tokens());
        }
        self.pieces = stream::empty().boxed();
    }
}

#[cfg(test)]
mod tests;
