//! Owns what a server may say unasked: progress, that its list changed, and questions for a person. Questions are only put
//! while a call of ours is under way, and only so many.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use rmcp::{
    ClientHandler, ErrorData, RoleClient,
    model::{
        ClientCapabilities, ClientConfig, ElicitRequestParams, ElicitResult, ElicitationAction, ElicitationCapability,
        FormElicitationCapability, Implementation, ListRootsRequestMethod, ProgressNotificationParam, ProgressToken,
        UrlElicitationCapability,
    },
    service::{NotificationContext, RequestContext},
};
use serde_json::Value;
use tokio::sync::{mpsc, oneshot, watch};

use super::{
    ask::{Ask, Question, Reply},
    definition::cut,
};
use crate::{clock::Clock, domain::Text};

/// Questions of a server's while one call is under way.
pub(super) const QUESTIONS: usize = 8;
/// How long a person may think about one.
const THINKING: Duration = Duration::from_mins(10);
/// The longest word on progress, in characters.
const WORDS: usize = 300;

/// How far a call is.
#[derive(Clone, Debug, PartialEq)]
pub struct Progress {
    /// How much is done.
    pub done: f64,
    /// Of how much, where it is known.
    pub total: Option<f64>,
    /// What it is doing, in the server's words.
    pub message: Text,
}

/// The ear of one connection; clones share it.
#[derive(Clone, Debug)]
pub(super) struct Handler(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    alias: String,
    asks: mpsc::UnboundedSender<Ask>,
    clock: Clock,
    watched: Mutex<HashMap<ProgressToken, mpsc::Sender<Progress>>>,
    changed: watch::Sender<u64>,
    under_way: AtomicUsize,
    questions: AtomicUsize,
    thinking: watch::Sender<usize>,
}

/// A call under way: while it lives, its server may ask.
pub(super) struct UnderWay(Arc<Shared>);

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.0.under_way.fetch_sub(1, Ordering::SeqCst);
    }
}

/// A person who thinks: meanwhile no call takes too long.
struct Thinking<'a>(&'a Shared);

impl Drop for Thinking<'_> {
    fn drop(&mut self) {
        self.0.thinking.send_modify(|count| *count = count.saturating_sub(1));
    }
}

impl Handler {
    pub fn new(alias: &str, asks: mpsc::UnboundedSender<Ask>, clock: Clock) -> Self {
        Self(Arc::new(Shared {
            alias: alias.to_owned(),
            asks,
            clock,
            watched: Mutex::default(),
            changed: watch::Sender::new(0),
            under_way: AtomicUsize::new(0),
            questions: AtomicUsize::new(0),
            thinking: watch::Sender::new(0),
        }))
    }

    pub fn changed(&self) -> watch::Receiver<u64> {
        self.0.changed.subscribe()
    }

    /// How many people think about a question of this server's.
    pub fn thinking(&self) -> watch::Receiver<usize> {
        self.0.thinking.subscribe()
    }

    pub fn note_change(&self) {
        self.0.changed.send_modify(|count| *count += 1);
    }

    pub fn begin(&self) -> UnderWay {
        if self.0.under_way.fetch_add(1, Ordering::SeqCst) == 0 {
            self.0.questions.store(0, Ordering::SeqCst);
        }
        UnderWay(Arc::clone(&self.0))
    }

    pub fn watch(&self, token: ProgressToken) -> mpsc::Receiver<Progress> {
        // More than a screen shows; what does not fit is not told.
        let (sender, receiver) = mpsc::channel(16);
        self.watched().insert(token, sender);
        receiver
    }

    pub fn unwatch(&self, token: &ProgressToken) {
        self.watched().remove(token);
    }

    fn watched(&self) -> std::sync::MutexGuard<'_, HashMap<ProgressToken, mpsc::Sender<Progress>>> {
        self.0.watched.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts a question before a person and brings their answer, held against what was asked.
    pub async fn ask(&self, said: &ElicitRequestParams) -> ElicitResult {
        let none = |action| ElicitResult::new(action);
        if self.0.under_way.load(Ordering::SeqCst) == 0 || self.0.questions.fetch_add(1, Ordering::SeqCst) >= QUESTIONS
        {
            return none(ElicitationAction::Cancel);
        }
        let question = match Question::read(said) {
            Ok(question) => question,
            Err(why) => {
                tracing::warn!(server = %self.0.alias, why, "a server's question was declined");
                return none(ElicitationAction::Decline);
            }
        };
        let (reply, replied) = oneshot::channel();
        let ask = Ask { server: self.0.alias.clone(), question: question.clone(), reply };
        if self.0.asks.send(ask).is_err() {
            return none(ElicitationAction::Cancel);
        }
        self.0.thinking.send_modify(|count| *count += 1);
        let _thinking = Thinking(&self.0);
        let reply = tokio::select! {
            reply = replied => reply.unwrap_or(Reply::Cancel),
            () = self.0.clock.sleep(THINKING) => Reply::Cancel,
        };
        match reply {
            Reply::Accept(_) if matches!(question, Question::Link { .. }) => none(ElicitationAction::Accept),
            Reply::Accept(answer) if question.check(&answer).is_ok() => {
                none(ElicitationAction::Accept).with_content(Value::Object(answer))
            }
            Reply::Decline => none(ElicitationAction::Decline),
            Reply::Accept(_) | Reply::Cancel => none(ElicitationAction::Cancel),
        }
    }
}

#[expect(deprecated, reason = "roots are refused, and the refusal has to name their answer")]
impl ClientHandler for Handler {
    fn get_info(&self) -> ClientConfig {
        let mut capabilities = ClientCapabilities::default();
        let form = FormElicitationCapability::new().with_schema_validation(true);
        let elicitation = ElicitationCapability::new().with_form(form).with_url(UrlElicitationCapability::new());
        capabilities.elicitation = Some(elicitation);
        ClientConfig::new(capabilities, Implementation::new("shiftdeck", env!("CARGO_PKG_VERSION")))
    }

    async fn create_elicitation(
        &self,
        request: ElicitRequestParams,
        context: RequestContext<RoleClient>,
    ) -> Result<ElicitResult, ErrorData> {
        tokio::select! {
            result = self.ask(&request) => Ok(result),
            () = context.ct.cancelled() => Ok(ElicitResult::new(ElicitationAction::Cancel)),
        }
    }

    // Not offered, so not answered: the library's own answer would be an empty list.
    async fn list_roots(&self, _: RequestContext<RoleClient>) -> Result<rmcp::model::ListRootsResult, ErrorData> {
        Err(ErrorData::method_not_found::<ListRootsRequestMethod>())
    }

    async fn on_progress(&self, said: ProgressNotificationParam, _: NotificationContext<RoleClient>) {
        let sender = self.watched().get(&said.progress_token).cloned();
        if let Some(sender) = sender {
            let message = cut(said.message.as_deref().unwrap_or_default(), WORDS);
            let _ = sender.try_send(Progress { done: said.progress, total: said.total, message });
        }
    }

    async fn on_tool_list_changed(&self, _: NotificationContext<RoleClient>) {
        self.note_change();
    }
}
