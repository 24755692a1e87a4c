//! Owns what the desk holds around a change at one moment: the record it writes to, the conversation's words, the customer.
//! Plain data that is handed in; who reads it (`kustomer`) and what follows from a difference ([`super::Standing`]) is
//! elsewhere.
//!
//! Invariant: a sheet holds no sensitive value in the clear. Whoever makes one covers them first, because a card outlives
//! the window they were seen through.

use std::{collections::BTreeMap, fmt};

use jiff::Timestamp;
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use crate::{
    domain::{Conversation, Customer, Draft, Guarded, Message, UserId},
    privacy::Foreign,
};

/// The surroundings of a change, as read at one moment. The default has nothing in it: nothing to be read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scene {
    /// When it was read; `None` where there was nothing to read.
    pub read: Option<Timestamp>,
    /// The record the change writes to.
    pub record: Target,
    /// Whom it is about.
    pub customer: Option<Customer>,
    /// The words of the conversation it is about, in the desk's order.
    pub messages: Vec<Message>,
    /// Others' data that stands in the change's words.
    pub foreign: Vec<Foreign>,
    /// Who sits here: what they wrote themselves is no news to them.
    pub me: Option<UserId>,
}

impl Scene {
    /// Drops every value in the clear: what was compared is compared, and a proposal outlives the window they came through.
    pub(super) fn mask(&mut self) {
        if let Some(customer) = &mut self.customer {
            customer.mask();
        }
        self.messages.iter_mut().filter_map(|message| message.from.as_mut()).for_each(Guarded::mask);
    }
}

/// The record a change writes to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Target {
    /// It writes to none that is there already, or to many.
    #[default]
    None,
    /// It is not there (any more).
    Missing,
    /// It may not be looked at, for this reason.
    Unreadable(String),
    /// As it is.
    There(Sheet),
}

impl Target {
    /// The record, if it could be read.
    pub fn sheet(&self) -> Option<&Sheet> {
        match self {
            Self::There(sheet) => Some(sheet),
            Self::None | Self::Missing | Self::Unreadable(_) => None,
        }
    }
}

/// A record by its fields, with masks where something is sensitive: `{"isMasked": true, "maskedPresentation": …}`.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Sheet {
    rev: Option<u64>,
    fields: BTreeMap<String, Value>,
}

impl fmt::Debug for Sheet {
    /// Without values: they are customers' data.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sheet(rev {:?}, {} fields)", self.rev, self.fields.len())
    }
}

/// Fields that move with every touch and say nothing by themselves.
const NOISE: [&str; 12] = [
    "rev",
    "updatedAt",
    "modifiedAt",
    "modifiedBy",
    "lastActivityAt",
    "lastSeenAt",
    "activeUsers",
    "progressiveStatus",
    "modificationHistory",
    "roleGroupVersions",
    "unmaskingWindow",
    "sentiment",
];

impl Sheet {
    /// A record's attributes and what they point at, covered by the caller. `custom` attributes stand as `custom.name`.
    pub fn of(attributes: &Value, related: impl IntoIterator<Item = (String, Value)>) -> Self {
        let mut fields: BTreeMap<String, Value> = related.into_iter().collect();
        for (name, value) in attributes.as_object().into_iter().flatten() {
            match value.as_object().filter(|_| name == "custom") {
                Some(custom) => {
                    fields.extend(custom.iter().map(|(name, value)| (format!("custom.{name}"), value.clone())));
                }
                None => {
                    fields.insert(name.clone(), value.clone());
                }
            }
        }
        Self { rev: attributes.get("rev").and_then(Value::as_u64), fields }
    }

    /// A draft's.
    pub fn of_draft(draft: &Draft) -> Self {
        let to: Vec<Value> = draft.to.iter().map(covered).collect();
        let mut fields = BTreeMap::from([
            ("channel".to_owned(), Value::from(draft.channel.as_str())),
            ("body".to_owned(), Value::from(draft.body.raw())),
        ]);
        if !to.is_empty() {
            fields.insert("to".to_owned(), Value::Array(to));
        }
        if let Some(subject) = &draft.subject {
            fields.insert("subject".to_owned(), Value::from(subject.raw()));
        }
        if let Some(at) = draft.send_at {
            fields.insert("sendAt".to_owned(), Value::from(at.strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string()));
        }
        Self { rev: None, fields }
    }

    /// The revision.
    pub fn rev(&self) -> Option<u64> {
        self.rev
    }

    /// A field's value; `custom` attributes as `custom.name`.
    pub fn field(&self, name: &str) -> Option<&Value> {
        self.fields.get(name).filter(|value| !value.is_null())
    }

    /// All fields that say something, by name.
    pub fn fields(&self) -> impl Iterator<Item = (&str, &Value)> {
        let speaks = |(name, value): &(&String, &Value)| !NOISE.contains(&name.as_str()) && !value.is_null();
        self.fields.iter().filter(speaks).map(|(name, value)| (name.as_str(), value))
    }

    /// The fields that differ in `newer`: name, here, there.
    pub fn moved<'a>(&'a self, newer: &'a Self) -> Vec<(&'a str, Option<&'a Value>, Option<&'a Value>)> {
        let names: std::collections::BTreeSet<&str> =
            self.fields().chain(newer.fields()).map(|(name, _)| name).collect();
        let both = names.into_iter().map(|name| (name, self.field(name), newer.field(name)));
        both.filter(|(_, here, there)| here != there).collect()
    }
}

fn covered(value: &Guarded) -> Value {
    let shown = match value {
        Guarded::Masked(shown) => shown.raw(),
        Guarded::Revealed(_) => "********",
    };
    serde_json::json!({ "isMasked": true, "maskedPresentation": shown })
}

/// What a mask shows, if the value is one.
pub fn mask(value: &Value) -> Option<&str> {
    let masked = value.get("isMasked") == Some(&Value::Bool(true));
    masked.then(|| value.get("maskedPresentation").and_then(Value::as_str).unwrap_or("****"))
}

/// What whoever wants a change had before their eyes: sealed with it, so that it is noticed when that moved.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Preimage {
    /// When the last message of the conversation had come; `Some(None)`: there was none.
    pub last_message: Option<Option<Timestamp>>,
    /// The record, where its revision does not stand in the request.
    pub record: Option<Sheet>,
}

impl Preimage {
    /// Of a conversation as it was read.
    pub fn conversation(seen: &Conversation) -> Self {
        Self { last_message: Some(seen.last_message_at), record: None }
    }

    /// Of a draft as it was read.
    pub fn draft(seen: &Draft) -> Self {
        Self { last_message: None, record: Some(Sheet::of_draft(seen)) }
    }

    /// SHA-256 over all of it.
    pub fn digest(&self) -> [u8; 32] {
        let mut hash = Sha256::new();
        let at = match self.last_message {
            None => "-".to_owned(),
            Some(at) => at.map(|at| at.to_string()).unwrap_or_default(),
        };
        let record = self.record.as_ref().map(|sheet| Value::from_iter(sheet.fields.clone()).to_string());
        for part in [at, record.unwrap_or_default()] {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part);
        }
        hash.finalize().into()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_sheet_is_flat_and_names_what_moved() {
        let sheet = |tier: &str, rev: u64| {
            let company = ("company".to_owned(), json!("66d1"));
            Sheet::of(&json!({"name": "Mara", "rev": rev, "updatedAt": rev, "custom": {"tierStr": tier}}), [company])
        };
        let (old, new) = (sheet("gold", 3), sheet("silver", 4));
        assert_eq!((old.rev(), new.rev()), (Some(3), Some(4)));
        assert_eq!(old.moved(&new), [("custom.tierStr", Some(&json!("gold")), Some(&json!("silver")))]);
        assert_eq!(old.moved(&sheet("gold", 9)), [], "noise alone is no news");
        assert!(!format!("{old:?}").contains("gold"));
    }

    #[test]
    fn every_part_of_a_preimage_moves_its_digest() {
        let at = |second| Preimage { last_message: Some(Timestamp::from_second(second).ok()), record: None };
        let record = Preimage { record: Some(Sheet::of(&json!({"body": "a"}), [])), ..Preimage::default() };
        let other = Preimage { record: Some(Sheet::of(&json!({"body": "b"}), [])), ..Preimage::default() };
        let none = Preimage { last_message: Some(None), record: None };
        let all = [Preimage::default(), none, at(1), at(2), record, other];
        let digests: std::collections::BTreeSet<_> = all.iter().map(Preimage::digest).collect();
        assert_eq!(digests.len(), all.len());
    }
}
