//! Owns the tool that watches a bulk job. Failures go by the reference each item was sent under: for jobs the assistant
//! proposed, the customer's external id.

use std::time::Duration;

use super::{
    Answer, Code, Cx, Kind, Outcome, Param, Spec, ToolError,
    answer::{self, Shown, list, map, maybe, own},
    params::Arguments,
};
use crate::{
    approval::Effect,
    bulk,
    domain::{BulkId, BulkJob, BulkStatus as JobStatus, ItemResult},
};

/// The longest one call waits.
const LONGEST_WAIT: u64 = 5;
/// Between two looks within one call.
const STEP: Duration = Duration::from_secs(1);
/// Failures that are named.
const FAILURES: usize = 100;

/// Watches a bulk job.
pub(super) struct BulkStatus;

impl Code for BulkStatus {
    const SPEC: Spec = Spec {
        name: "bulk_status",
        about: "How far a bulk job is: items done, succeeded and failed, and each failure with its reason. Give wait_seconds \
                and call it again until the status is complete. Complete does not mean that every item worked.",
        words: "watch monitor job progress batches failed",
        effect: Effect::Read,
        polls: true,
        params: &[
            Param::must("job_id", Kind::Words(4_000), "The job's id, or several joined by commas, as it was told."),
            Param::may("wait_seconds", Kind::Count(LONGEST_WAIT), "Wait up to so long for it to complete."),
        ],
        example: r#"{"job_id": "66a1f0c2b7d4e9001c3a5f10", "wait_seconds": 2}"#,
    };

    async fn run(arguments: Arguments, cx: &Cx) -> Result<Outcome, ToolError> {
        let given = arguments.must("job_id")?;
        let ids: Vec<BulkId> = given.split(',').map(str::trim).filter(|id| !id.is_empty()).map(BulkId::new).collect();
        let wait = Duration::from_secs(arguments.count("wait_seconds", 0) as u64);
        let until = cx.clock.elapsed() + wait;
        let mut job = look(&ids, cx).await?;
        while job.status != JobStatus::Complete && cx.clock.elapsed() < until {
            cx.clock.sleep(STEP.min(until.saturating_sub(cx.clock.elapsed()))).await;
            job = look(&ids, cx).await?;
        }
        Ok(Outcome::Answer(Answer::new(report(&job, items_of(&ids, cx)), &cx.vault)))
    }
}

/// The jobs as one: complete when all are, their batches in order.
async fn look(ids: &[BulkId], cx: &Cx) -> Result<BulkJob, ToolError> {
    let id = BulkId::new(ids.iter().map(BulkId::as_str).collect::<Vec<_>>().join(","));
    let mut whole = BulkJob { id, status: JobStatus::Complete, batches_done: 0, batches_total: 0, batches: Vec::new() };
    for id in ids {
        let job = match bulk::own_job(&cx.store, id.as_str()) {
            Some(job) => job,
            None => cx.reader.bulk(id).await?,
        };
        if job.status != JobStatus::Complete {
            whole.status = job.status;
        }
        whole.batches_done += job.batches_done;
        whole.batches_total += job.batches_total;
        whole.batches.extend(job.batches);
    }
    Ok(whole)
}

/// How many items were sent, where all the jobs were started here.
fn items_of(ids: &[BulkId], cx: &Cx) -> Option<u64> {
    let jobs = cx.store.jobs(&cx.org).unwrap_or_else(|error| {
        tracing::warn!(%error, "started jobs cannot be read; the total is not told");
        Vec::new()
    });
    ids.iter().map(|id| jobs.iter().find(|job| job.id == *id).map(|job| job.items)).sum()
}

fn report(job: &BulkJob, items: Option<u64>) -> Shown {
    let succeeded: u64 = job.batches.iter().map(|batch| batch.succeeded).sum();
    let failed: u64 = job.batches.iter().map(|batch| batch.failed).sum();
    let failures: Vec<&ItemResult> =
        job.batches.iter().flat_map(|batch| &batch.results).filter(|item| item.error.is_some()).collect();
    let errors: Vec<_> = job.batches.iter().flat_map(|batch| &batch.errors).collect();
    let cut = failures.len().saturating_sub(FAILURES);
    map([
        ("job_id", own(job.id.as_str())),
        ("status", own(status(job, failed, succeeded))),
        ("done", own(succeeded + failed)),
        ("total", maybe(items, own)),
        ("succeeded", own(succeeded)),
        ("failed", own(failed)),
        ("batches_done", own(job.batches_done)),
        ("batches_total", own(job.batches_total)),
        (
            "failures",
            list(failures.iter().take(FAILURES), |item| {
                let reason = item.error.as_ref().map_or("", |error| error.raw());
                map([
                    ("external_id", Shown::Words(item.client_ref.clone(), answer::SHORT)),
                    ("reason", Shown::Words(reason.to_owned(), answer::SHORT)),
                ])
            }),
        ),
        ("errors", if errors.is_empty() { Shown::Absent } else { list(errors.into_iter().take(20), answer::short) }),
        ("note", maybe((cut > 0).then(|| format!("{cut} more failures are not listed")), own)),
    ])
}

/// The job's state in three words; a job whose every item failed has failed, whatever the desk calls it.
fn status(job: &BulkJob, failed: u64, succeeded: u64) -> &'static str {
    match &job.status {
        // It stands still until a person goes on with it: waiting for it is of no use.
        JobStatus::Other(state) if ["paused", "interrupted"].contains(&state.as_str()) => "paused",
        JobStatus::Queued | JobStatus::Scheduled | JobStatus::Running | JobStatus::Other(_) => "running",
        JobStatus::Complete if failed > 0 && succeeded == 0 => "failed",
        JobStatus::Complete => "complete",
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::{domain::Batch, privacy::Vault};

    #[test]
    fn failures_are_named_by_the_orgs_own_ids() {
        let failure = ItemResult { client_ref: "TEN-10002".into(), object_id: None, error: Some("duplicate".into()) };
        let fine = ItemResult { client_ref: "TEN-10001".into(), object_id: Some("66k1".into()), error: None };
        let batch = Batch {
            status: JobStatus::Complete,
            succeeded: 1,
            failed: 1,
            results: vec![fine, failure],
            errors: vec![],
        };
        let job = BulkJob {
            id: BulkId::new("66b1"),
            status: JobStatus::Complete,
            batches_done: 1,
            batches_total: 1,
            batches: vec![batch],
        };
        assert_eq!(
            Answer::new(report(&job, Some(2)), &Vault::new()).into_value(),
            json!({"job_id": "66b1", "status": "complete", "done": 2, "total": 2, "succeeded": 1, "failed": 1,
                "batches_done": 1, "batches_total": 1,
                "failures": [{"external_id": "TEN-10002", "reason": "duplicate"}]})
        );
    }
}
