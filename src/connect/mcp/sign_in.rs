//! Owns signing in to a server in a browser (integrations reference, 3.10): the library's discovery, registration, PKCE and
//! exchange over our own client; the one page of ours the browser comes back to, on this machine.
//!
//! Invariants: no address that metadata names is gone to unless it is https or, for a server on this machine, this machine; the
//! page takes one answer, to the state this sign-in made up.

use std::{sync::Arc, time::Duration};

use rmcp::transport::{
    AuthError, AuthorizationManager, AuthorizationRequest, OAuthHttpClient, OAuthHttpClientFuture, OAuthHttpRequest,
    auth::{AuthorizationCallback, OAuthState},
};
use secrecy::ExposeSecret;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

use super::{
    McpError,
    error::Challenge,
    tokens::{Kept, Own, Tokens},
};
use crate::{
    clock::Clock,
    config::{McpServer, McpWay, safe_url},
    transport::mcp as http,
};

/// How long a person may take in the browser.
const PATIENCE: Duration = Duration::from_mins(5);
/// How long one request of the dance may be silent.
const SILENCE: Duration = Duration::from_secs(30);
/// The longest request of a browser that is read.
const REQUEST: usize = 16 * 1024;

/// Signs a person in: `show` is given the address to open in a browser. How it is kept is told. Of an earlier sign-in that did
/// not reach far enough (`wanted`) nothing is lost: what it was for is asked for again along with the rest.
///
/// # Errors
/// When the server offers no sign-in, the person declines or takes too long, or something does not add up.
pub async fn sign_in(
    server: &McpServer,
    scopes: &[String],
    wanted: &Challenge,
    tokens: &Tokens,
    clock: &Clock,
    show: impl FnOnce(&str),
) -> Result<Kept, McpError> {
    let own = tokens.of(server).ok_or(McpError::SigningIn("it has no address"))?;
    let listener = TcpListener::bind("127.0.0.1:0").await;
    let listener = listener.map_err(|_| McpError::SigningIn("this machine gives no port to come back to"))?;
    let port =
        listener.local_addr().map_err(|_| McpError::SigningIn("this machine gives no port to come back to"))?.port();
    let redirect = format!("http://127.0.0.1:{port}/callback");
    let mut state = OAuthState::Unauthorized(manager(server, own.clone()).await?);
    let request = request(server, redirect, &own, (scopes, wanted));
    let began = within(clock, SILENCE * 2, state.start_authorization(request)).await?;
    began.map_err(|error| McpError::signing_in(&error))?;
    let address = state.get_authorization_url().await.map_err(|error| McpError::signing_in(&error))?;
    safe_url(&address).map_err(|_| McpError::SigningIn("it sends to a page that is not https"))?;
    show(&address);
    let expected = parameter(&address, "state").ok_or(McpError::SigningIn("it has no state"))?;
    let answer = within(clock, PATIENCE, come_back(&listener, port, &expected)).await??;
    let ended = within(
        clock,
        SILENCE * 2,
        state.handle_callback_with_issuer(&answer.code, &answer.csrf_token, answer.issuer.as_deref()),
    );
    ended.await?.map_err(|error| McpError::signing_in(&error))?;
    Ok(own.kept().unwrap_or(Kept::Memory))
}

fn request(
    server: &McpServer,
    redirect: String,
    own: &Own,
    (scopes, wanted): (&[String], &Challenge),
) -> AuthorizationRequest {
    let mut all: Vec<String> = scopes.to_vec();
    all.extend(wanted.scopes());
    if !all.is_empty() {
        all.extend(own.granted());
        all.sort();
        all.dedup();
    }
    let mut request = AuthorizationRequest::new(redirect)
        .with_client_name("Shiftdeck")
        .with_application_type("native")
        .with_initial_scope_selection()
        .with_scopes(all);
    if let Some(header) = &wanted.header {
        request = request.with_challenge(header.raw());
    }
    if let McpWay::Http { client: Some(client), .. } = &server.way {
        request = request.with_preregistered_client(client.id.clone());
        if let Some(secret) = &client.secret {
            request = request.with_client_secret(secret.expose_secret());
        }
    }
    request
}

/// What brings a token to every request, where there is a sign-in. Where there is none, the server tells what it wants to see.
///
/// # Errors
/// When what is kept of one cannot be used.
pub(super) async fn signed_in(server: &McpServer, tokens: &Tokens) -> Result<Option<AuthorizationManager>, McpError> {
    let Some(own) = tokens.of(server) else { return Ok(None) };
    let mut manager = manager(server, own).await?;
    match manager.initialize_from_store().await {
        Ok(is_there) => Ok(is_there.then_some(manager)),
        Err(error) => Err(McpError::signing_in(&error)),
    }
}

async fn manager(server: &McpServer, own: Own) -> Result<AuthorizationManager, McpError> {
    let McpWay::Http { url, .. } = &server.way else { return Err(McpError::SigningIn("it has no address")) };
    let client = http::guarded(url, SILENCE).map_err(|_| McpError::Address("it is no URL to sign in at"))?;
    let courier = Arc::new(Courier { client, is_local: http::is_local(url) });
    let manager = AuthorizationManager::new_with_oauth_http_client(url.expose_secret(), courier).await;
    let mut manager = manager.map_err(|error| McpError::signing_in(&error))?;
    manager.set_credential_store(own);
    Ok(manager)
}

async fn within<T>(clock: &Clock, time: Duration, act: impl Future<Output = T>) -> Result<T, McpError> {
    tokio::select! {
        ended = act => Ok(ended),
        () = clock.sleep(time) => Err(McpError::SigningIn("it took too long")),
    }
}

/// Carries every request of the dance: over our client, to addresses that are allowed, without redirects.
struct Courier {
    client: http::HttpClient,
    is_local: bool,
}

impl OAuthHttpClient for Courier {
    fn execute(&self, request: OAuthHttpRequest) -> OAuthHttpClientFuture<'_> {
        Box::pin(async move {
            let address = request.request.uri().to_string();
            let host = safe_url(&address).map_err(|_| "an address that is not gone to")?;
            if !self.is_local && http::leads_home(&address) {
                return Err(format!("{host} is not gone to: the server is elsewhere").into());
            }
            http::carry(&self.client, request.request).await.map_err(Into::into)
        })
    }
}

/// Waits for the browser to come back with an answer to this sign-in. Whatever else knocks is turned away.
async fn come_back(listener: &TcpListener, port: u16, state: &str) -> Result<AuthorizationCallback, McpError> {
    loop {
        let Ok((mut stream, _)) = listener.accept().await else {
            return Err(McpError::SigningIn("this machine takes no connection"));
        };
        let Some(target) = target(&mut stream, port).await else {
            answer(&mut stream, "404 Not Found", "Nothing here.").await;
            continue;
        };
        let url = format!("http://127.0.0.1:{port}{target}");
        if parameter(&url, "state").as_deref() != Some(state) {
            answer(&mut stream, "400 Bad Request", "This is not the answer to a sign-in that is under way.").await;
            continue;
        }
        let Ok(callback) = AuthorizationCallback::from_redirect_url(&url) else {
            answer(&mut stream, "200 OK", "Nothing was signed in. You can close this page.").await;
            return Err(McpError::SigningIn("it was declined in the browser"));
        };
        answer(&mut stream, "200 OK", "You can close this page and go back to Shiftdeck.").await;
        return Ok(callback);
    }
}

/// The target of a browser's request, if it is one to our page.
async fn target(stream: &mut TcpStream, port: u16) -> Option<String> {
    let mut read = Vec::new();
    let mut part = [0; 2048];
    while !read.windows(4).any(|end| end == b"\r\n\r\n") {
        // A connection that says nothing must not hold the next one up.
        let count = tokio::time::timeout(Duration::from_secs(5), stream.read(&mut part)).await.ok()?.ok()?;
        if count == 0 || read.len() + count > REQUEST {
            return None;
        }
        read.extend_from_slice(&part[..count]);
    }
    let head = String::from_utf8(read).ok()?;
    let mut lines = head.lines();
    let target = lines.next()?.strip_prefix("GET ")?.split(' ').next()?.to_owned();
    // A page elsewhere whose name leads here is not ours.
    let named = format!("127.0.0.1:{port}");
    let is_ours = lines
        .filter_map(|line| line.split_once(':'))
        .any(|(name, value)| name.eq_ignore_ascii_case("host") && value.trim() == named);
    (is_ours && target.starts_with("/callback?")).then_some(target)
}

async fn answer(stream: &mut TcpStream, status: &str, words: &str) {
    let page = format!("<!doctype html><meta charset=utf-8><title>Shiftdeck</title><p>{words}</p>");
    let head = format!(
        "HTTP/1.1 {status}\r\ncontent-type: text/html; charset=utf-8\r\ncontent-length: {}\r\ncache-control: no-store\r\n\
         referrer-policy: no-referrer\r\ncontent-security-policy: default-src 'none'\r\nconnection: close\r\n\r\n{page}",
        page.len()
    );
    let _ = stream.write_all(head.as_bytes()).await;
    let _ = stream.shutdown().await;
}

/// A parameter of an address's query, decoded.
fn parameter(address: &str, name: &str) -> Option<String> {
    let (_, query) = address.split_once('?')?;
    let query = query.split('#').next().unwrap_or_default();
    let pair = query.split('&').filter_map(|pair| pair.split_once('=')).find(|(key, _)| *key == name)?;
    Some(crate::kustomer::path::decoded(pair.1))
}

impl McpError {
    pub(super) fn signing_in(error: &AuthError) -> Self {
        match error {
            AuthError::AuthorizationRequired | AuthError::TokenExpired | AuthError::TokenRefreshRejected(_) => {
                Self::SignIn(Challenge::default())
            }
            AuthError::InsufficientScope { required_scope, .. } => Self::Scope(Challenge::of("", Some(required_scope))),
            AuthError::CredentialStoreError(_) => Self::SigningIn("the keyring could not be asked"),
            AuthError::AuthorizationServerMismatch { .. } | AuthError::AuthorizationServerMissingIssuer { .. } => {
                Self::SigningIn("the answer came from another issuer than was asked")
            }
            AuthError::PkceUnsupported => Self::SigningIn("its sign-in does not offer PKCE with S256"),
            AuthError::NoAuthorizationSupport => Self::SigningIn("it offers no sign-in"),
            AuthError::RegistrationFailed(_) => Self::SigningIn("it did not take this program in as a client"),
            AuthError::TokenExchangeFailed(_) => Self::SigningIn("it gave no token for the answer"),
            AuthError::TokenRefreshFailed(_) => Self::SigningIn("the token could not be renewed just now"),
            AuthError::DiscoveryRequestFailed { .. } | AuthError::HttpError(_) => {
                Self::SigningIn("what it names for signing in cannot be reached, or is not gone to")
            }
            AuthError::ProtectedResourceMetadataInvalid { .. }
            | AuthError::AuthorizationServersUnavailable { .. }
            | AuthError::MetadataError(_) => Self::SigningIn("what it says about signing in does not add up"),
            _ => Self::SigningIn("it went another way than it should"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn knock(port: u16, request: &str) -> String {
        let mut stream = TcpStream::connect(("127.0.0.1", port)).await.expect("the page is there");
        stream.write_all(request.replace("PORT", &port.to_string()).as_bytes()).await.expect("asked");
        let mut said = String::new();
        stream.read_to_string(&mut said).await.expect("answered");
        said
    }

    #[tokio::test]
    async fn the_page_takes_one_answer_and_only_to_its_own_question() {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let waiting = tokio::spawn(async move { come_back(&listener, port, "s p").await });
        for (request, status) in [
            ("GET /favicon.ico HTTP/1.1\r\nHost: 127.0.0.1:PORT\r\n\r\n", "404"),
            ("POST /callback?state=s%20p&code=c HTTP/1.1\r\nHost: 127.0.0.1:PORT\r\n\r\n", "404"),
            ("GET /callback?state=s%20p&code=c HTTP/1.1\r\nHost: evil.example\r\n\r\n", "404"),
            ("GET /callback?state=other&code=c HTTP/1.1\r\nHost: 127.0.0.1:PORT\r\n\r\n", "400"),
            ("GET /callback?code=c&state=s%20p&iss=https%3A%2F%2Fi HTTP/1.1\r\nHost: 127.0.0.1:PORT\r\n\r\n", "200"),
        ] {
            let said = knock(port, request).await;
            assert!(said.starts_with(&format!("HTTP/1.1 {status}")), "{request}: {said}");
        }
        let callback = waiting.await.expect("it ends").expect("an answer");
        assert_eq!((callback.code.as_str(), callback.issuer.as_deref()), ("c", Some("https://i")));
    }

    #[tokio::test]
    async fn a_no_in_the_browser_is_a_no() {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let waiting = tokio::spawn(async move { come_back(&listener, port, "s").await });
        knock(port, "GET /callback?error=access_denied&state=s HTTP/1.1\r\nHost: 127.0.0.1:PORT\r\n\r\n").await;
        assert_eq!(waiting.await.expect("it ends"), Err(McpError::SigningIn("it was declined in the browser")));
    }
}
