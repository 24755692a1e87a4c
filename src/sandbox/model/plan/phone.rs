//! Owns the comparison of a customer's phone number with the one another source has, and its correction. Does not write.
//!
//! Invariant: a number is only proposed when it is known to differ; a masked one that could be the same is unmasked first.

use serde_json::{Value, json};

use super::{
    facts::{self, Shown},
    locate::{self, Found},
    run::{Play, Run, Told, because, say},
};
use crate::sandbox::model::wording;

/// Compares, and updates if it differs.
pub(super) fn play(run: &mut Run<'_>) -> Play<String> {
    let said = run.said();
    let customer = customer(run, &said)?;
    let name = facts::who(&customer.facts);
    let Some(number) = wording::phone(&said) else {
        return say(format!(
            "Which phone number should {name} have? Please give it in international form, starting with +."
        ));
    };
    let on_file = on_file(run, &customer, &number)?;
    match &on_file {
        Shown::Given(known) if known == &number => {
            return Ok(format!("Nothing to do: {name} already has {number} on file."));
        }
        Shown::Given(_) | Shown::Masked(_) | Shown::Absent => {}
    }
    match run.call("customer_update", json!({ "customer_id": customer.id, "phone": number }))? {
        Told::Done(_) => {
            Ok(format!("Done. The phone number of **{name}** was {} and is now {number}.", on_file.words()))
        }
        Told::Refused(reason) => Ok(format!(
            "You refused the update{}. {name} keeps the number on file ({}).",
            because(&reason),
            on_file.words()
        )),
        Told::Failed { message, .. } => say(format!("The number of {name} could not be updated: {message}")),
    }
}

/// The external id names the profile; the number is what it should have, so it is never used to look the profile up.
fn customer(run: &mut Run<'_>, said: &str) -> Play<Found> {
    let named = wording::external_id(said)
        .map(|id| ("external_id", id))
        .or_else(|| wording::email(said).map(|email| ("email", email)));
    match named {
        Some((field, value)) => locate::by(run, field, &value),
        None => match locate::on_screen(run) {
            Some(found) => Ok(found),
            None => say("Whose number is it? Please give me the external ID or the email address of the profile."),
        },
    }
}

/// The number on file, in the clear when that is needed to compare.
fn on_file(run: &mut Run<'_>, customer: &Found, number: &str) -> Play<Shown> {
    let arguments = json!({ "customer_id": customer.id });
    let known = Shown::of(&customer.facts["phones"]);
    let known = if known == Shown::Absent { read(run, &arguments)? } else { known };
    let Shown::Masked(mask) = &known else {
        return Ok(known);
    };
    if surely_other(mask, number) {
        return Ok(known);
    }
    let reason = "The phone number on file must be read to compare it with the one given";
    match run.call("customer_unmask", json!({ "customer_id": customer.id, "reason": reason }))? {
        Told::Done(_) => read(run, &arguments),
        Told::Refused(why) => say(format!(
            "You refused to unmask the number on file ({mask}){}, and masked it cannot be told from {number}. I have changed nothing. If you are sure it differs, say so and I will propose the update.",
            because(&why)
        )),
        Told::Failed { message, .. } => {
            say(format!("The number on file could not be unmasked: {message} I have changed nothing."))
        }
    }
}

fn read(run: &mut Run<'_>, arguments: &Value) -> Play<Shown> {
    let answer = run.need("customer_get", arguments.clone(), "the look at the profile")?;
    Ok(Shown::of(&facts::customer(&answer)["phones"]))
}

/// Whether the digits a mask leaves visible already differ from the end of the number.
fn surely_other(mask: &str, number: &str) -> bool {
    let tail: String =
        mask.chars().rev().take_while(char::is_ascii_digit).collect::<Vec<_>>().into_iter().rev().collect();
    !tail.is_empty() && number.starts_with('+') && !number.ends_with(&tail)
}
