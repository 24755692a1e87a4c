//! Owns what plan mode changes in the course of a dialogue: what is offered, what is refused, the plan a model proposes, and the
//! steps a person runs. What a plan is made of is `assistant::plan`'s.

use serde_json::json;

use super::{Act, Phase, Tally, Turn};
use crate::{
    assistant::{
        CallId, CallState, Message, RawCall, Usage, Veiled,
        plan::{self, Offer, Plan},
    },
    domain::Text,
    tools::Tool,
};

/// What a model is told that wants a change in plan mode.
pub(super) const PLAN_MODE: &str = "plan mode is on: nothing is written; put this call into the plan with plan_propose";

impl Turn {
    /// Switches plan mode: it counts from the next question on, and for every call from now on.
    pub fn plan_mode(&mut self, on: bool) {
        self.offer = if on { Offer::Plan } else { Offer::All };
    }

    /// The plan the model proposed, taken once.
    pub fn take_plan(&mut self) -> Option<Plan> {
        self.proposed.take()
    }

    /// A person runs a step of a plan: a call like the model's own, after whose answer nobody is asked. `None` while
    /// something else is running.
    pub fn run_step(&mut self, call: &RawCall, why: Text) -> Option<(CallId, Vec<Act>)> {
        if self.is_running() {
            return None;
        }
        self.tally = Tally::default();
        self.ending = None;
        self.phase = Phase::Acting;
        if !matches!(self.history.last(), Some(Message::Answer { .. })) {
            self.history
                .push(Message::Person(Veiled::own("I run the steps of the plan myself now, as I edited them.")));
        }
        self.step = Some(why);
        let id = self.fresh_id();
        self.history.push(Message::Model { text: String::new(), calls: vec![(id, call.clone())] });
        self.show(id, call, Usage::default());
        self.start(id, call, "");
        Some((id, self.go_on()))
    }

    /// Whether a tool may be let run now: in plan mode there is no way from a model's words to one that would ask for a change.
    pub(super) fn may_run(&self, tool: &Tool) -> bool {
        self.step.is_some() || self.offer.has(tool)
    }

    /// Whether a card may come of a call now. No tool that is let run in plan mode asks for a change; if one does, nobody gets to
    /// see its card.
    pub(super) fn may_propose(&self) -> bool {
        self.step.is_some() || self.offer != Offer::Plan
    }

    /// A plan in plan mode: shown to the person, or refused with everything that is wrong with it. `false` for any other call.
    pub(super) fn take_proposal(&mut self, id: CallId, call: &RawCall) -> bool {
        if self.offer != Offer::Plan || call.name != plan::TOOL {
            return false;
        }
        match plan::propose(&call.arguments, &self.shelf) {
            Ok(plan) => {
                let note = "the person sees it, edits it and runs it themselves; do not call the tools of its steps";
                let told = json!({"status": "shown", "steps": plan.steps().len(), "note": note});
                self.proposed = Some(plan);
                self.answer(id, CallState::Done, told);
            }
            Err(why) => self.answer(id, CallState::Failed, json!({"error": "bad_plan", "message": why})),
        }
        true
    }
}
