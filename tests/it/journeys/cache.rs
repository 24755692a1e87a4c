//! A start shows the queue as it was last read before the desk has answered, says how old it is, and gives way to the answer;
//! a damaged cache is only a slower start.

use std::fs;

use super::Top;
use crate::harness::{Console, Desk, Home};

/// A console that has read the queue, put it into the cache and been quit.
fn first_sitting() -> (Desk, Home, Top) {
    let (desk, home) = (Desk::start(&[]), Home::new());
    let top = Top::of(&desk);
    let mut console = Console::start(&home, Some(&desk));
    console.wait("SANDBOX").wait(&top.subject);
    // In the file a subject is JSON.
    let subject = serde_json::to_string(&top.subject).expect("a string");
    console.wait_until("the queue in the cache", |_| String::from_utf8_lossy(&home.bytes()).contains(&subject));
    console.press("q");
    assert_eq!(console.exit_code(), 0);
    (desk, home, top)
}

#[test]
fn a_start_shows_the_queue_as_it_was_until_the_desk_answers() {
    let (desk, home, top) = first_sitting();
    desk.fault("POST /v1/customers/search delay=5000");
    let mut console = Console::start(&home, Some(&desk));
    console.wait("as it was").wait(&top.subject);
    console.gone("as it was").wait(&top.subject);
    let files = String::from_utf8_lossy(&home.bytes()).into_owned();
    top.assert_absent_from(&files, "the program's own files");
}

#[test]
fn a_damaged_cache_is_only_a_slower_start() {
    let (desk, home, top) = first_sitting();
    for entry in fs::read_dir(home.path().join("cache")).expect("a folder").flatten() {
        if entry.file_name().to_string_lossy().starts_with("conversations-") {
            fs::write(entry.path(), "no database at all, whatever its name says ".repeat(100)).expect("written");
        }
    }
    let mut console = Console::start(&home, Some(&desk));
    console.wait("SANDBOX").wait(&top.subject);
}
