//! Owns the looks at the desk that a card on screen asks for: when it comes up, now and then while it is read, and once more
//! when somebody says yes. A yes waits for that last look and counts if nothing moved; if something did, the card shows it
//! and wants another key.

use std::time::Duration;

use super::{approvals, asked};
use crate::{
    approval::{Press, Proposal, ProposalId, Scene, Told, Verdict},
    console::{
        effect::{Effect, Fetch},
        overlays::{self, approval::Card},
        remote::Problem,
        state::State,
    },
};

/// How long a card stands before the desk is looked at again.
const AGAIN: Duration = Duration::from_secs(15);

/// Looks at the desk, if the card on screen wants that now.
pub fn look(state: &mut State) -> Vec<Effect> {
    let now = state.shared.moment.elapsed;
    let is_due = |card: &Card| card.look.around.is_none() && card.look.ended.is_none_or(|ended| ended + AGAIN <= now);
    if state.card.as_ref().is_some_and(is_due) { begin(state) } else { Vec::new() }
}

/// Begins a look around all that the card asks about, one after another.
fn begin(state: &mut State) -> Vec<Effect> {
    let ids = overlays::approval::asked(state).into_iter().map(Proposal::id).rev().collect();
    match &mut state.card {
        Some(card) => card.look.left = ids,
        None => return Vec::new(),
    }
    go_on(state)
}

/// Looks around the next that still waits, if there is one.
fn go_on(state: &mut State) -> Vec<Effect> {
    let Some(card) = &mut state.card else { return Vec::new() };
    card.look.around = None;
    while let Some(id) = card.look.left.pop() {
        if let Some(proposal) = state.desk.proposal_of(id) {
            card.look.around = Some(id);
            let fetch = Fetch::Scene(id, Box::new(proposal.change().clone()));
            return vec![asked(&mut state.shared, fetch)];
        }
    }
    Vec::new()
}

/// Somebody says yes. It counts after one more look, if nothing moved.
pub fn approve(state: &mut State, verdict: Verdict, press: Press) -> Vec<Effect> {
    let is_whole = overlays::approval::is_whole(state);
    let Some(card) = &mut state.card else { return Vec::new() };
    if !is_whole {
        card.says = Some("the desk is being read; press it again when the card is whole".to_owned());
        return Vec::new();
    }
    card.held = Some((verdict, press));
    card.says = Some("looking at the desk once more before it counts …".to_owned());
    // One that is on its way began before the key: it is not the last word.
    begin(state)
}

/// The desk was looked at.
pub fn seen(state: &mut State, proposal: ProposalId, answer: Result<Scene, Problem>) -> Vec<Effect> {
    let now = state.shared.moment.elapsed;
    let me = state.shared.me.value().map(|me| me.id.clone());
    let answer = answer.map(|scene| Scene { me, ..scene }).map_err(|problem| problem.why.into_string());
    let is_blind = answer.is_err();
    let call = state.panes.assistant.turn().waiting_for(proposal);
    let (told, refusal) = state.desk.stands(proposal, answer, now);
    let mut effects = Vec::new();
    if let (Told::Void(why), Some(refusal)) = (&told, refusal) {
        effects.extend(approvals::refused(state, refusal, call));
        state.notice = Some(format!("void: {why}"));
    }
    if state.card.as_ref().is_none_or(|card| card.look.around != Some(proposal)) {
        return effects;
    }
    match told {
        Told::Same => {}
        Told::Moved => moved(state, proposal, is_blind),
        Told::Void(_) => gone(state),
    }
    effects.extend(go_on(state));
    effects.extend(all_seen(state, now));
    effects
}

/// Nothing is left to look at: a yes that waited for that counts, as nothing moved.
fn all_seen(state: &mut State, now: Duration) -> Vec<Effect> {
    let Some(card) = state.card.as_mut().filter(|card| card.look.around.is_none()) else { return Vec::new() };
    card.look.ended = Some(now);
    let Some((verdict, press)) = card.held.take() else { return Vec::new() };
    card.says = None;
    approvals::decide(state, verdict, press)
}

/// What it stood for is refused now: a yes that waits does not count for what is left of a list.
fn gone(state: &mut State) {
    let Some(card) = &mut state.card else { return };
    if card.held.take().is_some() {
        card.says = Some("that did not count: one of these cannot be done any more; look at the list again".to_owned());
    }
}

/// The card says something else now: it is shown from its top, where what moved stands.
fn moved(state: &mut State, proposal: ProposalId, is_blind: bool) {
    let has_news = state.desk.proposal_of(proposal).is_some_and(|proposal| !proposal.standing().news().is_empty());
    let is_list = !state.desk.batch().is_empty();
    let Some(card) = &mut state.card else { return };
    let was_answered = card.held.take().is_some();
    if was_answered {
        let what = if is_blind { "the desk could not be read" } else { "something moved at the desk" };
        card.says = Some(format!("that did not count: {what}; read the card again"));
    }
    if has_news || was_answered || is_list {
        (card.top, card.seen) = (0, 0);
    }
}

#[cfg(test)]
mod tests;
