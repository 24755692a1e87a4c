//! Conversations, messages and notes (Kustomer API reference 10, 12, 13).

use serde_json::json;

use super::example::{Example, delete, get, patch, post, put};

pub fn conversations() -> Vec<Example> {
    vec![
        get("/conversations").page("conversation"),
        post("/conversations").send(json!({ "customer": "$customer", "name": "Parcel", "status": "open", "priority": 4, "direction": "in", "assignedUsers": [], "custom": { "parcelRefStr": "PX" } })).one("conversation"),
        get("/conversations/{id}").at("$conversation").one("conversation"),
        patch("/conversations/{id}").at("$conversation").send(json!({ "status": "snoozed", "snooze": { "status": "scheduled", "time": "2099-03-05T08:00:00.000Z" }, "priority": 5, "queue": { "id": "$queue" } })).one("conversation"),
        put("/conversations/{id}").at("$conversation").send(json!({ "status": "open", "tags": ["vip"], "sentiment": { "polarity": 1, "confidence": 0.5 } })).one("conversation"),
        delete("/conversations/{id}").at("$+conversation"),
        get("/conversations/externalId={externalId}").at("$conversationExternalId").one("conversation"),
        post("/conversations/{id}/tags").at("$conversation").send(json!(["vip", "late"])).one("conversation"),
        delete("/conversations/{id}/tags").at("$conversation").send(json!(["late"])).one("conversation"),
        get("/conversations/{id}/messages").at("$conversation").page("message"),
        post("/conversations/{id}/messages").at("$conversation").send(json!({ "channel": "email", "app": "acme-inbox", "direction": "in", "subject": "Parcel", "preview": "It is still not here.", "externalId": "m-$n", "meta": { "from": "mara@quill.example", "to": [{ "email": "help@acme.example" }] }, "sentAt": "2025-03-04T10:14:58.000Z" })).one("message"),
        get("/conversations/{id}/notes").at("$conversation").page("note"),
        post("/conversations/{id}/notes").at("$conversation").send(json!({ "body": "Called the depot." })).one("note"),
        get("/conversations/{id}/attachments").at("$conversation").several("attachment"),
        get("/conversations/{id}/events").at("$conversation").page("event"),
        get("/conversations/{id}/times").at("$answered").page("conversation_time"),
        get("/conversations/times/{ids}").at("$conversationTime").one("conversation_time"),
        get("/conversations/{id}/forwards").at("$conversation").page(""),
        post("/conversations/{id}/forwards").at("$conversation").send(json!({ "channel": "email", "app": "postmark", "to": [{ "email": "depot@conf.example" }], "subject": "Fwd", "body": "Please look." })).one(""),
        post("/conversations/bulk").send(json!([{ "customer": "$customer", "name": "One" }])).one("bulk"),
        put("/conversations/bulk").send(json!([{ "id": "$conversation", "priority": 2 }])).one("bulk"),
    ]
}

pub fn messages() -> Vec<Example> {
    vec![
        get("/messages").page("message"),
        post("/messages").send(json!({ "conversation": "$conversation", "channel": "chat", "app": "chat", "direction": "out", "preview": "Hello." })).one("message"),
        get("/messages/{id}").at("$message").one("message"),
        patch("/messages/{id}").at("$message").send(json!({ "preview": "Corrected.", "lang": "en_us" })).one("message"),
        put("/messages/{id}").at("$message").send(json!({ "spam": false })).one("message"),
        get("/messages/externalid={externalId}").at("$messageExternalId").one("message"),
        post("/messages/{id}/redactions").at("$+message").send(json!({ "preview": "[redacted]" })).one(""),
        get("/messages/{message_id}/attachments/{id}").at("$mailWithAttachment $attachment").one("attachment"),
        post("/messages/bulk").send(json!([{ "conversation": "$conversation", "channel": "chat", "app": "chat", "direction": "in", "preview": "Hi." }])).one("bulk"),
        put("/messages/bulk").send(json!([{ "id": "$message", "preview": "Hi again." }])).one("bulk"),
        get("/notes").page("note"),
        // The documented schema has no `conversation`, the documented answer has one; the desk wants it (29.17 leaves it open).
        post("/notes").send(json!({ "conversation": "$conversation", "body": "On its own." })).one("note"),
        get("/notes/{id}").at("$note").one("note"),
        patch("/notes/{id}").at("$note").send(json!({ "body": "Changed." })).one("note"),
        put("/notes/{id}").at("$note").send(json!({ "conversation": "$conversation", "body": "Changed again." })).one("note"),
        delete("/notes/{id}").at("$+note"),
        post("/notes/bulk").send(json!([{ "conversation": "$conversation", "body": "One." }])).one("bulk"),
        put("/notes/bulk").send(json!([{ "id": "$note", "conversation": "$conversation", "body": "Two." }])).one("bulk"),
        get("/bulk/{id}").at("$bulk").one("bulk"),
        get("/bulk/{id}/batches").at("$bulk").other("/data"),
    ]
}

pub fn drafts() -> Vec<Example> {
    vec![
        put("/drafts/{id}")
            .at("$draft")
            .send(json!({ "channel": "email", "body": "Tomorrow.", "sendAt": null }))
            .one("draft"),
        delete("/drafts/{id}").at("$+draft"),
        get("/drafts/{id}/attachments").at("$draft").several("attachment"),
        post("/drafts/{id}/attachments")
            .at("$draft")
            .send(json!({ "name": "label.pdf", "contentType": "application/pdf", "contentLength": 5 }))
            .one("attachment"),
        get("/drafts/{id}/attachments/{attachmentId}").at("$draft $draftAttachment").one("attachment"),
        delete("/drafts/{id}/attachments/{attachmentId}").at("$draft $+draftAttachment"),
        get("/forwards/{id}").at("$forward").one(""),
        put("/forwards/{id}").at("$forward").send(json!({ "body": "Please look at this." })).one(""),
        get("/forwards/{id}/attachments").at("$forward").several("attachment"),
        post("/forwards/{id}/attachments")
            .at("$forward")
            .send(json!({ "name": "label.pdf", "contentType": "application/pdf", "contentLength": 5 }))
            .one("attachment"),
        get("/forwards/{id}/attachments/{attachmentId}").at("$forward $forwardAttachment").one("attachment"),
        delete("/forwards/{id}/attachments/{attachmentId}").at("$forward $+forwardAttachment"),
        get("/outboundAccounts").page(""),
        post("/attachments")
            .send(json!({ "name": "photo.png", "contentType": "image/png", "contentLength": 5 }))
            .one("attachment"),
        get("/attachments/{id}").at("$attachment").one("attachment"),
        put("/attachments/{id}")
            .at("$attachment")
            .send(json!({ "name": "renamed.txt" }))
            .one("attachment")
            .never_misses(),
        post("/media").send(json!({ "name": "logo.png", "contentType": "image/png", "contentLength": 5 })).one(""),
        get("/media/{id}").at("$media").one(""),
        put("/media/{id}").at("$media").send(json!({ "name": "renamed.png" })).one("").never_misses(),
    ]
}
