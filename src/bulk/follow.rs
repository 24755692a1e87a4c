//! Owns the plans that follow a job that is over: its failures tried again, and its effects taken back as far as they can
//! be. Each is a plan of its own, previewed and approved like any other. Sends nothing.

use serde_json::{Map, Value};

use super::{Drafting, JobState, LeftOut, Outcome, Plan, PlanError, PlanId, PlannedRow, Resource, Verb};
use crate::store::Store;

/// Why there is nothing to follow.
#[derive(Debug, thiserror::Error)]
pub enum FollowError {
    /// The plan, or the new one.
    #[error(transparent)]
    Plan(#[from] PlanError),
    /// It is not over.
    #[error("the job is {}: only one that is over can be followed by another", .0.word())]
    NotOver(JobState),
    /// There is nothing to do.
    #[error("{0}")]
    Nothing(&'static str),
}

impl Plan {
    /// A plan of the rows that failed, as they were.
    ///
    /// # Errors
    /// [`FollowError::Nothing`] when none did.
    pub fn retry(&self, store: &Store, now: jiff::Timestamp) -> Result<Self, FollowError> {
        let mut drafting = self.following("failures of", store, now)?;
        self.each(|row, outcome| match outcome {
            Outcome::Failed { .. } => drafting.take(row),
            Outcome::Moved { reason } | Outcome::Unknown { reason } => {
                drafting.left_out(row.number, &row.reference, LeftOut::Skipped(reason))
            }
            Outcome::Created { .. } | Outcome::Updated { .. } | Outcome::Deleted { .. } => Ok(()),
        })?;
        finished(drafting, "no row of it failed")
    }

    /// A plan that takes back what the job did, as far as that can be; what cannot is listed with the reason.
    ///
    /// # Errors
    /// [`FollowError::Nothing`] when nothing of it can be.
    pub fn undo(&self, store: &Store, now: jiff::Timestamp) -> Result<Self, FollowError> {
        let mut drafting = self.following("undoing", store, now)?;
        let mut masked = 0_u64;
        self.each(|row, outcome| {
            let (number, reference) = (row.number, row.reference.clone());
            match back(self.resource(), row, &outcome) {
                Back::Row(row, hidden) => {
                    masked += u64::from(hidden > 0);
                    drafting.take(*row)
                }
                Back::No(why) => drafting.left_out(number, &reference, LeftOut::Skipped(why.to_owned())),
                Back::Nothing => Ok(()),
            }
        })?;
        if masked > 0 {
            drafting.warn(format!(
                "of {masked} records some fields stay as the job left them: their old values were masked and never seen"
            ));
        }
        if drafting.counts().delete > 0 {
            drafting.warn("what the job made is removed, also where somebody worked on it since".to_owned());
        }
        if drafting.counts().skipped > 0 {
            drafting.warn(format!("{} rows cannot be taken back; the preview says why", drafting.counts().skipped));
        }
        finished(drafting, "nothing of it can be taken back")
    }

    fn following(&self, what: &str, store: &Store, now: jiff::Timestamp) -> Result<Drafting, FollowError> {
        let state = self.state()?;
        if !state.is_over() {
            return Err(FollowError::NotOver(state));
        }
        let source = format!("{what} {}", self.id());
        let folder = store.jobs_folder();
        let mut drafting =
            Drafting::begin(&folder, &self.seal, self.org(), PlanId::new(), self.resource().clone(), &source, now)?;
        drafting.follows(self.id());
        Ok(drafting)
    }

    /// Goes through the rows that have an outcome, batch by batch.
    ///
    /// # Errors
    /// When the file cannot be read, or what is done with a row fails.
    pub fn each(&self, mut with: impl FnMut(PlannedRow, Outcome) -> Result<(), PlanError>) -> Result<(), PlanError> {
        for batch in 0..self.batches() {
            let outcomes = self.outcomes_of(batch)?;
            if outcomes.is_empty() {
                continue;
            }
            for (row, outcome) in self.rows_of(batch)?.into_iter().zip(outcomes) {
                with(row, outcome.outcome)?;
            }
        }
        Ok(())
    }
}

fn finished(drafting: Drafting, nothing: &'static str) -> Result<Plan, FollowError> {
    if drafting.counts().sent() == 0 {
        return Err(FollowError::Nothing(nothing));
    }
    Ok(drafting.finish()?)
}

/// What takes a row back.
enum Back {
    /// This row, with so many fields that stay.
    Row(Box<PlannedRow>, usize),
    /// Nothing does; why.
    No(&'static str),
    /// There is nothing to take back.
    Nothing,
}

fn back(resource: &Resource, row: PlannedRow, outcome: &Outcome) -> Back {
    match outcome {
        Outcome::Failed { .. } | Outcome::Moved { .. } => Back::Nothing,
        Outcome::Unknown { .. } => Back::No("nobody knows whether it was done"),
        Outcome::Deleted { .. } => Back::No("what was deleted cannot be brought back"),
        Outcome::Created { .. } if !resource.allows(Verb::Delete) => {
            Back::No("Kustomer has no bulk call that deletes such records")
        }
        Outcome::Created { id } => {
            let removal = PlannedRow {
                verb: Verb::Delete,
                id: Some(id.clone()),
                body: Map::new(),
                before: Map::new(),
                masked: Vec::new(),
                rev: None,
                ..row
            };
            Back::Row(Box::new(removal), 0)
        }
        Outcome::Updated { id } => {
            if row.before.is_empty() {
                return Back::No("its old values were masked, or not known");
            }
            let hidden = row.masked.len();
            let undone = PlannedRow {
                id: Some(id.clone()),
                // A write raises the revision by one; a record that somebody changed since is at another, and is left alone.
                rev: row.rev.map(|rev| rev + 1),
                body: row.before.clone(),
                before: shown(&row.body, &row.before),
                ..row
            };
            Back::Row(Box::new(undone), hidden)
        }
    }
}

/// The values a job set, of the fields that are put back.
fn shown(set: &Map<String, Value>, back: &Map<String, Value>) -> Map<String, Value> {
    set.iter().filter(|(name, _)| back.contains_key(*name)).map(|(name, value)| (name.clone(), value.clone())).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn row(verb: Verb) -> PlannedRow {
        PlannedRow {
            number: 3,
            reference: "r3".into(),
            verb,
            id: (verb != Verb::Create).then(|| "66c3".into()),
            external_id: None,
            body: json!({"name": "new", "phones": []}).as_object().cloned().expect("an object"),
            before: json!({"name": "old"}).as_object().cloned().expect("an object"),
            masked: vec!["phones".into()],
            rev: Some(7),
        }
    }

    #[test]
    fn a_change_is_taken_back_at_the_revision_it_left_and_without_what_was_masked() {
        let done = Outcome::Updated { id: "66c3".into() };
        let Back::Row(undone, hidden) = back(&Resource::Customers, row(Verb::Update), &done) else {
            unreachable!("it can be taken back")
        };
        assert_eq!(
            (undone.rev, hidden, undone.item()),
            (Some(8), 1, json!({"_clientRef": "r3", "id": "66c3", "name": "old", "rev": 8}))
        );
        assert_eq!(undone.before, *json!({"name": "new"}).as_object().expect("an object"));
    }

    #[test]
    fn what_cannot_be_taken_back_is_said() {
        let made = Outcome::Created { id: "66n1".into() };
        assert!(matches!(back(&Resource::Notes, row(Verb::Create), &made), Back::No(_)));
        assert!(
            matches!(back(&Resource::Customers, row(Verb::Create), &made), Back::Row(row, 0) if row.verb == Verb::Delete)
        );
        let gone = Outcome::Deleted { id: "66c3".into() };
        assert!(matches!(back(&Resource::Customers, row(Verb::Delete), &gone), Back::No(_)));
        let failed = Outcome::Failed { reason: "no".into() };
        assert!(matches!(back(&Resource::Customers, row(Verb::Update), &failed), Back::Nothing));
        let unseen = PlannedRow { before: Map::new(), ..row(Verb::Update) };
        let done = Outcome::Updated { id: "66c3".into() };
        assert!(matches!(back(&Resource::Customers, unseen, &done), Back::No(_)));
    }
}
