//! Owns writing in the person's own editor: the words go into a file only they can read, the terminal is lent, the words come
//! back, the file goes. Does not know what the words are for.
//!
//! Invariant: whatever the editor does, the words of before are still kept by the composer; nothing is lost by failing here.

use std::{
    ffi::OsString,
    fs::{self, OpenOptions},
    io::{self, Write},
    path::Path,
    process::{Command, ExitStatus},
};

use uuid::Uuid;

use crate::console::{remote::Problem, term::Screen};

/// The most that comes back.
const LONGEST: u64 = 1024 * 1024;

/// Lets the person write these words in `$VISUAL` or `$EDITOR`, on the terminal of `screen`. `beside` is a file of our private
/// folder: the words lie next to it meanwhile.
pub async fn write(words: &str, beside: &Path, screen: &mut impl Screen) -> Result<String, Problem> {
    let (before, beside) = (words.to_owned(), beside.to_owned());
    let lent = screen.lend().await;
    let answer = match lent {
        Ok(()) => {
            let writing = tokio::task::spawn_blocking(move || on_terminal(&before, &beside));
            writing.await.unwrap_or_else(|error| Err(problem(&io::Error::other(error))))
        }
        Err(error) => Err(problem(&error)),
    };
    screen.take_back().map_err(|error| problem(&error))?;
    answer
}

/// The same on a terminal that is nobody's at the moment. Blocks until the editor ends.
pub fn on_terminal(words: &str, beside: &Path) -> Result<String, Problem> {
    let file = beside.with_file_name(format!("writing-{}.txt", Uuid::now_v7().simple()));
    let written = keep(&file, words).and_then(|()| run(&file)).and_then(|status| taken(&file, words, status));
    let _ = fs::remove_file(&file);
    written.map_err(|error| problem(&error))
}

/// Whether the person named an editor of their own.
pub fn is_named() -> bool {
    named().is_some()
}

fn keep(file: &Path, words: &str) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(file)?.write_all(words.as_bytes())
}

fn run(file: &Path) -> io::Result<ExitStatus> {
    let (program, args) = editor()?;
    Command::new(program).args(args).arg(file).status()
}

fn named() -> Option<String> {
    let named = ["VISUAL", "EDITOR"].into_iter().filter_map(|name| std::env::var(name).ok());
    named.into_iter().find(|value| !value.trim().is_empty())
}

/// The editor as settings of the system name it: a program and its arguments.
fn editor() -> io::Result<(OsString, Vec<String>)> {
    let named = named().unwrap_or_else(|| "vi".to_owned());
    let mut parts = named.split_whitespace().map(str::to_owned);
    let program = parts.next().ok_or_else(|| io::Error::other("$EDITOR names no program"))?;
    Ok((program.into(), parts.collect()))
}

/// What is in the file now. An editor that says no (`:cq`) changes nothing; one that was killed has written what it had.
fn taken(file: &Path, before: &str, status: ExitStatus) -> io::Result<String> {
    if let Some(code) = status.code().filter(|code| *code != 0) {
        return Err(io::Error::other(format!("it ended with {code}, so the words stay as they were")));
    }
    let mut words = Vec::new();
    io::Read::read_to_end(&mut io::Read::take(fs::File::open(file)?, LONGEST), &mut words)?;
    let words = String::from_utf8_lossy(&words).into_owned();
    Ok(if words.trim().is_empty() && !status.success() { before.to_owned() } else { words })
}

fn problem(error: &io::Error) -> Problem {
    Problem::new("The editor was of no use", &error.to_string(), "look at $VISUAL and $EDITOR")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_is_for_one_person_only_and_never_replaces_another() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("writing.txt");
        keep(&file, "Hi").expect("kept");
        #[cfg(unix)]
        {
            let mode = std::os::unix::fs::PermissionsExt::mode(&fs::metadata(&file).expect("there").permissions());
            assert_eq!(mode & 0o777, 0o600);
        }
        assert!(keep(&file, "other").is_err());
        assert_eq!(fs::read_to_string(&file).expect("read"), "Hi");
    }
}
