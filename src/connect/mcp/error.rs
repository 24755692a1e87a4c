//! Owns why a server did not do what was asked, in words for people: what, why, what next. What the library says is read by
//! its variants and never passed on: its words hold addresses and names of types.

use std::fmt;

use rmcp::{
    ServiceError,
    model::ProtocolVersion,
    service::ClientInitializeError,
    transport::{DynamicTransportError, streamable_http_client::StreamableHttpError},
};

use crate::{
    domain::Text,
    transport::mcp::{self as http, HttpError},
};

/// The most of a server's own words in an error, in characters.
const WORDS: usize = 400;
/// The longest header that is read of what one has to show.
const HEADER: usize = 4_000;

/// Why a server did not do what was asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum McpError {
    /// Its program was not agreed to.
    NotAllowed,
    /// Its program is not there or cannot be started.
    NoProgram,
    /// Its address cannot be used.
    Address(&'static str),
    /// No connection, or none any more; nothing is under way.
    Unreachable {
        /// Why.
        why: &'static str,
        /// The last lines its program said, if it is one.
        said: Option<Text>,
    },
    /// A person has to sign in, or to give a token.
    SignIn(Challenge),
    /// What was signed in for does not reach so far.
    Scope(Challenge),
    /// Signing in did not come about.
    SigningIn(&'static str),
    /// It refused with a status.
    Status(u16),
    /// It is busy.
    Limited,
    /// It speaks no version of the protocol that is known here.
    Version(Text),
    /// It took too long, before anything was asked of a tool.
    Silent,
    /// It answered that it cannot, in its own words.
    Said {
        /// Its code.
        code: i64,
        /// Its words.
        words: Text,
    },
    /// What it answered is not what the protocol says.
    Garbled(&'static str),
    /// It sent more than is taken.
    TooMuch(&'static str),
    /// A call was sent, and nobody knows what became of it.
    Unclear(&'static str),
    /// The call is not the one a person approved, or is none to be made without.
    NotApproved,
    /// It asked back for what is not offered here, or without end.
    Asked(&'static str),
}

/// What a server said one has to show, for the sign-in that answers it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Challenge {
    /// The header, as it came; a stranger's words that a sign-in reads.
    pub(super) header: Option<Text>,
    /// What was missing, where that was said.
    pub(super) scope: Option<Text>,
}

impl Challenge {
    pub(super) fn of(header: &str, scope: Option<&str>) -> Self {
        let header = (!header.is_empty()).then(|| Text::new(header.chars().take(HEADER).collect::<String>()));
        Self { header, scope: scope.map(words) }
    }

    /// What one has to sign in for.
    pub fn scopes(&self) -> Vec<String> {
        self.scope.iter().flat_map(|scope| scope.raw().split_whitespace()).map(str::to_owned).collect()
    }
}

impl McpError {
    /// Whether a call was sent whose answer got lost.
    pub fn is_unclear(&self) -> bool {
        matches!(self, Self::Unclear(_))
    }

    /// Whether the connection is of no more use: connect again.
    pub fn is_gone(&self) -> bool {
        matches!(self, Self::Unreachable { .. })
    }

    /// The server's own words, where it has any. Show them cleaned; do not log them.
    pub fn said(&self) -> Option<&Text> {
        match self {
            Self::Unreachable { said, .. } => said.as_ref(),
            Self::Said { words, .. } => Some(words),
            _ => None,
        }
    }

    /// What the person can do next.
    pub fn next(&self) -> &'static str {
        match self {
            Self::NotAllowed => "look at its command and allow it: shiftdeck mcp allow ALIAS",
            Self::NoProgram => "check its command in the settings, and that the program is installed",
            Self::Address(_) => "correct its url in the settings",
            Self::Unreachable { .. } => "check that it runs, then try again: it is connected anew",
            Self::SignIn(_) => "sign in with `shiftdeck mcp login ALIAS`, or check the token that token_env names",
            Self::Scope(_) => "sign in again, for more: shiftdeck mcp login ALIAS",
            Self::SigningIn(_) => "try again; whoever runs the server can tell how its sign-in works",
            Self::Status(_) => "check its url in the settings; whoever runs the server can tell more",
            Self::Limited => "wait a minute, then try again",
            Self::Version(_) => "ask whoever runs it for a server that speaks 2024-11-05 to 2026-07-28",
            Self::Silent => "try again, or give it more time: timeout_s in the settings",
            Self::Said { .. } => "change the call; repeating it as it is will fail again",
            Self::Garbled(_) => "check that its url is an MCP endpoint; whoever runs the server can tell more",
            Self::TooMuch(_) => "ask it for less",
            Self::Unclear(_) => "look at what it was to change before doing it again, so that it is not done twice",
            Self::NotApproved => "nothing was sent; put the call before a person again",
            Self::Asked(_) => "the call was given up; whoever runs the server can tell what it wants",
        }
    }
}

impl fmt::Display for McpError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotAllowed => f.write_str("the MCP server's program has not been allowed to start here"),
            Self::NoProgram => f.write_str("the MCP server's program cannot be started"),
            Self::Address(why) => write!(f, "the MCP server's address cannot be used: {why}"),
            Self::Unreachable { why, said: None } => write!(f, "the MCP server cannot be reached: {why}"),
            Self::Unreachable { why, said: Some(said) } => {
                write!(f, "the MCP server cannot be reached: {why}. Its last words: {}", said.line())
            }
            Self::SignIn(_) => f.write_str("the MCP server wants to know who asks"),
            Self::SigningIn(why) => write!(f, "signing in to the MCP server failed: {why}"),
            Self::Scope(Challenge { scope: None, .. }) => {
                f.write_str("the MCP server does not let this sign-in do that")
            }
            Self::Scope(Challenge { scope: Some(scope), .. }) => {
                write!(f, "the MCP server lets only a sign-in with the scope {} do that", scope.line())
            }
            Self::Status(status) => write!(f, "the MCP server refused the connection ({status})"),
            Self::Limited => f.write_str("the MCP server's rate limit is used up"),
            Self::Version(theirs) => {
                write!(f, "the MCP server speaks a version of the protocol that is not known here ({})", theirs.line())
            }
            Self::Silent => f.write_str("the MCP server did not answer in time"),
            Self::Said { code, words } => write!(f, "the MCP server refused ({code}): {}", words.line()),
            Self::Garbled(why) => write!(f, "what the MCP server answered cannot be used: {why}"),
            Self::TooMuch(what) => write!(f, "the MCP server sent more than is taken: {what}"),
            Self::Unclear(why) => {
                write!(f, "the call was sent, but nobody knows whether it took effect ({why})")
            }
            Self::NotApproved => f.write_str("this is not the call that was approved"),
            Self::Asked(what) => write!(f, "the MCP server asked back {what}"),
        }
    }
}

impl std::error::Error for McpError {}

/// A server's words, cut to what an error takes.
pub(super) fn words(raw: &str) -> Text {
    Text::new(raw.chars().take(WORDS).collect::<String>())
}

impl McpError {
    /// Why no connection came about.
    pub(super) fn starting(error: &ClientInitializeError) -> Self {
        match error {
            ClientInitializeError::NoCompatibleProtocolVersion { server_supported, .. } => {
                let theirs: Vec<&str> = server_supported.iter().take(8).map(ProtocolVersion::as_str).collect();
                Self::Version(words(&theirs.join(", ")))
            }
            ClientInitializeError::JsonRpcError(error) => Self::told(error),
            ClientInitializeError::TransportError { error, .. } => Self::below(error).unsent(),
            ClientInitializeError::ConnectionClosed(_) => {
                Self::Unreachable { why: "it ended the connection while it was being made", said: None }
            }
            ClientInitializeError::LegacyFallbackFailed { fallback, .. } => Self::starting(fallback),
            ClientInitializeError::Cancelled => Self::Silent,
            _ => Self::Garbled("it did not answer the first message as MCP says"),
        }
    }

    /// Why a request has no answer. Whatever may have been sent is unclear; reads make it [`Self::unsent`].
    pub(super) fn asking(error: &ServiceError) -> Self {
        match error {
            ServiceError::McpError(error) => Self::told(error),
            ServiceError::TransportSend(error) => Self::below(error),
            ServiceError::TransportClosed => Self::Unclear("the connection ended"),
            ServiceError::Timeout { .. } => Self::Unclear("it took too long"),
            ServiceError::Cancelled { .. } => Self::Unclear("it gave the call up"),
            _ => Self::Garbled("the answer is not one to this request"),
        }
    }

    /// The same where the call had reached its server before, which had asked something: what it did by then nobody knows.
    pub(super) fn after_a_question(self) -> Self {
        match self {
            Self::Unreachable { .. }
            | Self::SignIn(_)
            | Self::Scope(_)
            | Self::Status(_)
            | Self::Limited
            | Self::Silent => Self::Unclear("it could not be reached again after it had asked something"),
            other => other,
        }
    }

    /// The same for a request that changes nothing: nothing is unclear about it.
    pub(super) fn unsent(self) -> Self {
        match self {
            Self::Unclear("it took too long" | "it was silent for too long") => Self::Silent,
            Self::Unclear(why) => Self::Unreachable { why, said: None },
            other => other,
        }
    }

    fn told(error: &rmcp::ErrorData) -> Self {
        Self::Said { code: i64::from(error.code.0), words: words(&error.message) }
    }

    fn below(error: &DynamicTransportError) -> Self {
        let Some(error) = error.error.downcast_ref::<StreamableHttpError<HttpError>>() else {
            return Self::Unreachable { why: "its program does not listen any more", said: None };
        };
        match error {
            StreamableHttpError::AuthRequired(error) => {
                Self::SignIn(Challenge::of(&error.www_authenticate_header, None))
            }
            StreamableHttpError::Auth(error) => Self::signing_in(error),
            StreamableHttpError::InsufficientScope(error) => {
                Self::Scope(Challenge::of(&error.www_authenticate_header, error.required_scope.as_deref()))
            }
            StreamableHttpError::Client(error) => match (http::status(error), http::words(error)) {
                (Some(status), _) => Self::status(status),
                (None, (true, why)) => Self::Unclear(why),
                (None, (false, why)) => Self::Unreachable { why, said: None },
            },
            StreamableHttpError::HttpStatus(error) => Self::status(error.status),
            // The library keeps a status it has no variant for in its words only.
            StreamableHttpError::UnexpectedServerResponse(said) => {
                let status = said.strip_prefix("HTTP ").and_then(|said| said.get(..3)?.parse().ok());
                status.map_or(Self::Garbled("it is no message of the protocol"), Self::status)
            }
            StreamableHttpError::ResponseBodyTooLarge { .. } => Self::TooMuch("an answer of more than 8 MiB"),
            StreamableHttpError::UnexpectedContentType(_) => {
                Self::Garbled("it is neither JSON nor a stream of events, as of a web page")
            }
            StreamableHttpError::SessionExpired | StreamableHttpError::ReinitializationFailed(_) => {
                Self::Unreachable { why: "it forgot the session", said: None }
            }
            StreamableHttpError::MissingSessionIdInResponse => Self::Garbled("it names no session"),
            StreamableHttpError::Sse(_) | StreamableHttpError::UnexpectedEndOfStream => {
                Self::Unclear("the stream of its answer broke")
            }
            StreamableHttpError::SessionRecoveryTimeout => Self::Unclear("it forgot the session meanwhile"),
            _ => Self::Unclear("the connection ended"),
        }
    }

    fn status(status: u16) -> Self {
        match status {
            401 => Self::SignIn(Challenge::default()),
            403 => Self::Scope(Challenge::default()),
            429 => Self::Limited,
            500..=599 => Self::Unclear("it failed on its side"),
            status => Self::Status(status),
        }
    }
}
