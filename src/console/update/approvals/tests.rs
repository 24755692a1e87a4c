//! Each way of answering a card by keys, what comes between, and the screens of it.

#![expect(clippy::panic, reason = "a test that fails says how")]

use serde_json::json;

use super::super::{
    Msg,
    tests::{at, fill, look, note, paint, press, propose, screen, state},
    update,
};
use super::*;
use crate::{
    approval::{ChangeParts, Editable, Effect as Kind, Request, Scene, Subject},
    console::{overlays::approval::BURST, term},
    domain::{ConversationId, CustomerId},
    transport::Method,
};

/// A note on a conversation; those of the same words are alike.
fn note_on(conversation: &str, words: &str) -> Change {
    Change::new(ChangeParts {
        effect: Kind::Write,
        operation: Operation::AddNote,
        subject: Subject {
            customer: Some(CustomerId::new(format!("c-{conversation}"))),
            customer_name: Some(Text::from("Mara Quill")),
            conversation: Some(ConversationId::new(conversation)),
            ..Subject::default()
        },
        requests: vec![Request {
            method: Method::Post,
            path: format!("/v1/conversations/{conversation}/notes"),
            body: Some(json!({"body": words})),
        }],
        count: 1,
        summary: "add a private note to one conversation".into(),
        warnings: vec![],
        editable: Some(Editable { request: 0, pointer: "/body", limit: Some(10_240) }),
        before: vec![],
    })
}

fn shown(state: &State) -> Option<&str> {
    let card = state.card.as_ref()?;
    let change = state.desk.proposal_of(card.proposal)?.change();
    change.subject().conversation.as_ref().map(ConversationId::as_str)
}

/// Keys that all came at one moment, then quiet.
fn burst(state: &mut State, seconds: u64, keys: &str) -> Vec<Effect> {
    let mut effects = update(state, Msg::Tick(at(seconds)));
    for key in keys.split(' ') {
        effects.extend(update(state, Msg::Input(term::press(key, at(seconds).elapsed))));
    }
    let mut later = at(seconds);
    later.elapsed += 2 * BURST;
    effects.extend(update(state, Msg::Tick(later)));
    effects.extend(update(state, Msg::Still));
    effects
}

#[test]
fn many_keys_at_once_answer_nothing_and_type_no_count() {
    for keys in ["a a", "a enter", "x enter", "1 8 8", "1 8 8 a", "d enter", "c q enter", "s a"] {
        let mut state = state((100, 40));
        propose(&mut state, note(Kind::Bulk, 188));
        paint(&mut state, 1);
        assert!(burst(&mut state, 2, keys).is_empty(), "{keys}");
        let card = state.card.as_ref().expect("the card stands");
        assert!(matches!(card.mode, Mode::Reading) && card.pending.is_none(), "{keys}");
        assert_eq!(card.count.words(), "", "{keys}");
        assert!(card.says.as_deref().is_some_and(|says| says.contains("at once")), "{keys}: {:?}", card.says);
    }
}

#[test]
fn an_answer_counts_when_no_other_key_came_and_not_before() {
    let mut state = state((100, 40));
    propose(&mut state, note(Kind::Write, 1));
    paint(&mut state, 1);
    update(&mut state, Msg::Tick(at(2)));
    assert!(update(&mut state, Msg::Input(term::press("a", at(2).elapsed))).is_empty());
    assert!(update(&mut state, Msg::Still).is_empty(), "no time has passed yet");
    let mut later = at(2);
    later.elapsed += BURST;
    assert!(update(&mut state, Msg::Tick(later)).is_empty(), "an input may wait behind the tick");
    let effects = update(&mut state, Msg::Still);
    assert!(matches!(effects.as_slice(), [Effect::Fetch { fetch: Fetch::Scene(..), .. }]), "{effects:?}");
    let effects = look(&mut state, Ok(Scene::default()));
    assert!(matches!(effects.as_slice(), [Effect::Perform(..)]), "{effects:?}");
}

#[test]
fn the_next_key_of_a_finger_does_not_void_the_answer_before_it_but_takes_back_a_yes() {
    let mut state = state((100, 40));
    propose(&mut state, note(Kind::Write, 1));
    paint(&mut state, 1);
    update(&mut state, Msg::Tick(at(2)));
    update(&mut state, Msg::Input(term::press("a", at(2).elapsed)));
    let effects = update(&mut state, Msg::Input(term::press("j", at(2).elapsed + 3 * BURST)));
    assert!(matches!(effects.as_slice(), [Effect::Fetch { fetch: Fetch::Scene(..), .. }]), "it goes to its look");
    assert!(look(&mut state, Ok(Scene::default())).is_empty(), "and the key behind it takes it back");
    press(&mut state, 4, "x");
    update(&mut state, Msg::Tick(at(5)));
    update(&mut state, Msg::Input(term::press("enter", at(5).elapsed)));
    let effects = update(&mut state, Msg::Input(term::press("j", at(5).elapsed + 3 * BURST)));
    assert!(matches!(effects.as_slice(), [Effect::Refused(..), ..]), "{effects:?}");
}

#[test]
fn a_note_goes_along_with_the_yes_and_is_none_by_itself() {
    let mut state = state((100, 40));
    propose(&mut state, note(Kind::Write, 1));
    paint(&mut state, 1);
    assert!(press(&mut state, 2, "n o k enter").is_empty());
    let effects = press(&mut state, 4, "a");
    let [Effect::Perform(approved, None)] = effects.as_slice() else { panic!("{effects:?}") };
    assert_eq!(approved.note(), "ok");
}

#[test]
fn changes_are_asked_for_in_words() {
    let mut state = state((100, 40));
    propose(&mut state, note(Kind::Write, 1));
    paint(&mut state, 1);
    assert!(press(&mut state, 2, "c enter").is_empty(), "without words");
    let effects = press(&mut state, 4, "s h o r t e r enter");
    let [Effect::Refused(refusal, None)] = effects.as_slice() else { panic!("{effects:?}") };
    assert_eq!(refusal.by, RefusedBy::Changes("shorter".into()));
}

#[test]
fn what_is_put_off_leaves_the_screen_and_comes_back_by_itself() {
    let mut state = state((100, 40));
    propose(&mut state, note(Kind::Write, 1));
    paint(&mut state, 1);
    assert!(press(&mut state, 2, "d backspace 2 enter").is_empty());
    assert!(state.card.is_none() && state.desk.resting() == 1);
    assert!(press(&mut state, 3, "A").is_empty());
    assert!(matches!(state.overlay, Some(Overlay::Waiting(0))), "the list, since none is to be answered now");
    press(&mut state, 4, "esc");
    update(&mut state, Msg::Tick(at(200)));
    assert!(state.card.is_some());
    assert!(press(&mut state, 201, "a").is_empty(), "it has to be painted anew");
}

#[test]
fn a_more_urgent_one_waits_behind_the_card_and_comes_next() {
    let mut state = state((100, 40));
    fill(&mut state);
    propose(&mut state, note_on("a4", "later"));
    paint(&mut state, 1);
    propose(&mut state, note_on("a3", "late already"));
    assert_eq!(shown(&state), Some("a4"));
    let words = screen(&state);
    assert!(words.contains("Approval: 2 waiting, 1 more urgent than this"), "{words}");
    assert!(matches!(press(&mut state, 2, "a").as_slice(), [Effect::Perform(..)]));
    assert_eq!(shown(&state), Some("a3"));
}

#[test]
fn the_list_leads_to_any_card_and_answers_none() {
    let mut state = state((80, 24));
    fill(&mut state);
    for (conversation, words) in [("a4", "one"), ("a3", "two"), ("a2", "three")] {
        propose(&mut state, note_on(conversation, words));
    }
    paint(&mut state, 1);
    assert!(press(&mut state, 2, "l").is_empty());
    insta::assert_snapshot!("waiting_80x24", screen(&state));
    assert!(overlays::approval::painted(&state).is_none(), "a covered card is not painted");
    assert!(press(&mut state, 3, "a a G enter").is_empty());
    assert_eq!((shown(&state), state.desk.len()), (Some("a4"), 3));
    press(&mut state, 4, "esc");
    assert!(state.parked);
    press(&mut state, 5, "W");
    state.size = (200, 60);
    insta::assert_snapshot!("waiting_200x60", screen(&state));
    press(&mut state, 6, "j enter");
    assert_eq!((shown(&state), state.parked), (Some("a2"), false));
}

#[test]
fn one_press_answers_all_that_are_alike_after_their_list_was_read() {
    let mut state = state((80, 24));
    for n in 1..=3 {
        propose(&mut state, note_on(&format!("a{n}"), "Outage, see the status page."));
    }
    propose(&mut state, note_on("a4", "something else"));
    paint(&mut state, 1);
    assert!(press(&mut state, 2, "s").is_empty());
    insta::assert_snapshot!("alike_80x24", screen(&state));
    assert!(press(&mut state, 3, "a").is_empty(), "the list was not painted");
    paint(&mut state, 4);
    assert!(press(&mut state, 5, "a").is_empty(), "nor to its end");
    press(&mut state, 6, "G");
    paint(&mut state, 7);
    let effects = press(&mut state, 8, "a");
    let approved: Vec<&Change> = effects
        .iter()
        .map(
            |effect| {
                if let Effect::Perform(approved, None) = effect { approved.change() } else { panic!("{effect:?}") }
            },
        )
        .collect();
    let all: std::collections::BTreeSet<String> = approved.iter().map(|change| change.digest().to_string()).collect();
    assert_eq!((approved.len(), all.len(), state.desk.len(), state.performing), (3, 3, 1, 3));
    assert_eq!(shown(&state), Some("a4"));
}

#[test]
fn a_list_that_was_jumped_to_the_end_of_was_not_read() {
    let mut state = state((80, 24));
    for n in 0..10 {
        propose(&mut state, note_on(&format!("b{n}"), "Outage."));
    }
    paint(&mut state, 1);
    press(&mut state, 2, "s");
    paint(&mut state, 3);
    press(&mut state, 4, "G");
    paint(&mut state, 5);
    assert!(press(&mut state, 6, "a").is_empty(), "the middle was not on screen");
    press(&mut state, 7, "g");
    update(&mut state, Msg::Tick(at(9)));
    for seconds in 9..20 {
        paint(&mut state, seconds);
        press(&mut state, seconds, "pgdn");
    }
    paint(&mut state, 20);
    let effects = press(&mut state, 22, "a");
    assert_eq!(effects.len(), 10, "{effects:?}");
}

#[test]
fn a_list_takes_a_yes_or_a_no_and_a_wish_of_ones_own_has_nobody_to_tell() {
    let mut state = state((100, 40));
    for n in 1..=2 {
        propose(&mut state, note_on(&format!("a{n}"), "Outage."));
    }
    paint(&mut state, 1);
    press(&mut state, 2, "s");
    paint(&mut state, 3);
    for (seconds, key) in [(4, "c"), (5, "n"), (6, "d")] {
        press(&mut state, seconds, key);
        let card = state.card.as_ref().expect("the list stands");
        assert!(matches!(card.mode, Mode::Alike) && card.says.is_some(), "{key}");
    }
    let mut state = super::super::tests::state((100, 40));
    state.desk.submit(note_on("a1", "mine"), Author::Person, Text::default(), at(0).elapsed).expect("a proposal");
    update(&mut state, Msg::Tick(at(0)));
    paint(&mut state, 1);
    for (seconds, key) in [(2, "c"), (3, "n")] {
        press(&mut state, seconds, key);
        let card = state.card.as_ref().expect("the card stands");
        assert!(matches!(card.mode, Mode::Reading) && card.says.is_some(), "{key}");
    }
}

#[test]
fn no_card_comes_over_what_a_person_is_being_told() {
    let mut state = state((100, 40));
    state.overlay = Some(Overlay::Notice(crate::console::remote::Problem::new("what", "why", "next")));
    propose(&mut state, note(Kind::Write, 1));
    assert!(state.card.is_none());
    press(&mut state, 1, "esc");
    assert!(state.card.is_some());
}

#[test]
fn a_card_has_no_end_before_the_desk_was_looked_at() {
    let mut state = state((100, 40));
    propose(&mut state, note(Kind::Write, 1));
    assert!(overlays::approval::painted(&state).is_some_and(|(_, to_the_end)| !to_the_end));
    look(&mut state, Ok(Scene::default()));
    assert!(overlays::approval::painted(&state).is_some_and(|(_, to_the_end)| to_the_end));
}

#[test]
fn back_from_the_list_only_the_one_card_is_answered() {
    let mut state = state((100, 40));
    for n in 1..=2 {
        propose(&mut state, note_on(&format!("a{n}"), "Outage."));
    }
    paint(&mut state, 1);
    press(&mut state, 2, "s");
    paint(&mut state, 3);
    assert!(press(&mut state, 4, "x esc esc").is_empty(), "from the reason to the list, from there to the card");
    assert!(matches!(state.card.as_ref().map(|card| &card.mode), Some(Mode::Reading)));
    let effects = press(&mut state, 5, "a");
    assert_eq!((effects.len(), state.desk.len()), (1, 1), "{effects:?}");
    let mut state = super::super::tests::state((100, 40));
    for n in 1..=2 {
        propose(&mut state, note_on(&format!("a{n}"), "Outage."));
    }
    paint(&mut state, 1);
    press(&mut state, 2, "s");
    paint(&mut state, 3);
    let effects = press(&mut state, 4, "x n o enter");
    assert_eq!(effects.iter().filter(|effect| matches!(effect, Effect::Refused(..))).count(), 2, "{effects:?}");
}

#[test]
fn an_edit_is_shown_against_what_was_proposed_and_keeps_the_rules() {
    for size in [(80, 24), (200, 60)] {
        let mut state = state(size);
        propose(&mut state, note_on("a1", "Charged twice."));
        paint(&mut state, 1);
        press(&mut state, 2, "e ! ctrl-s");
        paint(&mut state, 3);
        press(&mut state, 4, "G");
        insta::assert_snapshot!(format!("edited_{}x{}", size.0, size.1), screen(&state));
    }
    let mut state = state((80, 24));
    propose(&mut state, note_on("a1", "x"));
    paint(&mut state, 1);
    press(&mut state, 2, "e backspace ctrl-s");
    let card = state.card.as_ref().expect("the card stands");
    assert!(
        matches!(card.mode, Mode::Editor(_)) && card.says.as_deref() == Some("the text is empty"),
        "{:?}",
        card.says
    );
    let outside = press(&mut state, 3, "ctrl-e");
    assert_eq!(outside, [Effect::EditOutside(String::new())]);
    update(&mut state, Msg::Edited(Ok("from outside\n".to_owned())));
    press(&mut state, 4, "ctrl-s");
    let edited = state.desk.current().and_then(|proposal| proposal.change().editable_text());
    assert_eq!(edited.map(|(text, _)| text), Some("from outside"));
}
