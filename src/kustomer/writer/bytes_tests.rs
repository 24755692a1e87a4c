//! Over every write of the table: what the desk received is, byte for byte, what the card's change holds; and a change of any
//! one byte after the yes is refused.

use std::time::Duration;

use proptest::{
    prelude::*,
    strategy::ValueTree,
    test_runner::{Config, TestRunner},
};
use secrecy::SecretString;
use serde_json::{Value, json};

use super::*;
use crate::{
    approval::{Approved, Author, Decision, Desk, Press, Scene, Subject, Verdict},
    clock::Hand,
    domain::Text,
    kustomer::changes::{self, Body, WRITES},
    store::Store,
    transport::{
        Endpoint,
        script::{Script, json_answer},
    },
};

const ORG: &str = "http://desk";
/// Changes tried for each row of the table.
const EACH: usize = 4;

/// Names a body may have; none that the checks before a card treat in a way of their own.
const NAMES: [&str; 7] = ["body", "name", "subject", "preview", "title", "custom", "größe"];

fn scalar() -> impl Strategy<Value = Value> {
    prop_oneof![
        "\\PC{0,40}".prop_map(Value::from),
        "[\\x00-\\x7f]{0,12}".prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<bool>().prop_map(Value::from),
        Just(Value::Null),
    ]
}

fn object() -> impl Strategy<Value = Value> {
    let nested = prop_oneof![
        3 => scalar(),
        1 => prop::collection::vec(scalar(), 0..4).prop_map(Value::from),
        1 => ("[a-z]{1,6}", scalar()).prop_map(|(name, value)| json!({ name: value })),
    ];
    let fields = prop::collection::btree_map(prop::sample::select(&NAMES[..]), nested, 1..6);
    fields.prop_map(|fields| {
        let mut body: serde_json::Map<_, _> =
            fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        body.insert("company".into(), Value::Null);
        Value::Object(body)
    })
}

fn draw<T>(runner: &mut TestRunner, strategy: impl Strategy<Value = T>) -> T {
    strategy.new_tree(runner).expect("a value").current()
}

/// A change of this row, whatever it may hold.
fn change(known: &'static Known, runner: &mut TestRunner) -> Change {
    let word = || "[a-z0-9 /%?é]{1,12}".prop_filter("blank", |word| !word.trim().is_empty());
    let values: Vec<String> = known.parameters().map(|_| draw(runner, word())).collect();
    let values: Vec<&str> = values.iter().map(String::as_str).collect();
    if known.body == Body::None && known.path().ends_with("/bulk") {
        let ids = draw(runner, prop::collection::vec("[a-z0-9,é]{1,8}", 1..140));
        return changes::delete_many(known.label, &values, &ids).expect("a change");
    }
    let body = match known.body {
        Body::None => None,
        Body::Object => Some(draw(runner, object())),
        Body::List => Some(Value::from(draw(runner, prop::collection::vec("\\PC{1,12}", 1..4)))),
        Body::Rows => Some(Value::from(draw(runner, prop::collection::vec(object(), 1..120)))),
    };
    changes::write(known.label, &values, body, Subject::default()).expect("a change")
}

struct Floor {
    writer: Writer,
    trail: Trail,
    script: Script,
    hand: Hand,
    _folder: tempfile::TempDir,
}

impl Floor {
    async fn new() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let (clock, hand) = Clock::by_hand("2025-03-04T12:00:00Z".parse().expect("valid"));
        let trail = Trail::new(Store::open(folder.path()).expect("a new store opens"), clock.clone(), ORG);
        let script =
            Script::answer(Box::new(|_| json_answer(200, &json!({"data": {"id": "66x1", "type": "x"}})))).await;
        let endpoint = Endpoint { base: script.base().to_owned(), key: SecretString::from("k-1") };
        let transport = Transport::new(endpoint, clock.clone()).expect("loopback is accepted");
        Self { writer: Writer::new(transport, clock, trail.clone()), trail, script, hand, _folder: folder }
    }

    fn approve(&self, change: Change) -> Approved<Change> {
        let now = self.writer.reader.clock().elapsed();
        let second = |n| now + Duration::from_secs(n);
        let typed = Some(change.count());
        let mut desk = Desk::new().at(ORG);
        let id = desk.submit(change, Author::Person, Text::from("because"), now).expect("proposed");
        desk.stands(id, Ok(Scene::default()), now);
        desk.painted(id, second(1), true);
        match desk.decide(id, Verdict::Approve { typed }, Press::from_terminal(second(2)), second(2)) {
            Ok(Decision::Go(approved)) => approved,
            other => unreachable!("{other:?}"),
        }
    }

    async fn perform(&self, approved: Approved<Change>) -> Result<Receipt, WriteError> {
        let performed = self.writer.perform(approved);
        tokio::pin!(performed);
        loop {
            tokio::select! {
                biased;
                ended = &mut performed => return ended,
                () = tokio::task::yield_now() => self.hand.advance(Duration::from_millis(100)),
            }
        }
    }
}

/// What the desk received: method and target, and the bytes of the body.
fn received(raw: &str) -> (String, String) {
    let (head, body) = raw.split_once("\r\n\r\n").expect("a whole request");
    let target = head.lines().next().and_then(|line| line.strip_suffix(" HTTP/1.1")).expect("a request line");
    (target.to_owned(), body.to_owned())
}

fn shown(change: &Change) -> Vec<(String, String)> {
    let body = |request: &Request| String::from_utf8(request.bytes().unwrap_or_default()).expect("JSON");
    change.requests().iter().map(|r| (format!("{} {}", r.method, r.path), body(r))).collect()
}

#[tokio::test]
async fn the_desk_receives_exactly_the_bytes_the_card_showed() {
    let mut runner = TestRunner::new(Config::default());
    let floor = Floor::new().await;
    for known in WRITES {
        for _ in 0..EACH {
            let change = change(known, &mut runner);
            let before = floor.script.requests().len();
            let expected = shown(&change);
            let ended = floor.perform(floor.approve(change)).await;
            assert!(ended.is_ok(), "{}: {ended:?}", known.label);
            let got: Vec<_> = floor.script.requests()[before..].iter().map(|raw| received(raw)).collect();
            assert_eq!(got, expected, "{}", known.label);
        }
    }
}

#[tokio::test]
async fn one_other_byte_after_the_yes_is_refused_at_the_moment_of_sending() {
    let mut runner = TestRunner::new(Config::default());
    let floor = Floor::new().await;
    for known in WRITES {
        for _ in 0..EACH {
            let change = change(known, &mut runner);
            let (change, ticket) = floor.trail.begin(floor.approve(change)).expect("begun");
            assert!(admitted(&change, &ticket).is_ok(), "{}", known.label);
            for (n, request) in change.requests().iter().enumerate() {
                let (call, bytes) = (call(&change, request), request.bytes());
                assert_eq!((call.method, &call.path, &call.body), (request.method, &request.path, &bytes));
                let at = draw(&mut runner, any::<prop::sample::Index>());
                let mut path = call.path.clone().into_bytes();
                let place = at.index(path.len());
                path[place] ^= 1;
                let path = String::from_utf8_lossy(&path).into_owned();
                assert!(!ticket.admits(n, call.method, &path, bytes.as_deref()), "{}: {path}", known.label);
                if let Some(mut other) = bytes.clone() {
                    let place = at.index(other.len());
                    other[place] ^= 1 << (place % 8);
                    assert!(!ticket.admits(n, call.method, &call.path, Some(&other)), "{}: byte {place}", known.label);
                    assert!(!ticket.admits(n, call.method, &call.path, None), "{}", known.label);
                }
                let method = if call.method == Method::Post { Method::Put } else { Method::Post };
                assert!(!ticket.admits(n, method, &call.path, bytes.as_deref()), "{}", known.label);
            }
        }
    }
    assert!(floor.script.requests().is_empty(), "nothing was sent");
}

#[tokio::test]
async fn a_ticket_of_one_change_sends_no_other() {
    let floor = Floor::new().await;
    let mut runner = TestRunner::new(Config::default());
    let known = Known::labelled("POST /v1/conversations/{id}/notes").expect("in the table");
    let (one, other) = (change(known, &mut runner), change(known, &mut runner));
    let (_, ticket) = floor.trail.begin(floor.approve(one)).expect("begun");
    assert!(matches!(admitted(&other, &ticket), Err(WriteError::Trail(TrailError::Tampered))));
}

/// Begins a note, forgets everything as a crash does, and looks it up with the next run of the program, at a desk that
/// answers `rows`.
async fn after_a_crash(rows: Value) -> (Settled, Vec<String>, String) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (clock, hand) = Clock::by_hand("2025-03-04T12:00:00Z".parse().expect("valid"));
    let script = Script::answer(Box::new(move |_| json_answer(200, &json!({ "data": rows })))).await;
    let start = || {
        let trail = Trail::new(Store::open(folder.path()).expect("the store opens"), clock.clone(), ORG);
        let endpoint = Endpoint { base: script.base().to_owned(), key: SecretString::from("k-1") };
        let transport = Transport::new(endpoint, clock.clone()).expect("loopback is accepted");
        Floor {
            writer: Writer::new(transport, clock.clone(), trail.clone()),
            trail,
            script: script.clone(),
            hand: hand.clone(),
            _folder: tempfile::tempdir().expect("a temporary folder"),
        }
    };
    let crashed = start();
    let body = json!({"body": "Call Mara on +4915550001122", "externalId": "sd-1"});
    let note = changes::write("POST /v1/conversations/{id}/notes", &["66a1"], Some(body), Subject::default());
    let (change, ticket) = crashed.trail.begin(crashed.approve(note.expect("a change"))).expect("begun");
    crashed.writer.keep_evidence(&change, &ticket);
    let kept = crashed.trail.store().sent_evidence(ticket.entry()).expect("read").expect("kept");
    drop(crashed);
    let next = start();
    let settled = next.writer.settle_abandoned();
    tokio::pin!(settled);
    let settled = loop {
        tokio::select! {
            biased;
            ended = &mut settled => break ended.expect("written down"),
            () = tokio::task::yield_now() => hand.advance(Duration::from_millis(100)),
        }
    };
    assert!(next.script.requests().iter().all(|request| request.starts_with("GET ")), "nothing is sent again");
    let again = next.writer.settle_abandoned().await.expect("read");
    assert_eq!(again, Settled::default(), "looked for once");
    let events = next.trail.newest(9).expect("read").into_iter().map(|entry| entry.event).collect();
    (settled, events, kept)
}

#[tokio::test]
async fn what_a_crash_left_open_is_unknown_until_it_is_found_on_the_desk() {
    let attributes = json!({"externalId": "sd-1", "createdAt": "2025-03-04T12:00:01Z"});
    let ours = json!([{"type": "note", "id": "66b1", "attributes": attributes}]);
    let (settled, events, kept) = after_a_crash(ours).await;
    assert_eq!(settled, Settled { found: 1, unknown: 0 });
    assert_eq!(events, ["done", "unknown", "approved"]);
    assert!(!kept.contains("Mara") && !kept.contains("1122"), "{kept}");
    let (settled, events, _) = after_a_crash(json!([])).await;
    assert_eq!(settled, Settled { found: 0, unknown: 1 });
    assert_eq!(events, ["unknown", "approved"]);
}
