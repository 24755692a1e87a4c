//! Owns the line of cards as the console keeps it: which SLA each is about, the list of all of them, the way to one of them.

use crate::{
    approval::{Proposal, Subject},
    console::{
        actions::Action,
        effect::Effect,
        overlays::approval::Card,
        state::{Overlay, State},
        widgets::list::moved,
    },
    domain::{Conversation, CustomerId},
};

/// Lets the line follow the clocks of the conversations concerned, as far as they are at hand.
pub fn follow_clocks(state: &mut State) {
    let State { desk, panes, shared, .. } = state;
    let in_hand = shared.current.as_ref().and_then(|current| current.details.value());
    let soonest = |customer: &CustomerId| {
        let theirs = |row: &&Conversation| row.customer.as_ref() == Some(customer);
        panes.queue.conversations().iter().chain(in_hand).filter(theirs).filter_map(Conversation::breach_at).min()
    };
    desk.know_deadlines(|subject: &Subject| match (&subject.conversation, &subject.customer) {
        (Some(id), _) => {
            let known = panes.queue.conversation(id).or_else(|| in_hand.filter(|row| row.id == *id));
            known.and_then(Conversation::breach_at)
        }
        (None, Some(customer)) => soonest(customer),
        (None, None) => None,
    });
}

/// Back to the card that waits; where all are put off, to their list.
pub fn answer(state: &mut State) -> Vec<Effect> {
    state.parked = false;
    state.typed_at = None;
    state.questions.bring_back();
    if state.desk.is_empty() && !state.questions.is_empty() {
        return Vec::new();
    }
    if state.desk.is_empty() {
        state.notice = Some("no approval is waiting".to_owned());
    } else if state.desk.current().is_none() {
        return list(state);
    }
    Vec::new()
}

/// Opens the list of everything that waits, on the one that is on screen.
pub fn list(state: &mut State) -> Vec<Effect> {
    if state.desk.is_empty() {
        state.notice = Some("no approval is waiting".to_owned());
        return Vec::new();
    }
    let shown = state.card.as_ref().map(|card| card.proposal);
    let at = state.desk.waiting().iter().position(|proposal| Some(proposal.id()) == shown);
    state.overlay = Some(Overlay::Waiting(at.unwrap_or(0)));
    Vec::new()
}

/// An action in the list.
pub fn on_list(state: &mut State, action: Action) -> Vec<Effect> {
    let Some(Overlay::Waiting(at)) = state.overlay else { return Vec::new() };
    let last = state.desk.len().saturating_sub(1);
    if action == Action::TakeCard {
        return take(state, at.min(last));
    }
    state.overlay = moved(action, at.min(last), last).map(Overlay::Waiting);
    Vec::new()
}

/// Puts the n-th of those that wait on screen; nothing is answered by that.
pub fn take(state: &mut State, at: usize) -> Vec<Effect> {
    let Some(id) = state.desk.waiting().get(at).map(|proposal: &&Proposal| proposal.id()) else { return Vec::new() };
    state.overlay = None;
    state.parked = false;
    state.desk.put_aside();
    state.desk.show(id);
    state.card = Some(Card::new(id));
    Vec::new()
}
