//! Every tool of the tables against the simulated desk, as an admin: each question is answered, each change is taken once a key
//! was pressed, and a klass shapes what may be asked of its records.

use std::collections::BTreeMap;

use secrecy::SecretString;

use serde_json::json;

use super::*;
use crate::{
    approval::{Author, CALM, Decision, Desk, Press, Scene, Trail, Verdict},
    domain::{CustomerId, KlassName},
    kustomer::Writer,
    sandbox::{self, Options, Running},
    transport::{Endpoint, Transport},
};

/// A desk, and everything a tool and its approval need.
struct Floor {
    _running: Running,
    _folder: tempfile::TempDir,
    writer: Writer,
    cx: Cx,
    /// Ids by the word they stand under in arguments: `$customer`.
    ids: BTreeMap<String, String>,
}

impl Floor {
    async fn new() -> Self {
        let running = sandbox::start(Options::default()).await.expect("a desk");
        let base = running.ready().kustomer.clone();
        let http = reqwest::Client::builder().no_proxy().build().expect("a client");
        let keys =
            http.get(format!("{base}/__sandbox/keys")).send().await.expect("keys").bytes().await.expect("a body");
        let keys: Value = serde_json::from_slice(&keys).expect("JSON");
        let keys = keys["keys"].as_array().expect("a list");
        let key = keys.iter().find(|key| key["name"] == "admin").and_then(|key| key["token"].as_str()).expect("a key");
        let clock = Clock::real();
        let endpoint = Endpoint { base: base.clone(), key: SecretString::from(key) };
        let transport = Transport::new(endpoint, clock.clone()).expect("a transport");
        let folder = tempfile::tempdir().expect("a folder");
        let store = Store::open(folder.path()).expect("a store");
        let trail = Trail::new(store.clone(), clock.clone(), &base);
        let cx = Cx {
            reader: Reader::new(transport.clone(), clock.clone()),
            vault: Vault::new(),
            clock: clock.clone(),
            store,
            org: base,
            conversation: None,
            turn: "t1".into(),
            kit: Kit::new(),
        };
        let writer = Writer::new(transport, clock, trail);
        let mut floor = Self { _running: running, _folder: folder, writer, cx, ids: BTreeMap::new() };
        floor.look_around().await;
        floor
    }

    /// Ids of records that are there.
    async fn look_around(&mut self) {
        let reader = self.cx.reader.clone();
        let queue = reader.open_conversations().await.expect("a queue");
        let orders = reader.kobjects(&KlassName::new("order"), 1).await.expect("orders");
        let conversation = queue.rows.first().expect("a conversation");
        let customer = conversation.customer.clone().expect("its customer");
        let is_others =
            |order: &&crate::domain::Kobject| order.customer.as_ref().is_some_and(|owner| *owner != customer);
        let order = orders.rows.iter().find(is_others).expect("an order of another customer");
        let messages = reader.messages_of(&conversation.id).await.expect("messages");
        let me = reader.me().await.expect("a user");
        let company = reader.companies_named("quill").await.expect("companies");
        for (word, id) in [
            ("conversation", conversation.id.as_str().to_owned()),
            ("customer", customer.as_str().to_owned()),
            ("other", order.customer.as_ref().expect("a customer").as_str().to_owned()),
            ("order", order.id.as_str().to_owned()),
            ("message", messages.first().expect("a message").id.as_str().to_owned()),
            ("user", me.id.as_str().to_owned()),
            ("company", company.rows.first().expect("a company").id.clone()),
            ("sla", reader.slas().await.expect("policies").first().expect("a policy").id.clone()),
            ("queue", reader.queues().await.expect("queues").last().expect("a queue").id.as_str().to_owned()),
        ] {
            self.ids.insert(word.to_owned(), id);
        }
    }

    /// Arguments with ids in place of their words.
    fn arguments(&self, written: &str) -> Map<String, Value> {
        let filled =
            self.ids.iter().rev().fold(written.to_owned(), |text, (word, id)| text.replace(&format!("${word}"), id));
        serde_json::from_str(&filled).unwrap_or_else(|error| unreachable!("{filled}: {error}"))
    }

    async fn ask(&self, tool: &str, arguments: &str) -> Result<Outcome, ToolError> {
        let arguments = completed(tool, self.arguments(arguments));
        by_name(tool).expect("a tool").run(arguments, &self.cx).await
    }

    async fn answer(&self, tool: &str, arguments: &str) -> Value {
        match self.ask(tool, arguments).await {
            Ok(Outcome::Answer(answer)) => answer.into_value(),
            other => unreachable!("{tool}: {other:?}"),
        }
    }

    /// Asks, approves and performs; what the model is told, or what went wrong.
    async fn act(&self, tool: &str, arguments: &str) -> Result<Value, String> {
        let change = match self.ask(tool, arguments).await {
            Ok(Outcome::Propose { change, .. }) => *change,
            other => return Err(format!("{other:?}")),
        };
        let effect = by_name(tool).expect("a tool").spec.effect;
        assert!(change.effect() >= effect, "{tool}: {:?} is less than {effect:?}", change.effect());
        let (now, mut desk) = (self.cx.clock.elapsed(), Desk::new().at(&self.cx.org));
        let typed = Some(change.count());
        let id = desk.submit(change, Author::Person, Text::from("test"), now).map_err(|no| no.to_string())?;
        desk.stands(id, Ok(Scene::default()), now);
        desk.painted(id, now, true);
        let pressed = now + CALM;
        let press = Press::from_terminal(pressed);
        let decided = desk.decide(id, Verdict::Approve { typed }, press, pressed).map_err(|no| no.to_string())?;
        let Decision::Go(approved) = decided else { return Err("refused".into()) };
        let change = approved.change().clone();
        let receipt = self.writer.perform(approved).await.map_err(|error| format!("{error:?}"))?;
        Ok(by_name(tool).expect("a tool").done(&change, &receipt, &self.cx).await.into_value())
    }
}

/// Arguments for each change of the table, in an order in which each finds what it needs; `$name` is the id of what that
/// tool made before. A second try with `!` in front is of something that is gone then.
const CHANGES: &[(&str, &str)] = &[
    (
        "customer_create",
        r#"{"name": "Ada Finch", "external_id": "USR-ada", "email": "ada.finch@quill.example", "tags": ["vip"]}"#,
    ),
    (
        "customers_bulk_create",
        r#"{"rows": [{"name": "Bo Reed", "_clientRef": "a"}, {"name": "Cy Ode", "_clientRef": "b"}]}"#,
    ),
    ("customers_bulk_update", r#"{"rows": [{"id": "$customer_create", "name": "Ada F.", "company": null}]}"#),
    ("conversation_create", r#"{"customer_id": "$customer_create", "name": "Hello", "priority": 4}"#),
    (
        "conversation_update",
        r#"{"conversation_id": "$conversation_create", "status": "snoozed", "snooze_until": "2031-01-01T00:00:00Z", "queue_id": "$queue"}"#,
    ),
    ("conversation_tag", r#"{"conversation_id": "$conversation_create", "tags": ["late"]}"#),
    ("conversation_untag", r#"{"conversation_id": "$conversation_create", "tags": ["late"]}"#),
    ("conversation_move", r#"{"conversation_id": "$conversation_create", "customer_id": "$customer"}"#),
    ("conversations_bulk_create", r#"{"rows": [{"customer": "$customer_create", "name": "Bulk"}]}"#),
    ("conversations_bulk_update", r#"{"rows": [{"id": "$conversation_create", "priority": 2}]}"#),
    (
        "message_record",
        r#"{"conversation_id": "$conversation", "channel": "sms", "app": "twilio", "direction": "in", "preview": "Hi"}"#,
    ),
    ("message_update", r#"{"message_id": "$message_record", "spam": true}"#),
    ("message_redact", r#"{"message_id": "$message_record", "preview": "(redacted)"}"#),
    (
        "messages_bulk_create",
        r#"{"rows": [{"conversation": "$conversation", "channel": "sms", "app": "twilio", "direction": "in", "preview": "Yo"}]}"#,
    ),
    ("messages_bulk_update", r#"{"rows": [{"id": "$message", "spam": false}]}"#),
    ("notes_bulk_create", r#"{"rows": [{"conversation": "$conversation", "body": "Seen"}]}"#),
    (
        "notes_bulk_update",
        r#"{"rows": [{"id": "$conversation_add_note", "body": "Seen again", "conversation": "$conversation"}]}"#,
    ),
    ("note_update", r#"{"note_id": "$conversation_add_note", "body": "Seen twice"}"#),
    ("note_delete", r#"{"note_id": "$conversation_add_note"}"#),
    (
        "conversation_forward",
        r#"{"conversation_id": "$conversation", "to": ["partner@quill.example"], "subject": "FYI", "body": "See below"}"#,
    ),
    ("klass_create", r#"{"name": "gadget", "display_name": "Gadget"}"#),
    ("klass_update", r#"{"klass_id": "$klass_create", "display_name": "Gadgets"}"#),
    ("metadata_update", r#"{"resource": "kobject.gadget", "properties": {"sizeNum": {"displayName": "Size"}}}"#),
    ("klass_delete", r#"{"klass_id": "$klass_create"}"#),
    ("kobjects_bulk_update", r#"{"klass": "order", "rows": [{"id": "$order", "title": "An order"}]}"#),
    ("kobject_delete", r#"{"klass": "order", "kobject_id": "$kobject_create"}"#),
    ("kobjects_bulk_delete", r#"{"klass": "order", "ids": ["$order"]}"#),
    ("company_create", r#"{"name": "Acme", "external_id": "acme-1", "domains": ["acme.example"]}"#),
    ("company_update", r#"{"company_id": "$company_create", "name": "Acme Ltd"}"#),
    ("companies_bulk_create", r#"{"rows": [{"name": "Bulk Ltd"}]}"#),
    ("companies_bulk_update", r#"{"rows": [{"id": "$company_create", "name": "Acme Inc"}]}"#),
    ("user_invite", r#"{"email": "new@acme.example", "name": "New"}"#),
    ("user_update", r#"{"user_id": "$user_invite", "display_name": "Newer"}"#),
    ("own_user_update", r#"{"display_name": "The key"}"#),
    ("user_password_reset", r#"{"domain": "acme", "email": "new@acme.example"}"#),
    ("team_create", r#"{"name": "Night"}"#),
    ("team_update", r#"{"team_id": "$team_create", "display_name": "Nights"}"#),
    ("team_members_add", r#"{"team_id": "$team_create", "members": ["$user"]}"#),
    ("team_members_remove", r#"{"team_id": "$team_create", "members": ["$user"]}"#),
    ("team_delete", r#"{"team_id": "$team_create"}"#),
    ("role_group_create", r#"{"name": "Readers", "roles": ["org.user.customer.read"]}"#),
    ("role_group_update", r#"{"role_group_id": "$role_group_create", "name": "Readers", "description": "They read"}"#),
    ("role_group_delete", r#"{"role_group_id": "$role_group_create"}"#),
    ("brand_create", r#"{"name": "Second"}"#),
    ("brand_update", r#"{"brand_id": "$brand_create", "name": "Third"}"#),
    ("schedule_create", r#"{"name": "Nights", "timezone": "Europe/Berlin", "hours": {"1": [[480, 1020]]}}"#),
    ("schedule_update", r#"{"schedule_id": "$schedule_create", "name": "Late"}"#),
    ("schedule_delete", r#"{"schedule_id": "$schedule_create"}"#),
    ("shortcut_create", r#"{"name": "Thanks", "text": "Thank you."}"#),
    ("spam_sender_set", r#"{"sender": "spam@acme.example", "list": "blacklist"}"#),
    ("queue_create", r#"{"name": "NIGHT", "display_name": "Night"}"#),
    ("queue_update", r#"{"queue_id": "$queue_create", "priority": 3}"#),
    ("queue_rule_create", r#"{"name": "To night", "queue": "$queue_create", "criteria": {"and": []}}"#),
    (
        "queue_rule_update",
        r#"{"rule_id": "$queue_rule_create", "name": "To nights", "queue": "$queue_create", "criteria": {"and": []}, "enabled": false}"#,
    ),
    ("queue_rule_delete", r#"{"rule_id": "$queue_rule_create"}"#),
    ("work_item_create", r#"{"conversation": "$conversation"}"#),
    ("tracking_event", r#"{"name": "looked", "customer": "$customer"}"#),
    ("tracking_identity", r#"{"external_id": "USR-ada"}"#),
    ("tracking_identity_event", r#"{"identity": {"externalId": "USR-ada"}, "event": {"name": "looked"}}"#),
    ("customer_window_close", r#"{"customer_id": "$customer"}"#),
    ("conversation_delete", r#"{"conversation_id": "$conversation_create"}"#),
    ("customer_merge", r#"{"source": "$customer_create", "target": "$customer"}"#),
    ("customer_delete", r#"{"customer_id": "$other"}"#),
    ("customers_bulk_delete", r#"{"ids": ["$other"]}"#),
];

/// Changes that need what the desk does not give here; they are put together like all others.
const ELSEWHERE: &[&str] = &[
    "attachment_update",
    "draft_file_remove",
    "forward_file_remove",
    "forward_update",
    "media_update",
    "queue_rule_order",
    "spam_sender_remove",
    "token_revoke",
    "webhook_delete",
    "work_session_update",
];

#[tokio::test]
async fn the_desk_takes_every_change_of_the_table() {
    let mut floor = Floor::new().await;
    let mut failed = Vec::new();
    for (tool, arguments) in [
        ("conversation_add_note", r#"{"conversation_id": "$conversation", "body": "Called."}"#),
        ("kobject_create", r#"{"klass": "order", "title": "Order #9", "custom": {"orderStatusStr": "shipped"}}"#),
    ]
    .iter()
    .chain(CHANGES)
    {
        match floor.act(tool, arguments).await {
            Ok(told) => {
                let id = told["ids"][0].as_str().or(told["note_id"].as_str());
                floor.ids.extend(id.map(|id| ((*tool).to_owned(), id.to_owned())));
            }
            Err(why) => failed.push(format!("{tool}: {}", why.chars().take(300).collect::<String>())),
        }
    }
    assert!(failed.is_empty(), "{}", failed.join("\n"));
    let tried = |name: &str| CHANGES.iter().any(|(tool, _)| *tool == name) || ELSEWHERE.contains(&name);
    let forgotten: Vec<&str> = wishes::WISHES.iter().map(|wish| wish.spec.name).filter(|name| !tried(name)).collect();
    assert_eq!(forgotten, Vec::<&str>::new());
}

#[tokio::test]
async fn the_desk_answers_every_question_of_the_table() {
    let floor = Floor::new().await;
    for look in looks::LOOKS {
        let mut arguments = look.spec.sample().as_object().cloned().unwrap_or_default();
        for (name, word) in [
            ("customer_id", "customer"),
            ("conversation_id", "conversation"),
            ("kobject_id", "order"),
            ("company_id", "company"),
            ("user_id", "user"),
            ("sla_id", "sla"),
            ("object_id", "customer"),
        ] {
            if arguments.contains_key(name) {
                arguments.insert(name.to_owned(), floor.ids[word].as_str().into());
            }
        }
        for (name, value) in [("klass", "order"), ("resource", "customer"), ("object_type", "customer")] {
            if arguments.contains_key(name) {
                arguments.insert(name.to_owned(), value.into());
            }
        }
        if look.spec.name == "company_find" {
            arguments.insert("name".to_owned(), "quill".into());
        }
        let name = look.spec.name;
        match by_name(name).expect("a tool").run(arguments, &floor.cx).await {
            Ok(Outcome::Answer(answer)) => {
                let told = answer.into_value();
                let length = told.to_string().len();
                assert!(told.is_object() && length < 40_000, "{name}: {length} characters");
                let is_list = told.as_object().is_some_and(|told| told.values().any(Value::is_array));
                assert_eq!(is_list, told.get("sparse").is_some(), "{name}: {told}");
            }
            // There is no list of webhooks to take one from.
            Err(ToolError::Desk(_)) if name == "webhook_get" => {}
            other => unreachable!("{name}: {other:?}"),
        }
    }
}

#[tokio::test]
async fn a_klass_shapes_its_tools_and_refuses_what_it_does_not_know() {
    let floor = Floor::new().await;
    let loaded = floor.answer("tool_search", r#"{"intent": "create an order record", "klass": "order"}"#).await;
    assert_eq!(loaded["loaded"], json!(["kobject_create_order"]));
    let wire = floor.cx.kit.wire();
    let shaped = wire.last().expect("it is on offer");
    let custom = &shaped["function"]["parameters"]["properties"]["custom"];
    assert!(custom["properties"]["orderStatusStr"]["enum"].is_array(), "{custom}");
    assert_eq!(custom["additionalProperties"], json!(false));
    for wrong in [
        r#"{"title": "x", "custom": {"mood": "bad"}}"#,
        r#"{"title": "x", "custom": {"orderStatusStr": "teleported"}}"#,
        r#"{"title": "x", "custom": {"totalPriceNum": "much"}}"#,
        r#"{"title": "x", "colour": "blue"}"#,
    ] {
        assert!(floor.ask("kobject_create_order", wrong).await.is_err(), "{wrong}");
    }
    let fine = r#"{"title": "Order #1", "customer_id": "$customer", "custom": {"orderStatusStr": "shipped"}}"#;
    let made = floor.act("kobject_create_order", fine).await.expect("it is made");
    let id = made["ids"][0].as_str().expect("an id");
    let changed =
        format!(r#"{{"kobject_id": "{id}", "custom": {{"orderStatusStr": "delivered", "carrierStr": null}}}}"#);
    floor.act("kobject_update_order", &changed).await.expect("it is changed");
    let read = floor.answer("kobject_get", &format!(r#"{{"klass": "order", "kobject_id": "{id}"}}"#)).await;
    assert_eq!(read["kobject"]["custom"]["orderStatusStr"], json!("delivered"), "{read}");
    let unknown = floor.ask("tool_load", r#"{"names": ["kobject_create_nothing_of_this_name"]}"#).await;
    assert!(matches!(unknown, Err(ToolError::NotFound { what: "klass" })), "{unknown:?}");
}

#[tokio::test]
async fn a_draft_is_made_changed_and_deleted_on_its_channel() {
    let floor = Floor::new().await;
    let draft = r#"{"customer_id": "$customer", "conversation_id": "$conversation", "body": "It comes tomorrow."}"#;
    for tool in ["draft_sms", "draft_whatsapp", "draft_chat", "draft_email", "draft_twitter_dm", "draft_facebook"] {
        let made = floor.act(tool, draft).await.expect(tool);
        let id = made["draft_id"].as_str().expect("an id").to_owned();
        let of = |rest: &str| format!(r#"{{"customer_id": "$customer", "draft_id": "{id}"{rest}}}"#);
        floor.act("draft_update", &of(r#", "body": "It comes today.""#)).await.expect(tool);
        let html = floor.ask("draft_update", &of(r#", "body": "<p>Today.</p>""#)).await;
        assert_eq!(html.is_ok(), tool == "draft_email", "{tool}");
        floor.act("draft_delete", &of("")).await.expect(tool);
        assert!(floor.ask("draft_delete", &of("")).await.is_err(), "{tool}: it is gone");
    }
    let elsewhere = r#"{"customer_id": "$other", "conversation_id": "$conversation", "body": "Hi"}"#;
    assert!(floor.ask("draft_sms", elsewhere).await.is_err(), "another customer's conversation");
    let nowhere = r#"{"customer_id": "$customer", "body": "Hi"}"#;
    assert!(floor.ask("draft_sms", nowhere).await.is_err(), "no conversation and no number");
}

#[tokio::test]
async fn a_guess_among_external_ids_comes_back_as_it_was_written() {
    let floor = Floor::new().await;
    let owner = CustomerId::new(floor.ids["customer"].as_str());
    let value = crate::domain::Revealed::new("+14155552671");
    let placeholder = floor.cx.vault.place("phone", &value, Some(&owner));
    let guesses = r#"{"external_ids": ["+14155552671", "+14155552672"]}"#;
    let told = floor.answer("customer_resolve", guesses).await;
    assert_eq!(told["unknown"], json!(["+14155552671", "+14155552672"]), "not {placeholder}");
}
