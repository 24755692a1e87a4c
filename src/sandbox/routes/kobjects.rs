//! Owns the operations on klasses and `KObjects` (Kustomer API reference 18).

use serde_json::Value;

use crate::sandbox::{
    bulk::{Operation, Target},
    call::{Answer, Call, MOST_ROWS, Reply},
    doc::{Doc, Kind},
    errors::Refusal,
    mint,
    paging::Totals,
    records::kobjects,
    table::{Op, op},
    world::{Index, Listing},
};

/// The operations of this file, with the roles they accept (Kustomer API reference, appendix A).
pub const OPERATIONS: &[Op] = &[
    op("GET", "/v1/customers/{id}/klasses/{name}", "customer.read", "user.customer.read", of_customer),
    op("POST", "/v1/customers/{id}/klasses/{name}", "kobject.create", "user.kobject.write", create_for_customer),
    op("GET", "/v1/klasses", "klass.read", "admin.klass.read user.klass.read", klasses),
    op("GET", "/v1/klasses/{x}", "klass.read", "admin.klass.read user.klass.read", klass_or_list),
    op("POST", "/v1/klasses/{name}", "kobject.create", "user.kobject.write", create),
    op("POST", "/v1/klasses/{name}/bulk", "kobject.create", "user.kobject.write", |call| {
        super::bulk::accept(call, Operation::Create, Target::Kobjects(call.captured(0)), 201)
    }),
    op("PUT", "/v1/klasses/{name}/bulk", "kobject.update", "user.kobject.write", |call| {
        super::bulk::accept(call, Operation::Update, Target::Kobjects(call.captured(0)), 200)
    }),
    op("DELETE", "/v1/klasses/{name}/bulk", "kobject.delete", "user.kobject.delete", |call| {
        super::bulk::accept(call, Operation::Delete, Target::Kobjects(call.captured(0)), 201)
    }),
    op("GET", "/v1/klasses/{name}/externalId={externalId}", "", "", by_external_id),
    op("GET", "/v1/klasses/{name}/{id}", "kobject.read", "user.kobject.read", get),
    op("PUT", "/v1/klasses/{name}/{id}", "kobject.update", "user.kobject.write", update),
    op("DELETE", "/v1/klasses/{name}/{id}", "kobject.delete", "user.kobject.delete", delete),
];

/// `GET /v1/klasses`
pub fn klasses(call: &mut Call) -> Answer {
    let wanted = call.query.get("status").unwrap_or("enabled").to_owned();
    let has_status = |doc: &&Doc| doc.text("status").unwrap_or("enabled") == wanted;
    call.list(call.desk.world.all(Kind::Klass).filter(has_status), MOST_ROWS, Totals::Untold)
}

/// `GET /v1/klasses/{x}`: a klass when `x` is an id, the `KObjects` of the klass when it is a name.
pub fn klass_or_list(call: &mut Call) -> Answer {
    let x = call.captured(0);
    if mint::is_id(&x) {
        return call.one(200, Kind::Klass, &x, "Klass");
    }
    kobjects::klass(&call.desk.world, &x)?;
    let listing = Listing { klass: Some(x), since: call.start_date()?, ..Listing::of(Kind::Kobject) };
    call.list_all(&listing, MOST_ROWS, Totals::Untold)
}

/// `GET /v1/customers/{id}/klasses/{name}`
pub fn of_customer(call: &mut Call) -> Answer {
    let (customer, klass) = (call.captured(0), call.captured(1));
    call.desk.world.live(Kind::Customer, &customer).ok_or_else(|| Refusal::not_found("Customer"))?;
    kobjects::klass(&call.desk.world, &klass)?;
    let docs = call.desk.world.found(Kind::Kobject, Index::Customer, &customer);
    call.list(docs.filter(|doc| doc.klass() == Some(&klass)), MOST_ROWS, Totals::Untold)
}

/// `GET /v1/klasses/{name}/{id}`
pub fn get(call: &mut Call) -> Answer {
    let doc = kobjects::find(&call.desk.world, &call.captured(0), &call.captured(1))?;
    Ok(call.answer(200, doc))
}

/// `GET /v1/klasses/{name}/externalId={externalId}`
pub fn by_external_id(call: &mut Call) -> Answer {
    let doc = kobjects::by_external(&call.desk.world, &call.captured(0), &call.captured(1))?;
    Ok(call.answer(200, doc))
}

/// `POST /v1/klasses/{name}`
pub fn create(call: &mut Call) -> Answer {
    let (klass, body) = (call.captured(0), call.take_body());
    created(call, &klass, body)
}

/// `POST /v1/customers/{id}/klasses/{name}`
pub fn create_for_customer(call: &mut Call) -> Answer {
    let (customer, klass) = (call.captured(0), call.captured(1));
    call.desk.world.live(Kind::Customer, &customer).ok_or_else(|| Refusal::not_found("Customer"))?;
    let body = call.take_body_with("customer", &customer);
    created(call, &klass, body)
}

fn created(call: &mut Call, klass: &str, body: Value) -> Answer {
    let id = kobjects::create(&mut call.act(), klass, body)?;
    call.one(201, Kind::Kobject, &id, "KObject")
}

/// `PUT /v1/klasses/{name}/{id}`
pub fn update(call: &mut Call) -> Answer {
    let (klass, id, body) = (call.captured(0), call.captured(1), call.take_body());
    kobjects::update(&mut call.act(), &klass, &id, body)?;
    call.one(200, Kind::Kobject, &id, "KObject")
}

/// `DELETE /v1/klasses/{name}/{id}`
pub fn delete(call: &mut Call) -> Answer {
    let (klass, id) = (call.captured(0), call.captured(1));
    kobjects::delete(&mut call.act(), &klass, &id)?;
    Ok(Reply::done())
}
