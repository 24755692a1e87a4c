//! What must never answer a card, in a real pseudo-terminal. Each ends with a key that does answer it, so that none of these
//! passes only because nothing works.

use super::{Top, ask, billing, notes, open_top_with_assistant};
use crate::harness::{Console, Desk, Home};

const SIZE: (u16, u16) = (120, 40);

/// A console with the composer open on a note of the top conversation, nothing put up yet.
fn writing(words: &str, size: (u16, u16)) -> (Desk, Home, Console, Top) {
    let (desk, home) = (Desk::start(&[]), Home::new());
    let top = Top::of(&desk);
    let mut console = Console::start_with(&home, Some(&desk), &[], size);
    console.wait(&top.name).press("<enter>").wait("****").press("n").wait("0/10240");
    console.at_once(words);
    (desk, home, console, top)
}

/// The same with the note's card up.
fn with_card(words: &str, size: (u16, u16)) -> (Desk, Home, Console, Top) {
    let (desk, home, mut console, top) = writing(words, size);
    console.press("<enter>").wait("Approval").wait("a approve");
    (desk, home, console, top)
}

/// The card is still there and nothing was done; then a finger's key answers it, once.
fn unanswered(desk: &Desk, console: &mut Console, top: &Top, words: &str) {
    console.wait("Approval").wait("a approve");
    assert_eq!(desk.effects(), Vec::<String>::new(), "{}", console.raw());
    console
        .press("Ga")
        .gone("Approval")
        .wait_until("the note at the desk", |_| notes(desk, &top.conversation).iter().any(|note| note == words));
    assert_eq!(desk.effects().len(), 1);
}

#[test]
fn keys_typed_before_the_card_was_painted() {
    let (desk, _home, mut console, top) = writing("called back", SIZE);
    // Enter puts the card up; what was typed behind it was meant for what stood there before.
    console.at_once("\raaaa");
    unanswered(&desk, &mut console, &top, "called back");
}

#[test]
fn a_click_that_focused_the_window_and_any_other_click() {
    let (desk, _home, mut console, top) = with_card("called back", SIZE);
    let (row, column) = button(&console);
    console.at_once("\x1b[O").at_once(&format!("\x1b[I\x1b[<0;{column};{row}M\x1b[<0;{column};{row}m"));
    for button in [0, 1, 2, 16, 32, 35] {
        console.at_once(&format!("\x1b[<{button};{column};{row}M")).at_once(&format!("\x1b[<{button};{column};{row}m"));
    }
    unanswered(&desk, &mut console, &top, "called back");
}

/// Where the approve button stands, counted from 1.
fn button(console: &Console) -> (usize, usize) {
    let screen = console.raw();
    let found = screen.lines().enumerate().find_map(|(row, line)| {
        let at = line.find("a approve")?;
        Some((row + 1, line[..at].chars().count() + 1))
    });
    found.expect("a button")
}

#[test]
fn mouse_reports_in_every_notation() {
    let (desk, _home, mut console, top) = with_card("called back", SIZE);
    // SGR, the old one with bytes (its last may be an `a`), urxvt's; the wheel.
    for report in ["\x1b[<0;97;97M", "\x1b[M aa", "\x1b[32;97;97M", "\x1b[<65;97;30M", "\x1b[<64;97;30M"] {
        console.at_once(report);
    }
    unanswered(&desk, &mut console, &top, "called back");
}

#[test]
fn pastes_with_and_without_marks() {
    let (desk, _home, mut console, top) = with_card("called back", SIZE);
    console.paste("a").paste("a\r").paste("x\ra\r");
    console.at_once("aa").wait("many keys came at once");
    for burst in ["a\r", "\ra", "approve\r", "x no\ra", "c say when\r", "d5\r"] {
        console.at_once(burst);
        std::thread::sleep(std::time::Duration::from_millis(60));
    }
    console.press("<esc>").wait("approval");
    if !console.text().contains("Approval") {
        console.press("A");
    }
    unanswered(&desk, &mut console, &top, "called back");
}

#[test]
fn answers_of_the_terminal() {
    let (desk, _home, mut console, top) = with_card("called back", SIZE);
    for reply in [
        "\x1b[24;80R",
        "\x1b[?62;4;6;22c",
        "\x1b[?1;2c",
        "\x1b[>0;276;0c",
        "\x1b[=0a0a0a0a",
        "\x1b]11;rgb:aaaa/aaaa/aaaa\x1b\\",
        "\x1b]52;c;YWFhYQ==\x07",
        "\x1bP>|term(a)\x1b\\",
        "\x1bP1+r61=61\x1b\\",
        "\x1b_Gi=1;a\x1b\\",
        "\x1b[?1u",
        "\x1b[8;40;120t",
        "\x1b[0n",
    ] {
        console.at_once(reply);
        std::thread::sleep(std::time::Duration::from_millis(150));
        assert_eq!(desk.effects(), Vec::<String>::new(), "{reply:?}: {}", console.raw());
    }
    unanswered(&desk, &mut console, &top, "called back");
}

#[test]
fn enter_alone() {
    let (desk, _home, mut console, top) = with_card("called back", SIZE);
    console.press("<enter><enter><enter>").press("G<enter>");
    unanswered(&desk, &mut console, &top, "called back");
}

#[test]
fn a_card_that_was_not_read_to_its_end() {
    let words = "one line of many ".repeat(180);
    let words = words.trim_end();
    let (desk, _home, mut console, top) = with_card(words, (80, 24));
    console.wait("more below").press("a").wait("scroll to the end of the card first").press("<c-d>").press("a");
    console.wait("scroll to the end of the card first");
    unanswered(&desk, &mut console, &top, words);
}

#[test]
fn a_double_press_and_a_held_key_on_the_card_that_comes_next() {
    let (desk, home) = (Desk::start(&[]), Home::new());
    let mut console = Console::start(&home, Some(&desk));
    let top = Top::of(&desk);
    open_top_with_assistant(&mut console, &top);
    ask(&mut console, billing::PROMPT);
    console.wait("Approval").wait("unmasking-windows").press("a");
    // The finger stays on the key until well after the next card came.
    let next = format!("POST /v1/conversations/{}/notes", top.conversation);
    for _ in 0..400 {
        console.at_once("a");
        std::thread::sleep(std::time::Duration::from_millis(33));
        if console.text().contains(&next) {
            break;
        }
    }
    for _ in 0..60 {
        console.at_once("a");
        std::thread::sleep(std::time::Duration::from_millis(33));
    }
    console.wait(&next).press("G");
    let posts = |end: &str| desk.effects().iter().filter(|effect| effect.ends_with(end)).count();
    assert_eq!((posts("/unmasking-windows"), posts("/notes")), (1, 0), "{:?}", desk.effects());
    console.press("a").gone("Approval").wait("Done. The private note");
    assert_eq!(posts("/notes"), 1);
}
