//! Owns what is particular to a server whose tools a person says are Truto's: its answers are the desk's own records, and are
//! told as our own tools tell such records, so that a mask or an open window means the same over every road. What its tools do
//! to the world is the reviewed table's word (`mcp`).

use futures::{FutureExt, future::BoxFuture};
use serde_json::{Map, Value};

use crate::{
    approval::{Change, Effect},
    connect::{mcp, truto},
    domain::Text,
    kustomer::Receipt,
    tools::{
        Cx, ToolError,
        answer::{Shown, map, own, time},
        customers,
        outside::{Filled, Outside, Told, truto as published},
    },
};

/// The longest id.
const ID: usize = 64;

/// What it published reads, record by record. What failed is a refusal in its own words.
pub(super) async fn read(told: &mcp::Told, cx: &Cx) -> Result<Told, ToolError> {
    if told.is_error {
        let words = super::mcp::words(told);
        return Err(ToolError::Source(format!("the tool says that it failed: {}", words.raw())));
    }
    // What cannot be read as records could hold what a mask is for: it is not told.
    let unread = || ToolError::Source("its answer cannot be read as the desk's records; ask for less".to_owned());
    let body = told.data().ok_or_else(unread)?;
    let body = truto::page(body);
    let seen = cx.reader.seen(&body).await;
    if seen.records.is_none() {
        return Err(unread());
    }
    Ok(Told(published::told(seen, body, cx)))
}

/// The arguments of a change: placeholders are filled with values of the customer it is for, and the reason for the card is ours.
pub(super) fn filled<'a>(
    tool: &'a Outside,
    mut arguments: Map<String, Value>,
    cx: &'a Cx,
) -> BoxFuture<'a, Result<Filled, ToolError>> {
    async move {
        let whose = published::whose(tool, &arguments, cx).await;
        let reason = published::has_our_reason(tool).then(|| arguments.remove(published::REASON.name)).flatten();
        let arguments = tool.schema().filled_for(arguments, whose.as_ref(), &cx.vault)?;
        let reason = Text::from(reason.as_ref().and_then(Value::as_str).unwrap_or_default());
        Ok(Filled { arguments, reason })
    }
    .boxed()
}

/// What is told of a change: what it made, by id; of an opened window whose values can be seen now, as placeholders. Never the
/// answer itself, which may hold what only the person may see.
pub(super) async fn done(change: &Change, receipt: &Receipt, cx: &Cx) -> Told {
    let opened = change.subject().customer.as_ref().filter(|_| change.effect() == Effect::Unmask);
    if let Some(id) = opened
        && let Ok(customer) = cx.reader.customer(id).await
    {
        let until = customer.window.as_ref().and_then(|window| window.end);
        let whole = customers::whole(&customer, cx);
        return Told(map([("status", own("done")), ("customer", whole), ("until", time(until))]));
    }
    let parts = receipt.answers.first().and_then(|kept| kept["parts"].as_array().cloned()).unwrap_or_default();
    let text = parts.first().and_then(|part| part["text"].as_str()).unwrap_or_default();
    let body: Value = serde_json::from_str(text).unwrap_or_default();
    let made = |pointer: &str| body.pointer(pointer).and_then(Value::as_str).map(str::to_owned);
    let is_job = made("/data/type").as_deref() == Some("bulk");
    let id = made("/data/id").or_else(|| made("/id"));
    let name = if is_job { "job_id" } else { "id" };
    let status = own(if is_job { "started" } else { "done" });
    Told(map([("status", status), (name, id.map_or(Shown::Absent, |id| Shown::Words(id, ID)))]))
}
