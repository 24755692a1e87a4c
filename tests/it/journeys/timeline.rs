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

/// The name of a customer with a picture on a message of theirs, that message's id, and words of it.
fn somebody_with_a_picture(desk: &Desk) -> (String, String, String) {
    let sent = |page: u32| {
        let page = desk.get(&format!("/v1/messages?pageSize=100&page={page}&include=attachments"));
        let files = page["included"].as_array().cloned().unwrap_or_default();
        let pictures = files.iter().filter(|file| file["attributes"]["contentType"] == "image/png");
        let carrier =
            |file: &serde_json::Value| Some(file.pointer("/relationships/message/data/id")?.as_str()?.to_owned());
        pictures.filter_map(carrier).find_map(|message| {
            let row = page["data"].as_array()?.iter().find(|row| row["id"] == message.as_str())?.clone();
            let customer = row.pointer("/relationships/customer/data/id")?.as_str()?.to_owned();
            let line = row["attributes"]["preview"].as_str()?.lines().max_by_key(|line| line.len())?.to_owned();
            let words = line.get(..24).filter(|words| !words.contains('<') && words.is_ascii())?;
            Some((customer, message, words.to_owned()))
        })
    };
    let (customer, message, words) = (1..40).find_map(sent).expect("the seeded desk has pictures");
    let name = desk.get(&format!("/v1/customers/{customer}"))["data"]["attributes"]["name"].clone();
    (name.as_str().expect("a name").to_owned(), message, words)
}

#[test]
fn a_picture_is_drawn_by_the_terminal_and_leaves_before_anything_lies_over_it() {
    for (term, shows, leaves) in [
        ("xterm-kitty", "\u{1b}_Ga=T,f=100,", "\u{1b}_Ga=d,d=I,"),
        // A sixel is part of the cells: what lies over it is written over it.
        ("foot", "\u{1b}P", "\u{1b}[?2026l"),
    ] {
        let (desk, home) = (Desk::start(&[]), Home::new());
        let (name, message, words) = somebody_with_a_picture(&desk);
        let mut console = Console::start_on(&home, Some(&desk), &[], (120, 40), term);
        console.wait("SANDBOX").press("2").wait("Search").type_text(&name).press("<enter>").wait("1 customer");
        console.press("<enter>").wait("O opens");
        console.press("/").wait("find: words").type_text(&words).press("<enter>").wait("1 of");
        console.press("O").wait("PNG picture").wait_written("the picture", |written| written.contains(shows));
        let before = console.written().len();
        console.press("?").wait("Keys in Timeline");
        console.wait_written("its leaving", |written| written.get(before..).is_some_and(|new| new.contains(leaves)));
        assert!(desk.log().iter().any(|call| call["path"].as_str().is_some_and(|path| path.contains(&message))));
    }
}
