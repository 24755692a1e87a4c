//! Owns the opening of a working session: the desk (embedded when none is configured), the local store, the trail, the
//! client and the model, wired once and handed to whichever command runs. Does nothing with them.

use std::{
    sync::{Arc, OnceLock},
    time::Duration,
};

use jiff::tz::TimeZone;
use secrecy::SecretString;
use tokio::sync::mpsc;

use super::{Failure, out, truto};
use crate::{
    approval::{Desk, Policy, Signer, Trail, load_policy},
    assistant::{Ledger, Model, ModelConfig, stream},
    bulk::Engine,
    clock::Clock,
    config::{Access, Config, DeskChoice, Env, McpServer, ModelChoice, Task, Tools},
    connect::{
        mcp::{Ask, Means},
        truto::{Truto, Watch, told},
    },
    domain::User,
    kustomer::{Reader, Writer},
    privacy::{Seal, Vault},
    sandbox::{self, Options, Running},
    store::Store,
    tools::{
        self, Shelf,
        outside::{Guard, Sources, Surroundings, TRUTO, TrutoTools},
    },
    transport::{Endpoint, Transport},
};

/// For how long what was refused stays refused.
const REMEMBERED: jiff::SignedDuration = jiff::SignedDuration::from_hours(12);

/// How long a window may take to close on the way out.
const FAREWELL: Duration = Duration::from_secs(3);

/// How often Truto is asked what it offers; before each change it is asked, too.
const RENEWED: Duration = Duration::from_mins(5);

/// Everything a command works with.
pub struct Session {
    /// As resolved.
    pub config: Config,
    /// The present.
    pub clock: Clock,
    /// The local database.
    pub store: Store,
    /// The audit trail for this desk.
    pub trail: Trail,
    /// What approvals ask, besides the floor.
    pub policy: Policy,
    /// Reads, in the person's lane.
    pub reader: Reader,
    /// Writes what was approved.
    pub writer: Writer,
    /// Runs bulk jobs.
    pub engine: Engine,
    /// Placeholders of this sitting.
    pub vault: Vault,
    /// The tools an assistant is offered.
    pub shelf: Shelf,
    /// The MCP servers behind some of them; connected when somebody says so.
    pub sources: Sources,
    /// What those servers ask in the middle of a call; dropped, their questions are cancelled.
    pub asks: Option<mpsc::UnboundedReceiver<Ask>>,
    /// The model, if there is one; an empty name means the first one its endpoint lists. What tasks ask is `model_for`'s.
    pub model: Option<ModelConfig>,
    /// What models were asked for, and may be.
    pub ledger: Ledger,
    /// The desk's name for people: its host, or that it is embedded.
    pub desk: String,
    me: OnceLock<User>,
    embedded: Option<Running>,
}

impl Session {
    /// Opens it. Talks to nobody yet but the embedded desk's own port.
    pub async fn open(config: Config) -> Result<Self, Failure> {
        let clock = Clock::real();
        let policy = policy(&config)?;
        let store = Store::open(&config.paths.data)?;
        let embedded = match config.desk {
            DeskChoice::Sandbox => Some(embedded().await?),
            DeskChoice::Real { .. } => None,
        };
        let (org, desk, endpoint) = match (&config.desk, &embedded) {
            (DeskChoice::Real { base, key, account, .. }, _) => {
                // Two accounts at one address are two desks.
                let org = account.as_ref().map_or_else(|| base.clone(), |account| format!("{base}#{account}"));
                let road = if account.is_some() { " through Truto" } else { "" };
                (org, format!("{}{road}", host(base)), endpoint(base, key.clone()))
            }
            (DeskChoice::Sandbox, Some(running)) => {
                let ready = running.ready();
                let key = SecretString::from(ready.api_key.as_str());
                (ready.kustomer.clone(), "embedded desk".to_owned(), endpoint(&ready.kustomer, key))
            }
            (DeskChoice::Sandbox, None) => unreachable!("the embedded desk was started above"),
        };
        let store = store.sealed_by(Seal::under(&endpoint.key, &desk));
        let trail = Trail::new(store.clone(), clock.clone(), &org);
        let model = model(&config, embedded.as_ref());
        let ledger = Ledger::new(store.clone(), clock.clone(), TimeZone::system(), config.spending.clone());
        let endpoint_of_model = model.as_ref().map_or("", |model| model.base.as_str());
        let vault = Vault::new().veiling_names(config.veil_names).for_model_at(endpoint_of_model);
        let (transport, truto) = match &config.desk {
            DeskChoice::Real { account: Some(account), .. } => {
                let (transport, tools) = by_truto(&endpoint, account, &store, &clock).await?;
                (transport, Some(tools))
            }
            DeskChoice::Real { .. } | DeskChoice::Sandbox => (Transport::new(endpoint, clock.clone())?, None),
        };
        let shelf = shelf(&config.tools, truto.as_ref());
        let (sources, asks) = sources(&config, &store, &clock, &shelf);
        let outlet = Arc::new(sources.clone());
        let mut writer = Writer::new(transport.clone(), clock.clone(), trail.clone()).with_outlet(outlet);
        if let Some(truto) = &truto {
            writer = writer.with_standing(Arc::new(Guard::new(Arc::clone(truto), shelf.clone())));
            renew_now_and_then(Arc::clone(truto), shelf.clone(), clock.clone());
        }
        let reader = Reader::new(transport, clock.clone());
        let engine = Engine::new(&reader, trail.clone());
        Ok(Self {
            config,
            clock,
            store,
            trail,
            policy,
            reader,
            writer,
            engine,
            vault,
            shelf,
            sources,
            asks: Some(asks),
            model,
            ledger,
            desk,
            me: OnceLock::new(),
            embedded,
        })
    }

    /// Asks the desk who the key is, and tells the trail. For commands: from here on waits are told on stderr.
    pub async fn sign_in(&self) -> Result<User, Failure> {
        if let Some(me) = self.me.get() {
            return Ok(me.clone());
        }
        tell_waits(self.reader.transport().clone());
        let me = self.reader.me().await?;
        self.trail.signed_in(&me.name);
        let me = self.me.get_or_init(|| me).clone();
        if self.reader.transport().simulated() == Some(true) {
            out::say("SANDBOX: simulated data");
        }
        Ok(me)
    }

    /// An approval desk with this session's rules, at which whoever signed in sits: it decides for the session's org, and
    /// remembers what was refused there in this shift.
    pub fn approvals(&self) -> Desk {
        let hosts = self.config.approval.known_hosts.clone();
        let mut desk = Desk::with_policy(self.policy.clone()).at(self.trail.org()).knowing(hosts);
        // What cannot be read back is asked for once more at worst.
        desk.recall(self.trail.refused_within(REMEMBERED).unwrap_or_default());
        if let Some(me) = self.me.get() {
            desk.signed_in(Signer { id: me.id.clone(), name: me.name.clone() });
        }
        desk
    }

    /// What a task asks: its own model where the settings name one, else the main one.
    pub fn model_for(&self, task: Task) -> Option<ModelConfig> {
        self.model_of_its_own(task).or_else(|| self.model.clone())
    }

    /// The model the settings name for this task.
    pub fn model_of_its_own(&self, task: Task) -> Option<ModelConfig> {
        self.config.model_tasks.get(&task).map(configured)
    }

    /// The model a task asks: the one configured, else the first its endpoint lists.
    pub async fn model(&self, task: Task) -> Result<Model, Failure> {
        let none = || {
            let next =
                "set OPENAI_BASE_URL (and OPENAI_API_KEY, OPENAI_MODEL), or write [model] into the settings file";
            Failure::new("no model", "a real desk is open and no model is configured", next)
        };
        let mut config = self.model_for(task).ok_or_else(none)?;
        if config.model.is_empty() {
            config.model = stream::models(&config).await?.into_iter().next().unwrap_or_default();
        }
        Ok(Model::new(&config, self.clock.clone(), self.ledger.clone())?)
    }

    /// Closes windows that a crashed session left open.
    pub async fn close_abandoned_windows(&self) -> Result<(), Failure> {
        close_abandoned(&self.store, &self.trail, &self.writer).await
    }

    /// The same, without anybody waiting for it: what fails is tried again at the next start.
    pub fn close_abandoned_windows_beside(&self) {
        let (store, trail, writer) = (self.store.clone(), self.trail.clone(), self.writer.clone());
        tokio::spawn(async move {
            if let Err(failure) = close_abandoned(&store, &trail, &writer).await {
                tracing::warn!(?failure, "windows left open by an earlier session could not be closed");
            }
        });
    }

    /// Ends the embedded desk, if there is one. A bulk job that was begun here is followed to its end first: Ctrl-C leaves
    /// it to be resumed.
    pub async fn close(self) {
        if self.engine.is_at_work() {
            out::say("a bulk job is still under way; Ctrl-C leaves it to `shiftdeck bulk resume`");
            tokio::select! {
                () = self.engine.settled() => {}
                _ = tokio::signal::ctrl_c() => {}
            }
        }
        tokio::select! {
            () = self.sources.close() => {}
            () = self.clock.sleep(FAREWELL) => {}
        }
        if let Some(running) = self.embedded {
            let clock = self.clock;
            tokio::select! {
                () = running.shutdown() => {}
                () = clock.sleep(FAREWELL) => {}
            }
        }
    }
}

/// The MCP servers that are set up, not connected yet, and what they may come to ask.
pub fn sources(
    config: &Config,
    store: &Store,
    clock: &Clock,
    shelf: &Shelf,
) -> (Sources, mpsc::UnboundedReceiver<Ask>) {
    let (asks, asked) = mpsc::unbounded_channel();
    let means = Means::new(store.clone(), Env::read());
    let around = Surroundings { clock: clock.clone(), means, shelf: shelf.clone(), asks };
    let offered: Vec<McpServer> =
        config.mcp.iter().filter(|server| config.tools.offers(&server.alias)).cloned().collect();
    (Sources::new(&offered, &around), asked)
}

/// The rules for approvals: those of `policy.toml`, and the settings' own. Nothing starts on a file that is not understood.
pub fn policy(config: &Config) -> Result<Policy, Failure> {
    let names = tool_names(config);
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let read = load_policy(&config.paths.policy(), &names)?;
    Ok(Policy { cards_for_own: config.approval.cards_for_own, ..read })
}

/// The tools a rule may speak of: ours by name, and those of the sources that are set up (`desk/*`).
pub fn tool_names(config: &Config) -> Vec<String> {
    let ours = tools::all().iter().map(|tool| tool.spec.name.to_owned());
    let sources = config.mcp.iter().map(|server| server.alias.as_str()).chain([TRUTO]);
    ours.chain(sources.map(|source| format!("{source}/*"))).collect()
}

async fn close_abandoned(store: &Store, trail: &Trail, writer: &Writer) -> Result<(), Failure> {
    for customer in store.abandoned_windows(trail.org())? {
        writer.close_window(&customer, "left open by a session that ended without closing it").await?;
    }
    Ok(())
}

/// Says on stderr what a command waits for when the desk's limits hold it back.
fn tell_waits(transport: Transport) {
    tokio::spawn(async move {
        let mut budget = transport.budget();
        let mut told = None;
        while budget.changed().await.is_ok() {
            let wait = budget.borrow_and_update().waiting.clone();
            if let Some(wait) = wait.filter(|wait| told != Some(wait.until)) {
                out::say(&format!("waiting until {}: {}", wait.until.strftime("%H:%M:%S UTC"), wait.why));
                told = Some(wait.until);
            }
        }
    });
}

async fn embedded() -> Result<Running, Failure> {
    sandbox::start(Options::default()).await.map_err(|error| {
        Failure::new("the embedded desk", error.to_string(), "allow this program to listen on 127.0.0.1")
    })
}

fn endpoint(base: &str, key: SecretString) -> Endpoint {
    Endpoint { base: base.to_owned(), key }
}

/// The way out through an integrated account at Truto, and what the account offers. That is fetched at each start, and held
/// against what a person last looked at; the first look is this one.
async fn by_truto(
    endpoint: &Endpoint,
    account: &str,
    store: &Store,
    clock: &Clock,
) -> Result<(Transport, Arc<TrutoTools>), Failure> {
    let direct = Transport::new(endpoint.clone(), clock.clone())?;
    let (offer, shifts) = truto::offer(&direct, store, account).await?;
    if !shifts.is_empty() {
        out::say(&told(&shifts));
    }
    let road = Arc::new(Truto::new(account.to_owned(), offer));
    let watch = Watch::new(direct, store.clone(), account.to_owned(), Arc::clone(&road));
    let tools = Arc::new(TrutoTools::new(watch, host(&endpoint.base), shifts));
    Ok((Transport::by(road, endpoint.clone(), clock.clone())?, tools))
}

/// What the account offers where the desk is reached through one: for a list, without opening the desk.
pub async fn published(config: &Config, store: &Store, clock: &Clock) -> Result<Option<Arc<TrutoTools>>, Failure> {
    let DeskChoice::Real { base, key, account: Some(account), .. } = &config.desk else { return Ok(None) };
    let (_, tools) = by_truto(&endpoint(base, key.clone()), account, store, clock).await?;
    Ok(Some(tools))
}

/// Asks now and then what the account offers; what differs is told on the shelf. What cannot be asked is asked next time.
fn renew_now_and_then(truto: Arc<TrutoTools>, shelf: Shelf, clock: Clock) {
    tokio::spawn(async move {
        loop {
            clock.sleep(RENEWED).await;
            if let Err(error) = truto.renew(&shelf).await {
                tracing::warn!(%error, "what Truto offers could not be asked anew");
            }
        }
    });
}

/// The tools an assistant is offered: those of the sources the settings name.
fn shelf(wanted: &Tools, truto: Option<&Arc<TrutoTools>>) -> Shelf {
    let shelf = Shelf::new();
    if !wanted.offers(Tools::BUILTIN) {
        shelf.take_ours_off();
    }
    let is_named = wanted.sources.as_ref().is_some_and(|sources| sources.iter().any(|source| source == TRUTO));
    match truto {
        Some(truto) if wanted.offers(TRUTO) => truto.put_on(&shelf),
        None if is_named => out::say(
            "[tools] sources names truto, but this desk is not reached through it: none of its tools are offered",
        ),
        Some(_) | None => {}
    }
    shelf
}

fn host(base: &str) -> String {
    base.split("://").nth(1).unwrap_or(base).to_owned()
}

fn configured(choice: &ModelChoice) -> ModelConfig {
    let model = choice.model.clone().unwrap_or_default();
    ModelConfig { base: choice.base.clone(), key: choice.key.clone(), model, access: choice.access.clone() }
}

/// The model asked for, else the embedded desk's scripted one.
fn model(config: &Config, embedded: Option<&Running>) -> Option<ModelConfig> {
    match (&config.model, embedded) {
        (Some(choice), _) => Some(configured(choice)),
        (None, Some(running)) => {
            let ready = running.ready();
            let key = SecretString::from(ready.api_key.as_str());
            Some(ModelConfig { base: ready.openai.clone(), key, model: String::new(), access: Access::default() })
        }
        (None, None) => None,
    }
}
