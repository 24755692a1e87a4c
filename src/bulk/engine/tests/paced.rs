//! How fast a job is, in real time: at a thousand calls a minute it takes what those calls take and no more, the desk never
//! has to refuse one, and a person who reads meanwhile does not wait. `SHIFTDECK_PACE_ROWS` is its size and
//! `SHIFTDECK_PACE_WINDOW` the desk's window in seconds; unset, it is one that CI has time for, over windows of three seconds
//! with fifty calls each, so that it sees some of them.

use std::io::Write;

use super::*;

const CALLS_A_MINUTE: u64 = 1_000;
/// A person reads this often.
const PERSON: Duration = Duration::from_millis(500);

fn parameter(name: &str, usual: u64) -> u64 {
    std::env::var(name).map_or(usual, |words| words.parse().expect("a number"))
}

/// Reads one record every now and then, for as long as it is let; how long each took.
async fn person(reader: Reader, path: String, waited: Arc<Mutex<Vec<Duration>>>) {
    let mut ticks = tokio::time::interval(PERSON);
    loop {
        ticks.tick().await;
        let began = reader.clock().elapsed();
        let read = reader.resource(path.clone()).await;
        assert!(read.is_ok_and(|record| record.is_some()), "a person's read works");
        waited.lock().expect("unbroken").push(reader.clock().elapsed().saturating_sub(began));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_job_takes_what_its_calls_take_and_a_person_does_not_wait_for_it() {
    let (rows, window) = (parameter("SHIFTDECK_PACE_ROWS", 6_000), parameter("SHIFTDECK_PACE_WINDOW", 3));
    let rate_limit =
        Some(sandbox::RateLimit { requests: (window * CALLS_A_MINUTE / 60) as u32, window_ms: window as u32 * 1000 });
    let (_, hand) = Clock::by_hand("2026-11-28T12:00:00Z".parse().expect("valid"));
    let options = sandbox::Options { customers: 20, rate_limit, clock: Clock::real(), ..sandbox::Options::default() };
    let floor = Floor::with(options, hand).await;
    let mut drafting = floor.draft(Resource::Customers);
    (1..=rows).for_each(|n| drafting.row(made(n, "Somebody")).expect("taken"));
    let plan = drafting.finish().expect("drafted");
    let run = floor.begin(&plan, Options::default());
    let reader = floor.engine.reader.with_lane(Lane::Person);
    let known = reader.resources("/v1/customers?pageSize=1".to_owned()).await.expect("listed");
    let path = format!("/v1/customers/{}", known[0]["id"].as_str().expect("an id"));
    let waited = Arc::default();
    let reads = tokio::spawn(person(reader.clone(), path, Arc::clone(&waited)));

    let began = reader.clock().elapsed();
    assert_eq!(run.go().await.expect("it runs"), JobState::Ended);
    let took = reader.clock().elapsed().saturating_sub(began);
    reads.abort();
    assert_eq!(plan.snapshot().expect("read").worked, rows);
    judge(&floor, &plan, took, &waited).await;
}

/// Holds the desk's own log against what the job should have cost.
async fn judge(floor: &Floor, plan: &Plan, took: Duration, waited: &Mutex<Vec<Duration>>) {
    let call = Call::get("the log", "/__sandbox/log", Lane::Person);
    let log = floor.engine.reader.transport().send(call).await.expect("answered").body;
    let log = log["requests"].as_array().expect("a log");
    let count = |is: &dyn Fn(&Value) -> bool| log.iter().filter(|entry| is(entry)).count();
    let path = |entry: &Value| entry["path"].as_str().unwrap_or_default().to_owned();
    let sent = count(&|entry| entry["effect"] == true);
    let asked = count(&|entry| path(entry).starts_with("/v1/bulk/"));
    let refused = count(&|entry| entry["status"] == 429);
    let mut waited = waited.lock().expect("unbroken").clone();
    waited.sort();
    let p99 = waited[(waited.len() * 99 / 100).min(waited.len() - 1)];
    // Two calls a batch are the least: one sends it, one reads what became of its rows. A person's reads come out of the same
    // budget.
    let calls = plan.batches() * 2 + waited.len() as u64;
    let least = Duration::from_secs_f64(calls as f64 * 60.0 / CALLS_A_MINUTE as f64);
    let over = (took.as_secs_f64() / least.as_secs_f64() - 1.0) * 100.0;
    let _ = writeln!(
        std::io::stderr(),
        "{} rows in {took:.1?}: {sent} calls sent, {asked} asked, {} reads of a person's (p99 {p99:.1?}, slowest {:.1?}); the least is {least:.1?}: {over:+.1} %; {refused} refused",
        plan.counts().sent(),
        waited.len(),
        waited[waited.len() - 1],
    );
    assert!(refused <= 1, "{refused} calls were refused");
    assert_eq!(sent as u64, plan.batches(), "each batch left once");
    // Nobody knows at first how long the desk's jobs take: those of the beginning are asked about twice.
    let most = plan.batches() + plan.batches() / 20 + 24;
    assert!(asked as u64 <= most, "{asked} questions about {} batches", plan.batches());
    // Loose, since other tests run beside it; the figure above is what is meant.
    assert!(took < least.mul_f64(1.2) + Duration::from_secs(12), "{took:?} where {least:?} would do");
}
