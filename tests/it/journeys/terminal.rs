//! However it ends, the terminal is left as it was, and half-typed words come back.

use crate::harness::{Console, Desk, Home};

fn started(home: &Home) -> Console {
    let mut console = Console::start(home, None);
    console.wait("SANDBOX").wait("Billed twice");
    console
}

#[test]
fn q_and_ctrl_c_leave_the_terminal_as_it_was() {
    for key in ["q", "<c-c>"] {
        let home = Home::new();
        let mut console = started(&home);
        console.press(key);
        assert_eq!(console.exit_code(), 0);
        console.assert_terminal_restored();
    }
}

#[test]
fn signals_leave_the_terminal_as_it_was() {
    let home = Home::new();
    let mut console = started(&home);
    console.signal("TERM");
    console.exit_code();
    console.assert_terminal_restored();
}

#[cfg(debug_assertions)]
#[test]
fn a_panic_leaves_the_terminal_as_it_was_and_the_words_kept() {
    let home = Home::new();
    let mut console = started(&home);
    console.press("7").wait("scripted model").type_text("half a thought");
    console.wait("half a thought").press("<esc>").wait("i write").press(":").wait("Commands");
    console.type_text("panic").wait("crash on purpose").press("<enter>");
    assert_ne!(console.exit_code(), 0);
    console.assert_terminal_restored();
    let mut again = Console::start(&home, None);
    // Where it comes back depends on whether the session was kept in time: 7 goes there, or is typed behind the words.
    again.wait("SANDBOX").press("7").wait("half a thought");
}

#[test]
fn half_typed_words_survive_a_kill() {
    let home = Home::new();
    let mut console = started(&home);
    console.press("7").wait("scripted model");
    let before = home.bytes();
    console.type_text("find the parcel of");
    console.wait("find the parcel of").wait_kept(&home, &before);
    assert!(!String::from_utf8_lossy(&home.bytes()).contains("the parcel of"), "the words stand there in clear");
    console.signal("KILL");
    console.exit_code();
    let mut again = Console::start(&home, None);
    // As above: 7 goes there, or is typed behind the words.
    again.wait("SANDBOX").press("7").wait("find the parcel of");
}

#[test]
fn a_window_left_open_by_a_kill_is_closed_at_the_next_start() {
    let (desk, home) = (Desk::start(&[]), Home::new());
    let top = super::Top::of(&desk);
    let mut console = Console::start(&home, Some(&desk));
    console.wait(&top.subject).press("<enter>").wait("****").press("U");
    console.type_text("identity check").press("<enter>");
    console.wait("Approval").press("Ga").gone("Approval").wait(&top.phone);
    console.signal("KILL");
    console.exit_code();
    let closed = || desk.effects().iter().any(|effect| effect.starts_with("DELETE"));
    assert!(!closed());
    let mut again = Console::start(&home, Some(&desk));
    again.wait("SANDBOX");
    again.wait_until("the window to be closed", |_| closed());
}

#[test]
fn small_and_changing_terminals_are_survived() {
    let home = Home::new();
    let mut console = Console::start_with(&home, None, &[], (80, 24));
    console.wait("SANDBOX").wait("Billed twice");
    for (cols, rows) in [(40, 12), (200, 60), (20, 5), (500, 80), (80, 24)] {
        console.resize(cols, rows);
    }
    console.wait("SANDBOX").press("q");
    assert_eq!(console.exit_code(), 0);
    console.assert_terminal_restored();
}

/// What is shown, typed and found in every pane stays out of the report; what was done is in it.
#[cfg(debug_assertions)]
#[test]
fn a_crash_report_tells_what_was_done_and_nothing_of_anybody() {
    let (desk, home) = (Desk::start(&[]), Home::new());
    let top = super::Top::of(&desk);
    let mut console = Console::start(&home, Some(&desk));
    console.wait(&top.subject).press("<enter>").wait("****").press("U");
    console.type_text("canary-reason").press("<enter>").wait("Approval").press("Ga").gone("Approval").wait(&top.phone);
    console.press("2").type_text(&top.email).press("<enter>").wait("1 customer").press("4").wait("KObjects");
    console.press("7").wait("scripted model").type_text("canary-prompt").press("<esc>").wait("i write");
    console
        .press("8")
        .wait("approved")
        .press("j<enter>")
        .wait("canary-reason")
        .press(":")
        .wait("Commands")
        .type_text("panic")
        .press("<enter>");
    assert_ne!(console.exit_code(), 0);
    console.assert_terminal_restored();
    assert!(console.text().contains("A report, without personal data:"), "{}", console.raw());
    let folder = home.path().join("data").join("crashes");
    let files: Vec<_> = std::fs::read_dir(&folder).expect("a folder of reports").flatten().collect();
    assert_eq!(files.len(), 1);
    let report = std::fs::read_to_string(files[0].path()).expect("a report");
    for (what, value) in [
        ("name", top.name.as_str()),
        ("subject", &top.subject),
        ("customer's id", &top.customer),
        ("reason", "canary-reason"),
        ("prompt", "canary-prompt"),
        ("key", &desk.api_key),
    ] {
        assert!(!report.contains(value), "the {what} is in the report: {report}");
        let printed = console.written();
        let after = printed.rsplit_once("Shiftdeck crashed").map_or("", |(_, after)| after);
        assert!(!after.contains(value), "the {what} is said after the crash");
    }
    top.assert_absent_from(&report, "the report");
    for word in
        ["actions  open unmask submit", "approve", "assistant", "panic", "pane     Audit", "120 columns, 40 rows"]
    {
        assert!(report.contains(word), "{word:?} is not in the report: {report}");
    }
}
/// The colour of the ground at the middle of the screen.
fn ground(screen: &vt100::Screen) -> vt100::Color {
    let (rows, cols) = (screen.size().0.get(), screen.size().1.get());
    screen.cell(rows / 2, cols - 2).map_or(vt100::Color::Default, vt100::Cell::bgcolor)
}

fn is_light(screen: &vt100::Screen) -> bool {
    matches!(ground(screen), vt100::Color::Rgb(red, green, blue) if red > 0xE0 && green > 0xE0 && blue > 0xE0)
}

#[test]
fn a_terminal_that_says_its_ground_is_light_gets_the_light_theme_and_its_answer_is_no_key() {
    let home = Home::new();
    let mut console = started(&home);
    assert!(console.written().contains("\x1b]11;?\x1b\\"), "the terminal was asked");
    console.wait_for("a dark ground", |screen| !is_light(screen));
    // As keys it would go to other panes, and quit.
    console.type_text("\x1b]11;rgb:fdfd/f6f6/e3e3\x1b\\").wait_for("a light ground", is_light);
    console.wait("Queue").type_text("\x1b]4;3;q2q\x07").press("?").wait("Keys").press("<esc>").wait("Billed twice");
}

#[test]
fn a_theme_is_seen_before_it_is_chosen_and_kept_when_it_is() {
    let home = Home::new();
    let mut console = started(&home);
    console.press("T").wait("colour-safe").wait_for("the theme in use", |screen| !is_light(screen));
    console.type_text("mist").wait_for("the theme under the choice", is_light);
    console.press("<esc>").wait_for("the theme as it was", |screen| !is_light(screen));
    console
        .press("T")
        .wait("Theme")
        .type_text("mist")
        .wait_for("mist", is_light)
        .press("<enter>")
        .wait("kept in the settings");
    console.wait_until("the settings", |_| String::from_utf8_lossy(&home.bytes()).contains("theme = \"mist\""));
    console.press("q");
    assert_eq!(console.exit_code(), 0);
    let mut again = started(&home);
    again.wait_for("the kept theme", is_light);
}

#[test]
fn a_stop_gives_the_terminal_back_and_the_way_on_draws_it_whole() {
    let home = Home::new();
    let mut console = started(&home);
    // No shell could bring this one back: the kernel ignores the stop, and the console goes on.
    let taken = |times: usize| move |written: &str| written.matches("\x1b[?1049h").count() == times;
    console.press("<c-z>").wait_written("the terminal taken again", taken(2));
    assert!(console.written().contains("\x1b[?1049l"), "it was given back before");
    console.wait("Billed twice").signal("STOP").signal("CONT").wait_written("the terminal taken once more", taken(3));
    console.wait("Billed twice").press("q");
    assert_eq!(console.exit_code(), 0);
    console.assert_terminal_restored();
}

#[test]
fn a_person_who_looks_elsewhere_is_called_back_without_a_name() {
    let (desk, home) = (Desk::start(&[]), Home::new());
    let top = super::Top::of(&desk);
    let env = [("TERM_PROGRAM", "iTerm.app")];
    let mut console = Console::start_in(&home, Some(&desk), &[], (120, 40), &env);
    console.wait(&top.subject).press("<enter>").wait("****").press("U").type_text("identity check");
    console.wait("identity check").type_text("\x1b[O").press("<enter>").wait("Approval");
    console.wait_written("a call by counts", |written| written.contains("\x1b]9;1 approval waits\x1b\\"));
    console.wait_written("a title that counts", |written| written.contains("1 to approve)\x1b\\"));
    let written = console.written();
    let told: Vec<&str> = written.split("\x1b]").skip(1).filter_map(|osc| osc.split('\x1b').next()).collect();
    for osc in told {
        assert!(!osc.contains(&top.name) && !osc.contains(&top.subject), "{osc}");
    }
}

#[test]
fn a_terminal_that_cannot_place_text_is_refused_kindly() {
    let home = Home::new();
    let mut console = Console::start_in(&home, None, &[], (80, 24), &[("TERM", "dumb")]);
    assert_ne!(console.exit_code(), 0);
    assert!(console.text().contains("--linear"), "{}", console.text());
    assert!(!console.written().contains('\x1b'), "nothing is written that it cannot read");
}
