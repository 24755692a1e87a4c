//! Forms made from records by hand: what is sent, what is kept, what happens when both sides moved, and how it looks.

use jiff::{Timestamp, tz::TimeZone};
use ratatui::{buffer::Buffer, layout::Rect};
use serde_json::{Value, json};

use super::*;
use crate::{
    console::{
        keymap::Code,
        msg::Moment,
        state::Shared,
        theme::{Depth, Theme},
    },
    domain::{AttributeKind, CustomerId, Field as Has, FieldValue, Guarded, KlassName, KobjectId},
};

fn shared() -> Shared {
    // A Wednesday.
    let now: Timestamp = "2026-11-18T09:41:00Z".parse().expect("a timestamp");
    let zone = TimeZone::fixed(jiff::tz::offset(1));
    Shared::new(Moment { now, elapsed: std::time::Duration::ZERO }, zone, "http://desk.example".to_owned())
}

fn attributes() -> Vec<Attribute> {
    let named = |name: &str| Attribute::undescribed(name);
    let values = ["placed", "shipped", "delayed", "lost"].map(Text::from).to_vec();
    vec![
        Attribute { enumeration: values, ..named("statusStr") },
        named("totalNum"),
        named("giftBool"),
        named("placedAt"),
        named("noteTxt"),
        Attribute { target: Some("kobject.return".to_owned()), ..named("returnId") },
        Attribute { sensitive: true, ..named("cardStr") },
        named("shapeless"),
    ]
}

fn has(name: &str, value: Value) -> Has {
    Has { name: name.to_owned(), value: FieldValue::Open(value) }
}

fn order(status: &str, rev: u64) -> Editable {
    let record = json!({"type": "kobject.order", "id": "66a1", "attributes": {"rev": rev, "title": "secret"},
        "relationships": {"customer": {"data": {"id": "c1"}}}});
    let masked =
        Has { name: "cardStr".to_owned(), value: FieldValue::Guarded(Guarded::Masked(Text::from("****1122"))) };
    Editable {
        record: Record::of(&record).map(Record::bare),
        name: Text::from("Order #88123"),
        own: vec![has("title", json!("Order #88123")), has("externalId", json!("88123"))],
        attributes: attributes(),
        custom: vec![
            has("statusStr", json!(status)),
            has("totalNum", json!(129.5)),
            has("placedAt", json!("2026-11-17T22:30:41.123Z")),
            has("shapeless", json!({"deep": [1, 2]})),
            masked,
        ],
    }
}

fn editing() -> Editing {
    Editing::Kobject { klass: KlassName::new("order"), id: KobjectId::new("66a1") }
}

fn opened(shared: &Shared, kept: &str) -> Form {
    let mut form = Form::open(editing(), "Order", None, None);
    form.take(order("placed", 3), kept, view::reading(shared));
    form
}

fn fill(form: &mut Form, name: &str, words: &str) {
    let at = form.fields().iter().position(|field| field.attribute.name == name).expect(name);
    form.go(at);
    form.field_mut().expect("a field").fill(words);
}

fn body(form: &Form, shared: &Shared) -> Value {
    let change = form.change(view::reading(shared)).expect("a change");
    change.requests()[0].body.clone().expect("a body")
}

fn drawn(form: &Form, shared: &Shared, (width, height): (u16, u16)) -> String {
    let (theme, _) = Theme::named(None, Depth::Mono);
    let area = Rect::new(0, 0, width, height);
    let mut buf = Buffer::empty(area);
    view::view(form, shared, &theme, true, area, &mut buf);
    if shared.ascii {
        crate::console::widgets::ascii::flatten(&mut buf);
    }
    let row = |y| (0..width).map(|x| buf[(x, y)].symbol()).collect::<String>().trim_end().to_owned();
    (0..height).map(row).collect::<Vec<_>>().join("\n")
}

fn snap(name: &str, form: &Form, shared: &Shared) {
    for (size, cells) in [("80x24", (80, 24)), ("120x40", (120, 40))] {
        insta::assert_snapshot!(format!("{name}_{size}"), drawn(form, shared, cells));
    }
}

#[test]
fn only_what_changed_is_sent_with_the_revision() {
    let shared = shared();
    let mut form = opened(&shared, "");
    assert_eq!(form.change(view::reading(&shared)), Err(Unready::Unchanged));
    fill(&mut form, "statusStr", "SHIPPED");
    fill(&mut form, "placedAt", "next friday 9am");
    fill(&mut form, "totalNum", "129.50");
    let sent = body(&form, &shared);
    let wanted = json!({"custom": {"statusStr": "shipped", "placedAt": "2026-11-27T08:00:00.000Z"}, "rev": 3});
    assert_eq!(sent, wanted, "a number that is the same is not sent");
    fill(&mut form, "totalNum", "");
    assert_eq!(body(&form, &shared)["custom"]["totalNum"], Value::Null, "nothing clears it");
    snap("edit", &form, &shared);
}

#[test]
fn what_is_wrong_is_said_at_its_field_and_nothing_is_put_up() {
    let shared = shared();
    let mut form = opened(&shared, "");
    fill(&mut form, "totalNum", "a lot");
    let why = form.change(view::reading(&shared)).expect_err("it is no number");
    assert!(matches!(&why, Unready::Field { label, .. } if label == "Total"), "{why}");
    assert!(drawn(&form, &shared, (80, 24)).contains("a number such as"));
    let mut new =
        Form::open(Editing::NewKobject { klass: KlassName::new("order"), customer: None }, "Order", None, None);
    new.take(Editable { attributes: attributes(), ..Editable::default() }, "", view::reading(&shared));
    assert!(new.change(view::reading(&shared)).is_err(), "it needs a title");
    fill(&mut new, "title", "Order #9");
    let sent = body(&new, &shared);
    assert_eq!((&sent["title"], sent["externalId"].is_string(), sent.get("rev")), (&json!("Order #9"), true, None));
    snap("new", &new, &shared);
}

#[test]
fn a_new_record_for_a_customer_goes_to_their_path() {
    let shared = shared();
    let customer = Some(CustomerId::new("c1"));
    let editing = Editing::NewKobject { klass: KlassName::new("order"), customer };
    let mut form = Form::open(editing, "Order", Some(Text::from("Nadia")), None);
    form.take(Editable { attributes: attributes(), ..Editable::default() }, "", view::reading(&shared));
    fill(&mut form, "title", "Order #9");
    fill(&mut form, "externalId", "9");
    let change = form.change(view::reading(&shared)).expect("a change");
    assert_eq!(change.requests()[0].path, "/v1/customers/c1/klasses/order");
    assert_eq!(change.subject().customer_name, Some(Text::from("Nadia")));
    assert_eq!(change.requests()[0].body, Some(json!({"title": "Order #9", "externalId": "9"})));
}

#[test]
fn a_mask_is_replaced_whole_or_left() {
    let shared = shared();
    let mut form = opened(&shared, "");
    fill(&mut form, "cardStr", "5500");
    let at = form.at();
    for key in ["x", "backspace"] {
        assert!(!form.type_key(&Key::parse(key).expect("a key")), "a mask takes no key");
    }
    assert!(!form.fields()[at].is_touched(), "nothing can be typed into a mask");
    assert!(form.field_mut().expect("a field").replace());
    fill(&mut form, "cardStr", "5500 1");
    assert_eq!(body(&form, &shared)["custom"], json!({"cardStr": "5500 1"}));
    form.field_mut().expect("a field").revert(&shared.zone);
    assert_eq!(form.change(view::reading(&shared)), Err(Unready::Unchanged));
    fill(&mut form, "shapeless", "x");
    assert_eq!(form.change(view::reading(&shared)), Err(Unready::Unchanged), "what no form can edit stays");
}

#[test]
fn what_moved_at_both_ends_waits_for_a_choice_and_the_rest_is_taken_over() {
    let shared = shared();
    let reading = view::reading(&shared);
    let moved = || {
        let mut newer = order("lost", 4);
        newer.custom[1] = has("totalNum", json!(99));
        newer
    };
    let torn = || {
        let mut form = opened(&shared, "");
        fill(&mut form, "statusStr", "shipped");
        assert_eq!(form.meet(moved(), reading), Met { taken: 1, torn: 1 });
        form.go_to_torn();
        assert!(form.change(reading).is_err(), "nobody chose yet");
        form
    };
    snap("torn", &torn(), &shared);
    let sides = torn().field().and_then(|field| field.sides(&shared.zone)).expect("three sides");
    assert_eq!(sides.map(|(_, words)| words), ["shipped", "lost", "placed"]);
    for (side, wanted) in [
        (Side::Mine, Some(json!({"custom": {"statusStr": "shipped"}, "rev": 4}))),
        (Side::Base, Some(json!({"custom": {"statusStr": "placed"}, "rev": 4}))),
        (Side::Theirs, None),
    ] {
        let mut form = torn();
        form.field_mut().expect("a field").settle(side, &shared.zone);
        let change = form.change(reading).ok().map(|change| change.requests()[0].body.clone().expect("a body"));
        assert_eq!(change, wanted, "{side:?}");
    }
    let mut same = opened(&shared, "");
    fill(&mut same, "statusStr", "lost");
    fill(&mut same, "totalNum", "99");
    assert_eq!(same.meet(moved(), reading), Met::default(), "both did the same");
    assert_eq!(same.change(reading), Err(Unready::Unchanged));
}

#[test]
fn what_was_filled_in_comes_back_and_meets_what_moved_meanwhile() {
    let shared = shared();
    let reading = view::reading(&shared);
    let mut form = opened(&shared, "");
    fill(&mut form, "statusStr", "shipped");
    fill(&mut form, "noteTxt", "two\nlines");
    let kept = form.kept();
    assert_eq!(body(&opened(&shared, &kept), &shared), body(&form, &shared));
    let mut later = Form::open(editing(), "Order", None, None);
    later.take(order("lost", 4), &kept, reading);
    later.go_to_torn();
    let sides = later.field().and_then(|field| field.sides(&shared.zone)).expect("both moved");
    assert_eq!(sides.map(|(_, words)| words), ["shipped", "lost", "placed"]);
    let mut untouched = opened(&shared, "nonsense");
    assert_eq!(untouched.kept(), "");
    fill(&mut untouched, "totalNum", "1");
    fill(&mut untouched, "totalNum", "129.5");
    assert_eq!(untouched.kept(), "");
}

#[test]
fn an_attribute_made_meanwhile_joins_and_one_that_went_is_said() {
    let shared = shared();
    let reading = view::reading(&shared);
    let mut form = opened(&shared, "");
    fill(&mut form, "totalNum", "1");
    let mut newer = order("placed", 3);
    newer.attributes.retain(|attribute| attribute.name != "totalNum");
    newer.custom.retain(|field| field.name != "totalNum");
    newer.attributes.push(Attribute::undescribed("freshStr"));
    form.meet(newer, reading);
    assert!(form.fields().iter().any(|field| field.attribute.name == "freshStr"));
    let why = form.change(reading).expect_err("it is gone").to_string();
    assert!(why.contains("not describe this attribute any more"), "{why}");
}

#[test]
fn arrows_and_letters_go_through_what_is_allowed() {
    let shared = shared();
    let mut form = opened(&shared, "");
    fill(&mut form, "statusStr", "placed");
    let key = |name: &str| Key::parse(name).expect("a key");
    let mut said = Vec::new();
    for name in ["right", "l", "right", "left", "backspace", "right"] {
        form.type_key(&key(name));
        said.push(form.field().expect("a field").entry.words());
    }
    assert_eq!(said, ["shipped", "lost", "placed", "lost", "", "placed"]);
    fill(&mut form, "giftBool", "yes");
    form.type_key(&Key::plain(Code::Right));
    assert_eq!(form.field().expect("a field").value(view::reading(&shared)), Ok(json!(false)));
}

/// A klass with a hundred attributes: every suffix, names in every script, values that keep no promise.
fn hostile() -> Editable {
    let suffixes = ["Str", "Txt", "Num", "Bool", "At", "Url", "Id", "Tree", "", "Odd"];
    let stems =
        ["größe", "价格", "قيمة", "👨‍👩‍👧", "a\u{202e}b", "x\u{1b}[31m", "é\u{301}\u{301}", "", "ZWJ\u{200d}", "tab\tin"];
    let names: Vec<String> = stems.iter().flat_map(|stem| suffixes.map(|suffix| format!("{stem}{suffix}"))).collect();
    let values = [
        Value::Null,
        json!("plain"),
        json!(-0.5e300),
        json!(true),
        json!([["deep"], {"a": null}]),
        json!({"isMasked": 3}),
        json!("\u{1b}]0;x\u{7}\u{202e}\n\t"),
        json!("y".repeat(5_000)),
        json!(["66a1", "66a2"]),
        json!(""),
    ];
    let custom = names.iter().enumerate().map(|(at, name)| {
        let value = match at % 11 {
            10 => FieldValue::Guarded(Guarded::Masked(Text::from("****\u{1b}[2J9"))),
            _ => FieldValue::Open(values[at % 10].clone()),
        };
        Has { name: name.clone(), value }
    });
    let attribute = |(at, name): (usize, &String)| Attribute {
        enumeration: if at % 7 == 0 { vec![Text::from("a\u{202e}"), Text::from("")] } else { Vec::new() },
        sensitive: at % 13 == 0,
        target: (at % 5 == 0).then(|| "kobject.\u{1b}".to_owned()),
        ..Attribute::undescribed(name)
    };
    Editable {
        custom: custom.collect(),
        attributes: names.iter().enumerate().map(attribute).collect(),
        ..order("placed", 3)
    }
}

#[test]
fn a_klass_of_a_hundred_odd_attributes_is_shown_and_edited_at_any_size() {
    for ascii in [false, true] {
        let shared = Shared { ascii, ..shared() };
        let reading = view::reading(&shared);
        let mut form = Form::open(editing(), "Or\u{202e}der", None, None);
        form.take(hostile(), "", reading);
        assert_eq!(form.fields().len(), 103);
        for at in 0..form.fields().len() {
            form.go(at);
            let screens = [(80, 24), (200, 60), (1, 1), (9, 4), (40, 12)].map(|size| drawn(&form, &shared, size));
            for screen in &screens {
                for clear in ["\u{1b}", "\u{202e}", "\u{7}"] {
                    assert!(!screen.contains(clear), "{clear:?} at field {at}");
                }
            }
            for name in ["x", "right", "left", "space", "backspace", "é"] {
                form.type_key(&Key::parse(name).expect("a key"));
            }
            form.field_mut().expect("a field").paste("1\u{202e}\n2");
            form.field_mut().expect("a field").replace();
            form.take_line("yes");
        }
        assert!(!form.spoken(reading).iter().any(|line| line.contains('\u{1b}') || line.contains('\u{202e}')));
        let kept = form.kept();
        let mut again = Form::open(editing(), "Order", None, None);
        again.take(hostile(), &kept, reading);
        again.meet(hostile(), reading);
        again.meet(order("lost", 9), reading);
        for side in [Side::Mine, Side::Theirs, Side::Base] {
            for at in 0..again.fields().len() {
                again.go(at);
                again.field_mut().expect("a field").settle(side, &shared.zone);
            }
        }
        let _ = again.change(reading);
        let reverted = (0..form.fields().len()).all(|at| {
            form.go(at);
            form.field_mut().expect("a field").revert(&shared.zone);
            !form.fields()[at].is_touched()
        });
        assert!(reverted && form.fields().iter().any(|field| field.attribute.kind == AttributeKind::Unknown));
    }
}
