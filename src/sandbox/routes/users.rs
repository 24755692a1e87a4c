//! Owns the user operations (Kustomer API reference 22.1).
//!
//! Decided here (unverified in the reference): no roles are named for changing a user, so any key may, but roles given to
//! anybody are cut down to the caller's, as documented for new users; `pending` are people who never signed in; a deleted
//! user answers 404 by id, is listed with `deleted=true` and comes back with `deleted: null`.

use serde_json::{Value, json};

use crate::sandbox::{
    call::{Answer, Call, Reply},
    doc::{Doc, Kind},
    errors::Refusal,
    paging::Totals,
    records::plain::Plain,
    schema::{Purpose, check, settings},
    table::{Op, op},
    world::is_deleted,
};

/// The operations of this file, with the roles they accept (Kustomer API reference, appendix A).
pub const OPERATIONS: &[Op] = &[
    op("GET", "/v1/users", "", "", list),
    op("POST", "/v1/users", "", "admin.user", invite),
    op("GET", "/v1/users/current", "", "", current),
    op("PUT", "/v1/users/current", "", "", update_current),
    op("GET", "/v1/users/{id}", "", "", get),
    op("PUT", "/v1/users/{id}", "", "", update),
    op("GET", "/v1/users/{id}/teams", "", "", teams),
    op("POST", "/v1/users/passwordreset", "", "", reset_password),
];

/// The largest page of users and of teams (Kustomer API reference 4.1).
pub const MOST_USERS: usize = 500;

const USER: Plain = Plain {
    unique: &["email"],
    lists: &[("roleGroups", Kind::RoleGroup)],
    ..Plain::new(Kind::User, "User", settings::USER, || {
        json!({
            "userType": "user", "displayName": null, "mobile": null, "roles": [], "roleGroups": [], "isEmailValid": true,
            "password": { "allowNew": true, "forceNew": true },
        })
    })
};

/// What a user may change about themselves.
const PROFILE: Plain = Plain::new(Kind::User, "User", settings::PROFILE, || json!({}));

/// `GET /v1/users`, by one of `pending`, `deleted`, `userType`, `email`.
fn list(call: &mut Call) -> Answer {
    let filters = ["pending", "deleted", "userType", "email"];
    if filters.iter().filter(|name| call.query.get(name).is_some()).count() > 1 {
        return Err(Refusal::bad_request("Filters cannot be combined."));
    }
    let deleted = call.query.is_true("deleted");
    let pending = call.query.get("pending").map(|value| value == "true");
    let wanted = |doc: &&Doc| {
        let is = |attribute: &str| call.query.get(attribute).is_none_or(|value| doc.text(attribute) == Some(value));
        let waits = doc.text("userType") != Some("machine") && !doc.attributes.contains_key("firstLoginAt");
        is_deleted(doc) == deleted && is("userType") && is("email") && pending.is_none_or(|pending| pending == waits)
    };
    call.list(call.desk.world.all(Kind::User).filter(wanted), MOST_USERS, Totals::Untold)
}

/// `POST /v1/users`: 201. Nobody is written to.
fn invite(call: &mut Call) -> Answer {
    cut_roles(call);
    USER.create(call, 201)
}

/// `GET /v1/users/{id}`: one, or a page of those a comma list names.
fn get(call: &mut Call) -> Answer {
    let ids = call.captured(0);
    if !ids.contains(',') {
        return call.one(200, Kind::User, &ids, "User");
    }
    let docs: Vec<&Doc> = ids.split(',').filter_map(|id| call.desk.world.live(Kind::User, id.trim())).collect();
    call.list(docs.into_iter(), MOST_USERS, Totals::Untold)
}

/// `PUT /v1/users/{id}`: 201, odd but documented.
fn update(call: &mut Call) -> Answer {
    cut_roles(call);
    USER.update(call, 201)
}

/// Leaves of the `roles` in the body what the caller holds.
pub fn cut_roles(call: &mut Call) {
    let key = call.key;
    if let Some(Value::Array(roles)) = call.body.get_mut("roles")
        && let Some(wanted) = roles.iter().map(Value::as_str).collect::<Option<Vec<_>>>()
    {
        *roles = key.within(&wanted).into_iter().map(Value::from).collect();
    }
}

/// `GET /v1/users/current`, with the roles of the key that asks.
fn current(call: &mut Call) -> Answer {
    let doc = call.desk.world.get(Kind::User, &call.key.user).cloned().ok_or_else(|| Refusal::not_found("User"))?;
    let mut reply = call.answer(200, &doc);
    if let Some(body) = &mut reply.body {
        body["data"]["attributes"]["roles"] = json!(call.key.roles);
    }
    Ok(reply)
}

/// `PUT /v1/users/current`: name, picture, number and signature only.
fn update_current(call: &mut Call) -> Answer {
    call.captured = vec![call.key.user.clone()];
    PROFILE.update(call, 200)?;
    current(call)
}

/// `GET /v1/users/{id}/teams`
fn teams(call: &mut Call) -> Answer {
    let id = call.captured(0);
    call.desk.world.live(Kind::User, &id).ok_or_else(|| Refusal::not_found("User"))?;
    let id = Value::from(id);
    let has = |doc: &&Doc| {
        let members = doc.attributes.get("members").and_then(Value::as_array);
        !is_deleted(doc) && members.is_some_and(|members| members.contains(&id))
    };
    call.list(call.desk.world.all(Kind::Team).filter(has), MOST_USERS, Totals::Untold)
}

/// `POST /v1/users/passwordreset`: 204 whether or not there is such a user, so that nobody learns who is.
fn reset_password(call: &mut Call) -> Answer {
    check(&[settings::PASSWORD_RESET], Purpose::Create, call.take_body())?;
    Ok(Reply::done())
}
