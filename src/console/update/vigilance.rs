//! Owns canaries as the console deals with them: one slipped in after a decision, the person told at once what it was.

use super::approvals;
use crate::{
    approval::{Answered, Author},
    console::{
        effect::Effect,
        remote::Problem,
        state::{Overlay, State},
        vigilance::{Made, Material},
    },
};

/// A real card was decided: a canary may be due. Without a conversation in hand it waits for the next decision.
pub fn decided(state: &mut State) {
    let Some(vigil) = &mut state.vigil else { return };
    if !vigil.decided() {
        return;
    }
    let Some(current) = &state.shared.current else { return };
    let (Some(conversation), Some(customer)) = (current.details.value(), current.person.value()) else { return };
    let queue = &state.panes.queue;
    let others = queue.conversations().iter().filter(|row| row.customer.as_ref() != Some(&customer.id));
    let mut named = others.filter_map(|row| Some((row, queue.name_of(row.customer.as_ref()?)?)));
    let other = named.next();
    let other = other.as_ref().map(|(row, name)| (*row, name));
    let Some(Made { canary, change, reason }) = vigil.make(Material { conversation, customer, other }) else { return };
    let change = approvals::known(state, change);
    let model = state.shared.model.value().cloned().unwrap_or_else(|| "model".to_owned());
    let now = state.shared.moment.elapsed;
    // What the policy denies outright never comes to a person: no canary then either.
    if state.desk.submit_canary(canary, change, Author::Assistant { model }, reason, now).is_ok() {
        state.parked = false;
    }
}

/// A canary was answered: the person is told, and it is written down.
pub fn answered(state: &mut State, answered: Answered) -> Vec<Effect> {
    let word = answered.canary.planted.word();
    let (what, notice) = if answered.caught {
        (format!("That was a canary, and you caught it: {word}"), "canary caught")
    } else {
        (format!("That was a canary, and it went past you: {word}"), "canary missed; nothing was done")
    };
    state.notice = Some(notice.to_owned());
    state.overlay = Some(Overlay::Notice(Problem::new(
        &what,
        &format!("{}.", answered.canary.says),
        "It was made up to keep eyes awake; nothing was sent, whatever was answered.",
    )));
    vec![Effect::Canary(answered)]
}
