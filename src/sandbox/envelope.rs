//! Owns how a record is answered: the JSON:API-like envelope with its irregularities (Kustomer API reference 2.2). Does not
//! know requests.
//!
//! Invariant: links are relative, every resource names its org, and no sensitive value leaves without [`View`]'s leave.

use serde_json::{Map, Value, json};

use super::{
    doc::{Doc, Kind},
    files::{Signer, Way},
    masking,
    records::attachments,
    seed, sla, uploads, usual,
    world::World,
};

/// Attributes of a kind that hold ids and are answered as relationships to that type.
const REFERENCES: &[(Kind, &str, &str)] = &[
    (Kind::Message, "shortcuts", "shortcut"),
    (Kind::Message, "kbArticles", "article"),
    (Kind::Message, "related", "message"),
    (Kind::Draft, "shortcuts", "shortcut"),
    (Kind::Draft, "kbArticles", "article"),
    (Kind::Conversation, "subStatus", "sub_status"),
];

/// With whose eyes and when a record is looked at.
#[derive(Clone, Copy, Debug)]
pub struct View<'a> {
    /// The records around it.
    pub world: &'a World,
    /// The desk's present, milliseconds since the epoch.
    pub now: i64,
    /// Whether the key may read sensitive attributes.
    pub sees_sensitive: bool,
    /// Signs the URLs of files.
    pub signer: Signer<'a>,
}

impl View<'_> {
    /// The whole resource.
    pub fn resource(&self, doc: &Doc) -> Value {
        let mut resource = resource_with(doc, self.attributes(doc));
        if matches!(doc.kind, Kind::Attachment | Kind::Media) {
            // The self link made these an object already.
            resource["links"]["related"] = self.download(doc).into();
        }
        if doc.kind == Kind::Message {
            // Kustomer API reference 12.3 names the link and not where it leads.
            resource["links"]["related"] = format!("/v1/messages/{}", doc.id).into();
        }
        resource
    }

    /// The resources `?include=` asks for beside these records; only attachments can be asked for.
    pub fn included(&self, docs: &[&Doc], wanted: &str) -> Vec<Value> {
        if !wanted.split(',').any(|name| name == "attachments") {
            return Vec::new();
        }
        let ids = docs.iter().flat_map(|doc| attachments::of(doc));
        ids.filter_map(|id| self.world.live(Kind::Attachment, id)).map(|doc| self.resource(doc)).collect()
    }

    fn download(&self, doc: &Doc) -> String {
        self.signer.url(Way::Down, &uploads::path_of(doc), self.now)
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
        match doc.kind {
            Kind::Conversation => sla::bring_up_to_date(&mut attributes, self.now),
            Kind::Kobject if doc.hidden.contains_key("data") => {
                attributes.insert("s3DataUrl".into(), self.download(doc).into());
            }
            _ => {}
        }
        attributes.retain(|name, _| !REFERENCES.iter().any(|(kind, known, _)| *kind == doc.kind && known == name));
        if !self.sees_sensitive && !self.window_is_open(doc) {
            masking::mask(self.world, doc, &mut attributes);
        }
        usual::fill(doc.kind, &mut attributes);
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
    match (doc.klass(), doc.kind) {
        (Some(klass), _) => format!("kobject.{klass}"),
        // Media are attachments by another door (Kustomer API reference 16).
        (None, Kind::Media) => Kind::Attachment.type_name().into(),
        (None, kind) => kind.type_name().into(),
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
        (Kind::Attachment, _, _) => {
            let holder = [("message", "messages"), ("draft", "drafts"), ("forward", "forwards")];
            let held = holder.into_iter().find_map(|(name, path)| Some(format!("{path}/{}/", doc.related_id(name)?)));
            Some(format!("/v1/{}attachments/{}", held.unwrap_or_default(), doc.id))
        }
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
    for name in ["createdBy", "modifiedBy"].into_iter().filter(|name| !doc.related.contains_key(*name)) {
        if let Some((kind, id)) = usual::maker(doc, name) {
            all.insert(name.into(), relationship(doc, name, kind, &id));
        }
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
    if doc.kind == Kind::Note {
        let mentions = doc.hidden.get("userMentions").cloned().unwrap_or_else(|| json!([]));
        all.insert("userMentions".into(), json!({ "data": mentions }));
    }
    let named = |kind: &str, id: &str| json!({ "type": kind, "id": id });
    for (_, name, kind) in REFERENCES.iter().filter(|(kind, _, _)| *kind == doc.kind) {
        let data = match doc.attributes.get(*name) {
            Some(Value::String(id)) => named(kind, id),
            Some(Value::Array(ids)) => ids.iter().filter_map(Value::as_str).map(|id| named(kind, id)).collect(),
            Some(_) | None => continue,
        };
        all.insert((*name).into(), json!({ "data": data }));
    }
    if doc.hidden.contains_key("attachments") || matches!(doc.kind, Kind::Message | Kind::Forward) {
        let data: Vec<Value> = attachments::of(doc).map(|id| named("attachment", id)).collect();
        all.insert("attachments".into(), json!({ "data": data }));
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
        let view = View { world: &world, now: 0, sees_sensitive: false, signer: Signer::new(1, "") };
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
