//! Owns how a record is answered: the JSON:API-like envelope with its irregularities (Kustomer API reference 2.2). Does not
//! know requests.
//!
//! Invariant: links are relative, every resource names its org, and no sensitive value leaves without [`View`]'s leave.

use serde_json::{Map, Value, json};

use super::{
    doc::{Doc, Kind},
    masking, seed, sla,
    world::World,
};

/// With whose eyes and when a record is looked at.
#[derive(Clone, Copy, Debug)]
pub struct View<'a> {
    /// The records around it.
    pub world: &'a World,
    /// The desk's present, milliseconds since the epoch.
    pub now: i64,
    /// Whether the key may read sensitive attributes.
    pub sees_sensitive: bool,
}

impl View<'_> {
    /// The whole resource.
    pub fn resource(&self, doc: &Doc) -> Value {
        resource_with(doc, self.attributes(doc))
    }

    /// The resource with only these attributes.
    pub fn resource_of(&self, doc: &Doc, names: &[&str]) -> Value {
        let mut attributes = self.attributes(doc);
        attributes.retain(|name, _| names.contains(&name.as_str()));
        resource_with(doc, attributes)
    }

    /// The attributes as this viewer gets them now: computed ones brought up to date, sensitive ones masked.
    fn attributes(&self, doc: &Doc) -> Map<String, Value> {
        let mut attributes = doc.attributes.clone();
        if doc.kind == Kind::Conversation {
            sla::bring_up_to_date(&mut attributes, self.now);
        }
        if !self.sees_sensitive && !self.window_is_open(doc) {
            masking::mask(self.world, doc, &mut attributes);
        }
        attributes
    }

    fn window_is_open(&self, doc: &Doc) -> bool {
        let customer = if doc.kind == Kind::Customer { Some(doc) } else { self.world.related(doc, "customer") };
        customer.is_some_and(|customer| masking::window_is_open(customer, self.now))
    }
}

fn resource_with(doc: &Doc, attributes: Map<String, Value>) -> Value {
    let mut resource = Map::new();
    resource.insert("type".into(), type_of(doc).into());
    resource.insert("id".into(), doc.id.as_str().into());
    resource.insert("attributes".into(), Value::Object(attributes));
    resource.insert("relationships".into(), Value::Object(relationships(doc)));
    if let Some(link) = self_link(doc) {
        resource.insert("links".into(), json!({ "self": link }));
    }
    Value::Object(resource)
}

/// The literal a record is answered with as its `type`.
pub fn type_of(doc: &Doc) -> String {
    match doc.klass() {
        Some(klass) => format!("kobject.{klass}"),
        None => doc.kind.type_name().into(),
    }
}

/// Where a record of this kind lives; none for the kinds the reference shows without a link.
pub fn path_of(kind: Kind, id: &str) -> Option<String> {
    let collection = kind.collection()?;
    Some(format!("/v1/{collection}/{id}"))
}

fn self_link(doc: &Doc) -> Option<String> {
    match (doc.kind, doc.klass(), doc.related_id("customer")) {
        (Kind::Kobject, Some(klass), _) => Some(format!("/v1/klasses/{klass}/{}", doc.id)),
        (Kind::Event, _, Some(customer)) => Some(format!("/v1/customers/{customer}/events/{}", doc.id)),
        (kind, _, _) => path_of(kind, &doc.id),
    }
}

fn relationships(doc: &Doc) -> Map<String, Value> {
    let mut all = Map::new();
    all.insert("org".into(), json!({ "links": { "self": format!("/v1/orgs/{}", seed::ids::ORG) }, "data": { "type": "org", "id": seed::ids::ORG } }));
    for (name, (kind, id)) in &doc.related {
        all.insert(name.clone(), relationship(doc, name, *kind, id));
    }
    let children: &[(&str, String)] = match doc.kind {
        Kind::Customer => &[("messages", format!("/v1/customers/{}/messages", doc.id))],
        Kind::Conversation => &[("messages", format!("/v1/conversations/{}/messages", doc.id))],
        Kind::Klass => &[("kobjects", format!("/v1/klasses/{}", doc.text("name").unwrap_or_default()))],
        _ => &[],
    };
    for (name, link) in children {
        all.insert((*name).into(), json!({ "links": { "self": link } }));
    }
    if let Some(mentions) = doc.hidden.get("userMentions") {
        all.insert("userMentions".into(), json!({ "data": mentions }));
    }
    all
}

/// The irregular ones: a `KObject`'s klass has `link` and the klass's name, a message's customer is called `customers`.
fn relationship(doc: &Doc, name: &str, kind: Kind, id: &str) -> Value {
    if doc.kind == Kind::Kobject && name == "klass" {
        return json!({ "link": { "self": format!("/v1/klasses/{id}") }, "data": { "type": "klass", "id": id } });
    }
    let literal = if doc.kind == Kind::Message && name == "customer" { "customers" } else { kind.type_name() };
    let data = json!({ "type": literal, "id": id });
    match path_of(kind, id) {
        Some(link) => json!({ "links": { "self": link }, "data": data }),
        None => json!({ "data": data }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sandbox::mint::Mint;

    #[test]
    fn the_documented_irregularities_are_kept() {
        let world = World::new(Vec::new(), Mint::new(1));
        let view = View { world: &world, now: 0, sees_sensitive: false };
        let mut order = Doc::new(Kind::Kobject, "k1");
        order.related.insert("klass".into(), (Kind::Klass, "order".into()));
        let resource = view.resource(&order);
        assert_eq!(resource["type"], "kobject.order");
        assert_eq!(resource["links"]["self"], "/v1/klasses/order/k1");
        assert_eq!(
            resource["relationships"]["klass"],
            json!({ "link": { "self": "/v1/klasses/order" }, "data": { "type": "klass", "id": "order" } })
        );
        let mut message = Doc::new(Kind::Message, "m1");
        message.related.insert("customer".into(), (Kind::Customer, "c1".into()));
        assert_eq!(view.resource(&message)["relationships"]["customer"]["data"]["type"], "customers");
        let draft = view.resource(&Doc::new(Kind::Draft, "d1"));
        assert_eq!(draft.get("links"), None);
        assert_eq!(draft["relationships"]["org"]["data"]["id"], seed::ids::ORG);
    }
}
