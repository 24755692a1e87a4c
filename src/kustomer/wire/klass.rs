//! Owns the reading of klasses, of metadata and of KObjects (Kustomer API reference 7, 18). Knows no klass by name.

use serde_json::Value;

use super::{Resource, Sensitivity, contact::custom, single, words};
use crate::domain::{Attribute, CustomerId, Field, Klass, KlassName, Kobject, KobjectId, Text};

/// What a KObject has besides its title, ids, times and custom attributes (Kustomer API reference 18.2).
const MORE: [&str; 8] = ["description", "status", "tags", "images", "data", "s3DataUrl", "assignedUser", "attribution"];

/// Reads one klass, without its attributes; `None` when it has no name.
pub(in crate::kustomer) fn klass(r: Resource<'_>) -> Option<Klass> {
    let name = r.literal("name").filter(|name| !name.is_empty())?;
    Some(Klass {
        name: KlassName::new(name),
        label: r.text("displayName").filter(|label| !label.is_blank()).unwrap_or_else(|| Text::from(name)),
        attributes: Vec::new(),
    })
}

/// The attributes a metadata answer describes. Their order is by label: the desk's JSON promises none.
pub(in crate::kustomer) fn attributes(body: &Value) -> Vec<Attribute> {
    let properties = single(body).and_then(|r| r.at("properties")).and_then(Value::as_object);
    let mut attributes: Vec<Attribute> = properties
        .into_iter()
        .flatten()
        .filter(|(_, property)| property.get("deletedAt").is_none_or(Value::is_null))
        .map(|(name, property)| attribute(name, property))
        .collect();
    attributes.sort_by(|a, b| a.label.cmp(&b.label));
    attributes
}

fn attribute(name: &str, property: &Value) -> Attribute {
    let plain = Attribute::undescribed(name);
    Attribute {
        label: property.get("displayName").and_then(words).filter(|l| !l.is_blank()).unwrap_or(plain.label),
        enumeration: property
            .get("enumeration")
            .and_then(Value::as_array)
            .map(|values| values.iter().filter_map(words).collect())
            .unwrap_or_default(),
        target: property.get("target").and_then(Value::as_str).map(str::to_owned),
        sensitive: property.pointer("/sensitive/enabled") == Some(&Value::Bool(true)),
        ..plain
    }
}

/// Reads one KObject; `None` when it has no id. The klass is told by the relationship (whose id is the name), by the
/// type (`kobject.<klass>`), or by whoever asked.
pub(in crate::kustomer) fn kobject(
    r: Resource<'_>,
    asked: Option<&KlassName>,
    sensitivity: &Sensitivity,
) -> Option<Kobject> {
    let klass = r
        .related("klass")
        .or_else(|| r.kind().strip_prefix("kobject."))
        .map(KlassName::new)
        .or_else(|| asked.cloned())?;
    Some(Kobject {
        id: KobjectId::new(r.id()?),
        klass,
        title: r.text("title").unwrap_or_default(),
        external_id: r.text("externalId"),
        customer: r.related("customer").map(CustomerId::new),
        custom: custom(r.at("custom"), sensitivity),
        more: more(r, sensitivity),
        created: r.time("createdAt"),
        updated: r.time("updatedAt"),
        rev: r.number("rev").map(|rev| rev as u64),
    })
}

/// The custom attributes of a record of any kind.
pub(in crate::kustomer) fn custom_of(r: Resource<'_>, sensitivity: &Sensitivity) -> Vec<Field> {
    custom(r.at("custom"), sensitivity)
}

fn more(r: Resource<'_>, sensitivity: &Sensitivity) -> Vec<Field> {
    let says = |value: &&Value| match value {
        Value::Array(items) => !items.is_empty(),
        Value::Object(fields) => !fields.is_empty(),
        other => !other.is_null(),
    };
    let kept = MORE.iter().filter_map(|name| Some(((*name).to_owned(), r.at(name).filter(says)?.clone())));
    custom(Some(&Value::Object(kept.collect())), sensitivity)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::domain::{AttributeKind, Field, FieldValue};

    #[test]
    fn metadata_gives_columns() {
        let body = json!({"data": {"type": "metadata", "id": "customer", "attributes": {"properties": {
            "loyaltyTierStr": {"type": "string", "displayName": "Loyalty tier", "enumeration": ["bronze", "gold"]},
            "nationalIdStr": {"type": "string", "sensitive": {"enabled": true, "maskType": "full"}},
            "mainOrderId": {"displayName": "A main order", "target": "kobject.order"},
            "goneStr": {"deletedAt": "2025-01-02T09:00:00.000Z"}}}}});
        let expected = vec![
            Attribute {
                label: "A main order".into(),
                target: Some("kobject.order".into()),
                ..Attribute::undescribed("mainOrderId")
            },
            Attribute {
                label: "Loyalty tier".into(),
                enumeration: vec!["bronze".into(), "gold".into()],
                ..Attribute::undescribed("loyaltyTierStr")
            },
            Attribute { sensitive: true, ..Attribute::undescribed("nationalIdStr") },
        ];
        assert_eq!(attributes(&body), expected);
        assert_eq!(expected[0].kind, AttributeKind::Id);
        assert_eq!(attributes(&json!({"data": null})), vec![]);
    }

    #[test]
    fn a_kobject_knows_its_klass_in_each_spelling() {
        let sensitivity = Sensitivity::described(&[]);
        let order = Some(KlassName::new("order"));
        let by_type = json!({"type": "kobject.order", "id": "66a9", "attributes": {}});
        let by_link = json!({"type": "kobject", "id": "66a9", "relationships": {
            "klass": {"link": {"self": "/v1/klasses/order"}, "data": {"type": "klass", "id": "order"}}}});
        let bare = json!({"id": "66a9", "attributes": {"title": "Order #7731", "custom": {"totalPriceNum": 64.5}}});
        for value in [&by_type, &by_link] {
            assert_eq!(kobject(Resource(value), None, &sensitivity).map(|k| k.klass), order);
        }
        assert_eq!(kobject(Resource(&bare), None, &sensitivity), None);
        let read = kobject(Resource(&bare), order.as_ref(), &sensitivity).expect("a KObject");
        assert_eq!(read.title.raw(), "Order #7731");
        assert_eq!(read.custom, [Field { name: "totalPriceNum".into(), value: FieldValue::Open(json!(64.5)) }]);
    }
}
