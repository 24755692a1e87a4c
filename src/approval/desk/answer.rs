//! Owns the only code that turns a key press into an [`Approved`]: what a key has to be for an answer to count, what a yes
//! takes besides, and what comes of it. Does not keep the line (`line`) nor what waits (the [`Desk`] itself).

use std::time::Duration;

use super::{
    Author, Decision, Desk, NotYet, PATIENCE, Proposal, ProposalId, RefusedBy, Verdict,
    proposal::{Painted, Said},
};
use crate::{
    approval::{
        Change, Confirm, Policy,
        half::{self, Earlier, FirstYes, Signer},
        seal::Terms,
        standing::Objection,
        vigilance::{Executable, Nature},
    },
    domain::Text,
};

/// How long a card stands before it takes an answer, and how long the keys must have been quiet after one that did not
/// count: nobody reads faster, a second press of the same finger does not reach the next card, and a key that is held down
/// (terminals repeat it many times a second) answers nothing at all.
pub const CALM: Duration = Duration::from_millis(300);

/// Proof that somebody at this terminal pressed a key. Not `Clone`: it answers one card.
#[derive(Debug)]
pub struct Press {
    at: Duration,
}

impl Press {
    /// For the two terminal readers only (`console::term`, `cli::tty`); a test holds every other file to that.
    /// `at` is the monotonic time the key event was read.
    pub(crate) fn from_terminal(at: Duration) -> Self {
        Self { at }
    }

    /// When the key went down.
    pub(crate) fn at(&self) -> Duration {
        self.at
    }
}

/// Permission to perform one change once.
#[derive(Debug, PartialEq, Eq)]
pub struct Approved<C> {
    pub(in crate::approval) change: C,
    pub(in crate::approval) proposal: ProposalId,
    pub(in crate::approval) author: Author,
    pub(in crate::approval) reason: Text,
    pub(in crate::approval) terms: Box<Terms>,
    pub(in crate::approval) note: String,
    pub(in crate::approval) first: Option<Box<Change>>,
    pub(in crate::approval) basis: Box<Basis>,
}

/// On what an approval rests, for the trail.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::approval) struct Basis {
    pub(in crate::approval) confirm: Option<Confirm>,
    pub(in crate::approval) rules: Vec<String>,
    pub(in crate::approval) because: Text,
    pub(in crate::approval) earlier: Option<Earlier>,
    /// Held, not read: without it there is no approval.
    _executable: Executable,
}

impl Approved<Change> {
    /// What was approved, to look at.
    pub fn change(&self) -> &Change {
        &self.change
    }

    /// Which proposal this answers.
    pub fn proposal(&self) -> ProposalId {
        self.proposal
    }

    /// What the person wants the author to be told along with the yes; empty where there is nothing.
    pub fn note(&self) -> &str {
        &self.note
    }
}

impl Desk {
    /// The one place where a wish becomes permission.
    #[expect(clippy::needless_pass_by_value, reason = "a press answers one card: it is spent here")]
    pub fn decide(&mut self, id: ProposalId, verdict: Verdict, by: Press, now: Duration) -> Result<Decision, NotYet> {
        let Press { at: pressed } = by;
        let painted = self.proposal_of(id).ok_or(NotYet::Gone)?.painted;
        let painted = self.calm(painted, pressed)?;
        let proposal = self.proposal_of(id).ok_or(NotYet::Gone)?;
        self.demands(&verdict, painted, &[proposal], proposal.confirm, now)?;
        self.pressed = Some(pressed);
        self.conclude(id, verdict, pressed.saturating_sub(painted.at), now).ok_or(NotYet::Gone)
    }

    /// Whether a key that went down at `pressed` can answer what was painted: after it, and when everything had stood still
    /// for a moment. One that cannot begins that moment anew.
    pub(super) fn calm(&mut self, painted: Option<Painted>, pressed: Duration) -> Result<Painted, NotYet> {
        let last = self.pressed;
        let counted = painted.filter(|painted| pressed > painted.at).ok_or(NotYet::TooEarly);
        let is_calm = |since: Duration| pressed >= since + CALM;
        match counted {
            Ok(painted) if is_calm(painted.at) && last.is_none_or(is_calm) => Ok(painted),
            Ok(_) => {
                self.pressed = Some(pressed);
                Err(NotYet::TooSoon)
            }
            Err(why) => {
                self.pressed = Some(pressed);
                Err(why)
            }
        }
    }

    /// What an answer to these takes besides time, each of them by itself and all by their number: a yes that everything was
    /// on screen and still stands as it was shown, a wish for changes that it says which.
    pub(super) fn demands(
        &self,
        verdict: &Verdict,
        painted: Painted,
        asked: &[&Proposal],
        confirm: Confirm,
        now: Duration,
    ) -> Result<(), NotYet> {
        let typed = match verdict {
            Verdict::Change { what } if what.trim().is_empty() => return Err(NotYet::Wordless),
            Verdict::Change { .. } | Verdict::Refuse { .. } => return Ok(()),
            Verdict::Approve { typed } => *typed,
        };
        if !painted.to_the_end {
            return Err(NotYet::Unread);
        }
        if let Some(wanted) = confirm.count()
            && typed != Some(wanted)
        {
            return Err(NotYet::Count { wanted });
        }
        for proposal in asked {
            match proposal.standing.objection(proposal.change.effect(), now) {
                Some(Objection::Blocked(why)) => return Err(NotYet::Blocked { why }),
                Some(Objection::Unseen) => return Err(NotYet::Unseen),
                None => {}
            }
            self.may_approve(proposal)?;
        }
        Ok(())
    }

    /// Whether this person may say yes to it as things stand: with a reason where one is asked for, and as one of two where
    /// there have to be two. `Some` names them when theirs is the first of two.
    fn may_approve(&self, proposal: &Proposal) -> Result<Option<Signer>, NotYet> {
        if proposal.confirm.wants_reason() && proposal.said.because.is_blank() {
            return Err(NotYet::Reason);
        }
        if !proposal.confirm.wants_second() {
            return Ok(None);
        }
        let me = self.me.as_ref().ok_or(NotYet::NotSignedIn)?;
        match &proposal.said.earlier {
            Some(earlier) if earlier.by.is_the_same_person(me) => {
                Err(NotYet::SamePerson { name: earlier.by.name.line().into_string() })
            }
            Some(_) => Ok(None),
            None if half::may_wait(&proposal.change) => Ok(Some(me.clone())),
            None => Err(NotYet::CannotWait),
        }
    }

    /// Ends one proposal by an answer that counts, after its card had been looked at for `dwell`. What lapsed or is not what
    /// was proposed is refused whatever the answer; a canary only tells what the answer says of it.
    pub(super) fn conclude(
        &mut self,
        id: ProposalId,
        verdict: Verdict,
        dwell: Duration,
        now: Duration,
    ) -> Option<Decision> {
        let half = match &verdict {
            Verdict::Approve { .. } => self.may_approve(self.proposal_of(id)?).ok()?,
            Verdict::Refuse { .. } | Verdict::Change { .. } => None,
        };
        let mut proposal = self.take(id)?;
        if now >= proposal.terms.expires {
            return self.refuse(proposal, RefusedBy::Expiry).map(Decision::Refused);
        }
        let seal = proposal.terms.seal(&proposal.change, &proposal.author);
        if !proposal.change.is_intact() || seal != proposal.terms.sealed {
            return self.refuse(proposal, RefusedBy::Tampering).map(Decision::Refused);
        }
        let by = match (verdict, proposal.nature) {
            (verdict, Nature::Canary(canary)) => {
                return Some(Decision::Canary(canary.answered(proposal.id, proposal.change, &verdict, dwell)));
            }
            (Verdict::Approve { .. }, Nature::Real(executable)) => {
                let Proposal { id, change, author, reason, confirm, terms, note, first, said, .. } = proposal;
                let Said { rules, because, earlier } = said;
                return Some(match half {
                    Some(by) => Decision::First(FirstYes { proposal: id, change, author, reason, because, by, rules }),
                    None => Decision::Go(Approved {
                        change,
                        proposal: id,
                        author,
                        reason,
                        terms: Box::new(terms),
                        note,
                        first: first.map(Box::new),
                        basis: Box::new(Basis {
                            confirm: Some(confirm),
                            rules,
                            because,
                            earlier,
                            _executable: executable,
                        }),
                    }),
                });
            }
            (Verdict::Refuse { reason }, nature @ Nature::Real(_)) => {
                proposal.nature = nature;
                RefusedBy::Person(reason)
            }
            (Verdict::Change { what }, nature @ Nature::Real(_)) => {
                proposal.nature = nature;
                RefusedBy::Changes(what)
            }
        };
        self.refuse(proposal, by).map(Decision::Refused)
    }

    /// A person's own small changes, approved by the very key press that asked for them (see [`Policy::is_small`]). One
    /// press covers at most [`Policy::MANY`] records.
    ///
    /// # Errors
    /// The changes come back where the policy wants a card: they are submitted then, like anything else.
    #[expect(clippy::needless_pass_by_value, reason = "a press answers once: it is spent here")]
    pub fn approve_own(
        &self,
        changes: Vec<Change>,
        reason: &Text,
        by: Press,
    ) -> Result<Vec<Approved<Change>>, Vec<Change>> {
        let Press { at: pressed } = by;
        let are_few = changes.len() as u64 <= Policy::MANY;
        if !are_few || !changes.iter().all(|change| self.policy.is_small(change) && change.is_intact()) {
            return Err(changes);
        }
        let approved = |change: Change| {
            let terms = Terms::new(&change, &self.org, &Author::Person, pressed + PATIENCE);
            Approved {
                proposal: ProposalId::new(),
                author: Author::Person,
                reason: reason.clone(),
                terms: Box::new(terms),
                change,
                note: String::new(),
                first: None,
                basis: Box::new(Basis {
                    confirm: None,
                    rules: Vec::new(),
                    because: Text::default(),
                    earlier: None,
                    _executable: Executable::wished(),
                }),
            }
        };
        Ok(changes.into_iter().map(approved).collect())
    }
}
