//! Owns writing to stdout: text, JSON documents, JSON lines, plain tables. Everything that came from outside must be safe
//! text by the time it gets here, except JSON, whose encoder escapes controls itself.

use std::io::{self, Write};

use serde_json::Value;
use unicode_width::UnicodeWidthStr;

/// Prints text as it is.
pub fn text(words: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(words.as_bytes())?;
    out.flush()
}

/// Prints one line.
pub fn line(words: &str) -> io::Result<()> {
    text(&format!("{words}\n"))
}

/// Says something to the person, on stderr.
pub fn say(words: &str) {
    let _ = writeln!(io::stderr(), "{words}");
}

/// Prints one JSON document.
pub fn json(value: &Value) -> io::Result<()> {
    line(&escaped(&format!("{value:#}")))
}

/// Prints one JSON object on a line.
pub fn json_line(value: &Value) -> io::Result<()> {
    line(&escaped(&value.to_string()))
}

/// JSON escapes C0; C1 controls, DEL and bidi controls are legal in it and would still act on a terminal.
fn escaped(json: &str) -> String {
    let mut out = String::with_capacity(json.len());
    for c in json.chars() {
        let acts = matches!(c, '\u{7f}'..='\u{9f}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
        if acts { out.push_str(&format!("\\u{:04x}", u32::from(c))) } else { out.push(c) }
    }
    out
}

/// Prints a table with a heading; columns as wide as their widest cell, the last one free.
pub fn table(heading: &[&str], rows: &[Vec<String>]) -> io::Result<()> {
    let widths: Vec<usize> = (0..heading.len())
        .map(|column| rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.width()).max().unwrap_or(0).max(heading[column].width()).min(60))
        .collect();
    let mut printed = String::new();
    let head: Vec<String> = heading.iter().map(|cell| (*cell).to_owned()).collect();
    for row in std::iter::once(&head).chain(rows) {
        let last = row.len().saturating_sub(1);
        for (column, cell) in row.iter().enumerate() {
            printed.push_str(cell);
            if column < last {
                printed.extend(std::iter::repeat_n(' ', widths[column].saturating_sub(cell.width()) + 2));
            }
        }
        printed.push('\n');
    }
    text(&printed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_cannot_act_on_a_terminal_either() {
        let value = serde_json::json!("\u{1b}[31m \u{9b}31m \u{202e}x");
        let shown = escaped(&value.to_string());
        assert!(shown.chars().all(|c| !c.is_control() && c != '\u{202e}'));
        assert_eq!(serde_json::from_str::<Value>(&shown).expect("still JSON"), value);
    }
}
