//! Owns servers that are programs started here: the exact command, whether a person agreed to it, the environment it is given,
//! and what it says on its standard error.
//!
//! Invariants: no shell reads a word of the command; nothing is started that a person did not agree to in exactly this form
//! (program as found, arguments, names of variables); it is given the variables every program needs and those it was promised.

use std::{
    collections::VecDeque,
    path::{Path, PathBuf},
    process::Stdio,
    sync::{Arc, Mutex, PoisonError},
};

use rmcp::transport::TokioChildProcess;
use sha2::{Digest, Sha256};
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, BufReader},
    process::{ChildStderr, Command},
};

use super::McpError;
use crate::{
    config::{Env, McpServer, McpWay},
    domain::Text,
    privacy::text,
    store::{Store, StoreError},
};

/// What every program needs; never `TERM`, so that none paints.
const ALWAYS: [&str; 12] = [
    "PATH",
    "HOME",
    "LANG",
    "LC_ALL",
    "TMPDIR",
    "USER",
    "LOGNAME",
    "SYSTEMROOT",
    "USERPROFILE",
    "APPDATA",
    "LOCALAPPDATA",
    "TEMP",
];
/// Lines of its standard error that are kept.
const LINES: usize = 8;
/// The longest of them, in bytes.
const LINE: u64 = 400;

/// The exact command of a server, each word quoted where it needs it; nothing for one with an address.
pub fn command_line(server: &McpServer) -> Option<String> {
    let McpWay::Child { command, args, env } = &server.way else { return None };
    let mut words: Vec<String> = env.iter().map(|name| format!("{name}=…")).collect();
    words.extend(std::iter::once(command).chain(args).map(|word| quoted(word)));
    Some(words.join(" "))
}

fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=@,+%".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        return word.to_owned();
    }
    // Quoted as it is shown: what acts on a terminal becomes a mark.
    format!("'{}'", text::line(word).replace('\'', r"'\''"))
}

/// The program as the system will find it.
pub fn program(server: &McpServer, env: &Env) -> Option<PathBuf> {
    let McpWay::Child { command, .. } = &server.way else { return None };
    if Path::new(command).components().count() > 1 {
        return std::fs::canonicalize(command).ok();
    }
    let path = env.get("PATH")?;
    let endings: &[&str] = if cfg!(windows) { &[".exe", ".cmd", ".bat"] } else { &[""] };
    std::env::split_paths(path)
        .filter(|folder| folder.is_absolute())
        .flat_map(|folder| endings.iter().map(move |ending| folder.join(format!("{command}{ending}"))))
        .find(|file| file.is_file())
}

/// Whether a person agreed to exactly this command. A server with an address needs no yes.
///
/// # Errors
/// When the store cannot be read.
pub fn is_allowed(server: &McpServer, env: &Env, store: &Store) -> Result<bool, StoreError> {
    let Some(seal) = seal(server, env) else { return Ok(matches!(server.way, McpWay::Http { .. })) };
    let place = place(&server.alias);
    Ok(store.scratches()?.into_iter().any(|(key, kept)| key == place && kept == seal))
}

/// Keeps a person's yes to exactly this command; an earlier one is gone.
///
/// # Errors
/// When the store cannot be written.
pub fn allow(server: &McpServer, env: &Env, store: &Store) -> Result<(), StoreError> {
    store.keep_settings(&place(&server.alias), &seal(server, env).unwrap_or_default())
}

fn place(alias: &str) -> String {
    format!("mcp.allowed.{alias}")
}

/// Over the program as found, its arguments and the names of its variables.
fn seal(server: &McpServer, env: &Env) -> Option<String> {
    let McpWay::Child { command, args, env: names } = &server.way else { return None };
    let program = program(server, env)?;
    let said = serde_json::json!([program.to_string_lossy(), command, args, names]).to_string();
    Some(Sha256::digest(said).iter().map(|byte| format!("{byte:02x}")).collect())
}

/// Its last lines on standard error.
#[derive(Clone, Debug, Default)]
pub(super) struct Heard(Arc<Mutex<VecDeque<String>>>);

impl Heard {
    /// What it said last.
    pub fn last(&self) -> Option<Text> {
        let lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        (!lines.is_empty()).then(|| Text::new(lines.iter().map(String::as_str).collect::<Vec<_>>().join(" / ")))
    }

    fn note(&self, line: &[u8]) {
        let line = String::from_utf8_lossy(line);
        let line = line.trim();
        if line.is_empty() {
            return;
        }
        let mut lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if lines.len() == LINES {
            lines.pop_front();
        }
        lines.push_back(line.to_owned());
    }
}

/// Starts it.
///
/// # Errors
/// [`McpError::NotAllowed`] without a person's yes, [`McpError::NoProgram`] when it cannot be started.
pub(super) fn start(server: &McpServer, env: &Env, store: &Store) -> Result<(TokioChildProcess, Heard), McpError> {
    let McpWay::Child { args, env: names, .. } = &server.way else { return Err(McpError::NoProgram) };
    let program = program(server, env).ok_or(McpError::NoProgram)?;
    if !is_allowed(server, env, store).unwrap_or(false) {
        return Err(McpError::NotAllowed);
    }
    let mut command = Command::new(program);
    command.args(args).env_clear().kill_on_drop(true);
    for name in ALWAYS.iter().copied().chain(names.iter().map(String::as_str)) {
        if let Some(value) = env.get(name) {
            command.env(name, value);
        }
    }
    let (process, errors) =
        TokioChildProcess::builder(command).stderr(Stdio::piped()).spawn().map_err(|_| McpError::NoProgram)?;
    let heard = Heard::default();
    if let Some(errors) = errors {
        tokio::spawn(drain(errors, heard.clone()));
    }
    Ok((process, heard))
}

/// Reads standard error to its end, so that the program never waits for it; long lines are cut.
async fn drain(errors: ChildStderr, heard: Heard) {
    let mut errors = BufReader::new(errors);
    let mut line = Vec::new();
    loop {
        line.clear();
        match (&mut errors).take(LINE).read_until(b'\n', &mut line).await {
            Ok(0) | Err(_) => return,
            Ok(_) => heard.note(&line),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn child(command: &str, args: &[&str]) -> McpServer {
        let args = args.iter().map(|arg| (*arg).to_owned()).collect();
        McpServer {
            alias: "files".into(),
            way: McpWay::Child { command: command.into(), args, env: vec!["TOKEN".into()] },
            reviewed: None,
            patience: Duration::from_secs(5),
        }
    }

    #[test]
    fn a_command_is_shown_word_for_word_and_cannot_act() {
        let server = child("npx", &["-y", "a b", "it's", "\u{1b}[2J"]);
        let shown = command_line(&server).expect("a command");
        assert!(shown.starts_with("TOKEN=… npx -y 'a b' 'it'\\''s' '"), "{shown}");
        assert!(!shown.contains('\u{1b}'));
    }

    #[test]
    fn a_yes_is_for_exactly_one_command() {
        let folder = tempfile::tempdir().expect("a folder");
        let store = Store::open(folder.path()).expect("a store");
        let env = Env::read();
        let server = child("sh", &["-c", "true"]);
        assert!(!is_allowed(&server, &env, &store).expect("read"));
        allow(&server, &env, &store).expect("kept");
        assert!(is_allowed(&server, &env, &store).expect("read"));
        assert!(!is_allowed(&child("sh", &["-c", "false"]), &env, &store).expect("read"));
        assert!(!is_allowed(&child("cat", &["-c", "true"]), &env, &store).expect("read"));
        let absent = child("no-such-program-here", &[]);
        allow(&absent, &env, &store).expect("kept");
        assert!(!is_allowed(&absent, &env, &store).expect("read"), "what is not there is not agreed to");
    }
}
