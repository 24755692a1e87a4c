//! Owns one row of a source and its cells, whatever it was read from.

use serde_json::Value;

/// One cell. Somebody else's words: shown through `privacy::text` only.
#[derive(Clone, Default, PartialEq)]
pub enum Cell {
    /// Nothing, or nothing but blanks.
    #[default]
    Empty,
    /// Words of a text format.
    Text(String),
    /// A value that came with a type: of JSON, or a number, date or truth of a spreadsheet.
    Typed(Value),
}

impl std::fmt::Debug for Cell {
    /// Without the words: they are customers'.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Empty => f.write_str("Empty"),
            Self::Text(words) => write!(f, "Text({} bytes)", words.len()),
            Self::Typed(_) => f.write_str("Typed"),
        }
    }
}

impl Cell {
    /// Words of a text format; blanks around them do not count.
    pub fn words(words: &str) -> Self {
        let words = words.trim();
        if words.is_empty() { Self::Empty } else { Self::Text(unguarded(words).to_owned()) }
    }

    /// A value that came with a type.
    pub fn typed(value: Value) -> Self {
        match value {
            Value::Null => Self::Empty,
            Value::String(words) => Self::words(&words),
            value => Self::Typed(value),
        }
    }

    /// What it is as words: as the source had it, or JSON.
    pub fn shown(&self) -> String {
        match self {
            Self::Empty => String::new(),
            Self::Text(words) => words.clone(),
            Self::Typed(value) => value.to_string(),
        }
    }

    /// Whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        matches!(self, Self::Empty)
    }
}

/// One row of a source.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Row {
    /// Which of the source, from 1; a header is row 1.
    pub number: u64,
    /// As many as the header has, unless there is a flaw.
    pub cells: Vec<Cell>,
    /// Why the row as a whole is no row of this table.
    pub flaw: Option<String>,
}

/// Whether a spreadsheet could take a cell for a formula.
fn acts(words: &str) -> bool {
    let starts = words.trim_start_matches(|c: char| c.is_whitespace() || c.is_control() || c == '\u{feff}');
    starts.starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠', '|', '%']) || words.starts_with(['\t', '\r', '\n'])
}

/// A cell no spreadsheet takes for a formula. What [`unguarded`] reads back is what went in.
pub fn guarded(words: &str) -> String {
    if acts(words.trim_start_matches('\'')) { format!("'{words}") } else { words.to_owned() }
}

/// A cell without the quote that keeps it from being a formula: ours, and that of spreadsheets.
pub fn unguarded(words: &str) -> &str {
    match words.strip_prefix('\'') {
        Some(rest) if acts(rest.trim_start_matches('\'')) => rest,
        _ => words,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// What is written as a cell comes back as it was, and starts no formula.
        #[test]
        fn a_guarded_cell_comes_back_and_acts_nowhere(words in "['=+@|% \ta-c-]{0,8}") {
            let written = guarded(&words);
            prop_assert_eq!(unguarded(&written), &words);
            prop_assert!(!acts(&written));
        }
    }
}
