//! Owns where an import is read from: a file, which can be read again, or what was piped or pasted, which is kept in memory
//! and never on disk.

use std::{
    fs::File,
    io::{BufRead, BufReader, Cursor, Read},
    path::{Path, PathBuf},
    sync::Arc,
};

use super::ReadError;

/// The most that is kept in memory of a pipe or a paste, in bytes.
const MOST_PIPED: u64 = 64 * 1024 * 1024;
/// The largest file, in bytes.
const LARGEST: u64 = 8 * 1024 * 1024 * 1024;
/// What is read at once.
const CHUNK: usize = 64 * 1024;

/// Something that can be read from its beginning more than once.
#[derive(Clone)]
pub enum Input {
    /// A file.
    File(PathBuf),
    /// What was piped or pasted.
    Memory(Arc<[u8]>),
}

impl std::fmt::Debug for Input {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::File(path) => write!(f, "File({})", path.display()),
            Self::Memory(bytes) => write!(f, "Memory({} bytes)", bytes.len()),
        }
    }
}

impl Input {
    /// A file; what is no plain file (a pipe by name) is read into memory at once.
    ///
    /// # Errors
    /// [`ReadError`] when it cannot be opened, is empty or too large.
    pub fn file(path: &Path) -> Result<Self, ReadError> {
        let about = std::fs::metadata(path)?;
        if about.is_dir() {
            return Err(ReadError::NoTable { what: "this is a folder", next: "name one file in it" });
        }
        if !about.is_file() {
            return Self::piped(File::open(path)?);
        }
        if about.len() > LARGEST {
            return Err(ReadError::TooLarge { what: "the file", most: "8 GB" });
        }
        if about.len() == 0 {
            return Err(ReadError::Empty);
        }
        Ok(Self::File(path.to_owned()))
    }

    /// What comes through a pipe, to its end.
    ///
    /// # Errors
    /// [`ReadError`] when it cannot be read, is empty or too large.
    pub fn piped(from: impl Read) -> Result<Self, ReadError> {
        let mut bytes = Vec::new();
        from.take(MOST_PIPED + 1).read_to_end(&mut bytes)?;
        Self::pasted(bytes)
    }

    /// What was pasted.
    ///
    /// # Errors
    /// [`ReadError`] when it is empty or too large.
    pub fn pasted(bytes: impl Into<Vec<u8>>) -> Result<Self, ReadError> {
        let bytes = bytes.into();
        if bytes.len() as u64 > MOST_PIPED {
            return Err(ReadError::TooLarge { what: "what was piped", most: "64 MB; write it to a file" });
        }
        if bytes.is_empty() {
            return Err(ReadError::Empty);
        }
        Ok(Self::Memory(bytes.into()))
    }

    /// Opens it at its beginning.
    ///
    /// # Errors
    /// [`ReadError`] when the file is gone or may not be read.
    pub fn open(&self) -> Result<Box<dyn BufRead + Send>, ReadError> {
        Ok(match self {
            Self::File(path) => Box::new(BufReader::with_capacity(CHUNK, File::open(path)?)),
            Self::Memory(bytes) => Box::new(Cursor::new(Arc::clone(bytes))),
        })
    }

    /// Its size in bytes.
    pub fn size(&self) -> u64 {
        match self {
            Self::File(path) => std::fs::metadata(path).map_or(0, |about| about.len()),
            Self::Memory(bytes) => bytes.len() as u64,
        }
    }

    /// What people call it: the file's name without its folder.
    pub fn name(&self) -> String {
        match self {
            Self::File(path) => path.file_name().unwrap_or_default().to_string_lossy().into_owned(),
            Self::Memory(_) => "what was pasted".to_owned(),
        }
    }
}
