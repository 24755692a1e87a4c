//! Owns sequences of two keys. The first waits for the second; where it means something alone it waits [`PATIENCE`] at
//! most, and then means that.
//!
//! Invariant: a second key counts only in the place of the first: nothing that appears in between is answered by it.

use super::keys;
use crate::{
    approval::Press,
    console::{
        actions::Action,
        around::Begun,
        effect::Effect,
        keymap::{Binding, Code, Key, Stack},
        state::State,
    },
};

/// How long a key that means something alone waits for another.
pub const PATIENCE: std::time::Duration = std::time::Duration::from_millis(700);

/// The first of two keys went down.
pub fn begin(state: &mut State, stack: Stack, key: Key, press: Press) -> Vec<Effect> {
    let until = state.keymap.lookup(stack, key).map(|_| state.shared.moment.elapsed + PATIENCE);
    state.around.begun = Some(Begun { key, press, stack, until });
    Vec::new()
}

/// The key after it, in the same place.
pub fn second(state: &mut State, begun: Begun, key: Key, press: Press) -> Vec<Effect> {
    let stack = begun.stack;
    if let Some(action) = state.keymap.bound(stack, Binding { first: begun.key, then: Some(key) }) {
        return keys::perform(state, stack, action, press);
    }
    if key == Key::plain(Code::Esc) {
        return Vec::new();
    }
    let is_way_out = state.keymap.lookup(stack, key) == Some(Action::Interrupt);
    if begun.until.is_none() && !is_way_out {
        state.notice = Some(format!("{} {key} means nothing here", begun.key));
        return Vec::new();
    }
    let mut effects = alone(state, begun);
    effects.extend(keys::pressed(state, key, press));
    effects
}

/// Time passed: a key that waited long enough means what it means alone.
pub fn ticked(state: &mut State) -> Vec<Effect> {
    let now = state.shared.moment.elapsed;
    let is_due = |begun: &Begun| begun.until.is_some_and(|until| until <= now);
    match state.around.begun.take_if(|begun| is_due(begun)) {
        Some(begun) if begun.stack == state.stack() => alone(state, begun),
        Some(_) | None => Vec::new(),
    }
}

fn alone(state: &mut State, begun: Begun) -> Vec<Effect> {
    match state.keymap.lookup(begun.stack, begun.key) {
        Some(action) => keys::perform(state, begun.stack, action, begun.press),
        None => Vec::new(),
    }
}

#[cfg(test)]
mod tests;
