//! The real loop on a screen of paper, against the real desk.

#![expect(clippy::panic, reason = "a test that fails says how")]

use std::{
    io,
    sync::{Arc, Mutex},
};

use ratatui::{buffer::Buffer, layout::Rect};
use secrecy::SecretString;

use super::*;
use crate::{
    config::{Access, Spending},
    console::view::view,
    sandbox,
    store::Store,
    transport::{Endpoint, Transport},
};

/// A screen whose newest frame can be read from outside the loop.
struct Paper(Arc<Mutex<String>>);

impl Screen for Paper {
    fn size(&self) -> io::Result<(u16, u16)> {
        Ok((120, 40))
    }

    fn draw(&mut self, state: &State, theme: &Theme) -> io::Result<()> {
        let area = Rect::new(0, 0, 120, 40);
        let mut buffer = Buffer::empty(area);
        view(state, theme, area, &mut buffer);
        *self.0.lock().expect("paper") = buffer.content().iter().map(ratatui::buffer::Cell::symbol).collect();
        Ok(())
    }

    fn resized(&mut self, _columns: u16, _rows: u16) -> io::Result<()> {
        Ok(())
    }

    fn copy(&mut self, _text: &str) -> io::Result<()> {
        Ok(())
    }

    async fn lend(&mut self) -> io::Result<()> {
        Ok(())
    }

    fn take_back(&mut self) -> io::Result<()> {
        Ok(())
    }
}

async fn until(paper: &Arc<Mutex<String>>, words: &str) {
    let clock = Clock::real();
    for _ in 0..1000 {
        if paper.lock().expect("paper").contains(words) {
            return;
        }
        clock.sleep(Duration::from_millis(10)).await;
    }
    panic!("`{words}` never came: {}", paper.lock().expect("paper"));
}

/// A console on paper: what it shows, how to press its keys, and its end.
struct Running {
    paper: Arc<Mutex<String>>,
    keys: mpsc::Sender<Input>,
    pressed: u64,
    ends: tokio::task::JoinHandle<Result<Exit, ConsoleError>>,
    _folder: tempfile::TempDir,
}

impl Running {
    /// Over this desk and this model.
    fn start(desk: &str, key: &str, model: &str) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let setup = setup(desk, key, model, folder.path());
        Self::of(setup, folder)
    }

    /// Of these parts, with their files in this folder.
    fn of(setup: Setup, folder: tempfile::TempDir) -> Self {
        let paper = Arc::new(Mutex::new(String::new()));
        let (keys, inputs) = mpsc::channel(16);
        let keymap = Keymap::with(&BTreeMap::new()).expect("defaults");
        let mut screen = Paper(Arc::clone(&paper));
        let ends = tokio::spawn(async move { Box::pin(run_on(&mut screen, setup, keymap, inputs)).await });
        Self { paper, keys, pressed: 1, ends, _folder: folder }
    }

    async fn press(&mut self, key: &str) {
        self.pressed += 1;
        self.keys.send(term::press(key, Duration::from_secs(self.pressed))).await.expect("the loop listens");
    }

    async fn quit(mut self) {
        self.press("q").await;
        assert_eq!(self.ends.await.expect("no panic").expect("no error"), Exit::Quit);
    }
}

fn setup(desk: &str, key: &str, model: &str, folder: &std::path::Path) -> Setup {
    let clock = Clock::real();
    let endpoint = Endpoint { base: desk.to_owned(), key: SecretString::from(key) };
    let transport = Transport::new(endpoint, clock.clone()).expect("a transport");
    let store = Store::open(folder).expect("a store");
    let trail = Trail::new(store.clone(), clock.clone(), "sandbox");
    let access = Access::default();
    let model = ModelConfig {
        base: model.to_owned(),
        key: SecretString::from("sk"),
        model: "shiftdeck-scripted".to_owned(),
        access,
    };
    Setup {
        reader: Reader::new(transport.clone(), clock.clone()),
        writer: Writer::new(transport, clock.clone(), trail.clone()),
        trail,
        vault: Vault::new(),
        clock: clock.clone(),
        ledger: Ledger::new(store, clock.clone(), TimeZone::UTC, Spending::default()),
        shelf: crate::tools::Shelf::new(),
        asks: None,
        planner: None,
        model: Some(model),
        cache: None,
        options: Options {
            desk: "embedded desk".to_owned(),
            theme: None,
            depth: Depth::True,
            ascii: false,
            motion: true,
            manners: Manners::default(),
            themes: folder.join("themes"),
            settings: folder.join("settings.toml"),
            mouse: false,
            unmask_for: Duration::from_mins(10),
            policy: Policy::default(),
            known_hosts: Vec::new(),
            vigilance: None,
            searches: PathBuf::from("searches"),
            keys: BTreeMap::new(),
            columns: Vec::new(),
            zone: TimeZone::UTC,
        },
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_real_loop_fills_the_queue_from_a_real_server_and_quits_on_a_key() {
    let desk = sandbox::start(sandbox::Options::default()).await.expect("a desk");
    let ready = desk.ready();
    let console = Running::start(&ready.kustomer, &ready.api_key, &ready.openai);
    until(&console.paper, "SANDBOX").await;
    until(&console.paper, " of ").await;
    console.quit().await;
    desk.shutdown().await;
}

/// A desk that knows no conversation, and tells how many were asked for at a time. It answers none of them before six are;
/// only its very first answer comes at once, because the budget is learned from that.
#[derive(Default)]
struct Slow {
    was_asked: std::sync::atomic::AtomicBool,
    now: Mutex<BTreeMap<String, u32>>,
    most: tokio::sync::watch::Sender<usize>,
    lanes: Mutex<std::collections::BTreeSet<String>>,
}

impl Slow {
    async fn answer(self: Arc<Self>, uri: axum::http::Uri, headers: axum::http::HeaderMap) -> (u16, String) {
        let id = uri.path().strip_prefix("/v1/conversations/c").and_then(|rest| rest.split('/').next());
        let Some(id) = id.map(str::to_owned) else { return (404, "{}".to_owned()) };
        if !self.was_asked.swap(true, std::sync::atomic::Ordering::Relaxed) {
            return (404, "{}".to_owned());
        }
        let lane = headers.get("x-shiftdeck-lane").and_then(|lane| lane.to_str().ok()).unwrap_or_default();
        self.lanes.lock().expect("lanes").insert(lane.to_owned());
        let open = {
            let mut now = self.now.lock().expect("now");
            *now.entry(id.clone()).or_default() += 1;
            now.len()
        };
        self.most.send_if_modified(|most| std::mem::replace(most, (*most).max(open)) < open);
        let mut most = self.most.subscribe();
        let waited = async { while *most.borrow_and_update() < 6 && most.changed().await.is_ok() {} };
        let patience = Clock::real();
        tokio::select! { () = waited => {}, () = patience.sleep(Duration::from_secs(20)) => {} }
        let mut now = self.now.lock().expect("now");
        let left = now.get_mut(&id).map(|count| {
            *count -= 1;
            *count
        });
        if left == Some(0) {
            now.remove(&id);
        }
        (404, r#"{"errors":[{"status":404,"title":"not found"}]}"#.to_owned())
    }
}

/// A budget, so that more than a few calls may be on their way.
const HEADERS: [(&str, &str); 4] = [
    ("content-type", "application/json"),
    ("x-ratelimit-limit", "1000"),
    ("x-ratelimit-remaining", "900"),
    ("x-ratelimit-reset", "60"),
];

async fn serve(app: axum::Router) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let base = format!("http://{}", listener.local_addr().expect("bound"));
    tokio::spawn(async move { axum::serve(listener, app).await });
    base
}

#[tokio::test(flavor = "multi_thread")]
async fn reads_of_one_round_run_together_in_the_assistants_lane_and_no_more_than_six_at_a_time() {
    let slow = Arc::new(Slow::default());
    let held = Arc::clone(&slow);
    let desk = serve(axum::Router::new().fallback(move |uri, headers| async move {
        let (status, body) = Arc::clone(&held).answer(uri, headers).await;
        (axum::http::StatusCode::from_u16(status).expect("a status"), HEADERS, body)
    }))
    .await;
    let told: Arc<Mutex<Vec<serde_json::Value>>> = Arc::default();
    let heard = Arc::clone(&told);
    let model = serve(axum::Router::new().fallback(move |body: axum::body::Bytes| async move {
        let dialogue: serde_json::Value = serde_json::from_slice(&body).expect("JSON");
        let answers = dialogue["messages"].as_array().expect("messages").iter().filter(|said| said["role"] == "tool");
        let answers: Vec<serde_json::Value> = answers.cloned().collect();
        let message = if answers.is_empty() {
            let call = |n: u32| serde_json::json!({"id": format!("x{n}"), "type": "function", "function": {
                "name": "conversation_get", "arguments": format!("{{\"conversation_id\":\"c{n}\"}}")}});
            serde_json::json!({"role": "assistant", "content": null, "tool_calls": (0..10).map(call).collect::<Vec<_>>()})
        } else {
            serde_json::json!({"role": "assistant", "content": "None of the ten is there."})
        };
        *heard.lock().expect("told") = answers;
        let whole = serde_json::json!({"choices": [{"message": message, "finish_reason": "stop"}]});
        ([("content-type", "application/json")], whole.to_string())
    }))
    .await;
    let mut console = Running::start(&desk, "sk", &model);
    for key in ["7", "g", "o", "enter"] {
        console.press(key).await;
    }
    until(&console.paper, "None of the ten is there.").await;
    assert_eq!(*slow.most.borrow(), 6, "several at a time, and not all");
    assert_eq!(*slow.lanes.lock().expect("lanes"), std::collections::BTreeSet::from(["assistant".to_owned()]));
    let ids: Vec<serde_json::Value> =
        told.lock().expect("told").iter().map(|answer| answer["tool_call_id"].clone()).collect();
    let each: std::collections::BTreeSet<String> = ids.iter().map(ToString::to_string).collect();
    assert_eq!((ids.len(), each.len()), (10, 10), "each call is answered once");
    console.quit().await;
}

/// A model's endpoint that says this and notes which models it was asked for.
async fn model_that_says(words: &'static str, asked: &Arc<Mutex<Vec<String>>>) -> String {
    let asked = Arc::clone(asked);
    serve(axum::Router::new().fallback(move |body: axum::body::Bytes| async move {
        let dialogue: serde_json::Value = serde_json::from_slice(&body).expect("JSON");
        asked.lock().expect("asked").push(dialogue["model"].as_str().unwrap_or_default().to_owned());
        let message = serde_json::json!({"role": "assistant", "content": words});
        let whole = serde_json::json!({"choices": [{"message": message, "finish_reason": "stop"}]});
        ([("content-type", "application/json")], whole.to_string())
    }))
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn plan_mode_asks_the_model_that_is_set_for_plans_and_says_which() {
    let desk = sandbox::start(sandbox::Options::default()).await.expect("a desk");
    let (main, planner) = (Arc::default(), Arc::<Mutex<Vec<String>>>::default());
    let (talks, plans) = (model_that_says("Said by the main one.", &main), model_that_says("Planned.", &planner));
    let (talks, plans) = (talks.await, plans.await);
    let folder = tempfile::tempdir().expect("a folder");
    let setup = setup(&desk.ready().kustomer, &desk.ready().api_key, &talks, folder.path());
    let other = setup.model.clone().expect("a model");
    let planner_of = ModelConfig { base: plans, model: "planner-large".to_owned(), ..other };
    let mut console = Running::of(Setup { planner: Some(planner_of), ..setup }, folder);
    until(&console.paper, "SANDBOX").await;
    for key in ["7", "esc", "p", "i", "g", "o", "enter"] {
        console.press(key).await;
    }
    until(&console.paper, "Planned.").await;
    until(&console.paper, "planner-large").await;
    for key in ["p", "i", "g", "o", "enter"] {
        console.press(key).await;
    }
    until(&console.paper, "Said by the main one.").await;
    let (main, planner) = (main.lock().expect("asked").clone(), planner.lock().expect("asked").clone());
    assert_eq!((main, planner), (vec!["shiftdeck-scripted".to_owned()], vec!["planner-large".to_owned()]));
    console.quit().await;
    desk.shutdown().await;
}
