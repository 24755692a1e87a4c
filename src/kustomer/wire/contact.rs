//! Owns the reading of values that may be masked, and the knowledge of which custom attributes are sensitive. Does not
//! decide who may look.

use std::collections::HashSet;

use serde_json::{Map, Value};

use super::presentation;
use crate::{
    domain::{Attribute, Field, FieldValue, Guarded, Text},
    privacy::pii,
};

/// Which custom attributes the org calls sensitive, and their order.
#[derive(Clone, Debug)]
pub(in crate::kustomer) struct Sensitivity {
    known: bool,
    sensitive: HashSet<String>,
    order: Vec<String>,
}

impl Sensitivity {
    /// The org has told.
    pub fn described(attributes: &[Attribute]) -> Self {
        Self {
            known: true,
            sensitive: attributes.iter().filter(|a| a.sensitive).map(|a| a.name.clone()).collect(),
            order: attributes.iter().map(|a| a.name.clone()).collect(),
        }
    }

    /// The metadata could not be read: every custom value that looks personal is guarded.
    pub fn unknown() -> Self {
        Self { known: false, sensitive: HashSet::new(), order: Vec::new() }
    }

    fn guards(&self, name: &str, value: &str) -> bool {
        if self.known { self.sensitive.contains(name) } else { !pii::find(value).is_empty() }
    }

    fn rank(&self, name: &str) -> usize {
        self.order.iter().position(|known| known == name).unwrap_or(usize::MAX)
    }
}

/// A value that is personal by its nature (an address, a number), in any of the shapes a desk sends it in. Strings that
/// are visibly a mask's presentation (`****1122`) count as masked.
pub(super) fn guarded(value: &Value) -> Option<Guarded> {
    match value {
        Value::String(text) if text.trim().is_empty() => None,
        Value::String(text) if is_presentation(text) => Some(Guarded::Masked(Text::from(text.as_str()))),
        Value::String(text) => Some(Guarded::revealed(text.as_str())),
        Value::Number(number) => Some(Guarded::revealed(number.to_string())),
        Value::Object(_) => presentation(value).map(|shown| Guarded::Masked(Text::from(shown))),
        Value::Null | Value::Bool(_) | Value::Array(_) => None,
    }
}

/// Three mask signs in a row do not occur in an address or a number.
fn is_presentation(text: &str) -> bool {
    ["***", "•••", "●●●"].iter().any(|mask| text.contains(mask))
}

/// All custom attributes of a record, in metadata order where it is known, else by name. Nulls are left out.
pub(super) fn custom(value: Option<&Value>, sensitivity: &Sensitivity) -> Vec<Field> {
    let empty = Map::new();
    let map = value.and_then(Value::as_object).unwrap_or(&empty);
    let mut fields: Vec<Field> = map
        .iter()
        .filter(|(_, value)| !value.is_null())
        .map(|(name, value)| Field { name: name.clone(), value: field(name, value, sensitivity) })
        .collect();
    fields.sort_by(|a, b| {
        (sensitivity.rank(&a.name), a.name.as_str()).cmp(&(sensitivity.rank(&b.name), b.name.as_str()))
    });
    fields
}

fn field(name: &str, value: &Value, sensitivity: &Sensitivity) -> FieldValue {
    let text = match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    let sensitive = presentation(value).is_some() || sensitivity.guards(name, &text);
    if !sensitive {
        return FieldValue::Open(value.clone());
    }
    // Lists, flags and objects of a sensitive attribute are guarded as their JSON text.
    FieldValue::Guarded(guarded(value).unwrap_or_else(|| Guarded::revealed(text)))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_mask_is_known_in_every_shape() {
        let masked = |shown: &str| Some(Guarded::Masked(Text::from(shown)));
        for (value, expected) in [
            (json!({"isMasked": true, "maskedPresentation": "****1122"}), masked("****1122")),
            (json!({"isMasked": true}), masked("****")),
            (json!("****@acme.example"), masked("****@acme.example")),
            (json!("+4915550001122"), Some(Guarded::revealed("+4915550001122"))),
            (json!(4915), Some(Guarded::revealed("4915"))),
            (json!(""), None),
            (json!(null), None),
            (json!({"other": 1}), None),
            (json!(["a"]), None),
        ] {
            assert_eq!(guarded(&value), expected, "{value}");
        }
    }

    #[test]
    fn sensitive_attributes_are_guarded_masked_or_not() {
        let national = Attribute { sensitive: true, ..Attribute::undescribed("nationalIdStr") };
        let sensitivity = Sensitivity::described(&[national, Attribute::undescribed("aTierStr")]);
        let value = json!({"aTierStr": "gold", "nationalIdStr": "AB 123", "zNum": 3, "gone": null,
            "billingStr": {"isMasked": true, "maskedPresentation": "****"}});
        let open = |name: &str, value: Value| Field { name: name.into(), value: FieldValue::Open(value) };
        let kept = |name: &str, value| Field { name: name.into(), value: FieldValue::Guarded(value) };
        assert_eq!(
            custom(Some(&value), &sensitivity),
            vec![
                kept("nationalIdStr", Guarded::revealed("AB 123")),
                open("aTierStr", json!("gold")),
                kept("billingStr", Guarded::Masked(Text::from("****"))),
                open("zNum", json!(3)),
            ]
        );
    }

    #[test]
    fn without_metadata_whatever_looks_personal_is_guarded() {
        let fields = custom(Some(&json!({"aStr": "mara@quill.example", "bStr": "gold"})), &Sensitivity::unknown());
        let guarded: Vec<bool> = fields.iter().map(|field| field.value.guarded().is_some()).collect();
        assert_eq!(guarded, [true, false]);
    }
}
