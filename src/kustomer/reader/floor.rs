//! Owns the questions a queue asks between two full reads: what changed, what sleeps, who is there. Each is cheap, so that
//! it can be asked again and again in the background lane.

use futures::{StreamExt, stream};
use jiff::Timestamp;
use serde_json::json;

use super::{AT_ONCE, List, Page, Reader, Search, or_none};
use crate::{
    domain::{Brief, Conversation, ConversationId, CustomerId, WorkSession},
    kustomer::{path::segment, wire},
    transport::ApiError,
};

/// Changes one look takes in; of more only the newest come, told as `more`.
const CHANGES: usize = 200;
/// Snoozed conversations that are looked at.
const SNOOZED: usize = 200;
/// Records one read by a list of ids asks for: the path stays far below what servers take.
const IDS: usize = 40;

impl Reader {
    /// Conversations of any status that changed after `since`, the latest change first. The index lags by up to a minute
    /// (Kustomer API reference 9.2): who wants to miss nothing asks from earlier on.
    pub async fn changed_conversations(&self, since: Timestamp) -> Result<Page<Conversation>, ApiError> {
        let body = json!({
            "queryContext": "conversation",
            "and": [{"conversation_updated_at": {"gt": since}}],
            "sort": [{"conversation_updated_at": "desc"}],
        });
        self.search(Search { body, limit: CHANGES }, |body| wire::decode(body, wire::conversation)).await
    }

    /// Snoozed conversations, the latest change first: the desk cannot be asked by the end of a snooze.
    pub async fn snoozed_conversations(&self) -> Result<Page<Conversation>, ApiError> {
        let body = json!({
            "queryContext": "conversation",
            "and": [{"conversation_status": {"equals": "snoozed"}}],
            "sort": [{"conversation_updated_at": "desc"}],
        });
        self.search(Search { body, limit: SNOOZED }, |body| wire::decode(body, wire::conversation)).await
    }

    /// These conversations as they are now; those that are gone are left out. Conversations are read by lists of ids
    /// (Kustomer API reference 10.1).
    pub async fn conversations_by_id(&self, ids: &[ConversationId]) -> Result<Vec<Conversation>, ApiError> {
        let mut all = Vec::with_capacity(ids.len());
        for ids in ids.chunks(IDS) {
            let ids: Vec<String> = ids.iter().map(|id| segment(id.as_str())).collect();
            let path = format!("/v1/conversations/{}", ids.join(","));
            if let Some(body) = or_none(self.get("GET /v1/conversations/{id}", path).await)? {
                all.extend(wire::decode(&body, wire::conversation).rows);
            }
        }
        Ok(all)
    }

    /// What a list shows of these customers; those that are gone are left out. Customers are read one by one: no list of
    /// ids is documented for them (Kustomer API reference 8.1).
    pub async fn briefs(&self, ids: &[CustomerId]) -> Result<Vec<Brief>, ApiError> {
        let sensitivity = self.sensitivity("customer").await;
        let read = async |id: CustomerId| {
            let path = format!("/v1/customers/{}", segment(id.as_str()));
            let learn = |brief: &Brief| self.whose.learn("customer id", brief.id.as_str(), &brief.id);
            or_none(self.one("GET /v1/customers/{id}", path, |r| wire::brief(r, &sensitivity).inspect(learn)).await)
        };
        let reads: Vec<_> = ids.iter().cloned().map(read).collect();
        let found = stream::iter(reads).buffered(AT_ONCE).collect::<Vec<_>>().await;
        found.into_iter().filter_map(Result::transpose).collect()
    }

    /// Shifts that go on now (Kustomer API reference 23).
    pub async fn running_sessions(&self) -> Result<Vec<WorkSession>, ApiError> {
        let path = "/v1/routing/work-sessions?active=true&pageSize=100".to_owned();
        let list = List { label: "GET /v1/routing/work-sessions", path, pages: super::PAGES };
        Ok(self.list(list, |body| wire::decode(body, wire::work_session)).await?.rows)
    }
}
