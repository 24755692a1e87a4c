//! Owns what a server says of its tools, read under bounds. All of it is a claim by a stranger: hints are kept as they came,
//! and what they are worth is decided elsewhere.

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::schema;
use crate::domain::Text;

/// The longest name (integrations reference, 3.7).
const NAME: usize = 128;
/// The longest title and description, in characters.
const TITLE: usize = 200;
const DESCRIPTION: usize = 8_000;

/// One tool, as its server describes it.
#[derive(Clone, Debug, PartialEq)]
pub struct Definition {
    /// Its name at the server: 1 to 128 of letters, digits, `_`, `-` and `.`.
    pub name: String,
    /// What it is called for people.
    pub title: Option<Text>,
    /// What it does.
    pub description: Text,
    /// The schema of its arguments, within the bounds of [`schema::bounded`].
    pub input: Value,
    /// The schema of what it answers.
    pub output: Option<Value>,
    /// What its server says of its effect.
    pub hints: Hints,
    /// Over all of the above: another one is another tool.
    pub fingerprint: String,
}

/// What a server says of a tool's effect. `None` where it says nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Hints {
    /// It changes nothing.
    pub read_only: Option<bool>,
    /// It may destroy or overwrite.
    pub destructive: Option<bool>,
    /// Twice is as once.
    pub idempotent: Option<bool>,
    /// It reaches others.
    pub open_world: Option<bool>,
}

/// A tool that is not offered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeftOut {
    /// What its server calls it.
    pub name: Text,
    /// Why.
    pub why: &'static str,
}

impl Definition {
    /// Reads one.
    pub(super) fn read(said: &Value) -> Result<Self, LeftOut> {
        let name = said.get("name").and_then(Value::as_str).unwrap_or_default();
        let left_out = |why| LeftOut { name: cut(name, NAME), why };
        let fits = |b: u8| b.is_ascii_alphanumeric() || b"_-.".contains(&b);
        if name.is_empty() || name.len() > NAME || !name.bytes().all(fits) {
            return Err(left_out("its name is not 1 to 128 letters, digits, _, - and ."));
        }
        let hints = said.get("annotations").unwrap_or(&Value::Null);
        let hint = |name: &str| hints.get(name).and_then(Value::as_bool);
        let title = said.get("title").or_else(|| hints.get("title")).and_then(Value::as_str);
        let input = said.get("inputSchema").cloned().unwrap_or(Value::Null);
        schema::bounded(&input).map_err(left_out)?;
        headers(&input).map_err(left_out)?;
        let output = said.get("outputSchema").filter(|schema| !schema.is_null()).cloned();
        output.as_ref().map_or(Ok(()), schema::bounded).map_err(left_out)?;
        Ok(Self {
            name: name.to_owned(),
            title: title.map(|title| cut(title, TITLE)),
            description: cut(said.get("description").and_then(Value::as_str).unwrap_or_default(), DESCRIPTION),
            fingerprint: fingerprint(said),
            input,
            output,
            hints: Hints {
                read_only: hint("readOnlyHint"),
                destructive: hint("destructiveHint"),
                idempotent: hint("idempotentHint"),
                open_world: hint("openWorldHint"),
            },
        })
    }
}

/// Some words, cut.
pub(super) fn cut(words: &str, most: usize) -> Text {
    Text::new(words.chars().take(most).collect::<String>())
}

/// Over everything a server says of a tool that a person or a model goes by, uncut.
fn fingerprint(said: &Value) -> String {
    let all = ["name", "title", "description", "inputSchema", "outputSchema", "annotations"];
    let said = json!(all.map(|field| said.get(field)));
    Sha256::digest(said.to_string()).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Whether what a schema says of headers can be done (integrations reference, 3.4): a name of a header's form, once, on a
/// string, integer or boolean that is reached through `properties`.
pub(super) fn headers(schema: &Value) -> Result<(), &'static str> {
    let mut seen = Vec::new();
    header_at(schema, true, &mut seen)
}

const HEADER: &str = "x-mcp-header";

fn header_at(value: &Value, is_reached: bool, seen: &mut Vec<String>) -> Result<(), &'static str> {
    let Value::Object(fields) = value else {
        return match value {
            Value::Array(values) => values.iter().try_for_each(|value| header_at(value, false, seen)),
            _ => Ok(()),
        };
    };
    for (name, inner) in fields {
        match (name.as_str(), inner) {
            ("default" | "const" | "enum" | "examples" | HEADER, _) => {}
            ("properties", Value::Object(properties)) => {
                for property in properties.values() {
                    annotated(property, is_reached, seen)?;
                    header_at(property, is_reached, seen)?;
                }
            }
            (_, inner) => {
                if inner.get(HEADER).is_some() {
                    return Err("a header is asked for where none can be taken from");
                }
                header_at(inner, false, seen)?;
            }
        }
    }
    Ok(())
}

fn annotated(property: &Value, is_reached: bool, seen: &mut Vec<String>) -> Result<(), &'static str> {
    let Some(header) = property.get(HEADER) else { return Ok(()) };
    let name = header.as_str().unwrap_or_default().to_ascii_lowercase();
    let is_token = |b: u8| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b);
    if name.is_empty() || !name.bytes().all(is_token) {
        return Err("it asks for a header whose name is none");
    }
    let kind = property.get("type").and_then(Value::as_str).unwrap_or_default();
    if !is_reached || !["string", "integer", "boolean"].contains(&kind) {
        return Err("a header is asked for where none can be taken from");
    }
    if seen.contains(&name) {
        return Err("it asks for one header twice");
    }
    seen.push(name);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tool_is_read_as_it_is_described() {
        let said = json!({ "name": "case.get", "description": "Gets", "annotations": { "title": "Get a case", "readOnlyHint": true },
            "inputSchema": { "type": "object" } });
        let tool = Definition::read(&said).expect("a tool");
        assert_eq!(tool.title.as_ref().map(Text::raw), Some("Get a case"));
        assert_eq!(tool.hints, Hints { read_only: Some(true), ..Hints::default() });
        let mut other = said.clone();
        other["annotations"]["readOnlyHint"] = json!(false);
        assert_ne!(Definition::read(&other).expect("a tool").fingerprint, tool.fingerprint);
        let mut icon = said;
        icon["icons"] = json!([]);
        assert_eq!(Definition::read(&icon).expect("a tool").fingerprint, tool.fingerprint);
    }

    #[test]
    fn a_hostile_tool_is_left_out_with_a_reason() {
        let tool = |name: &str, schema: Value| Definition::read(&json!({ "name": name, "inputSchema": schema }));
        let fine = json!({ "type": "object" });
        for name in ["", "a b", "../x", "a\u{202e}b", "ünï", &"x".repeat(129)] {
            assert!(tool(name, fine.clone()).is_err(), "{name}");
        }
        assert_eq!(tool("x", Value::Null).map_err(|left| left.why), Err("its schema is none"));
        let property = |property: Value| json!({ "type": "object", "properties": { "a": property } });
        let header = |name: Value, kind: &str| property(json!({ "type": kind, "x-mcp-header": name }));
        assert!(tool("x", header(json!("Region"), "string")).is_ok());
        for (what, schema) in [
            ("empty", header(json!(""), "string")),
            ("no token", header(json!("a: b\r\n"), "string")),
            ("no text", header(json!(1), "string")),
            ("of a number", header(json!("Region"), "number")),
            ("inside a list", property(json!({ "type": "array", "items": { "type": "string", "x-mcp-header": "A" } }))),
            (
                "twice",
                json!({ "properties": { "a": { "type": "string", "x-mcp-header": "A" },
                    "b": { "type": "string", "x-mcp-header": "a" } } }),
            ),
        ] {
            assert!(tool("x", schema).is_err(), "{what}");
        }
    }
}
