//! What must hold for every line of the table, and for the body each makes.

use std::collections::BTreeMap;

use super::{
    table::{COVERED, LEFT_OUT},
    *,
};
use crate::{kustomer::changes::WRITES, tools};

#[test]
fn every_operation_has_a_tool_or_a_reason_why_not() {
    let mut found: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for wish in WISHES {
        found.entry(wish.label).or_default().push(wish.spec.name);
    }
    for (label, tool) in COVERED {
        assert!(tools::by_name(tool).is_some(), "{tool}");
        found.entry(label).or_default().push(tool);
    }
    for (label, why) in LEFT_OUT {
        assert!(why.len() > 20 && !found.contains_key(label), "{label}");
        found.entry(label).or_default();
    }
    let known: Vec<&str> = WRITES.iter().map(|known| known.label).collect();
    let missing: Vec<&&str> = known.iter().filter(|label| !found.contains_key(**label)).collect();
    assert!(missing.is_empty(), "no tool and no reason: {missing:?}");
    assert!(found.keys().all(|label| known.contains(label)), "a line for an operation that does not exist");
}

#[test]
fn a_line_agrees_with_its_operation() {
    for wish in WISHES {
        let (name, known) = (wish.spec.name, Known::labelled(wish.label).expect("the operation is known"));
        assert_eq!(wish.spec.effect, known.effect, "{name}");
        let in_path = known.parameters().count();
        let in_path = wish.spec.params.iter().take(in_path);
        assert!(in_path.clone().all(|param| param.need == tools::Need::Must), "{name}");
        assert_eq!(in_path.count(), known.parameters().count(), "{name}");
        assert_eq!(wish.spec.params.last().map(|param| param.name), Some("reason"), "{name}");
        let takes = |parameter: &str| wish.spec.params.iter().any(|param| param.name == parameter);
        assert_eq!(matches!(known.body, Body::Rows), takes("rows"), "{name}");
        assert_eq!(wish.how == How::Many, takes("ids") && known.body == Body::None, "{name}");
        for (parameter, _) in wish.puts {
            assert!(takes(parameter), "{name}: {parameter}");
        }
    }
}

#[test]
fn names_and_lists_become_what_the_api_takes() {
    assert_eq!(["display_name", "name", "email_signature"].map(camel), ["displayName", "name", "emailSignature"]);
    assert_eq!(each(json!("a@b.c"), "email"), json!([{"email": "a@b.c"}]));
    assert_eq!(each(json!(["a.b", "c.d"]), "domain"), json!([{"domain": "a.b"}, {"domain": "c.d"}]));
}
