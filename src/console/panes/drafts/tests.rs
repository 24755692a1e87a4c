//! The Drafts pane drawn from drafts made by hand, and what it asks for.

use std::collections::{BTreeMap, HashMap};

use jiff::{Timestamp, tz::TimeZone};

use super::*;
use crate::{
    console::{
        msg::Moment,
        pane::Out,
        remote::Problem,
        theme::{Depth, Theme},
    },
    domain::{Channel, ConversationId, Directory, DraftId, Text, User, UserId},
    transport::BudgetState,
};

fn at(written: &str) -> Timestamp {
    written.parse().expect("a timestamp")
}

fn shared(urgent: &[&str], scratches: &[(&str, &str)]) -> Shared {
    let user = User { id: UserId::new("u1"), name: Text::from("Ines Adler"), machine: false, roles: Vec::new() };
    let directory = Directory { users: HashMap::from([(user.id.clone(), user)]), ..Directory::default() };
    let now = at("2026-11-18T09:41:00Z");
    Shared {
        moment: Moment { now, elapsed: std::time::Duration::ZERO },
        desk: "http://desk.example".to_owned(),
        simulated: Some(true),
        model: Remote::NotAsked,
        me: Remote::NotAsked,
        directory: Remote::Ready(directory, now),
        klasses: Remote::NotAsked,
        scratches: scratches
            .iter()
            .map(|(key, words)| ((*key).to_owned(), (*words).to_owned()))
            .collect::<BTreeMap<_, _>>(),
        urgent: urgent.iter().map(CustomerId::new).collect(),
        zone: TimeZone::fixed(jiff::tz::offset(1)),
        budget: BudgetState::default(),
        current: None,
        windows: Vec::new(),
        generations: HashMap::new(),
        dropped: 0,
        ascii: false,
        is_unwatched: false,
    }
}

fn drafts() -> Vec<Draft> {
    let reply = Draft {
        id: DraftId::new("d1"),
        customer: Some(CustomerId::new("c1")),
        conversation: Some(ConversationId::new("v1")),
        channel: Channel::Email,
        status: "draft".to_owned(),
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
        subject: None,
        body: Text::from("\u{202e}  evil \u{7}words"),
        send_at: Some(at("2026-11-19T08:00:00Z")),
        at: Some(at("2026-11-15T09:38:00Z")),
        by: Some(UserId::new("gone")),
    };
    vec![reply, odd]
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

const TYPED: [(&str, &str); 3] =
    [("assistant", "why was she billed twice?"), ("note:c1", "called back,\nno answer"), ("search", " ")];

#[test]
fn drafts_and_half_typed_words_are_listed_with_a_preview() {
    let shared = shared(&["c1", "c2"], &TYPED);
    let mut pane = opened(&shared, Ok(drafts()));
    snap("full", &pane, &shared);
    pane.cursor.choose(3);
    snap("half_typed", &pane, &shared);
}

#[test]
fn the_states_without_drafts_say_what_is_the_matter() {
    let problem = Problem {
        what: "Drafts could not be read".to_owned(),
        why: "the desk answered 503".to_owned(),
        next: "r tries again".to_owned(),
    };
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
    for row in 0..4 {
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
    let shared = shared(&["c1"], &TYPED);
    let mut pane = opened(&shared, Ok(drafts()));
    let timeline = |conversation: Option<&str>| Target::Timeline {
        customer: CustomerId::new("c1"),
        conversation: conversation.map(ConversationId::new),
    };
    let expected = [Some(timeline(Some("v1"))), None, Some(Target::Assistant), Some(timeline(None))];
    for (row, target) in expected.into_iter().enumerate() {
        pane.cursor.choose(row);
        let (result, out) = with(&shared, |cx| pane.act(Action::Open, cx));
        assert_eq!((result.is_ok(), out.target), (target.is_some(), target), "row {row}");
    }
    let (_, out) = with(&shared, |cx| pane.act(Action::Copy, cx));
    assert_eq!(out.effects, [Effect::Copy("called back,\nno answer".to_owned())]);
}

#[test]
fn only_the_most_urgent_are_asked_about_and_only_when_somebody_new_is_among_them() {
    let many: Vec<String> = (0..50).map(|n| format!("c{n}")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    let mut pane = opened(&shared(&many, &[]), Ok(drafts()));
    assert_eq!(pane.covered.len(), CUSTOMERS);
    let mut fewer: Vec<&str> = many[..5].to_vec();
    fewer.reverse();
    let ((), out) = with(&shared(&fewer, &[]), |cx| pane.enter(cx));
    assert_eq!(out.fetches, []);
    fewer.push("new");
    let ((), out) = with(&shared(&fewer, &[]), |cx| pane.enter(cx));
    assert_eq!(out.fetches, [Fetch::Drafts(fewer.iter().map(CustomerId::new).collect())]);
    assert_eq!(pane.badge(&shared(&[], &[])), Some("2".to_owned()));
}
