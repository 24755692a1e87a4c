//! Owns what the trail does where two persons have to say yes: the first yes is written down and the change waits in the
//! store; the second counts only when the first stands in the chain, for the same bytes, by somebody else, and nobody
//! answered meanwhile.

use jiff::{SignedDuration, Timestamp};

use super::{Entry, Trail, TrailError, words};
use crate::approval::{Approved, Change, Damaged, Earlier, FirstYes, Waiting};

/// How long a first yes waits for the second.
const LASTS: SignedDuration = SignedDuration::from_hours(8);

/// A change that waits for its second yes.
#[derive(Clone, Debug, PartialEq)]
pub struct Half {
    /// The entry of the first yes.
    pub seq: u64,
    /// When it was given, UTC.
    pub at: String,
    /// What waits; or that it cannot be read any more.
    pub waiting: Result<Waiting, Damaged>,
    /// The proposal's name.
    pub proposal: String,
}

impl Trail {
    /// Writes a first yes down and keeps the change for the second person.
    ///
    /// # Errors
    /// When either could not be put on disk; nothing waits then.
    pub fn first_yes(&self, first: &FirstYes) -> Result<u64, TrailError> {
        let waiting = Waiting::of(first);
        let base = Self::about(&first.change, &first.author);
        let seq = self.write(Entry {
            event: "first yes".into(),
            proposal: waiting.proposal.clone(),
            reason: words(first.reason.raw()),
            because: words(first.because.raw()),
            who_id: first.by.id.to_string(),
            ..base
        })?;
        let kept = waiting.text();
        self.store.keep_half(&self.org, &waiting.proposal, seq, &self.clock.now().to_string(), &kept)?;
        Ok(seq)
    }

    /// What waits for a second yes on this desk, the oldest first.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn halves(&self) -> Result<Vec<Half>, TrailError> {
        let rows = self.store.halves(&self.org)?;
        let half = |(proposal, seq, at, kept): (String, u64, String, String)| {
            let waiting = serde_json::from_str(&kept).map_err(|_| Damaged);
            Half { seq, at, waiting, proposal }
        };
        Ok(rows.into_iter().map(half).collect())
    }

    /// Takes what waited out of the store for the second yes to be carried out.
    pub(super) fn second_of(&self, first: &Earlier, approved: &Approved<Change>) -> Result<(), TrailError> {
        let link = self.store.audit_entry(first.seq)?;
        let entry: Option<Entry> = link.and_then(|link| serde_json::from_str(&link.entry).ok());
        let proposal = approved.proposal().to_string();
        let given = entry.as_ref().and_then(|entry| entry.at.parse::<Timestamp>().ok());
        let is_it = entry.is_some_and(|entry| {
            entry.event == "first yes"
                && entry.proposal == proposal
                && entry.digest == approved.change.digest().to_string()
                && entry.who_id == first.by.id.as_str()
        });
        if !is_it {
            return Err(TrailError::NoFirstYes);
        }
        if !self.store.take_half(&proposal)? {
            return Err(TrailError::Answered);
        }
        // A clock that was set back does not make it younger: it is of the future then.
        let now = self.clock.now();
        let is_fresh = given.is_some_and(|at| at <= now && now.duration_since(at) <= LASTS);
        if is_fresh { Ok(()) } else { Err(TrailError::FirstLapsed) }
    }
}
