//! What servers may ask for, as fields: what is suggested, what is wrong, what goes out.

#![expect(clippy::panic, reason = "a test that fails says how")]

use serde_json::{Value, json};

use super::*;
use crate::connect::mcp::{self, Choice, Kind};

fn choice(value: &str, title: &str) -> Choice {
    Choice { value: value.to_owned(), title: title.into() }
}

fn field(name: &str, is_required: bool, kind: Kind, default: Option<Value>) -> mcp::Field {
    mcp::Field { name: name.to_owned(), title: name.into(), about: "".into(), is_required, kind, default }
}

fn sheet(fields: Vec<mcp::Field>) -> Sheet {
    Sheet::new(AskId(1), "billing", Question::Form { message: "Refund it?".into(), fields })
}

fn words(least: u64, most: u64, format: Option<&str>) -> Kind {
    Kind::Text { least, most, format: format.map(str::to_owned) }
}

#[test]
fn what_is_suggested_stands_there_and_goes_out_as_it_stands() {
    let pay = || vec![choice("card", "To the card"), choice("gift", "As a voucher")];
    let mut sheet = sheet(vec![
        field("reason", true, words(3, 80, None), Some(json!("Charged twice"))),
        field(
            "amount",
            true,
            Kind::Number { is_whole: false, least: Some(1.0), most: Some(500.0) },
            Some(json!(129.5)),
        ),
        field("count", false, Kind::Number { is_whole: true, least: None, most: None }, Some(json!(2))),
        field("notify", true, Kind::Flag, Some(json!(false))),
        field("pay", true, Kind::One(pay()), Some(json!("gift"))),
        field("ways", false, Kind::Some { choices: pay(), least: 0, most: 2 }, Some(json!(["card"]))),
        field("free", false, words(0, 80, None), None),
    ]);
    let Ok(Reply::Accept(sent)) = sheet.accept() else { panic!("it fits") };
    let wanted = json!({"reason": "Charged twice", "amount": 129.5, "count": 2, "notify": false, "pay": "gift",
        "ways": ["card"]});
    assert_eq!(Value::Object(sent), wanted, "what is empty and need not be there is left out");
    assert!(sheet.fields().iter().all(|field| !field.is_touched()));
}

#[test]
fn what_is_wrong_is_said_at_its_field_once_it_is_touched_or_sent() {
    let number = Kind::Number { is_whole: true, least: Some(1.0), most: Some(9.0) };
    for (kind, typed, says) in [
        (words(3, 5, None), "ab", "not 3 to 5"),
        (words(0, 99, Some("email")), "nobody", "no email"),
        (words(0, 99, Some("date")), "tomorrow", "no date"),
        (number.clone(), "ten", "no number"),
        (number.clone(), "1.5", "no whole number"),
        (number, "10", "out of bounds"),
        (Kind::One(vec![choice("a", "A"), choice("b", "B")]), "C", "none of the choices"),
        (Kind::Some { choices: vec![choice("a", "A"), choice("b", "B")], least: 2, most: 2 }, "A", "not 2 to 2"),
        (Kind::Flag, "perhaps", "has to be filled in"),
    ] {
        let mut sheet = sheet(vec![field("it", true, kind, None)]);
        assert_eq!(sheet.wrong(&sheet.fields()[0]), None, "{typed}: nobody touched it");
        sheet.field_mut().expect("a field").set(typed);
        let why = sheet.accept().expect_err(typed).to_string();
        assert!(why.starts_with("it: ") && why.contains(says), "{typed}: {why}");
        assert!(sheet.wrong(&sheet.fields()[0]).is_some_and(|why| why.contains(says)), "{typed}");
    }
}

#[test]
fn choices_that_read_alike_are_told_apart_by_what_they_are_in_the_answer() {
    let all = vec![choice("none", "Refund"), choice("full", "refund"), choice("half", "Half"), choice("x", " ")];
    let mut sheet = sheet(vec![field("what", true, Kind::One(all), None)]);
    let names: Vec<String> = sheet.fields()[0].choices().map(|(name, _)| name.raw().to_owned()).collect();
    assert_eq!(names, ["Refund (none)", "refund (full)", "Half", "  (x)"]);
    sheet.field_mut().expect("a field").toggle("refund (full)");
    let Ok(Reply::Accept(sent)) = sheet.accept() else { panic!("it fits") };
    assert_eq!(Value::Object(sent), json!({"what": "full"}));
    sheet.field_mut().expect("a field").set("NONE");
    assert_eq!(sheet.fields()[0].value(), Ok(Some(json!("none"))), "also by what it is in the answer");
}

#[test]
fn some_of_the_choices_are_taken_one_by_one_or_by_name() {
    let all = || vec![choice("a", "Anna"), choice("b", "Ben, of sales"), choice("c", "Cleo")];
    let mut sheet = sheet(vec![field("who", true, Kind::Some { choices: all(), least: 1, most: 3 }, None)]);
    let field = sheet.field_mut().expect("a field");
    field.toggle("Anna");
    field.toggle("Cleo");
    field.toggle("Anna");
    assert_eq!(field.value(), Ok(Some(json!(["c"]))));
    field.set("anna, c");
    assert_eq!(field.value(), Ok(Some(json!(["a", "c"]))));
    field.set("Ben, of sales");
    assert_eq!(field.value(), Ok(Some(json!(["b"]))), "a name may hold a comma");
    field.set("");
    assert!(field.value().is_err());
}

#[test]
fn a_placeholder_typed_there_goes_out_as_words() {
    let mut sheet = sheet(vec![field("phone", true, words(0, 80, None), None)]);
    let field = sheet.field_mut().expect("a field");
    field.set("call ⟦phone:1⟧");
    assert!(field.has_placeholder());
    assert_eq!(field.value(), Ok(Some(json!("call ⟦phone:1⟧"))));
}

#[test]
fn too_many_questions_have_no_room_and_one_put_aside_lets_the_next_in() {
    let mut all = Questions::default();
    let question = || Question::Form { message: "?".into(), fields: Vec::new() };
    for id in 0..MOST as u64 {
        assert!(all.take(AskId(id), "billing", question()));
    }
    assert!(!all.take(AskId(99), "billing", question()));
    assert!(all.show());
    all.put_aside();
    assert!(all.open().is_none() && all.wants_in());
    assert!(all.show());
    assert_eq!(all.open().map(|sheet| sheet.id), Some(AskId(1)));
}
