//! Owns how a nested value is laid out: one line a member, indented, with what is folded counted instead of shown. Paths name
//! what is folded, so that it stays folded through a reload.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::privacy::text;

/// Members of one object or list that are shown; the rest is counted.
const MOST: usize = 200;
/// Levels that are laid out; what lies deeper stands as JSON.
const DEEPEST: usize = 12;
/// The longest value in a line, in characters.
const LONGEST: usize = 400;

/// One line of a nested value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Branch {
    /// How deep it stands.
    pub depth: usize,
    /// The member's name or number, safe.
    pub name: String,
    /// Its value, or what it holds, safe.
    pub words: String,
    /// Where it is, for what can be folded.
    pub folds: Option<String>,
    /// Whether it is folded.
    pub is_folded: bool,
}

/// Whether a value has members to fold.
pub fn is_nested(value: &Value) -> bool {
    match value {
        Value::Object(fields) => !fields.is_empty(),
        Value::Array(items) => items.iter().any(|item| item.is_object() || item.is_array()) || items.len() > 12,
        _ => false,
    }
}

/// A value with its members. `open` holds the paths that are not folded.
pub fn branches(path: &str, name: &str, value: &Value, open: &BTreeSet<String>) -> Vec<Branch> {
    let mut all = Vec::new();
    grow(path, (name, 0), value, open, &mut all);
    all
}

fn grow(path: &str, (name, depth): (&str, usize), value: &Value, open: &BTreeSet<String>, all: &mut Vec<Branch>) {
    let name = text::line(name).into_string();
    let members: Vec<(String, &Value)> = match value {
        Value::Object(fields) => fields.iter().map(|(name, value)| (name.clone(), value)).collect(),
        Value::Array(items) => items.iter().enumerate().map(|(at, value)| (at.to_string(), value)).collect(),
        _ => Vec::new(),
    };
    if members.is_empty() || depth >= DEEPEST {
        let words = match value {
            Value::String(words) => words.chars().take(LONGEST).collect(),
            other => other.to_string().chars().take(LONGEST).collect::<String>(),
        };
        let words = text::line(&words).into_string();
        all.push(Branch { depth, name, words, folds: None, is_folded: false });
        return;
    }
    let is_folded = !open.contains(path);
    let what = if value.is_array() { "item" } else { "field" };
    let words = format!("{} {what}{}", members.len(), if members.len() == 1 { "" } else { "s" });
    all.push(Branch { depth, name, words, folds: Some(path.to_owned()), is_folded });
    if is_folded {
        return;
    }
    let more = members.len().saturating_sub(MOST);
    for (name, value) in members.into_iter().take(MOST) {
        grow(&format!("{path}/{name}"), (&name, depth + 1), value, open, all);
    }
    if more > 0 {
        let words = format!("and {more} more");
        all.push(Branch { depth: depth + 1, name: "…".to_owned(), words, folds: None, is_folded: false });
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_folded_is_counted_and_what_is_open_shown() {
        let value = json!({"a": {"b": [1, {"c": "x\u{1b}"}]}, "d": null});
        let lines = |open: &[&str]| -> Vec<String> {
            let open = open.iter().map(|path| (*path).to_owned()).collect();
            let all = branches("data", "data", &value, &open);
            all.iter().map(|branch| format!("{}{}={}", "-".repeat(branch.depth), branch.name, branch.words)).collect()
        };
        assert_eq!(lines(&[]), ["data=2 fields"]);
        assert_eq!(lines(&["data"]), ["data=2 fields", "-a=1 field", "-d=null"]);
        let whole = lines(&["data", "data/a", "data/a/b", "data/a/b/1"]);
        assert_eq!(whole.len(), 7);
        assert!(!whole.join("").contains('\u{1b}'));
    }

    #[test]
    fn depth_and_width_have_an_end() {
        let mut deep = json!(1);
        (0..200).for_each(|_| deep = json!({ "a": deep }));
        let mut open = BTreeSet::from(["x".to_owned()]);
        let mut path = "x".to_owned();
        for _ in 0..200 {
            path.push_str("/a");
            open.insert(path.clone());
        }
        assert_eq!(branches("x", "x", &deep, &open).len(), DEEPEST + 1);
        let wide: Value = (0..1_000).collect();
        assert_eq!(branches("x", "x", &wide, &open).len(), MOST + 2);
    }
}
