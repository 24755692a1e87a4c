//! Owns which running program is which: each opened store holds a lock on a file of its own, so that another can tell a
//! program that still runs from one that crashed. Does not say what to do about a crash.

use std::{
    fs::{self, File, TryLockError},
    io,
    path::{Path, PathBuf},
};

use uuid::Uuid;

/// This program's presence; ends with the value or with the process, however that ends.
#[derive(Debug)]
pub struct Presence {
    id: String,
    file: PathBuf,
    _held: File,
}

impl Presence {
    /// Announces this program in `folder`.
    pub fn announce(folder: &Path) -> io::Result<Self> {
        let folder = folder.join("running");
        fs::create_dir_all(&folder)?;
        let id = Uuid::now_v7().simple().to_string();
        let file = folder.join(&id);
        let held = File::create(&file)?;
        held.lock()?;
        Ok(Self { id, file, _held: held })
    }

    /// Its name.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Whether the program of this name still runs (this one does). The file of one that ended is cleared away.
    pub fn is_running(&self, id: &str) -> bool {
        if id == self.id {
            return true;
        }
        let file = self.file.with_file_name(id);
        let Ok(handle) = File::open(&file) else { return false };
        match handle.try_lock() {
            Err(TryLockError::WouldBlock) => true,
            Ok(()) | Err(TryLockError::Error(_)) => {
                let _ = fs::remove_file(&file);
                false
            }
        }
    }
}

impl Drop for Presence {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.file);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_is_seen_while_it_runs_and_not_after() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let one = Presence::announce(folder.path()).expect("announced");
        let two = Presence::announce(folder.path()).expect("announced");
        assert!(two.is_running(one.id()) && two.is_running(two.id()));
        let gone = one.id().to_owned();
        drop(one);
        assert!(!two.is_running(&gone) && !two.is_running("never-was"));
    }
}
