//! Owns how a klass's table is arranged: columns, order, headings. Remembered for each klass across restarts, by the names of
//! attributes alone; what no longer fits is left out when it is used.

use std::{cmp::Ordering, collections::BTreeMap};

use jiff::Timestamp;
use serde_json::{Value, json};

use super::{columns, value};
use crate::{
    console::state::Shared,
    domain::{Attribute, AttributeKind, FieldValue, Kobject},
};

/// Klasses whose arrangement is remembered, and names of columns of each.
const MOST: (usize, usize) = (64, 60);

/// How one klass's table is arranged.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Shape {
    /// The columns behind the title, by name; empty for the usual ones.
    pub columns: Vec<String>,
    /// By which column rows stand in order, and whether the last comes first.
    pub sort: Option<(String, bool)>,
    /// Under which column's values rows stand together.
    pub group: Option<String>,
}

/// Every klass's, by name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Shapes(BTreeMap<String, Shape>);

impl Shapes {
    /// A klass's.
    pub fn of(&self, klass: &str) -> Shape {
        self.0.get(klass).cloned().unwrap_or_default()
    }

    /// Arranges a klass's anew.
    pub fn set(&mut self, klass: &str, shape: Shape) {
        if shape == Shape::default() {
            self.0.remove(klass);
        } else {
            self.0.insert(klass.to_owned(), shape);
        }
    }

    /// As it is remembered.
    pub fn remember(&self) -> Value {
        let one = |(klass, shape): (&String, &Shape)| {
            let sort = shape.sort.as_ref().map(|(name, last_first)| json!([name, last_first]));
            (klass.clone(), json!({ "columns": shape.columns, "sort": sort, "group": shape.group }))
        };
        Value::Object(self.0.iter().take(MOST.0).map(one).collect())
    }

    /// As it was remembered.
    pub fn recall(remembered: &Value) -> Self {
        let text = |value: &Value| value.as_str().map(str::to_owned);
        let one = |(klass, kept): (&String, &Value)| {
            let columns = kept.get("columns").and_then(Value::as_array).into_iter().flatten().filter_map(text);
            let sort = kept.get("sort").and_then(|sort| Some((text(sort.get(0)?)?, sort.get(1)?.as_bool()?)));
            let group = kept.get("group").and_then(text);
            (klass.clone(), Shape { columns: columns.take(MOST.1).collect(), sort, group })
        };
        Self(remembered.as_object().into_iter().flatten().take(MOST.0).map(one).collect())
    }
}

/// Rows in order, and the headings among them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Arranged {
    /// Places among what was read, in order.
    pub order: Vec<usize>,
    /// Before which of them a heading stands, its words, and how many rows it has.
    pub heads: Vec<(usize, String, usize)>,
}

/// Arranges the rows that are left.
pub fn arrange(shape: &Shape, all: &[Attribute], rows: &[Kobject], left: &[usize], shared: &Shared) -> Arranged {
    let mut order = left.to_vec();
    if let Some((name, last_first)) = &shape.sort
        && let Some(by) = all.iter().find(|attribute| attribute.name == *name)
    {
        order.sort_by(|a, b| {
            let sorted = compare(by, rows.get(*a), rows.get(*b), *last_first);
            sorted.then(a.cmp(b))
        });
    }
    let Some(by) = shape.group.as_ref().and_then(|name| all.iter().find(|attribute| attribute.name == *name)) else {
        return Arranged { order, heads: Vec::new() };
    };
    let heading = |place: &usize| rows.get(*place).map_or_else(String::new, |row| heading(by, row, shared));
    let mut under: Vec<(usize, String, Vec<usize>)> = Vec::new();
    for place in order {
        let words = heading(&place);
        match under.iter_mut().find(|(_, known, _)| *known == words) {
            Some((.., places)) => places.push(place),
            None => under.push((rank(by, &words), words, vec![place])),
        }
    }
    under.sort_by(|a, b| (a.0, &a.1).cmp(&(b.0, &b.1)));
    let mut arranged = Arranged::default();
    for (_, words, places) in under {
        arranged.heads.push((arranged.order.len(), words, places.len()));
        arranged.order.extend(places);
    }
    arranged
}

/// Allowed values stand as the org has them, others by name, what has none last.
fn rank(by: &Attribute, words: &str) -> usize {
    let known = by.enumeration.iter().position(|value| value.line().as_ref() as &str == words);
    known.unwrap_or(if words == NONE { usize::MAX } else { by.enumeration.len() })
}

const NONE: &str = "not set";

fn heading(by: &Attribute, row: &Kobject, shared: &Shared) -> String {
    let has = columns::value(row, by);
    match (by.kind, has.as_deref()) {
        (AttributeKind::At, Some(FieldValue::Open(Value::String(at)))) => match at.parse::<Timestamp>() {
            Ok(at) => at.to_zoned(shared.zone.clone()).strftime("%Y-%m").to_string(),
            Err(_) => NONE.to_owned(),
        },
        (AttributeKind::Bool, Some(FieldValue::Open(Value::Bool(yes)))) => (if *yes { "yes" } else { "no" }).to_owned(),
        (_, has) => {
            let shown = value::cell(by, has, shared, &value::Names::default());
            if shown.words.is_empty() { NONE.to_owned() } else { shown.words }
        }
    }
}

/// What has no value stands last, whichever way round.
fn compare(by: &Attribute, a: Option<&Kobject>, b: Option<&Kobject>, last_first: bool) -> Ordering {
    let keys = [a, b].map(|row| row.and_then(|row| key(by, row)));
    match keys {
        [Some(a), Some(b)] if last_first => b.compare(&a),
        [Some(a), Some(b)] => a.compare(&b),
        [a, b] => b.is_some().cmp(&a.is_some()),
    }
}

/// What rows are ordered by.
enum Sorted {
    Number(f64),
    Words(String),
}

impl Sorted {
    fn compare(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Number(a), Self::Number(b)) => a.total_cmp(b),
            (Self::Words(a), Self::Words(b)) => a.cmp(b),
            (Self::Number(_), Self::Words(_)) => Ordering::Less,
            (Self::Words(_), Self::Number(_)) => Ordering::Greater,
        }
    }
}

/// Nothing masked is put in order: it would tell what the mask hides.
fn key(by: &Attribute, row: &Kobject) -> Option<Sorted> {
    let has = columns::value(row, by).filter(|_| !by.sensitive)?;
    let FieldValue::Open(open) = has.as_ref() else { return None };
    match open {
        Value::Null => None,
        Value::Bool(yes) => Some(Sorted::Number(f64::from(u8::from(*yes)))),
        Value::Number(number) => number.as_f64().map(Sorted::Number),
        Value::String(words) => match (by.kind, words.parse::<Timestamp>()) {
            (AttributeKind::At, Ok(at)) => Some(Sorted::Number(at.as_millisecond() as f64)),
            _ => Some(match by.enumeration.iter().position(|value| value.raw() == words) {
                Some(place) => Sorted::Number(place as f64),
                None => Sorted::Words(words.chars().take(200).flat_map(char::to_lowercase).collect()),
            }),
        },
        other => Some(Sorted::Words(other.to_string().chars().take(200).collect())),
    }
}
