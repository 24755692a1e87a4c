//! Owns the ids of the seeded world: 24 lowercase hex characters, made from seed, kind and index and never from the time.
//! Does not number what the desk creates later (`world`).
//!
//! Invariant: one (seed, space, index, part) always gives the same id, and no two of them share one in practice.

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
    SatisfactionForm,
    OutboundAccount,
    Attachment,
    ConversationTime,
    Session,
    TrackedEvent,
}

/// The id of a record that depends on the seed; `part` numbers what belongs to one `index` (a message of a conversation).
pub(super) fn derived(seed: u64, space: Space, index: u64, part: u64) -> String {
    let base = rng::mix(seed ^ rng::mix(space as u64));
    let high = rng::mix(base ^ rng::mix(index));
    let low = rng::mix(high ^ rng::mix(part.wrapping_add(1)));
    format!("66{:06x}{low:016x}", high & 0x00ff_ffff)
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
                    assert!(seen.insert(id));
                }
            }
        }
    }
}
