//! Owns the way back: a search document (Kustomer API reference 9.1) read as a query, for what the language can say.

use jiff::{SignedDuration, Timestamp, civil::Date, tz::TimeZone};
use serde_json::{Map, Value};

use super::{
    DocumentError, Query, Scope, dsl,
    keys::{self, Kind},
    parse,
    terms::{Compare, Field, Moment, Operand, Sort, Term, Test},
};

/// The most criteria of one list (Kustomer API reference 9.1).
const MOST: usize = 20;

/// The list a criterion stands in.
#[derive(Clone, Copy, PartialEq, Eq)]
enum List {
    And,
    Or,
    Not,
}

struct Reader<'a> {
    scope: Scope<'a>,
    /// Where the document's own local dates begin.
    zone: TimeZone,
}

/// A whole document.
pub(super) fn read(document: &Value, scope: &Scope<'_>) -> Result<Query, DocumentError> {
    let body = document.as_object().ok_or_else(|| cannot("", "a search document is a JSON object"))?;
    for (key, value) in body {
        let known = ["queryContext", "and", "or", "not", "sort", "timeZone", "includeDeleted"].contains(&key.as_str());
        let is_empty = value.is_null() || value.as_array().is_some_and(Vec::is_empty);
        if !known && !is_empty {
            return Err(cannot(key, "the language has no words for this"));
        }
    }
    let context = body.get("queryContext").and_then(Value::as_str);
    let context = context.ok_or_else(|| cannot("queryContext", "it is missing: nobody knows what is looked for"))?;
    let context = context.parse().map_err(|why| cannot("queryContext", why))?;
    let scope = Scope { context: &context, ..*scope };
    let reader = Reader { scope, zone: zone(body.get("timeZone"))? };
    let mut query = Query {
        context: context.clone(),
        all: Vec::new(),
        any: Vec::new(),
        none: Vec::new(),
        sort: reader.sort(body.get("sort"))?,
        with_deleted: deleted(body.get("includeDeleted"))?,
        now: scope.now,
        zone: scope.zone.clone(),
    };
    for (key, list) in [("and", List::And), ("or", List::Or), ("not", List::Not)] {
        for (at, criterion) in items(body, key)? {
            let (list, term) = reader.criterion(&at, list, criterion)?;
            let terms = match list {
                List::And => &mut query.all,
                List::Or => &mut query.any,
                List::Not => &mut query.none,
            };
            if !terms.contains(&term) {
                terms.push(term);
            }
        }
    }
    if dsl::lists(&query).iter().any(|(_, criteria)| criteria.len() > MOST) {
        return Err(cannot("", "it has more than 20 criteria in one list"));
    }
    Ok(query)
}

fn cannot(at: impl Into<String>, message: impl Into<String>) -> DocumentError {
    DocumentError { at: at.into(), message: message.into() }
}

fn deleted(value: Option<&Value>) -> Result<bool, DocumentError> {
    match value {
        None | Some(Value::Null) => Ok(false),
        Some(value) => value.as_bool().ok_or_else(|| cannot("includeDeleted", "it is true or false")),
    }
}

fn zone(value: Option<&Value>) -> Result<TimeZone, DocumentError> {
    match value {
        None | Some(Value::Null) => Ok(TimeZone::UTC),
        Some(name) => match name.as_str() {
            Some("" | "GMT") => Ok(TimeZone::UTC),
            Some(name) => TimeZone::get(name).map_err(|_| cannot("timeZone", "no such time zone is known")),
            None => Err(cannot("timeZone", "it is the name of a zone")),
        },
    }
}

/// The items of a list, or of one object in its place.
fn items<'v>(body: &'v Map<String, Value>, key: &str) -> Result<Vec<(String, &'v Value)>, DocumentError> {
    let list = match body.get(key) {
        None | Some(Value::Null) => &[][..],
        Some(Value::Array(list)) => list,
        Some(one @ Value::Object(map)) if !map.is_empty() => std::slice::from_ref(one),
        Some(Value::Object(_)) => &[],
        Some(_) => return Err(cannot(key, "it is a list")),
    };
    Ok(list.iter().enumerate().map(|(at, item)| (format!("{key}/{at}"), item)).collect())
}

/// The one pair of an object.
fn pair<'v>(at: &str, value: &'v Value) -> Result<(&'v str, &'v Value), DocumentError> {
    let mut pairs = value.as_object().into_iter().flatten();
    match (pairs.next(), pairs.next()) {
        (Some((key, value)), None) => Ok((key, value)),
        _ => Err(cannot(at, "one attribute with one operator is wanted here")),
    }
}

impl Reader<'_> {
    fn sort(&self, value: Option<&Value>) -> Result<Option<Sort>, DocumentError> {
        let orders = match value {
            None | Some(Value::Null) => return Ok(None),
            Some(Value::Array(orders)) => orders.as_slice(),
            Some(one) => std::slice::from_ref(one),
        };
        let [order] = orders else {
            let several = || Err(cannot("sort", "the language has one order"));
            return if orders.is_empty() { Ok(None) } else { several() };
        };
        let (attribute, direction) = pair("sort", order)?;
        let field = keys::orders(self.scope.context).find(|field| field.attribute == attribute);
        let field = field.ok_or_else(|| cannot(format!("sort/{attribute}"), "the language has no such order"))?;
        let descending = match direction.as_str() {
            Some("asc") => false,
            Some("desc") => true,
            _ => return Err(cannot(format!("sort/{attribute}"), "it is asc or desc")),
        };
        // What the language asks for by itself need not be said.
        let is_default = descending && field.written == "updated";
        Ok((!is_default).then_some(Sort { field, descending }))
    }

    fn criterion(&self, at: &str, list: List, criterion: &Value) -> Result<(List, Term), DocumentError> {
        let (attribute, demand) = pair(at, criterion)?;
        let at = format!("{at}/{attribute}");
        let field = keys::of_attribute(attribute, &self.scope)
            .ok_or_else(|| cannot(&at, "the language has no key for this attribute"))?;
        let (operator, value) = pair(&at, demand)?;
        let at = format!("{at}/{operator}");
        if let "set" | "not_set" = operator {
            return presence(&at, list, field, operator, value);
        }
        if let (Kind::Full, "contains", Some(words)) = (field.kind, operator, value.as_str()) {
            let own = keys::own(self.scope.context).word;
            if dsl::free(words, own) == (field.attribute.clone(), "contains", words) {
                return Ok((list, Term::Words(sound(&at, words)?.to_owned())));
            }
        }
        let test = match (field.kind, operator) {
            (Kind::Full | Kind::Long | Kind::Short, "contains") => Test::Has(text(&at, value)?),
            (Kind::Full | Kind::Long, _) => return Err(cannot(at, "the language looks for words in this text")),
            (_, "equals") => Test::Is(self.operand(&at, field.kind, value)?),
            (Kind::Time | Kind::Due, _) => self.time(&at, operator, value)?,
            (Kind::Count | Kind::Number, _) => {
                let compare = compare(operator).ok_or_else(|| cannot(&at, "the language has no such operator"))?;
                Test::Compare(compare, self.operand(&at, field.kind, value)?)
            }
            _ => return Err(cannot(at, "the language has no such operator for this attribute")),
        };
        if let (List::Or | List::Not, Test::Is(Operand::Time(_))) = (list, &test) {
            return Err(cannot(at, "a moment can be met exactly only among the conditions that all hold"));
        }
        Ok((list, Term::Field(field, test)))
    }

    fn operand(&self, at: &str, kind: Kind, value: &Value) -> Result<Operand, DocumentError> {
        match kind {
            Kind::Count | Kind::Number => {
                let exact = |number: &f64| number.abs() < 9e15 || value.is_f64();
                let number = value.as_f64().filter(exact).ok_or_else(|| cannot(at, "it is a number"))?;
                Ok(Operand::Number(number + 0.0))
            }
            Kind::Flag => value.as_bool().map(Operand::Flag).ok_or_else(|| cannot(at, "it is true or false")),
            Kind::Time | Kind::Due => {
                let (start, end) = self.span(at, value)?;
                let day = start.to_zoned(self.scope.zone.clone()).date();
                let whole = Moment::Day(day).span(self.scope.now, self.scope.zone) == (start, end);
                match (start == end, whole) {
                    (true, _) => Ok(Operand::Time(Moment::At(start))),
                    (false, true) => Ok(Operand::Time(Moment::Day(day))),
                    (false, false) => Err(cannot(at, "a day of another time zone is written as >= and <=")),
                }
            }
            Kind::Named(names) => {
                let id = text(at, value)?;
                let known = parse::listed(names, self.scope.names).into_iter().find(|(known, _)| *known == id);
                let same = |shown: String| match parse::operand(kind, shown, &self.scope) {
                    Ok(operand @ Operand::Named { .. }) => Some(operand),
                    Ok(_) | Err(_) => None,
                };
                let named = known.and_then(|(_, name)| same(name)).into_iter().chain(same(id.clone()));
                let is_it = |operand: &Operand| matches!(operand, Operand::Named { id: found, .. } if *found == id);
                named.into_iter().find(is_it).ok_or_else(|| cannot(at, format!("no {} has this id", names.word())))
            }
            Kind::Full | Kind::Long | Kind::Short | Kind::Exact | Kind::OneOf(_) => {
                parse::operand(kind, text(at, value)?, &self.scope).map_err(|why| cannot(at, why))
            }
        }
    }

    /// First and last millisecond of a date-time or of a local date.
    fn span(&self, at: &str, value: &Value) -> Result<(Timestamp, Timestamp), DocumentError> {
        let text = value.as_str().unwrap_or_default();
        let instant = || text.parse::<Timestamp>().ok().and_then(parse::whole).map(|at| (at, at));
        let day = || {
            let date = text.parse::<Date>().ok().filter(|_| text.len() == 10)?;
            let (start, end) = Moment::Day(date).span(self.scope.now, &self.zone);
            Some((parse::whole(start)?, parse::whole(end)?))
        };
        day().or_else(instant).ok_or_else(|| cannot(at, "it is a date or a date-time"))
    }

    /// A comparison with a moment, on the operators the language uses; days of the person's own zone by name.
    fn time(&self, at: &str, operator: &str, value: &Value) -> Result<Test, DocumentError> {
        let (start, end) = self.span(at, value)?;
        let step = SignedDuration::from_millis(1);
        let beside = |at: Result<Timestamp, jiff::Error>| at.unwrap_or(start);
        let (compare, moment) = match compare(operator) {
            Some(Compare::AtLeast) => (Compare::AtLeast, start),
            Some(Compare::More) => (Compare::AtLeast, beside(end.checked_add(step))),
            Some(Compare::AtMost) => (Compare::AtMost, end),
            Some(Compare::Less) => (Compare::AtMost, beside(start.checked_sub(step))),
            None => return Err(cannot(at, "the language has no such operator")),
        };
        let date = moment.to_zoned(self.scope.zone.clone()).date();
        let (first, last) = Moment::Day(date).span(self.scope.now, self.scope.zone);
        let edge = if compare == Compare::AtLeast { first } else { last };
        let moment = if edge == moment { Moment::Day(date) } else { Moment::At(moment) };
        Ok(Test::Compare(compare, Operand::Time(moment)))
    }
}

/// Whether a field has a value. Only absence can be an alternative.
fn presence(at: &str, list: List, field: Field, operator: &str, value: &Value) -> Result<(List, Term), DocumentError> {
    let says = value.as_bool().ok_or_else(|| cannot(at, "it is true or false"))?;
    if field.kind == Kind::Full {
        return Err(cannot(at, "every record has some text"));
    }
    let absent = (operator == "not_set") == says;
    match (list, absent) {
        (List::And, absent) => Ok((List::And, Term::Field(field, if absent { Test::Absent } else { Test::Present }))),
        (List::Not, absent) => Ok((List::And, Term::Field(field, if absent { Test::Present } else { Test::Absent }))),
        (List::Or, true) => Ok((List::Or, Term::Field(field, Test::Absent))),
        (List::Or, false) => Err(cannot(at, "presence cannot be an alternative")),
    }
}

/// One text.
fn text(at: &str, value: &Value) -> Result<String, DocumentError> {
    let text = value.as_str().ok_or_else(|| cannot(at, "the language takes one text here"))?;
    Ok(sound(at, text)?.to_owned())
}

fn compare(operator: &str) -> Option<Compare> {
    match operator {
        "gt" => Some(Compare::More),
        "gte" => Some(Compare::AtLeast),
        "lt" => Some(Compare::Less),
        "lte" => Some(Compare::AtMost),
        _ => None,
    }
}

/// Text the language can hold.
fn sound<'t>(at: &str, text: &'t str) -> Result<&'t str, DocumentError> {
    let fits = !text.trim().is_empty() && text.chars().count() <= 256;
    if fits { Ok(text) } else { Err(cannot(at, "a text has 1 to 256 characters")) }
}
