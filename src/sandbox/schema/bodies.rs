//! Owns the bodies of customers, companies, conversations, messages, notes, klasses, `KObjects` and metadata, as
//! data (Kustomer API reference 7.2, 8.2, 10.2, 12.2, 13, 17, 18, 19).

use super::{
    Field,
    Rule::{Anything, Between, Custom, Either, Flag, Id, List, Moment, Number, Object, Shape, Tag, Text, Whole, Word},
    attachments, nul, opt, req,
};

/// Channels a message or draft can be on.
pub const CHANNELS: &[&str] =
    &["email", "sms", "chat", "facebook", "twitter-dm", "twitter-tweet", "voice", "instagram", "whatsapp"];

const PLACES: &[&str] = &["home", "work", "other"];
const SENTIMENT: &[Field] = &[req("polarity", Whole(-1, 1)), req("confidence", Between(-1, 1))];
const EMAIL: &[Field] = &[
    req("email", Text(3, 256)),
    opt("type", Word(PLACES)),
    opt("verified", Flag),
    nul("id", Anything),
    opt("externalVerified", Flag),
];
const PHONE: &[Field] = &[
    req("phone", Text(1, 64)),
    opt("type", Word(&["mobile", "home", "work", "fax", "other"])),
    opt("verified", Flag),
    nul("id", Anything),
];
const EXTERNAL_ID: &[Field] = &[req("externalId", Text(1, 255)), opt("verified", Flag), nul("id", Anything)];
const SOCIAL: &[Field] = &[
    req("username", Text(1, 256)),
    opt("type", Word(&["twitter", "facebook", "instagram", "linkedin", "pinterest"])),
    opt("userid", Text(0, 256)),
    opt("url", Text(0, 2048)),
    opt("verified", Flag),
];
const URL: &[Field] = &[req("url", Text(1, 2048)), opt("type", Word(&["website", "blog", "other"]))];
const FACEBOOK: &[Field] = &[req("pageId", Text(1, 255)), req("userId", Text(1, 255)), opt("name", Text(0, 255))];
const INSTAGRAM: &[Field] = &[
    req("pageId", Text(1, 255)),
    req("threadId", Text(1, 255)),
    req("username", Text(1, 255)),
    opt("instagramId", Text(0, 255)),
];
const LOCATION: &[Field] = &[
    opt("type", Word(PLACES)),
    nul("name", Text(0, 256)),
    nul("address", Text(0, 256)),
    nul("address2", Text(0, 256)),
    nul("address3", Text(0, 256)),
    nul("latitude", Number),
    nul("longitude", Number),
    nul("countryCode", Text(2, 2)),
    nul("countryName", Text(0, 64)),
    nul("regionCode", Text(0, 2)),
    nul("regionName", Text(0, 128)),
    nul("cityName", Text(0, 128)),
    nul("zipCode", Text(0, 30)),
    nul("areaCode", Text(0, 30)),
];

/// A customer; create and update share it.
pub const CUSTOMER: &[Field] = &[
    nul("name", Text(0, 256)),
    nul("company", Id),
    nul("externalId", Text(1, 256)),
    opt("externalIds", List(&Shape(EXTERNAL_ID), 10)),
    opt("sharedExternalIds", List(&Shape(EXTERNAL_ID), 10)),
    nul("username", Text(0, 256)),
    opt("emails", List(&Shape(EMAIL), 10)),
    opt("sharedEmails", List(&Shape(EMAIL), 10)),
    opt("phones", List(&Shape(PHONE), 10)),
    opt("sharedPhones", List(&Shape(PHONE), 10)),
    opt("whatsapps", List(&Shape(PHONE), 10)),
    opt("facebookIds", List(&Shape(FACEBOOK), 10)),
    opt("instagramIds", List(&Shape(INSTAGRAM), 10)),
    opt("socials", List(&Shape(SOCIAL), 10)),
    opt("sharedSocials", List(&Shape(SOCIAL), 10)),
    opt("urls", List(&Shape(URL), 10)),
    opt("locations", List(&Shape(LOCATION), 10)),
    nul("locale", Text(0, 16)),
    nul("timeZone", Text(0, 64)),
    nul("defaultLang", Text(0, 100)),
    nul("gender", Word(&["m", "f"])),
    nul("birthdayAt", Moment),
    nul("signedUpAt", Moment),
    nul("lastActivityAt", Moment),
    nul("lastCustomerActivityAt", Moment),
    nul("lastSeenAt", Moment),
    nul("avatarUrl", Text(1, 2048)),
    opt("tags", List(&Tag, 20)),
    opt("sentiment", Shape(SENTIMENT)),
    opt("custom", Custom),
    opt("createdAt", Moment),
    opt("importedAt", Moment),
    opt("rev", Number),
];

const DOMAIN: &[Field] = &[req("domain", Text(1, 255))];

/// A company; create and update share it (Kustomer API reference 19).
pub const COMPANY: &[Field] = &[
    req("name", Text(3, 255)),
    nul("externalId", Text(0, 256)),
    nul("avatarUrl", Text(1, 2048)),
    opt("emails", List(&Shape(EMAIL), 10)),
    opt("phones", List(&Shape(PHONE), 10)),
    opt("whatsapps", List(&Shape(PHONE), 10)),
    opt("socials", List(&Shape(SOCIAL), 10)),
    opt("urls", List(&Shape(URL), 10)),
    opt("locations", List(&Shape(LOCATION), 10)),
    opt("domains", List(&Shape(DOMAIN), 100)),
    nul("employeeCount", Number),
    opt("tags", List(&Tag, 20)),
    opt("custom", Custom),
    nul("defaultLang", Text(0, 100)),
    opt("createdAt", Moment),
    opt("importedAt", Moment),
    opt("rev", Number),
];

/// What only a change of a company takes: there is no `DELETE`.
pub const COMPANY_CHANGE: &[Field] = &[nul("deleted", Flag)];

/// Two customers to be made one (Kustomer API reference 8.5).
pub const MERGE: &[Field] = &[req("source", Id), req("target", Id)];

const QUEUE: &[Field] = &[nul("id", Id), nul("external", Word(&["amazon-connect"]))];

/// What a conversation can be made and changed with.
pub const CONVERSATION: &[Field] = &[
    nul("externalId", Text(0, 256)),
    nul("name", Text(0, 256)),
    opt("priority", Whole(1, 5)),
    opt("direction", Word(&["in", "out"])),
    nul("replyChannel", Text(0, 256)),
    opt("tags", List(&Tag, 20)),
    opt("assignedUsers", List(&Id, 10)),
    opt("assignedTeams", List(&Id, 10)),
    opt("queue", Shape(QUEUE)),
    opt("custom", Custom),
    nul("defaultLang", Text(0, 100)),
];

/// What only a new conversation takes; `customer` comes from the path where the path has one.
pub const CONVERSATION_NEW: &[Field] = &[
    opt("id", Id),
    req("customer", Id),
    opt("campaign", Id),
    opt("status", Word(&["open", "done"])),
    opt("createdAt", Moment),
    opt("importedAt", Moment),
];

const SNOOZE: &[Field] = &[req("status", Word(&["scheduled", "canceled", "elapsed"])), opt("time", Moment)];

const SUGGESTED_TAG: &[Field] = &[req("tag", Text(1, 64)), opt("confidence", Number)];
const SUGGESTED_SHORTCUT: &[Field] = &[req("shortcutId", Id), opt("confidence", Number)];

/// Where a message can be from, beyond what one can be made with (Kustomer API reference 12.2, 17).
const SURVEY_CHANNELS: &[&str] = &[
    "email",
    "sms",
    "chat",
    "facebook",
    "twitter-dm",
    "twitter-tweet",
    "voice",
    "instagram",
    "instagram-comment",
    "whatsapp",
    "form",
];

/// The result of a satisfaction survey (Kustomer API reference 17).
const SATISFACTION_LEVEL: &[Field] = &[
    opt("form", Id),
    opt("formResponse", Id),
    req("createdAt", Moment),
    opt("updatedAt", Moment),
    req("status", Word(&["scheduled", "offered", "rated", "commented", "canceled", "unresponded"])),
    nul("scheduledFor", Moment),
    nul("firstAnswer", Text(0, 1024)),
    nul("sentAt", Moment),
    nul("score", Whole(0, 1)),
    nul("rating", Between(0, 10)),
    opt("channel", Word(SURVEY_CHANNELS)),
    nul("sentBy", Id),
    opt("sentByTeams", List(&Id, 100)),
    opt("answers", List(&Object, 100)),
];

/// What only a change takes.
pub const CONVERSATION_CHANGE: &[Field] = &[
    opt("status", Word(&["open", "snoozed", "done"])),
    opt("snooze", Shape(SNOOZE)),
    nul("subStatus", Id),
    opt("sentiment", Shape(SENTIMENT)),
    nul("satisfaction", Between(-1, 1)),
    opt("satisfactionLevel", Shape(SATISFACTION_LEVEL)),
    opt("suggestedTags", List(&Shape(SUGGESTED_TAG), 100)),
    opt("suggestedShortcuts", List(&Shape(SUGGESTED_SHORTCUT), 100)),
    opt("ended", Flag),
    opt("endedAt", Moment),
    nul("endedReason", Text(0, 128)),
    opt("endedBy", Id),
    opt("endedByType", Word(&["user", "customer"])),
    nul("deleted", Flag),
    opt("locked", Flag),
    opt("rev", Number),
];

/// Moving a conversation to another customer: this and nothing else.
pub const CONVERSATION_MOVE: &[Field] = &[req("customer", Id)];

const REFERENCE: &[Field] = &[req("message", Id), opt("type", Word(&["reply", "replyAll", "forward"]))];
const ERROR: &[Field] = &[
    opt("status", Number),
    opt("code", Text(0, 256)),
    opt("title", Text(0, 1024)),
    opt("detail", Text(0, 10_240)),
    opt("source", Object),
    opt("meta", Object),
    opt("links", Object),
];

/// What a message can be made and changed with.
pub const MESSAGE: &[Field] = &[
    opt("preview", Text(0, 10_240)),
    opt("subject", Text(0, 256)),
    opt("size", Number),
    opt("externalId", Text(0, 256)),
    opt("lang", Text(0, 100)),
    opt("customer", Id),
    opt("conversation", Id),
    opt("related", Id),
    opt("createdBy", Id),
    opt("modifiedBy", Id),
    opt("reference", Shape(REFERENCE)),
    opt("status", Word(&["sent", "received", "error"])),
    opt("error", Shape(ERROR)),
    opt("errorAt", Moment),
    opt("auto", Flag),
    opt("source", Word(&["bulk", "satisfaction"])),
    opt("shortcuts", List(&Id, 100)),
    opt("kbArticles", List(&Id, 100)),
    opt("attachments", List(&Either(&[Id, Shape(attachments::NAMED)]), 100)),
    opt("location", Shape(LOCATION)),
    opt("meta", Object),
    opt("custom", Custom),
    opt("sentiment", Shape(SENTIMENT)),
    opt("queue", Shape(QUEUE)),
    opt("sentAt", Moment),
    opt("createdAt", Moment),
    opt("modifiedAt", Moment),
    opt("importedAt", Moment),
];

/// What only a new message takes.
pub const MESSAGE_NEW: &[Field] =
    &[opt("id", Id), req("channel", Word(CHANNELS)), req("app", Text(1, 256)), opt("direction", Word(&["in", "out"]))];

const REACTION: &[Field] = &[
    req("subjectId", Id),
    req("subjectType", Word(&["customer", "user"])),
    req("name", Word(&["love"])),
    opt("createdAt", Moment),
];

/// What may be taken out of a message for good: exactly one of them (Kustomer API reference 12.1).
pub const REDACTION: &[Field] =
    &[opt("preview", Text(0, 10_240)), opt("attachments", List(&Id, 100)), opt("meta", Object)];

/// What only a change takes.
pub const MESSAGE_CHANGE: &[Field] =
    &[opt("spam", Flag), opt("reactions", List(&Shape(REACTION), 100)), opt("rev", Number)];

const MENTION: &[Field] = &[opt("user", Id), opt("team", Id)];

/// A note.
pub const NOTE: &[Field] = &[
    req("body", Text(1, 10_240)),
    opt("externalId", Text(0, 256)),
    opt("userMentions", List(&Shape(MENTION), 20)),
    opt("attachments", List(&Shape(attachments::NAMED), 100)),
    opt("createdAt", Moment),
    opt("createdBy", Id),
    opt("modifiedAt", Moment),
    opt("modifiedBy", Id),
    opt("importedAt", Moment),
    opt("lang", Text(0, 100)),
];

/// What only a new note takes; plain `POST /v1/notes` lacks `conversation` in the older schema and takes it here.
pub const NOTE_NEW: &[Field] = &[opt("id", Id), req("conversation", Id)];

/// What only a change takes.
pub const NOTE_CHANGE: &[Field] = &[opt("conversation", Id), nul("deleted", Flag)];

/// A `KObject`.
pub const KOBJECT: &[Field] = &[
    req("title", Text(1, 256)),
    nul("description", Text(0, 10_240)),
    nul("externalId", Text(1, 256)),
    nul("icon", Text(0, 64)),
    opt("images", List(&Text(1, 2048), 20)),
    nul("data", Object),
    opt("custom", Custom),
    opt("tags", List(&Tag, 20)),
    opt("createdAt", Moment),
    opt("importedAt", Moment),
];

/// What only a new `KObject` takes.
pub const KOBJECT_NEW: &[Field] = &[nul("customer", Id), nul("company", Id)];

/// What only a change takes.
pub const KOBJECT_CHANGE: &[Field] = &[opt("rev", Number)];

/// A new klass (Kustomer API reference 18.1).
pub const KLASS: &[Field] = &[req("name", Text(1, 64))];

/// What a klass can be made and changed with; its name stays.
pub const KLASS_CHANGE: &[Field] = &[
    opt("displayName", Text(1, 256)),
    nul("icon", Text(0, 64)),
    nul("color", Text(0, 64)),
    nul("klassSchema", Word(&["task"])),
    nul("jsonSchema", Object),
    opt("mixins", List(&Word(&["commentable", "assignable", "editable", "creatable"]), 4)),
    opt("status", Word(&["enabled", "disabled"])),
];

/// The metadata of a resource.
pub const METADATA: &[Field] = &[
    opt("properties", Object),
    opt("standardProperties", Object),
    opt("relationships", Anything),
    opt("validations", List(&Id, 10)),
];
