//! Owns taking in what was fetched: shared things here, a pane's own in the pane. Late answers are dropped and counted.

use super::{asked, compose, form, moves, standing, windows, with_pane};
use crate::{
    approval::{Change, Signer},
    console::{
        effect::{Effect, Fetch},
        msg::{Fetched, Target},
        overlays::palette::{Entry, Goal},
        panes::PaneId,
        remote::{Problem, Remote},
        state::State,
        verbs,
    },
    domain::{Customer, CustomerId},
    kustomer::Receipt,
};

/// Takes an answer in, if it is the newest of its task and did not look through a window that is shut now.
pub fn fetched(state: &mut State, fetch: &Fetch, generation: u64, answer: Fetched) -> Vec<Effect> {
    if state.shared.generations.get(&fetch.task()) != Some(&generation) {
        state.shared.dropped += 1;
        return Vec::new();
    }
    if windows::is_too_late(state, fetch, generation) {
        state.shared.dropped += 1;
        return windows::ask_again(state, fetch.clone());
    }
    if let Fetched::Queue(Ok(page)) = &answer {
        state.panes.search.know(&page.rows, &state.shared);
    }
    if let (Fetch::Scene(proposal, _), Fetched::Scene(answer)) = (fetch, &answer) {
        return standing::seen(state, *proposal, answer.clone());
    }
    if let Some(pane) = fetch.pane() {
        let effects = with_pane(state, |panes, cx| panes.fetched(pane, fetch, answer, cx));
        if matches!(fetch, Fetch::Queue | Fetch::CachedQueue) {
            // The cursor stands on a row now: the timeline beside it follows, as after a key.
            state.around.moved.get_or_insert(state.shared.moment.elapsed);
        }
        if *fetch == Fetch::Queue {
            state.shared.urgent = state.panes.queue.customers();
            return effects.into_iter().chain(moves::enter_if(state, PaneId::Drafts)).collect();
        }
        return effects;
    }
    if matches!(fetch, Fetch::Editable(_) | Fetch::Lookup(_)) {
        return form::fetched(state, fetch, answer);
    }
    let is_schema = *fetch == Fetch::Klasses;
    let mut effects = shared(state, answer);
    if is_schema {
        effects.extend(moves::enter_if(state, PaneId::Kobjects));
        effects.extend(moves::enter_if(state, PaneId::Search));
    }
    effects
}

fn shared(state: &mut State, answer: Fetched) -> Vec<Effect> {
    let now = state.shared.moment.now;
    let shared = &mut state.shared;
    match answer {
        Fetched::Me(answer) => {
            shared.me.answer(answer, now);
            if let Some(me) = shared.me.value() {
                state.desk.signed_in(Signer { id: me.id.clone(), name: me.name.clone() });
            }
            return shared.me.value().map(|me| Effect::SignedIn(me.name.clone())).into_iter().collect();
        }
        Fetched::Directory(answer) => shared.directory.answer(answer, now),
        Fetched::Model(answer) => shared.model.answer(answer, now),
        Fetched::Klasses(answer) => shared.klasses.answer(answer, now),
        Fetched::Conversation(answer) => {
            if let Some(current) = &mut shared.current {
                current.details.answer(answer, now);
            }
        }
        Fetched::Customer(answer) => customer(state, answer),
        Fetched::Addressee(_) | Fetched::Shortcuts(_) => compose::fetched(state, answer),
        Fetched::Queue(_)
        | Fetched::Editable(_)
        | Fetched::Lookup(_)
        | Fetched::Live(_)
        | Fetched::CachedQueue(_)
        | Fetched::Timeline(_)
        | Fetched::Older(_)
        | Fetched::Turn
        | Fetched::Picture(_)
        | Fetched::Search(_)
        | Fetched::Attributes(_)
        | Fetched::Kobjects(_)
        | Fetched::Kobject(_)
        | Fetched::RecordHistory(_)
        | Fetched::Drafts(_)
        | Fetched::Jobs(_)
        | Fetched::Plan(_)
        | Fetched::Scene(_)
        | Fetched::Job(_)
        | Fetched::Audit(_)
        | Fetched::Handover(_)
        | Fetched::Transcripts(_)
        | Fetched::Transcript(_) => {}
    }
    Vec::new()
}

/// A customer's record: the one in hand is replaced, and a window's end is the desk's if that comes sooner than ours.
fn customer(state: &mut State, answer: Result<Customer, Problem>) {
    let moment = state.shared.moment;
    if let Ok(customer) = &answer
        && let Some(window) = state.shared.windows.iter_mut().find(|window| window.customer == customer.id)
    {
        window.name = customer.name.clone();
        if let Some(end) = customer.window.as_ref().and_then(|window| window.end) {
            let left = std::time::Duration::try_from(end.duration_since(moment.now)).unwrap_or_default();
            window.closes = window.closes.min(moment.elapsed + left);
        }
    }
    if let Ok(customer) = &answer {
        let target = Target::Timeline { customer: customer.id.clone(), conversation: None };
        let name = customer.name.line().as_ref().to_owned();
        state.around.visited(Entry { name, about: "customer".to_owned(), goal: Goal::Open(target) });
    }
    if let Some(current) = &mut state.shared.current {
        let is_theirs = answer.as_ref().map_or(true, |customer| customer.id == current.customer);
        if is_theirs {
            current.person.answer(answer, moment.now);
        }
    }
}

/// A change is on its way: the conversation in hand shows what it will be.
pub fn performing(state: &mut State, change: &Change) {
    let Some(current) = &mut state.shared.current else { return };
    for (id, body) in verbs::moved(change) {
        if let Some(row) = current.details.value().filter(|row| row.id == id) {
            current.details = Remote::Loading(Some(verbs::with(row, body)));
        }
    }
}

/// A change ended: the conversation in hand is what the desk answered, or is read again.
pub fn performed(state: &mut State, change: &Change, result: Result<&Receipt, &Problem>) -> Vec<Effect> {
    let now = state.shared.moment.now;
    let Some(current) = &mut state.shared.current else { return Vec::new() };
    let Some(id) = current.details.value().map(|row| row.id.clone()) else { return Vec::new() };
    if !verbs::moved(change).iter().any(|(moved, _)| *moved == id) {
        return Vec::new();
    }
    if let Some(answer) = result.ok().and_then(Receipt::conversation).filter(|answer| answer.id == id) {
        current.details = Remote::Ready(answer, now);
        Vec::new()
    } else {
        current.details.ask();
        vec![asked(&mut state.shared, Fetch::Conversation(id))]
    }
}

/// A window is closed: what it showed leaves the screen at once, and the masked record is read.
pub fn window_closed(state: &mut State, customer: &CustomerId, result: Result<(), Problem>) -> Vec<Effect> {
    match result {
        Ok(()) => {
            state.panes.forget(customer);
            windows::closed(state, customer);
            let mut effects = windows::ask_postponed(state);
            let Some(current) = state.shared.current.as_mut().filter(|current| current.customer == *customer) else {
                return effects;
            };
            current.person = Remote::NotAsked;
            state.notice = Some("masked again".to_owned());
            let fetches = [Fetch::Customer(customer.clone()), Fetch::Timeline(customer.clone())];
            effects.extend(fetches.into_iter().map(|fetch| asked(&mut state.shared, fetch)));
            effects
        }
        Err(problem) => {
            let again = state.shared.moment.elapsed + std::time::Duration::from_secs(5);
            if let Some(window) = state.shared.windows.iter_mut().find(|window| window.customer == *customer) {
                window.closing = false;
                window.closes = again;
            }
            state.notice = Some(format!("{}: {}; trying again", problem.what, problem.why));
            windows::ask_postponed(state)
        }
    }
}
