//! Bad weather: random schedules of faults between the real client and the real simulated desk, over real HTTP. Whatever
//! strikes, every call ends, no approved write takes effect twice, and what the client says of a write is true in the
//! desk's own log.
//!
//! A schedule is its seed: the desk's people, the faults and the program follow from it. Client and desk share a clock
//! that runs as fast as they do, so pauses cost nothing. The limits of the desk are met here too, in good weather and with
//! the clock held.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    thread,
    time::Duration,
};

use secrecy::SecretString;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::{Receipt, WriteError, Writer};
use crate::{
    approval::{Approved, Author, Change, Decision, Desk, Press, Trail, Verdict},
    clock::{Clock, Hand},
    domain::{Channel, Conversation, ConversationId, Customer, CustomerId, KlassName, Text},
    kustomer::{
        changes::{self, CompanyLink, CustomerEdit, DraftParts, NewKobject, Recipients, Sending},
        reader::Reader,
    },
    sandbox::{self, Running},
    store::Store,
    transport::{Answer, ApiError, Call, Endpoint, ErrorKind, Lane, Method, Transport},
};

const SCHEDULES: u64 = 500;

/// Every fault a request can meet, with arguments it may have.
const FAULTS: [&str; 27] = [
    "delay=900",
    "429",
    "429=2",
    "429=70",
    "status=500",
    "status=502",
    "status=503",
    "reset-before",
    "reset-after",
    "cut",
    "html",
    "html=502",
    "malformed",
    "content-type",
    "429=2 dialect=epoch-ms",
    "429=2 dialect=delta",
    "429=2 dialect=retry-after",
    "429=2 dialect=retry-after-date",
    "429=2 dialect=none",
    "after-status=500",
    "after-status=503",
    "duplicate-keys",
    "wrong-types",
    "empty",
    "expired",
    "missing-role",
    "skew=3",
];
const METHODS: [&str; 4] = ["*", "GET", "POST", "PATCH"];
const PATHS: [&str; 4] = ["/v1/**", "/v1/customers/**", "/v1/conversations/**", "/v1/customers/*"];

/// How many writes ended in which way, over all schedules.
#[derive(Default)]
struct Tally {
    done: AtomicU64,
    reconciled: AtomicU64,
    refused: AtomicU64,
    unclear: AtomicU64,
    failed_reads: AtomicU64,
}

#[test]
fn no_weather_loses_or_doubles_a_write() {
    let (next, tally) = (AtomicU64::new(0), Tally::default());
    let workers = thread::available_parallelism().map_or(2, usize::from);
    thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| {
                let runtime =
                    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime starts");
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= SCHEDULES {
                        return;
                    }
                    runtime.block_on(async { Schedule::begin(seed).await.play(&tally).await });
                }
            });
        }
    });
    let Tally { done, reconciled, refused, unclear, failed_reads } = tally;
    let ways = [done, reconciled, refused, unclear, failed_reads].map(AtomicU64::into_inner);
    assert!(ways.iter().all(|count| *count > SCHEDULES / 20), "the weather was too good or too bad: {ways:?}");
}

/// Creations of one kind for one customer a minute (Kustomer API reference 5.1).
const CREATIONS: usize = 120;

#[tokio::test]
async fn too_many_creations_for_a_customer_wait_here_and_hold_up_nobody_else() {
    let calm = Schedule::calm(1).await;
    let [one, other] = calm.two_conversations();
    let note = |conversation: &Conversation, words: &str| {
        let change = changes::add_note(conversation, None, words, words).expect("a change");
        Box::pin(calm.writer.perform(approve(change, &calm.writer)))
    };
    for number in 0..CREATIONS {
        note(one, &format!("note {number}")).await.expect("within the budget");
    }
    let late = calm.passed_by(note(one, "one more"), note(other, "another's")).await;
    assert!(!late.reconciled);
    assert_eq!(calm.notes_answered(429).await, 0, "the desk did not have to refuse");
    assert_eq!(calm.notes_answered(201).await, CREATIONS + 2);
}

#[tokio::test]
async fn a_customer_whose_creations_somebody_else_used_up_holds_up_nobody_else() {
    let calm = Schedule::calm(2).await;
    let [one, other] = calm.two_conversations();
    let path = format!("/v1/conversations/{}/notes", one.id.as_str());
    for number in 0..CREATIONS {
        let body = json!({"body": format!("somebody else's {number}")}).to_string().into_bytes();
        let call = Call { method: Method::Post, body: Some(body), ..Call::get("steering", &*path, Lane::Person) };
        calm.steering.send(call).await.expect("within the budget");
    }
    // Written by hand: whom it is for stands in the path alone.
    let raw = changes::raw(Method::Post, &path, Some(json!({"body": "by hand"}))).expect("a change");
    let other = changes::add_note(other, None, "another's", "another's").expect("a change");
    let (raw, other) =
        (calm.writer.perform(approve(raw, &calm.writer)), calm.writer.perform(approve(other, &calm.writer)));
    calm.passed_by(Box::pin(raw), Box::pin(other)).await;
    assert!(calm.notes_answered(429).await > 0, "the desk's refusal was the first to say it");
    assert_eq!(calm.notes_answered(201).await, CREATIONS + 2, "taken once");
}

/// The chance behind a schedule (splitmix64).
struct Chance(u64);

impl Chance {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) % bound as u64) as usize
    }

    fn of<T: Copy>(&mut self, these: &[T]) -> T {
        these[self.below(these.len())]
    }

    /// One to three rules.
    fn weather(&mut self) -> String {
        let rule = |chance: &mut Self| {
            let (method, path, fault) = (chance.of(&METHODS), chance.of(&PATHS), chance.of(&FAULTS));
            let probability = chance.of(&["0.2", "0.5", "1"]);
            let times = chance.of(&["", " n=1", " n=2", " n=5"]);
            format!("{method} {path} {fault} p={probability}{times}")
        };
        (0..=self.below(3)).map(|_| rule(self)).collect::<Vec<_>>().join("; ")
    }
}

/// What the client said of a write in the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Said {
    Done,
    Refused,
    Unclear,
}

/// A write that was approved, as it stands in the desk's log.
struct Wrote {
    method: Method,
    path: String,
    digest: Option<String>,
    said: Said,
}

/// One schedule under way.
struct Schedule {
    seed: u64,
    chance: Chance,
    hand: Hand,
    reader: Reader,
    writer: Writer,
    /// Sees and steers the desk, past all faults.
    steering: Transport,
    customers: Vec<(Customer, CompanyLink, Vec<Conversation>)>,
    weather: String,
    _desk: Running,
    _folder: tempfile::TempDir,
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

/// What a person's yes makes of it.
fn approve(change: Change, writer: &Writer) -> Approved<Change> {
    let now = writer.reader.clock().elapsed();
    let second = |n| now + Duration::from_secs(n);
    let typed = Some(change.count());
    let mut desk = Desk::new().at(writer.trail.org());
    let id = desk.submit(change, Author::Person, Text::from("because"), second(0)).expect("proposed");
    desk.painted(id, second(1), true);
    let decided = desk.decide(id, Verdict::Approve { typed }, Press::from_terminal(second(2)), second(2));
    let Ok(Decision::Go(approved)) = decided else { unreachable!("{decided:?}") };
    approved
}

impl Schedule {
    /// A desk with its people, in the weather of this seed.
    async fn begin(seed: u64) -> Self {
        let mut schedule = Self::calm(seed).await;
        schedule.weather = schedule.chance.weather();
        let faults = json!({"spec": schedule.weather});
        schedule.steer(Method::Post, "/__sandbox/faults", Some(faults)).await;
        schedule
    }

    /// The same in good weather.
    async fn calm(seed: u64) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let (clock, hand) = Clock::by_hand("2025-03-04T12:00:00Z".parse().expect("valid"));
        let options = sandbox::Options { seed, customers: 3, clock: clock.clone(), ..sandbox::Options::default() };
        let desk = sandbox::start(options).await.expect("a desk starts");
        let ready = desk.ready();
        let key = || SecretString::from(ready.api_key.clone());
        let way = || Transport::new(Endpoint { base: ready.kustomer.clone(), key: key() }, clock.clone());
        let transport = way().expect("loopback is accepted");
        let trail = Trail::new(Store::open(folder.path()).expect("a new store opens"), clock.clone(), &ready.kustomer);
        let mut schedule = Self {
            seed,
            weather: String::new(),
            chance: Chance(seed),
            hand,
            reader: Reader::new(transport.clone(), clock.clone()),
            writer: Writer::new(transport, clock.clone(), trail),
            steering: way().expect("loopback is accepted"),
            customers: Vec::new(),
            _desk: desk,
            _folder: folder,
        };
        schedule.meet().await;
        schedule
    }

    async fn steer(&self, method: Method, path: &str, body: Option<Value>) -> Answer {
        let body = body.map(|body| body.to_string().into_bytes());
        let call = Call { method, body, ..Call::get("steering", path, Lane::Person) };
        flow(&self.hand, self.steering.send(call)).await.expect("the desk can be steered")
    }

    /// Reads the desk's people while the weather is still good.
    async fn meet(&mut self) {
        let listed = self.steer(Method::Get, "/v1/customers?pageSize=3", None).await.body;
        let ids = listed.pointer("/data").and_then(Value::as_array).expect("a list").iter();
        let ids: Vec<CustomerId> = ids.filter_map(|row| row.get("id")?.as_str()).map(CustomerId::new).collect();
        for id in ids {
            let met = async {
                let customer = self.reader.customer(&id).await?;
                let company = self.reader.company_link(&id).await?;
                Ok::<_, ApiError>((customer, company, self.reader.conversations_of(&id).await?))
            };
            let met = flow(&self.hand, met).await.expect("good weather");
            self.customers.push(met);
        }
    }

    async fn play(mut self, tally: &Tally) {
        let mut writes = Vec::new();
        for step in 0..2 + self.chance.below(4) {
            self.read(tally).await;
            if let Some(change) = self.wish(step) {
                writes.extend(self.write(change, tally).await);
            }
        }
        self.steer(Method::Delete, "/__sandbox/faults", None).await;
        self.check(&writes).await;
    }

    async fn read(&mut self, tally: &Tally) {
        let which = self.chance.below(self.customers.len());
        let (customer, _, conversations) = &self.customers[which];
        let conversation = conversations.first().map_or_else(|| ConversationId::new("none"), |known| known.id.clone());
        let reader = &self.reader;
        let question = self.chance.below(6);
        let asked = async {
            match question {
                0 => reader.me().await.map(drop),
                1 => reader.customer(&customer.id).await.map(drop),
                2 => reader.notes_of(&conversation).await.map(drop),
                3 => reader.open_conversations().await.map(drop),
                4 => reader.timeline(&customer.id).await.map(drop),
                _ => {
                    // Two who ask the same, and one who asks something else.
                    let (one, other) = (reader.conversation(&conversation), reader.conversation(&conversation));
                    let (one, other, _) = futures::join!(one, other, reader.drafts_of(&customer.id));
                    one.and(other).map(drop)
                }
            }
        };
        if let Err(error) = flow(&self.hand, Box::pin(asked)).await {
            tally.failed_reads.fetch_add(1, Ordering::Relaxed);
            assert_ne!(error.kind(), ErrorKind::Unclear, "{}: a read is never unclear", self.name());
        }
    }

    /// A write like no other in this schedule, so that the desk's log tells them apart.
    fn wish(&mut self, step: usize) -> Option<Change> {
        let which = self.chance.below(self.customers.len());
        let kind = self.chance.below(5);
        let (customer, company, conversations) = &self.customers[which];
        let words = format!("weather {} step {step}", self.seed);
        match kind {
            0 => changes::add_note(conversations.first()?, None, &words, &words).ok(),
            1 => changes::create_draft(DraftParts {
                customer: customer.id.clone(),
                customer_name: None,
                conversation: conversations.first().map(|known| known.id.clone()),
                channel: Channel::Chat,
                recipients: Recipients::default(),
                subject: None,
                body: words,
                sending: Sending::ByHand,
            })
            .ok(),
            2 => changes::update_customer(customer, company, vec![CustomerEdit::ExternalId(words)]).ok(),
            3 => changes::create_kobjects(
                &KlassName::new("service_outage"),
                vec![NewKobject {
                    reference: "row-1".to_owned(),
                    title: words.clone(),
                    external_id: Some(words),
                    customer: Some(customer.id.clone()),
                    custom: serde_json::Map::new(),
                }],
                Vec::new(),
            )
            .ok(),
            _ => changes::raw(
                Method::Post,
                "/v1/customers",
                Some(json!({"name": words, "externalId": words.replace(' ', "-")})),
            )
            .ok(),
        }
    }

    /// Approves and performs it.
    async fn write(&self, change: Change, tally: &Tally) -> Option<Wrote> {
        let request = change.requests().first()?.clone();
        let (said, count) = match flow(&self.hand, self.writer.perform(approve(change, &self.writer))).await {
            Ok(receipt) if receipt.reconciled => (Said::Done, &tally.reconciled),
            Ok(_) => (Said::Done, &tally.done),
            Err(WriteError::Refused(_)) => (Said::Refused, &tally.refused),
            Err(WriteError::Unclear { .. }) => (Said::Unclear, &tally.unclear),
            Err(error) => unreachable!("{}: {error}", self.name()),
        };
        count.fetch_add(1, Ordering::Relaxed);
        let hex = |bytes: Vec<u8>| Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect();
        Some(Wrote { method: request.method, path: request.path.clone(), digest: request.bytes().map(hex), said })
    }

    /// Compares what was said with what the desk's log holds.
    async fn check(&self, writes: &[Wrote]) {
        let log = self.steer(Method::Get, "/__sandbox/log", None).await.body;
        let log = log.get("requests").and_then(Value::as_array).expect("a log");
        for write in writes {
            let is_it = |entry: &&Value| {
                entry.get("method") == Some(&json!(write.method.as_str()))
                    && entry.get("path") == Some(&json!(write.path))
                    && entry.get("body_sha256").and_then(Value::as_str) == write.digest.as_deref()
            };
            let effects = log.iter().filter(is_it).filter(|entry| entry.get("effect") == Some(&json!(true))).count();
            let (name, Wrote { method, path, said, .. }) = (self.name(), write);
            let so = match said {
                Said::Done => effects == 1,
                Said::Refused => effects == 0,
                Said::Unclear => effects <= 1,
            };
            assert!(so, "{name}: {method} {path} ended as {said:?} and took effect {effects} times");
        }
    }

    /// Conversations of two customers.
    fn two_conversations(&self) -> [&Conversation; 2] {
        let mut firsts = self.customers.iter().filter_map(|(_, _, conversations)| conversations.first());
        [firsts.next(), firsts.next()].map(|first| first.expect("two customers with a conversation"))
    }

    /// Runs two writes: the second ends while the clock is held, the first one only when time passes.
    async fn passed_by<W>(&self, mut waits: W, goes: W) -> Receipt
    where
        W: Future<Output = Result<Receipt, WriteError>> + Unpin,
    {
        tokio::select! {
            biased;
            ended = &mut waits => unreachable!("it did not wait: {ended:?}"),
            ended = goes => drop(ended.expect("nothing is in its way")),
        }
        flow(&self.hand, waits).await.expect("taken in the end")
    }

    /// How many notes the desk answered so.
    async fn notes_answered(&self, status: u16) -> usize {
        let log = self.steer(Method::Get, "/__sandbox/log", None).await.body;
        let log = log.get("requests").and_then(Value::as_array).expect("a log").iter();
        let is_note = |entry: &&Value| {
            let path = entry.get("path").and_then(Value::as_str).unwrap_or_default();
            entry.get("method") == Some(&json!("POST")) && path.ends_with("/notes")
        };
        log.filter(is_note).filter(|entry| entry.get("status") == Some(&json!(status))).count()
    }

    fn name(&self) -> String {
        format!("schedule {} ({})", self.seed, self.weather)
    }
}
