//! Owns the service level a seeded conversation carries: which policy it matched and where its clocks stand. Does not write
//! the policies themselves (`org`) nor keep the clocks of a running desk.
//!
//! Invariant: a pending breach is the first unanswered message plus the policy's target for the priority.
//! The shape is that of the Kustomer API reference, 11.

use serde_json::{Value, json};

use super::{
    Plan,
    conversation::Turn,
    ids::{self, Space},
    material::{Sla, material},
    rng::Rng,
    stamp,
    threads::{By, Script, Standing},
};

/// The policy a conversation was matched with.
pub(super) struct Service {
    index: usize,
    policy: &'static Sla,
}

/// The first policy for the channel; conversations with nothing due, and a few closed ones, have none.
pub(super) fn policy(script: &Script, rng: &mut Rng) -> Option<Service> {
    let without = match script.standing {
        Standing::Waiting(due) => due.is_none(),
        Standing::Answered(_) | Standing::Snoozed { .. } | Standing::Done(_) => rng.chance(6),
    };
    let slas = &material().org.slas;
    let index = slas.iter().position(|sla| sla.channels.iter().any(|channel| channel == script.channel))?;
    (!without).then(|| Service { index, policy: &slas[index] })
}

impl Service {
    pub(super) fn id(&self) -> String {
        ids::fixed(Space::Sla, self.index)
    }

    pub(super) fn version_id(&self) -> String {
        ids::fixed(Space::SlaVersion, self.index)
    }

    /// How long an answer may take, in milliseconds.
    pub(super) fn target(&self, first_response: bool, priority: usize) -> i64 {
        let times = if first_response { &self.policy.first_response } else { &self.policy.next_reply };
        times[priority.clamp(1, times.len()) - 1]
    }

    /// The conversation's `sla` attribute.
    pub(super) fn state(&self, plan: &Plan, script: &Script, turns: &[Turn], waiting: Option<&Turn>) -> Value {
        let opened = turns.first().map_or(plan.now_ms, |turn| turn.at);
        let answered = turns.iter().find(|turn| turn.by == By::Agent).map(|turn| turn.at);
        let replies = turns.iter().filter(|turn| turn.by == By::Agent).count();
        let last_reply = turns.iter().rfind(|turn| turn.by == By::Agent).map(|turn| turn.at);
        let pending = match script.standing {
            Standing::Waiting(_) => waiting.map(|turn| turn.at + self.target(answered.is_none(), script.priority)),
            Standing::Answered(_) | Standing::Snoozed { .. } | Standing::Done(_) => None,
        };
        let mut first = json!({ "breachAt": stamp(opened + self.target(true, script.priority)) });
        let mut next = json!({ "onTimeCount": replies.saturating_sub(1), "lateCount": 0 });
        if let Some(answered) = answered {
            first["satisfiedAt"] = stamp(answered).into();
        }
        let metric = if answered.is_none() { "firstResponse" } else { "nextReply" };
        match (pending, last_reply) {
            (Some(due), _) if metric == "nextReply" => next["breachAt"] = stamp(due).into(),
            (None, Some(reply)) => next["satisfiedAt"] = stamp(reply).into(),
            (Some(_), _) | (None, None) => {}
        }
        let breached = pending.filter(|&due| due < plan.now_ms);
        let mut state = json!({
            "name": self.policy.name, "version": self.policy.version, "matchedAt": stamp(opened),
            "status": match script.standing {
                Standing::Waiting(_) | Standing::Answered(_) => "pending",
                Standing::Snoozed { .. } => "paused",
                Standing::Done(_) => "done",
            },
            "metrics": { "firstResponse": first, "nextReply": next },
            "summary": {},
            "breached": breached.is_some(),
        });
        match (pending, last_reply) {
            (Some(due), _) => state["summary"]["firstBreachAt"] = stamp(due).into(),
            (None, Some(reply)) => state["summary"]["satisfiedAt"] = stamp(reply).into(),
            (None, None) => {}
        }
        if let Some(due) = breached {
            state["breach"] = json!({ "metric": metric, "at": stamp(due) });
        }
        state
    }
}
