//! Owns what choosing from the palette does: an action, a place to go, a command with its argument.

use super::{keys, moves, with_pane};
use crate::{
    approval::Press,
    console::{
        actions::Action,
        commands::{Command, Does},
        effect::Effect,
        keymap::{Key, Stack},
        overlays::palette::Goal,
        state::{Overlay, State},
    },
};

/// The farthest row a number leads to.
const FARTHEST: usize = 10_000;

/// Does what is chosen in the palette. It stays open while what is typed will not do, and says why.
pub fn chosen(state: &mut State, press: Press) -> Vec<Effect> {
    let Some(Overlay::Palette(palette)) = &state.overlay else { return Vec::new() };
    let Some(goal) = palette.chosen() else {
        state.overlay = None;
        return Vec::new();
    };
    match goal {
        Goal::Begin(command) => {
            if let Some(Overlay::Palette(palette)) = &mut state.overlay {
                palette.begin(command);
            }
            Vec::new()
        }
        Goal::Open(target) => {
            state.overlay = None;
            moves::open(state, &target)
        }
        Goal::Act(action) => {
            state.overlay = None;
            state.around.done(action.name());
            match action {
                Action::Panic => vec![Effect::Panic],
                action => keys::on_pane(state, action, Some(press)),
            }
        }
        Goal::Line(line) => {
            let Some((command, argument)) = Command::split(&line) else { return Vec::new() };
            if let Some(why) = command.refuses(argument) {
                if let Some(Overlay::Palette(palette)) = &mut state.overlay {
                    palette.say(why);
                }
                return Vec::new();
            }
            state.overlay = None;
            run(state, command, argument, press)
        }
    }
}

fn run(state: &mut State, command: &Command, argument: &str, press: Press) -> Vec<Effect> {
    match command.does {
        Does::Goto => goto(state, argument.parse().unwrap_or(1)),
        Does::Give(action) => give(state, action, argument, press),
    }
}

/// Does an action and gives the words to what it opened: a text, in place of what was there, or a list. A list in which
/// nothing matches stays open and shows what there is.
fn give(state: &mut State, action: Action, words: &str, press: Press) -> Vec<Effect> {
    let mut effects = keys::on_pane(state, action, None);
    match state.stack() {
        Stack::Typing(pane) => {
            let emptying: Vec<Key> = ["end", "ctrl-u"].iter().filter_map(|key| Key::parse(key).ok()).collect();
            effects.extend(with_pane(state, |panes, cx| {
                for key in &emptying {
                    panes.type_key(pane, key, cx);
                }
                panes.paste(pane, words, cx);
            }));
            effects.extend(keys::in_pane(state, pane, Action::Submit, Some(press)));
        }
        Stack::Picker => {
            effects.extend(keys::pasted(state, words));
            effects.extend(keys::perform(state, Stack::Picker, Action::Pick, press));
        }
        _ => {}
    }
    effects
}

fn goto(state: &mut State, row: usize) -> Vec<Effect> {
    let focus = state.focus;
    let mut effects = keys::in_pane(state, focus, Action::Top, None);
    for _ in 1..row.min(FARTHEST) {
        effects.extend(keys::in_pane(state, focus, Action::Down, None));
    }
    effects
}
