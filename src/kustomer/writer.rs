//! Owns the performing of what a person approved: written down first, sent once, looked up when the answer got lost,
//! written down again. Builds no request (`changes`) and decides nothing (`approval`).
//!
//! ```text
//! Approved ─ Trail::begin (on disk) ─ send each request ─┬─ answered ───────────────┐
//!                                                        └─ unclear ─ look it up ───┴─ Trail::settle ─ Receipt
//! ```
//!
//! Invariant: no request is sent a second time when it is unclear whether the first had an effect, and a bulk change
//! stops at the first call that did not work.

mod reconcile;

use std::fmt;

use serde_json::Value;

use super::{path::segment, reader::Reader};
use crate::{
    approval::{Approved, Change, Effect, Operation, Outcome, Request, Trail, TrailError},
    clock::Clock,
    domain::{BulkId, CustomerId},
    transport::{ApiError, Call, ErrorKind, Lane, Method, Repeat, Transport},
};

/// The only way to change something on the desk.
#[derive(Clone, Debug)]
pub struct Writer {
    reader: Reader,
    trail: Trail,
}

/// What a performed change made.
#[derive(Clone, PartialEq, Eq)]
pub struct Receipt {
    /// Which operation it was.
    pub operation: Operation,
    /// Ids of the records made or changed, as far as the desk told.
    pub objects: Vec<String>,
    /// Bulk jobs that were started, to be watched.
    pub jobs: Vec<BulkId>,
    /// Whether an answer got lost and the outcome was found by reading.
    pub reconciled: bool,
    /// The answers, in order; an answer that got lost is `Null`.
    pub answers: Vec<Value>,
}

impl fmt::Debug for Receipt {
    /// Without the answers: they are customers' data.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Receipt")
            .field("operation", &self.operation)
            .field("objects", &self.objects)
            .field("jobs", &self.jobs)
            .field("reconciled", &self.reconciled)
            .finish_non_exhaustive()
    }
}

/// How a change did not end well. Each variant says what is certain.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// Nothing was sent, because it could not be written down first.
    #[error(transparent)]
    Trail(TrailError),
    /// The desk did not do it; nothing has changed.
    #[error("nothing was changed: {0}")]
    Refused(ApiError),
    /// A change of several calls stopped on the way: the first ones were taken, this and the rest were not.
    #[error("{} of {calls} calls were taken, then: {error}", done.answers.len())]
    Partly {
        /// What the first calls made.
        done: Box<Receipt>,
        /// How many calls the change had.
        calls: usize,
        /// Why it stopped.
        error: ApiError,
    },
    /// Nobody knows whether the last call took effect; nothing was sent after it and it is not repeated.
    #[error("nobody knows whether this took effect: {error}")]
    Unclear {
        /// What the calls before it made.
        done: Box<Receipt>,
        /// What happened to the answer.
        error: ApiError,
    },
    /// It was done, but its outcome could not be written down.
    #[error("it was done, but the audit trail could not be completed: {source}")]
    Unrecorded {
        /// What was made.
        done: Box<Receipt>,
        /// Why not.
        source: TrailError,
    },
}

impl WriteError {
    /// What the person can do next.
    pub fn next(&self) -> &'static str {
        match self {
            Self::Trail(_) => "make sure the folder of the local database can be written, then approve again",
            Self::Refused(error) => error.next(),
            Self::Partly { .. } => "look at the jobs that were started; propose the remaining rows again",
            Self::Unclear { error, .. } => error.next(),
            Self::Unrecorded { .. } => "note it by hand, and make sure the local database can be written",
        }
    }
}

impl Writer {
    /// A writer over the same way out and the same trail as everybody else.
    pub fn new(transport: Transport, clock: Clock, trail: Trail) -> Self {
        Self { reader: Reader::new(transport, clock), trail }
    }

    /// Performs an approved change. Await it to its end: a dropped future leaves its outcome unwritten.
    ///
    /// # Errors
    /// [`WriteError`]; every variant says what is certain about the desk's state.
    pub async fn perform(&self, approved: Approved<Change>) -> Result<Receipt, WriteError> {
        let (change, ticket) = self.trail.begin(approved).map_err(WriteError::Trail)?;
        let ended = self.send_all(&change).await;
        let settled = match &ended {
            Ok(receipt) => self.trail.settle(ticket, Outcome::Done { object: receipt.object() }),
            Err(WriteError::Unclear { error, .. }) => {
                self.trail.settle(ticket, Outcome::Unknown { why: &error.to_string() })
            }
            Err(error) => self.trail.settle(ticket, Outcome::Failed { why: &error.to_string() }),
        };
        match (ended, settled) {
            (Ok(receipt), Err(source)) => Err(WriteError::Unrecorded { done: Box::new(receipt), source }),
            (ended, Err(source)) => {
                tracing::error!(%source, "the end of a failed change could not be written down");
                ended
            }
            (ended, Ok(())) => ended,
        }
    }

    async fn send_all(&self, change: &Change) -> Result<Receipt, WriteError> {
        let mut receipt = Receipt::new(change.operation());
        let calls = change.requests().len();
        for request in change.requests() {
            match self.reader.transport().send(call(change, request)).await {
                Ok(answer) => receipt.take(answer.body),
                Err(error) if error.kind() == ErrorKind::Unclear => match self.reconcile(change, request).await {
                    Some(found) => receipt.reconciled(found),
                    None => return Err(WriteError::Unclear { done: Box::new(receipt), error }),
                },
                Err(error) if receipt.answers.is_empty() => return Err(WriteError::Refused(error)),
                Err(error) => return Err(WriteError::Partly { done: Box::new(receipt), calls, error }),
            }
        }
        Ok(receipt)
    }

    /// Closes a customer's unmasking window and writes it down. Needs no approval, it only takes sight away; a window
    /// that is gone already counts as closed.
    ///
    /// # Errors
    /// [`WriteError::Refused`] while the window may still be open; [`WriteError::Unrecorded`] when it is closed but
    /// could not be written down.
    pub async fn close_window(&self, customer: &CustomerId, why: &str) -> Result<(), WriteError> {
        let path = format!("/v1/customers/{}/unmasking-windows", segment(customer.as_str()));
        let call = Call {
            method: Method::Delete,
            record: Some(customer.to_string()),
            ..Call::get("DELETE /v1/customers/{id}/unmasking-windows", path, Lane::Person)
        };
        match self.reader.transport().send(call).await {
            Ok(_) => {}
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => return Err(WriteError::Refused(error)),
        }
        let unrecorded = |source| {
            let done = Box::new(Receipt::new(Operation::Other));
            WriteError::Unrecorded { done, source }
        };
        self.trail.window_closed(customer, why).map_err(unrecorded)
    }
}

impl Receipt {
    fn new(operation: Operation) -> Self {
        Self { operation, objects: Vec::new(), jobs: Vec::new(), reconciled: false, answers: Vec::new() }
    }

    /// The one record or job to name in the trail.
    fn object(&self) -> Option<&str> {
        self.objects.first().map(String::as_str).or_else(|| self.jobs.first().map(BulkId::as_str))
    }

    fn take(&mut self, answer: Value) {
        if let Some(id) = answer.pointer("/data/id").and_then(Value::as_str) {
            if answer.pointer("/data/type").and_then(Value::as_str) == Some("bulk") {
                self.jobs.push(BulkId::new(id));
            } else {
                self.objects.push(id.to_owned());
            }
        }
        self.answers.push(answer);
    }

    fn reconciled(&mut self, found: reconcile::Found) {
        self.reconciled = true;
        self.objects.extend(found.object);
        self.answers.push(Value::Null);
    }
}

/// The request as it will be sent. What a person waits for goes in the person's lane, whoever proposed it.
fn call(change: &Change, request: &Request) -> Call {
    let subject = change.subject();
    let record = subject.customer.as_ref().map(ToString::to_string);
    Call {
        label: label(change.operation()),
        method: request.method,
        path: request.path.clone(),
        body: request.bytes(),
        lane: if change.effect() == Effect::Bulk { Lane::Bulk } else { Lane::Person },
        repeat: Repeat::Never,
        record: record.or_else(|| subject.conversation.as_ref().map(ToString::to_string)),
        ..Call::get("", "", Lane::Person)
    }
}

fn label(operation: Operation) -> &'static str {
    match operation {
        Operation::OpenWindow => "POST /v1/customers/{id}/unmasking-windows",
        Operation::AddNote => "POST /v1/conversations/{id}/notes",
        Operation::CreateDraft => "POST /v1/customers/{id}/drafts",
        Operation::UpdateCustomer => "PATCH /v1/customers/{id}",
        Operation::CreateKobjects => "POST /v1/klasses/{name}/bulk",
        Operation::Other => "the request as written",
    }
}

#[cfg(test)]
mod tests;
