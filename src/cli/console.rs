//! Owns the start of the console: a session, its looks from settings and environment, and the exit code it ends with.

use std::{io::IsTerminal, time::Duration};

use jiff::tz::TimeZone;

use super::{Exit, Failure, session::Session};
use crate::{
    approval::Policy,
    assistant::{ModelConfig, stream},
    clock::Clock,
    config::{Config, Notify},
    console::{
        runtime::{self, ConsoleError, Options, Setup},
        term::manners::{Announce, Manners, Traits},
        theme::Depth,
    },
};

/// How long the start waits for an endpoint to say which models it has, where none is named in the settings.
const PATIENCE: Duration = Duration::from_secs(2);

/// Runs it.
pub async fn run(config: Config) -> Result<Exit, Failure> {
    if !std::io::stdin().is_terminal() || !std::io::stdout().is_terminal() {
        let next = "run it in a terminal, or use a command such as shiftdeck search (see --help)";
        return Err(Failure::new("the console", "stdin or stdout is no terminal", next));
    }
    if config.terminal.term == "dumb" {
        let next =
            "use a terminal that can, start with --linear, or use a command such as shiftdeck search (see --help)";
        return Err(Failure::new("the console", "this terminal (TERM=dumb) cannot place text on a screen", next));
    }
    let session = Session::open(config).await?;
    session.close_abandoned_windows_beside();
    let setup = Setup {
        reader: session.reader.clone(),
        writer: session.writer.clone(),
        trail: session.trail.clone(),
        vault: session.vault.clone(),
        clock: session.clock.clone(),
        model: named(session.model.clone(), &session.clock).await,
        options: options(&session),
    };
    let ended = runtime::run(setup).await;
    session.close().await;
    match ended {
        Ok(runtime::Exit::Quit) => Ok(Exit::Done),
        Ok(runtime::Exit::Signal) => Ok(Exit::Interrupted),
        Err(ConsoleError::Keys(error)) => {
            Err(Failure::new("settings", error.to_string(), "correct [keys] in the settings file").exiting(Exit::Usage))
        }
        Err(ConsoleError::Terminal(error)) => {
            Err(Failure::new("the terminal", error.to_string(), "half-typed words were kept; start again"))
        }
    }
}

fn options(session: &Session) -> Options {
    let config = &session.config;
    Options {
        desk: session.desk.clone(),
        theme: config.theme.clone(),
        depth: Depth::detect(config.terminal.no_color, Some(&config.terminal.colorterm), Some(&config.terminal.term)),
        ascii: config.ascii,
        motion: config.motion,
        manners: manners(config),
        themes: config.paths.themes(),
        settings: config.paths.settings(),
        mouse: config.mouse,
        unmask_for: config.unmask_for,
        policy: Policy { cards_for_own: config.approval.cards_for_own },
        keys: config.keys.clone(),
        zone: TimeZone::system(),
    }
}

/// What the terminal understands, and how it is to call.
fn manners(config: &Config) -> Manners {
    let manners = Manners::of(&Traits {
        term: config.terminal.term.clone(),
        program: config.terminal.program.clone(),
        colours: config.terminal.ground.clone(),
        tmux: config.terminal.tmux,
    });
    match config.notify {
        Notify::Auto => manners,
        Notify::Bell => manners.announcing(Announce::Bell),
        Notify::Off => manners.announcing(Announce::Off),
    }
}

/// The model with a name: the one configured, else the first its endpoint lists; none where it does not answer soon.
async fn named(model: Option<ModelConfig>, clock: &Clock) -> Option<ModelConfig> {
    let model = model?;
    if !model.model.is_empty() {
        return Some(model);
    }
    let listed = tokio::select! {
        listed = stream::models(&model) => listed.ok()?,
        () = clock.sleep(PATIENCE) => return None,
    };
    Some(ModelConfig { model: listed.into_iter().next()?, ..model })
}
