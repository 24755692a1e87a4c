//! Owns the criteria by which SLA policies and queue rules choose conversations: `{attribute: {operator, value}}`, not the
//! form of the search (Kustomer API reference 11).
//!
//! Unverified in the reference and decided here: which operators there are ([`OPERATORS`]); an attribute or operator we
//! cannot judge does not match, nor do criteria without any condition.

use serde_json::Value;

use super::doc::Doc;

/// The operators of a criterion.
pub const OPERATORS: &[&str] =
    &["contains", "equals", "contains_any", "one_of", "not_contains", "not_equals", "gte", "lte"];

/// What a queue rule may ask about; policies are not restricted to these.
pub const ATTRIBUTES: &[&str] = &[
    "conversation_channel",
    "conversation_default_lang",
    "conversation_direction",
    "conversation_name",
    "conversation_priority",
    "conversation_status",
    "conversation_tags",
];

/// Whether a conversation meets all of `and` and, where there is an `or`, any of it.
pub fn hold(criteria: Option<&Value>, conversation: &Doc) -> bool {
    let list = |name: &str| criteria.and_then(|c| c.get(name)).and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let holds = |item: &Value| {
        let one = item.as_object().and_then(|item| item.iter().next());
        one.is_some_and(|(attribute, rule)| judge(conversation, attribute, rule))
    };
    let (and, or) = (list("and"), list("or"));
    !(and.is_empty() && or.is_empty()) && and.iter().all(holds) && (or.is_empty() || or.iter().any(holds))
}

fn judge(conversation: &Doc, attribute: &str, rule: &Value) -> bool {
    let name = attribute.strip_prefix("conversation_").unwrap_or(attribute);
    let name = match name {
        "channel" | "channels" => "channels",
        "default_lang" => "defaultLang",
        "custom" => return false,
        other => other,
    };
    let all = |value: Option<&Value>| match value {
        Some(Value::Array(items)) => items.clone(),
        Some(value) => vec![value.clone()],
        None => Vec::new(),
    };
    let (actual, wanted) = (all(conversation.attributes.get(name)), all(rule.get("value")));
    let meets = wanted.iter().any(|value| actual.contains(value));
    let number = |values: &[Value]| values.first().and_then(Value::as_f64);
    let compares = |than: fn(&f64, &f64) -> bool| {
        number(&actual).zip(number(&wanted)).is_some_and(|(actual, wanted)| than(&actual, &wanted))
    };
    match rule.get("operator").and_then(Value::as_str).unwrap_or_default() {
        "contains" | "equals" | "contains_any" | "one_of" => meets,
        "not_contains" | "not_equals" => !meets,
        "gte" => compares(f64::ge),
        "lte" => compares(f64::le),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::sandbox::doc::Kind;

    #[test]
    fn all_of_and_with_any_of_or() {
        let mut doc = Doc::new(Kind::Conversation, "c");
        doc.attributes.insert("channels".into(), json!(["email", "sms"]));
        doc.attributes.insert("priority".into(), 4.into());
        let is = |attribute: &str, operator: &str, value: Value| json!({ attribute: { "operator": operator, "value": value } });
        let (email, urgent) =
            (is("conversation_channel", "contains", json!("email")), is("conversation_priority", "gte", json!(4)));
        let (chat, odd) = (
            is("conversation_channel", "contains", json!("chat")),
            is("conversation_channel", "rhymes", json!("email")),
        );
        let holds = |criteria: Value| hold(Some(&criteria), &doc);
        assert!(holds(json!({ "and": [email, urgent] })));
        assert!(!holds(json!({ "and": [email, chat] })));
        assert!(holds(json!({ "or": [chat, email] })));
        assert!(!holds(json!({ "and": [urgent], "or": [chat] })));
        assert!(!holds(json!({ "and": [odd] })));
        assert!(!holds(json!({})) && !hold(None, &doc));
    }
}
