//! Owns what is kept of a message being written, and the reading of what was typed into its fields. Plain data: no key, no
//! drawing.
//!
//! Invariant: whatever is read back, by this or another version, gives a letter; at worst all of it counts as the words.

use serde::{Deserialize, Serialize};

use crate::kustomer::changes::Recipients;

/// Everything typed so far. Kept under a key of its conversation and kind, until it is at the desk.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Letter {
    /// The channel, where the person chose one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub channel: Option<String>,
    /// Addresses as typed, separated by commas.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub to: String,
    /// The same.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub cc: String,
    /// The same.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub bcc: String,
    /// The subject; `None` until somebody touched it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// When it shall leave, in the words of the store: `draft`, or a moment; nothing for at once.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub leaves: String,
    /// The words.
    pub body: String,
}

impl Letter {
    /// Reads what was kept. Words that are no letter (a note's, another version's) are all body.
    pub fn read(kept: &str) -> Self {
        serde_json::from_str(kept).unwrap_or_else(|_| Self { body: kept.to_owned(), ..Self::default() })
    }

    /// As it is kept; empty, which forgets it, when nothing was typed.
    pub fn written(&self) -> String {
        let blank = [&self.to, &self.cc, &self.bcc, &self.body].iter().all(|typed| typed.trim().is_empty());
        if blank && self.subject.is_none() {
            return String::new();
        }
        serde_json::to_string(self).unwrap_or_default()
    }

    /// The recipients as a list each. Whether they are addresses is for the desk's own rules (`kustomer::changes`).
    pub fn recipients(&self) -> Recipients {
        Recipients { to: addresses(&self.to), cc: addresses(&self.cc), bcc: addresses(&self.bcc) }
    }
}

fn addresses(typed: &str) -> Vec<String> {
    typed.split([',', ';']).map(str::trim).filter(|one| !one.is_empty()).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn nothing_typed_is_nothing_kept_and_plain_words_are_a_body() {
        assert_eq!(Letter::default().written(), "");
        assert_eq!(Letter::read("called back"), Letter { body: "called back".to_owned(), ..Letter::default() });
        assert_eq!(addresses(" a@b.c , ;d@e.f"), ["a@b.c", "d@e.f"]);
    }

    proptest! {
        #[test]
        fn a_letter_is_read_back_as_it_was_kept(to in ".{0,20}", body in "\\PC{1,40}", subject in prop::option::of(".{0,9}")) {
            let letter = Letter { to, body: format!("x{body}"), subject, channel: Some("sms".into()), ..Letter::default() };
            prop_assert_eq!(Letter::read(&letter.written()), letter);
        }

        #[test]
        fn whatever_was_kept_can_be_read(kept in ".{0,60}") {
            let _ = Letter::read(&kept);
        }
    }
}
