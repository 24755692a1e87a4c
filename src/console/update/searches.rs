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

/// Takes in what was read. What is newly wrong is said in passing, behind what is being said; all of it stays readable in
/// the Search pane.
pub fn loaded(state: &mut State, loaded: Loaded) -> Vec<Effect> {
    let searches = Searches::checked(loaded, &state.keymap);
    let told = &state.shared.searches.warnings;
    let new: Vec<&String> = searches.warnings.iter().filter(|warning| !told.contains(warning)).collect();
    if let Some((first, rest)) = new.split_first() {
        let more = if rest.is_empty() { String::new() } else { format!(" (and {} more, see Search)", rest.len()) };
        let said = state.notice.take().map(|said| format!("{said}; ")).unwrap_or_default();
        state.notice = Some(format!("{said}{first}{more}"));
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
