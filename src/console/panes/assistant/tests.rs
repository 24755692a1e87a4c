//! The pane, key by key: cards, sources, words that are looked for, reads run again, command lines.

use jiff::{Timestamp, tz::TimeZone};
use serde_json::json;

use super::*;
use crate::{
    assistant::{CallId, Context, Finish, RawCall, Said, Step, Veiled},
    console::{
        msg::Moment,
        pane::Out,
        state::Shared,
        theme::{Depth, Theme},
    },
    domain::{ConversationId, CustomerId},
    privacy::Vault,
    tools::Answer,
};

fn shared() -> Shared {
    let moment = Moment { now: Timestamp::UNIX_EPOCH, elapsed: std::time::Duration::ZERO };
    Shared::new(moment, TimeZone::UTC, "desk".to_owned())
}

/// Hands the model's answer of the round at hand to the turn.
fn model(pane: &mut Assistant, acts: &[Act], said: Said) -> Vec<Act> {
    let round = acts.iter().find_map(|act| if let Act::CallModel { round, .. } = act { Some(*round) } else { None });
    pane.handle(Event::Model(round.expect("the model is asked"), said))
}

fn done(calls: Vec<RawCall>) -> Said {
    Said::Done { calls, finish: Finish::Complete, usage: crate::assistant::Usage { prompt: 900, completion: 41 } }
}

/// A dialogue in which a conversation was read and summarised.
fn read() -> Assistant {
    let mut pane = Assistant { was_entered: true, ..Assistant::default() };
    let words = "what do they want?";
    let asked = Event::Asked {
        typed: Text::from(words),
        veiled: Veiled::of(&Vault::new(), words),
        context: Context::default(),
    };
    let acts = pane.handle(asked);
    let call = RawCall { name: "conversation_get".into(), arguments: r#"{"conversation_id":"c1"}"#.into() };
    let acts = model(&mut pane, &acts, done(vec![call]));
    let Some(Act::RunTool(call)) = acts.first() else { unreachable!("the read runs") };
    let id = call.id;
    pane.handle(Event::Call(id, Step::Sent(vec!["shiftdeck request GET '/v1/conversations/c1'".into()])));
    let answer = Answer::of(json!({"conversation": {"id": "c1", "customer_id": "u1", "subject": "Late parcel"},
        "messages": [{"id": "m1", "direction": "in", "at": "2026-11-28T09:00:00Z", "text": "Where is my zebra striped parcel?"}]}));
    let acts = pane.handle(Event::Call(id, Step::Answered { answer, took_ms: 12 }));
    let said = "They ask for a parcel [message:m1], a third time [message:m9]. See https://evil.example/x.";
    model(&mut pane, &acts, Said::Text(said.into()));
    model(&mut pane, &acts, done(vec![]));
    pane
}

fn act(pane: &mut Assistant, action: Action) -> (Result<(), Cannot>, Out) {
    let (shared, mut out) = (shared(), Out::default());
    let did = pane.act(action, &mut UpdateCx { shared: &shared, out: &mut out });
    (did, out)
}

fn screen(pane: &Assistant, (width, height): (u16, u16)) -> String {
    let (theme, _) = Theme::named(None, Depth::True);
    let (shared, area) = (shared(), Rect::new(0, 0, width, height));
    let mut buf = Buffer::empty(area);
    let cx = ViewCx { shared: &shared, theme: &theme, focused: true, title: "Assistant".to_owned() };
    pane.view(&cx, area, &mut buf);
    let rows = (0..height).map(|y| (0..width).map(|x| buf[(x, y)].symbol()).collect::<String>());
    rows.map(|row| row.trim_end().to_owned() + "\n").collect()
}

fn look_for(pane: &mut Assistant, words: &str) -> Result<(), Cannot> {
    act(pane, Action::Filter).0?;
    let (shared, mut out) = (shared(), Out::default());
    pane.paste(words, &mut UpdateCx { shared: &shared, out: &mut out });
    act(pane, Action::Submit).0
}

#[test]
fn an_answer_says_what_it_rests_on_and_a_stranger_gets_no_link() {
    let shown = screen(&read(), (80, 24));
    assert!(shown.contains("They ask for a parcel ‹1›, a third time ‹2›. See hxxps://evil.example/x."), "{shown}");
    assert!(shown.contains("‹1› read: message 2026-11-28 m1"), "{shown}");
    assert!(shown.contains("‹2› not from anything read: message m9"), "{shown}");
    assert!(shown.contains("not in this conversation, so no link: evil.example"), "{shown}");
    assert!(shown.contains("✓ conversation_get   read   done  12 ms  184 B"), "{shown}");
}

#[test]
fn a_call_under_way_says_how_far_it_is_until_it_is_answered() {
    let mut pane = Assistant { was_entered: true, ..Assistant::default() };
    let words = "how late are they?";
    let (typed, veiled) = (Text::from(words), Veiled::of(&Vault::new(), words));
    let acts = pane.handle(Event::Asked { typed, veiled, context: Context::default() });
    let call = RawCall { name: "conversation_get".into(), arguments: r#"{"conversation_id":"c1"}"#.into() };
    let acts = model(&mut pane, &acts, done(vec![call]));
    let Some(Act::RunTool(call)) = acts.first() else { unreachable!("the read runs") };
    let id = call.id;
    let far = |done| Progress { done, total: Some(8.0), message: "counting\u{1b}[31m".into() };
    pane.progressed(id, &far(3.0));
    assert!(screen(&pane, (100, 24)).contains("running, 3 of 8: counting␛[31m"), "{}", screen(&pane, (100, 24)));
    pane.progressed(id, &far(4.0));
    assert!(screen(&pane, (100, 24)).contains("4 of 8"));
    pane.handle(Event::Call(id, Step::Answered { answer: Answer::of(json!({})), took_ms: 1 }));
    pane.progressed(id, &far(5.0));
    assert!(!screen(&pane, (100, 24)).contains("of 8"), "{}", screen(&pane, (100, 24)));
}

#[test]
fn enter_on_an_answer_goes_to_the_one_source_that_leads_somewhere() {
    let mut pane = read();
    let (did, out) = act(&mut pane, Action::Open);
    did.expect("the newest is the answer");
    let (customer, conversation) = (CustomerId::new("u1"), Some(ConversationId::new("c1")));
    assert_eq!(out.target, Some(Target::Timeline { customer, conversation }));
}

#[test]
fn words_are_found_in_folded_results_and_shown_there() {
    let mut pane = read();
    assert!(!screen(&pane, (100, 30)).contains("      \"text\""));
    look_for(&mut pane, "ZEBRA").expect("it is in the result");
    assert_eq!(pane.chosen, Some(1));
    let shown = screen(&pane, (100, 50));
    assert!(shown.contains("zebra striped parcel") && shown.contains("“zebra” 1 of 1"), "{shown}");
    assert!(shown.contains("asked of the desk") && shown.contains("900 tokens read, 41 written"), "{shown}");
    assert_eq!(look_for(&mut pane, "unicorn"), Err(Cannot("nothing in this dialogue says that")));
    act(&mut pane, Action::Back).0.expect("the search ends");
    assert!(pane.find.is_none() && !pane.is_typing());
}

#[test]
fn matches_go_round_both_ways() {
    let mut pane = read();
    look_for(&mut pane, "parcel").expect("twice");
    assert_eq!(pane.chosen, Some(2), "the newest first");
    act(&mut pane, Action::PreviousMatch).0.expect("an older one");
    assert_eq!(pane.chosen, Some(1));
    act(&mut pane, Action::PreviousMatch).0.expect("round");
    assert_eq!(pane.chosen, Some(2));
    act(&mut pane, Action::NextMatch).0.expect("round");
    assert_eq!(pane.chosen, Some(1));
}

#[test]
fn a_chosen_read_runs_again_and_its_requests_are_copied() {
    let mut pane = read();
    assert!(act(&mut pane, Action::Reload).0.is_err(), "an answer is no call");
    pane.chosen = Some(1);
    let (did, out) = act(&mut pane, Action::CopyRequest);
    did.expect("it asked the desk");
    assert_eq!(out.effects, [Effect::Copy("shiftdeck request GET '/v1/conversations/c1'".to_owned())]);
    let (did, out) = act(&mut pane, Action::Reload);
    did.expect("a read");
    let [Effect::Assistant(Act::RunTool(call))] = &out.effects[..] else { unreachable!("{:?}", out.effects) };
    let id: CallId = call.id;
    assert_eq!(pane.turn.call(id).map(|call| call.by_hand), Some(true));
    assert!(screen(&pane, (100, 30)).contains("running  run again by you"));
    act(&mut pane, Action::Clear).0.expect("cleared");
    assert_eq!(pane.handle(Event::Call(id, Step::Failed { answer: Answer::of(json!({})) })), []);
    assert!(pane.turn.entries().is_empty(), "a late answer finds nothing");
}
