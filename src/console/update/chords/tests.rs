//! Sequences of keys, pressed through the real keymap.

use std::time::Duration;

use crate::console::{
    msg::{Moment, Msg},
    panes::PaneId,
    state::State,
    update::{
        tests::{at, fill, note, press, propose, screen, state},
        update,
    },
};

/// Lets milliseconds pass.
fn pass(state: &mut State, milliseconds: u64) {
    let elapsed = state.shared.moment.elapsed + Duration::from_millis(milliseconds);
    update(state, Msg::Tick(Moment { elapsed, ..state.shared.moment }));
}

fn chosen(state: &State) -> String {
    screen(state).lines().find(|line| line.contains("Charged twice")).unwrap_or_default().to_owned()
}

#[test]
fn g_alone_means_top_after_a_pause_and_g_g_at_once() {
    let mut state = state((120, 40));
    fill(&mut state);
    let top = screen(&state);
    press(&mut state, 1, "j j");
    let below = screen(&state);
    assert_ne!(top, below, "{}", chosen(&state));
    press(&mut state, 2, "g");
    pass(&mut state, 600);
    assert!(state.around.begun.is_some(), "it waits for a second key");
    pass(&mut state, 100);
    assert!(state.around.begun.is_none());
    press(&mut state, 4, "enter");
    let hand = |state: &State| state.shared.current.as_ref().map(|current| current.customer.to_string());
    let first = hand(&state);
    press(&mut state, 5, "1 G g g enter");
    assert_eq!(hand(&state), first, "both stand on the top row");
}

#[test]
fn a_second_key_goes_on_and_another_key_is_its_own() {
    let mut state = state((120, 40));
    fill(&mut state);
    press(&mut state, 1, "g s");
    assert_eq!(state.focus, PaneId::Search);
    press(&mut state, 2, "esc g l");
    assert_eq!(state.focus, PaneId::Audit);
    press(&mut state, 3, "g 1");
    assert_eq!(state.focus, PaneId::Queue, "g acts alone, then 1 does");
    press(&mut state, 4, "ctrl-w x");
    assert_eq!(state.notice.as_deref(), Some("ctrl-w x means nothing here"));
    press(&mut state, 5, "g esc");
    assert!(state.around.begun.is_none() && state.focus == PaneId::Queue, "esc ends it");
}

#[test]
fn the_box_says_what_can_follow() {
    let mut state = state((80, 24));
    fill(&mut state);
    press(&mut state, 1, "ctrl-w");
    insta::assert_snapshot!("which_key_80x24", screen(&state));
    let mut state = crate::console::update::tests::state((120, 40));
    fill(&mut state);
    press(&mut state, 1, "g");
    insta::assert_snapshot!("which_key_120x40", screen(&state));
}

#[test]
fn a_card_waits_for_the_second_key_and_is_not_answered_by_it() {
    let mut state = state((100, 40));
    fill(&mut state);
    press(&mut state, 1, "ctrl-w");
    propose(&mut state, note(crate::approval::Effect::Write, 1));
    assert!(state.card.is_none(), "between two keys nothing takes the screen");
    press(&mut state, 1, "v");
    update(&mut state, Msg::Tick(at(2)));
    assert!(state.card.is_some());
}
