//! What keys do, pressed through the real keymap, on a state that is looked at afterwards; and the screens as snapshots.

#![expect(clippy::panic, reason = "a test that fails says how")]

use std::{collections::BTreeMap, time::Duration};

use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use ratatui::{buffer::Buffer, layout::Rect};
use serde_json::json;

use super::*;
use crate::{
    approval::{
        Author, Change, ChangeParts, Desk, Editable, Effect as Kind, Operation, Proposal, Request, Scene, Subject,
    },
    console::{
        keymap::Keymap,
        msg::Fetched,
        overlays::approval::BURST,
        panes::PaneId,
        remote::{Problem, Remote},
        state::Shared,
        term,
        theme::{Depth, Theme},
        view::view,
    },
    domain::{Channel, Conversation, ConversationId, CustomerId, Direction, Sla, Status, Text},
    kustomer::Page,
    transport::Method,
};

fn now() -> Timestamp {
    "2026-03-02T09:30:00Z".parse().expect("a time")
}

pub(in crate::console) fn at(seconds: u64) -> Moment {
    let span = SignedDuration::from_secs(seconds as i64);
    Moment { now: now() + span, elapsed: Duration::from_secs(seconds) }
}

pub(in crate::console) fn state(size: (u16, u16)) -> State {
    let mut shared = Shared::new(at(0), TimeZone::UTC, "embedded desk".into());
    shared.simulated = Some(true);
    shared.model = Remote::Ready("scripted model, not an AI".into(), now());
    State::new(shared, Keymap::with(&BTreeMap::new()).expect("defaults"), Desk::new(), size)
}

pub(super) fn conversation(id: &str, name: &str, minutes: Option<i64>) -> Conversation {
    let sla = minutes.map(|minutes| Sla {
        name: Some(Text::from("Standard")),
        status: Some("pending".into()),
        breach_at: Some(now() + SignedDuration::from_mins(minutes)),
        metric: Some("firstResponse".into()),
        breached: minutes < 0,
    });
    Conversation {
        id: ConversationId::new(id),
        customer: Some(CustomerId::new(format!("c-{id}"))),
        name: Text::from(name),
        preview: Text::from("Hello, I was charged twice for my last order."),
        status: Status::Open,
        priority: Some(4),
        channels: vec![Channel::Email],
        assigned_users: vec![],
        assigned_teams: vec![],
        queue: None,
        tags: vec![],
        sla,
        message_count: 3,
        note_count: 1,
        last_message_at: Some(now() - SignedDuration::from_mins(7)),
        last_direction: Some(Direction::In),
        snoozed_until: None,
        sentiment: None,
        created: None,
        updated: None,
        rev: None,
    }
}

pub(in crate::console) fn fill(state: &mut State) {
    let rows = vec![
        conversation("a1", "Package lost in Łódź", None),
        conversation("a2", "Charged twice \u{202e}evil", Some(9)),
        conversation("a3", "返金はいつですか？ 注文番号 1042 👨‍👩‍👧‍👦", Some(-12)),
        conversation("a4", "Cancel my subscription", Some(200)),
    ];
    let page = Page { total: Some(214), rows, more: true, ..Page::default() };
    answer(state, Ok(page));
}

pub(super) fn answer(state: &mut State, answer: Result<Page<Conversation>, Problem>) {
    start(state);
    let generation = state.shared.generations[&Fetch::Queue.task()];
    let answer = Box::new(Fetched::Queue(answer));
    update(state, Msg::Fetched { fetch: Fetch::Queue, generation, answer });
}

/// Keys as a person presses them from this second on, and a moment of quiet behind them.
pub(in crate::console) fn press(state: &mut State, seconds: u64, keys: &str) -> Vec<Effect> {
    let mut effects = update(state, Msg::Tick(at(seconds)));
    let mut now = at(seconds);
    for key in keys.split(' ') {
        effects.extend(update(state, Msg::Input(term::press(key, now.elapsed))));
        effects.extend(look_again(state));
        now.elapsed += 2 * BURST;
    }
    if state.settles_at().is_some() {
        effects.extend(update(state, Msg::Tick(now)));
        effects.extend(update(state, Msg::Still));
        effects.extend(look_again(state));
    }
    effects.retain(|effect| !matches!(effect, Effect::Fetch { fetch: Fetch::Scene(..), .. }));
    effects
}

/// The looks a yes waits for find everything as it was. The first look of a card is [`paint`]'s.
fn look_again(state: &mut State) -> Vec<Effect> {
    let mut effects = Vec::new();
    while let Some(scene) = around(state).and_then(|proposal| proposal.standing().scene().cloned()) {
        effects.extend(look(state, Ok(scene)));
    }
    effects
}

/// What the look that is on its way looks at.
fn around(state: &State) -> Option<&Proposal> {
    state.desk.proposal_of(state.card.as_ref()?.look.around?)
}

/// A frame goes out; the desk was looked at before, and held nothing that speaks against a change.
pub(in crate::console) fn paint(state: &mut State, seconds: u64) {
    while let Some(proposal) = around(state) {
        let scene = proposal.standing().scene().cloned().unwrap_or_default();
        look(state, Ok(scene));
    }
    frame(state, seconds);
}

/// The look at the desk that the card on screen asks for ends so.
pub(in crate::console) fn look(state: &mut State, answer: Result<Scene, Problem>) -> Vec<Effect> {
    let Some(proposal) = around(state) else { return Vec::new() };
    let fetch = Fetch::Scene(proposal.id(), Box::new(proposal.change().clone()));
    let generation = state.shared.generations[&fetch.task()];
    update(state, Msg::Fetched { fetch, generation, answer: Box::new(Fetched::Scene(answer)) })
}

/// A frame goes out.
pub(in crate::console) fn frame(state: &mut State, seconds: u64) {
    if let Some((proposal, to_the_end)) = crate::console::overlays::approval::painted(state) {
        update(state, Msg::Painted { proposal, at: Duration::from_secs(seconds), to_the_end });
    }
}

pub(in crate::console) fn note(kind: Kind, count: u64) -> Change {
    Change::new(ChangeParts {
        effect: kind,
        operation: Operation::AddNote,
        subject: Subject {
            customer: Some(CustomerId::new("c-a3")),
            customer_name: Some(Text::from("Mara Quill")),
            conversation: Some(ConversationId::new("a3")),
            channel: Some(Channel::Note),
            ..Subject::default()
        },
        requests: vec![Request {
            method: Method::Post,
            path: "/v1/conversations/a3/notes".into(),
            body: Some(json!({"body": "Charged twice.\nPhone +4915550001122", "externalId": "sd-1"})),
        }],
        count,
        summary: "add a private note to one conversation".into(),
        warnings: vec!["2 of 200 ids are unknown and left out".into()],
        editable: Some(Editable { request: 0, pointer: "/body", limit: Some(10_240) }),
        before: vec![],
    })
}

pub(in crate::console) fn propose(state: &mut State, change: Change) {
    let author = Author::Assistant { model: "scripted model, not an AI".into() };
    let reason = Text::from("The customer was double-billed \u{1b}[31m");
    state.desk.submit(change, author, reason, state.shared.moment.elapsed).expect("a proposal");
    update(state, Msg::Tick(state.shared.moment));
}

pub(in crate::console) fn screen(state: &State) -> String {
    let area = Rect::new(0, 0, state.size.0, state.size.1);
    let mut buffer = Buffer::empty(area);
    let (theme, _) = Theme::named(Some("dark"), Depth::True);
    view(state, &theme, area, &mut buffer);
    let mut lines = Vec::new();
    for y in 0..area.height {
        let mut line = String::new();
        let mut skip = 0;
        for x in 0..area.width {
            let symbol = buffer[(x, y)].symbol();
            if skip == 0 {
                line.push_str(symbol);
            }
            skip = if skip > 0 { skip - 1 } else { crate::console::widgets::cut::width(symbol).saturating_sub(1) };
        }
        lines.push(line.trim_end().to_owned());
    }
    lines.join("\n")
}

#[test]
fn a_yes_counts_only_after_the_card_was_painted_and_enter_is_none() {
    let mut state = state((100, 40));
    propose(&mut state, note(Kind::Write, 1));
    assert!(press(&mut state, 1, "a").is_empty(), "not painted yet");
    paint(&mut state, 2);
    assert!(press(&mut state, 3, "enter").is_empty());
    let effects = press(&mut state, 4, "a");
    assert!(matches!(effects.as_slice(), [Effect::Perform(..)]), "{effects:?}");
    assert!(press(&mut state, 5, "a").is_empty(), "one press, one approval");
}

#[test]
fn a_refusal_carries_its_reason_and_esc_decides_nothing() {
    let mut state = state((100, 40));
    propose(&mut state, note(Kind::Write, 1));
    paint(&mut state, 1);
    assert!(press(&mut state, 2, "esc").is_empty());
    assert!(state.parked && state.desk.len() == 1);
    assert!(press(&mut state, 3, "A").is_empty());
    paint(&mut state, 4);
    let effects = press(&mut state, 5, "x n o enter");
    let [Effect::Refused(refusal, None)] = effects.as_slice() else { panic!("{effects:?}") };
    assert_eq!(refusal.why(), "no");
}

#[test]
fn many_records_ask_for_their_number() {
    let mut state = state((100, 40));
    propose(&mut state, note(Kind::Bulk, 188));
    paint(&mut state, 1);
    assert!(press(&mut state, 2, "1 a").is_empty());
    let effects = press(&mut state, 3, "8 8 a");
    assert!(matches!(effects.as_slice(), [Effect::Perform(..)]), "{effects:?}");
}

#[test]
fn an_edited_text_is_a_new_card() {
    let mut state = state((100, 40));
    propose(&mut state, note(Kind::Write, 1));
    paint(&mut state, 1);
    assert!(press(&mut state, 2, "e ! ctrl-s").is_empty());
    assert!(press(&mut state, 3, "a").is_empty(), "the new card was not painted");
    paint(&mut state, 4);
    let effects = press(&mut state, 5, "a");
    let [Effect::Perform(approved, None)] = effects.as_slice() else { panic!("{effects:?}") };
    assert_eq!(approved.change().editable_text().map(|(text, _)| text), Some("Charged twice.\nPhone +4915550001122!"));
}

#[test]
fn a_card_waits_until_typing_has_paused() {
    let mut state = state((100, 40));
    press(&mut state, 1, "7 h i");
    propose(&mut state, note(Kind::Write, 1));
    assert!(state.card.is_none());
    update(&mut state, Msg::Tick(at(2)));
    assert!(state.card.is_some());
    assert_eq!(state.shared.scratches.get("assistant.prompt").map(String::as_str), Some("hi"));
}

#[test]
fn quitting_asks_only_when_something_would_be_lost() {
    let mut state = state((80, 24));
    assert_eq!(press(&mut state, 1, "q"), [Effect::Quit]);
    propose(&mut state, note(Kind::Write, 1));
    assert!(press(&mut state, 2, "esc q").is_empty());
    let effects = press(&mut state, 3, "y");
    assert!(matches!(effects.as_slice(), [Effect::Refused(..), Effect::Quit]), "{effects:?}");
}

#[test]
fn a_late_answer_is_dropped_and_counted() {
    let mut state = state((80, 24));
    fill(&mut state);
    let answer = Box::new(Fetched::Queue(Ok(Page::default())));
    update(&mut state, Msg::Fetched { fetch: Fetch::Queue, generation: 0, answer });
    assert_eq!((state.shared.dropped, state.panes.queue.customers().len()), (1, 4));
}

#[test]
fn what_breaches_next_stands_on_top_and_opens_with_enter() {
    let mut state = state((80, 24));
    fill(&mut state);
    press(&mut state, 1, "j k enter");
    let current = state.shared.current.as_ref().expect("a conversation in hand");
    assert_eq!((state.focus, current.customer.as_str()), (PaneId::Timeline, "c-a3"));
    press(&mut state, 2, "esc");
    assert_eq!(state.focus, PaneId::Queue);
}

#[test]
fn screens() {
    let problem = Problem::new(
        "The queue could not be read",
        "GET: the desk cannot be reached",
        "check the address and the network, then try again",
    );
    for size in [(80, 24), (120, 40), (40, 12)] {
        let name = |what: &str| format!("{what}_{}x{}", size.0, size.1);
        let mut state = state(size);
        start(&mut state);
        insta::assert_snapshot!(name("queue_loading"), screen(&state));
        answer(&mut state, Err(problem.clone()));
        insta::assert_snapshot!(name("queue_failed"), screen(&state));
        fill(&mut state);
        insta::assert_snapshot!(name("queue"), screen(&state));
        press(&mut state, 1, "?");
        insta::assert_snapshot!(name("help"), screen(&state));
        press(&mut state, 2, "esc 2");
        insta::assert_snapshot!(name("search_empty"), screen(&state));
        press(&mut state, 3, "esc 7");
        insta::assert_snapshot!(name("assistant_empty"), screen(&state));
        press(&mut state, 9, "esc 1");
        propose(&mut state, note(Kind::Bulk, 188));
        insta::assert_snapshot!(name("approval"), screen(&state));
    }
}

#[test]
fn a_reply_is_kept_while_typed_and_forgotten_when_it_is_at_the_desk() {
    let mut state = state((100, 40));
    fill(&mut state);
    let effects = press(&mut state, 1, "R h q enter y o");
    let key = "reply:a3".to_owned();
    assert!(state.shared.scratches[&key].contains(r#""body":"hq\nyo""#), "{:?}", state.shared.scratches);
    assert!(effects.iter().any(|effect| matches!(effect, Effect::Keep { .. })));
    press(&mut state, 2, "esc");
    assert!(state.composing.open.is_none());
    press(&mut state, 3, "R ctrl-s");
    paint(&mut state, 4);
    let effects = press(&mut state, 5, "a");
    let [Effect::Perform(approved, None)] = effects.as_slice() else { panic!("{effects:?}") };
    assert!(state.shared.scratches.contains_key(&key), "kept until it is at the desk");
    let (proposal, change) = (approved.proposal(), approved.change().clone());
    let failed = Err(Problem::default());
    update(&mut state, Msg::Performed { proposal, change: change.clone(), result: failed, told: None });
    assert!(state.shared.scratches.contains_key(&key), "what failed can be taken up again");
    press(&mut state, 6, "esc R ctrl-s");
    let result = Ok(crate::kustomer::Receipt {
        operation: change.operation(),
        objects: Vec::new(),
        jobs: Vec::new(),
        reconciled: false,
        answers: Vec::new(),
    });
    let effects = update(&mut state, Msg::Performed { proposal, change, result, told: None });
    assert!(effects.contains(&Effect::Keep { key: key.clone(), text: String::new() }), "{effects:?}");
    assert!(!state.shared.scratches.contains_key(&key));
}

#[test]
fn lists_of_the_composer_answer_to_it_and_it_is_drawn_below_the_pane() {
    let mut state = state((100, 40));
    fill(&mut state);
    press(&mut state, 1, "R H i ctrl-g d r a f t enter");
    assert_eq!(
        state.composing.open.as_ref().map(crate::console::compose::Compose::leaves),
        Some(crate::console::compose::Leaves::ByHand)
    );
    press(&mut state, 2, "ctrl-o s m s enter");
    insta::assert_snapshot!("composer_over_queue", screen(&state));
    press(&mut state, 3, "tab 1 2 enter ! enter");
    assert!(state.notice.as_ref().is_some_and(|why| why.contains("no address")), "{:?}", state.notice);
    let mail = press(&mut state, 4, "ctrl-e");
    assert_eq!(mail, [Effect::EditOutside("Hi!".to_owned())]);
    update(&mut state, Msg::Edited(Ok("Hello\n".to_owned())));
    assert_eq!(state.composing.open.as_ref().map(crate::console::compose::Compose::words).as_deref(), Some("Hello"));
}

/// Types a line in linear mode at a second; the console's answers come back.
fn hear(state: &mut State, seconds: u64, line: &str) -> (Vec<Effect>, Vec<String>) {
    update(state, Msg::Tick(at(seconds)));
    let said = state.dialogue.as_ref().map_or(0, |dialogue| dialogue.says.len());
    let mut effects = update(state, Msg::Input(term::lines::typed(line, Duration::from_secs(seconds))));
    effects.extend(look_again(state));
    effects.retain(|effect| !matches!(effect, Effect::Fetch { fetch: Fetch::Scene(..), .. }));
    let says = state.dialogue.iter().flat_map(|dialogue| dialogue.says.iter().skip(said));
    (effects, says.map(|(_, words)| words.clone()).collect())
}

#[test]
fn a_line_approves_only_a_card_that_was_printed_before_it() {
    let mut state = state((100, u16::MAX));
    propose(&mut state, note(Kind::Write, 1));
    assert!(hear(&mut state, 1, "approve").0.is_empty(), "not printed yet");
    paint(&mut state, 2);
    let pasted = term::lines::TypedLine { words: "approve".to_owned(), press: None };
    assert!(update(&mut state, Msg::Input(Input::Line(pasted))).is_empty(), "a paste");
    for line in ["", "1", "yes", "done", "list", "?", "a"] {
        assert!(hear(&mut state, 3, line).0.is_empty(), "{line}");
    }
    let (effects, _) = hear(&mut state, 4, "approve");
    assert!(matches!(effects.as_slice(), [Effect::Perform(..)]), "{effects:?}");
}

#[test]
fn a_line_with_the_number_of_records_approves_many_and_no_other_does() {
    let mut state = state((100, u16::MAX));
    propose(&mut state, note(Kind::Bulk, 188));
    paint(&mut state, 1);
    assert!(hear(&mut state, 2, "187").0.is_empty());
    let (effects, _) = hear(&mut state, 4, "188");
    assert!(matches!(effects.as_slice(), [Effect::Perform(..)]), "{effects:?}");
}

#[test]
fn a_number_opens_its_row_and_a_name_does_what_the_key_does() {
    let mut state = state((100, u16::MAX));
    fill(&mut state);
    assert_eq!(hear(&mut state, 1, "9").1, ["there are 4 rows"]);
    let (effects, _) = hear(&mut state, 1, "1 copy");
    assert!(matches!(effects.as_slice(), [Effect::Copy(id)] if id == "a3"), "{effects:?}");
    hear(&mut state, 2, "filter lost");
    assert_eq!(state.panes.spoken(PaneId::Queue, &state.shared).rows.len(), 1);
    hear(&mut state, 2, "1");
    assert_eq!(state.focus, PaneId::Timeline);
    hear(&mut state, 3, "assistant");
    assert!(state.panes.is_typing(PaneId::Assistant));
    hear(&mut state, 4, ":queue");
    assert_eq!(state.focus, PaneId::Queue, "a command while a text has the cursor");
}
