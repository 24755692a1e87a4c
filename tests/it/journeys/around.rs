//! Getting around: sequences of keys, splits, jumps and commands, and finding it all again after the worst end.

use crate::harness::{Console, Desk, Home};

#[test]
fn splits_jumps_and_commands_by_keys_alone() {
    let (desk, home) = (Desk::start(&[]), Home::new());
    let top = super::Top::of(&desk);
    let mut console = Console::start_with(&home, Some(&desk), &[], (200, 60));
    console.wait("SANDBOX").wait(&top.subject).wait("****");
    console.press("<enter>");
    console.wait_until("queue and timeline side by side", |screen| {
        screen.contains(&top.subject) && screen.contains("****")
    });
    console.press("\x17").wait("this pane alone").press("z").wait("1 of 2 panes, zoomed");
    console.press("\x17z").gone("zoomed");
    console.press("gl").wait("Audit").press("\x0f").wait("****");
    console.press(":").wait("Commands").type_text("goto attic").press("<enter>").wait("takes a number from 1 up");
    console.press("<esc>").gone("Commands").press(":").wait("Commands").type_text("search refund").press("<enter>");
    console.gone("Commands").wait("refund").press("<c-c>");
    assert_eq!(console.exit_code(), 0);
    console.assert_terminal_restored();
}

#[test]
fn the_layout_returns_after_a_kill() {
    let (desk, home) = (Desk::start(&[]), Home::new());
    let top = super::Top::of(&desk);
    let mut console = Console::start(&home, Some(&desk));
    console.wait(&top.subject).press("<enter>").wait("****");
    console.press("\x17s").press("8").wait("Audit").press("\x17k");
    console.wait_until("the session to be on disk", |_| {
        String::from_utf8_lossy(&home.bytes()).contains(r#""parts":["Timeline","Audit"]"#)
    });
    console.signal("KILL");
    console.exit_code();
    let mut again = Console::start(&home, Some(&desk));
    again.wait("****").wait("Nothing was decided yet");
    top.assert_absent_from(&String::from_utf8_lossy(&home.bytes()), "the kept session");
}

#[test]
fn a_key_for_two_things_is_refused_with_a_clear_message() {
    let home = Home::new();
    let folder = home.path().join("config");
    std::fs::create_dir_all(&folder).expect("a folder");
    std::fs::write(folder.join("settings.toml"), "[keys]\nreload = [\"1 x\"]\n").expect("written");
    let mut console = Console::start(&home, None);
    console.wait("`1` means `queue`, and begins `1 x` for `reload`");
    assert_eq!(console.exit_code(), 2);
}
