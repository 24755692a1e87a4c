//! The search language: what is understood, what it becomes, and that printing undoes reading.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

fn read(text: &str) -> Result<Query, QueryError> {
    let now = "2025-03-31T12:00:00Z".parse().expect("valid");
    Query::parse(text, now, &TimeZone::fixed(jiff::tz::offset(2)))
}

fn customers(text: &str) -> Value {
    let mut document = read(text).expect("understood").to_dsl(Context::Customer);
    let map = document.as_object_mut().expect("an object");
    map.remove("sort");
    map.remove("queryContext");
    document
}

#[test]
fn each_key_becomes_its_attribute() {
    for (text, expected) in [
        ("email:mara@quill.example", json!({"and": [{"customer_email": {"equals": "mara@quill.example"}}]})),
        ("email:~quill.example", json!({"and": [{"customer_email": {"contains": "quill.example"}}]})),
        ("phone:+4915550001122", json!({"and": [{"customer_phone": {"equals": "+4915550001122"}}]})),
        ("mara@quill.example", json!({"and": [{"customer_email": {"equals": "mara@quill.example"}}]})),
        ("-@quill.example", json!({"not": [{"customer_email": {"contains": "quill.example"}}]})),
        ("+4915550001122", json!({"and": [{"customer_phone": {"equals": "+4915550001122"}}]})),
        ("id:crm-88120", json!({"and": [{"customer_externalId": {"equals": "crm-88120"}}]})),
        (
            "refund \"never arrived\"",
            json!({"and": [{"customer_any_text": {"contains": "refund"}},
                {"customer_any_text": {"contains": "never arrived"}}]}),
        ),
        ("conversations>3", json!({"and": [{"customer_conversations_count": {"gte": 4}}]})),
        ("conversations<3", json!({"and": [{"customer_conversations_count": {"lte": 2}}]})),
        ("loyaltyTierStr:gold", json!({"and": [{"customer_custom_loyaltyTierStr": {"equals": "gold"}}]})),
        ("totalSpentNum>64.5", json!({"and": [{"customer_custom_totalSpentNum": {"gt": 64.5}}]})),
        ("vipBool:yes", json!({"and": [{"customer_custom_vipBool": {"equals": true}}]})),
        (
            "-status:done tag:vip",
            json!({"and": [{"customer_tags": {"equals": "vip"}}],
            "not": [{"customer_progressive_status": {"equals": "done"}}]}),
        ),
        ("phone:*", json!({"not": [{"customer_phone": {"not_set": true}}]})),
        ("-phone:*", json!({"and": [{"customer_phone": {"not_set": true}}]})),
        ("created>30d", json!({"and": [{"customer_created_at": {"gte": "2025-03-01T12:00:00.001Z"}}]})),
        ("updated<2025-03-01", json!({"and": [{"customer_updated_at": {"lte": "2025-02-28T21:59:59.999Z"}}]})),
        ("created>=2025-03-01", json!({"and": [{"customer_created_at": {"gte": "2025-02-28T22:00:00.000Z"}}]})),
        (
            "created:2025-03-01",
            json!({"and": [{"customer_created_at": {"gte": "2025-02-28T22:00:00.000Z"}},
                {"customer_created_at": {"lte": "2025-03-01T21:59:59.999Z"}}]}),
        ),
        ("a a", json!({"and": [{"customer_any_text": {"contains": "a"}}]})),
        ("", json!({})),
    ] {
        assert_eq!(customers(text), expected, "{text}");
    }
}

#[test]
fn conversations_are_asked_in_their_own_names() {
    let document = read("status:open priority>=4 email:~quill.example sort:-active").expect("understood");
    let expected = json!({"queryContext": "conversation", "sort": [{"conversation_last_message_at": "desc"}],
        "and": [{"conversation_status": {"equals": "open"}}, {"conversation_priority": {"gte": 4}},
                {"customer_email": {"contains": "quill.example"}}]});
    assert_eq!(document.to_dsl(Context::Conversation), expected);
}

#[test]
fn a_tag_is_asked_by_id_where_its_name_is_known() {
    let mut directory = Directory::default();
    directory.tags.insert(crate::domain::TagId::new("66t1"), "VIP".into());
    let query = read("tag:vip").expect("understood").with_tags_of(&directory);
    let and = query.to_dsl(Context::Customer)["and"].clone();
    assert_eq!(and, json!([{"customer_tags": {"equals": "66t1"}}]));
}

#[test]
fn an_error_says_where_and_what_would_be_understood() {
    for (text, column, part) in [
        ("refund colour:red", 8, "there is no key colour; there are email, phone"),
        ("status:closed", 8, "open, snoozed or done"),
        ("é created>soon", 11, "write a date"),
        ("conversations>many", 15, "write a number"),
        ("email>3", 7, "write : for this key"),
        ("priority:~4", 9, "write : for this key"),
        ("\"never", 1, "closing quotation mark"),
        ("email:", 7, "a value is missing"),
        ("-", 2, "a value is missing"),
        ("sort:size", 6, "created, updated, name or active"),
        ("created>99999999w", 9, "write a date"),
        ("created:30d", 1, "write created>30d"),
        ("-created:2025-03-01", 2, "a day cannot be left out"),
    ] {
        let error = read(text).expect_err(text);
        assert_eq!(error.column, column, "{text}");
        assert!(error.message.contains(part), "{text}: {}", error.message);
    }
    let many: String = (0..21).map(|n| format!("w{n} ")).collect();
    assert!(read(&many).expect_err("too many").message.contains("at most 20"));
}

#[test]
fn debug_shows_no_words() {
    assert_eq!(format!("{:?}", read("mara@quill.example").expect("understood")), "Query(1 terms)");
}

proptest! {
    /// Whatever is understood, printed and read again is the same query.
    #[test]
    fn printing_undoes_reading(text in "(-?(email|name|id|tierStr|sumNum|seenAt|created|conversations|status|[a-zé]{1,4})?(:~?|>=?|<=?)?(\"[ -~é]{0,6}\"|[ -~é]{0,8}|2025-0[1-3]-1[0-9]|[0-9]{1,3}[mhdw]|\\*|-?[0-9]{1,3}(\\.5)?|open|@?[a-z]{1,3}@[a-z]{1,3}\\.de) ?){0,4}") {
        if let Ok(query) = read(&text) {
            let printed = query.to_string();
            let again = read(&printed).map_err(|error| TestCaseError::fail(format!("{text:?} -> {printed:?}: {error}")))?;
            prop_assert!(query == again, "{:?} -> {:?}", text, printed);
        }
    }

    /// Any text is understood or refused, never a panic; what is understood becomes a document.
    #[test]
    fn any_text_is_survived(text in "\\PC{0,40}") {
        if let Ok(query) = read(&text) {
            prop_assert!(query.to_dsl(Context::Customer).is_object());
        }
    }
}
