//! Checks the org's settings through the desk's front door: what may be done to users, teams, tokens, brands, schedules,
//! tags, shortcuts, spam senders, queues and routing, and what follows from it.

#![expect(clippy::needless_pass_by_value, reason = "bodies are written in place")]

use serde_json::{Value, json};

use super::{
    desk::Desk,
    dispatch::{Incoming, dispatch},
    doc::{Doc, Kind},
    faults::Faults,
    fixture::{AGENT, MARA, PARCEL, QUEUE, START_MS, docs},
    limits::{Limits, RateLimit},
    mint::{self, Mint},
    seed::ids::MACHINE_USER,
    world::World,
};

const DAY: i64 = 86_400_000;
const SYSTEM_QUEUE: &str = "66a1e101b7d4e9001c3a0b00";
const SYSTEM_GROUP: &str = "66a1e102b7d4e9001c3a0c01";
const TEAM: &str = "66a1e103b7d4e9001c3a0d01";
const SCHEDULE: &str = "66a1e104b7d4e9001c3a0e01";
const BRAND: &str = "66a1e105b7d4e9001c3a0f01";

/// A desk and who asks it.
struct Org {
    desk: Desk,
    token: String,
    now: i64,
}

impl Org {
    fn new(key: &str) -> Self {
        let made = |kind, id: &str, attributes: Value| {
            let mut doc = Doc::new(kind, id);
            doc.attributes = attributes.as_object().cloned().expect("an object");
            doc
        };
        let week = json!({ "1": [[480, 1020]] });
        let mut all = docs();
        all.extend([
            made(Kind::Queue, SYSTEM_QUEUE, json!({ "name": "DEFAULT_QUEUE", "key": "default", "system": true })),
            made(Kind::RoleGroup, SYSTEM_GROUP, json!({ "name": "Admin", "system": true, "roles": ["org"] })),
            made(Kind::Team, TEAM, json!({ "name": "front", "members": [AGENT] })),
            made(
                Kind::Schedule,
                SCHEDULE,
                json!({ "name": "Office", "timezone": "UTC", "default": true, "hours": week }),
            ),
            made(Kind::Brand, BRAND, json!({ "name": "Desk", "default": true })),
        ]);
        let plenty = RateLimit::per_seconds(1_000_000, 60);
        let desk = Desk::new(
            World::new(all, Mint::new(1)),
            1,
            Limits::new(plenty, plenty),
            Faults::new(Vec::new(), 1),
            START_MS,
        );
        Self { desk, token: mint::api_key(1, key), now: START_MS }
    }

    /// Asks and gives back status and body.
    fn ask(&mut self, method: &str, asked: &str, body: Value) -> (u16, Value) {
        let authorization = format!("Bearer {}", self.token);
        let (path, query) = asked.split_once('?').unwrap_or((asked, ""));
        let text = if body.is_null() { String::new() } else { body.to_string() };
        let authorization = Some(authorization.as_str());
        let incoming =
            Incoming { method, path, query, authorization, content_type: None, host: None, body: text.as_bytes() };
        let reply = dispatch(&mut self.desk, &incoming, self.now).reply;
        (reply.status, reply.body.unwrap_or_default())
    }

    fn get(&mut self, asked: &str) -> Value {
        let (status, body) = self.ask("GET", asked, Value::Null);
        assert_eq!(status, 200, "{asked} {body}");
        body["data"].clone()
    }

    /// Asks for what must succeed with this status, and gives back the record.
    fn must(&mut self, status: u16, method: &str, asked: &str, body: Value) -> Value {
        let (got, answer) = self.ask(method, asked, body);
        assert_eq!(got, status, "{method} {asked} {answer}");
        answer["data"].clone()
    }

    fn status(&mut self, method: &str, asked: &str, body: Value) -> u16 {
        self.ask(method, asked, body).0
    }
}

fn id(record: &Value) -> String {
    record["id"].as_str().expect("an id").to_owned()
}

fn at(collection: &str, record: &Value) -> String {
    format!("/v1/{collection}/{}", id(record))
}

#[test]
fn a_new_token_opens_no_more_than_its_makers_and_only_for_its_time() {
    let mut org = Org::new("main");
    let wanted = json!({ "name": "export", "roles": ["org.permission.customer.read", "org.admin"], "expiresInDays": 2, "cidrs": ["10.0.0.0/8"] });
    let made = org.must(201, "POST", "/v1/auth/tokens", wanted);
    assert_eq!(made["attributes"]["roles"], json!(["org.permission.customer.read"]));
    let maker = std::mem::replace(&mut org.token, made["attributes"]["token"].as_str().expect("a token").to_owned());
    assert_eq!(org.get("/v1/customers").as_array().map(Vec::len), Some(2));
    assert_eq!(org.status("PATCH", &format!("/v1/customers/{MARA}"), json!({})), 403);
    let own = org.get("/v1/auth/tokens/current");
    assert_eq!((&own["id"], own["attributes"].get("token")), (&made["id"], None));
    assert_eq!(org.get("/v1/users/current")["attributes"]["name"], "export");
    org.now += 2 * DAY;
    let (status, body) = org.ask("GET", "/v1/customers", Value::Null);
    assert_eq!((status, body["errors"][0]["message"].as_str()), (401, Some("Expired token")));
    org.token = maker;
    let made = org.must(201, "POST", "/v1/auth/tokens", json!({ "name": "all" }));
    let all = org.get("/v1/auth/tokens/current")["attributes"]["roles"].clone();
    assert_eq!(made["attributes"]["roles"], all, "those of the maker when nothing is said");
    org.must(204, "DELETE", &at("auth/tokens", &made), Value::Null);
    org.token = made["attributes"]["token"].as_str().expect("a token").to_owned();
    assert_eq!(org.status("GET", "/v1/customers", Value::Null), 401);
}

#[test]
fn the_keys_of_the_org_are_tokens_like_any_other() {
    let mut org = Org::new("admin");
    let (_, body) = org.ask("GET", "/v1/auth/tokens?pageSize=3", Value::Null);
    assert_eq!(body["meta"], json!({ "page": "1", "pageSize": "3" }));
    assert_eq!(body["data"].as_array().map(Vec::len), Some(3));
    assert!(
        org.get("/v1/auth/roles")
            .as_array()
            .is_some_and(|roles| roles.contains(&json!({ "type": "role", "id": "org.tracking" })))
    );
    org.token = mint::api_key(1, "main");
    assert_eq!(org.status("GET", "/v1/auth/tokens", Value::Null), 403);
    assert!(org.get("/v1/auth/tokens/current")["attributes"]["expiresAt"].is_string());
    org.must(204, "DELETE", "/v1/auth/tokens/current", Value::Null);
    assert_eq!(org.status("GET", "/v1/users/current", Value::Null), 401);
    assert_eq!(org.status("GET", "/v1/p/auth/settings", Value::Null), 200, "nobody needs a key for that");
    org.token = mint::api_key(1, "expired");
    assert_eq!(org.ask("GET", "/v1/users", Value::Null).1["errors"][0]["message"], "Expired token");
}

#[test]
fn sign_in_settings_are_for_admins_and_their_public_part_for_all() {
    let mut org = Org::new("admin");
    org.must(200, "PUT", "/v1/auth/settings", json!({ "saml": { "enabled": true } }));
    assert_eq!(org.get("/v1/auth/customer/settings")["attributes"]["saml"]["enabled"], true);
    let public = org.get("/v1/p/auth/settings")["attributes"].clone();
    assert_eq!(
        public,
        json!({ "kustomer": { "enabled": true }, "google": { "enabled": false }, "saml": { "enabled": true } })
    );
    org.token = mint::api_key(1, "main");
    assert_eq!(org.status("PUT", "/v1/auth/settings", json!({})), 403);
}

#[test]
fn users_are_invited_changed_deleted_and_restored() {
    let mut org = Org::new("admin");
    assert_eq!(org.status("GET", "/v1/users?userType=user&deleted=true", Value::Null), 400);
    let new =
        json!({ "email": "Nora@desk.example", "name": "Nora", "roles": ["org.user"], "roleGroups": [SYSTEM_GROUP] });
    let nora = org.must(201, "POST", "/v1/users", new);
    assert_eq!(org.status("POST", "/v1/users", json!({ "email": "nora@desk.example" })), 409);
    let waiting = org.get("/v1/users?pending=true");
    assert!(waiting.as_array().is_some_and(|users| users.iter().any(|user| user["id"] == nora["id"])));
    org.token = mint::api_key(1, "main");
    assert_eq!(org.status("POST", "/v1/users", json!({ "email": "x@desk.example" })), 403);
    let changed =
        org.must(201, "PUT", &at("users", &nora), json!({ "roles": ["org.permission.note.read", "org.admin"] }));
    assert_eq!(changed["attributes"]["roles"], json!(["org.permission.note.read"]));
    let gone = org.must(201, "PUT", &at("users", &nora), json!({ "deleted": true }));
    assert!(gone["attributes"]["deletedAt"].is_string());
    assert_eq!(org.status("GET", &at("users", &nora), Value::Null), 404);
    assert_eq!(org.get("/v1/users?deleted=true").as_array().map(Vec::len), Some(1));
    org.must(201, "PUT", &at("users", &nora), json!({ "deleted": null }));
    let both = org.get(&format!("/v1/users/{AGENT},{}", id(&nora)));
    assert_eq!(both.as_array().map(Vec::len), Some(2));
    org.must(200, "PUT", "/v1/users/current", json!({ "displayName": "Console" }));
    assert_eq!(org.get("/v1/users/current")["attributes"]["displayName"], "Console");
    assert_eq!(org.status("PUT", "/v1/users/current", json!({ "roles": ["org"] })), 400);
    let forgotten = json!({ "domain": "desk", "email": "nobody@desk.example" });
    org.must(204, "POST", "/v1/users/passwordreset", forgotten);
}

#[test]
fn a_deleted_user_has_no_key() {
    let mut org = Org::new("main");
    org.must(201, "PUT", &format!("/v1/users/{MACHINE_USER}"), json!({ "deleted": true }));
    assert_eq!(org.status("GET", "/v1/users/current", Value::Null), 401);
}

#[test]
fn teams_have_members_and_system_role_groups_stay() {
    let mut org = Org::new("main");
    let joined =
        org.must(200, "POST", &format!("/v1/teams/{TEAM}/members"), json!({ "members": [MACHINE_USER, AGENT] }));
    assert_eq!(joined["attributes"]["members"], json!([MACHINE_USER, AGENT]));
    assert_eq!(org.get(&format!("/v1/users/{MACHINE_USER}/teams")).as_array().map(Vec::len), Some(1));
    assert_eq!(org.status("GET", &format!("/v1/users/{MARA}/teams"), Value::Null), 404, "a customer is no user");
    let left = org.must(200, "DELETE", &format!("/v1/teams/{TEAM}/members"), json!({ "members": [AGENT] }));
    assert_eq!(left["attributes"]["members"], json!([MACHINE_USER]));
    assert_eq!(org.status("POST", &format!("/v1/teams/{TEAM}/members"), json!({ "members": [MARA] })), 400);
    org.must(204, "DELETE", &format!("/v1/teams/{TEAM}"), Value::Null);
    assert_eq!(org.status("GET", &format!("/v1/teams/{TEAM}"), Value::Null), 404);
    let group = org.must(
        200,
        "POST",
        "/v1/role-groups",
        json!({ "name": "Night", "roles": ["org", "org.permission.tag.read"] }),
    );
    assert!(group["attributes"]["roles"].as_array().is_some_and(|roles| !roles.contains(&json!("org"))));
    assert_eq!(org.status("PUT", &format!("/v1/role-groups/{SYSTEM_GROUP}"), json!({ "name": "x" })), 400);
    org.must(204, "DELETE", &at("role-groups", &group), Value::Null);
}

#[test]
fn there_is_one_default_brand_and_schedule_and_holidays_come_when_asked_for() {
    let mut org = Org::new("main");
    let brand = org.must(201, "POST", "/v1/brands", json!({ "name": "Travel", "default": true }));
    assert_eq!(org.get("/v1/brands/default")["id"], brand["id"]);
    assert_eq!(org.get(&format!("/v1/brands/{BRAND}"))["attributes"]["default"], false);
    assert_eq!(org.status("PATCH", &at("brands", &brand), json!({ "default": false })), 409);
    let holidays = json!([{ "name": "A day off", "date": "2025-03-10" }]);
    let night = json!({ "name": "Night", "timezone": "Europe/Berlin", "hours": { "0": null, "1": [[0, 300]] }, "holidays": holidays });
    let night = org.must(200, "POST", "/v1/schedules", night);
    assert_eq!(night["attributes"].get("holidays"), None);
    let (_, body) = org.ask("GET", &format!("{}?include=holidays", at("schedules", &night)), Value::Null);
    assert_eq!(body["included"][0]["attributes"]["date"], "2025-03-10");
    assert_eq!(body["data"]["relationships"]["holidays"]["data"][0]["id"], body["included"][0]["id"]);
    assert_eq!(org.status("PUT", &at("schedules", &night), json!({ "hours": { "7": null } })), 400);
    assert_eq!(org.status("PUT", &at("schedules", &night), json!({ "timezone": "Nowhere" })), 400);
    assert_eq!(org.must(200, "DELETE", &at("schedules", &night), Value::Null)["id"], night["id"]);
    assert_eq!(org.status("GET", &at("schedules", &night), Value::Null), 404);
    assert_eq!(org.status("DELETE", &format!("/v1/schedules/{SCHEDULE}"), Value::Null), 409);
    assert_eq!(org.get("/v1/schedules/default")["id"], SCHEDULE);
}

#[test]
fn tags_are_unique_and_private_shortcuts_are_their_authors() {
    let mut org = Org::new("main");
    let tag = org.must(201, "POST", "/v1/tags", json!({ "name": "late", "color": "red" }));
    assert_eq!(org.status("POST", "/v1/tags", json!({ "name": "Late" })), 409);
    org.must(200, "PUT", &at("tags", &tag), json!({ "deleted": true }));
    assert_eq!(org.get("/v1/tags?deleted=false"), json!([]));
    assert_eq!(org.get("/v1/tags?deleted=true")[0]["id"], tag["id"]);
    org.must(201, "POST", "/v1/tags", json!({ "name": "late" }));
    assert_eq!(org.status("PUT", &at("tags", &tag), json!({ "deleted": null })), 409, "its name is taken");
    let own =
        org.must(201, "POST", "/v1/shortcuts", json!({ "name": "mine", "draft": { "text": "Hi" }, "isPrivate": true }));
    org.must(201, "POST", "/v1/shortcuts", json!({ "name": "ours" }));
    assert_eq!(org.get("/v1/shortcuts").as_array().map(Vec::len), Some(2));
    org.token = mint::api_key(1, "unmasked");
    assert_eq!(org.get("/v1/shortcuts").as_array().map(Vec::len), Some(1));
    assert_eq!(org.status("GET", &at("shortcuts", &own), Value::Null), 404);
}

#[test]
fn mail_of_a_blacklisted_sender_is_spam() {
    let mut org = Org::new("admin");
    org.must(
        200,
        "PUT",
        "/v1/spam/senders",
        json!({ "channel": "email", "sender": "Bulk.example", "list": "blacklist" }),
    );
    let friend = json!({ "channel": "email", "sender": "friend@bulk.example", "list": "whitelist" });
    let friend = org.must(200, "PUT", "/v1/spam/senders", friend);
    let mail = |from: &str| json!({ "customer": MARA, "channel": "email", "app": "postmark", "direction": "in", "meta": { "from": from } });
    let spam = org.must(201, "POST", "/v1/messages", mail("offers@BULK.example"));
    assert_eq!(spam["attributes"]["spam"], true);
    let conversation = spam["relationships"]["conversation"]["data"].clone();
    assert_eq!(org.get(&at("conversations", &conversation))["attributes"]["spam"], true);
    assert_eq!(org.must(201, "POST", "/v1/messages", mail("friend@bulk.example"))["attributes"].get("spam"), None);
    org.must(204, "DELETE", &at("spam/senders", &friend), Value::Null);
    assert_eq!(org.get("/v1/spam/senders").as_array().map(Vec::len), Some(1));
}

#[test]
fn visitors_are_tracked_by_chat_keys_alone() {
    let mut org = Org::new("main");
    assert_eq!(org.status("POST", "/v1/tracking/event", json!({ "name": "seen" })), 403);
    org.token = mint::api_key(1, "admin");
    let session = org.must(201, "POST", "/v1/tracking/identity", json!({ "externalId": "USR-555" }));
    assert_eq!(session["relationships"]["customer"]["data"]["id"], MARA);
    org.must(204, "POST", "/v1/tracking/event", json!({ "name": "seen", "trackingId": session["id"] }));
    let newcomer = json!({ "identity": { "email": "new@visitor.example" }, "event": { "name": "came" } });
    let session = org.must(201, "POST", "/v1/tracking/identityEvent", newcomer);
    assert_ne!(session["relationships"]["customer"]["data"]["id"], MARA);
    assert_eq!(org.status("POST", "/v1/tracking/identity", json!({ "name": "Nobody" })), 400);
}

#[test]
fn the_first_enabled_rule_that_matches_gives_a_new_conversation_its_queue() {
    let mut org = Org::new("main");
    let urgent = org.must(201, "POST", "/v1/routing/queues", json!({ "name": "urgent", "priority": 5 }));
    assert_eq!(org.get("/v1/routing/queues?key=urgent")[0]["id"], urgent["id"]);
    let when = |attribute: &str, operator: &str, value: Value| json!({ "and": [{ attribute: { "operator": operator, "value": value } }] });
    let by_priority = when("conversation_priority", "gte", json!(4));
    let rule =
        |name: &str, queue: &str, criteria: &Value| json!({ "name": name, "queue": queue, "criteria": criteria });
    let first = org.must(201, "POST", "/v1/routing/queue-rules", rule("billing", QUEUE, &by_priority));
    let second = org.must(201, "POST", "/v1/routing/queue-rules", rule("urgent", &id(&urgent), &by_priority));
    let by_channel = when("conversation_channel", "contains", json!("sms"));
    org.must(201, "POST", "/v1/routing/queue-rules", rule("sms", QUEUE, &by_channel));
    let queue_of = |org: &mut Org, body: Value| {
        org.must(201, "POST", "/v1/conversations", body)["relationships"]["queue"]["data"]["id"].clone()
    };
    let pressing = json!({ "customer": MARA, "priority": 5 });
    assert_eq!(queue_of(&mut org, pressing.clone()), QUEUE);
    let third = org.get("/v1/routing/queue-rules")[2]["id"].clone();
    assert_eq!(org.status("PUT", "/v1/routing/queue-rules/order", json!({ "order": [second["id"], third] })), 400);
    org.must(200, "PUT", "/v1/routing/queue-rules/order", json!({ "order": [second["id"], first["id"], third] }));
    assert_eq!(queue_of(&mut org, pressing.clone()), urgent["id"]);
    org.must(200, "PUT", &at("routing/queue-rules", &second), json!({ "enabled": false }));
    assert_eq!(queue_of(&mut org, pressing), QUEUE);
    assert_eq!(queue_of(&mut org, json!({ "customer": MARA })), SYSTEM_QUEUE);
    assert_eq!(queue_of(&mut org, json!({ "customer": MARA, "queue": { "id": urgent["id"] } })), urgent["id"]);
    let sms = json!({ "customer": MARA, "channel": "sms", "app": "sms", "direction": "in", "preview": "Hello?" });
    let message = org.must(201, "POST", "/v1/messages", sms);
    let conversation = org.get(&at("conversations", &message["relationships"]["conversation"]["data"]));
    assert_eq!(
        conversation["relationships"]["queue"]["data"]["id"], QUEUE,
        "its channel is known by its first message"
    );
    let onto_system = rule("no", SYSTEM_QUEUE, &by_channel);
    assert_eq!(org.status("POST", "/v1/routing/queue-rules", onto_system), 400);
    let system = format!("/v1/routing/queues/{SYSTEM_QUEUE}");
    assert_eq!(org.status("PUT", &system, json!({ "displayName": "x" })), 400);
    org.must(200, "PUT", &system, json!({ "restrictTransfersByUsers": true }));
}

#[test]
fn a_work_item_goes_with_its_conversation() {
    let mut org = Org::new("main");
    let conversation =
        org.must(201, "POST", "/v1/conversations", json!({ "customer": MARA, "queue": { "id": QUEUE } }));
    let (path, items) =
        (at("conversations", &conversation), format!("/v1/routing/conversations/{}/work-items", id(&conversation)));
    let state = |org: &mut Org| {
        let all = org.get(&items);
        let item = all.as_array().and_then(|all| all.last()).cloned().unwrap_or_default();
        (
            item["attributes"]["status"].as_str().unwrap_or_default().to_owned(),
            item["attributes"]["queuedCount"].as_i64(),
        )
    };
    assert_eq!(state(&mut org), ("queued".into(), Some(1)));
    org.now += 90_000;
    org.must(200, "PATCH", &path, json!({ "assignedUsers": [AGENT] }));
    assert_eq!(state(&mut org), ("routed".into(), Some(1)));
    let metrics = org.get(&format!("/v1/chat/queues/metrics/{QUEUE},{SYSTEM_QUEUE}"));
    assert_eq!(metrics[0]["attributes"], json!({ "lastWaitTime": 90_000, "queuedCount": 0 }));
    org.must(200, "PATCH", &path, json!({ "assignedUsers": [] }));
    assert_eq!(state(&mut org), ("queued".into(), Some(2)));
    org.must(200, "POST", "/v1/routing/work-items", json!({ "conversation": conversation["id"] }));
    org.must(200, "PATCH", &path, json!({ "status": "done" }));
    assert_eq!(state(&mut org), ("completed".into(), Some(2)));
    org.must(200, "PATCH", &path, json!({ "status": "open" }));
    assert_eq!(org.get(&items).as_array().map(Vec::len), Some(2));
    let ivr = org.must(201, "POST", "/v1/routing/work-items", json!({ "conversation": PARCEL, "status": "ivr" }));
    assert_eq!(ivr["attributes"]["queuedCount"], 0);
}

#[test]
fn a_shift_ends_with_signing_out() {
    let mut org = Org::new("main");
    let status = format!("/v1/routing/users/{AGENT}/status");
    let session = org.must(200, "PUT", &status, json!({ "statusType": "available" }));
    assert_eq!(org.must(200, "PUT", &status, json!({ "statusType": "unavailable" }))["id"], session["id"]);
    assert_eq!(org.status("PUT", &status, json!({ "statusType": "busy" })), 400);
    assert_eq!(org.get("/v1/routing/work-sessions?active=true&statusType=unavailable")[0]["id"], session["id"]);
    assert_eq!(org.get("/v1/routing/work-sessions?user=true"), json!([]));
    let path = at("routing/work-sessions", &session);
    let over = org.must(200, "PUT", &path, json!({ "statusType": "offline" }));
    assert_eq!(
        (over["attributes"]["active"].as_bool(), over["attributes"]["signedOutAt"].is_string()),
        (Some(false), true)
    );
    assert_eq!(org.status("PUT", &path, json!({ "statusType": "available" })), 409);
    assert_ne!(org.must(200, "PUT", &status, json!({ "statusType": "available" }))["id"], session["id"]);
    assert_eq!(org.get(&format!("/v1/routing/users/{AGENT}/work-sessions")).as_array().map(Vec::len), Some(2));
}

#[test]
fn settings_are_the_orgs_or_the_callers_own() {
    let mut org = Org::new("main");
    let place = "settings/desk/queue/columns";
    assert_eq!(org.status("GET", &format!("/v1/{place}"), Value::Null), 404);
    org.must(200, "PUT", &format!("/v1/{place}"), json!({ "value": ["name"] }));
    org.must(200, "PUT", &format!("/v1/users/current/{place}"), json!({ "value": 7 }));
    assert_eq!(org.get(&format!("/v1/{place}"))["attributes"]["value"], json!(["name"]));
    org.token = mint::api_key(1, "unmasked");
    assert_eq!(org.status("GET", &format!("/v1/users/current/{place}"), Value::Null), 404);
    let team = format!("/v1/routing/teams/{TEAM}/settings");
    assert_eq!(org.must(200, "PUT", &team, json!({ "capacity": 9 }))["attributes"]["capacity"], 9);
    assert_eq!(org.status("PUT", &team, json!({ "queues": [MARA] })), 400);
}

#[test]
fn every_body_is_closed() {
    let mut org = Org::new("admin");
    let writes = [
        ("POST", "/v1/users"),
        ("PUT", "/v1/users/current"),
        ("POST", "/v1/users/passwordreset"),
        ("POST", "/v1/teams"),
        ("POST", "/v1/role-groups"),
        ("POST", "/v1/auth/tokens"),
        ("PUT", "/v1/auth/settings"),
        ("POST", "/v1/brands"),
        ("POST", "/v1/schedules"),
        ("POST", "/v1/tags"),
        ("POST", "/v1/shortcuts"),
        ("PUT", "/v1/spam/senders"),
        ("POST", "/v1/tracking/event"),
        ("POST", "/v1/tracking/identity"),
        ("POST", "/v1/tracking/identityEvent"),
        ("POST", "/v1/routing/queues"),
        ("POST", "/v1/routing/queue-rules"),
        ("PUT", "/v1/routing/queue-rules/order"),
        ("POST", "/v1/routing/work-items"),
        ("PUT", "/v1/settings/a/b/c"),
    ];
    for (method, path) in writes {
        let (status, body) = org.ask(method, path, json!({ "nickname": "Q" }));
        assert_eq!(
            (status, &body["errors"][0]["source"]["pointer"]),
            (400, &json!("/data/attributes/nickname")),
            "{path}"
        );
    }
}
