//! Owns the running of the suite: which versions of it, for which revision of the protocol, and what may fail and why.

use std::{path::Path, process::Command};

/// A run of the suite: its package, the revision it is held to, and what may fail, each with its reason beside it.
struct Run {
    package: &'static str,
    revision: Option<&'static str>,
    expected: &'static str,
}

/// The newest stable suite, and the one that knows the stateless revision, for both eras.
const RUNS: [Run; 3] = [
    Run { package: "@modelcontextprotocol/conformance@0.1.16", revision: None, expected: "expected-stable.yml" },
    Run {
        package: "@modelcontextprotocol/conformance@0.2.0-alpha.12",
        revision: Some("2025-11-25"),
        expected: "expected.yml",
    },
    Run {
        package: "@modelcontextprotocol/conformance@0.2.0-alpha.12",
        revision: Some("2026-07-28"),
        expected: "expected.yml",
    },
];

/// Runs all of them; whether nothing failed that is not expected to.
pub fn runs() -> bool {
    // Each is run whatever the ones before say.
    RUNS.iter().map(run).filter(|is_well| !is_well).count() == 0
}

fn run(Run { package, revision, expected }: &Run) -> bool {
    println!("\n== {package}, revision {}", revision.unwrap_or("as each scenario says"));
    let person = std::env::current_exe().expect("this program's own path");
    let folder = std::env::temp_dir().join("shiftdeck-mcp-suite");
    let expected = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/mcp_suite").join(expected);
    let mut suite = Command::new("npx");
    suite.args(["-y", "-p", "node@22", "-p", package, "conformance", "client", "--suite", "all", "--command"]);
    suite.arg(person).arg("--expected-failures").arg(expected);
    // A debug build on a busy machine is slow; a scenario that stands still ends after four minutes.
    suite.args(["--timeout", "240000", "-o"]).arg(folder);
    suite.args(revision.iter().flat_map(|revision| ["--spec-version", revision]));
    match suite.status() {
        Ok(status) => status.success(),
        Err(error) => {
            eprintln!("npx cannot be started ({error}); it comes with Node.js");
            false
        }
    }
}
