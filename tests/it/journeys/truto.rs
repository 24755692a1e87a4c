//! The road through an integration layer, through the real program: the same work, the same cards, the same end at the desk,
//! with our own tools and with the layer's by their published names.

use serde_json::Value;

use super::{Top, ask, billing, card_of, open_top_with_assistant, order, outage, text};
use crate::harness::{Console, Desk, Home, run};

/// Settings under which an assistant is offered the layer's tools alone.
fn published() -> Home {
    let home = Home::new();
    let folder = home.path().join("config");
    std::fs::create_dir_all(&folder).expect("a folder");
    std::fs::write(folder.join("settings.toml"), "[tools]\nsources = [\"truto\"]\n").expect("written");
    home
}

/// What was approved, in order: what it does, to what, on whom. How it ended is the desk's to say.
fn approved(home: &Home, desk: &Desk) -> Vec<[String; 4]> {
    let trail = run(home, Some(desk), &["audit", "list", "--json", "--event", "approved"]);
    let entries = String::from_utf8_lossy(&trail.stdout).into_owned();
    let entries = entries.lines().rev().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let told = |entry: &Value| ["effect", "operation", "customer", "conversation"].map(|name| text(&entry[name]));
    let all: Vec<_> = entries.map(|entry| told(&entry)).collect();
    assert!(!all.is_empty(), "something was approved");
    all
}

#[test]
fn the_double_billing_with_published_tools_asks_and_ends_the_same() {
    let (direct, own, top) = billing::approved_to_the_end(billing::begin_at(Desk::start(&[])));
    let (layer, home, _) = billing::approved_to_the_end(billing::begin_in(Desk::start(&[]).by_truto(), published()));
    assert_eq!(approved(&home, &layer), approved(&own, &direct));
    assert_eq!(top.notes(&layer), top.notes(&direct));
    let traffic = layer.model_traffic();
    assert!(
        traffic.contains("create_a_kustomer_customer_unmasking_window") && !traffic.contains("\"customer_unmask\"")
    );
}

#[test]
fn the_outage_with_published_tools_creates_the_same_records() {
    let ids = |desk: &Desk| -> Vec<[String; 3]> {
        let mut all = Vec::new();
        for page in 1..=4 {
            let found = desk.get(&format!("/v1/klasses/service_outage?pageSize=100&page={page}"));
            let rows = found["data"].as_array().cloned().unwrap_or_default();
            let told = |row: &Value| {
                let customer = &row["relationships"]["customer"]["data"]["id"];
                [&row["attributes"]["externalId"], &row["attributes"]["title"], customer].map(text)
            };
            all.extend(rows.iter().map(told));
        }
        all.sort();
        all
    };
    let (direct, own) = (Desk::start(&["--scale", "600"]), Home::new());
    let (layer, home) = (Desk::start(&["--scale", "600"]).by_truto(), published());
    assert_eq!(outage::to_the_end(&layer, &home), outage::to_the_end(&direct, &own));
    assert_eq!(ids(&layer), ids(&direct));
    assert_eq!(approved(&home, &layer), approved(&own, &direct));
    assert!(layer.model_traffic().contains("kustomer_custom_objects_bulk_create"));
}

#[test]
fn the_late_order_with_published_tools_leaves_the_same_note() {
    let (direct, own) = (Desk::start(&[]), Home::new());
    let (layer, home) = (Desk::start(&[]).by_truto(), published());
    assert_eq!(order::to_the_end(&layer, &home), order::to_the_end(&direct, &own));
    assert_eq!(approved(&home, &layer), approved(&own, &direct));
}

/// A profile with one number: id, the org's own id, and another number that looks the same behind a mask.
fn profile(desk: &Desk) -> [String; 3] {
    let fits = |customer: &&Value| {
        let of = &customer["attributes"];
        of["phones"].as_array().is_some_and(|phones| phones.len() == 1) && text(&of["externalId"]).starts_with("USR-")
    };
    let customers = desk.customers();
    let found = customers.iter().find(fits).expect("a profile with one number");
    let number = text(&found["attributes"]["phones"][0]["phone"]);
    let other = format!("+1202555{}", &number[number.len() - 4..]);
    [text(&found["id"]), text(&found["attributes"]["externalId"]), other]
}

/// Corrects a number: unmasked to be compared, then changed. Whether the desk has it then.
pub fn corrected(desk: &Desk, home: &Home) -> bool {
    let [customer, external, number] = profile(desk);
    let mut console = Console::start(home, Some(desk));
    console.wait("SANDBOX").press("7").wait("scripted model, not an AI");
    ask(
        &mut console,
        &format!(
            "Our billing system says the phone of {external} is {number}. Check the profile with that external id and update the \
             phone number if it differs."
        ),
    );
    let request = format!("POST /v1/customers/{customer}/unmasking-windows");
    card_of(&mut console, &request, "create_a_kustomer_customer_unmasking_window", &customer);
    assert_eq!(desk.effects(), Vec::<String>::new(), "nothing before a yes");
    console.press("a");
    card_of(&mut console, &format!("PATCH /v1/customers/{customer}"), "update_a_kustomer_customer_by_id", &customer);
    console.press("Ga").gone("Approval").wait("Done. The phone number");
    let (_, whole) = desk.call_as(&desk.unmasked_key(), "GET", &format!("/v1/customers/{customer}"), None);
    text(&whole["data"]["attributes"]["phones"][0]["phone"]) == number
}

#[test]
fn a_number_is_corrected_with_published_tools() {
    let (direct, own) = (Desk::start(&[]), Home::new());
    let (layer, home) = (Desk::start(&[]).by_truto(), published());
    assert!(corrected(&layer, &home) && corrected(&direct, &own));
    assert_eq!(approved(&home, &layer), approved(&own, &direct));
}

/// Drafts a message to the customer of the top conversation; the drafts there are then, as far as they are told apart.
pub fn drafted(desk: &Desk, home: &Home) -> Vec<[String; 3]> {
    let top = Top::of(desk);
    let mut console = Console::start(home, Some(desk));
    open_top_with_assistant(&mut console, &top);
    ask(&mut console, "Draft a WhatsApp message to this customer saying the refund is on its way");
    let request = format!("POST /v1/customers/{}/drafts", top.customer);
    card_of(&mut console, &request, "create_a_kustomer_customer_whatsapp_basic_draft", &top.customer);
    console.wait("whatsapp");
    assert_eq!(desk.effects(), Vec::<String>::new(), "nothing before a yes");
    console.press("Ga").gone("Approval").wait("draft for");
    let drafts = desk.get(&format!("/v1/customers/{}/drafts", top.customer));
    let told = |draft: &Value| ["channel", "body", "sentAt"].map(|name| text(&draft["attributes"][name]));
    drafts["data"].as_array().into_iter().flatten().map(told).collect()
}

#[test]
fn a_message_is_drafted_with_published_tools() {
    let (direct, own) = (Desk::start(&[]), Home::new());
    let (layer, home) = (Desk::start(&[]).by_truto(), published());
    let drafts = drafted(&layer, &home);
    assert_eq!(drafts, drafted(&direct, &own));
    assert!(drafts.iter().any(|[channel, body, _]| channel == "whatsapp" && body.contains("refund")), "{drafts:?}");
    assert_eq!(approved(&home, &layer), approved(&own, &direct));
    assert!(layer.log().iter().any(|entry| text(&entry["path"]).contains("customer_whatsapp_basic_drafts")));
}

#[test]
fn a_tool_that_changed_between_card_and_yes_is_told_and_nothing_is_sent() {
    let (desk, home, mut console, top) = billing::begin_in(Desk::start(&[]).by_truto(), published());
    console.press("a").wait(&format!("POST /v1/conversations/{}/notes", top.conversation));
    let before = desk.effects();
    desk.fault("GET /truto/** truto-changed-note");
    console.press("Ga").gone("Approval").wait("nothing was sent").wait("changed at Truto");
    assert_eq!(desk.effects(), before);
    let trail = run(&home, Some(&desk), &["audit", "list", "--json"]);
    let trail = String::from_utf8_lossy(&trail.stdout).into_owned();
    assert!(trail.contains("\"failed\"") && trail.contains("changed at Truto"), "{trail}");
}

#[test]
fn published_tools_are_listed_by_source_effect_and_intent_and_shown() {
    let (desk, home) = (Desk::start(&[]).by_truto(), Home::new());
    let list = |more: &[&str]| -> Vec<String> {
        let args = [&["tools", "list", "--source", "truto", "--json"][..], more].concat();
        let listed = run(&home, Some(&desk), &args);
        assert!(listed.status.success(), "{}", String::from_utf8_lossy(&listed.stderr));
        let listed: Value = serde_json::from_slice(&listed.stdout).expect("JSON");
        listed["tools"].as_array().expect("tools").iter().map(|tool| text(&tool["name"])).collect()
    };
    assert!(list(&[]).len() > 60);
    assert_eq!(list(&["--effect", "unmask"]), ["create_a_kustomer_customer_unmasking_window"]);
    assert!(list(&["--intent", "find a customer by email"]).iter().take(3).any(|name| name.contains("using_email")));
    let shown = run(&home, Some(&desk), &["tools", "show", "create_a_kustomer_conversation_note"]);
    let shown: Value = serde_json::from_slice(&shown.stdout).expect("JSON");
    assert_eq!((text(&shown["source"]), text(&shown["trust"])), ("truto".into(), "reviewed".into()));
    assert_eq!(desk.effects(), Vec::<String>::new());
}

#[test]
fn the_double_billing_ends_the_same_through_the_layer() {
    let (desk, home, console, top) = billing::begin_at(Desk::start(&[]).by_truto());
    let read = run(&home, Some(&desk), &["request", "GET", &format!("/v1/customers/{}", top.customer)]);
    assert!(read.status.success() && String::from_utf8_lossy(&read.stdout).contains(&top.name));
    billing::approved_to_the_end((desk, home, console, top));
}

#[test]
fn what_the_layer_lacks_is_said_where_it_would_stand_and_the_rest_goes_on() {
    let (desk, home) = (Desk::start(&[]).by_truto(), Home::new());
    let mut console = Console::start(&home, Some(&desk));
    let top = Top::of(&desk);
    console.wait("SANDBOX").wait("through Truto").wait(&top.subject);
    console.press("<enter>").wait("Timeline").wait(&top.name).wait("****");
    console.press("o").wait("KObjects").wait("of ");
    let refused = run(&home, Some(&desk), &["request", "GET", "/v1/routing/work-sessions"]);
    let said = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(!refused.status.success() && said.contains("does not offer it") && said.contains("own key"), "{said}");
    assert_eq!(desk.effects(), Vec::<String>::new());
}

#[test]
fn a_tool_that_changed_is_told_and_not_called_until_it_is_taken_in() {
    let (desk, home) = (Desk::start(&[]).by_truto(), Home::new());
    let all = |home: &Home| run(home, Some(&desk), &["truto", "--json"]);
    let first = all(&home);
    assert!(first.status.success(), "{}", String::from_utf8_lossy(&first.stderr));
    let listed = String::from_utf8_lossy(&first.stdout).into_owned();
    assert!(listed.contains("kustomer_search_customers_search") && !listed.contains("changed"), "{listed}");
    desk.fault("GET /truto/** truto-changed");
    let top = Top::of(&desk);
    let path = format!("/v1/customers/{}", top.customer);
    let refused = run(&home, Some(&desk), &["request", "GET", &path]);
    let said = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(!refused.status.success() && said.contains("changed at Truto since it was last looked at"), "{said}");
    let nobody = run(&home, Some(&desk), &["truto", "--accept"]);
    assert_eq!(nobody.status.code(), Some(3), "only somebody at a terminal can have looked");
    let mut console = Console::start_with(&home, Some(&desk), &["truto", "--accept"], (160, 90));
    console.wait("changed: not called").wait("Enter takes all of these changes in").press("<enter>").wait("taken in");
    assert_eq!(console.exit_code(), 0);
    assert!(run(&home, Some(&desk), &["request", "GET", &path]).status.success(), "looked at and called again");
}
