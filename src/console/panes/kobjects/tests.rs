//! The KObjects pane drawn from records made by hand, and what it asks for.

use jiff::{Timestamp, tz::TimeZone};
use serde_json::{Value, json};

use super::*;
use crate::{
    console::{
        msg::Moment,
        pane::Out,
        remote::Problem,
        theme::{Depth, Theme},
    },
    domain::{Attribute, Field, FieldValue, Guarded, KobjectId, Text},
};

fn shared() -> Shared {
    let now = "2026-11-18T09:41:00Z".parse().expect("a timestamp");
    let moment = Moment { now, elapsed: std::time::Duration::ZERO };
    let zone = TimeZone::fixed(jiff::tz::offset(1));
    Shared { simulated: Some(true), ..Shared::new(moment, zone, "http://desk.example".to_owned()) }
}

fn now() -> Timestamp {
    shared().moment.now
}

fn klass(name: &str, label: &str, attributes: &[&str]) -> Klass {
    let attributes = attributes.iter().map(|name| Attribute::undescribed(name)).collect();
    Klass { name: KlassName::new(name), label: Text::from(label), attributes }
}

fn klasses() -> Vec<Klass> {
    let mut order = klass(
        "order",
        "Order",
        &["statusStr", "totalNum", "paidBool", "placedAt", "noteTxt", "trackUrl", "courierId", "regionTree", "cardStr"],
    );
    order.attributes[6].target = Some("kobject.courier".to_owned());
    order.attributes[8].sensitive = true;
    vec![order, klass("subscription", "Subscription", &["planStr"]), klass("invoice", "Invoice", &[])]
}

fn kobject(id: &str, title: &str, custom: &[(&str, Value)]) -> Kobject {
    Kobject {
        id: KobjectId::new(id),
        klass: KlassName::new("order"),
        title: Text::from(title),
        external_id: Some(Text::from("88123")),
        customer: Some(CustomerId::new("c1")),
        custom: custom
            .iter()
            .map(|(name, value)| Field { name: (*name).to_owned(), value: FieldValue::Open(value.clone()) })
            .collect(),
        more: Vec::new(),
        created: Some(now()),
        updated: None,
        rev: Some(3),
    }
}

/// Everything the suffixes promise, then everything that breaks the promise.
fn records() -> Vec<Kobject> {
    let mut kept = kobject(
        "6541aa01",
        "Order #88123",
        &[
            ("statusStr", json!("shipped")),
            ("totalNum", json!(129.5)),
            ("paidBool", json!(true)),
            ("placedAt", json!("2026-11-17T22:30:00.000Z")),
            ("noteTxt", json!("left with the neighbour\nsecond line")),
            ("trackUrl", json!("https://track.example/88123")),
            ("courierId", json!("654100000000000000abcdef")),
            ("regionTree", json!("emea.de.berlin")),
            ("giftWrap", json!(["ribbon", "card", 3])),
        ],
    );
    kept.custom.push(Field {
        name: "cardStr".to_owned(),
        value: FieldValue::Guarded(Guarded::Masked(Text::from("****1122"))),
    });
    let mut odd = kobject(
        "6541aa02",
        "",
        &[
            ("statusStr", Value::Null),
            ("totalNum", json!("not a number")),
            ("paidBool", json!("maybe")),
            ("placedAt", json!("yesterday")),
            ("noteTxt", json!("\u{1b}[31mred\u{202e}\u{7}")),
            ("trackUrl", json!({"href": 1})),
            ("courierId", json!(17)),
            ("regionTree", json!([[], {}, null])),
            ("cardStr", json!("4111 1111 1111 1111")),
            ("", json!("x".repeat(200_000))),
        ],
    );
    odd.external_id = None;
    odd.customer = None;
    let mut revealed = kobject("6541aa03", "Order #9", &[("paidBool", json!(false)), ("totalNum", json!(7))]);
    revealed
        .custom
        .push(Field { name: "cardStr".to_owned(), value: FieldValue::Guarded(Guarded::revealed("4111-SECRET")) });
    vec![kept, odd, revealed]
}

/// What one call of the pane asked for.
fn with<T>(shared: &Shared, work: impl FnOnce(&mut UpdateCx<'_>) -> T) -> (T, Out) {
    let mut out = Out::default();
    let result = work(&mut UpdateCx { shared, out: &mut out });
    (result, out)
}

fn act(pane: &mut Kobjects, shared: &Shared, action: Action) -> (Result<(), Cannot>, Out) {
    with(shared, |cx| pane.act(action, cx))
}

fn drawn(pane: &Kobjects, shared: &Shared, (width, height): (u16, u16)) -> String {
    let (theme, _) = Theme::named(None, Depth::Mono);
    let cx = ViewCx { shared, theme: &theme, focused: true, title: "4 KObjects".to_owned() };
    let area = Rect::new(0, 0, width, height);
    let mut buf = Buffer::empty(area);
    pane.view(&cx, area, &mut buf);
    let row = |y| (0..width).map(|x| buf[(x, y)].symbol()).collect::<String>().trim_end().to_owned();
    (0..height).map(row).collect::<Vec<_>>().join("\n")
}

const SIZES: [(&str, (u16, u16)); 2] = [("80x24", (80, 24)), ("120x40", (120, 40))];

fn snap(name: &str, pane: &Kobjects, shared: &Shared) {
    for (size, cells) in SIZES {
        insta::assert_snapshot!(format!("{name}_{size}"), drawn(pane, shared, cells));
    }
}

fn ready() -> Shared {
    Shared { klasses: Remote::Ready(klasses(), now()), ..shared() }
}

fn opened(shared: &Shared, answer: Result<Page<Kobject>, Problem>) -> Kobjects {
    let mut pane = Kobjects::default();
    let customer = CustomerId::new("c1");
    with(shared, |cx| {
        pane.visit(&Target::Kobjects { customer }, cx);
        pane.enter(cx);
        let fetch = cx.out.fetches.last().cloned().expect("the records are asked for");
        pane.fetched(&fetch, Fetched::Kobjects(answer), cx);
    });
    pane
}

fn page(rows: Vec<Kobject>) -> Page<Kobject> {
    Page { rows, ..Page::default() }
}

fn problem() -> Problem {
    Problem::new(
        "KObjects could not be read",
        "the key lacks org.permission.kobject.read",
        "ask an administrator for a key with this role",
    )
}

#[test]
fn records_of_all_kinds_are_a_table() {
    snap("full", &opened(&ready(), Ok(page(records()))), &ready());
}

#[test]
fn the_chosen_record_opens_with_every_attribute() {
    let shared = ready();
    let mut pane = opened(&shared, Ok(page(records())));
    act(&mut pane, &shared, Action::Open).0.expect("opens");
    snap("detail", &pane, &shared);
    let (_, out) = act(&mut pane, &shared, Action::Open);
    assert_eq!(out.target, Some(Target::Timeline { customer: CustomerId::new("c1"), conversation: None }));
    act(&mut pane, &shared, Action::Back).0.expect("closes");
    assert!(act(&mut pane, &shared, Action::Back).0.is_err(), "the console's own step back comes next");
}

#[test]
fn the_states_without_records_say_what_is_the_matter() {
    snap("empty", &opened(&ready(), Ok(page(Vec::new()))), &ready());
    snap("failed", &opened(&ready(), Err(problem())), &ready());
    let loading = Shared { klasses: Remote::Loading(None), ..shared() };
    snap("loading", &Kobjects::default(), &loading);
    let none = Shared { klasses: Remote::Ready(Vec::new(), now()), ..shared() };
    snap("no_klasses", &Kobjects::default(), &none);
}

#[test]
fn odd_values_are_shown_without_trouble_at_any_size_and_nothing_sensitive_in_the_clear() {
    let shared = ready();
    let mut pane = opened(&shared, Ok(page(records())));
    for row in 0..records().len() {
        for open in [None, Some(0), Some(usize::MAX)] {
            pane.cursor.choose(row);
            pane.detail = open;
            for size in [(1, 1), (3, 3), (7, 5), (20, 6), (40, 12), (80, 24), (120, 40), (250, 60)] {
                let screen = drawn(&pane, &shared, size);
                for clear in ["SECRET", "4111", "\u{1b}", "\u{202e}", "\u{7}"] {
                    assert!(!screen.contains(clear), "{clear:?} at {size:?}");
                }
            }
        }
    }
}

#[test]
fn klasses_come_first_and_then_the_records_of_the_chosen_one() {
    let mut pane = Kobjects::default();
    let ((), out) = with(&shared(), |cx| pane.enter(cx));
    assert_eq!(out.fetches, [Fetch::Klasses]);
    let here = ready();
    let ((), out) = with(&here, |cx| pane.enter(cx));
    assert_eq!(out.fetches, [Fetch::Kobjects(KlassName::new("order"), None, 1)]);
    let ((), out) = with(&here, |cx| pane.enter(cx));
    assert_eq!(out.fetches, [], "nothing is asked twice");
    let (_, out) = act(&mut pane, &here, Action::NextPart);
    assert_eq!(out.fetches, [Fetch::Kobjects(KlassName::new("subscription"), None, 1)]);
    assert!(act(&mut pane, &here, Action::Scope).0.is_err(), "there is no customer to narrow it to");
    let customer = CustomerId::new("c1");
    with(&here, |cx| pane.visit(&Target::Kobjects { customer: customer.clone() }, cx));
    let ((), out) = with(&here, |cx| pane.enter(cx));
    assert_eq!(out.fetches, [Fetch::Kobjects(KlassName::new("subscription"), Some(customer), 1)]);
    let (_, out) = act(&mut pane, &here, Action::Scope);
    assert_eq!(out.fetches, [Fetch::Kobjects(KlassName::new("subscription"), None, 1)]);
}

#[test]
fn rows_of_another_klass_are_never_taken_for_this_ones() {
    let shared = ready();
    let mut pane = opened(&shared, Ok(page(records())));
    act(&mut pane, &shared, Action::NextPart).0.expect("there is a next klass");
    assert!(pane.found.value().is_none());
    let late = Fetch::Kobjects(KlassName::new("order"), Some(CustomerId::new("c1")), 1);
    with(&shared, |cx| pane.fetched(&late, Fetched::Kobjects(Ok(page(records()))), cx));
    assert!(pane.found.value().is_none());
}

#[test]
fn the_filter_leaves_what_has_all_its_words_and_esc_lets_everything_through() {
    let shared = ready();
    let mut pane = opened(&shared, Ok(page(records())));
    act(&mut pane, &shared, Action::Filter).0.expect("it opens");
    with(&shared, |cx| pane.paste("SHIPPED ribbon", cx));
    assert_eq!(pane.filter.left(), [0]);
    snap("filtered", &pane, &shared);
    with(&shared, |cx| pane.paste(" 4111", cx));
    assert_eq!(pane.filter.left(), [0_usize; 0], "what a mask hides is not found");
    act(&mut pane, &shared, Action::Submit).0.expect("it stays");
    act(&mut pane, &shared, Action::Back).0.expect("it closes");
    assert_eq!(pane.filter.left().len(), records().len());
}

#[test]
fn below_the_last_record_of_the_org_the_next_page_is_read() {
    let shared = ready();
    let mut pane = Kobjects::default();
    with(&shared, |cx| pane.enter(cx));
    let first = Fetch::Kobjects(KlassName::new("order"), None, 1);
    let more = Page { more: true, ..page(records()) };
    with(&shared, |cx| pane.fetched(&first, Fetched::Kobjects(Ok(more)), cx));
    let (_, out) = act(&mut pane, &shared, Action::Bottom);
    let second = Fetch::Kobjects(KlassName::new("order"), None, 2);
    assert_eq!(out.fetches, std::slice::from_ref(&second));
    assert_eq!(act(&mut pane, &shared, Action::Down).1.fetches, [], "it is on its way");
    let rows = vec![kobject("6541aa03", "again", &[]), kobject("new", "Order #10", &[])];
    with(&shared, |cx| pane.fetched(&second, Fetched::Kobjects(Ok(page(rows))), cx));
    assert_eq!(pane.rows().len(), records().len() + 1);
}

#[test]
fn a_record_it_is_opened_on_is_chosen_or_read_by_itself() {
    let shared = ready();
    let mut pane = Kobjects::default();
    let klass = KlassName::new("order");
    let target = Target::Kobject { klass: klass.clone(), customer: None, id: KobjectId::new("far") };
    with(&shared, |cx| pane.visit(&target, cx));
    with(&shared, |cx| pane.enter(cx));
    let first = Fetch::Kobjects(klass.clone(), None, 1);
    let ((), out) = with(&shared, |cx| pane.fetched(&first, Fetched::Kobjects(Ok(page(records()))), cx));
    let one = Fetch::Kobject(klass, KobjectId::new("far"));
    assert_eq!(out.fetches, std::slice::from_ref(&one));
    let far = kobject("far", "Order #7", &[]);
    with(&shared, |cx| pane.fetched(&one, Fetched::Kobject(Ok(far)), cx));
    assert_eq!(pane.chosen().map(|kobject| kobject.id.as_str()), Some("far"));
    assert!(drawn(&pane, &shared, (120, 40)).contains("every attribute"));
}
