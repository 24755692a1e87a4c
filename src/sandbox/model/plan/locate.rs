//! Owns how the customer in question is found: by what the person named, by mail domain, or the one on screen. Does not look
//! into their records.
//!
//! Invariant: of several matches the customer on screen is preferred; otherwise the person is asked, nobody is guessed.

use serde_json::{Value, json};

use super::{
    facts,
    run::{Play, Run, Told, say},
};
use crate::sandbox::model::wording;

/// A customer that was found.
#[derive(Clone, Debug)]
pub(super) struct Found {
    pub id: String,
    /// What is known of them so far.
    pub facts: Value,
}

impl Found {
    fn of(customer: &Value) -> Play<Self> {
        match customer["id"].as_str() {
            Some(id) => Ok(Self { id: id.to_owned(), facts: customer.clone() }),
            None => say("The customer tool answered without a customer id, so I cannot go on."),
        }
    }
}

/// The customer the person means.
pub(super) fn customer(run: &mut Run<'_>) -> Play<Found> {
    let said = run.said();
    let named = run.reply().and_then(identifier).or_else(|| identifier(&said));
    if let Some((field, value)) = named {
        return by(run, field, &value);
    }
    if said.to_ascii_lowercase().contains("domain") {
        return by_domain(run, &said);
    }
    if let Some(name) = wording::person(&said) {
        return by_search(run, json!({ "query": name, "limit": 10 }), &format!("called {name}"));
    }
    on_screen(run).map_or_else(
        || say("Which customer do you mean? Open their conversation, or give me an email address, a phone number or an external ID."),
        Ok,
    )
}

/// The customer of the open conversation.
pub(super) fn on_screen(run: &Run<'_>) -> Option<Found> {
    let context = run.context();
    let id = context.text("customer", "id")?;
    let facts = json!({ "id": id, "name": context.text("customer", "name"), "external_id": context.text("customer", "external_id") });
    Some(Found { id: id.to_owned(), facts })
}

/// An address, number or id that names one customer.
fn identifier(text: &str) -> Option<(&'static str, String)> {
    let email = wording::email(text).map(|email| ("email", email));
    let external = || wording::external_id(text).map(|id| ("external_id", id));
    email.or_else(external).or_else(|| wording::phone(text).map(|phone| ("phone", phone)))
}

/// The customer with that address, number or external id.
pub(super) fn by(run: &mut Run<'_>, field: &str, value: &str) -> Play<Found> {
    match run.call("customer_find", json!({ field: value }))? {
        Told::Done(answer) if answer["customers"].is_array() => choose(run, &answer, &format!("with {value}")),
        Told::Done(answer) => Found::of(facts::customer(&answer)),
        Told::Failed { kind, .. } if kind == "not_found" => say(format!(
            "There is no customer with {} {value} on this desk. Is it spelled right, or may they have written from another one?",
            field.replace('_', " ")
        )),
        Told::Failed { message, .. } => say(format!("I could not look the customer up: {message}")),
        Told::Refused(reason) => say(format!("The look-up was refused: {reason}. I have nothing to go on without it.")),
    }
}

fn by_domain(run: &mut Run<'_>, said: &str) -> Play<Found> {
    let domain = wording::domain(said).or_else(|| run.context().text("customer", "email_domain").map(str::to_owned));
    match domain {
        Some(domain) => {
            by_search(run, json!({ "email_domain": domain, "limit": 10 }), &format!("writing from {domain}"))
        }
        None => say(
            "The ticket shows no email address, so there is no domain to search for. Which domain, address or customer is it?",
        ),
    }
}

fn by_search(run: &mut Run<'_>, arguments: Value, described: &str) -> Play<Found> {
    let answer = run.need("customer_search", arguments, "the search for the customer")?;
    choose(run, &answer, described)
}

fn choose(run: &Run<'_>, answer: &Value, described: &str) -> Play<Found> {
    let found = facts::list(answer, "customers");
    let replied = || run.reply().and_then(|reply| pick(found, reply));
    let shown = || run.context().text("customer", "id").and_then(|id| found.iter().find(|one| one["id"] == id));
    match found {
        [] => say(format!(
            "I found no customer {described}. Nothing was changed. Do you have another address or an external ID?"
        )),
        [only] => Found::of(only),
        several => match replied().or_else(shown) {
            Some(one) => Found::of(one),
            None => say(format!(
                "I found {} customers {described}. Which one do you mean?\n\n{}",
                answer["total"].as_u64().map_or(several.len(), |total| total as usize),
                several.iter().zip(1..).map(|(one, number)| candidate(number, one)).collect::<Vec<_>>().join("\n")
            )),
        },
    }
}

/// The one of a list that a reply names, by id, name or place.
fn pick<'v>(found: &'v [Value], reply: &str) -> Option<&'v Value> {
    let named = |field: &str| {
        let mut fitting = found
            .iter()
            .filter(|one| one[field].as_str().is_some_and(|value| !value.is_empty() && reply.contains(value)));
        fitting.next().filter(|_| fitting.next().is_none())
    };
    named("external_id")
        .or_else(|| named("id"))
        .or_else(|| named("company"))
        .or_else(|| named("name"))
        .or_else(|| found.get(wording::ordinal(reply)?))
}

/// A line of a list to choose from.
pub(super) fn candidate(number: usize, customer: &Value) -> String {
    let mut line = format!("{number}. {}", facts::who(customer));
    if let Some(company) = customer["company"].as_str() {
        line.push_str(&format!(", {}", facts::gist(company, 60)));
    }
    if let Some(open) = customer["open_conversations"].as_u64() {
        line.push_str(&format!(", {open} open"));
    }
    line
}
