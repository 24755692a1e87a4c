//! Owns the reading of what is kept around conversations and customers: files, forwards, handling times, merges, visits,
//! and the desk's audit log (Kustomer API reference 8.5, 10.6, 15, 16, 26).

use serde_json::Value;

use super::Resource;
use crate::domain::{
    Attachment, AuditLine, Channel, ConversationId, CustomerId, Forward, HandleTime, Merge, TeamId, Text, UserId,
    Visit, literal,
};

/// Reads one file with its signed address, which stands in the links.
pub(in crate::kustomer) fn attachment(r: Resource<'_>) -> Option<Attachment> {
    let url = r.raw().pointer("/links/related").and_then(Value::as_str);
    Some(Attachment {
        id: literal(r.id()?),
        name: r.text("name").unwrap_or_default(),
        content_type: r.text("contentType"),
        size: r.number("contentLength").map(|n| n as u64),
        redacted: r.flag("redacted"),
        url: url.map(Text::from),
    })
}

/// Reads one forward.
pub(in crate::kustomer) fn forward(r: Resource<'_>) -> Option<Forward> {
    Some(Forward {
        id: literal(r.id()?),
        conversation: r.related("conversation").map(ConversationId::new),
        status: literal(r.literal("status").unwrap_or("draft")),
        subject: r.text("subject"),
        body: r.text("body").unwrap_or_default(),
        send_at: r.time("sendAt"),
        created: r.time("createdAt"),
    })
}

/// Reads one stretch of work.
pub(in crate::kustomer) fn handle_time(r: Resource<'_>) -> Option<HandleTime> {
    Some(HandleTime {
        id: literal(r.id()?),
        conversation: r.related("conversation").map(ConversationId::new),
        by: r.related("createdBy").map(UserId::new),
        teams: r.strings("createdByTeams").map(TeamId::new).collect(),
        at: r.time("handleAt").or_else(|| r.time("createdAt")),
        handle_ms: r.count("handleTime"),
        channels: r.strings("channels").map(Channel::parse).collect(),
    })
}

/// Reads one merge.
pub(in crate::kustomer) fn merge(r: Resource<'_>) -> Option<Merge> {
    Some(Merge {
        id: literal(r.id()?),
        source: r.related("source").map(CustomerId::new),
        target: r.related("target").map(CustomerId::new),
        status: literal(r.literal("status").unwrap_or_default()),
    })
}

/// Reads one visit.
pub(in crate::kustomer) fn visit(r: Resource<'_>) -> Option<Visit> {
    Some(Visit { id: literal(r.id()?), at: r.time("createdAt") })
}

/// Reads one line of the audit log.
pub(in crate::kustomer) fn audit_line(r: Resource<'_>) -> Option<AuditLine> {
    let changed = r.at("changes/attributes").and_then(Value::as_object);
    let word = |path: &str| r.literal(path).map(literal).unwrap_or_default();
    Some(AuditLine {
        id: literal(r.id()?),
        event: word("eventName"),
        object_type: word("objectType"),
        object: word("objectId"),
        by: r.literal("userId").or_else(|| r.related("user")).map(UserId::new),
        client: r.text("client"),
        at: r.time("createdAt").or_else(|| r.time("publishedAt")),
        changed: changed.into_iter().flatten().map(|(name, _)| Text::from(name.as_str())).collect(),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_file_has_its_address_and_does_not_print_it() {
        let value = json!({"id": "66f1", "attributes": {"name": "a.png", "contentLength": "12"},
            "links": {"self": "/v1/attachments/66f1", "related": "https://files.example/a?signature=s3cret"}});
        let file = attachment(Resource(&value)).expect("a file");
        assert_eq!((file.size, file.url.is_some()), (Some(12), true));
        assert!(!format!("{file:?}").contains("s3cret"));
    }

    #[test]
    fn an_audit_line_names_what_changed() {
        let value = json!({"id": "66f7", "attributes": {"eventName": "kustomer.conversation.update", "userId": null,
            "objectType": "conversation", "objectId": "66b1", "createdAt": "2025-03-04T10:20:00.074Z",
            "changes": {"attributes": {"assignedUsers": {"op": "replace"}}}}, "relationships": {"user": {}}});
        let line = audit_line(Resource(&value)).expect("a line");
        assert_eq!((line.object.as_str(), line.by, line.changed), ("66b1", None, vec![Text::from("assignedUsers")]));
    }
}
