//! Owns the order in which things wait: the soonest SLA breach first, then what risks more (attention is freshest at the
//! front), then first in, first out. What was put off waits behind everything else until its time has come.

use std::{cmp::Reverse, time::Duration};

use jiff::Timestamp;

use super::{CALM, Desk, LONGEST_REST, NotYet, PATIENCE, Press, Proposal, ProposalId};
use crate::approval::Subject;

/// Where something stands in the line.
#[derive(Clone, Debug)]
pub(super) struct Place {
    /// When the conversation concerned breaches, if that is known.
    pub due: Option<Timestamp>,
    /// Which arrival it was; one that is put off arrives again.
    pub arrival: u64,
    /// Until when it is put off, monotonic.
    pub rests_until: Option<Duration>,
}

impl Place {
    pub fn new(arrival: u64) -> Self {
        Self { due: None, arrival, rests_until: None }
    }
}

fn order(proposal: &Proposal) -> impl Ord + use<> {
    let Place { due, arrival, rests_until } = proposal.place;
    (rests_until.is_some(), due.unwrap_or(Timestamp::MAX), Reverse(proposal.change.effect()), arrival)
}

impl Desk {
    /// The card to show: the one on screen as long as it waits, else the most urgent that is not put off.
    pub fn current(&self) -> Option<&Proposal> {
        let shown = self.shown.and_then(|id| self.proposal_of(id));
        let first =
            || self.waiting.iter().filter(|proposal| proposal.place.rests_until.is_none()).min_by_key(|p| order(p));
        shown.or_else(first)
    }

    /// Everything that waits, in order.
    pub fn waiting(&self) -> Vec<&Proposal> {
        let mut all: Vec<&Proposal> = self.waiting.iter().collect();
        all.sort_by_key(|proposal| order(proposal));
        all
    }

    /// This one is on screen: nothing that arrives takes its place. One that was put off is taken up again by that.
    pub fn show(&mut self, id: ProposalId) {
        if let Some(proposal) = self.proposal_mut(id) {
            proposal.place.rests_until = None;
            self.shown = Some(id);
        }
    }

    /// No card is on screen any more.
    pub fn put_aside(&mut self) {
        self.shown = None;
        self.batch = None;
    }

    /// How many wait that would stand before the one on screen.
    pub fn more_urgent(&self) -> usize {
        let Some(shown) = self.shown.and_then(|id| self.proposal_of(id)) else { return 0 };
        self.waiting.iter().filter(|proposal| order(proposal) < order(shown)).count()
    }

    /// How many are put off.
    pub fn resting(&self) -> usize {
        self.waiting.iter().filter(|proposal| proposal.place.rests_until.is_some()).count()
    }

    /// Looks up when the conversations concerned breach: the line follows their clocks.
    pub fn know_deadlines(&mut self, due: impl Fn(&Subject) -> Option<Timestamp>) {
        for proposal in &mut self.waiting {
            proposal.place.due = due(proposal.change.subject());
        }
    }

    /// Puts one off for a while: it goes to the back of its class, comes back by itself, has to be read anew then, and its
    /// time to be answered begins anew.
    ///
    /// # Errors
    /// [`NotYet`]: it is gone, or the key came before the card was there to be put off.
    #[expect(clippy::needless_pass_by_value, reason = "a press answers one card: it is spent here")]
    pub fn defer(&mut self, id: ProposalId, rest: Duration, by: Press, now: Duration) -> Result<(), NotYet> {
        let painted = self.proposal_of(id).ok_or(NotYet::Gone)?.painted;
        self.calm(painted, by.at())?;
        self.pressed = Some(by.at());
        self.arrivals += 1;
        let (arrival, until) = (self.arrivals, now + rest.clamp(CALM, LONGEST_REST));
        let proposal = self.proposal_mut(id).ok_or(NotYet::Gone)?;
        // One whose time was up stays so: putting it off must not bring it back.
        if now < proposal.terms.expires {
            proposal.place = Place { arrival, rests_until: Some(until), ..proposal.place };
            proposal.terms = proposal.terms.until(&proposal.change, &proposal.author, until + PATIENCE);
            proposal.painted = None;
        }
        self.put_aside();
        Ok(())
    }

    /// Brings back what was put off until now.
    pub(super) fn wake(&mut self, now: Duration) {
        for proposal in &mut self.waiting {
            proposal.place.rests_until = proposal.place.rests_until.filter(|until| now < *until);
        }
    }
}

#[cfg(test)]
mod tests;
