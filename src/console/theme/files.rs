//! Owns the theme files: those that come with the program and those of the person's own folder, and which of them stands
//! above which. Reads the folder once; does not make styles (`load`).
//!
//! Invariant: a folder of any content costs a bounded read, and what is wrong in it is a warning.

use std::{collections::BTreeMap, fmt, fs, path::Path};

use serde::Deserialize;

use super::{Depth, Theme, load};

/// The themes that come with the program: name, file, by name. A test holds this list equal to the folder.
const BUNDLED: [(&str, &str); 9] = [
    ("colour-safe", include_str!("../../../themes/colour-safe.toml")),
    ("colour-safe-light", include_str!("../../../themes/colour-safe-light.toml")),
    ("contrast-dark", include_str!("../../../themes/contrast-dark.toml")),
    ("contrast-light", include_str!("../../../themes/contrast-light.toml")),
    ("dark", include_str!("../../../themes/dark.toml")),
    ("ember", include_str!("../../../themes/ember.toml")),
    ("light", include_str!("../../../themes/light.toml")),
    ("mist", include_str!("../../../themes/mist.toml")),
    ("terminal", include_str!("../../../themes/terminal.toml")),
];

/// Files of the person's folder that are looked at, and how long each may be.
const MOST: usize = 64;
const LONGEST: u64 = 64 * 1024;

/// Something wrong with a theme, in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Warning(pub(super) String);

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A theme file as written.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct File {
    /// The theme whose palette and roles stand behind this one's.
    pub parent: Option<String>,
    /// Names for colours.
    pub palette: BTreeMap<String, String>,
    /// Role to looks.
    pub roles: BTreeMap<String, load::Looks>,
}

/// What can be chosen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known {
    /// The theme's name.
    pub name: String,
    /// What is to be said of it: its first comment, or what is wrong with it.
    pub about: String,
}

/// Every theme there is.
#[derive(Clone, Debug)]
pub struct Themes {
    texts: BTreeMap<String, String>,
    warnings: Vec<Warning>,
}

impl Themes {
    /// Those that come with the program.
    pub fn bundled() -> Self {
        let texts = BUNDLED.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect();
        Self { texts, warnings: Vec::new() }
    }

    /// The same and those of a folder: each file `NAME.toml` is a theme. A folder that is not there has none.
    pub fn with_folder(folder: &Path) -> Self {
        let mut themes = Self::bundled();
        let Ok(entries) = fs::read_dir(folder) else { return themes };
        let mut paths: Vec<_> = entries.flatten().map(|entry| entry.path()).collect();
        paths.retain(|path| path.extension().is_some_and(|extension| extension == "toml"));
        paths.sort();
        if paths.len() > MOST {
            themes.warn(format!("there are {} theme files; the first {MOST} were read", paths.len()));
        }
        for path in paths.iter().take(MOST) {
            if let Err(why) = themes.add(path) {
                let file = path.file_name().unwrap_or_default().to_string_lossy().chars().take(40).collect::<String>();
                themes.warn(format!("{file} is not used: {why}"));
            }
        }
        themes
    }

    fn add(&mut self, path: &Path) -> Result<(), String> {
        let name = path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
        let is_plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '_';
        if name.is_empty() || name.len() > 40 || !name.chars().all(is_plain) {
            return Err("its name must be small letters, digits, `-` and `_`".to_owned());
        }
        if self.texts.contains_key(name) {
            return Err("the program has a theme of that name; give the file another".to_owned());
        }
        let about = fs::metadata(path).map_err(|error| error.to_string())?;
        if !about.is_file() || about.len() > LONGEST {
            return Err(format!("it is no file of at most {} KB", LONGEST / 1024));
        }
        let text = fs::read_to_string(path).map_err(|error| error.to_string())?;
        self.texts.insert(name.to_owned(), text);
        Ok(())
    }

    fn warn(&mut self, words: String) {
        self.warnings.push(Warning(words));
    }

    /// What was wrong with the folder.
    pub fn warnings(&self) -> &[Warning] {
        &self.warnings
    }

    /// Their names, in the order of the alphabet.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.texts.keys().map(String::as_str)
    }

    /// Everything that can be chosen, with a word about each.
    pub fn known(&self) -> Vec<Known> {
        let about = |(name, text): (&String, &String)| {
            let (_, warnings) = self.theme(Some(name), Depth::True);
            let comment = text.lines().next().and_then(|line| line.strip_prefix('#')).unwrap_or_default().trim();
            let about = warnings
                .first()
                .map_or_else(|| comment.trim_end_matches('.').to_owned(), |warning| format!("! {warning}"));
            Known { name: name.clone(), about }
        };
        self.texts.iter().map(about).collect()
    }

    /// The theme of this name at this depth of colour, and what is wrong with it. An unknown name gives the fitting one
    /// and says so: a wrong setting must not keep anybody from their queue.
    pub fn theme(&self, name: Option<&str>, depth: Depth) -> (Theme, Vec<Warning>) {
        load::named(self, name, depth)
    }

    /// A theme's file and those of its parents, the nearest first; what is wrong on the way ends it.
    pub(super) fn line_of(&self, name: &str, warnings: &mut Vec<Warning>) -> Vec<(String, File)> {
        let mut line: Vec<(String, File)> = Vec::new();
        let mut next = Some(name.to_owned());
        while let Some(name) = next.take() {
            if line.iter().any(|(above, _)| *above == name) {
                warnings.push(Warning(format!("theme `{name}` is its own parent")));
                break;
            }
            let shown: String = name.chars().filter(|c| !c.is_control()).take(40).collect();
            let Some(text) = self.texts.get(&name) else {
                warnings.push(Warning(format!("theme: there is no parent `{shown}`")));
                break;
            };
            match toml::from_str::<File>(text) {
                Ok(file) => {
                    next.clone_from(&file.parent);
                    line.push((name, file));
                }
                Err(error) => {
                    warnings.push(Warning(format!("theme `{shown}`: {}", error.message())));
                    break;
                }
            }
        }
        line
    }
}

/// The theme for a depth of colour and a ground where nobody asked for one.
pub fn fitting(depth: Depth, light: bool) -> &'static str {
    match (depth >= Depth::Indexed, light) {
        // With sixteen colours or none a palette made for millions only blurs: the terminal's own colours are legible there.
        (false, _) => "terminal",
        (true, false) => "dark",
        (true, true) => "light",
    }
}
