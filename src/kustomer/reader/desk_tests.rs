//! Every question of the reader against the simulated desk: something sensible comes back, and what the desk can be asked
//! beside that is raw on purpose.

use std::collections::BTreeSet;

use secrecy::SecretString;

use super::*;
use crate::{
    domain::{FieldValue, KlassName, KobjectId, MessageId},
    kustomer::{
        Found,
        search::{Context, Scope},
    },
    sandbox::{self, Options, Running},
    transport::Endpoint,
};

/// Reads without a method of their own, by the reason: whoever needs one uses [`Reader::record`] or [`Reader::raw`].
const RAW: [(&str, &[&str]); 5] = [
    (
        "the list of its kind brings it whole",
        &[
            "/v1/auth/tokens/{id}",
            "/v1/brands/{id}",
            "/v1/customers/merges/{id}",
            "/v1/forwards/{id}",
            "/v1/role-groups/{id}",
            "/v1/routing/queue-rules/{id}",
            "/v1/routing/queues/{id}",
            "/v1/routing/work-items/{id}",
            "/v1/routing/work-sessions/{id}",
            "/v1/schedules/{id}",
            "/v1/shortcuts/{id}",
            "/v1/tags/{id}",
            "/v1/teams/{id}",
            "/v1/users/{id}",
        ],
    ),
    (
        "another read has the same records",
        &[
            "/v1/companies/{id}/klasses/{name}",
            "/v1/conversations/times/{ids}",
            "/v1/customers/{customerId}/events/{id}",
            "/v1/customers/{id}/events",
            "/v1/routing/users/{id}/work-sessions",
        ],
    ),
    (
        "a spelling, or a record's own read, which Reader::record asks for by its path",
        &[
            "/v1/conversations/externalId={externalId}",
            "/v1/messages/externalId={externalId}",
            "/v1/messages/externalid={externalId}",
        ],
    ),
    (
        "files that are being put together, before there is a message",
        &[
            "/v1/attachments/{id}",
            "/v1/drafts/{id}/attachments",
            "/v1/drafts/{id}/attachments/{attachmentId}",
            "/v1/forwards/{id}/attachments",
            "/v1/forwards/{id}/attachments/{attachmentId}",
            "/v1/media/{id}",
        ],
    ),
    (
        "what an administrator sets up in the browser, and pages for customers",
        &[
            "/v1/auth/customer/settings",
            "/v1/auth/settings",
            "/v1/cards",
            "/v1/chat/queues/metrics/{ids}",
            "/v1/chat/settings",
            "/v1/hooks/email",
            "/v1/hooks/web",
            "/v1/kb/articles",
            "/v1/kb/categories",
            "/v1/kb/forms",
            "/v1/kb/routes",
            "/v1/kb/tags",
            "/v1/kb/templates",
            "/v1/kb/themes",
            "/v1/kviews",
            "/v1/notifications",
            "/v1/outbound-webhooks",
            "/v1/outbound-webhooks/events",
            "/v1/outbound-webhooks/{id}/transactions",
            "/v1/p/auth/settings",
            "/v1/routing/queue-rules-criteria",
            "/v1/routing/teams/{id}/settings",
            "/v1/routing/user-statuses",
            "/v1/settings/{app}/{category}/{name}",
            "/v1/users/current/settings/{app}/{category}/{name}",
            "/v1/customers/{customerId}/sessions/{sessionId}/events",
        ],
    ),
];

struct Office {
    reader: Reader,
    running: Running,
}

impl Office {
    /// The clock stands: all that is asked has to fit into one minute of the budget.
    async fn new() -> Self {
        let (clock, _) = Clock::by_hand("2026-03-03T10:00:00Z".parse().expect("valid"));
        let options = Options { customers: 40, clock: clock.clone(), ..Options::default() };
        let running = sandbox::start(options).await.expect("a desk");
        let ready = running.ready();
        let way = |key: &str| {
            let endpoint = Endpoint { base: ready.kustomer.clone(), key: SecretString::from(key) };
            Transport::new(endpoint, clock.clone()).expect("loopback is accepted")
        };
        let keys = Call::get("steering", "/__sandbox/keys", Lane::Person);
        let keys = way(&ready.api_key).send(keys).await.expect("the desk can be steered").body;
        let admin = keys["keys"].as_array().and_then(|keys| keys.iter().find(|key| key["name"] == "admin"));
        let transport = way(admin.and_then(|key| key["token"].as_str()).expect("an admin's key"));
        Self { reader: Reader::new(transport, clock.clone()), running }
    }

    /// The ids of a list.
    async fn ids(&self, path: &str) -> Vec<String> {
        let rows = self.reader.resources(path.to_owned()).await.expect("a list");
        rows.iter().filter_map(|row| row["id"].as_str().map(str::to_owned)).collect()
    }

    /// The templates of the desk's reads that were asked for.
    async fn asked(&self) -> BTreeSet<&'static str> {
        let log = self.reader.get("steering", "/__sandbox/log".to_owned()).await.expect("a log");
        let entries = log["requests"].as_array().expect("requests");
        let paths = entries.iter().filter(|entry| entry["method"] == "GET").filter_map(|entry| entry["path"].as_str());
        paths.filter_map(template).collect()
    }
}

fn reads() -> impl Iterator<Item = &'static str> {
    sandbox::operations().filter(|(method, _)| *method == "GET").map(|(_, path)| path)
}

/// The operation a path belongs to: of those that fit the one with the most literal text.
fn template(path: &str) -> Option<&'static str> {
    let literal = |part: &str| part.split('{').next().unwrap_or_default().len();
    let fits = |template: &&str| {
        let parts = || template.split('/').zip(path.split('/'));
        template.split('/').count() == path.split('/').count()
            && parts().all(|(t, p)| if t.contains('{') { p.starts_with(&t[..literal(t)]) } else { t == p })
    };
    reads().filter(fits).max_by_key(|template| template.split('/').map(literal).sum::<usize>())
}

#[tokio::test]
async fn every_read_brings_something_sensible_and_the_rest_is_raw_on_purpose() {
    let office = Office::new().await;
    settings(&office).await;
    customers(&office).await;
    conversations(&office).await;
    searches(&office).await;
    let asked = office.asked().await;
    let raw: BTreeSet<&str> = RAW.iter().flat_map(|(_, paths)| paths.iter().copied()).collect();
    let missed: Vec<&str> = reads().filter(|path| !asked.contains(path) && !raw.contains(path)).collect();
    assert_eq!(missed, Vec::<&str>::new(), "neither read by a method nor raw on purpose");
    let all: BTreeSet<&str> = reads().collect();
    assert_eq!(raw.difference(&all).collect::<Vec<_>>(), Vec::<&&str>::new(), "raw, but the desk does not have it");
    drop(office.running);
}

async fn settings(office: &Office) {
    let reader = &office.reader;
    let me = reader.me().await.expect("a user");
    let token = reader.own_token().await.expect("a token");
    assert!(!me.name.raw().is_empty() && !token.roles.is_empty());
    let directory = reader.directory().await.expect("a directory");
    let sizes = [directory.users.len(), directory.teams.len(), directory.queues.len(), directory.tags.len()];
    assert!(sizes.iter().all(|size| *size > 1), "{sizes:?}");
    macro_rules! some {
        ($($question:ident)*) => {
            $(let rows = reader.$question().await.unwrap_or_else(|error| unreachable!("{}: {error}", stringify!($question)));
            assert!(!rows.is_empty(), stringify!($question));)*
        };
    }
    some! { teams role_groups tokens brands schedules tags shortcuts spam_senders outbound_accounts survey_forms queues
    queue_rules work_sessions work_items roles slas klasses }
    assert!(reader.default_brand().await.expect("a brand").default);
    assert!(reader.default_schedule().await.expect("a schedule").default);
    let policies = reader.slas().await.expect("policies");
    assert!(policies.iter().all(|policy| !policy.versions.is_empty()));
    let with_teams = reader.teams().await.expect("teams").into_iter().find_map(|team| team.members.first().cloned());
    let teams = reader.teams_of(&with_teams.expect("a member")).await.expect("their teams");
    assert!(!teams.is_empty());
    let company = office.ids("/v1/companies").await.remove(0);
    let company = reader.company(&company).await.expect("read").expect("there");
    let named = reader.companies_named(company.name.raw()).await.expect("companies");
    assert!(named.rows.iter().any(|other| other.id == company.id));
    if let Some(external) = &company.external_id {
        let found = reader.company_by_external_id(external.raw()).await.expect("read").expect("there");
        assert_eq!(found.id, company.id);
    }
    assert!(reader.company("66a1f0c2b7d4e9001c3a0000").await.expect("read").is_none());
    let missing = reader.webhook("66a1f0c2b7d4e9001c3a0000").await.map(|_| ()).map_err(|error| error.kind());
    assert_eq!(missing, Err(ErrorKind::NotFound));
    let missing = reader.bulk(&BulkId::new("66a1f0c2b7d4e9001c3a0000")).await.map(|_| ());
    assert_eq!(missing.map_err(|error| error.kind()), Err(ErrorKind::NotFound));
}

async fn customers(office: &Office) {
    let reader = &office.reader;
    let ids = office.ids("/v1/customers").await;
    assert_eq!(ids.len(), 40);
    let order = KlassName::new("order");
    let klass = reader.klass(&order).await.expect("a klass");
    assert!(!klass.attributes.is_empty());
    let (mut items, mut orders, mut gaps) = (0, 0, Vec::new());
    for id in ids.iter().take(15).map(|id| CustomerId::new(id.as_str())) {
        let customer = reader.customer(&id).await.expect("a customer");
        assert_eq!(customer.id, id);
        if let Some(external) = &customer.external_id {
            let found = reader.customer_by(Key::ExternalId(external.raw())).await.expect("read").expect("there");
            assert_eq!(found.id, id);
        }
        let timeline = reader.timeline(&id).await.expect("a timeline");
        (items, gaps) = (items + timeline.items.len(), [gaps, timeline.gaps].concat());
        orders += reader.kobjects_of(&id, &order).await.expect("orders").len();
    }
    assert!(items > 40 && orders > 0 && gaps.is_empty(), "{items} {orders} {gaps:?}");
    let first = CustomerId::new(ids[0].as_str());
    reader.company_link(&first).await.expect("a link or none");
    reader.merges_of(&first).await.expect("merges or none");
    reader.visits_of(&first).await.expect("visits or none");
    assert!(reader.customer_by(Key::Email("nobody@nowhere.example")).await.expect("read").is_none());
    assert!(reader.customer_by(Key::Phone("+15550000000")).await.expect("read").is_none());
    let page = reader.kobjects(&order, 1).await.expect("orders");
    let some = page.rows.iter().find(|kobject| kobject.external_id.is_some()).expect("an order with an id");
    let external = some.external_id.as_ref().map(Text::raw).unwrap_or_default();
    let found = reader.kobject_by_external_id(&order, external).await.expect("read").expect("there");
    assert_eq!(found.id, some.id);
    let id: &KobjectId = &some.id;
    let record = reader.record(format!("/v1/klasses/order/{id}")).await.expect("read").expect("there");
    assert_eq!(record.id(), id.as_str());
    assert!(some.custom.iter().any(|field| !matches!(field.value, FieldValue::Guarded(_))));
    let audited = reader.audit_of("customer", first.as_str()).await.expect("lines or none");
    assert!(audited.iter().all(|line| line.object == first.as_str()));
}

async fn conversations(office: &Office) {
    let reader = &office.reader;
    let queue = reader.open_conversations().await.expect("a queue");
    assert!(!queue.rows.is_empty() && queue.skipped == 0);
    let (mut files, mut notes, mut events) = (Vec::new(), 0, 0);
    for id in office.ids("/v1/conversations").await.iter().take(80).map(|id| ConversationId::new(id.as_str())) {
        let conversation = reader.conversation(&id).await.expect("a conversation");
        assert!(conversation.id == id && conversation.customer.is_some());
        let messages = reader.messages_of(&id).await.expect("messages");
        assert!(messages.iter().all(|message| message.conversation.as_ref() == Some(&id)));
        notes += reader.notes_of(&id).await.expect("notes").len();
        events += reader.events_of(&id).await.expect("events").len();
        for message in messages {
            files.extend((!message.attachments.is_empty()).then(|| (id.clone(), message.id.clone())));
        }
    }
    assert!(notes > 0 && events > 0);
    let (conversation, message) = files.first().expect("a message with a file");
    let message: &MessageId = message;
    let raw = reader.resource(format!("/v1/messages/{message}")).await.expect("read").expect("there");
    let file = raw["relationships"]["attachments"]["data"][0]["id"].as_str().expect("its file");
    let listed = reader.attachments_of(conversation).await.expect("files");
    assert!(listed.iter().any(|other| other.id == file));
    let fresh = reader.attachment(message, file).await.expect("a file");
    assert!(fresh.id == file && fresh.url.is_some());
    let record = reader.record(format!("/v1/messages/{message}")).await.expect("read").expect("there");
    assert_eq!(record.id(), message.as_str());
    let note = office.ids("/v1/notes").await.remove(0);
    assert!(reader.record(format!("/v1/notes/{note}")).await.expect("read").is_some());
    assert!(!office.ids("/v1/messages").await.is_empty());
    reader.forwards_of(conversation).await.expect("forwards or none");
    reader.handle_times_of(conversation).await.expect("times or none");
    reader.work_items_of(conversation).await.expect("items or none");
    let job = office.reader.get("GET /v1/bulk/{id}/batches", "/v1/bulk/66a1f0c2b7d4e9001c3a0000/batches".into()).await;
    assert_eq!(job.map_err(|error| error.kind()), Err(ErrorKind::NotFound));
}

async fn searches(office: &Office) {
    let reader = &office.reader;
    let zone = jiff::tz::TimeZone::UTC;
    for context in ["customer", "conversation", "message", "note", "company", "kobject_order"] {
        let context: Context = context.parse().expect("a context");
        let query = Query::parse("updated>=2020-01-01", &Scope::bare(&context, reader.clock().now(), &zone));
        let found = reader.find(&query.expect("a query"), 10).await.expect("rows");
        let rows = match found {
            Found::Customers(page) => page.rows.len(),
            Found::Conversations(page) => page.rows.len(),
            Found::Messages(page) => page.rows.len(),
            Found::Notes(page) => page.rows.len(),
            Found::Companies(page) => page.rows.len(),
            Found::Kobjects(page) => page.rows.len(),
        };
        assert!(rows > 0, "{context}");
    }
    let customer = CustomerId::new(office.ids("/v1/customers").await.remove(0));
    reader.archived_conversations_of(&customer, 10).await.expect("old ones or none");
    let external = reader.customer(&customer).await.expect("read").external_id.map(|id| id.raw().to_owned());
    let wanted = [external.unwrap_or_default(), "nobody-has-this".to_owned()];
    let resolved = reader.resolve_external_ids(&wanted).await.expect("resolved");
    assert_eq!(resolved.last().map(|(_, id)| id.clone()), Some(None));
}
