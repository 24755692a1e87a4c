//! The guided tour, walked to its end by doing what it asks.

use crate::harness::{Console, Desk, Home};

#[test]
fn all_ten_steps_are_walked_by_doing_them() {
    let home = Home::new();
    let mut console = Console::start(&home, None);
    console.wait("SANDBOX").wait("Billed twice").press(":").wait("Commands").type_text("tour").press("<enter>");
    console.wait("Tour 1 of 10").wait("[j] goes down").press("j");
    console.wait("Tour 2 of 10").press("k<enter>").wait("Tour 3 of 10").wait("Nadia").press("k");
    console.wait("Tour 4 of 10").press("<esc>").wait("the tour is left").gone("Tour 4 of 10");
    console.press(":").wait("Commands").type_text("tour").press("<enter>");
    console.wait("Tour 4 of 10").press("n").wait("Tour 5 of 10").type_text("seen on the tour").press("<enter>");
    console.wait("Approval").wait("Tour 6 of 10").press("Ga").wait("Tour 7 of 10");
    console.press("2").wait("Tour 8 of 10").type_text("Nadia").press("<enter>").wait("Tour 9 of 10").wait("customer");
    console.press("7").wait("Tour 10 of 10").press("<esc>").wait("i write").press(":").wait("Commands");
    console.type_text("audit").press("<enter>").wait("that was the tour").gone("Tour 10 of 10");
}

#[test]
fn a_step_survives_a_restart() {
    let (desk, home) = (Desk::start(&[]), Home::new());
    let mut console = Console::start(&home, Some(&desk));
    let begin = |console: &mut Console| {
        console.wait("SANDBOX").press(":").wait("Commands").type_text("tour").press("<enter>");
    };
    begin(&mut console);
    console.wait("Tour 1 of 10").press("j").wait("Tour 2 of 10");
    console.wait_until("the step to be on disk", |_| String::from_utf8_lossy(&home.bytes()).contains(".tour"));
    console.press("q");
    assert_eq!(console.exit_code(), 0);
    let mut again = Console::start(&home, Some(&desk));
    begin(&mut again);
    again.wait("Tour 2 of 10");
}
