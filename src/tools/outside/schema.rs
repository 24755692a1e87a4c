//! Owns what a tool of another source takes: its JSON schema, held to bounds, as a model is told it and as arguments are checked
//! against it. Nothing is fetched. Arguments that the source did not name are refused.

use std::sync::Arc;

use serde_json::{Map, Value};

use super::super::{Argument, ToolError};
use crate::{
    domain::CustomerId,
    privacy::{Vault, text},
};

/// Values in a schema, at most.
const NODES: usize = 4_000;
/// How deep it may go.
const DEPTH: usize = 24;
/// Bytes of it that a model is told.
const BYTES: usize = 12_000;
/// Characters of each text in it.
const WORDS: usize = 300;

/// What a tool takes.
#[derive(Clone, Debug)]
pub struct Schema {
    shown: Value,
    checks: Arc<jsonschema::Validator>,
}

impl PartialEq for Schema {
    fn eq(&self, other: &Self) -> bool {
        self.shown == other.shown
    }
}

/// Why a schema is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SchemaError {
    /// It does not describe an object.
    #[error("what it takes is no object")]
    NoObject,
    /// It is larger or deeper than is taken.
    #[error("what it takes is described at a length that is not taken")]
    TooLarge,
    /// It refers to something outside itself, or in a circle.
    #[error("what it takes refers to something that is not there")]
    Refers,
}

impl Schema {
    /// Reads a schema.
    ///
    /// # Errors
    /// [`SchemaError`].
    pub fn read(written: &Value) -> Result<Self, SchemaError> {
        let mut nodes = 0;
        let mut shown = cleaned(written, 0, &mut nodes)?;
        let is_object = shown.get("type").is_none_or(|kind| kind == "object");
        let map = shown.as_object_mut().filter(|_| is_object).ok_or(SchemaError::NoObject)?;
        map.insert("type".into(), "object".into());
        if shown.to_string().len() > BYTES {
            return Err(SchemaError::TooLarge);
        }
        let checks = jsonschema::options().build(&shown).map_err(|_| SchemaError::Refers)?;
        Ok(Self { shown, checks: Arc::new(checks) })
    }

    /// As a model is told it.
    pub fn shown(&self) -> &Value {
        &self.shown
    }

    /// The names it takes.
    pub fn names(&self) -> Vec<&str> {
        let properties = self.shown.get("properties").and_then(Value::as_object);
        properties.into_iter().flatten().map(|(name, _)| name.as_str()).collect()
    }

    /// What is to be known of one argument to write it by hand.
    pub fn argument(&self, name: &str) -> Option<Argument> {
        let property = self.shown.get("properties")?.get(name)?;
        let needed = self.shown.get("required").and_then(Value::as_array).into_iter().flatten();
        Some(Argument {
            is_needed: needed.filter_map(Value::as_str).any(|needed| needed == name),
            is_text: property.get("type").is_some_and(|kind| kind == "string"),
        })
    }

    /// What is wrong with arguments as far as names tell; placeholders may still stand in them.
    ///
    /// # Errors
    /// In words for a model or a person.
    pub fn named(&self, arguments: &Map<String, Value>) -> Result<(), String> {
        let known = self.names();
        let is_open = ["additionalProperties", "patternProperties"]
            .iter()
            .any(|word| self.shown.get(*word).is_some_and(|value| *value == true || value.is_object()));
        if let Some(stranger) = arguments.keys().find(|name| !is_open && !known.contains(&name.as_str())) {
            let stranger: String = stranger.chars().filter(|c| c.is_alphanumeric() || *c == '_').take(40).collect();
            return Err(format!("there is no argument `{stranger}`; known: {}", known.join(", ")));
        }
        let needed = self.shown.get("required").and_then(Value::as_array).into_iter().flatten();
        match needed.filter_map(Value::as_str).find(|name| !arguments.contains_key(*name)) {
            Some(missing) => Err(format!("`{missing}` is missing")),
            None => Ok(()),
        }
    }

    /// The arguments with real values where placeholders stood, checked.
    ///
    /// # Errors
    /// [`ToolError::Arguments`] without their values; [`ToolError::Placeholder`].
    pub(in crate::tools) fn filled(
        &self,
        arguments: Map<String, Value>,
        vault: &Vault,
    ) -> Result<Map<String, Value>, ToolError> {
        self.filled_by(arguments, |value| fill(value, vault))
    }

    /// The same for a change of this customer's: another's values are refused.
    ///
    /// # Errors
    /// As [`Self::filled`].
    pub(in crate::tools) fn filled_for(
        &self,
        arguments: Map<String, Value>,
        customer: Option<&CustomerId>,
        vault: &Vault,
    ) -> Result<Map<String, Value>, ToolError> {
        self.filled_by(arguments, |value| Ok(vault.fill_json(value, customer)?))
    }

    fn filled_by(
        &self,
        mut arguments: Map<String, Value>,
        fill: impl Fn(&mut Value) -> Result<(), ToolError>,
    ) -> Result<Map<String, Value>, ToolError> {
        self.named(&arguments).map_err(ToolError::Arguments)?;
        for value in arguments.values_mut() {
            fill(value)?;
        }
        let whole = Value::Object(arguments);
        if let Some(fault) = self.checks.iter_errors(&whole).next() {
            return Err(ToolError::Arguments(format!("at `{}`: {}", fault.instance_path(), fault.masked())));
        }
        let Value::Object(arguments) = whole else { return Err(ToolError::Arguments("no object".into())) };
        Ok(arguments)
    }
}

fn fill(value: &mut Value, vault: &Vault) -> Result<(), ToolError> {
    match value {
        Value::String(words) => *words = vault.fill(words)?,
        Value::Array(items) => items.iter_mut().try_for_each(|item| fill(item, vault))?,
        Value::Object(map) => map.values_mut().try_for_each(|item| fill(item, vault))?,
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
    Ok(())
}

/// The schema with its texts cleaned and cut, within bounds; references that leave it are no references.
fn cleaned(written: &Value, depth: usize, nodes: &mut usize) -> Result<Value, SchemaError> {
    *nodes += 1;
    if *nodes > NODES || depth > DEPTH {
        return Err(SchemaError::TooLarge);
    }
    Ok(match written {
        Value::String(words) => Value::String(text::line(&words.chars().take(WORDS).collect::<String>()).to_string()),
        Value::Array(items) => {
            Value::Array(items.iter().map(|item| cleaned(item, depth + 1, nodes)).collect::<Result<_, _>>()?)
        }
        Value::Object(map) => {
            let mut kept = Map::new();
            for (name, value) in map {
                let is_reference = ["$ref", "$dynamicRef"].contains(&name.as_str());
                if is_reference && value.as_str().is_none_or(|to| !to.starts_with('#')) {
                    return Err(SchemaError::Refers);
                }
                // Names for a schema that nothing of ours refers to by; a stranger's base would make local references remote.
                if ["$id", "$schema", "$anchor", "$dynamicAnchor"].contains(&name.as_str()) {
                    continue;
                }
                kept.insert(name.clone(), cleaned(value, depth + 1, nodes)?);
            }
            Value::Object(kept)
        }
        other @ (Value::Null | Value::Bool(_) | Value::Number(_)) => other.clone(),
    })
}
