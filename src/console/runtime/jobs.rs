//! Owns what the console does about bulk jobs outside `update`: plans are made or opened, jobs are told to stand still or go on.
//! Nothing here makes an approval: a job goes on only under the one it has (`bulk::Engine`).

use std::fs::File;

use jiff::Timestamp;

use super::perform::local;
use crate::{
    approval::Trail,
    bulk::{
        self, Engine, JobState, Plan, PlanError, Wish,
        import::{PrepareError, prepare},
        preview,
    },
    console::{
        jobs::{Does, JobRow, Made, Planned, Planning},
        remote::Problem,
    },
    domain::{BulkId, BulkJob, Text},
    kustomer::Reader,
    store::StartedJob,
};

/// Every job of this machine and org, the newest first: those of its engine, then those the desk alone knows.
pub fn list(trail: &Trail) -> Result<Vec<JobRow>, Problem> {
    let failed = |error: &dyn std::fmt::Display| Problem::new("Jobs could not be read", &error.to_string(), "");
    let store = trail.store();
    let mut rows = Vec::new();
    if let Some(seal) = store.seal() {
        for plan in Plan::list(&store.jobs_folder(), seal).iter().filter(|plan| plan.org() == trail.org()) {
            rows.push(row(plan).map_err(|error| failed(&error))?);
        }
    }
    for started in store.jobs(trail.org()).map_err(|error| failed(&error))? {
        if !rows.iter().any(|row: &JobRow| row.started.id == started.id) {
            rows.push(JobRow { started, own: None });
        }
    }
    rows.sort_by_key(|row| std::cmp::Reverse(row.started.started));
    Ok(rows)
}

/// How many jobs of this machine and org stand still until somebody goes on with them. What cannot be read is told where
/// the list is read.
pub fn standing(trail: &Trail) -> usize {
    let jobs = list(trail).unwrap_or_default();
    let stands = |job: &&JobRow| matches!(job.state(), Some(JobState::Paused | JobState::Interrupted));
    jobs.iter().filter(stands).count()
}

/// How one job of ours stands, batch by batch and as a row; `None` for an id that is none of ours.
pub fn one(trail: &Trail, id: &BulkId) -> Option<(BulkJob, JobRow)> {
    let plan = bulk::own_plan(trail.store(), id.as_str())?;
    Some((plan.as_job().ok()?, row(&plan).ok()?))
}

fn row(plan: &Plan) -> Result<JobRow, PlanError> {
    let snapshot = plan.snapshot()?;
    let started = StartedJob {
        id: BulkId::new(plan.id().as_str()),
        summary: format!("{}, from {}", plan.summary(), plan.source()),
        started: snapshot.began.unwrap_or(plan.drafted()),
        items: plan.counts().sent(),
    };
    Ok(JobRow { started, own: Some(snapshot) })
}

/// Makes a plan, or opens one, so that a person can be asked about it.
pub async fn planned(planning: &Planning, reader: &Reader, trail: &Trail, now: Timestamp) -> Result<Planned, Problem> {
    let store = trail.store();
    let limit = reader.transport().budget().borrow().org.limit;
    let open = |id: &str| {
        let seal = store.seal().ok_or(PlanError::NoKey)?;
        let id = crate::bulk::PlanId::parse(id).ok_or(PlanError::Unreadable)?;
        Plan::open(&store.jobs_folder(), seal, &id)
    };
    let unread = |error: PlanError| local("The plan could not be read", &error);
    let unmade = |error: crate::bulk::FollowError| local("There is no such plan", &error);
    let (plan, reason, made) = match planning {
        Planning::Of(wanted) => {
            let prepared =
                prepare(reader, store, trail.org(), wanted, now).await.map_err(|error| unprepared(&error))?;
            let reason = format!("{} from {}", wanted.resource, prepared.plan.source());
            let (read_as, mapping) = (prepared.read_as, prepared.mapping);
            let made = Made { read_as, mapping, lines: prepared.lines, fields: prepared.fields };
            (prepared.plan, reason, Some(made))
        }
        Planning::Retry(id) => {
            let plan = open(id).map_err(unread)?.retry(store, now).map_err(unmade)?;
            (plan, "trying failures again".to_owned(), None)
        }
        Planning::Undo(id) => {
            let plan = open(id).map_err(unread)?.undo(store, now).map_err(unmade)?;
            (plan, "taking a job back".to_owned(), None)
        }
        Planning::Again(id) => (open(id).map_err(unread)?, "running a plan".to_owned(), None),
    };
    Ok(Planned {
        id: plan.id().to_string(),
        change: plan.change_at(limit),
        reason: Text::from(reason),
        sends: plan.counts().sent() > 0,
        preview: preview::lines(&plan, limit).map_err(unread)?,
        made,
    })
}

fn unprepared(error: &PrepareError) -> Problem {
    let next = match error {
        PrepareError::Map(_) => "choose what to import anew; the command line takes --map and --set for everything",
        PrepareError::Api(_) => "try again when the desk answers",
        PrepareError::Read(_) | PrepareError::Import(_) | PrepareError::Plan(_) => {
            "mend the source, then import it again"
        }
    };
    Problem::new("There is no plan", &error.to_string(), next)
}

/// Does what was asked of a job; the words say what follows.
pub async fn act(does: Does, id: &str, engine: &Engine) -> Result<String, Problem> {
    let failed = |error: &dyn std::fmt::Display| Problem::new("The job", &error.to_string(), "");
    let plan = engine.plan(id).map_err(|error| failed(&error))?;
    match does {
        Does::Pause => {
            plan.wish(Wish::Pause).map_err(|error| failed(&error))?;
            Ok("it stands still as soon as what is under way has ended".to_owned())
        }
        Does::Resume => {
            engine.go_on(&plan).map_err(|error| failed(&error))?;
            Ok("it goes on".to_owned())
        }
        Does::Cancel => match engine.cancel(&plan).await.map_err(|error| failed(&error))? {
            JobState::Running => Ok("what is under way is followed to its end, then it stops for good".to_owned()),
            state => Ok(format!("it is {}; what was done stays", state.word())),
        },
        Does::Forget => {
            if plan.state().map_err(|error| failed(&error))? != JobState::Planned {
                return Err(Problem::new("The job", "it was begun: it is kept with its results", ""));
            }
            plan.forget();
            Ok("the plan is thrown away; nothing was sent".to_owned())
        }
        Does::Results => results(&plan).map_err(|error| failed(&error)),
    }
}

/// Writes the results beside where the console was started, under a name nothing has yet.
fn results(plan: &Plan) -> Result<String, Box<dyn std::error::Error>> {
    let name = format!("{}-results.csv", plan.id());
    let file = File::create_new(&name)?;
    let rows = plan.results(file, false)?;
    Ok(format!("{rows} rows written to {name}"))
}
