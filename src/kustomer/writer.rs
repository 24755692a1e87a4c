//! Owns the performing of what a person approved: written down first, sent once, looked up when the answer got lost,
//! written down again. Builds no request (`changes`) and decides nothing (`approval`).
//!
//! ```text
//! Approved ─ Trail::begin (on disk) ─ send each request ─┬─ answered ───────────────┐
//!                                                        └─ unclear ─ look it up ───┴─ Trail::settle ─ Receipt
//! ```
//!
//! Invariants: no request is sent a second time when it is unclear whether the first had an effect; a bulk change stops at
//! the first call that did not work; what leaves is hashed as it leaves, and anything but what was approved stays here.

mod evidence;
mod outlet;
pub(crate) mod reconcile;

use std::{fmt, sync::Arc};

pub use evidence::Settled;
pub use outlet::{Outlet, OutletError, SCHEME, Standing};

use serde_json::Value;

use super::{changes::Known, path::segment, reader::Reader, wire};
use crate::{
    approval::{Approved, Change, Effect, Operation, Outcome, Request, Ticket, Trail, TrailError},
    clock::Clock,
    domain::{BulkId, Conversation, CustomerId},
    store::StartedJob,
    transport::{ApiError, Call, Creation, ErrorKind, Lane, Method, Repeat, Transport},
};

/// The only way to change something on the desk.
#[derive(Clone, Debug)]
pub struct Writer {
    reader: Reader,
    trail: Trail,
    /// Where tools of other sources are called.
    outlet: Option<Arc<dyn Outlet>>,
    /// Who knows whether a source's tool still is what it was, where the desk itself is reached by such tools.
    standing: Option<Arc<dyn Standing>>,
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
    /// Nothing was sent, because its plan could not be taken up.
    #[error("nothing was sent: {0}")]
    Planless(String),
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
    /// A tool of another source.
    #[error(transparent)]
    Tool(OutletError),
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
            Self::Planless(_) => "`shiftdeck bulk list` tells which plans there are; plan it again",
            Self::Tool(error) => error.next(),
            Self::Trail(_) => "make sure the folder of the local database can be written, then approve again",
            Self::Refused(error) | Self::Unclear { error, .. } => error.next(),
            Self::Partly { .. } => "look at the jobs that were started; propose the remaining rows again",
            Self::Unrecorded { .. } => "note it by hand, and make sure the local database can be written",
        }
    }
}

impl Writer {
    /// A writer over the same way out and the same trail as everybody else.
    pub fn new(transport: Transport, clock: Clock, trail: Trail) -> Self {
        Self { reader: Reader::new(transport, clock), trail, outlet: None, standing: None }
    }

    /// The same, with a way to tools of other sources.
    #[must_use]
    pub fn with_outlet(self, outlet: Arc<dyn Outlet>) -> Self {
        Self { outlet: Some(outlet), ..self }
    }

    /// The same, asking before each change that is made of another source's tool whether the tool still is what it was.
    #[must_use]
    pub fn with_standing(self, standing: Arc<dyn Standing>) -> Self {
        Self { standing: Some(standing), ..self }
    }

    /// Performs an approved change. Await it to its end: a dropped future leaves its outcome unwritten.
    ///
    /// # Errors
    /// [`WriteError`]; every variant says what is certain about the desk's state.
    pub async fn perform(&self, approved: Approved<Change>) -> Result<Receipt, WriteError> {
        let (change, ticket) = self.trail.begin(approved).map_err(WriteError::Trail)?;
        let ended = if change.requests().iter().any(outlet::is_for_a_tool) {
            self.call_tools(&change, &ticket).await
        } else {
            match self.stands(&change).await.and_then(|()| admitted(&change, &ticket)) {
                Ok(calls) => {
                    self.keep_evidence(&change, &ticket);
                    self.send_all(&change, calls).await
                }
                Err(error) => Err(error),
            }
        };
        let settled = match &ended {
            Ok(receipt) => self.trail.settle(ticket, Outcome::Done { object: receipt.object() }),
            Err(WriteError::Unclear { error, .. }) => {
                self.trail.settle(ticket, Outcome::Unknown { why: &error.to_string() })
            }
            Err(WriteError::Tool(error @ OutletError::Unclear(_))) => {
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

    /// Nothing is sent for a tool that is another one than when the change was made of it.
    ///
    /// # Errors
    /// [`WriteError::Tool`], where it differs or nobody can tell.
    pub async fn stands(&self, change: &Change) -> Result<(), WriteError> {
        let (Some(origin), Some(standing)) = (&change.subject().origin, &self.standing) else { return Ok(()) };
        standing.stands(origin).await.map_err(|why| WriteError::Tool(OutletError::Changed(why)))
    }

    /// Calls tools of other sources, one after the other. What is lost there is not looked up: nobody knows where.
    async fn call_tools(&self, change: &Change, ticket: &Ticket) -> Result<Receipt, WriteError> {
        let nowhere = || WriteError::Tool(OutletError::NotCalled("no other sources are set up here".to_owned()));
        let outlet = self.outlet.as_ref().ok_or_else(nowhere)?;
        let mut receipt = Receipt::new(change.operation());
        for (n, request) in change.requests().iter().enumerate() {
            if !outlet::is_for_a_tool(request) {
                return Err(WriteError::Tool(OutletError::NotCalled("half of it is for the desk".to_owned())));
            }
            receipt.answers.push(outlet.call(change, n, ticket).await.map_err(WriteError::Tool)?);
        }
        Ok(receipt)
    }

    async fn send_all(&self, change: &Change, admitted: Vec<Call>) -> Result<Receipt, WriteError> {
        let mut receipt = Receipt::new(change.operation());
        let calls = admitted.len();
        for (request, call) in change.requests().iter().zip(admitted) {
            let sent = self.reader.clock().now();
            match self.reader.transport().send(call).await {
                Ok(answer) => {
                    if let Some(job) = receipt.take(answer.body) {
                        self.keep_job(change, request, job);
                    }
                }
                Err(error) if error.kind() == ErrorKind::Unclear => {
                    match self.reconcile(change.subject(), request, sent).await {
                        Some(found) => receipt.reconciled(found),
                        None => return Err(WriteError::Unclear { done: Box::new(receipt), error }),
                    }
                }
                Err(error) if receipt.answers.is_empty() => return Err(WriteError::Refused(error)),
                Err(error) => return Err(WriteError::Partly { done: Box::new(receipt), calls, error }),
            }
        }
        Ok(receipt)
    }

    /// Keeps the job a bulk call started before the next call is sent, so that it can be watched whatever happens then.
    fn keep_job(&self, change: &Change, request: &Request, id: BulkId) {
        let rows = request.body.as_ref().and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
        let job = StartedJob {
            id,
            summary: change.summary().to_owned(),
            started: self.reader.clock().now(),
            items: rows.len() as u64,
        };
        if let Err(error) = self.trail.store().job_started(self.trail.org(), &job) {
            tracing::error!(%error, "a started bulk job could not be kept");
        }
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
            urgent: true,
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

    /// The conversation as the desk answered it after a change of one; `None` when its answer got lost or was another.
    pub fn conversation(&self) -> Option<Conversation> {
        let [answer] = self.answers.as_slice() else { return None };
        wire::single(answer).filter(|resource| resource.kind() == "conversation").and_then(wire::conversation)
    }

    /// The one record or job to name in the trail.
    fn object(&self) -> Option<&str> {
        self.objects.first().map(String::as_str).or_else(|| self.jobs.first().map(BulkId::as_str))
    }

    /// Takes an answer; gives the bulk job it started, if it started one.
    fn take(&mut self, answer: Value) -> Option<BulkId> {
        let id = answer.pointer("/data/id").and_then(Value::as_str);
        let is_job = answer.pointer("/data/type").and_then(Value::as_str) == Some("bulk");
        let job = id.filter(|_| is_job).map(BulkId::new);
        self.objects.extend(id.filter(|_| !is_job).map(str::to_owned));
        self.jobs.extend(job.clone());
        self.answers.push(answer);
        job
    }

    fn reconciled(&mut self, found: reconcile::Found) {
        self.reconciled = true;
        self.objects.extend(found.object);
        self.answers.push(Value::Null);
    }
}

/// The calls of a change, each hashed as it will leave; these very values are what is sent.
fn admitted(change: &Change, ticket: &Ticket) -> Result<Vec<Call>, WriteError> {
    let calls = change.requests().iter().enumerate().map(|(n, request)| {
        let call = call(change, request);
        let admits = ticket.admits(n, call.method, &call.path, call.body.as_deref());
        admits.then_some(call).ok_or(WriteError::Trail(TrailError::Tampered))
    });
    calls.collect()
}

/// The request as it will be sent. What a person waits for goes in the person's lane, whoever proposed it. Writes to one
/// record go one after the other: the record is the one the path names, else whom it is for.
fn call(change: &Change, request: &Request) -> Call {
    let subject = change.subject();
    let known = Known::of(request.method, &request.path);
    let named = known.as_ref().and_then(|(known, values)| {
        let named = known.parameters().zip(values).filter(|(name, _)| *name == "id");
        named.map(|(_, value)| value.clone()).last()
    });
    let customer = || subject.customer.as_ref().map(ToString::to_string);
    let conversation = || subject.conversation.as_ref().map(ToString::to_string);
    Call {
        label: change.operation().label(),
        method: request.method,
        path: request.path.clone(),
        body: request.bytes(),
        lane: if change.effect() == Effect::Bulk { Lane::Bulk } else { Lane::Person },
        repeat: Repeat::Never,
        creation: known.and_then(|(known, values)| creation(known, &values, request.body.as_ref(), customer())),
        record: named.or_else(customer).or_else(conversation),
        ..Call::get("", "", Lane::Person)
    }
}

/// The budget for what a request creates for a customer. The desk goes by the path and the body, so they are asked before
/// the change's `subject`, which nobody gives for a request written by hand. Where none names the customer, the
/// conversation stands for them: it is one customer's.
fn creation(known: &Known, values: &[String], body: Option<&Value>, subject: Option<String>) -> Option<Creation> {
    let in_path = |list: &str| values.first().filter(|_| known.path().starts_with(list)).cloned();
    let in_body = |name: &str| Some(body?.get(name)?.as_str()?.to_owned());
    let customer = in_path("/v1/customers/{id}/").or_else(|| in_body("customer")).or(subject);
    let conversation = || in_path("/v1/conversations/{id}/").or_else(|| in_body("conversation"));
    Creation::of(known.creates?, &customer.or_else(conversation)?, body)
}

#[cfg(test)]
mod bytes_tests;
#[cfg(test)]
mod fault_tests;
#[cfg(test)]
mod tests {
    use std::time::Duration;

    use secrecy::SecretString;
    use serde_json::json;

    use super::*;
    use crate::{
        approval::{Author, Decision, Desk, Press, Verdict},
        clock::Hand,
        domain::{KlassName, Text},
        kustomer::changes::{self, CompanyLink, CustomerEdit},
        store::Store,
        transport::{
            Endpoint,
            script::{Script, Step, json_answer},
        },
    };

    /// A writer before a scripted desk. Requests are written as `METHOD path`.
    struct Floor {
        writer: Writer,
        trail: Trail,
        script: Script,
        hand: Hand,
        _folder: tempfile::TempDir,
    }

    async fn floor(rule: impl Fn(&str, usize) -> Step + Send + 'static) -> Floor {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let (clock, hand) = Clock::by_hand("2025-03-04T12:00:00Z".parse().expect("valid"));
        let store = Store::open(folder.path()).expect("a new store opens");
        let trail = Trail::new(store, clock.clone(), "http://desk");
        let seen = std::sync::atomic::AtomicUsize::new(0);
        let log = trail.clone();
        let script = Script::answer(Box::new(move |request| {
            let target = request.split(" HTTP/").next().unwrap_or_default();
            let entry = log.newest(1).expect("read").pop();
            assert_eq!(entry.map(|entry| entry.event).as_deref(), Some("approved"), "written down before {target}");
            rule(target, seen.fetch_add(1, std::sync::atomic::Ordering::SeqCst))
        }))
        .await;
        let endpoint = Endpoint { base: script.base().to_owned(), key: SecretString::from("k-1") };
        let transport = Transport::new(endpoint, clock.clone()).expect("loopback is accepted");
        Floor { writer: Writer::new(transport, clock, trail.clone()), trail, script, hand, _folder: folder }
    }

    impl Floor {
        /// Approves and performs a change, while time passes.
        async fn perform(&self, change: Change) -> Result<Receipt, WriteError> {
            let second = Duration::from_secs;
            let typed = Some(change.count());
            let mut desk = Desk::new().at("http://desk");
            let id = desk.submit(change, Author::Person, Text::from("because"), second(0)).expect("proposed");
            desk.painted(id, second(1), true);
            let decided = desk.decide(id, Verdict::Approve { typed }, Press::from_terminal(second(2)), second(2));
            let Ok(Decision::Go(approved)) = decided else { unreachable!("{decided:?}") };
            let performed = self.writer.perform(approved);
            tokio::pin!(performed);
            loop {
                tokio::select! {
                    biased;
                    ended = &mut performed => return ended,
                    () = tokio::task::yield_now() => self.hand.advance(Duration::from_millis(100)),
                }
            }
        }

        fn writes(&self) -> usize {
            self.script.requests().iter().filter(|request| !request.starts_with("GET ")).count()
        }

        fn events(&self) -> Vec<String> {
            self.trail.newest(9).expect("read").into_iter().map(|entry| entry.event).collect()
        }
    }

    fn note() -> Change {
        changes::add_note(&changes::tests::conversation(), None, "Called back.", "sd-1").expect("a change")
    }

    fn rows(count: usize) -> Change {
        let items = (1..=count).map(changes::tests::row).collect();
        changes::create_kobjects(&KlassName::new("service_outage"), items, vec![]).expect("a change")
    }

    fn made(kind: &str, id: &str) -> Step {
        let attributes = json!({"createdAt": "2025-03-04T12:00:01.000Z"});
        json_answer(201, &json!({"data": {"type": kind, "id": id, "attributes": attributes}}))
    }

    #[tokio::test]
    async fn an_approved_note_is_written_down_sent_once_and_settled() {
        let floor = floor(|_, _| made("note", "66e1")).await;
        let receipt = floor.perform(note()).await.expect("performed");
        assert_eq!((receipt.objects, receipt.jobs, receipt.reconciled), (vec!["66e1".to_owned()], vec![], false));
        assert_eq!((floor.writes(), floor.events()), (1, vec!["done".to_owned(), "approved".to_owned()]));
        assert!(floor.script.requests()[0].ends_with(r#"{"body":"Called back.","externalId":"sd-1"}"#));
    }

    #[tokio::test]
    async fn a_note_whose_answer_got_lost_is_found_and_not_sent_again() {
        let notes = json!({"data": [{"id": "66e0", "attributes": {"externalId": "sd-0"}},
            {"id": "66e1", "attributes": {"externalId": "sd-1", "createdAt": "2025-03-04T12:00:01.000Z"}}]});
        let floor = floor(move |target, count| match (target.starts_with("POST"), count) {
            (true, _) => Step::Hang,
            // The desk is a moment behind.
            (false, 1) => json_answer(200, &json!({"data": []})),
            (false, _) => json_answer(200, &notes),
        })
        .await;
        let receipt = floor.perform(note()).await.expect("found");
        assert_eq!((receipt.objects, receipt.reconciled), (vec!["66e1".to_owned()], true));
        assert_eq!((floor.writes(), floor.events()), (1, vec!["done".to_owned(), "approved".to_owned()]));
    }

    #[tokio::test]
    async fn what_is_not_found_stays_unclear_and_is_not_sent_again() {
        let floor = floor(
            |target, _| {
                if target.starts_with("POST") { Step::Hang } else { json_answer(200, &json!({"data": []})) }
            },
        )
        .await;
        let error = floor.perform(note()).await.expect_err("nobody knows");
        assert!(matches!(error, WriteError::Unclear { .. }), "{error}");
        assert_eq!((floor.writes(), floor.events()), (1, vec!["unknown".to_owned(), "approved".to_owned()]));
    }

    #[tokio::test]
    async fn a_refusal_changes_nothing_and_says_what_to_do() {
        let floor = floor(|_, _| json_answer(403, &json!({"errors": [{"title": "needs note.create"}]}))).await;
        let error = floor.perform(note()).await.expect_err("refused");
        assert_eq!(
            error.to_string(),
            "nothing was changed: POST /v1/conversations/{id}/notes: the key lacks a role for this (403)"
        );
        assert!(error.next().contains("missing role"));
        assert_eq!(floor.events(), ["failed", "approved"]);
    }

    #[tokio::test]
    async fn a_bulk_change_stops_at_the_first_call_that_fails() {
        let floor =
            floor(|_, count| if count == 0 { made("bulk", "66aa") } else { json_answer(400, &json!({})) }).await;
        let error = floor.perform(rows(250)).await.expect_err("stopped");
        let WriteError::Partly { done, calls: 3, error } = error else { unreachable!("{error}") };
        assert_eq!((done.jobs, error.kind()), (vec![BulkId::new("66aa")], ErrorKind::Invalid));
        let kept = floor.trail.store().jobs(floor.trail.org()).expect("read");
        assert_eq!((kept.len(), kept[0].items), (1, 100));
        assert_eq!(floor.writes(), 2);
        let head = floor.script.requests()[0].to_ascii_lowercase();
        assert!(head.contains("x-shiftdeck-lane: bulk"));
    }

    #[tokio::test]
    async fn a_bulk_call_whose_answer_got_lost_is_found_by_its_first_row() {
        let floor = floor(|target, _| match target {
            "GET /v1/klasses/service_outage/externalId=inc-7%3Atenant-1" => made("kobject.service_outage", "66f1"),
            "POST /v1/klasses/service_outage/bulk" => Step::Hang,
            _ => json_answer(404, &json!({})),
        })
        .await;
        let receipt = floor.perform(rows(3)).await.expect("found");
        assert!(receipt.reconciled && receipt.jobs.is_empty());
        assert_eq!(floor.writes(), 1);
    }

    #[tokio::test]
    async fn a_window_or_an_update_whose_answer_got_lost_is_seen_on_the_customer() {
        let desk = |target: &str, _| match target {
            "GET /v1/customers/66c1" => json_answer(
                200,
                &json!({"data": {"id": "66c1", "attributes": {"custom": {"loyaltyTierStr": "silver"}, "unmaskingWindow": {
                    "startDate": "2025-03-04T11:59:00.000Z", "endDate": "2025-03-05T11:59:00.000Z"}}}}),
            ),
            "GET /v1/metadata/customer" => json_answer(404, &json!({})),
            _ => Step::Hang,
        };
        let update = |tier: &str| {
            let edit = CustomerEdit::Custom { name: "loyaltyTierStr".to_owned(), value: json!(tier) };
            changes::update_customer(&changes::tests::customer(), &CompanyLink::of(None), vec![edit]).expect("a change")
        };
        for (change, found) in [
            (changes::open_window(&changes::tests::customer()), true),
            (update("silver"), true),
            (update("bronze"), false),
        ] {
            let floor = floor(desk).await;
            assert_eq!(floor.perform(change).await.is_ok_and(|receipt| receipt.reconciled), found);
            assert_eq!(floor.writes(), 1);
        }
    }

    #[tokio::test]
    async fn a_closed_window_is_written_down_and_a_missing_one_counts_as_closed() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let (clock, _hand) = Clock::by_hand("2025-03-04T12:00:00Z".parse().expect("valid"));
        let trail = Trail::new(Store::open(folder.path()).expect("opens"), clock.clone(), "http://desk");
        let script = Script::play(vec![json_answer(404, &json!({})), json_answer(403, &json!({}))]).await;
        let endpoint = Endpoint { base: script.base().to_owned(), key: SecretString::from("k-1") };
        let transport = Transport::new(endpoint, clock.clone()).expect("loopback is accepted");
        let writer = Writer::new(transport, clock, trail.clone());
        let customer = CustomerId::new("66c1");
        writer.close_window(&customer, "done").await.expect("closed");
        assert!(matches!(writer.close_window(&customer, "done").await, Err(WriteError::Refused(_))));
        let events: Vec<String> = trail.newest(9).expect("read").into_iter().map(|entry| entry.event).collect();
        assert_eq!(events, ["closed"]);
        assert!(script.requests()[0].starts_with("DELETE /v1/customers/66c1/unmasking-windows HTTP/1.1"));
    }
}
