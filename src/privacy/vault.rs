//! Owns the placeholders a model works on: `⟦phone:1⟧` for a value only the desk and an approved card may see. Lives in
//! memory for one sitting; nothing of it is stored. Does not decide when a value may be placed (tools) or sent (`approval`).
//!
//! Besides values in the clear it knows the names of customers ([`Vault::name`]) and what the desk shows of values it masks
//! ([`Vault::expect`]): a customer writes their name and their billing id into messages, where no mask reaches.
//!
//! Names and street addresses of customers are veiled too, unless the settings say otherwise (`[model] veil_names = false`).
//! What it costs: a model cannot tell "Mara" from "Tom" and writes `⟦firstName:1⟧`, and a name that is also a word ("Rose")
//! is veiled where the word is meant. What it gives: who a customer is stays in the house, and orders in a customer's name
//! reach no model. Only what a record says is known: names of strangers in a text stay. A number the desk masks whole
//! (`********`) cannot be told from any other number, and is veiled only where its shape gives it away.
//!
//! Invariant: text that left through [`Vault::veil`] holds no value the vault knows and none that [`super::pii`] finds.

mod names;
mod tails;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use serde_json::Value;

use super::pii;
use crate::domain::{CustomerId, Revealed};
use tails::Tail;

const OPEN: char = '⟦';
const CLOSE: char = '⟧';

/// The keeper of placeholders. Clones share one memory.
#[derive(Clone, Debug)]
pub struct Vault {
    entries: Arc<Mutex<Entries>>,
    veils_names: bool,
    /// Where the model is asked that the placeholders are for; empty when there is none.
    endpoint: Arc<str>,
}

#[derive(Debug, Default)]
struct Entries {
    by_name: BTreeMap<String, Entry>,
    counters: BTreeMap<String, u32>,
    tails: Vec<Tail>,
    /// Placeholders whose values a person let the model see.
    disclosed: BTreeSet<String>,
}

#[derive(Debug)]
struct Entry {
    value: Revealed,
    /// Whose it is; nobody is known where it was found in a text. Several people can have one name, or one number.
    owners: Vec<CustomerId>,
    /// Whether it is (part of) a customer's name: found as whole words only, and kept when a window closes.
    is_name: bool,
}

/// A placeholder that stands for nothing (any more), or not for this customer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unknown {
    /// It stands for nothing.
    #[error("{placeholder} stands for no value in view: the window it came from is closed, or it was never given out")]
    Nothing {
        /// As it was written.
        placeholder: String,
    },
    /// It is another customer's.
    #[error("{placeholder} belongs to another customer and cannot be used for this one")]
    Foreign {
        /// As it was written.
        placeholder: String,
    },
}

/// A part of a text on its way to a model.
enum Piece {
    Plain(String),
    Placed(String),
}

impl Default for Vault {
    fn default() -> Self {
        Self { entries: Arc::default(), veils_names: true, endpoint: Arc::from("") }
    }
}

impl Vault {
    /// An empty vault.
    pub fn new() -> Self {
        Self::default()
    }

    /// The same, but customers' names and street addresses are told as they are, if `veils` is false.
    #[must_use]
    pub fn veiling_names(self, veils: bool) -> Self {
        Self { veils_names: veils, ..self }
    }

    /// Whether names and street addresses become placeholders.
    pub fn veils_names(&self) -> bool {
        self.veils_names
    }

    /// The same, for a model that is asked at this address.
    #[must_use]
    pub fn for_model_at(self, endpoint: &str) -> Self {
        Self { endpoint: Arc::from(endpoint), ..self }
    }

    /// Where the model is asked; empty when there is none.
    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }

    fn entries(&self) -> MutexGuard<'_, Entries> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The placeholder for a value; the same value always gets the same one.
    pub fn place(&self, kind: &str, value: &Revealed, owner: Option<&CustomerId>) -> String {
        self.entries().place(kind, value, owner, false)
    }

    /// The placeholder for a customer's name, as it is told. With `parts`, the first and the last name by themselves are
    /// veiled from now on, too.
    pub fn name(&self, name: &str, owner: &CustomerId, parts: bool) -> String {
        let name = super::text::line(name.trim()).into_string();
        if !self.veils_names || name.is_empty() {
            return self.veil(&name);
        }
        let mut entries = self.entries();
        if let (true, Some((first, last))) = (parts, names::parts(&name)) {
            entries.place("firstName", &Revealed::new(first), Some(owner), true);
            entries.place("lastName", &Revealed::new(last), Some(owner), true);
        }
        entries.place("name", &Revealed::new(name.as_str()), Some(owner), true)
    }

    /// Remembers what the desk shows of a value it masks: the value itself is recognised by it in free text.
    pub fn expect(&self, kind: &str, mask: &str, owner: Option<&CustomerId>) {
        if let Some(tail) = Tail::of(kind, mask, owner) {
            let mut entries = self.entries();
            if !entries.tails.contains(&tail) {
                entries.tails.push(tail);
            }
        }
    }

    /// The placeholder for a value that was made of another one, such as a number in another form. It belongs to whom the
    /// placeholders in `from` belong to, so that it goes with them.
    pub fn derived(&self, from: &str, kind: &str, value: &Revealed) -> String {
        let mut entries = self.entries();
        let of = entries.by_name.iter().filter(|(name, _)| from.contains(name.as_str()));
        let owners: Vec<CustomerId> = of.flat_map(|(_, entry)| entry.owners.clone()).collect();
        let placed = entries.place(kind, value, owners.first(), false);
        for owner in owners.iter().skip(1) {
            entries.place(kind, value, Some(owner), false);
        }
        placed
    }

    /// Free text as a model may read it: known values and everything that looks personal become placeholders, and
    /// placeholder brackets that were already there are defused, so that a customer cannot write one.
    pub fn veil(&self, text: &str) -> String {
        let mut entries = self.entries();
        let mut pieces = vec![Piece::Plain(text.replace(OPEN, "[").replace(CLOSE, "]"))];
        let mut known: Vec<(&String, &Entry)> = entries.by_name.iter().collect();
        known.sort_by_key(|(_, entry)| std::cmp::Reverse(entry.value.expose().len()));
        for (name, entry) in known {
            let value = entry.value.expose();
            if entry.is_name {
                pieces = split(pieces, |text| names::find(text, value).map(|range| (range, name.clone())));
            } else if value.chars().count() >= 4 {
                pieces = split(pieces, |text| text.find(value).map(|at| (at..at + value.len(), name.clone())));
            }
        }
        let tails = entries.tails.clone();
        pieces = split(pieces, |text| {
            let (range, tail) = tails::find(&tails, text)?;
            let value = Revealed::new(&text[range.clone()]);
            Some((range, entries.place(&tail.kind, &value, tail.owner.as_ref(), false)))
        });
        pieces = split(pieces, |text| {
            let found = pii::find(text).into_iter().next()?;
            let value = Revealed::new(&text[found.range.clone()]);
            Some((found.range, entries.place(found.kind, &value, None, false)))
        });
        joined(pieces)
    }

    /// Puts the real values back, whoever they belong to: for looking things up.
    pub fn fill(&self, text: &str) -> Result<String, Unknown> {
        self.filled(text, |_| true)
    }

    /// Puts the real values back for a request about this customer: values that are known to be another's are refused.
    pub fn fill_for(&self, text: &str, customer: Option<&CustomerId>) -> Result<String, Unknown> {
        self.filled(text, |entry| entry.owners.is_empty() || customer.is_some_and(|id| entry.owners.contains(id)))
    }

    fn filled(&self, text: &str, may: impl Fn(&Entry) -> bool) -> Result<String, Unknown> {
        let entries = self.entries();
        replaced(text, |name| {
            let placeholder = || name.chars().take(40).collect();
            let entry = entries.by_name.get(name).ok_or_else(|| Unknown::Nothing { placeholder: placeholder() })?;
            if may(entry) {
                Ok(entry.value.expose().to_owned())
            } else {
                Err(Unknown::Foreign { placeholder: placeholder() })
            }
        })
    }

    /// The value behind one placeholder, for the card that asks whether a model may be told it.
    pub fn value_for(&self, placeholder: &str, customer: &CustomerId) -> Result<Revealed, Unknown> {
        self.fill_for(placeholder, Some(customer)).map(Revealed::new)
    }

    /// From now on the model is told what these placeholders stand for, until the window closes. Only what performs an
    /// approved disclosure calls this; a test holds every other file to that.
    pub fn disclose(&self, placeholders: impl IntoIterator<Item = String>) {
        self.entries().disclosed.extend(placeholders);
    }

    /// Words on their way to the model: disclosed placeholders become values, all others stay.
    pub fn disclosed(&self, text: &str) -> String {
        let entries = self.entries();
        if entries.disclosed.is_empty() || !text.contains(OPEN) {
            return text.to_owned();
        }
        let told = replaced::<std::convert::Infallible>(text, |name| {
            let entry = entries.by_name.get(name).filter(|_| entries.disclosed.contains(name));
            Ok(entry.map_or(name, |entry| entry.value.expose()).to_owned())
        });
        let Ok(told) = told;
        told
    }

    /// Words in which a customer's values may stand in the clear, because a model was told them: covered again. Placeholders
    /// stay as they are.
    pub fn cover(&self, text: &str, owner: &CustomerId) -> String {
        let entries = self.entries();
        let mut pieces = split(vec![Piece::Plain(text.to_owned())], |text| {
            let start = text.find(OPEN)?;
            let end = text[start..].find(CLOSE).map_or(text.len(), |i| start + i + CLOSE.len_utf8());
            Some((start..end, text[start..end].to_owned()))
        });
        let mut known: Vec<(&String, &Entry)> = entries.by_name.iter().collect();
        known.retain(|(_, entry)| !entry.is_name && (entry.owners.is_empty() || entry.owners.contains(owner)));
        known.sort_by_key(|(_, entry)| std::cmp::Reverse(entry.value.expose().len()));
        for (name, entry) in known {
            let value = entry.value.expose();
            pieces = split(pieces, |text| text.find(value).map(|at| (at..at + value.len(), name.clone())));
        }
        joined(pieces)
    }

    /// A model's words as a person reads them: customers' names in place of their placeholders; all else stays.
    pub fn named(&self, text: &str) -> String {
        if !text.contains(OPEN) {
            return text.to_owned();
        }
        let entries = self.entries();
        let named = replaced::<std::convert::Infallible>(text, |name| {
            let entry = entries.by_name.get(name).filter(|entry| entry.is_name);
            Ok(entry.map_or(name, |entry| entry.value.expose()).to_owned())
        });
        let Ok(named) = named;
        named
    }

    /// [`Self::fill_for`] over every string of a JSON value; keys are left alone.
    pub fn fill_json(&self, value: &mut Value, customer: Option<&CustomerId>) -> Result<(), Unknown> {
        match value {
            Value::String(text) => *text = self.fill_for(text, customer)?,
            Value::Array(items) => items.iter_mut().try_for_each(|item| self.fill_json(item, customer))?,
            Value::Object(map) => map.values_mut().try_for_each(|item| self.fill_json(item, customer))?,
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

    /// Drops a customer's values: their window closed. Their name stays known: it is not what the window showed.
    pub fn forget(&self, owner: &CustomerId) {
        let mut entries = self.entries();
        entries.by_name.retain(|_, entry| entry.is_name || !entry.owners.contains(owner));
        let known: BTreeSet<String> = entries.by_name.keys().cloned().collect();
        entries.disclosed.retain(|name| known.contains(name));
    }
}

impl Entries {
    fn place(&mut self, kind: &str, value: &Revealed, owner: Option<&CustomerId>, is_name: bool) -> String {
        if let Some((name, entry)) = self.by_name.iter_mut().find(|(_, entry)| entry.value == *value) {
            entry.owners.extend(owner.filter(|owner| !entry.owners.contains(owner)).cloned());
            return name.clone();
        }
        let counter = self.counters.entry(kind.to_owned()).or_default();
        *counter += 1;
        let name = format!("{OPEN}{kind}:{counter}{CLOSE}");
        self.by_name.insert(
            name.clone(),
            Entry { value: value.clone(), owners: owner.cloned().into_iter().collect(), is_name },
        );
        name
    }
}

fn joined(pieces: Vec<Piece>) -> String {
    let text = |piece| match piece {
        Piece::Plain(text) | Piece::Placed(text) => text,
    };
    pieces.into_iter().map(text).collect()
}

/// Takes out of the plain pieces what `find` finds, again and again, and puts the placeholder there; what was placed already
/// is not looked at.
fn split(pieces: Vec<Piece>, mut find: impl FnMut(&str) -> Option<(std::ops::Range<usize>, String)>) -> Vec<Piece> {
    let mut out = Vec::with_capacity(pieces.len());
    for piece in pieces {
        let Piece::Plain(text) = piece else {
            out.push(piece);
            continue;
        };
        let mut rest = text.as_str();
        while let Some((range, name)) = find(rest) {
            out.push(Piece::Plain(rest[..range.start].to_owned()));
            out.push(Piece::Placed(name));
            rest = &rest[range.end..];
        }
        out.push(Piece::Plain(rest.to_owned()));
    }
    out
}

/// The text with every placeholder replaced by what `by` makes of it.
fn replaced<E>(text: &str, by: impl Fn(&str) -> Result<String, E>) -> Result<String, E> {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find(OPEN) {
        out.push_str(&rest[..start]);
        let end = rest[start..].find(CLOSE).map_or(rest.len(), |i| start + i + CLOSE.len_utf8());
        out.push_str(&by(&rest[start..end])?);
        rest = &rest[end..];
    }
    out.push_str(rest);
    Ok(out)
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
        assert_eq!(vault.fill(&name), Err(Unknown::Nothing { placeholder: name }));
    }

    #[test]
    fn json_is_filled_in_its_strings_only() {
        let vault = Vault::new();
        let name = vault.place("phone", &Revealed::new("+4915550001122"), None);
        let mut value = json!({ "body": format!("x {name}"), "n": [1, name] });
        vault.fill_json(&mut value, None).expect("the placeholder is known");
        assert_eq!(value, json!({ "body": "x +4915550001122", "n": [1, "+4915550001122"] }));
    }

    #[test]
    fn a_customers_name_is_veiled_whole_and_in_parts_and_filled_again() {
        let vault = Vault::new();
        let owner = CustomerId::new("66a1");
        assert_eq!(vault.name("Mara Quill", &owner, true), "⟦name:1⟧");
        let text = "Mara Quill wrote; Mara is angry, Quill's order (Marathon)";
        let veiled = vault.veil(text);
        assert_eq!(veiled, "⟦name:1⟧ wrote; ⟦firstName:1⟧ is angry, ⟦lastName:1⟧'s order (Marathon)");
        assert_eq!((vault.fill(&veiled).as_deref(), vault.named(&veiled).as_str()), (Ok(text), text));
        vault.forget(&owner);
        assert_eq!(vault.fill("Hi ⟦firstName:1⟧").as_deref(), Ok("Hi Mara"), "a name outlives a window");
        assert_eq!(Vault::new().veiling_names(false).name("Mara Quill", &owner, true), "Mara Quill");
    }

    #[test]
    fn a_name_made_to_look_like_a_placeholder_breaks_nothing() {
        let vault = Vault::new();
        let owner = CustomerId::new("66a1");
        for name in ["name", "⟦phone:1⟧", "phone:1", "firstName"] {
            vault.name(name, &owner, true);
        }
        let text = "name and +4915550001122 and firstName";
        assert_eq!(vault.fill(&vault.veil(text)).as_deref(), Ok(text));
        assert_eq!(vault.named("⟦phone:1⟧"), "⟦phone:1⟧", "only names are shown");
    }

    #[test]
    fn a_masked_value_is_known_again_where_the_customer_wrote_it_out() {
        let vault = Vault::new();
        vault.expect("billingId", "****4471", None);
        vault.expect("nationalId", "********", None);
        assert_eq!(vault.veil("My id is BIL-0001-24471, order 77."), "My id is ⟦billingId:1⟧, order 77.");
        assert_eq!(vault.veil("year 4471 and 471"), "year 4471 and 471");
    }

    #[test]
    fn a_value_of_one_customer_is_not_filled_in_for_another() {
        let vault = Vault::new();
        let (one, other) = (CustomerId::new("66a1"), CustomerId::new("66a2"));
        let name = vault.place("phone", &Revealed::new("+4915550001122"), Some(&one));
        assert_eq!(vault.fill_for(&name, Some(&one)).as_deref(), Ok("+4915550001122"));
        assert_eq!(vault.fill_for(&name, Some(&other)), Err(Unknown::Foreign { placeholder: name.clone() }));
        assert_eq!(vault.fill_for(&name, None), Err(Unknown::Foreign { placeholder: name.clone() }));
        vault.place("phone", &Revealed::new("+4915550001122"), Some(&other));
        assert!(vault.fill_for(&name, Some(&other)).is_ok(), "two people can have one number");
    }
}
