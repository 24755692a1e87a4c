//! Owns how the servers that offer chat completions differ (integrations reference, 6.4): where they want the key, how they
//! say no, how they put calls, reasoning and counts into a stream. One row a server. Does not decide what is said (`plan`)
//! nor what goes wrong (`fault`).

use axum::http::{HeaderMap, StatusCode, header};
use serde_json::{Value, json};

/// One server's way.
#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a habit of its own")]
pub(super) struct Dialect {
    /// Its name in the path.
    pub name: &'static str,
    key: Key,
    errors: Errors,
    /// Where reasoning stands; in the text itself when nowhere.
    pub reasoning: Option<&'static str>,
    /// Whether a call comes in one piece.
    pub whole_calls: bool,
    /// Whether every call has the index 0.
    pub one_index: bool,
    /// Whether calls have ids.
    pub call_ids: bool,
    /// Whether a stream that wants tools run ends with `tool_calls`; else with `stop`.
    pub says_tool_calls: bool,
    /// Whether the usage stands in every chunk.
    pub counts_on: bool,
    /// Whether content filters tell their results.
    pub filters: bool,
    /// Whether chunks are padded against guessing.
    pub pads: bool,
    /// Comments that keep the line open.
    pub comment: Option<&'static str>,
    /// Whether a dialogue that is too long is answered with nothing at all.
    pub silent_overflow: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Key {
    Bearer,
    Azure,
    Ignored,
}

#[derive(Clone, Copy, Debug)]
enum Errors {
    /// Words for type and code.
    Words,
    /// Words for the type, no code.
    Types,
    /// The status as code, a class name as type.
    Class,
    /// The status as code, a word as type.
    Number,
    /// The status as code, what the provider said beside it.
    Metadata,
    /// Words, and a bare string inside a stream.
    Bare,
}

/// What is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Failure {
    Limited,
    Quota,
    Down(u16),
    TooLong,
    Filtered,
    Key,
    NoPath,
}

const PLAIN: Dialect = Dialect {
    name: "openai",
    key: Key::Bearer,
    errors: Errors::Words,
    reasoning: None,
    whole_calls: false,
    one_index: false,
    call_ids: true,
    says_tool_calls: true,
    counts_on: false,
    filters: false,
    pads: false,
    comment: None,
    silent_overflow: false,
};

/// The dialect of the base path: OpenAI's, as plain as it comes.
pub(super) const USUAL: &Dialect = &PLAIN;

/// Every dialect that can be asked for.
pub(super) const DIALECTS: [Dialect; 8] = [
    Dialect { pads: true, ..PLAIN },
    Dialect { name: "azure", key: Key::Azure, filters: true, ..PLAIN },
    Dialect { name: "anthropic", errors: Errors::Types, ..PLAIN },
    Dialect {
        name: "ollama",
        key: Key::Ignored,
        errors: Errors::Bare,
        reasoning: Some("reasoning"),
        whole_calls: true,
        one_index: true,
        says_tool_calls: false,
        ..PLAIN
    },
    Dialect {
        name: "llamacpp",
        key: Key::Ignored,
        errors: Errors::Number,
        reasoning: Some("reasoning_content"),
        call_ids: false,
        ..PLAIN
    },
    Dialect {
        name: "vllm",
        key: Key::Ignored,
        errors: Errors::Class,
        reasoning: Some("reasoning_content"),
        counts_on: true,
        ..PLAIN
    },
    Dialect {
        name: "openrouter",
        errors: Errors::Metadata,
        reasoning: Some("reasoning"),
        comment: Some("OPENROUTER PROCESSING"),
        ..PLAIN
    },
    Dialect { name: "lmstudio", key: Key::Ignored, whole_calls: true, silent_overflow: true, ..PLAIN },
];

/// The dialect of this name.
pub(super) fn named(name: &str) -> Option<&'static Dialect> {
    DIALECTS.iter().find(|dialect| dialect.name == name)
}

impl Dialect {
    /// Whether a request brings the key where this server looks for it.
    pub(super) fn admits(&self, headers: &HeaderMap, key: &str) -> bool {
        let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).map(str::trim);
        let bearer = text(header::AUTHORIZATION.as_str()).and_then(|value| value.strip_prefix("Bearer "));
        match self.key {
            Key::Bearer => bearer == Some(key),
            Key::Azure => text("api-key") == Some(key),
            Key::Ignored => true,
        }
    }

    /// Whether there is something at this path below the dialect's own. Azure has two forms; the older needs a version.
    pub(super) fn has_path(&self, path: &str, query: &str) -> bool {
        let Some(base) = path.strip_suffix("/chat/completions") else { return false };
        match (self.key, base.strip_prefix("openai/deployments/")) {
            (Key::Azure, Some(deployment)) => {
                !deployment.is_empty()
                    && !deployment.contains('/')
                    && query.split('&').any(|pair| pair.starts_with("api-version="))
            }
            (Key::Azure, None) => base == "openai/v1",
            (Key::Bearer | Key::Ignored, _) => base == "v1",
        }
    }

    /// How this server says no: status and body.
    pub(super) fn refuse(&self, failure: Failure) -> (StatusCode, Value) {
        let (status, kind, code, message) = failure.words();
        let status = match (self.errors, failure) {
            (Errors::Metadata | Errors::Types, Failure::Quota) => 402,
            _ => status,
        };
        let error = match self.errors {
            Errors::Words | Errors::Bare => json!({ "message": message, "type": kind, "param": null, "code": code }),
            Errors::Types => json!({ "message": message, "type": failure.anthropic(), "param": null, "code": null }),
            Errors::Class => json!({ "message": message, "type": failure.class(), "param": null, "code": status }),
            Errors::Number => {
                let mut error = json!({ "code": status, "message": message, "type": failure.llama() });
                if failure == Failure::TooLong {
                    (error["n_prompt_tokens"], error["n_ctx"]) = (9_000.into(), 8_192.into());
                }
                error
            }
            Errors::Metadata => {
                json!({ "code": status, "message": message, "metadata": { "provider_name": "sandbox", "raw": message } })
            }
        };
        (StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR), json!({ "error": error }))
    }

    /// How this server breaks off in the middle of a stream that began with status 200.
    pub(super) fn break_off(&self) -> Value {
        let (_, mut body) = self.refuse(Failure::Down(503));
        match self.errors {
            Errors::Bare => body["error"] = "the model runner has unexpectedly stopped".into(),
            Errors::Metadata => {
                body["choices"] = json!([{ "index": 0, "delta": { "content": "" }, "finish_reason": "error" }]);
            }
            Errors::Words | Errors::Types | Errors::Class | Errors::Number => {}
        }
        body
    }
}

impl Failure {
    /// Status, type, code and message as OpenAI has them.
    fn words(self) -> (u16, &'static str, Option<&'static str>, &'static str) {
        match self {
            Self::Limited => (429, "requests", Some("rate_limit_exceeded"), "Rate limit reached for requests."),
            Self::Quota => (429, "insufficient_quota", Some("insufficient_quota"), "You exceeded your current quota."),
            Self::Down(status) => (status, "server_error", None, "The server is overloaded or not ready yet."),
            Self::TooLong => {
                let message = "This model's maximum context length is 8192 tokens. However, you requested 9000 tokens.";
                (400, "invalid_request_error", Some("context_length_exceeded"), message)
            }
            Self::Filtered => (
                400,
                "invalid_request_error",
                Some("content_filter"),
                "The prompt triggered a content management policy.",
            ),
            Self::Key => (401, "invalid_request_error", Some("invalid_api_key"), "Incorrect API key provided."),
            Self::NoPath => (404, "invalid_request_error", Some("404"), "Resource not found."),
        }
    }

    fn anthropic(self) -> &'static str {
        match self {
            Self::Limited => "rate_limit_error",
            Self::Quota => "billing_error",
            Self::Down(529) => "overloaded_error",
            Self::Down(_) => "api_error",
            Self::TooLong | Self::Filtered => "invalid_request_error",
            Self::Key => "authentication_error",
            Self::NoPath => "not_found_error",
        }
    }

    fn class(self) -> &'static str {
        match self {
            Self::Limited => "RateLimitError",
            Self::Quota => "insufficient_quota",
            Self::Down(_) => "InternalServerError",
            Self::TooLong | Self::Filtered => "BadRequestError",
            Self::Key => "AuthenticationError",
            Self::NoPath => "NotFoundError",
        }
    }

    fn llama(self) -> &'static str {
        match self {
            Self::Limited => "rate_limit_error",
            Self::Quota => "insufficient_quota",
            Self::Down(503) => "unavailable_error",
            Self::Down(_) => "server_error",
            Self::TooLong => "exceed_context_size_error",
            Self::Filtered => "invalid_request_error",
            Self::Key => "authentication_error",
            Self::NoPath => "not_found_error",
        }
    }
}
