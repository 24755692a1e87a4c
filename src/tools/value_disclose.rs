//! Owns the tool that asks for values in the clear: the one way a model learns more than a placeholder. The card names each
//! value and where the model is asked; the yes is for exactly those, and ends with the customer's window.

use super::{Answer, Code, Cx, Kind, Outcome, Param, Spec, ToolError, params::Arguments};
use crate::{
    approval::{Change, Disclosure, Effect},
    domain::{CustomerId, Text},
    kustomer::{Receipt, changes},
};

/// Values asked for at once: as many as a person reads.
const MOST: usize = 10;

/// Asks for values behind placeholders.
pub(super) struct ValueDisclose;

impl Code for ValueDisclose {
    const SPEC: Spec = Spec {
        name: "value_disclose",
        about: "Ask the person to show you the real values behind placeholders of one customer. Hardly ever needed: \
                placeholders work everywhere. Only when you must read the value itself.",
        words: "reveal clear plain real raw unmasked placeholder",
        effect: Effect::Disclose,
        polls: false,
        params: &[
            Param::must("customer_id", Kind::Words(64), "Whose values."),
            Param::must("placeholders", Kind::List(MOST), "Which, for instance ⟦phone:1⟧."),
            Param::must("reason", Kind::Words(500), "Why a placeholder does not do, in one sentence."),
        ],
        example: r#"{"customer_id": "66a1f0c2b7d4e9001c3a5f10", "placeholders": ["⟦phone:1⟧"], "reason": "Check the country code."}"#,
    };

    async fn run(arguments: Arguments, cx: &Cx) -> Result<Outcome, ToolError> {
        if cx.vault.endpoint().is_empty() {
            return Err(ToolError::Rule("it is not known where the model is asked, so it is told nothing".into()));
        }
        let reason = Text::from(arguments.must("reason")?);
        let customer = cx.reader.customer(&CustomerId::new(arguments.must("customer_id")?)).await?;
        let mut values = Vec::new();
        for placeholder in arguments.list("placeholders") {
            if !(placeholder.starts_with('⟦') && placeholder.ends_with('⟧')) {
                return Err(ToolError::Arguments("`placeholders` holds something that is none".into()));
            }
            values.push((placeholder.clone(), cx.vault.value_for(&placeholder, &customer.id)?));
        }
        let change = changes::disclose(&customer, Disclosure { endpoint: cx.vault.endpoint().to_owned(), values })?;
        Ok(Outcome::Propose { change: Box::new(change), reason })
    }

    async fn done(change: &Change, _receipt: &Receipt, cx: &Cx) -> Answer {
        let disclosed = change.subject().disclosure.iter().flat_map(|told| &told.values);
        let names: Vec<String> = disclosed.map(|(name, _)| name.clone()).collect();
        cx.vault.disclose(names.clone());
        // The placeholders stay in all that is kept and shown; they become values on the way to the model only.
        Answer::done([("values", names.into())])
    }
}
