//! Owns the first of two yeses: who gave it, to what, and the form in which it waits on disk for the second person. What is
//! read back is hostile until its digest is the one in the audit chain ([`super::Trail::begin`] looks). Does not say which
//! changes take two persons (`policy`).

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Author, Change, ChangeParts, Effect, Operation, ProposalId, Request, Subject};
use crate::{
    domain::{Channel, ConversationId, CustomerId, Text, UserId},
    privacy::pii,
    transport::Method,
};

/// Who sits at the console, as the desk knows them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signer {
    /// The user's id.
    pub id: UserId,
    /// The user's name.
    pub name: Text,
}

impl Signer {
    /// Whether both are one person, as far as can be told: the same account, or two accounts of one name.
    pub fn is_the_same_person(&self, other: &Self) -> bool {
        let name = |signer: &Self| signer.name.line().trim().to_lowercase();
        self.id == other.id || !self.name.is_blank() && name(self) == name(other)
    }
}

/// A first yes, given; the second is to come.
#[derive(Debug, PartialEq, Eq)]
pub struct FirstYes {
    pub(super) proposal: ProposalId,
    pub(super) change: Change,
    pub(super) author: Author,
    pub(super) reason: Text,
    pub(super) because: Text,
    pub(super) by: Signer,
    pub(super) rules: Vec<String>,
}

impl FirstYes {
    /// Which proposal it answers half.
    pub fn proposal(&self) -> ProposalId {
        self.proposal
    }

    /// To what.
    pub fn change(&self) -> &Change {
        &self.change
    }
}

/// Where the first yes stands, for the second one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Earlier {
    /// Who gave it.
    pub by: Signer,
    /// Its entry in the trail.
    pub seq: u64,
}

/// A half-given change as it waits on disk.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Waiting {
    /// The proposal's name.
    pub proposal: String,
    /// The digest of its exact requests.
    pub digest: String,
    effect: String,
    operation: String,
    customer: Option<CustomerId>,
    conversation: Option<ConversationId>,
    channel: Option<String>,
    requests: Vec<Sent>,
    count: u64,
    /// What it does, in one line.
    pub summary: String,
    warnings: Vec<String>,
    model: Option<String>,
    reason: Text,
    /// Why the first person approved.
    pub because: Text,
    by: UserId,
    /// The first person's name.
    pub by_name: Text,
    rules: Vec<String>,
    tool: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Sent {
    method: String,
    path: String,
    body: Option<Value>,
}

/// Why what was kept is not taken up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("what was kept of it is damaged or from another version; refuse it and have it proposed again")]
pub struct Damaged;

/// Whether a change may wait on disk: its requests hold no personal value that can be recognised.
pub fn may_wait(change: &Change) -> bool {
    fn is_clean(value: &Value) -> bool {
        match value {
            Value::String(words) => pii::find(words).is_empty(),
            Value::Array(items) => items.iter().all(is_clean),
            // A reference of ours or of the org's is an id, however many digits it has.
            Value::Object(fields) => fields.iter().all(|(name, value)| name == "externalId" || is_clean(value)),
            // A number may be a phone's.
            Value::Number(number) => pii::find(&number.to_string()).is_empty(),
            Value::Null | Value::Bool(_) => true,
        }
    }
    // A plan's rows lie elsewhere, sealed, and a tool of another source may be another one by then: a first yes to them is not kept.
    change.manifest().is_none()
        && change.subject().origin.is_none()
        && change.requests().iter().all(|request| request.body.as_ref().is_none_or(is_clean))
}

impl Waiting {
    /// What is kept of a first yes.
    pub fn of(first: &FirstYes) -> Self {
        let change = &first.change;
        let subject = change.subject();
        let sent = |request: &Request| Sent {
            method: request.method.as_str().to_owned(),
            path: request.path.clone(),
            body: request.body.clone(),
        };
        Self {
            proposal: first.proposal.to_string(),
            digest: change.digest().to_string(),
            effect: change.effect().word().to_owned(),
            operation: change.operation().label().to_owned(),
            customer: subject.customer.clone(),
            conversation: subject.conversation.clone(),
            channel: subject.channel.as_ref().map(|channel| channel.as_str().to_owned()),
            requests: change.requests().iter().map(sent).collect(),
            count: change.count(),
            summary: pii::redact(change.summary()),
            warnings: change.warnings().iter().map(|warning| pii::redact(warning)).collect(),
            model: if let Author::Assistant { model } = &first.author { Some(model.clone()) } else { None },
            reason: Text::new(pii::redact(first.reason.raw())),
            because: Text::new(pii::redact(first.because.raw())),
            by: first.by.id.clone(),
            by_name: first.by.name.clone(),
            rules: first.rules.clone(),
            tool: change.facts().tool.clone(),
        }
    }

    /// As it is kept.
    pub(super) fn text(&self) -> String {
        serde_json::to_string(self).expect("strings and numbers serialise")
    }

    /// The change again, with its proposal, author and reason. `operations` finds the operation of a label.
    ///
    /// # Errors
    /// [`Damaged`] when it is no longer what was kept.
    pub fn take_up(&self, operations: impl Fn(&str) -> Option<Operation>) -> Result<TakenUp, Damaged> {
        let request = |sent: &Sent| {
            let method = Method::parse(&sent.method)?;
            Some(Request { method, path: sent.path.clone(), body: sent.body.clone() })
        };
        let requests: Option<Vec<Request>> = self.requests.iter().map(request).collect();
        let mut warnings = self.warnings.clone();
        warnings
            .push("what the record held when it was proposed was not kept; look at it before you approve".to_owned());
        let change = Change::new(ChangeParts {
            effect: Effect::named(&self.effect).ok_or(Damaged)?,
            operation: operations(&self.operation).unwrap_or(Operation::Other),
            subject: Subject {
                customer: self.customer.clone(),
                conversation: self.conversation.clone(),
                channel: self.channel.as_deref().map(Channel::parse),
                ..Subject::default()
            },
            requests: requests.ok_or(Damaged)?,
            count: self.count,
            summary: self.summary.clone(),
            warnings,
            editable: None,
            before: Vec::new(),
        });
        if change.digest().to_string() != self.digest {
            return Err(Damaged);
        }
        let facts = super::Facts { tool: self.tool.clone(), segment: None };
        Ok(TakenUp {
            proposal: ProposalId::parse(&self.proposal).ok_or(Damaged)?,
            change: change.known(facts),
            author: self.model.clone().map_or(Author::Person, |model| Author::Assistant { model }),
            reason: self.reason.clone(),
            by: Signer { id: self.by.clone(), name: self.by_name.clone() },
            rules: self.rules.clone(),
        })
    }
}

/// A half-given change, read back.
#[derive(Debug)]
pub struct TakenUp {
    pub(super) proposal: ProposalId,
    pub(super) change: Change,
    pub(super) author: Author,
    pub(super) reason: Text,
    pub(super) by: Signer,
    pub(super) rules: Vec<String>,
}

impl TakenUp {
    /// The exact change.
    pub fn change(&self) -> &Change {
        &self.change
    }

    /// Who said yes first.
    pub fn by(&self) -> &Signer {
        &self.by
    }
}
