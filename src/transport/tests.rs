//! The transport against a scripted socket: raw bytes in, requests counted. Time is moved by hand, so a minute's wait
//! takes no time.

use std::time::Duration;

use jiff::Timestamp;
use serde_json::json;

use super::{
    script::{Script, Step, json_answer},
    *,
};
use crate::clock::Hand;

fn transport(base: &str) -> (Transport, Hand) {
    let (clock, hand) = Clock::by_hand(Timestamp::from_second(1_741_083_300).expect("valid"));
    let endpoint = Endpoint { base: base.to_owned(), key: SecretString::from("k-1") };
    (Transport::new(endpoint, clock).expect("loopback is accepted"), hand)
}

fn get() -> Call {
    Call::get("GET /v1/things", "/v1/things?q=a%20b", Lane::Person)
}

fn post() -> Call {
    Call {
        label: "POST /v1/things",
        method: Method::Post,
        body: Some(b"{\"a\":1}".to_vec()),
        repeat: Repeat::Never,
        record: Some("thing".to_owned()),
        ..get()
    }
}

/// Runs a call to its end while time passes, a quarter of a second at a time.
async fn run(hand: &Hand, call: impl Future<Output = Result<Answer, ApiError>>) -> Result<Answer, ApiError> {
    tokio::pin!(call);
    loop {
        tokio::select! {
            biased;
            ended = &mut call => return ended,
            () = tokio::task::yield_now() => hand.advance(Duration::from_millis(250)),
        }
    }
}

async fn outcome(steps: Vec<Step>, call: Call) -> (Result<u16, ErrorKind>, usize) {
    let script = Script::play(steps).await;
    let (transport, hand) = transport(script.base());
    let ended = run(&hand, transport.send(call)).await;
    (ended.map(|answer| answer.status).map_err(|error| error.kind()), script.requests().len())
}

const LIMITED: &str = "HTTP/1.1 429 Too Many Requests\r\nx-ratelimit-limit: 1000\r\nx-ratelimit-remaining: 0\r\n\
    x-ratelimit-reset: 1741083360\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
const HTML: &str =
    "HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: 13\r\nconnection: close\r\n\r\n<html></html>";
const CUT: &str = "HTTP/1.1 200 OK\r\ncontent-length: 100\r\nconnection: close\r\n\r\n{\"data\":";
const FAILED: &str = "HTTP/1.1 503 Unavailable\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";

#[tokio::test]
async fn a_request_carries_key_lane_and_body() {
    let script = Script::play(vec![json_answer(201, &json!({"data": {"id": "1"}}))]).await;
    let (transport, _hand) = transport(script.base());
    let answer = transport.send(post()).await.expect("answered");
    assert_eq!((answer.status, answer.body, answer.simulated), (201, json!({"data": {"id": "1"}}), false));
    let requests = script.requests();
    assert_eq!(requests.len(), 1);
    let head = requests[0].to_ascii_lowercase();
    for part in [
        "post /v1/things?q=a%20b http/1.1",
        "authorization: bearer k-1",
        "x-shiftdeck-lane: person",
        "content-type: application/json",
        "{\"a\":1}",
    ] {
        assert!(head.contains(part), "{part} is missing");
    }
}

#[tokio::test]
async fn a_429_is_waited_out_and_repeated_once_for_reads_and_writes() {
    for call in [get(), post()] {
        let steps = vec![Step::Raw(LIMITED.into()), json_answer(200, &json!({}))];
        assert_eq!(outcome(steps, call).await, (Ok(200), 2));
    }
}

#[tokio::test]
async fn a_429_is_shown_while_it_lasts() {
    let script = Script::play(vec![Step::Raw(LIMITED.into()), json_answer(200, &json!({}))]).await;
    let (transport, hand) = transport(script.base());
    let mut budget = transport.budget();
    let sent = tokio::spawn({
        let transport = transport.clone();
        async move { transport.send(get()).await }
    });
    let shown = budget.wait_for(|state| state.waiting.is_some()).await.expect("the transport lives").clone();
    let wait = shown.waiting.expect("it waits");
    assert_eq!((wait.why.as_str(), wait.queued), ("the desk answered 429 (too many requests)", 1));
    assert_eq!(wait.until.as_second(), 1_741_083_360);
    hand.advance(Duration::from_secs(62));
    assert_eq!(sent.await.expect("runs").expect("answered").status, 200);
    assert_eq!(transport.budget().borrow().waiting, None);
}

#[tokio::test]
async fn a_write_without_an_answer_is_unclear_and_never_sent_again() {
    for step in [Step::Hang, Step::Raw(CUT.into()), Step::Raw(FAILED.into()), Step::Raw(HTML.into())] {
        assert_eq!(outcome(vec![step], post()).await, (Err(ErrorKind::Unclear), 1));
    }
}

#[tokio::test]
async fn a_read_is_repeated_until_it_is_whole() {
    for step in [Step::Hang, Step::Raw(CUT.into()), Step::Raw(FAILED.into())] {
        assert_eq!(outcome(vec![step, json_answer(200, &json!({}))], get()).await, (Ok(200), 2));
    }
    let failing = || Step::Raw(FAILED.into());
    assert_eq!(outcome(vec![failing(), failing(), failing()], get()).await, (Err(ErrorKind::Server), 3));
}

#[tokio::test]
async fn an_answer_that_is_no_json_is_garbled() {
    assert_eq!(outcome(vec![Step::Raw(HTML.into())], get()).await, (Err(ErrorKind::Garbled), 1));
    let moved =
        "HTTP/1.1 302 Found\r\nlocation: https://elsewhere.example/\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
    assert_eq!(outcome(vec![Step::Raw(moved.into())], get()).await, (Err(ErrorKind::Garbled), 1));
}

#[tokio::test]
async fn nobody_listening_is_unreachable_even_for_a_write() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let base = format!("http://{}", listener.local_addr().expect("bound"));
    drop(listener);
    let (transport, hand) = transport(&base);
    let error = run(&hand, transport.send(post())).await.expect_err("nobody listens");
    assert_eq!(
        error,
        ApiError::new(ErrorKind::Unreachable, "POST /v1/things").with_cause("no connection could be made")
    );
}

#[tokio::test]
async fn an_empty_success_is_null_and_a_refusal_keeps_the_desks_words() {
    let empty = "HTTP/1.1 204 No Content\r\nserver: shiftdeck-sandbox/1\r\nconnection: close\r\n\r\n";
    let refusal = json_answer(403, &json!({"errors": [{"title": "needs message.read"}]}));
    let script = Script::play(vec![Step::Raw(empty.into()), refusal]).await;
    let (transport, _hand) = transport(script.base());
    assert_eq!(transport.simulated(), None);
    let answer = transport.send(get()).await.expect("answered");
    assert_eq!((answer.status, answer.body, answer.simulated), (204, Value::Null, true));
    assert_eq!(transport.simulated(), Some(true));
    let error = transport.send(get()).await.expect_err("refused");
    assert_eq!(error.to_string(), "GET /v1/things: the key lacks a role for this (403)");
    assert_eq!(error.detail().map(crate::domain::Text::raw), Some("needs message.read"));
}

#[tokio::test]
async fn a_path_cannot_lead_to_another_host() {
    let call = Call { path: "@elsewhere.example/v1".to_owned(), ..get() };
    assert_eq!(outcome(vec![], call).await, (Err(ErrorKind::BadRequest), 0));
}

#[tokio::test]
async fn a_call_that_is_dropped_leaves_the_line() {
    let script = Script::play(vec![Step::Raw(LIMITED.into()), json_answer(200, &json!({}))]).await;
    let (transport, hand) = transport(script.base());
    let mut budget = transport.budget();
    let sent = tokio::spawn({
        let transport = transport.clone();
        async move { transport.send(get()).await }
    });
    budget.wait_for(|state| state.waiting.is_some()).await.expect("the transport lives");
    sent.abort();
    budget.wait_for(|state| state.waiting.is_none()).await.expect("the transport lives");
    assert_eq!(run(&hand, transport.send(get())).await.expect("answered").status, 200);
    assert_eq!(script.requests().len(), 2);
}

/// A desk that refuses once, so that what was asked meanwhile is still in line, and then answers everything.
async fn joined() -> (Script, Transport, Hand) {
    let good = || json_answer(200, &json!({"data": []}));
    let script = Script::play(vec![Step::Raw(LIMITED.into()), good(), good(), good()]).await;
    let (transport, hand) = transport(script.base());
    (script, transport, hand)
}

fn asking(transport: &Transport, call: Call) -> tokio::task::JoinHandle<Result<Answer, ApiError>> {
    let transport = transport.clone();
    tokio::spawn(async move { transport.send(call).await })
}

async fn until(transport: &Transport, holds: impl FnMut(&BudgetState) -> bool) {
    transport.budget().wait_for(holds).await.expect("the transport lives");
}

#[tokio::test]
async fn equal_reads_in_flight_are_one_call_in_the_highest_lane_and_outlive_whoever_asked_first() {
    let (script, transport, hand) = joined().await;
    let first = asking(&transport, Call { lane: Lane::Background, ..get() });
    until(&transport, |state| state.line == [0, 0, 0, 1] && state.waiting.is_some()).await;
    let second = asking(&transport, get());
    let third = asking(&transport, Call { lane: Lane::Bulk, ..get() });
    until(&transport, |state| state.line == [1, 0, 0, 0]).await;
    first.abort();
    assert!(first.await.is_err_and(|error| error.is_cancelled()));
    let last = run(&hand, transport.send(get())).await.expect("answered");
    for ended in [second, third] {
        assert_eq!(ended.await.expect("runs").expect("answered"), last);
    }
    let requests = script.requests();
    assert_eq!(requests.len(), 2);
    assert!(requests[1].to_ascii_lowercase().contains("x-shiftdeck-lane: person"));
    run(&hand, transport.send(get())).await.expect("answered");
    assert_eq!(script.requests().len(), 3, "an answer that is there is not kept");
}

#[tokio::test]
async fn reads_that_differ_or_have_a_write_between_them_are_calls_of_their_own() {
    let (script, transport, hand) = joined().await;
    let first = asking(&transport, get());
    until(&transport, |state| state.waiting.is_some()).await;
    let write = asking(&transport, post());
    until(&transport, |state| state.line[0] == 2).await;
    run(&hand, transport.send(get())).await.expect("answered");
    for ended in [first, write] {
        ended.await.expect("runs").expect("answered");
    }
    assert_eq!(script.requests().len(), 4);
    let other = Call { headers: vec![("x-more".to_owned(), "1".to_owned())], ..get() };
    assert!(!Joins::is_about(&post()) && Joins::is_about(&other));
}

#[tokio::test]
async fn bodies_no_reader_could_rely_on_are_garbled_and_labels_do_not_matter() {
    let answer = |kind: &str, body: &str| {
        let length = body.len();
        let head = format!("HTTP/1.1 200 OK\r\ncontent-type: {kind}\r\ncontent-length: {length}\r\nconnection: close");
        Step::Raw(format!("{head}\r\n\r\n{body}"))
    };
    let huge = format!("[\"{}\"]", "x".repeat(17 << 20));
    for body in [r#"{"data":{"id":"1","id":"2"}}"#, &huge] {
        assert_eq!(outcome(vec![answer("application/json", body)], get()).await, (Err(ErrorKind::Garbled), 1));
        assert_eq!(outcome(vec![answer("application/json", body)], post()).await, (Err(ErrorKind::Unclear), 1));
    }
    assert_eq!(outcome(vec![answer("text/plain", r#"{"data":[]}"#)], get()).await, (Ok(200), 1));
}
