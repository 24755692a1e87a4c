//! Owns the tools that read and need no code of their own: a question to the reader and how a row of its answer is told, one line
//! each ([`LOOKS`]). Rows are told by `looks/rows`, so that what others wrote passes the vault and secrets have no way in.

pub(super) mod rows;

use futures::future::BoxFuture;

use super::{
    Answer, Cx, Kind, Outcome, Param, Spec, ToolError,
    answer::{Listing, Shown, list, map, own},
    conversations, kobjects,
    params::Arguments,
};
use crate::{
    approval::Effect,
    domain::{ConversationId, CustomerId, KlassName, KobjectId, UserId},
};

/// One question.
#[derive(Debug)]
pub(super) struct Look {
    /// What it is.
    pub spec: Spec,
    read: for<'a> fn(&'a Arguments, &'a Cx) -> BoxFuture<'a, Result<Shown, ToolError>>,
}

impl Look {
    /// Asks it.
    pub(super) async fn run(&self, arguments: Arguments, cx: &Cx) -> Result<Outcome, ToolError> {
        Ok(Outcome::Answer(Answer::new((self.read)(&arguments, cx).await?, &cx.vault)))
    }
}

/// Rows of a list unless the model asks for another number.
const ROWS: usize = 30;

const LIMIT: Param = Param::may("limit", Kind::Count(100), "30 unless told.");
const CUSTOMER: Param = Param::must("customer_id", Kind::Words(64), "The customer's id.");
const CONVERSATION: Param = Param::must("conversation_id", Kind::Words(64), "The conversation's id.");

const fn id(name: &'static str, about: &'static str) -> Param {
    Param::must(name, Kind::Words(64), about)
}

fn customer(arguments: &Arguments) -> Result<CustomerId, ToolError> {
    Ok(CustomerId::new(arguments.must("customer_id")?))
}

fn conversation(arguments: &Arguments) -> Result<ConversationId, ToolError> {
    Ok(ConversationId::new(arguments.must("conversation_id")?))
}

/// A list whose rows are the records.
fn all<T>(name: &'static str, arguments: &Arguments, rows: &[T], show: fn(&T) -> Shown) -> Shown {
    Listing::whole(name, arguments.count("limit", ROWS), None).show(rows, show)
}

/// A list whose rows are less than the records.
fn some<T>(
    name: &'static str,
    detail: &'static str,
    arguments: &Arguments,
    rows: &[T],
    show: fn(&T) -> Shown,
) -> Shown {
    Listing::whole(name, arguments.count("limit", ROWS), Some(detail)).show(rows, show)
}

macro_rules! looks {
    ($($name:literal, $words:literal, $about:literal, [$($param:expr),*], |$arguments:ident, $cx:ident| $read:expr;)*) => {
        /// One tool for each question.
        pub(super) static LOOKS: &[Look] = &[$(Look {
            spec: Spec { name: $name, about: $about, words: $words, effect: Effect::Read, polls: false, params: &[$($param),*], example: "" },
            read: |$arguments, $cx| Box::pin(async move { let _ = $arguments; Ok::<Shown, ToolError>($read) }),
        }),*];
    };
}

#[rustfmt::skip]
looks! {
    // Around conversations
    "conversation_queue", "open tickets waiting breach sla deadline next shift", "List the org's open conversations, the soonest deadline first: what the shift should look at next.", [LIMIT],
        |arguments, cx| { let page = cx.reader.open_conversations().await?; Listing { total: page.total, more: page.more, ..conversations::sparse(arguments.count("limit", ROWS)) }.show(&page.rows, |row| conversations::row_of(row, cx)) };
    "conversation_snoozed", "sleeping later waiting tickets", "List conversations that are snoozed, the latest change first.", [LIMIT],
        |arguments, cx| { let page = cx.reader.snoozed_conversations().await?; Listing { total: page.total, more: page.more, ..conversations::sparse(arguments.count("limit", ROWS)) }.show(&page.rows, |row| conversations::row_of(row, cx)) };
    "conversation_archived", "old history tickets earlier years", "List a customer's conversations that are too old for the ordinary search, newest change first.", [CUSTOMER, LIMIT],
        |arguments, cx| { let limit = arguments.count("limit", ROWS); let page = cx.reader.archived_conversations_of(&customer(arguments)?, limit).await?; Listing { total: page.total, more: page.more, ..conversations::sparse(limit) }.show(&page.rows, |row| conversations::row_of(row, cx)) };
    "conversation_notes", "comments internal private colleagues", "Read a conversation's private notes: what colleagues told each other.", [CONVERSATION, LIMIT],
        |arguments, cx| all("notes", arguments, &cx.reader.notes_of(&conversation(arguments)?).await?, rows::note);
    "conversation_events", "changes log history who when status", "Read what was changed of a conversation, by whom and when, newest first.", [CONVERSATION, LIMIT],
        |arguments, cx| all("events", arguments, &cx.reader.events_of(&conversation(arguments)?).await?, rows::event);
    "conversation_forwards", "forwarded shared mails", "List mails by which a conversation was forwarded, or will be.", [CONVERSATION, LIMIT],
        |arguments, cx| all("forwards", arguments, &cx.reader.forwards_of(&conversation(arguments)?).await?, rows::forward);
    "conversation_times", "handle time worked effort minutes", "Read who worked on a conversation and for how long.", [CONVERSATION, LIMIT],
        |arguments, cx| all("times", arguments, &cx.reader.handle_times_of(&conversation(arguments)?).await?, rows::handle_time);
    "conversation_work_items", "routing routed queued agent offered", "Read how a conversation went through routing.", [CONVERSATION, LIMIT],
        |arguments, cx| all("work_items", arguments, &cx.reader.work_items_of(&conversation(arguments)?).await?, rows::work_item);
    "conversation_files", "attachments pictures documents invoices", "List the files of a conversation by name, kind and size. Their content is not read.", [CONVERSATION, LIMIT],
        |arguments, cx| all("files", arguments, &cx.reader.attachments_of(&conversation(arguments)?).await?, rows::file);
    // Around customers
    "customer_drafts", "unsent replies waiting list", "List a customer's drafts with their words: what waits to be sent.", [CUSTOMER, LIMIT],
        |arguments, cx| all("drafts", arguments, &cx.reader.drafts_of(&customer(arguments)?).await?, rows::draft);
    "customer_merges", "duplicates history merged", "List the merges a customer's record took part in.", [CUSTOMER, LIMIT],
        |arguments, cx| all("merges", arguments, &cx.reader.merges_of(&customer(arguments)?).await?, rows::merge);
    "customer_visits", "website tracking sessions seen", "List a tracked customer's visits to the org's site.", [CUSTOMER, LIMIT],
        |arguments, cx| all("visits", arguments, &cx.reader.visits_of(&customer(arguments)?).await?, rows::visit);
    "customer_timeline", "history everything chronological", "List what stands on a customer's timeline, newest first: messages, notes, drafts, records and changes, each with its first words.", [CUSTOMER, LIMIT],
        |arguments, cx| { let timeline = cx.reader.timeline(&customer(arguments)?).await?; let mut items: Vec<_> = timeline.items.iter().collect(); items.reverse(); Listing { more: timeline.rest.is_some(), ..Listing::whole("items", arguments.count("limit", ROWS), Some("conversation_get")) }.show(&items, |item| rows::item(item)) };
    "company_get", "organisation organization account details", "Read one company: names, domains, custom attributes.", [id("company_id", "The company's id.")],
        |arguments, cx| map([("company", rows::company(&cx.reader.company(arguments.must("company_id")?).await?.ok_or(ToolError::NotFound { what: "company" })?))]);
    "company_find", "organisation organization account search lookup", "Find companies by words of their name, or the one with an external id. Give one of the two.", [Param::may("name", Kind::Words(255), "Words of the name."), Param::may("external_id", Kind::Words(256), "The org's own id."), LIMIT],
        |arguments, cx| {
            let found = match (arguments.words("name"), arguments.words("external_id")) {
                (Some(name), None) => cx.reader.companies_named(&cx.fill(name)?).await?.rows,
                (None, Some(id)) => cx.reader.company_by_external_id(&cx.fill(id)?).await?.into_iter().collect(),
                _ => return Err(ToolError::Arguments("give exactly one of `name` and `external_id`".into())),
            };
            some("companies", "company_get", arguments, &found, rows::company_brief)
        };
    // Records
    "kobject_get", "custom object record order details read", "Read one KObject by its id, with all its attributes.", [Param::must("klass", Kind::Words(128), "The klass's name."), id("kobject_id", "The record's id.")],
        |arguments, cx| map([("kobject", kobjects::row_of(&cx.reader.kobject(&KlassName::new(arguments.must("klass")?), &KobjectId::new(arguments.must("kobject_id")?)).await?))]);
    "metadata_get", "schema attributes fields definition masked sensitive", "Read which attributes a kind of record has: customer, conversation, company, or kobject.order.", [Param::must("resource", Kind::Words(128), "For instance customer or kobject.order.")],
        |arguments, cx| Listing::whole("attributes", 100, None).show(&cx.reader.metadata(arguments.must("resource")?).await?, kobjects::attribute);
    // People of the org
    "user_list", "agents colleagues people who staff", "List the org's users: who works here, by name and id.", [LIMIT],
        |arguments, cx| { let directory = cx.reader.directory().await?; let mut users: Vec<_> = directory.users.into_values().collect(); users.sort_by(|a, b| a.name.cmp(&b.name)); all("users", arguments, &users, rows::user) };
    "user_current", "me myself whoami own key roles", "Read which user this key belongs to, and what it may do.", [],
        |_arguments, cx| map([("user", rows::user(&cx.reader.me().await?))]);
    "user_teams", "groups colleague membership", "List the teams one user is in, with their members.", [id("user_id", "The user's id.")],
        |arguments, cx| all("teams", arguments, &cx.reader.teams_of(&UserId::new(arguments.must("user_id")?)).await?, rows::team);
    "team_list", "groups members who is in", "List the org's teams with the ids of their members.", [LIMIT],
        |arguments, cx| all("teams", arguments, &cx.reader.teams().await?, rows::team);
    "role_group_list", "permission sets roles rights", "List permission sets and the roles each gives.", [LIMIT],
        |arguments, cx| all("role_groups", arguments, &cx.reader.role_groups().await?, rows::role_group);
    "role_list", "permissions rights names", "List the names of all roles there are, for permission sets.", [],
        |_arguments, cx| map([("roles", list(cx.reader.roles().await?.into_iter().take(500), own)), ("sparse", own(false))]);
    "token_list", "api keys access secrets", "List API keys: names, roles, last use. Secrets are not among what is read.", [LIMIT],
        |arguments, cx| all("tokens", arguments, &cx.reader.tokens().await?, rows::token);
    "token_current", "own api key roles expiry", "Read what this console's own key may do, and when it ends.", [],
        |_arguments, cx| map([("token", rows::token(&cx.reader.own_token().await?))]);
    // Settings
    "brand_list", "names senders", "List the brands the org writes under, by name and id.", [LIMIT],
        |arguments, cx| all("brands", arguments, &cx.reader.brands().await?, rows::brand);
    "schedule_list", "business hours opening times open closed", "List business hours: when deadlines run.", [LIMIT],
        |arguments, cx| all("schedules", arguments, &cx.reader.schedules().await?, rows::schedule);
    "schedule_default", "business hours opening times open closed", "Read the business hours that count where none are named.", [],
        |_arguments, cx| map([("schedule", rows::schedule(&cx.reader.default_schedule().await?))]);
    "tag_list", "labels names ids", "List the tags the org uses, by name and id.", [LIMIT],
        |arguments, cx| all("tags", arguments, &cx.reader.tags().await?, rows::tag);
    "shortcut_list", "templates macros canned prepared texts answers", "List prepared texts for answers, with their words.", [LIMIT],
        |arguments, cx| all("shortcuts", arguments, &cx.reader.shortcuts().await?, rows::shortcut);
    "spam_sender_list", "blocked blacklist whitelist junk", "List senders whose mail is always, or never, spam.", [LIMIT],
        |arguments, cx| all("spam_senders", arguments, &cx.reader.spam_senders().await?, rows::spam_sender);
    "outbound_account_list", "senders from addresses numbers channels", "List the addresses and numbers the org can write from.", [LIMIT],
        |arguments, cx| all("accounts", arguments, &cx.reader.outbound_accounts().await?, rows::outbound_account);
    "survey_list", "satisfaction csat forms", "List satisfaction surveys; their results stand on conversations.", [LIMIT],
        |arguments, cx| all("surveys", arguments, &cx.reader.survey_forms().await?, rows::survey);
    "sla_list", "policies deadlines targets first response", "List SLA policies with the targets in force.", [LIMIT],
        |arguments, cx| some("slas", "sla_get", arguments, &cx.reader.slas().await?, rows::sla);
    "sla_get", "policy deadlines targets versions", "Read one SLA policy with all its versions.", [id("sla_id", "The policy's id.")],
        |arguments, cx| map([("sla", rows::sla_whole(&cx.reader.sla(arguments.must("sla_id")?).await?))]);
    "webhook_get", "events receiver url", "Read one webhook by its id: where the desk tells of what. There is no list of them.", [id("webhook_id", "Its id.")],
        |arguments, cx| map([("webhook", rows::webhook(&cx.reader.webhook(arguments.must("webhook_id")?).await?))]);
    // Routing
    "queue_list", "routing names ids", "List the queues conversations wait in, by name and id.", [LIMIT],
        |arguments, cx| all("queues", arguments, &cx.reader.queues().await?, rows::queue);
    "queue_rule_list", "routing criteria order", "List the rules that put conversations into queues, in their order.", [LIMIT],
        |arguments, cx| all("queue_rules", arguments, &cx.reader.queue_rules().await?, rows::queue_rule);
    "work_session_list", "agents available offline busy shift who is there", "List agents' shifts: who is there, and whether they get work.", [Param::may("running", Kind::Flag, "Only those that go on now."), LIMIT],
        |arguments, cx| { let running = arguments.value("running").is_some_and(|running| running == true); let sessions = if running { cx.reader.running_sessions().await? } else { cx.reader.work_sessions().await? }; all("work_sessions", arguments, &sessions, rows::work_session) };
    "work_item_list", "routing routed queued offered", "List conversations as routing sees them: waiting, offered, done.", [LIMIT],
        |arguments, cx| all("work_items", arguments, &cx.reader.work_items().await?, rows::work_item);
    "audit_list", "log who changed record history admin", "List the desk's own audit lines about one record, newest first.", [Param::must("object_type", Kind::Words(64), "For instance customer."), id("object_id", "The record's id."), LIMIT],
        |arguments, cx| all("lines", arguments, &cx.reader.audit_of(arguments.must("object_type")?, arguments.must("object_id")?).await?, rows::audit_line);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_question_only_reads() {
        assert!(LOOKS.iter().all(|look| look.spec.effect == Effect::Read && !look.spec.polls));
    }

    #[test]
    fn a_list_says_whether_its_rows_are_whole() {
        let vault = crate::privacy::Vault::new();
        let told =
            |listing: Listing, rows: &[u64]| Answer::new(listing.show(rows, |row| own(*row)), &vault).into_value();
        let whole = told(Listing::whole("rows", 5, None), &[1, 2]);
        assert_eq!(whole, serde_json::json!({"rows": [1, 2], "total": 2, "sparse": false}));
        let sparse = told(Listing::whole("rows", 5, Some("row_get")), &[1]);
        assert_eq!((&sparse["sparse"], &sparse["detail_with"]), (&true.into(), &"row_get".into()));
        let cut = told(Listing::whole("rows", 1, None), &[1, 2]);
        assert_eq!((&cut["sparse"], &cut["total"]), (&true.into(), &2.into()));
        assert!(cut["note"].is_string());
        let more = told(Listing { more: true, ..Listing::whole("rows", 5, None) }, &[1]);
        assert_eq!((&more["total"], &more["sparse"]), (&serde_json::Value::Null, &true.into()));
    }
}
