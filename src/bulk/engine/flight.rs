//! Owns the way of one batch: written down, sent, followed at the desk, its rows' outcomes written down. What is unclear is
//! looked up (`look`) before it is sent again, and what is refused the second time is looked up before it is called failed.

use std::{collections::HashMap, time::Duration};

use jiff::Timestamp;
use serde_json::Value;

use super::{Run, RunError, look::Seen};
use crate::{
    bulk::{
        PlannedRow, Verb,
        journal::{ACCEPTED, Outcome, RowOutcome, SENDING, WAITING},
        plan::Wired,
    },
    domain::{Batch, BulkStatus},
    privacy::text,
    store::BatchRow,
    transport::{ApiError, Call, ErrorKind, Lane, Repeat},
};

/// How long after a sending without an answer its absence begins to count: the desk works jobs off when it comes to them.
const QUIET: Duration = Duration::from_secs(4);
/// Where a second effect would not be refused by the desk, its absence has to be surer.
const LONG_QUIET: Duration = Duration::from_secs(45);
/// How often a batch is sent at most: in one run where the desk refuses a second effect, else in all.
const MOST_SENDINGS: u64 = 6;
/// How long a job of the desk is followed.
const PATIENCE: Duration = Duration::from_mins(10);

/// How a batch's way ended.
pub(super) enum Flown {
    /// Every row has its outcome.
    Done,
    /// It certainly was not sent, or cannot be followed; it is as it was.
    NotSent(u64, ApiError),
    /// The desk does not come to an end with it.
    Stuck,
}

/// What came of sending a batch once.
enum Sent {
    /// The desk took it as this job.
    Accepted(String),
    /// The desk refused all of it.
    Refused(String),
    /// Nobody knows.
    Unclear,
    /// It certainly did not reach the desk.
    Not(ApiError),
}

/// What came of following a job.
enum Followed {
    /// What the desk says of its items.
    Over(Vec<Batch>),
    /// The desk does not know the job.
    Forgotten,
    /// It cannot be asked.
    Not(ApiError),
    /// It goes on for too long.
    Stuck,
}

impl Run {
    /// The whole way of one batch, from where the journal left it.
    pub(super) async fn fly(&self, batch: BatchRow) -> Result<Flown, RunError> {
        let rows = self.plan.rows_of(batch.n)?;
        let mut known: Vec<Option<Outcome>> = vec![None; rows.len()];
        let (mut sendings, mut here) = (batch.attempts, 0);
        let is_guarded = rows.first().is_none_or(|row| self.plan.resource().refuses_twice(row.verb));
        let mut state = batch.state.clone();
        let mut job = batch.job.clone().filter(|_| state == ACCEPTED);
        let mut sent =
            batch.sent.as_deref().and_then(|at| at.parse().ok()).unwrap_or_else(|| self.engine.clock().now());
        loop {
            if state == SENDING {
                if let Err(error) = self.look_for(&rows, &mut known, sent).await {
                    return Ok(Flown::NotSent(batch.n, error));
                }
                if known.iter().all(Option::is_some) || (!is_guarded && sendings >= MOST_SENDINGS) {
                    return self.land(&batch, &rows, known);
                }
                // Sent again it would do no harm, but a person should look why it never is answered.
                if here >= MOST_SENDINGS {
                    return Ok(Flown::Stuck);
                }
            }
            if job.is_none() {
                // Closed never: it is the run's own.
                let _place = self.unanswered.acquire().await.ok();
                sent = self.engine.clock().now();
                match self.send(batch.n, &rows, sent).await? {
                    Sent::Accepted(id) => job = Some(id),
                    Sent::Refused(reason) => {
                        let failed =
                            |known: Option<Outcome>| known.or(Some(Outcome::Failed { reason: reason.clone() }));
                        return self.land(&batch, &rows, known.into_iter().map(failed).collect());
                    }
                    Sent::Unclear => {}
                    Sent::Not(error) => {
                        // It stays to be looked up where an earlier sending is unclear.
                        let back = if sendings == 0 { WAITING } else { SENDING };
                        self.plan.step(batch.n, back, None, None)?;
                        return Ok(Flown::NotSent(batch.n, error));
                    }
                }
                sendings += 1;
                here += 1;
            }
            let Some(id) = job.take() else {
                SENDING.clone_into(&mut state);
                continue;
            };
            match self.follow(&id, rows.len()).await {
                Followed::Over(batches) => {
                    let told = self.told(&rows, &batches, sendings > 1, sent, known).await;
                    return match told {
                        Ok(outcomes) => self.land(&batch, &rows, outcomes),
                        Err(error) => Ok(Flown::NotSent(batch.n, error)),
                    };
                }
                Followed::Forgotten => SENDING.clone_into(&mut state),
                Followed::Not(error) => return Ok(Flown::NotSent(batch.n, error)),
                Followed::Stuck => return Ok(Flown::Stuck),
            }
        }
    }

    /// Sends a batch once: it is in the journal before its first byte leaves, and its job is when the answer is there.
    async fn send(&self, n: u64, rows: &[PlannedRow], now: Timestamp) -> Result<Sent, RunError> {
        let verb = rows.first().map_or(Verb::Update, |row| row.verb);
        let wired = Wired::of(self.plan.resource(), verb, rows);
        let at = usize::try_from(n).unwrap_or(usize::MAX);
        if !self.ticket.admits(at, wired.method, &wired.path, wired.body.as_deref()) {
            return Err(RunError::Tampered(n));
        }
        self.plan.step(n, SENDING, None, Some(now))?;
        let call = Call {
            method: wired.method,
            body: wired.body,
            repeat: Repeat::Never,
            ..Call::get(self.plan.resource().operation(verb).label(), wired.path, Lane::Bulk)
        };
        Ok(match self.engine.reader.transport().send(call).await {
            Ok(answer) => match answer.body.pointer("/data/id").and_then(Value::as_str) {
                Some(id) => {
                    self.plan.step(n, ACCEPTED, Some(id), None)?;
                    Sent::Accepted(id.to_owned())
                }
                None => Sent::Unclear,
            },
            Err(error) => match error.kind() {
                ErrorKind::Unclear | ErrorKind::Server | ErrorKind::Garbled => Sent::Unclear,
                ErrorKind::NotFound | ErrorKind::Conflict | ErrorKind::Invalid => Sent::Refused(reason(&error)),
                ErrorKind::NotSignedIn
                | ErrorKind::Forbidden
                | ErrorKind::Limited
                | ErrorKind::Unreachable
                | ErrorKind::BadRequest
                | ErrorKind::NotOffered => Sent::Not(error),
            },
        })
    }

    /// Follows a job of the desk to its end, with as few questions as can be.
    async fn follow(&self, job: &str, rows: usize) -> Followed {
        let clock = self.engine.clock();
        let began = clock.elapsed();
        let mut asked = 0;
        loop {
            clock.sleep(self.pace.wait(asked)).await;
            asked += 1;
            match self.engine.reader.bulk_batches(job).await {
                Ok(batches) if is_over(&batches, rows) => {
                    self.pace.took(clock.elapsed().saturating_sub(began), asked);
                    return Followed::Over(batches);
                }
                Err(error) if error.kind() == ErrorKind::NotFound => return Followed::Forgotten,
                Err(error) if !super::is_passing(error.kind()) && error.kind() != ErrorKind::Garbled => {
                    return Followed::Not(error);
                }
                Ok(_) | Err(_) => {}
            }
            if clock.elapsed().saturating_sub(began) > PATIENCE {
                return Followed::Stuck;
            }
        }
    }

    /// Waits until an absence counts, then looks for what the rows would have done.
    async fn look_for(
        &self,
        rows: &[PlannedRow],
        known: &mut [Option<Outcome>],
        sent: Timestamp,
    ) -> Result<(), ApiError> {
        let is_guarded = rows.first().is_none_or(|row| self.plan.resource().refuses_twice(row.verb));
        let quiet = if is_guarded { QUIET } else { LONG_QUIET };
        let clock = self.engine.clock();
        let since = Duration::try_from(clock.now().duration_since(sent)).unwrap_or_default();
        clock.sleep(quiet.saturating_sub(since)).await;
        // Where the desk refuses a second effect, three rows tell whether it is worth reading the rest.
        let probes = [0, rows.len() / 2, rows.len().saturating_sub(1)];
        let mut is_there = !is_guarded;
        for at in probes {
            if is_guarded && known[at].is_none() {
                known[at] = self.seen(&rows[at], sent).await?;
            }
            is_there |= known[at].is_some();
        }
        for (row, known) in rows.iter().zip(known.iter_mut()).filter(|(_, known)| is_there && known.is_none()) {
            *known = self.seen(row, sent).await?;
        }
        Ok(())
    }

    async fn seen(&self, row: &PlannedRow, sent: Timestamp) -> Result<Option<Outcome>, ApiError> {
        Ok(match self.look(row, sent).await? {
            Seen::Ours(outcome) => Some(outcome),
            Seen::Another(_) | Seen::NotYet => None,
        })
    }

    /// What became of each row, by what the desk says of it. What it refused is looked at where it may have been done by an
    /// earlier sending, or where the record may have moved.
    async fn told(
        &self,
        rows: &[PlannedRow],
        batches: &[Batch],
        is_again: bool,
        sent: Timestamp,
        known: Vec<Option<Outcome>>,
    ) -> Result<Vec<Option<Outcome>>, ApiError> {
        let said = Said::of(batches);
        let mut outcomes = Vec::with_capacity(rows.len());
        for (row, known) in rows.iter().zip(known) {
            let outcome = match (said.of_row(row), known) {
                (Ok(outcome), _) | (Err(_), Some(outcome)) => outcome,
                (Err(reason), None) if is_again || row.verb == Verb::Delete => match self.look(row, sent).await? {
                    Seen::Ours(outcome) | Seen::Another(outcome) => outcome,
                    Seen::NotYet => Outcome::Failed { reason },
                },
                (Err(reason), None) if row.rev.is_some() && speaks_of_rev(&reason) => self.refused(row, reason).await?,
                (Err(reason), None) => Outcome::Failed { reason },
            };
            outcomes.push(Some(outcome));
        }
        Ok(outcomes)
    }

    /// Writes the outcomes down: the batch is over.
    fn land(&self, batch: &BatchRow, rows: &[PlannedRow], known: Vec<Option<Outcome>>) -> Result<Flown, RunError> {
        let nobody =
            || Outcome::Unknown { reason: "it was sent, the answer got lost, and it was not found".to_owned() };
        let outcome = |(row, known): (&PlannedRow, Option<Outcome>)| RowOutcome {
            number: row.number,
            reference: row.reference.clone(),
            outcome: known.unwrap_or_else(nobody),
        };
        let outcomes: Vec<RowOutcome> = rows.iter().zip(known).map(outcome).collect();
        self.plan.end_batch(batch.n, &outcomes)?;
        Ok(Flown::Done)
    }
}

/// A job's items as the desk tells them.
struct Said<'a> {
    by_reference: HashMap<&'a str, Result<Option<&'a str>, String>>,
    errors: Vec<String>,
    failed: u64,
}

impl<'a> Said<'a> {
    fn of(batches: &'a [Batch]) -> Self {
        let mut said = Self { by_reference: HashMap::new(), errors: Vec::new(), failed: 0 };
        for batch in batches {
            said.failed += batch.failed;
            said.errors.extend(batch.errors.iter().map(|error| text::line(error.raw()).into_string()));
            for item in &batch.results {
                let ended = match &item.error {
                    Some(error) => Err(text::line(error.raw()).into_string()),
                    None => Ok(item.object_id.as_deref()),
                };
                said.by_reference.insert(&item.client_ref, ended);
            }
        }
        said
    }

    /// What it says of a row: what was done, or why not.
    fn of_row(&self, row: &PlannedRow) -> Result<Outcome, String> {
        let own = row.id.clone().unwrap_or_default();
        if row.verb == Verb::Delete {
            // A deletion carries no references: where one failed, each has to be looked at.
            return match self.errors.as_slice() {
                [] if self.failed == 0 => Ok(Outcome::Deleted { id: own }),
                errors => Err(errors.join("; ")),
            };
        }
        match self.by_reference.get(row.reference.as_str()) {
            Some(Ok(id)) if row.verb == Verb::Create => Ok(Outcome::Created { id: id.unwrap_or_default().to_owned() }),
            Some(Ok(_)) => Ok(Outcome::Updated { id: own }),
            Some(Err(reason)) => Err(reason.clone()),
            None => Err("the desk told no result of this item".to_owned()),
        }
    }
}

/// Whether all items of a job are told.
fn is_over(batches: &[Batch], rows: usize) -> bool {
    let told: u64 = batches.iter().map(|batch| batch.succeeded + batch.failed).sum();
    let complete = batches.iter().all(|batch| batch.status == BulkStatus::Complete);
    complete && told >= rows as u64
}

/// Whether a desk's reason may be a revision that moved on; its words are unverified, so this only decides what is looked at.
fn speaks_of_rev(reason: &str) -> bool {
    let reason = reason.to_lowercase();
    ["rev", "changed", "conflict", "stale", "409"].iter().any(|word| reason.contains(word))
}

/// A refusal in words: the desk's own where it gave some.
fn reason(error: &ApiError) -> String {
    error.detail().map_or_else(|| error.to_string(), |detail| text::line(detail.raw()).into_string())
}
