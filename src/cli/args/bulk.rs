//! Owns the words of `shiftdeck bulk` and their help. Does nothing.

use std::path::PathBuf;

use clap::Subcommand;

use crate::kustomer::search::Context;

/// `shiftdeck bulk`.
#[derive(Debug, clap::Args)]
pub struct Bulk {
    /// What about them.
    #[command(subcommand)]
    pub command: BulkCommand,
}

/// `shiftdeck bulk …`.
#[derive(Debug, Subcommand)]
pub enum BulkCommand {
    /// Plan from a file, what is piped, or a list of ids; show what it would do, and run it after your yes.
    Import(Box<BulkImport>),
    /// Set fields of all records a query finds: close, reassign, tag. Previewed, and run after your yes.
    Set(BulkSet),
    /// Delete the records a query finds, or those listed (customers and KObjects). Previewed; the count is typed.
    Delete(BulkDelete),
    /// The jobs of this machine at this desk, the newest first.
    List {
        /// One JSON document on stdout.
        #[arg(long)]
        json: bool,
    },
    /// One job, batch by batch, with the first rows that did not work.
    Show {
        /// The job's id, or how it begins.
        id: String,
        /// One JSON document on stdout.
        #[arg(long)]
        json: bool,
    },
    /// Follow a job until it stands still, whoever runs it; also one of the desk's own, by the desk's id.
    Watch {
        /// The job's id.
        id: String,
        /// Each step as one JSON object a line on stdout.
        #[arg(long)]
        json: bool,
    },
    /// Go on with a job that was paused or cut off, under the approval it has.
    Resume {
        /// The job's id.
        id: String,
        /// Each step as one JSON object a line on stdout.
        #[arg(long)]
        json: bool,
    },
    /// Let a job stand still once what is under way has ended.
    Pause {
        /// The job's id.
        id: String,
    },
    /// End a job: what was not sent by then never will be.
    Cancel {
        /// The job's id.
        id: String,
        /// How it stands then, as one JSON document on stdout.
        #[arg(long)]
        json: bool,
    },
    /// Plan the rows that failed anew, and run them after your yes.
    Retry {
        /// The job's id.
        id: String,
        /// The first batch alone, then stand still for a look.
        #[arg(long)]
        canary: bool,
        /// Each step as one JSON object a line on stdout.
        #[arg(long)]
        json: bool,
    },
    /// Plan to take a job back as far as that can be, and run it after your yes.
    Undo {
        /// The job's id.
        id: String,
        /// Each step as one JSON object a line on stdout.
        #[arg(long)]
        json: bool,
    },
    /// Write what became of each row as CSV; no cell begins a formula.
    Results {
        /// The job's id.
        id: String,
        /// The file; - is stdout.
        #[arg(short, long, value_name = "FILE")]
        output: PathBuf,
        /// Only rows that did not work.
        #[arg(long)]
        failed: bool,
    },
}

/// `shiftdeck bulk import`.
#[derive(Debug, clap::Args)]
pub struct BulkImport {
    /// CSV, TSV, JSON, JSON lines, xlsx or a list of ids; - is stdin.
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// KObjects of this klass.
    #[arg(long, value_name = "KLASS", conflicts_with = "resource", required_unless_present = "resource")]
    pub klass: Option<String>,
    /// customers, conversations, messages, notes or companies.
    #[arg(long, value_name = "NAME")]
    pub resource: Option<String>,
    /// Change the records that are there, told by id or externalId; only what differs is sent.
    #[arg(long, conflicts_with = "upsert")]
    pub update: bool,
    /// Change those that are there by externalId, and make the others.
    #[arg(long)]
    pub upsert: bool,
    /// Which column fills which field; `COLUMN=` leaves it out. What is not said is guessed, and remembered.
    #[arg(long, value_name = "COLUMN=FIELD")]
    pub map: Vec<String>,
    /// A computed field: an expression over the row's columns, e.g. 'title="Outage for " ~ tenant'.
    #[arg(long, value_name = "FIELD=EXPRESSION")]
    pub set: Vec<String>,
    /// Write the rows that cannot be sent to this file, with the reasons.
    #[arg(long, value_name = "FILE")]
    pub bad: Option<PathBuf>,
    /// With --update: an empty cell empties its field.
    #[arg(long, requires = "update")]
    pub clear_empty: bool,
    /// How the file is read, where that is not found out by itself.
    #[command(flatten)]
    pub reading: BulkReading,
    /// What is shown and run.
    #[command(flatten)]
    pub running: BulkRunning,
}

/// How a file is read.
#[derive(Debug, Default, clap::Args)]
pub struct BulkReading {
    /// The character between cells; `tab` is one.
    #[arg(long, value_name = "CHAR")]
    pub delimiter: Option<String>,
    /// The encoding: utf-8, windows-1252, utf-16le …
    #[arg(long, value_name = "NAME")]
    pub encoding: Option<String>,
    /// Whether the first row names the columns.
    #[arg(long, value_name = "yes|no")]
    pub header: Option<String>,
    /// Which sheet of a workbook; else the first.
    #[arg(long, value_name = "NAME")]
    pub sheet: Option<String>,
    /// How 3/4/2025 is meant.
    #[arg(long, value_name = "dmy|mdy")]
    pub dates: Option<String>,
    /// Where times without a zone are meant, e.g. Europe/Berlin; else UTC.
    #[arg(long, value_name = "ZONE")]
    pub zone: Option<String>,
}

/// What is shown of a plan, and how it is run.
#[derive(Debug, Default, clap::Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
pub struct BulkRunning {
    /// Show what it would do and end there: exit 0, or 1 where rows cannot be sent.
    #[arg(long)]
    pub dry_run: bool,
    /// The first batch alone, then stand still for a look.
    #[arg(long)]
    pub canary: bool,
    /// List every row, not only the first.
    #[arg(long)]
    pub list: bool,
    /// The preview as one JSON document on stdout, then each step as one a line.
    #[arg(long)]
    pub json: bool,
}

/// `shiftdeck bulk set`.
#[derive(Debug, clap::Args)]
pub struct BulkSet {
    /// The query, as `shiftdeck search` takes it.
    pub query: String,
    /// What to look for: customer, conversation, message, note, company, kobject_KLASS.
    #[arg(long = "in", value_name = "WHAT", default_value = "conversation")]
    pub context: Context,
    /// The fields and their values: `status=done`, `tags+=vip;late`, `tags-=late`, `custom.tierStr=gold`; `FIELD=` empties one.
    #[arg(value_name = "FIELD=VALUE", required = true)]
    pub fields: Vec<String>,
    /// What is shown and run.
    #[command(flatten)]
    pub running: BulkRunning,
}

/// `shiftdeck bulk delete`.
#[derive(Debug, clap::Args)]
pub struct BulkDelete {
    /// The query, as `shiftdeck search` takes it.
    #[arg(conflicts_with = "ids", required_unless_present = "ids")]
    pub query: Option<String>,
    /// What to delete: customer, kobject_KLASS.
    #[arg(long = "in", value_name = "WHAT", default_value = "customer")]
    pub context: Context,
    /// A file of ids, or of the org's own ids, instead of a query; - is stdin.
    #[arg(long, value_name = "FILE")]
    pub ids: Option<PathBuf>,
    /// What is shown and run.
    #[command(flatten)]
    pub running: BulkRunning,
}
