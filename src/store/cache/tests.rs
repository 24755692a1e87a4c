//! The cache on real files: whole rows back, nothing personal in the bytes, damage survived, room kept.

use jiff::SignedDuration;
use proptest::prelude::*;

use super::*;
use crate::domain::{Channel, ConversationId, Direction, Sla, Status, TagId, Text, UserId};

fn now() -> Timestamp {
    "2026-03-02T09:30:00Z".parse().expect("a time")
}

fn conversation(id: &str, name: &str) -> Conversation {
    Conversation {
        id: ConversationId::new(id),
        customer: Some(CustomerId::new(format!("c-{id}"))),
        name: Text::from(name),
        preview: Text::from("Hello, I was charged twice."),
        status: Status::Open,
        priority: Some(4),
        channels: vec![Channel::Email, Channel::Other("fax".into())],
        assigned_users: vec![UserId::new("u1")],
        assigned_teams: vec![],
        queue: None,
        tags: vec![TagId::new("t1")],
        sla: Some(Sla {
            name: Some(Text::from("Standard")),
            status: Some("pending".into()),
            breach_at: Some(now()),
            metric: Some("firstResponse".into()),
            breached: false,
        }),
        message_count: 3,
        note_count: 1,
        last_message_at: Some(now()),
        last_direction: Some(Direction::In),
        snoozed_until: None,
        sentiment: Some(-1),
        created: Some(now()),
        updated: Some(now()),
        rev: Some(7),
    }
}

fn queue(rows: Vec<Conversation>) -> LastQueue {
    LastQueue { rows, total: Some(214), more: true, at: now() }
}

fn cache(folder: &Path) -> Cache {
    Cache::open(folder, "http://desk").expect("a cache opens")
}

fn ids(rows: &[Conversation]) -> Vec<&str> {
    rows.iter().map(|row| row.id.as_str()).collect()
}

fn bytes(folder: &Path) -> String {
    let files = fs::read_dir(folder).expect("a folder").flatten().map(|entry| fs::read(entry.path()).expect("a file"));
    files.map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).collect()
}

#[test]
fn the_queue_comes_back_whole_and_in_order_and_is_another_desks_nothing() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let first = cache(folder.path());
    assert_eq!(first.queue(500).expect("read"), None);
    let wanted = queue(vec![conversation("a2", "Charged twice"), conversation("a1", "返金はいつですか？")]);
    first.keep_queue(&wanted, &[]).expect("kept");
    drop(first);
    let next = cache(folder.path());
    assert_eq!(next.queue(500).expect("read"), Some(wanted));
    next.keep_queue(&queue(vec![conversation("a1", "Refund")]), &[]).expect("kept");
    let now = next.queue(500).expect("read").expect("a queue");
    assert_eq!((ids(&now.rows), now.rows[0].name.raw()), (vec!["a1"], "Refund"));
    let other = Cache::open(folder.path(), "http://other").expect("another opens");
    assert_eq!(other.queue(500).expect("read"), None);
}

#[test]
fn words_find_rows_by_their_beginnings_whatever_is_typed() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let cache = cache(folder.path());
    let older =
        Conversation { updated: Some(now() - SignedDuration::from_hours(1)), ..conversation("a3", "Lost in Łódź") };
    cache.keep(&[conversation("a1", "Billed twice"), conversation("a2", "Überweisung"), older], &[]).expect("kept");
    let found = |words: &str| {
        let rows = cache.matching(words, 10).expect("read");
        ids(&rows).into_iter().map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(found("bill TWI"), ["a1"]);
    assert_eq!(found("uberw"), ["a2"]);
    assert_eq!(found("charged"), ["a2", "a1", "a3"]);
    assert_eq!(found("\" OR words:* NEAR("), Vec::<String>::new());
    assert_eq!(found("  "), Vec::<String>::new());
}

#[test]
fn no_number_and_no_address_is_in_the_file_and_nothing_of_a_frozen_or_forgotten_customer() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let cache = cache(folder.path());
    let talkative = Conversation {
        preview: Text::from("call +49 155 5000 1122 or mail mara@quill.example, card 4111 1111 1111 1111"),
        ..conversation("a1", "Ring 0155 5000 1122")
    };
    let frozen = conversation("a2", "Zebra of the open window");
    let erased = conversation("a3", "Quokka to be erased");
    let all = queue(vec![talkative, frozen.clone(), erased.clone()]);
    cache.keep_queue(&all, &frozen.customer.into_iter().collect::<Vec<_>>()).expect("kept");
    cache.forget(&erased.customer.expect("a customer")).expect("forgotten");
    assert_eq!(ids(&cache.queue(500).expect("read").expect("a queue").rows), ["a1"]);
    let bytes = bytes(folder.path()).to_lowercase();
    for word in ["5000 1122", "mara@", "4111 1111", "zebra", "quokka"] {
        assert!(!bytes.contains(word), "{word}");
    }
    assert!(bytes.contains("[phone]"));
}

#[test]
fn the_oldest_done_ones_leave_a_full_cache() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let cache = Cache::with_room(folder.path(), "http://desk", 3).expect("a cache");
    let at = |id: &str, status: Status, hours: i64| Conversation {
        status,
        updated: Some(now() - SignedDuration::from_hours(hours)),
        ..conversation(id, "Charged twice")
    };
    let rows = [at("old", Status::Open, 9), at("new", Status::Done, 0), at("done", Status::Done, 5)];
    cache.keep(&rows, &[]).expect("kept");
    cache.keep(&[at("more", Status::Open, 1)], &[]).expect("kept");
    assert_eq!(ids(&cache.matching("charged", 10).expect("read")), ["new", "more", "old"]);
    cache.keep(&[at("last", Status::Open, 2)], &[]).expect("kept");
    assert_eq!(ids(&cache.matching("charged", 10).expect("read")), ["more", "last", "old"]);
}

#[test]
fn a_foreign_or_damaged_file_is_made_anew_also_while_it_is_open() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join(file_name("http://desk"));
    fs::write(&file, "this is no database, and long enough to be looked at as one: ".repeat(200)).expect("written");
    let kept = queue(vec![conversation("a1", "Charged twice")]);
    cache(folder.path()).keep_queue(&kept, &[]).expect("kept");
    let foreign = Connection::open(&file).expect("opened");
    foreign.execute_batch("PRAGMA user_version=99;").expect("marked");
    drop(foreign);
    let again = cache(folder.path());
    assert_eq!(again.queue(500).expect("read"), None);
    again.keep_queue(&kept, &[]).expect("kept");
    again.book().db.execute_batch("DROP TABLE queue;").expect("damaged");
    assert_eq!(again.queue(500).expect("read"), None);
    again.keep_queue(&kept, &[]).expect("kept");
    assert_eq!(again.queue(500).expect("read"), Some(kept));
}

proptest! {
    #[test]
    fn a_record_that_was_tampered_with_is_read_or_left_out(json in "\\PC{0,200}", id in any::<String>()) {
        let _ = row::read(&json);
        if let Some(read) = row::read(&serde_json::json!({ "id": id, "status": id, "channels": [id] }).to_string()) {
            prop_assert!(read.id.as_str().chars().all(|c| c.is_ascii_graphic()));
        }
    }
}
