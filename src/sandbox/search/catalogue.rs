//! Owns the names a search can use: each family's attributes, their class and where the value stands in a record (Kustomer
//! API reference 9.3). A name the catalogue lacks is refused.

use super::super::{
    doc::Kind,
    schema,
    world::{World, is_deleted},
};

/// Which records an attribute belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Family {
    Company,
    Customer,
    Message,
    Conversation,
    Note,
    /// KObjects of any klass.
    Kobject,
    /// KObjects of one klass.
    Klass(String),
    /// All text there is (`any_text`).
    Anything,
    /// Contexts of the reference of which this desk keeps no records.
    Unkept,
}

impl Family {
    /// What its records are.
    pub fn kind(&self) -> Option<Kind> {
        match self {
            Self::Company => Some(Kind::Company),
            Self::Customer => Some(Kind::Customer),
            Self::Message => Some(Kind::Message),
            Self::Conversation => Some(Kind::Conversation),
            Self::Note => Some(Kind::Note),
            Self::Kobject | Self::Klass(_) => Some(Kind::Kobject),
            Self::Anything | Self::Unkept => None,
        }
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
            "conversation_time" | "work_session" | "work_item" => Some(Self::Unkept),
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
    /// Exact keyword; `contains` finds a part of it.
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
    /// Dotted paths into the attributes; lists on the way are gone through. `@name` is the id of a relationship.
    Paths(&'static [&'static str]),
    /// A custom attribute.
    Custom(String),
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

/// Finds an attribute by its full name (`conversation_custom_tierStr`).
pub fn attribute(name: &str, klasses: &[String]) -> Option<Attribute> {
    if name == "any_text" {
        return Some(Attribute {
            family: Family::Anything,
            class: Class::Any,
            place: Place::Paths(&[]),
            is_tags: false,
        });
    }
    let families = [
        ("company_", Family::Company, COMPANY),
        ("customer_", Family::Customer, CUSTOMER),
        ("message_", Family::Message, MESSAGE),
        ("note_", Family::Note, NOTE),
        ("conversation_", Family::Conversation, CONVERSATION),
        ("kobject_", Family::Kobject, KOBJECT),
    ];
    let (rest, family, rows) =
        families.into_iter().find_map(|(prefix, family, rows)| Some((name.strip_prefix(prefix)?, family, rows)))?;
    if let Some((class, place)) = row(rows, rest) {
        return Some(Attribute { family, class, place, is_tags: rest == "tags" });
    }
    match (rest.strip_prefix("custom_"), family) {
        (Some(custom), Family::Kobject) => {
            let (klass, custom) = of_klass(custom, klasses)?;
            custom_attribute(Family::Klass(klass), custom)
        }
        (Some(custom), family) => custom_attribute(family, custom),
        (None, Family::Kobject) => {
            let (klass, rest) = of_klass(rest, klasses)?;
            let (class, place) = row(rows, rest)?;
            Some(Attribute { family: Family::Klass(klass), class, place, is_tags: rest == "tags" })
        }
        (None, _) => None,
    }
}

fn of_klass<'n>(name: &'n str, klasses: &[String]) -> Option<(String, &'n str)> {
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

type Row = (&'static str, Class, &'static [&'static str]);

fn row(rows: &[Row], name: &str) -> Option<(Class, Place)> {
    let place = match name {
        "id" => return Some((Class::List, Place::Id)),
        "sla_breached" => Some(Place::SlaBreached),
        "sla_breach_at" => Some(Place::SlaBreachAt),
        "sla_breach_metric" => Some(Place::SlaBreachMetric),
        _ => None,
    };
    let (_, class, paths) = rows.iter().find(|(known, _, _)| *known == name)?;
    Some((*class, place.unwrap_or(Place::Paths(paths))))
}

use Class::{Any, Flag, Keyword, List, Moment, Mood, Number, Presence, String as Short, Text};

const COMPANY: &[Row] = &[
    ("any_text", Any, &["name", "domains.domain", "externalId"]),
    ("name", Short, &["name"]),
    ("tags", List, &["tags"]),
    ("default_lang", Keyword, &["defaultLang"]),
    ("created_at", Moment, &["createdAt"]),
    ("updated_at", Moment, &["updatedAt"]),
    ("imported_at", Moment, &["importedAt"]),
    ("imported", Presence, &["importedAt"]),
];

const CUSTOMER: &[Row] = &[
    ("any_text", Any, &["name", "username", "externalId", "emails.email", "phones.phone", "preview.text", "custom"]),
    ("name", Short, &["name"]),
    ("gender", List, &["gender"]),
    ("presence", List, &["presence"]),
    ("email", Keyword, &["emails.email"]),
    ("shared_email", Keyword, &["sharedEmails.email"]),
    ("phone", Keyword, &["phones.phone", "whatsapps.phone"]),
    ("shared_phone", Keyword, &["sharedPhones.phone"]),
    ("urls", Keyword, &["urls.url"]),
    ("address", Short, &["locations.address", "locations.cityName", "locations.countryName"]),
    ("locale", Short, &["locale"]),
    ("activity_at", Moment, &["lastActivityAt"]),
    ("last_seen_at", Moment, &["lastSeenAt"]),
    ("signed_up_at", Moment, &["signedUpAt"]),
    ("last_message_sent_at", Moment, &["lastMessageAt"]),
    ("last_message_out_sent_at", Moment, &["lastMessageOut.sentAt"]),
    ("last_message_unresponded_to_sent_at", Moment, &["lastMessageUnrespondedTo.sentAt"]),
    ("last_message_at", Moment, &["lastMessageAt"]),
    ("created_at", Moment, &["createdAt"]),
    ("updated_at", Moment, &["updatedAt"]),
    ("modified_at", Moment, &["modifiedAt"]),
    ("imported_at", Moment, &["importedAt"]),
    ("imported", Presence, &["importedAt"]),
    ("externalId", Keyword, &["externalId", "externalIds.externalId"]),
    ("shared_externalId", Keyword, &["sharedExternalIds.externalId"]),
    ("social_userid", Keyword, &["socials.userid"]),
    ("social_username", Keyword, &["socials.username"]),
    ("shared_social_userid", Keyword, &["sharedSocials.userid"]),
    ("shared_social_username", Keyword, &["sharedSocials.username"]),
    ("social_type", List, &["socials.type"]),
    ("shared_social_type", List, &["sharedSocials.type"]),
    ("default_lang", Keyword, &["defaultLang"]),
    ("created_by", List, &["@createdBy"]),
    ("modified_by", List, &["@modifiedBy"]),
    ("active_users", List, &["activeUsers"]),
    ("watchers", List, &["watchers"]),
    ("company", List, &["@company"]),
    ("satisfaction_avg_score", Number, &["satisfactionLevel.avgScore"]),
    ("satisfaction_avg_rating", Number, &["satisfactionLevel.avgRating"]),
    ("conversations_count", Number, &["conversationCounts.all"]),
    ("open", Number, &["conversationCounts.open"]),
    ("snoozed", Number, &["conversationCounts.snoozed"]),
    ("done", Number, &["conversationCounts.done"]),
    ("status", List, &["progressiveStatus"]),
    ("progressive_status", List, &["progressiveStatus"]),
    ("tags", List, &["tags"]),
    ("sentiment", Mood, &["sentiment.polarity"]),
    ("lastmessage_preview", Short, &["preview.text"]),
];

const MESSAGE: &[Row] = &[
    ("any_text", Any, &["preview", "subject"]),
    ("body", Text, &["preview"]),
    ("subject", Text, &["subject"]),
    ("channel", List, &["channel"]),
    ("size", Number, &["size"]),
    ("direction", List, &["direction"]),
    ("direction_type", List, &["directionType"]),
    ("sent_at", Moment, &["sentAt"]),
    ("created_at", Moment, &["createdAt"]),
    ("updated_at", Moment, &["updatedAt"]),
    ("error_at", Moment, &["errorAt"]),
    ("redacted_at", Moment, &["redactedAt"]),
    ("imported_at", Moment, &["importedAt"]),
    ("imported", Presence, &["importedAt"]),
    ("created_by", List, &["@createdBy"]),
    ("modified_by", List, &["@modifiedBy"]),
    ("created_by_teams", Keyword, &["createdByTeams"]),
    ("customer_id", Keyword, &["@customer"]),
    ("conversation_id", Keyword, &["@conversation"]),
    ("external_id", Keyword, &["externalId"]),
    ("shortcuts", Keyword, &["shortcuts"]),
    ("lang", Keyword, &["lang"]),
    ("sentiment", Mood, &["sentiment.polarity"]),
    ("status", List, &["status"]),
    ("error_title", Short, &["error.title"]),
    ("recipients", Short, &["meta.to.email", "meta.to"]),
    ("sender", Short, &["meta.from"]),
    ("redacted", Flag, &["redacted"]),
    ("auto", Flag, &["auto"]),
    ("source", List, &["source"]),
    ("attachment_count", Number, &["attachmentCount"]),
];

const NOTE: &[Row] = &[
    ("any_text", Any, &["body"]),
    ("body", Text, &["body"]),
    ("created_at", Moment, &["createdAt"]),
    ("modified_at", Moment, &["modifiedAt"]),
    ("updated_at", Moment, &["updatedAt"]),
    ("imported_at", Moment, &["importedAt"]),
    ("imported", Presence, &["importedAt"]),
    ("created_by", List, &["@createdBy"]),
    ("modified_by", List, &["@modifiedBy"]),
    ("deleted", Flag, &["deleted"]),
    ("external_id", Keyword, &["externalId"]),
    ("customer_id", Keyword, &["@customer"]),
    ("conversation_id", Keyword, &["@conversation"]),
    ("lang", Keyword, &["lang"]),
];

const CONVERSATION: &[Row] = &[
    ("any_text", Any, &["name", "preview", "custom"]),
    ("name", Short, &["name"]),
    ("sentiment", Mood, &["sentiment.polarity"]),
    ("status", List, &["status"]),
    ("sub_status", List, &["subStatus"]),
    ("created_at", Moment, &["createdAt"]),
    ("updated_at", Moment, &["updatedAt"]),
    ("modified_at", Moment, &["modifiedAt"]),
    ("imported_at", Moment, &["importedAt"]),
    ("imported", Presence, &["importedAt"]),
    ("ended_at", Moment, &["endedAt"]),
    ("ended", Flag, &["ended"]),
    ("ended_reason", Short, &["endedReason"]),
    ("modified_by", List, &["@modifiedBy"]),
    ("message_count", Number, &["messageCount"]),
    ("note_count", Number, &["noteCount"]),
    ("outbound_message_count", Number, &["outboundMessageCount"]),
    ("priority", Number, &["priority"]),
    ("tags", List, &["tags"]),
    ("channels", List, &["channels"]),
    ("reply_channel", List, &["replyChannel"]),
    ("assigned_users", List, &["assignedUsers"]),
    ("assigned_teams", List, &["assignedTeams"]),
    ("queue", List, &["@queue"]),
    ("external_queue", List, &["externalQueue"]),
    ("external_id", Keyword, &["externalId"]),
    ("customer_id", Keyword, &["@customer"]),
    ("campaign_id", Keyword, &["@campaign"]),
    ("default_lang", Keyword, &["defaultLang"]),
    ("deleted", Flag, &["deleted"]),
    ("direction", List, &["direction"]),
    ("last_message_direction", List, &["lastMessageDirection"]),
    ("last_message_sent_at", Moment, &["lastMessageAt"]),
    ("last_message_at", Moment, &["lastMessageAt"]),
    ("last_message_out_sent_at", Moment, &["lastMessageOut.sentAt"]),
    ("last_message_unresponded_to_sent_at", Moment, &["lastMessageUnrespondedTo.sentAt"]),
    ("first_response_sent_at", Moment, &["firstResponse.sentAt"]),
    ("first_response_time", Number, &["firstResponse.time"]),
    ("first_response_created_by", List, &["firstResponse.createdBy"]),
    ("last_response_created_by", List, &["lastResponse.createdBy"]),
    ("first_done_created_by", List, &["firstDone.createdBy"]),
    ("last_done_created_by", List, &["lastDone.createdBy"]),
    ("last_done_created_by_teams", List, &["lastDone.createdByTeams"]),
    ("last_done_created_at", Moment, &["lastDone.createdAt"]),
    ("first_message_in_sent_at", Moment, &["firstMessageIn.sentAt"]),
    ("first_message_in_direction_type", List, &["firstMessageIn.directionType"]),
    ("first_message_in_channel", List, &["firstMessageIn.channel"]),
    ("first_message_out_sent_at", Moment, &["firstMessageOut.sentAt"]),
    ("first_message_out_direction_type", List, &["firstMessageOut.directionType"]),
    ("first_message_out_channel", List, &["firstMessageOut.channel"]),
    ("sla_status", List, &["sla.status"]),
    ("sla_id", List, &["@sla"]),
    ("sla_version_id", Keyword, &["@slaVersion"]),
    ("sla_breached", Flag, &[]),
    ("sla_breach_at", Moment, &[]),
    ("sla_breach_metric", List, &[]),
    ("sla_satisfied_at", Moment, &["sla.summary.satisfiedAt"]),
    ("satisfaction", Short, &["satisfaction"]),
    ("satisfaction_survey_id", List, &["satisfactionLevel.form"]),
    ("satisfaction_sent_by", List, &["satisfactionLevel.sentBy"]),
    ("satisfaction_sent_by_teams", List, &["satisfactionLevel.sentByTeams"]),
    ("satisfaction_created_at", Moment, &["satisfactionLevel.createdAt"]),
    ("satisfaction_score", Number, &["satisfactionLevel.score"]),
    ("satisfaction_rating", Number, &["satisfactionLevel.rating"]),
    ("satisfaction_status", List, &["satisfactionLevel.status"]),
];

const KOBJECT: &[Row] = &[
    ("any_text", Any, &["title", "description", "externalId", "custom"]),
    ("title", Short, &["title"]),
    ("externalId", Keyword, &["externalId"]),
    ("external_id", Keyword, &["externalId"]),
    ("created_at", Moment, &["createdAt"]),
    ("updated_at", Moment, &["updatedAt"]),
    ("imported_at", Moment, &["importedAt"]),
    ("imported", Presence, &["importedAt"]),
    ("tags", List, &["tags"]),
    ("customer_id", Keyword, &["@customer"]),
    ("company_id", Keyword, &["@company"]),
];
