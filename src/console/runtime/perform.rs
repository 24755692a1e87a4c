//! Owns the doing of effects: each becomes a task whose answer comes back as a message. Newer fetches of a task replace
//! older ones; writes are counted and waited for.

use std::{collections::HashMap, path::PathBuf, time::Duration};

use futures::StreamExt;
use tokio::{
    sync::mpsc::{UnboundedReceiver, UnboundedSender},
    task::AbortHandle,
};
use uuid::Uuid;

use super::{Setup, asks::Asks, keeper::Keeper, model::ModelSource, notebook::Notebook, progress};
use crate::{
    approval::{Approved, Change, Refusal, Trail},
    assistant::{self, Act, Context, Event, Ledger, Performed, Ran, Round, Said, display_name},
    bulk::Engine,
    clock::Clock,
    config::{
        self,
        searches::{self, SavedSearch},
    },
    console::{
        browser,
        effect::{Effect, Fetch, Task, ToolRef},
        msg::{Fetched, Msg},
        remote::Problem,
        term::Screen,
    },
    domain::CustomerId,
    kustomer::{Reader, WriteError, Writer},
    privacy::{Vault, text},
    tools::{Cx, Kit},
    transport::Lane,
};

/// How long leaving may take: writes in flight end, windows close.
const FAREWELL: Duration = Duration::from_secs(5);

/// How long a stop may take to come about.
const STOPPED: Duration = Duration::from_millis(200);

/// Tells what was spent when a request to the model is over, also when it is dropped in the middle: the request, dropped
/// first, has then been written down.
struct Teller {
    ledger: Ledger,
    turn: String,
    messages: UnboundedSender<Msg>,
}

impl Drop for Teller {
    fn drop(&mut self) {
        if let Ok(figures) = self.ledger.figures(&self.turn) {
            let _ = self.messages.send(Msg::Spent(figures));
        }
    }
}

/// Does effects.
pub struct Worker {
    reader: Reader,
    writer: Writer,
    engine: Engine,
    trail: Trail,
    vault: Vault,
    clock: Clock,
    model: ModelSource,
    planner: Option<ModelSource>,
    ledger: Ledger,
    settings: PathBuf,
    cache: Option<Keeper>,
    cx: Cx,
    asked: u64,
    messages: UnboundedSender<Msg>,
    fetches: HashMap<Task, AbortHandle>,
    assistant: Vec<AbortHandle>,
    asks: Asks,
    notebook: Notebook,
    /// The folder of saved searches.
    searches: PathBuf,
    /// Whether the policy looks at who a customer is.
    segments: bool,
}

impl Worker {
    /// A worker that answers into `messages`.
    pub fn new(setup: Setup, messages: UnboundedSender<Msg>) -> Self {
        let Setup { reader, writer, trail, vault, clock, model, planner, shelf, asks, ledger, cache, options } = setup;
        let source = |config| ModelSource::new(config, clock.clone(), ledger.clone());
        let (model, planner) = (source(model), planner.map(|config| source(Some(config))));
        let cache = cache.map(|cache| Keeper::start(cache, trail.clone()));
        let cx = Cx {
            reader: reader.with_lane(Lane::Assistant),
            vault: vault.clone(),
            clock: clock.clone(),
            store: trail.store().clone(),
            org: trail.org().to_owned(),
            conversation: None,
            turn: Uuid::now_v7().simple().to_string(),
            kit: Kit::of(shelf),
        };
        let asks = Asks::listen(asks, messages.clone());
        let engine = Engine::new(&reader, trail.clone());
        let notebook = Notebook::start(trail.clone(), vault.clone(), clock.clone(), messages.clone());
        Self {
            reader,
            writer,
            engine,
            trail,
            vault,
            clock,
            model,
            planner,
            ledger,
            settings: options.settings,
            cache,
            cx,
            asked: 0,
            messages,
            fetches: HashMap::new(),
            assistant: Vec::new(),
            asks,
            notebook,
            searches: options.searches,
            segments: options.policy.looks_at_customers(),
        }
    }

    /// What the desk said about itself.
    pub fn simulated(&self) -> Option<bool> {
        self.reader.transport().simulated()
    }

    /// Does one effect.
    pub fn perform(&mut self, effect: Effect, screen: &mut impl Screen) {
        match effect {
            Effect::Fetch { fetch, generation } => self.fetch(fetch, generation),
            Effect::Ask { typed, open, user } => {
                self.asked += 1;
                self.cx.conversation = open.as_ref().map(|open| open.0.id.clone());
                self.cx.turn = format!("{}-{}", self.cx.turn.split('-').next().unwrap_or_default(), self.asked);
                let open = open.as_deref().map(|(conversation, customer)| (conversation, customer.as_ref()));
                let context = Context::new(&self.vault, open, &user, self.clock.now());
                self.say(Msg::Assistant(assistant::ask(&self.vault, &typed, context)));
            }
            Effect::Assistant(act) => self.act(act),
            Effect::StopAssistant => self.assistant.drain(..).for_each(|task| task.abort()),
            Effect::Perform(approved, tool) => self.write(approved, tool),
            Effect::Refused(refusal, call) => {
                self.note_refusal(&refusal);
                if let Some(call) = call {
                    self.say(Msg::Assistant(assistant::refused(call, &refusal, &self.vault)));
                }
            }
            Effect::FirstYes(first, call) => {
                if let Err(error) = self.trail.first_yes(&first) {
                    self.say(Msg::Trouble(local("The first yes could not be kept", &error)));
                }
                if let Some(call) = call {
                    self.say(Msg::Assistant(assistant::waits_for_second(call, &self.vault)));
                }
            }
            Effect::Canary(answered) => {
                if let Err(error) = self.trail.canary(&answered) {
                    self.say(Msg::Trouble(local("The canary's end could not be written down", &error)));
                }
            }
            Effect::Denied(denied, call) => {
                self.say(Msg::Assistant(assistant::denied(call, &denied, &self.vault)));
            }
            Effect::Job(does, id) => {
                let (engine, messages) = (self.engine.clone(), self.messages.clone());
                tokio::spawn(async move {
                    let _ = messages.send(Msg::JobActed(super::jobs::act(does, &id, &engine).await));
                });
            }
            Effect::CloseWindow(customer, why) => self.close_window(customer, why),
            Effect::Keep { key, text } => self.notebook.keep(key, text),
            Effect::EditStep { at, field, words } => {
                let words = assistant::plan::veiled(&self.vault, &words);
                self.say(Msg::StepEdited { at, field, words });
            }
            Effect::Transcribe { dialogue, entries } => {
                self.notebook.transcribe(dialogue, &entries, self.model.shown());
            }
            Effect::SettleAbandoned => self.settle_abandoned(),
            Effect::AnswerServer { id, reply } => self.asks.answer(id, reply),
            Effect::Browse(url) => self.browse(url),
            Effect::ReadSearches => self.searches(None),
            Effect::SaveSearch(search) => self.searches(Some(search)),
            Effect::Copy(text) => self.tried(screen.copy(&text)),
            Effect::KeepTheme(name) => self.keep_theme(name),
            Effect::Announce(news) => self.tried(screen.announce(&news)),
            Effect::Suspend => self.suspend(screen),
            Effect::SignedIn(name) => self.trail.signed_in(&name),
            // The loop's own: it ends, or lends the terminal.
            Effect::Quit | Effect::EditOutside(_) => {}
            Effect::Panic => crash(),
        }
    }

    /// Saves a search if there is one to save, and reads the folder, on a thread that may wait for the disk.
    fn searches(&self, save: Option<SavedSearch>) {
        let (folder, messages) = (self.searches.clone(), self.messages.clone());
        tokio::task::spawn_blocking(move || {
            if let Some(Err(error)) = save.map(|search| searches::save(&folder, &search)) {
                let _ = messages.send(Msg::Trouble(local("The search could not be saved", &error)));
            }
            let _ = messages.send(Msg::Searches(searches::load(&folder)));
        });
    }

    fn browse(&self, url: String) {
        let messages = self.messages.clone();
        tokio::task::spawn_blocking(move || {
            if let Err(error) = browser::open(&url) {
                let next = "copy the address instead";
                let _ = messages.send(Msg::Trouble(Problem::new("No browser opened", &error.to_string(), next)));
            }
        });
    }

    /// Puts a message into the loop's queue.
    pub fn say(&self, msg: Msg) {
        // Nobody listens only when the console is leaving.
        let _ = self.messages.send(msg);
    }

    /// Says what the terminal could not be told.
    fn tried(&self, told: std::io::Result<()>) {
        if let Err(error) = told {
            self.say(Msg::Trouble(local("The terminal did not take it", &error)));
        }
    }

    fn keep_theme(&self, name: String) {
        let (file, messages) = (self.settings.clone(), self.messages.clone());
        tokio::task::spawn_blocking(move || {
            if let Err(error) = config::edit::use_theme(&file, &name) {
                let what = "The theme is used, but could not be kept";
                let _ = messages.send(Msg::Trouble(Problem::new(what, &error.to_string(), "")));
            }
        });
    }

    /// Stops until the shell brings us back. Where there is none that could (the kernel then ignores the stop), we are back
    /// in a moment.
    fn suspend(&self, screen: &mut impl Screen) {
        self.tried(screen.suspend());
        let (clock, messages) = (self.clock.clone(), self.messages.clone());
        tokio::spawn(async move {
            clock.sleep(STOPPED).await;
            let _ = messages.send(Msg::Resumed);
        });
    }

    fn fetch(&mut self, fetch: Fetch, generation: u64) {
        let (reader, trail, clock) = (self.reader.clone(), self.trail.clone(), self.clock.clone());
        let messages = self.messages.clone();
        let task = fetch.task();
        let running = match fetch {
            // A millisecond, and the first frame waits for it: it shows these rows.
            Fetch::CachedQueue => {
                let answer = Box::new(Fetched::CachedQueue(self.cache.as_ref().and_then(Keeper::last_queue)));
                return self.say(Msg::Fetched { fetch, generation, answer });
            }
            Fetch::Model => {
                let model = self.model.clone();
                tokio::spawn(async move {
                    let name = model.name().await.map(|name| display_name(&name).to_owned());
                    let answer = Box::new(Fetched::Model(name.map_err(|error| unnamed(&error))));
                    let _ = messages.send(Msg::Fetched { fetch, generation, answer });
                })
            }
            _ => {
                let cache = self.cache.clone();
                tokio::spawn(async move {
                    let frozen = cache.as_ref().map(Keeper::frozen).unwrap_or_default();
                    let answer = Box::new(super::read::read(&fetch, &reader, &trail, &clock).await);
                    if let Some(cache) = cache {
                        cache.heard(&answer, frozen, clock.now());
                    }
                    let _ = messages.send(Msg::Fetched { fetch, generation, answer });
                })
            }
        };
        if let Some(older) = self.fetches.insert(task, running.abort_handle()) {
            older.abort();
        }
    }

    fn act(&mut self, act: Act) {
        let messages = self.messages.clone();
        self.assistant.retain(|task| !task.is_finished());
        let task = match act {
            Act::CallModel { round, messages: dialogue } => Some(self.call_model(round, dialogue)),
            Act::RunTool(call) => {
                let (cx, segments) = (self.cx.clone(), self.segments);
                Some(tokio::spawn(async move {
                    let (sent, ran) = progress::told(call.id, &messages, assistant::run_tool(call, &cx)).await;
                    let _ = messages.send(Msg::Assistant(sent));
                    let msg = match ran {
                        Ran::Event(event) => Msg::Assistant(event),
                        Ran::Propose { call, change, reason } => {
                            let change = if segments { cx.reader.with_segment(*change).await } else { *change };
                            Msg::Proposed { call, change, reason }
                        }
                    };
                    let _ = messages.send(msg);
                }))
            }
            // The desk is the state's: `update` has withdrawn the card already.
            Act::Withdraw(_) => None,
        };
        self.assistant.extend(task.map(|task| task.abort_handle()));
    }

    fn call_model(&self, round: Round, dialogue: Vec<assistant::Message>) -> tokio::task::JoinHandle<()> {
        let model = self.planner.as_ref().filter(|_| round.plans()).unwrap_or(&self.model).clone();
        let (messages, cx) = (self.messages.clone(), self.cx.clone());
        let turn = self.cx.turn.clone();
        let teller = Teller { ledger: self.ledger.clone(), turn: turn.clone(), messages: messages.clone() };
        tokio::spawn(async move {
            let _teller = teller;
            let model = match model.get().await {
                Ok(model) => model.for_turn(&turn),
                Err(why) => {
                    let _ = messages.send(Msg::Assistant(Event::Model(round, Said::Failed(why))));
                    return;
                }
            };
            let mut events = Box::pin(assistant::call_model(&model, round, &dialogue, &cx));
            while let Some(event) = events.next().await {
                let _ = messages.send(Msg::Assistant(event));
            }
        })
    }

    /// Performs an approved change. The task is not kept: nothing may drop a write on its way.
    fn write(&self, approved: Approved<Change>, tool: Option<ToolRef>) {
        let (writer, engine, cx) = (self.writer.clone(), self.engine.clone(), self.cx.clone());
        let messages = self.messages.clone();
        let cache = self.cache.clone();
        tokio::spawn(async move {
            let (proposal, change, note) = (approved.proposal(), approved.change().clone(), approved.note().to_owned());
            let performing = engine.perform(&writer, approved);
            let result = match &tool {
                Some(tool) => Box::pin(progress::told(tool.call, &messages, performing)).await,
                None => performing.await,
            };
            if let (Some(cache), Some(customer), Ok(_)) = (cache, gone(&change), &result) {
                cache.forget(customer);
            }
            let told = match (&tool, &result) {
                (None, _) => None,
                (Some(ToolRef { call, tool }), Ok(receipt)) => {
                    let performed = Performed { call: *call, tool, change: &change, receipt };
                    Some(assistant::with_note(assistant::done(performed, &cx).await, &note, &cx.vault))
                }
                (Some(tool), Err(error)) => Some(assistant::not_done(tool.call, error, &cx.vault)),
            };
            let result = result.map_err(|error| unwritten(&error));
            let _ = messages.send(Msg::Performed { proposal, change, result, told });
        });
    }

    /// Looks up what earlier runs left open, and counts the jobs that wait for a person. What fails is tried again at the
    /// next start.
    fn settle_abandoned(&self) {
        let (writer, trail, messages) = (self.writer.clone(), self.trail.clone(), self.messages.clone());
        tokio::spawn(async move {
            // Each job is a file: none of the frames waits for them.
            let standing = tokio::task::spawn_blocking(move || super::jobs::standing(&trail)).await.unwrap_or_default();
            let _ = messages.send(match writer.settle_abandoned().await {
                Ok(settled) => Msg::Unsettled(settled, standing),
                Err(error) => Msg::Trouble(local("What an earlier run left open could not be written down", &error)),
            });
        });
    }

    fn note_refusal(&self, refusal: &Refusal) {
        if let Err(error) = self.trail.refused(refusal) {
            self.say(Msg::Trouble(local("The refusal could not be written down", &error)));
        }
    }

    fn close_window(&self, customer: CustomerId, why: &'static str) {
        let (writer, vault, messages) = (self.writer.clone(), self.vault.clone(), self.messages.clone());
        tokio::spawn(async move {
            let closed = close(&writer, &vault, &customer, why).await;
            let _ = messages.send(Msg::WindowClosed(customer, closed));
        });
    }

    /// The way out: writes in flight end, windows opened from here are closed, typed words are on disk. The store says which
    /// windows: it also knows one whose opening nobody saw end.
    pub async fn farewell(mut self, replies: &mut UnboundedReceiver<Msg>, mut performing: usize) {
        self.assistant.drain(..).for_each(|task| task.abort());
        self.asks.close();
        let (writer, vault, trail) = (self.writer.clone(), self.vault.clone(), self.trail.clone());
        let leave = async {
            while performing > 0 {
                match replies.recv().await {
                    Some(Msg::Performed { .. }) => performing -= 1,
                    Some(_) => {}
                    None => break,
                }
            }
            let windows = trail.store().own_windows(trail.org()).unwrap_or_default();
            let closings = windows.iter().map(|id| close(&writer, &vault, id, "the console was quit"));
            futures::future::join_all(closings).await
        };
        // What does not close in time is closed at the next start: the store remembers it.
        tokio::select! {
            _ = leave => {}
            () = self.clock.sleep(FAREWELL) => {}
        }
        self.notebook.close().await;
    }
}

/// The customer a change deletes.
fn gone(change: &Change) -> Option<CustomerId> {
    let is_delete = change.operation().label() == "DELETE /v1/customers/{id}";
    change.subject().customer.clone().filter(|_| is_delete)
}

/// A model's endpoint that does not say which models it has, in words.
fn unnamed(error: &assistant::ModelError) -> Problem {
    let next = "check OPENAI_BASE_URL and OPENAI_API_KEY, or name a model in the settings";
    Problem::new("There is no model", &error.to_string(), next)
}

async fn close(writer: &Writer, vault: &Vault, customer: &CustomerId, why: &str) -> Result<(), Problem> {
    vault.forget(customer);
    writer
        .close_window(customer, why)
        .await
        .map_err(|error| Problem { what: text::line("The unmasking window could not be closed"), ..unwritten(&error) })
}

/// A write's failure in words.
fn unwritten(error: &WriteError) -> Problem {
    Problem::new("The approved change did not end well", &error.to_string(), error.next())
}

/// A failure on this machine in words.
pub(super) fn local(what: &str, error: &impl std::fmt::Display) -> Problem {
    Problem::new(what, &error.to_string(), "look at the disk and the folder of the local database")
}

/// Crashes, in debug builds: the terminal has to survive it.
fn crash() {
    #[cfg(debug_assertions)]
    #[expect(clippy::panic, reason = "asked for by name, in debug builds only")]
    {
        panic!("asked for");
    }
}
