//! Owns `shiftdeck tools`: what an assistant may ask for, from every source, listed, shown and called. A call runs as the
//! assistant's would: a read at once, with what the vault hides hidden; anything else after a person's yes at the terminal.
//! Our own tools are listed without a desk, a store or a connection; others by connecting to their sources.

use std::time::Duration;

use serde_json::{Map, Value, json};
use tokio::sync::mpsc;
use uuid::Uuid;

use super::{
    Exit, Failure,
    args::{Tools, ToolsCommand},
    asking::while_asked,
    out,
    session::{self, Session},
    signing, truto, tty,
};
use crate::{
    approval::{Author, Change, Effect},
    clock::Clock,
    config::{Config, DeskChoice},
    connect::{looked::Shift, mcp::Ask},
    domain::Text,
    privacy::text,
    store::Store,
    tools::{
        self, Cx, Kit, Outcome, Shelf, Tool, ToolError,
        outside::{Sources, Standing, TRUTO},
    },
    transport::Lane,
};

/// What the program's own tools are called as a source.
const BUILTIN: &str = "builtin";
/// How long sources may take to answer before a command goes on without them.
pub const SETTLE: Duration = Duration::from_secs(15);
/// How often one call may lead to a sign-in.
const SIGN_INS: usize = 2;

/// Runs it.
pub async fn run(config: impl FnOnce() -> Result<Config, Failure>, args: &Tools) -> Result<Exit, Failure> {
    match &args.command {
        ToolsCommand::List { source, effect, intent, json } => {
            let (shelf, sources) = offered(config, source.as_deref()).await?;
            let others = shelf.sources();
            let known: Vec<&str> =
                [BUILTIN].into_iter().chain(sources.names()).chain(others.iter().map(String::as_str)).collect();
            let chosen = choose(&shelf, &known, source.as_deref(), effect.as_deref(), intent.as_deref())?;
            if *json {
                out::json(&document(&chosen, &shelf))?;
            } else {
                table(&chosen)?;
            }
            sources.close().await;
        }
        ToolsCommand::Show { name } => {
            let (shelf, sources) = offered(config, source_named(name)).await?;
            out::json(&shown(named(&shelf, name)?, &shelf))?;
            sources.close().await;
        }
        ToolsCommand::Call { name, args } => {
            let arguments = arguments(name, args)?;
            let mut session = Session::open(config()?).await?;
            let asks = session.asks.take();
            let ended = Box::pin(called(&session, name, arguments, asks)).await;
            session.close().await;
            ended?;
        }
        ToolsCommand::Accept { source } => accept(&config()?, source).await?,
    }
    Ok(Exit::Done)
}

/// What is on offer: ours alone, or with the tools of one source or all that are set up, as far as they answer.
async fn offered(
    config: impl FnOnce() -> Result<Config, Failure>,
    source: Option<&str>,
) -> Result<(Shelf, Sources), Failure> {
    if source == Some(BUILTIN) {
        return Ok((Shelf::new(), Sources::default()));
    }
    let config = config()?;
    let is_by_truto = matches!(&config.desk, DeskChoice::Real { account: Some(_), .. });
    if config.mcp.is_empty() && !is_by_truto {
        return Ok((Shelf::new(), Sources::default()));
    }
    let store = Store::open(&config.paths.data)?;
    let wants_truto = source.is_none_or(|source| source == TRUTO);
    let published = if wants_truto { session::published(&config, &store, &Clock::real()).await? } else { None };
    let shelf = Shelf::new();
    if let Some(published) = &published {
        published.put_on(&shelf);
    }
    // Nothing is called here, so nothing is asked.
    let (sources, _) = session::sources(&config, &store, &Clock::real(), &shelf);
    settle(&sources, source).await?;
    Ok((shelf, sources))
}

/// The source whose tool a name can only be, where it says so.
fn source_named(name: &str) -> Option<&str> {
    if tools::by_name(name).is_some() { Some(BUILTIN) } else { name.split_once('/').map(|(source, _)| source) }
}

/// Waits until one source, or each, has answered, offers the sign-ins they want, and says what a person should know of them.
async fn settle(sources: &Sources, source: Option<&str>) -> Result<(), Failure> {
    match source {
        Some(BUILTIN) => return Ok(()),
        Some(source) => sources.settled_one(source, SETTLE).await,
        None => sources.settled(SETTLE).await,
    }
    signing::offered(sources, source).await?;
    tell(sources, source);
    Ok(())
}

/// Says what a person should know of the sources: which did not answer, what changed, what is left out.
pub fn tell(sources: &Sources, source: Option<&str>) {
    for (alias, standing) in sources.standing() {
        if source.is_some_and(|source| source != alias) {
            continue;
        }
        match standing {
            Standing::Waiting => out::say(&format!("{alias}: it has not answered yet")),
            Standing::Failed(error) => out::say(&format!("{alias}: {error}; {}", error.next())),
            Standing::Listed(listed) => {
                if !listed.shifts.is_empty() {
                    out::say(&told(alias, &listed.shifts));
                }
                for left in listed.left_out.iter().take(5) {
                    out::say(&format!("{alias}: the tool {} is not offered: {}", left.name.line(), left.why));
                }
                if listed.left_out.len() > 5 {
                    out::say(&format!("{alias}: {} more tools are not offered", listed.left_out.len() - 5));
                }
            }
        }
    }
}

fn told(alias: &str, shifts: &[Shift]) -> String {
    crate::connect::looked::told(&format!("of {alias}"), shifts, &format!("shiftdeck tools accept {alias}"))
}

/// Shows what changed at a source and, after a key, takes it in.
async fn accept(config: &Config, source: &str) -> Result<(), Failure> {
    let (shelf, store) = (Shelf::new(), Store::open(&config.paths.data)?);
    let (sources, _) = session::sources(config, &store, &Clock::real(), &shelf);
    let ended = take_in(&sources, &shelf, &store, source).await;
    sources.close().await;
    ended
}

async fn take_in(sources: &Sources, shelf: &Shelf, store: &Store, source: &str) -> Result<(), Failure> {
    sources.settled_one(source, SETTLE).await;
    let standing = sources.standing().into_iter().find(|(alias, _)| *alias == source).map(|(_, standing)| standing);
    let listed = match standing {
        Some(Standing::Listed(listed)) => listed,
        Some(Standing::Failed(error)) => return Err(Failure::new(source, error.to_string(), error.next())),
        Some(Standing::Waiting) => return Err(Failure::new(source, "it has not answered", "try again")),
        None => {
            let next =
                "its name is the ALIAS of [mcp.ALIAS] in the settings; for Truto it is `shiftdeck truto --accept`";
            return Err(Failure::new("tools", "there is no source of that name", next));
        }
    };
    if listed.shifts.is_empty() {
        out::say(&format!("nothing changed at {source} since somebody looked"));
        return Ok(());
    }
    let row = |shift: &Shift| {
        let tool = shelf.by_name(&format!("{source}/{}", shift.tool()));
        let about = tool.map_or("", |tool| tool.spec.about);
        let state = if let Shift::Gone(_) = shift { "gone" } else { Shift::state(shift.tool(), &listed.shifts) };
        vec![text::line(shift.tool()).into_string(), state.to_owned(), first_sentence(about)]
    };
    out::table(&["TOOL", "STATE", "ABOUT"], &listed.shifts.iter().map(row).collect::<Vec<_>>())?;
    out::say(&told(source, &listed.shifts));
    let place = sources.place(source).unwrap_or_default();
    tokio::task::block_in_place(|| truto::accept(store, &place, &listed.now))
}

fn named(shelf: &Shelf, name: &str) -> Result<&'static Tool, Failure> {
    shelf
        .by_name(name)
        .ok_or_else(|| Failure::new("no such tool", "nothing has that name", "shiftdeck tools list names them"))
}

/// Calls a tool of any source, once its source has answered.
async fn called(
    session: &Session,
    name: &str,
    arguments: Map<String, Value>,
    asks: Option<mpsc::UnboundedReceiver<Ask>>,
) -> Result<(), Failure> {
    session.sign_in().await?;
    session.close_abandoned_windows().await?;
    settle(&session.sources, source_named(name)).await?;
    let mut asks = asks;
    let mut sign_ins = 0;
    loop {
        let tool = named(&session.shelf, name)?;
        let ended = Box::pin(while_asked(&mut asks, call(session, tool, arguments.clone()))).await;
        sign_ins += 1;
        // What its own server refused for want of a sign-in was not done: after one it is put before the person again.
        let source = source_of(tool);
        let is_unsigned = session.sources.wanting_sign_in().iter().any(|(alias, _)| *alias == source);
        if ended.is_ok() || sign_ins > SIGN_INS || !is_unsigned {
            return ended;
        }
        if !signing::offered(&session.sources, Some(source)).await? {
            return ended;
        }
    }
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
        kit: Kit::of(session.shelf.clone()),
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

fn choose(
    shelf: &Shelf,
    known: &[&str],
    source: Option<&str>,
    effect: Option<&str>,
    intent: Option<&str>,
) -> Result<Vec<&'static Tool>, Failure> {
    const EFFECTS: [&str; 8] = ["read", "unmask", "disclose", "draft", "write", "send", "bulk", "delete"];
    if let Some(effect) = effect
        && !EFFECTS.contains(&effect)
    {
        return Err(Failure::usage(format!("--effect {effect}"), format!("it is one of {}", EFFECTS.join(", "))));
    }
    if let Some(source) = source
        && !known.contains(&source)
    {
        return Err(Failure::usage(format!("--source {source}"), format!("it is one of {}", known.join(", "))));
    }
    // The same search as the model's, best first; without one, the order of the tables.
    let found: Vec<&'static Tool> = match intent {
        Some(intent) => shelf.find(intent).into_iter().map(|(tool, _)| tool).collect(),
        None => shelf.all(),
    };
    let fits = |tool: &&'static Tool| {
        source.is_none_or(|source| source == source_of(tool))
            && effect.is_none_or(|effect| tool.spec.effect.word() == effect)
    };
    Ok(found.into_iter().filter(fits).collect())
}

fn source_of(tool: &Tool) -> &str {
    tool.outside().map_or(BUILTIN, |outside| outside.origin().source.as_str())
}

/// Whose word stands for what a tool does.
fn trust(tool: &Tool) -> &'static str {
    match tool.outside().map(|outside| outside.origin().is_reviewed) {
        None => "ours",
        Some(true) => "reviewed",
        Some(false) => "not reviewed",
    }
}

fn shown(tool: &Tool, shelf: &Shelf) -> Value {
    let mut shown = json!({
        "name": tool.spec.name,
        "source": source_of(tool),
        "trust": trust(tool),
        "effect": tool.spec.effect.word(),
        "resident": shelf.resident().into_iter().any(|resident| resident.spec.name == tool.spec.name),
        "tokens": tools::tokens(&tool.wire().to_string()),
        "asks_a_person": tool.spec.effect != Effect::Read,
        "about": tool.spec.about,
        "parameters": tool.parameters(),
        "example": tool.spec.sample(),
    });
    if let (Some(outside), Value::Object(parts)) = (tool.outside(), &mut shown) {
        parts.remove("example");
        parts.insert("name_there".into(), outside.origin().tool.as_str().into());
        parts.insert("place".into(), outside.origin().place.as_str().into());
        parts.insert("not_called".into(), outside.barred().into());
    }
    shown
}

fn document(tools: &[&'static Tool], shelf: &Shelf) -> Value {
    json!({ "tools": tools.iter().map(|tool| shown(tool, shelf)).collect::<Vec<_>>() })
}

fn first_sentence(about: &str) -> String {
    about.split_inclusive(". ").next().unwrap_or(about).trim().to_owned()
}

fn table(tools: &[&'static Tool]) -> Result<(), Failure> {
    let row = |tool: &&'static Tool| {
        let about = match tool.outside() {
            Some(outside) => outside.barred().map_or_else(|| outside.words(), |why| format!("not called: {why}")),
            None => first_sentence(tool.spec.about),
        };
        [tool.spec.name, source_of(tool), trust(tool), tool.spec.effect.word(), &about].map(str::to_owned).to_vec()
    };
    out::table(&["NAME", "SOURCE", "TRUST", "EFFECT", "ABOUT"], &tools.iter().map(row).collect::<Vec<_>>())?;
    Ok(())
}
