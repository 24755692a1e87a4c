//! What a server's definitions and answers become.

use super::*;
use crate::{
    connect::mcp::Era,
    privacy::Vault,
    tools::{Answer, tokens},
};

fn who(reviewed: Option<Reviewed>) -> Who {
    let identity = Identity {
        name: "Parcelry".into(),
        version: "1".into(),
        protocol: "2026-07-28".into(),
        era: Era::Modern,
        instructions: Text::default(),
        address: "https://parcels.example/…".into(),
    };
    Who { alias: "parcels".into(), reviewed, identity }
}

fn definition(name: &str, hints: mcp::Hints) -> Definition {
    Definition {
        name: name.into(),
        title: None,
        description: "Does it".into(),
        input: json!({"type": "object", "properties": {"customer_id": {"type": "string"}}}),
        output: None,
        hints,
        fingerprint: "1".into(),
    }
}

#[test]
fn a_table_of_ours_decides_and_a_hint_never_lowers() {
    let reads = mcp::Hints { read_only: Some(true), destructive: Some(false), ..mcp::Hints::default() };
    let effect = |reviewed, name: &str, hints| who(reviewed).offer(&definition(name, hints), None).effect;
    assert_eq!(effect(None, "list_all_kustomer_customers", reads), Effect::Write, "nobody vouches for it");
    let truto = Some(Reviewed::Truto);
    assert_eq!(effect(truto, "list_all_kustomer_customers", reads), Effect::Read);
    assert_eq!(effect(truto, "create_a_kustomer_message", reads), Effect::Write);
    assert_eq!(effect(truto, "something_else", reads), Effect::Write, "it is in no table");
    let destroys = mcp::Hints { destructive: Some(true), ..mcp::Hints::default() };
    assert_eq!(effect(truto, "list_all_kustomer_customers", destroys), Effect::Delete);
    assert!(!who(truto).origin(&definition("something_else", reads)).is_reviewed);
}

#[test]
fn another_server_version_or_protocol_is_another_tool() {
    let tool = definition("x", mcp::Hints::default());
    let known = who(None).origin(&tool).definition;
    let moved = |change: fn(&mut Identity)| {
        let mut who = who(None);
        change(&mut who.identity);
        who.origin(&tool).definition
    };
    assert_ne!(moved(|is| is.name = "Other".into()), known);
    assert_ne!(moved(|is| is.version = "2".into()), known);
    assert_ne!(moved(|is| is.protocol = "2025-11-25".into()), known);
    assert_ne!(moved(|is| is.address = "https://other.example".into()), known);
    assert_eq!(moved(|is| is.instructions = "be kind".into()), known);
}

#[test]
fn a_schema_that_is_not_taken_bars_its_tool_with_the_reason() {
    let mut tool = definition("x", mcp::Hints::default());
    tool.input = json!({"type": "object", "properties": {"a\u{202e}": {}}});
    let offer = who(None).offer(&tool, None);
    assert!(offer.barred.is_some_and(|why| why.contains("hidden signs")));
    assert_eq!(offer.schema.names(), Vec::<&str>::new());
}

fn answered(told: &mcp::Told) -> Value {
    let Told(shown) = shown(&kept(told));
    Answer::new(shown, &Vault::new()).into_value()
}

fn told(content: Vec<Content>, structured: Option<Value>) -> mcp::Told {
    mcp::Told { is_error: false, content, structured, warnings: vec![] }
}

#[test]
fn an_answer_is_told_once_as_data_and_what_is_no_words_is_named() {
    let data = json!({"phone": "+4915550001122", "n": 1});
    let text = Content::Text(data.to_string().into());
    let answer = answered(&told(vec![text], Some(data)));
    assert_eq!(answer, json!({"answer": {"phone": "⟦phone:1⟧", "n": 1}}), "once, and veiled");
    let parts = vec![
        Content::Text("\u{1b}[2Jwords".into()),
        Content::Picture { mime: "image/png".into(), bytes: vec![0; 999] },
        Content::Link { uri: "http://x.example".into(), name: "x".into() },
    ];
    let answer = answered(&told(parts, None));
    assert_eq!(answer["answer"][1], json!({"picture": "image/png", "bytes": 999}));
    assert!(!answer.to_string().contains('\u{1b}') && !answer.to_string().contains("AAAA"), "{answer}");
    let failed = answered(&mcp::Told { is_error: true, ..told(vec![Content::Text("no".into())], None) });
    assert!(failed["failed"].is_string(), "{failed}");
}

#[test]
fn an_answer_stays_within_what_a_model_can_be_told() {
    let wide: Vec<Value> = (0..50).map(|n| json!({"a": vec![n; 50], "b": vec!["x".repeat(240); 50]})).collect();
    let long = vec![Content::Text("word ".repeat(100_000).into()); 60];
    for answer in [answered(&told(vec![], Some(json!(wide)))), answered(&told(long, None))] {
        let spent = tokens(&answer.to_string());
        assert!(spent < 14_000, "{spent} tokens");
    }
}
