//! Owns what happens: from the state and a message to the next state and the effects wanted. Pure: it awaits nothing, reads
//! no clock (time comes in messages), touches no file. Each arm delegates.

mod answers;
mod approvals;
mod keys;
mod moves;
mod own;
#[cfg(test)]
mod tests;

use super::{
    effect::{Effect, Fetch},
    msg::{Input, Moment, Msg},
    pane::{Out, UpdateCx},
    panes::Panes,
    state::{Overlay, Shared, State},
};
use crate::approval::Press;

/// Takes one message in.
pub fn update(state: &mut State, msg: Msg) -> Vec<Effect> {
    let mut effects = match msg {
        Msg::Input(input) => inputted(state, input),
        Msg::Tick(moment) => ticked(state, moment),
        Msg::Fetched { fetch, generation, answer } => answers::fetched(state, &fetch, generation, *answer),
        Msg::Assistant(event) => approvals::assistant(state, event),
        Msg::Proposed { call, change, reason } => approvals::proposed(state, call, change, reason),
        Msg::Performed { proposal, change, result, told } => {
            approvals::performed(state, (proposal, &change), &result, told)
        }
        Msg::WindowClosed(customer, result) => answers::window_closed(state, &customer, result),
        Msg::Budget(budget) => {
            state.shared.budget = budget;
            Vec::new()
        }
        Msg::Painted { proposal, at, to_the_end } => {
            state.desk.painted(proposal, at, to_the_end);
            Vec::new()
        }
        Msg::Simulated(simulated) => {
            state.shared.simulated = Some(simulated);
            Vec::new()
        }
        Msg::Trouble(problem) => {
            state.notice = Some(format!("{}: {}", problem.what, problem.why));
            Vec::new()
        }
        Msg::Terminate => keys::quit(state),
    };
    approvals::settle_card(state);
    effects.shrink_to_fit();
    effects
}

/// What a console does first: asks who it is, for names, and for the pane in front; the cache last, because it is read at
/// once and the desk may as well be at work meanwhile.
pub fn start(state: &mut State) -> Vec<Effect> {
    state.shared.me.ask();
    state.shared.directory.ask();
    let mut effects: Vec<Effect> =
        [Fetch::Me, Fetch::Directory].into_iter().map(|fetch| asked(&mut state.shared, fetch)).collect();
    if state.shared.model.is_loading() {
        effects.push(asked(&mut state.shared, Fetch::Model));
    }
    effects.extend(moves::enter(state));
    effects.push(asked(&mut state.shared, Fetch::CachedQueue));
    effects
}

fn inputted(state: &mut State, input: Input) -> Vec<Effect> {
    match input {
        Input::Key(key, press) => keys::pressed(state, key, press),
        Input::Paste(text) => keys::pasted(state, &text),
        Input::Resize(columns, rows) => {
            state.size = (columns, rows);
            Vec::new()
        }
        Input::Mouse(mouse) => keys::mouse(state, mouse),
        Input::Focus(_) => Vec::new(),
    }
}

fn ticked(state: &mut State, moment: Moment) -> Vec<Effect> {
    state.shared.moment = moment;
    let mut effects = approvals::expired(state);
    own::lapsed(state);
    let due: Vec<_> = state
        .shared
        .windows
        .iter()
        .filter(|window| !window.closing && window.closes <= moment.elapsed)
        .map(|window| window.customer.clone())
        .collect();
    for customer in due {
        effects.extend(moves::close_window(state, customer, "its time was up"));
    }
    effects
}

/// Lets a pane work and routes what it asked for.
fn with_pane(state: &mut State, work: impl FnOnce(&mut Panes, &mut UpdateCx<'_>)) -> Vec<Effect> {
    with_pane_by(state, None, work)
}

/// The same, by a key press: it approves the person's own small changes the pane wants done.
fn with_pane_by(
    state: &mut State,
    press: Option<Press>,
    work: impl FnOnce(&mut Panes, &mut UpdateCx<'_>),
) -> Vec<Effect> {
    let mut out = Out::default();
    work(&mut state.panes, &mut UpdateCx { shared: &state.shared, out: &mut out });
    moves::route(state, out, press)
}

/// A fetch as an effect, under a new generation of its task. What all panes share is marked as asked for.
fn asked(shared: &mut Shared, fetch: Fetch) -> Effect {
    match (&fetch, &mut shared.current) {
        (Fetch::Klasses, _) => shared.klasses.ask(),
        (Fetch::Customer(id), Some(current)) if current.customer == *id => current.person.ask(),
        (Fetch::Conversation(id), Some(current)) if current.conversation.as_ref() == Some(id) => current.details.ask(),
        _ => {}
    }
    let generation = shared.generations.entry(fetch.task()).or_default();
    *generation += 1;
    Effect::Fetch { generation: *generation, fetch }
}

/// Closes what lies over the pane.
fn uncover(state: &mut State) {
    if !matches!(state.overlay, Some(Overlay::Leaving)) {
        state.overlay = None;
    }
}
