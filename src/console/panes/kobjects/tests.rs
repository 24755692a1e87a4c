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
    domain::{Attribute, Field, FieldValue, Guarded, Klass, KobjectId, Text},
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
            pane.detail = open.map(|at| {
                let mut line = Cursor::default();
                line.choose(at);
                Detail { line, ..Detail::default() }
            });
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
    assert_eq!(pane.arranged.order, [0]);
    snap("filtered", &pane, &shared);
    with(&shared, |cx| pane.paste(" 4111", cx));
    assert_eq!(pane.arranged.order, [0_usize; 0], "what a mask hides is not found");
    act(&mut pane, &shared, Action::Submit).0.expect("it stays");
    act(&mut pane, &shared, Action::Back).0.expect("it closes");
    assert_eq!(pane.arranged.order.len(), records().len());
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

/// Orders with a status the klass allows, an amount and a parcel.
fn varied() -> (Shared, Kobjects) {
    let mut all = klasses();
    all[0].attributes[0].enumeration = ["placed", "shipped", "lost"].map(Text::from).to_vec();
    let shared = Shared { klasses: Remote::Ready(all, now()), ..shared() };
    let row = |id: &str, status: Value, total: Value| {
        kobject(id, &format!("Order {id}"), &[("statusStr", status), ("totalNum", total)])
    };
    let rows = vec![
        row("a", json!("shipped"), json!(20)),
        row("b", json!("placed"), json!(100)),
        row("c", Value::Null, json!(3.5)),
        row("d", json!("shipped"), Value::Null),
    ];
    let pane = opened(&shared, Ok(page(rows)));
    (shared, pane)
}

fn order_of(pane: &Kobjects) -> String {
    let rows = pane.arranged.order.iter().map(|place| pane.rows()[*place].id.as_str());
    rows.collect::<Vec<_>>().join("")
}

#[test]
fn columns_order_and_headings_are_chosen_for_each_klass_and_remembered() {
    let (shared, mut pane) = varied();
    let chose = |pane: &mut Kobjects, purpose: &'static str, chosen: &str| {
        with(&shared, |cx| pane.picked(purpose, chosen, cx)).0.expect("a choice");
    };
    chose(&mut pane, "kobjects.sort", "totalNum");
    assert_eq!(order_of(&pane), "cabd", "what has none is last");
    chose(&mut pane, "kobjects.sort", "totalNum");
    assert_eq!(order_of(&pane), "bacd");
    chose(&mut pane, "kobjects.group", "statusStr");
    assert_eq!(order_of(&pane), "badc", "as the org has the values, in the order of the column, none last");
    let heads: Vec<(&str, usize)> =
        pane.arranged.heads.iter().map(|(_, words, count)| (words.as_str(), *count)).collect();
    assert_eq!(heads, [("placed", 1), ("shipped", 2), ("not set", 1)]);
    chose(&mut pane, "kobjects.columns", "Total, statusStr, External id");
    snap("arranged", &pane, &shared);
    let unknown = with(&shared, |cx| pane.picked("kobjects.columns", "mood", cx)).0;
    assert!(unknown.is_err(), "no such column");
    let mut again = Kobjects::default();
    again.recall(&pane.remember());
    assert_eq!(again.shapes, pane.shapes);
    assert!(!pane.remember().to_string().contains("88123"), "names of attributes alone");
    act(&mut pane, &shared, Action::NextPart).0.expect("another klass");
    assert_eq!(pane.arranged.heads, [], "it is not arranged");
}

#[test]
fn a_relation_is_followed_where_the_line_leads_and_the_way_back_is_known() {
    let shared = ready();
    let mut pane = opened(&shared, Ok(page(records())));
    let (_, out) = act(&mut pane, &shared, Action::Open);
    let courier = (KlassName::new("courier"), KobjectId::new("654100000000000000abcdef"));
    assert_eq!(out.fetches, [Fetch::Kobject(courier.0.clone(), courier.1.clone())], "its name is asked for");
    let named = kobject("654100000000000000abcdef", "Berta's van", &[]);
    let fetch = Fetch::Kobject(courier.0.clone(), courier.1.clone());
    with(&shared, |cx| pane.fetched(&fetch, Fetched::Kobject(Ok(named)), cx));
    assert!(drawn(&pane, &shared, (120, 40)).contains("→ Berta's van"));
    let facts = pane.facts(&shared);
    let at = facts.iter().position(|fact| matches!(fact.leads, Leads::Record(..))).expect("a relation");
    for _ in 0..at {
        act(&mut pane, &shared, Action::Down).0.expect("it moves");
    }
    let (_, out) = act(&mut pane, &shared, Action::Open);
    let target = Target::Kobject { klass: courier.0, customer: None, id: courier.1 };
    assert_eq!(out.target, Some(target));
    let stands = Target::Kobject {
        klass: KlassName::new("order"),
        customer: Some(CustomerId::new("c1")),
        id: KobjectId::new("6541aa01"),
    };
    assert_eq!(pane.stands(), Some(stands));
    let (_, out) = act(&mut pane, &shared, Action::Follow);
    assert!(out.picker.is_some(), "the customer is a relation too");
}

#[test]
fn what_is_nested_folds_and_unfolds_at_its_line() {
    let shared = ready();
    let mut nested = kobject("n", "Nested", &[("shapeOdd", json!({"a": {"b": [1, {"c": "deep"}]}}))]);
    nested.more = vec![Field { name: "data".to_owned(), value: FieldValue::Open(json!({"cart": {"items": 2}})) }];
    let mut pane = opened(&shared, Ok(page(vec![nested])));
    act(&mut pane, &shared, Action::Open).0.expect("opens");
    let folds =
        |pane: &Kobjects| pane.facts(&shared).iter().filter(|fact| matches!(fact.leads, Leads::Folds(_))).count();
    assert_eq!(folds(&pane), 2);
    let facts = pane.facts(&shared);
    let at = facts.iter().position(|fact| matches!(fact.leads, Leads::Folds(_))).expect("a tree");
    (0..at).for_each(|_| _ = act(&mut pane, &shared, Action::Down));
    act(&mut pane, &shared, Action::Open).0.expect("unfolds");
    assert_eq!(folds(&pane), 3);
    snap("nested", &pane, &shared);
    act(&mut pane, &shared, Action::Open).0.expect("folds");
    assert_eq!(folds(&pane), 2);
}

#[test]
fn a_query_asks_the_desk_and_what_is_wrong_stands_below_it() {
    let shared = ready();
    let mut pane = opened(&shared, Ok(page(records())));
    act(&mut pane, &shared, Action::Write).0.expect("it opens");
    with(&shared, |cx| pane.paste("mood:good", cx));
    let (_, out) = act(&mut pane, &shared, Action::Submit);
    assert!(out.fetches.is_empty() && pane.query.wrong.is_some());
    assert!(drawn(&pane, &shared, (80, 24)).contains("^ "));
    pane.query.input.clear();
    with(&shared, |cx| pane.paste("statusStr:shipped totalNum>100", cx));
    let (_, out) = act(&mut pane, &shared, Action::Submit);
    let fetch = out.fetches.first().cloned().expect("the desk is asked");
    assert!(matches!(fetch, Fetch::FindKobjects(_, 1)), "{fetch:?}");
    with(&shared, |cx| pane.fetched(&fetch, Fetched::Kobjects(Ok(page(records()))), cx));
    assert_eq!(pane.rows().len(), 3);
    assert!(pane.scope().is_none(), "it looks through the org");
    snap("queried", &pane, &shared);
    let (_, out) = act(&mut pane, &shared, Action::Back);
    assert_eq!(out.fetches, [Fetch::Kobjects(KlassName::new("order"), None, 1)]);
}

#[test]
fn a_klass_is_shown_with_what_is_new_and_a_reload_brings_it() {
    let (shared, mut pane) = varied();
    act(&mut pane, &shared, Action::Schema).0.expect("it is shown");
    snap("schema", &pane, &shared);
    let (_, out) = act(&mut pane, &shared, Action::Reload);
    assert!(out.fetches.contains(&Fetch::Klasses), "metadata is read anew");
    let mut newer = shared.klasses.value().cloned().expect("klasses");
    newer[0].attributes.push(Attribute::undescribed("freshNum"));
    let newer = Shared { klasses: Remote::Ready(newer, now()), ..super::tests::shared() };
    act(&mut pane, &newer, Action::Schema).0.expect("it is shown");
    assert!(drawn(&pane, &newer, (80, 24)).contains("+ freshNum is new"));
}

#[test]
fn a_records_past_says_what_is_known_and_what_is_not() {
    let shared = ready();
    let mut pane = opened(&shared, Ok(page(records())));
    let (_, out) = act(&mut pane, &shared, Action::History);
    let fetch = out.fetches[0].clone();
    assert_eq!(fetch, Fetch::RecordHistory(KlassName::new("order"), KobjectId::new("6541aa01")));
    let past = RecordHistory { desk: Err(problem()), here: Vec::new() };
    with(&shared, |cx| pane.fetched(&fetch, Fetched::RecordHistory(Box::new(Ok(past))), cx));
    snap("history", &pane, &shared);
    act(&mut pane, &shared, Action::Back).0.expect("to the attributes");
    assert_eq!(pane.detail.as_ref().map(|detail| detail.part), Some(Part::Fields));
}

#[test]
fn a_form_opens_on_the_record_at_the_fact_with_the_cursor() {
    let shared = ready();
    let mut pane = opened(&shared, Ok(page(records())));
    let (_, out) = act(&mut pane, &shared, Action::NewRecord);
    let klass = KlassName::new("order");
    let editing = out.form.map(|form| form.editing);
    assert_eq!(editing, Some(Editing::NewKobject { klass: klass.clone(), customer: Some(CustomerId::new("c1")) }));
    act(&mut pane, &shared, Action::Open).0.expect("opens");
    let at = pane.facts(&shared).iter().position(|fact| fact.attribute.as_deref() == Some("paidBool")).expect("a fact");
    (0..at).for_each(|_| _ = act(&mut pane, &shared, Action::Down));
    let (_, out) = act(&mut pane, &shared, Action::EditRecord);
    let form = out.form.expect("a form");
    assert_eq!(form.editing, Editing::Kobject { klass, id: KobjectId::new("6541aa01") });
    assert_eq!(form.wanted.as_deref(), Some("paidBool"));
}

#[test]
fn a_klass_of_a_hundred_odd_attributes_is_shown_in_every_part_at_any_size() {
    let suffixes = ["Str", "Txt", "Num", "Bool", "At", "Url", "Id", "Tree", "", "Odd"];
    let stems = ["größe", "价格", "قيمة", "👨‍👩‍👧", "a\u{202e}b", "x\u{1b}[31m", "é\u{301}", "", "ZWJ\u{200d}", "t\tb"];
    let names: Vec<String> = stems.iter().flat_map(|stem| suffixes.map(|suffix| format!("{stem}{suffix}"))).collect();
    let values = [
        Value::Null,
        json!("\u{1b}]0;x\u{7}\u{202e}\n"),
        json!(1e300),
        json!({"deep": [{"er": null}]}),
        json!(["66a1", {"x": 1}]),
        json!("z".repeat(9_000)),
        json!(true),
    ];
    let fields: Vec<(&str, Value)> =
        names.iter().enumerate().map(|(at, name)| (name.as_str(), values[at % values.len()].clone())).collect();
    let mut odd = klass("order", "Or\u{202e}der", &names.iter().map(String::as_str).collect::<Vec<_>>());
    for (at, attribute) in odd.attributes.iter_mut().enumerate() {
        attribute.sensitive = at % 9 == 0;
        attribute.target = (at % 4 == 0).then(|| "kobject.\u{1b}x".to_owned());
        attribute.enumeration = if at % 5 == 0 { vec![Text::from("\u{202e}")] } else { Vec::new() };
    }
    for ascii in [false, true] {
        let shared = Shared { klasses: Remote::Ready(vec![odd.clone()], now()), ascii, ..shared() };
        let mut pane = opened(&shared, Ok(page(vec![kobject("a", "\u{202e}", &fields), kobject("b", "B", &[])])));
        for name in &names {
            for purpose in ["kobjects.sort", "kobjects.group", "kobjects.columns"] {
                let _ = with(&shared, |cx| pane.picked(purpose, name, cx));
            }
        }
        for action in [Action::Top, Action::Open, Action::History, Action::Schema] {
            let _ = act(&mut pane, &shared, action);
            for step in 0..40 {
                let _ = act(&mut pane, &shared, if step % 5 == 0 { Action::PageDown } else { Action::Down });
                for size in [(80, 24), (200, 60), (3, 3), (30, 8)] {
                    let screen = drawn(&pane, &shared, size);
                    for clear in ["\u{1b}", "\u{202e}", "\u{7}"] {
                        assert!(!screen.contains(clear), "{clear:?} at {size:?} after {action:?}");
                    }
                }
            }
            let spoken = pane.spoken(&shared);
            assert!(!spoken.detail.iter().chain(&spoken.rows).any(|line| line.contains('\u{1b}')));
        }
        assert!(!pane.remember().to_string().contains("zzz"));
    }
}
