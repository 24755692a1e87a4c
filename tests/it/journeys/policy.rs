//! The policy file: refused when it is not understood, asked by on the card, tried on what was decided; and two persons who
//! each say yes.

use serde_json::Value;

use super::Top;
use crate::harness::{Console, Desk, Home, run};

fn with_policy(text: &str) -> Home {
    let home = Home::new();
    let folder = home.path().join("config");
    std::fs::create_dir_all(&folder).expect("a folder");
    std::fs::write(folder.join("policy.toml"), text).expect("written");
    home
}

fn said(home: &Home, desk: &Desk, args: &[&str]) -> String {
    let output = run(home, Some(desk), args);
    String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned()
}

/// The entries of the trail, the newest first.
fn entries(home: &Home, desk: &Desk) -> Vec<Value> {
    let listed = said(home, desk, &["audit", "list", "--json"]);
    listed.lines().map(|line| serde_json::from_str(line).expect("one JSON object a line")).collect()
}

/// Writes a note on the top conversation and puts it up for approval.
fn put_up_note(home: &Home, desk: &Desk, top: &Top, words: &str) -> Console {
    let mut console = Console::start(home, Some(desk));
    console.wait("SANDBOX").wait(&top.subject).press("<enter>").wait("****");
    console.press("n").type_text(words).press("<enter>").wait("Approval");
    console
}

#[test]
fn a_policy_that_is_not_understood_starts_nothing_and_points_at_the_place() {
    let desk = Desk::start(&[]);
    let home = with_policy("[[rule]]\nanswer = \"deny\"\neffect = \"wirte\"\n");
    for args in [&["search", "x"][..], &["policy", "show"], &["ask", "x"], &["handover"]] {
        let output = run(&home, Some(&desk), args);
        let words = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{args:?}: {words}");
        assert!(
            words.contains("policy.toml:3:10: there is no effect \"wirte\"") && words.contains("^^^^^^^"),
            "{words}"
        );
    }
    let mut console = Console::start(&home, Some(&desk));
    assert_eq!(console.exit_code(), 2);
    assert_eq!(desk.log(), Vec::<Value>::new(), "the desk was not even asked who we are");
    assert!(
        said(&with_policy("[[rule]]\nanswer = \"allow\""), &desk, &["policy", "show"])
            .contains("looser than the floor")
    );
}

#[test]
fn a_reason_is_asked_for_kept_and_tried_against_another_policy() {
    let desk = Desk::start(&[]);
    let home = with_policy("[[rule]]\nname = \"notes say why\"\neffect = \"write\"\nanswer = \"ask with reason\"\n");
    let top = Top::of(&desk);
    let mut console = put_up_note(&home, &desk, &top, "called back");
    console.wait("notes say why").press("Ga").wait("Why do you approve?").press("<enter>");
    console.wait("Why do you approve?");
    assert_eq!(top.notes(&desk).iter().filter(|note| *note == "called back").count(), 0, "no reason, no yes");
    console.type_text("the lead agreed").press("<enter>").gone("Approval");
    console.wait_until("the note", |_| top.notes(&desk).iter().any(|note| note == "called back"));
    console.wait("done: add a private note").press("q");
    console.exit_code();

    let all = entries(&home, &desk);
    let approved = all.iter().find(|entry| entry["event"] == "approved").expect("an approval");
    assert_eq!(
        (&approved["because"], &approved["facts"]["asked"]),
        (&"the lead agreed".into(), &"ask with reason".into())
    );
    assert_eq!(approved["facts"]["rules"][0], "notes say why");

    let other = home.path().join("other.toml");
    std::fs::write(&other, "[[rule]]\nchannel = \"note\"\neffect = \"write\"\nanswer = \"deny\"").expect("written");
    assert!(said(&home, &desk, &["policy", "test", &other.display().to_string()]).contains("no channel \"note\""));
    std::fs::write(&other, "[[rule]]\neffect = \"write\"\nanswer = \"deny\"").expect("written");
    let tried = said(&home, &desk, &["policy", "test", &other.display().to_string(), "--json"]);
    let tried: Value = serde_json::from_str(&tried).expect("one JSON document");
    assert_eq!((&tried["decisions"], &tried["differently"], &tried["cannot_tell"]), (&1.into(), &1.into(), &0.into()));
    assert_eq!(tried["rows"][0]["now"], "deny");
    let same = said(&home, &desk, &["policy", "test", "--last", "5"]);
    assert!(same.contains("0 would be treated differently") && same.contains("ask with reason"), "{same}");
}

#[test]
fn what_a_rule_denies_never_becomes_a_card() {
    let desk = Desk::start(&[]);
    let home = with_policy("[[rule]]\nname = \"no notes\"\neffect = \"write\"\nanswer = \"deny\"\n");
    let top = Top::of(&desk);
    let mut console = Console::start(&home, Some(&desk));
    console.wait("SANDBOX").wait(&top.subject).press("<enter>").wait("****");
    console.press("n").type_text("called back").press("<enter>").wait("no notes");
    console.press("<c-c>").press("<c-c>");
    console.exit_code();
    assert_eq!(desk.effects(), Vec::<String>::new());
}

#[test]
fn two_persons_have_to_be_two_and_the_change_is_what_the_first_saw() {
    let desk = Desk::start(&[]);
    let home = with_policy("[[rule]]\nname = \"four eyes\"\neffect = \"write\"\nanswer = \"two persons\"\n");
    let top = Top::of(&desk);
    let mut console = put_up_note(&home, &desk, &top, "refund agreed");
    console.wait("yours is the first yes").press("Ga").wait("Why do you approve?");
    console.type_text("seen").press("<enter>").gone("Approval").wait("yours is the first yes");
    console.press("q");
    console.exit_code();
    assert_eq!(desk.effects(), Vec::<String>::new(), "one yes is none");
    let waiting = said(&home, &desk, &["policy", "second", "--json"]);
    let waiting: Value = serde_json::from_str(waiting.lines().next().expect("a line")).expect("JSON");
    let proposal = waiting["proposal"].as_str().expect("its name").to_owned();
    assert!(said(&home, &desk, &["handover"]).contains("a second person has to (#1)"));

    let again = |key: &str| {
        let key = [("KUSTOMER_API_KEY", key)];
        let mut second = Console::start_in(&home, Some(&desk), &["policy", "second", &proposal], (120, 60), &key);
        second.wait("refund agreed").wait("yours is the second").press("a").wait("why do you approve");
        second.type_text("seen too").press("<enter>");
        second
    };
    let mut same = again(&desk.api_key);
    same.wait("another user has to give the second yes").press("<c-c>");
    assert_eq!((same.exit_code(), desk.effects()), (130, vec![]), "the same person stays one");

    let mut other = again(&desk.key("admin"));
    assert_eq!(other.exit_code(), 0, "{}", other.raw());
    assert!(top.notes(&desk).iter().any(|note| note == "refund agreed"));
    let events: Vec<String> = entries(&home, &desk).iter().map(|entry| super::text(&entry["event"])).collect();
    assert_eq!(events, ["done", "approved", "first yes"]);
    assert!(said(&home, &desk, &["policy", "second"]).contains("nothing waits"));
    assert!(run(&home, None, &["audit", "verify"]).status.success());
}
