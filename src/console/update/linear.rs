//! Owns what a typed line does in linear mode: the actions, texts and answers that keys stand for on the screen. A line that
//! was pasted moves about like any other, but approves nothing: it carries no `Press`.

use super::{approvals, compose, form, keys, questions, with_pane};
use crate::{
    approval::Press,
    console::{
        actions::Action,
        effect::Effect,
        keymap::Stack,
        linear::{
            Dialogue, PAGE,
            words::{self, Meaning},
        },
        overlays::approval::{Ask, Mode},
        pane::Cannot,
        state::{Overlay, State},
        term::lines::TypedLine,
        widgets::{composer::Composer, input::Input},
    },
};

const PASTED: &str = "that line was pasted, or typed before this stood here: type it again";

/// A line was typed.
pub fn heard(state: &mut State, line: TypedLine) -> Vec<Effect> {
    state.notice = None;
    let dialogue = state.dialogue.get_or_insert_default();
    dialogue.heard += 1;
    let offered = std::mem::take(&mut dialogue.offered);
    let TypedLine { words, press } = line;
    let mut meaning = words::read(state.stack(), &words);
    if matches!(state.overlay, Some(Overlay::Notice(_) | Overlay::Help(..))) && !is_about(state.stack(), &meaning) {
        // Read already: whatever is said next is about what lies below.
        state.overlay = None;
        meaning = words::read(state.stack(), &words);
    }
    let before = (state.focus, state.stack());
    let effects = match meaning {
        Meaning::Number(number, None) if !offered.is_empty() => {
            match number.checked_sub(1).and_then(|at| offered.get(at)) {
                Some(action) => act(state, *action, "", press),
                None => say(state, format!("there are {} to choose from", offered.len())),
            }
        }
        meaning => mean(state, meaning, press),
    };
    if state.focus != before.0 {
        dialogue_of(state).top = 0;
    }
    effects
}

fn mean(state: &mut State, meaning: Meaning, press: Option<Press>) -> Vec<Effect> {
    let stack = state.stack();
    match (stack, meaning) {
        (_, Meaning::What) => offer(state),
        (_, Meaning::Where) => whereabouts(state),
        (Stack::Reason, Meaning::Nothing) => act(state, Action::Submit, "", press),
        (_, Meaning::Nothing) => Vec::new(),
        (_, Meaning::More) => read_on(state),
        (_, Meaning::List) => {
            let dialogue = dialogue_of(state);
            (dialogue.top, dialogue.reads) = (0, dialogue.reads + 1);
            Vec::new()
        }
        (Stack::Card, Meaning::Number(count, None)) => counted(state, count, press),
        (Stack::Waiting, Meaning::Number(number, None)) => match number.checked_sub(1) {
            Some(at) if at < state.desk.len() => approvals::take(state, at),
            _ => say(state, format!("there are {} that wait", state.desk.len())),
        },
        (Stack::Palette | Stack::Picker, Meaning::Number(number, None)) => match number.checked_sub(1) {
            Some(at) => entry(state, at, press),
            None => say(state, "the first is 1"),
        },
        (Stack::Pane(_), Meaning::Number(number, action)) => row(state, number, action, press),
        (_, Meaning::Number(..)) => say(state, "a number chooses nothing here; ? tells what can be done"),
        (_, Meaning::Fill(field, words)) => compose::fill(state, field, &words),
        (Stack::Question, Meaning::FillNth(number, words)) => questions::fill(state, number, &words),
        (_, Meaning::FillNth(number, words)) => form::fill(state, number, &words),
        (_, Meaning::Do(action, rest)) => act(state, action, &rest, press),
        (_, Meaning::Text(words, goes_on)) => text(state, words, goes_on, press),
        (_, Meaning::Unknown(word)) => say(state, format!("there is no \"{word}\"; ? tells what can be done here")),
    }
}

/// Whether a line speaks of what lies on top: its own actions, or one of the mode's words.
fn is_about(stack: Stack, meaning: &Meaning) -> bool {
    match meaning {
        Meaning::Do(action, _) => stack.has(*action),
        Meaning::What | Meaning::Nothing => true,
        _ => false,
    }
}

fn dialogue_of(state: &mut State) -> &mut Dialogue {
    state.dialogue.get_or_insert_default()
}

fn say(state: &mut State, words: impl Into<String>) -> Vec<Effect> {
    dialogue_of(state).say(words);
    Vec::new()
}

/// Numbers what can be done here.
fn offer(state: &mut State) -> Vec<Effect> {
    let stack = state.stack();
    let works = |action: &&Action| stack.has(**action) && !matches!(action, Action::Panic | Action::NewLine);
    let mut actions: Vec<Action> = Action::ALL.iter().filter(works).copied().collect();
    actions.sort_by_key(|action| stack.contexts().iter().position(|context| *context == action.context()));
    let colon = if stack.takes_text() { ":" } else { "" };
    let mut says = vec!["what can be done here, by name or number:".to_owned()];
    says.extend((1..).zip(&actions).map(|(n, action)| format!("{n}. {colon}{}: {}", action.name(), action.help())));
    says.push(match stack {
        Stack::Form => state.forms.open.as_ref().map_or("", |form| form.spoken_hint()).to_owned(),
        Stack::Question => state.questions.open().map_or("", |sheet| sheet.spoken_hint()).to_owned(),
        Stack::Compose => state.composing.open.as_ref().map_or("", |compose| compose.spoken_hint()).to_owned(),
        Stack::Typing(_) | Stack::Editor => {
            "anything else is text; it is used when you press Enter, a backslash at the end of the line lets it go on"
                .to_owned()
        }
        _ => "also: a number opens that row, a number and a name do it to that row; more, list, where".to_owned(),
    });
    let dialogue = dialogue_of(state);
    for line in says {
        dialogue.say(line);
    }
    if !stack.takes_text() {
        dialogue.offered = actions;
    }
    Vec::new()
}

fn whereabouts(state: &mut State) -> Vec<Effect> {
    let spoken = state.panes.spoken(state.focus, &state.shared);
    let mut says = vec![spoken.head.clone()];
    if let Some((at, row)) = spoken.chosen.and_then(|at| Some((at, spoken.rows.get(at)?))) {
        says.push(format!("on {} of {}: {row}", at + 1, spoken.rows.len()));
    }
    if let Some(current) = state.shared.current.as_ref().and_then(|current| current.details.value()) {
        says.push(format!("in hand: {}", current.name.line().as_ref()));
    }
    if !state.desk.is_empty() {
        says.push(format!("approvals waiting: {}; answer leads there", state.desk.len()));
    }
    if !state.questions.is_empty() {
        says.push(format!("questions of servers waiting: {}; answer leads there", state.questions.len()));
    }
    let dialogue = dialogue_of(state);
    for line in says {
        dialogue.say(line);
    }
    Vec::new()
}

fn read_on(state: &mut State) -> Vec<Effect> {
    let rows = state.panes.spoken(state.focus, &state.shared).rows.len();
    let dialogue = dialogue_of(state);
    if dialogue.top + PAGE >= rows {
        return say(state, "that was the last; list begins again");
    }
    dialogue.top += PAGE;
    dialogue.reads += 1;
    Vec::new()
}

/// Chooses a row and opens it, or does something to it.
fn row(state: &mut State, number: usize, action: Option<Action>, press: Option<Press>) -> Vec<Effect> {
    let focus = state.focus;
    let rows = state.panes.spoken(focus, &state.shared).rows.len();
    let Some(at) = number.checked_sub(1).filter(|at| *at < rows) else {
        return say(state, format!("there are {rows} rows"));
    };
    let mut said = Ok(());
    let mut effects = with_pane(state, |panes, cx| said = panes.choose(focus, at, cx));
    if let Err(Cannot(why)) = said {
        return say(state, why);
    }
    let is_open = !state.panes.spoken(focus, &state.shared).detail.is_empty();
    effects.extend(match action {
        Some(action) => act(state, action, "", press),
        None if is_open => Vec::new(),
        None => act(state, Action::Open, "", press),
    });
    effects
}

/// The n-th of an open list, counted from 0.
fn entry(state: &mut State, at: usize, press: Option<Press>) -> Vec<Effect> {
    let choose = match &mut state.overlay {
        Some(Overlay::Palette(palette)) => palette.choose(at).then_some(Action::Choose),
        Some(Overlay::Picker(picker)) => picker.choose(at).then_some(Action::Pick),
        _ => None,
    };
    match choose {
        Some(action) => act(state, action, "", press),
        None => say(state, "the list is not that long"),
    }
}

/// An action by name. Where a text has the cursor, or something is being written, the pane's own actions leave it first; the
/// words stay.
fn act(state: &mut State, action: Action, rest: &str, press: Option<Press>) -> Vec<Effect> {
    let stack = state.stack();
    let mut effects = Vec::new();
    match stack {
        Stack::Typing(pane) if !stack.has(action) && Stack::Pane(pane).has(action) => {
            effects.extend(keys::on_pane(state, Action::Leave, None));
        }
        Stack::Form if !stack.has(action) && Stack::Pane(state.focus).has(action) => {
            effects.extend(form::act(state, Action::Leave));
        }
        Stack::Compose if !stack.has(action) && Stack::Pane(state.focus).has(action) => {
            effects.extend(compose::act(state, Action::Leave));
        }
        _ if !stack.has(action) => {
            let words = match stack {
                Stack::Card => {
                    "a card waits for an answer: approve, edit, ask-changes, defer or refuse; later puts it aside"
                        .to_owned()
                }
                _ => format!("{} does nothing here; ? tells what can be done", action.name()),
            };
            return say(state, words);
        }
        _ => {}
    }
    if let Some(always) = keys::always(state, stack, action) {
        return always;
    }
    effects.extend(match (state.stack(), press) {
        (Stack::Card, press) if !rest.is_empty() && asked(action).is_some() => in_one_line(state, action, rest, press),
        (stack @ (Stack::Pane(_) | Stack::Typing(_)), press) => {
            let was_typing = matches!(stack, Stack::Typing(_));
            let (now, later) = if rest.is_empty() { (press, None) } else { (None, press) };
            let mut effects = keys::on_pane(state, action, now);
            if !rest.is_empty()
                && !was_typing
                && matches!(state.stack(), Stack::Typing(_) | Stack::Picker | Stack::Compose)
            {
                effects.extend(text(state, rest.to_owned(), false, later));
            }
            effects
        }
        // Nothing there is decided: what is put up becomes a card.
        (Stack::Compose, _) => compose::act(state, action),
        (Stack::Form, _) => in_form(state, action, rest),
        (Stack::Question, press) => in_question(state, action, press.as_ref()),
        (stack, Some(press)) => keys::perform(state, stack, action, press),
        (_, None) => say(state, PASTED),
    });
    effects
}

/// An action on a question of a server: only of a line that was typed after it stood there.
fn in_question(state: &mut State, action: Action, press: Option<&Press>) -> Vec<Effect> {
    match press {
        Some(press) if questions::takes(state, press) => questions::act(state, action),
        _ => say(state, PASTED),
    }
}

/// An action in a form; words behind the list's name are what is looked for there.
fn in_form(state: &mut State, action: Action, rest: &str) -> Vec<Effect> {
    let mut effects = Vec::new();
    if action == Action::FromList && !rest.is_empty() {
        effects.extend(form::paste(state, rest));
        state.typed_at = None;
    }
    effects.extend(form::act(state, action));
    effects
}

/// Text goes to whoever has the cursor; a line that does not go on is used.
fn text(state: &mut State, words: String, goes_on: bool, press: Option<Press>) -> Vec<Effect> {
    let dialogue = dialogue_of(state);
    dialogue.unfinished.push(words);
    if goes_on {
        return Vec::new();
    }
    let words = std::mem::take(&mut dialogue.unfinished).join("\n");
    let stack = state.stack();
    if stack == Stack::Compose {
        return compose::take_line(state, &words);
    }
    if stack == Stack::Question {
        state.typed_at = None;
        return questions::take_line(state, &words);
    }
    if stack == Stack::Form {
        state.typed_at = None;
        return form::take_line(state, &words);
    }
    let mut effects = match (stack, state.card.as_mut().map(|card| &mut card.mode)) {
        // The old words were printed: what is typed takes their place.
        (Stack::Editor, Some(Mode::Editor(composer))) => {
            **composer = Composer::with(&words);
            Vec::new()
        }
        (Stack::Palette | Stack::Picker, _) => return narrow(state, &words, press),
        _ => keys::pasted(state, &words),
    };
    state.typed_at = None;
    let done = if stack == Stack::Editor { Action::UseText } else { Action::Submit };
    effects.extend(act(state, done, "", press));
    effects
}

/// Letters in an open list: the list is told anew, or the only one that matches is taken.
fn narrow(state: &mut State, words: &str, press: Option<Press>) -> Vec<Effect> {
    let (matches, takes_words) = match &mut state.overlay {
        Some(Overlay::Palette(palette)) => (palette.narrow(words), false),
        Some(Overlay::Picker(picker)) => (picker.narrow(words), picker.free.is_some()),
        _ => return Vec::new(),
    };
    state.typed_at = None;
    if matches == 1 || matches == 0 && takes_words { entry(state, 0, press) } else { Vec::new() }
}

/// A bare number on a card: the count it asks for, which is a yes.
fn counted(state: &mut State, count: usize, press: Option<Press>) -> Vec<Effect> {
    let one = state.desk.current().map(crate::approval::Proposal::confirm);
    let confirm = if state.desk.batch().is_empty() { one } else { Some(state.desk.batch_confirm()) };
    match (confirm, &mut state.card) {
        (Some(confirm), Some(card)) if confirm.count().is_some() => {
            card.count = Input::with(&count.to_string());
            act(state, Action::Approve, "", press)
        }
        _ => say(state, "a number answers nothing here: approve, edit or refuse; later puts the card aside"),
    }
}

/// What an action on a card asks a line of words for.
fn asked(action: Action) -> Option<Ask> {
    match action {
        Action::Refuse => Some(Ask::Reason),
        Action::AskChanges => Some(Ask::Changes),
        Action::Tell => Some(Ask::Note),
        Action::Defer => Some(Ask::Minutes),
        _ => None,
    }
}

/// An answer with its words in one line: `refuse not this customer`, `defer 10`.
fn in_one_line(state: &mut State, action: Action, words: &str, press: Option<Press>) -> Vec<Effect> {
    let Some(press) = press else { return say(state, PASTED) };
    approvals::ask_by(state, action);
    if let Some(Mode::Line(_, input)) = state.card.as_mut().map(|card| &mut card.mode) {
        *input = Input::with(words);
        return approvals::on_card(state, Action::Submit, press);
    }
    Vec::new()
}
