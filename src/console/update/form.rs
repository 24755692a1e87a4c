//! Owns what keys, choices and answers do to the form being filled in: kept at each change, looked at once more and put up as a
//! card, brought back with both sides when the desk moved meanwhile. What a form is made of is `console::form`'s.

use super::{asked, own};
use crate::{
    approval::Change,
    console::{
        actions::Action,
        effect::{Effect, Fetch, Wish},
        form::{Entry, Field, Form, Side, Unready, view},
        keymap::Key,
        msg::Fetched,
        overlays::picker::{Choice, Picker},
        pane::Fill,
        remote::Problem,
        state::{Overlay, State},
        widgets::when,
    },
    domain::{AttributeKind, KlassName, Text, until},
    kustomer::{
        Editing, Found, Receipt,
        search::{Context, Query, Scope},
    },
};

/// What lists are opened for.
const VALUE: &str = "form.value";
const REFERENCE: &str = "form.reference";
const SIDE: &str = "form.side";
/// What every purpose of a form's list begins with.
pub const PURPOSES: &str = "form.";
/// Moments that are offered; anything else can be typed.
const MOMENTS: [&str; 6] = ["now", "in 1h", "tomorrow 9:00", "next monday 9:00", "next friday 9:00", "next month"];

/// Opens a form; one that is open already is kept and left.
pub fn open(state: &mut State, fill: Fill) -> Vec<Effect> {
    let kind = match &fill.editing {
        Editing::NewKobject { klass, .. } | Editing::Kobject { klass, .. } => label(state, klass),
        Editing::Customer(_) => "customer".to_owned(),
        Editing::Conversation(_) => "conversation".to_owned(),
    };
    let whose = match &fill.editing {
        Editing::NewKobject { customer: Some(id), .. } => {
            let current = state.shared.current.as_ref().filter(|current| current.customer == *id);
            let name = current.and_then(|current| current.person.value()).map(|person| person.name.clone());
            Some(name.unwrap_or_else(|| Text::new(format!("customer {id}"))))
        }
        _ => None,
    };
    let fetch = Fetch::Editable(fill.editing.clone());
    state.forms.open = Some(Form::open(fill.editing, &kind, whose, fill.wanted));
    vec![asked(&mut state.shared, fetch)]
}

fn label(state: &State, klass: &KlassName) -> String {
    let known = state.shared.klasses.value().and_then(|all| all.iter().find(|known| known.name == *klass));
    known.map_or_else(|| klass.to_string(), |klass| klass.label.line().into_string())
}

/// An action in a form.
pub fn act(state: &mut State, action: Action) -> Vec<Effect> {
    let Some(form) = &mut state.forms.open else { return Vec::new() };
    let moved = |form: &mut Form, by: isize, key: &str| {
        // Between the lines of a text the arrows stay in it.
        let key = Key::parse(key).ok();
        match (form.field_mut().map(|field| &mut field.entry), key) {
            (Some(Entry::Words(composer)), Some(key)) if !composer.is_at_edge(by < 0) => _ = composer.key(&key),
            _ => form.step(by),
        }
    };
    match action {
        Action::Leave => {
            let is_kept = !form.kept().is_empty();
            state.forms.open = None;
            if is_kept {
                state.notice = Some("what you filled in is kept".to_owned());
            }
        }
        Action::Submit => match form.field().map(|field| &field.entry) {
            Some(Entry::Words(_)) => return act(state, Action::NewLine),
            Some(Entry::Choice(_)) => return list(state),
            _ => form.step(1),
        },
        Action::NewLine => {
            if let Some(Entry::Words(composer)) = form.field_mut().map(|field| &mut field.entry) {
                composer.new_line();
                return keep(state);
            }
        }
        Action::Down => moved(form, 1, "down"),
        Action::Up => moved(form, -1, "up"),
        Action::PageDown => _ = form.go((form.at() + 10).min(form.fields().len().saturating_sub(1))),
        Action::PageUp => _ = form.go(form.at().saturating_sub(10)),
        Action::NextField => form.step(1),
        Action::PreviousField => form.step(-1),
        Action::PutUp => return put_up(state),
        Action::FromList => return list(state),
        Action::AsItWas => {
            let zone = state.shared.zone.clone();
            form.field_mut().into_iter().for_each(|field| field.revert(&zone));
            return keep(state);
        }
        Action::ReplaceMasked => {
            if !form.field_mut().is_some_and(Field::replace) {
                state.notice = Some("only a masked value is replaced whole; write over any other".to_owned());
            }
            return keep(state);
        }
        Action::OutsideEditor => match form.field() {
            Some(field) if matches!(field.entry, Entry::Line(_) | Entry::Words(_)) => {
                return vec![Effect::EditOutside(field.entry.words())];
            }
            _ => state.notice = Some("there are no words to edit in this field".to_owned()),
        },
        _ => {}
    }
    Vec::new()
}

/// Opens the list that belongs to the field: its sides, its allowed values, moments, or what a search finds.
fn list(state: &mut State) -> Vec<Effect> {
    let Some(field) = state.forms.open.as_ref().and_then(Form::field) else { return Vec::new() };
    if let Some(sides) = field.sides(&state.shared.zone) {
        let choices = sides.into_iter().filter(|(side, _)| field.has_side(*side));
        let choices = choices.map(|(side, words)| choice(view::side(side), view::side(side), &words)).collect();
        let title = format!("{}: which of them", field.label());
        state.overlay = Some(Overlay::Picker(Picker::new(title, SIDE, choices)));
        return Vec::new();
    }
    match (&field.entry, field.attribute.kind) {
        (Entry::Choice(now), _) => {
            let values = field.attribute.enumeration.iter().map(|value| choice(value.raw(), value.raw(), ""));
            let none = choice("", "(not set)", "");
            let picker = Picker::new(field.label(), VALUE, values.chain([none]).collect()).standing_on(now);
            state.overlay = Some(Overlay::Picker(picker));
        }
        (Entry::Flag(_), _) => {
            let choices = vec![choice("yes", "yes", ""), choice("no", "no", ""), choice("", "(not set)", "")];
            state.overlay = Some(Overlay::Picker(Picker::new(field.label(), VALUE, choices)));
        }
        (Entry::Line(_), AttributeKind::At) => {
            let reading = view::reading(&state.shared);
            let offered = MOMENTS.iter().filter_map(|words| {
                let at = until::moment_of(words, reading.now, reading.zone).ok()?;
                Some(choice(words, words, &when::at(at, reading.now, reading.zone)))
            });
            let picker = Picker::new(field.label(), VALUE, offered.collect()).or_text(until::ANY_HINT);
            state.overlay = Some(Overlay::Picker(picker));
        }
        (Entry::Line(_), AttributeKind::Id) => return look_up(state),
        _ => state.notice = Some("there is no list for this field; type into it".to_owned()),
    }
    Vec::new()
}

fn choice(id: &str, label: &str, detail: &str) -> Choice {
    Choice { id: id.to_owned(), label: label.to_owned(), detail: detail.to_owned() }
}

/// Looks for the records an id can point at, by the words in the field.
fn look_up(state: &mut State) -> Vec<Effect> {
    let Some(field) = state.forms.open.as_ref().and_then(Form::field) else { return Vec::new() };
    let target = field.attribute.target.clone().unwrap_or_default();
    let words = if field.names.is_some() { String::new() } else { field.entry.words() };
    if target == "user" || target == "team" {
        people(state, &target);
        return Vec::new();
    }
    let spelled = target.replacen("kobject.", "kobject_", 1);
    let Ok(context) = spelled.parse::<Context>() else {
        state.notice = Some("metadata does not say what this points at: type the id".to_owned());
        return Vec::new();
    };
    let query = sought(&words, &context, state);
    state.notice = Some("looking …".to_owned());
    vec![asked(&mut state.shared, Fetch::Lookup(query))]
}

/// The words as a query; what is none is looked for as it stands, and nothing at all finds the latest.
fn sought(words: &str, context: &Context, state: &State) -> Query {
    let scope = Scope {
        names: state.shared.directory.value(),
        ..Scope::bare(context, state.shared.moment.now, &state.shared.zone)
    };
    let words = words.trim();
    let quoted: String = words.chars().filter(|c| *c != '"' && *c != '\\').collect();
    let tries = [
        if words.is_empty() { "updated:*" } else { words }.to_owned(),
        format!("\"{quoted}\""),
        "updated:*".to_owned(),
    ];
    let read = |text: &String| Query::parse(text, &scope).ok();
    tries.iter().find_map(read).expect("`updated` is a key of every context")
}

fn people(state: &mut State, target: &str) {
    let Some(directory) = state.shared.directory.value() else {
        state.notice = Some("names are not read yet".to_owned());
        return;
    };
    let choices: Vec<Choice> = if target == "user" {
        directory.users.iter().map(|(id, user)| choice(id.as_str(), user.name.raw(), "")).collect()
    } else {
        directory.teams.iter().map(|(id, name)| choice(id.as_str(), name.raw(), "")).collect()
    };
    offer(state, choices);
}

/// Opens a list of records to point at.
fn offer(state: &mut State, choices: Vec<Choice>) {
    let Some(field) = state.forms.open.as_ref().and_then(Form::field) else { return };
    if choices.is_empty() {
        state.notice = Some("nothing is found by these words; write others".to_owned());
        return;
    }
    state.notice = None;
    state.forms.offered.clone_from(&choices);
    state.overlay = Some(Overlay::Picker(Picker::new(field.label(), REFERENCE, choices)));
}

/// What a search found, as choices.
fn choices(found: Found) -> Vec<Choice> {
    let records = |rows: Vec<(String, Text, String)>| {
        rows.into_iter().map(|(id, name, detail)| choice(&id, name.raw(), &detail)).collect()
    };
    match found {
        Found::Kobjects(page) => records(
            page.rows
                .into_iter()
                .map(|row| {
                    (
                        row.id.to_string(),
                        row.title,
                        row.external_id.map(|id| id.line().into_string()).unwrap_or_default(),
                    )
                })
                .collect(),
        ),
        Found::Customers(page) => {
            records(page.rows.into_iter().map(|row| (row.id.to_string(), row.name, String::new())).collect())
        }
        Found::Conversations(page) => {
            records(page.rows.into_iter().map(|row| (row.id.to_string(), row.name, String::new())).collect())
        }
        Found::Companies(page) => records(page.rows.into_iter().map(|row| (row.id, row.name, String::new())).collect()),
        Found::Messages(_) | Found::Notes(_) => Vec::new(),
    }
}

/// Something was chosen for the field.
pub fn picked(state: &mut State, purpose: &str, chosen: &str) -> Vec<Effect> {
    let zone = state.shared.zone.clone();
    let offered = std::mem::take(&mut state.forms.offered);
    let Some(field) = state.forms.open.as_mut().and_then(Form::field_mut) else { return Vec::new() };
    match purpose {
        SIDE => {
            let sides = [Side::Mine, Side::Theirs, Side::Base];
            if let Some(side) = sides.into_iter().find(|side| view::side(*side) == chosen) {
                field.settle(side, &zone);
            }
        }
        REFERENCE => {
            let words = if field.is_many() && !field.entry.words().is_empty() {
                format!("{}, {chosen}", field.entry.words())
            } else {
                chosen.to_owned()
            };
            field.fill(&words);
            let name = offered.iter().find(|choice| choice.id == chosen);
            field.names = name.map(|choice| crate::privacy::text::line(&choice.label).into_string());
        }
        _ => field.fill(chosen),
    }
    keep(state)
}

/// A key as text.
pub fn type_key(state: &mut State, key: &Key) -> Vec<Effect> {
    state.typed_at = Some(state.shared.moment.elapsed);
    let is_changed = state.forms.open.as_mut().is_some_and(|form| form.type_key(key));
    if is_changed { keep(state) } else { Vec::new() }
}

/// Pasted text.
pub fn paste(state: &mut State, words: &str) -> Vec<Effect> {
    state.typed_at = Some(state.shared.moment.elapsed);
    state.forms.open.as_mut().and_then(Form::field_mut).into_iter().for_each(|field| field.paste(words));
    keep(state)
}

/// Words came back from the person's own editor.
pub fn edited(state: &mut State, answer: Result<String, Problem>) -> Vec<Effect> {
    match (answer, state.forms.open.as_mut().and_then(Form::field_mut)) {
        (Ok(words), Some(field)) => field.fill(words.strip_suffix('\n').unwrap_or(&words)),
        (Err(problem), _) => state.notice = Some(format!("{}: {}", problem.what, problem.why)),
        (Ok(_), None) => {}
    }
    keep(state)
}

/// A typed line, for the field with the cursor.
pub fn take_line(state: &mut State, words: &str) -> Vec<Effect> {
    state.forms.open.iter_mut().for_each(|form| form.take_line(words));
    keep(state)
}

/// Goes to the n-th field, counted from 1, and fills it where words came along.
pub fn fill(state: &mut State, number: usize, words: &str) -> Vec<Effect> {
    let Some(form) = &mut state.forms.open else { return Vec::new() };
    if !number.checked_sub(1).is_some_and(|at| form.go(at)) {
        state.notice = Some(format!("there are {} fields", form.fields().len()));
        return Vec::new();
    }
    if words.is_empty() { Vec::new() } else { take_line(state, words) }
}

/// Something a form asked for came.
pub fn fetched(state: &mut State, fetch: &Fetch, answer: Fetched) -> Vec<Effect> {
    match (fetch, answer) {
        (Fetch::Editable(editing), Fetched::Editable(answer)) => {
            let reading = view::reading(&state.shared);
            let Some(form) = state.forms.open.as_mut().filter(|form| form.editing() == editing) else {
                return Vec::new();
            };
            match *answer {
                Err(problem) => {
                    if form.loaded().value().is_some() {
                        state.notice = Some(format!("not put up: {}: {}", problem.what, problem.why));
                    }
                    form.fail(problem);
                }
                Ok(read) if form.loaded().value().is_none() => {
                    let kept = state.shared.scratches.get(&form.key()).map_or("", String::as_str);
                    form.take(read, kept, reading);
                }
                Ok(read) => {
                    let met = form.meet(read, reading);
                    let goes_on = form.is_checking();
                    form.check(false);
                    if met.torn > 0 {
                        form.go_to_torn();
                        let s = if met.torn == 1 { "" } else { "s" };
                        state.notice = Some(format!(
                            "the desk moved {} field{s} you changed: choose for each, then put it up",
                            met.torn
                        ));
                    } else if goes_on {
                        return propose(state);
                    } else if met.taken > 0 {
                        state.notice = Some(format!("taken over from the desk: {} fields; put it up again", met.taken));
                    }
                }
            }
        }
        (Fetch::Lookup(_), Fetched::Lookup(answer)) => match answer {
            Ok(found) => offer(state, choices(found)),
            Err(problem) => state.notice = Some(format!("{}: {}", problem.what, problem.why)),
        },
        _ => {}
    }
    Vec::new()
}

/// Puts the form up: what is there already is looked at once more first.
fn put_up(state: &mut State) -> Vec<Effect> {
    let reading = view::reading(&state.shared);
    let Some(form) = &mut state.forms.open else { return Vec::new() };
    if let Err(why) = form.change(reading) {
        if let Unready::Field { at, .. } = &why {
            form.go(*at);
        }
        state.notice = Some(why.to_string());
        return Vec::new();
    }
    if form.rev().is_none() {
        return propose(state);
    }
    form.check(true);
    let fetch = Fetch::Editable(form.editing().clone());
    vec![asked(&mut state.shared, fetch)]
}

/// Makes the card. What was typed stays kept until it is at the desk.
fn propose(state: &mut State) -> Vec<Effect> {
    let Some(form) = state.forms.open.take() else { return Vec::new() };
    match form.change(view::reading(&state.shared)) {
        Ok(change) => {
            let reason = Text::new(match form.editing() {
                Editing::NewKobject { .. } => "filled in at the console",
                _ => "edited at the console",
            });
            state.forms.put_up.push((change.requests().to_vec(), form));
            // They asked for the card: it need not wait until they stop typing.
            state.typed_at = None;
            let waiting = state.desk.len();
            own::card(state, Wish { change, reason });
            if state.desk.len() == waiting {
                // The policy denies it: what was filled in stays in front of who filled it in.
                state.forms.open = state.forms.put_up.pop().map(|(_, form)| form);
            }
        }
        Err(why) => {
            state.notice = Some(why.to_string());
            state.forms.open = Some(form);
        }
    }
    Vec::new()
}

/// A change ended: a form's is forgotten once it is at the desk, and comes back where it is not.
pub fn performed(state: &mut State, change: &Change, result: Result<&Receipt, &Problem>) -> Vec<Effect> {
    let Some(place) = state.forms.put_up.iter().position(|(requests, _)| requests == change.requests()) else {
        return Vec::new();
    };
    let (_, form) = state.forms.put_up.remove(place);
    if result.is_err() {
        return back(state, form);
    }
    let key = form.key();
    if state.forms.open.as_ref().is_some_and(|open| open.key() == key)
        || state.shared.scratches.get(&key) != Some(&form.kept())
    {
        return Vec::new();
    }
    state.shared.scratches.remove(&key);
    vec![Effect::Keep { key, text: String::new() }]
}

/// A card did not come to be performed: void because the record moved, it comes back as a form; refused, its words are kept.
pub fn refused(state: &mut State, change: &Change, is_void: bool) -> Vec<Effect> {
    let Some(place) = state.forms.put_up.iter().position(|(requests, _)| requests == change.requests()) else {
        return Vec::new();
    };
    let (_, form) = state.forms.put_up.remove(place);
    if is_void { back(state, form) } else { Vec::new() }
}

/// Brings a form back and reads its record again; one that is being filled in now stays in front.
fn back(state: &mut State, form: Form) -> Vec<Effect> {
    if state.forms.open.is_some() || form.rev().is_none() {
        return Vec::new();
    }
    let fetch = Fetch::Editable(form.editing().clone());
    state.forms.open = Some(form);
    vec![asked(&mut state.shared, fetch)]
}

/// Keeps what is filled in now.
fn keep(state: &mut State) -> Vec<Effect> {
    let Some(form) = &state.forms.open else { return Vec::new() };
    let (key, text) = (form.key(), form.kept());
    if text.is_empty() {
        state.shared.scratches.remove(&key);
    } else {
        state.shared.scratches.insert(key.clone(), text.clone());
    }
    vec![Effect::Keep { key, text }]
}
