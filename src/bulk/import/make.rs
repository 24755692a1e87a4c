//! Owns the whole way of a table to a plan: each row formed, settled and drafted, so many at a time. Sends nothing.

use jiff::Timestamp;

use super::{
    bad::Bad,
    fields::Fields,
    form::{Formed, Former},
    mapping::{Mapping, Mode},
    moment::Moments,
    read::{ReadError, Table},
    settle::{Settled, Settler},
};
use crate::{
    bulk::{Drafting, LeftOut, Plan, PlanError},
    kustomer::Reader,
    transport::ApiError,
};

/// Rows that are settled at a time: enough to fill searches, few enough to be nothing in memory.
const WINDOW: usize = 400;

/// Why there is no plan.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// The source.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The desk.
    #[error(transparent)]
    Api(#[from] ApiError),
    /// The plan's file.
    #[error(transparent)]
    Plan(#[from] PlanError),
    /// The file of bad rows.
    #[error("the file of bad rows cannot be written: {0}")]
    Bad(std::io::Error),
}

/// What an import is made of.
pub struct Import<'a> {
    /// The source.
    pub table: &'a Table,
    /// The fields of its resource.
    pub fields: &'a Fields,
    /// Which column fills which field.
    pub mapping: &'a Mapping,
    /// What is done.
    pub mode: Mode,
    /// How moments are read.
    pub moments: Moments,
    /// Whether an empty cell empties its field.
    pub clears: bool,
}

/// How far it is: rows so far.
pub trait Progress {
    /// So many rows were worked through.
    fn rows(&mut self, count: u64);
}

impl<F: FnMut(u64)> Progress for F {
    fn rows(&mut self, count: u64) {
        self(count);
    }
}

impl Import<'_> {
    /// Works through the table from end to end. The desk is asked only for what rows need of it.
    ///
    /// # Errors
    /// [`ImportError`]; nothing of the plan is left then.
    pub async fn draft(
        &self,
        reader: &Reader,
        mut drafting: Drafting,
        bad: &mut Option<Bad>,
        mut progress: impl Progress,
    ) -> Result<Plan, ImportError> {
        let mut former =
            Former::new(&self.table.header, self.fields, self.mapping, self.mode, self.moments.clone(), self.clears);
        let mut settler = Settler::new(reader, self.fields, self.mode);
        let mut window: Vec<Formed> = Vec::with_capacity(WINDOW);
        for row in self.table.rows()? {
            window.push(former.form(row?));
            if window.len() == WINDOW {
                settle(&mut settler, std::mem::take(&mut window), &mut drafting, bad).await?;
                progress.rows(former.count());
            }
        }
        settle(&mut settler, window, &mut drafting, bad).await?;
        progress.rows(former.count());
        settler
            .warnings()
            .into_iter()
            .chain(former.warnings())
            .chain(self.warnings())
            .for_each(|words| drafting.warn(words));
        Ok(drafting.finish()?)
    }

    /// What cannot be undone, by what is done to what.
    fn warnings(&self) -> Option<String> {
        use crate::bulk::Resource;
        let resource = self.fields.resource();
        let lasting = match resource {
            Resource::Customers | Resource::Kobjects(_) => return self.deletes(),
            Resource::Conversations => "made stay: they can be closed, but no bulk call deletes them",
            Resource::Messages => "recorded cannot be taken back: Kustomer has no call to delete them",
            Resource::Notes => "added cannot be deleted in bulk",
            Resource::Companies => "made cannot be deleted: Kustomer has no such call",
        };
        matches!(self.mode, Mode::Create | Mode::Upsert)
            .then(|| format!("What cannot be undone: {resource} {lasting}."))
    }

    fn deletes(&self) -> Option<String> {
        let words = "What cannot be undone: deleted records do not come back with their ids and their history.";
        (self.mode == Mode::Delete).then(|| words.to_owned())
    }
}

async fn settle(
    settler: &mut Settler<'_>,
    window: Vec<Formed>,
    drafting: &mut Drafting,
    bad: &mut Option<Bad>,
) -> Result<(), ImportError> {
    for (row, outcome) in settler.settle(window).await? {
        match outcome {
            Settled::Row(planned) => drafting.row(*planned)?,
            Settled::LeftOut(why) => {
                if let (LeftOut::Invalid(faults), Some(bad)) = (&why, bad.as_mut()) {
                    bad.row(&row.cells, faults).map_err(ImportError::Bad)?;
                }
                drafting.left_out(row.number, &row.reference(), why)?;
            }
        }
    }
    Ok(())
}

/// The source in words, for the plan: the file's name and what it is.
pub fn source(table: &Table) -> String {
    format!("{} ({})", table.input().name(), table.words())
}

/// How moments are read when nobody said otherwise: in UTC.
pub fn moments(now: Timestamp) -> Moments {
    Moments { now, zone: jiff::tz::TimeZone::UTC, order: None }
}
