//! Owns records of the org's settings that are made and changed by writing their attributes and no more: what such a kind
//! is, as data, and its life. What is particular to a kind (users, tokens, routing) has its own file.
//!
//! Decided here (unverified in the reference): values that must be unique are compared without regard to case and clash
//! with 409; deleting is soft, `deleted: null` restores; a new default takes the place of the old one, and the default
//! itself can be neither deleted nor unset, so there is always one.

use serde_json::{Map, Value};

use super::{Act, Body, Mode, apply};
use crate::sandbox::{
    doc::{Doc, Kind},
    errors::Refusal,
    schema::{Field, Purpose, check},
};

/// A kind of settings record.
#[derive(Clone, Copy, Debug)]
pub struct Plain {
    /// Which kind.
    pub kind: Kind,
    /// What a 404 calls it.
    pub what: &'static str,
    /// The closed body, of creation and of change.
    pub fields: &'static [Field],
    /// What a new one has without being told: an object.
    pub defaults: fn() -> Value,
    /// Text attributes no two live ones share.
    pub unique: &'static [&'static str],
    /// Lists of ids, and of which kind the records must be.
    pub lists: &'static [(&'static str, Kind)],
    /// Ids that become relationships.
    pub relations: &'static [(&'static str, Kind)],
}

impl Plain {
    /// A kind without references to others and with nothing unique.
    pub const fn new(kind: Kind, what: &'static str, fields: &'static [Field], defaults: fn() -> Value) -> Self {
        Self { kind, what, fields, defaults, unique: &[], lists: &[], relations: &[] }
    }

    /// References must be there, and what must be unique has to be, the stored values of a record that comes back too.
    fn check(&self, act: &Act, body: &Body, stored: Option<&Doc>) -> Result<(), Refusal> {
        for (name, kind) in self.lists {
            act.check_all(*kind, body, name)?;
        }
        for (name, kind) in self.relations {
            if let Some(id) = body.get(*name).and_then(Value::as_str)
                && act.world.live(*kind, id).is_none()
            {
                return Err(Refusal::invalid(*name, format!("no such {}", kind.type_name())));
            }
        }
        let folded = |text: Option<&str>| text.map(str::to_lowercase);
        for name in self.unique {
            let kept = stored.and_then(|doc| doc.text(name));
            let wanted = folded(body.get(*name).and_then(Value::as_str).or(kept));
            let own = stored.map(|doc| &doc.id);
            let mut others = act.world.all(self.kind).filter(|doc| Some(&doc.id) != own && !is_gone(doc));
            if wanted.is_some() && others.any(|doc| folded(doc.text(name)) == wanted) {
                return Err(Refusal::duplicate(name));
            }
        }
        Ok(())
    }
}

/// Makes one and gives back its id.
pub fn create(act: &mut Act, plain: &Plain, body: Value) -> Result<String, Refusal> {
    let mut body = check(&[plain.fields], Purpose::Create, body)?;
    plain.check(act, &body, None)?;
    let mut doc = act.new_doc(plain.kind, &mut body)?;
    if let Value::Object(defaults) = (plain.defaults)() {
        doc.attributes.extend(defaults);
    }
    let id = doc.id.clone();
    write(act, plain, doc, body);
    Ok(id)
}

/// Changes one. A deleted one is only found by a body that says `deleted`.
pub fn update(act: &mut Act, plain: &Plain, id: &str, body: Value) -> Result<(), Refusal> {
    let restores = body.get("deleted").is_some();
    let found = act.world.get(plain.kind, id).filter(|doc| restores || !is_gone(doc)).cloned();
    let mut doc = found.ok_or_else(|| Refusal::not_found(plain.what))?;
    let body = check(&[plain.fields], Purpose::Update, body)?;
    plain.check(act, &body, Some(&doc))?;
    if is_default(&doc.attributes)
        && (body.get("default").is_some_and(|value| *value != Value::Bool(true)) || deletes(&body))
    {
        return Err(Refusal::conflict("another record must be made the default first"));
    }
    act.touch(&mut doc);
    write(act, plain, doc, body);
    Ok(())
}

/// Deletes one softly.
pub fn delete(act: &mut Act, plain: &Plain, id: &str) -> Result<(), Refusal> {
    let doc = act.world.live(plain.kind, id).cloned();
    let mut doc = doc.ok_or_else(|| Refusal::not_found(plain.what))?;
    if is_default(&doc.attributes) {
        return Err(Refusal::conflict("the default cannot be deleted"));
    }
    act.touch(&mut doc);
    mark_deleted(&mut doc, true, &act.now_text());
    act.world.put(doc);
    Ok(())
}

fn write(act: &mut Act, plain: &Plain, mut doc: Doc, mut body: Body) {
    for (name, kind) in plain.relations {
        match body.remove(*name) {
            Some(Value::String(id)) => doc.related.insert((*name).to_owned(), (*kind, id)),
            Some(_) => doc.related.remove(*name),
            None => None,
        };
    }
    if body.contains_key("deleted") {
        mark_deleted(&mut doc, deletes(&body), &act.now_text());
        body.remove("deleted");
    }
    if is_default(&body) {
        dethrone(act, plain.kind, &doc.id);
    }
    apply(&mut doc, body, Mode::Merge, &[]);
    act.world.put(doc);
}

/// There is one default of a kind at most.
fn dethrone(act: &mut Act, kind: Kind, own: &str) {
    let others = act.world.all(kind).filter(|doc| doc.id != own && is_default(&doc.attributes));
    let ids: Vec<String> = others.map(|doc| doc.id.clone()).collect();
    for id in ids {
        act.world.edit(kind, &id, |doc| {
            doc.attributes.insert("default".into(), false.into());
        });
    }
}

fn mark_deleted(doc: &mut Doc, deleted: bool, now: &str) {
    doc.attributes.insert("deleted".into(), deleted.into());
    if deleted {
        doc.attributes.insert("deletedAt".into(), now.into());
    } else {
        doc.attributes.remove("deletedAt");
    }
}

fn is_gone(doc: &Doc) -> bool {
    deletes(&doc.attributes)
}

fn deletes(attributes: &Map<String, Value>) -> bool {
    attributes.get("deleted") == Some(&Value::Bool(true))
}

fn is_default(attributes: &Map<String, Value>) -> bool {
    attributes.get("default") == Some(&Value::Bool(true))
}
