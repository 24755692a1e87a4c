//! Owns the reads of published tools that no tool of our own makes: asked of the desk as they were put together, told record by
//! record as our own tools tell such records. Sends nothing that changes.

use serde_json::{Map, Value};

use super::Outside;
use crate::{
    approval::{Change, ChangeParts, Effect, Operation, Request, Subject},
    connect::truto::Offer,
    kustomer::{Answered, Seen},
    tools::{
        Cx, ToolError,
        answer::{self, Shown, list, map, maybe, own},
        conversations, customers, kobjects,
        looks::rows,
    },
};

/// Rows of a list, unless another number is asked for.
const ROWS: u64 = 25;

/// Asks and tells.
pub(super) async fn look(
    offer: &Offer,
    tool: &Outside,
    mut arguments: Map<String, Value>,
    cx: &Cx,
) -> Result<Shown, ToolError> {
    let published = &tool.origin().tool;
    if offer.get(published).is_some_and(|tool| tool.method == "list") {
        let limit = arguments.remove("limit").unwrap_or_else(|| ROWS.into());
        arguments.insert("pageSize".to_owned(), limit);
    }
    let wanted = offer.wanted(published, arguments).map_err(ToolError::Arguments)?;
    let read = Change::new(ChangeParts {
        effect: Effect::Read,
        operation: Operation::Other,
        subject: Subject::default(),
        requests: vec![Request { method: wanted.method, path: wanted.path, body: wanted.body }],
        count: 1,
        summary: String::new(),
        warnings: Vec::new(),
        editable: None,
        before: Vec::new(),
    });
    // Held to what only reads once more: the reader takes nothing else.
    let body = cx.reader.raw(&read, Vec::new()).await?.body;
    let seen = cx.reader.seen(&body).await;
    Ok(told(seen, body, cx))
}

/// An answer record by record; what is no record is told as it is.
pub(in crate::tools::outside) fn told(seen: Answered, body: Value, cx: &Cx) -> Shown {
    let Some(records) = seen.records else { return map([("answer", Shown::Json(body))]) };
    let (one, many) = names(records.first());
    if !seen.is_list {
        let record = records.into_iter().next().map_or(Shown::Absent, |record| row(&record, true, cx));
        return map([(one, record)]);
    }
    map([
        (many, list(records.iter(), |record| row(record, false, cx))),
        ("total", maybe(seen.total, own)),
        ("note", maybe(seen.more.then_some("more exist than are listed"), own)),
    ])
}

/// What records of a kind are called, one and many.
fn names(first: Option<&Seen>) -> (&'static str, &'static str) {
    match first {
        Some(Seen::Customer(_)) => ("customer", "customers"),
        Some(Seen::Conversation(_)) => ("conversation", "conversations"),
        Some(Seen::Message(_)) => ("message", "messages"),
        Some(Seen::Note(_)) => ("note", "notes"),
        Some(Seen::Draft(_)) => ("draft", "drafts"),
        Some(Seen::Kobject(_)) => ("kobject", "kobjects"),
        Some(Seen::Company(_)) => ("company", "companies"),
        Some(Seen::Other(_)) | None => ("record", "records"),
    }
}

fn row(record: &Seen, whole: bool, cx: &Cx) -> Shown {
    match record {
        Seen::Customer(customer) if whole => customers::whole(customer, cx),
        Seen::Customer(customer) => customers::summary(customer),
        Seen::Conversation(conversation) => conversations::row_of(conversation, cx),
        Seen::Message(message) => conversations::message_of(message, answer::TEXT),
        Seen::Note(note) => rows::note(note),
        Seen::Draft(draft) => rows::draft(draft),
        Seen::Kobject(kobject) => kobjects::row_of(kobject),
        Seen::Company(company) => rows::company(company),
        Seen::Other(value) => Shown::Json(value.clone()),
    }
}
