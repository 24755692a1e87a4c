//! Checks customers who go on living: that they are the same each time, as many as asked for, and seen by all that follows
//! changes.

use serde_json::{Value, json};

use super::{fixture::Desk, live::MOST_BEHIND};

async fn desk(per_minute: u32) -> Desk {
    Desk::seeded(|options| {
        options.customers = 12;
        options.live = per_minute;
    })
    .await
}

const CLIENTS: [&str; 4] = ["postmark-inbound", "chat-api", "channels-inbound", "satisfaction-api"];

/// What customers did: the audit entries of their messages and ratings, newest first.
async fn deeds(desk: &Desk) -> Vec<Value> {
    let log = desk.get("/v1/audit-logs?count=1000").await.json();
    let rows = log["data"].as_array().cloned().unwrap_or_default();
    let is_deed = |row: &Value| {
        let attributes = &row["attributes"];
        let client = attributes["client"].as_str().unwrap_or_default();
        let is_message = attributes["eventName"] == "kustomer.message.create";
        let is_rating = client == "satisfaction-api" && attributes["objectType"] == "conversation";
        CLIENTS.contains(&client) && (is_message || is_rating)
    };
    rows.into_iter().filter(is_deed).collect()
}

#[tokio::test]
async fn the_same_seed_and_times_give_the_same_deeds_about_as_many_as_asked_for() {
    let live = async || {
        let desk = desk(20).await;
        for _ in 0..5 {
            desk.pass(60_000);
            desk.get("/v1/tags").await;
        }
        deeds(&desk).await
    };
    let (first, second) = (live().await, live().await);
    assert_eq!(first, second);
    assert!((80..=120).contains(&first.len()), "{} deeds in five minutes of twenty", first.len());
    assert!(first.iter().any(|deed| deed["attributes"]["client"] == "satisfaction-api"), "somebody rates");
    assert!(first.iter().all(|deed| deed["attributes"]["userType"] == "system"));
}

#[tokio::test]
async fn an_answer_is_replied_to_in_its_own_conversation() {
    let desk = desk(30).await;
    let body = json!({ "queryContext": "conversation", "and": [{ "conversation_status": { "equals": "open" } }] });
    let open = desk.call("POST", "/v1/customers/search?pageSize=1", body).await.json();
    let path = format!("/v1/conversations/{}", open["data"][0]["id"].as_str().expect("an open conversation"));
    let channel = open["data"][0]["attributes"]["channels"][0].clone();
    let answer = json!({ "channel": channel, "app": "desk", "direction": "out", "preview": "It is on its way." });
    let made = desk.call("POST", &format!("{path}/messages"), answer).await;
    assert_eq!(made.status, 201, "{}", made.text);
    let count = async || desk.get(&path).await.json()["data"]["attributes"]["inboundMessageCount"].clone();
    let before = count().await;
    desk.pass(60_000);
    assert!(count().await.as_i64() > before.as_i64(), "thirty events in, nobody has replied");
}

#[tokio::test]
async fn a_desk_left_alone_for_a_month_makes_up_for_a_bounded_part() {
    let desk = desk(600).await;
    desk.pass(30 * 24 * 3_600_000);
    desk.get("/v1/tags").await;
    let newest = deeds(&desk).await;
    assert!(!newest.is_empty() && newest.len() as i64 <= 2 * MOST_BEHIND);
    assert!(newest[0]["attributes"]["createdAt"].as_str() > Some("2025-04-03T10:14:59"));
}

#[tokio::test]
async fn nobody_does_anything_unless_asked_for() {
    let desk = desk(0).await;
    desk.pass(3_600_000);
    assert_eq!(deeds(&desk).await, Vec::<Value>::new());
}
