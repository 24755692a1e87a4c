//! Owns the words of the commands on what is kept here: the audit trail, dialogues, rules and reports. Does nothing.

use std::path::PathBuf;

use clap::{Subcommand, ValueEnum};

/// `shiftdeck audit`.
#[derive(Debug, clap::Args)]
pub struct Audit {
    /// What about it.
    #[command(subcommand)]
    pub command: AuditCommand,
}

/// `shiftdeck audit …`.
#[derive(Debug, Subcommand)]
pub enum AuditCommand {
    /// The newest entries.
    List(AuditList),
    /// Check the whole chain; names the first record that does not hold.
    Verify {
        /// A record and its hash, kept elsewhere, that has to stand in it: what an earlier `verify` printed.
        #[arg(long, value_name = "N:HASH")]
        expect: Option<String>,
        /// One JSON document on stdout.
        #[arg(long)]
        json: bool,
    },
    /// Every entry, oldest first.
    Export {
        /// jsonl or csv.
        #[arg(long, value_enum)]
        format: Format,
        /// The file; stdout when absent.
        #[arg(short, long, value_name = "FILE")]
        output: Option<PathBuf>,
    },
}

/// `shiftdeck transcripts`.
#[derive(Debug, clap::Args)]
pub struct Transcripts {
    /// What about them.
    #[command(subcommand)]
    pub command: TranscriptsCommand,
}

/// `shiftdeck transcripts …`.
#[derive(Debug, Subcommand)]
pub enum TranscriptsCommand {
    /// The newest dialogues.
    List {
        /// Only those about this conversation.
        #[arg(long, value_name = "ID")]
        conversation: Option<String>,
        /// One JSON object a line.
        #[arg(long)]
        json: bool,
    },
    /// One dialogue, step by step.
    Show {
        /// Its name, or a beginning of it that fits no other.
        id: String,
        /// One JSON object a line, as an export has them.
        #[arg(long)]
        json: bool,
    },
    /// Dialogues in which all these words were said. Values were never kept, so none is found.
    Search {
        /// The words.
        #[arg(required = true)]
        words: Vec<String>,
        /// One JSON object a line.
        #[arg(long)]
        json: bool,
    },
    /// Write one dialogue to a file for `shiftdeck replay`, one JSON object a line.
    Export {
        /// Its name, or a beginning of it that fits no other.
        id: String,
        /// The file; stdout when absent.
        #[arg(short, long, value_name = "FILE")]
        output: Option<PathBuf>,
    },
    /// Delete one dialogue from this machine.
    Forget {
        /// Its whole name.
        id: String,
    },
}

/// `shiftdeck replay`.
#[derive(Debug, clap::Args)]
pub struct Replay {
    /// A file written by `shiftdeck transcripts export`; - is stdin.
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// One JSON object a line, all at once.
    #[arg(long)]
    pub json: bool,
}

/// `shiftdeck audit list`.
#[derive(Debug, clap::Args)]
pub struct AuditList {
    /// The most rows.
    #[arg(long, default_value_t = 50)]
    pub limit: usize,
    /// Only approvals of which nobody knows whether they took effect.
    #[arg(long)]
    pub unsettled: bool,
    /// Not older: 8h, 2d, 2025-03-04, 2025-03-04T10:00:00Z.
    #[arg(long, value_name = "TIME|AGE")]
    pub since: Option<String>,
    /// Who sat at the console, or who wanted it: a part of the name.
    #[arg(long, value_name = "NAME")]
    pub who: Option<String>,
    /// The customer.
    #[arg(long, value_name = "ID")]
    pub customer: Option<String>,
    /// unmask, draft, write, send, bulk, delete.
    #[arg(long, value_parser = clap::builder::PossibleValuesParser::new(crate::approval::filter::EFFECTS))]
    pub effect: Option<String>,
    /// approved, refused, returned, done, failed, unknown, closed, first yes, caught, missed.
    #[arg(long, value_parser = clap::builder::PossibleValuesParser::new(crate::approval::filter::EVENTS))]
    pub event: Option<String>,
    /// One entry, and those about it.
    #[arg(long, value_name = "N")]
    pub entry: Option<u64>,
    /// One JSON object a line.
    #[arg(long)]
    pub json: bool,
}

/// `shiftdeck policy`.
#[derive(Debug, clap::Args)]
pub struct Policy {
    /// What about it.
    #[command(subcommand)]
    pub command: PolicyCommand,
}

/// `shiftdeck policy …`.
#[derive(Debug, Subcommand)]
pub enum PolicyCommand {
    /// The rules, as they are understood.
    Show {
        /// One JSON document on stdout.
        #[arg(long)]
        json: bool,
    },
    /// Which of the last decisions another policy would have treated differently.
    Test {
        /// The policy to try; else the one that is used.
        #[arg(value_name = "FILE")]
        file: Option<PathBuf>,
        /// How many decisions.
        #[arg(long, default_value_t = 100, value_name = "N")]
        last: usize,
        /// One JSON document on stdout.
        #[arg(long)]
        json: bool,
    },
    /// What waits for a second person's yes; with a proposal, asks for yours on the terminal.
    Second {
        /// The proposal.
        #[arg(value_name = "PROPOSAL")]
        proposal: Option<String>,
        /// One JSON object a line.
        #[arg(long, conflicts_with = "proposal")]
        json: bool,
    },
}

/// `shiftdeck handover`.
#[derive(Debug, clap::Args)]
pub struct Handover {
    /// From when on: 8h, 2d, 2025-03-04, 2025-03-04T10:00:00Z.
    #[arg(long, default_value = "8h", value_name = "TIME|AGE")]
    pub since: String,
    /// The file; stdout when absent.
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// One JSON document instead of Markdown.
    #[arg(long)]
    pub json: bool,
}

/// `shiftdeck vigilance`.
#[derive(Debug, clap::Args)]
pub struct Vigilance {
    /// From when on.
    #[arg(long, default_value = "30d", value_name = "TIME|AGE")]
    pub since: String,
    /// One JSON document on stdout.
    #[arg(long)]
    pub json: bool,
}

/// Formats of an export.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum Format {
    /// One JSON object a line.
    Jsonl,
    /// Comma-separated, cells that could start a formula made harmless.
    Csv,
}
