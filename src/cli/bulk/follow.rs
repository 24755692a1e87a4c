//! Owns the following of a job on a terminal or in a pipe: one line (or one JSON object a line) each time it moved on, until
//! it stands still. Who runs it, this process or another, makes no difference: the journal is read.

use std::time::Duration;

use serde_json::{Value, json};

use super::super::{Exit, Failure, out, session::Session};
use crate::{
    bulk::{JobState, Plan, Progress, Run, Snapshot, Wish},
    domain::{BulkId, BulkJob, BulkStatus},
    privacy::text,
};

/// Between two looks at the journal.
const LOOK: Duration = Duration::from_millis(250);
/// Between two questions to the desk about a job that is not ours.
const ASK: Duration = Duration::from_secs(2);

/// What was told so far.
pub struct Told {
    json: bool,
    last: Option<Snapshot>,
    progress: Progress,
}

impl Told {
    /// Nothing yet.
    pub fn new(json: bool) -> Self {
        Self { json, last: None, progress: Progress::default() }
    }

    /// Tells how the job stands, if that is news.
    fn tell(&mut self, session: &Session, plan: &Plan) -> Result<Snapshot, Failure> {
        let snapshot = plan.snapshot()?;
        if self.last.as_ref() != Some(&snapshot) {
            self.progress.note(session.clock.elapsed(), &snapshot);
            if self.json {
                let mut line = document(plan, &snapshot);
                line["rows_per_minute"] = json!(self.progress.per_minute().map(f64::round));
                line["eta_seconds"] = json!(self.progress.left(&snapshot).map(|left| left.as_secs()));
                out::json_line(&line)?;
            } else {
                out::say(&words(&snapshot, Some(&self.progress)));
            }
            self.last = Some(snapshot.clone());
        }
        Ok(snapshot)
    }

    fn end(&self, snapshot: &Snapshot) -> Exit {
        if !self.json && snapshot.not_worked() > 0 && snapshot.state.is_over() {
            out::say("`shiftdeck bulk show` names what did not work, `bulk results --failed` writes it out");
        }
        if snapshot.state.is_over() && snapshot.not_worked() > 0 { Exit::FailedItems } else { Exit::Done }
    }
}

/// Runs a begun plan to its end and tells how it goes. Ctrl-C lets what is under way end; a second one leaves at once.
pub async fn run(session: &Session, run: Run, told: &mut Told) -> Result<Exit, Failure> {
    let plan = run.plan().clone();
    if !told.json {
        out::say(&format!("job {}: {}", plan.id(), plan.summary()));
    }
    let mut going = Box::pin(run.go());
    let mut is_told_to_stop = false;
    loop {
        tokio::select! {
            ended = &mut going => {
                ended?;
                let snapshot = told.tell(session, &plan)?;
                return Ok(if is_told_to_stop { Exit::Interrupted } else { told.end(&snapshot) });
            }
            () = session.clock.sleep(LOOK) => drop(told.tell(session, &plan)?),
            _ = tokio::signal::ctrl_c() => {
                if is_told_to_stop {
                    return Ok(Exit::Interrupted);
                }
                is_told_to_stop = true;
                plan.wish(Wish::Pause)?;
                out::say("what is under way is followed to its end; Ctrl-C again leaves at once, `bulk resume` goes on");
            }
        }
    }
}

/// Follows a job of this machine until it stands still.
pub async fn watch(session: &Session, plan: &Plan, told: &mut Told) -> Result<Exit, Failure> {
    loop {
        let snapshot = told.tell(session, plan)?;
        if snapshot.state != JobState::Running {
            return Ok(told.end(&snapshot));
        }
        tokio::select! {
            () = session.clock.sleep(LOOK) => {}
            _ = tokio::signal::ctrl_c() => return Ok(Exit::Interrupted),
        }
    }
}

/// Follows a job of the desk that nobody here started.
pub async fn watch_desk(session: &Session, id: &str, told: &mut Told) -> Result<Exit, Failure> {
    session.sign_in().await?;
    let id = BulkId::new(id);
    let mut last = None;
    loop {
        let job = session.reader.bulk(&id).await?;
        let line = desk_document(&job);
        if last.as_ref() != Some(&line) {
            if told.json {
                out::json_line(&line)?;
            } else {
                out::say(&desk_words(&job));
            }
            last = Some(line);
        }
        if job.status == BulkStatus::Complete {
            return Ok(if failed(&job) > 0 { Exit::FailedItems } else { Exit::Done });
        }
        tokio::select! {
            () = session.clock.sleep(ASK) => {}
            _ = tokio::signal::ctrl_c() => return Ok(Exit::Interrupted),
        }
    }
}

fn worked(job: &BulkJob) -> u64 {
    job.batches.iter().map(|batch| batch.succeeded).sum()
}

fn failed(job: &BulkJob) -> u64 {
    job.batches.iter().map(|batch| batch.failed).sum()
}

fn desk_document(job: &BulkJob) -> Value {
    let results = job.batches.iter().flat_map(|batch| &batch.results);
    let failures: Vec<Value> = results
        .filter_map(|item| Some(json!({"reference": item.client_ref, "reason": item.error.as_ref()?.raw()})))
        .collect();
    json!({"desk_job": job.id.as_str(), "state": job.status.as_str(), "worked": worked(job), "failed": failed(job),
        "batches_done": job.batches_done, "batches": job.batches_total, "failures": failures})
}

fn desk_words(job: &BulkJob) -> String {
    let mut words = format!(
        "desk's job {} {}: {} worked, {} failed, batch {}/{}",
        job.id,
        job.status.as_str(),
        worked(job),
        failed(job),
        job.batches_done,
        job.batches_total
    );
    for item in job.batches.iter().flat_map(|batch| &batch.results) {
        if let Some(error) = &item.error {
            words.push_str(&format!("\n  {}: {}", text::line(&item.client_ref), error.line()));
        }
    }
    words
}

/// How a job stands, for programs.
pub fn document(plan: &Plan, snapshot: &Snapshot) -> Value {
    let counts = plan.counts();
    let [waiting, under_way, done, cancelled] = snapshot.batches;
    json!({
        "job": plan.id().as_str(),
        "state": snapshot.state.word(),
        "why": snapshot.why,
        "what": plan.summary(),
        "source": plan.source(),
        "resource": plan.resource().words(),
        "follows": plan.follows().map(crate::bulk::PlanId::as_str),
        "rows": snapshot.rows,
        "done": snapshot.done(),
        "worked": snapshot.worked,
        "failed": snapshot.failed,
        "moved": snapshot.moved,
        "unknown": snapshot.unknown,
        "left_out": {"unchanged": counts.unchanged, "skipped": counts.skipped, "invalid": counts.invalid},
        "batches": {"waiting": waiting, "under_way": under_way, "done": done, "cancelled": cancelled},
        "drafted": plan.drafted().to_string(),
        "began": snapshot.began.map(|at| at.to_string()),
        "ended": snapshot.ended.map(|at| at.to_string()),
    })
}

/// How a job stands, for people.
pub fn words(snapshot: &Snapshot, progress: Option<&Progress>) -> String {
    let [waiting, under_way, done, cancelled] = snapshot.batches;
    let mut words =
        format!("{}: {}/{} rows, {} worked", snapshot.state.word(), snapshot.done(), snapshot.rows, snapshot.worked);
    for (count, what) in [(snapshot.failed, "failed"), (snapshot.moved, "moved since"), (snapshot.unknown, "unknown")] {
        if count > 0 {
            words.push_str(&format!(", {count} {what}"));
        }
    }
    words.push_str(&format!(" · batches {done}/{}", waiting + under_way + done + cancelled));
    if under_way > 0 {
        words.push_str(&format!(", {under_way} under way"));
    }
    if let Some(progress) = progress.filter(|_| snapshot.state == JobState::Running) {
        if let Some(pace) = progress.per_minute().filter(|pace| *pace > 0.0) {
            words.push_str(&format!(" · {pace:.0} rows a minute"));
        }
        if let Some(left) = progress.left(snapshot) {
            words.push_str(&format!(" · {} left", span(left)));
        }
    }
    if let Some(why) = &snapshot.why {
        words.push_str(&format!(" · {}", text::line(why)));
    }
    words
}

fn span(left: Duration) -> String {
    match left.as_secs() {
        seconds @ 0..=119 => format!("{seconds} s"),
        seconds => format!("{} min", seconds.div_ceil(60)),
    }
}
