//! Owns what is told of a job: its rows as CSV that no spreadsheet takes for formulas, how fast it goes and when it will be
//! done, and the job in the shape of the desk's own, for whoever watches both. Reads the journal; writes nothing into it.

use std::{collections::VecDeque, io::Write, time::Duration};

use super::{JobState, LeftOut, Plan, PlanError, PlanId, Snapshot};
use crate::{
    domain::{Batch, BulkId, BulkJob, BulkStatus, ItemResult, Text},
    privacy::text,
    store::Store,
};

/// Rows read at a time.
const PAGE: usize = 500;
/// How far back the pace of a job is measured.
const WINDOW: Duration = Duration::from_secs(20);
/// Points of the pace that are kept to be drawn.
const POINTS: usize = 60;

/// A cell no spreadsheet takes for a formula: what would begin one gets an apostrophe in front.
pub fn cell(words: &str) -> String {
    let safe = text::line(words).into_string();
    let begins = |c: char| matches!(c, '=' | '+' | '-' | '@' | '\t' | '\r');
    // What is made safe may have lost a leading tab: the words as they came decide.
    if words.starts_with(begins) || safe.starts_with(begins) { format!("'{safe}") } else { safe }
}

impl Plan {
    /// Writes what became of each row as CSV, in the order they were sent, then what was left out. `failed` keeps to rows
    /// that did not work.
    ///
    /// # Errors
    /// When the plan cannot be read or the file not be written.
    pub fn results(&self, into: impl Write, failed: bool) -> Result<u64, ResultsError> {
        let mut csv = csv::Writer::from_writer(into);
        csv.write_record(["row", "reference", "action", "record", "external_id", "outcome", "reason"])?;
        let mut lines = 0;
        for batch in 0..self.batches() {
            let outcomes = self.outcomes_of(batch)?;
            for (at, row) in self.rows_of(batch)?.iter().enumerate() {
                let outcome = outcomes.get(at).map(|row| &row.outcome);
                if failed && outcome.is_none_or(|outcome| outcome.id().is_some()) {
                    continue;
                }
                let id = outcome.and_then(|outcome| outcome.id()).or(row.id.as_deref()).unwrap_or_default();
                let (word, reason) = outcome.map_or(("not sent", ""), |o| (o.word(), o.reason().unwrap_or_default()));
                csv.write_record([
                    &row.number.to_string(),
                    &cell(&row.reference),
                    row.verb.word(),
                    &cell(id),
                    &cell(row.external_id.as_deref().unwrap_or_default()),
                    word,
                    &cell(reason),
                ])?;
                lines += 1;
            }
        }
        lines += self.left_out_results(&mut csv, failed)?;
        csv.flush().map_err(csv::Error::from)?;
        Ok(lines)
    }

    fn left_out_results(&self, csv: &mut csv::Writer<impl Write>, failed: bool) -> Result<u64, ResultsError> {
        let mut lines = 0;
        let mut from = 0;
        loop {
            let page = self.left_outs(from, PAGE)?;
            if page.rows.is_empty() {
                return Ok(lines);
            }
            from += page.rows.len() as u64;
            for row in page.rows {
                let (word, reason) = match &row.why {
                    LeftOut::Unchanged => ("unchanged", String::new()),
                    LeftOut::Skipped(why) => ("skipped", why.clone()),
                    LeftOut::Invalid(faults) => {
                        let words = faults.iter().map(|fault| format!("{}: {}", fault.column, fault.reason));
                        ("invalid", words.collect::<Vec<_>>().join("; "))
                    }
                };
                if failed && word == "unchanged" {
                    continue;
                }
                csv.write_record([&row.number.to_string(), &cell(&row.reference), "", "", "", word, &cell(&reason)])?;
                lines += 1;
            }
        }
    }

    /// The job as the desk tells its own: what did not work by reference, the rest counted.
    ///
    /// # Errors
    /// When the plan cannot be read.
    pub fn as_job(&self) -> Result<BulkJob, PlanError> {
        let snapshot = self.snapshot()?;
        let mut batches = Vec::new();
        for row in self.batches_from(0, self.batches())? {
            let [worked, failed, moved, unknown] = row.ended;
            let not_worked = failed + moved + unknown;
            let told = if not_worked > 0 { self.outcomes_of(row.n)? } else { Vec::new() };
            let results = told.into_iter().filter_map(|told| {
                let reason = told.outcome.reason()?.to_owned();
                let error = Some(Text::new(reason));
                Some(ItemResult { client_ref: told.reference, object_id: None, error })
            });
            let status = match row.state.as_str() {
                "done" | "cancelled" => BulkStatus::Complete,
                "waiting" => BulkStatus::Queued,
                _ => BulkStatus::Running,
            };
            batches.push(Batch {
                status,
                succeeded: worked,
                failed: not_worked,
                results: results.collect(),
                errors: vec![],
            });
        }
        let status = match snapshot.state {
            JobState::Ended | JobState::Cancelled => BulkStatus::Complete,
            JobState::Running => BulkStatus::Running,
            other => BulkStatus::Other(other.word().to_owned()),
        };
        Ok(BulkJob {
            id: BulkId::new(self.id().as_str()),
            status,
            batches_done: snapshot.batches[2],
            batches_total: self.batches(),
            batches,
        })
    }
}

/// Why results could not be written.
#[derive(Debug, thiserror::Error)]
pub enum ResultsError {
    /// The plan cannot be read.
    #[error(transparent)]
    Plan(#[from] PlanError),
    /// The file cannot be written.
    #[error(transparent)]
    File(#[from] csv::Error),
}

/// The plan of a job of ours by its id; `None` for an id that is none of ours, or a plan that is not here.
pub fn own_plan(store: &Store, id: &str) -> Option<Plan> {
    Plan::open(&store.jobs_folder(), store.seal()?, &PlanId::parse(id)?).ok()
}

/// The same in the shape of the desk's own jobs.
pub fn own_job(store: &Store, id: &str) -> Option<BulkJob> {
    own_plan(store, id)?.as_job().ok()
}

/// How fast a job goes, from how it stood at moments.
#[derive(Clone, Debug, Default)]
pub struct Progress {
    seen: VecDeque<(Duration, u64)>,
    points: VecDeque<u64>,
}

impl Progress {
    /// Takes in how the job stands now; `at` is monotonic.
    pub fn note(&mut self, at: Duration, snapshot: &Snapshot) {
        let before = self.seen.back().copied();
        self.seen.push_back((at, snapshot.done()));
        while self.seen.len() > 2 && self.seen.front().is_some_and(|(then, _)| at.saturating_sub(*then) > WINDOW) {
            self.seen.pop_front();
        }
        self.points.push_back(before.map_or(0, |(_, done)| snapshot.done().saturating_sub(done)));
        if self.points.len() > POINTS {
            self.points.pop_front();
        }
    }

    /// Rows a minute, as of late.
    pub fn per_minute(&self) -> Option<f64> {
        let ((then, before), (now, done)) = (*self.seen.front()?, *self.seen.back()?);
        let span = now.saturating_sub(then).as_secs_f64();
        (span > 0.5).then(|| done.saturating_sub(before) as f64 * 60.0 / span)
    }

    /// How long it will still take, at that pace.
    pub fn left(&self, snapshot: &Snapshot) -> Option<Duration> {
        let pace = self.per_minute().filter(|pace| *pace > 0.0)?;
        let left = snapshot.rows.saturating_sub(snapshot.done()) as f64;
        Duration::try_from_secs_f64(left * 60.0 / pace).ok()
    }

    /// Rows done between one look and the next, oldest first: to be drawn.
    pub fn points(&self) -> Vec<u64> {
        self.points.iter().copied().collect()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn no_cell_begins_a_formula(words in "[=+@\\t\\r \\-a-z0-9\\p{Cc}]{0,12}") {
            let cell = cell(&words);
            prop_assert!(!cell.starts_with(['=', '+', '-', '@', '\t', '\r']), "{words:?} became {cell:?}");
        }
    }

    #[test]
    fn a_job_is_as_fast_as_it_was_of_late() {
        let mut progress = Progress::default();
        let mut snapshot = Snapshot {
            state: JobState::Running,
            why: None,
            rows: 1_000,
            worked: 0,
            failed: 0,
            moved: 0,
            unknown: 0,
            batches: [10, 0, 0, 0],
            began: None,
            ended: None,
        };
        for second in 0..=60 {
            snapshot.worked = second * 5;
            progress.note(Duration::from_secs(second), &snapshot);
        }
        let pace = progress.per_minute().expect("a pace");
        assert!((pace - 300.0).abs() < 1.0, "{pace}");
        assert_eq!(progress.left(&snapshot).map(|left| left.as_secs()), Some(140));
        assert_eq!(progress.points().last(), Some(&5));
    }
}
