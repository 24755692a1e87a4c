//! Owns the standard fields of each resource, the keys records are referred to by, and other words people have for fields, as
//! data (Kustomer API reference 8.2, 10.2, 12.2, 13, 18.2, 19). Decides nothing.

use super::{By, Kind, Target};
use crate::bulk::Resource;

/// One standard field.
pub struct Known(pub &'static str, pub Kind, pub On);

/// When a field may be given.
#[derive(Clone, Copy, PartialEq)]
pub enum On {
    /// New records and changes.
    Both,
    /// New records, and each of them needs it.
    Needed,
    /// Both, and each new record needs it.
    BothNeeded,
    /// New records.
    Create,
    /// Changes.
    Update,
}

use super::Kind::{Domains, Emails, Id, Ids, Json, Link, Moment, Number, One, Phones, Tags, Truth, Whole, Words};
use On::{Both, BothNeeded, Create, Needed, Update};

const CHANNELS: &[&str] =
    &["email", "sms", "chat", "facebook", "twitter-dm", "twitter-tweet", "voice", "instagram", "whatsapp"];
const INOUT: &[&str] = &["in", "out"];

const CUSTOMER: &[Known] = &[
    Known("name", Words(0, 256), Both),
    Known("externalId", Words(1, 256), Both),
    Known("username", Words(0, 256), Both),
    Known("emails", Emails, Both),
    Known("phones", Phones, Both),
    Known("company", Id, Both),
    Known("locale", Words(0, 16), Both),
    Known("timeZone", Words(0, 64), Both),
    Known("defaultLang", Words(0, 100), Both),
    Known("gender", One(&["m", "f"]), Both),
    Known("birthdayAt", Moment, Both),
    Known("signedUpAt", Moment, Both),
    Known("lastActivityAt", Moment, Both),
    Known("lastSeenAt", Moment, Both),
    Known("avatarUrl", Link, Both),
    Known("tags", Tags(20), Both),
    Known("tags+", Tags(20), Update),
    Known("tags-", Tags(20), Update),
    Known("whatsapps", Json, Both),
    Known("socials", Json, Both),
    Known("urls", Json, Both),
    Known("locations", Json, Both),
    Known("sentiment", Json, Both),
    Known("createdAt", Moment, Create),
    Known("importedAt", Moment, Create),
];

const CONVERSATION: &[Known] = &[
    Known("customer", Id, Needed),
    Known("externalId", Words(1, 256), Both),
    Known("name", Words(0, 256), Both),
    Known("status", One(&["open", "snoozed", "done"]), Both),
    Known("snooze.time", Moment, Update),
    Known("subStatus", Id, Update),
    Known("priority", Whole(1, 5), Both),
    Known("direction", One(INOUT), Both),
    Known("replyChannel", Words(0, 256), Both),
    Known("tags", Tags(20), Both),
    Known("tags+", Tags(20), Update),
    Known("tags-", Tags(20), Update),
    Known("assignedUsers", Ids(10), Both),
    Known("assignedTeams", Ids(10), Both),
    Known("queue.id", Id, Both),
    Known("defaultLang", Words(0, 100), Both),
    Known("sentiment", Json, Update),
    Known("satisfaction", Number, Update),
    Known("endedAt", Moment, Update),
    Known("endedReason", Words(0, 128), Update),
    Known("ended", Truth, Update),
    Known("locked", Truth, Update),
    Known("deleted", Truth, Update),
    Known("createdAt", Moment, Create),
    Known("importedAt", Moment, Create),
];

const MESSAGE: &[Known] = &[
    Known("conversation", Id, Needed),
    Known("channel", One(CHANNELS), Needed),
    Known("app", Words(1, 256), Needed),
    Known("direction", One(INOUT), Needed),
    Known("preview", Words(0, 10_240), Both),
    Known("subject", Words(0, 256), Both),
    Known("externalId", Words(1, 256), Both),
    Known("lang", Words(0, 100), Both),
    Known("status", One(&["sent", "received", "error"]), Both),
    Known("auto", Truth, Both),
    Known("spam", Truth, Update),
    Known("meta", Json, Both),
    Known("sentAt", Moment, Both),
    Known("createdAt", Moment, Create),
    Known("importedAt", Moment, Both),
];

const NOTE: &[Known] = &[
    Known("conversation", Id, Needed),
    Known("body", Words(1, 10_240), BothNeeded),
    Known("externalId", Words(1, 256), Both),
    Known("lang", Words(0, 100), Both),
    Known("deleted", Truth, Update),
    Known("createdAt", Moment, Create),
    Known("importedAt", Moment, Create),
];

const COMPANY: &[Known] = &[
    Known("name", Words(3, 255), BothNeeded),
    Known("externalId", Words(1, 256), Both),
    Known("avatarUrl", Link, Both),
    Known("emails", Emails, Both),
    Known("phones", Phones, Both),
    Known("domains", Domains, Both),
    Known("employeeCount", Number, Both),
    Known("tags", Tags(20), Both),
    Known("tags+", Tags(20), Update),
    Known("tags-", Tags(20), Update),
    Known("defaultLang", Words(0, 100), Both),
    Known("whatsapps", Json, Both),
    Known("socials", Json, Both),
    Known("urls", Json, Both),
    Known("locations", Json, Both),
    Known("deleted", Truth, Update),
    Known("createdAt", Moment, Create),
    Known("importedAt", Moment, Create),
];

const KOBJECT: &[Known] = &[
    Known("title", Words(1, 256), BothNeeded),
    Known("description", Words(0, 10_240), Both),
    Known("externalId", Words(1, 256), Both),
    Known("customer", Id, Create),
    Known("company", Id, Create),
    Known("icon", Words(0, 64), Both),
    Known("images", Json, Both),
    Known("data", Json, Both),
    Known("tags", Tags(20), Both),
    Known("tags+", Tags(20), Update),
    Known("tags-", Tags(20), Update),
    Known("createdAt", Moment, Create),
    Known("importedAt", Moment, Create),
];

/// Fields that take a record's key of the org's instead of its id.
pub const REFERENCES: &[(Target, &[(&str, By)])] = &[
    (Target::Customer, &[("externalId", By::ExternalId), ("email", By::Email), ("phone", By::Phone)]),
    (Target::Company, &[("externalId", By::ExternalId)]),
    (Target::Conversation, &[("externalId", By::ExternalId)]),
];

/// Other words people have for fields, without blanks and in small letters. The first that the resource has is meant.
pub const ALIASES: &[(&str, &[&str])] = &[
    ("email", &["emails", "customer.email"]),
    ("mail", &["emails", "customer.email"]),
    ("emailaddress", &["emails", "customer.email"]),
    ("customermail", &["customer.email"]),
    ("phone", &["phones", "customer.phone"]),
    ("phonenumber", &["phones", "customer.phone"]),
    ("telephone", &["phones", "customer.phone"]),
    ("mobile", &["phones", "customer.phone"]),
    ("fullname", &["name"]),
    ("subject", &["subject", "title"]),
    ("heading", &["title"]),
    ("text", &["body", "preview", "description"]),
    ("note", &["body"]),
    ("message", &["preview"]),
    ("tag", &["tags"]),
    ("labels", &["tags"]),
    ("language", &["defaultLang", "lang"]),
    ("birthday", &["birthdayAt"]),
    ("created", &["createdAt"]),
    ("externalref", &["externalId"]),
    ("reference", &["externalId"]),
    ("queue", &["queue.id"]),
    ("customerid", &["customer.externalId"]),
    ("customernumber", &["customer.externalId"]),
    ("tenant", &["customer.externalId"]),
    ("tenantid", &["customer.externalId"]),
    ("account", &["customer.externalId"]),
    ("accountid", &["customer.externalId"]),
    ("companyid", &["company.externalId"]),
    ("conversationid", &["conversation.externalId"]),
];

/// The standard fields of a resource.
pub fn of(resource: &Resource) -> &'static [Known] {
    match resource {
        Resource::Customers => CUSTOMER,
        Resource::Conversations => CONVERSATION,
        Resource::Messages => MESSAGE,
        Resource::Notes => NOTE,
        Resource::Companies => COMPANY,
        Resource::Kobjects(_) => KOBJECT,
    }
}
