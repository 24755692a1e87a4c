//! Owns the bounds of a schema from outside, and checking values against one. Nothing a schema refers to is ever fetched: what
//! refers to another document is refused before it gets as far as the library.
//!
//! Invariants: a fault says where and what rule, never the value; no value is held against a schema that refers in a circle
//! or unfolds without end, because the library would follow it until the stack or the day is over.

use std::collections::HashMap;

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
/// The most schemas one value is held against, references followed: two references to two references to two … are few bytes.
const WORK: usize = 20_000;
/// The most references and levels that lead into each other.
const CHAIN: usize = 160;
/// Keywords whose members are schemas under names of the writer's choice.
pub const NAMED: [&str; 5] = ["properties", "patternProperties", "dependentSchemas", "$defs", "definitions"];
/// Keywords that hold no schema.
pub const LITERAL: [&str; 4] = ["enum", "const", "default", "examples"];
/// Keywords that refer to another place.
const REFERS: [&str; 3] = ["$ref", "$dynamicRef", "$recursiveRef"];

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
                let refers = REFERS.contains(&name.as_str());
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

/// Whether holding a value against a schema comes to an end, and soon.
///
/// # Errors
/// Why not, in a few words.
pub fn ends(schema: &Value) -> Result<(), &'static str> {
    let mut unfolding = Unfolding { root: schema, open: Vec::new(), known: HashMap::new() };
    unfolding.work(schema).map(|_| ())
}

/// A schema while its references are followed.
struct Unfolding<'a> {
    root: &'a Value,
    /// The places that lead to where it is, by address: equal schemas in two places are two.
    open: Vec<*const Value>,
    known: HashMap<*const Value, usize>,
}

impl<'a> Unfolding<'a> {
    /// How many schemas a value is held against here.
    fn work(&mut self, at: &'a Value) -> Result<usize, &'static str> {
        let place = std::ptr::from_ref(at);
        if let Some(known) = self.known.get(&place) {
            return Ok(*known);
        }
        if self.open.contains(&place) {
            return Err("its schema refers to itself in a circle");
        }
        if self.open.len() == CHAIN {
            return Err("its schema refers too often from one place to the next");
        }
        self.open.push(place);
        let mut sum = 1;
        match at {
            Value::Object(fields) => {
                for (name, inner) in fields {
                    sum += self.keyword(name, inner)?;
                }
            }
            Value::Array(items) => {
                for item in items {
                    sum += self.work(item)?;
                }
            }
            _ => {}
        }
        self.open.pop();
        if sum > WORK {
            return Err("its schema unfolds without end");
        }
        self.known.insert(place, sum);
        Ok(sum)
    }

    fn keyword(&mut self, name: &str, inner: &'a Value) -> Result<usize, &'static str> {
        match (name, inner) {
            (name, Value::String(to)) if REFERS.contains(&name) => {
                let pointer = to.strip_prefix('#').filter(|pointer| pointer.is_empty() || pointer.starts_with('/'));
                let target = pointer.and_then(|pointer| self.root.pointer(&crate::kustomer::path::decoded(pointer)));
                self.work(target.ok_or("its schema refers to something that is not there")?)
            }
            // What is under it would refer from another root than ours.
            ("$id", _) if self.open.len() > 1 => Err("its schema has another schema inside"),
            // They count where they are referred to.
            ("$defs" | "definitions", Value::Object(_)) => Ok(0),
            (name, Value::Object(members)) if NAMED.contains(&name) => {
                members.values().try_fold(0, |sum, member| Ok(sum + self.work(member)?))
            }
            (name, _) if LITERAL.contains(&name) => Ok(0),
            (_, inner) => self.work(inner),
        }
    }
}

/// A schema ready to hold values against.
#[derive(Debug)]
pub struct Check(Validator);

impl Check {
    /// Of a schema.
    ///
    /// # Errors
    /// When it is over the bounds, does not end, or is none.
    pub fn of(schema: &Value) -> Result<Self, &'static str> {
        bounded(schema)?;
        ends(schema)?;
        // Patterns that never backtrack: a stranger writes them.
        let check = jsonschema::options().with_pattern_options(PatternOptions::regex()).build(schema);
        check.map(Self).map_err(|_| "its schema cannot be understood")
    }

    /// What of a value does not fit: each fault its place and its rule.
    pub fn faults(&self, value: &Value) -> Vec<String> {
        let told = |error: jsonschema::ValidationError<'_>| {
            let place = error.instance_path().to_string();
            let place = if place.is_empty() { "the whole".to_owned() } else { place };
            format!("{place}: {}", error.masked_with("it"))
        };
        self.0.iter_errors(value).take(FAULTS).map(told).collect()
    }
}

/// What of a value does not fit a schema: each fault its place and its rule.
///
/// # Errors
/// As for [`Check::of`].
pub fn faults(schema: &Value, value: &Value) -> Result<Vec<String>, &'static str> {
    Ok(Check::of(schema)?.faults(value))
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
    fn a_pattern_does_not_run_away() {
        let evil = json!({ "pattern": "^(a+)+$" });
        assert_eq!(faults(&evil, &json!(format!("{}!", "a".repeat(4_000)))).map(|told| told.len()), Ok(1));
    }

    #[test]
    fn what_does_not_end_is_never_begun() {
        let doubling: Map<String, Value> = (0..60)
            .map(|n| (format!("d{n}"), json!({ "allOf": vec![json!({ "$ref": format!("#/$defs/d{}", n + 1) }); 2] })))
            .chain([("d60".to_owned(), json!({}))])
            .collect();
        let long: Map<String, Value> = (0..200)
            .map(|n| (format!("d{n}"), json!({ "$ref": format!("#/$defs/d{}", n + 1) })))
            .chain([("d200".to_owned(), json!({}))])
            .collect();
        for (what, schema) in [
            ("itself", json!({ "$ref": "#" })),
            ("in place", json!({ "allOf": [{ "$ref": "#" }] })),
            ("through a value", json!({ "properties": { "next": { "$ref": "#" } } })),
            (
                "through a property that is called like a literal",
                json!({ "properties": { "default": { "$ref": "#" } } }),
            ),
            ("encoded", json!({ "$defs": { "a b": { "$ref": "#/$defs/a%20b" } }, "$ref": "#/$defs/a%20b" })),
            ("two by two", json!({ "$defs": doubling, "$ref": "#/$defs/d0" })),
            ("one after another", json!({ "$defs": long, "$ref": "#/$defs/d0" })),
            ("nowhere", json!({ "$ref": "#/$defs/absent" })),
            ("by another root", json!({ "properties": { "a": { "$id": "http://x/", "items": { "$ref": "#" } } } })),
        ] {
            assert!(bounded(&schema).is_ok() && ends(&schema).is_err(), "{what}");
            assert!(faults(&schema, &json!({ "next": {} })).is_err(), "{what}");
        }
        let twice = json!({ "$defs": { "a": { "type": "string" } },
            "properties": { "b": { "$ref": "#/$defs/a" }, "c": { "$ref": "#/$defs/a" }, "$id": { "type": "string" } } });
        assert_eq!(faults(&twice, &json!({ "b": "x", "c": "y" })), Ok(vec![]));
    }
}
