//! Owns the desk where changes wait for a person. Its `answer` is the only code that turns a key press into an
//! [`Approved`]. Pure: time is handed in, nothing is drawn, sent or stored. Does not paint the card; it is told when it was
//! painted.
//!
//! Refusal is the default: closing, expiry, an unknown id and a broken digest all refuse. One press answers one card, and
//! only a card that was painted, whole, before the key went down, and stood there for [`CALM`] since. The one exception is a
//! batch ([`batch`]): changes that differ only in whom they are about, all shown in one list that was painted to its end.
//!
//! What waits is kept in the order `line` gives it: soonest breach first, then the riskier, then first in, first out. The
//! one on screen stays the current one whatever arrives.

mod answer;
mod batch;
#[cfg(test)]
mod fixture;
mod line;
mod memory;
mod proposal;
#[cfg(test)]
mod tests;
mod verdict;

use std::time::Duration;

use super::{
    Change, Confirm, Policy, Ruling, Scene, Standing, Told,
    half::{Earlier, Signer, TakenUp},
    seal::Terms,
    vigilance::{Canary, Executable, Nature},
};
use crate::domain::{CustomerId, Text};
use line::Place;
use memory::Memory;
use proposal::{Painted, Said};

pub use answer::{Approved, CALM, Press};
pub use memory::Refused;
pub use proposal::{Author, Proposal, ProposalId};
pub use verdict::{Decision, Denied, NotYet, Refusal, RefusedBy, Verdict};

/// How long a proposal waits for an answer.
pub const PATIENCE: Duration = Duration::from_mins(10);

/// The longest a proposal is put off.
pub const LONGEST_REST: Duration = Duration::from_hours(1);

/// The desk: what waits, in order, and what was refused.
#[derive(Debug, Default)]
pub struct Desk {
    policy: Policy,
    org: String,
    /// Hosts the settings vouch for.
    hosts: Vec<String>,
    waiting: Vec<Proposal>,
    arrivals: u64,
    shown: Option<ProposalId>,
    batch: Option<batch::Batch>,
    /// When a key last answered a card, or tried to too soon.
    pressed: Option<Duration>,
    memory: Memory,
    me: Option<Signer>,
}

impl Desk {
    /// An empty desk that decides for no org: nothing it approves can be performed before [`Self::at`] named one.
    pub fn new() -> Self {
        Self::default()
    }

    /// An empty desk with these rules.
    pub fn with_policy(policy: Policy) -> Self {
        Self { policy, ..Self::default() }
    }

    /// The same desk, deciding for the org at this base URL: what is approved here is good there and nowhere else.
    #[must_use]
    pub fn at(self, org: &str) -> Self {
        Self { org: org.to_owned(), ..self }
    }

    /// The same desk, to which links and addresses of these hosts are nothing new.
    #[must_use]
    pub fn knowing(self, hosts: Vec<String>) -> Self {
        Self { hosts, ..self }
    }

    /// Puts a change before the person.
    pub fn submit(
        &mut self,
        change: Change,
        author: Author,
        reason: Text,
        now: Duration,
    ) -> Result<ProposalId, Denied> {
        self.memory.check(&change, &author)?;
        let place = self.arrived();
        let proposal = self.proposal(change, author, reason, place, now)?;
        let id = proposal.id;
        self.waiting.push(proposal);
        Ok(id)
    }

    fn proposal(
        &self,
        change: Change,
        author: Author,
        reason: Text,
        place: Place,
        now: Duration,
    ) -> Result<Proposal, Denied> {
        let (confirm, rules) = match self.policy.rule(&change) {
            Ruling::OnlyReads => return Err(Denied::OnlyReads),
            Ruling::Denied { rule } => return Err(Denied::ByPolicy { rule }),
            Ruling::Card { confirm, rules } => (confirm, rules),
        };
        let id = ProposalId::new();
        let terms = Terms::new(&change, &self.org, &author, now + PATIENCE);
        let standing = Standing::of(&change, &self.hosts);
        Ok(Proposal {
            id,
            change,
            author,
            reason,
            confirm,
            terms,
            painted: None,
            place,
            first: None,
            note: String::new(),
            standing,
            said: Said::of(rules),
            nature: Nature::Real(Executable::wished()),
        })
    }

    /// The place of what comes now.
    fn arrived(&mut self) -> Place {
        self.arrivals += 1;
        Place::new(self.arrivals)
    }

    /// Tells the desk who sits here: two persons have to be two.
    pub fn signed_in(&mut self, me: Signer) {
        self.me = Some(me);
    }

    /// The rules.
    pub fn policy(&self) -> &Policy {
        &self.policy
    }

    /// Puts a change to which one person said yes before the second, as long as the rules of now let it be asked for.
    pub fn take_up(&mut self, half: TakenUp, seq: u64, now: Duration) -> Result<ProposalId, Denied> {
        let TakenUp { proposal: id, change, author, reason, by, rules } = half;
        let place = self.arrived();
        let proposal = self.proposal(change, author, reason, place, now)?;
        let confirm = Confirm::Two { count: proposal.confirm.count() };
        let said = Said { earlier: Some(Earlier { by, seq }), ..Said::of(rules) };
        self.waiting.push(Proposal { id, confirm, said, ..proposal });
        Ok(id)
    }

    /// Puts a canary before the person, where the policy would let such a change come to them.
    pub fn submit_canary(
        &mut self,
        canary: Canary,
        change: Change,
        author: Author,
        reason: Text,
        now: Duration,
    ) -> Result<ProposalId, Denied> {
        let place = self.arrived();
        let mut proposal = self.proposal(change, author, reason, place, now)?;
        proposal.nature = Nature::Canary(canary);
        let id = proposal.id;
        self.waiting.push(proposal);
        Ok(id)
    }

    /// Why the person approves, in their words: some cards ask for it.
    pub fn because(&mut self, id: ProposalId, words: Text) {
        if let Some(proposal) = self.proposal_mut(id) {
            proposal.said.because = words;
        }
    }

    /// One that waits.
    pub fn proposal_of(&self, id: ProposalId) -> Option<&Proposal> {
        self.waiting.iter().find(|proposal| proposal.id == id)
    }

    fn proposal_mut(&mut self, id: ProposalId) -> Option<&mut Proposal> {
        self.waiting.iter_mut().find(|proposal| proposal.id == id)
    }

    /// How many wait, the current one and those put off included.
    pub fn len(&self) -> usize {
        self.waiting.len()
    }

    /// Whether nothing waits.
    pub fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    /// Tells the desk that the card was on screen at `at`, and whether its last line was.
    pub fn painted(&mut self, id: ProposalId, at: Duration, to_the_end: bool) {
        if let Some(proposal) = self.proposal_mut(id) {
            let first = proposal.painted.get_or_insert(Painted { at, to_the_end });
            first.to_the_end |= to_the_end;
        }
    }

    /// Keeps what the author is to be told along with a yes.
    pub fn annotate(&mut self, id: ProposalId, note: &str) {
        if let Some(proposal) = self.proposal_mut(id) {
            note.trim().clone_into(&mut proposal.note);
        }
    }

    /// Tells the desk how things stand around a proposal, or why that could not be read. Where that is not what the card
    /// said, the card has to be painted, and read, again, and so has a list it stands in; a request that cannot work any
    /// more is refused.
    pub fn stands(&mut self, id: ProposalId, seen: Result<Scene, String>, now: Duration) -> (Told, Option<Refusal>) {
        let Some(proposal) = self.waiting.iter_mut().find(|proposal| proposal.id == id) else {
            return (Told::Same, None);
        };
        let told = match seen {
            Ok(scene) => proposal.standing.hear(&proposal.change, &self.hosts, scene, now),
            Err(why) => proposal.standing.fail(&why),
        };
        let refusal = match &told {
            Told::Same => None,
            Told::Moved => {
                proposal.painted = None;
                self.batch_moved(id);
                None
            }
            Told::Void(why) => self.withdraw_where(&RefusedBy::Moved(why.clone()), |proposal| proposal.id == id).pop(),
        };
        (told, refusal)
    }

    /// Replaces a proposal by its edited form, at the same place in the line, unpainted. The old one is gone.
    pub fn amend(&mut self, id: ProposalId, change: Change, now: Duration) -> Result<ProposalId, NotYet> {
        let at = self.waiting.iter().position(|proposal| proposal.id == id).ok_or(NotYet::Gone)?;
        let old = &self.waiting[at];
        let (author, reason, place) = (old.author.clone(), old.reason.clone(), old.place.clone());
        let (first, note) = (old.first.clone().unwrap_or_else(|| old.change.clone()), old.note.clone());
        let mut new = Proposal {
            first: Some(first),
            note,
            ..self.proposal(change, author, reason, place, now).map_err(|_| NotYet::Gone)?
        };
        let new_id = new.id;
        // What it is stays what it is: an edited canary is a canary.
        std::mem::swap(&mut new.nature, &mut self.waiting[at].nature);
        self.waiting[at] = new;
        if self.shown == Some(id) {
            self.shown = Some(new_id);
        }
        Ok(new_id)
    }

    /// Refuses what nobody answered in time, and lets what was put off come back.
    pub fn expire(&mut self, now: Duration) -> Vec<Refusal> {
        self.wake(now);
        self.withdraw_where(&RefusedBy::Expiry, |proposal| now >= proposal.terms.expires)
    }

    /// Refuses one proposal that was closed without an answer (its turn was cancelled).
    pub fn withdraw(&mut self, id: ProposalId) -> Option<Refusal> {
        self.withdraw_where(&RefusedBy::Closing, |proposal| proposal.id == id).pop()
    }

    /// Refuses what the assistant wants done to a customer: their window is closing, and the requests may hold what it
    /// showed.
    pub fn withdraw_about(&mut self, customer: &CustomerId) -> Vec<Refusal> {
        self.withdraw_where(&RefusedBy::Closing, |proposal| {
            matches!(proposal.author, Author::Assistant { .. })
                && proposal.change.subject().customer.as_ref() == Some(customer)
        })
    }

    /// Refuses everything that waits: the console is quitting.
    pub fn close(&mut self) -> Vec<Refusal> {
        self.withdraw_where(&RefusedBy::Closing, |_| true)
    }

    fn withdraw_where(&mut self, by: &RefusedBy, which: impl Fn(&Proposal) -> bool) -> Vec<Refusal> {
        let ids: Vec<ProposalId> = self.waiting.iter().filter(|proposal| which(proposal)).map(|p| p.id).collect();
        let taken: Vec<Proposal> = ids.into_iter().filter_map(|id| self.take(id)).collect();
        taken.into_iter().filter_map(|proposal| self.refuse(proposal, by.clone())).collect()
    }

    fn take(&mut self, id: ProposalId) -> Option<Proposal> {
        let at = self.waiting.iter().position(|proposal| proposal.id == id)?;
        if self.shown == Some(id) {
            self.shown = None;
        }
        Some(self.waiting.remove(at))
    }

    fn refuse(&mut self, proposal: Proposal, by: RefusedBy) -> Option<Refusal> {
        // A canary nobody answered tells nothing and refuses nothing.
        if matches!(proposal.nature, Nature::Canary(_)) {
            return None;
        }
        let Proposal { id, change, author, confirm, said, .. } = proposal;
        let refusal = Refusal { proposal: id, change, author, by, asked: (confirm, said.rules) };
        self.memory.keep(&refusal);
        Some(refusal)
    }

    /// Takes over what was refused earlier in this shift, before the console was started anew.
    pub fn recall(&mut self, refused: super::Refused) {
        self.memory.recall(refused);
    }
}
