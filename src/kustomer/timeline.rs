//! Owns the putting together of one customer's timeline from everything the desk keeps in different places. Does not
//! order it (`domain::Timeline` does).
//!
//! Invariant: what could not be read is named in `gaps`; only when nothing at all could be read is it a failure.

use futures::{StreamExt, future, stream};

use super::reader::Reader;
use crate::{
    domain::{Conversation, CustomerId, Item, Timeline},
    transport::{ApiError, ErrorKind},
};

/// Conversations whose changes are shown: the newest, because older ones answer nobody's question.
const EVENTFUL: usize = 5;
/// Parallel requests for KObjects and events.
const AT_ONCE: usize = 4;

/// One part of the timeline: its name and what came of reading it.
struct Part {
    name: String,
    read: Result<Vec<Item>, ApiError>,
}

impl Part {
    fn new<T>(name: &str, read: Result<Vec<T>, ApiError>, item: impl Fn(T) -> Item) -> Self {
        Self { name: name.to_owned(), read: read.map(|rows| rows.into_iter().map(item).collect()) }
    }
}

impl Reader {
    /// Messages, notes, drafts, KObjects of every klass, and the changes of the newest conversations, read in parallel.
    ///
    /// # Errors
    /// Only when no part could be read at all.
    pub async fn timeline(&self, customer: &CustomerId) -> Result<Timeline, ApiError> {
        let words = future::join3(
            async { Part::new("messages", self.customer_messages(customer).await, Item::Message) },
            async { Part::new("notes", self.customer_notes(customer).await, Item::Note) },
            async { Part::new("drafts", self.drafts_of(customer).await, Item::Draft) },
        );
        let (words, events, kobjects) = future::join3(words, self.events(customer), self.kobject_parts(customer)).await;
        let mut parts = vec![words.0, words.1, words.2];
        parts.extend(events);
        parts.extend(kobjects);
        merged(parts)
    }

    async fn events(&self, customer: &CustomerId) -> Vec<Part> {
        let newest: Vec<Conversation> = match self.conversations_of(customer).await {
            Ok(conversations) => conversations.into_iter().take(EVENTFUL).collect(),
            Err(error) => return vec![Part { name: "events".to_owned(), read: Err(error) }],
        };
        let read = |conversation: Conversation| async move {
            Part::new("events", self.events_of(&conversation.id).await, Item::Event)
        };
        stream::iter(newest.into_iter().map(read)).buffered(AT_ONCE).collect().await
    }

    async fn kobject_parts(&self, customer: &CustomerId) -> Vec<Part> {
        let klasses = match self.klass_names().await {
            Ok(klasses) => klasses,
            Err(error) => return vec![Part { name: "KObjects".to_owned(), read: Err(error) }],
        };
        let read = |klass| async move {
            Part::new(&format!("KObjects {klass}"), self.kobjects_of(customer, &klass).await, Item::Kobject)
        };
        stream::iter(klasses.into_iter().map(read)).buffered(AT_ONCE).collect().await
    }
}

fn merged(parts: Vec<Part>) -> Result<Timeline, ApiError> {
    let (mut items, mut gaps, mut failure) = (Vec::new(), Vec::new(), None);
    let mut any = false;
    for Part { name, read } in parts {
        match read {
            Ok(rows) => {
                any = true;
                items.extend(rows);
            }
            // A customer without KObjects of a klass may be a 404 there; that is no gap.
            Err(error) if error.kind() == ErrorKind::NotFound && name.starts_with("KObjects") => {}
            Err(error) => {
                let gap = format!("{name}: {error}");
                if !gaps.contains(&gap) {
                    gaps.push(gap);
                }
                failure.get_or_insert(error);
            }
        }
    }
    match failure {
        Some(error) if !any => Err(error),
        _ => Ok(Timeline::merged(items, gaps)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(name: &str, read: Result<Vec<Item>, ApiError>) -> Part {
        Part { name: name.to_owned(), read }
    }

    #[test]
    fn a_part_that_fails_is_a_gap_and_only_all_failing_is_a_failure() {
        let forbidden = || ApiError::new(ErrorKind::Forbidden, "GET /v1/customers/{id}/notes");
        let partly = merged(vec![part("messages", Ok(vec![])), part("notes", Err(forbidden()))]).expect("a timeline");
        let gap = "notes: GET /v1/customers/{id}/notes: the key lacks a role for this".to_owned();
        assert_eq!(partly, Timeline { items: vec![], gaps: vec![gap] });
        assert_eq!(merged(vec![part("notes", Err(forbidden()))]), Err(forbidden()));
    }
}
