//! Owns the operations under `/auth`: tokens, role names and how people sign in (Kustomer API reference 22.3).
//!
//! Decided here (unverified in the reference): the attributes of the auth settings; that those of customers' sign-in and the
//! public ones are the same record, the public ones without what only admins need; page numbers of token lists are strings
//! in `meta` alone.

use serde_json::{Value, json};

use crate::sandbox::{
    call::{Answer, Call, MOST_ROWS, Reply},
    doc::Kind,
    errors::Refusal,
    paging::Totals,
    records::{settings::Place, tokens},
    schema::{Purpose, check, settings},
    table::{self, Op, op},
    times,
};

/// The operations of this file, with the roles they accept (Kustomer API reference, appendix A).
pub const OPERATIONS: &[Op] = &[
    op("GET", "/v1/auth/tokens", "", "admin.security", list),
    op("POST", "/v1/auth/tokens", "", "", create),
    op("GET", "/v1/auth/tokens/{id}", "", "admin", |call| call.one(200, Kind::Token, &call.captured(0), "Token")),
    op("DELETE", "/v1/auth/tokens/{id}", "", "", delete),
    op("GET", "/v1/auth/tokens/current", "", "", current),
    op("DELETE", "/v1/auth/tokens/current", "", "", delete_current),
    op("GET", "/v1/auth/roles", "", "", roles),
    op("GET", "/v1/auth/settings", "", "admin.security", |call| auth_settings(call, "auth_settings")),
    op("PUT", "/v1/auth/settings", "", "admin.security", update_auth_settings),
    op("GET", "/v1/auth/customer/settings", "", "admin", |call| auth_settings(call, "auth_customer_settings")),
    op("GET", "/v1/p/auth/settings", "", "", public_auth_settings),
];

fn list(call: &mut Call) -> Answer {
    let mut reply = call.list(call.desk.world.all(Kind::Token), MOST_ROWS, Totals::Untold)?;
    if let Some(meta) = reply.body.as_mut().and_then(|body| body["meta"].as_object_mut()) {
        for number in meta.values_mut() {
            *number = number.to_string().into();
        }
    }
    Ok(reply)
}

/// `POST /v1/auth/tokens`: 201, the only answer that ever shows the token.
fn create(call: &mut Call) -> Answer {
    let body = check(&[settings::TOKEN], Purpose::Create, call.take_body())?;
    let key = call.key;
    let (id, token) = tokens::create(&mut call.act(), key, &body);
    let mut reply = call.one(201, Kind::Token, &id, "Token")?;
    if let Some(body) = &mut reply.body {
        body["data"]["attributes"]["token"] = token.into();
    }
    Ok(reply)
}

/// `GET /v1/auth/tokens/current`
fn current(call: &mut Call) -> Answer {
    let mut reply = call.one(200, Kind::Token, &tokens::id_of(&call.key.token), "Token")?;
    if let Some(body) = &mut reply.body {
        let attributes = &mut body["data"]["attributes"];
        attributes["lastAccessedAt"] = times::iso(call.now).into();
        // The desk listens on the loopback address only.
        attributes["ipAddress"] = "127.0.0.1".into();
    }
    Ok(reply)
}

/// `DELETE /v1/auth/tokens/{id}`: the token opens nothing from now on. Its machine user stays, as the author of what it did.
fn delete(call: &mut Call) -> Answer {
    let id = call.captured(0);
    call.desk.world.remove(Kind::Token, &id).ok_or_else(|| Refusal::not_found("Token"))?;
    Ok(Reply::done())
}

/// `DELETE /v1/auth/tokens/current`
fn delete_current(call: &mut Call) -> Answer {
    call.captured = vec![tokens::id_of(&call.key.token)];
    delete(call)
}

/// `GET /v1/auth/roles`: every role any operation accepts, by name.
#[expect(clippy::unnecessary_wraps, reason = "every operation has this signature")]
fn roles(_: &mut Call) -> Answer {
    let roles: Vec<Value> = table::roles().into_iter().map(|role| json!({ "type": "role", "id": role })).collect();
    Ok(Reply::json(200, json!({ "data": roles })))
}

const AUTH: Place = Place { app: "auth", category: "sign-in", name: "settings", user: None };

/// What holds until an admin changes it.
fn auth_values(call: &Call) -> Value {
    let stored = AUTH.find(&call.desk.world).and_then(|doc| doc.attributes.get("value").cloned());
    stored.unwrap_or_else(|| {
        let saml = json!({ "enabled": false, "idpPublicCerts": [], "idpLoginUrl": "", "idpLogoutUrl": "", "idpIssuerId": "",
            "forceAuth": false, "signRequests": false, "allowUnencryptedAssert": false });
        json!({ "kustomer": { "enabled": true }, "google": { "enabled": false }, "saml": saml,
            "app": { "userSessionExpirationMilliseconds": 86_400_000 } })
    })
}

fn auth_settings(call: &Call, kind: &str) -> Answer {
    super::plain::of_the_org(call, kind, &auth_values(call))
}

/// `PUT /v1/auth/settings`
fn update_auth_settings(call: &mut Call) -> Answer {
    let body = check(&[settings::AUTH_SETTINGS], Purpose::Update, call.take_body())?;
    let mut value = auth_values(call);
    for (name, change) in body {
        value[name] = change;
    }
    AUTH.write(&mut call.act(), value);
    auth_settings(call, "auth_settings")
}

/// `GET /v1/p/auth/settings`: how one may sign in, for those who have not yet.
fn public_auth_settings(call: &mut Call) -> Answer {
    let mut reply = auth_settings(call, "auth_settings")?;
    let attributes = reply.body.as_mut().and_then(|body| body["data"]["attributes"].as_object_mut());
    if let Some(attributes) = attributes {
        attributes.retain(|name, _| ["kustomer", "google", "saml"].contains(&name.as_str()));
        if let Some(saml) = attributes.get_mut("saml").and_then(Value::as_object_mut) {
            saml.retain(|name, _| name == "enabled");
        }
    }
    Ok(reply)
}
