//! Owns the canary: a made-up proposal with a planted error, put before a person to see whether it is seen. It looks like
//! any other on its card and can never be performed: an [`super::Approved`] holds an [`Executable`], a canary has none, and
//! there is no way to make one of the other. Does not make up canaries nor choose when one comes (`console::vigilance`).

use std::time::Duration;

use super::{Change, ProposalId, Verdict};

/// What is wrong with a canary.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Planted {
    /// It is addressed to another customer than the conversation's.
    WrongCustomer,
    /// It speaks of another order than the reason does.
    WrongOrder,
    /// It gives away somebody else's address.
    LeakedData,
    /// It is in a language nobody wrote in.
    WrongLanguage,
}

impl Planted {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::WrongCustomer, Self::WrongOrder, Self::LeakedData, Self::WrongLanguage];

    /// The word in the trail.
    pub fn word(self) -> &'static str {
        match self {
            Self::WrongCustomer => "wrong customer",
            Self::WrongOrder => "wrong order",
            Self::LeakedData => "leaked data",
            Self::WrongLanguage => "wrong language",
        }
    }
}

/// What makes a proposal a canary.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Canary {
    /// What is wrong with it.
    pub planted: Planted,
    /// What was to be seen, told after the answer.
    pub says: String,
    /// The words that are wrong, where an edit could mend it.
    pub mark: Option<String>,
}

/// A canary, answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answered {
    /// Which proposal it looked like.
    pub proposal: ProposalId,
    /// What was shown. Only ever written about.
    pub change: Change,
    /// What it was.
    pub canary: Canary,
    /// Whether the error was seen: refused, or mended before it was approved.
    pub caught: bool,
    /// How long the card was looked at.
    pub dwell: Duration,
}

/// What a proposal is.
#[derive(Debug)]
pub(super) enum Nature {
    /// One that is performed when it is approved.
    Real(Executable),
    /// A canary: whatever is answered, nothing is done.
    Canary(Canary),
}

/// The right to become an `Approved`: only a real proposal has it. Neither cloned nor made outside the desk.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Executable(());

impl Executable {
    /// For `Desk` alone: a wish that was really made.
    pub(super) fn wished() -> Self {
        Self(())
    }
}

impl Canary {
    /// What an answer to it says of the person's eye.
    pub(super) fn answered(self, proposal: ProposalId, change: Change, verdict: &Verdict, dwell: Duration) -> Answered {
        let caught = match verdict {
            Verdict::Refuse { .. } | Verdict::Change { .. } => true,
            Verdict::Approve { .. } => !self.is_in(change.editable_text().map(|(text, _)| text)),
        };
        Answered { proposal, change, canary: self, caught, dwell }
    }

    /// Whether an approval of these words would still let the error through.
    fn is_in(&self, text: Option<&str>) -> bool {
        match (&self.mark, text) {
            (Some(mark), Some(text)) => text.contains(mark.as_str()),
            (None, _) | (_, None) => true,
        }
    }
}
