//! Owns the words of the console about bulk jobs: what is asked of one, what a plan is made of, how one is told. The jobs
//! themselves are `bulk`'s; the runtime does what is asked (`runtime::jobs`).

use crate::{
    approval::Change,
    bulk::{JobState, Snapshot, import::Wanted},
    domain::Text,
    store::StartedJob,
};

/// What a person asks of a job of this machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Does {
    /// Stand still behind what is under way.
    Pause,
    /// Go on, under the approval it has.
    Resume,
    /// End for good behind what is under way.
    Cancel,
    /// Throw a plan away that was never approved.
    Forget,
    /// Write every row's result into a file.
    Results,
}

/// A plan to be made, or looked up, so that it can be put up for approval.
#[derive(Clone, Debug, PartialEq)]
pub enum Planning {
    /// From rows.
    Of(Box<Wanted>),
    /// The rows of this job that did not work.
    Retry(String),
    /// The way back from this job.
    Undo(String),
    /// The plan of this name, as it was made before.
    Again(String),
}

/// A plan that waits to be put up.
#[derive(Debug)]
pub struct Planned {
    /// Its name.
    pub id: String,
    /// The change a card shows.
    pub change: Change,
    /// Why, in our words.
    pub reason: Text,
    /// Whether anything would be sent.
    pub sends: bool,
    /// The preview, line by line.
    pub preview: Vec<String>,
    /// How it was made, where it was made from rows.
    pub made: Option<Made>,
}

/// How a plan came out of rows.
#[derive(Debug)]
pub struct Made {
    /// What the source was read as.
    pub read_as: String,
    /// Each column and the field it fills.
    pub mapping: Vec<(String, Option<String>)>,
    /// The mapping in lines, one a column.
    pub lines: Vec<String>,
    /// Every field there is, by name.
    pub fields: Vec<String>,
}

/// A job as the list tells it.
#[derive(Clone, Debug, PartialEq)]
pub struct JobRow {
    /// Its id, what it is, when it was made and how many rows it has.
    pub started: StartedJob,
    /// How it stands, where it is a job of this machine's engine; else the desk is asked.
    pub own: Option<Snapshot>,
}

impl JobRow {
    /// Where a job of ours stands.
    pub fn state(&self) -> Option<JobState> {
        self.own.as_ref().map(|snapshot| snapshot.state)
    }
}
