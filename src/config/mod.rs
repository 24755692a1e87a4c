//! Owns settings: as written (a file, the environment, flags) and as resolved (what the rest reads), one direction. Does
//! not connect to a desk. Secrets come from the environment or the system's keyring and are never written to a file.

pub mod edit;
pub mod keyring;
pub mod mcp;
pub mod model;
mod paths;
mod resolved;
pub mod searches;
mod written;

pub use mcp::{McpServer, McpWay, Registered, Reviewed};
pub use model::{Access, Auth, Budget, Micros, ModelChoice, Price, Spending, Task};
pub use paths::Paths;
pub use resolved::{
    Config, DeskChoice, KeySource, REGIONS, Terminal, base_url, chosen_profile, resolve, safe_url, settings,
};
pub use written::{Approval, Env, Flags, Notify, Pictures, Profile, Settings, Tools};

/// Why there is no usable configuration. The message names the place and the way out.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// No folder for data could be determined.
    #[error(
        "cannot tell where to keep data: the system names no home folder. Set SHIFTDECK_HOME to a folder of your choice"
    )]
    NoHome,
    /// The settings file cannot be read.
    #[error("cannot read {file}: {why}. Check the file's permissions")]
    Unreadable {
        /// Which file.
        file: String,
        /// The system's reason.
        why: String,
    },
    /// The settings file does not parse; the inner text shows line and column.
    #[error("{file} is not valid:\n{why}\nCorrect the line or remove it")]
    Invalid {
        /// Which file.
        file: String,
        /// The parser's words, with line and caret.
        why: String,
    },
    /// A profile was asked for by name and is not there.
    #[error("there is no profile {name:?}. Profiles in the settings file: {known}")]
    NoProfile {
        /// What was asked for.
        name: String,
        /// What there is.
        known: String,
    },
    /// A desk is configured and no key is.
    #[error("no key for {desk}{}. {next}", .why.as_ref().map(|why| format!(": {why}")).unwrap_or_default())]
    NoKey {
        /// Which desk.
        desk: String,
        /// Why the keyring gave none, if it could not be asked.
        why: Option<String>,
        /// What to do.
        next: &'static str,
    },
    /// The settings file cannot be written.
    #[error("cannot write {file}: {why}. Check the folder's permissions and free space")]
    Unwritable {
        /// Which file.
        file: String,
        /// The system's reason.
        why: String,
    },
    /// A setting under `[model]` cannot be used.
    #[error("[model] {place} cannot be used: {why}. Correct it in the settings file")]
    BadModel {
        /// Which setting.
        place: String,
        /// What is wrong.
        why: &'static str,
    },
    /// A server under `[mcp]` cannot be used. The address is not quoted: it may hold a token.
    #[error("[mcp.{alias}] cannot be used: {why}. Correct it in the settings file")]
    BadMcp {
        /// Which.
        alias: String,
        /// What is wrong.
        why: &'static str,
    },
    /// A base URL is not one.
    #[error("{url:?} is no base URL or org name: {why}")]
    BadUrl {
        /// What was given.
        url: String,
        /// What is wrong.
        why: &'static str,
    },
}
