//! Owns what a person last looked at of the tools a source offers: the fingerprint of each definition, kept in the local
//! store, and how an offer differs from it. Whoever keeps an offer says that somebody looked; this file does not know who.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;

use crate::{
    privacy::text,
    store::{Store, StoreError},
};

/// Names of tools that are told in one line.
const NAMED: usize = 6;

/// Fingerprints of definitions, by the names of the tools.
pub type Looked = BTreeMap<String, String>;

/// How an offer differs from what was looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Shift {
    /// A tool that was not there.
    New(String),
    /// A tool whose definition is another.
    Changed(String),
    /// A tool that is gone.
    Gone(String),
}

impl Shift {
    /// The tool.
    pub fn tool(&self) -> &str {
        match self {
            Self::New(tool) | Self::Changed(tool) | Self::Gone(tool) => tool,
        }
    }

    /// What stands behind a tool in a list: that it is new, or not called because it changed.
    pub fn state(tool: &str, shifts: &[Self]) -> &'static str {
        match shifts.iter().find(|shift| shift.tool() == tool) {
            Some(Self::Changed(_)) => "changed: not called",
            Some(Self::New(_) | Self::Gone(_)) => "new",
            None => "",
        }
    }
}

/// How an offer differs from what was looked at, tools that changed or are new in the order of their names, then those that
/// are gone.
pub fn shifts(looked_at: &Looked, now: &Looked) -> Vec<Shift> {
    let differs = |(tool, fingerprint): (&String, &String)| match looked_at.get(tool) {
        Some(known) if known == fingerprint => None,
        Some(_) => Some(Shift::Changed(tool.clone())),
        None => Some(Shift::New(tool.clone())),
    };
    let mut all: Vec<Shift> = now.iter().filter_map(differs).collect();
    all.extend(looked_at.keys().filter(|tool| !now.contains_key(*tool)).cloned().map(Shift::Gone));
    all
}

/// The tools of an offer that differ from what was looked at and so are not called. New ones are not among them: there was
/// nothing they could have changed from.
pub fn changed(shifts: &[Shift]) -> BTreeSet<&str> {
    shifts
        .iter()
        .filter_map(|shift| if let Shift::Changed(tool) = shift { Some(tool.as_str()) } else { None })
        .collect()
}

/// The differences in a line, behind whose they are; `accept` is the command that takes them in.
pub fn told(whose: &str, shifts: &[Shift], accept: &str) -> String {
    let named = |fits: fn(&Shift) -> bool, words: &str| {
        let names: Vec<&str> = shifts.iter().filter(|shift| fits(shift)).map(Shift::tool).collect();
        let more = names.len().saturating_sub(NAMED);
        let first = text::line(&names[..names.len() - more].join(", "));
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        (!names.is_empty()).then(|| format!("{words}: {first}{more}"))
    };
    let changed = named(|shift| matches!(shift, Shift::Changed(_)), "changed, not called");
    let new = named(|shift| matches!(shift, Shift::New(_)), "new");
    let gone = named(|shift| matches!(shift, Shift::Gone(_)), "gone");
    let all: Vec<String> = [changed, new, gone].into_iter().flatten().collect();
    format!("the tools {whose} differ from those last looked at ({}); `{accept}` takes them in", all.join("; "))
}

/// What was last looked at there, where anything was.
///
/// # Errors
/// When the store cannot be read.
pub fn last(store: &Store, place: &str) -> Result<Option<Looked>, StoreError> {
    let kept = store.scratches()?.into_iter().find(|(key, _)| key == place);
    Ok(kept.and_then(|(_, text)| serde_json::from_str(&text).ok()))
}

/// Keeps an offer as looked at.
///
/// # Errors
/// When the store cannot be written.
pub fn keep(store: &Store, place: &str, now: &Looked) -> Result<(), StoreError> {
    store.keep_settings(place, &json!(now).to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn looked(tools: &[(&str, &str)]) -> Looked {
        tools.iter().map(|(tool, fingerprint)| ((*tool).to_owned(), (*fingerprint).to_owned())).collect()
    }

    #[test]
    fn what_differs_is_told_and_what_changed_is_not_called() {
        let (before, now) =
            (looked(&[("a", "1"), ("b", "1"), ("c", "1")]), looked(&[("a", "1"), ("b", "2"), ("d", "1")]));
        let shifts = shifts(&before, &now);
        assert_eq!(shifts, [Shift::Changed("b".into()), Shift::New("d".into()), Shift::Gone("c".into())]);
        assert_eq!(changed(&shifts), BTreeSet::from(["b"]));
        assert_eq!(
            told("at Truto", &shifts, "x"),
            "the tools at Truto differ from those last looked at (changed, not called: b; new: d; gone: c); `x` takes them in"
        );
        assert_eq!((Shift::state("b", &shifts), Shift::state("a", &shifts)), ("changed: not called", ""));
    }

    #[test]
    fn names_of_strangers_neither_act_nor_flood() {
        let many: Vec<Shift> = (0..20).map(|n| Shift::New(format!("\u{1b}[2J{n}"))).collect();
        let words = told("of `x`", &many, "y");
        assert!(!words.contains('\u{1b}') && words.contains("and 14 more"), "{words}");
    }

    #[test]
    fn what_was_looked_at_is_kept() {
        let folder = tempfile::tempdir().expect("a folder");
        let store = Store::open(folder.path()).expect("a store");
        assert_eq!(last(&store, "x").expect("read"), None);
        keep(&store, "x", &looked(&[("a", "1")])).expect("kept");
        assert_eq!(last(&store, "x").expect("read"), Some(looked(&[("a", "1")])));
        assert_eq!(last(&store, "y").expect("read"), None);
    }
}
