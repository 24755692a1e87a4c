//! Owns searches of every context: one way to ask, and what comes back by what was looked for.

use super::{
    Page, Reader,
    lists::Search,
    search::{Context, Query},
    wire,
};
use crate::{
    domain::{Conversation, Customer, Kobject, Message, Named, Note},
    transport::ApiError,
};

/// What a search found: records of the query's context.
#[derive(Clone, Debug, PartialEq)]
pub enum Found {
    /// Customers.
    Customers(Page<Customer>),
    /// Conversations.
    Conversations(Page<Conversation>),
    /// Messages.
    Messages(Page<Message>),
    /// Notes.
    Notes(Page<Note>),
    /// Companies, by id and name.
    Companies(Page<Named<String>>),
    /// KObjects.
    Kobjects(Page<Kobject>),
}

impl Reader {
    /// What a query finds. The index lags by up to a minute and knows two years (Kustomer API reference 9.2).
    pub async fn find(&self, query: &Query, limit: usize) -> Result<Found, ApiError> {
        let search = Search { body: query.document(), limit };
        Ok(match query.context() {
            Context::Customer => Found::Customers(self.search_customers(query, limit).await?),
            Context::Conversation => Found::Conversations(self.search_conversations(query, limit).await?),
            Context::Message => Found::Messages(self.search(search, wire::messages).await?),
            Context::Note => Found::Notes(self.search(search, |body| wire::decode(body, wire::note)).await?),
            Context::Company => {
                let read = |r: wire::Resource<'_>| wire::named(r).map(|(id, name)| Named { id: id.to_owned(), name });
                Found::Companies(self.search(search, |body| wire::decode(body, read)).await?)
            }
            Context::Kobject(klass) => {
                let sensitivity = self.sensitivity(&format!("kobject.{klass}")).await;
                let read = |r: wire::Resource<'_>| wire::kobject(r, Some(klass), &sensitivity);
                Found::Kobjects(self.search(search, |body| wire::decode(body, read)).await?)
            }
        })
    }
}
