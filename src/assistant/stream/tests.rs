//! The line to a model against a scripted server: every dialect and every way to fail.

use std::fmt::Write as _;

use jiff::Timestamp;

use super::*;
use crate::{
    assistant::{Finish, RawCall, Usage},
    transport::script::{Script, Step, json_answer},
};

fn config(base: &str) -> ModelConfig {
    ModelConfig { base: base.to_owned(), key: SecretString::from("sk-test"), model: "m".to_owned() }
}

/// Everything a model says when the endpoint plays these steps, and the requests it got. Time runs by itself.
async fn hear(steps: Vec<Step>) -> (Vec<Said>, Vec<String>) {
    let script = Script::play(steps).await;
    let (clock, hand) = Clock::by_hand(Timestamp::UNIX_EPOCH);
    let model = Model::new(&config(&format!("{}/v1/", script.base())), clock).expect("a model");
    let answer = model.answer(&[Message::System("hello".into())], Offer::All).collect::<Vec<_>>();
    tokio::pin!(answer);
    loop {
        tokio::select! {
            biased;
            said = &mut answer => return (said, script.requests()),
            () = tokio::task::yield_now() => hand.advance(Duration::from_secs(1)),
        }
    }
}

fn events(body: &str) -> Step {
    Step::Raw(format!("HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n{body}"))
}

fn chunks(pieces: &[Value], end: &str) -> Step {
    let mut body = String::from(": keep-alive\n\n");
    for piece in pieces {
        let _ = write!(body, "data: {piece}\n\n");
    }
    events(&(body + end))
}

fn piece(delta: &Value, finish: Option<&str>) -> Value {
    json!({"choices": [{"index": 0, "delta": delta, "finish_reason": finish}]})
}

fn text(words: &str) -> Said {
    Said::Text(words.to_owned())
}

fn done(calls: Vec<RawCall>, finish: Finish) -> Said {
    Said::Done { calls, finish, usage: Usage::default() }
}

fn failed(kind: ModelErrorKind, status: Option<u16>, code: Option<&str>) -> Vec<Said> {
    vec![Said::Failed(ModelError { kind, status, code: code.map(str::to_owned), wait: None })]
}

#[tokio::test]
async fn words_and_calls_arrive_and_the_request_is_as_it_should_be() {
    let call = json!({"tool_calls": [{"index": 0, "id": "a", "function": {"name": "klass_list", "arguments": "{}"}}]});
    let pieces = [
        piece(&json!({"role": "assistant", "content": "Look"}), None),
        piece(&json!({"content": "ing."}), None),
        piece(&call, None),
        piece(&json!({}), Some("tool_calls")),
        json!({"choices": [], "usage": {"prompt_tokens": 9, "completion_tokens": 4}}),
    ];
    let (said, requests) = hear(vec![chunks(&pieces, "data: [DONE]\n\n")]).await;
    let calls = vec![RawCall { name: "klass_list".into(), arguments: "{}".into() }];
    let end = Said::Done { calls, finish: Finish::Complete, usage: Usage { prompt: 9, completion: 4 } };
    assert_eq!(said, [text("Look"), text("ing."), end]);
    let (head, body) = requests[0].split_once("\r\n\r\n").expect("head and body");
    let body: Value = serde_json::from_str(body).expect("JSON");
    assert!(head.starts_with("POST /v1/chat/completions ") && head.contains("Bearer sk-test"), "{head}");
    assert!(!head.to_lowercase().contains("openai-"), "{head}");
    assert_eq!((&body["stream"], &body["stream_options"]["include_usage"]), (&json!(true), &json!(true)));
    assert_eq!(body["tools"].as_array().map(Vec::len), Some(crate::tools::all().len()));
}

#[tokio::test]
async fn crlf_comments_and_odd_events_do_no_harm() {
    let body = ": OPENROUTER PROCESSING\r\n\r\nevent: ping\r\ndata: {}\r\n\r\ndata:{\"choices\":null}\r\n\r\ndata: {not json}\r\n\r\n\
                data: {\"choices\":[{\"delta\":{\"content\":\"Ja.\"},\"finish_reason\":\"stop\"}]}\r\n\r\n";
    let (said, _) = hear(vec![events(body)]).await;
    assert_eq!(said, [text("Ja."), done(vec![], Finish::Complete)]);
}

#[tokio::test]
async fn an_end_without_a_reason_is_cut_off() {
    let half = piece(&json!({"content": "So"}), None);
    for end in ["", "data: [DONE]\n\n", "data: {\"choi"] {
        let (said, _) = hear(vec![chunks(std::slice::from_ref(&half), end)]).await;
        assert_eq!(said, [text("So"), done(vec![], Finish::Cut)], "{end}");
    }
}

#[tokio::test]
async fn an_error_inside_a_stream_is_an_error() {
    let error = json!({"error": {"code": 503, "message": "overloaded"}});
    let (said, _) = hear(vec![chunks(&[error], "")]).await;
    assert_eq!(said, failed(ModelErrorKind::Server, Some(503), None));
}

#[tokio::test]
async fn a_whole_answer_is_taken_where_a_stream_was_asked_for() {
    let body = json!({"choices": [{"message": {"content": "Yes."}, "finish_reason": "stop"}]});
    let (said, _) = hear(vec![json_answer(200, &body)]).await;
    assert_eq!(said, [text("Yes."), done(vec![], Finish::Complete)]);
}

#[tokio::test]
async fn refusals_keep_their_status_and_only_passing_ones_are_repeated() {
    use ModelErrorKind as Kind;
    let html = "HTTP/1.1 502 X\r\ncontent-type: text/html\r\nconnection: close\r\n\r\n<html>Bad gateway</html>";
    let limited = json!({"error": {"message": "slow", "code": 429}});
    let quota = json!({"error": {"message": "no", "type": "insufficient_quota", "code": "insufficient_quota"}});
    let key = json!({"error": {"message": "who", "code": "invalid_api_key"}});
    for (step, kind, status, code, asked) in [
        (Step::Raw(html.to_owned()), Kind::Server, 502, None, 4),
        (json_answer(429, &limited), Kind::Limited, 429, None, 4),
        (json_answer(429, &quota), Kind::Quota, 429, Some("insufficient_quota"), 1),
        (json_answer(401, &key), Kind::NotSignedIn, 401, Some("invalid_api_key"), 1),
        (json_answer(404, &json!({"detail": "no model"})), Kind::NotFound, 404, None, 1),
    ] {
        let (said, requests) = hear(vec![step; 6]).await;
        assert_eq!((said, requests.len()), (failed(kind, Some(status), code), asked), "{status} {code:?}");
    }
}

#[tokio::test]
async fn after_a_limit_the_answer_still_comes() {
    let slow = "HTTP/1.1 429 X\r\nretry-after: 2\r\nconnection: close\r\n\r\n".to_owned();
    let fine = chunks(&[piece(&json!({"content": "Hi"}), Some("stop"))], "");
    let (said, requests) = hear(vec![Step::Raw(slow), fine]).await;
    assert_eq!((said, requests.len()), (vec![text("Hi"), done(vec![], Finish::Complete)], 2));
}

#[test]
fn a_key_that_cannot_stand_in_a_header_is_refused_before_the_library_sees_it() {
    let broken = ModelConfig { key: SecretString::from("sk\ntest"), ..config("http://127.0.0.1:1/v1") };
    let refused = Model::new(&broken, Clock::real()).map(|model| model.name().to_owned());
    assert_eq!(refused, Err(ModelError::new(ModelErrorKind::Settings)));
}

#[test]
fn hints_are_read_in_both_units_and_a_long_one_is_not_waited_for() {
    assert_eq!(wait_of(Some("1500"), Some("9")), Some(Duration::from_millis(1_500)));
    assert_eq!(wait_of(None, Some("2")), Some(Duration::from_secs(2)));
    assert_eq!(wait_of(None, Some("Fri, 31 Dec")), None);
    let limited = |wait| ModelError { wait, ..ModelError::new(ModelErrorKind::Limited) };
    assert_eq!(again(&limited(None), 2), Some(Duration::from_secs(1)));
    assert_eq!(again(&limited(Some(Duration::from_mins(5))), 1), None);
}

#[test]
fn the_scripted_model_says_what_it_is() {
    assert_eq!(display_name("shiftdeck-scripted"), "scripted model, not an AI");
    assert_eq!(display_name("gpt-x"), "gpt-x");
}
