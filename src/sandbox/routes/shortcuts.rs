//! Owns the shortcut operations (Kustomer API reference 24).
//!
//! Decided here (unverified in the reference, which shows the list and says a create call exists): `POST /v1/shortcuts` is
//! 201, `GET` and `PUT /v1/shortcuts/{id}` read and change one; a private shortcut is there for its author, for the users in
//! `accessUsers` and for members of `accessTeams` only, and 404 for everybody else.

use serde_json::{Value, json};

use crate::sandbox::{
    call::{Answer, Call, MOST_ROWS},
    doc::{Doc, Kind},
    errors::Refusal,
    paging::Totals,
    records::plain::Plain,
    schema::settings,
    table::{Op, op},
    world::is_deleted,
};

/// The operations of this file, with the roles they accept.
pub const OPERATIONS: &[Op] = &[
    op("GET", "/v1/shortcuts", "shortcut.read", "user.shortcut.read", list),
    op("POST", "/v1/shortcuts", "shortcut.create", "user.shortcut.write", |call| SHORTCUT.create(call, 201)),
    op("GET", "/v1/shortcuts/{id}", "shortcut.read", "user.shortcut.read", |call| {
        refuse_hidden(call)?;
        SHORTCUT.one(call, 200)
    }),
    op("PUT", "/v1/shortcuts/{id}", "shortcut.update", "user.shortcut.write", |call| {
        refuse_hidden(call)?;
        SHORTCUT.update(call, 200)
    }),
];

const SHORTCUT: Plain = Plain {
    lists: &[("accessUsers", Kind::User), ("accessTeams", Kind::Team)],
    relations: &[("parent", Kind::Shortcut)],
    ..Plain::new(
        Kind::Shortcut,
        "Shortcut",
        settings::SHORTCUT,
        || json!({ "isPrivate": false, "deleted": false, "appDisabled": false }),
    )
};

fn list(call: &mut Call) -> Answer {
    let seen = |doc: &&Doc| !is_deleted(doc) && may_see(call, doc);
    call.list(call.desk.world.all(Kind::Shortcut).filter(seen), MOST_ROWS, Totals::Untold)
}

fn refuse_hidden(call: &Call) -> Result<(), Refusal> {
    let doc = call.desk.world.get(Kind::Shortcut, &call.captured(0));
    if doc.is_none_or(|doc| may_see(call, doc)) { Ok(()) } else { Err(Refusal::not_found("Shortcut")) }
}

fn may_see(call: &Call, shortcut: &Doc) -> bool {
    let user = &call.key.user;
    let ids = |doc: &Doc, name: &str| -> Vec<String> {
        let list = doc.attributes.get(name).and_then(Value::as_array).into_iter().flatten();
        list.filter_map(Value::as_str).map(str::to_owned).collect()
    };
    let in_team =
        |team: &String| call.desk.world.live(Kind::Team, team).is_some_and(|team| ids(team, "members").contains(user));
    shortcut.attributes.get("isPrivate") != Some(&Value::Bool(true))
        || shortcut.related_id("createdBy") == Some(user)
        || ids(shortcut, "accessUsers").contains(user)
        || ids(shortcut, "accessTeams").iter().any(in_team)
}
