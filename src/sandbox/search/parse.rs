//! Owns the reading of a search body (Kustomer API reference 9.1, 9.2): a closed schema, at most 20 criteria in each list,
//! at most 5 sort keys of which the first counts.
//!
//! Only some operator names are confirmed; the likely others are taken too, in the spellings of [`OPERATORS`].

use jiff::tz::TimeZone;
use serde_json::{Map, Value};

use super::{
    super::{errors::Refusal, times::Span},
    catalogue::{self, Attribute, Class, Family},
};

const MOST_CRITERIA: usize = 20;
const MOST_SORTS: usize = 5;

/// What a criterion demands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operator {
    Equals,
    NotEquals,
    Contains,
    NotContains,
    StartsWith,
    Greater,
    GreaterOrEqual,
    Less,
    LessOrEqual,
    Set,
    NotSet,
}

/// Spellings. With a list of values the first five hold if any value does (or none, for the negative ones).
const OPERATORS: &[(&str, Operator)] = &[
    ("equals", Operator::Equals),
    ("one_of", Operator::Equals),
    ("is_one_of", Operator::Equals),
    ("not_equals", Operator::NotEquals),
    ("not_one_of", Operator::NotEquals),
    ("contains", Operator::Contains),
    ("contains_any", Operator::Contains),
    ("not_contains", Operator::NotContains),
    ("not_contains_any", Operator::NotContains),
    ("starts_with", Operator::StartsWith),
    ("gt", Operator::Greater),
    ("gte", Operator::GreaterOrEqual),
    ("lt", Operator::Less),
    ("lte", Operator::LessOrEqual),
    ("set", Operator::Set),
    ("not_set", Operator::NotSet),
];

/// The values of a criterion, ready to compare.
#[derive(Clone, Debug, PartialEq)]
pub enum Operand {
    /// Lower-case text.
    Texts(Vec<String>),
    /// Numbers.
    Numbers(Vec<f64>),
    /// Moments or whole days.
    Spans(Vec<Span>),
    /// Yes or no.
    Flag(bool),
}

/// One demand.
#[derive(Clone, Debug, PartialEq)]
pub struct Criterion {
    /// On what.
    pub attribute: Attribute,
    /// How.
    pub operator: Operator,
    /// Against what.
    pub operand: Operand,
}

/// Which way to sort.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    Ascending,
    Descending,
}

/// The sort that counts.
#[derive(Clone, Debug, PartialEq)]
pub struct Sort {
    /// By what.
    pub by: Attribute,
    /// Which way.
    pub direction: Direction,
}

/// A whole search.
#[derive(Clone, Debug, PartialEq)]
pub struct Question {
    /// What comes back.
    pub context: Family,
    /// All must hold.
    pub and: Vec<Criterion>,
    /// At least one must hold, unless empty.
    pub or: Vec<Criterion>,
    /// None may hold.
    pub not: Vec<Criterion>,
    /// In which order.
    pub sort: Option<Sort>,
    /// Whether soft-deleted records come too.
    pub include_deleted: bool,
}

struct Reader<'k> {
    klasses: &'k [String],
    zone: TimeZone,
}

impl Question {
    /// Reads a body; `klasses` are the org's klass names, longest first.
    pub fn read(body: &Value, klasses: &[String]) -> Result<Self, Refusal> {
        let Value::Object(body) = body else { return Err(Refusal::bad_request("The body must be an object.")) };
        let known =
            ["queryContext", "and", "or", "not", "sort", "timeZone", "includeDeleted", "fields", "aggs", "searchHash"];
        if let Some(name) = body.keys().find(|name| !known.contains(&name.as_str())) {
            return Err(Refusal::invalid(name, "is not a known property"));
        }
        let context = body.get("queryContext").and_then(Value::as_str).unwrap_or("customer");
        let context = Family::of_context(context, klasses)
            .ok_or_else(|| Refusal::invalid("queryContext", "is not a known context"))?;
        let reader = Reader { klasses, zone: zone(body)? };
        let include_deleted = match body.get("includeDeleted") {
            None | Some(Value::Null) => false,
            Some(value) => {
                value.as_bool().ok_or_else(|| Refusal::invalid("includeDeleted", "must be true or false"))?
            }
        };
        Ok(Self {
            context,
            and: reader.criteria(body, "and")?,
            or: reader.criteria(body, "or")?,
            not: reader.criteria(body, "not")?,
            sort: reader.sort(body.get("sort"))?,
            include_deleted,
        })
    }
}

fn zone(body: &Map<String, Value>) -> Result<TimeZone, Refusal> {
    match body.get("timeZone") {
        None | Some(Value::Null) => Ok(TimeZone::UTC),
        Some(Value::String(name)) if name.is_empty() || name == "GMT" => Ok(TimeZone::UTC),
        Some(name) => {
            let zone = name.as_str().and_then(|name| TimeZone::get(name).ok());
            zone.ok_or_else(|| Refusal::invalid("timeZone", "must be an IANA time zone"))
        }
    }
}

/// A list, or one object in its place.
fn as_list(value: Option<&Value>) -> Result<Vec<&Value>, ()> {
    match value {
        None | Some(Value::Null) => Ok(Vec::new()),
        Some(Value::Array(items)) => Ok(items.iter().collect()),
        Some(one @ Value::Object(map)) => Ok(if map.is_empty() { Vec::new() } else { vec![one] }),
        Some(Value::Bool(_) | Value::Number(_) | Value::String(_)) => Err(()),
    }
}

/// The one pair of an object.
fn one_pair(value: &Value) -> Option<(&String, &Value)> {
    let map = value.as_object()?;
    if map.len() == 1 { map.iter().next() } else { None }
}

impl Reader<'_> {
    fn criteria(&self, body: &Map<String, Value>, list: &str) -> Result<Vec<Criterion>, Refusal> {
        let items = as_list(body.get(list)).map_err(|()| Refusal::invalid(list, "must be an array of criteria"))?;
        if items.len() > MOST_CRITERIA {
            return Err(Refusal::invalid(list, format!("must have at most {MOST_CRITERIA} items")));
        }
        if (1..items.len()).any(|index| items[..index].contains(&items[index])) {
            return Err(Refusal::invalid(list, "must have unique items"));
        }
        let read = |(index, item): (usize, &Value)| self.criterion(item, &format!("{list}/{index}"));
        items.into_iter().enumerate().map(read).collect()
    }

    fn criterion(&self, item: &Value, at: &str) -> Result<Criterion, Refusal> {
        let shape =
            || Refusal::invalid(at, "must be {attribute: {operator: value}} with one attribute and one operator");
        let (name, demand) = one_pair(item).ok_or_else(shape)?;
        let (word, value) = one_pair(demand).ok_or_else(shape)?;
        let place = format!("{at}/{name}");
        let attribute = catalogue::attribute(name, self.klasses)
            .ok_or_else(|| Refusal::invalid(&place, "is not a searchable attribute"))?;
        let operator = OPERATORS.iter().find(|(known, _)| known == word).map(|(_, operator)| *operator);
        let operator = operator.filter(|operator| allows(attribute.class, *operator));
        let operator = operator
            .ok_or_else(|| Refusal::invalid(format!("{place}/{word}"), "is not an operator of this attribute"))?;
        let operand = self.operand(attribute.class, operator, value);
        let operand =
            operand.ok_or_else(|| Refusal::invalid(format!("{place}/{word}"), "has a value of the wrong type"))?;
        Ok(Criterion { attribute, operator, operand })
    }

    fn operand(&self, class: Class, operator: Operator, value: &Value) -> Option<Operand> {
        if matches!(operator, Operator::Set | Operator::NotSet) {
            return value.as_bool().map(Operand::Flag);
        }
        let one = [value.clone()];
        let values = value.as_array().map_or(&one[..], Vec::as_slice);
        match class {
            Class::Flag | Class::Presence => {
                value.as_bool().or_else(|| value.as_str()?.parse().ok()).map(Operand::Flag)
            }
            Class::Number => values.iter().map(number).collect::<Option<_>>().map(Operand::Numbers),
            Class::Mood => values.iter().map(mood).collect::<Option<_>>().map(Operand::Numbers),
            Class::Moment => {
                let span = |value: &Value| Span::parse(value.as_str()?, &self.zone);
                values.iter().map(span).collect::<Option<_>>().map(Operand::Spans)
            }
            Class::Any | Class::Text | Class::String | Class::Keyword | Class::List => {
                values.iter().map(text).collect::<Option<_>>().map(Operand::Texts)
            }
        }
    }

    fn sort(&self, value: Option<&Value>) -> Result<Option<Sort>, Refusal> {
        let wrong = |detail: &str| Refusal::invalid("sort", detail);
        let items = as_list(value).map_err(|()| wrong("must be an array of {attribute: asc or desc}"))?;
        if items.len() > MOST_SORTS {
            return Err(wrong("must have at most 5 items"));
        }
        let read = |item: &Value| {
            let (name, direction) = one_pair(item).ok_or_else(|| wrong("each item names one attribute"))?;
            let by = catalogue::attribute(name, self.klasses).filter(|by| by.class != Class::Any);
            let by = by.ok_or_else(|| Refusal::invalid(format!("sort/{name}"), "is not a sortable attribute"))?;
            let direction = match direction.as_str() {
                Some("asc") => Direction::Ascending,
                Some("desc") => Direction::Descending,
                _ => return Err(Refusal::invalid(format!("sort/{name}"), "must be asc or desc")),
            };
            Ok(Sort { by, direction })
        };
        let sorts: Vec<Sort> = items.into_iter().map(read).collect::<Result<_, _>>()?;
        Ok(sorts.into_iter().next())
    }
}

fn number(value: &Value) -> Option<f64> {
    value.as_f64().or_else(|| value.as_str()?.parse().ok())
}

fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.to_lowercase()),
        Value::Number(_) | Value::Bool(_) => Some(value.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

fn mood(value: &Value) -> Option<f64> {
    match value.as_str() {
        Some("happy") => Some(1.0),
        Some("indifferent") => Some(0.0),
        Some("unhappy") => Some(-1.0),
        Some(_) | None => number(value),
    }
}

fn allows(class: Class, operator: Operator) -> bool {
    use Operator::{
        Contains, Equals, Greater, GreaterOrEqual, Less, LessOrEqual, NotContains, NotEquals, NotSet, Set, StartsWith,
    };
    match operator {
        Set | NotSet => true,
        Equals | NotEquals => class != Class::Any,
        Contains | NotContains => {
            matches!(class, Class::Any | Class::Text | Class::String | Class::Keyword | Class::List)
        }
        StartsWith => matches!(class, Class::Text | Class::String | Class::Keyword),
        Greater | GreaterOrEqual | Less | LessOrEqual => matches!(class, Class::Moment | Class::Number),
    }
}
