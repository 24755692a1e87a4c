//! Owns what the folder of saved searches and its keys do to the console: searches are checked when they were read, and a
//! bound key runs one from any pane.

use super::moves;
use crate::{
    config::searches::Loaded,
    console::{
        effect::Effect,
        keymap::{Key, Stack},
        msg::Target,
        searches::Searches,
        state::State,
    },
};

/// Takes in what was read. What is wrong is said in passing, and stays readable in the Search pane.
pub fn loaded(state: &mut State, loaded: Loaded) -> Vec<Effect> {
    let searches = Searches::checked(loaded, &state.keymap);
    if let (Some(first), None) = (searches.warnings.first(), &state.notice) {
        let more = searches.warnings.len() - 1;
        state.notice = Some(if more == 0 { first.clone() } else { format!("{first} (and {more} more, see Search)") });
    }
    state.shared.searches = searches;
    Vec::new()
}

/// Runs the search a key is bound to; `None` where there is none, or the key is text.
pub fn pressed(state: &mut State, stack: Stack, key: Key) -> Option<Vec<Effect>> {
    let in_a_pane = matches!(stack, Stack::Pane(_)) || (matches!(stack, Stack::Typing(_)) && key.typed().is_none());
    let saved = state.shared.searches.bound(key).filter(|_| in_a_pane)?;
    let target = Target::Search { context: saved.context.clone(), query: saved.query.clone() };
    Some(moves::open(state, &target))
}
