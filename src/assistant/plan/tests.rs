//! Plans read, changed, kept and run, and a model that tries to write in plan mode.

use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::tools::{self, Shelf};
use crate::{
    assistant::{
        Act, CallState, Context, Entry, Event, Finish, Limit, Notice, RawCall, Said, Step as TurnStep, Turn, Usage,
        Veiled,
    },
    tools::Answer,
};

const PHONE: &str = r#"{"goal": "Correct the number", "steps": [
    {"tool": "customer_find", "arguments": {"external_id": "USR-555"}, "why": "Look them up"},
    {"tool": "customer_get", "arguments": {"customer_id": "{{1.customer.id}}"}, "why": "Read the profile", "ask": true},
    {"tool": "customer_update", "arguments": {"customer_id": "{{1.customer.id}}", "phone": "⟦phone:1⟧"}, "why": "Correct it"}]}"#;

fn phone() -> Plan {
    propose(PHONE, &Shelf::new()).expect("a plan")
}

fn asked() -> Event {
    let veiled = Veiled::of(&Vault::new(), "go");
    Event::Asked { typed: Text::from("go"), veiled, context: Context::default() }
}

/// A turn in plan mode whose model asks for this call.
fn wants(turn: &mut Turn, call: RawCall) -> Vec<Act> {
    let acts = turn.handle(asked());
    let [Act::CallModel { round, .. }] = acts.as_slice() else { unreachable!("the model is asked: {acts:?}") };
    turn.handle(Event::Model(
        *round,
        Said::Done { calls: vec![call], finish: Finish::Complete, usage: Usage::default() },
    ))
}

fn last(turn: &Turn) -> (CallState, Value) {
    let call = turn.entries().iter().rev().find_map(|entry| match entry {
        Entry::Call(call) => Some((call.state, call.result.clone().unwrap_or_default())),
        Entry::Person(_) | Entry::Model(_) | Entry::Notice(_) => None,
    });
    call.expect("a call")
}

/// Answers the tool that was started.
fn answer(plan: &mut Plan, turn: &mut Turn, acts: &[Act], value: Value) -> Vec<Act> {
    let Some(Act::RunTool(call)) = acts.first() else { unreachable!("a tool is run: {acts:?}") };
    turn.handle(Event::Call(call.id, TurnStep::Answered { answer: Answer::of(value), took_ms: 1 }));
    follow(plan, turn)
}

fn arguments(acts: &[Act]) -> Value {
    match acts {
        [Act::RunTool(call)] => Value::Object(call.arguments.clone()),
        other => unreachable!("one tool is run: {other:?}"),
    }
}

#[test]
fn every_writing_tool_is_neither_offered_nor_run_in_plan_mode() {
    let wire = Offer::Plan.wire(&tools::Kit::new());
    let offered: Vec<&str> = wire.iter().filter_map(|tool| tool["function"]["name"].as_str()).collect();
    assert_eq!(offered.last(), Some(&TOOL));
    let effect = |name: &&str| tools::by_name(name).map(|tool| tool.spec.effect);
    assert!(offered.iter().filter(|name| **name != TOOL).all(|name| effect(name) == Some(Effect::Read)), "{offered:?}");
    for tool in tools::all() {
        let name = tool.spec.name;
        let reads = tool.spec.effect == Effect::Read;
        let mut turn = Turn::new();
        turn.plan_mode(true);
        let acts = wants(&mut turn, RawCall { name: name.to_owned(), arguments: tool.spec.example.to_owned() });
        let runs = acts.iter().any(|act| matches!(act, Act::RunTool(_)));
        assert_eq!(runs, reads, "{name}: {acts:?}");
        if !reads {
            let (state, told) = last(&turn);
            assert_eq!((state, &told["status"]), (CallState::Refused, &json!("refused")), "{name}");
        }
    }
}

#[test]
fn a_model_that_insists_on_writing_ends_the_turn() {
    let mut turn = Turn::new();
    turn.plan_mode(true);
    let note =
        || RawCall { name: "conversation_add_note".into(), arguments: r#"{"conversation_id":"c1","body":"x"}"#.into() };
    let acts = wants(&mut turn, note());
    let [Act::CallModel { round, .. }] = acts.as_slice() else { unreachable!("it is told: {acts:?}") };
    let said = Said::Done { calls: vec![note()], finish: Finish::Complete, usage: Usage::default() };
    assert_eq!(turn.handle(Event::Model(*round, said)), []);
    assert!(matches!(turn.entries().last(), Some(Entry::Notice(Notice::Limit(Limit::RefusedTwice { .. })))));
    assert!(!turn.is_running());
}

#[test]
fn what_is_wrong_with_a_plan_is_said() {
    let fault = |text: &str| propose(text, &Shelf::new()).expect_err("refused");
    let step = |step: &str| fault(&format!(r#"{{"goal":"x","steps":[{step}]}}"#));
    assert!(fault("[]").contains("JSON object"));
    assert!(fault(r#"{"goal":"x","steps":[]}"#).contains("1 to 40"));
    assert!(fault(r#"{"goal":"x","approve":true,"steps":[]}"#).contains("`approve`"));
    assert!(step(r#"{"tool":"shell","arguments":{},"why":"x"}"#).contains("no tool"));
    assert!(step(r#"{"tool":"customer_get","arguments":{},"why":"x"}"#).contains("`customer_id` is missing"));
    assert!(step(r#"{"tool":"customer_get","arguments":{"customer_id":"1","x":2},"why":"x"}"#).contains("no `x`"));
    assert!(step(r#"{"tool":"customer_get","arguments":{"customer_id":"{{1.id}}"},"why":"x"}"#).contains("earlier"));
    assert!(
        step(r#"{"tool":"customer_get","arguments":{"customer_id":"1"},"why":"x","gate":"none"}"#).contains("`gate`")
    );
    let many = vec![r#"{"tool":"klass_list","arguments":{},"why":"x"}"#; 41].join(",");
    assert!(step(&many).contains("1 to 40"));
}

#[test]
fn a_plan_waits_at_its_gates_uses_what_was_found_and_ends() {
    let (mut plan, mut turn) = (phone(), Turn::new());
    assert_eq!(plan.run(), Ok(()));
    let acts = follow(&mut plan, &mut turn);
    assert_eq!(arguments(&acts), json!({"external_id": "USR-555"}));
    assert_eq!(plan.remove(2), Err("the plan is running; esc stops it"));
    let acts = answer(&mut plan, &mut turn, &acts, json!({"customer": {"id": "k1"}}));
    assert_eq!((acts, plan.is_going(), plan.done()), (vec![], false, 1), "the second asks first");
    assert_eq!(plan.run(), Ok(()));
    let acts = follow(&mut plan, &mut turn);
    assert_eq!(arguments(&acts), json!({"customer_id": "k1"}));
    let acts = answer(&mut plan, &mut turn, &acts, json!({}));
    assert_eq!(arguments(&acts), json!({"customer_id": "k1", "phone": "⟦phone:1⟧"}), "nothing stands between");
    assert_eq!(turn.reason(Text::default()).raw(), "a step of the plan you run: Correct it");
    let acts = answer(&mut plan, &mut turn, &acts, json!({"status": "done"}));
    assert_eq!((acts, plan.standing().as_str(), turn.is_running()), (vec![], "all 3 steps done", false));
}

#[test]
fn a_refusal_or_a_failure_stops_it_there_with_its_reason() {
    let (mut plan, mut turn) = (phone(), Turn::new());
    plan.run().expect("it runs");
    let acts = follow(&mut plan, &mut turn);
    let Some(Act::RunTool(call)) = acts.first() else { unreachable!("a tool runs") };
    let reason = Veiled::of(&Vault::new(), "not today");
    turn.handle(Event::Call(call.id, TurnStep::Refused { reason }));
    assert_eq!(follow(&mut plan, &mut turn), []);
    assert!(matches!(plan.steps()[0].state(), StepState::Stopped(why) if why.raw() == "refused: not today"));
    assert_eq!(plan.standing(), "stopped at step 1 of 3");
    plan.remove(0).expect("a stopped step may go");
    plan.run().expect("it runs on");
    assert_eq!(follow(&mut plan, &mut turn), []);
    assert!(matches!(plan.steps()[0].state(), StepState::Stopped(why) if why.raw().contains("no longer in the plan")));
}

#[test]
fn what_watches_is_run_until_it_is_ready() {
    let text = r#"{"goal":"x","steps":[{"tool":"bulk_status","arguments":{"job_id":"b1"},"why":"x","ask":true}]}"#;
    let (mut plan, mut turn) = (propose(text, &Shelf::new()).expect("a plan"), Turn::new());
    plan.run().expect("it runs");
    let mut acts = follow(&mut plan, &mut turn);
    for _ in 0..3 {
        acts = answer(&mut plan, &mut turn, &acts, json!({"status": "running"}));
    }
    assert_eq!(answer(&mut plan, &mut turn, &acts, json!({"status": "complete"})), []);
    assert_eq!(plan.standing(), "1 step done");
}

#[test]
fn edits_gates_and_order() {
    let mut plan = phone();
    let argument = |name: &str| Field::Argument(name.to_owned());
    assert_eq!(plan.steps()[2].gate(), "card");
    plan.turn_gate(2).expect("tighter");
    assert_eq!(plan.steps()[2].gate(), "asks first, then card");
    assert_eq!(plan.shift(0, true), Ok(1));
    assert_eq!(plan.steps()[0].arguments()["customer_id"], json!("{{2.customer.id}}"), "references follow");
    assert_eq!(plan.steps()[2].arguments()["customer_id"], json!("{{2.customer.id}}"));
    assert_eq!(plan.shift(0, false), Err("it stands at the end already"));
    assert_eq!(plan.set(2, &argument("phone"), "+1"), Ok(()));
    assert_eq!(plan.set(2, &argument("custom"), "x").map_err(|why| why.contains("JSON")), Err(true));
    assert_eq!(plan.set(2, &argument("custom"), r#"{"a": 1}"#), Ok(()));
    assert_eq!(plan.set(2, &argument("phone"), " "), Ok(()));
    assert!(!plan.steps()[2].arguments().contains_key("phone"));
    assert!(plan.set(2, &argument("customer_id"), "").is_err());
    assert!(plan.set(2, &argument("approve"), "yes").is_err());
    assert_eq!(plan.set(2, &Field::Note, "look twice"), Ok(()));
    assert_eq!(plan.steps()[2].note().raw(), "look twice");
}

#[test]
fn a_draft_comes_back_without_live_placeholders() {
    let mut plan = phone();
    plan.turn_gate(0).expect("asks");
    let mut again = Plan::of_draft(&plan.draft(), &Shelf::new()).expect("ours");
    assert_eq!(again.steps()[2].arguments()["phone"], json!("[phone:1]"));
    assert!(again.steps()[2].is_stale() && !again.steps()[1].is_stale());
    assert_eq!(again.steps()[0].gate(), "asks first");
    again.remove(0).expect("gone");
    again.remove(0).expect("gone");
    assert!(again.run().is_err_and(|why| why.contains("earlier sitting")));
    again.set(0, &Field::Argument("phone".into()), "⟦phone:4⟧").expect("edited");
    assert!(!again.steps()[0].is_stale() && again.run().is_ok());
    for nonsense in ["", "{}", "[]", r#"{"goal":"x","steps":[{"tool":"shell"}]}"#, r#"{"goal":1,"steps":[]}"#] {
        assert!(Plan::of_draft(nonsense, &Shelf::new()).is_none(), "{nonsense}");
    }
}

#[test]
fn a_write_nobody_saw_the_end_of_is_never_run_again_by_itself() {
    let text = r#"{"goal":"x","steps":[{"tool":"conversation_add_note","arguments":{"conversation_id":"c","body":"x"},"why":"x"}]}"#;
    let (mut plan, mut turn) = (propose(text, &Shelf::new()).expect("a plan"), Turn::new());
    plan.run().expect("it runs");
    follow(&mut plan, &mut turn);
    let mut again = Plan::of_draft(&plan.draft(), &Shelf::new()).expect("ours");
    assert_eq!(*again.steps()[0].state(), StepState::Unclear);
    assert!(again.run().is_err_and(|why| why.contains("look at the desk")));
    plan.let_go();
    assert_eq!(*plan.steps()[0].state(), StepState::Unclear);
}

proptest! {
    #[test]
    fn no_proposal_and_no_draft_makes_it_stumble(text in "\\PC{0,200}") {
        let _ = propose(&text, &Shelf::new());
        let _ = Plan::of_draft(&text, &Shelf::new());
        let _ = propose(&format!(r#"{{"goal":"x","steps":[{text}]}}"#), &Shelf::new());
    }
}
