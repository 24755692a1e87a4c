//! "My order hasn't arrived": found by the address in the prompt, without any unmasking; the note lands on the active
//! conversation.

use serde_json::{Value, json};

use super::{ask, card_of, notes, text};
use crate::harness::{Console, Desk, Home};

/// A customer with an order and an open conversation, and that conversation.
fn customer_with_a_late_order(desk: &Desk) -> (String, String, String) {
    for customer in desk.customers() {
        let id = text(&customer["id"]);
        let open = customer["attributes"]["conversationCounts"]["open"].as_u64().unwrap_or(0);
        let email = text(&customer["attributes"]["emails"][0]["email"]);
        if open != 1 || email.is_empty() {
            continue;
        }
        let orders = desk.get(&format!("/v1/customers/{id}/klasses/order"));
        if orders["data"].as_array().is_none_or(Vec::is_empty) {
            continue;
        }
        let conversations = desk.get(&format!("/v1/customers/{id}/conversations"));
        let active =
            conversations["data"].as_array().into_iter().flatten().find(|c| c["attributes"]["status"] == "open");
        if let Some(active) = active {
            return (id, email, text(&active["id"]));
        }
    }
    panic!("the seeded world has a customer with an order and one open conversation");
}

#[test]
fn the_note_says_where_the_order_is() {
    to_the_end(&Desk::start(&[]), &Home::new());
}

/// The whole of it at this desk with these settings; the notes that were added.
pub fn to_the_end(desk: &Desk, home: &Home) -> Vec<String> {
    let (customer, email, conversation) = customer_with_a_late_order(desk);
    let before = notes(desk, &conversation);
    let mut console = Console::start(home, Some(desk));
    console.wait("SANDBOX").press("7").wait("scripted model, not an AI");
    ask(
        &mut console,
        &format!(
            "A user just emailed from {email} complaining that their recent order hasn't arrived. Find their account, check \
             their recent conversations to see if they've asked about this before, look up their custom 'order' object for the \
             status, and then add a private note to their active conversation summarizing what you found."
        ),
    );
    let request = format!("POST /v1/conversations/{conversation}/notes");
    card_of(&mut console, &request, "create_a_kustomer_conversation_note", &conversation);
    assert_eq!(desk.effects(), Vec::<String>::new(), "nothing before a yes");
    console.press("Ga").gone("Approval");
    console.wait_until("the note's call to be done", |_| notes(desk, &conversation).len() > before.len());
    let added: Vec<String> = notes(desk, &conversation).into_iter().filter(|note| !before.contains(note)).collect();
    let orders = desk.get(&format!("/v1/customers/{customer}/klasses/order"));
    let statuses: Vec<Value> = orders["data"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|o| o["attributes"]["custom"]["orderStatusStr"].clone())
        .collect();
    let named = statuses.iter().any(|status| {
        added.iter().any(|note| note.contains(&text(status).replace('_', " ")) || note.contains(&text(status)))
    });
    assert!(named, "{added:?} names none of {}", json!(statuses));
    assert!(!desk.model_traffic().contains(&email), "the address reached the model");
    added
}
