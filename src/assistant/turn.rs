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
//! Invariant: at every moment outside `Acting`, each call in the history has exactly one answer behind it.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::{
    CallEntry, CallId, CallState, Context, Entry, Finish, Message, Notice, RawCall, Said, ToolCall, Usage, Veiled,
    window,
};
use crate::{
    approval::ProposalId,
    domain::Text,
    tools::{self, Answer},
};

/// Times the model may be asked in one turn.
const ROUNDS: u32 = 24;
/// Calls of one turn.
const CALLS: u32 = 40;
/// Characters of the person's request that stand as the reason on a card whose tool gives none.
const REASON: usize = 240;
/// Polls of one turn: a bulk job of some minutes, watched in steps of a few seconds, must fit.
const POLLS: u32 = 150;

/// One question to the model and its answer. What belongs to an older one comes too late and is dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Round(u32);

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

#[derive(Clone, Copy, Debug, Default)]
struct Spent {
    rounds: u32,
    calls: u32,
    polls: u32,
}

/// A dialogue with the model.
#[derive(Clone, Debug)]
pub struct Turn {
    phase: Phase,
    round: u32,
    next_call: u32,
    spent: Spent,
    context: Context,
    history: Vec<Message>,
    entries: Vec<Entry>,
    usage: Usage,
    /// Calls of this turn a person refused, by name and canonical arguments.
    refused: Vec<(&'static str, String)>,
    /// Said when the calls at hand are answered, and the turn ends there.
    ending: Option<Notice>,
    calls: BTreeMap<CallId, Known>,
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
            spent: Spent::default(),
            context: Context::default(),
            history: Vec::new(),
            entries: Vec::new(),
            usage: Usage::default(),
            refused: Vec::new(),
            ending: None,
            calls: BTreeMap::new(),
        }
    }
}

impl Turn {
    /// An empty dialogue.
    pub fn new() -> Self {
        Self::default()
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
        let asked = |entry: &Entry| if let Entry::Person(words) = entry { Some(words.raw().to_owned()) } else { None };
        let asked = self.entries.iter().rev().find_map(asked).unwrap_or_default();
        let start: String = asked.chars().take(REASON).collect();
        let cut = if start.len() < asked.len() { "…" } else { "" };
        Text::new(format!("you asked: {start}{cut}"))
    }

    /// Tokens of the whole dialogue.
    pub fn usage(&self) -> Usage {
        self.usage
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

    /// Which call a card belongs to.
    pub fn waiting_for(&self, proposal: ProposalId) -> Option<CallId> {
        self.entries.iter().find_map(|entry| match entry {
            Entry::Call(call) if call.state == CallState::Waiting(proposal) => Some(call.id),
            Entry::Call(_) | Entry::Person(_) | Entry::Model(_) | Entry::Notice(_) => None,
        })
    }

    /// Takes what happened and says what to do. Late, doubled and unknown events change nothing.
    pub fn handle(&mut self, event: Event) -> Vec<Act> {
        match event {
            Event::Asked { typed, veiled, context } => self.asked(typed, veiled, context),
            Event::Model(round, said) if round.0 == self.round && self.phase == Phase::Asking => self.said(said),
            Event::Model(..) => Vec::new(),
            Event::Call(id, step) => self.step(id, step),
            Event::Cancelled => self.cancelled(),
        }
    }

    fn asked(&mut self, typed: Text, veiled: Veiled, context: Context) -> Vec<Act> {
        if self.is_running() {
            return Vec::new();
        }
        self.spent = Spent::default();
        self.refused.clear();
        self.ending = None;
        self.context = context;
        self.entries.push(Entry::Person(typed));
        self.history.push(Message::Person(veiled));
        self.ask()
    }

    fn ask(&mut self) -> Vec<Act> {
        if self.spent.rounds >= ROUNDS {
            return self.end(Some(Notice::Limit("the model was asked 24 times without coming to an end")));
        }
        self.spent.rounds += 1;
        self.round += 1;
        self.phase = Phase::Asking;
        vec![Act::CallModel { round: Round(self.round), messages: window::messages(&self.context, &self.history) }]
    }

    fn end(&mut self, notice: Option<Notice>) -> Vec<Act> {
        self.phase = Phase::Idle;
        self.entries.extend(notice.map(Entry::Notice));
        Vec::new()
    }

    fn said(&mut self, said: Said) -> Vec<Act> {
        match said {
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
                self.finished(calls, finish)
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

    /// Puts what the model said in this round into the history.
    fn keep_words(&mut self, calls: Vec<(CallId, RawCall)>) -> bool {
        let text = match self.entries.last() {
            Some(Entry::Model(text)) => text.raw().to_owned(),
            Some(Entry::Person(_) | Entry::Call(_) | Entry::Notice(_)) | None => String::new(),
        };
        let anything = !text.is_empty() || !calls.is_empty();
        if anything {
            self.history.push(Message::Model { text, calls });
        }
        anything
    }

    fn finished(&mut self, raw: Vec<RawCall>, finish: Finish) -> Vec<Act> {
        let calls: Vec<(CallId, RawCall)> = raw.into_iter().map(|call| (self.fresh_id(), call)).collect();
        let anything = self.keep_words(calls.clone());
        for (id, call) in &calls {
            self.show(*id, call);
        }
        let stopped = match finish {
            Finish::Complete if !anything => Some(Notice::Empty),
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
        self.waive_round_of_polls(&calls);
        let mut acts: Vec<Act> = calls.iter().filter_map(|(id, call)| self.start(*id, call)).collect();
        acts.extend(self.go_on());
        acts
    }

    fn fresh_id(&mut self) -> CallId {
        let id = CallId(self.next_call);
        self.next_call += 1;
        id
    }

    fn show(&mut self, id: CallId, call: &RawCall) {
        self.calls.insert(id, Known { entry: self.entries.len(), answer: None });
        self.entries.push(Entry::Call(CallEntry {
            id,
            name: Text::from(call.name.as_str()),
            arguments: Text::from(call.arguments.as_str()),
            effect: tools::by_name(&call.name).map(|tool| tool.spec.effect),
            state: CallState::Running,
            result: None,
            took_ms: None,
        }));
    }

    /// A round that only polls has a budget of its own.
    fn waive_round_of_polls(&mut self, calls: &[(CallId, RawCall)]) {
        let only_polls = calls.iter().all(|(_, call)| tools::by_name(&call.name).is_some_and(|tool| tool.spec.polls));
        if only_polls && self.spent.polls < POLLS {
            self.spent.rounds = self.spent.rounds.saturating_sub(1);
        }
    }

    /// Begins one call, or answers it at once when there is nothing to begin.
    fn start(&mut self, id: CallId, call: &RawCall) -> Option<Act> {
        let Some(tool) = tools::by_name(&call.name) else {
            self.fail(id, "unknown_tool", "there is no tool of this name; use one that was offered");
            return None;
        };
        let arguments = if call.arguments.trim().is_empty() { "{}" } else { call.arguments.as_str() };
        let Ok(arguments) = serde_json::from_str::<Map<String, Value>>(arguments) else {
            self.fail(id, "bad_arguments", "the arguments are not a JSON object; write the call again");
            return None;
        };
        let name = tool.spec.name;
        if self.refused.contains(&(name, canonical(&arguments))) {
            self.ending = Some(Notice::RefusedTwice { name: Text::from(name) });
            self.answer(id, CallState::Refused, refusal("refused before; it will not be asked again"));
            return None;
        }
        let (spent, limit) =
            if tool.spec.polls { (&mut self.spent.polls, POLLS) } else { (&mut self.spent.calls, CALLS) };
        *spent += 1;
        if *spent > limit {
            self.ending = Some(Notice::Limit("it had used up its tool calls"));
            self.drop_call(id, "not run: this turn has used up its tool calls");
            return None;
        }
        Some(Act::RunTool(ToolCall { id, name, arguments }))
    }

    fn step(&mut self, id: CallId, step: Step) -> Vec<Act> {
        let Some(state) = self.call(id).map(|call| call.state) else { return Vec::new() };
        if !state.is_open() {
            // A card that arrives after its call was dropped must not stay on the desk.
            return match step {
                Step::Proposed(proposal) | Step::Amended(proposal) => vec![Act::Withdraw(proposal)],
                Step::Answered { .. }
                | Step::Performing
                | Step::Refused { .. }
                | Step::Returned { .. }
                | Step::Failed { .. } => Vec::new(),
            };
        }
        match step {
            Step::Proposed(proposal) | Step::Amended(proposal) => self.mark(id, CallState::Waiting(proposal)),
            Step::Performing => self.mark(id, CallState::Performing),
            Step::Answered { answer, took_ms } => {
                if let Some(call) = self.entry(id) {
                    call.took_ms = Some(took_ms);
                }
                self.answer(id, CallState::Done, answer.into_value());
            }
            Step::Refused { reason } => {
                self.remember_refusal(id);
                self.answer(id, CallState::Refused, refusal(reason.as_str()));
            }
            Step::Returned { changes } => {
                let told = json!({"status": "changes_requested", "changes": changes.as_str(),
                    "message": "nothing was done; propose it again with these changes"});
                self.answer(id, CallState::Refused, told);
            }
            Step::Failed { answer } => self.answer(id, CallState::Failed, answer.into_value()),
        }
        self.go_on()
    }

    fn remember_refusal(&mut self, id: CallId) {
        let Some(call) = self.call(id) else { return };
        let arguments = serde_json::from_str::<Map<String, Value>>(call.arguments.raw()).unwrap_or_default();
        if let Some(tool) = tools::by_name(call.name.raw()) {
            self.refused.push((tool.spec.name, canonical(&arguments)));
        }
    }

    /// Asks the model again once nothing is open.
    fn go_on(&mut self) -> Vec<Act> {
        if self.phase != Phase::Acting || self.open_calls().next().is_some() {
            return Vec::new();
        }
        match self.ending.take() {
            Some(notice) => self.end(Some(notice)),
            None => self.ask(),
        }
    }

    fn open_calls(&self) -> impl Iterator<Item = (CallId, CallState)> {
        self.entries.iter().filter_map(|entry| match entry {
            Entry::Call(call) if call.state.is_open() => Some((call.id, call.state)),
            Entry::Call(_) | Entry::Person(_) | Entry::Model(_) | Entry::Notice(_) => None,
        })
    }

    fn cancelled(&mut self) -> Vec<Act> {
        if !self.is_running() {
            return Vec::new();
        }
        if self.phase == Phase::Asking {
            self.keep_words(Vec::new());
        }
        let mut acts = Vec::new();
        for (id, state) in self.open_calls().collect::<Vec<_>>() {
            match state {
                CallState::Waiting(proposal) => {
                    acts.push(Act::Withdraw(proposal));
                    self.drop_call(id, "cancelled by the person before it was decided");
                }
                // A write on its way is never dropped: the history says so, and its outcome still replaces this.
                CallState::Performing => {
                    self.record(
                        id,
                        json!({"status": "sent", "note": "the person stopped watching; the outcome is unknown"}),
                    );
                }
                CallState::Running | CallState::Done | CallState::Refused | CallState::Failed | CallState::Dropped => {
                    self.drop_call(id, "cancelled by the person");
                }
            }
        }
        self.ending = None;
        self.end(Some(Notice::Cancelled));
        acts
    }

    fn fail(&mut self, id: CallId, error: &'static str, message: &'static str) {
        self.answer(id, CallState::Failed, json!({"error": error, "message": message}));
    }

    fn drop_call(&mut self, id: CallId, why: &'static str) {
        self.answer(id, CallState::Dropped, json!({"status": "not_run", "message": why}));
    }

    fn answer(&mut self, id: CallId, state: CallState, value: Value) {
        self.mark(id, state);
        if let Some(call) = self.entry(id) {
            call.result = Some(value.clone());
        }
        self.record(id, value);
    }

    /// Writes the one answer of a call into the history, or replaces it there.
    fn record(&mut self, id: CallId, value: Value) {
        let place = self.history.len();
        let Some(known) = self.calls.get_mut(&id) else { return };
        if let Some(place) = known.answer {
            if let Some(Message::Answer { value: old, .. }) = self.history.get_mut(place) {
                *old = value;
            }
        } else {
            known.answer = Some(place);
            self.history.push(Message::Answer { call: id, value });
        }
    }

    fn mark(&mut self, id: CallId, state: CallState) {
        if let Some(call) = self.entry(id) {
            call.state = state;
        }
    }

    fn entry(&mut self, id: CallId) -> Option<&mut CallEntry> {
        match self.entries.get_mut(self.calls.get(&id)?.entry)? {
            Entry::Call(call) => Some(call),
            Entry::Person(_) | Entry::Model(_) | Entry::Notice(_) => None,
        }
    }
}

fn refusal(reason: &str) -> Value {
    json!({"status": "refused", "reason": reason})
}

/// Arguments in one spelling: serde_json keeps keys sorted.
fn canonical(arguments: &Map<String, Value>) -> String {
    serde_json::to_string(arguments).unwrap_or_default()
}

#[cfg(test)]
mod tests;
