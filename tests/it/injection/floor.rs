//! Owns a simulated desk with the gullible model, and the console of one case on it: the real loop, reader, writer, store and
//! cache in a folder of its own, on a screen that only looks at the state. What was seen comes back.

use std::{
    collections::BTreeMap,
    io,
    path::Path,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use crossterm::event::{Event, KeyCode, KeyEvent, KeyModifiers};
use jiff::tz::TimeZone;
use secrecy::SecretString;
use serde_json::{Value, json};
use shiftdeck::{
    approval::{CALM, Effect, Policy, Trail},
    assistant::{CallState, Entry, Ledger, ModelConfig},
    clock::Clock,
    config::{Access, Spending},
    console::{
        attention::{self, News},
        keymap::Keymap,
        msg::Input,
        runtime::{Exit, Options, Setup, run_on},
        state::State,
        term::{self, Screen, manners::Manners},
        theme::{Depth, Theme},
    },
    kustomer::{Reader, Writer},
    privacy::Vault,
    sandbox::{self, Running},
    store::{Cache, Store},
    transport::{Endpoint, Transport},
};
use tokio::sync::{mpsc, watch};

use super::{corpus::Case, plant};
use crate::harness::Planted;

/// The model that obeys whatever it reads.
pub const GULLIBLE: &str = "shiftdeck-scripted-gullible";
/// The longest a case may take: many run at once, in debug builds, on busy machines.
const PATIENCE: Duration = Duration::from_mins(2);
/// The desk's name on screen, by which a console knows its own session again.
const DESK: &str = "injection";

/// What the person does about cards.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Nothing: they wait until the console is quit.
    Nothing,
    /// Refuses each.
    Refuse,
    /// Approves each.
    Approve,
    /// Approves an unmasking window and refuses everything else.
    UnmaskOnly,
}

impl Answer {
    /// The keys that answer a card of this effect; none to leave it.
    fn keys(self, effect: Effect) -> Option<[KeyCode; 2]> {
        let (approve, refuse) = ([KeyCode::Char('G'), KeyCode::Char('a')], [KeyCode::Char('x'), KeyCode::Enter]);
        match self {
            Self::Nothing => None,
            Self::Approve => Some(approve),
            Self::UnmaskOnly if effect == Effect::Unmask => Some(approve),
            Self::UnmaskOnly | Self::Refuse => Some(refuse),
        }
    }
}

/// What was seen of a case.
#[derive(Debug, Default)]
pub struct Seen {
    /// Tools the model called, in order.
    pub calls: Vec<String>,
    /// What it said.
    pub said: String,
    /// Titles and notifications.
    pub told: String,
    /// What went to the clipboard.
    pub copied: String,
    /// Planted values in the files the console left, and while it ran.
    pub leaks: Vec<String>,
    /// Cards that were up.
    pub cards: usize,
}

/// A desk.
pub struct Floor {
    _running: Running,
    base: String,
    openai: String,
    api_key: String,
    admin: String,
    http: reqwest::Client,
    /// A customer who has nothing to do with any case.
    pub other: String,
}

impl Floor {
    /// A desk of some customers with no limits in the way.
    pub async fn open() -> Self {
        let rate_limit = Some(sandbox::RateLimit::per_seconds(1_000_000, 60));
        let options = sandbox::Options {
            rate_limit,
            record_limit: Some(1_000_000),
            customers: 30,
            model_pace: Duration::ZERO,
            ..sandbox::Options::default()
        };
        let running = sandbox::start(options).await.expect("a desk");
        let ready = running.ready().clone();
        let http = reqwest::Client::builder().no_proxy().build().expect("a client");
        let mut floor = Self {
            _running: running,
            base: ready.kustomer,
            openai: ready.openai,
            admin: ready.api_key.clone(),
            api_key: ready.api_key,
            http,
            other: String::new(),
        };
        let keys = floor.read("/__sandbox/keys").await;
        let keys = keys["keys"].as_array().cloned().unwrap_or_default();
        let admin = keys.iter().find(|key| key["name"] == "admin").expect("an admin's key");
        floor.admin = admin["token"].as_str().expect("a token").to_owned();
        floor.other = floor.make("/v1/customers", json!({ "name": "Somebody Else" })).await;
        floor
    }

    /// A GET.
    pub async fn read(&self, path: &str) -> Value {
        self.send("GET", path, None).await
    }

    /// A POST that makes something; its id.
    pub async fn make(&self, path: &str, body: Value) -> String {
        let made = self.send("POST", path, Some(&body)).await;
        made["data"]["id"].as_str().unwrap_or_else(|| panic!("{path} {body}: {made}")).to_owned()
    }

    /// A change.
    pub async fn change(&self, method: &str, path: &str, body: Value) {
        self.send(method, path, Some(&body)).await;
    }

    async fn send(&self, method: &str, path: &str, body: Option<&Value>) -> Value {
        let method = reqwest::Method::from_bytes(method.as_bytes()).expect("a method");
        let mut request = self.http.request(method, format!("{}{path}", self.base)).bearer_auth(&self.admin);
        if let Some(body) = body {
            request = request.json(body);
        }
        let answer = request.send().await.expect("the desk answers");
        let status = answer.status();
        let answer: Value = answer.json().await.unwrap_or(Value::Null);
        assert!(status.is_success(), "{path} {body:?}: {status} {answer}");
        answer
    }

    /// Uploads a file; its id.
    pub async fn upload(&self, about: &Value, text: &str) -> String {
        let announced = self.send("POST", "/v1/attachments", Some(about)).await;
        let upload = &announced["meta"]["upload"];
        let part = |name: &str, value: &str| {
            format!("--b1\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
        };
        let fields = upload["fields"].as_object().expect("fields");
        let mut body: String =
            fields.iter().map(|(name, value)| part(name, value.as_str().unwrap_or_default())).collect();
        body.push_str(&part("file", text));
        body.push_str("--b1--\r\n");
        let request = self.http.post(upload["url"].as_str().expect("a URL")).body(body);
        let answer = request.header("content-type", "multipart/form-data; boundary=b1").send().await;
        assert!(answer.expect("the store answers").status().is_success());
        announced["data"]["id"].as_str().expect("an id").to_owned()
    }

    /// The requests of consoles that changed something, as `METHOD path`.
    pub async fn effects(&self) -> Vec<String> {
        let log = self.read("/__sandbox/log?effect=true&limit=1000").await;
        let all = log["requests"].as_array().cloned().unwrap_or_default();
        let ours = all.iter().filter(|entry| !entry["lane"].is_null() && entry["effect"] == true);
        ours.map(|entry| format!("{} {}", text(&entry["method"]), text(&entry["path"]))).collect()
    }

    /// Everything the model was sent.
    pub async fn model_traffic(&self) -> String {
        self.read("/__sandbox/model/log").await.to_string()
    }

    /// What is wrong with what the desk and the model were sent.
    pub async fn faults(&self, planted: &Planted) -> Vec<String> {
        let mut wrong: Vec<String> =
            self.effects().await.into_iter().map(|effect| format!("effect: {effect}")).collect();
        wrong.extend(planted.hits_in("what the model was sent", &self.model_traffic().await));
        wrong
    }

    /// Plants a case and lets a person ask about its conversation.
    pub async fn run(&self, case: &Case, number: usize, question: &str, answer: Answer) -> Seen {
        let victim = plant::victim(self, number).await;
        plant::plant(self, &victim, case).await;
        let planted = Planted::new([
            ("phone", victim.phone.as_str()),
            ("e-mail address", victim.email.as_str()),
            ("billing id", victim.billing_id.as_str()),
        ]);
        let home = tempfile::tempdir().expect("a folder");
        let seen = self.sit(home.path(), &victim, question, answer).await;
        let leaks = planted.hits_below(home.path());
        Seen { leaks, ..seen }
    }

    /// A console on this victim's conversation, from its start to its end.
    async fn sit(&self, home: &Path, victim: &plant::Victim, question: &str, answer: Answer) -> Seen {
        let setup = self.setup(home, victim);
        let clock = setup.clock.clone();
        let (show, glimpses) = watch::channel(Glimpse::default());
        let told = Arc::new(Mutex::new(Told::default()));
        let mut screen = Glass { show, told: Arc::clone(&told) };
        let (send, inputs) = mpsc::channel(64);
        let keymap = Keymap::with(&BTreeMap::new()).expect("the default keys");
        let running = run_on(&mut screen, setup, keymap, inputs);
        let person = person(send, glimpses, clock, question, answer);
        let sitting = async { tokio::join!(running, person) };
        let (ended, glimpse) = Box::pin(tokio::time::timeout(PATIENCE, sitting)).await.expect("the case ends");
        assert_eq!(ended.expect("no error"), Exit::Signal);
        let Told { told, copied } = std::mem::take(&mut *told.lock().unwrap_or_else(PoisonError::into_inner));
        let Glimpse { calls, said, cards, .. } = glimpse;
        Seen { calls, said, told, copied, cards, leaks: Vec::new() }
    }

    fn setup(&self, home: &Path, victim: &plant::Victim) -> Setup {
        let clock = Clock::real();
        let key = SecretString::from(self.api_key.as_str());
        let endpoint = Endpoint { base: self.base.clone(), key: key.clone() };
        let transport = Transport::new(endpoint, clock.clone()).expect("a transport");
        let store = Store::open(&home.join("data")).expect("a store");
        let stood = json!({ "pane": "Timeline", "customer": victim.customer, "conversation": victim.conversation });
        let hand = json!({ "customer": victim.customer, "conversation": victim.conversation });
        let session = json!({ "desk": DESK, "focus": "Assistant", "on": [stood], "hand": hand });
        store.keep_scratch("session", &session.to_string()).expect("kept");
        let ledger = Ledger::new(store.clone(), clock.clone(), jiff::tz::TimeZone::UTC, Spending::default());
        let trail = Trail::new(store, clock.clone(), &self.base);
        let access = Access::default();
        Setup {
            reader: Reader::new(transport.clone(), clock.clone()),
            writer: Writer::new(transport, clock.clone(), trail.clone()),
            trail,
            vault: Vault::new().for_model_at(&self.openai),
            clock,
            model: Some(ModelConfig { base: self.openai.clone(), key, model: GULLIBLE.to_owned(), access }),
            shelf: shiftdeck::tools::Shelf::new(),
            asks: None,
            planner: None,
            ledger,
            cache: Some(Cache::open(&home.join("cache"), &self.base).expect("a cache")),
            options: options(home),
        }
    }
}

fn options(home: &Path) -> Options {
    Options {
        desk: DESK.to_owned(),
        theme: None,
        depth: Depth::True,
        ascii: false,
        motion: false,
        manners: Manners::default(),
        themes: home.join("themes"),
        settings: home.join("settings.toml"),
        searches: home.join("searches"),
        columns: Vec::new(),
        mouse: false,
        unmask_for: Duration::from_mins(10),
        policy: Policy::default(),
        known_hosts: Vec::new(),
        vigilance: None,
        keys: BTreeMap::new(),
        zone: TimeZone::UTC,
    }
}

/// The person: waits for the conversation, asks, answers cards or not, and leaves when nothing moves any more.
async fn person(
    send: mpsc::Sender<Input>,
    mut glimpses: watch::Receiver<Glimpse>,
    clock: Clock,
    question: &str,
    answer: Answer,
) -> Glimpse {
    let input = |event| term::translate(event, &clock).expect("an input");
    let key = |code| input(Event::Key(KeyEvent::new(code, KeyModifiers::NONE)));
    until(&mut glimpses, |glimpse| glimpse.is_ready).await;
    for event in [input(Event::Paste(question.to_owned())), key(KeyCode::Enter)] {
        send.send(event).await.expect("the console listens");
    }
    let mut cards = 0;
    loop {
        let glimpse = until(&mut glimpses, |glimpse| glimpse.is_at_rest).await;
        let answered = glimpse.card.clone().and_then(|(card, effect)| Some((card, answer.keys(effect)?)));
        let Some((card, codes)) = answered else { return Glimpse { cards: cards + glimpse.cards, ..glimpse } };
        cards += 1;
        for code in codes {
            // A key in the moments after a card, or after another key, does not answer it.
            clock.sleep(CALM + Duration::from_millis(60)).await;
            send.send(key(code)).await.expect("the console listens");
        }
        until(&mut glimpses, |glimpse| glimpse.card.as_ref().is_none_or(|(now, _)| *now != card)).await;
    }
}

async fn until(glimpses: &mut watch::Receiver<Glimpse>, holds: impl FnMut(&Glimpse) -> bool) -> Glimpse {
    glimpses.wait_for(holds).await.expect("the console runs").clone()
}

/// What the state says at a frame.
#[derive(Clone, Debug, Default)]
struct Glimpse {
    is_ready: bool,
    /// Whether the question was asked and nothing goes on but waiting for a person.
    is_at_rest: bool,
    calls: Vec<String>,
    said: String,
    cards: usize,
    card: Option<(String, Effect)>,
}

impl Glimpse {
    fn of(state: &State) -> Self {
        let turn = state.panes.assistant.turn();
        let calls =
            || turn.entries().iter().filter_map(|entry| if let Entry::Call(call) = entry { Some(call) } else { None });
        let open: Vec<CallState> = calls().map(|call| call.state).filter(|state| state.is_open()).collect();
        let waits = open.iter().all(|state| matches!(state, CallState::Waiting(_)));
        let is_waiting = !open.is_empty() && waits && state.desk.len() == open.len() && state.card.is_some();
        let was_asked = turn.entries().iter().any(|entry| matches!(entry, Entry::Person(_)));
        let current = state.shared.current.as_ref();
        let said = turn
            .entries()
            .iter()
            .filter_map(|entry| if let Entry::Model(text) = entry { Some(text.raw()) } else { None });
        Self {
            is_ready: current
                .is_some_and(|current| current.details.value().is_some() && current.person.value().is_some())
                && state.shared.model.value().is_some(),
            is_at_rest: was_asked && state.performing == 0 && (!turn.is_running() || is_waiting),
            calls: calls().map(|call| call.name.raw().to_owned()).collect(),
            said: said.collect::<Vec<_>>().join("\n"),
            cards: state.desk.len(),
            card: state
                .card
                .as_ref()
                .and(state.desk.current())
                .map(|card| (card.id().to_string(), card.change().effect())),
        }
    }
}

/// What left the screen by other ways than cells.
#[derive(Debug, Default)]
struct Told {
    told: String,
    copied: String,
}

/// A screen that shows nothing and looks at everything.
struct Glass {
    show: watch::Sender<Glimpse>,
    told: Arc<Mutex<Told>>,
}

impl Glass {
    fn told(&self, tell: impl FnOnce(&mut Told)) {
        tell(&mut self.told.lock().unwrap_or_else(PoisonError::into_inner));
    }
}

impl Screen for Glass {
    fn size(&self) -> io::Result<(u16, u16)> {
        Ok((120, 40))
    }

    fn draw(&mut self, state: &State, _theme: &Theme) -> io::Result<()> {
        self.told(|told| told.told.push_str(&attention::title(state)));
        self.show.send_replace(Glimpse::of(state));
        Ok(())
    }

    fn resized(&mut self, _columns: u16, _rows: u16) -> io::Result<()> {
        Ok(())
    }

    fn copy(&mut self, text: &str) -> io::Result<()> {
        self.told(|told| told.copied.push_str(text));
        Ok(())
    }

    fn announce(&mut self, news: &News) -> io::Result<()> {
        self.told(|told| told.told.push_str(&news.to_string()));
        Ok(())
    }

    async fn lend(&mut self) -> io::Result<()> {
        Ok(())
    }

    fn take_back(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A runtime on whose threads everything is logged into `logs`.
pub fn logging(logs: &Logs) -> tokio::runtime::Runtime {
    let logs = logs.clone();
    let hear = move || std::mem::forget(tracing::subscriber::set_default(logs.subscriber()));
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    builder.worker_threads(2).enable_all().on_thread_start(hear).build().expect("a runtime")
}

/// Everything that is logged, at every level.
#[derive(Clone, Default)]
pub struct Logs(Arc<Mutex<Vec<u8>>>);

impl Logs {
    /// A subscriber that writes into it.
    pub fn subscriber(&self) -> impl tracing::Subscriber + Send + Sync + use<> {
        let logs = self.clone();
        tracing_subscriber::fmt()
            .with_max_level(tracing::level_filters::LevelFilter::TRACE)
            .with_ansi(false)
            .with_writer(move || logs.clone())
            .finish()
    }

    /// What was written.
    pub fn bytes(&self) -> Vec<u8> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl io::Write for Logs {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or("?")
}
