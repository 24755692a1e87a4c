//! Owns what keys, lines and lists do to a server's question: when it takes the screen, what is filled in, how it is answered.
//! What it is made of is `console::questions`'s; whether an answer still finds anybody is the runtime's.
//!
//! Invariants: a card goes first, and a question never takes the screen from one, nor from fingers that type; only a key that
//! went down after it stood there, and stood alone, answers it.

use crate::{
    approval::Press,
    connect::mcp::{Question, Reply},
    console::{
        actions::Action,
        effect::Effect,
        form::Entry,
        keymap::Key,
        overlays::picker::{Choice, Picker},
        questions::{AskId, Field, Unready, view},
        state::{Overlay, State},
    },
    privacy::text,
};

/// What lists of a question are opened for.
const VALUE: &str = "question.value";
/// What every purpose of a question's list begins with.
pub const PURPOSES: &str = "question.";

/// A server asks.
pub fn arrived(state: &mut State, id: AskId, server: &str, question: Question) -> Vec<Effect> {
    if state.questions.take(id, server, question) {
        return Vec::new();
    }
    state.notice = Some(format!("{} asks too much: a question of it got no answer", text::line(server).as_ref()));
    vec![Effect::AnswerServer { id, reply: Reply::Cancel }]
}

/// Nobody waits for the answer any more.
pub fn ended(state: &mut State, id: AskId) {
    let Some((sheet, was_open)) = state.questions.remove(id) else { return };
    if was_open {
        close_list(state);
        state.typed_at = None;
    }
    state.notice = Some(format!("the question of {} is gone: its call ended", sheet.server));
}

/// Puts a waiting question on the screen, unless something else is in front or somebody types.
pub fn settle(state: &mut State) {
    if state.card.is_some() {
        state.questions.cover();
    }
    let has_card = state.card.is_some() || state.desk.current().is_some() && !state.parked;
    let is_free = !has_card && state.overlay.is_none() && !state.is_busy_typing();
    if is_free && state.questions.wants_in() {
        state.questions.show();
    }
}

/// Which question a frame of this state shows, where that is still to be told.
pub fn unpainted(state: &State) -> Option<AskId> {
    let is_in_front = state.card.is_none() && state.overlay.is_none();
    state.questions.unpainted().filter(|_| is_in_front)
}

/// Whether a key may do anything here: one that went down before the question stood there was meant for something else.
pub fn takes(state: &mut State, press: &Press) -> bool {
    let Some(sheet) = state.questions.open_mut() else { return false };
    let is_meant = sheet.stands_for(press);
    if !is_meant {
        sheet.says = Some("that key went down before this stood here: press it again".to_owned());
    }
    is_meant
}

/// An action on the question.
pub fn act(state: &mut State, action: Action) -> Vec<Effect> {
    let Some(sheet) = state.questions.open_mut() else { return Vec::new() };
    sheet.says = None;
    match action {
        Action::SendAnswer => match sheet.accept() {
            Ok(reply) => return answer(state, reply),
            Err(why) => {
                if let Unready::Field { at, .. } = &why {
                    sheet.go(*at);
                }
                sheet.says = Some(why.to_string());
            }
        },
        Action::DeclineQuestion => return answer(state, Reply::Decline),
        Action::CancelQuestion => return answer(state, Reply::Cancel),
        Action::SetAside => set_aside(state),
        Action::OpenLink | Action::CopyLink => return go(state, action),
        Action::FromList => list(state),
        Action::Submit => match sheet.field().map(Field::entry) {
            Some(Some(Entry::Words(_))) => return act(state, Action::NewLine),
            Some(None | Some(Entry::Choice(_))) => list(state),
            _ => sheet.step(1),
        },
        Action::NewLine => {
            if let Some(Entry::Words(composer)) = sheet.field_mut().and_then(Field::entry_mut) {
                composer.new_line();
            }
        }
        Action::NextField => sheet.step(1),
        Action::PreviousField => sheet.step(-1),
        Action::Down => moved(state, 1, "down"),
        Action::Up => moved(state, -1, "up"),
        Action::PageDown => scroll(state, 1),
        Action::PageUp => scroll(state, -1),
        _ => {}
    }
    Vec::new()
}

/// One line further: in the words of a field, to the next field, or down what there is to read.
fn moved(state: &mut State, by: isize, key: &str) {
    let Some(sheet) = state.questions.open_mut() else { return };
    let (key, has_others) = (Key::parse(key).ok(), sheet.fields().len() > 1);
    match (sheet.field_mut().and_then(Field::entry_mut), key) {
        (Some(Entry::Words(composer)), Some(key)) if !composer.is_at_edge(by < 0) => _ = composer.key(&key),
        _ if has_others => sheet.step(by),
        _ => scroll(state, by),
    }
}

fn scroll(state: &mut State, by: isize) {
    let top = view::page(state, by);
    if let Some(sheet) = state.questions.open_mut() {
        sheet.top = top;
    }
}

/// The person's answer goes out; the next question may come.
fn answer(state: &mut State, reply: Reply) -> Vec<Effect> {
    let Some(id) = state.questions.open().map(|sheet| sheet.id) else { return Vec::new() };
    let Some((sheet, _)) = state.questions.remove(id) else { return Vec::new() };
    // What was typed was typed into what is gone: what waits need not wait for quiet.
    state.typed_at = None;
    let who = sheet.server;
    state.notice = Some(match &reply {
        Reply::Accept(_) => format!("answered: {who} has it"),
        Reply::Decline => format!("declined: {who} is told no"),
        Reply::Cancel => format!("put off: {who} is told that there is no answer"),
    });
    vec![Effect::AnswerServer { id, reply }]
}

fn set_aside(state: &mut State) {
    state.questions.put_aside();
    state.typed_at = None;
    state.notice = Some("the question waits; nothing is answered".to_owned());
}

/// Opens the address, or copies it: that answers nothing.
fn go(state: &mut State, action: Action) -> Vec<Effect> {
    let Some(sheet) = state.questions.open_mut() else { return Vec::new() };
    let Some(url) = sheet.address().map(str::to_owned) else {
        sheet.says = Some("there is no address in this question".to_owned());
        return Vec::new();
    };
    if action == Action::CopyLink {
        state.notice = Some("copied".to_owned());
        return vec![Effect::Copy(text::line(&url).into_string())];
    }
    sheet.went = true;
    vec![Effect::Browse(url)]
}

/// Opens the list of what the field may hold.
fn list(state: &mut State) {
    let Some(sheet) = state.questions.open_mut() else { return };
    let Some(field) = sheet.field() else { return };
    let listed = |(name, id): (String, String)| Choice { id: name.clone(), label: name, detail: id };
    let all: Vec<Choice> = match field.entry() {
        Some(Entry::Flag(_)) => ["yes", "no"].map(|word| listed((word.to_owned(), String::new()))).into(),
        Some(_) => field.choices().map(|(name, id)| listed((name.raw().to_owned(), id.to_owned()))).collect(),
        None => {
            let chosen = field.chosen();
            let marked = field.choices().zip(chosen).map(|((name, id), is_chosen)| Choice {
                id: name.raw().to_owned(),
                label: format!("[{}] {}", if is_chosen { "x" } else { " " }, name.raw()),
                detail: id.to_owned(),
            });
            marked.collect()
        }
    };
    if all.is_empty() {
        sheet.says = Some("there is no list for this field; type into it".to_owned());
        return;
    }
    let standing = field.words();
    state.overlay = Some(Overlay::Picker(Picker::new(field.label(), VALUE, all).standing_on(&standing)));
}

/// Something was chosen for the field. Where several may be, the list stays.
pub fn picked(state: &mut State, chosen: &str) -> Vec<Effect> {
    let Some(sheet) = state.questions.open_mut() else { return Vec::new() };
    (sheet.says, sheet.top) = (None, None);
    let Some(field) = sheet.field_mut() else { return Vec::new() };
    field.toggle(chosen);
    if field.entry().is_none() {
        list(state);
        if let Some(Overlay::Picker(picker)) = state.overlay.take() {
            state.overlay = Some(Overlay::Picker(picker.standing_on(chosen)));
        }
    }
    Vec::new()
}

fn close_list(state: &mut State) {
    if matches!(&state.overlay, Some(Overlay::Picker(picker)) if picker.purpose.starts_with(PURPOSES)) {
        state.overlay = None;
    }
}

/// A key as text.
pub fn type_key(state: &mut State, key: &Key) -> Vec<Effect> {
    state.typed_at = Some(state.shared.moment.elapsed);
    state.questions.open_mut().into_iter().for_each(|sheet| sheet.type_key(key));
    Vec::new()
}

/// Pasted text; where the question only just came up it was meant for something else.
pub fn paste(state: &mut State, words: &str) -> Vec<Effect> {
    state.typed_at = Some(state.shared.moment.elapsed);
    let Some(sheet) = state.questions.open_mut() else { return Vec::new() };
    if sheet.has_stood() {
        (sheet.says, sheet.top) = (None, None);
        sheet.field_mut().into_iter().for_each(|field| field.paste(words));
    }
    Vec::new()
}

/// A typed line, for the field with the cursor.
pub fn take_line(state: &mut State, words: &str) -> Vec<Effect> {
    let Some(sheet) = state.questions.open_mut() else { return Vec::new() };
    if !sheet.take_line(words) {
        sheet.says = Some("there is nothing to fill in; :send-answer or :decline-question answers".to_owned());
    }
    Vec::new()
}

/// Goes to the n-th field, counted from 1, and fills it where words came along.
pub fn fill(state: &mut State, number: usize, words: &str) -> Vec<Effect> {
    let Some(sheet) = state.questions.open_mut() else { return Vec::new() };
    if !number.checked_sub(1).is_some_and(|at| sheet.go(at)) {
        sheet.says = Some(format!("there are {} fields", sheet.fields().len()));
        return Vec::new();
    }
    if words.is_empty() { Vec::new() } else { take_line(state, words) }
}

#[cfg(test)]
mod tests;
