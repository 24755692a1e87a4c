//! Owns what happens to `KObjects`: the org's own records, of a klass, usually a customer's (Kustomer API reference 18.2).

use serde_json::{Value, json};

use super::{Act, Body, Mode, apply, klasses, names};
use crate::sandbox::{
    doc::{Doc, Kind},
    errors::Refusal,
    schema::{Purpose, bodies, check},
    world::{Index, World, kobject_key},
};

/// The klass of that name, or 404.
pub fn klass<'w>(world: &'w World, name: &str) -> Result<&'w Doc, Refusal> {
    world.found(Kind::Klass, Index::Name, name).next().ok_or_else(|| Refusal::not_found("Klass"))
}

/// The `KObject` of that klass and id, or 404.
pub fn find<'w>(world: &'w World, klass: &str, id: &str) -> Result<&'w Doc, Refusal> {
    let doc = world.live(Kind::Kobject, id).filter(|doc| doc.klass() == Some(klass));
    doc.ok_or_else(|| Refusal::not_found("KObject"))
}

/// Makes a `KObject` of the klass and gives back its id.
pub fn create(act: &mut Act, klass_name: &str, body: Value) -> Result<String, Refusal> {
    let klass = klass(act.world, klass_name)?;
    let is_open = klass.text("status").is_none_or(|status| status == "enabled");
    let is_assignable = klasses::is_assignable(klass);
    let described = (klass.text("displayName").map(str::to_owned), klass.attributes.get("mixins").cloned());
    let mut body = check(&[bodies::KOBJECT, bodies::KOBJECT_NEW], Purpose::Create, body)?;
    if !is_open {
        return Err(Refusal::bad_request("The klass takes no new KObjects."));
    }
    let customer = body.remove("customer").and_then(|id| id.as_str().map(str::to_owned));
    let company = body.remove("company").and_then(|id| id.as_str().map(str::to_owned));
    if company.as_ref().is_some_and(|id| act.world.live(Kind::Company, id).is_none()) {
        return Err(Refusal::invalid("company", "no such company"));
    }
    if let Some(customer) = &customer {
        act.check_customer(customer)?;
        act.spend_creation(Kind::Kobject, customer, &body)?;
    }
    check_body(act, klass_name, &body, "")?;
    act.resolve_tags(&mut body);
    let mut doc = act.new_doc(Kind::Kobject, &mut body)?;
    doc.related.insert("klass".into(), (Kind::Klass, klass_name.to_owned()));
    doc.related.extend(customer.map(|id| ("customer".to_owned(), (Kind::Customer, id))));
    doc.related.extend(company.map(|id| ("company".to_owned(), (Kind::Company, id))));
    let defaults = json!({ "images": [], "tags": [], "custom": {}, "klassDisplayName": described.0, "klassMixins": described.1.unwrap_or_else(|| json!([])) });
    doc.attributes.extend(defaults.as_object().cloned().unwrap_or_default());
    if is_assignable {
        let task = json!({ "status": "open", "assignedUser": null, "doneCount": 0, "reopenCount": 0, "reopenFromDoneCount": 0 });
        doc.attributes.extend(task.as_object().cloned().unwrap_or_default());
    }
    write(&mut doc, body);
    let id = doc.id.clone();
    act.world.put(doc);
    Ok(id)
}

/// Changes a `KObject`; always in part (Kustomer API reference 2.5).
pub fn update(act: &mut Act, klass: &str, id: &str, body: Value) -> Result<(), Refusal> {
    let mut doc = find(act.world, klass, id)?.clone();
    let mut body = check(&[bodies::KOBJECT, bodies::KOBJECT_CHANGE], Purpose::Update, body)?;
    act.check_unlocked(doc.related_id("customer").unwrap_or_default())?;
    act.spend_update(id)?;
    Act::check_rev(&doc, &mut body)?;
    check_body(act, klass, &body, id)?;
    act.resolve_tags(&mut body);
    write(&mut doc, body);
    act.touch(&mut doc);
    act.world.put(doc);
    Ok(())
}

/// Deletes; the record stays for searches that include deleted ones.
pub fn delete(act: &mut Act, klass: &str, id: &str) -> Result<(), Refusal> {
    let mut doc = find(act.world, klass, id)?.clone();
    act.check_unlocked(doc.related_id("customer").unwrap_or_default())?;
    doc.attributes.insert("deleted".into(), true.into());
    act.touch(&mut doc);
    act.world.put(doc);
    Ok(())
}

/// Free data is kept aside and answered by its URL only (`s3DataUrl`; unverified, Kustomer API reference 18.2).
fn write(doc: &mut Doc, mut body: Body) {
    match body.remove("data") {
        Some(Value::Null) => {
            doc.hidden.remove("data");
        }
        Some(data) => {
            doc.hidden.insert("data".into(), data);
        }
        None => {}
    }
    apply(doc, body, Mode::Merge, &names(&[bodies::KOBJECT]));
}

fn check_body(act: &Act, klass: &str, body: &Body, own: &str) -> Result<(), Refusal> {
    act.check_custom(&format!("kobject.{klass}"), body)?;
    match body.get("externalId").and_then(Value::as_str) {
        Some(external) => {
            act.check_unique(Kind::Kobject, Index::ExternalId, &kobject_key(klass, external), own, "externalId")
        }
        None => Ok(()),
    }
}

/// The `KObject` of that klass with the org's own id.
pub fn by_external<'w>(world: &'w World, klass: &str, external_id: &str) -> Result<&'w Doc, Refusal> {
    let mut found = world.found(Kind::Kobject, Index::ExternalId, &kobject_key(klass, external_id));
    found.next().ok_or_else(|| Refusal::not_found("KObject"))
}
