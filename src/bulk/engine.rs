//! Owns the running of a plan: its approval is begun in the trail, then batch after batch leaves in the bulk lane, several
//! of the desk's jobs under way at a time, each step on disk before and after. Ends when every row has its outcome, or when
//! somebody wants it to stand still. Does not know the ways of one batch (`flight`) nor what rows mean.
//!
//! Invariants:
//! - A batch leaves only if it hashes to what was approved ([`Ticket::admits`]).
//! - A run that was cut off goes on under the approval it had, and under no other ([`Trail::reopen`]).
//! - One process runs a plan: it holds the lock of the plan's file.

mod flight;
mod look;
mod pace;
#[cfg(test)]
mod tests;

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use futures::{StreamExt, stream::FuturesUnordered};
use tokio::{sync::Semaphore, task::JoinHandle};

use super::{
    JobState, Plan, PlanError, PlanId, Wish, adopt,
    journal::{CANCELLED, DONE, WAITING},
};
use crate::{
    approval::{Approved, Change, Digest, Outcome as Ending, Ticket, Trail, TrailError},
    clock::Clock,
    domain::BulkId,
    kustomer::{Reader, Receipt, WriteError, Writer},
    store::{BatchRow, RunnerLock, StartedJob},
    transport::{ErrorKind, Lane},
};
use flight::Flown;
use pace::Pace;

/// Batches under way at a time, sent or being worked off by the desk: enough that a budget of a thousand calls a minute never
/// waits for the desk while a job takes seconds, so that the last batches are worked off while others are asked about.
const UNDER_WAY: usize = 64;
/// Batches between their entry in the journal and the desk's answer, at most: of these a crash leaves the end unknown, and
/// each costs reads to find out. As many as there are connections for bulk jobs.
const UNANSWERED: usize = 8;
/// How often in a row the desk may be out of reach before the job stands still for a person.
const SETBACKS: u32 = 6;
/// The first wait after a setback; each next one is twice as long.
const SETBACK: Duration = Duration::from_secs(1);

/// Why a plan is not run, or not to its end.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The plan's file.
    #[error(transparent)]
    Plan(#[from] PlanError),
    /// The audit trail.
    #[error(transparent)]
    Trail(#[from] TrailError),
    /// Another process runs it.
    #[error("another process runs this job now")]
    Busy,
    /// It is for another desk.
    #[error("the plan is for another desk")]
    Elsewhere,
    /// It is over.
    #[error("the job is over: {}", .0.word())]
    Over(JobState),
    /// A batch is not what was approved.
    #[error("batch {0} is not what was approved; nothing more is sent")]
    Tampered(u64),
}

/// How a run is to go.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// The first batch alone, then stand still for a look.
    pub canary: bool,
}

/// Runs plans. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Engine {
    reader: Reader,
    trail: Trail,
    running: Arc<Mutex<Vec<JoinHandle<()>>>>,
}

/// A plan whose run is begun and written down; nothing was sent yet.
#[derive(Debug)]
pub struct Run {
    engine: Engine,
    plan: Plan,
    ticket: Ticket,
    pace: Pace,
    /// One for each batch that may be on its way to the desk.
    unanswered: Semaphore,
    _lock: RunnerLock,
}

impl Engine {
    /// An engine over the same way out and the same trail as everybody else.
    pub fn new(reader: &Reader, trail: Trail) -> Self {
        Self { reader: reader.with_lane(Lane::Bulk), trail, running: Arc::default() }
    }

    fn clock(&self) -> &Clock {
        self.reader.clock()
    }

    /// The trail it writes into.
    pub fn trail(&self) -> &Trail {
        &self.trail
    }

    /// Begins a plan somebody approved: written down when this returns.
    ///
    /// # Errors
    /// [`RunError`]; nothing was sent.
    pub fn begin(&self, approved: Approved<Change>, plan: &Plan, options: Options) -> Result<Run, RunError> {
        let lock = self.lock(plan)?;
        if options.canary {
            plan.wants_canary()?;
        }
        let (_, ticket) = self.trail.begin_job(approved, &plan.manifest(), wires(plan)?)?;
        self.run(plan, ticket, lock)
    }

    /// Takes a run up again that was paused or cut off, under the approval it has.
    ///
    /// # Errors
    /// [`RunError`]; nothing was sent.
    pub fn resume(&self, plan: &Plan) -> Result<Run, RunError> {
        let state = plan.state()?;
        if state.is_over() {
            return Err(RunError::Over(state));
        }
        let lock = self.lock(plan)?;
        let ticket = self.trail.reopen(&plan.manifest(), wires(plan)?)?;
        plan.wish(Wish::Run)?;
        self.run(plan, ticket, lock)
    }

    /// Ends a job nobody runs for good: what was not sent never will be. One that another process runs is asked to.
    ///
    /// # Errors
    /// [`RunError`].
    pub async fn cancel(&self, plan: &Plan) -> Result<JobState, RunError> {
        plan.wish(Wish::Cancel)?;
        match self.lock(plan) {
            Err(RunError::Busy) => Ok(JobState::Running),
            Err(error) => Err(error),
            Ok(lock) => {
                let ticket = self.trail.reopen(&plan.manifest(), wires(plan)?)?;
                // What is under way at the desk is followed to its end: it cannot be called back.
                self.run(plan, ticket, lock)?.go().await
            }
        }
    }

    fn lock(&self, plan: &Plan) -> Result<RunnerLock, RunError> {
        if *plan.org() != *self.trail.org() {
            return Err(RunError::Elsewhere);
        }
        plan.file.lock().map_err(PlanError::from)?.ok_or(RunError::Busy)
    }

    fn run(&self, plan: &Plan, ticket: Ticket, lock: RunnerLock) -> Result<Run, RunError> {
        plan.says("running", "", self.clock().now())?;
        let (pace, unanswered) = (Pace::default(), Semaphore::new(UNANSWERED));
        Ok(Run { engine: self.clone(), plan: plan.clone(), ticket, pace, unanswered, _lock: lock })
    }

    /// Performs whatever was approved: what changes many records through the engine, all else through the writer. The
    /// engine's receipt comes as soon as the job is begun; it goes on by itself, and is followed by the id the receipt names.
    ///
    /// # Errors
    /// [`WriteError`], as the writer tells it.
    pub async fn perform(&self, writer: &Writer, approved: Approved<Change>) -> Result<Receipt, WriteError> {
        let plan = match approved.change().manifest() {
            Some(manifest) => Some(self.plan(&manifest.plan).map_err(planless)?),
            // A tool that is another one than was approved goes the writer's way, which writes the refusal down.
            None if writer.stands(approved.change()).await.is_err() => None,
            None => self.adopt(approved.change()),
        };
        let Some(plan) = plan else { return writer.perform(approved).await };
        let operation = approved.change().operation();
        let run = self.begin(approved, &plan, Options::default()).map_err(planless)?;
        let job = BulkId::new(plan.id().as_str());
        let started = StartedJob {
            id: job.clone(),
            summary: plan.summary(),
            started: self.clock().now(),
            items: plan.counts().sent(),
        };
        if let Err(error) = self.trail.store().job_started(self.trail.org(), &started) {
            tracing::error!(%error, "a started bulk job could not be kept");
        }
        self.beside(run);
        Ok(Receipt { operation, objects: Vec::new(), jobs: vec![job], reconciled: false, answers: Vec::new() })
    }

    /// As [`Self::resume`], without anybody waiting for its end.
    ///
    /// # Errors
    /// [`RunError`]; nothing was sent.
    pub fn go_on(&self, plan: &Plan) -> Result<(), RunError> {
        self.beside(self.resume(plan)?);
        Ok(())
    }

    fn beside(&self, run: Run) {
        self.keep(tokio::spawn(async move {
            if let Err(error) = run.go().await {
                tracing::error!(%error, "a bulk job stands still");
            }
        }));
    }

    /// Waits until the jobs begun here by [`Self::perform`] stand still.
    pub async fn settled(&self) {
        loop {
            let next = self.running.lock().unwrap_or_else(PoisonError::into_inner).pop();
            match next {
                Some(job) => drop(job.await),
                None => return,
            }
        }
    }

    /// Whether a job begun here is still under way.
    pub fn is_at_work(&self) -> bool {
        let running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        running.iter().any(|job| !job.is_finished())
    }

    fn keep(&self, job: JoinHandle<()>) {
        let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        running.retain(|job| !job.is_finished());
        running.push(job);
    }

    /// The plan of this name.
    ///
    /// # Errors
    /// When there is none that can be read.
    pub fn plan(&self, id: &str) -> Result<Plan, RunError> {
        let store = self.trail.store();
        let (Some(seal), Some(id)) = (store.seal(), PlanId::parse(id)) else { return Err(PlanError::NoKey.into()) };
        Ok(Plan::open(&store.jobs_folder(), seal, &id)?)
    }

    /// The rows of a change as a plan on disk; `None` where it is no bulk change of a shape the engine can answer for, or
    /// where there is no key to seal rows with.
    fn adopt(&self, change: &Change) -> Option<Plan> {
        let store = self.trail.store();
        let adopted = adopt::read(change)?;
        let drafted = adopt::draft(&adopted, change, store, self.trail.org(), self.clock().now());
        drafted.inspect_err(|error| tracing::warn!(%error, "a bulk change could not be kept as a plan")).ok()
    }
}

/// What a writer's caller is told of a plan that could not be begun.
fn planless(error: RunError) -> WriteError {
    match error {
        RunError::Trail(error) => WriteError::Trail(error),
        RunError::Plan(PlanError::Store(error)) => WriteError::Trail(TrailError::Store(error)),
        other => WriteError::Planless(other.to_string()),
    }
}

impl Run {
    /// The plan.
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// Goes on until every row has its outcome, or until it is to stand still. Dropped, it is as if the process had ended:
    /// what is under way is looked up when it is resumed.
    ///
    /// # Errors
    /// [`RunError`] when the journal cannot be written, or a batch is not what was approved.
    pub async fn go(self) -> Result<JobState, RunError> {
        let mut next = 0;
        let (mut setbacks, mut quiet_until) = (0, Duration::ZERO);
        let mut halt: Option<String> = None;
        let mut again: Vec<u64> = Vec::new();
        let mut flights = FuturesUnordered::new();
        loop {
            let wish = self.plan.wished()?;
            while halt.is_none() && flights.len() < UNDER_WAY {
                let Some(batch) = self.next(wish, &mut next, &mut again)? else { break };
                flights.push(self.fly_after(batch, wait(setbacks)));
            }
            let Some(flown) = flights.next().await else { break };
            match flown? {
                Flown::Done => setbacks = 0,
                Flown::NotSent(n, error) if setbacks < SETBACKS && is_passing(error.kind()) => {
                    // Those of one moment are one: many batches are under way.
                    let now = self.engine.clock().elapsed();
                    if now >= quiet_until {
                        setbacks += 1;
                        quiet_until = now + wait(setbacks);
                    }
                    again.push(n);
                }
                Flown::NotSent(_, error) => halt = Some(format!("{error}; {}", error.next())),
                Flown::Stuck => {
                    halt = Some("the desk does not come to an end with a batch; resume it later".to_owned());
                }
            }
        }
        drop(flights);
        self.stand_still(halt)
    }

    /// The batch to do next. What was sent before is always followed to its end; what was not waits for nobody to want it to
    /// stand still.
    fn next(&self, wish: Wish, next: &mut u64, again: &mut Vec<u64>) -> Result<Option<BatchRow>, RunError> {
        if let Some(n) = again.pop() {
            let row = self.plan.file.batches(n, 1).map_err(PlanError::from)?.pop();
            if let Some(row) = row.filter(|row| row.state != WAITING || wish == Wish::Run) {
                return Ok(Some(row));
            }
        }
        let only_first = self.canary()?;
        loop {
            let Some(row) = self.plan.file.batches(*next, 1).map_err(PlanError::from)?.pop() else { return Ok(None) };
            if row.state == WAITING && (wish != Wish::Run || (only_first && row.n > 0)) {
                // Later ones may be under way from an earlier run.
                let Some(under_way) = self.plan.file.under_way(*next).map_err(PlanError::from)? else {
                    return Ok(None);
                };
                *next = under_way;
                continue;
            }
            *next = row.n + 1;
            if row.state != DONE && row.state != CANCELLED {
                return Ok(Some(row));
            }
        }
    }

    async fn fly_after(&self, batch: BatchRow, wait: Duration) -> Result<Flown, RunError> {
        if !wait.is_zero() {
            self.engine.clock().sleep(wait).await;
        }
        self.fly(batch).await
    }

    fn canary(&self) -> Result<bool, PlanError> {
        Ok(self.plan.file.said("canary")?.as_deref() == Some("wanted"))
    }

    /// Writes down how the run is left.
    fn stand_still(self, halt: Option<String>) -> Result<JobState, RunError> {
        let now = self.engine.clock().now();
        let snapshot = self.plan.snapshot()?;
        let [waiting, under_way, ..] = snapshot.batches;
        if waiting + under_way == 0 {
            return self.over("ended", JobState::Ended);
        }
        if self.plan.wished()? == Wish::Cancel && under_way == 0 {
            self.plan.file.move_all(WAITING, CANCELLED).map_err(PlanError::from)?;
            return self.over("cancelled", JobState::Cancelled);
        }
        let why = match halt {
            Some(why) => why,
            None if self.canary()? => {
                self.plan.file.say("canary", "seen").map_err(PlanError::from)?;
                "the first batch is done: look at its rows, then resume".to_owned()
            }
            None => "somebody paused it".to_owned(),
        };
        self.plan.says("paused", &why, now)?;
        Ok(JobState::Paused)
    }

    fn over(self, word: &str, state: JobState) -> Result<JobState, RunError> {
        let now = self.engine.clock().now();
        let snapshot = self.plan.snapshot()?;
        let id = self.plan.id().to_string();
        let ending = match (state, snapshot.done()) {
            (JobState::Cancelled, 0) => Ending::Failed { why: "cancelled before anything was sent" },
            _ => Ending::Done { object: Some(&id) },
        };
        self.engine.trail.settle(self.ticket, ending)?;
        self.plan.says(word, "", now)?;
        Ok(state)
    }
}

/// How long the next batch waits after so many setbacks in a row.
fn wait(setbacks: u32) -> Duration {
    if setbacks == 0 { Duration::ZERO } else { SETBACK * 2_u32.saturating_pow(setbacks - 1) }
}

/// Whether it may be better in a moment.
fn is_passing(kind: ErrorKind) -> bool {
    matches!(kind, ErrorKind::Unreachable | ErrorKind::Limited | ErrorKind::Server)
}

fn wires(plan: &Plan) -> Result<Vec<Digest>, PlanError> {
    let digests = plan.file.digests()?;
    digests.iter().map(|hex| Digest::parse(hex).ok_or(PlanError::Unreadable)).collect()
}
