//! Owns the working of a plan with another set of tools: those an integration layer publishes for the same desk. A plan names
//! what it wants by the desk client's own names; here such a wish becomes one or several calls of published tools, and their
//! answers become the answer the plan reads. Does not decide what is wanted.
//!
//! Names and arguments are those of the integrations reference, 1.10. Only where answers differ is anything computed.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::{facts, run::Told};

/// Alternatives of one search (Kustomer API reference 9.1).
const CRITERIA: usize = 20;

/// How an argument is given there.
#[derive(Clone, Copy, Debug)]
enum Give {
    /// As it is.
    Same,
    /// As the only one of a list.
    Listed,
    /// As the only one of a list of objects with this field.
    Each(&'static str),
}

use Give::{Each, Listed, Same};

/// A tool and the published one that does the same.
struct Pair {
    name: &'static str,
    published: &'static str,
    arguments: &'static [(&'static str, &'static str, Give)],
    /// Arguments that are always the same.
    fixed: &'static [(&'static str, &'static str)],
}

const fn pair(
    name: &'static str,
    published: &'static str,
    arguments: &'static [(&'static str, &'static str, Give)],
    fixed: &'static [(&'static str, &'static str)],
) -> Pair {
    Pair { name, published, arguments, fixed }
}

const CUSTOMER: (&str, &str, Give) = ("customer_id", "customer_id", Same);
const REASON: (&str, &str, Give) = ("reason", "reason", Same);
const LIMIT: (&str, &str, Give) = ("limit", "limit", Same);
const KLASS: (&str, &str, Give) = ("klass", "klass", Same);
const ANSWERED: (&str, &str, Give) = ("conversation_id", "conversation", Same);
const BODY: (&str, &str, Give) = ("body", "body", Same);

/// What differs in names only. Of several that fit a wish, the first that takes all of its arguments is meant.
#[rustfmt::skip]
const PAIRS: &[Pair] = &[
    pair("customer_find", "kustomer_customers_using_email", &[("email", "email", Same)], &[]),
    pair("customer_find", "kustomer_customers_using_phone", &[("phone", "phone", Same)], &[]),
    pair("customer_find", "kustomer_customers_using_external_id", &[("external_id", "external_id", Same)], &[]),
    pair("customer_get", "get_single_kustomer_customer_by_id", &[("customer_id", "id", Same)], &[]),
    pair("customer_unmask", "create_a_kustomer_customer_unmasking_window", &[CUSTOMER, REASON], &[]),
    pair("customer_update", "update_a_kustomer_customer_by_id",
        &[("customer_id", "id", Same), ("phone", "phones", Each("phone")), ("email", "emails", Each("email")), ("name", "name", Same), REASON], &[]),
    pair("conversation_add_note", "create_a_kustomer_conversation_note", &[("conversation_id", "conversation_id", Same), BODY, REASON], &[]),
    pair("draft_email", "create_a_kustomer_email_draft",
        &[CUSTOMER, ANSWERED, BODY, ("subject", "subject", Same), ("to", "to", Same), REASON], &[("channel", "email")]),
    pair("draft_sms", "create_a_kustomer_customer_sms_draft",
        &[CUSTOMER, ANSWERED, BODY, ("to", "to", Listed), REASON], &[("channel", "sms")]),
    pair("draft_whatsapp", "create_a_kustomer_customer_whatsapp_basic_draft",
        &[CUSTOMER, ANSWERED, BODY, ("to", "to", Listed), REASON], &[("channel", "whatsapp"), ("app", "whatsapp")]),
    pair("kobject_list", "list_all_kustomer_customer_custom_objects", &[CUSTOMER, KLASS, LIMIT], &[]),
    pair("kobject_list", "kustomer_custom_objects_using_external_id", &[KLASS, ("external_id", "external_id", Same), LIMIT], &[]),
    pair("klass_list", "list_all_kustomer_klasses", &[], &[]),
    pair("bulk_status", "get_single_kustomer_bulk_operation_by_id", &[("job_id", "id", Same), ("wait_seconds", "wait_seconds", Same)], &[]),
];

const SEARCH: &str = "kustomer_search_customers_search";
const CONVERSATION: &str = "get_single_kustomer_conversation_by_id";
const CONVERSATIONS: &str = "list_all_kustomer_conversations";
/// A page of a customer's conversations, of which the newest are chosen here.
const PAGE: u64 = 50;
const MESSAGES: &str = "list_all_kustomer_conversation_messages";
const BULK: &str = "kustomer_custom_objects_bulk_create";

/// What was learnt on the way: customers' ids by the org's own.
pub(super) type Known = BTreeMap<String, String>;

/// A call of a published tool.
pub(super) type Call = (String, Value);

/// Whether these tools are the published ones alone.
pub(super) fn is_meant<'t>(names: impl Iterator<Item = &'t str>) -> bool {
    let names: Vec<&str> = names.collect();
    !names.contains(&"customer_get")
        && names.iter().any(|name| name.contains("_kustomer_") || name.starts_with("kustomer_"))
}

/// The published tool a name stands for first; the name itself where there is none.
pub(super) fn published(name: &str) -> &str {
    match name {
        "customer_search" | "customer_resolve" => SEARCH,
        "conversation_get" => CONVERSATION,
        "conversation_list" => CONVERSATIONS,
        "kobject_bulk_create" => BULK,
        name => PAIRS.iter().find(|pair| pair.name == name).map_or(name, |pair| pair.published),
    }
}

/// The calls a wish becomes. What has no published counterpart stays what it is.
pub(super) fn calls(name: &str, arguments: &Value, known: &Known) -> Vec<Call> {
    let one = |published: &str, arguments: Value| vec![(published.to_owned(), arguments)];
    match name {
        "customer_search" => one(SEARCH, search(arguments)),
        "customer_resolve" => facts::list(arguments, "external_ids")
            .chunks(CRITERIA)
            .map(|ids| (SEARCH.to_owned(), any_of(ids)))
            .collect(),
        "conversation_get" => {
            let id = &arguments["conversation_id"];
            vec![
                (CONVERSATION.to_owned(), json!({ "id": id })),
                (MESSAGES.to_owned(), json!({ "conversation_id": id, "limit": 100 })),
            ]
        }
        // The desk's own order says nothing of which are the newest.
        "conversation_list" => one(CONVERSATIONS, json!({ "customer_id": arguments["customer_id"], "limit": PAGE })),
        "kobject_bulk_create" => one(BULK, rows(arguments, known)),
        name => {
            let given = arguments.as_object().cloned().unwrap_or_default();
            let pair = PAIRS.iter().filter(|pair| pair.name == name).find(|pair| pair.takes(&given));
            pair.map_or_else(|| one(name, arguments.clone()), |pair| one(pair.published, pair.give(&given)))
        }
    }
}

/// The answer a plan reads, from those of the calls its wish became; the first that is none ends it.
pub(super) fn answer(name: &str, arguments: &Value, told: Vec<Told>, known: &mut Known) -> Told {
    let mut values = Vec::with_capacity(told.len());
    for one in told {
        match one {
            Told::Done(value) => values.push(value),
            other => return other,
        }
    }
    Told::Done(match (name, values.as_slice()) {
        ("customer_resolve", _) => resolved(arguments, &values, known),
        ("conversation_list", [listed]) => newest(listed, arguments["limit"].as_u64().unwrap_or(PAGE)),
        ("conversation_get", [conversation, messages]) => {
            let mut rows = facts::list(messages, "messages").to_vec();
            rows.sort_by_key(|message| message["at"].as_str().unwrap_or_default().to_owned());
            json!({ "conversation": conversation["conversation"], "messages": rows })
        }
        _ => values.into_iter().next().unwrap_or_default(),
    })
}

impl Pair {
    fn takes(&self, given: &Map<String, Value>) -> bool {
        let takes = |name: &String| self.arguments.iter().any(|(theirs, ..)| theirs == name);
        given.iter().filter(|(_, value)| !value.is_null()).all(|(name, _)| takes(name))
    }

    fn give(&self, given: &Map<String, Value>) -> Value {
        let mut out: Map<String, Value> =
            self.fixed.iter().map(|(name, value)| ((*name).to_owned(), json!(value))).collect();
        for (name, to, how) in self.arguments {
            let Some(value) = given.get(*name).filter(|value| !value.is_null()).cloned() else { continue };
            let value = match how {
                Same => value,
                Listed => json!([value]),
                Each(field) => json!([{ *field: value }]),
            };
            out.insert((*to).to_owned(), value);
        }
        Value::Object(out)
    }
}

fn search(arguments: &Value) -> Value {
    let criterion = match (arguments["email_domain"].as_str(), arguments["query"].as_str()) {
        (Some(domain), _) => json!({ "customer_email": { "contains": domain } }),
        (None, query) => json!({ "customer_any_text": { "contains": query } }),
    };
    json!({ "queryContext": "customer", "and": [criterion], "pageSize": arguments["limit"] })
}

/// The newest of a list of conversations.
fn newest(listed: &Value, count: u64) -> Value {
    let mut rows = facts::list(listed, "conversations").to_vec();
    rows.sort_by_key(|row| std::cmp::Reverse(row["updated_at"].as_str().unwrap_or_default().to_owned()));
    rows.truncate(usize::try_from(count).unwrap_or(usize::MAX));
    let mut told = listed.clone();
    told["conversations"] = rows.into();
    told
}

fn any_of(ids: &[Value]) -> Value {
    let any: Vec<Value> = ids.iter().map(|id| json!({ "customer_externalId": { "equals": id } })).collect();
    json!({ "queryContext": "customer", "or": any, "pageSize": 100 })
}

/// Which of the ids belong to customers; whose they are is remembered.
fn resolved(arguments: &Value, answers: &[Value], known: &mut Known) -> Value {
    for customer in answers.iter().flat_map(|answer| facts::list(answer, "customers")) {
        if let (Some(external), Some(id)) = (customer["external_id"].as_str(), customer["id"].as_str()) {
            known.insert(external.to_owned(), id.to_owned());
        }
    }
    let given = facts::list(arguments, "external_ids").iter().filter_map(Value::as_str);
    let (found, unknown): (Vec<&str>, Vec<&str>) = given.partition(|id| known.contains_key(*id));
    json!({ "found": found.len(), "unknown": unknown })
}

fn rows(arguments: &Value, known: &Known) -> Value {
    let ids = facts::list(arguments, "customer_external_ids").iter().filter_map(Value::as_str);
    let row = |id: &str| json!({ "_clientRef": id, "title": arguments["title"], "customer": known.get(id), "custom": arguments["custom"] });
    json!({ "klass": arguments["klass"], "items": ids.map(row).collect::<Vec<_>>() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wish_becomes_published_calls_and_their_answers_what_a_plan_reads() {
        let mut known = Known::new();
        let draft = json!({ "customer_id": "k1", "conversation_id": null, "to": "⟦phone:1⟧", "body": "Hello" });
        assert_eq!(
            calls("draft_whatsapp", &draft, &known),
            [(
                "create_a_kustomer_customer_whatsapp_basic_draft".to_owned(),
                json!({ "channel": "whatsapp", "app": "whatsapp", "customer_id": "k1", "to": ["⟦phone:1⟧"], "body": "Hello" })
            )]
        );
        let by_number = json!({ "klass": "order", "external_id": "7731", "limit": 5 });
        assert_eq!(calls("kobject_list", &by_number, &known)[0].0, "kustomer_custom_objects_using_external_id");
        assert_eq!(
            calls("value_compare", &json!({ "a": 1 }), &known),
            [("value_compare".to_owned(), json!({ "a": 1 }))]
        );
        let ids = json!({ "external_ids": (0..41).map(|n| format!("T{n}")).collect::<Vec<_>>() });
        assert_eq!(calls("customer_resolve", &ids, &known).len(), 3);
        let found = Told::Done(json!({ "customers": [{ "id": "k1", "external_id": "T1" }] }));
        let wish = json!({ "external_ids": ["T1", "T2"] });
        assert_eq!(
            answer("customer_resolve", &wish, vec![found], &mut known),
            Told::Done(json!({ "found": 1, "unknown": ["T2"] }))
        );
        let bulk = json!({ "klass": "order", "customer_external_ids": ["T1"], "title": "x", "custom": {} });
        assert_eq!(calls("kobject_bulk_create", &bulk, &known)[0].1["items"][0]["customer"], "k1");
        let failed = Told::Failed { kind: "not_found".into(), message: "none".into() };
        assert!(matches!(answer("customer_get", &Value::Null, vec![failed], &mut known), Told::Failed { .. }));
    }

    #[test]
    fn only_published_tools_alone_are_worked_with() {
        assert!(is_meant(["tool_search", "get_single_kustomer_customer_by_id"].into_iter()));
        assert!(!is_meant(["customer_get", "get_single_kustomer_customer_by_id"].into_iter()));
        assert!(!is_meant(["tool_search"].into_iter()));
    }
}
