//! Owns what a fault does to an answer: answers given instead of the desk's, and the desk's own answers spoilt. Does not
//! decide when (`faults`) nor cut connections (`wire`).
//!
//! Invariant: however large the fault, the desk never holds more than the answer itself and one piece of padding.

use std::{io, time::Duration};

use axum::{
    body::{Body, Bytes, to_bytes},
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
    response::Response,
};
use futures::{StreamExt, stream};
use jiff::{Timestamp, fmt::rfc2822::DateTimePrinter};
use serde_json::{Map, Value};

use super::{
    errors::Refusal,
    faults::{Dialect, Fault, FaultKind},
    server::respond,
    times::Present,
};

/// What a limit of the org's kind is said to be on an injected 429.
const SAID_LIMIT: i64 = 1000;
/// Pieces of a body that drips.
const DRIPS: usize = 20;
const PADDING: usize = 64 << 10;

/// The answer given instead of the desk's, for faults that strike before anything is done.
pub fn instead(fault: Fault, now: i64) -> Option<Response> {
    let mut response = match fault.kind {
        FaultKind::TooMany | FaultKind::Status => {
            let status = if fault.kind == FaultKind::TooMany { 429 } else { fault.status() };
            respond(&Refusal::status(status).into())
        }
        FaultKind::Html => page(fault.status()),
        FaultKind::Expired => respond(&Refusal { detail: "Expired token".into(), ..Refusal::unauthorized() }.into()),
        FaultKind::MissingRole => respond(&Refusal::forbidden("org.permission").into()),
        _ => return None,
    };
    if fault.kind == FaultKind::TooMany {
        say_when(response.headers_mut(), fault, now);
    }
    Some(response)
}

fn say_when(headers: &mut HeaderMap, fault: Fault, now: i64) {
    let back = now.saturating_add(fault.argument.saturating_mul(1000));
    let reset = |value: i64| {
        let named = [("x-ratelimit-limit", SAID_LIMIT), ("x-ratelimit-remaining", 0), ("x-ratelimit-reset", value)];
        named.map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from(value))).to_vec()
    };
    headers.extend(match fault.dialect {
        Dialect::Epoch => reset(now.div_euclid(1000) + fault.argument),
        Dialect::EpochMs => reset(back),
        Dialect::Delta => reset(fault.argument),
        Dialect::RetryAfter => vec![(header::RETRY_AFTER, HeaderValue::from(fault.argument))],
        Dialect::RetryAfterDate => vec![(header::RETRY_AFTER, http_date(back))],
        Dialect::Silent => Vec::new(),
    });
}

/// A moment as HTTP headers write it.
pub fn http_date(ms: i64) -> HeaderValue {
    const EPOCH: HeaderValue = HeaderValue::from_static("Thu, 01 Jan 1970 00:00:00 GMT");
    let at = Timestamp::from_millisecond(ms).unwrap_or_default();
    let text = DateTimePrinter::new().timestamp_to_rfc9110_string(&at).unwrap_or_default();
    HeaderValue::from_str(&text).ok().filter(|value| !value.is_empty()).unwrap_or(EPOCH)
}

fn page(status: u16) -> Response {
    let mut response =
        Response::new(Body::from("<!doctype html><title>Gateway</title><h1>The service is away for a moment</h1>"));
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_GATEWAY);
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    response
}

/// The desk's answer after the fault has been at it.
pub async fn spoilt(fault: Fault, response: Response, present: &Present) -> Response {
    let (mut parts, body) = response.into_parts();
    match fault.kind {
        FaultKind::ContentType => {
            parts.headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/plain"));
            return Response::from_parts(parts, body);
        }
        FaultKind::Skew => {
            skew(&mut parts.headers, fault.argument, present.now_ms());
            return Response::from_parts(parts, body);
        }
        FaultKind::AfterStatus => {
            let (refusal, body) = respond(&Refusal::status(fault.status()).into()).into_parts();
            parts.status = refusal.status;
            parts.headers.extend(refusal.headers);
            return Response::from_parts(parts, body);
        }
        _ => {}
    }
    let whole = to_bytes(body, usize::MAX).await.unwrap_or_default();
    let half = whole.slice(..whole.len() / 2);
    parts.headers.remove(header::CONTENT_LENGTH);
    let body = match fault.kind {
        FaultKind::Cut => {
            parts.headers.insert(header::CONTENT_LENGTH, HeaderValue::from(whole.len()));
            cut_after(half)
        }
        FaultKind::Drip => dripping(whole, Duration::from_millis(fault.amount()), present),
        FaultKind::Malformed => Body::from([&half[..], b"\"}]"].concat()),
        FaultKind::DuplicateKeys => Body::from(rewritten(&whole, |value| twice(&value))),
        FaultKind::WrongTypes => Body::from(rewritten(&whole, |value| wrong(value).to_string())),
        FaultKind::Huge => padded(&whole, fault.amount()),
        FaultKind::Empty => Body::empty(),
        _ => Body::from(whole),
    };
    Response::from_parts(parts, body)
}

/// Moves every clock in the headers.
fn skew(headers: &mut HeaderMap, seconds: i64, now: i64) {
    headers.insert(header::DATE, http_date(now.saturating_add(seconds * 1000)));
    let told =
        headers.get("x-ratelimit-reset").and_then(|value| value.to_str().ok()).and_then(|n| n.parse::<i64>().ok());
    if let Some(reset) = told {
        headers.insert(HeaderName::from_static("x-ratelimit-reset"), HeaderValue::from(reset + seconds));
    }
}

/// Sends these bytes, lets them reach the wire, then breaks the connection.
fn cut_after(half: Bytes) -> Body {
    let steps = stream::unfold(Some(half), |half| async move {
        let Some(half) = half else {
            tokio::task::yield_now().await;
            return Some((Err(io::Error::from(io::ErrorKind::ConnectionReset)), None));
        };
        Some((Ok(half), None))
    });
    Body::from_stream(steps)
}

fn dripping(whole: Bytes, pause: Duration, present: &Present) -> Body {
    let clock = present.clock().clone();
    let size = whole.len().div_ceil(DRIPS).max(1);
    let pieces = stream::unfold(whole, move |mut rest| {
        let clock = clock.clone();
        async move {
            if rest.is_empty() {
                return None;
            }
            clock.sleep(pause).await;
            let piece = rest.split_to(size.min(rest.len()));
            Some((Ok::<_, io::Error>(piece), rest))
        }
    });
    Body::from_stream(pieces)
}

/// `{"padding":"xxx…",` before the object's own keys. What is no object is only preceded by spaces: still valid JSON.
fn padded(whole: &Bytes, megabytes: u64) -> Body {
    let is_object = whole.starts_with(b"{\"");
    let (opening, filler, closing): (&[u8], u8, &[u8]) =
        if is_object { (b"{\"padding\":\"", b'x', b"\",") } else { (b"", b' ', b"") };
    let pieces = usize::try_from(megabytes << 20).unwrap_or(usize::MAX) / PADDING;
    let filler = Bytes::from(vec![filler; PADDING]);
    let rest = whole.slice(usize::from(is_object)..);
    let start = stream::iter([Bytes::copy_from_slice(opening)]);
    let end = stream::iter([Bytes::copy_from_slice(closing), rest]);
    let all = start.chain(stream::repeat(filler).take(pieces)).chain(end);
    Body::from_stream(all.map(Ok::<_, io::Error>))
}

/// A JSON body written anew; what is no JSON stays.
fn rewritten(whole: &Bytes, write: impl FnOnce(Value) -> String) -> Bytes {
    serde_json::from_slice(whole).map_or_else(|_| whole.clone(), |value| Bytes::from(write(value)))
}

fn twice(value: &Value) -> String {
    let Value::Object(map) = value else { return value.to_string() };
    let pairs: Vec<String> = map
        .iter()
        .map(|(name, value)| {
            let name = Value::from(name.as_str());
            format!("{name}:null,{name}:{value}")
        })
        .collect();
    format!("{{{}}}", pairs.join(","))
}

fn wrong(value: Value) -> Value {
    match value {
        Value::Number(number) => number.to_string().into(),
        Value::Bool(flag) => flag.to_string().into(),
        Value::Array(items) => (0..)
            .zip(items)
            .map(|(place, item): (usize, _)| (place.to_string(), wrong(item)))
            .collect::<Map<_, _>>()
            .into(),
        Value::Object(map) => map.into_iter().map(|(name, value)| (name, wrong(value))).collect::<Map<_, _>>().into(),
        Value::Null | Value::String(_) => value,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn keys_are_doubled_and_types_are_wrong_but_it_is_still_json() {
        assert_eq!(twice(&json!({ "a": [1], "b": {} })), r#"{"a":null,"a":[1],"b":null,"b":{}}"#);
        assert_eq!(
            wrong(json!({ "n": 1.5, "list": [true, "x", null] })),
            json!({ "n": "1.5", "list": { "0": "true", "1": "x", "2": null } })
        );
    }

    #[test]
    fn each_dialect_says_when_in_its_own_header() {
        let said = |dialect| {
            let fault = Fault { kind: FaultKind::TooMany, argument: 30, dialect };
            let response = instead(fault, 1_741_083_300_500).expect("a refusal");
            let header = |name: &str| response.headers().get(name).and_then(|v| v.to_str().ok()).map(str::to_owned);
            (header("x-ratelimit-reset"), header("retry-after"))
        };
        let some = |text: &str| Some(text.to_owned());
        assert_eq!(said(Dialect::Epoch), (some("1741083330"), None));
        assert_eq!(said(Dialect::EpochMs), (some("1741083330500"), None));
        assert_eq!(said(Dialect::Delta), (some("30"), None));
        assert_eq!(said(Dialect::RetryAfter), (None, some("30")));
        assert_eq!(said(Dialect::RetryAfterDate), (None, some("Tue, 04 Mar 2025 10:15:30 GMT")));
        assert_eq!(said(Dialect::Silent), (None, None));
    }
}
