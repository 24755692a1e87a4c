//! Owns where files live: under `SHIFTDECK_HOME` when set, else in the system's own places. Makes no folder.

use std::path::PathBuf;

use super::{ConfigError, Env};

/// The folders of one installation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Paths {
    /// `settings.toml`, `policy.toml` and the person's themes.
    pub config: PathBuf,
    /// The database and the audit witness.
    pub data: PathBuf,
    /// The log.
    pub cache: PathBuf,
}

impl Paths {
    /// Resolves them.
    pub fn resolve(env: &Env) -> Result<Self, ConfigError> {
        if let Some(home) = env.get("SHIFTDECK_HOME") {
            let home = PathBuf::from(home);
            return Ok(Self { config: home.join("config"), data: home.join("data"), cache: home.join("cache") });
        }
        let folders = directories::ProjectDirs::from("", "", "shiftdeck").ok_or(ConfigError::NoHome)?;
        Ok(Self {
            config: folders.config_dir().to_owned(),
            data: folders.data_dir().to_owned(),
            cache: folders.cache_dir().to_owned(),
        })
    }

    /// The settings file.
    pub fn settings(&self) -> PathBuf {
        self.config.join("settings.toml")
    }

    /// The rules for approvals.
    pub fn policy(&self) -> PathBuf {
        self.config.join("policy.toml")
    }

    /// The person's own themes.
    pub fn themes(&self) -> PathBuf {
        self.config.join("themes")
    }

    /// The folder of crash reports.
    pub fn crashes(&self) -> PathBuf {
        self.data.join("crashes")
    }

    /// The log file.
    pub fn log(&self) -> PathBuf {
        self.cache.join("shiftdeck.log")
    }
}
