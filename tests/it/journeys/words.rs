//! The search language through the real program: every context, errors with a caret, documents there and back, and what is
//! offered while typing.

use serde_json::{Value, json};

use super::Top;
use crate::harness::{Console, Desk, Home, run};

fn document(home: &Home, desk: &Desk, args: &[&str]) -> Value {
    let output = run(home, Some(desk), args);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(0), "{args:?}: {said}");
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| unreachable!("{args:?}: {error}"))
}

#[test]
fn every_context_is_searched_and_answers_masked() {
    let (desk, home) = (Desk::start(&[]), Home::new());
    let top = Top::of(&desk);
    for (context, query, rows) in [
        ("customer", "loyaltyTier:gold conversations>0 -status:done sort:-updated", "customers"),
        ("conversation", "(status:open OR status:snoozed) -priority<1 sort:sla", "conversations"),
        ("message", "direction:in sent>700d", "messages"),
        ("note", "created>700d", "notes"),
        ("company", "", "companies"),
        ("kobject_order", "orderStatus:* created>700d sort:-created", "kobjects"),
    ] {
        let found = document(&home, &desk, &["search", query, "--in", context, "--limit", "5", "--json"]);
        let count = found[rows].as_array().map_or(0, Vec::len);
        assert!(count > 0, "{context}: {found}");
        top.assert_absent_from(&found.to_string(), context);
        let table = run(&home, Some(&desk), &["search", query, "--in", context, "--limit", "5"]);
        assert_eq!(String::from_utf8_lossy(&table.stdout).lines().count(), count + 1, "{context}");
    }
}

#[test]
fn names_stand_for_ids_and_me_for_the_key() {
    let (desk, home) = (Desk::start(&[]), Home::new());
    let me = desk.get("/v1/users/current")["data"]["id"].clone();
    let team = &desk.get("/v1/teams")["data"][0];
    let name = team["attributes"]["displayName"].as_str().expect("a name");
    let query = format!("assignee:me team:\"{name}\"");
    let told = document(&home, &desk, &["search", &query, "--in", "conversation", "--explain", "--json"]);
    let wanted = json!([{"conversation_assigned_users": {"equals": me}}, {"conversation_assigned_teams": {"equals": team["id"]}}]);
    assert_eq!(told["document"]["and"], wanted);
    assert!(desk.log().iter().all(|entry| entry["method"] != "POST"), "explaining looks for nothing");
}

#[test]
fn a_document_is_read_back_and_searched() {
    let (desk, home) = (Desk::start(&[]), Home::new());
    let body = json!({"queryContext": "conversation", "and": [{"conversation_status": {"equals": "open"}}],
        "sort": [{"conversation_sla_breach_at": "asc"}]});
    let told = document(&home, &desk, &["search", &body.to_string(), "--explain", "--json"]);
    assert_eq!((&told["query"], &told["document"]), (&json!("status:open sort:sla"), &body));
    let found = document(&home, &desk, &["search", &body.to_string(), "--limit", "3", "--json"]);
    assert_eq!(found["conversations"][0]["id"], Top::of(&desk).conversation.as_str());
    let refused = run(&home, Some(&desk), &["search", "{\"queryContext\":\"customer\",\"aggs\":{\"a\":1}}"]);
    assert_eq!(refused.status.code(), Some(2));
}

#[test]
fn an_error_stands_under_its_column_and_is_exit_two() {
    let (desk, home) = (Desk::start(&[]), Home::new());
    for (query, caret) in [("refund colour:red", "         ^"), ("é status:closed", "           ^"), ("(a OR b", "  ^")]
    {
        let output = run(&home, Some(&desk), &["search", query]);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{said}");
        assert!(said.lines().any(|line| line == caret), "{said}");
    }
    assert_eq!(run(&home, Some(&desk), &["search", "x", "--in", "work_item"]).status.code(), Some(2));
}

#[test]
fn what_could_be_typed_is_printed_for_shells() {
    let (desk, home) = (Desk::start(&[]), Home::new());
    let output = run(&home, Some(&desk), &["search", "refund loyaltyTier:g", "--complete"]);
    assert_eq!(String::from_utf8_lossy(&output.stdout), "refund loyaltyTier:gold\n");
}

#[test]
fn the_right_arrow_takes_what_is_offered_and_a_caret_shows_what_is_wrong() {
    let (desk, home) = (Desk::start(&[]), Home::new());
    let mut console = Console::start(&home, Some(&desk));
    console.wait("SANDBOX").press("2").wait("Look for a customer.");
    console.type_text("loya").wait("→ loyaltyTierStr:").press("<right>");
    console.wait("platinum").type_text("go").wait("→ gold").press("<right>").press("<enter>").wait("customers");
    console.press("i").press("<c-u>").type_text("status:closed").press("<enter>");
    console.wait("^ it is one of open, snoozed, done");
}
