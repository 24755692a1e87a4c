//! Owns what the keys of the split screen do: cutting, closing, resizing, going from part to part. The arithmetic is
//! `tiles`'s.

use super::moves;
use crate::console::{
    actions::Action,
    around,
    effect::Effect,
    layout,
    panes::PaneId,
    state::State,
    tiles::{self, Toward, Way},
};

/// How far one key moves a border, in thousandths.
const STEP: i16 = 50;

/// Performs an action of the split screen.
pub fn act(state: &mut State, action: Action) -> Vec<Effect> {
    if !state.has_use_for(action) {
        let full = matches!(action, Action::SplitBeside | Action::SplitBelow);
        let words = if full { "three panes share the screen already" } else { "this pane is alone on the screen" };
        state.notice = Some(words.to_owned());
        return Vec::new();
    }
    match action {
        Action::SplitBeside => split(state, Way::Beside),
        Action::SplitBelow => split(state, Way::Below),
        Action::CloseSplit => close(state),
        Action::NextSplit => next(state),
        Action::FocusLeft => toward(state, Toward::Left),
        Action::FocusDown => toward(state, Toward::Down),
        Action::FocusUp => toward(state, Toward::Up),
        Action::FocusRight => toward(state, Toward::Right),
        Action::Wider => grow(state, Way::Beside, STEP),
        Action::Narrower => grow(state, Way::Beside, -STEP),
        Action::Taller => grow(state, Way::Below, STEP),
        Action::Shorter => grow(state, Way::Below, -STEP),
        Action::Zoom => {
            state.around.is_zoomed = !state.around.is_zoomed;
            Vec::new()
        }
        Action::Arrange => {
            state.around.tiles = around::suited(state.size, state.focus);
            (state.around.is_arranged, state.around.is_zoomed) = (false, false);
            Vec::new()
        }
        _ => Vec::new(),
    }
}

/// Cuts the part in front in two. The pane the person came from last stands in the new part, which is in front then: a
/// number puts another there.
fn split(state: &mut State, way: Way) -> Vec<Effect> {
    let here = state.around.tiles.panes();
    let last = state.around.jumps.back.iter().rev().map(|spot| spot.pane);
    let Some(new) = last.chain(PaneId::ALL.iter().copied()).find(|pane| !here.contains(pane)) else {
        return Vec::new();
    };
    let before = state.around.tiles.clone();
    if !state.around.tiles.split(state.focus, way, new) {
        return Vec::new();
    }
    state.around.is_zoomed = false;
    if layout::parts(state).len() == 1 {
        state.around.tiles = before;
        state.notice = Some("this screen is too small to split that way".to_owned());
        return Vec::new();
    }
    state.around.is_arranged = true;
    moves::go(state, new)
}

fn close(state: &mut State) -> Vec<Effect> {
    let closing = state.focus;
    let parts = layout::parts(state);
    let beside = [Toward::Left, Toward::Up, Toward::Right, Toward::Down];
    let beside = beside.into_iter().find_map(|side| tiles::neighbour(&parts, closing, side));
    if !state.around.tiles.close(closing) {
        return Vec::new();
    }
    (state.around.is_arranged, state.around.is_zoomed) = (true, false);
    let rest = state.around.tiles.panes();
    beside.or(rest.first().copied()).map_or_else(Vec::new, |pane| moves::go(state, pane))
}

fn next(state: &mut State) -> Vec<Effect> {
    let panes = state.around.tiles.panes();
    let at = panes.iter().position(|pane| *pane == state.focus).unwrap_or_default();
    moves::go(state, panes[(at + 1) % panes.len()])
}

fn toward(state: &mut State, side: Toward) -> Vec<Effect> {
    let parts = state.around.tiles.parts(layout::body(state));
    match tiles::neighbour(&parts, state.focus, side) {
        Some(pane) => moves::go(state, pane),
        None => Vec::new(),
    }
}

fn grow(state: &mut State, way: Way, by: i16) -> Vec<Effect> {
    if !state.around.tiles.grow(state.focus, way, by) {
        let way = if way == Way::Beside { "beside" } else { "above or below" };
        state.notice = Some(format!("nothing stands {way} this pane"));
    }
    Vec::new()
}

#[cfg(test)]
mod tests;
