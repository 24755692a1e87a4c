//! Splits, jumps and the mouse, by keys and clicks on a state that is looked at afterwards.

use std::time::Duration;

use crate::{
    console::{
        actions::Action,
        effect::{Effect, Fetch},
        layout,
        msg::{Input, Msg},
        overlays::palette::Goal,
        panes::PaneId::{self, Assistant, Audit, Queue, Search, Timeline},
        searches::Saved,
        state::{Overlay, State},
        term::Mouse,
        update::{
            tests::{at, fill, note, press, propose, screen, state},
            update,
        },
    },
    domain::CustomerId,
    kustomer::search::Context,
};

fn shown(state: &State) -> Vec<PaneId> {
    layout::parts(state).into_iter().map(|(pane, _)| pane).collect()
}

fn click(state: &mut State, column: u16, row: u16) {
    update(state, Msg::Input(Input::Mouse(Mouse::Click(column, row))));
}

#[test]
fn a_small_screen_has_one_pane_a_wide_one_two_and_the_widest_three() {
    for (size, panes) in
        [((80, 24), vec![Queue]), ((200, 60), vec![Queue, Timeline]), ((300, 80), vec![Queue, Timeline, Assistant])]
    {
        let mut state = state(size);
        fill(&mut state);
        assert_eq!(shown(&state), panes, "{size:?}");
        insta::assert_snapshot!(format!("panes_{}x{}", size.0, size.1), screen(&state));
    }
}

#[test]
fn what_is_opened_stands_beside_the_list_and_esc_goes_back_to_it() {
    let mut state = state((200, 60));
    fill(&mut state);
    press(&mut state, 1, "enter");
    assert_eq!((state.focus, shown(&state)), (Timeline, vec![Queue, Timeline]));
    press(&mut state, 2, "esc");
    assert_eq!((state.focus, shown(&state)), (Queue, vec![Queue, Timeline]));
}

#[test]
fn the_timeline_beside_the_queue_follows_a_cursor_that_rests() {
    let mut state = state((200, 60));
    fill(&mut state);
    let hand = |state: &State| state.shared.current.as_ref().map(|current| current.customer.to_string());
    update(&mut state, Msg::Tick(at(1)));
    assert_eq!((state.focus, hand(&state).as_deref()), (Queue, Some("c-a3")));
    press(&mut state, 2, "j j");
    assert_eq!(hand(&state).as_deref(), Some("c-a3"), "not while the cursor runs");
    update(&mut state, Msg::Tick(at(3)));
    assert_eq!((state.focus, hand(&state).as_deref()), (Queue, Some("c-a4")));
    assert!(state.around.jumps.back.is_empty(), "nobody went anywhere");
    press(&mut state, 4, "enter n h i ctrl-w esc");
    press(&mut state, 5, "1 k");
    update(&mut state, Msg::Tick(at(6)));
    assert_eq!(state.focus, Queue);
}

#[test]
fn a_pane_can_be_split_left_zoomed_and_closed() {
    let mut state = state((120, 40));
    fill(&mut state);
    press(&mut state, 1, "ctrl-w v");
    assert_eq!((state.focus, shown(&state)), (Search, vec![Queue, Search]));
    press(&mut state, 2, "esc 8 ctrl-w s");
    assert_eq!(shown(&state), [Queue, Audit, Search]);
    press(&mut state, 3, "esc ctrl-w v");
    assert_eq!(state.notice.as_deref(), Some("three panes share the screen already"));
    press(&mut state, 4, "ctrl-w h");
    assert_eq!(state.focus, Queue);
    press(&mut state, 5, "ctrl-w z");
    assert_eq!(shown(&state), [Queue]);
    press(&mut state, 6, "ctrl-w z ctrl-w w ctrl-w q");
    assert_eq!((state.focus, shown(&state)), (Queue, vec![Queue, Search]));
    update(&mut state, Msg::Input(Input::Resize(70, 12)));
    assert_eq!(shown(&state), [Queue], "no room");
    update(&mut state, Msg::Input(Input::Resize(120, 40)));
    assert_eq!(shown(&state), [Queue, Search], "room again");
    press(&mut state, 7, "ctrl-w =");
    assert_eq!(shown(&state), [Queue]);
}

#[test]
fn jumps_lead_back_to_what_a_pane_stood_on_and_forward_again() {
    let mut state = state((120, 40));
    fill(&mut state);
    let hand = |state: &State| state.shared.current.as_ref().map(|current| current.customer.to_string());
    press(&mut state, 1, "enter");
    let first = hand(&state);
    press(&mut state, 2, "1 j enter");
    let second = hand(&state);
    assert_ne!(first, second);
    press(&mut state, 3, "ctrl-o ctrl-o");
    assert_eq!((state.focus, hand(&state)), (Timeline, first));
    press(&mut state, 4, "alt-right alt-right");
    assert_eq!((state.focus, hand(&state)), (Timeline, second));
    press(&mut state, 5, "alt-right");
    assert_eq!(state.notice.as_deref(), Some("there is nowhere to jump to that way"));
}

#[test]
fn a_click_puts_a_pane_in_front_and_a_border_can_be_dragged() {
    let mut state = state((200, 60));
    fill(&mut state);
    click(&mut state, 150, 20);
    assert_eq!(state.focus, Timeline);
    click(&mut state, 99, 20);
    assert_eq!(state.focus, Timeline, "a border is only taken hold of");
    for event in [Mouse::Drag(139, 22), Mouse::Release, Mouse::Drag(20, 20)] {
        update(&mut state, Msg::Input(Input::Mouse(event)));
    }
    let widths: Vec<u16> = layout::parts(&state).into_iter().map(|(_, part)| part.width).collect();
    assert_eq!(widths, [139, 61]);
}

#[test]
fn the_click_that_brings_the_window_back_does_nothing_else() {
    let mut state = state((200, 60));
    fill(&mut state);
    update(&mut state, Msg::Tick(at(5)));
    update(&mut state, Msg::Input(Input::Focus(true)));
    click(&mut state, 150, 20);
    assert_eq!(state.focus, Queue);
    click(&mut state, 150, 20);
    assert_eq!(state.focus, Timeline);
}

#[test]
fn no_mouse_answers_a_card() {
    let mut state = state((200, 60));
    fill(&mut state);
    propose(&mut state, note(crate::approval::Effect::Write, 1));
    crate::console::update::tests::paint(&mut state, 1);
    for row in 0..60 {
        for column in (0..200).step_by(3) {
            assert!(update(&mut state, Msg::Input(Input::Mouse(Mouse::Click(column, row)))).is_empty());
        }
    }
    assert!(state.card.is_some() && state.focus == Queue);
}

/// Words as the keys that type them.
fn typed(words: &str) -> String {
    words.chars().map(|c| if c == ' ' { "space".into() } else { c.to_string() }).collect::<Vec<_>>().join(" ")
}

#[test]
fn commands_take_arguments_and_say_what_there_is() {
    let mut state = state((120, 40));
    fill(&mut state);
    press(&mut state, 1, &format!(": {} enter", typed("audit")));
    assert_eq!(state.focus, Audit);
    press(&mut state, 2, &format!(": {} enter", typed("goto attic")));
    assert!(screen(&state).contains("`goto` takes a number from 1 up"), "{}", screen(&state));
    press(&mut state, 3, &format!("esc 1 : {} enter enter", typed("goto 3")));
    let third = state.shared.current.as_ref().map(|current| current.customer.to_string());
    assert_eq!(third.as_deref(), Some("c-a4"));
    press(&mut state, 4, &format!("1 : {} enter", typed("filter package")));
    assert!(screen(&state).contains("1 of 4"), "{}", screen(&state));
    press(&mut state, 5, &format!(": {}", typed("lost")));
    insta::assert_snapshot!("palette_120x40", screen(&state));
}

#[test]
fn a_begun_sequence_is_dropped_when_the_place_changes() {
    let mut state = state((120, 40));
    fill(&mut state);
    press(&mut state, 1, "ctrl-w");
    click(&mut state, 60, 20);
    assert!(state.around.begun.is_none());
    assert!(state.wakes_in().is_some_and(|rest| rest <= Duration::from_mins(1)));
}

#[test]
fn the_timeline_beside_the_queue_follows_when_rows_come() {
    let mut state = state((200, 60));
    fill(&mut state);
    assert!(state.shared.current.is_none(), "not before the cursor has rested");
    let effects = update(&mut state, Msg::Tick(at(1)));
    let opened = Fetch::Timeline(CustomerId::new("c-a3"));
    let is_opened = |effect: &Effect| matches!(effect, Effect::Fetch { fetch, .. } if *fetch == opened);
    assert!(effects.iter().any(is_opened), "the chosen row's customer: {effects:?}");
    assert_eq!(state.focus, Queue);
}

#[test]
fn verbs_and_lanes_take_their_argument_on_the_line() {
    let mut state = state((80, 24));
    fill(&mut state);
    let effects = press(&mut state, 1, &format!(": {} enter", typed("priority 2")));
    let sent = effects.iter().any(|effect| matches!(effect, Effect::Perform(..)));
    assert!(sent && state.overlay.is_none(), "{effects:?}");
    press(&mut state, 2, &format!(": {} enter", typed("lane free")));
    assert!(screen(&state).contains("Queue · Unassigned"), "{}", screen(&state));
    let saved =
        Saved { name: "Unhappy".into(), context: Context::Conversation, query: "status:open".into(), key: None };
    state.shared.searches.all = vec![saved];
    press(&mut state, 3, &format!(": {} enter", typed("unhappy")));
    assert_eq!(state.focus, Search);
}

#[test]
fn a_click_in_a_list_chooses_there_and_only_a_key_does_it() {
    let mut state = state((80, 24));
    fill(&mut state);
    press(&mut state, 1, ":");
    let chosen = |state: &State| match &state.overlay {
        Some(Overlay::Palette(palette)) => palette.chosen(),
        _ => None,
    };
    let rows: Vec<String> = screen(&state).lines().map(str::to_owned).collect();
    let wanted = Goal::Act(Action::NextPane);
    let row = rows.iter().position(|line| line.contains(Action::NextPane.help())).expect("it is offered");
    let row = u16::try_from(row).expect("on screen");
    assert_ne!(chosen(&state), Some(wanted.clone()));
    click(&mut state, 20, row);
    assert_eq!((chosen(&state), state.focus), (Some(wanted.clone()), Queue), "nothing was done yet");
    update(&mut state, Msg::Input(Input::Mouse(Mouse::Wheel(3, 20, row))));
    assert_ne!(chosen(&state), Some(wanted));
    click(&mut state, 20, row);
    press(&mut state, 2, "enter");
    assert_eq!((chosen(&state), state.focus), (None, Search));
}
