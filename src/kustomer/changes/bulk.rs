//! Owns the creation of many KObjects in one change (Kustomer API reference 18, 21): split into calls of at most a
//! hundred, each row with a reference under which its result comes back.

use std::collections::HashSet;

use serde_json::{Map, Value, json};

use super::{WishError, check, fits};
use crate::{
    approval::{Change, ChangeParts, Effect, Operation, Request, Subject},
    domain::{CustomerId, KlassName},
    kustomer::path::segment,
    transport::Method,
};

/// Items one bulk call takes.
const CHUNK: usize = 100;

/// One KObject to create.
#[derive(Clone, PartialEq)]
pub struct NewKobject {
    /// What the row is called in results: unique in the job, 1 to 255 characters.
    pub reference: String,
    /// Its title.
    pub title: String,
    /// The org's own id for it. A deterministic one makes a lost answer findable and a second try harmless.
    pub external_id: Option<String>,
    /// The customer it belongs to.
    pub customer: Option<CustomerId>,
    /// Custom attributes.
    pub custom: Map<String, Value>,
}

/// Creates KObjects of one klass. `warnings` is what the person should know about the list ("12 of 200 ids are unknown
/// and left out").
///
/// # Errors
/// [`WishError`] for no rows, a doubled reference, an empty or too long title, a value that does not fit its suffix.
pub fn create_kobjects(klass: &KlassName, items: Vec<NewKobject>, warnings: Vec<String>) -> Result<Change, WishError> {
    if items.is_empty() {
        return Err(WishError::Empty { what: "the list" });
    }
    let mut references = HashSet::new();
    let mut rows = Vec::with_capacity(items.len());
    for (index, item) in items.into_iter().enumerate() {
        check("a reference", &item.reference, Some(255))?;
        if !references.insert(item.reference.clone()) {
            return Err(WishError::SameReference { row: index + 1 });
        }
        rows.push(row(item)?);
    }
    let path = format!("/v1/klasses/{}/bulk", segment(klass.as_str()));
    let request =
        |rows: &[Value]| Request { method: Method::Post, path: path.clone(), body: Some(Value::Array(rows.to_vec())) };
    Ok(Change::new(ChangeParts {
        effect: Effect::Bulk,
        operation: Operation::CreateKobjects,
        subject: Subject::default(),
        requests: rows.chunks(CHUNK).map(request).collect(),
        count: rows.len() as u64,
        summary: format!("create {} KObjects of klass {klass}", rows.len()),
        warnings,
        editable: None,
        before: Vec::new(),
    }))
}

fn row(item: NewKobject) -> Result<Value, WishError> {
    check("a title", &item.title, Some(256))?;
    if let Some((field, _)) = item.custom.iter().find(|(name, value)| !fits(name, value)) {
        return Err(WishError::Attribute { field: field.clone() });
    }
    let mut row = Map::new();
    row.insert("_clientRef".into(), json!(item.reference));
    row.insert("title".into(), json!(item.title));
    if let Some(id) = item.external_id {
        check("an external id", &id, Some(256))?;
        row.insert("externalId".into(), json!(id));
    }
    if let Some(customer) = item.customer {
        row.insert("customer".into(), json!(customer));
    }
    if !item.custom.is_empty() {
        row.insert("custom".into(), Value::Object(item.custom));
    }
    Ok(Value::Object(row))
}

#[cfg(test)]
mod tests {
    use super::{super::tests::row as item, *};

    #[test]
    fn two_hundred_and_one_rows_are_three_calls_of_one_change() {
        let klass = KlassName::new("service_outage");
        let change = create_kobjects(&klass, (1..=201).map(item).collect(), vec![]).expect("a change");
        let sizes: Vec<usize> = change
            .requests()
            .iter()
            .map(|request| request.body.as_ref().and_then(Value::as_array).map_or(0, Vec::len))
            .collect();
        assert_eq!((change.count(), sizes), (201, vec![100, 100, 1]));
        let first = change.requests()[0].body.as_ref().and_then(|body| body.get(0));
        let expected = json!({"_clientRef": "tenant-1", "title": "Outage EU-West", "externalId": "inc-7:tenant-1",
            "customer": "66c1"});
        assert_eq!(first, Some(&expected));
    }

    #[test]
    fn rows_that_could_not_be_told_apart_or_stored_are_refused() {
        let klass = KlassName::new("service_outage");
        let twice = create_kobjects(&klass, vec![item(1), item(1)], vec![]);
        assert_eq!(twice, Err(WishError::SameReference { row: 2 }));
        let mut odd = item(1);
        odd.custom.insert("severity".to_owned(), json!("high"));
        let odd = create_kobjects(&klass, vec![odd], vec![]);
        assert_eq!(odd, Err(WishError::Attribute { field: "severity".to_owned() }));
        assert_eq!(create_kobjects(&klass, vec![], vec![]), Err(WishError::Empty { what: "the list" }));
    }
}
