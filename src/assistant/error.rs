//! Owns what can go wrong between us and a model's endpoint, in words for a person. Never holds a body: bodies quote
//! prompts, and prompts quote customers.

use std::{fmt, time::Duration};

use serde_json::{Value, json};

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
    /// The endpoint's filter refused the request.
    Filtered,
    /// Any other refusal of the request.
    Invalid,
    /// 5xx, still after repeating.
    Server,
    /// No connection, or a connection that broke before the first word.
    Unreachable,
    /// The connection stood, and nothing came for longer than the settings allow.
    Silent,
    /// The answer is nothing a model's endpoint says.
    Garbled,
    /// The turn has used up its budget.
    TurnBudget,
    /// The shift has used up its budget.
    ShiftBudget,
    /// There is a budget in money, and the model has no price.
    Unpriced,
    /// There is a budget, and what was spent cannot be read or written.
    Ledger,
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
            Self::Filtered => "the filter of the model's endpoint refused the request",
            Self::Invalid => "the model's endpoint does not accept the request",
            Self::Server => "the model's endpoint failed on its side",
            Self::Unreachable => "the model's endpoint cannot be reached",
            Self::Silent => "the model's endpoint took the request and then said nothing for too long",
            Self::Garbled => "the answer cannot be read",
            Self::TurnBudget => "the budget of this turn is used up, so the model is not asked any further",
            Self::ShiftBudget => "the model's budget for this shift is used up, so it is not asked",
            Self::Unpriced => "there is a budget in money and no price for this model, so it is not asked",
            Self::Ledger => "there is a budget for the model, and what was spent cannot be read, so it is not asked",
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
            Self::Filtered => "Word it differently, or choose another model.",
            Self::Invalid => "Check that the model can call tools; another model may work.",
            Self::Server => "Try again shortly.",
            Self::Unreachable => "Check the address and the network, then ask again.",
            Self::Silent => "Ask again; a slow model may need a larger patience_seconds under [model].",
            Self::Garbled => "Check that the address is a chat-completions endpoint.",
            Self::TurnBudget => "Ask for less at once, or raise turn_tokens or turn_cost under [model.budget].",
            Self::ShiftBudget => {
                "It starts anew with the next shift; `shiftdeck usage` says what was spent, [model.budget] how much may be."
            }
            Self::Unpriced => {
                "Write its price into the settings under [model.prices.\"NAME\"] (0 for one that costs nothing), or limit tokens."
            }
            Self::Ledger => "Check that the data folder can be written, then ask again.",
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

    /// The same, with the wait before the next attempt.
    #[must_use]
    pub fn after(self, wait: Duration) -> Self {
        Self { wait: Some(wait), ..self }
    }

    /// What kind of failure.
    pub fn kind(&self) -> ModelErrorKind {
        self.kind
    }

    /// The status, when there was an answer.
    pub fn status(&self) -> Option<u16> {
        self.status
    }

    /// How long the endpoint asks to wait.
    pub fn wait(&self) -> Option<Duration> {
        self.wait
    }

    /// What the person can do next.
    pub fn next(&self) -> &'static str {
        self.kind.next()
    }

    /// Reads a failed answer. Bodies differ by server: an OpenAI envelope, an integer code, `{"detail":…}`, HTML
    /// (integrations reference 6.3, 6.4); the status always counts.
    pub(super) fn of_answer(status: u16, wait: Option<Duration>, body: &[u8]) -> Self {
        let body: Value = serde_json::from_slice(body).unwrap_or_default();
        let error = body.get("error").unwrap_or(&body);
        let words = words(error);
        let named = words.iter().find_map(|word| kind_of(word));
        let named = named.filter(|kind| CLEARER.contains(kind)).or_else(|| speaks_of_length(status, error));
        let kind = named.unwrap_or(match status {
            401 => ModelErrorKind::NotSignedIn,
            402 => ModelErrorKind::Quota,
            403 => ModelErrorKind::Forbidden,
            404 => ModelErrorKind::NotFound,
            413 => ModelErrorKind::TooLong,
            429 => ModelErrorKind::Limited,
            408 | 409 | 500..=599 => ModelErrorKind::Server,
            _ => ModelErrorKind::Invalid,
        });
        Self { kind, status: Some(status), code: words.into_iter().next(), wait }
    }

    /// Reads an error that came inside a stream of status 200: its code may be a status, as a number or as text, or a word,
    /// or there is none.
    pub(super) fn inside(error: &Value) -> Self {
        let code = error.get("code");
        let status = code.and_then(|code| code.as_u64().or_else(|| code.as_str()?.parse().ok()));
        let status = status.and_then(|status| u16::try_from(status).ok()).filter(|status| (400..600).contains(status));
        if let Some(status) = status {
            return Self::of_answer(status, None, json!({ "error": error }).to_string().as_bytes());
        }
        let words = words(error);
        let kind = words.iter().find_map(|word| kind_of(word)).unwrap_or(ModelErrorKind::Server);
        Self { kind, status: None, code: words.into_iter().next(), wait: None }
    }
}

/// Kinds a word tells better than the status it comes with: a used-up account is 429 at one server and 400 at another.
const CLEARER: [ModelErrorKind; 3] = [ModelErrorKind::Quota, ModelErrorKind::TooLong, ModelErrorKind::Filtered];

/// What servers call it (integrations reference 6.3, 6.4).
const CALLED: [(&str, ModelErrorKind); 19] = [
    ("insufficient_quota", ModelErrorKind::Quota),
    ("billing_error", ModelErrorKind::Quota),
    ("insufficient_credits", ModelErrorKind::Quota),
    ("context_length_exceeded", ModelErrorKind::TooLong),
    ("exceed_context_size_error", ModelErrorKind::TooLong),
    ("request_too_large", ModelErrorKind::TooLong),
    ("content_filter", ModelErrorKind::Filtered),
    ("rate_limit_exceeded", ModelErrorKind::Limited),
    ("rate_limit_error", ModelErrorKind::Limited),
    ("RateLimitError", ModelErrorKind::Limited),
    ("invalid_api_key", ModelErrorKind::NotSignedIn),
    ("authentication_error", ModelErrorKind::NotSignedIn),
    ("permission_error", ModelErrorKind::Forbidden),
    ("model_not_found", ModelErrorKind::NotFound),
    ("not_found_error", ModelErrorKind::NotFound),
    ("NotFoundError", ModelErrorKind::NotFound),
    ("invalid_request_error", ModelErrorKind::Invalid),
    ("BadRequestError", ModelErrorKind::Invalid),
    ("overloaded_error", ModelErrorKind::Server),
];

/// How servers without a word for it say that a dialogue is too long. The message itself is not kept.
const TOO_LONG: [&str; 4] = ["context length", "context size", "context window", "prompt is too long"];

fn speaks_of_length(status: u16, error: &Value) -> Option<ModelErrorKind> {
    let message = error.get("message").or(Some(error)).and_then(Value::as_str)?.to_lowercase();
    let is_it = status == 400 && TOO_LONG.iter().any(|words| message.contains(words));
    is_it.then_some(ModelErrorKind::TooLong)
}

fn kind_of(word: &str) -> Option<ModelErrorKind> {
    CALLED.iter().find(|(called, _)| *called == word).map(|(_, kind)| *kind)
}

/// The machine's words of an error: its code, then its type.
fn words(error: &Value) -> Vec<String> {
    let words = ["code", "type"].iter().filter_map(|field| error.get(field)?.as_str());
    words.filter(|word| is_word(word)).map(str::to_owned).collect()
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
            (402, r#"{"error":{"message":"no credits","code":402,"metadata":{}}}"#, Kind::Quota, None),
            (529, r#"{"error":{"type":"overloaded_error","message":"x"}}"#, Kind::Server, Some("overloaded_error")),
            (
                500,
                r#"{"error":{"code":500,"type":"exceed_context_size_error"}}"#,
                Kind::TooLong,
                Some("exceed_context_size_error"),
            ),
            (400, r#"{"error":{"code":"content_filter","message":"no"}}"#, Kind::Filtered, Some("content_filter")),
            (502, "<html>Bad gateway</html>", Kind::Server, None),
            (401, r#"{"detail":"who?"}"#, Kind::NotSignedIn, None),
            (400, r#"{"error":{"code":"context_length_exceeded"}}"#, Kind::TooLong, Some("context_length_exceeded")),
            (
                400,
                r#"{"error":{"code":400,"type":"BadRequestError","message":"maximum context length is 8"}}"#,
                Kind::TooLong,
                Some("BadRequestError"),
            ),
            (400, r#"{"error":"text mara@quill.example"}"#, Kind::Invalid, None),
            (400, r#"{"error":{"code":"call +4915550001122 now"}}"#, Kind::Invalid, None),
        ] {
            let expected = ModelError { kind, status: Some(status), code: code.map(str::to_owned), wait: None };
            assert_eq!(ModelError::of_answer(status, None, body.as_bytes()), expected, "{body}");
        }
    }

    #[test]
    fn an_error_inside_a_stream_is_told_by_its_code_or_its_words() {
        use ModelErrorKind as Kind;
        for (error, kind, status) in [
            (json!({"code": 429, "message": "slow"}), Kind::Limited, Some(429)),
            (json!({"code": "503", "message": "away"}), Kind::Server, Some(503)),
            (json!({"code": null, "type": "overloaded_error"}), Kind::Server, None),
            (json!({"code": "rate_limit_exceeded"}), Kind::Limited, None),
            (json!({"code": 7, "type": "insufficient_quota"}), Kind::Quota, None),
            (json!("model runner has stopped"), Kind::Server, None),
        ] {
            let read = ModelError::inside(&error);
            assert_eq!((read.kind, read.status), (kind, status), "{error}");
        }
    }

    #[test]
    fn an_error_says_what_and_why_and_what_next() {
        let error = ModelError::of_answer(404, None, b"");
        assert_eq!(error.to_string(), "the endpoint knows no such model, or the address is wrong (404)");
        assert!(error.next().contains("OPENAI_MODEL"));
    }
}
