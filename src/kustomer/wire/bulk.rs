//! Owns the reading of bulk jobs and their batches (Kustomer API reference 21; the container of `/batches` is unverified,
//! so a bare array, an enveloped one, and items with or without `attributes` are all taken).

use serde_json::Value;

use super::{items, number, single, words};
use crate::domain::{Batch, BulkId, BulkJob, BulkStatus, ItemResult, Text};

/// Reads the job, without its batches; `None` when it has no id.
pub(in crate::kustomer) fn job(body: &Value) -> Option<BulkJob> {
    let r = single(body)?;
    let completed = r.flag("completed");
    Some(BulkJob {
        id: BulkId::new(r.id()?),
        status: BulkStatus::parse(r.literal("status").unwrap_or(if completed { "complete" } else { "queued" })),
        batches_done: r.count("batches/complete"),
        batches_total: r.count("batches/total"),
        batches: Vec::new(),
    })
}

/// Reads the batches.
pub(in crate::kustomer) fn batches(body: &Value) -> Vec<Batch> {
    let container = body.get("data").or_else(|| body.get("batches")).unwrap_or(body);
    items(container)
        .iter()
        .map(|item| item.get("attributes").unwrap_or(item))
        .filter(|b| b.is_object())
        .map(batch)
        .collect()
}

fn batch(value: &Value) -> Batch {
    let count = |key| value.get(key).and_then(number).map_or(0, |n| n as u64);
    let of = |key| items(value.get(key).unwrap_or(&Value::Null));
    Batch {
        status: BulkStatus::parse(value.get("status").and_then(Value::as_str).unwrap_or("queued")),
        succeeded: count("successCount"),
        failed: count("failureCount"),
        results: of("results").iter().filter_map(result).collect(),
        errors: of("errors").iter().map(reason).collect(),
    }
}

fn result(value: &Value) -> Option<ItemResult> {
    let failed = value.get("status").and_then(Value::as_str) == Some("error");
    let error = value.get("error").filter(|error| !error.is_null()).map(reason);
    Some(ItemResult {
        client_ref: value.get("_clientRef")?.as_str()?.to_owned(),
        object_id: value.get("objectId").and_then(Value::as_str).map(str::to_owned),
        error: error.or_else(|| failed.then(|| Text::from("the desk gave no reason"))),
    })
}

/// An error is a string, or an object with words in it.
fn reason(value: &Value) -> Text {
    words(value)
        .or_else(|| ["message", "detail", "title"].iter().find_map(|key| words(value.get(key)?)))
        .unwrap_or_else(|| Text::new(value.to_string()))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_job_and_its_batches_are_read() {
        let body = json!({"data": {"type": "bulk", "id": "66aa", "attributes": {"status": "running",
            "batches": {"complete": 1, "total": 2}, "completed": false}}});
        let expected = BulkJob {
            id: BulkId::new("66aa"),
            status: BulkStatus::Running,
            batches_done: 1,
            batches_total: 2,
            batches: vec![],
        };
        assert_eq!(job(&body), Some(expected));
        let batch = json!({"status": "complete", "successCount": 1, "failureCount": 1, "errors": ["x", {"title": "y"}],
            "results": [{"_clientRef": "row-1", "objectId": "66ab", "status": "created"},
                        {"_clientRef": "row-2", "status": "error", "error": "duplicate detected"},
                        {"_clientRef": "row-3", "status": "error"}, {"status": "created"}]});
        let item = |client_ref: &str, object: Option<&str>, error: Option<&str>| ItemResult {
            client_ref: client_ref.into(),
            object_id: object.map(str::to_owned),
            error: error.map(Text::from),
        };
        let expected = vec![Batch {
            status: BulkStatus::Complete,
            succeeded: 1,
            failed: 1,
            results: vec![
                item("row-1", Some("66ab"), None),
                item("row-2", None, Some("duplicate detected")),
                item("row-3", None, Some("the desk gave no reason")),
            ],
            errors: vec!["x".into(), "y".into()],
        }];
        for container in [json!({"data": [batch]}), json!([batch]), json!({"data": [{"id": "b", "attributes": batch}]})]
        {
            assert_eq!(batches(&container), expected);
        }
    }
}
