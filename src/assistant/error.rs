//! Owns what can go wrong between us and a model's endpoint, in words for a person. Never holds a body: bodies quote
//! prompts, and prompts quote customers.

use std::{fmt, time::Duration};

/// Which kind of failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ModelErrorKind {
    /// Base address or key cannot be used.
    Settings,
    /// 401: the key is not accepted.
    NotSignedIn,
    /// 403: the key may not do this.
    Forbidden,
    /// 404: no such model, or no such path.
    NotFound,
    /// 429 or 402 with a used-up account: waiting does not help.
    Quota,
    /// 429: too many requests, still after waiting.
    Limited,
    /// The dialogue does not fit into the model.
    TooLong,
    /// Any other refusal of the request.
    Invalid,
    /// 5xx, still after repeating.
    Server,
    /// No connection, or a connection that broke before the first word.
    Unreachable,
    /// The answer is nothing a model's endpoint says.
    Garbled,
}

impl ModelErrorKind {
    fn why(self) -> &'static str {
        match self {
            Self::Settings => "the model's address or key cannot be used",
            Self::NotSignedIn => "the model's endpoint does not accept the key",
            Self::Forbidden => "the key may not use this model",
            Self::NotFound => "the endpoint knows no such model, or the address is wrong",
            Self::Quota => "the account at the model's endpoint is used up",
            Self::Limited => "the model's endpoint limits the rate",
            Self::TooLong => "the dialogue is too long for this model",
            Self::Invalid => "the model's endpoint does not accept the request",
            Self::Server => "the model's endpoint failed on its side",
            Self::Unreachable => "the model's endpoint cannot be reached",
            Self::Garbled => "the answer cannot be read",
        }
    }

    fn next(self) -> &'static str {
        match self {
            Self::Settings => "Check OPENAI_BASE_URL and OPENAI_API_KEY, or the profile.",
            Self::NotSignedIn => "Check OPENAI_API_KEY, or sign in again with `shiftdeck login`.",
            Self::Forbidden => "Choose a model the key may use (OPENAI_MODEL).",
            Self::NotFound => "Check OPENAI_MODEL, and that the base address ends before /chat/completions.",
            Self::Quota => "Top up the account, or use another key; waiting will not help.",
            Self::Limited => "Wait a minute, then ask again.",
            Self::TooLong => "Start a new dialogue, or choose a model with a larger window.",
            Self::Invalid => "Check that the model can call tools; another model may work.",
            Self::Server => "Try again shortly.",
            Self::Unreachable => "Check the address and the network, then ask again.",
            Self::Garbled => "Check that the address is a chat-completions endpoint.",
        }
    }

    /// Whether the same request may work a little later.
    pub(super) fn may_pass(self) -> bool {
        matches!(self, Self::Limited | Self::Server | Self::Unreachable)
    }
}

/// A request to a model that did not succeed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModelError {
    pub(super) kind: ModelErrorKind,
    pub(super) status: Option<u16>,
    /// The endpoint's own word for it (`rate_limit_exceeded`), if it is one word.
    pub(super) code: Option<String>,
    /// How long the endpoint asks to wait.
    pub(super) wait: Option<Duration>,
}

impl ModelError {
    /// A failure without an answer.
    pub fn new(kind: ModelErrorKind) -> Self {
        Self { kind, status: None, code: None, wait: None }
    }

    /// What kind of failure.
    pub fn kind(&self) -> ModelErrorKind {
        self.kind
    }

    /// The status, when there was an answer.
    pub fn status(&self) -> Option<u16> {
        self.status
    }

    /// What the person can do next.
    pub fn next(&self) -> &'static str {
        self.kind.next()
    }

    /// Reads a failed answer. Bodies differ by server: an OpenAI envelope, an integer code, `{"detail":…}`, HTML
    /// (integrations reference 6.3, 6.4); the status always counts.
    pub(super) fn of_answer(status: u16, wait: Option<Duration>, body: &[u8]) -> Self {
        let body: serde_json::Value = serde_json::from_slice(body).unwrap_or_default();
        let error = body.get("error").unwrap_or(&body);
        let words: Vec<&str> = ["code", "type"]
            .iter()
            .filter_map(|field| error.get(field)?.as_str())
            .filter(|word| is_word(word))
            .collect();
        let has = |word: &str| words.contains(&word);
        let kind = match status {
            _ if has("insufficient_quota") => ModelErrorKind::Quota,
            _ if has("context_length_exceeded") || has("exceed_context_size_error") => ModelErrorKind::TooLong,
            401 => ModelErrorKind::NotSignedIn,
            402 => ModelErrorKind::Quota,
            403 => ModelErrorKind::Forbidden,
            404 => ModelErrorKind::NotFound,
            429 => ModelErrorKind::Limited,
            408 | 409 | 500..=599 => ModelErrorKind::Server,
            _ => ModelErrorKind::Invalid,
        };
        Self { kind, status: Some(status), code: words.first().map(|word| (*word).to_owned()), wait }
    }
}

/// A machine's word, not a sentence: safe to show and to log.
fn is_word(word: &str) -> bool {
    (1..=64).contains(&word.len()) && word.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-.".contains(&b))
}

impl fmt::Display for ModelError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.kind.why())?;
        match (self.status, self.code.as_deref()) {
            (Some(status), Some(code)) => write!(f, " ({status}, {code})"),
            (Some(status), None) => write!(f, " ({status})"),
            (None, Some(code)) => write!(f, " ({code})"),
            (None, None) => Ok(()),
        }
    }
}

impl std::error::Error for ModelError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_status_survives_every_body() {
        use ModelErrorKind as Kind;
        for (status, body, kind, code) in [
            (
                429,
                r#"{"error":{"message":"slow","type":"requests","code":"rate_limit_exceeded"}}"#,
                Kind::Limited,
                Some("rate_limit_exceeded"),
            ),
            (429, r#"{"error":{"message":"slow","code":429}}"#, Kind::Limited, None),
            (
                429,
                r#"{"error":{"message":"no money","type":"insufficient_quota","code":"insufficient_quota"}}"#,
                Kind::Quota,
                Some("insufficient_quota"),
            ),
            (502, "<html>Bad gateway</html>", Kind::Server, None),
            (401, r#"{"detail":"who?"}"#, Kind::NotSignedIn, None),
            (400, r#"{"error":{"code":"context_length_exceeded"}}"#, Kind::TooLong, Some("context_length_exceeded")),
            (400, r#"{"error":"text mara@quill.example"}"#, Kind::Invalid, None),
            (400, r#"{"error":{"code":"call +4915550001122 now"}}"#, Kind::Invalid, None),
        ] {
            let expected = ModelError { kind, status: Some(status), code: code.map(str::to_owned), wait: None };
            assert_eq!(ModelError::of_answer(status, None, body.as_bytes()), expected, "{body}");
        }
    }

    #[test]
    fn an_error_says_what_and_why_and_what_next() {
        let error = ModelError::of_answer(404, None, b"");
        assert_eq!(error.to_string(), "the endpoint knows no such model, or the address is wrong (404)");
        assert!(error.next().contains("OPENAI_MODEL"));
    }
}
