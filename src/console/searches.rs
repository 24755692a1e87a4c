//! Owns saved searches as the console uses them: with what they look for and their keys understood. Does not read files
//! (`config::searches`) nor queries: a query is read when it is run, against what is known of the org by then.
//!
//! Invariant: no key here means anything else in the console, and no two searches share one.

use super::{
    actions::Action,
    keymap::{Key, Keymap},
};
use crate::{
    config::searches::{Loaded, SavedSearch},
    kustomer::search::Context,
    privacy::text,
};

/// A saved search.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Saved {
    /// What people call it; made safe.
    pub name: String,
    /// What is looked for.
    pub context: Context,
    /// The query.
    pub query: String,
    /// The key that runs it.
    pub key: Option<Key>,
}

/// All of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Searches {
    /// In the order of their files' names.
    pub all: Vec<Saved>,
    /// What could not be used, in words that are safe to show.
    pub warnings: Vec<String>,
}

impl Searches {
    /// Checks what was read. A search that looks for nothing known is left out; one whose key is taken is kept without it.
    pub fn checked(loaded: Loaded, keymap: &Keymap) -> Self {
        let mut searches =
            Self { all: Vec::new(), warnings: loaded.warnings.iter().map(|words| safe(words)).collect() };
        for (file, search) in loaded.all {
            let SavedSearch { name, within, query, key } = search;
            let context: Context = match within.parse() {
                Ok(context) => context,
                Err(why) => {
                    searches.warn(&file, &format!("is left out: `in` is {within}, and {why}"));
                    continue;
                }
            };
            let key = key.and_then(|key| match searches.free(&key, keymap) {
                Ok(key) => Some(key),
                Err(why) => {
                    searches.warn(&file, &format!("has no key: {why}"));
                    None
                }
            });
            searches.all.push(Saved { name: safe(&name), context, query, key });
        }
        searches
    }

    /// The search of a key.
    pub fn bound(&self, key: Key) -> Option<&Saved> {
        self.all.iter().find(|saved| saved.key == Some(key))
    }

    fn warn(&mut self, file: &str, words: &str) {
        self.warnings.push(safe(&format!("searches/{file} {words}")));
    }

    /// A key nothing else has, or why it cannot be one.
    fn free(&self, name: &str, keymap: &Keymap) -> Result<Key, String> {
        let key = Key::parse(name).map_err(|error| error.to_string())?;
        // Wherever else it has a meaning: a key that sometimes searches and sometimes does not would surprise.
        if let Some(action) =
            Action::ALL.iter().find(|action| keymap.keys(**action).iter().any(|binding| binding.first == key))
        {
            return Err(format!("`{key}` already means `{}`; give one of them another key", action.name()));
        }
        match self.bound(key) {
            Some(other) => Err(format!("`{key}` already runs {}; give one of them another key", other.name)),
            None => Ok(key),
        }
    }
}

fn safe(words: &str) -> String {
    text::line(words).into_string()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn loaded(rows: &[(&str, &str, Option<&str>)]) -> Loaded {
        let search = |(name, within, key): &(&str, &str, Option<&str>)| SavedSearch {
            name: (*name).into(),
            within: (*within).into(),
            query: "refund".into(),
            key: key.map(str::to_owned),
        };
        let all = rows.iter().map(|row| (format!("{}.toml", row.0), search(row))).collect();
        Loaded { all, warnings: vec!["bad\u{1b}[31m".into()] }
    }

    #[test]
    fn keys_that_mean_something_else_are_refused_in_words_and_the_search_stays() {
        let keymap = Keymap::with(&BTreeMap::new()).expect("the defaults");
        let rows = [
            ("a", "conversation", Some("alt-1")),
            ("b", "note", Some("alt-1")),
            ("c", "kobject_order", Some("q")),
            ("d", "message", Some("hyper-x")),
            ("e", "tickets", None),
        ];
        let searches = Searches::checked(loaded(&rows), &keymap);
        let names: Vec<&str> = searches.all.iter().map(|saved| saved.name.as_str()).collect();
        assert_eq!(names, ["a", "b", "c", "d"]);
        let key = Key::parse("alt-1").expect("a key");
        assert_eq!(searches.bound(key).map(|saved| saved.name.as_str()), Some("a"));
        let told = searches.warnings.join("\n");
        for words in [
            "searches/b.toml has no key: `alt-1` already runs a; give one of them another key",
            "searches/c.toml has no key: `q` already means `quit`; give one of them another key",
            "searches/d.toml has no key: `hyper-x` is no key",
            "searches/e.toml is left out: `in` is tickets, and it is one of customer,",
        ] {
            assert!(told.contains(words), "{words} in {told}");
        }
        assert!(!told.contains('\u{1b}'), "{told:?}");
    }
}
