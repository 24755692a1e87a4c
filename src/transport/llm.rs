//! Owns the HTTP client handed to the model's library, so that TLS, proxies and time-outs are chosen in one place and
//! no library makes a client of its own. Does not know the model's protocol (`assistant::stream`).

use std::time::Duration;

use super::{ApiError, send};

/// A model may think this long before its first, or next, word.
const SILENCE: Duration = Duration::from_mins(3);

/// A client for a model endpoint: the same rules as for desks (TLS except on this machine, no redirects, no total
/// time-out because streams are long, a read time-out because silence is an error).
///
/// # Errors
/// As [`super::Transport::new`] for the address.
pub fn client(base: &str) -> Result<reqwest::Client, ApiError> {
    send::client(base, SILENCE)
}
