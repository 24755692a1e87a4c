//! Owns the way from what somebody wants, in words, to a plan that can be approved: the source opened, its columns mapped, rows
//! formed, checked and drafted. The same for the command line and the console. Asks nobody and sends nothing.

use std::path::{Path, PathBuf};

use jiff::Timestamp;

use super::{
    Asked, Bad, Fields, Import, ImportError, Input, MapError, Mapping, Mode, Moments, ReadError, Row, Table, Wishes,
    make, make::Progress, remembered,
};
use crate::{
    bulk::{Drafting, Plan, PlanError, PlanId, Resource},
    kustomer::Reader,
    store::Store,
    transport::{ApiError, ErrorKind, Lane},
};

/// Rows that are looked at to tell ids from external ids.
const SAMPLE: usize = 20;

/// Where rows come from.
#[derive(Clone, PartialEq, Eq)]
pub enum Source {
    /// A file on this machine.
    File(PathBuf),
    /// Text somebody pasted.
    Pasted(String),
    /// Ids of the desk's, chosen elsewhere; the words say where.
    Ids(Vec<String>, String),
}

impl std::fmt::Debug for Source {
    /// Without what was pasted: it is customers' data.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::File(_) => f.write_str("File"),
            Self::Pasted(text) => write!(f, "Pasted({} bytes)", text.len()),
            Self::Ids(ids, _) => write!(f, "Ids({})", ids.len()),
        }
    }
}

/// What is wanted.
#[derive(Clone, Debug, PartialEq)]
pub struct Wanted {
    /// The rows.
    pub source: Source,
    /// What they become.
    pub resource: Resource,
    /// What is done.
    pub mode: Mode,
    /// What was said of columns and fields.
    pub asked: Asked,
    /// Whether the first batch goes alone and waits for a look.
    pub canary: bool,
}

/// A plan and how it came to be.
#[derive(Debug)]
pub struct Prepared {
    /// The plan; not approved.
    pub plan: Plan,
    /// What the source was read as.
    pub read_as: String,
    /// Each column and the field it fills.
    pub mapping: Vec<(String, Option<String>)>,
    /// The mapping in lines, one a column, then what is computed.
    pub lines: Vec<String>,
    /// Every field there is, by name.
    pub fields: Vec<String>,
}

/// Why there is no plan.
#[derive(Debug, thiserror::Error)]
pub enum PrepareError {
    /// The source.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The mapping.
    #[error(transparent)]
    Map(#[from] MapError),
    /// The rows.
    #[error(transparent)]
    Import(#[from] ImportError),
    /// The desk.
    #[error(transparent)]
    Api(#[from] ApiError),
    /// The plan.
    #[error(transparent)]
    Plan(#[from] PlanError),
}

/// What a plan is drafted from: a table that is open, and what is done with it.
pub struct Draft<'a> {
    /// The rows.
    pub table: &'a Table,
    /// Said of where they come from.
    pub source: &'a str,
    /// What they become.
    pub resource: &'a Resource,
    /// What is done.
    pub mode: Mode,
    /// What was said of columns and fields.
    pub asked: &'a Asked,
    /// How moments are read.
    pub moments: Moments,
    /// Whether an empty cell empties its field.
    pub clears: bool,
    /// Whether the mapping of such a table is remembered.
    pub remembers: bool,
}

impl Draft<'_> {
    /// Maps, checks and drafts. `mapped` hears what the table was read as and how it is mapped, before any row is.
    ///
    /// # Errors
    /// [`PrepareError`]; no plan is left then.
    pub async fn make(
        &self,
        reader: &Reader,
        (store, org, now): (&Store, &str, Timestamp),
        bad: &mut Option<Bad>,
        mapped: impl FnOnce(&Table, &[String]),
        progress: impl Progress,
    ) -> Result<Prepared, PrepareError> {
        let header = &self.table.header;
        let fields = fields(reader, self.resource).await?;
        let sample: Vec<Row> = self.table.rows()?.take(SAMPLE).collect::<Result<_, _>>()?;
        let folder = store.jobs_folder();
        let data = folder.parent().unwrap_or(Path::new("."));
        let known = if self.remembers { remembered::recall(data, self.resource, header) } else { None };
        let mapping = Mapping::make(header, &sample, &fields, self.mode, self.asked, known.as_ref())?;
        let (named, lines) = (mapping.named(header, &fields), mapping.lines(header, &fields));
        mapped(self.table, &lines);
        // What cannot be remembered is guessed again.
        if self.remembers
            && let Err(error) = remembered::remember(data, self.resource, header, named.clone())
        {
            tracing::warn!(%error, "a mapping could not be remembered");
        }
        let seal = store.seal().ok_or(PlanError::NoKey)?;
        let drafting = Drafting::begin(&folder, seal, org, PlanId::new(), self.resource.clone(), self.source, now)?;
        let import = Import {
            table: self.table,
            fields: &fields,
            mapping: &mapping,
            mode: self.mode,
            moments: self.moments.clone(),
            clears: self.clears,
        };
        let plan = import.draft(&reader.with_lane(Lane::Bulk), drafting, bad, progress).await?;
        Ok(Prepared {
            read_as: self.table.words(),
            mapping: header.iter().map(|column| (column.clone(), named.get(column).cloned().flatten())).collect(),
            lines,
            fields: fields.all().iter().map(|field| field.name.clone()).collect(),
            plan,
        })
    }
}

/// Makes the plan that is wanted.
///
/// # Errors
/// [`PrepareError`]; no plan is left then.
pub async fn prepare(
    reader: &Reader,
    store: &Store,
    org: &str,
    wanted: &Wanted,
    now: Timestamp,
) -> Result<Prepared, PrepareError> {
    let (table, source) = open(&wanted.source)?;
    let draft = Draft {
        table: &table,
        source: &source,
        resource: &wanted.resource,
        mode: wanted.mode,
        asked: &wanted.asked,
        moments: make::moments(now),
        clears: false,
        remembers: !matches!(wanted.source, Source::Ids(..)),
    };
    let prepared = draft.make(reader, (store, org, now), &mut None, |_, _| {}, |_| {}).await?;
    if wanted.canary {
        prepared.plan.wants_canary()?;
    }
    Ok(prepared)
}

fn open(source: &Source) -> Result<(Table, String), ReadError> {
    let table = match source {
        Source::File(path) => Table::detect(Input::file(path)?, &Wishes::default())?,
        Source::Pasted(text) => Table::detect(Input::pasted(text.as_bytes())?, &Wishes::default())?,
        Source::Ids(ids, _) => {
            Table::detect(Input::pasted(ids.join("\n"))?, &Wishes { header: Some(false), ..Wishes::default() })?
        }
    };
    let words = match source {
        Source::Ids(_, words) => words.clone(),
        Source::File(_) | Source::Pasted(_) => make::source(&table),
    };
    Ok((table, words))
}

/// The fields of a resource, with the org's own; a key that may not read metadata sees the standard ones.
async fn fields(reader: &Reader, resource: &Resource) -> Result<Fields, ApiError> {
    let custom = match resource {
        Resource::Kobjects(klass) => reader.klass(klass).await?.attributes,
        other => match other.described() {
            None => Vec::new(),
            Some(described) => match reader.metadata(described).await {
                Err(error) if matches!(error.kind(), ErrorKind::Forbidden | ErrorKind::NotFound) => Vec::new(),
                read => read?,
            },
        },
    };
    Ok(Fields::of(resource.clone(), &custom))
}
