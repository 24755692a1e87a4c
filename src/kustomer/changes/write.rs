//! Owns the builder for every operation of the table ([`super::known`]): path, body and query put together and checked
//! against what the operation takes. Sends nothing.

use serde_json::Value;

use super::{Body, Known, WishError};
use crate::kustomer::path::decoded;
use crate::{
    approval::{Change, ChangeParts, Effect, Operation, Request, Subject},
    domain::{ConversationId, CustomerId},
    kustomer::path::segment,
};

/// Records one bulk call takes (Kustomer API reference 21).
const CHUNK: usize = 100;

/// Builds a change by its label (`PATCH /v1/conversations/{id}`), the values of its path in order and its body. A bulk
/// change of more than a hundred rows becomes several calls.
///
/// # Errors
/// [`WishError`] for an operation that is not in the table, another number of values, a body of another shape, a masked
/// value in it, a customer's update that leaves the company out, a move mixed with other changes.
pub fn write(label: &str, values: &[&str], body: Option<Value>, subject: Subject) -> Result<Change, WishError> {
    let (known, path) = resolve(label, values)?;
    check(known, body.as_ref())?;
    let request = |body: Option<Value>| Request { method: known.method, path: path.clone(), body };
    let requests = match body {
        Some(Value::Array(rows)) if known.body == Body::Rows => {
            rows.chunks(CHUNK).map(|rows| request(Some(Value::from(rows)))).collect()
        }
        body => vec![request(body)],
    };
    let sends = requests.iter().filter_map(|request| request.body.as_ref()).any(sends);
    let effect = if known.effect == Effect::Draft && sends { Effect::Send } else { known.effect };
    Ok(seal(Some(known), effect, requests, subject, known.words.to_owned()))
}

/// Deletes many records by their ids in one job (`DELETE /v1/customers/bulk`).
///
/// # Errors
/// [`WishError`] for an operation that takes no ids, or no id at all.
pub fn delete_many(label: &str, values: &[&str], ids: &[String]) -> Result<Change, WishError> {
    let (known, path) = resolve(label, values)?;
    if !path.ends_with("/bulk") || known.body != Body::None {
        return Err(WishError::Operation { label: label.to_owned() });
    }
    if ids.is_empty() {
        return Err(WishError::Empty { what: "the list of ids" });
    }
    let request = |ids: &[String]| {
        let ids: Vec<String> = ids.iter().map(|id| segment(id)).collect();
        Request { method: known.method, path: format!("{path}?ids={}", ids.join(",")), body: None }
    };
    let requests = ids.chunks(CHUNK).map(request).collect();
    Ok(seal(Some(known), known.effect, requests, Subject::default(), known.words.to_owned()))
}

/// Seals requests of one operation; customer and conversation are read off the path where the subject does not name them.
pub(super) fn seal(
    known: Option<&'static Known>,
    effect: Effect,
    requests: Vec<Request>,
    mut subject: Subject,
    summary: String,
) -> Change {
    let path = requests.first().map_or("", |request| request.path.as_str());
    let (customer, conversation) = (id_after(path, "customers"), id_after(path, "conversations"));
    subject.customer = subject.customer.or(customer.map(CustomerId::new));
    subject.conversation = subject.conversation.or(conversation.map(ConversationId::new));
    let unlinks = known.is_some_and(is_customer_update) && requests.iter().any(|request| !names_company(request));
    let warnings =
        if unlinks { vec!["it leaves the company out, which unlinks the customer from it".to_owned()] } else { vec![] };
    let operation = match known {
        Some(known) if effect != Effect::Read => known.operation(),
        Some(_) | None => Operation::Other,
    };
    let count = requests.iter().map(count).sum();
    let before = Vec::new();
    Change::new(ChangeParts { effect, operation, subject, requests, count, summary, warnings, editable: None, before })
}

/// Where the record is that an operation changes: its label's path with these values, encoded.
///
/// # Errors
/// [`WishError::Operation`] for a label that is not in the table, or another number of values.
pub fn path(label: &str, values: &[&str]) -> Result<String, WishError> {
    Ok(resolve(label, values)?.1)
}

fn resolve(label: &str, values: &[&str]) -> Result<(&'static Known, String), WishError> {
    let wrong = || WishError::Operation { label: label.to_owned() };
    let known = Known::labelled(label).ok_or_else(wrong)?;
    if known.parameters().count() != values.len() || values.iter().any(|value| value.is_empty()) {
        return Err(wrong());
    }
    let path = known
        .parameters()
        .zip(values)
        .fold(known.path().to_owned(), |path, (name, value)| path.replacen(&format!("{{{name}}}"), &segment(value), 1));
    Ok((known, path))
}

fn check(known: &'static Known, body: Option<&Value>) -> Result<(), WishError> {
    let wanted = match (known.body, body) {
        (Body::None, None) | (Body::Object, Some(Value::Object(_))) => None,
        (Body::List | Body::Rows, Some(Value::Array(items))) if !items.is_empty() => None,
        (Body::None, Some(_)) => Some("no body"),
        (Body::Object, _) => Some("an object of attributes"),
        (Body::List, _) => Some("a list that is not empty"),
        (Body::Rows, _) => Some("a list of records"),
    };
    if let Some(wanted) = wanted {
        return Err(WishError::Body { label: known.label, wanted });
    }
    let Some(body) = body else { return Ok(()) };
    if let Some(field) = masked(body) {
        return Err(WishError::Masked { field });
    }
    if is_customer_update(known) && body.get("company").is_none() {
        return Err(WishError::Company);
    }
    let moves = known.label.ends_with(" /v1/conversations/{id}") && body.get("customer").is_some();
    if moves && body.as_object().is_some_and(|body| body.len() > 1) {
        return Err(WishError::Move);
    }
    references(known, body)
}

/// `_clientRef`: on all rows and each its own, or on none (Kustomer API reference 21).
fn references(known: &Known, body: &Value) -> Result<(), WishError> {
    let (Body::Rows, Some(rows)) = (known.body, body.as_array()) else { return Ok(()) };
    let mut seen = std::collections::HashSet::new();
    let given = rows.iter().filter_map(|row| row.get("_clientRef")?.as_str());
    for (index, reference) in given.enumerate() {
        if !seen.insert(reference) {
            return Err(WishError::SameReference { row: index + 1 });
        }
    }
    if seen.is_empty() || seen.len() == rows.len() { Ok(()) } else { Err(WishError::References) }
}

fn is_customer_update(known: &Known) -> bool {
    matches!(known.label, "PATCH /v1/customers/{id}" | "PUT /v1/customers/{id}")
}

fn names_company(request: &Request) -> bool {
    request.body.as_ref().is_some_and(|body| body.get("company").is_some())
}

/// The name of the first attribute that holds a mask's presentation.
pub(super) fn masked(value: &Value) -> Option<String> {
    match value {
        Value::Object(fields) if fields.get("isMasked") == Some(&Value::Bool(true)) => Some(String::new()),
        Value::Object(fields) => fields.iter().find_map(|(name, value)| {
            let inner = masked(value)?;
            Some(if inner.is_empty() { name.clone() } else { inner })
        }),
        Value::Array(items) => items.iter().find_map(masked),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => None,
    }
}

/// Whether a draft's body makes the desk send it by itself.
pub(super) fn sends(body: &Value) -> bool {
    body.get("sendAt").is_some_and(|at| !at.is_null()) || body.get("scheduled").is_some()
}

/// Records one request touches: the rows of an array, or the ids in the query. A bare list of tags is one record's.
fn count(request: &Request) -> u64 {
    let path = request.path.split('?').next().unwrap_or_default();
    let is_bulk = decoded(path).trim_end_matches('/').ends_with("/bulk");
    let rows = request.body.as_ref().and_then(Value::as_array).filter(|_| is_bulk).map_or(1, Vec::len);
    let query = request.path.split_once('?').map_or("", |(_, query)| query);
    let ids = query
        .split('&')
        .find_map(|pair| pair.strip_prefix("ids="))
        .map_or(1, |ids| decoded(ids).split(',').filter(|id| !id.is_empty()).count());
    rows.max(ids).max(1) as u64
}

fn id_after(path: &str, name: &str) -> Option<String> {
    let plain = decoded(path.split('?').next().unwrap_or_default());
    let mut parts = plain.split('/').skip_while(|part| *part != name).skip(1);
    parts.next().filter(|id| id.len() == 24 && id.bytes().all(|byte| byte.is_ascii_hexdigit())).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const ID: &str = "66a1f0c2b7d4e9001c3a5f10";

    fn on(label: &str, body: Value) -> Result<Change, WishError> {
        write(label, &[ID], Some(body), Subject::default())
    }

    #[test]
    fn a_write_is_put_together_from_its_row() {
        let change = on("PATCH /v1/conversations/{id}", json!({"status": "done"})).expect("a change");
        assert_eq!(change.requests()[0].path, format!("/v1/conversations/{ID}"));
        assert_eq!(change.subject().conversation, Some(ConversationId::new(ID)));
        assert_eq!((change.effect(), change.operation().words()), (Effect::Write, "update a conversation"));
        let change = write("PUT /v1/klasses/{name}/{id}", &["a/b", "66"], Some(json!({})), Subject::default());
        assert_eq!(change.expect("a change").requests()[0].path, "/v1/klasses/a%2Fb/66");
        let rows: Vec<Value> = (0..201).map(|n| json!({"name": format!("n{n}")})).collect();
        let change = write("POST /v1/customers/bulk", &[], Some(rows.into()), Subject::default()).expect("a change");
        assert_eq!((change.count(), change.requests().len(), change.effect()), (201, 3, Effect::Bulk));
        let change =
            delete_many("DELETE /v1/customers/bulk", &[], &["a".to_owned(), "b,c".to_owned()]).expect("a change");
        assert_eq!(change.requests()[0].path, "/v1/customers/bulk?ids=a,b%2Cc");
        let change = on("PUT /v1/drafts/{id}", json!({"channel": "email", "sendAt": "2025-03-04T15:00:00Z"}));
        assert_eq!(change.map(|change| change.effect()), Ok(Effect::Send));
    }

    #[test]
    fn what_an_operation_does_not_take_is_refused() {
        let masked = json!({"isMasked": true, "maskedPresentation": "****"});
        for (label, body, expected) in [
            ("PATCH /v1/customers/{id}", json!({"name": "x"}), WishError::Company),
            ("PATCH /v1/conversations/{id}", json!({"customer": "66", "name": "x"}), WishError::Move),
            (
                "POST /v1/conversations/{id}/tags",
                json!([]),
                WishError::Body { label: "POST /v1/conversations/{id}/tags", wanted: "a list that is not empty" },
            ),
            (
                "PATCH /v1/messages/{id}",
                json!({"custom": {"nationalIdStr": masked}}),
                WishError::Masked { field: "nationalIdStr".to_owned() },
            ),
            ("PATCH /v1/nothing/{id}", json!({}), WishError::Operation { label: "PATCH /v1/nothing/{id}".to_owned() }),
        ] {
            assert_eq!(on(label, body), Err(expected));
        }
        let rows = |rows: Value| write("POST /v1/notes/bulk", &[], Some(rows), Subject::default()).map(|_| ());
        assert_eq!(rows(json!([{"_clientRef": "a"}, {}])), Err(WishError::References));
        assert_eq!(rows(json!([{"_clientRef": "a"}, {"_clientRef": "a"}])), Err(WishError::SameReference { row: 2 }));
        assert_eq!(rows(json!([{"_clientRef": "a"}, {"_clientRef": "b"}])), Ok(()));
    }
}
