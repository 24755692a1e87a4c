//! A yes and the look it waits for: what moved between the two is on the card before a yes counts.

use std::time::Duration;

use serde_json::json;

use super::super::{
    tests::{at, frame, look, note, paint, propose, state},
    update,
};
use crate::{
    approval::{Change, ChangeParts, Effect as Kind, Operation, Request, Scene, Sheet, Subject, Target},
    console::{
        effect::{Effect, Fetch},
        msg::Msg,
        overlays::approval::BURST,
        remote::Problem,
        state::State,
        term,
    },
    domain::{Channel, CustomerId, Direction, Message, MessageId, Text},
    transport::Method,
};

fn key(state: &mut State, seconds: u64, key: &str) -> Vec<Effect> {
    let mut effects = update(state, Msg::Tick(at(seconds)));
    effects.extend(update(state, Msg::Input(term::press(key, Duration::from_secs(seconds)))));
    let mut still = at(seconds);
    still.elapsed += BURST;
    effects.extend(update(state, Msg::Tick(still)));
    effects.extend(update(state, Msg::Still));
    effects
}

fn looks(effects: &[Effect]) -> bool {
    matches!(effects, [Effect::Fetch { fetch: Fetch::Scene(..), .. }])
}

fn performs(effects: &[Effect]) -> bool {
    matches!(effects, [Effect::Perform(..)])
}

fn wrote(words: &str) -> Scene {
    let message = Message {
        id: MessageId::new(words),
        conversation: None,
        channel: Channel::Chat,
        direction: Direction::In,
        subject: None,
        body: Text::from(words),
        from: None,
        at: None,
        by: None,
        auto: false,
        error: None,
        attachments: Vec::new(),
        sentiment: None,
        redacted: false,
        edited: None,
    };
    Scene { messages: vec![message], ..Scene::default() }
}

fn says(state: &State) -> &str {
    state.card.as_ref().and_then(|card| card.says.as_deref()).unwrap_or_default()
}

fn unread() -> Problem {
    Problem::new("it", "no route", "try again")
}

#[test]
fn a_yes_before_the_first_look_does_not_count_and_is_not_kept() {
    let mut state = state((100, 40));
    propose(&mut state, note(Kind::Write, 1));
    frame(&mut state, 1);
    assert!(key(&mut state, 2, "a").is_empty());
    assert!(says(&state).contains("being read"), "{}", says(&state));
    assert!(look(&mut state, Ok(Scene::default())).is_empty(), "the key is spent");
    frame(&mut state, 3);
    assert!(looks(&key(&mut state, 4, "a")));
    assert!(performs(&look(&mut state, Ok(Scene::default()))));
}

#[test]
fn a_yes_waits_for_a_last_look_and_any_other_key_takes_it_back() {
    let mut state = state((100, 40));
    propose(&mut state, note(Kind::Write, 1));
    paint(&mut state, 1);
    assert!(looks(&key(&mut state, 2, "a")));
    assert!(key(&mut state, 3, "j").is_empty());
    assert!(look(&mut state, Ok(Scene::default())).is_empty());
    assert_eq!(state.desk.len(), 1);
}

#[test]
fn words_that_came_meanwhile_are_shown_before_a_yes_counts() {
    let mut state = state((100, 40));
    propose(&mut state, note(Kind::Send, 1));
    paint(&mut state, 1);
    key(&mut state, 2, "a");
    assert!(look(&mut state, Ok(wrote("Found it, thanks"))).is_empty());
    assert!(says(&state).contains("did not count"), "{}", says(&state));
    let shown = super::super::tests::screen(&state);
    assert!(shown.contains("NEW") && shown.contains("Found it, thanks"), "{shown}");
    assert!(looks(&key(&mut state, 3, "a")));
    assert!(look(&mut state, Ok(wrote("Found it, thanks"))).is_empty(), "the card was not painted anew");
    assert!(says(&state).contains("before the card was drawn"), "{}", says(&state));
    frame(&mut state, 4);
    key(&mut state, 5, "a");
    assert!(performs(&look(&mut state, Ok(wrote("Found it, thanks")))));
}

/// Two that are alike, their list on screen and a yes for it waiting for its looks.
fn list_held() -> State {
    let mut state = state((100, 40));
    propose(&mut state, note(Kind::Write, 1));
    propose(&mut state, note(Kind::Write, 1).with_text("Charged twice.").expect("a text"));
    let ids: Vec<_> = state.desk.waiting().iter().map(|proposal| proposal.id()).collect();
    // Their words are made the same on the way: alike, but two.
    for id in ids {
        let change = note(Kind::Write, 1).with_text("Outage.").expect("a text");
        state.desk.amend(id, change, at(0).elapsed).expect("it waits");
    }
    update(&mut state, Msg::Tick(at(0)));
    paint(&mut state, 1);
    key(&mut state, 2, "s");
    paint(&mut state, 3);
    assert!(looks(&key(&mut state, 4, "a")));
    state
}

#[test]
fn a_yes_for_a_list_waits_until_all_of_it_was_looked_at() {
    let mut state = list_held();
    assert!(looks(&look(&mut state, Ok(Scene::default()))), "the second is looked at");
    let effects = look(&mut state, Ok(Scene::default()));
    assert_eq!(effects.iter().filter(|effect| matches!(effect, Effect::Perform(..))).count(), 2, "{effects:?}");
}

#[test]
fn a_card_left_on_screen_is_looked_at_again_now_and_then() {
    let mut state = state((100, 40));
    propose(&mut state, note(Kind::Write, 1));
    paint(&mut state, 1);
    assert!(update(&mut state, Msg::Tick(at(14))).is_empty());
    assert!(looks(&update(&mut state, Msg::Tick(at(15)))));
    assert!(update(&mut state, Msg::Tick(at(40))).is_empty(), "one look at a time");
}

#[test]
fn a_blind_yes_counts_for_what_stays_in_the_house_only() {
    for (kind, counts) in [(Kind::Write, true), (Kind::Draft, true), (Kind::Send, false), (Kind::Delete, false)] {
        let mut state = state((100, 40));
        propose(&mut state, note(kind, 1));
        look(&mut state, Err(unread()));
        frame(&mut state, 1);
        if kind == Kind::Delete {
            key(&mut state, 2, "1");
        }
        assert!(looks(&key(&mut state, 3, "a")));
        let effects = look(&mut state, Err(unread()));
        assert_eq!(performs(&effects), counts, "{kind:?}: {effects:?}");
        assert!(counts || says(&state).contains("before the desk was read"), "{}", says(&state));
    }
}

#[test]
fn a_request_for_a_past_revision_leaves_with_a_reason() {
    let change = Change::new(ChangeParts {
        effect: Kind::Write,
        operation: Operation::UpdateCustomer,
        subject: Subject { customer: Some(CustomerId::new("c-a3")), ..Subject::default() },
        requests: vec![Request {
            method: Method::Patch,
            path: "/v1/customers/c-a3".into(),
            body: Some(json!({"name": "Mara", "rev": 3})),
        }],
        count: 1,
        summary: "update one customer: name".into(),
        warnings: vec![],
        editable: None,
        before: vec![],
    });
    let at_rev = |rev: u64| {
        let record = Target::There(Sheet::of(&json!({"name": "M", "rev": rev}), []));
        Scene { record, ..Scene::default() }
    };
    let mut state = state((100, 40));
    propose(&mut state, change);
    look(&mut state, Ok(at_rev(3)));
    frame(&mut state, 1);
    key(&mut state, 2, "a");
    let effects = look(&mut state, Ok(at_rev(4)));
    let [Effect::Refused(refusal, None)] = effects.as_slice() else { unreachable!("{effects:?}") };
    assert!(refusal.why().contains("revision 4"), "{}", refusal.why());
    assert!(state.desk.is_empty() && state.card.is_none());
}
