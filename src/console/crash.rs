//! Owns what is left of a crash: the terminal given back, and a report that holds no personal data. What was typed, read or
//! shown never comes near it: only names of actions and panes, sizes, places in the code.
//!
//! Invariant: of a panic's message only what stands in the code is kept, because what is put in at run time may be anybody's.

use std::{
    any::Any,
    backtrace::Backtrace,
    collections::VecDeque,
    fmt::Write as _,
    fs::{self, OpenOptions},
    io::{self, Write as _},
    panic,
    path::{Path, PathBuf},
    sync::{Mutex, OnceLock, PoisonError},
};

use uuid::Uuid;

use super::{actions::Action, panes::PaneId};
use crate::{clock::Clock, privacy::is_contained};

/// Actions that are kept.
const ACTIONS: usize = 50;
/// Reports that are kept.
const REPORTS: usize = 10;

/// What the person did last.
struct Recent {
    actions: VecDeque<&'static str>,
    pane: &'static str,
    size: (u16, u16),
}

static RECENT: Mutex<Recent> = Mutex::new(Recent { actions: VecDeque::new(), pane: "", size: (0, 0) });
static FOLDER: OnceLock<PathBuf> = OnceLock::new();

/// Where reports go; the first folder named counts.
pub fn reports_in(folder: PathBuf) {
    let _ = FOLDER.set(folder);
}

/// Keeps the name of what is about to be done, so that a report can tell it.
pub fn about_to(action: Option<Action>, pane: PaneId, size: (u16, u16)) {
    let mut recent = RECENT.lock().unwrap_or_else(PoisonError::into_inner);
    (recent.pane, recent.size) = (pane.spec().title, size);
    let Some(action) = action else { return };
    if recent.actions.len() == ACTIONS {
        recent.actions.pop_front();
    }
    recent.actions.push_back(action.name());
}

/// Makes a panic, in whatever task, give the terminal back, leave a report, say where, and end the program: a console that
/// lost a task could no longer be trusted with a card. Windows it leaves open are closed at the next start.
pub fn on_panic(restore: fn()) {
    panic::set_hook(Box::new(move |info| {
        if is_contained() {
            return;
        }
        restore();
        let place = info.location().map(ToString::to_string).unwrap_or_default();
        let report = report(&message(info.payload()), &place, &Backtrace::force_capture());
        let kept = match FOLDER.get().map(|folder| keep(folder, &report)) {
            Some(Ok(file)) => format!("A report, without personal data: {}", file.display()),
            Some(Err(error)) => format!("A report could not be written: {error}"),
            None => "No report was written.".to_owned(),
        };
        let says = format!("Shiftdeck crashed at {place}. Half-typed words were kept; start again.\n{kept}\n");
        let _ = io::stderr().write_all(says.as_bytes());
        std::process::exit(101);
    }));
}

/// How messages of the language itself begin; what they go on with may hold data.
const KNOWN: [&str; 10] = [
    "index out of bounds",
    "range start index",
    "range end index",
    "slice index starts at",
    "byte index",
    "start byte index",
    "end byte index",
    "called `Result::unwrap()` on an `Err` value",
    "called `Result::unwrap_err()` on an `Ok` value",
    "assertion `left == right` failed",
];

/// What may be told of a panic's message: all of it when it stands in the code, else only how it begins, if that is known.
fn message(payload: &dyn Any) -> String {
    if let Some(literal) = payload.downcast_ref::<&'static str>() {
        return (*literal).to_owned();
    }
    let made = payload.downcast_ref::<String>().map_or("", String::as_str);
    let known = KNOWN.iter().find(|known| made.starts_with(*known));
    known.map_or_else(|| "(made at run time: left out)".to_owned(), |known| format!("{known} (…)"))
}

fn report(message: &str, place: &str, trace: &Backtrace) -> String {
    let recent = RECENT.lock().unwrap_or_else(PoisonError::into_inner);
    let mut report = String::new();
    let _ = writeln!(
        report,
        "shiftdeck {} on {} {}",
        env!("CARGO_PKG_VERSION"),
        std::env::consts::OS,
        std::env::consts::ARCH
    );
    let _ = writeln!(report, "when     {}", Clock::real().now());
    let _ = writeln!(report, "where    {place}");
    let _ = writeln!(report, "message  {message}");
    let _ = writeln!(report, "pane     {}", recent.pane);
    let _ = writeln!(report, "size     {} columns, {} rows", recent.size.0, recent.size.1);
    let actions: Vec<&str> = recent.actions.iter().copied().collect();
    let _ = writeln!(report, "actions  {}", actions.join(" "));
    let _ = writeln!(report, "\n{trace}");
    report
}

/// Writes a report its owner alone may read, and lets go of the oldest.
fn keep(folder: &Path, report: &str) -> io::Result<PathBuf> {
    fs::create_dir_all(folder)?;
    let mut old: Vec<PathBuf> = fs::read_dir(folder)?.flatten().map(|entry| entry.path()).collect();
    old.sort();
    let surplus = (old.len() + 1).saturating_sub(REPORTS);
    old.iter().take(surplus).try_for_each(fs::remove_file)?;
    // Names of this kind sort by time.
    let file = folder.join(format!("{}.txt", Uuid::now_v7().simple()));
    let mut options = OpenOptions::new();
    options.create_new(true).write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(&file)?.write_all(report.as_bytes())?;
    Ok(file)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_put_into_a_message_are_left_out() {
        let said = |words: &str| message(&words.to_owned());
        assert_eq!(message(&"it stands in the code"), "it stands in the code");
        assert_eq!(said("byte index 5 is not a char boundary of `Nadia`"), "byte index (…)");
        assert_eq!(
            said("called `Result::unwrap()` on an `Err` value: Nadia"),
            "called `Result::unwrap()` on an `Err` value (…)"
        );
        assert_eq!(said("Nadia"), "(made at run time: left out)");
    }

    #[test]
    fn the_newest_reports_are_kept_for_their_owner_alone() {
        let folder = tempfile::tempdir().expect("a folder");
        let files: Vec<PathBuf> = (0..REPORTS + 3).map(|_| keep(folder.path(), "report").expect("written")).collect();
        let left: Vec<bool> = files.iter().map(|file| file.exists()).collect();
        assert_eq!(left.iter().filter(|exists| **exists).count(), REPORTS);
        assert!(left[REPORTS + 2] && !left[0]);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = fs::metadata(&files[REPORTS + 2]).expect("there").permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
    }
}
