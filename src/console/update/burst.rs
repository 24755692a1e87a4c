//! Owns telling one key that a finger pressed from many that come at once: a paste the terminal does not mark, an answer of
//! the terminal's, a macro. An answer on a card, or to a question, waits for [`BURST`] without another key, and counts then.
//! Decides nothing.
//!
//! Invariant: a key with another less than [`BURST`] before or behind it answers no card and no question, and types no count.

use super::{approvals, questions};
use crate::{
    approval::Press,
    console::{
        actions::{Action, Context},
        effect::Effect,
        keymap::Stack,
        overlays::approval::{BURST, Pending},
        state::State,
    },
};

/// Said of keys that came at once.
const HASTY: &str = "many keys came at once, as in a paste: none of them counts";

/// Hears that a key went down, before it is known what it means: an answer that stood alone until now is given; one that did
/// not is dropped. Says whether the key came right behind another.
pub fn heard(state: &mut State, press: &Press) -> (bool, Vec<Effect>) {
    let at = press.at();
    let is_burst = state.around.keyed.replace(at).is_some_and(|last| at < last + BURST);
    if !is_burst {
        return (false, settle(state));
    }
    if let Some(card) = &mut state.card {
        let stack = card.stack();
        let is_dropped = card.pending.take().is_some();
        if is_dropped || stack == Stack::Card {
            card.says = Some(HASTY.to_owned());
            card.count.clear();
        }
    } else if let Some(sheet) = state.questions.open_mut()
        && sheet.pending.take().is_some()
    {
        sheet.says = Some(HASTY.to_owned());
    }
    (true, Vec::new())
}

/// No further key came: the pressed answer counts, if it has waited long enough.
pub fn still(state: &mut State) -> Vec<Effect> {
    let now = state.shared.moment.elapsed;
    let is_due = state.settles_at();
    if is_due.is_some_and(|due| due <= now) { settle(state) } else { Vec::new() }
}

fn settle(state: &mut State) -> Vec<Effect> {
    if let Some(Pending { action, press }) = state.card.as_mut().and_then(|card| card.pending.take()) {
        return approvals::on_card(state, action, press);
    }
    match state.questions.open_mut().and_then(|sheet| sheet.pending.take()) {
        Some(Pending { action, .. }) => questions::act(state, action),
        None => Vec::new(),
    }
}

/// The answer that waits.
pub fn pending(state: &State) -> Option<&Pending> {
    let on_card = state.card.as_ref().and_then(|card| card.pending.as_ref());
    on_card.or_else(|| state.questions.open().and_then(|sheet| sheet.pending.as_ref()))
}

/// Whether an action answers a card or a question, or begins to: those wait for a moment without another key.
pub fn is_answer(stack: Stack, action: Action) -> bool {
    match stack {
        Stack::Card => action.context() == Context::Card && action != Action::Park,
        Stack::Reason => action == Action::Submit,
        // Setting it aside answers nothing.
        Stack::Question => action.context() == Context::Question && action != Action::SetAside,
        _ => false,
    }
}

/// Lets an answer wait. One in a burst is dropped.
pub fn hold(state: &mut State, action: Action, press: Press, is_burst: bool) -> Vec<Effect> {
    let says = is_burst.then(|| HASTY.to_owned());
    let pending = (!is_burst).then_some(Pending { action, press });
    match (&mut state.card, state.questions.open_mut()) {
        (Some(card), _) => (card.says, card.pending) = (says, pending),
        (None, Some(sheet)) => (sheet.says, sheet.pending) = (says, pending),
        (None, None) => {}
    }
    Vec::new()
}
