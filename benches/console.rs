//! What a person at the console feels, measured from outside in a pseudo-terminal against a desk in a process of its own:
//! the start with a large local cache, the time from a key to its frame under load, memory, and what an idle console costs.
//! `cargo bench --bench console [-- start|keys|memory|idle]` (all unless said), each next to the same for a small world.

#![expect(clippy::print_stdout, reason = "a bench prints its figures")]

use std::{
    fs,
    hash::{DefaultHasher, Hash, Hasher},
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    num::NonZero,
    path::Path,
    process::{Command, Stdio},
    sync::mpsc::{Receiver, RecvTimeoutError, channel},
    thread,
    time::{Duration, Instant},
};

use jiff::Timestamp;
use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};
use serde_json::{Value, json};
use shiftdeck::{
    domain::{Channel, Conversation, ConversationId, CustomerId, Direction, Sla, Status, Text},
    store::{Cache, LastQueue},
};

const PROGRAM: &str = env!("CARGO_BIN_EXE_shiftdeck");
const STARTS: usize = 20;
const KEYS: usize = 1000;
/// A fast typist's keys.
const BETWEEN: Duration = Duration::from_millis(20);
const TOKENS_A_SECOND: u32 = 500;
const PATIENCE: Duration = Duration::from_mins(1);
const COLS: u16 = 120;
const ROWS: u16 = 40;

fn main() {
    let wanted: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with('-')).collect();
    let is_wanted = |part: &str| wanted.is_empty() || wanted.iter().any(|word| word == part);
    if is_wanted("idle") {
        idle();
    }
    if is_wanted("keys") {
        keys(100);
        keys(100_000);
    }
    if is_wanted("start") || is_wanted("memory") {
        for rows in [100, 100_000, 1_000_000] {
            cached(rows);
        }
    }
}

/// A desk of its own process, ended with the value.
struct Desk {
    process: std::process::Child,
    base: String,
    key: String,
    runtime: tokio::runtime::Runtime,
    http: reqwest::Client,
}

impl Desk {
    fn start(args: &[&str]) -> Self {
        let mut process = Command::new(PROGRAM)
            .args(["sandbox", "--listen", "127.0.0.1:0", "--rate-limit", "1000000/1"])
            .args(args)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("the desk starts");
        let mut line = String::new();
        BufReader::new(process.stdout.take().expect("it is piped")).read_line(&mut line).expect("it says where it is");
        let ready: Value = serde_json::from_str(&line).expect("in JSON");
        let word = |key: &str| ready[key].as_str().expect("a word").to_owned();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        let http = reqwest::Client::builder().no_proxy().build().expect("a client");
        Self { process, base: word("kustomer"), key: word("api_key"), runtime, http }
    }

    fn call(&self, method: reqwest::Method, path: &str, body: &Value) -> Value {
        let request = self.http.request(method, format!("{}{path}", self.base)).bearer_auth(&self.key).json(body);
        self.runtime.block_on(async { request.send().await.expect("answered").json().await.unwrap_or_default() })
    }

    /// The conversation on top of the queue.
    fn top(&self) -> String {
        let query = json!({
            "queryContext": "conversation", "and": [{ "conversation_status": { "equals": "open" } }],
            "sort": [{ "conversation_sla_breach_at": "asc" }],
        });
        let found = self.call(reqwest::Method::POST, "/v1/customers/search?pageSize=1", &query);
        found["data"][0]["id"].as_str().expect("a conversation").to_owned()
    }

    /// Writes so many messages into a conversation, by the desk's bulk route with its clock moved on.
    fn write(&self, conversation: &str, messages: usize) {
        let message = json!({
            "conversation": conversation, "channel": "chat", "app": "chat", "direction": "in",
            "preview": "Has my parcel left yet? The page still says that it waits to be packed.",
        });
        for _ in 0..messages / 100 {
            self.call(reqwest::Method::POST, "/v1/messages/bulk", &json!(vec![message.clone(); 100]));
        }
        self.call(reqwest::Method::POST, "/__sandbox/clock", &json!({ "advance_ms": 10_000 }));
    }
}

impl Drop for Desk {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The console in a pseudo-terminal.
struct Console {
    child: Box<dyn Child + Send + Sync>,
    _master: Box<dyn MasterPty + Send>,
    keyboard: Box<dyn Write + Send>,
    output: Receiver<(Instant, Vec<u8>)>,
    screen: vt100::Parser,
    began: Instant,
}

impl Console {
    fn start(home: &Path, desk: &Desk, model: Option<&str>) -> Self {
        let size = PtySize { rows: ROWS, cols: COLS, pixel_width: 0, pixel_height: 0 };
        let pair = native_pty_system().openpty(size).expect("a terminal");
        let mut command = CommandBuilder::new(PROGRAM);
        command.env_clear();
        command.env("SHIFTDECK_HOME", home);
        command.env("TERM", "xterm-256color");
        command.env("KUSTOMER_BASE_URL", &desk.base);
        command.env("KUSTOMER_API_KEY", &desk.key);
        if let Some(base) = model {
            command.env("OPENAI_BASE_URL", base);
            command.env("OPENAI_API_KEY", "none");
            command.env("OPENAI_MODEL", "bench");
        }
        let began = Instant::now();
        let child = pair.slave.spawn_command(command).expect("the program starts");
        drop(pair.slave);
        let mut reader = pair.master.try_clone_reader().expect("a reader");
        let keyboard = pair.master.take_writer().expect("a writer");
        let (send, output) = channel();
        thread::spawn(move || {
            let mut buffer = vec![0; 64 * 1024];
            while let Ok(read @ 1..) = reader.read(&mut buffer) {
                if send.send((Instant::now(), buffer[..read].to_vec())).is_err() {
                    return;
                }
            }
        });
        let cells = |n| NonZero::new(n).expect("more than none");
        let screen = vt100::Parser::new(cells(ROWS), cells(COLS), 0);
        Self { child, _master: pair.master, keyboard, output, screen, began }
    }

    fn press(&mut self, keys: &str) {
        self.keyboard.write_all(keys.as_bytes()).expect("it reads its terminal");
        self.keyboard.flush().expect("it reads its terminal");
    }

    /// Waits until the screen is so; the moment its bytes came.
    fn wait(&mut self, what: &str, is_so: impl Fn(&vt100::Screen) -> bool) -> Instant {
        loop {
            let Ok((at, bytes)) = self.output.recv_timeout(PATIENCE) else {
                assert!(is_so(self.screen.screen()), "waited for {what}:\n{}", self.screen.screen().contents());
                return Instant::now();
            };
            self.screen.process(&bytes);
            if is_so(self.screen.screen()) {
                return at;
            }
        }
    }

    fn wait_for(&mut self, words: &str) -> Instant {
        self.wait(words, |screen| screen.contents().contains(words))
    }

    /// Takes in what comes for so long; how many bytes.
    fn listen(&mut self, long: Duration) -> usize {
        let until = Instant::now() + long;
        let mut bytes = 0;
        loop {
            match self.output.recv_timeout(until.saturating_duration_since(Instant::now())) {
                Ok((_, more)) => {
                    bytes += more.len();
                    self.screen.process(&more);
                }
                Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => return bytes,
            }
        }
    }

    fn proc(&self, file: &str) -> String {
        let id = self.child.process_id().expect("it runs");
        fs::read_to_string(format!("/proc/{id}/{file}")).expect("a Linux system")
    }

    /// Resident memory, MB.
    fn memory(&self) -> u64 {
        let status = self.proc("status");
        let line = status.lines().find(|line| line.starts_with("VmRSS")).expect("a line");
        line.split_whitespace().nth(1).and_then(|kb| kb.parse::<u64>().ok()).expect("a number") / 1024
    }

    /// Processor time used so far, milliseconds (in steps of ten).
    fn cpu(&self) -> u64 {
        let stat = self.proc("stat");
        let after = stat.rsplit(") ").next().expect("fields");
        after.split(' ').skip(11).take(2).map(|ticks| ticks.parse::<u64>().expect("ticks")).sum::<u64>() * 10
    }
}

impl Drop for Console {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Everything but header, tabs and hints: what a stream in another pane does not change.
fn body(screen: &vt100::Screen) -> u64 {
    let mut hasher = DefaultHasher::new();
    for row in 3..ROWS - 1 {
        for column in 0..COLS {
            if let Some(cell) = screen.cell(row, column) {
                (cell.contents(), format!("{:?}{:?}", cell.bgcolor(), cell.inverse())).hash(&mut hasher);
            }
        }
    }
    hasher.finish()
}

fn quantile(sorted: &[Duration], share: f64) -> Duration {
    sorted[((sorted.len() as f64 * share) as usize).min(sorted.len() - 1)]
}

/// From a key to its frame in a timeline, while the assistant streams and the desk works through bulk jobs.
fn keys(items: usize) {
    let desk = Desk::start(&[]);
    let conversation = desk.top();
    desk.write(&conversation, items);
    let home = tempfile::tempdir().expect("a folder");
    let model = serve_model();
    let mut console = Console::start(home.path(), &desk, Some(&model));
    console.wait_for("SANDBOX");
    console.wait_for("Subject");
    console.press("/");
    console.press(&conversation);
    console.press("\r\r");
    console.wait_for("Has my parcel");
    console.press("7");
    console.press("go\r");
    console.wait_for("token token token");
    console.press("3");
    console.wait_for("Has my parcel");
    let key = desk.key.clone();
    let (base, target) = (desk.base.clone(), conversation.clone());
    let (stop, stopped) = channel::<()>();
    let job = thread::spawn(move || bulk_jobs(&base, &key, &target, &stopped));
    console.listen(Duration::from_millis(300));
    let mut taken: Vec<Duration> = Vec::with_capacity(KEYS);
    for number in 0..KEYS {
        let before = body(console.screen.screen());
        let pressed = Instant::now();
        console.press(if number % 2 == 0 { "k" } else { "j" });
        let drawn = console.wait("the cursor to move", |screen| body(screen) != before);
        taken.push(drawn.saturating_duration_since(pressed));
        console.listen(BETWEEN);
    }
    drop(stop);
    let _ = job.join();
    taken.sort();
    println!(
        "key to frame, {items} messages at the desk, {TOKENS_A_SECOND} tokens a second, bulk jobs: p50 {:.1?}, p99 {:.1?}, slowest {:.1?} of {KEYS}; memory {} MB",
        quantile(&taken, 0.5),
        quantile(&taken, 0.99),
        quantile(&taken, 1.0),
        console.memory(),
    );
}

/// One bulk job after the other, until told to stop.
fn bulk_jobs(base: &str, key: &str, conversation: &str, stopped: &Receiver<()>) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let http = reqwest::Client::builder().no_proxy().build().expect("a client");
    let notes = json!(vec![json!({ "conversation": conversation, "body": "Looked into it." }); 100]);
    while stopped.recv_timeout(Duration::from_millis(500)) == Err(RecvTimeoutError::Timeout) {
        let request = http.post(format!("{base}/v1/notes/bulk")).bearer_auth(key).json(&notes);
        let _ = runtime.block_on(request.send());
    }
}

/// A model's endpoint that says the same word for as long as it is listened to; its base address.
fn serve_model() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            thread::spawn(move || chatter(stream));
        }
    });
    format!("http://{address}/v1")
}

fn chatter(mut stream: TcpStream) {
    let mut head = vec![0; 64 * 1024];
    let _ = stream.read(&mut head);
    let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n");
    let chunk = json!({
        "id": "1", "object": "chat.completion.chunk", "created": 1, "model": "bench",
        "choices": [{ "index": 0, "delta": { "role": "assistant", "content": "token " }, "finish_reason": null }],
    });
    let event = format!("data: {chunk}\n\n");
    while stream.write_all(event.as_bytes()).is_ok() {
        thread::sleep(Duration::from_secs(1) / TOKENS_A_SECOND);
    }
}

/// What a console costs that nobody touches, on a pane with clocks and on one without.
fn idle() {
    let long = Duration::from_secs(10);
    let desk = Desk::start(&[]);
    let home = tempfile::tempdir().expect("a folder");
    let mut console = Console::start(home.path(), &desk, None);
    console.wait_for("Subject");
    for (pane, key) in [("queue, clocks ticking", "1"), ("audit", "8")] {
        console.press(key);
        console.listen(Duration::from_secs(3));
        let (before, shown) = (console.cpu(), console.listen(long));
        println!("idle for {long:?} ({pane}): {} ms of processor time, {shown} bytes written", console.cpu() - before);
    }
}

/// The start and the memory with so many conversations in the cache. The desk answers slowly: what is seen is the cache.
fn cached(rows: usize) {
    let desk = Desk::start(&["--latency", "2000..2000"]);
    let home = tempfile::tempdir().expect("a folder");
    let began = Instant::now();
    fill(&home.path().join("cache"), &desk.base, rows);
    let folder = fs::read_dir(home.path().join("cache")).expect("a folder").flatten();
    let bytes: u64 = folder.filter_map(|entry| entry.metadata().ok()).map(|data| data.len()).sum();
    println!("cache of {rows} conversations: {} MB, filled in {:.1?}", bytes / 1_000_000, began.elapsed());
    let mut memory = 0;
    let mut taken: Vec<Duration> = (0..STARTS)
        .map(|_| {
            let mut console = Console::start(home.path(), &desk, None);
            let filled = console.wait_for("Cached subject 7 ");
            memory = memory.max(console.memory());
            filled.saturating_duration_since(console.began)
        })
        .collect();
    taken.sort();
    let (half, most) = (quantile(&taken, 0.5), quantile(&taken, 1.0));
    println!(
        "start to filled queue, {rows} cached: median {half:.1?}, slowest {most:.1?} of {STARTS}; memory {memory} MB"
    );
}

fn fill(folder: &Path, org: &str, rows: usize) {
    let cache = Cache::open(folder, org).expect("a cache");
    let now = Timestamp::now();
    let conversation = |number: usize| Conversation {
        id: ConversationId::new(format!("66a1{number:020x}")),
        customer: Some(CustomerId::new(format!("66b2{:020x}", number / 3))),
        name: Text::new(format!("Cached subject {number} about a parcel")),
        preview: Text::new(format!(
            "Hello, my parcel number {number} has not come. {}",
            "It was promised twice. ".repeat(6)
        )),
        status: if number < 500 { Status::Open } else { Status::Done },
        priority: Some(3),
        channels: vec![Channel::Email, Channel::Chat],
        assigned_users: vec![],
        assigned_teams: vec![],
        queue: None,
        tags: vec![],
        sla: Some(Sla {
            name: None,
            status: Some("pending".into()),
            breach_at: Some(now + jiff::SignedDuration::from_secs(3600 + number as i64)),
            metric: Some("firstResponse".into()),
            breached: false,
        }),
        message_count: 3,
        note_count: 1,
        last_message_at: Some(now),
        last_direction: Some(Direction::In),
        snoozed_until: None,
        sentiment: None,
        created: Some(now),
        updated: Some(now),
        rev: Some(1),
    };
    for start in (0..rows).step_by(10_000) {
        let batch: Vec<Conversation> = (start..rows.min(start + 10_000)).map(conversation).collect();
        cache.keep(&batch, &[]).expect("kept");
    }
    let rows = (0..rows.min(500)).map(conversation).collect();
    cache.keep_queue(&LastQueue { rows, total: None, more: false, at: now }, &[]).expect("kept");
}
