//! Each way of answering a card, at 80x24 and on a wide screen, and what a crash leaves of an answer.

use serde_json::Value;

use super::{Top, ask, billing, notes, open_top_with_assistant};
use crate::harness::{Console, Desk, Home, run};

const SIZES: [(u16, u16); 2] = [(80, 24), (200, 60)];

/// The assistant's first card: it wants to unmask.
fn begin(size: (u16, u16)) -> (Desk, Home, Console, Top) {
    let (desk, home) = (Desk::start(&[]), Home::new());
    let mut console = Console::start_with(&home, Some(&desk), &[], size);
    let top = Top::of(&desk);
    open_top_with_assistant(&mut console, &top);
    ask(&mut console, billing::PROMPT);
    console.wait("Approval").wait("a approve");
    (desk, home, console, top)
}

#[test]
fn a_yes_with_a_note_reaches_the_model_with_the_result() {
    for size in SIZES {
        let (desk, home, mut console, _top) = begin(size);
        console.press("n").wait("Tell the author").type_text("mind the time zone").press("<enter>");
        console.press("G").wait("told with your yes: mind the time zone");
        assert_eq!(desk.effects(), Vec::<String>::new(), "a note is no yes");
        console.press("Ga").wait("WRITE").press("G").wait("/notes");
        assert!(desk.model_traffic().contains("mind the time zone"), "the model is told");
        let trail = run(&home, Some(&desk), &["audit", "list", "--json"]);
        assert!(String::from_utf8_lossy(&trail.stdout).contains("\"note\":\"mind the time zone\""));
    }
}

#[test]
fn changes_asked_for_do_nothing_and_reach_the_model() {
    for size in SIZES {
        let (desk, home, mut console, _top) = begin(size);
        console.press("c").wait("What is to be different?").press("<enter>").wait("say what is to be different");
        console.type_text("ask for the billing id only").press("<enter>").gone("Approval");
        console.wait_until("the model to be told", |_| {
            let traffic = desk.model_traffic();
            traffic.contains("changes_requested") && traffic.contains("ask for the billing id only")
        });
        assert_eq!(desk.effects(), Vec::<String>::new());
        let trail = run(&home, Some(&desk), &["audit", "list", "--json"]);
        assert!(String::from_utf8_lossy(&trail.stdout).contains("\"event\":\"returned\""));
    }
}

#[test]
fn one_put_off_comes_back_by_hand_and_is_answered_then() {
    for size in SIZES {
        let (desk, _home, mut console, _top) = begin(size);
        console.press("d").wait("Put it off for how many minutes?").press("<bs>").type_text("0").press("<enter>");
        console.wait("from 1 to 60").press("<bs>").type_text("7").press("<enter>").gone("Approval");
        console.wait("put off").press("W").wait("Waiting for a yes: 1").wait("back in");
        console.press("<enter>").wait("Approval").press("G").press("a").wait("/notes");
        assert_eq!(desk.effects().len(), 1);
    }
}

#[test]
fn a_refused_request_is_not_asked_again_even_by_a_console_started_anew() {
    let (desk, home, mut console, top) = begin((120, 40));
    console.press("x").wait("Why not?").type_text("not verified").press("<enter>").gone("Approval");
    console.gone("7 Assistant …").press("<c-c>");
    console.exit_code();
    let mut console = Console::start(&home, Some(&desk));
    console.wait("SANDBOX").wait("ask something").wait(&format!("about: {}", top.subject));
    ask(&mut console, billing::PROMPT);
    console.wait("refused before (not verified)");
    assert!(!console.text().contains("Approval"));
    assert_eq!(desk.effects(), Vec::<String>::new());
}

#[test]
fn an_edit_is_shown_word_by_word_and_the_editor_may_be_the_persons_own() {
    for size in SIZES {
        let (desk, home) = (Desk::start(&[]), Home::new());
        let top = Top::of(&desk);
        let script = home.path().join("editor.sh");
        std::fs::write(&script, "sed -i s/yesterday/today/ \"$1\"\n").expect("a script");
        let editor = format!("sh {}", script.display());
        let mut console = Console::start_in(&home, Some(&desk), &[], size, &[("EDITOR", &editor)]);
        console.wait(&top.name).press("<enter>").wait("****").press("n").wait("0/10240");
        console.type_text("the parcel came yesterday").press("<enter>").wait("Approval");
        console.press("e").wait("use this text").press("<c-e>").wait("came today").press("<c-s>");
        console.wait("a approve").press("G").wait("[-yesterday-] {+today+}");
        assert_eq!(desk.effects(), Vec::<String>::new());
        console.press("a").gone("Approval").wait_until("the edited note at the desk", |_| {
            notes(&desk, &top.conversation).iter().any(|note| note == "the parcel came today")
        });
    }
}

#[test]
fn the_same_note_on_two_conversations_is_one_answer_and_two_records() {
    for size in SIZES {
        let (desk, home) = (Desk::start(&[]), Home::new());
        let top = Top::of(&desk);
        let mut console = Console::start_with(&home, Some(&desk), &[], size);
        for row in ["gg", "ggj"] {
            console.wait(&top.name).press(row).press("<enter>").wait("****").press("n").wait("0/10240");
            console.type_text("outage, see status page").press("<enter>").wait("Approval").press("<esc>");
            console.gone("Approval").press("1").wait("Queue");
        }
        console.press("W").wait("Waiting for a yes: 2").press("<enter>").wait("Approval: 2 waiting");
        console.press("s").wait("2 alike").wait("approve all 2").press("G").press("a").gone("Approval");
        console.wait_until("both notes at the desk", |_| desk.effects().len() == 2);
        let trail = run(&home, Some(&desk), &["audit", "list", "--json"]);
        let entries: Vec<Value> = String::from_utf8_lossy(&trail.stdout)
            .lines()
            .filter_map(|line| serde_json::from_str(line).ok())
            .filter(|entry: &Value| entry["event"] == "approved")
            .collect();
        assert_eq!(entries.len(), 2);
        assert!(entries[0]["digest"] != entries[1]["digest"] && entries[0]["proposal"] != entries[1]["proposal"]);
    }
}

#[test]
fn what_was_sent_when_the_console_was_killed_is_looked_up_at_the_next_start() {
    let (desk, home) = (Desk::start(&[]), Home::new());
    let top = Top::of(&desk);
    let mut console = Console::start(&home, Some(&desk));
    console.wait(&top.name).press("<enter>").wait("****").press("n").wait("0/10240");
    // It is done, and its answer comes in twenty pieces over half a minute.
    desk.fault("POST /v1/conversations/*/notes drip=1500 n=1");
    console.type_text("called back").press("<enter>").wait("Approval").press("Ga");
    console.wait_until("the note at the desk", |_| {
        notes(&desk, &top.conversation).iter().any(|note| note.starts_with("called back"))
    });
    console.signal("KILL");
    console.exit_code();
    let listed = run(&home, Some(&desk), &["audit", "list", "--unsettled"]);
    let listed = String::from_utf8_lossy(&listed.stdout).into_owned();
    assert!(listed.contains("private note"), "{listed}");

    let mut again = Console::start(&home, Some(&desk));
    again.wait("sent by an earlier run and never recorded: 1 found on the desk");
    again.press("8").wait("Audit").wait("unknown").wait("done").press("q");
    again.exit_code();
    let listed = run(&home, Some(&desk), &["audit", "list", "--unsettled"]);
    assert!(!String::from_utf8_lossy(&listed.stdout).contains("private note"));
    assert_eq!(notes(&desk, &top.conversation).iter().filter(|note| note.starts_with("called back")).count(), 1);
    assert!(run(&home, Some(&desk), &["audit", "verify"]).status.success());
}
