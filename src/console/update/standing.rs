//! Owns the looks at the desk that a card on screen asks for: when it comes up, now and then while it is read, and once more
//! when somebody says yes. A yes waits for that last look and counts if nothing moved; if something did, the card shows it
//! and wants another key.

use std::time::Duration;

use super::{approvals, asked};
use crate::{
    approval::{Press, Proposal, ProposalId, Scene, Told, Verdict},
    console::{
        effect::{Effect, Fetch},
        overlays::approval::Card,
        remote::Problem,
        state::State,
    },
};

/// How long a card stands before the desk is looked at again.
const AGAIN: Duration = Duration::from_secs(15);

/// Looks at the desk, if the card on screen wants that now.
pub fn look(state: &mut State) -> Vec<Effect> {
    let now = state.shared.moment.elapsed;
    let is_due = |card: &Card| !card.look.running && card.look.ended.is_none_or(|ended| ended + AGAIN <= now);
    if state.card.as_ref().is_some_and(is_due) { begin(state) } else { Vec::new() }
}

fn begin(state: &mut State) -> Vec<Effect> {
    let Some(card) = &mut state.card else { return Vec::new() };
    let Some(proposal) = state.desk.current().filter(|proposal| proposal.id() == card.proposal) else {
        return Vec::new();
    };
    card.look.running = true;
    let fetch = Fetch::Scene(card.proposal, Box::new(proposal.change().clone()));
    vec![asked(&mut state.shared, fetch)]
}

/// Somebody says yes. It counts after one more look, if nothing moved.
pub fn approve(state: &mut State, verdict: Verdict, press: Press) -> Vec<Effect> {
    let Some(card) = &mut state.card else { return Vec::new() };
    let Some(standing) = state.desk.current().map(Proposal::standing) else { return Vec::new() };
    if !standing.was_looked_at() {
        card.says = Some("the desk is being read; press it again when the card is whole".to_owned());
        return Vec::new();
    }
    card.held = Some((verdict, press));
    card.says = Some("looking at the desk once more before it counts …".to_owned());
    if card.look.running { Vec::new() } else { begin(state) }
}

/// The desk was looked at.
pub fn seen(state: &mut State, proposal: ProposalId, answer: Result<Scene, Problem>) -> Vec<Effect> {
    let now = state.shared.moment.elapsed;
    let me = state.shared.me.value().map(|me| me.id.clone());
    let answer = answer.map(|scene| Scene { me, ..scene }).map_err(|problem| problem.why);
    let is_blind = answer.is_err();
    let call = state.panes.assistant.turn().waiting_for(proposal);
    let (told, refusal) = state.desk.stands(proposal, answer, now);
    let held = match state.card.as_mut().filter(|card| card.proposal == proposal) {
        Some(card) => {
            card.look.running = false;
            card.look.ended = Some(now);
            card.held.take()
        }
        None => None,
    };
    match (told, refusal, held) {
        (Told::Void(why), Some(refusal), _) => {
            let effects = approvals::refused(state, refusal, call);
            state.notice = Some(format!("void: {why}"));
            effects
        }
        (Told::Same, _, Some((verdict, press))) => {
            if let Some(card) = &mut state.card {
                card.says = None;
            }
            approvals::decide(state, verdict, press)
        }
        (Told::Moved, _, held) => {
            moved(state, held.is_some(), is_blind);
            Vec::new()
        }
        (Told::Same | Told::Void(_), ..) => Vec::new(),
    }
}

/// The card says something else now: it is shown from its top, where what moved stands.
fn moved(state: &mut State, was_answered: bool, is_blind: bool) {
    let has_news = state.desk.current().is_some_and(|proposal| !proposal.standing().news().is_empty());
    let Some(card) = &mut state.card else { return };
    if was_answered {
        let what = if is_blind { "the desk could not be read" } else { "something moved at the desk" };
        card.says = Some(format!("that did not count: {what}; read the card again"));
    }
    if has_news || was_answered {
        card.top = 0;
    }
}

#[cfg(test)]
mod tests;
