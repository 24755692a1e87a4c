//! Owns the keys of the language: which word stands for which attribute of the desk's catalogue (Kustomer API reference
//! 9.3), how its values are read, and what may be ordered by. One table a family; a word is looked for among the context's
//! own keys, then among the few that are borrowed, then among custom attributes.

use super::{Context, Scope, terms::Field};
use crate::domain::{AttributeKind, KlassName};

/// How a key's values are read, which is the desk's class of the attribute (Kustomer API reference 9.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Full text over several fields.
    Full,
    /// Long analysed text: words are looked for, never the whole.
    Long,
    /// Short analysed text.
    Short,
    /// An exact keyword.
    Exact,
    /// One of a closed set.
    OneOf(&'static [&'static str]),
    /// Somebody or something of the org, by name or id.
    Named(Names),
    /// A moment in the past: ages count back.
    Time,
    /// A deadline: distances count ahead.
    Due,
    /// A whole number.
    Count,
    /// Any number.
    Number,
    /// Yes or no.
    Flag,
}

/// Which names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Names {
    Users,
    Teams,
    Queues,
    Tags,
}

/// One key.
pub(super) struct Key {
    pub word: &'static str,
    /// Without the family's prefix.
    pub attribute: &'static str,
    pub kind: Kind,
}

const fn key(word: &'static str, attribute: &'static str, kind: Kind) -> Key {
    Key { word, attribute, kind }
}

use Kind::{Count, Due, Exact, Flag, Full, Long, Named, Number, OneOf, Short, Time};
use Names::{Queues, Tags, Teams, Users};

const STATUS: Kind = OneOf(&["open", "snoozed", "done"]);
const SENTIMENT: Kind = OneOf(&["happy", "unhappy", "indifferent"]);
const DIRECTION: Kind = OneOf(&["in", "out"]);
const CHANNEL: Kind =
    OneOf(&["sms", "chat", "email", "facebook", "voice", "twitter-dm", "twitter-tweet", "instagram", "whatsapp"]);
const SOCIAL: Kind = OneOf(&["facebook", "instagram", "whatsapp", "linkedin", "pinterest", "twitter"]);
const DIRECTION_TYPE: Kind =
    OneOf(&["initial-in", "initial-out", "response-in", "response-out", "followup-in", "followup-out"]);

const CUSTOMER: &[Key] = &[
    key("text", "any_text", Full),
    key("name", "name", Short),
    key("email", "email", Short),
    key("shared_email", "shared_email", Short),
    key("phone", "phone", Short),
    key("shared_phone", "shared_phone", Short),
    key("address", "address", Short),
    key("url", "urls", Short),
    key("locale", "locale", Short),
    // The one attribute name that keeps its capitals.
    key("id", "externalId", Exact),
    key("shared_id", "shared_externalId", Exact),
    key("lang", "default_lang", Exact),
    key("social", "social_username", Exact),
    key("social_id", "social_userid", Exact),
    key("social_type", "social_type", SOCIAL),
    key("shared_social", "shared_social_username", Exact),
    key("shared_social_id", "shared_social_userid", Exact),
    key("shared_social_type", "shared_social_type", SOCIAL),
    key("tag", "tags", Named(Tags)),
    key("status", "progressive_status", STATUS),
    key("own_status", "status", STATUS),
    key("sentiment", "sentiment", SENTIMENT),
    key("presence", "presence", OneOf(&["online", "offline", "idle"])),
    key("gender", "gender", OneOf(&["m", "f"])),
    key("watcher", "watchers", Named(Users)),
    key("agent", "active_users", Named(Users)),
    key("by", "created_by", Named(Users)),
    key("modified_by", "modified_by", Named(Users)),
    key("created", "created_at", Time),
    key("updated", "updated_at", Time),
    key("modified", "modified_at", Time),
    key("active", "activity_at", Time),
    key("seen", "last_seen_at", Time),
    key("signed_up", "signed_up_at", Time),
    key("messaged", "last_message_at", Time),
    key("message_sent", "last_message_sent_at", Time),
    key("answered", "last_message_out_sent_at", Time),
    key("waiting", "last_message_unresponded_to_sent_at", Time),
    key("imported_at", "imported_at", Time),
    key("imported", "imported", Flag),
    key("conversations", "conversations_count", Count),
    key("rating", "satisfaction_avg_rating", Number),
    key("score", "satisfaction_avg_score", Number),
];

const CONVERSATION: &[Key] = &[
    key("text", "any_text", Full),
    key("name", "name", Short),
    key("status", "status", STATUS),
    key("sub_status", "sub_status", Exact),
    key("sentiment", "sentiment", SENTIMENT),
    key("priority", "priority", Count),
    key("tag", "tags", Named(Tags)),
    key("channel", "channels", CHANNEL),
    key("reply_channel", "reply_channel", CHANNEL),
    key("assignee", "assigned_users", Named(Users)),
    key("team", "assigned_teams", Named(Teams)),
    key("queue", "queue", Named(Queues)),
    key("external_queue", "external_queue", OneOf(&["amazon-connect"])),
    key("customer", "customer_id", Exact),
    key("campaign", "campaign_id", Exact),
    key("lang", "default_lang", Exact),
    key("direction", "direction", DIRECTION),
    key("last_direction", "last_message_direction", DIRECTION),
    key("created", "created_at", Time),
    key("updated", "updated_at", Time),
    key("modified", "modified_at", Time),
    key("active", "last_message_at", Time),
    key("message_sent", "last_message_sent_at", Time),
    key("answered", "last_message_out_sent_at", Time),
    key("waiting", "last_message_unresponded_to_sent_at", Time),
    key("first_answered", "first_response_sent_at", Time),
    key("closed", "last_done_created_at", Time),
    key("ended_at", "ended_at", Time),
    key("imported_at", "imported_at", Time),
    key("first_in", "first_message_in_sent_at", Time),
    key("first_out", "first_message_out_sent_at", Time),
    key("first_in_channel", "first_message_in_channel", CHANNEL),
    key("first_out_channel", "first_message_out_channel", CHANNEL),
    key("first_in_type", "first_message_in_direction_type", DIRECTION_TYPE),
    key("first_out_type", "first_message_out_direction_type", DIRECTION_TYPE),
    key("modified_by", "modified_by", Named(Users)),
    key("first_answered_by", "first_response_created_by", Named(Users)),
    key("answered_by", "last_response_created_by", Named(Users)),
    key("first_closed_by", "first_done_created_by", Named(Users)),
    key("closed_by", "last_done_created_by", Named(Users)),
    key("closed_by_team", "last_done_created_by_teams", Named(Teams)),
    key("messages", "message_count", Count),
    key("messages_out", "outbound_message_count", Count),
    key("notes", "note_count", Count),
    key("first_answer_ms", "first_response_time", Count),
    key("ended", "ended", Flag),
    key("ended_reason", "ended_reason", Short),
    key("imported", "imported", Flag),
    key("sla", "sla_breach_at", Due),
    key("breached", "sla_breached", Flag),
    key("sla_status", "sla_status", OneOf(&["done", "pending", "paused"])),
    key("sla_id", "sla_id", Exact),
    key("sla_version", "sla_version_id", Exact),
    key("sla_met", "sla_satisfied_at", Time),
    key(
        "sla_metric",
        "sla_breach_metric",
        OneOf(&["firstResponse", "totalCustomerWaitTime", "longestUnrespondedMessage", "totalConversationOpenTime"]),
    ),
    key("satisfaction", "satisfaction", Short),
    key("rating", "satisfaction_rating", Number),
    key("score", "satisfaction_score", Number),
    key("rated", "satisfaction_created_at", Time),
    key(
        "survey",
        "satisfaction_status",
        OneOf(&["canceled", "scheduled", "offered", "unresponded", "rated", "commented"]),
    ),
    key("survey_id", "satisfaction_survey_id", Exact),
    key("surveyed_by", "satisfaction_sent_by", Named(Users)),
    key("surveyed_by_team", "satisfaction_sent_by_teams", Named(Teams)),
];

const MESSAGE: &[Key] = &[
    key("text", "any_text", Full),
    key("body", "body", Long),
    key("subject", "subject", Long),
    key("channel", "channel", CHANNEL),
    key("direction", "direction", DIRECTION),
    key("direction_type", "direction_type", DIRECTION_TYPE),
    key("status", "status", OneOf(&["sent", "received", "error"])),
    key("sentiment", "sentiment", SENTIMENT),
    key("from", "sender", Short),
    key("to", "recipients", Short),
    key("error", "error_title", Short),
    key("sent", "sent_at", Time),
    key("created", "created_at", Time),
    key("updated", "updated_at", Time),
    key("failed", "error_at", Time),
    key("redacted_at", "redacted_at", Time),
    key("imported_at", "imported_at", Time),
    key("by", "created_by", Named(Users)),
    key("by_team", "created_by_teams", Named(Teams)),
    key("modified_by", "modified_by", Named(Users)),
    key("customer", "customer_id", Exact),
    key("id", "external_id", Exact),
    key("shortcut", "shortcuts", Exact),
    key("lang", "lang", Exact),
    key("source", "source", OneOf(&["bulk"])),
    key("redacted", "redacted", Flag),
    key("auto", "auto", Flag),
    key("imported", "imported", Flag),
    key("attachments", "attachment_count", Count),
    key("size", "size", Count),
];

const NOTE: &[Key] = &[
    key("text", "any_text", Full),
    key("body", "body", Long),
    key("created", "created_at", Time),
    key("modified", "modified_at", Time),
    key("updated", "updated_at", Time),
    key("imported_at", "imported_at", Time),
    key("by", "created_by", Named(Users)),
    key("modified_by", "modified_by", Named(Users)),
    key("mentions", "user_mentions", Named(Users)),
    key("mentions_team", "team_mentions", Named(Teams)),
    key("id", "external_id", Exact),
    key("customer", "customer_id", Exact),
    key("conversation", "conversation_id", Exact),
    key("lang", "lang", Exact),
    key("deleted", "deleted", Flag),
    key("imported", "imported", Flag),
    key("attachments", "attachment_count", Count),
];

const COMPANY: &[Key] = &[
    key("text", "any_text", Full),
    key("name", "name", Short),
    key("tag", "tags", Named(Tags)),
    key("lang", "default_lang", Exact),
    // Not in the catalogue, but in use (reference 9.3) and in the archive's (9.6).
    key("created", "created_at", Time),
    key("updated", "updated_at", Time),
    key("imported_at", "imported_at", Time),
    key("imported", "imported", Flag),
];

const KOBJECT: &[Key] = &[
    key("text", "any_text", Full),
    key("created", "created_at", Time),
    key("updated", "updated_at", Time),
    key("imported_at", "imported_at", Time),
    key("imported", "imported", Flag),
];

/// Whose attributes.
pub(super) struct Family {
    pub word: &'static str,
    pub keys: &'static [Key],
}

pub(super) const FAMILIES: [Family; 6] = [
    Family { word: "customer", keys: CUSTOMER },
    Family { word: "conversation", keys: CONVERSATION },
    Family { word: "message", keys: MESSAGE },
    Family { word: "note", keys: NOTE },
    Family { word: "company", keys: COMPANY },
    Family { word: "kobject", keys: KOBJECT },
];

/// Words that mean the same in every context that has no key of that name: people type them without thinking whose they
/// are.
const BORROWED: [(&str, &[&str]); 2] = [
    ("customer", &["email", "phone", "id"]),
    ("conversation", &["priority", "channel", "breached", "sla", "assignee", "team", "queue"]),
];

/// What a customer search may be ordered by (Kustomer API reference 9.3); elsewhere times work in practice.
const CUSTOMER_ORDERS: [&str; 14] = [
    "name",
    "gender",
    "created",
    "updated",
    "modified",
    "id",
    "active",
    "seen",
    "signed_up",
    "status",
    "message_sent",
    "answered",
    "waiting",
    "messaged",
];

/// The family whose records a context brings.
pub(super) fn own(context: &Context) -> &'static Family {
    let word = match context {
        Context::Customer => "customer",
        Context::Conversation => "conversation",
        Context::Message => "message",
        Context::Note => "note",
        Context::Company => "company",
        Context::Kobject(_) => "kobject",
    };
    family(word).unwrap_or(&FAMILIES[0])
}

fn family(word: &str) -> Option<&'static Family> {
    FAMILIES.iter().find(|family| family.word == word)
}

impl Family {
    fn key(&self, word: &str) -> Option<&'static Key> {
        self.keys.iter().find(|key| key.word == word)
    }
}

/// Whether the language can name a klass so (names may hold `-`, Kustomer API reference 9.2).
pub(super) fn is_klass(name: &str) -> bool {
    !name.is_empty()
        && !name.starts_with('-')
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-')
}

/// Whether the language can name an attribute so.
fn is_attribute(name: &str) -> bool {
    name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') && AttributeKind::of(name) != AttributeKind::Unknown
}

/// The keys that can be written without a family: the context's own, then the borrowed.
pub(super) fn plain(context: &Context) -> impl Iterator<Item = (&'static Family, &'static Key)> {
    let own = own(context);
    let borrowed =
        BORROWED.iter().filter_map(|(from, words)| Some((family(from)?, *words))).flat_map(move |(from, words)| {
            words.iter().filter(|word| own.key(word).is_none()).filter_map(move |word| Some((from, from.key(word)?)))
        });
    own.keys.iter().map(move |key| (own, key)).chain(borrowed)
}

/// Finds what a written key means, and how it is best written.
///
/// # Errors
/// In words: what there is instead.
pub(super) fn resolve(written: &str, scope: &Scope<'_>) -> Result<Field, String> {
    let Some((of, name)) = written.split_once('.') else { return resolve_plain(written, scope) };
    if let Some(family) = family(of) {
        return match family.key(name) {
            Some(key) => Ok(field(scope.context, family, key)),
            None if of == "kobject" => {
                Err(format!("kobject. has {}; write KLASS.{name} for a klass's own attributes", words(family)))
            }
            None => custom(scope, of, name)
                .map(|name| custom_field(scope.context, of, &name))
                .ok_or_else(|| format!("{of}. has no key {name}; it has {}", words(family))),
        };
    }
    let resource = format!("kobject.{of}");
    let klasses: Vec<&str> = scope.attributes.keys().filter_map(|key| key.strip_prefix("kobject.")).collect();
    let is_own = *scope.context == Context::Kobject(KlassName::new(of));
    if !is_klass(of) || (!is_own && !klasses.is_empty() && !klasses.contains(&of)) {
        let families: Vec<&str> = FAMILIES.iter().map(|family| family.word).chain(klasses).collect();
        return Err(format!("there is no {of}; keys may begin with {} and a dot", families.join(", ")));
    }
    custom(scope, &resource, name)
        .map(|name| klass_field(scope.context, of, &name))
        .ok_or_else(|| format!("{of} has no attribute {name}; write its full name, such as totalNum"))
}

fn resolve_plain(written: &str, scope: &Scope<'_>) -> Result<Field, String> {
    if let Some((family, key)) = plain(scope.context).find(|(_, key)| key.word == written) {
        return Ok(field(scope.context, family, key));
    }
    let resource = scope.context.resource();
    if let Some(name) = resource.as_deref().and_then(|resource| custom(scope, resource, written)) {
        return Ok(match scope.context {
            Context::Kobject(klass) => klass_field(scope.context, klass.as_str(), &name),
            _ => custom_field(scope.context, own(scope.context).word, &name),
        });
    }
    let known: Vec<&str> = plain(scope.context).map(|(_, key)| key.word).collect();
    Err(format!(
        "there is no key {written}; there are {}, and custom attributes such as tierStr. Words with a colon go into \
         quotation marks",
        known.join(", ")
    ))
}

fn words(family: &Family) -> String {
    family.keys.iter().map(|key| key.word).collect::<Vec<_>>().join(", ")
}

/// The full name of a custom attribute: as written if its suffix tells what it holds, else by what metadata knows,
/// whatever the case and without the suffix; not if two fit.
fn custom(scope: &Scope<'_>, resource: &str, written: &str) -> Option<String> {
    let known = scope.attributes.get(resource).map_or(&[][..], Vec::as_slice);
    if known.iter().any(|attribute| attribute.name == written) && is_attribute(written) {
        return Some(written.to_owned());
    }
    let fits =
        |name: &str| name.eq_ignore_ascii_case(written) || AttributeKind::split(name).0.eq_ignore_ascii_case(written);
    let mut fitting = known.iter().filter(|attribute| is_attribute(&attribute.name) && fits(&attribute.name));
    match (fitting.next(), fitting.next()) {
        (Some(attribute), None) => Some(attribute.name.clone()),
        (None | Some(_), _) => is_attribute(written).then(|| written.to_owned()),
    }
}

fn field(context: &Context, family: &Family, key: &Key) -> Field {
    let is_plain = plain(context).any(|(of, other)| of.word == family.word && other.word == key.word);
    let written = if is_plain { key.word.to_owned() } else { format!("{}.{}", family.word, key.word) };
    Field { written, attribute: format!("{}_{}", family.word, key.attribute), kind: key.kind }
}

fn custom_field(context: &Context, family: &str, name: &str) -> Field {
    let is_own = own(context).word == family && !plain(context).any(|(_, key)| key.word == name);
    let written = if is_own { name.to_owned() } else { format!("{family}.{name}") };
    Field { written, attribute: format!("{family}_custom_{name}"), kind: kind(name) }
}

fn klass_field(context: &Context, klass: &str, name: &str) -> Field {
    let is_own =
        *context == Context::Kobject(KlassName::new(klass)) && !plain(context).any(|(_, key)| key.word == name);
    let written = if is_own { name.to_owned() } else { format!("{klass}.{name}") };
    Field { written, attribute: format!("kobject_custom_{klass}_{name}"), kind: kind(name) }
}

fn kind(name: &str) -> Kind {
    match AttributeKind::of(name) {
        AttributeKind::Str => Short,
        AttributeKind::Txt => Long,
        AttributeKind::Num => Number,
        AttributeKind::Bool => Flag,
        AttributeKind::At => Time,
        AttributeKind::Url | AttributeKind::Id | AttributeKind::Tree | AttributeKind::Unknown => Exact,
    }
}

/// Finds the field of a desk's attribute name; `None` for what the language has no word for.
pub(super) fn of_attribute(attribute: &str, scope: &Scope<'_>) -> Option<Field> {
    let found = FAMILIES.iter().find_map(|family| {
        let rest = attribute.strip_prefix(family.word)?.strip_prefix('_')?;
        if let Some(key) = family.keys.iter().find(|key| key.attribute == rest) {
            return Some(format!("{}.{}", family.word, key.word));
        }
        let custom = rest.strip_prefix("custom_")?;
        match family.word {
            "kobject" => klass_of(custom, scope).map(|(klass, name)| format!("{klass}.{name}")),
            word => Some(format!("{word}.{custom}")),
        }
    })?;
    resolve(&found, scope).ok().filter(|field| field.attribute == attribute)
}

/// Klass and attribute of `KLASS_ATTRIBUTE`: by the klasses that are known, else at the last underscore.
fn klass_of<'n>(name: &'n str, scope: &Scope<'_>) -> Option<(&'n str, &'n str)> {
    let own = match scope.context {
        Context::Kobject(klass) => Some(klass.as_str()),
        _ => None,
    };
    let known = scope.attributes.keys().filter_map(|key| key.strip_prefix("kobject.")).chain(own);
    let fits = |klass: &str| name.strip_prefix(klass).is_some_and(|rest| rest.starts_with('_'));
    match known.filter(|klass| fits(klass)).max_by_key(|klass| klass.len()) {
        Some(klass) => Some((&name[..klass.len()], &name[klass.len() + 1..])),
        None => name.rsplit_once('_'),
    }
}

/// The keys a context can be ordered by.
pub(super) fn orders(context: &Context) -> impl Iterator<Item = Field> {
    let family = own(context);
    let fits = move |key: &&Key| match family.word {
        "customer" => CUSTOMER_ORDERS.contains(&key.word),
        _ => matches!(key.kind, Time | Due) || ["name", "priority"].contains(&key.word),
    };
    family.keys.iter().filter(fits).map(move |key| field(context, family, key))
}

impl Kind {
    /// What is written behind the key, for people.
    pub fn about(self) -> &'static str {
        match self {
            Full | Long => "words in a text",
            Short => "exactly, or `:~` for a word in it",
            Exact => "exactly",
            OneOf(_) => "one of a list",
            Named(Users) => "a user's name, `me`, or an id",
            Named(Teams) => "a team's name or id",
            Named(Queues) => "a queue's name or id",
            Named(Tags) => "a tag's name or id",
            Time => "a time; ages count back from now",
            Due => "a time; distances count ahead",
            Count | Number => "a number",
            Flag => "`yes` or `no`",
        }
    }
}

/// The table of keys for the manual: one row a family and way of reading values, Markdown.
pub fn reference() -> String {
    let mut table = String::from("| of | keys | values |\n| --- | --- | --- |\n");
    for family in &FAMILIES {
        let mut told: Vec<&str> = Vec::new();
        for about in family.keys.iter().map(|key| key.kind.about()) {
            if told.contains(&about) {
                continue;
            }
            told.push(about);
            let keys = family.keys.iter().filter(|key| key.kind.about() == about).map(|key| match key.kind {
                OneOf(values) => format!("`{}` ({})", key.word, values.join(", ")),
                _ => format!("`{}`", key.word),
            });
            table.push_str(&format!("| {} | {} | {about} |\n", family.word, keys.collect::<Vec<_>>().join(" ")));
        }
    }
    table
}
