//! The search driven by keys, and drawn from records made by hand.

use jiff::{Timestamp, tz::TimeZone};
use ratatui::{buffer::Buffer, layout::Rect};

use super::{
    choices::{KEY, NAME, ORDER},
    *,
};
use crate::{
    config::searches::SavedSearch,
    console::{
        keymap::Code,
        msg::Moment,
        pane::Out,
        remote::Problem,
        searches::{Saved, Searches},
        theme::{Depth, Theme},
    },
    domain::{
        Attribute, Channel, Contact, ContactKind, ConversationId, Customer, Direction, Field, FieldValue, Guarded,
        Klass, KlassName, Kobject, KobjectId, Message, MessageId, Named, Note, NoteId, Status, Text,
    },
    kustomer::{Found, Owned, Page},
};

fn now() -> Timestamp {
    "2026-11-18T09:41:00Z".parse().expect("a timestamp")
}

fn shared() -> Shared {
    let moment = Moment { now: now(), elapsed: std::time::Duration::ZERO };
    let attributes = vec![Attribute::undescribed("statusStr"), Attribute::undescribed("totalNum")];
    let klass = Klass { name: KlassName::new("order"), label: "Order".into(), attributes };
    Shared {
        simulated: Some(true),
        klasses: Remote::Ready(vec![klass], now()),
        ..Shared::new(moment, TimeZone::UTC, "http://desk.example".to_owned())
    }
}

fn ago(minutes: i64) -> Option<Timestamp> {
    now().checked_sub(jiff::SignedDuration::from_mins(minutes)).ok()
}

fn customer(id: &str, name: &str) -> Customer {
    let contact = |kind, value| Contact { kind, label: None, value };
    Customer {
        id: CustomerId::new(id),
        name: name.into(),
        external_id: Some(Text::from("T-1042")),
        company: None,
        contacts: vec![
            contact(ContactKind::Email, Guarded::Masked("****@quill.example".into())),
            contact(ContactKind::Phone, Guarded::Masked("****1122".into())),
        ],
        custom: Vec::new(),
        tags: Vec::new(),
        counts: [7, 2, 1, 4],
        last_activity: ago(95),
        created: ago(90_000),
        updated: ago(95),
        window: None,
        rev: None,
        deleted: false,
    }
}

fn conversation(id: &str, name: &str) -> Conversation {
    Conversation {
        id: ConversationId::new(id),
        customer: Some(CustomerId::new("c1")),
        name: name.into(),
        preview: "I was charged twice for my last order, please refund one of them.".into(),
        status: Status::Open,
        priority: Some(4),
        channels: vec![Channel::Email],
        assigned_users: vec![],
        assigned_teams: vec![],
        queue: None,
        tags: vec![],
        sla: None,
        message_count: 3,
        note_count: 1,
        last_message_at: ago(7),
        last_direction: Some(Direction::In),
        snoozed_until: None,
        sentiment: None,
        created: ago(60),
        updated: ago(7),
        rev: None,
    }
}

fn message(id: &str, body: &str) -> Owned<Message> {
    let record = Message {
        id: MessageId::new(id),
        conversation: Some(ConversationId::new("v1")),
        channel: Channel::Chat,
        direction: Direction::In,
        subject: None,
        body: body.into(),
        from: Some(Guarded::Masked("****@quill.example".into())),
        at: ago(30),
        by: None,
        auto: false,
        error: None,
        attachments: vec![],
        sentiment: None,
        redacted: false,
        edited: None,
    };
    Owned { record, customer: Some(CustomerId::new("c1")) }
}

fn note(id: &str, body: &str) -> Owned<Note> {
    let conversation = Some(ConversationId::new("v1"));
    let record = Note {
        id: NoteId::new(id),
        conversation,
        body: body.into(),
        at: ago(12),
        by: None,
        external_id: None,
        edited: None,
    };
    Owned { record, customer: None }
}

fn kobject(id: &str, title: &str) -> Kobject {
    let field = |name: &str, value| Field { name: name.to_owned(), value: FieldValue::Open(value) };
    Kobject {
        id: KobjectId::new(id),
        klass: KlassName::new("order"),
        title: title.into(),
        external_id: Some(Text::from("88123")),
        customer: Some(CustomerId::new("c1")),
        custom: vec![field("statusStr", json!("shipped")), field("totalNum", json!(129.5))],
        more: Vec::new(),
        created: ago(3000),
        updated: None,
        rev: None,
    }
}

fn page<T>(rows: Vec<T>) -> Page<T> {
    Page { total: Some(rows.len() as u64), rows, ..Page::default() }
}

fn customers() -> Found {
    let names = ["Nadia Okonjo", "Mara Vogel", "Łucja Żak", "田中 花子", "Refund Desk Ltd"];
    let rows = names.iter().enumerate().map(|(place, name)| customer(&format!("c{place}"), name)).collect();
    Found::Customers(Page { total: Some(412), more: true, ..page(rows) })
}

fn problem() -> Problem {
    Problem::new("The search did not work", "the desk is not there", "`r` tries again")
}

fn with<T>(shared: &Shared, work: impl FnOnce(&mut UpdateCx<'_>) -> T) -> (T, Out) {
    let mut out = Out::default();
    let done = work(&mut UpdateCx { shared, out: &mut out });
    (done, out)
}

fn act(pane: &mut Search, shared: &Shared, action: Action) -> (Result<(), Cannot>, Out) {
    with(shared, |cx| pane.act(action, cx))
}

fn press(pane: &mut Search, shared: &Shared, keys: &str) {
    for name in keys.split(' ') {
        with(shared, |cx| pane.type_key(&Key::parse(name).expect("a key"), cx));
    }
}

fn typed(pane: &mut Search, shared: &Shared, words: &str) {
    for c in words.chars() {
        with(shared, |cx| pane.type_key(&Key::plain(Code::Char(c)), cx));
    }
}

/// Types a query and asks it; what the pane asked the desk for.
fn asked(pane: &mut Search, shared: &Shared, words: &str) -> Fetch {
    with(shared, |cx| pane.enter(cx));
    typed(pane, shared, words);
    let (said, out) = act(pane, shared, Action::Submit);
    said.expect("a query is asked");
    out.fetches.into_iter().find(|fetch| matches!(fetch, Fetch::Search(..))).expect("the desk is asked")
}

fn answered(shared: &Shared, words: &str, found: Result<Found, Problem>) -> Search {
    let mut pane = Search::default();
    let fetch = asked(&mut pane, shared, words);
    with(shared, |cx| pane.fetched(&fetch, Fetched::Search(found), cx));
    pane
}

fn drawn(pane: &Search, shared: &Shared, (width, height): (u16, u16)) -> String {
    let (theme, _) = Theme::named(None, Depth::True);
    let area = Rect::new(0, 0, width, height);
    let mut buf = Buffer::empty(area);
    let cx = ViewCx { shared, theme: &theme, focused: true, title: "Search".to_owned() };
    pane.view(&cx, area, &mut buf);
    let line = |row: u16| {
        let words: String = (0..width).map(|column| buf[(column, row)].symbol()).collect();
        words.trim_end().to_owned()
    };
    (0..height).map(line).collect::<Vec<_>>().join("\n")
}

fn snap(name: &str, pane: &Search, shared: &Shared, sizes: &[(u16, u16)]) {
    for (width, height) in sizes {
        insta::assert_snapshot!(format!("{name}_{width}x{height}"), drawn(pane, shared, (*width, *height)));
    }
}

const SIZES: [(u16, u16); 4] = [(40, 12), (80, 24), (120, 40), (200, 60)];

#[test]
fn before_anything_was_asked_it_says_how_to_ask_and_what_is_saved() {
    let mut shared = shared();
    let key = Key::parse("alt-1").ok();
    let saved = Saved { name: "Unhappy".into(), context: Context::Conversation, query: "status:open".into(), key };
    let warnings = vec!["searches/x.toml is left out: it is empty".to_owned()];
    shared.searches = Searches { all: vec![saved], warnings };
    let mut pane = Search::default();
    with(&shared, |cx| pane.enter(cx));
    snap("idle", &pane, &shared, &SIZES);
    typed(&mut pane, &shared, "refund ta");
    snap("typing", &pane, &shared, &SIZES[1..2]);
    typed(&mut pane, &shared, "xi:x");
    act(&mut pane, &shared, Action::Submit).0.expect("what is wrong is shown");
    snap("wrong", &pane, &shared, &SIZES[1..2]);
}

#[test]
fn every_kind_of_record_has_its_table_and_preview() {
    let shared = shared();
    snap("customers", &answered(&shared, "refund", Ok(customers())), &shared, &SIZES);
    let talks = vec![conversation("v1", "Refund please"), conversation("v2", "Where is my parcel?")];
    snap(
        "conversations",
        &answered(&shared, "in:conversations refund", Ok(Found::Conversations(page(talks)))),
        &shared,
        &SIZES,
    );
    let words =
        vec![message("m1", "Any news on the refund? \u{1b}[31mred"), message("m2", "<p>refund, <b>now</b></p>")];
    snap("messages", &answered(&shared, "in:messages refund", Ok(Found::Messages(page(words)))), &shared, &SIZES[1..3]);
    let notes = vec![note("n1", "Refund promised\nby phone"), note("n2", "checked")];
    snap("notes", &answered(&shared, "in:notes refund", Ok(Found::Notes(page(notes)))), &shared, &SIZES[1..2]);
    let firms = vec![Named { id: "k1".to_owned(), name: "Quill \"Paper\"".into() }];
    snap(
        "companies",
        &answered(&shared, "in:companies quill", Ok(Found::Companies(page(firms)))),
        &shared,
        &SIZES[1..2],
    );
    let orders = vec![kobject("o1", "Order #88123"), kobject("o2", "Order #9")];
    snap("orders", &answered(&shared, "in:order shipped", Ok(Found::Kobjects(page(orders)))), &shared, &SIZES[1..3]);
}

#[test]
fn waiting_failing_and_finding_nothing_are_said() {
    let shared = shared();
    let mut loading = Search::default();
    asked(&mut loading, &shared, "refund");
    snap("loading", &loading, &shared, &SIZES[1..2]);
    snap("failed", &answered(&shared, "refund", Err(problem())), &shared, &SIZES[..2]);
    snap("empty", &answered(&shared, "refund", Ok(Found::Customers(page(Vec::new())))), &shared, &SIZES[1..2]);
}

#[test]
fn the_filter_finds_what_is_here_and_asks_nobody() {
    let shared = shared();
    let mut pane = answered(&shared, "x", Ok(customers()));
    pane.know(&[conversation("v1", "Refund please")], &shared);
    act(&mut pane, &shared, Action::Filter).0.expect("it opens");
    let ((), out) = with(&shared, |cx| pane.paste("refund", cx));
    assert_eq!(out.fetches, []);
    snap("filter", &pane, &shared, &SIZES[..3]);
    press(&mut pane, &shared, "down");
    act(&mut pane, &shared, Action::Submit).0.expect("it stays");
    let (_, out) = act(&mut pane, &shared, Action::Open);
    let (customer, conversation) = (CustomerId::new("c1"), Some(ConversationId::new("v1")));
    assert_eq!(out.target, Some(Target::Timeline { customer, conversation }));
    act(&mut pane, &shared, Action::Back).0.expect("it closes");
    assert!(act(&mut pane, &shared, Action::Back).0.is_err(), "the console's own step back comes next");
}

/// The status of the row that was found, and whether a verb can be done to it.
fn found(pane: &Search) -> (Status, bool) {
    let Some(Record::Conversation(row)) = pane.chosen() else { unreachable!("a conversation was found") };
    (row.status.clone(), pane.target().is_ok())
}

#[test]
fn a_verb_shows_at_once_and_what_the_desk_does_not_take_is_as_it_was() {
    let shared = shared();
    let row = Conversation { rev: Some(4), ..conversation("v1", "Refund please") };
    let mut pane = answered(&shared, "in:conversations refund", Ok(Found::Conversations(page(vec![row]))));
    let (said, out) = act(&mut pane, &shared, Action::Done);
    said.expect("a conversation can be done");
    let change = &out.own.first().expect("one change").changes[0];
    assert_eq!(change.requests()[0].body, Some(json!({ "status": "done", "rev": 4 })));
    pane.performing(change, &shared);
    assert_eq!(found(&pane), (Status::Done, false), "no second verb meanwhile");
    with(&shared, |cx| pane.performed(change, Err(&problem()), cx));
    assert_eq!(found(&pane), (Status::Open, true));
    pane.performing(change, &shared);
    let (operation, answers) = (change.operation(), vec![Value::Null]);
    let lost = Receipt { operation, objects: Vec::new(), jobs: Vec::new(), reconciled: true, answers };
    with(&shared, |cx| pane.performed(change, Ok(&lost), cx));
    assert_eq!(found(&pane), (Status::Done, true));
    assert_eq!(pane.target().expect("it is free").rows[0].rev, None, "the answer got lost, and the revision with it");
    let mut people = answered(&shared, "refund", Ok(customers()));
    assert!(act(&mut people, &shared, Action::Done).0.is_err(), "a customer is not done");
}

#[test]
fn odd_sizes_and_hostile_words_do_no_harm() {
    let shared = shared();
    let evil = "\u{1b}]0;x\u{7}\u{202e}abc\u{200b}".repeat(40);
    let mut mad = kobject("o1", &evil);
    mad.custom.push(Field { name: evil.clone(), value: FieldValue::Open(json!([evil.clone(), {"a": evil.clone()}])) });
    let panes = [
        answered(&shared, "x", Ok(Found::Customers(page(vec![customer("c1", &evil)])))),
        answered(&shared, "in:conversations x", Ok(Found::Conversations(page(vec![conversation("v1", &evil)])))),
        answered(&shared, "in:messages x", Ok(Found::Messages(page(vec![message("m1", &evil)])))),
        answered(&shared, "in:notes x", Ok(Found::Notes(page(vec![note("n1", &evil)])))),
        answered(&shared, "in:order x", Ok(Found::Kobjects(page(vec![mad])))),
    ];
    for mut pane in panes {
        for size in [(0, 0), (1, 1), (3, 3), (7, 5), (20, 6), (40, 12), (80, 24), (116, 20), (250, 60)] {
            let screen = drawn(&pane, &shared, size);
            for bad in ['\u{1b}', '\u{7}', '\u{202e}', '\u{200b}'] {
                assert!(!screen.contains(bad), "{bad:?} at {size:?}");
            }
            for (column, row) in [(0, 0), (5, 1), (5, 2), (5, 4), (5, 5), (119, 39), (u16::MAX, u16::MAX)] {
                with(&shared, |cx| pane.click(Rect::new(0, 0, size.0, size.1), column, row, cx));
            }
        }
    }
}

#[test]
fn a_place_is_named_in_the_query_or_stepped_to_and_the_words_are_asked_there_too() {
    let shared = shared();
    let mut pane = Search::default();
    let Fetch::Search(query, 1) = asked(&mut pane, &shared, "in:notes refund") else { unreachable!("a search") };
    assert_eq!((query.context(), query.to_string().as_str()), (&Context::Note, "refund"));
    let (_, out) = act(&mut pane, &shared, Action::NextPart);
    let fetched: Vec<_> = out.fetches.iter().filter(|fetch| matches!(fetch, Fetch::Search(..))).collect();
    assert!(matches!(fetched[..], [Fetch::Search(query, 1)] if *query.context() == Context::Company), "{fetched:?}");
    let (_, out) = act(&mut pane, &shared, Action::PreviousPart);
    assert_eq!(out.fetches, [], "the notes are here");
    act(&mut pane, &shared, Action::Write).0.expect("writing");
    press(&mut pane, &shared, "ctrl-u");
    typed(&mut pane, &shared, "in:tickets x");
    act(&mut pane, &shared, Action::Submit).0.expect("what is wrong is shown");
    let wrong = pane.wrong.as_ref().expect("there is no such place");
    assert_eq!(wrong.column, 4);
    assert!(wrong.message.contains("customers, conversations, messages, notes, companies, order"), "{}", wrong.message);
}

#[test]
fn going_on_below_the_last_row_reads_the_next_page_once_and_adds_what_is_new() {
    let shared = shared();
    let mut pane = answered(&shared, "refund", Ok(customers()));
    let (_, out) = act(&mut pane, &shared, Action::Bottom);
    let [fetch @ Fetch::Search(_, 2)] = &out.fetches[..] else { unreachable!("{:?}", out.fetches) };
    assert_eq!(act(&mut pane, &shared, Action::Down).1.fetches, [], "it is on its way");
    let more = Found::Customers(page(vec![customer("c4", "Refund Desk Ltd"), customer("c9", "Ida")]));
    with(&shared, |cx| pane.fetched(fetch, Fetched::Search(Ok(more)), cx));
    assert_eq!((pane.len(), pane.chosen().map(Record::id)), (6, Some("c4")), "the row under the cursor stays");
    act(&mut pane, &shared, Action::Bottom).0.expect("moved");
    assert_eq!(pane.chosen().map(Record::id), Some("c9"));
    assert_eq!(act(&mut pane, &shared, Action::Down).1.fetches, [], "there is no more");
}

#[test]
fn a_column_orders_the_rows_and_the_same_again_turns_them() {
    let shared = shared();
    let mut pane = answered(&shared, "refund", Ok(customers()));
    let names = |pane: &Search| -> Vec<String> {
        let shelf = pane.shelf().expect("results");
        (0..shelf.len()).filter_map(|place| shelf.row(place)).map(|row| row.id().to_owned()).collect()
    };
    let (said, out) = act(&mut pane, &shared, Action::Sort);
    assert!(said.is_ok() && out.picker.is_some());
    with(&shared, |cx| pane.picked(ORDER, "0", cx)).0.expect("sorted");
    assert_eq!(names(&pane), ["c1", "c0", "c4", "c2", "c3"]);
    with(&shared, |cx| pane.picked(ORDER, "0", cx)).0.expect("turned");
    assert_eq!(names(&pane), ["c3", "c2", "c4", "c0", "c1"]);
}

#[test]
fn records_open_where_they_belong() {
    let shared = shared();
    let opened = |words: &str, found| act(&mut answered(&shared, words, Ok(found)), &shared, Action::Open).1.target;
    let (c1, v1) = (CustomerId::new("c1"), ConversationId::new("v1"));
    let timeline = |conversation| Some(Target::Timeline { customer: c1.clone(), conversation });
    assert_eq!(opened("x", Found::Customers(page(vec![customer("c1", "Ida")]))), timeline(None));
    assert_eq!(opened("in:messages x", Found::Messages(page(vec![message("m", "x")]))), timeline(Some(v1)));
    assert_eq!(opened("in:notes x", Found::Notes(page(vec![note("n", "x")]))), None, "nobody knows whose it is");
    let order =
        Target::Kobject { klass: KlassName::new("order"), customer: Some(c1.clone()), id: KobjectId::new("o1") };
    assert_eq!(opened("in:order x", Found::Kobjects(page(vec![kobject("o1", "x")]))), Some(order));
    let firm = Found::Companies(page(vec![Named { id: "k1".to_owned(), name: "Quill \"Paper\"".into() }]));
    let query = "company.name:\"Quill \\\"Paper\\\"\"".to_owned();
    let people = Target::Search { context: Context::Customer, query };
    assert_eq!(opened("in:companies x", firm), Some(people.clone()));
    let mut pane = Search::default();
    let ((), out) = with(&shared, |cx| pane.visit(&people, cx));
    assert!(
        out.fetches.iter().any(|fetch| matches!(fetch, Fetch::Search(..))),
        "a company's people are looked for at once"
    );
}

#[test]
fn a_search_is_saved_with_a_key_and_never_with_an_address() {
    let shared = shared();
    let mut pane = answered(&shared, "in:conversations status:open refund", Ok(Found::Conversations(page(Vec::new()))));
    let (said, out) = act(&mut pane, &shared, Action::SaveSearch);
    assert!(said.is_ok() && out.picker.is_some());
    let (_, out) = with(&shared, |cx| pane.picked(NAME, "Refunds", cx));
    assert!(out.picker.is_some(), "a key is asked for");
    let (_, out) = with(&shared, |cx| pane.picked(KEY, "alt-2", cx));
    let key = Some("alt-2".to_owned());
    let (name, query) = ("Refunds".to_owned(), "status:open refund".to_owned());
    let saved = SavedSearch { name, within: "conversation".to_owned(), query, key };
    assert_eq!(out.effects, [Effect::SaveSearch(saved)]);
    let mut pane = answered(&shared, "email:mara@quill.example", Ok(customers()));
    assert!(act(&mut pane, &shared, Action::SaveSearch).0.is_err());
}

#[test]
fn an_address_is_neither_kept_in_the_history_nor_half_typed() {
    let shared = shared();
    let mut pane = Search::default();
    with(&shared, |cx| pane.enter(cx));
    let ((), typed) = with(&shared, |cx| pane.paste("email:mara@quill.example", cx));
    let (_, sent) = act(&mut pane, &shared, Action::Submit);
    for effect in typed.effects.iter().chain(&sent.effects) {
        let Effect::Keep { text, .. } = effect else { unreachable!("{effect:?}") };
        assert!(!text.contains("mara"), "{text}");
    }
}

#[test]
fn up_brings_an_earlier_query_and_its_place_back() {
    let shared = shared();
    let mut pane = answered(&shared, "in:notes refund", Ok(Found::Notes(page(Vec::new()))));
    act(&mut pane, &shared, Action::Write).0.expect("writing");
    press(&mut pane, &shared, "ctrl-u pgdn");
    typed(&mut pane, &shared, "qu");
    assert_eq!(pane.place, Context::Company);
    press(&mut pane, &shared, "up");
    assert_eq!((pane.query.words(), &pane.place), ("refund", &Context::Note));
    press(&mut pane, &shared, "down");
    assert_eq!(pane.query.words(), "qu");
}

#[test]
fn a_query_that_came_before_the_metadata_is_read_again_when_that_comes() {
    let shared = shared();
    let mut pane = Search::default();
    let target = Target::Search { context: Context::Customer, query: "loyaltyTier:gold".to_owned() };
    let ((), out) = with(&shared, |cx| pane.visit(&target, cx));
    let fetch = Fetch::Attributes("customer".to_owned());
    assert_eq!(out.fetches, std::slice::from_ref(&fetch));
    assert!(pane.wrong.is_some());
    let known = vec![Attribute::undescribed("loyaltyTierStr")];
    let ((), out) = with(&shared, |cx| pane.fetched(&fetch, Fetched::Attributes(Ok(known)), cx));
    assert!(matches!(&out.fetches[..], [Fetch::Search(query, 1)] if query.to_string() == "loyaltyTierStr:gold"));
    assert_eq!(pane.wrong, None);
}

#[test]
fn a_closing_window_leaves_nothing_in_the_results_nor_in_what_is_here() {
    let shared = shared();
    let mut open = customer("c1", "Mara Vogel");
    open.contacts[0].value = Guarded::revealed("mara@quill.example");
    let mut pane = answered(&shared, "vogel", Ok(Found::Customers(page(vec![open]))));
    assert!(drawn(&pane, &shared, (120, 40)).contains("mara@"));
    act(&mut pane, &shared, Action::Filter).0.expect("it opens");
    assert!(!drawn(&pane, &shared, (120, 40)).contains("mara@"), "the filter's rows are always masked");
    act(&mut pane, &shared, Action::Submit).0.expect("closed");
    pane.forget(&CustomerId::new("c1"));
    assert!(!drawn(&pane, &shared, (120, 40)).contains("mara@"));
}

#[test]
fn it_finds_its_place_again_after_a_restart() {
    let shared = shared();
    let mut pane = answered(
        &shared,
        "in:conversations x",
        Ok(Found::Conversations(page(vec![conversation("v1", "a"), conversation("v2", "b")]))),
    );
    act(&mut pane, &shared, Action::Down).0.expect("moved");
    let remembered = pane.remember();
    assert_eq!(remembered, json!({ "in": "conversation", "chosen": "v2" }));
    let mut new = Search::default();
    new.recall(&remembered);
    assert_eq!(new.place, Context::Conversation);
    new.recall(&json!({ "in": 7, "chosen": [] }));
    new.recall(&Value::Null);
}
