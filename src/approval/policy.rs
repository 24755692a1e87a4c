//! Owns which answer a change needs. Today's policy is the floor nothing may go below: everything but a read asks, and
//! what deletes or touches many asks for the count to be typed. Later layers may only tighten it.

use super::{Change, Effect};

/// How a person must say yes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Confirm {
    /// One key on the card.
    Key,
    /// The number of records, typed, then the key.
    Count(u64),
}

/// The rules.
#[derive(Clone, Debug, Default)]
pub struct Policy {}

impl Policy {
    /// How many records a single change may touch before the count has to be typed.
    pub const MANY: u64 = 10;

    /// What `change` needs; `None` for reads, which need nothing and never become proposals.
    pub fn confirm(&self, change: &Change) -> Option<Confirm> {
        match change.effect() {
            Effect::Read => None,
            Effect::Bulk | Effect::Delete => Some(Confirm::Count(change.count())),
            Effect::Unmask | Effect::Draft | Effect::Write | Effect::Send if change.count() > Self::MANY => {
                Some(Confirm::Count(change.count()))
            }
            Effect::Unmask | Effect::Draft | Effect::Write | Effect::Send => Some(Confirm::Key),
        }
    }
}
