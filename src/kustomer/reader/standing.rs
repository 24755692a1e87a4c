//! Owns asking the desk how the bulk jobs of a trail stand, for the handover report.

use std::collections::BTreeMap;

use super::Reader;
use crate::{
    approval::{
        Entry,
        handover::{Job, Jobs},
    },
    domain::{BulkId, BulkJob, BulkStatus},
};

/// The most jobs that are asked about: a report is no reason to spend the desk's budget.
const JOBS: usize = 50;

impl Reader {
    /// The jobs that these entries of this desk started, the newest first; one nobody tells of is left out. `own` knows those
    /// that have a journal here.
    pub async fn standings(&self, entries: &[Entry], org: &str, own: impl Fn(&str) -> Option<BulkJob>) -> Jobs {
        let started = entries.iter().rev().filter(|entry| {
            entry.event == "done" && entry.effect == "bulk" && !entry.object.is_empty() && entry.org == org
        });
        let mut jobs = BTreeMap::new();
        for entry in started.take(JOBS) {
            if let Some(job) = own(&entry.object) {
                jobs.insert(entry.object.clone(), standing(&job));
            } else if let Ok(job) = self.bulk(&BulkId::new(&entry.object)).await {
                jobs.insert(entry.object.clone(), standing(&job));
            }
        }
        jobs
    }
}

fn standing(job: &BulkJob) -> Job {
    Job {
        done: job.batches.iter().map(|batch| batch.succeeded).sum(),
        failed: job.batches.iter().map(|batch| batch.failed).sum(),
        runs: job.status != BulkStatus::Complete,
    }
}
