//! Owns plan mode in the assistant's pane: the switch, the list of steps, what a person makes of it, and its run by keys. What
//! a plan is and what becomes of a step is `assistant::plan`'s.

mod view;

use crate::{
    assistant::{
        Act, Turn,
        plan::{self, Field, Plan},
    },
    console::{
        actions::Action,
        effect::Effect,
        keymap::Key,
        overlays::picker::{Choice, Picker},
        pane::{Cannot, UpdateCx},
        state::Shared,
        widgets::{composer::Composer, list},
    },
    domain::Text,
    tools::Shelf,
};

/// Under which the plan survives a restart.
const KEPT: &str = "assistant.plan";
/// What a field to edit is picked for.
const FIELD: &str = "plan.field";

const NONE: Cannot = Cannot("there is no plan; p switches plan mode on, then ask for one");

/// Plan mode and the plan.
#[derive(Debug, Default)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a thing of its own: the mode, the focus, a fold, work for the disk"
)]
pub struct Planning {
    is_on: bool,
    plan: Option<Plan>,
    cursor: usize,
    is_focused: bool,
    is_unfolded: bool,
    editing: Option<Editing>,
    is_unkept: bool,
}

#[derive(Debug)]
struct Editing {
    at: usize,
    field: Field,
    words: Composer,
}

impl Planning {
    /// Takes up what was kept of the last sitting.
    pub fn recall(&mut self, shared: &Shared, shelf: &Shelf) {
        self.plan = shared.scratches.get(KEPT).and_then(|kept| Plan::of_draft(kept, shelf));
        self.is_focused = self.plan.is_some();
    }

    /// Whether plan mode is on.
    pub fn is_on(&self) -> bool {
        self.is_on
    }

    /// Whether there is a plan to show.
    pub fn is_there(&self) -> bool {
        self.plan.is_some()
    }

    /// Whether keys go to the plan rather than to the dialogue.
    pub fn is_focused(&self) -> bool {
        self.is_focused && self.plan.is_some()
    }

    /// Whether a field is being written.
    pub fn is_typing(&self) -> bool {
        self.editing.is_some()
    }

    /// What the pane's title says of it.
    pub fn title(&self) -> Option<String> {
        match &self.plan {
            Some(plan) if plan.is_going() => Some(format!("plan: {}", plan.standing())),
            _ if self.is_on => Some("plan mode".to_owned()),
            _ => None,
        }
    }

    /// Something happened in the turn: a plan that was proposed is taken, one that runs goes on.
    pub fn follow(&mut self, turn: &mut Turn) -> Vec<Act> {
        if let Some(plan) = turn.take_plan() {
            (self.plan, self.cursor) = (Some(plan), 0);
            (self.is_focused, self.is_unfolded, self.is_unkept) = (true, false, true);
        }
        let Some(plan) = &mut self.plan else { return Vec::new() };
        let before = plan.standing();
        let acts = plan::follow(plan, turn);
        if plan.standing() != before {
            self.is_unkept = true;
            self.cursor = plan.next().unwrap_or(self.cursor);
        }
        acts
    }

    /// What is to be kept now of a plan that changed.
    pub fn unkept(&mut self) -> Option<Effect> {
        std::mem::take(&mut self.is_unkept).then(|| Effect::Keep {
            key: KEPT.to_owned(),
            text: self.plan.as_ref().map_or_else(String::new, Plan::draft),
        })
    }

    /// The dialogue begins afresh: the plan stays, its calls are nobody's.
    pub fn let_go(&mut self) {
        if let Some(plan) = &mut self.plan {
            plan.let_go();
        }
    }

    /// Takes an action that is about plans; `None` for every other.
    pub fn act(&mut self, action: Action, turn: &mut Turn, cx: &mut UpdateCx<'_>) -> Option<Result<(), Cannot>> {
        if self.editing.is_some() {
            return self.edit(action, cx);
        }
        let done = match action {
            Action::Plan => self.switch(turn, cx),
            Action::ToPlan => self.plan.as_ref().map(|_| self.is_focused = !self.is_focused).ok_or(NONE),
            Action::RunPlan => self.run(turn, cx),
            Action::DropPlan => self.drop_plan(cx),
            Action::EditStep | Action::StepNote => self.begin_edit(action, cx),
            Action::StepGate | Action::StepLater | Action::StepSooner | Action::DropStep => self.change(action),
            Action::Open if self.is_focused() => {
                self.is_unfolded = !self.is_unfolded;
                Ok(())
            }
            Action::Back if self.is_focused() && !turn.is_running() => {
                self.is_focused = false;
                Ok(())
            }
            moving if self.is_focused() => {
                let last = self.plan.as_ref().map_or(0, |plan| plan.steps().len().saturating_sub(1));
                self.cursor = list::moved(moving, self.cursor.min(last), last)?;
                Ok(())
            }
            _ => return None,
        };
        if let Some(effect) = self.unkept() {
            cx.effect(effect);
        }
        Some(done)
    }

    fn switch(&mut self, turn: &mut Turn, cx: &mut UpdateCx<'_>) -> Result<(), Cannot> {
        if turn.is_running() {
            return Err(Cannot("stop it first: esc"));
        }
        self.is_on = !self.is_on;
        turn.plan_mode(self.is_on);
        cx.say(if self.is_on {
            "plan mode: nothing is written; the assistant proposes the whole runbook first"
        } else {
            "plan mode is off"
        });
        Ok(())
    }

    fn run(&mut self, turn: &mut Turn, cx: &mut UpdateCx<'_>) -> Result<(), Cannot> {
        let plan = self.plan.as_mut().ok_or(NONE)?;
        if turn.is_running() {
            return Err(Cannot("stop it first: esc"));
        }
        plan.run().map_err(Cannot)?;
        self.is_unkept = true;
        if std::mem::take(&mut self.is_on) {
            turn.plan_mode(false);
            cx.say("plan mode is off: the plan runs, and every write still asks");
        }
        let acts = self.follow(turn);
        for act in acts {
            if let Act::CallModel { .. } | Act::RunTool(_) = act {
                cx.effect(Effect::Assistant(act));
            }
        }
        Ok(())
    }

    fn drop_plan(&mut self, cx: &mut UpdateCx<'_>) -> Result<(), Cannot> {
        let plan = self.plan.as_ref().ok_or(NONE)?;
        if plan.is_going() {
            return Err(Cannot("the plan is running; esc stops it"));
        }
        self.plan = None;
        self.is_unkept = true;
        cx.say("the plan is gone; what was done stays done");
        Ok(())
    }

    fn change(&mut self, action: Action) -> Result<(), Cannot> {
        let plan = self.plan.as_mut().ok_or(NONE)?;
        match action {
            Action::StepGate => plan.turn_gate(self.cursor).map_err(Cannot)?,
            Action::StepLater => self.cursor = plan.shift(self.cursor, true).map_err(Cannot)?,
            Action::StepSooner => self.cursor = plan.shift(self.cursor, false).map_err(Cannot)?,
            _ => {
                plan.remove(self.cursor).map_err(Cannot)?;
                self.cursor = self.cursor.min(plan.steps().len().saturating_sub(1));
                if plan.steps().is_empty() {
                    self.plan = None;
                }
            }
        }
        (self.is_unkept, self.is_focused) = (true, true);
        Ok(())
    }

    fn begin_edit(&mut self, action: Action, cx: &mut UpdateCx<'_>) -> Result<(), Cannot> {
        let step = self.plan.as_ref().and_then(|plan| plan.steps().get(self.cursor)).ok_or(NONE)?;
        if action == Action::StepNote {
            self.open(Field::Note);
            return Ok(());
        }
        let choices = step.fields().into_iter().filter(|(field, _)| *field != Field::Note).map(|(field, shown)| {
            let id = word(&field);
            Choice { label: id.clone(), id, detail: shown }
        });
        cx.pick(Picker::new(format!("Edit step {}: {}", self.cursor + 1, step.name()), FIELD, choices.collect()));
        Ok(())
    }

    /// A field was picked; `None` when the list was another's.
    pub fn picked(&mut self, purpose: &str, chosen: &str) -> Option<Result<(), Cannot>> {
        (purpose == FIELD).then(|| {
            self.open(if chosen == WHY { Field::Why } else { Field::Argument(chosen.to_owned()) });
            Ok(())
        })
    }

    fn open(&mut self, field: Field) {
        let words = self.plan.as_ref().and_then(|plan| plan.steps().get(self.cursor)).map(|step| step.field(&field));
        let words = Composer::with(&words.unwrap_or_default());
        self.editing = Some(Editing { at: self.cursor, field, words });
    }

    fn edit(&mut self, action: Action, cx: &mut UpdateCx<'_>) -> Option<Result<(), Cannot>> {
        match action {
            Action::Submit => {
                let Editing { at, field, words } = self.editing.take()?;
                cx.effect(Effect::EditStep { at, field, words: words.words() });
            }
            Action::NewLine => self.editing.as_mut()?.words.new_line(),
            Action::Leave => {
                self.editing = None;
                cx.say("the step stays as it was");
            }
            _ => return None,
        }
        Some(Ok(()))
    }

    /// The words of a field came back veiled.
    pub fn edited(&mut self, at: usize, field: &Field, words: &Text) -> Result<(), String> {
        let plan = self.plan.as_mut().ok_or("there is no plan any more")?;
        plan.set(at, field, words.raw())?;
        self.is_unkept = true;
        Ok(())
    }

    /// Takes a key as text; whether it was for a field.
    pub fn type_key(&mut self, key: &Key) -> bool {
        self.editing.as_mut().map(|editing| editing.words.key(key)).is_some()
    }

    /// Takes pasted text; whether it was for a field.
    pub fn paste(&mut self, words: &str) -> bool {
        self.editing.as_mut().map(|editing| editing.words.paste(words)).is_some()
    }

    /// Chooses a step by its place.
    pub fn choose(&mut self, place: usize) {
        self.cursor = place;
    }
}

/// How the reason is called among the fields; no tool has an argument of this name.
const WHY: &str = "(why)";

fn word(field: &Field) -> String {
    match field {
        Field::Why => WHY.to_owned(),
        Field::Note => "note".to_owned(),
        Field::Argument(name) => name.clone(),
    }
}
