//! Owns how the tour goes on: begun and left by the person, a step further when what it waits for was done.

use super::moves;
use crate::console::{
    actions::Action,
    effect::Effect,
    panes::PaneId,
    state::State,
    tour::{self, Tour},
};

/// Begins it, or takes it up where it was left.
pub fn begin(state: &mut State) -> Vec<Effect> {
    if state.shared.simulated != Some(true) {
        state.notice = Some(tour::NEEDS_SANDBOX.to_owned());
        return Vec::new();
    }
    let tour = Tour::resumed(state.shared.scratches.get(tour::KEPT).map(String::as_str));
    state.tour = Some(tour);
    if tour.step == 0 { moves::go(state, PaneId::Queue) } else { Vec::new() }
}

/// Leaves it; `:tour` takes it up again.
pub fn leave(state: &mut State) -> Vec<Effect> {
    if state.tour.take().is_some() {
        state.notice = Some("the tour is left; :tour goes on from here".to_owned());
    }
    Vec::new()
}

/// Looks at what was done: a step further, or the end.
pub fn watch(state: &mut State, did: Option<Action>, had_card: bool) -> Vec<Effect> {
    let Some(tour) = state.tour.filter(|tour| tour.is_reached(state, did, had_card)) else { return Vec::new() };
    state.tour = tour.next();
    let (key, text) = (tour::KEPT.to_owned(), state.tour.map_or_else(String::new, |tour| tour.step.to_string()));
    if state.tour.is_none() {
        state.notice = Some("that was the tour: ? shows the keys of the place you are in".to_owned());
        state.shared.scratches.remove(&key);
    } else {
        state.shared.scratches.insert(key.clone(), text.clone());
    }
    vec![Effect::Keep { key, text }]
}
