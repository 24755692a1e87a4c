//! Owns what the reader learns of an org's own schema: klasses, metadata, which attributes are sensitive; and the KObjects
//! that can only be read with it.
//!
//! Invariant: a record with custom attributes is never decoded before it was asked which of them are sensitive.

use std::{
    collections::HashMap,
    sync::{Arc, MutexGuard, PoisonError},
};

use futures::{StreamExt, stream};
use serde_json::Value;

use super::{AT_ONCE, PAGES, Page, Reader, or_none, or_nothing};
use crate::{
    domain::{Attribute, CustomerId, Klass, KlassName, Kobject, KobjectId},
    kustomer::{
        export::Veil,
        lists::List,
        path::segment,
        wire::{self, Decoded, Sensitivity},
    },
    transport::{ApiError, ErrorKind},
};

/// What was learned of the org's schema in this sitting.
#[derive(Debug, Default)]
pub(super) struct Schema {
    /// By metadata resource: `customer`, `kobject.order`.
    sensitivity: HashMap<String, Arc<Sensitivity>>,
    klasses: Option<Vec<KlassName>>,
    /// What is covered in records of a resource that a card shows.
    veils: HashMap<String, Arc<Veil>>,
}

impl Reader {
    /// The org's klasses with their columns, read anew.
    pub async fn klasses(&self) -> Result<Vec<Klass>, ApiError> {
        let path = "/v1/klasses?pageSize=100".to_owned();
        let mut klasses = self.rows("GET /v1/klasses", path, wire::klass).await?;
        // Collected first: a closure over borrows inside the stream would keep this future from being sent to a task.
        let reads: Vec<_> = klasses.iter().map(|klass| self.klass_attributes(&klass.name)).collect();
        let attributes = stream::iter(reads).buffered(AT_ONCE).collect::<Vec<_>>().await;
        for (klass, attributes) in klasses.iter_mut().zip(attributes) {
            klass.attributes = attributes?;
        }
        self.schema().klasses = Some(klasses.iter().map(|klass| klass.name.clone()).collect());
        Ok(klasses)
    }

    /// The columns of one klass; none when the key may not read metadata.
    async fn klass_attributes(&self, name: &KlassName) -> Result<Vec<Attribute>, ApiError> {
        or_nothing(self.metadata(&format!("kobject.{name}")).await)
    }

    /// One klass by name, with its columns.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`] when the org has no such klass.
    pub async fn klass(&self, name: &KlassName) -> Result<Klass, ApiError> {
        let path = "/v1/klasses?pageSize=100".to_owned();
        let klasses = self.rows("GET /v1/klasses", path, wire::klass).await?;
        let missing = || ApiError::new(ErrorKind::NotFound, "GET /v1/klasses").with_cause("no klass of this name");
        let mut klass = klasses.into_iter().find(|klass| klass.name == *name).ok_or_else(missing)?;
        klass.attributes = self.klass_attributes(name).await?;
        Ok(klass)
    }

    /// The names of the org's klasses, as known in this sitting.
    pub(in crate::kustomer) async fn klass_names(&self) -> Result<Vec<KlassName>, ApiError> {
        let known = self.schema().klasses.clone();
        match known {
            Some(names) => Ok(names),
            None => Ok(self.klasses().await?.into_iter().map(|klass| klass.name).collect()),
        }
    }

    /// A metadata resource as the desk has it.
    pub(in crate::kustomer) async fn described(&self, resource: &str) -> Result<Value, ApiError> {
        self.get("GET /v1/metadata/{resource}", format!("/v1/metadata/{}", segment(resource))).await
    }

    /// The attributes of a metadata resource (`customer`, `kobject.order`).
    pub async fn metadata(&self, resource: &str) -> Result<Vec<Attribute>, ApiError> {
        let attributes = wire::attributes(&self.described(resource).await?);
        self.schema().sensitivity.insert(resource.to_owned(), Arc::new(Sensitivity::described(&attributes)));
        Ok(attributes)
    }

    /// Which attributes of a resource are sensitive, asked once a sitting. When the desk does not tell, nothing is
    /// remembered and everything that looks personal counts.
    pub(in crate::kustomer) async fn sensitivity(&self, resource: &str) -> Arc<Sensitivity> {
        let known = || self.schema().sensitivity.get(resource).cloned();
        if let Some(known) = known() {
            return known;
        }
        match self.metadata(resource).await {
            Ok(_) => known().unwrap_or_else(|| Arc::new(Sensitivity::unknown())),
            Err(error) => {
                tracing::warn!(%error, "sensitive attributes are not known; values that look personal are kept back");
                let unknown = Arc::new(Sensitivity::unknown());
                if matches!(error.kind(), ErrorKind::Forbidden | ErrorKind::NotFound) {
                    self.schema().sensitivity.insert(resource.to_owned(), Arc::clone(&unknown));
                }
                unknown
            }
        }
    }

    /// What of a resource's records a card may not show in the clear, asked once a sitting; when the desk does not tell,
    /// what is likely sensitive counts as it.
    pub(super) async fn covers(&self, resource: &str) -> Arc<Veil> {
        if let Some(known) = self.schema().veils.get(resource) {
            return Arc::clone(known);
        }
        let (own, customer) = futures::future::join(self.described(resource), self.described("customer")).await;
        let veil = Arc::new(Veil::of(own.as_ref().ok(), customer.as_ref().ok()));
        if own.is_ok() && customer.is_ok() {
            self.schema().veils.insert(resource.to_owned(), Arc::clone(&veil));
        }
        veil
    }

    fn schema(&self) -> MutexGuard<'_, Schema> {
        self.schema.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// One page (from 1) of a klass's KObjects.
    pub async fn kobjects(&self, klass: &KlassName, page: u32) -> Result<Page<Kobject>, ApiError> {
        let path = format!("/v1/klasses/{}?page={}&pageSize=100", segment(klass.as_str()), page.max(1));
        self.kobject_list("GET /v1/klasses/{name}", path, klass, 1).await
    }

    /// A customer's KObjects of one klass.
    pub async fn kobjects_of(&self, customer: &CustomerId, klass: &KlassName) -> Result<Vec<Kobject>, ApiError> {
        let (customer, name) = (segment(customer.as_str()), segment(klass.as_str()));
        let path = format!("/v1/customers/{customer}/klasses/{name}?pageSize=100");
        Ok(self.kobject_list("GET /v1/customers/{id}/klasses/{name}", path, klass, PAGES).await?.rows)
    }

    async fn kobject_list(
        &self,
        label: &'static str,
        path: String,
        klass: &KlassName,
        pages: usize,
    ) -> Result<Page<Kobject>, ApiError> {
        let sensitivity = self.sensitivity(&format!("kobject.{klass}")).await;
        let read = |body: &Value| -> Decoded<Kobject> {
            wire::decode(body, |r| self.known_kobject(wire::kobject(r, Some(klass), &sensitivity)))
        };
        self.list(List { label, path, pages }, read).await
    }

    /// One KObject of a klass by its id.
    pub async fn kobject(&self, klass: &KlassName, id: &KobjectId) -> Result<Kobject, ApiError> {
        let sensitivity = self.sensitivity(&format!("kobject.{klass}")).await;
        let path = format!("/v1/klasses/{}/{}", segment(klass.as_str()), segment(id.as_str()));
        let read = |r: wire::Resource<'_>| self.known_kobject(wire::kobject(r, Some(klass), &sensitivity));
        self.one("GET /v1/klasses/{name}/{id}", path, read).await
    }

    /// The KObject of a klass with the org's own id; `None` when there is none.
    pub async fn kobject_by_external_id(&self, klass: &KlassName, id: &str) -> Result<Option<Kobject>, ApiError> {
        const LABEL: &str = "GET /v1/klasses/{name}/externalId={externalId}";
        let sensitivity = self.sensitivity(&format!("kobject.{klass}")).await;
        let path = format!("/v1/klasses/{}/externalId={}", segment(klass.as_str()), segment(id));
        let read = |r: wire::Resource<'_>| self.known_kobject(wire::kobject(r, Some(klass), &sensitivity));
        or_none(self.one(LABEL, path, read).await)
    }
}
