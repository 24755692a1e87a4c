//! Owns the four states of anything fetched, and the words of a failure. Does not fetch.

use jiff::Timestamp;

use crate::privacy::text::{self, Safe};

/// Something that lives on the desk, as far as we have it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Remote<T> {
    /// Nobody asked yet.
    #[default]
    NotAsked,
    /// On its way; what we had stays visible.
    Loading(Option<T>),
    /// Here, since this moment.
    Ready(T, Timestamp),
    /// Could not be had; what we had stays visible.
    Failed(Option<T>, Problem),
}

impl<T> Remote<T> {
    /// What can be shown, fresh or not.
    pub fn value(&self) -> Option<&T> {
        match self {
            Self::NotAsked => None,
            Self::Loading(value) | Self::Failed(value, _) => value.as_ref(),
            Self::Ready(value, _) => Some(value),
        }
    }

    /// What can be shown, to change in place.
    pub fn value_mut(&mut self) -> Option<&mut T> {
        match self {
            Self::NotAsked => None,
            Self::Loading(value) | Self::Failed(value, _) => value.as_mut(),
            Self::Ready(value, _) => Some(value),
        }
    }

    /// Marks it as being asked for, keeping what we had.
    pub fn ask(&mut self) {
        *self = Self::Loading(self.take());
    }

    /// Takes an answer in.
    pub fn answer(&mut self, answer: Result<T, Problem>, now: Timestamp) {
        *self = match answer {
            Ok(value) => Self::Ready(value, now),
            Err(problem) => Self::Failed(self.take(), problem),
        };
    }

    /// Whether an answer is on its way.
    pub fn is_loading(&self) -> bool {
        matches!(self, Self::Loading(_))
    }

    /// Why it could not be had.
    pub fn problem(&self) -> Option<&Problem> {
        if let Self::Failed(_, problem) = self { Some(problem) } else { None }
    }

    fn take(&mut self) -> Option<T> {
        match std::mem::take(self) {
            Self::NotAsked => None,
            Self::Loading(value) | Self::Failed(value, _) => value,
            Self::Ready(value, _) => Some(value),
        }
    }
}

/// A failure in words for a person: what, why, what next. Made safe to show where it arises, since it is drawn in many places
/// and may quote what others wrote.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Problem {
    /// What did not work.
    pub what: Safe,
    /// Why.
    pub why: Safe,
    /// What the person can do.
    pub next: Safe,
}

impl Problem {
    /// A failure in these words.
    pub fn new(what: &str, why: &str, next: &str) -> Self {
        Self { what: text::line(what), why: text::line(why), next: text::line(next) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_we_had_stays_visible_through_loading_and_failure() {
        let mut remote = Remote::Ready(7, Timestamp::UNIX_EPOCH);
        remote.ask();
        assert_eq!(remote.value(), Some(&7));
        remote.answer(Err(Problem::default()), Timestamp::UNIX_EPOCH);
        assert_eq!((remote.value(), remote.problem()), (Some(&7), Some(&Problem::default())));
    }
}
