//! Owns what keys, choices and answers do to what is being written: kept at each change, put up as a card, forgotten when it
//! is at the desk. What a message is made of is `console::compose`'s.

use super::{asked, own};
use crate::{
    approval::Change,
    console::{
        actions::Action,
        compose::{About, CHANNELS, Compose, Enter, Field, Leaves, view},
        effect::{Effect, Fetch, Wish},
        keymap::Key,
        msg::Fetched,
        overlays::picker::{Choice, Picker},
        pane::{Cannot, Writing},
        remote::{Problem, Remote},
        state::{Overlay, State},
        widgets::when,
    },
    domain::{
        Channel, ConversationId, CustomerId, Text,
        until::{HINT, until},
    },
};

/// What lists are opened for.
const SHORTCUT: &str = "compose.shortcut";
const CHANNEL: &str = "compose.channel";
const SCHEDULE: &str = "compose.schedule";
/// The choices of leaving that are no time.
const NOW: &str = "now";
const BY_HAND: &str = "draft";

/// Opens the composer; what was being written is kept.
pub fn open(state: &mut State, writing: Writing) -> Vec<Effect> {
    let about = match writing {
        Writing::About(about) => about,
        Writing::Kept(key) => {
            let Some(about) = about_of(state, &key) else {
                state.notice = Some("open its conversation first: the words are kept".to_owned());
                return Vec::new();
            };
            about
        }
    };
    let kept = state.shared.scratches.get(&about.key()).map(String::as_str);
    let mut compose = Compose::open(about, kept);
    let mut fetches = Vec::new();
    if let Some(customer) = compose.about().customer().cloned() {
        let asks_channel = matches!(compose.about(), About::Reply(_));
        let conversation = compose.about().conversation().filter(|_| asks_channel).map(|known| known.id.clone());
        compose.ask_person();
        fetches.push(Fetch::Addressee(customer, conversation));
    }
    if matches!(state.composing.shortcuts, Remote::NotAsked | Remote::Failed(..)) {
        state.composing.shortcuts.ask();
        fetches.push(Fetch::Shortcuts);
    }
    state.composing.open = Some(compose);
    fetches.into_iter().map(|fetch| asked(&mut state.shared, fetch)).collect()
}

/// What kept words were about, if that is at hand.
fn about_of(state: &State, key: &str) -> Option<About> {
    let (kind, id) = key.split_once(':')?;
    let conversation = || {
        let id = ConversationId::new(id);
        let in_hand = state.shared.current.as_ref().and_then(|current| current.details.value());
        let known = state.panes.queue.conversation(&id).or_else(|| in_hand.filter(|known| known.id == id));
        known.cloned().map(Box::new)
    };
    match kind {
        "note" => Some(About::Note(conversation()?)),
        "reply" => Some(About::Reply(conversation()?)),
        "write" => Some(About::New(CustomerId::new(id))),
        _ => None,
    }
}

/// An action in the composer.
pub fn act(state: &mut State, action: Action) -> Vec<Effect> {
    let Some(compose) = &mut state.composing.open else { return Vec::new() };
    match action {
        Action::Leave => {
            let is_kept = !compose.kept().is_empty();
            state.composing.open = None;
            if is_kept {
                state.notice = Some("the words are kept".to_owned());
            }
        }
        Action::Submit => match compose.enter() {
            Enter::NewLine => {
                compose.new_line();
                return keep(state);
            }
            Enter::NextField => compose.step(1),
            Enter::PutUp => return put_up(state),
        },
        Action::NewLine => {
            compose.new_line();
            return keep(state);
        }
        Action::PutUp => return put_up(state),
        Action::NextField => compose.step(1),
        Action::PreviousField => compose.step(-1),
        Action::OutsideEditor => return vec![Effect::EditOutside(compose.words())],
        Action::Shortcut => {
            state.composing.wants_shortcuts = state.composing.shortcuts.is_loading();
            list(state, shortcuts);
        }
        Action::Schedule => list(state, times),
        Action::OverChannel => list(state, channels),
        _ => {}
    }
    Vec::new()
}

/// Opens a list, or says why there is none.
fn list(state: &mut State, of: fn(&State, &Compose) -> Result<Picker, Cannot>) {
    let Some(compose) = &state.composing.open else { return };
    match of(state, compose) {
        Ok(picker) => state.overlay = Some(Overlay::Picker(picker)),
        Err(Cannot(why)) => state.notice = Some(why.to_owned()),
    }
}

fn shortcuts(state: &State, _compose: &Compose) -> Result<Picker, Cannot> {
    let all = match &state.composing.shortcuts {
        Remote::Failed(None, _) => return Err(Cannot("canned texts could not be read; the next reply tries again")),
        remote => remote.value().ok_or(Cannot("canned texts are being read"))?,
    };
    if all.is_empty() {
        return Err(Cannot("the desk has no canned texts"));
    }
    let choices = all.iter().map(|shortcut| Choice {
        id: shortcut.id.clone(),
        label: shortcut.name.raw().to_owned(),
        detail: shortcut.text.raw().to_owned(),
    });
    Ok(Picker::new("Canned text", SHORTCUT, choices.collect()))
}

fn channels(_state: &State, compose: &Compose) -> Result<Picker, Cannot> {
    if !compose.has_choice() {
        return Err(Cannot("its channel cannot be changed"));
    }
    let choices = CHANNELS.iter().map(|channel| Choice {
        id: channel.as_str().to_owned(),
        label: channel.as_str().to_owned(),
        detail: channel.body_limit().map(|limit| format!("up to {limit} characters")).unwrap_or_default(),
    });
    Ok(Picker::new("Over which channel", CHANNEL, choices.collect()))
}

fn times(state: &State, compose: &Compose) -> Result<Picker, Cannot> {
    if !compose.has_choice() {
        return Err(Cannot("only a new message is scheduled here"));
    }
    let (now, zone) = (state.shared.moment.now, &state.shared.zone);
    let fixed = [(NOW, "at once, after your yes"), (BY_HAND, "stays a draft, a person sends it")];
    let fixed = fixed.map(|(id, label)| Choice { id: id.to_owned(), label: label.to_owned(), detail: String::new() });
    let timed = ["30m", "1h", "3h", "tomorrow 9:00", "monday 9:00"].iter().filter_map(|words| {
        let detail = when::at(until(words, now, zone).ok()?, now, zone);
        Some(Choice { id: (*words).to_owned(), label: (*words).to_owned(), detail })
    });
    let choices = fixed.into_iter().chain(timed).collect();
    Ok(Picker::new("When it leaves", SCHEDULE, choices).or_text(HINT))
}

/// Something was chosen for the composer.
pub fn picked(state: &mut State, purpose: &str, chosen: &str) -> Vec<Effect> {
    let Some(compose) = &mut state.composing.open else { return Vec::new() };
    match purpose {
        SHORTCUT => {
            let found = state.composing.shortcuts.value().into_iter().flatten().find(|known| known.id == chosen);
            let words = found.map(|shortcut| shortcut.text.raw().to_owned()).unwrap_or_default();
            let before = compose.clone();
            compose.insert(&words, &view::facts(&before, &state.shared));
        }
        CHANNEL => compose.choose_channel(Channel::parse(chosen)),
        SCHEDULE => match (chosen, until(chosen, state.shared.moment.now, &state.shared.zone)) {
            (NOW, _) => compose.schedule(Leaves::Now),
            (BY_HAND, _) => compose.schedule(Leaves::ByHand),
            (_, Ok(at)) => compose.schedule(Leaves::At(at)),
            (_, Err(why)) => state.notice = Some(why.to_owned()),
        },
        _ => {}
    }
    keep(state)
}

/// A key as text.
pub fn type_key(state: &mut State, key: &Key) -> Vec<Effect> {
    state.typed_at = Some(state.shared.moment.elapsed);
    let is_changed = state.composing.open.as_mut().is_some_and(|compose| compose.type_key(key));
    if is_changed { keep(state) } else { Vec::new() }
}

/// Pasted text.
pub fn paste(state: &mut State, words: &str) -> Vec<Effect> {
    state.typed_at = Some(state.shared.moment.elapsed);
    if let Some(compose) = &mut state.composing.open {
        compose.paste(words);
    }
    keep(state)
}

/// Sets a field in one go.
pub fn fill(state: &mut State, field: Field, words: &str) -> Vec<Effect> {
    let has_it = state.composing.open.as_mut().is_some_and(|compose| compose.fill(field, words));
    if !has_it {
        state.notice = Some(format!("this has no {}", field.word()));
    }
    keep(state)
}

/// Takes a typed line. What the Enter key puts up is put up; mail goes on.
pub fn take_line(state: &mut State, words: &str) -> Vec<Effect> {
    let Some(compose) = &mut state.composing.open else { return Vec::new() };
    let ends = compose.enter() == Enter::PutUp;
    compose.take_line(words);
    let mut effects = keep(state);
    if ends {
        effects.extend(put_up(state));
    }
    effects
}

/// Words came back from the person's own editor.
pub fn edited(state: &mut State, answer: Result<String, Problem>) -> Vec<Effect> {
    match (answer, &mut state.composing.open) {
        (Ok(words), Some(compose)) => compose.replace(words.strip_suffix('\n').unwrap_or(&words)),
        (Err(problem), _) => state.notice = Some(format!("{}: {}", problem.what, problem.why)),
        (Ok(_), None) => {}
    }
    keep(state)
}

/// Something the composer asked for came.
pub fn fetched(state: &mut State, answer: Fetched) {
    let now = state.shared.moment.now;
    match (answer, &mut state.composing.open) {
        (Fetched::Shortcuts(answer), _) => {
            state.composing.shortcuts.answer(answer, now);
            let is_wanted = std::mem::take(&mut state.composing.wants_shortcuts);
            if is_wanted && state.overlay.is_none() && state.card.is_none() {
                list(state, shortcuts);
            }
        }
        (Fetched::Addressee(answer), Some(compose)) => compose.take_person(answer, now),
        _ => {}
    }
}

/// Puts it up for approval. The words stay kept until they are at the desk: refused or failed, they can be taken up again.
fn put_up(state: &mut State) -> Vec<Effect> {
    let Some(compose) = &state.composing.open else { return Vec::new() };
    let made = compose.change(&view::facts(compose, &state.shared), state.shared.moment.now);
    match made {
        Ok(change) => {
            state.composing.put_up.insert(compose.about().key(), compose.kept());
            let reason = match compose.about() {
                About::Note(_) => "a note written at the console",
                About::Reply(_) | About::New(_) => "a message written at the console",
                About::Edit(_) => "a draft edited at the console",
            };
            state.composing.open = None;
            // They asked for the card: it need not wait until they stop typing.
            state.typed_at = None;
            own::card(state, Wish { change, reason: Text::new(reason) });
        }
        Err(why) => state.notice = Some(why.to_string()),
    }
    Vec::new()
}

/// A change is at the desk: the kept copy of its words has done its work, and would be sent again. Words written since
/// then stay.
pub fn forget_written(state: &mut State, change: &Change) -> Option<Effect> {
    let key = About::key_of(change)?;
    let put_up = state.composing.put_up.remove(&key)?;
    if state.composing.open.as_ref().is_some_and(|open| open.about().key() == key)
        || state.shared.scratches.get(&key) != Some(&put_up)
    {
        return None;
    }
    state.shared.scratches.remove(&key);
    Some(Effect::Keep { key, text: String::new() })
}

/// Keeps what is written now.
fn keep(state: &mut State) -> Vec<Effect> {
    let Some(compose) = &state.composing.open else { return Vec::new() };
    let (key, text) = (compose.about().key(), compose.kept());
    if text.is_empty() {
        state.shared.scratches.remove(&key);
    } else {
        state.shared.scratches.insert(key.clone(), text.clone());
    }
    vec![Effect::Keep { key, text }]
}
