//! The Drafts pane drawn from drafts made by hand, and what it asks for.

use std::collections::BTreeMap;

use jiff::{Timestamp, tz::TimeZone};

use super::*;
use crate::{
    console::{
        msg::Moment,
        pane::Out,
        remote::Problem,
        theme::{Depth, Theme},
    },
    domain::{Channel, ConversationId, Directory, Draft, DraftId, Guarded, User, UserId},
};

fn at(written: &str) -> Timestamp {
    written.parse().expect("a timestamp")
}

fn shared(urgent: &[&str], scratches: &[(&str, &str)]) -> Shared {
    let user =
        |id: &str, name: &str, machine| User { id: UserId::new(id), name: name.into(), machine, roles: Vec::new() };
    let users = [user("u1", "Ines Adler", false), user("u2", "Reply robot", true)];
    let users = users.into_iter().map(|user| (user.id.clone(), user)).collect();
    let directory = Directory { users, ..Directory::default() };
    let now = at("2026-11-18T09:41:00Z");
    let moment = Moment { now, elapsed: std::time::Duration::ZERO };
    let zone = TimeZone::fixed(jiff::tz::offset(1));
    let mut shared = Shared::new(moment, zone, "http://desk.example".to_owned());
    shared.directory = Remote::Ready(directory, now);
    shared.scratches =
        scratches.iter().map(|(key, words)| ((*key).to_owned(), (*words).to_owned())).collect::<BTreeMap<_, _>>();
    shared.urgent = urgent.iter().map(CustomerId::new).collect();
    shared
}

fn drafts() -> Vec<Draft> {
    let reply = Draft {
        id: DraftId::new("d1"),
        customer: Some(CustomerId::new("c1")),
        conversation: Some(ConversationId::new("v1")),
        channel: Channel::Email,
        status: "draft".to_owned(),
        to: vec![Guarded::Masked("****@quill.example".into())],
        subject: Some(Text::from("Your second charge")),
        body: Text::from("Hi Nadia,\n\nthe second charge was a hold. It falls away within three days.\n\nInes"),
        send_at: None,
        at: Some(at("2026-11-18T09:38:00Z")),
        by: Some(UserId::new("u1")),
    };
    let odd = Draft {
        id: DraftId::new("d2"),
        customer: None,
        conversation: None,
        channel: Channel::Other("pigeon".to_owned()),
        status: "sched\u{1b}[0muled".to_owned(),
        to: vec![Guarded::revealed("\u{1b}[2Jmara")],
        subject: None,
        body: Text::from("\u{202e}  evil \u{7}words"),
        send_at: Some(at("2026-11-19T08:00:00Z")),
        at: Some(at("2026-11-15T09:38:00Z")),
        by: Some(UserId::new("gone")),
    };
    let long = Draft {
        id: DraftId::new("d3"),
        customer: Some(CustomerId::new("c2")),
        channel: Channel::Sms,
        to: Vec::new(),
        subject: None,
        body: "Your parcel arrives tomorrow. ".repeat(60).into(),
        by: Some(UserId::new("u2")),
        ..reply.clone()
    };
    vec![reply, odd, long]
}

fn with<T>(shared: &Shared, work: impl FnOnce(&mut UpdateCx<'_>) -> T) -> (T, Out) {
    let mut out = Out::default();
    let result = work(&mut UpdateCx { shared, out: &mut out });
    (result, out)
}

fn opened(shared: &Shared, answer: Result<Vec<Draft>, Problem>) -> Drafts {
    let mut pane = Drafts::default();
    with(shared, |cx| {
        pane.enter(cx);
        let fetch = cx.out.fetches.last().cloned().expect("drafts are asked for");
        pane.fetched(&fetch, Fetched::Drafts(answer), cx);
    });
    pane
}

fn drawn(pane: &Drafts, shared: &Shared, (width, height): (u16, u16)) -> String {
    let (theme, _) = Theme::named(None, Depth::Mono);
    let cx = ViewCx { shared, theme: &theme, focused: true, title: "5 Drafts".to_owned() };
    let area = Rect::new(0, 0, width, height);
    let mut buf = Buffer::empty(area);
    pane.view(&cx, area, &mut buf);
    let row = |y| (0..width).map(|x| buf[(x, y)].symbol()).collect::<String>().trim_end().to_owned();
    (0..height).map(row).collect::<Vec<_>>().join("\n")
}

fn snap(name: &str, pane: &Drafts, shared: &Shared) {
    for (size, cells) in [("80x24", (80, 24)), ("120x40", (120, 40))] {
        insta::assert_snapshot!(format!("{name}_{size}"), drawn(pane, shared, cells));
    }
}

const TYPED: [(&str, &str); 5] = [
    ("assistant.prompt", "why was she billed twice?"),
    ("note:v1", "called back,\nno answer"),
    ("reply:v1", r#"{"to":"a@b.c","body":"Hi Nadia"}"#),
    ("search", "email:mara@quill.example"),
    ("session", "{}"),
];

fn draft_fetch(pane: &mut Drafts, shared: &Shared, action: Action) -> Out {
    let (result, out) = with(shared, |cx| pane.act(action, cx));
    assert_eq!(result, Ok(()));
    out
}

#[test]
fn drafts_and_half_typed_words_are_listed_with_a_preview() {
    let shared = shared(&["c1", "c2"], &TYPED);
    let mut pane = opened(&shared, Ok(drafts()));
    snap("full", &pane, &shared);
    pane.cursor.choose(1);
    snap("too_long", &pane, &shared);
    pane.cursor.choose(5);
    snap("half_typed", &pane, &shared);
    pane.filter = Input::with("nobody");
    snap("no_match", &pane, &shared);
}

#[test]
fn the_states_without_drafts_say_what_is_the_matter() {
    let problem = Problem::new("Drafts could not be read", "the desk answered 503", "r tries again");
    let busy = shared(&["c1", "c2"], &[]);
    snap("empty", &opened(&busy, Ok(Vec::new())), &busy);
    snap("failed", &opened(&busy, Err(problem)), &busy);
    let mut loading = Drafts::default();
    with(&busy, |cx| loading.enter(cx));
    snap("loading", &loading, &busy);
    snap("not_asked", &Drafts::default(), &shared(&[], &[]));
}

#[test]
fn nothing_that_acts_on_a_terminal_is_drawn_at_any_size() {
    let shared = shared(&["c1"], &TYPED);
    let mut pane = opened(&shared, Ok(drafts()));
    for row in 0..6 {
        pane.cursor.choose(row);
        for scroll in [0, usize::MAX] {
            pane.scroll = scroll;
            for size in [(1, 1), (3, 3), (9, 6), (20, 6), (80, 24), (120, 40), (250, 60)] {
                let screen = drawn(&pane, &shared, size);
                assert!(!screen.contains(['\u{1b}', '\u{202e}', '\u{7}']), "{size:?}");
            }
        }
    }
}

#[test]
fn entries_lead_to_where_the_words_belong() {
    let shared = shared(&["c1", "c2"], &TYPED);
    let mut pane = opened(&shared, Ok(drafts()));
    let timeline = |customer: &str| Target::Timeline {
        customer: CustomerId::new(customer),
        conversation: Some(ConversationId::new("v1")),
    };
    let targets = [Some(timeline("c1")), Some(timeline("c2")), None, Some(Target::Assistant), None, None];
    let writings = [None, None, None, None, Some("note:v1"), Some("reply:v1")];
    for (row, (target, writing)) in targets.into_iter().zip(writings).enumerate() {
        pane.cursor.choose(row);
        let (_, out) = with(&shared, |cx| pane.act(Action::Open, cx));
        let writing = writing.map(|key: &str| crate::console::pane::Writing::Kept(key.to_owned()));
        assert_eq!((out.target, out.compose), (target, writing), "row {row}");
    }
    let out = draft_fetch(&mut pane, &shared, Action::Copy);
    assert_eq!(out.effects, [Effect::Copy("Hi Nadia".to_owned())]);
}

#[test]
fn every_customer_of_the_queue_is_looked_at_some_at_a_time_and_new_ones_alone() {
    let many: Vec<String> = (0..20).map(|n| format!("c{n}")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    let all = shared(&many, &[]);
    let mut pane = Drafts::default();
    let ((), mut out) = with(&all, |cx| pane.enter(cx));
    let mut asked = Vec::new();
    while let Some(Fetch::Drafts(customers)) = out.fetches.pop() {
        let ((), again) = with(&all, |cx| pane.enter(cx));
        assert_eq!(again.fetches, [], "one batch at a time");
        asked.extend(customers.clone());
        let fetch = Fetch::Drafts(customers);
        out = with(&all, |cx| pane.fetched(&fetch, Fetched::Drafts(Ok(Vec::new())), cx)).1;
    }
    assert_eq!(asked, all.urgent);
    assert!(!pane.walk.found().is_loading());
    let more = shared(&[&many[..], &["new"]].concat(), &[]);
    let ((), out) = with(&more, |cx| pane.enter(cx));
    assert_eq!(out.fetches, [Fetch::Drafts(vec![CustomerId::new("new")])]);
}

#[test]
fn a_sent_draft_leaves_and_the_next_one_is_chosen() {
    let shared = shared(&["c1", "c2"], &[]);
    let mut pane = opened(&shared, Ok(drafts()));
    let out = draft_fetch(&mut pane, &shared, Action::SendDraft);
    let change = out.wishes.first().map(|wish| wish.change.clone()).expect("a card");
    let receipt = Receipt {
        operation: change.operation(),
        objects: Vec::new(),
        jobs: Vec::new(),
        reconciled: false,
        answers: Vec::new(),
    };
    let failed = Problem::default();
    with(&shared, |cx| pane.performed(&change, Err(&failed), cx));
    assert_eq!(pane.badge(&shared).as_deref(), Some("3"), "what failed is still there");
    with(&shared, |cx| pane.performed(&change, Ok(&receipt), cx));
    let chosen = pane.chosen(&shared).map(|entry| entry.id().to_owned());
    assert_eq!((pane.badge(&shared).as_deref(), chosen.as_deref()), (Some("2"), Some("d3")));
    let out = draft_fetch(&mut pane, &shared, Action::SendDraft);
    assert_eq!(out.wishes, [], "too long for its channel");
    assert!(out.notice.is_some_and(|words| words.contains("1600")));
}

#[test]
fn what_was_chosen_is_found_again_after_a_restart() {
    let shared = shared(&["c1", "c2"], &[]);
    let mut before = opened(&shared, Ok(drafts()));
    before.cursor.choose(1);
    let mut pane = Drafts::default();
    pane.recall(&before.remember());
    with(&shared, |cx| {
        pane.enter(cx);
        let fetch = cx.out.fetches.last().cloned().expect("drafts are asked for");
        pane.fetched(&fetch, Fetched::Drafts(Ok(drafts())), cx);
    });
    assert_eq!(pane.chosen(&shared).map(|entry| entry.id().to_owned()).as_deref(), Some("d3"));
    pane.recall(&serde_json::json!({"chosen": 7, "filter": null, "more": []}));
}

#[test]
fn a_click_chooses_the_line_under_it() {
    let shared = shared(&["c1", "c2"], &[]);
    let mut pane = opened(&shared, Ok(drafts()));
    with(&shared, |cx| pane.click(Rect::new(0, 2, 80, 20), 10, 5, cx));
    assert_eq!(pane.chosen(&shared).map(|entry| entry.id().to_owned()).as_deref(), Some("d3"));
}
