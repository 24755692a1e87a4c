//! Owns `aggs`: what is counted over everything a search finds, answered in `meta.aggregations` (Kustomer API reference
//! 9.1, 9.4). The reference gives neither shape, so both are decided here, as a small part of the usual ones:
//!
//! | asked | answered |
//! | --- | --- |
//! | `{"byStatus": {"terms": {"field": "conversation_status", "size": 10}}}` | `{"byStatus": {"buckets": [{"key": "open", "doc_count": 7}]}}`, the most frequent first |
//! | `{"oldest": {"min": {"field": "conversation_created_at"}}}`, also `max`, `avg`, `sum`, `value_count` | `{"oldest": {"value": 1741083300000.0}}`, null when nothing has a value; times are milliseconds |
//!
//! Invariant: nothing sensitive is counted. Terms are those of sets and flags, never of custom attributes or addresses, and
//! what the org's metadata marks sensitive is refused to a key that may not read it.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{
    super::{doc::Doc, errors::Refusal, times},
    catalogue::{Attribute, Class, Place},
    eval::Eye,
    parse::Language,
};

const MOST: usize = 20;
const MOST_BUCKETS: usize = 1_000;
const BUCKETS: usize = 10;

/// What is made of the values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Measure {
    /// How many records have each value; at most so many values are told.
    Terms(usize),
    Min,
    Max,
    Average,
    Sum,
    Count,
}

/// One thing that is counted.
#[derive(Clone, Debug, PartialEq)]
pub struct Aggregation {
    name: String,
    measure: Measure,
    attribute: Attribute,
}

impl Aggregation {
    /// Reads `aggs`.
    pub fn read_all(value: Option<&Value>, language: &Language) -> Result<Vec<Self>, Refusal> {
        match value {
            None | Some(Value::Null) => Ok(Vec::new()),
            Some(Value::Object(map)) if map.len() <= MOST => map
                .iter()
                .map(|(name, asked)| {
                    Self::read(name, asked, language).ok_or_else(|| {
                        Refusal::invalid(format!("aggs/{name}"), "is not an aggregation this desk knows")
                    })
                })
                .collect(),
            Some(_) => Err(Refusal::invalid("aggs", "must be an object of at most 20 aggregations")),
        }
    }

    fn read(name: &str, asked: &Value, language: &Language) -> Option<Self> {
        let asked = asked.as_object().filter(|asked| asked.len() == 1)?;
        let (word, what) = asked.iter().next()?;
        let size = match what.get("size") {
            None => BUCKETS,
            Some(size) => usize::try_from(size.as_u64()?).ok()?.min(MOST_BUCKETS),
        };
        let measure = match word.as_str() {
            "terms" => Measure::Terms(size),
            "min" => Measure::Min,
            "max" => Measure::Max,
            "avg" => Measure::Average,
            "sum" => Measure::Sum,
            "value_count" => Measure::Count,
            _ => return None,
        };
        let attribute = language.attribute(what.get("field")?.as_str()?)?;
        let classes: &[Class] = match measure {
            Measure::Terms(_) => &[Class::List, Class::Mood, Class::Flag],
            _ => &[Class::Number, Class::Moment],
        };
        let may = classes.contains(&attribute.class) && !matches!(attribute.place, Place::Custom(_));
        may.then(|| Self { name: name.to_owned(), measure, attribute })
    }

    /// Whether the org's metadata marks what is counted sensitive.
    fn is_sensitive(&self, eye: Eye) -> bool {
        let resource = self.attribute.family.kind().map_or("", super::super::doc::Kind::type_name);
        self.attribute.heads().iter().any(|name| eye.world.sensitive.hides(resource, name))
    }

    fn answer<'w>(&self, eye: Eye<'w>, found: &[&'w Doc]) -> Value {
        let values = found.iter().flat_map(|doc| eye.values_around(&self.attribute, doc));
        if let Measure::Terms(most) = self.measure {
            let mut counts: BTreeMap<String, usize> = BTreeMap::new();
            for value in values {
                let key = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
                *counts.entry(key).or_default() += 1;
            }
            let mut counts: Vec<(String, usize)> = counts.into_iter().collect();
            counts.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
            let bucket = |(key, count)| json!({ "key": key, "doc_count": count });
            return json!({ "buckets": counts.into_iter().take(most).map(bucket).collect::<Vec<_>>() });
        }
        let number = |value: &Value| value.as_f64().or_else(|| times::parse(value.as_str()?).map(|at| at as f64));
        let numbers: Vec<f64> = values.filter_map(|value| number(&value)).collect();
        let sum: f64 = numbers.iter().sum();
        let value = match self.measure {
            Measure::Min => numbers.iter().copied().reduce(f64::min),
            Measure::Max => numbers.iter().copied().reduce(f64::max),
            Measure::Average => (!numbers.is_empty()).then(|| sum / numbers.len() as f64),
            Measure::Sum => Some(sum),
            Measure::Count | Measure::Terms(_) => Some(numbers.len() as f64),
        };
        json!({ "value": value })
    }
}

/// `meta.aggregations` over everything found.
pub fn answer<'w>(
    aggregations: &[Aggregation],
    eye: Eye<'w>,
    found: &[&'w Doc],
    sees_sensitive: bool,
) -> Result<Value, Refusal> {
    let one = |aggregation: &Aggregation| {
        if !sees_sensitive && aggregation.is_sensitive(eye) {
            return Err(Refusal::invalid(format!("aggs/{}", aggregation.name), "is about a sensitive attribute"));
        }
        Ok((aggregation.name.clone(), aggregation.answer(eye, found)))
    };
    aggregations.iter().map(one).collect::<Result<serde_json::Map<_, _>, _>>().map(Value::Object)
}
