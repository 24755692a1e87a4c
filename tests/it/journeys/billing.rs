//! "Double-billed": search, unmask, read, summarise, note: eight calls, two cards, and what each refusal leaves behind.

use super::{Top, ask, open_top_with_assistant};
use crate::harness::{Console, Desk, Home, run};

pub const PROMPT: &str = "A user just wrote in saying they were double-billed. Search for their customer profile using the \
    email domain from the ticket. If you find them, unmask their data, get their exact phone number and external billing ID, \
    and summarize their last 3 conversations. Put all of this into a private note on the current conversation.";

fn begin() -> (Desk, Home, Console, Top) {
    begin_at(Desk::start(&[]))
}

/// The same at this desk, up to the first card.
pub fn begin_at(desk: Desk) -> (Desk, Home, Console, Top) {
    begin_in(desk, Home::new())
}

/// The same with these settings.
pub fn begin_in(desk: Desk, home: Home) -> (Desk, Home, Console, Top) {
    let mut console = Console::start(&home, Some(&desk));
    let top = Top::of(&desk);
    open_top_with_assistant(&mut console, &top);
    ask(&mut console, PROMPT);
    console.wait("Approval").wait(&format!("POST /v1/customers/{}/unmasking-windows", top.customer));
    (desk, home, console, top)
}

#[test]
fn two_approvals_put_the_real_number_into_the_note_and_nowhere_else() {
    approved_to_the_end(begin());
}

/// Both cards answered, and what has to be true of the desk, the model, the disk and the trail then.
pub fn approved_to_the_end((desk, home, mut console, top): (Desk, Home, Console, Top)) -> (Desk, Home, Top) {
    assert_eq!(desk.effects(), Vec::<String>::new(), "nothing before a yes");
    console.wait(&top.name).press("a");
    console.wait(&format!("POST /v1/conversations/{}/notes", top.conversation));
    console.wait(&top.phone).press("Ga");
    console.gone("Approval").wait("Done. The private note").gone("7 Assistant …");

    let notes = top.notes(&desk);
    let note = notes.iter().find(|note| note.contains(&top.phone)).expect("the note is on the desk");
    assert!(note.contains(&top.billing_id), "{note}");
    top.assert_absent_from(&desk.model_traffic(), "what the model was sent");

    console.press("3").wait("private note").wait(&top.billing_id).press("q");
    assert_eq!(console.exit_code(), 0);
    let is_closing = |effect: &String| effect.starts_with("DELETE") && effect.contains("unmasking");
    assert!(desk.effects().iter().any(is_closing), "the window is closed: {:?}", desk.effects());
    top.assert_absent_from(&String::from_utf8_lossy(&home.bytes()), "the program's own files");
    let audit = run(&home, Some(&desk), &["audit", "list", "--json"]);
    let trail = String::from_utf8_lossy(&audit.stdout).into_owned();
    assert!(trail.contains("\"unmask\"") && trail.contains("notes"), "{trail}");
    assert!(run(&home, Some(&desk), &["audit", "verify"]).status.success());
    (desk, home, top)
}

#[test]
fn refusing_the_unmask_leaves_the_desk_unchanged_and_tells_the_model_why() {
    let (desk, _home, mut console, top) = begin();
    console.press("x").wait("Why not?");
    console.type_text("customer was not verified").press("<enter>");
    console.gone("Approval").wait("refused").wait("customer was not verified");
    assert_eq!(desk.effects(), Vec::<String>::new());
    assert!(desk.model_traffic().contains("customer was not verified"), "the model is told why");
    assert!(top.notes(&desk).iter().all(|note| !note.contains(&top.phone)));
}

#[test]
fn refusing_the_note_leaves_no_note() {
    let (desk, _home, mut console, top) = begin();
    let before = top.notes(&desk);
    console.press("a").wait(&format!("POST /v1/conversations/{}/notes", top.conversation));
    console.press("x").wait("Why not?");
    console.type_text("too much detail").press("<enter>");
    console.gone("Approval").wait("too much detail");
    assert_eq!(top.notes(&desk), before);
    assert!(desk.model_traffic().contains("too much detail"));
    top.assert_absent_from(&desk.model_traffic(), "what the model was sent");
}

#[test]
fn enter_paste_and_escape_answer_nothing() {
    let (desk, _home, mut console, _top) = begin();
    console.press("<enter><enter>").paste("aaaa\r").press("<tab>");
    console.wait("Approval");
    assert_eq!(desk.effects(), Vec::<String>::new());
}

#[test]
fn an_edited_note_is_sent_as_it_was_edited() {
    let (desk, _home, mut console, top) = begin();
    console.press("a").wait(&format!("POST /v1/conversations/{}/notes", top.conversation));
    console.press("e").type_text("checked by hand: ").press("<c-s>");
    console.wait("Approval").wait("checked by hand").press("Ga");
    console.gone("Approval").wait_until("the edited note on the desk", |_| {
        top.notes(&desk).iter().any(|note| note.contains("checked by hand: "))
    });
}
