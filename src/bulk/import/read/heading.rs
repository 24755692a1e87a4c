//! Owns the question whether a first row names columns, and the names of columns: unique, never empty.

use std::collections::HashSet;

/// The longest name of a column, in characters.
const LONGEST: usize = 128;

/// Whether cells read like names of columns, and not like a record.
pub fn is_header(first: &[String], second: Option<&[String]>) -> bool {
    let filled: Vec<&str> = first.iter().map(|cell| cell.trim()).filter(|cell| !cell.is_empty()).collect();
    if filled.is_empty() || filled.len() * 2 < first.len() || filled.iter().any(|cell| is_value(cell)) {
        return false;
    }
    let mut seen = HashSet::new();
    if !filled.iter().all(|cell| seen.insert(cell.to_lowercase())) {
        return false;
    }
    // One word over one column may as well be the first of a list of words.
    first.len() > 1 || second.is_some_and(|row| row.first().is_none_or(|below| !alike(filled[0], below.trim())))
}

/// Whether a cell can be a value only.
fn is_value(cell: &str) -> bool {
    let number = cell.replace([',', ' ', '.'], "");
    let numeric = !number.is_empty() && number.trim_start_matches(['-', '+']).bytes().all(|byte| byte.is_ascii_digit());
    let dated = cell.len() >= 8 && cell.bytes().filter(u8::is_ascii_digit).count() * 2 > cell.len();
    numeric
        || dated
        || cell.contains('@')
        || cell.contains("://")
        || cell.contains('\n')
        || matches!(cell.to_ascii_lowercase().as_str(), "true" | "false" | "null")
        || cell.chars().count() > LONGEST
        || is_id(cell)
}

/// Whether it looks like an id of somebody's: digits in it, no blanks.
fn is_id(cell: &str) -> bool {
    let digits = cell.bytes().filter(u8::is_ascii_digit).count();
    digits >= 3 && !cell.contains(' ')
}

/// Whether two words look like items of one list.
fn alike(a: &str, b: &str) -> bool {
    is_value(a) == is_value(b) && a.contains(' ') == b.contains(' ')
}

/// Names for columns: those given, told apart where they are the same, made up where there are none.
pub fn names(given: &[String]) -> Vec<String> {
    let mut taken = HashSet::new();
    let name = |(index, given): (usize, &String)| {
        let plain: String = given.trim().chars().filter(|c| !c.is_control()).take(LONGEST).collect();
        let plain = if plain.is_empty() { format!("column {}", index + 1) } else { plain };
        let mut name = plain.clone();
        let mut count = 1;
        while !taken.insert(name.clone()) {
            count += 1;
            name = format!("{plain} ({count})");
        }
        name
    };
    given.iter().enumerate().map(name).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cells(words: &str) -> Vec<String> {
        words.split('|').map(str::to_owned).collect()
    }

    #[test]
    fn a_header_is_told_from_a_record() {
        for (first, second, expected) in [
            ("name|email|total", "Ada|ada@quill.example|7", true),
            ("Ada|ada@quill.example|7", "Bo|bo@quill.example|8", false),
            ("order|2025-03-01", "x|y", false),
            ("a|A|b", "1|2|3", false),
            ("||name", "1|2|3", false),
            ("externalId", "TEN-10001", true),
            ("TEN-10001", "TEN-10002", false),
            ("Ada", "Bo", false),
            ("adresse 1|größe|город", "x|7|y", true),
        ] {
            assert_eq!(is_header(&cells(first), Some(&cells(second))), expected, "{first}");
        }
    }

    #[test]
    fn every_column_has_a_name_of_its_own() {
        assert_eq!(names(&cells("id|| id|id\u{7}")), ["id", "column 2", "id (2)", "id (3)"]);
    }
}
