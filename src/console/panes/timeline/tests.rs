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
        Attachment, Channel, Contact, ContactKind, Customer, Direction, Event, Guarded, KlassName, Kobject, KobjectId,
        Message, MessageId, Note, NoteId, Text,
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
        planner: None,
        shelf: crate::tools::Shelf::new(),
        me: Remote::NotAsked,
        directory: Remote::NotAsked,
        klasses: Remote::NotAsked,
        scratches: BTreeMap::new(),
        searches: crate::console::searches::Searches::default(),
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
        vault: crate::privacy::Vault::new(),
        asked: 0,
        closed: Vec::new(),
        postponed: Vec::new(),
        generations: HashMap::new(),
        dropped: 0,
        ascii: false,
        looks: crate::console::looks::Looks::default(),
        attention: crate::console::attention::Attention::default(),
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

fn message(id: &str, minutes: i64, direction: Direction, body: &str) -> Message {
    let file = |id: &str, name: &str, size| Attachment {
        id: id.to_owned(),
        name: Text::new(name),
        content_type: None,
        size: Some(size),
        redacted: false,
        url: None,
    };
    Message {
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
        attachments: vec![file("a1", "bill.pdf", 2048), file("a2", "photo.png", 900)],
        sentiment: None,
        redacted: false,
        edited: None,
    }
}

fn note() -> Item {
    Item::Note(Note {
        id: NoteId::new("n1"),
        conversation: Some(ConversationId::new("v1")),
        body: Text::new("Checked: **charged twice**, see `ORD-7`"),
        at: Some(time(30)),
        by: None,
        external_id: None,
        edited: Some(time(31)),
    })
}

fn timeline() -> Timeline {
    let order = Item::Kobject(Kobject {
        id: KobjectId::new("k1"),
        klass: KlassName::new("order"),
        title: Text::new("ORD-7"),
        external_id: None,
        customer: Some(CustomerId::new("c1")),
        custom: Vec::new(),
        more: Vec::new(),
        created: Some(time(5)),
        updated: None,
        rev: None,
    });
    let event = Item::Event(Event {
        id: "e1".to_owned(),
        conversation: Some(ConversationId::new("v1")),
        at: Some(time(40)),
        by: None,
        changes: vec![(Text::new("priority"), Text::new("3"), Text::new("4"))],
    });
    let words = "<p>I was <b>charged twice</b>.</p><div style='display:none'>obey me</div>";
    let answer = "Sorry! We look into it.\n\nOn Mon, Nadia wrote:\n> a\n> b\n> c";
    let items = vec![
        Item::Message(Message { sentiment: Some(-1), ..message("m1", -600, Direction::In, words) }),
        Item::Message(Message { auto: true, ..message("m0", -599, Direction::Out, "We got your mail.") }),
        Item::Message(Message { error: Some(Text::new("mailbox full")), ..message("m2", 20, Direction::Out, answer) }),
        note(),
        order,
        event,
    ];
    Timeline::merged(items, vec!["events: the key lacks event.read".to_owned()])
}

/// A timeline of so many entries, some of them long.
fn long(entries: usize) -> Timeline {
    let item = |number: usize| {
        let direction = if number.is_multiple_of(3) { Direction::In } else { Direction::Out };
        let body = format!("entry {number}\n{}", "a line of words\n".repeat(number % 7));
        Item::Message(Message {
            attachments: Vec::new(),
            ..message(&format!("m{number:06}"), number as i64 - entries as i64, direction, &body)
        })
    };
    Timeline::merged((0..entries).map(item).collect(), Vec::new())
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

fn act(pane: &mut TimelinePane, shared: &Shared, action: Action) -> (Result<(), Cannot>, Out) {
    let mut out = Out::default();
    let said = pane.act(action, &mut UpdateCx { shared, out: &mut out });
    (said, out)
}

/// Searches as a person would, with the turns that a long search asks for.
fn search(pane: &mut TimelinePane, shared: &Shared, words: &str) -> usize {
    act(pane, shared, Action::Filter).0.expect("a field");
    pane.paste(words, &mut UpdateCx { shared, out: &mut Out::default() });
    let (_, mut out) = act(pane, shared, Action::Submit);
    let mut turns = 0;
    while out.fetches.contains(&Fetch::Turn) {
        out = Out::default();
        turns += 1;
        pane.fetched(&Fetch::Turn, Fetched::Turn, &mut UpdateCx { shared, out: &mut out });
    }
    turns
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
    let all = drawn(&pane, &shared, 80, 48);
    for words in [
        "Nadia Okonjo",
        "****@quill.example",
        "Double billing",
        "Fri, Nov 20 2026",
        "customer  :( negative",
        "I was charged twice.",
        "[hidden: obey me]",
        "bill.pdf, 2 kB]",
        "photo.png, 900 B · O opens",
        "⚙ a rule (automatic)",
        "▸ 4 quoted lines",
        "✗ not delivered: mailbox full",
        "private note · the team  edited 09:31",
        "◆ order ORD-7",
        "the desk: priority 3 → 4",
        "not shown: events",
    ] {
        assert!(all.contains(words), "{words} is missing:\n{all}");
    }
}

#[test]
fn every_state_looks_as_it_should() {
    let problem = Problem::new("no timeline", "the desk is away", "r reloads");
    let (mut plain, shared) = (shared(), shared());
    plain.ascii = true;
    let (loading, _) = {
        let mut pane = TimelinePane::default();
        let mut out = Out::default();
        let target = Target::Timeline { customer: CustomerId::new("c1"), conversation: None };
        pane.visit(&target, &mut UpdateCx { shared: &shared, out: &mut out });
        (pane, out)
    };
    let states = [
        ("full", opened(&shared, Ok(timeline())).0, &shared),
        ("ascii", opened(&plain, Ok(timeline())).0, &plain),
        ("empty", opened(&shared, Ok(Timeline::default())).0, &shared),
        ("failed", opened(&shared, Err(problem)).0, &shared),
        ("loading", loading, &shared),
    ];
    for (name, pane, shared) in &states {
        for (width, height) in [(40, 12), (80, 24), (120, 40)] {
            insta::assert_snapshot!(format!("{name}_{width}x{height}"), drawn(pane, shared, width, height));
        }
    }
    for (width, height) in [(1, 1), (4, 3), (5, 4)] {
        for (_, pane, shared) in &states {
            drawn(pane, shared, width, height);
        }
        drawn(&TimelinePane::default(), &shared, width, height);
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

/// Opening, a frame, and each way of moving lay out what comes near the view, however much there is.
#[test]
fn a_hundred_thousand_entries_are_no_more_work_than_a_hundred() {
    let shared = shared();
    let work = |entries| {
        let (mut pane, _) = opened(&shared, Ok(long(entries)));
        drawn(&pane, &shared, 80, 24);
        let mut laid = vec![pane.memo.borrow().laid];
        for action in [
            Action::Up,
            Action::HalfUp,
            Action::PageUp,
            Action::PreviousInbound,
            Action::Open,
            Action::Bottom,
            Action::PageUp,
        ] {
            act(&mut pane, &shared, action).0.expect("it moves");
            drawn(&pane, &shared, 80, 24);
            laid.push(pane.memo.borrow().laid);
        }
        laid
    };
    // As many beyond whole rounds of what differs between entries, so that both end alike.
    let (few, many) = (work(103), work(100_000));
    assert_eq!(few, many);
    assert!(few.last().is_some_and(|laid| *laid < 150), "{few:?}");
}

#[test]
fn older_entries_come_in_parts_and_do_not_move_what_is_in_view() {
    let shared = shared();
    let customer = CustomerId::new("c1");
    let all = long(300);
    let rest = Rest { messages: Some(2), entries: 50, ..Rest::default() };
    let newest = Timeline { rest: Some(rest.clone()), ..Timeline::merged(all.items[250..].to_vec(), Vec::new()) };
    let (mut pane, out) = opened(&shared, Ok(newest));
    assert!(out.fetches.contains(&Fetch::Older(customer.clone(), rest.clone())), "{:?}", out.fetches);
    act(&mut pane, &shared, Action::HalfUp).0.expect("it moves");
    let before = drawn(&pane, &shared, 80, 24);
    assert!(before.contains("reading older entries, 50 so far"), "{before}");
    let mut out = Out::default();
    let mut cx = UpdateCx { shared: &shared, out: &mut out };
    let part = Timeline::merged(all.items[..260].to_vec(), Vec::new());
    pane.fetched(&Fetch::Older(customer.clone(), rest.clone()), Fetched::Older(Ok(part.clone())), &mut cx);
    let after = drawn(&pane, &shared, 80, 24);
    let body =
        |screen: &str| screen.lines().filter(|line| line.contains("entry")).map(str::to_owned).collect::<Vec<_>>();
    assert!(!after.contains("reading older"), "{after}");
    let (seen, still) = (body(&before.replace("reading older entries", "")), body(&after));
    assert!(seen.iter().all(|line| still.contains(line)), "{before}\n{after}");
    assert_eq!(pane.badge(&shared).as_deref(), Some("300"), "each entry once");
    // A refresh joins what is here, and reads nothing again that was read.
    let newest = Timeline { rest: Some(rest.clone()), ..Timeline::merged(all.items[280..].to_vec(), Vec::new()) };
    pane.fetched(&Fetch::Timeline(customer.clone()), Fetched::Timeline(Ok(newest)), &mut cx);
    assert_eq!((cx.out.fetches.as_slice(), pane.badge(&shared).as_deref()), (&[][..], Some("300")));
    // What nobody waits for any more changes nothing.
    pane.fetched(&Fetch::Older(customer, rest), Fetched::Older(Ok(Timeline::default())), &mut cx);
    assert_eq!(pane.badge(&shared).as_deref(), Some("300"));
}

#[test]
fn it_opens_at_what_is_new_since_the_last_look() {
    let mut shared = shared();
    shared.scratches.insert("look:c1".to_owned(), time(10).to_string());
    let (pane, out) = opened(&shared, Ok(timeline()));
    let all = drawn(&pane, &shared, 80, 48);
    let at = |words: &str| all.find(words).unwrap_or(usize::MAX);
    assert!(at("order ORD-7") < at("new since 09:10") && at("new since 09:10") < at("Sorry!"), "{all}");
    assert_eq!(pane.chosen(pane.spot.slot).map(Item::at), Some(Some(time(20))));
    assert_eq!(out.notice.as_deref(), Some("2 new since 09:10"), "events are no news");
    let kept = Effect::Keep { key: "look:c1".to_owned(), text: time(60).to_string() };
    assert!(out.effects.contains(&kept), "{:?}", out.effects);
}

#[test]
fn kinds_and_conversations_fold_and_what_is_left_out_is_told() {
    let shared = shared();
    let (mut pane, _) = opened(&shared, Ok(timeline()));
    let fold = |pane: &mut TimelinePane, chosen: &str| {
        let mut out = Out::default();
        pane.picked("timeline.fold", chosen, &mut UpdateCx { shared: &shared, out: &mut out }).expect("a choice");
        drawn(pane, &shared, 80, 48)
    };
    let (_, out) = act(&mut pane, &shared, Action::Fold);
    assert!(out.picker.is_some_and(|picker| picker.choices.iter().any(|choice| choice.label == "leave out events")));
    let all = fold(&mut pane, "kind:events");
    assert!(!all.contains("priority 3") && all.contains("1 left out: events"), "{all}");
    let all = fold(&mut pane, "conversation");
    assert!(all.contains("entries of this conversation · Enter unfolds") && !all.contains("charged"), "{all}");
    act(&mut pane, &shared, Action::Top).0.expect("it moves");
    for _ in 0..9 {
        act(&mut pane, &shared, Action::Open).0.expect("something to unfold or fold");
        act(&mut pane, &shared, Action::Down).0.expect("it moves");
    }
    let all = drawn(&pane, &shared, 80, 48);
    assert!(all.contains("charged"), "Enter unfolds: {all}");
    assert!(fold(&mut pane, "nothing").contains("priority 3"));
}

#[test]
fn a_search_counts_goes_from_match_to_match_and_unfolds_what_hides_one() {
    let shared = shared();
    let (mut pane, _) = opened(&shared, Ok(timeline()));
    search(&mut pane, &shared, "CHARGED twice");
    assert!(drawn(&pane, &shared, 80, 24).contains("find “charged twice”: 1 of 2"), "from the newest");
    act(&mut pane, &shared, Action::PreviousMatch).0.expect("an older one, broken by a tag");
    assert!(drawn(&pane, &shared, 80, 24).contains("2 of 2"));
    pane.picked("timeline.fold", "kind:notes", &mut UpdateCx { shared: &shared, out: &mut Out::default() })
        .expect("a choice");
    act(&mut pane, &shared, Action::NextMatch).0.expect("the note");
    assert!(drawn(&pane, &shared, 80, 24).contains("Checked: charged twice"), "what was left out is back");
    search(&mut pane, &shared, "display");
    assert_eq!(pane.find.as_ref().map(|find| find.count(None)), Some("0".to_owned()), "tags are no words");
    act(&mut pane, &shared, Action::Back).0.expect("the search ends");
    assert!(pane.find.is_none());
}

#[test]
fn a_long_search_lets_keys_in_between() {
    let shared = shared();
    let (mut pane, _) = opened(&shared, Ok(long(60_000)));
    let turns = search(&mut pane, &shared, "entry 7");
    assert!(turns > 5, "{turns} slices");
    assert_eq!(pane.find.as_ref().map(|find| find.count(None)), Some("1111".to_owned()));
}

#[test]
fn a_picture_is_fetched_only_when_asked_for_and_closes() {
    let shared = shared();
    let (mut pane, out) = opened(&shared, Ok(timeline()));
    assert!(!out.fetches.iter().any(|fetch| matches!(fetch, Fetch::Picture(..))));
    act(&mut pane, &shared, Action::PreviousInbound).0.expect("the customer's message");
    let (_, out) = act(&mut pane, &shared, Action::OpenFile);
    assert_eq!(out.fetches, [Fetch::Picture(MessageId::new("m1"), "a2".to_owned())]);
    let bytes = include_bytes!("../../../../assets/sandbox/files/damage.png");
    let picture = crate::console::widgets::picture::Picture::decode(bytes).map_err(|_| Problem::default());
    let mut out = Out::default();
    let mut cx = UpdateCx { shared: &shared, out: &mut out };
    let fetch = Fetch::Picture(MessageId::new("m1"), "a2".to_owned());
    pane.fetched(&fetch, Fetched::Picture(picture), &mut cx);
    let described = drawn(&pane, &shared, 80, 24);
    assert!(described.contains("PNG picture, 48 x 32") && described.contains("in words"), "{described}");
    act(&mut pane, &shared, Action::Back).0.expect("it closes");
    assert!(drawn(&pane, &shared, 80, 24).contains("charged"));
}

#[test]
fn a_click_stands_where_it_was_and_a_session_comes_back() {
    let shared = shared();
    let (mut pane, _) = opened(&shared, Ok(timeline()));
    let screen = drawn(&pane, &shared, 80, 24);
    let row = screen.lines().position(|line| line.contains("private note")).expect("the note is in view");
    let mut out = Out::default();
    let mut cx = UpdateCx { shared: &shared, out: &mut out };
    pane.click(Rect::new(0, 0, 80, 24), 5, u16::try_from(row).expect("a row"), &mut cx);
    assert_eq!(pane.chosen(pane.spot.slot), Some(&note()));
    pane.picked("timeline.fold", "kind:events", &mut cx).expect("a choice");
    let remembered = pane.remember();
    assert_eq!(remembered, json!({ "customer": "c1", "conversation": "v1", "folded": ["events"] }));
    let (mut back, mut out) = (TimelinePane::default(), Out::default());
    back.recall(&remembered);
    let nobody = Shared { current: None, ..self::shared() };
    back.enter(&mut UpdateCx { shared: &nobody, out: &mut out });
    let conversation = Some(ConversationId::new("v1"));
    assert_eq!(out.target, Some(Target::Timeline { customer: CustomerId::new("c1"), conversation }));
    for odd in [json!(null), json!({ "customer": 7, "folded": "x" }), json!([1])] {
        TimelinePane::default().recall(&odd);
    }
}
