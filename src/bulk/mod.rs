//! Owns bulk jobs: a [`Plan`] of rows on disk, which is what was previewed, what a card shows and what is sent; and the
//! running of it. Does not read files or map columns to fields for it.
//!
//! ```text
//! rows ─ Drafting (streaming, sealed) ─> Plan ─ change() ─> approval ─ Approved ─> engine ─ batches ─> desk
//!                                          └─ pages of rows, of what is left out, of outcomes
//! ```
//!
//! Rows hold customers' values. They are sealed batch by batch with the desk's key ([`crate::privacy::Seal`]), so that no
//! value of a customer's lies on this disk in the clear; without the API key nobody reads a plan, and a plan drafted under
//! another key is nobody's.

mod adopt;
mod drafting;
pub mod engine;
mod follow;
pub mod import;
mod journal;
pub mod plan;
pub mod preview;
mod report;
mod resource;
mod row;

pub use drafting::Drafting;
pub use engine::{Engine, Options, Run, RunError};
pub use follow::FollowError;
pub use journal::{JobState, Outcome, RowOutcome, Snapshot, Wish};
pub use plan::{Page, Plan, PlanError, PlanId, Previewed};
pub use report::{Progress, ResultsError, cell, own_job, own_plan};
pub use resource::Resource;
pub use row::{Counts, Fault, LeftOut, LeftOutRow, PlannedRow, Verb};

/// Items one bulk call takes (Kustomer API reference 21).
pub const BATCH: usize = 100;
