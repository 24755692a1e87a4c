//! Owns how a half-filled form is kept: the fields somebody touched, with the words they began with, as JSON. The store seals
//! it. What is read back may be of another version, or about attributes that are gone: whatever does not fit is left out.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// One touched field.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kept {
    /// What was typed.
    pub words: String,
    /// What stood there before.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub was: String,
    /// A mask was being replaced.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub replaced: bool,
}

/// The touched fields, by their keys.
pub type Touched = BTreeMap<String, Kept>;

/// As it is kept; nothing where nothing was touched.
pub fn written(touched: &Touched) -> String {
    if touched.is_empty() { String::new() } else { serde_json::to_string(touched).unwrap_or_default() }
}

/// As it was kept.
pub fn read(kept: &str) -> Touched {
    serde_json::from_str(kept).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_comes_back_and_nonsense_is_nothing() {
        let one = Kept { words: "a\nb".to_owned(), was: "c".to_owned(), replaced: true };
        let touched = Touched::from([("custom.aStr".to_owned(), one)]);
        assert_eq!(read(&written(&touched)), touched);
        assert_eq!(written(&Touched::new()), "");
        for nonsense in ["", "{", "[]", r#"{"a":1}"#] {
            assert_eq!(read(nonsense), Touched::new(), "{nonsense}");
        }
    }
}
