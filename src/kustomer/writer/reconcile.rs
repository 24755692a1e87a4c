//! Owns finding out, by reading, whether a write whose answer got lost took effect. Sends no write.
//!
//! Invariant: only what is found counts. Not finding it proves nothing (the request may still be under way), so it stays
//! unclear and a person decides.

use std::time::Duration;

use serde_json::Value;

use super::Writer;
use crate::{
    approval::{Change, Operation, Request},
    domain::{CustomerId, KlassName},
    transport::ApiError,
};

/// Proof that it took effect, with the id of what it made where that was told.
pub(super) struct Found {
    pub object: Option<String>,
}

/// Looks taken, and the pause between them: an asynchronous desk may be a moment behind.
const LOOKS: u32 = 3;
const PAUSE: Duration = Duration::from_millis(700);

impl Writer {
    /// Looks for the effect of one request of a change.
    pub(super) async fn reconcile(&self, change: &Change, request: &Request) -> Option<Found> {
        for look in 0..LOOKS {
            if look > 0 {
                self.reader.clock().sleep(PAUSE).await;
            }
            match self.look(change, request).await {
                Ok(Some(found)) => return Some(found),
                Ok(None) => {}
                Err(error) => {
                    tracing::warn!(%error, "an unclear write could not be looked up");
                    return None;
                }
            }
        }
        None
    }

    async fn look(&self, change: &Change, request: &Request) -> Result<Option<Found>, ApiError> {
        let subject = change.subject();
        let field = |name: &str| request.body.as_ref().and_then(|body| body.get(name)?.as_str());
        match (change.operation(), &subject.customer, &subject.conversation) {
            (Operation::OpenWindow, Some(customer), _) => {
                let window = self.reader.customer(customer).await?.window;
                let open = window.is_some_and(|window| window.is_open(self.reader.clock().now()));
                Ok(open.then_some(Found { object: None }))
            }
            (Operation::AddNote, _, Some(conversation)) => {
                let Some(reference) = field("externalId") else { return Ok(None) };
                let notes = self.reader.notes_of(conversation).await?;
                let mut ours = notes.iter().filter(|n| n.external_id.as_ref().is_some_and(|id| id.raw() == reference));
                Ok(ours.next().map(|note| Found { object: Some(note.id.to_string()) }))
            }
            (Operation::CreateDraft, Some(customer), _) => self.look_for_draft(change, customer, field("body")).await,
            (Operation::UpdateCustomer, Some(customer), _) => self.look_for_update(customer, request).await,
            (Operation::CreateKobjects, ..) => self.look_for_kobject(request).await,
            (
                Operation::OpenWindow
                | Operation::AddNote
                | Operation::CreateDraft
                | Operation::UpdateCustomer
                | Operation::Other,
                ..,
            ) => Ok(None),
        }
    }

    /// A draft has no reference of ours; one with the same words, channel and conversation is the one that was wanted.
    async fn look_for_draft(
        &self,
        change: &Change,
        customer: &CustomerId,
        body: Option<&str>,
    ) -> Result<Option<Found>, ApiError> {
        let subject = change.subject();
        let drafts = self.reader.drafts_of(customer).await?;
        let newest = drafts
            .iter()
            .filter(|draft| Some(draft.body.raw()) == body && Some(&draft.channel) == subject.channel.as_ref())
            .filter(|draft| draft.conversation == subject.conversation)
            .max_by_key(|draft| draft.at);
        Ok(newest.map(|draft| Found { object: Some(draft.id.to_string()) }))
    }

    /// An update took effect when every attribute it set now has that value.
    async fn look_for_update(&self, customer: &CustomerId, request: &Request) -> Result<Option<Found>, ApiError> {
        let Some(wanted) = request.body.as_ref().and_then(Value::as_object) else { return Ok(None) };
        // Tags go in as names and come out as ids: they prove nothing either way.
        let wanted = wanted.iter().filter(|(key, _)| !["company", "rev", "tags"].contains(&key.as_str()));
        let wanted: Vec<(&String, &Value)> = wanted.collect();
        let now = self.reader.attributes_of(customer).await?;
        let holds = |(key, value): &(&String, &Value)| match (key.as_str(), value) {
            ("custom", Value::Object(custom)) => custom
                .iter()
                .all(|(key, value)| now.pointer(&format!("/custom/{key}")).unwrap_or(&Value::Null) == value),
            (key, value) => now.get(key) == Some(value),
        };
        Ok((!wanted.is_empty() && wanted.iter().all(holds)).then(|| Found { object: Some(customer.to_string()) }))
    }

    /// A bulk call took effect when its first row is there; rows without an id of the org's own cannot be looked up.
    async fn look_for_kobject(&self, request: &Request) -> Result<Option<Found>, ApiError> {
        let klass = request.path.split('/').nth(3).unwrap_or_default();
        let first = request.body.as_ref().and_then(|body| body.pointer("/0/externalId")?.as_str());
        let Some(external_id) = first else { return Ok(None) };
        let found = self.reader.kobject_by_external_id(&KlassName::new(klass), external_id).await?;
        Ok(found.map(|_| Found { object: None }))
    }
}
