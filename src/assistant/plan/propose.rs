//! Owns how a model proposes a plan: what it is offered in plan mode, the words it is told about that, and the reading of
//! its proposal, which is hostile until it was read. Does not show or run it.

use serde_json::{Map, Value, json};

use super::{Plan, STEPS, Step, WORDS, refer};
use crate::{
    approval::Effect,
    domain::Text,
    tools::{Kit, Shelf, Tool},
};

/// The one tool of plan mode besides reads.
pub const TOOL: &str = "plan_propose";

/// What a model is told in plan mode, behind the standing prompt.
pub const PROMPT: &str = include_str!("../../../assets/prompts/plan.md");

/// Characters of one step's arguments.
const ARGUMENTS: usize = 20_000;
/// Characters of the goal.
const GOAL: usize = 300;
/// Faults that are told at once.
const FAULTS: usize = 6;

/// What a model is offered in one round.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Offer {
    /// Every tool.
    #[default]
    All,
    /// Reads and [`TOOL`]: plan mode.
    Plan,
}

impl Offer {
    /// Whether a tool is offered.
    pub fn has(self, tool: &Tool) -> bool {
        self == Self::All || tool.spec.effect == Effect::Read
    }

    /// The tools of this dialogue's kit as endpoints take them.
    pub fn wire(self, kit: &Kit) -> Vec<Value> {
        let all = kit.wire();
        if self == Self::All {
            return all;
        }
        let is_offered = |wire: &Value| kit.shelf().by_name(name_of(wire)).is_some_and(|tool| self.has(tool));
        let (mut now, later): (Vec<Value>, Vec<Value>) = all.into_iter().partition(is_offered);
        now.push(schema(&later, kit.shelf()));
        now
    }
}

fn name_of(wire: &Value) -> &str {
    wire["function"]["name"].as_str().unwrap_or_default()
}

/// The tool's description and parameters. Tools of the kit that are not offered themselves are named with their arguments, so
/// that they can be planned; others are found as ever.
fn schema(later: &[Value], shelf: &Shelf) -> Value {
    let later: Vec<String> = later.iter().map(|wire| signature(wire, shelf)).collect();
    let about = format!(
        "Put the whole runbook before the person: every step as a tool call, in order. Nothing runs until they run it. Besides \
         the tools you have, steps may use what tool_search finds and tool_load then names here, and: {}.",
        later.join("; ")
    );
    let step = json!({"type": "object", "additionalProperties": false, "required": ["tool", "arguments", "why"],
    "properties": {
        "tool": {"type": "string", "description": "A tool's name."},
        "arguments": {"type": "object", "description": "As the tool takes them; \"{{2.phones.0}}\" stands for what step 2 finds there."},
        "why": {"type": "string", "maxLength": WORDS, "description": "What the step is for, in one sentence."},
        "ask": {"type": "boolean", "description": "Ask the person before this step runs."},
    }});
    json!({"type": "function", "function": {"name": TOOL, "description": about, "parameters": {
    "type": "object", "additionalProperties": false, "required": ["goal", "steps"],
    "properties": {
        "goal": {"type": "string", "maxLength": GOAL},
        "steps": {"type": "array", "minItems": 1, "maxItems": STEPS, "items": step},
    }}}})
}

/// `customer_update(customer_id, phone?, …): write`, of a tool as endpoints take it.
fn signature(wire: &Value, shelf: &Shelf) -> String {
    let name = name_of(wire);
    let parameters = &wire["function"]["parameters"];
    let must = |name: &str| parameters["required"].as_array().is_some_and(|all| all.iter().any(|one| one == name));
    let params = parameters["properties"].as_object().into_iter().flatten();
    let params = params.map(|(name, _)| if must(name) { name.clone() } else { format!("{name}?") });
    let effect = shelf.by_name(name).map_or("", |tool| tool.spec.effect.word());
    format!("{name}({}): {effect}", params.collect::<Vec<_>>().join(", "))
}

/// Reads what a model proposed.
///
/// # Errors
/// Everything that is wrong with it, in words for the model.
pub fn propose(arguments: &str, shelf: &Shelf) -> Result<Plan, String> {
    let written: Map<String, Value> =
        serde_json::from_str(arguments).map_err(|_| "the arguments are not a JSON object".to_owned())?;
    let mut faults: Vec<String> = strangers(&written, &["goal", "steps"]).collect();
    let goal = written.get("goal").and_then(Value::as_str).unwrap_or_default();
    let goal = Text::new(goal.trim().chars().take(GOAL).collect::<String>());
    let steps = written.get("steps").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    if steps.is_empty() || steps.len() > STEPS {
        faults.push(format!("`steps` has to be a list of 1 to {STEPS} steps"));
    }
    let mut read = Vec::new();
    for (at, step) in steps.iter().take(STEPS).enumerate() {
        match one(step, at, shelf) {
            Ok(step) => read.push(step),
            Err(why) => faults.push(format!("step {}: {why}", at + 1)),
        }
    }
    if faults.is_empty() {
        return Ok(Plan { goal, steps: read, is_going: false, opened: None });
    }
    faults.truncate(FAULTS);
    Err(faults.join("; "))
}

fn one(written: &Value, at: usize, shelf: &Shelf) -> Result<Step, String> {
    let map = written.as_object().ok_or("it has to be an object")?;
    if let Some(stranger) = strangers(map, &["tool", "arguments", "why", "ask"]).next() {
        return Err(stranger);
    }
    let name = map.get("tool").and_then(Value::as_str).unwrap_or_default();
    let tool = shelf.by_name(name).ok_or("there is no tool of this name")?;
    let arguments = map.get("arguments").and_then(Value::as_object).ok_or("`arguments` has to be an object")?;
    let mut arguments = arguments.clone();
    arguments.retain(|_, value| !value.is_null());
    checked(tool, &arguments)?;
    let ahead = arguments.values().flat_map(refer::named).any(|step| step.is_none_or(|step| step >= at));
    if ahead {
        return Err("it may refer to earlier steps only".to_owned());
    }
    let why = map.get("why").and_then(Value::as_str).unwrap_or_default();
    let why = Text::new(why.trim().chars().take(WORDS).collect::<String>());
    let asks = map.get("ask").and_then(Value::as_bool).unwrap_or_default();
    Ok(Step { asks, ..Step::new(tool, arguments, why) })
}

/// What can be known before the values are: names, and that the needed ones are there. The tool checks the rest when it runs.
pub(super) fn checked(tool: &Tool, arguments: &Map<String, Value>) -> Result<(), String> {
    tool.named(arguments)?;
    let length = Value::Object(arguments.clone()).to_string().len();
    if length > ARGUMENTS { Err("its arguments are too long".to_owned()) } else { Ok(()) }
}

fn strangers<'a>(map: &'a Map<String, Value>, known: &'a [&str]) -> impl Iterator<Item = String> + 'a {
    map.keys().filter(|name| !known.contains(&name.as_str())).map(|name| {
        let name: String = name.chars().filter(|c| c.is_alphanumeric() || *c == '_').take(40).collect();
        format!("there is no `{name}`; known: {}", known.join(", "))
    })
}
