//! Owns settings: one value at a place `app/category/name`, of the org or of one user (Kustomer API reference 24).

use serde_json::Value;

use super::Act;
use crate::sandbox::{
    doc::{Doc, Kind},
    mint,
    world::World,
};

/// Where a setting is.
#[derive(Clone, Copy, Debug)]
pub struct Place<'a> {
    /// The app it belongs to.
    pub app: &'a str,
    /// The category within the app.
    pub category: &'a str,
    /// The setting.
    pub name: &'a str,
    /// Whose it is; none for the org's.
    pub user: Option<&'a str>,
}

impl Place<'_> {
    fn id(&self) -> String {
        let Self { app, category, name, user } = self;
        mint::fixed_id(0, &format!("setting {app}/{category}/{name}/{}", user.unwrap_or_default()))
    }

    /// The setting there, if it was ever written.
    pub fn find<'w>(&self, world: &'w World) -> Option<&'w Doc> {
        world.get(Kind::Setting, &self.id())
    }

    /// Puts a value there and gives back the record.
    pub fn write(&self, act: &mut Act, value: Value) -> Doc {
        let mut doc = act.touched_or_new(Kind::Setting, &self.id());
        for (part, text) in [("app", self.app), ("category", self.category), ("name", self.name)] {
            doc.attributes.insert(part.into(), text.into());
        }
        doc.attributes.insert("value".into(), value);
        if let Some(user) = self.user {
            doc.related.insert("user".into(), (Kind::User, user.to_owned()));
        }
        act.world.put(doc.clone());
        doc
    }
}
