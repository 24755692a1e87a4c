//! Owns the reading of conversations and the SLA stamped on them (Kustomer API reference 10, 11).

use jiff::Timestamp;
use serde_json::Value;

use super::{Resource, time, words};
use crate::domain::{
    Channel, Conversation, ConversationId, CustomerId, Direction, QueueId, Sla, Status, TagId, TeamId, UserId,
};

/// Reads one conversation; `None` when it has no id.
pub(in crate::kustomer) fn conversation(r: Resource<'_>) -> Option<Conversation> {
    let queue = r.related("queue").or_else(|| r.literal("queue/id")).or_else(|| r.literal("queue"));
    Some(Conversation {
        id: ConversationId::new(r.id()?),
        customer: r.related("customer").map(CustomerId::new),
        name: r.text("name").unwrap_or_default(),
        preview: r.text("preview").or_else(|| r.text("preview/text")).unwrap_or_default(),
        status: Status::parse(r.literal("status").unwrap_or("open")),
        priority: r.number("priority").map(|n| n as u8).filter(|n| (1..=5).contains(n)),
        channels: r.strings("channels").map(Channel::parse).collect(),
        assigned_users: r.strings("assignedUsers").map(UserId::new).collect(),
        assigned_teams: r.strings("assignedTeams").map(TeamId::new).collect(),
        queue: queue.map(QueueId::new),
        tags: r.strings("tags").map(TagId::new).collect(),
        sla: r.at("sla").filter(|value| value.is_object()).map(sla),
        message_count: r.count("messageCount"),
        note_count: r.count("noteCount"),
        last_message_at: r.time("lastMessageAt"),
        last_direction: r.literal("lastMessageDirection").and_then(direction),
        snoozed_until: r.time("snooze/time"),
        sentiment: r.number("sentiment/polarity").map(|n| n.clamp(-1.0, 1.0) as i8),
        created: r.time("createdAt"),
        updated: r.time("updatedAt"),
        rev: r.number("rev").map(|rev| rev as u64),
    })
}

/// `in` or `out`.
pub(super) fn direction(literal: &str) -> Option<Direction> {
    match literal {
        "in" => Some(Direction::In),
        "out" => Some(Direction::Out),
        _ => None,
    }
}

fn sla(value: &Value) -> Sla {
    let text = |path: &str| value.pointer(path).and_then(Value::as_str);
    let pending = next_breach(value);
    let moment = |path: &str| value.pointer(path).and_then(time);
    Sla {
        name: value.get("name").and_then(words),
        status: text("/status").map(str::to_owned),
        breach_at: pending
            .as_ref()
            .map(|(at, _)| *at)
            .or_else(|| moment("/summary/firstBreachAt"))
            .or_else(|| moment("/breach/at")),
        metric: pending.map(|(_, metric)| metric).or_else(|| text("/breach/metric").map(str::to_owned)),
        breached: value.get("breached") == Some(&Value::Bool(true)),
    }
}

/// The earliest deadline not yet met, and its metric.
fn next_breach(sla: &Value) -> Option<(Timestamp, String)> {
    let metrics = sla.get("metrics")?.as_object()?;
    metrics
        .iter()
        .filter(|(_, metric)| metric.get("satisfiedAt").is_none_or(Value::is_null))
        .filter_map(|(name, metric)| Some((time(metric.get("breachAt")?)?, name.clone())))
        .min()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{super::single, *};

    fn read(attributes: &Value) -> Conversation {
        let body = json!({"data": {"type": "conversation", "id": "66a1", "attributes": attributes,
            "relationships": {"customer": {"data": {"type": "customers", "id": "66c1"}},
                              "queue": {"links": {"self": "/v1/routing/queues/66b1"}, "data": {"type": "queue", "id": "66b1"}}}}});
        conversation(single(&body).expect("a resource")).expect("a conversation")
    }

    #[test]
    fn the_earliest_unmet_deadline_is_the_one_that_counts() {
        let conversation =
            read(&json!({"name": "Parcel", "status": "snoozed", "priority": 5, "channels": ["email", "fax"],
            "snooze": {"time": "2025-03-05T08:00:00.000Z"}, "sentiment": {}, "lastMessageDirection": "in",
            "sla": {"name": "Email", "status": "pending", "breached": false, "metrics": {
                "firstResponse": {"breachAt": "2025-03-04T10:00:00.000Z", "satisfiedAt": "2025-03-04T09:00:00.000Z"},
                "nextReply": {"breachAt": "2025-03-04T14:00:00.000Z", "satisfiedAt": null},
                "totalConversationOpenTime": {"breachAt": "2025-03-06T14:00:00.000Z"}}}}));
        let at = |text: &str| -> Option<Timestamp> { Some(text.parse().expect("valid")) };
        assert_eq!(conversation.customer, Some(CustomerId::new("66c1")));
        assert_eq!(conversation.queue, Some(QueueId::new("66b1")));
        assert_eq!(conversation.snoozed_until, at("2025-03-05T08:00:00Z"));
        assert_eq!((conversation.sentiment, conversation.last_direction), (None, Some(Direction::In)));
        assert_eq!(conversation.channels, [Channel::Email, Channel::Other("fax".into())]);
        let expected = Sla {
            name: Some("Email".into()),
            status: Some("pending".into()),
            breach_at: at("2025-03-04T14:00:00Z"),
            metric: Some("nextReply".into()),
            breached: false,
        };
        assert_eq!(conversation.sla, Some(expected));
    }

    #[test]
    fn attributes_of_the_wrong_type_are_as_good_as_absent() {
        let conversation =
            read(&json!({"name": 7, "status": {}, "priority": "high", "channels": "email", "tags": null,
            "assignedUsers": [null, "66d1"], "sla": "none", "messageCount": "3", "rev": "2"}));
        assert_eq!((conversation.name.raw(), conversation.status, conversation.priority), ("7", Status::Open, None));
        assert_eq!((conversation.channels, conversation.sla), (vec![Channel::Email], None));
        assert_eq!((conversation.assigned_users, conversation.rev), (vec![UserId::new("66d1")], Some(2)));
        assert_eq!(conversation.message_count, 3);
    }
}
