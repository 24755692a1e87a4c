//! A sitting's work by few keys: two hundred conversations triaged, one taken back, one that somebody else changed first.

use serde_json::{Value, json};

use crate::harness::{Console, Desk, Home};

/// Every open conversation, the soonest breach first.
fn open(desk: &Desk) -> Vec<Value> {
    let mut all = Vec::new();
    for page in 1..=5 {
        let query = json!({
            "queryContext": "conversation",
            "and": [{ "conversation_status": { "equals": "open" } }],
            "sort": [{ "conversation_sla_breach_at": "asc" }],
        });
        let (status, found) = desk.call("POST", &format!("/v1/customers/search?page={page}&pageSize=100"), Some(query));
        assert_eq!(status, 200, "{found}");
        all.extend(found["data"].as_array().cloned().unwrap_or_default());
        if found["links"]["next"].is_null() {
            break;
        }
    }
    all
}

fn id(conversation: &Value) -> &str {
    conversation["id"].as_str().unwrap_or_default()
}

/// The same conversations as they are now.
fn again(desk: &Desk, conversations: &[Value]) -> Vec<Value> {
    let mut all = Vec::new();
    for some in conversations.chunks(50) {
        let ids: Vec<&str> = some.iter().map(id).collect();
        let body = desk.get(&format!("/v1/conversations/{}", ids.join(",")));
        all.extend(body["data"].as_array().cloned().unwrap_or_default());
    }
    all
}

fn writes(desk: &Desk) -> usize {
    desk.effects().len()
}

#[test]
fn two_hundred_conversations_take_little_more_than_a_key_each() {
    // Done, yours, asleep for two hours (what is offered first), a tag put on or off, and a marked range on one card.
    const SCRIPT: [(&str, usize); 4] = [("d", 70), ("a", 80), ("s<enter>", 20), ("#<enter>", 10)];
    const RANGE: usize = 21;
    let (desk, home) = (Desk::start(&[]), Home::new());
    let before = open(&desk);
    let me = desk.get("/v1/users/current")["data"]["id"].as_str().expect("an id").to_owned();
    assert!(before.len() >= 201, "the seeded world has work for a sitting: {}", before.len());
    let mut console = Console::start(&home, Some(&desk));
    // Who one is and the names of tags are there with the header and the first customer's name.
    console.wait("SANDBOX").wait(before[0]["attributes"]["name"].as_str().expect("a subject")).wait("· console");
    let mut keys = 0;
    for (key, times) in SCRIPT {
        console.press(&key.repeat(times));
        keys += times * key.replace("<enter>", "!").len();
    }
    console.wait_until("every single change at the desk", |_| writes(&desk) >= 180);
    console
        .press("V<c-d><c-d>")
        .wait("21 marked")
        .press("a")
        .wait("Approval")
        .press("G")
        .press("21")
        .press("a")
        .gone("Approval");
    keys += "VddaG21a".len();
    console.wait_until("the job at the desk", |_| {
        again(&desk, &before).iter().filter(|now| now["attributes"]["assignedUsers"] == json!([me])).count()
            >= 80 + RANGE
    });
    let after = again(&desk, &before);
    let (mut done, mut mine, mut asleep, mut tagged, mut touched) = (0, 0, 0, 0, 0);
    for then in &before {
        let now = after.iter().find(|now| id(now) == id(then)).expect("it is still there");
        let (then, now) = (&then["attributes"], &now["attributes"]);
        done += usize::from(now["status"] == "done");
        asleep += usize::from(now["status"] == "snoozed" && now["snooze"]["status"] == "scheduled");
        mine += usize::from(now["assignedUsers"] == json!([me]));
        tagged += usize::from(now["tags"] != then["tags"]);
        touched += usize::from(now["rev"] != then["rev"]);
    }
    assert_eq!((done, mine, asleep, tagged, touched), (70, 80 + RANGE, 20, 10, 201));
    assert_eq!(writes(&desk), 181, "one request each, and one for the range");
    let each = keys as f64 / touched as f64;
    assert!(each <= 2.2, "{keys} keys for {touched} conversations are {each:.2} each");
}

#[test]
fn what_was_done_is_taken_back_by_a_key() {
    let (desk, home) = (Desk::start(&[]), Home::new());
    let top = open(&desk).remove(0);
    let status = || desk.get(&format!("/v1/conversations/{}", id(&top)))["data"]["attributes"]["status"].clone();
    let mut console = Console::start(&home, Some(&desk));
    console.wait("SANDBOX").wait(top["attributes"]["name"].as_str().expect("a subject"));
    console.press("d").wait("takes it back").wait_until("it to be done", |_| status() == "done");
    console.press("u").wait_until("it to be open again", |_| status() == "open");
    assert_eq!(writes(&desk), 2);
}

#[test]
fn a_row_somebody_else_changed_first_is_not_overwritten() {
    let (desk, home) = (Desk::start(&[]), Home::new());
    let top = open(&desk).remove(0);
    let path = format!("/v1/conversations/{}", id(&top));
    let mut console = Console::start(&home, Some(&desk));
    console.wait("SANDBOX").wait(top["attributes"]["name"].as_str().expect("a subject"));
    let (status, _) = desk.call("PATCH", &path, Some(json!({ "priority": 1 })));
    assert_eq!(status, 200);
    console.press("d").wait("shown as it is now");
    assert_eq!(desk.get(&path)["data"]["attributes"]["status"], "open");
    console.press("kd").wait_until("the second try", |_| desk.get(&path)["data"]["attributes"]["status"] == "done");
}
