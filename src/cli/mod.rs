//! Owns the command line: what may be asked for, one file a subcommand, each thin. It wires the rest together and holds no
//! rule of its own. Answers go to stdout, people's words to stderr.

mod args;
mod ask;
mod asking;
mod audit;
mod browse;
mod bulk;
mod console;
mod doctor;
mod export;
mod failure;
mod handover;
mod logging;
mod login;
mod man;
mod mcp;
mod out;
mod policy;
mod profile;
mod render;
mod replay;
mod request;
mod roles;
mod sandbox;
mod search;
mod session;
mod signing;
mod token;
mod tools;
mod transcript;
mod transcripts;
mod truto;
mod tty;
mod usage;
mod vigilance;

use std::process::ExitCode;

use clap::{CommandFactory, Parser};

use args::{Args, Command};
pub use failure::{Exit, Failure};

use crate::config::{self, Config, Env};

/// Runs one invocation of the program to its exit code.
pub fn main() -> ExitCode {
    let args = Args::parse();
    let runtime = match tokio::runtime::Builder::new_multi_thread().worker_threads(4).enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return Failure::new("cannot start", error.to_string(), "free some memory or threads").report(),
    };
    let exit = match runtime.block_on(dispatch(args)) {
        Ok(exit) => exit.code(),
        Err(failure) => failure.report(),
    };
    // A tool or a stream that was dropped must not hold the prompt back.
    runtime.shutdown_background();
    exit
}

async fn dispatch(args: Args) -> Result<Exit, Failure> {
    let config = || -> Result<Config, Failure> {
        let config = config::resolve(&args.flags(), &Env::read())?;
        logging::start(&config.paths.log());
        Ok(config)
    };
    match &args.command {
        None => Box::pin(console::run(config()?)).await,
        Some(Command::Sandbox(options)) => sandbox::run(options).await,
        Some(Command::Ask(ask)) => Box::pin(ask::run(config()?, ask)).await,
        Some(Command::Search(search)) => search::run(config()?, search).await,
        Some(Command::Timeline(timeline)) => browse::timeline(config()?, timeline).await,
        Some(Command::Kobjects(kobjects)) => browse::kobjects(config()?, kobjects).await,
        Some(Command::Export(export)) => export::run(config()?, export).await,
        Some(Command::Bulk(bulk)) => Box::pin(self::bulk::run(config()?, bulk)).await,
        Some(Command::Request(request)) => request::run(config()?, request).await,
        Some(Command::Tools(tools)) => Box::pin(tools::run(config, tools)).await,
        Some(Command::Truto(truto)) => truto::run(config()?, truto).await,
        Some(Command::Mcp(mcp)) => Box::pin(self::mcp::run(&config()?, mcp)).await,
        Some(Command::Usage(usage)) => usage::run(&config()?, usage),
        Some(Command::Audit(audit)) => audit::run(&config()?, audit),
        Some(Command::Transcripts(transcripts)) => transcripts::run(&config()?, transcripts),
        Some(Command::Replay(replay)) => replay::run(replay),
        Some(Command::Policy(policy)) => policy::run(config()?, policy).await,
        Some(Command::Handover(handover)) => handover::run(config()?, handover).await,
        Some(Command::Vigilance(vigilance)) => vigilance::run(&config()?, vigilance),
        Some(Command::Login(login)) => login::login(&args, login).await,
        Some(Command::Logout) => login::logout(&args),
        Some(Command::Profile(profile)) => profile::run(&args, profile),
        Some(Command::Man) => {
            out::text(&man::page(&Args::command())?)?;
            Ok(Exit::Done)
        }
        Some(Command::Doctor(doctor)) => doctor::run(config()?, doctor).await,
        Some(Command::Completions { shell }) => {
            let mut script = Vec::new();
            clap_complete::generate(*shell, &mut Args::command(), "shiftdeck", &mut script);
            out::text(&String::from_utf8_lossy(&script))?;
            Ok(Exit::Done)
        }
    }
}
