//! Owns the operations on what the org has set up: users, teams, queues, tags, SLAs, shortcuts, metadata and the token
//! itself (Kustomer API reference 7.2, 11, 22, 23, 24).

use serde_json::{Value, json};

use crate::sandbox::{
    call::{Answer, Call, MOST_ROWS, Reply},
    doc::{Doc, Kind},
    errors::Refusal,
    mint,
    paging::Totals,
    records::metadata,
    table::{Op, op},
    times,
    world::{Index, Listing, is_deleted},
};

/// The operations of this file, with the roles they accept (Kustomer API reference, appendix A).
pub const OPERATIONS: &[Op] = &[
    op("GET", "/v1/users/current", "", "", current_user),
    op("GET", "/v1/users", "", "", users),
    op("GET", "/v1/users/{id}", "", "", user),
    op("GET", "/v1/users/{id}/teams", "", "", teams_of_user),
    op("GET", "/v1/teams", "", "", teams),
    op("GET", "/v1/teams/{id}", "", "", team),
    op("GET", "/v1/auth/tokens/current", "", "", current_token),
    op("GET", "/v1/routing/queues", "queue.read routing.read", "user.queue.read", queues),
    op("GET", "/v1/routing/queues/{id}", "queue.read routing.read", "user.queue.read", queue),
    op("GET", "/v1/tags", "tag.read", "user.tag.read admin.tag.read", tags),
    op("GET", "/v1/shortcuts", "shortcut.read", "user.shortcut.read", shortcuts),
    op("GET", "/v1/brands", "brand.read", "admin.brand.read user.brand.read", brands),
    op("GET", "/v1/schedules", "schedule.read", "admin.schedule.read user.schedule.read", schedules),
    op("GET", "/v1/slas", "sla.read", "user.sla.read", slas),
    op("GET", "/v1/slas/{id}", "sla.read", "user.sla.read", sla),
    op("GET", "/v1/companies", "company.read", "user.company.read", companies),
    op("GET", "/v1/companies/{id}", "company.read", "user.company.read", company),
    op("GET", "/v1/metadata/{resource}", "metadata.read", "admin.metadata.read user.metadata.read", get_metadata),
    op("PUT", "/v1/metadata/{resource}", "metadata.update", "admin.metadata.write", put_metadata),
];

/// The largest page of users and of teams.
const MOST_USERS: usize = 500;

fn all(call: &Call, kind: Kind, most: usize) -> Answer {
    call.list(call.desk.world.all(kind).filter(|doc| !is_deleted(doc)), most, Totals::Untold)
}

/// `GET /v1/users/current`
pub fn current_user(call: &mut Call) -> Answer {
    let doc = call.desk.world.get(Kind::User, &call.key.user).cloned().ok_or_else(|| Refusal::not_found("User"))?;
    let mut reply = call.answer(200, &doc);
    if let Some(body) = &mut reply.body {
        body["data"]["attributes"]["roles"] = json!(call.key.roles);
    }
    Ok(reply)
}

/// `GET /v1/users`: by one of `userType`, `email`, `deleted`.
pub fn users(call: &mut Call) -> Answer {
    let filters = ["pending", "deleted", "userType", "email"];
    if filters.iter().filter(|name| call.query.get(name).is_some()).count() > 1 {
        return Err(Refusal::bad_request("Filters cannot be combined."));
    }
    let deleted = call.query.is_true("deleted");
    let wanted = |doc: &&Doc| {
        let is = |attribute: &str| call.query.get(attribute).is_none_or(|value| doc.text(attribute) == Some(value));
        is_deleted(doc) == deleted && is("userType") && is("email")
    };
    call.list(call.desk.world.all(Kind::User).filter(wanted), MOST_USERS, Totals::Untold)
}

/// `GET /v1/users/{id}`, or a comma list of ids
pub fn user(call: &mut Call) -> Answer {
    call.one_or_list(Kind::User, &call.captured(0), "User")
}

/// `GET /v1/users/{id}/teams`
pub fn teams_of_user(call: &mut Call) -> Answer {
    let id = Value::from(call.captured(0));
    let has = |doc: &&Doc| {
        doc.attributes.get("members").and_then(Value::as_array).is_some_and(|members| members.contains(&id))
    };
    call.list(call.desk.world.all(Kind::Team).filter(has), MOST_USERS, Totals::Untold)
}

/// `GET /v1/teams`
pub fn teams(call: &mut Call) -> Answer {
    all(call, Kind::Team, MOST_USERS)
}

/// `GET /v1/teams/{id}`
pub fn team(call: &mut Call) -> Answer {
    call.one(200, Kind::Team, &call.captured(0), "Team")
}

/// `GET /v1/routing/queues`, all or the one with a `key`
pub fn queues(call: &mut Call) -> Answer {
    let wanted = |doc: &&Doc| call.query.get("key").is_none_or(|key| doc.text("key") == Some(key));
    call.list(call.desk.world.all(Kind::Queue).filter(wanted), MOST_ROWS, Totals::Untold)
}

/// `GET /v1/routing/queues/{id}`
pub fn queue(call: &mut Call) -> Answer {
    call.one(200, Kind::Queue, &call.captured(0), "Queue")
}

/// `GET /v1/tags`: those not deleted unless `deleted=true`
pub fn tags(call: &mut Call) -> Answer {
    let deleted = call.query.is_true("deleted");
    call.list(call.desk.world.all(Kind::Tag).filter(|doc| is_deleted(doc) == deleted), MOST_ROWS, Totals::Untold)
}

/// `GET /v1/shortcuts`
pub fn shortcuts(call: &mut Call) -> Answer {
    all(call, Kind::Shortcut, MOST_ROWS)
}

/// `GET /v1/brands`
pub fn brands(call: &mut Call) -> Answer {
    all(call, Kind::Brand, MOST_ROWS)
}

/// `GET /v1/schedules`
pub fn schedules(call: &mut Call) -> Answer {
    all(call, Kind::Schedule, MOST_ROWS)
}

/// `GET /v1/companies`: by `externalId` or by name (`filter`); with both the server ignores both.
pub fn companies(call: &mut Call) -> Answer {
    let (external, name) = (call.query.get("externalId"), call.query.get("filter"));
    if let (Some(id), None) = (external, name) {
        return call.list(call.desk.world.found(Kind::Company, Index::ExternalId, id), MOST_ROWS, Totals::Untold);
    }
    let name = name.filter(|_| external.is_none()).map(str::to_lowercase);
    call.list_all(&Listing { name, ..Listing::of(Kind::Company) }, MOST_ROWS, Totals::Untold)
}

/// `GET /v1/companies/{id}`
pub fn company(call: &mut Call) -> Answer {
    call.one(200, Kind::Company, &call.captured(0), "Company")
}

/// `GET /v1/slas`
pub fn slas(call: &mut Call) -> Answer {
    all(call, Kind::Sla, MOST_ROWS)
}

/// `GET /v1/slas/{id}`: with `versions=active` one version is included, with `versions=all` a list of them.
pub fn sla(call: &mut Call) -> Answer {
    let id = call.captured(0);
    let doc = call.desk.world.live(Kind::Sla, &id).ok_or_else(|| Refusal::not_found("SLA"))?;
    let versions: Vec<&Doc> = call.desk.world.found(Kind::SlaVersion, Index::Sla, &id).collect();
    let view = call.view();
    let mut resource = view.resource(doc);
    let ids: Vec<Value> = versions.iter().map(|version| json!({ "type": "sla_version", "id": version.id })).collect();
    resource["relationships"]["versions"] = json!({ "data": ids });
    let mut body = json!({ "data": resource });
    match call.query.get("versions") {
        Some("all") => body["included"] = versions.iter().map(|version| view.resource(version)).collect(),
        Some(_) => {
            let current = doc.attributes.get("currentVersion");
            let active = versions.iter().find(|version| version.attributes.get("version") == current);
            body["included"] = active.map_or(Value::Null, |version| view.resource(version));
        }
        None => {}
    }
    Ok(Reply::json(200, body))
}

/// `GET /v1/metadata/{resource}`
pub fn get_metadata(call: &mut Call) -> Answer {
    call.one(200, Kind::Metadata, &call.captured(0), "Metadata")
}

/// `PUT /v1/metadata/{resource}`
pub fn put_metadata(call: &mut Call) -> Answer {
    let (resource, body) = (call.captured(0), call.take_body());
    metadata::update(&mut call.act(), &resource, body)?;
    call.one(200, Kind::Metadata, &resource, "Metadata")
}

/// `GET /v1/auth/tokens/current`
#[expect(clippy::unnecessary_wraps, reason = "every operation has this signature")]
pub fn current_token(call: &mut Call) -> Answer {
    let now = times::iso(call.now);
    let last: String = call.key.token.chars().skip(call.key.token.chars().count().saturating_sub(4)).collect();
    let id = mint::fixed_id(0, &call.key.token);
    let attributes = json!({ "lastTokenChars": last, "name": call.key.name, "roles": call.key.roles, "createdAt": now, "updatedAt": now, "lastAccessedAt": now });
    Ok(Reply::json(
        200,
        json!({ "data": { "type": "token", "id": id, "attributes": attributes, "relationships": {}, "links": { "self": "/v1/auth/tokens/current" } } }),
    ))
}
