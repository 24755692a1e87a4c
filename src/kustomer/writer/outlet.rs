//! Owns the seam by which an approved change reaches a tool of another source, and the words for how that ended. Which sources
//! there are and how they are spoken to is `connect`'s business.

use std::fmt;

use futures::future::BoxFuture;
use serde_json::Value;

use crate::{
    approval::{Change, Origin, Request, Ticket},
    domain::Text,
};

/// A request that is no call of the desk's begins like this.
pub const SCHEME: &str = "mcp:";

/// The way to tools of other sources.
pub trait Outlet: fmt::Debug + Send + Sync {
    /// Calls the tool that the n-th request of a change names, if that is what was approved and the tool still is what it was
    /// then; else nothing leaves.
    fn call<'a>(
        &'a self,
        change: &'a Change,
        n: usize,
        ticket: &'a Ticket,
    ) -> BoxFuture<'a, Result<Value, OutletError>>;
}

/// Whoever can tell whether a tool of another source still is what it was when a change was made of it.
pub trait Standing: fmt::Debug + Send + Sync {
    /// Looks it up now.
    ///
    /// # Errors
    /// What differs, or why it cannot be told: then nothing leaves.
    fn stands<'a>(&'a self, origin: &'a Origin) -> BoxFuture<'a, Result<(), String>>;
}

/// How the call of a tool did not end well.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OutletError {
    /// It was not called, or its server did not take the call: nothing has changed.
    #[error("the tool was not called: {0}")]
    NotCalled(String),
    /// Its server did not take the call, and says why in its own words: nothing has changed.
    #[error("the tool was not called: its server did not take the call ({code})")]
    Refused {
        /// The protocol's code for it.
        code: i64,
        /// The server's words.
        words: Text,
    },
    /// It is not what it was when the change was made of it, or nobody can tell: nothing was sent.
    #[error("nothing was sent: {0}")]
    Changed(String),
    /// It was called and says that it failed, in its own words.
    #[error("the tool says that it failed; whether something changed, only its server knows")]
    Failed(Text),
    /// It was called and its answer got lost.
    #[error("nobody knows whether the tool took effect: {0}")]
    Unclear(String),
}

impl OutletError {
    /// What the person can do next.
    pub(super) fn next(&self) -> &'static str {
        match self {
            Self::NotCalled(_) => "`shiftdeck mcp list` tells how its server stands; have it proposed again",
            Self::Refused { .. } => "change the call and have it proposed again",
            Self::Changed(_) => "`shiftdeck truto` shows what changed; have it proposed again once you looked",
            Self::Failed(_) => "read what the tool says, and look at its server before it is called again",
            Self::Unclear(_) => "look at the tool's server before it is called again: it is not repeated",
        }
    }

    /// What a server said, where it said something: a stranger's words.
    pub fn said(&self) -> Option<&Text> {
        match self {
            Self::Refused { words, .. } | Self::Failed(words) => Some(words),
            Self::NotCalled(_) | Self::Changed(_) | Self::Unclear(_) => None,
        }
    }
}

/// Whether a request goes to a tool of another source.
pub fn is_for_a_tool(request: &Request) -> bool {
    request.path.starts_with(SCHEME)
}
