//! Owns the table of changes: every operation of `kustomer::changes` that a model may ask for and that no other tool covers; and
//! those it may not ask for, with the reason. A test holds that nothing is forgotten.

use super::{
    How::{Many, Plain, Update},
    Put::{Each, In, Key, Snooze, Whole},
    Wish,
};
use crate::{
    approval::Effect::{Bulk, Delete, Send, Write},
    tools::{Kind, Param, Spec},
};

const ID: Kind = Kind::Words(64);
const NAME: Kind = Kind::Words(256);
const TEXT: Kind = Kind::Words(10_240);
const IDS: Kind = Kind::List(100);
const ROWS: Kind = Kind::Rows(500);
const REASON: Param = Param::may("reason", Kind::Words(500), "Why, in one sentence, for the person who approves.");

const fn id(name: &'static str, about: &'static str) -> Param {
    Param::must(name, ID, about)
}

const fn must(name: &'static str, kind: Kind, about: &'static str) -> Param {
    Param::must(name, kind, about)
}

const fn may(name: &'static str, kind: Kind, about: &'static str) -> Param {
    Param::may(name, kind, about)
}

macro_rules! wishes {
    ($($name:literal, $label:literal, $effect:ident, $how:ident, $words:literal, $about:literal, [$($param:expr),* $(,)?], [$($put:expr),*];)*) => {
        /// One tool for each operation.
        pub(in crate::tools) static WISHES: &[Wish] = &[$(Wish {
            spec: Spec { name: $name, about: $about, words: $words, effect: $effect, polls: false, params: &[$($param,)* REASON], example: "" },
            label: $label, how: $how, puts: &[$($put),*],
        }),*];
    };
}

const CUSTOMER: Param = id("customer_id", "The customer's id.");
const CONVERSATION: Param = id("conversation_id", "The conversation's id.");
const CREATED: Param = must("rows", ROWS, "Records with the API's attribute names; a _clientRef on all or on none.");
const CHANGED: Param = must("rows", ROWS, "Records with their `id` and what changes, in the API's attribute names.");
const GONE: Param = must("ids", Kind::List(500), "The ids of what is to be deleted.");
const CUSTOM: Param = may("custom", Kind::Fields, "Custom attributes and their values.");
const FILE: Param = id("attachment_id", "The file's id.");

#[rustfmt::skip]
wishes! {
    // Customers
    "customer_create", "POST /v1/customers", Write, Plain, "new add profile person account", "Create a customer. Search first: a second record of the same person has to be merged later.",
        [may("name", NAME, "The display name."), may("external_id", NAME, "The org's own id."), may("email", NAME, "An e-mail address."), may("phone", Kind::Words(40), "A number in E.164."), may("company_id", ID, "Their company."), may("tags", Kind::List(20), "Tags by name."), CUSTOM],
        [("email", Each("emails", "email")), ("phone", Each("phones", "phone")), ("company_id", Key("company"))];
    "customer_delete", "DELETE /v1/customers/{id}", Delete, Plain, "remove erase gdpr profile", "Delete a customer with everything that belongs to them. It cannot be undone.", [CUSTOMER], [];
    "customer_merge", "POST /v1/customers/merges", Write, Plain, "duplicate combine join", "Merge two records of the same person: the source goes into the target. It cannot be undone.", [id("source", "The record that ends."), id("target", "The record that stays.")], [];
    "customer_window_close", "DELETE /v1/customers/{id}/unmasking-windows", Delete, Plain, "mask unmasking end", "Close a customer's unmasking window before its time: values are masked again.", [CUSTOMER], [];
    "customers_bulk_create", "POST /v1/customers/bulk", Bulk, Plain, "many import profiles", "Create many customers in one job. Watch it with bulk_status.", [CREATED], [("rows", Whole)];
    "customers_bulk_update", "PUT /v1/customers/bulk", Bulk, Plain, "many profiles edit", "Update many customers in one job. A row without `company` unlinks its customer. Watch it with bulk_status.", [CHANGED], [("rows", Whole)];
    "customers_bulk_delete", "DELETE /v1/customers/bulk", Delete, Many, "many remove profiles", "Delete many customers with everything that belongs to them. It cannot be undone.", [GONE], [];
    // Conversations
    "conversation_create", "POST /v1/customers/{id}/conversations", Write, Plain, "new open ticket case start", "Begin a conversation of a customer, without a message.",
        [CUSTOMER, may("name", NAME, "Its subject."), may("status", Kind::OneOf(&["open", "done"]), "open unless told."), may("priority", Kind::Count(5), "5 is the highest."), may("tags", Kind::List(20), "Tags by name."), CUSTOM], [];
    "conversation_update", "PATCH /v1/conversations/{id}", Write, Update, "close done snooze reopen assign priority status subject queue team ticket case edit", "Change a conversation: status, subject, priority, who has it, its queue, or snooze it until a moment. Lists replace what is there.",
        [CONVERSATION, may("status", Kind::OneOf(&["open", "snoozed", "done"]), "The new status."), may("snooze_until", Kind::Moment, "With status snoozed."), may("name", NAME, "The new subject."), may("priority", Kind::Count(5), "5 is the highest."), may("assigned_users", Kind::List(10), "Ids of users, all of them."), may("assigned_teams", Kind::List(10), "Ids of teams, all of them."), may("queue_id", ID, "The queue's id."), CUSTOM],
        [("snooze_until", Snooze), ("queue_id", In("queue", "id"))];
    "conversation_move", "PATCH /v1/conversations/{id}", Write, Update, "wrong owner reassign customer ticket", "Move a conversation to another customer. Nothing else of it is changed.", [CONVERSATION, id("customer_id", "Whose it becomes.")], [("customer_id", Key("customer"))];
    "conversation_delete", "DELETE /v1/conversations/{id}", Delete, Plain, "remove ticket case", "Delete a conversation with its messages. It cannot be undone.", [CONVERSATION], [];
    "conversation_tag", "POST /v1/conversations/{id}/tags", Write, Plain, "tags label add ticket", "Add tags to a conversation, by name. A tag that does not exist is created.", [CONVERSATION, must("tags", Kind::List(20), "Tags by name.")], [("tags", Whole)];
    "conversation_untag", "DELETE /v1/conversations/{id}/tags", Delete, Plain, "tags label remove ticket", "Take tags off a conversation, by name or id.", [CONVERSATION, must("tags", Kind::List(20), "Tags by name or id.")], [("tags", Whole)];
    "conversations_bulk_create", "POST /v1/conversations/bulk", Bulk, Plain, "many tickets import", "Create many conversations in one job. Watch it with bulk_status.", [CREATED], [("rows", Whole)];
    "conversations_bulk_update", "PUT /v1/conversations/bulk", Bulk, Plain, "many tickets close assign edit", "Change many conversations in one job. Watch it with bulk_status.", [CHANGED], [("rows", Whole)];
    // Messages and notes
    "message_record", "POST /v1/conversations/{id}/messages", Write, Plain, "log import call add", "Record a message that was exchanged elsewhere. It sends nothing; to write to a customer use a draft.",
        [CONVERSATION, must("channel", Kind::OneOf(&["email", "sms", "chat", "facebook", "twitter-dm", "twitter-tweet", "voice", "instagram", "whatsapp"]), "Where."), must("app", NAME, "What carried it, for instance twilio."), must("direction", Kind::OneOf(&["in", "out"]), "Whose words."), must("preview", TEXT, "The text."), may("subject", NAME, "E-mail only."), may("sent_at", Kind::Moment, "When.")], [];
    "message_update", "PATCH /v1/messages/{id}", Write, Update, "spam edit move", "Change a recorded message: its custom attributes, whether it is spam, or which conversation it is in.", [id("message_id", "The message's id."), may("spam", Kind::Flag, "Whether it is spam."), may("conversation_id", ID, "The conversation it moves to."), CUSTOM], [("conversation_id", Key("conversation"))];
    "message_redact", "POST /v1/messages/{id}/redactions", Delete, Plain, "card number personal data remove erase files text black out", "Take a message's text, or some of its files, out for good: for card numbers and the like. It cannot be undone. Give exactly one of the two.", [id("message_id", "The message's id."), may("preview", TEXT, "The text as it should stand, with what is redacted left out."), may("attachments", IDS, "Ids of files to take out.")], [];
    "messages_bulk_create", "POST /v1/messages/bulk", Bulk, Plain, "many import record", "Record many messages in one job. It sends nothing. Watch it with bulk_status.", [CREATED], [("rows", Whole)];
    "messages_bulk_update", "PUT /v1/messages/bulk", Bulk, Plain, "many edit", "Change many recorded messages in one job. Watch it with bulk_status.", [CHANGED], [("rows", Whole)];
    "note_update", "PATCH /v1/notes/{id}", Write, Update, "edit comment internal", "Change the words of a private note; they are replaced whole.", [id("note_id", "The note's id, from conversation_notes."), must("body", TEXT, "The new words, whole.")], [];
    "note_delete", "DELETE /v1/notes/{id}", Delete, Plain, "remove comment internal", "Delete a private note. It cannot be undone.", [id("note_id", "The note's id, from conversation_notes.")], [];
    "notes_bulk_create", "POST /v1/notes/bulk", Bulk, Plain, "many comments", "Add private notes to many conversations in one job; each row has `conversation` and `body`. Watch it with bulk_status.", [CREATED], [("rows", Whole)];
    "notes_bulk_update", "PUT /v1/notes/bulk", Bulk, Plain, "many comments edit", "Change many private notes in one job. Watch it with bulk_status.", [CHANGED], [("rows", Whole)];
    // Forwards and files
    "conversation_forward", "POST /v1/conversations/{id}/forwards", Send, Plain, "share email mail outside partner", "Forward a whole conversation by e-mail. It leaves the house as soon as it is approved.",
        [CONVERSATION, must("to", Kind::List(20), "E-mail addresses, or placeholders."), may("subject", NAME, "The subject."), may("body", TEXT, "Words before it.")], [("to", Each("to", "email"))];
    "forward_update", "PUT /v1/forwards/{id}", Send, Plain, "edit reschedule forwarded", "Change a forward that was not sent yet, or when it goes out.", [id("forward_id", "The forward's id, from conversation_forwards."), may("subject", NAME, "The subject."), may("body", TEXT, "Words before it."), may("send_at", Kind::Moment, "When it goes out.")], [];
    "draft_file_remove", "DELETE /v1/drafts/{id}/attachments/{attachmentId}", Delete, Plain, "attachment take off", "Take a file off a draft; the file is gone with it.", [id("draft_id", "The draft's id."), FILE], [];
    "forward_file_remove", "DELETE /v1/forwards/{id}/attachments/{attachmentId}", Delete, Plain, "attachment take off", "Take a file off a forward that was not sent yet.", [id("forward_id", "The forward's id."), FILE], [];
    "attachment_update", "PUT /v1/attachments/{id}", Write, Plain, "file rename redact", "Rename a file of a message or note, or mark it as redacted.", [FILE, may("name", NAME, "Its new name."), may("redacted", Kind::Flag, "Whether it is redacted.")], [];
    "media_update", "PUT /v1/media/{id}", Write, Plain, "file rename redact", "Rename a media file, or mark it as redacted.", [FILE, may("name", NAME, "Its new name."), may("redacted", Kind::Flag, "Whether it is redacted.")], [];
    // Klasses and records
    "klass_create", "POST /v1/klasses", Write, Plain, "schema type custom object define", "Define a new klass, a kind of record. Its name can never be changed.", [must("name", ID, "Letters, digits, _ and -."), may("display_name", NAME, "What people call it."), may("icon", ID, "An icon's name."), may("color", ID, "A colour.")], [];
    "klass_update", "PUT /v1/klasses/{id}", Write, Update, "schema type custom object disable rename", "Change what a klass is called, or whether it is in use.", [id("klass_id", "The klass's id."), may("display_name", NAME, "What people call it."), may("status", Kind::OneOf(&["enabled", "disabled"]), "Whether it is in use.")], [];
    "klass_delete", "DELETE /v1/klasses/{id}", Delete, Plain, "schema type custom object remove", "Delete a klass that has no records any more.", [id("klass_id", "The klass's id.")], [];
    "kobject_delete", "DELETE /v1/klasses/{name}/{id}", Delete, Plain, "record custom object remove order", "Delete one KObject. It cannot be undone.", [must("klass", Kind::Words(128), "The klass's name."), id("kobject_id", "The record's id.")], [];
    "kobjects_bulk_update", "PUT /v1/klasses/{name}/bulk", Bulk, Plain, "many records custom objects edit", "Change many KObjects of one klass in one job. Watch it with bulk_status.", [must("klass", Kind::Words(128), "The klass's name."), CHANGED], [("rows", Whole)];
    "kobjects_bulk_delete", "DELETE /v1/klasses/{name}/bulk", Delete, Many, "many records custom objects remove", "Delete many KObjects of one klass. It cannot be undone.", [must("klass", Kind::Words(128), "The klass's name."), GONE], [];
    "metadata_update", "PUT /v1/metadata/{resource}", Write, Plain, "schema attributes fields define masking sensitive", "Define or change attributes of customers, conversations or a klass. It changes every record's form.", [must("resource", Kind::Words(128), "customer, conversation, or kobject.order."), must("properties", Kind::Fields, "Attributes by name, as the API describes them.")], [];
    // Companies
    "company_create", "POST /v1/companies", Write, Plain, "organisation organization account new add", "Create a company that customers can belong to.", [must("name", NAME, "Its name, 3 letters or more."), may("external_id", NAME, "The org's own id."), may("domains", Kind::List(20), "Mail domains."), CUSTOM], [("domains", Each("domains", "domain"))];
    "company_update", "PUT /v1/companies/{id}", Write, Update, "organisation organization account edit", "Change a company's record. Give only what changes.", [id("company_id", "The company's id."), may("name", NAME, "Its new name."), may("external_id", NAME, "The org's own id."), CUSTOM], [];
    "companies_bulk_create", "POST /v1/companies/bulk", Bulk, Plain, "many organisations import", "Create many companies in one job. Watch it with bulk_status.", [CREATED], [("rows", Whole)];
    "companies_bulk_update", "PUT /v1/companies/bulk", Bulk, Plain, "many organisations edit", "Change many companies in one job. Watch it with bulk_status.", [CHANGED], [("rows", Whole)];
    // People of the org
    "user_invite", "POST /v1/users", Write, Plain, "agent colleague new add", "Invite a colleague: they get a mail. Roles come by permission sets.", [must("email", NAME, "Their address."), may("name", NAME, "Their name."), may("role_groups", IDS, "Ids of permission sets.")], [];
    "user_update", "PUT /v1/users/{id}", Write, Update, "agent colleague edit deactivate", "Change a colleague's record: name, signature, permission sets, or whether they are deleted.", [id("user_id", "The user's id."), may("display_name", NAME, "What is shown."), may("email_signature", TEXT, "Below their mails."), may("role_groups", IDS, "Ids of permission sets, all of them."), may("deleted", Kind::Flag, "true deletes.")], [];
    "own_user_update", "PUT /v1/users/current", Write, Plain, "myself profile signature", "Change the record of the user whose key this is.", [may("display_name", NAME, "What is shown."), may("email_signature", TEXT, "Below their mails.")], [];
    "user_password_reset", "POST /v1/users/passwordreset", Send, Plain, "forgotten login sign in colleague", "Mail a colleague what they need to set a new password.", [must("domain", NAME, "The org's name in the address."), must("email", NAME, "Their address.")], [];
    "team_create", "POST /v1/teams", Write, Plain, "group new add", "Create a team of colleagues, which conversations can be assigned to.", [must("name", NAME, "Its name."), may("display_name", NAME, "What is shown."), may("members", IDS, "Ids of users.")], [];
    "team_update", "PATCH /v1/teams/{id}", Write, Update, "group edit rename", "Change a team: its name, or all of its members.", [id("team_id", "The team's id."), may("name", NAME, "Its name."), may("display_name", NAME, "What is shown."), may("members", IDS, "Ids of users, all of them.")], [];
    "team_delete", "DELETE /v1/teams/{id}", Delete, Plain, "group remove", "Delete a team. What is assigned to it has to be assigned anew.", [id("team_id", "The team's id.")], [];
    "team_members_add", "POST /v1/teams/{id}/members", Write, Plain, "group join colleague user", "Add colleagues to a team; those who are in it stay.", [id("team_id", "The team's id."), must("members", IDS, "Ids of users.")], [];
    "team_members_remove", "DELETE /v1/teams/{id}/members", Delete, Plain, "group leave colleague user", "Take colleagues out of a team; they stay users of the org.", [id("team_id", "The team's id."), must("members", IDS, "Ids of users.")], [];
    "role_group_create", "POST /v1/role-groups", Write, Plain, "permission set roles rights new", "Create a permission set. It gives everybody who has it these roles.", [must("name", NAME, "Its name."), may("description", Kind::Words(1_024), "What it is for."), must("roles", Kind::List(200), "Names of roles, from role_list.")], [];
    "role_group_update", "PUT /v1/role-groups/{id}", Write, Plain, "permission set roles rights edit", "Change a permission set, and with it what everybody who has it may do.", [id("role_group_id", "Its id."), must("name", NAME, "Its name."), may("description", Kind::Words(1_024), "What it is for."), may("roles", Kind::List(200), "Names of roles, all of them.")], [];
    "role_group_delete", "DELETE /v1/role-groups/{id}", Delete, Plain, "permission set roles rights remove", "Delete a permission set; who has it loses its roles.", [id("role_group_id", "Its id.")], [];
    "token_revoke", "DELETE /v1/auth/tokens/{id}", Delete, Plain, "api key access remove", "Revoke an API key: whatever uses it stops working at once.", [id("token_id", "Its id, from token_list.")], [];
    // Settings
    "brand_create", "POST /v1/brands", Write, Plain, "name new add", "Create a brand, a name the org writes under.", [must("name", NAME, "Its name."), may("icon_url", Kind::Words(2_048), "Its picture.")], [];
    "brand_update", "PATCH /v1/brands/{id}", Write, Update, "name edit", "Change a brand's name or picture, or make it the default.", [id("brand_id", "Its id."), may("name", NAME, "Its name."), may("icon_url", Kind::Words(2_048), "Its picture."), may("default", Kind::Flag, "Whether it is the default.")], [];
    "schedule_create", "POST /v1/schedules", Write, Plain, "business hours opening times new", "Create business hours. They decide when deadlines run.", [must("name", NAME, "Its name."), must("timezone", ID, "An IANA name such as Europe/Berlin."), must("hours", Kind::Fields, "Minutes of the day by day, 0 is Sunday: {\"1\": [[480, 1020]]}.")], [];
    "schedule_update", "PUT /v1/schedules/{id}", Write, Update, "business hours opening times edit", "Change business hours. They decide when deadlines run.", [id("schedule_id", "Its id."), may("name", NAME, "Its name."), may("timezone", ID, "An IANA name."), may("hours", Kind::Fields, "Minutes of the day by day, 0 is Sunday.")], [];
    "schedule_delete", "DELETE /v1/schedules/{id}", Delete, Plain, "business hours opening times remove", "Delete business hours that nothing uses any more.", [id("schedule_id", "Its id.")], [];
    "shortcut_create", "POST /v1/shortcuts", Write, Plain, "template macro canned prepared text new", "Create a prepared text for colleagues to use in answers.", [must("name", NAME, "Its name."), must("text", TEXT, "The text."), may("is_private", Kind::Flag, "Whether only some see it.")], [("text", In("draft", "text"))];
    "spam_sender_set", "PUT /v1/spam/senders", Write, Plain, "block allow blacklist whitelist junk", "Put an address or domain on the list of senders whose mail is always, or never, spam.", [must("sender", NAME, "An address or a domain."), must("list", Kind::OneOf(&["whitelist", "blacklist"]), "Which list.")], [];
    "spam_sender_remove", "DELETE /v1/spam/senders/{id}", Delete, Plain, "block allow blacklist whitelist junk", "Take a sender off the list of spam senders.", [id("sender_id", "Its id, from spam_sender_list.")], [];
    // Routing
    "queue_create", "POST /v1/routing/queues", Write, Plain, "routing new add", "Create a queue that conversations wait in.", [must("name", NAME, "Its name."), may("display_name", NAME, "What is shown."), may("key", ID, "A key of your own that stays."), may("priority", Kind::Count(5), "5 is the highest.")], [];
    "queue_update", "PUT /v1/routing/queues/{id}", Write, Update, "routing edit priority", "Change a queue's name or priority. The default queue takes neither.", [id("queue_id", "Its id."), may("name", NAME, "Its name."), may("display_name", NAME, "What is shown."), may("priority", Kind::Count(5), "5 is the highest.")], [];
    "queue_rule_create", "POST /v1/routing/queue-rules", Write, Plain, "routing criteria new", "Create a rule that puts conversations into a queue. The first rule that fits wins.", [must("name", NAME, "Its name."), must("queue", ID, "The queue's id."), must("criteria", Kind::Fields, "Search criteria: {\"and\": [...]}."), may("enabled", Kind::Flag, "Whether it counts.")], [];
    "queue_rule_update", "PUT /v1/routing/queue-rules/{id}", Write, Plain, "routing criteria edit disable", "Change a rule that puts conversations into a queue; give all of it.", [id("rule_id", "Its id."), must("name", NAME, "Its name."), must("queue", ID, "The queue's id."), must("criteria", Kind::Fields, "Search criteria: {\"and\": [...]}."), may("enabled", Kind::Flag, "Whether it counts.")], [];
    "queue_rule_order", "PUT /v1/routing/queue-rules/order", Write, Plain, "routing sort sequence first", "Put the rules of routing in another order. The first that fits wins.", [must("order", Kind::List(500), "Ids of all rules in their new order.")], [];
    "queue_rule_delete", "DELETE /v1/routing/queue-rules/{id}", Delete, Plain, "routing criteria remove", "Delete a rule that puts conversations into a queue.", [id("rule_id", "Its id.")], [];
    "work_session_update", "PUT /v1/routing/work-sessions/{id}", Write, Plain, "agent status available offline busy shift", "Set an agent's status: whether they get work. Offline ends their shift.", [id("session_id", "Its id, from work_session_list."), must("status_type", Kind::OneOf(&["available", "unavailable", "busy", "offline"]), "The new status.")], [];
    "work_item_create", "POST /v1/routing/work-items", Write, Plain, "route offer conversation to agents", "Have a conversation routed: it waits in its queue for an agent.", [must("conversation", ID, "The conversation's id."), may("queue", ID, "The queue's id.")], [];
    "webhook_delete", "DELETE /v1/outbound-webhooks/{id}", Delete, Plain, "events remove stop", "Delete a webhook: its receiver is told of nothing any more.", [id("webhook_id", "Its id.")], [];
    "tracking_event", "POST /v1/tracking/event", Write, Plain, "visitor website happened", "Record something a customer did elsewhere, for their timeline.", [must("name", NAME, "What happened."), may("customer", ID, "The customer's id."), may("meta", Kind::Fields, "Details.")], [];
    "tracking_identity", "POST /v1/tracking/identity", Write, Plain, "visitor website who", "Say who a tracked visitor is, by one of these.", [may("email", NAME, "An address."), may("phone", Kind::Words(40), "A number."), may("external_id", NAME, "The org's own id."), may("name", NAME, "A name.")], [];
    "tracking_identity_event", "POST /v1/tracking/identityEvent", Write, Plain, "visitor website who happened", "Say who a tracked visitor is, and record what they did.", [must("identity", Kind::Fields, "email, phone, externalId or name."), must("event", Kind::Fields, "name, and meta with details.")], [];
}

/// Operations that other tools cover, by the tool.
#[cfg(test)]
pub(super) const COVERED: &[(&str, &str)] = &[
    ("PATCH /v1/customers/{id}", "customer_update"),
    ("PUT /v1/customers/{id}", "customer_update"),
    ("POST /v1/customers/{id}/unmasking-windows", "customer_unmask"),
    ("POST /v1/conversations", "conversation_create"),
    ("PUT /v1/conversations/{id}", "conversation_update"),
    ("POST /v1/messages", "message_record"),
    ("POST /v1/customers/{id}/messages", "message_record"),
    ("PUT /v1/messages/{id}", "message_update"),
    ("POST /v1/notes", "conversation_add_note"),
    ("POST /v1/conversations/{id}/notes", "conversation_add_note"),
    ("PUT /v1/notes/{id}", "note_update"),
    ("POST /v1/customers/{id}/drafts", "draft_email"),
    ("PUT /v1/drafts/{id}", "draft_update"),
    ("DELETE /v1/drafts/{id}", "draft_delete"),
    ("POST /v1/klasses/{name}", "kobject_create"),
    ("POST /v1/customers/{id}/klasses/{name}", "kobject_create"),
    ("PUT /v1/klasses/{name}/{id}", "kobject_update"),
    ("POST /v1/klasses/{name}/bulk", "kobject_bulk_create"),
    ("PUT /v1/teams/{id}", "team_update"),
];

/// Operations no tool asks for, and why.
#[cfg(test)]
pub(super) const LEFT_OUT: &[(&str, &str)] = &[
    ("POST /v1/drafts/{id}/attachments", "an upload takes a file, and a model has none"),
    ("POST /v1/forwards/{id}/attachments", "an upload takes a file, and a model has none"),
    ("POST /v1/attachments", "an upload takes a file, and a model has none"),
    ("POST /v1/media", "an upload takes a file, and a model has none"),
    ("PUT /v1/auth/settings", "how everybody signs in is set by a person at the desk"),
    ("POST /v1/auth/tokens", "the answer holds a secret that is shown once, and no model may see it"),
    ("DELETE /v1/auth/tokens/current", "it would cut this console off in the middle of its work"),
    ("POST /v1/outbound-webhooks", "it would tell an address a model chose of everything that happens"),
];
