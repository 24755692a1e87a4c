//! Owns the line to a model's endpoint: one request, one stream of [`Said`], repeated by our own rules. The only file that
//! names `async_openai`; everything lenient about dialects is in `assemble`. Does not decide what is said.
//!
//! The library is used for its request and its event stream only. Its own retries, its error bodies and its typed answers
//! are passed by: a failed status becomes a [`ModelError`] before the library reads (and logs) the body, and a whole JSON
//! answer where a stream was asked for is taken aside, because the library would end silently on it.

use std::{fmt, sync::Arc, time::Duration};

use async_openai::{Client, config::OpenAIConfig, error::OpenAIError, middleware::HttpRequestFactory};
use futures::{Stream, StreamExt, stream};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};

use super::{Message, ModelError, ModelErrorKind, Said, assemble::Assembler, window};
use crate::{clock::Clock, tools, transport::llm};

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
    clock: Clock,
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
    /// A model behind an endpoint.
    ///
    /// # Errors
    /// [`ModelErrorKind::Settings`] when the address or the key cannot stand in a request.
    pub fn new(config: &ModelConfig, clock: Clock) -> Result<Self, ModelError> {
        let settings = || ModelError::new(ModelErrorKind::Settings);
        let base = config.base.trim().trim_end_matches('/');
        let http = llm::client(base).map_err(|_| settings())?;
        let key = config.key.expose_secret().trim();
        // The library panics on a key that cannot stand in a header.
        if !key.bytes().all(|b| b.is_ascii_graphic()) || config.model.trim().is_empty() {
            return Err(settings());
        }
        // Every field is set: what is left out would be taken from the environment and sent to whatever address this is.
        let settings = OpenAIConfig::new().with_api_base(base).with_api_key(key).with_org_id("").with_project_id("");
        let service = tower::service_fn(move |request: HttpRequestFactory| {
            let http = http.clone();
            async move {
                let request = request.build().await?;
                let answer = http.execute(request).await.map_err(|_| unreachable_endpoint())?;
                let status = answer.status().as_u16();
                let header = |name: &str| answer.headers().get(name).and_then(|value| value.to_str().ok());
                let wait = wait_of(header("retry-after-ms"), header("retry-after"));
                let whole = header("content-type").is_some_and(|kind| kind.starts_with("application/json"));
                if !answer.status().is_success() {
                    let body = answer.bytes().await.unwrap_or_default();
                    return Err(OpenAIError::from(Aside::Failed(ModelError::of_answer(status, wait, &body))));
                }
                if whole {
                    let body = answer.bytes().await.map_err(|_| unreachable_endpoint())?;
                    let garbled = |_| Aside::Failed(ModelError::new(ModelErrorKind::Garbled));
                    return Err(Aside::Whole(serde_json::from_slice(&body).map_err(garbled)?).into());
                }
                Ok(answer)
            }
        });
        let client = Client::with_config(settings).with_http_service(service);
        Ok(Self { client: Arc::new(client), name: Arc::from(config.model.trim()), clock })
    }

    /// The model's id.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Asks for the next answer. Dropping the stream drops the connection; the stream ends after `Done` or `Failed`.
    pub fn answer(&self, messages: &[Message]) -> impl Stream<Item = Said> + Send + use<> {
        let messages: Vec<Value> = messages.iter().map(window::wire).collect();
        let tools: Vec<Value> = tools::all().iter().map(tools::Tool::wire).collect();
        let request = json!({
            "model": &*self.name,
            "messages": messages,
            "tools": tools,
            "stream": true,
            "stream_options": {"include_usage": true},
        });
        let model = self.clone();
        stream::once(async move { model.begin(request).await }).flatten()
    }

    /// Sends the request until it is taken, and gives what is then said.
    async fn begin(self, request: Value) -> stream::BoxStream<'static, Said> {
        let mut attempt = 1;
        loop {
            let begun = self.client.chat().create_stream_byot::<_, Value>(request.clone()).await;
            match begun.map_err(aside) {
                Ok(pieces) => return said(pieces).boxed(),
                Err(Aside::Whole(answer)) => return stream::iter(Assembler::whole(&answer)).boxed(),
                Err(Aside::Failed(error)) => match again(&error, attempt) {
                    Some(wait) => self.clock.sleep(wait).await,
                    None => return stream::once(async move { Said::Failed(error) }).boxed(),
                },
            }
            attempt += 1;
        }
    }
}

/// The ids of the models an endpoint offers.
///
/// # Errors
/// [`ModelError`].
pub async fn models(config: &ModelConfig) -> Result<Vec<String>, ModelError> {
    let base = config.base.trim().trim_end_matches('/');
    let http = llm::client(base).map_err(|_| ModelError::new(ModelErrorKind::Settings))?;
    // The library's own list sits behind a feature that brings nothing else we need.
    let request = http.get(format!("{base}/models")).bearer_auth(config.key.expose_secret().trim());
    let answer = request.send().await.map_err(|_| ModelError::new(ModelErrorKind::Unreachable))?;
    let status = answer.status();
    let body = answer.bytes().await.map_err(|_| ModelError::new(ModelErrorKind::Unreachable))?;
    if !status.is_success() {
        return Err(ModelError::of_answer(status.as_u16(), None, &body));
    }
    let body: Value = serde_json::from_slice(&body).map_err(|_| ModelError::new(ModelErrorKind::Garbled))?;
    let rows = body.get("data").and_then(Value::as_array).ok_or(ModelError::new(ModelErrorKind::Garbled))?;
    Ok(rows.iter().filter_map(|row| row.get("id")?.as_str()).map(str::to_owned).collect())
}

fn unreachable_endpoint() -> Aside {
    Aside::Failed(ModelError::new(ModelErrorKind::Unreachable))
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

/// Joins the pieces: words at once, the end at the end. Pieces that cannot be read are left out; a connection that breaks
/// ends the stream, which without a reason to finish counts as cut off.
fn said(
    pieces: impl Stream<Item = Result<Value, OpenAIError>> + Send + Unpin + 'static,
) -> impl Stream<Item = Said> + Send {
    stream::unfold(Some((pieces, Assembler::default())), |state| async move {
        let (mut pieces, mut assembler) = state?;
        loop {
            match pieces.next().await {
                Some(Ok(piece)) => match assembler.take(&piece) {
                    Ok(Some(words)) => return Some((Said::Text(words), Some((pieces, assembler)))),
                    Ok(None) => {}
                    Err(error) => return Some((Said::Failed(error), None)),
                },
                Some(Err(OpenAIError::JSONDeserialize(..))) => {}
                Some(Err(_)) | None => return Some((assembler.end(), None)),
            }
        }
    })
}

#[cfg(test)]
mod tests;
