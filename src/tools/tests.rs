//! One table test over all tools: what must hold for each, whatever it does.

use std::collections::HashSet;

use serde_json::{Map, Value, json};

use super::{params::Arguments, *};

fn example(tool: &Tool) -> Map<String, Value> {
    serde_json::from_str(tool.spec.example).expect("an example is a JSON object")
}

#[test]
fn every_tool_is_well_made() {
    let mut names = HashSet::new();
    for tool in all() {
        let Spec { name, about, params, .. } = *tool.spec;
        assert!(names.insert(name), "{name} twice");
        assert!((1..=64).contains(&name.len()) && name.bytes().all(|b| b.is_ascii_lowercase() || b == b'_'), "{name}");
        assert!((40..=500).contains(&about.len()) && !about.contains("  "), "{name}: {about}");
        assert!(params.iter().all(|param| !param.about.is_empty() && param.about.len() <= 160), "{name}");
        let schema = &tool.wire()["function"]["parameters"];
        assert_eq!(schema["additionalProperties"], json!(false), "{name}");
        assert!(Arguments::checked(example(tool), params).is_ok(), "{name}: the example");
        let mut unknown = example(tool);
        unknown.insert("colour".into(), json!("blue"));
        let refused = Arguments::checked(unknown, params).err().map(|error| error.to_string()).unwrap_or_default();
        assert!(refused.starts_with("there is no argument `colour`"), "{name}: {refused}");
        assert!(by_name(name).is_some_and(|found| std::ptr::eq(found.spec, tool.spec)));
    }
}

#[test]
fn a_missing_argument_is_named() {
    for tool in all() {
        for param in tool.spec.params.iter().filter(|param| param.need == Need::Must) {
            let mut arguments = example(tool);
            arguments.remove(param.name);
            let refused = Arguments::checked(arguments, tool.spec.params).err().map(|error| error.to_string());
            assert_eq!(refused, Some(format!("`{}` is missing", param.name)), "{}", tool.spec.name);
        }
    }
}

#[test]
fn all_tools_together_stay_affordable() {
    let all: String = all().iter().map(|tool| tool.wire().to_string()).collect();
    assert!(all.len() < 12_000, "{} characters of tools go with every request", all.len());
}
