//! Owns the desk where changes wait for a person, and the only code that turns a key press into an [`Approved`]. Pure:
//! time is handed in, nothing is drawn, sent or stored. Does not paint the card; it is told when it was painted.
//!
//! Refusal is the default: closing, expiry, an unknown id and a broken digest all refuse. One press answers one card, and
//! only a card that was painted, whole, before the key went down.

use std::{collections::VecDeque, fmt, time::Duration};

use uuid::Uuid;

use super::{
    Change, Confirm, Digest, Policy, Ruling,
    half::{self, Earlier, FirstYes, Signer, TakenUp},
    vigilance::{Answered, Canary, Executable, Nature},
};
use crate::domain::{CustomerId, Text};

/// How long a proposal waits for an answer.
pub const PATIENCE: Duration = Duration::from_mins(10);

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
    expires: Duration,
    painted: Option<Painted>,
    terms: Terms,
    nature: Nature,
}

/// What a proposal carries besides: what the policy said of it and what persons said.
#[derive(Debug)]
struct Terms {
    rules: Vec<String>,
    because: Text,
    first: Option<Earlier>,
}

impl Terms {
    fn of(rules: Vec<String>) -> Self {
        Self { rules, because: Text::default(), first: None }
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

    /// The rules of the policy that ask more than the floor.
    pub fn rules(&self) -> &[String] {
        &self.terms.rules
    }

    /// Who said yes before, where two persons have to.
    pub fn first(&self) -> Option<&Earlier> {
        self.terms.first.as_ref()
    }

    /// Who wants it, by name where that is not the person who reads this.
    pub fn wanted_by(&self) -> String {
        match (&self.author, &self.terms.first) {
            (Author::Person, Some(first)) => first.by.name.line().into_string(),
            (author, _) => author.to_string(),
        }
    }

    /// Time left before it lapses.
    pub fn remaining(&self, now: Duration) -> Duration {
        self.expires.saturating_sub(now)
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
}

/// Permission to perform one change once.
#[derive(Debug, PartialEq, Eq)]
pub struct Approved<C> {
    pub(super) change: C,
    pub(super) proposal: ProposalId,
    pub(super) author: Author,
    pub(super) reason: Text,
    pub(super) digest: Digest,
    pub(super) basis: Basis,
}

/// On what an approval rests, for the trail.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Basis {
    pub(super) confirm: Option<Confirm>,
    pub(super) rules: Vec<String>,
    pub(super) because: Text,
    pub(super) first: Option<Earlier>,
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
}

/// Who or what said no.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RefusedBy {
    /// The person, with these words.
    Person(String),
    /// Nobody answered in time.
    Expiry,
    /// It was closed unanswered: the turn was cancelled or the console was quit.
    Closing,
    /// The change no longer matched its digest.
    Tampering,
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
            RefusedBy::Expiry => "nobody answered in time".to_owned(),
            RefusedBy::Closing => "it was closed without an answer".to_owned(),
            RefusedBy::Tampering => "the request no longer was what had been proposed".to_owned(),
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
    /// Part of the content has not been on screen.
    #[error("scroll to the end of the card first")]
    Unread,
    /// The typed count is missing or wrong.
    #[error("type {wanted}, the number of records, to approve")]
    Count {
        /// What has to be typed.
        wanted: u64,
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
    #[error("it holds personal values, which never wait on disk for a second person")]
    CannotWait,
}

/// Why a change never became a proposal.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Denied {
    /// The person refused exactly this request before in this sitting.
    #[error("refused before ({reason}); the same request cannot be asked for again")]
    RefusedBefore {
        /// What was said then.
        reason: String,
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

/// The desk. First in, first out; says how many wait.
#[derive(Debug, Default)]
pub struct Desk {
    policy: Policy,
    waiting: VecDeque<Proposal>,
    refused: Vec<(Digest, String)>,
    me: Option<Signer>,
}

impl Desk {
    /// An empty desk.
    pub fn new() -> Self {
        Self::default()
    }

    /// An empty desk with these rules.
    pub fn with_policy(policy: Policy) -> Self {
        Self { policy, ..Self::default() }
    }

    /// Puts a change before the person.
    pub fn submit(
        &mut self,
        change: Change,
        author: Author,
        reason: Text,
        now: Duration,
    ) -> Result<ProposalId, Denied> {
        if let Some((_, reason)) = self.refused.iter().find(|(digest, _)| *digest == change.digest()) {
            return Err(Denied::RefusedBefore { reason: reason.clone() });
        }
        let proposal = self.proposal(change, author, reason, now)?;
        let id = proposal.id;
        self.waiting.push_back(proposal);
        Ok(id)
    }

    fn proposal(&self, change: Change, author: Author, reason: Text, now: Duration) -> Result<Proposal, Denied> {
        let (confirm, rules) = match self.policy.rule(&change) {
            Ruling::OnlyReads => return Err(Denied::OnlyReads),
            Ruling::Denied { rule } => return Err(Denied::ByPolicy { rule }),
            Ruling::Card { confirm, rules } => (confirm, rules),
        };
        let (id, terms) = (ProposalId(Uuid::now_v7()), Terms::of(rules));
        let nature = Nature::Real(Executable::wished());
        Ok(Proposal { id, change, author, reason, confirm, expires: now + PATIENCE, painted: None, terms, nature })
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
        let proposal = self.proposal(change, author, reason, now)?;
        let confirm = Confirm::Two { count: proposal.confirm.count() };
        let terms = Terms { first: Some(Earlier { by, seq }), ..Terms::of(rules) };
        self.waiting.push_back(Proposal { id, confirm, terms, ..proposal });
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
        let mut proposal = self.proposal(change, author, reason, now)?;
        proposal.nature = Nature::Canary(canary);
        let id = proposal.id;
        self.waiting.push_back(proposal);
        Ok(id)
    }

    /// Why the person approves, in their words: some cards ask for it.
    pub fn because(&mut self, id: ProposalId, words: Text) {
        if let Some(proposal) = self.waiting.iter_mut().find(|proposal| proposal.id == id) {
            proposal.terms.because = words;
        }
    }

    /// The card to show: the one that waited longest.
    pub fn current(&self) -> Option<&Proposal> {
        self.waiting.front()
    }

    /// How many wait, the current one included.
    pub fn len(&self) -> usize {
        self.waiting.len()
    }

    /// Whether nothing waits.
    pub fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    /// Tells the desk that the card was on screen at `at`, and whether its last line was.
    pub fn painted(&mut self, id: ProposalId, at: Duration, to_the_end: bool) {
        if let Some(proposal) = self.waiting.iter_mut().find(|proposal| proposal.id == id) {
            let first = proposal.painted.get_or_insert(Painted { at, to_the_end });
            first.to_the_end |= to_the_end;
        }
    }

    /// The one place where a wish becomes permission.
    #[expect(clippy::needless_pass_by_value, reason = "a press answers one card: it is spent here")]
    pub fn decide(&mut self, id: ProposalId, verdict: Verdict, by: Press, now: Duration) -> Result<Decision, NotYet> {
        let Press { at: pressed } = by;
        let proposal = self.waiting.iter().find(|proposal| proposal.id == id).ok_or(NotYet::Gone)?;
        let painted = proposal.painted.filter(|painted| pressed > painted.at).ok_or(NotYet::TooEarly)?;
        let mut half = None;
        if let Verdict::Approve { typed } = &verdict {
            if !painted.to_the_end {
                return Err(NotYet::Unread);
            }
            if let Some(wanted) = proposal.confirm.count()
                && *typed != Some(wanted)
            {
                return Err(NotYet::Count { wanted });
            }
            half = self.may_approve(proposal)?;
        }
        let proposal = self.take(id).ok_or(NotYet::Gone)?;
        if now >= proposal.expires {
            return Ok(Decision::Refused(self.refuse(proposal, RefusedBy::Expiry)));
        }
        if !proposal.change.is_intact() {
            return Ok(Decision::Refused(self.refuse(proposal, RefusedBy::Tampering)));
        }
        let Proposal { nature, .. } = proposal;
        let executable = match nature {
            Nature::Real(executable) => executable,
            Nature::Canary(canary) => {
                let dwell = pressed.saturating_sub(painted.at);
                return Ok(Decision::Canary(canary.answered(proposal.id, proposal.change, &verdict, dwell)));
            }
        };
        match verdict {
            Verdict::Refuse { reason } => {
                let proposal = Proposal { nature: Nature::Real(executable), ..proposal };
                Ok(Decision::Refused(self.refuse(proposal, RefusedBy::Person(reason))))
            }
            Verdict::Approve { .. } => {
                let Proposal { id, change, author, reason, confirm, terms: Terms { rules, because, first }, .. } =
                    proposal;
                Ok(match half {
                    Some(by) => Decision::First(FirstYes { proposal: id, change, author, reason, because, by, rules }),
                    None => Decision::Go(Approved {
                        digest: change.digest(),
                        change,
                        proposal: id,
                        author,
                        reason,
                        basis: Basis { confirm: Some(confirm), rules, because, first, _executable: executable },
                    }),
                })
            }
        }
    }

    /// Whether this person may say yes to it as things stand: with a reason where one is asked for, and as one of two where
    /// there have to be two. `Some` names them when theirs is the first of two.
    fn may_approve(&self, proposal: &Proposal) -> Result<Option<Signer>, NotYet> {
        if proposal.confirm.wants_reason() && proposal.terms.because.is_blank() {
            return Err(NotYet::Reason);
        }
        if !proposal.confirm.wants_second() {
            return Ok(None);
        }
        let me = self.me.as_ref().ok_or(NotYet::NotSignedIn)?;
        match &proposal.terms.first {
            Some(first) if first.by.is_the_same_person(me) => {
                Err(NotYet::SamePerson { name: first.by.name.line().into_string() })
            }
            Some(_) => Ok(None),
            None if half::may_wait(&proposal.change) => Ok(Some(me.clone())),
            None => Err(NotYet::CannotWait),
        }
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
        let Press { at: _ } = by;
        let are_few = changes.len() as u64 <= Policy::MANY;
        if !are_few || !changes.iter().all(|change| self.policy.is_small(change) && change.is_intact()) {
            return Err(changes);
        }
        let approved = |change: Change| Approved {
            digest: change.digest(),
            change,
            proposal: ProposalId(Uuid::now_v7()),
            author: Author::Person,
            reason: reason.clone(),
            basis: Basis {
                confirm: None,
                rules: Vec::new(),
                because: Text::default(),
                first: None,
                _executable: Executable::wished(),
            },
        };
        Ok(changes.into_iter().map(approved).collect())
    }

    /// Replaces a proposal by its edited form, at the same place in the line, unpainted. The old one is gone.
    pub fn amend(&mut self, id: ProposalId, change: Change, now: Duration) -> Result<ProposalId, NotYet> {
        let place = self.waiting.iter().position(|proposal| proposal.id == id).ok_or(NotYet::Gone)?;
        let old = &self.waiting[place];
        let (author, reason) = (old.author.clone(), old.reason.clone());
        let mut new = self.proposal(change, author, reason, now).map_err(|_| NotYet::Gone)?;
        let new_id = new.id;
        let old = &mut self.waiting[place];
        // What it is stays what it is: an edited canary is a canary.
        std::mem::swap(&mut new.nature, &mut old.nature);
        self.waiting[place] = new;
        Ok(new_id)
    }

    /// Refuses what nobody answered in time.
    pub fn expire(&mut self, now: Duration) -> Vec<Refusal> {
        self.withdraw_where(&RefusedBy::Expiry, |proposal| now >= proposal.expires)
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
        ids.into_iter()
            .filter_map(|id| self.take(id))
            // A canary nobody answered tells nothing and refuses nothing.
            .filter(|proposal| matches!(proposal.nature, Nature::Real(_)))
            .collect::<Vec<_>>()
            .into_iter()
            .map(|proposal| self.refuse(proposal, by.clone()))
            .collect()
    }

    fn take(&mut self, id: ProposalId) -> Option<Proposal> {
        let place = self.waiting.iter().position(|proposal| proposal.id == id)?;
        self.waiting.remove(place)
    }

    fn refuse(&mut self, proposal: Proposal, by: RefusedBy) -> Refusal {
        let Proposal { id, change, author, confirm, terms, .. } = proposal;
        let refusal = Refusal { proposal: id, change, author, by, asked: (confirm, terms.rules) };
        if matches!(refusal.by, RefusedBy::Person(_)) {
            self.refused.push((refusal.change.digest(), refusal.why()));
        }
        refusal
    }
}

#[cfg(test)]
mod tests {
    use super::{super::change::tests::note, *};
    use crate::approval::{ChangeParts, Effect, Operation, Subject};

    const fn at(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    fn approve() -> Verdict {
        Verdict::Approve { typed: None }
    }

    fn desk_with(change: Change) -> (Desk, ProposalId) {
        let mut desk = Desk::new();
        let id = desk.submit(change, Author::Person, Text::new("because"), at(0)).expect("a write may be proposed");
        (desk, id)
    }

    #[test]
    fn a_key_after_the_paint_approves_exactly_what_was_shown() {
        let (mut desk, id) = desk_with(note("hello"));
        desk.painted(id, at(1), true);
        let decision = desk.decide(id, approve(), Press::from_terminal(at(2)), at(2)).expect("it counts");
        let Decision::Go(approved) = decision else { unreachable!("approved") };
        assert_eq!(approved.change(), &note("hello"));
        assert_eq!(desk.decide(id, approve(), Press::from_terminal(at(3)), at(3)), Err(NotYet::Gone));
    }

    #[test]
    fn a_key_before_or_at_the_paint_does_not_count() {
        let (mut desk, id) = desk_with(note("hello"));
        assert_eq!(desk.decide(id, approve(), Press::from_terminal(at(1)), at(1)), Err(NotYet::TooEarly));
        desk.painted(id, at(2), true);
        assert_eq!(desk.decide(id, approve(), Press::from_terminal(at(2)), at(2)), Err(NotYet::TooEarly));
        assert_eq!(desk.len(), 1);
    }

    #[test]
    fn what_does_not_fit_must_be_read_to_its_end_before_a_yes_but_not_before_a_no() {
        let (mut desk, id) = desk_with(note("hello"));
        desk.painted(id, at(1), false);
        assert_eq!(desk.decide(id, approve(), Press::from_terminal(at(2)), at(2)), Err(NotYet::Unread));
        desk.painted(id, at(3), true);
        assert!(matches!(desk.decide(id, approve(), Press::from_terminal(at(4)), at(4)), Ok(Decision::Go(_))));
    }

    #[test]
    fn many_records_want_their_number_typed() {
        let bulk = Change::new(ChangeParts {
            effect: Effect::Bulk,
            operation: Operation::CreateKobjects,
            subject: Subject::default(),
            requests: vec![],
            count: 188,
            summary: String::new(),
            warnings: vec![],
            editable: None,
            before: vec![],
        });
        let (mut desk, id) = desk_with(bulk);
        desk.painted(id, at(1), true);
        let answer =
            |desk: &mut Desk, typed| desk.decide(id, Verdict::Approve { typed }, Press::from_terminal(at(2)), at(2));
        assert_eq!(answer(&mut desk, None), Err(NotYet::Count { wanted: 188 }));
        assert_eq!(answer(&mut desk, Some(200)), Err(NotYet::Count { wanted: 188 }));
        assert!(matches!(answer(&mut desk, Some(188)), Ok(Decision::Go(_))));
    }

    #[test]
    fn an_expired_proposal_is_refused_whatever_the_key() {
        let (mut desk, id) = desk_with(note("hello"));
        desk.painted(id, at(1), true);
        let late = PATIENCE + at(1);
        let decision = desk.decide(id, approve(), Press::from_terminal(late), late).expect("an answer");
        assert!(matches!(decision, Decision::Refused(Refusal { by: RefusedBy::Expiry, .. })));
    }

    #[test]
    fn a_refused_request_cannot_come_back_unchanged() {
        let (mut desk, id) = desk_with(note("hello"));
        desk.painted(id, at(1), true);
        let verdict = Verdict::Refuse { reason: "wrong customer".into() };
        desk.decide(id, verdict, Press::from_terminal(at(2)), at(2)).expect("a refusal counts");
        let again = desk.submit(note("hello"), Author::Person, Text::default(), at(3));
        assert_eq!(again, Err(Denied::RefusedBefore { reason: "wrong customer".into() }));
        assert!(desk.submit(note("hello again"), Author::Person, Text::default(), at(3)).is_ok());
    }

    #[test]
    fn an_edit_voids_the_paint_and_the_id_it_replaces() {
        let (mut desk, id) = desk_with(note("hello"));
        desk.painted(id, at(1), true);
        let edited = desk.amend(id, note("bye"), at(2)).expect("it waits");
        assert_eq!(desk.decide(id, approve(), Press::from_terminal(at(3)), at(3)), Err(NotYet::Gone));
        assert_eq!(desk.decide(edited, approve(), Press::from_terminal(at(3)), at(3)), Err(NotYet::TooEarly));
    }

    #[test]
    fn a_second_card_never_inherits_the_first_ones_key() {
        let (mut desk, first) = desk_with(note("one"));
        let second = desk.submit(note("two"), Author::Person, Text::default(), at(0)).expect("a second may wait");
        desk.painted(first, at(1), true);
        assert_eq!(desk.decide(second, approve(), Press::from_terminal(at(2)), at(2)), Err(NotYet::TooEarly));
        assert_eq!(desk.current().map(Proposal::id), Some(first));
    }

    fn triage(body: &serde_json::Value, effect: Effect) -> Change {
        let label = "PATCH /v1/conversations/{id}";
        Change::new(ChangeParts {
            effect,
            operation: Operation::Listed { label, words: "update a conversation" },
            subject: Subject::default(),
            requests: vec![crate::approval::Request {
                method: crate::transport::Method::Patch,
                path: "/v1/conversations/66a1".into(),
                body: Some(body.clone()),
            }],
            count: 1,
            summary: String::new(),
            warnings: vec![],
            editable: None,
            before: vec![],
        })
    }

    #[test]
    fn a_key_approves_its_own_small_changes_and_nothing_else() {
        let desk = Desk::new();
        let ask = |desk: &Desk, changes: Vec<Change>| {
            desk.approve_own(changes, &Text::default(), Press::from_terminal(at(1))).map(|approved| approved.len())
        };
        let small = triage(&serde_json::json!({"status": "done", "rev": 4}), Effect::Write);
        assert_eq!(ask(&desk, vec![small.clone(), small.clone()]), Ok(2));
        let many = vec![small.clone(); 11];
        assert_eq!(ask(&desk, many.clone()), Err(many), "more than ten want their number typed");
        for other in [
            triage(&serde_json::json!({"status": "done", "deleted": true}), Effect::Write),
            triage(&serde_json::json!({}), Effect::Write),
            triage(&serde_json::json!({"status": "done"}), Effect::Send),
            note("hello"),
        ] {
            let both = vec![small.clone(), other];
            assert_eq!(ask(&desk, both.clone()), Err(both));
        }
        let strict = Desk::with_policy(Policy { cards_for_own: true, ..Policy::default() });
        assert_eq!(ask(&strict, vec![small.clone()]), Err(vec![small]));
    }

    fn with_rules(text: &str) -> Desk {
        Desk::with_policy(crate::approval::policy::file::parse("policy.toml", text, &[]).expect("a policy"))
    }

    fn ask(desk: &mut Desk, id: ProposalId) -> Result<Decision, NotYet> {
        desk.painted(id, at(1), true);
        desk.decide(id, approve(), Press::from_terminal(at(2)), at(2))
    }

    #[test]
    fn a_rule_that_denies_keeps_it_from_becoming_a_card() {
        let mut desk = with_rules("[[rule]]\nname = \"no notes\"\neffect = \"write\"\nanswer = \"deny\"");
        let denied = desk.submit(note("hello"), Author::Person, Text::default(), at(0));
        assert_eq!(denied, Err(Denied::ByPolicy { rule: "no notes".into() }));
    }

    #[test]
    fn a_reason_has_to_be_given_where_a_rule_asks_for_one() {
        let mut desk = with_rules("[[rule]]\nanswer = \"ask with reason\"");
        let id = desk.submit(note("hello"), Author::Person, Text::default(), at(0)).expect("proposed");
        assert_eq!(ask(&mut desk, id), Err(NotYet::Reason));
        desk.because(id, Text::new("  "));
        assert_eq!(ask(&mut desk, id), Err(NotYet::Reason), "blank is none");
        desk.because(id, Text::new("the customer asked"));
        assert!(matches!(ask(&mut desk, id), Ok(Decision::Go(_))));
    }

    fn person(id: &str, name: &str) -> Signer {
        Signer { id: crate::domain::UserId::new(id), name: Text::new(name) }
    }

    /// The first yes of two, given by Ann.
    fn first_yes(change: Change) -> FirstYes {
        let mut desk = with_rules("[[rule]]\nanswer = \"two persons\"");
        let id = desk.submit(change, Author::Person, Text::new("asked"), at(0)).expect("proposed");
        desk.because(id, Text::new("seen"));
        assert_eq!(ask(&mut desk, id), Err(NotYet::NotSignedIn));
        desk.signed_in(person("u1", "Ann"));
        match ask(&mut desk, id) {
            Ok(Decision::First(first)) => first,
            other => unreachable!("{other:?}"),
        }
    }

    #[test]
    fn one_persons_yes_is_never_enough_where_two_are_asked_for() {
        let kept = crate::approval::Waiting::of(&first_yes(note("hello")));
        let again = |me: Signer| {
            let mut desk = with_rules("[[rule]]\nanswer = \"two persons\"");
            desk.signed_in(me);
            let half = kept.take_up(|_| Some(Operation::AddNote)).expect("undamaged");
            let id = desk.take_up(half, 7, at(0)).expect("the rules let it");
            desk.because(id, Text::new("seen too"));
            ask(&mut desk, id)
        };
        let same = Err(NotYet::SamePerson { name: "Ann".into() });
        assert_eq!(again(person("u1", "Ann")), same);
        assert_eq!(again(person("u9", " ann ")), same, "another account of the same name is the same person");
        let Ok(Decision::Go(approved)) = again(person("u2", "Ben")) else { unreachable!("two persons said yes") };
        assert_eq!(approved.change().requests(), note("hello").requests());
        assert_eq!(approved.basis.first.map(|first| first.seq), Some(7));
    }

    #[test]
    fn what_holds_personal_values_does_not_wait_on_disk() {
        let mut desk = with_rules("[[rule]]\nanswer = \"two persons\"");
        desk.signed_in(person("u1", "Ann"));
        let id = desk.submit(note("call +4915550001122"), Author::Person, Text::default(), at(0)).expect("proposed");
        desk.because(id, Text::new("seen"));
        assert_eq!(ask(&mut desk, id), Err(NotYet::CannotWait));
    }

    #[test]
    fn what_waited_and_was_changed_is_not_taken_up() {
        let kept = serde_json::to_string(&crate::approval::Waiting::of(&first_yes(note("hello")))).expect("plain data");
        let other: crate::approval::Waiting = serde_json::from_str(&kept.replace("hello", "hellp")).expect("it parses");
        assert!(other.take_up(|_| None).is_err());
    }

    fn canary() -> Canary {
        let says = "order 2 is not theirs".to_owned();
        Canary { planted: crate::approval::Planted::WrongOrder, says, mark: Some("order 2".into()) }
    }

    proptest::proptest! {
        /// Whatever is done to a canary, in whatever order: no permission ever comes of it.
        #[test]
        fn a_canary_is_never_performed(steps in proptest::collection::vec(0_u8..6, 1..12), words in "[a-z0-9 ]{0,20}") {
            let mut desk = Desk::new();
            let wanted = desk.submit_canary(canary(), note("about order 2"), Author::Person, Text::default(), at(0));
            let mut id = wanted.expect("a canary may come");
            for (step, now) in steps.into_iter().zip(1..) {
                match step {
                    0 => desk.painted(id, at(now), true),
                    1 => id = desk.amend(id, note(&words), at(now)).unwrap_or(id),
                    2 => proptest::prop_assert!(desk.expire(at(now)).is_empty()),
                    3 => proptest::prop_assert!(desk.withdraw(id).is_none()),
                    _ => {
                        let verdict = if step == 4 { approve() } else { Verdict::Refuse { reason: words.clone() } };
                        let decided = desk.decide(id, verdict, Press::from_terminal(at(now) + at(1)), at(now));
                        proptest::prop_assert!(matches!(decided, Ok(Decision::Canary(_)) | Err(_)), "{:?}", decided);
                    }
                }
            }
            proptest::prop_assert!(desk.close().is_empty());
        }
    }

    #[test]
    fn a_canary_is_caught_by_a_refusal_or_by_an_edit_that_mends_it() {
        let answer = |verdict: Verdict, edit: Option<&str>| {
            let mut desk = Desk::new();
            let wanted = desk.submit_canary(canary(), note("about order 2"), Author::Person, Text::default(), at(0));
            let mut id = wanted.expect("a canary may come");
            if let Some(words) = edit {
                id = desk.amend(id, note(words), at(0)).expect("it waits");
            }
            desk.painted(id, at(1), true);
            match desk.decide(id, verdict, Press::from_terminal(at(5)), at(5)) {
                Ok(Decision::Canary(answered)) => (answered.caught, answered.dwell),
                other => unreachable!("{other:?}"),
            }
        };
        assert_eq!(answer(approve(), None), (false, at(4)));
        assert_eq!(answer(approve(), Some("about order 1")), (true, at(4)));
        assert_eq!(answer(Verdict::Refuse { reason: String::new() }, None), (true, at(4)));
    }

    #[test]
    fn closing_refuses_everything() {
        let (mut desk, _) = desk_with(note("one"));
        assert_eq!(desk.close().len(), 1);
        assert!(desk.is_empty());
    }
}
