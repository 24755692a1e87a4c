//! Owns how one attribute is said and read in a form: a value as words to edit, and words as the value that would be sent, by
//! what metadata promises. Pure; what is wrong with words is said in words.

use jiff::{Timestamp, tz::TimeZone};
use serde_json::{Number, Value};

use crate::{
    console::widgets::when,
    domain::{Attribute, AttributeKind, Text, until},
};

/// Allowed values that a refusal names.
const TOLD: usize = 8;

/// Which attribute of a record a field is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// A KObject's title: it has to have one.
    Title,
    /// The org's own id for it.
    ExternalId,
    /// Its description.
    Description,
    /// One under `custom`.
    Custom,
}

impl Place {
    /// The most characters the desk takes (Kustomer API reference 18.2, 7.1).
    fn limit(self, kind: AttributeKind) -> Option<usize> {
        match (self, kind) {
            (Self::Title | Self::ExternalId, _) => Some(256),
            (Self::Description, _) => Some(10_240),
            (Self::Custom, AttributeKind::Str) => Some(1_024),
            (Self::Custom, _) => None,
        }
    }
}

/// What moments are read against.
#[derive(Clone, Copy, Debug)]
pub struct Reading<'a> {
    /// The present.
    pub now: Timestamp,
    /// Where days begin.
    pub zone: &'a TimeZone,
}

/// A value as words to edit; `None` for what no line of words can stand for (objects, mixed lists).
pub fn words_of(attribute: &Attribute, value: &Value, zone: &TimeZone) -> Option<String> {
    match value {
        Value::Null => Some(String::new()),
        Value::Bool(yes) => Some(if *yes { "yes" } else { "no" }.to_owned()),
        Value::Number(number) => Some(number.to_string()),
        Value::String(words) => Some(match (attribute.kind, words.parse::<Timestamp>()) {
            (AttributeKind::At, Ok(at)) => when::minute(at, zone),
            _ => words.clone(),
        }),
        Value::Array(items) if attribute.kind == AttributeKind::Id => {
            let ids: Option<Vec<&str>> = items.iter().map(Value::as_str).collect();
            ids.map(|ids| ids.join(", "))
        }
        Value::Array(_) | Value::Object(_) => None,
    }
}

/// What the words would be sent as; nothing typed clears the attribute. `many`: ids stay a list.
///
/// # Errors
/// What is wrong, and what would be right.
pub fn read(
    place: Place,
    attribute: &Attribute,
    words: &str,
    many: bool,
    reading: Reading<'_>,
) -> Result<Value, String> {
    let trimmed = words.trim();
    if trimmed.is_empty() {
        return if place == Place::Title { Err("it needs a title".to_owned()) } else { Ok(Value::Null) };
    }
    if let Some(limit) = place.limit(attribute.kind).filter(|limit| words.chars().count() > *limit) {
        return Err(format!("{} characters, the desk takes {limit}", words.chars().count()));
    }
    let chosen = allowed(&attribute.enumeration, trimmed)?;
    let text = chosen.unwrap_or(trimmed);
    match attribute.kind {
        _ if place != Place::Custom => Ok(Value::from(if place == Place::Description { words } else { text })),
        AttributeKind::Str | AttributeKind::Tree => Ok(Value::from(text)),
        AttributeKind::Txt => Ok(Value::from(words)),
        AttributeKind::Num => number(text),
        AttributeKind::Bool => match text.to_lowercase().as_str() {
            "yes" | "y" | "true" | "on" => Ok(Value::Bool(true)),
            "no" | "n" | "false" | "off" => Ok(Value::Bool(false)),
            _ => Err("yes or no".to_owned()),
        },
        AttributeKind::At => {
            let at = until::moment_of(text, reading.now, reading.zone)?;
            Ok(Value::from(at.strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string()))
        }
        AttributeKind::Url => address(text),
        AttributeKind::Id => ids(text, many),
        AttributeKind::Unknown => Err("its name has no suffix the desk takes: it cannot be written here".to_owned()),
    }
}

/// The allowed value that is meant, however its letters are written; `None` where anything goes.
fn allowed<'a>(enumeration: &'a [Text], words: &str) -> Result<Option<&'a str>, String> {
    if enumeration.is_empty() {
        return Ok(None);
    }
    let same = |value: &&Text| value.raw() == words;
    let alike = |value: &&Text| value.raw().to_lowercase() == words.to_lowercase();
    let found = enumeration.iter().find(same).or_else(|| enumeration.iter().find(alike));
    found.map(|value| Some(value.raw())).ok_or_else(|| {
        let told: Vec<String> = enumeration.iter().take(TOLD).map(|value| value.line().into_string()).collect();
        let more = if enumeration.len() > TOLD { ", …" } else { "" };
        format!("one of {}{more}", told.join(", "))
    })
}

fn number(words: &str) -> Result<Value, String> {
    let wrong = || "a number such as 12 or 1299.50, without signs between the digits".to_owned();
    if let Ok(whole) = words.parse::<i64>() {
        return Ok(Value::from(whole));
    }
    let is_plain = words.chars().all(|c| c.is_ascii_digit() || "+-.eE".contains(c));
    let parsed = words.parse::<f64>().ok().filter(|_| is_plain);
    parsed.and_then(Number::from_f64).map(Value::Number).ok_or_else(wrong)
}

fn address(words: &str) -> Result<Value, String> {
    let rest = words.strip_prefix("https://").or_else(|| words.strip_prefix("http://"));
    let host = rest.and_then(|rest| rest.split(['/', '?', '#']).next()).unwrap_or_default();
    if host.is_empty() || words.chars().any(char::is_whitespace) {
        return Err("an address that begins with https://".to_owned());
    }
    Ok(Value::from(words))
}

fn ids(words: &str, many: bool) -> Result<Value, String> {
    let all: Vec<&str> = words.split(',').map(str::trim).filter(|id| !id.is_empty()).collect();
    if all.is_empty() || all.iter().any(|id| id.chars().any(char::is_whitespace)) {
        return Err("an id: look for the record by name instead of typing it".to_owned());
    }
    match all.as_slice() {
        [one] if !many => Ok(Value::from(*one)),
        all => Ok(Value::from(all)),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn reading(zone: &TimeZone) -> Reading<'_> {
        Reading { now: "2026-03-02T09:30:00Z".parse().expect("a time"), zone }
    }

    fn attribute(name: &str, values: &[&str]) -> Attribute {
        let enumeration = values.iter().map(|value| Text::from(*value)).collect();
        Attribute { enumeration, ..Attribute::undescribed(name) }
    }

    #[test]
    fn words_become_what_the_suffix_promises_or_say_what_is_wrong() {
        let zone = TimeZone::UTC;
        let good = [
            ("aStr", " shipped ", json!("shipped")),
            ("aTxt", " two\nlines ", json!(" two\nlines ")),
            ("aNum", "1299.50", json!(1299.5)),
            ("aNum", "-3", json!(-3)),
            ("aBool", "Yes", json!(true)),
            ("anAt", "next friday 9am", json!("2026-03-13T09:00:00.000Z")),
            ("aUrl", "https://a.example/x", json!("https://a.example/x")),
            ("anId", "66a1", json!("66a1")),
            ("anId", "66a1, 66a2", json!(["66a1", "66a2"])),
            ("aTree", "emea.de", json!("emea.de")),
            ("aNum", "  ", Value::Null),
        ];
        for (name, words, wanted) in good {
            assert_eq!(read(Place::Custom, &attribute(name, &[]), words, false, reading(&zone)), Ok(wanted), "{name}");
        }
        for (name, words, says) in [
            ("aNum", "1,299.50", "a number"),
            ("aNum", "inf", "a number"),
            ("aBool", "maybe", "yes or no"),
            ("anAt", "soon", "next friday 9am"),
            ("aUrl", "javascript:alert(1)", "https://"),
            ("aUrl", "https:// x", "https://"),
            ("anId", "the return of Tuesday", "look for"),
            ("odd", "x", "no suffix"),
        ] {
            let why = read(Place::Custom, &attribute(name, &[]), words, false, reading(&zone)).expect_err(words);
            assert!(why.contains(says), "{name}: {why}");
        }
        let long = "é".repeat(1_025);
        assert!(read(Place::Custom, &attribute("aStr", &[]), &long, false, reading(&zone)).is_err());
        assert!(read(Place::Title, &attribute("title", &[]), " ", false, reading(&zone)).is_err());
    }

    #[test]
    fn an_allowed_value_is_meant_however_its_letters_are_written() {
        let (zone, status) = (TimeZone::UTC, attribute("statusStr", &["placed", "Shipped"]));
        let said = |words: &str| read(Place::Custom, &status, words, false, reading(&zone));
        assert_eq!((said("shipped"), said("PLACED")), (Ok(json!("Shipped")), Ok(json!("placed"))));
        assert_eq!(said("lost"), Err("one of placed, Shipped".to_owned()));
    }

    proptest! {
        #[test]
        fn nothing_typed_into_any_kind_stumbles(words in "\\PC{0,40}", kind in 0usize..9, many: bool) {
            let name = ["aStr", "aTxt", "aNum", "aBool", "anAt", "aUrl", "anId", "aTree", "odd"][kind];
            let _ = read(Place::Custom, &attribute(name, &[]), &words, many, reading(&TimeZone::UTC));
        }
    }
}
