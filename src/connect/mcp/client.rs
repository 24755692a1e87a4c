//! Owns one connected server: what it is, its tools, and calls of them. How a connection comes about is `link`'s.
//!
//! Invariants: a call that may change something goes through [`Client::perform`], which sends the bytes a ticket admits and
//! nothing else; no call is sent twice; a future that is dropped cancels its call at the server.

use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use rmcp::{
    Peer, RoleClient,
    model::{
        CallToolRequest, CallToolRequestParams, ClientRequest, InputRequest, InputRequiredResult, ListToolsRequest,
        PaginatedRequestParams, ServerResult,
    },
    service::{PeerRequestOptions, RequestHandle, RunningService, ServiceError},
};
use serde_json::{Map, Value};
use tokio::sync::{mpsc, watch};

use super::{
    McpError,
    ask::Ask,
    child::Heard,
    definition::{Definition, LeftOut, cut},
    ear::Dropped,
    handler::{Handler, Progress, QUESTIONS},
    link::{self, Link, Means},
    told::Told,
};
use crate::{
    approval::{self, Effect},
    clock::Clock,
    config::{McpServer, Reviewed},
    domain::Text,
    kustomer::path::segment,
    transport::Method,
};

/// The most tools of one server, the most pages they come in, and the most bytes.
const TOOLS: usize = 1_000;
const PAGES: usize = 50;
const BYTES: usize = 8 * 1024 * 1024;
/// How long a call may take that shows progress.
const LONGEST: Duration = Duration::from_mins(10);
/// How long a server is waited for when it is closed.
const CLOSING: Duration = Duration::from_secs(7);

/// One connected server. Cheap to clone; the connection ends with the last clone, or with [`Client::close`].
#[derive(Clone)]
pub struct Client(Arc<Inner>);

struct Inner {
    alias: String,
    reviewed: Option<Reviewed>,
    patience: Duration,
    identity: Identity,
    handler: Handler,
    peer: Peer<RoleClient>,
    running: tokio::sync::Mutex<Option<RunningService<RoleClient, Handler>>>,
    clock: Clock,
    heard: Option<Heard>,
    /// What each tool promised to answer, as last listed.
    outputs: Mutex<HashMap<String, Option<Value>>>,
    left_out: Mutex<Vec<LeftOut>>,
    dropped: Dropped,
}

impl std::fmt::Debug for Client {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Client").field("alias", &self.0.alias).finish_non_exhaustive()
    }
}

/// What a server says it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// Its name.
    pub name: Text,
    /// Its version.
    pub version: Text,
    /// The revision of the protocol that is spoken.
    pub protocol: String,
    /// Whether each request stands for itself.
    pub era: Era,
    /// What it says about using it, at most 4,000 characters.
    pub instructions: Text,
    /// Where it is, without anything secret: scheme and host, or the command.
    pub address: String,
}

/// The two eras of the protocol (integrations reference, 3.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Era {
    /// Each request stands for itself (2026-07-28).
    Modern,
    /// A handshake first.
    Legacy,
}

impl Era {
    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Modern => "modern",
            Self::Legacy => "legacy",
        }
    }
}

/// Where the progress of a call is told; none of it is waited for.
pub type Telling = Option<mpsc::Sender<Progress>>;

impl Client {
    /// Connects: the modern way first, else by the handshakes down to 2024-11-05. Questions a server asks in the middle of a
    /// call go to `asks`; where nobody listens there, they are cancelled.
    ///
    /// # Errors
    /// When the server cannot be reached, started or understood, or wants a sign-in.
    pub async fn connect(
        server: &McpServer,
        asks: mpsc::UnboundedSender<Ask>,
        clock: Clock,
        means: &Means,
    ) -> Result<Self, McpError> {
        let handler = Handler::new(&server.alias, asks, clock.clone());
        let Link { running, heard, dropped } = link::connect(server, &handler, &clock, means).await?;
        let identity = link::identity(server, &running)?;
        let peer = running.peer().clone();
        if identity.era == Era::Modern && link::tells_changes(&running) {
            tokio::spawn(link::listen(peer.clone(), handler.clone(), clock.clone()));
        }
        Ok(Self(Arc::new(Inner {
            alias: server.alias.clone(),
            reviewed: server.reviewed,
            patience: server.patience,
            identity,
            handler,
            peer,
            running: tokio::sync::Mutex::new(Some(running)),
            clock,
            heard,
            outputs: Mutex::default(),
            left_out: Mutex::default(),
            dropped,
        })))
    }

    /// What the server is called here.
    pub fn alias(&self) -> &str {
        &self.0.alias
    }

    /// Whose published tools a person says these are.
    pub fn reviewed(&self) -> Option<Reviewed> {
        self.0.reviewed
    }

    /// What the server says it is.
    pub fn identity(&self) -> Identity {
        self.0.identity.clone()
    }

    /// Counts how often the server said that its tools changed.
    pub fn changed(&self) -> watch::Receiver<u64> {
        self.0.handler.changed()
    }

    /// The tools of the last list that are not offered, and why.
    pub fn left_out(&self) -> Vec<LeftOut> {
        self.0.left_out.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Its tools, all pages, under bounds. What is over a bound, or has the name of an earlier one, is in [`Self::left_out`].
    ///
    /// # Errors
    /// When no list comes, or it has no end.
    pub async fn tools(&self) -> Result<Vec<Definition>, McpError> {
        let (mut said, mut cursor, mut bytes) = (Vec::new(), None, 0);
        for page in 0.. {
            if page == PAGES || said.len() > TOOLS || bytes > BYTES {
                return Err(McpError::TooMuch("more than 1,000 tools, 50 pages of them, or 8 MiB"));
            }
            let (tools, next) = self.page(cursor.clone()).await?;
            bytes += tools.iter().map(|tool| tool.to_string().len()).sum::<usize>();
            said.extend(tools);
            if next.is_none() {
                break;
            }
            if next == cursor {
                return Err(McpError::Garbled("its list of tools does not go on"));
            }
            cursor = next;
        }
        Ok(self.take_in(&said))
    }

    async fn page(&self, cursor: Option<String>) -> Result<(Vec<Value>, Option<String>), McpError> {
        let params = PaginatedRequestParams::default().with_cursor(cursor);
        let request = ListToolsRequest::with_param(params);
        let answer = self.ask(ClientRequest::ListToolsRequest(request), &None).await.map_err(McpError::unsent)?;
        let said = match answer {
            ServerResult::ListToolsResult(list) => serde_json::to_value(list).unwrap_or_default(),
            // One tool that is none makes the library give the whole list as it is: the others are taken.
            ServerResult::CustomResult(said) => said.0,
            _ => Value::Null,
        };
        let Some(Value::Array(tools)) = said.get("tools") else {
            return Err(McpError::Garbled("it is no list of tools"));
        };
        Ok((tools.clone(), said.get("nextCursor").and_then(Value::as_str).map(str::to_owned)))
    }

    fn take_in(&self, said: &[Value]) -> Vec<Definition> {
        let (mut tools, mut left_out, mut names) = (Vec::new(), self.0.dropped.take(), HashSet::new());
        for said in said {
            match Definition::read(said) {
                Ok(tool) if !names.insert(tool.name.clone()) => {
                    left_out.push(LeftOut { name: Text::new(tool.name), why: "an earlier tool has its name" });
                }
                Ok(tool) => tools.push(tool),
                Err(left) => left_out.push(left),
            }
        }
        let outputs = tools.iter().map(|tool| (tool.name.clone(), tool.output.clone())).collect();
        *self.0.outputs.lock().unwrap_or_else(PoisonError::into_inner) = outputs;
        *self.0.left_out.lock().unwrap_or_else(PoisonError::into_inner) = left_out;
        tools
    }

    /// Calls a tool of which the caller's reviewed table says that it only looks.
    ///
    /// # Errors
    /// [`McpError::NotApproved`] for any other class; else as the server answers.
    pub async fn look(
        &self,
        tool: &str,
        arguments: Map<String, Value>,
        class: Effect,
        telling: Telling,
    ) -> Result<Told, McpError> {
        if class != Effect::Read {
            return Err(McpError::NotApproved);
        }
        self.call(tool, arguments, telling).await.map_err(McpError::unsent)
    }

    /// Makes the n-th call of what was approved: sent is exactly what the ticket admits, else nothing.
    ///
    /// # Errors
    /// [`McpError::NotApproved`] when the ticket does not admit it; [`McpError::Unclear`] when it was sent and the answer got
    /// lost; else as the server answers.
    pub async fn perform(
        &self,
        ticket: &approval::Ticket,
        n: usize,
        request: &approval::Request,
        telling: Telling,
    ) -> Result<Told, McpError> {
        let tool = tool_of(&self.0.alias, request).ok_or(McpError::NotApproved)?;
        let Some(Value::Object(arguments)) = request.body.clone() else { return Err(McpError::NotApproved) };
        // Asked with the bytes of what goes into the call, not with those of the request it was made from.
        let bytes = Value::Object(arguments.clone()).to_string().into_bytes();
        if !ticket.admits(n, Method::Post, &path(&self.0.alias, &tool), Some(&bytes)) {
            return Err(McpError::NotApproved);
        }
        self.call(&tool, arguments, telling).await
    }

    async fn call(&self, tool: &str, arguments: Map<String, Value>, telling: Telling) -> Result<Told, McpError> {
        let _under_way = self.0.handler.begin();
        let mut params = CallToolRequestParams::new(tool.to_owned()).with_arguments(arguments);
        for round in 0..=QUESTIONS {
            let request = CallToolRequest::new(params.clone());
            let answer = self.ask(ClientRequest::CallToolRequest(request), &telling).await;
            let said = match answer.map_err(|error| if round == 0 { error } else { error.after_a_question() })? {
                ServerResult::InputRequiredResult(wanted) => {
                    self.answer(wanted, &mut params).await?;
                    continue;
                }
                ServerResult::CallToolResult(result) => serde_json::to_value(result).unwrap_or_default(),
                ServerResult::CustomResult(said) => said.0,
                ServerResult::EmptyResult(_) => Value::Object(Map::new()),
                _ => return Err(McpError::Garbled("it is no answer of a tool")),
            };
            if said.get("resultType").and_then(Value::as_str).is_some_and(|kind| kind != "complete") {
                return Err(McpError::Garbled("it is an answer of a kind that is not known here"));
            }
            let output = self.0.outputs.lock().unwrap_or_else(PoisonError::into_inner).get(tool).cloned().flatten();
            return Told::read(&said, output.as_ref());
        }
        Err(McpError::Asked("more than eight times"))
    }

    /// Answers what a server wants to know before it goes on.
    async fn answer(&self, wanted: InputRequiredResult, params: &mut CallToolRequestParams) -> Result<(), McpError> {
        let mut answers = std::collections::BTreeMap::new();
        for (key, request) in wanted.input_requests.into_iter().flatten() {
            let InputRequest::Elicitation(request) = request else {
                return Err(McpError::Asked("for a model or for folders of this machine, which are not offered"));
            };
            let answer = self.0.handler.ask(&request.params).await;
            answers.insert(key, serde_json::to_value(answer).unwrap_or_default());
        }
        params.input_responses = (!answers.is_empty()).then_some(answers);
        params.request_state = wanted.request_state;
        Ok(())
    }

    /// Sends a request and waits for its answer as long as is right.
    async fn ask(&self, request: ClientRequest, telling: &Telling) -> Result<ServerResult, McpError> {
        let handle = self.0.peer.send_request_with_option(request, PeerRequestOptions::no_options()).await;
        let handle = handle.map_err(|error| self.failed(&error).unsent())?;
        let mut progress = self.0.handler.watch(handle.progress_token.clone());
        let mut sent = Sent { handle: Some(handle), handler: self.0.handler.clone() };
        let answer = self.wait(&mut sent, &mut progress, telling).await?;
        // What was said before the answer may still be on its way to us.
        tokio::task::yield_now().await;
        while let (Some(telling), Ok(told)) = (telling, progress.try_recv()) {
            let _ = telling.try_send(told);
        }
        sent.is_answered();
        answer.map_err(|error| self.failed(&error))
    }

    async fn wait(
        &self,
        sent: &mut Sent,
        progress: &mut mpsc::Receiver<Progress>,
        telling: &Telling,
    ) -> Result<Result<ServerResult, ServiceError>, McpError> {
        let Some(handle) = sent.handle.as_mut() else { return Err(McpError::Unclear("the connection ended")) };
        let mut thinking = self.0.handler.thinking();
        let clock = &self.0.clock;
        let (mut since, mut until, mut done) =
            (clock.elapsed(), clock.elapsed() + LONGEST.max(self.0.patience), f64::NEG_INFINITY);
        loop {
            let now = clock.elapsed();
            let left = (since + self.0.patience).min(until).saturating_sub(now);
            tokio::select! {
                biased;
                answer = &mut handle.rx => {
                    return Ok(answer.unwrap_or(Err(ServiceError::TransportClosed)));
                }
                Some(told) = progress.recv() => {
                    // Only what goes on is progress.
                    if told.done > done {
                        (done, since) = (told.done, clock.elapsed());
                    }
                    if let Some(telling) = telling {
                        let _ = telling.try_send(told);
                    }
                }
                _ = thinking.changed() => {
                    // While a person thinks, nobody is late.
                    let began = clock.elapsed();
                    while *thinking.borrow_and_update() > 0 {
                        tokio::select! {
                            answer = &mut handle.rx => {
                                return Ok(answer.unwrap_or(Err(ServiceError::TransportClosed)));
                            }
                            _ = thinking.changed() => {}
                        }
                    }
                    since = clock.elapsed();
                    until += since.saturating_sub(began);
                }
                () = clock.sleep(left) => return Err(McpError::Unclear("it took too long")),
            }
        }
    }

    fn failed(&self, error: &ServiceError) -> McpError {
        match McpError::asking(error) {
            McpError::Unreachable { why, said: None } => {
                McpError::Unreachable { why, said: self.0.heard.as_ref().and_then(Heard::last) }
            }
            other => other,
        }
    }

    /// Ends the connection; a program started here is asked to end, then made to.
    pub async fn close(self) {
        let running = self.0.running.lock().await.take();
        if let Some(mut running) = running {
            let _ = running.close_with_timeout(CLOSING).await;
        }
    }
}

/// A request that was sent. Dropped before it is answered, it is cancelled at the server.
struct Sent {
    handle: Option<RequestHandle<RoleClient>>,
    handler: Handler,
}

impl Sent {
    fn is_answered(&mut self) {
        if let Some(handle) = self.handle.take() {
            self.handler.unwatch(&handle.progress_token);
        }
    }
}

impl Drop for Sent {
    fn drop(&mut self) {
        let Some(handle) = self.handle.take() else { return };
        self.handler.unwatch(&handle.progress_token);
        // Outside a runtime there is no connection any more either.
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn(handle.cancel(Some("nobody waits for the answer any more".to_owned())));
        }
    }
}

/// How a call of a tool is written in an [`approval::Request`].
pub fn path(alias: &str, tool: &str) -> String {
    format!("mcp:{alias}/{}", segment(tool))
}

/// The tool a request calls at this server.
fn tool_of(alias: &str, request: &approval::Request) -> Option<String> {
    let tool = request.path.strip_prefix("mcp:")?.strip_prefix(alias)?.strip_prefix('/')?;
    let tool = crate::kustomer::path::decoded(tool);
    (request.method == Method::Post && path(alias, &tool) == request.path).then_some(tool)
}

/// Words of a server's on itself, cut.
pub(super) fn said(words: Option<&str>, most: usize) -> Text {
    cut(words.unwrap_or_default(), most)
}

#[cfg(test)]
mod tests;
