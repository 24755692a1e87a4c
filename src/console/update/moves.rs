//! Owns going from pane to pane, and the routing of what panes ask for.

use super::{approvals, asked, compose, form, own, with_pane};
use crate::{
    approval::Press,
    assistant::Event,
    console::{
        around::Spot,
        effect::{Effect, Fetch},
        layout,
        msg::Target,
        pane::Out,
        panes::PaneId,
        remote::Remote,
        state::{Current, Overlay, State},
    },
    domain::{Conversation, ConversationId, CustomerId},
};

/// Goes to a pane, where it stands or, if it is not on screen, into another's place.
pub fn go(state: &mut State, pane: PaneId) -> Vec<Effect> {
    if state.focus == pane {
        return Vec::new();
    }
    let here = here(state);
    state.around.jumps.leave(here);
    face(state, pane)
}

/// Where the person is.
fn here(state: &State) -> Spot {
    Spot { pane: state.focus, target: state.around.stood.get(&state.focus).cloned() }
}

/// Goes back to where the person was.
pub fn back(state: &mut State) -> Vec<Effect> {
    let here = here(state);
    match state.around.jumps.step_back(here) {
        Some(spot) => land(state, spot),
        None => Vec::new(),
    }
}

/// Goes forward again after going back.
pub fn forward(state: &mut State) -> Vec<Effect> {
    let here = here(state);
    match state.around.jumps.step_forward(here) {
        Some(spot) => land(state, spot),
        None => Vec::new(),
    }
}

/// Stands on a remembered spot again; what the pane stands on already is not opened anew.
fn land(state: &mut State, spot: Spot) -> Vec<Effect> {
    match spot.target {
        Some(target) if state.around.stood.get(&spot.pane) != Some(&target) => {
            let mut effects = stand(state, spot.pane, &target);
            effects.extend(face(state, spot.pane));
            effects
        }
        _ => face(state, spot.pane),
    }
}

/// Puts a pane in front, whatever led there.
pub fn face(state: &mut State, pane: PaneId) -> Vec<Effect> {
    state.around.place(pane, state.focus);
    state.focus = pane;
    enter(state)
}

/// Goes to the pane beside this one.
pub fn beside(state: &mut State, step: isize) -> Vec<Effect> {
    let all = PaneId::ALL;
    let at = all.iter().position(|pane| *pane == state.focus).unwrap_or(0);
    let to = (at as isize + step).rem_euclid(all.len() as isize);
    go(state, all[to.unsigned_abs()])
}

/// Tells the pane in front that it is there.
pub fn enter(state: &mut State) -> Vec<Effect> {
    show(state, state.focus)
}

/// Tells a pane that what it waited for among the shared things has come, if it is on screen.
pub fn enter_if(state: &mut State, pane: PaneId) -> Vec<Effect> {
    if state.around.shown.contains(&pane) { show(state, pane) } else { Vec::new() }
}

fn show(state: &mut State, pane: PaneId) -> Vec<Effect> {
    if !state.around.shown.contains(&pane) {
        state.around.shown.push(pane);
    }
    with_pane(state, |panes, cx| panes.enter(pane, cx))
}

/// Tells the panes that came on screen beside the one in front, by whatever road, that they are there.
pub fn settle(state: &mut State) -> Vec<Effect> {
    if state.around.shown.is_empty() {
        // Not started yet.
        return Vec::new();
    }
    let parts: Vec<PaneId> = layout::parts(state).into_iter().map(|(pane, _)| pane).collect();
    state.around.shown.retain(|pane| parts.contains(pane));
    let new: Vec<PaneId> = parts.into_iter().filter(|pane| !state.around.shown.contains(pane)).collect();
    new.into_iter().flat_map(|pane| show(state, pane)).collect()
}

/// Turns what a pane asked for into effects.
pub fn route(state: &mut State, out: Out, press: Option<Press>) -> Vec<Effect> {
    let Out {
        fetches,
        effects: mut all,
        wishes,
        own: mine,
        compose: writing,
        form: filling,
        picker,
        target,
        notice,
        offers,
        stop_assistant,
    } = out;
    for effect in &all {
        if let Effect::Keep { key, text } = effect {
            if text.is_empty() {
                state.shared.scratches.remove(key);
            } else {
                state.shared.scratches.insert(key.clone(), text.clone());
            }
        }
    }
    let closing =
        all.iter().find_map(|effect| if let Effect::CloseWindow(id, _) = effect { Some(id.clone()) } else { None });
    if let Some(customer) = closing {
        all.extend(cover(state, &customer));
    }
    all.extend(fetches.into_iter().map(|fetch| asked(&mut state.shared, fetch)));
    if let Some(words) = notice {
        state.notice = Some(words);
    }
    state.around.offers.extend(offers);
    for wish in wishes {
        own::card(state, wish);
    }
    let mut press = press;
    for change in mine {
        all.extend(own::submit(state, change, press.take()));
    }
    if let Some(writing) = writing {
        all.extend(compose::open(state, writing));
    }
    if let Some(fill) = filling {
        all.extend(form::open(state, fill));
    }
    if let Some(picker) = picker {
        state.overlay = Some(Overlay::Picker(picker));
    }
    if stop_assistant {
        all.push(Effect::StopAssistant);
        all.extend(approvals::assistant(state, Event::Cancelled));
    }
    if let Some(target) = target {
        all.extend(open(state, &target));
    }
    all
}

/// Closes a window: at the desk by the effect, on screen and in memory at once.
pub fn close_window(state: &mut State, customer: CustomerId, why: &'static str) -> Vec<Effect> {
    let mut effects = cover(state, &customer);
    effects.push(Effect::CloseWindow(customer, why));
    effects
}

/// Takes what a closing window let through off the screen and out of memory: records, pages, and requests the assistant
/// made with it that nobody has answered.
fn cover(state: &mut State, customer: &CustomerId) -> Vec<Effect> {
    for window in state.shared.windows.iter_mut().filter(|window| window.customer == *customer) {
        window.closing = true;
    }
    if let Some(current) = state.shared.current.as_mut().filter(|current| current.customer == *customer) {
        current.person = Remote::NotAsked;
    }
    state.panes.forget(customer);
    state.panes.assistant.cover(&state.shared.vault, customer);
    if let Some(writing) = &mut state.composing.open {
        writing.forget(customer);
    }
    state.around.customers.retain(|entry| !entry.is_of(customer));
    if matches!(state.overlay, Some(Overlay::Palette(_))) {
        state.overlay = None;
    }
    let refusals = state.desk.withdraw_about(customer);
    let told = |refusal: crate::approval::Refusal| {
        let call = state.panes.assistant.turn().waiting_for(refusal.proposal);
        Effect::Refused(refusal, call)
    };
    refusals.into_iter().map(told).collect()
}

/// Opens something where it is shown.
pub fn open(state: &mut State, target: &Target) -> Vec<Effect> {
    let pane = match target {
        Target::Timeline { .. } => PaneId::Timeline,
        Target::Kobjects { .. } | Target::Kobject { .. } => PaneId::Kobjects,
        Target::Search { .. } => PaneId::Search,
        Target::Assistant => PaneId::Assistant,
        Target::Bulk | Target::BulkOf { .. } => PaneId::Bulk,
    };
    // Within one pane the way back leads to what was chosen there.
    let stands = state.panes.stands(state.focus).filter(|_| pane == state.focus);
    let here = stands.map_or_else(|| here(state), |target| Spot { pane, target: Some(target) });
    if here != (Spot { pane, target: Some(target.clone()) }) {
        state.around.jumps.leave(here);
    }
    // What already stands there, because it followed the list, is only gone to.
    let is_shown = state.around.shown.contains(&pane) && state.around.stood.get(&pane) == Some(target);
    let mut effects = if is_shown && pane == PaneId::Timeline { Vec::new() } else { stand(state, pane, target) };
    effects.extend(face(state, pane));
    effects
}

/// Lets the timeline beside a list show what the list's cursor rests on. What is being written there stays.
pub fn follow(state: &mut State) -> Vec<Effect> {
    let now = state.shared.moment.elapsed;
    if state.around.follows_at().is_none_or(|at| now < at) {
        return Vec::new();
    }
    state.around.moved = None;
    let is_beside = state.focus != PaneId::Timeline && state.around.shown.contains(&PaneId::Timeline);
    let is_in_use = state.overlay.is_some() || state.card.is_some() || state.panes.is_typing(PaneId::Timeline);
    let Some(target) = state.panes.under(state.focus, &state.shared).filter(|_| is_beside && !is_in_use) else {
        return Vec::new();
    };
    if state.around.stood.get(&PaneId::Timeline) == Some(&target) {
        return Vec::new();
    }
    stand(state, PaneId::Timeline, &target)
}

/// Lets a pane stand on something, wherever the person is.
pub fn stand(state: &mut State, pane: PaneId, target: &Target) -> Vec<Effect> {
    let mut effects = Vec::new();
    if let Target::Timeline { customer, conversation } = target {
        effects.extend(take_in_hand(state, customer, conversation.clone()));
    }
    state.around.stood.insert(pane, target.clone());
    effects.extend(with_pane(state, |panes, cx| panes.visit(pane, target, cx)));
    effects
}

/// Makes a conversation the one in hand: the assistant is told about it, its customer is read.
fn take_in_hand(state: &mut State, customer: &CustomerId, conversation: Option<ConversationId>) -> Vec<Effect> {
    let known: Option<Conversation> = conversation.as_ref().and_then(|id| state.panes.queue.conversation(id)).cloned();
    let now = state.shared.moment.now;
    let old = state.shared.current.take().filter(|current| current.customer == *customer);
    let mut fetches = Vec::new();
    let person = old.map_or(Remote::NotAsked, |current| current.person);
    fetches.push(Fetch::Customer(customer.clone()));
    let details = known.map_or(Remote::NotAsked, |conversation| Remote::Ready(conversation, now));
    if let (Some(id), Remote::NotAsked) = (&conversation, &details) {
        fetches.push(Fetch::Conversation(id.clone()));
    }
    state.shared.current = Some(Current { customer: customer.clone(), conversation, details, person });
    fetches.into_iter().map(|fetch| asked(&mut state.shared, fetch)).collect()
}
