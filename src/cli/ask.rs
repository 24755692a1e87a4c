//! Owns `shiftdeck ask`: one assistant turn outside the console. Runs the same turn, tools and approval desk; cards are asked
//! on the terminal, and where there is none the first card ends the command.

use futures::{
    FutureExt, StreamExt,
    stream::{self, BoxStream, SelectAll},
};
use uuid::Uuid;

use super::{
    Exit, Failure,
    args::Ask,
    asking::while_asked,
    out,
    session::Session,
    tools::{self, SETTLE},
    transcript::Transcript,
    tty::{self, Answer},
};
use crate::{
    approval::{Approved, Author, Change, Desk, Effect, ProposalId, Refusal},
    assistant::{
        self, Act, CallId, Context, Entry, Event, Model, Ran, Turn,
        transcript::{self, Recorder},
    },
    config::{Config, Task},
    domain::{Conversation, ConversationId, Customer, CustomerId, Text},
    store::TranscriptHead,
    tools::{Cx, Kit},
    transport::Lane,
};

/// What a card says of a window's time here.
const CLOSES: &str = "The desk would keep it open for as long as the org's setting says, often 24 h; this command closes it \
                      when it ends.";

/// Runs it.
pub async fn run(config: Config, args: &Ask) -> Result<Exit, Failure> {
    let mut session = Session::open(config).await?;
    let mut asks = session.asks.take();
    session.sources.start();
    let me = session.sign_in().await?;
    session.close_abandoned_windows().await?;
    let model = session.model(Task::Ask).await?;
    let (conversation, customer) = in_hand(&session, args.conversation.as_deref()).await?;
    let open = conversation.as_ref().map(|conversation| (conversation, customer.as_ref()));
    let context = Context::new(&session.vault, open, &me.name, session.clock.now());
    session.sources.settled(SETTLE).await;
    tools::tell(&session.sources, None);
    let mut asking = Asking::new(&session, &model, conversation.as_ref().map(|c| c.id.clone()), args.json);
    let question = assistant::ask(&session.vault, &args.prompt, context);
    let ended = Box::pin(while_asked(&mut asks, asking.run(question))).await;
    asking.close_windows().await;
    drop(asking);
    session.close().await;
    ended
}

/// The conversation the request is about: the one named, else the one that breaches next.
async fn in_hand(session: &Session, named: Option<&str>) -> Result<(Option<Conversation>, Option<Customer>), Failure> {
    let conversation = match named {
        Some(id) => Some(session.reader.conversation(&ConversationId::new(id)).await?),
        None => session.reader.open_conversations().await?.rows.into_iter().next(),
    };
    let customer = match conversation.as_ref().and_then(|conversation| conversation.customer.as_ref()) {
        Some(id) => Some(session.reader.customer(id).await?),
        None => None,
    };
    Ok((conversation, customer))
}

/// What a stream of the turn brings.
enum Happened {
    Event(Event),
    Ran(Ran),
}

/// One turn, from the question to its end.
struct Asking<'a> {
    session: &'a Session,
    cx: Cx,
    model: Model,
    turn: Turn,
    desk: Desk,
    at_work: SelectAll<BoxStream<'a, Happened>>,
    cards: Vec<(ProposalId, CallId)>,
    windows: Vec<CustomerId>,
    transcript: Transcript,
    recorder: Recorder,
    head: TranscriptHead,
    refused: bool,
}

impl<'a> Asking<'a> {
    fn new(session: &'a Session, model: &Model, conversation: Option<ConversationId>, json: bool) -> Self {
        let cx = Cx {
            reader: session.reader.with_lane(Lane::Assistant),
            // A card that lets the model see a value names the endpoint this task asks.
            vault: session.vault.clone().for_model_at(model.endpoint()),
            clock: session.clock.clone(),
            store: session.store.clone(),
            org: session.trail.org().to_owned(),
            conversation,
            turn: Uuid::now_v7().simple().to_string(),
            kit: Kit::of(session.shelf.clone()),
        };
        let model_name = assistant::display_name(model.name()).to_owned();
        let head = TranscriptHead { model: model_name, ..transcript::begin(&cx.org, &session.clock) };
        Self {
            session,
            model: model.for_turn(&cx.turn),
            cx,
            turn: Turn::new().over(session.shelf.clone()),
            desk: session.approvals(),
            at_work: SelectAll::new(),
            cards: Vec::new(),
            windows: Vec::new(),
            transcript: Transcript::new(json),
            recorder: Recorder::default(),
            head,
            refused: false,
        }
    }

    async fn run(&mut self, question: Event) -> Result<Exit, Failure> {
        self.take(question)?;
        while self.turn.is_running() {
            if self.at_work.is_empty()
                && let Some(id) = self.desk.current().map(crate::approval::Proposal::id)
            {
                if let Some(exit) = self.decide(id).await? {
                    return Ok(exit);
                }
                continue;
            }
            tokio::select! {
                happened = self.at_work.next() => match happened {
                    Some(Happened::Event(event) | Happened::Ran(Ran::Event(event))) => self.take(event)?,
                    Some(Happened::Ran(Ran::Propose { call, change, reason })) => {
                        let looks = self.session.policy.looks_at_customers();
                        let change = if looks { self.cx.reader.with_segment(*change).await } else { *change };
                        self.propose(call, change, reason)?;
                    }
                    None => {}
                },
                _ = tokio::signal::ctrl_c() => {
                    self.take(Event::Cancelled)?;
                    return Ok(Exit::Interrupted);
                }
            }
        }
        self.transcript.end(self.turn.entries())?;
        if let Ok(figures) = self.session.ledger.figures(&self.cx.turn) {
            self.transcript.spent(&figures)?;
        }
        Ok(self.exit())
    }

    /// Gives the turn an event and starts what it asks for.
    fn take(&mut self, event: Event) -> Result<(), Failure> {
        self.recorder.hear(&event);
        for act in self.turn.handle(event) {
            match act {
                Act::CallModel { round, messages } => {
                    let said = assistant::call_model(&self.model, round, &messages, &self.cx);
                    self.at_work.push(said.map(Happened::Event).boxed());
                }
                Act::RunTool(call) => {
                    let cx = self.cx.clone();
                    let ran = async move {
                        let (sent, ran) = assistant::run_tool(call, &cx).await;
                        stream::iter([Happened::Event(sent), Happened::Ran(ran)])
                    };
                    self.at_work.push(stream::once(ran.boxed()).flatten().boxed());
                }
                Act::Withdraw(id) => {
                    if let Some(refusal) = self.desk.withdraw(id) {
                        self.session.trail.refused(&refusal)?;
                    }
                }
            }
        }
        self.transcript.follow(self.turn.entries())?;
        if let Some(error) = self.turn.waits() {
            out::say(&format!("{error}; asking again"));
        }
        self.write_down();
        Ok(())
    }

    /// Writes what is new into the transcript. One that cannot be written is no reason to stop the work.
    fn write_down(&mut self) {
        let due = self.recorder.due(self.turn.entries(), self.turn.is_running());
        if due.is_empty() {
            return;
        }
        let rows = transcript::take(&mut self.head, &due, &self.session.clock, &self.session.vault);
        if let Err(error) = self.session.store.keep_steps(&self.head, &rows) {
            tracing::warn!(%error, "a step of the dialogue was not written down");
        }
    }

    fn propose(&mut self, call: CallId, change: Change, reason: Text) -> Result<(), Failure> {
        let author = Author::Assistant { model: assistant::display_name(self.model.name()).to_owned() };
        let (change, reason) = (self.turn.marked(call, change), self.turn.reason(reason));
        let is_window = change.effect() == Effect::Unmask;
        let change = if is_window { change.with_warnings([CLOSES.to_owned()]) } else { change };
        match self.desk.submit(change, author, reason, self.session.clock.elapsed()) {
            Ok(id) => {
                self.cards.push((id, call));
                self.take(Event::Call(call, assistant::Step::Proposed(id)))
            }
            Err(denied) => self.take(assistant::denied(call, &denied, &self.session.vault)),
        }
    }

    /// Asks the person about the card in front; `Some` ends the command.
    async fn decide(&mut self, id: ProposalId) -> Result<Option<Exit>, Failure> {
        let Some(call) = self.cards.iter().find(|(card, _)| *card == id).map(|(_, call)| *call) else {
            return Err(Failure::new("the approval", "it belongs to no call", "ask again"));
        };
        if !tty::is_there() {
            let what = self.desk.current().map(|proposal| proposal.change().summary().to_owned()).unwrap_or_default();
            for refusal in self.desk.close() {
                self.session.trail.refused(&refusal)?;
            }
            return Err(tty::nobody(&what));
        }
        let (desk, reader) = (&mut self.desk, &self.session.reader);
        let private = self.session.store.witness_file();
        match tokio::task::block_in_place(|| tty::decide(desk, id, reader, &private))? {
            Answer::Go(approved) => self.perform(call, approved).await?,
            Answer::First(first) => {
                let seq = self.session.trail.first_yes(&first)?;
                out::say(&format!("the first of two yeses is written down (#{seq}); nothing was sent"));
                self.refused = true;
                self.take(assistant::waits_for_second(call, &self.session.vault))?;
            }
            Answer::Refused(refusal) => self.tell_refusal(call, &refusal)?,
            Answer::Interrupted(refusal) => {
                self.session.trail.refused(&refusal)?;
                return Ok(Some(Exit::Interrupted));
            }
        }
        Ok(None)
    }

    async fn perform(&mut self, call: CallId, approved: Approved<Change>) -> Result<(), Failure> {
        self.take(Event::Call(call, assistant::Step::Performing))?;
        let (change, note) = (approved.change().clone(), approved.note().to_owned());
        if change.effect() == Effect::Unmask {
            self.windows.extend(change.subject().customer.clone());
        }
        let event = match self.session.engine.perform(&self.session.writer, approved).await {
            Ok(receipt) => {
                let tool = self.turn.call(call).map(|call| call.name.raw().to_owned()).unwrap_or_default();
                let performed = assistant::Performed { call, tool: &tool, change: &change, receipt: &receipt };
                assistant::with_note(assistant::done(performed, &self.cx).await, &note, &self.cx.vault)
            }
            Err(error) => assistant::not_done(call, &error, &self.session.vault),
        };
        self.take(event)
    }

    fn tell_refusal(&mut self, call: CallId, refusal: &Refusal) -> Result<(), Failure> {
        self.refused = true;
        self.session.trail.refused(refusal)?;
        self.take(assistant::refused(call, refusal, &self.session.vault))
    }

    /// Closes the windows this command opened; what cannot be closed is said, and tried again at the next start.
    async fn close_windows(&mut self) {
        for customer in std::mem::take(&mut self.windows) {
            if let Err(error) = self.session.writer.close_window(&customer, "the command ended").await {
                out::say(&format!("the unmasking window of {customer} may still be open: {error}"));
            }
            self.session.vault.forget(&customer);
        }
    }

    fn exit(&self) -> Exit {
        let watches = |name: &str| self.session.shelf.by_name(name).is_some_and(|tool| tool.spec.polls);
        let failed_items = |entry: &Entry| match entry {
            Entry::Call(call) if watches(call.name.raw()) => {
                call.result.as_ref().is_some_and(|result| result["failed"].as_u64().is_some_and(|failed| failed > 0))
            }
            Entry::Call(_) | Entry::Person(_) | Entry::Model(_) | Entry::Notice(_) => false,
        };
        let model_failed = |entry: &Entry| matches!(entry, Entry::Notice(assistant::Notice::Failed(_)));
        let entries = self.turn.entries();
        if self.refused {
            Exit::Refused
        } else if entries.iter().any(model_failed) {
            Exit::Failed
        } else if entries.iter().any(failed_items) {
            Exit::FailedItems
        } else {
            Exit::Done
        }
    }
}
