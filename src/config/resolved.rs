//! Owns configuration as the program uses it: every question answered, every conflict settled in one order (flags, then
//! environment, then settings file, then default).

use std::{collections::BTreeMap, fs, io, path::Path, time::Duration};

use secrecy::SecretString;

use super::{ConfigError, Env, Flags, Paths, Settings};

/// Everything the start needs to know.
#[derive(Debug)]
pub struct Config {
    /// Where files live.
    pub paths: Paths,
    /// Which desk to open.
    pub desk: DeskChoice,
    /// Which model to ask; `None` when a real desk is open and no model is configured.
    pub model: Option<ModelChoice>,
    /// The theme asked for by name.
    pub theme: Option<String>,
    /// Whether colours are unwanted (`NO_COLOR`).
    pub no_color: bool,
    /// The terminal's name (`TERM`).
    pub term: String,
    /// What the terminal says of its colours (`COLORTERM`).
    pub colorterm: String,
    /// Draw with ASCII only.
    pub ascii: bool,
    /// Whether the mouse is used.
    pub mouse: bool,
    /// How long a window opened from here may stay open.
    pub unmask_for: Duration,
    /// Remapped keys.
    pub keys: BTreeMap<String, Vec<String>>,
}

/// Which desk.
#[derive(Debug)]
pub enum DeskChoice {
    /// The simulated desk, in this process.
    Sandbox,
    /// A desk somewhere.
    Real {
        /// The profile's name, or `environment`.
        name: String,
        /// Base URL without trailing slash and without `/v1`.
        base: String,
        /// The API key.
        key: SecretString,
    },
}

/// Which model.
#[derive(Debug)]
pub struct ModelChoice {
    /// Base URL, up to and including `/v1`, without trailing slash.
    pub base: String,
    /// The key; empty for servers that want none.
    pub key: SecretString,
    /// The model's name; `None` takes the first the endpoint lists.
    pub model: Option<String>,
}

/// Reads the settings file and settles everything.
pub fn resolve(flags: &Flags, env: &Env) -> Result<Config, ConfigError> {
    let paths = Paths::resolve(env)?;
    let settings = read(&paths.settings())?;
    settle(paths, settings, flags, env)
}

fn read(file: &Path) -> Result<Settings, ConfigError> {
    let name = || file.display().to_string();
    match fs::read_to_string(file) {
        Ok(text) => {
            toml::from_str(&text).map_err(|error| ConfigError::Invalid { file: name(), why: error.to_string() })
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Settings::default()),
        Err(error) => Err(ConfigError::Unreadable { file: name(), why: error.to_string() }),
    }
}

fn settle(paths: Paths, settings: Settings, flags: &Flags, env: &Env) -> Result<Config, ConfigError> {
    Ok(Config {
        paths,
        desk: desk(&settings, flags, env)?,
        model: model(&settings, env)?,
        theme: flags.theme.clone().or(settings.theme),
        no_color: env.get("NO_COLOR").is_some(),
        term: env.get("TERM").unwrap_or_default().to_owned(),
        colorterm: env.get("COLORTERM").unwrap_or_default().to_owned(),
        ascii: flags.ascii || settings.ascii,
        mouse: !flags.no_mouse && settings.mouse.unwrap_or(true),
        unmask_for: Duration::from_secs(60 * u64::from(settings.unmask_minutes.unwrap_or(10).clamp(1, 60))),
        keys: settings.keys,
    })
}

fn desk(settings: &Settings, flags: &Flags, env: &Env) -> Result<DeskChoice, ConfigError> {
    if flags.sandbox {
        return Ok(DeskChoice::Sandbox);
    }
    let key = |desk: &str| {
        let key = env.get("KUSTOMER_API_KEY").ok_or_else(|| ConfigError::NoKey { desk: desk.to_owned() })?;
        Ok::<_, ConfigError>(SecretString::from(key))
    };
    let named = flags.profile.as_deref().or(env.get("SHIFTDECK_PROFILE"));
    if let (None, Some(url)) = (named, env.get("KUSTOMER_BASE_URL")) {
        let base = base_url(url)?;
        return Ok(DeskChoice::Real { key: key(&base)?, base, name: "environment".into() });
    }
    match named.or(settings.profile.as_deref()) {
        None => Ok(DeskChoice::Sandbox),
        Some(name) => {
            let profile = settings.profiles.get(name).ok_or_else(|| no_profile(name, settings))?;
            let base = base_url(&profile.desk)?;
            Ok(DeskChoice::Real { key: key(&base)?, base, name: name.to_owned() })
        }
    }
}

fn no_profile(name: &str, settings: &Settings) -> ConfigError {
    let known: Vec<&str> = settings.profiles.keys().map(String::as_str).collect();
    let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
    ConfigError::NoProfile { name: name.to_owned(), known }
}

fn model(settings: &Settings, env: &Env) -> Result<Option<ModelChoice>, ConfigError> {
    let Some(url) = env.get("OPENAI_BASE_URL").or(settings.model.base_url.as_deref()) else { return Ok(None) };
    Ok(Some(ModelChoice {
        base: plain_url(url)?,
        key: SecretString::from(env.get("OPENAI_API_KEY").unwrap_or_default()),
        model: env.get("OPENAI_MODEL").or(settings.model.name.as_deref()).map(str::to_owned),
    }))
}

/// An org name or a base URL, as a base URL. `/v1` at its end is dropped: paths carry it.
fn base_url(given: &str) -> Result<String, ConfigError> {
    let is_org = !given.is_empty() && given.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    if is_org {
        return Ok(format!("https://{given}.api.kustomerapp.com"));
    }
    let url = plain_url(given)?;
    Ok(url.strip_suffix("/v1").unwrap_or(&url).to_owned())
}

/// An http(s) URL without trailing slash. Plain http only to this machine: a key must not cross a network in clear.
fn plain_url(given: &str) -> Result<String, ConfigError> {
    let bad = |why| ConfigError::BadUrl { url: given.to_owned(), why };
    let url = given.trim_end_matches('/');
    let rest = url
        .strip_prefix("https://")
        .or_else(|| url.strip_prefix("http://"))
        .ok_or_else(|| bad("it needs http:// or https://"))?;
    let authority = rest.split('/').next().unwrap_or_default();
    if authority.is_empty() || rest.contains(|c: char| c.is_whitespace() || c.is_control()) {
        return Err(bad("the host is missing or not one"));
    }
    if authority.contains('@') {
        return Err(bad("it carries credentials; put the key into the environment"));
    }
    let host =
        if authority.starts_with('[') { authority.split_inclusive(']').next() } else { authority.split(':').next() };
    let local = matches!(host, Some("127.0.0.1" | "localhost" | "[::1]"));
    if url.starts_with("http://") && !local {
        return Err(bad("plain http is only allowed to this machine; use https"));
    }
    Ok(url.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settled(settings: &str, flags: &Flags, env: &[(&str, &str)]) -> Result<Config, ConfigError> {
        let env = Env::of([("SHIFTDECK_HOME", "home")].into_iter().chain(env.iter().copied()));
        let settings = toml::from_str(settings).expect("the settings of the test parse");
        settle(Paths::resolve(&env).expect("a home is set"), settings, flags, &env)
    }

    fn base_of(config: Config) -> Option<String> {
        match config.desk {
            DeskChoice::Sandbox => None,
            DeskChoice::Real { base, .. } => Some(base),
        }
    }

    const ACME: &str = "profile = \"acme\"\n[profiles.acme]\ndesk = \"acme\"";

    #[test]
    fn nothing_configured_opens_the_sandbox() {
        assert_eq!(base_of(settled("", &Flags::default(), &[]).expect("settled")), None);
    }

    #[test]
    fn flags_win_over_the_environment_and_that_over_the_file() {
        let key = ("KUSTOMER_API_KEY", "k");
        let file = settled(ACME, &Flags::default(), &[key]).expect("settled");
        assert_eq!(base_of(file).as_deref(), Some("https://acme.api.kustomerapp.com"));
        let env =
            settled(ACME, &Flags::default(), &[key, ("KUSTOMER_BASE_URL", "http://127.0.0.1:9/v1/")]).expect("settled");
        assert_eq!(base_of(env).as_deref(), Some("http://127.0.0.1:9"));
        let flags = Flags { sandbox: true, ..Flags::default() };
        assert_eq!(base_of(settled(ACME, &flags, &[key]).expect("settled")), None);
    }

    #[test]
    fn a_desk_without_a_key_says_where_the_key_goes() {
        let error = settled(ACME, &Flags::default(), &[]).expect_err("there is no key");
        assert!(error.to_string().contains("KUSTOMER_API_KEY"));
    }

    #[test]
    fn a_key_never_crosses_a_network_in_clear() {
        let env = [("KUSTOMER_API_KEY", "k"), ("KUSTOMER_BASE_URL", "http://desk.example")];
        assert!(matches!(settled("", &Flags::default(), &env), Err(ConfigError::BadUrl { .. })));
        for url in ["http://127.0.0.1.evil.example", "http://u:p@127.0.0.1", "ftp://x", "http://"] {
            assert!(plain_url(url).is_err(), "{url}");
        }
    }

    #[test]
    fn a_misspelt_setting_refuses_to_load() {
        let error = toml::from_str::<Settings>("unmask_minuts = 3").expect_err("it is unknown");
        assert!(error.to_string().contains("unmask_minuts"));
    }
}
