//! Owns what a change of a record is called and what it says: one [`Happening`], from which a conversation's events, the
//! audit log and the webhooks are all made. Does not keep them (`world`, `audit`, `webhooks`).
//!
//! Invariant: nothing sensitive leaves here in the clear, whoever will read it: the before and after of an attribute are
//! masked as they are for a key without the role (Kustomer API reference 20). Decided here, the reference says nothing.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::{
    doc::{Doc, Kind},
    envelope::View,
    files::Signer,
    journal::{Author, Change},
    masking, times,
    world::{World, is_deleted},
};

/// What was done to a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verb {
    /// It was made.
    Create,
    /// It was changed.
    Update,
    /// It was taken away, softly or for good.
    Delete,
}

impl Verb {
    /// The last word of an event's name.
    pub fn word(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Update => "update",
            Self::Delete => "delete",
        }
    }

    fn of(change: &Change) -> Option<Self> {
        match (&change.before, &change.after) {
            (None, None) => None,
            (None, Some(_)) => Some(Self::Create),
            (Some(_), None) => Some(Self::Delete),
            (Some(before), Some(after)) if is_deleted(after) && !is_deleted(before) => Some(Self::Delete),
            (Some(_), Some(_)) => Some(Self::Update),
        }
    }
}

/// What follows the changes of one kind of record.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Followers {
    /// An event on the conversation's own trail (Kustomer API reference 10.5).
    pub trail: bool,
    /// An entry of the audit log (26).
    pub audit: bool,
    /// A webhook (25.1).
    pub webhook: bool,
}

/// Who hears of changes to a kind.
pub fn followers(kind: Kind) -> Followers {
    let no = Followers::default();
    match kind {
        Kind::Conversation => Followers { trail: true, audit: true, webhook: true },
        Kind::Customer | Kind::Message | Kind::User => Followers { audit: true, webhook: true, ..no },
        Kind::Team | Kind::Tag => Followers { webhook: true, ..no },
        Kind::Company | Kind::Shortcut | Kind::WorkItem | Kind::WorkSession => Followers { audit: true, ..no },
        _ => no,
    }
}

/// A change as the world outside hears of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Happening {
    /// What was done.
    pub verb: Verb,
    /// `kustomer.conversation.update`.
    pub name: String,
    /// The record as it is now, or was when it went.
    pub doc: Doc,
    /// `{attributes: {name: {op, before, after}}, relationships: {…}}`; null when the record was made.
    pub changes: Value,
    /// Who did it; none for the desk itself.
    pub user: Option<String>,
    /// The part of the desk that wrote.
    pub client: &'static str,
    /// When, milliseconds since the epoch.
    pub at: i64,
}

impl Happening {
    /// What a change was, unless nothing came of it.
    pub fn of(world: &World, change: Change, author: &Author, at: i64) -> Option<Self> {
        let verb = Verb::of(&change)?;
        let changes = match (&change.before, &change.after) {
            (Some(before), Some(after)) => differences(world, before, after),
            (Some(_), None) | (None, _) => Value::Null,
        };
        let doc = change.after.or(change.before)?;
        let name = format!("kustomer.{}.{}", doc.kind.type_name(), verb.word());
        Some(Self { verb, name, doc, changes, user: author.user.clone(), client: author.client, at })
    }

    /// The event on the conversation's trail.
    pub fn trail_event(&self, id: String) -> Doc {
        let mut event = Doc::new(Kind::Event, id);
        let at = times::iso(self.at);
        let attributes = json!({
            "name": self.name, "type": self.doc.kind.type_name(), "publishedAt": at, "createdAt": at, "updatedAt": at,
            "modifiedAt": at, "changes": if self.changes.is_null() { json!({}) } else { self.changes.clone() }, "location": null, "meta": null,
        });
        event.attributes = attributes.as_object().cloned().unwrap_or_default();
        event.related.insert("conversation".into(), (Kind::Conversation, self.doc.id.clone()));
        event.related.extend(self.doc.related.get_key_value("customer").map(|(name, to)| (name.clone(), to.clone())));
        let by = self.user.as_deref().or_else(|| self.doc.related_id("modifiedBy"));
        for name in ["createdBy", "modifiedBy"] {
            event.related.extend(by.map(|by| (name.to_owned(), (Kind::User, by.to_owned()))));
        }
        event
    }

    /// The whole record as a key without the role for sensitive attributes reads it.
    pub fn resource(&self, world: &World) -> Value {
        // A receiver outside has not reached the desk anywhere: addresses of files are told without a host.
        let signer = Signer::new(world.plan().seed, "");
        View { world, now: self.at, sees_sensitive: false, signer }.resource(&self.doc)
    }
}

fn differences(world: &World, before: &Doc, after: &Doc) -> Value {
    let relations =
        |doc: &Doc| doc.related.iter().map(|(name, (_, id))| (name.clone(), Value::from(id.as_str()))).collect();
    let masked = |doc: &Doc| {
        let mut attributes = doc.attributes.clone();
        masking::mask(world, doc, &mut attributes);
        attributes
    };
    let names = changed(&before.attributes, &after.attributes);
    let attributes = compare(&names, &masked(before), &masked(after));
    let (old, new) = (relations(before), relations(after));
    json!({ "attributes": attributes, "relationships": compare(&changed(&old, &new), &old, &new) })
}

/// The names whose values differ.
fn changed(before: &Map<String, Value>, after: &Map<String, Value>) -> Vec<String> {
    let names: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    names.into_iter().filter(|name| before.get(*name) != after.get(*name)).cloned().collect()
}

fn compare(names: &[String], before: &Map<String, Value>, after: &Map<String, Value>) -> Value {
    let change = |name: &str| match (before.get(name), after.get(name)) {
        (Some(old), Some(new)) => Some(json!({ "op": "replace", "before": old, "after": new })),
        (None, Some(new)) => Some(json!({ "op": "add", "after": new })),
        (Some(old), None) => Some(json!({ "op": "remove", "before": old })),
        (None, None) => None,
    };
    names.iter().filter_map(|name| Some((name.clone(), change(name)?))).collect::<Map<_, _>>().into()
}
