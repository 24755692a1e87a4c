//! Canaries: one comes after a few decisions, goes past a person who approves everything, and never reaches the desk.

use serde_json::Value;

use super::Top;
use crate::harness::{Console, Desk, Home, run};

#[test]
fn a_missed_canary_is_told_at_once_counted_and_never_reaches_the_desk() {
    let (desk, home) = (Desk::start(&[]), Home::new());
    let folder = home.path().join("config");
    std::fs::create_dir_all(&folder).expect("a folder");
    let settings = "[approval]\ncards_for_own = true\n[vigilance]\nenabled = true\nper_shift = 1\n";
    std::fs::write(folder.join("settings.toml"), settings).expect("written");
    let top = Top::of(&desk);
    let mut console = Console::start(&home, Some(&desk));
    console.wait("SANDBOX").wait(&top.subject).press("<enter>").wait("****").press("1").wait("Queue ·");
    let mut decisions = 0;
    while !console.text().contains("DRAFT") {
        decisions += 1;
        assert!(decisions <= 6, "a canary is due within five decisions");
        console.press("d").wait("WRITE").press("Ga");
        console.wait_until("the answer", |screen| !screen.contains("Approval") || screen.contains("DRAFT"));
        console.wait_until("nothing on its way", |screen| screen.contains("done: update") || screen.contains("DRAFT"));
    }
    console
        .press("Ga")
        .wait("That was a canary, and it went past you")
        .wait("nothing was sent")
        .press("<esc>")
        .gone("That was a canary");
    console.press("q");
    console.exit_code();

    let effects = desk.effects();
    assert!(!effects.is_empty() && effects.iter().all(|effect| effect.starts_with("PATCH")), "{effects:?}");
    let told = |args: &[&str]| String::from_utf8_lossy(&run(&home, Some(&desk), args).stdout).into_owned();
    let shifts: Value = serde_json::from_str(&told(&["vigilance", "--json"])).expect("one JSON document");
    assert_eq!((&shifts["shifts"][0]["shown"], &shifts["shifts"][0]["caught"]), (&1.into(), &0.into()));
    let missed: Value =
        serde_json::from_str(&told(&["audit", "list", "--event", "missed", "--json"])).expect("one entry");
    assert!(missed["canary"].is_string() && missed["dwell_ms"].is_u64() && missed["requests"].is_null(), "{missed}");
    assert!(told(&["handover"]).contains("0 of 1 canaries caught"));
    assert!(run(&home, None, &["audit", "verify"]).status.success());
}
