//! Owns the operations on what the org has set up: users, teams, queues, tags, SLAs, shortcuts, metadata and the token
//! itself (Kustomer API reference 7.2, 11, 22, 23, 24).

use serde_json::{Value, json};

use crate::sandbox::{
    call::{Answer, Call, MOST_ROWS, Reply},
    doc::{Doc, Kind},
    errors::Refusal,
    mint,
    paging::Totals,
    schema::{Purpose, bodies, check},
    times,
    world::{Index, is_deleted},
};

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
    let wanted = |doc: &&Doc| match (external, name) {
        (Some(id), None) => doc.text("externalId") == Some(id),
        (None, Some(name)) => doc.text("name").is_some_and(|own| own.to_lowercase().contains(&name.to_lowercase())),
        (Some(_), Some(_)) | (None, None) => true,
    };
    let docs = call.desk.world.all(Kind::Company).filter(|doc| !is_deleted(doc)).filter(wanted);
    call.list(docs, MOST_ROWS, Totals::Untold)
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
pub fn metadata(call: &mut Call) -> Answer {
    call.one(200, Kind::Metadata, &call.captured(0), "Metadata")
}

/// `PUT /v1/metadata/{resource}`: properties are merged by name; their `type` follows from the suffix.
pub fn put_metadata(call: &mut Call) -> Answer {
    let (resource, body) = (call.captured(0), call.take_body());
    let body = check(&[bodies::METADATA], Purpose::Update, body)?;
    let known = ["company", "conversation", "customer", "message"];
    let klass = resource.strip_prefix("kobject.");
    let is_klass = klass.is_some_and(|name| call.desk.world.found(Kind::Klass, Index::Name, name).next().is_some());
    if !known.contains(&resource.as_str()) && !is_klass {
        return Err(Refusal::not_found("Metadata"));
    }
    let now = times::iso(call.now);
    let mut doc =
        call.desk.world.get(Kind::Metadata, &resource).cloned().unwrap_or_else(|| Doc::new(Kind::Metadata, &resource));
    for (name, value) in body {
        match (value, doc.attributes.get_mut(&name)) {
            (Value::Object(changes), Some(Value::Object(stored))) => {
                stored.extend(stamped(changes, &call.key.user, &now))
            }
            (Value::Object(changes), _) => {
                doc.attributes.insert(name, Value::Object(stamped(changes, &call.key.user, &now)));
            }
            (value, _) => {
                doc.attributes.insert(name, value);
            }
        }
    }
    call.desk.world.put(doc);
    call.one(200, Kind::Metadata, &resource, "Metadata")
}

fn stamped(mut properties: serde_json::Map<String, Value>, by: &str, now: &str) -> serde_json::Map<String, Value> {
    for (name, property) in properties.iter_mut().filter(|(_, property)| property.is_object()) {
        let kind = match crate::sandbox::schema::suffix(name) {
            Some("Num") => "number",
            Some("Bool") => "boolean",
            _ => "string",
        };
        property["type"] = kind.into();
        property["modifiedBy"] = by.into();
        property["modifiedAt"] = now.into();
        property["updatedAt"] = now.into();
    }
    properties
}

/// `GET /v1/auth/tokens/current`
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
