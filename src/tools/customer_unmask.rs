//! Owns the tool that asks for an unmasking window. After the yes the model gets placeholders, never values.

use super::{
    Answer, Code, Cx, Kind, Outcome, Param, Spec, ToolError,
    answer::{map, own, time},
    customers,
    params::Arguments,
};
use crate::{
    approval::{Change, Effect},
    domain::{CustomerId, Text},
    kustomer::{Receipt, changes},
};

/// Asks for a window on one customer.
pub(super) struct CustomerUnmask;

impl Code for CustomerUnmask {
    const SPEC: Spec = Spec {
        name: "customer_unmask",
        about: "Ask for an unmasking window on one customer, with the reason the person will read. After approval the \
                masked values come back as placeholders (⟦phone:1⟧) to be copied into notes, drafts and updates. The desk \
                decides how long the window lasts.",
        words: "reveal masked sensitive window clear",
        effect: Effect::Unmask,
        polls: false,
        params: &[
            Param::must("customer_id", Kind::Words(64), "The customer's id."),
            Param::must("reason", Kind::Words(500), "Why it is needed, in one sentence."),
        ],
        example: r#"{"customer_id": "66a1f0c2b7d4e9001c3a5f10", "reason": "Verify the number before calling back."}"#,
    };

    async fn run(arguments: Arguments, cx: &Cx) -> Result<Outcome, ToolError> {
        let reason = Text::from(arguments.must("reason")?);
        let customer = cx.reader.customer(&CustomerId::new(arguments.must("customer_id")?)).await?;
        if customer.window.as_ref().is_some_and(|window| window.is_open(cx.clock.now())) {
            let shown = map([("status", own("already_open")), ("customer", customers::whole(&customer, cx))]);
            return Ok(Outcome::Answer(Answer::new(shown, &cx.vault)));
        }
        Ok(Outcome::Propose { change: Box::new(changes::open_window(&customer)), reason })
    }

    async fn done(change: &Change, _receipt: &Receipt, cx: &Cx) -> Answer {
        let Some(id) = change.subject().customer.as_ref() else { return Answer::done([]) };
        match cx.reader.customer(id).await {
            Ok(customer) => {
                let until = customer.window.as_ref().and_then(|window| window.end);
                let shown = map([
                    ("status", own("done")),
                    ("customer", customers::whole(&customer, cx)),
                    ("until", time(until)),
                ]);
                Answer::new(shown, &cx.vault)
            }
            Err(_) => Answer::done([(
                "note",
                "the window is open, but the customer could not be read; use customer_get".into(),
            )]),
        }
    }
}
