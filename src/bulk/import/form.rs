//! Owns the forming of one row: its cells as values of fields, and every reason why one does not fit. Asks the desk nothing.

use serde_json::{Map, Value};

use super::{
    cell::{Cell, Row},
    fields::{By, Field, Fields, Kind, Place, Target},
    mapping::{Mapping, Mode},
    masks,
    moment::Moments,
    seen::Seen,
    value,
};
use crate::{
    bulk::{Fault, Resource},
    privacy::{pii, text},
};

/// Characters of a value that a fault shows.
const SHOWN: usize = 60;

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
    formed: u64,
    masks: u64,
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
        Self { header, fields, mapping, mode, moments, clears, seen: Seen::new(), formed: 0, masks: 0 }
    }

    /// Forms one.
    pub fn form(&mut self, row: Row) -> Formed {
        let mut formed = Formed { number: row.number, ..Formed::default() };
        self.formed += 1;
        if let Some(flaw) = &row.flaw {
            formed.fault("the row", "", flaw.clone());
        } else {
            let (fields, mapping, header) = (self.fields, self.mapping, self.header);
            for (at, to) in mapping.columns.iter().enumerate() {
                if let (Some((field, _)), Some(cell)) = (to, row.cells.get(at)) {
                    self.fill(&mut formed, fields.get(*field), &header[at], cell);
                }
            }
            for (index, field) in mapping.computed.iter().enumerate() {
                let field = fields.get(*field);
                match mapping.expressions.cell(index, header, &row) {
                    Ok(cell) => self.fill(&mut formed, field, &field.name, &cell),
                    Err(reason) => formed.fault(&field.name, "", reason),
                }
            }
            self.whole(&mut formed);
        }
        formed.cells = row.cells;
        formed
    }

    fn fill(&mut self, formed: &mut Formed, field: &Field, column: &str, cell: &Cell) {
        if cell.is_empty() {
            let can_clear = self.clears && self.mode == Mode::Update && !field.required;
            if can_clear && !matches!(field.place, Place::Id | Place::Refer(..)) && field.name != "externalId" {
                place(formed, field, Value::Null);
            }
            return;
        }
        if is_mask(field, cell) {
            // In an export that comes back, what the mask hides was not meant to change.
            if self.mode == Mode::Update {
                self.masks += 1;
                return;
            }
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

    /// What a person should know of the rows so far.
    pub fn warnings(&self) -> Option<String> {
        let masks = self.masks;
        (masks > 0).then(|| {
            format!("{masks} cells hold a mask of the desk's instead of a value: those fields stay as they are.")
        })
    }

    /// How many rows were formed.
    pub fn count(&self) -> u64 {
        self.formed
    }
}

impl Formed {
    pub(super) fn fault(&mut self, column: &str, value: &str, reason: String) {
        let column = text::line(column).into_string();
        self.faults.push(Fault { column, value: value.to_owned(), reason });
    }

    /// What the row is called in results: by its number, which is unique and nobody's personal value.
    pub fn reference(&self) -> String {
        format!("row-{}", self.number)
    }
}

/// Whether a cell is what the desk shows instead of a value. Words of people may hold stars, unless the field is sensitive.
fn is_mask(field: &Field, cell: &Cell) -> bool {
    let is_words = matches!(field.kind, Kind::Words(..)) && !field.sensitive;
    match cell {
        Cell::Empty => false,
        Cell::Text(words) => !is_words && masks::looks_like_one(words),
        Cell::Typed(value) => masks::is_in(value),
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
