//! Redactions, reactions, conversation times, events, satisfaction (Kustomer API reference 10, 12, 17).

use serde_json::{Value, json};

use super::{id_of, message, pointer, write_in};
use crate::sandbox::fixture::{AGENT, MARA, PARCEL, Trial};

const SECRET: &str = "my card is 4111 1111 1111 1111";

#[test]
fn a_redacted_text_is_nowhere_any_more() {
    let mut trial = Trial::new();
    let id = write_in(&mut trial, &json!({ "preview": SECRET }));
    let path = format!("/v1/messages/{id}/redactions");
    assert_eq!(trial.ask("POST", &path, json!({})).0, 400);
    assert_eq!(trial.ask("POST", &path, json!({ "preview": "x", "meta": {} })).0, 400);
    let (status, answer) = trial.ask("POST", &path, json!({ "preview": "my card is ****" }));
    assert_eq!((status, answer["data"].get("links")), (201, None));
    let message = trial.get(&format!("/v1/messages/{id}"));
    assert_eq!(
        (&message["attributes"]["redacted"], &message["attributes"]["preview"]),
        (&json!(true), &json!("my card is ****"))
    );
    for target in [
        format!("/v1/conversations/{PARCEL}"),
        format!("/v1/conversations/{PARCEL}/events"),
        format!("/v1/conversations/{PARCEL}/messages"),
        format!("/v1/customers/{MARA}"),
    ] {
        assert!(!trial.get(&target).to_string().contains(SECRET), "{target}");
    }
}

#[test]
fn a_redacted_file_loses_its_name_and_its_bytes() {
    let mut trial = Trial::new();
    let (_, file) = trial.ask(
        "POST",
        "/v1/attachments",
        json!({ "name": "passport.png", "contentType": "image/png", "contentLength": 1 }),
    );
    let file = id_of(&file);
    trial.desk.files.keep(&file, b"x").expect("room");
    let id = write_in(&mut trial, &json!({ "attachments": [file] }));
    let path = format!("/v1/messages/{id}/redactions");
    let (status, answer) = trial.ask("POST", &path, json!({ "attachments": ["66a1f0c2b7d4e9001c3affff"] }));
    assert_eq!((status, pointer(&answer)), (400, "attachments/0"));
    assert_eq!(trial.ask("POST", &path, json!({ "attachments": [file] })).0, 201);
    let seen = trial.get(&format!("/v1/messages/{id}/attachments/{file}"));
    assert_eq!((&seen["attributes"]["redacted"], &seen["attributes"]["name"]), (&json!(true), &json!("redacted")));
    assert_eq!(trial.desk.files.get(&file), None);
    assert_eq!(trial.send("GET", seen["links"]["related"].as_str().expect("a URL"), None, b"").status, 404);
}

#[test]
fn a_change_of_a_message_takes_reactions_and_not_its_channel() {
    let mut trial = Trial::new();
    let id = message(&mut trial, "out", &json!({}));
    let path = format!("/v1/messages/{id}");
    let love = json!({ "subjectId": MARA, "subjectType": "customer", "name": "love" });
    let (status, answer) = trial.ask("PUT", &path, json!({ "reactions": [love] }));
    assert_eq!((status, &answer["data"]["attributes"]["reactions"][0]["name"]), (200, &json!("love")));
    for body in [json!({ "channel": "sms" }), json!({ "app": "x" }), json!({ "direction": "in" })] {
        assert_eq!(trial.ask("PATCH", &path, body).0, 400);
    }
    let reply = json!({ "reference": { "message": "66a1f0c2b7d4e9001c3affff", "type": "reply" } });
    let (status, answer) = trial.ask("PATCH", &path, reply);
    assert_eq!((status, pointer(&answer)), (400, "reference/message"));
}

#[test]
fn answering_takes_time_which_is_kept() {
    let mut trial = Trial::new();
    write_in(&mut trial, &json!({}));
    trial.now += 4 * 60_000;
    message(&mut trial, "out", &json!({}));
    message(&mut trial, "out", &json!({ "auto": true }));
    let times = trial.get(&format!("/v1/conversations/{PARCEL}/times?pageSize=1000"));
    assert_eq!(times.as_array().map(Vec::len), Some(1), "automatic answers take nobody's time");
    assert_eq!(times[0]["type"], "conversation_time");
    assert_eq!(times[0]["attributes"]["handleTime"], 4 * 60_000);
    let id = times[0]["id"].as_str().expect("an id").to_owned();
    assert_eq!(trial.get(&format!("/v1/conversations/times/{id}"))["id"], id.as_str());
    assert_eq!(trial.get(&format!("/v1/conversations/times/{id},{id}")).as_array().map(Vec::len), Some(2));
}

#[test]
fn events_are_filtered_by_name_and_by_what_changed() {
    let mut trial = Trial::new();
    let conversation = format!("/v1/conversations/{PARCEL}");
    trial.ask("PATCH", &conversation, json!({ "priority": 5 }));
    trial.ask("PATCH", &conversation, json!({ "status": "done" }));
    let mut count = |query: &str| trial.get(&format!("{conversation}/events?{query}")).as_array().map_or(0, Vec::len);
    assert_eq!(count("changed=priority"), 1);
    assert_eq!(count("changed=priority,status"), 2);
    assert_eq!(count("name=kustomer.conversation.create"), 0);
    assert_eq!(count("name=kustomer.conversation.update&sort=desc"), 2);
}

#[test]
fn results_of_surveys_add_up_on_the_customer() {
    let mut trial = Trial::new();
    let conversation = format!("/v1/conversations/{PARCEL}");
    let (status, answer) = trial.ask("PATCH", &conversation, json!({ "satisfactionLevel": { "status": "rated" } }));
    assert_eq!((status, pointer(&answer)), (400, "satisfactionLevel/createdAt"));
    let rated = |rating: i64, at: &str| json!({ "satisfactionLevel": { "status": "rated", "createdAt": at, "rating": rating, "score": 1, "sentBy": AGENT } });
    assert_eq!(trial.ask("PATCH", &conversation, rated(11, "2025-03-01T00:00:00Z")).0, 400, "ratings end at 10");
    assert_eq!(trial.ask("PATCH", &conversation, rated(8, "2025-03-01T00:00:00Z")).0, 200);
    let (_, second) = trial.ask("POST", &format!("/v1/customers/{MARA}/conversations"), json!({}));
    trial.ask("PATCH", &format!("/v1/conversations/{}", id_of(&second)), rated(4, "2025-03-02T00:00:00Z"));
    let level = trial.get(&format!("/v1/customers/{MARA}"))["attributes"]["satisfactionLevel"].take();
    assert_eq!((&level["count"], &level["acknowledgeCount"]), (&json!(2), &json!(2)));
    assert_eq!((&level["avgRating"], &level["avgScore"]), (&json!(6.0), &json!(1.0)));
    assert_eq!(level["firstSatisfaction"]["rating"], 8);
    assert_eq!(level["lastSatisfaction"]["rating"], 4);
}

#[test]
fn a_deleted_conversation_comes_back_by_writing_so() {
    let mut trial = Trial::new();
    let conversation = format!("/v1/conversations/{PARCEL}");
    let (status, answer) = trial.ask("PATCH", &conversation, json!({ "deleted": true }));
    assert_eq!((status, &answer["data"]["attributes"]["deleted"]), (200, &json!(true)));
    assert_eq!(trial.ask("GET", &conversation, Value::Null).0, 404);
    assert_eq!(trial.ask("PATCH", &conversation, json!({ "name": "x" })).0, 404);
    assert_eq!(trial.ask("PATCH", &conversation, json!({ "deleted": null })).0, 200);
    assert_eq!(trial.ask("GET", &conversation, Value::Null).0, 200);
}

#[test]
fn being_done_says_how_things_stood_and_changes_are_remembered() {
    let mut trial = Trial::new();
    write_in(&mut trial, &json!({}));
    trial.now += 60_000;
    let answer = message(&mut trial, "out", &json!({}));
    assert_eq!(trial.get(&format!("/v1/messages/{answer}"))["attributes"]["responseTime"], 60_000);
    let conversation = format!("/v1/conversations/{PARCEL}");
    trial.ask("PATCH", &conversation, json!({ "status": "done" }));
    let seen = trial.get(&conversation)["attributes"].take();
    assert_eq!(seen["firstResponse"]["time"], 60_000);
    assert_eq!(
        (&seen["lastDone"]["messageCount"], &seen["lastDone"]["lastMessageDirection"]),
        (&json!(2), &json!("out"))
    );
    assert!(seen["lastDone"]["createdBy"].is_string());
    assert!(seen["modificationHistory"]["statusAt"].is_string());
    assert_eq!(seen["modificationHistory"].get("priorityAt"), None);
}

#[test]
fn deleted_notes_do_not_count() {
    let mut trial = Trial::new();
    let notes = format!("/v1/conversations/{PARCEL}/notes");
    let (_, first) = trial.ask("POST", &notes, json!({ "body": "x" }));
    let (_, second) = trial.ask("POST", &notes, json!({ "body": "y" }));
    trial.ask("DELETE", &format!("/v1/notes/{}", id_of(&first)), Value::Null);
    let (_, gone) = trial.ask("PATCH", &format!("/v1/notes/{}", id_of(&second)), json!({ "deleted": true }));
    assert!(gone["data"]["relationships"]["deletedBy"].is_object());
    let mut count = || trial.get(&format!("/v1/conversations/{PARCEL}"))["attributes"]["noteCount"].clone();
    assert_eq!(count(), 0);
    trial.ask("PATCH", &format!("/v1/notes/{}", id_of(&second)), json!({ "deleted": null }));
    assert_eq!(trial.get(&format!("/v1/conversations/{PARCEL}"))["attributes"]["noteCount"], 1);
    let (status, answer) = trial.ask("POST", "/v1/conversations", json!({ "customer": MARA, "campaign": MARA }));
    assert_eq!((status, pointer(&answer)), (400, "campaign"));
    let (status, answer) = trial.ask("POST", &notes, json!({ "body": "x", "userMentions": [{ "user": MARA }] }));
    assert_eq!((status, pointer(&answer)), (400, "userMentions/0"));
}
