//! Owns the tool that proposes an update of a customer's record.

use futures::future;
use serde_json::Value;

use super::{Answer, Code, Cx, Kind, Outcome, Param, Spec, ToolError, params::Arguments};
use crate::{
    approval::{Change, Effect},
    domain::{ContactKind, CustomerId, Text},
    kustomer::{
        Receipt,
        changes::{self, CustomerEdit},
    },
};

/// Proposes an update of one customer.
pub(super) struct CustomerUpdate;

impl Code for CustomerUpdate {
    const SPEC: Spec = Spec {
        name: "customer_update",
        about: "Change a customer's record: the name, the one phone number or e-mail address, or custom attributes. Give only \
                what changes. Placeholders are allowed. Phone numbers in E.164 (+12025550143).",
        words: "edit correct set phone number mail profile",
        effect: Effect::Write,
        polls: false,
        params: &[
            Param::must("customer_id", Kind::Words(64), "The customer's id."),
            Param::may("phone", Kind::Words(40), "The new number."),
            Param::may("email", Kind::Words(256), "The new address."),
            Param::may("name", Kind::Words(256), "The new display name."),
            Param::may("custom", Kind::Fields, "Custom attributes and their new values."),
            Param::may("reason", Kind::Words(500), "Why, in one sentence, for the person who approves."),
        ],
        example: r#"{"customer_id": "66a1f0c2b7d4e9001c3a5f10", "phone": "⟦phone:1⟧"}"#,
    };

    async fn run(arguments: Arguments, cx: &Cx) -> Result<Outcome, ToolError> {
        let id = CustomerId::new(arguments.must("customer_id")?);
        let edits = edits(&arguments, &id, cx)?;
        let (customer, company) = future::join(cx.reader.customer(&id), cx.reader.company_link(&id)).await;
        let change = changes::update_customer(&customer?, &company?, edits)?;
        Ok(Outcome::Propose {
            change: Box::new(change),
            reason: Text::from(arguments.words("reason").unwrap_or_default()),
        })
    }

    async fn done(change: &Change, _receipt: &Receipt, _cx: &Cx) -> Answer {
        let fields: Vec<Value> = change.before().iter().map(|(field, _)| Value::from(field.as_str())).collect();
        Answer::done([("updated", Value::Array(fields))])
    }
}

fn edits(arguments: &Arguments, customer: &CustomerId, cx: &Cx) -> Result<Vec<CustomerEdit>, ToolError> {
    let mut edits = Vec::new();
    if let Some(name) = arguments.words("name") {
        edits.push(CustomerEdit::Name(cx.fill_for(name, Some(customer))?));
    }
    if let Some(email) = arguments.words("email") {
        let value = cx.fill_for(email.trim(), Some(customer))?;
        let sound = value.split_once('@').is_some_and(|(local, domain)| !local.is_empty() && domain.contains('.'));
        if !sound {
            return Err(ToolError::Arguments("`email` is no e-mail address".into()));
        }
        edits.push(CustomerEdit::Contact { kind: ContactKind::Email, value });
    }
    if let Some(phone) = arguments.words("phone") {
        let value = cx.fill_for(phone.trim(), Some(customer))?;
        let sound = value
            .strip_prefix('+')
            .is_some_and(|digits| (7..=15).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit()));
        if !sound {
            return Err(ToolError::Arguments("`phone` is no E.164 number such as +12025550143".into()));
        }
        edits.push(CustomerEdit::Contact { kind: ContactKind::Phone, value });
    }
    for (name, mut value) in arguments.fields("custom") {
        cx.vault.fill_json(&mut value, Some(customer))?;
        edits.push(CustomerEdit::Custom { name, value });
    }
    if edits.is_empty() {
        return Err(ToolError::Arguments("give at least one of `phone`, `email`, `name` and `custom`".into()));
    }
    Ok(edits)
}
