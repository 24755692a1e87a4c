//! What returns after a restart, and what a file of another version or hand cannot do.

use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::console::update::{
    start,
    tests::{fill, press, state},
};

fn kept(state: &mut State) -> String {
    match keep_now(state) {
        Some(Effect::Keep { key, text }) if key == KEY => text,
        other => format!("{other:?}"),
    }
}

#[test]
fn pane_layout_hand_and_the_way_back_return() {
    let mut before = state((120, 40));
    fill(&mut before);
    press(&mut before, 1, "enter ctrl-w s esc ctrl-w + ctrl-w w");
    let text = kept(&mut before);
    let mut after = state((120, 40));
    after.shared.scratches.insert(KEY.to_owned(), text.clone());
    start(&mut after);
    assert_eq!((after.focus, &after.around.tiles), (before.focus, &before.around.tiles), "{text}");
    assert_eq!(after.around.jumps.back, before.around.jumps.back);
    let hand = |state: &State| {
        state.shared.current.as_ref().map(|current| (current.customer.clone(), current.conversation.clone()))
    };
    assert_eq!(hand(&after), hand(&before));
    assert_eq!(kept(&mut after), text);
}

#[test]
fn nothing_a_customer_wrote_or_is_called_is_in_it() {
    let mut state = state((120, 40));
    fill(&mut state);
    press(&mut state, 1, "enter 1 j enter 4 1");
    let text = kept(&mut state);
    for word in ["Charged", "Package", "Cancel", "hello", "order"] {
        assert!(!text.to_lowercase().contains(&word.to_lowercase()), "{word} in {text}");
    }
}

#[test]
fn it_is_written_after_a_pause_and_only_when_something_changed() {
    let mut state = state((120, 40));
    fill(&mut state);
    press(&mut state, 1, "2");
    assert_eq!(keep(&mut state), None, "keys are still coming");
    press(&mut state, 4, "esc");
    assert!(keep(&mut state).is_some(), "the first change is old enough");
    press(&mut state, 9, "j");
    press(&mut state, 12, "k");
    assert_eq!(keep(&mut state), None, "nothing to write");
    assert_eq!(state.around.keeping.due(), None, "and nothing to wake for");
}

#[test]
fn another_desks_ids_stay_away() {
    let mut state = state((120, 40));
    let kept = json!({"desk": "acme", "focus": "Audit", "hand": {"customer": "c1"}, "back": [{"pane": "Queue"}]});
    assert_eq!(restore(&mut state, &kept.to_string()), None);
    assert_eq!((state.focus, state.around.jumps.back.len()), (PaneId::Audit, 0));
}

fn any_json() -> impl Strategy<Value = Value> {
    let names = prop_oneof![
        Just("focus"),
        Just("layout"),
        Just("zoomed"),
        Just("desk"),
        Just("back"),
        Just("on"),
        Just("hand"),
        Just("panes"),
        Just("pane"),
        Just("customer"),
        Just("conversation"),
        Just("way"),
        Just("share"),
        Just("parts"),
        Just("Queue"),
        Just("Timeline"),
        Just("chosen"),
    ];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        ".{0,12}".prop_map(Value::from),
        prop_oneof![Just("Queue"), Just("Timeline"), Just("beside"), Just("embedded desk"), Just("../../x")]
            .prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 40, 8, move |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            proptest::collection::vec((names.clone(), inner), 0..8).prop_map(|fields| Value::Object(
                fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
            )),
        ]
    })
}

proptest! {
    #[test]
    fn whatever_was_kept_the_console_starts(kept in any_json(), cut in 0..400_usize) {
        let whole = kept.to_string();
        let torn: String = whole.chars().take(cut).collect();
        for text in [whole, torn] {
            let mut state = state((200, 60));
            state.shared.scratches.insert(KEY.to_owned(), text);
            start(&mut state);
            prop_assert!(state.around.tiles.panes().contains(&state.focus));
            prop_assert!(!crate::console::update::tests::screen(&state).is_empty());
            if let Some(current) = &state.shared.current {
                prop_assert!(!current.customer.as_str().contains('/'));
            }
        }
    }
}
