//! Owns forms: one record's attributes as fields made from metadata, each read and checked by what its name promises, and the
//! one [`Change`] they become. Whether that happens is the approval desk's. Knows no klass by name, no pane, and performs
//! nothing: `update::form` drives it.
//!
//! ```text
//! open ─ Editable ─> fields ─ typing ─> put up ─ read again ─ moved? ─> mine · theirs · base, field by field
//!                      └ kept at each change        └ as it was ─> Change (only what changed, with the revision) ─> card
//! ```
//!
//! Invariants: only what differs from the desk is sent; a masked value is replaced whole or not at all; what was typed is kept
//! until it is at the desk; where both sides moved, a person chooses before anything is proposed.

pub mod block;
mod entry;
mod field;
mod kept;
mod spoken;
mod value;
pub mod view;

use jiff::tz::TimeZone;
use serde_json::{Map, Value};

pub use entry::Entry;
pub use field::{Field, Side};
use kept::Kept;
pub use value::{Place, Reading};

use crate::{
    approval::Change,
    console::{
        keymap::Key,
        remote::{Problem, Remote},
    },
    domain::{Attribute, Text},
    kustomer::{
        Editable, Editing,
        changes::{self, Record, WishError},
    },
    privacy::text,
};

/// The standard attributes a KObject's form begins with.
const HEAD: [(&str, &str, Place); 2] =
    [("title", "Title", Place::Title), ("externalId", "External id", Place::ExternalId)];
/// The one it ends with.
const FOOT: (&str, &str, Place) = ("description", "Description", Place::Description);

/// Why a form cannot be put up yet.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unready {
    /// Nothing differs from what the desk has.
    #[error("nothing is changed yet")]
    Unchanged,
    /// A field is wrong, or waits for a choice.
    #[error("{label}: {why}")]
    Field {
        /// Which, by place.
        at: usize,
        /// Its label.
        label: String,
        /// What is wrong.
        why: String,
    },
    /// The record is not here.
    #[error("the record is not read yet")]
    Unread,
    /// The desk's own rules.
    #[error(transparent)]
    Refused(WishError),
}

/// A form being filled in.
#[derive(Clone, Debug)]
pub struct Form {
    editing: Editing,
    /// What the kind of record is called, safe.
    kind: String,
    /// Whose a new one will be, by name.
    whose: Option<Text>,
    loaded: Remote<()>,
    record: Option<Record>,
    name: String,
    fields: Vec<Field>,
    at: usize,
    /// The attribute to stand on once it is here.
    wanted: Option<String>,
    /// It was put up, and the desk is being looked at first.
    is_checking: bool,
}

/// What came of a record that was read again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Met {
    /// Fields that were taken over from the desk.
    pub taken: usize,
    /// Fields that moved at both ends.
    pub torn: usize,
}

impl Form {
    /// A form whose record is being read.
    pub fn open(editing: Editing, kind: &str, whose: Option<Text>, wanted: Option<String>) -> Self {
        Self {
            editing,
            kind: text::line(kind).into_string(),
            whose,
            loaded: Remote::Loading(None),
            record: None,
            name: String::new(),
            fields: Vec::new(),
            at: 0,
            wanted,
            is_checking: false,
        }
    }

    /// What it is about.
    pub fn editing(&self) -> &Editing {
        &self.editing
    }

    /// Under which key it is kept.
    pub fn key(&self) -> String {
        match &self.editing {
            Editing::NewKobject { klass, customer } => {
                let whose = customer.as_ref().map(|id| format!(":{id}")).unwrap_or_default();
                format!("form:new:{klass}{whose}")
            }
            Editing::Kobject { klass, id } => format!("form:kobject:{klass}:{id}"),
            Editing::Customer(id) => format!("form:customer:{id}"),
            Editing::Conversation(id) => format!("form:conversation:{id}"),
        }
    }

    /// Its title, safe to show.
    pub fn title(&self) -> String {
        match (&self.editing, &self.whose) {
            (Editing::NewKobject { .. }, Some(whose)) => format!("New {} of {}", self.kind, whose.line()),
            (Editing::NewKobject { .. }, None) => format!("New {}", self.kind),
            _ if self.name.trim().is_empty() => format!("Edit {}", self.kind),
            _ => format!("Edit {}: {}", self.kind, self.name),
        }
    }

    /// Its fields.
    pub fn fields(&self) -> &[Field] {
        &self.fields
    }

    /// Where the cursor is.
    pub fn at(&self) -> usize {
        self.at
    }

    /// The field with the cursor.
    pub fn field(&self) -> Option<&Field> {
        self.fields.get(self.at)
    }

    /// The same, to be filled in.
    pub fn field_mut(&mut self) -> Option<&mut Field> {
        self.fields.get_mut(self.at)
    }

    /// Whether the record is here.
    pub fn loaded(&self) -> &Remote<()> {
        &self.loaded
    }

    /// The revision it is built on.
    pub fn rev(&self) -> Option<u64> {
        self.record.as_ref().and_then(Record::rev)
    }

    /// Whether it was put up and the desk is being looked at.
    pub fn is_checking(&self) -> bool {
        self.is_checking
    }

    /// It is being put up, or no longer.
    pub fn check(&mut self, is_checking: bool) {
        self.is_checking = is_checking;
    }

    /// The record could not be read.
    pub fn fail(&mut self, problem: Problem) {
        self.is_checking = false;
        if self.fields.is_empty() {
            self.loaded = Remote::Failed(None, problem);
        }
    }

    /// The record came for the first time; what was kept of an earlier try goes into its fields.
    pub fn take(&mut self, read: Editable, kept: &str, reading: Reading<'_>) {
        self.name = read.name.line().into_string();
        self.fields = fields(&self.editing, &read, reading.zone);
        self.record = read.record;
        for (key, Kept { words, was, replaced }) in kept::read(kept) {
            if let Some(field) = self.fields.iter_mut().find(|field| field.key() == key) {
                field.take_up(&words, &was, replaced, reading);
            }
        }
        self.loaded = Remote::Ready((), reading.now);
        if let Some(wanted) = self.wanted.take() {
            self.at = self.fields.iter().position(|field| field.attribute.name == wanted).unwrap_or(0);
        }
    }

    /// The record came again: what nobody touched here is the desk's, what moved at both ends waits for a choice.
    pub fn meet(&mut self, read: Editable, reading: Reading<'_>) -> Met {
        let mut met = Met::default();
        let stood = self.field().map(Field::key);
        let newest = fields(&self.editing, &read, reading.zone);
        let mut mine = std::mem::take(&mut self.fields);
        for new in newest {
            let Some(place) = mine.iter().position(|field| field.key() == new.key()) else {
                self.fields.push(new);
                continue;
            };
            let mut field = mine.remove(place);
            field.attribute = new.attribute.clone();
            met.taken += usize::from(field.meet(new.into_base(), reading));
            met.torn += usize::from(field.is_torn());
            self.fields.push(field);
        }
        for mut lost in mine.into_iter().filter(Field::is_touched) {
            lost.lose();
            self.fields.push(lost);
        }
        self.name = read.name.line().into_string();
        self.record = read.record;
        self.at = stood.and_then(|key| self.fields.iter().position(|field| field.key() == key)).unwrap_or(0);
        met
    }

    /// Goes to the field beside this one, around the ends.
    pub fn step(&mut self, by: isize) {
        let len = self.fields.len().max(1) as isize;
        self.at = (self.at as isize + by).rem_euclid(len).unsigned_abs();
    }

    /// Goes to a field; `false` if there is none of that place.
    pub fn go(&mut self, at: usize) -> bool {
        let is_there = at < self.fields.len();
        self.at = if is_there { at } else { self.at };
        is_there
    }

    /// Goes to the first field that waits for a choice.
    pub fn go_to_torn(&mut self) {
        self.at = self.fields.iter().position(Field::is_torn).unwrap_or(self.at);
    }

    /// Takes a key as text; whether it changed something.
    pub fn type_key(&mut self, key: &Key) -> bool {
        self.field_mut().is_some_and(|field| field.type_key(key))
    }

    /// How many fields differ, and how many are wrong.
    pub fn tally(&self, reading: Reading<'_>) -> (usize, usize) {
        let touched = self.fields.iter().filter(|field| field.is_touched()).count();
        (touched, self.fields.iter().filter(|field| field.wrong(reading).is_some()).count())
    }

    /// What is to be kept of it; empty where nothing was touched.
    pub fn kept(&self) -> String {
        let touched = self.fields.iter().filter(|field| field.is_touched());
        let touched = touched.map(|field| {
            let was = if field.replaces() { String::new() } else { field.first().to_owned() };
            (field.key(), Kept { words: field.entry.words(), was, replaced: field.replaces() })
        });
        kept::written(&touched.collect())
    }

    /// The change this would be: only what differs, on the revision that was read.
    ///
    /// # Errors
    /// Why it cannot be put up.
    pub fn change(&self, reading: Reading<'_>) -> Result<Change, Unready> {
        if self.loaded.value().is_none() {
            return Err(Unready::Unread);
        }
        for (at, field) in self.fields.iter().enumerate() {
            if let Some(why) = field.wrong(reading) {
                return Err(Unready::Field { at, label: field.label(), why });
            }
        }
        let (mut body, mut custom) = (Map::new(), Map::new());
        for field in &self.fields {
            let Some(value) = field.edit(reading) else { continue };
            let into = if field.place == Place::Custom { &mut custom } else { &mut body };
            into.insert(field.attribute.name.clone(), value);
        }
        if !custom.is_empty() {
            body.insert("custom".to_owned(), Value::Object(custom));
        }
        if body.is_empty() {
            return Err(Unready::Unchanged);
        }
        match (&self.editing, &self.record) {
            (Editing::NewKobject { klass, customer }, _) => {
                // By this a creation whose answer got lost is found again.
                let reference = || format!("shiftdeck-{klass}-{}", reading.now.as_millisecond());
                body.entry("externalId").or_insert_with(|| reference().into());
                let customer = customer.as_ref().map(|id| (id, self.whose.clone()));
                changes::create_kobject(klass, customer, body).map_err(Unready::Refused)
            }
            (_, Some(record)) => changes::update(record, body).map_err(Unready::Refused),
            (_, None) => Err(Unready::Unread),
        }
    }
}

/// The fields of a record: its head, what metadata describes in its order, what it has besides, its foot.
fn fields(editing: &Editing, read: &Editable, zone: &TimeZone) -> Vec<Field> {
    let own = |(name, label, place): (&str, &str, Place)| {
        let attribute = Attribute { label: Text::from(label), ..Attribute::undescribed(name) };
        let base = read.own.iter().find(|field| field.name == name).map(|field| field.value.clone());
        Field::new(place, attribute, base, zone)
    };
    let custom = |attribute: &Attribute| {
        let base = read.custom.iter().find(|field| field.name == attribute.name).map(|field| field.value.clone());
        Field::new(Place::Custom, attribute.clone(), base, zone)
    };
    let is_known = |name: &str| read.attributes.iter().any(|attribute| attribute.name == name);
    let strangers: Vec<Attribute> = read
        .custom
        .iter()
        .filter(|field| !is_known(&field.name))
        .map(|field| Attribute::undescribed(&field.name))
        .collect();
    let mut all = Vec::new();
    let is_kobject = editing.klass().is_some();
    all.extend(HEAD.into_iter().filter(|_| is_kobject).map(own));
    all.extend(read.attributes.iter().chain(&strangers).map(custom));
    all.extend(is_kobject.then(|| own(FOOT)));
    all
}

#[cfg(test)]
mod tests;
