//! Owns the ids of the seeded world: 24 lowercase hex characters, made from seed, kind and index and never from the time.
//! Does not number what the desk creates later (`world`).
//!
//! Invariant: one (seed, space, index, part) always gives the same id, and no two of them share one in practice. The id says
//! its index, so a record of a customer's tree is found by its id alone ([`customer_of`]) and ids sort as customers do.

use super::rng;

/// The org every record belongs to.
pub const ORG: &str = "66a1e000b7d4e9001c3a0001";
/// The machine user of the desk's main API key.
pub const MACHINE_USER: &str = "66a1e0f0b7d4e9001c3a0a09";
/// The machine user under whose name the automatic replies are drafted.
pub const AUTO_REPLY_USER: &str = "66a1e0f0b7d4e9001c3a0a0a";
/// The only brand of the org.
pub const BRAND: &str = "66a1e090b7d4e9001c3a0901";
/// The default business schedule.
pub const SCHEDULE: &str = "66a1e091b7d4e9001c3a0911";

/// What is being numbered; two spaces never yield the same id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Space {
    User = 1,
    Team,
    Queue,
    Tag,
    Sla,
    SlaVersion,
    Shortcut,
    Klass,
    Company,
    Customer,
    Conversation,
    Message,
    Note,
    Draft,
    Event,
    Order,
    Return,
    Subscription,
    Flight,
    Outage,
}

/// What every seeded id begins with: early 2024 as the second of its creation, before anything a desk makes later.
const ERA: &str = "66";
/// How many hex digits after [`ERA`] are the index.
const INDEX_DIGITS: usize = 6;

/// The id of a record that depends on the seed; `part` numbers what belongs to one `index` (a message of a conversation).
/// For the records of a customer's tree `index` is the customer's, at most 2^24 - 1.
pub(super) fn derived(seed: u64, space: Space, index: u64, part: u64) -> String {
    let base = rng::mix(seed ^ rng::mix(space as u64));
    let high = rng::mix(base ^ rng::mix(index));
    let low = rng::mix(high ^ rng::mix(part.wrapping_add(1)));
    format!("{ERA}{:06x}{low:016x}", index & 0x00ff_ffff)
}

/// The index of the customer in whose tree a record of this id stands, if it is a seeded one at all. A made-up id can
/// look like one: only the tree itself knows whether the record is there.
pub fn customer_of(id: &str) -> Option<usize> {
    let digits = id.strip_prefix(ERA)?.get(..INDEX_DIGITS)?;
    let is_hex = digits.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte));
    if is_hex { usize::from_str_radix(digits, 16).ok() } else { None }
}

/// The least id a record of this customer's tree can have.
pub fn first_id_of(index: usize) -> String {
    format!("{ERA}{index:06x}")
}

/// The id of a record of the org's settings, the same under every seed.
pub(super) fn fixed(space: Space, index: usize) -> String {
    derived(0, space, index as u64, 0)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn ids_are_24_hex_and_differ_by_seed_space_index_and_part() {
        let mut seen = BTreeSet::new();
        for seed in 0..3 {
            for space in [Space::Customer, Space::Conversation, Space::Outage] {
                for (index, part) in [(0, 0), (0, 1), (1, 0), (1, 1)] {
                    let id = derived(seed, space, index, part);
                    assert!(
                        id.len() == 24 && id.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b)),
                        "{id}"
                    );
                    assert_eq!(customer_of(&id), usize::try_from(index).ok());
                    assert!(id.as_str() >= first_id_of(index as usize).as_str());
                    assert!(seen.insert(id));
                }
            }
        }
    }
    #[test]
    fn ids_sort_as_their_customers_do_and_others_belong_to_nobody() {
        let of = |index| derived(9, Space::Message, index, 3);
        for index in [0, 9, 255, 4_095, 65_535, 999_998] {
            assert!(of(index) < of(index + 1));
            assert_eq!(customer_of(&of(index)), Some(index as usize));
        }
        for foreign in ["", "66", "67c6d2f4aaaaaaaa00000001", "66+12345", "66ABCDEF0000000000000000", "66é00000"] {
            assert_eq!(customer_of(foreign), None, "{foreign}");
        }
    }
}
