//! Owns the start of the console, on a screen or line by line: a session, its looks from settings and environment, and the
//! exit code it ends with.

use std::io::IsTerminal;

use jiff::tz::TimeZone;

use super::{Exit, Failure, session::Session};
use crate::{
    config::{Config, DeskChoice, Notify, Pictures, Task},
    console::{
        crash, linear,
        runtime::{self, ConsoleError, Options, Setup},
        term::{
            graphics::Graphics,
            manners::{Announce, Manners, Traits},
        },
        theme::Depth,
    },
    store::Cache,
};

/// Runs it.
pub async fn run(config: Config) -> Result<Exit, Failure> {
    if !std::io::stdin().is_terminal() || !std::io::stdout().is_terminal() {
        let next = "run it in a terminal, or use a command such as shiftdeck search (see --help)";
        return Err(Failure::new("the console", "stdin or stdout is no terminal", next));
    }
    if config.terminal.term == "dumb" && !config.linear {
        let next =
            "use a terminal that can, start with --linear, or use a command such as shiftdeck search (see --help)";
        return Err(Failure::new("the console", "this terminal (TERM=dumb) cannot place text on a screen", next));
    }
    let mut session = Session::open(config).await?;
    session.close_abandoned_windows_beside();
    session.sources.start();
    let setup = Setup {
        reader: session.reader.clone(),
        writer: session.writer.clone(),
        trail: session.trail.clone(),
        vault: session.vault.clone(),
        clock: session.clock.clone(),
        model: session.model_for(Task::Assistant),
        shelf: session.shelf.clone(),
        asks: session.asks.take(),
        planner: session.model_of_its_own(Task::Plan),
        ledger: session.ledger.clone(),
        cache: cache(&session),
        options: options(&session),
    };
    crash::reports_in(session.config.paths.crashes());
    let ended = if session.config.linear {
        Box::pin(linear::run(setup, marks_pastes(&session.config.terminal.term))).await
    } else {
        Box::pin(runtime::run(setup)).await
    };
    session.close().await;
    match ended {
        Ok(runtime::Exit::Quit) => Ok(Exit::Done),
        Ok(runtime::Exit::Signal) => Ok(Exit::Interrupted),
        Err(ConsoleError::Keys(error)) => {
            Err(Failure::new("settings", error.to_string(), "correct [keys] in the settings file").exiting(Exit::Usage))
        }
        Err(ConsoleError::Columns(error)) => {
            let next = "correct [queue] in the settings file";
            Err(Failure::new("settings", error.to_string(), next).exiting(Exit::Usage))
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
        motion: config.motion,
        manners: manners(config),
        themes: config.paths.themes(),
        settings: config.paths.settings(),
        ascii: config.ascii || config.linear,
        mouse: config.mouse,
        unmask_for: config.unmask_for,
        policy: session.policy.clone(),
        known_hosts: config.approval.known_hosts.clone(),
        vigilance: config.vigilance,
        searches: config.paths.config.join("searches"),
        keys: config.keys.clone(),
        columns: config.columns.clone(),
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
    let manners = match config.notify {
        Notify::Auto => manners,
        Notify::Bell => manners.announcing(Announce::Bell),
        Notify::Off => manners.announcing(Announce::Off),
    };
    match config.pictures {
        Pictures::Auto => manners,
        Pictures::Kitty => manners.picturing(Graphics::Kitty),
        Pictures::Sixel => manners.picturing(Graphics::Sixel),
        Pictures::Blocks => manners.picturing(Graphics::Blocks),
    }
}

/// Whether a terminal of this name understands being asked to mark pastes; the simplest would print the request.
fn marks_pastes(term: &str) -> bool {
    !["", "dumb", "unknown", "emacs"].contains(&term)
}

/// The cache of a desk that outlives the program: the embedded one begins anew each time, and what was seen of the last is
/// not true of it. A console without a cache is slower, not less.
fn cache(session: &Session) -> Option<Cache> {
    match session.config.desk {
        DeskChoice::Sandbox => None,
        DeskChoice::Real { .. } => Cache::open(&session.config.paths.cache, session.trail.org())
            .inspect_err(|error| tracing::warn!(%error, "there is no local cache"))
            .ok(),
    }
}
