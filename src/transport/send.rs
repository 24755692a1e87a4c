//! Owns the one attempt: a call put on the wire, a whole answer read back under a size cap. Does not wait its turn
//! (`limiter`), does not repeat (`retry`).
//!
//! Invariant: the key is only ever in the `Authorization` header, marked sensitive, and leaves the machine over TLS.

use std::{net::IpAddr, sync::Arc, time::Duration};

use reqwest::{
    Certificate, Client, ClientBuilder, Response, Url,
    header::{
        ACCEPT, AUTHORIZATION, CONNECTION, CONTENT_LENGTH, CONTENT_TYPE, COOKIE, HOST, HeaderMap, HeaderName,
        HeaderValue, SERVER, TRANSFER_ENCODING,
    },
    redirect,
};
use secrecy::ExposeSecret;
use serde_json::Value;

use super::{ApiError, Call, Came, Endpoint, ErrorKind, Lane, Method, budget::Told, hint::Hint, json, retry::Outcome};
use crate::clock::Clock;

/// Larger answers are refused: a page of 500 rich conversations stays well below it.
const BODY_CAP: usize = 16 * 1024 * 1024;
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
pub(super) const READ_TIMEOUT: Duration = Duration::from_secs(30);
/// What the simulated desk puts first in its `Server` header.
const SIMULATED: &str = "shiftdeck-sandbox";

/// The client, the address and the key.
pub(super) struct Wire {
    client: Client,
    base: String,
    authorization: HeaderValue,
}

/// An answer, read to its end.
pub(super) struct Reply {
    pub status: u16,
    pub hint: Hint,
    /// When the headers were here, on the clock's monotonic side.
    pub heard: Duration,
    pub simulated: bool,
    /// The body; `Null` when empty, `Err` when it is no JSON, names a key twice or is beyond the cap.
    pub json: Result<Value, Unreadable>,
}

/// A body that is not what a desk sends.
#[derive(Debug)]
pub(super) struct Unreadable;

/// No answer, or half of one.
#[derive(Clone, Copy, Debug)]
pub(super) enum Lost {
    /// The connection was never made.
    Refused,
    /// Sent; the connection ended before the answer did.
    Cut,
    /// Sent; nothing came for too long.
    Silent,
    /// Not sent: no request could be made of it.
    Unsendable,
}

impl Lost {
    pub fn outcome(self) -> Outcome {
        match self {
            Self::Refused => Outcome::Refused,
            Self::Cut | Self::Silent => Outcome::Lost,
            Self::Unsendable => Outcome::Unsendable,
        }
    }

    /// The cause in words.
    pub fn why(self) -> &'static str {
        match self {
            Self::Refused => "no connection could be made",
            Self::Cut => "the connection ended before the answer was complete",
            Self::Silent => "no answer came for 30 seconds",
            Self::Unsendable => "path or header is malformed",
        }
    }
}

impl Reply {
    /// What it says as far as budgets care.
    pub fn told(&self) -> Told {
        Told { status: self.status, hint: self.hint, at: self.heard }
    }

    /// The same as it is meant: what cannot be read stays what it is.
    pub fn by(self, home: impl FnOnce(Came) -> Came) -> Self {
        let Ok(body) = self.json else { return self };
        let Came { status, body } = home(Came { status: self.status, body });
        Self { status, json: Ok(body), ..self }
    }

    pub fn outcome(&self) -> Outcome {
        match (self.status, &self.json) {
            (200..=299, Ok(_)) => Outcome::Good,
            (200..=299, Err(Unreadable)) => Outcome::Garbled,
            (status, _) => Outcome::Status(status),
        }
    }
}

impl Wire {
    pub fn new(Endpoint { mut base, key }: Endpoint) -> Result<Self, ApiError> {
        let refused = |cause| ApiError::new(ErrorKind::BadRequest, CONNECTING).with_cause(cause);
        let mut authorization = HeaderValue::from_str(&format!("Bearer {}", key.expose_secret()))
            .map_err(|_| refused("the key holds characters that cannot stand in a header"))?;
        authorization.set_sensitive(true);
        base.truncate(base.trim_end_matches('/').len());
        Ok(Self { client: client(&base, READ_TIMEOUT)?, base, authorization })
    }

    /// Puts the call on the wire once, for whoever waits in this lane, and reads the whole answer.
    pub async fn once(&self, call: &Call, lane: Lane, clock: &Clock) -> Result<Reply, Lost> {
        // The path is joined as text and must start with '/', so that it cannot move the request to another host.
        if !call.path.starts_with('/') {
            return Err(Lost::Unsendable);
        }
        let url = Url::parse(&format!("{}{}", self.base, call.path)).map_err(|_| Lost::Unsendable)?;
        let mut request = self.client.request(method(call.method), url).headers(self.headers(call, lane)?);
        if let Some(body) = &call.body {
            request = request.body(body.clone());
        }
        let response = request.send().await.map_err(|error| lost(&error))?;
        let status = response.status().as_u16();
        let heard = clock.elapsed();
        let hint = Hint::read(|name| text(response.headers(), name), clock.now());
        let simulated = text(response.headers(), SERVER.as_str()).is_some_and(|name| name.starts_with(SIMULATED));
        let json = read(response).await?;
        Ok(Reply { status, hint, heard, simulated, json })
    }

    /// Whether the desk is on this machine.
    pub fn is_local(&self) -> bool {
        Url::parse(&self.base).is_ok_and(|url| is_loopback(&url))
    }

    /// Typed headers first, ours over them.
    fn headers(&self, call: &Call, lane: Lane) -> Result<HeaderMap, Lost> {
        let mut headers = HeaderMap::new();
        for (name, value) in &call.headers {
            let name: HeaderName = name.parse().map_err(|_| Lost::Unsendable)?;
            if OURS.contains(&name) {
                return Err(Lost::Unsendable);
            }
            headers.append(name, value.parse().map_err(|_| Lost::Unsendable)?);
        }
        headers.insert(AUTHORIZATION, self.authorization.clone());
        headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        headers.insert("x-shiftdeck-lane", HeaderValue::from_static(lane.as_str()));
        if call.body.is_some() {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        }
        Ok(headers)
    }
}

/// What frames and routes a request is ours alone.
const OURS: [HeaderName; 6] = [AUTHORIZATION, HOST, CONTENT_LENGTH, TRANSFER_ENCODING, CONNECTION, COOKIE];

const CONNECTING: &str = "connecting";

/// A client for this address, by one set of rules for every endpoint we talk to.
pub(super) fn client(base: &str, silence: Duration) -> Result<Client, ApiError> {
    let url = allowed(base)?;
    let builder = match (url.scheme(), is_loopback(&url)) {
        // A proxy would capture loopback, and loading the system's roots costs milliseconds (or fails in a bare
        // container) for certificates nobody shows here.
        ("http", _) => builder(silence).no_proxy().tls_certs_only(Vec::<Certificate>::new()),
        (_, true) => builder(silence).no_proxy(),
        (_, false) => builder(silence),
    };
    built(builder)
}

/// The same for whoever is sent elsewhere from this address, with names looked up by another: also from this machine the way
/// may lead to an address with a certificate.
pub(super) fn guarded(
    base: &str,
    silence: Duration,
    names: Arc<impl reqwest::dns::Resolve + 'static>,
) -> Result<Client, ApiError> {
    let url = allowed(base)?;
    if !is_loopback(&url) {
        return built(builder(silence).dns_resolver(names));
    }
    built(builder(silence).no_proxy().dns_resolver(names)).or_else(|_| client(base, silence))
}

/// An address of https, or on this machine.
fn allowed(base: &str) -> Result<Url, ApiError> {
    let refused = |cause| ApiError::new(ErrorKind::BadRequest, CONNECTING).with_cause(cause);
    let url = Url::parse(base).map_err(|_| refused("the address is no URL"))?;
    match (url.scheme(), is_loopback(&url)) {
        ("https", _) | ("http", true) => Ok(url),
        ("http", false) => Err(refused("plain http is only used on this machine; use https")),
        _ => Err(refused("the address must begin with https://")),
    }
}

fn built(builder: ClientBuilder) -> Result<Client, ApiError> {
    builder.build().map_err(|_| {
        ApiError::new(ErrorKind::Unreachable, CONNECTING).with_cause("the system's certificates cannot be loaded")
    })
}

fn builder(silence: Duration) -> ClientBuilder {
    Client::builder()
        .user_agent(concat!("shiftdeck/", env!("CARGO_PKG_VERSION")))
        .connect_timeout(CONNECT_TIMEOUT)
        .read_timeout(silence)
        // A redirect would repeat a write elsewhere; a desk does not send any.
        .redirect(redirect::Policy::none())
        .tcp_nodelay(true)
}

pub(super) fn is_loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default().trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

fn method(method: Method) -> reqwest::Method {
    match method {
        Method::Get => reqwest::Method::GET,
        Method::Post => reqwest::Method::POST,
        Method::Put => reqwest::Method::PUT,
        Method::Patch => reqwest::Method::PATCH,
        Method::Delete => reqwest::Method::DELETE,
    }
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

pub(super) fn lost(error: &reqwest::Error) -> Lost {
    if error.is_builder() {
        Lost::Unsendable
    } else if error.is_connect() {
        Lost::Refused
    } else if error.is_timeout() {
        Lost::Silent
    } else {
        Lost::Cut
    }
}

/// Reads the body to its end, under the cap.
async fn read(mut response: Response) -> Result<Result<Value, Unreadable>, Lost> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| lost(&error))? {
        if body.len() + chunk.len() > BODY_CAP {
            return Ok(Err(Unreadable));
        }
        body.extend_from_slice(&chunk);
    }
    if body.iter().all(u8::is_ascii_whitespace) {
        return Ok(Ok(Value::Null));
    }
    Ok(json::read(&body).map_err(|_| Unreadable))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_travels_only_over_tls_or_on_this_machine() {
        for (base, goes) in [
            ("https://acme.api.kustomerapp.com", true),
            ("http://127.0.0.1:4010", true),
            ("http://[::1]:4010", true),
            ("http://localhost:4010", true),
            ("http://acme.example", false),
            ("http://127.0.0.1.acme.example", false),
            ("ftp://acme.example", false),
            ("acme", false),
        ] {
            // A container without certificates fails to build the https client: that is not a refusal of the address.
            let refused = client(base, READ_TIMEOUT).is_err_and(|error| error.kind() == ErrorKind::BadRequest);
            assert_eq!(!refused, goes, "{base}");
        }
    }
}
