//! The end of a shift: the report names its entries, says nothing personal, and leads back to them in the console.

use serde_json::Value;

use super::Top;
use crate::harness::{Console, Desk, Home, run};

fn out(home: &Home, desk: &Desk, args: &[&str]) -> String {
    let output = run(home, Some(desk), args);
    assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
fn the_report_names_its_entries_and_leads_to_them() {
    let (desk, home) = (Desk::start(&[]), Home::new());
    let top = Top::of(&desk);
    let mut console = Console::start(&home, Some(&desk));
    console.wait("SANDBOX").wait(&top.subject).press("<enter>").wait("****");
    console.press("U").wait("unmask, because").type_text("the caller was verified").press("<enter>");
    console.wait("Approval").press("Ga").gone("Approval").wait(&top.phone);
    console
        .press("n")
        .wait("0/10240")
        .type_text("called back")
        .press("<enter>")
        .wait("Approval")
        .press("x")
        .wait("Why not?");
    console.type_text("not needed").press("<enter>").gone("Approval").wait("refused");
    console.press("c").wait("masked again");
    console.press(":").type_text("handover").press("<enter>").wait("Needs somebody now").wait("not needed");
    // Down to the first line that names an entry: the window that was opened first.
    console.press("jjjj").wait("closed").press("<enter>").wait("entry 1").wait("open an unmasking window");
    console.press("<esc>").gone("entry 1").press("<esc>").wait("Needs somebody now").press("<esc>").wait("WANTED BY");
    console.press("/").type_text("event:refused").wait("add a private note").gone("closed");
    console.press("<enter>").press("<esc>").wait("closed").press("q");
    console.exit_code();

    let report = out(&home, &desk, &["handover", "--since", "1h"]);
    assert!(report.contains("## Refused") && report.contains("(not needed) (#3)"), "{report}");
    assert!(report.contains("## Unmasking windows") && report.contains("(#1 #4)"), "{report}");
    for line in report.lines().filter(|line| line.starts_with("- ")) {
        assert!(line.contains("(#"), "names no entry: {line}");
    }
    top.assert_absent_from(&report, "the report");
    assert!(!report.contains(&top.name), "a customer is told by id only");

    let head = report.split("--expect ").nth(1).and_then(|rest| rest.split('`').next()).expect("the head");
    assert!(run(&home, None, &["audit", "verify", "--expect", head]).status.success());
    let json: Value = serde_json::from_str(&out(&home, &desk, &["handover", "--json"])).expect("one JSON document");
    assert_eq!(json["head"], head);
    let file = home.path().join("handover.md");
    out(&home, &desk, &["handover", "-o", &file.display().to_string()]);
    assert!(std::fs::read_to_string(file).expect("written").starts_with("# Shift handover"));
}

#[test]
fn the_trail_is_listed_by_filters_and_exported_without_formulas() {
    let (desk, home) = (Desk::start(&[]), Home::new());
    let top = Top::of(&desk);
    let mut console = Console::start(&home, Some(&desk));
    console.wait("SANDBOX").wait(&top.subject).press("<enter>").wait("****");
    console.press("n").type_text("called back").press("<enter>").wait("Approval").press("x").wait("Why not?");
    console.type_text("=1+1").press("<enter>").gone("Approval").wait("refused").press("q");
    console.exit_code();
    let count = |args: &[&str]| out(&home, &desk, &[&["audit", "list", "--json"][..], args].concat()).lines().count();
    assert_eq!(count(&[]), 1);
    for (args, wanted) in [
        (&["--event", "refused"][..], 1),
        (&["--event", "done"], 0),
        (&["--effect", "write", "--since", "1h"], 1),
        (&["--customer", &top.customer], 1),
        (&["--customer", "nobody"], 0),
        (&["--who", "nobody"], 0),
        (&["--entry", "1"], 1),
    ] {
        assert_eq!(count(args), wanted, "{args:?}");
    }
    assert_eq!(run(&home, None, &["audit", "list", "--event", "reffused"]).status.code(), Some(2));
    let csv = out(&home, &desk, &["audit", "export", "--format", "csv"]);
    assert!(csv.contains("\"'=1+1\""), "{csv}");
}
