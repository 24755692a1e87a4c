//! Owns the update of one customer (Kustomer API reference 8.2).
//!
//! Invariant: an update always repeats the company, because leaving it out unlinks the customer from it; the only way to
//! have a [`CompanyLink`] is to have read it.

use serde_json::{Map, Value, json};

use super::{WishError, check, fits};
use crate::{
    approval::{Change, ChangeParts, Effect, Operation, Request, Subject},
    domain::{Contact, ContactKind, Customer, Field, FieldValue, Guarded, Text},
    kustomer::path::segment,
    transport::Method,
};

/// The company a customer belonged to when it was last read, or that there was none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CompanyLink(Option<String>);

impl CompanyLink {
    pub(in crate::kustomer) fn of(company: Option<&str>) -> Self {
        Self(company.map(str::to_owned))
    }
}

/// One attribute to set.
#[derive(Clone, PartialEq)]
pub enum CustomerEdit {
    /// The name.
    Name(String),
    /// The org's own id.
    ExternalId(String),
    /// All tags, by name: the list is replaced whole.
    Tags(Vec<String>),
    /// The one address or number of a kind: the list is replaced whole, so a customer with several is not edited this
    /// way (Kustomer API reference 8.2).
    Contact {
        /// Which list.
        kind: ContactKind,
        /// The new value.
        value: String,
    },
    /// A custom attribute; `null` clears it.
    Custom {
        /// The key under `custom`.
        name: String,
        /// The new value.
        value: Value,
    },
}

/// Sets attributes of a customer. The revision that was read goes along, so that a change made meanwhile is a conflict
/// and not overwritten (that a stale one is refused is unverified, Kustomer API reference 2.5).
///
/// # Errors
/// [`WishError`] for an empty or too long name, a value that does not fit its suffix, a mask written back, no edit at all.
pub fn update_customer(
    customer: &Customer,
    company: &CompanyLink,
    edits: Vec<CustomerEdit>,
) -> Result<Change, WishError> {
    if edits.is_empty() {
        return Err(WishError::Empty { what: "the update" });
    }
    let (mut body, mut custom, mut before) = (Map::new(), Map::new(), Vec::new());
    for edit in edits {
        match edit {
            CustomerEdit::Name(name) => {
                check("the name", &name, Some(256))?;
                before.push(("name".to_owned(), customer.name.clone()));
                body.insert("name".into(), json!(name));
            }
            CustomerEdit::ExternalId(id) => {
                check("the external id", &id, Some(256))?;
                before.push(("externalId".to_owned(), customer.external_id.clone().unwrap_or_default()));
                body.insert("externalId".into(), json!(id));
            }
            CustomerEdit::Tags(tags) => {
                before.push(("tags".to_owned(), Text::new(format!("{} tags", customer.tags.len()))));
                body.insert("tags".into(), json!(tags));
            }
            CustomerEdit::Contact { kind, value } => {
                let (list, field) = list_of(kind);
                check("the new contact", &value, Some(256))?;
                let now: Vec<&Contact> = customer.contacts_of(kind).collect();
                if now.len() > 1 {
                    return Err(WishError::Several { list, count: now.len() });
                }
                let shown = now.first().map(|contact| shown_guarded(&contact.value)).unwrap_or_default();
                before.push((list.to_owned(), shown));
                body.insert(list.into(), json!([{ field: value }]));
            }
            CustomerEdit::Custom { name, value } => {
                let now = customer.custom.iter().find(|field| field.name == name);
                check_custom(now, &name, &value)?;
                before.push((name.clone(), now.map(shown).unwrap_or_default()));
                custom.insert(name, value);
            }
        }
    }
    body.insert("company".into(), json!(company.0));
    if !custom.is_empty() {
        body.insert("custom".into(), Value::Object(custom));
    }
    if let Some(rev) = customer.rev {
        body.insert("rev".into(), json!(rev));
    }
    let fields: Vec<&str> = before.iter().map(|(field, _)| field.as_str()).collect();
    let summary = format!("update one customer: {}", fields.join(", "));
    Ok(Change::new(ChangeParts {
        effect: Effect::Write,
        operation: Operation::UpdateCustomer,
        subject: Subject {
            customer: Some(customer.id.clone()),
            customer_name: Some(customer.name.clone()),
            ..Subject::default()
        },
        requests: vec![Request {
            method: Method::Patch,
            path: format!("/v1/customers/{}", segment(customer.id.as_str())),
            body: Some(Value::Object(body)),
        }],
        count: 1,
        summary,
        warnings: Vec::new(),
        editable: None,
        before,
    }))
}

fn check_custom(now: Option<&Field>, name: &str, value: &Value) -> Result<(), WishError> {
    if !fits(name, value) {
        return Err(WishError::Attribute { field: name.to_owned() });
    }
    let mask = now.and_then(|field| match &field.value {
        FieldValue::Guarded(Guarded::Masked(shown)) => Some(shown.raw()),
        FieldValue::Guarded(Guarded::Revealed(_)) | FieldValue::Open(_) => None,
    });
    match mask {
        Some(mask) if value.as_str() == Some(mask) => Err(WishError::Masked { field: name.to_owned() }),
        _ => Ok(()),
    }
}

/// The list a contact stands in, and the key of its value there.
fn list_of(kind: ContactKind) -> (&'static str, &'static str) {
    match kind {
        ContactKind::Email => ("emails", "email"),
        ContactKind::Phone => ("phones", "phone"),
        ContactKind::Whatsapp => ("whatsapps", "phone"),
    }
}

/// A guarded value now, as a card may show it: a revealed one stays off it, because a card outlives the window.
fn shown_guarded(value: &Guarded) -> Text {
    match value {
        Guarded::Masked(shown) => shown.clone(),
        Guarded::Revealed(_) => Text::from("(sensitive)"),
    }
}

fn shown(field: &Field) -> Text {
    match &field.value {
        FieldValue::Guarded(value) => shown_guarded(value),
        FieldValue::Open(Value::String(text)) => Text::from(text.as_str()),
        FieldValue::Open(other) => Text::new(other.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::{super::tests::customer, *};

    fn custom(name: &str, value: Value) -> Vec<CustomerEdit> {
        vec![CustomerEdit::Custom { name: name.to_owned(), value }]
    }

    #[test]
    fn an_update_keeps_the_company_and_locks_the_revision() {
        let company = CompanyLink::of(Some("66d1"));
        let change =
            update_customer(&customer(), &company, custom("loyaltyTierStr", json!("silver"))).expect("a change");
        let body = json!({"company": "66d1", "custom": {"loyaltyTierStr": "silver"}, "rev": 3});
        let request = Request { method: Method::Patch, path: "/v1/customers/66c1".to_owned(), body: Some(body) };
        assert_eq!(change.requests(), [request]);
        assert_eq!(change.before(), [("loyaltyTierStr".to_owned(), Text::from("gold"))]);
    }

    #[test]
    fn a_mask_is_never_written_back() {
        let error = update_customer(&customer(), &CompanyLink::of(None), custom("nationalIdStr", json!("****77")));
        assert_eq!(error, Err(WishError::Masked { field: "nationalIdStr".to_owned() }));
        let error = update_customer(&customer(), &CompanyLink::of(None), custom("tier", json!("gold")));
        assert_eq!(error, Err(WishError::Attribute { field: "tier".to_owned() }));
    }
}
