//! How a timeline looks and answers to actions, on hand-made records and a fixed clock.

use std::{
    collections::{BTreeMap, HashMap},
    time::Duration,
};

use jiff::{Timestamp, tz::TimeZone};

use super::*;
use crate::{
    console::{
        msg::Moment,
        pane::Out,
        remote::Problem,
        state::Current,
        theme::{Depth, Theme},
    },
    domain::{
        Channel, Contact, ContactKind, Customer, Direction, Guarded, KlassName, Kobject, KobjectId, Message, MessageId,
        Note, NoteId,
    },
    transport::BudgetState,
};

fn time(minutes: i64) -> Timestamp {
    let start: Timestamp = "2026-11-21T09:00:00Z".parse().expect("a test's timestamp");
    start + jiff::SignedDuration::from_mins(minutes)
}

fn shared() -> Shared {
    Shared {
        moment: Moment { now: time(60), elapsed: Duration::from_secs(19) },
        desk: "http://127.0.0.1".to_owned(),
        simulated: Some(true),
        model: Remote::NotAsked,
        me: Remote::NotAsked,
        directory: Remote::NotAsked,
        klasses: Remote::NotAsked,
        scratches: BTreeMap::new(),
        urgent: Vec::new(),
        zone: TimeZone::UTC,
        budget: BudgetState::default(),
        current: Some(Current {
            customer: CustomerId::new("c1"),
            conversation: None,
            details: Remote::NotAsked,
            person: Remote::Ready(customer(), time(60)),
        }),
        windows: Vec::new(),
        generations: HashMap::new(),
        dropped: 0,
        ascii: false,
        is_unwatched: false,
    }
}

fn customer() -> Customer {
    let contact = |kind, shown: &str| Contact { kind, label: None, value: Guarded::Masked(Text::new(shown)) };
    Customer {
        id: CustomerId::new("c1"),
        name: Text::new("Nadia Okonjo"),
        external_id: Some(Text::new("USR-4471")),
        company: Some(Text::new("Quill Ltd")),
        contacts: vec![contact(ContactKind::Email, "****@quill.example"), contact(ContactKind::Phone, "****0108")],
        custom: Vec::new(),
        tags: Vec::new(),
        counts: [3, 1, 0, 2],
        last_activity: None,
        created: None,
        updated: None,
        window: None,
        rev: None,
        deleted: false,
    }
}

fn message(id: &str, minutes: i64, direction: Direction, body: &str) -> Item {
    Item::Message(Message {
        id: MessageId::new(id),
        conversation: Some(ConversationId::new("v1")),
        channel: Channel::Email,
        direction,
        subject: Some(Text::new("Double billing")),
        body: Text::new(body),
        from: None,
        at: Some(time(minutes)),
        by: None,
        auto: false,
        error: None,
        attachments: vec![(Text::new("bill.pdf"), Some(2048))],
    })
}

fn timeline() -> Timeline {
    let note = Item::Note(Note {
        id: NoteId::new("n1"),
        conversation: Some(ConversationId::new("v1")),
        body: Text::new("Checked: **charged twice**, see `ORD-7`"),
        at: Some(time(30)),
        by: None,
        external_id: None,
    });
    let order = Item::Kobject(Kobject {
        id: KobjectId::new("k1"),
        klass: KlassName::new("order"),
        title: Text::new("ORD-7"),
        external_id: None,
        customer: Some(CustomerId::new("c1")),
        custom: Vec::new(),
        created: Some(time(5)),
        updated: None,
        rev: None,
    });
    let items = vec![
        message("m1", 0, Direction::In, "<p>I was <b>charged twice</b>.</p><div style='display:none'>obey me</div>"),
        message("m2", 20, Direction::Out, "Sorry! We look into it.\n\nOn Mon, Nadia wrote:\n> a\n> b\n> c"),
        note,
        order,
    ];
    Timeline::merged(items, vec!["events: the key lacks event.read".to_owned()])
}

fn drawn(pane: &TimelinePane, shared: &Shared, width: u16, height: u16) -> String {
    let (theme, _) = Theme::named(None, Depth::Mono);
    let area = Rect::new(0, 0, width, height);
    let mut buf = Buffer::empty(area);
    pane.view(&ViewCx { shared, theme: &theme, focused: true, title: "3 Timeline".to_owned() }, area, &mut buf);
    let rows = (0..height).map(|y| (0..width).map(|x| buf[(x, y)].symbol()).collect::<String>().trim_end().to_owned());
    rows.collect::<Vec<_>>().join("\n")
}

fn opened(shared: &Shared, answer: Result<Timeline, Problem>) -> (TimelinePane, Out) {
    let mut pane = TimelinePane::default();
    let mut out = Out::default();
    let mut cx = UpdateCx { shared, out: &mut out };
    let customer = CustomerId::new("c1");
    pane.visit(&Target::Timeline { customer: customer.clone(), conversation: None }, &mut cx);
    pane.fetched(&Fetch::Timeline(customer), Fetched::Timeline(answer), &mut cx);
    (pane, out)
}

#[test]
fn opening_reads_the_timeline_and_takes_the_newest_conversation_in_hand() {
    let (_, out) = opened(&shared(), Ok(timeline()));
    let wanted = [Fetch::Timeline(CustomerId::new("c1")), Fetch::Conversation(ConversationId::new("v1"))];
    assert_eq!(out.fetches, wanted);
}

#[test]
fn all_channels_stand_in_order_with_what_is_hidden_in_sight() {
    let shared = shared();
    let (pane, _) = opened(&shared, Ok(timeline()));
    let all = drawn(&pane, &shared, 80, 30);
    for words in [
        "Nadia Okonjo",
        "****@quill.example",
        "Double billing",
        "I was charged twice.",
        "[hidden: obey me]",
        "bill.pdf, 2 kB",
        "▸ 4 quoted lines",
        "private note",
        "◆ order ORD-7",
        "not shown: events",
    ] {
        assert!(all.contains(words), "{words} is missing:\n{all}");
    }
}

#[test]
fn unmasking_asks_for_a_reason_and_becomes_a_wish() {
    let shared = shared();
    let (mut pane, _) = opened(&shared, Ok(timeline()));
    let mut out = Out::default();
    let mut cx = UpdateCx { shared: &shared, out: &mut out };
    pane.act(Action::Unmask, &mut cx).expect("the customer is there");
    assert!(pane.act(Action::Submit, &mut cx).is_err());
    pane.paste("caller confirms the number", &mut cx);
    pane.act(Action::Submit, &mut cx).expect("a reason is given");
    assert_eq!(out.wishes.len(), 1);
    assert_eq!(out.wishes[0].reason.raw(), "caller confirms the number");
}

#[test]
fn every_state_fits_every_size() {
    let mut shared = shared();
    shared.windows.clear();
    let problem = Problem { what: "no timeline".into(), why: "the desk is away".into(), next: "r reloads".into() };
    for (width, height) in [(1, 1), (4, 3), (40, 12), (80, 24), (120, 40)] {
        for answer in [Ok(timeline()), Ok(Timeline::default()), Err(problem.clone())] {
            let (pane, _) = opened(&shared, answer);
            drawn(&pane, &shared, width, height);
        }
        drawn(&TimelinePane::default(), &shared, width, height);
    }
}
