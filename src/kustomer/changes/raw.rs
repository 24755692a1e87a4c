//! Owns requests somebody writes themselves: what effect they have, judged from method and path. When in doubt the judgement is the
//! stricter one.

use serde_json::Value;

use super::{Known, WishError, seal};
use crate::{
    approval::{Change, Effect, Request, Subject},
    domain::CustomerId,
    kustomer::path::decoded,
    transport::Method,
};

/// Seals any request. What only looks comes back with [`Effect::Read`]: it needs no approval and none is given.
///
/// # Errors
/// [`WishError::Path`] for a path outside the API, or one that climbs.
pub fn raw(method: Method, path: &str, body: Option<Value>) -> Result<Change, WishError> {
    let plain = decoded(path.split(['?', '#']).next().unwrap_or_default());
    let parts: Vec<&str> = plain.trim_matches('/').split('/').collect();
    let inside = matches!(parts.first(), Some(&("v1" | "v3"))) && path.starts_with('/') && parts.len() > 1;
    if !inside || parts.contains(&"..") || parts.contains(&".") || path.contains(|c: char| c.is_control() || c == '\\')
    {
        return Err(WishError::Path);
    }
    let effect = effect(method, &parts, body.as_ref());
    let known = Known::of(method, path).map(|(known, _)| known);
    let effect = known.map_or(effect, |known| known.effect.max(effect));
    let summary = format!("send a {method} request as written");
    let request = Request { method, path: path.to_owned(), body };
    // A window is remembered by its customer, so that it is closed however it was opened.
    let customer = parts.iter().position(|part| *part == "customers").and_then(|at| parts.get(at + 1));
    let customer = customer.filter(|_| effect == Effect::Unmask).map(|id| CustomerId::new(*id));
    Ok(seal(known, effect, vec![request], Subject { customer, ..Subject::default() }, summary))
}

fn effect(method: Method, parts: &[&str], body: Option<&Value>) -> Effect {
    let last = parts.last().copied().unwrap_or_default().to_ascii_lowercase();
    let names = |name: &str| parts.iter().any(|part| part.eq_ignore_ascii_case(name));
    let sends = |body: &Value| body.get("sendAt").is_some_and(|at| !at.is_null()) || body.get("scheduled").is_some();
    match method {
        Method::Get => Effect::Read,
        Method::Delete => Effect::Delete,
        Method::Post if last == "search" && names("customers") => Effect::Read,
        Method::Post | Method::Put | Method::Patch if last == "bulk" => Effect::Bulk,
        Method::Post if last == "unmasking-windows" => Effect::Unmask,
        // A forward may go out at once.
        Method::Post | Method::Put | Method::Patch if names("forwards") => Effect::Send,
        Method::Post | Method::Put | Method::Patch if names("drafts") => {
            if body.is_some_and(sends) {
                Effect::Send
            } else {
                Effect::Draft
            }
        }
        Method::Post | Method::Put | Method::Patch => Effect::Write,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_effect_is_judged_from_method_and_path() {
        use Effect::{Bulk, Delete, Draft, Read, Send, Unmask, Write};
        let sent = Some(json!({"sendAt": "2025-03-04T15:00:00Z"}));
        for (method, path, body, effect, count) in [
            (Method::Get, "/v1/users/current", None, Read, 1),
            (Method::Post, "/v1/customers/search?page=1", Some(json!({})), Read, 1),
            (Method::Post, "/v1/search", None, Write, 1),
            (Method::Post, "/v1/customers/66/unmasking-windows", None, Unmask, 1),
            (Method::Post, "/v1/customers/66/unmasking%2Dwindows/", None, Unmask, 1),
            (Method::Delete, "/v1/customers/bulk?ids=a,b%2Cc", None, Delete, 3),
            (Method::Put, "/v1/klasses/order/bul%6B", Some(json!([{}, {}])), Bulk, 2),
            (Method::Post, "/v1/customers/66/drafts", Some(json!({"body": "x"})), Draft, 1),
            (Method::Put, "/v1/drafts/66", sent, Send, 1),
            (Method::Post, "/v1/conversations/66/forwards", None, Send, 1),
            (Method::Patch, "/v1/customers/66", Some(json!({})), Write, 1),
        ] {
            let change = raw(method, path, body).expect("a change");
            assert_eq!((change.effect(), change.count()), (effect, count), "{method} {path}");
        }
    }

    #[test]
    fn a_path_stays_inside_the_api() {
        for path in
            ["v1/users", "/v2/users", "/v1/../admin", "/v1/%2e%2e/x", "//elsewhere.example/v1", "/v1/a\\b", "/v1"]
        {
            assert_eq!(raw(Method::Get, path, None), Err(WishError::Path), "{path}");
        }
    }
}
