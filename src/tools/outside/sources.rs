//! Owns the MCP servers of a sitting as sources of tools: connected beside the start, their tools put on the shelf and put anew
//! when they change, what changed since a person looked kept from being called, and approved calls made.
//!
//! ```text
//! settings ─ Server ─ connect ─ list ─┬─ held against what was looked at ─> Shelf
//!                ^                    └─ Standing, for people
//!                └── list changed, connection lost, an approved call: listed again
//! ```
//!
//! Invariants: before an approved call the server's list is read anew, and the call is made only where the tool, the server and
//! the protocol are those the person approved; what changed since a person looked is barred until they look again.

mod outlet;
mod reviewed;

use std::{
    collections::BTreeMap,
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
    time::Duration,
};

use futures::{FutureExt, future::BoxFuture};
use serde_json::{Map, Value};
use tokio::sync::{mpsc, watch};

use super::{
    Filled, Offered, Outside, Source, Told, filled_for_anybody,
    mcp::{self, Who},
    progress, truto,
};
use crate::{
    approval::Change,
    clock::Clock,
    config::{McpServer, McpWay},
    connect::{
        looked::{self, Looked, Shift},
        mcp::{self as connect, Ask, Challenge, Client, Definition, Identity, Kept, LeftOut, McpError, Means, address},
    },
    kustomer::Receipt,
    tools::{Cx, Shelf, Tool, ToolError},
};

/// How long a list that was read stands at least before it is read again because its server says that it changed.
const REST: Duration = Duration::from_secs(1);

/// The MCP servers of a sitting. Clones share them.
#[derive(Clone, Debug, Default)]
pub struct Sources(Vec<Arc<Server>>);

/// How a server stands.
#[derive(Clone, Debug, Default)]
pub enum Standing {
    /// Nobody tried yet, or it has not answered yet.
    #[default]
    Waiting,
    /// Its tools are on the shelf.
    Listed(Arc<Listed>),
    /// It did not answer, or not so that it can be used.
    Failed(McpError),
}

/// What a server offers now.
#[derive(Clone, Debug)]
pub struct Listed {
    /// What it says it is.
    pub identity: Identity,
    /// How many tools it offers.
    pub tools: usize,
    /// What differs from what a person last looked at.
    pub shifts: Vec<Shift>,
    /// Tools that are not offered, and why.
    pub left_out: Vec<LeftOut>,
    /// The fingerprints, to be kept once a person looked.
    pub now: Looked,
}

/// What servers need besides their settings.
#[derive(Clone, Debug)]
pub struct Surroundings {
    /// The present.
    pub clock: Clock,
    /// What connecting needs.
    pub means: Means,
    /// Where their tools go.
    pub shelf: Shelf,
    /// Where their questions go.
    pub asks: mpsc::UnboundedSender<Ask>,
}

impl Sources {
    /// These servers, not connected yet.
    pub fn new(servers: &[McpServer], around: &Surroundings) -> Self {
        Self(servers.iter().map(|server| Server::new(server.clone(), around.clone())).collect())
    }

    /// Connects all of them, without anybody waiting for it.
    pub fn start(&self) {
        for server in &self.0 {
            let server = server.clone();
            tokio::spawn(async move {
                // How it ended stands in its `Standing`.
                let _ = server.ready().await;
            });
        }
    }

    /// Connects all of them and waits until each has answered or failed, or for so long.
    pub async fn settled(&self, within: Duration) {
        futures::future::join_all(self.0.iter().map(|server| self.settled_one(server.alias(), within))).await;
    }

    /// What the settings call them.
    pub fn names(&self) -> Vec<&str> {
        self.0.iter().map(|server| server.alias()).collect()
    }

    /// How each stands.
    pub fn standing(&self) -> Vec<(&str, Standing)> {
        self.0.iter().map(|server| (server.alias(), server.told.borrow().clone())).collect()
    }

    /// Hears of every change in how they stand.
    pub fn watch(&self) -> Vec<(String, watch::Receiver<Standing>)> {
        self.0.iter().map(|server| (server.alias().to_owned(), server.told.subscribe())).collect()
    }

    /// Connects one and waits until it has answered or failed, or for so long.
    pub async fn settled_one(&self, alias: &str, within: Duration) {
        let Some(server) = self.server(alias) else { return };
        tokio::select! {
            _ = server.ready() => {}
            () = server.around.clock.sleep(within) => {}
        }
    }

    /// The servers that want a person to sign in, or to sign in for more, with what for.
    pub fn wanting_sign_in(&self) -> Vec<(&str, Challenge)> {
        let wants = |server: &Server| match &*server.told.borrow() {
            Standing::Failed(McpError::SignIn(wanted) | McpError::Scope(wanted)) => Some(wanted.clone()),
            _ => None,
        };
        let signs_in = |server: &&Arc<Server>| matches!(server.settings.way, McpWay::Http { oauth: true, .. });
        let all = self.0.iter().filter(signs_in);
        all.filter_map(|server| Some((server.alias(), wants(server)?))).collect()
    }

    /// Signs a person in to one and connects it anew. `show` is given the address to open in a browser.
    ///
    /// # Errors
    /// When nothing came of it.
    pub async fn sign_in(&self, alias: &str, wanted: &Challenge, show: impl FnOnce(&str)) -> Result<Kept, McpError> {
        let server = self.server(alias).ok_or(McpError::SigningIn("there is no server of that name"))?;
        let Surroundings { clock, means, .. } = &server.around;
        let kept = connect::sign_in(&server.settings, &[], wanted, &means.tokens, clock, show).await?;
        server.forget().await;
        server.ready().await?;
        Ok(kept)
    }

    /// Where it is kept what a person looked at of a source; what is kept there counts from its next list on.
    pub fn place(&self, alias: &str) -> Option<String> {
        self.server(alias).map(|server| server.place())
    }

    /// Ends the connections.
    pub async fn close(&self) {
        futures::future::join_all(self.0.iter().map(|server| server.close())).await;
    }

    fn server(&self, alias: &str) -> Option<&Arc<Server>> {
        self.0.iter().find(|server| server.alias() == alias)
    }
}

/// One server. It lives as long as the program: the tools on the shelf hold it.
struct Server {
    settings: McpServer,
    around: Surroundings,
    /// Itself, as the source of its tools.
    me: Weak<Self>,
    /// The connection, while there is one; held while one is made, so that there are never two.
    link: tokio::sync::Mutex<Option<Client>>,
    /// The definitions of the last list, as changes name them.
    current: Mutex<BTreeMap<String, String>>,
    told: watch::Sender<Standing>,
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Server").field("alias", &self.settings.alias).finish_non_exhaustive()
    }
}

impl Server {
    fn new(settings: McpServer, around: Surroundings) -> Arc<Self> {
        Arc::new_cyclic(|me| Self {
            settings,
            around,
            me: me.clone(),
            link: tokio::sync::Mutex::default(),
            current: Mutex::default(),
            told: watch::Sender::default(),
        })
    }

    /// Where what a person looked at is kept: another address is another server.
    fn place(&self) -> String {
        format!("mcp.tools.{}@{}", self.settings.alias, address(&self.settings))
    }

    fn who(&self, client: &Client) -> Who {
        Who { alias: self.settings.alias.clone(), reviewed: self.settings.reviewed, identity: client.identity() }
    }

    /// A connection whose tools are on the shelf.
    async fn ready(&self) -> Result<Client, McpError> {
        let mut link = self.link.lock().await;
        if let Some(client) = link.as_ref() {
            return Ok(client.clone());
        }
        let Surroundings { clock, means, asks, .. } = &self.around;
        let begun = async {
            let client = Client::connect(&self.settings, asks.clone(), clock.clone(), means).await?;
            self.list(&client).await?;
            Ok(client)
        };
        match begun.await {
            Ok(client) => {
                *link = Some(client.clone());
                self.follow(&client);
                Ok(client)
            }
            Err(error) => {
                self.fail(&error);
                Err(error)
            }
        }
    }

    /// Reads the list anew, over a new connection where the old one is of no more use. A call is never repeated, a list is.
    async fn relist(&self) -> Result<(Client, Vec<Definition>), McpError> {
        let client = self.ready().await?;
        match self.list(&client).await {
            Ok(tools) => Ok((client, tools)),
            Err(error) if error.is_gone() => {
                self.forget().await;
                let client = self.ready().await?;
                let tools = self.list(&client).await.inspect_err(|error| self.fail(error))?;
                Ok((client, tools))
            }
            Err(error) => {
                self.fail(&error);
                Err(error)
            }
        }
    }

    /// Reads the list and puts it on the shelf.
    async fn list(&self, client: &Client) -> Result<Vec<Definition>, McpError> {
        let tools = client.tools().await?;
        let now: Looked = tools.iter().map(|tool| (tool.name.clone(), tool.fingerprint.clone())).collect();
        let shifts = self.shifts(&now);
        let changed = looked::changed(&shifts);
        let who = self.who(client);
        let why = format!(
            "it changed since somebody looked at it: `shiftdeck tools accept {}` shows the changes and takes them in",
            who.alias
        );
        let offers: Vec<Offered> = tools
            .iter()
            .map(|tool| who.offer(tool, changed.contains(tool.name.as_str()).then(|| why.clone())))
            .collect();
        *self.definitions() =
            offers.iter().map(|offer| (offer.origin.tool.clone(), offer.origin.definition.clone())).collect();
        let count = offers.len();
        if let Some(me) = self.me.upgrade() {
            let source: Arc<dyn Source> = me;
            let unnamed = self.around.shelf.put(&source, offers);
            if unnamed > 0 {
                tracing::warn!(server = %who.alias, unnamed, "tools of a server found no name here");
            }
        }
        let is_news = match &*self.told.borrow() {
            Standing::Listed(before) => before.shifts != shifts,
            Standing::Waiting | Standing::Failed(_) => true,
        };
        if is_news && !shifts.is_empty() {
            let accept = format!("shiftdeck tools accept {}", who.alias);
            self.around.shelf.tell(looked::told(&format!("of {}", who.alias), &shifts, &accept));
        }
        let listed = Listed { identity: who.identity, tools: count, shifts, left_out: client.left_out(), now };
        self.told.send_replace(Standing::Listed(Arc::new(listed)));
        Ok(tools)
    }

    /// What differs from what was looked at. The first sight is the first look.
    fn shifts(&self, now: &Looked) -> Vec<Shift> {
        let (store, place) = (&self.around.means.store, self.place());
        match looked::last(store, &place) {
            Ok(Some(looked_at)) => looked::shifts(&looked_at, now),
            Ok(None) => {
                if let Err(error) = looked::keep(store, &place, now) {
                    tracing::warn!(%error, "what a server offers could not be kept");
                }
                Vec::new()
            }
            // Unknown is not unchanged: everything waits for a look.
            Err(error) => {
                tracing::warn!(%error, "what was looked at of a server could not be read");
                now.keys().cloned().map(Shift::Changed).collect()
            }
        }
    }

    /// Lists again whenever the server says that its tools changed.
    fn follow(&self, client: &Client) {
        let (me, clock, mut changed) = (self.me.clone(), self.around.clock.clone(), client.changed());
        tokio::spawn(async move {
            // Ends with the connection.
            while changed.changed().await.is_ok() {
                let Some(server) = me.upgrade() else { return };
                let _ = server.relist().await;
                drop(server);
                // One that says so all the time is not asked all the time.
                clock.sleep(REST).await;
            }
        });
    }

    fn fail(&self, error: &McpError) {
        tracing::warn!(server = %self.settings.alias, "an MCP server did not answer");
        let was_failed = matches!(&*self.told.borrow(), Standing::Failed(before) if before == error);
        self.told.send_replace(Standing::Failed(error.clone()));
        if !was_failed {
            self.around.shelf.tell(format!("{}: {error}; {}", self.settings.alias, error.next()));
        }
    }

    async fn forget(&self) {
        *self.link.lock().await = None;
    }

    async fn close(&self) {
        if let Some(client) = self.link.lock().await.take() {
            client.close().await;
        }
    }

    fn definitions(&self) -> MutexGuard<'_, BTreeMap<String, String>> {
        self.current.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether the tool still is what it was when it was taken from the shelf.
    fn is_still(&self, tool: &str, definition: &str) -> bool {
        self.definitions().get(tool).is_some_and(|now| now == definition)
    }
}

/// Why a server did not answer, for a model or a person.
fn failed(error: &McpError) -> ToolError {
    ToolError::Source(format!("{error}; {}", error.next()))
}

impl Source for Server {
    fn alias(&self) -> &str {
        &self.settings.alias
    }

    fn resident(&self) -> &[&str] {
        if self.settings.reviewed.is_some() { &truto::RESIDENT } else { &[] }
    }

    fn like(&self, tool: &Outside) -> Option<&'static Tool> {
        self.settings.reviewed.and_then(|_| truto::twin(&tool.origin().tool))
    }

    fn polls(&self, offered: &Offered) -> bool {
        self.settings.reviewed.is_some() && truto::polls(&offered.origin.tool)
    }

    fn filled<'a>(
        &'a self,
        tool: &'a Outside,
        arguments: Map<String, Value>,
        cx: &'a Cx,
    ) -> BoxFuture<'a, Result<Filled, ToolError>> {
        if self.settings.reviewed.is_some() {
            return reviewed::filled(tool, arguments, cx);
        }
        futures::future::ready(filled_for_anybody(tool, arguments, cx)).boxed()
    }

    fn look<'a>(
        &'a self,
        tool: &'a Outside,
        arguments: Map<String, Value>,
        cx: &'a Cx,
    ) -> BoxFuture<'a, Result<Told, ToolError>> {
        async move {
            let client = self.ready().await.map_err(|error| failed(&error))?;
            let origin = tool.origin();
            if !self.is_still(&origin.tool, &origin.definition) {
                return Err(ToolError::Rule("the tool changed at its server: find it anew".to_owned()));
            }
            match client.look(&origin.tool, arguments, tool.effect(), progress::listener()).await {
                Ok(told) if self.settings.reviewed.is_some() => reviewed::read(&told, cx).await,
                Ok(told) => Ok(mcp::shown(&mcp::kept(&told))),
                Err(error) => {
                    if error.is_gone() {
                        self.forget().await;
                    }
                    if matches!(error, McpError::SignIn(_) | McpError::Scope(_)) {
                        self.fail(&error);
                    }
                    Err(failed(&error))
                }
            }
        }
        .boxed()
    }

    fn change<'a>(
        &'a self,
        tool: &'a Outside,
        arguments: Map<String, Value>,
        cx: &'a Cx,
    ) -> BoxFuture<'a, Result<Change, ToolError>> {
        async move {
            // Whom it is about is known of reviewed tools alone: of others an argument of that name may be anything.
            let whose = match self.settings.reviewed {
                Some(_) => truto::whose(tool, &arguments, cx).await,
                None => None,
            };
            mcp::change(self.settings.reviewed, tool, arguments, whose)
        }
        .boxed()
    }

    fn done<'a>(
        &'a self,
        _tool: &'a Outside,
        change: &'a Change,
        receipt: &'a Receipt,
        cx: &'a Cx,
    ) -> BoxFuture<'a, Told> {
        if self.settings.reviewed.is_some() {
            return reviewed::done(change, receipt, cx).boxed();
        }
        let answer = receipt.answers.first().cloned().unwrap_or_default();
        futures::future::ready(mcp::shown(&answer)).boxed()
    }
}
