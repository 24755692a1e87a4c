//! Owns the resolving of many keys at once (the org's own ids, addresses, numbers) to customers, and the reading of many records
//! one beside the other.
//!
//! Searches resolve twenty keys at a time; what they do not find (too new or too old for the index, or masked in the answer)
//! is looked up one by one before it counts as unknown.

use std::collections::{HashMap, HashSet};

use futures::{StreamExt, stream};
use serde_json::{Value, json};

use super::{AT_ONCE, CRITERIA, Key, Reader};
use crate::{
    domain::CustomerId,
    kustomer::{changes::Record, lists::Search, wire},
    transport::ApiError,
};

/// What many customers are looked up by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum KeyKind {
    /// The org's own ids.
    ExternalId,
    /// E-mail addresses, in small letters.
    Email,
    /// Phone numbers, E.164.
    Phone,
}

impl KeyKind {
    fn criterion(self) -> &'static str {
        match self {
            Self::ExternalId => "customer_externalId",
            Self::Email => "customer_email",
            Self::Phone => "customer_phone",
        }
    }

    fn key(self, value: &str) -> Key<'_> {
        match self {
            Self::ExternalId => Key::ExternalId(value),
            Self::Email => Key::Email(value),
            Self::Phone => Key::Phone(value),
        }
    }

    /// The keys of one found customer that can be read; masked ones cannot.
    fn of(self, resource: wire::Resource<'_>) -> Option<Vec<(String, CustomerId)>> {
        let (list, key) = match self {
            Self::ExternalId => return wire::external_ids(resource),
            Self::Email => ("emails", "email"),
            Self::Phone => ("phones", "phone"),
        };
        let id = CustomerId::new(resource.id()?);
        let value = |item: &Value| item.get(key)?.as_str().map(str::to_lowercase);
        Some(resource.items(list).iter().filter_map(value).map(|value| (value, id.clone())).collect())
    }
}

impl Reader {
    /// Maps the org's own ids to customers, in the order given, each id once.
    pub async fn resolve_external_ids(&self, ids: &[String]) -> Result<Vec<(String, Option<CustomerId>)>, ApiError> {
        self.resolve_customers(KeyKind::ExternalId, ids).await
    }

    /// Maps keys of one kind to customers, in the order given, each key once.
    pub async fn resolve_customers(
        &self,
        kind: KeyKind,
        keys: &[String],
    ) -> Result<Vec<(String, Option<CustomerId>)>, ApiError> {
        let mut seen = HashSet::new();
        let wanted: Vec<&str> =
            keys.iter().map(|key| key.trim()).filter(|key| !key.is_empty() && seen.insert(*key)).collect();
        // Collected first: a closure over borrows inside the stream would keep this future from being sent to a task.
        let searches: Vec<_> = wanted.chunks(CRITERIA).map(|batch| self.search_keys(kind, batch)).collect();
        let found = stream::iter(searches).buffered(AT_ONCE).collect::<Vec<_>>().await;
        let mut known: HashMap<String, CustomerId> = HashMap::new();
        for batch in found {
            known.extend(batch?);
        }
        let lookups: Vec<_> = wanted.into_iter().map(|key| self.resolve(kind, key, known.get(key).cloned())).collect();
        let resolved = stream::iter(lookups).buffered(AT_ONCE).collect::<Vec<_>>().await;
        resolved.into_iter().collect()
    }

    async fn resolve(
        &self,
        kind: KeyKind,
        key: &str,
        known: Option<CustomerId>,
    ) -> Result<(String, Option<CustomerId>), ApiError> {
        let customer = match known {
            Some(customer) => Some(customer),
            None => self.customer_by(kind.key(key)).await?.filter(|c| !c.deleted).map(|customer| customer.id),
        };
        Ok((key.to_owned(), customer))
    }

    async fn search_keys(&self, kind: KeyKind, keys: &[&str]) -> Result<Vec<(String, CustomerId)>, ApiError> {
        let any: Vec<Value> = keys.iter().map(|key| json!({kind.criterion(): {"equals": key}})).collect();
        let body = json!({"queryContext": "customer", "or": any});
        let search = Search { body, limit: 100 };
        let page = self.search(search, |body| wire::decode(body, |resource| kind.of(resource))).await?;
        Ok(page.rows.into_iter().flatten().collect())
    }

    /// The records at these paths, in order, several at a time; `None` where nothing is there. A path may be a list's: its
    /// first record counts.
    pub async fn records(&self, paths: Vec<String>) -> Result<Vec<Option<Record>>, ApiError> {
        let reads: Vec<_> = paths.into_iter().map(|path| self.record_or_first(path)).collect();
        let read = stream::iter(reads).buffered(AT_ONCE).collect::<Vec<_>>().await;
        read.into_iter().collect()
    }

    async fn record_or_first(&self, path: String) -> Result<Option<Record>, ApiError> {
        if !path.contains('?') {
            return self.record(path).await;
        }
        let all = self.resources(path).await?;
        Ok(all.iter().find_map(Record::of))
    }
}
