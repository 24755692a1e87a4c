//! Owns the run of a plan: which step is next, what its call is, and what its end means. Pure; the turn does the rest.

use serde_json::{Map, Value};

use super::{Plan, Step, StepState, refer};
use crate::{
    assistant::{Act, CallState, RawCall, Turn},
    domain::Text,
};

/// How often a step that watches something is run again.
const POLLS: u32 = 150;

impl Plan {
    /// The person runs it, from its next step on; that step's gate is open.
    ///
    /// # Errors
    /// Why not, in words.
    pub fn run(&mut self) -> Result<(), &'static str> {
        if self.is_going {
            return Err("it is running; esc stops it");
        }
        let next = self.next().ok_or("every step is done")?;
        let step = &mut self.steps[next];
        if step.is_stale {
            return Err("this step holds a placeholder of an earlier sitting: edit it first");
        }
        match step.state {
            StepState::Unclear => {
                return Err("nobody saw how this step ended: look at the desk, then edit or delete the step");
            }
            StepState::Running(_) => return Err("its step is still on its way"),
            StepState::Open | StepState::Stopped(_) | StepState::Done => step.state = StepState::Open,
        }
        (self.is_going, self.opened) = (true, Some(next));
        Ok(())
    }

    /// Takes in how the running step stands.
    fn look(&mut self, turn: &Turn) {
        let running = |step: &Step| if let StepState::Running(call) = step.state { Some(call) } else { None };
        let Some((at, call)) = self.steps.iter().enumerate().find_map(|(at, step)| Some((at, running(step)?))) else {
            return;
        };
        let step = &mut self.steps[at];
        let Some(entry) = turn.call(call) else { return };
        match entry.state {
            CallState::Queued | CallState::Running | CallState::Waiting(_) | CallState::Performing => {
                // Somebody stopped watching: what comes of it is still taken in, nothing more is begun.
                self.is_going &= turn.is_running();
            }
            CallState::Done => {
                step.result.clone_from(&entry.result);
                let again = step.tool.spec.polls && is_unready(entry.result.as_ref()) && step.polled < POLLS;
                step.polled += u32::from(again);
                step.state = if again { StepState::Open } else { StepState::Done };
                if again {
                    self.opened = Some(at);
                }
            }
            CallState::Refused | CallState::Failed | CallState::Dropped => {
                let why = entry.result.as_ref().and_then(|result| {
                    let said = |name: &str| result.get(name).and_then(Value::as_str);
                    said("reason").or_else(|| said("message")).filter(|why| !why.is_empty()).map(str::to_owned)
                });
                let why = why.map(|why| format!("{}: {why}", entry.state.word()));
                step.state = StepState::Stopped(Text::new(why.unwrap_or_else(|| entry.state.word().to_owned())));
                self.is_going = false;
            }
        }
    }

    /// The call of the next step, if it is to run now.
    fn step_on(&mut self) -> Option<(usize, RawCall)> {
        if !self.is_going {
            return None;
        }
        let Some(at) = self.next() else {
            self.is_going = false;
            return None;
        };
        let step = &self.steps[at];
        let waits = step.is_stale || step.state == StepState::Unclear || (step.asks && self.opened != Some(at));
        if waits {
            self.is_going = false;
            return None;
        }
        if step.state != StepState::Open {
            return None;
        }
        match self.filled(step) {
            Ok(arguments) => {
                let arguments = Value::Object(arguments).to_string();
                Some((at, RawCall { name: step.name().to_owned(), arguments }))
            }
            Err(why) => {
                self.steps[at].state = StepState::Stopped(Text::new(why));
                self.is_going = false;
                None
            }
        }
    }

    fn filled(&self, step: &Step) -> Result<Map<String, Value>, String> {
        let answer = |step: usize| self.steps.get(step).and_then(|step| step.result.as_ref());
        step.arguments.iter().map(|(name, value)| Ok((name.clone(), refer::filled(value, &answer)?))).collect()
    }
}

/// Whether what a step watches goes on.
fn is_unready(result: Option<&Value>) -> bool {
    let status = result.and_then(|result| result.get("status")).and_then(Value::as_str);
    matches!(status, Some("queued" | "running"))
}

/// Lets a plan go on after something happened in the turn: what became of its step, and the next one begun.
pub fn follow(plan: &mut Plan, turn: &mut Turn) -> Vec<Act> {
    let mut acts = Vec::new();
    loop {
        plan.look(turn);
        let Some((at, call)) = plan.step_on() else { return acts };
        let why = plan.steps[at].why.clone();
        let Some((id, begun)) = turn.run_step(&call, why) else {
            plan.is_going = false;
            return acts;
        };
        plan.steps[at].state = StepState::Running(id);
        acts.extend(begun);
    }
}
