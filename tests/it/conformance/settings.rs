//! Brands, schedules, tags, shortcuts, spam senders, SLAs, surveys, audit logs, webhooks (Kustomer API reference 11, 17, 24
//! to 26).

use serde_json::json;

use super::example::{Example, delete, get, patch, post, put};

pub fn examples() -> Vec<Example> {
    vec![
        get("/brands").page("brand"),
        post("/brands").send(json!({ "name": "Brand $n", "iconUrl": "https://conf.example/i.png" })).one("brand"),
        get("/brands/default").one("brand"),
        get("/brands/{id}").at("$brand").one("brand"),
        patch("/brands/{id}").at("$brand").send(json!({ "name": "Renamed" })).one("brand"),
        get("/schedules").page("schedule"),
        post("/schedules").send(json!({ "name": "Hours $n", "timezone": "Europe/Riga", "hours": { "1": [[480, 1020]], "6": null } })).one("schedule"),
        get("/schedules/default").one("schedule"),
        get("/schedules/{id}").at("$schedule").one("schedule"),
        put("/schedules/{id}").at("$schedule").send(json!({ "name": "Longer hours" })).one("schedule"),
        delete("/schedules/{id}").at("$+schedule").one("schedule"),
        get("/tags").page("tag"),
        get("/shortcuts").page("shortcut"),
        post("/shortcuts").send(json!({ "name": "Greeting $n", "draft": { "text": "Hello." } })).one("shortcut"),
        get("/spam/senders").page(""),
        put("/spam/senders").send(json!({ "channel": "email", "sender": "spam$n@conf.example", "list": "blacklist" })).one(""),
        delete("/spam/senders/{id}").at("$+sender"),
        get("/slas").page("sla"),
        get("/slas/{id}").at("$sla").query("versions=active").one("sla"),
        get("/satisfaction").page(""),
        get("/settings/{app}/{category}/{name}").at("conformance general $setting").one("setting"),
        get("/notifications").other("/data"),
        get("/cards").other("/data"),
        get("/kviews").other("/data"),
        get("/chat/settings").other("/data"),
        get("/audit-logs").several("audit_log"),
        get("/outbound-webhooks/events").other("/events/0"),
        post("/outbound-webhooks").send(json!({ "name": "Hook", "url": "http://127.0.0.1:9/hook", "events": ["kustomer.customer.create"], "headers": [{ "name": "x-from", "value": "desk" }] })).one(""),
        get("/outbound-webhooks/{id}").at("$webhook").one(""),
        delete("/outbound-webhooks/{id}").at("$+webhook"),
    ]
}

pub fn routing() -> Vec<Example> {
    vec![
        get("/routing/queues").page("queue"),
        post("/routing/queues").send(json!({ "name": "returns$n", "displayName": "Returns" })).one("queue"),
        get("/routing/queues/{id}").at("$queue").one("queue"),
        put("/routing/queues/{id}").at("$queue").send(json!({ "displayName": "Returned" })).one("queue"),
        get("/routing/queue-rules").page(""),
        post("/routing/queue-rules").send(json!({ "name": "Urgent $n", "queue": "$queue", "criteria": { "and": [{ "conversation_priority": { "operator": "gte", "value": 5 } }] } })).one(""),
        get("/routing/queue-rules/{id}").at("$rule").one(""),
        put("/routing/queue-rules/{id}").at("$rule").send(json!({ "enabled": false })).one(""),
        delete("/routing/queue-rules/{id}").at("$+rule"),
        get("/routing/queue-rules-criteria").other(""),
        get("/routing/work-sessions").page("work_session"),
        get("/routing/work-sessions/{id}").at("$workSession").one("work_session"),
        put("/routing/work-sessions/{id}").at("$workSession").send(json!({ "statusType": "unavailable" })).one("work_session"),
        get("/routing/users/{id}/work-sessions").at("$user").page("work_session"),
        get("/routing/work-items").page("work_item"),
        post("/routing/work-items").send(json!({ "conversation": "$+conversation" })).one("work_item"),
        get("/routing/conversations/{id}/work-items").at("$conversation").page("work_item"),
        get("/chat/queues/metrics/{ids}").at("$queue").other("/data"),
    ]
}
