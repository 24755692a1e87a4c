//! The first minutes: a filled queue that says it is simulated, a timeline with masks, a search that works while masked.

use super::Top;
use crate::harness::{Console, Desk, Home};

#[test]
fn with_nothing_configured_the_embedded_desk_opens_and_says_so() {
    let home = Home::new();
    let mut console = Console::start(&home, None);
    console.wait("SANDBOX").wait("Queue").wait("Billed twice");
    for (key, title) in [
        ("2", "Search"),
        ("3", "Timeline"),
        ("4", "KObjects"),
        ("5", "Drafts"),
        ("6", "Bulk"),
        ("7", "Assistant"),
        ("8", "Audit"),
    ] {
        console.press(key).wait(title).wait("SANDBOX");
        // Where a text input takes the cursor at once, digits are text until it is left.
        if ["2", "7"].contains(&key) {
            console.press("<esc>");
        }
    }
}

#[test]
fn the_top_conversation_opens_masked_and_its_customer_is_found_by_address() {
    let (desk, home) = (Desk::start(&[]), Home::new());
    let top = Top::of(&desk);
    let mut console = Console::start(&home, Some(&desk));
    console.wait("SANDBOX").wait(&top.subject).press("<enter>").wait("Timeline");
    console.wait("****").wait(&top.phone[top.phone.len() - 4..]);
    top.assert_absent_from(&console.text(), "the masked timeline");
    console.press("2").wait("Search").type_text(&format!("email:{}", top.email)).press("<enter>");
    console.wait(&top.name).wait("****@");
    assert_eq!(desk.effects(), Vec::<String>::new(), "reading changes nothing");
}

#[test]
fn closing_the_window_takes_its_values_off_every_screen() {
    let (desk, home) = (Desk::start(&[]), Home::new());
    let top = Top::of(&desk);
    let mut console = Console::start(&home, Some(&desk));
    console.wait("SANDBOX").wait(&top.subject).press("<enter>").wait("****").press("U");
    console.type_text("identity check").press("<enter>");
    console.wait("Approval").press("a").gone("Approval").wait(&top.phone).wait("unmasked");
    console.press("2").wait("Search").type_text(&format!("email:{}", top.email)).press("<enter>").wait(&top.name);
    console.press("3").wait(&top.phone).press("c").gone(&top.phone).wait("****").gone("unmasked");
    console.press("2").wait(&top.name);
    assert!(!console.text().contains(&top.phone), "the search still shows the number");
    assert_eq!(desk.effects().len(), 2, "one window opened, one closed: {:?}", desk.effects());
}
