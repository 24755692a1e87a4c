//! Under the desk's limits: the console says what it waits for, carries on, and neither loses nor doubles a call.

use super::Top;
use crate::harness::{Console, Desk, Home};

#[test]
fn a_429_is_named_waited_for_and_survived() {
    let (desk, home) = (Desk::start(&[]), Home::new());
    let top = Top::of(&desk);
    desk.fault("POST /v1/customers/search 429=3 n=1");
    let mut console = Console::start(&home, Some(&desk));
    console.wait("429").wait(&top.subject);
    console.press("<enter>").wait("****");
    let searches = desk
        .log()
        .iter()
        .filter(|e| e["path"] == "/v1/customers/search" && e["lane"] == "person")
        .map(|e| e["status"].as_u64())
        .collect::<Vec<_>>();
    assert_eq!(searches, [Some(429), Some(200)], "sent again once, after the wait");
}

#[test]
fn a_note_whose_answer_got_lost_is_looked_up_and_not_sent_twice() {
    let (desk, home) = (Desk::start(&[]), Home::new());
    let top = Top::of(&desk);
    let mut console = Console::start(&home, Some(&desk));
    console.wait(&top.subject).press("<enter>").wait("****");
    desk.fault("POST /v1/conversations/*/notes reset-after n=1");
    console.press("n").type_text("lost and found").press("<enter>");
    console.wait("Approval").wait("lost and found").press("Ga").gone("Approval");
    console.wait_until("the note on the timeline", |screen| screen.contains("lost and found"));
    let written = top.notes(&desk).iter().filter(|note| note.as_str() == "lost and found").count();
    assert_eq!(written, 1);
    let posts = desk
        .log()
        .iter()
        .filter(|e| e["method"] == "POST" && e["path"].as_str().is_some_and(|p| p.ends_with("/notes")))
        .count();
    assert_eq!(posts, 1, "never sent again");
}
