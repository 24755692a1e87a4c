//! Owns the judgement of one record: which values an attribute has, whether a criterion holds, how far criteria reach into
//! the records around (Kustomer API reference 9.2).
//!
//! Unverified in the reference and decided here: all `and` criteria of another family must hold for one and the same
//! record of it (one inbound email of last week, not an inbound one and an email); several words in `contains` must all
//! be there; comparing text ignores case.

use std::{borrow::Cow, cmp::Ordering};

use serde_json::Value;

use super::{
    super::{
        doc::{Doc, Kind},
        sla, times,
        world::{Index, World, is_deleted},
    },
    catalogue::{Attribute, Class, Family, Place},
    lag::Seen,
    parse::{Age, Criterion, Operand, Operator, Question},
};

/// How far the standard search reaches back: two years (Kustomer API reference 9.2).
const WINDOW_MS: i64 = 2 * 365 * 24 * 3_600_000;

/// Looks at records at a moment, as the index has them.
#[derive(Clone, Copy, Debug)]
pub struct Eye<'w> {
    /// The records.
    pub world: &'w World,
    /// What the index does not know yet; none when it knows everything.
    pub seen: Option<&'w Seen<'w>>,
    /// The desk's present, milliseconds since the epoch.
    pub now: i64,
}

/// A value to sort by.
#[derive(Clone, Debug, PartialEq)]
pub enum SortKey {
    /// Numbers, moments, flags.
    Number(f64),
    /// Text, lower case.
    Text(String),
}

impl SortKey {
    /// Numbers before text.
    pub fn compare(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Number(a), Self::Number(b)) => a.total_cmp(b),
            (Self::Text(a), Self::Text(b)) => a.cmp(b),
            (Self::Number(_), Self::Text(_)) => Ordering::Less,
            (Self::Text(_), Self::Number(_)) => Ordering::Greater,
        }
    }
}

impl<'w> Eye<'w> {
    /// What to sort a record by, if it has the value.
    pub fn sort_key(self, attribute: &Attribute, doc: &'w Doc) -> Option<SortKey> {
        let value = self.values_around(attribute, doc).into_iter().next()?;
        match attribute.class {
            Class::Moment => value.as_str().and_then(times::parse).map(|at| SortKey::Number(at as f64)),
            Class::Number | Class::Mood => value.as_f64().map(SortKey::Number),
            Class::Flag | Class::Presence => {
                Some(SortKey::Number(f64::from(u8::from(value.as_bool().unwrap_or(false)))))
            }
            Class::Any | Class::Text | Class::String | Class::Keyword | Class::List => plain(&value).map(SortKey::Text),
        }
    }

    /// The values of an attribute for a record: its own, or those of the records of the attribute's family around it.
    pub fn values_around(self, attribute: &Attribute, doc: &'w Doc) -> Vec<Cow<'w, Value>> {
        if attribute.family.kind() == Some(doc.kind) {
            return self.values(attribute, doc);
        }
        self.around(doc, &attribute.family).into_iter().flat_map(|doc| self.values(attribute, doc)).collect()
    }

    /// A record as the index has it.
    pub fn get(self, kind: Kind, id: &str) -> Option<&'w Doc> {
        match self.seen {
            Some(seen) if !seen.is_current(kind, id) => seen.old(kind, id),
            Some(_) | None => self.world.get(kind, id),
        }
    }

    /// Whether the index has a record as it is.
    pub fn is_current(self, kind: Kind, id: &str) -> bool {
        self.seen.is_none_or(|seen| seen.is_current(kind, id))
    }

    fn related(self, doc: &Doc, name: &str) -> Option<&'w Doc> {
        doc.related.get(name).and_then(|(kind, id)| self.get(*kind, id))
    }

    fn found(self, kind: Kind, index: Index, key: &str) -> Vec<&'w Doc> {
        let Some(seen) = self.seen else { return self.world.found(kind, index, key).collect() };
        let current = self.world.found(kind, index, key).filter(|doc| seen.is_current(kind, &doc.id));
        current.chain(seen.found(kind, index, key)).collect()
    }

    fn values(self, attribute: &Attribute, doc: &'w Doc) -> Vec<Cow<'w, Value>> {
        let own = |text: Option<String>| text.map(|text| Cow::Owned(Value::from(text))).into_iter().collect();
        match &attribute.place {
            Place::Paths(paths) => at_paths(doc, paths),
            Place::Count(paths) => {
                let things = |path: &&str| root(doc, path).map_or(0, |value| value.as_array().map_or(0, Vec::len));
                vec![Cow::Owned(paths.iter().map(things).sum::<usize>().into())]
            }
            Place::TrackingEvents => {
                let events = self.found(Kind::Event, Index::Customer, &doc.id);
                let tracked = events.into_iter().filter(|event| event.related.contains_key("session"));
                vec![Cow::Owned(tracked.count().into())]
            }
            Place::Custom(name) => {
                let mut values = Vec::new();
                walk(doc.attributes.get("custom").and_then(|custom| custom.get(name)), None, &mut values);
                values
            }
            Place::SlaBreached => vec![Cow::Owned(sla::breach(doc, self.now).0.into())],
            Place::SlaBreachMetric => own(sla::breach(doc, self.now).1),
            Place::SlaBreachAt => own(sla::breach(doc, self.now).2),
            Place::Id => own(Some(doc.id.clone())),
        }
    }

    /// The records of a family around a record: its customer's, its conversation's, its own.
    fn around(self, doc: &'w Doc, family: &Family) -> Vec<&'w Doc> {
        let Some(kind) = family.kind() else { return Vec::new() };
        let customer = if doc.kind == Kind::Customer { Some(doc) } else { self.related(doc, "customer") };
        let conversation = if doc.kind == Kind::Conversation { Some(doc) } else { self.related(doc, "conversation") };
        let docs: Vec<&Doc> = match (kind, conversation, customer) {
            (Kind::Customer, _, None) if doc.kind == Kind::Company => {
                self.found(Kind::Customer, Index::Company, &doc.id)
            }
            (Kind::Customer, _, customer) => customer.into_iter().collect(),
            (Kind::Company, _, customer) => {
                customer.and_then(|customer| self.related(customer, "company")).into_iter().collect()
            }
            (Kind::Conversation, Some(conversation), _) => vec![conversation],
            (Kind::Message | Kind::Note | Kind::ConversationTime | Kind::WorkItem, Some(conversation), _) => {
                self.found(kind, Index::Conversation, &conversation.id)
            }
            (_, _, Some(customer)) => self.found(kind, Index::Customer, &customer.id),
            (_, _, None) => Vec::new(),
        };
        docs.into_iter().filter(|doc| !is_deleted(doc) && family.has(doc)).collect()
    }

    fn holds(self, criterion: &Criterion, doc: &'w Doc) -> bool {
        if criterion.attribute.family == Family::Anything {
            return self.any_text(criterion, doc);
        }
        compare(criterion, &self.values(&criterion.attribute, doc), self.world)
    }

    /// `any_text` reads everything said around a record: its own words, its customer's name, its messages and notes.
    fn any_text(self, criterion: &Criterion, doc: &'w Doc) -> bool {
        let families = [Family::Customer, Family::Conversation, Family::Message, Family::Note];
        let around = families.iter().flat_map(|family| self.around(doc, family));
        let words = |doc: &'w Doc| {
            let mut values = Vec::new();
            for name in ["name", "title", "description", "subject", "preview", "body", "externalId", "emails", "custom"]
            {
                walk(doc.attributes.get(name), None, &mut values);
            }
            values
        };
        let values: Vec<Cow<Value>> = std::iter::once(doc).chain(around).flat_map(words).collect();
        compare(criterion, &values, self.world)
    }
}

/// The scalars at the paths of a row of the catalogue.
fn at_paths<'w>(doc: &'w Doc, paths: &[&str]) -> Vec<Cow<'w, Value>> {
    let mut values = Vec::new();
    for path in paths {
        match path.strip_prefix('@') {
            Some(relation) => values.extend(doc.related_id(relation).map(|id| Cow::Owned(Value::from(id)))),
            None => walk(root(doc, path), tail(path), &mut values),
        }
    }
    values
}

/// What the first step of a path leads to.
fn root<'w>(doc: &'w Doc, path: &str) -> Option<&'w Value> {
    match path.strip_prefix('~') {
        Some(beside) => doc.hidden.get(head(beside)),
        None => doc.attributes.get(head(path)),
    }
}

fn head(path: &str) -> &str {
    path.split_once('.').map_or(path, |(head, _)| head)
}

fn tail(path: &str) -> Option<&str> {
    path.split_once('.').map(|(_, tail)| tail)
}

/// Collects the scalars at a path; without a path left, all scalars below.
fn walk<'v>(value: Option<&'v Value>, path: Option<&str>, into: &mut Vec<Cow<'v, Value>>) {
    match (value, path) {
        (Some(Value::Array(items)), path) => items.iter().for_each(|item| walk(Some(item), path, into)),
        (Some(Value::Object(map)), Some(path)) => walk(map.get(head(path)), tail(path), into),
        (Some(Value::Object(map)), None) => map.values().for_each(|value| walk(Some(value), None, into)),
        (None | Some(Value::Null), _) | (Some(Value::Bool(_) | Value::Number(_) | Value::String(_)), Some(_)) => {}
        (Some(value), None) => {
            if value.as_str() != Some("") {
                into.push(Cow::Borrowed(value));
            }
        }
    }
}

fn plain(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.to_lowercase()),
        Value::Number(_) | Value::Bool(_) => Some(value.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

fn compare(criterion: &Criterion, values: &[Cow<Value>], world: &World) -> bool {
    let class = criterion.attribute.class;
    match (criterion.operator, &criterion.operand) {
        (Operator::Set, Operand::Flag(wanted)) => values.is_empty() != *wanted,
        (Operator::NotSet, Operand::Flag(wanted)) => values.is_empty() == *wanted,
        (operator, Operand::Flag(wanted)) => {
            let is_true = || values.first().is_some_and(|value| value.as_bool() == Some(true));
            let actual = if class == Class::Presence { !values.is_empty() } else { is_true() };
            (actual == *wanted) == (operator == Operator::Equals)
        }
        (Operator::Within, Operand::Numbers(ends)) => any(
            values,
            Operator::Within,
            |value| matches!(ends[..], [from, to] if value.as_f64().is_some_and(|actual| from <= actual && actual <= to)),
        ),
        (Operator::Within, Operand::Spans(ends)) => any(values, Operator::Within, |value| {
            let actual = value.as_str().and_then(times::parse);
            matches!(ends[..], [first, last] if actual.is_some_and(|actual| first.from <= actual && actual < last.to))
        }),
        (operator, Operand::Numbers(wanted)) => any(values, operator, |value| {
            value.as_f64().is_some_and(|actual| wanted.iter().any(|wanted| number_holds(operator, actual, *wanted)))
        }),
        (operator, Operand::Spans(wanted)) => any(values, operator, |value| {
            let actual = value.as_str().and_then(times::parse);
            actual.is_some_and(|actual| wanted.iter().any(|span| span_holds(operator, actual, *span)))
        }),
        (operator, Operand::Texts(wanted)) => any(values, operator, |value| {
            let Some(actual) = plain(value) else { return false };
            let names = criterion.attribute.is_tags.then(|| tag_name(world, value)).flatten();
            wanted.iter().any(|wanted| text_holds(class, operator, &actual, wanted) || names.as_deref() == Some(wanted))
        }),
    }
}

/// Negative operators hold when the positive one holds for no value.
fn any(values: &[Cow<Value>], operator: Operator, holds: impl Fn(&Value) -> bool) -> bool {
    let found = values.iter().any(|value| holds(value));
    let is_negative = matches!(operator, Operator::NotEquals | Operator::NotContains);
    found != is_negative
}

fn tag_name(world: &World, id: &Value) -> Option<String> {
    world.get(Kind::Tag, id.as_str()?)?.text("name").map(str::to_lowercase)
}

#[expect(clippy::float_cmp, reason = "a search for a number means that very number")]
fn number_holds(operator: Operator, actual: f64, wanted: f64) -> bool {
    match operator {
        Operator::Greater => actual > wanted,
        Operator::GreaterOrEqual => actual >= wanted,
        Operator::Less => actual < wanted,
        Operator::LessOrEqual => actual <= wanted,
        Operator::Equals | Operator::NotEquals => actual == wanted,
        _ => false,
    }
}

fn span_holds(operator: Operator, actual: i64, wanted: times::Span) -> bool {
    match operator {
        Operator::Greater => actual >= wanted.to,
        Operator::GreaterOrEqual => actual >= wanted.from,
        Operator::Less => actual < wanted.from,
        Operator::LessOrEqual => actual < wanted.to,
        Operator::Equals | Operator::NotEquals => wanted.from <= actual && actual < wanted.to,
        _ => false,
    }
}

fn text_holds(class: Class, operator: Operator, actual: &str, wanted: &str) -> bool {
    match operator {
        Operator::Equals | Operator::NotEquals => actual == wanted,
        Operator::StartsWith => actual.starts_with(wanted),
        Operator::Contains | Operator::NotContains if class == Class::List => actual == wanted,
        Operator::Contains | Operator::NotContains => has_words(actual, wanted),
        _ => false,
    }
}

/// Whether every word of `wanted` stands in `text` as a whole word: `test` is not found in `testAnotherRecord`. Scripts
/// without spaces have no such borders; there a part is a word.
fn has_words(text: &str, wanted: &str) -> bool {
    let is_word = |c: char| c.is_alphanumeric();
    let mut words = wanted.split(|c: char| !is_word(c)).filter(|word| !word.is_empty()).peekable();
    words.peek().is_some() && words.all(|word| has_word(text, word))
}

fn has_word(text: &str, word: &str) -> bool {
    let bounded = |c: Option<char>| c.is_none_or(|c| !c.is_alphanumeric() || is_spaceless(c));
    text.match_indices(word).any(|(at, _)| {
        let spaceless = word.chars().all(is_spaceless);
        spaceless || (bounded(text[..at].chars().next_back()) && bounded(text[at + word.len()..].chars().next()))
    })
}

/// Han, kana and Thai are written without spaces between words.
fn is_spaceless(c: char) -> bool {
    matches!(c, '\u{0e00}'..='\u{0e7f}' | '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}' | '\u{f900}'..='\u{faff}')
}

/// A question made ready to be asked of many records.
#[derive(Debug)]
pub struct Judge<'w, 'q> {
    eye: Eye<'w>,
    question: &'q Question,
    /// The `and` criteria by family, each group to be met by one record.
    groups: Vec<(&'q Family, Vec<&'q Criterion>)>,
}

impl<'w, 'q> Judge<'w, 'q> {
    /// Groups the criteria.
    pub fn new(eye: Eye<'w>, question: &'q Question) -> Self {
        let mut groups: Vec<(&Family, Vec<&Criterion>)> = Vec::new();
        for criterion in &question.and {
            let family = &criterion.attribute.family;
            match groups.iter_mut().find(|(known, _)| *known == family) {
                Some((_, group)) => group.push(criterion),
                None => groups.push((family, vec![criterion])),
            }
        }
        // What a record says about itself is judged first: it is cheap and usually decides.
        groups.sort_by_key(|(family, _)| family.kind() != question.context.kind());
        Self { eye, question, groups }
    }

    /// Whether the record answers the question: it is within reach and every demand is met.
    pub fn holds(&self, doc: &'w Doc) -> bool {
        self.is_within_reach(doc) && self.meets(doc)
    }

    /// Whether every demand is met, however old or deleted the record is.
    pub fn meets(&self, doc: &'w Doc) -> bool {
        let one = |criterion: &Criterion| self.group_holds(&criterion.attribute.family, &[criterion], doc);
        self.groups.iter().all(|(family, group)| self.group_holds(family, group, doc))
            && (self.question.or.is_empty() || self.question.or.iter().any(one))
            && !self.question.not.iter().any(one)
    }

    /// Deleted records come only when asked for; a record changed within two years is for the standard search, an older
    /// one for the archive's.
    fn is_within_reach(&self, doc: &Doc) -> bool {
        let since = self.eye.now - WINDOW_MS;
        let is_recent = doc.text("updatedAt").and_then(times::parse).is_none_or(|at| at >= since);
        (self.question.include_deleted || !is_deleted(doc))
            && self.question.context.has(doc)
            && is_recent == (self.question.age == Age::Recent)
    }

    fn group_holds(&self, family: &Family, group: &[&Criterion], doc: &'w Doc) -> bool {
        let all = |doc: &'w Doc| group.iter().all(|criterion| self.eye.holds(criterion, doc));
        match family {
            Family::Anything => all(doc),
            family if family.kind() == Some(doc.kind) => family.has(doc) && all(doc),
            family => self.eye.around(doc, family).into_iter().any(all),
        }
    }
}
