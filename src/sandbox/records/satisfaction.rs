//! Owns what a customer's answered surveys come to (Kustomer API reference 17). The single results stand on the
//! conversations (`conversations`).
//!
//! Unverified in the reference and decided here: `count` counts the surveys that were sent, `acknowledgeCount` those that
//! were answered; averages are over those with a score or a rating.

use serde_json::{Value, json};

use crate::sandbox::doc::Doc;

/// The customer's `satisfactionLevel`; none while no conversation has a survey.
pub(super) fn of<'a>(conversations: impl Iterator<Item = &'a Doc>) -> Option<Value> {
    let mut results: Vec<&Value> = conversations
        .filter_map(|doc| doc.attributes.get("satisfactionLevel").filter(|level| level.get("status").is_some()))
        .collect();
    results.sort_by_key(|level| level.get("createdAt").and_then(Value::as_str));
    let has = |words: &'static [&'static str]| {
        let is_one = move |level: &&&Value| level["status"].as_str().is_some_and(|status| words.contains(&status));
        results.iter().filter(is_one).count()
    };
    let (first, last) = (results.first()?, results.last()?);
    Some(json!({
        "firstSatisfaction": first, "lastSatisfaction": last,
        "count": has(&["offered", "rated", "commented", "unresponded"]), "acknowledgeCount": has(&["rated", "commented"]),
        "avgScore": mean(&results, "score"), "avgRating": mean(&results, "rating"),
    }))
}

fn mean(results: &[&Value], name: &str) -> Option<f64> {
    let values: Vec<f64> = results.iter().filter_map(|level| level.get(name)?.as_f64()).collect();
    (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
}
