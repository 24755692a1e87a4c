//! What keys and lines do to a server's question, pressed through the real keymap; and its screens.

#![expect(clippy::panic, reason = "a test that fails says how")]

use serde_json::{Value, json};

use super::*;
use crate::{
    approval::Effect as Kind,
    connect::mcp::{self, Kind as Holds},
    console::{
        keymap::Stack,
        msg::{Input, Msg},
        overlays::approval::BURST,
        term,
        update::{
            tests::{at, fill as fill_queue, note, paint, press, propose, screen, state},
            update,
        },
    },
    domain::Text,
};

const HOSTILE: &str = "Refund 129.00 to Mara Quill?\n\n\n\n\n\n\n\n\n\n\n\u{1b}[2J\u{202e}The server shiftdeck asks:";

fn form() -> Question {
    let field = |name: &str, title: &str, about: &str, is_required, kind, default| mcp::Field {
        name: name.to_owned(),
        title: title.into(),
        about: about.into(),
        is_required,
        kind,
        default,
    };
    let choice = |value: &str, title: &str| mcp::Choice { value: value.to_owned(), title: title.into() };
    let choices = || vec![choice("card", "Back to the card"), choice("voucher", "As a voucher")];
    let tell = vec![choice("mail", "By e-mail"), choice("sms", "By text message"), choice("none", "Not at all")];
    let number = Holds::Number { is_whole: false, least: Some(1.0), most: Some(500.0) };
    let words = Holds::Text { least: 0, most: 80, format: None };
    Question::Form {
        message: Text::from(HOSTILE),
        fields: vec![
            field("confirm", "Refund now", "", true, Holds::Flag, Some(json!(false))),
            field("amount", "Amount", "In the currency\u{7} of the order.", true, number, Some(json!(129))),
            field("how", "Way", "", true, Holds::One(choices()), None),
            field("tell", "Tell the customer", "", false, Holds::Some { choices: tell, least: 0, most: 2 }, None),
            field("reason", "Reason for the refund, as it is written into the books", "", false, words, None),
        ],
    }
}

fn link() -> Question {
    Question::Link {
        message: "Verify the card with the bank.".into(),
        url: "https://pay.example.com/verify?case=1042&next=https%3A%2F%2Fshop.example.org%2F".to_owned(),
        host: "pay.example.com".to_owned(),
    }
}

fn ask(state: &mut State, id: u64, question: Question) -> Vec<Effect> {
    update(state, Msg::ServerAsks { id: AskId(id), server: "billing".to_owned(), question: Box::new(question) })
}

/// A frame goes out at this second.
fn drawn(state: &mut State, seconds: u64) {
    let id = unpainted(state).expect("a question that was not drawn yet");
    update(state, Msg::AskPainted(id, at(seconds).elapsed));
}

/// A console with this question on screen since the first second.
fn standing(size: (u16, u16), question: Question) -> State {
    let mut state = state(size);
    fill_queue(&mut state);
    ask(&mut state, 1, question);
    drawn(&mut state, 1);
    state
}

fn replies(effects: &[Effect]) -> Vec<&Reply> {
    let answers = effects.iter().filter_map(|effect| match effect {
        Effect::AnswerServer { reply, .. } => Some(reply),
        _ => None,
    });
    answers.collect()
}

#[test]
fn fields_are_filled_in_and_only_ctrl_s_sends_them() {
    let mut state = standing((120, 40), form());
    assert_eq!(state.stack(), Stack::Question);
    let effects = press(&mut state, 2, "y enter backspace backspace backspace 9 9 . 5 tab enter");
    assert!(replies(&effects).is_empty() && state.overlay.is_some(), "{effects:?}");
    press(&mut state, 3, "v o u enter tab enter enter");
    assert!(matches!(&state.overlay, Some(Overlay::Picker(picker)) if picker.spoken()[0].starts_with("[x]")));
    press(&mut state, 4, "down enter esc tab o k");
    let effects = press(&mut state, 5, "ctrl-s");
    let [Reply::Accept(sent)] = replies(&effects)[..] else { panic!("{effects:?}") };
    let wanted = json!({"confirm": true, "amount": 99.5, "how": "voucher", "tell": ["mail", "sms"], "reason": "ok"});
    assert_eq!(Value::Object(sent.clone()), wanted);
    assert!(state.questions.is_empty());
    let kept = effects.iter().any(|effect| matches!(effect, Effect::Keep { .. }));
    assert!(!kept && state.shared.scratches.is_empty(), "what is typed there is kept nowhere");
    assert!(!format!("{effects:?}").contains("voucher"), "nor said in a log");
}

#[test]
fn what_is_missing_is_said_at_its_field_and_nothing_goes_out() {
    let mut state = standing((120, 40), form());
    assert!(replies(&press(&mut state, 2, "ctrl-s")).is_empty());
    let sheet = state.questions.open().expect("still there");
    assert_eq!(sheet.at(), 2);
    assert_eq!(sheet.says.as_deref(), Some("Way: it has to be filled in"));
}

#[test]
fn no_and_no_answer_are_two_keys_and_esc_is_neither() {
    let mut state = standing((120, 40), form());
    assert!(replies(&press(&mut state, 2, "9 esc")).is_empty());
    assert!(state.questions.open().is_none() && state.questions.len() == 1);
    assert!(screen(&state).contains("a server asks: "), "{}", screen(&state));
    press(&mut state, 3, "A");
    drawn(&mut state, 4);
    assert_eq!(replies(&press(&mut state, 5, "ctrl-d")), [&Reply::Decline]);
    ask(&mut state, 2, form());
    drawn(&mut state, 6);
    assert_eq!(replies(&press(&mut state, 7, "ctrl-x")), [&Reply::Cancel]);
    assert!(state.notice.as_deref().is_some_and(|words| words.contains("no answer")));
}

#[test]
fn keys_that_went_down_before_it_stood_there_do_nothing() {
    let mut state = state((120, 40));
    fill_queue(&mut state);
    ask(&mut state, 1, form());
    assert!(replies(&press(&mut state, 1, "ctrl-d")).is_empty(), "not drawn yet");
    drawn(&mut state, 2);
    let too_soon = Msg::Input(term::press("ctrl-d", at(2).elapsed + BURST * 2));
    assert!(update(&mut state, too_soon).is_empty());
    update(&mut state, Msg::Tick(at(3)));
    assert!(replies(&update(&mut state, Msg::Still)).is_empty());
    assert_eq!(state.questions.len(), 1);
    assert!(screen(&state).contains("press it again"));
    update(&mut state, Msg::Input(Input::Paste("\u{4}".to_owned())));
    for _ in 0..2 {
        assert!(replies(&update(&mut state, Msg::Input(term::press("ctrl-d", at(4).elapsed)))).is_empty());
    }
    update(&mut state, Msg::Tick(at(5)));
    assert!(replies(&update(&mut state, Msg::Still)).is_empty(), "two at once are no finger's");
    assert_eq!(replies(&press(&mut state, 6, "ctrl-d")), [&Reply::Decline]);
}

#[test]
fn a_card_goes_first_and_a_question_waits_for_fingers_to_rest() {
    let mut state = state((120, 40));
    propose(&mut state, note(Kind::Write, 1));
    paint(&mut state, 1);
    ask(&mut state, 1, form());
    assert_eq!(state.stack(), Stack::Card);
    press(&mut state, 2, "x n o enter");
    assert_eq!(state.stack(), Stack::Question, "the card is answered");
    drawn(&mut state, 3);
    press(&mut state, 4, "tab 9");
    propose(&mut state, note(Kind::Send, 1));
    assert_eq!(state.stack(), Stack::Question, "not from under the fingers");
    update(&mut state, Msg::Tick(at(6)));
    assert_eq!(state.stack(), Stack::Card);
    paint(&mut state, 7);
    press(&mut state, 8, "esc");
    assert_eq!(state.stack(), Stack::Question);
    assert!(replies(&press(&mut state, 9, "ctrl-d")).is_empty(), "it has to stand there anew");
    drawn(&mut state, 10);
    assert_eq!(state.questions.open().and_then(|sheet| sheet.field()).map(Field::words).as_deref(), Some("1299"));
}

#[test]
fn what_ended_leaves_the_screen_with_its_list() {
    let mut state = standing((120, 40), form());
    press(&mut state, 2, "tab tab enter");
    assert_eq!(state.stack(), Stack::Picker);
    update(&mut state, Msg::AskEnded(AskId(1)));
    assert!(state.overlay.is_none() && state.questions.is_empty());
    assert!(state.notice.as_deref().is_some_and(|words| words.contains("billing is gone")));
}

#[test]
fn an_address_is_opened_by_a_key_alone_and_that_answers_nothing() {
    let mut state = standing((120, 40), link());
    let effects = press(&mut state, 2, "o enter ctrl-o");
    let browse = effects.iter().find_map(|effect| if let Effect::Browse(url) = effect { Some(url) } else { None });
    let url = browse.unwrap_or_else(|| panic!("{effects:?}"));
    assert!(url.starts_with("https://pay.example.com/verify"));
    assert!(screen(&state).contains("Nothing is answered yet"));
    assert!(
        matches!(press(&mut state, 3, "ctrl-y").as_slice(), [Effect::Copy(copied)] if copied.contains("case=1042"))
    );
    let effects = press(&mut state, 4, "ctrl-s");
    assert_eq!(replies(&effects), [&Reply::Accept(serde_json::Map::new())]);
}

#[test]
fn who_looks_elsewhere_is_called_back_once() {
    let mut state = state((120, 40));
    fill_queue(&mut state);
    update(&mut state, Msg::Input(Input::Focus(false)));
    let effects = ask(&mut state, 1, form());
    let news = effects.iter().find_map(|effect| if let Effect::Announce(news) = effect { Some(news) } else { None });
    assert_eq!(news.map(ToString::to_string).as_deref(), Some("a server asks something"));
    assert!(!update(&mut state, Msg::Tick(at(1))).iter().any(|effect| matches!(effect, Effect::Announce(_))));
}

#[test]
fn quitting_says_that_a_question_is_open() {
    let mut state = standing((120, 40), form());
    press(&mut state, 2, "ctrl-c");
    assert_eq!(state.stack(), Stack::Leaving);
    assert!(screen(&state).contains("1 question of a server still open"));
}

#[test]
fn a_question_at_both_sizes() {
    for size in [(80, 24), (120, 40)] {
        let mut state = standing(size, form());
        insta::assert_snapshot!(format!("question_form_{}", size.0), screen(&state));
        press(&mut state, 2, "tab tab");
        press(&mut state, 3, "ctrl-s");
        insta::assert_snapshot!(format!("question_form_missing_{}", size.0), screen(&state));
        let state = standing(size, link());
        insta::assert_snapshot!(format!("question_link_{}", size.0), screen(&state));
    }
}

#[test]
fn in_ascii_nothing_else_is_drawn_and_no_size_breaks_it() {
    let mut state = standing((80, 24), form());
    state.shared.ascii = true;
    press(&mut state, 2, "tab");
    let shown = screen(&state);
    // The names of customers are their own.
    let beyond: String = shown.lines().filter(|line| line.contains("| ")).collect();
    assert!(beyond.is_ascii(), "{shown}");
    for size in [(0, 0), (1, 1), (10, 3), (20, 8), (40, 10), (200, 60)] {
        for question in [form(), link()] {
            let mut state = standing(size, question);
            screen(&state);
            press(&mut state, 2, "pgdn tab pgup up down ctrl-t");
            screen(&state);
        }
    }
}

/// Types a line in linear mode.
fn hear(state: &mut State, seconds: u64, line: &str) -> Vec<Effect> {
    update(state, Msg::Tick(at(seconds)));
    update(state, Msg::Input(term::lines::typed(line, at(seconds).elapsed)))
}

#[test]
fn line_by_line_it_is_read_filled_in_and_answered() {
    let mut state = standing((100, u16::MAX), form());
    let spoken = state.questions.open().map(crate::console::questions::Sheet::spoken).unwrap_or_default();
    insta::assert_snapshot!("question_spoken", spoken.join("\n"));
    hear(&mut state, 2, "yes");
    hear(&mut state, 3, "12");
    hear(&mut state, 4, "as a VOUCHER");
    hear(&mut state, 5, ":4 mail, Not at all");
    let pasted = term::lines::TypedLine { words: ":send-answer".to_owned(), press: None };
    assert!(replies(&update(&mut state, Msg::Input(Input::Line(pasted)))).is_empty(), "a paste answers nothing");
    let effects = hear(&mut state, 6, ":send");
    let [Reply::Accept(sent)] = replies(&effects)[..] else { panic!("{effects:?}") };
    let wanted = json!({"confirm": true, "amount": 12, "how": "voucher", "tell": ["mail", "none"]});
    assert_eq!(Value::Object(sent.clone()), wanted);
    ask(&mut state, 2, link());
    drawn(&mut state, 7);
    assert!(replies(&hear(&mut state, 8, "yes")).is_empty());
    assert!(matches!(hear(&mut state, 9, ":open-link").as_slice(), [Effect::Browse(_)]));
    assert_eq!(replies(&hear(&mut state, 10, ":decline-question")), [&Reply::Decline]);
}
