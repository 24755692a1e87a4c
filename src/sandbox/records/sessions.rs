//! Owns work sessions: one agent's shift, from the first status to `offline` (Kustomer API reference 23).
//!
//! Decided here (unverified in the reference): only the desk itself makes an agent `busy`; a session that is over is
//! read-only and answers 409.

use serde_json::{Value, json};

use super::{Act, Body};
use crate::sandbox::{
    doc::{Doc, Kind},
    errors::Refusal,
    schema::{Purpose, check, settings},
    world::World,
};

/// Changes the status of a session; `offline` ends it.
pub fn update(act: &mut Act, id: &str, body: Value) -> Result<(), Refusal> {
    let body = wanted(body)?;
    let found = act.world.live(Kind::WorkSession, id).cloned();
    write(act, found.ok_or_else(|| Refusal::not_found("Work session"))?, &body)
}

/// Changes the status of a user: in their session, or in a new one when their last shift is over. Gives back its id.
pub fn update_of_user(act: &mut Act, user: &str, body: Value) -> Result<String, Refusal> {
    let body = wanted(body)?;
    if act.world.live(Kind::User, user).is_none() {
        return Err(Refusal::not_found("User"));
    }
    let session = match current(act.world, user).cloned() {
        Some(session) => session,
        None => begin(act, user),
    };
    let id = session.id.clone();
    write(act, session, &body)?;
    Ok(id)
}

fn wanted(body: Value) -> Result<Body, Refusal> {
    let body = check(&[settings::WORK_SESSION], Purpose::Create, body)?;
    if body.get("statusType").and_then(Value::as_str) == Some("busy") {
        return Err(Refusal::invalid("statusType", "busy is set by the system"));
    }
    Ok(body)
}

/// The sessions of a user, oldest first.
pub fn of_user<'w>(world: &'w World, user: &str) -> impl DoubleEndedIterator<Item = &'w Doc> {
    world.all(Kind::WorkSession).filter(move |session| session.related_id("user") == Some(user))
}

/// Whether the shift goes on.
pub fn is_active(session: &Doc) -> bool {
    session.attributes.get("active") == Some(&Value::Bool(true))
}

fn current<'w>(world: &'w World, user: &str) -> Option<&'w Doc> {
    of_user(world, user).rfind(|session| is_active(session))
}

fn begin(act: &mut Act, user: &str) -> Doc {
    let mut session = Doc::new(Kind::WorkSession, act.world.mint.id(act.now));
    act.stamp(&mut session);
    session.attributes.insert("active".into(), true.into());
    session.attributes.insert("signedInAt".into(), act.now_text().into());
    session.related.insert("user".into(), (Kind::User, user.to_owned()));
    session
}

fn write(act: &mut Act, mut session: Doc, body: &Body) -> Result<(), Refusal> {
    if !is_active(&session) {
        return Err(Refusal::conflict("the session is over and read-only"));
    }
    act.touch(&mut session);
    let status = body.get("statusType").and_then(Value::as_str).unwrap_or_default();
    let name = body.get("statusName").cloned().unwrap_or_default();
    let changes = json!({ "statusType": status, "statusName": name, "statusAt": act.now_text() });
    session.attributes.extend(changes.as_object().cloned().unwrap_or_default());
    if status == "offline" {
        session.attributes.insert("active".into(), false.into());
        session.attributes.insert("signedOutAt".into(), act.now_text().into());
    }
    act.world.put(session);
    Ok(())
}
