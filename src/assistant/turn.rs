//! Owns the course of a dialogue: what happens after each thing the person, the model or a tool says. A pure machine: no
//! IO, no clock, no await; events in, acts out, the screen's entries beside. Does not run tools (`driver`) nor approve
//! (`approval`).
//!
//! ```text
//! Idle ─ Asked ─> Asking(round) ─ Done, calls ─> Acting ─ all answered ─> Asking(round+1) …
//!   ^                  └─ Done, no calls ─┐         └─ limit, refused twice ─┐
//!   └─────────────────────────────────────┴──────────── Cancelled ──────────┘
//! ```
//!
//! | file | owns |
//! | --- | --- |
//! | `calls` | the life of one call, from what the model wrote to its one answer |
//! | `limits` | budgets, repetitions, refusals that end a turn |
//! | `evidence` | which records were read, and how much of them |
//! | `sources` | what the model's words rest on |
//! | `taint` | whose words a call followed from |
//!
//! Invariants: at every moment outside `Acting`, each call in the history has exactly one answer behind it; no more than
//! [`AT_ONCE`] tools are at work at a time.

mod calls;
mod evidence;
mod limits;
mod planning;
mod sources;
mod taint;
mod words;

use std::collections::{BTreeMap, VecDeque};

use serde_json::{Map, Value, json};

pub use evidence::{Depth, Item, ItemKind, Seen, Whose};
pub use limits::Limit;
pub use sources::{Citation, Source, Standing, citations};
pub use taint::{How, Influence};

use super::{
    CallEntry, CallId, CallState, Context, Entry, Finish, Message, ModelError, Notice, RawCall, Said, ToolCall, Usage,
    Veiled,
    plan::{self, Offer, Plan},
    window,
};
use crate::{
    approval::{Change, ProposalId},
    domain::{CustomerId, Text},
    privacy::Vault,
    tools::{self, Answer, Shelf},
};
use evidence::Evidence;
use limits::{Tally, Verdict};
use words::Prints;

/// Characters of the person's request that stand as the reason on a card whose tool gives none.
const REASON: usize = 240;
/// Tools at work at a time: what a round asks for beyond waits in line, so that one answer of a model does not fill the
/// assistant's lane.
const AT_ONCE: usize = 6;

/// One question to the model and its answer. What belongs to an older one comes too late and is dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Round {
    number: u32,
    /// What the model is offered in it.
    pub(super) offer: Offer,
}

impl Round {
    /// Whether a plan is asked for in it: a task with a model of its own, where the settings name one.
    pub fn plans(self) -> bool {
        self.offer == Offer::Plan
    }
}

/// What happened.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// The person asked something.
    Asked {
        /// As typed, for the screen.
        typed: Text,
        /// As the model will read it.
        veiled: Veiled,
        /// What was on screen.
        context: Context,
    },
    /// The model said something.
    Model(Round, Said),
    /// A tool call went a step further.
    Call(CallId, Step),
    /// The person stopped the turn.
    Cancelled,
    /// The person wants a read run once more, for themselves.
    Again(CallId),
}

/// A step of one call.
#[derive(Clone, Debug, PartialEq)]
pub enum Step {
    /// It was answered: a read came back, or an approved change was performed.
    Answered {
        /// What the model is told.
        answer: Answer,
        /// How long it took.
        took_ms: u64,
    },
    /// It became a card.
    Proposed(ProposalId),
    /// The card was edited: the same call waits under another name.
    Amended(ProposalId),
    /// What the tool asks of the desk, as command lines.
    Sent(Vec<String>),
    /// The card was approved; the write is on its way and can no longer be stopped.
    Performing,
    /// A person said no, or nobody answered.
    Refused {
        /// Why, veiled.
        reason: Veiled,
    },
    /// A person wants it different: nothing was done, and the same call may come back changed.
    Returned {
        /// What is to be different, veiled.
        changes: Veiled,
    },
    /// It did not work.
    Failed {
        /// What the model is told.
        answer: Answer,
    },
}

/// What is to be done next.
#[derive(Clone, Debug, PartialEq)]
pub enum Act {
    /// Ask the model; its answers come back under this round.
    CallModel {
        /// Which round.
        round: Round,
        /// The whole dialogue as the model sees it.
        messages: Vec<Message>,
    },
    /// Run a tool.
    RunTool(ToolCall),
    /// Take a card away: nobody waits for it any more.
    Withdraw(ProposalId),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Idle,
    Asking,
    Acting,
}

/// A dialogue with the model.
#[derive(Clone, Debug)]
pub struct Turn {
    phase: Phase,
    round: u32,
    next_call: u32,
    tally: Tally,
    context: Context,
    history: Vec<Message>,
    entries: Vec<Entry>,
    usage: Usage,
    /// What the answers held.
    evidence: Evidence,
    /// What the person said themselves, to know it from what was read.
    asked: Prints,
    /// What each of the model's entries rests on.
    sources: BTreeMap<usize, Vec<Source>>,
    /// Calls that may run, in the order they were asked for.
    line: VecDeque<ToolCall>,
    /// Said when the calls at hand are answered, and the turn ends there.
    ending: Option<Limit>,
    calls: BTreeMap<CallId, Known>,
    /// What the model thought, by the place of the entry it came before. Never part of the history.
    thoughts: BTreeMap<usize, Text>,
    /// Why the model is asked again in a moment.
    waits: Option<ModelError>,
    /// What the model is offered: everything, or what plan mode leaves.
    offer: Offer,
    /// A plan the model proposed that nobody took yet.
    proposed: Option<Plan>,
    /// Why the plan's step at hand is there, while a person runs one.
    step: Option<Text>,
    /// The tools there are.
    shelf: Shelf,
}

/// What is remembered of a call: where its entry and its answer stand.
#[derive(Clone, Copy, Debug)]
struct Known {
    entry: usize,
    answer: Option<usize>,
}

impl Default for Turn {
    fn default() -> Self {
        Self {
            phase: Phase::Idle,
            round: 0,
            next_call: 1,
            tally: Tally::default(),
            context: Context::default(),
            history: Vec::new(),
            entries: Vec::new(),
            usage: Usage::default(),
            evidence: Evidence::default(),
            asked: Prints::default(),
            sources: BTreeMap::new(),
            line: VecDeque::new(),
            ending: None,
            calls: BTreeMap::new(),
            thoughts: BTreeMap::new(),
            waits: None,
            offer: Offer::All,
            proposed: None,
            step: None,
            shelf: Shelf::default(),
        }
    }
}

impl Turn {
    /// An empty dialogue.
    pub fn new() -> Self {
        Self::default()
    }

    /// An empty dialogue after this one: what still comes for this one's calls finds none of that name there.
    #[must_use]
    pub fn fresh(&self) -> Self {
        let shelf = self.shelf.clone();
        Self { round: self.round, next_call: self.next_call, shelf, ..Self::default() }
    }

    /// The same dialogue over these tools.
    #[must_use]
    pub fn over(self, shelf: Shelf) -> Self {
        Self { shelf, ..self }
    }

    /// The tools there are.
    pub fn shelf(&self) -> &Shelf {
        &self.shelf
    }

    /// What the screen shows, oldest first.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// Why a card is there: the tool's own words, or, where it gave none, what the person had asked for.
    pub fn reason(&self, given: Text) -> Text {
        if !given.is_blank() {
            return given;
        }
        if let Some(why) = self.step.as_ref().filter(|why| !why.is_blank()) {
            return Text::new(format!("a step of the plan you run: {}", why.raw()));
        }
        let asked = |entry: &Entry| if let Entry::Person(words) = entry { Some(words.raw().to_owned()) } else { None };
        let asked = self.entries.iter().rev().find_map(asked).unwrap_or_default();
        let start: String = asked.chars().take(REASON).collect();
        let cut = if start.len() < asked.len() { "…" } else { "" };
        Text::new(format!("you asked: {start}{cut}"))
    }

    /// A customer's window is closing: values of theirs that the model was let see leave the dialogue.
    pub fn cover(&mut self, vault: &Vault, owner: &CustomerId) {
        self.history.iter_mut().for_each(|message| message.cover(vault, owner));
        let cover = |text: &Text| Text::new(vault.cover(text.raw(), owner));
        for entry in &mut self.entries {
            match entry {
                Entry::Model(text) => *text = cover(text),
                Entry::Call(call) => {
                    call.arguments = cover(&call.arguments);
                    if let Some(result) = &mut call.result {
                        window::each_text(result, &|text| vault.cover(text, owner));
                    }
                }
                Entry::Person(_) | Entry::Notice(_) => {}
            }
        }
    }

    /// Tokens of the whole dialogue.
    pub fn usage(&self) -> Usage {
        self.usage
    }

    /// What the model thought before the entry of this place; the place after the last while it has not spoken yet.
    pub fn thought(&self, place: usize) -> Option<&Text> {
        self.thoughts.get(&place)
    }

    /// Why the model is asked again in a moment, while it is.
    pub fn waits(&self) -> Option<&ModelError> {
        self.waits.as_ref()
    }

    /// Whether something is still to come: a new question has to wait.
    pub fn is_running(&self) -> bool {
        self.phase != Phase::Idle
    }

    /// One call.
    pub fn call(&self, id: CallId) -> Option<&CallEntry> {
        match self.entries.get(self.calls.get(&id)?.entry)? {
            Entry::Call(call) => Some(call),
            Entry::Person(_) | Entry::Model(_) | Entry::Notice(_) => None,
        }
    }

    /// What an entry of the model rests on: known once it has said it whole.
    pub fn sources(&self, entry: usize) -> &[Source] {
        self.sources.get(&entry).map_or(&[], Vec::as_slice)
    }

    /// Whose words a call may have followed from, the newest first.
    pub fn influences(&self, call: CallId) -> &[Influence] {
        self.call(call).map_or(&[], |call| &call.influences)
    }

    /// A change that a call wants, with what the person should know of where it comes from.
    #[must_use]
    pub fn marked(&self, call: CallId, change: Change) -> Change {
        let about = change.subject().customer.clone();
        let about = about.as_ref().map(CustomerId::as_str);
        change.with_warnings(self.influences(call).iter().map(|influence| influence.told(about)))
    }

    /// Whether a host of a web address stood in what was read, on screen, or in what the person typed.
    pub fn knows_host(&self, host: &str) -> bool {
        self.evidence.knows_host(host)
    }

    /// Takes what happened and says what to do. Late, doubled and unknown events change nothing.
    pub fn handle(&mut self, event: Event) -> Vec<Act> {
        match event {
            Event::Asked { typed, veiled, context } => self.asked(typed, veiled, context),
            Event::Model(round, said) if round.number == self.round && self.phase == Phase::Asking => self.said(said),
            Event::Model(..) => Vec::new(),
            Event::Call(id, step) => self.step(id, step),
            Event::Cancelled => self.cancelled(),
            Event::Again(id) => self.again(id),
        }
    }

    fn asked(&mut self, typed: Text, veiled: Veiled, context: Context) -> Vec<Act> {
        if self.is_running() {
            return Vec::new();
        }
        self.tally = Tally::default();
        self.ending = None;
        self.evidence.on_screen(context.value());
        self.evidence.typed(typed.raw());
        self.asked.add(&Prints::of([veiled.as_str()]));
        self.context = context;
        self.entries.push(Entry::Person(typed));
        self.history.push(Message::Person(veiled));
        self.ask()
    }

    fn ask(&mut self) -> Vec<Act> {
        if let Err(limit) = self.tally.round() {
            return self.end(Some(Notice::Limit(limit)));
        }
        self.round += 1;
        self.phase = Phase::Asking;
        let round = Round { number: self.round, offer: self.offer };
        let mut messages = window::messages(&self.context, &self.history);
        if let (Offer::Plan, Some(Message::System(standing))) = (self.offer, messages.first_mut()) {
            standing.push_str(plan::PROMPT);
        }
        vec![Act::CallModel { round, messages }]
    }

    fn end(&mut self, notice: Option<Notice>) -> Vec<Act> {
        self.phase = Phase::Idle;
        self.waits = None;
        self.step = None;
        self.entries.extend(notice.map(Entry::Notice));
        Vec::new()
    }

    fn said(&mut self, said: Said) -> Vec<Act> {
        self.waits = None;
        match said {
            Said::Waits(error) => {
                self.waits = Some(error);
                Vec::new()
            }
            Said::Thought(words) => {
                self.think(&words);
                Vec::new()
            }
            Said::Text(words) => {
                self.append(&words);
                Vec::new()
            }
            Said::Failed(error) => {
                self.keep_words(Vec::new());
                self.end(Some(Notice::Failed(error)))
            }
            Said::Done { calls, finish, usage } => {
                self.usage += usage;
                self.tally.spent(usage.prompt.saturating_add(usage.completion));
                self.finished(calls, finish, usage)
            }
        }
    }

    /// Words of this round go into its one entry.
    fn append(&mut self, words: &str) {
        if let Some(Entry::Model(text)) = self.entries.last_mut() {
            *text = Text::new(format!("{}{words}", text.raw()));
        } else {
            self.entries.push(Entry::Model(Text::from(words)));
        }
    }

    /// Reasoning stands before what is said in this round, whenever it came.
    fn think(&mut self, words: &str) {
        let spoke = matches!(self.entries.last(), Some(Entry::Model(_)));
        let thought = self.thoughts.entry(self.entries.len() - usize::from(spoke)).or_default();
        *thought = Text::new(format!("{}{words}", thought.raw()));
    }

    /// Puts what the model said in this round into the history, and gives its words.
    fn keep_words(&mut self, calls: Vec<(CallId, RawCall)>) -> String {
        let text = match self.entries.last() {
            Some(Entry::Model(text)) => text.raw().to_owned(),
            Some(Entry::Person(_) | Entry::Call(_) | Entry::Notice(_)) | None => String::new(),
        };
        if !text.is_empty() {
            let sources = sources::of(&text, &self.evidence, &self.asked);
            self.sources.insert(self.entries.len() - 1, sources);
        }
        if !text.is_empty() || !calls.is_empty() {
            self.history.push(Message::Model { text: text.clone(), calls });
        }
        text
    }

    fn finished(&mut self, raw: Vec<RawCall>, finish: Finish, usage: Usage) -> Vec<Act> {
        let calls: Vec<(CallId, RawCall)> = raw.into_iter().map(|call| (self.fresh_id(), call)).collect();
        let words = self.keep_words(calls.clone());
        for (id, call) in &calls {
            self.show(*id, call, usage);
        }
        let stopped = match finish {
            Finish::Complete if words.is_empty() && calls.is_empty() => Some(Notice::Empty),
            Finish::Complete => None,
            Finish::Length => Some(Notice::TooLong),
            Finish::Filtered => Some(Notice::Filtered),
            Finish::Cut => Some(Notice::CutOff),
        };
        if stopped.is_some() {
            for (id, _) in &calls {
                self.drop_call(*id, "not run: the answer was cut off");
            }
            return self.end(stopped);
        }
        if calls.is_empty() {
            return self.end(None);
        }
        self.phase = Phase::Acting;
        if calls.iter().all(|(_, call)| self.shelf.by_name(&call.name).is_some_and(|tool| tool.spec.polls)) {
            self.tally.only_polled();
        }
        for (id, call) in &calls {
            self.start(*id, call, &words);
        }
        self.go_on()
    }

    /// Runs what may run; asks the model again once nothing is open. What a stop left on its way to the desk has its answer
    /// already: nobody waits for its end.
    fn go_on(&mut self) -> Vec<Act> {
        if self.phase != Phase::Acting {
            return Vec::new();
        }
        let acts = self.let_run();
        if self.open_calls().any(|(id, _)| self.calls.get(&id).is_some_and(|call| call.answer.is_none())) {
            return acts;
        }
        match self.ending.take() {
            Some(limit) => self.end(Some(Notice::Limit(limit))),
            None if self.step.is_some() => self.end(None),
            None => self.ask(),
        }
    }

    fn cancelled(&mut self) -> Vec<Act> {
        if !self.is_running() {
            return Vec::new();
        }
        if self.phase == Phase::Asking {
            self.keep_words(Vec::new());
        }
        let acts = self.drop_open();
        self.ending = None;
        self.end(Some(Notice::Cancelled));
        acts
    }
}

fn refusal(reason: &str) -> Value {
    json!({"status": "refused", "reason": reason})
}

#[cfg(test)]
mod tests;
