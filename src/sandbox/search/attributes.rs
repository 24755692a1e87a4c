//! Owns the table of searchable attributes: a name, how it compares, where it stands in a record (Kustomer API reference
//! 9.3; sections 10.6 and 23 for the records of routing, whose names the reference does not give). Reading a name is
//! `catalogue`.
//!
//! Beyond the catalogue stand `*_created_at` and `*_updated_at`, by which clients sort every context,
//! `customer_{open,snoozed,done,lastmessage_preview}`, which the reference names as sort keys, and, leniently, names a
//! client has reason to try: all the archive knows (9.6) and what is called so on the records themselves ([`BESIDES`]).

use super::catalogue::Class::{self, Any, Flag, Keyword, List, Moment, Mood, Number, Presence, String as Short, Text};

/// Name, class, and dotted paths into the attributes; lists on the way are gone through. `@name` is the id of a
/// relationship, `~name` a path into what the desk keeps beside the attributes.
pub type Row = (&'static str, Class, &'static [&'static str]);

/// Of companies.
pub const COMPANY: &[Row] = &[
    ("any_text", Any, &["name", "domains.domain", "externalId"]),
    ("name", Short, &["name"]),
    ("tags", List, &["tags"]),
    ("default_lang", Keyword, &["defaultLang"]),
    ("created_at", Moment, &["createdAt"]),
    ("updated_at", Moment, &["updatedAt"]),
    ("imported_at", Moment, &["importedAt"]),
    ("imported", Presence, &["importedAt"]),
];

/// Where the words of a customer stand.
const CUSTOMER_TEXT: &[&str] =
    &["name", "username", "externalId", "emails.email", "phones.phone", "preview.text", "custom"];

/// Of customers.
pub const CUSTOMER: &[Row] = &[
    ("any_text", Any, CUSTOMER_TEXT),
    ("name", Short, &["name"]),
    ("gender", List, &["gender"]),
    ("presence", List, &["presence"]),
    ("email", Short, &["emails.email"]),
    ("shared_email", Short, &["sharedEmails.email"]),
    ("phone", Short, &["phones.phone", "whatsapps.phone"]),
    ("shared_phone", Short, &["sharedPhones.phone"]),
    ("urls", Short, &["urls.url"]),
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

/// Of messages.
pub const MESSAGE: &[Row] = &[
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
    ("attachment_count", Number, &["attachments", "~attachments"]),
];

/// Of notes.
pub const NOTE: &[Row] = &[
    ("any_text", Any, &["body"]),
    ("body", Text, &["body"]),
    ("created_at", Moment, &["createdAt"]),
    ("modified_at", Moment, &["modifiedAt"]),
    ("updated_at", Moment, &["updatedAt"]),
    ("imported_at", Moment, &["importedAt"]),
    ("imported", Presence, &["importedAt"]),
    ("created_by", List, &["@createdBy"]),
    ("modified_by", List, &["@modifiedBy"]),
    ("user_mentions", List, &["~userMentions.id"]),
    ("team_mentions", List, &["~userMentions.id"]),
    ("attachment_count", Number, &["attachments", "~attachments"]),
    ("deleted", Flag, &["deleted"]),
    ("external_id", Keyword, &["externalId"]),
    ("customer_id", Keyword, &["@customer"]),
    ("conversation_id", Keyword, &["@conversation"]),
    ("lang", Keyword, &["lang"]),
];

/// Of conversations, their SLA and their satisfaction.
pub const CONVERSATION: &[Row] = &[
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
    ("customer_id", Keyword, &["@customer"]),
    ("campaign_id", Keyword, &["@campaign"]),
    ("default_lang", Keyword, &["defaultLang"]),
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

/// Of `KObjects`, beside their custom attributes.
pub const KOBJECT: &[Row] = &[
    ("any_text", Any, &["title", "description", "externalId", "custom"]),
    ("created_at", Moment, &["createdAt"]),
    ("updated_at", Moment, &["updatedAt"]),
    ("imported_at", Moment, &["importedAt"]),
    ("imported", Presence, &["importedAt"]),
];

/// Of conversation times: one row for each stretch in which an agent worked on a conversation.
pub const CONVERSATION_TIME: &[Row] = &[
    ("created_at", Moment, &["createdAt"]),
    ("updated_at", Moment, &["updatedAt"]),
    ("conversation_id", Keyword, &["@conversation"]),
    ("created_by_teams", List, &["createdByTeams"]),
    ("assigned_users", List, &["assignedUsers"]),
    ("assigned_teams", List, &["assignedTeams"]),
    ("touched", Flag, &["touched"]),
    ("reopened", Flag, &["reopened"]),
    ("snoozed", Flag, &["snoozed"]),
    ("resolved", Flag, &["resolved"]),
    ("message_at", Moment, &["messageAt"]),
    ("message_time", Number, &["messageTime"]),
    ("messages_sent", Number, &["messagesSent"]),
    ("note_at", Moment, &["noteAt"]),
    ("note_time", Number, &["noteTime"]),
    ("notes_sent", Number, &["notesSent"]),
    ("handle_at", Moment, &["handleAt"]),
    ("handle_time", Number, &["handleTime"]),
    ("channels", List, &["channels"]),
];

/// Of work sessions. Names unverified, made from the attributes of section 23 in the manner of the catalogue.
pub const WORK_SESSION: &[Row] = &[
    ("created_at", Moment, &["createdAt"]),
    ("updated_at", Moment, &["updatedAt"]),
    ("signed_in_at", Moment, &["signedInAt"]),
    ("signed_out_at", Moment, &["signedOutAt"]),
    ("active", Flag, &["active"]),
    ("status_type", List, &["statusType"]),
    ("user", List, &["@user"]),
];

/// Of work items. Names unverified, as those of work sessions.
pub const WORK_ITEM: &[Row] = &[
    ("created_at", Moment, &["createdAt"]),
    ("updated_at", Moment, &["updatedAt"]),
    ("first_queued_at", Moment, &["firstQueuedAt"]),
    ("queued_at", Moment, &["queuedAt"]),
    ("routed_at", Moment, &["routedAt"]),
    ("completed_at", Moment, &["completedAt"]),
    ("status", List, &["status"]),
    ("channel", List, &["channel"]),
    ("queued_count", Number, &["queuedCount"]),
    ("priority", Number, &["priority"]),
    ("item_size", Number, &["itemSize"]),
    ("queue", List, &["@queue"]),
    ("conversation_id", Keyword, &["@conversation", "@resource"]),
    ("customer_id", Keyword, &["@customer"]),
    ("assigned_user", List, &["@assignedUser", "@user"]),
    ("work_session_id", Keyword, &["@workSession"]),
];

/// Taken although the catalogue lacks them, by prefix. Ids are rows without a path: every record has its own.
pub const BESIDES: &[(&str, &[Row])] = &[
    ("company_", &[ID, ("deleted", Flag, &["deleted"]), ("external_id", Keyword, &["externalId"])]),
    (
        "customer_",
        &[
            ID,
            ("company_id", Keyword, &["@company"]),
            ("companyId", Keyword, &["@company"]),
            ("deleted", Flag, &["deleted"]),
            ("any_text_new", Any, CUSTOMER_TEXT),
        ],
    ),
    ("message_", &[ID, ("deleted", Flag, &["deleted"])]),
    ("note_", &[ID]),
    ("conversation_", &[ID, ("deleted", Flag, &["deleted"])]),
    (
        "kobject_",
        &[
            ID,
            ("customer_id", Keyword, &["@customer"]),
            ("company_id", Keyword, &["@company"]),
            ("title", Short, &["title"]),
            ("external_id", Keyword, &["externalId"]),
            ("deleted", Flag, &["deleted"]),
        ],
    ),
    ("work_session_", &[ID]),
    ("work_item_", &[ID]),
    ("conversation_time_", &[ID]),
];

const ID: Row = ("id", Keyword, &[]);
