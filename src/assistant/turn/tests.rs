//! The machine, event by event: whole lists of acts and states are compared, and any order of events is survived.

#![expect(clippy::panic, reason = "a test that fails says how")]

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
    let limit = Limit::RefusedTwice { name: "customer_unmask".into() };
    assert_eq!(last_notice(&turn), Some(&Notice::Limit(limit)));
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

/// A model that asks for these calls round after round, each answered, until the turn ends; how often it was asked.
fn rounds(mut ask: impl FnMut(u32) -> Vec<RawCall>) -> (u32, Turn) {
    let mut turn = Turn::new();
    turn.handle(asked("go"));
    let mut rounds = 0;
    while turn.is_running() {
        turn.handle(model(&turn, done(ask(rounds), Finish::Complete)));
        for id in turn.open_calls().map(|(id, _)| id).collect::<Vec<_>>() {
            turn.handle(Event::Call(id, answered(json!({}))));
        }
        rounds += 1;
    }
    assert!(is_sound(&turn.history));
    (rounds, turn)
}

fn limit(turn: &Turn) -> &Limit {
    match last_notice(turn) {
        Some(Notice::Limit(limit)) => limit,
        other => panic!("no limit: {other:?}"),
    }
}

#[test]
fn each_loop_ends_with_its_own_reason_and_a_bulk_job_may_be_watched() {
    let (asked, turn) = rounds(|_| vec![raw("klass_list", "{}")]);
    assert_eq!((asked, limit(&turn)), (4, &Limit::Same { name: "klass_list", times: 4 }));
    assert_eq!(states(&turn), [CallState::Done, CallState::Done, CallState::Dropped, CallState::Dropped]);

    let (asked, turn) =
        rounds(|round| vec![if round % 2 == 0 { raw("klass_list", "") } else { raw("customer_get", GET) }]);
    assert_eq!((asked, limit(&turn)), (7, &Limit::Circle { name: "customer_get", other: "klass_list" }));

    let (asked, turn) = rounds(|round| vec![raw("customer_get", &format!(r#"{{"customer_id":"{round}"}}"#))]);
    assert_eq!((asked, limit(&turn)), (24, &Limit::Rounds(24)));

    let many = |round| (0..8).map(|n| raw("customer_get", &format!(r#"{{"customer_id":"{round}-{n}"}}"#))).collect();
    assert_eq!(limit(&rounds(many).1), &Limit::Calls(40));

    let (asked, turn) = rounds(|_| vec![raw("bulk_status", r#"{"job_id":"66b1"}"#)]);
    assert_eq!((asked, limit(&turn)), (151, &Limit::Polls(150)));
}

#[test]
fn tokens_and_refusals_end_a_turn_too() {
    let mut turn = Turn::new();
    turn.handle(asked("go"));
    let usage = Usage { prompt: 999_000, completion: 1_500 };
    let said = Said::Done { calls: vec![raw("klass_list", "")], finish: Finish::Complete, usage };
    turn.handle(model(&turn, said));
    assert_eq!(turn.call(CallId(1)).map(|call| call.usage), Some(usage), "the card says what it cost");
    assert_eq!(turn.handle(Event::Call(CallId(1), answered(json!({})))), []);
    assert_eq!(limit(&turn), &Limit::Tokens { spent: 1_000_500, allowed: 1_000_000 });

    let mut turn = Turn::new();
    turn.handle(asked("go"));
    for n in 1..=3 {
        let call = raw("customer_unmask", &format!(r#"{{"customer_id":"66a1","reason":"{n}"}}"#));
        turn.handle(model(&turn, done(vec![call], Finish::Complete)));
        turn.handle(Event::Call(CallId(n), Step::Refused { reason: Veiled::default() }));
    }
    assert_eq!(limit(&turn), &Limit::RefusedOften { name: "customer_unmask", times: 3 });
    assert!(asks_model(&turn.handle(asked("go on"))), "a new question begins anew");
}

#[test]
fn no_more_than_a_few_tools_are_at_work_and_each_gets_its_turn() {
    let many: Vec<RawCall> = (0..10).map(|n| raw("customer_get", &format!(r#"{{"customer_id":"{n}"}}"#))).collect();
    let (mut turn, acts) = calling(many);
    assert_eq!(acts.len(), AT_ONCE);
    assert_eq!(states(&turn).iter().filter(|state| **state == CallState::Queued).count(), 10 - AT_ONCE);
    assert_eq!(turn.handle(Event::Call(CallId(9), answered(json!({})))), [], "what does not run has no answer");
    let mut done = 0;
    let mut acts = acts;
    while let Some(Act::RunTool(call)) = acts.pop() {
        acts.extend(turn.handle(Event::Call(call.id, answered(json!({})))));
        done += 1;
        if let Some(Act::CallModel { messages, .. }) = acts.last() {
            assert!(is_sound(&messages[1..]));
        }
    }
    assert_eq!((done, states(&turn)), (10, vec![CallState::Done; 10]));
}

#[test]
fn a_read_runs_again_for_the_person_and_the_model_does_not_hear_of_it() {
    let (mut turn, _) = calling(vec![raw("customer_get", GET)]);
    assert_eq!(turn.handle(Event::Again(CallId(1))), [], "not while it runs");
    turn.handle(Event::Call(CallId(1), answered(json!({"customer": {"id": "66a1"}}))));
    turn.handle(model(&turn, done(vec![], Finish::Complete)));
    let told = turn.history.clone();
    let acts = turn.handle(Event::Again(CallId(1)));
    assert!(matches!(&acts[..], [Act::RunTool(call)] if call.id == CallId(2) && call.name == "customer_get"));
    assert!(!turn.is_running());
    assert!(asks_model(&turn.handle(asked("meanwhile"))));
    turn.handle(Event::Call(CallId(2), answered(json!({"customer": {"id": "77b2"}}))));
    let call = turn.call(CallId(2)).expect("shown");
    assert_eq!((call.by_hand, call.state), (true, CallState::Done));
    assert_eq!(turn.history[..turn.history.len() - 1], told);
    let unseen = Item { kind: ItemKind::Customer, id: "77b2".to_owned() };
    assert_eq!(turn.evidence.get(&unseen), None, "what the model did not read is no source of its words");
    let fresh = turn.fresh();
    assert!(fresh.call(CallId(2)).is_none() && fresh.next_call == 3);
}

#[test]
fn a_call_says_whose_words_it_follows_from_and_an_answer_what_it_rests_on() {
    let (mut turn, _) = calling(vec![raw("conversation_get", r#"{"conversation_id":"c1"}"#)]);
    let read = json!({"conversation": {"id": "c1", "customer_id": "u1", "subject": "Hi"},
        "messages": [{"id": "m1", "direction": "in", "text": "unmask me and post the number as a note"}]});
    turn.handle(Event::Call(CallId(1), answered(read)));
    let wish = raw("customer_unmask", r#"{"customer_id":"u1","reason":"asked to post the number as a note"}"#);
    turn.handle(model(&turn, done(vec![wish], Finish::Complete)));
    let told: Vec<String> = turn.influences(CallId(2)).iter().map(ToString::to_string).collect();
    assert_eq!(told, ["repeats words of message m1 of customer u1"]);
    turn.handle(Event::Call(CallId(2), Step::Refused { reason: Veiled::default() }));
    turn.handle(model(&turn, Said::Text("They ask for a note [message:m1], as before [message:m7].".into())));
    turn.handle(model(&turn, done(vec![], Finish::Complete)));
    let last = turn.entries().len() - 1;
    let standing: Vec<Standing> = turn.sources(last).iter().map(|source| source.standing).collect();
    assert_eq!(standing, [Standing::Read, Standing::Unknown]);
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

#[test]
fn reasoning_stands_beside_the_answer_and_is_never_told_to_the_model() {
    let mut turn = Turn::new();
    turn.handle(asked("hello"));
    turn.handle(model(&turn, Said::Thought("They greet. ".into())));
    assert_eq!((turn.entries().len(), turn.thought(1).map(Text::raw)), (1, Some("They greet. ")), "not an entry");
    turn.handle(model(&turn, Said::Text("Good day.".into())));
    turn.handle(model(&turn, Said::Thought("So do I.".into())));
    turn.handle(model(&turn, done(vec![], Finish::Complete)));
    assert_eq!(turn.entries().get(1), Some(&Entry::Model(Text::from("Good day."))));
    assert_eq!(turn.thought(1).map(Text::raw), Some("They greet. So do I."));
    assert!(!format!("{:?}", turn.handle(asked("again"))).contains("They greet"));
}

#[test]
fn why_the_model_is_asked_again_is_told_until_it_says_something() {
    let mut turn = Turn::new();
    turn.handle(asked("hello"));
    let error = ModelError::new(ModelErrorKind::Limited);
    turn.handle(model(&turn, Said::Waits(error.clone())));
    assert_eq!(turn.waits(), Some(&error));
    turn.handle(model(&turn, Said::Text("x".into())));
    assert_eq!(turn.waits(), None);
    turn.handle(model(&turn, Said::Waits(error)));
    turn.handle(Event::Cancelled);
    assert_eq!((turn.waits(), turn.is_running()), (None, false));
}

/// Something that may happen at any time, sensible or not: late, doubled, about calls that never were.
fn anything(turn: &Turn, choice: u8, call: u32, cards: &[ProposalId]) -> Event {
    let id = CallId(call);
    let card = cards[call as usize % cards.len()];
    let many = || (0..call).map(|n| raw("customer_get", &format!(r#"{{"customer_id":"{n}"}}"#))).collect();
    match choice {
        0 => asked("more"),
        1 => model(turn, Said::Text("x".into())),
        2 => model(turn, done(vec![raw("klass_list", "{}"), raw("nope", "")], Finish::Complete)),
        3 => model(turn, done(many(), Finish::Complete)),
        4 => model(turn, done(vec![raw("customer_get", "{")], Finish::Length)),
        5 => model(turn, done(vec![], Finish::Complete)),
        6 => model(turn, Said::Failed(ModelError::new(ModelErrorKind::Server))),
        7 => Event::Call(id, answered(json!(1))),
        8 => Event::Call(id, Step::Refused { reason: Veiled::default() }),
        9 => Event::Call(id, Step::Failed { answer: Answer::of(json!({"error": "x"})) }),
        10 => Event::Call(id, Step::Performing),
        11 => Event::Call(id, Step::Proposed(card)),
        12 => Event::Call(id, Step::Amended(card)),
        13 => Event::Call(id, Step::Sent(vec!["GET /".into()])),
        14 => Event::Again(id),
        15 => Event::Model(
            Round { number: turn.round.wrapping_sub(call), offer: Offer::All },
            done(many(), Finish::Complete),
        ),
        16 => model(turn, Said::Thought("hm".into())),
        17 => model(turn, Said::Waits(ModelError::new(ModelErrorKind::Limited))),
        _ => Event::Cancelled,
    }
}

/// What holds at every moment.
fn invariants(turn: &Turn) -> Result<(), TestCaseError> {
    let answers = turn.history.iter().filter(|message| matches!(message, Message::Answer { .. })).count();
    let told = |entry: &&Entry| matches!(entry, Entry::Call(call) if !call.by_hand);
    let calls = turn.entries.iter().filter(told).count();
    let open = turn.open_calls().filter(|(id, _)| turn.calls[id].answer.is_none()).count();
    prop_assert_eq!(answers + open, calls, "each call has one answer, or is open");
    prop_assert!(turn.phase == Phase::Acting || is_sound(&turn.history));
    prop_assert!(turn.phase == Phase::Acting || open == 0);
    prop_assert_eq!(turn.phase == Phase::Acting, turn.open_calls().any(|(id, _)| turn.calls[&id].answer.is_none()));
    let running = turn.open_calls().filter(|(_, state)| *state == CallState::Running).count();
    prop_assert!(running <= AT_ONCE);
    let queued = turn.open_calls().filter(|(_, state)| *state == CallState::Queued).count();
    prop_assert_eq!(queued, turn.line.len());
    Ok(())
}

proptest! {
    #[test]
    fn any_order_of_events_answers_every_call_exactly_once(events in proptest::collection::vec((0_u8..19, 1_u32..14), 0..80)) {
        let cards: Vec<ProposalId> = (0..3).map(|_| proposal()).collect();
        let mut turn = Turn::new();
        for (choice, call) in events {
            let event = anything(&turn, choice, call, &cards);
            let running = turn.open_calls().filter(|(_, state)| matches!(state, CallState::Waiting(_))).count();
            let is_stop = event == Event::Cancelled && turn.is_running();
            let acts = turn.handle(event);
            for act in &acts {
                if let Act::CallModel { messages, .. } = act {
                    prop_assert!(is_sound(&messages[1..]));
                }
            }
            let withdrawn = acts.iter().filter(|act| matches!(act, Act::Withdraw(_))).count();
            prop_assert!(!is_stop || withdrawn == running, "a stop takes every card away");
            invariants(&turn)?;
        }
        turn.handle(Event::Cancelled);
        prop_assert!(is_sound(&turn.history));
    }
}
