//! Owns a bulk job as the desk reports it: status, batches, item results. Does not submit or retry (`bulk`).

use super::{BulkId, Text};

/// Where a job or batch stands.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the variants are the desk's own states")]
pub enum BulkStatus {
    Queued,
    Scheduled,
    Running,
    Complete,
    /// A state this version does not know.
    Other(String),
}

impl BulkStatus {
    /// Reads the desk's literal.
    pub fn parse(literal: &str) -> Self {
        match literal {
            "queued" => Self::Queued,
            "scheduled" => Self::Scheduled,
            "running" => Self::Running,
            "complete" => Self::Complete,
            other => Self::Other(other.chars().filter(char::is_ascii_graphic).take(24).collect()),
        }
    }

    /// The word for it.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Queued => "queued",
            Self::Scheduled => "scheduled",
            Self::Running => "running",
            Self::Complete => "complete",
            Self::Other(literal) => literal,
        }
    }
}

/// What became of one item; only jobs sent with `_clientRef` report items (Kustomer API reference 21).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ItemResult {
    /// The reference the sender gave.
    pub client_ref: String,
    /// The record made or changed; absent on error.
    pub object_id: Option<String>,
    /// Why it failed, in the desk's words.
    pub error: Option<Text>,
}

/// One batch of a job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Batch {
    /// Where it stands.
    pub status: BulkStatus,
    /// Items that worked.
    pub succeeded: u64,
    /// Items that failed.
    pub failed: u64,
    /// Item by item, where references were sent.
    pub results: Vec<ItemResult>,
    /// Errors not tied to an item.
    pub errors: Vec<Text>,
}

/// One asynchronous job on the desk. `Complete` says it ended, not that it worked: read the batches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BulkJob {
    /// Its id.
    pub id: BulkId,
    /// Where it stands.
    pub status: BulkStatus,
    /// Batches done, of how many.
    pub batches_done: u64,
    /// How many batches there are.
    pub batches_total: u64,
    /// The batches, as far as they were read.
    pub batches: Vec<Batch>,
}
