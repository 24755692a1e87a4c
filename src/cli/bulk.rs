//! Owns `shiftdeck bulk`: the jobs of this machine listed, shown, followed, paused, taken up again, tried again, taken back,
//! and their results written out. Plans are run by the engine (`bulk`); files are read by whoever imports them.

mod follow;
mod import;

use std::fs::File;

use serde_json::{Value, json};

use super::{
    Exit, Failure,
    args::{Bulk, BulkCommand},
    out,
    session::Session,
    tty,
};
use crate::{
    approval::{Author, TrailError},
    bulk::{FollowError, JobState, Options, Plan, PlanError, PlanId, ResultsError, RunError, Snapshot, Wish},
    config::Config,
    domain::Text,
    privacy::Seal,
};
pub use follow::Told;

/// Rows that did not work, named by `show`.
const NAMED: usize = 20;

/// Runs it.
pub async fn run(config: Config, args: &Bulk) -> Result<Exit, Failure> {
    let session = Session::open(config).await?;
    let ended = command(&session, &args.command).await;
    session.close().await;
    ended
}

async fn command(session: &Session, command: &BulkCommand) -> Result<Exit, Failure> {
    match command {
        BulkCommand::Import(args) => Box::pin(import::import(session, args)).await,
        BulkCommand::Set(args) => Box::pin(import::set(session, args)).await,
        BulkCommand::Delete(args) => Box::pin(import::delete(session, args)).await,
        BulkCommand::List { json } => list(session, *json),
        BulkCommand::Show { id, json } => show(&plan(session, id)?, *json),
        BulkCommand::Watch { id, json } => match PlanId::parse(id) {
            Some(_) => follow::watch(session, &plan(session, id)?, &mut Told::new(*json)).await,
            None => follow::watch_desk(session, id, &mut Told::new(*json)).await,
        },
        BulkCommand::Resume { id, json } => {
            let plan = plan(session, id)?;
            let run = match session.engine.resume(&plan) {
                Ok(run) => run,
                // One nobody said yes to yet is put before the person; one that has its yes needs none.
                Err(RunError::Trail(TrailError::NotApproved)) if plan.state()? == JobState::Planned => {
                    return approve_and_run(session, &plan, Options::default(), *json, "an import previewed before")
                        .await;
                }
                Err(error) => return Err(error.into()),
            };
            session.sign_in().await?;
            follow::run(session, run, &mut Told::new(*json)).await
        }
        BulkCommand::Pause { id } => pause(&plan(session, id)?),
        BulkCommand::Cancel { id, json } => cancel(session, &plan(session, id)?, *json).await,
        BulkCommand::Retry { id, canary, json } => {
            let plan = plan(session, id)?.retry(&session.store, session.clock.now())?;
            approve_and_run(session, &plan, Options { canary: *canary }, *json, "trying failures again").await
        }
        BulkCommand::Undo { id, json } => {
            let plan = plan(session, id)?.undo(&session.store, session.clock.now())?;
            approve_and_run(session, &plan, Options::default(), *json, "taking a job back").await
        }
        BulkCommand::Results { id, output, failed } => results(&plan(session, id)?, output, *failed),
    }
}

/// Puts a plan before the person at the terminal and, after their yes, runs it to its end, telling how it goes. A plan that
/// was refused is forgotten; where nobody can be asked it stays, to be resumed at a terminal.
pub async fn approve_and_run(
    session: &Session,
    plan: &Plan,
    options: Options,
    json: bool,
    reason: &str,
) -> Result<Exit, Failure> {
    if !tty::is_there() {
        // It stays: `bulk resume` at a terminal asks.
        return Err(tty::nobody(&plan.summary()));
    }
    session.sign_in().await?;
    let limit = session.reader.transport().budget().borrow().org.limit;
    let change = plan.change_at(limit);
    let asked = tokio::task::block_in_place(|| tty::ask_alone(session, change, Author::Person, Text::from(reason)));
    let approved = match asked {
        Ok(approved) => approved,
        Err(failure) => {
            plan.clone().forget();
            return Err(failure);
        }
    };
    let run = session.engine.begin(approved, plan, options)?;
    follow::run(session, run, &mut Told::new(json)).await
}

fn seal(session: &Session) -> Result<&Seal, Failure> {
    Ok(session.store.seal().ok_or(PlanError::NoKey)?)
}

/// The plan of this id, or the one that begins so.
fn plan(session: &Session, id: &str) -> Result<Plan, Failure> {
    let (folder, seal) = (session.store.jobs_folder(), seal(session)?);
    if let Some(id) = PlanId::parse(id) {
        return Ok(Plan::open(&folder, seal, &id)?);
    }
    let mut fits = Plan::list(&folder, seal);
    fits.retain(|plan| !id.is_empty() && plan.id().as_str().starts_with(id));
    match fits.len() {
        1 => Ok(fits.remove(0)),
        n => {
            let why = if n == 0 { "no job of this machine has that id" } else { "more than one begins so" };
            Err(Failure::new(
                format!("job {id:?}"),
                why,
                "`shiftdeck bulk list` names them; `bulk watch` takes the desk's ids too",
            ))
        }
    }
}

fn list(session: &Session, json: bool) -> Result<Exit, Failure> {
    let mut plans = Plan::list(&session.store.jobs_folder(), seal(session)?);
    plans.retain(|plan| plan.org() == session.trail.org());
    let mut rows = Vec::new();
    for plan in &plans {
        rows.push((plan, plan.snapshot()?));
    }
    if json {
        let jobs: Vec<Value> = rows.iter().map(|(plan, snapshot)| follow::document(plan, snapshot)).collect();
        out::json(&json!({ "jobs": jobs }))?;
        return Ok(Exit::Done);
    }
    if rows.is_empty() {
        out::say("no jobs here yet");
    }
    let cells: Vec<Vec<String>> = rows.iter().map(|(plan, snapshot)| cells(plan, snapshot)).collect();
    out::table(&["ID", "DRAFTED", "STATE", "ROWS", "WORKED", "NOT", "WHAT"], &cells)?;
    Ok(Exit::Done)
}

fn cells(plan: &Plan, snapshot: &Snapshot) -> Vec<String> {
    vec![
        plan.id().to_string(),
        plan.drafted().strftime("%Y-%m-%d %H:%M").to_string(),
        snapshot.state.word().to_owned(),
        snapshot.rows.to_string(),
        snapshot.worked.to_string(),
        snapshot.not_worked().to_string(),
        format!("{}, from {}", plan.summary(), plan.source()),
    ]
}

fn show(plan: &Plan, json: bool) -> Result<Exit, Failure> {
    let snapshot = plan.snapshot()?;
    let mut not_worked = Vec::new();
    plan.each(|row, outcome| {
        if let Some(reason) = outcome.reason().filter(|_| not_worked.len() < NAMED) {
            not_worked.push((row.number, row.reference, outcome.word(), reason.to_owned()));
        }
        Ok(())
    })?;
    if json {
        let mut document = follow::document(plan, &snapshot);
        let batch = |batch: crate::store::BatchRow| {
            let [worked, failed, moved, unknown] = batch.ended;
            json!({"batch": batch.n + 1, "action": batch.verb, "rows": batch.rows, "state": batch.state, "desk_job": batch.job,
                "sendings": batch.attempts, "worked": worked, "failed": failed, "moved": moved, "unknown": unknown})
        };
        document["batch_list"] = plan.batches_from(0, plan.batches())?.into_iter().map(batch).collect();
        let row = |(number, reference, outcome, reason): &(u64, String, &str, String)| json!({"row": number, "reference": reference, "outcome": outcome, "reason": reason});
        document["not_worked_first"] = not_worked.iter().map(row).collect();
        document["warnings"] = json!(plan.warnings());
        out::json(&document)?;
        return Ok(Exit::Done);
    }
    out::line(&format!("{}  {}", plan.id(), plan.summary()))?;
    out::line(&format!("from {}, drafted {}: {}", plan.source(), plan.drafted(), plan.counts().words()))?;
    out::line(&follow::words(&snapshot, None))?;
    for warning in plan.warnings() {
        out::line(&format!("! {warning}"))?;
    }
    let cells = plan.batches_from(0, plan.batches())?.into_iter().map(|batch| {
        let [worked, failed, moved, unknown] = batch.ended;
        let job = batch.job.unwrap_or_default();
        let ended = format!("{worked} worked, {} not", failed + moved + unknown);
        vec![(batch.n + 1).to_string(), batch.verb, batch.rows.to_string(), batch.state, ended, job]
    });
    out::table(&["BATCH", "ACTION", "ROWS", "STATE", "ENDED", "DESK'S JOB"], &cells.collect::<Vec<_>>())?;
    for (number, reference, word, reason) in not_worked {
        let reference = crate::privacy::text::line(&reference).into_string();
        out::line(&format!("row {number} ({reference}) {word}: {reason}"))?;
    }
    Ok(Exit::Done)
}

fn pause(plan: &Plan) -> Result<Exit, Failure> {
    let state = plan.state()?;
    if state.is_over() {
        return Err(RunError::Over(state).into());
    }
    plan.wish(Wish::Pause)?;
    let words = match state {
        JobState::Running => "it pauses as soon as what is under way has ended",
        _ => "it stands still already, and stays so until `shiftdeck bulk resume`",
    };
    out::say(words);
    Ok(Exit::Done)
}

async fn cancel(session: &Session, plan: &Plan, json: bool) -> Result<Exit, Failure> {
    match plan.state()? {
        JobState::Planned => {
            plan.clone().forget();
            out::say("it was never approved; the plan is gone");
            return Ok(Exit::Done);
        }
        state if state.is_over() => return Err(RunError::Over(state).into()),
        _ => {}
    }
    session.sign_in().await?;
    match session.engine.cancel(plan).await? {
        JobState::Running => out::say("the process that runs it was told; what is under way is followed to its end"),
        state => out::say(&format!(
            "it is {}; what was done stays: `shiftdeck bulk undo` takes back what can be",
            state.word()
        )),
    }
    if json {
        out::json(&follow::document(plan, &plan.snapshot()?))?;
    }
    Ok(Exit::Done)
}

fn results(plan: &Plan, output: &std::path::Path, failed: bool) -> Result<Exit, Failure> {
    let failure = |error: &dyn std::fmt::Display| {
        Failure::new(output.display().to_string(), error.to_string(), "choose another file")
    };
    let lines = if output.as_os_str() == "-" {
        plan.results(std::io::stdout().lock(), failed)
    } else {
        plan.results(File::create(output).map_err(|error| failure(&error))?, failed)
    };
    match lines {
        Ok(lines) => out::say(&format!("{lines} rows written")),
        Err(ResultsError::Plan(error)) => return Err(error.into()),
        Err(ResultsError::File(error)) => return Err(failure(&error)),
    }
    Ok(Exit::Done)
}

impl From<PlanError> for Failure {
    fn from(error: PlanError) -> Self {
        match error {
            PlanError::Store(error) => error.into(),
            other => Self::new("the plan", other.to_string(), "`shiftdeck bulk list` names the plans that can be read"),
        }
    }
}

impl From<RunError> for Failure {
    fn from(error: RunError) -> Self {
        let next = match &error {
            RunError::Busy => "`shiftdeck bulk watch` follows it",
            RunError::Over(_) => "`shiftdeck bulk retry` and `undo` make a new plan of it",
            RunError::Elsewhere => "choose the desk's profile with --profile",
            RunError::Trail(_) | RunError::Tampered(_) => "plan it anew and have it approved",
            RunError::Plan(_) => "`shiftdeck bulk list` names the plans that can be read",
        };
        Self::new("the job", error.to_string(), next)
    }
}

impl From<FollowError> for Failure {
    fn from(error: FollowError) -> Self {
        Self::new("the job", error.to_string(), "`shiftdeck bulk show` tells how it stands")
    }
}
