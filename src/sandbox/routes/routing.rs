//! Owns the operations on work sessions, work items, user statuses and how teams are routed to (Kustomer API reference 23).
//!
//! Decided here (unverified in the reference): `user=true` lists the caller's own sessions; `POST /v1/routing/work-items`
//! answers 201 for a new item and 200 for the one there was; statuses are listed at `/v1/routing/user-statuses` and a user's
//! is set with `PUT /v1/routing/users/{id}/status`; a team's settings are at `/v1/routing/teams/{id}/settings`.

use serde_json::{Value, json};

use crate::sandbox::{
    call::{Answer, Call, MOST_ROWS, Reply},
    doc::{Doc, Kind},
    errors::Refusal,
    mint,
    paging::Totals,
    records::{routing, sessions, settings::Place},
    schema::{Purpose, check, settings},
    table::{Op, op},
    world::Index,
};

/// The operations of this file, with the roles they accept.
pub const OPERATIONS: &[Op] = &[
    op("GET", "/v1/routing/work-sessions", READ, READ_LEGACY, list_sessions),
    op("GET", "/v1/routing/work-sessions/{id}", READ, READ_LEGACY, |call| {
        call.one(200, Kind::WorkSession, &call.captured(0), "Work session")
    }),
    op("PUT", "/v1/routing/work-sessions/{id}", WRITE, WRITE_LEGACY, update_session),
    op("GET", "/v1/routing/users/{id}/work-sessions", READ, READ_LEGACY, sessions_of_user),
    op("PUT", "/v1/routing/users/{id}/status", WRITE, WRITE_LEGACY, update_status),
    op("GET", "/v1/routing/user-statuses", READ, READ_LEGACY, statuses),
    op("GET", "/v1/routing/work-items", READ, READ_LEGACY, list_items),
    op("POST", "/v1/routing/work-items", "routing.create", WRITE_LEGACY, create_item),
    op("GET", "/v1/routing/work-items/{id}", READ, READ_LEGACY, |call| {
        call.one(200, Kind::WorkItem, &call.captured(0), "Work item")
    }),
    op("GET", "/v1/routing/conversations/{id}/work-items", READ, READ_LEGACY, items_of_conversation),
    op("GET", "/v1/routing/teams/{id}/settings", READ, READ_LEGACY, team_settings),
    op("PUT", "/v1/routing/teams/{id}/settings", WRITE, WRITE_LEGACY, update_team_settings),
];

const READ: &str = "routing.read";
const READ_LEGACY: &str = "user.routing.read";
const WRITE: &str = "routing.update";
const WRITE_LEGACY: &str = "user.routing.write admin.routing.write";

/// What an agent can be: name, type, and whether only the system sets it.
const STATUSES: [(&str, &str, bool); 5] = [
    ("Available", "available", false),
    ("Lunch", "unavailable", false),
    ("Training", "unavailable", false),
    ("Busy", "busy", true),
    ("Offline", "offline", false),
];

/// `GET /v1/routing/work-sessions`, by `user`, `active` and `statusType`.
fn list_sessions(call: &mut Call) -> Answer {
    let active = call.query.get("active").map(|value| value == "true");
    let own = call.query.is_true("user");
    let wanted = |doc: &&Doc| {
        active.is_none_or(|active| active == sessions::is_active(doc))
            && call.query.get("statusType").is_none_or(|status| doc.text("statusType") == Some(status))
            && (!own || doc.related_id("user") == Some(&call.key.user))
    };
    call.list(call.desk.world.all(Kind::WorkSession).filter(wanted), MOST_ROWS, Totals::Untold)
}

fn update_session(call: &mut Call) -> Answer {
    let (id, body) = (call.captured(0), call.take_body());
    sessions::update(&mut call.act(), &id, body)?;
    call.one(200, Kind::WorkSession, &id, "Work session")
}

/// `GET /v1/routing/users/{id}/work-sessions`
fn sessions_of_user(call: &mut Call) -> Answer {
    let user = call.captured(0);
    call.desk.world.live(Kind::User, &user).ok_or_else(|| Refusal::not_found("User"))?;
    call.list(sessions::of_user(&call.desk.world, &user), MOST_ROWS, Totals::Untold)
}

/// `PUT /v1/routing/users/{id}/status`: 200 with the session it is part of.
fn update_status(call: &mut Call) -> Answer {
    let (user, body) = (call.captured(0), call.take_body());
    let session = sessions::update_of_user(&mut call.act(), &user, body)?;
    call.one(200, Kind::WorkSession, &session, "Work session")
}

/// `GET /v1/routing/user-statuses`
#[expect(clippy::unnecessary_wraps, reason = "every operation has this signature")]
fn statuses(_: &mut Call) -> Answer {
    let rows = STATUSES.map(|(name, status, system)| {
        let attributes = json!({ "name": name, "statusType": status, "system": system });
        json!({ "type": "user_status", "id": mint::fixed_id(0, &format!("user status {name}")), "attributes": attributes })
    });
    Ok(Reply::json(200, json!({ "data": rows })))
}

/// `GET /v1/routing/work-items`, by `status` and `queue`.
fn list_items(call: &mut Call) -> Answer {
    let wanted = |doc: &&Doc| {
        call.query.get("status").is_none_or(|status| doc.text("status") == Some(status))
            && call.query.get("queue").is_none_or(|queue| doc.related_id("queue") == Some(queue))
    };
    call.list(call.desk.world.all(Kind::WorkItem).filter(wanted), MOST_ROWS, Totals::Untold)
}

/// `POST /v1/routing/work-items`
fn create_item(call: &mut Call) -> Answer {
    let body = call.take_body();
    let (id, is_new) = routing::create(&mut call.act(), body)?;
    call.one(if is_new { 201 } else { 200 }, Kind::WorkItem, &id, "Work item")
}

/// `GET /v1/routing/conversations/{id}/work-items`
fn items_of_conversation(call: &mut Call) -> Answer {
    let id = call.captured(0);
    call.desk.world.live(Kind::Conversation, &id).ok_or_else(|| Refusal::not_found("Conversation"))?;
    call.list(call.desk.world.found(Kind::WorkItem, Index::Conversation, &id), MOST_ROWS, Totals::Untold)
}

/// Where a team's routing settings are kept.
fn place(team: &str) -> Place<'_> {
    Place { app: "routing", category: "teams", name: team, user: None }
}

fn team_values(call: &Call, team: &str) -> Result<Value, Refusal> {
    call.desk.world.live(Kind::Team, team).ok_or_else(|| Refusal::not_found("Team"))?;
    let stored = place(team).find(&call.desk.world).and_then(|doc| doc.attributes.get("value").cloned());
    Ok(stored.unwrap_or_else(|| json!({ "enabled": true, "capacity": 5, "queues": [] })))
}

fn team_settings(call: &mut Call) -> Answer {
    let team = call.captured(0);
    let attributes = team_values(call, &team)?;
    let relationships =
        json!({ "team": { "links": { "self": format!("/v1/teams/{team}") }, "data": { "type": "team", "id": team } } });
    Ok(Reply::json(
        200,
        json!({ "data": {
            "type": "team_routing_settings", "id": team, "attributes": attributes, "relationships": relationships,
            "links": { "self": call.path },
        } }),
    ))
}

fn update_team_settings(call: &mut Call) -> Answer {
    let team = call.captured(0);
    let mut value = team_values(call, &team)?;
    let body = check(&[settings::TEAM_ROUTING], Purpose::Update, call.take_body())?;
    let act = call.act();
    let unknown = body.get("queues").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
    if unknown.into_iter().any(|id| act.world.live(Kind::Queue, id).is_none()) {
        return Err(Refusal::invalid("queues", "no such queue"));
    }
    for (name, change) in body {
        value[name] = change;
    }
    place(&team).write(&mut call.act(), value);
    team_settings(call)
}
