//! Owns how one custom value reads in a cell: by its kind, masked where the desk masks it, whatever its type really is.

use serde_json::Value;

use crate::{
    console::{state::Shared, theme::Role, widgets::when},
    domain::{Attribute, AttributeKind, FieldValue, Guarded},
    privacy::text,
};

/// The value in words and its look. A value of another type than its kind promises is shown as what it is.
pub fn of(value: Option<&FieldValue>, attribute: &Attribute, shared: &Shared) -> (String, Role) {
    match value {
        None | Some(FieldValue::Open(Value::Null)) => ("–".to_owned(), Role::Faint),
        Some(FieldValue::Guarded(value)) => guarded(value, shared),
        // Metadata says it is sensitive and the desk let it through unmasked: lists keep it covered all the same.
        Some(FieldValue::Open(_)) if attribute.sensitive => (lock(shared, "********"), Role::Masked),
        Some(FieldValue::Open(value)) => (open(value, attribute.kind, shared), Role::Text),
    }
}

/// Whether the kind's values line up at the right.
pub fn is_right(kind: AttributeKind) -> bool {
    kind == AttributeKind::Num
}

fn guarded(value: &Guarded, shared: &Shared) -> (String, Role) {
    match value {
        Guarded::Masked(shown) => (lock(shared, &shown.line()), Role::Masked),
        Guarded::Revealed(value) => (text::line(value.expose()).into_string(), Role::Revealed),
    }
}

fn lock(shared: &Shared, shown: &str) -> String {
    format!("{}{shown}", if shared.ascii { "*" } else { "🔒 " })
}

fn open(value: &Value, kind: AttributeKind, shared: &Shared) -> String {
    match (value, kind) {
        (Value::Bool(true), _) => if shared.ascii { "yes" } else { "✓" }.to_owned(),
        (Value::Bool(false), _) => "–".to_owned(),
        (Value::String(raw), AttributeKind::At) => raw
            .parse()
            .map_or_else(|_| text::line(raw).into_string(), |at| when::at(at, shared.moment.now, &shared.zone)),
        (Value::String(raw), AttributeKind::Id) => short_id(&text::line(raw)),
        (Value::String(raw), _) => text::line(raw).into_string(),
        (other, _) => text::line(&other.to_string()).into_string(),
    }
}

/// Ids of 24 hex characters differ at their ends.
fn short_id(id: &str) -> String {
    let is_id = id.len() == 24 && id.bytes().all(|byte| byte.is_ascii_hexdigit());
    if is_id { format!("…{}", &id[18..]) } else { id.to_owned() }
}
