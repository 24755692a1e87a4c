//! Owns the desk where changes wait for a person, and the only code that turns a key press into an [`Approved`]. Pure:
//! time is handed in, nothing is drawn, sent or stored. Does not paint the card; it is told when it was painted.
//!
//! Refusal is the default: closing, expiry, an unknown id and a broken digest all refuse. One press answers one card, and
//! only a card that was painted, whole, before the key went down.

use std::{collections::VecDeque, fmt, time::Duration};

use uuid::Uuid;

use super::{Change, Confirm, Digest, Policy, Scene, Standing, Told, standing::Objection};
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
    standing: Standing,
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
    /// It sends or deletes, and how things stand at the desk is not known.
    #[error("it cannot count before the desk was read again: what it answers to may have moved")]
    Unseen,
    /// It would tell somebody what is another's.
    #[error("this cannot be approved as it is ({why}); edit it or refuse it")]
    Blocked {
        /// What stops it.
        why: String,
    },
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
}

/// The desk. First in, first out; says how many wait.
#[derive(Debug, Default)]
pub struct Desk {
    policy: Policy,
    /// Hosts the settings vouch for.
    hosts: Vec<String>,
    waiting: VecDeque<Proposal>,
    refused: Vec<(Digest, String)>,
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
        if let Some((_, reason)) = self.refused.iter().find(|(digest, _)| *digest == change.wish()) {
            return Err(Denied::RefusedBefore { reason: reason.clone() });
        }
        let proposal = self.proposal(change, author, reason, now)?;
        let id = proposal.id;
        self.waiting.push_back(proposal);
        Ok(id)
    }

    fn proposal(&self, change: Change, author: Author, reason: Text, now: Duration) -> Result<Proposal, Denied> {
        let confirm = self.policy.confirm(&change).ok_or(Denied::OnlyReads)?;
        let id = ProposalId(Uuid::now_v7());
        let standing = Standing::of(&change, &self.hosts);
        Ok(Proposal { id, change, author, reason, confirm, expires: now + PATIENCE, painted: None, standing })
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

    /// Tells the desk how things stand around a proposal, or why that could not be read. Where that is not what the card
    /// said, the card has to be painted, and read, again; a request that cannot work any more is refused.
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
        let proposal = self.waiting.iter().find(|proposal| proposal.id == id).ok_or(NotYet::Gone)?;
        let painted = proposal.painted.filter(|painted| pressed > painted.at).ok_or(NotYet::TooEarly)?;
        if let Verdict::Approve { typed } = &verdict {
            if !painted.to_the_end {
                return Err(NotYet::Unread);
            }
            if let Confirm::Count(wanted) = proposal.confirm
                && *typed != Some(wanted)
            {
                return Err(NotYet::Count { wanted });
            }
            match proposal.standing.objection(proposal.change.effect(), now) {
                Some(Objection::Blocked(why)) => return Err(NotYet::Blocked { why }),
                Some(Objection::Unseen) => return Err(NotYet::Unseen),
                None => {}
            }
        }
        let proposal = self.take(id).ok_or(NotYet::Gone)?;
        if now >= proposal.expires {
            return Ok(Decision::Refused(self.refuse(proposal, RefusedBy::Expiry)));
        }
        if !proposal.change.is_intact() {
            return Ok(Decision::Refused(self.refuse(proposal, RefusedBy::Tampering)));
        }
        Ok(match verdict {
            Verdict::Refuse { reason } => Decision::Refused(self.refuse(proposal, RefusedBy::Person(reason))),
            Verdict::Approve { .. } => Decision::Go(Approved {
                digest: proposal.change.digest(),
                change: proposal.change,
                proposal: proposal.id,
                author: proposal.author,
                reason: proposal.reason,
            }),
        })
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
        };
        Ok(changes.into_iter().map(approved).collect())
    }

    /// Replaces a proposal by its edited form, at the same place in the line, unpainted. The old one is gone.
    pub fn amend(&mut self, id: ProposalId, change: Change, now: Duration) -> Result<ProposalId, NotYet> {
        let place = self.waiting.iter().position(|proposal| proposal.id == id).ok_or(NotYet::Gone)?;
        let old = &self.waiting[place];
        let (author, reason) = (old.author.clone(), old.reason.clone());
        let new = self.proposal(change, author, reason, now).map_err(|_| NotYet::Gone)?;
        let new_id = new.id;
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
        let refusal = Refusal { proposal: proposal.id, change: proposal.change, author: proposal.author, by };
        if matches!(refusal.by, RefusedBy::Person(_)) {
            self.refused.push((refusal.change.wish(), refusal.why()));
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

    fn scene(id: &str) -> Scene {
        Scene {
            foreign: vec![crate::privacy::Foreign { kind: "phone", owner: CustomerId::new(id) }],
            ..Scene::default()
        }
    }

    #[test]
    fn what_moved_has_to_be_painted_before_a_yes_counts() {
        let (mut desk, id) = desk_with(note("hello"));
        desk.painted(id, at(1), true);
        assert_eq!(desk.stands(id, Ok(scene("other")), at(2)).0, Told::Moved);
        assert_eq!(desk.decide(id, approve(), Press::from_terminal(at(3)), at(3)), Err(NotYet::TooEarly));
        desk.painted(id, at(4), true);
        assert_eq!(desk.stands(id, Ok(scene("other")), at(5)).0, Told::Same);
        assert!(matches!(desk.decide(id, approve(), Press::from_terminal(at(6)), at(6)), Ok(Decision::Go(_))));
    }

    #[test]
    fn a_message_with_anothers_data_waits_for_an_edit() {
        let sent = triage(&serde_json::json!({"body": "hello"}), Effect::Send);
        let (mut desk, id) = desk_with(sent);
        desk.painted(id, at(1), true);
        assert_eq!(desk.decide(id, approve(), Press::from_terminal(at(2)), at(2)), Err(NotYet::Unseen));
        desk.stands(id, Ok(scene("other")), at(3));
        desk.painted(id, at(4), true);
        let blocked = desk.decide(id, approve(), Press::from_terminal(at(5)), at(5));
        assert!(matches!(blocked, Err(NotYet::Blocked { why }) if why.contains("other")));
        desk.stands(id, Ok(Scene::default()), at(6));
        desk.painted(id, at(7), true);
        assert!(matches!(desk.decide(id, approve(), Press::from_terminal(at(8)), at(8)), Ok(Decision::Go(_))));
    }

    #[test]
    fn a_request_that_cannot_work_any_more_is_refused_with_a_reason() {
        let (mut desk, id) = desk_with(super::super::change::tests::patch(serde_json::json!({"name": "x", "rev": 3})));
        let record = super::super::Sheet::of(&serde_json::json!({"rev": 4}), []);
        let scene = Scene { record: super::super::Target::There(record), ..Scene::default() };
        let (_, refusal) = desk.stands(id, Ok(scene), at(1));
        assert!(refusal.is_some_and(|refusal| refusal.why().contains("revision 4")));
        assert!(desk.is_empty());
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
        let strict = Desk::with_policy(Policy { cards_for_own: true });
        assert_eq!(ask(&strict, vec![small.clone()]), Err(vec![small]));
    }

    #[test]
    fn closing_refuses_everything() {
        let (mut desk, _) = desk_with(note("one"));
        assert_eq!(desk.close().len(), 1);
        assert!(desk.is_empty());
    }
}
