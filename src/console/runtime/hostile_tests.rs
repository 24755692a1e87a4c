//! Hostile text through every field the desk, its people, the model or a person can fill, to every place it is shown: no byte
//! of it acts on the terminal. Between the real reader and the real simulated desk stands a liar that puts the text into
//! every string of every answer, so a field that is read tomorrow is covered tomorrow; every action of every pane is tried.

use std::{cell::RefCell, collections::VecDeque, rc::Rc, sync::Arc};

use axum::{
    Router,
    body::Bytes,
    extract::State as Held,
    http::{HeaderMap, Method, Uri},
    response::IntoResponse,
};
use jiff::Timestamp;
use proptest::{prelude::*, test_runner::RngSeed};
use ratatui::{Terminal, TerminalOptions, Viewport, backend::CrosstermBackend, layout::Rect};
use secrecy::SecretString;
use serde_json::{Map, Value, json};

use super::*;
use crate::{
    approval::{Author, Change, ChangeParts, Editable, Effect as Kind, Operation, Press, Request, Subject},
    assistant::{self, Act, Event, Finish, RawCall, Said, Usage},
    config::{Access, Spending},
    console::{
        actions::Action,
        attention,
        effect::{Effect, Fetch},
        keymap::{Binding, Code, Key, Stack},
        linear::screen::LineScreen,
        msg::Fetched,
        panes::PaneId,
        state::Overlay,
        term::{
            lines::{self, Gate},
            links,
            manners::{Manners, Traits},
        },
        view::view,
    },
    domain::Text,
    sandbox,
    store::Store,
    tools::{Cx, Kit},
    transport::{Endpoint, Transport, Wait, llm},
};

/// What the liar knows: the desk behind it, and the words of the day.
struct Liar {
    desk: String,
    words: String,
    client: reqwest::Client,
}

/// Keys whose values are part of the machinery: without them a record is no record.
const MACHINERY: [&str; 8] = ["id", "type", "self", "next", "prev", "related", "href", "cursor"];
/// Keys whose values are words of the API.
const WORDS: [&str; 12] = [
    "status",
    "direction",
    "directionType",
    "channel",
    "channels",
    "lastChannel",
    "kind",
    "metric",
    "access",
    "dataType",
    "operation",
    "sentAtStatus",
];

/// Puts the words into every string of an answer, and into the names of custom attributes.
fn poison(value: &mut Value, key: &str, words: &str) {
    match value {
        Value::String(text) => {
            let is_id = text.len() >= 20 && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
            let is_path = text.starts_with("/v1") || text.parse::<Timestamp>().is_ok();
            if !(is_id || is_path || MACHINERY.contains(&key) || WORDS.contains(&key)) {
                *text = format!("{text}{words}");
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| poison(item, key, words)),
        Value::Object(fields) => {
            fields.iter_mut().for_each(|(key, value)| poison(value, key, words));
            if key == "custom" {
                let renamed: Map<_, _> =
                    std::mem::take(fields).into_iter().map(|(name, value)| (format!("{words}{name}"), value)).collect();
                *fields = renamed;
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// Asks the desk and lies about the answer.
async fn lie(
    Held(liar): Held<Arc<Liar>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> impl IntoResponse {
    let url = format!("{}{}", liar.desk, uri.path_and_query().map_or("/", |path| path.as_str()));
    let mut request = liar.client.request(method, url).body(body);
    for name in ["authorization", "content-type"] {
        if let Some(value) = headers.get(name) {
            request = request.header(name, value);
        }
    }
    let answer = request.send().await.expect("the desk answers");
    let (status, headers) = (answer.status(), answer.headers().clone());
    let mut value: Value = serde_json::from_slice(&answer.bytes().await.expect("a body")).unwrap_or_default();
    poison(&mut value, "", &liar.words);
    let kept: HeaderMap = headers
        .into_iter()
        .filter_map(|(name, value)| name.map(|name| (name, value)))
        .filter(|(name, _)| name.as_str().starts_with("x-") || name == "content-type")
        .collect();
    (status, kept, value.to_string())
}

/// A console without a loop: effects are done one after the other, so that a case is the same each time.
struct Shift {
    state: State,
    theme: Theme,
    reader: Reader,
    trail: Trail,
    clock: Clock,
    cx: Cx,
    words: String,
    drawn: usize,
}

impl Shift {
    async fn send(&mut self, msg: Msg) {
        let moment = moment(&self.clock);
        let mut effects: VecDeque<Effect> = update::update(&mut self.state, Msg::Tick(moment)).into();
        effects.extend(update::update(&mut self.state, msg));
        self.perform(effects).await;
    }

    async fn perform(&mut self, mut effects: VecDeque<Effect>) {
        let mut left = 400;
        while let Some(effect) = effects.pop_front().filter(|_| left > 0) {
            left -= 1;
            let msg = match effect {
                Effect::Fetch { fetch, generation } => {
                    let answer = Box::new(read::read(&fetch, &self.reader, &self.trail, &self.clock).await);
                    Msg::Fetched { fetch, generation, answer }
                }
                Effect::Ask { typed, user, .. } => {
                    let context = assistant::Context::new(&self.cx.vault, None, &user, self.clock.now());
                    Msg::Assistant(assistant::ask(&self.cx.vault, &typed, context))
                }
                Effect::Assistant(Act::CallModel { round, messages }) => {
                    effects.extend(update::update(
                        &mut self.state,
                        Msg::Assistant(Event::Model(round, Said::Text(self.words.clone()))),
                    ));
                    let raw = |name: &str| RawCall {
                        name: name.to_owned(),
                        arguments: json!({ "q": self.words }).to_string(),
                    };
                    let calls =
                        if messages.len() < 4 { vec![raw(&self.words), raw("customers_search")] } else { vec![] };
                    let usage = Usage { prompt: 1, completion: 1 };
                    Msg::Assistant(Event::Model(round, Said::Done { calls, finish: Finish::Complete, usage }))
                }
                Effect::Assistant(Act::RunTool(call)) => match assistant::run_tool(call, &self.cx).await.1 {
                    assistant::Ran::Event(event) => Msg::Assistant(event),
                    assistant::Ran::Propose { call, change, reason } => Msg::Proposed { call, change: *change, reason },
                },
                // Sent to the terminal outside of a frame.
                Effect::Copy(text) => {
                    let manners = Manners::of(&Traits { tmux: true, ..Traits::default() });
                    let told = manners.copy(&crate::privacy::text::block(&text));
                    assert!(told.bytes().all(|byte| byte == 0x1b || (b' '..=b'~').contains(&byte)), "{told:?}");
                    continue;
                }
                _ => continue,
            };
            effects.extend(update::update(&mut self.state, msg));
        }
    }

    async fn press(&mut self, key: Key) {
        let press = Press::from_terminal(self.clock.elapsed());
        self.send(Msg::Input(Input::Key(key, press))).await;
        self.look();
    }

    async fn bound(&mut self, binding: Binding) {
        self.press(binding.first).await;
        if let Some(then) = binding.then {
            self.press(then).await;
        }
    }

    /// Back to a pane, whatever is open.
    async fn go(&mut self, pane: PaneId) {
        for _ in 0..6 {
            if matches!(self.state.stack(), Stack::Pane(_)) {
                break;
            }
            self.press(Key::plain(Code::Esc)).await;
        }
        let key = self.state.keymap.keys(pane.action()).first().copied().expect("a pane has a key");
        self.bound(key).await;
    }

    /// Draws what there is through the real back end and holds every byte against what we ever write.
    fn look(&mut self) {
        self.drawn += 1;
        let size = self.state.size;
        let bytes = painted(&self.state, &self.theme, size);
        let text = String::from_utf8(bytes.clone()).expect("a frame is text");
        if let Some(offence) = offence(&text) {
            assert_eq!(offence, "", "in {:?} of {:?}", self.state.stack(), self.state.focus);
        }
        if self.state.shared.ascii {
            let sign =
                text.chars().find(|c| matches!(c, '\u{2010}'..='\u{205E}' | '\u{2190}'..='\u{2BFF}' | '·' | '×'));
            assert_eq!(sign, None, "in {:?} of {:?}", self.state.stack(), self.state.focus);
        }
        let mut terminal = vt100::Parser::new_with_callbacks(cells(size.1), cells(size.0), 0, Quiet::default());
        terminal.process(&bytes);
        assert_eq!(terminal.callbacks().0, Vec::<String>::new(), "in {:?}", self.state.stack());
        self.listen();
        let title = attention::title(&self.state);
        assert!(title.bytes().all(|byte| (b' '..=b'~').contains(&byte)), "{title:?}");
    }
}

impl Shift {
    /// Says what there is in lines, as if nothing was said before, and holds it against plain words.
    fn listen(&self) {
        let out = Sink::default();
        LineScreen::new(out.clone(), Gate::default()).draw(&self.state, &self.theme).expect("lines");
        let said = String::from_utf8(out.0.take()).expect("lines are text");
        assert!(said.starts_with("SANDBOX"), "{said:?}");
        let offence = said.split('\n').find(|line| line.contains('\u{1b}') || offence(line).is_some());
        assert_eq!(offence, None, "in {:?} of {:?}, in lines", self.state.stack(), self.state.focus);
    }

    /// A line is typed in linear mode.
    async fn say(&mut self, words: &str) {
        let line = lines::typed(words, self.clock.elapsed());
        self.send(Msg::Input(line)).await;
        self.listen();
    }
}

fn cells(n: u16) -> std::num::NonZero<u16> {
    std::num::NonZero::new(n).expect("a terminal has cells")
}

#[derive(Clone, Default)]
struct Sink(Rc<RefCell<Vec<u8>>>);

impl io::Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.borrow_mut().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn painted(state: &State, theme: &Theme, (columns, rows): (u16, u16)) -> Vec<u8> {
    let out = Sink::default();
    let viewport = Viewport::Fixed(Rect::new(0, 0, columns, rows));
    let backend = CrosstermBackend::new(out.clone());
    let mut terminal = Terminal::with_options(backend, TerminalOptions { viewport }).expect("a terminal");
    let draw = |frame: &mut ratatui::Frame<'_>| {
        view(state, theme, frame.area(), frame.buffer_mut());
        links::mark(frame.buffer_mut());
    };
    terminal.draw(draw).expect("a frame");
    out.0.take()
}

/// What acts in a frame that should hold cells and their looks only. Independent of what `privacy::text` thinks.
fn offence(frame: &str) -> Option<String> {
    let mut rest = frame;
    while let Some(c) = rest.chars().next() {
        let after = &rest[c.len_utf8()..];
        let bad = match c {
            '\u{1b}' if after.starts_with("]8;") => {
                let (link, behind) = after.split_once("\u{1b}\\")?;
                if link.bytes().all(|byte| byte.is_ascii_graphic()) {
                    rest = behind;
                    continue;
                }
                true
            }
            '\u{1b}' => {
                let end = after.find(|c: char| c.is_ascii_alphabetic())?;
                let (inside, last) = (after.get(1..end).unwrap_or("?"), after.as_bytes()[end]);
                let plain = after.starts_with('[')
                    && inside.bytes().all(|byte| byte.is_ascii_digit() || b";:?".contains(&byte));
                let known = matches!(last, b'm' | b'H') && !inside.contains('?')
                    || matches!(inside, "?25") && matches!(last, b'l' | b'h');
                if plain && known {
                    rest = &after[end + 1..];
                    continue;
                }
                true
            }
            c if c.is_control() => true,
            '\u{061C}'
            | '\u{200B}'
            | '\u{200E}'
            | '\u{200F}'
            | '\u{202A}'..='\u{202E}'
            | '\u{2060}'..='\u{206F}'
            | '\u{FEFF}'
            | '\u{00AD}'
            | '\u{2028}'
            | '\u{2029}'
            | '\u{115F}'
            | '\u{1160}'
            | '\u{3164}'
            | '\u{FFA0}'
            | '\u{E0000}'..='\u{E001F}' => true,
            _ => false,
        };
        if bad {
            return Some(rest.chars().take(40).collect::<String>().escape_unicode().to_string());
        }
        rest = after;
    }
    None
}

/// Hears what a terminal was told to do besides drawing.
#[derive(Default)]
struct Quiet(Vec<String>);

impl vt100::Callbacks for Quiet {
    fn audible_bell(&mut self, _: &mut vt100::Screen) {
        self.0.push("bell".into());
    }
    fn set_window_title(&mut self, _: &mut vt100::Screen, _: &[u8]) {
        self.0.push("title".into());
    }
    fn set_window_icon_name(&mut self, _: &mut vt100::Screen, _: &[u8]) {
        self.0.push("icon".into());
    }
    fn copy_to_clipboard(&mut self, _: &mut vt100::Screen, _: &[u8], _: &[u8]) {
        self.0.push("clipboard".into());
    }
    fn unhandled_osc(&mut self, _: &mut vt100::Screen, parts: &[&[u8]]) {
        // Links are held against what they may be in `offence`.
        if parts.first() != Some(&&b"8"[..]) {
            self.0.push("osc".into());
        }
    }
    fn unhandled_csi(&mut self, _: &mut vt100::Screen, _: Option<u8>, _: Option<u8>, _: &[&[u16]], c: char) {
        // The colour of an underline is none that this emulator knows.
        if c != 'm' {
            self.0.push(format!("csi {c}"));
        }
    }
    fn unhandled_escape(&mut self, _: &mut vt100::Screen, _: Option<u8>, _: Option<u8>, b: u8) {
        // The end of a link.
        if b != b'\\' {
            self.0.push(format!("escape {b}"));
        }
    }
    fn unhandled_control(&mut self, _: &mut vt100::Screen, b: u8) {
        self.0.push(format!("control {b}"));
    }
}

async fn shift(desk: &str, key: &str, words: &str, size: (u16, u16), folder: &std::path::Path) -> Shift {
    let clock = Clock::real();
    let client = llm::client(desk, &Access::default()).expect("a client");
    let liar = Arc::new(Liar { desk: desk.to_owned(), words: words.to_owned(), client });
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let base = format!("http://{}", listener.local_addr().expect("bound"));
    let app = Router::new().fallback(lie).with_state(liar);
    tokio::spawn(async move { axum::serve(listener, app).await });
    let endpoint = Endpoint { base, key: SecretString::from(key) };
    let transport = Transport::new(endpoint, clock.clone()).expect("a transport");
    let store = Store::open(folder).expect("a store");
    store.keep_scratch("assistant.prompt", words).expect("kept");
    let trail = Trail::new(store.clone(), clock.clone(), "hostile");
    trail.signed_in(&Text::new(words));
    let reader = Reader::new(transport.clone(), clock.clone());
    let setup = Setup {
        reader: reader.clone(),
        writer: Writer::new(transport, clock.clone(), trail.clone()),
        trail: trail.clone(),
        vault: Vault::new(),
        clock: clock.clone(),
        cache: None,
        model: Some(ModelConfig {
            base: desk.to_owned(),
            key: SecretString::from("sk"),
            model: words.to_owned(),
            access: Access::default(),
        }),
        shelf: crate::tools::Shelf::new(),
        asks: None,
        planner: None,
        ledger: Ledger::new(trail.store().clone(), clock.clone(), TimeZone::UTC, Spending::default()),
        options: Options {
            desk: words.to_owned(),
            theme: Some(words.to_owned()),
            depth: Depth::True,
            ascii: false,
            motion: true,
            manners: Manners::default(),
            themes: folder.join("themes"),
            settings: folder.join("settings.toml"),
            vigilance: None,
            searches: folder.join("searches"),
            columns: Vec::new(),
            mouse: false,
            unmask_for: Duration::from_mins(10),
            policy: Policy::default(),
            known_hosts: Vec::new(),
            keys: BTreeMap::new(),
            zone: TimeZone::UTC,
        },
    };
    let state = initial(&setup, Keymap::with(&BTreeMap::new()).expect("defaults"), size);
    let cx = Cx {
        reader: reader.clone(),
        vault: Vault::new(),
        clock: clock.clone(),
        store,
        org: "hostile".to_owned(),
        conversation: None,
        turn: "t".to_owned(),
        kit: Kit::new(),
    };
    let (theme, _) = Theme::named(None, Depth::True);
    Shift { state, theme, reader, trail, clock, cx, words: words.to_owned(), drawn: 0 }
}

/// A request with the words in every part that a proposal has.
fn change(words: &str) -> Change {
    Change::new(ChangeParts {
        effect: Kind::Send,
        operation: Operation::Other,
        subject: Subject { customer_name: Some(Text::new(words)), ..Subject::default() },
        requests: vec![Request {
            method: crate::transport::Method::Post,
            path: format!("/v1/{words}"),
            body: Some(json!({ "body": words, words: [words] })),
        }],
        count: 1,
        summary: words.to_owned(),
        warnings: vec![words.to_owned()],
        editable: Some(Editable { request: 0, pointer: "/body", limit: None }),
        before: vec![(words.to_owned(), Text::new(words))],
    })
}

/// Every action of every pane, with a look at each step; texts are pasted into whatever takes text.
async fn every_pane(shift: &mut Shift) {
    const LEAVE: [Action; 5] = [Action::Quit, Action::Interrupt, Action::Suspend, Action::Panic, Action::Answer];
    let start = update::start(&mut shift.state);
    shift.perform(start.into()).await;
    for pane in PaneId::ALL {
        shift.go(*pane).await;
        for action in Action::ALL.iter().filter(|action| action.pane().is_none() && !LEAVE.contains(action)) {
            if !Stack::Pane(*pane).has(*action) {
                continue;
            }
            let Some(key) = shift.state.keymap.keys(*action).first().copied() else { continue };
            shift.bound(key).await;
            if shift.state.stack().takes_text() {
                let words = shift.words.clone();
                shift.send(Msg::Input(Input::Paste(words))).await;
                shift.look();
                shift.press(Key::plain(Code::Enter)).await;
            }
            shift.state.card = None;
            if shift.state.stack() != Stack::Pane(*pane) {
                shift.go(*pane).await;
            }
        }
    }
}

/// Cards, failures, waits and the words of the runtime.
async fn everything_over_it(shift: &mut Shift) {
    let words = shift.words.clone();
    let problem = Problem::new(&words, &words, &words);
    shift.go(PaneId::Queue).await;
    shift.send(Msg::Trouble(problem.clone())).await;
    shift.look();
    shift.state.overlay = Some(Overlay::Notice(problem.clone()));
    shift.look();
    shift.state.overlay = None;
    let wait = Wait { why: words.clone(), until: shift.clock.now(), queued: 3 };
    shift.state.shared.budget.waiting = Some(wait);
    shift.look();
    for fetch in [Fetch::Queue, Fetch::Audit] {
        let generation = shift.state.shared.generations.get(&fetch.task()).copied().unwrap_or_default();
        let answer = match fetch {
            Fetch::Queue => Fetched::Queue(Err(problem.clone())),
            _ => Fetched::Audit(Err(problem.clone())),
        };
        shift.send(Msg::Fetched { fetch, generation, answer: Box::new(answer) }).await;
        shift.look();
    }
    let now = shift.clock.elapsed();
    let author = Author::Assistant { model: words.clone() };
    shift.state.desk.submit(change(&words), author, Text::new(words.as_str()), now).expect("a proposal");
    shift.state.parked = false;
    shift.state.typed_at = None;
    shift.send(Msg::Simulated(true)).await;
    shift.look();
    assert!(shift.state.card.is_some(), "the card is on screen");
    for key in ["e", "x"] {
        shift.press(Key::parse(key).expect("a key")).await;
        shift.send(Msg::Input(Input::Paste(words.clone()))).await;
        shift.look();
        shift.press(Key::plain(Code::Esc)).await;
    }
}

/// Each pane in lines on linear mode's own size, with the words typed as a line, as a text and as the rest of an action.
async fn in_lines(shift: &mut Shift) {
    let words = shift.words.clone();
    let (columns, rows) = LineScreen::new(Sink::default(), Gate::default()).size().expect("a size");
    shift.send(Msg::Input(Input::Resize(columns, rows))).await;
    for pane in PaneId::ALL {
        shift.state.card = None;
        shift.state.parked = true;
        let go = format!(":{}", pane.action().name());
        let (filter, note) = (format!("filter {words}"), format!("note {words}"));
        for line in [
            ":close",
            ":leave",
            &go,
            "1",
            "?",
            "where",
            "filter",
            ":leave",
            "note",
            ":subject x",
            "?",
            ":leave",
            ":commands",
        ] {
            shift.say(line).await;
        }
        for line in [":close", ":leave", &go, &words, ":close", ":leave", &go, &filter, ":close", ":leave", &go, &note]
        {
            shift.say(line).await;
        }
    }
    assert!(shift.state.dialogue.is_some(), "lines were heard");
}

/// Text made of what acts, hides, reorders, bursts and pretends.
fn hostile() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        any::<String>(),
        (0u32..0xA0).prop_filter_map("C0 and C1", char::from_u32).prop_map(String::from),
        prop::sample::select(vec![
            "\u{1b}]0;owned\u{7}",
            "\u{1b}[2J\u{1b}[1;1H",
            "\u{1b}]52;c;b3duZWQ=\u{7}",
            "\u{9b}31m",
            "\u{9d}8;;http://x\u{9c}link",
            "\u{1b}P+q544e\u{1b}\\",
            "\u{1b}_Ga=T\u{1b}\\",
            "\u{1b}[?1049l",
            "\u{1b}c",
            "\u{1b}[6n",
            "\r\n",
            "\r",
            "\u{85}",
            "\u{8}",
            "\u{202e}",
            "\u{2066}",
            "\u{200b}",
            "\u{ad}",
            "\u{e0041}",
            "\u{3164}",
            "\u{2028}",
            "\u{301}\u{301}\u{301}",
            "👨\u{200D}",
            "क्",
            "<p>&#27;]0;x&#7;&#x9b;31m&#8238;&shy;&#8203;</p>",
            "<b style='display:none'>\u{1b}[5m</b>",
            "[a](http://\u{202e}x)",
            "`\u{1b}[7m`",
            "| \u{1b}c | b |\n|--|--|\n",
            "<a href='http://a\u{1b}\\.example'>x</a>",
            "https://\u{202e}evil.example/\u{9b}1m",
            "日本",
            "ｶﾞ",
            "\t",
            "\0",
        ])
        .prop_map(str::to_owned),
    ];
    prop::collection::vec(piece, 1..24).prop_map(|pieces| pieces.concat())
}

/// Tries everything on a desk whose records say these words.
async fn tried(words: &str, size: (u16, u16), ascii: bool) {
    let rate_limit = Some(sandbox::RateLimit::per_seconds(100_000, 60));
    let options = sandbox::Options { rate_limit, customers: 40, ..sandbox::Options::default() };
    let desk = sandbox::start(options).await.expect("a desk");
    let folder = tempfile::tempdir().expect("a folder");
    let ready = desk.ready();
    let mut shift = shift(&ready.kustomer, &ready.api_key, words, size, folder.path()).await;
    shift.state.shared.ascii = ascii;
    // Nothing is said in lines before this is known.
    shift.state.shared.simulated = Some(true);
    every_pane(&mut shift).await;
    everything_over_it(&mut shift).await;
    in_lines(&mut shift).await;
    assert!(shift.drawn > 100, "{}", shift.drawn);
    assert!(!shift.state.panes.queue.customers().is_empty(), "the liar's records are records");
    desk.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_we_draw_has_an_ascii_form() {
    Box::pin(tried(" plain", (120, 40), true)).await;
}

/// A few texts, the same at each run, so that a change is what turns it red; a longer hunt by hand:
/// `PROPTEST_CASES=200 PROPTEST_RNG_SEED=1 cargo test --lib hostile`.
fn hunt() -> ProptestConfig {
    let usual = ProptestConfig { max_shrink_iters: 12, ..ProptestConfig::default() };
    let asked = std::env::var_os("PROPTEST_CASES").is_some();
    if asked { usual } else { ProptestConfig { cases: 3, rng_seed: RngSeed::Fixed(20_261_128), ..usual } }
}

proptest! {
    #![proptest_config(hunt())]

    #[test]
    fn no_byte_of_a_strangers_text_acts_on_the_terminal(words in hostile(), wide in any::<bool>()) {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime");
        runtime.block_on(tried(&words, if wide { (140, 44) } else { (80, 24) }, false));
    }
}
