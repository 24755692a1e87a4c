//! Owns the words between a person and the desk: the answer to a card, what came of it, why it does not count yet, and why a
//! wish was not taken. Decides nothing.

use super::{Approved, Author, ProposalId};
use crate::approval::{Change, Confirm, half::FirstYes, vigilance::Answered};

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
    #[error("it holds personal values, which never wait on disk for a second person")]
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
