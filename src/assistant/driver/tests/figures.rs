//! The figures of what a case costs in tokens and requests: `cargo test --locked --lib figures -- --nocapture`. Five cases, each
//! worked twice against a simulated desk of its own: with the kit and our answers, and as a naive loop would.
//!
//! The naive loop is the same dialogue with all tools on offer, so nothing is looked for; each of its results is counted as what
//! the desk's API answers to that question, whole. Tokens are counted by [`tools::tokens`] in both, over the bytes of each
//! request: the prompt, the dialogue so far, the tools.

use serde_json::{Value, json};

use super::{Asked, BILLED, Floor, OUTAGE, SYNC, WHATSAPP, tenants};
use crate::{
    approval::Verdict,
    assistant::{CallEntry, Entry, Turn},
    domain::KlassName,
    kustomer::{changes, search},
    tools::{self, RESIDENT_TOKENS},
    transport::Method,
};

/// What one way of working a case came to.
struct Cost {
    requests: usize,
    tokens: usize,
}

/// The words of a case, and the call it has to end with.
async fn case(name: &str, floor: &mut Floor) -> (String, &'static str) {
    match name {
        "double billing" => (BILLED.to_owned(), "conversation_add_note"),
        "late order" => (late(floor).await, "conversation_add_note"),
        "outage, 30 tenants" => (format!("{OUTAGE} {}", json!(tenants(&floor.cx).await)), "bulk_status"),
        "profile sync" => (SYNC.to_owned(), "customer_update"),
        _ => (WHATSAPP.to_owned(), "draft_whatsapp"),
    }
}

/// A customer with orders and an open conversation, who goes by the org's own id here: addresses are masked.
async fn late(floor: &mut Floor) -> String {
    let queue = floor.cx.reader.open_conversations().await.expect("a queue");
    for conversation in queue.rows {
        let id = conversation.customer.clone().expect("a customer");
        let orders = floor.cx.reader.kobjects_of(&id, &KlassName::new("order")).await.expect("orders");
        let customer = floor.cx.reader.customer(&id).await.expect("a customer");
        let known = customer.external_id.clone().filter(|id| id.raw().starts_with("USR-"));
        if let (Some(external), false) = (known, orders.is_empty()) {
            floor.open = Some((conversation, customer));
            return format!(
                "A user just wrote in, external ID {}, complaining that their recent order hasn't arrived. Find their account, \
                 check their recent conversations to see if they've asked about this before, look up their custom 'order' object \
                 for the status, and then add a private note to their active conversation summarizing what you found.",
                external.raw()
            );
        }
    }
    unreachable!("the seeded org has a customer with an order and an open conversation")
}

async fn worked(name: &str, naive: bool) -> Cost {
    let mut floor = Floor::new().await;
    floor.all_tools = naive;
    let (words, end) = case(name, &mut floor).await;
    let mut turn = Turn::new();
    floor.ask(&mut turn, &words, &Verdict::Approve { typed: None }).await;
    let calls: Vec<&CallEntry> = turn.entries().iter().filter_map(call).collect();
    let last = calls.last().map(|call| (call.name.raw(), call.state.word()));
    assert_eq!(last, Some((end, "done")), "{name}: {:?}", turn.entries());
    let mut whole = Vec::new();
    for call in calls.iter().filter(|_| naive) {
        whole.push((call.id, result(call, &floor).await));
    }
    let whole_of = |id| whole.iter().find(|(call, _)| *call == id).map(|(_, size)| *size);
    let bytes = |asked: &Asked| {
        asked.answers.iter().fold(asked.bytes, |bytes, (id, size)| bytes - size + whole_of(*id).unwrap_or(*size))
    };
    // One token for each 3.5 bytes, as everywhere.
    let tokens = floor.asked.iter().map(|asked| tools::tokens(&"x".repeat(bytes(asked)))).sum();
    Cost { requests: floor.asked.len(), tokens }
}

fn call(entry: &Entry) -> Option<&CallEntry> {
    match entry {
        Entry::Call(call) => Some(call),
        Entry::Person(_) | Entry::Model(_) | Entry::Notice(_) => None,
    }
}

/// How many bytes the API's own answer to a call is, as a string in a message.
async fn result(call: &CallEntry, floor: &Floor) -> usize {
    let mut size = 0;
    for (method, path, body) in questions(call, floor) {
        let asked = changes::raw(method, &path, body).expect("a read");
        let answer = floor.cx.reader.raw(&asked, Vec::new()).await.expect("an answer");
        size += Value::from(answer.body.to_string()).to_string().len();
    }
    size
}

/// The requests a client without our reader makes for a call. What a write answers is counted as the record it made.
fn questions(call: &CallEntry, floor: &Floor) -> Vec<(Method, String, Option<Value>)> {
    let given: Value = serde_json::from_str(call.arguments.raw()).expect("arguments");
    let text = |name: &str| floor.cx.vault.fill(given[name].as_str().unwrap_or_default()).expect("a value");
    let (customer, conversation) = (text("customer_id"), text("conversation_id"));
    let limit = given["limit"].as_u64().unwrap_or(10);
    let get = |path: String| (Method::Get, path, None);
    match call.name.raw() {
        "customer_search" => {
            let zone = jiff::tz::TimeZone::UTC;
            let scope = search::Scope::bare(&search::Context::Customer, floor.cx.clock.now(), &zone);
            let query = search::Query::parse(&format!("@{}", text("email_domain")), &scope).expect("a query");
            vec![(Method::Post, format!("/v1/customers/search?pageSize={limit}"), Some(query.document()))]
        }
        "customer_find" => vec![get(format!("/v1/customers/externalId={}", text("external_id")))],
        "customer_get" | "customer_unmask" | "customer_update" => vec![get(format!("/v1/customers/{customer}"))],
        "customer_resolve" => {
            let ids = given["external_ids"].as_array().cloned().unwrap_or_default();
            ids.iter().map(|id| get(format!("/v1/customers/externalId={}", id.as_str().unwrap_or_default()))).collect()
        }
        "conversation_list" => vec![get(format!("/v1/customers/{customer}/conversations?pageSize={limit}"))],
        "conversation_get" => {
            let path = format!("/v1/conversations/{conversation}");
            vec![get(path.clone()), get(format!("{path}/messages?pageSize=100"))]
        }
        "conversation_add_note" => vec![get(format!("/v1/conversations/{conversation}/notes?pageSize=1"))],
        "kobject_list" => {
            vec![get(format!("/v1/customers/{customer}/klasses/{}?pageSize={limit}", text("klass")))]
        }
        "draft_whatsapp" => vec![get(format!("/v1/customers/{customer}/drafts?pageSize=1"))],
        "kobject_bulk_create" | "bulk_status" => {
            let told = call.result.as_ref().and_then(|result| result["job_id"].as_str()).unwrap_or_default();
            let with_batches = call.name.raw() == "bulk_status";
            let job = |id: &str| {
                let path = format!("/v1/bulk/{id}");
                let batches = with_batches.then(|| get(format!("{path}/batches?pageSize=100")));
                [get(path)].into_iter().chain(batches).collect::<Vec<_>>()
            };
            told.split(',').flat_map(job).collect()
        }
        other => unreachable!("{other} is in none of the cases"),
    }
}

#[tokio::test]
#[expect(clippy::print_stdout, reason = "the figures are what it is for")]
async fn what_each_case_costs_beside_the_naive_loop() {
    let resident: usize = tools::tokens(&Value::from(tools::Kit::new().wire()).to_string());
    let all: Vec<Value> = tools::all().iter().map(|tool| tool.wire()).collect();
    let every = tools::tokens(&Value::from(all).to_string());
    println!("tools resident: {resident} tokens of {every} for all {}", tools::all().len());
    assert!(resident <= RESIDENT_TOKENS && every > 5 * resident);
    println!("{:<20} {:>8} {:>8} {:>14} {:>14}", "case", "requests", "tokens", "naive requests", "naive tokens");
    for name in ["double billing", "late order", "outage, 30 tenants", "profile sync", "whatsapp draft"] {
        let (ours, naive) = (worked(name, false).await, worked(name, true).await);
        println!("{name:<20} {:>8} {:>8} {:>14} {:>14}", ours.requests, ours.tokens, naive.requests, naive.tokens);
        assert!(ours.tokens * 2 < naive.tokens, "{name}: {} is not half of {}", ours.tokens, naive.tokens);
        // Looking for tools costs a request or two; a bulk job may be polled once more or less.
        assert!(ours.requests <= naive.requests + 5, "{name}: {} and {}", ours.requests, naive.requests);
    }
}
