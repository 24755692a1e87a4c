//! Owns the operations on teams and role groups, which the product calls permission sets (Kustomer API reference 22.2,
//! 22.3).
//!
//! Decided here (unverified in the reference): team and role-group names are unique; changing a system role group is a 400;
//! roles of a group are cut down to the caller's.

use serde_json::{Value, json};

use super::{plain, users::MOST_USERS};
use crate::sandbox::{
    call::{Answer, Call},
    doc::Kind,
    errors::Refusal,
    paging::Totals,
    records::plain::Plain,
    schema::{Purpose, check, settings},
    table::{Op, op},
    world::is_deleted,
};

/// The operations of this file, with the roles they accept (Kustomer API reference, appendix A).
pub const OPERATIONS: &[Op] = &[
    op("GET", "/v1/teams", "", "", teams),
    op("POST", "/v1/teams", "", "", |call| TEAM.create(call, 201)),
    op("GET", "/v1/teams/{id}", "", "", |call| TEAM.one(call, 200)),
    op("PATCH", "/v1/teams/{id}", "", "", |call| TEAM.update(call, 200)),
    op("PUT", "/v1/teams/{id}", "", "", |call| TEAM.update(call, 200)),
    op("DELETE", "/v1/teams/{id}", "", "", |call| TEAM.delete(call)),
    op("POST", "/v1/teams/{id}/members", "", "", |call| change_members(call, true)),
    op("DELETE", "/v1/teams/{id}/members", "", "", |call| change_members(call, false)),
    op("GET", "/v1/role-groups", "", "", |call| plain::list(call, Kind::RoleGroup)),
    op("POST", "/v1/role-groups", "", "", create_group),
    op("GET", "/v1/role-groups/{id}", "", "", |call| ROLE_GROUP.one(call, 200)),
    op("PUT", "/v1/role-groups/{id}", "", "", update_group),
    op("DELETE", "/v1/role-groups/{id}", "", "", delete_group),
];

const TEAM: Plain = Plain {
    unique: &["name"],
    lists: &[("members", Kind::User), ("roleGroups", Kind::RoleGroup)],
    ..Plain::new(Kind::Team, "Team", settings::TEAM, || json!({ "members": [], "roleGroups": [], "deleted": false }))
};

const ROLE_GROUP: Plain = Plain {
    unique: &["name"],
    ..Plain::new(
        Kind::RoleGroup,
        "Role group",
        settings::ROLE_GROUP,
        || json!({ "display": true, "system": false, "roles": [] }),
    )
};

fn teams(call: &mut Call) -> Answer {
    call.list(call.desk.world.all(Kind::Team).filter(|doc| !is_deleted(doc)), MOST_USERS, Totals::Untold)
}

/// `POST` and `DELETE /v1/teams/{id}/members`: 200 with the team.
fn change_members(call: &mut Call, joins: bool) -> Answer {
    let team = call.desk.world.live(Kind::Team, &call.captured(0)).ok_or_else(|| Refusal::not_found("Team"))?;
    let mut members: Vec<Value> = team.attributes.get("members").and_then(Value::as_array).cloned().unwrap_or_default();
    let body = check(&[settings::MEMBERS], Purpose::Create, call.take_body())?;
    let named = body.get("members").and_then(Value::as_array).cloned().unwrap_or_default();
    members.retain(|member| !named.contains(member));
    if joins {
        members.extend(named);
    }
    call.body = json!({ "members": members });
    TEAM.update(call, 200)
}

fn create_group(call: &mut Call) -> Answer {
    super::users::cut_roles(call);
    ROLE_GROUP.create(call, 200)
}

fn update_group(call: &mut Call) -> Answer {
    refuse_system(call)?;
    super::users::cut_roles(call);
    ROLE_GROUP.update(call, 200)
}

fn delete_group(call: &mut Call) -> Answer {
    refuse_system(call)?;
    ROLE_GROUP.delete(call)
}

fn refuse_system(call: &Call) -> Result<(), Refusal> {
    let group = call.desk.world.live(Kind::RoleGroup, &call.captured(0));
    let is_system = group.is_some_and(|group| group.attributes.get("system") == Some(&Value::Bool(true)));
    if is_system { Err(Refusal::bad_request("A system role group cannot be changed.")) } else { Ok(()) }
}
