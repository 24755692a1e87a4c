//! Owns klasses (schemas an org defines) and KObjects (records of them), and the typed fields both customers and
//! KObjects carry. Does not know any klass by name: columns come from metadata, not from our code.

use jiff::Timestamp;
use serde_json::Value;

use super::{CustomerId, Guarded, KlassName, KobjectId, Text};

/// What an attribute holds: decided by its suffix (Kustomer API reference 7.1), refined by metadata.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the variants are the documented suffixes")]
pub enum AttributeKind {
    Str,
    Txt,
    Num,
    Bool,
    At,
    Url,
    Id,
    Tree,
    /// No known suffix: shown as it is.
    Unknown,
}

impl AttributeKind {
    const SUFFIXES: [(&'static str, Self); 8] = [
        ("Str", Self::Str),
        ("Txt", Self::Txt),
        ("Num", Self::Num),
        ("Bool", Self::Bool),
        ("At", Self::At),
        ("Url", Self::Url),
        ("Id", Self::Id),
        ("Tree", Self::Tree),
    ];

    /// The kind a custom attribute's name promises.
    pub fn of(name: &str) -> Self {
        Self::split(name).1
    }

    /// The name without its suffix, and the kind.
    pub fn split(name: &str) -> (&str, Self) {
        Self::SUFFIXES
            .iter()
            .find_map(|(suffix, kind)| name.strip_suffix(suffix).map(|stem| (stem, *kind)))
            .unwrap_or((name, Self::Unknown))
    }
}

/// One attribute of a klass or of a standard object, as metadata describes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attribute {
    /// The key under `custom` (`orderStatusStr`).
    pub name: String,
    /// The column's heading.
    pub label: Text,
    /// What it holds.
    pub kind: AttributeKind,
    /// The allowed values, where the org listed them.
    pub enumeration: Vec<Text>,
    /// For ids: the klass or object they point at (`kobject.order`).
    pub target: Option<String>,
    /// Whether the desk masks it.
    pub sensitive: bool,
}

impl Attribute {
    /// An attribute nobody described: the label is made of the name (`totalOrdersNum` → `Total Orders`).
    pub fn undescribed(name: &str) -> Self {
        let (stem, kind) = AttributeKind::split(name);
        let mut label = String::with_capacity(stem.len() + 4);
        for (i, c) in stem.chars().enumerate() {
            if i == 0 {
                label.extend(c.to_uppercase());
            } else {
                if c.is_uppercase() {
                    label.push(' ');
                }
                label.push(c);
            }
        }
        Self {
            name: name.to_owned(),
            label: Text::new(label),
            kind,
            enumeration: Vec::new(),
            target: None,
            sensitive: false,
        }
    }
}

/// A klass with the attributes its metadata describes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Klass {
    /// The immutable name, used in paths.
    pub name: KlassName,
    /// What people call it.
    pub label: Text,
    /// Columns, in metadata order.
    pub attributes: Vec<Attribute>,
}

/// A value of a custom attribute.
#[derive(Clone, Debug, PartialEq)]
pub enum FieldValue {
    /// The desk masks it, or it came through a window.
    Guarded(Guarded),
    /// Anything else, as JSON. Strings in it are somebody else's words: show them through `privacy::text` only.
    Open(Value),
}

impl Eq for FieldValue {}

impl FieldValue {
    /// The guarded value, if this is one.
    pub fn guarded(&self) -> Option<&Guarded> {
        match self {
            Self::Guarded(value) => Some(value),
            Self::Open(_) => None,
        }
    }
}

/// One custom attribute of a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// The key under `custom`.
    pub name: String,
    /// Its value.
    pub value: FieldValue,
}

/// One record of a klass.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kobject {
    /// Its id.
    pub id: KobjectId,
    /// Which klass.
    pub klass: KlassName,
    /// Its title.
    pub title: Text,
    /// The org's own id for it (an order number).
    pub external_id: Option<Text>,
    /// The customer it belongs to.
    pub customer: Option<CustomerId>,
    /// Custom attributes, by name.
    pub custom: Vec<Field>,
    /// What else it has that has no place of its own here: its description, tags, free data.
    pub more: Vec<Field>,
    /// When it was made.
    pub created: Option<Timestamp>,
    /// The last change.
    pub updated: Option<Timestamp>,
    /// Document revision.
    pub rev: Option<u64>,
}

impl Kobject {
    /// One custom attribute.
    pub fn field(&self, name: &str) -> Option<&FieldValue> {
        self.custom.iter().find(|field| field.name == name).map(|field| &field.value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_suffix_decides_the_kind_and_leaves_the_label() {
        let attribute = Attribute::undescribed("totalOrdersNum");
        assert_eq!((attribute.kind, attribute.label.raw()), (AttributeKind::Num, "Total Orders"));
        assert_eq!(AttributeKind::of("mystery"), AttributeKind::Unknown);
    }
}
