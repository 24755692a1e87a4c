//! Owns the form in which a plan survives a restart. It holds placeholders, and their values went with the sitting: read
//! again they are plain words, so that none can come to stand for another customer's value, and the step says so.

use serde_json::{Map, Value, json};

use super::{Plan, STEPS, Step, StepState, propose};
use crate::{assistant::transcript, domain::Text, tools::Shelf};

impl Plan {
    /// The plan as it is kept.
    pub fn draft(&self) -> String {
        let step = |step: &Step| {
            let state = match step.state {
                StepState::Open | StepState::Stopped(_) => "open",
                StepState::Done => "done",
                StepState::Running(_) | StepState::Unclear if step.effect() == crate::approval::Effect::Read => "open",
                StepState::Running(_) | StepState::Unclear => "unclear",
            };
            json!({"tool": step.name(), "arguments": step.arguments, "why": step.why, "note": step.note,
                "ask": step.asks, "state": state, "stale": step.is_stale})
        };
        json!({"goal": self.goal, "steps": self.steps.iter().map(step).collect::<Vec<_>>()}).to_string()
    }

    /// A plan that was kept; `None` for what is none of this version's.
    pub fn of_draft(kept: &str, shelf: &Shelf) -> Option<Self> {
        let kept: Value = serde_json::from_str(kept).ok()?;
        let steps = kept.get("steps")?.as_array()?;
        let steps: Vec<Step> = steps.iter().take(STEPS).map(|step| read(step, shelf)).collect::<Option<_>>()?;
        let goal = Text::new(defused(kept.get("goal")?.as_str()?).0);
        (!steps.is_empty()).then_some(Self { goal, steps, is_going: false, opened: None })
    }
}

fn read(kept: &Value, shelf: &Shelf) -> Option<Step> {
    let tool = shelf.by_name(kept.get("tool")?.as_str()?)?;
    let mut is_stale = kept.get("stale").and_then(Value::as_bool).unwrap_or_default();
    let mut arguments = kept.get("arguments")?.as_object()?.clone();
    for value in arguments.values_mut() {
        is_stale |= defuse(value);
    }
    propose::checked(tool, &arguments).ok()?;
    let words = |name: &str| Text::new(defused(kept.get(name).and_then(Value::as_str).unwrap_or_default()).0);
    let state = match kept.get("state").and_then(Value::as_str)? {
        "done" => StepState::Done,
        "unclear" => StepState::Unclear,
        _ => StepState::Open,
    };
    let asks = kept.get("ask").and_then(Value::as_bool).unwrap_or_default();
    let step = Step::new(tool, arguments, words("why"));
    Some(Step { note: words("note"), asks, state, is_stale, ..step })
}

/// Turns placeholders into words; whether there were any.
fn defuse(value: &mut Value) -> bool {
    match value {
        Value::String(words) => {
            let (plain, had) = defused(words);
            *words = plain;
            had
        }
        Value::Array(items) => items.iter_mut().fold(false, |had, item| defuse(item) | had),
        Value::Object(map) => map.values_mut().fold(false, |had, item| defuse(item) | had),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

fn defused(words: &str) -> (String, bool) {
    let plain = words.replace('⟦', "[").replace('⟧', "]");
    let had = plain != words;
    (plain, had)
}

/// Whether a defused placeholder still stands in the arguments.
pub(super) fn has_dead(arguments: &Map<String, Value>) -> bool {
    // Those that stand for something now are taken out first.
    let living = Value::Object(arguments.clone()).to_string().replace(['⟦', '⟧'], "");
    let words = living.replace('[', "⟦").replace(']', "⟧");
    transcript::placeholder(&words).is_some()
}
