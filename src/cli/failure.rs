//! Owns how a command ends: the exit codes scripts rely on, and failures in words. Every error type of the program is
//! turned into one here, in one place each.

use std::{
    io::{self, Write},
    process::ExitCode,
};

use crate::{
    approval::{PolicyError, TrailError},
    assistant::ModelError,
    config::ConfigError,
    connect::mcp::McpError,
    kustomer::WriteError,
    privacy::text,
    store::StoreError,
    transport::{ApiError, ErrorKind},
};

/// The contract's exit codes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// Done.
    Done,
    /// Failed; the message says what, why and what next.
    Failed,
    /// The words of the command line were off.
    Usage,
    /// Refused, or nobody could be asked.
    Refused,
    /// Not signed in, or the key lacks a role.
    NotSignedIn,
    /// Gave up on a limit or an unreachable host.
    GaveUp,
    /// A bulk job ended with failed items.
    FailedItems,
    /// Interrupted.
    Interrupted,
}

impl Exit {
    /// As the process's exit code.
    pub fn code(self) -> ExitCode {
        ExitCode::from(match self {
            Self::Done => 0,
            Self::Failed => 1,
            Self::Usage => 2,
            Self::Refused => 3,
            Self::NotSignedIn => 4,
            Self::GaveUp => 5,
            Self::FailedItems => 6,
            Self::Interrupted => 130,
        })
    }
}

/// A failure in words: what, why, what next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    exit: Exit,
    what: String,
    why: String,
    next: String,
}

impl Failure {
    /// A failure with exit code 1.
    pub fn new(what: impl Into<String>, why: impl Into<String>, next: impl Into<String>) -> Self {
        Self { exit: Exit::Failed, what: what.into(), why: why.into(), next: next.into() }
    }

    /// The same with another exit code.
    #[must_use]
    pub fn exiting(self, exit: Exit) -> Self {
        Self { exit, ..self }
    }

    /// The same with other words on what to do next.
    #[must_use]
    pub fn advising(self, next: impl Into<String>) -> Self {
        Self { next: next.into(), ..self }
    }

    /// Words of the command line that make no sense.
    pub fn usage(what: impl Into<String>, why: impl Into<String>) -> Self {
        Self::new(what, why, "see --help").exiting(Exit::Usage)
    }

    /// Prints it to stderr; the exit code to end with.
    pub fn report(&self) -> ExitCode {
        let words = format!("{}: {}\n→ {}", self.what, self.why, self.next);
        let _ = writeln!(io::stderr(), "shiftdeck: {}", text::block(&words));
        self.exit.code()
    }
}

impl From<ConfigError> for Failure {
    fn from(error: ConfigError) -> Self {
        let exit = if matches!(error, ConfigError::NoKey { .. }) { Exit::NotSignedIn } else { Exit::Failed };
        Self::new("settings", error.to_string(), "shiftdeck --sandbox works without any").exiting(exit)
    }
}

impl From<PolicyError> for Failure {
    fn from(error: PolicyError) -> Self {
        Self::new("policy", error.to_string(), "correct the file; nothing starts on a policy that is not understood")
            .exiting(Exit::Usage)
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::new(
            "local data",
            error.to_string(),
            "check the folder's permissions and free space, or set SHIFTDECK_HOME",
        )
    }
}

impl From<TrailError> for Failure {
    fn from(error: TrailError) -> Self {
        Self::new("audit trail", error.to_string(), "check the data folder's permissions and free space")
    }
}

impl From<ApiError> for Failure {
    fn from(error: ApiError) -> Self {
        let exit = match error.kind() {
            ErrorKind::NotSignedIn | ErrorKind::Forbidden => Exit::NotSignedIn,
            ErrorKind::Limited | ErrorKind::Unreachable => Exit::GaveUp,
            ErrorKind::NotFound
            | ErrorKind::Conflict
            | ErrorKind::Invalid
            | ErrorKind::Server
            | ErrorKind::Garbled
            | ErrorKind::Unclear
            | ErrorKind::BadRequest
            | ErrorKind::NotOffered => Exit::Failed,
        };
        let detail = error.detail().map(|detail| format!(" — the desk says: {}", detail.line())).unwrap_or_default();
        Self::new("the desk", format!("{error}{detail}"), error.next()).exiting(exit)
    }
}

impl From<WriteError> for Failure {
    fn from(error: WriteError) -> Self {
        match error {
            WriteError::Refused(error) => error.into(),
            WriteError::Tool(ref tool) => {
                let said = tool.said().map(|said| format!("; it says: {}", said.line())).unwrap_or_default();
                Self::new("the tool", format!("{error}{said}"), error.next())
            }
            WriteError::Trail(_)
            | WriteError::Planless(_)
            | WriteError::Partly { .. }
            | WriteError::Unclear { .. }
            | WriteError::Unrecorded { .. } => Self::new("the write", error.to_string(), error.next()),
        }
    }
}

impl From<McpError> for Failure {
    fn from(error: McpError) -> Self {
        let exit = match &error {
            McpError::SignIn | McpError::Scope(_) => Exit::NotSignedIn,
            McpError::NotAllowed | McpError::NotApproved => Exit::Refused,
            McpError::Unreachable { .. } | McpError::Limited | McpError::Silent => Exit::GaveUp,
            _ => Exit::Failed,
        };
        Self::new("the MCP server", error.to_string(), error.next()).exiting(exit)
    }
}

impl From<ModelError> for Failure {
    fn from(error: ModelError) -> Self {
        Self::new("the model", error.to_string(), error.next())
    }
}

impl From<io::Error> for Failure {
    /// Reading or writing a stream of ours failed; a closed pipe is how `| head` ends us, not a failure to speak of.
    fn from(error: io::Error) -> Self {
        let failure = Self::new("output", error.to_string(), "check where the output goes");
        if error.kind() == io::ErrorKind::BrokenPipe { failure.exiting(Exit::Done) } else { failure }
    }
}
