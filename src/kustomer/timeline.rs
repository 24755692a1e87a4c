//! Owns the putting together of one customer's timeline from everything the desk keeps in different places, the newest
//! first and the older ones in parts. Does not order it (`domain::Timeline` does).
//!
//! ```text
//! timeline ─┬─ first page of messages, of notes ─ is there more? ─ the newest conversations' own messages and notes
//!           ├─ drafts, conversations ─ events of the newest
//!           └─ KObjects of every klass                                             └─> Timeline { rest: Some(pages) }
//! older ────── the next pages of messages and notes, more of them each time        ───> Timeline { rest: … }
//! ```
//!
//! A customer's lists come oldest first and tell no total (Kustomer API reference 4.1), so the newest of a long one are
//! asked for by conversation. Invariant: what could not be read, or is not kept, is named in `gaps`; only when nothing at
//! all could be read is it a failure.

use futures::{StreamExt, future, stream};
use serde_json::Value;

use super::{lists::List, path::segment, reader::Reader, wire};
use crate::{
    domain::{Conversation, ConversationId, CustomerId, Item, Rest, Thread, Timeline},
    transport::{ApiError, ErrorKind},
};

/// Conversations whose changes are shown, and which are read by themselves when a customer's lists are long: the newest.
const NEWEST: usize = 5;
/// Parallel requests for KObjects, events and conversations.
const AT_ONCE: usize = 4;
/// Pages of conversations that are read; at 100 rows each.
const THREAD_PAGES: usize = 10;
/// KObjects of a klass that are read at most (see `Reader::kobjects_of`).
const KOBJECTS: usize = 1_000;
/// Messages and notes that are read at most; what lies behind is told as a gap.
const MOST_ENTRIES: usize = 100_000;
/// No list is read beyond this page, whatever the desk says follows: pages may be empty.
const LAST_PAGE: usize = 2 * MOST_ENTRIES / 100;
/// Bytes of words that are read at most.
const MOST_BYTES: usize = 128 * 1024 * 1024;
/// Pages of each list in one part, at most. Parts grow with what is there, so that taking them in stays cheap.
const MOST_PAGES: usize = 32;

/// One part of the timeline: its name and what came of reading it.
struct Part {
    name: String,
    read: Result<Vec<Item>, ApiError>,
}

/// One page of a list, and the number of the next.
type Paged = (Part, Option<usize>);

impl Part {
    fn new<T>(name: &str, read: Result<Vec<T>, ApiError>, item: impl Fn(T) -> Item) -> Self {
        Self { name: name.to_owned(), read: read.map(|rows| rows.into_iter().map(item).collect()) }
    }
}

/// A customer's list that is read page by page.
#[derive(Clone, Copy)]
enum Words {
    Messages,
    Notes,
}

impl Reader {
    /// Messages, notes, drafts, KObjects of every klass, and the changes of the newest conversations, read in parallel: the
    /// newest of each. What is left of long lists stands in [`Timeline::rest`] and is read by [`Self::older`].
    ///
    /// # Errors
    /// Only when no part could be read at all.
    pub async fn timeline(&self, customer: &CustomerId) -> Result<Timeline, ApiError> {
        let words =
            future::join3(self.page(customer, Words::Messages, 1), self.page(customer, Words::Notes, 1), async {
                Part::new("drafts", self.drafts_of(customer).await, Item::Draft)
            });
        let (words, threads, kobjects) =
            future::join3(words, self.threads(customer), self.kobject_parts(customer)).await;
        let ((messages, more_messages), (notes, more_notes), drafts) = words;
        let mut parts = vec![messages, notes, drafts];
        let threads = match threads {
            Ok(threads) => threads,
            Err(error) => {
                parts.push(Part { name: "events".to_owned(), read: Err(error) });
                Vec::new()
            }
        };
        let newest: Vec<ConversationId> =
            threads.iter().take(NEWEST).map(|thread| thread.conversation.id.clone()).collect();
        parts.extend(self.newest(&newest, more_messages.is_some(), more_notes.is_some()).await);
        parts.extend(kobjects);
        let mut timeline = merged(parts)?;
        timeline.threads = threads.into_iter().map(|thread| (thread.conversation.id.clone(), thread)).collect();
        let rest = Rest { messages: more_messages, notes: more_notes, ..Rest::default() };
        timeline.rest = (more_messages.is_some() || more_notes.is_some()).then(|| counted(&rest, &timeline.items));
        Ok(timeline)
    }

    /// The next part of what was left of a timeline, in the order of the desk's lists. A page that fails after others
    /// came is left for the next part.
    ///
    /// # Errors
    /// When the first page of the part cannot be read.
    pub async fn older(&self, customer: &CustomerId, rest: &Rest) -> Result<Timeline, ApiError> {
        let pages = (rest.entries / 400).clamp(1, MOST_PAGES);
        let (messages, notes) = future::try_join(
            self.pages(customer, Words::Messages, rest.messages, pages),
            self.pages(customer, Words::Notes, rest.notes, pages),
        )
        .await?;
        let items = [messages.0, notes.0].concat();
        let rest = counted(&Rest { messages: messages.1, notes: notes.1, ..rest.clone() }, &items);
        let mut part = Timeline::merged(items, Vec::new());
        let has_more = rest.messages.is_some() || rest.notes.is_some();
        if has_more && (rest.entries >= MOST_ENTRIES || rest.bytes >= MOST_BYTES) {
            part.gaps.push(format!("messages and notes beyond the first {}: this many are kept here", rest.entries));
        } else {
            part.rest = has_more.then_some(rest);
        }
        Ok(part)
    }

    /// A whole timeline, part after part.
    ///
    /// # Errors
    /// As [`Self::timeline`]; older parts that cannot be read are a gap.
    pub async fn whole_timeline(&self, customer: &CustomerId) -> Result<Timeline, ApiError> {
        let mut timeline = self.timeline(customer).await?;
        while let Some(rest) = timeline.rest.take() {
            match self.older(customer, &rest).await {
                Ok(part) => timeline.absorb(part),
                Err(error) => timeline.gaps.push(format!("older entries: {error}")),
            }
        }
        Ok(timeline)
    }

    async fn pages(
        &self,
        customer: &CustomerId,
        words: Words,
        first: Option<usize>,
        pages: usize,
    ) -> Result<(Vec<Item>, Option<usize>), ApiError> {
        let (mut items, mut next) = (Vec::new(), first);
        for _ in 0..pages {
            let Some(number) = next else { break };
            let (part, after) = self.page(customer, words, number).await;
            match part.read {
                Ok(rows) => items.extend(rows),
                Err(_) if !items.is_empty() => break,
                Err(error) => return Err(error),
            }
            next = after;
        }
        Ok((items, next))
    }

    async fn page(&self, customer: &CustomerId, words: Words, number: usize) -> Paged {
        let customer = segment(customer.as_str());
        let query = format!("?page={number}&pageSize=100");
        let (part, more) = match words {
            Words::Messages => {
                let path = format!("/v1/customers/{customer}/messages{query}&include=attachments");
                let list = List { label: "GET /v1/customers/{id}/messages", path, pages: 1 };
                let page = self.list(list, wire::messages).await;
                let more = page.as_ref().is_ok_and(|page| page.more);
                (Part::new("messages", page.map(|page| page.rows), Item::Message), more)
            }
            Words::Notes => {
                let path = format!("/v1/customers/{customer}/notes{query}");
                let list = List { label: "GET /v1/customers/{id}/notes", path, pages: 1 };
                let page = self.list(list, |body: &Value| wire::decode(body, wire::note)).await;
                let more = page.as_ref().is_ok_and(|page| page.more);
                (Part::new("notes", page.map(|page| page.rows), Item::Note), more)
            }
        };
        (part, more.then_some(number + 1).filter(|next| *next <= LAST_PAGE))
    }

    /// A customer's conversations with what a timeline tells of them, newest first.
    async fn threads(&self, customer: &CustomerId) -> Result<Vec<Thread>, ApiError> {
        let path = format!("/v1/customers/{}/conversations?pageSize=100", segment(customer.as_str()));
        let list = List { label: "GET /v1/customers/{id}/conversations", path, pages: THREAD_PAGES };
        let mut threads = self.list(list, |body: &Value| wire::decode(body, wire::thread)).await?.rows;
        for thread in &mut threads {
            thread.conversation.customer.get_or_insert_with(|| customer.clone());
        }
        let age = |c: &Conversation| c.last_message_at.or(c.updated).or(c.created);
        threads.sort_by(|Thread { conversation: a, .. }, Thread { conversation: b, .. }| {
            age(b).cmp(&age(a)).then_with(|| b.id.cmp(&a.id))
        });
        Ok(threads)
    }

    /// What the newest conversations hold: their changes, and where a customer's lists are long their messages and notes.
    async fn newest(&self, conversations: &[ConversationId], messages: bool, notes: bool) -> Vec<Part> {
        let read = |id: ConversationId| async move {
            let mut parts = vec![Part::new("events", self.events_of(&id).await, Item::Event)];
            if messages {
                parts.push(Part::new("messages", self.messages_of(&id).await, Item::Message));
            }
            if notes {
                parts.push(Part::new("notes", self.notes_of(&id).await, Item::Note));
            }
            parts
        };
        let reads: Vec<_> = conversations.iter().cloned().map(read).collect();
        stream::iter(reads).buffered(AT_ONCE).collect::<Vec<_>>().await.into_iter().flatten().collect()
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

/// The same rest with these entries counted as read.
fn counted(rest: &Rest, items: &[Item]) -> Rest {
    let words = |item: &Item| match item {
        Item::Message(message) => message.body.raw().len(),
        Item::Note(note) => note.body.raw().len(),
        Item::Draft(_) | Item::Kobject(_) | Item::Event(_) => 0,
    };
    Rest {
        entries: rest.entries + items.len(),
        bytes: rest.bytes + items.iter().map(words).sum::<usize>(),
        ..rest.clone()
    }
}

fn merged(parts: Vec<Part>) -> Result<Timeline, ApiError> {
    let (mut items, mut gaps, mut failure) = (Vec::new(), Vec::new(), None);
    let mut any = false;
    for Part { name, read } in parts {
        match read {
            Ok(rows) => {
                any = true;
                if name.starts_with("KObjects") && rows.len() >= KOBJECTS {
                    gaps.push(format!("{name}: there may be more than the {KOBJECTS} that were read"));
                }
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
        assert_eq!(partly, Timeline { gaps: vec![gap], ..Timeline::default() });
        assert_eq!(merged(vec![part("notes", Err(forbidden()))]), Err(forbidden()));
    }
}
