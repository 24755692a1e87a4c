//! Owns what happens to klasses, the types of `KObjects`: making, changing, deleting them, and the metadata each brings
//! along (Kustomer API reference 18.1).
//!
//! Unverified in the reference and decided here: deleting one that still has `KObjects` is 409; a klass's own name cannot
//! look like an id, since paths would then mean two things; `klassSchema: "task"` makes a klass assignable.

use serde_json::{Value, json};

use super::{Act, Mode, apply, metadata};
use crate::sandbox::{
    doc::{Doc, Kind},
    errors::Refusal,
    mint,
    schema::{Purpose, bodies, check},
    world::Index,
};

/// Makes a klass with its empty metadata and gives back its id.
pub fn create(act: &mut Act, body: Value) -> Result<String, Refusal> {
    let mut body = check(&[bodies::KLASS, bodies::KLASS_CHANGE], Purpose::Create, body)?;
    let name = body.get("name").and_then(Value::as_str).unwrap_or_default().to_owned();
    let may = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    if !name.chars().all(may) || mint::is_id(&name) || name == "bulk" {
        return Err(Refusal::invalid("name", "must be letters, digits, _ and -, and not look like an id"));
    }
    act.check_unique(Kind::Klass, Index::Name, &name, "", "name")?;
    let mut doc = act.new_doc(Kind::Klass, &mut body)?;
    doc.attributes.remove("rev");
    let defaults = json!({
        "displayName": metadata::title(&name), "icon": null, "color": null, "status": "enabled", "mixins": [], "appDisabled": false,
    });
    doc.attributes.extend(defaults.as_object().cloned().unwrap_or_default());
    apply(&mut doc, body, Mode::Merge, &[]);
    follow_schema(&mut doc);
    let id = doc.id.clone();
    act.world.put(doc);
    let mut described = Doc::new(Kind::Metadata, format!("kobject.{name}"));
    described.attributes.insert("properties".into(), json!({}));
    act.world.put(described);
    Ok(id)
}

/// Changes a klass, always in part; its name stays as it is.
pub fn update(act: &mut Act, id: &str, body: Value) -> Result<(), Refusal> {
    let mut doc = act.world.live(Kind::Klass, id).cloned().ok_or_else(|| Refusal::not_found("Klass"))?;
    let same_name = body.get("name").is_none_or(|name| doc.attributes.get("name") == Some(name));
    let body = check(&[bodies::KLASS, bodies::KLASS_CHANGE], Purpose::Update, body)?;
    if !same_name {
        return Err(Refusal::invalid("name", "cannot be changed"));
    }
    apply(&mut doc, body, Mode::Merge, &[]);
    follow_schema(&mut doc);
    doc.attributes.insert("updatedAt".into(), act.now_text().into());
    act.world.put(doc);
    Ok(())
}

/// Deletes a klass for good, unless `KObjects` of it exist.
pub fn delete(act: &mut Act, id: &str) -> Result<(), Refusal> {
    let doc = act.world.live(Kind::Klass, id).ok_or_else(|| Refusal::not_found("Klass"))?;
    let name = doc.text("name").unwrap_or_default().to_owned();
    if act.world.found(Kind::Kobject, Index::Klass, &name).next().is_some() {
        return Err(Refusal::conflict("the klass still has KObjects"));
    }
    act.world.remove(Kind::Klass, id);
    act.world.remove(Kind::Metadata, &format!("kobject.{name}"));
    Ok(())
}

/// Whether records of a klass are tasks for somebody.
pub fn is_assignable(klass: &Doc) -> bool {
    let mixins = klass.attributes.get("mixins").and_then(Value::as_array);
    mixins.is_some_and(|mixins| mixins.iter().any(|mixin| mixin == "assignable"))
}

fn follow_schema(doc: &mut Doc) {
    if doc.text("klassSchema") == Some("task") && !is_assignable(doc) {
        let mixins = doc.attributes.entry("mixins").or_insert_with(|| json!([]));
        mixins.as_array_mut().into_iter().for_each(|mixins| mixins.push("assignable".into()));
    }
}
