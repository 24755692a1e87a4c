//! Owns which answer a change needs. The default is the floor nothing may go below: everything but a read asks, and what
//! deletes or touches many asks for the count to be typed. Settings may only tighten it.
//!
//! A person's own small change of one conversation (its status, who has it, its tags …) needs no card: the key press that
//! asks for it is the yes, because it names one record on screen, can be taken back and reaches nobody outside.

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
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Policy {
    /// Whether also a person's own small changes are put on a card.
    pub cards_for_own: bool,
}

/// Attributes of a conversation that triage moves: reversible, seen by the team only (Kustomer API reference 10.2).
const SMALL: [&str; 8] = ["status", "snooze", "priority", "tags", "assignedUsers", "assignedTeams", "queue", "rev"];

impl Policy {
    /// How many records a single change may touch before the count has to be typed.
    pub const MANY: u64 = 10;

    /// Whether the person who wants it may approve it by the very key that asked for it: one request on one conversation
    /// that moves nothing but what triage moves.
    pub fn is_small(&self, change: &Change) -> bool {
        let [request] = change.requests() else { return false };
        let moves_little = request
            .body
            .as_ref()
            .and_then(serde_json::Value::as_object)
            .is_some_and(|body| !body.is_empty() && body.keys().all(|key| SMALL.contains(&key.as_str())));
        !self.cards_for_own
            && change.effect() == Effect::Write
            && change.count() == 1
            && change.operation().label() == "PATCH /v1/conversations/{id}"
            && moves_little
    }

    /// What `change` needs; `None` for reads, which need nothing and never become proposals.
    pub fn confirm(&self, change: &Change) -> Option<Confirm> {
        match change.effect() {
            Effect::Read => None,
            Effect::Bulk | Effect::Delete => Some(Confirm::Count(change.count())),
            Effect::Unmask | Effect::Disclose | Effect::Draft | Effect::Write | Effect::Send
                if change.count() > Self::MANY =>
            {
                Some(Confirm::Count(change.count()))
            }
            Effect::Unmask | Effect::Disclose | Effect::Draft | Effect::Write | Effect::Send => Some(Confirm::Key),
        }
    }
}
