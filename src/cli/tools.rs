//! Owns `shiftdeck tools`: what an assistant may ask for, listed and shown.

use serde_json::json;

use super::{
    Exit, Failure,
    args::{Tools, ToolsCommand},
    out,
};
use crate::tools::{self, Tool};

/// The one source there is so far: the program's own tools.
const BUILTIN: &str = "builtin";

/// Runs it.
pub fn run(args: &Tools) -> Result<Exit, Failure> {
    match &args.command {
        ToolsCommand::List { source, effect, intent, json } => {
            let chosen = choose(source.as_deref(), effect.as_deref(), intent.as_deref())?;
            if *json { out::json(&document(&chosen))? } else { table(&chosen)? }
        }
        ToolsCommand::Show { name } => {
            let tool = tools::by_name(name).ok_or_else(|| {
                Failure::new("no such tool", "nothing has that name", "shiftdeck tools list names them")
            })?;
            out::json(&shown(tool))?;
        }
    }
    Ok(Exit::Done)
}

fn choose(source: Option<&str>, effect: Option<&str>, intent: Option<&str>) -> Result<Vec<&'static Tool>, Failure> {
    const EFFECTS: [&str; 8] = ["read", "unmask", "disclose", "draft", "write", "send", "bulk", "delete"];
    if let Some(effect) = effect
        && !EFFECTS.contains(&effect)
    {
        return Err(Failure::usage(format!("--effect {effect}"), format!("it is one of {}", EFFECTS.join(", "))));
    }
    let words: Vec<String> = intent.unwrap_or_default().split_whitespace().map(str::to_lowercase).collect();
    let fits = |tool: &&'static Tool| {
        let about = format!("{} {}", tool.spec.name.replace('_', " "), tool.spec.about).to_lowercase();
        source.is_none_or(|source| source == BUILTIN)
            && effect.is_none_or(|effect| tool.spec.effect.word() == effect)
            && (words.is_empty() || words.iter().any(|word| about.contains(word.as_str())))
    };
    Ok(tools::all().iter().filter(fits).collect())
}

fn shown(tool: &Tool) -> serde_json::Value {
    json!({
        "name": tool.spec.name,
        "source": BUILTIN,
        "effect": tool.spec.effect.word(),
        "asks_a_person": tool.spec.effect != crate::approval::Effect::Read,
        "about": tool.spec.about,
        "parameters": tool.wire()["function"]["parameters"],
        "example": serde_json::from_str::<serde_json::Value>(tool.spec.example).unwrap_or_default(),
    })
}

fn document(tools: &[&'static Tool]) -> serde_json::Value {
    json!({ "tools": tools.iter().map(|tool| shown(tool)).collect::<Vec<_>>() })
}

fn table(tools: &[&'static Tool]) -> Result<(), Failure> {
    let first_sentence = |about: &str| about.split_inclusive(". ").next().unwrap_or(about).trim().to_owned();
    let row = |tool: &&'static Tool| {
        let spec = tool.spec;
        vec![spec.name.to_owned(), BUILTIN.to_owned(), spec.effect.word().to_owned(), first_sentence(spec.about)]
    };
    out::table(&["NAME", "SOURCE", "EFFECT", "ABOUT"], &tools.iter().map(row).collect::<Vec<_>>())?;
    Ok(())
}
