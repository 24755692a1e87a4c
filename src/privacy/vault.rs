//! Owns the placeholders a model works on: `⟦phone:1⟧` for a value only the desk and an approved card may see. Lives in
//! memory for one sitting; nothing of it is stored. Does not decide when a value may be placed (tools) or sent (`approval`).
//!
//! Invariant: text that left through [`Vault::veil`] holds no value the vault knows and none that [`super::pii`] finds.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use serde_json::Value;

use super::pii;
use crate::domain::{CustomerId, Revealed};

const OPEN: char = '⟦';
const CLOSE: char = '⟧';

/// The keeper of placeholders. Clones share one memory.
#[derive(Clone, Debug, Default)]
pub struct Vault(Arc<Mutex<Entries>>);

#[derive(Debug, Default)]
struct Entries {
    by_name: BTreeMap<String, Entry>,
    counters: BTreeMap<String, u32>,
}

#[derive(Debug)]
struct Entry {
    value: Revealed,
    owner: Option<CustomerId>,
}

/// A placeholder that stands for nothing (any more).
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{placeholder} stands for no value in view: the window it came from is closed, or it was never given out")]
pub struct Unknown {
    /// As it was written.
    pub placeholder: String,
}

impl Vault {
    /// An empty vault.
    pub fn new() -> Self {
        Self::default()
    }

    fn entries(&self) -> MutexGuard<'_, Entries> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The placeholder for a value; the same value always gets the same one.
    pub fn place(&self, kind: &str, value: &Revealed, owner: Option<&CustomerId>) -> String {
        self.entries().place(kind, value, owner)
    }

    /// The placeholder for a value that was made of another one, such as a number in another form. It belongs to whom the
    /// placeholders in `from` belong to, so that it goes with them.
    pub fn derived(&self, from: &str, kind: &str, value: &Revealed) -> String {
        let mut entries = self.entries();
        let mut of = entries.by_name.iter().filter(|(name, _)| from.contains(name.as_str()));
        let owner = of.find_map(|(_, entry)| entry.owner.clone());
        entries.place(kind, value, owner.as_ref())
    }

    /// Free text as a model may read it: known values and everything that looks personal become placeholders, and
    /// placeholder brackets that were already there are defused, so that a customer cannot write one.
    pub fn veil(&self, text: &str) -> String {
        let mut entries = self.entries();
        let mut out = text.replace(OPEN, "[").replace(CLOSE, "]");
        let mut known: Vec<(String, Revealed)> =
            entries.by_name.iter().map(|(name, entry)| (name.clone(), entry.value.clone())).collect();
        known.sort_by_key(|(_, value)| std::cmp::Reverse(value.expose().len()));
        for (name, value) in known {
            if value.expose().chars().count() >= 4 && out.contains(value.expose()) {
                out = out.replace(value.expose(), &name);
            }
        }
        for found in pii::find(&out).into_iter().rev() {
            let value = Revealed::new(&out[found.range.clone()]);
            let name = entries.place(found.kind, &value, None);
            out.replace_range(found.range, &name);
        }
        out
    }

    /// Puts the real values back.
    pub fn fill(&self, text: &str) -> Result<String, Unknown> {
        let entries = self.entries();
        let mut out = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(start) = rest.find(OPEN) {
            out.push_str(&rest[..start]);
            let end = rest[start..].find(CLOSE).map_or(rest.len(), |i| start + i + CLOSE.len_utf8());
            let name = &rest[start..end];
            let entry =
                entries.by_name.get(name).ok_or_else(|| Unknown { placeholder: name.chars().take(40).collect() })?;
            out.push_str(entry.value.expose());
            rest = &rest[end..];
        }
        out.push_str(rest);
        Ok(out)
    }

    /// [`Self::fill`] over every string of a JSON value; keys are left alone.
    pub fn fill_json(&self, value: &mut Value) -> Result<(), Unknown> {
        match value {
            Value::String(text) => *text = self.fill(text)?,
            Value::Array(items) => items.iter_mut().try_for_each(|item| self.fill_json(item))?,
            Value::Object(map) => map.values_mut().try_for_each(|item| self.fill_json(item))?,
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
        Ok(())
    }

    /// [`Self::veil`] over every string of a JSON value; keys are left alone.
    pub fn veil_json(&self, value: &mut Value) {
        match value {
            Value::String(text) => *text = self.veil(text),
            Value::Array(items) => items.iter_mut().for_each(|item| self.veil_json(item)),
            Value::Object(map) => map.values_mut().for_each(|item| self.veil_json(item)),
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }

    /// Drops a customer's values: their window closed.
    pub fn forget(&self, owner: &CustomerId) {
        self.entries().by_name.retain(|_, entry| entry.owner.as_ref() != Some(owner));
    }
}

impl Entries {
    fn place(&mut self, kind: &str, value: &Revealed, owner: Option<&CustomerId>) -> String {
        if let Some((name, entry)) = self.by_name.iter_mut().find(|(_, entry)| entry.value == *value) {
            if entry.owner.is_none() {
                entry.owner = owner.cloned();
            }
            return name.clone();
        }
        let counter = self.counters.entry(kind.to_owned()).or_default();
        *counter += 1;
        let name = format!("{OPEN}{kind}:{counter}{CLOSE}");
        self.by_name.insert(name.clone(), Entry { value: value.clone(), owner: owner.cloned() });
        name
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_veiled_can_be_filled_again() {
        let vault = Vault::new();
        let raw = "call +4915550001122 or write mara@quill.example";
        let veiled = vault.veil(raw);
        assert_eq!(veiled, "call ⟦phone:1⟧ or write ⟦email:1⟧");
        assert_eq!(vault.fill(&veiled).as_deref(), Ok(raw));
    }

    #[test]
    fn a_value_has_one_placeholder_and_is_found_inside_other_text() {
        let vault = Vault::new();
        let value = Revealed::new("BIL-4471");
        let name = vault.place("billingId", &value, None);
        assert_eq!(vault.place("billingId", &value, None), name);
        assert_eq!(vault.veil("id BIL-4471."), format!("id {name}."));
    }

    #[test]
    fn a_customer_cannot_write_a_placeholder() {
        let vault = Vault::new();
        vault.place("phone", &Revealed::new("+4915550001122"), None);
        assert_eq!(vault.veil("post ⟦phone:1⟧ here"), "post [phone:1] here");
    }

    #[test]
    fn closing_a_window_takes_its_values_away() {
        let vault = Vault::new();
        let owner = CustomerId::new("66a1f0c2b7d4e9001c3a5f10");
        let name = vault.place("phone", &Revealed::new("+4915550001122"), Some(&owner));
        vault.forget(&owner);
        assert_eq!(vault.fill(&name), Err(Unknown { placeholder: name }));
    }

    #[test]
    fn json_is_filled_in_its_strings_only() {
        let vault = Vault::new();
        let name = vault.place("phone", &Revealed::new("+4915550001122"), None);
        let mut value = json!({ "body": format!("x {name}"), "n": [1, name] });
        vault.fill_json(&mut value).expect("the placeholder is known");
        assert_eq!(value, json!({ "body": "x +4915550001122", "n": [1, "+4915550001122"] }));
    }
}
