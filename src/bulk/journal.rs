//! Owns what is written down while a plan is run: how far each batch is, what became of each row, what a person asked for
//! meanwhile. It lies in the plan's own file, so that any process of this machine can follow. Sends nothing.
//!
//! ```text
//! waiting ─ sending (on disk before the first byte leaves) ─ accepted (the desk's job) ─ done (an outcome a row)
//!    └──────── cancelled
//! ```

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Plan, PlanError};
use crate::store::{BatchRow, Step, Tally};

pub(super) const WAITING: &str = "waiting";
pub(super) const SENDING: &str = "sending";
pub(super) const ACCEPTED: &str = "accepted";
pub(super) const DONE: &str = "done";
pub(super) const CANCELLED: &str = "cancelled";

/// What became of a row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "lowercase")]
pub enum Outcome {
    /// The record was made.
    Created {
        /// Its id.
        id: String,
    },
    /// The record was changed.
    Updated {
        /// Its id.
        id: String,
    },
    /// The record was removed.
    Deleted {
        /// Its id.
        id: String,
    },
    /// The desk did not do it; nothing was changed.
    Failed {
        /// The desk's reason.
        reason: String,
    },
    /// Somebody changed the record since the preview, so it was left as it is.
    Moved {
        /// What is known of it.
        reason: String,
    },
    /// Nobody knows.
    Unknown {
        /// Why not.
        reason: String,
    },
}

impl Outcome {
    /// The word for it.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Created { .. } => "created",
            Self::Updated { .. } => "updated",
            Self::Deleted { .. } => "deleted",
            Self::Failed { .. } => "failed",
            Self::Moved { .. } => "moved",
            Self::Unknown { .. } => "unknown",
        }
    }

    /// The record, where the row worked.
    pub fn id(&self) -> Option<&str> {
        match self {
            Self::Created { id } | Self::Updated { id } | Self::Deleted { id } => Some(id),
            Self::Failed { .. } | Self::Moved { .. } | Self::Unknown { .. } => None,
        }
    }

    /// Why, where it did not.
    pub fn reason(&self) -> Option<&str> {
        match self {
            Self::Created { .. } | Self::Updated { .. } | Self::Deleted { .. } => None,
            Self::Failed { reason } | Self::Moved { reason } | Self::Unknown { reason } => Some(reason),
        }
    }

    /// Which of the four counts it belongs to: worked, failed, moved, unknown.
    fn column(&self) -> usize {
        match self {
            Self::Created { .. } | Self::Updated { .. } | Self::Deleted { .. } => 0,
            Self::Failed { .. } => 1,
            Self::Moved { .. } => 2,
            Self::Unknown { .. } => 3,
        }
    }
}

/// What became of a row, with what the row is called.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RowOutcome {
    /// Which row of the source it was, from 1.
    pub number: u64,
    /// What it was sent under.
    pub reference: String,
    /// What became of it.
    #[serde(flatten)]
    pub outcome: Outcome,
}

/// Where a job stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JobState {
    /// Planned, and nobody said yes yet.
    Planned,
    /// A process sends it now.
    Running,
    /// It stands where it is until somebody resumes it.
    Paused,
    /// Whoever ran it ended in the middle; it can be resumed.
    Interrupted,
    /// Every row has its outcome.
    Ended,
    /// It was cancelled; what was not sent by then never will be.
    Cancelled,
}

impl JobState {
    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Planned => "planned",
            Self::Running => "running",
            Self::Paused => "paused",
            Self::Interrupted => "interrupted",
            Self::Ended => "ended",
            Self::Cancelled => "cancelled",
        }
    }

    /// Whether nothing more will happen to it.
    pub fn is_over(self) -> bool {
        matches!(self, Self::Ended | Self::Cancelled)
    }
}

/// What a person asked of a job that may be run by another process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wish {
    /// Go on.
    Run,
    /// Stop after what is under way.
    Pause,
    /// Stop after what is under way, for good.
    Cancel,
}

impl Wish {
    fn word(self) -> &'static str {
        match self {
            Self::Run => "run",
            Self::Pause => "pause",
            Self::Cancel => "cancel",
        }
    }
}

/// How a job stands at one moment; what front ends follow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snapshot {
    /// Where it stands.
    pub state: JobState,
    /// Why it stands still, if it does for a reason of its own.
    pub why: Option<String>,
    /// Rows in all.
    pub rows: u64,
    /// Rows that worked.
    pub worked: u64,
    /// Rows the desk refused.
    pub failed: u64,
    /// Rows whose record had moved.
    pub moved: u64,
    /// Rows of which nobody knows.
    pub unknown: u64,
    /// Batches: waiting, under way, done, cancelled.
    pub batches: [u64; 4],
    /// When it was begun.
    pub began: Option<Timestamp>,
    /// When it was over.
    pub ended: Option<Timestamp>,
}

impl Snapshot {
    /// Rows that have their outcome.
    pub fn done(&self) -> u64 {
        self.worked + self.failed + self.moved + self.unknown
    }

    /// Rows that did not work.
    pub fn not_worked(&self) -> u64 {
        self.failed + self.moved + self.unknown
    }
}

impl Plan {
    /// How it stands now, whoever runs it.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn snapshot(&self) -> Result<Snapshot, PlanError> {
        let mut counts = [0; 4];
        let mut batches = [0; 4];
        for Tally { state, batches: number, ended } in self.file.tally()? {
            let column = match state.as_str() {
                WAITING => 0,
                SENDING | ACCEPTED => 1,
                DONE => 2,
                _ => 3,
            };
            batches[column] += number;
            (0..4).for_each(|at| counts[at] += ended[at]);
        }
        let [worked, failed, moved, unknown] = counts;
        let moment = |key: &str| Ok::<_, PlanError>(self.file.said(key)?.and_then(|at| at.parse().ok()));
        Ok(Snapshot {
            state: self.state()?,
            why: self.file.said("why")?.filter(|why| !why.is_empty()),
            rows: self.counts().sent(),
            worked,
            failed,
            moved,
            unknown,
            batches,
            began: moment("began")?,
            ended: moment("ended")?,
        })
    }

    /// Where it stands.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn state(&self) -> Result<JobState, PlanError> {
        Ok(match self.file.said("state")?.as_deref() {
            None => JobState::Planned,
            Some("ended") => JobState::Ended,
            Some("cancelled") => JobState::Cancelled,
            Some(_) if self.file.is_run() => JobState::Running,
            Some("paused") => JobState::Paused,
            Some(_) => JobState::Interrupted,
        })
    }

    pub(super) fn says(&self, state: &str, why: &str, now: Timestamp) -> Result<(), PlanError> {
        self.file.say("why", why)?;
        match state {
            "running" if self.file.said("began")?.is_none() => self.file.say("began", &now.to_string())?,
            "ended" | "cancelled" => self.file.say("ended", &now.to_string())?,
            _ => {}
        }
        Ok(self.file.say("state", state)?)
    }

    /// Asks whoever runs it, now or later, to pause, stop or go on.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn wish(&self, wish: Wish) -> Result<(), PlanError> {
        Ok(self.file.say("wish", wish.word())?)
    }

    /// Asks for the first batch to go alone, and to stand still for a look behind it.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn wants_canary(&self) -> Result<(), PlanError> {
        Ok(self.file.say("canary", "wanted")?)
    }

    /// What was asked of it.
    pub(super) fn wished(&self) -> Result<Wish, PlanError> {
        Ok(match self.file.said("wish")?.as_deref() {
            Some("pause") => Wish::Pause,
            Some("cancel") => Wish::Cancel,
            _ => Wish::Run,
        })
    }

    /// Batches from `n` on, with how far each is.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn batches_from(&self, n: u64, limit: u64) -> Result<Vec<BatchRow>, PlanError> {
        Ok(self.file.batches(n, limit)?)
    }

    /// What became of the rows of one batch; none before it is done.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn outcomes_of(&self, batch: u64) -> Result<Vec<RowOutcome>, PlanError> {
        let Some(sealed) = self.file.sealed_outcomes(batch)? else { return Ok(Vec::new()) };
        let bytes = self.seal.open_bytes(&outcomes_name(self, batch), sealed).ok_or(PlanError::Unreadable)?;
        serde_json::from_slice(&bytes).map_err(|_| PlanError::Unreadable)
    }

    /// Writes a step of a batch down; on disk when it returns.
    pub(super) fn step(
        &self,
        n: u64,
        state: &str,
        job: Option<&str>,
        sent: Option<Timestamp>,
    ) -> Result<(), PlanError> {
        let sent = sent.map(|at| at.to_string());
        Ok(self.file.step(n, Step { state, job, sent: sent.as_deref() })?)
    }

    /// Writes the outcomes of a batch down; on disk when it returns.
    pub(super) fn end_batch(&self, n: u64, outcomes: &[RowOutcome]) -> Result<(), PlanError> {
        let mut ended = [0; 4];
        for row in outcomes {
            ended[row.outcome.column()] += 1;
        }
        let bytes = serde_json::to_vec(outcomes).map_err(|_| PlanError::Unreadable)?;
        let sealed = self.seal.close_bytes(&outcomes_name(self, n), &bytes).ok_or(PlanError::NoKey)?;
        Ok(self.file.end(n, DONE, ended, &sealed)?)
    }
}

fn outcomes_name(plan: &Plan, batch: u64) -> String {
    format!("{}/outcomes/{batch}", plan.id())
}
