//! Owns which columns there are, and what stands in one: the klass's attributes, what records have besides, and what every
//! record has. Knows no klass by name.

use std::{borrow::Cow, collections::BTreeSet};

use serde_json::Value;

use crate::domain::{Attribute, AttributeKind, FieldValue, Klass, Kobject, Text};

/// What every record has, whatever its klass: by a name no attribute can have, with its heading and kind.
const STANDARD: [(&str, &str, AttributeKind); 5] = [
    ("@external", "External id", AttributeKind::Str),
    ("@customer", "Customer", AttributeKind::Id),
    ("@created", "Created", AttributeKind::At),
    ("@updated", "Updated", AttributeKind::At),
    ("@id", "Id", AttributeKind::Str),
];

/// Every attribute to show of these records: as metadata has them with long texts last, then the undescribed by name.
pub fn attributes(klass: &Klass, rows: &[&Kobject]) -> Vec<Attribute> {
    let mut all = klass.attributes.clone();
    all.sort_by_key(|attribute| attribute.kind == AttributeKind::Txt);
    let known: BTreeSet<&str> = klass.attributes.iter().map(|attribute| attribute.name.as_str()).collect();
    let strangers: BTreeSet<&str> = rows
        .iter()
        .flat_map(|row| &row.custom)
        .map(|field| field.name.as_str())
        .filter(|name| !known.contains(name))
        .collect();
    all.extend(strangers.into_iter().map(Attribute::undescribed));
    all
}

/// All of them and what every record has, for a table to be made of.
pub fn all(klass: &Klass, rows: &[&Kobject]) -> Vec<Attribute> {
    let standard = STANDARD.iter().map(|(name, label, kind)| Attribute {
        label: Text::from(*label),
        kind: *kind,
        target: (*name == "@customer").then(|| "customer".to_owned()),
        ..Attribute::undescribed(name)
    });
    attributes(klass, rows).into_iter().chain(standard).collect()
}

/// What a record has in a column.
pub fn value<'a>(row: &'a Kobject, attribute: &Attribute) -> Option<Cow<'a, FieldValue>> {
    let words = |words: Option<String>| words.map(|words| Cow::Owned(FieldValue::Open(Value::from(words))));
    match attribute.name.as_str() {
        "@external" => words(row.external_id.as_ref().map(|id| id.raw().to_owned())),
        "@customer" => words(row.customer.as_ref().map(ToString::to_string)),
        "@created" => words(row.created.map(|at| at.to_string())),
        "@updated" => words(row.updated.map(|at| at.to_string())),
        "@id" => words(Some(row.id.to_string())),
        name => row.field(name).map(Cow::Borrowed),
    }
}

/// A column by what a person calls it: its name, or its heading however its letters are written.
pub fn called<'a>(all: &'a [Attribute], words: &str) -> Option<&'a Attribute> {
    let words = words.trim();
    let is_label = |attribute: &&Attribute| attribute.label.line().to_lowercase() == words.to_lowercase();
    all.iter().find(|attribute| attribute.name == words).or_else(|| all.iter().find(is_label))
}
