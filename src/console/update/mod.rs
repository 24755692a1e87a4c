//! Owns what happens: from the state and a message to the next state and the effects wanted. Pure: it awaits nothing, reads
//! no clock (time comes in messages), touches no file. Each arm delegates.

mod answers;
mod approvals;
mod burst;
mod chords;
mod commands;
mod compose;
mod form;
mod keys;
mod linear;
mod mouse;
mod moves;
mod own;
mod questions;
mod searches;
mod standing;
#[cfg(test)]
pub(in crate::console) mod tests;
mod tiling;
mod tour;
mod vigilance;
mod windows;

use super::{
    actions::Action,
    attention,
    effect::{Effect, Fetch},
    keymap::Stack,
    linear::words::{self, Meaning},
    msg::{Input, Moment, Msg},
    overlays::palette::Goal,
    pane::{Out, Pane, UpdateCx},
    panes::{PaneId, Panes},
    questions::AskId,
    session,
    state::{Overlay, Shared, State},
};
use crate::approval::Press;

/// Takes one message in.
pub fn update(state: &mut State, msg: Msg) -> Vec<Effect> {
    let did = match &msg {
        Msg::Input(input) => meaning(state, input),
        Msg::Still => burst::pending(state).as_ref().map(|pending| pending.action),
        // A yes that waited for its look at the desk.
        Msg::Fetched { .. } => state.card.as_ref().and_then(|card| card.held.as_ref()).map(|_| Action::Approve),
        _ => None,
    };
    let had_card = state.card.is_some();
    if !matches!(msg, Msg::Tick(_) | Msg::Budget(_) | Msg::News(_) | Msg::Painted { .. } | Msg::AskPainted(..)) {
        state.around.keeping.touch(state.shared.moment.elapsed);
    }
    let mut effects = match msg {
        Msg::Input(input) => inputted(state, input),
        Msg::Tick(moment) => ticked(state, moment),
        Msg::Fetched { fetch, generation, answer } => answers::fetched(state, &fetch, generation, *answer),
        Msg::Assistant(event) => approvals::assistant(state, event),
        Msg::Proposed { call, change, reason } => approvals::proposed(state, call, change, reason),
        Msg::Performed { proposal, change, result, told } => {
            approvals::performed(state, (proposal, &change), &result, told)
        }
        Msg::Edited(answer) if state.stack() == Stack::Editor => approvals::written(state, answer),
        Msg::Edited(answer) if state.forms.open.is_some() => form::edited(state, answer),
        Msg::Edited(answer) => compose::edited(state, answer),
        Msg::StepEdited { at, field, words } => approvals::step_edited(state, at, &field, &words),
        Msg::JobActed(answer) => {
            state.notice = Some(match answer {
                Ok(words) => words,
                Err(problem) => format!("{}: {}", problem.what, problem.why),
            });
            with_pane(state, |panes, cx| panes.bulk.enter(cx))
        }
        Msg::WindowClosed(customer, result) => answers::window_closed(state, &customer, result),
        Msg::Budget(budget) => {
            state.shared.budget = budget;
            Vec::new()
        }
        Msg::News(words) => {
            state.notice = Some(words);
            Vec::new()
        }
        Msg::Painted { proposal, at, to_the_end } => {
            approvals::painted(state, proposal, at, to_the_end);
            Vec::new()
        }
        Msg::ServerAsks { id, server, question } => questions::arrived(state, id, &server, *question),
        Msg::AskEnded(id) => {
            questions::ended(state, id);
            Vec::new()
        }
        Msg::AskPainted(id, at) => {
            state.questions.painted(id, at);
            Vec::new()
        }
        Msg::Progress(call, progress) => {
            state.panes.assistant.progressed(call, &progress);
            Vec::new()
        }
        Msg::Spent(figures) => {
            state.panes.assistant.spent(figures);
            Vec::new()
        }
        Msg::Simulated(simulated) => {
            state.shared.simulated = Some(simulated);
            Vec::new()
        }
        Msg::Searches(loaded) => searches::loaded(state, loaded),
        Msg::Trouble(problem) => {
            state.notice = Some(format!("{}: {}", problem.what, problem.why));
            Vec::new()
        }
        Msg::Resumed => Vec::new(),
        Msg::Still => burst::still(state),
        Msg::Unsettled(settled, standing) => approvals::unsettled(state, settled, standing),
        Msg::Terminate => keys::quit(state),
    };
    approvals::settle_card(state);
    questions::settle(state);
    effects.extend(standing::look(state));
    effects.extend(attention::news(state));
    effects.extend(moves::settle(state));
    effects.extend(tour::watch(state, did, had_card));
    effects.shrink_to_fit();
    effects
}

/// Which question of a server a frame of this state shows, where that is still to be told.
pub fn question_shown(state: &State) -> Option<AskId> {
    questions::unpainted(state)
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
    let kept = state.shared.scratches.remove(session::KEY);
    if let Some(target) = kept.and_then(|kept| session::restore(state, &kept)) {
        effects.extend(moves::stand(state, PaneId::Timeline, &target));
    }
    effects.extend(moves::enter(state));
    effects.extend(moves::settle(state));
    effects.push(asked(&mut state.shared, Fetch::CachedQueue));
    effects.push(Effect::ReadSearches);
    effects.push(Effect::SettleAbandoned);
    effects
}

/// Which action an input is here, the one chosen in the palette included; text is none.
pub fn meaning(state: &State, input: &Input) -> Option<Action> {
    let stack = state.stack();
    let action = match input {
        Input::Key(key, _) => state.keymap.lookup(stack, *key),
        Input::Line(line) => match words::read(stack, &line.words) {
            Meaning::Do(action, _) | Meaning::Number(_, Some(action)) => Some(action),
            Meaning::Text(..) => Some(Action::Submit),
            _ => None,
        },
        Input::Paste(_) | Input::Resize(..) | Input::Mouse(_) | Input::Focus(_) | Input::Ground { .. } => None,
    };
    match (&state.overlay, action) {
        (Some(Overlay::Palette(palette)), Some(Action::Choose)) => match palette.chosen() {
            Some(Goal::Act(action)) => Some(action),
            _ => Some(Action::Choose),
        },
        (_, action) => action,
    }
}

fn inputted(state: &mut State, input: Input) -> Vec<Effect> {
    match input {
        Input::Key(key, press) => keys::pressed(state, key, press),
        Input::Paste(text) => keys::pasted(state, &text),
        Input::Line(line) => linear::heard(state, line),
        Input::Resize(columns, rows) => {
            state.size = (columns, rows);
            state.around.resized(state.size, state.focus);
            Vec::new()
        }
        Input::Mouse(mouse) => mouse::used(state, mouse),
        Input::Focus(here) => {
            state.shared.attention.away = !here;
            state.around.refocused = here.then_some(state.shared.moment.elapsed);
            Vec::new()
        }
        Input::Ground { light } => {
            state.shared.looks.light = light;
            Vec::new()
        }
    }
}

fn ticked(state: &mut State, moment: Moment) -> Vec<Effect> {
    state.shared.moment = moment;
    let mut effects = approvals::expired(state);
    own::lapsed(state);
    effects.extend(chords::ticked(state));
    effects.extend(moves::follow(state));
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
    for pane in state.around.shown.clone() {
        effects.extend(with_pane(state, |panes, cx| panes.tick(pane, cx)));
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
    shared.asked += 1;
    shared.generations.insert(fetch.task(), shared.asked);
    Effect::Fetch { generation: shared.asked, fetch }
}

/// Closes what lies over the pane.
fn uncover(state: &mut State) {
    if !matches!(state.overlay, Some(Overlay::Leaving | Overlay::Waiting(_))) {
        state.overlay = None;
    }
}
