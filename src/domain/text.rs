//! Owns [`Text`]: words that came from outside. Does not make them safe (`privacy::text`) and cannot be shown by itself.
//!
//! Invariant: there is no `Display`, `Deref` or `AsRef<str>`; the only ways out are [`Text::raw`] (for the wire, the
//! digest and a cleaner) and `privacy::text`, so forgetting to clean does not compile.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Somebody else's words, byte for byte as received. Not safe for a terminal, a log or a model until cleaned.
#[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Text(String);

impl Text {
    /// Wraps what was received.
    pub fn new(raw: impl Into<String>) -> Self {
        Self(raw.into())
    }

    /// The bytes as received: for requests, digests and `privacy::text`, never for a screen.
    pub fn raw(&self) -> &str {
        &self.0
    }

    /// Whether there is nothing but white space.
    pub fn is_blank(&self) -> bool {
        self.0.trim().is_empty()
    }
}

impl From<&str> for Text {
    fn from(raw: &str) -> Self {
        Self::new(raw)
    }
}

impl From<String> for Text {
    fn from(raw: String) -> Self {
        Self(raw)
    }
}

impl fmt::Debug for Text {
    /// Only the length: customers' words stay out of logs and panics.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Text({} bytes)", self.0.len())
    }
}
