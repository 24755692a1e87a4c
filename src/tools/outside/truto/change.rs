//! Owns the changes of published tools that no tool of our own makes: the desk's own call where our table knows it, with all of
//! the desk's rules for it, else the method of the resource as the account describes it. Sends nothing.

use serde_json::{Map, Value};

use super::Outside;
use crate::{
    approval::{Change, ChangeParts, Effect, Operation, Request, Subject},
    connect::truto::{Offer, Reviewed, Wanted},
    domain::{ConversationId, CustomerId, KlassName},
    kustomer::changes::{self, Known, NewKobject},
    tools::{Cx, ToolError, fingerprint, klass},
    transport::Method,
};

/// Updates of a record that is read first, so that the card shows what is there and a change made meanwhile is a conflict.
const UPDATES: [&str; 5] = [
    "PATCH /v1/customers/{id}",
    "PUT /v1/customers/{id}",
    "PATCH /v1/conversations/{id}",
    "PUT /v1/conversations/{id}",
    "PUT /v1/klasses/{name}/{id}",
];
const BULK_CREATE: &str = "POST /v1/klasses/{name}/bulk";
/// What a row of it is made of.
const ROW: [&str; 5] = ["_clientRef", "title", "externalId", "customer", "custom"];

/// Whose record a call changes, where its arguments say: by themselves, or by their conversation.
pub(in crate::tools::outside) async fn whose(
    tool: &Outside,
    arguments: &Map<String, Value>,
    cx: &Cx,
) -> Option<CustomerId> {
    let word = |name: &str| arguments.get(name)?.as_str();
    let path = Reviewed::of(&tool.origin().tool).map_or("", |reviewed| reviewed.call().1);
    let of_id = |start: &str| word("id").filter(|_| path.starts_with(start));
    if let Some(customer) = word("customer_id").or_else(|| of_id("/v1/customers/{id}")) {
        return Some(CustomerId::new(customer));
    }
    let conversation = word("conversation_id").or_else(|| of_id("/v1/conversations/{id}"))?;
    cx.reader.conversation(&ConversationId::new(conversation)).await.ok()?.customer
}

/// The change a call is.
pub(super) async fn change(
    offer: &Offer,
    tool: &Outside,
    arguments: Map<String, Value>,
    cx: &Cx,
) -> Result<Change, ToolError> {
    let wanted = offer.wanted(&tool.origin().tool, arguments).map_err(ToolError::Arguments)?;
    if Reviewed::of(&tool.origin().tool).is_none() {
        return Ok(by_name(tool, wanted));
    }
    let Some((known, values)) = Known::of(wanted.method, &wanted.path) else {
        return Ok(changes::raw(wanted.method, &wanted.path, wanted.body)?);
    };
    if UPDATES.contains(&known.label) {
        let edits = wanted.body.and_then(|body| if let Value::Object(edits) = body { Some(edits) } else { None });
        let record = cx.reader.record(wanted.path).await?.ok_or(ToolError::NotFound { what: "record" })?;
        return Ok(changes::update(&record, edits.unwrap_or_default())?);
    }
    if let (BULK_CREATE, [name], Some(rows)) = (known.label, values.as_slice(), rows(wanted.body.as_ref())) {
        return bulk(&KlassName::new(name.as_str()), rows, cx).await;
    }
    let values: Vec<&str> = values.iter().map(String::as_str).collect();
    Ok(changes::write(known.label, &values, wanted.body, Subject::default())?)
}

/// A call by resource and method alone: nobody reviewed what it does, so nothing is known of it but its words.
fn by_name(tool: &Outside, wanted: Wanted) -> Change {
    let effect = if wanted.method == Method::Delete { Effect::Delete } else { tool.effect().max(Effect::Write) };
    Change::new(ChangeParts {
        effect,
        operation: Operation::Other,
        subject: Subject::default(),
        requests: vec![Request { method: wanted.method, path: wanted.path, body: wanted.body }],
        count: 1,
        summary: "call a tool at Truto that nobody reviewed".to_owned(),
        warnings: vec!["What this does was not reviewed: only its own words say it.".to_owned()],
        editable: None,
        before: Vec::new(),
    })
}

/// The rows of a bulk creation, where each is made of nothing but what is known.
fn rows(body: Option<&Value>) -> Option<Vec<&Map<String, Value>>> {
    let rows: Option<Vec<_>> = body?.as_array()?.iter().map(Value::as_object).collect();
    rows.filter(|rows| rows.iter().all(|row| row.keys().all(|name| ROW.contains(&name.as_str()))))
}

/// Records of a klass, each under a reference; an external id of our own makes a lost answer findable and a second try harmless.
async fn bulk(name: &KlassName, rows: Vec<&Map<String, Value>>, cx: &Cx) -> Result<Change, ToolError> {
    let klass = klass::read(name, cx).await?;
    let mut items = Vec::with_capacity(rows.len());
    for (at, row) in rows.into_iter().enumerate() {
        let word = |name: &str| row.get(name).and_then(Value::as_str).map(str::to_owned);
        let custom = row.get("custom").and_then(Value::as_object).cloned().unwrap_or_default();
        klass::check(&klass, &custom)?;
        let title = word("title").unwrap_or_default();
        let reference = word("_clientRef").or_else(|| word("externalId")).unwrap_or_else(|| format!("row-{}", at + 1));
        let ours = || {
            let incident = fingerprint(&[klass.name.as_str(), &title, &Value::Object(custom.clone()).to_string()]);
            format!("sd-{incident}-{reference}")
        };
        items.push(NewKobject {
            external_id: Some(word("externalId").unwrap_or_else(ours)),
            reference: reference.clone(),
            title: title.clone(),
            customer: word("customer").map(CustomerId::new),
            custom,
        });
    }
    Ok(changes::create_kobjects(&klass.name, items, Vec::new())?)
}
