//! Owns the authorization server in front of `/mcp/oauth`, on the same origin: metadata, registration, codes and tokens.
//! It consents at once, in the place of a person: that is simulated, the checks are not.
//!
//! Invariant: a token opens the one resource it was made for, for a short while; a code and a refresh token work once.

use std::collections::HashMap;

use axum::{http::Method, response::Response};
use serde_json::{Value, json};

use super::{
    Endpoint, Mcp,
    http::{Hit, empty, json as told, reply, with_header},
    rpc::Message,
    seal::challenge,
};
use crate::sandbox::query::Query;

/// How long an access token opens, and how long a code waits.
const TOKEN_MS: i64 = 5 * 60_000;
const CODE_MS: i64 = 60_000;
const SCOPES: [&str; 3] = ["parcels:read", "parcels:write", "labels:void"];
/// What is asked for at first; the last scope is asked for when it is needed.
const FIRST_SCOPES: &str = "parcels:read parcels:write";
const RESOURCE: &str = "/mcp/oauth";

/// What was granted to whom.
#[derive(Clone, Debug, PartialEq)]
struct Grant {
    client: String,
    resource: String,
    scope: String,
}

/// A code on its way.
#[derive(Clone, Debug)]
struct Code {
    grant: Grant,
    redirect: String,
    challenge: String,
    until: i64,
}

/// What the authorization server remembers.
#[derive(Debug, Default)]
pub struct Grants {
    clients: HashMap<String, Vec<String>>,
    codes: HashMap<String, Code>,
    tokens: HashMap<String, (Grant, i64)>,
    refreshes: HashMap<String, Grant>,
    minted: u64,
}

/// A visit to the authorization server, perhaps.
#[derive(Debug)]
pub struct Visit<'a> {
    /// The HTTP method.
    pub method: &'a Method,
    /// The path.
    pub path: &'a str,
    /// The query.
    pub query: &'a str,
    /// The body.
    pub body: &'a [u8],
}

/// Answers what is the authorization server's business; none for everything else.
pub fn serve(mcp: &Mcp, base: &str, visit: &Visit<'_>) -> Option<Response> {
    let is_post = visit.method == Method::POST;
    match visit.path {
        "/.well-known/oauth-protected-resource/mcp/oauth" => Some(told(200, &resource_metadata(base))),
        "/.well-known/oauth-authorization-server" => Some(told(200, &server_metadata(base))),
        "/mcp/auth/register" if is_post => Some(register(mcp, visit.body)),
        "/mcp/auth/authorize" if visit.method == Method::GET => Some(authorize(mcp, base, &Query::parse(visit.query))),
        "/mcp/auth/token" if is_post => Some(exchange(mcp, base, &Query::parse(&String::from_utf8_lossy(visit.body)))),
        path if path.starts_with("/.well-known/") => Some(reply(404, "text/plain", "There is no such document.")),
        _ => None,
    }
}

fn resource_metadata(base: &str) -> Value {
    json!({
        "resource": format!("{base}{RESOURCE}"), "authorization_servers": [base], "scopes_supported": SCOPES,
        "bearer_methods_supported": ["header"], "resource_name": "Parcelry (simulated)",
    })
}

fn server_metadata(base: &str) -> Value {
    let at = |path: &str| format!("{base}/mcp/auth/{path}");
    json!({
        "issuer": base, "authorization_endpoint": at("authorize"), "token_endpoint": at("token"),
        "registration_endpoint": at("register"), "response_types_supported": ["code"],
        "grant_types_supported": ["authorization_code", "refresh_token"],
        "code_challenge_methods_supported": ["S256"], "token_endpoint_auth_methods_supported": ["none"],
        "scopes_supported": SCOPES, "authorization_response_iss_parameter_supported": true,
    })
}

fn wrong(error: &str, why: &str) -> Response {
    told(400, &json!({ "error": error, "error_description": why }))
}

fn is_loopback(uri: &str) -> bool {
    ["http://127.0.0.1", "http://localhost", "http://[::1]"]
        .iter()
        .any(|start| uri.strip_prefix(start).is_some_and(|rest| rest.is_empty() || rest.starts_with([':', '/'])))
}

fn register(mcp: &Mcp, body: &[u8]) -> Response {
    let body: Value = serde_json::from_slice(body).unwrap_or_default();
    let uris: Vec<String> =
        body["redirect_uris"].as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect();
    if uris.is_empty() || !uris.iter().all(|uri| is_loopback(uri)) {
        return wrong("invalid_redirect_uri", "redirect_uris are addresses of this machine.");
    }
    let mut kept = mcp.kept();
    let client = format!("client-{}", kept.oauth.clients.len() + 1);
    kept.oauth.clients.insert(client.clone(), uris.clone());
    told(
        201,
        &json!({
            "client_id": client, "client_name": body["client_name"], "redirect_uris": uris,
            "grant_types": ["authorization_code", "refresh_token"], "response_types": ["code"],
            "token_endpoint_auth_method": "none",
        }),
    )
}

/// Consents in the place of a person and sends them back.
fn authorize(mcp: &Mcp, base: &str, asked: &Query) -> Response {
    let get = |name: &str| asked.get(name).unwrap_or_default();
    let mut kept = mcp.kept();
    let (client, redirect) = (get("client_id"), get("redirect_uri"));
    // Without a redirect that is known nobody is sent anywhere.
    if !kept.oauth.clients.get(client).is_some_and(|uris| uris.iter().any(|uri| uri == redirect)) {
        return wrong("invalid_request", "The client or its redirect_uri is not registered.");
    }
    let refusal = match () {
        () if get("response_type") != "code" => Some("unsupported_response_type"),
        () if get("code_challenge_method") != "S256" || get("code_challenge").is_empty() => Some("invalid_request"),
        () if get("resource") != format!("{base}{RESOURCE}") => Some("invalid_target"),
        () if !get("scope").split_whitespace().all(|scope| SCOPES.contains(&scope)) => Some("invalid_scope"),
        () => None,
    };
    let result = if let Some(error) = refusal {
        format!("error={error}")
    } else {
        let scope = if get("scope").is_empty() { FIRST_SCOPES } else { get("scope") };
        let grant = Grant { client: client.into(), resource: get("resource").into(), scope: scope.into() };
        let (redirect, challenge) = (redirect.into(), get("code_challenge").into());
        let code = Code { grant, redirect, challenge, until: mcp.now() + CODE_MS };
        let name = kept.oauth.mint(mcp, "code");
        kept.oauth.codes.insert(name.clone(), code);
        format!("code={name}")
    };
    let join = if redirect.contains('?') { '&' } else { '?' };
    let (state, issuer) = (escaped(get("state")), escaped(base));
    with_header(empty(302), "location", &format!("{redirect}{join}{result}&state={state}&iss={issuer}"))
}

fn escaped(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    text.bytes().map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }).collect()
}

impl Grants {
    fn mint(&mut self, mcp: &Mcp, purpose: &str) -> String {
        self.minted += 1;
        mcp.seal().secret(purpose, self.minted)
    }

    /// New tokens for a grant.
    fn issue(&mut self, mcp: &Mcp, grant: Grant) -> Response {
        let (access, refresh) = (self.mint(mcp, "access"), self.mint(mcp, "refresh"));
        let scope = grant.scope.clone();
        self.tokens.insert(access.clone(), (grant.clone(), mcp.now() + TOKEN_MS));
        self.refreshes.insert(refresh.clone(), grant);
        let body = json!({
            "access_token": access, "token_type": "Bearer", "expires_in": TOKEN_MS / 1000, "refresh_token": refresh,
            "scope": scope,
        });
        with_header(told(200, &body), "cache-control", "no-store")
    }
}

fn exchange(mcp: &Mcp, base: &str, form: &Query) -> Response {
    let get = |name: &str| form.get(name).unwrap_or_default();
    if get("resource") != format!("{base}{RESOURCE}") {
        return wrong("invalid_target", "resource is not the server the token is for.");
    }
    let mut kept = mcp.kept();
    match get("grant_type") {
        "authorization_code" => {
            let Some(code) = kept.oauth.codes.remove(get("code")).filter(|code| mcp.now() < code.until) else {
                return wrong("invalid_grant", "The code is not known, was used or is too old.");
            };
            let fits = [
                (code.grant.client == get("client_id"), "client_id is another."),
                (code.redirect == get("redirect_uri"), "redirect_uri is another."),
                (code.grant.resource == get("resource"), "resource is another."),
                (code.challenge == challenge(get("code_verifier")), "code_verifier does not fit."),
            ];
            match fits.iter().find(|(fits, _)| !fits) {
                Some((_, why)) => wrong("invalid_grant", why),
                None => kept.oauth.issue(mcp, code.grant),
            }
        }
        "refresh_token" => {
            let held = kept.oauth.refreshes.get(get("refresh_token"));
            let Some(grant) = held.filter(|grant| grant.client == get("client_id")).cloned() else {
                return wrong("invalid_grant", "The refresh token is not known or was used.");
            };
            kept.oauth.refreshes.remove(get("refresh_token"));
            kept.oauth.issue(mcp, grant)
        }
        _ => wrong("unsupported_grant_type", "authorization_code and refresh_token are taken."),
    }
}

fn challenged(base: &str, status: u16, error: &str, scope: &str) -> Response {
    let metadata = format!("{base}/.well-known/oauth-protected-resource{RESOURCE}");
    let error = if error.is_empty() { String::new() } else { format!("error=\"{error}\", ") };
    let value = format!("Bearer {error}resource_metadata=\"{metadata}\", scope=\"{scope}\"");
    with_header(empty(status), "www-authenticate", &value)
}

/// The client that holds this token.
pub fn holder(mcp: &Mcp, base: &str, bearer: Option<&str>) -> Result<String, Box<Response>> {
    let Some(bearer) = bearer else { return Err(Box::new(challenged(base, 401, "", FIRST_SCOPES))) };
    let kept = mcp.kept();
    let held = kept.oauth.tokens.get(bearer);
    let fresh = held.filter(|(grant, until)| mcp.now() < *until && grant.resource == format!("{base}{RESOURCE}"));
    match fresh {
        Some((grant, _)) => Ok(grant.client.clone()),
        None => Err(Box::new(challenged(base, 401, "invalid_token", FIRST_SCOPES))),
    }
}

/// What is said instead to a call whose token does not reach far enough.
pub fn lacks_scope(mcp: &Mcp, hit: &Hit, base: &str, message: &Message) -> Option<Response> {
    let Message::Request(request) = message else { return None };
    if hit.endpoint != Endpoint::OAuth || request.method != "tools/call" || request.params["name"] != "label_void" {
        return None;
    }
    let bearer = hit.header("authorization").and_then(|value| value.strip_prefix("Bearer ")).unwrap_or_default();
    let kept = mcp.kept();
    let scope = kept.oauth.tokens.get(bearer).map(|(grant, _)| grant.scope.as_str()).unwrap_or_default();
    let has = scope.split_whitespace().any(|scope| scope == SCOPES[2]);
    (!has).then(|| challenged(base, 403, "insufficient_scope", &SCOPES.join(" ")))
}
