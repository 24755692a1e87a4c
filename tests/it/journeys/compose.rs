//! Writing: replies, drafts and notes by keys alone, through the real program against a real desk; nothing typed is lost and
//! nothing is sent twice.

use serde_json::{Value, json};

use super::{Top, text};
use crate::harness::{Console, Desk, Home};

/// The console with the top conversation open.
fn opened(home: &Home, desk: &Desk, top: &Top) -> Console {
    let mut console = Console::start(home, Some(desk));
    console.wait("SANDBOX").wait(&top.subject).press("<enter>").wait("****");
    console
}

/// Goes over e-mail, whatever the conversation used.
fn over_email(console: &mut Console) {
    console.press("<c-o>").wait("Over which channel").type_text("email").press("<enter>").wait("subject");
}

fn drafts(desk: &Desk, customer: &str) -> Vec<String> {
    let found = desk.get(&format!("/v1/customers/{customer}/drafts?pageSize=100"));
    found["data"].as_array().into_iter().flatten().map(|draft| text(&draft["attributes"]["body"])).collect()
}

/// How many outbound messages of the conversation have these words.
fn sent(desk: &Desk, top: &Top, words: &str) -> usize {
    let found = desk.get(&format!("/v1/conversations/{}/messages?pageSize=100", top.conversation));
    let all = found["data"].as_array().cloned().unwrap_or_default();
    let of = |message: &Value, name: &str| message["attributes"][name].clone();
    all.iter().filter(|message| of(message, "preview") == words && of(message, "direction") == "out").count()
}

fn posts(desk: &Desk, end: &str) -> usize {
    let ends = |entry: &Value| entry["path"].as_str().is_some_and(|path| path.ends_with(end));
    desk.log().iter().filter(|entry| entry["method"] == "POST" && ends(entry)).count()
}

#[test]
fn a_reply_is_sent_after_the_yes_without_the_address_being_known() {
    let (desk, home) = (Desk::start(&[]), Home::new());
    let top = Top::of(&desk);
    let words = "The second charge was a hold.";
    let mut console = opened(&home, &desk, &top);
    console.press("R").wait("Reply ·").type_text(words).press("<c-s>").wait("Approval").wait("SEND");
    assert_eq!(desk.effects(), Vec::<String>::new(), "nothing before the yes");
    top.assert_absent_from(&console.text(), "the card");
    console.press("Ga").gone("Approval").wait("done: create a draft");
    console.wait_until("the message at the desk", |_| sent(&desk, &top, words) == 1);
    assert_eq!((desk.effects().len(), drafts(&desk, &top.customer)), (1, Vec::new()));
    console.press("R").wait("Reply ·").wait("0/").press("<esc>");
}

#[test]
fn what_was_typed_survives_a_kill() {
    let (desk, home) = (Desk::start(&[]), Home::new());
    let top = Top::of(&desk);
    let mut console = opened(&home, &desk, &top);
    console.press("R").wait("Reply ·");
    over_email(&mut console);
    console.type_text("Hi Nadia,\r\rthe first of two.");
    console.press("<tab>").type_text("other@quill.example").press("<tab>").type_text("copy@quill.example");
    let before = home.bytes();
    console.press("<tab>").press("<tab>").type_text(" and a subject");
    console.wait("and a subject").wait_kept(&home, &before);
    assert!(!String::from_utf8_lossy(&home.bytes()).contains("and a subject"), "it stands there in clear");
    console.signal("KILL");
    console.exit_code();
    drop(console);

    let mut console = opened(&home, &desk, &top);
    console.press("R").wait("Reply ·").wait("the first of two.").wait("Hi Nadia,");
    console.wait("other@quill.example").wait("copy@quill.example").wait("and a subject").wait("email");
    assert_eq!(desk.effects(), Vec::<String>::new());
}

#[test]
fn a_draft_whose_answer_got_lost_is_found_whether_it_waits_or_left() {
    let (desk, home) = (Desk::start(&[]), Home::new());
    let top = Top::of(&desk);
    let mut console = opened(&home, &desk, &top);
    desk.fault("POST /v1/customers/*/drafts reset-after n=1");
    console.press("R").wait("Reply ·").type_text("It waits.");
    console.press("<c-g>").wait("When it leaves").type_text("draft").press("<enter>").wait("stays a draft");
    console.press("<c-s>").wait("Approval").wait("DRAFT").press("Ga").gone("Approval").wait("found by looking");
    assert_eq!((drafts(&desk, &top.customer), posts(&desk, "/drafts")), (vec!["It waits.".to_owned()], 1));

    desk.fault("POST /v1/customers/*/drafts reset-after n=1");
    console.press("R").wait("Reply ·").type_text("It left.").press("<c-s>");
    console.wait("Approval").wait("SEND").press("Ga").gone("Approval").wait("found by looking");
    assert_eq!((sent(&desk, &top, "It left."), posts(&desk, "/drafts")), (1, 2));
}

#[test]
fn canned_text_and_an_editor_of_ones_own_write_too() {
    let (desk, home) = (Desk::start(&[]), Home::new());
    let top = Top::of(&desk);
    let editor = home.path().join("editor.sh");
    std::fs::write(&editor, "#!/bin/sh\nprintf '\\nwritten elsewhere\\n' >> \"$1\"\n").expect("a script");
    std::fs::set_permissions(&editor, std::os::unix::fs::PermissionsExt::from_mode(0o700)).expect("executable");
    let visual = [("VISUAL", editor.display().to_string())];
    let mut console = Console::start_where(&home, Some(&desk), &visual);
    console.wait("SANDBOX").wait(&top.subject).press("<enter>").wait("****");
    console.press("R").wait("Reply ·").press("<c-t>").wait("Canned text").type_text("refund on").press("<enter>");
    console.wait("I have just sent the refund.");
    console.press("<c-e>").wait("written elsewhere").wait("I have just sent the refund.");
    assert!(console.with_screen(vt100::Screen::alternate_screen), "the console is back on its own screen");
    let left = std::fs::read_dir(home.path().join("data")).expect("the private folder");
    let left = left.flatten().filter(|entry| entry.file_name().to_string_lossy().starts_with("writing-")).count();
    assert_eq!(left, 0, "the file is gone");
    console.type_text(" and here").wait("written elsewhere and here").press("<esc>").wait("the words are kept");
}

#[test]
fn waiting_drafts_are_sent_edited_and_deleted_one_after_the_other() {
    let (desk, home) = (Desk::start(&[]), Home::new());
    let top = Top::of(&desk);
    for words in ["First answer.", "Second answer.", "Third answer."] {
        let body = json!({ "channel": "chat", "conversation": top.conversation, "body": words });
        let (status, answer) = desk.call("POST", &format!("/v1/customers/{}/drafts", top.customer), Some(body));
        assert_eq!(status, 200, "{answer}");
    }
    let mut console = Console::start(&home, Some(&desk));
    console.wait("SANDBOX").wait(&top.subject).press("5").wait("Third answer.").wait("of the queue's");
    console.press("/").type_text("answer.").press("<enter>");
    for left in [3, 2] {
        assert_eq!(drafts(&desk, &top.customer).len(), left);
        console.press("gg").press("s").wait("Approval").wait("SEND").press("Ga").gone("Approval");
        console.wait_until("it left", |_| drafts(&desk, &top.customer).len() == left - 1);
        console.wait("done: update a draft");
    }
    let last = drafts(&desk, &top.customer).remove(0);
    console.wait(&last).press("e").wait("Draft").type_text(" Edited").press("<c-s>");
    console.wait("Approval").press("Ga").gone("Approval").wait("done: update a draft");
    console.wait_until("it is changed", |_| drafts(&desk, &top.customer) == [format!("{last} Edited")]);
    console.wait(&format!("{last} Edited")).press("D").wait("Approval").wait("DELETE").press("G1a").gone("Approval");
    console.wait_until("it is gone", |_| drafts(&desk, &top.customer).is_empty());
    let out: usize =
        ["First answer.", "Second answer.", "Third answer."].map(|words| sent(&desk, &top, words)).iter().sum();
    assert_eq!(out, 2);
}
