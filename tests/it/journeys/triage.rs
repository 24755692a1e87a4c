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

/// What became of a conversation by hand: the one verb that was meant for it.
fn verb(then: &Value, now: &Value, me: &str) -> Option<&'static str> {
    let (then, now) = (&then["attributes"], &now["attributes"]);
    let verbs = [
        ("done", now["status"] == "done"),
        ("asleep", now["status"] == "snoozed" && now["snooze"]["status"] == "scheduled"),
        ("mine", now["assignedUsers"] == json!([me])),
        ("tags", now["tags"] != then["tags"]),
    ];
    let mut done = verbs.into_iter().filter(|(_, is_so)| *is_so).map(|(verb, _)| verb);
    let verb = done.next();
    assert_eq!(done.next(), None, "two verbs on one conversation");
    verb
}

fn count(verbs: &[&str], verb: &str) -> usize {
    verbs.iter().filter(|of| **of == verb).count()
}

#[test]
fn two_hundred_conversations_take_little_more_than_a_key_each() {
    // Done, yours, asleep for two hours (what is offered first), a tag put on or off; then a marked range on one card.
    const SCRIPT: [(&str, usize); 4] = [("d", 75), ("a", 85), ("s<enter>", 20), ("#<enter>", 10)];
    let singles: usize = SCRIPT.iter().map(|(_, times)| times).sum();
    let (desk, home) = (Desk::start(&[]), Home::new());
    let before = open(&desk);
    let me = desk.get("/v1/users/current")["data"]["id"].as_str().expect("an id").to_owned();
    let mut console = Console::start(&home, Some(&desk));
    // Who one is and the names of tags are there with the header and the first customer's name.
    console.wait("SANDBOX").wait(before[0]["attributes"]["name"].as_str().expect("a subject")).wait("· console");
    let mut keys = 0;
    for (key, times) in SCRIPT {
        console.press(&key.repeat(times));
        keys += times * key.replace("<enter>", "!").len();
    }
    let answered = || desk.log().iter().filter(|entry| entry["method"] == "PATCH").count();
    console.wait_until("an answer to every single change", |_| answered() == singles);
    console.press("V<c-d><c-d>").wait("21 marked").press("a").wait("Approval");
    console.press("G").press("21").press("a").gone("Approval");
    keys += "VddaG21a".len();
    let verbs = || -> Vec<&'static str> {
        let after = again(&desk, &before);
        let now = |then: &Value| after.iter().find(|now| id(now) == id(then)).and_then(|now| verb(then, now, &me));
        before.iter().filter_map(now).collect()
    };
    console.wait_until("the job at the desk", |_| count(&verbs(), "mine") > 85);
    let verbs = verbs();
    let refused = desk.log().iter().filter(|entry| entry["method"] == "PATCH" && entry["status"] == 409).count();
    // The world holds customers whose merge goes on; the desk takes no change of theirs.
    let lost = singles + 21 - verbs.len();
    assert!((refused..=refused + 2).contains(&lost) && lost <= 10, "{lost} lost, {refused} of them refused one by one");
    for (name, asked) in [("done", 75), ("mine", 85 + 21), ("asleep", 20), ("tags", 10)] {
        let there = count(&verbs, name);
        assert!(there <= asked && there + lost >= asked, "{there} of {asked} {name}");
    }
    assert_eq!(writes(&desk), singles - refused + 1, "one request each, and one for the range");
    let each = keys as f64 / verbs.len() as f64;
    assert!(verbs.len() >= 200 && each <= 2.2, "{keys} keys for {} conversations are {each:.2} each", verbs.len());
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
fn the_timeline_and_what_a_search_found_take_the_same_keys() {
    let (desk, home) = (Desk::start(&[]), Home::new());
    let top = open(&desk).remove(0);
    let now = |name: &str| desk.get(&format!("/v1/conversations/{}", id(&top)))["data"]["attributes"][name].clone();
    let subject = top["attributes"]["name"].as_str().expect("a subject");
    let mut console = Console::start(&home, Some(&desk));
    console.wait("SANDBOX").wait(subject).press("<enter>").wait("****");
    console.press("d").wait("takes it back").wait_until("it to be done", |_| now("status") == "done");
    console.press("u").wait_until("it to be open again", |_| now("status") == "open");
    console.press("2").wait("Look for a").type_text("in:conversations status:open sort:sla").press("<enter>");
    console.wait("conversations · as of").wait(subject);
    console.press("p").wait("Priority:").type_text("1").press("<enter>").wait("takes it back");
    console.wait_until("the priority at the desk", |_| now("priority") == 1);
    console.press("u").wait_until("the one it had", |_| now("priority") == top["attributes"]["priority"]);
    assert_eq!(writes(&desk), 4);
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
