//! Owns the reading of customers (Kustomer API reference 8). Contacts are guarded whether or not the org masks them.

use serde_json::Value;

use super::{
    Resource, Sensitivity,
    contact::{custom, guarded},
    time, words,
};
use crate::domain::{
    Brief, Contact, ContactKind, Customer, CustomerId, FieldValue, TagId, Text, UnmaskingWindow, UserId,
};

/// Where each kind of contact stands, and under which key its value.
const CONTACTS: [(&str, &str, ContactKind); 6] = [
    ("emails", "email", ContactKind::Email),
    ("sharedEmails", "email", ContactKind::Email),
    ("phones", "phone", ContactKind::Phone),
    ("sharedPhones", "phone", ContactKind::Phone),
    ("whatsapps", "phone", ContactKind::Whatsapp),
    ("sharedWhatsapps", "phone", ContactKind::Whatsapp),
];

/// Reads one customer; `None` when it has no id.
pub(in crate::kustomer) fn customer(r: Resource<'_>, sensitivity: &Sensitivity) -> Option<Customer> {
    Some(Customer {
        id: CustomerId::new(r.id()?),
        name: r.text("displayName").filter(|name| !name.is_blank()).or_else(|| r.text("name")).unwrap_or_default(),
        external_id: r.text("externalId"),
        company: r.text("companyName"),
        contacts: contacts(r),
        custom: custom(r.at("custom"), sensitivity),
        tags: r.strings("tags").map(TagId::new).collect(),
        counts: ["all", "open", "snoozed", "done"].map(|key| r.count(&format!("conversationCounts/{key}"))),
        last_activity: r.time("lastActivityAt"),
        created: r.time("createdAt"),
        updated: r.time("updatedAt"),
        window: r.at("unmaskingWindow").filter(|value| value.is_object()).map(window),
        rev: r.number("rev").map(|rev| rev as u64),
        deleted: r.flag("deleted"),
    })
}

/// Reads of a customer what a list shows; `None` when it has no id.
pub(in crate::kustomer) fn brief(r: Resource<'_>, sensitivity: &Sensitivity) -> Option<Brief> {
    let customer = customer(r, sensitivity)?;
    let tier = customer.custom.iter().find_map(|field| match &field.value {
        FieldValue::Open(Value::String(tier)) if field.name.to_lowercase().contains("tier") => {
            Some(Text::from(tier.as_str()))
        }
        FieldValue::Open(_) | FieldValue::Guarded(_) => None,
    });
    Some(Brief {
        id: customer.id,
        name: customer.name,
        tier,
        present: r.strings("activeUsers").map(UserId::new).collect(),
    })
}

/// The ids the org itself gave a customer, each with the customer; masked ones are left out.
pub(in crate::kustomer) fn external_ids(r: Resource<'_>) -> Option<Vec<(String, CustomerId)>> {
    let id = CustomerId::new(r.id()?);
    let listed = r.items("externalIds").iter().filter_map(|item| item.get("externalId")?.as_str());
    let mut ids: Vec<(String, CustomerId)> =
        r.literal("externalId").into_iter().chain(listed).map(|external| (external.to_owned(), id.clone())).collect();
    ids.dedup();
    Some(ids)
}

fn contacts(r: Resource<'_>) -> Vec<Contact> {
    let read = |(list, key, kind): (&str, &str, ContactKind)| {
        let of = move |item: &Value| {
            // An item is an object with the value under its key; a masked list may hold bare values.
            let value = guarded(item.get(key).unwrap_or(item))?;
            Some(Contact { kind, label: item.get("type").and_then(words), value })
        };
        r.items(list).iter().filter_map(of).collect::<Vec<_>>()
    };
    CONTACTS.into_iter().flat_map(read).collect()
}

fn window(value: &Value) -> UnmaskingWindow {
    UnmaskingWindow {
        requested_by: value.get("requestedBy").and_then(Value::as_str).map(UserId::new),
        start: value.get("startDate").and_then(time),
        end: value.get("endDate").and_then(time),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{super::single, *};
    use crate::domain::{Field, Guarded};

    fn read(attributes: &Value) -> Customer {
        let body = json!({"data": {"type": "customer", "id": "66a1f0c2b7d4e9001c3a5f10", "attributes": attributes}});
        customer(single(&body).expect("a resource"), &Sensitivity::unknown()).expect("a customer")
    }

    #[test]
    fn a_masked_customer_is_read_whole() {
        let masked = |shown: &str| json!({"isMasked": true, "maskedPresentation": shown});
        let customer = read(&json!({
            "displayName": "Mara Quill", "externalId": masked("****120"), "companyName": null,
            "emails": [{"type": "work", "email": masked("****@quill.example")}],
            "phones": [{"type": "mobile", "phone": "+4915550001122", "id": null}],
            "whatsapps": "broken", "tags": ["t1", 7], "custom": {"loyaltyTierStr": "gold"},
            "conversationCounts": {"all": 4, "open": 1, "done": "3"}, "rev": 7, "deleted": null,
            "createdAt": "2025-03-04T10:12:00.000Z", "updatedAt": "yesterday",
            "unmaskingWindow": {"createdAt": "2025-03-04T10:12:00.000Z"}
        }));
        let expected = Customer {
            id: CustomerId::new("66a1f0c2b7d4e9001c3a5f10"),
            name: Text::from("Mara Quill"),
            external_id: Some(Text::from("****120")),
            company: None,
            contacts: vec![
                Contact {
                    kind: ContactKind::Email,
                    label: Some(Text::from("work")),
                    value: Guarded::Masked(Text::from("****@quill.example")),
                },
                Contact {
                    kind: ContactKind::Phone,
                    label: Some(Text::from("mobile")),
                    value: Guarded::revealed("+4915550001122"),
                },
                Contact { kind: ContactKind::Whatsapp, label: None, value: Guarded::revealed("broken") },
            ],
            custom: vec![Field { name: "loyaltyTierStr".into(), value: FieldValue::Open(json!("gold")) }],
            tags: vec![TagId::new("t1")],
            counts: [4, 1, 0, 3],
            last_activity: None,
            created: Some("2025-03-04T10:12:00Z".parse().expect("valid")),
            updated: None,
            window: Some(UnmaskingWindow { requested_by: None, start: None, end: None }),
            rev: Some(7),
            deleted: false,
        };
        assert_eq!(customer, expected);
    }

    #[test]
    fn a_customer_of_nothing_but_an_id_is_one() {
        assert_eq!(read(&json!(null)).name, Text::default());
        assert!(customer(Resource(&json!({"attributes": {}})), &Sensitivity::unknown()).is_none());
    }
}
