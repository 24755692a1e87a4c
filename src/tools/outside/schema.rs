//! Owns what a tool of another source takes: its JSON schema, held to bounds, as a model is told it and as arguments are checked
//! against it. Nothing is fetched. Arguments that the source did not name are refused.
//!
//! Names of arguments mean nothing here: one called `method` or `resource` is an argument and no more. A source whose calls
//! have words of its own beside the arguments keeps those out itself, before a schema is read.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::super::{Argument, ToolError};
use crate::{
    connect::mcp::schema as bounds,
    domain::CustomerId,
    privacy::{Vault, text},
};

/// Bytes of it that a model is told: with name and description it stays within what loaded tools may take.
const BYTES: usize = 10_000;
/// Characters of each text in it.
const WORDS: usize = 300;

/// What a tool takes.
#[derive(Clone, Debug)]
pub struct Schema {
    shown: Value,
    checks: Arc<bounds::Check>,
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
    /// It is out of the bounds of any schema, refers to something outside itself, or turns in a circle.
    #[error("what it takes cannot be used: {0}")]
    Bounds(&'static str),
    /// A name or a value in it holds signs that cannot be seen or act on a terminal.
    #[error("what it takes has names or values with hidden signs in them")]
    Hidden,
}

impl Schema {
    /// Reads a schema.
    ///
    /// # Errors
    /// [`SchemaError`].
    pub fn read(written: &Value) -> Result<Self, SchemaError> {
        if !written.is_object() {
            return Err(SchemaError::NoObject);
        }
        bounds::bounded(written).map_err(SchemaError::Bounds)?;
        let mut shown = schema(written)?;
        let is_object = shown.get("type").is_none_or(|kind| kind == "object");
        let map = shown.as_object_mut().filter(|_| is_object).ok_or(SchemaError::NoObject)?;
        map.insert("type".into(), "object".into());
        if shown.to_string().len() > BYTES {
            return Err(SchemaError::TooLarge);
        }
        let checks = bounds::Check::of(&shown).map_err(SchemaError::Bounds)?;
        Ok(Self { shown, checks: Arc::new(checks) })
    }

    /// Of a tool that cannot be called: it takes nothing.
    pub(super) fn of_nothing() -> Self {
        let nothing = json!({"type": "object", "additionalProperties": false});
        Self::read(&nothing).expect("an object without properties is a schema")
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

    /// Whether null is a value of this argument, not its absence.
    fn takes_null(&self, name: &str) -> bool {
        match self.shown.get("properties").and_then(|all| all.get(name)?.get("type")) {
            Some(Value::Array(kinds)) => kinds.iter().any(|kind| kind == "null"),
            Some(kind) => kind == "null",
            None => true,
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
        // Models write null for what they leave out, as they may with our own tools.
        arguments.retain(|name, value| !value.is_null() || self.takes_null(name));
        self.named(&arguments).map_err(ToolError::Arguments)?;
        for value in arguments.values_mut() {
            fill(value)?;
        }
        let whole = Value::Object(arguments);
        let faults = self.checks.faults(&whole).map_err(|why| ToolError::Arguments(why.to_owned()))?;
        if let Some(fault) = faults.into_iter().next() {
            return Err(ToolError::Arguments(fault));
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

/// Keywords that name or describe a schema and that nothing of ours goes by. A stranger's base would make local references
/// remote.
const LEFT_OUT: [&str; 9] =
    ["$id", "$schema", "$anchor", "$dynamicAnchor", "$recursiveAnchor", "$vocabulary", "$comment", "examples", "icons"];

/// A schema with its descriptions cleaned and cut, and without what a model need not be told. Names and values that arguments
/// are held against stay as they are: changed, they would be others.
fn schema(written: &Value) -> Result<Value, SchemaError> {
    let Value::Object(fields) = written else { return literal(written) };
    let mut kept = Map::new();
    for (name, inner) in fields {
        let told = match (name.as_str(), inner) {
            (word, _) if LEFT_OUT.contains(&word) || word.starts_with("x-") => continue,
            ("title" | "description", Value::String(words)) => Value::String(described(words)),
            (word, Value::Object(members)) if bounds::NAMED.contains(&word) => named(members)?,
            (word, inner) if bounds::LITERAL.contains(&word) => literal(inner)?,
            (_, inner @ Value::Object(_)) => schema(inner)?,
            (_, Value::Array(items)) => Value::Array(items.iter().map(schema).collect::<Result<_, _>>()?),
            (_, inner) => literal(inner)?,
        };
        kept.insert(visible(name)?.to_owned(), told);
    }
    Ok(Value::Object(kept))
}

/// Schemas under names of the source's choice.
fn named(members: &Map<String, Value>) -> Result<Value, SchemaError> {
    let member = |(name, inner): (&String, &Value)| Ok((visible(name)?.to_owned(), schema(inner)?));
    members.iter().map(member).collect::<Result<Map<_, _>, _>>().map(Value::Object)
}

fn described(words: &str) -> String {
    let cut: String = words.chars().take(WORDS).collect();
    text::line(&cut).into_string()
}

/// A value as it is, if all of it can be seen.
fn literal(value: &Value) -> Result<Value, SchemaError> {
    match value {
        Value::String(words) => visible(words).map(Value::from),
        Value::Array(items) => items.iter().map(literal).collect(),
        Value::Object(fields) => {
            let field = |(name, inner): (&String, &Value)| Ok((visible(name)?.to_owned(), literal(inner)?));
            fields.iter().map(field).collect::<Result<Map<_, _>, _>>().map(Value::Object)
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => Ok(value.clone()),
    }
}

fn visible(words: &str) -> Result<&str, SchemaError> {
    if words.chars().nth(WORDS).is_some() {
        return Err(SchemaError::TooLarge);
    }
    if *text::line(words) == *words { Ok(words) } else { Err(SchemaError::Hidden) }
}

#[cfg(test)]
mod tests;
