//! Dialogues are kept as they grow, without values; found, read and replayed, and nothing of them is run again.

use std::fs;

use super::{Top, ask, billing, open_top_with_assistant};
use crate::harness::{Console, Desk, Home, run};

fn printed(home: &Home, desk: &Desk, args: &[&str]) -> String {
    let output = run(home, Some(desk), args);
    assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
fn a_dialogue_survives_a_kill_and_is_found_read_and_replayed_without_values() {
    let (desk, home) = (Desk::start(&[]), Home::new());
    let mut console = Console::start(&home, Some(&desk));
    let top = Top::of(&desk);
    open_top_with_assistant(&mut console, &top);
    ask(&mut console, &format!("{} Their number is {}.", billing::PROMPT, top.phone));
    console.wait("Approval").press("a").wait(&format!("POST /v1/conversations/{}/notes", top.conversation));
    // No quitting: the program is killed with a card on screen.
    drop(console);
    top.assert_absent_from(&String::from_utf8_lossy(&home.bytes()), "the program's own files");

    let listed = printed(&home, &desk, &["transcripts", "list", "--conversation", &top.conversation, "--json"]);
    let head: serde_json::Value = serde_json::from_str(listed.trim()).expect("one dialogue");
    let id = head["id"].as_str().expect("its name").to_owned();
    assert!(head["title"].as_str().is_some_and(|title| title.contains("double-billed")), "{head}");
    assert!(printed(&home, &desk, &["transcripts", "search", "double-billed", "waiting"]).contains(&id));
    assert!(!printed(&home, &desk, &["transcripts", "search", &top.phone]).contains(&id));

    let file = home.path().join("dialogue.jsonl").display().to_string();
    printed(&home, &desk, &["transcripts", "export", &id, "-o", &file]);
    assert!(
        !run(&home, Some(&desk), &["transcripts", "export", &id, "-o", &file]).status.success(),
        "it is there already"
    );
    top.assert_absent_from(&fs::read_to_string(&file).expect("the export"), "the export");
    let before = (desk.log().len(), desk.model_traffic());
    let replayed = printed(&home, &desk, &["replay", &file]);
    assert!(replayed.contains("nothing here is run again") && replayed.contains("call customer_unmask (unmask): done"));
    let lines = printed(&home, &desk, &["replay", &file, "--json"]);
    assert_eq!(lines.lines().count() + 1, fs::read_to_string(&file).expect("the export").lines().count());
    let mut walk = Console::start_with(&home, Some(&desk), &["replay", &file], (120, 40));
    walk.wait("[1/").press(" ").wait("[2/").press("b").wait("Enter or Space").press("q");
    assert_eq!(walk.exit_code(), 0);
    assert_eq!((desk.log().len(), desk.model_traffic()), before, "a replay asks nobody");
    let refused = run(&home, Some(&desk), &["replay", "/dev/null"]);
    assert_eq!(refused.status.code(), Some(1));

    let mut console = Console::start(&home, Some(&desk));
    console
        .wait("SANDBOX")
        .wait("ask something")
        .press("<esc>")
        .wait("i writes")
        .press("h")
        .wait("Earlier dialogues")
        .press("<enter>");
    console.wait("to read only").wait("call customer_find").press("<esc>").gone("to read only");
    console.press("H").wait("Search all dialogues").type_text("customer_unmask").press("<enter>");
    console.wait("Earlier dialogues").wait("they were double");
}

#[test]
fn a_half_typed_number_comes_back_and_is_not_on_the_disk() {
    let (desk, home) = (Desk::start(&[]), Home::new());
    let mut console = Console::start(&home, Some(&desk));
    console.wait("SANDBOX").press("7").wait("scripted model, not an AI");
    console.type_text("call them on +4915550001122 and").wait("+4915550001122 and");
    std::thread::sleep(std::time::Duration::from_millis(500));
    drop(console);
    assert!(!String::from_utf8_lossy(&home.bytes()).contains("4915550001122"), "the number is on the disk");
    let mut console = Console::start(&home, Some(&desk));
    console.wait("SANDBOX").press("7").wait("call them on +4915550001122 and");
}
