//! Owns which tools a model is offered: a few that go with every request, and those it loaded, as many as stay affordable.
//! Also what was spent of tools that are counted. In memory, for one dialogue; clones share it. Runs no tool.
//!
//! Loaded tools stand behind the resident ones and in the order they came, so that an endpoint can go on caching what it
//! has seen of a prompt.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::Value;

use super::{Shelf, Tool};

/// The most tokens the resident tools may take in every request.
pub const RESIDENT_TOKENS: usize = 1_500;
/// The most tools that are loaded at once.
const LOADED: usize = 12;
/// The most tokens of loaded tools; the oldest give way.
const LOADED_TOKENS: usize = 4_000;
/// Comparisons one placeholder may take part in, and all of them together: too few to try a value out.
const COMPARED: (usize, usize) = (3, 12);

/// The tools that go with every request: the two that find others, and what nearly every case needs.
pub(super) const RESIDENT: [&str; 9] = [
    "tool_search",
    "tool_load",
    "customer_search",
    "customer_find",
    "customer_get",
    "customer_unmask",
    "conversation_list",
    "conversation_get",
    "conversation_add_note",
];

/// How many tokens a text is, guessed high: one for each 3.5 bytes. Byte-pair encodings of today's models need one for about
/// 4 bytes of English and of JSON Schema, so what fits by this count fits by theirs.
pub fn tokens(text: &str) -> usize {
    (text.len() * 2).div_ceil(7)
}

/// The tools a model is offered in one dialogue.
#[derive(Clone, Debug, Default)]
pub struct Kit {
    inner: Arc<Mutex<Inner>>,
    shelf: Shelf,
}

#[derive(Debug, Default)]
struct Inner {
    loaded: Vec<Loaded>,
    compared: Vec<String>,
}

/// A tool as it is offered: a klass may have shaped it.
#[derive(Debug)]
struct Loaded {
    name: String,
    wire: Value,
}

impl Loaded {
    fn tokens(&self) -> usize {
        tokens(&self.wire.to_string())
    }

    /// Whether it is the tool as its source offers it now; a klass may have shaped one of ours.
    fn fits(&self, tool: &Tool) -> bool {
        tool.outside().is_none() || tool.wire() == self.wire
    }
}

impl Kit {
    /// A kit with nothing loaded, of our own tools.
    pub fn new() -> Self {
        Self::default()
    }

    /// A kit with nothing loaded, of these tools.
    pub fn of(shelf: Shelf) -> Self {
        Self { shelf, ..Self::default() }
    }

    /// The tools there are.
    pub fn shelf(&self) -> &Shelf {
        &self.shelf
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The tools on offer, as chat-completions endpoints take them.
    pub fn wire(&self) -> Vec<Value> {
        let resident: Vec<Value> = self.shelf.resident().into_iter().map(Tool::wire).collect();
        // What its source does not offer any more, or in another shape, is not offered on.
        let is_there = |loaded: &&Loaded| self.shelf.by_name(&loaded.name).is_none_or(|tool| loaded.fits(tool));
        let inner = self.inner();
        let loaded = inner.loaded.iter().filter(is_there).map(|loaded| loaded.wire.clone());
        resident.into_iter().chain(loaded).collect()
    }

    /// Offers a tool from the next request on. One that is there already is renewed: a klass may have moved.
    pub(super) fn load(&self, name: &str, wire: Value) {
        if self.shelf.resident().iter().any(|resident| resident.spec.name == name) {
            return;
        }
        let mut inner = self.inner();
        if let Some(known) = inner.loaded.iter_mut().find(|loaded| loaded.name == name) {
            known.wire = wire;
            return;
        }
        inner.loaded.push(Loaded { name: name.to_owned(), wire });
        let spent = |inner: &Inner| inner.loaded.iter().map(Loaded::tokens).sum::<usize>();
        while inner.loaded.len() > 1 && (inner.loaded.len() > LOADED || spent(&inner) > LOADED_TOKENS) {
            inner.loaded.remove(0);
        }
    }

    /// Counts a comparison of this placeholder; `false` when there are no more to be had.
    pub(super) fn compare(&self, placeholder: &str) -> bool {
        let mut inner = self.inner();
        let same = inner.compared.iter().filter(|known| *known == placeholder).count();
        let allowed = same < COMPARED.0 && inner.compared.len() < COMPARED.1;
        if allowed {
            inner.compared.push(placeholder.to_owned());
        }
        allowed
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn names(kit: &Kit) -> Vec<String> {
        kit.wire().iter().map(|wire| wire["function"]["name"].as_str().unwrap_or_default().to_owned()).collect()
    }

    #[test]
    fn the_resident_tools_stay_affordable() {
        let wire = Value::from(Kit::new().wire());
        let spent = tokens(&wire.to_string());
        assert_eq!(names(&Kit::new()), RESIDENT);
        assert!(spent <= RESIDENT_TOKENS, "{spent} tokens go with every request");
    }

    #[test]
    fn what_is_loaded_stands_behind_once_and_stays_bounded() {
        let kit = Kit::new();
        let wire = |name: &str, bytes: usize| json!({"function": {"name": name, "x": "x".repeat(bytes)}});
        kit.load("a", wire("a", 1));
        kit.load("a", wire("a", 2));
        kit.load("customer_get", wire("customer_get", 9));
        assert_eq!(names(&kit)[RESIDENT.len()..], ["a"]);
        for number in 0..40 {
            kit.load(&format!("t{number}"), wire("t", 10));
        }
        assert_eq!(names(&kit).len(), RESIDENT.len() + LOADED);
        assert_eq!(kit.inner().loaded.first().map(|loaded| loaded.name.clone()), Some("t28".to_owned()));
        kit.load("huge", wire("huge", 100_000));
        assert_eq!(names(&kit)[RESIDENT.len()..], ["huge"]);
    }

    #[test]
    fn comparisons_run_out() {
        let kit = Kit::new();
        let tried: Vec<bool> = (0..5).map(|_| kit.compare("⟦phone:1⟧")).collect();
        assert_eq!(tried, [true, true, true, false, false]);
        let all = (0..40).filter(|n| kit.clone().compare(&format!("⟦phone:{n}⟧"))).count();
        assert_eq!(all, COMPARED.1 - 3);
    }
}
