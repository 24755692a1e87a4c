//! Holds the operations to the reference's words, area by area: each test names the rule it checks.

mod contents;
mod drafts;
mod files;
mod people;
mod types;

use serde_json::{Value, json};

use crate::sandbox::fixture::{MARA, PARCEL, Trial};

/// An inbound message on Mara's conversation; its id.
fn write_in(trial: &mut Trial, more: &Value) -> String {
    message(trial, "in", more)
}

/// A message on Mara's conversation; its id.
fn message(trial: &mut Trial, direction: &str, more: &Value) -> String {
    let mut body = json!({ "channel": "email", "app": "t", "direction": direction, "preview": "Where is it?" });
    for (name, value) in more.as_object().into_iter().flatten() {
        body[name] = value.clone();
    }
    let (status, answer) = trial.ask("POST", &format!("/v1/conversations/{PARCEL}/messages"), body);
    assert_eq!(status, 201, "{answer}");
    id_of(&answer)
}

/// The id in an answer's `data`.
fn id_of(answer: &Value) -> String {
    answer["data"]["id"].as_str().expect("an id").to_owned()
}

/// Where an answer says the fault lies.
fn pointer(answer: &Value) -> &str {
    answer["errors"][0]["source"]["pointer"].as_str().unwrap_or_default().trim_start_matches("/data/attributes/")
}

/// The status of a draft made for Mara.
fn draft(trial: &mut Trial, body: Value) -> (u16, Value) {
    trial.ask("POST", &format!("/v1/customers/{MARA}/drafts"), body)
}
