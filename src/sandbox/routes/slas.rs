//! Owns the SLA operations, which only read: policies are made in the product's settings (Kustomer API reference 11). What a
//! policy does to a conversation is in `sla`.

use serde_json::{Value, json};

use crate::sandbox::{
    call::{Answer, Call, Reply},
    doc::{Doc, Kind},
    errors::Refusal,
    table::{Op, op},
    world::Index,
};

/// The operations of this file, with the roles they accept (Kustomer API reference, appendix A).
pub const OPERATIONS: &[Op] = &[
    op("GET", "/v1/slas", "sla.read", "user.sla.read", slas),
    op("GET", "/v1/slas/{id}", "sla.read", "user.sla.read", sla),
];

/// `GET /v1/slas`: with `versions=all` the versions of all are included, as data taps read them.
fn slas(call: &mut Call) -> Answer {
    let mut reply = super::plain::list(call, Kind::Sla)?;
    if call.query.get("versions") == Some("all")
        && let Some(body) = &mut reply.body
    {
        let view = call.view();
        body["included"] = call.desk.world.all(Kind::SlaVersion).map(|version| view.resource(version)).collect();
    }
    Ok(reply)
}

/// `GET /v1/slas/{id}`: with `versions=active` one version is included, with `versions=all` a list of them.
fn sla(call: &mut Call) -> Answer {
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
