//! Owns the words of `shiftdeck mcp`. Does nothing.

use clap::Subcommand;

/// `shiftdeck mcp`.
#[derive(Debug, clap::Args)]
pub struct Mcp {
    /// What about them.
    #[command(subcommand)]
    pub command: McpCommand,
}

/// `shiftdeck mcp …`.
#[derive(Debug, Subcommand)]
pub enum McpCommand {
    /// List the servers of the settings: where each is, whether it answers, what it speaks, how many tools it has.
    List {
        /// One JSON document on stdout.
        #[arg(long)]
        json: bool,
    },
    /// Show what one offers: each tool with its schema and what its server says of its effect.
    Show {
        /// Its name in the settings.
        alias: String,
        /// One JSON document on stdout.
        #[arg(long)]
        json: bool,
    },
    /// Let the program of one be started here, after its exact command was shown; asks at the terminal.
    Allow {
        /// Its name in the settings.
        alias: String,
    },
    /// Sign in to one in a browser, and keep that in this machine's keyring.
    Login {
        /// Its name in the settings.
        alias: String,
        /// Also for this; may be given more than once.
        #[arg(long, value_name = "SCOPE")]
        scope: Vec<String>,
    },
    /// Forget the sign-in to one.
    Logout {
        /// Its name in the settings.
        alias: String,
    },
}
