//! Owns the memory of whose a value is: ids, numbers and addresses that were read with one customer's records in this
//! sitting, so that they are noticed among words to another. Keeps no value in the clear, only keyed hashes, and nothing
//! outlives the sitting. Does not decide what follows from a find (`approval`).
//!
//! It errs towards silence: a find blocks a message, so only whole values that are long enough to be nobody else's by
//! chance count, and a value of several customers (a family's number) belongs to each of them.

use std::{
    collections::{BTreeSet, HashMap},
    hash::{BuildHasher, RandomState},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use super::pii;
use crate::domain::CustomerId;

/// The shortest value that is remembered, and the fewest digits one without `@` needs.
const SHORTEST: usize = 5;
const FEWEST_DIGITS: usize = 3;
/// Values kept at most: far more than a sitting reads, and what keeps a scan of a whole org from filling the memory.
const MOST: usize = 200_000;

/// Remembers whose is what. Clones share one memory.
#[derive(Clone, Debug, Default)]
pub struct Whose(Arc<Mutex<Memory>>);

#[derive(Debug, Default)]
struct Memory {
    keys: RandomState,
    owners: HashMap<u64, (&'static str, BTreeSet<CustomerId>)>,
}

/// A value of somebody else's, found in words.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Foreign {
    /// What it is: `e-mail`, `phone`, `external id`, `customer id`, `order number` …
    pub kind: &'static str,
    /// Whose, of those known the first.
    pub owner: CustomerId,
}

impl Whose {
    /// Remembers that a value was read with this customer's records.
    pub fn learn(&self, kind: &'static str, value: &str, owner: &CustomerId) {
        let Some(value) = normal(value) else { return };
        let mut memory = self.memory();
        let key = memory.keys.hash_one(value);
        if memory.owners.len() < MOST || memory.owners.contains_key(&key) {
            memory.owners.entry(key).or_insert_with(|| (kind, BTreeSet::new())).1.insert(owner.clone());
        }
    }

    /// What in these words belongs to others and not to `customer`; each find once.
    pub fn foreign(&self, words: &str, customer: &CustomerId) -> Vec<Foreign> {
        let memory = self.memory();
        let found = candidates(words).filter_map(|value| memory.owners.get(&memory.keys.hash_one(normal(&value)?)));
        let foreign = found.filter(|(_, owners)| !owners.contains(customer));
        let all: BTreeSet<Foreign> =
            foreign.filter_map(|(kind, owners)| Some(Foreign { kind, owner: owners.first()?.clone() })).collect();
        all.into_iter().collect()
    }

    fn memory(&self) -> MutexGuard<'_, Memory> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The form two writings of one value share; `None` for what is too common to belong to anybody.
fn normal(value: &str) -> Option<String> {
    let value = value.trim().trim_start_matches('#').to_lowercase();
    let digits = value.chars().filter(char::is_ascii_digit).count();
    if value.chars().count() < SHORTEST || value.contains("***") || (digits < FEWEST_DIGITS && !value.contains('@')) {
        return None;
    }
    // Numbers are written with any separators; a phone's plus and zeroes in front say only where one stands.
    let is_number = value.chars().all(|c| c.is_ascii_digit() || " +-()./\u{a0}".contains(c));
    if !is_number {
        return Some(value);
    }
    let plain: String = value.chars().filter(char::is_ascii_digit).collect();
    let plain = plain.trim_start_matches('0').to_owned();
    (plain.len() >= SHORTEST).then_some(plain)
}

/// Everything in the words that may be a value: what looks personal, and each word by itself.
fn candidates(words: &str) -> impl Iterator<Item = String> + '_ {
    let personal = pii::find(words).into_iter().map(|found| words[found.range].to_owned());
    let part = |c: char| c.is_alphanumeric() || "-_.@+:/#'".contains(c);
    let single = words.split(move |c: char| !part(c)).map(|word| word.trim_matches(|c: char| ".-:/'".contains(c)));
    // `order:10422` and `/orders/10422` hold the number as well as themselves.
    let inner = single.clone().flat_map(|word| word.split([':', '/', '=', '#']));
    personal.chain(single.map(str::to_owned)).chain(inner.map(str::to_owned))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known() -> (Whose, CustomerId, CustomerId) {
        let (whose, mara, jan) = (Whose::default(), CustomerId::new("mara"), CustomerId::new("jan"));
        whose.learn("phone", "+49 155 5000-1122", &mara);
        whose.learn("external id", "USR-555", &mara);
        whose.learn("order number", "10422", &mara);
        whose.learn("e-mail", "Home@quill.example", &mara);
        whose.learn("e-mail", "home@quill.example", &jan);
        whose.learn("phone", "****1122", &mara);
        whose.learn("order number", "7731", &mara);
        (whose, mara, jan)
    }

    #[test]
    fn what_belongs_to_another_is_found_however_it_is_written() {
        let (whose, mara, jan) = known();
        for (words, kinds) in [
            ("call 0049 (155) 5000 1122 then", vec!["phone"]),
            ("your id usr-555.", vec!["external id"]),
            ("Order #10422 left", vec!["order number"]),
            ("https://shop.example/orders/10422", vec!["order number"]),
            ("see USR-5555, 104221 and 7731", vec![]),
            ("write home@quill.example", vec![]),
            ("****1122", vec![]),
        ] {
            let found: Vec<&str> = whose.foreign(words, &jan).into_iter().map(|foreign| foreign.kind).collect();
            assert_eq!(found, kinds, "{words}");
            assert_eq!(whose.foreign(words, &mara), [], "{words}");
        }
    }

    #[test]
    fn nothing_in_the_clear_is_kept() {
        assert!(!format!("{:?}", known().0).to_lowercase().contains("usr"));
    }
}
