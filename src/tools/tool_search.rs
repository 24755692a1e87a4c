//! Owns the two tools by which a model gets at all others: one finds them by what is to be done, one loads them by name. Both
//! only change what is on offer in this dialogue.

use serde_json::Value;

use super::{
    Answer, Code, Cx, Kind, Outcome, Param, Spec, Tool, ToolError,
    answer::{Shown, list, map, maybe, own},
    klass,
    params::Arguments,
};
use crate::{approval::Effect, domain::KlassName};

/// The most tools a search loads by itself.
const LOADS: usize = 3;
/// How near to the best a tool has to come to be loaded with it.
const NEAR: f64 = 0.85;
/// Further tools that are named.
const NAMED: usize = 4;
/// Tools one call may load.
const AT_ONCE: usize = 6;

/// Finds tools.
pub(super) struct ToolSearch;
/// Loads tools by name.
pub(super) struct ToolLoad;

impl Code for ToolSearch {
    const SPEC: Spec = Spec {
        name: "tool_search",
        about: "Find tools for what you want to do, for instance `draft a whatsapp message` or `close the conversation`. The \
                best are loaded and can be called next; others are named for tool_load. Most tools are not loaded yet: \
                search before you say that something cannot be done.",
        words: "",
        effect: Effect::Read,
        polls: false,
        params: &[
            Param::must("intent", Kind::Words(300), "What is to be done, in a few words."),
            Param::may("klass", Kind::Words(128), "For records of one klass: its name."),
        ],
        example: r#"{"intent": "draft a whatsapp message"}"#,
    };

    async fn run(arguments: Arguments, cx: &Cx) -> Result<Outcome, ToolError> {
        let found = cx.kit.shelf().find(arguments.must("intent")?);
        let others = found.iter().filter(|(tool, _)| !finds(tool));
        let best = others.clone().next().map_or(0.0, |(_, score)| *score);
        let near = others.clone().take_while(|(_, score)| *score >= best * NEAR).take(LOADS).count();
        let mut loaded = Vec::new();
        for (tool, _) in others.clone().take(near) {
            loaded.push(load(tool, arguments.words("klass"), cx).await?);
        }
        let also: Vec<&Tool> = others.skip(near).take(NAMED).map(|(tool, _)| *tool).collect();
        let nothing = loaded.is_empty().then_some("nothing fits; say it in other words");
        let shown = map([("loaded", list(loaded, own)), ("also", list(also, named)), ("note", maybe(nothing, own))]);
        Ok(Outcome::Answer(Answer::new(shown, &cx.vault)))
    }
}

impl Code for ToolLoad {
    const SPEC: Spec = Spec {
        name: "tool_load",
        about: "Load tools whose names you know. With a klass, kobject_create and kobject_update get the shape of its records.",
        words: "",
        effect: Effect::Read,
        polls: false,
        params: &[
            Param::must("names", Kind::List(AT_ONCE), "Tool names."),
            Param::may("klass", Kind::Words(128), "A klass's name."),
        ],
        example: r#"{"names": ["kobject_create"], "klass": "order"}"#,
    };

    async fn run(arguments: Arguments, cx: &Cx) -> Result<Outcome, ToolError> {
        let (mut loaded, mut unknown) = (Vec::new(), 0_usize);
        for name in arguments.list("names") {
            match cx.kit.shelf().by_name(&name) {
                Some(tool) => {
                    // The klass may stand in the name already.
                    let own = klass::of_name(&name).map(|(_, klass)| klass);
                    loaded.push(load(tool, own.or(arguments.words("klass")), cx).await?);
                }
                None => unknown += 1,
            }
        }
        if loaded.is_empty() {
            return Err(ToolError::NotFound { what: "tool" });
        }
        let missing = (unknown > 0).then(|| format!("{unknown} of these names are no tools; use tool_search"));
        let shown = map([("loaded", list(loaded, own)), ("note", maybe(missing, own))]);
        Ok(Outcome::Answer(Answer::new(shown, &cx.vault)))
    }
}

/// The tools that find tools are always there.
fn finds(tool: &Tool) -> bool {
    ["tool_search", "tool_load"].contains(&tool.spec.name)
}

/// Offers a tool, shaped by a klass where there is one; the name it is offered under.
async fn load(tool: &Tool, klass: Option<&str>, cx: &Cx) -> Result<String, ToolError> {
    let shaped = match klass.filter(|_| klass::shapes(tool.spec.name)) {
        Some(klass) => klass::shaped(tool, &klass::read(&KlassName::new(klass), cx).await?),
        None => None,
    };
    let (name, wire): (String, Value) = shaped.unwrap_or_else(|| (tool.spec.name.to_owned(), tool.wire()));
    cx.kit.load(&name, wire);
    Ok(name)
}

/// A tool that is not loaded: what it is for, in its first sentence.
fn named(tool: &Tool) -> Shown {
    let about = tool.spec.about;
    let first = about.split_inclusive(". ").next().unwrap_or(about).trim();
    map([("name", own(tool.spec.name)), ("effect", own(tool.spec.effect.word())), ("about", own(first))])
}
