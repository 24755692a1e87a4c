//! Owns the bounds of a schema from outside, and checking values against one. Nothing a schema refers to is ever fetched: what
//! refers to another document is refused before it gets as far as the library.
//!
//! Invariant: a fault says where and what rule, never the value.

use jsonschema::{PatternOptions, Validator};
use serde_json::Value;

/// The most bytes of a schema.
const BYTES: usize = 64 * 1024;
/// The most levels.
const DEPTH: usize = 32;
/// The most values in it, counted at all levels.
const NODES: usize = 4_000;
/// The most properties of one object.
const PROPERTIES: usize = 256;
/// Faults that are told.
const FAULTS: usize = 8;

/// Whether a schema is one to work with.
///
/// # Errors
/// Why not, in a few words.
pub fn bounded(schema: &Value) -> Result<(), &'static str> {
    if !schema.is_object() {
        return Err("its schema is none");
    }
    if schema.to_string().len() > BYTES {
        return Err("its schema is longer than 64 KiB");
    }
    let mut nodes = 0;
    walk(schema, 0, &mut nodes)
}

fn walk(value: &Value, depth: usize, nodes: &mut usize) -> Result<(), &'static str> {
    *nodes += 1;
    if depth > DEPTH {
        return Err("its schema is nested more than 32 levels");
    }
    if *nodes > NODES {
        return Err("its schema has more than 4,000 parts");
    }
    match value {
        Value::Object(fields) => {
            if fields.len() > PROPERTIES {
                return Err("its schema has more than 256 properties in one place");
            }
            for (name, value) in fields {
                let refers = matches!(name.as_str(), "$ref" | "$dynamicRef" | "$recursiveRef");
                if refers && value.as_str().is_some_and(|to| !to.starts_with('#')) {
                    return Err("its schema refers to another document, which is not fetched");
                }
                walk(value, depth + 1, nodes)?;
            }
            Ok(())
        }
        Value::Array(values) => values.iter().try_for_each(|value| walk(value, depth + 1, nodes)),
        _ => Ok(()),
    }
}

/// What does not fit a schema: each fault its place and its rule.
///
/// # Errors
/// When the schema is over the bounds, or is none.
pub fn faults(schema: &Value, value: &Value) -> Result<Vec<String>, &'static str> {
    bounded(schema)?;
    let check = compiled(schema)?;
    let told = |error: jsonschema::ValidationError<'_>| {
        let place = error.instance_path().to_string();
        let place = if place.is_empty() { "the whole".to_owned() } else { place };
        format!("{place}: {}", error.masked_with("it"))
    };
    Ok(check.iter_errors(value).take(FAULTS).map(told).collect())
}

fn compiled(schema: &Value) -> Result<Validator, &'static str> {
    // Patterns that never backtrack: a stranger writes them.
    jsonschema::options()
        .with_pattern_options(PatternOptions::regex())
        .build(schema)
        .map_err(|_| "its schema cannot be understood")
}

#[cfg(test)]
mod tests {
    use serde_json::{Map, json};

    use super::*;

    #[test]
    fn what_is_over_a_bound_or_elsewhere_is_refused() {
        assert_eq!(bounded(&json!({ "type": "object" })), Ok(()));
        assert_eq!(bounded(&json!({ "$ref": "#/$defs/a", "$defs": { "a": { "$ref": "#" } } })), Ok(()));
        let wide: Map<String, Value> = (0..10_000).map(|n| (format!("p{n}"), json!({}))).collect();
        let mut deep = json!({});
        for _ in 0..40 {
            deep = json!({ "items": deep });
        }
        let many: Vec<Value> = vec![json!(1); 5_000];
        for (what, schema) in [
            ("wide", json!({ "properties": wide })),
            ("deep", deep),
            ("many", json!({ "enum": many })),
            ("long", json!({ "description": "x".repeat(70_000) })),
            ("elsewhere", json!({ "properties": { "a": { "$ref": "http://169.254.169.254/x" } } })),
            ("no object", json!([1])),
        ] {
            assert!(bounded(&schema).is_err(), "{what}");
        }
    }

    #[test]
    fn a_fault_says_the_rule_and_never_the_value() {
        let schema = json!({ "type": "object", "properties": { "n": { "type": "integer", "maximum": 3 } } });
        assert_eq!(faults(&schema, &json!({ "n": 2 })), Ok(vec![]));
        let told = faults(&schema, &json!({ "n": "canary" })).expect("a schema");
        assert_eq!(told.len(), 1);
        assert!(told[0].starts_with("/n: ") && !told[0].contains("canary"), "{told:?}");
        assert!(faults(&json!({ "type": 5 }), &json!(1)).is_err());
    }

    #[test]
    fn a_cycle_ends_and_a_pattern_does_not_run_away() {
        let cycle = json!({ "type": "object", "properties": { "next": { "$ref": "#" } } });
        let mut value = json!({});
        for _ in 0..20 {
            value = json!({ "next": value });
        }
        assert_eq!(faults(&cycle, &value), Ok(vec![]));
        let evil = json!({ "pattern": "^(a+)+$" });
        assert_eq!(faults(&evil, &json!(format!("{}!", "a".repeat(4_000)))).map(|told| told.len()), Ok(1));
        let itself = json!({ "$ref": "#" });
        assert!(faults(&itself, &json!(1)).is_ok() || bounded(&itself).is_ok());
    }
}
