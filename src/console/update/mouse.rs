//! Owns what the mouse does: focus, choosing, scrolling what is under it, moving borders. It answers no card and quits
//! nothing: what needs a person's yes needs a key.

use ratatui::layout::{Position, Rect};

use super::{approvals, form, keys, moves, questions, with_pane};
use crate::console::{
    actions::Action,
    effect::Effect,
    keymap::Stack,
    layout,
    state::{Overlay, State},
    term::Mouse,
};

/// How soon after the terminal got the attention back a click is the one that did it.
const REFOCUS: std::time::Duration = std::time::Duration::from_millis(200);

/// The mouse did something.
pub fn used(state: &mut State, mouse: Mouse) -> Vec<Effect> {
    match mouse {
        Mouse::Wheel(steps, column, row) => wheel(state, steps, (column, row)),
        Mouse::Click(column, row) => {
            let now = state.shared.moment.elapsed;
            if state.around.refocused.take().is_some_and(|at| now < at + REFOCUS) {
                return Vec::new();
            }
            match state.stack() {
                Stack::Pane(_) | Stack::Typing(_) => click(state, column, row),
                Stack::Palette | Stack::Picker => {
                    choose(state, column, row);
                    Vec::new()
                }
                Stack::Card
                | Stack::Reason
                | Stack::Editor
                | Stack::Compose
                | Stack::Form
                | Stack::Question
                | Stack::Help
                | Stack::Waiting
                | Stack::Leaving
                | Stack::Notice => Vec::new(),
            }
        }
        Mouse::Drag(column, row) => {
            if let Some(border) = state.around.dragged {
                let body = layout::body(state);
                state.around.tiles.drag(border, body, Position { x: column, y: row });
            }
            Vec::new()
        }
        Mouse::Release => {
            state.around.dragged = None;
            Vec::new()
        }
    }
}

/// A click on a tab goes there, on a border takes hold of it, on a pane puts it in front and chooses in it.
fn click(state: &mut State, column: u16, row: u16) -> Vec<Effect> {
    state.around.begun = None;
    state.around.moved = Some(state.shared.moment.elapsed);
    if let Some(pane) = layout::tab_at(state, column, row) {
        return moves::go(state, pane);
    }
    let at = Position { x: column, y: row };
    if layout::parts(state).len() > 1 {
        state.around.dragged = state.around.tiles.border_at(layout::body(state), at);
        if state.around.dragged.is_some() {
            return Vec::new();
        }
    }
    let Some((pane, area)) = layout::part_at(state, column, row) else { return Vec::new() };
    let mut effects = moves::go(state, pane);
    effects.extend(with_pane(state, |panes, cx| panes.click(pane, area, (column, row), cx)));
    effects
}

/// A click in a list chooses there; what the choice does may need a yes, so it takes the Enter key.
fn choose(state: &mut State, column: u16, row: u16) {
    let screen = Rect::new(0, 0, state.size.0, state.size.1);
    match &mut state.overlay {
        Some(Overlay::Palette(palette)) => palette.choose_at(screen, column, row),
        Some(Overlay::Picker(picker)) => picker.choose_at(screen, column, row),
        Some(Overlay::Help(..) | Overlay::Leaving | Overlay::Notice(_) | Overlay::Waiting(_)) | None => {}
    }
}

/// The wheel moves what is under it, whichever pane is in front.
fn wheel(state: &mut State, steps: i16, (column, row): (u16, u16)) -> Vec<Effect> {
    let action = if steps > 0 { Action::Down } else { Action::Up };
    let mut effects = Vec::new();
    for _ in 0..steps.unsigned_abs() {
        effects.extend(match state.stack() {
            Stack::Pane(_) | Stack::Typing(_) => match layout::part_at(state, column, row) {
                Some((pane, _)) if !state.panes.is_typing(pane) => keys::in_pane(state, pane, action, None),
                Some(_) | None => Vec::new(),
            },
            Stack::Help => keys::on_help(state, action),
            Stack::Waiting => approvals::on_list(state, action),
            Stack::Card => {
                approvals::scroll(state, action);
                Vec::new()
            }
            Stack::Palette | Stack::Picker => {
                match &mut state.overlay {
                    Some(Overlay::Palette(palette)) => palette.step(steps.signum().into()),
                    Some(Overlay::Picker(picker)) => picker.step(steps.signum().into()),
                    Some(Overlay::Help(..) | Overlay::Leaving | Overlay::Notice(_) | Overlay::Waiting(_)) | None => {}
                }
                Vec::new()
            }
            Stack::Form => form::act(state, action),
            Stack::Question => questions::act(state, action),
            Stack::Compose | Stack::Reason | Stack::Editor | Stack::Leaving | Stack::Notice => Vec::new(),
        });
    }
    effects
}
