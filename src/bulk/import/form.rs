//! Owns the forming of one row: its cells as values of fields, and every reason why one does not fit. Asks the desk nothing.

use std::{
    collections::HashMap,
    hash::{BuildHasher, RandomState},
};

use serde_json::{Map, Value};

use super::{
    cell::{Cell, Row},
    fields::{By, Field, Fields, Place, Target},
    mapping::{Mapping, Mode},
    masks,
    moment::Moments,
    value,
};
use crate::{
    bulk::{Fault, Resource},
    privacy::{pii, text},
};

/// Characters of a value that a fault shows.
const SHOWN: usize = 60;
/// Parts the memory of keys is in: each grows by itself, so that never all of it is copied at once.
const PARTS: usize = 64;

/// A row whose cells were read.
#[derive(Clone, Debug, Default)]
pub struct Formed {
    /// Which row it was.
    pub number: u64,
    /// Its cells, as they came.
    pub cells: Vec<Cell>,
    /// The record it names.
    pub id: Option<String>,
    /// The org's own id.
    pub external_id: Option<String>,
    /// What it sends, without what has to be looked up.
    pub body: Map<String, Value>,
    /// What has to be looked up.
    pub refers: Vec<Refer>,
    /// What is wrong with it.
    pub faults: Vec<Fault>,
}

/// A record a row refers to by a key.
#[derive(Clone, Debug)]
pub struct Refer {
    /// Which record.
    pub target: Target,
    /// By what.
    pub by: By,
    /// The key.
    pub key: String,
    /// The column.
    pub column: String,
}

/// Forms rows, one after the other.
pub struct Former<'a> {
    header: &'a [String],
    fields: &'a Fields,
    mapping: &'a Mapping,
    mode: Mode,
    moments: Moments,
    clears: bool,
    seen: Seen,
    held: u64,
}

impl<'a> Former<'a> {
    /// Forms rows of a table; `clears` says that an empty cell empties its field.
    pub fn new(
        header: &'a [String],
        fields: &'a Fields,
        mapping: &'a Mapping,
        mode: Mode,
        moments: Moments,
        clears: bool,
    ) -> Self {
        Self { header, fields, mapping, mode, moments, clears, seen: Seen::new(), held: 0 }
    }

    /// Forms one.
    pub fn form(&mut self, row: Row) -> Formed {
        let mut formed = Formed { number: row.number, ..Formed::default() };
        self.held += 1;
        if let Some(flaw) = &row.flaw {
            formed.fault("the row", "", flaw.clone());
        } else {
            for (at, to) in self.mapping.columns.iter().enumerate() {
                if let (Some((field, _)), Some(cell)) = (to, row.cells.get(at)) {
                    self.fill(&mut formed, self.fields.get(*field), &self.header[at], cell);
                }
            }
            for (index, field) in self.mapping.computed.iter().enumerate() {
                let field = self.fields.get(*field);
                match self.mapping.expressions.cell(index, self.header, &row) {
                    Ok(cell) => self.fill(&mut formed, field, &field.name, &cell),
                    Err(reason) => formed.fault(&field.name, "", reason),
                }
            }
            self.whole(&mut formed);
        }
        formed.cells = row.cells;
        formed
    }

    fn fill(&self, formed: &mut Formed, field: &Field, column: &str, cell: &Cell) {
        if cell.is_empty() {
            let can_clear = self.clears && self.mode == Mode::Update && !field.required;
            if can_clear && !matches!(field.place, Place::Id | Place::Refer(..)) && field.name != "externalId" {
                place(formed, field, Value::Null);
            }
            return;
        }
        let is_mask = matches!(cell, Cell::Text(words) if masks::looks_like_one(words));
        if is_mask && (field.sensitive || !matches!(field.kind, super::fields::Kind::Words(..))) {
            return formed.fault(column, "", masks::REFUSED.to_owned());
        }
        match (value::read(field, cell, &self.moments), &field.place) {
            (Err(reason), _) => formed.fault(column, &shown(field, cell), reason),
            (Ok(Value::String(key)), Place::Refer(target, by)) => {
                formed.refers.push(Refer { target: *target, by: *by, key, column: column.to_owned() });
            }
            (Ok(value), _) => place(formed, field, value),
        }
    }

    /// What a row needs as a whole.
    fn whole(&mut self, formed: &mut Formed) {
        let creates = matches!(self.mode, Mode::Create | Mode::Upsert);
        for field in self.fields.all().iter().filter(|field| creates && field.required) {
            let refers = formed.refers.iter().any(|refer| refer.target.word() == field.name);
            let wrong = formed.faults.iter().any(|fault| self.fills(&fault.column, field));
            if !formed.body.contains_key(&field.name) && !refers && !wrong {
                let reason = format!("{} need it", self.fields.resource());
                formed.fault(&field.name, "", reason);
            }
        }
        if self.mode != Mode::Create && formed.id.is_none() && formed.external_id.is_none() && formed.faults.is_empty()
        {
            formed.fault("the row", "", "it does not say which record is meant: its id is empty".to_owned());
        }
        for (word, key) in [("id", &formed.id), ("external id", &formed.external_id)] {
            let Some(key) = key else { continue };
            if let Some(first) = self.seen.before(word, key, formed.number) {
                let fault = Fault {
                    column: word.to_owned(),
                    value: pii::redact(&text::line(key).into_string()),
                    reason: format!("row {first} has the same {word}"),
                };
                formed.faults.push(fault);
                break;
            }
        }
        if self.mode == Mode::Create
            && *self.fields.resource() == Resource::Conversations
            && formed.body.get("status") == Some(&Value::from("snoozed"))
        {
            formed.fault("status", "snoozed", "a conversation cannot be made snoozed".to_owned());
        }
    }

    /// Whether a column, or a computed field, is what fills a field or its reference.
    fn fills(&self, column: &str, field: &Field) -> bool {
        let meant =
            |name: &str| name == field.name || name.strip_prefix(&field.name).is_some_and(|rest| rest.starts_with('.'));
        let at = self.header.iter().position(|name| name == column);
        let by_column =
            at.and_then(|at| self.mapping.columns[at]).is_some_and(|(to, _)| meant(&self.fields.get(to).name));
        by_column || meant(column)
    }

    /// How many rows were formed.
    pub fn count(&self) -> u64 {
        self.held
    }
}

impl Formed {
    pub(super) fn fault(&mut self, column: &str, value: &str, reason: String) {
        let column = text::line(column).into_string();
        self.faults.push(Fault { column, value: value.to_owned(), reason });
    }

    /// What the row is called: what people know it by.
    pub fn reference(&self) -> String {
        format!("row-{}", self.number)
    }
}

/// A value as a fault may show it: short, without personal values, and nothing of what the desk would mask.
fn shown(field: &Field, cell: &Cell) -> String {
    if field.sensitive {
        return "…".to_owned();
    }
    let words: String = cell.shown().chars().take(SHOWN).collect();
    pii::redact(&text::line(&words).into_string())
}

fn place(formed: &mut Formed, field: &Field, value: Value) {
    let within = |body: &mut Map<String, Value>, object: &str, key: &str, value: Value| {
        if let Value::Object(inner) = body.entry(object).or_insert_with(|| Value::Object(Map::new())) {
            inner.insert(key.to_owned(), value);
        }
    };
    match &field.place {
        Place::Id => formed.id = value.as_str().map(str::to_owned),
        Place::Attribute("externalId") => formed.external_id = value.as_str().map(str::to_owned),
        Place::Attribute(name) => drop(formed.body.insert((*name).to_owned(), value)),
        Place::Within(object, key) => {
            within(&mut formed.body, object, key, value);
            // A time to wake at is nothing without being asleep (Kustomer API reference 10.2).
            if *object == "snooze" {
                within(&mut formed.body, object, "status", "scheduled".into());
            }
        }
        Place::Custom(name) => within(&mut formed.body, "custom", name, value),
        Place::Refer(..) => {}
    }
}

/// Keys that were seen, by their hashes, with the row they were first in: sixteen bytes a row.
struct Seen {
    hasher: RandomState,
    parts: Vec<HashMap<u64, u32>>,
}

impl Seen {
    fn new() -> Self {
        Self { hasher: RandomState::new(), parts: vec![HashMap::new(); PARTS] }
    }

    fn before(&mut self, word: &str, key: &str, number: u64) -> Option<u32> {
        let hash = self.hasher.hash_one((word, key));
        let part = &mut self.parts[(hash >> 56) as usize % PARTS];
        let number = u32::try_from(number).unwrap_or(u32::MAX);
        match part.entry(hash) {
            std::collections::hash_map::Entry::Occupied(first) => Some(*first.get()),
            std::collections::hash_map::Entry::Vacant(free) => {
                free.insert(number);
                None
            }
        }
    }
}
