//! Owns one field of a server's question: how it is filled in, what it would be in the answer, what it takes in words. Its name
//! and description are a stranger's.

use std::fmt::Write;

use serde_json::Value;

use crate::{
    connect::mcp::{self, Choice, Kind},
    console::{
        form::Entry,
        keymap::{Code, Key},
        widgets::{composer::Composer, input::Input},
    },
    domain::Text,
    privacy::text,
};

/// How it is filled in.
#[derive(Clone, Debug)]
pub enum Fill {
    /// With one thing.
    One(Entry),
    /// With some of the choices: which are chosen, by place.
    Some(Vec<bool>),
}

/// One field.
#[derive(Clone, Debug)]
pub struct Field {
    about: mcp::Field,
    /// What the choices are called: each differs from the others, whatever the server calls them.
    names: Vec<Text>,
    fill: Fill,
    first: String,
}

impl Field {
    /// A field nobody touched, with what the server suggests.
    pub fn new(about: mcp::Field) -> Self {
        let names = names(choices(&about.kind));
        let mut field = Self { fill: Fill::One(Entry::Line(Input::default())), names, about, first: String::new() };
        field.fill = field.suggested();
        field.first = field.words();
        field
    }

    fn suggested(&self) -> Fill {
        let default = self.about.default.as_ref();
        let words = default.map_or_else(String::new, |value| match value {
            Value::String(words) => words.clone(),
            other => other.to_string(),
        });
        let is_chosen = |choice: &Choice| match default {
            Some(Value::Array(all)) => all.iter().any(|value| value.as_str() == Some(&choice.value)),
            Some(Value::String(value)) => *value == choice.value,
            _ => false,
        };
        match &self.about.kind {
            Kind::Text { .. } if words.contains('\n') => Fill::One(Entry::Words(Box::new(Composer::with(&words)))),
            Kind::Text { .. } | Kind::Number { .. } => Fill::One(Entry::Line(Input::with(&words))),
            Kind::Flag => Fill::One(Entry::Flag(default.and_then(Value::as_bool))),
            Kind::One(choices) => {
                let at = choices.iter().position(is_chosen);
                Fill::One(Entry::Choice(at.map_or_else(String::new, |at| self.names[at].raw().to_owned())))
            }
            Kind::Some { choices, .. } => Fill::Some(choices.iter().map(is_chosen).collect()),
        }
    }

    /// Its name in the answer.
    pub fn name(&self) -> &str {
        &self.about.name
    }

    /// What it is called, safe; a stranger's words.
    pub fn label(&self) -> String {
        let label = self.about.title.line().into_string();
        if label.trim().is_empty() { text::line(&self.about.name).into_string() } else { label }
    }

    /// What it is about; a stranger's words.
    pub fn about(&self) -> &Text {
        &self.about.about
    }

    /// How it is filled in.
    pub fn fill(&self) -> &Fill {
        &self.fill
    }

    /// How it is filled in, where that is with one thing.
    pub fn entry(&self) -> Option<&Entry> {
        match &self.fill {
            Fill::One(entry) => Some(entry),
            Fill::Some(_) => None,
        }
    }

    /// The same, to move in its words.
    pub fn entry_mut(&mut self) -> Option<&mut Entry> {
        match &mut self.fill {
            Fill::One(entry) => Some(entry),
            Fill::Some(_) => None,
        }
    }

    /// What there is to choose: what each is called, and what it is in the answer where that reads differently.
    pub fn choices(&self) -> impl Iterator<Item = (&Text, &str)> {
        self.names.iter().zip(choices(&self.about.kind)).map(|(name, choice)| {
            let is_same = name.raw() == choice.value;
            (name, if is_same { "" } else { choice.value.as_str() })
        })
    }

    /// Which of the choices are chosen, where it may be several.
    pub fn chosen(&self) -> Vec<bool> {
        match &self.fill {
            Fill::One(_) => Vec::new(),
            Fill::Some(chosen) => chosen.clone(),
        }
    }

    /// What stands in it.
    pub fn words(&self) -> String {
        match &self.fill {
            Fill::One(entry) => entry.words(),
            Fill::Some(chosen) => {
                let chosen = self.names.iter().zip(chosen).filter(|(_, is_chosen)| **is_chosen);
                let names: Vec<&str> = chosen.map(|(name, _)| name.raw()).collect();
                names.join(", ")
            }
        }
    }

    /// Whether a person changed what stands in it.
    pub fn is_touched(&self) -> bool {
        self.words() != self.first
    }

    /// Whether it has to be filled in and is not.
    pub fn is_missing(&self) -> bool {
        self.about.is_required && self.words().trim().is_empty()
    }

    /// Whether something in it reads like a placeholder: it is sent as the words it is.
    pub fn has_placeholder(&self) -> bool {
        matches!(self.about.kind, Kind::Text { .. }) && self.words().contains('⟦')
    }

    /// Takes a key as text.
    pub fn type_key(&mut self, key: &Key) {
        match &mut self.fill {
            Fill::One(entry) => _ = entry.type_key(key, &self.names),
            Fill::Some(chosen) if key.code == Code::Backspace => chosen.fill(false),
            Fill::Some(_) => {}
        }
    }

    /// Takes text at the cursor.
    pub fn paste(&mut self, words: &str) {
        match &mut self.fill {
            Fill::One(entry) => _ = entry.paste(words, &self.names),
            Fill::Some(_) => self.set(words),
        }
    }

    /// Sets it in one go: choices by what they are called, or by what they are in the answer; several parted by commas.
    pub fn set(&mut self, words: &str) {
        let all = choices(&self.about.kind);
        match &mut self.fill {
            Fill::One(entry) => {
                let is_name = self.names.iter().any(|name| alike(name.raw(), words));
                let at = all.iter().position(|choice| alike(&choice.value, words)).filter(|_| !is_name);
                let words = at.and_then(|at| self.names.get(at)).map_or(words, Text::raw);
                entry.fill(words, &self.names);
            }
            Fill::Some(chosen) => {
                for ((chosen, name), choice) in chosen.iter_mut().zip(&self.names).zip(all) {
                    *chosen = alike(name.raw(), words)
                        || words.split(',').any(|word| alike(word, name.raw()) || alike(word, &choice.value));
                }
            }
        }
    }

    /// Takes or leaves the choice of this name.
    pub fn toggle(&mut self, wanted: &str) {
        match &mut self.fill {
            Fill::One(entry) => entry.fill(wanted, &self.names),
            Fill::Some(chosen) => {
                let at = self.names.iter().position(|name| name.raw() == wanted);
                at.and_then(|at| chosen.get_mut(at)).into_iter().for_each(|chosen| *chosen = !*chosen);
            }
        }
    }

    /// What it is in the answer; `None` where it is left out.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn value(&self) -> Result<Option<Value>, String> {
        if self.is_missing() && !matches!(self.about.kind, Kind::Some { .. }) {
            return Err("it has to be filled in".to_owned());
        }
        let words = self.words();
        let value = match (&self.fill, &self.about.kind) {
            (Fill::Some(chosen), kind) => {
                let chosen = choices(kind).iter().zip(chosen).filter(|(_, is_chosen)| **is_chosen);
                let chosen: Vec<Value> = chosen.map(|(choice, _)| choice.value.as_str().into()).collect();
                (!chosen.is_empty() || self.about.is_required).then(|| Value::from(chosen))
            }
            _ if words.trim().is_empty() => None,
            (Fill::One(_), Kind::Number { .. }) => Some(number(words.trim()).ok_or("it is no number")?),
            (Fill::One(_), Kind::Flag) => Some((words == "yes").into()),
            (Fill::One(_), Kind::One(choices)) => {
                let at = self.names.iter().position(|name| name.raw() == words);
                let choice = at.and_then(|at| choices.get(at)).ok_or("it is none of the choices")?;
                Some(choice.value.as_str().into())
            }
            (Fill::One(_), _) => Some(words.into()),
        };
        value.as_ref().map_or(Ok(()), |value| self.about.kind.check(value))?;
        Ok(value)
    }

    /// What it takes, in our words.
    pub fn takes(&self) -> String {
        let mut words = match &self.about.kind {
            Kind::Text { least, most, format } => {
                let kind = match format.as_deref() {
                    Some("email") => "an e-mail address",
                    Some("uri") => "an address, such as https://…",
                    Some("date") => "a date, such as 2026-03-31",
                    Some("date-time") => "a date and time, such as 2026-03-31T17:00:00Z",
                    _ => "words",
                };
                match (*least, *most) {
                    (0, _) if format.is_some() => kind.to_owned(),
                    (0, most) => format!("{kind}, at most {most} characters"),
                    (least, most) => format!("{kind}, {least} to {most} characters"),
                }
            }
            Kind::Number { is_whole, least, most } => {
                let kind = if *is_whole { "a whole number" } else { "a number" };
                match (least, most) {
                    (None, None) => kind.to_owned(),
                    (Some(least), None) => format!("{kind}, at least {least}"),
                    (None, Some(most)) => format!("{kind}, at most {most}"),
                    (Some(least), Some(most)) => format!("{kind}, {least} to {most}"),
                }
            }
            Kind::Flag => "yes or no".to_owned(),
            Kind::One(_) => format!("one of {}", self.list()),
            Kind::Some { least, most, .. } if least == most => format!("{least} of {}", self.list()),
            Kind::Some { least, most, .. } => format!("{least} to {most} of {}", self.list()),
        };
        let _ = write!(words, "{}", if self.about.is_required { "; needed" } else { "; may be left out" });
        words
    }

    fn list(&self) -> String {
        let names: Vec<String> = self.names.iter().map(|name| name.line().into_string()).collect();
        names.join(", ")
    }
}

/// What there is to choose.
fn choices(kind: &Kind) -> &[Choice] {
    match kind {
        Kind::One(choices) | Kind::Some { choices, .. } => choices,
        Kind::Text { .. } | Kind::Number { .. } | Kind::Flag => &[],
    }
}

/// What choices are called: a title that two have, or that shows as nothing, comes with what it is in the answer.
fn names(choices: &[Choice]) -> Vec<Text> {
    let shown = |choice: &Choice| choice.title.line().trim().to_lowercase();
    let is_clear = |choice: &Choice| {
        let own = shown(choice);
        !own.is_empty() && choices.iter().filter(|other| shown(other) == own).count() == 1
    };
    let mut names: Vec<Text> = Vec::new();
    for choice in choices {
        let mut name = choice.title.clone();
        if !is_clear(choice) {
            name = Text::new(format!("{} ({})", choice.title.raw(), choice.value));
        }
        if names.contains(&name) {
            name = Text::new(format!("{} #{}", name.raw(), names.len() + 1));
        }
        names.push(name);
    }
    names
}

/// Whether two words are the same to who types them.
fn alike(one: &str, other: &str) -> bool {
    one.trim().to_lowercase() == other.trim().to_lowercase()
}

/// A number as it is written.
fn number(words: &str) -> Option<Value> {
    if let Ok(whole) = words.parse::<i64>() {
        return Some(whole.into());
    }
    let number = words.parse::<f64>().ok().filter(|number| number.is_finite())?;
    serde_json::Number::from_f64(number).map(Value::Number)
}
