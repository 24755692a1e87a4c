//! Checks the search language against a small world, in whole answers.

#![expect(clippy::needless_pass_by_value, reason = "bodies are written in place")]

use serde_json::{Value, json};

use super::*;
use crate::sandbox::{doc::Kind, mint::Mint, times, world::World};

const NOW: i64 = 1_741_083_300_000;

fn doc(kind: Kind, id: &str, related: &[(&str, Kind, &str)], attributes: Value) -> Doc {
    let mut doc = Doc::new(kind, id);
    doc.attributes = attributes.as_object().cloned().expect("an object");
    doc.attributes.entry("updatedAt").or_insert_with(|| times::iso(NOW - 1000).into());
    doc.related = related.iter().map(|(name, kind, id)| ((*name).to_owned(), (*kind, (*id).to_owned()))).collect();
    doc
}

fn world() -> World {
    let of = |customer: &'static str| [("customer", Kind::Customer, customer)];
    let said = |conversation: &'static str| {
        [("conversation", Kind::Conversation, conversation), ("customer", Kind::Customer, "mara")]
    };
    World::new(
        vec![
            doc(Kind::Tag, "tag1", &[], json!({ "name": "Refund" })),
            doc(Kind::Company, "quill", &[], json!({ "name": "Quill Ltd" })),
            doc(Kind::Klass, "kl1", &[], json!({ "name": "order" })),
            doc(Kind::Klass, "kl2", &[], json!({ "name": "order_item" })),
            doc(
                Kind::Customer,
                "mara",
                &[("company", Kind::Company, "quill")],
                json!({ "name": "Mara Quill", "emails": [{ "email": "Mara@quill.example" }], "custom": { "tierStr": "gold" } }),
            ),
            doc(Kind::Customer, "omar", &[], json!({ "name": "Omar testAnotherRecord", "deleted": true })),
            doc(Kind::Customer, "old", &[], json!({ "name": "Olden", "updatedAt": "2020-01-01T00:00:00.000Z" })),
            doc(
                Kind::Conversation,
                "c1",
                &of("mara"),
                json!({ "status": "open", "priority": 5, "tags": ["tag1"], "createdAt": "2025-03-04T03:00:00.000Z",
                "sla": { "status": "pending", "metrics": { "firstResponse": { "breachAt": "2025-03-04T12:00:00.000Z" } }, "summary": { "firstBreachAt": "2025-03-04T12:00:00.000Z" } } }),
            ),
            doc(
                Kind::Conversation,
                "c2",
                &of("mara"),
                json!({ "status": "open", "priority": 2, "name": "領収書をください" }),
            ),
            doc(
                Kind::Conversation,
                "c3",
                &of("mara"),
                json!({ "status": "open", "priority": 3,
                "sla": { "status": "pending", "metrics": { "firstResponse": { "breachAt": "2025-03-04T10:00:00.000Z" } }, "summary": { "firstBreachAt": "2025-03-04T10:00:00.000Z" } } }),
            ),
            doc(Kind::Conversation, "c4", &of("omar"), json!({ "status": "done", "priority": 3 })),
            doc(
                Kind::Message,
                "m1",
                &said("c1"),
                json!({ "channel": "email", "direction": "in", "preview": "Where is my refund?" }),
            ),
            doc(
                Kind::Message,
                "m2",
                &said("c2"),
                json!({ "channel": "chat", "direction": "in", "preview": "testing" }),
            ),
            doc(
                Kind::Message,
                "m3",
                &said("c2"),
                json!({ "channel": "email", "direction": "out", "preview": "hello" }),
            ),
            doc(
                Kind::Kobject,
                "o1",
                &[("klass", Kind::Klass, "order"), ("customer", Kind::Customer, "mara")],
                json!({ "custom": { "statusStr": "late" } }),
            ),
            doc(
                Kind::Kobject,
                "i1",
                &[("klass", Kind::Klass, "order_item")],
                json!({ "custom": { "statusStr": "late" } }),
            ),
        ],
        Mint::new(1),
    )
}

fn ask(body: Value) -> Result<Vec<String>, Refusal> {
    let world = world();
    let question = Question::read(&body, &catalogue::klasses(&world), Age::Recent)?;
    let eye = Eye { world: &world, seen: None, now: NOW };
    Ok(find(eye, &question, &Reach::First(0)).into_iter().map(|row| row.id).collect())
}

fn found(context: &str, and: Value) -> Vec<String> {
    ask(json!({ "queryContext": context, "and": and })).expect("a question that can be asked")
}

#[test]
fn the_queue_comes_by_breach_with_the_ones_without_a_deadline_last() {
    let body = json!({ "queryContext": "conversation", "and": [{ "conversation_status": { "equals": "open" } }], "sort": [{ "conversation_sla_breach_at": "asc" }] });
    assert_eq!(ask(body), Ok(vec!["c3".into(), "c1".into(), "c2".into()]));
    assert_eq!(found("conversation", json!([{ "conversation_sla_breached": { "equals": true } }])), ["c3"]);
}

#[test]
fn contains_finds_whole_words_and_parts_of_addresses() {
    assert_eq!(found("customer", json!([{ "customer_email": { "contains": "quill.example" } }])), ["mara"]);
    assert_eq!(found("customer", json!([{ "customer_email": { "equals": "mara@QUILL.example" } }])), ["mara"]);
    assert_eq!(found("message", json!([{ "message_body": { "contains": "test" } }])), Vec::<String>::new());
    assert_eq!(found("message", json!([{ "message_body": { "contains": "REFUND my" } }])), ["m1"]);
    assert_eq!(found("conversation", json!([{ "conversation_name": { "contains": "領収書" } }])), ["c2"]);
    assert_eq!(found("conversation", json!([{ "any_text": { "contains": "refund" } }])), ["c1"]);
}

#[test]
fn criteria_of_another_family_are_met_by_one_record_of_it() {
    let inbound_email =
        json!([{ "message_channel": { "equals": "email" } }, { "message_direction": { "equals": "in" } }]);
    assert_eq!(found("conversation", inbound_email.clone()), ["c1"]);
    assert_eq!(
        found(
            "customer",
            json!([{ "customer_custom_tierStr": { "equals": "gold" } }, inbound_email[0], inbound_email[1]])
        ),
        ["mara"]
    );
    assert_eq!(found("message", json!([{ "conversation_priority": { "gte": 5 } }])), ["m1"]);
    assert_eq!(found("customer", json!([{ "company_name": { "contains": "quill" } }])), ["mara"]);
    assert_eq!(found("company", json!([{ "customer_email": { "contains": "quill" } }])), ["quill"]);
    assert_eq!(found("customer", json!([{ "kobject_custom_order_statusStr": { "equals": "late" } }])), ["mara"]);
}

#[test]
fn klass_names_with_underscores_are_told_apart() {
    assert_eq!(found("kobject_order", json!([])), ["o1"]);
    assert_eq!(found("kobject", json!([{ "kobject_custom_order_item_statusStr": { "set": true } }])), ["i1"]);
    assert_eq!(found("kobject_order", json!([{ "kobject_custom_order_carrierStr": { "not_set": true } }])), ["o1"]);
}

#[test]
fn or_needs_one_and_not_none() {
    let body = json!({ "queryContext": "conversation", "and": [{ "conversation_status": { "equals": "open" } }],
        "or": [{ "conversation_priority": { "equals": 5 } }, { "conversation_priority": { "equals": 2 } }], "not": [{ "conversation_tags": { "equals": "refund" } }] });
    assert_eq!(ask(body), Ok(vec!["c2".into()]));
    assert_eq!(found("conversation", json!([{ "conversation_tags": { "one_of": ["tag1", "tag9"] } }])), ["c1"]);
}

#[test]
fn a_local_date_shifts_with_the_time_zone() {
    let on = |zone: &str| json!({ "queryContext": "conversation", "and": [{ "conversation_created_at": { "equals": "2025-03-03" } }], "timeZone": zone });
    assert_eq!(ask(on("America/New_York")), Ok(vec!["c1".into()]));
    assert_eq!(ask(on("GMT")), Ok(vec![]));
}

#[test]
fn deleted_and_old_records_stay_out_unless_asked_for() {
    assert_eq!(ask(json!({ "queryContext": "customer" })), Ok(vec!["mara".into()]));
    assert_eq!(
        ask(json!({ "queryContext": "customer", "includeDeleted": true })),
        Ok(vec!["mara".into(), "omar".into()])
    );
}

#[test]
fn what_is_not_in_the_language_is_refused_by_its_place() {
    let place = |body: Value| ask(body).err().and_then(|refusal| refusal.place);
    assert_eq!(place(json!({ "queryContext": "planet" })).as_deref(), Some("queryContext"));
    assert_eq!(place(json!({ "limit": 5 })).as_deref(), Some("limit"));
    assert_eq!(place(json!({ "and": [{ "createdAt": { "gte": "2025-01-01" } }] })).as_deref(), Some("and/0/createdAt"));
    assert_eq!(
        place(json!({ "and": [{ "customer_name": { "gte": "x" } }] })).as_deref(),
        Some("and/0/customer_name/gte")
    );
    assert_eq!(
        place(json!({ "and": [{ "conversation_priority": { "gte": "high" } }] })).as_deref(),
        Some("and/0/conversation_priority/gte")
    );
    let many: Vec<Value> = (0..21).map(|n| json!({ "conversation_priority": { "gte": n } })).collect();
    assert_eq!(place(json!({ "and": many })).as_deref(), Some("and"));
    let sorts: Vec<Value> = (0..6).map(|_| json!({ "customer_name": "asc" })).collect();
    assert_eq!(place(json!({ "sort": sorts })).as_deref(), Some("sort"));
}

proptest::proptest! {
    #[test]
    fn any_body_is_answered_or_refused(name in "[a-z_]{1,30}", operator in "[a-z_]{1,12}", value in "\\PC{0,12}") {
        let _ = ask(json!({ "and": [{ name: { operator: value } }] }));
    }
}

#[test]
fn every_context_of_the_reference_is_served() {
    for context in [
        "company",
        "customer",
        "message",
        "conversation",
        "conversation_time",
        "note",
        "kobject",
        "kobject_order",
        "work_session",
        "work_item",
    ] {
        assert!(ask(json!({ "queryContext": context })).is_ok(), "{context}");
    }
    let routing = json!([{ "work_item_status": { "equals": "queued" } },
        { "conversation_time_handle_time": { "gte": 1 } }, { "work_session_active": { "equals": true } },
        { "conversation_time_updated_at": { "gte": "2025-01-01" } }, { "tracking_events": { "equals": 0 } }]);
    assert!(ask(json!({ "and": routing })).is_ok());
}

#[test]
fn names_only_the_archive_lists_are_taken_too() {
    assert_eq!(found("conversation", json!([{ "conversation_id": { "equals": "c1" } }])), ["c1"]);
    assert_eq!(found("customer", json!([{ "customer_company_id": { "equals": "quill" } }])), ["mara"]);
    assert_eq!(found("kobject", json!([{ "kobject_customer_id": { "equals": "mara" } }])), ["o1"]);
    assert_eq!(found("kobject_order", json!([{ "kobject_order_id": { "equals": "o1" } }])), ["o1"]);
    let deleted = json!({ "queryContext": "customer", "includeDeleted": true, "and": [{ "customer_deleted": { "equals": true } }] });
    assert_eq!(ask(deleted), Ok(vec!["omar".into()]));
    for name in ["customer_id", "customer_companyId", "message_id", "note_id", "company_id", "kobject_title"] {
        assert!(ask(json!({ "and": { name: { "equals": "x" } } })).is_ok(), "{name}");
    }
    assert!(ask(json!({ "and": { "customer_any_text_new": { "contains": "x" } } })).is_ok());
}

#[test]
fn an_operator_belongs_to_classes_of_attributes() {
    let taken = |attribute: &str, operator: &str, value: Value| {
        ask(json!({ "and": { attribute: { operator: value } } })).is_ok()
    };
    assert!(taken("customer_name", "starts_with", json!("ma")));
    assert!(taken("conversation_created_at", "within", json!(["2025-03-01", "2025-03-04"])));
    assert!(taken("conversation_created_at", "within", json!({ "from": "2025-03-01", "to": "2025-03-04T00:00:00Z" })));
    assert!(!taken("conversation_created_at", "within", json!("2025-03-01")));
    assert!(!taken("conversation_created_at", "gte", json!(["2025-03-01"])));
    assert!(!taken("customer_externalId", "contains", json!("USR")), "exact keywords have no parts");
    assert!(!taken("customer_any_text", "equals", json!("x")));
    assert!(!taken("conversation_external_id", "equals", json!("x")), "not in the catalogue");
    assert!(!taken("note_custom_xStr", "equals", json!("x")), "notes have no custom attributes");
}
