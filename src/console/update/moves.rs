//! Owns going from pane to pane, and the routing of what panes ask for.

use super::{approvals, asked, compose, own, with_pane};
use crate::{
    approval::Press,
    assistant::Event,
    console::{
        effect::{Effect, Fetch},
        msg::Target,
        pane::Out,
        panes::PaneId,
        remote::Remote,
        state::{Current, Overlay, State},
    },
    domain::{Conversation, ConversationId, CustomerId},
};

/// Steps back that are remembered.
const STEPS: usize = 32;

/// Goes to a pane.
pub fn go(state: &mut State, pane: PaneId) -> Vec<Effect> {
    if state.focus == pane {
        return Vec::new();
    }
    state.came_from.push(state.focus);
    if state.came_from.len() > STEPS {
        state.came_from.remove(0);
    }
    state.focus = pane;
    enter(state)
}

/// Goes back to the pane before.
pub fn back(state: &mut State) -> Vec<Effect> {
    match state.came_from.pop() {
        Some(pane) => {
            state.focus = pane;
            enter(state)
        }
        None => Vec::new(),
    }
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
    let focus = state.focus;
    with_pane(state, |panes, cx| panes.enter(focus, cx))
}

/// Tells a pane that what it waited for among the shared things has come, if it is the one in front.
pub fn enter_if(state: &mut State, pane: PaneId) -> Vec<Effect> {
    if state.focus == pane { enter(state) } else { Vec::new() }
}

/// Turns what a pane asked for into effects.
pub fn route(state: &mut State, out: Out, press: Option<Press>) -> Vec<Effect> {
    let Out { fetches, effects: mut all, wishes, own: mine, compose: writing, picker, target, notice, stop_assistant } =
        out;
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
    if let Some(writing) = &mut state.composing.open {
        writing.forget(customer);
    }
    let refusals = state.desk.withdraw_about(customer);
    let told = |refusal: crate::approval::Refusal| {
        let call = state.panes.assistant.turn().waiting_for(refusal.proposal);
        Effect::Refused(refusal, call)
    };
    refusals.into_iter().map(told).collect()
}

/// Goes where a target says.
pub fn open(state: &mut State, target: &Target) -> Vec<Effect> {
    let mut effects = Vec::new();
    let pane = match target {
        Target::Timeline { customer, conversation } => {
            effects.extend(take_in_hand(state, customer, conversation.clone()));
            PaneId::Timeline
        }
        Target::Kobjects { .. } | Target::Kobject { .. } => PaneId::Kobjects,
        Target::Search { .. } => PaneId::Search,
        Target::Assistant => PaneId::Assistant,
        Target::Bulk => PaneId::Bulk,
    };
    effects.extend(with_pane(state, |panes, cx| panes.visit(pane, target, cx)));
    effects.extend(if state.focus == pane { enter(state) } else { go(state, pane) });
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
