//! Owns what the console puts into the local cache and when: conversations from answers of the desk, written by a thread of
//! its own. Does not decide how they are kept (`store::cache`).
//!
//! Invariant: nothing is kept of a customer whose unmasking window was open when the question was asked, or is when its
//! answer is written. A cache that cannot keep up loses batches, never the console's time.

use std::{
    sync::mpsc::{Receiver, SyncSender, sync_channel},
    thread,
};

use jiff::Timestamp;

use crate::{
    approval::Trail,
    console::msg::Fetched,
    domain::{Conversation, CustomerId},
    kustomer::Page,
    store::{Cache, LastQueue, StoreError},
};

/// Batches that may wait; a batch is one answer.
const WAITING: usize = 16;
/// Rows of the queue that are shown before the desk has answered.
const ROWS: usize = 500;

/// Hands answers to the cache. Clones hand to the same one.
#[derive(Clone)]
pub struct Keeper {
    cache: Cache,
    trail: Trail,
    batches: SyncSender<Batch>,
}

struct Batch {
    what: What,
    frozen: Vec<CustomerId>,
}

enum What {
    Queue(LastQueue),
    Rows(Vec<Conversation>),
    Forget(CustomerId),
}

impl Keeper {
    /// Starts the thread; it ends when nobody hands it anything more.
    pub fn start(cache: Cache, trail: Trail) -> Self {
        let (batches, waiting) = sync_channel(WAITING);
        let keeper = Self { cache: cache.clone(), trail: trail.clone(), batches };
        thread::spawn(move || write(&waiting, &cache, &trail));
        keeper
    }

    /// Customers nothing may be kept of now: taken before a question is asked, handed in with its answer.
    pub fn frozen(&self) -> Vec<CustomerId> {
        self.trail.store().open_windows(self.trail.org()).unwrap_or_default()
    }

    /// Takes what is worth keeping out of an answer.
    pub fn heard(&self, answer: &Fetched, frozen: Vec<CustomerId>, now: Timestamp) {
        let what = match answer {
            Fetched::Queue(Ok(page)) => {
                What::Queue(LastQueue { rows: page.rows.clone(), total: page.total, more: page.more, at: now })
            }
            Fetched::Conversation(Ok(conversation)) => What::Rows(vec![conversation.clone()]),
            _ => return,
        };
        let _ = self.batches.try_send(Batch { what, frozen });
    }

    /// Forgets a customer who is gone from the desk. Waits in line behind what was handed over before.
    pub fn forget(&self, customer: CustomerId) {
        let batches = self.batches.clone();
        let batch = Batch { what: What::Forget(customer), frozen: Vec::new() };
        tokio::task::spawn_blocking(move || batches.send(batch));
    }

    /// The queue as it was when last read, and when.
    pub fn last_queue(&self) -> Option<(Page<Conversation>, Timestamp)> {
        let last = self.cache.queue(ROWS).inspect_err(|error| tracing::warn!(%error, "the cache could not be read"));
        let LastQueue { rows, total, more, at } = last.ok().flatten()?;
        Some((Page { rows, total, more, skipped: 0 }, at))
    }
}

fn write(waiting: &Receiver<Batch>, cache: &Cache, trail: &Trail) {
    while let Ok(Batch { what, mut frozen }) = waiting.recv() {
        let done = trail.store().open_windows(trail.org()).and_then(|open| {
            frozen.extend(open);
            keep(what, &frozen, cache)
        });
        if let Err(error) = done {
            tracing::warn!(%error, "something could not be put into the local cache");
        }
    }
}

fn keep(what: What, frozen: &[CustomerId], cache: &Cache) -> Result<(), StoreError> {
    match what {
        What::Queue(queue) => cache.keep_queue(&queue, frozen),
        What::Rows(rows) => cache.keep(&rows, frozen),
        What::Forget(customer) => cache.forget(&customer),
    }
}
