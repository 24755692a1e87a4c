//! Owns the reading of a search body (Kustomer API reference 9.1, 9.2): a closed schema, at most 20 criteria in each list,
//! at most 5 sort keys of which the first counts, at most 20 fields. What a name means is `catalogue`'s and `archive`'s.
//!
//! Only some operator names are confirmed; the likely others are taken too, in the spellings of [`OPERATORS`]. Decided here
//! besides: `within` takes `[from, to]` or `{"from": …, "to": …}`, both ends included; groups do not nest; `fields` names
//! attributes by either name, as strings or as the keys or values of objects; `searchHash` is taken and ignored.

use jiff::tz::TimeZone;
use serde_json::{Map, Value};

use super::{
    super::{errors::Refusal, times::Span},
    aggregate::Aggregation,
    archive,
    catalogue::{self, Attribute, Class, Family},
};
use Class::{Any, Flag, Keyword, List, Moment, Mood, Number, Presence, String as Short, Text as Long};

const MOST_CRITERIA: usize = 20;
const MOST_SORTS: usize = 5;
const MOST_FIELDS: usize = 20;
/// The reference names no limit; this keeps one criterion from being a query of its own.
const MOST_VALUES: usize = 1_000;

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
    Within,
    Set,
    NotSet,
}

/// Whether an operator takes one value or a list of them, any of which will do (for negative ones: none of which may).
#[derive(Clone, Copy, PartialEq, Eq)]
enum Takes {
    One,
    Several,
    Range,
}

const WORDS: &[Class] = &[Any, Long, Short, List];
const VALUES: &[Class] = &[Long, Short, Keyword, List, Mood, Moment, Number, Flag, Presence];
const SETS: &[Class] = &[Short, Keyword, List, Mood, Moment, Number];
const ORDERED: &[Class] = &[Moment, Number];
const EVERY: &[Class] = &[Any, Long, Short, Keyword, List, Mood, Moment, Number, Flag, Presence];

/// Spellings, and the classes of attributes that take them.
const OPERATORS: &[(&str, Operator, Takes, &[Class])] = &[
    ("equals", Operator::Equals, Takes::Several, VALUES),
    ("not_equals", Operator::NotEquals, Takes::Several, VALUES),
    ("one_of", Operator::Equals, Takes::Several, SETS),
    ("is_one_of", Operator::Equals, Takes::Several, SETS),
    ("not_one_of", Operator::NotEquals, Takes::Several, SETS),
    ("is_not_one_of", Operator::NotEquals, Takes::Several, SETS),
    ("contains", Operator::Contains, Takes::Several, WORDS),
    ("not_contains", Operator::NotContains, Takes::Several, WORDS),
    ("contains_any", Operator::Contains, Takes::Several, WORDS),
    ("not_contains_any", Operator::NotContains, Takes::Several, WORDS),
    ("starts_with", Operator::StartsWith, Takes::One, &[Long, Short]),
    ("gt", Operator::Greater, Takes::One, ORDERED),
    ("gte", Operator::GreaterOrEqual, Takes::One, ORDERED),
    ("lt", Operator::Less, Takes::One, ORDERED),
    ("lte", Operator::LessOrEqual, Takes::One, ORDERED),
    ("within", Operator::Within, Takes::Range, ORDERED),
    ("set", Operator::Set, Takes::One, EVERY),
    ("not_set", Operator::NotSet, Takes::One, EVERY),
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

/// Which records a search is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Age {
    /// Those changed in the last two years.
    Recent,
    /// The others.
    Archived,
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
    /// Which records it is about.
    pub age: Age,
    /// The attributes that come back; all when none are named.
    pub fields: Vec<String>,
    /// What is counted over everything found.
    pub aggregations: Vec<Aggregation>,
}

/// What names mean in the search at hand.
#[derive(Debug)]
pub struct Language<'k> {
    klasses: &'k [String],
    age: Age,
    zone: TimeZone,
}

/// Keys of the standard search that the archive's lacks (Kustomer API reference 9.6).
const STANDARD_ONLY: &[&str] = &["fields", "aggs", "searchHash"];
const KEYS: &[&str] = &["queryContext", "and", "or", "not", "sort", "timeZone", "includeDeleted"];

impl Question {
    /// Reads a body; `klasses` are the org's klass names, longest first.
    pub fn read(body: &Value, klasses: &[String], age: Age) -> Result<Self, Refusal> {
        let Value::Object(body) = body else { return Err(Refusal::bad_request("The body must be an object.")) };
        let known = |name: &str| KEYS.contains(&name) || (age == Age::Recent && STANDARD_ONLY.contains(&name));
        if let Some(name) = body.keys().find(|name| !known(name)) {
            return Err(Refusal::invalid(name, "is not a known property"));
        }
        let language = Language { klasses, age, zone: zone(body)? };
        let include_deleted = match body.get("includeDeleted") {
            None | Some(Value::Null) => false,
            Some(value) => {
                value.as_bool().ok_or_else(|| Refusal::invalid("includeDeleted", "must be true or false"))?
            }
        };
        Ok(Self {
            context: language.context(body.get("queryContext"))?,
            and: language.criteria(body, "and")?,
            or: language.criteria(body, "or")?,
            not: language.criteria(body, "not")?,
            sort: language.sort(body.get("sort"))?,
            include_deleted,
            age,
            fields: language.fields(body.get("fields"))?,
            aggregations: Aggregation::read_all(body.get("aggs"), &language)?,
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

impl Language<'_> {
    /// What a name stands for.
    pub fn attribute(&self, name: &str) -> Option<Attribute> {
        match self.age {
            Age::Recent => catalogue::attribute(name, self.klasses),
            Age::Archived => archive::attribute(name, self.klasses),
        }
    }

    fn context(&self, name: Option<&Value>) -> Result<Family, Refusal> {
        let name = name.map_or(Some("customer"), Value::as_str);
        let context = name.and_then(|name| Family::of_context(name, self.klasses));
        let has_names = |family: &Family| self.age == Age::Recent || archive::has(family);
        context.filter(has_names).ok_or_else(|| Refusal::invalid("queryContext", "is not a known context"))
    }

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
        let attribute =
            self.attribute(name).ok_or_else(|| Refusal::invalid(&place, "is not a searchable attribute"))?;
        let (_, operator, takes, _) = OPERATORS
            .iter()
            .find(|(known, _, _, classes)| known == word && classes.contains(&attribute.class))
            .ok_or_else(|| Refusal::invalid(format!("{place}/{word}"), "is not an operator of this attribute"))?;
        let operand = self.operand(attribute.class, *operator, *takes, value);
        let operand =
            operand.ok_or_else(|| Refusal::invalid(format!("{place}/{word}"), "has a value of the wrong type"))?;
        Ok(Criterion { attribute, operator: *operator, operand })
    }

    fn operand(&self, class: Class, operator: Operator, takes: Takes, value: &Value) -> Option<Operand> {
        if matches!(operator, Operator::Set | Operator::NotSet) {
            return value.as_bool().map(Operand::Flag);
        }
        let values = values(takes, value)?;
        match class {
            Flag | Presence => value.as_bool().or_else(|| value.as_str()?.parse().ok()).map(Operand::Flag),
            Number => values.into_iter().map(number).collect::<Option<_>>().map(Operand::Numbers),
            Mood => values.into_iter().map(mood).collect::<Option<_>>().map(Operand::Numbers),
            Moment => {
                let span = |value: &Value| Span::parse(value.as_str()?, &self.zone);
                values.into_iter().map(span).collect::<Option<_>>().map(Operand::Spans)
            }
            Any | Long | Short | Keyword | List => {
                values.into_iter().map(text).collect::<Option<_>>().map(Operand::Texts)
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
            let may_sort = |by: &Attribute| by.class != Any && (self.age == Age::Recent || archive::sorts(name));
            let by = self.attribute(name).filter(may_sort);
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

    /// The attributes' own names; one that is not in the catalogue is taken for such a name.
    fn fields(&self, value: Option<&Value>) -> Result<Vec<String>, Refusal> {
        let items = match value {
            None | Some(Value::Null) => return Ok(Vec::new()),
            Some(Value::Array(items)) if items.len() <= MOST_FIELDS => items,
            Some(_) => return Err(Refusal::invalid("fields", "must be an array of at most 20 fields")),
        };
        let mut names: Vec<&str> = Vec::new();
        for item in items {
            match item {
                Value::String(name) => names.push(name),
                Value::Object(map) => {
                    names.extend(map.iter().map(|(key, value)| value.as_str().unwrap_or(key)));
                }
                _ => return Err(Refusal::invalid("fields", "must be an array of fields")),
            }
        }
        let own = |name: &str| self.attribute(name).map_or_else(|| vec![name.to_owned()], |found| found.heads());
        Ok(names.into_iter().flat_map(own).collect())
    }
}

/// The values of an operand, if there are as many as the operator takes.
fn values(takes: Takes, value: &Value) -> Option<Vec<&Value>> {
    match (takes, value) {
        (Takes::Several, Value::Array(items)) if items.len() <= MOST_VALUES => Some(items.iter().collect()),
        (Takes::Range, Value::Array(ends)) if ends.len() == 2 => Some(ends.iter().collect()),
        (Takes::Range, Value::Object(ends)) if ends.len() == 2 => Some(vec![ends.get("from")?, ends.get("to")?]),
        (Takes::Range, _) | (_, Value::Array(_)) => None,
        (Takes::One | Takes::Several, one) => Some(vec![one]),
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
