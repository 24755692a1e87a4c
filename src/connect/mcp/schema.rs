//! Owns the bounds of a schema from outside, and checking values against one. Nothing a schema refers to is ever fetched: what
//! refers to another document is refused before it gets as far as the library.
//!
//! Invariant: a fault says where and what rule, never the value.

mod shape;

use std::panic::AssertUnwindSafe;

use jsonschema::{PatternOptions, Validator};
use serde_json::Value;

use crate::privacy::contain;
use shape::Shape;

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
/// What is said of a schema that the library cannot work with.
const UNCLEAR: &str = "its schema cannot be understood";
/// Keywords whose members are schemas under names of the writer's choice.
pub const NAMED: [&str; 5] = ["properties", "patternProperties", "dependentSchemas", "$defs", "definitions"];
/// Keywords that hold no schema.
pub const LITERAL: [&str; 4] = ["enum", "const", "default", "examples"];

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
    walk(schema, 0, &mut nodes)?;
    Shape::of(schema)?.ends()
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

/// A schema ready to hold values against.
#[derive(Debug)]
pub struct Check(Validator);

impl Check {
    /// Of a schema.
    ///
    /// # Errors
    /// When the schema is over the bounds, holding values against it would not end soon, or it is none.
    pub fn of(schema: &Value) -> Result<Self, &'static str> {
        bounded(schema)?;
        if Shape::of(schema)?.branches_in_circles() {
            return Err("its schema branches in circles");
        }
        // Patterns that never backtrack: a stranger writes them.
        let build = || jsonschema::options().with_pattern_options(PatternOptions::regex()).build(schema).map(Self).ok();
        contain(AssertUnwindSafe(build)).ok().flatten().ok_or(UNCLEAR)
    }

    /// What of a value does not fit: each fault its place and its rule.
    ///
    /// # Errors
    /// When the library cannot tell.
    pub fn faults(&self, value: &Value) -> Result<Vec<String>, &'static str> {
        let told = |error: jsonschema::ValidationError<'_>| {
            let place = error.instance_path().to_string();
            let place = if place.is_empty() { "the whole".to_owned() } else { place };
            format!("{place}: {}", error.masked_with("it"))
        };
        contain(AssertUnwindSafe(|| self.0.iter_errors(value).take(FAULTS).map(told).collect())).map_err(|_| UNCLEAR)
    }
}

/// What of a value does not fit a schema: each fault its place and its rule.
///
/// # Errors
/// As for [`Check::of`].
pub fn faults(schema: &Value, value: &Value) -> Result<Vec<String>, &'static str> {
    Check::of(schema)?.faults(value)
}

#[cfg(test)]
mod tests {
    use serde_json::{Map, json};

    use super::*;

    #[test]
    fn what_is_over_a_bound_or_elsewhere_is_refused() {
        assert_eq!(bounded(&json!({ "type": "object" })), Ok(()));
        let inner = json!({ "$ref": "#/$defs/a", "$defs": { "a": { "items": { "$ref": "#" } } } });
        assert_eq!(bounded(&inner), Ok(()));
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
    }
    #[test]
    fn what_turns_in_a_circle_on_the_spot_or_without_measure_is_refused_before_it_is_followed() {
        let defs = |defs: Value| json!({ "$ref": "#/$defs/a", "$defs": defs });
        let chain: Map<String, Value> =
            (0..200).map(|n| (format!("d{n}"), json!({ "$ref": format!("#/$defs/d{}", n + 1) }))).collect();
        let doubled: Map<String, Value> = (0..40)
            .map(|n| {
                let to = json!({ "$ref": format!("#/$defs/d{}", n + 1) });
                (format!("d{n}"), json!({ "allOf": [to, to] }))
            })
            .collect();
        let ending = |mut defs: Map<String, Value>, last: &str| {
            defs.insert(last.to_owned(), json!({}));
            json!({ "$ref": "#/$defs/d0", "$defs": defs })
        };
        for (what, schema) in [
            ("itself", json!({ "$ref": "#" })),
            ("all of itself", json!({ "allOf": [{ "$ref": "#" }] })),
            ("not itself", json!({ "not": { "anyOf": [{ "$ref": "#" }] } })),
            ("each other", defs(json!({ "a": { "$ref": "#/$defs/b" }, "b": { "if": { "$ref": "#/$defs/a" } } }))),
            ("nowhere", defs(json!({}))),
            ("by name", json!({ "$ref": "#name" })),
            ("a long chain", ending(chain, "d200")),
            ("doubling", ending(doubled, "d40")),
        ] {
            assert!(bounded(&schema).is_err(), "{what}");
            assert!(faults(&schema, &json!({})).is_err(), "{what}");
        }
        let twice = json!({ "properties": { "n": { "allOf": [{ "$ref": "#" }, { "$ref": "#" }] } } });
        let both = json!({ "properties": { "n": { "$ref": "#" } }, "patternProperties": { "n": { "$ref": "#" } } });
        let tree = json!({ "properties": { "left": { "$ref": "#" }, "right": { "$ref": "#" } },
            "additionalProperties": false });
        for schema in [&twice, &both] {
            assert_eq!(bounded(schema), Ok(()));
            assert!(faults(schema, &json!({})).is_err(), "{schema}");
        }
        assert_eq!(faults(&tree, &json!({ "left": { "right": {} } })), Ok(vec![]));
        assert_eq!(faults(&tree, &json!({ "left": { "up": {} } })).map(|told| told.len()), Ok(1));
    }
}
