//! Owns how the queue's small questions are read: in the background lane, but for rows somebody is waiting for.

use super::read::unread;
use crate::{
    console::{
        live::{Live, LiveAnswer},
        remote::Problem,
    },
    domain::{CustomerId, Presence},
    kustomer::Reader,
    transport::{ApiError, Lane},
};

/// Reads what was asked for.
pub async fn read(live: &Live, reader: &Reader) -> Result<LiveAnswer, Problem> {
    let background = reader.with_lane(Lane::Background);
    let answer = match live {
        Live::Changes(since) => background.changed_conversations(*since).await.map(LiveAnswer::Changes),
        Live::Snoozed => background.snoozed_conversations().await.map(LiveAnswer::Snoozed),
        Live::Rows(ids) => reader.conversations_by_id(ids).await.map(LiveAnswer::Rows),
        Live::Customers(ids) => background.briefs(ids).await.map(LiveAnswer::Customers),
        Live::Presence => presence(&background).await,
        Live::Drafts(customers) => drafts(&background, customers).await,
    };
    answer.map_err(|error| unread("The queue could not be refreshed", &error))
}

async fn presence(reader: &Reader) -> Result<LiveAnswer, ApiError> {
    let sessions = reader.running_sessions().await?;
    let at_work = sessions.into_iter().filter(|session| session.active && session.presence != Presence::Offline);
    let users: std::collections::HashSet<_> = at_work.filter_map(|session| session.user).collect();
    Ok(LiveAnswer::Presence(Some(users).filter(|users| !users.is_empty())))
}

async fn drafts(reader: &Reader, customers: &[CustomerId]) -> Result<LiveAnswer, ApiError> {
    let mut found = std::collections::HashSet::new();
    for customer in customers {
        found.extend(reader.drafts_of(customer).await?.into_iter().filter_map(|draft| draft.conversation));
    }
    Ok(LiveAnswer::Drafts(found))
}
