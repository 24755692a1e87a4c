//! Owns the start of the console: a session, its looks from settings and environment, and the exit code it ends with.

use std::io::IsTerminal;

use jiff::tz::TimeZone;

use super::{Exit, Failure, session::Session};
use crate::{
    approval::Policy,
    config::Config,
    config::DeskChoice,
    console::{
        runtime::{self, ConsoleError, Options, Setup},
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
    let session = Session::open(config).await?;
    session.close_abandoned_windows_beside();
    let setup = Setup {
        reader: session.reader.clone(),
        writer: session.writer.clone(),
        trail: session.trail.clone(),
        vault: session.vault.clone(),
        clock: session.clock.clone(),
        model: session.model.clone(),
        cache: cache(&session),
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
        depth: Depth::detect(config.no_color, Some(&config.colorterm), Some(&config.term)),
        ascii: config.ascii,
        mouse: config.mouse,
        unmask_for: config.unmask_for,
        policy: Policy { cards_for_own: config.approval.cards_for_own },
        keys: config.keys.clone(),
        zone: TimeZone::system(),
    }
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
