//! Whole dialogues against the simulated desk and its scripted model.

mod figures;

use std::collections::VecDeque;

use secrecy::SecretString;
use serde_json::Value;

use super::*;
use crate::tools;
use crate::{
    approval::{Author, Decision, Desk, Press, Trail, Verdict},
    assistant::{Act, Entry, Ledger, ModelConfig, ModelError, ModelErrorKind, Notice, Standing, Turn, window},
    clock::Clock,
    config::{Access, Budget, Spending},
    domain::{Conversation, Customer},
    kustomer::{Reader, Writer, search},
    sandbox,
    store::Store,
    tools::Kit,
    transport::{Endpoint, Lane, Transport},
};

/// One request to the model: its bytes, and the calls whose answers were in it with theirs.
struct Asked {
    pub bytes: usize,
    pub answers: Vec<(CallId, usize)>,
}

impl Asked {
    fn of(messages: &[Message], tools: &[Value]) -> Self {
        let wire: Vec<Value> = messages.iter().map(window::wire).collect();
        let bytes = serde_json::json!({"messages": wire, "tools": tools}).to_string().len();
        let size = |value: &Value| Value::from(value.to_string()).to_string().len();
        let answers = messages.iter().filter_map(|message| match message {
            Message::Answer { call, value } => Some((*call, size(value))),
            Message::System(_) | Message::Person(_) | Message::Model { .. } => None,
        });
        Self { bytes, answers: answers.collect() }
    }
}

/// A simulated desk with its scripted model, and everything a loop needs.
struct Floor {
    _running: sandbox::Running,
    _folder: tempfile::TempDir,
    model: Model,
    writer: Writer,
    approvals: Desk,
    pub cx: Cx,
    pub open: Option<(Conversation, Customer)>,
    /// What the model was sent, message by message.
    sent: String,
    /// Every request to the model.
    pub asked: Vec<Asked>,
    /// When the last card was answered.
    pressed: Duration,
    /// Whether every tool goes with every request, as in a loop without a kit.
    pub all_tools: bool,
    /// What stood on the cards to know first.
    warned: Vec<String>,
}

impl Floor {
    pub async fn new() -> Self {
        Self::spending(Spending::default()).await
    }

    /// One whose model may take so much.
    async fn spending(spending: Spending) -> Self {
        let clock = Clock::real();
        let running = sandbox::start(sandbox::Options::default()).await.expect("a desk");
        let ready = running.ready().clone();
        let key = SecretString::from(ready.api_key);
        let endpoint = Endpoint { base: ready.kustomer.clone(), key: key.clone() };
        let transport = Transport::new(endpoint, clock.clone()).expect("a transport");
        let folder = tempfile::tempdir().expect("a folder");
        let store = Store::open(folder.path()).expect("a store");
        let trail = Trail::new(store.clone(), clock.clone(), &ready.kustomer);
        let reader = Reader::new(transport.clone(), clock.clone());
        let access = Access::default();
        let config = ModelConfig { base: ready.openai, key, model: "shiftdeck-scripted".into(), access };
        let ledger = Ledger::new(store.clone(), clock.clone(), jiff::tz::TimeZone::UTC, spending);
        let model = Model::new(&config, clock.clone(), ledger).expect("a model");
        let first = reader.open_conversations().await.expect("a queue").rows.into_iter().next().expect("a row");
        let customer = reader.customer(first.customer.as_ref().expect("its customer")).await.expect("a customer");
        let cx = Cx {
            reader: reader.with_lane(Lane::Assistant),
            vault: Vault::new(),
            clock: clock.clone(),
            store,
            org: ready.kustomer,
            conversation: Some(first.id.clone()),
            turn: "t1".into(),
            kit: Kit::new(),
        };
        let writer = Writer::new(transport, clock, trail);
        let open = Some((first, customer));
        Self {
            _running: running,
            _folder: folder,
            model,
            writer,
            approvals: Desk::new().at(&cx.org),
            cx,
            open,
            sent: String::new(),
            asked: Vec::new(),
            pressed: Duration::ZERO,
            all_tools: false,
            warned: Vec::new(),
        }
    }

    /// One question to its end; every card gets this verdict.
    pub async fn ask(&mut self, turn: &mut Turn, words: &str, verdict: &Verdict) {
        let open = self.open.as_ref().map(|(conversation, customer)| (conversation, Some(customer)));
        let context = Context::new(&self.cx.vault, open, &Text::from("Lead"), self.cx.clock.now());
        let mut acts = VecDeque::from(turn.handle(ask(&self.cx.vault, words, context)));
        while let Some(act) = acts.pop_front() {
            match act {
                Act::CallModel { round, messages } => {
                    self.sent = format!("{messages:?}");
                    let all = || tools::all().iter().map(|tool| tool.wire()).collect::<Vec<_>>();
                    let tools = if self.all_tools { all() } else { self.cx.kit.wire() };
                    self.asked.push(Asked::of(&messages, &tools));
                    let mut said = if self.all_tools {
                        self.model.answer(&messages, &tools).map(move |said| Event::Model(round, said)).boxed()
                    } else {
                        call_model(&self.model, round, &messages, &self.cx).boxed()
                    };
                    while let Some(event) = said.next().await {
                        acts.extend(turn.handle(event));
                    }
                }
                Act::RunTool(call) => {
                    let (sent, ran) = run_tool(call, &self.cx).await;
                    acts.extend(turn.handle(sent));
                    let event = match ran {
                        Ran::Event(event) => event,
                        Ran::Propose { call, change, reason } => {
                            let change = turn.marked(call, *change);
                            self.decide(turn, (call, change, reason), verdict.clone()).await
                        }
                    };
                    acts.extend(turn.handle(event));
                }
                Act::Withdraw(proposal) => drop(self.approvals.withdraw(proposal)),
            }
        }
    }

    async fn decide(&mut self, turn: &mut Turn, wish: (CallId, Change, Text), verdict: Verdict) -> Event {
        let (call, change, reason) = wish;
        self.warned.extend(change.warnings().iter().cloned());
        let tool = turn.call(call).expect("the call is known").name.raw().to_owned();
        let now = self.cx.clock.elapsed().max(self.pressed);
        let author = Author::Assistant { model: self.model.name().into() };
        let verdict = match verdict {
            Verdict::Approve { .. } => Verdict::Approve { typed: Some(change.count()) },
            no @ (Verdict::Refuse { .. } | Verdict::Change { .. }) => no,
        };
        let id = match self.approvals.submit(change, author, reason, now) {
            Ok(id) => id,
            Err(no) => return denied(call, &no, &self.cx.vault),
        };
        turn.handle(Event::Call(call, Step::Proposed(id)));
        self.approvals.painted(id, now, true);
        // Fingers rest between two cards.
        self.pressed = now + crate::approval::CALM;
        let press = Press::from_terminal(self.pressed);
        match self.approvals.decide(id, verdict, press, self.pressed).expect("the card was painted") {
            Decision::First(_) | Decision::Canary(_) => unreachable!("no policy and no vigilance here"),
            Decision::Refused(refusal) => refused(call, &refusal, &self.cx.vault),
            Decision::Go(approved) => {
                turn.handle(Event::Call(call, Step::Performing));
                let change = approved.change().clone();
                match self.writer.perform(approved).await {
                    Ok(receipt) => {
                        done(Performed { call, tool: &tool, change: &change, receipt: &receipt }, &self.cx).await
                    }
                    Err(error) => not_done(call, &error, &self.cx.vault),
                }
            }
        }
    }
}

fn calls(turn: &Turn) -> Vec<(String, &'static str)> {
    let name = |entry: &Entry| match entry {
        Entry::Call(call) => Some((call.name.raw().to_owned(), call.state.word())),
        Entry::Person(_) | Entry::Model(_) | Entry::Notice(_) => None,
    };
    turn.entries().iter().filter_map(name).collect()
}

const BILLED: &str = "This customer says they were billed twice. Find them by their e-mail domain, unmask their phone \
                      number, check their last three conversations and the billing id, and leave a private note with \
                      a summary.";

#[tokio::test]
async fn a_double_billing_is_worked_to_a_note_and_the_model_never_sees_a_value() {
    let mut floor = Floor::new().await;
    let mut turn = Turn::new();
    floor.ask(&mut turn, BILLED, &Verdict::Approve { typed: None }).await;
    let names: Vec<String> = calls(&turn).into_iter().map(|(name, state)| format!("{name} {state}")).collect();
    assert_eq!(
        names,
        [
            "customer_search done",
            "customer_unmask done",
            "customer_get done",
            "conversation_list done",
            "conversation_get done",
            "conversation_get done",
            "conversation_get done",
            "conversation_add_note done"
        ],
        "{:?}",
        turn.entries()
    );
    let customer = floor.open.as_ref().map(|(_, customer)| customer.id.clone()).expect("somebody is on screen");
    let customer = floor.cx.reader.customer(&customer).await.expect("the customer");
    let clear: Vec<&str> = customer
        .contacts
        .iter()
        .filter_map(|contact| contact.value.clear())
        .map(crate::domain::Revealed::expose)
        .collect();
    assert!(!clear.is_empty(), "the window is open");
    for value in &clear {
        assert!(!floor.sent.contains(*value), "a value in the clear was sent to the model");
    }
    assert!(floor.sent.contains("⟦phone:"));
    let of_them =
        |warning: &&String| warning.starts_with("repeats words of ") && warning.ends_with(" of this customer");
    assert!(floor.warned.iter().any(|warning| of_them(&warning)), "{:?}", floor.warned);
    assert!(floor.warned.iter().all(|warning| !warning.contains("not read")), "{:?}", floor.warned);
    let said = turn.sources(turn.entries().len() - 1);
    assert!(said.len() >= 3 && said.iter().all(|source| source.standing == Standing::Read), "{said:?}");
    let sent =
        turn.entries().iter().filter_map(|entry| if let Entry::Call(call) = entry { Some(&call.sent) } else { None });
    assert!(sent.clone().all(|sent| !sent.is_empty()), "each call says what it asked");
    let sent: String = sent.flatten().map(String::as_str).collect();
    assert!(clear.iter().all(|value| !sent.contains(value)) && sent.contains("⟦phone:"), "{sent}");
}

#[tokio::test]
async fn a_refusal_reaches_the_model_and_nothing_is_done() {
    let mut floor = Floor::new().await;
    let mut turn = Turn::new();
    floor.ask(&mut turn, BILLED, &Verdict::Refuse { reason: "not without a call back".into() }).await;
    assert_eq!(
        calls(&turn),
        [("customer_search".to_owned(), "done"), ("customer_unmask".to_owned(), "refused")],
        "{:?}",
        turn.entries()
    );
    let told = turn.entries().iter().find_map(|entry| match entry {
        Entry::Call(call) if call.name.raw() == "customer_unmask" => call.result.clone(),
        Entry::Call(_) | Entry::Person(_) | Entry::Model(_) | Entry::Notice(_) => None,
    });
    let expected: Value = serde_json::json!({"status": "refused", "reason": "not without a call back"});
    assert_eq!(told, Some(expected));
}

#[tokio::test]
async fn a_turn_that_used_its_budget_up_ends_with_that_reason_and_the_next_one_has_its_own() {
    let budget = Budget { turn_tokens: Some(8_000), ..Budget::default() };
    let shift_starts = vec![jiff::civil::Time::midnight()];
    let mut floor = Floor::spending(Spending { budget, shift_starts, ..Spending::default() }).await;
    let mut turn = Turn::new();
    floor.ask(&mut turn, BILLED, &Verdict::Approve { typed: None }).await;
    let is_why = |entry: &Entry| {
        let used_up = ModelError::new(ModelErrorKind::TurnBudget);
        matches!(entry, Entry::Notice(Notice::Failed(why)) if *why == used_up)
    };
    assert!(!turn.is_running() && turn.entries().last().is_some_and(is_why), "{:?}", turn.entries());
    let done = calls(&turn);
    assert!(!done.is_empty() && done.iter().all(|(name, _)| name != "conversation_add_note"), "{done:?}");
    let mut next = Turn::new();
    floor.model = floor.model.for_turn("t2");
    floor.ask(&mut next, BILLED, &Verdict::Refuse { reason: "no".into() }).await;
    assert!(!calls(&next).is_empty(), "{:?}", next.entries());
}

#[tokio::test]
async fn what_a_person_let_one_endpoint_see_is_a_placeholder_to_another() {
    let mut floor = Floor::new().await;
    let customer = floor.open.as_ref().map(|(_, customer)| customer.id.clone()).expect("somebody is on screen");
    let log = format!("{}/__sandbox/model/log", floor.cx.org);
    let (shown, hidden) = ("+49 155 5000 1122", "+49 155 5000 1133");
    for (value, endpoint) in [(hidden, "http://elsewhere/v1".to_owned()), (shown, floor.model.endpoint().to_owned())] {
        let vault = Vault::new().for_model_at(&endpoint);
        let name = vault.place("phone", &crate::domain::Revealed::new(value), Some(&customer));
        vault.disclose([name]);
        floor.cx.vault = vault;
        floor.ask(&mut Turn::new(), &format!("Is {value} theirs?"), &Verdict::Refuse { reason: "no".into() }).await;
    }
    let client = reqwest::Client::builder().no_proxy().build().expect("a client");
    let sent = client.get(log).send().await.expect("an answer").text().await.expect("words");
    assert!(sent.contains(shown) && !sent.contains(hidden), "{sent}");
}

const OUTAGE: &str = "We have an active incident affecting our EU-West cluster. Take this JSON list of affected tenant \
                      IDs, map them to Kustomer external IDs, and bulk create 'service_outage' custom objects for all \
                      of them. Once initiated, monitor the bulk operation until it finishes and alert me if any \
                      batches fail.";

/// External ids of tenants in the region of the incident.
async fn tenants(cx: &Cx) -> Vec<String> {
    let zone = jiff::tz::TimeZone::UTC;
    let scope = search::Scope::bare(&search::Context::Customer, cx.clock.now(), &zone);
    let query = search::Query::parse("tenantRegionStr:eu-west", &scope).expect("a query");
    let page = cx.reader.search_customers(&query, 30).await.expect("tenants");
    page.rows.into_iter().filter_map(|customer| customer.external_id).map(|id| id.raw().to_owned()).collect()
}

#[tokio::test]
async fn an_outage_becomes_one_job_that_is_watched_to_its_end() {
    let mut floor = Floor::new().await;
    let mut ids = tenants(&floor.cx).await;
    let known = ids.len();
    ids.push("TEN-00000".to_owned());
    assert!(known > 10, "the seeded org has tenants in the region");
    let words = format!("{OUTAGE} {}", serde_json::json!(ids));
    let mut turn = Turn::new();
    floor.ask(&mut turn, &words, &Verdict::Approve { typed: None }).await;
    let mut names = calls(&turn);
    assert!(names.iter().any(|(name, _)| name == "tool_search"), "what is not resident is looked for");
    names.retain(|(name, _)| name != "tool_search");
    names.dedup();
    let expected = ["customer_resolve", "kobject_bulk_create", "bulk_status"].map(|name| (name.to_owned(), "done"));
    let tail = &names[names.len().saturating_sub(3)..];
    assert_eq!(tail, expected, "{:?}", turn.entries());
    let job = turn.entries().iter().rev().find_map(|entry| match entry {
        Entry::Call(call) => call.result.clone(),
        Entry::Person(_) | Entry::Model(_) | Entry::Notice(_) => None,
    });
    let job = job.expect("the last poll");
    assert_eq!((&job["status"], &job["total"]), (&"complete".into(), &known.into()), "{job}");
}

const SYNC: &str = "We need to update the phone number for the user with external ID 'USR-555'. First, look them up by external ID. If \
     their current phone number is masked, create an unmasking window to verify it. If the unmasked number does not match \
     '+14155552671', update their profile with the new number.";

#[tokio::test]
async fn a_masked_number_is_verified_and_replaced() {
    let mut floor = Floor::new().await;
    let mut turn = Turn::new();
    floor.ask(&mut turn, SYNC, &Verdict::Approve { typed: None }).await;
    let last = calls(&turn).pop();
    assert_eq!(last, Some(("customer_update".to_owned(), "done")), "{:?}", turn.entries());
    let key = crate::kustomer::Key::ExternalId("USR-555");
    let customer = floor.cx.reader.customer_by(key).await.expect("an answer").expect("the customer");
    let phones: Vec<Option<&str>> = customer
        .contacts_of(crate::domain::ContactKind::Phone)
        .map(|contact| contact.value.clear().map(crate::domain::Revealed::expose))
        .collect();
    assert_eq!(phones, [Some("+14155552671")]);
    assert!(!floor.sent.contains("4155552671"));
}

const WHATSAPP: &str = "Draft a WhatsApp message for this customer explaining that their delayed shipment has been found and will arrive \
     tomorrow. Leave it in draft status for the shift lead to approve.";

#[tokio::test]
async fn a_draft_waits_on_its_channel() {
    let mut floor = Floor::new().await;
    let mut turn = Turn::new();
    floor.ask(&mut turn, WHATSAPP, &Verdict::Approve { typed: None }).await;
    let last = calls(&turn).pop();
    assert_eq!(last, Some(("draft_whatsapp".to_owned(), "done")), "{:?}", turn.entries());
}
