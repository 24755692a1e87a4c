//! Owns what a key and a paste do: the keymap says which action a key is here; text goes to whoever has the cursor.

use super::{
    approvals, burst, chords, commands, compose, form, moves, own, questions, searches, tiling, tour, with_pane,
    with_pane_by,
};
use crate::{
    approval::Press,
    console::{
        actions::{Action, Context},
        effect::Effect,
        keymap::{Code, Key, Meaning, Stack},
        looks,
        overlays::{approval::Mode, help, palette::Palette},
        pane::Cannot,
        panes::PaneId,
        state::{Overlay, State},
        widgets::list,
    },
};

/// A key went down.
pub fn pressed(state: &mut State, key: Key, press: Press) -> Vec<Effect> {
    state.notice = None;
    state.around.moved = Some(state.shared.moment.elapsed);
    let (is_burst, mut effects) = burst::heard(state, &press);
    if !effects.is_empty() {
        // What stood alone was an answer: what this key means depends on what is on screen after it.
        approvals::settle_card(state);
        questions::settle(state);
    }
    let stack = state.stack();
    let is_way_out = state.keymap.lookup(stack, key).is_some_and(|action| action.context() == Context::Always);
    if stack == Stack::Question && !is_way_out && !questions::takes(state, &press) {
        return effects;
    }
    effects.extend(match state.around.begun.take() {
        Some(begun) if begun.stack == stack => chords::second(state, begun, key, press),
        Some(_) | None => match state.keymap.meaning(stack, key) {
            Meaning::Act(action) if burst::is_answer(stack, action) => burst::hold(state, action, press, is_burst),
            Meaning::Act(action) => perform(state, stack, action, press),
            Meaning::Begins => chords::begin(state, stack, key, press),
            // A number that came with other keys was not typed.
            Meaning::Text if is_burst && stack == Stack::Card => Vec::new(),
            Meaning::Text => searches::pressed(state, stack, key).unwrap_or_else(|| type_key(state, stack, key)),
        },
    });
    effects
}

/// What works whatever is on screen; `None` for every other action.
pub fn always(state: &mut State, stack: Stack, action: Action) -> Option<Vec<Effect>> {
    match action {
        Action::Interrupt if stack == Stack::Leaving => Some(quit(state)),
        Action::Interrupt => Some(ask_to_quit(state)),
        Action::Panic => Some(vec![Effect::Panic]),
        Action::Suspend => Some(vec![Effect::Suspend]),
        _ => None,
    }
}

/// An action where it was looked up.
pub fn perform(state: &mut State, stack: Stack, action: Action, press: Press) -> Vec<Effect> {
    if let Some(effects) = always(state, stack, action) {
        return effects;
    }
    match stack {
        Stack::Pane(_) | Stack::Typing(_) => on_pane(state, action, Some(press)),
        Stack::Compose => compose::act(state, action),
        Stack::Form => form::act(state, action),
        Stack::Question => questions::act(state, action),
        Stack::Card | Stack::Reason | Stack::Editor => approvals::on_card(state, action, press),
        Stack::Palette => on_palette(state, action, press),
        Stack::Picker => on_picker(state, action, press),
        Stack::Waiting => approvals::on_list(state, action),
        Stack::Help => on_help(state, action),
        Stack::Leaving => on_leaving(state, action),
        Stack::Notice => {
            if action == Action::Close {
                state.overlay = None;
            }
            Vec::new()
        }
    }
}

/// An action in a pane: the console's own here, the rest is the pane's.
pub fn on_pane(state: &mut State, action: Action, press: Option<Press>) -> Vec<Effect> {
    if let Some(pane) = action.pane() {
        return moves::go(state, pane);
    }
    match action {
        Action::NextPane => moves::beside(state, 1),
        Action::PreviousPane => moves::beside(state, -1),
        Action::Palette => {
            state.overlay = Some(Overlay::Palette(Palette::new(state)));
            Vec::new()
        }
        Action::Help => {
            state.overlay = Some(Overlay::Help(state.stack(), 0));
            Vec::new()
        }
        Action::Answer => approvals::answer(state),
        Action::Waiting => approvals::list(state),
        Action::Handover => {
            let mut effects = moves::go(state, PaneId::Audit);
            effects.extend(in_pane(state, PaneId::Audit, action, None));
            effects
        }
        Action::Themes => {
            looks::choose(state);
            Vec::new()
        }
        Action::Quit => ask_to_quit(state),
        Action::Tour => tour::begin(state),
        Action::Back if state.tour.is_some() => tour::leave(state),
        Action::Undo => press.map_or_else(Vec::new, |press| own::undo(state, press)),
        Action::JumpBack | Action::JumpForward if !state.has_use_for(action) => {
            state.notice = Some("there is nowhere to jump to that way".to_owned());
            Vec::new()
        }
        Action::JumpBack => moves::back(state),
        Action::JumpForward => moves::forward(state),
        other if other.context() == Context::Splits => tiling::act(state, other),
        other => in_pane(state, state.focus, other, press),
    }
}

/// An action of a pane's own.
pub fn in_pane(state: &mut State, pane: PaneId, action: Action, press: Option<Press>) -> Vec<Effect> {
    let mut said = Ok(());
    let mut effects = with_pane_by(state, press, |panes, cx| said = panes.act(pane, action, cx));
    if let Err(Cannot(why)) = said {
        if action == Action::Back {
            effects.extend(moves::back(state));
        } else {
            state.notice = Some(why.to_owned());
        }
    }
    effects
}

fn on_palette(state: &mut State, action: Action, press: Press) -> Vec<Effect> {
    let Some(Overlay::Palette(palette)) = &mut state.overlay else { return Vec::new() };
    match action {
        Action::NextChoice => palette.step(1),
        Action::LastChoice => palette.step(-1),
        Action::Choose => return commands::chosen(state, press),
        _ => state.overlay = None,
    }
    Vec::new()
}

fn on_picker(state: &mut State, action: Action, press: Press) -> Vec<Effect> {
    let Some(Overlay::Picker(picker)) = &mut state.overlay else { return Vec::new() };
    match action {
        Action::NextPick => picker.step(1),
        Action::LastPick => picker.step(-1),
        Action::Pick => {
            let (purpose, focus) = (picker.purpose, state.focus);
            let Some(chosen) = picker.chosen() else { return Vec::new() };
            state.overlay = None;
            if let Some(effect) = looks::chosen(state, purpose, &chosen) {
                return vec![effect];
            }
            if purpose.starts_with(questions::PURPOSES) {
                return questions::picked(state, &chosen);
            }
            if purpose.starts_with(form::PURPOSES) {
                return form::picked(state, purpose, &chosen);
            }
            if state.composing.open.is_some() {
                return compose::picked(state, purpose, &chosen);
            }
            let mut said = Ok(());
            let effects =
                with_pane_by(state, Some(press), |panes, cx| said = panes.picked(focus, purpose, &chosen, cx));
            if let Err(Cannot(why)) = said {
                state.notice = Some(why.to_owned());
            }
            return effects;
        }
        _ => state.overlay = None,
    }
    Vec::new()
}

/// Moves in the list of keys, or closes it.
pub fn on_help(state: &mut State, action: Action) -> Vec<Effect> {
    let Some(Overlay::Help(of, line)) = state.overlay else { return Vec::new() };
    let to = list::moved(action, line, help::last_top(state, of));
    state.overlay = to.map(|to| Overlay::Help(of, to));
    Vec::new()
}

fn on_leaving(state: &mut State, action: Action) -> Vec<Effect> {
    if action == Action::QuitNow {
        return quit(state);
    }
    state.overlay = None;
    Vec::new()
}

/// Quits, or asks first when something would be lost.
fn ask_to_quit(state: &mut State) -> Vec<Effect> {
    if state.unfinished().is_empty() {
        return quit(state);
    }
    state.card = None;
    state.overlay = Some(Overlay::Leaving);
    Vec::new()
}

/// Refuses what waits and quits.
pub fn quit(state: &mut State) -> Vec<Effect> {
    let mut effects: Vec<Effect> =
        state.desk.close().into_iter().map(|refusal| Effect::Refused(refusal, None)).collect();
    effects.push(Effect::Quit);
    effects
}

/// A key that is no action here: text for whoever has the cursor.
fn type_key(state: &mut State, stack: Stack, key: Key) -> Vec<Effect> {
    match stack {
        Stack::Typing(pane) => {
            state.typed_at = Some(state.shared.moment.elapsed);
            with_pane(state, |panes, cx| panes.type_key(pane, &key, cx))
        }
        Stack::Compose => compose::type_key(state, &key),
        Stack::Form => form::type_key(state, &key),
        Stack::Question => questions::type_key(state, &key),
        Stack::Card => {
            let is_count = key.typed().is_some_and(|c| c.is_ascii_digit()) || key.code == Code::Backspace;
            if let Some(card) = state.card.as_mut().filter(|_| is_count) {
                card.says = None;
                card.count.key(&key);
            }
            Vec::new()
        }
        Stack::Reason | Stack::Editor => {
            match state.card.as_mut().map(|card| &mut card.mode) {
                Some(Mode::Line(_, input)) => {
                    input.key(&key);
                }
                Some(Mode::Editor(composer)) => {
                    composer.key(&key);
                }
                Some(Mode::Reading | Mode::Alike) | None => {}
            }
            Vec::new()
        }
        Stack::Palette => {
            state.typed_at = Some(state.shared.moment.elapsed);
            if let Some(Overlay::Palette(palette)) = &mut state.overlay {
                palette.key(&key);
            }
            Vec::new()
        }
        Stack::Picker => {
            state.typed_at = Some(state.shared.moment.elapsed);
            if let Some(Overlay::Picker(picker)) = &mut state.overlay {
                picker.key(&key);
            }
            Vec::new()
        }
        Stack::Notice => {
            state.overlay = None;
            Vec::new()
        }
        Stack::Pane(_) | Stack::Waiting | Stack::Help | Stack::Leaving => Vec::new(),
    }
}

/// Text was pasted: it goes where typing goes, and answers nothing.
pub fn pasted(state: &mut State, text: &str) -> Vec<Effect> {
    state.around.begun = None;
    match state.stack() {
        Stack::Typing(pane) => {
            state.typed_at = Some(state.shared.moment.elapsed);
            return with_pane(state, |panes, cx| panes.paste(pane, text, cx));
        }
        Stack::Compose => return compose::paste(state, text),
        Stack::Form => return form::paste(state, text),
        Stack::Question => return questions::paste(state, text),
        Stack::Reason | Stack::Editor => match state.card.as_mut().map(|card| &mut card.mode) {
            Some(Mode::Line(_, input)) => input.paste(text),
            Some(Mode::Editor(composer)) => composer.paste(text),
            Some(Mode::Reading | Mode::Alike) | None => {}
        },
        Stack::Palette => {
            if let Some(Overlay::Palette(palette)) = &mut state.overlay {
                palette.paste(text);
            }
        }
        Stack::Picker => {
            if let Some(Overlay::Picker(picker)) = &mut state.overlay {
                picker.paste(text);
            }
        }
        Stack::Pane(_) => state.notice = Some("a paste needs a text to go into".to_owned()),
        Stack::Card | Stack::Waiting | Stack::Help | Stack::Leaving | Stack::Notice => {}
    }
    Vec::new()
}
