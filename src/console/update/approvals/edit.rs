//! Owns editing a proposed text before it is decided: in place or in the person's own editor, checked against the rules of
//! its channel, and put back as another proposal that has to be read and answered anew.

use super::assistant;
use crate::{
    approval::Proposal,
    assistant::{Event, Step},
    console::{
        effect::Effect,
        overlays::approval::{Card, Mode},
        remote::Problem,
        state::State,
        widgets::composer::Composer,
    },
    kustomer::changes,
};

/// Opens the text.
pub fn begin(state: &mut State) {
    let text = state.desk.current().and_then(|proposal| proposal.change().editable_text());
    let Some(card) = &mut state.card else { return };
    match text {
        _ if matches!(card.mode, Mode::Alike) => {
            card.says = Some("texts are edited one at a time; go back to the one card first".to_owned());
        }
        Some((text, _)) => card.mode = Mode::Editor(Box::new(Composer::with(text))),
        None => card.says = Some("there is no text to edit here; approve or refuse it as it is".to_owned()),
    }
}

/// Goes on in the person's own editor.
pub fn outside(state: &State) -> Vec<Effect> {
    match state.card.as_ref().map(|card| &card.mode) {
        Some(Mode::Editor(composer)) => vec![Effect::EditOutside(composer.words())],
        _ => Vec::new(),
    }
}

/// Words came back from it: they stand in the editor of the card, to be used or dropped.
pub fn written(state: &mut State, answer: Result<String, Problem>) -> Vec<Effect> {
    let Some(card) = &mut state.card else { return Vec::new() };
    match (answer, &mut card.mode) {
        (Ok(words), Mode::Editor(composer)) => **composer = Composer::with(words.strip_suffix('\n').unwrap_or(&words)),
        (Ok(_), _) => {}
        (Err(problem), _) => card.says = Some(format!("{}: {}", problem.what, problem.why)),
    }
    Vec::new()
}

/// Replaces the proposal by its edited form; its card has to be read and answered anew.
pub fn take(state: &mut State) -> Vec<Effect> {
    let Some(card) = &mut state.card else { return Vec::new() };
    let Mode::Editor(composer) = &card.mode else { return Vec::new() };
    let Some(change) = state.desk.current().map(Proposal::change) else { return Vec::new() };
    let Some(change) = change.with_text(&composer.words()) else { return Vec::new() };
    if let Err(why) = changes::recheck(&change) {
        card.says = Some(why.to_string());
        return Vec::new();
    }
    let old = card.proposal;
    let call = state.panes.assistant.turn().waiting_for(old);
    let Ok(new) = state.desk.amend(old, change, state.shared.moment.elapsed) else { return Vec::new() };
    state.card = Some(Card::new(new));
    call.map_or_else(Vec::new, |call| assistant(state, Event::Call(call, Step::Amended(new))))
}
