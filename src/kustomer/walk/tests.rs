//! Walks against the simulated desk: what comes out is what is there, and no more is asked than is taken.

use std::collections::{BTreeMap, BTreeSet};

use futures::StreamExt as _;
use secrecy::SecretString;

use super::*;
use crate::{
    clock::Clock,
    kustomer::export::Export,
    sandbox::{self, Options, Running},
    transport::{
        Call, Endpoint, Lane, Method, Transport,
        script::{Script, Step, json_answer},
    },
};

async fn desk(customers: usize) -> (Running, Reader) {
    let running = sandbox::start(Options { customers, ..Options::default() }).await.expect("a desk");
    let reader = reader(&running.ready().kustomer, &running.ready().api_key);
    (running, reader)
}

fn reader(base: &str, key: &str) -> Reader {
    let endpoint = Endpoint { base: base.to_owned(), key: SecretString::from(key) };
    let clock = Clock::real();
    let transport = Transport::new(endpoint, clock.clone()).expect("loopback is accepted");
    Reader::new(transport, clock).with_lane(Lane::Bulk)
}

/// Everything a walk gives: how often each id came.
async fn all(reader: &Reader, name: &str, stand: Stand) -> BTreeMap<String, usize> {
    let collection = Collection::named(name).expect("known");
    let mut pages = reader.walk(collection, stand, Given::default());
    let mut ids = BTreeMap::new();
    while let Some(page) = pages.next().await {
        for row in page.expect("a page").rows {
            *ids.entry(row.id).or_default() += 1;
        }
    }
    ids
}

#[tokio::test]
async fn a_list_and_a_search_give_the_same_records_each_once() {
    let (_running, reader) = desk(320).await;
    for name in ["customers", "conversations", "messages", "notes", "companies", "kobject_order"] {
        let collection = Collection::named(name).expect("known");
        let listed = all(&reader, name, collection.start(None, None).expect("a list")).await;
        let since = Some(Timestamp::UNIX_EPOCH);
        let searched = all(&reader, name, collection.start(since, None).expect("a search")).await;
        assert!(listed.len() > 9 && listed.values().chain(searched.values()).all(|times| *times == 1), "{name}");
        // The search sees two years of changes, the list all.
        assert!(searched.keys().all(|id| listed.contains_key(id)) && searched.len() * 2 > listed.len(), "{name}");
    }
}

#[tokio::test]
async fn a_walk_goes_on_where_another_stood() {
    let (_running, reader) = desk(320).await;
    let collection = Collection::named("conversations").expect("known");
    let whole = all(&reader, "conversations", collection.search().expect("a search")).await;
    let (mut ids, mut stand) = (BTreeMap::new(), collection.search().expect("a search"));
    while !stand.is_done() {
        let kept = serde_json::to_string(&stand).expect("serialises");
        let stand_again = serde_json::from_str(&kept).expect("reads");
        let page = reader.walk(collection.clone(), stand_again, Given::default()).next().await;
        let page = page.expect("not done").expect("a page");
        page.rows.into_iter().for_each(|row| *ids.entry(row.id).or_default() += 1);
        stand = page.stand;
    }
    assert_eq!(ids, whole);
}

#[tokio::test]
async fn one_page_is_fetched_ahead_and_no_more() {
    let answer = |request: &str| {
        let page: u64 =
            request.split("page=").nth(1).and_then(|rest| rest.split('&').next()?.parse().ok()).unwrap_or(1);
        let next = format!("/v1/notes?page={}&pageSize=100", page + 1);
        json_answer(200, &json!({"data": [{"id": format!("note-{page}")}, {"no": "record"}], "links": {"next": next}}))
    };
    let script = Script::answer(Box::new(answer)).await;
    let reader = reader(script.base(), "k-1");
    let notes = Collection::named("notes").expect("known");
    let start = notes.start(None, None).expect("a list");
    let mut pages = reader.walk(notes, start, Given::default());
    for number in 1..=3 {
        let page = pages.next().await.expect("endless").expect("a page");
        assert_eq!((page.rows.len(), page.skipped, page.rows[0].id.clone()), (1, 1, format!("note-{number}")));
        assert!(script.requests().len() <= number + 1);
    }
}

#[tokio::test]
async fn a_failure_ends_the_walk() {
    let script = Script::play(vec![json_answer(403, &json!({})), Step::Hang]).await;
    let reader = reader(script.base(), "k-1");
    let notes = Collection::named("notes").expect("known");
    let start = notes.start(None, None).expect("a list");
    let mut pages = reader.walk(notes, start, Given::default());
    let error = pages.next().await.expect("an answer").expect_err("refused");
    assert_eq!(error.kind(), ErrorKind::Forbidden);
    assert!(pages.next().await.is_none());
}

#[tokio::test]
async fn every_collection_is_exported_whole_and_each_record_once() {
    let (running, _) = desk(40).await;
    let ready = running.ready();
    let keys = Call::get("steering", "/__sandbox/keys", Lane::Person);
    let keys = self::reader(&ready.kustomer, &ready.api_key).transport().send(keys).await.expect("steered").body;
    let admin = keys["keys"].as_array().and_then(|keys| keys.iter().find(|key| key["name"] == "admin"));
    let reader = self::reader(&ready.kustomer, admin.and_then(|key| key["token"].as_str()).expect("an admin's key"));
    // A new desk's log is empty.
    for n in 0..5 {
        let body = Some(json!({"name": format!("Probe {n}")}).to_string().into_bytes());
        let call = Call { method: Method::Post, body, ..Call::get("steering", "/v1/customers", Lane::Person) };
        reader.transport().send(call).await.expect("made");
    }
    let by_cursor = Stand::List(Pages::new("/v1/audit-logs?count=2".to_owned()));
    let lines = all(&reader, "audit-logs", by_cursor).await;
    assert!(lines.len() >= 5 && lines.values().all(|times| *times == 1), "{lines:?}");
    let folder = tempfile::tempdir().expect("a temporary folder");
    for name in Collection::names().chain(["kobject_order"]) {
        let collection = Collection::named(name).expect("known");
        let veil = reader.veil(&collection).await.expect("metadata");
        let start = collection.start(None, None).expect("a list");
        let path = folder.path().join(name);
        let (mut export, given) = Export::open(&path, name, start.clone()).expect("a new file");
        let mut pages = reader.walk(collection, start, given);
        while let Some(page) = pages.next().await {
            export.take(&page.unwrap_or_else(|error| unreachable!("{name}: {error}")), &veil).expect("written");
        }
        assert!(export.stand().is_done(), "{name}");
        let tally = export.finish().expect("written");
        let text = std::fs::read_to_string(&path).expect("there");
        let ids: BTreeSet<String> = text
            .lines()
            .map(|line| serde_json::from_str::<Value>(line).expect("JSON")["id"].as_str().expect("an id").to_owned())
            .collect();
        assert!(!ids.is_empty(), "{name}: nothing came");
        assert_eq!((ids.len() as u64, tally.again, tally.skipped), (tally.lines, 0, 0), "{name}");
    }
}
