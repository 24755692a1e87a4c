//! Owns what happens to companies: making and changing them; there is no deletion but `deleted: true` (Kustomer API
//! reference 19).

use serde_json::{Value, json};

use super::{Act, Body, Mode, apply, names};
use crate::sandbox::{
    doc::Kind,
    errors::Refusal,
    schema::{Purpose, bodies, check},
    world::Index,
};

/// Makes a company and gives back its id.
pub fn create(act: &mut Act, body: Value) -> Result<String, Refusal> {
    let mut body = check(&[bodies::COMPANY], Purpose::Create, body)?;
    body.remove("rev");
    check_references(act, &body, "")?;
    act.resolve_tags(&mut body);
    let mut doc = act.new_doc(Kind::Company, &mut body)?;
    let defaults = json!({
        "emails": [], "phones": [], "whatsapps": [], "socials": [], "urls": [], "locations": [], "domains": [], "tags": [],
        "custom": {}, "deleted": false,
    });
    doc.attributes.extend(defaults.as_object().cloned().unwrap_or_default());
    apply(&mut doc, body, Mode::Merge, &[]);
    let id = doc.id.clone();
    act.world.put(doc);
    Ok(id)
}

/// Changes a company, always in part; a new name shows on its customers.
pub fn update(act: &mut Act, id: &str, body: Value) -> Result<(), Refusal> {
    let mut doc = act.writable(Kind::Company, id, &body).cloned().ok_or_else(|| Refusal::not_found("Company"))?;
    let mut body = check(&[bodies::COMPANY, bodies::COMPANY_CHANGE], Purpose::Update, body)?;
    act.spend_update(id)?;
    Act::check_rev(&doc, &mut body)?;
    check_references(act, &body, id)?;
    act.resolve_tags(&mut body);
    let name = body.get("name").cloned();
    apply(&mut doc, body, Mode::Merge, &names(&[bodies::COMPANY]));
    act.touch(&mut doc);
    act.world.put(doc);
    if let Some(name) = name {
        let customers: Vec<String> =
            act.world.found(Kind::Customer, Index::Company, id).map(|doc| doc.id.clone()).collect();
        for customer in customers {
            act.world.edit(Kind::Customer, &customer, |doc| {
                doc.attributes.insert("companyName".into(), name.clone());
            });
        }
    }
    Ok(())
}

fn check_references(act: &Act, body: &Body, own: &str) -> Result<(), Refusal> {
    act.check_custom("company", body)?;
    match body.get("externalId").and_then(Value::as_str) {
        Some(external) => act.check_unique(Kind::Company, Index::ExternalId, external, own, "externalId"),
        None => Ok(()),
    }
}
