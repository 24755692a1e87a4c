//! Owns the HTTP client handed to the model's library, so that TLS, proxies and time-outs are chosen in one place and
//! no library makes a client of its own; and how an endpoint is addressed: where the key goes, what every address carries.
//! Does not know the model's protocol (`assistant::stream`).

use reqwest::header::{AUTHORIZATION, HeaderValue};
use secrecy::{ExposeSecret, SecretString};

use super::{ApiError, send};
use crate::config::{Access, Auth};

/// A client for a model endpoint: the same rules as for desks (TLS except on this machine, no redirects, no total
/// time-out because streams are long, a read time-out because silence is an error).
///
/// # Errors
/// As [`super::Transport::new`] for the address.
pub fn client(base: &str, access: &Access) -> Result<reqwest::Client, ApiError> {
    send::client(base, access.patience)
}

/// Whether a key can stand in a header.
pub fn is_sendable(key: &SecretString) -> bool {
    key.expose_secret().trim().bytes().all(|byte| byte.is_ascii_graphic())
}

/// Addresses a request as the endpoint wants it: the key in its header and nowhere else, the settings' query added. Without
/// a key no header is sent: some local servers refuse an empty one.
pub fn address(request: &mut reqwest::Request, access: &Access, key: &SecretString) {
    if !access.query.is_empty() {
        request.url_mut().query_pairs_mut().extend_pairs(&access.query);
    }
    let key = key.expose_secret().trim();
    let headers = request.headers_mut();
    headers.remove(AUTHORIZATION);
    if key.is_empty() {
        return;
    }
    let value = match access.auth {
        Auth::Bearer => HeaderValue::from_str(&format!("Bearer {key}")),
        Auth::ApiKey => HeaderValue::from_str(key),
    };
    let Ok(mut value) = value else { return };
    value.set_sensitive(true);
    match access.auth {
        Auth::Bearer => headers.insert(AUTHORIZATION, value),
        Auth::ApiKey => headers.insert("api-key", value),
    };
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn the_key_stands_in_one_header_and_the_query_in_every_address() {
        let query = vec![("api-version".to_owned(), "2024-10-21".to_owned())];
        for (auth, key, expected) in [
            (Auth::Bearer, "sk", [Some("Bearer sk"), None]),
            (Auth::ApiKey, "sk", [None, Some("sk")]),
            (Auth::Bearer, "", [None, None]),
        ] {
            let access = Access { auth, query: query.clone(), patience: Duration::from_secs(9) };
            let client = client("http://127.0.0.1:9/v1", &access).expect("a client");
            let request = client.post("http://127.0.0.1:9/v1/chat/completions").bearer_auth("stray");
            let mut request = request.build().expect("a request");
            address(&mut request, &access, &SecretString::from(key));
            let header = |name: &str| request.headers().get(name).and_then(|value| value.to_str().ok());
            assert_eq!([header("authorization"), header("api-key")], expected);
            assert_eq!(request.url().query(), Some("api-version=2024-10-21"));
        }
    }
}
