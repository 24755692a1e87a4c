//! Owns the same answer for several changes that differ in nothing but whom they are about. One press answers all of them, so
//! all of them stand in one list, and that list was painted to its end. Each stays its own proposal, decision and record.
//!
//! Invariant: a press covers exactly what the painted list held. If one of them left, or the list was gathered anew, nothing
//! is answered.

use std::time::Duration;

use super::{Confirm, Decision, Desk, NotYet, Painted, Policy, Press, Proposal, ProposalId, Verdict};

/// Several that are alike.
#[derive(Debug)]
pub(super) struct Batch {
    ids: Vec<ProposalId>,
    painted: Option<Painted>,
}

impl Desk {
    /// Those that want the same as this one done to others, itself included, in order.
    pub fn alike(&self, id: ProposalId) -> Vec<ProposalId> {
        let Some(one) = self.proposal_of(id) else { return Vec::new() };
        let likeness = one.change.likeness();
        let is_alike = |other: &&Proposal| {
            other.author == one.author
                && (other.id == id || other.change.likeness() == likeness)
                && other.note == one.note
        };
        self.waiting().into_iter().filter(is_alike).map(Proposal::id).collect()
    }

    /// Makes one batch of all that are alike, to be shown as a list; how many they are. One alone is no batch.
    pub fn gather(&mut self, id: ProposalId) -> usize {
        let ids = self.alike(id);
        let count = ids.len();
        self.batch = (count > 1).then_some(Batch { ids, painted: None });
        count
    }

    /// Lets the batch go.
    pub fn scatter(&mut self) {
        self.batch = None;
    }

    /// What is in the batch and still waits.
    pub fn batch(&self) -> Vec<&Proposal> {
        let ids = self.batch.as_ref().map_or(&[][..], |batch| batch.ids.as_slice());
        ids.iter().filter_map(|id| self.proposal_of(*id)).collect()
    }

    /// What a yes to the batch takes: many records, or one change that asks for its number, ask for all of them together.
    pub fn batch_confirm(&self) -> Confirm {
        let batch = self.batch();
        let records = batch.iter().map(|proposal| proposal.change.count()).sum();
        let asks = batch.iter().any(|proposal| proposal.confirm.count().is_some());
        let count = (asks || records > Policy::MANY).then_some(records);
        let strictest =
            batch.iter().map(|proposal| proposal.confirm).max_by_key(|c| (c.wants_second(), c.wants_reason()));
        match strictest {
            Some(confirm) => confirm.counting(count),
            None => Confirm::Key,
        }
    }

    /// Tells the desk that the list was on screen at `at`, and whether its last line was.
    pub fn painted_batch(&mut self, at: Duration, to_the_end: bool) {
        if let Some(batch) = &mut self.batch {
            let first = batch.painted.get_or_insert(Painted { at, to_the_end });
            first.to_the_end |= to_the_end;
        }
    }

    /// What the list says of one of them changed: it has to be painted, and read, again.
    pub(super) fn batch_moved(&mut self, id: ProposalId) {
        if let Some(batch) = self.batch.as_mut().filter(|batch| batch.ids.contains(&id)) {
            batch.painted = None;
        }
    }

    /// Gives all of the batch the same answer: one decision each.
    ///
    /// # Errors
    /// [`NotYet`], as for one card; [`NotYet::Changed`] when one of them is no longer waiting.
    #[expect(clippy::needless_pass_by_value, reason = "a press answers one list: it is spent here")]
    pub fn decide_batch(&mut self, verdict: Verdict, by: Press, now: Duration) -> Result<Vec<Decision>, NotYet> {
        let pressed = by.at();
        let (ids, painted) = self.batch.as_ref().map(|b| (b.ids.clone(), b.painted)).ok_or(NotYet::Gone)?;
        let painted = self.calm(painted, pressed)?;
        if self.batch().len() != ids.len() {
            self.batch = None;
            return Err(NotYet::Changed);
        }
        self.demands(&verdict, painted, &self.batch(), self.batch_confirm(), now)?;
        self.pressed = Some(pressed);
        self.batch = None;
        let dwell = pressed.saturating_sub(painted.at);
        Ok(ids.into_iter().filter_map(|id| self.conclude(id, verdict.clone(), dwell, now)).collect())
    }
}

#[cfg(test)]
mod tests;
