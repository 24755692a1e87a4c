//! Owns `shiftdeck mcp`: how the MCP servers of the settings stand and what they offer, allowing a program to be started,
//! signing in and out. Calls none of their tools (`shiftdeck tools call` does).

use std::time::Duration;

use serde_json::{Value, json};
use tokio::sync::mpsc;

use super::{
    Exit, Failure,
    args::{Mcp, McpCommand},
    out,
    tty::{self, Turned},
};
use crate::{
    clock::Clock,
    config::{Config, Env, McpServer, McpWay, keyring},
    connect::mcp::{self, Challenge, Client, Definition, Hints, Kept, LeftOut, McpError, Means},
    privacy::text,
    store::Store,
};

/// How long `list` waits for one server: it asks all of them.
const LISTING: Duration = Duration::from_secs(15);

/// Runs it.
pub async fn run(config: &Config, args: &Mcp) -> Result<Exit, Failure> {
    let means = Means::new(Store::open(&config.paths.data)?, Env::read());
    match &args.command {
        McpCommand::List { json } => list(config, &means, *json).await,
        McpCommand::Show { alias, json } => show(named(config, alias)?, &means, *json).await,
        McpCommand::Allow { alias } => allow(named(config, alias)?, &means),
        McpCommand::Login { alias, scope } => Box::pin(login(named(config, alias)?, &means, scope)).await,
        McpCommand::Logout { alias } => logout(named(config, alias)?, &means),
    }
}

fn named<'a>(config: &'a Config, alias: &str) -> Result<&'a McpServer, Failure> {
    let none = || {
        let known: Vec<&str> = config.mcp.iter().map(|server| server.alias.as_str()).collect();
        let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
        Failure::usage("no such MCP server", format!("the settings name: {known}"))
    };
    config.mcp.iter().find(|server| server.alias == alias).ok_or_else(none)
}

/// Connects for looking only: nobody is there to be asked anything.
async fn connect(server: &McpServer, means: &Means) -> Result<Client, McpError> {
    let (asks, _) = mpsc::unbounded_channel();
    Client::connect(server, asks, Clock::real(), means).await
}

/// What became of looking at a server.
struct Seen<'a> {
    server: &'a McpServer,
    found: Result<(mcp::Identity, Vec<Definition>, Vec<LeftOut>), McpError>,
}

async fn look<'a>(server: &'a McpServer, means: &Means) -> Seen<'a> {
    let found = async {
        let client = connect(server, means).await?;
        let tools = client.tools().await;
        let (identity, left_out) = (client.identity(), client.left_out());
        client.close().await;
        Ok((identity, tools?, left_out))
    };
    Seen { server, found: found.await }
}

impl Seen<'_> {
    fn state(&self) -> &'static str {
        match &self.found {
            Ok(_) => "ready",
            Err(McpError::NotAllowed) => "not allowed",
            Err(McpError::SignIn(_) | McpError::Scope(_)) => "not signed in",
            Err(McpError::Silent) => "silent",
            Err(McpError::Unreachable { .. } | McpError::NoProgram) => "unreachable",
            Err(_) => "unusable",
        }
    }

    fn trust(&self) -> &'static str {
        if self.server.reviewed.is_some() { "truto, as reviewed" } else { "none: its tools are asked for" }
    }

    fn spoken(&self) -> String {
        self.found.as_ref().map_or(String::new(), |(is, ..)| format!("{} ({})", is.protocol, is.era.word()))
    }

    fn row(&self) -> Vec<String> {
        let tools = self.found.as_ref().map_or(String::new(), |(_, tools, _)| tools.len().to_string());
        let address = text::line(&mcp::address(self.server)).into_string();
        vec![self.server.alias.clone(), self.state().into(), self.spoken(), tools, self.trust().into(), address]
    }

    fn document(&self) -> Value {
        let mut said = json!({
            "alias": self.server.alias,
            "address": mcp::address(self.server),
            "state": self.state(),
            "reviewed": self.server.reviewed.map(|_| "truto"),
        });
        match &self.found {
            Ok((is, tools, left_out)) => {
                said["server"] = json!({ "name": is.name, "version": is.version });
                said["protocol"] = json!(is.protocol);
                said["era"] = json!(is.era.word());
                said["tools"] = json!(tools.len());
                said["left_out"] = json!(left_out.len());
            }
            Err(error) => {
                said["error"] = json!(error.to_string());
                said["next"] = json!(error.next());
            }
        }
        said
    }
}

async fn list(config: &Config, means: &Means, as_json: bool) -> Result<Exit, Failure> {
    let hurried: Vec<McpServer> = config
        .mcp
        .iter()
        .map(|server| McpServer { patience: server.patience.min(LISTING), ..server.clone() })
        .collect();
    let seen = futures::future::join_all(hurried.iter().map(|server| look(server, means))).await;
    if as_json {
        out::json(&json!({ "servers": seen.iter().map(Seen::document).collect::<Vec<_>>() }))?;
        return Ok(Exit::Done);
    }
    let rows: Vec<Vec<String>> = seen.iter().map(Seen::row).collect();
    out::table(&["SERVER", "STATE", "SPEAKS", "TOOLS", "TRUST", "WHERE"], &rows)?;
    for Seen { server, found } in &seen {
        match found {
            Err(error) => out::say(&format!("{}: {error}\n→ {}", server.alias, error.next())),
            Ok((.., left_out)) => left_out.iter().for_each(|left| out::say(&left_words(&server.alias, left))),
        }
    }
    if seen.is_empty() {
        out::say("the settings name no MCP server: [mcp.NAME] with url = \"https://…\" or command = \"…\"");
    }
    Ok(Exit::Done)
}

fn left_words(alias: &str, left: &LeftOut) -> String {
    format!("{alias}: the tool {} is left out: {}", left.name.line(), left.why)
}

async fn show(server: &McpServer, means: &Means, as_json: bool) -> Result<Exit, Failure> {
    let Seen { found, .. } = look(server, means).await;
    let (is, tools, left_out) = found?;
    if as_json {
        let left: Vec<Value> = left_out.iter().map(|left| json!({ "name": left.name, "why": left.why })).collect();
        out::json(&json!({
            "alias": server.alias, "address": is.address, "protocol": is.protocol, "era": is.era.word(),
            "server": { "name": is.name, "version": is.version }, "instructions": is.instructions,
            "tools": tools.iter().map(tool).collect::<Vec<_>>(), "left_out": left,
        }))?;
        return Ok(Exit::Done);
    }
    let named = format!("{} {}", is.name.line(), is.version.line());
    out::line(&format!("{} — {}, speaks {} ({})", server.alias, named.trim(), is.protocol, is.era.word()))?;
    out::line("What follows is said by the server; its hints are claims.")?;
    if !is.instructions.is_blank() {
        out::line(&format!("\n{}", is.instructions.block()))?;
    }
    for tool in &tools {
        out::line(&format!("\n{}  [{}]", text::line(&tool.name), hints(tool.hints)))?;
        out::line(&format!("{}", tool.description.block()))?;
        out::line(&text::block(&format!("{:#}", tool.input)))?;
    }
    for left in &left_out {
        out::say(&left_words(&server.alias, left));
    }
    Ok(Exit::Done)
}

fn tool(tool: &Definition) -> Value {
    json!({
        "name": tool.name, "title": tool.title, "description": tool.description, "fingerprint": tool.fingerprint,
        "parameters": tool.input, "answers": tool.output,
        "hints": { "read_only": tool.hints.read_only, "destructive": tool.hints.destructive,
            "idempotent": tool.hints.idempotent, "open_world": tool.hints.open_world },
    })
}

fn hints(hints: Hints) -> String {
    let said = [
        (hints.read_only, "changes nothing", "changes something"),
        (hints.destructive, "may destroy", "destroys nothing"),
        (hints.idempotent, "twice is as once", "twice is twice"),
        (hints.open_world, "reaches others", "reaches nobody"),
    ];
    let words: Vec<&str> =
        said.into_iter().filter_map(|(hint, yes, no)| hint.map(|hint| if hint { yes } else { no })).collect();
    if words.is_empty() { "it says nothing of its effect".to_owned() } else { format!("it says: {}", words.join(", ")) }
}

/// Only somebody at a terminal can have looked at a command.
fn allow(server: &McpServer, means: &Means) -> Result<Exit, Failure> {
    let Some(command) = mcp::command_line(server) else {
        return Err(Failure::usage("mcp allow", "it has an address: no program is started for it"));
    };
    let Some(program) = mcp::program(server, &means.env) else {
        return Err(McpError::NoProgram.into());
    };
    if !tty::is_there() {
        return Err(tty::nobody("the command"));
    }
    out::say(&format!("{} starts a program on this machine, with your rights:\n", server.alias));
    out::say(&format!("    {command}\n"));
    out::say(&format!("found at {}", text::line(&program.to_string_lossy())));
    out::say("Enter allows exactly this command; Ctrl-C leaves it.");
    if tty::turned()? == Turned::On {
        mcp::allow(server, &means.env, &means.store)?;
        out::say("allowed; a change of the command asks again");
        return Ok(Exit::Done);
    }
    Ok(Exit::Refused)
}

async fn login(server: &McpServer, means: &Means, scopes: &[String]) -> Result<Exit, Failure> {
    if !matches!(server.way, McpWay::Http { oauth: true, .. }) {
        let next = "write `oauth = true` under its url in the settings";
        return Err(Failure::new("mcp login", "the settings do not say that one signs in to it", next));
    }
    // Asked before the person is: nobody should sign in for nothing.
    keyring::available().map_err(|why| {
        let next = "a sign-in is only ever kept in a keyring. Give a token by token_env instead; a command that lists or calls \
                    its tools at a terminal offers a sign-in for as long as it runs";
        Failure::new("the keyring", why.to_string(), next).exiting(Exit::Refused)
    })?;
    let clock = Clock::real();
    // What the server wants to see, it says to whoever comes without.
    let wanted = match connect(server, means).await {
        Err(McpError::SignIn(wanted) | McpError::Scope(wanted)) => wanted,
        _ => Challenge::default(),
    };
    let kept = mcp::sign_in(server, scopes, &wanted, &means.tokens, &clock, |address| {
        let words = "open this in a browser on this machine and sign in; Ctrl-C gives up";
        out::say(&format!("{words}:\n\n{}\n", text::line(address)));
    });
    let words = match Box::pin(kept).await? {
        Kept::Keyring => "signed in; kept in this machine's keyring",
        Kept::Memory => "signed in, but the keyring refused to keep it: it is gone when this command ends",
    };
    out::say(words);
    Ok(Exit::Done)
}

fn logout(server: &McpServer, means: &Means) -> Result<Exit, Failure> {
    let was_there = means.tokens.forget(server).map_err(|why| {
        Failure::new("the keyring", why.to_string(), "remove it with the system's own tool for its keyring")
    })?;
    out::say(if was_there {
        "the sign-in is gone from here; at the server it works until it ends or is withdrawn there"
    } else {
        "there was no sign-in to it here"
    });
    Ok(Exit::Done)
}
