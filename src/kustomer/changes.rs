//! Owns the translation of wishes into sealed [`Change`]s: which requests they are, what they touch, what the person
//! should know. Checks what the desk would refuse anyway, so that a card never shows a request that cannot work. Sends
//! nothing.
//!
//! Texts may hold placeholders; whoever builds a change fills them in first, because what is sealed is what is sent.

mod again;
mod bulk;
mod customer;
mod draft;
mod known;
mod raw;
mod record;
mod write;

use serde_json::{Value, json};

pub use again::recheck;
pub use bulk::{NewKobject, create_kobjects};
pub use customer::{CompanyLink, CustomerEdit, update_customer};
pub use draft::{
    DraftEdit, DraftParts, Recipients, Sending, create_draft, delete_draft, has_markup, send_draft, update_draft,
};
pub use known::{Body, Known, Look, WRITES};
pub use raw::raw;
pub use record::{Record, create_kobject, update};
pub use write::{delete_many, path, write};

use write::seal;

use super::path::segment;
use crate::{
    approval::{Change, ChangeParts, Disclosure, Editable, Effect, Operation, Preimage, Request, Subject},
    domain::{Channel, Conversation, Customer, Text},
    transport::Method,
};

/// Why a wish cannot become a change.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WishError {
    /// There is nothing in it.
    #[error("{what} is empty")]
    Empty {
        /// Which part.
        what: &'static str,
    },
    /// The desk would not take so much.
    #[error("{what} has {length} characters, the desk takes {limit}")]
    TooLong {
        /// Which part.
        what: &'static str,
        /// Its length.
        length: usize,
        /// The most it may be.
        limit: usize,
    },
    /// A mask's presentation would be written back as if it were the value.
    #[error("{field} is masked; what the mask shows cannot be written back")]
    Masked {
        /// The attribute.
        field: String,
    },
    /// Only e-mail takes HTML (Kustomer API reference 14.3).
    #[error("{channel} is plain text: take the HTML tags out")]
    Markup {
        /// The channel.
        channel: String,
    },
    /// Something among the recipients cannot be an address of the channel; it is not repeated here, being personal.
    #[error("something in `{field}` is no address of this channel")]
    Address {
        /// Which list.
        field: &'static str,
    },
    /// A list is replaced whole, and replacing it would lose entries.
    #[error("the customer has {count} {list}; which one to replace has to be decided by hand")]
    Several {
        /// Which list.
        list: &'static str,
        /// How many entries it has.
        count: usize,
    },
    /// Two rows go by one name, so their results could not be told apart.
    #[error("row {row} has the same reference as an earlier one")]
    SameReference {
        /// Counted from 1.
        row: usize,
    },
    /// An attribute's suffix or value does not fit (Kustomer API reference 7.1).
    #[error("{field} is no custom attribute with a known suffix, or its value is of another type")]
    Attribute {
        /// The attribute.
        field: String,
    },
    /// The operation is not known, or takes other values in its path.
    #[error("{label} is no operation that takes this")]
    Operation {
        /// What was asked for.
        label: String,
    },
    /// The body is not what the operation takes.
    #[error("{label} takes {wanted}")]
    Body {
        /// The operation.
        label: &'static str,
        /// What it takes.
        wanted: &'static str,
    },
    /// Some rows of a bulk call have a reference and some have none (Kustomer API reference 21).
    #[error("either every row has a _clientRef of its own or none has")]
    References,
    /// Leaving the company out would unlink the customer from it (Kustomer API reference 8.2).
    #[error("an update of a customer has to repeat the company, or it unlinks it")]
    Company,
    /// A conversation's customer is changed by itself (Kustomer API reference 10.2).
    #[error("a conversation is moved to another customer by itself, without other changes")]
    Move,
    /// The desk has no such path.
    #[error("a path begins with /v1/ and climbs nowhere")]
    Path,
}

/// Asks for a window in which this customer's sensitive values are in the clear (Kustomer API reference 20). The desk
/// decides how long it lasts; asking again starts it anew.
pub fn open_window(customer: &Customer) -> Change {
    Change::new(ChangeParts {
        effect: Effect::Unmask,
        operation: Operation::OpenWindow,
        subject: Subject {
            customer: Some(customer.id.clone()),
            customer_name: Some(customer.name.clone()),
            ..Subject::default()
        },
        requests: vec![Request {
            method: Method::Post,
            path: format!("/v1/customers/{}/unmasking-windows", segment(customer.id.as_str())),
            body: None,
        }],
        count: 1,
        summary: "open an unmasking window on one customer".to_owned(),
        warnings: Vec::new(),
        editable: None,
        before: Vec::new(),
    })
}

/// Asks for values of one customer to be told to a model in the clear. Nothing of it goes to the desk: it is performed by
/// writing it down and telling the model.
///
/// # Errors
/// [`WishError::Empty`] without a value.
pub fn disclose(customer: &Customer, disclosure: Disclosure) -> Result<Change, WishError> {
    let count = disclosure.values.len() as u64;
    if count == 0 {
        return Err(WishError::Empty { what: "the list of values" });
    }
    Ok(Change::new(ChangeParts {
        effect: Effect::Disclose,
        operation: Operation::Disclose,
        subject: Subject {
            customer: Some(customer.id.clone()),
            customer_name: Some(customer.name.clone()),
            disclosure: Some(disclosure),
            ..Subject::default()
        },
        requests: Vec::new(),
        count,
        summary: format!("tell the model {count} of one customer's values in the clear"),
        warnings: vec!["The model's operator sees these values and may keep them; nothing takes them back.".to_owned()],
        editable: None,
        before: Vec::new(),
    }))
}

/// Adds a private note to a conversation. `reference` becomes its `externalId`, by which the note is found again when
/// the answer got lost; the same wish must carry the same one.
///
/// # Errors
/// [`WishError::Empty`], [`WishError::TooLong`].
pub fn add_note(
    conversation: &Conversation,
    customer_name: Option<&Text>,
    body: &str,
    reference: &str,
) -> Result<Change, WishError> {
    let limit = Channel::Note.body_limit();
    check("the note", body, limit)?;
    check("the reference", reference, Some(256))?;
    Ok(Change::new(ChangeParts {
        effect: Effect::Write,
        operation: Operation::AddNote,
        subject: Subject {
            customer: conversation.customer.clone(),
            customer_name: customer_name.cloned(),
            conversation: Some(conversation.id.clone()),
            channel: Some(Channel::Note),
            ..Subject::default()
        },
        requests: vec![Request {
            method: Method::Post,
            path: format!("/v1/conversations/{}/notes", segment(conversation.id.as_str())),
            body: Some(json!({"body": body, "externalId": reference})),
        }],
        count: 1,
        summary: "add a private note to one conversation".to_owned(),
        warnings: Vec::new(),
        editable: Some(Editable { request: 0, pointer: "/body", limit }),
        before: Vec::new(),
    })
    .since(Preimage::conversation(conversation)))
}

fn check(what: &'static str, text: &str, limit: Option<usize>) -> Result<(), WishError> {
    if text.trim().is_empty() {
        return Err(WishError::Empty { what });
    }
    let length = text.chars().count();
    match limit {
        Some(limit) if length > limit => Err(WishError::TooLong { what, length, limit }),
        _ => Ok(()),
    }
}

/// Whether a custom attribute's value is of the type its suffix promises. `null` clears any of them.
fn fits(name: &str, value: &Value) -> bool {
    use crate::domain::AttributeKind as Kind;
    if value.is_null() {
        return true;
    }
    let longest = |limit: usize| value.as_str().is_some_and(|text| text.chars().count() <= limit);
    match Kind::of(name) {
        Kind::Str => longest(1024),
        // The documented 1,024 is likely less than the truth; the desk has the last word.
        Kind::Txt | Kind::Url | Kind::Tree => value.is_string(),
        Kind::Num => value.is_number(),
        Kind::Bool => value.is_boolean(),
        Kind::At => value.as_str().is_some_and(|text| text.len() >= 10 && text.as_bytes()[0].is_ascii_digit()),
        Kind::Id => value.is_string() || value.is_array(),
        Kind::Unknown => false,
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::{
        domain::{ConversationId, CustomerId},
        kustomer::wire,
    };

    /// A conversation of a customer, with nothing else known.
    pub(crate) fn conversation() -> Conversation {
        let body = json!({"data": {"id": "66b1", "attributes": {},
            "relationships": {"customer": {"data": {"type": "customer", "id": "66c1"}}}}});
        wire::single(&body).and_then(wire::conversation).expect("a conversation")
    }

    /// A row of a bulk creation, by number.
    pub(crate) fn row(number: usize) -> NewKobject {
        NewKobject {
            reference: format!("tenant-{number}"),
            title: "Outage EU-West".to_owned(),
            external_id: Some(format!("inc-7:tenant-{number}")),
            customer: Some(CustomerId::new("66c1")),
            custom: serde_json::Map::new(),
        }
    }

    /// A customer with one masked attribute.
    pub(crate) fn customer() -> Customer {
        let body = json!({"data": {"id": "66c1", "attributes": {"name": "Mara Quill", "rev": 3, "custom": {
            "loyaltyTierStr": "gold", "nationalIdStr": {"isMasked": true, "maskedPresentation": "****77"}}}}});
        let sensitivity = wire::Sensitivity::unknown();
        wire::single(&body).and_then(|r| wire::customer(r, &sensitivity)).expect("a customer")
    }

    #[test]
    fn a_window_is_asked_for_without_a_body() {
        let change = open_window(&customer());
        let request =
            Request { method: Method::Post, path: "/v1/customers/66c1/unmasking-windows".to_owned(), body: None };
        assert_eq!((change.effect(), change.requests()), (Effect::Unmask, &[request][..]));
        assert_eq!(change.subject().customer, Some(CustomerId::new("66c1")));
    }

    #[test]
    fn a_note_carries_its_reference_and_can_be_edited() {
        let change = add_note(&conversation(), Some(&"Mara".into()), "Called back.", "sd-1").expect("a change");
        let request = Request {
            method: Method::Post,
            path: "/v1/conversations/66b1/notes".to_owned(),
            body: Some(json!({"body": "Called back.", "externalId": "sd-1"})),
        };
        assert_eq!(change.requests(), [request]);
        assert_eq!(change.subject().conversation, Some(ConversationId::new("66b1")));
        assert_eq!(change.editable_text(), Some(("Called back.", Some(10_240))));
        assert_eq!(add_note(&conversation(), None, " \n", "sd-1"), Err(WishError::Empty { what: "the note" }));
        let long = "é".repeat(10_241);
        let too_long = WishError::TooLong { what: "the note", length: 10_241, limit: 10_240 };
        assert_eq!(add_note(&conversation(), None, &long, "sd-1"), Err(too_long));
    }

    #[test]
    fn a_value_fits_its_suffix_or_not() {
        for (name, value, expected) in [
            ("tierStr", json!("gold"), true),
            ("tierStr", json!(1), false),
            ("tierStr", json!(null), true),
            ("totalNum", json!(64.5), true),
            ("totalNum", json!("64.5"), false),
            ("vipBool", json!(true), true),
            ("placedAt", json!("2025-03-01T09:30:00Z"), true),
            ("placedAt", json!("yesterday"), false),
            ("orderId", json!(["66a1"]), true),
            ("tier", json!("gold"), false),
        ] {
            assert_eq!(fits(name, &value), expected, "{name} {value}");
        }
    }
}
