//! Owns what tools take: parameters as data, the JSON schema the model reads, and the check of what it wrote. Does not know
//! any tool.

use serde_json::{Map, Value, json};

use super::ToolError;

/// What one argument may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Words, up to so many characters.
    Words(usize),
    /// A list of words, up to so many.
    List(usize),
    /// A whole number from 1 to a limit.
    Count(u64),
    /// Yes or no.
    Flag,
    /// A moment: RFC 3339.
    Moment,
    /// A list of records, up to so many.
    Rows(usize),
    /// One of these words.
    OneOf(&'static [&'static str]),
    /// Attribute names and their values.
    Fields,
}

/// Whether an argument has to be there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// It has to.
    Must,
    /// It may.
    May,
}

/// One parameter.
#[derive(Clone, Copy, Debug)]
pub struct Param {
    /// Its name.
    pub name: &'static str,
    /// What it may be.
    pub kind: Kind,
    /// Whether it has to be there.
    pub need: Need,
    /// What the model reads about it.
    pub about: &'static str,
}

impl Param {
    /// A parameter that has to be there.
    pub const fn must(name: &'static str, kind: Kind, about: &'static str) -> Self {
        Self { name, kind, need: Need::Must, about }
    }

    /// A parameter that may be left out.
    pub const fn may(name: &'static str, kind: Kind, about: &'static str) -> Self {
        Self { name, kind, need: Need::May, about }
    }

    /// A value it takes.
    pub(super) fn sample(&self) -> Value {
        match self.kind {
            Kind::Words(_) if self.name.ends_with("_id") => json!("66a1f0c2b7d4e9001c3a5f10"),
            Kind::Words(_) => json!("x"),
            Kind::List(_) => json!(["x"]),
            Kind::Count(_) => json!(1),
            Kind::Flag => json!(true),
            Kind::Moment => json!("2025-03-04T15:00:00Z"),
            Kind::Rows(_) => json!([{"id": "66a1f0c2b7d4e9001c3a5f10"}]),
            Kind::OneOf(words) => json!(words.first()),
            Kind::Fields => json!({}),
        }
    }

    /// Its JSON schema.
    pub(super) fn schema(&self) -> Value {
        let mut schema = match self.kind {
            Kind::Words(longest) => json!({"type": "string", "maxLength": longest}),
            Kind::List(most) => json!({"type": "array", "items": {"type": "string"}, "minItems": 1, "maxItems": most}),
            Kind::Count(most) => json!({"type": "integer", "minimum": 1, "maximum": most}),
            Kind::Flag => json!({"type": "boolean"}),
            Kind::Moment => json!({"type": "string", "format": "date-time"}),
            Kind::Rows(most) => json!({"type": "array", "items": {"type": "object"}, "minItems": 1, "maxItems": most}),
            Kind::OneOf(words) => json!({"type": "string", "enum": words}),
            Kind::Fields => json!({"type": "object"}),
        };
        schema["description"] = json!(self.about);
        schema
    }

    /// What is wrong with a value, in words for the model; the value itself is not repeated.
    fn fault(&self, value: &Value) -> Option<String> {
        let name = self.name;
        match (self.kind, value) {
            (Kind::Words(longest), Value::String(words)) => {
                (words.chars().count() > longest).then(|| format!("`{name}` is longer than {longest} characters"))
            }
            (Kind::Words(_), _) => Some(format!("`{name}` has to be a string")),
            (Kind::List(most), Value::Array(items)) => match items.len() {
                0 => Some(format!("`{name}` is empty")),
                n if n > most => Some(format!("`{name}` has {n} entries, at most {most} are taken at once")),
                _ if items.iter().all(Value::is_string) => None,
                _ => Some(format!("`{name}` has to be a list of strings")),
            },
            (Kind::List(_), _) => Some(format!("`{name}` has to be a list of strings")),
            (Kind::Count(most), value) => (!value.as_u64().is_some_and(|n| (1..=most).contains(&n)))
                .then(|| format!("`{name}` has to be a whole number from 1 to {most}")),
            (Kind::Flag, value) => (!value.is_boolean()).then(|| format!("`{name}` has to be true or false")),
            (Kind::Moment, value) => {
                let sound = value.as_str().is_some_and(|at| at.trim().parse::<jiff::Timestamp>().is_ok());
                (!sound).then(|| format!("`{name}` has to be a moment such as 2025-03-04T15:00:00Z"))
            }
            (Kind::Rows(most), Value::Array(items)) => match items.len() {
                0 => Some(format!("`{name}` is empty")),
                n if n > most => Some(format!("`{name}` has {n} records, at most {most} are taken at once")),
                _ if items.iter().all(Value::is_object) => None,
                _ => Some(format!("`{name}` has to be a list of objects")),
            },
            (Kind::Rows(_), _) => Some(format!("`{name}` has to be a list of objects")),
            (Kind::OneOf(words), value) => (!value.as_str().is_some_and(|word| words.contains(&word)))
                .then(|| format!("`{name}` has to be one of {}", words.join(", "))),
            (Kind::Fields, Value::Object(_)) => None,
            (Kind::Fields, _) => Some(format!("`{name}` has to be an object of attribute names and values")),
        }
    }
}

/// The closed JSON schema of some parameters.
pub(super) fn schema(params: &[Param]) -> Value {
    let properties: Map<String, Value> = params.iter().map(|param| (param.name.to_owned(), param.schema())).collect();
    let required: Vec<&str> = params.iter().filter(|param| param.need == Need::Must).map(|param| param.name).collect();
    json!({"type": "object", "properties": properties, "required": required, "additionalProperties": false})
}

/// Arguments that fit their parameters. Optional ones that were given as `null` count as left out.
#[derive(Clone)]
pub(super) struct Arguments(Map<String, Value>);

impl Arguments {
    /// Checks what a model wrote.
    pub(super) fn checked(mut written: Map<String, Value>, params: &[Param]) -> Result<Self, ToolError> {
        written.retain(|_, value| !value.is_null());
        let mut faults: Vec<String> = Vec::new();
        for name in written.keys().filter(|name| !params.iter().any(|param| param.name == name.as_str())) {
            let known: Vec<&str> = params.iter().map(|param| param.name).collect();
            let name: String = name.chars().filter(|c| c.is_alphanumeric() || *c == '_').take(40).collect();
            let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
            faults.push(format!("there is no argument `{name}`; known: {known}"));
        }
        for param in params {
            match (written.get(param.name), param.need) {
                (Some(value), _) => faults.extend(param.fault(value)),
                (None, Need::Must) => faults.push(format!("`{}` is missing", param.name)),
                (None, Need::May) => {}
            }
        }
        if faults.is_empty() { Ok(Self(written)) } else { Err(ToolError::Arguments(faults.join("; "))) }
    }

    /// Words; an empty string counts as left out.
    pub(super) fn words(&self, name: &str) -> Option<&str> {
        self.0.get(name).and_then(Value::as_str).filter(|words| !words.trim().is_empty())
    }

    /// Words that have to be there and not be blank.
    pub(super) fn must(&self, name: &'static str) -> Result<&str, ToolError> {
        self.words(name).ok_or_else(|| ToolError::Arguments(format!("`{name}` is empty")))
    }

    /// A list of words; empty when left out.
    pub(super) fn list(&self, name: &str) -> Vec<String> {
        let items = self.0.get(name).and_then(Value::as_array);
        items.into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
    }

    /// A number, or what counts when it is left out.
    pub(super) fn count(&self, name: &str, otherwise: usize) -> usize {
        self.0.get(name).and_then(Value::as_u64).and_then(|n| usize::try_from(n).ok()).unwrap_or(otherwise)
    }

    /// A moment.
    pub(super) fn moment(&self, name: &str) -> Option<jiff::Timestamp> {
        self.words(name).and_then(|at| at.trim().parse().ok())
    }

    /// A value as it was written.
    pub(super) fn value(&self, name: &str) -> Option<&Value> {
        self.0.get(name)
    }

    /// Attribute names and values; empty when left out.
    pub(super) fn fields(&self, name: &str) -> Map<String, Value> {
        self.0.get(name).and_then(Value::as_object).cloned().unwrap_or_default()
    }
}

/// What is wrong with the names of arguments, in words for a model or a person.
pub(super) fn named(arguments: &Map<String, Value>, params: &[Param]) -> Result<(), String> {
    let known: Vec<&str> = params.iter().map(|param| param.name).collect();
    if let Some(stranger) = arguments.keys().find(|name| !known.contains(&name.as_str())) {
        let stranger: String = stranger.chars().filter(|c| c.is_alphanumeric() || *c == '_').take(40).collect();
        return Err(format!("there is no `{stranger}`; known: {}", known.join(", ")));
    }
    match params.iter().find(|param| param.need == Need::Must && !arguments.contains_key(param.name)) {
        Some(missing) => Err(format!("`{}` is missing", missing.name)),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PARAMS: [Param; 3] = [
        Param::must("customer_id", Kind::Words(8), "who"),
        Param::may("limit", Kind::Count(50), "how many"),
        Param::may("status", Kind::OneOf(&["open", "done"]), "which"),
    ];

    fn check(value: &Value) -> Result<Arguments, ToolError> {
        Arguments::checked(value.as_object().cloned().unwrap_or_default(), &PARAMS)
    }

    #[test]
    fn what_is_wrong_is_said_all_at_once() {
        let wrong = json!({"customer": "x", "limit": 0, "status": "gone"});
        let expected = "there is no argument `customer`; known: customer_id, limit, status; `customer_id` is missing; \
                        `limit` has to be a whole number from 1 to 50; `status` has to be one of open, done";
        assert!(matches!(check(&wrong), Err(ToolError::Arguments(words)) if words == expected));
    }

    #[test]
    fn what_fits_is_taken_and_null_counts_as_left_out() {
        let Ok(arguments) = check(&json!({"customer_id": "66a1", "limit": null})) else { unreachable!("it fits") };
        assert_eq!((arguments.words("customer_id"), arguments.count("limit", 10)), (Some("66a1"), 10));
    }

    #[test]
    fn the_schema_is_closed() {
        let schema = schema(&PARAMS);
        assert_eq!(schema["additionalProperties"], json!(false));
        assert_eq!(schema["required"], json!(["customer_id"]));
        assert_eq!(
            schema["properties"]["status"],
            json!({"type": "string", "enum": ["open", "done"], "description": "which"})
        );
    }
}
