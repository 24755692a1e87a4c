//! Owns what can go wrong in a tool and how a model is told: a code and words it can act on.

use super::Answer;
use crate::{
    kustomer::{changes::WishError, search::QueryError},
    privacy::{Unknown, Vault},
    transport::{ApiError, ErrorKind},
};

/// Why a tool gave no answer and made no proposal.
#[derive(Debug, thiserror::Error)]
pub enum ToolError {
    /// The arguments do not fit. In words for the model, without their values.
    #[error("{0}")]
    Arguments(String),
    /// There is no such record.
    #[error("there is no {what} like that")]
    NotFound {
        /// What was looked for.
        what: &'static str,
    },
    /// A placeholder stands for nothing.
    #[error(transparent)]
    Placeholder(#[from] Unknown),
    /// The query cannot be read.
    #[error("the query cannot be read: {0}")]
    Query(#[from] QueryError),
    /// The wish cannot become a change.
    #[error(transparent)]
    Wish(#[from] WishError),
    /// The wish breaks a rule of the channel or the schema.
    #[error("{0}")]
    Rule(String),
    /// A source of tools did not answer.
    #[error("{0}")]
    Source(String),
    /// The desk did not answer the question.
    #[error("{0}")]
    Desk(#[from] ApiError),
}

impl ToolError {
    /// What the model is told.
    pub fn answer(&self, vault: &Vault) -> Answer {
        let words = match self {
            Self::Desk(error) => {
                let detail = error.detail().map_or_else(String::new, |detail| format!(" It says: {}", detail.raw()));
                format!("{error}. {}.{detail}", error.next())
            }
            Self::Arguments(_)
            | Self::NotFound { .. }
            | Self::Placeholder(_)
            | Self::Query(_)
            | Self::Wish(_)
            | Self::Rule(_)
            | Self::Source(_) => self.to_string(),
        };
        Answer::error(self.code(), &words, vault)
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Arguments(_) => "bad_arguments",
            Self::NotFound { .. } => "not_found",
            Self::Placeholder(_) => "unknown_placeholder",
            Self::Query(_) => "bad_query",
            Self::Wish(_) | Self::Rule(_) => "not_allowed",
            Self::Source(_) => "source_failed",
            Self::Desk(error) => match error.kind() {
                ErrorKind::NotFound => "not_found",
                ErrorKind::NotSignedIn | ErrorKind::Forbidden => "forbidden",
                ErrorKind::Limited => "rate_limited",
                ErrorKind::Invalid | ErrorKind::BadRequest => "invalid",
                ErrorKind::Conflict => "conflict",
                ErrorKind::Unclear => "unclear",
                ErrorKind::NotOffered => "not_offered",
                ErrorKind::Server | ErrorKind::Unreachable | ErrorKind::Garbled => "desk_failed",
            },
        }
    }
}
