//! Unmasking windows through the real program: closed however it ends, alone while they are open, and never lengthened unseen.

use super::Top;
use crate::harness::{Console, Desk, Home, run};

/// A console on the top conversation's timeline, with a window opened by hand.
fn opened() -> (Desk, Home, Console, Top) {
    let (desk, home) = (Desk::start(&[]), Home::new());
    let top = Top::of(&desk);
    let mut console = Console::start(&home, Some(&desk));
    console.wait("SANDBOX").wait(&top.subject).press("<enter>").wait("Timeline").wait("****");
    console.press("U").wait("unmask, because").type_text("caller confirms the number").press("<enter>");
    console.wait("Approval").wait("closes it after 10 min").press("Ga");
    console.gone("Approval").wait(&top.phone).wait("unmasked");
    (desk, home, console, top)
}

fn windows(desk: &Desk, method: &str) -> usize {
    let is_window = |effect: &&String| effect.starts_with(method) && effect.ends_with("/unmasking-windows");
    desk.effects().iter().filter(is_window).count()
}

#[test]
fn a_window_is_closed_when_the_terminal_hangs_up_and_nothing_of_it_stays_on_disk() {
    let (desk, home, mut console, top) = opened();
    console.signal("HUP");
    assert_eq!(console.exit_code(), 129);
    assert_eq!((windows(&desk, "POST"), windows(&desk, "DELETE")), (1, 1));
    assert_eq!(top.planted().hits_below(home.path()), Vec::<String>::new());
}

#[test]
fn a_window_is_closed_when_the_program_is_told_to_end() {
    let (desk, home, mut console, top) = opened();
    console.signal("TERM");
    console.exit_code();
    assert_eq!(windows(&desk, "DELETE"), 1);
    assert_eq!(top.planted().hits_below(home.path()), Vec::<String>::new());
}

#[test]
fn nothing_is_exported_and_nothing_asked_in_the_background_while_a_window_is_open() {
    let (desk, home, mut console, top) = opened();
    let before = desk.log().len();
    let file = home.path().join("out.jsonl").display().to_string();
    let args = ["export", "--resource", "customers", "-o", &file];
    let refused = run(&home, Some(&desk), &args);
    let said = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(refused.status.code() == Some(3) && said.contains("unmasking window"), "{said}");
    // A reload of the queue asks about every customer in it, in the background, but about this one.
    console.press("1").wait("Queue").press("r").press("3").wait(&top.phone);
    console.wait_until("questions in the background", |_| background(&desk, before, "").0 > 0);
    let (_, about) = background(&desk, before, &top.customer);
    assert_eq!(about, Vec::<String>::new());
    console.press("c").gone(&top.phone).gone("unmasked");
    assert!(run(&home, Some(&desk), &args).status.success());
    assert_eq!(top.planted().hits_below(home.path()), Vec::<String>::new());
}

/// How many requests came in the background lane since, and those whose path names the customer.
fn background(desk: &Desk, since: usize, customer: &str) -> (usize, Vec<String>) {
    let log = desk.log();
    let all: Vec<String> = log
        .iter()
        .skip(since)
        .filter(|entry| entry["lane"] == "background")
        .map(|entry| entry["path"].as_str().unwrap_or_default().to_owned())
        .collect();
    let about = all.iter().filter(|path| !customer.is_empty() && path.contains(customer)).cloned().collect();
    (all.len(), about)
}
