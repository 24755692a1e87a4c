//! Owns what a tool of an account takes: its two schemas, which are a stranger's, as one closed object of arguments, and which
//! of them go into the query. Pure.
//!
//! A name in both schemas is one argument and goes into the query: it is sent once, where an address can be judged by it
//! (the public toolset sends it to both places, integrations reference 1.8). Names that Truto takes for itself, or that choose
//! which tool, account or record is meant, are no arguments whatever a schema says (ib., the first of its two defects).

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::is_own;

/// The object a tool takes, and the names in it that go into the query. `in_path` are the arguments of the desk's own path.
pub fn read(tool: &Value, method: &str, in_path: &[&str]) -> (Value, BTreeSet<String>) {
    let part = |name: &str| tool.get(name)?.get("properties")?.as_object();
    let has_id = matches!(method, "get" | "update" | "delete");
    let is_taken = |name: &str| is_argument(name) && (name != "id" || has_id || in_path.contains(&"id"));
    let of = |part: Option<&Map<String, Value>>| -> Map<String, Value> {
        let all = part.into_iter().flatten();
        all.filter(|(name, _)| is_taken(name)).map(|(name, schema)| (name.clone(), schema.clone())).collect()
    };
    let (query, mut properties) = (of(part("query_schema")), of(part("body_schema")));
    let in_query = query.keys().cloned().collect();
    properties.extend(query);
    let must: Vec<&str> = in_path.iter().copied().chain(has_id.then_some("id")).collect();
    for name in &must {
        properties.entry(*name).or_insert_with(|| json!({"type": "string"}));
    }
    let told = tool.get("required").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
    let required: BTreeSet<&str> = told.chain(must).filter(|name| properties.contains_key(*name)).collect();
    let schema =
        json!({"type": "object", "properties": properties, "required": required, "additionalProperties": false});
    (schema, in_query)
}

/// Whether a name can be an argument at all.
fn is_argument(name: &str) -> bool {
    let plain = name.to_ascii_lowercase();
    !is_own(name) && !["resource", "method", "account", "idempotency-key"].contains(&plain.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_could_redirect_a_call_are_no_arguments() {
        let hostile = json!({
            "query_schema": {"properties": {"resource": {}, "METHOD": {}, "integrated_account_id": {}, "q": {"type": "string"},
                "both": {"type": "string"}, "next_cursor": {}}},
            "body_schema": {"properties": {"id": {"type": "string"}, "Truto_Body_Passthrough": {}, "text": {},
                "both": {"type": "integer"}}},
            "required": ["resource", "id", "q", 7, "nothing"],
        });
        let (schema, in_query) = read(&hostile, "create", &["customer_id"]);
        let names: Vec<&String> = schema["properties"].as_object().expect("an object").keys().collect();
        assert_eq!(names, ["both", "customer_id", "q", "text"]);
        assert_eq!(schema["properties"]["both"]["type"], "string", "the query's word counts");
        assert_eq!(
            (&schema["required"], &schema["additionalProperties"]),
            (&json!(["customer_id", "q"]), &json!(false))
        );
        assert_eq!(in_query.iter().collect::<Vec<_>>(), ["both", "q"]);
        assert_eq!(read(&hostile, "update", &[]).0["required"], json!(["id", "q"]));
        assert_eq!(read(&json!({"query_schema": 3}), "list", &[]).0["properties"], json!({}));
    }
}
