//! The reader against a scripted socket: which requests a question becomes, and what their answers become.

use secrecy::SecretString;
use serde_json::json;

use super::*;
use crate::{
    domain::{Channel, FieldValue, Guarded, Item, KlassName, SlaState},
    kustomer::changes,
    transport::{
        Endpoint,
        script::{Script, Step, json_answer},
    },
};

/// A reader before a desk that answers by path; unknown paths are 404.
async fn desk(answers: Vec<(&'static str, Step)>) -> (Reader, Script) {
    let rule = move |request: &str| {
        let target = request.split_whitespace().nth(1).unwrap_or_default().to_owned();
        let found = answers.iter().find(|(path, _)| target == *path || target.starts_with(&format!("{path}?")));
        found.map_or_else(|| json_answer(404, &json!({"errors": [{"title": "Not found"}]})), |(_, step)| step.clone())
    };
    let script = Script::answer(Box::new(rule)).await;
    let (clock, _hand) = Clock::by_hand("2025-03-04T12:00:00Z".parse().expect("valid"));
    let endpoint = Endpoint { base: script.base().to_owned(), key: SecretString::from("k-1") };
    let transport = Transport::new(endpoint, clock.clone()).expect("loopback is accepted");
    (Reader::new(transport, clock), script)
}

/// Method and target of each request, in order.
fn asked(script: &Script) -> Vec<String> {
    script.requests().iter().map(|r| r.split(" HTTP/").next().unwrap_or_default().to_owned()).collect()
}

fn list(rows: &Value) -> Step {
    json_answer(200, &json!({"data": rows, "links": {"next": null}}))
}

fn none() -> Step {
    list(&json!([]))
}

fn refused() -> Step {
    json_answer(403, &json!({"errors": [{"title": "missing role"}]}))
}

#[tokio::test]
async fn the_queue_stands_in_order_of_breach() {
    let row = |id: &str, status: &str, breach: Option<&str>| {
        let metrics = breach.map(|at| json!({"nextReply": {"breachAt": at}}));
        json!({"id": id, "attributes": {"status": status, "sla": {"status": "pending", "metrics": metrics}}})
    };
    let rows = json!([
        row("none", "open", None),
        row("late", "open", Some("2025-03-04T14:00:00.000Z")),
        row("closed", "done", Some("2025-03-04T11:00:00.000Z")),
        row("soon", "open", Some("2025-03-04T12:30:00.000Z")),
        "odd",
    ]);
    let body = json!({"meta": {"total": 620}, "data": rows, "links": {"next": "/v1/customers/search?page=2"}});
    let (reader, script) = desk(vec![("/v1/customers/search", json_answer(200, &body))]).await;
    let page = reader.open_conversations().await.expect("a queue");
    let ids: Vec<&str> = page.rows.iter().map(|c| c.id.as_str()).collect();
    assert_eq!((ids, page.total, page.more), (vec!["soon", "late", "none"], Some(620), true));
    let now = reader.clock().now();
    let state = page.rows[0].sla.as_ref().map(|sla| sla.state(now));
    assert_eq!(state, Some(SlaState::Due(jiff::SignedDuration::from_mins(30))));
    assert_eq!(asked(&script), ["POST /v1/customers/search?page=1&pageSize=500"]);
}

#[tokio::test]
async fn a_customer_is_guarded_by_the_orgs_own_metadata_read_once() {
    let metadata = json!({"data": {"id": "customer", "attributes": {"properties": {
        "billingIdStr": {"sensitive": {"enabled": true}}, "tierStr": {}}}}});
    let customer = json!({"data": {"id": "66c1", "attributes": {"displayName": "Mara",
        "emails": [{"email": "mara@quill.example"}], "custom": {"billingIdStr": "B-1", "tierStr": "gold"}}}});
    let (reader, script) = desk(vec![
        ("/v1/metadata/customer", json_answer(200, &metadata)),
        ("/v1/customers/66c1", json_answer(200, &customer)),
        ("/v1/customers/email=mara%40quill.example", json_answer(200, &customer)),
    ])
    .await;
    let read = reader.customer(&CustomerId::new("66c1")).await.expect("a customer");
    assert_eq!(read.contacts[0].value, Guarded::revealed("mara@quill.example"));
    let values: Vec<&FieldValue> = read.custom.iter().map(|field| &field.value).collect();
    let expected = [FieldValue::Guarded(Guarded::revealed("B-1")), FieldValue::Open(json!("gold"))];
    assert_eq!(values, expected.iter().collect::<Vec<_>>());
    let found = reader.customer_by(Key::Email("mara@quill.example")).await.expect("answered");
    assert_eq!(found, Some(read));
    assert_eq!(reader.customer_by(Key::Phone("+49155")).await, Ok(None));
    assert_eq!(
        asked(&script),
        [
            "GET /v1/metadata/customer",
            "GET /v1/customers/66c1",
            "GET /v1/customers/email=mara%40quill.example",
            "GET /v1/customers/phone=%2B49155",
        ]
    );
}

#[tokio::test]
async fn a_list_is_followed_to_its_end_and_a_broken_page_ends_it_early() {
    let first = json!({"data": [{"id": "n1", "attributes": {"body": "a"}}],
        "links": {"next": "/v1/conversations/66b1/notes2"}});
    let second = json!({"data": [{"id": "n2", "attributes": {"body": "b"}}, {"id": "n3", "attributes": {"deleted": true}}],
        "links": {"next": "/v1/conversations/66b1/notes3"}});
    let (reader, _script) = desk(vec![
        ("/v1/conversations/66b1/notes", json_answer(200, &first)),
        ("/v1/conversations/66b1/notes2", json_answer(200, &second)),
    ])
    .await;
    let notes = reader.notes_of(&ConversationId::new("66b1")).await.expect("notes");
    assert_eq!(notes.iter().map(|note| note.id.as_str()).collect::<Vec<_>>(), ["n1", "n2"]);
}

#[tokio::test]
async fn a_directory_without_a_role_is_only_shorter() {
    let users = json!([{"id": "u1", "attributes": {"displayName": "Ada"}}]);
    let (reader, _script) = desk(vec![
        ("/v1/users", list(&users)),
        ("/v1/teams", refused()),
        ("/v1/routing/queues", list(&json!([{"id": "q1", "attributes": {"name": "Billing"}}]))),
    ])
    .await;
    let directory = reader.directory().await.expect("a directory");
    assert_eq!(directory.users.len(), 1);
    assert_eq!(directory.queues.get(&QueueId::new("q1")), Some(&Text::from("Billing")));
    assert!(directory.teams.is_empty() && directory.tags.is_empty());
}

#[tokio::test]
async fn a_timeline_merges_what_can_be_read_and_names_what_cannot() {
    let at = |minute: u8| format!("2025-03-04T10:{minute:02}:00.000Z");
    let message =
        json!([{"id": "m1", "attributes": {"channel": "sms", "direction": "in", "preview": "Hi", "sentAt": at(5)}}]);
    let order = json!([{"type": "kobject.order", "id": "k1", "attributes": {"title": "Order 7", "updatedAt": at(3)}}]);
    let event = json!([{"id": "e1", "attributes": {"publishedAt": at(9), "changes": {}}}]);
    let (reader, _script) = desk(vec![
        ("/v1/customers/66c1/messages", list(&message)),
        ("/v1/customers/66c1/notes", refused()),
        ("/v1/customers/66c1/drafts", none()),
        ("/v1/customers/66c1/conversations", list(&json!([{"id": "66b1", "attributes": {}}]))),
        ("/v1/conversations/66b1/events", list(&event)),
        (
            "/v1/klasses",
            list(
                &json!([{"id": "x1", "attributes": {"name": "order"}}, {"id": "x2", "attributes": {"name": "return"}}]),
            ),
        ),
        ("/v1/customers/66c1/klasses/order", list(&order)),
    ])
    .await;
    let timeline = reader.timeline(&CustomerId::new("66c1")).await.expect("a timeline");
    let kinds: Vec<&str> = timeline
        .items
        .iter()
        .map(|item| match item {
            Item::Message(message) => message.channel.as_str(),
            Item::Note(_) => "note",
            Item::Draft(_) => "draft",
            Item::Kobject(kobject) => kobject.klass.as_str(),
            Item::Event(event) => event.conversation.as_ref().map_or("", ConversationId::as_str),
        })
        .collect();
    assert_eq!(kinds, ["order", Channel::Sms.as_str(), "66b1"]);
    assert_eq!(timeline.gaps, ["notes: GET /v1/customers/{id}/notes: the key lacks a role for this (403)"]);
}

/// A customer's list comes oldest first: of a long one the newest are read by conversation, and the rest page by page.
#[tokio::test]
async fn a_long_timeline_begins_with_the_newest_and_goes_on_in_parts() {
    const FIRST: &str = "/v1/customers/66c1/messages?page=1&pageSize=100&include=attachments";
    const SECOND: &str = "/v1/customers/66c1/messages?page=2&pageSize=100&include=attachments";
    let message = |id: &str, hour: u8| {
        json!({"id": id, "attributes": {"channel": "sms", "direction": "in", "preview": "Hi",
            "sentAt": format!("2025-03-04T{hour:02}:00:00.000Z")}})
    };
    let page =
        |rows: Value| json_answer(200, &json!({"data": rows, "links": {"next": "/v1/customers/66c1/messages?page=2"}}));
    let thread = json!([{"id": "66b1", "attributes": {"name": "Parcel", "aiAgent": {"automationId": ["66d1"]}}}]);
    let (reader, _script) = desk(vec![
        (FIRST, page(json!([message("m1", 1)]))),
        (SECOND, list(&json!([message("m2", 2), message("m3", 3)]))),
        ("/v1/customers/66c1/notes", none()),
        ("/v1/customers/66c1/drafts", none()),
        ("/v1/customers/66c1/conversations", list(&thread)),
        ("/v1/conversations/66b1/events", none()),
        ("/v1/conversations/66b1/messages", list(&json!([message("m3", 3)]))),
        ("/v1/klasses", none()),
    ])
    .await;
    let customer = CustomerId::new("66c1");
    let hours = |timeline: &crate::domain::Timeline| {
        let hour = |item: &Item| item.at().map(|at| at.to_zoned(jiff::tz::TimeZone::UTC).hour());
        timeline.items.iter().filter_map(hour).collect::<Vec<_>>()
    };
    let mut timeline = reader.timeline(&customer).await.expect("a timeline");
    assert_eq!(hours(&timeline), [1, 3], "the oldest page, and the newest conversation");
    assert!(timeline.threads.values().all(|thread| thread.ai && thread.conversation.name.raw() == "Parcel"));
    let rest = timeline.rest.clone().expect("there is more");
    assert_eq!((rest.messages, rest.notes, rest.entries), (Some(2), None, 2));
    timeline.absorb(reader.older(&customer, &rest).await.expect("a part"));
    assert_eq!((hours(&timeline), &timeline.rest), (vec![1, 2, 3], &None));
    assert_eq!(reader.whole_timeline(&customer).await.expect("all of it").items, timeline.items);
}

#[tokio::test]
async fn external_ids_are_searched_in_batches_and_looked_up_where_the_index_is_blind() {
    let found = json!([
        {"id": "66c1", "attributes": {"externalId": "t-1"}},
        {"id": "66c2", "attributes": {"externalId": {"isMasked": true, "maskedPresentation": "**"},
            "externalIds": [{"externalId": "t-2"}]}},
    ]);
    let late = json!({"data": {"id": "66c3", "attributes": {}}});
    let (reader, script) = desk(vec![
        ("/v1/customers/search", list(&found)),
        ("/v1/metadata/customer", json_answer(200, &json!({"data": {"attributes": {}}}))),
        ("/v1/customers/externalId=t-3", json_answer(200, &late)),
    ])
    .await;
    let ids: Vec<String> = ["t-1", "t-2", " t-3", "t-1", "", "t-4"].map(str::to_owned).to_vec();
    let expected: Vec<(String, Option<CustomerId>)> =
        [("t-1", Some("66c1")), ("t-2", Some("66c2")), ("t-3", Some("66c3")), ("t-4", None)]
            .map(|(id, customer)| (id.to_owned(), customer.map(CustomerId::new)))
            .to_vec();
    assert_eq!(reader.resolve_external_ids(&ids).await, Ok(expected));
    assert_eq!(asked(&script).iter().filter(|target| target.starts_with("POST")).count(), 1);
    let many: Vec<String> = (0..45).map(|n| format!("x-{n}")).collect();
    let unknown = reader.resolve_external_ids(&many).await.expect("resolved");
    assert!(unknown.iter().all(|(_, customer)| customer.is_none()));
    assert_eq!(asked(&script).iter().filter(|target| target.starts_with("POST")).count(), 1 + 3);
}

#[tokio::test]
async fn a_klass_brings_its_columns_and_a_job_its_batches() {
    let metadata = json!({"data": {"attributes": {"properties": {"statusStr": {"displayName": "Status"}}}}});
    let job =
        json!({"data": {"id": "66aa", "attributes": {"status": "complete", "batches": {"complete": 1, "total": 1}}}});
    let batches = json!({"data": [{"status": "complete", "successCount": 2, "failureCount": 0}]});
    let (reader, _script) = desk(vec![
        ("/v1/klasses", list(&json!([{"id": "x1", "attributes": {"name": "order", "displayName": "Order"}}]))),
        ("/v1/metadata/kobject.order", json_answer(200, &metadata)),
        ("/v1/bulk/66aa", json_answer(200, &job)),
        ("/v1/bulk/66aa/batches", json_answer(200, &batches)),
    ])
    .await;
    let klasses = reader.klasses().await.expect("klasses");
    let labels: Vec<&str> = klasses[0].attributes.iter().map(|a| a.label.raw()).collect();
    assert_eq!((klasses[0].label.raw(), labels), ("Order", vec!["Status"]));
    let missing = reader.klass(&KlassName::new("return")).await.expect_err("no such klass");
    assert_eq!(missing.kind(), ErrorKind::NotFound);
    let job = reader.bulk(&BulkId::new("66aa")).await.expect("a job");
    assert_eq!((job.batches_done, job.batches.len(), job.batches[0].succeeded), (1, 1, 2));
}

#[tokio::test]
async fn a_raw_read_stays_inside_the_api() {
    let (reader, script) = desk(vec![("/v1/tags", none()), ("/v1/customers/search", none())]).await;
    let typed = |name: &str| vec![(name.to_owned(), "1".to_owned())];
    let sealed = |method, path: &str| changes::raw(method, path, None).expect("sealed");
    for (method, path, headers, expected) in [
        (Method::Get, "/v1/tags?page=1", typed("x-trace"), Ok(200)),
        (Method::Post, "/v1/customers/search?page=1", vec![], Ok(200)),
        (Method::Get, "/v1/tags", typed("Authorization"), Err(ErrorKind::BadRequest)),
        (Method::Post, "/v1/customers/66c1/notes", vec![], Err(ErrorKind::BadRequest)),
        (Method::Delete, "/v1/customers/66c1", vec![], Err(ErrorKind::BadRequest)),
    ] {
        let answer = reader.raw(&sealed(method, path), headers).await;
        assert_eq!(answer.map(|a| a.status).map_err(|e| e.kind()), expected, "{method} {path}");
    }
    assert_eq!(asked(&script), ["GET /v1/tags?page=1", "POST /v1/customers/search?page=1"]);
    assert!(script.requests()[0].contains("x-trace: 1"));
}

#[tokio::test]
async fn what_an_org_has_set_up_is_read_from_the_simulated_desk() {
    let running = crate::sandbox::start(crate::sandbox::Options::default()).await.expect("a desk");
    let ready = running.ready();
    let endpoint = Endpoint { base: ready.kustomer.clone(), key: SecretString::from(ready.api_key.as_str()) };
    let clock = Clock::real();
    let reader = Reader::new(Transport::new(endpoint, clock.clone()).expect("loopback is accepted"), clock);
    let (teams, tags, queues) = (reader.teams().await, reader.tags().await, reader.queues().await);
    assert!(teams.expect("teams").iter().any(|team| !team.members.is_empty()));
    assert!(tags.expect("tags").iter().all(|tag| !tag.name.is_blank()));
    assert_eq!(queues.expect("queues").iter().filter(|queue| queue.system).count(), 1);
    let schedules = reader.schedules().await.expect("schedules");
    assert!(schedules.iter().any(|schedule| schedule.default && schedule.hours.iter().any(|day| !day.is_empty())));
    assert!(reader.brands().await.expect("brands").iter().any(|brand| brand.default));
    assert!(reader.shortcuts().await.expect("shortcuts").iter().all(|shortcut| !shortcut.text.is_blank()));
    let policies = reader.slas().await.expect("policies");
    assert!(
        policies.iter().all(|policy| policy.versions.iter().any(|version| Some(version.version) == policy.current))
    );
    let all = reader.companies("/v1/companies?pageSize=100".to_owned()).await.expect("companies").rows;
    let one = reader.company(&all[0].id).await.expect("read").expect("there");
    assert_eq!((&one.name, &one.external_id), (&all[0].name, &all[0].external_id));
    let id = one.external_id.as_ref().map(Text::raw).expect("an id of the org's own");
    assert_eq!(reader.company_by_external_id(id).await.expect("read").map(|company| company.id), Some(one.id));
    assert!(reader.own_token().await.expect("a token").roles.iter().any(|role| role.starts_with("org.")));
}
