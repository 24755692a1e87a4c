//! Checks the published tools against the simulated layer over real HTTP: what they take, what they do, what they cannot be made to do.

use std::{collections::BTreeSet, time::Duration};

use secrecy::SecretString;

use super::*;
use crate::{
    approval::{Author, CALM, Decision, Desk, Press, Scene, Trail, Verdict},
    clock::{Clock, Hand},
    kustomer::{Reader, WriteError, Writer},
    privacy::Vault,
    sandbox::{self, Options, Running, faults},
    store::Store,
    tools::{Kit, Outcome, RESIDENT_TOKENS, tokens},
    transport::{Endpoint, Transport},
};

/// A desk behind the layer, and everything a tool and its approval need; time is moved by hand.
struct Floor {
    running: Running,
    _folder: tempfile::TempDir,
    hand: Hand,
    cx: Cx,
    writer: Writer,
    trail: Trail,
    shelf: Shelf,
}

impl Floor {
    async fn new(spec: &str) -> Self {
        let (clock, hand) = Clock::by_hand("2026-03-02T09:30:00Z".parse().expect("a time"));
        let rules = if spec.is_empty() { Vec::new() } else { faults::parse(spec).expect("faults") };
        let options = Options { clock: clock.clone(), faults: rules, ..Options::default() };
        let running = sandbox::start(options).await.expect("a desk");
        let ready = running.ready().truto.clone();
        let endpoint = Endpoint { base: ready.url, key: SecretString::from(ready.token) };
        let direct = Transport::new(endpoint.clone(), clock.clone()).expect("a transport");
        let folder = tempfile::tempdir().expect("a folder");
        let store = Store::open(folder.path()).expect("a store");
        let offer = Offer::fetch(&direct, &ready.account).await.expect("an offer");
        crate::connect::looked::keep(&store, &truto::place(&ready.account), &offer.looked_at()).expect("kept");
        let road = Arc::new(Truto::new(ready.account.clone(), offer));
        let transport = Transport::by(Arc::clone(&road) as _, endpoint, clock.clone()).expect("a transport");
        let watch = Watch::new(direct, store.clone(), ready.account, road);
        let source = Arc::new(TrutoTools::new(watch, "truto.example".to_owned(), Vec::new()));
        let shelf = Shelf::new();
        shelf.take_ours_off();
        source.put_on(&shelf);
        let trail = Trail::new(store.clone(), clock.clone(), "desk");
        let cx = Cx {
            reader: Reader::new(transport.clone(), clock.clone()),
            vault: Vault::new(),
            clock: clock.clone(),
            store,
            org: "desk".to_owned(),
            conversation: None,
            turn: "t1".to_owned(),
            kit: Kit::of(shelf.clone()),
        };
        let writer = Writer::new(transport, clock, trail.clone());
        let writer = writer.with_standing(Arc::new(Guard::new(source, shelf.clone())));
        Self { running, _folder: folder, hand, cx, writer, trail, shelf }
    }

    fn tool(&self, name: &str) -> &'static Tool {
        self.shelf.by_name(name).unwrap_or_else(|| unreachable!("{name} is offered"))
    }

    /// Awaits something while time passes; how much did.
    async fn timed<T>(&self, what: impl Future<Output = T>) -> (T, Duration) {
        let began = self.cx.clock.elapsed();
        tokio::pin!(what);
        loop {
            tokio::select! {
                biased;
                done = &mut what => return (done, self.cx.clock.elapsed().saturating_sub(began)),
                () = tokio::time::sleep(Duration::from_millis(1)) => self.hand.advance(Duration::from_millis(50)),
            }
        }
    }

    async fn ask(&self, name: &str, arguments: Value) -> Result<Outcome, ToolError> {
        let arguments = arguments.as_object().expect("an object").clone();
        self.timed(self.tool(name).run(arguments, &self.cx)).await.0
    }

    async fn answer(&self, name: &str, arguments: Value) -> Value {
        match self.ask(name, arguments).await {
            Ok(Outcome::Answer(answer)) => answer.into_value(),
            other => unreachable!("{name}: {other:?}"),
        }
    }

    async fn wish(&self, name: &str, arguments: Value) -> Change {
        match self.ask(name, arguments).await {
            Ok(Outcome::Propose { change, .. }) => *change,
            other => unreachable!("{name}: {other:?}"),
        }
    }

    /// Approves and performs; what the model is told, or what went wrong.
    async fn perform(&self, name: &str, change: Change) -> (Result<Value, WriteError>, Duration) {
        let (now, mut desk) = (self.cx.clock.elapsed(), Desk::new().at("desk"));
        let typed = Some(change.count());
        let id = desk.submit(change, Author::Person, Text::from("test"), now).expect("proposed");
        desk.stands(id, Ok(Scene::default()), now);
        desk.painted(id, now, true);
        let pressed = now + CALM;
        let decided = desk.decide(id, Verdict::Approve { typed }, Press::from_terminal(pressed), pressed);
        let Ok(Decision::Go(approved)) = decided else { unreachable!("{decided:?}") };
        let change = approved.change().clone();
        let (receipt, took) = self.timed(self.writer.perform(approved)).await;
        match receipt {
            Ok(receipt) => {
                let told = self.timed(self.tool(name).done(&change, &receipt, &self.cx)).await.0;
                (Ok(told.into_value()), took)
            }
            Err(error) => (Err(error), took),
        }
    }

    /// What goes wrong from now on.
    async fn fault(&self, spec: &str) {
        let address = format!("{}/__sandbox/faults", self.running.ready().kustomer);
        let http = reqwest::Client::builder().no_proxy().build().expect("a client");
        let set = http.post(address).body(json!({"spec": spec}).to_string()).send().await.expect("an answer");
        assert!(set.status().is_success(), "{spec}");
    }

    /// How many requests changed the desk.
    async fn effects(&self) -> usize {
        self.logged(|entry| entry["effect"] == true).await
    }

    /// How many requests of this kind came in.
    async fn logged(&self, is_it: impl Fn(&Value) -> bool) -> usize {
        let address = format!("{}/__sandbox/log", self.running.ready().kustomer);
        let http = reqwest::Client::builder().no_proxy().build().expect("a client");
        let log = http.get(address).send().await.expect("a log").bytes().await.expect("a body");
        let log: Value = serde_json::from_slice(&log).expect("JSON");
        log["requests"].as_array().into_iter().flatten().filter(|entry| is_it(entry)).count()
    }

    async fn conversation(&self) -> (String, String) {
        let queue = self.timed(self.cx.reader.open_conversations()).await.0.expect("a queue");
        let first = queue.rows.first().expect("a conversation");
        (first.id.to_string(), first.customer.as_ref().expect("its customer").to_string())
    }
}

#[test]
fn nobody_is_believed_that_an_unreviewed_tool_only_reads() {
    let tool = |name: &str, method: &str| {
        let listed = json!({"result": [{"name": name, "resource": "things", "method": method}]});
        let offer = Offer::read(&listed).expect("an offer");
        effect(name, offer.get(name).expect("the tool"))
    };
    assert_eq!(tool("list_all_kustomer_things", "list"), Effect::Write);
    assert_eq!(tool("kustomer_things_purge", "get"), Effect::Delete);
    assert_eq!(tool("get_single_kustomer_customer_by_id", "get"), Effect::Read, "reviewed");
}

const NOTE: &str = "create_a_kustomer_conversation_note";

#[tokio::test]
async fn every_published_tool_is_offered_by_its_own_name_with_what_it_does() {
    let floor = Floor::new("").await;
    let theirs: Vec<&Tool> = floor.shelf.all().into_iter().filter(|tool| tool.outside().is_some()).collect();
    assert!(theirs.len() > 60, "{}", theirs.len());
    for tool in &theirs {
        let outside = tool.outside().expect("another source's");
        assert_eq!(outside.barred(), None, "{}", tool.spec.name);
        assert!(!outside.origin().is_reviewed || tool.spec.name == outside.origin().tool);
        assert_eq!(tool.parameters()["additionalProperties"], false, "{}", tool.spec.name);
    }
    for (name, effect) in [
        ("kustomer_customers_using_email", Effect::Read),
        ("kustomer_search_customers_search", Effect::Read),
        ("create_a_kustomer_customer_unmasking_window", Effect::Unmask),
        (NOTE, Effect::Write),
        ("create_a_kustomer_email_draft", Effect::Draft),
        ("kustomer_custom_objects_bulk_create", Effect::Bulk),
        ("kustomer_custom_objects_remove", Effect::Delete),
        ("delete_a_kustomer_customer_by_id", Effect::Delete),
    ] {
        assert_eq!(floor.tool(name).spec.effect, effect, "{name}");
    }
}

#[tokio::test]
async fn what_goes_with_every_request_is_what_the_spine_needs_and_affordable() {
    let floor = Floor::new("").await;
    let wire = floor.cx.kit.wire();
    let names: BTreeSet<&str> = wire.iter().filter_map(|wire| wire["function"]["name"].as_str()).collect();
    for needed in ["tool_search", "tool_load"].iter().chain(&RESIDENT[..5]) {
        assert!(names.contains(needed), "{needed} is not among {names:?}");
    }
    let spent = tokens(&Value::from(wire.clone()).to_string());
    assert!(spent <= RESIDENT_TOKENS, "{spent} tokens go with every request");
}

#[tokio::test]
async fn reads_are_told_as_our_own_tools_tell_them() {
    let floor = Floor::new("").await;
    let (conversation, customer) = floor.conversation().await;
    let person = floor.answer("get_single_kustomer_customer_by_id", json!({"id": customer})).await;
    assert!(person["customer"]["phones"][0]["masked"].is_string(), "{person}");
    let email =
        json!({"queryContext": "customer", "and": [{"customer_email": {"contains": "example"}}], "pageSize": 3});
    let found = floor.answer("kustomer_search_customers_search", email).await;
    assert_eq!(found["customers"].as_array().map(Vec::len), Some(3), "{found}");
    assert!(found["customers"][0]["emails"][0]["masked"].is_string(), "an address is in the open: {found}");
    let messages = floor
        .answer("list_all_kustomer_conversation_messages", json!({"conversation_id": conversation, "limit": 1}))
        .await;
    assert!(messages["messages"][0]["text"].is_string(), "{messages}");
    let one = floor.answer("get_single_kustomer_conversation_by_id", json!({"id": conversation})).await;
    assert_eq!(one["conversation"]["customer_id"], customer.as_str());
    let listed = floor.answer("list_all_kustomer_customers", json!({"limit": 2})).await;
    assert_eq!(listed["note"], "more exist than are listed");
    let next = floor.answer("list_all_kustomer_customers", json!({"limit": 2, "page": 2})).await;
    assert!(next["customers"][0]["id"].is_string() && next["customers"] != listed["customers"], "{next}");
}

#[tokio::test]
async fn a_change_is_the_desks_own_call_and_says_whose_tool_makes_it() {
    let floor = Floor::new("").await;
    let (conversation, customer) = floor.conversation().await;
    let change = floor.wish(NOTE, json!({"conversation_id": conversation, "body": "Seen"})).await;
    assert_eq!(change.requests()[0].path, format!("/v1/conversations/{conversation}/notes"));
    assert_eq!(change.subject().origin.as_ref().map(|origin| origin.tool.as_str()), Some(NOTE));
    let told = floor.perform(NOTE, change).await.0.expect("performed");
    assert!(told["note_id"].is_string(), "{told}");
    let tags = "create_a_kustomer_conversation_tag";
    let change = floor.wish(tags, json!({"conversation_id": conversation, "items": ["late"], "reason": "It is"})).await;
    assert_eq!(change.requests()[0].body, Some(json!(["late"])), "the reason is not sent");
    floor.perform(tags, change).await.0.expect("performed");
    let update = "update_a_kustomer_conversation_by_id";
    let change = floor.wish(update, json!({"id": conversation, "priority": 4})).await;
    assert!(
        change.requests()[0].body.as_ref().is_some_and(|body| body["rev"].is_u64()),
        "{:?}",
        change.requests()[0].body
    );
    floor.perform(update, change).await.0.expect("performed");
    let bulk = "kustomer_custom_objects_bulk_create";
    let rows: Vec<Value> =
        (0..101).map(|n| json!({"_clientRef": format!("r{n}"), "title": "Outage", "customer": customer})).collect();
    let change = floor.wish(bulk, json!({"klass": "service_outage", "items": rows})).await;
    assert_eq!((change.count(), change.requests().len(), change.effect()), (101, 2, Effect::Bulk));
    let told = floor.perform(bulk, change).await.0.expect("performed");
    assert_eq!(
        (&told["status"], told["job_id"].as_str().map(|id| id.matches(',').count())),
        (&json!("started"), Some(1))
    );
    assert_eq!(floor.effects().await, 5);
}

#[tokio::test]
async fn another_customers_value_is_not_let_into_a_change() {
    let floor = Floor::new("").await;
    let (conversation, _) = floor.conversation().await;
    let other = crate::domain::CustomerId::new("66c1f0c2b7d4e9001c3affff");
    let placeholder = floor.cx.vault.place("phone", &crate::domain::Revealed::new("+12025550143"), Some(&other));
    for (tool, arguments) in [
        (NOTE, json!({"conversation_id": conversation, "body": placeholder})),
        (NOTE, json!({"conversation_id": conversation, "body": placeholder, "userMentions": ["66"]})),
        (
            "create_a_kustomer_message",
            json!({"conversation_id": conversation, "channel": "sms", "preview": placeholder}),
        ),
    ] {
        let refused = floor.ask(tool, arguments).await;
        assert!(matches!(refused, Err(ToolError::Placeholder(_))), "{tool}: {refused:?}");
    }
}

#[tokio::test]
async fn hostile_definitions_redirect_nothing() {
    let floor = Floor::new("GET /truto/** truto-hostile").await;
    let redirected = "truto__list_all_kustomer_redirected_tags";
    let names: Vec<String> = floor.tool(redirected).argument_names();
    assert_eq!(names, ["name", "reason"]);
    assert!(!floor.tool(redirected).spec.about.contains(['\u{1b}', '\u{7}', '\u{202e}']));
    for own in ["resource", "method", "id", "integrated_account_id", "truto_body_passthrough", "next_cursor"] {
        let refused = floor.ask(redirected, json!({own: "customers"})).await;
        assert!(matches!(&refused, Err(ToolError::Arguments(words)) if words.contains(own)), "{own}: {refused:?}");
    }
    let tags = floor.wish(redirected, json!({"name": "customers"})).await;
    assert_eq!((tags.requests()[0].path.as_str(), tags.effect()), ("/proxy/tags?name=customers", Effect::Write));
    let create = "truto__create_a_kustomer_redirected_customer";
    let change = floor.wish(create, json!({"name": "x"})).await;
    assert_eq!((change.requests()[0].path.as_str(), change.effect()), ("/proxy/customers", Effect::Write));
    for barred in ["truto__kustomer_many_things_do", "truto__kustomer_elsewhere_do"] {
        let refused = floor.ask(barred, json!({})).await;
        assert!(matches!(refused, Err(ToolError::Rule(_))), "{barred}: {refused:?}");
    }
    assert_eq!(floor.tool("truto__customer_get").spec.effect, Effect::Delete, "its method counts, not its name");
    assert_eq!(floor.tool("truto__get_single_kustomer_note_by_id_").spec.effect, Effect::Delete);
    // Circles end, whatever they say.
    let _ = floor.ask("truto__kustomer_circles_do", json!({"a": {"b": 1}})).await;
    assert_eq!(floor.effects().await, 0);
}

#[tokio::test]
async fn a_tool_that_changed_between_card_and_yes_is_not_called() {
    let floor = Floor::new("GET /truto/** truto-changed-note after=1").await;
    let (conversation, _) = floor.conversation().await;
    let change = floor.wish(NOTE, json!({"conversation_id": conversation, "body": "Seen"})).await;
    let refused = floor.perform(NOTE, change).await.0.expect_err("it is another one");
    assert!(refused.to_string().contains("nothing was sent") && refused.to_string().contains(NOTE), "{refused}");
    let newest = floor.trail.newest(2).expect("read");
    let told: Vec<&str> = newest.iter().map(|entry| entry.event.as_str()).collect();
    assert_eq!((told, floor.effects().await), (vec!["failed", "approved"], 0));
    let news = floor.shelf.news().borrow().clone();
    assert!(news.is_some_and(|news| news.contains("changed, not called") && news.contains(NOTE)), "it is told");
    let barred = floor.ask(NOTE, json!({"conversation_id": conversation, "body": "Seen"})).await;
    assert!(matches!(&barred, Err(ToolError::Rule(words)) if words.contains("shiftdeck truto")), "{barred:?}");
}

#[tokio::test]
async fn limits_are_waited_out_for_tools_and_a_write_is_made_once() {
    for (fault, least, most) in [
        ("truto-429=7 n=1", 7, 9),
        ("truto-own-429 n=1", 10, 12),
        ("429=6 dialect=retry-after-date n=1", 5, 8),
        ("truto-429-nonsense n=1", 0, 70),
        ("429 dialect=none n=1", 0, 70),
    ] {
        let floor = Floor::new("").await;
        let (conversation, customer) = floor.conversation().await;
        floor.fault(&format!("GET /truto/proxy/** {fault}")).await;
        let read = floor
            .tool("get_single_kustomer_customer_by_id")
            .run(Map::from_iter([("id".to_owned(), customer.into())]), &floor.cx);
        let (read, took) = floor.timed(read).await;
        read.unwrap_or_else(|error| unreachable!("{fault}: {error:?}"));
        let fits = |took: Duration| took >= Duration::from_secs(least) && took < Duration::from_secs(most);
        assert!(fits(took), "reading, {fault}: {took:?}");
        let change = floor.wish(NOTE, json!({"conversation_id": conversation, "body": "Seen"})).await;
        floor.fault(&format!("POST /truto/proxy/** {fault}")).await;
        let (told, took) = floor.perform(NOTE, change).await;
        let told = told.unwrap_or_else(|error| unreachable!("{fault}: {error:?}"));
        assert!(told["note_id"].is_string() && fits(took), "writing, {fault}: {took:?}");
        assert_eq!(floor.effects().await, 1, "{fault}");
    }
}

#[tokio::test]
async fn many_calls_at_once_stay_below_the_accounts_limit() {
    let floor = Floor::new("").await;
    let (_, customer) = floor.conversation().await;
    let tool = floor.tool("kustomer_search_customers_search");
    let asked = (0..90).map(|n| {
        let body =
            json!({"queryContext": "customer", "and": [{"customer_id": {"equals": customer}}], "pageSize": n % 50 + 1});
        tool.run(body.as_object().expect("an object").clone(), &floor.cx)
    });
    let (answers, took) = floor.timed(futures::future::join_all(asked)).await;
    assert!(answers.iter().all(Result::is_ok), "none was turned away");
    assert!(took >= Duration::from_secs(10) && took < Duration::from_secs(40), "{took:?}");
}

#[tokio::test]
async fn those_who_were_turned_away_come_back_once_and_not_before_their_time() {
    let floor = Floor::new("").await;
    let (_, customer) = floor.conversation().await;
    let is_search = |entry: &Value| entry["path"].as_str().is_some_and(|path| path.contains("search_customers"));
    let before = floor.logged(is_search).await;
    floor.fault("POST /truto/proxy/** truto-own-429 n=6").await;
    let tool = floor.tool("kustomer_search_customers_search");
    let asked = (1..=12).map(|n| {
        let body = json!({"queryContext": "customer", "and": [{"customer_id": {"equals": customer}}], "pageSize": n});
        tool.run(body.as_object().expect("an object").clone(), &floor.cx)
    });
    let (answers, took) = floor.timed(futures::future::join_all(asked)).await;
    assert!(answers.iter().all(Result::is_ok), "none was turned away for good");
    assert_eq!(floor.logged(is_search).await - before, 12 + 6, "each refusal is one request more");
    assert!(took >= Duration::from_secs(10), "{took:?}");
}
