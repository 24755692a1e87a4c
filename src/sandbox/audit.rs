//! Owns the audit log: who changed which record, kept for a year (Kustomer API reference 26). Does not answer requests
//! (`routes::audit_logs`) nor decide what is worth an entry (`events`).
//!
//! Invariant: bounded, in the order of the ids, and nothing sensitive in the clear (`events` masks). The changes are kept as
//! text: a tenth of what they would take as values.

use std::collections::VecDeque;

use serde_json::{Value, json};

use super::{doc::Kind, envelope::type_of, erasure::Erasure, events::Happening, seed, times, world::World};

/// Entries kept; the oldest go first. The reference names a time only.
const KEPT: usize = 10_000;
const YEAR_MS: i64 = 365 * 24 * 3_600_000;

/// One change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its id, also its cursor: later entries have greater ones.
    pub id: String,
    /// When, milliseconds since the epoch.
    pub at: i64,
    /// What was changed, as the reference spells it: `conversation`.
    pub object_type: String,
    /// The changed record.
    pub object: String,
    /// Who did it; none for the desk itself.
    pub user: Option<String>,
    user_type: String,
    customer: Option<String>,
    name: String,
    verb: &'static str,
    client: &'static str,
    changes: Box<str>,
}

impl Entry {
    /// The entry as the desk answers it.
    pub fn resource(&self) -> Value {
        let at = times::iso(self.at);
        let changes: Value = serde_json::from_str(&self.changes).unwrap_or_default();
        let reference = |kind: &str, path: &str, id: &Option<String>| match id {
            Some(id) => json!({ "links": { "self": format!("/v1/{path}/{id}") }, "data": { "type": kind, "id": id } }),
            None => json!({}),
        };
        json!({
            "type": Kind::AuditLog.type_name(), "id": self.id,
            "attributes": {
                "eventName": self.name, "eventVerb": self.verb, "org": seed::ids::ORG, "userId": self.user,
                "userType": self.user_type, "objectId": self.object, "objectType": self.object_type,
                "client": self.client, "ip": null, "changes": changes, "createdAt": at, "publishedAt": at,
                "expiresAt": times::iso(self.at + YEAR_MS),
            },
            "relationships": {
                "customer": reference("customer", "customers", &self.customer),
                "user": reference("user", "users", &self.user),
            },
        })
    }
}

/// The log.
#[derive(Debug, Default)]
pub struct Audit(VecDeque<Entry>);

impl Audit {
    /// Adds what happened.
    pub fn add(&mut self, world: &World, id: String, happening: &Happening) {
        let doc = &happening.doc;
        let user = happening.user.as_deref().and_then(|id| world.get(Kind::User, id));
        let user_type = match &happening.user {
            None => "system",
            Some(_) => user.and_then(|user| user.text("userType")).unwrap_or("user"),
        };
        let customer = if doc.kind == Kind::Customer { Some(doc.id.as_str()) } else { doc.related_id("customer") };
        if self.0.len() == KEPT {
            self.0.pop_front();
        }
        self.0.push_back(Entry {
            id,
            at: happening.at,
            object_type: type_of(doc),
            object: doc.id.clone(),
            user: happening.user.clone(),
            user_type: user_type.to_owned(),
            customer: customer.map(str::to_owned),
            name: happening.name.clone(),
            verb: happening.verb.word(),
            client: happening.client,
            changes: happening.changes.to_string().into(),
        });
    }

    /// Takes a redacted part of a message out of the changes of its own entries, its conversation's and its customer's.
    pub fn forget(&mut self, erasure: &Erasure) {
        let concerned =
            |entry: &&mut Entry| erasure.concerns([entry.object.as_str()].into_iter().chain(entry.customer.as_deref()));
        for entry in self.0.iter_mut().filter(concerned) {
            if let Some(changes) = erasure.in_text(&entry.changes) {
                entry.changes = changes.into();
            }
        }
    }

    /// The entries not yet expired, the newest first.
    pub fn newest_first(&self, now: i64) -> impl Iterator<Item = &Entry> {
        self.0.iter().rev().filter(move |entry| now < entry.at + YEAR_MS)
    }
}
