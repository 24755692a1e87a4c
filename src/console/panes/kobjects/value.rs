//! Owns how one attribute of a KObject reads: by what its klass promises, and by what really came. Never fails: a value
//! that does not keep the promise is shown as it is. Sensitive values are never in the clear here, whatever the key may
//! read: seeing one is what a timeline's unmasking window is for.

use std::collections::HashMap;

use jiff::Timestamp;
use serde_json::Value;

use crate::{
    console::{state::Shared, theme::Role, widgets::when},
    domain::{Attribute, AttributeKind, FieldValue, Guarded},
    privacy::text,
};

/// Cells cut a value at so many characters before anything else looks at it, so that a huge one costs nothing.
const CELL: usize = 120;
/// Details cut a value here, and say so.
const WHOLE: usize = 4_000;
/// What stands for a sensitive value that came in the clear.
const KEPT_BACK: &str = "********";

/// A value ready for the screen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    /// The words, clean; several lines only in [`whole`].
    pub words: String,
    /// Whether it stands at the right edge of its column, as numbers do.
    pub right: bool,
    /// Its looks.
    pub role: Role,
}

impl Shown {
    fn plain(words: impl Into<String>) -> Self {
        Self { words: words.into(), right: false, role: Role::Text }
    }

    fn dim(words: impl Into<String>) -> Self {
        Self { words: words.into(), right: false, role: Role::Dim }
    }
}

/// What records and people are called, by their ids, as far as they came by.
pub type Names = HashMap<String, String>;

/// The looks of allowed values, by their place among them.
const VALUES: [Role; 6] = [Role::Channel, Role::Tag, Role::Customer, Role::MessageNote, Role::Accent, Role::Kobject];

/// The value in one short line, for a column. Nothing set reads as an empty cell; an id reads as what it points at, where
/// that is known.
pub fn cell(attribute: &Attribute, value: Option<&FieldValue>, shared: &Shared, names: &Names) -> Shown {
    let mut shown = match value {
        None | Some(FieldValue::Open(Value::Null)) => return Shown::plain(""),
        Some(FieldValue::Open(Value::String(id))) if attribute.kind == AttributeKind::Id && !attribute.sensitive => {
            link(id, attribute, names)
        }
        Some(FieldValue::Open(Value::String(at))) if attribute.kind == AttributeKind::At && !attribute.sensitive => {
            let (now, zone) = (shared.moment.now, &shared.zone);
            match at.parse() {
                Ok(at) => Shown::plain(format!("{} {}", when::near(at, now, zone), when::away(at, now))),
                Err(_) => Shown::plain(cut(at, CELL)),
            }
        }
        Some(value) => whole_within(attribute, value, shared, CELL),
    };
    shown.words = text::line(&shown.words).into_string();
    shown
}

/// An id by the name of what it points at, else by its end.
fn link(id: &str, attribute: &Attribute, names: &Names) -> Shown {
    match names.get(id) {
        Some(name) => Shown { role: Role::Link, ..Shown::plain(format!("→ {name}")) },
        None if attribute.target.is_some() => Shown { role: Role::Link, ..Shown::plain(format!("→ {}", short(id))) },
        None => Shown::dim(short(id)),
    }
}

/// The value in full, for the detail: `null` is told apart from an empty text.
pub fn whole(attribute: &Attribute, value: &FieldValue, shared: &Shared) -> Shown {
    whole_within(attribute, value, shared, WHOLE)
}

fn whole_within(attribute: &Attribute, value: &FieldValue, shared: &Shared, most: usize) -> Shown {
    let open = match value {
        FieldValue::Guarded(value) => return masked(value),
        FieldValue::Open(Value::Null) => return Shown::dim("null"),
        FieldValue::Open(_) if attribute.sensitive => {
            return Shown { role: Role::Masked, ..Shown::plain(KEPT_BACK) };
        }
        FieldValue::Open(open) => open,
    };
    match open {
        Value::Null => Shown::dim("null"),
        Value::Bool(yes) => Shown::plain(match (shared.ascii, yes) {
            (true, true) => "yes",
            (true, false) => "no",
            (false, true) => "✓",
            (false, false) => "–",
        }),
        Value::Number(number) => Shown { right: true, ..Shown::plain(number.to_string()) },
        Value::String(words) if words.is_empty() => Shown::dim("(empty)"),
        Value::String(words) => match (attribute.kind, words.parse::<Timestamp>()) {
            (AttributeKind::At, Ok(at)) => {
                let away = when::away(at, shared.moment.now);
                Shown::plain(format!("{}, {away}", when::minute(at, &shared.zone)))
            }
            (AttributeKind::Tree, _) => Shown::plain(cut(words, most).split('.').collect::<Vec<_>>().join(" › ")),
            _ => Shown { role: role_of(attribute, words), ..Shown::plain(cut(words, most)) },
        },
        Value::Array(values) => Shown::plain(cut(&list(values, most), most)),
        Value::Object(_) => Shown { role: Role::Code, ..Shown::plain(cut(&open.to_string(), most)) },
    }
}

fn masked(value: &Guarded) -> Shown {
    let words = match value {
        Guarded::Masked(shown) => cut(shown.raw(), CELL),
        Guarded::Revealed(_) => KEPT_BACK.to_owned(),
    };
    Shown { role: Role::Masked, ..Shown::plain(words) }
}

/// Allowed values are told apart by a look that is always the same for each; words carry the meaning all the same.
fn role_of(attribute: &Attribute, words: &str) -> Role {
    let place = attribute.enumeration.iter().position(|value| value.raw() == words);
    place.map_or_else(|| role(attribute.kind), |place| VALUES[place % VALUES.len()])
}

fn role(kind: AttributeKind) -> Role {
    match kind {
        AttributeKind::Url => Role::Link,
        AttributeKind::Id => Role::Dim,
        AttributeKind::Str
        | AttributeKind::Txt
        | AttributeKind::Num
        | AttributeKind::Bool
        | AttributeKind::At
        | AttributeKind::Tree
        | AttributeKind::Unknown => Role::Text,
    }
}

/// Texts by themselves, anything else as JSON; stops once there is more than fits.
fn list(values: &[Value], most: usize) -> String {
    let mut words = String::new();
    for value in values {
        if !words.is_empty() {
            words.push_str(", ");
        }
        match value {
            Value::String(item) => words.push_str(item),
            other => words.push_str(&other.to_string()),
        }
        if words.len() > most * 4 {
            break;
        }
    }
    words
}

/// The words made safe, cut with a visible sign.
fn cut(words: &str, most: usize) -> String {
    let mut kept: String = words.chars().take(most).collect();
    if kept.len() < words.len() {
        kept.push('…');
    }
    text::block(&kept).into_string()
}

/// The end of an id: enough to tell two apart.
fn short(id: &str) -> String {
    let all = id.chars().count();
    if all <= 10 { cut(id, CELL) } else { cut(&format!("…{}", id.chars().skip(all - 8).collect::<String>()), CELL) }
}
