//! Owns changes to the settings file: key by key, so that a person's comments and order stay, and whole or not at all.

use std::{
    fs::{self, OpenOptions},
    io::{self, Write},
    path::Path,
};

use toml_edit::{DocumentMut, Item, Table, value};

use super::ConfigError;

/// Makes a profile the one that opens when none is named.
///
/// # Errors
/// When the file cannot be read, is not valid, or cannot be written.
pub fn use_profile(file: &Path, name: &str) -> Result<(), ConfigError> {
    change(file, |settings| set(&mut settings["profile"], name))
}

/// Makes a theme the one the console starts with.
///
/// # Errors
/// As for [`use_profile`].
pub fn use_theme(file: &Path, name: &str) -> Result<(), ConfigError> {
    change(file, |settings| set(&mut settings["theme"], name))
}

/// Writes a profile's desk, and makes it the one that opens when there was none.
///
/// # Errors
/// As for [`use_profile`].
pub fn put_profile(file: &Path, name: &str, desk: &str) -> Result<(), ConfigError> {
    change(file, |settings| {
        if settings.get("profile").is_none() {
            settings["profile"] = value(name);
        }
        let profiles = settings.entry("profiles").or_insert_with(|| {
            let mut table = Table::new();
            table.set_implicit(true);
            Item::Table(table)
        });
        let known = profiles.get(name).and_then(|profile| profile.get("desk")).and_then(Item::as_str);
        if known != Some(desk) {
            if profiles.get(name).is_none() {
                profiles[name] = Item::Table(Table::new());
            }
            set(&mut profiles[name]["desk"], desk);
        }
    })
}

/// Puts a text in a value's place; the comment behind it stays.
fn set(item: &mut Item, text: &str) {
    let around = item.as_value().map(|old| old.decor().clone());
    *item = value(text);
    if let (Some(around), Some(new)) = (around, item.as_value_mut()) {
        *new.decor_mut() = around;
    }
}

fn change(file: &Path, edit: impl FnOnce(&mut DocumentMut)) -> Result<(), ConfigError> {
    let name = || file.display().to_string();
    let text = match fs::read_to_string(file) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
        Err(error) => return Err(ConfigError::Unreadable { file: name(), why: error.to_string() }),
    };
    let mut settings: DocumentMut = text
        .parse()
        .map_err(|error: toml_edit::TomlError| ConfigError::Invalid { file: name(), why: error.to_string() })?;
    edit(&mut settings);
    let new = settings.to_string();
    if new == text {
        return Ok(());
    }
    replace(file, &new).map_err(|error| ConfigError::Unwritable { file: name(), why: error.to_string() })
}

/// Puts new text in a file's place in one step. A link is followed: people keep their settings elsewhere.
pub(super) fn replace(file: &Path, text: &str) -> io::Result<()> {
    let file = fs::canonicalize(file).unwrap_or_else(|_| file.to_owned());
    let folder = file.parent().ok_or(io::ErrorKind::NotFound)?;
    fs::create_dir_all(folder)?;
    let beside = folder.join(format!(".settings-{}.tmp", std::process::id()));
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let written = options.open(&beside).and_then(|mut new| {
        new.write_all(text.as_bytes())?;
        if let Ok(old) = fs::metadata(&file) {
            new.set_permissions(old.permissions())?;
        }
        new.sync_all()?;
        fs::rename(&beside, &file)
    });
    if written.is_err() {
        let _ = fs::remove_file(&beside);
    }
    written
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_and_order_stay_and_only_the_key_changes() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("settings.toml");
        let text = "# mine\ntheme = \"dark\" # at night\nprofile = \"acme\" # usual\n\n[profiles.acme]\ndesk = \"acme\" # the old one\n";
        fs::write(&file, text).expect("written");
        use_profile(&file, "beta").expect("changed");
        let now = fs::read_to_string(&file).expect("read");
        assert_eq!(now, text.replace("profile = \"acme\"", "profile = \"beta\""));
        put_profile(&file, "beta", "https://api.prod2.kustomerapp.com").expect("changed");
        use_theme(&file, "ember").expect("changed");
        assert!(fs::read_to_string(&file).expect("read").starts_with("# mine\ntheme = \"ember\" # at night\n"));
        use_theme(&file, "dark").expect("changed");
        let now = fs::read_to_string(&file).expect("read");
        assert!(now.starts_with("# mine\ntheme = \"dark\" # at night\nprofile = \"beta\" # usual\n"), "{now}");
        assert!(now.contains("desk = \"acme\" # the old one"), "{now}");
        assert!(now.contains("[profiles.beta]\ndesk = \"https://api.prod2.kustomerapp.com\""), "{now}");
        assert_eq!(fs::read_dir(folder.path()).expect("listed").count(), 1, "nothing is left behind");
    }

    #[test]
    fn the_first_profile_makes_the_file_and_is_the_one_that_opens() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("config").join("settings.toml");
        put_profile(&file, "acme", "acme").expect("written");
        put_profile(&file, "beta", "beta").expect("written");
        let now = fs::read_to_string(&file).expect("read");
        assert_eq!(now, "profile = \"acme\"\n\n[profiles.acme]\ndesk = \"acme\"\n\n[profiles.beta]\ndesk = \"beta\"\n");
    }

    #[test]
    fn a_file_that_is_not_valid_is_left_alone() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("settings.toml");
        fs::write(&file, "profile = [").expect("written");
        assert!(matches!(use_profile(&file, "beta"), Err(ConfigError::Invalid { .. })));
        assert_eq!(fs::read_to_string(&file).expect("read"), "profile = [");
    }
}
