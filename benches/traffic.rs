//! The way out under load, against the simulated desk as a process of its own: what a call costs over a bare HTTP client,
//! and how an extraction shares the desk's budget with a person.
//! `cargo bench --bench traffic [-- CUSTOMERS]` (50,000 unless said). The budget is 1,000 a minute scaled down in time:
//! 50 in 3 seconds, so that an extraction sees many windows.

#![expect(clippy::print_stdout, reason = "a bench prints its figures")]

use std::{
    collections::HashSet,
    io::{BufRead, BufReader},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use futures::StreamExt;
use jiff::Timestamp;
use secrecy::SecretString;
use serde_json::Value;
use shiftdeck::{
    clock::Clock,
    kustomer::{
        Reader,
        walk::{Collection, Given},
    },
    transport::{Call, Endpoint, Lane, Transport},
};

const CUSTOMERS: usize = 50_000;
const LIMIT: usize = 50;
const WINDOW: Duration = Duration::from_secs(3);
/// A person reads this often.
const PERSON: Duration = Duration::from_millis(250);
/// Calls whose cost is measured.
const CALLS: usize = 2000;

/// A desk with the key that opens it; it ends with this value.
struct Desk {
    process: Child,
    base: String,
    key: String,
}

impl Desk {
    fn start(customers: usize, rate: &str) -> Self {
        let mut process = Command::new(env!("CARGO_BIN_EXE_shiftdeck"))
            .args(["sandbox", "--listen", "127.0.0.1:0", "--rate-limit", rate, "--scale", &customers.to_string()])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("the desk starts");
        let mut line = String::new();
        let stdout = process.stdout.take().expect("it is piped");
        BufReader::new(stdout).read_line(&mut line).expect("it says where it is");
        let ready: Value = serde_json::from_str(&line).expect("in JSON");
        let word = |key: &str| ready.get(key).and_then(Value::as_str).expect("a word").to_owned();
        Self { process, base: word("kustomer"), key: word("api_key") }
    }

    fn transport(&self) -> Transport {
        let endpoint = Endpoint { base: self.base.clone(), key: SecretString::from(self.key.clone()) };
        Transport::new(endpoint, Clock::real()).expect("loopback is accepted")
    }
}

impl Drop for Desk {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

#[tokio::main]
async fn main() {
    let customers = std::env::args().skip(1).find_map(|word| word.parse().ok()).unwrap_or(CUSTOMERS);
    overhead().await;
    extraction(customers).await;
}

fn quantile(sorted: &[Duration], share: f64) -> Duration {
    let at = ((sorted.len() as f64 * share) as usize).min(sorted.len().saturating_sub(1));
    sorted.get(at).copied().unwrap_or_default()
}

async fn get(transport: &Transport, path: String, lane: Lane) -> Value {
    transport.send(Call::get("GET", path, lane)).await.expect("answered").body
}

fn ids(body: &Value) -> Vec<String> {
    let rows = body.get("data").and_then(Value::as_array).expect("a list");
    rows.iter().filter_map(|row| row.get("id")?.as_str().map(str::to_owned)).collect()
}

/// One record read again and again, bare and through the transport, by turns.
async fn overhead() {
    let desk = Desk::start(50, "1000000/60");
    let transport = desk.transport();
    let id = ids(&get(&transport, "/v1/customers?pageSize=1".to_owned(), Lane::Person).await).remove(0);
    let path = format!("/v1/customers/{id}");
    let url = format!("{}{path}", desk.base);
    let bare = reqwest::Client::builder().no_proxy().tcp_nodelay(true).build().expect("a client");
    let (mut theirs, mut ours) = (Vec::with_capacity(CALLS), Vec::with_capacity(CALLS));
    for _ in 0..CALLS {
        let began = Instant::now();
        let body = bare.get(&url).bearer_auth(&desk.key).send().await.expect("answered").bytes().await;
        let read: Value = serde_json::from_slice(&body.expect("whole")).expect("JSON");
        theirs.push(began.elapsed());
        let began = Instant::now();
        assert_eq!(get(&transport, path.clone(), Lane::Person).await.get("data"), read.get("data"));
        ours.push(began.elapsed());
    }
    theirs.sort();
    ours.sort();
    let (theirs, ours) = (quantile(&theirs, 0.5), quantile(&ours, 0.5));
    println!("a call: median {theirs:?} bare, {ours:?} through the transport: {:?} more", ours.saturating_sub(theirs));
}

/// All customers by the walk, in the bulk lane, while a person reads.
async fn extraction(customers: usize) {
    let desk = Desk::start(customers, &format!("{LIMIT}/{}", WINDOW.as_secs()));
    let transport = desk.transport();
    let person = tokio::spawn(person(transport.clone()));
    let began = Instant::now();
    let found = walk(&transport).await;
    let took = began.elapsed();
    person.abort();
    let unique: HashSet<&String> = found.iter().collect();
    let (lost, doubled) = (customers - unique.len(), found.len() - unique.len());
    println!("extraction: {} customers in {took:.1?}, {lost} lost, {doubled} doubled", found.len());
    let log = get(&transport, "/__sandbox/log".to_owned(), Lane::Person).await;
    budget_used(log.get("requests").and_then(Value::as_array).expect("a log"));
}

/// Reads one record every now and then, for as long as it is let.
async fn person(transport: Transport) {
    let known = ids(&get(&transport, "/v1/customers?pageSize=100".to_owned(), Lane::Person).await);
    let mut waited = Vec::new();
    let mut ticks = tokio::time::interval(PERSON);
    for id in known.iter().cycle() {
        ticks.tick().await;
        let began = Instant::now();
        get(&transport, format!("/v1/customers/{id}"), Lane::Person).await;
        waited.push(began.elapsed());
        if waited.len() % 40 == 0 {
            let mut sorted = waited.clone();
            sorted.sort();
            let (half, most, all) = (quantile(&sorted, 0.5), quantile(&sorted, 0.99), quantile(&sorted, 1.0));
            println!("a person's read: median {half:?}, p99 {most:?}, slowest {all:?} of {}", sorted.len());
        }
    }
}

/// What the desk's own log says: the windows begin with the first request in them.
fn budget_used(log: &[Value]) {
    let told = |entry: &Value| {
        let at: Timestamp = entry.get("at")?.as_str()?.parse().ok()?;
        Some((at.as_millisecond(), entry.get("status")?.as_u64()?))
    };
    let calls: Vec<(i64, u64)> = log.iter().filter_map(told).collect();
    let refused = calls.iter().filter(|(_, status)| *status == 429).count();
    let mut windows: Vec<(i64, usize)> = Vec::new();
    for (at, _) in calls.iter().filter(|(_, status)| *status != 429) {
        match windows.last_mut() {
            Some((began, used)) if *at < *began + WINDOW.as_millis() as i64 => *used += 1,
            _ => windows.push((*at, 1)),
        }
    }
    // The first one is for learning, the last one is cut short.
    let full = &windows[1..windows.len().saturating_sub(1).max(1)];
    let least = full.iter().map(|(_, used)| *used).min().unwrap_or_default();
    let used: usize = full.iter().map(|(_, used)| *used).sum();
    let percent = |calls: usize, of: f64| calls as f64 * 100.0 / of.max(1.0);
    let lasted = windows.last().map_or(0, |(last, _)| last - full.first().map_or(*last, |(first, _)| *first));
    let allowed = lasted as f64 / WINDOW.as_millis() as f64 * LIMIT as f64;
    println!(
        "budget: {} full windows, {:.1} % of their calls used (at least {:.1} %), {:.1} % of what the time allowed, {refused} refused with 429",
        full.len(),
        percent(used, (full.len() * LIMIT) as f64),
        percent(least, LIMIT as f64),
        percent(used, allowed),
    );
}

/// The walk that `shiftdeck export` uses, in its lane.
async fn walk(transport: &Transport) -> Vec<String> {
    let reader = Reader::new(transport.clone(), Clock::real()).with_lane(Lane::Bulk);
    let customers = Collection::named("customers").expect("a collection");
    let start = customers.start(None, None).expect("a list");
    let mut batches = reader.walk(customers, start, Given::default());
    let mut found = Vec::new();
    while let Some(batch) = batches.next().await {
        found.extend(batch.expect("a page").rows.into_iter().map(|row| row.id));
    }
    found
}
