//! Owns every question asked of a Kustomer desk. Answers in `domain`; knows paths, not JSON (`wire`) nor how lists are
//! paged (`lists`). Cannot change anything on the desk.

mod belongings;
mod editable;
mod floor;
mod keys;
mod org;
mod scene;
mod schema;
mod seen;
mod segment;
mod standing;

pub use editable::{Editable, Editing};
pub use seen::{Answered, Seen};

use std::sync::{Arc, Mutex};

use futures::future;
use serde_json::{Value, json};

use super::{
    changes::{CompanyLink, Record},
    lists::{List, Search, search_call},
    path::segment,
    search::Query,
    wire::{self, Resource},
};
use crate::{
    approval::Change,
    clock::Clock,
    domain::{
        Batch, BulkId, BulkJob, BulkStatus, Channel, Conversation, ConversationId, Customer, CustomerId, Directory,
        Draft, Event, Message, Note, QueueId, Status, TagId, TeamId, Text, User,
    },
    privacy::Whose,
    transport::{Answer, ApiError, Call, ErrorKind, Lane, Method, Transport},
};

/// Pages of one record's list that are read at most; at 100 rows each.
const PAGES: usize = 10;
/// Parallel requests of one question.
const AT_ONCE: usize = 4;
/// Criteria one search may hold (Kustomer API reference 9.1).
const CRITERIA: usize = 20;
/// The queue shows this many conversations; more are told as `more`.
const QUEUE_ROWS: usize = 500;

pub use keys::KeyKind;

/// Asks the desk. Cheap to clone; clones share the way out and what is known of the org's schema.
#[derive(Clone, Debug)]
pub struct Reader {
    transport: Transport,
    clock: Clock,
    lane: Lane,
    schema: Arc<Mutex<schema::Schema>>,
    whose: Whose,
}

/// Rows, and what is known about those that are not here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page<T> {
    /// The records.
    pub rows: Vec<T>,
    /// How many there are in all, where the desk tells.
    pub total: Option<u64>,
    /// Whether there are more than were read.
    pub more: bool,
    /// Records the desk sent that could not be read.
    pub skipped: usize,
}

impl<T> Default for Page<T> {
    fn default() -> Self {
        Self { rows: Vec::new(), total: None, more: false, skipped: 0 }
    }
}

/// What a customer can be looked up by; each is unique in an org.
#[derive(Clone, Copy)]
pub enum Key<'a> {
    /// An e-mail address.
    Email(&'a str),
    /// A phone number, E.164.
    Phone(&'a str),
    /// The org's own id.
    ExternalId(&'a str),
}

impl Reader {
    /// A reader in the person's lane.
    pub fn new(transport: Transport, clock: Clock) -> Self {
        Self { transport, clock, lane: Lane::Person, schema: Arc::default(), whose: Whose::default() }
    }

    /// The same reader for whoever waits in another lane.
    #[must_use]
    pub fn with_lane(&self, lane: Lane) -> Self {
        Self { lane, ..self.clone() }
    }

    /// The lane its calls go in.
    pub fn lane(&self) -> Lane {
        self.lane
    }

    /// The way out it uses.
    pub fn transport(&self) -> &Transport {
        &self.transport
    }

    /// The clock it was given.
    pub fn clock(&self) -> &Clock {
        &self.clock
    }

    pub(super) async fn get(&self, label: &'static str, path: String) -> Result<Value, ApiError> {
        Ok(self.transport.send(Call::get(label, path, self.lane)).await?.body)
    }

    async fn one<T>(
        &self,
        label: &'static str,
        path: String,
        read: impl Fn(Resource<'_>) -> Option<T>,
    ) -> Result<T, ApiError> {
        let body = self.get(label, path).await?;
        wire::single(&body).and_then(read).ok_or_else(|| ApiError::new(ErrorKind::Garbled, label))
    }

    async fn rows<T>(
        &self,
        label: &'static str,
        path: String,
        read: impl Fn(Resource<'_>) -> Option<T>,
    ) -> Result<Vec<T>, ApiError> {
        let list = List { label, path, pages: PAGES };
        Ok(self.list(list, |body| wire::decode(body, &read)).await?.rows)
    }

    /// Who the key belongs to.
    pub async fn me(&self) -> Result<User, ApiError> {
        self.one("GET /v1/users/current", "/v1/users/current".into(), wire::user).await
    }

    /// Users, teams, queues and tags, so that ids can be shown by name. A list the key may not read stays empty.
    ///
    /// # Errors
    /// Any failure but a missing role or a missing list.
    pub async fn directory(&self) -> Result<Directory, ApiError> {
        let users = self.rows("GET /v1/users", "/v1/users?pageSize=500".into(), wire::user);
        let teams = self.names("GET /v1/teams", "/v1/teams?pageSize=500", TeamId::new);
        let queues = self.names("GET /v1/routing/queues", "/v1/routing/queues?pageSize=100", QueueId::new);
        let tags = self.names("GET /v1/tags", "/v1/tags?pageSize=100&deleted=false", TagId::new);
        let (users, teams, queues, tags) = future::join4(users, teams, queues, tags).await;
        Ok(Directory {
            users: or_nothing(users)?.into_iter().map(|user| (user.id.clone(), user)).collect(),
            teams: or_nothing(teams)?.into_iter().collect(),
            queues: or_nothing(queues)?.into_iter().collect(),
            tags: or_nothing(tags)?.into_iter().collect(),
        })
    }

    async fn names<I>(
        &self,
        label: &'static str,
        path: &str,
        id: impl Fn(String) -> I,
    ) -> Result<Vec<(I, Text)>, ApiError> {
        let read = |r: Resource<'_>| wire::named(r).map(|(raw, name)| (id(raw.to_owned()), name));
        self.rows(label, path.to_owned(), read).await
    }

    /// The queue: open conversations, the soonest breach first, those without a running deadline last.
    pub async fn open_conversations(&self) -> Result<Page<Conversation>, ApiError> {
        let body = json!({
            "queryContext": "conversation",
            "and": [{"conversation_status": {"equals": "open"}}],
            "sort": [{"conversation_sla_breach_at": "asc"}],
        });
        let search = Search { body, limit: QUEUE_ROWS };
        let mut page = self.search(search, |body| wire::decode(body, wire::conversation)).await?;
        // The index lags by up to a minute: what it still calls open may say otherwise itself.
        page.rows.retain(|conversation| conversation.status == Status::Open);
        page.rows.sort_by_key(|c| (c.breach_at().is_none(), c.breach_at(), c.last_message_at, c.id.clone()));
        Ok(page)
    }

    /// One conversation.
    pub async fn conversation(&self, id: &ConversationId) -> Result<Conversation, ApiError> {
        let path = format!("/v1/conversations/{}", segment(id.as_str()));
        self.one("GET /v1/conversations/{id}", path, wire::conversation).await
    }

    /// The channel a conversation is answered over: its own word for it, else that of the last message from the customer
    /// (Kustomer API reference 10.3).
    pub async fn reply_channel(&self, id: &ConversationId) -> Result<Option<Channel>, ApiError> {
        let path = format!("/v1/conversations/{}", segment(id.as_str()));
        let read = |r: Resource<'_>| {
            let told = r.literal("replyChannel").or_else(|| r.literal("lastMessageIn/channel"));
            Some(told.map(Channel::parse))
        };
        self.one("GET /v1/conversations/{id}", path, read).await
    }

    /// A customer's conversations, newest first.
    pub async fn conversations_of(&self, customer: &CustomerId) -> Result<Vec<Conversation>, ApiError> {
        const LABEL: &str = "GET /v1/customers/{id}/conversations";
        let path = format!("/v1/customers/{}/conversations?pageSize=100", segment(customer.as_str()));
        let mut rows = self.rows(LABEL, path, wire::conversation).await?;
        for row in &mut rows {
            row.customer.get_or_insert_with(|| customer.clone());
        }
        let age = |c: &Conversation| c.last_message_at.or(c.updated).or(c.created);
        rows.sort_by(|a, b| age(b).cmp(&age(a)).then_with(|| b.id.cmp(&a.id)));
        Ok(rows)
    }

    /// A conversation's messages, in the desk's order.
    pub async fn messages_of(&self, id: &ConversationId) -> Result<Vec<Message>, ApiError> {
        let path = format!("/v1/conversations/{}/messages?pageSize=100&include=attachments", segment(id.as_str()));
        self.messages("GET /v1/conversations/{id}/messages", path).await
    }

    async fn messages(&self, label: &'static str, path: String) -> Result<Vec<Message>, ApiError> {
        Ok(self.list(List { label, path, pages: PAGES }, wire::messages).await?.rows)
    }

    /// A conversation's notes.
    pub async fn notes_of(&self, id: &ConversationId) -> Result<Vec<Note>, ApiError> {
        let path = format!("/v1/conversations/{}/notes?pageSize=100", segment(id.as_str()));
        self.rows("GET /v1/conversations/{id}/notes", path, wire::note).await
    }

    /// A customer's drafts. There is no list of all drafts and no read of one (Kustomer API reference 14.1).
    pub async fn drafts_of(&self, id: &CustomerId) -> Result<Vec<Draft>, ApiError> {
        let path = format!("/v1/customers/{}/drafts?pageSize=100", segment(id.as_str()));
        let mut drafts = self.rows("GET /v1/customers/{id}/drafts", path, wire::draft).await?;
        for draft in &mut drafts {
            draft.customer.get_or_insert_with(|| id.clone());
        }
        Ok(drafts)
    }

    /// The newest hundred changes of a conversation.
    pub async fn events_of(&self, id: &ConversationId) -> Result<Vec<Event>, ApiError> {
        let path = format!("/v1/conversations/{}/events?pageSize=100&sort=desc", segment(id.as_str()));
        let list = List { label: "GET /v1/conversations/{id}/events", path, pages: 1 };
        let mut events = self.list(list, |body| wire::decode(body, |r| Some(wire::event(r)))).await?.rows;
        for event in &mut events {
            event.conversation.get_or_insert_with(|| id.clone());
        }
        Ok(events)
    }

    /// One customer.
    pub async fn customer(&self, id: &CustomerId) -> Result<Customer, ApiError> {
        let sensitivity = self.sensitivity("customer").await;
        let path = format!("/v1/customers/{}", segment(id.as_str()));
        self.one("GET /v1/customers/{id}", path, |r| self.known(wire::customer(r, &sensitivity))).await
    }

    /// The customer with this address, number or id; `None` when there is none.
    pub async fn customer_by(&self, key: Key<'_>) -> Result<Option<Customer>, ApiError> {
        let sensitivity = self.sensitivity("customer").await;
        let (label, path) = match key {
            Key::Email(email) => ("GET /v1/customers/email={email}", format!("email={}", segment(email))),
            Key::Phone(phone) => ("GET /v1/customers/phone={phone}", format!("phone={}", segment(phone))),
            Key::ExternalId(id) => ("GET /v1/customers/externalId={externalId}", format!("externalId={}", segment(id))),
        };
        let read = |r: Resource<'_>| self.known(wire::customer(r, &sensitivity));
        or_none(self.one(label, format!("/v1/customers/{path}"), read).await)
    }

    /// The company a customer belongs to, which an update has to repeat (see [`CompanyLink`]).
    pub async fn company_link(&self, id: &CustomerId) -> Result<CompanyLink, ApiError> {
        let path = format!("/v1/customers/{}", segment(id.as_str()));
        self.one("GET /v1/customers/{id}", path, |r| Some(CompanyLink::of(r.related("company")))).await
    }

    /// A record as the desk has it, to be changed with [`super::changes::update`]: what this version does not know stays in it.
    /// `path` from /v1 on, encoded; `None` when nothing is there.
    pub async fn record(&self, path: String) -> Result<Option<Record>, ApiError> {
        Ok(self.resource(path).await?.as_ref().and_then(Record::of))
    }

    /// The resource at a path; `None` when nothing is there. To see what became of a write.
    pub(crate) async fn resource(&self, path: String) -> Result<Option<Value>, ApiError> {
        let body = or_none(self.get("GET of one record", path).await)?;
        Ok(body.and_then(|mut body| body.get_mut("data").map(Value::take)).filter(Value::is_object))
    }

    /// The resources of a list as they are. To see what became of a write.
    pub(crate) async fn resources(&self, path: String) -> Result<Vec<Value>, ApiError> {
        let path = if path.contains('?') { path } else { format!("{path}?pageSize=100") };
        let list = List { label: "GET of a list", path, pages: PAGES };
        Ok(self.list(list, |body| wire::decode(body, |r| Some(r.raw().clone()))).await?.rows)
    }

    /// Customers a query finds. The index lags by up to a minute and knows two years (Kustomer API reference 9.2).
    pub async fn search_customers(&self, query: &Query, limit: usize) -> Result<Page<Customer>, ApiError> {
        let sensitivity = self.sensitivity("customer").await;
        let search = Search { body: query.document(), limit };
        self.search(search, |body| wire::decode(body, |r| self.known(wire::customer(r, &sensitivity)))).await
    }

    /// Conversations a query finds; limits as for customers.
    pub async fn search_conversations(&self, query: &Query, limit: usize) -> Result<Page<Conversation>, ApiError> {
        let search = Search { body: query.document(), limit };
        self.search(search, |body| wire::decode(body, wire::conversation)).await
    }

    /// A bulk job and, once it has any, its batches. Needs the role `bulk.read`, which people forget on keys.
    pub async fn bulk(&self, id: &BulkId) -> Result<BulkJob, ApiError> {
        let path = format!("/v1/bulk/{}", segment(id.as_str()));
        let body = self.get("GET /v1/bulk/{id}", path.clone()).await?;
        let garbled = || ApiError::new(ErrorKind::Garbled, "GET /v1/bulk/{id}");
        let mut job = wire::job(&body).ok_or_else(garbled)?;
        if job.status != BulkStatus::Queued {
            let batches = self.get("GET /v1/bulk/{id}/batches", format!("{path}/batches?pageSize=100")).await;
            job.batches = or_none(batches)?.map(|body| wire::batches(&body)).unwrap_or_default();
        }
        Ok(job)
    }

    /// The batches of a bulk job alone: one request, for whoever knows that the job is there.
    pub async fn bulk_batches(&self, id: &str) -> Result<Vec<Batch>, ApiError> {
        let path = format!("/v1/bulk/{}/batches?pageSize=100", segment(id));
        Ok(wire::batches(&self.get("GET /v1/bulk/{id}/batches", path).await?))
    }

    /// Any read, answered as it comes, with headers as typed: for people who know the API. `change` is what
    /// [`super::changes::raw`] made of their words.
    ///
    /// # Errors
    /// [`ErrorKind::BadRequest`] for what is no read (that takes an approval and a writer; the effect's word is not
    /// taken for it), and for headers that are not theirs to set.
    pub async fn raw(&self, change: &Change, headers: Vec<(String, String)>) -> Result<Answer, ApiError> {
        const LABEL: &str = "the read as written";
        const SEARCHES: [&str; 2] = ["/v1/customers/search", "/v1/customers/archive/search"];
        let refused = || ApiError::new(ErrorKind::BadRequest, LABEL).with_cause("it does more than read");
        let [request] = change.requests() else { return Err(refused()) };
        let (path, query) = (request.path.clone(), request.path.find('?').unwrap_or(request.path.len()));
        let call = match request.method {
            Method::Get => Call::get(LABEL, path, self.lane),
            Method::Post if SEARCHES.contains(&&path[..query]) => search_call(LABEL, path, request.bytes(), self.lane),
            Method::Post | Method::Put | Method::Patch | Method::Delete => return Err(refused()),
        };
        self.transport.send(Call { headers, ..call }).await
    }
}

/// A record that is not there is no failure.
fn or_none<T>(result: Result<T, ApiError>) -> Result<Option<T>, ApiError> {
    match result {
        Ok(found) => Ok(Some(found)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// A list the key may not read, or the org does not have, is empty.
fn or_nothing<T>(result: Result<Vec<T>, ApiError>) -> Result<Vec<T>, ApiError> {
    match result {
        Err(error) if matches!(error.kind(), ErrorKind::Forbidden | ErrorKind::NotFound) => {
            tracing::warn!(%error, "left out");
            Ok(Vec::new())
        }
        result => result,
    }
}

#[cfg(test)]
mod desk_tests;
#[cfg(test)]
mod tests;
