//! Owns the running of the suite: which versions of it, for which revision of the protocol, and what may fail and why.

use std::process::Command;

/// The newest stable suite, and the one that knows the stateless revision.
const STABLE: &str = "@modelcontextprotocol/conformance@0.1.16";
const NEWEST: &str = "@modelcontextprotocol/conformance@0.2.0-alpha.12";

/// What may fail, each with its reason beside it.
const EXPECTED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/mcp_suite/expected.yml");

/// Runs both eras; whether nothing failed that is not expected to.
pub fn runs() -> bool {
    let eras = [(STABLE, None), (NEWEST, Some("2025-11-25")), (NEWEST, Some("2026-07-28"))];
    // All are run whatever the first ones say.
    eras.map(|(package, revision)| run(package, revision)).iter().all(|is_well| *is_well)
}

fn run(package: &str, revision: Option<&str>) -> bool {
    println!("\n== {package}, revision {}", revision.unwrap_or("as each scenario says"));
    let person = std::env::current_exe().expect("this program's own path");
    let folder = std::env::temp_dir().join("shiftdeck-mcp-suite");
    let mut suite = Command::new("npx");
    suite.args(["-y", "-p", "node@22", "-p", package, "conformance", "client", "--suite", "all", "--command"]);
    suite.arg(person).args(["--expected-failures", EXPECTED, "--timeout", "30000", "-o"]).arg(folder);
    suite.args(revision.into_iter().flat_map(|revision| ["--spec-version", revision]));
    match suite.status() {
        Ok(status) => status.success(),
        Err(error) => {
            eprintln!("npx cannot be started ({error}); it comes with Node.js");
            false
        }
    }
}
