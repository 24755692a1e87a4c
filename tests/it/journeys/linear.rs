//! Linear mode through the real program: the same work as on the screen, in lines, on the simplest terminal.

use super::{Top, billing::PROMPT};
use crate::harness::{Console, Desk, Home};

/// Long enough that nothing that matters scrolls away.
const PAPER: (u16, u16) = (120, 250);

fn start(home: &Home, desk: &Desk, term: &str) -> (Console, Top) {
    let mut console = Console::start_on(home, Some(desk), &["--linear"], PAPER, term);
    let top = Top::of(desk);
    console.wait("SANDBOX: simulated data").wait(&format!("1. {}", top.subject)).wait("Queue>");
    (console, top)
}

/// Opens the top conversation and asks the assistant about it, up to the first card.
fn begin(desk: &Desk, home: &Home, term: &str) -> (Console, Top) {
    let (mut console, top) = start(home, desk, term);
    console.with_screen(|screen| assert!(!screen.alternate_screen() && !screen.hide_cursor()));
    console.press("1<enter>").wait(&format!("Timeline of {}", top.name)).wait("****");
    console.press("assistant<enter>").wait("a question to the assistant");
    console.press(&format!("{PROMPT}<enter>")).wait("unmasking-windows").wait("approve, edit or refuse>");
    (console, top)
}

#[test]
fn the_double_billing_is_found_approved_and_read_in_lines_alone() {
    let (desk, home) = (Desk::start(&[]), Home::new());
    let (mut console, top) = begin(&desk, &home, "dumb");
    assert_eq!(desk.effects(), Vec::<String>::new(), "nothing before a yes");
    console.press("approve<enter>").wait(&format!("POST /v1/conversations/{}/notes", top.conversation));
    console.wait(&top.phone).wait("digest").press("approve<enter>").wait("Done. The private note");
    let notes = top.notes(&desk);
    assert!(notes.iter().any(|note| note.contains(&top.phone) && note.contains(&top.billing_id)), "{notes:?}");

    console.press("timeline<enter>").wait("private note by").press("1<enter>").wait(&top.billing_id);
    console.press("quit<enter>");
    assert_eq!(console.exit_code(), 0, "{}", console.raw());
    let said = console.written();
    assert!(said.starts_with("SANDBOX"), "SANDBOX is said first: {said}");
    let is_plain = |c: char| !c.is_control() || c == '\n' || c == '\r';
    assert!(said.chars().all(is_plain), "a control character: {said:?}");
    let is_drawing = |c: char| ('\u{2500}'..='\u{259f}').contains(&c) || ('\u{2800}'..='\u{28ff}').contains(&c);
    assert!(!said.chars().any(is_drawing), "box drawing or braille: {said}");
    top.assert_absent_from(&String::from_utf8_lossy(&home.bytes()), "the program's own files");
}

#[test]
fn what_was_typed_before_the_card_or_pasted_answers_nothing() {
    let (desk, home) = (Desk::start(&[]), Home::new());
    let (mut console, _top) = begin(&desk, &home, "xterm-256color");
    console.paste("approve\r").wait("that line was pasted");
    console.press("approve<enter>approve<enter>");
    console.wait_until("three refused pastes", |screen| screen.matches("that line was pasted").count() == 3);
    assert_eq!(desk.effects(), Vec::<String>::new());
    console.press("refuse not verified<enter>").wait("I have written no note").wait("not verified");
    assert_eq!(desk.effects(), Vec::<String>::new());
    assert!(desk.model_traffic().contains("not verified"), "the model is told why");
    console.press("quit<enter>");
    assert_eq!(console.exit_code(), 0, "{}", console.raw());
    console.assert_terminal_restored();
}

#[test]
fn a_note_is_written_edited_on_its_card_and_sent() {
    let (desk, home) = (Desk::start(&[]), Home::new());
    let (mut console, top) = start(&home, &desk, "dumb");
    console.press("1<enter>").wait("Timeline of").wait("Timeline>");
    console.press("note<enter>").wait("private note on").press("first line\\<enter>").wait("and on>");
    console.press("second line<enter>").wait("Approval:").wait("approve, edit or refuse>");
    console.press("edit<enter>").wait("The text as it is: first line second line").press("called back<enter>");
    console.wait("\"body\": \"called back\"").wait("digest").press("approve<enter>").wait("done:");
    assert!(top.notes(&desk).contains(&"called back".to_owned()), "{:?}", top.notes(&desk));
}

#[test]
fn search_help_and_every_pane_answer_in_words() {
    let (desk, home) = (Desk::start(&[]), Home::new());
    let (mut console, top) = start(&home, &desk, "dumb");
    console.press("?<enter>").wait("what can be done here, by name or number:").wait("reload: reload");
    console.press("more<enter>").wait("11. ");
    console.press("fly<enter>").wait("there is no \"fly\"");
    console.press("search<enter>").wait("a search").press(&format!("email:{}<enter>", top.email));
    console.wait("Search, customers: 1").wait("1. ").press("1<enter>").wait(&format!("Timeline of {}", top.name));
    console.press("objects<enter>").wait("KObjects>").press("drafts<enter>").wait("Drafts, not sent");
    console.press("bulk<enter>").wait("Bulk, jobs started here").press("audit<enter>").wait("Audit, newest first");
    console.press("back<enter>").wait("Bulk>").press("where<enter>").wait("in hand:");
    console.press(":commands<enter>").wait("letters narrow").press("audit<enter>").wait("Audit>");
}

#[test]
fn a_conversation_is_done_and_taken_back_by_verbs() {
    let (desk, home) = (Desk::start(&[]), Home::new());
    let (mut console, _top) = start(&home, &desk, "dumb");
    console.press("3 done<enter>").wait("undo takes it back for a while");
    let done = |effects: Vec<String>| effects.iter().filter(|line| line.starts_with("PATCH")).count();
    console.wait_until("the change to be at the desk", |_| done(desk.effects()) == 1);
    console.press("undo<enter>").wait_until("the way back to be at the desk", |_| done(desk.effects()) == 2);
    console.press("2 assign-me<enter>").wait("assigned");
    console.press("snooze<enter>").wait("a number chooses").press(":close<enter>").wait("Queue>");
}

#[test]
fn a_mail_is_written_line_by_line_and_put_up() {
    let (desk, home) = (Desk::start(&[]), Home::new());
    let (mut console, top) = start(&home, &desk, "dumb");
    console.press("1<enter>").wait("Timeline of").press("reply<enter>").wait("Writing a reply in").wait("words>");
    console.press(":channel<enter>").wait("Over which channel").press("email<enter>");
    // A line typed before the question stands again does not count.
    console.wait_until("the next line to be asked for", |screen| screen.matches("words>").count() == 2);
    console.press(":subject About your bill<enter>").wait("subject: About your bill");
    console.press("Good morning,<enter>").wait("13 of 10240").press("<enter>it is mended.<enter>").wait("28 of 10240");
    console
        .press(":put-up<enter>")
        .wait("approve, edit or refuse>")
        .wait("About your bill")
        .wait("Good morning,")
        .wait("digest");
    assert_eq!(desk.effects(), Vec::<String>::new(), "nothing before a yes");
    console.press("approve<enter>").wait("done:");
    assert!(!desk.effects().is_empty(), "{}", top.name);
}
