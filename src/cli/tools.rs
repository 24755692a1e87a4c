//! Owns `shiftdeck tools`: what an assistant may ask for, listed, shown and called. A call runs as the assistant's would: a read
//! at once, with what the vault hides hidden; anything else after a person's yes at the terminal.

use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::{
    Exit, Failure,
    args::{Tools, ToolsCommand},
    out,
    session::Session,
    tty,
};
use crate::{
    approval::{Author, Change, Effect},
    config::Config,
    domain::Text,
    privacy::text,
    tools::{self, Cx, Kit, Outcome, Shelf, Tool, ToolError},
    transport::Lane,
};

/// The one source there is so far: the program's own tools.
const BUILTIN: &str = "builtin";

/// Runs it.
pub async fn run(config: impl FnOnce() -> Result<Config, Failure>, args: &Tools) -> Result<Exit, Failure> {
    match &args.command {
        ToolsCommand::List { source, effect, intent, json } => {
            let chosen = choose(source.as_deref(), effect.as_deref(), intent.as_deref())?;
            if *json { out::json(&document(&chosen))? } else { table(&chosen)? }
        }
        ToolsCommand::Show { name } => out::json(&shown(named(name)?))?,
        ToolsCommand::Call { name, args } => {
            let (tool, arguments) = (named(name)?, arguments(name, args)?);
            let session = Session::open(config()?).await?;
            session.sign_in().await?;
            session.close_abandoned_windows().await?;
            let ended = call(&session, tool, arguments).await;
            session.close().await;
            ended?;
        }
    }
    Ok(Exit::Done)
}

fn named(name: &str) -> Result<&'static Tool, Failure> {
    tools::by_name(name)
        .ok_or_else(|| Failure::new("no such tool", "nothing has that name", "shiftdeck tools list names them"))
}

fn arguments(name: &str, given: &str) -> Result<Map<String, Value>, Failure> {
    let given = serde_json::from_str::<Map<String, Value>>(given)
        .map_err(|error| Failure::usage("--args", format!("it is no JSON object: {error}")))?;
    Ok(tools::completed(name, given))
}

/// Calls a tool and prints what an assistant would be told.
async fn call(session: &Session, tool: &Tool, arguments: Map<String, Value>) -> Result<(), Failure> {
    let cx = Cx {
        reader: session.reader.with_lane(Lane::Person),
        vault: session.vault.clone(),
        clock: session.clock.clone(),
        store: session.store.clone(),
        org: session.trail.org().to_owned(),
        conversation: None,
        turn: Uuid::now_v7().simple().to_string(),
        kit: Kit::new(),
    };
    let answer = match tool.run(arguments, &cx).await.map_err(|error| failed(error, &cx))? {
        Outcome::Answer(answer) => answer,
        Outcome::Propose { change, reason } => perform(session, tool, (*change, reason), &cx).await?,
    };
    out::json(answer.value())?;
    Ok(())
}

/// Asks the person, performs what they approved, and closes again what it opened.
async fn perform(session: &Session, tool: &Tool, wish: (Change, Text), cx: &Cx) -> Result<tools::Answer, Failure> {
    let (change, reason) = wish;
    let approved = tokio::task::block_in_place(|| tty::ask_alone(session, change.clone(), Author::Person, reason))?;
    let change = approved.change().clone();
    let receipt = session.engine.perform(&session.writer, approved).await?;
    let answer = tool.done(&change, &receipt, cx).await;
    if change.effect() == Effect::Unmask
        && let Some(customer) = &change.subject().customer
    {
        session.writer.close_window(customer, "the command ended").await?;
        session.vault.forget(customer);
        out::say("the unmasking window is closed again: this command is over");
    }
    Ok(answer)
}

fn failed(error: ToolError, cx: &Cx) -> Failure {
    match error {
        ToolError::Desk(error) => error.into(),
        ToolError::Arguments(words) => Failure::usage("--args", text::line(&words).into_string()),
        error => {
            let words = text::line(&cx.vault.veil(&error.to_string())).into_string();
            Failure::new("the tool", words, "shiftdeck tools show NAME tells what it takes")
        }
    }
}

fn choose(source: Option<&str>, effect: Option<&str>, intent: Option<&str>) -> Result<Vec<&'static Tool>, Failure> {
    const EFFECTS: [&str; 8] = ["read", "unmask", "disclose", "draft", "write", "send", "bulk", "delete"];
    if let Some(effect) = effect
        && !EFFECTS.contains(&effect)
    {
        return Err(Failure::usage(format!("--effect {effect}"), format!("it is one of {}", EFFECTS.join(", "))));
    }
    // The same search as the model's, best first; without one, the order of the tables.
    let found: Vec<&'static Tool> = match intent {
        Some(intent) => Shelf::new().find(intent).into_iter().map(|(tool, _)| tool).collect(),
        None => tools::all().to_vec(),
    };
    let fits = |tool: &&'static Tool| {
        source.is_none_or(|source| source == BUILTIN) && effect.is_none_or(|effect| tool.spec.effect.word() == effect)
    };
    Ok(found.into_iter().filter(fits).collect())
}

fn shown(tool: &Tool) -> Value {
    json!({
        "name": tool.spec.name,
        "source": BUILTIN,
        "effect": tool.spec.effect.word(),
        "resident": Shelf::new().resident().into_iter().any(|resident| resident.spec.name == tool.spec.name),
        "tokens": tools::tokens(&tool.wire().to_string()),
        "asks_a_person": tool.spec.effect != Effect::Read,
        "about": tool.spec.about,
        "parameters": tool.wire()["function"]["parameters"],
        "example": tool.spec.sample(),
    })
}

fn document(tools: &[&'static Tool]) -> Value {
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
