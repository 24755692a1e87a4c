//! Owns the company operations (Kustomer API reference 19).

use crate::sandbox::{
    bulk::{Operation, Target},
    call::{Answer, Call, MOST_ROWS},
    doc::Kind,
    errors::Refusal,
    paging::Totals,
    records::{companies, kobjects},
    table::{Op, op},
    world::{Index, Listing},
};

/// The operations of this file, with the roles they accept (Kustomer API reference, appendix A).
pub const OPERATIONS: &[Op] = &[
    op("POST", "/v1/companies/bulk", "company.create", "user.company.write", |call| {
        super::bulk::accept(call, Operation::Create, Target::Companies, 201)
    }),
    op("PUT", "/v1/companies/bulk", "company.update", "user.company.write", |call| {
        super::bulk::accept(call, Operation::Update, Target::Companies, 201)
    }),
    op("GET", "/v1/companies", "company.read", "user.company.read", list),
    op("POST", "/v1/companies", "company.create", "user.company.write", create),
    op("GET", "/v1/companies/{id}", "company.read", "user.company.read", get),
    op("PUT", "/v1/companies/{id}", "company.update", "user.company.write", update),
    op("GET", "/v1/companies/{id}/klasses/{name}", "company.read", "user.company.read", kobjects_of),
];

/// `GET /v1/companies`: by `externalId` or by name (`filter`); with both the server ignores both. The documented spelling
/// `extenalId` is taken too, and shown beside the right one.
pub fn list(call: &mut Call) -> Answer {
    let mut reply = found(call)?;
    let rows = reply.body.as_mut().and_then(|body| body["data"].as_array_mut()).into_iter().flatten();
    for attributes in rows.filter_map(|row| row["attributes"].as_object_mut()) {
        if let Some(external) = attributes.get("externalId").cloned() {
            attributes.insert("extenalId".into(), external);
        }
    }
    Ok(reply)
}

fn found(call: &Call) -> Answer {
    let external = call.query.get("externalId").or(call.query.get("extenalId"));
    let name = call.query.get("filter");
    if let (Some(id), None) = (external, name) {
        return call.list(call.desk.world.found(Kind::Company, Index::ExternalId, id), MOST_ROWS, Totals::Untold);
    }
    let name = name.filter(|_| external.is_none()).map(str::to_lowercase);
    call.list_all(&Listing { name, ..Listing::of(Kind::Company) }, MOST_ROWS, Totals::Untold)
}

/// `GET /v1/companies/{id}`
pub fn get(call: &mut Call) -> Answer {
    call.one(200, Kind::Company, &call.captured(0), "Company")
}

/// `POST /v1/companies`
pub fn create(call: &mut Call) -> Answer {
    let body = call.take_body();
    let id = companies::create(&mut call.act(), body)?;
    call.one(201, Kind::Company, &id, "Company")
}

/// `PUT /v1/companies/{id}`: always in part; the answer shows a company that this deleted, too.
pub fn update(call: &mut Call) -> Answer {
    let (id, body) = (call.captured(0), call.take_body());
    companies::update(&mut call.act(), &id, body)?;
    call.any(200, Kind::Company, &id, "Company")
}

/// `GET /v1/companies/{id}/klasses/{name}`
pub fn kobjects_of(call: &mut Call) -> Answer {
    let (company, klass) = (call.captured(0), call.captured(1));
    call.desk.world.live(Kind::Company, &company).ok_or_else(|| Refusal::not_found("Company"))?;
    kobjects::klass(&call.desk.world, &klass)?;
    let docs = call.desk.world.found(Kind::Kobject, Index::Company, &company);
    call.list(docs.filter(|doc| doc.klass() == Some(&klass)), MOST_ROWS, Totals::Untold)
}
