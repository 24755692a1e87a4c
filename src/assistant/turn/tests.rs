//! The machine, event by event: whole lists of acts and states are compared, and any order of events is survived.

use proptest::prelude::*;

use super::*;
use crate::{
    approval::{Author, Change, ChangeParts, Desk, Effect, Operation, Subject},
    assistant::{ModelError, ModelErrorKind},
    privacy::Vault,
};

const GET: &str = r#"{"customer_id": "66a1"}"#;

fn asked(words: &str) -> Event {
    Event::Asked { typed: Text::from(words), veiled: Veiled::of(&Vault::new(), words), context: Context::default() }
}

fn raw(name: &str, arguments: &str) -> RawCall {
    RawCall { name: name.to_owned(), arguments: arguments.to_owned() }
}

fn done(calls: Vec<RawCall>, finish: Finish) -> Said {
    Said::Done { calls, finish, usage: Usage { prompt: 2, completion: 1 } }
}

fn model(turn: &Turn, said: Said) -> Event {
    Event::Model(Round { number: turn.round, offer: Offer::All }, said)
}

fn answered(value: Value) -> Step {
    Step::Answered { answer: Answer::of(value), took_ms: 5 }
}

/// A card's name: only the desk makes those.
fn proposal() -> ProposalId {
    let change = Change::new(ChangeParts {
        effect: Effect::Write,
        operation: Operation::Other,
        subject: Subject::default(),
        requests: vec![],
        count: 1,
        summary: String::new(),
        warnings: vec![],
        editable: None,
        before: vec![],
    });
    Desk::new()
        .submit(change, Author::Person, Text::default(), std::time::Duration::ZERO)
        .expect("a write may be proposed")
}

/// A turn in which the model has just asked for these calls.
fn calling(calls: Vec<RawCall>) -> (Turn, Vec<Act>) {
    let mut turn = Turn::new();
    turn.handle(asked("go"));
    let acts = turn.handle(model(&turn, done(calls, Finish::Complete)));
    (turn, acts)
}

fn asks_model(acts: &[Act]) -> bool {
    matches!(acts, [Act::CallModel { .. }])
}

fn states(turn: &Turn) -> Vec<CallState> {
    turn.entries()
        .iter()
        .filter_map(|entry| if let Entry::Call(call) = entry { Some(call.state) } else { None })
        .collect()
}

fn last_notice(turn: &Turn) -> Option<&Notice> {
    match turn.entries().last() {
        Some(Entry::Notice(notice)) => Some(notice),
        _ => None,
    }
}

/// Every call in the history has exactly one answer, before anything else is said.
fn is_sound(history: &[Message]) -> bool {
    let mut open: Vec<CallId> = Vec::new();
    for message in history {
        match message {
            Message::Answer { call, .. } => match open.iter().position(|id| id == call) {
                Some(place) => drop(open.remove(place)),
                None => return false,
            },
            Message::Model { calls, .. } if open.is_empty() => open.extend(calls.iter().map(|(id, _)| *id)),
            Message::Person(_) if open.is_empty() => {}
            Message::Model { .. } | Message::Person(_) | Message::System(_) => return false,
        }
    }
    open.is_empty()
}

#[test]
fn words_stream_into_one_entry_and_end_the_turn() {
    let mut turn = Turn::new();
    assert!(asks_model(&turn.handle(asked("hello"))));
    turn.handle(model(&turn, Said::Text("Good ".into())));
    turn.handle(model(&turn, Said::Text("day.".into())));
    assert_eq!(turn.handle(model(&turn, done(vec![], Finish::Complete))), []);
    assert_eq!(turn.entries(), [Entry::Person("hello".into()), Entry::Model("Good day.".into())]);
    assert_eq!((turn.is_running(), turn.usage()), (false, Usage { prompt: 2, completion: 1 }));
}

#[test]
fn reads_run_together_and_the_model_is_asked_when_all_are_answered() {
    let (mut turn, acts) = calling(vec![raw("customer_get", GET), raw("klass_list", "")]);
    let arguments = serde_json::from_str(GET).expect("JSON");
    let (one, two) = (CallId(1), CallId(2));
    assert_eq!(
        acts,
        [
            Act::RunTool(ToolCall { id: one, name: "customer_get", arguments }),
            Act::RunTool(ToolCall { id: two, name: "klass_list", arguments: Map::new() }),
        ]
    );
    assert_eq!(turn.handle(Event::Call(two, answered(json!({"n": 2})))), []);
    assert!(asks_model(&turn.handle(Event::Call(one, answered(json!({"n": 1}))))));
    assert!(is_sound(&turn.history));
    assert_eq!(turn.handle(Event::Call(one, answered(json!({"n": 3})))), []);
    assert_eq!(turn.call(one).and_then(|call| call.result.clone()), Some(json!({"n": 1})));
}

#[test]
fn a_proposal_waits_is_performed_and_answered() {
    let (mut turn, _) = calling(vec![raw("customer_unmask", r#"{"customer_id":"66a1","reason":"x"}"#)]);
    let (id, card) = (CallId(1), proposal());
    assert_eq!(turn.handle(Event::Call(id, Step::Proposed(card))), []);
    assert_eq!((turn.waiting_for(card), states(&turn)), (Some(id), vec![CallState::Waiting(card)]));
    turn.handle(Event::Call(id, Step::Performing));
    assert!(asks_model(&turn.handle(Event::Call(id, answered(json!({"status": "done"}))))));
    assert_eq!(states(&turn), [CallState::Done]);
}

#[test]
fn what_was_refused_cannot_come_again_in_other_spelling() {
    let (mut turn, _) = calling(vec![raw("customer_unmask", r#"{"customer_id":"66a1","reason":"x"}"#)]);
    let refused = Step::Refused { reason: Veiled::of(&Vault::new(), "not now") };
    assert!(asks_model(&turn.handle(Event::Call(CallId(1), refused))));
    assert_eq!(
        turn.call(CallId(1)).and_then(|call| call.result.clone()),
        Some(json!({"status": "refused", "reason": "not now"}))
    );
    let again = raw("customer_unmask", r#"{ "reason": "x", "customer_id": "66a1" }"#);
    assert_eq!(turn.handle(model(&turn, done(vec![again], Finish::Complete))), []);
    assert_eq!(last_notice(&turn), Some(&Notice::RefusedTwice { name: "customer_unmask".into() }));
    assert!(is_sound(&turn.history) && !turn.is_running());
}

#[test]
fn unknown_and_malformed_calls_are_answered_at_once() {
    let (turn, acts) =
        calling(vec![raw("rm_rf", "{}"), raw("customer_get", "{\"customer"), raw("customer_get", "[1]")]);
    assert!(asks_model(&acts));
    assert_eq!(states(&turn), [CallState::Failed; 3]);
    assert!(is_sound(&turn.history));
}

#[test]
fn a_truncated_call_is_never_run() {
    for (finish, notice) in
        [(Finish::Length, Notice::TooLong), (Finish::Cut, Notice::CutOff), (Finish::Filtered, Notice::Filtered)]
    {
        let mut turn = Turn::new();
        turn.handle(asked("go"));
        assert_eq!(turn.handle(model(&turn, done(vec![raw("klass_list", "{}")], finish))), []);
        assert_eq!((states(&turn), last_notice(&turn)), (vec![CallState::Dropped], Some(&notice)));
        assert!(is_sound(&turn.history));
        assert!(asks_model(&turn.handle(asked("go on"))));
    }
}

#[test]
fn failures_and_silence_are_told() {
    let error = ModelError::new(ModelErrorKind::Quota);
    for (said, notice) in
        [(Said::Failed(error.clone()), Notice::Failed(error)), (done(vec![], Finish::Complete), Notice::Empty)]
    {
        let mut turn = Turn::new();
        turn.handle(asked("go"));
        assert_eq!(turn.handle(model(&turn, said)), []);
        assert_eq!(last_notice(&turn), Some(&notice));
    }
}

#[test]
fn cancelling_withdraws_cards_and_lets_a_write_on_its_way_report() {
    let unmask = |reason: &str| raw("customer_unmask", &format!(r#"{{"customer_id":"66a1","reason":"{reason}"}}"#));
    let (mut turn, _) = calling(vec![unmask("a"), unmask("b"), raw("klass_list", "{}")]);
    let (waiting, flying) = (proposal(), proposal());
    turn.handle(Event::Call(CallId(1), Step::Proposed(waiting)));
    turn.handle(Event::Call(CallId(2), Step::Proposed(flying)));
    turn.handle(Event::Call(CallId(2), Step::Performing));
    assert_eq!(turn.handle(Event::Cancelled), [Act::Withdraw(waiting)]);
    assert_eq!(states(&turn), [CallState::Dropped, CallState::Performing, CallState::Dropped]);
    assert!(is_sound(&turn.history) && !turn.is_running());
    assert_eq!(turn.handle(Event::Call(CallId(2), answered(json!({"status": "done"})))), []);
    assert_eq!(states(&turn)[1], CallState::Done);
    assert!(turn.history.contains(&Message::Answer { call: CallId(2), value: json!({"status": "done"}) }));
    assert!(is_sound(&turn.history));
    let late = proposal();
    assert_eq!(turn.handle(Event::Call(CallId(3), Step::Proposed(late))), [Act::Withdraw(late)]);
}

#[test]
fn a_loop_of_reads_ends_with_a_reason_but_a_bulk_job_may_be_watched() {
    let run = |name: &str, arguments: &str| {
        let mut turn = Turn::new();
        turn.handle(asked("go"));
        let mut rounds = 0;
        while turn.is_running() {
            turn.handle(model(&turn, done(vec![raw(name, arguments)], Finish::Complete)));
            turn.handle(Event::Call(CallId(turn.next_call - 1), answered(json!({}))));
            rounds += 1;
        }
        assert!(matches!(last_notice(&turn), Some(Notice::Limit(_))) && is_sound(&turn.history));
        rounds
    };
    assert_eq!(run("klass_list", "{}"), 24);
    assert!(run("bulk_status", r#"{"job_id":"66b1"}"#) > 120);
}

#[test]
fn a_late_answer_of_an_older_round_changes_nothing() {
    let (mut turn, _) = calling(vec![raw("klass_list", "{}")]);
    turn.handle(Event::Cancelled);
    turn.handle(asked("again"));
    let before = turn.entries().to_vec();
    assert_eq!(turn.handle(Event::Model(Round { number: 1, offer: Offer::All }, Said::Text("late".into()))), []);
    assert_eq!(turn.entries(), before);
}

/// Something that may happen at any time, sensible or not.
fn anything(turn: &Turn, choice: u8, call: u32) -> Event {
    let call = CallId(call);
    match choice {
        0 => asked("more"),
        1 => model(turn, Said::Text("x".into())),
        2 => model(turn, done(vec![raw("klass_list", "{}"), raw("nope", "")], Finish::Complete)),
        3 => model(turn, done(vec![raw("customer_get", GET)], Finish::Complete)),
        4 => model(turn, done(vec![raw("customer_get", "{")], Finish::Length)),
        5 => model(turn, done(vec![], Finish::Complete)),
        6 => model(turn, Said::Failed(ModelError::new(ModelErrorKind::Server))),
        7 => Event::Call(call, answered(json!(1))),
        8 => Event::Call(call, Step::Refused { reason: Veiled::default() }),
        9 => Event::Call(call, Step::Failed { answer: Answer::of(json!({"error": "x"})) }),
        10 => Event::Call(call, Step::Performing),
        _ => Event::Cancelled,
    }
}

proptest! {
    #[test]
    fn any_order_of_events_answers_every_call_exactly_once(events in proptest::collection::vec((0_u8..12, 1_u32..12), 0..60)) {
        let mut turn = Turn::new();
        for (choice, call) in events {
            let event = anything(&turn, choice, call);
            for act in turn.handle(event) {
                if let Act::CallModel { messages, .. } = act {
                    prop_assert!(is_sound(&messages[1..]));
                }
            }
            prop_assert!(turn.phase == Phase::Acting || is_sound(&turn.history));
        }
        turn.handle(Event::Cancelled);
        prop_assert!(is_sound(&turn.history));
    }
}
