//! The command line: what needs a yes and cannot ask for one does nothing and says so.

use super::{Top, billing::PROMPT};
use crate::harness::{Console, Desk, Home, run};

#[test]
fn ask_without_a_terminal_refuses_and_writes_nothing() {
    let (desk, home) = (Desk::start(&[]), Home::new());
    let output = run(&home, Some(&desk), &["ask", PROMPT]);
    assert_eq!(output.status.code(), Some(3), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(desk.effects(), Vec::<String>::new());
    assert!(!desk.log().is_empty(), "it did read");
}

#[test]
fn ask_on_a_terminal_asks_there() {
    let (desk, home) = (Desk::start(&[]), Home::new());
    let top = Top::of(&desk);
    let mut console =
        Console::start_with(&home, Some(&desk), &["ask", PROMPT, "--conversation", &top.conversation], (120, 60));
    console.wait("a approves").wait("unmasking-windows").press("a");
    console.wait("/notes").wait(&top.phone).press("a");
    assert_eq!(console.exit_code(), 0, "{}", console.raw());
    assert!(top.notes(&desk).iter().any(|note| note.contains(&top.phone)));
    top.assert_absent_from(&desk.model_traffic(), "what the model was sent");
    let closed =
        desk.effects().iter().any(|effect| effect.starts_with("DELETE") && effect.ends_with("/unmasking-windows"));
    assert!(closed, "the window is closed when the command ends");
}

#[test]
fn ask_takes_a_note_along_with_a_yes_and_edits_in_the_persons_own_editor() {
    let (desk, home) = (Desk::start(&[]), Home::new());
    let top = Top::of(&desk);
    let script = home.path().join("editor.sh");
    std::fs::write(&script, "printf ' (mended)' >> \"$1\"\n").expect("a script");
    let editor = format!("sh {}", script.display());
    let args = ["ask", PROMPT, "--conversation", &top.conversation];
    let mut console = Console::start_in(&home, Some(&desk), &args, (120, 60), &[("EDITOR", &editor)]);
    console.wait("a approves").wait("n adds a note").press("n").wait("tell the author with your yes");
    console.type_text("mind the time zone").press("<enter>").wait("told with your yes: mind the time zone");
    assert_eq!(desk.effects(), Vec::<String>::new(), "a note is no yes");
    console.press("a").wait("/notes").wait("e edits").press("e").wait("(mended)").press("a");
    assert_eq!(console.exit_code(), 0, "{}", console.raw());
    assert!(desk.model_traffic().contains("mind the time zone"), "the model is told");
    assert!(top.notes(&desk).iter().any(|note| note.ends_with("(mended)")), "{:?}", top.notes(&desk));
}

#[test]
fn a_raw_write_needs_a_terminal_and_a_raw_read_does_not() {
    let (desk, home) = (Desk::start(&[]), Home::new());
    let top = Top::of(&desk);
    let path = format!("/v1/conversations/{}/notes", top.conversation);
    let write = run(&home, Some(&desk), &["request", "POST", &path, "-d", "{\"body\":\"x\"}"]);
    assert_eq!((write.status.code(), desk.effects()), (Some(3), vec![]));
    let read = run(&home, Some(&desk), &["request", "GET", &path]);
    assert_eq!(read.status.code(), Some(0));
    let wrong = run(&home, Some(&desk), &["request", "FETCH", &path]);
    assert_eq!(wrong.status.code(), Some(2));
}

#[test]
fn reading_commands_print_masked_json() {
    let (desk, home) = (Desk::start(&[]), Home::new());
    let top = Top::of(&desk);
    let search = run(&home, Some(&desk), &["search", &format!("email:{}", top.email), "--json"]);
    let found: serde_json::Value = serde_json::from_slice(&search.stdout).expect("one JSON document");
    assert_eq!(found["customers"][0]["id"], top.customer.as_str());
    for args in [
        &["search", &format!("email:{}", top.email), "--json"][..],
        &["timeline", &top.customer, "--json"],
        &["kobjects", "order", "--json"],
    ] {
        let output = run(&home, Some(&desk), args);
        assert_eq!(output.status.code(), Some(0), "{args:?}");
        serde_json::from_slice::<serde_json::Value>(&output.stdout).expect("one JSON document");
        top.assert_absent_from(&String::from_utf8_lossy(&output.stdout), "the command's output");
    }
}

#[test]
fn a_bad_key_is_exit_four_and_an_unreachable_desk_five() {
    let (mut desk, home) = (Desk::start(&[]), Home::new());
    desk.api_key = "nonsense".into();
    assert_eq!(run(&home, Some(&desk), &["search", "x"]).status.code(), Some(4));
    desk.kustomer = "http://127.0.0.1:9".into();
    assert_eq!(run(&home, Some(&desk), &["search", "x"]).status.code(), Some(5));
}

#[test]
fn tools_say_what_they_do_and_doctor_what_it_found() {
    let home = Home::new();
    let list = run(&home, None, &["tools", "list", "--effect", "unmask", "--json"]);
    let tools: serde_json::Value = serde_json::from_slice(&list.stdout).expect("one JSON document");
    assert_eq!(tools["tools"][0]["asks_a_person"], true);
    let doctor = run(&home, None, &["doctor"]);
    let words = String::from_utf8_lossy(&doctor.stdout).into_owned();
    assert!(
        doctor.status.success() && words.contains("SANDBOX") && words.contains("scripted model, not an AI"),
        "{words}"
    );
}
