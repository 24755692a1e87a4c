//! Owns the reading of an answer nobody asked a typed question for: each record in it as what its own type says it is, so that
//! what the desk masks, and what metadata calls sensitive, stays guarded whoever asked. Asks nothing but metadata.

use std::{collections::HashMap, sync::Arc};

use serde_json::{Value, json};

use super::Reader;
use crate::{
    domain::{Company, Conversation, Customer, Draft, KlassName, Kobject, Message, Note},
    kustomer::wire::{self, Resource, Sensitivity},
};

/// A record of an answer.
#[derive(Debug)]
pub enum Seen {
    /// A customer.
    Customer(Box<Customer>),
    /// A conversation.
    Conversation(Box<Conversation>),
    /// A message.
    Message(Box<Message>),
    /// A note.
    Note(Note),
    /// A draft.
    Draft(Box<Draft>),
    /// A KObject.
    Kobject(Box<Kobject>),
    /// A company.
    Company(Box<Company>),
    /// Anything else: id, type and attributes as they came.
    Other(Value),
}

/// What an answer holds.
#[derive(Debug)]
pub struct Answered {
    /// Its records; `None` where it holds none as the desk writes them.
    pub records: Option<Vec<Seen>>,
    /// Whether it is a list.
    pub is_list: bool,
    /// How many there are in all, where that is told.
    pub total: Option<u64>,
    /// Whether there are more.
    pub more: bool,
}

impl Reader {
    /// Reads an answer record by record.
    pub async fn seen(&self, body: &Value) -> Answered {
        let data = body.get("data");
        let is_list = data.is_some_and(Value::is_array);
        let is_there = is_list || data.is_some_and(Value::is_object);
        let mut known: HashMap<String, Arc<Sensitivity>> = HashMap::new();
        let mut records = Vec::new();
        for resource in wire::list(body).filter(|resource| !resource.is_deleted()) {
            let described = described(resource);
            let sensitivity = match known.get(&described) {
                Some(sensitivity) => Arc::clone(sensitivity),
                None if described.is_empty() => Arc::new(Sensitivity::unknown()),
                None => {
                    let sensitivity = self.sensitivity(&described).await;
                    known.insert(described, Arc::clone(&sensitivity));
                    sensitivity
                }
            };
            records.push(self.record_seen(resource, body.get("included"), &sensitivity));
        }
        Answered {
            records: is_there.then_some(records),
            is_list,
            total: wire::total(body),
            more: wire::next(body).is_some(),
        }
    }

    fn record_seen(&self, resource: Resource<'_>, included: Option<&Value>, sensitivity: &Sensitivity) -> Seen {
        let read = match resource.kind() {
            "customer" => self.known(wire::customer(resource, sensitivity)).map(|it| Seen::Customer(Box::new(it))),
            "conversation" => wire::conversation(resource).map(|it| Seen::Conversation(Box::new(it))),
            "note" => wire::note(resource).map(Seen::Note),
            "draft" => wire::draft(resource).map(|it| Seen::Draft(Box::new(it))),
            "company" => wire::company(resource, sensitivity).map(|it| Seen::Company(Box::new(it))),
            "message" => {
                let alone = json!({ "data": [resource.raw()], "included": included });
                wire::messages(&alone).rows.pop().map(|it| Seen::Message(Box::new(it)))
            }
            kind if kind.starts_with("kobject") => {
                let klass = klass(resource).map(KlassName::new);
                let read = wire::kobject(resource, klass.as_ref(), sensitivity);
                self.known_kobject(read).map(|it| Seen::Kobject(Box::new(it)))
            }
            _ => None,
        };
        let is_guarded = !described(resource).is_empty();
        read.unwrap_or_else(|| {
            // What cannot be read as what it says it is could hold in the clear what a mask is for.
            Seen::Other(if is_guarded { named(resource) } else { bare(resource) })
        })
    }
}

/// The metadata that says which attributes of a record are sensitive; empty where none are.
fn described(resource: Resource<'_>) -> String {
    match resource.kind() {
        kind @ ("customer" | "company") => kind.to_owned(),
        kind if kind.starts_with("kobject") => {
            klass(resource).map(|klass| format!("kobject.{klass}")).unwrap_or_default()
        }
        _ => String::new(),
    }
}

fn klass(resource: Resource<'_>) -> Option<&str> {
    resource.related("klass").or_else(|| resource.kind().strip_prefix("kobject."))
}

/// Its id and kind alone.
fn named(resource: Resource<'_>) -> Value {
    json!({ "id": resource.id(), "type": resource.kind() })
}

/// Without links and relationships: they tell a reader nothing.
fn bare(resource: Resource<'_>) -> Value {
    json!({ "id": resource.id(), "type": resource.kind(), "attributes": resource.raw().get("attributes") })
}
