//! Owns the HTTP client handed to the library that speaks MCP, so that TLS, proxies, redirects and time-outs are chosen in one
//! place and no library makes a client of its own. Does not know the protocol (`connect::mcp`).

use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};

use super::{ApiError, send};

/// What goes wrong below the protocol. Its own words may hold an address: ask [`words`] instead of showing it.
pub use reqwest::Error as HttpError;

/// The client's type, for whoever keeps one.
pub use reqwest::Client as HttpClient;

/// A client for an MCP server: the rules of every endpoint we talk to (TLS except on this machine, no proxy to it, no
/// redirects, which would carry a session or a token elsewhere; no total time-out because answers may be streams).
///
/// # Errors
/// As [`super::Transport::new`] for the address.
pub fn client(url: &SecretString, silence: Duration) -> Result<HttpClient, ApiError> {
    send::client(url.expose_secret(), silence)
}

/// What became of a request that got no answer: whether it was sent, and why, in words that hold no address.
pub fn words(error: &HttpError) -> (bool, &'static str) {
    match send::lost(error) {
        send::Lost::Refused => (false, "no connection could be made"),
        send::Lost::Unsendable => (false, "no request could be made of it"),
        send::Lost::Silent => (true, "it was silent for too long"),
        send::Lost::Cut => (true, "the connection ended before the answer was complete"),
    }
}

/// The status in an error that was made of one.
pub fn status(error: &HttpError) -> Option<u16> {
    error.status().map(|status| status.as_u16())
}
