//! Owns the replay of a plan: which of its calls are answered, what the answers mean, and the call to make next. Does not
//! know any plan.
//!
//! Invariant: a call goes out only if its tool is on offer and its arguments fit the tool's schema.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::sandbox::model::{
    answer::{Answer, Wanted},
    dialogue::{Context, Dialogue, Step},
    request::{Request, Tool},
    wording,
};

use super::{
    abroad, facts,
    runbook::{self, Runbook},
};

/// A value, or the answer that ends this request: a call to make, or words.
pub(super) type Play<T> = Result<T, Answer>;

/// A plan under way.
pub(super) struct Run<'a> {
    dialogue: &'a Dialogue,
    tools: &'a [Tool],
    parallel: bool,
    /// How many answers of each call (of each tool, for those a person is asked about) the plan has consumed.
    used: BTreeMap<String, usize>,
    /// What is planned instead of done, in plan mode.
    runbook: Option<Runbook>,
    /// What was learnt of an integration layer's tools, where those are worked with.
    abroad: Option<abroad::Known>,
}

/// What a tool's answer amounts to.
#[derive(Debug, PartialEq)]
pub(super) enum Told {
    Done(Value),
    /// A person said no.
    Refused(String),
    Failed {
        kind: String,
        message: String,
    },
}

/// Ends the plan with words.
pub(super) fn say<T>(text: impl Into<String>) -> Play<T> {
    Err(Answer::Prose(text.into()))
}

impl<'a> Run<'a> {
    pub(super) fn new(dialogue: &'a Dialogue, request: &'a Request) -> Self {
        Self {
            dialogue,
            tools: &request.tools,
            parallel: request.parallel_tool_calls,
            used: BTreeMap::new(),
            runbook: request.tools.iter().any(|tool| tool.name == runbook::TOOL).then(Runbook::default),
            abroad: abroad::is_meant(request.tools.iter().map(|tool| tool.name.as_str())).then(abroad::Known::new),
        }
    }

    /// Whether a plan is asked for, rather than the deed.
    pub(super) fn is_planning(&self) -> bool {
        self.runbook.is_some()
    }

    /// What was planned.
    pub(super) fn into_runbook(self) -> Runbook {
        self.runbook.unwrap_or_default()
    }

    pub(super) fn context(&self) -> &'a Context {
        &self.dialogue.context
    }

    /// All the person said about this wish.
    pub(super) fn said(&self) -> String {
        self.dialogue.said.join("\n")
    }

    /// What the person said last, when it answers a question of ours.
    pub(super) fn reply(&self) -> Option<&'a str> {
        if self.dialogue.said.len() > 1 { self.dialogue.said.last().map(String::as_str) } else { None }
    }

    /// Whether the person's answer to our question is a yes.
    pub(super) fn agreed(&self) -> bool {
        self.reply().is_some_and(wording::is_yes)
    }

    pub(super) fn offers(&self, name: &str) -> bool {
        let name = if self.abroad.is_some() { abroad::published(name) } else { name };
        self.is_planning() || self.tools.iter().any(|tool| tool.name == name)
    }

    /// The answer of a reading call with these arguments, whatever it says. The same call made again (a poll) has the next
    /// answer.
    pub(super) fn call(&mut self, name: &str, arguments: &Value) -> Play<Told> {
        let told = self.all(&[(name, arguments)])?;
        Ok(told.into_iter().next().expect("one answer for one wish"))
    }

    /// In plan mode a read that was made is a step of the plan too.
    fn noted(&mut self, read: &Wanted, told: Told) -> Told {
        match &mut self.runbook {
            Some(runbook) => runbook.read(&read.name, &read.arguments, told),
            None => told,
        }
    }

    /// The answer of a call a person is asked about. A person may have edited its arguments, so its place among the calls of
    /// that name counts, not what it carried.
    pub(super) fn act(&mut self, name: &str, arguments: &Value) -> Play<Told> {
        let (called, arguments) = self.calls(name, arguments).remove(0);
        if let Some(runbook) = &mut self.runbook {
            return Ok(runbook.act(name, &called, &arguments));
        }
        let used = self.used.entry(called.clone()).or_default();
        let step = self.dialogue.steps.iter().filter(|step| step.name == called).nth(*used);
        match step {
            Some(step) => {
                *used += 1;
                Ok(told(step))
            }
            None => Err(Answer::Calls(vec![self.wanted(&called, &arguments)?])),
        }
    }

    /// The answers of two reading calls that do not need each other: made at once when that is allowed.
    pub(super) fn both(&mut self, first: (&str, &Value), second: (&str, &Value)) -> Play<(Told, Told)> {
        let mut told = self.all(&[first, second])?.into_iter();
        let mut next = || told.next().expect("an answer for each wish");
        Ok((next(), next()))
    }

    /// The answers of the same reading call with each of these arguments: made at once when that is allowed.
    pub(super) fn each(&mut self, name: &str, arguments: &[Value]) -> Play<Vec<Told>> {
        let wishes: Vec<(&str, &Value)> = arguments.iter().map(|one| (name, one)).collect();
        self.all(&wishes)
    }

    /// The calls a wish becomes: itself, or those of an integration layer's tools.
    fn calls(&self, name: &str, arguments: &Value) -> Vec<abroad::Call> {
        match &self.abroad {
            Some(known) => abroad::calls(name, arguments, known),
            None => vec![(name.to_owned(), arguments.clone())],
        }
    }

    /// The answers of reading calls, in order: those that are open are made at once when that is allowed.
    fn all(&mut self, wishes: &[(&str, &Value)]) -> Play<Vec<Told>> {
        let most = if self.parallel { usize::MAX } else { 1 };
        let (mut made, mut open) = (Vec::with_capacity(wishes.len()), Vec::new());
        for (name, arguments) in wishes {
            let mut of_wish = Vec::new();
            for (name, arguments) in self.calls(name, arguments) {
                if let Some(runbook) = self.runbook.as_mut().filter(|_| runbook::refers(&arguments)) {
                    of_wish.push(runbook.later(&name, &arguments));
                    continue;
                }
                let wanted = self.wanted(&name, &arguments)?;
                match self.answered(&wanted) {
                    Some(told) => of_wish.push(self.noted(&wanted, told)),
                    None => open.push(wanted),
                }
            }
            made.push(of_wish);
        }
        if !open.is_empty() {
            open.truncate(most);
            return Err(Answer::Calls(open));
        }
        let answers = wishes.iter().zip(made).map(|((name, arguments), mut told)| match &mut self.abroad {
            Some(known) => abroad::answer(name, arguments, told, known),
            None => told.remove(0),
        });
        Ok(answers.collect())
    }

    fn answered(&mut self, wanted: &Wanted) -> Option<Told> {
        let used = self.used.entry(format!("{} {}", wanted.name, wanted.arguments)).or_default();
        let same = |step: &&Step| step.name == wanted.name && step.arguments == wanted.arguments;
        // Nothing changes while a plan is made: the same question has the same answer.
        let nth = if self.runbook.is_some() { 0 } else { *used };
        let step = self.dialogue.steps.iter().filter(same).nth(nth)?;
        *used += 1;
        Some(told(step))
    }

    /// The answer of a call that must succeed for the plan to go on; otherwise the plan ends and says what went wrong while
    /// `doing` this.
    pub(super) fn need(&mut self, name: &str, arguments: &Value, doing: &str) -> Play<Value> {
        match self.call(name, arguments)? {
            Told::Done(value) => Ok(value),
            Told::Refused(reason) => {
                say(format!("You refused {doing}{}. I have not done it, and nothing was changed.", because(&reason)))
            }
            Told::Failed { message, .. } => {
                say(format!("I could not finish {doing}: {message} Nothing was changed by that step."))
            }
        }
    }

    fn wanted(&self, name: &str, arguments: &Value) -> Play<Wanted> {
        let Some(tool) = self.tools.iter().find(|tool| tool.name == name) else {
            return Err(self.fetch(name));
        };
        match fit(arguments, &tool.parameters) {
            Ok(arguments) => Ok(Wanted { name: name.to_owned(), arguments }),
            Err(missing) => {
                say(format!("The tool `{name}` asks for `{missing}`, and I do not know that, so I have not called it."))
            }
        }
    }
}

impl Run<'_> {
    /// The move that gets a tool on offer: look for it by what it is for, then load it by name if it was only named. When
    /// neither helps, words that say so.
    fn fetch(&self, name: &str) -> Answer {
        let asked = |tool: &str, arguments: &Value| {
            // A search that came back broken counts: asking the same again would not help.
            let is_it = |step: &&Step| step.arguments == *arguments || step.result["error"] == "bad_arguments";
            self.dialogue.steps.iter().filter(|step| step.name == tool).find(is_it)
        };
        let move_to = |tool: &str, arguments: Value| Answer::Calls(vec![Wanted { name: tool.to_owned(), arguments }]);
        let search = json!({ "intent": errand(name) });
        let load = json!({ "names": [name] });
        let named = |step: &Step| facts::list(&step.result, "also").iter().any(|tool| tool["name"] == name);
        match asked("tool_search", &search) {
            None if self.offers("tool_search") => return move_to("tool_search", search),
            Some(found) if named(found) && self.offers("tool_load") && asked("tool_load", &load).is_none() => {
                return move_to("tool_load", load);
            }
            Some(_) | None => {}
        }
        Answer::Prose(format!(
            "For this I would need the tool `{name}`, and it is not among those offered to me here. Nothing was done."
        ))
    }

    /// Whether a tool is on offer, or can be looked for.
    pub(super) fn can_have(&self, name: &str) -> bool {
        self.offers(name) || self.offers("tool_search")
    }
}

/// What a tool is for, in the words it is looked for by; its name in plain words where there are no better ones.
fn errand(name: &str) -> String {
    const ERRANDS: [(&str, &str); 7] = [
        ("bulk_status", "watch a bulk job until it is complete"),
        ("customer_resolve", "map external ids to customers"),
        ("customer_update", "update the phone number of a customer"),
        ("draft_whatsapp", "draft a whatsapp message"),
        ("klass_list", "list the klasses of the org"),
        ("kobject_bulk_create", "create records for many customers in bulk"),
        ("kobject_list", "look up the records of a customer, such as orders"),
    ];
    let known = ERRANDS.iter().find(|(tool, _)| *tool == name);
    known.map_or_else(|| name.replace('_', " "), |(_, errand)| (*errand).to_owned())
}

/// " with the reason: …", or nothing when none was given.
pub(super) fn because(reason: &str) -> String {
    if reason.is_empty() { String::new() } else { format!(" (“{reason}”)") }
}

fn told(step: &Step) -> Told {
    let result = &step.result;
    let text = |field: &str| result[field].as_str().map(|text| facts::gist(text, 200)).unwrap_or_default();
    if matches!(result["status"].as_str(), Some("refused" | "expired" | "denied")) {
        return Told::Refused(text("reason"));
    }
    match &result["error"] {
        Value::Null if result.is_object() => Told::Done(result.clone()),
        Value::Null if result.is_array() => Told::Done(json!({ "items": result })),
        Value::Null => {
            Told::Failed { kind: "unreadable".into(), message: "the tool's answer could not be read.".into() }
        }
        Value::String(kind) => {
            let message = if text("message").is_empty() { kind.clone() } else { text("message") };
            Told::Failed { kind: kind.clone(), message: sentence(&message) }
        }
        error => {
            let message = error["message"]
                .as_str()
                .map_or_else(|| "the tool reported an error".to_owned(), |text| facts::gist(text, 200));
            Told::Failed { kind: error["kind"].as_str().unwrap_or_default().to_owned(), message: sentence(&message) }
        }
    }
}

/// A message that ends like a sentence.
fn sentence(message: &str) -> String {
    let message = message.trim();
    if message.ends_with(['.', '!', '?', '…']) { message.to_owned() } else { format!("{message}.") }
}

/// Cuts arguments to what a schema knows; names a required one that is missing.
fn fit(arguments: &Value, schema: &Value) -> Result<Value, String> {
    let arguments = arguments.as_object().cloned().unwrap_or_default();
    let given = arguments.into_iter().filter(|(_, value)| !value.is_null());
    let Some(known) = schema["properties"].as_object().filter(|known| !known.is_empty()) else {
        return Ok(Value::Object(given.collect()));
    };
    let mut fitting: Map<String, Value> = given.filter(|(name, _)| known.contains_key(name)).collect();
    for name in schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
        if !fitting.contains_key(name) {
            if !nullable(&known[name]) {
                return Err(name.to_owned());
            }
            fitting.insert(name.to_owned(), Value::Null);
        }
    }
    Ok(Value::Object(fitting))
}

/// Whether a strict schema lets a required property be null.
fn nullable(schema: &Value) -> bool {
    let is_null = |kind: &Value| kind == "null";
    match &schema["type"] {
        Value::Array(kinds) => kinds.iter().any(is_null),
        kind if is_null(kind) => true,
        _ => schema["anyOf"].as_array().is_some_and(|kinds| kinds.iter().any(|kind| is_null(&kind["type"]))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_are_cut_to_the_schema_and_missing_ones_named() {
        let schema = json!({ "type": "object", "properties": { "id": { "type": "string" }, "limit": { "type": ["integer", "null"] } },
            "required": ["id", "limit"], "additionalProperties": false });
        assert_eq!(
            fit(&json!({ "id": "1", "extra": true, "limit": null }), &schema),
            Ok(json!({ "id": "1", "limit": null }))
        );
        assert_eq!(fit(&json!({ "limit": 3 }), &schema), Err("id".into()));
    }

    #[test]
    fn answers_are_understood() {
        let told = |result: Value| told(&Step { name: "t".into(), arguments: Value::Null, result });
        assert_eq!(told(json!({ "status": "refused", "reason": "not now" })), Told::Refused("not now".into()));
        assert_eq!(
            told(json!({ "error": "not_found", "message": "no such customer" })),
            Told::Failed { kind: "not_found".into(), message: "no such customer.".into() }
        );
        assert_eq!(told(json!({ "total": 0 })), Told::Done(json!({ "total": 0 })));
        assert!(matches!(told(json!("boom")), Told::Failed { .. }));
    }
}
