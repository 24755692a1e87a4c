//! Owns what the planner does in plan mode, when `plan_propose` is on offer: the same straight-line plan is played, reads are
//! made, and whatever a person would be asked about is written down as a step instead. What a step will find is referred to.
//! Does not know any plan.
//!
//! Invariant: nothing but reads and the proposal itself goes out.

use serde_json::{Map, Value, json};

use super::{facts, run::Told};
use crate::sandbox::model::{
    answer::{Answer, Wanted},
    dialogue::Dialogue,
};

/// The tool that takes a plan.
pub(super) const TOOL: &str = "plan_propose";

/// What a step is for, by its tool.
const WHY: [(&str, &str); 15] = [
    ("customer_search", "Find the customer"),
    ("customer_find", "Look the customer up"),
    ("customer_get", "Read the profile"),
    ("customer_resolve", "Map the ids to customers"),
    ("customer_unmask", "Open a window, so that the details can be read"),
    ("customer_update", "Correct the profile, if the number read before differs"),
    ("conversation_list", "Read the recent conversations"),
    ("conversation_get", "Read the conversation"),
    ("conversation_add_note", "Leave the private note"),
    ("draft_whatsapp", "Leave the draft for a person to send"),
    ("klass_list", "See which records there are"),
    ("kobject_list", "Read the records"),
    ("kobject_bulk_create", "Create the records in one bulk job"),
    ("bulk_status", "Watch the job until it ends"),
    ("kobject_get", "Read the record"),
];

/// The steps so far.
#[derive(Debug, Default)]
pub(super) struct Runbook {
    steps: Vec<Value>,
    asks: bool,
    unmasks: bool,
}

impl Runbook {
    fn add(&mut self, name: &str, arguments: &Value) -> usize {
        let mut arguments = arguments.as_object().cloned().unwrap_or_default();
        arguments.retain(|_, value| !value.is_null());
        let why = WHY.iter().find(|(tool, _)| *tool == name).map_or("A step of the request", |(_, why)| why);
        self.steps.push(json!({ "tool": name, "arguments": arguments, "why": format!("{why}.") }));
        self.steps.len()
    }

    /// A read whose answer is known: what is masked now is referred to once the plan has unmasked it.
    pub(super) fn read(&mut self, name: &str, arguments: &Value, answer: Told) -> Told {
        match answer {
            Told::Done(value) => {
                let step = self.add(name, arguments);
                Told::Done(if self.unmasks { referred(&value, &step.to_string()) } else { value })
            }
            other => other,
        }
    }

    /// A read that needs what only a step will find: it is planned, and taken to have ended well.
    pub(super) fn later(&mut self, name: &str, arguments: &Value) -> Told {
        self.add(name, arguments);
        Told::Done(json!({ "status": "complete" }))
    }

    /// A call a person is asked about, under the name it is called by: planned, and taken to have been allowed.
    pub(super) fn act(&mut self, name: &str, called: &str, arguments: &Value) -> Told {
        let step = self.add(called, arguments);
        (self.asks, self.unmasks) = (true, self.unmasks || name == "customer_unmask");
        Told::Done(json!({ "status": "done", "job_id": format!("{{{{{step}.job_id}}}}") }))
    }

    /// The next move: the read that is still missing, the proposal, or words where there is nothing to propose.
    pub(super) fn next(self, played: Result<String, Answer>, dialogue: &Dialogue) -> Answer {
        match played {
            Err(calls @ Answer::Calls(_)) => calls,
            Ok(_) | Err(Answer::Prose(_)) if self.asks => {
                let goal = facts::gist(&dialogue.said.join(" "), 200);
                let arguments = json!({ "goal": goal, "steps": self.steps });
                Answer::Calls(vec![Wanted { name: TOOL.to_owned(), arguments }])
            }
            Ok(prose) | Err(Answer::Prose(prose)) => Answer::Prose(prose),
        }
    }
}

/// What is said once the plan was shown; nothing when it was not proposed yet.
pub(super) fn shown(dialogue: &Dialogue) -> Option<String> {
    let step = dialogue.steps.iter().rev().find(|step| step.name == TOOL)?;
    Some(match (step.result["status"].as_str(), step.result["steps"].as_u64()) {
        (Some("shown"), Some(steps)) => {
            let s = if steps == 1 { "" } else { "s" };
            format!("The plan is before you: {steps} step{s}. Nothing was done yet; change what you like, then run it.")
        }
        _ => format!(
            "The plan was not taken: {}",
            facts::gist(step.result["message"].as_str().unwrap_or("no reason given"), 200)
        ),
    })
}

/// Whether arguments need what a step will find.
pub(super) fn refers(arguments: &Value) -> bool {
    arguments.to_string().contains("{{")
}

/// The answer as it will be once its masks are off: each masked value is a reference to its place.
fn referred(value: &Value, path: &str) -> Value {
    match value {
        Value::Object(map) if map.contains_key("masked") => Value::String(format!("{{{{{path}}}}}")),
        Value::Object(map) => {
            let parts = map.iter().map(|(name, part)| (name.clone(), referred(part, &format!("{path}.{name}"))));
            Value::Object(parts.collect::<Map<_, _>>())
        }
        Value::Array(items) => {
            items.iter().enumerate().map(|(at, item)| referred(item, &format!("{path}.{at}"))).collect()
        }
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn masks_become_references_once_they_will_be_off() {
        let mut runbook = Runbook::default();
        let profile = || Told::Done(json!({ "phones": [{ "masked": "****22" }], "name": "Mara" }));
        assert_eq!(runbook.read("customer_get", &json!({ "customer_id": "k1" }), profile()), profile());
        runbook.act("customer_unmask", "customer_unmask", &json!({ "customer_id": "k1" }));
        let after = runbook.read("customer_get", &json!({ "customer_id": "k1" }), profile());
        assert_eq!(after, Told::Done(json!({ "phones": ["{{3.phones.0}}"], "name": "Mara" })));
        let failed = Told::Failed { kind: "not_found".into(), message: "gone".into() };
        let again = Told::Failed { kind: "not_found".into(), message: "gone".into() };
        assert_eq!(runbook.read("customer_get", &json!({}), failed), again);
        assert_eq!(runbook.steps.len(), 3, "what failed is no step");
    }
}
