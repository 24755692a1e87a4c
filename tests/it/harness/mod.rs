//! Owns how tests drive the program: a [`Home`] of its own for each, a [`Desk`] served by `shiftdeck sandbox`, a
//! [`Console`] in a pseudo-terminal, and one-shot commands. Knows nothing of any journey.

mod console;
mod desk;
mod scan;

use std::{
    path::Path,
    process::{Command, Output},
};

pub use console::Console;
pub use desk::Desk;
pub use scan::Planted;

/// An empty `SHIFTDECK_HOME`.
pub struct Home(tempfile::TempDir);

impl Home {
    pub fn new() -> Self {
        Self(tempfile::tempdir().expect("a temporary folder"))
    }

    pub fn path(&self) -> &Path {
        self.0.path()
    }

    /// Every byte under it, for searches after planted values.
    pub fn bytes(&self) -> Vec<u8> {
        fn gather(folder: &Path, into: &mut Vec<u8>) {
            for entry in std::fs::read_dir(folder).expect("the folder can be read").flatten() {
                if entry.path().is_dir() {
                    gather(&entry.path(), into);
                } else {
                    into.extend(std::fs::read(entry.path()).unwrap_or_default());
                }
            }
        }
        let mut all = Vec::new();
        gather(self.path(), &mut all);
        all
    }
}

/// The program's path.
pub const PROGRAM: &str = env!("CARGO_BIN_EXE_shiftdeck");

/// A command of the program in an environment of its own: `home`, the desk if one is named, nothing inherited that
/// matters.
pub fn command(home: &Home, desk: Option<&Desk>) -> Command {
    let mut command = Command::new(PROGRAM);
    command.env_clear().envs(environment(home, desk));
    command
}

/// Runs one command without a terminal and returns what it printed and how it ended.
pub fn run(home: &Home, desk: Option<&Desk>, args: &[&str]) -> Output {
    command(home, desk).args(args).stdin(std::process::Stdio::null()).output().expect("the program starts")
}

fn environment(home: &Home, desk: Option<&Desk>) -> Vec<(String, String)> {
    let mut env = vec![
        ("SHIFTDECK_HOME".to_owned(), home.path().display().to_string()),
        ("PATH".to_owned(), std::env::var("PATH").unwrap_or_default()),
        ("TERM".to_owned(), "xterm-256color".to_owned()),
        ("COLORTERM".to_owned(), "truecolor".to_owned()),
        ("LANG".to_owned(), "C.UTF-8".to_owned()),
        ("TZ".to_owned(), "UTC".to_owned()),
    ];
    if let Some(desk) = desk {
        let names = ["TRUTO_BASE_URL", "TRUTO_API_TOKEN", "TRUTO_ACCOUNT_ID"].map(str::to_owned);
        if desk.is_by_truto {
            env.extend(names.into_iter().zip(desk.truto.clone()));
        } else {
            env.push(("KUSTOMER_BASE_URL".to_owned(), desk.kustomer.clone()));
            env.push(("KUSTOMER_API_KEY".to_owned(), desk.api_key.clone()));
        }
        env.push(("OPENAI_BASE_URL".to_owned(), desk.openai.clone()));
        env.push(("OPENAI_API_KEY".to_owned(), desk.api_key.clone()));
    }
    env
}
