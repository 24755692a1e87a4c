//! A handful of records, until the seeded world is there.
use serde_json::{Value, json};

use super::doc::{Doc, Kind};

/// Fixed ids.
pub mod ids {
    /// The org.
    pub const ORG: &str = "66a1e000b7d4e9001c3a0001";
    /// The machine user of the main key.
    pub const MACHINE_USER: &str = "66a1e0f0b7d4e9001c3a0a09";
}

/// What to seed.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// The same seed gives the same data.
    pub seed: u64,
    /// How many customers.
    pub customers: usize,
    /// The present, milliseconds since the epoch.
    pub now_ms: i64,
}

/// A handful of records.
pub fn generate(plan: &Plan) -> Vec<Doc> {
    let now = jiff::Timestamp::from_millisecond(plan.now_ms).unwrap_or_default();
    let now = format!("{now:.3}");
    let doc = |kind, id: &str, attributes: Value| {
        let mut doc = Doc::new(kind, id);
        doc.attributes = attributes.as_object().cloned().unwrap_or_default();
        doc.attributes.insert("createdAt".into(), now.clone().into());
        doc.attributes.insert("updatedAt".into(), now.clone().into());
        doc
    };
    vec![doc(Kind::User, ids::MACHINE_USER, json!({ "name": "console", "userType": "machine" }))]
}
