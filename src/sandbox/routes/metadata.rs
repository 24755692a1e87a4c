//! Owns the metadata operations: which custom attributes a resource has (Kustomer API reference 7.2).

use crate::sandbox::{
    call::{Answer, Call},
    doc::{Doc, Kind},
    errors::Refusal,
    records::metadata,
    table::{Op, op},
};

/// The operations of this file, with the roles they accept (Kustomer API reference, appendix A).
pub const OPERATIONS: &[Op] = &[
    op("GET", "/v1/metadata/{resource}", "metadata.read", "admin.metadata.read user.metadata.read", get),
    op("PUT", "/v1/metadata/{resource}", "metadata.update", "admin.metadata.write", put),
];

/// `GET /v1/metadata/{resource}`: a resource nobody has described has no properties, and is there all the same.
pub fn get(call: &mut Call) -> Answer {
    let resource = call.captured(0);
    if call.desk.world.get(Kind::Metadata, &resource).is_none() && metadata::is_resource(&call.desk.world, &resource) {
        let mut blank = Doc::new(Kind::Metadata, resource);
        blank.attributes.insert("properties".into(), serde_json::json!({}));
        return Ok(call.answer(200, &blank));
    }
    call.one(200, Kind::Metadata, &resource, "Metadata")
}

/// `PUT /v1/metadata/{resource}`
pub fn put(call: &mut Call) -> Answer {
    let (resource, body) = (call.captured(0), call.take_body());
    metadata::update(&mut call.act(), &resource, body)?;
    call.desk
        .world
        .get(Kind::Metadata, &resource)
        .map(|doc| call.answer(200, doc))
        .ok_or_else(|| Refusal::not_found("Metadata"))
}
