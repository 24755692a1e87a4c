//! Records by hand: made and changed through forms, and followed from one klass to another, through the real program against a
//! real desk.

use serde_json::{Value, json};

use super::text;
use crate::harness::{Console, Desk, Home};

/// The order with the org's own id, as the desk has it.
fn order(desk: &Desk, external_id: &str) -> Value {
    desk.get(&format!("/v1/klasses/order/externalId={external_id}"))["data"].clone()
}

/// An order that fits, with its path and the org's own id for it.
fn find(desk: &Desk, fits: impl Fn(&Value) -> bool) -> (String, String) {
    let all = desk.get("/v1/klasses/order?pageSize=100");
    let rows = all["data"].as_array().cloned().unwrap_or_default();
    let found =
        rows.iter().find(|row| row["attributes"]["externalId"].is_string() && fits(&row["attributes"]["custom"]));
    let found = found.expect("such an order");
    (format!("/v1/klasses/order/{}", text(&found["id"])), text(&found["attributes"]["externalId"]))
}

/// The console on the orders of the whole org.
fn orders(home: &Home, desk: &Desk) -> Console {
    let mut console = Console::start(home, Some(desk));
    console.wait("SANDBOX").press("4").wait("[ Order ]").wait("of the whole org").wait("TITLE");
    console
}

/// Goes to an order by the org's own id, with its detail open.
fn open(console: &mut Console, external_id: &str) {
    console.press("x").wait("with the external id").type_text(external_id).press("<enter>");
    console.wait("every attribute").wait(external_id);
}

/// From one field of a form to the n-th after it.
fn down(console: &mut Console, steps: usize) {
    (0..steps).for_each(|_| _ = console.press("<tab>"));
}

#[test]
fn a_record_is_made_by_a_form_with_a_date_in_words_and_an_allowed_value() {
    let (desk, home) = (Desk::start(&[]), Home::new());
    let mut console = orders(&home, &desk);
    console.press("n").wait("New Order").wait("to mend").type_text("Order by hand");
    console.press("<tab>").type_text("HAND-1");
    down(&mut console, 3);
    console.type_text("next friday 9am").wait("Fri, ");
    down(&mut console, 6);
    console.press("<enter>").wait("out_for_delivery").type_text("shipped").press("<enter>").gone("(not set)");
    let before = desk.log().len();
    console.press("<c-s>").wait("Approval").wait("create a KObject").wait("HAND-1");
    assert!(desk.log()[before..].iter().all(|entry| entry["method"] != "POST"), "nothing before the yes");
    console.press("Ga").gone("Approval").wait("done: create a KObject");
    let made = order(&desk, "HAND-1");
    let custom = &made["attributes"]["custom"];
    assert_eq!(
        (text(&made["attributes"]["title"]), text(&custom["orderStatusStr"])),
        ("Order by hand".into(), "shipped".into())
    );
    let at: jiff::Timestamp = text(&custom["expectedAt"]).parse().expect("a moment");
    let weekday = at.to_zoned(jiff::tz::TimeZone::system()).weekday();
    assert_eq!(weekday, jiff::civil::Weekday::Friday);
    console.press("<c-d>");
    drop(console);
    let mut console = orders(&home, &desk);
    open(&mut console, "HAND-1");
    console.wait("Order by hand").press("n").wait("New Order").wait("nothing changed yet");
}

#[test]
fn a_change_that_met_anothers_is_chosen_side_by_side_and_proposed_anew() {
    let (desk, home) = (Desk::start(&[]), Home::new());
    let is_other =
        |custom: &Value| custom["orderStatusStr"].as_str().is_some_and(|status| !["lost", "delayed"].contains(&status));
    let (path, external_id) = find(&desk, is_other);
    let mut console = orders(&home, &desk);
    open(&mut console, &external_id);
    console.press("e").wait("Edit Order:").wait("revision");
    down(&mut console, 10);
    console.press("<enter>").wait("out_for_delivery").type_text("lost").press("<enter>").wait("1 changed");
    let (status, _) =
        desk.call("PUT", &path, Some(json!({ "custom": { "orderStatusStr": "delayed", "carrierStr": "by hand" } })));
    assert_eq!(status, 200);
    console.press("<c-s>").wait("theirs delayed").wait("choose");
    console.wait("by hand");
    console.press("<c-s>").wait("choose one of the three");
    console.press("<c-t>").wait("which of them").type_text("mine").press("<enter>").gone("theirs delayed");
    console.press("<c-s>").wait("Approval").wait("update a KObject").wait("orderStatusStr: lost");
    // It moves once more while the card stands: the card is void, the form is back with both sides.
    let (status, _) = desk.call("PUT", &path, Some(json!({ "custom": { "orderStatusStr": "returned" } })));
    assert_eq!(status, 200);
    console.press("Ga").gone("Approval").wait("theirs returned");
    console.press("<c-t>").wait("which of them").type_text("mine").press("<enter>").gone("theirs returned");
    console.press("<c-s>").wait("Approval").press("Ga").gone("Approval").wait("done: update a KObject");
    let now = order(&desk, &external_id);
    assert_eq!(now["attributes"]["custom"]["orderStatusStr"], "lost");
    assert_eq!(now["attributes"]["custom"]["carrierStr"], "by hand", "what nobody touched here is the other's");
}

#[test]
fn a_relation_is_followed_and_the_way_back_leads_to_where_it_began() {
    let (desk, home) = (Desk::start(&[]), Home::new());
    let (path, external_id) = find(&desk, |custom| custom["relatedReturnId"].is_string());
    let own = desk.get(&path)["data"].clone();
    let target = text(&own["attributes"]["custom"]["relatedReturnId"]);
    let other = desk.get(&format!("/v1/klasses/return/{target}"))["data"].clone();
    let title = |record: &Value| text(&record["attributes"]["title"]);
    let mut console = orders(&home, &desk);
    open(&mut console, &external_id);
    console.wait(&title(&other));
    console.press("f").wait("Follow").type_text("return").press("<enter>");
    console.wait("[ Return ]").wait(&target).wait(&title(&other));
    console.press("<c-o>").wait("[ Order ]").wait("every attribute").wait(&external_id);
}

#[test]
fn a_half_filled_form_survives_a_kill() {
    let (desk, home) = (Desk::start(&[]), Home::new());
    let mut console = orders(&home, &desk);
    console.press("n").wait("New Order").wait("to mend").type_text("Half an or");
    let before = home.bytes();
    console.type_text("der").wait("Half an order").wait_kept(&home, &before);
    assert!(!String::from_utf8_lossy(&home.bytes()).contains("Half an order"), "it stands there in clear");
    console.signal("KILL");
    console.exit_code();
    drop(console);
    let mut console = orders(&home, &desk);
    console.press("n").wait("New Order").wait("Half an order");
    assert_eq!(desk.effects(), Vec::<String>::new());
}

#[test]
fn a_form_is_filled_in_line_by_line() {
    let (desk, home) = (Desk::start(&[]), Home::new());
    let mut console = Console::start_on(&home, Some(&desk), &["--linear"], (120, 250), "dumb");
    console.wait("Queue>").press("kobjects<enter>").wait("Order of the whole org").wait("KObjects>");
    console.press("new-record<enter>").wait("Form: New Order").wait("Title>");
    console.press("Order in lines<enter>").wait("External id>").press("LINE-1<enter>").wait("Carrier>");
    console.press(":11 SHIPPED<enter>").wait("11. Status: shipped; changed").press(":5 tomorrow 9:00<enter>");
    console.wait("5. Expected: tomorrow 9:00; changed").press(":12 a lot<enter>").wait("not yet: a number");
    console.press(":put-up<enter>").wait("Total (EUR): a number").press("19.90<enter>").press(":put-up<enter>");
    console.wait("create a KObject").wait("approve, edit or refuse>").press("approve<enter>");
    console.wait("done: create a KObject");
    let custom = &order(&desk, "LINE-1")["attributes"]["custom"];
    assert_eq!((&custom["orderStatusStr"], &custom["totalPriceNum"]), (&json!("shipped"), &json!(19.9)));
}
