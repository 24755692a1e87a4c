//! Owns what may be done to a record, however it was asked for: by a single call, by an item of a bulk job or by a timer.
//! Does not know HTTP (`routes`).
//!
//! Invariant: every change of a record passes an [`Act`], which knows the time, on whose behalf, and which budgets apply.

pub mod attachments;
pub mod companies;
pub mod conversations;
pub mod customers;
pub mod drafts;
pub mod forwards;
mod handling;
pub mod klasses;
pub mod kobjects;
pub mod merges;
pub mod messages;
pub mod metadata;
pub mod notes;
pub mod plain;
pub mod redactions;
pub mod routing;
mod satisfaction;
pub mod sessions;
pub mod settings;
pub mod spam;
mod tags;
pub mod tokens;
pub mod tracking;

use serde_json::{Map, Value};

use super::{
    doc::{Doc, Kind},
    errors::Refusal,
    limits::Limits,
    times,
    world::{Index, World},
};

/// A body that passed its schema.
pub type Body = Map<String, Value>;

/// The budgets a single call counts against; bulk items and timers count against none.
#[derive(Debug)]
pub struct Quota<'a> {
    /// The org's budgets.
    pub limits: &'a mut Limits,
    /// The client: the user its key acts as.
    pub key: &'a str,
}

/// Somebody doing something to the world.
#[derive(Debug)]
pub struct Act<'a> {
    /// The records.
    pub world: &'a mut World,
    /// The desk's present, milliseconds since the epoch.
    pub now: i64,
    /// The acting user's id.
    pub by: String,
    /// May say who made a record and when.
    pub is_admin: bool,
    /// Budgets to count against.
    pub quota: Option<Quota<'a>>,
}

/// How an update treats what it does not mention.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Leaves it.
    Merge,
    /// Clears it (`?replace=true`).
    Replace,
}

impl Act<'_> {
    /// The present as the desk writes it.
    pub fn now_text(&self) -> String {
        times::iso(self.now)
    }

    /// The record a change is about: a deleted one only where the body restores it (`deleted` null or false). That this
    /// restores is unverified (Kustomer API reference 29.9).
    fn writable(&self, kind: Kind, id: &str, body: &Value) -> Option<&Doc> {
        let restores = matches!(body.get("deleted"), Some(Value::Null | Value::Bool(false)));
        if restores { self.world.get(kind, id) } else { self.world.live(kind, id) }
    }

    /// An id the caller chose must be new.
    fn check_new_id(&self, kind: Kind, body: &Body) -> Result<(), Refusal> {
        match body.get("id").and_then(Value::as_str) {
            Some(id) if self.world.get(kind, id).is_some() => Err(Refusal::duplicate("id")),
            Some(_) | None => Ok(()),
        }
    }

    /// A new record with its stamps; `rev` starts at 1, for `KObjects` at 0 (Kustomer API reference 2.4).
    fn new_doc(&mut self, kind: Kind, body: &mut Body) -> Result<Doc, Refusal> {
        self.check_new_id(kind, body)?;
        let id = match body.remove("id") {
            Some(Value::String(id)) => id,
            Some(_) | None => self.world.mint.id(self.now),
        };
        let mut doc = Doc::new(kind, id);
        self.stamp(&mut doc);
        self.keep_history(&mut doc, body);
        Ok(doc)
    }

    /// Marks a record as made now by this user.
    fn stamp(&self, doc: &mut Doc) {
        let now = self.now_text();
        for name in ["createdAt", "updatedAt", "modifiedAt"] {
            doc.attributes.insert(name.into(), now.clone().into());
        }
        doc.attributes.insert("rev".into(), i64::from(doc.kind != Kind::Kobject).into());
        for name in ["createdBy", "modifiedBy"] {
            doc.related.insert(name.into(), (Kind::User, self.by.clone()));
        }
    }

    /// An import that says when it was made was last changed then, too, so that history lands in the archive (Kustomer API
    /// reference 9.6). Unverified.
    fn keep_history(&self, doc: &mut Doc, body: &Body) {
        let moment = |name: &str| body.get(name).and_then(Value::as_str).and_then(times::parse);
        if let (Some(made), Some(_)) = (moment("createdAt"), moment("importedAt")) {
            for name in ["createdAt", "updatedAt", "modifiedAt"] {
                doc.attributes.insert(name.into(), times::iso(made.min(self.now)).into());
            }
        }
    }

    /// Marks a record as changed now by this user.
    fn touch(&self, doc: &mut Doc) {
        let rev = doc.attributes.get("rev").and_then(Value::as_i64).unwrap_or(0);
        doc.attributes.insert("rev".into(), (rev + 1).into());
        for name in ["updatedAt", "modifiedAt"] {
            doc.attributes.insert(name.into(), self.now_text().into());
        }
        doc.related.insert("modifiedBy".into(), (Kind::User, self.by.clone()));
    }

    /// The record with this id, marked as changed now, or a new one: for what is written without asking whether it is there.
    fn touched_or_new(&self, kind: Kind, id: &str) -> Doc {
        if let Some(mut doc) = self.world.get(kind, id).cloned() {
            self.touch(&mut doc);
            return doc;
        }
        let mut doc = Doc::new(kind, id);
        self.stamp(&mut doc);
        doc
    }

    /// Refuses a write that saw an older revision than the stored one.
    fn check_rev(doc: &Doc, body: &mut Body) -> Result<(), Refusal> {
        let Some(seen) = body.remove("rev") else { return Ok(()) };
        let current = doc.attributes.get("rev").and_then(Value::as_i64);
        if seen.as_i64() == current || seen.as_f64() == current.map(|rev| rev as f64) {
            return Ok(());
        }
        Err(Refusal { place: Some("rev".into()), ..Refusal::conflict("the record has changed since that revision") })
    }

    /// Every write that touches a customer asks this first.
    fn check_unlocked(&self, customer: &str) -> Result<(), Refusal> {
        let locked = |doc: &Doc| doc.hidden.get("mergeLocked") == Some(&Value::Bool(true));
        if self.world.get(Kind::Customer, customer).is_some_and(locked) {
            return Err(Refusal::conflict("customer is locked by a merge in progress"));
        }
        Ok(())
    }

    /// A customer named by a body or a path, checked to be there and open to writes.
    fn check_customer(&self, id: &str) -> Result<(), Refusal> {
        if self.world.live(Kind::Customer, id).is_none() {
            return Err(Refusal::invalid("customer", "no such customer"));
        }
        self.check_unlocked(id)
    }

    /// Every id of a reference list must exist.
    fn check_all(&self, kind: Kind, body: &Body, name: &str) -> Result<(), Refusal> {
        let ids = body.get(name).and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
        for (index, id) in ids.enumerate() {
            if self.world.live(kind, id).is_none() {
                return Err(Refusal::invalid(format!("{name}/{index}"), format!("no such {}", kind.type_name())));
            }
        }
        Ok(())
    }

    /// What metadata knows about custom attributes: a reference needs a `target` there, and must point at such a record.
    fn check_custom(&self, resource: &str, body: &Body) -> Result<(), Refusal> {
        let properties = self.world.get(Kind::Metadata, resource).and_then(|doc| doc.attributes.get("properties"));
        let custom = body.get("custom").and_then(Value::as_object).into_iter().flatten();
        for (name, value) in custom.filter(|(name, value)| name.ends_with("Id") && !value.is_null()) {
            let place = format!("custom/{name}");
            let property = properties.and_then(|properties| properties.get(name));
            let Some(target) = property.and_then(|property| property.get("target")).and_then(Value::as_str) else {
                return Err(Refusal::invalid(place, "needs metadata with a target before its first use"));
            };
            let one = [value.clone()];
            let ids = value.as_array().map_or(&one[..], Vec::as_slice);
            if !ids.iter().filter_map(Value::as_str).all(|id| self.is_a(target, id)) {
                return Err(Refusal::invalid(place, format!("does not point at a {target}")));
            }
        }
        Ok(())
    }

    fn is_a(&self, target: &str, id: &str) -> bool {
        if let Some(klass) = target.strip_prefix("kobject.") {
            return self.world.live(Kind::Kobject, id).is_some_and(|doc| doc.klass() == Some(klass));
        }
        let kinds = [Kind::Customer, Kind::Company, Kind::Conversation, Kind::Message, Kind::User, Kind::Team];
        kinds.into_iter().filter(|kind| kind.type_name() == target).any(|kind| self.world.live(kind, id).is_some())
    }

    /// A value that no other live record of the kind may have.
    fn check_unique(&self, kind: Kind, index: Index, key: &str, own: &str, field: &str) -> Result<(), Refusal> {
        if self.world.found(kind, index, key).any(|doc| doc.id != own) {
            return Err(Refusal::duplicate(field));
        }
        Ok(())
    }

    /// Counts a creation for a customer; historic records (`importedAt`) are exempt where the reference exempts them.
    fn spend_creation(&mut self, kind: Kind, customer: &str, body: &Body) -> Result<(), Refusal> {
        let may_be_exempt = matches!(kind, Kind::Conversation | Kind::Message | Kind::Kobject);
        let is_exempt = may_be_exempt && body.get("importedAt").is_some_and(Value::is_string);
        match &mut self.quota {
            Some(quota) if !is_exempt => quota.limits.creation(quota.key, customer, kind.type_name(), self.now),
            Some(_) | None => Ok(()),
        }
    }

    /// Counts an outbound `WhatsApp` message of this user.
    fn spend_whatsapp(&mut self) -> Result<(), Refusal> {
        let (by, now) = (&self.by, self.now);
        self.quota.as_mut().map_or(Ok(()), |quota| quota.limits.whatsapp(by, now))
    }

    /// Counts an update to one record.
    fn spend_update(&mut self, id: &str) -> Result<(), Refusal> {
        let now = self.now;
        self.quota.as_mut().map_or(Ok(()), |quota| quota.limits.update(quota.key, id, now))
    }

    /// Only an admin says who made a record and when (Kustomer API reference 1.3).
    fn drop_admin_fields(&self, body: &mut Body) {
        if !self.is_admin {
            for name in ["createdAt", "createdBy", "modifiedAt", "modifiedBy"] {
                body.remove(name);
            }
        }
    }
}

/// Writes a body's attributes into a record: null clears, `custom` merges key by key, everything else is replaced whole
/// (Kustomer API reference 2.5). With [`Mode::Replace`] the `writable` attributes not mentioned are cleared.
fn apply(doc: &mut Doc, body: Body, mode: Mode, writable: &[&str]) {
    if mode == Mode::Replace {
        doc.attributes.retain(|name, _| !writable.contains(&name.as_str()) || KEPT_ON_REPLACE.contains(&name.as_str()));
    }
    for (name, value) in body {
        match (name.as_str(), value) {
            ("custom", Value::Object(changes)) => {
                let custom = doc.attributes.entry("custom").or_insert_with(|| Value::Object(Map::new()));
                if let Some(custom) = custom.as_object_mut() {
                    merge(custom, changes);
                }
            }
            (_, Value::Null) => {
                doc.attributes.remove(&name);
            }
            (_, value) => {
                doc.attributes.insert(name, value);
            }
        }
    }
}

const KEPT_ON_REPLACE: &[&str] = &["createdAt", "importedAt", "status", "direction"];

fn merge(into: &mut Map<String, Value>, changes: Map<String, Value>) {
    for (name, value) in changes {
        if value.is_null() {
            into.remove(&name);
        } else {
            into.insert(name, value);
        }
    }
}

/// The names of the fields of a schema's parts.
fn names(parts: &[&[super::schema::Field]]) -> Vec<&'static str> {
    parts.iter().flat_map(|part| part.iter().map(|field| field.name)).collect()
}

#[cfg(test)]
mod tests;
