//! Owns tokens, API keys among them: one record each, found by the secret itself (Kustomer API reference 1.2, 22.3).
//!
//! Invariant: no record holds a secret. A token's id follows from its text by a one-way function, so the text leads to the
//! record and never the other way.
//!
//! Decided here (unverified in the reference): the body of `POST /v1/auth/tokens` is `name`, `roles` (the caller's when not
//! given, else cut down to them), `expiresInDays` and `cidrs`; each token acts as a machine user of its own; `expiresAt` and
//! `cidrs` are answered with the documented attributes; `lastAccessedAt` is the time of the answer for the token that asks
//! and of creation for others; the CIDR list is kept and not enforced.

use serde_json::{Value, json};

use super::{Act, Body};
use crate::sandbox::{
    doc::{Doc, Kind},
    mint,
    roles::{self, Key},
    times,
};

const DAY_MS: i64 = 86_400_000;

/// Makes a token out of a checked body, with its machine user: its id and its text.
pub fn create(act: &mut Act, caller: &Key, body: &Body) -> (String, String) {
    let name = body.get("name").and_then(Value::as_str).unwrap_or_default();
    let user = act.world.mint.id(act.now);
    // A fresh id makes a fresh text; the seed of the org's own keys is mixed in by none of them.
    let token = mint::api_key(0, &user);
    let wanted = body.get("roles").and_then(Value::as_array);
    let roles = wanted.map_or_else(
        || caller.roles.clone(),
        |roles| caller.within(&roles.iter().filter_map(Value::as_str).collect::<Vec<_>>()),
    );
    let key = Key { name: "token", token, user, roles };
    let days = body.get("expiresInDays").and_then(Value::as_i64);
    let mut doc = record(&key, name, act.now, days.map(|days| act.now + days * DAY_MS));
    if let Some(cidrs) = body.get("cidrs") {
        doc.attributes.insert("cidrs".into(), cidrs.clone());
    }
    doc.related.insert("createdBy".into(), (Kind::User, act.by.clone()));
    let id = doc.id.clone();
    act.world.put(roles::machine_user(&key, name, act.now));
    act.world.put(doc);
    (id, key.token)
}

/// The record of a token made at `made` (milliseconds since the epoch).
pub fn record(key: &Key, name: &str, made: i64, expires: Option<i64>) -> Doc {
    let mut doc = Doc::new(Kind::Token, id_of(&key.token));
    let last: String = key.token.chars().skip(key.token.chars().count().saturating_sub(4)).collect();
    let made = times::iso(made);
    let attributes = json!({
        "lastTokenChars": last, "name": name, "ipAddress": null, "userAgent": null, "roles": key.roles, "cidrs": [],
        "createdAt": made, "updatedAt": made, "lastAccessedAt": made, "expiresAt": expires.map(times::iso),
    });
    doc.attributes = attributes.as_object().cloned().unwrap_or_default();
    doc.related.insert("user".into(), (Kind::User, key.user.clone()));
    doc
}

/// The id of the record of the token with this text.
pub fn id_of(token: &str) -> String {
    mint::fixed_id(0, token)
}
