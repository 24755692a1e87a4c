//! Owns the proposal: a change somebody wants, with who wants it, what the policy asked for, how it stands, and whether its
//! card was drawn. The [`super::Desk`] alone moves it; everybody else only looks.

use std::{fmt, time::Duration};

use uuid::Uuid;

use super::line::Place;
use crate::{
    approval::{Change, Confirm, Standing, half::Earlier, seal::Terms, vigilance::Nature},
    domain::Text,
};

/// Names one proposal, for good: it also is the idempotency key of what becomes of it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ProposalId(Uuid);

impl ProposalId {
    /// One that was never used.
    pub(super) fn new() -> Self {
        Self(Uuid::now_v7())
    }

    /// One that was written down.
    pub(in crate::approval) fn parse(text: &str) -> Option<Self> {
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
    pub(super) id: ProposalId,
    pub(super) change: Change,
    pub(super) author: Author,
    pub(super) reason: Text,
    pub(super) confirm: Confirm,
    pub(super) terms: Terms,
    pub(super) painted: Option<Painted>,
    pub(super) place: Place,
    pub(super) first: Option<Change>,
    pub(super) note: String,
    pub(super) standing: Standing,
    pub(super) said: Said,
    pub(super) nature: Nature,
}

/// What the policy said of a proposal, and what persons said.
#[derive(Debug)]
pub(super) struct Said {
    pub(super) rules: Vec<String>,
    pub(super) because: Text,
    pub(super) earlier: Option<Earlier>,
}

impl Said {
    /// Nothing but what the policy said.
    pub(super) fn of(rules: Vec<String>) -> Self {
        Self { rules, because: Text::default(), earlier: None }
    }
}

/// When a card was drawn, and how far.
#[derive(Clone, Copy, Debug)]
pub(super) struct Painted {
    pub(super) at: Duration,
    pub(super) to_the_end: bool,
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
