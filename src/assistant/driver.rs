//! Owns the doing of what a turn asks for, so that the console's loop and the command line's stay thin: an act goes in, an
//! event comes out. Keeps no state and holds no permission: a change a tool wants comes back as [`Ran::Propose`], for the
//! approval desk of whoever runs the loop.
//!
//! ```text
//! Act::CallModel ─ call_model ─> Event::Model …          Act::RunTool ─ run_tool ─┬─> Event::Call(Answered | Failed)
//!                                                                                 └─> Propose ─ desk ─┬─ writer ─ done
//!                                                                                                     └─ refused
//! ```

use std::time::Duration;

use futures::{Stream, StreamExt};

use super::{CallId, Context, Event, Message, Model, Round, Step, ToolCall, Veiled};
use crate::{
    approval::{Change, Denied, Facts, Refusal, RefusedBy},
    domain::Text,
    kustomer::{Receipt, WriteError},
    privacy::Vault,
    tools::{self, Answer, Cx, Outcome, ToolError},
};

/// What became of a tool that was run.
#[derive(Debug)]
pub enum Ran {
    /// It is answered.
    Event(Event),
    /// It wants a change: put it before the person, tell the turn [`Step::Proposed`], and end with [`done`],
    /// [`not_done`], [`refused`] or [`denied`].
    Propose {
        /// For which call.
        call: CallId,
        /// The exact change.
        change: Box<Change>,
        /// The model's reason: untrusted words.
        reason: Text,
    },
}

/// What was performed, to be told to the model.
#[derive(Clone, Copy, Debug)]
pub struct Performed<'a> {
    /// For which call.
    pub call: CallId,
    /// The tool that had proposed it.
    pub tool: &'a str,
    /// As it was approved, edits included.
    pub change: &'a Change,
    /// What the desk made of it.
    pub receipt: &'a Receipt,
}

/// A question of the person's, with what is on screen.
pub fn ask(vault: &Vault, typed: &str, context: Context) -> Event {
    Event::Asked { typed: Text::from(typed), veiled: Veiled::of(vault, typed), context }
}

/// Asks the model. Dropping the stream drops the connection.
pub fn call_model(model: &Model, round: Round, messages: &[Message]) -> impl Stream<Item = Event> + Send + use<> {
    model.answer(messages).map(move |said| Event::Model(round, said))
}

/// Runs a tool.
pub async fn run_tool(call: ToolCall, cx: &Cx) -> Ran {
    let ToolCall { id, name, arguments } = call;
    let Some(tool) = tools::by_name(name) else {
        return Ran::Event(failed(id, &ToolError::NotFound { what: "tool" }, cx));
    };
    let began = cx.clock.elapsed();
    match tool.run(arguments, cx).await {
        Ok(Outcome::Answer(answer)) => {
            Ran::Event(Event::Call(id, Step::Answered { answer, took_ms: ms_since(began, cx) }))
        }
        Ok(Outcome::Propose { change, reason }) => {
            let facts = Facts { tool: Some(name.to_owned()), segment: None };
            Ran::Propose { call: id, change: Box::new(change.known(facts)), reason }
        }
        Err(error) => Ran::Event(failed(id, &error, cx)),
    }
}

fn failed(call: CallId, error: &ToolError, cx: &Cx) -> Event {
    Event::Call(call, Step::Failed { answer: error.answer(&cx.vault) })
}

/// An approved change was performed.
pub async fn done(performed: Performed<'_>, cx: &Cx) -> Event {
    let Performed { call, tool, change, receipt } = performed;
    let began = cx.clock.elapsed();
    let answer = match tools::by_name(tool) {
        Some(tool) => tool.done(change, receipt, cx).await,
        None => Answer::error("unknown_tool", "it was done, but its tool is not known any more", &cx.vault),
    };
    Event::Call(call, Step::Answered { answer, took_ms: ms_since(began, cx) })
}

fn ms_since(began: Duration, cx: &Cx) -> u64 {
    u64::try_from(cx.clock.elapsed().saturating_sub(began).as_millis()).unwrap_or(u64::MAX)
}

/// Adds what the person wanted told along with their yes.
pub fn with_note(event: Event, note: &str, vault: &Vault) -> Event {
    match event {
        Event::Call(call, Step::Answered { answer, took_ms }) if !note.is_empty() => {
            Event::Call(call, Step::Answered { answer: answer.with_note(note, vault), took_ms })
        }
        other => other,
    }
}

/// An approved change did not end well.
pub fn not_done(call: CallId, error: &WriteError, vault: &Vault) -> Event {
    let code = match error {
        WriteError::Trail(_) | WriteError::Refused(_) => "not_done",
        WriteError::Partly { .. } => "partly_done",
        WriteError::Unclear { .. } => "unclear",
        WriteError::Unrecorded { .. } => "done_but_not_recorded",
    };
    let words = format!("{error}. {}. Do not repeat it by yourself.", error.next());
    Event::Call(call, Step::Failed { answer: Answer::error(code, &words, vault) })
}

/// A person, or the lack of one, said no.
pub fn refused(call: CallId, refusal: &Refusal, vault: &Vault) -> Event {
    let step = match &refusal.by {
        RefusedBy::Changes(what) => Step::Returned { changes: Veiled::of(vault, what) },
        RefusedBy::Person(_) | RefusedBy::Expiry | RefusedBy::Closing | RefusedBy::Tampering | RefusedBy::Moved(_) => {
            Step::Refused { reason: Veiled::of(vault, &refusal.why()) }
        }
    };
    Event::Call(call, step)
}

/// The change never became a card.
pub fn denied(call: CallId, denied: &Denied, vault: &Vault) -> Event {
    Event::Call(call, Step::Refused { reason: Veiled::of(vault, &denied.to_string()) })
}

/// One person said yes where two have to: the call ends, not done.
pub fn waits_for_second(call: CallId, vault: &Vault) -> Event {
    let words = "not done yet: one person approved it and a second one has to; do not ask for it again";
    Event::Call(call, Step::Refused { reason: Veiled::of(vault, words) })
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;

    use secrecy::SecretString;
    use serde_json::Value;

    use super::*;
    use crate::{
        approval::{Author, Decision, Desk, Press, Trail, Verdict},
        assistant::{Act, Entry, ModelConfig, Turn},
        clock::Clock,
        domain::{Conversation, Customer},
        kustomer::{Reader, Writer, search},
        sandbox,
        store::Store,
        transport::{Endpoint, Lane, Transport},
    };

    /// A simulated desk with its scripted model, and everything a loop needs.
    struct Floor {
        _running: sandbox::Running,
        _folder: tempfile::TempDir,
        model: Model,
        writer: Writer,
        approvals: Desk,
        cx: Cx,
        open: Option<(Conversation, Customer)>,
        /// What the model was sent, message by message.
        sent: String,
    }

    impl Floor {
        async fn new() -> Self {
            let clock = Clock::real();
            let running = sandbox::start(sandbox::Options::default()).await.expect("a desk");
            let ready = running.ready().clone();
            let key = SecretString::from(ready.api_key);
            let endpoint = Endpoint { base: ready.kustomer.clone(), key: key.clone() };
            let transport = Transport::new(endpoint, clock.clone()).expect("a transport");
            let folder = tempfile::tempdir().expect("a folder");
            let store = Store::open(folder.path()).expect("a store");
            let trail = Trail::new(store.clone(), clock.clone(), &ready.kustomer);
            let reader = Reader::new(transport.clone(), clock.clone());
            let config = ModelConfig { base: ready.openai, key, model: "shiftdeck-scripted".into() };
            let model = Model::new(&config, clock.clone()).expect("a model");
            let first = reader.open_conversations().await.expect("a queue").rows.into_iter().next().expect("a row");
            let customer = reader.customer(first.customer.as_ref().expect("its customer")).await.expect("a customer");
            let cx = Cx {
                reader: reader.with_lane(Lane::Assistant),
                vault: Vault::new(),
                clock: clock.clone(),
                store,
                org: ready.kustomer,
                conversation: Some(first.id.clone()),
                turn: "t1".into(),
            };
            let writer = Writer::new(transport, clock, trail);
            let open = Some((first, customer));
            Self {
                _running: running,
                _folder: folder,
                model,
                writer,
                approvals: Desk::new().at(&cx.org),
                cx,
                open,
                sent: String::new(),
            }
        }

        /// One question to its end; every card gets this verdict.
        async fn ask(&mut self, turn: &mut Turn, words: &str, verdict: &Verdict) {
            let open = self.open.as_ref().map(|(conversation, customer)| (conversation, Some(customer)));
            let context = Context::new(&self.cx.vault, open, &Text::from("Lead"), self.cx.clock.now());
            let mut acts = VecDeque::from(turn.handle(ask(&self.cx.vault, words, context)));
            while let Some(act) = acts.pop_front() {
                match act {
                    Act::CallModel { round, messages } => {
                        self.sent = format!("{messages:?}");
                        let mut said = std::pin::pin!(call_model(&self.model, round, &messages));
                        while let Some(event) = said.next().await {
                            acts.extend(turn.handle(event));
                        }
                    }
                    Act::RunTool(call) => {
                        let event = match run_tool(call, &self.cx).await {
                            Ran::Event(event) => event,
                            Ran::Propose { call, change, reason } => {
                                self.decide(turn, (call, *change, reason), verdict.clone()).await
                            }
                        };
                        acts.extend(turn.handle(event));
                    }
                    Act::Withdraw(proposal) => drop(self.approvals.withdraw(proposal)),
                }
            }
        }

        async fn decide(&mut self, turn: &mut Turn, wish: (CallId, Change, Text), verdict: Verdict) -> Event {
            let (call, change, reason) = wish;
            let tool = turn.call(call).expect("the call is known").name.raw().to_owned();
            let now = self.cx.clock.elapsed();
            let author = Author::Assistant { model: self.model.name().into() };
            let verdict = match verdict {
                Verdict::Approve { .. } => Verdict::Approve { typed: Some(change.count()) },
                no @ (Verdict::Refuse { .. } | Verdict::Change { .. }) => no,
            };
            let id = match self.approvals.submit(change, author, reason, now) {
                Ok(id) => id,
                Err(no) => return denied(call, &no, &self.cx.vault),
            };
            turn.handle(Event::Call(call, Step::Proposed(id)));
            self.approvals.painted(id, now, true);
            let press = Press::from_terminal(now + crate::approval::CALM);
            match self.approvals.decide(id, verdict, press, now).expect("the card was painted") {
                Decision::Refused(refusal) => refused(call, &refusal, &self.cx.vault),
                Decision::First(_) | Decision::Canary(_) => unreachable!("no policy and no vigilance here"),
                Decision::Go(approved) => {
                    turn.handle(Event::Call(call, Step::Performing));
                    let change = approved.change().clone();
                    match self.writer.perform(approved).await {
                        Ok(receipt) => {
                            done(Performed { call, tool: &tool, change: &change, receipt: &receipt }, &self.cx).await
                        }
                        Err(error) => not_done(call, &error, &self.cx.vault),
                    }
                }
            }
        }
    }

    fn calls(turn: &Turn) -> Vec<(String, &'static str)> {
        let name = |entry: &Entry| match entry {
            Entry::Call(call) => Some((call.name.raw().to_owned(), call.state.word())),
            Entry::Person(_) | Entry::Model(_) | Entry::Notice(_) => None,
        };
        turn.entries().iter().filter_map(name).collect()
    }

    const BILLED: &str = "This customer says they were billed twice. Find them by their e-mail domain, unmask their phone \
                          number, check their last three conversations and the billing id, and leave a private note with \
                          a summary.";

    #[tokio::test]
    async fn a_double_billing_is_worked_to_a_note_and_the_model_never_sees_a_value() {
        let mut floor = Floor::new().await;
        let mut turn = Turn::new();
        floor.ask(&mut turn, BILLED, &Verdict::Approve { typed: None }).await;
        let names: Vec<String> = calls(&turn).into_iter().map(|(name, state)| format!("{name} {state}")).collect();
        assert_eq!(
            names,
            [
                "customer_search done",
                "customer_unmask done",
                "customer_get done",
                "conversation_list done",
                "conversation_add_note done"
            ],
            "{:?}",
            turn.entries()
        );
        let customer = floor.open.as_ref().map(|(_, customer)| customer.id.clone()).expect("somebody is on screen");
        let customer = floor.cx.reader.customer(&customer).await.expect("the customer");
        let clear: Vec<&str> = customer
            .contacts
            .iter()
            .filter_map(|contact| contact.value.clear())
            .map(crate::domain::Revealed::expose)
            .collect();
        assert!(!clear.is_empty(), "the window is open");
        for value in clear {
            assert!(!floor.sent.contains(value), "a value in the clear was sent to the model");
        }
        assert!(floor.sent.contains("⟦phone:"));
    }

    #[tokio::test]
    async fn a_refusal_reaches_the_model_and_nothing_is_done() {
        let mut floor = Floor::new().await;
        let mut turn = Turn::new();
        floor.ask(&mut turn, BILLED, &Verdict::Refuse { reason: "not without a call back".into() }).await;
        assert_eq!(
            calls(&turn),
            [("customer_search".to_owned(), "done"), ("customer_unmask".to_owned(), "refused")],
            "{:?}",
            turn.entries()
        );
        let told = turn.entries().iter().find_map(|entry| match entry {
            Entry::Call(call) if call.name.raw() == "customer_unmask" => call.result.clone(),
            Entry::Call(_) | Entry::Person(_) | Entry::Model(_) | Entry::Notice(_) => None,
        });
        let expected: Value = serde_json::json!({"status": "refused", "reason": "not without a call back"});
        assert_eq!(told, Some(expected));
    }

    const OUTAGE: &str = "We have an active incident affecting our EU-West cluster. Take this JSON list of affected tenant \
                          IDs, map them to Kustomer external IDs, and bulk create 'service_outage' custom objects for all \
                          of them. Once initiated, monitor the bulk operation until it finishes and alert me if any \
                          batches fail.";

    #[tokio::test]
    async fn an_outage_becomes_one_job_that_is_watched_to_its_end() {
        let mut floor = Floor::new().await;
        let now = floor.cx.clock.now();
        let zone = jiff::tz::TimeZone::UTC;
        let scope = search::Scope::bare(&search::Context::Customer, now, &zone);
        let query = search::Query::parse("tenantRegionStr:eu-west", &scope).expect("a query");
        let page = floor.cx.reader.search_customers(&query, 30).await.expect("tenants");
        let mut ids: Vec<&str> =
            page.rows.iter().filter_map(|customer| customer.external_id.as_ref()).map(Text::raw).collect();
        let known = ids.len();
        ids.push("TEN-00000");
        assert!(known > 10, "the seeded org has tenants in the region");
        let words = format!("{OUTAGE} {}", serde_json::json!(ids));
        let mut turn = Turn::new();
        floor.ask(&mut turn, &words, &Verdict::Approve { typed: None }).await;
        let mut names = calls(&turn);
        names.dedup();
        let expected = ["customer_resolve", "kobject_bulk_create", "bulk_status"].map(|name| (name.to_owned(), "done"));
        let tail = &names[names.len().saturating_sub(3)..];
        assert_eq!(tail, expected, "{:?}", turn.entries());
        let job = turn.entries().iter().rev().find_map(|entry| match entry {
            Entry::Call(call) => call.result.clone(),
            Entry::Person(_) | Entry::Model(_) | Entry::Notice(_) => None,
        });
        let job = job.expect("the last poll");
        assert_eq!((&job["status"], &job["total"]), (&"complete".into(), &known.into()), "{job}");
    }

    #[tokio::test]
    async fn a_masked_number_is_verified_and_replaced() {
        let mut floor = Floor::new().await;
        let mut turn = Turn::new();
        let words = "We need to update the phone number for the user with external ID 'USR-555'. First, look them up by \
                     external ID. If their current phone number is masked, create an unmasking window to verify it. If the \
                     unmasked number does not match '+14155552671', update their profile with the new number.";
        floor.ask(&mut turn, words, &Verdict::Approve { typed: None }).await;
        let last = calls(&turn).pop();
        assert_eq!(last, Some(("customer_update".to_owned(), "done")), "{:?}", turn.entries());
        let key = crate::kustomer::Key::ExternalId("USR-555");
        let customer = floor.cx.reader.customer_by(key).await.expect("an answer").expect("the customer");
        let phones: Vec<Option<&str>> = customer
            .contacts_of(crate::domain::ContactKind::Phone)
            .map(|contact| contact.value.clear().map(crate::domain::Revealed::expose))
            .collect();
        assert_eq!(phones, [Some("+14155552671")]);
        assert!(!floor.sent.contains("4155552671"));
    }

    #[tokio::test]
    async fn a_draft_waits_on_its_channel() {
        let mut floor = Floor::new().await;
        let mut turn = Turn::new();
        let words = "Draft a WhatsApp message for this customer explaining that their delayed shipment has been found and \
                     will arrive tomorrow. Leave it in draft status for the shift lead to approve.";
        floor.ask(&mut turn, words, &Verdict::Approve { typed: None }).await;
        let last = calls(&turn).pop();
        assert_eq!(last, Some(("draft_create".to_owned(), "done")), "{:?}", turn.entries());
    }
}
