//! Owns the audit trail: what is written down about every approval, refusal, reveal and outcome, and the rule that it is
//! on disk before the effect. Personal values never enter it: it keeps ids, digests and redacted words. Does not chain or
//! store rows (`store`) nor check them (`verify`).

mod canary;
mod job;
mod second;

pub use second::Half;

use std::sync::{Arc, Mutex, PoisonError};

use serde::{Deserialize, Serialize};

use super::{
    Approved, Author, Change, Confirm, Demand, Digest, Manifest, Origin, Recorded, Refusal, Refused, RefusedBy,
    change::wire,
};
use crate::{
    clock::Clock,
    domain::{ConversationId, CustomerId, Text},
    privacy::{pii, text},
    store::{Store, StoreError},
    transport::Method,
};

mod unsettled;

pub use unsettled::{Unsettled, unsettled};

/// The word for a person who said no.
const PERSON: &str = "person";

/// How many entries are read to find what was refused, or never settled, lately: more than a shift makes.
const LOOKED_BACK: usize = 5_000;

/// The writer of the trail. Clones write to the same one.
#[derive(Clone, Debug)]
pub struct Trail {
    store: Store,
    clock: Clock,
    org: Arc<str>,
    actor: Arc<Mutex<String>>,
}

/// Why nothing was written down, and therefore nothing was done.
#[derive(Debug, thiserror::Error)]
pub enum TrailError {
    /// The store refused.
    #[error("the audit trail could not be written, so nothing was sent: {0}")]
    Store(#[from] StoreError),
    /// The approved change is not what was approved.
    #[error("the request no longer is what was approved; nothing was sent")]
    Tampered,
    /// The approval had lapsed before it came to be sent.
    #[error("the approval had lapsed before the request could be sent; nothing was sent")]
    Lapsed,
    /// It was approved for another desk.
    #[error("it was approved for another desk; nothing was sent")]
    Elsewhere,
    /// The other half of it was answered already, here or at another console.
    #[error("somebody answered it meanwhile; nothing was sent")]
    Answered,
    /// The first of two yeses is too old, or of a time that has not come.
    #[error("the first person's yes has lapsed: a second counts within eight hours of it; nothing was sent")]
    FirstLapsed,
    /// There is no open approval of this plan in a trail that holds.
    #[error("the audit trail holds no open approval of this plan, so it is not sent")]
    NotApproved,
    /// The first of two yeses is not in the trail as it should be.
    #[error("the first person's yes is not in the audit trail as it was given; nothing was sent")]
    NoFirstYes,
}

/// A begun change: hand it back with the outcome.
#[derive(Debug)]
pub struct Ticket {
    about: u64,
    base: Entry,
    wires: Vec<Digest>,
}

impl Ticket {
    /// Whether this is the n-th request that was approved (from 0), byte for byte: asked with what is about to be sent.
    pub fn admits(&self, n: usize, method: Method, path: &str, body: Option<&[u8]>) -> bool {
        self.wires.get(n).is_some_and(|approved| *approved == wire(method, path, body))
    }

    /// The number of the entry that was written for it.
    pub fn entry(&self) -> u64 {
        self.about
    }
}

/// How a begun change ended.
#[derive(Clone, Copy, Debug)]
pub enum Outcome<'a> {
    /// The desk did it.
    Done {
        /// The record or job it made, if it told.
        object: Option<&'a str>,
    },
    /// The desk did not do it.
    Failed {
        /// Why, without personal values.
        why: &'a str,
    },
    /// Nobody knows yet; it is not repeated.
    Unknown {
        /// Why it is unclear.
        why: &'a str,
    },
}

/// One entry, as stored. Fields that do not apply are absent.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Entry {
    /// Its number in the chain.
    pub seq: u64,
    /// When, UTC.
    pub at: String,
    /// `approved`, `refused`, `returned` (changes were asked for), `done`, `failed`, `unknown`, `closed`; `first yes` where a
    /// second has to follow; `caught` and `missed` for canaries, which were never more than a picture of a change.
    pub event: String,
    /// Who sat at the console: the desk's name for the signed-in user.
    pub who: String,
    /// Who wanted it.
    pub author: String,
    /// The desk it happened on.
    pub org: String,
    /// The effect's word.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub effect: String,
    /// The operation's words.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub operation: String,
    /// One line about it.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub summary: String,
    /// The customer's id.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub customer: String,
    /// The conversation's id.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub conversation: String,
    /// Whose tool it calls, where that is none of ours: the source, where it is, and whether it was reviewed.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub source: String,
    /// Method and path of each request.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub requests: Vec<String>,
    /// Records touched.
    #[serde(skip_serializing_if = "is_zero")]
    pub count: u64,
    /// Digest of the exact request.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub digest: String,
    /// What the approval is bound to: digest over request, pre-image, desk, author and expiry.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub seal: String,
    /// Digest of what is asked for without our own references: by this a refused wish is known again.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub wish: String,
    /// Digest of the request as it was proposed, where a person edited it.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub edited: String,
    /// What the author was told along with a yes; personal values taken out.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub note: String,
    /// Who or what said no: `person`, `expiry`, `closing`, `tampering`.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub by: String,
    /// The run of the program that wrote it.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub session: String,
    /// The proposal.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub proposal: String,
    /// Why it was wanted, or why it was refused or failed; personal values taken out.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub reason: String,
    /// The record or job it made.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub object: String,
    /// The entry this one ends.
    #[serde(skip_serializing_if = "is_zero")]
    pub about: u64,
    /// Why the person approved, where they were asked; personal values taken out.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub because: String,
    /// The desk's id of who gave a first yes.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub who_id: String,
    /// For a canary: what was planted.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub canary: String,
    /// For a canary: how long its card was looked at.
    #[serde(skip_serializing_if = "is_zero")]
    pub dwell_ms: u64,
    /// For a bulk plan: its name.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub plan: String,
    /// For a bulk plan: the digest of all that it sends.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub plan_digest: String,
    /// What the policy looked at, for a changed one to be tried on it; absent in entries of older versions.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub facts: Option<Recorded>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_zero(n: &u64) -> bool {
    *n == 0
}

impl Trail {
    /// A trail for the desk at `org` (its base URL).
    pub fn new(store: Store, clock: Clock, org: &str) -> Self {
        Self { store, clock, org: org.into(), actor: Arc::new(Mutex::new("not signed in".into())) }
    }

    /// Names the signed-in user, once the desk has told.
    pub fn signed_in(&self, name: &Text) {
        *self.actor.lock().unwrap_or_else(PoisonError::into_inner) = name.line().into_string();
    }

    /// The store behind it.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// The desk's base URL.
    pub fn org(&self) -> &str {
        &self.org
    }

    /// Writes the approval down, and only then gives the change out to be sent: once more it is checked that it is what was
    /// approved, for this desk, and that the yes has not lapsed. A window about to be opened is also remembered, so that a
    /// crash cannot leave it open.
    pub fn begin(&self, approved: Approved<Change>) -> Result<(Change, Ticket), TrailError> {
        // A plan holds no requests: performed as if it were one change, it would count as done and nothing be sent.
        if approved.change.manifest().is_some() {
            return Err(TrailError::Tampered);
        }
        let wires = approved.change.wires();
        self.write_down(approved, wires, None)
    }

    fn write_down(
        &self,
        approved: Approved<Change>,
        wires: Vec<Digest>,
        plan: Option<&Manifest>,
    ) -> Result<(Change, Ticket), TrailError> {
        let Approved { change, author, terms, .. } = &approved;
        if *terms.org != *self.org {
            return Err(TrailError::Elsewhere);
        }
        if !change.is_intact() || terms.seal(change, author) != terms.sealed {
            return Err(TrailError::Tampered);
        }
        if self.clock.elapsed() >= terms.expires {
            return Err(TrailError::Lapsed);
        }
        let mut base = Self::about(change, author);
        base.proposal = approved.proposal.to_string();
        if let Some(first) = &approved.basis.earlier {
            self.second_of(first, &approved)?;
            if approved.author == Author::Person {
                base.author = words(first.by.name.raw());
            }
        }
        base.reason = words(approved.reason.raw());
        if let Some(plan) = plan {
            (base.plan, base.plan_digest) = (plan.plan.clone(), plan.digest().to_string());
        }
        if let (super::Effect::Unmask, Some(customer)) = (change.effect(), &change.subject().customer) {
            self.store.window_opened(&self.org, customer)?;
        }
        let edited = approved.first.as_ref().map(|first| first.digest().to_string()).unwrap_or_default();
        let (seal, note) = (terms.sealed.to_string(), words(&approved.note));
        let basis = &approved.basis;
        let (facts, because) = (Recorded::of(change, asked(basis.confirm), &basis.rules), words(basis.because.raw()));
        let entry = Entry { event: "approved".into(), seal, note, edited, because, facts: Some(facts), ..base.clone() };
        let about = self.write(entry)?;
        Ok((approved.change, Ticket { about, base, wires }))
    }

    /// Writes down how it ended.
    pub fn settle(&self, ticket: Ticket, outcome: Outcome<'_>) -> Result<(), TrailError> {
        let (event, object, reason) = match outcome {
            Outcome::Done { object } => ("done", object.unwrap_or_default(), ""),
            Outcome::Failed { why } => ("failed", "", why),
            Outcome::Unknown { why } => ("unknown", "", why),
        };
        self.write(Entry {
            event: event.into(),
            object: words(object),
            reason: words(reason),
            about: ticket.about,
            ..ticket.base
        })?;
        self.store.sent_forgotten(ticket.about)?;
        Ok(())
    }

    /// Writes a refusal down.
    pub fn refused(&self, refusal: &Refusal) -> Result<(), TrailError> {
        let base = Self::about(&refusal.change, &refusal.author);
        let (event, by) = match &refusal.by {
            RefusedBy::Person(_) => ("refused", PERSON),
            RefusedBy::Changes(_) => ("returned", PERSON),
            RefusedBy::Expiry => ("refused", "expiry"),
            RefusedBy::Closing => ("refused", "closing"),
            RefusedBy::Tampering => ("refused", "tampering"),
            RefusedBy::Moved(_) => ("refused", "moved"),
        };
        let said = match &refusal.by {
            RefusedBy::Changes(what) => what.clone(),
            _ => refusal.why(),
        };
        let entry = Entry {
            event: event.into(),
            by: by.into(),
            wish: refusal.change.wish().to_string(),
            proposal: refusal.proposal.to_string(),
            reason: words(&said),
            facts: Some(Recorded::of(&refusal.change, asked(Some(refusal.asked.0)), &refusal.asked.1)),
            ..base
        };
        self.write(entry)?;
        // A second person's no ends what waited for their yes.
        self.store.take_half(&refusal.proposal.to_string())?;
        Ok(())
    }

    /// Writes down that an unmasking window was closed, and why.
    pub fn window_closed(&self, customer: &CustomerId, why: &str) -> Result<(), TrailError> {
        self.store.window_closed(&self.org, customer)?;
        self.write(Entry {
            event: "closed".into(),
            effect: super::Effect::Unmask.word().into(),
            summary: "unmasking window closed".into(),
            customer: customer.to_string(),
            reason: words(why),
            ..Entry::default()
        })?;
        Ok(())
    }

    /// The newest entries, newest first; a row that is no entry any more is left out (verification names it).
    pub fn newest(&self, limit: usize) -> Result<Vec<Entry>, TrailError> {
        let links = self.store.newest_audit(limit)?;
        Ok(links.iter().filter_map(|link| serde_json::from_str(&link.entry).ok()).collect())
    }

    /// What persons refused here, or wanted changed, in the last `span`: the desk of a console that starts anew goes by it.
    ///
    /// # Errors
    /// [`TrailError::Store`] when the trail cannot be read.
    pub fn refused_within(&self, span: jiff::SignedDuration) -> Result<Refused, TrailError> {
        let since = self.clock.now().checked_sub(span).unwrap_or(jiff::Timestamp::MIN);
        let mut refused = Refused::default();
        for entry in self.newest(LOOKED_BACK)?.into_iter().rev() {
            let is_late = entry.at.parse::<jiff::Timestamp>().is_ok_and(|at| at >= since);
            let Some(wish) =
                Digest::parse(&entry.wish).filter(|_| is_late && entry.by == PERSON && *entry.org == *self.org)
            else {
                continue;
            };
            let list = if entry.event == "returned" { &mut refused.to_change } else { &mut refused.refused };
            list.push((wish, entry.reason));
        }
        Ok(refused)
    }

    fn about(change: &Change, author: &Author) -> Entry {
        let subject = change.subject();
        Entry {
            author: text::line(&author.to_string()).into_string(),
            effect: change.effect().word().into(),
            operation: change.operation().words().into(),
            summary: words(change.summary()),
            customer: subject.customer.as_ref().map(CustomerId::to_string).unwrap_or_default(),
            conversation: subject.conversation.as_ref().map(ConversationId::to_string).unwrap_or_default(),
            source: subject.origin.as_ref().map(source).unwrap_or_default(),
            requests: requests(change),
            count: change.count(),
            digest: change.digest().to_string(),
            ..Entry::default()
        }
    }

    fn write(&self, entry: Entry) -> Result<u64, TrailError> {
        let who = self.actor.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let (at, session) = (self.clock.now().to_string(), self.store.session().to_owned());
        let entry = Entry { at, who, session, org: self.org.to_string(), ..entry };
        let render =
            |seq| serde_json::to_string(&Entry { seq, ..entry }).expect("an entry of strings and numbers serialises");
        Ok(self.store.append_audit(render)?)
    }
}

/// Whose tool it is, and where.
fn source(origin: &Origin) -> String {
    let trust = if origin.is_reviewed { "reviewed" } else { "not reviewed" };
    text::line(&format!("{} at {} ({trust})", origin.source, origin.place)).into_string()
}

/// Method and path of each request; of a plan's calls, how many of each.
fn requests(change: &Change) -> Vec<String> {
    match change.manifest() {
        Some(plan) => {
            plan.calls.iter().map(|call| format!("{} {} ×{}", call.method, call.path, call.requests)).collect()
        }
        None => change.requests().iter().map(|r| words(&format!("{} {}", r.method, r.path))).collect(),
    }
}

/// What was asked for, in the policy's words; nothing but the key for a person's own small change.
fn asked(confirm: Option<Confirm>) -> &'static str {
    match confirm {
        None => "own key",
        Some(Confirm::Key | Confirm::Count(_)) => Demand::Ask.word(),
        Some(Confirm::Reason { .. }) => Demand::Reason.word(),
        Some(Confirm::Two { .. }) => Demand::TwoPersons.word(),
    }
}

/// Words fit for the trail: no personal values, nothing that acts on a terminal, bounded.
fn words(raw: &str) -> String {
    let safe = text::line(&pii::redact(raw)).into_string();
    safe.chars().take(500).collect()
}

#[cfg(test)]
mod tests;
