//! Owns the five calls that most settings have in common: list, get, create, change, delete. Which of them a kind has, under
//! which roles and with which status, is said in the kind's own file.

use serde_json::{Value, json};

use crate::sandbox::{
    call::{Answer, Call, MOST_ROWS, Reply},
    doc::{Doc, Kind},
    errors::Refusal,
    paging::Totals,
    records::plain::{self, Plain},
    seed,
    world::is_deleted,
};

/// A page of those that are not deleted, in the order of their ids.
pub fn list(call: &Call, kind: Kind) -> Answer {
    call.list(call.desk.world.all(kind).filter(|doc| !is_deleted(doc)), MOST_ROWS, Totals::Untold)
}

impl Plain {
    /// A page of them.
    pub fn list(&self, call: &Call) -> Answer {
        list(call, self.kind)
    }

    /// The one named by the path.
    pub fn one(&self, call: &Call, status: u16) -> Answer {
        call.one(status, self.kind, &call.captured(0), self.what)
    }

    /// Makes one of the body.
    pub fn create(&self, call: &mut Call, status: u16) -> Answer {
        let body = call.take_body();
        let id = plain::create(&mut call.act(), self, body)?;
        call.one(status, self.kind, &id, self.what)
    }

    /// Changes the one named by the path. One that is deleted by it is answered all the same.
    pub fn update(&self, call: &mut Call, status: u16) -> Answer {
        let (id, body) = (call.captured(0), call.take_body());
        plain::update(&mut call.act(), self, &id, body)?;
        let doc = call.desk.world.get(self.kind, &id);
        doc.map_or_else(|| call.one(status, self.kind, &id, self.what), |doc| Ok(call.answer(status, doc)))
    }

    /// Deletes the one named by the path: 204.
    pub fn delete(&self, call: &mut Call) -> Answer {
        let id = call.captured(0);
        plain::delete(&mut call.act(), self, &id)?;
        Ok(Reply::done())
    }
}

/// Makes the call one about the default record of the kind.
pub fn find_default(call: &mut Call, plain: &Plain) -> Result<(), Refusal> {
    let is_default = |doc: &&Doc| doc.attributes.get("default") == Some(&Value::Bool(true)) && !is_deleted(doc);
    let found = call.desk.world.all(plain.kind).find(is_default).map(|doc| doc.id.clone());
    call.captured = vec![found.ok_or_else(|| Refusal::not_found(plain.what))?];
    Ok(())
}

/// A resource that is the org's own and one of its kind, at the path it was asked for by.
#[expect(clippy::unnecessary_wraps, reason = "operations end with it")]
pub fn of_the_org(call: &Call, kind: &str, attributes: &Value) -> Answer {
    let org = json!({ "links": { "self": format!("/v1/orgs/{}", seed::ids::ORG) }, "data": { "type": "org", "id": seed::ids::ORG } });
    let (id, links) = (seed::ids::ORG, json!({ "self": call.path }));
    let resource =
        json!({ "type": kind, "id": id, "attributes": attributes, "relationships": { "org": org }, "links": links });
    Ok(Reply::json(200, json!({ "data": resource })))
}
