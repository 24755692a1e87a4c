//! The engine before the real simulated desk, over real HTTP: whatever strikes, and wherever the program dies, each row takes
//! effect once, and what is said of it is true at the desk. Program and desk share a clock that runs as fast as they do.

mod paced;
mod previewed;

use std::time::Duration;

use secrecy::SecretString;
use serde_json::{Map, Value, json};

use super::*;
use crate::{
    approval::{Author, Decision, Desk, Press, Verdict},
    bulk::{Drafting, LeftOut, Outcome, PlannedRow, Resource, Verb},
    clock::Hand,
    domain::{KlassName, Text},
    kustomer::changes::{self, NewKobject},
    privacy::Seal,
    sandbox::{self, Running},
    store::Store,
    transport::{Call, Endpoint, Method, Transport},
};

/// The chance behind a schedule (splitmix64).
struct Chance(u64);

impl Chance {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % bound
    }
}

/// A desk, and a program before it.
struct Floor {
    engine: Engine,
    writer: Writer,
    /// Sees and steers the desk, past all faults.
    steering: Transport,
    hand: Hand,
    store: Store,
    desk: Running,
    folder: tempfile::TempDir,
}

/// Runs something to its end while time passes.
async fn flow<T>(hand: &Hand, what: impl Future<Output = T>) -> T {
    tokio::pin!(what);
    loop {
        tokio::select! {
            biased;
            ended = &mut what => return ended,
            () = tokio::task::yield_now() => hand.advance(Duration::from_millis(20)),
        }
    }
}

impl Floor {
    async fn open(customers: usize) -> Self {
        let (clock, hand) = Clock::by_hand("2026-11-28T12:00:00Z".parse().expect("valid"));
        let options = sandbox::Options { customers, clock, ..sandbox::Options::default() };
        Self::with(options, hand).await
    }

    async fn with(options: sandbox::Options, hand: Hand) -> Self {
        let clock = options.clock.clone();
        let desk = sandbox::start(options).await.expect("a desk starts");
        let ready = desk.ready();
        let key = || SecretString::from(ready.api_key.clone());
        let way = || Transport::new(Endpoint { base: ready.kustomer.clone(), key: key() }, clock.clone());
        let folder = tempfile::tempdir().expect("a folder");
        let store = Store::open(folder.path()).expect("a store opens").sealed_by(Seal::under(&key(), "desk"));
        let trail = Trail::new(store.clone(), clock.clone(), &ready.kustomer);
        let transport = way().expect("loopback is accepted");
        let reader = Reader::new(transport.clone(), clock.clone());
        let engine = Engine::new(&reader, trail.clone());
        let writer = Writer::new(transport, clock.clone(), trail);
        let steering = way().expect("loopback is accepted");
        Self { engine, writer, steering, hand, store, desk, folder }
    }

    /// The program anew, as after its death: other memory, the same disk.
    fn born_again(&mut self) {
        let ready = self.desk.ready();
        let key = || SecretString::from(ready.api_key.clone());
        let clock = self.engine.clock().clone();
        let store = Store::open(self.folder.path()).expect("a store opens").sealed_by(Seal::under(&key(), "desk"));
        let trail = Trail::new(store.clone(), clock.clone(), &ready.kustomer);
        let endpoint = Endpoint { base: ready.kustomer.clone(), key: key() };
        let transport = Transport::new(endpoint, clock.clone()).expect("loopback is accepted");
        self.engine = Engine::new(&Reader::new(transport, clock), trail);
        self.store = store;
    }

    async fn steer(&self, method: Method, path: &str, body: Option<Value>) -> Value {
        let body = body.map(|body| body.to_string().into_bytes());
        let call = Call { method, body, ..Call::get("steering", path, Lane::Person) };
        flow(&self.hand, self.steering.send(call)).await.expect("the desk answers").body
    }

    async fn weather(&self, spec: &str) {
        self.steer(Method::Post, "/__sandbox/faults", Some(json!({ "spec": spec }))).await;
    }

    async fn customers(&self) -> Vec<Value> {
        let listed = self.steer(Method::Get, "/v1/customers?pageSize=100", None).await;
        listed["data"].as_array().cloned().expect("a list")
    }

    fn draft(&self, resource: Resource) -> Drafting {
        let seal = self.store.seal().expect("a key");
        let (org, now) = (self.engine.trail.org(), self.engine.clock().now());
        Drafting::begin(&self.store.jobs_folder(), seal, org, PlanId::new(), resource, "a test", now).expect("begun")
    }

    fn approve(&self, change: Change) -> Approved<Change> {
        let now = self.engine.clock().elapsed();
        let second = |n| now + Duration::from_secs(n);
        let typed = Some(change.count());
        let mut desk = Desk::new().at(self.engine.trail.org());
        let id = desk.submit(change, Author::Person, Text::from("because"), second(0)).expect("proposed");
        // What deletes waits for a look at the desk.
        desk.stands(id, Ok(crate::approval::Scene::default()), second(0));
        desk.painted(id, second(1), true);
        let decided = desk.decide(id, Verdict::Approve { typed }, Press::from_terminal(second(2)), second(2));
        let Ok(Decision::Go(approved)) = decided else { unreachable!("{decided:?}") };
        approved
    }

    fn begin(&self, plan: &Plan, options: Options) -> Run {
        self.engine.begin(self.approve(plan.change()), plan, options).expect("begun")
    }

    async fn run(&self, plan: &Plan) -> JobState {
        flow(&self.hand, self.begin(plan, Options::default()).go()).await.expect("it runs")
    }

    fn events(&self) -> Vec<String> {
        self.engine.trail.newest(9).expect("read").into_iter().map(|entry| entry.event).collect()
    }
}

fn made(number: u64, name: &str) -> PlannedRow {
    PlannedRow {
        number,
        reference: format!("r{number}"),
        verb: Verb::Create,
        id: None,
        external_id: None,
        body: json!({ "name": name }).as_object().cloned().expect("an object"),
        before: Map::new(),
        masked: vec![],
        rev: None,
    }
}

fn changed(number: u64, customer: &Value, name: &str) -> PlannedRow {
    let text = |value: &Value| value.as_str().expect("text").to_owned();
    PlannedRow {
        number,
        reference: format!("r{number}"),
        verb: Verb::Update,
        id: Some(text(&customer["id"])),
        external_id: None,
        body: json!({ "name": name }).as_object().cloned().expect("an object"),
        before: json!({ "name": customer["attributes"]["name"] }).as_object().cloned().expect("an object"),
        masked: vec![],
        rev: customer["attributes"]["rev"].as_u64(),
    }
}

fn outcomes(plan: &Plan) -> Vec<(PlannedRow, Outcome)> {
    let mut all = Vec::new();
    plan.each(|row, outcome| {
        all.push((row, outcome));
        Ok(())
    })
    .expect("read");
    all
}

/// Rows of all kinds: customers made and changed, some of which cannot be, some of which moved.
async fn mixed(floor: &Floor, rows: u64) -> Plan {
    let customers = floor.customers().await;
    let mut drafting = floor.draft(Resource::Customers);
    for number in 1..=rows {
        let mut row = match customers.get(usize::try_from(number / 2).expect("small")).filter(|_| number % 2 == 0) {
            Some(customer) => changed(number, customer, &format!("Changed {number}")),
            None => made(number, &format!("Made {number}")),
        };
        if number % 33 == 0 {
            row.body.insert("emails".into(), json!("no list"));
        }
        if row.verb == Verb::Update && number % 20 == 0 {
            row.rev = row.rev.map(|rev| rev - 1);
        }
        drafting.row(row).expect("taken");
    }
    drafting.finish().expect("drafted")
}

/// Holds every outcome against the desk itself.
async fn check(floor: &Floor, plan: &Plan, what: &str) {
    floor.steer(Method::Delete, "/__sandbox/faults", None).await;
    let all = outcomes(plan);
    assert_eq!(all.len() as u64, plan.counts().sent(), "{what}: every row has its outcome");
    for (row, outcome) in &all {
        let path = match (&row.id, &row.external_id) {
            (Some(id), _) => format!("/v1/customers/{id}"),
            (None, external) => format!("/v1/customers/externalId={}", external.as_deref().expect("an id of ours")),
        };
        let call = Call::get("a look", path, Lane::Person);
        let there = flow(&floor.hand, floor.steering.send(call)).await.ok().map(|answer| answer.body["data"].clone());
        let there = there.unwrap_or_default();
        let has_it = there["attributes"]["name"] == row.body["name"];
        let name = format!("{what}: {row:?}: {outcome:?}");
        match (row.verb, outcome) {
            (Verb::Create, Outcome::Created { id }) => {
                assert!(has_it && there["id"] == id.as_str() && there["attributes"]["rev"] == 1, "{name}: {there}");
            }
            (Verb::Update, Outcome::Updated { .. }) => {
                let rev = row.rev.map(|rev| rev + 1);
                assert!(has_it && there["attributes"]["rev"].as_u64() == rev, "{name}: {there}");
            }
            (_, Outcome::Failed { .. } | Outcome::Moved { .. }) => {
                assert!(!has_it, "{name}");
                // The desk has customers of its own that are locked.
                let is_locked = outcome.reason().is_some_and(|reason| reason.contains("locked"));
                assert!(is_locked || row.number % 33 == 0 || row.number % 20 == 0, "{name}: nothing was wrong");
            }
            _ => unreachable!("{name}"),
        }
    }
}

#[tokio::test]
async fn every_row_has_the_outcome_the_desk_gave_it() {
    let floor = Floor::open(120).await;
    let plan = mixed(&floor, 230).await;
    assert_eq!(floor.run(&plan).await, JobState::Ended);
    check(&floor, &plan, "good weather").await;
    let snapshot = plan.snapshot().expect("read");
    let moved = outcomes(&plan).iter().filter(|(_, outcome)| matches!(outcome, Outcome::Moved { .. })).count() as u64;
    assert!(moved > 0 && snapshot.moved == moved && snapshot.failed > 0, "{snapshot:?}");
    assert_eq!(floor.events(), ["done", "approved"]);
    assert!(matches!(floor.engine.resume(&plan), Err(RunError::Over(JobState::Ended))));
}

#[tokio::test]
async fn no_weather_loses_a_row_or_does_it_twice() {
    let weathers = [
        "POST /v1/customers/bulk reset-after n=2",
        "PUT /v1/customers/bulk after-status=500 n=2",
        "* /v1/customers/bulk status=500 n=3",
        "* /v1/customers/bulk reset-before n=3",
        "* /v1/customers/bulk malformed n=2; GET /v1/bulk/** status=503 n=3",
        "* /v1/customers/bulk 429=2 n=3; GET /v1/bulk/** 429=1 n=2",
        "* /v1/customers/bulk cut n=2; GET /v1/bulk/** cut n=2",
    ];
    for weather in weathers {
        let floor = Floor::open(120).await;
        let plan = mixed(&floor, 230).await;
        floor.weather(weather).await;
        let mut state = floor.run(&plan).await;
        for _ in 0..5 {
            if state == JobState::Paused {
                let run = floor.engine.resume(&plan).expect("resumed");
                state = flow(&floor.hand, run.go()).await.expect("it runs");
            }
        }
        assert_eq!(state, JobState::Ended, "{weather}");
        check(&floor, &plan, weather).await;
    }
}

#[tokio::test]
async fn a_program_that_dies_anywhere_goes_on_as_if_it_had_not() {
    for seed in 0..10 {
        let mut chance = Chance(seed);
        let mut floor = Floor::open(120).await;
        let plan = mixed(&floor, 230).await;
        floor.weather("* /v1/customers/bulk reset-after p=0.2; * /v1/customers/bulk status=500 p=0.1").await;
        let mut run = Some(floor.begin(&plan, Options::default()));
        let mut deaths = 0;
        loop {
            let going = run.take().expect("begun or resumed").go();
            let steps = chance.below(400) * u64::from(deaths < 12) + u64::from(deaths >= 12) * u64::MAX / 2;
            let ended = tokio::select! {
                biased;
                ended = going => Some(ended.expect("it runs")),
                () = async { for _ in 0..steps { tokio::task::yield_now().await; floor.hand.advance(Duration::from_millis(20)); } } => None,
            };
            if ended == Some(JobState::Ended) {
                break;
            }
            deaths += 1;
            floor.born_again();
            assert_ne!(plan.state().expect("read"), JobState::Running, "its lock ended with it");
            run = Some(floor.engine.resume(&plan).expect("under the approval it had"));
        }
        check(&floor, &plan, &format!("seed {seed}, {deaths} deaths")).await;
        let approvals = floor.events().iter().filter(|event| *event == "approved").count();
        assert_eq!(approvals, 1, "seed {seed}");
    }
}

#[tokio::test]
async fn a_canary_goes_alone_and_a_pause_stands_until_somebody_resumes() {
    let floor = Floor::open(3).await;
    let mut drafting = floor.draft(Resource::Customers);
    (1..=350).for_each(|n| drafting.row(made(n, "Somebody")).expect("taken"));
    let plan = drafting.finish().expect("drafted");
    let state = flow(&floor.hand, floor.begin(&plan, Options { canary: true }).go()).await.expect("it runs");
    let snapshot = plan.snapshot().expect("read");
    assert_eq!((state, snapshot.worked, snapshot.batches), (JobState::Paused, 100, [3, 0, 1, 0]));
    assert!(snapshot.why.expect("said").contains("look at its rows"));
    let run = floor.engine.resume(&plan).expect("resumed");
    plan.wish(Wish::Pause).expect("written");
    assert!(matches!(floor.engine.resume(&plan), Err(RunError::Busy)), "one runner at a time");
    plan.wish(Wish::Pause).expect("written");
    assert_eq!(flow(&floor.hand, run.go()).await.expect("it runs"), JobState::Paused);
    assert_eq!(plan.snapshot().expect("read").worked, 100, "nothing was sent after the pause");
    let run = floor.engine.resume(&plan).expect("resumed");
    assert_eq!(flow(&floor.hand, run.go()).await.expect("it runs"), JobState::Ended);
    assert_eq!(plan.snapshot().expect("read").worked, 350);
}

#[tokio::test]
async fn what_is_cancelled_is_not_sent_and_its_approval_is_spent() {
    let floor = Floor::open(3).await;
    let mut drafting = floor.draft(Resource::Customers);
    (1..=250).for_each(|n| drafting.row(made(n, "Somebody")).expect("taken"));
    let plan = drafting.finish().expect("drafted");
    let state = flow(&floor.hand, floor.begin(&plan, Options { canary: true }).go()).await.expect("it runs");
    assert_eq!(state, JobState::Paused);
    let state = flow(&floor.hand, floor.engine.cancel(&plan)).await.expect("cancelled");
    let snapshot = plan.snapshot().expect("read");
    assert_eq!((state, snapshot.worked, snapshot.batches), (JobState::Cancelled, 100, [0, 0, 1, 2]));
    assert!(matches!(floor.engine.resume(&plan), Err(RunError::Over(JobState::Cancelled))));
    assert_eq!(floor.events(), ["done", "approved"]);
}

#[tokio::test]
async fn without_an_approval_of_exactly_this_plan_nothing_is_sent() {
    let floor = Floor::open(3).await;
    let draft = |name: &str| {
        let mut drafting = floor.draft(Resource::Customers);
        drafting.row(made(1, name)).expect("taken");
        drafting.finish().expect("drafted")
    };
    let (one, other) = (draft("Somebody"), draft("Somebody else"));
    assert!(matches!(floor.engine.resume(&one), Err(RunError::Trail(TrailError::NotApproved))));
    let refused = floor.engine.begin(floor.approve(one.change()), &other, Options::default());
    assert!(matches!(refused, Err(RunError::Trail(TrailError::Tampered))), "one plan's yes is not another's");
    let written = floor.writer.perform(floor.approve(one.change())).await;
    assert!(matches!(written, Err(WriteError::Trail(TrailError::Tampered))), "a writer knows no rows");
    let log = floor.steer(Method::Get, "/__sandbox/log", None).await.to_string();
    assert!(!log.contains("/bulk"), "{log}");
}

#[tokio::test]
async fn a_job_is_taken_back_and_its_failures_are_tried_again_as_plans_of_their_own() {
    let floor = Floor::open(40).await;
    let customers = floor.customers().await;
    let mut drafting = floor.draft(Resource::Customers);
    for (number, customer) in (1..).zip(&customers[..10]) {
        drafting.row(changed(number, customer, "Changed")).expect("taken");
    }
    drafting.row(made(11, "Made")).expect("taken");
    let mut wrong = made(12, "Wrong");
    wrong.body.insert("emails".into(), json!("no list"));
    drafting.row(wrong).expect("taken");
    drafting.left_out(13, "r13", LeftOut::Unchanged).expect("taken");
    let plan = drafting.finish().expect("drafted");
    let now = floor.engine.clock().now();
    assert!(plan.undo(&floor.store, now).is_err(), "it did not run yet");
    assert_eq!(floor.run(&plan).await, JobState::Ended);
    let retry = plan.retry(&floor.store, now).expect("one failed");
    assert_eq!((retry.counts().sent(), retry.follows()), (1, Some(plan.id())));
    let moved = format!("/v1/customers/{}", customers[0]["id"].as_str().expect("an id"));
    floor.steer(Method::Patch, &moved, Some(json!({"name": "By another"}))).await;
    let undo = plan.undo(&floor.store, now).expect("eleven rows");
    assert_eq!((undo.counts().update, undo.counts().delete), (10, 1));
    assert_eq!(floor.run(&undo).await, JobState::Ended);
    let snapshot = undo.snapshot().expect("read");
    assert_eq!((snapshot.worked, snapshot.moved), (10, 1), "what another changed since is left alone");
    let after = floor.customers().await;
    let name = |of: &[Value], n: usize| {
        of.iter().find(|c| c["id"] == customers[n]["id"]).map(|c| c["attributes"]["name"].clone())
    };
    assert_eq!(name(&after, 0), Some(json!("By another")));
    assert_eq!(name(&after, 5), name(&customers, 5));
}

#[tokio::test]
async fn a_bulk_change_with_its_requests_in_memory_runs_as_any_plan_does() {
    let floor = Floor::open(5).await;
    let row = |n: usize| NewKobject {
        reference: format!("TEN-{n}"),
        title: "EU-West".into(),
        external_id: Some(format!("sd-inc-{n}")),
        customer: None,
        custom: Map::new(),
    };
    let rows = (1..=150).map(row).collect();
    let change = changes::create_kobjects(&KlassName::new("service_outage"), rows, vec!["two unknown".into()]);
    let approved = floor.approve(change.expect("a change"));
    let receipt = floor.engine.perform(&floor.writer, approved).await.expect("begun");
    let id = receipt.jobs.first().expect("a job").to_string();
    flow(&floor.hand, floor.engine.settled()).await;
    let plan = floor.engine.plan(&id).expect("kept as a plan");
    let snapshot = plan.snapshot().expect("read");
    assert_eq!((snapshot.state, snapshot.worked, plan.batches()), (JobState::Ended, 150, 2));
    let job = crate::bulk::own_job(&floor.store, &id).expect("told like the desk's own");
    assert_eq!((job.batches_done, job.batches.iter().map(|batch| batch.succeeded).sum::<u64>()), (2, 150));
    assert_eq!(floor.events(), ["done", "approved"]);
    let mut csv = Vec::new();
    assert_eq!(plan.results(&mut csv, false).expect("written"), 150);
    assert!(String::from_utf8(csv).expect("text").contains("TEN-7,create,"));
}
