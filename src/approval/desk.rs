//! Owns the desk where changes wait for a person, and the only code that turns a key press into an [`Approved`]. Pure:
//! time is handed in, nothing is drawn, sent or stored. Does not paint the card; it is told when it was painted.
//!
//! Refusal is the default: closing, expiry, an unknown id and a broken digest all refuse. One press answers one card, and
//! only a card that was painted, whole, before the key went down, and stood there for [`CALM`] since. The one exception is a
//! batch ([`batch`]): changes that differ only in whom they are about, all shown in one list that was painted to its end.
//!
//! What waits is kept in the order `line` gives it: soonest breach first, then the riskier, then first in, first out. The
//! one on screen stays the current one whatever arrives.

mod batch;
mod line;
mod memory;
#[cfg(test)]
mod tests;

use std::{fmt, time::Duration};

use uuid::Uuid;

use super::{
    Change, Confirm, Policy, Ruling, Scene, Standing, Told,
    half::{self, Earlier, FirstYes, Signer, TakenUp},
    seal::Terms,
    standing::Objection,
    vigilance::{Answered, Canary, Executable, Nature},
};
use crate::domain::{CustomerId, Text};
use line::Place;
use memory::Memory;

pub use memory::Refused;

/// How long a proposal waits for an answer.
pub const PATIENCE: Duration = Duration::from_mins(10);

/// How long a card stands before it takes an answer, and how long the keys must have been quiet after one that did not
/// count: nobody reads faster, a second press of the same finger does not reach the next card, and a key that is held down
/// (terminals repeat it many times a second) answers nothing at all.
pub const CALM: Duration = Duration::from_millis(300);

/// The longest a proposal is put off.
pub const LONGEST_REST: Duration = Duration::from_hours(1);

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

/// Names one proposal, for good: it also is the idempotency key of what becomes of it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ProposalId(Uuid);

impl ProposalId {
    /// One that was written down.
    pub(super) fn parse(text: &str) -> Option<Self> {
        Uuid::try_parse(text).ok().map(Self)
    }
}

impl fmt::Display for ProposalId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0.simple())
    }
}

impl fmt::Debug for ProposalId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

/// Who wants it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Author {
    /// The person at this console.
    Person,
    /// The assistant, through a model of this name.
    Assistant {
        /// The model's name as its endpoint gives it.
        model: String,
    },
}

impl fmt::Display for Author {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Person => f.write_str("you"),
            Self::Assistant { model } => write!(f, "assistant ({model})"),
        }
    }
}

/// A change somebody wants, waiting.
#[derive(Debug)]
pub struct Proposal {
    id: ProposalId,
    change: Change,
    author: Author,
    reason: Text,
    confirm: Confirm,
    terms: Terms,
    painted: Option<Painted>,
    place: Place,
    first: Option<Change>,
    note: String,
    standing: Standing,
    said: Said,
    nature: Nature,
}

/// What the policy said of a proposal, and what persons said.
#[derive(Debug)]
struct Said {
    rules: Vec<String>,
    because: Text,
    earlier: Option<Earlier>,
}

impl Said {
    fn of(rules: Vec<String>) -> Self {
        Self { rules, because: Text::default(), earlier: None }
    }
}

#[derive(Clone, Copy, Debug)]
struct Painted {
    at: Duration,
    to_the_end: bool,
}

impl Proposal {
    /// Its name.
    pub fn id(&self) -> ProposalId {
        self.id
    }

    /// The exact change.
    pub fn change(&self) -> &Change {
        &self.change
    }

    /// Who wants it.
    pub fn author(&self) -> &Author {
        &self.author
    }

    /// Why, in the author's words: untrusted.
    pub fn reason(&self) -> &Text {
        &self.reason
    }

    /// What a yes takes.
    pub fn confirm(&self) -> Confirm {
        self.confirm
    }

    /// How it stands to the desk as it is now.
    pub fn standing(&self) -> &Standing {
        &self.standing
    }

    /// The rules of the policy that ask more than the floor.
    pub fn rules(&self) -> &[String] {
        &self.said.rules
    }

    /// Who said yes before, where two persons have to.
    pub fn earlier(&self) -> Option<&Earlier> {
        self.said.earlier.as_ref()
    }

    /// Who wants it, by name where that is not the person who reads this.
    pub fn wanted_by(&self) -> String {
        match (&self.author, &self.said.earlier) {
            (Author::Person, Some(earlier)) => earlier.by.name.line().into_string(),
            (author, _) => author.to_string(),
        }
    }

    /// Time left before it lapses.
    pub fn remaining(&self, now: Duration) -> Duration {
        self.terms.expires.saturating_sub(now)
    }

    /// How long it is still put off; `None` when it is not.
    pub fn rests(&self, now: Duration) -> Option<Duration> {
        self.place.rests_until.map(|until| until.saturating_sub(now))
    }

    /// When the conversation it concerns breaches its SLA, as last known.
    pub fn due(&self) -> Option<jiff::Timestamp> {
        self.place.due
    }

    /// The change as it was first proposed, where a person edited it since.
    pub fn first(&self) -> Option<&Change> {
        self.first.as_ref()
    }

    /// What the person wants the author to be told along with a yes.
    pub fn note(&self) -> &str {
        &self.note
    }

    /// Whether its card has been drawn to its end.
    pub fn was_read(&self) -> bool {
        self.painted.is_some_and(|painted| painted.to_the_end)
    }
}

/// A person's answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Yes; with the count that was typed where one is asked for.
    Approve {
        /// The number typed on the card.
        typed: Option<u64>,
    },
    /// No, and why; the words reach the author as they are.
    Refuse {
        /// May be empty.
        reason: String,
    },
    /// Not like this: nothing is done, and the author is told what to change.
    Change {
        /// What has to be different.
        what: String,
    },
}

/// Permission to perform one change once.
#[derive(Debug, PartialEq, Eq)]
pub struct Approved<C> {
    pub(super) change: C,
    pub(super) proposal: ProposalId,
    pub(super) author: Author,
    pub(super) reason: Text,
    pub(super) terms: Box<Terms>,
    pub(super) note: String,
    pub(super) first: Option<Box<Change>>,
    pub(super) basis: Box<Basis>,
}

/// On what an approval rests, for the trail.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Basis {
    pub(super) confirm: Option<Confirm>,
    pub(super) rules: Vec<String>,
    pub(super) because: Text,
    pub(super) earlier: Option<Earlier>,
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

/// Who or what said no.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RefusedBy {
    /// The person, with these words.
    Person(String),
    /// The person, who wants it changed like this.
    Changes(String),
    /// Nobody answered in time.
    Expiry,
    /// It was closed unanswered: the turn was cancelled or the console was quit.
    Closing,
    /// The change no longer matched its digest.
    Tampering,
    /// What it was made for is not there any more; why.
    Moved(String),
}

/// A no, with what it was about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// Which proposal.
    pub proposal: ProposalId,
    /// What will not happen.
    pub change: Change,
    /// Who wanted it.
    pub author: Author,
    /// Who said no.
    pub by: RefusedBy,
    /// What the policy asked for, and the rules that made it.
    pub asked: (Confirm, Vec<String>),
}

impl Refusal {
    /// The reason, in words for the author and the model.
    pub fn why(&self) -> String {
        match &self.by {
            RefusedBy::Person(reason) if reason.trim().is_empty() => "the person refused".to_owned(),
            RefusedBy::Person(reason) => reason.clone(),
            RefusedBy::Changes(what) => format!("the person asks for changes: {what}"),
            RefusedBy::Expiry => "nobody answered in time".to_owned(),
            RefusedBy::Closing => "it was closed without an answer".to_owned(),
            RefusedBy::Tampering => "the request no longer was what had been proposed".to_owned(),
            RefusedBy::Moved(why) => why.clone(),
        }
    }
}

/// What came of an answer.
#[derive(Debug, PartialEq, Eq)]
pub enum Decision {
    /// Yes: take it to a writer.
    Go(Approved<Change>),
    /// No: tell the author.
    Refused(Refusal),
    /// The first of two yeses: write it down, and tell the author that a second person is waited for.
    First(FirstYes),
    /// It was a canary: nothing is done, whatever was answered. Tell the person.
    Canary(Answered),
}

/// Why an answer does not count yet. The card stays as it was.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotYet {
    /// There is no such proposal any more.
    #[error("this card was already answered")]
    Gone,
    /// The key went down before the card was on screen.
    #[error("that key came before the card was drawn; press it again")]
    TooEarly,
    /// The card had only just come, or another key had gone down a moment before.
    #[error("that key came too soon after the card, or after another key; let go, then press it again")]
    TooSoon,
    /// A batch is no longer what was painted.
    #[error("what is alike has changed since; look at the list again")]
    Changed,
    /// The author has to be told what to change.
    #[error("say what is to be different")]
    Wordless,
    /// Part of the content has not been on screen.
    #[error("scroll to the end of the card first")]
    Unread,
    /// The typed count is missing or wrong.
    #[error("type {wanted}, the number of records, to approve")]
    Count {
        /// What has to be typed.
        wanted: u64,
    },
    /// It sends or deletes, and how things stand at the desk is not known.
    #[error("it cannot count before the desk was read again: what it answers to may have moved")]
    Unseen,
    /// It would tell somebody what is another's.
    #[error("this cannot be approved as it is ({why}); edit it or refuse it")]
    Blocked {
        /// What stops it.
        why: String,
    },
    /// The policy wants the person's own reason.
    #[error("say why you approve: the policy asks for a reason here")]
    Reason,
    /// Two persons have to say yes, and who this one is nobody knows yet.
    #[error("two persons have to approve, and who you are is not known yet; try again")]
    NotSignedIn,
    /// Two persons have to say yes, and this one did already.
    #[error("two persons have to approve this, and {name} did before: another user has to give the second yes")]
    SamePerson {
        /// Who.
        name: String,
    },
    /// Two persons have to say yes, and the request may not wait on disk for the second.
    #[error("it holds personal values, or rows of a bulk plan, which do not wait for a second person")]
    CannotWait,
}

/// Why a change never became a proposal.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Denied {
    /// The person refused exactly this request before in this shift.
    #[error("refused before ({reason}); the same request cannot be asked for again")]
    RefusedBefore {
        /// What was said then.
        reason: String,
    },
    /// The person asked for changes, and the request came back without any.
    #[error("changes were asked for ({what}), and the request came back as it was")]
    Unchanged {
        /// What was to be different.
        what: String,
    },
    /// A read needs no approval and is not taken here.
    #[error("a read needs no approval")]
    OnlyReads,
    /// A rule of the policy says no.
    #[error("the policy does not allow it (rule {rule:?})")]
    ByPolicy {
        /// Which rule.
        rule: String,
    },
}

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
        let id = ProposalId(Uuid::now_v7());
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
    fn calm(&mut self, painted: Option<Painted>, pressed: Duration) -> Result<Painted, NotYet> {
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
    fn demands(
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
    fn conclude(&mut self, id: ProposalId, verdict: Verdict, dwell: Duration, now: Duration) -> Option<Decision> {
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
                proposal: ProposalId(Uuid::now_v7()),
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
