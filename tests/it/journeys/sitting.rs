//! One long sitting: a reader at a pseudo-terminal answers card after card, of every kind, from themselves and from the
//! assistant, in every way a card can be answered. What was approved is at the desk once, as it was approved; what was
//! not is nowhere; memory stays flat, and a key is a frame later on the screen.
//!
//! Thirty cards a run of the tests; the figures of the README come from
//! `SITTING=300 cargo test --release --test it journeys::sitting -- --nocapture`.

#![expect(clippy::print_stdout, reason = "a sitting prints its figures")]

use std::{
    collections::BTreeMap,
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    sync::{Arc, Mutex, PoisonError},
    thread,
    time::Duration,
};

use serde_json::{Value, json};

use super::{Top, text};
use crate::harness::{Console, Desk, Home, run};

/// Cards of a run that nobody asked to be longer: each kind and each answer comes up.
const CARDS: usize = 30;

/// What an answer waits before it counts, to tell a finger from a paste: no work of the console's.
const BURST: Duration = Duration::from_millis(15);

/// From when on memory is held to be flat.
const SETTLED: usize = 50;

/// What is put up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wish {
    Note,
    Draft,
    Send,
    Unmask,
    AssistantNote,
    AssistantDraft,
    AssistantUpdate,
    AssistantCreates,
    AssistantChanges,
    AssistantBulk,
    AssistantUnmask,
}

const WISHES: [Wish; 11] = [
    Wish::Note,
    Wish::AssistantCreates,
    Wish::Send,
    Wish::AssistantNote,
    Wish::Draft,
    Wish::AssistantUpdate,
    Wish::Unmask,
    Wish::AssistantBulk,
    Wish::AssistantDraft,
    Wish::AssistantChanges,
    Wish::AssistantUnmask,
];

impl Wish {
    fn is_assistants(self) -> bool {
        !matches!(self, Self::Note | Self::Draft | Self::Send | Self::Unmask)
    }

    fn has_words(self) -> bool {
        matches!(self, Self::Note | Self::Draft | Self::Send | Self::AssistantNote | Self::AssistantDraft)
    }
}

/// How it is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Answer {
    Approve,
    /// Words are edited first; where there are none, it is approved as it is.
    Edit,
    Refuse,
    LaterYes,
    /// Changes are asked for; a wish of one's own is refused.
    Changes,
    LaterNo,
    ApproveWithNote,
}

const ANSWERS: [Answer; 7] = [
    Answer::Approve,
    Answer::Edit,
    Answer::Refuse,
    Answer::LaterYes,
    Answer::Changes,
    Answer::ApproveWithNote,
    Answer::LaterNo,
];

impl Answer {
    fn is_yes(self) -> bool {
        matches!(self, Self::Approve | Self::Edit | Self::LaterYes | Self::ApproveWithNote)
    }
}

/// A model's endpoint that calls the tool it was told to call, once, and is content with any answer.
#[derive(Clone, Default)]
struct Obedient(Arc<Mutex<Value>>);

impl Obedient {
    fn serve(&self) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("bound");
        let model = self.clone();
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let model = model.clone();
                thread::spawn(move || model.answer(stream));
            }
        });
        format!("http://{address}/v1")
    }

    fn will_call(&self, tool: &str, arguments: &Value) {
        let call = json!({ "name": tool, "arguments": arguments.to_string() });
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = call;
    }

    fn answer(&self, mut stream: TcpStream) {
        let mut reader = BufReader::new(stream.try_clone().expect("a line"));
        let mut length = 0;
        loop {
            let mut line = String::new();
            if reader.read_line(&mut line).unwrap_or(0) == 0 {
                return;
            }
            if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                length = value.trim().parse().unwrap_or(0);
            }
            if line == "\r\n" {
                break;
            }
        }
        let mut body = vec![0; length];
        let _ = reader.read_exact(&mut body);
        let asked: Value = serde_json::from_slice(&body).unwrap_or_default();
        let last = asked["messages"].as_array().and_then(|all| all.last()).cloned().unwrap_or_default();
        let message = if last["role"] == "user" {
            let call = std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
            json!({ "role": "assistant", "content": null,
                    "tool_calls": [{ "id": "c1", "type": "function", "function": call }] })
        } else {
            json!({ "role": "assistant", "content": "Understood." })
        };
        let answer = json!({ "choices": [{ "message": message, "finish_reason": "stop" }] }).to_string();
        let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close\r\ncontent-length: ";
        let _ = write!(stream, "{head}{}\r\n\r\n{answer}", answer.len());
    }
}

/// A word for a number, without a digit: nothing takes it for anybody's.
fn word(n: usize) -> String {
    let letter = |place: u32| char::from(b'a' + (n / 26_usize.pow(place) % 26) as u8);
    format!("wish{}{}{}", letter(2), letter(1), letter(0))
}

/// The sitting: who reads what of whom, and what has to be at the desk in the end.
struct Sitting {
    desk: Desk,
    home: Home,
    console: Console,
    model: Obedient,
    top: Top,
    /// Customers the assistant's wishes are about: id and external id. It unmasks another one each time, since a wish that
    /// was refused does not come back.
    others: Vec<(String, String)>,
    /// A record the assistant changes.
    order: String,
    /// Words that have to be at the desk once, with where.
    approved: Vec<(Wish, String)>,
    refused: Vec<String>,
    /// `METHOD path` of what the desk has to have done, with how often.
    expected: BTreeMap<String, usize>,
    /// The last name that was approved.
    name: Option<String>,
    has_asked: bool,
    /// How many windows the assistant asked for.
    unmasked: usize,
    taken: Vec<Duration>,
}

impl Sitting {
    fn begin() -> Self {
        let (desk, home) = (Desk::start(&["--rate-limit", "1000000/1"]), Home::new());
        let top = Top::of(&desk);
        let others: Vec<(String, String)> = desk
            .customers()
            .into_iter()
            .map(|row| (text(&row["id"]), text(&row["attributes"]["externalId"])))
            .filter(|(id, external)| *id != top.customer && !external.is_empty())
            .collect();
        let order = json!({ "title": "An order to be changed", "externalId": "sitting" });
        let (status, made) = desk.call("POST", &format!("/v1/customers/{}/klasses/order", others[0].0), Some(order));
        assert!(status < 300, "{made}");
        let model = Obedient::default();
        let base = model.serve();
        let more = [("OPENAI_BASE_URL", base), ("OPENAI_MODEL", "obedient".to_owned())];
        let mut console = Console::start_where(&home, Some(&desk), &more);
        console.wait("SANDBOX").wait(&top.subject).press("<enter>").wait("Timeline").wait("****");
        Self {
            order: text(&made["data"]["id"]),
            desk,
            home,
            console,
            model,
            top,
            others,
            approved: Vec::new(),
            refused: Vec::new(),
            expected: BTreeMap::new(),
            name: None,
            has_asked: false,
            unmasked: 0,
            taken: Vec::new(),
        }
    }

    /// Puts one up; what the desk will do for it. Words that were refused before are kept in the composer: they are cleared.
    fn put_up(&mut self, wish: Wish, words: &str) -> String {
        let Top { conversation, customer, .. } = &self.top;
        let (other, _) = &self.others[0];
        let console = &mut self.console;
        match wish {
            Wish::Note => drop(console.press("n").wait("/10240").press("<c-w>").type_text(words).press("<enter>")),
            Wish::Send => drop(console.press("R").wait("Reply ·").press("<c-w>").type_text(words).press("<c-s>")),
            Wish::Draft => {
                console
                    .press("R")
                    .wait("Reply ·")
                    .press("<c-w>")
                    .type_text(words)
                    .press("<c-g>")
                    .wait("When it leaves");
                console.type_text("draft").press("<enter>").wait("stays a draft").press("<c-s>");
            }
            Wish::Unmask => drop(console.press("U").wait("unmask, because").type_text(words).press("<enter>")),
            _ => {
                let (tool, arguments) = self.call(wish, words);
                self.model.will_call(tool, &arguments);
                // The first time one is typing at once.
                let keys = if self.has_asked { "7i" } else { "7" };
                self.has_asked = true;
                self.console.press(keys).wait("ask something").type_text("go").press("<enter>");
            }
        }
        match wish {
            Wish::Note | Wish::AssistantNote => format!("POST /v1/conversations/{conversation}/notes"),
            Wish::Send | Wish::Draft | Wish::AssistantDraft => format!("POST /v1/customers/{customer}/drafts"),
            Wish::Unmask => format!("POST /v1/customers/{customer}/unmasking-windows"),
            Wish::AssistantUnmask => {
                self.unmasked += 1;
                format!("POST /v1/customers/{}/unmasking-windows", self.others[self.unmasked].0)
            }
            Wish::AssistantUpdate => format!("PATCH /v1/customers/{other}"),
            Wish::AssistantCreates => format!("POST /v1/customers/{other}/klasses/order"),
            Wish::AssistantChanges => format!("PUT /v1/klasses/order/{}", self.order),
            Wish::AssistantBulk => "POST /v1/klasses/service_outage/bulk".to_owned(),
        }
    }

    /// The call the model makes for a wish.
    fn call(&self, wish: Wish, words: &str) -> (&'static str, Value) {
        let (other, _) = &self.others[0];
        let external: Vec<&str> = self.others[..2].iter().map(|(_, external)| external.as_str()).collect();
        match wish {
            Wish::AssistantNote => {
                ("conversation_add_note", json!({ "conversation_id": self.top.conversation, "body": words }))
            }
            Wish::AssistantDraft => {
                let parts = json!({ "customer_id": self.top.customer, "conversation_id": self.top.conversation, "body": words });
                ("draft_chat", parts)
            }
            Wish::AssistantUpdate => ("customer_update", json!({ "customer_id": other, "name": words })),
            Wish::AssistantCreates => {
                ("kobject_create", json!({ "klass": "order", "title": words, "customer_id": other }))
            }
            Wish::AssistantChanges => {
                ("kobject_update", json!({ "klass": "order", "kobject_id": self.order, "description": words }))
            }
            Wish::AssistantBulk => {
                let parts = json!({ "klass": "service_outage", "customer_external_ids": external, "title": words });
                ("kobject_bulk_create", parts)
            }
            _ => ("customer_unmask", json!({ "customer_id": self.others[self.unmasked + 1].0, "reason": words })),
        }
    }

    /// Reads the card in front and gives this answer; whether that was a yes.
    fn answer(&mut self, wish: Wish, answer: Answer) {
        self.console.wait("Approval").wait(if wish == Wish::AssistantBulk { "number of records" } else { "approve" });
        match answer {
            Answer::Edit if wish.has_words() => {
                self.key("e");
                self.console.wait("use this text").type_text(" mended").press("<c-s>").wait("a approve");
                self.approve(wish);
            }
            Answer::ApproveWithNote if wish.is_assistants() => {
                self.key("n");
                self.console.wait("Tell the author").type_text("as agreed").press("<enter>").gone("Tell the author");
                self.approve(wish);
            }
            Answer::Approve | Answer::Edit | Answer::ApproveWithNote => self.approve(wish),
            Answer::Changes if wish.is_assistants() => {
                self.key("c");
                self.console.wait("What is to be different?").type_text("say it otherwise").press("<enter>");
            }
            Answer::Refuse | Answer::Changes => self.refuse(),
            Answer::LaterYes | Answer::LaterNo => {
                self.key("d");
                self.console.wait("Put it off for how many minutes?").press("<enter>").gone("Approval");
                // By a key that is no text anywhere.
                self.console.at_once("\x1bw").wait("Waiting for a yes: 1").press("<enter>").wait("Approval");
                if answer == Answer::LaterYes { self.approve(wish) } else { self.refuse() }
            }
        }
        self.console.gone("Approval");
    }

    fn approve(&mut self, wish: Wish) {
        self.console.press("G");
        if wish == Wish::AssistantBulk {
            self.console.press("2");
        }
        self.key("a");
    }

    fn refuse(&mut self) {
        self.key("x");
        self.console.wait("Why not?").type_text("not now").press("<enter>");
    }

    /// A key that answers, and how long its frame took.
    fn key(&mut self, key: &str) {
        let taken = self.console.timed(key);
        self.taken.push(taken);
    }

    /// One card, from the wish to what came of it.
    fn card(&mut self, n: usize) {
        let (wish, answer) = (WISHES[n % WISHES.len()], ANSWERS[n % ANSWERS.len()]);
        let words = word(n);
        let effect = self.put_up(wish, &words);
        self.answer(wish, answer);
        if answer.is_yes() {
            *self.expected.entry(effect).or_default() += 1;
            self.settle();
            if wish == Wish::AssistantUpdate {
                self.name = Some(words.clone());
            }
            let is_edited = answer == Answer::Edit && wish.has_words();
            self.approved.push((wish, if is_edited { format!("{words} mended") } else { words }));
        } else {
            self.refused.push(words);
        }
        if wish.is_assistants() {
            self.console.gone("7 Assistant …").press("3").wait("Timeline");
        }
        if wish == Wish::Unmask && answer.is_yes() {
            self.console.wait(&self.top.phone).press("c").gone(&self.top.phone);
            let closed = format!("DELETE /v1/customers/{}/unmasking-windows", self.top.customer);
            *self.expected.entry(closed).or_default() += 1;
        }
    }

    /// Waits until the desk has done what was approved so far; never more than that.
    fn settle(&mut self) {
        let wanted: usize = self.expected.values().sum();
        let desk = &self.desk;
        self.console.wait_until("the desk to have done it", |_| desk.effects().len() >= wanted);
    }

    /// No slip: the desk did what was approved, once, and nothing else; what was opened is closed.
    fn assert_no_slip(&mut self) {
        for (other, _) in &self.others[1..] {
            let opened = self.expected.get(&format!("POST /v1/customers/{other}/unmasking-windows"));
            if let Some(times) = opened.copied() {
                self.expected.insert(format!("DELETE /v1/customers/{other}/unmasking-windows"), times);
            }
        }
        let mut done: BTreeMap<String, usize> = BTreeMap::new();
        for effect in self.desk.effects() {
            *done.entry(effect).or_default() += 1;
        }
        assert_eq!(done, self.expected);
        // Bulk jobs are worked off by the desk's own time.
        self.desk.call("POST", "/__sandbox/clock", Some(json!({ "advance_ms": 60_000 })));
        let held = self.held();
        for (wish, words) in &self.approved {
            let wanted = match wish {
                // It stands in no record of its own, or the next one took its place.
                Wish::Unmask | Wish::AssistantUnmask | Wish::AssistantUpdate | Wish::AssistantChanges => continue,
                Wish::AssistantBulk => 2,
                _ => 1,
            };
            let times = held.iter().filter(|said| *said == words).count();
            assert_eq!(times, wanted, "{wish:?} {words:?} at the desk");
        }
        for words in &self.refused {
            assert!(held.iter().all(|said| !said.contains(words)), "{words:?} was not approved");
        }
        let verified = run(&self.home, None, &["audit", "verify"]);
        assert!(verified.status.success(), "{}", String::from_utf8_lossy(&verified.stdout));
    }

    /// All words at the desk that a wish may have left there.
    fn held(&self) -> Vec<String> {
        let Top { conversation, customer, .. } = &self.top;
        let mut held = Vec::new();
        for (path, field) in [
            (format!("/v1/conversations/{conversation}/notes"), "body"),
            (format!("/v1/customers/{customer}/drafts"), "body"),
            (format!("/v1/conversations/{conversation}/messages"), "preview"),
            ("/v1/klasses/order".to_owned(), "title"),
            ("/v1/klasses/service_outage".to_owned(), "title"),
        ] {
            for page in 1.. {
                let found = self.desk.get(&format!("{path}?pageSize=100&page={page}"));
                held.extend(found["data"].as_array().into_iter().flatten().map(|row| text(&row["attributes"][field])));
                if found["links"]["next"].is_null() {
                    break;
                }
            }
        }
        let order = self.desk.get(&format!("/v1/klasses/order/{}", self.order));
        held.push(text(&order["data"]["attributes"]["description"]));
        let changed = self.desk.get(&format!("/v1/customers/{}", self.others[0].0));
        held.push(text(&changed["data"]["attributes"]["displayName"]));
        held
    }
}

#[test]
fn every_card_of_a_long_sitting_does_what_was_answered_and_nothing_else() {
    let asked = std::env::var("SITTING").ok().and_then(|count| count.parse().ok());
    let cards: usize = asked.unwrap_or(CARDS);
    let mut sitting = Sitting::begin();
    let mut settled = None;
    for n in 0..cards {
        sitting.card(n);
        if n + 1 == SETTLED {
            settled = Some(sitting.console.memory());
        }
    }
    let memory = sitting.console.memory();
    sitting.console.press("q");
    assert_eq!(sitting.console.exit_code(), 0);
    sitting.assert_no_slip();
    if let Some(name) = &sitting.name {
        assert!(sitting.held().contains(name), "the last name that was approved");
    }

    let mut own: Vec<Duration> = sitting.taken.iter().map(|taken| taken.saturating_sub(BURST)).collect();
    own.sort_unstable();
    let at = |share: usize| own[(own.len() * share / 100).min(own.len() - 1)];
    let approved = sitting.approved.len();
    println!(
        "{cards} cards, {approved} approved, {} not: key to frame p50 {:.1?}, p99 {:.1?}, slowest {:.1?} of {} keys \
         (besides the {BURST:?} an answer waits for a second key); memory {} MB after {SETTLED}, {} MB at the end",
        sitting.refused.len(),
        at(50),
        at(99),
        at(100),
        own.len(),
        settled.map_or("-".to_owned(), |kb: u64| (kb / 1024).to_string()),
        memory / 1024,
    );
    // An unoptimised console on a machine that builds beside it says nothing of the one people use.
    assert!(cfg!(debug_assertions) || at(50) < Duration::from_millis(20), "the console's own handling of a key");
    if let Some(settled) = settled {
        assert!(memory <= settled + settled / 4, "memory grew from {settled} to {memory} kB");
    }
}
