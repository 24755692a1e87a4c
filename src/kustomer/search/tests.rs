//! The search language: what is understood, what it becomes and back, what is offered; printing undoes reading, and reading
//! a document undoes translating.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::domain::{TagId, TeamId, Text, User};

/// An org with a few names and attributes.
struct Org {
    context: Context,
    zone: TimeZone,
    names: Directory,
    me: UserId,
    attributes: Attributes,
}

impl Org {
    fn new(context: &str) -> Self {
        let mut names = Directory::default();
        names.tags.insert(TagId::new("66t1"), "VIP".into());
        names.tags.insert(TagId::new("66t2"), "late parcel".into());
        for (id, name) in [("66e1", "Billing"), ("66e2", "Returns"), ("66e3", "returns")] {
            names.teams.insert(TeamId::new(id), name.into());
        }
        for (id, name) in [("66u1", "Ana Lima"), ("66u2", "console-dev")] {
            let user = User { id: UserId::new(id), name: name.into(), machine: false, roles: Vec::new() };
            names.users.insert(user.id.clone(), user);
        }
        let tier = Attribute {
            enumeration: ["bronze", "silver", "rose gold"].map(Text::from).into(),
            ..Attribute::undescribed("loyaltyTierStr")
        };
        let order = ["statusStr", "totalNum"].map(Attribute::undescribed).into();
        let attributes = Attributes::from([("customer".into(), vec![tier]), ("kobject.order".into(), order)]);
        let zone = TimeZone::fixed(jiff::tz::offset(2));
        Self { context: context.parse().expect("a context"), zone, names, me: UserId::new("66u2"), attributes }
    }

    fn scope(&self) -> Scope<'_> {
        let now = "2025-03-31T12:00:00Z".parse().expect("valid");
        Scope {
            names: Some(&self.names),
            me: Some(&self.me),
            attributes: &self.attributes,
            ..Scope::bare(&self.context, now, &self.zone)
        }
    }

    fn criteria(&self, text: &str) -> Value {
        let query = Query::parse(text, &self.scope()).unwrap_or_else(|error| unreachable!("{text}: {error}"));
        let mut document = query.document();
        let map = document.as_object_mut().expect("an object");
        map.remove("sort");
        map.remove("queryContext");
        document
    }
}

fn bare(text: &str) -> Result<Query, QueryError> {
    let (context, zone) = (Context::Customer, TimeZone::fixed(jiff::tz::offset(2)));
    Query::parse(text, &Scope::bare(&context, "2025-03-31T12:00:00Z".parse().expect("valid"), &zone))
}

#[test]
fn each_key_becomes_its_attribute() {
    let org = Org::new("customer");
    for (text, expected) in [
        ("email:mara@quill.example", json!({"and": [{"customer_email": {"equals": "mara@quill.example"}}]})),
        ("email:~quill.example", json!({"and": [{"customer_email": {"contains": "quill.example"}}]})),
        ("phone:+4915550001122", json!({"and": [{"customer_phone": {"equals": "+4915550001122"}}]})),
        ("mara@quill.example", json!({"and": [{"customer_email": {"equals": "mara@quill.example"}}]})),
        ("-@quill.example", json!({"not": [{"customer_email": {"contains": "quill.example"}}]})),
        ("+4915550001122", json!({"and": [{"customer_phone": {"equals": "+4915550001122"}}]})),
        ("text:mara@quill.example", json!({"and": [{"customer_any_text": {"contains": "mara@quill.example"}}]})),
        ("id:crm-88120", json!({"and": [{"customer_externalId": {"equals": "crm-88120"}}]})),
        (
            "refund \"never arrived\"",
            json!({"and": [{"customer_any_text": {"contains": "refund"}},
                {"customer_any_text": {"contains": "never arrived"}}]}),
        ),
        ("conversations>3", json!({"and": [{"customer_conversations_count": {"gte": 4}}]})),
        ("conversations<3", json!({"and": [{"customer_conversations_count": {"lte": 2}}]})),
        ("loyaltyTierStr:gold", json!({"and": [{"customer_custom_loyaltyTierStr": {"equals": "gold"}}]})),
        ("loyaltyTier:gold", json!({"and": [{"customer_custom_loyaltyTierStr": {"equals": "gold"}}]})),
        ("totalSpentNum>64.5", json!({"and": [{"customer_custom_totalSpentNum": {"gt": 64.5}}]})),
        ("vipBool:yes", json!({"and": [{"customer_custom_vipBool": {"equals": true}}]})),
        (
            "-status:done tag:vip",
            json!({"and": [{"customer_tags": {"equals": "66t1"}}],
            "not": [{"customer_progressive_status": {"equals": "done"}}]}),
        ),
        ("phone:*", json!({"not": [{"customer_phone": {"not_set": true}}]})),
        ("-phone:*", json!({"and": [{"customer_phone": {"not_set": true}}]})),
        ("created>30d", json!({"and": [{"customer_created_at": {"gte": "2025-03-01T12:00:00.001Z"}}]})),
        ("updated<2025-03-01", json!({"and": [{"customer_updated_at": {"lte": "2025-02-28T21:59:59.999Z"}}]})),
        ("created>=2025-03-01", json!({"and": [{"customer_created_at": {"gte": "2025-02-28T22:00:00.000Z"}}]})),
        ("seen>=yesterday", json!({"and": [{"customer_last_seen_at": {"gte": "2025-03-29T22:00:00.000Z"}}]})),
        ("seen<=2025-03-01T14:30", json!({"and": [{"customer_last_seen_at": {"lte": "2025-03-01T12:30:00.000Z"}}]})),
        (
            "created:2025-03-01",
            json!({"and": [{"customer_created_at": {"gte": "2025-02-28T22:00:00.000Z"}},
                {"customer_created_at": {"lte": "2025-03-01T21:59:59.999Z"}}]}),
        ),
        ("a a", json!({"and": [{"customer_any_text": {"contains": "a"}}]})),
        ("breached:yes", json!({"and": [{"conversation_sla_breached": {"equals": true}}]})),
        ("message.channel:email", json!({"and": [{"message_channel": {"equals": "email"}}]})),
        ("order.total>=50", json!({"and": [{"kobject_custom_order_totalNum": {"gte": 50}}]})),
        (
            "(tag:vip OR -email:* OR \"late parcel\") watcher:me",
            json!({"and": [{"customer_watchers": {"equals": "66u2"}}], "or": [{"customer_tags": {"equals": "66t1"}},
                {"customer_email": {"not_set": true}}, {"customer_any_text": {"contains": "late parcel"}}]}),
        ),
        (
            "-(status:open OR status:done)",
            json!({"not": [{"customer_progressive_status": {"equals": "open"}},
                {"customer_progressive_status": {"equals": "done"}}]}),
        ),
        (
            "with:deleted refund",
            json!({"and": [{"customer_any_text": {"contains": "refund"}}], "includeDeleted": true}),
        ),
        ("", json!({})),
    ] {
        assert_eq!(org.criteria(text), expected, "{text}");
    }
}

#[test]
fn each_context_is_asked_in_its_own_names() {
    for (context, text, expected) in [
        (
            "conversation",
            "status:open priority>=4 email:~quill.example sla<2h assignee:\"ana lima\" team:billing",
            json!([{"conversation_status": {"equals": "open"}}, {"conversation_priority": {"gte": 4}},
                {"customer_email": {"contains": "quill.example"}},
                {"conversation_sla_breach_at": {"lte": "2025-03-31T13:59:59.999Z"}},
                {"conversation_assigned_users": {"equals": "66u1"}}, {"conversation_assigned_teams": {"equals": "66e1"}}]),
        ),
        (
            "message",
            "body:refund channel:email by:me customer.loyaltyTier:gold",
            json!([{"message_body": {"contains": "refund"}}, {"message_channel": {"equals": "email"}},
                {"message_created_by": {"equals": "66u2"}}, {"customer_custom_loyaltyTierStr": {"equals": "gold"}}]),
        ),
        ("note", "mentions:me", json!([{"note_user_mentions": {"equals": "66u2"}}])),
        ("company", "name:~Quill", json!([{"company_name": {"contains": "Quill"}}])),
        (
            "kobject_order",
            "status:shipped total>50 created>1d",
            json!([{"kobject_custom_order_statusStr": {"equals": "shipped"}},
                {"kobject_custom_order_totalNum": {"gt": 50}}, {"kobject_created_at": {"gte": "2025-03-30T12:00:00.001Z"}}]),
        ),
    ] {
        assert_eq!(Org::new(context).criteria(text)["and"], expected, "{context}: {text}");
    }
}

#[test]
fn the_order_is_the_contexts_own() {
    let org = Org::new("conversation");
    let document = |text: &str| Query::parse(text, &org.scope()).expect(text).document();
    assert_eq!(document("sort:-active")["sort"], json!([{"conversation_last_message_at": "desc"}]));
    assert_eq!(document("sort:sla")["sort"], json!([{"conversation_sla_breach_at": "asc"}]));
    assert_eq!(document("")["sort"], json!([{"conversation_updated_at": "desc"}]));
    assert_eq!(document("")["queryContext"], "conversation");
}

#[test]
fn an_error_says_where_and_what_would_be_understood() {
    let org = Org::new("customer");
    for (text, column, part) in [
        ("refund colour:red", 8, "there is no key colour; there are text, name, email"),
        ("status:closed", 8, "open, snoozed, done"),
        ("é created>soon", 11, "write a date"),
        ("conversations>many", 15, "write a number"),
        ("email>3", 7, "write : for email"),
        ("priority:~4", 9, "write : for priority"),
        ("\"never", 1, "closing quotation mark"),
        ("email:", 7, "a value is missing"),
        ("-", 2, "a value is missing"),
        ("sort:size", 6, "sorted by name, id"),
        ("created>99999999w", 9, "write a date"),
        ("created:30d", 1, "write created>30d"),
        ("-created:2025-03-01", 2, "a day cannot be left out"),
        ("a OR b", 3, "in parentheses"),
        ("(a OR b) (c OR d)", 10, "one group"),
        ("(a b)", 4, "between alternatives stands OR"),
        ("(a OR -b)", 7, "cannot be negated"),
        ("(a OR phone:*)", 7, "only knows absence"),
        ("(a OR created:today)", 7, "a whole day is two conditions"),
        ("(a OR (b))", 7, "a group inside a group"),
        ("x (a OR b", 3, "not closed"),
        ("(a OR )", 7, "an alternative is missing"),
        ("a)", 2, "nothing is open"),
        ("name:a(b)", 7, "quotation marks"),
        ("team:billing assignee:nobody", 23, "no user of this name"),
        ("team:return", 6, "no team of this name; there is Returns, returns"),
        ("team:returns", 6, "2 teams have this name; write the id: 66e2, 66e3"),
        ("order.colour:red", 1, "order has no attribute colour"),
        ("returns.nameStr:x", 1, "there is no returns"),
        ("message.colour:x", 1, "message. has no key colour"),
        ("with:out", 6, "with:deleted"),
        ("text:*", 5, "every record has some text"),
    ] {
        let error = Query::parse(text, &org.scope()).expect_err(text);
        assert_eq!(error.column, column, "{text}: {}", error.message);
        assert!(error.message.contains(part), "{text}: {}", error.message);
    }
    let many: String = (0..21).map(|n| format!("w{n} ")).collect();
    let error = bare(&many).expect_err("too many");
    assert!(error.message.contains("at most 20"));
    assert_eq!(error.column, many.find("w20").expect("it is there") + 1);
    // A day is two of them.
    let days: String = (1..12).map(|day| format!("created:2025-03-{day:02} ")).collect();
    assert!(bare(&days).expect_err("too many").message.contains("at most 20"));
}

#[test]
fn names_are_not_guessed_where_none_are_known() {
    assert!(bare("assignee:ana").expect_err("unknown").message.contains("not known here; write the id"));
    assert!(bare("watcher:me").expect_err("unknown").message.contains("who you are"));
    let id = "66a1e0f0b7d4e9001c3a0a01";
    assert_eq!(bare(&format!("assignee:{id}")).expect("an id").to_string(), format!("assignee:{id}"));
    // The desk takes tags by name.
    assert_eq!(bare("tag:vip").expect("read").document()["and"], json!([{"customer_tags": {"equals": "vip"}}]));
}

#[test]
fn the_reference_s_own_queries_can_be_said() {
    let org = Org::new("customer");
    for (document, words) in [
        (
            json!({"queryContext": "customer", "and": [{"customer_email": {"equals": "mara@quill.example"}}]}),
            "email:mara@quill.example",
        ),
        (
            json!({"queryContext": "conversation", "and": [{"conversation_status": {"equals": "open"}},
                {"conversation_priority": {"gte": 4}}, {"conversation_created_at": {"gte": "2025-03-01"}}],
                "sort": [{"conversation_created_at": "desc"}], "timeZone": "America/New_York"}),
            "status:open priority>=4 created>=\"2025-03-01T05:00:00.000Z\" sort:-created",
        ),
        (
            json!({"queryContext": "conversation", "and": [{"conversation_sla_status": {"equals": "pending"}},
                {"conversation_sla_breach_at": {"lte": "2025-03-04T12:00:00.000Z"}}],
                "sort": {"conversation_sla_breach_at": "asc"}}),
            "sla_status:pending sla<=\"2025-03-04T12:00:00.000Z\" sort:sla",
        ),
        (
            json!({"queryContext": "customer", "and": [{"customer_custom_loyaltyTierStr": {"equals": "gold"}},
                {"message_channel": {"equals": "email"}}, {"message_direction": {"equals": "in"}},
                {"message_sent_at": {"gte": "2025-02-24T22:00:00.000Z"}}]}),
            "loyaltyTierStr:gold message.channel:email message.direction:in message.sent>=2025-02-25",
        ),
        (
            json!({"queryContext": "kobject_device", "and": [{"kobject_custom_device_ownerCompanyStr": {"not_set": true}}],
                "timeZone": "America/Los_Angeles"}),
            "-ownerCompanyStr:*",
        ),
        (
            json!({"queryContext": "conversation", "and": {"conversation_any_text": {"contains": "refund"}},
                "includeDeleted": true}),
            "refund with:deleted",
        ),
        (
            json!({"queryContext": "conversation", "and": [{"conversation_assigned_users": {"equals": "66u1"}}],
                "or": [{"conversation_tags": {"equals": "66t2"}}, {"conversation_tags": {"equals": "66t1"}}]}),
            "assignee:\"Ana Lima\" (tag:\"late parcel\" OR tag:VIP)",
        ),
    ] {
        let query = Query::from_document(&document, &org.scope()).expect(words);
        let printed = query.to_string();
        let plain = printed.replace('"', "");
        assert_eq!(plain, words.replace('"', ""), "{document}");
        let context = query.context().clone();
        let again = Query::parse(&printed, &Scope { context: &context, ..org.scope() }).expect("it reads");
        assert_eq!(again.document(), query.document(), "{printed}");
    }
}

#[test]
fn what_the_language_cannot_say_is_refused_by_place() {
    let org = Org::new("customer");
    for (document, at) in [
        (json!([]), ""),
        (json!({"and": []}), "queryContext"),
        (json!({"queryContext": "work_item"}), "queryContext"),
        (json!({"queryContext": "customer", "aggs": {"a": 1}}), "aggs"),
        (
            json!({"queryContext": "customer", "sort": [{"customer_name": "asc"}, {"customer_updated_at": "asc"}]}),
            "sort",
        ),
        (json!({"queryContext": "customer", "and": [{"customer_size": {"equals": 1}}]}), "and/0/customer_size"),
        (
            json!({"queryContext": "customer", "and": [{"customer_name": {"starts_with": "a"}}]}),
            "and/0/customer_name/starts_with",
        ),
        (json!({"queryContext": "customer", "or": [{"customer_name": {"set": true}}]}), "or/0/customer_name/set"),
        (
            json!({"queryContext": "customer", "and": [{"customer_name": {"equals": ["a"]}}]}),
            "and/0/customer_name/equals",
        ),
        (json!({"queryContext": "customer", "timeZone": "Mars/Olympus"}), "timeZone"),
        (
            json!({"queryContext": "customer", "not": [{"customer_created_at": {"equals": "2025-03-01"}}]}),
            "not/0/customer_created_at/equals",
        ),
    ] {
        assert_eq!(Query::from_document(&document, &org.scope()).expect_err("refused").at, at, "{document}");
    }
}

#[test]
fn what_could_be_typed_next_is_offered() {
    for (context, text, expected) in [
        ("customer", "em", vec!["email:", "shared_email:"]),
        ("customer", "refund -sta", vec!["status:", "own_status:"]),
        ("customer", "(loyal", vec!["loyaltyTierStr:"]),
        ("customer", "loyaltyTier:", vec!["bronze", "silver", "\"rose gold\""]),
        ("customer", "loyaltyTier:\"rose", vec!["\"rose gold\""]),
        ("customer", "status:", vec!["open", "snoozed", "done"]),
        ("customer", "tag:l", vec!["\"late parcel\""]),
        ("customer", "watcher:", vec!["me", "\"Ana Lima\"", "console-dev"]),
        ("conversation", "team:", vec!["Billing"]),
        ("conversation", "sla<3", vec!["30m"]),
        ("customer", "created>y", vec!["yesterday"]),
        ("customer", "created:", vec!["today", "yesterday"]),
        ("customer", "sort:-cr", vec!["-created"]),
        ("customer", "order.", vec!["order.statusStr:", "order.totalNum>"]),
        ("customer", "ord", vec!["order."]),
        ("customer", "with:", vec!["deleted"]),
        ("customer", "email:\"x y", vec![]),
        ("customer", "\"sta", vec![]),
        ("customer", "colour:", vec![]),
    ] {
        let org = Org::new(context);
        let completion = complete(text, text.len(), &org.scope());
        let offered: Vec<&str> = completion.candidates.iter().map(|candidate| candidate.text.as_str()).collect();
        assert_eq!(offered, expected, "{text}");
    }
    let org = Org::new("customer");
    let inside = complete("sta refund", 3, &org.scope());
    assert_eq!((inside.from, inside.candidates[0].text.as_str()), (0, "status:"));
}

/// Every value that is offered is understood where it is offered.
#[test]
fn what_is_offered_is_understood() {
    for context in ["customer", "conversation", "message", "note", "company", "kobject_order"] {
        let org = Org::new(context);
        let scope = org.scope();
        for key in
            ["", "message.", "conversation."].iter().flat_map(|start| complete(start, start.len(), &scope).candidates)
        {
            for value in complete(&key.text, key.text.len(), &scope).candidates {
                let text = format!("{}{}", key.text, value.text);
                let is_distance =
                    value.text.ends_with(char::is_alphabetic) && value.text.starts_with(|c: char| c.is_ascii_digit());
                assert!(
                    Query::parse(&text, &scope).is_ok() || (is_distance && key.text.ends_with(':')),
                    "{context}: {text}"
                );
            }
        }
        let keys: usize = keys::plain(&org.context).count();
        let resolved = keys::plain(&org.context).filter(|(_, key)| keys::resolve(key.word, &scope).is_ok()).count();
        assert_eq!(keys, resolved, "{context}");
    }
}

/// Every attribute of the tables is found again by its own name, in every context.
#[test]
fn every_attribute_has_one_way_to_be_written() {
    for context in ["customer", "conversation", "message", "note", "company", "kobject_order"] {
        let org = Org::new(context);
        for family in &keys::FAMILIES {
            let mut seen = std::collections::HashSet::new();
            for key in family.keys {
                assert!(seen.insert(key.word), "{} twice", key.word);
                let attribute = format!("{}_{}", family.word, key.attribute);
                let field = keys::of_attribute(&attribute, &org.scope()).expect("it has a key");
                let again = keys::resolve(&field.written, &org.scope()).expect("it is read");
                assert_eq!(again, field, "{context}: {attribute}");
            }
        }
    }
}

#[test]
fn debug_shows_no_words() {
    assert_eq!(format!("{:?}", bare("mara@quill.example").expect("understood")), "Query(1 terms)");
}

const TEXTS: &str = "(-?\\(?(email|name|id|tierStr|sumNum|seenAt|created|sla|conversations|status|tag|order\\.totalNum|message\\.body|[a-zé]{1,4})?(:~?|>=?|<=?)?(\"[ -~é]{0,6}\"|[ -~é]{0,8}|2025-0[1-3]-1[0-9]|2025-03-11T1[0-9]:00Z?|today|[0-9]{1,3}[mhdw]|\\*|-?[0-9]{1,3}(\\.5)?|open|vip|@?[a-z]{1,3}@[a-z]{1,3}\\.de)\\)? ?(OR )?|sort:-?(name|created) |with:deleted ){0,5}";

/// A criterion the language has words for, in the form it produces itself.
fn criterion() -> impl Strategy<Value = Value> {
    let texts = [
        "customer_name",
        "customer_email",
        "customer_custom_tierStr",
        "kobject_custom_order_statusStr",
        "company_name",
    ];
    let instant = (0..4_000_000_000_000_i64)
        .prop_map(|ms| terms::instant(jiff::Timestamp::from_millisecond(ms).expect("in range")));
    let one = |key: &str, operator: &str, value: Value| json!({key: {operator: value}});
    prop_oneof![
        (prop::sample::select(texts.to_vec()), "[ -~é]{1,12}").prop_filter_map("blank", move |(key, text)| {
            (!text.trim().is_empty()).then(|| one(key, "equals", json!(text)))
        }),
        (
            prop::sample::select(vec!["customer_any_text", "message_body", "conversation_any_text", "note_body"]),
            "[a-z@.+\"\\\\ 0-9]{1,9}"
        )
            .prop_filter_map("blank", move |(key, text)| {
                (!text.trim().is_empty()).then(|| one(key, "contains", json!(text)))
            }),
        (prop::sample::select(vec!["customer_created_at", "conversation_sla_breach_at"]), prop::bool::ANY, instant)
            .prop_map(move |(key, after, at)| one(key, if after { "gte" } else { "lte" }, json!(at))),
        (prop::sample::select(vec!["gt", "gte", "lt", "lte", "equals"]), -9999..9999_i64)
            .prop_map(move |(operator, n)| one("customer_custom_sumNum", operator, json!(n))),
        (prop::sample::select(vec!["gte", "lte", "equals"]), 0..99_i64).prop_map(move |(operator, n)| one(
            "conversation_priority",
            operator,
            json!(n)
        )),
        prop::bool::ANY.prop_map(move |flag| one("conversation_sla_breached", "equals", json!(flag))),
        Just(one("customer_tags", "equals", json!("66t1"))),
        Just(one("conversation_assigned_teams", "equals", json!("66e3"))),
        Just(one("conversation_queue", "equals", json!("66a1e101b7d4e9001c3a0b01"))),
        Just(one("customer_phone", "not_set", json!(true))),
    ]
}

fn unique(list: Vec<Value>) -> Vec<Value> {
    let mut kept: Vec<Value> = Vec::new();
    for item in list {
        if !kept.contains(&item) {
            kept.push(item);
        }
    }
    kept
}

proptest! {
    /// Whatever is understood, printed and read again is the same query.
    #[test]
    fn printing_undoes_reading(text in TEXTS) {
        let org = Org::new("customer");
        if let Ok(query) = Query::parse(&text, &org.scope()) {
            let printed = query.to_string();
            let again = Query::parse(&printed, &org.scope())
                .map_err(|error| TestCaseError::fail(format!("{text:?} -> {printed:?}: {error}")))?;
            prop_assert!(query == again, "{:?} -> {:?}", text, printed);
        }
    }

    /// Whatever is understood, translated and read back, asks for the same.
    #[test]
    fn reading_back_undoes_translating(text in TEXTS) {
        let org = Org::new("customer");
        if let Ok(query) = Query::parse(&text, &org.scope()) {
            let document = query.document();
            let back = Query::from_document(&document, &org.scope())
                .map_err(|error| TestCaseError::fail(format!("{text:?} -> {document}: {error}")))?;
            let printed = back.to_string();
            let again = Query::parse(&printed, &org.scope())
                .map_err(|error| TestCaseError::fail(format!("{text:?} -> {printed:?}: {error}")))?;
            let sorted = |mut document: Value| {
                for key in ["and", "not"] {
                    if let Some(list) = document.get_mut(key).and_then(Value::as_array_mut) {
                        list.sort_by_key(Value::to_string);
                    }
                }
                document
            };
            prop_assert_eq!(sorted(again.document()), sorted(document), "{:?} -> {:?}", text, printed);
        }
    }

    /// A document of confirmed operators, said in the language and translated again, is the same document.
    #[test]
    fn translating_undoes_reading_back(
        and in prop::collection::vec(criterion(), 0..6),
        or in prop::collection::vec(criterion(), 0..4),
        not in prop::collection::vec(criterion(), 0..4),
        descending in prop::bool::ANY,
        deleted in prop::bool::ANY,
        context in prop::sample::select(vec!["customer", "conversation", "message", "note", "kobject_order"]),
    ) {
        let org = Org::new("company");
        let family = context.split('_').next().unwrap_or(context);
        let order = if descending { "desc" } else { "asc" };
        let mut document = json!({"queryContext": context, "sort": [{format!("{family}_created_at"): order}]});
        if deleted {
            document["includeDeleted"] = json!(true);
        }
        for (key, list) in [("and", and), ("or", or), ("not", not)] {
            let list = unique(list);
            if !list.is_empty() {
                document[key] = Value::Array(list);
            }
        }
        let query = Query::from_document(&document, &org.scope())
            .map_err(|error| TestCaseError::fail(format!("{document}: {error}")))?;
        let printed = query.to_string();
        let context = query.context().clone();
        let again = Query::parse(&printed, &Scope { context: &context, ..org.scope() })
            .map_err(|error| TestCaseError::fail(format!("{document} -> {printed:?}: {error}")))?;
        let sorted = |document: Value| {
            let mut document = document;
            for key in ["and", "or", "not"] {
                if let Some(list) = document.get_mut(key).and_then(Value::as_array_mut) {
                    list.sort_by_key(Value::to_string);
                }
            }
            document
        };
        prop_assert_eq!(sorted(again.document()), sorted(document), "{:?}", printed);
    }

    /// Any text is understood or refused and something or nothing is offered, never a panic.
    #[test]
    fn any_text_is_survived(text in "\\PC{0,40}", cursor in 0..60_usize) {
        let org = Org::new("conversation");
        if let Ok(query) = Query::parse(&text, &org.scope()) {
            prop_assert!(query.document().is_object());
        }
        let completion = complete(&text, cursor, &org.scope());
        prop_assert!(text.is_char_boundary(completion.from));
    }

    /// Any JSON is read or refused, never a panic.
    #[test]
    fn any_document_is_survived(
        key in prop::sample::select(vec!["and", "sort", "timeZone", "includeDeleted", "fields"]),
        attribute in "(customer|kobject|conversation)_(custom_)?[a-zA-Z_é]{0,8}(Str|Num|At)?",
        operator in prop::sample::select(vec!["equals", "contains", "gte", "lt", "not_set", "set", "within"]),
        value in prop_oneof![Just(json!(null)), any::<i64>().prop_map(Value::from), any::<f64>().prop_map(Value::from), "\\PC{0,12}".prop_map(Value::from)],
    ) {
        let org = Org::new("customer");
        let document = json!({"queryContext": "customer", key: [{attribute: {operator: value}}]});
        if let Ok(query) = Query::from_document(&document, &org.scope()) {
            prop_assert!(Query::parse(&query.to_string(), &org.scope()).is_ok(), "{}", query);
        }
    }
}

#[test]
fn what_is_marked_are_words_of_texts_and_nothing_out_of_a_list() {
    let org = Org::new("conversation");
    let query = "refund \"never arrived\" name:~parcel status:open -lost (late OR tag:vip) priority>2";
    let query = Query::parse(query, &org.scope()).expect("a query");
    assert_eq!(query.sought(), ["refund", "never arrived", "parcel", "late"]);
}
