//! Owns what the policy looks at besides the request: through which tool a change was wanted, and what is known of the
//! customer it is about. And the part of it that may be written down, without personal values, so that a changed policy
//! can be tried on what was decided before. Does not judge (`policy`).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Change, Request};
use crate::domain::{Conversation, Customer, Directory, Field, FieldValue};

/// What is known around a change.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Facts {
    /// The tool it was wanted through; a person's own changes have none. One of another source is known by its origin instead
    /// ([`Change::tool`]).
    pub tool: Option<String>,
    /// What is known of the customer and conversation; `None` when nobody looked.
    pub segment: Option<Segment>,
}

/// What sorts a customer into a segment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Segment {
    /// Tags of the customer and the conversation, by name and by id.
    pub tags: Vec<String>,
    /// Custom attributes in words. Never written down: their values may be personal.
    pub attributes: BTreeMap<String, String>,
}

impl Segment {
    /// What a record says of its customer, with tags by the names people know.
    pub fn of(customer: &Customer, conversation: Option<&Conversation>, names: &Directory) -> Self {
        let ids = customer.tags.iter().chain(conversation.into_iter().flat_map(|row| &row.tags));
        let tags = ids.flat_map(|id| {
            let name = names.tags.get(id).map(|name| name.line().into_string());
            std::iter::once(id.to_string()).chain(name)
        });
        let words = |value: &FieldValue| match value {
            // What is masked sorts nobody.
            FieldValue::Guarded(_) => None,
            FieldValue::Open(Value::String(words)) => Some(words.clone()),
            FieldValue::Open(other) => Some(other.to_string()),
        };
        let attribute = |field: &Field| Some((field.name.clone(), words(&field.value)?));
        Self { tags: tags.collect(), attributes: customer.custom.iter().filter_map(attribute).collect() }
    }
}

/// What the trail keeps of it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Recorded {
    /// The tool; empty for a person's own change.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub tool: String,
    /// The channel; empty where words do not leave over one.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub channel: String,
    /// Tags, where somebody looked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tags: Option<Vec<String>>,
    /// Numbers in the request by their dotted name: how many digits stand before the point, not the number.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub amounts: BTreeMap<String, u32>,
    /// Numbers were left out of `amounts`: there were too many.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub amounts_cut: bool,
    /// What the policy asked for then.
    pub asked: String,
    /// The names of the rules that made it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub rules: Vec<String>,
}

/// Most numbers that are kept of one request.
const AMOUNTS: usize = 24;

impl Recorded {
    /// What may be kept of a change.
    pub fn of(change: &Change, asked: &str, rules: &[String]) -> Self {
        let facts = change.facts();
        let mut amounts = BTreeMap::new();
        for (name, value) in numbers(change.requests()) {
            let digits = amounts.entry(name).or_default();
            *digits = magnitude(value).max(*digits);
        }
        let amounts_cut = amounts.len() > AMOUNTS || change.manifest().is_some();
        Self {
            tool: change.tool().unwrap_or_default(),
            channel: change.subject().channel.as_ref().map(|channel| channel.as_str().to_owned()).unwrap_or_default(),
            tags: facts.segment.as_ref().map(|segment| segment.tags.clone()),
            amounts: amounts.into_iter().take(AMOUNTS).collect(),
            amounts_cut,
            asked: asked.to_owned(),
            rules: rules.to_vec(),
        }
    }
}

/// How many digits a number has before the point: all that is kept of an amount.
pub fn magnitude(value: f64) -> u32 {
    let mut digits = 0;
    let mut bound = 1.0;
    while digits < 18 && value.abs() >= bound {
        digits += 1;
        bound *= 10.0;
    }
    digits
}

/// What stands in the requests at a dotted name, in each record of a list too.
pub fn at<'a>(requests: &'a [Request], field: &str) -> Vec<&'a Value> {
    let pointer = format!("/{}", field.replace('.', "/"));
    let mut all = Vec::new();
    for body in requests.iter().filter_map(|request| request.body.as_ref()) {
        let records = body.as_array().map_or(std::slice::from_ref(body), Vec::as_slice);
        all.extend(records.iter().filter_map(|record| record.pointer(&pointer)));
    }
    all
}

/// A value as a number; words that are one count.
pub fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Number(number) => number.as_f64(),
        Value::String(words) => words.trim().parse().ok(),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

/// Every number in the bodies, by its dotted name.
fn numbers(requests: &[Request]) -> Vec<(String, f64)> {
    fn gather(name: &str, value: &Value, into: &mut Vec<(String, f64)>) {
        match value {
            Value::Object(fields) => {
                for (key, value) in fields {
                    let name = if name.is_empty() { key.clone() } else { format!("{name}.{key}") };
                    gather(&name, value, into);
                }
            }
            Value::Array(items) if name.is_empty() => items.iter().for_each(|item| gather(name, item, into)),
            Value::Number(_) => into.extend(number(value).map(|number| (name.to_owned(), number))),
            Value::Null | Value::Bool(_) | Value::String(_) | Value::Array(_) => {}
        }
    }
    let mut all = Vec::new();
    for body in requests.iter().filter_map(|request| request.body.as_ref()) {
        gather("", body, &mut all);
    }
    all
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::transport::Method;

    fn request(body: Value) -> [Request; 1] {
        [Request { method: Method::Post, path: "/v1/x".into(), body: Some(body) }]
    }

    #[test]
    fn an_amount_is_kept_as_its_number_of_digits() {
        let digits: Vec<u32> = [0.0, 0.5, 1.0, 9.99, 10.0, 249.0, -250.0, 1e30].into_iter().map(magnitude).collect();
        assert_eq!(digits, [0, 0, 1, 1, 2, 3, 3, 18]);
    }

    #[test]
    fn a_field_is_found_in_one_record_and_in_each_of_a_list() {
        let one = request(json!({"custom": {"refundNum": 250}}));
        assert_eq!(at(&one, "custom.refundNum"), [&json!(250)]);
        let many = request(json!([{"custom": {"refundNum": 1}}, {"custom": {}}, {"custom": {"refundNum": "12.5"}}]));
        let found: Vec<_> = at(&many, "custom.refundNum").into_iter().map(number).collect();
        assert_eq!(found, [Some(1.0), Some(12.5)]);
        assert_eq!(numbers(&many), [("custom.refundNum".to_owned(), 1.0)]);
    }
}
