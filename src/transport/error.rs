//! Owns what went wrong on the way to a desk, in words for the person: what was being done, why it failed, what to do
//! next. Carries no body, header, query or customer's value; the desk's own words ride along as untrusted [`Text`].

use std::{error::Error, fmt};

use serde_json::Value;

use crate::domain::Text;

/// What kind of failure, which decides what the person can do about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ErrorKind {
    /// 401: the key is missing, wrong, expired, or of another region.
    NotSignedIn,
    /// 402, 403: the key lacks a role, or the plan lacks the feature.
    Forbidden,
    /// 404: no such record.
    NotFound,
    /// 409: a duplicate, or somebody else changed the record meanwhile.
    Conflict,
    /// 400, 422 and other 4xx: the desk does not accept what was asked.
    Invalid,
    /// 429, still after waiting several times.
    Limited,
    /// 5xx to a read, still after repeating.
    Server,
    /// No connection, or none that lasted for an answer.
    Unreachable,
    /// The answer is not what a desk answers: no JSON, too large, a redirect.
    Garbled,
    /// A write was sent and nobody knows whether it took effect. Read before writing again.
    Unclear,
    /// The request could not even be made: a bad address, a key that cannot stand in a header.
    BadRequest,
    /// The road to this desk does not reach that far.
    NotOffered,
}

impl ErrorKind {
    fn why(self) -> &'static str {
        match self {
            Self::NotSignedIn => "the desk does not accept the key",
            Self::Forbidden => "the key lacks a role for this",
            Self::NotFound => "the desk has no such record",
            Self::Conflict => "the record has changed meanwhile, or there is one like it",
            Self::Invalid => "the desk does not accept the request",
            Self::Limited => "the desk's rate limit is used up",
            Self::Server => "the desk failed on its side",
            Self::Unreachable => "the desk cannot be reached",
            Self::Garbled => "the answer cannot be read",
            Self::Unclear => "it was sent, but nobody knows whether it took effect",
            Self::BadRequest => "the request could not be made",
            Self::NotOffered => "the way this desk is reached does not offer it",
        }
    }

    fn next(self) -> &'static str {
        match self {
            Self::NotSignedIn => "sign in again with `shiftdeck login`, and check that the key belongs to this region",
            Self::Forbidden => {
                "ask an admin of the org for a key with the missing role; roles of a key cannot be edited"
            }
            Self::NotFound => "reload: it may have been deleted or merged",
            Self::Conflict => "reload the record, look at what changed, then decide again",
            Self::Invalid => "change the request; repeating it as it is will fail again",
            Self::Limited => "wait a minute, then try again; other clients of the org share the limit",
            Self::Server => "try again shortly; if it lasts, look at the desk's status page",
            Self::Unreachable => "check the address and the network, then try again",
            Self::Garbled => "check that the address is the desk's API and not a web page or a proxy",
            Self::Unclear => "look at the record before doing it again, so that it is not done twice",
            Self::BadRequest => "check the address and the key in the profile",
            Self::NotOffered => "open the desk with its own key for this",
        }
    }
}

/// A call that did not succeed. Safe to log: see the module's first lines for what it never holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiError {
    kind: ErrorKind,
    label: &'static str,
    status: Option<u16>,
    cause: Option<&'static str>,
    detail: Option<Text>,
}

impl ApiError {
    /// A failure of the call with this label (`GET /v1/customers/{id}`).
    pub fn new(kind: ErrorKind, label: &'static str) -> Self {
        Self { kind, label, status: None, cause: None, detail: None }
    }

    pub(super) fn with_status(mut self, status: u16) -> Self {
        self.status = Some(status);
        self
    }

    /// Adds a cause in our own words.
    #[must_use]
    pub fn with_cause(mut self, cause: &'static str) -> Self {
        self.cause = Some(cause);
        self
    }

    pub(super) fn with_detail(mut self, detail: Option<Text>) -> Self {
        self.detail = detail;
        self
    }

    /// What kind of failure.
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// The status, when there was an answer.
    pub fn status(&self) -> Option<u16> {
        self.status
    }

    /// The call as a template, without any value in it.
    pub fn label(&self) -> &'static str {
        self.label
    }

    /// The desk's own words, at most 400 characters, which may quote what was sent. Show them cleaned; do not log them.
    pub fn detail(&self) -> Option<&Text> {
        self.detail.as_ref()
    }

    /// What the person can do next.
    pub fn next(&self) -> &'static str {
        self.kind.next()
    }
}

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.label, self.kind.why())?;
        match (self.status, self.cause) {
            (Some(status), Some(cause)) => write!(f, " ({status}, {cause})"),
            (Some(status), None) => write!(f, " ({status})"),
            (None, Some(cause)) => write!(f, " ({cause})"),
            (None, None) => Ok(()),
        }
    }
}

impl Error for ApiError {}

/// The desk's own words in an error body, whichever of its shapes it used (Kustomer API reference 3): `message`, else
/// `detail`, else `title`, with the locator; a top-level `error` or `message` as the legacy form.
pub(super) fn detail(body: &Value) -> Option<Text> {
    const LONGEST: usize = 400;
    let listed = body
        .get("errors")
        .and_then(Value::as_array)
        .map(|errors| errors.iter().filter_map(one).collect::<Vec<_>>().join("; "));
    let words = listed.filter(|words| !words.is_empty()).or_else(|| {
        [body.get("error"), body.get("message"), body.pointer("/error/message")]
            .into_iter()
            .flatten()
            .find_map(Value::as_str)
            .map(str::to_owned)
    })?;
    Some(Text::new(words.chars().take(LONGEST).collect::<String>()))
}

fn one(error: &Value) -> Option<String> {
    let words = ["message", "detail", "title"].iter().find_map(|key| error.get(key)?.as_str())?;
    let place = ["pointer", "parameter", "parameters"].iter().find_map(|key| error.get("source")?.get(key)?.as_str());
    Some(place.map_or_else(|| words.to_owned(), |place| format!("{words} ({place})")))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_documented_shape_gives_its_words() {
        let cases = [
            (
                json!({"errors": [{"code": "bad_request", "message": "Invalid body.", "meta": {}}]}),
                Some("Invalid body."),
            ),
            (
                json!({"errors": [{"status": 404, "title": "T", "detail": "D", "source": {"pointer": "/a"}}]}),
                Some("D (/a)"),
            ),
            (
                json!({"errors": [{"title": "one"}, {"title": "two", "source": {"parameters": "id"}}]}),
                Some("one; two (id)"),
            ),
            (json!({"error": {"message": "legacy"}}), Some("legacy")),
            (json!({"message": "flat"}), Some("flat")),
            (json!({"errors": []}), None),
            (json!(null), None),
            (json!("text"), None),
        ];
        for (body, expected) in cases {
            assert_eq!(detail(&body).as_ref().map(Text::raw), expected, "{body}");
        }
    }

    #[test]
    fn an_error_says_what_and_why_and_keeps_the_desks_words_to_itself() {
        let error = ApiError::new(ErrorKind::Invalid, "GET /v1/customers/email={email}")
            .with_status(400)
            .with_detail(Some(Text::from("mara@quill.example is no address")));
        assert_eq!(error.to_string(), "GET /v1/customers/email={email}: the desk does not accept the request (400)");
        assert!(!format!("{error:?}").contains("mara"));
    }
}
