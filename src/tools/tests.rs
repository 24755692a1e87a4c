//! One table test over all tools: what must hold for each, whatever it does.

use std::collections::HashSet;

use serde_json::{Map, Value, json};

use super::{params::Arguments, *};
use crate::transport::{Endpoint, Transport};

fn example(tool: &Tool) -> Map<String, Value> {
    tool.spec.sample().as_object().cloned().expect("an example is a JSON object")
}

/// What a tool may use, with a desk nobody answers at: for tools that ask it nothing.
pub(super) fn cx() -> (Cx, tempfile::TempDir) {
    let clock = Clock::real();
    let folder = tempfile::tempdir().expect("a folder");
    let store = Store::open(folder.path()).expect("a store");
    let endpoint = Endpoint { base: "http://127.0.0.1:9".into(), key: secrecy::SecretString::from("k") };
    let transport = Transport::new(endpoint, clock.clone()).expect("a transport");
    let cx = Cx {
        reader: Reader::new(transport, clock.clone()),
        vault: Vault::new(),
        clock,
        store,
        org: "org".into(),
        conversation: None,
        turn: "t1".into(),
        kit: Kit::new(),
    };
    (cx, folder)
}

#[test]
fn every_tool_is_well_made() {
    let mut names = HashSet::new();
    for tool in all() {
        let Spec { name, about, params, .. } = *tool.spec;
        assert!(klass::of_name(name).is_none(), "{name} looks like one made for a klass");
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
fn no_tool_takes_more_than_a_few_hundred_tokens() {
    for tool in all() {
        let spent = tokens(&tool.wire().to_string());
        assert!(spent <= 500, "{}: {spent} tokens", tool.spec.name);
    }
}

#[test]
fn what_a_tool_does_is_said_by_its_class() {
    let reads = |tool: &&&Tool| tool.spec.effect == Effect::Read;
    assert!(all().iter().filter(reads).count() > 40 && all().len() > 120, "{}", all().len());
    // Whoever proposes says why: the person reads it on the card.
    for tool in all().iter().filter(|tool| tool.spec.effect != Effect::Read) {
        assert!(tool.spec.params.iter().any(|param| param.name == "reason"), "{}", tool.spec.name);
    }
}
