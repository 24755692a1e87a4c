//! The trail after a shift: verifies, and names the record somebody changed behind the program's back.

use super::Top;
use crate::harness::{Console, Desk, Home, run};

#[test]
fn any_changed_byte_of_an_entry_is_named_by_record() {
    let (desk, home) = (Desk::start(&[]), Home::new());
    let top = Top::of(&desk);
    let mut console = Console::start(&home, Some(&desk));
    console.wait(&top.subject).press("<enter>").wait("****");
    console.press("n").type_text("called back").press("<enter>");
    console.wait("Approval").press("Ga").gone("Approval");
    console.wait_until("the note on the timeline", |_| top.notes(&desk).iter().any(|note| note == "called back"));
    console.wait("done: add a private note").press("n").wait("0/10240").press("<esc>");
    console.wait("n note").press("8").wait("done");
    console.press("q");
    console.exit_code();
    assert!(run(&home, None, &["audit", "verify"]).status.success());
    // Whoever opens the store and lets go of it leaves everything in its one file.
    assert!(run(&home, None, &["audit", "list"]).status.success());

    let file = home.path().join("data").join("shiftdeck.db");
    let mut bytes = std::fs::read(&file).expect("the database");
    let needle = b"\"event\":\"done\"";
    let at = bytes.windows(needle.len()).rposition(|window| window == needle).expect("the entry is in the file");
    bytes[at + 10] = b'g';
    std::fs::write(&file, bytes).expect("written back");
    let verify = run(&home, None, &["audit", "verify"]);
    let words = String::from_utf8_lossy(&verify.stderr).into_owned();
    assert_eq!(verify.status.code(), Some(1));
    assert!(words.contains("record 2 was changed"), "{words}");
}
