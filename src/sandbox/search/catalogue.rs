//! Owns the reading of the names a search can use: whose an attribute is, its class and where the value stands in a record
//! (Kustomer API reference 9.2, 9.3). The names themselves are in `attributes`; one that is not there is refused. What
//! clients may plausibly try beyond the catalogue is taken too: a desk of ours that refused more than Kustomer does would
//! teach them wrong.

use super::{
    super::{
        doc::{Doc, Kind},
        schema,
        world::{World, is_deleted},
    },
    attributes::{
        BESIDES, COMPANY, CONVERSATION, CONVERSATION_TIME, CUSTOMER, KOBJECT, MESSAGE, NOTE, Row, WORK_ITEM,
        WORK_SESSION,
    },
};

/// Which records an attribute belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Family {
    Company,
    Customer,
    Message,
    Conversation,
    ConversationTime,
    Note,
    WorkSession,
    WorkItem,
    /// `KObjects` of any klass.
    Kobject,
    /// `KObjects` of one klass.
    Klass(String),
    /// All text there is (`any_text`).
    Anything,
}

impl Family {
    /// What its records are.
    pub fn kind(&self) -> Option<Kind> {
        match self {
            Self::Company => Some(Kind::Company),
            Self::Customer => Some(Kind::Customer),
            Self::Message => Some(Kind::Message),
            Self::Conversation => Some(Kind::Conversation),
            Self::ConversationTime => Some(Kind::ConversationTime),
            Self::Note => Some(Kind::Note),
            Self::WorkSession => Some(Kind::WorkSession),
            Self::WorkItem => Some(Kind::WorkItem),
            Self::Kobject | Self::Klass(_) => Some(Kind::Kobject),
            Self::Anything => None,
        }
    }

    /// The family of a kind; none for kinds that no search finds.
    pub fn of(kind: Kind) -> Option<Self> {
        [
            Self::Company,
            Self::Customer,
            Self::Message,
            Self::Conversation,
            Self::ConversationTime,
            Self::Note,
            Self::WorkSession,
            Self::WorkItem,
            Self::Kobject,
        ]
        .into_iter()
        .find(|family| family.kind() == Some(kind))
    }

    /// Whether a record is one of them.
    pub fn has(&self, doc: &Doc) -> bool {
        let of_klass = match self {
            Self::Klass(klass) => doc.klass() == Some(klass),
            _ => true,
        };
        of_klass && self.kind() == Some(doc.kind)
    }

    /// The family a `queryContext` names.
    pub fn of_context(name: &str, klasses: &[String]) -> Option<Self> {
        match name {
            "company" => Some(Self::Company),
            "customer" => Some(Self::Customer),
            "message" => Some(Self::Message),
            "conversation" => Some(Self::Conversation),
            "note" => Some(Self::Note),
            "kobject" => Some(Self::Kobject),
            "conversation_time" => Some(Self::ConversationTime),
            "work_session" => Some(Self::WorkSession),
            "work_item" => Some(Self::WorkItem),
            _ => {
                let klass = name.strip_prefix("kobject_").or_else(|| name.strip_prefix("kobject."))?;
                klasses.iter().any(|known| known == klass).then(|| Self::Klass(klass.to_owned()))
            }
        }
    }
}

/// How an attribute's values compare.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// Full text over several fields.
    Any,
    /// Long analysed text.
    Text,
    /// Short analysed text.
    String,
    /// Exact keyword.
    Keyword,
    /// One of a set, or several.
    List,
    /// A polarity with a name: happy, indifferent, unhappy.
    Mood,
    /// A moment.
    Moment,
    /// A number.
    Number,
    /// True or false.
    Flag,
    /// True when the value is there at all.
    Presence,
}

/// Where a value stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// The paths of a [`Row`].
    Paths(&'static [&'static str]),
    /// How many things there are at these paths.
    Count(&'static [&'static str]),
    /// A custom attribute.
    Custom(String),
    /// How many tracking events a customer has.
    TrackingEvents,
    /// Whether an SLA is breached.
    SlaBreached,
    /// When it was or will be.
    SlaBreachAt,
    /// By which metric.
    SlaBreachMetric,
    /// The record's own id.
    Id,
}

/// An attribute a criterion or a sort names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attribute {
    /// Whose it is.
    pub family: Family,
    /// How it compares.
    pub class: Class,
    /// Where it stands.
    pub place: Place,
    /// Whether the values are tags, which go by name and by id.
    pub is_tags: bool,
}

impl Attribute {
    /// The names, in a record's attributes, of what the values stand in.
    pub fn heads(&self) -> Vec<String> {
        let head = |path: &&str| path.split('.').next().unwrap_or(path).to_owned();
        match &self.place {
            Place::Paths(paths) | Place::Count(paths) => paths.iter().map(head).collect(),
            Place::Custom(_) => vec!["custom".into()],
            Place::SlaBreached | Place::SlaBreachAt | Place::SlaBreachMetric => vec!["sla".into()],
            Place::Id | Place::TrackingEvents => Vec::new(),
        }
    }
}

/// The names of the org's klasses, longest first, so that a klass name with an underscore is not cut short.
pub fn klasses(world: &World) -> Vec<String> {
    let mut names: Vec<String> = world
        .all(Kind::Klass)
        .filter(|doc| !is_deleted(doc))
        .filter_map(|doc| doc.text("name").map(str::to_owned))
        .collect();
    names.sort_by_key(|name| std::cmp::Reverse(name.len()));
    names
}

/// What a name starts with, longer ones first where one begins another.
const PREFIXES: &[(&str, Family, &[Row])] = &[
    ("company_", Family::Company, COMPANY),
    ("customer_", Family::Customer, CUSTOMER),
    ("message_", Family::Message, MESSAGE),
    ("note_", Family::Note, NOTE),
    ("conversation_time_", Family::ConversationTime, CONVERSATION_TIME),
    ("conversation_", Family::Conversation, CONVERSATION),
    ("work_session_", Family::WorkSession, WORK_SESSION),
    ("work_item_", Family::WorkItem, WORK_ITEM),
    ("kobject_", Family::Kobject, KOBJECT),
];

/// Finds an attribute by its full name (`conversation_custom_tierStr`).
pub fn attribute(name: &str, klasses: &[String]) -> Option<Attribute> {
    let of_all = |family, class, place| Some(Attribute { family, class, place, is_tags: false });
    match name {
        "any_text" => return of_all(Family::Anything, Class::Any, Place::Paths(&[])),
        "tracking_events" => return of_all(Family::Customer, Class::Number, Place::TrackingEvents),
        _ => {}
    }
    let (prefix, family, rest, rows) = PREFIXES
        .iter()
        .find_map(|(prefix, family, rows)| Some((*prefix, family.clone(), name.strip_prefix(prefix)?, *rows)))?;
    let besides = BESIDES.iter().find(|(known, _)| *known == prefix).map_or(&[][..], |(_, rows)| *rows);
    let known = |family: &Family, rest: &str| row(family, rows, rest).or_else(|| row(family, besides, rest));
    if let Some(found) = known(&family, rest) {
        return Some(found);
    }
    match (rest.strip_prefix("custom_"), family) {
        (Some(custom), Family::Kobject) => {
            let (klass, custom) = of_klass(custom, klasses)?;
            custom_attribute(Family::Klass(klass), custom)
        }
        (Some(custom), family @ (Family::Company | Family::Customer | Family::Conversation | Family::Message)) => {
            custom_attribute(family, custom)
        }
        (None, Family::Kobject) => {
            let (klass, rest) = of_klass(rest, klasses)?;
            known(&Family::Klass(klass), rest)
        }
        (Some(_) | None, _) => None,
    }
}

/// Splits `<klass>_<rest>`.
pub fn of_klass<'n>(name: &'n str, klasses: &[String]) -> Option<(String, &'n str)> {
    klasses.iter().find_map(|klass| Some((klass.clone(), name.strip_prefix(klass.as_str())?.strip_prefix('_')?)))
}

fn custom_attribute(family: Family, name: &str) -> Option<Attribute> {
    let class = match schema::suffix(name)? {
        "Txt" => Class::Text,
        "Num" => Class::Number,
        "Bool" => Class::Flag,
        "At" => Class::Moment,
        "Url" => Class::Keyword,
        "Id" => Class::List,
        _ => Class::String,
    };
    Some(Attribute { family, class, place: Place::Custom(name.to_owned()), is_tags: false })
}

fn row(family: &Family, rows: &[Row], name: &str) -> Option<Attribute> {
    let (_, class, paths) = rows.iter().find(|(known, _, _)| *known == name)?;
    let place = match name {
        "id" => Place::Id,
        "sla_breached" => Place::SlaBreached,
        "sla_breach_at" => Place::SlaBreachAt,
        "sla_breach_metric" => Place::SlaBreachMetric,
        "attachment_count" => Place::Count(paths),
        _ => Place::Paths(paths),
    };
    Some(Attribute { family: family.clone(), class: *class, place, is_tags: name == "tags" })
}
