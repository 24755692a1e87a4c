//! Owns a person's own small changes: approved by the key that asked for them, said in one line, taken back by another key
//! for a while. What the policy wants on a card becomes one (`approval::Policy::is_small` decides).
//!
//! Invariant: the way back is sent after the way there has ended, and only for what did happen.

use super::{answers, approvals, windows};
use crate::{
    approval::{Approved, Author, Change, Press, ProposalId},
    console::{
        effect::{Effect, Own, Wish},
        state::{REGRET, State, Undo},
    },
    domain::Text,
};

/// What stands in the audit trail as the reason.
const REASON: &str = "done by hand at the console";

/// Does it, or puts it on cards.
pub fn submit(state: &mut State, own: Own, press: Option<Press>) -> Vec<Effect> {
    let Own { changes, undo, says } = own;
    let changes: Vec<Change> = changes.into_iter().map(|change| approvals::known(state, change)).collect();
    let reason = Text::new(REASON);
    let approved = match press {
        Some(press) => state.desk.approve_own(changes, &reason, press),
        None => Err(changes),
    };
    let approved = match approved {
        Ok(approved) => approved,
        Err(changes) => {
            for change in changes {
                card(state, Wish { change, reason: reason.clone() });
            }
            return Vec::new();
        }
    };
    state.performing += approved.len();
    announce(state, &approved);
    let running: Vec<ProposalId> = approved.iter().map(crate::approval::Approved::proposal).collect();
    let until = state.shared.moment.elapsed + REGRET;
    let back = running.iter().copied().zip(undo).collect();
    state.notice = None;
    state.by_key.extend(&running);
    state.undo = Some(Undo { says, until, back, running, asked: Vec::new() });
    approved.into_iter().map(|approved| Effect::Perform(approved, None)).collect()
}

/// Tells the panes which changes are on their way.
pub fn announce(state: &mut State, approved: &[Approved<Change>]) {
    for approved in approved {
        answers::performing(state, approved.change());
        state.panes.performing(approved.change(), &state.shared);
    }
}

/// Puts a wish before the person.
pub fn card(state: &mut State, wish: Wish) {
    let now = state.shared.moment.elapsed;
    state.parked = false;
    let change = approvals::known(state, windows::told(state, wish.change));
    if let Err(denied) = state.desk.submit(change, Author::Person, wish.reason, now) {
        state.notice = Some(denied.to_string());
    }
}

/// Takes back what was just done; what is still on its way there comes back after it.
pub fn undo(state: &mut State, press: Press) -> Vec<Effect> {
    let Some(undo) = state.undo.as_mut().filter(|undo| undo.asked.is_empty() && !undo.back.is_empty()) else {
        state.notice = Some("there is nothing to take back".to_owned());
        return Vec::new();
    };
    let (forth, back): (Vec<_>, Vec<_>) = std::mem::take(&mut undo.back).into_iter().unzip();
    match state.desk.approve_own(back, &Text::new("taken back at the console"), press) {
        Ok(approved) => {
            undo.asked = forth.into_iter().zip(approved).collect();
            due(state)
        }
        Err(changes) => {
            state.undo = None;
            for change in changes {
                card(state, Wish { change, reason: Text::new("taken back at the console") });
            }
            Vec::new()
        }
    }
}

/// Hears that a change ended. What failed cannot be taken back. Says whether a key alone had approved it: its end needs no
/// words then.
pub fn ended(state: &mut State, proposal: ProposalId, is_done: bool) -> (bool, Vec<Effect>) {
    let is_small = state.by_key.remove(&proposal);
    let Some(undo) = &mut state.undo else { return (is_small, Vec::new()) };
    undo.running.retain(|running| *running != proposal);
    if !is_done {
        undo.back.retain(|(forth, _)| *forth != proposal);
        undo.asked.retain(|(forth, _)| *forth != proposal);
    }
    (is_small, due(state))
}

/// Sends the ways back whose way there has ended.
fn due(state: &mut State) -> Vec<Effect> {
    let Some(undo) = &mut state.undo else { return Vec::new() };
    let running = &undo.running;
    let (later, now): (Vec<_>, Vec<_>) =
        std::mem::take(&mut undo.asked).into_iter().partition(|(forth, _)| running.contains(forth));
    undo.asked = later;
    if !now.is_empty() {
        state.notice = Some(format!("taking back: {}", undo.says));
    }
    state.performing += now.len();
    if undo.asked.is_empty() && undo.back.is_empty() {
        state.undo = None;
    }
    let now: Vec<Approved<Change>> = now.into_iter().map(|(_, approved)| approved).collect();
    announce(state, &now);
    now.into_iter().map(|approved| Effect::Perform(approved, None)).collect()
}

/// The time to take it back has passed.
pub fn lapsed(state: &mut State) {
    let now = state.shared.moment.elapsed;
    if state.undo.as_ref().is_some_and(|undo| undo.until <= now && undo.asked.is_empty() && undo.running.is_empty()) {
        state.undo = None;
    }
}

#[cfg(test)]
mod tests;
