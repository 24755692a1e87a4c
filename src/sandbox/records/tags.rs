//! Owns tags as they come in and go out: names in, ids out (Kustomer API reference 8.4, 10.1). Unknown names become tags.

use serde_json::{Value, json};

use super::{Act, Body};
use crate::sandbox::{
    doc::{Doc, Kind},
    world::Index,
};

impl Act<'_> {
    /// Replaces the names in `body.tags` by ids.
    pub(super) fn resolve_tags(&mut self, body: &mut Body) {
        if let Some(Value::Array(names)) = body.get("tags").cloned() {
            let ids = self.tag_ids(&names);
            body.insert("tags".into(), ids.into());
        }
    }

    /// The ids of tags given by name or id, without repetition; unknown names are made.
    pub(super) fn tag_ids(&mut self, given: &[Value]) -> Vec<Value> {
        let mut ids: Vec<Value> = Vec::new();
        for name in given.iter().filter_map(Value::as_str) {
            let id = Value::from(self.tag_id(name));
            if !ids.contains(&id) {
                ids.push(id);
            }
        }
        ids
    }

    fn tag_id(&mut self, name: &str) -> String {
        if self.world.get(Kind::Tag, name).is_some() {
            return name.to_owned();
        }
        if let Some(tag) = self.world.found(Kind::Tag, Index::Name, name).next() {
            return tag.id.clone();
        }
        let mut tag = Doc::new(Kind::Tag, self.world.mint.id(self.now));
        let now = self.now_text();
        let attributes = json!({ "name": name, "color": "grey", "deleted": false, "createdAt": now, "updatedAt": now, "modifiedAt": now });
        tag.attributes = attributes.as_object().cloned().unwrap_or_default();
        let id = tag.id.clone();
        self.world.put(tag);
        id
    }
}

fn stored(doc: &Doc) -> Vec<Value> {
    doc.attributes.get("tags").and_then(Value::as_array).cloned().unwrap_or_default()
}

/// Adds tags that are not there yet.
pub fn add(doc: &mut Doc, ids: Vec<Value>) {
    let mut tags = stored(doc);
    let fresh: Vec<Value> = ids.into_iter().filter(|id| !tags.contains(id)).collect();
    tags.extend(fresh);
    doc.attributes.insert("tags".into(), tags.into());
}

/// Takes tags away.
pub fn remove(doc: &mut Doc, ids: &[Value]) {
    let mut tags = stored(doc);
    tags.retain(|tag| !ids.contains(tag));
    doc.attributes.insert("tags".into(), tags.into());
}
