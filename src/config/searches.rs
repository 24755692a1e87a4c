//! Owns saved searches as files: `searches/NAME.toml` beside the settings, one search a file, so that a team can share them
//! as it shares any file. Does not know the query language nor the console's keys (`console::searches` checks both).
//!
//! ```toml
//! name = "Unhappy and waiting"
//! in = "conversation"            # what is looked for, as `shiftdeck search --in` takes it
//! query = "status:open sentiment:unhappy sort:sla"
//! key = "alt-1"                  # optional
//! ```
//!
//! Invariants: a file that cannot be read is a warning and never keeps the program from starting; what is read is bounded.

use std::{
    fs,
    io::{self, Read},
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};

use super::{ConfigError, edit};

/// The most files that are read; a folder with more is no folder of searches.
const MOST: usize = 200;
/// The largest file that is read, in bytes.
const LARGEST: u64 = 16 * 1024;
/// The longest name, in characters.
const LONGEST: usize = 60;

/// One saved search, as written.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SavedSearch {
    /// What people call it.
    pub name: String,
    /// What is looked for (`customer`, `kobject_order`).
    #[serde(rename = "in")]
    pub within: String,
    /// The query.
    pub query: String,
    /// The key that runs it from any pane.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
}

/// What is in the folder.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Loaded {
    /// The searches with their files' names, in the order of those.
    pub all: Vec<(String, SavedSearch)>,
    /// Files that could not be used, and why.
    pub warnings: Vec<String>,
}

/// Reads the folder; one that is not there is empty.
pub fn load(folder: &Path) -> Loaded {
    let mut loaded = Loaded::default();
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return loaded,
        Err(error) => {
            loaded.warnings.push(format!("the folder of saved searches cannot be read: {error}"));
            return loaded;
        }
    };
    let is_search = |path: &PathBuf| path.extension().is_some_and(|extension| extension == "toml");
    let mut files: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).filter(is_search).collect();
    files.sort();
    if files.len() > MOST {
        loaded.warnings.push(format!("only the first {MOST} of {} saved searches are read", files.len()));
    }
    for file in files.iter().take(MOST) {
        let name = file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        match read(file) {
            Ok(search) => loaded.all.push((name, search)),
            Err(why) => loaded.warnings.push(format!("searches/{name} is left out: {why}")),
        }
    }
    loaded
}

fn read(file: &Path) -> Result<SavedSearch, String> {
    let mut text = String::new();
    let open = fs::File::open(file).map_err(|error| error.to_string())?;
    open.take(LARGEST + 1).read_to_string(&mut text).map_err(|error| error.to_string())?;
    if text.len() as u64 > LARGEST {
        return Err(format!("it is larger than {} kB", LARGEST / 1024));
    }
    let search: SavedSearch = toml::from_str(&text).map_err(|error| {
        let line = error.span().map(|span| text[..span.start.min(text.len())].matches('\n').count() + 1);
        let at = line.map(|line| format!(" (line {line})")).unwrap_or_default();
        format!("{}{at}", error.message().lines().next().unwrap_or_default())
    })?;
    if search.name.trim().is_empty() || search.name.chars().count() > LONGEST {
        return Err(format!("its name is empty or longer than {LONGEST} characters"));
    }
    Ok(search)
}

/// Writes a search: over the file that has its name already, else into a new one.
///
/// # Errors
/// [`ConfigError::Unwritable`] when its name cannot be used, or the file cannot be written.
pub fn save(folder: &Path, search: &SavedSearch) -> Result<(), ConfigError> {
    let unwritable = |file: &Path, why: String| ConfigError::Unwritable { file: file.display().to_string(), why };
    if search.name.trim().is_empty() || search.name.chars().count() > LONGEST {
        return Err(unwritable(folder, format!("a name has 1 to {LONGEST} characters")));
    }
    let text = toml::to_string(search).map_err(|error| unwritable(folder, error.to_string()))?;
    let file = place(folder, &search.name);
    edit::replace(&file, &text).map_err(|error| unwritable(&file, error.to_string()))
}

/// The file of a name: the one that has it, else the first free one that is spelled like it.
fn place(folder: &Path, name: &str) -> PathBuf {
    let loaded = load(folder);
    if let Some((file, _)) = loaded.all.iter().find(|(_, search)| search.name == name) {
        return folder.join(file);
    }
    let word = slug(name);
    let spelled = |number: usize| match number {
        1 => folder.join(format!("{word}.toml")),
        number => folder.join(format!("{word}-{number}.toml")),
    };
    (1..=MOST).map(spelled).find(|file| !file.exists()).unwrap_or_else(|| spelled(1))
}

/// A name as a file is called on every system: ASCII letters, digits and single hyphens.
fn slug(name: &str) -> String {
    let plain: String =
        name.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { ' ' }).collect();
    let words: Vec<&str> = plain.split_whitespace().collect();
    // A system of devices has files nobody can make (`con`, `nul`): a word of our own keeps away from them.
    if words.is_empty() { "search".to_owned() } else { format!("search-{}", words.join("-")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn search(name: &str, query: &str) -> SavedSearch {
        SavedSearch { name: name.into(), within: "conversation".into(), query: query.into(), key: Some("alt-1".into()) }
    }

    #[test]
    fn what_is_saved_is_read_again_and_saved_over_under_its_name() {
        let home = tempfile::tempdir().expect("a folder");
        let folder = home.path().join("searches");
        assert_eq!(load(&folder), Loaded::default());
        for (name, query) in [("Späte Fälle", "a"), ("späte fälle!", "\"b\" OR"), ("Späte Fälle", "c")] {
            save(&folder, &search(name, query)).expect("saved");
        }
        let loaded = load(&folder);
        let all: Vec<(&str, &str)> = loaded.all.iter().map(|(_, s)| (s.name.as_str(), s.query.as_str())).collect();
        assert_eq!(all, [("späte fälle!", "\"b\" OR"), ("Späte Fälle", "c")]);
        assert_eq!(loaded.warnings, Vec::<String>::new());
    }

    #[test]
    fn a_bad_file_is_a_warning_that_names_it_and_the_rest_is_read() {
        let home = tempfile::tempdir().expect("a folder");
        save(home.path(), &search("Good", "refund")).expect("saved");
        let write = |name: &str, text: &[u8]| fs::write(home.path().join(name), text).expect("written");
        write("a.toml", b"name = \"A\"\nin = \"note\"\nquery = \"x\"\ncolour = 1\n");
        write("b.toml", b"name = ");
        write("c.toml", &[0xff, 0xfe]);
        write("d.toml", "#".repeat(20_000).as_bytes());
        write("e.toml", b"name = \" \"\nin = \"note\"\nquery = \"x\"\n");
        write("notes.txt", b"not a search");
        let loaded = load(home.path());
        assert_eq!(loaded.all.len(), 1);
        let told = loaded.warnings.join("\n");
        assert_eq!(loaded.warnings.len(), 5, "{told}");
        assert!(
            told.contains("searches/a.toml is left out: unknown field `colour`") && told.contains("(line 4)"),
            "{told}"
        );
    }

    #[test]
    fn a_name_becomes_a_file_on_every_system() {
        assert_eq!(slug("../../etc/passwd"), "search-etc-passwd");
        assert_eq!((slug("CON"), slug("…")), ("search-con".to_owned(), "search".to_owned()));
    }
}
