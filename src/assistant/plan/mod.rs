//! Owns plan mode: the runbook a model proposes before anything happens (`propose`), what a person makes of it, and its
//! run, one step after the other through the same turn, tools and approval desk as everything else ([`follow`]). Pure.
//!
//! ```text
//! plan_propose ─ propose ─> Plan ─ edit, order, gates ─> run ─ follow ─> Turn::run_step ─> tool, card … ─> next step, or stop
//! ```
//!
//! Invariants: in plan mode a model is offered reads and `plan_propose` only, and the turn refuses the rest whatever it is
//! asked; a gate can only be tightened (a write always asks on its card); a step that failed, was refused or is unclear
//! stops the run; a draft from another sitting holds no live placeholder.

mod draft;
mod propose;
mod refer;
mod run;

use serde_json::{Map, Value};

pub use propose::{Offer, PROMPT, TOOL, propose};
pub use run::follow;

use super::{CallId, transcript};
use crate::{
    approval::Effect,
    domain::Text,
    privacy::{Vault, text},
    tools::Tool,
};

/// The most steps of a plan.
pub const STEPS: usize = 40;
/// The most characters of words about a step.
const WORDS: usize = 400;

/// Where a step stands.
#[derive(Clone, Debug, PartialEq)]
pub enum StepState {
    /// Not run yet.
    Open,
    /// The turn is at it, under this call.
    Running(CallId),
    /// It was answered.
    Done,
    /// It ended the run, and why.
    Stopped(Text),
    /// Its write was on its way when nobody watched any more: the desk knows.
    Unclear,
}

/// What a person may change of a step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Field {
    /// Why it is there.
    Why,
    /// The person's own note.
    Note,
    /// One argument.
    Argument(String),
}

/// One step.
#[derive(Clone, Debug)]
pub struct Step {
    tool: &'static Tool,
    arguments: Map<String, Value>,
    why: Text,
    note: Text,
    asks: bool,
    state: StepState,
    /// What the tool answered; what later steps refer to.
    result: Option<Value>,
    /// Something in its arguments stood for a value of another sitting.
    is_stale: bool,
    /// How often it was run again because what it watches was not ready.
    polled: u32,
}

impl Step {
    fn new(tool: &'static Tool, arguments: Map<String, Value>, why: Text) -> Self {
        Self {
            tool,
            arguments,
            why,
            note: Text::default(),
            asks: false,
            state: StepState::Open,
            result: None,
            is_stale: false,
            polled: 0,
        }
    }

    /// The tool's name.
    pub fn name(&self) -> &'static str {
        self.tool.spec.name
    }

    /// What it does to the world.
    pub fn effect(&self) -> Effect {
        self.tool.spec.effect
    }

    /// The arguments: placeholders and references, never values.
    pub fn arguments(&self) -> &Map<String, Value> {
        &self.arguments
    }

    /// Why it is there: the model's words, or the person's.
    pub fn why(&self) -> &Text {
        &self.why
    }

    /// The person's note.
    pub fn note(&self) -> &Text {
        &self.note
    }

    /// Where it stands.
    pub fn state(&self) -> &StepState {
        &self.state
    }

    /// What it waits for before it runs.
    pub fn gate(&self) -> &'static str {
        match (self.effect() == Effect::Read, self.asks) {
            (true, false) => "runs through",
            (true, true) => "asks first",
            (false, false) => "card",
            (false, true) => "asks first, then card",
        }
    }

    /// Whether a value it needs went with another sitting.
    pub fn is_stale(&self) -> bool {
        self.is_stale
    }

    /// What may be changed of it: why, every argument it has and could have, with what stands there.
    pub fn fields(&self) -> Vec<(Field, String)> {
        let argument = |name: &String| {
            let shown = self.arguments.get(name).map_or_else(|| "(not set)".to_owned(), words_of);
            (Field::Argument(name.clone()), shown)
        };
        let names = self.tool.argument_names();
        let all = names.iter().map(argument);
        all.chain([(Field::Why, self.why.raw().to_owned()), (Field::Note, self.note.raw().to_owned())]).collect()
    }

    /// What stands in a field, as it is edited.
    pub fn field(&self, field: &Field) -> String {
        match field {
            Field::Why => self.why.raw().to_owned(),
            Field::Note => self.note.raw().to_owned(),
            Field::Argument(name) => self.arguments.get(name).map(words_of).unwrap_or_default(),
        }
    }
}

/// A runbook.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    goal: Text,
    steps: Vec<Step>,
    is_going: bool,
    /// The step whose gate the person opened by running it.
    opened: Option<usize>,
}

impl Plan {
    /// What it is to achieve.
    pub fn goal(&self) -> &Text {
        &self.goal
    }

    /// Its steps in order.
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// Whether it is running by itself now.
    pub fn is_going(&self) -> bool {
        self.is_going
    }

    /// How many steps are done.
    pub fn done(&self) -> usize {
        self.steps.iter().filter(|step| step.state == StepState::Done).count()
    }

    /// The step that comes next; `None` when all are done.
    pub fn next(&self) -> Option<usize> {
        self.steps.iter().position(|step| step.state != StepState::Done)
    }

    /// How it stands, in words.
    pub fn standing(&self) -> String {
        let (done, all) = (self.done(), self.steps.len());
        match self.next().map(|next| (next + 1, &self.steps[next])) {
            None if all == 1 => "1 step done".to_owned(),
            None => format!("all {all} steps done"),
            Some((n, Step { state: StepState::Running(_), .. })) => format!("step {n} of {all} is running"),
            Some((n, Step { state: StepState::Stopped(_), .. })) => format!("stopped at step {n} of {all}"),
            Some((n, Step { state: StepState::Unclear, .. })) => format!("step {n} of {all} is unclear"),
            Some((n, Step { asks: true, .. })) if done > 0 => format!("{done} of {all} done; step {n} asks first"),
            Some(_) if done > 0 => format!("{done} of {all} done"),
            Some(_) if all == 1 => "1 step, not run yet".to_owned(),
            Some(_) => format!("{all} steps, none run yet"),
        }
    }

    /// Whether a step may be changed now.
    fn changeable(&mut self, at: usize) -> Result<&mut Step, &'static str> {
        if self.is_going {
            return Err("the plan is running; esc stops it");
        }
        let step = self.steps.get_mut(at).ok_or("there is no such step")?;
        match step.state {
            StepState::Running(_) => Err("this step is running"),
            StepState::Done => Err("this step is done already"),
            StepState::Open | StepState::Stopped(_) | StepState::Unclear => Ok(step),
        }
    }

    /// Puts other words (veiled ones) into a field of a step.
    ///
    /// # Errors
    /// Why not, in words.
    pub fn set(&mut self, at: usize, field: &Field, words: &str) -> Result<(), String> {
        let step = self.changeable(at)?;
        let short = |words: &str| Text::new(words.trim().chars().take(WORDS).collect::<String>());
        match field {
            Field::Why => step.why = short(words),
            Field::Note => step.note = short(words),
            Field::Argument(name) => {
                let mut arguments = step.arguments.clone();
                set_argument(step.tool, &mut arguments, name, words)?;
                step.arguments = arguments;
                step.is_stale = step.is_stale && draft::has_dead(&step.arguments);
                step.state = StepState::Open;
            }
        }
        Ok(())
    }

    /// Asks before the step runs, or no longer. What its card asks stays as it is.
    ///
    /// # Errors
    /// Why not, in words.
    pub fn turn_gate(&mut self, at: usize) -> Result<(), &'static str> {
        let step = self.changeable(at)?;
        step.asks = !step.asks;
        Ok(())
    }

    /// Moves a step by one place; what refers to it still does.
    ///
    /// # Errors
    /// Why not, in words.
    pub fn shift(&mut self, at: usize, later: bool) -> Result<usize, &'static str> {
        let to = if later { Some(at + 1) } else { at.checked_sub(1) };
        let to = to.filter(|to| *to < self.steps.len()).ok_or("it stands at the end already")?;
        self.changeable(at)?;
        self.changeable(to)?;
        self.steps.swap(at, to);
        self.renumber(|n| match n {
            n if n == at => Some(to),
            n if n == to => Some(at),
            n => Some(n),
        });
        Ok(to)
    }

    /// Takes a step out. Steps that refer to it will not run.
    ///
    /// # Errors
    /// Why not, in words.
    pub fn remove(&mut self, at: usize) -> Result<(), &'static str> {
        self.changeable(at)?;
        self.steps.remove(at);
        self.renumber(|n| match n {
            n if n == at => None,
            n if n > at => Some(n - 1),
            n => Some(n),
        });
        Ok(())
    }

    fn renumber(&mut self, to: impl Fn(usize) -> Option<usize>) {
        self.opened = None;
        for step in &mut self.steps {
            for value in step.arguments.values_mut() {
                refer::renumber(value, &to);
            }
        }
    }

    /// The turn was replaced by a new one: calls of the old are nobody's.
    pub fn let_go(&mut self) {
        self.is_going = false;
        for step in &mut self.steps {
            if matches!(step.state, StepState::Running(_)) {
                step.state = StepState::Unclear;
            }
        }
    }
}

/// Sets one argument from words: text as it is, everything else as JSON; nothing takes it out.
fn set_argument(tool: &Tool, arguments: &mut Map<String, Value>, name: &str, words: &str) -> Result<(), String> {
    let argument = tool.argument(name).ok_or("the tool has no such argument")?;
    if words.trim().is_empty() {
        if argument.is_needed {
            return Err(format!("`{name}` has to be there"));
        }
        arguments.remove(name);
        return Ok(());
    }
    let is_text = argument.is_text || refer::is_only(words.trim());
    let value = if is_text {
        Value::String(words.trim_end().to_owned())
    } else {
        serde_json::from_str(words).map_err(|_| format!("`{name}` takes JSON here, for instance a number or a list"))?
    };
    arguments.insert(name.to_owned(), value);
    Ok(())
}

/// What a person wrote into a plan: values in it become placeholders, those that stand there stay.
pub fn veiled(vault: &Vault, typed: &str) -> Text {
    Text::new(transcript::veiled(vault, &text::block(typed)))
}

fn words_of(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

#[cfg(test)]
mod tests;
