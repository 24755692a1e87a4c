//! A yes counts for what is there now: what moved meanwhile is shown first, what cannot work any more is void, and another's
//! data does not leave.

use serde_json::{Value, json};

use super::{Top, text};
use crate::harness::{Console, Desk, Home};

/// The console with a reply to the top conversation on its card.
fn reply_on_card(desk: &Desk, home: &Home, top: &Top, words: &str) -> Console {
    let mut console = Console::start(home, Some(desk));
    console.wait("SANDBOX").wait(&top.subject).press("<enter>").wait("****");
    console.press("R").wait("Reply ·").type_text(words).press("<c-s>");
    console.wait("Approval").wait("SEND").wait("read from the desk");
    console
}

#[test]
fn a_customer_who_writes_meanwhile_is_read_before_a_reply_leaves() {
    let (desk, home) = (Desk::start(&[]), Home::new());
    let top = Top::of(&desk);
    let mut console = reply_on_card(&desk, &home, &top, "We look into it.");
    let words = "Never mind: I found the receipt myself!";
    let body = json!({ "channel": "chat", "app": "chat", "direction": "in", "preview": words });
    let (status, answer) = desk.call("POST", &format!("/v1/conversations/{}/messages", top.conversation), Some(body));
    assert!(status < 300, "{status} {answer}");
    let before = desk.effects();

    console.press("Ga").wait("that did not count").wait("NEW since this was wanted").wait(words);
    assert_eq!(desk.effects(), before, "nothing left");
    console.press("Ga").gone("Approval").wait("done: create a draft");
    assert_eq!(desk.effects().len(), before.len() + 1);
}

#[test]
fn a_request_for_a_past_revision_is_void_also_outside_the_console() {
    let (desk, home) = (Desk::start(&[]), Home::new());
    let top = Top::of(&desk);
    let path = format!("/v1/customers/{}", top.customer);
    let whole = desk.get(&path);
    let rev = whole["data"]["attributes"]["rev"].clone();
    let company = whole["data"]["relationships"]["company"]["data"]["id"].clone();
    let body = |tier: &str, rev: &Value| {
        json!({ "company": company, "custom": { "loyaltyTierStr": tier }, "rev": rev }).to_string()
    };
    let asked = body("silver", &rev);
    let args = ["request", "PATCH", &path, "-d", &asked];
    let mut console = Console::start_with(&home, Some(&desk), &args, (120, 60));
    console.wait("a approves").wait("changes custom.loyaltyTierStr");
    let theirs: Value = serde_json::from_str(&body("platinum", &rev)).expect("JSON");
    let (status, answer) = desk.call("PATCH", &path, Some(theirs));
    assert!(status < 300, "{status} {answer}");
    let before = desk.effects();

    console.press("a").wait("somebody changed it meanwhile");
    assert_eq!(console.exit_code(), 3, "{}", console.raw());
    assert_eq!(desk.effects(), before, "nothing was sent");
}

/// Opens the first row's customer, then the second's; the second as the desk has them, by the name on the screen: the
/// background reads others.
fn second(console: &mut Console, desk: &Desk, top: &Top) -> Value {
    console.wait("SANDBOX").wait(&top.subject).press("<enter>").wait("Loyalty Tier").press("<esc>");
    console.gone("Loyalty Tier").press("j<enter>").wait("Loyalty Tier");
    let (rows, screen) = (desk.customers(), console.text());
    let is_shown =
        |row: &&Value| row["id"] != top.customer.as_str() && screen.contains(&text(&row["attributes"]["name"]));
    let named = rows.iter().filter(|row| !text(&row["attributes"]["name"]).trim().is_empty());
    let other = named.filter(is_shown).max_by_key(|row| text(&row["attributes"]["name"]).len());
    other.expect("the second row's customer is at the desk").clone()
}

#[test]
fn anothers_data_does_not_leave_in_a_reply() {
    let (desk, home) = (Desk::start(&[]), Home::new());
    let top = Top::of(&desk);
    let mut console = Console::start(&home, Some(&desk));
    // The second row's customer is read, so the console knows whose that id is.
    let other = text(&second(&mut console, &desk, &top)["id"]);
    console.press("<esc>").gone("Loyalty Tier").press("gg<enter>").wait("Loyalty Tier").wait(&top.name);
    console.press("R").wait("Reply ·").type_text(&format!("Your account is {other}.")).press("<c-s>");
    console.wait("Approval").wait("other customer").press("Ga").wait("this cannot be approved as it is");
    assert_eq!(desk.effects(), Vec::<String>::new());
    console.press("x").wait("Why not?").press("<enter>").gone("Approval");
    assert_eq!(desk.effects(), Vec::<String>::new());
}

#[test]
fn anothers_address_among_the_recipients_stops_a_message() {
    let (desk, home) = (Desk::start(&[]), Home::new());
    let top = Top::of(&desk);
    let mut console = Console::start(&home, Some(&desk));
    let other = second(&mut console, &desk, &top);
    let address = text(&other["attributes"]["emails"][0]["email"]);
    // Unmasked once, so that the console knows whose that address is.
    console.press("U").wait("unmask, because").type_text("they ask for a copy").press("<enter>");
    console.wait("Approval").press("Ga").gone("Approval").wait(&address).press("c").gone(&address);
    console.press("<esc>").gone("Loyalty Tier").press("gg<enter>").wait("Loyalty Tier").wait(&top.name);
    console.press("R").wait("Reply ·").press("<c-o>").wait("Over which channel").type_text("email");
    console.press("<enter>").wait("subject").type_text("It is on its way.");
    console.press("<tab>").press("<tab>").type_text(&address).press("<c-s>");
    console.wait("Approval").wait("other customer").wait("recipient: an address of customer");
    console.press("Ga").wait("this cannot be approved as it is");
    assert_eq!(desk.effects().len(), 2, "one window opened and closed: {:?}", desk.effects());
}
