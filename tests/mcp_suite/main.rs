//! Owns the check of the program by the official MCP conformance suite, client side. Two roles in one executable: without an
//! address it runs the suite, which runs it again for each scenario with a server's address; then it is the person at the
//! terminal who works the program against that server: sets the server up, signs in, lists its tools, calls each, presses the
//! keys of each card. Not part of `cargo test`: the suite is fetched by `npx` (README, "MCP servers").

#![expect(
    clippy::panic,
    clippy::print_stderr,
    clippy::print_stdout,
    reason = "a check that people run, with a harness of its own: it prints, and it ends where something is not as it should be"
)]

#[path = "../it/harness/mod.rs"]
#[expect(dead_code, unused_imports, reason = "the journeys use the rest")]
mod harness;
mod person;
mod suite;

use std::process::ExitCode;

fn main() -> ExitCode {
    let address = std::env::args().skip(1).find(|argument| argument.starts_with("http"));
    let is_well = match address {
        Some(address) => person::works(&address),
        None => suite::runs(),
    };
    if is_well { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
