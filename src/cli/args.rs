//! Owns the words of the command line and their help. Does nothing.

mod bulk;
mod kept;
mod mcp;

use std::{net::SocketAddr, path::PathBuf};

use clap::{Parser, Subcommand, ValueEnum};
use clap_complete::Shell;

pub use bulk::{Bulk, BulkCommand, BulkDelete, BulkImport, BulkReading, BulkRunning, BulkSet};
pub use kept::{
    Audit, AuditCommand, AuditList, Format, Handover, Policy, PolicyCommand, Replay, Transcripts, TranscriptsCommand,
    Vigilance,
};

pub use mcp::{Mcp, McpCommand};

use crate::{config::Flags, kustomer::search::Context};

/// A terminal console for customer-support shifts.
///
/// Without a command it opens the console; with no desk configured, on the embedded simulated desk, and says so on screen.
#[derive(Debug, Parser)]
#[command(version, about, disable_help_subcommand = true)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
pub struct Args {
    /// The profile of the settings file to use.
    #[arg(long, global = true, value_name = "NAME", conflicts_with = "sandbox")]
    profile: Option<String>,
    /// Open the embedded simulated desk, whatever is configured.
    #[arg(long, global = true)]
    sandbox: bool,
    /// The theme: dark, light, terminal, colour-safe … (`T` in the console lists them).
    #[arg(long, value_name = "NAME")]
    theme: Option<String>,
    /// Draw with ASCII only.
    #[arg(long)]
    ascii: bool,
    /// Plain lines instead of a screen: for screen readers and simple terminals.
    #[arg(long)]
    linear: bool,
    /// Leave the mouse to the terminal.
    #[arg(long)]
    no_mouse: bool,
    /// What to do.
    #[command(subcommand)]
    pub command: Option<Command>,
}

impl Args {
    /// What the configuration needs of them.
    pub fn flags(&self) -> Flags {
        Flags {
            profile: self.profile.clone(),
            sandbox: self.sandbox,
            theme: self.theme.clone(),
            ascii: self.ascii,
            linear: self.linear,
            no_mouse: self.no_mouse,
        }
    }
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Serve the simulated desk and the scripted model.
    Sandbox(Sandbox),
    /// Let the assistant work on one request; approvals are asked on the terminal.
    Ask(Ask),
    /// Find records with the query language.
    Search(Search),
    /// Print one customer's merged timeline.
    Timeline(Timeline),
    /// List KObjects of a klass.
    Kobjects(Kobjects),
    /// Write a whole collection, or what changed in a window, to a file; sensitive values stay masked.
    Export(Export),
    /// Jobs that change many records: how they stand, what became of each row, and what to do about it.
    Bulk(Bulk),
    /// Send one request to the desk's API; anything but GET needs a yes on the terminal.
    Request(Request),
    /// What an assistant may ask for.
    Tools(Tools),
    /// The audit trail of this machine.
    Audit(Audit),
    /// What an integrated account at Truto offers, where the desk is reached through one, and what changed there.
    Truto(Truto),
    /// MCP servers, whose tools an assistant may ask for: how they stand, what they offer, signing in, allowing a program.
    Mcp(Mcp),
    /// What models were asked for: tokens and money, and what is left of the budget.
    Usage(Usage),
    /// Earlier dialogues with the assistant, kept without personal values.
    Transcripts(Transcripts),
    /// Step through an exported transcript; nothing in it is run again.
    Replay(Replay),
    /// The rules for approvals, and what waits for a second person's yes.
    Policy(Policy),
    /// The report one shift leaves the next.
    Handover(Handover),
    /// How canaries were answered, shift by shift.
    Vigilance(Vigilance),
    /// Keep a desk's API key in this machine's keyring, after trying it.
    Login(Login),
    /// Remove a profile's key from the keyring.
    Logout,
    /// The desks that are known here.
    Profile(Profile),
    /// Check settings, desk, key, model and terminal, and say what is wrong.
    Doctor(Doctor),
    /// Print the manual page.
    Man,
    /// Print a completion script.
    Completions {
        /// For which shell.
        shell: Shell,
    },
}

/// `shiftdeck sandbox`.
#[derive(Debug, clap::Args)]
pub struct Sandbox {
    /// Where to listen; loopback only.
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:0")]
    pub listen: SocketAddr,
    /// The same seed and scale give the same data.
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// small (320 customers), medium (2,000), large (10,000), or a number of customers.
    #[arg(long, default_value = "small", value_name = "SCALE")]
    pub scale: String,
    /// The org's plan, which sets its rate limit.
    #[arg(long, value_enum, default_value = "enterprise")]
    pub plan: Plan,
    /// Another rate limit: requests per seconds, which may be a fraction; they stand for the minute in every limit.
    #[arg(long, value_name = "N/SECONDS")]
    pub rate_limit: Option<String>,
    /// Updates to one record by one key in a minute; 60 unless said.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub record_limit: Option<u32>,
    /// How long each answer takes, in milliseconds.
    #[arg(long, value_name = "MS[..MS]", default_value = "0")]
    pub latency: String,
    /// Faults: `METHOD path-glob fault[=arg] [p=0.5] [n=3] [after=2]`, rules separated by `;`.
    #[arg(long, value_name = "SPEC")]
    pub faults: Option<String>,
    /// Let customers write by themselves: events a minute.
    #[arg(long, value_name = "EVENTS_PER_MINUTE", default_value_t = 0)]
    pub live: u32,
    /// How late the search index is, in milliseconds.
    #[arg(long, value_name = "MS", default_value_t = 0)]
    pub search_lag: u64,
    /// Serve only the MCP server, over stdin and stdout, in this era; it ends when its input does.
    #[arg(long, value_name = "ERA", num_args = 0..=1, require_equals = true, default_missing_value = "both")]
    pub mcp_stdio: Option<McpEra>,
}

/// The eras of MCP.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum McpEra {
    /// Whichever the client speaks.
    Both,
    /// 2026-07-28.
    Modern,
    /// The handshakes before it.
    Legacy,
}

/// The plans of Kustomer API reference 5.1.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum Plan {
    /// 1,000 requests a minute.
    Enterprise,
    /// 2,000 requests a minute.
    Ultimate,
    /// 500 requests a minute.
    Business,
    /// 300 requests a minute.
    Professional,
}

/// `shiftdeck ask`.
#[derive(Debug, clap::Args)]
pub struct Ask {
    /// The request, in your words.
    pub prompt: String,
    /// The conversation it is about; without one, the conversation that breaches next.
    #[arg(long, value_name = "ID")]
    pub conversation: Option<String>,
    /// One JSON object a line on stdout.
    #[arg(long)]
    pub json: bool,
}

/// `shiftdeck search`.
#[derive(Debug, clap::Args)]
pub struct Search {
    /// The query, e.g. `email:~acme.example loyaltyTier:gold created>30d`; or a search document of the API, JSON.
    pub query: String,
    /// What to look for: customer, conversation, message, note, company, kobject_KLASS.
    #[arg(long = "in", value_name = "WHAT", default_value = "customer")]
    pub context: Context,
    /// The most rows.
    #[arg(long, default_value_t = 50)]
    pub limit: usize,
    /// Look for nothing: print what the query is understood as, and the search document it becomes.
    #[arg(long, conflicts_with = "complete")]
    pub explain: bool,
    /// Look for nothing: print what could be typed at the end of the query, one a line.
    #[arg(long)]
    pub complete: bool,
    /// One JSON document on stdout.
    #[arg(long)]
    pub json: bool,
}

/// `shiftdeck timeline`.
#[derive(Debug, clap::Args)]
pub struct Timeline {
    /// The customer: an id, an e-mail address, or the org's own id.
    pub customer: String,
    /// One JSON document on stdout.
    #[arg(long)]
    pub json: bool,
}

/// `shiftdeck kobjects`.
#[derive(Debug, clap::Args)]
pub struct Kobjects {
    /// The klass's name, e.g. `order`.
    pub klass: String,
    /// Only those of this customer.
    #[arg(long, value_name = "ID", conflicts_with = "external_id")]
    pub customer: Option<String>,
    /// Only the one with this external id.
    #[arg(long, value_name = "ID")]
    pub external_id: Option<String>,
    /// One JSON document on stdout.
    #[arg(long)]
    pub json: bool,
}

/// `shiftdeck export`.
#[derive(Debug, clap::Args)]
pub struct Export {
    /// customers, conversations, messages, notes, companies, users, teams, tags, audit-logs …, or kobject_KLASS.
    #[arg(long, value_name = "NAME")]
    pub resource: String,
    /// Only what changed since: 2025-03-04, 2025-03-04T10:00:00Z, 12h, 30d. Searches see two years back.
    #[arg(long, value_name = "DATE|AGE")]
    pub since: Option<String>,
    /// Only what changed until.
    #[arg(long, value_name = "DATE|AGE")]
    pub until: Option<String>,
    /// The file, one record a line; - is stdout. The same command goes on with an unfinished one.
    #[arg(short, long, value_name = "FILE")]
    pub output: PathBuf,
    /// How it ended, as one JSON document on stdout.
    #[arg(long)]
    pub json: bool,
}

/// `shiftdeck request`.
#[derive(Debug, clap::Args)]
pub struct Request {
    /// GET, POST, PUT, PATCH or DELETE.
    pub method: String,
    /// The path, from /v1 on.
    pub path: String,
    /// A header, `Name: value`; only with GET, and never one that carries the key.
    #[arg(short = 'H', value_name = "K: V")]
    pub headers: Vec<String>,
    /// The body, JSON.
    #[arg(short = 'd', value_name = "JSON")]
    pub data: Option<String>,
    /// A query parameter.
    #[arg(long, value_name = "K=V")]
    pub query: Vec<String>,
    /// Why: the audit trail keeps it.
    #[arg(long, default_value = "requested on the command line")]
    pub reason: String,
}

/// `shiftdeck tools`.
#[derive(Debug, clap::Args)]
pub struct Tools {
    /// What about them.
    #[command(subcommand)]
    pub command: ToolsCommand,
}

/// `shiftdeck tools …`.
#[derive(Debug, Subcommand)]
pub enum ToolsCommand {
    /// List them.
    List {
        /// Only from this source: `builtin`, or one of the settings' MCP servers.
        #[arg(long)]
        source: Option<String>,
        /// Only with this effect (read, unmask, disclose, draft, write, send, bulk, delete).
        #[arg(long)]
        effect: Option<String>,
        /// Only those that fit what is to be done, in free words; the best first.
        #[arg(long)]
        intent: Option<String>,
        /// One JSON document on stdout.
        #[arg(long)]
        json: bool,
    },
    /// Show one, with the schema of its arguments.
    Show {
        /// Its name, or SOURCE/NAME as its source calls it.
        name: String,
    },
    /// Call one as the assistant would: a read runs, anything else asks you first.
    Call {
        /// Its name, or SOURCE/NAME as its source calls it.
        name: String,
        /// Its arguments, a JSON object.
        #[arg(long, value_name = "JSON", default_value = "{}")]
        args: String,
    },
    /// Show what changed in a source's tools since somebody looked, and take it in; asks at the terminal.
    Accept {
        /// The source.
        source: String,
    },
}

/// `shiftdeck truto`.
#[derive(Debug, clap::Args)]
pub struct Truto {
    /// Take the changes in, after they were shown; asks at the terminal.
    #[arg(long)]
    pub accept: bool,
    /// One JSON document on stdout.
    #[arg(long)]
    pub json: bool,
}

/// `shiftdeck usage`.
#[derive(Debug, clap::Args)]
pub struct Usage {
    /// One row for each.
    #[arg(long, value_enum, default_value = "shift")]
    pub by: By,
    /// How many days back.
    #[arg(long, value_name = "N", default_value_t = 30, value_parser = clap::value_parser!(u16).range(1..))]
    pub days: u16,
    /// One JSON document on stdout.
    #[arg(long)]
    pub json: bool,
}

/// What usage is summed by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum By {
    /// Shift and model.
    Shift,
    /// Model.
    Model,
    /// Turn and model.
    Turn,
}

/// `shiftdeck login`. There is no way to give the key as an argument: other people's processes can read those.
#[derive(Debug, clap::Args)]
pub struct Login {
    /// The org's sign-in name (`acme`) or the base URL of its API; else the profile's desk.
    #[arg(value_name = "ORG|URL")]
    pub desk: Option<String>,
    /// The region's own host instead of the org's.
    #[arg(long, value_enum, conflicts_with = "desk")]
    pub region: Option<Region>,
}

/// Where an org's data lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Region {
    /// United States.
    Us,
    /// European Union.
    Eu,
    /// India.
    In,
}

/// `shiftdeck profile`.
#[derive(Debug, clap::Args)]
pub struct Profile {
    /// What about them.
    #[command(subcommand)]
    pub command: ProfileCommand,
}

/// `shiftdeck profile …`.
#[derive(Debug, Subcommand)]
pub enum ProfileCommand {
    /// List them.
    List {
        /// One JSON document on stdout.
        #[arg(long)]
        json: bool,
    },
    /// Show one: its desk, and where its key comes from.
    Show {
        /// Which; else the one that opens.
        name: Option<String>,
        /// One JSON document on stdout.
        #[arg(long)]
        json: bool,
    },
    /// Make one the profile that opens when none is named.
    Use {
        /// Which.
        name: String,
    },
}

/// `shiftdeck doctor`.
#[derive(Debug, clap::Args)]
pub struct Doctor {
    /// One JSON document on stdout.
    #[arg(long)]
    pub json: bool,
}
