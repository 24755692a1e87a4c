//! The integration layer's MCP endpoint as the only source of tools, through the real program: the spine's scenarios ask as they
//! do over the desk's own API, and end the same. A person's settings say whose tools these are; nothing else makes a read run
//! without a card.

use serde_json::{Value, json};

use super::{Top, ask, billing, open_top_with_assistant, order, text, truto};
use crate::harness::{Console, Desk, Home, run};

/// Settings under which an assistant is offered the tools of the layer's endpoint alone.
fn settings(desk: &Desk, reviewed: bool) -> Home {
    let [_, token, account] = &desk.truto;
    let wanted = json!({ "name": "shift", "config": {} });
    let path = format!("/truto/integrated-account/{account}/mcp");
    let (status, made) = desk.raw(Some(token), "POST", &path, Some(&wanted));
    assert_eq!(status, 201, "{made}");
    let made: Value = serde_json::from_str(&made).expect("JSON");
    let reviewed = if reviewed { "reviewed = \"truto\"\n" } else { "" };
    let settings = format!(
        "[mcp.layer]\nurl = {:?}\n{reviewed}[tools]\nsources = [\"layer\"]\n",
        made["url"].as_str().expect("a url")
    );
    let home = Home::new();
    let folder = home.path().join("config");
    std::fs::create_dir_all(&folder).expect("a folder");
    std::fs::write(folder.join("settings.toml"), settings).expect("written");
    home
}

/// The effects of what was approved, in order.
fn approved(home: &Home, desk: &Desk) -> Vec<String> {
    let trail = run(home, Some(desk), &["audit", "list", "--json", "--event", "approved"]);
    let entries = String::from_utf8_lossy(&trail.stdout).into_owned();
    let entries = entries.lines().rev().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    entries.map(|entry| text(&entry["effect"])).collect()
}

#[test]
fn the_double_billing_over_the_endpoint_asks_and_ends_the_same() {
    let (direct, own, _) = billing::approved_to_the_end(billing::begin_at(Desk::start(&[])));
    let desk = Desk::start(&[]);
    let (home, top) = (settings(&desk, true), Top::of(&desk));
    let mut console = Console::start(&home, Some(&desk));
    open_top_with_assistant(&mut console, &top);
    ask(&mut console, billing::PROMPT);
    console.wait("Approval").wait("tools/call create_a_kustomer_customer_unmasking_window").wait(&top.customer);
    console.wait("layer").wait("reviewed");
    assert_eq!(desk.effects(), Vec::<String>::new(), "nothing before a yes");
    console.press("a").wait("tools/call create_a_kustomer_conversation_note").wait(&top.conversation);
    console.wait(&top.phone).press("Ga");
    console.gone("Approval").wait("Done. The private note").gone("7 Assistant …");
    let notes = top.notes(&desk);
    assert_eq!(notes, top.notes(&direct));
    assert!(notes.iter().any(|note| note.contains(&top.phone) && note.contains(&top.billing_id)), "{notes:?}");
    top.assert_absent_from(&desk.model_traffic(), "what the model was sent");
    console.press("q");
    assert_eq!(console.exit_code(), 0);
    let is_closing = |effect: &String| effect.starts_with("DELETE") && effect.contains("unmasking");
    assert!(desk.effects().iter().any(is_closing), "the window is closed: {:?}", desk.effects());
    top.assert_absent_from(&String::from_utf8_lossy(&home.bytes()), "the program's own files");
    assert_eq!(approved(&home, &desk), approved(&own, &direct));
    assert!(run(&home, Some(&desk), &["audit", "verify"]).status.success());
}

#[test]
fn the_late_order_over_the_endpoint_leaves_the_same_note() {
    let (direct, own, desk) = (Desk::start(&[]), Home::new(), Desk::start(&[]));
    let home = settings(&desk, true);
    assert_eq!(order::to_the_end(&desk, &home), order::to_the_end(&direct, &own));
    assert_eq!(approved(&home, &desk), approved(&own, &direct));
}

#[test]
fn a_number_is_corrected_over_the_endpoint() {
    let (direct, own, desk) = (Desk::start(&[]), Home::new(), Desk::start(&[]));
    let home = settings(&desk, true);
    assert!(truto::corrected(&desk, &home) && truto::corrected(&direct, &own));
    assert_eq!(approved(&home, &desk), approved(&own, &direct));
}

#[test]
fn a_message_is_drafted_over_the_endpoint() {
    let (direct, own, desk) = (Desk::start(&[]), Home::new(), Desk::start(&[]));
    let home = settings(&desk, true);
    assert_eq!(truto::drafted(&desk, &home), truto::drafted(&direct, &own));
    assert_eq!(approved(&home, &desk), approved(&own, &direct));
}

#[test]
fn a_server_nobody_vouches_for_asks_for_every_call() {
    let desk = Desk::start(&[]);
    let home = settings(&desk, false);
    let listed = run(&home, Some(&desk), &["tools", "list", "--source", "layer", "--json"]);
    let listed: Value = serde_json::from_slice(&listed.stdout).expect("JSON");
    let tools = listed["tools"].as_array().expect("tools");
    assert!(tools.len() > 20 && tools.iter().all(|tool| tool["asks_a_person"] == true), "{listed}");
    let refused = run(&home, Some(&desk), &["tools", "call", "layer/list_all_kustomer_klasses", "--args", "{}"]);
    assert_eq!(refused.status.code(), Some(3), "nobody is there to be asked");
    assert!(desk.effects().is_empty());
}
