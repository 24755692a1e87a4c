//! Owns searches of every context: two ways to ask (so many rows, or one page), and what comes back by what was looked for.

use std::collections::HashMap;

use serde_json::Value;

use super::{
    Page, Reader,
    lists::Search,
    search::{Context, Query},
    wire::{self, Decoded},
};
use crate::{
    domain::{Conversation, Customer, CustomerId, Kobject, Message, Named, Note},
    transport::ApiError,
};

/// The last page of a search the desk gives (Kustomer API reference 4.2).
pub const LAST_PAGE: u32 = 100;

/// A record that names its conversation, and whose it is.
#[derive(Clone, Debug, PartialEq)]
pub struct Owned<T> {
    /// The record.
    pub record: T,
    /// Whose, where the desk tells.
    pub customer: Option<CustomerId>,
}

/// What a search found: records of the query's context.
#[derive(Clone, Debug, PartialEq)]
pub enum Found {
    /// Customers.
    Customers(Page<Customer>),
    /// Conversations.
    Conversations(Page<Conversation>),
    /// Messages.
    Messages(Page<Owned<Message>>),
    /// Notes.
    Notes(Page<Owned<Note>>),
    /// Companies, by id and name.
    Companies(Page<Named<String>>),
    /// KObjects.
    Kobjects(Page<Kobject>),
}

impl Found {
    /// The ids of what was found, and whether there is more.
    pub fn ids(&self) -> (Vec<String>, bool) {
        fn of<T>(page: &Page<T>, id: impl Fn(&T) -> &str) -> (Vec<String>, bool) {
            (page.rows.iter().map(|row| id(row).to_owned()).collect(), page.more)
        }
        match self {
            Self::Customers(page) => of(page, |customer| customer.id.as_str()),
            Self::Conversations(page) => of(page, |conversation| conversation.id.as_str()),
            Self::Messages(page) => of(page, |message| message.record.id.as_str()),
            Self::Notes(page) => of(page, |note| note.record.id.as_str()),
            Self::Companies(page) => of(page, |company| &company.id),
            Self::Kobjects(page) => of(page, |kobject| kobject.id.as_str()),
        }
    }
}

/// How far a search is read.
#[derive(Clone, Copy)]
enum Reach {
    /// The first so many rows.
    Rows(usize),
    /// One page.
    Page(u32),
}

impl Reader {
    /// What a query finds. The index lags by up to a minute and knows two years (Kustomer API reference 9.2).
    pub async fn find(&self, query: &Query, limit: usize) -> Result<Found, ApiError> {
        self.found(query, Reach::Rows(limit)).await
    }

    /// One page, from 1 to [`LAST_PAGE`], of what a query finds: a hundred rows. Rows that change between two pages may
    /// come twice or not at all.
    pub async fn find_page(&self, query: &Query, page: u32) -> Result<Found, ApiError> {
        self.found(query, Reach::Page(page)).await
    }

    async fn found(&self, query: &Query, reach: Reach) -> Result<Found, ApiError> {
        Ok(match query.context() {
            Context::Customer => {
                let sensitivity = self.sensitivity("customer").await;
                let read = |body: &Value| wire::decode(body, |r| self.known(wire::customer(r, &sensitivity)));
                Found::Customers(self.reach(query, reach, read).await?)
            }
            Context::Conversation => {
                let read = |body: &Value| wire::decode(body, wire::conversation);
                Found::Conversations(self.reach(query, reach, read).await?)
            }
            Context::Message => {
                let read = |body: &Value| owned(body, wire::messages(body), |message| message.id.as_str());
                Found::Messages(self.reach(query, reach, read).await?)
            }
            Context::Note => {
                let read = |body: &Value| owned(body, wire::decode(body, wire::note), |note| note.id.as_str());
                Found::Notes(self.reach(query, reach, read).await?)
            }
            Context::Company => {
                let named = |r: wire::Resource<'_>| wire::named(r).map(|(id, name)| Named { id: id.to_owned(), name });
                Found::Companies(self.reach(query, reach, |body| wire::decode(body, named)).await?)
            }
            Context::Kobject(klass) => {
                let sensitivity = self.sensitivity(&format!("kobject.{klass}")).await;
                let read = |r: wire::Resource<'_>| self.known_kobject(wire::kobject(r, Some(klass), &sensitivity));
                Found::Kobjects(self.reach(query, reach, |body| wire::decode(body, read)).await?)
            }
        })
    }

    async fn reach<T>(
        &self,
        query: &Query,
        reach: Reach,
        read: impl Fn(&Value) -> Decoded<T>,
    ) -> Result<Page<T>, ApiError> {
        match reach {
            Reach::Rows(limit) => self.search(Search { body: query.document(), limit }, read).await,
            Reach::Page(page) => self.search_page(&query.document(), page, read).await,
        }
    }
}

/// Says of each record whose it is.
fn owned<T>(body: &Value, decoded: Decoded<T>, id: impl Fn(&T) -> &str) -> Decoded<Owned<T>> {
    let named = |r: wire::Resource<'_>| Some((r.id()?.to_owned(), CustomerId::new(r.related("customer")?)));
    let mut owners: HashMap<String, CustomerId> = wire::decode(body, named).rows.into_iter().collect();
    let rows = decoded.rows.into_iter();
    let rows = rows.map(|record| Owned { customer: owners.remove(id(&record)), record }).collect();
    Decoded { rows, skipped: decoded.skipped }
}
