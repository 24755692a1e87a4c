//! Customers' text is data: what it carries is shown, and acts on nothing.

use serde_json::json;

use super::Top;
use crate::harness::{Console, Desk, Home};

#[test]
fn escapes_in_every_field_are_shown_and_do_nothing() {
    let (desk, home) = (Desk::start(&[]), Home::new());
    let top = Top::of(&desk);
    let hostile = "\u{1b}]0;owned\u{7}\u{1b}[2J\u{1b}[31mred\u{9b}1m \u{202e}txt.exe end-mark";
    let note = json!({ "body": hostile });
    assert_eq!(desk.call("POST", &format!("/v1/conversations/{}/notes", top.conversation), Some(note)).0, 201);
    let name = json!({ "name": hostile });
    assert_eq!(desk.call("PATCH", &format!("/v1/customers/{}", top.customer), Some(name)).0, 200);
    let mut console = Console::start(&home, Some(&desk));
    console.wait("SANDBOX").wait(&top.subject).press("<enter>");
    console.wait("owned").wait("end-mark").wait("SANDBOX");
    let screen = console.raw();
    assert!(screen.contains('␛'), "the escape is visible:\n{screen}");
    assert!(!screen.contains('\u{202e}'));
}
