//! Owns the shape in which the simulated desk keeps everything it knows: one [`Doc`] a record. Does not decide what a
//! request may do with a record (`routes`) or what the seeded records say (`seed`).
//!
//! The simulator has its own JSON on purpose: it never imports the client's wire types, so both cannot be wrong together.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

/// What a record is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "the variants are the desk's own resource names")]
pub enum Kind {
    Company,
    Customer,
    Conversation,
    ConversationTime,
    Message,
    Note,
    Draft,
    Forward,
    Attachment,
    Media,
    Redaction,
    Event,
    Session,
    SatisfactionForm,
    CustomerMerge,
    Klass,
    Kobject,
    Metadata,
    User,
    Team,
    RoleGroup,
    Token,
    Queue,
    QueueRule,
    WorkSession,
    WorkItem,
    Tag,
    Sla,
    SlaVersion,
    Shortcut,
    Brand,
    Schedule,
    SpamSender,
    OutboundAccount,
    Setting,
    Webhook,
    WebhookDelivery,
    AuditLog,
    Bulk,
}

impl Kind {
    /// The literal the desk puts in `type`; for a KObject the klass name is appended by the envelope. Those of forwards,
    /// merges, sessions, spam senders, webhooks and outbound accounts are unverified (Kustomer API reference 29.10).
    pub fn type_name(self) -> &'static str {
        self.names().0
    }

    /// The collection under `/v1` that a record's `links.self` names; none where the reference shows no link.
    pub fn collection(self) -> Option<&'static str> {
        self.names().1
    }

    fn names(self) -> (&'static str, Option<&'static str>) {
        match self {
            Self::Company => ("company", Some("companies")),
            Self::Customer => ("customer", Some("customers")),
            Self::Conversation => ("conversation", Some("conversations")),
            Self::ConversationTime => ("conversation_time", Some("conversations/times")),
            Self::Message => ("message", Some("messages")),
            Self::Note => ("note", Some("notes")),
            Self::Draft => ("draft", None),
            Self::Forward => ("forward", None),
            Self::Attachment => ("attachment", Some("attachments")),
            Self::Media => ("media", Some("media")),
            Self::Redaction => ("message_redaction", None),
            Self::Event => ("event", None),
            Self::Session => ("session", None),
            Self::SatisfactionForm => ("satisfaction", Some("satisfaction")),
            Self::CustomerMerge => ("customer_merge", Some("customers/merges")),
            Self::Klass => ("klass", Some("klasses")),
            Self::Kobject => ("kobject", None),
            Self::Metadata => ("metadata", Some("metadata")),
            Self::User => ("user", Some("users")),
            Self::Team => ("team", Some("teams")),
            Self::RoleGroup => ("role_group", Some("role-groups")),
            Self::Token => ("token", Some("auth/tokens")),
            Self::Queue => ("queue", Some("routing/queues")),
            Self::QueueRule => ("queue_rule", Some("routing/queue-rules")),
            Self::WorkSession => ("work_session", Some("routing/work-sessions")),
            Self::WorkItem => ("work_item", Some("routing/work-items")),
            Self::Tag => ("tag", Some("tags")),
            Self::Sla => ("sla", Some("slas")),
            Self::SlaVersion => ("sla_version", None),
            Self::Shortcut => ("shortcut", Some("shortcuts")),
            Self::Brand => ("brand", Some("brands")),
            Self::Schedule => ("schedule", Some("schedules")),
            Self::SpamSender => ("spam_sender", Some("spam/senders")),
            Self::OutboundAccount => ("outbound_account", None),
            Self::Setting => ("setting", None),
            Self::Webhook => ("outbound_webhook", Some("outbound-webhooks")),
            Self::WebhookDelivery => ("outbound_webhook_transaction", None),
            Self::AuditLog => ("audit_log", None),
            Self::Bulk => ("bulk", Some("bulk")),
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
