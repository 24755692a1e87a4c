//! A bulk job whose program is killed (SIGKILL) at random points, again and again, before a desk that fails and loses
//! answers: resumed each time, it ends as if nothing had happened. Its size is `SHIFTDECK_KILL_ROWS` and
//! `SHIFTDECK_KILLS`; unset, one that CI has time for.

use std::{
    collections::HashMap,
    io::Write,
    process::{Child, Stdio},
    thread,
    time::{Duration, Instant},
};

use secrecy::SecretString;
use serde_json::{Map, Value, json};
use shiftdeck::{
    bulk::{Drafting, Plan, PlanId, PlannedRow, Resource, Verb},
    privacy::Seal,
};

use super::text;
use crate::harness::{Console, Desk, Home, command, run};

/// The chance behind the kills (splitmix64).
struct Chance(u64);

impl Chance {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % bound
    }
}

fn parameter(name: &str, usual: u64) -> u64 {
    std::env::var(name).ok().map_or(usual, |words| words.parse().expect("a number"))
}

/// Half of the rows make customers, half change some that are there; three in a hundred cannot work.
fn draft(home: &Home, desk: &Desk, rows: u64, customers: &[Value]) -> Plan {
    let host = desk.kustomer.split("://").nth(1).expect("a URL");
    let seal = Seal::under(&SecretString::from(desk.api_key.clone()), host).expect("a key");
    let folder = home.path().join("data").join("jobs");
    let now = jiff::Timestamp::now();
    let mut drafting =
        Drafting::begin(&folder, &seal, &desk.kustomer, PlanId::new(), Resource::Customers, "a test", now)
            .expect("begun");
    for number in 1..=rows {
        let known = customers.get(usize::try_from(number / 2).expect("small")).filter(|_| number % 2 == 0);
        let mut body = json!({ "name": format!("Row {number}") }).as_object().cloned().expect("an object");
        if number % 33 == 0 {
            body.insert("emails".into(), json!("no list"));
        }
        let row = PlannedRow {
            number,
            reference: format!("r{number}"),
            verb: if known.is_some() { Verb::Update } else { Verb::Create },
            id: known.map(|customer| text(&customer["id"])),
            external_id: None,
            body,
            before: Map::new(),
            masked: vec![],
            rev: known.and_then(|customer| customer["attributes"]["rev"].as_u64()),
        };
        drafting.row(row).expect("taken");
    }
    drafting.finish().expect("drafted")
}

fn resume(home: &Home, desk: &Desk, id: &str) -> Child {
    let mut resumed = command(home, Some(desk));
    resumed.args(["bulk", "resume", id, "--json"]);
    resumed.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("the program starts")
}

/// Kills a run after so long, unless it ended before; whether it had.
fn kill_after(mut child: Child, span: Duration) -> bool {
    let until = Instant::now() + span;
    while Instant::now() < until {
        if child.try_wait().expect("it can be asked").is_some() {
            return true;
        }
        thread::sleep(Duration::from_millis(5));
    }
    child.kill().expect("it can be killed");
    child.wait().expect("it ends");
    false
}

#[test]
fn a_job_killed_again_and_again_ends_as_if_it_had_not_been() {
    let (rows, kills) = (parameter("SHIFTDECK_KILL_ROWS", 600), parameter("SHIFTDECK_KILLS", 12));
    let scale = (rows / 2 + 20).to_string();
    let (desk, home) =
        (Desk::start(&["--scale", &scale, "--rate-limit", "100000/60", "--latency", "20..120"]), Home::new());
    let customers = desk.customers();
    let plan = draft(&home, &desk, rows, &customers);
    let id = plan.id().to_string();
    desk.fault("* /v1/customers/bulk reset-after p=0.1; * /v1/customers/bulk status=500 p=0.1; * /v1/customers/bulk reset-before p=0.05; GET /v1/bulk/** status=503 p=0.05");

    // The one yes it has: typed and pressed at a terminal. Then it is killed.
    let mut console = Console::start_with(&home, Some(&desk), &["bulk", "resume", &id], (120, 60));
    console.wait("the number of records, then a approves").wait("/v1/customers/bulk");
    assert_eq!(desk.effects(), Vec::<String>::new(), "nothing before a yes");
    for key in rows.to_string().chars().chain(['a']) {
        // As a person types: what comes in one go does not count on a card.
        thread::sleep(Duration::from_millis(450));
        console.at_once(&key.to_string());
    }
    console.wait("running: ");
    console.signal("KILL");
    // Its lock ends with it.
    console.exit_code();

    let mut chance = Chance(7);
    let (mut killed, began) = (1, Instant::now());
    while killed < kills {
        // Mostly in the midst of sending; now and then late enough for what is unclear to have been looked up.
        let most = if chance.below(8) == 0 { 7_000 } else { 1_400 };
        let span = Duration::from_millis(100 + chance.below(most));
        if kill_after(resume(&home, &desk, &id), span) {
            let shown = run(&home, Some(&desk), &["bulk", "show", &id, "--json"]);
            if String::from_utf8_lossy(&shown.stdout).contains("\"state\": \"ended\"") {
                break;
            }
            // It stood still for a reason of its own; the next one goes on.
            continue;
        }
        killed += 1;
    }
    let last = resume(&home, &desk, &id).wait().expect("it ends").code();
    let shown = run(&home, Some(&desk), &["bulk", "show", &id, "--json"]);
    let shown: Value = serde_json::from_slice(&shown.stdout).expect("one JSON document");
    assert_eq!((shown["state"].as_str(), shown["done"].as_u64()), (Some("ended"), Some(rows)), "{last:?} {shown:#}");
    let took = began.elapsed().as_secs_f64();
    let _ = writeln!(std::io::stderr(), "{rows} rows, {killed} kills, {took:.1} s, batches sent {}", sendings(&shown));

    desk.call("DELETE", "/__sandbox/faults", None);
    compare(&home, &desk, &plan, &customers);
    let audit = run(&home, Some(&desk), &["audit", "verify"]);
    assert_eq!(audit.status.code(), Some(0), "the trail holds");
}

/// How many batches left, counting those that left again.
fn sendings(shown: &Value) -> u64 {
    let batches = shown["batch_list"].as_array().map_or(&[][..], Vec::as_slice);
    batches.iter().filter_map(|batch| batch["sendings"].as_u64()).sum()
}

/// Holds the results the program tells against the desk's own records.
fn compare(home: &Home, desk: &Desk, plan: &Plan, before: &[Value]) {
    let out = run(home, Some(desk), &["bulk", "results", plan.id().as_str(), "-o", "-"]);
    let told: HashMap<String, (String, String, String)> = String::from_utf8_lossy(&out.stdout)
        .lines()
        .skip(1)
        .map(|line| {
            let cells: Vec<&str> = line.splitn(7, ',').collect();
            (cells[0].to_owned(), (cells[5].to_owned(), cells[3].to_owned(), cells[6].to_owned()))
        })
        .collect();
    assert_eq!(told.len() as u64, plan.counts().sent(), "a result for each row");
    let mut by_name: HashMap<String, Vec<Value>> = HashMap::new();
    let after = desk.customers();
    for customer in &after {
        by_name.entry(text(&customer["attributes"]["name"])).or_default().push(customer.clone());
    }
    let revs: HashMap<String, u64> = before
        .iter()
        .map(|customer| (text(&customer["id"]), customer["attributes"]["rev"].as_u64().expect("a revision")))
        .collect();
    let mut made = 0;
    for number in 1..=plan.counts().sent() {
        let (outcome, id, reason) = &told[&number.to_string()];
        let there = by_name.get(&format!("Row {number}")).map_or(&[][..], Vec::as_slice);
        // The desk has customers that are locked.
        if number % 33 == 0 || reason.contains("locked") {
            assert_eq!((outcome.as_str(), there.len()), ("failed", 0), "row {number}");
            continue;
        }
        let [record] = there else { panic!("row {number} ({outcome}) took effect {} times", there.len()) };
        assert_eq!(&text(&record["id"]), id, "row {number}");
        let rev = record["attributes"]["rev"].as_u64().expect("a revision");
        match outcome.as_str() {
            "created" => {
                made += 1;
                assert_eq!(rev, 1, "row {number}");
            }
            "updated" => assert_eq!(rev, revs[id] + 1, "row {number} was written once"),
            other => panic!("row {number} is told as {other}"),
        }
    }
    assert_eq!(after.len(), before.len() + made, "no customer more");
}
