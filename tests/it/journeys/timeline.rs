//! One customer's timeline at the real desk: opened, gone through, folded, searched, looked at, unmasked.

use super::Top;
use crate::harness::{Console, Desk, Home};

#[test]
fn a_timeline_is_gone_through_folded_and_searched() {
    let (desk, home) = (Desk::start(&[]), Home::new());
    let top = Top::of(&desk);
    let mut console = Console::start(&home, Some(&desk));
    console.wait("SANDBOX").wait(&top.subject);
    console.press("<enter>").wait("Timeline").wait("****").wait("customer");
    // What the desk holds is what stands there.
    console
        .press("g")
        .wait_until("the oldest conversation's divider", |screen| screen.contains("2025") || screen.contains("2026"));
    console.press("G");
    console.press("f").wait("leave out events").type_text("events").press("<enter>").wait("left out: events");
    console.press("f").wait("bring back events").type_text("bring").press("<enter>").gone("left out");
    console.press("/").wait("find:").type_text("customer-that-is-not-there").press("<enter>");
    console.wait("no such words in this timeline").press("<esc>");
    console.press("{").press("}").press("[").press("]");
    // Opening again on the same day marks what is new, and nothing is.
    assert!(!console.text().contains("new since"));
    top.assert_absent_from(&console.text(), "the screen while masked");
}

#[test]
fn unmasking_from_the_timeline_still_takes_a_reason_and_a_card() {
    let (desk, home) = (Desk::start(&[]), Home::new());
    let top = Top::of(&desk);
    let mut console = Console::start(&home, Some(&desk));
    console.wait("SANDBOX").wait(&top.subject);
    console.press("<enter>").wait("Timeline").wait("****");
    console.press("U").wait("unmask, because").type_text("caller confirms the number").press("<enter>");
    console.wait("Approval").wait("caller confirms the number");
    top.assert_absent_from(&console.text(), "the card");
    console.press("a").wait("unmasked 0").wait(&top.email);
    console.press("c").gone(&top.email).wait("****");
}
