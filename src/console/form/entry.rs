//! Owns how one field is filled in, whatever it is for: a line, several, yes or no, one of some values. What stands in it is
//! words; what they mean, and whether they may stand there, is for whoever has the field (`form::field`, `asked::field`).

use crate::{
    console::{
        keymap::{Code, Key},
        widgets::{
            composer::Composer,
            input::{Input, Typed},
        },
    },
    domain::Text,
    privacy::text,
};

/// How a field is filled in.
#[derive(Clone, Debug)]
pub enum Entry {
    /// A line.
    Line(Input),
    /// Several lines.
    Words(Box<Composer>),
    /// Yes, no, or not set.
    Flag(Option<bool>),
    /// One of the allowed values, or nothing.
    Choice(String),
    /// A mask's presentation: not editable.
    Masked(String),
    /// Something no form can edit, as JSON.
    Fixed(String),
}

impl Entry {
    /// What stands in it.
    pub fn words(&self) -> String {
        match self {
            Self::Line(input) => input.words().to_owned(),
            Self::Words(composer) => composer.words(),
            Self::Flag(Some(true)) => "yes".to_owned(),
            Self::Flag(Some(false)) => "no".to_owned(),
            Self::Flag(None) => String::new(),
            Self::Choice(words) | Self::Masked(words) | Self::Fixed(words) => words.clone(),
        }
    }

    /// Takes a key as text; whether it changed something. `values` are those a choice has.
    pub fn type_key(&mut self, key: &Key, values: &[Text]) -> bool {
        match self {
            Self::Line(input) => input.key(key) == Typed::Changed,
            Self::Words(composer) => composer.key(key) == Typed::Changed,
            Self::Flag(flag) => match (key.code, key.typed()) {
                (Code::Right, _) | (_, Some(' ')) => turn(flag, 1),
                (Code::Left, _) => turn(flag, -1),
                (_, Some('y' | 'Y')) => flag.replace(true) != Some(true),
                (_, Some('n' | 'N')) => flag.replace(false) != Some(false),
                (Code::Backspace | Code::Delete, _) => flag.take().is_some(),
                _ => false,
            },
            Self::Choice(words) => choose(words, values, key),
            Self::Masked(_) | Self::Fixed(_) => false,
        }
    }

    /// Takes text at the cursor, or in one go where there is none; whether it was the latter.
    pub fn paste(&mut self, words: &str, values: &[Text]) -> bool {
        match self {
            Self::Line(input) => input.paste(words),
            Self::Words(composer) => composer.paste(words),
            Self::Flag(_) | Self::Choice(_) => {
                self.fill(words, values);
                return true;
            }
            Self::Masked(_) | Self::Fixed(_) => {}
        }
        false
    }

    /// Sets it in one go; what is not edited stays.
    pub fn fill(&mut self, words: &str, values: &[Text]) {
        match self {
            Self::Line(input) => *input = Input::with(words),
            Self::Words(composer) => **composer = Composer::with(words),
            Self::Flag(flag) => {
                *flag = match words.trim().to_lowercase().as_str() {
                    "yes" | "y" | "true" | "on" => Some(true),
                    "no" | "n" | "false" | "off" => Some(false),
                    _ => None,
                }
            }
            Self::Choice(chosen) => {
                let alike = |value: &&Text| value.raw().to_lowercase() == words.trim().to_lowercase();
                let known = values.iter().find(alike);
                *chosen = known.map_or_else(|| text::line(words).into_string(), |value| value.raw().to_owned());
            }
            Self::Masked(_) | Self::Fixed(_) => {}
        }
    }
}

/// Yes, no, not set, around.
fn turn(flag: &mut Option<bool>, by: isize) -> bool {
    const ROUND: [Option<bool>; 3] = [None, Some(true), Some(false)];
    let at = ROUND.iter().position(|one| one == flag).unwrap_or(0) as isize;
    *flag = ROUND[(at + by).rem_euclid(3).unsigned_abs()];
    true
}

/// Goes through the allowed values, or to the next that begins with a letter.
fn choose(words: &mut String, values: &[Text], key: &Key) -> bool {
    let at = values.iter().position(|value| value.raw() == words);
    let to = match (key.code, key.typed()) {
        (Code::Right, _) | (_, Some(' ')) => at.map_or(Some(0), |at| Some((at + 1) % values.len().max(1))),
        (Code::Left, _) => Some(at.unwrap_or(0).checked_sub(1).unwrap_or(values.len().saturating_sub(1))),
        (Code::Backspace | Code::Delete, _) => {
            let was_set = !words.is_empty();
            words.clear();
            return was_set;
        }
        (_, Some(letter)) => {
            let begins = |value: &Text| value.raw().to_lowercase().starts_with(letter.to_ascii_lowercase());
            let from = at.map_or(0, |at| at + 1);
            (from..values.len()).chain(0..from).find(|place| values.get(*place).is_some_and(begins))
        }
        _ => None,
    };
    let Some(value) = to.and_then(|to| values.get(to)) else { return false };
    let is_other = value.raw() != words;
    value.raw().clone_into(words);
    is_other
}
