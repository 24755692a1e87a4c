//! Owns the shape in which the simulated desk keeps everything it knows: one [`Doc`] a record. Does not decide what a
//! request may do with a record (`routes`) or what the seeded records say (`seed`).
//!
//! The simulator has its own JSON on purpose: it never imports the client's wire types, so both cannot be wrong together.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

/// What a record is. The desk's `type` literal is [`Kind::type_name`], except for KObjects (`kobject.<klass>`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "the variants are the desk's own resource names")]
pub enum Kind {
    Company,
    Customer,
    Conversation,
    Message,
    Note,
    Draft,
    Event,
    Klass,
    Kobject,
    Metadata,
    User,
    Team,
    Queue,
    Tag,
    Sla,
    SlaVersion,
    Shortcut,
    Brand,
    Schedule,
    Bulk,
}

impl Kind {
    /// The literal the desk puts in `type`; for a KObject the klass name is appended by the envelope.
    pub fn type_name(self) -> &'static str {
        match self {
            Self::Company => "company",
            Self::Customer => "customer",
            Self::Conversation => "conversation",
            Self::Message => "message",
            Self::Note => "note",
            Self::Draft => "draft",
            Self::Event => "event",
            Self::Klass => "klass",
            Self::Kobject => "kobject",
            Self::Metadata => "metadata",
            Self::User => "user",
            Self::Team => "team",
            Self::Queue => "queue",
            Self::Tag => "tag",
            Self::Sla => "sla",
            Self::SlaVersion => "sla_version",
            Self::Shortcut => "shortcut",
            Self::Brand => "brand",
            Self::Schedule => "schedule",
            Self::Bulk => "bulk",
        }
    }
}

/// One record of the simulated desk.
#[derive(Clone, Debug, PartialEq)]
pub struct Doc {
    /// What it is.
    pub kind: Kind,
    /// 24 lowercase hex characters; the resource name for metadata (`customer`, `kobject.order`).
    pub id: String,
    /// The attributes as the desk answers them when nothing is masked. Times are ISO 8601 strings, UTC, milliseconds.
    pub attributes: Map<String, Value>,
    /// Relationship name to the record it points at (`customer`, `conversation`, `createdBy`, `klass`, `queue`, `sla` …).
    pub related: BTreeMap<String, (Kind, String)>,
    /// What the server knows and never answers: `mergeLocked: true` makes every write on that customer fail with 409.
    pub hidden: Map<String, Value>,
}

impl Doc {
    /// An empty record.
    pub fn new(kind: Kind, id: impl Into<String>) -> Self {
        Self { kind, id: id.into(), attributes: Map::new(), related: BTreeMap::new(), hidden: Map::new() }
    }

    /// The id of the record a relationship points at.
    pub fn related_id(&self, name: &str) -> Option<&str> {
        self.related.get(name).map(|(_, id)| id.as_str())
    }

    /// The klass name of a KObject.
    pub fn klass(&self) -> Option<&str> {
        if self.kind == Kind::Kobject { self.related_id("klass") } else { None }
    }

    /// A string attribute, if it is there and a string.
    pub fn text(&self, attribute: &str) -> Option<&str> {
        self.attributes.get(attribute).and_then(Value::as_str)
    }
}
