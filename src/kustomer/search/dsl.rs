//! Owns the translation into the desk's search document (Kustomer API reference 9). Times are sent as UTC instants, which
//! the desk never shifts.

use jiff::SignedDuration;
use serde_json::{Map, Value, json};

use super::{
    Query,
    keys::{self, Kind},
    terms::{Compare, Field, Moment, Operand, Term, Test, instant},
};

/// The whole document.
pub(super) fn document(query: &Query) -> Value {
    let mut document = Map::new();
    document.insert("queryContext".into(), json!(query.context.to_string()));
    for (key, criteria) in lists(query) {
        if !criteria.is_empty() {
            document.insert(key.into(), Value::Array(criteria));
        }
    }
    if query.with_deleted {
        document.insert("includeDeleted".into(), json!(true));
    }
    let order = match &query.sort {
        Some(sort) => one(&sort.field.attribute, json!(if sort.descending { "desc" } else { "asc" })),
        None => one(&format!("{}_updated_at", keys::own(&query.context).word), json!("desc")),
    };
    document.insert("sort".into(), json!([order]));
    Value::Object(document)
}

/// The three lists of criteria, each without doubles: the desk wants unique items (Kustomer API reference 9.1).
pub(super) fn lists(query: &Query) -> [(&'static str, Vec<Value>); 3] {
    let (mut and, mut or, mut not) = (Vec::new(), Vec::new(), Vec::new());
    for term in &query.all {
        // `set` is unverified, `not_set` is not: presence is the exception from absence.
        let list = if matches!(term, Term::Field(_, Test::Present)) { &mut not } else { &mut and };
        list.extend(criteria(query, term));
    }
    or.extend(query.any.iter().flat_map(|term| criteria(query, term)));
    not.extend(query.none.iter().flat_map(|term| criteria(query, term)));
    [("and", and), ("or", or), ("not", not)].map(|(key, list)| {
        let mut unique: Vec<Value> = Vec::with_capacity(list.len());
        for criterion in list {
            if !unique.contains(&criterion) {
                unique.push(criterion);
            }
        }
        (key, unique)
    })
}

fn one(key: &str, value: Value) -> Value {
    Value::Object(Map::from_iter([(key.to_owned(), value)]))
}

/// The criteria of one term; a day is two.
fn criteria(query: &Query, term: &Term) -> Vec<Value> {
    let (attribute, conditions) = match term {
        Term::Words(words) => {
            let (attribute, operator, value) = free(words, keys::own(&query.context).word);
            (attribute, vec![(operator, json!(value))])
        }
        Term::Field(field, test) => (field.attribute.clone(), conditions(query, field, test)),
    };
    conditions.into_iter().map(|(operator, value)| one(&attribute, one(operator, value))).collect()
}

fn conditions(query: &Query, field: &Field, test: &Test) -> Vec<(&'static str, Value)> {
    match test {
        Test::Present | Test::Absent => vec![("not_set", json!(true))],
        Test::Has(words) => vec![("contains", json!(words))],
        Test::Is(Operand::Text(value) | Operand::Named { id: value, .. }) => vec![("equals", json!(value))],
        Test::Is(Operand::Number(number)) => vec![("equals", figure(*number))],
        Test::Is(Operand::Flag(flag)) => vec![("equals", json!(flag))],
        Test::Is(Operand::Time(moment)) => {
            let (start, end) = moment.span(query.now, &query.zone);
            vec![("gte", json!(instant(start))), ("lte", json!(instant(end)))]
        }
        Test::Compare(compare, Operand::Time(moment)) => vec![time(query, *compare, *moment)],
        Test::Compare(compare, Operand::Number(number)) => vec![number_test(field.kind, *compare, *number)],
        // The readers compare only numbers and times.
        Test::Compare(_, Operand::Text(_) | Operand::Flag(_) | Operand::Named { .. }) => Vec::new(),
    }
}

/// Free words are looked for anywhere, but an address, a domain or a number by itself where those stand: people paste
/// them, and full text does not reach what is masked.
pub(super) fn free<'w>(words: &'w str, family: &str) -> (String, &'static str, &'w str) {
    let plain = !words.contains(char::is_whitespace);
    let domain = words.strip_prefix('@').filter(|domain| plain && domain.contains('.'));
    let address = words.split_once('@').is_some_and(|(local, domain)| !local.is_empty() && domain.contains('.'));
    let digits =
        words.strip_prefix('+').is_some_and(|rest| rest.len() >= 6 && rest.bytes().all(|b| b.is_ascii_digit()));
    match domain {
        Some(domain) => ("customer_email".to_owned(), "contains", domain),
        None if plain && address => ("customer_email".to_owned(), "equals", words),
        None if digits => ("customer_phone".to_owned(), "equals", words),
        None => (format!("{family}_any_text"), "contains", words),
    }
}

/// Whole numbers without a fraction, as the desk writes them.
pub(super) fn figure(number: f64) -> Value {
    if number.fract() == 0.0 && number.abs() < 9e15 { json!(number as i64) } else { json!(number) }
}

/// Counts are whole, so "more than three" is "at least four": only the confirmed `gte` and its mirror are needed.
fn number_test(kind: Kind, compare: Compare, number: f64) -> (&'static str, Value) {
    let whole = kind == Kind::Count;
    match compare {
        Compare::More if whole => ("gte", figure(number.floor() + 1.0)),
        Compare::Less if whole => ("lte", figure(number.ceil() - 1.0)),
        Compare::More => ("gt", figure(number)),
        Compare::Less => ("lt", figure(number)),
        Compare::AtLeast => ("gte", figure(number)),
        Compare::AtMost => ("lte", figure(number)),
    }
}

fn time(query: &Query, compare: Compare, moment: Moment) -> (&'static str, Value) {
    let (start, end) = moment.span(query.now, &query.zone);
    let step = SignedDuration::from_millis(1);
    match compare {
        Compare::More => ("gte", json!(instant(end.checked_add(step).unwrap_or(end)))),
        Compare::AtLeast => ("gte", json!(instant(start))),
        Compare::Less => ("lte", json!(instant(start.checked_sub(step).unwrap_or(start)))),
        Compare::AtMost => ("lte", json!(instant(end))),
    }
}
