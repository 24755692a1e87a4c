//! Owns the HTTP client handed to the library that speaks MCP, so that TLS, proxies, redirects and time-outs are chosen in one
//! place and no library makes a client of its own. Does not know the protocol (`connect::mcp`).

use std::{
    net::{IpAddr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use axum::http;
use reqwest::{
    Url,
    dns::{Addrs, Name, Resolve, Resolving},
};
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

/// The same for addresses that a stranger names (metadata of a sign-in): a name that leads to this machine, or to a cloud's
/// own machinery, leads nowhere, unless the server itself is on this machine.
///
/// # Errors
/// As for [`client`].
pub fn guarded(url: &SecretString, silence: Duration) -> Result<HttpClient, ApiError> {
    send::guarded(url.expose_secret(), silence, Arc::new(Guard { is_local: is_local(url) }))
}

/// Whether an address is on this machine.
pub fn is_local(url: &SecretString) -> bool {
    is_this_machine(url.expose_secret())
}

/// Whether an address is on this machine, as far as it says so itself.
pub fn is_this_machine(url: &str) -> bool {
    Url::parse(url).is_ok_and(|url| send::is_loopback(&url))
}

/// Whether an address written in numbers is of this machine or its own network segment: no name is looked up for it.
pub fn leads_home(url: &str) -> bool {
    let host = Url::parse(url).ok().and_then(|url| url.host_str().map(str::to_owned)).unwrap_or_default();
    let literal = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    is_this_machine(url) || literal.is_ok_and(|address| !is_elsewhere(address))
}

struct Guard {
    is_local: bool,
}

impl Resolve for Guard {
    fn resolve(&self, name: Name) -> Resolving {
        let is_local = self.is_local;
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let fine: Vec<SocketAddr> = found.filter(|at| is_local || is_elsewhere(at.ip())).collect();
            if fine.is_empty() {
                return Err("the name leads to an address that is not gone to".into());
            }
            Ok(Box::new(fine.into_iter()) as Addrs)
        })
    }
}

/// Neither this machine nor what only machines of its own network segment can reach.
fn is_elsewhere(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(v4) => {
            !(v4.is_loopback() || v4.is_link_local() || v4.is_unspecified() || v4.is_multicast() || v4.is_broadcast())
        }
        IpAddr::V6(v6) => !(v6.is_loopback() || v6.is_unicast_link_local() || v6.is_unspecified() || v6.is_multicast()),
    }
}

/// The most bytes of an answer in a sign-in.
const SIGN_IN_CAP: usize = 1024 * 1024;

/// Carries one request of a sign-in and reads its whole answer. Redirects are answers.
///
/// # Errors
/// Words without an address in them.
pub async fn carry(
    client: &HttpClient,
    request: http::Request<Vec<u8>>,
) -> Result<http::Response<Vec<u8>>, &'static str> {
    let request = reqwest::Request::try_from(request).map_err(|_| "no request could be made of it")?;
    let mut response = client.execute(request).await.map_err(|error| words(&error).1)?;
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| words(&error).1)? {
        if body.len() + chunk.len() > SIGN_IN_CAP {
            return Err("the answer is larger than 1 MiB");
        }
        body.extend_from_slice(&chunk);
    }
    Ok(http::Response::from(response).map(|_: reqwest::Body| body))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_strangers_address_does_not_lead_home() {
        for inside in ["127.0.0.1", "169.254.169.254", "0.0.0.0", "::1", "fe80::1", "::ffff:169.254.169.254", "::"] {
            assert!(!is_elsewhere(inside.parse().expect("an address")), "{inside}");
        }
        for outside in ["93.184.216.34", "10.0.0.9", "2606:4700::1"] {
            assert!(is_elsewhere(outside.parse().expect("an address")), "{outside}");
        }
        for inside in
            ["https://169.254.169.254/x", "https://[::ffff:127.0.0.1]/x", "https://127.1.2.3/", "http://localhost/"]
        {
            assert!(leads_home(inside), "{inside}");
        }
        assert!(!leads_home("https://mcp.example/x") && !leads_home("https://93.184.216.34/"));
        assert!(is_this_machine("http://127.0.0.1:9/x") && !is_this_machine("https://mcp.example"));
    }
}
