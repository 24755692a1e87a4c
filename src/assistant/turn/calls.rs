//! Owns the life of one call: shown, checked, put in line, run, put before a person, answered once. Does not decide when the
//! model is asked again (`turn`).

use super::{
    AT_ONCE, Act, Answer, CallEntry, CallId, CallState, Entry, Known, Map, Message, ProposalId, RawCall, Step, Text,
    ToolCall, Turn, Usage, Value, Verdict, json,
    limits::{Limit, Wish},
    planning::PLAN_MODE,
    refusal, taint, tools,
};
use crate::approval::Effect;

impl Turn {
    /// Which call a card belongs to.
    pub fn waiting_for(&self, proposal: ProposalId) -> Option<CallId> {
        self.entries.iter().find_map(|entry| match entry {
            Entry::Call(call) if call.state == CallState::Waiting(proposal) => Some(call.id),
            Entry::Call(_) | Entry::Person(_) | Entry::Model(_) | Entry::Notice(_) => None,
        })
    }

    pub(super) fn fresh_id(&mut self) -> CallId {
        let id = CallId(self.next_call);
        self.next_call += 1;
        id
    }

    pub(super) fn show(&mut self, id: CallId, call: &RawCall, usage: Usage) {
        self.calls.insert(id, Known { entry: self.entries.len(), answer: None });
        self.entries.push(Entry::Call(CallEntry {
            id,
            name: Text::from(call.name.as_str()),
            arguments: Text::from(call.arguments.as_str()),
            effect: self.shelf.by_name(&call.name).map(|tool| tool.spec.effect),
            state: CallState::Queued,
            result: None,
            took_ms: None,
            usage,
            influences: Vec::new(),
            sent: Vec::new(),
            by_hand: false,
        }));
    }

    /// Puts one call in line, or answers it at once when there is nothing to run.
    pub(super) fn start(&mut self, id: CallId, call: &RawCall, said: &str) {
        if self.take_proposal(id, call) {
            return;
        }
        let Some(tool) = self.shelf.by_name(&call.name) else {
            return self.fail(id, "unknown_tool", "there is no tool of this name; use one that was offered");
        };
        let Some(arguments) = arguments(&call.name, &call.arguments) else {
            return self.fail(id, "bad_arguments", "the arguments are not a JSON object; write the call again");
        };
        let influences = taint::of(&Value::Object(arguments.clone()), said, &self.evidence, &self.asked);
        if let Some(call) = self.entry(id) {
            call.influences = influences;
        }
        let name = tool.spec.name;
        match self.tally.call(tool.spec, (name, canonical(&arguments))) {
            Verdict::Run if !self.may_run(tool) => {
                if let Some(limit) = self.tally.refused((name, canonical(&arguments))) {
                    self.ending.get_or_insert(limit);
                }
                self.answer(id, CallState::Refused, refusal(PLAN_MODE));
            }
            Verdict::Run => self.line.push_back(ToolCall { id, name, arguments }),
            Verdict::Known => self.drop_call(
                id,
                "not run: this exact call was answered twice in this turn and nothing was changed since; use those answers",
            ),
            Verdict::End(limit) => {
                match limit {
                    Limit::RefusedTwice { .. } => {
                        self.answer(id, CallState::Refused, refusal("refused before; it will not be asked again"));
                    }
                    _ => self.drop_call(id, "not run: a limit of this turn is reached"),
                }
                self.ending.get_or_insert(limit);
            }
        }
    }

    /// Lets calls out of the line while fewer than [`AT_ONCE`] are at work.
    pub(super) fn let_run(&mut self) -> Vec<Act> {
        let mut at_work = self.open_calls().filter(|(_, state)| *state == CallState::Running).count();
        let mut acts = Vec::new();
        while at_work < AT_ONCE
            && let Some(call) = self.line.pop_front()
        {
            self.mark(call.id, CallState::Running);
            acts.push(Act::RunTool(call));
            at_work += 1;
        }
        acts
    }

    pub(super) fn step(&mut self, id: CallId, step: Step) -> Vec<Act> {
        let Some(state) = self.call(id).map(|call| call.state) else { return Vec::new() };
        if !state.is_open() || state == CallState::Queued {
            // A card that arrives after its call was dropped must not stay on the desk.
            return match step {
                Step::Proposed(proposal) | Step::Amended(proposal) => vec![Act::Withdraw(proposal)],
                Step::Answered { .. }
                | Step::Performing
                | Step::Refused { .. }
                | Step::Returned { .. }
                | Step::Failed { .. }
                | Step::Sent(_) => Vec::new(),
            };
        }
        // A read that is run again by hand asks for no card and performs nothing.
        let by_hand = self.call(id).is_some_and(|call| call.by_hand);
        match step {
            Step::Proposed(proposal) | Step::Amended(proposal) if by_hand => return vec![Act::Withdraw(proposal)],
            Step::Performing if by_hand => return Vec::new(),
            _ => {}
        }
        match step {
            Step::Proposed(proposal) | Step::Amended(proposal) if !self.may_propose() => {
                self.answer(id, CallState::Refused, refusal(PLAN_MODE));
                let mut acts = vec![Act::Withdraw(proposal)];
                acts.extend(self.go_on());
                return acts;
            }
            Step::Proposed(proposal) | Step::Amended(proposal) => self.mark(id, CallState::Waiting(proposal)),
            Step::Performing => self.mark(id, CallState::Performing),
            Step::Sent(sent) => {
                if let Some(call) = self.entry(id) {
                    call.sent = sent;
                }
            }
            Step::Answered { answer, took_ms } => self.answered(id, answer, took_ms),
            Step::Refused { reason } => {
                if let Some(limit) = self.wish_of(id).and_then(|wish| self.tally.refused(wish)) {
                    self.ending.get_or_insert(limit);
                }
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

    fn answered(&mut self, id: CallId, answer: Answer, took_ms: u64) {
        let Some(call) = self.entry(id) else { return };
        call.took_ms = Some(took_ms);
        let (is_told, effect) = (!call.by_hand, call.effect);
        let value = answer.into_value();
        if is_told {
            let wish = self.wish_of(id);
            if let (Some((name, _)), Some(effect)) = (&wish, effect)
                && effect != Effect::Read
            {
                self.tally.changed(name);
            }
            let klass = self.call(id).and_then(|call| arguments(call.name.raw(), call.arguments.raw()));
            let klass = klass.as_ref().and_then(|arguments| arguments.get("klass")?.as_str());
            self.evidence.answered(id, klass, &value);
        }
        self.answer(id, CallState::Done, value);
    }

    /// What a call asks for, if it is one of a tool that exists.
    fn wish_of(&self, id: CallId) -> Option<Wish> {
        let call = self.call(id)?;
        let tool = self.shelf.by_name(call.name.raw())?;
        Some((tool.spec.name, canonical(&arguments(call.name.raw(), call.arguments.raw())?)))
    }

    /// Runs a finished read once more, for the person: beside the dialogue, which stays as the model knows it.
    pub(super) fn again(&mut self, id: CallId) -> Vec<Act> {
        let Some(call) = self.call(id).filter(|call| call.effect == Some(Effect::Read) && !call.state.is_open()) else {
            return Vec::new();
        };
        let (raw, parsed) = (call.clone(), arguments(call.name.raw(), call.arguments.raw()));
        let (Some(tool), Some(arguments), false) = (self.shelf.by_name(raw.name.raw()), parsed, self.is_running())
        else {
            return Vec::new();
        };
        let id = self.fresh_id();
        let call = RawCall { name: raw.name.raw().to_owned(), arguments: raw.arguments.raw().to_owned() };
        self.show(id, &call, Usage::default());
        if let Some(call) = self.entry(id) {
            (call.by_hand, call.state) = (true, CallState::Running);
        }
        vec![Act::RunTool(ToolCall { id, name: tool.spec.name, arguments })]
    }

    /// Calls the model waits for.
    pub(super) fn open_calls(&self) -> impl Iterator<Item = (CallId, CallState)> {
        self.entries.iter().filter_map(|entry| match entry {
            Entry::Call(call) if call.state.is_open() && !call.by_hand => Some((call.id, call.state)),
            Entry::Call(_) | Entry::Person(_) | Entry::Model(_) | Entry::Notice(_) => None,
        })
    }

    /// Answers everything that is open because the person stopped the turn.
    pub(super) fn drop_open(&mut self) -> Vec<Act> {
        self.line.clear();
        let mut acts = Vec::new();
        let open = |entry: &Entry| match entry {
            Entry::Call(call) if call.state.is_open() => Some((call.id, call.state)),
            Entry::Call(_) | Entry::Person(_) | Entry::Model(_) | Entry::Notice(_) => None,
        };
        for (id, state) in self.entries.iter().filter_map(open).collect::<Vec<_>>() {
            match state {
                CallState::Waiting(proposal) => {
                    acts.push(Act::Withdraw(proposal));
                    self.drop_call(id, "cancelled by the person before it was decided");
                }
                // A write on its way is never dropped: the history says so, and its outcome still replaces this.
                CallState::Performing => {
                    let note = "the person stopped watching; the outcome is unknown";
                    self.record(id, json!({"status": "sent", "note": note}));
                }
                CallState::Queued
                | CallState::Running
                | CallState::Done
                | CallState::Refused
                | CallState::Failed
                | CallState::Dropped => self.drop_call(id, "cancelled by the person"),
            }
        }
        acts
    }

    fn fail(&mut self, id: CallId, error: &'static str, message: &'static str) {
        self.answer(id, CallState::Failed, json!({"error": error, "message": message}));
    }

    pub(super) fn drop_call(&mut self, id: CallId, why: &'static str) {
        self.answer(id, CallState::Dropped, json!({"status": "not_run", "message": why}));
    }

    pub(super) fn answer(&mut self, id: CallId, state: CallState, value: Value) {
        self.mark(id, state);
        let Some(call) = self.entry(id) else { return };
        call.result = Some(value.clone());
        if !call.by_hand {
            self.record(id, value);
        }
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

/// The arguments of a call of this name, if they are the JSON object they have to be, with what the name itself says. Models
/// leave them out where there are none.
fn arguments(name: &str, raw: &str) -> Option<Map<String, Value>> {
    let raw = if raw.trim().is_empty() { "{}" } else { raw };
    Some(tools::completed(name, serde_json::from_str(raw).ok()?))
}

/// Arguments in one spelling: serde_json keeps keys sorted.
fn canonical(arguments: &Map<String, Value>) -> String {
    serde_json::to_string(arguments).unwrap_or_default()
}
