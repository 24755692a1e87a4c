//! A person's own small changes, by real keys on the queue: what goes out, what is taken back, and when.

#![expect(clippy::panic, reason = "a test that fails says how")]

use serde_json::{Value, json};

use super::super::{
    tests::{answer, at, conversation, fill, paint, press, state},
    update,
};
use super::*;
use crate::{
    approval::{Change, Desk, Policy},
    console::{
        effect::Fetch,
        msg::{Fetched, Msg},
        panes::PaneId,
        remote::Problem,
    },
    domain::{ConversationId, Status},
    kustomer::{Page, Receipt},
};

/// The changes among the effects, with their proposals.
fn sent(effects: &[Effect]) -> Vec<(ProposalId, Change)> {
    let sent = effects.iter().filter_map(|effect| match effect {
        Effect::Perform(approved, None) => Some((approved.proposal(), approved.change().clone())),
        _ => None,
    });
    sent.collect()
}

fn only(effects: &[Effect]) -> (ProposalId, Change) {
    let mut all = sent(effects);
    match (all.pop(), all.is_empty()) {
        (Some(one), true) => one,
        _ => panic!("one change was expected: {effects:?}"),
    }
}

fn body(change: &Change) -> Value {
    change.requests()[0].body.clone().unwrap_or_default()
}

/// Tells the console how a change ended.
fn ended(state: &mut State, (proposal, change): (ProposalId, Change), is_done: bool) -> Vec<Effect> {
    let receipt =
        Receipt { operation: change.operation(), objects: vec![], jobs: vec![], reconciled: false, answers: vec![] };
    let problem = Problem::new("", "nothing was changed: a conflict", "look again");
    let result = if is_done { Ok(receipt) } else { Err(problem) };
    update(state, Msg::Performed { proposal, change, result, told: None })
}

fn status(state: &State, id: &str) -> Option<Status> {
    state.panes.queue.conversation(&ConversationId::new(id)).map(|row| row.status.clone())
}

#[test]
fn the_key_that_asks_approves_and_the_row_shows_it_at_once() {
    let mut state = state((80, 24));
    fill(&mut state);
    let change = only(&press(&mut state, 1, "d")).1;
    assert_eq!((body(&change), status(&state, "a3")), (json!({"status": "done"}), Some(Status::Done)));
    assert!(state.desk.is_empty() && state.undo.is_some() && state.performing == 1);
}

#[test]
fn what_is_taken_back_on_its_way_follows_when_the_way_there_has_ended() {
    let mut state = state((80, 24));
    fill(&mut state);
    let there = only(&press(&mut state, 1, "d"));
    assert_eq!(sent(&press(&mut state, 2, "u")), [], "the first is still on its way");
    assert_eq!(sent(&press(&mut state, 3, "u")), [], "asked once is asked");
    let back = only(&ended(&mut state, there, true));
    assert_eq!(body(&back.1), json!({"status": "open"}));
    assert_eq!(status(&state, "a3"), Some(Status::Open));
    assert_eq!(sent(&ended(&mut state, back, true)), []);
    assert!(state.undo.is_none() && state.performing == 0);
}

#[test]
fn the_conversation_in_hand_takes_verbs_on_its_timeline() {
    let mut state = state((80, 24));
    fill(&mut state);
    press(&mut state, 1, "enter");
    let in_hand = |state: &State| {
        let details = &state.shared.current.as_ref().expect("it was opened").details;
        (details.value().map(|row| row.status.clone()), details.is_loading())
    };
    assert_eq!((state.focus, in_hand(&state)), (PaneId::Timeline, (Some(Status::Open), false)));
    let there = only(&press(&mut state, 2, "d"));
    assert_eq!((body(&there.1), in_hand(&state)), (json!({"status": "done"}), (Some(Status::Done), true)));
    assert_eq!(sent(&press(&mut state, 3, "plus")), [], "not before the first is through");
    let effects = ended(&mut state, there, false);
    let again = Fetch::Conversation(ConversationId::new("a3"));
    let is_again = |effect: &Effect| matches!(effect, Effect::Fetch { fetch, .. } if *fetch == again);
    assert!(effects.iter().any(is_again), "what was not taken is read again: {effects:?}");
    let generation = state.shared.generations[&again.task()];
    let answer = Box::new(Fetched::Conversation(Ok(conversation("a3", "Billed twice", Some(9)))));
    update(&mut state, Msg::Fetched { fetch: again, generation, answer });
    assert_eq!(in_hand(&state), (Some(Status::Open), false));
    assert_eq!(body(&only(&press(&mut state, 4, "plus")).1), json!({"priority": 5}));
}

#[test]
fn what_failed_is_as_it_was_and_cannot_be_taken_back() {
    let mut state = state((80, 24));
    fill(&mut state);
    let there = only(&press(&mut state, 1, "d"));
    ended(&mut state, there, false);
    assert_eq!(status(&state, "a3"), Some(Status::Open));
    assert!(state.notice.as_deref().is_some_and(|words| words.starts_with("not done: ")), "{:?}", state.notice);
    assert_eq!(sent(&press(&mut state, 2, "u")), []);
    assert_eq!(state.notice.as_deref(), Some("there is nothing to take back"));
}

#[test]
fn what_was_asked_back_before_it_failed_is_not_sent() {
    let mut state = state((80, 24));
    fill(&mut state);
    let there = only(&press(&mut state, 1, "d"));
    press(&mut state, 2, "u");
    assert_eq!(sent(&ended(&mut state, there, false)), []);
    assert!(state.undo.is_none());
}

#[test]
fn of_several_only_what_was_done_is_taken_back() {
    let mut state = state((80, 24));
    fill(&mut state);
    let mut there = sent(&press(&mut state, 1, "space space p 5 enter"));
    assert_eq!(there.len(), 2, "{there:?}");
    let (second, first) = (there.pop().expect("two"), there.pop().expect("two"));
    let kept = first.1.subject().conversation.clone();
    ended(&mut state, first, true);
    ended(&mut state, second, false);
    let back = only(&press(&mut state, 2, "u")).1;
    assert_eq!((back.subject().conversation.clone(), body(&back)), (kept, json!({"priority": 4})));
}

#[test]
fn after_ten_seconds_it_stays() {
    let mut state = state((80, 24));
    fill(&mut state);
    let there = only(&press(&mut state, 1, "d"));
    ended(&mut state, there, true);
    update(&mut state, Msg::Tick(at(11)));
    assert!(state.undo.is_none());
    assert_eq!(sent(&press(&mut state, 12, "u")), []);
}

#[test]
fn more_than_ten_are_a_card_that_asks_for_their_number() {
    let mut state = state((100, 40));
    let rows = (0..11).map(|n| conversation(&format!("{n:024x}"), "Same", Some(n))).collect();
    answer(&mut state, Ok(Page { rows, ..Page::default() }));
    assert_eq!(sent(&press(&mut state, 1, "* d")), []);
    assert_eq!((state.desk.len(), status(&state, &format!("{:024x}", 0))), (1, Some(Status::Open)));
    paint(&mut state, 2);
    press(&mut state, 2, "G");
    paint(&mut state, 2);
    assert_eq!(sent(&press(&mut state, 3, "a")), [], "the number first");
    let change = only(&press(&mut state, 4, "1 1 a")).1;
    assert_eq!((change.count(), status(&state, &format!("{:024x}", 0))), (11, Some(Status::Done)));
    assert!(state.undo.is_none(), "a job is not taken back by a key");
}

#[test]
fn settings_can_ask_for_a_card_each_time() {
    let mut state = state((100, 40));
    state.desk = Desk::with_policy(Policy { cards_for_own: true, ..Policy::default() });
    fill(&mut state);
    assert_eq!(sent(&press(&mut state, 1, "d")), []);
    assert_eq!((state.desk.len(), status(&state, "a3")), (1, Some(Status::Open)), "nothing is shown as done yet");
    paint(&mut state, 2);
    let there = only(&press(&mut state, 3, "a"));
    assert_eq!(status(&state, "a3"), Some(Status::Done));
    ended(&mut state, there, true);
    assert!(state.undo.is_none());
}
