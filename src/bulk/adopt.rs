//! Owns the making of a plan out of a bulk change that was proposed with its requests in memory (an assistant's, a person's
//! own request), so that it runs as any other does. The bytes stay those that were approved; a change the engine could not
//! answer for (no references, nothing to find a record by) is left to the writer.

use jiff::Timestamp;
use serde_json::Value;

use super::{Drafting, Plan, PlanError, PlanId, PlannedRow, Resource, Verb, plan::Wired};
use crate::{
    approval::{Change, Request, wire},
    store::Store,
    transport::Method,
};

/// A bulk change as rows, one list a request.
pub(super) struct Adopted {
    resource: Resource,
    batches: Vec<Vec<PlannedRow>>,
}

/// The rows of a change; `None` where it is not one the engine can run.
pub(super) fn read(change: &Change) -> Option<Adopted> {
    let resource = Resource::at(&change.requests().first()?.path)?;
    let mut number = 0;
    let mut batches = Vec::new();
    for request in change.requests() {
        let rows = rows(request, &resource, &mut number)?;
        let verb = rows.first()?.verb;
        let again = Wired::of(&resource, verb, &rows).digest();
        if again != wire(request.method, &request.path, request.bytes().as_deref()) {
            return None;
        }
        batches.push(rows);
    }
    Some(Adopted { resource, batches })
}

fn rows(request: &Request, resource: &Resource, number: &mut u64) -> Option<Vec<PlannedRow>> {
    let verb = match request.method {
        Method::Post => Verb::Create,
        Method::Put => Verb::Update,
        Method::Get | Method::Patch | Method::Delete => return None,
    };
    if request.path != resource.bulk_path() {
        return None;
    }
    request.body.as_ref()?.as_array()?.iter().map(|item| row(item, verb, number)).collect()
}

fn row(item: &Value, verb: Verb, number: &mut u64) -> Option<PlannedRow> {
    let mut body = item.as_object()?.clone();
    let mut words = |name: &str| match body.remove(name) {
        Some(Value::String(words)) => Some(words),
        _ => None,
    };
    let reference = words("_clientRef")?;
    *number += 1;
    let (id, external_id, rev) = match verb {
        Verb::Create => (None, Some(words("externalId")?), None),
        Verb::Update | Verb::Delete => (Some(words("id")?), None, body.remove("rev").map(|rev| rev.as_u64())),
    };
    let rev = match rev {
        Some(None) => return None,
        Some(rev) => rev,
        None => None,
    };
    Some(PlannedRow {
        number: *number,
        reference,
        verb,
        id,
        external_id,
        body,
        before: serde_json::Map::new(),
        masked: Vec::new(),
        rev,
    })
}

/// The rows on disk, in the very batches that were approved.
pub(super) fn draft(
    adopted: &Adopted,
    change: &Change,
    store: &Store,
    org: &str,
    now: Timestamp,
) -> Result<Plan, PlanError> {
    let seal = store.seal().ok_or(PlanError::NoKey)?;
    let mut drafting = Drafting::begin(
        &store.jobs_folder(),
        seal,
        org,
        PlanId::new(),
        adopted.resource.clone(),
        change.operation().words(),
        now,
    )?;
    drafting.titled(change.summary());
    for batch in &adopted.batches {
        batch.iter().try_for_each(|row| drafting.take(row.clone()))?;
        drafting.cut()?;
    }
    change.warnings().iter().for_each(|words| drafting.warn(words.clone()));
    drafting.finish()
}
