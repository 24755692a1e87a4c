//! Plan mode: the runbook first, nothing written; then edited, run, and each write approved on its card.

use serde_json::json;

use super::{Top, ask, billing};
use crate::harness::{Console, Desk, Home};

const DRAFT: &str = "Draft a WhatsApp message for this customer explaining that their delayed shipment has been found and \
    will arrive tomorrow. Leave it in draft status for the shift lead to approve.";

/// Switches plan mode on and asks for a plan.
fn ask_for_plan(console: &mut Console, prompt: &str) {
    console.press("<esc>").wait("i writes").press("p").wait("nothing is written");
    console.press("i").wait("ask something");
    ask(console, prompt);
    console.wait("run yet").wait("The plan is before you").gone("7 Assistant …");
}

fn begin(size: (u16, u16), prompt: &str) -> (Desk, Home, Console, Top) {
    let (desk, home) = (Desk::start(&[]), Home::new());
    let mut console = Console::start_with(&home, Some(&desk), &[], size);
    let top = Top::of(&desk);
    // A narrow queue cuts the subject; the row on top is the same.
    let subject: String = top.subject.chars().take(12).collect();
    console.wait("SANDBOX").wait(&subject).press("<enter>").wait("Timeline").wait("****");
    console.press("7").wait("scripted model, not an AI");
    ask_for_plan(&mut console, prompt);
    (desk, home, console, top)
}

#[test]
fn a_plan_writes_nothing_until_it_is_run_and_then_asks_for_each_write() {
    let (desk, home, mut console, top) = begin((200, 60), billing::PROMPT);
    console.wait("customer_unmask").wait("conversation_add_note").wait("card");
    assert_eq!(desk.effects(), Vec::<String>::new(), "plan mode writes nothing");
    let offered = desk.model_traffic();
    assert!(offered.contains("plan_propose") && !offered.contains("\"name\":\"conversation_add_note\""));

    console.press("R").wait("Approval").wait(&format!("POST /v1/customers/{}/unmasking-windows", top.customer));
    assert_eq!(desk.effects(), Vec::<String>::new(), "nothing before a yes");
    console.press("a");
    console.wait(&format!("POST /v1/conversations/{}/notes", top.conversation));
    console.wait("a step of the plan you run").wait(&top.phone).press("Ga");
    console.gone("Approval").wait("steps done");

    let note = top.notes(&desk).into_iter().find(|note| note.contains(&top.phone)).expect("the note is on the desk");
    assert!(note.contains(&top.billing_id), "{note}");
    top.assert_absent_from(&desk.model_traffic(), "what the model was sent");
    console.press("q");
    assert_eq!(console.exit_code(), 0);
    top.assert_absent_from(&String::from_utf8_lossy(&home.bytes()), "the program's own files");
}

#[test]
fn a_refused_card_stops_the_plan_there() {
    let (desk, _home, mut console, _top) = begin((120, 40), billing::PROMPT);
    console.press("R").wait("Approval").press("x").wait("Why not?");
    console.type_text("call them first").press("<enter>");
    console.gone("Approval").wait("stopped at step").wait("call them first");
    assert_eq!(desk.effects(), Vec::<String>::new());
}

#[test]
fn an_edited_step_is_what_its_card_shows_and_what_is_written() {
    let (desk, _home, mut console, top) = begin((80, 24), DRAFT);
    console.press("t").wait("asks first, then card");
    console.press("e").wait("Edit step").type_text("body").wait("body").press("<enter>").wait("enter keeps it");
    console.press("<c-a><c-k>").type_text("Your parcel comes at noon.").press("<enter>").gone("enter keeps it");
    console
        .press("n")
        .wait("enter keeps it")
        .type_text("promised by Kim")
        .press("<enter>")
        .wait("note: promised by Kim");
    assert_eq!(desk.effects(), Vec::<String>::new());
    console.press("R").wait("Approval").press("G").wait("Your parcel comes at noon.").press("a");
    console.gone("Approval").wait("1 step done");
    let effects = desk.effects();
    assert!(effects.iter().any(|effect| effect.contains("drafts")), "{effects:?}");
    let key = desk.unmasked_key();
    let (_, drafts) = desk.call_as(&key, "GET", &format!("/v1/customers/{}/drafts", top.customer), None);
    assert!(drafts.to_string().contains("Your parcel comes at noon."), "{drafts}");
}

#[test]
fn a_plan_is_a_draft_after_a_restart_and_its_placeholders_are_dead() {
    let desk = Desk::start(&[]);
    let home = Home::new();
    let number = "+14155552671";
    let words = format!(
        "We need to update the phone number for the user with external ID 'USR-555'. First, look them up by external ID. If \
         their current phone number is masked, create an unmasking window to verify it. If the unmasked number does not match \
         '{number}', update their profile with the new number."
    );
    let mut console = Console::start(&home, Some(&desk));
    console.wait("SANDBOX").press("7").wait("scripted model, not an AI");
    ask_for_plan(&mut console, &words);
    console.wait("customer_update");
    console.press("<c-c>");
    assert_eq!(console.exit_code(), 0);
    assert!(!String::from_utf8_lossy(&home.bytes()).contains("4155552671"), "the number is on the disk");

    let mut console = Console::start(&home, Some(&desk));
    console.wait("SANDBOX").wait("needs a value again").press("G");
    console.press("e").wait("Edit step").type_text("phone").press("<enter>").wait("enter keeps it");
    console.press("<c-a><c-k>").type_text(number).press("<enter>").gone("needs a value again");
    console.press("R").wait("Approval").press("Ga").wait("PATCH").wait(number).press("Ga");
    console.gone("Approval").wait("steps done");
    let (_, found) = desk.call_as(&desk.unmasked_key(), "GET", "/v1/customers/externalId=USR-555", None);
    assert_eq!(found["data"]["attributes"]["phones"][0]["phone"], json!(number), "{found}");
    console.press("q");
    assert_eq!(console.exit_code(), 0);
    assert!(!desk.model_traffic().contains("4155552671"), "the model was told the number");
    assert!(!String::from_utf8_lossy(&home.bytes()).contains("4155552671"), "the number is on the disk");
}
